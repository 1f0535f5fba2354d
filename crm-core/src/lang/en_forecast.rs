//! The reasons of forecasts and the names of periods in English.

use super::Lang;
use super::en_values::{percent, plural};
use crate::kernel::forecast_reason::{Exclusion, ForecastReason, Total};
use crate::kernel::period::{FiscalCalendar, Layout, Period, Unit};
use crate::kernel::sales::Category;
use chrono::Datelike as _;

pub(super) fn reason(reason: &ForecastReason) -> String {
    use ForecastReason as R;
    match reason {
        R::Excluded(exclusion) => excluded(exclusion),
        R::ManualCategory { category, automatic } => {
            format!("set to {} by hand (the stage says {})", self::category(*category), self::category(*automatic))
        }
        R::StageCategory { category } => format!("{}, as its stage says", self::category(*category)),
        R::WonIsClosed => "won, so closed".to_owned(),
        R::LostIsOmitted => "lost, so omitted".to_owned(),
        R::Deal { deal, share_bp: 10_000, amount, weighted } => {
            format!("deal {deal}: {} ({} weighted)", money(*amount), money(*weighted))
        }
        R::Deal { deal, share_bp, amount, weighted } => {
            format!("{} of deal {deal}: {} ({} weighted)", percent(*share_bp), money(*amount), money(*weighted))
        }
        R::Report { user, count, amount, weighted } => {
            format!("{user}: {} in {} ({} weighted)", money(*amount), plural(*count, "deal", "deals"), money(*weighted))
        }
        R::Others { parts, amount, weighted } => {
            format!("{}: {} ({} weighted)", plural(*parts, "other", "others"), money(*amount), money(*weighted))
        }
        R::Adjusted { author, manager: true, amount, rollup } => {
            format!("{author} says {} as manager; the deals come to {}", money(*amount), money(*rollup))
        }
        R::Adjusted { author, manager: false, amount, rollup } => {
            format!("{author} says {}; the deals come to {}", money(*amount), money(*rollup))
        }
        R::Drifted { drift, stale: true } => {
            format!("the deals have moved by {} since then: to be said anew", signed(*drift))
        }
        R::Drifted { drift, stale: false } => format!("the deals have moved by {} since then", signed(*drift)),
        R::QuotaMet { quota, closed } => format!("{} closed: the quota of {} is met", money(*closed), money(*quota)),
        R::QuotaGap { quota, closed, gap } => {
            format!("{} of {} closed, {} to go", money(*closed), money(*quota), money(*gap))
        }
        R::Coverage { coverage_bp, least_bp } if *coverage_bp < i128::from(*least_bp) => {
            format!(
                "open deals cover that {} times, {} would be enough",
                times(*coverage_bp),
                times((*least_bp).into())
            )
        }
        R::Coverage { coverage_bp, .. } => format!("open deals cover that {} times", times(*coverage_bp)),
        R::RunRate { each_day, days } => {
            format!("{} a day for {}", money(*each_day), plural(*days, "business day", "business days"))
        }
        R::NoDayLeft => "no business day is left".to_owned(),
    }
}

fn excluded(exclusion: &Exclusion) -> String {
    match exclusion {
        Exclusion::MissingAmount => "no amount".to_owned(),
        Exclusion::MissingProbability => "no probability".to_owned(),
        Exclusion::NoRate { from, to, date } => format!("no rate from {from} to {to} on or before {date}"),
        Exclusion::NoDateForRate { basis } => format!("no date for the rate (`{basis}`)"),
        Exclusion::InexactRate { from, to } => {
            format!("the rate from {from} to {to} has no exact decimal form, and nothing may be rounded")
        }
        Exclusion::MissingStage => "no stage".to_owned(),
        Exclusion::UnknownPipeline { pipeline } => format!("no pipeline is called \"{pipeline}\""),
        Exclusion::UnknownStage { pipeline, stage } => {
            format!("the pipeline \"{pipeline}\" has no stage \"{stage}\"")
        }
        Exclusion::SplitsNotWhole { sum_bp } => format!("the shares add up to {}, not 100%", percent(*sum_bp)),
        Exclusion::SplitTwice { user } => format!("{user} has two shares"),
        Exclusion::TooLarge => "the amount is too large to convert".to_owned(),
        Exclusion::Unreadable { field, problem } => {
            format!("`{field}`: {}", super::problem(problem, Lang::English))
        }
    }
}

/// What people call a category.
pub(super) fn category(category: Category) -> &'static str {
    match category {
        Category::Omitted => "omitted",
        Category::Pipeline => "pipeline",
        Category::BestCase => "best case",
        Category::Commit => "commit",
        Category::Closed => "closed",
    }
}

/// What people call a period: `November 2026`, `Q4 2026`, `FY2027 Q1`, `FY2027 P3`.
pub(super) fn period(period: &Period, calendar: &FiscalCalendar) -> String {
    let Period { start, unit, year, number, .. } = period;
    match (unit, calendar.is_civil(), calendar.layout()) {
        (Unit::Month, _, Layout::Months) => {
            format!("{} {}", month(*start), start.year())
        }
        (Unit::Month, _, Layout::Weeks { .. }) => format!("FY{year} P{number}"),
        (Unit::Quarter, true, _) => format!("Q{number} {year}"),
        (Unit::Quarter, false, _) => format!("FY{year} Q{number}"),
        (Unit::Year, true, _) => year.to_string(),
        (Unit::Year, false, _) => format!("FY{year}"),
    }
}

/// The month of a day.
pub(super) fn month(day: chrono::NaiveDate) -> &'static str {
    MONTHS.get(usize::try_from(day.month0()).unwrap_or(0)).copied().unwrap_or_default()
}

const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `12,500.00 EUR`.
pub(super) fn money(total: Total) -> String {
    amount(&total.amount_text(), total.currency.code())
}

/// The same of an amount in plain digits.
pub(super) fn amount(plain: &str, code: &str) -> String {
    let (whole, fraction) = plain.split_once('.').map_or((plain, None), |(w, f)| (w, Some(f)));
    let whole = super::grouped(whole, ",");
    fraction.map_or_else(|| format!("{whole} {code}"), |fraction| format!("{whole}.{fraction} {code}"))
}

fn signed(total: Total) -> String {
    format!("{}{}", if total.minor_units > 0 { "+" } else { "" }, money(total))
}

/// Basis points as a factor: `1.5`.
fn times(bp: i128) -> String {
    // Cut, not rounded: what is not enough does not look as if it were.
    let text = crate::kernel::number::plain(bp.checked_div(100).unwrap_or(0), 2);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
