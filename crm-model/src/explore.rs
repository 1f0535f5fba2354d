//! Exploring a model to its end.

use std::time::{Duration, Instant};

use stateright::{Checker, HasDiscoveries, Model};

use crate::settings::Draft;

/// What exploring a model came to.
#[derive(Clone, Debug)]
pub struct Explored {
    /// Distinct states.
    pub states: usize,
    /// Steps that led to one, seen before or not.
    pub steps: usize,
    /// How long it took.
    pub took: Duration,
    /// What must always hold and does not, with the number of steps that show it.
    pub broken: Vec<(&'static str, usize)>,
    /// What must be possible and is not.
    pub unreached: Vec<&'static str>,
}

/// Explores a model to its end; one with a planted mistake until that is found.
pub fn explore(draft: &Draft, threads: usize) -> Explored {
    let begun = Instant::now();
    let mut builder = draft.clone().checker().threads(threads);
    if draft.plant.is_some() {
        builder = builder.finish_when(HasDiscoveries::AnyFailures);
    }
    let checker = builder.spawn_bfs().join();
    let properties = draft.properties();
    let discoveries = checker.discoveries();
    let is_always = |name: &str| {
        properties.iter().any(|p| p.name == name && matches!(p.expectation, stateright::Expectation::Always))
    };
    let broken = discoveries.iter().filter(|(name, _)| is_always(name));
    let broken = broken.map(|(name, path)| (*name, path.clone().into_actions().len())).collect();
    let unreached = properties
        .iter()
        .filter(|p| matches!(p.expectation, stateright::Expectation::Sometimes))
        .filter(|p| !discoveries.contains_key(p.name))
        .map(|p| p.name)
        .collect();
    Explored {
        states: checker.unique_state_count(),
        steps: checker.state_count(),
        took: begun.elapsed(),
        broken,
        unreached,
    }
}
