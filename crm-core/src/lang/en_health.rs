//! Customers' health in English.

use super::Lang;
use super::en_values::percent;
use crate::kernel::health_reason::HealthReason;
use crate::kernel::number;

pub(super) fn reason(reason: &HealthReason) -> String {
    use HealthReason as R;
    let lang = Lang::English;
    match reason {
        R::Measure { name, points, most, value: Some(value) } => {
            format!("{}: {} of {} points (value {value})", name.text(lang), plain(*points), plain(*most))
        }
        R::Measure { name, points, most, value: None } => {
            format!("{}: {} of {} points", name.text(lang), plain(*points), plain(*most))
        }
        R::Assumed { name, points, most, is_stale } => format!(
            "{}: {}, so it counts {} of {} points as configured",
            name.text(lang),
            absent(*is_stale),
            plain(*points),
            plain(*most)
        ),
        R::NotKnown { name, is_stale } => format!("{}: {}, so it is left out", name.text(lang), absent(*is_stale)),
        R::Cap { name, max_score, points: 0 } => {
            format!("{}: limits the score to {}, which changes nothing here", name.text(lang), plain(*max_score))
        }
        R::Cap { name, max_score, points } => {
            format!("{}: limits the score to {} ({})", name.text(lang), plain(*max_score), signed(*points))
        }
        R::TooLittleKnown { coverage_bp: 0, .. } => "nothing that it reads is known".to_owned(),
        R::TooLittleKnown { coverage_bp, least_bp } => {
            format!("only {} of the weight is known, while {} is needed", percent(*coverage_bp), percent(*least_bp))
        }
        R::SameInputs => "nothing that it reads has changed since the last time".to_owned(),
        R::NoModel => "no model is for this account".to_owned(),
        R::First => "worked out for the first time".to_owned(),
        R::BecameKnown { score } => format!("enough is known now: {}", plain(*score)),
        R::BecameUnknown { score } => format!("too little is known now; it was {}", plain(*score)),
        R::ModelGone { score } => format!("no model is for this account any more; it was {}", plain(*score)),
        R::WeightsChanged { points } => format!("other weights, or values that grew older: {}", signed(*points)),
        R::MeasureChanged { name, from, to, points } => {
            format!("{}: from {} to {} ({})", name.text(lang), plain(*from), plain(*to), signed(*points))
        }
        R::MeasureAppeared { name, to, points } => {
            format!("{}: known now, {} ({})", name.text(lang), plain(*to), signed(*points))
        }
        R::MeasureGone { name, from, points } => {
            format!("{}: not known any more, was {} ({})", name.text(lang), plain(*from), signed(*points))
        }
        R::ShareChanged { name, points } => {
            format!("{}: as before, with another share of the whole ({})", name.text(lang), signed(*points))
        }
        R::CapsChanged { points } => format!("limits take off more or less than before: {}", signed(*points)),
        R::Override { score, until, author, note } => {
            format!("{author} says {} until {until}: {note}", plain(*score))
        }
        R::WouldHelp { name, score, gain } => {
            format!("{} at its best: {} ({})", name.text(lang), plain(*score), signed(*gain))
        }
        R::WithoutCap { name, score, gain } => {
            format!("without \u{201c}{}\u{201d}: {} ({})", name.text(lang), plain(*score), signed(*gain))
        }
    }
}

const fn absent(is_stale: bool) -> &'static str {
    if is_stale { "the value is too old" } else { "not known" }
}

/// Hundredths without needless zeros.
fn plain(n: i64) -> String {
    let text = number::plain(i128::from(n), 2);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn signed(n: i64) -> String {
    if n < 0 { plain(n) } else { format!("+{}", plain(n)) }
}
