//! One record's part of a report.

use super::stay::Outcome;
use crate::kernel::service::{SlaState, TicketFlow};
use crate::kernel::time::Instant;

/// One record's part of a report: when it counts, what it is grouped under, what it adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The record, by its id.
    pub id: String,
    /// When it counts; `None` as of the report's instant.
    pub at: Option<Instant>,
    /// What it is grouped under, in the order of the spec; `None` where it does not say.
    pub keys: Vec<Option<String>>,
    /// What it adds.
    pub what: What,
}

/// What an item adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A lead, at the instant at which it came in.
    Lead {
        /// Whether somebody of the team has talked to it, or tried to.
        worked: bool,
        /// Whether it became a customer.
        converted: bool,
        /// Whether it was put away, or stands in a stage that says so.
        disqualified: bool,
        /// In which lead it lives on.
        merged_into: Option<String>,
    },
    /// A ticket that is to be worked on at the report's instant.
    Open,
    /// What changed the backlog.
    Flow(TicketFlow),
    /// A stay in an open stage, at the instant at which it began.
    Stay {
        /// How it ended.
        outcome: Outcome,
        /// Days until it ended.
        days: Option<i64>,
        /// Whether the deal was won in the end.
        won: bool,
    },
    /// Clocks of a ticket, at the instant at which it came in.
    Clocks {
        /// How they stand.
        state: SlaState,
        /// How many.
        count: u64,
    },
    /// A message, at the instant at which it left.
    Sent {
        /// Whether somebody answered it.
        replied: bool,
        /// Whether the person asked for no more.
        opted_out: bool,
        /// Whether it came back for good.
        bounced: bool,
    },
    /// A message that waits for an OK.
    Waiting,
    /// A deal, at the instant at which it was won or lost.
    Closed {
        /// Won, not lost.
        won: bool,
        /// What it is worth, in minor units of the report's currency; `None` where that cannot be told.
        value: Option<i128>,
        /// Days from its first day.
        days: Option<i64>,
    },
}
