//! Ce qui plaide pour une prochaine action, en français.

use super::{Clock, Lang, day_in_full, plural, risk_fix};
use crate::kernel::next_action_reason::NextActionReason;
use crate::kernel::time::Instant;

pub(super) fn reason(reason: &NextActionReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::French);
    use NextActionReason as R;
    let days = |n: i64| plural(Lang::French, u64::try_from(n).unwrap_or(0), "jour", "jours");
    let hours = |n: i64| plural(Lang::French, u64::try_from(n).unwrap_or(0), "heure", "heures");
    let day = |date| day_in_full(date, Lang::French);
    match reason {
        R::ScoreBand { band, score: Some(score) } => format!("score\u{a0}: {band} ({score})"),
        R::ScoreBand { band, score: None } => format!("score\u{a0}: {band}"),
        R::Gaps { items } => {
            let names: Vec<&str> = items.iter().map(|item| item.text(Lang::French)).collect();
            format!("à compléter\u{a0}: {}", names.join(", "))
        }
        R::Nobodys => "personne n’en est responsable".to_owned(),
        R::NotContacted { hours: n, since } => {
            format!("aucune prise de contact depuis l’arrivée, le {} ({})", moment(*since), hours(*n))
        }
        R::Quiet { days: n, since } => format!("aucun contact depuis {} (le dernier le {})", days(*n), moment(*since)),
        R::ReplyWaits { hours: n, since } => {
            format!("un message attend une réponse depuis le {} ({})", moment(*since), hours(*n))
        }
        R::NoTask => "rien n’est prévu".to_owned(),
        R::AtRisk { score } => format!("affaire à risque\u{a0}: {score} sur 100"),
        R::RiskSignals { signals } => {
            let fixes: Vec<&str> = signals.iter().map(|signal| risk_fix(signal.fix(), Lang::French)).collect();
            format!("contre le risque\u{a0}: {}", fixes.join("\u{202f}; "))
        }
        R::CloseDatePassed { days: n, date } => {
            format!("la date de clôture est dépassée de {} ({})", days(*n), day(*date))
        }
        R::InStage { days: n, since } => {
            format!("dans la même étape depuis {} (depuis le {})", days(*n), moment(*since))
        }
        R::QuoteWaits { days: n, since } => {
            format!("le devis envoyé le {} est sans réponse depuis {}", moment(*since), days(*n))
        }
        R::RenewalNear { days: 0, date } => format!("le contrat se termine aujourd’hui ({})", day(*date)),
        R::RenewalNear { days: n, date } => format!("le contrat se termine dans {} ({})", days(*n), day(*date)),
        R::HealthLow { health } => format!("la santé du compte est de {health} sur 100"),
        R::TicketsBreached { count } => {
            let tickets = plural(Lang::French, u64::try_from(*count).unwrap_or(0), "ticket ouvert", "tickets ouverts");
            format!("engagement non tenu sur {tickets}")
        }
        R::Objection => "la personne a demandé à ne plus être contactée".to_owned(),
        R::Held => "déjà suggéré pour les mêmes raisons".to_owned(),
        R::SameEnd { action } => {
            format!("«\u{a0}{}\u{a0}» sert le même but et passe avant", action.text(Lang::French))
        }
        R::Enough { most: 0 | 1 } => "une autre action passe avant".to_owned(),
        R::Enough { most } => format!("{most} autres actions passent avant"),
    }
}
