//! Why an amount changed between two snapshots, and at which rate it was converted.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::coded::coded;
use super::forecast_reason::Total;
use super::money::Currency;

coded! {
    #[non_exhaustive]
    /// What happened to a deal between two snapshots, in the order in which it is told.
    Bucket {
        /// It was made since.
        New = "new",
        /// It was closed or archived and is open again.
        Reopened = "reopened",
        /// Its close date moved forward into the period.
        PulledIn = "pulled_in",
        /// Its close date moved back into the period.
        SlippedIn = "slipped_in",
        /// It came in otherwise: another owner, pipeline or category, or its first close date.
        MovedIn = "moved_in",
        /// Its amount rose.
        Increased = "increased",
        /// Its amount is worth more at the rates of the end.
        FxGain = "fx_gain",
        /// Its amount fell.
        Decreased = "decreased",
        /// Its amount is worth less at the rates of the end.
        FxLoss = "fx_loss",
        /// Its close date moved to after the period.
        PushedOut = "pushed_out",
        /// Its close date moved to before the period.
        PulledOut = "pulled_out",
        /// It went out otherwise: another owner, pipeline or category, or no close date any more.
        MovedOut = "moved_out",
        /// It was won.
        Won = "won",
        /// It was lost.
        Lost = "lost",
        /// It was archived or is gone.
        Deleted = "deleted",
    }
}

impl Bucket {
    /// Whether it adds to what there was at the start; the others take from it.
    pub const fn adds(self) -> bool {
        matches!(
            self,
            Bucket::New
                | Bucket::Reopened
                | Bucket::PulledIn
                | Bucket::SlippedIn
                | Bucket::MovedIn
                | Bucket::Increased
                | Bucket::FxGain
        )
    }
}

coded! {
    /// Which field of a deal tells of the change.
    Tracked {
        /// What it is worth.
        Amount = "amount",
        /// When it is expected to close.
        CloseDate = "close_date",
        /// Who is responsible.
        Owner = "owner",
        /// The pipeline.
        Pipeline = "pipeline",
        /// The forecast category.
        Category = "category",
        /// Open, won or lost.
        State = "state",
    }
}

/// One reason of a waterfall or of a conversion.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_waterfall.rs")]
pub enum WaterfallReason {
    /// So many deals in a bucket, with what they change together.
    Bucket { bucket: Bucket, deals: u64, amount: Total },
    /// What one deal changes, and which field says so.
    Deal { bucket: Bucket, deal: String, amount: Total, field: Option<Tracked>, before: String, after: String },
    /// A rate was used as it was given.
    RateUsed { from: Currency, to: Currency, valid_from: NaiveDate, rate: String },
    /// A rate of the other direction was used: the amount was divided by it.
    RateInverted { from: Currency, to: Currency, valid_from: NaiveDate, rate: String },
    /// The amount is in the currency already.
    SameCurrency { currency: Currency },
    /// There is no rate on or before the day.
    NoRate { from: Currency, to: Currency, date: NaiveDate },
    /// The deal has no amount.
    NoAmount,
    /// The deal has no close date, so that no rate can be told.
    NoCloseDate,
    /// The deal's stage is unknown, and so is its category.
    NoCategory,
    /// The converted amount leaves what can be counted.
    TooLarge,
}

impl WaterfallReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use WaterfallReason as R;
        match self {
            R::Bucket { bucket, .. } | R::Deal { bucket, .. } => bucket.code(),
            R::RateUsed { .. } => "rate_used",
            R::RateInverted { .. } => "rate_inverted",
            R::SameCurrency { .. } => "same_currency",
            R::NoRate { .. } => "no_rate",
            R::NoAmount => "missing_amount",
            R::NoCloseDate => "missing_close_date",
            R::NoCategory => "unknown_category",
            R::TooLarge => "amount_too_large",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use WaterfallReason as R;
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            R::Bucket { deals, amount, .. } => {
                put("deals", (*deals).into());
                put("amount", amount.amount_text().into());
            }
            R::Deal { deal, amount, field, before, after, .. } => {
                put("deal", deal.as_str().into());
                put("amount", amount.amount_text().into());
                if let Some(field) = field {
                    put("field", field.code().into());
                    let known = |text: &str| Some(text).filter(|t| !t.is_empty()).map_or(Json::Null, Json::from);
                    put("before", known(before));
                    put("after", known(after));
                }
            }
            R::RateUsed { from, to, valid_from, rate } | R::RateInverted { from, to, valid_from, rate } => {
                put("from", from.code().into());
                put("to", to.code().into());
                put("valid_from", valid_from.to_string().into());
                put("rate", rate.as_str().into());
            }
            R::NoRate { from, to, date } => {
                put("from", from.code().into());
                put("to", to.code().into());
                put("date", date.to_string().into());
            }
            R::SameCurrency { currency } => {
                put("currency", currency.code().into());
            }
            R::NoAmount | R::NoCloseDate | R::NoCategory | R::TooLarge => {}
        }
    }
}
