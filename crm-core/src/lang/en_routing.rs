//! The reasons of routing in English.

use super::Lang;
use super::en_values::plural;
use crate::kernel::routing_reason::{Cap, RoutingReason, Skip, Until};

pub(super) fn reason(reason: &RoutingReason) -> String {
    use RoutingReason as R;
    let lang = Lang::English;
    match reason {
        R::RuleMatched { rule } => format!("the rule \"{}\" applies", rule.text(lang)),
        R::RuleDisabled { rule } => format!("the rule \"{}\" is switched off", rule.text(lang)),
        R::RuleNotValidToday { rule } => format!("the rule \"{}\" is not valid today", rule.text(lang)),
        R::RuleNotActiveToday { rule } => {
            format!("the rule \"{}\" does not apply on this day of the week", rule.text(lang))
        }
        R::ClauseFailed { rule, clause } => {
            format!("the rule \"{}\" does not apply: {}", rule.text(lang), part(clause))
        }
        R::Skipped { user, skip } => format!("{user} {}", skipped(*skip)),
        R::NobodyAvailable { rule } => format!("nobody can take it under the rule \"{}\"", rule.text(lang)),
        R::Fixed { user } => format!("{user} is named by the rule"),
        R::SmoothTurn { user, weight, of } => format!("it is {user}'s turn ({weight} of {of} turns)"),
        R::LeastOpen { user, open } => {
            format!("{user} has the lightest load ({})", plural(*open, "open lead", "open leads"))
        }
        R::QuotaLeft { user, quota, assigned } => {
            format!("{user} is furthest behind the quota ({assigned} of {})", plural(*quota, "lead", "leads"))
        }
        R::AccountOwner { user } => format!("{user} looks after this account already"),
        R::Kept { user } => format!("it stays with {user}"),
        R::Queued { queue } => format!("it waits in the queue \"{}\"", queue.text(lang)),
        R::Dropped { rule } => format!("the rule \"{}\" leaves it to nobody", rule.text(lang)),
        R::Fallback => "no rule found anybody: the fallback applies".to_owned(),
        R::NoRule => "no rule applies".to_owned(),
        R::AlreadyOwned { user } => format!("{user} owns it already"),
        R::LeadClosed => "the lead is archived, merged or converted".to_owned(),
        R::Unreachable { rule, by } => {
            format!(
                "the rule \"{}\" never applies: \"{}\" takes the same leads before it",
                rule.text(lang),
                by.text(lang)
            )
        }
        R::CatchAllNotLast { rule } => {
            format!("the rule \"{}\" takes every lead and is not the last one", rule.text(lang))
        }
        R::SamePriority { rule, other } => {
            format!(
                "the rules \"{}\" and \"{}\" have the same priority: the lower id goes first",
                rule.text(lang),
                other.text(lang)
            )
        }
        R::OverlappingLeave { user, day } => format!("{user} has overlapping leave on {day}"),
        R::ZeroWeights { rule } => format!("nobody in the team of the rule \"{}\" has a weight", rule.text(lang)),
        R::NobodyActive { rule } => format!("nobody of the rule \"{}\" is active", rule.text(lang)),
        R::EveryoneAway { rule, from, to } if from == to => {
            format!("everybody of the rule \"{}\" is on leave on {from}", rule.text(lang))
        }
        R::EveryoneAway { rule, from, to } => {
            format!("everybody of the rule \"{}\" is on leave from {from} to {to}", rule.text(lang))
        }
    }
}

fn skipped(skip: Skip) -> String {
    match skip {
        Skip::Unknown => "is unknown to the routing".to_owned(),
        Skip::Inactive => "is not active".to_owned(),
        Skip::Away => "is away".to_owned(),
        Skip::OnLeave { until } => format!("is on leave until {}", end(until)),
        Skip::OffHours { until: Some(until) } => format!("is not at work until {}", end(until)),
        Skip::OffHours { until: None } => "has no working hours".to_owned(),
        Skip::Capped { cap: Cap::Open, limit } => {
            format!("has reached the limit of {}", plural(limit, "open lead", "open leads"))
        }
        Skip::Capped { cap, limit } => {
            format!("has reached the limit of {} {}", plural(limit, "lead", "leads"), period(cap))
        }
        Skip::NoWeight => "has the weight 0".to_owned(),
        Skip::QuotaUsed { quota } => format!("has reached the quota of {}", plural(quota, "lead", "leads")),
        Skip::OwnLead => "is the lead".to_owned(),
        Skip::Refused => "has refused it".to_owned(),
    }
}

fn period(cap: Cap) -> &'static str {
    match cap {
        Cap::Window => "for now",
        Cap::Day => "today",
        Cap::Week => "this week",
        Cap::Month => "this month",
        Cap::Open => "at once",
    }
}

fn end(until: Until) -> String {
    match until {
        Until::Day(day) => day.to_string(),
        Until::Moment { local, .. } => local.format("%Y-%m-%d %H:%M").to_string(),
    }
}

/// What of a rule did not hold.
fn part(clause: &str) -> String {
    match clause {
        "source" => "another source".to_owned(),
        "campaign" => "another campaign".to_owned(),
        "landing_page" => "another landing page".to_owned(),
        "email_domain" => "another e-mail domain".to_owned(),
        "segment" => "another segment".to_owned(),
        _ => "its condition does not hold".to_owned(),
    }
}
