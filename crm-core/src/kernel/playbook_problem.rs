//! What speaks against a playbook, or against a step of one. [`lang`](crate::lang) has one sentence for each, twice.

use serde_json::{Value as Json, json};

use super::customer::{RunState, StepState};
use super::error::Code;

/// Why a playbook, a run or a step of one is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "each variant is its sentence in lang/en_playbook.rs; its fields are that sentence's values"
)]
pub enum PlaybookProblem {
    /// Steps that wait for each other: the path from one of them back to it.
    Cycle {
        path: Vec<String>,
    },
    UnknownAnchor {
        found: String,
        expected: Vec<String>,
    },
    UnknownPlaybook {
        found: String,
        expected: Vec<String>,
    },
    UnknownStep {
        found: String,
        expected: Vec<String>,
    },
    /// No new runs start with it.
    NotActive {
        code: String,
    },
    /// Nobody said who does a step.
    NoAssignee {
        step: String,
    },
    /// A day that the library does not keep.
    DateOutOfRange {
        from: String,
    },
    /// Steps that have to be done before are not.
    OpenPrerequisites {
        step: String,
        open: Vec<String>,
    },
    RunState {
        state: RunState,
    },
    StepState {
        state: StepState,
    },
    /// What would move is not what was shown.
    StalePlan,
    /// There is nothing to suggest: such a run was started before.
    AlreadyStarted {
        playbook: String,
    },
}

impl PlaybookProblem {
    /// The stable code.
    pub const fn code(&self) -> Code {
        use PlaybookProblem as P;
        match self {
            P::Cycle { .. } | P::UnknownAnchor { .. } => Code::InvalidRules,
            P::UnknownPlaybook { .. } | P::UnknownStep { .. } | P::DateOutOfRange { .. } => Code::InvalidValue,
            P::NoAssignee { .. } => Code::Missing,
            P::StalePlan => Code::Conflict,
            P::NotActive { .. }
            | P::OpenPrerequisites { .. }
            | P::RunState { .. }
            | P::StepState { .. }
            | P::AlreadyStarted { .. } => Code::WrongState,
        }
    }

    /// What it is, as a name that programs compare, with what they can act on.
    pub fn to_json(&self) -> Json {
        use PlaybookProblem as P;
        match self {
            P::Cycle { path } => json!({"reason": "playbook_cycle", "path": path}),
            P::UnknownAnchor { found, expected } => {
                json!({"reason": "unknown_anchor", "found": found, "expected": expected})
            }
            P::UnknownPlaybook { found, expected } => {
                json!({"reason": "unknown_playbook", "found": found, "expected": expected})
            }
            P::UnknownStep { found, expected } => {
                json!({"reason": "unknown_step", "found": found, "expected": expected})
            }
            P::NotActive { code } => json!({"reason": "playbook_not_active", "playbook": code}),
            P::NoAssignee { step } => json!({"reason": "no_assignee", "step": step}),
            P::DateOutOfRange { from } => json!({"reason": "date_out_of_range", "from": from}),
            P::OpenPrerequisites { step, open } => {
                json!({"reason": "open_prerequisites", "step": step, "open": open})
            }
            P::RunState { state } => json!({"reason": "run_state", "state": state}),
            P::StepState { state } => json!({"reason": "step_state", "state": state}),
            P::StalePlan => json!({"reason": "stale_plan"}),
            P::AlreadyStarted { playbook } => json!({"reason": "already_started", "playbook": playbook}),
        }
    }
}
