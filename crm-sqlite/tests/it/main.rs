//! One integration binary: conformance, the model, conversions, files, failures, hosts' own transactions,
//! limits, tampering, tickets, a day of support, one of messages that leave, and a customer's year.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test stops where it is wrong"
)]

mod conformance;
mod converting;
mod customer_day;
mod day;
mod duplicates;
mod failures;
mod files;
mod gate_day;
mod gate_histories;
#[path = "../../../crm-core/tests/it/gate_machine.rs"]
mod gate_machine;
mod hosts;
mod limits;
mod merging;
mod model;
mod numbering;
#[path = "../../../crm-core/tests/it/outbox_driver.rs"]
mod outbox_driver;
mod pipelines;
mod support;
mod support_day;
mod tampering;
#[path = "../../../crm-core/tests/it/ticket_driver.rs"]
mod ticket_driver;
mod tickets;
