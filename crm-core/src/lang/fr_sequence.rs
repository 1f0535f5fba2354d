//! The reasons of sequences in French.

use super::fr_values::date as day;
use super::{Lang, plural};
use crate::kernel::sequence_reason::{HolidayName, LimitSpan, PauseCause, SequenceEnd, SequenceReason};
use crate::kernel::time::format_instant;

pub(super) fn reason(reason: &SequenceReason) -> String {
    use SequenceReason as R;
    let until =
        |until: &Option<_>| until.map(|at| format!(" jusqu’à l’instant {}", format_instant(at))).unwrap_or_default();
    match reason {
        R::WaitingWindow { until } => {
            format!("hors des heures d’envoi\u{a0}: en attente jusqu’à l’instant {}", format_instant(*until))
        }
        R::WaitingBusinessDay { date } => format!("le {} n’est pas un jour ouvré", day(*date)),
        R::WaitingHoliday { date, holiday: HolidayName::Given(name) } if name.is_empty() => {
            format!("le {} est férié", day(*date))
        }
        R::WaitingHoliday { date, holiday: HolidayName::Given(name) } => {
            format!("le {} est férié ({name})", day(*date))
        }
        R::WaitingHoliday { date, holiday: HolidayName::French(holiday) } => {
            format!("le {} est férié ({})", day(*date), super::holiday(*holiday, Lang::French))
        }
        R::NoSlot { days } => format!("aucun créneau d’envoi sous {}", count(*days, "jour", "jours")),
        R::ThrottledContact { most, per, until } => {
            let messages = count(*most, "message", "messages");
            format!("la personne a déjà reçu {messages} en {}\u{a0}: en attente jusqu’au {}", span(*per), day(*until))
        }
        R::ThrottledMailbox { most, per, until } => {
            let messages = count(*most, "message", "messages");
            format!(
                "la boîte d’envoi a déjà émis {messages} en {}\u{a0}: en attente jusqu’au {}",
                span(*per),
                day(*until)
            )
        }
        R::Spaced { seconds, until } => {
            let seconds = count(seconds.unsigned_abs(), "seconde", "secondes");
            format!(
                "{seconds} d’écart avec les autres messages de la boîte d’envoi\u{a0}: à l’instant {}",
                format_instant(*until)
            )
        }
        R::Spread { seconds } => {
            let seconds = count(seconds.unsigned_abs(), "seconde", "secondes");
            format!("décalé de {seconds} pour que les messages ne partent pas tous ensemble")
        }
        R::DayFull { most, until: when } => {
            let steps = count(*most, "étape", "étapes");
            format!("au plus {steps} par jour pour une même fiche\u{a0}: en attente{}", until(when))
        }
        R::NotDue { step, due } => format!("l’étape {step} est prévue à l’instant {}", format_instant(*due)),
        R::LateBy { step, seconds, days: 0 } => {
            format!("l’étape {step} a eu {} de retard", count(seconds.unsigned_abs(), "seconde", "secondes"))
        }
        R::LateBy { step, days, .. } => {
            format!("l’étape {step} a eu {} de retard", count(days.unsigned_abs(), "jour", "jours"))
        }
        R::StepRan { step } => format!("l’étape {step} a été exécutée"),
        R::StepAlreadyRan { step } => format!("l’étape {step} avait déjà été exécutée"),
        R::StepSkipped { step } => format!("l’étape {step} est sautée\u{a0}: sa condition est remplie"),
        R::MissingChannel { step, channel } => format!("étape {step}\u{a0}: fiche injoignable par le canal {channel}"),
        R::BranchTaken { step, holds, to } => {
            let holds = if *holds { "est remplie" } else { "n’est pas remplie" };
            match to {
                Some(to) => format!("la condition de l’étape {step} {holds}\u{a0}: suite à l’étape {to}"),
                None => format!("la condition de l’étape {step} {holds}\u{a0}: fin de la séquence"),
            }
        }
        R::WaitingDone { step } => format!("en attente de la fin de l’étape {step}"),
        R::StepDone { step } => format!("l’étape {step} est terminée"),
        R::OooUntil { until } => format!("personne absente\u{a0}: reprise à l’instant {}", format_instant(*until)),
        R::Paused { cause: PauseCause::Person, until: when } => format!("mise en pause par quelqu’un{}", until(when)),
        R::Paused { cause: PauseCause::OutOfOffice, until: when } => format!("personne absente{}", until(when)),
        R::Paused { cause: PauseCause::OwnerChange, until: when } => {
            format!("mise en pause depuis le changement de propriétaire de la fiche{}", until(when))
        }
        R::Resumed => "la séquence reprend".to_owned(),
        R::Waiting => "en attente de son tour".to_owned(),
        R::Ended { how } => format!("terminée\u{a0}: {}", end(*how)),
        R::SubjectArchived => "la fiche est archivée".to_owned(),
        R::DraftIncomplete { step, names } if names.is_empty() => {
            format!("le message de l’étape {step} n’a pas de modèle\u{a0}: il reste à rédiger")
        }
        R::DraftIncomplete { step, names } => {
            format!("le message de l’étape {step} est incomplet, il manque\u{a0}: {}", names.join(", "))
        }
        R::Migrated { from, to } => format!("continue dans la version {to} au lieu de la {from}"),
        R::StepNotMapped { step } => {
            format!("la correspondance de l’étape {step} dans l’autre version n’est pas indiquée")
        }
        R::AlreadyEnded { how } => format!("déjà terminée\u{a0}: {}", end(*how)),
        R::NoEffect => "sans effet".to_owned(),
        R::AlreadySeen { number } => format!("le numéro {number} a déjà été traité"),
        R::MayEnrol => "inscription possible".to_owned(),
        R::ExclusiveConflict { sequence } => {
            format!("déjà dans la séquence «\u{a0}{sequence}\u{a0}», incompatible avec celle-ci")
        }
        R::AlreadyAddedOnce => "déjà passée par cette séquence, qui n’a lieu qu’une fois".to_owned(),
        R::AlreadyActive => "déjà dans cette séquence".to_owned(),
        R::TooSoon { from } => format!("nouvelle inscription possible à partir de l’instant {}", format_instant(*from)),
        R::ManuallyRemoved => {
            "retirée de cette séquence par quelqu’un\u{a0}: seule une personne peut l’y remettre".to_owned()
        }
        R::SequenceNotActive { status } => format!("la séquence n’est pas active ({status})"),
        R::WrongSubject { subject } => format!("la séquence n’est pas faite pour ce type de fiche ({subject})"),
        R::Stopped { how } => end(*how).to_owned(),
        R::MaxActive { active, most } => {
            format!(
                "{active} inscriptions actives sur {most} au plus pour ce propriétaire\u{a0}: en attente de son tour"
            )
        }
        R::MaxAdds { added, most } => {
            format!("{added} inscriptions en 24\u{a0}heures sur {most} au plus\u{a0}: en attente de son tour")
        }
        R::NurtureOtherEvent { rule } => format!("la règle «\u{a0}{rule}\u{a0}» concerne un autre événement"),
        R::NurtureNoMatch { rule } => format!("la condition de la règle «\u{a0}{rule}\u{a0}» n’est pas remplie"),
        R::NurtureUnknown { rule } => {
            format!("la condition de la règle «\u{a0}{rule}\u{a0}» porte sur une information inconnue")
        }
        R::NurtureMatched { rule, sequence } => {
            format!("la règle «\u{a0}{rule}\u{a0}» inscrit la fiche dans la séquence «\u{a0}{sequence}\u{a0}»")
        }
        R::NurtureDone { rule, sequence } => {
            format!("la règle «\u{a0}{rule}\u{a0}» a déjà inscrit la fiche dans la séquence «\u{a0}{sequence}\u{a0}»")
        }
        R::NurtureEventDone { event } => format!("l’événement «\u{a0}{event}\u{a0}» a déjà été traité"),
    }
}

pub(super) const fn end(how: SequenceEnd) -> &'static str {
    match how {
        SequenceEnd::Completed => "toutes les étapes sont faites",
        SequenceEnd::Replied => "la personne a répondu",
        SequenceEnd::MeetingBooked => "un rendez-vous a été pris",
        SequenceEnd::DealCreated => "une affaire a été créée",
        SequenceEnd::Converted => "le prospect a été converti",
        SequenceEnd::OptedOut => "la personne ne veut plus recevoir de messages",
        SequenceEnd::BouncedHard => "l’adresse n’existe pas",
        SequenceEnd::OwnerChanged => "la fiche a changé de propriétaire",
        SequenceEnd::ManuallyRemoved => "quelqu’un a retiré la fiche",
        SequenceEnd::MissingChannel => "la fiche est injoignable par ce canal",
        SequenceEnd::StepFailed => "une étape n’a pas pu être faite",
        SequenceEnd::NoSlot => "il n’y a pas de créneau d’envoi",
    }
}

/// `3 jours`, on one line.
fn count(n: u64, one: &str, many: &str) -> String {
    plural(Lang::French, n, one, many).replace(' ', "\u{a0}")
}

pub(super) const fn span(span: LimitSpan) -> &'static str {
    match span {
        LimitSpan::Day => "un jour",
        LimitSpan::Week => "sept jours",
        LimitSpan::Month => "trente jours",
    }
}
