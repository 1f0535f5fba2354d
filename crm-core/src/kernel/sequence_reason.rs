//! What happens to an enrolment in a sequence and when, in words, and the reasons for it.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::calendar::Holiday;
use super::calendar::holidays::FrenchHoliday;
use super::coded::coded;
use super::time::{Instant, format_instant};

coded! {
    /// How an enrolment stands.
    EnrolmentStatus {
        /// It waits for its turn.
        Pending = "pending",
        /// It runs.
        Active = "active",
        /// It rests.
        Paused = "paused",
        /// It is over.
        Finished = "finished",
        /// It could not go on.
        Failed = "failed",
        /// Somebody took it out.
        Removed = "removed",
    }
}

impl EnrolmentStatus {
    /// Whether the record is in the sequence.
    pub const fn is_live(self) -> bool {
        matches!(self, EnrolmentStatus::Pending | EnrolmentStatus::Active | EnrolmentStatus::Paused)
    }
}

coded! {
    /// Whether a sequence takes records and runs.
    Availability {
        /// It is being written.
        Draft = "draft",
        /// It runs.
        Active = "active",
        /// It takes nobody; what runs goes on.
        Paused = "paused",
    }
}

coded! {
    /// How an enrolment ended.
    SequenceEnd {
        /// There is no further step.
        Completed = "completed",
        /// The person wrote back.
        Replied = "replied",
        /// A meeting was booked.
        MeetingBooked = "meeting_booked",
        /// There is a deal.
        DealCreated = "deal_created",
        /// The lead was converted.
        Converted = "converted",
        /// The person wants no more messages.
        OptedOut = "opted_out",
        /// The address does not exist.
        BouncedHard = "bounced_hard",
        /// The record has another owner.
        OwnerChanged = "owner_changed",
        /// Somebody took the record out.
        ManuallyRemoved = "manually_removed",
        /// A step needs a channel that the record does not have.
        MissingChannel = "missing_channel",
        /// A step could not be done.
        StepFailed = "step_failed",
        /// There was no sending time for a step.
        NoSlot = "no_slot",
    }
}

coded! {
    /// Why an enrolment rests.
    PauseCause {
        /// Somebody said so.
        Person = "person",
        /// The person is away.
        OutOfOffice = "out_of_office",
        /// The record has another owner.
        OwnerChange = "owner_change",
    }
}

coded! {
    /// What a limit counts.
    LimitSpan {
        /// One local day.
        Day = "day",
        /// Seven local days.
        Week = "week",
        /// Thirty local days.
        Month = "month",
    }
}

impl LimitSpan {
    /// So many local days.
    pub const fn days(self) -> u64 {
        match self {
            LimitSpan::Day => 1,
            LimitSpan::Week => 7,
            LimitSpan::Month => 30,
        }
    }
}

/// A date on which nothing is sent, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HolidayName {
    /// One of the host's; may be empty.
    Given(String),
    /// A French public holiday.
    French(FrenchHoliday),
}

impl From<Holiday<'_>> for HolidayName {
    fn from(holiday: Holiday<'_>) -> Self {
        match holiday {
            Holiday::Given(name) => HolidayName::Given(name.to_owned()),
            Holiday::French(holiday) => HolidayName::French(holiday),
        }
    }
}

/// Why a step runs, waits or is passed over, and why a record is enrolled or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_sequence.rs")]
pub enum SequenceReason {
    // when
    /// It is outside of the sending hours.
    WaitingWindow { until: Instant },
    /// The date is no business day.
    WaitingBusinessDay { date: NaiveDate },
    /// The date is a holiday.
    WaitingHoliday { date: NaiveDate, holiday: HolidayName },
    /// No day within so many has a sending time.
    NoSlot { days: u64 },
    /// The person had as many messages as they may have.
    ThrottledContact { most: u64, per: LimitSpan, until: NaiveDate },
    /// The mailbox sent as many messages as it may.
    ThrottledMailbox { most: u64, per: LimitSpan, until: NaiveDate },
    /// Another message leaves the mailbox right before or after.
    Spaced { seconds: i64, until: Instant },
    /// Places in the hours are spread by the enrolment's id.
    Spread { seconds: i64 },
    /// The record had its steps of this day.
    DayFull { most: u64, until: Option<Instant> },
    // steps
    /// The step is due later.
    NotDue { step: String, due: Instant },
    /// The step ran after it was due.
    LateBy { step: String, seconds: i64, days: i64 },
    /// The step ran.
    StepRan { step: String },
    /// The step ran before.
    StepAlreadyRan { step: String },
    /// Its condition says that the step is passed over.
    StepSkipped { step: String },
    /// The record lacks what the step's channel needs.
    MissingChannel { step: String, channel: &'static str },
    /// The branch took this way: to a step, or to the end.
    BranchTaken { step: String, holds: bool, to: Option<String> },
    /// The next step counts from when this one is done.
    WaitingDone { step: String },
    /// The step was reported as done.
    StepDone { step: String },
    /// The person is away.
    OooUntil { until: Instant },
    /// The enrolment rests.
    Paused { cause: PauseCause, until: Option<Instant> },
    /// It goes on.
    Resumed,
    /// It waits for its turn.
    Waiting,
    /// It ended.
    Ended { how: SequenceEnd },
    /// The record was put away.
    SubjectArchived,
    /// The step's message could not be written in full: it lacks a template, or these values.
    DraftIncomplete { step: String, names: Vec<String> },
    /// The enrolment goes on in another version.
    Migrated { from: u64, to: u64 },
    /// Nobody said what the step is in the other version.
    StepNotMapped { step: String },
    /// It had ended before.
    AlreadyEnded { how: SequenceEnd },
    /// What happened changes nothing.
    NoEffect,
    /// A happening with this number was seen before.
    AlreadySeen { number: u64 },
    // who
    /// The record may be enrolled.
    MayEnrol,
    /// Another sequence runs, and the two exclude each other.
    ExclusiveConflict { sequence: String },
    /// The record was in the sequence before, which is for once.
    AlreadyAddedOnce,
    /// The record is in the sequence now.
    AlreadyActive,
    /// The record may come again later.
    TooSoon { from: Instant },
    /// Somebody took the record out of it; only a person puts it back.
    ManuallyRemoved,
    /// The sequence takes no records now.
    SequenceNotActive { status: &'static str },
    /// The sequence is not for such records.
    WrongSubject { subject: &'static str },
    /// What would stop the sequence holds already.
    Stopped { how: SequenceEnd },
    /// As many records are active for the owner as may be.
    MaxActive { active: u64, most: u64 },
    /// As many records came in these 24 hours as may.
    MaxAdds { added: u64, most: u64 },
    // nurture
    /// The rule is for something else.
    NurtureOtherEvent { rule: String },
    /// The rule's condition does not hold.
    NurtureNoMatch { rule: String },
    /// The rule's condition asks what nobody knows.
    NurtureUnknown { rule: String },
    /// The rule applies.
    NurtureMatched { rule: String, sequence: String },
    /// The rule did this before.
    NurtureDone { rule: String, sequence: String },
    /// This event was answered before.
    NurtureEventDone { event: String },
}

impl SequenceReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use SequenceReason as R;
        match self {
            R::WaitingWindow { .. } => "waiting_window",
            R::WaitingBusinessDay { .. } => "waiting_business_day",
            R::WaitingHoliday { .. } => "waiting_holiday",
            R::NoSlot { .. } => "no_slot",
            R::ThrottledContact { .. } => "throttled_contact",
            R::ThrottledMailbox { .. } => "throttled_mailbox",
            R::Spaced { .. } => "spaced",
            R::Spread { .. } => "spread",
            R::DayFull { .. } => "day_full",
            R::NotDue { .. } => "not_due",
            R::LateBy { .. } => "late_by",
            R::StepRan { .. } => "step_ran",
            R::StepAlreadyRan { .. } => "step_already_ran",
            R::StepSkipped { .. } => "step_skipped",
            R::MissingChannel { .. } => "missing_channel",
            R::BranchTaken { .. } => "branch_taken",
            R::WaitingDone { .. } => "waiting_done",
            R::StepDone { .. } => "step_done",
            R::OooUntil { .. } => "ooo_until",
            R::Paused { .. } => "paused",
            R::Resumed => "resumed",
            R::Waiting => "waiting_turn",
            R::Ended { how } | R::Stopped { how } => how.code(),
            R::SubjectArchived => "subject_archived",
            R::DraftIncomplete { .. } => "draft_incomplete",
            R::Migrated { .. } => "migrated",
            R::StepNotMapped { .. } => "step_not_mapped",
            R::AlreadyEnded { .. } => "already_ended",
            R::NoEffect => "no_effect",
            R::AlreadySeen { .. } => "already_seen",
            R::MayEnrol => "may_enrol",
            R::ExclusiveConflict { .. } => "exclusive_conflict",
            R::AlreadyAddedOnce => "already_added_once",
            R::AlreadyActive => "already_active",
            R::TooSoon { .. } => "too_soon",
            R::ManuallyRemoved => "manually_removed",
            R::SequenceNotActive { .. } => "sequence_not_active",
            R::WrongSubject { .. } => "wrong_subject",
            R::MaxActive { .. } => "throttle_max_active",
            R::MaxAdds { .. } => "throttle_max_adds",
            R::NurtureOtherEvent { .. } => "nurture_other_event",
            R::NurtureNoMatch { .. } => "nurture_no_match",
            R::NurtureUnknown { .. } => "nurture_unknown",
            R::NurtureMatched { .. } => "nurture_matched",
            R::NurtureDone { .. } => "nurture_done",
            R::NurtureEventDone { .. } => "nurture_event_done",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use SequenceReason as R;
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            R::WaitingWindow { until } | R::OooUntil { until } => {
                put("until", format_instant(*until).into());
            }
            R::WaitingBusinessDay { date } => {
                put("date", date.to_string().into());
            }
            R::WaitingHoliday { date, holiday } => {
                put("date", date.to_string().into());
                match holiday {
                    HolidayName::Given(name) => put("name", name.as_str().into()),
                    HolidayName::French(holiday) => put("holiday", holiday.code().into()),
                };
            }
            R::NoSlot { days } => {
                put("days", (*days).into());
            }
            R::ThrottledContact { most, per, until } | R::ThrottledMailbox { most, per, until } => {
                put("most", (*most).into());
                put("per", per.code().into());
                put("until", until.to_string().into());
            }
            R::Spaced { seconds, until } => {
                put("seconds", (*seconds).into());
                put("until", format_instant(*until).into());
            }
            R::Spread { seconds } => {
                put("seconds", (*seconds).into());
            }
            R::DayFull { most, until } => {
                put("most", (*most).into());
                put("until", until.map(format_instant).into());
            }
            R::NotDue { step, due } => {
                put("step", step.as_str().into());
                put("due", format_instant(*due).into());
            }
            R::LateBy { step, seconds, days } => {
                put("step", step.as_str().into());
                put("seconds", (*seconds).into());
                put("days", (*days).into());
            }
            R::StepRan { step }
            | R::StepAlreadyRan { step }
            | R::StepSkipped { step }
            | R::WaitingDone { step }
            | R::StepNotMapped { step }
            | R::StepDone { step } => {
                put("step", step.as_str().into());
            }
            R::MissingChannel { step, channel } => {
                put("step", step.as_str().into());
                put("channel", (*channel).into());
            }
            R::BranchTaken { step, holds, to } => {
                put("step", step.as_str().into());
                put("holds", (*holds).into());
                put("to", to.as_deref().into());
            }
            R::Paused { cause, until } => {
                put("cause", cause.code().into());
                put("until", until.map(format_instant).into());
            }
            R::AlreadyEnded { how } => {
                put("how", how.code().into());
            }
            R::AlreadySeen { number } => {
                put("number", (*number).into());
            }
            R::ExclusiveConflict { sequence } => {
                put("sequence", sequence.as_str().into());
            }
            R::TooSoon { from } => {
                put("from", format_instant(*from).into());
            }
            R::SequenceNotActive { status } => {
                put("status", (*status).into());
            }
            R::WrongSubject { subject } => {
                put("subject", (*subject).into());
            }
            R::MaxActive { active: found, most } | R::MaxAdds { added: found, most } => {
                put("found", (*found).into());
                put("most", (*most).into());
            }
            R::NurtureOtherEvent { rule } | R::NurtureNoMatch { rule } | R::NurtureUnknown { rule } => {
                put("rule", rule.as_str().into());
            }
            R::NurtureMatched { rule, sequence } | R::NurtureDone { rule, sequence } => {
                put("rule", rule.as_str().into());
                put("sequence", sequence.as_str().into());
            }
            R::NurtureEventDone { event } => {
                put("event", event.as_str().into());
            }
            R::DraftIncomplete { step, names } => {
                put("step", step.as_str().into());
                put("names", names.clone().into());
            }
            R::Migrated { from, to } => {
                put("from", (*from).into());
                put("to", (*to).into());
            }
            R::Resumed
            | R::Waiting
            | R::SubjectArchived
            | R::Ended { .. }
            | R::Stopped { .. }
            | R::NoEffect
            | R::MayEnrol
            | R::AlreadyAddedOnce
            | R::AlreadyActive
            | R::ManuallyRemoved => {}
        }
    }
}
