//! What a stored quote does not allow.

use serde_json::{Value as Json, json};

use super::error::Code;
use super::quotes::{QuoteAct, QuoteStanding};

/// What a stored quote does not allow; the sentences are in `lang/en_offer.rs`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "each variant is its sentence in lang/en_offer.rs; its fields are that sentence's values"
)]
pub enum OfferProblem {
    /// A quote that stands so does not take this.
    NotAllowed { act: QuoteAct, standing: QuoteStanding },
    /// Its last day is over.
    Expired { valid_until: String },
    /// The customer answered otherwise already.
    AlreadyAnswered { standing: QuoteStanding, by: String },
    /// Somebody else names another content than was sent.
    OtherHash { found: String, expected: String },
    /// Somebody names another version.
    OtherVersion { found: u64, expected: u64 },
    /// The law or the profile asks for more than it says.
    MissingMentions { codes: Vec<String> },
    /// Nothing is sold.
    NoLines,
    /// A line that may be chosen is not among those that may.
    NotOptional { line: String },
    /// Another version is being written, or stands in its place.
    OtherVersionOpen { id: String },
    /// Another version was accepted.
    OtherVersionAccepted { number: String },
    /// A quote is for somebody.
    NoCustomer,
    /// Of a deal of another account.
    ForeignDeal { deal: String },
    /// A series of numbers that is not configured.
    UnknownSeries { found: String, expected: Vec<String> },
    /// A number that the series cannot give.
    NumberTooLong { number: String },
}

impl OfferProblem {
    /// The stable code.
    pub const fn code(&self) -> Code {
        use OfferProblem as P;
        match self {
            P::OtherHash { .. } | P::OtherVersion { .. } => Code::Conflict,
            P::MissingMentions { .. } | P::NoLines | P::NoCustomer => Code::Missing,
            P::NotOptional { .. } | P::ForeignDeal { .. } | P::UnknownSeries { .. } | P::NumberTooLong { .. } => {
                Code::InvalidValue
            }
            _ => Code::WrongState,
        }
    }

    /// What it is, as a name that programs compare, with what they can act on.
    pub fn to_json(&self) -> Json {
        use OfferProblem as P;
        let (name, more) = match self {
            P::NotAllowed { act, standing } => ("not_allowed", json!({"act": act.code(), "standing": standing.code()})),
            P::Expired { valid_until } => ("expired", json!({"valid_until": valid_until})),
            P::AlreadyAnswered { standing, by } => ("already_answered", json!({"standing": standing.code(), "by": by})),
            P::OtherHash { found, expected } => ("other_hash", json!({"found": found, "expected": expected})),
            P::OtherVersion { found, expected } => ("other_version", json!({"found": found, "expected": expected})),
            P::MissingMentions { codes } => ("missing_mentions", json!({"codes": codes})),
            P::NoLines => ("no_lines", json!({})),
            P::NotOptional { line } => ("not_optional", json!({"line": line})),
            P::OtherVersionOpen { id } => ("other_version_open", json!({"id": id})),
            P::OtherVersionAccepted { number } => ("other_version_accepted", json!({"number": number})),
            P::NoCustomer => ("no_customer", json!({})),
            P::ForeignDeal { deal } => ("foreign_deal", json!({"deal": deal})),
            P::UnknownSeries { found, expected } => ("unknown_series", json!({"found": found, "expected": expected})),
            P::NumberTooLong { number } => ("number_too_long", json!({"number": number})),
        };
        let mut map = more.as_object().cloned().unwrap_or_default();
        map.insert("problem".into(), name.into());
        Json::Object(map)
    }
}
