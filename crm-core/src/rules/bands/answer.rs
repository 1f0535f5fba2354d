//! The answer of the bands as JSON, with the reasons of its mean and of its variance.

use std::cmp::Reverse;

use serde_json::{Map, Value as Json, json};

use super::types::{Bands, Part, Prospect, Ratio, Scenario};
use crate::kernel::allocate::{allocate, rounded_rows};
use crate::kernel::bands_reason::BandsReason;
use crate::kernel::error::{Problem, Result};
use crate::kernel::forecast_reason::Total;
use crate::kernel::json;
use crate::kernel::money::Currency;
use crate::kernel::reason::Reason;
use crate::kernel::waterfall_reason::WaterfallReason;
use crate::lang::Lang;

/// What was asked, beside the options.
pub(super) struct Asked {
    pub(super) currency: Currency,
    pub(super) lang: Option<Lang>,
    /// Deals told by name of each total.
    pub(super) top: usize,
    pub(super) ids: Vec<String>,
    pub(super) prospects: Vec<Prospect>,
    pub(super) left_out: u64,
    pub(super) excluded: Vec<(String, WaterfallReason)>,
}

impl Asked {
    pub(super) fn to_json(&self, bands: &Bands, scenarios: &[Scenario]) -> Result<Json> {
        let text = |minor: i128| self.total(minor).amount_text();
        let quantile = |q: &super::Quantile| {
            let told = BandsReason::Quantile { level_bp: q.level_bp, amount: self.total(q.amount) };
            let mut map = Reason::Bands(told).to_json(self.lang);
            map.insert("low".into(), text(q.low).into());
            map.insert("high".into(), text(q.high).into());
            Json::Object(map)
        };
        let name = |level: u32| {
            format!("p{}", crate::kernel::number::plain(level.into(), 2).trim_end_matches('0').trim_end_matches('.'))
        };
        let named: Map<String, Json> =
            bands.quantiles.iter().map(|q| (name(q.level_bp), text(q.amount).into())).collect();
        let excluded = self.excluded.iter().map(|(id, reason)| {
            let mut map = Reason::Waterfall(reason.clone()).to_json(self.lang);
            map.insert("id".into(), id.as_str().into());
            Json::Object(map)
        });
        let bar = |b: &super::Bin| json!({"from": text(b.from), "to": text(b.to), "share_ppm": b.share_ppm});
        let mover = |m: &super::Mover| {
            let (if_won, if_lost) = (self.total(m.if_won), self.total(m.if_lost));
            self.reason(BandsReason::Mover { deal: self.id(m.place), if_won, if_lost })
        };
        let chance = bands.chance.map(|c| {
            let chance_bp = u32::try_from(c.ppb.saturating_add(50_000) / 100_000).unwrap_or(0);
            let mut map = match self.reason(BandsReason::Target { target: self.total(c.target), chance_bp }) {
                Json::Object(map) => map,
                _ => Map::new(),
            };
            map.extend(
                [("ppb", c.ppb), ("low_ppb", c.low_ppb), ("high_ppb", c.high_ppb)]
                    .map(|(k, v)| (k.to_owned(), v.into())),
            );
            map
        });
        let fine = bands.resolution;
        let concentration = bands.concentration.map(|(place, bp)| json!({"id": self.id(place), "share_bp": bp}));
        Ok(json!({
            "currency": self.currency.code(),
            "deals": {
                "certain": json::length(self.prospects.iter().filter(|p| p.probability.bp() == 10_000).count()),
                "uncertain": bands.uncertain,
                "left_out": self.left_out,
            },
            "bands": named,
            "quantiles": bands.quantiles.iter().map(quantile).collect::<Vec<_>>(),
            "certain": text(bands.certain),
            "mean": self.ratio(bands.mean),
            "variance": exact(bands.variance),
            "deviation": text(deviation(bands.variance)),
            "concentration": concentration,
            "resolution": {
                "cell": text(fine.cell), "cells": fine.cells, "exact": fine.exact,
                "deviation": text(fine.deviation), "method": fine.method.name(),
            },
            "error": {"ppb": bands.error_ppb(), "units": bands.error_units, "unit_bits": 62},
            "target": chance,
            "histogram": bands.histogram.iter().map(bar).collect::<Vec<_>>(),
            "movers": bands.movers.iter().map(mover).collect::<Vec<_>>(),
            "scenarios": scenarios.iter().map(Scenario::to_json).collect::<Vec<_>>(),
            "excluded": excluded.collect::<Vec<_>>(),
            "reasons": {
                "mean": self.mean(bands)?,
                "variance": self.variance(bands)?,
                "resolution": (!fine.exact).then(|| {
                    let (cell, deviation) = (self.total(fine.cell), self.total(fine.deviation));
                    self.reason(BandsReason::Resolution { cell, deviation })
                }),
            },
        }))
    }

    const fn total(&self, minor_units: i128) -> Total {
        Total { minor_units, currency: self.currency }
    }

    fn id(&self, place: usize) -> String {
        self.ids.get(place).cloned().unwrap_or_default()
    }

    fn reason(&self, reason: BandsReason) -> Json {
        Json::Object(Reason::Bands(reason).to_json(self.lang))
    }

    /// The exact value, and rounded in money.
    fn ratio(&self, ratio: Ratio) -> Json {
        let mut map = exact(ratio);
        map.insert("amount".into(), self.total(ratio.rounded()).amount_text().into());
        Json::Object(map)
    }

    /// The parts of the largest deals and of the others together; without parts of nothing.
    fn largest(&self, parts: &[Part], certain: bool) -> (Vec<Part>, Vec<Part>) {
        let is_certain = |part: &Part| self.prospects.get(part.place).is_some_and(|p| p.probability.bp() == 10_000);
        let mut parts: Vec<Part> =
            parts.iter().filter(|p| p.numerator != 0 && is_certain(p) == certain).copied().collect();
        parts.sort_by_key(|part| (Reverse(part.numerator.unsigned_abs()), part.place));
        let others = parts.split_off(self.top.min(parts.len()));
        (parts, others)
    }

    /// What makes the mean; the amounts sum to it as it is shown.
    fn mean(&self, bands: &Bands) -> Result<Vec<Json>> {
        let (shown, others) = self.largest(&bands.mean_parts, false);
        let (first, rest) = self.largest(&bands.mean_parts, true);
        let certain: Vec<Part> = first.into_iter().chain(rest).collect();
        let mut values = vec![sum(&certain)?];
        values.extend(shown.iter().map(|part| part.numerator));
        values.push(sum(&others)?);
        let denominator = u64::try_from(bands.mean.denominator).unwrap_or(u64::MAX);
        let (rows, _) = rounded_rows(&values, denominator)?;
        let mut rows = rows.into_iter();
        let mut next = || self.total(rows.next().unwrap_or(0));
        let mut reasons = Vec::new();
        let amount = next();
        if !certain.is_empty() {
            reasons.push(self.reason(BandsReason::Certain { deals: json::length(certain.len()), amount }));
        }
        for part in &shown {
            let prospect = self.prospects.get(part.place);
            reasons.push(self.reason(BandsReason::MeanDeal {
                deal: self.id(part.place),
                amount: self.total(prospect.map_or(0, |p| p.amount)),
                probability_bp: prospect.and_then(|p| u32::try_from(p.probability.bp()).ok()).unwrap_or(0),
                adds: next(),
            }));
        }
        let adds = next();
        if !others.is_empty() {
            reasons.push(self.reason(BandsReason::MeanOthers { deals: json::length(others.len()), adds }));
        }
        Ok(reasons)
    }

    /// What makes the variance; the shares sum to 10,000.
    fn variance(&self, bands: &Bands) -> Result<Vec<Json>> {
        let (shown, others) = self.largest(&bands.variance_parts, false);
        let of_deals = sum(&bands.variance_parts)?;
        let common = bands.variance.numerator.checked_sub(of_deals).ok_or(Problem::AmountTooLarge)?;
        let mut weights: Vec<u128> = shown.iter().map(|part| part.numerator.unsigned_abs()).collect();
        weights.extend([sum(&others)?.unsigned_abs(), common.max(0).unsigned_abs()]);
        if bands.variance.numerator <= 0 {
            return Ok(Vec::new());
        }
        // Shares in basis points need no more than the leading bits.
        let most = weights.iter().copied().max().unwrap_or(0);
        let shift = 28u32.saturating_sub(most.leading_zeros());
        for weight in &mut weights {
            *weight >>= shift;
        }
        let mut shares = allocate(10_000, &weights)?.into_iter();
        let mut next = || u32::try_from(shares.next().unwrap_or(0)).unwrap_or(0);
        let mut reasons = Vec::new();
        for part in &shown {
            reasons.push(self.reason(BandsReason::VarianceDeal { deal: self.id(part.place), share_bp: next() }));
        }
        let share_bp = next();
        if !others.is_empty() {
            reasons.push(self.reason(BandsReason::VarianceOthers { deals: json::length(others.len()), share_bp }));
        }
        if common > 0 {
            reasons.push(self.reason(BandsReason::VarianceCommon { share_bp: next() }));
        }
        Ok(reasons)
    }
}

/// Numerator and denominator as texts, since they leave what JSON numbers hold.
fn exact(ratio: Ratio) -> Map<String, Json> {
    let parts = [("numerator", ratio.numerator), ("denominator", ratio.denominator)];
    parts.map(|(key, value)| (key.to_owned(), value.to_string().into())).into_iter().collect()
}

fn sum(parts: &[Part]) -> Result<i128> {
    let sum = parts.iter().try_fold(0i128, |sum, part| sum.checked_add(part.numerator));
    Ok(sum.ok_or(Problem::AmountTooLarge)?)
}

/// The root of the variance in whole minor units, rounded down.
fn deviation(variance: Ratio) -> i128 {
    let whole = variance.numerator.checked_div(variance.denominator).unwrap_or(0);
    i128::try_from(whole.max(0).unsigned_abs().isqrt()).unwrap_or(i128::MAX)
}
