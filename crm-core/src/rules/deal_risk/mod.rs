//! Deal risk: what is wrong with a deal, since when, and what to do next.
//!
//! # Meaning
//! A [`RiskModel`] is data: signals with points, bands, a limit. [`DealRisk::risk`] is a pure function of the deal's
//! [`DealFacts`] and an instant. Signals whose facts nobody knows are listed as unknown and lower the coverage: who has
//! no e-mail synchronisation is not told that customers do not answer. Closed, archived and left-out deals, and deals
//! in a stage that no pipeline has, have no score but a reason why.
//!
//! # Formula
//! Each signal has a measure, a whole number, and gives the points of the highest step that the measure reaches.
//!
//! ```text
//! score    = min(cap, sum of the points)
//! coverage = 10 000 * weight of the signals whose facts are known / weight of all    rounded half up
//! fixed    = min(cap, sum of the points of all other signals)                        of each reason
//! ```
//!
//! Reasons are sorted by points, then by the order below; where the cap bites, a last line (`risk_capped`) has what it
//! takes off, so that the lines sum to exactly the score. Bands: low from 0, watch from 30, high from 60.
//!
//! | signal | measure | standard steps |
//! |---|---|---|
//! | `no_activity` | business days since the last touch (no notes, no machines' mail), or since the deal began | 10: 20, 20: 30 |
//! | `no_inbound` | business days since the team first spoke without an answer | 7: 15 |
//! | `no_next_step` | no open task, no activity in the future | 15 |
//! | `overdue_close` | days since the expected close date | 1: 25 |
//! | `close_soon_early_stage` | fewer days to the close date than the median that won deals still took from the stage | 15 |
//! | `pushes` | moves of the close date into a later period (see [`pushes`]) | 1: 5, 2: 12, 3: 25 |
//! | `stage_age` | the percentile of won deals' stays that the age in the stage exceeds; from fewer than `least_n` (20) stays, or without a table, the stage's `max_age_days` (which then counts as the first step) | 75: 15, 90: 25 |
//! | `single_threaded` | fewer than 2 people with a touch in 60 days, from 50,000 CHF, EUR, GBP or USD on | 10 |
//! | `no_decision_maker` | no contact with one of the deciding parts | 10 |
//! | `amount_cut` | percent by which the amount fell since the deal entered its stage | 20: 10 |
//! | `regression` | back to an earlier open stage in the last 30 days | 10 |
//! | `override_gap` | percentage points by which a probability set by hand, or what a category set by hand stands for (20, 50, 90 %), lies above the stage's | 30: 10 |
//! | `quote_stale` | business days since the latest quote was sent without an answer; an expired one has all points | 10: 10 |
//! | `support_heat` | the account has an urgent ticket that is late | 10 |
//! | `missing_amount`, `missing_close_date` | the place of the stage, among open ones from 1, where the field is empty | 2: 5 |
//!
//! Of a stored deal, the quote is the one sent last that was neither replaced nor taken back, and the ticket the account's open
//! one of the highest priority whose promise is due first; without any quote of the deal, or any ticket of the account, the
//! two are unknown, as they are where a host tells nothing of them in `facts`. Silence of the customer is known where the model says `inbound_tracked`, or where this customer was
//! heard before. `single_threaded` is unknown where no activity names a contact, and for other currencies.
//!
//! # Time
//! Days are those of the model's zone (standard: UTC, so a host should set its own), business days Monday to Friday
//! without the given holidays. A window of n days holds while at most n days have passed. `next_change_at` is the first
//! instant at which the score or the points of a reason change if nothing happens; a planned activity becomes a touch
//! when its instant comes. Typical times are a frozen table ([`typical_times`] computes one), so two reads agree.
//!
//! # Sources
//! The signals are those that Gong, Salesforce, HubSpot and sales handbooks name; points and thresholds are the
//! library's own judgement, and every one can be set.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let rules = Rules::default();
//! let answer = rules.eval("deal_risk", &json::parse(r#"{
//!     "deal": {"stage": "proposal", "close_date": "2026-11-16", "value": {"amount": "8000", "currency": "EUR"}},
//!     "activities": [{"id": "a1", "at": "2026-11-18T09:00:00Z", "direction": "both", "contact": "c1"}],
//!     "tasks": [], "at": "2026-11-22T09:00:00Z", "lang": "fr"}"#.as_bytes())?)?;
//! assert_eq!((&answer["score"], &answer["band"]), (&40.into(), &"watch".into()));
//! assert_eq!(answer["reasons"][0]["text"], "date de clôture prévue dépassée de 6 jours (16/11/2026)");
//! assert_eq!(answer["reasons"][0]["counterfactual"]["score"], 15);
//! assert_eq!(answer["reasons"][1]["fix"]["text"], "planifier la prochaine étape");
//! // Ten business days after the last touch.
//! assert_eq!(answer["next_change_at"], "2026-12-02T00:00:00Z");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod contact;
mod dates;
mod days;
mod door;
mod evaluate;
mod facts;
mod history;
mod input;
mod lint;
mod model;
mod outside;
mod people;
mod pushes;
mod read;
mod risk;
mod scene;
mod stage;
mod typical;
mod worth;

pub use days::WorkingDays;
pub use door::eval_json;
pub use evaluate::{Circumstances, DealRisk, NoFields};
pub use facts::{DealFacts, Known, Mark, Person, Planned, Pushes, QuoteFacts, Reached, StageFacts};
pub use history::{Direction, History, Part, Revision, Todo, Touch};
pub use model::{Mute, RiskModel, Signal, Step};
pub use pushes::{DateAfter, pushes};
pub use risk::{Line, Risk, Scored, Silenced, Verdict};
pub use typical::{Remaining, Stay, TypicalTime, TypicalTimes, WonDeal, typical_times};
