//! What can happen to an enrolment, what is known then, and what follows.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::throttle::Sent;
use super::words::{StepKind, StopCause};
use crate::kernel::coded::coded;
use crate::kernel::fact::Facts as Record;
use crate::kernel::sequence_reason::{SequenceEnd, SequenceReason as Why};
use crate::kernel::time::Instant;

coded! {
    /// What became of a draft or a task.
    Outcome {
        /// The message was sent, the task completed.
        Done = "done",
        /// Somebody decided against it.
        Dropped = "dropped",
        /// It could not be done; the enrolment ends.
        Failed = "failed",
    }
}

/// What can happen to an enrolment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is time to look: what is due runs.
    Advance {
        /// Only this step; where it ran before, nothing happens.
        step: Option<String>,
    },
    /// What a step made is done.
    Done {
        /// The step.
        step: String,
        /// What became of it.
        outcome: Outcome,
    },
    /// A message came; an automatic one stops nothing.
    Reply {
        /// It says yes.
        is_positive: bool,
        /// A machine wrote it.
        is_automatic: bool,
    },
    /// The person is away.
    OutOfOffice {
        /// The last day away, where the message says so.
        until: Option<NaiveDate>,
    },
    /// Something that may stop it, other than a reply.
    Stop(StopCause),
    /// A person pauses it.
    Pause {
        /// When it goes on by itself.
        until: Option<Instant>,
    },
    /// A person lets it go on.
    Resume,
    /// A person takes the record out.
    Remove,
    /// It is its turn.
    Activate,
}

/// One happening; numbers count up in the order in which the host saw them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Its number.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// What.
    pub event: Event,
}

/// What is known while a step runs.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The record that is enrolled.
    pub record: &'a dyn Record,
    /// The kinds of steps for which the record has no address, or the workspace no channel.
    pub missing: &'a BTreeSet<StepKind>,
    /// What holds now that may stop a sequence, whether or not it was told as an event.
    pub holds: &'a BTreeSet<StopCause>,
    /// When other enrolments of the same record ran steps.
    pub other_runs: &'a [Instant],
    /// Messages to the person and by the mailbox.
    pub sent: &'a Sent,
}

/// What a host has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make a draft; the gate decides whether it is sent.
    CreateDraft {
        /// The same for the same step of the same enrolment.
        key: String,
        /// The step.
        step: String,
        /// The channel.
        channel: StepKind,
        /// The template.
        template: Option<String>,
        /// Whether it waits for somebody's OK.
        needs_approval: bool,
        /// It is sent no earlier.
        not_before: Instant,
    },
    /// Make a task.
    CreateTask {
        /// As of a draft.
        key: String,
        /// The step.
        step: String,
        /// What the step is: a call, a task, or the message that could not be one.
        kind: StepKind,
        /// The step's title.
        title: String,
    },
    /// Log what was done.
    CreateActivity {
        /// As of a draft.
        key: String,
        /// The step.
        step: String,
        /// What the step is.
        kind: StepKind,
        /// The step's title.
        title: String,
    },
    /// Look again then; `None` is: when something else happens.
    Wait {
        /// When.
        until: Option<Instant>,
    },
    /// The step was passed over.
    Skip {
        /// The step.
        step: String,
    },
    /// The enrolment is over.
    Finish {
        /// How.
        how: SequenceEnd,
    },
    /// The address gets nothing more: all its enrolments stop.
    Suppress,
}

/// What follows from one happening, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// What to do, in order.
    pub effects: Vec<Effect>,
    /// Why.
    pub reasons: Vec<Why>,
}

impl Decision {
    pub(super) fn why(&mut self, reason: Why) {
        self.reasons.push(reason);
    }

    pub(super) fn wait(&mut self, until: Option<Instant>) {
        self.effects.push(Effect::Wait { until });
    }
}
