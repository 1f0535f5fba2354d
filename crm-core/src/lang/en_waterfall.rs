//! The reasons of waterfalls and conversions in English.

use super::en_forecast::{amount, money};
use super::{Lang, plural};
use crate::kernel::waterfall_reason::{Bucket, Tracked, WaterfallReason};

pub(super) fn reason(reason: &WaterfallReason) -> String {
    use WaterfallReason as R;
    match reason {
        R::Bucket { bucket, deals, amount } => {
            format!("{}: {} ({})", bucket_name(*bucket), plural(Lang::English, *deals, "deal", "deals"), money(*amount))
        }
        R::Deal { bucket, deal, amount, field, before, after } => {
            let told = field.map_or_else(String::new, |field| change(field, before, after));
            format!("“{deal}” {}{told}: {}", happened(*bucket), money(*amount))
        }
        R::RateUsed { from, to, valid_from, rate } => {
            format!("1 {} = {rate} {}, from {valid_from} on", from.code(), to.code())
        }
        R::RateInverted { from, to, valid_from, rate } => {
            format!(
                "divided by the rate of the other direction: 1 {} = {rate} {}, from {valid_from} on",
                from.code(),
                to.code()
            )
        }
        R::SameCurrency { currency } => format!("the amount is in {} already", currency.code()),
        R::NoRate { from, to, date } => format!("no rate from {} to {} on or before {date}", from.code(), to.code()),
        R::NoAmount => "the deal has no amount".to_owned(),
        R::NoCloseDate => "the deal has no close date, so there is no day to take a rate of".to_owned(),
        R::NoCategory => "the deal's stage is unknown, and with it its forecast category".to_owned(),
        R::TooLarge => "the converted amount is too large to be counted".to_owned(),
    }
}

fn bucket_name(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::New => "new",
        Bucket::Reopened => "reopened",
        Bucket::PulledIn => "pulled into the period",
        Bucket::SlippedIn => "slipped into the period",
        Bucket::MovedIn => "moved in",
        Bucket::Increased => "increased",
        Bucket::FxGain => "gained by exchange rates",
        Bucket::Decreased => "decreased",
        Bucket::FxLoss => "lost by exchange rates",
        Bucket::PushedOut => "pushed out of the period",
        Bucket::PulledOut => "pulled out of the period",
        Bucket::MovedOut => "moved out",
        Bucket::Won => "won",
        Bucket::Lost => "lost",
        Bucket::Deleted => "archived or deleted",
    }
}

fn happened(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::New => "is new",
        Bucket::Reopened => "was reopened",
        Bucket::PulledIn => "was pulled into the period",
        Bucket::SlippedIn => "slipped into the period",
        Bucket::MovedIn => "moved in",
        Bucket::Increased => "rose",
        Bucket::FxGain => "gained by exchange rates",
        Bucket::Decreased => "fell",
        Bucket::FxLoss => "lost by exchange rates",
        Bucket::PushedOut => "was pushed out of the period",
        Bucket::PulledOut => "was pulled out of the period",
        Bucket::MovedOut => "moved out",
        Bucket::Won => "was won",
        Bucket::Lost => "was lost",
        Bucket::Deleted => "was archived or deleted",
    }
}

fn change(field: Tracked, before: &str, after: &str) -> String {
    let name = match field {
        Tracked::Amount => "amount",
        Tracked::CloseDate => "close date",
        Tracked::Owner => "owner",
        Tracked::Pipeline => "pipeline",
        Tracked::Category => "category",
        Tracked::State => "state",
    };
    format!(" ({name}: {} to {})", value(field, before), value(field, after))
}

/// What people read instead of a code or an amount.
fn value(field: Tracked, text: &str) -> String {
    match (field, text) {
        (_, "") => "none".to_owned(),
        (Tracked::Amount, text) => text.split_once(' ').map_or_else(|| text.to_owned(), |(n, code)| amount(n, code)),
        (Tracked::Category, text) => super::category(text, Lang::English),
        (_, text) => text.to_owned(),
    }
}
