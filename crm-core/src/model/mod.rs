//! What is stored: one file per record type, each declared once.
//!
//! A record's declaration (`record!` in `declare.rs`) gives its struct, its JSON form, its typed columns, the check of predicates
//! and the target of file imports. This file holds the list of all records; adding one is a line here and a file
//! beside it.

mod account;
mod activity;
mod assignment;
mod contact;
mod deal;
mod declare;
mod distinction;
mod enrichment;
mod event;
mod lead;
mod note;
mod routing_turn;
mod row;
mod submission;
mod task;

pub use account::Account;
pub use activity::Activity;
pub use assignment::Assignment;
pub use contact::Contact;
pub use deal::Deal;
pub(crate) use declare::{CONSENT, DO_NOT_CALL, consent_of};
pub use declare::{Consent, Custom, FieldValue, Record};
pub use distinction::Distinction;
pub use enrichment::Enrichment;
pub use event::Event;
pub use lead::Lead;
pub use note::Note;
pub use routing_turn::RoutingTurn;
pub use row::{Clock, Key, META_FIELDS, Row, RowFacts};
pub(crate) use row::{body_to_json, set_fields};
pub use submission::Submission;
pub use task::Task;

use declare::records;

records! {
    account: Account,
    activity: Activity,
    assignment: Assignment,
    contact: Contact,
    deal: Deal,
    distinction: Distinction,
    enrichment: Enrichment,
    event: Event,
    lead: Lead,
    note: Note,
    routing_turn: RoutingTurn,
    submission: Submission,
    task: Task,
}
