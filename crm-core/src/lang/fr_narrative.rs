//! A day in French.

use super::{Lang, day_in_full, plural};
use crate::kernel::narrative_reason::{NarrativeReason, Shown};

pub(super) fn reason(reason: &NarrativeReason) -> String {
    use NarrativeReason as N;
    let count = |n: u64, one: &str, many: &str| plural(Lang::French, n, one, many);
    match reason {
        N::FirstPromises => "À faire d’abord\u{a0}: répondre aux tickets dont l’engagement n’est pas tenu.".into(),
        N::FirstTasks { tasks } => {
            format!("À faire d’abord\u{a0}: {}.", count(*tasks, "tâche en retard", "tâches en retard"))
        }
        N::FirstApprovals => "À faire d’abord\u{a0}: décider de ce qui attend un accord.".into(),
        N::FirstNothing => "Rien n’est en retard\u{a0}: la journée est libre pour avancer.".into(),
        N::Pipeline { deals, value, weighted } => format!(
            "{}, pour {} (pondéré\u{a0}: {}).",
            count(*deals, "affaire est ouverte", "affaires sont ouvertes"),
            money(value),
            money(weighted)
        ),
        N::NoPipeline => "Aucune affaire n’est ouverte.".into(),
        N::Changed { won, lost, slipped } => {
            let parts = [
                (*won, "affaire gagnée", "affaires gagnées"),
                (*lost, "affaire perdue", "affaires perdues"),
                (*slipped, "affaire repoussée", "affaires repoussées"),
            ];
            let told = parts.into_iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| count(n, one, many));
            format!("Depuis hier\u{a0}: {}.", told.collect::<Vec<_>>().join(", "))
        }
        N::Unchanged => "Depuis hier, aucune affaire n’a été gagnée, perdue ni repoussée.".into(),
        N::Approvals { drafts } => {
            format!("{} un accord.", count(*drafts, "brouillon attend", "brouillons attendent"))
        }
        N::NoApprovals => "Aucun brouillon n’attend d’accord.".into(),
        N::Promises { breached, due_today } => {
            let late = count(*breached, "ticket a dépassé son engagement", "tickets ont dépassé leur engagement");
            let today = count(*due_today, "ticket est à traiter aujourd’hui", "tickets sont à traiter aujourd’hui");
            let told = [(*breached, late), (*due_today, today)].into_iter().filter(|(n, _)| *n > 0);
            format!("{}.", told.map(|(_, text)| text).collect::<Vec<_>>().join(", "))
        }
        N::NoPromises => "Aucun ticket n’est en retard ni à traiter aujourd’hui.".into(),
        N::Renewals { renewals, within_days, due_on, account, amount } => format!(
            "{} sous {}, {}le {}{}.",
            count(*renewals, "renouvellement arrive à échéance", "renouvellements arrivent à échéance"),
            count(*within_days, "jour", "jours"),
            if *renewals < 2 { "" } else { "le premier " },
            day_in_full(*due_on, Lang::French),
            beside("\u{a0}: ", account, amount.as_ref())
        ),
        N::Notices { notices, within_days, until, account } => format!(
            "{} sous {}, {}au plus tard le {}{}.",
            count(*notices, "avis de reconduction est à envoyer", "avis de reconduction sont à envoyer"),
            count(*within_days, "jour", "jours"),
            if *notices < 2 { "" } else { "le premier " },
            day_in_full(*until, Lang::French),
            beside("\u{a0}: ", account, None)
        ),
        N::Riskiest { deal, score, value, why } => {
            let value = value.as_ref().map(|value| format!(", {}", money(value))).unwrap_or_default();
            let why = why.as_ref().map(|why| format!("\u{a0}: {}", super::fr_risk::reason(why))).unwrap_or_default();
            format!(
                "L’affaire la plus risquée est «\u{a0}{deal}\u{a0}» (risque {score}{value}){}.",
                why.trim_end_matches('.')
            )
        }
        N::Waiting { leads, conversations } => {
            let owner = count(*leads, "lead n’a pas de responsable", "leads n’ont pas de responsable");
            let answer =
                count(*conversations, "conversation attend une réponse", "conversations attendent une réponse");
            let told = [(*leads, owner), (*conversations, answer)].into_iter().filter(|(n, _)| *n > 0);
            format!("{}.", told.map(|(_, text)| text).collect::<Vec<_>>().join(", "))
        }
    }
}

fn money(shown: &Shown) -> String {
    super::fr_forecast::amount(&shown.amount, &shown.currency)
}

/// A name and an amount, as far as they are known.
fn beside(mark: &str, name: &str, amount: Option<&Shown>) -> String {
    let name = Some(name.to_owned()).filter(|name| !name.is_empty());
    let parts: Vec<String> = name.into_iter().chain(amount.map(money)).collect();
    if parts.is_empty() { String::new() } else { format!("{mark}{}", parts.join(", ")) }
}
