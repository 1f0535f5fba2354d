//! Signals of silence: nobody was in touch, nobody answers, nothing is planned.

use super::facts::{Known, Mark};
use super::scene::{Finding, Rule, Scene, ids, shown};
use crate::kernel::risk_reason::{RiskReason, RiskSignal};
use crate::kernel::time::Instant;

/// Business days since the last touch, or since the deal began where nobody ever was in touch.
pub(super) struct NoActivity;

/// From when silence counts.
fn silent_since(scene: &Scene<'_>) -> Option<Instant> {
    match &scene.last_touch {
        Known::Unknown => None,
        Known::Absent => scene.facts.began_at,
        Known::Is(mark) => Some(mark.at),
    }
}

impl Rule for NoActivity {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        let Some(since) = silent_since(scene) else { return Finding::Unknown };
        let from = scene.days.day(since);
        let days = scene.days.between(from, scene.today);
        let last = scene.last_touch.value().map(|_| from);
        let began = scene.start_after_business(from, scene.first_step(RiskSignal::NoActivity));
        Finding::found(days, RiskReason::NoActivity { days: shown(days), last }, began)
    }

    fn turns(&self, scene: &Scene<'_>, turn: &mut dyn FnMut(Option<Instant>)) {
        planned(scene, turn);
        let Some(since) = silent_since(scene) else { return };
        let from = scene.days.day(since);
        for step in scene.steps(RiskSignal::NoActivity) {
            turn(scene.start_after_business(from, step));
        }
    }

    fn evidence(&self, scene: &Scene<'_>) -> Vec<String> {
        ids(scene.last_touch.value())
    }
}

/// Business days since the team first spoke without an answer.
pub(super) struct NoInbound;

impl Rule for NoInbound {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        let waiting = match &scene.waiting_since {
            Known::Unknown => return Finding::Unknown,
            Known::Absent => return Finding::Quiet,
            Known::Is(mark) => mark,
        };
        let since = scene.days.day(waiting.at);
        let days = scene.days.between(since, scene.today);
        let began = scene.start_after_business(since, scene.first_step(RiskSignal::NoInbound));
        Finding::found(days, RiskReason::NoInbound { days: shown(days), since }, began)
    }

    fn turns(&self, scene: &Scene<'_>, turn: &mut dyn FnMut(Option<Instant>)) {
        planned(scene, turn);
        let Some(waiting) = scene.waiting_since.value() else { return };
        let since = scene.days.day(waiting.at);
        for step in scene.steps(RiskSignal::NoInbound) {
            turn(scene.start_after_business(since, step));
        }
    }

    fn evidence(&self, scene: &Scene<'_>) -> Vec<String> {
        ids(scene.waiting_since.value())
    }
}

/// No open task and nothing planned. What was planned is no next step any more once its instant has come.
pub(super) struct NoNextStep;

fn plans<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = &'s Mark> {
    let planned = scene.facts.planned.value().into_iter().flatten().map(|p| &p.mark);
    planned.chain(scene.facts.next_activity.value())
}

impl Rule for NoNextStep {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        let facts = scene.facts;
        if facts.open_tasks.is_unknown() && facts.planned.is_unknown() && facts.next_activity.is_unknown() {
            return Finding::Unknown;
        }
        let has_task = facts.open_tasks.value().is_some_and(|tasks| !tasks.is_empty());
        if has_task || plans(scene).any(|plan| plan.at > scene.at) {
            return Finding::Quiet;
        }
        Finding::found(1, RiskReason::NoNextStep, plans(scene).map(|plan| plan.at).max())
    }

    fn turns(&self, scene: &Scene<'_>, turn: &mut dyn FnMut(Option<Instant>)) {
        for plan in plans(scene) {
            turn(Some(plan.at));
        }
    }

    fn evidence(&self, scene: &Scene<'_>) -> Vec<String> {
        ids(plans(scene).max())
    }
}

/// What is planned may become a touch.
pub(super) fn planned(scene: &Scene<'_>, turn: &mut dyn FnMut(Option<Instant>)) {
    for planned in scene.facts.planned.value().into_iter().flatten().filter(|p| p.is_touch) {
        turn(Some(planned.mark.at));
    }
}
