//! Why something is in an inbox, and why it stands there.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::coded::coded;
use super::time::{Instant, format_instant};

coded! {
    /// Where an item of an inbox comes from; of equal ones, those of the source further up come first.
    InboxSource {
        /// A ticket and its promises.
        Ticket = "ticket",
        /// A customer who wrote and has no answer.
        Reply = "reply",
        /// Something that somebody must allow.
        Approval = "approval",
        /// A task.
        Task = "task",
        /// An open deal whose close date has passed.
        CloseDate = "close_date",
        /// A deal at risk.
        Risk = "risk",
        /// A lead that nobody has touched.
        Lead = "lead",
    }
}

coded! {
    /// What can be done with an item right away.
    InboxAction {
        /// Complete the task.
        Complete = "complete",
        /// Put the task off until tomorrow.
        Snooze = "snooze",
        /// Record an answer to the customer.
        Reply = "reply",
        /// Say yes to exactly this.
        Approve = "approve",
        /// Ask for changes.
        RequestChanges = "request_changes",
        /// Say no.
        Reject = "reject",
        /// Send the lead to whom the rules say.
        Route = "route",
        /// Make a task.
        CreateTask = "create_task",
        /// Log a call.
        LogCall = "log_call",
        /// Log a meeting.
        LogMeeting = "log_meeting",
        /// Write a note.
        AddNote = "add_note",
        /// Draft an e-mail.
        DraftEmail = "draft_email",
    }
}

coded! {
    /// The parts of an inbox.
    InboxTab {
        /// Everything that is to be done.
        All = "all",
        /// Tasks.
        Tasks = "tasks",
        /// Tickets.
        Tickets = "tickets",
        /// Customers who wait for an answer.
        Replies = "replies",
        /// What waits for an OK.
        Approvals = "approvals",
        /// Deals at risk or past their close date.
        Risk = "risk",
        /// Leads that nobody has touched.
        Leads = "leads",
        /// What the person did last.
        Activity = "activity",
    }
}

impl InboxTab {
    /// Whether items of a source stand in it.
    pub const fn has(self, source: InboxSource) -> bool {
        match self {
            InboxTab::All => true,
            InboxTab::Tasks => matches!(source, InboxSource::Task),
            InboxTab::Tickets => matches!(source, InboxSource::Ticket),
            InboxTab::Replies => matches!(source, InboxSource::Reply),
            InboxTab::Approvals => matches!(source, InboxSource::Approval),
            InboxTab::Risk => matches!(source, InboxSource::Risk | InboxSource::CloseDate),
            InboxTab::Leads => matches!(source, InboxSource::Lead),
            InboxTab::Activity => false,
        }
    }
}

/// Why something is in an inbox, or what its rank has points for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_inbox.rs")]
pub enum InboxReason {
    PromiseBroken { due_at: Option<Instant> },
    PromiseDueSoon { due_at: Option<Instant> },
    PromiseDue { due_at: Instant },
    NoPromiseRuns,
    CustomerWaits { since: Instant },
    WaitsLong { hours: i64 },
    ApprovalWaits { since: Instant },
    CloseDatePassed { date: NaiveDate, days: i64 },
    AtRisk { score: i64 },
    RiskRisen { from: i64, to: i64 },
    HotLead { score: Option<i64> },
    NewLead { received_at: Instant },
    NobodysLead,
    Priority { priority: String },
}

impl InboxReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use InboxReason as R;
        match self {
            R::PromiseBroken { .. } => "promise_broken",
            R::PromiseDueSoon { .. } => "promise_due_soon",
            R::PromiseDue { .. } => "promise_due",
            R::NoPromiseRuns => "no_promise_runs",
            R::CustomerWaits { .. } => "customer_waits",
            R::WaitsLong { .. } => "waits_long",
            R::ApprovalWaits { .. } => "approval_waits",
            R::CloseDatePassed { .. } => "close_date_passed",
            R::AtRisk { .. } => "at_risk",
            R::RiskRisen { .. } => "risk_risen",
            R::HotLead { .. } => "hot_lead",
            R::NewLead { .. } => "new_lead",
            R::NobodysLead => "nobodys_lead",
            R::Priority { .. } => "inbox_priority",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use InboxReason as R;
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            R::PromiseBroken { due_at } | R::PromiseDueSoon { due_at } => {
                put("due_at", due_at.map(format_instant).into());
            }
            R::PromiseDue { due_at } => {
                put("due_at", format_instant(*due_at).into());
            }
            R::CustomerWaits { since } | R::ApprovalWaits { since } | R::NewLead { received_at: since } => {
                put("since", format_instant(*since).into());
            }
            R::WaitsLong { hours } => {
                put("hours", (*hours).into());
            }
            R::CloseDatePassed { date, days } => {
                put("date", date.to_string().into());
                put("days", (*days).into());
            }
            R::AtRisk { score } => {
                put("score", (*score).into());
            }
            R::RiskRisen { from, to } => {
                put("from", (*from).into());
                put("to", (*to).into());
            }
            R::HotLead { score } => {
                put("score", (*score).into());
            }
            R::Priority { priority } => {
                put("priority", priority.as_str().into());
            }
            R::NoPromiseRuns | R::NobodysLead => {}
        }
    }
}
