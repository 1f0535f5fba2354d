//! The health of customers: weighted measures over known facts, with coverage, caps, history and a test against what
//! happened.
//!
//! # Formula
//! `score = sum(w s) / sum(w)` over the measures that count. A measure's score `s` lies between 0 and 100 and has six
//! decimals; the sum is an exact fraction, cut by its caps (`score_exact`) and rounded once, to hundredths (`score`). Each measure gives
//! `w s / sum(w)` points, shown by largest remainder so that they add up to the score; a cap's points are what it takes off.
//! `coverage` is the weight of the known measures in that of all. Where less than `min_coverage_bp` is known there is no
//! score, and the band is `unknown`, never the worst or the best one; `uncapped` says what the known measures come to.
//!
//! A band holds scores above its `from` and up to its `to`; the lowest one also its `from` (Gainsight's way: of 0-50 and
//! 50-75, 50 is in the first).
//!
//! # Configuration
//! The part `health`; without it [one standard model](HealthModels) holds.
//! ```json
//! {"zone": "Europe/Paris", "models": [{
//!   "id": "large", "version": 2, "when": {"field": "size", "op": "ge", "value": 250}, "min_coverage_bp": 5000,
//!   "measures": [
//!     {"code": "nps", "labels": {"en": "NPS", "fr": "NPS"}, "weight": 20, "source": "measurement.nps",
//!      "points": [[-100, 0], [0, 50], [50, 100]], "half_life_days": 180, "max_age_days": 365, "missing": {"neutral": 50}},
//!     {"code": "breaches", "weight": "12.5", "source": "sla_breaches", "aggregate": "count", "window_days": 60,
//!      "steps": [[0, 100], [1, 40], [3, 0]]}],
//!   "bands": [{"code": "red", "from": 0}, {"code": "green", "from": 60}],
//!   "caps": [{"code": "unpaid", "when": {"field": "payment_overdue_days", "op": "gt", "value": 60}, "max_score": 40}]
//! }]}
//! ```
//! - The first model counts whose `when`, a condition over the account, holds; the last one may be for all.
//! - `points` are joined by straight lines, `steps` count from their number on, without either the fact is a score itself.
//! - Dated values: `aggregate` is `latest`, `count`, `sum`, `mean`, `min` or `max` of those in the last `window_days`.
//! - `half_life_days` halves the weight with the age of the value, in 64ths of a half-life; what is `max_age_days` old or
//!   more is not known any more.
//! - `missing`: `exclude` (usual), `worst`, or `{"neutral": 50}`. Neither makes the measure known.
//! - Of several caps that hold, the lowest counts.
//!
//! | source | what |
//! |---|---|
//! | `tickets_open`, `tickets_urgent_open`, `tickets_urgent_breached` | how many |
//! | `sla_breaches`, `payments_failed` | one dated value each; counted over 90 days where nobody says |
//! | `reopen_rate_bp` | tickets reopened of those of the last 90 days |
//! | `payment_overdue_days`, `payment_overdue_amount` | of the oldest late payment; of all, less open credit notes |
//! | `learning_completion_bp` | lessons done of all |
//! | `touch_days`, `contacts` | since the customer last took part in an activity or wrote, on the account, its contacts or deals; people known |
//! | `renewal_days`, `subscriptions_active` | to the end of the next term; how many run |
//! | `onboarding_overdue_steps`, `onboarding_progress_bp` | of the steps that are required |
//! | `measurement.CODE` | what the host measured |
//!
//! # The rule `health`
//! - `{"op": "score", "at": "...", "facts": {...}, "model": "...", "account": {...}}`, or
//!   `"measures": [{"code": "nps", "weight": 50, "score": "80"}, ...]` that are scored already (with weight 0
//!   they are only shown), with `caps` that hold, `min_coverage_bp` and `bands` or `ranges` (`[[0, 50, "red"], ...]`) of
//!   their own. A fact is a value, a value with `as_of`, or a list of `{"at", "value"}`. The answer has what
//!   `would_help` most.
//! - `{"op": "band", "score": 50, "ranges": [[0, 50, "red"], [50, 75, "yellow"], [75, 100, "green"]]}`; null outside of all.
//! - `{"op": "delta", "from": {...}, "to": {...}}`: two inputs of `score`; the points of the reasons add up to the change.
//! - `{"op": "backtest", "rows": [{"score": "72.5", "outcome": "renewed"}, ...], "good": "renewed"}`: bands against
//!   outcomes with exact rates, and the share of pairs in the right order (`auc`, ties half), an exact fraction.
//! - `{"op": "explain", "model": "..."}`: the model, with each measure's share.
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let ask = json!({"op": "score", "measures": [{"weight": 50, "score": 80}, {"weight": 30, "score": 60},
//!     {"weight": 20, "score": null}]});
//! let answer = Rules::default().eval("health", &ask)?;
//! assert_eq!((answer["score"].as_str(), answer["coverage_bp"].as_i64()), (Some("72.50"), Some(8_000)));
//! assert_eq!(answer["measures"][0]["points"], "50.00");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod backtest;
mod bands;
mod delta;
mod door;
mod evaluate;
mod facts;
mod helps;
mod model;
mod read;
mod sum;
mod told;
mod transform;

pub use self::backtest::{Backtest, Observation, backtest};
pub use self::bands::{Band, Bands, UNKNOWN};
pub use self::delta::{Part, Standing, delta};
pub use self::door::eval_json;
pub(crate) use self::facts::MOST_VALUES;
pub use self::facts::{Aggregate, HealthFacts, MEASUREMENT, Told};
pub use self::model::{Cap, HealthModel, HealthModels, Measure, Missing};
pub(crate) use self::read::max_score;
pub use self::sum::{CapHit, Health, Line, LineState};
pub use self::told::{points_text, reasons_json};
pub use self::transform::Transform;
