//! When a task is due, in words, and the reasons why it stands where it does.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::coded::coded;
use super::time::{Instant, format_instant};

coded! {
    /// When a task is due, seen from one day; in the order of lists.
    Band {
        /// Before today.
        Overdue = "overdue",
        /// Today.
        Today = "today",
        /// On the next day.
        Tomorrow = "tomorrow",
        /// After tomorrow, in the week of today.
        ThisWeek = "this_week",
        /// After that week.
        Later = "later",
        /// Nobody said when.
        Undated = "undated",
        /// It was done.
        Completed = "completed",
    }
}

/// Why a task stands where it does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_task.rs")]
pub enum TaskReason {
    /// It was due so many local days ago.
    Overdue { due: NaiveDate, days: i64 },
    /// It is due today, at a time of the clock if there is one, which may have passed.
    Today { time: Option<String>, has_passed: bool },
    /// It is due tomorrow.
    Tomorrow { due: NaiveDate, time: Option<String> },
    /// It is due later in this week.
    ThisWeek { due: NaiveDate, time: Option<String> },
    /// It is due after this week.
    Later { due: NaiveDate, time: Option<String> },
    /// Nobody said by when.
    Undated,
    /// It was done.
    Completed { at: Instant, by: String },
    /// Another task must be done first.
    Blocked { blocker: String, title: String },
    /// How urgent it is, where that is not the usual.
    Priority { priority: String },
    /// Nobody wants to see it until then.
    Snoozed { until: Instant },
    /// It is one of those that come again; the first has the number 1.
    Recurring { number: u64 },
}

impl TaskReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use TaskReason as R;
        match self {
            R::Overdue { .. } => "task_overdue",
            R::Today { .. } => "task_today",
            R::Tomorrow { .. } => "task_tomorrow",
            R::ThisWeek { .. } => "task_this_week",
            R::Later { .. } => "task_later",
            R::Undated => "task_undated",
            R::Completed { .. } => "task_completed",
            R::Blocked { .. } => "task_blocked",
            R::Priority { .. } => "task_priority",
            R::Snoozed { .. } => "task_snoozed",
            R::Recurring { .. } => "task_recurring",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use TaskReason as R;
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            R::Overdue { due, days } => {
                put("due", due.to_string().into());
                put("days", (*days).into());
            }
            R::Today { time, has_passed } => {
                put("time", time.as_deref().into());
                put("has_passed", (*has_passed).into());
            }
            R::Tomorrow { due, time } | R::ThisWeek { due, time } | R::Later { due, time } => {
                put("due", due.to_string().into());
                put("time", time.as_deref().into());
            }
            R::Undated => {}
            R::Completed { at, by } => {
                put("at", format_instant(*at).into());
                put("by", by.as_str().into());
            }
            R::Blocked { blocker, title } => {
                put("blocker", blocker.as_str().into());
                put("title", title.as_str().into());
            }
            R::Priority { priority } => {
                put("priority", priority.as_str().into());
            }
            R::Snoozed { until } => {
                put("until", format_instant(*until).into());
            }
            R::Recurring { number } => {
                put("number", (*number).into());
            }
        }
    }
}
