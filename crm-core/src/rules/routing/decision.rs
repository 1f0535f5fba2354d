//! What is asked of routing, and what it answers.

use super::pick::Turn;
use crate::kernel::routing_reason::RoutingReason;
use crate::kernel::time::Instant;

/// A lead to route, and what the host knows beside its fields.
#[derive(Debug)]
pub struct Request<'a, F: ?Sized> {
    /// The lead.
    pub facts: &'a F,
    /// Who owns the account that the lead belongs to, if there is one.
    pub account_owner: Option<&'a str>,
    /// Who had the lead and gave it back.
    pub refused: &'a [String],
    /// Whether a lead that has an owner is routed all the same.
    pub force: bool,
}

impl<'a, F: ?Sized> Request<'a, F> {
    /// A lead of which nothing else is known.
    pub const fn new(facts: &'a F) -> Self {
        Self { facts, account_owner: None, refused: &[], force: false }
    }
}

/// Where a lead goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// To a user.
    User(String),
    /// Into a queue.
    Queue(String),
    /// It stays with its owner, by a rule.
    Kept(String),
    /// It has an owner and was not looked at.
    Owned(String),
    /// Nobody works it, by a rule.
    Dropped,
    /// It is archived, merged or converted.
    Closed,
    /// Nobody was found.
    Nobody,
}

impl Outcome {
    /// The name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Outcome::User(_) => "user",
            Outcome::Queue(_) => "queue",
            Outcome::Kept(_) => "kept",
            Outcome::Owned(_) => "owned",
            Outcome::Dropped => "dropped",
            Outcome::Closed => "closed",
            Outcome::Nobody => "nobody",
        }
    }
}

/// What was decided for one lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Where the lead goes.
    pub outcome: Outcome,
    /// The rule that decided; none if it was the fallback, or nothing.
    pub rule: Option<String>,
    /// How the user was picked.
    pub strategy: Option<&'static str>,
    /// Whether the fallback decided.
    pub fallback: bool,
    /// By when the user has to accept.
    pub accept_by: Option<Instant>,
    /// What led to it, in order.
    pub reasons: Vec<RoutingReason>,
    /// Who was passed over, each with the first reason.
    pub skipped: Vec<RoutingReason>,
    /// Which rules did not apply before the one that decided, where that was asked for.
    pub failed: Vec<RoutingReason>,
    /// Changes of current weights, already in the state.
    pub turns: Vec<Turn>,
}

impl Decision {
    pub(super) const fn new(outcome: Outcome) -> Self {
        Decision {
            outcome,
            rule: None,
            strategy: None,
            fallback: false,
            accept_by: None,
            reasons: Vec::new(),
            skipped: Vec::new(),
            failed: Vec::new(),
            turns: Vec::new(),
        }
    }
}
