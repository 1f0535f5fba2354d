//! What a model cannot mean: found when it is loaded.

use super::model::{CountRange, Decay, Every, Group, Limits, Per, Rule};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
pub(super) use crate::rules::check::{between, id, labels, most};

/// Most points of one rule, and most points that one period of idleness takes.
pub(super) const MOST_POINTS: i64 = 1_000_000;
/// Most points of a limit or threshold.
const MOST_LIMIT: i64 = 1_000_000_000;
/// Most days of a window, period or half-life: a hundred years.
pub(super) const MOST_DAYS: i64 = 36_500;
/// The highest edition.
pub(super) const MOST_VERSION: i64 = 1_000_000_000;
pub(super) fn limits(limits: Limits) -> Result<()> {
    for (key, limit) in [("min", limits.min), ("max", limits.max)] {
        if let Some(limit) = limit {
            between(limit, -MOST_LIMIT, MOST_LIMIT).map_err(|e| e.at(key))?;
        }
    }
    match (limits.min, limits.max) {
        (Some(least), Some(most)) if least > most => Err(Error::from(RulesProblem::Inverted { least, most }).at("max")),
        _ => Ok(()),
    }
}

/// The group's limits, and that some rule can move it within them.
pub(super) fn group(model: &Group) -> Result<()> {
    limits(model.limits)?;
    if model.rules.is_empty() {
        return Err(Error::from(RulesProblem::Empty { what: "rules" }).at("rules"));
    }
    let points = || model.rules.iter().flat_map(|r| r.points.into_iter().chain(r.ranges.iter().map(|r| r.points)));
    let stuck = |key: &str| Err(Error::from(RulesProblem::Unreachable { detail: model.id.clone() }).at(key));
    match (model.limits.min, model.limits.max) {
        (Some(min), Some(max)) if min == max => stuck("max"),
        (_, Some(max)) if max <= 0 && points().all(|p| p >= 0) => stuck("max"),
        (Some(min), _) if min >= 0 && points().all(|p| p <= 0) => stuck("min"),
        _ => Ok(()),
    }
}

/// Which options a rule may have together, and their ranges.
pub(super) fn rule(model: &Rule) -> Result<()> {
    let counted = [
        ("ranges", !model.ranges.is_empty()),
        ("window_days", model.window_days.is_some()),
        ("once", model.once),
        ("daily_cap", model.daily_cap.is_some()),
        ("decay", model.decay.is_some()),
    ];
    if model.events.is_empty() {
        if let Some((option, _)) = counted.into_iter().find(|(_, given)| *given) {
            return Err(Error::from(RulesProblem::Requires { option, needs: "event" }).at(option));
        }
        if matches!(model.per, Some(Per::Event | Per::Day)) {
            return Err(Error::from(RulesProblem::Requires { option: "per", needs: "event" }).at("per"));
        }
        if model.when.is_none() {
            return Err(Problem::Missing { name: "when".into() }.into());
        }
    } else if model.per == Some(Per::Record) {
        return Err(Error::from(RulesProblem::Exclusive { first: "per", second: "event" }).at("per"));
    }
    for (i, kind) in model.events.iter().enumerate() {
        id(kind).map_err(|e| e.at_index(i).at("event"))?;
    }
    let exclusive = |first: &'static str, second: &'static str, both: bool| match both {
        true => Err(Error::from(RulesProblem::Exclusive { first, second }).at(first)),
        false => Ok(()),
    };
    if model.ranges.is_empty() {
        let points = model.points.ok_or_else(|| Problem::Missing { name: "points".into() })?;
        between(points, -MOST_POINTS, MOST_POINTS).map_err(|e| e.at("points"))?;
    } else {
        exclusive("points", "ranges", model.points.is_some())?;
        exclusive("once", "ranges", model.once)?;
        exclusive("daily_cap", "ranges", model.daily_cap.is_some())?;
        exclusive("decay", "ranges", model.decay.is_some())?;
        ranges(&model.ranges).map_err(|e| e.at("ranges"))?;
    }
    exclusive("once", "daily_cap", model.once && model.daily_cap.is_some())?;
    exclusive("once", "per", model.once && model.per == Some(Per::Day))?;
    if let Some(cap) = model.daily_cap {
        if model.per == Some(Per::Day) {
            return Err(
                Error::from(RulesProblem::Requires { option: "daily_cap", needs: "per: event" }).at("daily_cap")
            );
        }
        between(cap, 1, MOST_LIMIT).map_err(|e| e.at("daily_cap"))?;
    }
    if let Some(days) = model.window_days {
        between(days, 1, MOST_DAYS).map_err(|e| e.at("window_days"))?;
    }
    model.decay.map_or(Ok(()), |d| decay(d).map_err(|e| e.at("decay")))
}

fn decay(decay: Decay) -> Result<()> {
    match decay {
        Decay::Percent { percent, every } => {
            between(percent, 1, 99).map_err(|e| e.at("percent"))?;
            match every {
                Every::Days(days) => between(days, 1, MOST_DAYS).map_err(|e| e.at("every_days")),
                Every::Months(months) => between(months, 1, 1200).map_err(|e| e.at("every_months")),
            }
        }
        Decay::HalfLife { days } => between(days, 1, MOST_DAYS).map_err(|e| e.at("half_life_days")),
    }
}

/// Ranges of counts: each from 1 on, ascending, none touching another, nothing after one without end.
fn ranges(ranges: &[CountRange]) -> Result<()> {
    let mut next = 1;
    for (i, range) in ranges.iter().enumerate() {
        let inside = |e: Error| e.at_index(i);
        between(range.min, 1, MOST_LIMIT).map_err(|e| inside(e.at("min")))?;
        between(range.points, -MOST_POINTS, MOST_POINTS).map_err(|e| inside(e.at("points")))?;
        let most = range.max.unwrap_or(i64::MAX);
        if most < range.min {
            let problem = RulesProblem::Inverted { least: range.min, most };
            return Err(inside(Error::from(problem).at("max")));
        }
        if next == i64::MAX {
            return Err(inside(RulesProblem::Unreachable { detail: range.min.to_string() }.into()));
        }
        if range.min < next {
            let before = ranges.iter().take(i).all(|r| r.min > range.min);
            let problem = if before { RulesProblem::OutOfOrder } else { RulesProblem::Overlap };
            return Err(inside(Error::from(problem).at("min")));
        }
        next = most.saturating_add(1);
    }
    Ok(())
}

/// Thresholds from high to low, each of which some score within the limits meets.
pub(super) fn steps<'a>(steps: impl Iterator<Item = (&'a str, i64)>, limits: Limits) -> Result<()> {
    let mut above: Option<i64> = None;
    for (i, (id, from)) in steps.enumerate() {
        let inside = |e: Error| e.at("from").at_index(i);
        between(from, -MOST_LIMIT, MOST_LIMIT).map_err(inside)?;
        if above.is_some_and(|a| a <= from) {
            return Err(inside(RulesProblem::OutOfOrder.into()));
        }
        let over = limits.max.is_some_and(|max| from > max);
        let covered = above.zip(limits.min).is_some_and(|(above, min)| above <= min);
        if over || covered {
            return Err(inside(RulesProblem::Unreachable { detail: id.into() }.into()));
        }
        above = Some(from);
    }
    Ok(())
}
