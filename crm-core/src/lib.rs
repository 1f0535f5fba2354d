//! A CRM's brain without its body: the rules, records and commands that any product can embed.
//!
//! Read it in this order: [`model`] (nouns), [`rules`] (sums), [`command`] (verbs), then the plumbing: [`engine`] and
//! [`store`]. Everything stands on [`kernel`]; what people read is rendered by [`lang`].
//!
//! The core does no I/O and reads no clock: time comes in as an argument, ids come from the host or from the command,
//! and the same input gives the same bytes on every platform.

#![forbid(unsafe_code)]
// A sum that overflows is a wrong answer: every operation says what happens at the edge.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod command;
pub mod engine;
pub mod kernel;
pub mod lang;
pub mod model;
pub mod rules;
pub mod store;
pub mod view;

pub use engine::Crm;
pub use kernel::error::{Code, Error, Problem, Result};
pub use kernel::fact::{Fact, Facts};
pub use kernel::field::{Field, FieldType, Schema};
pub use kernel::id::Id;
pub use kernel::money::{Currency, Money};
pub use kernel::number::Number;
pub use kernel::time::Instant;
pub use kernel::value::Value;
pub use lang::Lang;
