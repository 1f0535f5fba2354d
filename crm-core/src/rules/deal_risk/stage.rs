//! Signals of the stage: too long in it, back from a later one.

use super::facts::Known;
use super::scene::{Finding, Rule, Scene, ids, shown};
use super::typical::TypicalTime;
use crate::kernel::risk_reason::{RiskReason, RiskSignal};
use crate::kernel::time::Instant;

/// Longer in the stage than so many percent of won deals were; without such figures, longer than its pipeline allows.
pub(super) struct StageAge;

/// What the age is held against.
enum Yardstick<'a> {
    Typical(&'a TypicalTime),
    Most(u32),
}

fn yardstick<'a>(scene: &Scene<'a>) -> Option<Yardstick<'a>> {
    let typical = scene.typical_time().filter(|typical| typical.n >= scene.model.least_n);
    let most = || scene.facts.stage_facts.as_ref()?.max_age_days.map(Yardstick::Most);
    typical.map(Yardstick::Typical).or_else(most)
}

/// The days of a percentile that steps may name.
fn quantile(typical: &TypicalTime, percent: i64) -> Option<u32> {
    match percent {
        50 => Some(typical.p50_days),
        75 => Some(typical.p75_days),
        90 => Some(typical.p90_days),
        _ => None,
    }
}

impl Rule for StageAge {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        let Some(entered) = scene.facts.stage_entered.value() else { return Finding::Unknown };
        let Some(yardstick) = yardstick(scene) else { return Finding::Unknown };
        let from = scene.days.day(entered.at);
        let days = scene.since_days(from);
        let first = scene.first_step(RiskSignal::StageAge);
        match yardstick {
            Yardstick::Most(most) if days > i64::from(most) => {
                let reason = RiskReason::StageTooLong { days: shown(days), most_days: most.into() };
                Finding::found(first, reason, scene.start_after(from, i64::from(most).saturating_add(1)))
            }
            Yardstick::Most(_) => Finding::Quiet,
            Yardstick::Typical(typical) => {
                let reached = |percent: &i64| quantile(typical, *percent).is_some_and(|most| days > i64::from(most));
                let Some(percent) = scene.steps(RiskSignal::StageAge).filter(reached).last() else {
                    return Finding::Quiet;
                };
                let typical_days = quantile(typical, percent).unwrap_or(0);
                let reason = RiskReason::StageAge {
                    days: shown(days),
                    percentile: shown(percent),
                    typical_days: typical_days.into(),
                    n: typical.n.into(),
                };
                let lowest = quantile(typical, first).unwrap_or(typical_days);
                Finding::found(percent, reason, scene.start_after(from, i64::from(lowest).saturating_add(1)))
            }
        }
    }

    fn turns(&self, scene: &Scene<'_>, turn: &mut dyn FnMut(Option<Instant>)) {
        let Some(entered) = scene.facts.stage_entered.value() else { return };
        let from = scene.days.day(entered.at);
        let mut after = |most: u32| turn(scene.start_after(from, i64::from(most).saturating_add(1)));
        match yardstick(scene) {
            None => {}
            Some(Yardstick::Most(most)) => after(most),
            Some(Yardstick::Typical(typical)) => {
                scene.steps(RiskSignal::StageAge).filter_map(|percent| quantile(typical, percent)).for_each(after);
            }
        }
    }

    fn evidence(&self, scene: &Scene<'_>) -> Vec<String> {
        ids(scene.facts.stage_entered.value())
    }
}

/// Back to an earlier open stage, not long ago.
pub(super) struct Regression;

impl Rule for Regression {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        let moved = match &scene.facts.moved_back {
            Known::Unknown => return Finding::Unknown,
            Known::Absent => return Finding::Quiet,
            Known::Is(mark) => mark,
        };
        let date = scene.days.day(moved.at);
        if scene.since_days(date) > i64::from(scene.model.regression_days) {
            return Finding::Quiet;
        }
        Finding::found(1, RiskReason::MovedBack { date }, Some(moved.at))
    }

    fn turns(&self, scene: &Scene<'_>, turn: &mut dyn FnMut(Option<Instant>)) {
        let Some(moved) = scene.facts.moved_back.value() else { return };
        let over = i64::from(scene.model.regression_days).saturating_add(1);
        turn(scene.start_after(scene.days.day(moved.at), over));
    }

    fn evidence(&self, scene: &Scene<'_>) -> Vec<String> {
        ids(scene.facts.moved_back.value())
    }
}
