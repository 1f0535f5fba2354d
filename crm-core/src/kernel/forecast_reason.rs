//! The reasons of forecasts: why a deal does not count, why it counts as it does, what a number is made of.

use serde_json::{Map, Value as Json};

use super::error::{Error, Problem};
use super::money::Currency;
use super::number;
use super::sales::Category;

/// A sum of money as it is shown: whole minor units, which may be more than one amount can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// Minor units of the currency.
    pub minor_units: i128,
    /// The currency.
    pub currency: Currency,
}

impl Total {
    /// In major units with all decimal places, for example `1250.50`.
    pub fn amount_text(&self) -> String {
        number::plain(self.minor_units, self.currency.minor_digits())
    }
}

/// Why a deal is left out of a forecast. Its amount is told in its own currency, never guessed in another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_forecast.rs")]
pub enum Exclusion {
    /// It has no amount.
    MissingAmount,
    /// Neither it nor its stage has a probability.
    MissingProbability,
    /// No rate is in force on the day that counts.
    NoRate { from: String, to: String, date: String },
    /// It lacks the date whose rate would count.
    NoDateForRate { basis: &'static str },
    /// The rate has no exact decimal form, and nothing may be rounded.
    InexactRate { from: String, to: String },
    /// It names no stage.
    MissingStage,
    /// No pipeline has this code.
    UnknownPipeline { pipeline: String },
    /// The pipeline has no stage of this code.
    UnknownStage { pipeline: String, stage: String },
    /// The shares are not 10,000 basis points together.
    SplitsNotWhole { sum_bp: i64 },
    /// Somebody has two shares.
    SplitTwice { user: String },
    /// The converted amount leaves 128 bits.
    TooLarge,
    /// A value of it cannot be read.
    Unreadable { field: String, problem: Problem },
}

impl Exclusion {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Exclusion::MissingAmount => "missing_amount",
            Exclusion::MissingProbability => "missing_probability",
            Exclusion::NoRate { .. } => "no_rate",
            Exclusion::NoDateForRate { .. } => "no_date_for_rate",
            Exclusion::InexactRate { .. } => "inexact_rate",
            Exclusion::MissingStage => "missing_stage",
            Exclusion::UnknownPipeline { .. } => "unknown_pipeline",
            Exclusion::UnknownStage { .. } => "unknown_stage",
            Exclusion::SplitsNotWhole { .. } => "splits_not_whole",
            Exclusion::SplitTwice { .. } => "split_twice",
            Exclusion::TooLarge => "amount_too_large",
            Exclusion::Unreadable { .. } => "unreadable",
        }
    }

    /// What cannot be read, from the error of its reader.
    pub fn unreadable(error: &Error) -> Self {
        let field = error.field().unwrap_or_default().to_owned();
        Exclusion::Unreadable { field, problem: error.problem().clone() }
    }
}

/// Why a number of a forecast is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_forecast.rs")]
pub enum ForecastReason {
    /// A deal does not count.
    Excluded(Exclusion),
    /// Its category was set by hand; the stage has another, or the same.
    ManualCategory { category: Category, automatic: Category },
    /// Its category is its stage's.
    StageCategory { category: Category },
    /// It is won, so it is closed.
    WonIsClosed,
    /// It is lost, so it is omitted.
    LostIsOmitted,
    /// A deal is part of a sum; of a split deal this share.
    Deal { deal: String, share_bp: i64, amount: Total, weighted: Total },
    /// What somebody comes to whom the manager leads, with reports, is part of a sum.
    Report { user: String, count: u64, amount: Total, weighted: Total },
    /// Further parts of a sum, too many to list.
    Others { parts: u64, amount: Total, weighted: Total },
    /// Somebody's number stands in front of the rollup.
    Adjusted { author: String, manager: bool, amount: Total, rollup: Total },
    /// The rollup has moved since the number was said.
    Drifted { drift: Total, stale: bool },
    /// Closed deals reach the quota.
    QuotaMet { quota: Total, closed: Total },
    /// This is still to be closed.
    QuotaGap { quota: Total, closed: Total, gap: Total },
    /// How often open deals cover what is to be closed, in basis points.
    Coverage { coverage_bp: i128, least_bp: i64 },
    /// What has to be closed on each business day that is left.
    RunRate { each_day: Total, days: u64 },
    /// The period has no business day left.
    NoDayLeft,
}

impl ForecastReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use ForecastReason as R;
        match self {
            R::Excluded(exclusion) => exclusion.code(),
            R::ManualCategory { .. } => "manual_category",
            R::StageCategory { .. } => "stage_category",
            R::WonIsClosed => "won_is_closed",
            R::LostIsOmitted => "lost_is_omitted",
            R::Deal { .. } => "deal",
            R::Report { .. } => "report",
            R::Others { .. } => "others",
            R::Adjusted { .. } => "adjusted",
            R::Drifted { stale: true, .. } => "adjustment_stale",
            R::Drifted { .. } => "adjustment_drift",
            R::QuotaMet { .. } => "quota_met",
            R::QuotaGap { .. } => "quota_gap",
            R::Coverage { .. } => "coverage",
            R::RunRate { .. } => "run_rate",
            R::NoDayLeft => "no_day_left",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use ForecastReason as R;
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            R::Excluded(exclusion) => exclusion.put(map),
            R::ManualCategory { category, automatic } => {
                put("category", category.code().into());
                put("automatic", automatic.code().into());
            }
            R::StageCategory { category } => {
                put("category", category.code().into());
            }
            R::WonIsClosed | R::LostIsOmitted | R::NoDayLeft => {}
            R::Deal { deal, share_bp, amount, weighted } => {
                put("deal", deal.as_str().into());
                put("share_bp", (*share_bp).into());
                put("amount", amount.amount_text().into());
                put("weighted", weighted.amount_text().into());
            }
            R::Report { user, count, amount, weighted } => {
                put("user", user.as_str().into());
                put("count", (*count).into());
                put("amount", amount.amount_text().into());
                put("weighted", weighted.amount_text().into());
            }
            R::Others { parts, amount, weighted } => {
                put("parts", (*parts).into());
                put("amount", amount.amount_text().into());
                put("weighted", weighted.amount_text().into());
            }
            R::Adjusted { author, manager, amount, rollup } => {
                put("author", author.as_str().into());
                put("layer", if *manager { "manager" } else { "own" }.into());
                put("amount", amount.amount_text().into());
                put("rollup", rollup.amount_text().into());
            }
            R::Drifted { drift, .. } => {
                put("drift", drift.amount_text().into());
            }
            R::QuotaMet { quota, closed } => {
                put("quota", quota.amount_text().into());
                put("closed", closed.amount_text().into());
            }
            R::QuotaGap { quota, closed, gap } => {
                put("quota", quota.amount_text().into());
                put("closed", closed.amount_text().into());
                put("gap", gap.amount_text().into());
            }
            R::Coverage { coverage_bp, least_bp } => {
                put("coverage_bp", i64::try_from(*coverage_bp).unwrap_or(i64::MAX).into());
                put("least_bp", (*least_bp).into());
            }
            R::RunRate { each_day, days } => {
                put("each_day", each_day.amount_text().into());
                put("days", (*days).into());
            }
        }
    }
}

impl Exclusion {
    fn put(&self, map: &mut Map<String, Json>) {
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            Exclusion::MissingAmount
            | Exclusion::MissingProbability
            | Exclusion::MissingStage
            | Exclusion::TooLarge => {}
            Exclusion::NoRate { from, to, date } => {
                put("from", from.as_str().into());
                put("to", to.as_str().into());
                put("date", date.as_str().into());
            }
            Exclusion::NoDateForRate { basis } => {
                put("rate_basis", (*basis).into());
            }
            Exclusion::InexactRate { from, to } => {
                put("from", from.as_str().into());
                put("to", to.as_str().into());
            }
            Exclusion::UnknownPipeline { pipeline } => {
                put("pipeline", pipeline.as_str().into());
            }
            Exclusion::UnknownStage { pipeline, stage } => {
                put("pipeline", pipeline.as_str().into());
                put("stage", stage.as_str().into());
            }
            Exclusion::SplitsNotWhole { sum_bp } => {
                put("sum_bp", (*sum_bp).into());
            }
            Exclusion::SplitTwice { user } => {
                put("user", user.as_str().into());
            }
            Exclusion::Unreadable { field, problem } => {
                put("field", field.as_str().into());
                put("problem", problem.code().name().into());
            }
        }
    }
}
