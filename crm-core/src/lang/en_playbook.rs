//! What playbooks say in English.

use super::en_words::{list, visible};
use super::{Lang, plural};
use crate::kernel::customer::{RunState, StepState};
use crate::kernel::playbook_problem::PlaybookProblem;
use crate::kernel::playbook_reason::{AnchorName, Direction, OffsetUnit, PlaybookReason};
use crate::kernel::reason::Name;

const LANG: Lang = Lang::English;

fn name(name: &Name) -> String {
    format!("“{}”", visible(name.text(LANG)))
}

fn anchor(anchor: &AnchorName) -> String {
    match anchor {
        AnchorName::Start => "the start".to_owned(),
        AnchorName::GoLive => "the go-live".to_owned(),
        AnchorName::Renewal => "the renewal".to_owned(),
        AnchorName::Named(day) => format!("“{}”", visible(day)),
        AnchorName::Step(step) => format!("the end of {}", name(step)),
    }
}

fn counted(count: u32, unit: OffsetUnit) -> String {
    let (one, many) = match unit {
        OffsetUnit::Days => ("day", "days"),
        OffsetUnit::Weeks => ("week", "weeks"),
        OffsetUnit::Months => ("month", "months"),
        OffsetUnit::BusinessDays => ("business day", "business days"),
    };
    plural(LANG, count.into(), one, many)
}

fn days(days: i64) -> String {
    plural(LANG, days.unsigned_abs(), "day", "days")
}

pub(super) fn reason(reason: &PlaybookReason) -> String {
    use PlaybookReason as R;
    match reason {
        R::Counted { count, unit, direction, anchor: from, date } => {
            let side = if *direction == Direction::After { "after" } else { "before" };
            format!("{} {side} {} ({date})", counted(*count, *unit), anchor(from))
        }
        R::OnDay { anchor: from, date } => format!("on the day of {} ({date})", anchor(from)),
        R::Provisional { step, date } => format!("{} is not done: counted from its planned end, {date}", name(step)),
        R::MonthEnd { day, date } => format!("the month has no day {day}: its last one, {date}"),
        R::Rolled { from, to } => format!("nobody works on {from}: {to} instead"),
        R::Waits { step, date } => format!("not before {} ends, on {date}", name(step)),
        R::TooTight { step, date } => format!("{} has to come before, but ends only on {date}", name(step)),
        R::Lasts { days, is_business } => {
            let unit = if *is_business { OffsetUnit::BusinessDays } else { OffsetUnit::Days };
            format!("goes on for {} more", counted(*days, unit))
        }
        R::NoAnchor { anchor: from } => format!("no days yet: the day of {} is not known", anchor(from)),
        R::NotNeeded => "not needed: its condition does not hold for the customer".to_owned(),
        R::Overdue { step, days: late, due } => format!("{} is {} late (due {due})", name(step), days(*late)),
        R::Progress { done, required } => {
            format!("{done} of {} done", plural(LANG, *required, "required step", "required steps"))
        }
        R::TaskPutAway => "its task was put away".to_owned(),
        R::DroppedIn { version } => format!("version {version} of the playbook has it no more"),
        R::Rewritten { version } => {
            format!("version {version} of the playbook says something else by now than when the run took it")
        }
        R::Fits { playbook } => format!("{} is made for such customers", name(playbook)),
        R::FirstActive { playbook } => format!("{} suits every customer", name(playbook)),
        R::NoRun => "the customer has had no such run".to_owned(),
        R::DealWon { deal, date } => format!("the deal “{}” was won on {date}", visible(deal)),
        R::Subscribed { subscription, date } => {
            format!("the subscription “{}” runs from {date}", visible(subscription))
        }
        R::Steps { steps, required } => {
            format!("{}, {required} of them required", plural(LANG, *steps, "step", "steps"))
        }
        R::FirstStep { step, date } => format!("begins with {} on {date}", name(step)),
        R::Contact { name } => format!("the contact is {}", visible(name)),
    }
}

/// How a run stands, after "it is".
const fn run(state: RunState) -> &'static str {
    match state {
        RunState::Active => "running",
        RunState::Done => "done",
        RunState::Cancelled => "broken off",
    }
}

/// How a step stands, after "it is".
const fn step(state: StepState) -> &'static str {
    match state {
        StepState::Open => "open",
        StepState::Done => "done",
        StepState::Skipped => "left out",
        StepState::NotNeeded => "not needed",
    }
}

pub(super) fn problem(problem: &PlaybookProblem) -> String {
    use PlaybookProblem as P;
    match problem {
        P::Cycle { path } => {
            let path: Vec<String> = path.iter().map(|code| format!("`{}`", visible(code))).collect();
            format!("steps wait for each other: {}", path.join(" → "))
        }
        P::UnknownAnchor { found, expected } => {
            format!("unknown day `{}` to count from: expected {}", visible(found), list(expected, "or"))
        }
        P::UnknownPlaybook { found, expected } if expected.is_empty() => {
            format!("unknown playbook `{}`: there is none", visible(found))
        }
        P::UnknownPlaybook { found, expected } => {
            format!("unknown playbook `{}`: expected {}", visible(found), list(expected, "or"))
        }
        P::UnknownStep { found, expected } => {
            format!("unknown step `{}`: expected {}", visible(found), list(expected, "or"))
        }
        P::NotActive { code } => format!("no run starts with the playbook `{}`: it is not active", visible(code)),
        P::NoAssignee { step } => format!("nobody is named for the step `{}`", visible(step)),
        P::DateOutOfRange { from } => {
            format!("the date counted from {from} lies outside of the years 1900 to 9999")
        }
        P::OpenPrerequisites { step, open } => format!(
            "before the step `{}`, {} must be done: do so, or force the step with a reason",
            visible(step),
            list(open, "and")
        ),
        P::RunState { state } => format!("the run does not allow it: it is {}", run(*state)),
        P::StepState { state } => format!("the step does not allow it: it is {}", step(*state)),
        P::StalePlan => "what would change is not what was shown: look again".to_owned(),
        P::AlreadyStarted { playbook } => format!("the customer has a run of `{}` already", visible(playbook)),
    }
}
