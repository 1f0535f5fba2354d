//! The reasons of the consent gate in French.

use super::en_words::visible;
use super::fr_task::hour;
use super::fr_values::date as day;
use super::{Lang, plural};
use crate::kernel::consent_reason::{Basis, ConsentReason, ContactChannel, ContactTopic, Doubt, UnknownFact};

pub(super) fn reason(reason: &ConsentReason) -> String {
    use ConsentReason as R;
    match reason {
        R::Objection { on: None, channel: None } => "la fiche indique que la personne s’est opposée".to_owned(),
        R::Objection { on: None, channel: Some(channel) } => {
            format!("la fiche indique que la personne s’est opposée {}", self::channel(*channel))
        }
        R::Objection { on: Some(on), channel } => {
            let to = channel.map_or("à toute sollicitation", self::channel);
            format!("le {}, la personne s’est opposée {to}\u{a0}: cela vaut pour tous les canaux", day(*on))
        }
        R::Undeliverable { on } => format!("les messages envoyés à cette adresse sont rejetés depuis le {}", day(*on)),
        R::SectorBan { topic } => format!(
            "le démarchage des particuliers pour {} est interdit par ce canal, sauf contrat en cours",
            about(*topic)
        ),
        R::PriorConsentRequired => {
            "appeler un particulier exige son consentement préalable, et il n’y en a pas".to_owned()
        }
        R::OptInRequired => "écrire à un particulier exige son consentement préalable, et il n’y en a pas".to_owned(),
        R::BloctelListed => "le numéro est inscrit sur la liste Bloctel".to_owned(),
        R::BloctelUnchecked { days } => {
            format!("aucune vérification du numéro auprès de Bloctel depuis {days}\u{a0}jours")
        }
        R::RetentionExpired { last, months } => format!(
            "dernier contact venant de la personne le {}\u{a0}: ses données ne se conservent que {months}\u{a0}mois au-delà",
            day(*last)
        ),
        R::NotInformed => {
            "la personne n’a pas été informée à temps de l’usage de ses coordonnées ni de son droit d’opposition"
                .to_owned()
        }
        R::SubjectUnrelated => "le sujet est sans rapport avec la profession de la personne".to_owned(),
        R::Refused { on, days } => {
            format!(
                "la personne a refusé un appel le {}\u{a0}: pas d’autre appel avant {days}\u{a0}jours révolus",
                day(*on)
            )
        }
        R::MostCalls { calls, most, days } => {
            let calls = plural(Lang::French, *calls, "appel", "appels").replace(' ', "\u{a0}");
            format!("{calls} en {days}\u{a0}jours\u{a0}: le maximum est de {most}")
        }
        R::PublicHoliday { holiday } => {
            format!("jour férié chez la personne\u{a0}: {}", super::holiday(*holiday, Lang::French))
        }
        R::Weekend => "pas d’appel le samedi ni le dimanche".to_owned(),
        R::OutsideHours { time, hours } => {
            let hours: Vec<String> =
                hours.iter().map(|(from, to)| format!("de {} à {}", hour(from), hour(to))).collect();
            format!("il est {} chez la personne\u{a0}: les appels sont autorisés {}", hour(time), hours.join(" et "))
        }
        R::UnknownLaw { country } => format!(
            "aucune règle connue pour ce pays ({})\u{a0}: une personne qui en connaît le droit doit vérifier",
            visible(country)
        ),
        R::Unknown(fact) => format!("information manquante\u{a0}: {}", unknown(*fact)),
        R::LegalReview(doubt) => self::doubt(*doubt).to_owned(),
        R::Allowed(basis) => allowed(*basis).to_owned(),
        R::SetAside { code, exception, by, on } => {
            format!("motif `{code}` écarté par {by} le {} (dérogation {exception})", day(*on))
        }
    }
}

const fn channel(channel: ContactChannel) -> &'static str {
    match channel {
        ContactChannel::Email => "aux e-mails",
        ContactChannel::Phone => "aux appels",
        ContactChannel::Sms => "aux SMS",
        ContactChannel::Whatsapp => "aux messages WhatsApp",
        ContactChannel::Linkedin => "aux messages LinkedIn",
        ContactChannel::Social => "aux messages sur les réseaux sociaux",
        ContactChannel::Letter => "aux courriers",
    }
}

const fn about(topic: ContactTopic) -> &'static str {
    match topic {
        ContactTopic::EnergyRenovation => "la rénovation énergétique",
        ContactTopic::HomeAdaptation => "l’adaptation du logement à l’âge ou au handicap",
        ContactTopic::Other => "ce sujet",
    }
}

const fn unknown(fact: UnknownFact) -> &'static str {
    match fact {
        UnknownFact::Person => "particulier, professionnel ou organisme",
        UnknownFact::Topic => "l’objet du message",
        UnknownFact::Zone => "le fuseau horaire de la personne",
        UnknownFact::Region => "les jours fériés qui valent chez la personne",
        UnknownFact::Calls => "les appels récents à cette personne",
        UnknownFact::LastContact => "la date de collecte et le dernier contact venant de la personne",
        UnknownFact::SubjectRelated => "le rapport du sujet avec la profession de la personne",
    }
}

const fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::ReplyOnBannedTopic => {
            "démarchage interdit sur ce sujet\u{a0}: vérifier que le message ne fait que répondre à la personne"
        }
        Doubt::ConsentUnproven => "la personne aurait donné son accord, mais aucune preuve n’est conservée",
        Doubt::InformedLate => {
            "la personne a été informée de l’usage de ses coordonnées, mais plus tard que la loi ne le demande"
        }
        Doubt::ObjectedToProspecting => {
            "la personne s’est opposée à la prospection\u{a0}: vérifier que ce message n’en est pas"
        }
    }
}

const fn allowed(basis: Basis) -> &'static str {
    match basis {
        Basis::LegalPerson => "adresse générique d’un organisme, pas d’une personne",
        Basis::LegitimateInterest => "aucun consentement n’est exigé ici, et la personne ne s’y est pas opposée",
        Basis::Consent => "la personne a donné son accord, preuve à l’appui",
        Basis::SoftOptIn => "produits analogues proposés à un client qui ne s’y est pas opposé",
        Basis::OngoingContract => "en rapport avec un contrat en cours",
        Basis::OpenConversation => "réponse dans une conversation engagée par la personne",
    }
}
