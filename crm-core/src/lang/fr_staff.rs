//! The reasons about the team in French.

use super::fr_values::{date, percent};
use super::{Clock, Lang, en_staff, plural};
use crate::kernel::service::DayHalf;
use crate::kernel::staff::Presence;
use crate::kernel::staff_reason::{LeaveDays, Moment, StaffReason};
use crate::kernel::time::{Instant, parse_date, parse_instant};

pub(super) fn reason(reason: &StaffReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::French);
    use StaffReason as R;
    let list = |texts: &[String]| texts.join(", ");
    let time = |seconds: i64| en_staff::time(seconds).replace(' ', "\u{a0}");
    let found = |found: &str| if found.is_empty() { "non renseignée".to_owned() } else { found.to_owned() };
    match reason {
        R::WorkingTime { calendar, seconds } => {
            format!("{} selon le calendrier «\u{a0}{calendar}\u{a0}»", time(*seconds))
        }
        R::LeaveTime { days: d, seconds } => format!("en congé {}\u{a0}: {} de moins", days(*d), time(*seconds)),
        R::BeforeFirstDay { day, seconds } => {
            format!("prise de poste le {}\u{a0}: {} de moins", date(*day), time(*seconds))
        }
        R::AfterLastDay { day: Some(day), seconds } => {
            format!("dernier jour le {}\u{a0}: {} de moins", date(*day), time(*seconds))
        }
        R::AfterLastDay { day: None, seconds } => {
            format!("ne travaille plus ici\u{a0}: {} de moins", time(*seconds))
        }
        R::NoCalendar { calendar } if calendar.is_empty() => {
            "aucun calendrier n’est défini\u{a0}: du lundi au vendredi, jour et nuit, par hypothèse".to_owned()
        }
        R::NoCalendar { calendar } => format!(
            "le calendrier «\u{a0}{calendar}\u{a0}» n’est pas configuré\u{a0}: le calendrier habituel le remplace"
        ),
        R::LeaveTwice { days: d } => format!("deux congés se chevauchent {}\u{a0}: ce temps compte une fois", days(*d)),
        R::Standing { presence, back } => standing(*presence, *back),
        R::NotThere { presence } => standing(*presence, None),
        R::OtherJob { wanted, found: f } => {
            format!("autre fonction ({})\u{a0}: il faut {}", found(f), list(wanted))
        }
        R::OtherTeam { wanted, found: f } => format!("autre équipe ({})\u{a0}: il faut {}", found(f), list(wanted)),
        R::LacksSkills { missing } => format!("compétences manquantes\u{a0}: {}", list(missing)),
        R::LacksLanguage { wanted } => format!("ne parle aucune de ces langues\u{a0}: {}", list(wanted)),
        R::AwayTooLong { away_bp, most_bp } => {
            format!("absence pendant {} du temps, plus que {}", percent(*away_bp), percent(*most_bp))
        }
        R::NoTimeInWindow => "ne travaille pas pendant cette période".to_owned(),
        R::Full { load, capacity } => format!("charge maximale atteinte\u{a0}: {load} sur {}", points(*capacity)),
        R::NoCapacity => "ne prend pas de travail\u{a0}: la capacité est nulle".to_owned(),
        R::DayFull { room, assigned } => {
            format!("quota des dernières 24\u{a0}heures atteint\u{a0}: {assigned} sur {room}")
        }
        R::LeftOut => "à exclure, selon la demande".to_owned(),
        R::Load { load, capacity } => format!("charge de {load} sur {}", points(*capacity)),
        R::LastAssigned { at } => {
            format!("dernière attribution le {}", moment(*at))
        }
        R::NeverAssigned => "aucune attribution jusqu’ici".to_owned(),
        R::ByName => "tout le reste est égal\u{a0}: le nom départage".to_owned(),
        R::PartlyAway { away_bp } => format!("absence pendant {} du temps", percent(*away_bp)),
        R::DayRoom { room, assigned } => {
            format!("{assigned} sur {room} pendant les dernières 24\u{a0}heures")
        }
        R::TaskDue { due } => format!("échéance de la tâche pendant l’absence\u{a0}: {}", due_day(due, clock)),
        R::StepDue { day } => format!("échéance de l’étape du parcours pendant l’absence\u{a0}: {}", date(*day)),
        R::TicketDue { due } => {
            format!("échéance promise au client pendant l’absence\u{a0}: {}", moment(*due))
        }
        R::TicketOpen => "le ticket est ouvert".to_owned(),
        R::DealCloses { day } => format!("clôture prévue de l’affaire le {}", date(*day)),
        R::ActivityPlanned { at } => format!("rendez-vous prévu pendant l’absence\u{a0}: {}", moment(*at)),
        R::Delegate { of } => format!("remplace {of}"),
        R::DelegateCannot { user, why } => {
            format!("{user} devrait assurer le remplacement mais ne le peut pas\u{a0}: {}", self::reason(why, clock))
        }
        R::FirstOfRanking { of } => {
            format!("premier choix sur {}", plural(Lang::French, *of, "candidat", "candidats"))
        }
        R::NobodyCovers => "personne n’est disponible".to_owned(),
    }
}

/// Counts of records by kind.
pub(super) fn work(counts: &[(&'static str, u64)]) -> String {
    let one = |(record, n): &(&'static str, u64)| {
        let text = match *record {
            "deal" => plural(Lang::French, *n, "affaire", "affaires"),
            "expansion_idea" => plural(Lang::French, *n, "idée de vente", "idées de vente"),
            "lead" => plural(Lang::French, *n, "lead", "leads"),
            "playbook_run" => plural(Lang::French, *n, "parcours client", "parcours clients"),
            "playbook_step" => plural(Lang::French, *n, "étape de parcours", "étapes de parcours"),
            "quote" => plural(Lang::French, *n, "devis", "devis"),
            "renewal" => plural(Lang::French, *n, "renouvellement", "renouvellements"),
            "segment" => plural(Lang::French, *n, "segment", "segments"),
            "subscription" => plural(Lang::French, *n, "abonnement", "abonnements"),
            "task" => plural(Lang::French, *n, "tâche", "tâches"),
            "ticket" => plural(Lang::French, *n, "ticket", "tickets"),
            other => format!("{n} {other}"),
        };
        Some(text).filter(|_| *n > 0)
    };
    counts.iter().filter_map(one).collect::<Vec<_>>().join(", ")
}

fn standing(presence: Presence, back: Option<Moment>) -> String {
    let text = match presence {
        Presence::Working => "au travail",
        Presence::OffHours => "hors de ses horaires",
        Presence::OnLeave => "en congé",
        Presence::Away => "en absence",
        Presence::NotStarted => "pas encore en poste",
        Presence::Left => "ne travaille plus ici",
        Presence::Archived => "fiche archivée",
    };
    match back.filter(|_| presence != Presence::Working) {
        Some(back) => format!("{text}, retour le {}", super::fr_values::local_moment(back.local)),
        None => text.to_owned(),
    }
}

fn points(n: i64) -> String {
    plural(Lang::French, n.unsigned_abs(), "point", "points")
}

/// A due day or instant as text.
fn due_day(due: &str, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::French);
    parse_date(due).map(date).or_else(|_| parse_instant(due).map(moment)).unwrap_or_else(|_| due.to_owned())
}

fn days(days: LeaveDays) -> String {
    let LeaveDays { from, from_half, to, to_half } = days;
    match (from == to, from_half, to_half) {
        (true, DayHalf::Morning, DayHalf::Afternoon) => format!("le {}", date(from)),
        (true, DayHalf::Morning, DayHalf::Morning) => format!("le matin du {}", date(from)),
        (true, DayHalf::Afternoon, _) => format!("l’après-midi du {}", date(from)),
        (false, first, last) => {
            let first = if first == DayHalf::Afternoon { " (après-midi)" } else { "" };
            let last = if last == DayHalf::Morning { " (matin)" } else { "" };
            format!("du {}{first} au {}{last}", date(from), date(to))
        }
    }
}
