//! Evaluating a plan on one lead.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Event;
use super::ledger::{Ledger, Seen};
use super::plan::{Condition, EventPlan, Gives, IdlePlan, Plan, SCALE};
use super::score::{Evidence, Line, MOST_EVIDENCE, ProfileScore, Score, Why};
use super::settle::{Settled, instant, settle};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::predicate::Truth;
use crate::kernel::text;
use crate::kernel::time::{Instant, in_range, truncate};

/// The earliest of the instants offered.
#[derive(Default)]
struct Next(Option<Instant>);

impl Next {
    fn offer(&mut self, instant: Option<Instant>) {
        self.0 = [self.0, instant].into_iter().flatten().min();
    }
}

/// What one rule gave.
struct Given {
    why: Why,
    milli: i64,
    /// What the daily cap changes.
    cut: i64,
    evidence: Vec<Evidence>,
}

/// Facts whose texts are folded once for all rules; folding them again, as conditions do, changes nothing.
struct Folded<'r, F: ?Sized> {
    facts: &'r F,
    texts: Vec<Option<Cow<'r, str>>>,
}

impl<'r, F: Facts + ?Sized> Folded<'r, F> {
    fn new(plan: &Plan, facts: &'r F) -> Self {
        let most = plan.fields.last().map_or(0, |(field, _)| field.saturating_add(1));
        let mut texts = vec![None; most];
        for (field, _) in &plan.fields {
            if let (Fact::Text(text), Some(place)) = (facts.fact(*field), texts.get_mut(*field)) {
                *place = Some(text::fold(text));
            }
        }
        Self { facts, texts }
    }
}

impl<F: Facts + ?Sized> Facts for Folded<'_, F> {
    fn fact(&self, field: usize) -> Fact<'_> {
        match self.texts.get(field) {
            Some(Some(text)) => Fact::Text(text),
            _ => self.facts.fact(field),
        }
    }
}

struct Run<'r, F: ?Sized> {
    plan: &'r Plan,
    facts: &'r F,
    folded: Folded<'r, F>,
    at: Instant,
    /// Whether evidence is wanted.
    detail: bool,
    next: Next,
    known_weight: i64,
}

/// The score of one lead.
pub(super) fn evaluate<F: Facts + ?Sized>(
    plan: &Arc<Plan>,
    facts: &F,
    events: &[Event<'_>],
    at: Instant,
    detail: bool,
) -> Score {
    let at = truncate(at);
    let ledger = Ledger::new(plan, events, at);
    let folded = Folded::new(plan, facts);
    let mut run = Run { plan, facts, folded, at, detail, next: Next(ledger.next), known_weight: 0 };

    let mut lines: Vec<Line> = Vec::new();
    let mut cuts: Vec<Line> = Vec::new();
    let mut raw = vec![0_i64; plan.groups.len()];
    for (place, rule) in plan.rules.iter().enumerate() {
        let truth = rule.when.as_ref().map_or(Truth::True, |w| run.truth(w));
        let given = match &rule.gives {
            Gives::Record(milli) => {
                if truth != Truth::Unknown {
                    run.known_weight = run.known_weight.saturating_add(milli.saturating_abs());
                }
                truth.holds().then(|| run.record(place, *milli, rule.when.as_ref()))
            }
            Gives::Events(events) => truth.holds().then(|| run.events(place, events, &ledger)),
        };
        let Some(given) = given.filter(|g| g.milli != 0) else { continue };
        if let Some(sum) = raw.get_mut(rule.group) {
            *sum = sum.saturating_add(given.milli).saturating_add(given.cut);
        }
        lines.push(Line { why: given.why, milli: given.milli, evidence: given.evidence });
        if given.cut != 0 {
            cuts.push(Line { why: Why::DailyCap { rule: place }, milli: given.cut, evidence: Vec::new() });
        }
    }
    lines.sort_by_key(|l| std::cmp::Reverse(l.milli.saturating_abs()));

    let idle = |idle: &IdlePlan, value, floor| run.idle(idle, &ledger, value, floor);
    let cut = |why, before: i64, after: i64| {
        cuts.push(Line { why, milli: after.saturating_sub(before), evidence: Vec::new() });
    };
    let mut groups = Vec::with_capacity(plan.groups.len());
    let Settled { sections, score } = settle(plan, raw, idle, |group| groups.push(group), cut);
    let sections = sections.into_iter().take(plan.sections.len()).collect();
    let profile = run.profile();
    let (mut reasons, mut aside) = (Vec::new(), Vec::new());
    for line in lines.into_iter().chain(cuts) {
        let counts = line.group(plan).and_then(|g| plan.groups.get(g)).is_none_or(|g| g.counts);
        if counts { reasons.push(line) } else { aside.push(line) }
    }
    let unknown = plan.fields.iter().enumerate().filter(|(_, (f, _))| !facts.fact(*f).is_known());
    Score {
        at,
        score,
        sections,
        groups,
        lines: reasons,
        aside,
        profile,
        known_bp: share(run.known_weight, plan.weight),
        unknown: unknown.map(|(place, _)| place).collect(),
        next_change_at: run.next.0.filter(|t| in_range(t.date_naive())),
        future_events: ledger.future,
        duplicate_events: ledger.duplicates,
        plan: Arc::clone(plan),
    }
}

/// Basis points, rounded down; all of nothing is known.
pub(super) fn share(part: i64, whole: i64) -> u32 {
    let share = i128::from(part).saturating_mul(10_000).checked_div(i128::from(whole)).unwrap_or(10_000);
    u32::try_from(share).unwrap_or(10_000)
}

impl<F: Facts + ?Sized> Run<'_, F> {
    fn truth(&mut self, when: &Condition) -> Truth {
        self.next.offer(when.test.next_change_at(&self.folded, self.at));
        when.test.eval(&self.folded, self.at)
    }

    fn fields(&self, when: &Condition) -> Vec<Evidence> {
        let name = |f: usize| self.plan.fields.iter().position(|(field, _)| *field == f);
        let read = |f: &usize| name(*f).map(|place| Evidence::Field { place, value: self.facts.fact(*f).to_value() });
        if self.detail { when.fields.iter().filter_map(read).collect() } else { Vec::new() }
    }

    fn record(&self, rule: usize, milli: i64, when: Option<&Condition>) -> Given {
        let evidence = when.map(|w| self.fields(w)).unwrap_or_default();
        Given { why: Why::Rule { rule, undecayed: milli }, milli, cut: 0, evidence }
    }

    fn events(&mut self, rule: usize, events: &EventPlan, ledger: &Ledger<'_>) -> Given {
        let counted = ledger.counted(events, self.at, &self.plan.zone);
        if let Some(window) = events.window {
            self.next.offer(counted.last().and_then(|e| e.at.checked_add_signed(window)));
        }
        let evidence = self.seen(&counted);
        if !events.ranges.is_empty() {
            let count = u64::try_from(counted.len()).unwrap_or(u64::MAX);
            let range = events.ranges.iter().find(|r| r.min <= count && r.max.is_none_or(|max| count <= max));
            let milli = range.map_or(0, |r| r.milli);
            return Given { why: Why::Range { rule, count }, milli, cut: 0, evidence };
        }
        let (mut sum, mut undecayed, mut capped) = (0_i64, 0_i64, 0_i64);
        let mut days = BTreeMap::new();
        for event in &counted {
            let (left, next) = events.curve.left(event.at, self.at, &self.plan.zone);
            self.next.offer(next);
            sum = sum.saturating_add(left);
            undecayed = undecayed.saturating_add(events.curve.amount());
            let Some(cap) = &events.cap else { continue };
            // The newest events of a day have the most left, so that they fill the cap first.
            let before = days.entry((event.kind, self.plan.zone.day(event.at))).or_insert(0_i64);
            let within = match (*before).cmp(&cap.whole) {
                std::cmp::Ordering::Less => left,
                std::cmp::Ordering::Equal => {
                    let (left, next) = cap.rest.left(event.at, self.at, &self.plan.zone);
                    self.next.offer(next);
                    left
                }
                std::cmp::Ordering::Greater => 0,
            };
            *before = before.saturating_add(1);
            capped = capped.saturating_add(within);
        }
        let cut = if events.cap.is_some() { capped.saturating_sub(sum) } else { 0 };
        Given { why: Why::Rule { rule, undecayed }, milli: sum, cut, evidence }
    }

    fn seen(&self, counted: &[Seen<'_>]) -> Vec<Evidence> {
        let most = if self.detail { MOST_EVIDENCE } else { 0 };
        let event = |e: &Seen<'_>| Evidence::Event { kind: e.kind, at: e.at, id: e.id.map(str::to_owned) };
        counted.iter().take(most).map(event).collect()
    }

    /// How many periods without activity have passed, and what they leave of a section; `None` if they change
    /// nothing.
    fn idle(&mut self, idle: &IdlePlan, ledger: &Ledger<'_>, value: i64, floor: i64) -> Option<(u64, i64)> {
        let fact = match self.plan.last_activity.map(|f| self.facts.fact(f)) {
            Some(Fact::Instant(t)) => Some(t),
            _ => None,
        };
        // An activity that has not happened yet is none; it may become one.
        self.next.offer(fact.filter(|t| *t > self.at));
        let last = [fact.filter(|t| *t <= self.at), ledger.newest(&idle.kinds)].into_iter().flatten().max()?;
        let (last, at) = (last.timestamp_micros(), self.at.timestamp_micros());
        let elapsed = idle.elapsed(idle.milli, last, at, value, floor)?;
        self.next.offer(elapsed.next_micros.and_then(instant));
        Some((elapsed.periods, elapsed.left)).filter(|(periods, _)| *periods > 0)
    }

    fn profile(&mut self) -> Option<ProfileScore> {
        let profile = self.plan.profile.as_ref()?;
        let (mut thirds, mut moved) = (0_i64, Vec::new());
        for (place, (_, by, when)) in profile.criteria.iter().enumerate() {
            let by = match self.truth(when) {
                Truth::True => *by,
                Truth::False if profile.lower_on_false => by.saturating_neg(),
                _ => continue,
            };
            thirds = thirds.saturating_add(by);
            moved.push((place, by, self.fields(when)));
        }
        let top = i64::try_from(SCALE.len()).unwrap_or(1).saturating_sub(1);
        let grade = usize::try_from(profile.start.saturating_add(thirds).clamp(0, top)).unwrap_or(0);
        Some(ProfileScore { grade, thirds, moved })
    }
}
