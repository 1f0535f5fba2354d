//! The words that sequences are written in.

use crate::kernel::coded::coded;
use crate::kernel::sequence_reason::SequenceEnd;
pub use crate::kernel::sequence_reason::{Availability, EnrolmentStatus};
use crate::model::Kind;

coded! {
    /// What a step does.
    StepKind {
        /// An e-mail, as a draft.
        Email = "email",
        /// A call, as a task.
        Call = "call",
        /// Anything else for a person to do.
        Task = "task",
        /// A message on LinkedIn, as a draft.
        Linkedin = "linkedin",
        /// A text message, as a draft.
        Sms = "sms",
        /// A letter, as a draft.
        Letter = "letter",
        /// Nothing but time passes.
        Wait = "wait",
        /// Goes on at one of two later steps.
        Branch = "branch",
    }
}

impl StepKind {
    /// Whether it is a message that somebody gets.
    pub const fn is_message(self) -> bool {
        matches!(self, StepKind::Email | StepKind::Linkedin | StepKind::Sms | StepKind::Letter)
    }

    /// Whether something is made when it runs: a draft or a task.
    pub const fn acts(self) -> bool {
        !matches!(self, StepKind::Wait | StepKind::Branch)
    }
}

coded! {
    /// What to do where the record lacks what a step's channel needs.
    OnMissing {
        /// The step is passed over, which is told.
        Skip = "skip",
        /// The enrolment ends.
        Stop = "stop",
        /// Somebody gets a task instead.
        Task = "task",
    }
}

coded! {
    /// By whose clocks a sequence runs; where that is not known, by those of the workspace.
    ZoneOf {
        /// The person's.
        Contact = "contact",
        /// The owner's.
        Owner = "owner",
        /// The workspace's.
        Workspace = "workspace",
    }
}

coded! {
    /// Which other sequences a record may not be in.
    Exclusivity {
        /// Any.
        Yes = "yes",
        /// Those that are exclusive themselves.
        OnlyExclusive = "only_exclusive",
        /// None.
        No = "no",
    }
}

coded! {
    /// What stops an enrolment.
    StopCause {
        /// An answer that a person wrote.
        Reply = "reply",
        /// Only one that says yes.
        PositiveReply = "positive_reply",
        /// A meeting was booked.
        Meeting = "meeting",
        /// There is a deal.
        DealCreated = "deal_created",
        /// The lead was converted.
        Converted = "converted",
        /// The person wants no more messages; always stops.
        OptOut = "opt_out",
        /// The address does not exist; always stops.
        BounceHard = "bounce_hard",
        /// The record has another owner; pauses where it does not stop.
        OwnerChange = "owner_change",
    }
}

impl StopCause {
    /// How an enrolment ends by it.
    pub const fn end(self) -> SequenceEnd {
        match self {
            StopCause::Reply | StopCause::PositiveReply => SequenceEnd::Replied,
            StopCause::Meeting => SequenceEnd::MeetingBooked,
            StopCause::DealCreated => SequenceEnd::DealCreated,
            StopCause::Converted => SequenceEnd::Converted,
            StopCause::OptOut => SequenceEnd::OptedOut,
            StopCause::BounceHard => SequenceEnd::BouncedHard,
            StopCause::OwnerChange => SequenceEnd::OwnerChanged,
        }
    }

    /// Whether it stops every sequence, whatever the sequence says.
    pub const fn always_stops(self) -> bool {
        matches!(self, StopCause::OptOut | StopCause::BounceHard)
    }
}

coded! {
    /// What can be enrolled.
    SubjectKind {
        /// A lead.
        Lead = "lead",
        /// A contact.
        Contact = "contact",
    }
}

impl SubjectKind {
    /// The kind of record.
    pub const fn kind(self) -> Kind {
        match self {
            SubjectKind::Lead => Kind::Lead,
            SubjectKind::Contact => Kind::Contact,
        }
    }
}
