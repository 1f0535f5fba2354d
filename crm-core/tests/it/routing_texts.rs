//! The texts of every reason and lint of routing, in both languages.

use crm_core::kernel::reason::{Labels, Name, Reason};
use crm_core::kernel::routing_reason::{Cap, RoutingReason as R, Skip, Until};
use crm_core::kernel::time::parse_date;
use crm_core::{Lang, lang};

use super::support::at;

#[test]
fn every_reason_in_both_languages() {
    let web = || Name { id: "web".into(), labels: Some(Labels { en: "Website".into(), fr: "Site web".into() }) };
    let bare = || Name { id: "all".into(), labels: None };
    let user = || "marie".to_owned();
    let day = |text: &str| parse_date(text).unwrap();
    let moment = || Until::Moment {
        at: at("2026-11-23T08:00:00Z"),
        local: at("2026-11-23T09:00:00Z").naive_utc(),
    };
    let failed = |clause: &str| R::ClauseFailed { rule: web(), clause: clause.into() };
    let capped = |cap, limit| Skip::Capped { cap, limit };
    let mut reasons = vec![
        R::RuleMatched { rule: web() },
        R::RuleDisabled { rule: bare() },
        R::RuleNotValidToday { rule: web() },
        R::RuleNotActiveToday { rule: web() },
        failed("source"),
        failed("campaign"),
        failed("landing_page"),
        failed("email_domain"),
        failed("segment"),
        failed("when"),
        R::NobodyAvailable { rule: web() },
        R::Fixed { user: user() },
        R::SmoothTurn { user: user(), weight: 2, of: 5 },
        R::LeastOpen { user: user(), open: 0 },
        R::LeastOpen { user: user(), open: 1 },
        R::LeastOpen { user: user(), open: 2 },
        R::QuotaLeft { user: user(), quota: 1, assigned: 0 },
        R::QuotaLeft { user: user(), quota: 2, assigned: 1 },
        R::AccountOwner { user: user() },
        R::Kept { user: user() },
        R::Queued { queue: web() },
        R::Dropped { rule: web() },
        R::Fallback,
        R::NoRule,
        R::AlreadyOwned { user: user() },
        R::LeadClosed,
        R::Unreachable { rule: bare(), by: web() },
        R::CatchAllNotLast { rule: bare() },
        R::SamePriority { rule: bare(), other: web() },
        R::OverlappingLeave { user: user(), day: day("2026-12-25") },
        R::ZeroWeights { rule: web() },
        R::NobodyActive { rule: web() },
        R::EveryoneAway { rule: web(), from: day("2026-12-25"), to: day("2026-12-25") },
        R::EveryoneAway { rule: web(), from: day("2026-12-24"), to: day("2026-12-31") },
    ];
    let skips = [
        Skip::Unknown,
        Skip::Inactive,
        Skip::OnLeave { until: Until::Day(day("2026-12-31")) },
        Skip::OnLeave { until: moment() },
        Skip::OffHours { until: Some(moment()) },
        Skip::OffHours { until: None },
        capped(Cap::Window, 2),
        capped(Cap::Day, 1),
        capped(Cap::Week, 10),
        capped(Cap::Month, 0),
        capped(Cap::Open, 1),
        capped(Cap::Open, 30),
        Skip::NoWeight,
        Skip::QuotaUsed { quota: 1 },
        Skip::QuotaUsed { quota: 2 },
        Skip::OwnLead,
        Skip::Refused,
    ];
    reasons.extend(skips.into_iter().map(|skip| R::Skipped { user: user(), skip }));
    let mut text = String::new();
    for reason in reasons.into_iter().map(Reason::Routing) {
        let (en, fr) = (lang::reason(&reason, Lang::English), lang::reason(&reason, Lang::French));
        assert!(!fr.contains(['\'', '"']), "{fr}");
        text.push_str(&format!("{}\n  {en}\n  {}\n", reason.code(), fr.replace('\u{a0}', "~")));
    }
    insta::assert_snapshot!(text, @"");
}
