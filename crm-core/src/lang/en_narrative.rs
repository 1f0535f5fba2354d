//! A day in English.

use super::{Lang, day_in_full, plural};
use crate::kernel::narrative_reason::{NarrativeReason, Shown};

pub(super) fn reason(reason: &NarrativeReason) -> String {
    use NarrativeReason as N;
    let count = |n: u64, one: &str, many: &str| plural(Lang::English, n, one, many);
    match reason {
        N::FirstPromises => "First, answer the tickets whose promise is broken.".into(),
        N::FirstTasks { tasks: 1 } => "First, do the overdue task.".into(),
        N::FirstTasks { tasks } => format!("First, do the {tasks} overdue tasks."),
        N::FirstApprovals => "First, decide what waits for an OK.".into(),
        N::FirstNothing => "Nothing is late: the day is free for what comes next.".into(),
        N::Pipeline { deals, value, weighted } => format!(
            "{} open, worth {} ({} weighted).",
            count(*deals, "deal is", "deals are"),
            money(value),
            money(weighted)
        ),
        N::NoPipeline => "No deal is open.".into(),
        N::Changed { won, lost, slipped } => {
            let parts = [
                (*won, "deal won", "deals won"),
                (*lost, "deal lost", "deals lost"),
                (*slipped, "deal pushed back", "deals pushed back"),
            ];
            let told = parts.into_iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| count(n, one, many));
            format!("Since yesterday: {}.", told.collect::<Vec<_>>().join(", "))
        }
        N::Unchanged => "No deal was won, lost or pushed back since yesterday.".into(),
        N::Approvals { drafts } => format!("{} for an OK.", count(*drafts, "draft waits", "drafts wait")),
        N::NoApprovals => "Nothing waits for an OK.".into(),
        N::Promises { breached, due_today } => {
            let late = count(*breached, "ticket is past its promise", "tickets are past their promise");
            let today = count(*due_today, "ticket has to be served today", "tickets have to be served today");
            let told = [(*breached, late), (*due_today, today)].into_iter().filter(|(n, _)| *n > 0);
            format!("{}.", told.map(|(_, text)| text).collect::<Vec<_>>().join(", "))
        }
        N::NoPromises => "No ticket is late or due today.".into(),
        N::Renewals { renewals, within_days, due_on, account, amount } => format!(
            "{} within {}, {}on {}{}.",
            count(*renewals, "renewal is due", "renewals are due"),
            count(*within_days, "day", "days"),
            if *renewals == 1 { "" } else { "the first " },
            day_in_full(*due_on, Lang::English),
            beside(": ", account, amount.as_ref())
        ),
        N::Notices { notices, within_days, until, account } => format!(
            "{} to be sent within {}, {}by {}{}.",
            count(*notices, "notice of a renewal is", "notices of renewals are"),
            count(*within_days, "day", "days"),
            if *notices == 1 { "" } else { "the first " },
            day_in_full(*until, Lang::English),
            beside(": ", account, None)
        ),
        N::Riskiest { deal, score, value, why } => {
            let value = value.as_ref().map(|value| format!(", {}", money(value))).unwrap_or_default();
            let why = why.as_ref().map(|why| format!(": {}", super::en_risk::reason(why))).unwrap_or_default();
            format!("The riskiest deal is “{deal}” (risk {score}{value}){}.", why.trim_end_matches('.'))
        }
        N::Waiting { leads, conversations } => {
            let owner = count(*leads, "lead has no owner", "leads have no owner");
            let answer = count(*conversations, "conversation waits for an answer", "conversations wait for an answer");
            let told = [(*leads, owner), (*conversations, answer)].into_iter().filter(|(n, _)| *n > 0);
            format!("{}.", told.map(|(_, text)| text).collect::<Vec<_>>().join(", "))
        }
    }
}

fn money(shown: &Shown) -> String {
    super::en_forecast::amount(&shown.amount, &shown.currency)
}

/// A name and an amount, as far as they are known.
fn beside(mark: &str, name: &str, amount: Option<&Shown>) -> String {
    let name = Some(name.to_owned()).filter(|name| !name.is_empty());
    let parts: Vec<String> = name.into_iter().chain(amount.map(money)).collect();
    if parts.is_empty() { String::new() } else { format!("{mark}{}", parts.join(", ")) }
}
