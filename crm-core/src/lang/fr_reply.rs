//! The reasons of messages that came in, in French.

use super::fr_values::date as day;
use super::{Lang, plural};
use crate::kernel::reply_reason::{AsideKind, BounceType, ReplyClass, ReplyReason, TalkTask};

pub(super) fn reason(reason: &ReplyReason) -> String {
    use ReplyReason as R;
    match reason {
        R::Header { name, value } if value.is_empty() => format!("envoyé par une machine\u{a0}: en-tête {name}"),
        R::Header { name, value } => {
            format!("envoyé par une machine\u{a0}: en-tête {name}, {}", quoted(value))
        }
        R::NoProof { name } => format!("l’en-tête {name} ne prouve pas à lui seul qu’une machine a répondu"),
        R::Subject { phrase } => format!("l’objet dit {}", quoted(phrase)),
        R::Acknowledged { phrase } => format!("accusé de réception automatique\u{a0}: {}", quoted(phrase)),
        R::Said { class, phrase } => format!("{}\u{a0}: {}", said(*class), quoted(phrase)),
        R::AlsoSaid { class, phrase } => {
            format!("dit aussi, sans que cela décide\u{a0}: {} ({})", quoted(phrase), said(*class))
        }
        R::Denied { class, phrase } => {
            format!("nié, donc sans effet ({})\u{a0}: {}", said(*class), quoted(phrase))
        }
        R::MachineOptOut { phrase } => {
            format!(
                "un message automatique parle de retrait\u{202f}; une personne doit décider\u{a0}: {}",
                quoted(phrase)
            )
        }
        R::DataRights { phrase } => format!("exerce un droit sur ses données personnelles\u{a0}: {}", quoted(phrase)),
        R::NothingKnown => "une personne a répondu, sans formule connue".to_owned(),
        R::NothingOwn => "le message ne contient aucun texte propre".to_owned(),
        R::SetAside { kind, characters } => {
            let characters = plural(Lang::French, *characters, "caractère", "caractères").replace(' ', "\u{a0}");
            format!("non lu\u{a0}: {} ({characters})", aside(*kind))
        }
        R::Cut { bytes, most } => format!("seuls les {most} premiers octets sur {bytes} ont été lus"),
        R::Returns { date, phrase } => format!("absence jusqu’au {}\u{a0}: {}", day(*date), quoted(phrase)),
        R::AmbiguousDate { phrase } => format!("{} peut désigner deux jours différents", quoted(phrase)),
        R::PastDate { date } => format!("la date du {} est passée", day(*date)),
        R::NoYear { phrase } => format!("{} est sans année, et le message sans date", quoted(phrase)),
        R::NoReturnDate { business_days } => {
            let days = plural(Lang::French, business_days.unsigned_abs(), "jour ouvré", "jours ouvrés");
            format!("aucune date de retour\u{a0}: attente de {}", days.replacen(' ', "\u{a0}", 1))
        }
        R::Extended { until } => format!("une autre absence était connue jusqu’au {}", day(*until)),
        R::Capped { days } => format!("au plus tard {days}\u{a0}jours après le premier message d’absence"),
        R::ResumesOn { date } => format!("reprise le {}", day(*date)),
        R::Bounced { category, kind } => {
            let kind = match kind {
                BounceType::Hard => "échec définitif",
                BounceType::Soft => "échec provisoire",
                BounceType::Blocked => "message bloqué",
            };
            format!("non remis, {kind} ({category})")
        }
        R::Status { status } => format!("code d’état {status}"),
        R::Diagnosis { phrase } => format!("le rapport dit {}", quoted(phrase)),
        R::NoDiagnosis => "le rapport ne donne aucune cause connue".to_owned(),
        R::SoftBounces { count, most, days } => {
            let count = plural(Lang::French, count.unsigned_abs(), "message non remis", "messages non remis");
            let count = count.replacen(' ', "\u{a0}", 1);
            format!(
                "{count} de suite, provisoirement, en {days}\u{a0}jours\u{202f}; à partir de {most}, l’adresse est abandonnée"
            )
        }
        R::SameId { id } => format!("un autre message porte le même identifiant, {}", quoted(id)),
        R::SeveralRecords { count } => {
            format!("{count}\u{a0}fiches ont cette adresse\u{a0}: à rattacher à la main")
        }
        R::UnknownReference { id } => format!("répond à {}, inconnu ici", quoted(id)),
        R::NotOurs => "concerne un message qui n’est pas parti d’ici\u{202f}; sans effet".to_owned(),
        R::Kept { bytes, most } => format!("seuls les {most} premiers octets sur {bytes} sont conservés"),
    }
}

/// What somebody has to do about a conversation with somebody.
pub(super) fn task(what: TalkTask, who: &str) -> String {
    match what {
        TalkTask::Positive => format!("Répondre à {who}\u{a0}: souhaite donner suite"),
        TalkTask::WrongPerson => format!("Trouver le bon interlocuteur à la place de {who}"),
        TalkTask::Unclear => format!("Lire le message de {who} et y répondre"),
        TalkTask::MachineOptOut => format!("Vérifier le message automatique de {who}\u{a0}: il parle de retrait"),
        TalkTask::Blocked => format!("Messages bloqués vers {who}\u{a0}: en trouver la cause"),
        TalkTask::DataRights => {
            format!("Répondre à la demande de {who} sur ses données personnelles (RGPD\u{a0}: un mois)")
        }
    }
}

fn quoted(text: &str) -> String {
    format!("«\u{a0}{text}\u{a0}»")
}

pub(super) const fn said(class: ReplyClass) -> &'static str {
    match class {
        ReplyClass::Bounce => "non remis",
        ReplyClass::OutOfOffice => "absence",
        ReplyClass::AutoReply => "réponse automatique",
        ReplyClass::Unsubscribe => "ne veut plus de messages",
        ReplyClass::Negative => "refuse",
        ReplyClass::WrongPerson => "n’est pas le bon interlocuteur",
        ReplyClass::Positive => "souhaite donner suite",
        ReplyClass::Unknown => "inconnu",
    }
}

const fn aside(kind: AsideKind) -> &'static str {
    match kind {
        AsideKind::Quote => "messages cités",
        AsideKind::Signature => "signature",
        AsideKind::Footer => "mentions d’envoi en nombre",
        AsideKind::OwnFooter => "nos propres mentions",
    }
}
