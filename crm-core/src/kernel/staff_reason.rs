//! The reasons of rules about the team: when somebody works, why somebody gets work or does not, who covers.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Map, Value as Json};

use super::service::DayHalf;
use super::staff::Presence;
use super::time::{Instant, format_instant};

/// Days of leave, to the half day, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeaveDays {
    /// The first day.
    pub from: NaiveDate,
    /// The half with which it begins.
    pub from_half: DayHalf,
    /// The last day.
    pub to: NaiveDate,
    /// The half with which it ends.
    pub to_half: DayHalf,
}

impl LeaveDays {
    /// The four parts under the names that the record `leave` gives them.
    pub fn put(&self, map: &mut Map<String, Json>) {
        map.insert("from_date".into(), self.from.to_string().into());
        map.insert("from_half".into(), self.from_half.code().into());
        map.insert("to_date".into(), self.to.to_string().into());
        map.insert("to_half".into(), self.to_half.code().into());
    }
}

/// A moment with what the person's clock shows then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The moment.
    pub at: Instant,
    /// The day and time on the person's clock.
    pub local: NaiveDateTime,
}

/// Why somebody works so long, gets work or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_staff.rs")]
pub enum StaffReason {
    // Availability: the seconds of all but the first sum to what is missing.
    /// The calendar's time in the window.
    WorkingTime { calendar: String, seconds: i64 },
    /// What leave takes away.
    LeaveTime { days: LeaveDays, seconds: i64 },
    /// What the time before the first day takes away.
    BeforeFirstDay { day: NaiveDate, seconds: i64 },
    /// What the time after the last day takes away; without a day the person has left at once.
    AfterLastDay { day: Option<NaiveDate>, seconds: i64 },
    /// No calendar is known: Monday to Friday around the clock is assumed.
    NoCalendar { calendar: String },
    /// Two leaves share these days; they count once.
    LeaveTwice { days: LeaveDays },
    /// How somebody stands at an instant, and when the person works again.
    Standing { presence: Presence, back: Option<Moment> },
    // Why somebody is no candidate.
    /// Not there.
    NotThere { presence: Presence },
    /// Another job.
    OtherJob { wanted: Vec<String>, found: String },
    /// Another team.
    OtherTeam { wanted: Vec<String>, found: String },
    /// Lacks skills.
    LacksSkills { missing: Vec<String> },
    /// Speaks none of the languages.
    LacksLanguage { wanted: Vec<String> },
    /// Away for more of the window than allowed.
    AwayTooLong { away_bp: i64, most_bp: i64 },
    /// The calendar has no time in the window.
    NoTimeInWindow,
    /// Has as much as the person takes.
    Full { load: i64, capacity: i64 },
    /// Takes nothing.
    NoCapacity,
    /// Got enough for one day.
    DayFull { room: i64, assigned: i64 },
    /// Left out by who asks.
    LeftOut,
    // Why somebody stands where the ranking has the person.
    /// The load against the capacity.
    Load { load: i64, capacity: i64 },
    /// When the person last got something.
    LastAssigned { at: Instant },
    /// The person never got anything.
    NeverAssigned,
    /// Everything else is equal: the name decides.
    ByName,
    /// Away for some of the window.
    PartlyAway { away_bp: i64 },
    /// How many more the person may get today.
    DayRoom { room: i64, assigned: i64 },
    // What leave touches.
    /// A task is due in that time.
    TaskDue { due: String },
    /// A step of a playbook is due in that time.
    StepDue { day: NaiveDate },
    /// A ticket's promise is due in that time.
    TicketDue { due: Instant },
    /// A ticket is open.
    TicketOpen,
    /// A deal is expected to close in that time.
    DealCloses { day: NaiveDate },
    /// A call, a meeting or a visit is planned in that time.
    ActivityPlanned { at: Instant },
    // Who covers.
    /// Named as the cover.
    Delegate { of: String },
    /// The named cover cannot.
    DelegateCannot { user: String, why: Box<StaffReason> },
    /// First of the ranking.
    FirstOfRanking { of: u64 },
    /// Nobody can.
    NobodyCovers,
}

impl StaffReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use StaffReason as R;
        match self {
            R::WorkingTime { .. } => "working_time",
            R::LeaveTime { .. } => "leave_time",
            R::BeforeFirstDay { .. } => "before_first_day",
            R::AfterLastDay { .. } => "after_last_day",
            R::NoCalendar { .. } => "no_calendar",
            R::LeaveTwice { .. } => "overlapping_leave",
            R::Standing { .. } => "standing",
            R::NotThere { .. } => "excluded_status",
            R::OtherJob { .. } => "excluded_job_title",
            R::OtherTeam { .. } => "excluded_team",
            R::LacksSkills { .. } => "excluded_skills",
            R::LacksLanguage { .. } => "excluded_language",
            R::AwayTooLong { .. } => "excluded_leave",
            R::NoTimeInWindow => "excluded_no_working_time",
            R::Full { .. } => "excluded_full",
            R::NoCapacity => "excluded_no_capacity",
            R::DayFull { .. } => "excluded_daily_room",
            R::LeftOut => "excluded_left_out",
            R::Load { .. } => "relative_load",
            R::LastAssigned { .. } => "last_assigned",
            R::NeverAssigned => "never_assigned",
            R::ByName => "tie_by_name",
            R::PartlyAway { .. } => "partly_away",
            R::DayRoom { .. } => "daily_room",
            R::TaskDue { .. } => "task_due",
            R::StepDue { .. } => "step_due",
            R::TicketDue { .. } => "ticket_due",
            R::TicketOpen => "ticket_open",
            R::DealCloses { .. } => "deal_closes",
            R::ActivityPlanned { .. } => "activity_planned",
            R::Delegate { .. } => "cover_delegate",
            R::DelegateCannot { .. } => "delegate_cannot",
            R::FirstOfRanking { .. } => "cover_ranking",
            R::NobodyCovers => "nobody_covers",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use StaffReason as R;
        let texts = |list: &[String]| Json::from(list.to_vec());
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            R::WorkingTime { calendar, seconds } => {
                put("calendar", calendar.as_str().into());
                put("seconds", (*seconds).into());
            }
            R::LeaveTime { days, seconds } => {
                put("seconds", (*seconds).into());
                days.put(map);
            }
            R::BeforeFirstDay { day, seconds } => {
                put("day", day.to_string().into());
                put("seconds", (*seconds).into());
            }
            R::AfterLastDay { day, seconds } => {
                put("day", day.map(|day| day.to_string()).into());
                put("seconds", (*seconds).into());
            }
            R::NoCalendar { calendar } => {
                put("calendar", Some(calendar.as_str()).filter(|id| !id.is_empty()).into());
            }
            R::LeaveTwice { days } => days.put(map),
            R::Standing { presence, back } => {
                put("presence", presence.code().into());
                put("back_at", back.map(|back| format_instant(back.at)).into());
            }
            R::NotThere { presence } => {
                put("presence", presence.code().into());
            }
            R::OtherJob { wanted, found } | R::OtherTeam { wanted, found } => {
                put("wanted", texts(wanted));
                put("found", Some(found.as_str()).filter(|found| !found.is_empty()).into());
            }
            R::LacksSkills { missing } => {
                put("missing", texts(missing));
            }
            R::LacksLanguage { wanted } => {
                put("wanted", texts(wanted));
            }
            R::AwayTooLong { away_bp, most_bp } => {
                put("away_bp", (*away_bp).into());
                put("most_bp", (*most_bp).into());
            }
            R::Full { load, capacity } | R::Load { load, capacity } => {
                put("load_points", (*load).into());
                put("capacity_points", (*capacity).into());
            }
            R::DayFull { room, assigned } | R::DayRoom { room, assigned } => {
                put("room", (*room).into());
                put("assigned", (*assigned).into());
            }
            R::LastAssigned { at } => {
                put("at", format_instant(*at).into());
            }
            R::PartlyAway { away_bp } => {
                put("away_bp", (*away_bp).into());
            }
            R::TaskDue { due } => {
                put("due", due.as_str().into());
            }
            R::TicketDue { due } => {
                put("due", format_instant(*due).into());
            }
            R::DealCloses { day } | R::StepDue { day } => {
                put("due", day.to_string().into());
            }
            R::ActivityPlanned { at } => {
                put("due", format_instant(*at).into());
            }
            R::Delegate { of } => {
                put("of", of.as_str().into());
            }
            R::DelegateCannot { user, why } => {
                put("user", user.as_str().into());
                put("why", why.code().into());
            }
            R::FirstOfRanking { of } => {
                put("of", (*of).into());
            }
            R::NoTimeInWindow
            | R::NoCapacity
            | R::LeftOut
            | R::NeverAssigned
            | R::ByName
            | R::TicketOpen
            | R::NobodyCovers => {}
        }
    }
}
