//! Business time over tables: when each row is due, and how much working time each took.
//!
//! A row that can be read and that lies in the years around the others is answered from a
//! [`CalendarTable`](crm_core::kernel::calendar::CalendarTable), a tile at a time. Every other row is read cell by cell
//! and answered by the calendar itself, or has a problem with a code (`asked`).

mod asked;
mod due;
mod elapsed;
pub(crate) mod instants;
mod options;
mod output;
mod pauses;
mod targets;

pub use due::{due_batches, due_table};
pub use elapsed::{elapsed_batches, elapsed_table};
pub use options::{DueOptions, ElapsedOptions, Target, TimeOptions, TimeUnit};

/// Rows that are worked on at a time, so that what they are made of stays in the first cache.
const TILE: usize = 1_024;
/// What tables say where they have no answer.
pub(crate) const ASK: i64 = i64::MIN;
