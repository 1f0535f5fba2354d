//! What puts a renewal at risk: points that add up.

use serde_json::{Map, Value as Json, json};

use chrono::NaiveDate;

use crate::kernel::error::{Error, Result, RulesProblem};
use crate::kernel::reason::Reason;
use crate::kernel::renewal_reason::{RenewalReason, RenewalSignal};
use crate::kernel::risk_reason::RiskBand;
use crate::lang::{self, Lang};
use crate::rules::check;
use crate::rules::read::{Object, integer, list};

/// Most points of one signal, and the highest limit.
const MOST_POINTS: i64 = 1_000;
/// Most steps of one signal.
const MOST_STEPS: usize = 20;

/// From which measure on a signal has which points; down to which one where less is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RiskStep {
    /// The measure.
    pub limit: i64,
    /// The points, not added to those of other steps.
    pub points: i64,
}

/// What puts renewals at risk: data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalRisk {
    /// The highest score.
    pub cap: i64,
    /// The score from which a renewal is to be watched.
    pub watch_from: i64,
    /// The score from which its risk is high.
    pub high_from: i64,
    steps: Vec<(RenewalSignal, Vec<RiskStep>)>,
}

/// What is known of a renewal; `None` is what nobody knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RenewalFacts {
    /// The last day of the notice, where it was missed and the law asked for it; the outer `None`: not known.
    pub notice_missed: Option<Option<NaiveDate>>,
    /// The health score, 0 to 100.
    pub health_score: Option<i64>,
    /// How many payments are overdue, and the oldest for how many days.
    pub overdue: Option<(u64, u64)>,
    /// How many open tickets broke a promise.
    pub breached_tickets: Option<u64>,
    /// By how many percent the use fell; negative where it rose.
    pub usage_fall_percent: Option<i64>,
    /// Days since the last contact; the inner `None`: never; the outer: not known.
    pub contact_days: Option<Option<u64>>,
    /// Days until the end of the term.
    pub days_left: Option<i64>,
    /// Whether the renewal was settled: then its days do not count.
    pub is_settled: bool,
}

/// A renewal's risk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskOfRenewal {
    /// The score: the sum of the points of `reasons`.
    pub score: i64,
    /// Its band.
    pub band: RiskBand,
    /// Why, by points; where the limit bites, the last line takes off what is above.
    pub reasons: Vec<(RenewalReason, i64)>,
    /// The signals whose facts nobody knows.
    pub unknown: Vec<RenewalSignal>,
}

const fn standard_steps(signal: RenewalSignal) -> &'static [(i64, i64)] {
    match signal {
        RenewalSignal::NoticeMissed => &[(1, 30)],
        RenewalSignal::LowHealth => &[(40, 25), (60, 15)],
        RenewalSignal::OverduePayments => &[(1, 10), (30, 20), (60, 30)],
        RenewalSignal::BreachedTickets => &[(1, 10), (3, 20)],
        RenewalSignal::FallingUsage => &[(20, 10), (50, 20)],
        RenewalSignal::NoContact => &[(30, 10), (60, 20)],
        RenewalSignal::DaysLeft => &[(14, 20), (30, 10)],
    }
}

/// Whether less is worse: the points are those of the lowest step that the measure does not pass.
const fn is_falling(signal: RenewalSignal) -> bool {
    matches!(signal, RenewalSignal::LowHealth | RenewalSignal::DaysLeft)
}

impl Default for RenewalRisk {
    fn default() -> Self {
        let step = |(limit, points): &(i64, i64)| RiskStep { limit: *limit, points: *points };
        let steps = |signal: &RenewalSignal| (*signal, standard_steps(*signal).iter().map(step).collect());
        let steps = RenewalSignal::ALL.iter().map(steps).collect();
        Self { cap: 100, watch_from: 30, high_from: 60, steps }
    }
}

impl RenewalRisk {
    /// Reads `{"cap", "watch_from", "high_from", "signals": {"low_health": [{"at_most": 40, "points": 25}],
    /// "overdue_payments": [{"from": 1, "points": 10}]}}`; what is left out is standard, an empty list is no signal.
    ///
    /// # Errors
    /// An unknown key or signal, points or bands out of range, steps out of order; with the path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["cap", "watch_from", "high_from", "signals"])?;
        let mut risk = Self::default();
        for (key, to, least) in
            [("cap", &mut risk.cap, 1), ("watch_from", &mut risk.watch_from, 1), ("high_from", &mut risk.high_from, 1)]
        {
            if let Some(found) = o.optional_integer(key)? {
                check::between(found, least, MOST_POINTS).map_err(|e| e.at(key))?;
                *to = found;
            }
        }
        if risk.high_from < risk.watch_from {
            return Err(Error::from(RulesProblem::OutOfOrder).at("high_from"));
        }
        if let Some(signals) = o.get("signals") {
            let signals = Object::new(signals, RenewalSignal::CODES).map_err(|e| e.at("signals"))?;
            for (signal, steps) in &mut risk.steps {
                let read = |json: &Json| steps_of(*signal, json);
                if let Some(found) = signals.optional(signal.code(), read).map_err(|e| e.at("signals"))? {
                    *steps = found;
                }
            }
        }
        Ok(risk)
    }

    /// A renewal's risk.
    pub fn risk(&self, facts: &RenewalFacts) -> RiskOfRenewal {
        let mut reasons = Vec::new();
        let mut unknown = Vec::new();
        for (signal, steps) in &self.steps {
            if steps.is_empty() {
                continue;
            }
            match facts.measure(*signal) {
                None => unknown.push(*signal),
                Some(None) => {}
                Some(Some((measure, reason))) => {
                    let points = points(*signal, steps, measure);
                    if points != 0 {
                        reasons.push((reason, points));
                    }
                }
            }
        }
        // The sort keeps the order of signals among equals.
        reasons.sort_by_key(|(_, points)| std::cmp::Reverse(*points));
        let sum = reasons.iter().fold(0i64, |sum, (_, points)| sum.saturating_add(*points));
        let score = sum.min(self.cap);
        if score < sum {
            reasons.push((RenewalReason::RiskCapped { limit: self.cap }, score.saturating_sub(sum)));
        }
        RiskOfRenewal { score, band: self.band(score), reasons, unknown }
    }

    const fn band(&self, score: i64) -> RiskBand {
        if score >= self.high_from {
            RiskBand::High
        } else if score >= self.watch_from {
            RiskBand::Watch
        } else {
            RiskBand::Low
        }
    }
}

fn steps_of(signal: RenewalSignal, json: &Json) -> Result<Vec<RiskStep>> {
    let key = if is_falling(signal) { "at_most" } else { "from" };
    let one = |json: &Json| {
        let keys: &'static [&'static str] = if key == "from" { &["from", "points"] } else { &["at_most", "points"] };
        let o = Object::new(json, keys)?;
        let (limit, points) = (o.required(key).and_then(integer).map_err(|e| e.at(key))?, o.integer("points")?);
        check::between(points, 1, MOST_POINTS).map_err(|e| e.at("points"))?;
        Ok(RiskStep { limit, points })
    };
    let steps = list(json, one)?;
    check::most("steps", steps.len(), MOST_STEPS)?;
    let wrong = |(a, b): (&RiskStep, &RiskStep)| {
        a.limit >= b.limit || if is_falling(signal) { a.points <= b.points } else { a.points >= b.points }
    };
    match steps.iter().zip(steps.iter().skip(1)).position(wrong) {
        Some(at) => Err(Error::from(RulesProblem::OutOfOrder).at_index(at.saturating_add(1))),
        None => Ok(steps),
    }
}

fn points(signal: RenewalSignal, steps: &[RiskStep], measure: i64) -> i64 {
    let step = if is_falling(signal) {
        steps.iter().find(|step| measure <= step.limit)
    } else {
        steps.iter().rev().find(|step| step.limit <= measure)
    };
    step.map_or(0, |step| step.points)
}

impl RenewalFacts {
    /// A signal's measure with its reason; the inner `None`: there is nothing; the outer: nobody knows.
    fn measure(&self, signal: RenewalSignal) -> Option<Option<(i64, RenewalReason)>> {
        use RenewalReason as R;
        let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        Some(match signal {
            RenewalSignal::NoticeMissed => self.notice_missed?.map(|to| (1, R::RiskNoticeMissed { to })),
            RenewalSignal::LowHealth => {
                let score = self.health_score?;
                Some((score, R::LowHealth { score }))
            }
            RenewalSignal::OverduePayments => {
                let (payments, days) = self.overdue?;
                (payments > 0).then(|| (whole(days), R::OverduePayments { payments, days }))
            }
            RenewalSignal::BreachedTickets => {
                let tickets = self.breached_tickets?;
                (tickets > 0).then(|| (whole(tickets), R::BreachedTickets { tickets }))
            }
            RenewalSignal::FallingUsage => {
                let percent = self.usage_fall_percent?;
                (percent > 0).then(|| (percent, R::FallingUsage { percent: percent.unsigned_abs() }))
            }
            RenewalSignal::NoContact => {
                let days = self.contact_days?;
                Some((days.map_or(i64::MAX, whole), R::NoContact { days }))
            }
            RenewalSignal::DaysLeft => {
                let days = self.days_left?;
                (!self.is_settled).then(|| (days, R::DaysLeft { days: days.max(0).unsigned_abs() }))
            }
        })
    }
}

impl RiskOfRenewal {
    /// The risk as JSON; with a language each reason says its sentence.
    pub fn to_json(&self, lang: Option<Lang>) -> Map<String, Json> {
        let reason = |(reason, points): &(RenewalReason, i64)| {
            let mut map = Reason::Renewal(reason.clone()).to_json(lang);
            map.insert("points".into(), (*points).into());
            Json::Object(map)
        };
        let unknown = |signal: &RenewalSignal| {
            Json::Object(Reason::Renewal(RenewalReason::RiskUnknown { signal: *signal }).to_json(lang))
        };
        let mut map = Map::new();
        map.insert("score".into(), self.score.into());
        map.insert("band".into(), self.band.code().into());
        if let Some(lang) = lang {
            map.insert("band_text".into(), lang::risk_band(self.band, lang).into());
        }
        map.insert("reasons".into(), self.reasons.iter().map(reason).collect());
        map.insert("unknown".into(), json!(self.unknown.iter().map(unknown).collect::<Vec<_>>()));
        map
    }
}
