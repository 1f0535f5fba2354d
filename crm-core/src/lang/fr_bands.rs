//! The reasons of a forecast's bands in French.

use super::fr_forecast::money;
use super::fr_values::percent;
use super::{Lang, plural};
use crate::kernel::bands_reason::BandsReason;

pub(super) fn reason(reason: &BandsReason) -> String {
    use BandsReason as R;
    let deals = |n: u64| plural(Lang::French, n, "affaire", "affaires").replace(' ', "\u{a0}");
    let others = |n: u64| plural(Lang::French, n, "autre affaire", "autres affaires");
    match reason {
        R::Certain { deals: n, amount } => format!("acquis ({})\u{a0}: {}", deals(*n), money(*amount)),
        R::MeanDeal { deal, amount, probability_bp, adds } => {
            format!("affaire {deal}\u{a0}: {} ({} à {})", money(*adds), money(*amount), percent(*probability_bp))
        }
        R::MeanOthers { deals, adds } => format!("{}\u{a0}: {}", others(*deals), money(*adds)),
        R::VarianceDeal { deal, share_bp } => {
            format!("affaire {deal}\u{a0}: {} de la variance", percent(*share_bp))
        }
        R::VarianceOthers { deals, share_bp } => {
            format!("{}\u{a0}: {} de la variance", others(*deals), percent(*share_bp))
        }
        R::VarianceCommon { share_bp } => {
            format!("les scénarios, communs à toutes les affaires\u{a0}: {} de la variance", percent(*share_bp))
        }
        R::Mover { deal, if_won, if_lost } => {
            format!(
                "affaire {deal}\u{a0}: médiane de {} si elle est gagnée, de {} sinon",
                money(*if_won),
                money(*if_lost)
            )
        }
        R::Target { target, chance_bp } => {
            format!("la probabilité d’atteindre {} est de {}", money(*target), percent(*chance_bp))
        }
        R::Quantile { level_bp, amount } => {
            let chance = percent(10_000u32.saturating_sub(*level_bp));
            format!("{} ou plus, avec une probabilité d’au moins {chance}", money(*amount))
        }
        R::Resolution { cell, deviation } => format!(
            "les montants sont comptés par pas de {}, ce qui ajoute un écart-type d’au plus {}",
            money(*cell),
            money(*deviation)
        ),
    }
}
