//! Quotas a month: how many leads somebody should have by now.
//!
//! The formulas are those that Odoo's assignment of leads documents and tests (`crm_team_member.py`, versions 18 and
//! 14 to 17): facts, written anew, without its random ties.

use crate::kernel::number::Number;

/// A month in days, as both formulas count.
pub(super) const MONTH_DAYS: i64 = 30;
/// Hours of a day and days of a month, as the first formula takes them.
const DAYS: u128 = 30;
/// A whole day in millionths.
const DAY: u128 = 1_000_000;

/// What is due in 24 hours: `max / 30`, rounded half up.
pub(super) fn daily(max: u64) -> u64 {
    half_up(u128::from(max), DAYS)
}

/// What is due in `days` of work: `max * days / 30`, and a fifth of what the month will lack even so:
/// `0.2 * max(0, max - (count + max * days / 30))`, together rounded half up. `count` is what the person got in the
/// month before.
pub(super) fn periodic(max: u64, count: u64, days: Number) -> u64 {
    let days = u128::from(days.millionths().unsigned_abs());
    // In thirtieths of a millionth of a lead.
    let whole = |leads: u64| u128::from(leads).saturating_mul(DAYS).saturating_mul(DAY);
    let due = u128::from(max).saturating_mul(days);
    let lacking = whole(max).saturating_sub(whole(count).saturating_add(due));
    half_up(due.saturating_mul(5).saturating_add(lacking), DAYS.saturating_mul(DAY).saturating_mul(5))
}

fn half_up(n: u128, of: u128) -> u64 {
    let twice = n.saturating_mul(2).saturating_add(of).checked_div(of.saturating_mul(2)).unwrap_or(0);
    u64::try_from(twice).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_numbers_hold() {
        assert_eq!([45, 15, 30, 60, 14, 0].map(daily), [2, 1, 1, 2, 0, 0]);
        let days = |text: &str| Number::parse(text).unwrap();
        assert_eq!(periodic(15, 0, days("2")), 4, "1 + 0.2 * 14 = 3.8");
        assert_eq!(periodic(15, 15, days("2")), 1, "nothing lacks");
        assert_eq!(periodic(30, 0, days("0.5")), 6, "0.5 + 0.2 * 29.5 = 6.4");
        assert_eq!(periodic(30, 0, days("30")), 30);
    }
}
