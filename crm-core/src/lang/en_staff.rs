//! The reasons about the team in English.

use super::en_values::percent;
use super::{Clock, Lang, plural};
use crate::kernel::service::DayHalf;
use crate::kernel::staff::Presence;
use crate::kernel::staff_reason::{LeaveDays, Moment, StaffReason};
use crate::kernel::time::Instant;

pub(super) fn reason(reason: &StaffReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::English);
    use StaffReason as R;
    let list = |texts: &[String]| texts.join(", ");
    let found = |found: &str| if found.is_empty() { "unknown".to_owned() } else { found.to_owned() };
    match reason {
        R::WorkingTime { calendar, seconds } => format!("{} by the calendar \"{calendar}\"", time(*seconds)),
        R::LeaveTime { days: d, seconds } => format!("on leave {}: {} less", days(*d), time(*seconds)),
        R::BeforeFirstDay { day, seconds } => format!("begins on {day}: {} less", time(*seconds)),
        R::AfterLastDay { day: Some(day), seconds } => format!("last day on {day}: {} less", time(*seconds)),
        R::AfterLastDay { day: None, seconds } => format!("does not work here any more: {} less", time(*seconds)),
        R::NoCalendar { calendar } if calendar.is_empty() => {
            "no calendar is set: Monday to Friday around the clock is assumed".to_owned()
        }
        R::NoCalendar { calendar } => {
            format!("the calendar \"{calendar}\" is not configured: the usual one is taken instead")
        }
        R::LeaveTwice { days: d } => format!("two leaves share the time {}: it counts once", days(*d)),
        R::Standing { presence, back } => standing(*presence, *back),
        R::NotThere { presence } => standing(*presence, None),
        R::OtherJob { wanted, found: f } => format!("another job ({}): expected {}", found(f), list(wanted)),
        R::OtherTeam { wanted, found: f } => format!("another team ({}): expected {}", found(f), list(wanted)),
        R::LacksSkills { missing } => format!("lacks: {}", list(missing)),
        R::LacksLanguage { wanted } => format!("speaks none of: {}", list(wanted)),
        R::AwayTooLong { away_bp, most_bp } => {
            format!("away for {} of the time, more than {}", percent(*away_bp), percent(*most_bp))
        }
        R::NoTimeInWindow => "does not work in that time".to_owned(),
        R::Full { load, capacity } => format!("has enough: {load} of {}", points(*capacity)),
        R::NoCapacity => "takes no work: the capacity is 0".to_owned(),
        R::DayFull { room, assigned } => format!("got enough in the last 24 hours: {assigned} of {room}"),
        R::LeftOut => "left out by who asked".to_owned(),
        R::Load { load, capacity } => format!("carries {load} of {}", points(*capacity)),
        R::LastAssigned { at } => format!("got something last at {}", moment(*at)),
        R::NeverAssigned => "never got anything".to_owned(),
        R::ByName => "all else is equal: the name decides".to_owned(),
        R::PartlyAway { away_bp } => format!("away for {} of the time", percent(*away_bp)),
        R::DayRoom { room, assigned } => format!("{assigned} of {room} in the last 24 hours"),
        R::TaskDue { due } => format!("the task is due in that time: {due}"),
        R::StepDue { day } => format!("the step is due in that time: {day}"),
        R::TicketDue { due } => format!("a promise to the customer is due in that time: {}", moment(*due)),
        R::TicketOpen => "the ticket is open".to_owned(),
        R::DealCloses { day } => format!("the deal is expected to close on {day}"),
        R::ActivityPlanned { at } => format!("planned in that time: {}", moment(*at)),
        R::Delegate { of } => format!("covers for {of}"),
        R::DelegateCannot { user, why } => format!("{user} would cover but cannot: {}", self::reason(why, clock)),
        R::FirstOfRanking { of } => format!("first of {}", plural(Lang::English, *of, "candidate", "candidates")),
        R::NobodyCovers => "nobody can take it".to_owned(),
    }
}

/// Counts of records by kind.
pub(super) fn work(counts: &[(&'static str, u64)]) -> String {
    let one = |(record, n): &(&'static str, u64)| {
        let text = match *record {
            "deal" => plural(Lang::English, *n, "deal", "deals"),
            "expansion_idea" => plural(Lang::English, *n, "idea to sell more", "ideas to sell more"),
            "lead" => plural(Lang::English, *n, "lead", "leads"),
            "playbook_run" => plural(Lang::English, *n, "running playbook", "running playbooks"),
            "playbook_step" => plural(Lang::English, *n, "playbook step", "playbook steps"),
            "quote" => plural(Lang::English, *n, "quote", "quotes"),
            "renewal" => plural(Lang::English, *n, "renewal", "renewals"),
            "segment" => plural(Lang::English, *n, "segment", "segments"),
            "subscription" => plural(Lang::English, *n, "subscription", "subscriptions"),
            "task" => plural(Lang::English, *n, "task", "tasks"),
            "ticket" => plural(Lang::English, *n, "ticket", "tickets"),
            other => format!("{n} {other}"),
        };
        Some(text).filter(|_| *n > 0)
    };
    counts.iter().filter_map(one).collect::<Vec<_>>().join(", ")
}

fn standing(presence: Presence, back: Option<Moment>) -> String {
    let text = match presence {
        Presence::Working => "at work",
        Presence::OffHours => "not at work",
        Presence::OnLeave => "on leave",
        Presence::Away => "away",
        Presence::NotStarted => "has not started yet",
        Presence::Left => "does not work here any more",
        Presence::Archived => "archived",
    };
    match back.filter(|_| presence != Presence::Working) {
        Some(back) => format!("{text}, back on {}", back.local.format("%Y-%m-%d at %H:%M")),
        None => text.to_owned(),
    }
}

fn points(n: i64) -> String {
    plural(Lang::English, n.unsigned_abs(), "point", "points")
}

/// `7 h 30 min`, to the second.
pub(super) fn time(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    if parts.is_empty() { "0 h".to_owned() } else { parts.join(" ") }
}

fn days(days: LeaveDays) -> String {
    let half = |half: DayHalf| match half {
        DayHalf::Morning => "morning",
        DayHalf::Afternoon => "afternoon",
    };
    let LeaveDays { from, from_half, to, to_half } = days;
    match (from == to, from_half, to_half) {
        (true, DayHalf::Morning, DayHalf::Afternoon) => format!("on {from}"),
        (true, one, _) => format!("on {from} ({})", half(one)),
        (false, first, last) => {
            let first =
                if first == DayHalf::Afternoon { format!("{from} ({})", half(first)) } else { from.to_string() };
            let last = if last == DayHalf::Morning { format!("{to} ({})", half(last)) } else { to.to_string() };
            format!("from {first} to {last}")
        }
    }
}
