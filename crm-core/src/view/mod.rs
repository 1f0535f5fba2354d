//! What people look at: lists, boards, tables and figures, made from records and rules. Everything here is pure: the
//! engine gathers, a view arranges. All sums are those of reports ([`crate::rules::report`]), so that a board, a
//! dashboard, a report and a forecast of the same deals show the same numbers.

mod activity;
mod board;
mod builtin;
mod columns;
pub(crate) mod customer;
mod dashboard;
mod deals;
mod definition;
mod find;
mod library;
mod narrative;
mod page;
mod ticket_queue;
mod timeline;

pub(crate) use activity::activity;
pub use board::{Board, BoardSpec};
pub use builtin::{BUILT_IN, BuiltInView};
pub use columns::{Columns, TableColumn};
pub use dashboard::{DashboardSpec, dashboard_json};
pub use deals::{DealFacts, Portfolio};
pub(crate) use definition::with_page;
pub use definition::{Broken, ViewDefinition};
pub use find::Find;
pub use library::{LibraryGroup, first_lines, library_counts, library_order, library_text};
pub use narrative::narrative;
pub use page::{PageAnswers, PageLead};
pub use ticket_queue::{TicketColumns, Urgency};
pub use timeline::{EntryPlace, one_page};
