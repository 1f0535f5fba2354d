//! How far somebody is from a quota, and what each day that is left has to bring.

use chrono::NaiveDate;

use super::settings::ForecastSettings;
use crate::kernel::allocate::rounded;
use crate::kernel::error::{Problem, Result};
use crate::kernel::forecast_reason::{ForecastReason, Total};
use crate::kernel::money::Currency;
use crate::kernel::period::Period;
use crate::kernel::probability::WHOLE_BP;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::rules::deal_risk::WorkingDays;

/// What somebody is to close, with its own dates, so that another fiscal calendar cannot orphan it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Whose; empty for everybody together.
    pub owner: String,
    /// The first day and the day after the last.
    pub period: (NaiveDate, NaiveDate),
    /// How much, in minor units of the forecast's currency; never negative.
    pub amount: i128,
    /// When it was set; of several for the same days the latest counts, of equal ones the last.
    pub recorded_at: Option<Instant>,
}

/// The quota of somebody for a period: the one for its days, or else the sum of those that tile it without gap or
/// overlap, such as three months of a quarter.
///
/// # Errors
/// [`Problem::AmountTooLarge`].
pub fn quota(quotas: &[Quota], owner: &str, period: &Period) -> Result<Option<i128>> {
    let mut own: Vec<&Quota> = quotas.iter().filter(|q| q.owner == owner).collect();
    // Stable, so that the last of equal ones stays last.
    own.sort_by_key(|q| (q.period, q.recorded_at));
    let latest = |days: (NaiveDate, NaiveDate)| own.iter().rfind(|q| q.period == days);
    if let Some(quota) = latest((period.start, period.end)) {
        return Ok(Some(quota.amount));
    }
    let mut inside: Vec<(NaiveDate, NaiveDate)> = own.iter().map(|q| q.period).collect();
    inside.retain(|(start, end)| period.start <= *start && *end <= period.end);
    inside.dedup();
    let (mut day, mut sum) = (period.start, 0i128);
    for days in inside {
        if days.0 != day {
            return Ok(None);
        }
        let amount = latest(days).map_or(0, |q| q.amount);
        sum = sum.checked_add(amount).ok_or(Problem::AmountTooLarge)?;
        day = days.1;
    }
    Ok((day == period.end).then_some(sum))
}

/// Business days of a period, as seen on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// All.
    pub days: i64,
    /// Those that are over: before the day of the forecast.
    pub elapsed: i64,
    /// Those that are left, the day of the forecast included.
    pub left: i64,
}

impl Pace {
    /// Counts Monday to Friday without holidays.
    pub fn new(period: &Period, as_of: NaiveDate, settings: &ForecastSettings) -> Self {
        let working = WorkingDays::new(Zone::UTC, settings.holidays.iter().copied());
        // From a day up to but without another, as days after the day before up to the day before.
        let from_to = |from: NaiveDate, to: NaiveDate| match (from.pred_opt(), to.pred_opt()) {
            (Some(from), Some(to)) => working.between(from, to),
            _ => 0,
        };
        let days = from_to(period.start, period.end);
        let elapsed = from_to(period.start, as_of.clamp(period.start, period.end));
        Self { days, elapsed, left: days.saturating_sub(elapsed) }
    }
}

/// How far somebody is from a quota. Amounts in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// The quota.
    pub quota: i128,
    /// What is closed.
    pub closed: i128,
    /// What is open in the period.
    pub open: i128,
    /// Closed of the quota in basis points, rounded half away from zero; `None` for a quota of zero.
    pub attainment_bp: Option<i128>,
    /// What is still to be closed; zero once the quota is met.
    pub gap: i128,
    /// How often open deals cover the gap, in basis points; `None` once the quota is met.
    pub coverage_bp: Option<i128>,
    /// What an even pace would have closed by now, rounded half away from zero; `None` without business days.
    pub expected: Option<i128>,
    /// What each business day that is left has to bring, rounded up so that it is enough; `None` where none is left or
    /// nothing is to be closed.
    pub each_day: Option<i128>,
    /// The business days.
    pub pace: Pace,
}

impl Pacing {
    /// From a quota, what is closed and what is open.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn new(quota: i128, closed: i128, open: i128, pace: Pace) -> Result<Self> {
        let too_large = || Problem::AmountTooLarge;
        let whole = i128::from(WHOLE_BP);
        let share =
            |part: i128, of: i128| -> Result<i128> { Ok(rounded(part.checked_mul(whole).ok_or_else(too_large)?, of)) };
        let gap = quota.checked_sub(closed).ok_or_else(too_large)?.max(0);
        let days = i128::from(pace.days);
        let elapsed = quota.checked_mul(i128::from(pace.elapsed)).ok_or_else(too_large)?;
        let left = i128::from(pace.left);
        let up = gap.checked_add(left).and_then(|g| g.checked_sub(1)).and_then(|g| g.checked_div_euclid(left));
        Ok(Self {
            quota,
            closed,
            open,
            attainment_bp: if quota > 0 { Some(share(closed, quota)?) } else { None },
            gap,
            coverage_bp: if gap > 0 { Some(share(open, gap)?) } else { None },
            expected: (days > 0).then(|| rounded(elapsed, days)),
            each_day: up.filter(|_| gap > 0),
            pace,
        })
    }

    /// `met`, `covered` or `thin`, by how often open deals should cover the gap.
    pub fn status(&self, least_coverage_bp: i64) -> &'static str {
        match self.coverage_bp {
            None => "met",
            Some(coverage) if coverage >= i128::from(least_coverage_bp) => "covered",
            Some(_) => "thin",
        }
    }

    /// Why.
    pub fn reasons(&self, currency: Currency, least_bp: i64) -> Vec<ForecastReason> {
        let total = |minor_units: i128| Total { minor_units, currency };
        let (quota, closed) = (total(self.quota), total(self.closed));
        let Some(coverage_bp) = self.coverage_bp else { return vec![ForecastReason::QuotaMet { quota, closed }] };
        let days = u64::try_from(self.pace.left).unwrap_or(0);
        let run_rate = |each: i128| ForecastReason::RunRate { each_day: total(each), days };
        vec![
            ForecastReason::QuotaGap { quota, closed, gap: total(self.gap) },
            ForecastReason::Coverage { coverage_bp, least_bp },
            self.each_day.map_or(ForecastReason::NoDayLeft, run_rate),
        ]
    }
}
