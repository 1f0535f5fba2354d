//! The reasons of tasks in French.

use super::fr_values::date as day;
use super::fr_words::priority;
use super::{Clock, Lang, plural};
use crate::kernel::task_reason::TaskReason;
use crate::kernel::time::Instant;

pub(super) fn reason(reason: &TaskReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::French);
    use TaskReason as R;
    let at = |time: &Option<String>| time.as_ref().map(|time| format!(" à {}", hour(time))).unwrap_or_default();
    match reason {
        R::Overdue { due, days } => {
            let days = plural(Lang::French, days.unsigned_abs(), "jour", "jours").replace(' ', "\u{a0}");
            format!("en retard de {days} (échéance le {})", day(*due))
        }
        R::Today { time: Some(time), has_passed: true } => {
            format!("échéance dépassée\u{a0}: c’était aujourd’hui à {}", hour(time))
        }
        R::Today { time, .. } => format!("échéance aujourd’hui{}", at(time)),
        R::Tomorrow { due, time } => format!("échéance demain, le {}{}", day(*due), at(time)),
        R::ThisWeek { due, time } => format!("échéance cette semaine, le {}{}", day(*due), at(time)),
        R::Later { due, time } => format!("échéance plus tard, le {}{}", day(*due), at(time)),
        R::Undated => "sans échéance".to_owned(),
        R::Completed { at, by } if by.is_empty() => format!("terminée le {}", moment(*at)),
        R::Completed { at, by } => format!("terminée par {by} le {}", moment(*at)),
        R::Blocked { blocker, title } if title.is_empty() => format!("en attente de la tâche {blocker}"),
        R::Blocked { title, .. } => format!("en attente de la tâche «\u{a0}{title}\u{a0}»"),
        R::Priority { priority: code } => format!("priorité\u{a0}: {}", priority(code)),
        R::Snoozed { until } => format!("masquée jusqu’au {}", moment(*until)),
        R::Recurring { number } => format!("tâche récurrente, numéro {number} de la série"),
    }
}

/// `9 h 05` for `09:05`.
pub(super) fn hour(time: &str) -> String {
    let Some((hours, minutes)) = time.split_once(':') else { return time.to_owned() };
    let hours = if hours.len() > 1 { hours.strip_prefix('0').unwrap_or(hours) } else { hours };
    match minutes {
        "00" => format!("{hours}\u{a0}h"),
        minutes => format!("{hours}\u{a0}h\u{a0}{minutes}"),
    }
}
