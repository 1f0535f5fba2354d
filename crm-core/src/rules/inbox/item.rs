//! What may stand in an inbox.

use chrono::NaiveDate;

use crate::kernel::inbox_reason::InboxSource;
use crate::kernel::service::SlaState;
use crate::kernel::time::Instant;
use crate::rules::task::TaskFacts;

/// The records that an item has to do with: what is made from it belongs to them, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The lead's id.
    pub lead: Option<String>,
    /// The account's id.
    pub account: Option<String>,
    /// The contact's id.
    pub contact: Option<String>,
    /// The deal's id.
    pub deal: Option<String>,
    /// The ticket's id.
    pub ticket: Option<String>,
}

impl Context {
    /// The links by the names of their fields.
    pub fn links(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("lead", self.lead.as_deref()),
            ("account", self.account.as_deref()),
            ("contact", self.contact.as_deref()),
            ("deal", self.deal.as_deref()),
            ("ticket", self.ticket.as_deref()),
        ]
    }
}

/// One thing that somebody may have to do something about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// The id of its record: of the ticket, the task, the deal, the lead; of a reply the activity's.
    pub id: String,
    /// The record's version, where it is known.
    pub version: Option<u64>,
    /// What people call it.
    pub title: String,
    /// When it was made, or came in.
    pub created_at: Option<Instant>,
    /// The records that it has to do with, itself among them.
    pub context: Context,
    /// What it is.
    pub what: What<'a>,
}

/// What an item is, with what its rank goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// A task.
    Task(TaskFacts<'a>),
    /// A ticket: how it stands against its promises, the next of which is due, and its priority.
    Ticket {
        /// How it stands; `None` where it has no promise.
        state: Option<SlaState>,
        /// By when the next promise is to be kept.
        due_at: Option<Instant>,
        /// How urgent it is, in the host's words.
        priority: String,
    },
    /// A customer's message without an answer.
    Reply {
        /// When it came in.
        received_at: Instant,
    },
    /// Something that somebody must allow.
    Approval {
        /// Since when it waits.
        asked_at: Instant,
        /// When it is too late.
        expires_at: Option<Instant>,
        /// What exactly is decided about: the draft's revision and the hash of its content.
        draft: Option<(u64, String)>,
    },
    /// An open deal with its close date.
    CloseDate {
        /// The day.
        date: NaiveDate,
    },
    /// A deal at risk.
    Risk {
        /// Its risk, from 0 to 100.
        score: i64,
        /// What it was a week ago, where that is known.
        before: Option<i64>,
    },
    /// A lead that nobody has touched.
    Lead {
        /// When it came in.
        received_at: Instant,
        /// Its score.
        score: Option<i64>,
        /// Whether it is hot.
        is_hot: bool,
        /// Whether it has an owner.
        has_owner: bool,
    },
}

impl What<'_> {
    /// Where it comes from.
    pub const fn source(&self) -> InboxSource {
        match self {
            What::Task(_) => InboxSource::Task,
            What::Ticket { .. } => InboxSource::Ticket,
            What::Reply { .. } => InboxSource::Reply,
            What::Approval { .. } => InboxSource::Approval,
            What::CloseDate { .. } => InboxSource::CloseDate,
            What::Risk { .. } => InboxSource::Risk,
            What::Lead { .. } => InboxSource::Lead,
        }
    }
}
