//! The JSON door of retention.

use serde_json::{Map, Value as Json, json};

use super::customers::{customers_of, movement_of};
use super::movement::{Change, Day, Movement, movement};
use super::rates::{Changes, Logos};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::FieldType;
use crate::kernel::forecast_reason::Total;
use crate::kernel::json;
use crate::kernel::money::Currency;
use crate::kernel::number;
use crate::kernel::rate::RateTable;
use crate::kernel::reason::Reason;
use crate::kernel::renewal_reason::{MrrBucket, RenewalReason};
use crate::kernel::text::shortened;
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::rates::{currency_of, rates_of};
use crate::rules::read::{Object, date, integer, text, wrong};
use crate::rules::subscription::{By, Contract, by_of, contracts, lang_of};

const OPS: &[&str] = &["movement", "rates"];
/// Most customers told of each bucket.
const MOST_TOP: i64 = 10_000;
/// Those where nobody says how many.
const TOP: i64 = 100;
/// The most customers that are counted.
const MOST_CUSTOMERS: i64 = 1_000_000_000;
/// The most decimal places of an amount whose currency nobody said.
const PLACES: u32 = 6;

/// Answers what `op` asks:
///
/// - `rates` `{"start_mrr", "expansion", "contraction", "churn", "currency"}`: NRR and GRR of sums, which are decimals as
///   text or whole numbers; an absent one is zero. With `customers` and `churned_customers` also the retention of
///   customers (`logo`), which needs no sums;
/// - `movement` `{"from", "to", "currency", "subscriptions", "by", "rates", "rates_from", "rates_to", "top"}`: what
///   changed between two days, with NRR, GRR and the customers who stayed. `by` is `account` or `subscription`. In place
///   of `subscriptions`, `customers` whose revenue is known: `[{"account", "start", "end", "paid_before"}]`.
///
/// # Errors
/// An unknown op or key, a value of another form or range, more lost than there was; with the path.
pub fn eval_json(input: &Json) -> Result<Json> {
    let missing = || Error::from(Problem::Missing { name: "op".into() });
    let op = json::object(input, "an object with `op`")?.get("op").ok_or_else(missing)?;
    match text(op).map_err(|e| e.at("op"))?.as_str() {
        "movement" => movement_json(input),
        "rates" => rates_json(input),
        _ => Err(json::not_one_of(op, OPS).at("op")),
    }
}

fn rates_json(input: &Json) -> Result<Json> {
    const KEYS: &[&str] =
        &["op", "start_mrr", "expansion", "contraction", "churn", "customers", "churned_customers", "currency", "lang"];
    let o = Object::new(input, KEYS)?;
    let currency = o.optional("currency", currency_of)?;
    let lang = lang_of(&o)?;
    let places = currency.map_or(PLACES, Currency::minor_digits);
    let amount = |key: &'static str| Ok::<_, Error>(o.optional(key, |v| scaled(v, places))?.unwrap_or(0));
    let logos = logos_of(&o)?;
    let has_sums = ["start_mrr", "expansion", "contraction", "churn"].into_iter().any(|key| o.get(key).is_some());
    if let (Some(logos), false) = (logos, has_sums) {
        let mut map = Map::from_iter([("reasons".to_owned(), json!([]))]);
        logos.tell(&mut map, lang)?;
        return Ok(Json::Object(map));
    }
    o.required("start_mrr")?;
    let changes = Changes {
        start: amount("start_mrr")?,
        expansion: amount("expansion")?,
        contraction: amount("contraction")?,
        churn: amount("churn")?,
        places,
    };
    let mut map = changes.retention()?.to_json(currency, lang)?;
    if let Some(logos) = logos {
        logos.tell(&mut map, lang)?;
    }
    Ok(Json::Object(map))
}

/// How many customers there were, and how many stayed.
fn logos_of(o: &Object<'_>) -> Result<Option<Logos>> {
    let count = |key: &'static str, most: i64| {
        let found = o.optional_integer(key)?;
        found.map_or(Ok(()), |found| check::between(found, 0, most)).map_err(|e| e.at(key))?;
        Ok::<_, Error>(found)
    };
    let Some(start) = count("customers", MOST_CUSTOMERS)? else {
        o.get("churned_customers").map_or(Ok(()), |_| o.required("customers").map(drop))?;
        return Ok(None);
    };
    let left = count("churned_customers", start)?.unwrap_or(0);
    Ok(Some(Logos { start: start.unsigned_abs(), kept: start.saturating_sub(left).unsigned_abs() }))
}

/// A decimal in its last place.
fn scaled(json: &Json, places: u32) -> Result<i128> {
    let written = match json {
        Json::String(text) => text.clone(),
        Json::Number(number) if number.is_i64() => number.to_string(),
        other => return Err(wrong(FieldType::Number, other)),
    };
    let not_a_number = || Error::from(Problem::NotANumber { found: shortened(&written, 60) });
    let (units, found) = number::scaled(&written).ok_or_else(not_a_number)?;
    let too_many = || Error::from(Problem::TooManyPlaces { found: shortened(&written, 60), places });
    let missing = places.checked_sub(found).ok_or_else(too_many)?;
    let scale = 10i128.checked_pow(missing).ok_or(Problem::AmountTooLarge)?;
    if units < 0 {
        let (found, least, most) = (shortened(&written, 60), "0".into(), "10^15".into());
        return Err(Problem::OutOfRange { found, least, most }.into());
    }
    // Sums of several, in basis points, stay within 128 bits.
    let units = units.checked_mul(scale).filter(|units| units.unsigned_abs() < 1u128 << 100);
    units.ok_or_else(|| Problem::AmountTooLarge.into())
}

fn movement_json(input: &Json) -> Result<Json> {
    const KEYS: &[&str] = &[
        "op",
        "from",
        "to",
        "currency",
        "subscriptions",
        "customers",
        "by",
        "rates",
        "rates_from",
        "rates_to",
        "top",
        "lang",
    ];
    let o = Object::new(input, KEYS)?;
    let day = |key: &'static str| date(o.required(key)?).map_err(|e| e.at(key));
    let currency = currency_of(o.required("currency")?).map_err(|e| e.at("currency"))?;
    let subscriptions = o.optional("subscriptions", contracts)?.unwrap_or_default();
    let common = o.optional("rates", rates_of)?.unwrap_or_default();
    let first = o.optional("rates_from", rates_of)?.unwrap_or_else(|| common.clone());
    let last = o.optional("rates_to", rates_of)?.unwrap_or(common);
    let top = o.optional("top", top_of)?.unwrap_or_else(usual_top);
    let by = match o.optional("by", by_of)?.unwrap_or(By::Account) {
        By::Product => return Err(json::not_one_of(&"product".into(), &["account", "subscription"]).at("by")),
        by => by,
    };
    let days = (day("from")?, day("to")?);
    let lang = lang_of(&o)?;
    let Some(customers) = o.optional("customers", |v| customers_of(v, currency))? else {
        return Ok(Json::Object(told_movement(
            &subscriptions,
            (days.0, &first),
            (days.1, &last),
            currency,
            by,
            top,
            lang,
        )?));
    };
    for key in ["subscriptions", "by"] {
        if o.get(key).is_some() {
            return Err(RulesProblem::Exclusive { first: "customers", second: key }.into());
        }
    }
    let (from, to) = (Day { day: days.0, rates: &first }, Day { day: days.1, rates: &last });
    Ok(Json::Object(movement_of(&customers, from, to, currency)?.to_json(top, lang)?))
}

/// How many customers of each bucket are told.
pub(crate) fn top_of(json: &Json) -> Result<usize> {
    let top = integer(json)?;
    check::between(top, 0, MOST_TOP)?;
    Ok(usize::try_from(top).unwrap_or_default())
}

/// How many are told where nobody says.
pub(crate) fn usual_top() -> usize {
    usize::try_from(TOP).unwrap_or_default()
}

/// What changed between two days, in JSON.
pub(crate) fn told_movement(
    subscriptions: &[Contract],
    (from, rates_from): (chrono::NaiveDate, &RateTable),
    (to, rates_to): (chrono::NaiveDate, &RateTable),
    currency: Currency,
    by: By,
    top: usize,
    lang: Option<Lang>,
) -> Result<Map<String, Json>> {
    let (first, last) = (Day { day: from, rates: rates_from }, Day { day: to, rates: rates_to });
    let moved = match by {
        By::Subscription => movement(subscriptions, first, last, currency, |c| c.id.as_str()),
        By::Account | By::Product => movement(subscriptions, first, last, currency, |c| c.account.as_str()),
    }?;
    moved.to_json(top, lang)
}

impl Movement {
    /// The movement with its buckets, the `top` largest customers of each, NRR and GRR.
    fn to_json(&self, top: usize, lang: Option<Lang>) -> Result<Map<String, Json>> {
        let total = |minor_units: i128| Total { minor_units, currency: self.currency };
        let mut buckets = Map::new();
        let mut told_end = self.start;
        for bucket in MrrBucket::ALL {
            let those: Vec<&Change> = self.changes.iter().filter(|change| change.bucket == *bucket).collect();
            let amount = self.amount(*bucket);
            let signed = if bucket.adds() { amount } else { amount.saturating_neg() };
            told_end = told_end.checked_add(signed).ok_or(Problem::AmountTooLarge)?;
            let accounts = json::length(those.len());
            let reason = RenewalReason::Movement { bucket: *bucket, accounts, amount: total(amount) };
            let mut map = Reason::Renewal(reason).to_json(lang);
            map.insert("adds".into(), bucket.adds().into());
            let shown = those.iter().take(top);
            let shown = shown.map(|c| json!({"account": c.account, "amount": total(c.amount).amount_text()}));
            map.insert("top".into(), shown.collect());
            let others = those.iter().skip(top).fold(0i128, |sum, change| sum.saturating_add(change.amount));
            let left = json::length(those.len().saturating_sub(top));
            map.insert("others".into(), json!({"accounts": left, "amount": total(others).amount_text()}));
            buckets.insert(bucket.code().into(), Json::Object(map));
        }
        let left_out = self.left_out.iter().map(|out| {
            let mut map = Reason::Waterfall(out.reason.clone()).to_json(lang);
            map.insert("account".into(), out.account.as_str().into());
            Json::Object(map)
        });
        let unexplained = self.end.checked_sub(told_end).ok_or(Problem::AmountTooLarge)?;
        let mut map = self.retention()?.to_json(Some(self.currency), lang)?;
        self.logos.tell(&mut map, lang)?;
        let Logos { start, kept } = self.logos;
        map.insert("customers".into(), json!({"start": start, "kept": kept, "end": self.customers}));
        map.insert("from".into(), self.from.to_string().into());
        map.insert("to".into(), self.to.to_string().into());
        map.insert("currency".into(), self.currency.code().into());
        map.insert("start".into(), total(self.start).amount_text().into());
        map.insert("end".into(), total(self.end).amount_text().into());
        map.insert("buckets".into(), Json::Object(buckets));
        map.insert("unexplained".into(), total(unexplained).amount_text().into());
        map.insert("excluded".into(), left_out.collect());
        Ok(map)
    }
}
