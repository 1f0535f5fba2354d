//! What timelines say in English.

use super::en_sla::metric as clock_of;
use super::{Clock, Lang, column, draft_state};
use crate::kernel::approval::DraftEventKind;
use crate::kernel::quotes::QuoteStanding;
use crate::kernel::service::{SlaAlertKind, TicketEventKind};
use crate::kernel::time::Instant;
use crate::kernel::timeline_reason::TimelineReason;

pub(super) fn reason(reason: &TimelineReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::English);
    use TimelineReason as R;
    match reason {
        R::Activity { kind, direction, subject, actor } => {
            let direction = match direction.as_str() {
                "inbound" => " from the customer",
                "outbound" => " to the customer",
                _ => "",
            };
            format!("{}{direction}{}{}", activity(kind), by(actor), about(subject))
        }
        R::ActivityRemoved { kind, removed_at } => {
            format!("{}, removed on {}", activity(kind), moment(*removed_at))
        }
        R::Note { text, author } => format!("note{}{}", by(author), about(text)),
        R::TaskCreated { title, assignee } if assignee.is_empty() => format!("task: {title}"),
        R::TaskCreated { title, assignee } => format!("task for {assignee}: {title}"),
        R::TaskCompleted { title, by: who } => format!("task done{}: {title}", by(who)),
        R::DealOpened { stage, actor } => format!("deal opened in {}{}", stage.text(Lang::English), by(actor)),
        R::DealMoved { from, to, actor } => {
            format!("deal moved from {} to {}{}", from.text(Lang::English), to.text(Lang::English), by(actor))
        }
        R::DealWon { actor } => format!("deal won{}", by(actor)),
        R::DealLost { actor } => format!("deal lost{}", by(actor)),
        R::DealReopened { stage, actor } => format!("deal reopened in {}{}", stage.text(Lang::English), by(actor)),
        R::DealArchived { actor } => format!("deal put away{}", by(actor)),
        R::DealRestored { actor } => format!("deal brought back{}", by(actor)),
        R::DealChanged { fields, actor } => {
            let fields: Vec<&str> = fields.iter().map(|f| column(f).map_or(f.as_str(), |(en, _)| en)).collect();
            format!("deal changed{}: {}", by(actor), fields.join(", "))
        }
        R::Ticket { kind, status, actor } => {
            let said = match kind {
                TicketEventKind::Created => "ticket opened",
                TicketEventKind::CustomerMessage => "message from the customer",
                TicketEventKind::StaffReply => "answer to the customer",
                TicketEventKind::InternalNote => "note on the ticket",
                TicketEventKind::AutomaticMessage => "automatic message",
                TicketEventKind::Changed if !status.id.is_empty() => {
                    return format!("ticket changed{}: {}", by(actor), status.text(Lang::English));
                }
                TicketEventKind::Changed => "ticket changed",
                TicketEventKind::Merged => "ticket merged into another one",
                TicketEventKind::Archived => "ticket put away",
                TicketEventKind::Restored => "ticket brought back",
                TicketEventKind::Reapplied => "promises of the ticket measured anew",
            };
            format!("{said}{}", by(actor))
        }
        R::TicketReopened { actor } => format!("ticket reopened{}", by(actor)),
        R::SlaAlert { kind, metric, due_at } => {
            let said = match kind {
                SlaAlertKind::DueSoon => "little time left",
                SlaAlertKind::Escalated => "escalated",
                SlaAlertKind::Breached => "promise broken",
            };
            let due = due_at.map(|due| format!(", due {}", moment(due))).unwrap_or_default();
            match metric {
                Some(metric) => format!("{said}: {}{due}", clock_of(*metric)),
                None => format!("{said}{due}"),
            }
        }
        R::Assigned { user, .. } if !user.is_empty() => format!("given to {user}"),
        R::Assigned { queue, .. } => format!("put into the queue {queue}"),
        R::Submitted { form } => format!("form sent{}", about(form)),
        R::Event { kind, page } => format!("{}{}", event(kind), about(page)),
        R::Merged { name } => format!("merged with {name}"),
        R::Converted { name } => format!("lead converted{}", about(name)),
        R::Attached { name, role } if role.is_empty() => format!("file attached: {name}"),
        R::Attached { name, role } => format!("file attached ({role}): {name}"),
        R::Drafted { channel, subject, author } => {
            let channel = if channel.is_empty() { "message" } else { activity(channel) };
            format!("{channel} drafted{}{}", by(author), about(subject))
        }
        R::DraftDecided { state, subject, by: who } => {
            format!("decision{} on the draft{} (now {})", by(who), about(subject), draft_state(*state, Lang::English))
        }
        R::DraftEvent { kind, recipient, actor } => format!("{}{}{}", draft_event(*kind), by(actor), about(recipient)),
        R::Quote { standing, number, version, by: who } => {
            let said = match standing {
                QuoteStanding::Draft if *version > 1 => "new version of a quote begun",
                QuoteStanding::Draft => "quote begun",
                QuoteStanding::Accepted => "quote accepted",
                QuoteStanding::Declined => "quote declined",
                _ => "quote sent",
            };
            format!("{said}{}{}", by(who), about(number))
        }
        R::Created => "created".to_owned(),
    }
}

const fn draft_event(kind: DraftEventKind) -> &'static str {
    use DraftEventKind as K;
    match kind {
        K::Composed => "draft written",
        K::Edited => "draft changed",
        K::Submitted => "draft given to whoever decides",
        K::PeerChecked => "draft checked by a teammate",
        K::Approved => "draft approved",
        K::ApprovalRefused => "attempt to approve refused",
        K::Rejected => "draft rejected",
        K::ChangesRequested => "changes asked for",
        K::Cancelled => "draft taken back",
        K::Expired => "draft expired",
        K::Superseded => "draft replaced by another",
        K::Withdrawn => "approval by a rule withdrawn",
        K::Blocked => "held back by the last check",
        K::Started => "given to the channel",
        K::Sent => "taken by the channel",
        K::Failed => "not sent",
        K::Unknown => "not known whether it left",
        K::Reconciled => "outcome looked up",
        K::Retried => "put into the outbox again",
        K::Done => "command carried out",
    }
}

fn activity(kind: &str) -> &str {
    match kind {
        "" => "activity",
        "email" => "e-mail",
        kind => kind,
    }
}

/// What the standard score model and the usual trackers call things; other names stand as they are.
fn event(kind: &str) -> &str {
    match kind {
        "page_view" => "page viewed",
        "form_submitted" => "form sent",
        "email_opened" => "e-mail opened",
        "email_clicked" => "link of an e-mail followed",
        "demo_requested" => "demo asked for",
        "webinar" => "webinar attended",
        "unsubscribed" => "unsubscribed",
        kind => kind,
    }
}

fn by(actor: &str) -> String {
    if actor.is_empty() { String::new() } else { format!(" by {actor}") }
}

fn about(subject: &str) -> String {
    if subject.is_empty() { String::new() } else { format!(": {subject}") }
}
