//! The reasons of routing: which rule applied, who was passed over until when, how the choice was made, and what is
//! wrong with a set of rules.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Map, Value as Json};

use super::reason::Name;
use super::time::{Instant, format_instant};

/// Until when somebody is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// To the end of this day, in the person's own zone.
    Day(NaiveDate),
    /// To this moment, and what clocks show there then.
    Moment {
        /// The moment.
        at: Instant,
        /// The day and time on the person's clock.
        local: NaiveDateTime,
    },
}

impl Until {
    fn to_json(self) -> Json {
        match self {
            Until::Day(day) => day.to_string().into(),
            Until::Moment { at, .. } => format_instant(at).into(),
        }
    }
}

/// How much somebody takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cap {
    /// In a sliding window of seconds.
    Window,
    /// On one day of the person's own zone.
    Day,
    /// From Monday on.
    Week,
    /// In a month of the workspace's zone.
    Month,
    /// Open leads at a time.
    Open,
}

impl Cap {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Cap::Window => "window",
            Cap::Day => "day",
            Cap::Week => "week",
            Cap::Month => "month",
            Cap::Open => "open",
        }
    }
}

/// Why somebody did not get a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_routing.rs")]
pub enum Skip {
    /// Nobody whom the configuration knows.
    Unknown,
    /// No longer there.
    Inactive,
    /// Takes nothing for now, says the directory of employees.
    Away,
    /// On leave.
    OnLeave { until: Until },
    /// Outside of the working hours; without an instant if they never come.
    OffHours { until: Option<Until> },
    /// Has enough.
    Capped { cap: Cap, limit: u64 },
    /// Has no part in the turns.
    NoWeight,
    /// Has the share of the month that is due by now.
    QuotaUsed { quota: u64 },
    /// Would get a lead with the own address.
    OwnLead,
    /// Had this lead before and gave it back.
    Refused,
}

impl Skip {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Skip::Unknown => "skipped_unknown",
            Skip::Inactive => "skipped_inactive",
            Skip::Away => "skipped_away",
            Skip::OnLeave { .. } => "skipped_leave",
            Skip::OffHours { .. } => "skipped_hours",
            Skip::Capped { .. } => "skipped_cap",
            Skip::NoWeight => "skipped_no_weight",
            Skip::QuotaUsed { .. } => "skipped_quota",
            Skip::OwnLead => "skipped_own_lead",
            Skip::Refused => "skipped_refused",
        }
    }
}

/// Why a lead went where it went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_routing.rs")]
pub enum RoutingReason {
    /// The rule applies.
    RuleMatched { rule: Name },
    /// The rule is switched off.
    RuleDisabled { rule: Name },
    /// The rule is not valid yet, or no longer.
    RuleNotValidToday { rule: Name },
    /// The rule does not apply on this day of the week.
    RuleNotActiveToday { rule: Name },
    /// What of the rule did not hold, first: an option of its `match`, or `when`.
    ClauseFailed { rule: Name, clause: String },
    /// Somebody was passed over.
    Skipped { user: String, skip: Skip },
    /// A rule applied and nobody could take the lead.
    NobodyAvailable { rule: Name },
    /// The person whom the rule names, or the first of its team who is there.
    Fixed { user: String },
    /// It was this person's turn.
    SmoothTurn { user: String, weight: u64, of: u64 },
    /// This person has the fewest open leads for the weight.
    LeastOpen { user: String, open: u64 },
    /// This person lacks most of the share that is due by now.
    QuotaLeft { user: String, quota: u64, assigned: u64 },
    /// This person has the account already.
    AccountOwner { user: String },
    /// The lead stays with its owner.
    Kept { user: String },
    /// The lead waits in a queue.
    Queued { queue: Name },
    /// The rule says that nobody works this lead.
    Dropped { rule: Name },
    /// What the configuration says for leads without a rule.
    Fallback,
    /// No rule applies.
    NoRule,
    /// The lead has an owner and is left alone.
    AlreadyOwned { user: String },
    /// The lead is archived, merged or converted and is left alone.
    LeadClosed,
    // What is wrong with a set of rules.
    /// An earlier rule takes everything that this one would.
    Unreachable { rule: Name, by: Name },
    /// A rule without any condition stands before others.
    CatchAllNotLast { rule: Name },
    /// Two rules have one priority; the lower id is asked first.
    SamePriority { rule: Name, other: Name },
    /// A person has two leaves on one day.
    OverlappingLeave { user: String, day: NaiveDate },
    /// Nobody in the pool of a rule has a weight.
    ZeroWeights { rule: Name },
    /// Nobody in the pool of a rule is active.
    NobodyActive { rule: Name },
    /// Everybody in the pool of a rule is on leave.
    EveryoneAway { rule: Name, from: NaiveDate, to: NaiveDate },
}

impl RoutingReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use RoutingReason as R;
        match self {
            R::RuleMatched { .. } => "rule_matched",
            R::RuleDisabled { .. } => "rule_disabled",
            R::RuleNotValidToday { .. } => "rule_not_valid_today",
            R::RuleNotActiveToday { .. } => "rule_not_active_today",
            R::ClauseFailed { .. } => "clause_failed",
            R::Skipped { skip, .. } => skip.code(),
            R::NobodyAvailable { .. } => "nobody_available",
            R::Fixed { .. } => "fixed",
            R::SmoothTurn { .. } => "smooth_turn",
            R::LeastOpen { .. } => "least_open",
            R::QuotaLeft { .. } => "quota_left",
            R::AccountOwner { .. } => "account_owner",
            R::Kept { .. } => "kept",
            R::Queued { .. } => "queued",
            R::Dropped { .. } => "dropped",
            R::Fallback => "fallback",
            R::NoRule => "no_rule",
            R::AlreadyOwned { .. } => "already_owned",
            R::LeadClosed => "lead_closed",
            R::Unreachable { .. } => "unreachable_rule",
            R::CatchAllNotLast { .. } => "catch_all_not_last",
            R::SamePriority { .. } => "same_priority",
            R::OverlappingLeave { .. } => "overlapping_leave",
            R::ZeroWeights { .. } => "zero_weights",
            R::NobodyActive { .. } => "nobody_active",
            R::EveryoneAway { .. } => "everyone_away",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use RoutingReason as R;
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            R::RuleMatched { rule }
            | R::RuleDisabled { rule }
            | R::RuleNotValidToday { rule }
            | R::RuleNotActiveToday { rule }
            | R::NobodyAvailable { rule }
            | R::Dropped { rule }
            | R::CatchAllNotLast { rule }
            | R::ZeroWeights { rule }
            | R::NobodyActive { rule } => {
                put("rule", rule.id.as_str().into());
            }
            R::ClauseFailed { rule, clause } => {
                put("rule", rule.id.as_str().into());
                put("clause", clause.as_str().into());
            }
            R::Skipped { user, skip } => {
                put("user", user.as_str().into());
                match skip {
                    Skip::OnLeave { until } => put("until", until.to_json()),
                    Skip::OffHours { until } => put("until", until.map_or(Json::Null, Until::to_json)),
                    Skip::Capped { cap, limit } => {
                        put("cap", cap.name().into());
                        put("limit", (*limit).into())
                    }
                    Skip::QuotaUsed { quota } => put("quota", (*quota).into()),
                    _ => None,
                };
            }
            R::Fixed { user } | R::AccountOwner { user } | R::Kept { user } | R::AlreadyOwned { user } => {
                put("user", user.as_str().into());
            }
            R::SmoothTurn { user, weight, of } => {
                put("user", user.as_str().into());
                put("weight", (*weight).into());
                put("of", (*of).into());
            }
            R::LeastOpen { user, open } => {
                put("user", user.as_str().into());
                put("open", (*open).into());
            }
            R::QuotaLeft { user, quota, assigned } => {
                put("user", user.as_str().into());
                put("quota", (*quota).into());
                put("assigned", (*assigned).into());
            }
            R::Queued { queue } => {
                put("queue", queue.id.as_str().into());
            }
            R::Fallback | R::NoRule | R::LeadClosed => {}
            R::Unreachable { rule, by } => {
                put("rule", rule.id.as_str().into());
                put("by", by.id.as_str().into());
            }
            R::SamePriority { rule, other } => {
                put("rule", rule.id.as_str().into());
                put("other", other.id.as_str().into());
            }
            R::OverlappingLeave { user, day } => {
                put("user", user.as_str().into());
                put("day", day.to_string().into());
            }
            R::EveryoneAway { rule, from, to } => {
                put("rule", rule.id.as_str().into());
                put("from", from.to_string().into());
                put("to", to.to_string().into());
            }
        }
    }
}
