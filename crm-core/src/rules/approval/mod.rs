//! Approval: may this leave, exactly as it is, to exactly these people?
//!
//! A [`Proposal`] is the state of one draft: its revision, who decided about which content, and one [`Parcel`] for each
//! recipient. It changes by [`Proposal::step`] only, which gives the next state or refuses and changes nothing. A store
//! keeps the state with the draft; replaying the events of a draft is folding steps. The model checker and the
//! engine run this same function.
//!
//! - A decision is about a revision and the hash of its content; any edit makes a new revision, which nobody approved.
//! - An agent never decides. What an agent wrote, or what the terms ask four eyes for, is not decided by its author.
//! - What leaves goes through [`release`]: every check is named, what is not known refuses, and only a [`Clearance`] of
//!   this instant and this hand-off starts it.
//! - A hand-off is started before the channel is called. Until the channel answers nobody knows whether it left:
//!   `unknown` is a state, never a reason to try again. Only [`Lookup::NotFound`] puts it back.
//! - Each try has a number (the fence). A late answer to an earlier try is never lost and never starts anything.
//! - What may have left is not edited, and cancelling it does not say that nothing left.
//!
//! # Policy
//! [`judge`] tells what becomes of a draft by the workspace's rules (records `approval_rule`, made by owners and admins) and
//! settings: a ban beats whatever else fits, then whatever asks for somebody, then a rule that approves; where none fits it
//! waits. The order of rules does not matter. What approves has to know everything: every recipient and everybody who wrote
//! the draft is one that it names, letter by letter. What forbids or asks needs no more than that something may be so: any
//! recipient, in any case, of any subdomain.
//!
//! A rule approves only with an end, a number a day, a revision, and an owner or admin who made it. It approves messages, and
//! commands only if it names them. It never approves
//!
//! - what an agent was not sure of to `confidence_floor_bp` (8500), or did not say how sure it was: `below_floor`,
//!   `fail_closed`;
//! - what tells a topic that a person always decides about ([`Topics`]): passwords, refunds, money, contracts, talking to a
//!   person, and the workspace's own: `always_escalate`;
//! - what was written after reading text from outside (`sources`): `untrusted_source`;
//! - what goes to an address that mixes alphabets or looks like another ([`looks`]): `mixed_scripts`, `looks_like`;
//! - what admins, or four eyes, decide about, and what a teammate has not checked, or found not ready;
//! - anything of which something that matters is not known, of the draft, of a rule or of the settings: `fail_closed`.
//!
//! A rule for templates approves their own words: what somebody changed afterwards waits. An address that an agent wrote into
//! a record makes the recipient no known one.
//!
//! No setting lets an agent's draft leave. With `ask_before_sending` off, submitting is the OK of a person who may decide and
//! who alone wrote the draft (`by_author`); the rest of the list holds all the same. What a sequence made is nobody's word,
//! whoever lets the sequence run.
//!
//! # Settings
//! ```json
//! {"ask_before_sending": true, "confidence_floor_bp": 8500, "four_eyes": false, "approvers": "member",
//!  "admin_only": {"kinds": [], "channels": ["letter"], "commands": ["lead.*"]}, "peer_check": "advisory",
//!  "always_ask": {"standard": true, "topics": {"permit": {"fr": ["permis de construire", "dérogation*"]}}},
//!  "draft_expiry_days": 7, "draft_expiry_hours_in_conversation": 24, "approval_expiry_days": 7,
//!  "approval_expiry_hours_in_conversation": 24, "undo_seconds": 0, "domains": ["paypal.com"]}
//! ```
//! Everything may be left out. `approvers` is the least role that decides (`member`, `manager`, `admin`); `peer_check` (`off`,
//! `advisory`, `required`) is about what an agent wrote. For `undo_seconds` after a decision nothing leaves.
//!
//! # Questions as JSON
//! `{"asks": [...], "lang": "fr"}`, answered in order under `answers`, for hosts that keep drafts in a store of their own.
//!
//! | `ask` | with | answer |
//! |---|---|---|
//! | `judge` | `draft` (fields of the record), `contributors` (`name`, `role`), `recipient_known`, `conversation_open`, `template_kept` (subject and text are the template's), `peer_check` (`by`, `passed`), `domains`, `rules`, `settings` instead of the configured, `at` | `decision` (`auto`, `by_author`, `wait`, `forbid`), `rule`, `rule_revision`, `made_by`, `terms`, `expires_at`, `approval_expires_at`, `not_before`, `recipients` as machines write them, `reasons`, `diagnostics` |
//! | `play` | `draft` (`scope`, `kind`, `author`, `content` or `content_hash`, `recipients`) or `proposal` as an earlier answer gave it, `events` | `state`, `hand_offs` that began, `parcels`, `steps`, each with its `state` and its `problem` or `findings`, `proposal` |
//! | `release` | `draft` or `proposal`, `recipient` or `key`, `checks`, `at` | `released`, `findings` in the order of the checks, `until` |
//! | `hash` | `content` | `content_hash` |
//!
//! A rule has the fields of its record, with `id`, `enabled`, `revision`, `made_by`, `made_by_role`, and `used_today`; one that
//! cannot be read approves nothing and is told in `diagnostics`. Each event has its `event` and `at`:
//!
//! | `event` | with |
//! |---|---|
//! | `edit` | `by`, `content` or `content_hash`, `recipients` |
//! | `submit` | `terms` (of `judge`), `expires_at` |
//! | `approve` | `by`, `seen` (`revision`, `content` or `content_hash`), `rule` and `rule_revision` where a rule did, `expires_at`, `not_before`, `is_reviewed` |
//! | `reject`, `request_changes`; `peer_check` | `by`, `seen`; also `passed` |
//! | `cancel`, `supersede`, `expire`, `withdraw`, `carry_out` | |
//! | `start` | `recipient` or `key`, `worker`, `lease_until`, `checks`: where they refuse, the hand-off is blocked |
//! | `settle` | `recipient` or `key`, `fence`, `outcome` (`sent`, `failed`, `unknown`), `provider_id`, `is_final` |
//! | `reconcile` | `recipient` or `key`, `found` (`found`, `not_found`, `ambiguous`), `provider_id` |
//! | `block`, `lease_over`, `retry` | `recipient` or `key` |
//!
//! `checks` has `kill_switch`, `channel`, `recipient`, `consent`, `approver`, `stop`, `frequency` and `quota`: `"passed"`, or a
//! list of why not (`code` with its values, `until`). What is left out was not looked at, and refuses.
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let rule = json!({"id": "r1", "name": "Relances", "effect": "auto", "enabled": true, "revision": 1, "made_by": "ada",
//!     "made_by_role": "admin", "daily_cap": 20, "used_today": 3, "valid_until": "2027-01-31T00:00:00Z"});
//! let judge = |text: &str| json!({"ask": "judge", "at": "2026-11-23T09:00:00Z", "rules": [rule],
//!     "contributors": [{"name": "scout", "role": "agent"}],
//!     "draft": {"channel": "email", "recipients": ["paul@exemple.fr"], "text": text, "confidence_bp": 9200}});
//! let asks = json!({"asks": [judge("Avez-vous pu lire notre message ?"), judge("Vous serez remboursé.")], "lang": "fr"});
//! let answer = Rules::default().eval("approval", &asks)?;
//! let (first, second) = (&answer["answers"][0], &answer["answers"][1]);
//! assert_eq!((&first["decision"], &first["rule"]), (&json!("auto"), &json!("r1")));
//! assert_eq!(second["decision"], "wait");
//! assert_eq!(
//!     second["reasons"][0]["text"],
//!     "une personne décide toujours sur ce sujet\u{a0}: remboursements"
//! );
//! # Ok::<(), crm_core::Error>(())
//! ```

mod clearance;
mod content;
mod decide;
mod door;
mod event;
mod hand_off;
mod policy;
mod proposal;
mod step;

pub use self::clearance::{Check, Checks, Clearance, Finding, Refusal, release};
pub use self::content::{Content, idempotency_key};
pub(in crate::rules) use self::door::eval_json;
pub use self::event::{Decider, Event, Lookup, Outcome, Seen};
pub use self::policy::{
    AdminOnly, ApprovalSettings, Around, Decision, DraftFacts, Fit, LeastRole, Look, PeerChecking, PolicyRule, Topics,
    Verdict, ascii_form, judge, looks,
};
pub use self::proposal::{Approval, Backing, Parcel, PeerCheck, Phase, Proposal, Terms};
