//! What came back from outreach, in words, and the reasons why it was read so.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::coded::coded;

coded! {
    /// What a message that came in is. In the order in which they decide.
    ReplyClass {
        /// A report that a message was not delivered.
        Bounce = "bounce",
        /// A machine says that the person is away.
        OutOfOffice = "out_of_office",
        /// A machine answered.
        AutoReply = "auto_reply",
        /// The person wants no more messages.
        Unsubscribe = "unsubscribe",
        /// The person declines.
        Negative = "negative",
        /// Somebody else is in charge.
        WrongPerson = "wrong_person",
        /// The person wants to go on.
        Positive = "positive",
        /// A person wrote something else.
        Unknown = "unknown",
    }
}

coded! {
    /// What a message has for consequence.
    Consequence {
        /// Sequences to the person end.
        Stop = "stop",
        /// Sequences to the person wait.
        Pause = "pause",
        /// The person is not contacted any more.
        Remove = "remove",
        /// The address is not written to any more.
        BadAddress = "bad_address",
        /// Somebody has to read it.
        Review = "review",
        /// A right over personal data has to be answered.
        DataRights = "data_rights",
        /// Somebody has to go on with it.
        FollowUp = "follow_up",
    }
}

coded! {
    /// A part of a message that is not the person's own.
    AsideKind {
        /// What others wrote before.
        Quote = "quote",
        /// A signature.
        Signature = "signature",
        /// A footer of a mailing.
        Footer = "footer",
        /// A footer of ours.
        OwnFooter = "own_footer",
    }
}

coded! {
    /// How final it is that a message was not delivered.
    BounceType {
        /// For good.
        Hard = "hard",
        /// For now.
        Soft = "soft",
        /// It was refused for what it is or where it comes from.
        Blocked = "blocked",
    }
}

coded! {
    /// What somebody has to do about a conversation.
    TalkTask {
        /// The person wants to go on.
        Positive = "positive",
        /// Somebody else is in charge.
        WrongPerson = "wrong_person",
        /// Nobody knows what the person wants.
        Unclear = "unclear",
        /// A machine's message speaks of removal.
        MachineOptOut = "machine_opt_out",
        /// Messages are refused for what they are or where they come from.
        Blocked = "blocked",
        /// A right over personal data is used.
        DataRights = "data_rights",
    }
}

/// Why a message was read as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_reply.rs")]
pub enum ReplyReason {
    /// A header tells a machine.
    Header { name: &'static str, value: String },
    /// A header that proves nothing alone.
    NoProof { name: &'static str },
    /// The subject tells an absence.
    Subject { phrase: String },
    /// A machine says that it received something.
    Acknowledged { phrase: String },
    /// What the person said decides.
    Said { class: ReplyClass, phrase: String },
    /// It was said, but something else decides.
    AlsoSaid { class: ReplyClass, phrase: String },
    /// What was said is denied, and counts for nothing.
    Denied { class: ReplyClass, phrase: String },
    /// A machine's message asks for removal.
    MachineOptOut { phrase: String },
    /// A right over personal data is used.
    DataRights { phrase: String },
    /// A person wrote, and nothing known was said.
    NothingKnown,
    /// The person wrote nothing.
    NothingOwn,
    /// So many characters were not read.
    SetAside { kind: AsideKind, characters: u64 },
    /// The text was cut.
    Cut { bytes: u64, most: u64 },
    /// When the person is back.
    Returns { date: NaiveDate, phrase: String },
    /// A date that may be two days.
    AmbiguousDate { phrase: String },
    /// A date that has passed.
    PastDate { date: NaiveDate },
    /// A date without a year, in a message without a date.
    NoYear { phrase: String },
    /// Nobody said until when.
    NoReturnDate { business_days: i64 },
    /// An absence that was known goes on.
    Extended { until: NaiveDate },
    /// An absence is not believed for longer.
    Capped { days: i64 },
    /// When the sequence goes on.
    ResumesOn { date: NaiveDate },
    /// What the report of a message that was not delivered says.
    Bounced { category: &'static str, kind: BounceType },
    /// By which status.
    Status { status: String },
    /// By which words.
    Diagnosis { phrase: String },
    /// A report that names nothing known.
    NoDiagnosis,
    /// So many messages in a row came back for now.
    SoftBounces { count: i64, most: i64, days: i64 },
    /// Another message has the same id.
    SameId { id: String },
    /// Several records have the sender's address.
    SeveralRecords { count: u64 },
    /// What it answers is not known here.
    UnknownReference { id: String },
    /// It reports on a message that was not sent from here.
    NotOurs,
    /// Only the beginning is kept.
    Kept { bytes: u64, most: u64 },
}

impl ReplyReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use ReplyReason as R;
        match self {
            R::Header { .. } => "reply_header",
            R::NoProof { .. } => "reply_no_proof",
            R::Subject { .. } => "reply_subject",
            R::Acknowledged { .. } => "reply_acknowledged",
            R::Said { .. } => "reply_said",
            R::AlsoSaid { .. } => "reply_also_said",
            R::Denied { .. } => "reply_denied",
            R::MachineOptOut { .. } => "reply_machine_opt_out",
            R::DataRights { .. } => "reply_data_rights",
            R::NothingKnown => "reply_nothing_known",
            R::NothingOwn => "reply_nothing_own",
            R::SetAside { .. } => "reply_set_aside",
            R::Cut { .. } => "reply_cut",
            R::Returns { .. } => "reply_returns",
            R::AmbiguousDate { .. } => "reply_ambiguous_date",
            R::PastDate { .. } => "reply_past_date",
            R::NoYear { .. } => "reply_no_year",
            R::NoReturnDate { .. } => "reply_no_return_date",
            R::Extended { .. } => "reply_extended",
            R::Capped { .. } => "reply_capped",
            R::ResumesOn { .. } => "reply_resumes_on",
            R::Bounced { .. } => "reply_bounced",
            R::Status { .. } => "reply_status",
            R::Diagnosis { .. } => "reply_diagnosis",
            R::NoDiagnosis => "reply_no_diagnosis",
            R::SoftBounces { .. } => "reply_soft_bounces",
            R::SameId { .. } => "reply_same_id",
            R::SeveralRecords { .. } => "reply_several_records",
            R::UnknownReference { .. } => "reply_unknown_reference",
            R::NotOurs => "reply_not_ours",
            R::Kept { .. } => "reply_kept",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use ReplyReason as R;
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            R::Header { name, value } => {
                put("name", (*name).into());
                put("value", value.as_str().into());
            }
            R::NoProof { name } => {
                put("name", (*name).into());
            }
            R::Subject { phrase }
            | R::Acknowledged { phrase }
            | R::MachineOptOut { phrase }
            | R::DataRights { phrase }
            | R::AmbiguousDate { phrase }
            | R::NoYear { phrase }
            | R::Diagnosis { phrase } => {
                put("phrase", phrase.as_str().into());
            }
            R::Said { class, phrase } | R::AlsoSaid { class, phrase } | R::Denied { class, phrase } => {
                put("class", class.code().into());
                put("phrase", phrase.as_str().into());
            }
            R::NothingKnown | R::NothingOwn | R::NoDiagnosis | R::NotOurs => {}
            R::SoftBounces { count, most, days } => {
                put("count", (*count).into());
                put("most", (*most).into());
                put("days", (*days).into());
            }
            R::SameId { id } | R::UnknownReference { id } => {
                put("id", id.as_str().into());
            }
            R::SeveralRecords { count } => {
                put("count", (*count).into());
            }
            R::SetAside { kind, characters } => {
                put("kind", kind.code().into());
                put("characters", (*characters).into());
            }
            R::Cut { bytes, most } | R::Kept { bytes, most } => {
                put("bytes", (*bytes).into());
                put("most", (*most).into());
            }
            R::Returns { date, phrase } => {
                put("date", date.to_string().into());
                put("phrase", phrase.as_str().into());
            }
            R::PastDate { date } | R::ResumesOn { date } => {
                put("date", date.to_string().into());
            }
            R::NoReturnDate { business_days } => {
                put("business_days", (*business_days).into());
            }
            R::Extended { until } => {
                put("until", until.to_string().into());
            }
            R::Capped { days } => {
                put("days", (*days).into());
            }
            R::Bounced { category, kind } => {
                put("category", (*category).into());
                put("type", kind.code().into());
            }
            R::Status { status } => {
                put("status", status.as_str().into());
            }
        }
    }
}
