//! A question about a forecast, read from JSON.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::adjustments::{Adjustment, Layer};
use super::calibration::Outcome;
use super::line::{Line, Share};
use super::pacing::Quota;
use super::place::Filter;
use super::standing::Standing;
use super::sums::COUNTED;
use super::tree::OwnerTree;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::FieldType;
use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::json::not_one_of;
use crate::kernel::money::{Currency, Money};
use crate::kernel::probability::Probability;
use crate::kernel::rate::{Rate, RateTable};
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::text::shortened;
use crate::kernel::time::Instant;
use crate::rules::pipeline::Pipelines;
use crate::rules::read::{Object, date, instant, integer, list, money, text, wrong};

/// A deal that cannot count, with what can be told of it.
#[derive(Clone, Debug)]
pub(super) struct Excluded<'a> {
    pub(super) id: &'a str,
    pub(super) owner: &'a str,
    pub(super) amount: Option<Money>,
    pub(super) exclusion: Exclusion,
}

/// Text of the document itself.
fn word(json: &Json) -> Result<&str> {
    json.as_str().ok_or_else(|| wrong(FieldType::Text, json))
}

fn category(json: &Json) -> Result<Category> {
    json.as_str().and_then(Category::from_code).ok_or_else(|| not_one_of(json, Category::CODES))
}

fn state(json: &Json) -> Result<StageKind> {
    json.as_str().and_then(StageKind::from_code).ok_or_else(|| not_one_of(json, StageKind::CODES))
}

/// Reads deals: each is a line, or excluded with its reason. A value that cannot be read excludes its deal alone.
///
/// # Errors
/// What is no deal at all: another shape, an unknown key, no id, an id that another deal has.
#[allow(clippy::type_complexity, reason = "a deal is one or the other")]
pub(super) fn deals<'a>(
    json: &'a Json,
    pipelines: Option<&'a Pipelines>,
) -> Result<Vec<Result<Line<'a>, Excluded<'a>>>> {
    const KEYS: &[&str] = &[
        "id",
        "owner",
        "pipeline",
        "stage",
        "state",
        "value",
        "probability_bp",
        "category",
        "close_date",
        "created_on",
        "splits",
    ];
    let mut seen = BTreeSet::new();
    let mut deals = Vec::new();
    for (i, json) in list(json, Ok)?.into_iter().enumerate() {
        let o = Object::new(json, KEYS).map_err(|e| e.at_index(i))?;
        let id = o.required("id").and_then(|v| word(v).map_err(|e| e.at("id"))).map_err(|e| e.at_index(i))?;
        if !seen.insert(id) {
            let twice = RulesProblem::DuplicateId { id: shortened(id, 60) };
            return Err(Error::from(twice).at("id").at_index(i));
        }
        let line = line(id, &o, pipelines);
        deals.push(line.map_err(|exclusion| Excluded {
            id,
            owner: o.get("owner").and_then(Json::as_str).unwrap_or_default(),
            amount: o.get("value").and_then(|v| money(v).ok()),
            exclusion,
        }));
    }
    Ok(deals)
}

fn standing<'a>(o: &Object<'a>, pipelines: Option<&'a Pipelines>) -> Result<Standing<'a>, Exclusion> {
    let read = |key: &str| {
        let found = o.optional(key, word).map_err(|e| Exclusion::unreadable(&e));
        found.map(Option::unwrap_or_default)
    };
    let codes = (read("pipeline")?, read("stage")?);
    let state = match pipelines {
        None => o.optional("state", state).map_err(|e| Exclusion::unreadable(&e))?,
        Some(_) => None,
    };
    Standing::of(pipelines, codes, state)
}

fn line<'a>(id: &'a str, o: &Object<'a>, pipelines: Option<&'a Pipelines>) -> Result<Line<'a>, Exclusion> {
    let unreadable = |e: Error| Exclusion::unreadable(&e);
    let looked = standing(o, pipelines)?;
    let own = o.optional("probability_bp", |v| integer(v).and_then(Probability::from_bp)).map_err(unreadable)?;
    let probability = looked.probability_of(own)?;
    let split = |v: &'a Json| -> Result<Share<'a>> {
        let o = Object::new(v, &["owner", "share_bp"])?;
        let owner = o.required("owner").and_then(|v| word(v).map_err(|e| e.at("owner")))?;
        let share = o.integer("share_bp").and_then(|bp| Probability::from_bp(bp).map_err(|e| e.at("share_bp")))?;
        Ok(Share { owner, share })
    };
    Ok(Line {
        id,
        owner: o.optional("owner", word).map_err(unreadable)?.unwrap_or_default(),
        pipeline: looked.pipeline,
        stage: looked.stage,
        state: looked.kind,
        amount: o.optional("value", money).map_err(unreadable)?,
        probability,
        manual: o.optional("category", category).map_err(unreadable)?,
        automatic: looked.category,
        close_date: o.optional("close_date", date).map_err(unreadable)?,
        created_on: o.optional("created_on", date).map_err(unreadable)?,
        splits: o.list("splits", split).map_err(unreadable)?,
    })
}

/// Reads `[{"user", "manager"}]`; without a manager somebody is a root.
pub(super) fn owners(json: &Json) -> Result<OwnerTree> {
    let users = list(json, |v| {
        let o = Object::new(v, &["user", "manager"])?;
        let user = o.required("user").and_then(|v| word(v).map_err(|e| e.at("user")))?;
        Ok((user, o.optional("manager", word)?.filter(|m| !m.is_empty())))
    })?;
    OwnerTree::new(users)
}

/// Reads `[{"from", "to", "valid_from", "rate"}]`; the rate is a decimal as text.
pub(super) fn rates(json: &Json) -> Result<RateTable> {
    let mut table = RateTable::default();
    for (i, json) in list(json, Ok)?.into_iter().enumerate() {
        let read = || -> Result<()> {
            let o = Object::new(json, &["from", "to", "valid_from", "rate"])?;
            let currency = |key: &str| -> Result<Currency> {
                o.required(key).and_then(|v| word(v)?.parse().map_err(|e: Error| e.at(key)))
            };
            let (from, to) = (currency("from")?, currency("to")?);
            let day = o.required("valid_from").and_then(|v| date(v).map_err(|e| e.at("valid_from")))?;
            let rate = o.required("rate").and_then(|v| word(v).and_then(Rate::parse).map_err(|e| e.at("rate")))?;
            if table.insert(from, to, day, rate).is_some_and(|before| before != rate) {
                let id = format!("{} {} {day}", from.code(), to.code());
                return Err(RulesProblem::DuplicateId { id }.into());
            }
            Ok(())
        };
        let mut read = read;
        read().map_err(|e| e.at_index(i))?;
    }
    Ok(table)
}

/// Reads `{"owners": [..], "reports": true, "pipelines": [..], "categories": [..]}`; with `reports` the owners' reports
/// are meant as well.
pub(super) fn filter(json: &Json, tree: &OwnerTree) -> Result<Filter> {
    let o = Object::new(json, &["owners", "reports", "pipelines", "categories"])?;
    let texts = |v: &Json| Ok(list(v, text)?.into_iter().collect::<BTreeSet<String>>());
    let mut owners = o.optional("owners", texts)?;
    if let (Some(owners), true) = (&mut owners, o.flag("reports", false)?) {
        let named: BTreeSet<usize> = owners.iter().filter_map(|user| tree.find(user)).collect();
        let below = tree.led_by(&named).into_iter().filter_map(|place| tree.nodes().get(place));
        owners.extend(below.map(|node| node.user.clone()));
    }
    Ok(Filter {
        owners,
        pipelines: o.optional("pipelines", texts)?,
        categories: o.optional("categories", |v| Ok(list(v, category)?.into_iter().collect()))?,
    })
}

/// The days of a quota or an adjustment.
fn days(o: &Object<'_>) -> Result<(NaiveDate, NaiveDate)> {
    let day = |key: &str| o.required(key).and_then(|v| date(v).map_err(|e| e.at(key)));
    let (start, end) = (day("period_start")?, day("period_end")?);
    if end <= start { Err(Error::from(RulesProblem::OutOfOrder).at("period_end")) } else { Ok((start, end)) }
}

/// An amount in the forecast's currency; one in another is not converted, since nobody said at which rate.
fn own_currency(amount: Money, currency: Currency) -> Result<i128> {
    if amount.currency() == currency {
        return Ok(i128::from(amount.minor_units()));
    }
    let expected = "an amount in the currency of the forecast";
    Err(Problem::WrongShape { expected, found: amount.to_string() }.into())
}

/// Reads quotas; those in another currency do not count and are told.
pub(super) fn quotas(
    json: &Json,
    currency: Currency,
    at: Option<Instant>,
    told: &mut Vec<Error>,
) -> Result<Vec<Quota>> {
    let mut quotas = Vec::new();
    for (i, json) in list(json, Ok)?.into_iter().enumerate() {
        let o = Object::new(json, &["owner", "period_start", "period_end", "amount", "recorded_at"]);
        let inside = |e: Error| e.at_index(i);
        let o = o.map_err(inside)?;
        let amount = o.required("amount").and_then(|v| money(v).map_err(|e| e.at("amount"))).map_err(inside)?;
        let recorded_at = o.optional("recorded_at", instant).map_err(inside)?;
        let owner = o.optional("owner", text).map_err(inside)?.unwrap_or_default();
        let period = days(&o).map_err(inside)?;
        if amount.minor_units() < 0 {
            let (found, least, most) = (amount.amount_text(), "0".into(), "10^15".into());
            return Err(Error::from(Problem::OutOfRange { found, least, most }).at("amount").at_index(i));
        }
        match own_currency(amount, currency) {
            Err(e) => told.push(e.at("amount").at_index(i).at("quotas")),
            Ok(_) if is_later(recorded_at, at) => {}
            Ok(amount) => quotas.push(Quota { owner, period, amount, recorded_at }),
        }
    }
    Ok(quotas)
}

/// Reads adjustments; those in another currency do not count and are told, and those that were taken back do not count.
pub(super) fn adjustments(
    json: &Json,
    currency: Currency,
    at: Option<Instant>,
    told: &mut Vec<Error>,
) -> Result<Vec<Adjustment>> {
    let mut adjustments = Vec::new();
    for (i, json) in list(json, Ok)?.into_iter().enumerate() {
        if let Some(found) = adjustment(json, currency, at, i, told).map_err(|e| e.at_index(i))? {
            adjustments.push(found);
        }
    }
    Ok(adjustments)
}

fn adjustment(
    json: &Json,
    currency: Currency,
    at: Option<Instant>,
    i: usize,
    told: &mut Vec<Error>,
) -> Result<Option<Adjustment>> {
    const KEYS: &[&str] = &[
        "owner",
        "author",
        "layer",
        "period_start",
        "period_end",
        "category",
        "amount",
        "base",
        "note",
        "recorded_at",
        "revoked_at",
    ];
    const LAYERS: &[&str] = &["own", "manager"];
    const COUNTED_CODES: &[&str] = &["pipeline", "best_case", "commit", "closed"];
    let o = Object::new(json, KEYS)?;
    let layer = match o.required("layer").map(|v| (v, v.as_str()))? {
        (_, Some("own")) => Layer::Own,
        (_, Some("manager")) => Layer::Manager,
        (other, _) => return Err(not_one_of(other, LAYERS).at("layer")),
    };
    let counted = |v: &Json| {
        let found = category(v).ok().filter(|c| COUNTED.contains(c));
        found.ok_or_else(|| not_one_of(v, COUNTED_CODES).at("category"))
    };
    let owner = o.text("owner")?;
    let recorded_at = o.optional("recorded_at", instant)?;
    let revoked_at = o.optional("revoked_at", instant)?;
    let amount = o.required("amount").and_then(|v| money(v).map_err(|e| e.at("amount")))?;
    let base = o.optional("base", money)?;
    let mut adjustment = Adjustment {
        author: o.optional("author", text)?.unwrap_or_else(|| owner.clone()),
        owner,
        layer,
        period: days(&o)?,
        category: o.required("category").and_then(counted)?,
        amount: 0,
        base: None,
        note: o.optional("note", text)?.unwrap_or_default(),
        recorded_at,
    };
    let taken_back = revoked_at.is_some_and(|revoked| !is_later(Some(revoked), at));
    if taken_back || is_later(recorded_at, at) {
        return Ok(None);
    }
    let inside = |e: Error, key: &str| e.at(key).at_index(i).at("adjustments");
    match (own_currency(amount, currency), base.map(|b| own_currency(b, currency)).transpose()) {
        (Ok(amount), Ok(base)) => {
            (adjustment.amount, adjustment.base) = (amount, base);
            Ok(Some(adjustment))
        }
        (Err(e), _) => {
            told.push(inside(e, "amount"));
            Ok(None)
        }
        (_, Err(e)) => {
            told.push(inside(e, "base"));
            Ok(None)
        }
    }
}

/// Whether something happened after the instant that the question is asked for.
fn is_later(then: Option<Instant>, at: Option<Instant>) -> bool {
    matches!((then, at), (Some(then), Some(at)) if then > at)
}

/// Reads `[{"owner", "category", "probability_bp", "won"}]`.
pub(super) fn history(json: &Json) -> Result<Vec<Outcome<'_>>> {
    list(json, |v| {
        let o = Object::new(v, &["owner", "category", "probability_bp", "won"])?;
        let bp = o.integer("probability_bp")?;
        Ok(Outcome {
            owner: o.optional("owner", word)?.unwrap_or_default(),
            category: o.required("category").and_then(|v| category(v).map_err(|e| e.at("category")))?,
            probability: Probability::from_bp(bp).map_err(|e| e.at("probability_bp"))?,
            won: o.required("won").and_then(|v| v.as_bool().ok_or_else(|| wrong(FieldType::Boolean, v).at("won")))?,
        })
    })
}

/// Totals of excluded amounts by their own currencies.
pub(super) fn by_currency<'a>(amounts: impl Iterator<Item = &'a Money>) -> BTreeMap<Currency, (u64, i128)> {
    let mut totals: BTreeMap<Currency, (u64, i128)> = BTreeMap::new();
    for amount in amounts {
        let (count, sum) = totals.entry(amount.currency()).or_default();
        *count = count.saturating_add(1);
        *sum = sum.saturating_add(i128::from(amount.minor_units()));
    }
    totals
}
