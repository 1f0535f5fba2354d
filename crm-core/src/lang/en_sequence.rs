//! The reasons of sequences in English.

use super::{Lang, plural};
use crate::kernel::sequence_reason::{HolidayName, LimitSpan, PauseCause, SequenceEnd, SequenceReason};
use crate::kernel::time::format_instant;

pub(super) fn reason(reason: &SequenceReason) -> String {
    use SequenceReason as R;
    let until = |until: &Option<_>| until.map(|at| format!(" until {}", format_instant(at))).unwrap_or_default();
    match reason {
        R::WaitingWindow { until } => format!("outside of the sending hours; waits until {}", format_instant(*until)),
        R::WaitingBusinessDay { date } => format!("{date} is no business day"),
        R::WaitingHoliday { date, holiday: HolidayName::Given(name) } if name.is_empty() => {
            format!("{date} is a holiday")
        }
        R::WaitingHoliday { date, holiday: HolidayName::Given(name) } => format!("{date} is a holiday ({name})"),
        R::WaitingHoliday { date, holiday: HolidayName::French(holiday) } => {
            format!("{date} is a holiday ({})", super::holiday(*holiday, Lang::English))
        }
        R::NoSlot { days } => {
            format!("no sending time within {}", plural(Lang::English, *days, "day", "days"))
        }
        R::ThrottledContact { most, per, until } => {
            format!("the person has had {} in {}; waits until {until}", messages(*most), span(*per))
        }
        R::ThrottledMailbox { most, per, until } => {
            format!("the mailbox has sent {} in {}; waits until {until}", messages(*most), span(*per))
        }
        R::Spaced { seconds, until } => {
            let seconds = plural(Lang::English, seconds.unsigned_abs(), "second", "seconds");
            format!("{seconds} apart from the mailbox's other messages: at {}", format_instant(*until))
        }
        R::Spread { seconds } => {
            let seconds = plural(Lang::English, seconds.unsigned_abs(), "second", "seconds");
            format!("put off by {seconds}, so that messages do not leave at once")
        }
        R::DayFull { most, until: when } => {
            let steps = plural(Lang::English, *most, "step", "steps");
            format!("at most {steps} a day for one record; waits{}", until(when))
        }
        R::NotDue { step, due } => format!("step {step} is due at {}", format_instant(*due)),
        R::LateBy { step, seconds, days: 0 } => {
            format!("step {step} was late by {}", plural(Lang::English, seconds.unsigned_abs(), "second", "seconds"))
        }
        R::LateBy { step, days, .. } => {
            format!("step {step} was late by {}", plural(Lang::English, days.unsigned_abs(), "day", "days"))
        }
        R::StepRan { step } => format!("step {step} was carried out"),
        R::StepAlreadyRan { step } => format!("step {step} was carried out before"),
        R::StepSkipped { step } => format!("step {step} is passed over: its condition holds"),
        R::MissingChannel { step, channel } => format!("step {step}: the record cannot be reached by {channel}"),
        R::BranchTaken { step, holds, to } => {
            let holds = if *holds { "holds" } else { "does not hold" };
            match to {
                Some(to) => format!("the condition of step {step} {holds}: on to step {to}"),
                None => format!("the condition of step {step} {holds}: the sequence ends"),
            }
        }
        R::WaitingDone { step } => format!("waits until step {step} is done"),
        R::StepDone { step } => format!("step {step} is done"),
        R::OooUntil { until } => format!("the person is away; goes on at {}", format_instant(*until)),
        R::Paused { cause: PauseCause::Person, until: when } => format!("paused by somebody{}", until(when)),
        R::Paused { cause: PauseCause::OutOfOffice, until: when } => format!("the person is away{}", until(when)),
        R::Paused { cause: PauseCause::OwnerChange, until: when } => {
            format!("paused since the record has another owner{}", until(when))
        }
        R::Resumed => "goes on".to_owned(),
        R::Waiting => "waits for its turn".to_owned(),
        R::Ended { how } => format!("ended: {}", end(*how)),
        R::SubjectArchived => "the record is archived".to_owned(),
        R::DraftIncomplete { step, names } if names.is_empty() => {
            format!("the message of step {step} has no template: somebody has to write it")
        }
        R::DraftIncomplete { step, names } => {
            format!("the message of step {step} cannot be written in full, {} missing", names.join(", "))
        }
        R::Migrated { from, to } => format!("goes on in version {to} instead of {from}"),
        R::StepNotMapped { step } => format!("nobody said what step {step} is in the other version"),
        R::AlreadyEnded { how } => format!("had ended before: {}", end(*how)),
        R::NoEffect => "changes nothing".to_owned(),
        R::AlreadySeen { number } => format!("number {number} was seen before"),
        R::MayEnrol => "may be enrolled".to_owned(),
        R::ExclusiveConflict { sequence } => format!("is in the sequence `{sequence}`, and the two exclude each other"),
        R::AlreadyAddedOnce => "was in this sequence before, which is for once".to_owned(),
        R::AlreadyActive => "is in this sequence now".to_owned(),
        R::TooSoon { from } => format!("may come again from {}", format_instant(*from)),
        R::ManuallyRemoved => "somebody took it out of this sequence: only a person puts it back".to_owned(),
        R::SequenceNotActive { status } => format!("the sequence is not active ({status})"),
        R::WrongSubject { subject } => format!("the sequence is not for a {subject}"),
        R::Stopped { how } => end(*how).to_owned(),
        R::MaxActive { active, most } => {
            format!("{active} of at most {most} are active for the owner; waits for its turn")
        }
        R::MaxAdds { added, most } => format!("{added} of at most {most} came in 24 hours; waits for its turn"),
        R::NurtureOtherEvent { rule } => format!("rule `{rule}` is for something else"),
        R::NurtureNoMatch { rule } => format!("the condition of rule `{rule}` does not hold"),
        R::NurtureUnknown { rule } => format!("the condition of rule `{rule}` asks what nobody knows"),
        R::NurtureMatched { rule, sequence } => format!("rule `{rule}` enrols it in the sequence `{sequence}`"),
        R::NurtureDone { rule, sequence } => {
            format!("rule `{rule}` has enrolled it in the sequence `{sequence}` before")
        }
        R::NurtureEventDone { event } => format!("the event `{event}` was answered before"),
    }
}

pub(super) const fn end(how: SequenceEnd) -> &'static str {
    match how {
        SequenceEnd::Completed => "all steps are done",
        SequenceEnd::Replied => "the person replied",
        SequenceEnd::MeetingBooked => "a meeting was booked",
        SequenceEnd::DealCreated => "there is a deal",
        SequenceEnd::Converted => "the lead was converted",
        SequenceEnd::OptedOut => "the person wants no more messages",
        SequenceEnd::BouncedHard => "the address does not exist",
        SequenceEnd::OwnerChanged => "the record has another owner",
        SequenceEnd::ManuallyRemoved => "somebody took it out",
        SequenceEnd::MissingChannel => "the record cannot be reached that way",
        SequenceEnd::StepFailed => "a step could not be done",
        SequenceEnd::NoSlot => "there is no sending time",
    }
}

fn messages(n: u64) -> String {
    plural(Lang::English, n, "message", "messages")
}

pub(super) const fn span(span: LimitSpan) -> &'static str {
    match span {
        LimitSpan::Day => "a day",
        LimitSpan::Week => "seven days",
        LimitSpan::Month => "thirty days",
    }
}
