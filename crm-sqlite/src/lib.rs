//! The embedded default store of crmkit: records and trail in one SQLite file.
//!
//! [`SqliteStore`] is all that most hosts need. Hosts with a SQLite database of their own keep the tables there
//! ([`migrate`]) and apply commits inside their own transactions ([`apply()`]).
//!
//! Every declared field is a typed column, so that the file can be read with any tool:
//! `SELECT company, value / 100.0, value_currency FROM leads`. Amounts are minor units, decimals millionths, instants
//! microseconds since 1970 UTC; `company_folded` and its like are the forms that are compared.
//!
//! ```
//! use crm_core::model::{Key, Kind};
//! use crm_core::store::{Store as _, Workspace};
//! use crm_core::Id;
//! use crm_sqlite::SqliteStore;
//!
//! let store = SqliteStore::in_memory()?;
//! let workspace = Workspace::new("demo")?;
//! let key = Key { kind: Kind::Lead, id: Id::from_text("nobody") };
//! assert!(store.snapshot(&workspace)?.get(key)?.is_none());
//! # Ok::<(), crm_core::Error>(())
//! ```
//!
//! The map: `schema` makes tables from the declared fields, `migrations` brings older files up, `row` turns values
//! into columns and back, `query` turns questions into SQL, `apply` writes a commit, `check` verifies what is
//! kept twice, `store` keeps the connections.

#![forbid(unsafe_code)]

mod apply;
mod check;
mod error;
mod functions;
mod limits;
mod migrations;
mod query;
mod row;
mod schema;
mod sight;
mod store;

pub use apply::{apply, snapshot_in};
pub use functions::register;
pub use migrations::migrate;
pub use store::{Durability, Options, SqliteStore};
