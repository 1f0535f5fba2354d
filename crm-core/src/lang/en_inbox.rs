//! What an inbox says in English.

use super::{Clock, Lang, plural};
use crate::kernel::inbox_reason::{InboxAction, InboxReason};
use crate::kernel::time::Instant;

pub(super) fn reason(reason: &InboxReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::English);
    use InboxReason as R;
    match reason {
        R::PromiseBroken { due_at: Some(due) } => {
            format!("promise to the customer broken, due {}", moment(*due))
        }
        R::PromiseBroken { due_at: None } => "promise to the customer broken".to_owned(),
        R::PromiseDueSoon { due_at: Some(due) } => format!("little time left, due {}", moment(*due)),
        R::PromiseDueSoon { due_at: None } => "little time left".to_owned(),
        R::PromiseDue { due_at } => format!("promised by {}", moment(*due_at)),
        R::NoPromiseRuns => "no promise runs at the moment".to_owned(),
        R::CustomerWaits { since } => format!("the customer has waited for an answer since {}", moment(*since)),
        R::WaitsLong { hours } => {
            let hours = u64::try_from(*hours).unwrap_or(0);
            format!("without an answer for {}", plural(Lang::English, hours, "hour", "hours"))
        }
        R::ApprovalWaits { since } => format!("waits to be allowed since {}", moment(*since)),
        R::CloseDatePassed { date, days } => {
            let days = plural(Lang::English, u64::try_from(*days).unwrap_or(0), "day", "days");
            format!("the close date passed {days} ago ({date})")
        }
        R::AtRisk { score } => format!("deal at risk: {score} of 100"),
        R::RiskRisen { from, to } => format!("its risk rose from {from} to {to} within a week"),
        R::HotLead { score: Some(score) } => format!("hot lead that nobody has touched (score {score})"),
        R::HotLead { score: None } => "hot lead that nobody has touched".to_owned(),
        R::NewLead { received_at } => format!("new lead since {}", moment(*received_at)),
        R::NobodysLead => "the lead has no owner".to_owned(),
        R::Priority { priority } => format!("priority: {priority}"),
    }
}

pub(super) const fn action(action: InboxAction) -> &'static str {
    match action {
        InboxAction::Complete => "Complete",
        InboxAction::Snooze => "Put off until tomorrow",
        InboxAction::Reply => "Record an answer",
        InboxAction::Approve => "Approve",
        InboxAction::RequestChanges => "Ask for changes",
        InboxAction::Reject => "Reject",
        InboxAction::Route => "Route",
        InboxAction::CreateTask => "Create a task",
        InboxAction::LogCall => "Log a call",
        InboxAction::LogMeeting => "Log a meeting",
        InboxAction::AddNote => "Add a note",
        InboxAction::DraftEmail => "Draft an e-mail",
    }
}
