//! Customers' health in French.

use super::Lang;
use super::fr_values::{date, percent};
use crate::kernel::health_reason::HealthReason;
use crate::kernel::number;

pub(super) fn reason(reason: &HealthReason) -> String {
    use HealthReason as R;
    let lang = Lang::French;
    match reason {
        R::Measure { name, points, most, value: Some(value) } => format!(
            "{}\u{a0}: {} sur {} (valeur mesurée\u{a0}: {})",
            name.text(lang),
            points_of(*points),
            plain(*most),
            value.to_string().replace('.', ",")
        ),
        R::Measure { name, points, most, value: None } => {
            format!("{}\u{a0}: {} sur {}", name.text(lang), points_of(*points), plain(*most))
        }
        R::Assumed { name, points, most, is_stale } => format!(
            "{}\u{a0}: {}, d’où {} sur {} par défaut",
            name.text(lang),
            absent(*is_stale),
            points_of(*points),
            plain(*most)
        ),
        R::NotKnown { name, is_stale } => {
            format!("{}\u{a0}: {}, donc sans effet sur le score", name.text(lang), absent(*is_stale))
        }
        R::Cap { name, max_score, points: 0 } => {
            format!("{}\u{a0}: score limité à {}, sans effet ici", name.text(lang), plain(*max_score))
        }
        R::Cap { name, max_score, points } => {
            format!("{}\u{a0}: score limité à {} ({})", name.text(lang), plain(*max_score), signed(*points))
        }
        R::TooLittleKnown { coverage_bp: 0, .. } => "aucune des valeurs utiles n’est connue".to_owned(),
        R::TooLittleKnown { coverage_bp, least_bp } => format!(
            "seulement {} des poids sont connus, alors qu’il en faut {}",
            percent(*coverage_bp),
            percent(*least_bp)
        ),
        R::SameInputs => "rien de ce qui compte n’a changé depuis le dernier calcul".to_owned(),
        R::NoModel => "aucun modèle ne s’applique à ce compte".to_owned(),
        R::First => "premier calcul".to_owned(),
        R::BecameKnown { score } => format!("les données suffisent désormais\u{a0}: {}", plain(*score)),
        R::BecameUnknown { score } => {
            format!("les données ne suffisent plus (score précédent\u{a0}: {})", plain(*score))
        }
        R::ModelGone { score } => {
            format!("plus aucun modèle ne s’applique à ce compte (score précédent\u{a0}: {})", plain(*score))
        }
        R::WeightsChanged { points } => format!("autres poids ou valeurs plus anciennes\u{a0}: {}", signed(*points)),
        R::MeasureChanged { name, from, to, points } => {
            format!("{}\u{a0}: de {} à {} ({})", name.text(lang), plain(*from), plain(*to), signed(*points))
        }
        R::MeasureAppeared { name, to, points } => {
            format!("{}\u{a0}: valeur désormais connue, {} ({})", name.text(lang), plain(*to), signed(*points))
        }
        R::MeasureGone { name, from, points } => {
            format!(
                "{}\u{a0}: valeur inconnue désormais, {} avant ({})",
                name.text(lang),
                plain(*from),
                signed(*points)
            )
        }
        R::ShareChanged { name, points } => {
            format!("{}\u{a0}: valeur inchangée, mais autre part dans le total ({})", name.text(lang), signed(*points))
        }
        R::CapsChanged { points } => format!("effet des plafonds\u{a0}: {}", signed(*points)),
        R::Override { score, until, author, note } => {
            format!("{author} indique {} jusqu’au {}\u{a0}: {note}", plain(*score), date(*until))
        }
        R::WouldHelp { name, score, gain } => {
            format!("{} au mieux\u{a0}: {} ({})", name.text(lang), plain(*score), signed(*gain))
        }
        R::WithoutCap { name, score, gain } => {
            format!("sans «\u{a0}{}\u{a0}»\u{a0}: {} ({})", name.text(lang), plain(*score), signed(*gain))
        }
    }
}

const fn absent(is_stale: bool) -> &'static str {
    if is_stale { "valeur trop ancienne" } else { "valeur inconnue" }
}

/// Hundredths without needless zeros.
fn plain(n: i64) -> String {
    let text = number::plain(i128::from(n), 2);
    text.trim_end_matches('0').trim_end_matches('.').replace('.', ",")
}

/// In French everything below two is singular.
fn points_of(n: i64) -> String {
    format!("{} {}", plain(n), if n.abs() < 200 { "point" } else { "points" })
}

fn signed(n: i64) -> String {
    if n < 0 { plain(n) } else { format!("+{}", plain(n)) }
}
