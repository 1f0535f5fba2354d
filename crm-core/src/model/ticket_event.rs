//! What happened to a ticket: the source of its clocks and reports.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::service::{TicketEventKind, TicketFlow, TicketState};
use crate::kernel::time::Instant;

record! {
    /// One thing that happened to a ticket, with its tracked fields after it. Rows are only ever added; the row's id follows
    /// from the ticket and the number.
    TicketEvent = "ticket_event" {
        /// The ticket.
        ticket: Option<Id>, indexed;
        /// How many came before it on this ticket; orders two of one instant.
        number: Option<i64>;
        /// What happened.
        kind: Option<TicketEventKind>, indexed;
        /// When it happened, which may be before it was recorded, but not before what came before it.
        happened_at: Option<Instant>, indexed;
        /// Who did it.
        actor: String;
        /// The activity that has the words.
        activity: Option<Id>, indexed;
        /// The note that has the words.
        note: Option<Id>, indexed;
        /// The status, by its code.
        status: String;
        /// What the status means.
        state: Option<TicketState>;
        /// The priority, by its code.
        priority: String;
        /// Who is responsible.
        owner: String;
        /// The team.
        team: String;
        /// The account.
        account: Option<Id>;
        /// The policy that fits it, by its id.
        policy: String;
        /// The calendar in which the policy counts, by its id.
        calendar: String;
        /// Whether the team made the ticket of its own accord.
        by_staff: Option<bool>;
        /// How it changed what is still to be worked on; unknown where it did not.
        flow: Option<TicketFlow>, indexed;
    }
}

impl TicketEvent {
    /// The id of a ticket's event.
    pub fn id_of(ticket: Id, number: u64) -> Id {
        ticket.derive(number)
    }
}
