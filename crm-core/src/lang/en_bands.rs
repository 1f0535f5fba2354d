//! The reasons of a forecast's bands in English.

use super::en_forecast::money;
use super::en_values::percent;
use super::{Lang, plural};
use crate::kernel::bands_reason::BandsReason;

pub(super) fn reason(reason: &BandsReason) -> String {
    use BandsReason as R;
    let deals = |n: u64| plural(Lang::English, n, "deal", "deals");
    let others = |n: u64| plural(Lang::English, n, "other deal", "other deals");
    match reason {
        R::Certain { deals: n, amount } => format!("certain, {}: {}", deals(*n), money(*amount)),
        R::MeanDeal { deal, amount, probability_bp, adds } => {
            format!("deal {deal}: {} ({} at {})", money(*adds), money(*amount), percent(*probability_bp))
        }
        R::MeanOthers { deals, adds } => format!("{}: {}", others(*deals), money(*adds)),
        R::VarianceDeal { deal, share_bp } => format!("deal {deal}: {} of the variance", percent(*share_bp)),
        R::VarianceOthers { deals, share_bp } => {
            format!("{}: {} of the variance", others(*deals), percent(*share_bp))
        }
        R::VarianceCommon { share_bp } => {
            format!("the scenarios, common to all deals: {} of the variance", percent(*share_bp))
        }
        R::Mover { deal, if_won, if_lost } => {
            format!("deal {deal}: the median is {} if it is won and {} if not", money(*if_won), money(*if_lost))
        }
        R::Target { target, chance_bp } => {
            format!("the chance of reaching {} is {}", money(*target), percent(*chance_bp))
        }
        R::Quantile { level_bp, amount } => {
            let chance = percent(10_000u32.saturating_sub(*level_bp));
            format!("{} or more, with a chance of at least {chance}", money(*amount))
        }
        R::Resolution { cell, deviation } => format!(
            "amounts are counted in steps of {}, which adds a deviation of at most {}",
            money(*cell),
            money(*deviation)
        ),
    }
}
