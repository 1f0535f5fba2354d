//! The reasons of forecasts and the names of periods in French.

use super::Lang;
use super::fr_values::{percent, plural};
use crate::kernel::forecast_reason::{Exclusion, ForecastReason, Total};
use crate::kernel::period::{FiscalCalendar, Layout, Period, Unit};
use crate::kernel::sales::Category;
use chrono::Datelike as _;

pub(super) fn reason(reason: &ForecastReason) -> String {
    use ForecastReason as R;
    match reason {
        R::Excluded(exclusion) => excluded(exclusion),
        R::ManualCategory { category, automatic } => format!(
            "catégorie choisie à la main\u{a0}: {} (l’étape donne {})",
            self::category(*category),
            self::category(*automatic)
        ),
        R::StageCategory { category } => format!("catégorie de l’étape\u{a0}: {}", self::category(*category)),
        R::WonIsClosed => "affaire gagnée, donc conclue".to_owned(),
        R::LostIsOmitted => "affaire perdue, donc exclue".to_owned(),
        R::Deal { deal, share_bp: 10_000, amount, weighted } => {
            format!("affaire {deal}\u{a0}: {} (pondéré\u{a0}: {})", money(*amount), money(*weighted))
        }
        R::Deal { deal, share_bp, amount, weighted } => format!(
            "{} de l’affaire {deal}\u{a0}: {} (pondéré\u{a0}: {})",
            percent(*share_bp),
            money(*amount),
            money(*weighted)
        ),
        R::Report { user, count, amount, weighted } => format!(
            "{user}\u{a0}: {} pour {} (pondéré\u{a0}: {})",
            money(*amount),
            plural(*count, "affaire", "affaires"),
            money(*weighted)
        ),
        R::Others { parts, amount, weighted } => format!(
            "{}\u{a0}: {} (pondéré\u{a0}: {})",
            plural(*parts, "autre", "autres"),
            money(*amount),
            money(*weighted)
        ),
        R::Adjusted { author, manager: true, amount, rollup } => format!(
            "{author} annonce {} au titre du management\u{202f}; les affaires totalisent {}",
            money(*amount),
            money(*rollup)
        ),
        R::Adjusted { author, manager: false, amount, rollup } => {
            format!("{author} annonce {}\u{202f}; les affaires totalisent {}", money(*amount), money(*rollup))
        }
        R::Drifted { drift, stale: true } => {
            format!("les affaires ont varié de {} depuis\u{a0}: ce chiffre est à revoir", signed(*drift))
        }
        R::Drifted { drift, stale: false } => format!("les affaires ont varié de {} depuis", signed(*drift)),
        R::QuotaMet { quota, closed } => {
            format!("{} conclus\u{a0}: l’objectif de {} est atteint", money(*closed), money(*quota))
        }
        R::QuotaGap { quota, closed, gap } => {
            format!("{} conclus sur {}, reste {}", money(*closed), money(*quota), money(*gap))
        }
        R::Coverage { coverage_bp, least_bp } if *coverage_bp < i128::from(*least_bp) => format!(
            "les affaires ouvertes couvrent ce reste {} fois, il en faudrait {}",
            times(*coverage_bp),
            times((*least_bp).into())
        ),
        R::Coverage { coverage_bp, .. } => {
            format!("les affaires ouvertes couvrent ce reste {} fois", times(*coverage_bp))
        }
        R::RunRate { each_day, days } => {
            format!("{} par jour pendant {}", money(*each_day), plural(*days, "jour ouvré", "jours ouvrés"))
        }
        R::NoDayLeft => "il ne reste aucun jour ouvré".to_owned(),
    }
}

fn excluded(exclusion: &Exclusion) -> String {
    match exclusion {
        Exclusion::MissingAmount => "montant à renseigner".to_owned(),
        Exclusion::MissingProbability => "probabilité à renseigner".to_owned(),
        Exclusion::NoRate { from, to, date } => {
            format!("aucun taux de change {from}/{to} au {} ou avant", day(date))
        }
        Exclusion::NoDateForRate { basis } => format!("aucune date pour choisir le taux (`{basis}`)"),
        Exclusion::InexactRate { from, to } => {
            format!("le taux de change {from}/{to} n’a pas de forme décimale exacte, et rien ne doit être arrondi")
        }
        Exclusion::MissingStage => "étape à renseigner".to_owned(),
        Exclusion::UnknownPipeline { pipeline } => {
            format!("aucun pipeline ne s’appelle «\u{a0}{pipeline}\u{a0}»")
        }
        Exclusion::UnknownStage { pipeline, stage } => {
            format!("le pipeline «\u{a0}{pipeline}\u{a0}» n’a pas d’étape «\u{a0}{stage}\u{a0}»")
        }
        Exclusion::SplitsNotWhole { sum_bp } => {
            format!("le total des parts est de {} au lieu de 100\u{a0}%", percent(*sum_bp))
        }
        Exclusion::SplitTwice { user } => format!("{user} a deux parts"),
        Exclusion::TooLarge => "montant trop grand pour être converti".to_owned(),
        Exclusion::Unreadable { field, problem } => {
            format!("`{field}`\u{a0}: {}", super::problem(problem, Lang::French))
        }
    }
}

/// What people call a category.
pub(super) fn category(category: Category) -> &'static str {
    match category {
        Category::Omitted => "hors prévision",
        Category::Pipeline => "pipeline",
        Category::BestCase => "meilleur cas",
        Category::Commit => "engagement",
        Category::Closed => "conclu",
    }
}

/// What people call a period: `novembre 2026`, `T4 2026`, `exercice 2027, T1`, `exercice 2027, P3`.
pub(super) fn period(period: &Period, calendar: &FiscalCalendar) -> String {
    let Period { start, unit, year, number, .. } = period;
    match (unit, calendar.is_civil(), calendar.layout()) {
        (Unit::Month, _, Layout::Months) => {
            format!("{} {}", month(*start), start.year())
        }
        (Unit::Month, _, Layout::Weeks { .. }) => format!("exercice {year}, P{number}"),
        (Unit::Quarter, true, _) => format!("T{number} {year}"),
        (Unit::Quarter, false, _) => format!("exercice {year}, T{number}"),
        (Unit::Year, true, _) => year.to_string(),
        (Unit::Year, false, _) => format!("exercice {year}"),
    }
}

/// The month of a day.
pub(super) fn month(day: chrono::NaiveDate) -> &'static str {
    MONTHS.get(usize::try_from(day.month0()).unwrap_or(0)).copied().unwrap_or_default()
}

const MONTHS: &[&str] = &[
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// `12 500,00 EUR`, with no-break spaces.
pub(super) fn money(total: Total) -> String {
    amount(&total.amount_text(), total.currency.code())
}

/// The same of an amount in plain digits.
pub(super) fn amount(plain: &str, code: &str) -> String {
    let (whole, fraction) = plain.split_once('.').map_or((plain, None), |(w, f)| (w, Some(f)));
    let whole = super::grouped(whole, "\u{a0}");
    fraction.map_or_else(|| format!("{whole}\u{a0}{code}"), |fraction| format!("{whole},{fraction}\u{a0}{code}"))
}

fn signed(total: Total) -> String {
    format!("{}{}", if total.minor_units > 0 { "+" } else { "" }, money(total))
}

/// Basis points as a factor: `1,5`.
fn times(bp: i128) -> String {
    // Cut, not rounded: what is not enough does not look as if it were.
    let text = crate::kernel::number::plain(bp.checked_div(100).unwrap_or(0), 2);
    text.trim_end_matches('0').trim_end_matches('.').replace('.', ",")
}

/// A day as the French write it.
fn day(iso: &str) -> String {
    iso.parse().map_or_else(|_| iso.to_owned(), super::fr_values::date)
}
