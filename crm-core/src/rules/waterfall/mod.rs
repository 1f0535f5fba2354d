//! The waterfall: why is a forecast another number than it was?
//!
//! # Meaning
//! Two [`Snapshot`]s and one [`Filter`] (period, owners, pipelines, categories). Each deal that the filter takes at the
//! start or at the end is in exactly one bucket ([`Bucket`](crate::kernel::waterfall_reason::Bucket)); a deal that it
//! takes both times is told in two steps, its amount first, at the rates of the start, and what is left to the rates.
//!
//! Only at the start, tested in this order: *deleted* (gone or archived), *won*, *lost*, *pushed out* (closes after the
//! period), *pulled out* (before it), *moved out* (another owner, pipeline or category); at the start's value. Only at
//! the end: *new*, *reopened* (was closed or archived), *pulled in* (closed after the period), *slipped in* (before
//! it), *moved in*; at the end's value. A lost deal and an archived one are taken by no filter, a won one only by a
//! filter that names the category `closed`.
//!
//! # Formula
//! In minor units of one currency, each deal's amount converted at the rate in force on its close date and rounded once:
//!
//! ```text
//! start + new + reopened + pulled_in + slipped_in + moved_in + increased + fx_gain
//!       - decreased - fx_loss - pushed_out - pulled_out - moved_out - won - lost - deleted = end
//! ```
//!
//! A deal in both: with `v(a, r)` the amount at rates, `d1 = v(end, rates of the start, close date of the start) -
//! v(start, ...)` is increased or decreased, `v(end, rates of the end) - v(end, rates of the start)` is the gain or loss
//! by exchange rates. Where the start has no rate for the end's currency, the whole difference counts as the amount's.
//! `won` counts at the start's value; `won_delta` beside it is what won deals closed at, less that.
//!
//! A deal that cannot be valued where it would have to be (no amount, no rate, no category) is excluded whole, with its
//! reason and what it would be worth where that can be told; the identity holds for the others.
//!
//! # Source
//! The categories of change that sales teams read (Gong's and Atrium's pipeline change cards), with exchange rates,
//! reopened and deleted deals added so that nothing is left over.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let input = json::parse(r#"{
//!     "currency": "EUR", "lang": "en",
//!     "filter": {"period": {"start": "2026-10-01", "end": "2027-01-01"}},
//!     "start": {"as_of": "2026-10-01T00:00:00Z", "rows": [
//!         {"deal": "roof", "category": "commit", "amount": {"amount": "1000.00", "currency": "EUR"}, "close_date": "2026-11-30"}
//!     ]},
//!     "end": {"as_of": "2026-11-01T00:00:00Z", "rows": [
//!         {"deal": "roof", "category": "commit", "amount": {"amount": "900.00", "currency": "EUR"}, "close_date": "2026-12-15"},
//!         {"deal": "windows", "category": "pipeline", "amount": {"amount": "300.00", "currency": "EUR"}, "close_date": "2026-12-01"}
//!     ]}
//! }"#.as_bytes())?;
//! let waterfall = Rules::default().eval("waterfall", &input)?;
//! assert_eq!((&waterfall["start"], &waterfall["end"]), (&"1000.00".into(), &"1200.00".into()));
//! assert_eq!(waterfall["buckets"]["new"]["amount"], "300.00");
//! assert_eq!(waterfall["buckets"]["decreased"]["amount"], "100.00");
//! assert_eq!(
//!     waterfall["buckets"]["decreased"]["top"][0]["text"],
//!     "“roof” fell (amount: 1,000.00 EUR to 900.00 EUR): 100.00 EUR"
//! );
//! # Ok::<(), crm_core::Error>(())
//! ```

mod compare;
mod door;
mod filter;
mod result;
mod row;

pub use compare::{Snapshot, compare};
pub use door::eval_json;
pub(crate) use door::top_of;
pub(crate) use filter::window;
pub use filter::{Filter, Window};
pub use result::{BucketTotal, Excluded, Move, Waterfall};
pub use row::SnapshotRow;
pub(crate) use row::{category_of, check_shares, shares};
