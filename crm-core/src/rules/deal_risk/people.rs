//! Signals of the customer's people: too few of them, none who decides.

use super::contact::planned;
use super::facts::{Known, Mark, Person, Reached};
use super::scene::{Finding, Rule, Scene, ids, shown};
use crate::kernel::risk_reason::RiskReason;
use crate::kernel::time::Instant;

/// Too few people in touch, of a deal that is worth enough.
pub(super) struct SingleThreaded;

/// Whether the deal is worth enough for this to matter; `None` if nobody can tell.
fn matters(scene: &Scene<'_>) -> Option<bool> {
    let least = &scene.model.single_threaded_from;
    if least.is_empty() {
        return Some(true);
    }
    let amount = scene.facts.amount.value()?;
    let least = least.iter().find(|least| least.currency() == amount.currency())?;
    Some(amount.minor_units() >= least.minor_units())
}

fn is_recent(scene: &Scene<'_>, mark: &Mark) -> bool {
    scene.since_days(scene.days.day(mark.at)) <= i64::from(scene.model.contact_days)
}

fn people<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = &'s Person> {
    let people = match scene.reached.value() {
        Some(Reached::Last(people)) => people.as_slice(),
        Some(Reached::Count(_)) | None => &[],
    };
    people.iter()
}

impl Rule for SingleThreaded {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        match matters(scene) {
            None => return Finding::Unknown,
            Some(false) => return Finding::Quiet,
            Some(true) => {}
        }
        let contacts = match &scene.reached {
            Known::Unknown => return Finding::Unknown,
            Known::Absent => 0,
            Known::Is(Reached::Count(count)) => *count,
            Known::Is(Reached::Last(_)) => {
                let recent = people(scene).filter(|person| is_recent(scene, &person.mark)).count();
                u32::try_from(recent).unwrap_or(u32::MAX)
            }
        };
        if contacts >= scene.model.least_contacts {
            return Finding::Quiet;
        }
        let within_days = scene.model.contact_days.into();
        Finding::found(1, RiskReason::SingleThreaded { contacts: shown(contacts.into()), within_days }, None)
    }

    fn turns(&self, scene: &Scene<'_>, turn: &mut dyn FnMut(Option<Instant>)) {
        planned(scene, turn);
        let over = i64::from(scene.model.contact_days).saturating_add(1);
        for person in people(scene) {
            turn(scene.start_after(scene.days.day(person.mark.at), over));
        }
    }

    fn evidence(&self, scene: &Scene<'_>) -> Vec<String> {
        let mut recent: Vec<&Mark> = people(scene).map(|p| &p.mark).filter(|mark| is_recent(scene, mark)).collect();
        recent.sort();
        ids(recent)
    }
}

/// Nobody has the part of a decision maker.
pub(super) struct NoDecisionMaker;

impl Rule for NoDecisionMaker {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        match scene.facts.decision_maker {
            Known::Unknown => Finding::Unknown,
            Known::Is(_) => Finding::Quiet,
            Known::Absent => Finding::found(1, RiskReason::NoDecisionMaker, None),
        }
    }

    fn turns(&self, _: &Scene<'_>, _: &mut dyn FnMut(Option<Instant>)) {}

    fn evidence(&self, _: &Scene<'_>) -> Vec<String> {
        Vec::new()
    }
}
