//! What can happen to a draft.

use serde::{Deserialize, Serialize};

use super::clearance::Clearance;
use super::proposal::{Backing, Terms};
use crate::kernel::role::Role;
use crate::kernel::time::Instant;

/// Who does something, in which role.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decider {
    /// The host's name of a user or agent.
    pub name: String,
    /// The role.
    pub role: Role,
}

/// What somebody saw when deciding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    /// The revision.
    pub revision: u32,
    /// The hash of its content.
    pub content_hash: String,
}

/// What a channel answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It took the message, under its own id if it told one.
    Sent {
        /// The channel's id.
        provider_id: Option<String>,
    },
    /// The message is known not to have left.
    Failed {
        /// Whether trying again is of no use.
        is_final: bool,
    },
    /// Nobody knows.
    Unknown,
}

/// What somebody found who looked whether a message left.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// It left, under this id if there is one.
    Found {
        /// The channel's id.
        provider_id: Option<String>,
    },
    /// It did not leave.
    NotFound,
    /// Something like it left, more than once: it counts as sent, without an id.
    Ambiguous,
}

/// What can happen to a draft.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// What it says, or to whom, is another. Whoever edits asks anew.
    Edit {
        /// Who.
        by: Decider,
        /// The new content's hash.
        content_hash: String,
        /// To whom.
        recipients: Vec<String>,
    },
    /// It is given to whoever decides, under these terms.
    Submit {
        /// Who may decide.
        terms: Terms,
        /// Until when.
        expires_at: Option<Instant>,
    },
    /// Another teammate, a person or an agent, checked it.
    PeerCheck {
        /// Who.
        by: Decider,
        /// What was seen.
        seen: Seen,
        /// Whether it is ready.
        passed: bool,
    },
    /// Somebody says yes to what was seen.
    Approve {
        /// What was seen.
        seen: Seen,
        /// Who. Of a rule: whoever made it.
        by: Decider,
        /// A person or a rule.
        backing: Backing,
        /// Until when the yes holds.
        expires_at: Option<Instant>,
        /// It leaves no earlier: the time in which it can be taken back.
        not_before: Option<Instant>,
        /// The person looked at what the law asks a person to look at.
        is_reviewed: bool,
    },
    /// Somebody says no.
    Reject {
        /// What was seen.
        seen: Seen,
        /// Who.
        by: Decider,
    },
    /// Somebody wants it changed.
    RequestChanges {
        /// What was seen.
        seen: Seen,
        /// Who.
        by: Decider,
    },
    /// Somebody takes it back. What may have left stays what it is.
    Cancel,
    /// Another draft takes its place.
    Supersede,
    /// It is time to look whether it expired.
    Expire,
    /// The rule that approved it does not hold any more.
    Withdraw,
    /// The last check refused a hand-off.
    Block {
        /// The hand-off's key.
        key: String,
    },
    /// A hand-off begins: the channel is called after this is stored.
    Start {
        /// The hand-off's key.
        key: String,
        /// Who calls the channel.
        worker: String,
        /// By when the channel has to have answered.
        lease_until: Instant,
        /// That every check passed.
        clearance: Clearance,
    },
    /// The channel answered.
    Settle {
        /// The hand-off's key.
        key: String,
        /// The try.
        fence: u32,
        /// What it answered.
        outcome: Outcome,
    },
    /// It is time to look whether the channel had its time.
    LeaseOver {
        /// The hand-off's key.
        key: String,
    },
    /// Somebody looked whether a message of unknown outcome left.
    Reconcile {
        /// The hand-off's key.
        key: String,
        /// What was found.
        found: Lookup,
    },
    /// Somebody puts what failed into the outbox again.
    Retry {
        /// The hand-off's key.
        key: String,
    },
    /// The proposed command was carried out.
    CarryOut,
}
