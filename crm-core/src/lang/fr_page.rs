//! What the daily page calls its parts in French.

use crate::kernel::page_label::PageLabel;

pub(super) const fn label(label: PageLabel) -> &'static str {
    match label {
        PageLabel::Title => "Le point du jour",
        PageLabel::SeenBy => "vu par",
        PageLabel::Today => "À faire aujourd’hui",
        PageLabel::NothingToDo => "Rien ne vous attend.",
        PageLabel::InShort => "En bref",
        PageLabel::AtAGlance => "En un coup d’œil",
        PageLabel::Open => "Affaires en cours",
        PageLabel::Weighted => "Valeur pondérée",
        PageLabel::Won => "Gagné ce trimestre",
        PageLabel::AtRisk => "Affaires à risque",
        PageLabel::Waiting => "En attente de votre accord",
        PageLabel::OverdueTasks => "Tâches en retard",
        PageLabel::BreachedTickets => "Tickets hors délai",
        PageLabel::DueSoonTickets => "Tickets bientôt à échéance",
        PageLabel::Renewals => "Renouvellements sous 30\u{a0}jours",
        PageLabel::Notices => "Avis de reconduction à envoyer sous 30\u{a0}jours",
        PageLabel::Outreach => "Messages envoyés ce trimestre",
        PageLabel::Forecast => "Prévision",
        PageLabel::Category => "Catégorie",
        PageLabel::Deals => "Affaires",
        PageLabel::Amount => "Montant",
        PageLabel::WeightedAmount => "Pondéré",
        PageLabel::Total => "Total",
        PageLabel::Waterfall => "Ce qui a changé en sept jours",
        PageLabel::Before => "Avant",
        PageLabel::Now => "Maintenant",
        PageLabel::Bands => "Ce que rapportera le trimestre, et avec quelle certitude",
        PageLabel::Lines => "Les traits marquent ces montants\u{a0}:",
        PageLabel::Board => "Pipeline",
        PageLabel::Risks => "Affaires à risque, et pourquoi",
        PageLabel::Leads => "Leads les plus chauds, et pourquoi",
        PageLabel::More => "de plus",
        PageLabel::Nothing => "Rien ici.",
        PageLabel::Excluded => "Non compté",
        PageLabel::HotLead => "Lead",
        PageLabel::Decide => "Brouillon",
        PageLabel::NoOwner => "sans responsable",
        PageLabel::Offline => {
            "Cette page est un seul fichier\u{a0}: elle n’ouvre aucune connexion et n’exécute aucun programme."
        }
    }
}
