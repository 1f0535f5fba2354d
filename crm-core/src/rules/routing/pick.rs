//! Picking one of several people.
//!
//! The turns are `turn.rs`'s. Somebody who is away has no current weight; whom just this lead passes over keeps it.

use super::quota;
use super::rule::Strategy;
use super::state::State;
use super::turn;
use crate::kernel::number::Number;
use crate::kernel::routing_reason::{RoutingReason, Skip};
use crate::kernel::time::{DAY_SECONDS, Instant};
use chrono::TimeDelta;

/// Somebody who could take the lead.
pub(super) struct Candidate<'a> {
    pub(super) user: &'a str,
    pub(super) weight: u64,
    pub(super) quota_month: u64,
}

/// A change of somebody's current weight in a rule's round robin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The rule.
    pub rule: String,
    /// The user.
    pub user: String,
    /// The current weight; none for somebody who is away.
    pub weight: Option<i64>,
}

/// Who was picked, why, and what has to be remembered of it.
pub(super) struct Picked {
    /// The place among the candidates.
    pub(super) place: usize,
    pub(super) reason: RoutingReason,
    pub(super) turns: Vec<Turn>,
}

/// Picks one; the skipped are told to `skip`.
pub(super) fn pick(
    strategy: Strategy,
    rule: &str,
    candidates: &[Candidate<'_>],
    state: &State,
    at: Instant,
    skip: &mut impl FnMut(&str, Skip),
) -> Option<Picked> {
    match strategy {
        Strategy::Fixed => candidates.first().map(|c| {
            let reason = RoutingReason::Fixed { user: c.user.to_owned() };
            Picked { place: 0, reason, turns: Vec::new() }
        }),
        Strategy::SmoothWeighted => smooth(rule, candidates, state, skip),
        Strategy::LeastOpen => least_open(candidates, state, skip),
        Strategy::QuotaMonth(days) => most_behind(days, candidates, state, at, skip),
    }
}

/// The places of those with a weight; the others are skipped.
fn weighted(candidates: &[Candidate<'_>], skip: &mut impl FnMut(&str, Skip)) -> Vec<usize> {
    let (some, none): (Vec<usize>, Vec<usize>) =
        (0..candidates.len()).partition(|place| candidates.get(*place).is_some_and(|c| c.weight > 0));
    none.iter().filter_map(|place| candidates.get(*place)).for_each(|c| skip(c.user, Skip::NoWeight));
    some
}

fn smooth(
    rule: &str,
    candidates: &[Candidate<'_>],
    state: &State,
    skip: &mut impl FnMut(&str, Skip),
) -> Option<Picked> {
    let places = weighted(candidates, skip);
    let pool: Vec<(usize, &Candidate<'_>)> =
        places.into_iter().filter_map(|place| candidates.get(place).map(|c| (place, c))).collect();
    let turns: Vec<(Option<i64>, u64)> = pool.iter().map(|(_, c)| (state.turn(rule, c.user), c.weight)).collect();
    let (chosen, after) = turn::next(&turns)?;
    let (place, picked) = *pool.get(chosen)?;
    let of = turns.iter().fold(0_u64, |sum, (_, weight)| sum.saturating_add(*weight));
    let reason = RoutingReason::SmoothTurn { user: picked.user.to_owned(), weight: picked.weight, of };
    let turn = |((_, c), weight): (&(usize, &Candidate<'_>), i64)| {
        let (rule, user) = (rule.to_owned(), c.user.to_owned());
        Turn { rule, user, weight: Some(weight) }
    };
    Some(Picked { place, reason, turns: pool.iter().zip(after).map(turn).collect() })
}

fn least_open(candidates: &[Candidate<'_>], state: &State, skip: &mut impl FnMut(&str, Skip)) -> Option<Picked> {
    let load = |c: &Candidate<'_>| (u128::from(state.open(c.user)), u128::from(c.weight));
    let mut best: Option<(usize, &Candidate<'_>)> = None;
    for place in weighted(candidates, skip) {
        let Some(candidate) = candidates.get(place) else { continue };
        let lighter = best.is_none_or(|(_, other)| {
            // a/b < c/d, without dividing.
            let ((open, weight), (others, of)) = (load(candidate), load(other));
            open.saturating_mul(of) < others.saturating_mul(weight)
        });
        if lighter {
            best = Some((place, candidate));
        }
    }
    best.map(|(place, c)| {
        let reason = RoutingReason::LeastOpen { user: c.user.to_owned(), open: state.open(c.user) };
        Picked { place, reason, turns: Vec::new() }
    })
}

fn most_behind(
    days: Option<Number>,
    candidates: &[Candidate<'_>],
    state: &State,
    at: Instant,
    skip: &mut impl FnMut(&str, Skip),
) -> Option<Picked> {
    let mut best: Option<(usize, u64, u64)> = None;
    for (place, candidate) in candidates.iter().enumerate() {
        let (quota, assigned) = due(days, candidate, state, at);
        let left = quota.saturating_sub(assigned);
        if left == 0 {
            skip(candidate.user, Skip::QuotaUsed { quota });
        } else if best.is_none_or(|(_, quota, assigned)| left > quota.saturating_sub(assigned)) {
            best = Some((place, quota, assigned));
        }
    }
    let (place, quota, assigned) = best?;
    let user = candidates.get(place)?.user.to_owned();
    Some(Picked { place, reason: RoutingReason::QuotaLeft { user, quota, assigned }, turns: Vec::new() })
}

/// The quota of the period that ends now, and what somebody got in it.
fn due(days: Option<Number>, candidate: &Candidate<'_>, state: &State, at: Instant) -> (u64, u64) {
    let seconds = days.map_or(DAY_SECONDS, |d| d.millionths().saturating_mul(DAY_SECONDS) / 1_000_000);
    let after = |seconds: i64| {
        let span = TimeDelta::try_seconds(seconds).and_then(|s| at.checked_sub_signed(s));
        span.and_then(|t| t.checked_add_signed(TimeDelta::microseconds(1))).unwrap_or(Instant::MIN_UTC)
    };
    let assigned = state.assigned_since(candidate.user, after(seconds), at);
    let quota = match days {
        None => quota::daily(candidate.quota_month),
        Some(days) => {
            let month = state.assigned_since(candidate.user, after(quota::MONTH_DAYS.saturating_mul(DAY_SECONDS)), at);
            quota::periodic(candidate.quota_month, month.saturating_sub(assigned), days)
        }
    };
    (quota, assigned)
}
