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
