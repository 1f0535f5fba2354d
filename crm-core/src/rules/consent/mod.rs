//! Consent: may this person be contacted, by this channel, for this purpose, now?
//!
//! **This is no legal advice.** The rules of France are data with dates and sources (`fr.json`, the question `rules`),
//! written from public texts; a host has them checked by its own counsel, who may set single reasons aside
//! ([`CounselException`]), always with a date, an end and a name.
//!
//! # Ledger
//! What people say is a list of events that are never changed ([`ConsentEvent`]): an address, kept as a hash only; an
//! act (`informed`, `granted`, `refused`, `withdrawn`, `lifted`, `bounced`); a purpose and a channel, or all of them;
//! when, with proof, source and author. [`Ledger`] is the state that follows, whatever the order in which events are
//! learnt. An objection at one address and by one channel holds for all of the person's until it is taken back: by
//! a later consent to the same at the same address, or by `lifted`. At the same instant the more restrictive wins. A
//! bounce is kept beside an objection and never in its place. A consent names purpose and channel, and ends with the next
//! refusal. Erasing leaves hashes, objections and refusals.
//!
//! # Answer
//! `allow` with the basis and what the message must contain, `deny`, or `review`. All reasons are listed, in the order of
//! the laws; the first decides. What is not known never helps: somebody of unknown type is a consumer; a consent without
//! proof, an unknown topic, zone, calls or last contact make a `review`; an unknown check of the Bloctel list, customer
//! or information a `deny`. A `reply` needs a conversation that the person began, `service` a running contract; without
//! they are prospecting, and so is calling a consumer back. On a banned topic a reply is a `review`.
//!
//! Laws begin and end with days in the person's zone. Hours are half-open (13:00 is too late). A call counts for 30 days
//! including its own; 60 days after a refusal on the 2nd of January end with the 2nd of March. Three years end with the day
//! of the same date. `until` of a reason is the first instant at which it does not stand any more by time alone, `until` of
//! the answer that of the deciding reason, and `possible_from` the first instant at which nothing is left to deny.
//!
//! # Countries
//! The rules are those of the person's `country`; of whom none is known, those of the configuration's `country`, which is
//! France unless it says otherwise. France with its overseas parts is built in; a host gives others as `rule_sets` of the same
//! form, each with its countries. Where nobody gave rules, prospecting and answers are a `review` (`unknown_law`): objections
//! still deny, and nothing is allowed by itself. A rule set that a host gives is the host's own reading, and as little legal
//! advice as the built-in one.
//!
//! # Questions as JSON
//! `{"asks": [...], "lang": "fr"}`, answered in order under `answers`.
//!
//! | `ask` | with | answer |
//! |---|---|---|
//! | `may_contact` | `channel`, `purpose` (prospecting), `at`, `facts` | `answer`, `reasons`; `basis` and `must_include`, or `until` and `possible_from` |
//! | `ledger` | `events`, `state` to go on from, `channel`, `address`, `erase` | `state`, `current` of the channel, `history_len` |
//! | `headers` | `bulk`, `unsubscribe_url`, `mailbox` | `headers`, and those that a DKIM signature has to cover |
//! | `rules` | | the rules as data |
//!
//! Facts are those of [`ContactFacts`], each of which may be left out: `person`, `address` or `address_hash`,
//! `country`, `generic_mailbox` (by the address where it is not said), `zone`, `region`, `topic`, `subject_related`, `collected_at`,
//! `collected_from` (`person` or `other`), `informed_at`, `contacted_before`, `customer`, `similar_product`,
//! `ongoing_contract`, `open_conversation`, `signs` (`kind` and `at`), `calls`, `bloctel` (`checked_at`, `listed`), `bulk`,
//! a record's `consent` and `do_not_call`, and `ledger` or `events` or both.
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let answer = Rules::default().eval("consent", &json!({"lang": "fr", "asks": [{
//!     "ask": "may_contact", "channel": "phone", "at": "2026-01-13T12:30:00Z",
//!     "facts": {
//!         "person": "consumer", "zone": "Europe/Paris", "topic": "other", "calls": [],
//!         "collected_at": "2026-01-02T09:00:00Z",
//!         "bloctel": {"checked_at": "2026-01-12T09:00:00Z", "listed": false}
//!     }
//! }]}))?;
//! let answer = &answer["answers"][0];
//! assert_eq!((&answer["answer"], &answer["until"]), (&json!("deny"), &json!("2026-01-13T13:00:00Z")));
//! assert_eq!(
//!     answer["reasons"][0]["text"],
//!     "il est 13\u{a0}h\u{a0}30 chez la personne\u{a0}: les appels sont autorisés de 10\u{a0}h à 13\u{a0}h et de 14\u{a0}h à 20\u{a0}h"
//! );
//! # Ok::<(), crm_core::Error>(())
//! ```

mod decide;
mod door;
mod facts;
mod headers;
mod laws;
mod ledger;
mod rule_set;

pub use self::decide::{ContactAnswer, Finding};
pub(crate) use self::door::answer_json;
pub(in crate::rules) use self::door::eval_json;
pub use self::facts::{BloctelCheck, ContactFacts, Sign};
pub(crate) use self::facts::{is_generic_mailbox, known_country};
pub use self::headers::list_unsubscribe;
pub use self::ledger::{AddressHash, ConsentEvent, ConsentScope, Ledger, Mark, Objection};
pub use self::rule_set::{ConsentRules, CounselException, Demand, Law};
