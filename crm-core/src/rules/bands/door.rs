//! The JSON door of the bands: deals in, bands with their reasons out.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::answer::Asked;
use super::types::{BandOptions, Bands, MOST_DEALS, Prospect, Scenario, Shift};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json::not_one_of;
use crate::kernel::money::{Currency, Money};
use crate::kernel::probability::Probability;
use crate::kernel::rate::RateTable;
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::text::shortened;
use crate::kernel::waterfall_reason::WaterfallReason;
use crate::rules::check;
use crate::rules::rates::{converted, currency_of, rates_of};
use crate::rules::read::{self, Object, integer, list, money, text};

/// The options of one deal.
const DEAL_KEYS: &[&str] = &["id", "amount", "currency", "probability_bp", "state", "category", "close_date"];
/// Deals told by name of each total where nobody says how many.
const TOP: i64 = 10;
const MOST_TOP: i64 = 10_000;

/// A deal that does not count: lost, omitted, or with the reason why it cannot.
enum Line {
    Counts(Prospect),
    LeftOut,
    Excluded(WaterfallReason),
}

/// Answers one question:
///
/// ```json
/// {"deals": [{"id": "d1", "amount": "1000.00", "currency": "EUR", "probability_bp": 5000, "state": "open",
///             "category": "commit", "close_date": "2026-12-15"}],
///  "currency": "EUR", "rates": [{"from": "USD", "to": "EUR", "valid_from": "2026-01-01", "rate": "0.92"}],
///  "date": "2026-11-22", "quantiles_bp": [1000, 5000, 9000], "cell": "100.00", "most_cells": 20000,
///  "target": "50000.00", "scenarios": [{"name": "weak", "weight_bp": 10000, "odds_bp": 8000}],
///  "movers": 3, "bins": 20, "top": 10, "lang": "fr"}
/// ```
///
/// A deal's `amount` is text in its `currency` (that of the question if it has none), or the amount with its currency as
/// records have it. Rates are those in force on the deal's `close_date`, else on `date`. Won deals and the category
/// `closed` are certain; lost and omitted ones are left out; a deal without amount or rate is `excluded` with its
/// reason. `scenarios` may be `"standard"`.
///
/// # Errors
/// An unknown key, a value of another form, a probability outside of 0 to 10,000, an id twice; with the path. And what
/// [`Bands::of`] refuses.
pub fn eval_json(input: &Json) -> Result<Json> {
    const KEYS: &[&str] = &[
        "deals",
        "currency",
        "rates",
        "date",
        "quantiles_bp",
        "cell",
        "most_cells",
        "target",
        "scenarios",
        "movers",
        "bins",
        "top",
        "lang",
    ];
    let o = Object::new(input, KEYS)?;
    let currency = currency_of(o.required("currency")?).map_err(|e| e.at("currency"))?;
    let rates = o.optional("rates", rates_of)?.unwrap_or_default();
    let date = o.optional("date", read::date)?;
    let lang = o.lang()?;
    let options = options(&o, currency)?;
    let top = o.optional("top", |v| count(v, MOST_TOP))?.unwrap_or(usize::try_from(TOP).unwrap_or(0));

    let deals = list(o.required("deals")?, Ok).map_err(|e| e.at("deals"))?;
    check::most("deals", deals.len(), MOST_DEALS).map_err(|e| e.at("deals"))?;
    let mut asked =
        Asked { currency, lang, top, ids: Vec::new(), prospects: Vec::new(), left_out: 0, excluded: Vec::new() };
    let mut seen = BTreeSet::new();
    for (i, json) in deals.into_iter().enumerate() {
        let inside = |e: Error| e.at_index(i).at("deals");
        let o = Object::new(json, DEAL_KEYS).map_err(inside)?;
        let id = o.text("id").map_err(inside)?;
        if !seen.insert(id.clone()) {
            let twice = RulesProblem::DuplicateId { id: shortened(&id, 60) };
            return Err(inside(Error::from(twice).at("id")));
        }
        match line(&o, currency, &rates, date).map_err(inside)? {
            Line::Counts(prospect) => {
                asked.ids.push(id);
                asked.prospects.push(prospect);
            }
            Line::LeftOut => asked.left_out = asked.left_out.saturating_add(1),
            Line::Excluded(reason) => asked.excluded.push((id, reason)),
        }
    }
    let bands = Bands::of(&asked.prospects, &options)?;
    asked.to_json(&bands, &options.scenarios)
}

fn line(o: &Object<'_>, to: Currency, rates: &RateTable, date: Option<chrono::NaiveDate>) -> Result<Line> {
    let state = |v: &Json| v.as_str().and_then(StageKind::from_code).ok_or_else(|| not_one_of(v, StageKind::CODES));
    let category = |v: &Json| v.as_str().and_then(Category::from_code).ok_or_else(|| not_one_of(v, Category::CODES));
    let state = o.optional("state", state)?.unwrap_or(StageKind::Open);
    let category = Category::of(state, o.optional("category", category)?, Category::Pipeline);
    let own = o.optional("probability_bp", |v| integer(v).and_then(Probability::from_bp))?;
    let currency = o.optional("currency", currency_of)?;
    let amount = o.optional("amount", |v| amount(v, currency.unwrap_or(to)))?;
    let date = o.optional("close_date", read::date)?.or(date);
    let probability = match category {
        Category::Omitted => return Ok(Line::LeftOut),
        Category::Closed => Probability::ONE,
        _ => own.ok_or_else(|| Error::from(Problem::Missing { name: "probability_bp".into() }))?,
    };
    let Some(amount) = amount else { return Ok(Line::Excluded(WaterfallReason::NoAmount)) };
    Ok(match converted(rates, amount, to, date) {
        Ok((amount, _)) => Line::Counts(Prospect { amount, probability }),
        Err(reason) => Line::Excluded(reason),
    })
}

/// Text in a currency, or an amount with its own.
fn amount(json: &Json, currency: Currency) -> Result<Money> {
    if let Some(text) = json.as_str() {
        return Money::parse(text, currency);
    }
    money(json)
}

fn count(json: &Json, most: i64) -> Result<usize> {
    let found = integer(json)?;
    check::between(found, 0, most)?;
    Ok(usize::try_from(found).unwrap_or(0))
}

fn basis_points(json: &Json) -> Result<u32> {
    let found = integer(json)?;
    check::between(found, 0, 1_000_000)?;
    Ok(u32::try_from(found).unwrap_or(0))
}

fn options(o: &Object<'_>, currency: Currency) -> Result<BandOptions> {
    let standard = BandOptions::default();
    let minor = |v: &Json| Ok(i128::from(Money::parse(&text(v)?, currency)?.minor_units()));
    let number = |key: &'static str, otherwise: usize, most: i64| -> Result<usize> {
        Ok(o.optional(key, |v| count(v, most))?.unwrap_or(otherwise))
    };
    let most_cells = o.optional_integer("most_cells")?.map(|n| u64::try_from(n).unwrap_or(0));
    Ok(BandOptions {
        quantiles_bp: o.optional("quantiles_bp", |v| list(v, basis_points))?.unwrap_or(standard.quantiles_bp),
        cell: o.optional("cell", minor)?,
        most_cells: most_cells.unwrap_or(standard.most_cells),
        target: o.optional("target", minor)?,
        scenarios: o.optional("scenarios", scenarios)?.unwrap_or_default(),
        movers: number("movers", standard.movers, MOST_TOP)?,
        bins: number("bins", standard.bins, MOST_TOP)?,
    })
}

fn scenarios(json: &Json) -> Result<Vec<Scenario>> {
    if json.as_str() == Some("standard") {
        return Ok(Scenario::standard());
    }
    list(json, |item| {
        let o = Object::new(item, &["name", "weight_bp", "multiplier_bp", "odds_bp"])?;
        let name = o.text("name")?;
        check::id(&name).map_err(|e| e.at("name"))?;
        let weight_bp = basis_points(o.required("weight_bp")?).map_err(|e| e.at("weight_bp"))?;
        let multiplier = o.optional("multiplier_bp", basis_points)?;
        let shift = match (multiplier, o.optional("odds_bp", basis_points)?) {
            (Some(_), Some(_)) => {
                return Err(RulesProblem::Exclusive { first: "multiplier_bp", second: "odds_bp" }.into());
            }
            (None, Some(odds)) => Shift::Odds(odds),
            (multiplier, None) => Shift::Multiplier(multiplier.unwrap_or(10_000)),
        };
        Ok(Scenario { name, weight_bp, shift })
    })
}

impl Scenario {
    /// The scenario as JSON.
    pub(super) fn to_json(&self) -> Json {
        let (key, times) = match self.shift {
            Shift::Multiplier(times) => ("multiplier_bp", times),
            Shift::Odds(times) => ("odds_bp", times),
        };
        let mut map = Map::new();
        map.insert(key.into(), times.into());
        map.extend([("name".to_owned(), json!(self.name)), ("weight_bp".to_owned(), json!(self.weight_bp))]);
        Json::Object(map)
    }
}
