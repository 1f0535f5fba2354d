//! What speaks against a step of a draft. [`lang`](crate::lang) has one sentence for each, twice.

use super::approval::{DraftState, ParcelState};
use super::approval_reason::ApprovalReason;
use super::error::Code;

/// Why a step of a draft is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "each variant is its sentence in lang/en_approval.rs; its fields are that sentence's values"
)]
pub enum ApprovalProblem {
    /// The decision is about something else than what the draft says now.
    StaleRevision {
        seen: u64,
        now: u64,
    },
    /// The same revision with other content: the caller made up the hash.
    OtherContent,
    AlreadyDecided {
        state: DraftState,
        by: String,
        at: String,
    },
    NotWaiting {
        state: DraftState,
    },
    NotEditable {
        state: DraftState,
    },
    TooLate {
        state: DraftState,
    },
    /// Something may have left, and nobody knows.
    OutcomeUnknown {
        recipients: Vec<String>,
    },
    AgentDecides,
    OwnDraft {
        by: String,
    },
    AdminRequired {
        role: String,
    },
    RoleDecides {
        role: String,
    },
    PeerCheckRequired,
    OwnPeerCheck {
        by: String,
    },
    RuleNotAllowed,
    DraftExpired {
        at: String,
    },
    ApprovalExpired {
        at: String,
    },
    NotApproved,
    NotBefore {
        at: String,
    },
    NoRecipients,
    UnknownParcel {
        key: String,
    },
    ParcelState {
        state: ParcelState,
    },
    NotCleared,
    StaleFence {
        fence: u32,
        now: u32,
    },
    AnotherAnswer {
        state: ParcelState,
    },
    LeaseRuns {
        until: String,
    },
    NotACommand,
    NotAMessage,
    /// Nobody may approve it.
    Forbidden {
        reason: ApprovalReason,
    },
    TooManyWaiting {
        author: String,
        most: u64,
    },
    /// A command that nobody proposes.
    NotProposable {
        command: String,
    },
    /// What a proposed command would change is not as it was when it was shown.
    StalePreview {
        records: Vec<String>,
    },
    /// The command waits for somebody's OK.
    Held {
        draft: String,
    },
    NothingFailed,
}

impl ApprovalProblem {
    /// The stable code.
    pub const fn code(&self) -> Code {
        use ApprovalProblem as P;
        match self {
            P::StaleRevision { .. } | P::OtherContent | P::StaleFence { .. } | P::StalePreview { .. } => Code::Conflict,
            P::AgentDecides
            | P::OwnDraft { .. }
            | P::AdminRequired { .. }
            | P::RoleDecides { .. }
            | P::OwnPeerCheck { .. }
            | P::RuleNotAllowed
            | P::Forbidden { .. }
            | P::NotProposable { .. } => Code::Forbidden,
            P::NoRecipients => Code::Missing,
            P::UnknownParcel { .. } => Code::NotFound,
            _ => Code::WrongState,
        }
    }
}
