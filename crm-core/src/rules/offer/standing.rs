//! Where a quote stands on a day, and what may be done with it then.

use chrono::NaiveDate;

use crate::kernel::quotes::{QuoteAct, QuoteStanding, QuoteState};
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::rules::quote::expires_at;

/// Where a quote stands: its state, or `expired` once its last day in the seller's zone is over and nobody answered.
///
/// ```
/// use crm_core::kernel::quotes::{QuoteStanding, QuoteState};
/// use crm_core::kernel::time::parse_instant;
/// use crm_core::rules::offer::standing;
/// let (sent, last) = (QuoteState::Sent, "2026-12-31".parse().ok());
/// let on = |at| standing(sent, last, &"Europe/Paris".parse().unwrap(), parse_instant(at).unwrap());
/// assert_eq!(on("2026-12-31T22:59:59Z"), QuoteStanding::Sent);
/// assert_eq!(on("2026-12-31T23:00:00Z"), QuoteStanding::Expired);
/// ```
pub fn standing(state: QuoteState, valid_until: Option<NaiveDate>, zone: &Zone, at: Instant) -> QuoteStanding {
    let is_over = || valid_until.is_some_and(|last| at >= expires_at(last, zone));
    match state {
        QuoteState::Draft => QuoteStanding::Draft,
        QuoteState::Issued | QuoteState::Sent if is_over() => QuoteStanding::Expired,
        QuoteState::Issued => QuoteStanding::Issued,
        QuoteState::Sent => QuoteStanding::Sent,
        QuoteState::Accepted => QuoteStanding::Accepted,
        QuoteState::Declined => QuoteStanding::Declined,
        QuoteState::Superseded => QuoteStanding::Superseded,
        QuoteState::Cancelled => QuoteStanding::Cancelled,
    }
}

/// Whether a quote that stands so takes this. What was issued changes no more: it is answered, withdrawn, or a later version
/// stands in its place. An answer is for good.
pub const fn allows(act: QuoteAct, standing: QuoteStanding) -> bool {
    use QuoteStanding as S;
    match act {
        QuoteAct::Edit | QuoteAct::Issue => matches!(standing, S::Draft),
        QuoteAct::Send | QuoteAct::Accept => matches!(standing, S::Issued | S::Sent),
        QuoteAct::AcceptLate => matches!(standing, S::Expired),
        QuoteAct::Decline | QuoteAct::Cancel => matches!(standing, S::Issued | S::Sent | S::Expired),
        // What the customer may still accept is cancelled first.
        QuoteAct::Archive => !matches!(standing, S::Issued | S::Sent),
        QuoteAct::Revise => matches!(standing, S::Issued | S::Sent | S::Expired | S::Declined),
    }
}

/// What a quote that stands so takes, in order.
pub fn acts(standing: QuoteStanding) -> impl Iterator<Item = QuoteAct> {
    QuoteAct::ALL.iter().copied().filter(move |act| allows(*act, standing))
}

/// Whether a quote that stands so can still be answered, or will be once it is issued: a deal has its value from it.
pub const fn is_open(standing: QuoteStanding) -> bool {
    matches!(standing, QuoteStanding::Draft | QuoteStanding::Issued | QuoteStanding::Sent | QuoteStanding::Expired)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_takes_nothing_and_nothing_that_was_issued_is_written() {
        for over in [QuoteStanding::Accepted, QuoteStanding::Superseded, QuoteStanding::Cancelled] {
            assert_eq!(acts(over).collect::<Vec<_>>(), [QuoteAct::Archive], "{over:?}");
        }
        for standing in QuoteStanding::ALL.iter().filter(|standing| **standing != QuoteStanding::Draft) {
            assert!(!allows(QuoteAct::Edit, *standing) && !allows(QuoteAct::Issue, *standing), "{standing:?}");
        }
        // Late and in time are never both possible.
        for standing in QuoteStanding::ALL {
            assert!(!(allows(QuoteAct::Accept, *standing) && allows(QuoteAct::AcceptLate, *standing)));
        }
    }
}
