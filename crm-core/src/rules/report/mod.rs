//! Reports: figures over a window of time that add up, with everything that they were made from.
//!
//! A [`ReportSpec`] says what is asked for: a kind, a filter, a [`WindowSpec`], what rows are grouped by, which figures.
//! A [`ReportRun`] is the answer, which prints the window as it was resolved, the instant, the place in the trail and the
//! digest of the exchange rates, so that it can be had again. Of a pipeline snapshot
//!
//! `rows + undated = open` and `open + won + lost = total`
//!
//! in number, value and weighted value, to the minor unit: each deal is converted and rounded once, weighted values stay
//! exact up to their total, and what is shown of them is divided by largest remainder. What cannot count (no amount, no
//! rate, no such stage) is excluded with its reason, never guessed and never silently left out.

mod ask;
mod deal;
mod door;
mod figures;
mod run;
mod snapshot;
mod spec;
pub mod tally;
mod window;

pub use ask::Report;
pub(crate) use ask::hash as spec_hash;
pub use deal::{Around, Badge, Place, ReportDeal, stage_of};
pub use door::{eval_json, run};
pub use figures::{Figures, shown_weighted};
pub use run::{ReportRun, column, excluded_json};
pub use snapshot::{PipelineSnapshot, Shown, SnapshotRow};
pub(crate) use spec::rate_basis;
pub use spec::{AT_RISK_FROM, Dimension, Measure, ReportKind, ReportSpec};
pub use window::{ResolvedWindow, Span, Window, WindowSpec, window_json};
pub(crate) use window::{span, weekday, weekday_name};
