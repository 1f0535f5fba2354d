//! Policies: what is promised, to whom, in which working time.

use std::collections::BTreeMap;

use crate::kernel::calendar::Calendar;
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::Schema;
use crate::kernel::predicate::{Compiled, Predicate, Truth};
use crate::kernel::reason::Name;
use crate::kernel::service::{SlaMetric, TicketState};
use crate::kernel::sla_reason::SlaReason;
use crate::kernel::time::Instant;

use super::Sla;

/// One policy, checked.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its id and what people call it.
    pub name: Name,
    /// Counts up with every edit.
    pub version: u32,
    /// Its place in the order of choice.
    pub position: i64,
    /// Whether it takes what no condition matches.
    pub is_default: bool,
    pub(super) when: Option<(Predicate, Compiled)>,
    pub(super) calendar: CalendarBy,
    /// By priority or `*`; `None` takes a promise of `*` away.
    pub(super) targets: BTreeMap<String, BTreeMap<SlaMetric, Option<i64>>>,
    pub(super) pause_on: PauseOn,
    pub(super) due_soon: DueSoon,
    /// In the order in which they were written.
    pub(super) escalation: Vec<Escalation>,
}

/// Which working time a policy counts in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CalendarBy {
    /// Around the clock.
    Wall,
    /// One for all.
    Fixed(String),
    /// By the value of a field: as listed, or, without a list, the value itself.
    Field { field: usize, of: Option<BTreeMap<String, String>>, otherwise: Option<String> },
}

/// In which statuses the clocks stand still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PauseOn {
    pub(super) statuses: Vec<String>,
    pub(super) states: Vec<TicketState>,
}

/// When there is little time left: the longer of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DueSoon {
    pub(super) seconds: i64,
    pub(super) percent_bp: i64,
}

/// A step of an escalation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Escalation {
    pub(super) id: String,
    /// The metrics it is for; empty for all.
    pub(super) metrics: Vec<SlaMetric>,
    /// Working seconds after the due instant; negative before it.
    pub(super) after_due: i64,
    pub(super) notify: Vec<String>,
}

/// The working time of a clock.
#[derive(Clone, Copy, Debug)]
pub enum WorkingTime<'a> {
    /// Every second counts, because the policy names no calendar.
    Wall,
    /// The open time of a calendar.
    Calendar(&'a Calendar),
    /// The policy's way to a calendar leads nowhere; nothing can be due.
    Missing,
}

/// A policy chosen for a ticket.
#[derive(Clone, Copy, Debug)]
pub struct Chosen<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// In which working time.
    pub time: WorkingTime<'a>,
}

impl Policy {
    /// The working seconds that a ticket of this priority has for a metric; `None` without a promise.
    pub fn target_seconds(&self, priority: &str, metric: SlaMetric) -> Option<i64> {
        let of = |key: &str| self.targets.get(key).and_then(|targets| targets.get(&metric));
        of(priority).or_else(|| of(ANY)).copied().flatten()
    }

    /// Whether its clocks stand still in a status.
    pub fn pauses_on(&self, status: &str, state: TicketState) -> bool {
        self.pause_on.states.contains(&state) || self.pause_on.statuses.iter().any(|s| s == status)
    }

    /// Working seconds before the due instant from which there is little time left; `None` if that is never said.
    pub fn due_soon_seconds(&self, target_seconds: i64) -> Option<i64> {
        let share = i128::from(target_seconds).saturating_mul(self.due_soon.percent_bp.into()) / 10_000;
        let seconds = self.due_soon.seconds.max(i64::try_from(share).unwrap_or(i64::MAX));
        (seconds > 0).then_some(seconds)
    }

    /// Whom a step of the escalation tells.
    pub fn notified(&self, step: &str) -> &[String] {
        self.escalation.iter().find(|one| one.id == step).map_or(&[], |one| &one.notify)
    }
}

/// The key of targets for every priority.
pub(super) const ANY: &str = "*";

impl Sla {
    /// The policy of a ticket: the first in the order of positions whose condition holds. A policy without a condition
    /// matches only if it is a default; a default with a condition is also the last resort.
    pub fn choose(&self, facts: &dyn Facts, at: Instant) -> Option<Chosen<'_>> {
        let fits = |policy: &&Policy| match &policy.when {
            Some((_, when)) => when.eval(facts, at).holds(),
            None => policy.is_default,
        };
        let policy = self.policies.iter().find(fits).or_else(|| self.policies.iter().find(|p| p.is_default))?;
        Some(Chosen { policy, time: self.time_of(policy, facts) })
    }

    /// Why a ticket has the policy that it has: one reason for each policy up to the one chosen, with the first test
    /// that did not hold.
    pub fn trace(&self, facts: &dyn Facts, at: Instant) -> Vec<SlaReason> {
        let chosen = self.choose(facts, at);
        let mut reasons = Vec::new();
        for policy in &self.policies {
            let name = policy.name.clone();
            let failed = match &policy.when {
                Some((when, compiled)) if !compiled.eval(facts, at).holds() => {
                    first_failed(when, &self.schema, facts, at)
                }
                Some(_) => None,
                None if policy.is_default => None,
                None => {
                    reasons.push(SlaReason::PolicyWithoutCondition { policy: name });
                    continue;
                }
            };
            match failed {
                Some((field, unknown)) => reasons.push(SlaReason::PolicyFailed { policy: name, field, unknown }),
                None if policy.when.is_some() => {
                    reasons.push(SlaReason::PolicyMatched { policy: name });
                    return reasons;
                }
                None => {
                    reasons.push(SlaReason::PolicyDefault { policy: name });
                    return reasons;
                }
            }
        }
        reasons.push(match chosen {
            Some(chosen) => SlaReason::PolicyDefault { policy: chosen.policy.name.clone() },
            None => SlaReason::NoPolicy,
        });
        reasons
    }

    fn time_of(&self, policy: &Policy, facts: &dyn Facts) -> WorkingTime<'_> {
        let id = match &policy.calendar {
            CalendarBy::Wall => return WorkingTime::Wall,
            CalendarBy::Fixed(id) => Some(id.clone()),
            CalendarBy::Field { field, of, otherwise } => {
                let value = match facts.fact(*field) {
                    Fact::Text(text) => Some(text.to_owned()),
                    Fact::Reference(id) => Some(id.to_string()),
                    _ => None,
                };
                let listed = match of {
                    Some(of) => value.and_then(|value| of.get(&value).cloned()),
                    None => value.filter(|value| self.calendars.contains_key(value)),
                };
                listed.or_else(|| otherwise.clone())
            }
        };
        id.and_then(|id| self.calendars.get(&id)).map_or(WorkingTime::Missing, WorkingTime::Calendar)
    }
}

/// The field of the first test that kept a condition from holding, and whether nobody knows its value.
fn first_failed(when: &Predicate, schema: &Schema, facts: &dyn Facts, at: Instant) -> Option<(String, bool)> {
    let truth = when.compile(schema).map_or(Truth::Unknown, |compiled| compiled.eval(facts, at));
    if truth.holds() {
        return None;
    }
    match when {
        Predicate::All(parts) | Predicate::Any(parts) => {
            parts.iter().find_map(|part| first_failed(part, schema, facts, at))
        }
        Predicate::Not(part) => first_field(part).map(|field| (field, truth == Truth::Unknown)),
        Predicate::Certain(part) => first_failed(part, schema, facts, at),
        Predicate::Segment(_) => None,
        Predicate::Test(test) => Some((test.field.clone(), truth == Truth::Unknown)),
    }
}

fn first_field(when: &Predicate) -> Option<String> {
    match when {
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().find_map(first_field),
        Predicate::Not(part) | Predicate::Certain(part) => first_field(part),
        Predicate::Segment(_) => None,
        Predicate::Test(test) => Some(test.field.clone()),
    }
}
