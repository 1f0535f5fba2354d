//! The order in which the steps of a playbook are counted: each after those that its days depend on.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::Step;
use crate::kernel::error::Result;
use crate::kernel::playbook_problem::PlaybookProblem;

/// The steps' places, each after those that it depends on, as written where it does not matter.
///
/// # Errors
/// [`PlaybookProblem::Cycle`] with the path from a step back to itself.
pub(super) fn topological(steps: &[Step]) -> Result<Vec<usize>> {
    let places: BTreeMap<&str, usize> = steps.iter().enumerate().map(|(i, step)| (step.code.as_str(), i)).collect();
    let needs =
        |step: &Step| -> BTreeSet<usize> { step.depends_on().filter_map(|code| places.get(code).copied()).collect() };
    let mut waits_for: Vec<BTreeSet<usize>> = steps.iter().map(needs).collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (place, needs) in waits_for.iter().enumerate() {
        for need in needs {
            if let Some(by) = needed_by.get_mut(*need) {
                by.push(place);
            }
        }
    }
    let mut ready: BTreeSet<usize> =
        waits_for.iter().enumerate().filter(|(_, needs)| needs.is_empty()).map(|(place, _)| place).collect();
    let mut order = Vec::with_capacity(steps.len());
    while let Some(place) = ready.pop_first() {
        order.push(place);
        for by in needed_by.get(place).into_iter().flatten() {
            if let Some(needs) = waits_for.get_mut(*by) {
                needs.remove(&place);
                if needs.is_empty() {
                    ready.insert(*by);
                }
            }
        }
    }
    if order.len() == steps.len() {
        return Ok(order);
    }
    let code = |place: usize| steps.get(place).map(|step| step.code.clone()).unwrap_or_default();
    let path = cycle(&waits_for).into_iter().map(code).collect();
    Err(PlaybookProblem::Cycle { path }.into())
}

/// The way from a step that still waits along what it waits for, until it comes to where it was: that round, closed.
fn cycle(waits_for: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut path: Vec<usize> = Vec::new();
    let mut now = waits_for.iter().position(|needs| !needs.is_empty());
    while let Some(place) = now {
        if let Some(first) = path.iter().position(|seen| *seen == place) {
            let mut round = path.split_off(first);
            round.push(place);
            return round;
        }
        path.push(place);
        now = waits_for.get(place).and_then(|needs| needs.first().copied());
    }
    path
}
