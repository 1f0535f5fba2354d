//! The lead score once more, slowly: straight from the definitions, events compared with events, no tables.

use chrono::{Months, TimeDelta};
use crm_core::kernel::predicate::Truth;
use crm_core::kernel::time::DAY_SECONDS;
use crm_core::kernel::zone::Zone;
use crm_core::rules::lead_score::Event;
use crm_core::rules::lead_score::model::{Decay, Every, Group, Idle, Limits, Per, Rule, ScoreModel, SectionModel};
use crm_core::{Fact, Facts, Instant, Schema};

/// One lead at one instant, as the oracle sees it.
pub struct Oracle<'a, F> {
    /// The fields.
    pub schema: &'a Schema,
    /// The lead.
    pub facts: &'a F,
    /// Its ledger, in any order, with duplicates.
    pub events: &'a [Event<'a>],
    /// The instant.
    pub at: Instant,
    /// The model's zone.
    pub zone: Zone,
}

/// What the oracle found: the score, and each counting or not counting group's thousandths before its limits.
#[derive(Debug, PartialEq)]
pub struct Found {
    /// Whole points.
    pub score: i64,
    /// By group, in order of the model.
    pub raw: Vec<i128>,
}

impl<F: Facts> Oracle<'_, F> {
    /// The score by the definitions.
    pub fn score(&self, model: &ScoreModel) -> Found {
        let mut raw = Vec::new();
        let mut total = 0;
        for section in [&model.fit, &model.engagement].into_iter().flatten() {
            let mut sum = 0;
            for group in &section.groups {
                let own: i128 = group.rules.iter().map(|r| self.rule(r)).sum();
                raw.push(own);
                if group.counts {
                    sum += clamp(own, group.limits);
                }
            }
            total += self.idle(section, clamp(sum, section.limits));
        }
        let clamped = clamp(total, model.total);
        // Half away from zero.
        let whole = (clamped.abs() * 2 + 1000) / 2000 * clamped.signum();
        Found { score: i64::try_from(whole).unwrap(), raw }
    }

    /// Due events, each once: one is left out if another with its id comes before it.
    fn due(&self) -> Vec<Event<'_>> {
        let before = |i: usize, a: &Event<'_>, j: usize, b: &Event<'_>| {
            (b.at, b.kind) < (a.at, a.kind) || ((b.at, b.kind) == (a.at, a.kind) && j < i)
        };
        let mut out = Vec::new();
        for (i, a) in self.events.iter().enumerate() {
            let mut others = self.events.iter().enumerate();
            let copy = a.id.is_some() && others.any(|(j, b)| b.id == a.id && i != j && before(i, a, j, b));
            if !copy && a.at <= self.at {
                out.push(*a);
            }
        }
        out
    }

    fn rule(&self, rule: &Rule) -> i128 {
        let when = rule.when.as_ref().map(|w| w.compile(self.schema).unwrap().eval(self.facts, self.at));
        if !matches!(when, None | Some(Truth::True)) {
            return 0;
        }
        let points = i128::from(rule.points.unwrap_or(0)) * 1000;
        if rule.events.is_empty() {
            return points;
        }
        let mut events = self.due();
        events.retain(|e| rule.events.iter().any(|k| k == e.kind));
        if let Some(days) = rule.window_days {
            events.retain(|e| self.at - e.at < TimeDelta::try_days(days).unwrap());
        }
        // Of ties any one will do: the same kind at the same instant gives the same points.
        let newer = |a: usize, b: usize| (events[a].at, b) > (events[b].at, a);
        let mut kept: Vec<usize> = (0..events.len()).collect();
        if rule.per == Some(Per::Day) {
            let day = |i: usize| self.zone.day(events[i].at);
            kept.retain(|i| !(0..events.len()).any(|j| j != *i && day(j) == day(*i) && newer(j, *i)));
        }
        if rule.once {
            kept.retain(|i| !(0..events.len()).any(|j| j != *i && newer(j, *i)));
        }
        if !rule.ranges.is_empty() {
            let n = i64::try_from(kept.len()).unwrap();
            let mut fitting = rule.ranges.iter().filter(|r| r.min <= n && r.max.is_none_or(|max| n <= max));
            return fitting.next().map_or(0, |r| i128::from(r.points) * 1000);
        }
        let mut sum = 0;
        for i in &kept {
            let event = &events[*i];
            let mut amount = points;
            if let Some(cap) = rule.daily_cap {
                let same = |j: &&usize| {
                    events[**j].kind == event.kind && self.zone.day(events[**j].at) == self.zone.day(event.at)
                };
                let used: i128 =
                    kept.iter().filter(same).filter(|j| *j != i && newer(**j, *i)).map(|_| points.abs()).sum();
                amount = (i128::from(cap) * 1000 - used).clamp(0, points.abs()) * points.signum();
            }
            sum += self.left(amount, rule.decay, event.at);
        }
        sum
    }

    #[allow(clippy::float_arithmetic, clippy::as_conversions, reason = "an oracle may be of another kind")]
    fn left(&self, amount: i128, decay: Option<Decay>, from: Instant) -> i128 {
        let age = (self.at - from).num_microseconds().unwrap();
        let days = |days: i64| age / (days * DAY_SECONDS * 1_000_000);
        match decay {
            None => amount,
            Some(Decay::Percent { percent, every }) => {
                let elapsed = match every {
                    Every::Days(every) => days(every),
                    Every::Months(every) => {
                        let due = |k: u32| {
                            let day = self.zone.day(from).checked_add_months(Months::new(k * every as u32)).unwrap();
                            self.zone.day_start(day) <= self.at
                        };
                        i64::from((1..).take_while(|k| due(*k)).last().unwrap_or(0))
                    }
                };
                let elapsed = u32::try_from(elapsed).unwrap();
                amount * (100 - i128::from(percent)).pow(elapsed) / 100_i128.pow(elapsed)
            }
            Some(Decay::HalfLife { days }) => {
                let steps = i128::from(age) * 64 / i128::from(days * DAY_SECONDS * 1_000_000);
                (amount as f64 * (-(steps as f64) / 64.0).exp2()) as i128
            }
        }
    }

    fn idle(&self, section: &SectionModel, value: i128) -> i128 {
        let Some(Idle { every_days, points }) = section.idle else { return value };
        let floor = i128::from(section.limits.min.unwrap_or(0)) * 1000;
        let rules = || section.groups.iter().flat_map(|g: &Group| &g.rules);
        let own = |e: &Event<'_>| rules().any(|r| r.events.iter().any(|k| k == e.kind));
        let mut last: Option<Instant> = self.due().into_iter().filter(own).map(|e| e.at).max();
        match self.facts.fact(self.schema.position("last_activity_at").unwrap()) {
            Fact::Instant(t) if t <= self.at => last = last.max(Some(t)),
            _ => {}
        }
        let mut value = value;
        let Some(mut since) = last else { return value };
        loop {
            since += TimeDelta::try_days(every_days).unwrap();
            if since > self.at || value <= floor {
                return value;
            }
            value = (value - i128::from(points) * 1000).max(floor);
        }
    }
}

fn clamp(value: i128, limits: Limits) -> i128 {
    let value = limits.min.map_or(value, |min| value.max(i128::from(min) * 1000));
    limits.max.map_or(value, |max| value.min(i128::from(max) * 1000))
}
