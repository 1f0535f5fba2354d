//! From the groups' sums to the score: limits, idleness, the total, rounding.

use super::plan::{IdlePlan, MILLI, Plan};
use super::score::{GroupScore, Why};
use crate::kernel::time::Instant;

/// What a score is made of.
pub(super) struct Settled {
    /// Thousandths after limits and idleness, in order of the plan's sections.
    pub(super) sections: [i64; MOST_SECTIONS],
    /// In whole points.
    pub(super) score: i64,
}

/// Fit and engagement.
pub(super) const MOST_SECTIONS: usize = 2;

/// Settles the groups' sums. `idle` tells what idleness leaves of a section, with the periods, where it takes any;
/// `group` hears of each group, `cut` of every step that changes something, with the value before and after it.
pub(super) fn settle(
    plan: &Plan,
    raw: impl IntoIterator<Item = i64>,
    mut idle: impl FnMut(&IdlePlan, i64, i64) -> Option<(u64, i64)>,
    mut group: impl FnMut(GroupScore),
    mut cut: impl FnMut(Why, i64, i64),
) -> Settled {
    let mut sections = [0_i64; MOST_SECTIONS];
    for (place, (of, raw_milli)) in plan.groups.iter().zip(raw).enumerate() {
        let (milli, limit) = of.span.clamp(raw_milli);
        if let Some(limit) = limit {
            cut(Why::GroupCap { group: place, limit }, raw_milli, milli);
        }
        if let Some(sum) = sections.get_mut(of.section).filter(|_| of.counts) {
            *sum = sum.saturating_add(milli);
        }
        group(GroupScore { raw_milli, milli });
    }
    let mut total = 0_i64;
    for (place, (section, sum)) in plan.sections.iter().zip(&mut sections).enumerate() {
        let (clamped, limit) = section.span.clamp(*sum);
        if let Some(limit) = limit {
            cut(Why::SectionCap { section: place, limit }, *sum, clamped);
        }
        *sum = clamped;
        if let Some(plan) = &section.idle
            && let Some((periods, left)) = idle(plan, clamped, section.floor())
        {
            cut(Why::Idle { section: place, periods }, clamped, left);
            *sum = left;
        }
        total = total.saturating_add(*sum);
    }
    let (clamped, limit) = plan.total.clamp(total);
    if let Some(limit) = limit {
        cut(Why::TotalCap { limit }, total, clamped);
    }
    let score = rounded(clamped);
    let shown = score.saturating_mul(MILLI);
    if shown != clamped {
        cut(Why::Rounding, clamped, shown);
    }
    Settled { sections, score }
}

/// Whole points, half away from zero.
pub(super) fn rounded(milli: i64) -> i64 {
    let whole = milli.saturating_abs().saturating_add(MILLI / 2) / MILLI;
    whole.saturating_mul(milli.signum())
}

/// What idleness does to a section.
pub(super) struct Idleness {
    /// How many periods count.
    pub(super) periods: u64,
    /// What they leave; less than before where any counts.
    pub(super) left: i64,
    /// When the next one counts, in microseconds since 1970.
    pub(super) next_micros: Option<i64>,
}

impl IdlePlan {
    /// What the periods between the last activity and now leave of a section's value above its floor; `per_period`,
    /// `value` and `floor` are in one unit.
    pub(super) fn elapsed(
        &self,
        per_period: i64,
        last_micros: i64,
        at_micros: i64,
        value: i64,
        floor: i64,
    ) -> Option<Idleness> {
        if value <= floor || last_micros > at_micros {
            return None;
        }
        let every = self.every.num_microseconds()?;
        let periods = at_micros.checked_sub(last_micros)?.checked_div(every)?;
        // No more periods than it takes to reach the floor, so that time changes nothing from then on.
        let room = value.saturating_sub(floor);
        let needed = room.saturating_add(per_period).saturating_sub(1).checked_div(per_period)?;
        let periods = periods.min(needed);
        let left = value.saturating_sub(periods.saturating_mul(per_period)).max(floor);
        let ahead = || last_micros.checked_add(every.checked_mul(periods.checked_add(1)?)?);
        let next_micros = if left > floor { ahead() } else { None };
        Some(Idleness { periods: u64::try_from(periods).ok()?, left, next_micros })
    }
}

/// An instant of whole microseconds.
pub(super) fn instant(micros: i64) -> Option<Instant> {
    Instant::from_timestamp_micros(micros)
}
