//! What playbooks say in French.

use super::en_words::{list, visible};
use super::fr_values::date as date_of;
use super::{Lang, plural};
use crate::kernel::customer::{RunState, StepState};
use crate::kernel::playbook_problem::PlaybookProblem;
use crate::kernel::playbook_reason::{AnchorName, Direction, OffsetUnit, PlaybookReason};
use crate::kernel::reason::Name;

const LANG: Lang = Lang::French;

fn quoted(text: &str) -> String {
    format!("«\u{a0}{}\u{a0}»", visible(text))
}

fn name(name: &Name) -> String {
    quoted(name.text(LANG))
}

fn anchor(anchor: &AnchorName) -> String {
    match anchor {
        AnchorName::Start => "le démarrage".to_owned(),
        AnchorName::GoLive => "la mise en service".to_owned(),
        AnchorName::Renewal => "le renouvellement".to_owned(),
        AnchorName::Named(day) => format!("le jour {}", quoted(day)),
        AnchorName::Step(step) => format!("la fin de l’étape {}", name(step)),
    }
}

/// The same after "of".
fn of_anchor(from: &AnchorName) -> String {
    match from {
        AnchorName::Start => "du démarrage".to_owned(),
        AnchorName::Renewal => "du renouvellement".to_owned(),
        AnchorName::Named(day) => format!("du jour {}", quoted(day)),
        AnchorName::GoLive | AnchorName::Step(_) => format!("de {}", anchor(from)),
    }
}

fn counted(count: u32, unit: OffsetUnit) -> String {
    let (one, many) = match unit {
        OffsetUnit::Days => ("jour", "jours"),
        OffsetUnit::Weeks => ("semaine", "semaines"),
        OffsetUnit::Months => ("mois", "mois"),
        OffsetUnit::BusinessDays => ("jour ouvré", "jours ouvrés"),
    };
    plural(LANG, count.into(), one, many)
}

fn days(days: i64) -> String {
    plural(LANG, days.unsigned_abs(), "jour", "jours")
}

pub(super) fn reason(reason: &PlaybookReason) -> String {
    use PlaybookReason as R;
    match reason {
        R::Counted { count, unit, direction, anchor: from, date } => {
            let side = if *direction == Direction::After { "après" } else { "avant" };
            format!("{} {side} {} ({})", counted(*count, *unit), anchor(from), date_of(*date))
        }
        R::OnDay { anchor: from, date } => match from {
            AnchorName::Named(day) => format!("le jour {} ({})", quoted(day), date_of(*date)),
            _ => format!("le jour {} ({})", of_anchor(from), date_of(*date)),
        },
        R::Provisional { step, date } => format!(
            "l’étape {} n’est pas terminée\u{a0}: compté depuis sa fin prévue, le {}",
            name(step),
            date_of(*date)
        ),
        R::MonthEnd { day, date } => {
            format!("ce mois n’a pas de {day}\u{a0}: son dernier jour, le {}", date_of(*date))
        }
        R::Rolled { from, to } => {
            format!("le {} n’est pas travaillé\u{a0}: reporté au {}", date_of(*from), date_of(*to))
        }
        R::Waits { step, date } => format!("pas avant la fin de l’étape {}, le {}", name(step), date_of(*date)),
        R::TooTight { step, date } => {
            format!("l’étape {} doit précéder, mais ne se termine que le {}", name(step), date_of(*date))
        }
        R::Lasts { days, is_business } => {
            let unit = if *is_business { OffsetUnit::BusinessDays } else { OffsetUnit::Days };
            format!("se poursuit pendant {}", counted(*days, unit))
        }
        R::NoAnchor { anchor: from } => {
            format!("pas encore de date\u{a0}: la date {} n’est pas connue", of_anchor(from))
        }
        R::NotNeeded => "inutile\u{a0}: sa condition ne s’applique pas à ce client".to_owned(),
        R::Overdue { step, days: late, due } => {
            format!("l’étape {} a {} de retard (prévue le {})", name(step), days(*late), date_of(*due))
        }
        R::Progress { done, required } => {
            let required = plural(LANG, *required, "étape obligatoire", "étapes obligatoires");
            format!("terminé\u{a0}: {done} sur {required}")
        }
        R::TaskPutAway => "sa tâche a été archivée".to_owned(),
        R::DroppedIn { version } => format!("la version {version} du parcours ne la contient plus"),
        R::Rewritten { version } => {
            format!("la version {version} du parcours a été modifiée depuis que ce client la suit")
        }
        R::Fits { playbook } => format!("{} est prévu pour ce type de client", name(playbook)),
        R::FirstActive { playbook } => format!("{} convient à tous les clients", name(playbook)),
        R::NoRun => "aucun parcours de ce type n’a été lancé pour ce client".to_owned(),
        R::DealWon { deal, date } => format!("affaire {} gagnée le {}", quoted(deal), date_of(*date)),
        R::Subscribed { subscription, date } => {
            format!("l’abonnement {} court depuis le {}", quoted(subscription), date_of(*date))
        }
        R::Steps { steps, required } => {
            let required = plural(LANG, *required, "obligatoire", "obligatoires");
            format!("{}, dont {required}", plural(LANG, *steps, "étape", "étapes"))
        }
        R::FirstStep { step, date } => format!("commence par {} le {}", name(step), date_of(*date)),
        R::Contact { name } => format!("l’interlocuteur est {}", visible(name)),
    }
}

/// Où en est un parcours, après « il est ».
const fn run(state: RunState) -> &'static str {
    match state {
        RunState::Active => "en cours",
        RunState::Done => "terminé",
        RunState::Cancelled => "interrompu",
    }
}

/// Où en est une étape, après « elle est ».
const fn step(state: StepState) -> &'static str {
    match state {
        StepState::Open => "à faire",
        StepState::Done => "terminée",
        StepState::Skipped => "écartée",
        StepState::NotNeeded => "inutile",
    }
}

pub(super) fn problem(problem: &PlaybookProblem) -> String {
    use PlaybookProblem as P;
    match problem {
        P::Cycle { path } => {
            let path: Vec<String> = path.iter().map(|code| format!("`{}`", visible(code))).collect();
            format!("des étapes s’attendent les unes les autres\u{a0}: {}", path.join(" → "))
        }
        P::UnknownAnchor { found, expected } => {
            format!("date de référence inconnue `{}`\u{a0}: il faut {}", visible(found), list(expected, "ou"))
        }
        P::UnknownPlaybook { found, expected } if expected.is_empty() => {
            format!("parcours inconnu `{}`\u{a0}: il n’y en a aucun", visible(found))
        }
        P::UnknownPlaybook { found, expected } => {
            format!("parcours inconnu `{}`\u{a0}: il faut {}", visible(found), list(expected, "ou"))
        }
        P::UnknownStep { found, expected } => {
            format!("étape inconnue `{}`\u{a0}: il faut {}", visible(found), list(expected, "ou"))
        }
        P::NotActive { code } => {
            format!("le parcours `{}` n’est pas actif\u{a0}: il ne peut pas être lancé", visible(code))
        }
        P::NoAssignee { step } => format!("personne n’est désigné pour l’étape `{}`", visible(step)),
        P::DateOutOfRange { from } => format!("la date comptée depuis {from} sort des années 1900 à 9999"),
        P::OpenPrerequisites { step, open } => format!(
            "avant l’étape `{}`, il faut terminer {}, ou forcer l’étape avec un motif",
            visible(step),
            list(open, "et")
        ),
        P::RunState { state } => format!("le parcours ne le permet pas\u{a0}: il est {}", run(*state)),
        P::StepState { state } => format!("l’étape ne le permet pas\u{a0}: elle est {}", step(*state)),
        P::StalePlan => "ce qui changerait n’est pas ce qui a été montré\u{a0}: à revoir".to_owned(),
        P::AlreadyStarted { playbook } => format!("ce client suit déjà le parcours `{}`", visible(playbook)),
    }
}
