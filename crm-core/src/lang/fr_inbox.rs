//! What an inbox says in French.

use super::fr_words::priority;
use super::{Clock, Lang, plural};
use crate::kernel::inbox_reason::{InboxAction, InboxReason};
use crate::kernel::time::Instant;

pub(super) fn reason(reason: &InboxReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::French);
    use InboxReason as R;
    match reason {
        R::PromiseBroken { due_at: Some(due) } => {
            format!("engagement envers le client rompu, échéance le {}", moment(*due))
        }
        R::PromiseBroken { due_at: None } => "engagement envers le client rompu".to_owned(),
        R::PromiseDueSoon { due_at: Some(due) } => {
            format!("il reste peu de temps, échéance le {}", moment(*due))
        }
        R::PromiseDueSoon { due_at: None } => "il reste peu de temps".to_owned(),
        R::PromiseDue { due_at } => format!("engagement à tenir avant le {}", moment(*due_at)),
        R::NoPromiseRuns => "aucun engagement en cours pour le moment".to_owned(),
        R::CustomerWaits { since } => format!("le client attend une réponse depuis le {}", moment(*since)),
        R::WaitsLong { hours } => {
            let hours = u64::try_from(*hours).unwrap_or(0);
            format!("sans réponse depuis {}", plural(Lang::French, hours, "heure", "heures"))
        }
        R::ApprovalWaits { since } => format!("en attente d’autorisation depuis le {}", moment(*since)),
        R::CloseDatePassed { date, days } => {
            let days = plural(Lang::French, u64::try_from(*days).unwrap_or(0), "jour", "jours");
            format!("date de clôture dépassée de {days} ({})", date.format("%d/%m/%Y"))
        }
        R::AtRisk { score } => format!("affaire à risque\u{a0}: {score} sur 100"),
        R::RiskRisen { from, to } => format!("risque passé de {from} à {to} en une semaine"),
        R::HotLead { score: Some(score) } => format!("lead chaud que personne n’a encore contacté (score {score})"),
        R::HotLead { score: None } => "lead chaud que personne n’a encore contacté".to_owned(),
        R::NewLead { received_at } => format!("nouveau lead depuis le {}", moment(*received_at)),
        R::NobodysLead => "le lead n’a pas de responsable".to_owned(),
        R::Priority { priority: code } => format!("priorité\u{a0}: {}", priority(code)),
    }
}

pub(super) const fn action(action: InboxAction) -> &'static str {
    match action {
        InboxAction::Complete => "Terminer",
        InboxAction::Snooze => "Reporter à demain",
        InboxAction::Reply => "Consigner une réponse",
        InboxAction::Approve => "Approuver",
        InboxAction::RequestChanges => "Demander des modifications",
        InboxAction::Reject => "Refuser",
        InboxAction::Route => "Attribuer",
        InboxAction::CreateTask => "Créer une tâche",
        InboxAction::LogCall => "Consigner un appel",
        InboxAction::LogMeeting => "Consigner une réunion",
        InboxAction::AddNote => "Ajouter une note",
        InboxAction::DraftEmail => "Rédiger un e-mail",
    }
}
