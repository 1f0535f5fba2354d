//! The reasons of messages that came in, in English.

use super::{Lang, plural};
use crate::kernel::reply_reason::{AsideKind, BounceType, ReplyClass, ReplyReason, TalkTask};

pub(super) fn reason(reason: &ReplyReason) -> String {
    use ReplyReason as R;
    match reason {
        R::Header { name, value } if value.is_empty() => format!("sent by a machine: the header {name}"),
        R::Header { name, value } => format!("sent by a machine: the header {name} says \"{value}\""),
        R::NoProof { name } => format!("the header {name} alone does not prove a machine"),
        R::Subject { phrase } => format!("the subject says \"{phrase}\""),
        R::Acknowledged { phrase } => format!("a machine confirms receipt: \"{phrase}\""),
        R::Said { class, phrase } => format!("{}: \"{phrase}\"", said(*class)),
        R::AlsoSaid { class, phrase } => format!("also, without deciding: {}: \"{phrase}\"", said(*class)),
        R::Denied { class, phrase } => format!("denied, so it does not count as \"{}\": \"{phrase}\"", said(*class)),
        R::MachineOptOut { phrase } => format!("a machine's message speaks of removal; a person decides: \"{phrase}\""),
        R::DataRights { phrase } => format!("a right over personal data is used: \"{phrase}\""),
        R::NothingKnown => "a person answered; no known wording was found".to_owned(),
        R::NothingOwn => "the message has no text of its own".to_owned(),
        R::SetAside { kind, characters } => {
            format!("not read: {} ({})", aside(*kind), plural(Lang::English, *characters, "character", "characters"))
        }
        R::Cut { bytes, most } => format!("only the first {most} of {bytes} bytes were read"),
        R::Returns { date, phrase } => format!("away until {date}: \"{phrase}\""),
        R::AmbiguousDate { phrase } => format!("\"{phrase}\" may be two different days"),
        R::PastDate { date } => format!("the date {date} has passed"),
        R::NoYear { phrase } => format!("\"{phrase}\" has no year, and the message no date"),
        R::NoReturnDate { business_days } => {
            let days = plural(Lang::English, business_days.unsigned_abs(), "business day", "business days");
            format!("no date of return: waits {days}")
        }
        R::Extended { until } => format!("another absence was known until {until}"),
        R::Capped { days } => format!("not later than {days} days after the first message of absence"),
        R::ResumesOn { date } => format!("goes on on {date}"),
        R::Bounced { category, kind } => {
            let kind = match kind {
                BounceType::Hard => "for good",
                BounceType::Soft => "for now",
                BounceType::Blocked => "blocked",
            };
            format!("not delivered, {kind} ({category})")
        }
        R::Status { status } => format!("status {status}"),
        R::Diagnosis { phrase } => format!("the report says \"{phrase}\""),
        R::NoDiagnosis => "the report has no known cause".to_owned(),
        R::SoftBounces { count, most, days } => {
            let count = plural(Lang::English, count.unsigned_abs(), "message", "messages");
            format!("{count} in a row came back for now within {days} days; {most} give up an address")
        }
        R::SameId { id } => format!("another message has the same id, \"{id}\""),
        R::SeveralRecords { count } => format!("{count} records have this address: which one it belongs to is open"),
        R::UnknownReference { id } => format!("it answers \"{id}\", which is not known here"),
        R::NotOurs => "it reports on a message that was not sent from here; nothing follows from it".to_owned(),
        R::Kept { bytes, most } => format!("only the first {most} of {bytes} bytes are kept"),
    }
}

/// What somebody has to do about a conversation with somebody.
pub(super) fn task(what: TalkTask, who: &str) -> String {
    match what {
        TalkTask::Positive => format!("Answer {who}: they want to go on"),
        TalkTask::WrongPerson => format!("Find the right person: {who} is not in charge"),
        TalkTask::Unclear => format!("Read and answer the message of {who}"),
        TalkTask::MachineOptOut => format!("Check the automatic message of {who}: it speaks of removal"),
        TalkTask::Blocked => format!("Messages to {who} are blocked: find out why"),
        TalkTask::DataRights => format!("Answer the request about personal data of {who} (GDPR: one month)"),
    }
}

pub(super) const fn said(class: ReplyClass) -> &'static str {
    match class {
        ReplyClass::Bounce => "not delivered",
        ReplyClass::OutOfOffice => "is away",
        ReplyClass::AutoReply => "automatic answer",
        ReplyClass::Unsubscribe => "wants no more messages",
        ReplyClass::Negative => "declines",
        ReplyClass::WrongPerson => "is not in charge",
        ReplyClass::Positive => "wants to go on",
        ReplyClass::Unknown => "unknown",
    }
}

const fn aside(kind: AsideKind) -> &'static str {
    match kind {
        AsideKind::Quote => "quoted messages",
        AsideKind::Signature => "a signature",
        AsideKind::Footer => "a mailing's footer",
        AsideKind::OwnFooter => "our own footer",
    }
}
