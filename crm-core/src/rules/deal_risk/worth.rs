//! Signals of what the deal is worth: cut, missing, or believed in far more than its stage.

use super::facts::Known;
use super::scene::{Finding, Rule, Scene, missing, shown};
use crate::kernel::probability::Probability;
use crate::kernel::risk_reason::{RiskReason, RiskSignal};
use crate::kernel::time::Instant;

/// The fall of the amount since the deal entered its stage, in whole percent.
pub(super) struct AmountCut;

impl Rule for AmountCut {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        let (before, now) = match (&scene.facts.stage_amount, &scene.facts.amount) {
            (Known::Unknown, _) | (_, Known::Unknown) => return Finding::Unknown,
            (Known::Absent, _) | (_, Known::Absent) => return Finding::Quiet,
            (Known::Is(before), Known::Is(now)) => (*before, *now),
        };
        if before.currency() != now.currency() {
            return Finding::Unknown;
        }
        let (was, is) = (i128::from(before.minor_units()), i128::from(now.minor_units()));
        if was <= 0 || is >= was {
            return Finding::Quiet;
        }
        let percent = was.saturating_sub(is).saturating_mul(100).checked_div(was).unwrap_or(0);
        let percent = i64::try_from(percent).unwrap_or(i64::MAX);
        Finding::found(percent, RiskReason::AmountCut { percent: shown(percent), from: before, to: now }, None)
    }

    fn turns(&self, _: &Scene<'_>, _: &mut dyn FnMut(Option<Instant>)) {}

    fn evidence(&self, scene: &Scene<'_>) -> Vec<String> {
        scene.facts.amount_changes.clone()
    }
}

/// How far what was set by hand lies above the stage, in whole percentage points.
pub(super) struct OverrideGap;

fn points_above(manual: Probability, stage: Probability) -> i64 {
    manual.bp().saturating_sub(stage.bp()).div_euclid(100)
}

impl Rule for OverrideGap {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        let facts = scene.facts;
        if facts.probability.is_unknown() && facts.category.is_unknown() {
            return Finding::Unknown;
        }
        if facts.probability.value().is_none() && facts.category.value().is_none() {
            return Finding::Quiet;
        }
        let Some(stage_facts) = &facts.stage_facts else { return Finding::Unknown };
        let Some(stage) = stage_facts.probability else { return Finding::Unknown };
        let by_hand = facts
            .probability
            .value()
            .map(|manual| (points_above(*manual, stage), RiskReason::ProbabilityGap { manual: *manual, stage }));
        let category =
            facts.category.value().filter(|manual| stage_facts.category.is_none_or(|usual| **manual > usual));
        let promised = category.and_then(|category| {
            let stands_for = scene.model.category_probabilities.iter().find(|(known, _)| known == category)?.1;
            Some((points_above(stands_for, stage), RiskReason::CategoryGap { category: *category, stands_for, stage }))
        });
        // The wider gap; of equal ones that of the probability.
        match (by_hand, promised) {
            (Some((gap, reason)), None) | (None, Some((gap, reason))) => Finding::found(gap, reason, None),
            (Some((gap, reason)), Some((other, _))) if gap >= other => Finding::found(gap, reason, None),
            (Some(_), Some((gap, reason))) => Finding::found(gap, reason, None),
            (None, None) => Finding::Quiet,
        }
    }

    fn turns(&self, _: &Scene<'_>, _: &mut dyn FnMut(Option<Instant>)) {}

    fn evidence(&self, _: &Scene<'_>) -> Vec<String> {
        Vec::new()
    }
}

/// No amount from a stage on.
pub(super) struct MissingAmount;

impl Rule for MissingAmount {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        let amount = &scene.facts.amount;
        let is_empty = (!amount.is_unknown()).then_some(amount.value().is_none());
        missing(scene, is_empty, RiskSignal::MissingAmount, RiskReason::MissingAmount)
    }

    fn turns(&self, _: &Scene<'_>, _: &mut dyn FnMut(Option<Instant>)) {}

    fn evidence(&self, _: &Scene<'_>) -> Vec<String> {
        Vec::new()
    }
}
