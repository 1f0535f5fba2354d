//! What reports and views say in French: sentences, and the names of columns.

use super::Lang;
use super::fr_forecast::money;
use super::values::french_date as date;
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
        "at_risk" => "À risque",
        "at_risk_value" => "Montant à risque",
        "category" => "Catégorie",
        "close_date" => "Date de clôture prévue",
        "count" => "Nombre",
        "created_at" => "Création",
        "currency" => "Devise",
        "effective_category" => "Catégorie de prévision",
        "effective_probability_bp" => "Probabilité (points de base)",
        "id" => "Identifiant",
        "idle_days" => "Jours sans contact",
        "name" => "Nom",
        "oldest_idle_days" => "Plus longue inactivité (jours)",
        "owner" => "Responsable",
        "pipeline" => "Pipeline",
        "probability_bp" => "Probabilité saisie (points de base)",
        "risk_band" => "Risque",
        "risk_score" => "Score de risque",
        "section" => "Section",
        "source" => "Source",
        "stage" => "Étape",
        "stage_name" => "Nom de l’étape",
        "state" => "État",
        "updated_at" => "Modification",
        "value" => "Montant",
        "value_currency" => "Devise du montant",
        "weighted" => "Montant pondéré",
        _ => return None,
    })
}
