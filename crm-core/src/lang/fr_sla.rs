//! The reasons of promises to customers in French.

use super::fr_values::{date as day, moment};

use super::{Clock, Lang, holiday};
use crate::kernel::service::{SlaAlertKind, SlaMetric};
use crate::kernel::sla_reason::{End, MoveCause, SlaReason};
use crate::kernel::time::Instant;

pub(super) fn metric(metric: SlaMetric) -> &'static str {
    match metric {
        SlaMetric::FirstResponse => "première réponse",
        SlaMetric::NextResponse => "réponse suivante",
        SlaMetric::PeriodicUpdate => "point d’avancement",
        SlaMetric::FirstResolution => "première résolution",
        SlaMetric::TotalResolution => "résolution totale",
        SlaMetric::RequesterWait => "attente du demandeur",
        SlaMetric::AgentWork => "travail de l’équipe",
    }
}

/// What a clock had to say.
pub(super) fn alert(of: SlaMetric, kind: SlaAlertKind, step: &str, at: Instant) -> String {
    let (of, at) = (metric(of), moment(at));
    match kind {
        SlaAlertKind::DueSoon => format!("{of}\u{a0}: peu de temps restant depuis le {at}"),
        SlaAlertKind::Escalated => format!("{of}\u{a0}: étape {step} de l’escalade atteinte le {at}"),
        SlaAlertKind::Breached => format!("{of}\u{a0}: engagement non tenu depuis le {at}"),
    }
}

fn end(end: End) -> &'static str {
    match end {
        End::Answered => "la réponse a été donnée",
        End::Resolved => "le ticket a été résolu",
        End::Merged => "le ticket a été fusionné avec un autre",
        End::Archived => "le ticket a été archivé",
        End::NoPolicy => "plus aucune politique ne s’applique",
        End::NoTarget => "la politique ne promet rien de tel",
        End::NoWorkingTime => "le calendrier n’a aucun temps ouvré",
    }
}

fn cause(cause: MoveCause) -> &'static str {
    match cause {
        MoveCause::Priority => "la priorité a changé",
        MoveCause::Policy => "la politique a changé",
        MoveCause::Calendar => "le calendrier a changé",
        MoveCause::Reapplied => "les politiques et les calendriers ont été réappliqués",
    }
}

/// `2 h 30 min`, `45 s`.
fn length(seconds: i64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts = parts.iter().filter(|(n, _)| *n != 0).map(|(n, unit)| format!("{n}\u{a0}{unit}"));
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { "0\u{a0}s".to_owned() } else { parts.join(" ") }
}

/// From when to when a due instant moved.
fn moved(from: Option<Instant>, to: Option<Instant>, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::French);
    match (from.map(moment), to.map(moment)) {
        (Some(from), Some(to)) => format!("échéance le {to} au lieu du {from}"),
        (None, Some(to)) => format!("échéance le {to}, auparavant aucune"),
        (Some(from), None) => format!("plus d’échéance, auparavant le {from}"),
        (None, None) => "aucune échéance".to_owned(),
    }
}

pub(super) fn reason(reason: &SlaReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::French);
    use SlaReason as R;
    let name = |policy: &crate::kernel::reason::Name| policy.text(Lang::French).to_owned();
    match reason {
        R::PolicyMatched { policy } => format!("la politique {} s’applique", name(policy)),
        R::PolicyDefault { policy } => {
            format!("aucune condition n’est remplie\u{a0}: la politique par défaut {} s’applique", name(policy))
        }
        R::PolicyWithoutCondition { policy } => format!(
            "la politique {} n’a pas de condition et n’est pas celle par défaut\u{a0}: elle ne s’applique jamais",
            name(policy)
        ),
        R::PolicyFailed { policy, field, unknown: true } => {
            format!("la politique {} ne s’applique pas\u{a0}: `{field}` est inconnu", name(policy))
        }
        R::PolicyFailed { policy, field, unknown: false } => {
            format!("la politique {} ne s’applique pas, à cause de `{field}`", name(policy))
        }
        R::NoPolicy => "aucune politique ne s’applique\u{a0}: rien n’est promis".to_owned(),
        R::WallClock { policy } => {
            format!("la politique {} n’a pas de calendrier\u{a0}: chaque seconde compte", name(policy))
        }
        R::CalendarUsed { calendar } => format!("le temps ouvré est celui du calendrier {calendar}"),
        R::NoCalendar { policy } => format!("la politique {} ne trouve pas de calendrier pour ce ticket", name(policy)),
        R::EventRepeated { number } => format!("l’événement {number} était déjà pris en compte et n’est pas repris"),
        R::EventLate { number, happened_at, taken_at } => format!(
            "l’événement {number} du {} est arrivé en retard et compte à partir du {}",
            moment(*happened_at),
            moment(*taken_at)
        ),
        R::NoWorkingTime { metric: m, calendar } => {
            let what = m.map_or_else(String::new, |m| format!("{}\u{a0}: ", metric(m)));
            match calendar {
                Some(calendar) => format!("{what}le calendrier {calendar} n’a plus de temps ouvré"),
                None => format!("{what}il n’y a pas de calendrier pour compter"),
            }
        }
        R::DueMoved {
            metric: m,
            from: None,
            to: None,
            from_seconds: Some(from),
            to_seconds: Some(to),
            cause: c,
            ..
        } => {
            format!("{}\u{a0}: objectif de {} au lieu de {}, car {}", metric(*m), length(*to), length(*from), cause(*c))
        }
        R::DueMoved { metric: m, from, to, cause: c, .. } => {
            format!("{}\u{a0}: {}, car {}", metric(*m), moved(*from, *to, clock), cause(*c))
        }
        R::OnTrack { metric: m, due_at, remaining } => format!(
            "{}\u{a0}: échéance le {}, il reste {} de temps ouvré",
            metric(*m),
            moment(*due_at),
            length(*remaining)
        ),
        R::DueSoon { metric: m, due_at, remaining } => format!(
            "{}\u{a0}: échéance proche, le {}, il reste {} de temps ouvré",
            metric(*m),
            moment(*due_at),
            length(*remaining)
        ),
        R::Paused { metric: m, remaining, due_if_resumed: Some(at) } => format!(
            "{}\u{a0}: en pause, il reste {} de temps ouvré\u{202f}; échéance le {} en cas de reprise immédiate",
            metric(*m),
            length(*remaining),
            moment(*at)
        ),
        R::Paused { metric: m, remaining, due_if_resumed: None } => {
            format!("{}\u{a0}: en pause, il reste {} de temps ouvré", metric(*m), length(*remaining))
        }
        R::Met { metric: m, used, target } => {
            format!("{}\u{a0}: engagement tenu, {} de temps ouvré sur {}", metric(*m), length(*used), length(*target))
        }
        R::Breached { metric: m, due_at, working, wall } => format!(
            "{}\u{a0}: échéance du {} dépassée de {} de temps ouvré ({} à l’horloge)",
            metric(*m),
            moment(*due_at),
            length(*working),
            length(*wall)
        ),
        R::Cancelled { metric: m, end: e } => format!("{}\u{a0}: mesure annulée, car {}", metric(*m), end(*e)),
        R::CalendarChanged { metric: m, calendar } => format!(
            "{}\u{a0}: le calendrier {calendar} a changé depuis le calcul de l’échéance\u{202f}; il faut le réappliquer pour en tenir compte",
            metric(*m)
        ),
        R::Counted { from, to, seconds, sum } => format!(
            "du {} au {}\u{a0}: {} de temps ouvré, {} en tout",
            moment(*from),
            moment(*to),
            length(*seconds),
            length(*sum)
        ),
        R::PausedFor { from, to, seconds, status } => format!(
            "pause du {} au {} ({status})\u{a0}: {} de temps ouvré en moins",
            moment(*from),
            moment(*to),
            length(*seconds)
        ),
        R::HolidaySkipped { date, holiday: Some(french), .. } => {
            format!("le {} ne compte pas\u{a0}: {}", day(*date), holiday(*french, Lang::French))
        }
        R::HolidaySkipped { date, name, holiday: None } if name.is_empty() => {
            format!("le {} ne compte pas\u{a0}: jour férié", day(*date))
        }
        R::HolidaySkipped { date, name, holiday: None } => format!("le {} ne compte pas\u{a0}: {name}", day(*date)),
        R::Carried { seconds } => {
            format!("{} de temps ouvré repris d’avant le changement", length(*seconds))
        }
    }
}
