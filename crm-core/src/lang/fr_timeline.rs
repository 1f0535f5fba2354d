//! What timelines say in French.

use super::fr_sla::metric as clock_of;
use super::{Clock, Lang, column, draft_state};
use crate::kernel::approval::DraftEventKind;
use crate::kernel::quotes::QuoteStanding;
use crate::kernel::service::{SlaAlertKind, TicketEventKind};
use crate::kernel::time::Instant;
use crate::kernel::timeline_reason::TimelineReason;

pub(super) fn reason(reason: &TimelineReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::French);
    use TimelineReason as R;
    match reason {
        R::Activity { kind, direction, subject, actor } => {
            let direction = match direction.as_str() {
                "inbound" => " du client",
                "outbound" => " au client",
                _ => "",
            };
            format!("{}{direction}{}{}", activity(kind), by(actor), about(subject))
        }
        R::ActivityRemoved { kind, removed_at } => {
            format!("{} (suppression le {})", activity(kind), moment(*removed_at))
        }
        R::Note { text, author } => format!("note{}{}", by(author), about(text)),
        R::TaskCreated { title, assignee } if assignee.is_empty() => format!("tâche\u{a0}: {title}"),
        R::TaskCreated { title, assignee } => format!("tâche pour {assignee}\u{a0}: {title}"),
        R::TaskCompleted { title, by: who } => format!("tâche faite{}\u{a0}: {title}", by(who)),
        R::DealOpened { stage, actor } => {
            format!("affaire ouverte à l’étape {}{}", stage.text(Lang::French), by(actor))
        }
        R::DealMoved { from, to, actor } => {
            let (from, to) = (from.text(Lang::French), to.text(Lang::French));
            format!("affaire passée de l’étape {from} à l’étape {to}{}", by(actor))
        }
        R::DealWon { actor } => format!("affaire gagnée{}", by(actor)),
        R::DealLost { actor } => format!("affaire perdue{}", by(actor)),
        R::DealReopened { stage, actor } => {
            format!("affaire rouverte à l’étape {}{}", stage.text(Lang::French), by(actor))
        }
        R::DealArchived { actor } => format!("affaire archivée{}", by(actor)),
        R::DealRestored { actor } => format!("affaire restaurée{}", by(actor)),
        R::DealChanged { fields, actor } => {
            let fields: Vec<&str> = fields.iter().map(|f| column(f).map_or(f.as_str(), |(_, fr)| fr)).collect();
            format!("affaire modifiée{}\u{a0}: {}", by(actor), fields.join(", "))
        }
        R::Ticket { kind, status, actor } => {
            let said = match kind {
                TicketEventKind::Created => "ticket ouvert",
                TicketEventKind::CustomerMessage => "message du client",
                TicketEventKind::StaffReply => "réponse au client",
                TicketEventKind::InternalNote => "note sur le ticket",
                TicketEventKind::AutomaticMessage => "message automatique",
                TicketEventKind::Changed if !status.id.is_empty() => {
                    return format!("ticket modifié{}\u{a0}: {}", by(actor), status.text(Lang::French));
                }
                TicketEventKind::Changed => "ticket modifié",
                TicketEventKind::Merged => "ticket fusionné avec un autre",
                TicketEventKind::Archived => "ticket archivé",
                TicketEventKind::Restored => "ticket restauré",
                TicketEventKind::Reapplied => "engagements du ticket recalculés",
            };
            format!("{said}{}", by(actor))
        }
        R::TicketReopened { actor } => format!("ticket rouvert{}", by(actor)),
        R::SlaAlert { kind, metric, due_at } => {
            let said = match kind {
                SlaAlertKind::DueSoon => "échéance proche",
                SlaAlertKind::Escalated => "escalade",
                SlaAlertKind::Breached => "engagement rompu",
            };
            let due = due_at.map(|due| format!(", échéance le {}", moment(due))).unwrap_or_default();
            match metric {
                Some(metric) => format!("{said}\u{a0}: {}{due}", clock_of(*metric)),
                None => format!("{said}{due}"),
            }
        }
        R::Assigned { user, .. } if !user.is_empty() => format!("attribution à {user}"),
        R::Assigned { queue, .. } => format!("mise en file d’attente\u{a0}: {queue}"),
        R::Submitted { form } => format!("formulaire envoyé{}", about(form)),
        R::Event { kind, page } => format!("{}{}", event(kind), about(page)),
        R::Merged { name } => format!("fusion avec {name}"),
        R::Converted { name } => format!("lead converti{}", about(name)),
        R::Attached { name, role } if role.is_empty() => format!("fichier joint\u{a0}: {name}"),
        R::Attached { name, role } => format!("fichier joint ({role})\u{a0}: {name}"),
        R::Drafted { channel, subject, author } => {
            let channel = if channel.is_empty() { "message" } else { activity(channel) };
            format!("brouillon ({channel}){}{}", by(author), about(subject))
        }
        R::DraftDecided { state, subject, by: who } => {
            format!(
                "décision{} sur le brouillon{} (désormais {})",
                by(who),
                about(subject),
                draft_state(*state, Lang::French)
            )
        }
        R::DraftEvent { kind, recipient, actor } => format!("{}{}{}", draft_event(*kind), by(actor), about(recipient)),
        R::Quote { standing, number, version, by: who } => {
            let said = match standing {
                QuoteStanding::Draft if *version > 1 => "nouvelle version d’un devis commencée",
                QuoteStanding::Draft => "devis commencé",
                QuoteStanding::Accepted => "devis accepté",
                QuoteStanding::Declined => "devis refusé",
                _ => "devis envoyé",
            };
            format!("{said}{}{}", by(who), about(number))
        }
        R::Created => "création".to_owned(),
    }
}

const fn draft_event(kind: DraftEventKind) -> &'static str {
    use DraftEventKind as K;
    match kind {
        K::Composed => "brouillon rédigé",
        K::Edited => "brouillon modifié",
        K::Submitted => "brouillon soumis à décision",
        K::PeerChecked => "brouillon relu par un équipier",
        K::Approved => "brouillon approuvé",
        K::ApprovalRefused => "tentative d’approbation refusée",
        K::Rejected => "brouillon refusé",
        K::ChangesRequested => "modifications demandées",
        K::Cancelled => "brouillon annulé",
        K::Expired => "brouillon expiré",
        K::Superseded => "brouillon remplacé par un autre",
        K::Withdrawn => "accord d’une règle retiré",
        K::Blocked => "retenu par le dernier contrôle",
        K::Started => "remis au canal",
        K::Sent => "pris en charge par le canal",
        K::Failed => "non envoyé",
        K::Unknown => "envoi à l’issue inconnue",
        K::Reconciled => "issue vérifiée",
        K::Retried => "remis dans la boîte d’envoi",
        K::Done => "commande exécutée",
    }
}

fn activity(kind: &str) -> &str {
    match kind {
        "" => "activité",
        "call" => "appel",
        "email" => "e-mail",
        "letter" => "courrier",
        "meeting" => "réunion",
        "visit" => "visite",
        kind => kind,
    }
}

/// What the standard score model and the usual trackers call things; other names stand as they are.
fn event(kind: &str) -> &str {
    match kind {
        "page_view" => "page consultée",
        "form_submitted" => "formulaire envoyé",
        "email_opened" => "e-mail ouvert",
        "email_clicked" => "lien d’un e-mail suivi",
        "demo_requested" => "démonstration demandée",
        "webinar" => "webinaire suivi",
        "unsubscribed" => "désinscription",
        kind => kind,
    }
}

fn by(actor: &str) -> String {
    if actor.is_empty() { String::new() } else { format!(" par {actor}") }
}

fn about(subject: &str) -> String {
    if subject.is_empty() { String::new() } else { format!("\u{a0}: {subject}") }
}
