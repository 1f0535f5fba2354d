//! Quotes: what lines, discounts and taxes come to, exactly; what differs between two versions; what is missing.
//!
//! # Meaning
//! Everything is a whole number of minor units or an exact fraction until it is rounded, once, half away from zero, so
//! that a credit mirrors what it credits. In order:
//!
//! 1. A line is quantity times price, less its discount, rounded (EN 16931, BR-DEC-23).
//! 2. The document discount is one rounded amount, at most what the lines come to, divided over them by largest
//!    remainder. Parts that are equally large go to the line with the higher rate first, then in the order of lines: no
//!    total depends on how lines are sorted.
//! 3. Net prices: each tax is `round(sum of bases * rate)` (BR-CO-17), or the sum of the same for each line. Gross prices:
//!    the VAT is `round(gross * r / (100 + r))`, for each set of taxes or for each line, and the net is what is left: what
//!    was typed is what is paid. Several taxes of one line are taken of the same base; included ones are taken out together
//!    and then divided.
//! 4. Totals are sums of what is printed: `net + vat = gross`, and what is in the lines and rows adds up to them. VAT that
//!    is rounded for several lines together is divided between them by largest remainder.
//!
//! Optional lines count nowhere. Recurring lines count with their first period; `monthly` and `annual` are what they come
//! to in a month and in a year, rounded once, and `contract` is everything over the agreed terms.
//!
//! # Questions
//! `{"asks": [{"ask": ...}], "lang"}` gives `{"answers": [...]}`:
//!
//! - `totals`: `quote`; with `head` (`number`, `version`, `issued_on`, `valid_until`) also the `hash` that an acceptance
//!   binds.
//! - `diff`: `before`, `after`: line by line, with effects that add up to the difference.
//! - `solve`: `quote`, `gross`: the largest document discount that reaches a total, or the two next totals.
//! - `gross_representable`: `gross`, `vat` or `taxes`, `currency`: whether some net price gives this total.
//! - `fr_vat_rates`: `date`, `territory`.
//! - `mentions`: `quote`, `profile`, `issued_on`, `valid_until`: what French law wants to be said, and what is missing.
//! - `number`: `template`, `reset`, `date`, and what was given before (`last` with `last_on`, or `issued`, `cancelled`,
//!   `deleted`): the next number, which no deletion gives a second time.
//! - `expiry`: `valid_until` (or `issued_on` and `valid_days`), `zone`, `at`.
//!
//! A quote is `{"currency", "price_mode": "net"|"gross", "rounding": "per_rate"|"per_line", "lines", "discount",
//! "payable_step", "seller", "customer", "legal"}`. A line has `kind` (`item`, `optional`, `section`, `text`), `id`,
//! `description` (text, or one for each language), `quantity`, `unit`, `unit_price`, `discount` (`percent`, `percent_bp`
//! or `amount`), `vat` or `taxes` (`category` of EN 16931, `rate` or `rate_bp`, `name`, `exemption_code`) and `recurring`
//! (`every_months`, `term_months`). Numbers are decimal text or whole numbers.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! // No net price in cents gives 69.99 at 20 %: net prices could print 69.98 or 70.00 only.
//! let input = json::parse(br#"{"asks": [{"ask": "totals", "quote": {"currency": "EUR", "price_mode": "gross",
//!     "lines": [{"quantity": "1", "unit_price": "69.99", "vat": {"rate": "20"}}]}}]}"#)?;
//! let answer = &Rules::default().eval("quote", &input)?["answers"][0];
//! assert_eq!((&answer["net"], &answer["vat"], &answer["gross"]), (&"58.32".into(), &"11.67".into(), &"69.99".into()));
//! # Ok::<(), crm_core::Error>(())
//! ```

mod binding;
mod books;
mod diff;
mod discount;
mod door;
mod fr_rates;
mod line;
mod mentions;
mod numbering;
mod parties;
mod parts;
mod periods;
mod reach;
mod sheet;
mod solve;
mod tally;
mod tax;
mod tax_sets;
mod terms;
mod totals;
mod trace;
mod wording;
mod written;

pub use binding::{QuoteHead, content_hash, expires_at};
pub use books::Row;
pub use diff::{LineDiff, QuoteDiff, diff};
pub use discount::Discount;
pub(in crate::rules) use door::eval_json;
pub use fr_rates::{FrenchRates, french_rates};
pub use line::{LineContent, Pricing, QuoteLine, Recurring};
pub use mentions::{MentionCheck, MentionScope, check_mentions};
pub use numbering::NumberFormat;
pub use parties::{Customer, Legal, Seller};
pub use reach::{Reach, reach};
pub use sheet::{Offered, Whole};
pub use solve::{Reached, Solution, solve};
pub use tally::{Tallied, Tally};
pub use tax::Tax;
pub use tax_sets::TaxSets;
pub use terms::{MOST_LINES, QuoteTerms};
pub use totals::{LineTotal, Sums, TaxRow, Totals, totals};
pub use wording::Wording;
