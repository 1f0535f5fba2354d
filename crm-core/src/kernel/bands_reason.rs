//! The reasons of a forecast's bands: what makes the mean, what makes it uncertain, what is known of a target.

use serde_json::{Map, Value as Json};

use super::forecast_reason::Total;

/// One reason of a forecast's bands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_bands.rs")]
pub enum BandsReason {
    /// What is certain, together.
    Certain { deals: u64, amount: Total },
    /// What one uncertain deal adds to the mean.
    MeanDeal { deal: String, amount: Total, probability_bp: u32, adds: Total },
    /// What the other uncertain deals add together.
    MeanOthers { deals: u64, adds: Total },
    /// One deal's share of the variance.
    VarianceDeal { deal: String, share_bp: u32 },
    /// The other deals' share of the variance.
    VarianceOthers { deals: u64, share_bp: u32 },
    /// The share of the variance that all deals have in common: which scenario it will be.
    VarianceCommon { share_bp: u32 },
    /// What a deal's outcome does to the median.
    Mover { deal: String, if_won: Total, if_lost: Total },
    /// How likely a target is reached.
    Target { target: Total, chance_bp: u32 },
    /// What is reached or passed with the rest of a level's probability.
    Quantile { level_bp: u32, amount: Total },
    /// Amounts lie between the cells of the lattice.
    Resolution { cell: Total, deviation: Total },
}

impl BandsReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use BandsReason as R;
        match self {
            R::Certain { .. } => "certain_deals",
            R::MeanDeal { .. } => "mean_deal",
            R::MeanOthers { .. } => "mean_others",
            R::VarianceDeal { .. } => "variance_deal",
            R::VarianceOthers { .. } => "variance_others",
            R::VarianceCommon { .. } => "variance_common",
            R::Mover { .. } => "median_mover",
            R::Target { .. } => "target_chance",
            R::Quantile { .. } => "quantile",
            R::Resolution { .. } => "amounts_between_cells",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use BandsReason as R;
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        let text = |total: &Total| Json::from(total.amount_text());
        match self {
            R::Certain { deals, amount } => {
                put("deals", (*deals).into());
                put("amount", text(amount));
            }
            R::MeanDeal { deal, amount, probability_bp, adds } => {
                put("deal", deal.as_str().into());
                put("of", text(amount));
                put("probability_bp", (*probability_bp).into());
                put("amount", text(adds));
            }
            R::MeanOthers { deals, adds } => {
                put("deals", (*deals).into());
                put("amount", text(adds));
            }
            R::VarianceDeal { deal, share_bp } => {
                put("deal", deal.as_str().into());
                put("share_bp", (*share_bp).into());
            }
            R::VarianceOthers { deals, share_bp } => {
                put("deals", (*deals).into());
                put("share_bp", (*share_bp).into());
            }
            R::VarianceCommon { share_bp } => {
                put("share_bp", (*share_bp).into());
            }
            R::Mover { deal, if_won, if_lost } => {
                put("id", deal.as_str().into());
                put("p50_if_won", text(if_won));
                put("p50_if_lost", text(if_lost));
            }
            R::Target { target, chance_bp } => {
                put("amount", text(target));
                put("chance_bp", (*chance_bp).into());
            }
            R::Quantile { level_bp, amount } => {
                put("level_bp", (*level_bp).into());
                put("amount", text(amount));
            }
            R::Resolution { cell, deviation } => {
                put("cell", text(cell));
                put("deviation", text(deviation));
            }
        }
    }
}
