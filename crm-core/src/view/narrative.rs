//! A day in sentences, from the figures of its dashboard: the same figures give the same sentences.

use serde_json::Value as Json;

use crate::kernel::narrative_reason::{NarrativeReason, Shown};
use crate::kernel::risk_reason::RiskReason;
use crate::kernel::text::shortened;
use crate::kernel::time::parse_date;

/// Most characters of a name in a sentence.
const MOST_NAME: usize = 80;

/// The sentences, five to nine: what to do first, what is open, what changed since yesterday, what waits for an OK, which
/// promises break today; and, where there are any, the renewals that come, who has to be
/// told of one, the riskiest deal and who waits. What is zero
/// is only told where that is good news.
pub fn narrative(dashboard: &Json, why: Option<RiskReason>) -> Vec<NarrativeReason> {
    use NarrativeReason as N;
    let count = |path: &str| dashboard.pointer(path).and_then(Json::as_u64).unwrap_or(0);
    let text = |path: &str| dashboard.pointer(path).and_then(Json::as_str).unwrap_or_default();
    let sum = |path: &str| Shown { amount: text(path).to_owned(), currency: text("/currency").to_owned() };
    let name = |path: &str| shortened(text(path), MOST_NAME);
    let (overdue, waiting) = (count("/tasks/overdue/count"), count("/approvals/waiting"));
    let (breached, due_today) = (count("/tickets/breached/count"), count("/tickets/due_today/count"));
    let mut told = vec![match (breached, overdue, waiting) {
        (1.., _, _) => N::FirstPromises,
        (_, 1.., _) => N::FirstTasks { tasks: overdue },
        (_, _, 1..) => N::FirstApprovals,
        _ => N::FirstNothing,
    }];
    told.push(match count("/open/count") {
        0 => N::NoPipeline,
        deals => N::Pipeline { deals, value: sum("/open/value"), weighted: sum("/weighted/value") },
    });
    let since = |what: &str| count(&format!("/since_yesterday/{what}/count"));
    told.push(match (since("won"), since("lost"), since("slipped")) {
        (0, 0, 0) => N::Unchanged,
        (won, lost, slipped) => N::Changed { won, lost, slipped },
    });
    told.push(match waiting {
        0 => N::NoApprovals,
        drafts => N::Approvals { drafts },
    });
    told.push(match (breached, due_today) {
        (0, 0) => N::NoPromises,
        (breached, due_today) => N::Promises { breached, due_today },
    });
    let renewals = count("/renewals/within/0/count");
    if let (1.., Ok(due_on)) = (renewals, parse_date(text("/renewals/next/due_on"))) {
        told.push(N::Renewals {
            renewals,
            within_days: count("/renewals/within/0/days"),
            due_on,
            account: name("/renewals/next/account_name"),
            amount: dashboard.pointer("/renewals/next/amount").and_then(Shown::of),
        });
    }
    let notices = count("/renewals/notices/count");
    if let (1.., Ok(until)) = (notices, parse_date(text("/renewals/notices/next/notice_to"))) {
        told.push(N::Notices {
            notices,
            within_days: count("/renewals/notices/days"),
            until,
            account: name("/renewals/notices/next/account_name"),
        });
    }
    if dashboard.pointer("/riskiest/id").is_some() {
        told.push(N::Riskiest {
            deal: name("/riskiest/title"),
            score: count("/riskiest/risk/score"),
            value: dashboard.pointer("/riskiest/value").and_then(Shown::of),
            why,
        });
    }
    let (leads, conversations) = (count("/leads/unowned/count"), count("/conversations/unanswered/count"));
    if leads > 0 || conversations > 0 {
        told.push(N::Waiting { leads, conversations });
    }
    told
}
