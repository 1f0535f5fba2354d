//! Why a step of a playbook falls on its days, and what speaks for starting one.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::coded::coded;
use super::reason::Name;

coded! {
    /// What the distance from an anchor is counted in.
    OffsetUnit {
        /// Days of the calendar.
        Days = "days",
        /// Seven days each.
        Weeks = "weeks",
        /// Months of the calendar; a day that a month does not have is its last one.
        Months = "months",
        /// Days on which somebody works.
        BusinessDays = "business_days",
    }
}

coded! {
    /// On which side of its anchor a step lies.
    Direction {
        /// It begins so long after the anchor.
        After = "after",
        /// It ends so long before the anchor.
        Before = "before",
    }
}

/// What the days of a step are counted from, as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnchorName {
    /// The day on which the run starts.
    Start,
    /// The day on which the customer goes live.
    GoLive,
    /// The day on which the contract is renewed.
    Renewal,
    /// A day that the playbook names.
    Named(String),
    /// The end of another step.
    Step(Name),
}

impl AnchorName {
    /// The anchor of a name that is no step's.
    pub fn of(name: &str) -> Self {
        match name {
            "start" => AnchorName::Start,
            "go_live" => AnchorName::GoLive,
            "renewal" => AnchorName::Renewal,
            other => AnchorName::Named(other.to_owned()),
        }
    }

    fn put(&self, map: &mut Map<String, Json>) {
        let (key, code) = match self {
            AnchorName::Start => ("anchor", "start"),
            AnchorName::GoLive => ("anchor", "go_live"),
            AnchorName::Renewal => ("anchor", "renewal"),
            AnchorName::Named(name) => ("anchor", name.as_str()),
            AnchorName::Step(step) => ("anchor_step", step.id.as_str()),
        };
        map.insert(key.into(), code.into());
    }
}

/// Why a step has its days, how a run stands, and what speaks for a playbook.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_playbook.rs")]
pub enum PlaybookReason {
    /// So long after or before its anchor.
    Counted { count: u32, unit: OffsetUnit, direction: Direction, anchor: AnchorName, date: NaiveDate },
    /// On the day of its anchor.
    OnDay { anchor: AnchorName, date: NaiveDate },
    /// The step that it is counted from is not done: its planned end is taken.
    Provisional { step: Name, date: NaiveDate },
    /// The month has no such day.
    MonthEnd { day: u32, date: NaiveDate },
    /// Nobody works on the day.
    Rolled { from: NaiveDate, to: NaiveDate },
    /// It begins no earlier than another step ends.
    Waits { step: Name, date: NaiveDate },
    /// Another step that has to come before it ends too late.
    TooTight { step: Name, date: NaiveDate },
    /// How long it goes on.
    Lasts { days: u32, is_business: bool },
    /// Nobody said when the anchor is.
    NoAnchor { anchor: AnchorName },
    /// Its condition does not hold.
    NotNeeded,
    /// A required step should be done.
    Overdue { step: Name, days: i64, due: NaiveDate },
    /// How many of the required steps are done.
    Progress { done: u64, required: u64 },
    /// Its task was put away.
    TaskPutAway,
    /// The version in which its run goes on has it no more.
    DroppedIn { version: u32 },
    /// The version of its run says something else by now than when the run took it.
    Rewritten { version: u32 },
    /// The playbook is made for such customers.
    Fits { playbook: Name },
    /// The first playbook that may be started.
    FirstActive { playbook: Name },
    /// No such run was ever started for the customer.
    NoRun,
    /// The customer's deal was won.
    DealWon { deal: String, date: NaiveDate },
    /// The customer has a subscription from a day on.
    Subscribed { subscription: String, date: NaiveDate },
    /// What the playbook has.
    Steps { steps: u64, required: u64 },
    /// The first step, and when it begins.
    FirstStep { step: Name, date: NaiveDate },
    /// Whom to talk to.
    Contact { name: String },
}

impl PlaybookReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use PlaybookReason as R;
        match self {
            R::Counted { .. } => "playbook_counted",
            R::OnDay { .. } => "playbook_on_day",
            R::Provisional { .. } => "playbook_provisional",
            R::MonthEnd { .. } => "playbook_month_end",
            R::Rolled { .. } => "playbook_rolled",
            R::Waits { .. } => "playbook_waits",
            R::TooTight { .. } => "playbook_too_tight",
            R::Lasts { .. } => "playbook_lasts",
            R::NoAnchor { .. } => "playbook_no_anchor",
            R::NotNeeded => "playbook_not_needed",
            R::Overdue { .. } => "playbook_overdue",
            R::Progress { .. } => "playbook_progress",
            R::TaskPutAway => "playbook_task_put_away",
            R::DroppedIn { .. } => "playbook_dropped_in",
            R::Rewritten { .. } => "playbook_rewritten",
            R::Fits { .. } => "playbook_fits",
            R::FirstActive { .. } => "playbook_first_active",
            R::NoRun => "playbook_no_run",
            R::DealWon { .. } => "playbook_deal_won",
            R::Subscribed { .. } => "playbook_subscribed",
            R::Steps { .. } => "playbook_steps",
            R::FirstStep { .. } => "playbook_first_step",
            R::Contact { .. } => "playbook_contact",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use PlaybookReason as R;
        let mut put = |key: &str, value: Json| {
            map.insert(key.into(), value);
        };
        match self {
            R::Counted { count, unit, direction, anchor, date } => {
                put("count", (*count).into());
                put("unit", unit.code().into());
                put("direction", direction.code().into());
                put("date", date.to_string().into());
                anchor.put(map);
            }
            R::OnDay { anchor, date } => {
                put("date", date.to_string().into());
                anchor.put(map);
            }
            R::Provisional { step, date } | R::Waits { step, date } | R::TooTight { step, date } => {
                put("step", step.id.as_str().into());
                put("date", date.to_string().into());
            }
            R::FirstStep { step, date } => {
                put_name(&mut put, "step", step);
                put("date", date.to_string().into());
            }
            R::MonthEnd { day, date } => {
                put("day", (*day).into());
                put("date", date.to_string().into());
            }
            R::Rolled { from, to } => {
                put("from", from.to_string().into());
                put("to", to.to_string().into());
            }
            R::Lasts { days, is_business } => {
                put("days", (*days).into());
                put("business_days", (*is_business).into());
            }
            R::NoAnchor { anchor } => anchor.put(map),
            R::Overdue { step, days, due } => {
                put("step", step.id.as_str().into());
                put("days", (*days).into());
                put("due", due.to_string().into());
            }
            R::Progress { done, required } => {
                put("done", (*done).into());
                put("required", (*required).into());
            }
            R::Fits { playbook } | R::FirstActive { playbook } => put_name(&mut put, "playbook", playbook),
            R::DealWon { deal, date } => {
                put("deal", deal.as_str().into());
                put("date", date.to_string().into());
            }
            R::Subscribed { subscription, date } => {
                put("subscription", subscription.as_str().into());
                put("date", date.to_string().into());
            }
            R::Steps { steps, required } => {
                put("steps", (*steps).into());
                put("required", (*required).into());
            }
            R::Contact { name } => put("name", name.as_str().into()),
            R::DroppedIn { version } | R::Rewritten { version } => put("version", (*version).into()),
            R::NotNeeded | R::TaskPutAway | R::NoRun => {}
        }
    }
}

/// A name with its labels, so that a stored reason still reads in both languages.
fn put_name(put: &mut impl FnMut(&str, Json), key: &str, name: &Name) {
    put(key, name.id.as_str().into());
    if let Some(labels) = &name.labels {
        put("title", serde_json::json!({"en": labels.en, "fr": labels.fr}));
    }
}
