//! The tables of an answer: deals of the rep view, people of the manager view, pacing, calibration.

use serde_json::{Map, Value as Json, json};

use super::adjustments::{Adjusted, Adjustment, Layer, Layers};
use super::calibration::{Brier, Calibration, Share};
use super::door::Asked;
use super::figures::whole;
use super::pacing::{Pace, Pacing, quota};
use super::periods::Slot;
use super::printed::Printed;
use super::sums::{COUNTED, OPEN, Sums};
use super::whole::{Entry, Forecast};
use crate::kernel::error::{Problem, Result};
use crate::kernel::forecast_reason::{ForecastReason, Total};
use crate::kernel::period::Period;
use crate::kernel::reason::Reason;
use crate::kernel::sales::{Category, StageKind};
use crate::lang;

impl Asked<'_> {
    /// The deals of a period, in the order in which they were given.
    pub(super) fn rows(&self, forecast: &Forecast<'_>, slot: Slot) -> Json {
        forecast.entries.iter().filter(|e| e.slot == slot).map(|e| self.row(e)).collect()
    }

    fn row(&self, entry: &Entry<'_>) -> Json {
        let line = entry.line;
        let why = match (line.state, line.manual) {
            (StageKind::Won, _) => ForecastReason::WonIsClosed,
            (StageKind::Lost, _) => ForecastReason::LostIsOmitted,
            (StageKind::Open, Some(category)) => ForecastReason::ManualCategory { category, automatic: line.automatic },
            (StageKind::Open, None) => ForecastReason::StageCategory { category: line.automatic },
        };
        json!({
            "deal": line.id,
            "owner": entry.part.owner,
            "pipeline": line.pipeline,
            "stage": line.stage,
            "state": line.state.code(),
            "close_date": line.close_date.map(|d| d.to_string()),
            "category": entry.category.code(),
            "manual": line.manual.map(Category::code),
            "automatic": line.automatic.code(),
            "probability_bp": line.weight().bp(),
            "share_bp": entry.part.share.bp(),
            "value": line.amount.map(crate::Money::to_json),
            "amount": self.style.money(entry.printed.amount),
            "weighted": self.style.money(entry.printed.weighted),
            "reasons": self.style.reasons([why]),
        })
    }

    /// The people of a period: each before those whom the person leads.
    pub(super) fn nodes(&self, forecast: &Forecast<'_>, slot: Slot, period: Option<&Period>) -> Result<Json> {
        let tree = &forecast.rollup.tree;
        let is_of = |a: &&Adjustment| period.is_some_and(|p| a.period == (p.start, p.end));
        let adjustments: Vec<&Adjustment> = self.adjustments.iter().filter(is_of).collect();
        let own = |place: usize, category: Category| forecast.printed.node(place, slot, category).own.amount;
        let layers = Layers::over(tree, own, &adjustments, self.viewer.as_deref())?;
        let mut depths = vec![0u64; tree.nodes().len()];
        let mut nodes = Vec::with_capacity(tree.nodes().len());
        for place in tree.order() {
            let Some(node) = tree.nodes().get(place) else { continue };
            let above = node.manager.and_then(|m| depths.get(m)).map_or(0, |depth| depth.saturating_add(1));
            if let Some(depth) = depths.get_mut(place) {
                *depth = above;
            }
            let cell = |category: Category| forecast.printed.node(place, slot, category);
            let (mine, all) = (forecast.rollup.own.get(place, slot), forecast.totals.get(place, slot));
            let mut map = Map::new();
            if let Some(lang) = self.style.lang {
                map.insert(
                    "text".into(),
                    lang::reason(&Reason::Forecast(self.person(forecast, place, slot)?), lang).into(),
                );
            }
            map.insert("user".into(), node.user.as_str().into());
            let manager = node.manager.and_then(|m| tree.nodes().get(m)).map(|m| m.user.as_str());
            map.insert("manager".into(), manager.into());
            map.insert("depth".into(), above.into());
            map.insert("listed".into(), node.listed.into());
            map.insert("own".into(), self.style.figures(|c| (mine.get(c), cell(c).own))?.into());
            map.append(&mut self.style.figures(|c| (all.get(c), cell(c).total))?);
            let most = self.settings.reasons;
            map.insert("reasons".into(), self.reasons(|c| forecast.parts_of(place, slot, c, most))?);
            if !adjustments.is_empty() {
                map.insert("adjusted".into(), self.adjusted(&layers, place)?);
            }
            // The quota of nobody is everybody's.
            let period = period.filter(|_| !node.user.is_empty());
            let target =
                period.map(|period| quota(self.quotas_of(&node.user), &node.user, period)).transpose()?.flatten();
            if let (Some(period), Some(quota)) = (period, target) {
                map.insert("pacing".into(), self.pacing(quota, period, |c| cell(c).total.amount)?);
            }
            nodes.push(Json::Object(map));
        }
        Ok(nodes.into())
    }

    /// What a person comes to, with all reports.
    fn person(&self, forecast: &Forecast<'_>, place: usize, slot: Slot) -> Result<ForecastReason> {
        let (mut sums, mut printed) = (Sums::default(), Printed::default());
        for category in COUNTED {
            sums.merge(&forecast.totals.get(place, slot).get(*category))?;
            printed.plus(&forecast.printed.node(place, slot, *category).total)?;
        }
        let total = |minor_units: i128| Total { minor_units, currency: self.style.currency };
        let user = forecast.rollup.tree.nodes().get(place).map(|node| node.user.clone()).unwrap_or_default();
        let (amount, weighted) = (total(printed.amount), total(printed.weighted));
        Ok(ForecastReason::Report { user, count: sums.count, amount, weighted })
    }

    /// What a person's categories come to with the layers that the viewer sees.
    fn adjusted(&self, layers: &Layers<'_>, place: usize) -> Result<Json> {
        let mut map = Map::new();
        let mut total = 0i128;
        for category in COUNTED {
            let Some(adjusted) = layers.get(place, *category) else { continue };
            total = total.checked_add(adjusted.value).ok_or(Problem::AmountTooLarge)?;
            map.insert(category.code().into(), self.layered(adjusted));
        }
        map.insert("total".into(), self.style.money(total));
        Ok(map.into())
    }

    fn layered(&self, adjusted: &Adjusted<'_>) -> Json {
        let mut map = Map::new();
        map.insert("value".into(), self.style.money(adjusted.value));
        map.insert("beneath".into(), self.style.money(adjusted.beneath));
        map.insert("rollup".into(), self.style.money(adjusted.rollup));
        let Some(by) = adjusted.by else { return map.into() };
        let total = |minor_units: i128| Total { minor_units, currency: self.style.currency };
        let stale = adjusted.is_stale(self.settings.stale_drift_bp);
        let manager = by.layer == Layer::Manager;
        map.insert("layer".into(), if manager { "manager" } else { "own" }.into());
        map.insert("author".into(), by.author.as_str().into());
        map.insert("note".into(), by.note.as_str().into());
        map.insert("base".into(), by.base.map_or(Json::Null, |base| self.style.money(base)));
        map.insert("drift".into(), adjusted.drift().map_or(Json::Null, |drift| self.style.money(drift)));
        map.insert("stale".into(), stale.into());
        let (author, amount, rollup) = (by.author.clone(), total(by.amount), total(adjusted.rollup));
        let said = ForecastReason::Adjusted { author, manager, amount, rollup };
        let drifted = adjusted.drift().filter(|drift| *drift != 0);
        let drifted = drifted.map(|drift| ForecastReason::Drifted { drift: total(drift), stale });
        map.insert("reasons".into(), self.style.reasons([Some(said), drifted].into_iter().flatten()));
        map.into()
    }

    /// How far closed deals are from a quota.
    pub(super) fn pacing(&self, quota: i128, period: &Period, amount: impl Fn(Category) -> i128) -> Result<Json> {
        let open = OPEN.iter().try_fold(0i128, |sum, c| sum.checked_add(amount(*c))).ok_or(Problem::AmountTooLarge)?;
        let pace = Pace::new(period, self.as_of, self.settings);
        let pacing = Pacing::new(quota, amount(Category::Closed), open, pace)?;
        let least = self.settings.least_coverage_bp;
        let money = |minor: i128| self.style.money(minor);
        Ok(json!({
            "quota": money(pacing.quota),
            "closed": money(pacing.closed),
            "open": money(pacing.open),
            "gap": money(pacing.gap),
            "attainment_bp": pacing.attainment_bp.map(whole),
            "coverage_bp": pacing.coverage_bp.map(whole),
            "status": pacing.status(least),
            "business_days": {"all": pace.days, "elapsed": pace.elapsed, "left": pace.left},
            "expected": pacing.expected.map(money),
            "each_day": pacing.each_day.map(money),
            "reasons": self.style.reasons(pacing.reasons(self.style.currency, least)),
        }))
    }

    /// Each category times how often deals of it were won, beside the numbers themselves.
    pub(super) fn calibrated(&self, table: &Calibration<'_>, amount: impl Fn(Category) -> i128) -> Result<Json> {
        let mut map = Map::new();
        for category in OPEN {
            let Some(share) = table.categories.get(category) else { continue };
            let Some(calibrated) = share.of(amount(*category))? else { continue };
            let mut one = share_json(share);
            one.insert("amount".into(), self.style.money(calibrated));
            map.insert(category.code().into(), one.into());
        }
        Ok(map.into())
    }
}

fn share_json(share: &Share) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("n".into(), share.n.into());
    map.insert("won".into(), share.won.into());
    map.insert("won_bp".into(), share.won_bp().map_or(Json::Null, whole));
    map
}

fn brier_json(brier: &Brier) -> Json {
    let (numerator, denominator) = brier.fraction().unzip();
    json!({
        "n": brier.n,
        "bp": brier.bp().map(whole),
        "numerator": numerator.map(|n| n.to_string()),
        "denominator": denominator.map(|n| n.to_string()),
    })
}

/// How often deals that were called something were won.
pub(super) fn calibration(table: &Calibration<'_>) -> Json {
    let categories: Map<String, Json> =
        table.categories.iter().map(|(c, share)| (c.code().to_owned(), share_json(share).into())).collect();
    let owners = table.owners.iter().map(|((owner, category), share)| {
        let mut one = share_json(share);
        one.insert("owner".into(), (*owner).into());
        one.insert("category".into(), category.code().into());
        Json::Object(one)
    });
    let briers = table.owner_briers.iter().map(|(owner, brier)| {
        let mut one = brier_json(brier);
        if let Json::Object(one) = &mut one {
            one.insert("owner".into(), (*owner).into());
        }
        one
    });
    let bins = (0i64..).zip(&table.bins).filter(|(_, bin)| bin.share.n > 0).map(|(tenth, bin)| {
        let mut one = share_json(&bin.share);
        one.insert("from_bp".into(), tenth.saturating_mul(1_000).into());
        let mean = crate::kernel::allocate::rounded(bin.said_bp, i128::from(bin.share.n));
        one.insert("said_bp".into(), whole(mean));
        Json::Object(one)
    });
    json!({
        "categories": categories,
        "owners": owners.collect::<Json>(),
        "brier": brier_json(&table.brier),
        "owner_briers": briers.collect::<Json>(),
        "bins": bins.collect::<Json>(),
    })
}
