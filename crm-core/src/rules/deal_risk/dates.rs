//! Signals of the close date: passed, too soon for the stage, moved again and again, missing.

use super::facts::Known;
use super::scene::{Finding, Rule, Scene, ids, missing, shown};
use super::typical::Remaining;
use crate::kernel::risk_reason::{RiskReason, RiskSignal};
use crate::kernel::time::Instant;

/// Days since the expected close date.
pub(super) struct OverdueClose;

impl Rule for OverdueClose {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        let date = match scene.facts.close_date {
            Known::Unknown => return Finding::Unknown,
            Known::Absent => return Finding::Quiet,
            Known::Is(date) => date,
        };
        let days = scene.since_days(date);
        if days <= 0 {
            return Finding::Quiet;
        }
        let since = scene.start_after(date, scene.first_step(RiskSignal::OverdueClose));
        Finding::found(days, RiskReason::OverdueClose { days: shown(days), date }, since)
    }

    fn turns(&self, scene: &Scene<'_>, turn: &mut dyn FnMut(Option<Instant>)) {
        let Some(date) = scene.facts.close_date.value() else { return };
        for step in scene.steps(RiskSignal::OverdueClose) {
            turn(scene.start_after(*date, step));
        }
    }

    fn evidence(&self, _: &Scene<'_>) -> Vec<String> {
        Vec::new()
    }
}

/// Fewer days to the close date than won deals still took from this stage; a date that has passed is overdue instead.
pub(super) struct CloseSoon;

fn remaining(scene: &Scene<'_>) -> Option<Remaining> {
    scene.typical_time()?.remaining.filter(|remaining| remaining.n >= scene.model.least_n)
}

impl Rule for CloseSoon {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        let date = match scene.facts.close_date {
            Known::Unknown => return Finding::Unknown,
            Known::Absent => return Finding::Quiet,
            Known::Is(date) => date,
        };
        let Some(remaining) = remaining(scene) else { return Finding::Unknown };
        let typical_days = i64::from(remaining.p50_days);
        let days = scene.since_days(date).saturating_neg();
        if days < 0 || days >= typical_days {
            return Finding::Quiet;
        }
        let reason =
            RiskReason::CloseSoon { days: shown(days), typical_days: remaining.p50_days.into(), n: remaining.n.into() };
        Finding::found(1, reason, scene.start_after(date, 1_i64.saturating_sub(typical_days)))
    }

    fn turns(&self, scene: &Scene<'_>, turn: &mut dyn FnMut(Option<Instant>)) {
        let Some(date) = scene.facts.close_date.value() else { return };
        if let Some(remaining) = remaining(scene) {
            turn(scene.start_after(*date, 1_i64.saturating_sub(remaining.p50_days.into())));
            turn(scene.start_after(*date, 1));
        }
    }

    fn evidence(&self, _: &Scene<'_>) -> Vec<String> {
        Vec::new()
    }
}

/// Moves of the close date into later periods.
pub(super) struct Pushed;

impl Rule for Pushed {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        let pushes = match &scene.facts.pushes {
            Known::Unknown => return Finding::Unknown,
            Known::Absent => return Finding::Quiet,
            Known::Is(pushes) => pushes,
        };
        if pushes.across_period == 0 {
            return Finding::Quiet;
        }
        let reason = RiskReason::Pushed {
            count: pushes.across_period.into(),
            pull_ins: pushes.pull_ins.into(),
            net_days: pushes.net_days,
        };
        let first = usize::try_from(scene.first_step(RiskSignal::Pushes).saturating_sub(1)).unwrap_or(usize::MAX);
        Finding::found(pushes.across_period.into(), reason, pushes.moves.get(first).map(|mark| mark.at))
    }

    fn turns(&self, _: &Scene<'_>, _: &mut dyn FnMut(Option<Instant>)) {}

    fn evidence(&self, scene: &Scene<'_>) -> Vec<String> {
        ids(scene.facts.pushes.value().into_iter().flat_map(|pushes| &pushes.moves))
    }
}

/// No close date from a stage on.
pub(super) struct MissingCloseDate;

impl Rule for MissingCloseDate {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        let date = &scene.facts.close_date;
        let is_empty = (!date.is_unknown()).then_some(date.value().is_none());
        missing(scene, is_empty, RiskSignal::MissingCloseDate, RiskReason::MissingCloseDate)
    }

    fn turns(&self, _: &Scene<'_>, _: &mut dyn FnMut(Option<Instant>)) {}

    fn evidence(&self, _: &Scene<'_>) -> Vec<String> {
        Vec::new()
    }
}
