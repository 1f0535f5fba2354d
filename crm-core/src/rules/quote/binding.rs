//! What an acceptance binds, and until when it can be given.

use chrono::NaiveDate;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::terms::QuoteTerms;
use super::totals::Totals;
use crate::kernel::json;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;

/// What of a quote is not in its terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuoteHead<'a> {
    /// Its number.
    pub number: &'a str,
    /// Its version.
    pub version: i64,
    /// Its date.
    pub issued_on: Option<NaiveDate>,
    /// The last day on which it can be accepted.
    pub valid_until: Option<NaiveDate>,
}

/// SHA-256 of everything that an acceptance binds, in hexadecimal digits: the head, the terms and what they come to.
pub fn content_hash(head: &QuoteHead<'_>, terms: &QuoteTerms, totals: &Totals) -> String {
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
    let bound = json!({
        "number": head.number,
        "version": head.version,
        "issued_on": day(head.issued_on),
        "valid_until": day(head.valid_until),
        "terms": terms.to_json(),
        "totals": totals.to_json(),
    });
    let digest = Sha256::digest(json::canonical(&bound).as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first instant at which a quote cannot be accepted any more: its last day is over where the seller is.
///
/// ```
/// use crm_core::kernel::time::format_instant;
/// use crm_core::rules::quote::expires_at;
/// let paris = "Europe/Paris".parse().unwrap();
/// let end = expires_at("2026-10-25".parse().unwrap(), &paris);
/// // That day has 25 hours.
/// assert_eq!(format_instant(end), "2026-10-25T23:00:00Z");
/// ```
pub fn expires_at(valid_until: NaiveDate, zone: &Zone) -> Instant {
    zone.day_start(valid_until.succ_opt().unwrap_or(valid_until))
}
