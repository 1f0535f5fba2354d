//! Reports that count: what happened in a window, by groups and by periods.
//!
//! # Meaning
//! A report is a sum over [`Item`]s: one record's part, with when it counts and what it is grouped under. Rows are made of
//! whole items, so rows add up to the total and neither order nor grouping changes a number. Each kind has its meaning:
//!
//! - `lead_volume`: the leads that came in within the window, by what became of them up to the report's instant. A lead that
//!   was merged is not counted again but told with the one in which it lives on, in the row and period of that one.
//! - `support_volume`: in each period `backlog_start + opened + reopened + restored - resolved - removed = backlog_end`, with
//!   the backlog of a period's end that of the next one's start (see [`support_volume`](crate::rules::support_volume)).
//! - `stage_conversion`: each stay in an open stage that began within the window, by how it ended:
//!   `entered = advanced + returned + moved + lost + archived + still_there`.
//! - `sla_attainment`: the promises to the tickets that came in within the window.
//! - `outreach`: the messages that left within the window, by what came of them. An answer belongs to the last message
//!   before it, so nothing counts twice and no rate is over one. What waits for an OK is told as of the report's instant.
//! - `win_rate`: the deals that were won or lost within the window, in number and value, with the days that they took.
//!
//! Rates are exact fractions, and medians and means are, too.

mod cell;
mod door;
mod item;
mod measure;
mod run;
mod spec;
mod stay;

pub use cell::Cell;
pub(crate) use door::{days_between, eval, metric_keys, stay_keys};
pub use item::{Item, What};
pub use measure::{Form, TallyDimension, TallyMeasure};
pub use run::{TallyRow, TallyRun};
pub use spec::TallySpec;
pub use stay::{Outcome, Stay, outcomes};
