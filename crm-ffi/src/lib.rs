//! The C door: `libcrm`, a small C ABI whose header is `include/crm.h`.
//!
//! The header is the documentation for C and C++; it is generated from the comments here and checked by
//! `tests/header.rs`. Four ideas carry it:
//!
//! - `boundary`: every body runs behind one guard, which turns an error into a status and an error handle, and a panic
//!   into `CRM_PANIC`;
//! - `handle`: what C holds is never a pointer into memory but a key into a table, so that any misuse of a handle is
//!   an answer and not undefined behaviour;
//! - `text` and `output`: bytes come in as pointer and length, text goes out as a `crm_string`;
//! - `status` and `error`: what went wrong.
//!
//! Through them go the verbs: `store` (open, run, plan, query, close), `rules` (load,
//! evaluate) and `arrow` (evaluate a table).

#![allow(clippy::missing_safety_doc, reason = "the header's first page says once what every call may be given")]

// The door, in the header's order.
mod status;

mod text;

mod error;

mod rules;

mod store;

mod arrow;

// What holds it.
mod boundary;
mod handle;
mod output;
#[cfg(feature = "test-panic")]
mod test_panic;

pub use arrow::*;
pub use error::*;
pub use handle::{crm_error, crm_rules, crm_t};
pub use rules::*;
pub use status::*;
pub use store::*;
#[cfg(feature = "test-panic")]
pub use test_panic::*;
pub use text::{crm_string, crm_string_free};

/// How many handles and texts C has not given back yet. For tests: a program that frees what it was given ends with none.
#[doc(hidden)]
pub fn live() -> usize {
    handle::count().saturating_add(text::count())
}
