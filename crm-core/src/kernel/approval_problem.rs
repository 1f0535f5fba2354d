//! What speaks against a step of a draft. [`lang`](crate::lang) has one sentence for each, twice.

use serde_json::{Value as Json, json};

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
    /// An agent's draft would take the place of one that a person wrote.
    PersonsDraft {
        draft: String,
    },
    /// The person objected; a record's field does not take that back.
    ObjectionStands {
        since: String,
    },
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
            | P::PersonsDraft { .. }
            | P::Forbidden { .. }
            | P::NotProposable { .. } => Code::Forbidden,
            P::NoRecipients => Code::Missing,
            P::UnknownParcel { .. } => Code::NotFound,
            _ => Code::WrongState,
        }
    }

    /// What it is, as a name that programs compare, with what they can act on.
    pub fn to_json(&self) -> Json {
        use ApprovalProblem as P;
        let (name, more) = match self {
            P::StaleRevision { seen, now } => ("stale_revision", json!({"seen": seen, "now": now})),
            P::OtherContent => ("other_content", json!({})),
            P::AlreadyDecided { state, by, at } => ("already_decided", json!({"state": state, "by": by, "at": at})),
            P::NotWaiting { state } => ("not_waiting", json!({"state": state})),
            P::NotEditable { state } => ("not_editable", json!({"state": state})),
            P::TooLate { state } => ("too_late", json!({"state": state})),
            P::OutcomeUnknown { recipients } => ("outcome_unknown", json!({"recipients": recipients})),
            P::AgentDecides => ("agent_decides", json!({})),
            P::OwnDraft { by } => ("own_draft", json!({"by": by})),
            P::AdminRequired { .. } => ("admin_required", json!({})),
            P::RoleDecides { role } => ("role_decides", json!({"role": role})),
            P::PeerCheckRequired => ("peer_check_required", json!({})),
            P::OwnPeerCheck { by } => ("own_peer_check", json!({"by": by})),
            P::RuleNotAllowed => ("rule_not_allowed", json!({})),
            P::DraftExpired { at } => ("expired", json!({"at": at})),
            P::ApprovalExpired { at } => ("approval_expired", json!({"at": at})),
            P::NotApproved => ("not_approved", json!({})),
            P::NotBefore { at } => ("not_before", json!({"at": at})),
            P::NoRecipients => ("no_recipients", json!({})),
            P::UnknownParcel { key } => ("unknown_hand_off", json!({"key": key})),
            P::ParcelState { state } => ("hand_off_state", json!({"state": state})),
            P::NotCleared => ("not_cleared", json!({})),
            P::StaleFence { fence, now } => ("stale_fence", json!({"fence": fence, "now": now})),
            P::AnotherAnswer { state } => ("another_answer", json!({"state": state})),
            P::LeaseRuns { until } => ("in_progress", json!({"until": until})),
            P::NotACommand => ("not_a_command", json!({})),
            P::NotAMessage => ("not_a_message", json!({})),
            P::Forbidden { reason } => ("forbidden_by_rule", json!({"reason": reason.code()})),
            P::TooManyWaiting { author, most } => ("limit_reached", json!({"author": author, "most": most})),
            P::NotProposable { command } => ("not_proposable", json!({"command": command})),
            P::StalePreview { records } => ("stale_preview", json!({"records": records})),
            P::Held { draft } => ("held", json!({"draft": draft})),
            P::NothingFailed => ("nothing_failed", json!({})),
            P::PersonsDraft { draft } => ("persons_draft", json!({"draft": draft})),
            P::ObjectionStands { since } => ("objection_stands", json!({"since": since})),
        };
        let mut map = more.as_object().cloned().unwrap_or_default();
        map.insert("problem".into(), name.into());
        Json::Object(map)
    }
}
