//! The JSON door of subscriptions.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::notice::{NoticeTerms, Standing};
use super::price::{PriceMethod, renewal_price};
use super::read::{contracts, renewal_of};
use super::revenue::{Contract, Monthly, monthly_by};
use super::risk::{RenewalFacts, RenewalRisk};
use super::term::{MOST_DISTANCE, Span, Terms, anniversary, occurrences, renewal_period};
use crate::kernel::customer::RenewalKind;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::forecast_reason::Total;
use crate::kernel::json;
use crate::kernel::money::{Currency, Money};
use crate::kernel::reason::Reason;
use crate::kernel::renewal_reason::{CustomerKind, RenewalReason};
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::rates::{converted, currency_of, rates_of};
use crate::rules::read::{Object, coded, date, integer, money, text};

const OPS: &[&str] = &["anniversary", "mrr", "notice", "occurrences", "price", "renewal_period", "risk", "terms"];
/// Most days or terms of one answer.
const MOST_DAYS: i64 = 10_000;
/// Those where nobody says how many.
const USUAL_DAYS: i64 = 100;

/// Answers what `op` asks:
///
/// - `anniversary` `{"anchor", "months"}`: the `date` so many months from the anchor;
/// - `renewal_period` `{"contract_end", "term_months"}`: `start` and `end` of the next term, `end` being covered;
/// - `occurrences` `{"anchor", "interval_months", "from", "to", "most"}`: billing days;
/// - `terms` `{"starts_on", "ends_on", "term_months", "first", "count"}`, or `at` instead of `first` and `count`;
/// - `notice` `{"ends_on", "notice_months", "notice_days", "opt_out_on", "customer", "renewal", "sent_on", "at"}`;
/// - `price` `{"method", "unit_price", "list_price", "uplift_bp"}`: the unit price of the next term;
/// - `mrr` `{"at", "subscriptions", "by", "currency", "rates"}`: recurring revenue on a day;
/// - `risk` `{"notice_missed", "health_score", "overdue": {"payments", "days"}, "breached_tickets",
///   "usage_fall_percent", "contact_days", "days_left", "is_settled"}`, each of which may be unknown.
///
/// # Errors
/// An unknown op or key, a value of another form or range; with the path.
pub fn eval_json(risk: &RenewalRisk, input: &Json) -> Result<Json> {
    let op = json::object(input, "an object with `op`")?.get("op").ok_or_else(|| missing("op"))?;
    match text(op).map_err(|e| e.at("op"))?.as_str() {
        "anniversary" => anniversary_json(input),
        "mrr" => mrr_json(input),
        "notice" => notice_json(input),
        "occurrences" => occurrences_json(input),
        "price" => price_json(input),
        "renewal_period" => period_json(input),
        "risk" => risk_json(risk, input),
        "terms" => terms_json(input),
        _ => Err(json::not_one_of(op, OPS).at("op")),
    }
}

fn missing(name: &str) -> Error {
    Problem::Missing { name: name.into() }.into()
}

fn day(o: &Object<'_>, key: &'static str) -> Result<NaiveDate> {
    date(o.required(key)?).map_err(|e| e.at(key))
}

pub(crate) fn lang_of(o: &Object<'_>) -> Result<Option<Lang>> {
    o.lang()
}

fn anniversary_json(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["op", "anchor", "months"])?;
    let months = o.integer("months")?;
    check::between(months, MOST_DISTANCE.saturating_neg(), MOST_DISTANCE).map_err(|e| e.at("months"))?;
    let date = anniversary(day(&o, "anchor")?, months).map_err(|e| e.at("months"))?;
    Ok(json!({"date": date.to_string()}))
}

fn span_json(span: Span) -> Json {
    json!({"start": span.start.to_string(), "end": span.end.to_string()})
}

fn period_json(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["op", "contract_end", "term_months"])?;
    let months = o.integer("term_months")?;
    check::between(months, 1, super::term::MOST_MONTHS).map_err(|e| e.at("term_months"))?;
    Ok(span_json(renewal_period(day(&o, "contract_end")?, months).map_err(|e| e.at("term_months"))?))
}

fn most_of(o: &Object<'_>, key: &'static str) -> Result<usize> {
    let most = o.optional_integer(key)?.unwrap_or(USUAL_DAYS);
    check::between(most, 1, MOST_DAYS).map_err(|e| e.at(key))?;
    Ok(usize::try_from(most).unwrap_or(1))
}

fn occurrences_json(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["op", "anchor", "interval_months", "from", "to", "most"])?;
    let anchor = day(&o, "anchor")?;
    let span = Span { start: o.optional("from", date)?.unwrap_or(anchor), end: day(&o, "to")? };
    if span.end < span.start {
        let (from, to) = (span.start.to_string(), span.end.to_string());
        return Err(Error::from(Problem::EndBeforeStart { from, to }).at("to"));
    }
    let (found, more) = occurrences(anchor, o.integer("interval_months")?, span, most_of(&o, "most")?)?;
    let shown =
        found.iter().map(|one| json!({"index": one.index, "on": one.on.to_string(), "until": one.until.to_string()}));
    Ok(json!({"occurrences": shown.collect::<Vec<_>>(), "more": more}))
}

fn terms_json(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["op", "starts_on", "ends_on", "term_months", "first", "count", "at"])?;
    let terms = Terms::new(day(&o, "starts_on")?, o.optional("ends_on", date)?, o.optional_integer("term_months")?)?;
    let Some(terms) = terms else { return Ok(json!({"terms": []})) };
    let first = match o.optional("at", date)? {
        Some(at) => i64::from(terms.cycle_at(at)),
        None => o.optional_integer("first")?.unwrap_or(1),
    };
    check::between(first, 1, MOST_DISTANCE).map_err(|e| e.at("first"))?;
    let count = match o.get("at") {
        Some(_) => 1,
        None => most_of(&o, "count")?,
    };
    let mut shown = Vec::new();
    let first = u32::try_from(first).unwrap_or(1);
    for cycle in (first..).take(count) {
        // A contract whose terms end with the calendar ends there.
        let Ok(Some(term)) = terms.term(cycle) else { break };
        shown.push(json!({"cycle": cycle, "start": term.start.to_string(), "end": term.end.to_string()}));
    }
    Ok(json!({"terms": shown}))
}

fn notice_json(input: &Json) -> Result<Json> {
    const KEYS: &[&str] = &[
        "op",
        "ends_on",
        "notice_months",
        "notice_days",
        "opt_out_on",
        "customer",
        "renewal",
        "sent_on",
        "at",
        "lang",
    ];
    let o = Object::new(input, KEYS)?;
    let opt_out_on = o.optional("opt_out_on", date)?;
    let ends_on = match (o.optional("ends_on", date)?, opt_out_on) {
        (Some(end), _) => end,
        (None, Some(deadline)) => deadline,
        (None, None) => return Err(Problem::MissingOneOf { names: &["ends_on", "opt_out_on"] }.into()),
    };
    let terms = NoticeTerms {
        ends_on,
        notice_months: o.optional_integer("notice_months")?.unwrap_or(0),
        notice_days: o.optional_integer("notice_days")?.unwrap_or(0),
        renewal: o.optional("renewal", renewal_of)?.unwrap_or(RenewalKind::Auto),
        customer: o.optional("customer", |v| coded(v, CustomerKind::from_code, CustomerKind::CODES))?,
    };
    let notice = match opt_out_on {
        Some(deadline) if deadline > ends_on => {
            let (from, to) = (deadline.to_string(), ends_on.to_string());
            return Err(Error::from(Problem::EndBeforeStart { from, to }).at("opt_out_on"));
        }
        Some(deadline) => terms.at_deadline(deadline).map_err(|e| e.at("opt_out_on"))?,
        None => terms.dates()?,
    };
    let mut map = Map::new();
    map.insert("opt_out_on".into(), notice.opt_out_on.to_string().into());
    map.insert("renews_on".into(), notice.renews_on.to_string().into());
    map.insert("notice_from".into(), notice.window.map(|(from, _)| from.to_string()).into());
    map.insert("notice_to".into(), notice.window.map(|(_, to)| to.to_string()).into());
    map.insert("is_required".into(), notice.is_required.into());
    let lang = lang_of(&o)?;
    if let Some(at) = o.optional("at", date)? {
        map.extend(standing_json(&notice.standing(o.optional("sent_on", date)?, at), lang));
    }
    Ok(Json::Object(map))
}

/// How a notice stands, as JSON.
pub(crate) fn standing_json(standing: &Standing, lang: Option<Lang>) -> Map<String, Json> {
    let reasons = standing.reasons.iter().map(|r| Json::Object(Reason::Renewal(r.clone()).to_json(lang)));
    let mut map = Map::new();
    map.insert("notice_state".into(), standing.state.code().into());
    map.insert("free_exit_from".into(), standing.free_exit_from.map(|day| day.to_string()).into());
    map.insert("reasons".into(), reasons.collect());
    map
}

fn price_json(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["op", "method", "unit_price", "list_price", "uplift_bp"])?;
    let method =
        coded(o.required("method")?, PriceMethod::from_code, PriceMethod::CODES).map_err(|e| e.at("method"))?;
    let unit_price = money(o.required("unit_price")?).map_err(|e| e.at("unit_price"))?;
    let (list, uplift) = (o.optional("list_price", money)?, o.optional_integer("uplift_bp")?);
    Ok(json!({"unit_price": renewal_price(method, unit_price, list, uplift)?.to_json()}))
}

fn risk_json(risk: &RenewalRisk, input: &Json) -> Result<Json> {
    const KEYS: &[&str] = &[
        "op",
        "notice_missed",
        "health_score",
        "overdue",
        "breached_tickets",
        "usage_fall_percent",
        "contact_days",
        "days_left",
        "is_settled",
        "lang",
    ];
    let o = Object::new(input, KEYS)?;
    let count = |json: &Json| {
        let found = integer(json)?;
        check::between(found, 0, i64::MAX)?;
        Ok(found.unsigned_abs())
    };
    let overdue = |json: &Json| {
        let o = Object::new(json, &["payments", "days"])?;
        let get = |key| o.required(key).and_then(count).map_err(|e| e.at(key));
        Ok((get("payments")?, get("days")?))
    };
    let facts = RenewalFacts {
        notice_missed: match json::object(input, "an object")?.get("notice_missed") {
            None | Some(Json::Null) => None,
            Some(Json::Bool(false)) => Some(None),
            Some(found) => Some(Some(date(found).map_err(|e| e.at("notice_missed"))?)),
        },
        health_score: o.optional("health_score", |v| {
            let score = integer(v)?;
            check::between(score, 0, 100).map(|()| score)
        })?,
        overdue: o.optional("overdue", overdue)?,
        breached_tickets: o.optional("breached_tickets", count)?,
        usage_fall_percent: o.optional_integer("usage_fall_percent")?,
        contact_days: match o.get("contact_days").and_then(Json::as_str) {
            Some("never") => Some(None),
            _ => o.optional("contact_days", count)?.map(Some),
        },
        days_left: o.optional_integer("days_left")?,
        is_settled: o.flag("is_settled", false)?,
    };
    Ok(Json::Object(risk.risk(&facts).to_json(lang_of(&o)?)))
}

/// Sums of one line: by currency, or in one.
#[derive(Clone, Debug, Default)]
struct Line {
    sums: BTreeMap<Currency, (i128, i128)>,
}

fn mrr_json(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["op", "at", "subscriptions", "by", "currency", "rates", "lang"])?;
    let at = day(&o, "at")?;
    let contracts = o.optional("subscriptions", contracts)?.unwrap_or_default();
    let by = o.optional("by", by_of)?.unwrap_or(By::Account);
    let to = o.optional("currency", currency_of)?;
    let rates = o.optional("rates", rates_of)?.unwrap_or_default();
    let lang = lang_of(&o)?;
    revenue_json(&contracts, at, by, to.map(|to| (to, &rates)), lang)
}

/// What lines of recurring revenue are by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Customers.
    Account,
    /// Contracts.
    Subscription,
    /// What is sold.
    Product,
}

/// Reads what lines are by.
pub(crate) fn by_of(json: &Json) -> Result<By> {
    match json.as_str() {
        Some("account") => Ok(By::Account),
        Some("subscription") => Ok(By::Subscription),
        Some("product") => Ok(By::Product),
        _ => Err(json::not_one_of(json, &["account", "subscription", "product"])),
    }
}

/// Recurring revenue on a day: each line is exact and rounded once, a total is the sum of its lines, so that what is
/// printed adds up.
pub(crate) fn revenue_json(
    contracts: &[Contract],
    at: NaiveDate,
    by: By,
    to: Option<(Currency, &crate::kernel::rate::RateTable)>,
    lang: Option<Lang>,
) -> Result<Json> {
    let sums: BTreeMap<(String, Currency), Monthly> = monthly_by(contracts, at, |contract, item| match by {
        By::Account => contract.account.clone(),
        By::Subscription => contract.id.clone(),
        By::Product => item.product.clone(),
    })?;
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    let mut totals = Line::default();
    let mut excluded = Vec::new();
    for ((key, currency), monthly) in &sums {
        let (mut mrr, mut arr, mut shown_in) = (monthly.rounded(1)?, monthly.rounded(12)?, *currency);
        if let Some((to, rates)) = to {
            let convert = |minor: i128| {
                let minor = i64::try_from(minor).map_err(|_| Error::from(Problem::AmountTooLarge))?;
                Ok::<_, Error>(converted(rates, Money::new(minor, *currency)?, to, Some(at)))
            };
            match (convert(mrr)?, convert(arr)?) {
                (Ok((first, _)), Ok((second, _))) => (mrr, arr, shown_in) = (first, second, to),
                (Err(reason), _) | (_, Err(reason)) => {
                    let mut map = Reason::Waterfall(reason).to_json(lang);
                    map.insert("key".into(), key.as_str().into());
                    let total = Total { minor_units: mrr, currency: *currency };
                    map.insert("mrr".into(), total.amount_text().into());
                    map.insert("currency".into(), currency.code().into());
                    excluded.push(Json::Object(map));
                    continue;
                }
            }
        }
        for line in [lines.entry(key.clone()).or_default(), &mut totals] {
            let sum = line.sums.entry(shown_in).or_default();
            sum.0 = sum.0.checked_add(mrr).ok_or(Problem::AmountTooLarge)?;
            sum.1 = sum.1.checked_add(arr).ok_or(Problem::AmountTooLarge)?;
        }
    }
    let shown = lines.iter().map(|(key, line)| json!({"key": key, "revenue": line.json()}));
    let overlaps = contracts.iter().flat_map(|contract| {
        contract.overlaps().into_iter().map(|reason| {
            let mut map = Reason::Renewal(reason).to_json(lang);
            map.insert("subscription".into(), contract.id.as_str().into());
            Json::Object(map)
        })
    });
    Ok(json!({
        "at": at.to_string(),
        "total": totals.json(),
        "lines": shown.collect::<Vec<_>>(),
        "excluded": excluded,
        "diagnostics": overlaps.collect::<Vec<_>>(),
    }))
}

impl Line {
    fn json(&self) -> Json {
        let one = |(currency, (mrr, arr)): (&Currency, &(i128, i128))| {
            let text = |minor_units: i128| Total { minor_units, currency: *currency }.amount_text();
            json!({"currency": currency.code(), "mrr": text(*mrr), "arr": text(*arr)})
        };
        self.sums.iter().map(one).collect()
    }
}

/// A reason of a renewal, as JSON.
pub(crate) fn told(reason: RenewalReason, lang: Option<Lang>) -> Json {
    Json::Object(Reason::Renewal(reason).to_json(lang))
}
