//! Stored reasons of sequences: those of a step that ran, and those that hold a message of one back.

use super::Stored;
use crate::kernel::calendar::holidays::FrenchHoliday;
use crate::kernel::sequence_reason::{HolidayName, LimitSpan, PauseCause, SequenceReason as S};

/// Kinds of steps that need something of a record.
const KINDS: &[&str] = &["email", "sms", "call", "linkedin", "letter", "task", "wait", "branch"];

pub(super) fn read(code: &str, o: &Stored<'_>) -> Option<S> {
    let step = || o.text("step");
    Some(match code {
        "waiting_window" => S::WaitingWindow { until: o.at("until")? },
        "waiting_business_day" => S::WaitingBusinessDay { date: o.day("date")? },
        "waiting_holiday" => {
            let french = || o.coded("holiday", |code| code.parse::<FrenchHoliday>().ok()).map(HolidayName::French);
            S::WaitingHoliday { date: o.day("date")?, holiday: o.text("name").map(HolidayName::Given).or_else(french)? }
        }
        "no_slot" => S::NoSlot { days: o.count("days")? },
        "throttled_contact" => S::ThrottledContact {
            most: o.count("most")?,
            per: o.coded("per", LimitSpan::from_code)?,
            until: o.day("until")?,
        },
        "throttled_mailbox" => S::ThrottledMailbox {
            most: o.count("most")?,
            per: o.coded("per", LimitSpan::from_code)?,
            until: o.day("until")?,
        },
        "spaced" => S::Spaced { seconds: o.number("seconds")?, until: o.at("until")? },
        "spread" => S::Spread { seconds: o.number("seconds")? },
        "day_full" => S::DayFull { most: o.count("most")?, until: o.at("until") },
        "not_due" => S::NotDue { step: step()?, due: o.at("due")? },
        "late_by" => S::LateBy { step: step()?, seconds: o.number("seconds")?, days: o.number("days")? },
        "step_ran" => S::StepRan { step: step()? },
        "step_already_ran" => S::StepAlreadyRan { step: step()? },
        "step_skipped" => S::StepSkipped { step: step()? },
        "missing_channel" => S::MissingChannel { step: step()?, channel: o.one_of("channel", KINDS)? },
        "branch_taken" => S::BranchTaken { step: step()?, holds: o.yes("holds")?, to: o.text("to") },
        "waiting_done" => S::WaitingDone { step: step()? },
        "step_done" => S::StepDone { step: step()? },
        "ooo_until" => S::OooUntil { until: o.at("until")? },
        "paused" => S::Paused { cause: o.coded("cause", PauseCause::from_code)?, until: o.at("until") },
        "resumed" => S::Resumed,
        "draft_incomplete" => {
            S::DraftIncomplete { step: step()?, names: o.texts("names")?.map(str::to_owned).collect() }
        }
        _ => return None,
    })
}
