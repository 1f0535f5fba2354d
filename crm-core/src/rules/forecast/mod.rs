//! Forecasts: what will be closed, by whom and when, and what each number is made of.
//!
//! # Meaning
//! A deal is a [`Line`]: owner, stage, amount, probability, category, close date. [`Plan::place`] says what becomes of
//! it; every deal is exactly one of these:
//! - it counts in a period, by its close date, or among the *undated*, which are shown beside and part of no total;
//! - it closes *outside* of the periods and is counted as such;
//! - the filter does not let it pass (*filtered*);
//! - it is *excluded* with a reason and its amount in its own currency: no amount, no probability, no rate on or before
//!   the day that counts, an unknown pipeline or stage, shares that are not the whole, a value that cannot be read.
//!   Nothing is ever guessed, and no rate is 1 by default.
//!
//! **Category.** Won is closed and lost is omitted always; otherwise the one set by hand wins over the stage's, and both
//! are shown. Omitted deals are in no total.
//!
//! **Currency.** Each deal is converted once, at the rate of the day that `rate_basis` names: its `close_date` (the
//! default), the day on which it was created (`created_on`), the day of the forecast (`as_of`), or at the mean of the
//! period's days (`period_average`). `rounding` is `each_deal` (half away from zero to minor units) or `never`: products
//! stay exact, and a rate without an exact decimal form, such as most inverses, excludes the deal.
//!
//! **Owners.** `owners` says who leads whom. Who owns deals and is not listed is a root of its own (`listed` is false).
//! Of a split deal everybody has a share by largest remainder, so that shares add up to the deal; the deal counts once,
//! with its owner.
//!
//! # Formula
//! ```text
//! weighted = sum of value * probability     exact in 1/10 000 of a minor unit, rounded once, half away from zero
//! node     = own + all reports              in every category and period
//! ```
//! What is printed adds up in every table ([`PrintedCells`]): all periods together are rounded, and what they, their
//! categories, people and deals print follows by largest remainder. `weighted_exact` is the sum before rounding.
//!
//! # Presentation
//! `single` shows each category by itself; `cumulative` adds what is surer ([`Cumulative`]). Both show the same stored
//! numbers, so switching loses nothing.
//!
//! # Adjustments
//! An [`Adjustment`] stands in front of a rollup and changes no deal: the latest of a manager counts, or else the latest
//! own, or else own deals and what the reports come to. `drift` is how far the deals have moved since, `stale` whether by
//! more than `stale_drift_bp` of what they were. With a `viewer`, a manager's number is seen by those who lead the person
//! and by its author; without, by everybody.
//!
//! # Pacing
//! A [`Quota`] keeps its dates; one for a whole period counts, or those that tile it. Everybody's has no owner.
//! `coverage_bp` is open deals over what is still to be closed, `each_day` that over the business days that are left
//! (Monday to Friday without `holidays`, the day of the forecast included), rounded up so that it is enough.
//!
//! # Calibration
//! `history` (what was said of deals in periods that are over, and what became of them) gives won shares by category and
//! owner and the Brier score, and `calibrated` amounts beside the numbers, never instead of them.
//!
//! # Configuration
//! ```json
//! {"currency": "EUR", "fiscal": {"first_month": 9, "named_by": "end", "layout": "4-4-5", "first_day": "monday"},
//!  "rate_basis": "close_date", "rounding": "each_deal", "stale_drift_bp": 1000, "least_coverage_bp": 30000,
//!  "reasons": 5, "holidays": ["2026-12-25"]}
//! ```
//! All of it may be left out; a question may name another `currency`, `rate_basis` and `rounding`.
//!
//! # Question
//! ```json
//! {"deals": [{"id": "d1", "owner": "marie", "pipeline": "sales", "stage": "proposal", "state": "open",
//!             "value": {"amount": "1000.00", "currency": "USD"}, "probability_bp": 6000, "category": "commit",
//!             "close_date": "2026-12-18", "created_on": "2026-09-01",
//!             "splits": [{"owner": "marie", "share_bp": 7000}, {"owner": "paul", "share_bp": 3000}]}],
//!  "pipelines": [{"code": "sales", "stages": ["see rules::pipeline"]}],
//!  "owners": [{"user": "marie", "manager": "anne"}, {"user": "paul", "manager": "anne"}, {"user": "anne"}],
//!  "rates": [{"from": "USD", "to": "EUR", "valid_from": "2026-10-01", "rate": "0.92"}],
//!  "currency": "EUR", "as_of": "2026-11-22", "at": "2026-11-22T09:00:00Z",
//!  "periods": {"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"},
//!  "filters": {"owners": ["anne"], "reports": true, "pipelines": ["sales"], "categories": ["commit"]},
//!  "view": "manager", "presentation": "cumulative",
//!  "adjustments": [{"owner": "marie", "author": "anne", "layer": "manager", "period_start": "2026-10-01",
//!                   "period_end": "2027-01-01", "category": "commit", "amount": {"amount": "120.00", "currency": "EUR"},
//!                   "base": {"amount": "100.00", "currency": "EUR"}, "note": "", "recorded_at": "2026-11-01T08:00:00Z"}],
//!  "quotas": [{"owner": "marie", "period_start": "2026-10-01", "period_end": "2027-01-01",
//!              "amount": {"amount": "5000.00", "currency": "EUR"}}],
//!  "viewer": "anne", "history": [{"owner": "marie", "category": "commit", "probability_bp": 8000, "won": true}],
//!  "lang": "fr"}
//! ```
//! Only `deals`, `as_of`, `periods` and a currency are required. With `pipelines` a deal's stage says what it means, how
//! likely it is and its category; without, the deal itself must (`state` is open if it is not said, the category of its
//! stage `pipeline`). Adjustments and quotas of after `at` do not count.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let input = json::parse(r#"{
//!     "deals": [
//!         {"id": "roof", "owner": "marie", "value": {"amount": "100.01", "currency": "EUR"}, "probability_bp": 5000,
//!          "close_date": "2026-11-30"},
//!         {"id": "wall", "owner": "marie", "value": {"amount": "200.01", "currency": "EUR"}, "probability_bp": 5000,
//!          "close_date": "2026-12-01", "category": "commit"},
//!         {"id": "door", "owner": "paul", "value": {"amount": "50.00", "currency": "USD"}, "probability_bp": 5000,
//!          "close_date": "2026-12-01"}],
//!     "as_of": "2026-11-22", "currency": "EUR", "lang": "fr",
//!     "periods": {"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"}}"#.as_bytes())?;
//! let answer = Rules::default().eval("forecast", &input)?;
//! let quarter = &answer["periods"][0];
//! assert_eq!(quarter["period"]["text"], "T4 2026");
//! // 50.005 + 100.005 = 150.01; the rows add up to it.
//! assert_eq!(quarter["open"]["weighted"], "150.01");
//! assert_eq!((&quarter["rows"][0]["weighted"], &quarter["rows"][1]["weighted"]), (&"50.01".into(), &"100.00".into()));
//! assert_eq!(answer["excluded"][0]["text"], "aucun taux de change USD/EUR au 01/12/2026 ou avant");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod adjustments;
mod calibration;
mod door;
mod figures;

mod input;
mod line;
mod pacing;
mod periods;
mod place;
mod presentation;
mod printed;
mod question;
mod rollup;
mod settings;
mod standing;
mod sums;
mod tables;
mod tree;
mod value;
mod whole;

pub use adjustments::{Adjusted, Adjustment, Layer, Layers};
pub use calibration::{Bin, Brier, Calibration, Outcome, Share as WonShare};
pub use door::eval_json;
pub use line::{Line, Part, Share};
pub use pacing::{Pace, Pacing, Quota, quota};
pub use periods::{MOST_PERIODS, Periods, Slot};
pub use place::{Filter, Placed, Plan};
pub use presentation::{Cumulative, Presentation};
pub use printed::{NodePrinted, Printed, PrintedCells, Scale};
pub use question::Question;
pub use rollup::{Cells, Outside, Rollup};
pub use settings::ForecastSettings;
pub use standing::Standing;
pub use sums::{ByCategory, COUNTED, OPEN, Sums};
pub use tree::{Node, OwnerTree};
pub use value::{RateBasis, Rounding, Valuation};
pub use whole::{Entry, Forecast};
