//! The words that rules about the team share.

use super::coded::coded;

coded! {
    /// Whether somebody of the team works.
    EmployeeStatus {
        /// Works.
        Active = "active",
        /// Takes nothing new for now.
        Away = "away",
        /// Does not work here any more.
        Left = "left",
    }
}

coded! {
    /// Why somebody is away.
    LeaveKind {
        /// Paid leave.
        Paid = "paid",
        /// Ill.
        Sick = "sick",
        /// A child was born or adopted.
        Parental = "parental",
        /// Training.
        Training = "training",
        /// Leave without pay.
        Unpaid = "unpaid",
        /// Anything else.
        Other = "other",
    }
}

coded! {
    /// Whether somebody of the team is there at an instant.
    Presence {
        /// At work.
        Working = "working",
        /// Between two working times.
        OffHours = "off_hours",
        /// On leave.
        OnLeave = "on_leave",
        /// Takes nothing new for now; nobody said until when.
        Away = "away",
        /// Has not begun to work here.
        NotStarted = "not_started",
        /// Does not work here any more.
        Left = "left",
        /// Put away in the directory.
        Archived = "archived",
    }
}

impl Presence {
    /// Whether the person is away for longer than between two working times.
    pub const fn is_away(self) -> bool {
        !matches!(self, Presence::Working | Presence::OffHours)
    }
}

coded! {
    /// The records that count as somebody's work.
    Work {
        /// Deals that are neither won nor lost.
        Deal = "deal",
        /// Leads that somebody works.
        Lead = "lead",
        /// Tasks that are not done.
        Task = "task",
        /// Tickets that are not solved.
        Ticket = "ticket",
    }
}

coded! {
    /// What somebody is responsible for and what others take over when the person goes.
    Duty {
        /// Deals that are neither won nor lost.
        Deal = "deal",
        /// Ideas to sell more of which no deal was made yet.
        ExpansionIdea = "expansion_idea",
        /// Leads that somebody works.
        Lead = "lead",
        /// Playbooks that run for a customer.
        PlaybookRun = "playbook_run",
        /// Their open steps that have no task; one with a task goes with it.
        PlaybookStep = "playbook_step",
        /// Quotes that nobody has answered.
        Quote = "quote",
        /// Renewals about which nothing is decided.
        Renewal = "renewal",
        /// Segments in use.
        Segment = "segment",
        /// Subscriptions that are not over.
        Subscription = "subscription",
        /// Tasks that are not done.
        Task = "task",
        /// Tickets that are not solved.
        Ticket = "ticket",
    }
}

impl Duty {
    /// Whether it counts in somebody's load; all else is only given out in turns.
    pub fn is_work(self) -> bool {
        Duty::from(self.work()) == self
    }

    /// As which work it counts where somebody is looked for who takes it: what is sold as a deal, what is done as a task.
    pub const fn work(self) -> Work {
        match self {
            Duty::Deal | Duty::ExpansionIdea | Duty::Quote | Duty::Renewal | Duty::Subscription => Work::Deal,
            Duty::Lead => Work::Lead,
            Duty::PlaybookRun | Duty::PlaybookStep | Duty::Segment | Duty::Task => Work::Task,
            Duty::Ticket => Work::Ticket,
        }
    }
}

impl From<Work> for Duty {
    fn from(work: Work) -> Self {
        match work {
            Work::Deal => Duty::Deal,
            Work::Lead => Duty::Lead,
            Work::Task => Duty::Task,
            Work::Ticket => Duty::Ticket,
        }
    }
}
