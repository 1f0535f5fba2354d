//! Quotes on a store, in English.

use super::en_words::{list, visible};
use crate::kernel::offer_problem::OfferProblem;
use crate::kernel::quotes::{QuoteAct, QuoteStanding};

/// Where a quote stands.
pub(super) const fn standing(standing: QuoteStanding) -> &'static str {
    match standing {
        QuoteStanding::Draft => "still being written",
        QuoteStanding::Issued => "issued",
        QuoteStanding::Sent => "sent",
        QuoteStanding::Expired => "expired",
        QuoteStanding::Accepted => "accepted",
        QuoteStanding::Declined => "declined",
        QuoteStanding::Superseded => "replaced by a later version",
        QuoteStanding::Cancelled => "cancelled",
    }
}

/// What is done with a quote.
const fn act(act: QuoteAct) -> &'static str {
    match act {
        QuoteAct::Edit => "edited",
        QuoteAct::Issue => "issued",
        QuoteAct::Send => "sent",
        QuoteAct::Revise => "revised",
        QuoteAct::Accept | QuoteAct::AcceptLate => "accepted",
        QuoteAct::Decline => "declined",
        QuoteAct::Cancel => "cancelled",
        QuoteAct::Archive => "put away",
    }
}

pub(super) fn problem(problem: &OfferProblem) -> String {
    use OfferProblem as P;
    match problem {
        P::NotAllowed { act: done, standing: QuoteStanding::Draft } => {
            format!("the quote cannot be {}: it is still being written, issue it first", act(*done))
        }
        P::NotAllowed { act: done, standing: is } => {
            format!("the quote cannot be {}: it is {}", act(*done), standing(*is))
        }
        P::Expired { valid_until } => {
            format!("the quote was valid until {valid_until}: expected `late_reason`, or a new version")
        }
        P::AlreadyAnswered { standing: is, by } => {
            format!("the customer answered already: the quote is {} (by {})", standing(*is), visible(by))
        }
        P::OtherHash { found, expected } => {
            format!("the answer is about other content (`{}`) than the quote has (`{expected}`)", visible(found))
        }
        P::OtherVersion { found, expected } => {
            format!("the answer is about version {found}, and this is version {expected}")
        }
        P::MissingMentions { codes } => format!(
            "the quote lacks mandatory mentions: {}; add them, or name them under `without` with a `reason`",
            list(codes, "and")
        ),
        P::NoLines => "the quote sells nothing: expected at least one line with a price".to_owned(),
        P::NotOptional { line } => format!("`{}` is no optional line of the quote", visible(line)),
        P::OtherVersionOpen { id } => format!("another version of the quote is open already: {id}"),
        P::OtherVersionAccepted { number } => {
            format!("another version of the quote was accepted: {}", visible(number))
        }
        P::NoCustomer => "the quote is for nobody: expected a deal or an account".to_owned(),
        P::ForeignDeal { deal } => format!("the deal {deal} belongs to another account than the quote"),
        P::UnknownSeries { found, expected } => {
            format!("there is no series of numbers `{}`: expected {}", visible(found), list(expected, "or"))
        }
        P::NumberTooLong { number } => format!("the number `{}` is too long for a quote", visible(number)),
    }
}
