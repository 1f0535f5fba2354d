//! The words that support shares: where a ticket stands, what a clock measures and how it stands.

use super::coded::coded;

coded! {
    /// What it means for a ticket to have a status.
    TicketState {
        /// Nobody has looked at it.
        New = "new",
        /// Somebody works on it.
        Open = "open",
        /// The team waits for the customer.
        Pending = "pending",
        /// The team waits for somebody else.
        Hold = "hold",
        /// Solved, unless the customer says otherwise.
        Resolved = "resolved",
        /// Over for good.
        Closed = "closed",
    }
}

impl TicketState {
    /// Whether the ticket is still to be worked on.
    pub const fn is_open(self) -> bool {
        !matches!(self, TicketState::Resolved | TicketState::Closed)
    }
}

coded! {
    /// What a clock of a ticket measures.
    SlaMetric {
        /// From the ticket's making to the team's first public reply.
        FirstResponse = "first_response",
        /// From the earliest unanswered message of the customer to the reply.
        NextResponse = "next_response",
        /// From the last public reply to the next one, whoever waits.
        PeriodicUpdate = "periodic_update",
        /// From the ticket's making to the first time it was resolved.
        FirstResolution = "first_resolution",
        /// From the ticket's making to the last time it was resolved, reopened times counted.
        TotalResolution = "total_resolution",
        /// How long the requester waits: new, open and hold.
        RequesterWait = "requester_wait",
        /// How long the team works on it: new and open.
        AgentWork = "agent_work",
    }
}

coded! {
    /// How a ticket, or one clock of it, stands against its promise; the later, the worse, but for what is over.
    SlaState {
        /// The promise was kept.
        Met = "met",
        /// The clock stands still.
        Paused = "paused",
        /// There is time.
        OnTrack = "on_track",
        /// There is little time.
        DueSoon = "due_soon",
        /// The promise was broken.
        Breached = "breached",
        /// The clock was stopped without a verdict: the ticket was merged or archived, or has no promise any more.
        Cancelled = "cancelled",
    }
}

coded! {
    /// What happened to a ticket, as its clocks see it.
    TicketEventKind {
        /// It was made.
        Created = "created",
        /// The customer wrote.
        CustomerMessage = "customer_message",
        /// Somebody of the team answered the customer.
        StaffReply = "staff_reply",
        /// Somebody of the team wrote what the customer does not see.
        InternalNote = "internal_note",
        /// A machine wrote: an acknowledgement, an absence note.
        AutomaticMessage = "automatic_message",
        /// Status, priority, owner or other tracked fields changed.
        Changed = "changed",
        /// It went into another ticket.
        Merged = "merged",
        /// It was put away.
        Archived = "archived",
        /// It was brought back.
        Restored = "restored",
        /// Policies or calendars were applied anew.
        Reapplied = "reapplied",
    }
}

coded! {
    /// How an event changed the number of tickets that are still to be worked on.
    TicketFlow {
        /// A new one: one more.
        Opened = "opened",
        /// One that was resolved or closed is worked on again: one more.
        Reopened = "reopened",
        /// An open one was brought back: one more.
        Restored = "restored",
        /// Resolved, or closed without having been resolved: one less.
        Resolved = "resolved",
        /// An open one was put away, or went into another: one less.
        Removed = "removed",
    }
}

impl TicketFlow {
    /// How many more there are to work on after it: one more or one less.
    pub const fn change(self) -> i64 {
        match self {
            TicketFlow::Opened | TicketFlow::Reopened | TicketFlow::Restored => 1,
            TicketFlow::Resolved | TicketFlow::Removed => -1,
        }
    }
}

coded! {
    /// What a clock has to say when time passes.
    SlaAlertKind {
        /// There is little time left.
        DueSoon = "due_soon",
        /// A step of the policy's escalation is reached.
        Escalated = "escalated",
        /// The promise is broken.
        Breached = "breached",
    }
}

coded! {
    /// Half of a working day.
    DayHalf {
        /// Until noon.
        Morning = "morning",
        /// From noon.
        Afternoon = "afternoon",
    }
}
