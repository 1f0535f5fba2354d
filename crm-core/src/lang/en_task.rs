//! The reasons of tasks in English.

use super::{Clock, Lang, plural};
use crate::kernel::task_reason::TaskReason;
use crate::kernel::time::Instant;

pub(super) fn reason(reason: &TaskReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::English);
    use TaskReason as R;
    let at = |time: &Option<String>| time.as_ref().map(|time| format!(" at {time}")).unwrap_or_default();
    match reason {
        R::Overdue { due, days } => {
            let days = plural(Lang::English, days.unsigned_abs(), "day", "days");
            format!("overdue by {days} (due on {due})")
        }
        R::Today { time: Some(time), has_passed: true } => format!("was due today at {time}"),
        R::Today { time, .. } => format!("due today{}", at(time)),
        R::Tomorrow { due, time } => format!("due tomorrow, {due}{}", at(time)),
        R::ThisWeek { due, time } => format!("due this week, on {due}{}", at(time)),
        R::Later { due, time } => format!("due later, on {due}{}", at(time)),
        R::Undated => "no due date".to_owned(),
        R::Completed { at, by } if by.is_empty() => format!("completed at {}", moment(*at)),
        R::Completed { at, by } => format!("completed by {by} at {}", moment(*at)),
        R::Blocked { blocker, title } if title.is_empty() => format!("waits for the task {blocker}"),
        R::Blocked { title, .. } => format!("waits for the task \"{title}\""),
        R::Priority { priority } => format!("priority: {priority}"),
        R::Snoozed { until } => format!("hidden until {}", moment(*until)),
        R::Recurring { number } => format!("comes again; this is number {number}"),
    }
}
