//! The JSON door: deals and what goes with them in, a forecast with its reasons out.

use serde_json::{Map, Value as Json, json};

use super::adjustments::Adjustment;
use super::calibration::Calibration;
use super::figures::Style;
use super::input::{self, Excluded};
use super::pacing::{Quota, quota};
use super::periods::{Periods, Slot};
use super::place::{Filter, Plan};
use super::printed::Printed;
use super::question::Question;
use super::settings::ForecastSettings;
use super::sums::ByCategory;
use super::tree::OwnerTree;
use super::whole::Forecast;
use crate::kernel::error::{Error, Result};
use crate::kernel::forecast_reason::ForecastReason;
use crate::kernel::json::not_one_of;
use crate::kernel::money::Money;
use crate::kernel::period::Period;
use crate::kernel::rate::RateTable;
use crate::kernel::reason::Reason;
use crate::kernel::sales::Category;
use crate::rules::fiscal::period_json;
use crate::rules::read::{Object, instant, text};

const VIEWS: &[&str] = &["rep", "manager"];

/// What is asked of every table of the answer.
pub(super) struct Asked<'a> {
    pub(super) settings: &'a ForecastSettings,
    pub(super) style: Style,
    pub(super) periods: &'a Periods,
    pub(super) as_of: chrono::NaiveDate,
    pub(super) adjustments: Vec<Adjustment>,
    /// In order of owner.
    pub(super) quotas: Vec<Quota>,
    pub(super) viewer: Option<String>,
    pub(super) calibration: Option<Calibration<'a>>,
}

/// Answers a question about deals, see [the module](super) for its keys and those of the answer.
///
/// # Errors
/// An unknown key, a missing or unreadable `as_of`, `currency` or `periods`, deals with one id, an owner tree with
/// duplicates or cycles, two rates of one pair and day, and sums that leave 128 bits. Whatever is wrong with one deal
/// excludes that deal and is told.
pub fn eval_json(settings: &ForecastSettings, input: &Json) -> Result<Json> {
    const KEYS: &[&str] = &[
        "deals",
        "pipelines",
        "owners",
        "rates",
        "currency",
        "as_of",
        "at",
        "periods",
        "filters",
        "view",
        "presentation",
        "rate_basis",
        "rounding",
        "adjustments",
        "quotas",
        "viewer",
        "history",
        "lang",
    ];
    let o = Object::new(input, KEYS)?;
    let at = o.optional("at", instant)?;
    let mut question = Question::read(settings, &o)?;
    let tree = std::mem::take(&mut question.tree);
    let deals =
        o.required("deals").and_then(|v| input::deals(v, question.pipelines.as_ref()).map_err(|e| e.at("deals")))?;
    let view = |v: &Json| match v.as_str() {
        Some("rep") => Ok(false),
        Some("manager") => Ok(true),
        _ => Err(not_one_of(v, VIEWS)),
    };
    let is_manager = o.optional("view", view)?.unwrap_or(false);
    let mut told = Vec::new();
    let (currency, plan) = (question.currency, question.plan());
    let adjustments = o.optional("adjustments", |v| input::adjustments(v, currency, at, &mut told))?;
    let quotas = o.optional("quotas", |v| input::quotas(v, currency, at, &mut told))?;
    let asked = Asked {
        settings: &question.settings,
        style: Style::new(&plan.valuation, question.presentation, question.lang),
        periods: &question.periods,
        as_of: question.as_of,
        adjustments: adjustments.unwrap_or_default(),
        quotas: by_owner(quotas.unwrap_or_default()),
        viewer: o.optional("viewer", text)?,
        calibration: o.optional("history", input::history)?.map(Calibration::new),
    };
    let mut map = asked.head(&question.rates, is_manager);
    asked.answer(&plan, tree, deals, is_manager, &mut map)?;
    map.insert("diagnostics".into(), told.iter().map(Error::to_json).collect());
    Ok(Json::Object(map))
}

/// Quotas in order of owner; those of one owner stay as they were given.
fn by_owner(mut quotas: Vec<Quota>) -> Vec<Quota> {
    quotas.sort_by(|a, b| a.owner.cmp(&b.owner));
    quotas
}

impl<'a> Asked<'a> {
    /// Somebody's quotas, without looking at everybody's.
    pub(super) fn quotas_of(&self, owner: &str) -> &[Quota] {
        let from = self.quotas.partition_point(|q| q.owner.as_str() < owner);
        let own = self.quotas.get(from..).unwrap_or_default();
        own.get(..own.partition_point(|q| q.owner == owner)).unwrap_or_default()
    }

    /// What was asked, so that the answer can be made again.
    pub(super) fn head(&self, rates: &RateTable, is_manager: bool) -> Map<String, Json> {
        let digest: String = rates.digest().iter().map(|byte| format!("{byte:02x}")).collect();
        let (from, to) = self.periods.window().unzip();
        let mut map = Map::new();
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        put("as_of", self.as_of.to_string().into());
        put("currency", self.style.currency.code().into());
        put("rate_basis", self.settings.rate_basis.code().into());
        put("rounding", self.settings.rounding.code().into());
        put("rates_digest", digest.into());
        put("unit", self.periods.unit().name().into());
        put("window", json!({"from": from.map(|d| d.to_string()), "to": to.map(|d| d.to_string())}));
        put("view", if is_manager { "manager" } else { "rep" }.into());
        put("presentation", self.style.presentation.code().into());
        map
    }

    fn answer(
        &self,
        plan: &Plan<'_>,
        tree: OwnerTree,
        deals: Vec<Result<super::Line<'a>, Excluded<'a>>>,
        is_manager: bool,
        map: &mut Map<String, Json>,
    ) -> Result<()> {
        let (mut lines, mut excluded, mut places, mut filtered) = (Vec::new(), Vec::new(), Vec::new(), 0u64);
        for (i, deal) in deals.into_iter().enumerate() {
            match deal {
                Ok(line) => {
                    places.push(i);
                    lines.push(line);
                }
                // Of a deal that cannot be read at least the owner is known.
                Err(deal) if is_filtered(plan.filter, &deal) => filtered = filtered.saturating_add(1),
                Err(deal) => excluded.push((i, deal)),
            }
        }
        let forecast = Forecast::new(plan, tree, &lines)?;
        for (place, exclusion) in &forecast.excluded {
            let (Some(line), Some(i)) = (lines.get(*place), places.get(*place)) else { continue };
            let exclusion = exclusion.clone();
            excluded.push((*i, Excluded { id: line.id, owner: line.owner, amount: line.amount, exclusion }));
        }
        excluded.sort_by_key(|(i, _)| *i);
        let excluded: Vec<Excluded<'_>> = excluded.into_iter().map(|(_, deal)| deal).collect();
        let slots: Vec<Slot> = (0..self.periods.list().len()).map(Slot::Period).collect();
        map.insert("total".into(), self.whole(&forecast, &slots)?.into());
        let periods = slots.iter().zip(self.periods.list());
        let periods = periods.map(|(slot, period)| self.block(&forecast, *slot, Some(period), is_manager));
        map.insert("periods".into(), periods.collect::<Result<Vec<_>>>()?.into());
        map.insert("undated".into(), self.block(&forecast, Slot::Undated, None, is_manager)?);
        let outside = &forecast.rollup.outside;
        map.insert("outside".into(), json!({"before": outside.before, "after": outside.after}));
        map.insert("filtered".into(), forecast.rollup.filtered.saturating_add(filtered).into());
        map.insert("excluded".into(), excluded.iter().map(|deal| self.excluded(deal)).collect());
        map.insert("excluded_amounts".into(), amounts(&excluded));
        if let Some(calibration) = &self.calibration {
            map.insert("calibration".into(), super::tables::calibration(calibration));
        }
        Ok(())
    }

    /// Everybody over some slots.
    pub(super) fn whole(&self, forecast: &Forecast<'_>, slots: &[Slot]) -> Result<Map<String, Json>> {
        let mut sums = ByCategory::default();
        let mut printed = std::collections::BTreeMap::new();
        for slot in slots {
            sums.merge(&forecast.whole(*slot)?)?;
            for category in Category::ALL {
                let row: &mut Printed = printed.entry(*category).or_default();
                row.plus(&forecast.printed.slot(*slot, *category))?;
            }
        }
        self.style.figures(|c| (sums.get(c), printed.get(&c).copied().unwrap_or_default()))
    }

    /// A period, or the undated deals.
    fn block(&self, forecast: &Forecast<'_>, slot: Slot, period: Option<&Period>, is_manager: bool) -> Result<Json> {
        let mut map = Map::new();
        if let Some(period) = period {
            map.insert("period".into(), period_json(period, self.periods.calendar(), self.style.lang).into());
        }
        map.append(&mut self.whole(forecast, &[slot])?);
        if is_manager {
            map.insert("nodes".into(), self.nodes(forecast, slot, period)?);
        } else {
            map.insert("reasons".into(), self.reasons(|c| forecast.deals_of(slot, c, self.settings.reasons))?);
            map.insert("rows".into(), self.rows(forecast, slot));
        }
        if let Some(calibration) = &self.calibration {
            let of = |c: Category| forecast.printed.slot(slot, c).amount;
            map.insert("calibrated".into(), self.calibrated(calibration, of)?);
        }
        let whole = period.map(|period| quota(self.quotas_of(""), "", period)).transpose()?.flatten();
        if let (Some(period), Some(quota)) = (period, whole) {
            let amount = |c: Category| forecast.printed.slot(slot, c).amount;
            map.insert("pacing".into(), self.pacing(quota, period, amount)?);
        }
        Ok(Json::Object(map))
    }

    /// The reasons of every category that has any.
    pub(super) fn reasons(&self, of: impl Fn(Category) -> Result<Vec<ForecastReason>>) -> Result<Json> {
        let mut map = Map::new();
        for category in Category::ALL {
            let reasons = of(*category)?;
            if !reasons.is_empty() {
                map.insert(category.code().into(), self.style.reasons(reasons));
            }
        }
        Ok(map.into())
    }

    pub(super) fn excluded(&self, deal: &Excluded<'_>) -> Json {
        let mut map = Reason::Forecast(ForecastReason::Excluded(deal.exclusion.clone())).to_json(self.style.lang);
        map.insert("id".into(), deal.id.into());
        map.insert("owner".into(), deal.owner.into());
        map.insert("amount".into(), deal.amount.map_or(Json::Null, Money::to_json));
        map.into()
    }
}

fn is_filtered(filter: &Filter, deal: &Excluded<'_>) -> bool {
    !filter.owner(deal.owner)
}

/// What the excluded deals come to, each currency by itself.
fn amounts(excluded: &[Excluded<'_>]) -> Json {
    let totals = input::by_currency(excluded.iter().filter_map(|deal| deal.amount.as_ref()));
    let total = |(currency, (count, minor)): (crate::Currency, (u64, i128))| {
        let amount = crate::kernel::number::plain(minor, currency.minor_digits());
        (currency.code().to_owned(), json!({"count": count, "amount": amount}))
    };
    totals.into_iter().map(total).collect::<Map<String, Json>>().into()
}
