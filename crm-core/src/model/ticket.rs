//! Tickets: what customers need help with.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::service::{SlaState, TicketState};
use crate::kernel::time::Instant;

record! {
    /// One request for help, from the first message to its close.
    Ticket = "ticket" {
        /// The number that people say; counted up within the workspace.
        number: Option<i64>, indexed computed;
        /// What it is about.
        subject: String;
        /// What the customer wrote.
        description: String;
        /// The lead it belongs to.
        lead: Option<Id>, indexed;
        /// The account it belongs to.
        account: Option<Id>, indexed;
        /// The contact it belongs to.
        contact: Option<Id>, indexed;
        /// The deal it belongs to.
        deal: Option<Id>, indexed;
        /// Where it stands, by the code of a status (see the configuration's `support`).
        status: String, indexed;
        /// What the status means.
        state: Option<TicketState>, indexed computed;
        /// How urgent it is, by the code of a priority.
        priority: String, indexed;
        /// What kind of request it is: question, incident, bug ...
        category: String, indexed;
        /// How it came: email, phone, web, chat ...
        channel: String;
        /// Who is responsible: the host's name of a user.
        owner: String, indexed;
        /// The team that works on it.
        team: String, indexed;
        /// Whether the team made it of its own accord, not for a customer who wrote.
        by_staff: Option<bool>;
        /// When it came in: when the row was made, or earlier where that was said then.
        opened_at: Option<Instant>, indexed;
        /// When the team first answered; said only of a ticket that comes from another system.
        first_responded_at: Option<Instant>;
        /// When it was last resolved; `None` while it is open. Said only with the status that resolves it.
        resolved_at: Option<Instant>, indexed;
        /// When it was closed for good; said only with the status that closes it.
        closed_at: Option<Instant>, indexed;
        /// How often it was reopened.
        reopened_count: Option<i64>, computed;
        /// The policy that its promises come from, by its id.
        sla_policy: String, indexed computed;
        /// How it stood against its promises when something last happened; for now, ask the board.
        sla_state: Option<SlaState>, indexed computed;
        /// By when the next promise is to be kept; `None` while its clock stands still or none runs.
        sla_due_at: Option<Instant>, indexed computed;
        /// By when the first answer is due.
        first_response_due_at: Option<Instant>, computed;
        /// By when the answer to the customer's message is due.
        next_response_due_at: Option<Instant>, computed;
        /// By when it is to be resolved.
        resolution_due_at: Option<Instant>, indexed computed;
        /// The next instant at which time alone changes something.
        sla_wake_at: Option<Instant>, indexed computed;
        /// Up to when its clocks' alerts were told.
        sla_told_at: Option<Instant>, computed;
        /// Its clocks, as canonical JSON: what the rule `sla` continues from.
        sla_clocks: String, computed;
        /// How many events it has.
        event_count: Option<i64>, computed;
        /// The ticket that it was merged into.
        merged_into: Option<Id>, indexed computed;
        /// Labels.
        tags: Vec<String>;
        /// The system it was imported from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
