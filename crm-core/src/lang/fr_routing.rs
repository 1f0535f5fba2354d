//! The reasons of routing in French.

use super::Lang;
use super::fr_values::{date, plural};
use crate::kernel::routing_reason::{Cap, RoutingReason, Skip, Until};

pub(super) fn reason(reason: &RoutingReason) -> String {
    use RoutingReason as R;
    let named = |name: &crate::kernel::reason::Name| format!("«\u{a0}{}\u{a0}»", name.text(Lang::French));
    match reason {
        R::RuleMatched { rule } => format!("la règle {} s’applique", named(rule)),
        R::RuleDisabled { rule } => format!("la règle {} est désactivée", named(rule)),
        R::RuleNotValidToday { rule } => format!("la règle {} n’est pas en vigueur aujourd’hui", named(rule)),
        R::RuleNotActiveToday { rule } => format!("la règle {} ne s’applique pas ce jour de la semaine", named(rule)),
        R::ClauseFailed { rule, clause } => {
            format!("la règle {} ne s’applique pas\u{a0}: {}", named(rule), part(clause))
        }
        R::Skipped { user, skip } => format!("{user}\u{a0}: {}", skipped(*skip)),
        R::NobodyAvailable { rule } => format!("personne n’est disponible pour la règle {}", named(rule)),
        R::Fixed { user } => format!("la règle désigne {user}"),
        R::SmoothTurn { user, weight, of } => format!("c’est le tour de {user} ({weight} sur {of})"),
        R::LeastOpen { user, open } => {
            format!("{user} a la charge la plus légère ({})", plural(*open, "lead en cours", "leads en cours"))
        }
        R::QuotaLeft { user, quota, assigned } => {
            format!("{user} a le plus de retard sur son quota ({assigned} sur {quota})")
        }
        R::AccountOwner { user } => format!("{user} suit déjà ce compte"),
        R::Kept { user } => format!("le lead reste à {user}"),
        R::Queued { queue } => format!("le lead attend dans la file {}", named(queue)),
        R::Dropped { rule } => format!("la règle {} ne l’attribue à personne", named(rule)),
        R::Fallback => "aucune règle n’a trouvé preneur\u{a0}: la solution de repli s’applique".to_owned(),
        R::NoRule => "aucune règle ne s’applique".to_owned(),
        R::AlreadyOwned { user } => format!("le lead est déjà suivi par {user}"),
        R::LeadClosed => "le lead est archivé, fusionné ou converti".to_owned(),
        R::Unreachable { rule, by } => format!(
            "la règle {} ne s’applique jamais\u{a0}: {} prend les mêmes leads avant elle",
            named(rule),
            named(by)
        ),
        R::CatchAllNotLast { rule } => {
            format!("la règle {} prend tous les leads et n’est pas la dernière", named(rule))
        }
        R::SamePriority { rule, other } => format!(
            "les règles {} et {} ont la même priorité\u{a0}: le plus petit identifiant passe d’abord",
            named(rule),
            named(other)
        ),
        R::OverlappingLeave { user, day } => format!("{user} a des congés qui se chevauchent le {}", date(*day)),
        R::ZeroWeights { rule } => format!("personne n’a de poids dans l’équipe de la règle {}", named(rule)),
        R::NobodyActive { rule } => format!("personne n’est actif pour la règle {}", named(rule)),
        R::EveryoneAway { rule, from, to } if from == to => {
            format!("tout le monde est absent pour la règle {} le {}", named(rule), date(*from))
        }
        R::EveryoneAway { rule, from, to } => {
            format!("tout le monde est absent pour la règle {} du {} au {}", named(rule), date(*from), date(*to))
        }
    }
}

/// After the person's name and a colon: words that agree with everybody.
fn skipped(skip: Skip) -> String {
    match skip {
        Skip::Unknown => "nom inconnu dans la répartition".to_owned(),
        Skip::Inactive => "compte inactif".to_owned(),
        Skip::Away => "en absence".to_owned(),
        Skip::OnLeave { until } => format!("en congé jusqu’au {}", end(until)),
        Skip::OffHours { until: Some(until) } => format!("hors de ses horaires jusqu’au {}", end(until)),
        Skip::OffHours { until: None } => "aucun horaire de travail".to_owned(),
        Skip::Capped { cap: Cap::Open, limit } => {
            format!("plafond de {} atteint", plural(limit, "lead en cours", "leads en cours"))
        }
        Skip::Capped { cap, limit } => {
            format!("plafond de {} atteint {}", plural(limit, "lead", "leads"), period(cap))
        }
        Skip::NoWeight => "poids nul".to_owned(),
        Skip::QuotaUsed { quota } => format!("quota de {} atteint", plural(quota, "lead", "leads")),
        Skip::OwnLead => "c’est sa propre fiche".to_owned(),
        Skip::Refused => "a déjà refusé ce lead".to_owned(),
    }
}

fn period(cap: Cap) -> &'static str {
    match cap {
        Cap::Window => "pour l’instant",
        Cap::Day => "aujourd’hui",
        Cap::Week => "cette semaine",
        Cap::Month => "ce mois-ci",
        Cap::Open => "à la fois",
    }
}

fn end(until: Until) -> String {
    match until {
        Until::Day(day) => date(day),
        Until::Moment { local, .. } => format!("{} à {}", date(local.date()), local.format("%H:%M")),
    }
}

/// What of a rule did not hold.
fn part(clause: &str) -> &'static str {
    match clause {
        "source" => "la source est différente",
        "campaign" => "la campagne est différente",
        "landing_page" => "la page d’arrivée est différente",
        "email_domain" => "le domaine de l’e-mail est différent",
        "segment" => "le segment est différent",
        _ => "sa condition n’est pas remplie",
    }
}
