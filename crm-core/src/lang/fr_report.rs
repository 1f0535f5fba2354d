//! What reports and views say in French: sentences, and the names of columns.

use super::Lang;
use super::fr_forecast::money;
use super::fr_values::date;
use crate::kernel::report_reason::ReportReason;

pub(super) fn reason(reason: &ReportReason) -> String {
    match reason {
        ReportReason::Window { from, last, zone } if from == last => format!("le {} ({zone})", date(*from)),
        ReportReason::Window { from, last, zone } => {
            format!("du {} au {} inclus ({zone})", date(*from), date(*last))
        }
        ReportReason::Reweighed { deals, open, before, after } => format!(
            "{} pour {} (pondéré\u{a0}: {} avant, {} après)",
            super::plural(Lang::French, *deals, "affaire ouverte", "affaires ouvertes"),
            money(*open),
            money(*before),
            money(*after)
        ),
        ReportReason::BrokenView { fields } => format!(
            "la vue utilise {} et n’affiche rien tant qu’elle n’est pas corrigée",
            super::plural(Lang::French, *fields, "champ qui n’existe plus", "champs qui n’existent plus")
        ),
    }
}

/// What a column is called.
pub(super) fn column(code: &str) -> Option<&'static str> {
    Some(match code {
        "account" => "Identifiant du compte",
        "account_name" => "Compte",
        "advance_rate_bp" => "Taux de progression (points de base)",
        "advanced" => "Passées à une étape suivante",
        "archived" => "Archivées",
        "at_risk" => "À risque",
        "at_risk_value" => "Montant à risque",
        "backlog_end" => "En attente à la fin",
        "backlog_start" => "En attente au début",
        "bounce_rate_bp" => "Taux de rejet (points de base)",
        "bounced" => "Rejetés",
        "breached" => "Non tenus",
        "campaign" => "Campagne",
        "cancelled" => "Annulés",
        "category" => "Catégorie",
        "channel" => "Canal",
        "close_date" => "Date de clôture prévue",
        "conversion_rate_bp" => "Taux de conversion (points de base)",
        "converted" => "Convertis",
        "count" => "Nombre",
        "created" => "Arrivés",
        "created_at" => "Création",
        "currency" => "Devise",
        "disqualified" => "Écartés",
        "duplicates_merged" => "Doublons fusionnés",
        "effective_category" => "Catégorie de prévision",
        "effective_probability_bp" => "Probabilité (points de base)",
        "entered" => "Entrées",
        "from" => "Du",
        "id" => "Identifiant",
        "idle_days" => "Jours sans contact",
        "industry" => "Secteur d’activité",
        "last" => "Au",
        "loss_rate_bp" => "Taux de perte (points de base)",
        "lost" => "Perdues",
        "lost_days_mean" => "Jours jusqu’à la perte (moyenne)",
        "lost_days_median" => "Jours jusqu’à la perte (médiane)",
        "lost_reason" => "Raison de la perte",
        "lost_value" => "Montant perdu",
        "met" => "Tenus",
        "met_rate_bp" => "Taux de respect (points de base)",
        "metric" => "Engagement",
        "moved" => "Déplacées",
        "name" => "Nom",
        "oldest_idle_days" => "Plus longue inactivité (jours)",
        "opened" => "Ouverts",
        "opt_out_rate_bp" => "Taux de désinscription (points de base)",
        "opted_out" => "Désinscrits",
        "owner" => "Responsable",
        "pipeline" => "Pipeline",
        "priority" => "Priorité",
        "probability_bp" => "Probabilité saisie (points de base)",
        "removed" => "Retirés",
        "reopened" => "Rouverts",
        "replied" => "Avec réponse",
        "reply_rate_bp" => "Taux de réponse (points de base)",
        "resolved" => "Résolus",
        "restored" => "Rétablis",
        "returned" => "Revenues en arrière",
        "risk_band" => "Risque",
        "risk_score" => "Score de risque",
        "running" => "En cours",
        "section" => "Section",
        "segment" => "Segment",
        "sent" => "Envoyés",
        "sequence" => "Séquence",
        "sla_policy" => "Politique",
        "source" => "Source",
        "stage" => "Étape",
        "stage_days_mean" => "Jours dans l’étape (moyenne)",
        "stage_days_median" => "Jours dans l’étape (médiane)",
        "stage_name" => "Nom de l’étape",
        "state" => "État",
        "still_there" => "Toujours là",
        "team" => "Équipe",
        "updated_at" => "Modification",
        "value" => "Montant",
        "value_currency" => "Devise du montant",
        "waiting_approval" => "En attente d’accord",
        "weighted" => "Montant pondéré",
        "win_rate_bp" => "Taux de réussite (points de base)",
        "won" => "Gagnées",
        "won_days_mean" => "Jours jusqu’au gain (moyenne)",
        "won_days_median" => "Jours jusqu’au gain (médiane)",
        "won_value" => "Montant gagné",
        "worked" => "Traités",
        "worked_rate_bp" => "Taux de traitement (points de base)",
        _ => return None,
    })
}
