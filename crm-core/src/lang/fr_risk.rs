//! Deal risk in French.

use super::fr_forecast;
use super::fr_values::{date, plural};
use crate::kernel::money::Money;
use crate::kernel::probability::Probability;
use crate::kernel::risk_reason::{RiskBand, RiskFix, RiskReason, RiskSignal};
use crate::kernel::sales::StageKind;

pub(super) fn reason(reason: &RiskReason) -> String {
    use RiskReason as R;
    match reason {
        R::NoActivity { days, last: Some(last) } => {
            format!("aucun échange depuis {} (le dernier date du {})", business(*days), date(*last))
        }
        R::NoActivity { days, last: None } => {
            format!("aucun échange depuis l’ouverture de l’affaire, il y a {}", business(*days))
        }
        R::NoInbound { days, since } => {
            format!("le client ne répond pas depuis {} (sollicité le {})", business(*days), date(*since))
        }
        R::NoNextStep => "aucune tâche en cours ni activité prévue".to_owned(),
        R::OverdueClose { days, date: day } => {
            format!("date de clôture prévue dépassée de {} ({})", plural(*days, "jour", "jours"), date(*day))
        }
        R::CloseSoon { days, typical_days, n } => format!(
            "clôture prévue {}, alors qu’il faut d’ordinaire {} depuis cette étape (médiane de {})",
            if *days == 0 { "aujourd’hui".to_owned() } else { format!("dans {}", plural(*days, "jour", "jours")) },
            plural(*typical_days, "jour", "jours"),
            plural(*n, "affaire gagnée", "affaires gagnées")
        ),
        R::Pushed { count, net_days, .. } => {
            let pushes = plural(*count, "report", "reports");
            let net = match u64::try_from(*net_days) {
                Ok(days) if days > 0 => format!(" ({} de décalage au total)", plural(days, "jour", "jours")),
                _ => String::new(),
            };
            format!("{pushes} de la date de clôture à une période ultérieure{net}")
        }
        R::StageAge { days, percentile, typical_days, n } => format!(
            "{} dans cette étape, plus que {percentile}\u{a0}% des affaires gagnées ({} au plus, n = {n})",
            plural(*days, "jour", "jours"),
            plural(*typical_days, "jour", "jours")
        ),
        R::StageTooLong { days, most_days } => {
            format!(
                "{} dans cette étape, pour une durée maximale de {}",
                plural(*days, "jour", "jours"),
                plural(*most_days, "jour", "jours")
            )
        }
        R::SingleThreaded { contacts, within_days } => {
            let people = match contacts {
                0 => "aucun interlocuteur contacté".to_owned(),
                1 => "un seul interlocuteur contacté".to_owned(),
                more => format!("seulement {more} interlocuteurs contactés"),
            };
            format!("{people} en {}", plural(*within_days, "jour", "jours"))
        }
        R::NoDecisionMaker => "aucun décideur parmi les contacts".to_owned(),
        R::AmountCut { percent, from, to } => format!(
            "montant en baisse de {percent}\u{a0}% depuis l’entrée dans l’étape (de {} à {})",
            amount(*from),
            amount(*to)
        ),
        R::MovedBack { date: day } => format!("retour à une étape antérieure le {}", date(*day)),
        R::ProbabilityGap { manual, stage } => {
            format!("probabilité saisie à {}, contre {} pour l’étape", percent(*manual), percent(*stage))
        }
        R::CategoryGap { category, stands_for, stage } => format!(
            "catégorie «\u{a0}{}\u{a0}» ({}) saisie à la main, contre {} pour l’étape",
            fr_forecast::category(*category),
            percent(*stands_for),
            percent(*stage)
        ),
        R::QuoteExpired { date: day } => format!("le devis n’était valable que jusqu’au {}", date(*day)),
        R::QuoteUnanswered { days } => format!("devis sans réponse depuis {}", business(*days)),
        R::SupportHeat => "le compte a un ticket urgent en retard".to_owned(),
        R::MissingAmount => "montant non renseigné".to_owned(),
        R::MissingCloseDate => "date de clôture non renseignée".to_owned(),
        R::Capped { limit, points } => format!("score plafonné à {limit}\u{a0}: {points}"),
        R::Unknown { signal } => format!("«\u{a0}{}\u{a0}» ne peut être évalué, faute de données", name(*signal)),
        R::Muted { signal, day, reason, by, .. } => {
            let why = if reason.is_empty() { String::new() } else { format!("\u{a0}: {reason}") };
            format!("«\u{a0}{}\u{a0}» mis en sourdine par {by} jusqu’au {}{why}", name(*signal), date(*day))
        }
        R::Closed { state: StageKind::Won } => "l’affaire est gagnée".to_owned(),
        R::Closed { state: StageKind::Lost } => "l’affaire est perdue".to_owned(),
        R::Closed { state: StageKind::Open } => "l’affaire est en cours".to_owned(),
        R::Archived => "l’affaire est archivée".to_owned(),
        R::UnknownStage => "l’étape de l’affaire est inconnue".to_owned(),
        R::LeftOut => "le risque n’est pas évalué pour ce type d’affaire".to_owned(),
        R::NotYet => "l’affaire n’existait pas encore".to_owned(),
    }
}

pub(super) fn fix(fix: RiskFix) -> &'static str {
    match fix {
        RiskFix::ContactCustomer => "reprendre contact avec le client",
        RiskFix::ChangeChannel => "essayer un autre canal ou un autre interlocuteur",
        RiskFix::PlanNextStep => "planifier la prochaine étape",
        RiskFix::UpdateCloseDate => "corriger la date de clôture ou clore l’affaire",
        RiskFix::CheckCloseDate => "vérifier si la date de clôture est réaliste",
        RiskFix::AgreePlan => "convenir d’un calendrier de signature avec le client",
        RiskFix::MoveOrClose => "faire avancer l’affaire ou la clore",
        RiskFix::AddContact => "contacter un interlocuteur de plus chez le client",
        RiskFix::FindDecisionMaker => "identifier qui décide",
        RiskFix::CheckAmount => "comprendre pourquoi le montant a baissé",
        RiskFix::Requalify => "requalifier l’affaire",
        RiskFix::CheckOverride => "justifier la valeur saisie ou y renoncer",
        RiskFix::FollowUpQuote => "renouveler ou relancer le devis",
        RiskFix::SolveTicket => "faire résoudre le ticket",
        RiskFix::SetAmount => "renseigner le montant",
        RiskFix::SetCloseDate => "renseigner la date de clôture",
    }
}

pub(super) const fn band(band: RiskBand) -> &'static str {
    match band {
        RiskBand::Low => "faible",
        RiskBand::Watch => "à surveiller",
        RiskBand::High => "élevé",
    }
}

const fn name(signal: RiskSignal) -> &'static str {
    match signal {
        RiskSignal::NoActivity => "aucun échange",
        RiskSignal::NoInbound => "client silencieux",
        RiskSignal::NoNextStep => "aucune suite prévue",
        RiskSignal::OverdueClose => "date de clôture dépassée",
        RiskSignal::CloseSoonEarlyStage => "clôture trop proche",
        RiskSignal::Pushes => "reports de clôture",
        RiskSignal::StageAge => "étape trop longue",
        RiskSignal::SingleThreaded => "trop peu d’interlocuteurs",
        RiskSignal::NoDecisionMaker => "aucun décideur",
        RiskSignal::AmountCut => "montant en baisse",
        RiskSignal::Regression => "retour en arrière",
        RiskSignal::OverrideGap => "plus optimiste que l’étape",
        RiskSignal::QuoteStale => "devis sans réponse",
        RiskSignal::SupportHeat => "ticket urgent en retard",
        RiskSignal::MissingAmount => "montant absent",
        RiskSignal::MissingCloseDate => "date de clôture absente",
    }
}

fn amount(money: Money) -> String {
    fr_forecast::amount(&money.amount_text(), money.currency().code())
}

fn percent(probability: Probability) -> String {
    probability.to_string().replace('.', ",").replace(' ', "\u{a0}")
}

fn business(days: u64) -> String {
    plural(days, "jour ouvré", "jours ouvrés")
}
