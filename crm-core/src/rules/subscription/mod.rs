//! Subscriptions: terms and billing days, notices of renewals, recurring revenue, what puts a renewal at risk.
//!
//! # Meaning and formula
//! **Days.** Every day is counted from the anchor, never from the occurrence before, so that none drifts: an anchor on 31
//! January gives 28 February and then 31 March; one on 29 February gives 28 February in other years. The last day of a
//! term is covered; the next term starts on the day after it and ends on the day before its own anniversary.
//!
//! **Notice.** The customer can say no up to `ends_on`, less `notice_months` (the last day of a shorter month), less
//! `notice_days`. Article L. 215-1 of the French Code de la consommation has a professional who sells a fixed-term
//! service that goes on by itself tell the customer of the right to refuse, by a dedicated letter or e-mail, at the
//! earliest three months and at the latest one month before the last day of refusal; otherwise the customer may end the
//! contract free of charge at any time from the renewal on. Article L. 215-3 gives the same to non-professionals. For
//! professionals the law asks for nothing; of customers of whom nobody said what they are, the dates are told, and no
//! consequence. A notice that was sent before its first day does not count.
//!
//! **Revenue.** `quantity * unit_price / interval_months` of the products that are charged on a day, exact; each line
//! (customer, contract or product, and currency) is rounded once, half away from zero, and totals are sums of lines. A
//! year (`arr`) is twelve exact months, rounded once. A contract that renews by itself is charged until it is
//! cancelled; others until the end of the last agreed term; nothing while it is paused. A missing exchange rate leaves
//! a line out, with the reason.
//!
//! **Risk.** As [`deal_risk`](super::deal_risk): each signal gives the points of the step that its measure reaches,
//! `score = min(cap, sum)`; where the limit bites a last line takes off what is above, so that the reasons add up.
//!
//! | signal | measure | standard steps |
//! |---|---|---|
//! | `notice_missed` | the notice that the law asks for was not sent in time | 30 |
//! | `low_health` | health score at most | 40: 25, 60: 15 |
//! | `overdue_payments` | days that the oldest is overdue | 1: 10, 30: 20, 60: 30 |
//! | `breached_tickets` | open tickets past a promised time | 1: 10, 3: 20 |
//! | `falling_usage` | percent by which the use fell | 20: 10, 50: 20 |
//! | `no_contact` | days since the last contact; never is the highest | 30: 10, 60: 20 |
//! | `days_left` | at most so many days left, while nothing is settled | 14: 20, 30: 10 |
//!
//! Points are the library's own judgement; the part `renewals` of a configuration sets them.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let ask = |text: &str| Rules::default().eval("subscription", &json::parse(text.as_bytes())?);
//! let term = ask(r#"{"op": "renewal_period", "contract_end": "2028-02-29", "term_months": 12}"#)?;
//! assert_eq!((&term["start"], &term["end"]), (&"2028-03-01".into(), &"2029-02-28".into()));
//! let notice = ask(r#"{"op": "notice", "ends_on": "2026-12-31", "customer": "consumer", "at": "2027-01-04"}"#)?;
//! assert_eq!((&notice["notice_from"], &notice["notice_to"]), (&"2026-09-30".into(), &"2026-11-30".into()));
//! assert_eq!((&notice["notice_state"], &notice["free_exit_from"]), (&"missed".into(), &"2027-01-01".into()));
//! # Ok::<(), crm_core::Error>(())
//! ```

mod door;
mod notice;
mod price;
mod read;
mod revenue;
mod risk;
mod term;

pub use door::eval_json;
pub(crate) use door::{By, by_of, lang_of, revenue_json, standing_json, told};
pub use notice::{Notice, NoticeTerms, Standing};
pub(crate) use price::MOST_UPLIFT_BP;
pub use price::{PriceMethod, renewal_price};
pub(crate) use read::{contracts, number};
pub use revenue::{Contract, Item, Monthly, covered_until, monthly_by};
pub use risk::{RenewalFacts, RenewalRisk, RiskOfRenewal, RiskStep};
pub use term::{Occurrence, Span, Terms, anniversary, occurrences, renewal_period};
pub(crate) use term::{day_after, day_before};
