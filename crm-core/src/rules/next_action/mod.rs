//! Next actions: what somebody should do about a lead, a deal or a customer, as commands that wait for an OK.
//!
//! # Meaning
//! A table says which action answers to what. An action has tests: of `when` all must hold, each of `also` adds. A test
//! asks for one signal, which is read from the facts of the record at an instant; what nobody told is unknown, and nothing
//! follows from it. The points of the tests that hold sum to the priority, and each is a reason. An action is a command's
//! name and body; nothing here carries it out, and what is held waits for a person like every other draft.
//!
//! Of actions that serve the same `end` only the first stays, and so does only one of two with the same command and body;
//! at most `most` are suggested. What would contact a person who asked not to be is left out. Higher priorities come first,
//! of equal ones the id that is lower. The `key` of a suggestion is SHA-256 over the record, the action and its evidence
//! (the facts behind the reasons, without the running numbers of score and risk), so that a suggestion that was held is
//! found again until something changes.
//!
//! # Configuration
//! ```json
//! {
//!   "id": "ours", "version": 2, "zone": "Europe/Paris", "most": 3, "renewal_field": "custom.renews_on",
//!   "actions": [{
//!     "id": "call_hot_lead", "labels": {"en": "Call the lead", "fr": "Appeler le prospect"}, "record": "lead",
//!     "end": "first_contact", "contacts": true,
//!     "when": [{"signal": "score_band", "in": ["hot"], "points": 30}, {"signal": "not_contacted", "at_least": 24, "points": 25}],
//!     "also": [{"signal": "nobodys", "points": 5}],
//!     "command": "task.create", "body": {"fields": {"title": "@label", "lead": "@id", "due_at": "@in_hours:4"}}
//!   }]
//! }
//! ```
//! Without `actions` the usual table holds (`standard.json`: `usual`, version 1). In a body `@id`, `@version`, `@owner`,
//! `@label`, `@in_hours:4` and `@in_days:2` stand for what they say; what nobody knows is left out. Commands are those of
//! [`COMMANDS`]. `zone` is where days begin (UTC); `renewal_field` the date of an account on which its contract ends.
//!
//! | signal | of | number or words |
//! |---|---|---|
//! | `score_band` | `score` | `in`: bands |
//! | `gap` | `gap` | `in`: items of the rule [`lead_gaps`](super::lead_gaps) |
//! | `nobodys` | `owner` | - |
//! | `not_contacted` | `received`, `touched` | hours since it came in, where nobody was ever in touch |
//! | `quiet` | `touched` | days since the last touch |
//! | `reply_waits` | `reply`, `touched` | hours of the oldest message after the last touch |
//! | `no_task` | `tasks` | - |
//! | `at_risk`, `risk_signal` | `risk` | the score, `in`: signals of the rule [`deal_risk`](super::deal_risk) |
//! | `close_date_passed` | `close_date` | days |
//! | `in_stage` | `stage` | days |
//! | `quote_waits` | `quote` | days of the oldest quote |
//! | `renewal_near` | `renewal` | days until then |
//! | `health_low` | `health` | the health, from 0 to 100 |
//! | `tickets_breached` | `tickets` | how many |
//!
//! # The rule `next_action`
//! `{"record": "lead", "id": "...", "version": 3, "at": "...", "facts": [{"fact": "score", "band": "hot", "score": 82}, ...],
//! "held": ["<key>"], "table": {...}, "language": "fr", "lang": "fr"}` gives `suggestions` and what was `left_out`, each
//! with its reasons. Facts are `score {band, score}`, `gap {item, labels}`, `owner {user}`, `received {at}`, `touched {at}`,
//! `reply {at, id}`, `tasks {open}`, `risk {score, signals}`, `close_date {date}`, `stage {since}`, `quote {sent_at, id}`,
//! `renewal {date}`, `health {score}`, `tickets {breached}` and `objection`; `user` and `at` of `touched` are null where
//! that is known to be nobody and never.
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let ask = json!({"record": "lead", "id": "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10", "at": "2026-11-22T09:00:00Z",
//!     "facts": [{"fact": "score", "band": "hot", "score": 82}, {"fact": "owner", "user": "marie"},
//!         {"fact": "received", "at": "2026-11-20T09:00:00Z"}, {"fact": "touched", "at": null}],
//!     "language": "fr", "lang": "fr"});
//! let answer = Rules::default().eval("next_action", &ask)?;
//! let first = &answer["suggestions"][0];
//! assert_eq!((first["action"].as_str(), first["priority"].as_i64()), (Some("call_hot_lead"), Some(55)));
//! assert_eq!(first["command"], "task.create");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod body;
mod door;
mod facts;
mod signal;
mod table;

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

pub use self::door::eval_json;
pub use self::facts::{NextFacts, RiskFact, Seen};
pub use self::signal::Test;

use self::body::Filling;
use crate::kernel::json;
use crate::kernel::next_action_reason::NextActionReason;
use crate::kernel::reason::Name;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::lang::Lang;
use crate::model::Kind;
use crate::store::hex;

/// What actions are about.
pub const SUBJECTS: &[&str] = &["lead", "deal", "account"];

/// What an action may propose: each of them waits for an OK like every held command.
pub const COMMANDS: &[&str] = &[
    "activity.create",
    "activity.log",
    "deal.move",
    "deal.patch",
    "draft.compose",
    "enrolment.enrol",
    "lead.convert",
    "lead.enrich",
    "lead.patch",
    "lead.route",
    "note.add",
    "task.create",
];

/// A record that actions are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextSubject {
    /// What it is.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// Its version, where it is known.
    pub version: Option<u64>,
}

/// One action of the table.
#[derive(Clone, Debug)]
pub struct Action {
    /// Its id and what people read.
    pub name: Name,
    /// What it is about.
    pub record: Kind,
    /// What it serves: of actions with the same end only the first is suggested.
    pub end: String,
    /// All of these must hold.
    pub when: Vec<Test>,
    /// Each of these adds.
    pub also: Vec<Test>,
    /// Whether a person is contacted.
    pub contacts: bool,
    /// The command.
    pub command: String,
    /// Its body, with places to fill.
    pub body: Json,
}

/// The table, compiled.
#[derive(Clone, Debug)]
pub struct NextActions {
    /// What it is called.
    pub id: String,
    /// Counts up with every edit.
    pub version: i64,
    /// Where days begin.
    pub zone: Zone,
    /// Most actions of one record.
    pub most: usize,
    /// Where in an account the end of its contract stands.
    pub(crate) renewal_field: Option<usize>,
    actions: Vec<Action>,
}

/// A reason with its points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaks {
    /// The points.
    pub points: i64,
    /// The reason.
    pub reason: NextActionReason,
}

/// An action that answers to what is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The action's id and labels.
    pub name: Name,
    /// What it serves.
    pub end: String,
    /// The command.
    pub command: String,
    /// Its body.
    pub body: Json,
    /// The sum of the points.
    pub priority: i64,
    /// Why, in the order of the table.
    pub reasons: Vec<Speaks>,
    /// The facts behind the reasons.
    pub evidence: Vec<Json>,
    /// Names record, action and evidence.
    pub key: String,
    contacts: bool,
}

/// What is suggested, and what is not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suggested {
    /// The first one first.
    pub suggestions: Vec<Suggestion>,
    /// What else answers to something, with why it is not suggested.
    pub left_out: Vec<(Suggestion, NextActionReason)>,
}

impl NextActions {
    /// Every action that answers to something, the first one first; [`NextActions::chosen`] makes suggestions of them.
    pub fn candidates(&self, subject: &NextSubject, facts: &NextFacts, at: Instant, language: Lang) -> Vec<Suggestion> {
        let of_kind = self.actions.iter().filter(|action| action.record == subject.kind);
        let mut all: Vec<Suggestion> =
            of_kind.filter_map(|action| self.candidate(action, subject, facts, at, language)).collect();
        all.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.name.id.cmp(&b.name.id)));
        all
    }

    fn candidate(
        &self,
        action: &Action,
        subject: &NextSubject,
        facts: &NextFacts,
        at: Instant,
        language: Lang,
    ) -> Option<Suggestion> {
        let (mut reasons, mut evidence) = (Vec::new(), Vec::new());
        let needed = action.when.iter().map(|test| (test, true));
        for (test, is_needed) in needed.chain(action.also.iter().map(|test| (test, false))) {
            match test.found(facts, &self.zone, at) {
                Some(found) => {
                    reasons.push(Speaks { points: test.points, reason: found.reason });
                    evidence.extend(found.evidence);
                }
                None if is_needed => return None,
                None => {}
            }
        }
        evidence.sort_by_cached_key(json::canonical);
        evidence.dedup();
        let owner = facts.owner.as_ref().and_then(Option::as_deref);
        let filling = Filling { subject, owner, name: &action.name, language, zone: &self.zone, at };
        let named = json!([subject.kind.name(), subject.id, action.name.id, evidence]);
        Some(Suggestion {
            name: action.name.clone(),
            end: action.end.clone(),
            command: action.command.clone(),
            body: filling.fill(&action.body)?,
            priority: reasons.iter().fold(0i64, |sum, speaks| sum.saturating_add(speaks.points)),
            reasons,
            key: hex(&Sha256::digest(json::canonical(&named))),
            evidence,
            contacts: action.contacts,
        })
    }

    /// What of the candidates is suggested, given which were held already.
    pub fn chosen(&self, candidates: Vec<Suggestion>, facts: &NextFacts, is_held: impl Fn(&str) -> bool) -> Suggested {
        let mut chosen = Suggested::default();
        let mut held: BTreeSet<String> = BTreeSet::new();
        for one in &candidates {
            if is_held(&one.key) {
                held.insert(one.end.clone());
            }
        }
        let most = u64::try_from(self.most).unwrap_or(u64::MAX);
        for one in candidates {
            let same =
                |other: &&Suggestion| other.end == one.end || (other.command == one.command && other.body == one.body);
            let first = chosen.suggestions.iter().find(same).map(|first| first.name.clone());
            let why = match first {
                _ if one.contacts && facts.has_objection => Some(NextActionReason::Objection),
                // What serves an end that is already on somebody's desk can wait.
                _ if held.contains(&one.end) => Some(NextActionReason::Held),
                Some(action) => Some(NextActionReason::SameEnd { action }),
                None if chosen.suggestions.len() >= self.most => Some(NextActionReason::Enough { most }),
                None => None,
            };
            match why {
                None => chosen.suggestions.push(one),
                Some(why) => chosen.left_out.push((one, why)),
            }
        }
        chosen
    }
}
