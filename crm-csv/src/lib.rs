//! Any CRM's lead export in, clean field values out: bytes in, rows and a report out, no files, no clock.
//!
//! Read it in this order: [`encoding`] (bytes to text), [`reader`] (text to records), [`table`] (the header), [`repair`]
//! (records of the wrong width), [`aliases`] and [`mapping`] (columns to fields), [`amount`] and [`cell`] (cells to
//! values), `row`, `identity` and `seen` (a record's values, its id, whether it was there before), [`leads`] (all of it,
//! piece by piece, for files of any size), [`import`] (a whole file at once). Three rules hold throughout: nothing is guessed -
//! what a file does not say is asked for; nothing is half imported - a record with one bad cell is a reject with line,
//! column and reason; nothing is lost - every record is a row, a reject or a duplicate, and what is read as empty
//! although something stands there is counted.
//!
//! ```
//! use crm_csv::{Options, read_leads};
//!
//! let file = "Company,Email,Amount\nAcme,jo@acme.example,\"$22,700.00\"\nAcme,jo@acme.example,\"$22,700.00\"\n";
//! let options = Options { currency: "USD".parse().ok(), ..Options::default() };
//! let import = read_leads(file.as_bytes(), &options)?;
//! assert_eq!(import.rows[0].fields["value"]["amount"], "22700.00");
//! assert_eq!((import.duplicates[0].line, import.duplicates[0].first), (3, 2));
//! # Ok::<(), crm_core::Error>(())
//! ```

#![forbid(unsafe_code)]

mod advice;
pub mod aliases;
pub mod amount;
pub mod cell;
pub mod encoding;
mod evidence;
mod identity;
pub mod import;
pub mod leads;
pub mod mapping;
pub mod reader;
pub mod repair;
mod row;
mod seen;
mod source;
pub mod table;
pub mod writer;

pub use crm_core::command::ImportRow;

pub use advice::{Refusals, hint};
pub use amount::DecimalMark;
pub use cell::{CellOptions, DateOrder};
pub use encoding::Encoding;
pub use import::{Duplicate, Import, Options, Placeholders, Reject, read_leads};
pub use leads::{Entry, Layout, LeadField, LeadRow, Leads, Outcome, Survey};
pub use mapping::{Mapped, Mapping, Override};
pub use repair::{Repair, RepairKind};
