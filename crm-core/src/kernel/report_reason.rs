//! What reports and views say in words.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::coded::coded;
use super::forecast_reason::Total;

coded! {
    /// The part of a report that figures stand in.
    Section {
        /// Open deals with a close date.
        Open = "open",
        /// Open deals without one.
        Undated = "undated",
        /// Won in the window.
        Won = "won",
        /// Lost in the window.
        Lost = "lost",
        /// One group, or one period of it.
        Row = "row",
        /// All of them.
        Total = "total",
    }
}

/// What a report or a view has to say beside its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_report.rs")]
pub enum ReportReason {
    /// The days that a window means, the last one included.
    Window { from: NaiveDate, last: NaiveDate, zone: String },
    /// What an edit of pipelines does to the open deals that have an amount in one currency.
    Reweighed { deals: u64, open: Total, before: Total, after: Total },
    /// A saved view names a field that there is no more; it shows nothing until somebody mends it.
    BrokenView { fields: u64 },
}

impl ReportReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            ReportReason::Window { .. } => "window",
            ReportReason::Reweighed { .. } => "reweighed",
            ReportReason::BrokenView { .. } => "broken_view",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        match self {
            ReportReason::Window { from, last, zone } => {
                map.insert("from".into(), from.to_string().into());
                map.insert("last".into(), last.to_string().into());
                map.insert("zone".into(), zone.as_str().into());
            }
            ReportReason::Reweighed { deals, open, before, after } => {
                map.insert("deals".into(), (*deals).into());
                for (key, total) in [("open", open), ("weighted_before", before), ("weighted_after", after)] {
                    map.insert(key.into(), total.amount_text().into());
                }
            }
            ReportReason::BrokenView { fields } => {
                map.insert("fields".into(), (*fields).into());
            }
        }
    }
}
