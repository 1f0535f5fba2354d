//! A state: the draft as the library keeps it, the world around it, and what is only remembered to be judged.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use crm_core::kernel::time::Instant;
use crm_core::rules::approval::{Approval, Backing, Outcome, Proposal, Seen};

/// A worker between the store and the channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holding {
    /// The hand-off's key.
    pub key: String,
    /// The try.
    pub fence: u32,
    /// The hash of what it was given.
    pub content_hash: String,
    /// To whom.
    pub recipient: String,
    /// What the channel answered; `None` before it was called.
    pub answered: Option<Outcome>,
}

/// What really left.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Left {
    /// The hand-off's key.
    pub key: String,
    /// The hash of what left.
    pub content_hash: String,
    /// To whom.
    pub recipient: String,
}

/// Somebody, or a rule, said yes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Yes {
    /// To which content.
    pub content_hash: String,
    /// For whom.
    pub recipients: Vec<String>,
    /// Who.
    pub by: String,
}

/// A hand-off that began though it must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// Everything was stopped.
    WhilePaused,
    /// The person had objected.
    AfterOptOut,
    /// The rule that approved it was off, or who approved it had lost the right.
    WithoutBacking,
    /// The approval was too old.
    AfterExpiry,
}

/// What may still happen, so that there is an end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    pub(crate) edits: u8,
    pub(crate) crashes: u8,
    pub(crate) switches: u8,
    pub(crate) lookups: u8,
    pub(crate) retries: u8,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    /// The draft, as the library keeps it.
    pub proposal: Proposal,
    /// Hours since the beginning.
    pub hour: u8,
    /// Whether the host's clock went back by an hour.
    pub is_back: bool,
    /// Whether everything is stopped.
    pub is_paused: bool,
    /// Whether the person objected.
    pub has_opted_out: bool,
    /// Whether the rule that approves is on.
    pub rule_is_on: bool,
    /// Whether the approvers may approve.
    pub approvers_are_in: bool,
    /// What each approver saw when looking last.
    pub seen: [Option<Seen>; 2],
    /// What each worker has in hand.
    pub workers: [Option<Holding>; 2],
    /// An answer of a channel that will be said again.
    pub echo: Option<(String, u32, Outcome)>,
    /// What really left.
    pub left: Vec<Left>,
    /// Every yes that was ever said.
    pub said_yes: Vec<Yes>,
    /// How often somebody looked and found that a hand-off had not left.
    pub not_found: BTreeMap<String, u8>,
    /// The first hand-off that began though it must not.
    pub wrong: Option<Wrong>,
    pub(crate) budget: Budget,
}

impl World {
    /// The instant as the host's clock has it.
    pub fn at(&self) -> Instant {
        let hours = i64::from(self.hour) - i64::from(self.is_back && self.hour > 0);
        beginning() + TimeDelta::try_hours(hours).unwrap_or_default()
    }

    /// How often one hand-off left.
    pub fn times_left(&self, key: &str) -> usize {
        self.left.iter().filter(|one| one.key == key).count()
    }

    /// Whether what stands behind an approval holds.
    pub fn is_backed(&self, approval: &Approval) -> bool {
        match approval.backing {
            Backing::Person => self.approvers_are_in,
            Backing::Rule { .. } => self.rule_is_on,
        }
    }

    /// Remembers a yes.
    pub(crate) fn remember_yes(&mut self, by: &str, recipients: &[String], content_hash: &str) {
        let yes = Yes { content_hash: content_hash.to_owned(), recipients: recipients.to_vec(), by: by.to_owned() };
        if !self.said_yes.contains(&yes) {
            self.said_yes.push(yes);
            self.said_yes.sort();
        }
    }
}

/// When it all begins.
pub(crate) fn beginning() -> Instant {
    Instant::from_timestamp_micros(1_800_000_000_000_000).unwrap_or_default()
}
