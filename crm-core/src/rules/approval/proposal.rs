//! The state of a draft, and its JSON form.

use serde::{Deserialize, Serialize};

use super::content::idempotency_key;
use super::event::Decider;
use crate::kernel::approval::{DraftKind, DraftState, ParcelState};
use crate::kernel::coded::coded;
use crate::kernel::error::{Problem, Result};
use crate::kernel::json;
use crate::kernel::role::Role;
use crate::kernel::time::Instant;

coded! {
    /// How far a draft came before its hand-offs.
    Phase {
        /// Somebody writes it.
        Drafting = "drafting",
        /// It waits for a decision.
        Waiting = "waiting",
        /// Whoever decides wants it changed.
        ChangesRequested = "changes_requested",
        /// It was approved.
        Approved = "approved",
        /// Somebody said no.
        Rejected = "rejected",
        /// Its time is over.
        Expired = "expired",
        /// Another draft took its place.
        Superseded = "superseded",
        /// Somebody took it back.
        Cancelled = "cancelled",
        /// The command was carried out.
        Done = "done",
    }
}

/// Who may decide about a draft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Only an owner or admin.
    pub needs_admin: bool,
    /// Only an owner, admin or manager.
    pub needs_manager: bool,
    /// Nobody who wrote it, persons too.
    pub needs_four_eyes: bool,
    /// Only after another teammate checked it.
    pub needs_peer_check: bool,
    /// No rule.
    pub needs_person: bool,
}

/// What stands behind an approval.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "via", rename_all = "snake_case", deny_unknown_fields)]
pub enum Backing {
    /// A person looked.
    Person,
    /// A rule that a person made, in one revision.
    Rule {
        /// The rule.
        rule: String,
        /// Its revision.
        rule_revision: u32,
    },
}

/// That somebody said yes, to what.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Approval {
    /// The revision.
    pub revision: u32,
    /// The hash of its content.
    pub content_hash: String,
    /// Who. Of a rule: whoever made it.
    pub by: String,
    /// In which role.
    pub role: Role,
    /// A person or a rule.
    pub backing: Backing,
    /// When.
    pub at: Instant,
    /// Until when it holds.
    pub expires_at: Option<Instant>,
    /// The person looked at what the law asks a person to look at.
    pub is_reviewed: bool,
}

/// That another teammate checked a revision.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerCheck {
    /// The revision.
    pub revision: u32,
    /// Who.
    pub by: String,
    /// Whether it is ready.
    pub passed: bool,
}

/// The hand-off to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parcel {
    /// The idempotency key: the same for every try.
    pub key: String,
    /// To whom.
    pub recipient: String,
    /// Which revision.
    pub revision: u32,
    /// The hash of what was approved.
    pub content_hash: String,
    /// Where it stands.
    pub state: ParcelState,
    /// The number of the latest try; 0 before the first.
    pub fence: u32,
    /// Who called the channel last.
    pub worker: String,
    /// By when the channel has to have answered.
    pub lease_until: Option<Instant>,
    /// It leaves no earlier.
    pub not_before: Option<Instant>,
    /// When it was last given to a channel.
    pub started_at: Option<Instant>,
    /// The channel's id.
    pub provider_id: Option<String>,
    /// Whether a channel told more than one id, or a lookup found several.
    pub is_ambiguous: bool,
    /// Whether it was taken back while nobody knew whether it had left.
    pub is_recalled: bool,
    /// Whether an earlier try turned out to have left after a later one had begun.
    pub may_have_left_twice: bool,
    /// Whether trying again is of no use.
    pub is_final: bool,
}

impl Parcel {
    pub(super) fn new(scope: &str, approval: &Approval, recipient: &str, not_before: Option<Instant>) -> Self {
        Self {
            key: idempotency_key(scope, approval.revision, recipient),
            recipient: recipient.to_owned(),
            revision: approval.revision,
            content_hash: approval.content_hash.clone(),
            state: ParcelState::Queued,
            fence: 0,
            worker: String::new(),
            lease_until: None,
            not_before,
            started_at: None,
            provider_id: None,
            is_ambiguous: false,
            is_recalled: false,
            may_have_left_twice: false,
            is_final: false,
        }
    }
}

/// The state of one draft; see the [module](super).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// Names the workspace and the draft; part of every idempotency key.
    pub(super) scope: String,
    pub(super) kind: DraftKind,
    /// Whoever wrote something of it, the author first.
    pub(super) contributors: Vec<Decider>,
    pub(super) revision: u32,
    pub(super) content_hash: String,
    pub(super) recipients: Vec<String>,
    pub(super) phase: Phase,
    pub(super) terms: Option<Terms>,
    pub(super) expires_at: Option<Instant>,
    pub(super) peer_check: Option<PeerCheck>,
    pub(super) approval: Option<Approval>,
    /// Who said no, or wants changes, and when.
    pub(super) decided: Option<(String, Instant)>,
    pub(super) parcels: Vec<Parcel>,
    pub(super) last_at: Option<Instant>,
}

impl Proposal {
    /// A draft that somebody begins to write.
    pub fn new(scope: &str, kind: DraftKind, author: &Decider, content_hash: &str, recipients: &[String]) -> Self {
        Self {
            scope: scope.to_owned(),
            kind,
            contributors: vec![author.clone()],
            revision: 1,
            content_hash: content_hash.to_owned(),
            recipients: recipients.to_vec(),
            phase: Phase::Drafting,
            terms: None,
            expires_at: None,
            peer_check: None,
            approval: None,
            decided: None,
            parcels: Vec::new(),
            last_at: None,
        }
    }

    /// Where it stands. What may have left comes first: nothing else says that nothing left.
    pub fn state(&self) -> DraftState {
        let any = |state: ParcelState| self.parcels.iter().any(|parcel| parcel.state == state);
        if any(ParcelState::Started) {
            return DraftState::Sending;
        }
        if any(ParcelState::Unknown) {
            return DraftState::Unknown;
        }
        match self.phase {
            Phase::Approved if self.kind == DraftKind::Command => DraftState::Approved,
            Phase::Approved if any(ParcelState::Queued) => DraftState::Queued,
            Phase::Approved if any(ParcelState::Blocked) => DraftState::Blocked,
            Phase::Approved if any(ParcelState::Failed) => DraftState::Failed,
            Phase::Done => DraftState::Done,
            _ if any(ParcelState::Sent) => DraftState::Sent,
            Phase::Drafting => DraftState::Drafting,
            Phase::Waiting => DraftState::Waiting,
            Phase::ChangesRequested => DraftState::ChangesRequested,
            Phase::Approved => DraftState::Approved,
            Phase::Rejected => DraftState::Rejected,
            Phase::Expired => DraftState::Expired,
            Phase::Superseded => DraftState::Superseded,
            Phase::Cancelled => DraftState::Cancelled,
        }
    }

    /// Names the workspace and the draft.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// A message or a command.
    pub const fn kind(&self) -> DraftKind {
        self.kind
    }

    /// Whoever wrote something of it, the author first.
    pub fn contributors(&self) -> &[Decider] {
        &self.contributors
    }

    /// Whether an agent wrote something of it.
    pub fn is_by_agent(&self) -> bool {
        self.contributors.iter().any(|one| one.role == Role::Agent)
    }

    /// Counts up with every edit.
    pub const fn revision(&self) -> u32 {
        self.revision
    }

    /// The hash of what it says now.
    pub fn content_hash(&self) -> &str {
        &self.content_hash
    }

    /// To whom it goes.
    pub fn recipients(&self) -> &[String] {
        &self.recipients
    }

    /// Who may decide; `None` while it was not submitted as it is now.
    pub const fn terms(&self) -> Option<Terms> {
        self.terms
    }

    /// Until when somebody may decide.
    pub const fn expires_at(&self) -> Option<Instant> {
        self.expires_at
    }

    /// That another teammate checked it as it is now.
    pub fn peer_check(&self) -> Option<&PeerCheck> {
        self.peer_check.as_ref().filter(|check| check.revision == self.revision)
    }

    /// The approval that stands.
    pub const fn approval(&self) -> Option<&Approval> {
        self.approval.as_ref()
    }

    /// Who decided last about the draft as it is now, and when.
    pub fn decided(&self) -> Option<(&str, Instant)> {
        let approved = self.approval.as_ref().map(|approval| (approval.by.as_str(), approval.at));
        approved.or_else(|| self.decided.as_ref().map(|(by, at)| (by.as_str(), *at)))
    }

    /// The hand-offs, of earlier revisions too.
    pub fn parcels(&self) -> &[Parcel] {
        &self.parcels
    }

    /// A hand-off by its key.
    pub fn parcel(&self, key: &str) -> Option<&Parcel> {
        self.parcels.iter().find(|parcel| parcel.key == key)
    }

    /// The canonical text, as it is stored.
    pub fn to_text(&self) -> String {
        // Every field has a JSON form.
        json::canonical(&serde_json::to_value(self).unwrap_or_default())
    }

    /// Reads what [`Proposal::to_text`] wrote.
    ///
    /// # Errors
    /// [`Problem::Corrupt`] of what this library did not write.
    pub fn from_text(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|e| Problem::Corrupt { detail: e.to_string() }.into())
    }
}
