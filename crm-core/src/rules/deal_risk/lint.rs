//! What a model of deal risk cannot mean: found when it is loaded.

use super::model::{MOST_POINTS, RiskModel, Signal, is_plain};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::risk_reason::RiskSignal;
use crate::rules::check::{between, id, most};

/// Most days, percent or times of a threshold.
const MOST_FROM: i64 = 36_500;
/// Most days that a contact or a step back counts.
const MOST_WINDOW: i64 = 3_650;
const MOST_HOLIDAYS: usize = 10_000;
const MOST_MUTES: usize = 1_000;
/// The percentiles that a table of typical times has.
const PERCENTILES: &[i64] = &[50, 75, 90];

pub(super) fn check(model: &RiskModel) -> Result<()> {
    id(&model.id).map_err(|e| e.at("id"))?;
    between(model.version, 1, 1_000_000_000).map_err(|e| e.at("version"))?;
    between(model.cap, 1, MOST_POINTS).map_err(|e| e.at("cap"))?;
    bands(model).map_err(|e| e.at("bands"))?;
    for (i, signal) in model.signals.iter().enumerate() {
        steps(signal).map_err(|e| e.at("steps").at(signal.code.code()).at("signals"))?;
        if model.signals.iter().take(i).any(|other| other.code == signal.code) {
            let id = signal.code.code().into();
            return Err(Error::from(RulesProblem::DuplicateId { id }).at("signals"));
        }
    }
    if !model.signals.iter().any(|signal| signal.is_enabled) {
        return Err(Error::from(RulesProblem::Empty { what: "signals" }).at("signals"));
    }
    let window = |days: u32| between(days.into(), 1, MOST_WINDOW);
    window(model.contact_days).map_err(|e| e.at("within_days").at("single_threaded").at("signals"))?;
    window(model.regression_days).map_err(|e| e.at("within_days").at("regression").at("signals"))?;
    between(model.least_contacts.into(), 1, 1_000).map_err(|e| e.at("contacts").at("single_threaded").at("signals"))?;
    between(model.least_n.into(), 1, 1_000_000).map_err(|e| e.at("least_n"))?;
    if model.decision_roles.is_empty() {
        let empty = RulesProblem::Empty { what: "roles" };
        return Err(Error::from(empty).at("roles").at("no_decision_maker").at("signals"));
    }
    most("values", model.holidays.len(), MOST_HOLIDAYS).map_err(|e| e.at("holidays"))?;
    most("items", model.mutes.len(), MOST_MUTES).map_err(|e| e.at("mutes"))
}

/// Both bands have scores: 0 is low, and the limit of the score is high.
fn bands(model: &RiskModel) -> Result<()> {
    between(model.watch_from, 1, MOST_POINTS).map_err(|e| e.at("watch"))?;
    between(model.high_from, 1, MOST_POINTS).map_err(|e| e.at("high"))?;
    if model.high_from <= model.watch_from {
        return Err(Error::from(RulesProblem::OutOfOrder).at("high"));
    }
    if model.high_from > model.cap {
        let detail = model.high_from.to_string();
        return Err(Error::from(RulesProblem::Unreachable { detail }).at("high"));
    }
    Ok(())
}

/// Thresholds and points rise together, so that worse is never less.
fn steps(signal: &Signal) -> Result<()> {
    if signal.steps.is_empty() {
        return Err(RulesProblem::Empty { what: "steps" }.into());
    }
    let mut before = (0, 0);
    for (i, step) in signal.steps.iter().enumerate() {
        between(step.from, 1, MOST_FROM).map_err(|e| e.at("from").at_index(i))?;
        between(step.points, 1, MOST_POINTS).map_err(|e| e.at("points").at_index(i))?;
        if step.from <= before.0 || step.points <= before.1 {
            let key = if step.from <= before.0 { "from" } else { "points" };
            return Err(Error::from(RulesProblem::OutOfOrder).at(key).at_index(i));
        }
        if signal.code == RiskSignal::StageAge && !PERCENTILES.contains(&step.from) {
            let found = step.from.to_string();
            let problem = Problem::NotOneOf { found, expected: &["50", "75", "90"] };
            return Err(Error::from(problem).at("from").at_index(i));
        }
        if is_plain(signal.code) && step.from != 1 {
            let problem = RulesProblem::Unreachable { detail: step.from.to_string() };
            return Err(Error::from(problem).at("from").at_index(i));
        }
        before = (step.from, step.points);
    }
    Ok(())
}
