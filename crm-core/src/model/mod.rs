//! What is stored: one file per record type, each declared once.
//!
//! A record's declaration (`record!` in `declare.rs`) gives its struct, its JSON form, its typed columns, the check of predicates
//! and the target of file imports. This file holds the list of all records; adding one is a line here and a file
//! beside it.

mod account;
mod contact;
mod declare;
mod event;
mod lead;
mod row;

pub use account::Account;
pub use contact::Contact;
pub(crate) use declare::{CONSENT, consent_of};
pub use declare::{Consent, Custom, FieldValue, Record};
pub use event::Event;
pub use lead::Lead;
pub use row::{Clock, Key, META_FIELDS, Row, RowFacts};
pub(crate) use row::{body_to_json, set_fields};

use declare::records;

records! {
    account: Account,
    contact: Contact,
    event: Event,
    lead: Lead,
}
