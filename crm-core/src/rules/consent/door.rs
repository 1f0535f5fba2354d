//! Questions to the consent gate as JSON.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::decide::{ContactAnswer, Finding};
use super::facts::{BloctelCheck, ContactFacts, Sign, is_generic_mailbox, known_country};
use super::headers::list_unsubscribe;
use super::ledger::{AddressHash, ConsentEvent, Ledger, channel, mark, purpose, scope};
use super::rule_set::ConsentRules;
use crate::kernel::consent_reason::{ConsentAct, ContactPurpose, ContactTopic, Mention, PersonType};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::time::{Instant, format_instant};
use crate::kernel::value::Value;
use crate::lang::Lang;
use crate::model::{Consent, FieldValue as _};
use crate::rules::check;
use crate::rules::identity::Identity;
use crate::rules::read::{Object, coded, instant, list, text};

/// Most questions of one input.
const MOST_ASKS: usize = 10_000;
/// Most events, signs or calls of one question.
const MOST_EVENTS: usize = 10_000;

const ASKS: &[&str] = &["may_contact", "ledger", "headers", "rules"];
const FACTS: &[&str] = &[
    "person",
    "address",
    "address_hash",
    "generic_mailbox",
    "country",
    "zone",
    "region",
    "topic",
    "subject_related",
    "collected_at",
    "collected_from",
    "informed_at",
    "contacted_before",
    "customer",
    "similar_product",
    "ongoing_contract",
    "open_conversation",
    "signs",
    "calls",
    "bloctel",
    "bulk",
    "consent",
    "do_not_call",
    "ledger",
    "events",
];

/// Answers questions given as JSON; see the [module](super) for their form.
///
/// # Errors
/// What the input gets wrong, with its path.
pub(in crate::rules) fn eval_json(rules: &ConsentRules, identity: &Identity, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["asks", "lang"])?;
    let lang = o.lang()?;
    Ok(json!({"answers": o.answers(MOST_ASKS, |ask| answer(rules, identity, ask, lang))?}))
}

fn answer(rules: &ConsentRules, identity: &Identity, json: &Json, lang: Option<Lang>) -> Result<Json> {
    let ask = json.get("ask").ok_or_else(|| Problem::Missing { name: "ask".into() })?;
    match ask.as_str() {
        Some("may_contact") => {
            let o = Object::new(json, &["ask", "channel", "purpose", "at", "facts"])?;
            let at = at(&o)?;
            let channel = channel(o.required("channel")?).map_err(|e| e.at("channel"))?;
            let purpose = o.optional("purpose", purpose)?.unwrap_or(ContactPurpose::Prospecting);
            let facts = facts(identity, o.required("facts")?, at).map_err(|e| e.at("facts"))?;
            Ok(answer_json(&rules.may_contact(&facts, channel, purpose, at), lang))
        }
        Some("ledger") => ledger(identity, json),
        Some("headers") => {
            let o = Object::new(json, &["ask", "bulk", "unsubscribe_url", "mailbox"])?;
            let headers = if o.flag("bulk", false)? {
                list_unsubscribe(&o.text("unsubscribe_url")?, o.optional("mailbox", text)?.as_deref())?
            } else {
                Vec::new()
            };
            let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let signed: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
            Ok(json!({"headers": lines, "dkim_covers": signed}))
        }
        Some("rules") => {
            Object::new(json, &["ask"])?;
            Ok(rules.to_json())
        }
        _ => Err(json::not_one_of(ask, ASKS).at("ask")),
    }
}

fn at(o: &Object<'_>) -> Result<Instant> {
    instant(o.required("at")?).map_err(|e| e.at("at"))
}

/// A list of at most so many.
fn some<T>(o: &Object<'_>, key: &str, read: impl Fn(&Json) -> Result<T>) -> Result<Option<Vec<T>>> {
    o.optional(key, |json| {
        check::most("events", json.as_array().map_or(0, Vec::len), MOST_EVENTS)?;
        list(json, &read)
    })
}

fn ledger(identity: &Identity, json: &Json) -> Result<Json> {
    let o = Object::new(json, &["ask", "state", "events", "address", "address_hash", "channel", "erase"])?;
    let mut state = o.optional("state", Ledger::from_json)?.unwrap_or_default();
    let events = some(&o, "events", |json| event(identity, json))?.unwrap_or_default();
    let history: BTreeSet<String> =
        events.iter().map(|event| Ledger::of([event.clone()]).to_json().to_string()).collect();
    events.into_iter().for_each(|event| state.step(event));
    if o.flag("erase", false)? {
        state = state.erased();
    }
    let address = address(identity, &o)?;
    let mut map = Map::new();
    if let Some(channel) = o.optional("channel", channel)? {
        map.insert("current".into(), state.current(address.as_ref(), channel).code().into());
    }
    map.insert("history_len".into(), json::length(history.len()).into());
    map.insert("state".into(), state.to_json());
    Ok(Json::Object(map))
}

/// The address, written or hashed.
fn address(identity: &Identity, o: &Object<'_>) -> Result<Option<AddressHash>> {
    let written = o.optional("address", |json| AddressHash::of(identity, &text(json)?))?;
    let hashed = o.optional("address_hash", |json| AddressHash::parse(&text(json)?))?;
    match (&written, &hashed) {
        (Some(_), Some(_)) => Err(RulesProblem::Exclusive { first: "address", second: "address_hash" }.into()),
        _ => Ok(written.or(hashed)),
    }
}

fn event(identity: &Identity, json: &Json) -> Result<ConsentEvent> {
    let keys = &["address", "address_hash", "purpose", "channel", "act", "at", "proof", "source", "actor"];
    let o = Object::new(json, keys)?;
    let address = address(identity, &o)?.ok_or_else(|| Problem::Missing { name: "address".into() })?;
    let act = coded(o.required("act")?, ConsentAct::from_code, ConsentAct::CODES).map_err(|e| e.at("act"))?;
    ConsentEvent::new(scope(&o, address)?, act, mark(&o)?)
}

fn facts(identity: &Identity, json: &Json, at: Instant) -> Result<ContactFacts> {
    let o = Object::new(json, FACTS)?;
    let known = |key: &str| o.get(key).map(|_| o.flag(key, false)).transpose();
    let past_event = |json: &Json| {
        let event = event(identity, json)?;
        if event.mark.at > at {
            let (found, latest) = (format_instant(event.mark.at), format_instant(at));
            return Err(Error::from(Problem::InFuture { found, latest }).at("at"));
        }
        Ok(event)
    };
    let sign = |json: &Json| {
        let o = Object::new(json, &["kind", "at"])?;
        let kind = coded(o.required("kind")?, Sign::from_code, Sign::CODES).map_err(|e| e.at("kind"))?;
        Ok((kind, self::at(&o)?))
    };
    let bloctel = |json: &Json| {
        let o = Object::new(json, &["checked_at", "listed"])?;
        let at = instant(o.required("checked_at")?).map_err(|e| e.at("checked_at"))?;
        o.required("listed")?;
        Ok(BloctelCheck { at, is_listed: o.flag("listed", true)? })
    };
    let consent = |json: &Json| {
        let mut consent = Consent::Unknown;
        consent.set(Value::Text(text(json)?))?;
        Ok(consent)
    };
    let mut ledger = o.optional("ledger", Ledger::from_json)?.unwrap_or_default();
    some(&o, "events", past_event)?.unwrap_or_default().into_iter().for_each(|event| ledger.step(event));
    let is_generic = match known("generic_mailbox")? {
        Some(told) => told,
        None => o.optional("address", text)?.is_some_and(|address| is_generic_mailbox(identity, &address)),
    };
    let from = |json: &Json| match json.as_str() {
        Some(word @ ("person" | "other")) => Ok(word == "other"),
        _ => Err(json::not_one_of(json, &["person", "other"])),
    };
    Ok(ContactFacts {
        person: o.optional("person", |json| coded(json, PersonType::from_code, PersonType::CODES))?,
        is_generic_mailbox: is_generic,
        country: o.optional("country", text)?.map(|written| known_country(&written)),
        zone: o.zone()?,
        region: o.optional("region", |v| text(v)?.parse())?,
        topic: o.optional("topic", |json| coded(json, ContactTopic::from_code, ContactTopic::CODES))?,
        is_subject_related: known("subject_related")?,
        collected_at: o.optional("collected_at", instant)?,
        is_indirect: o.optional("collected_from", from)?,
        informed_at: o.optional("informed_at", instant)?,
        was_contacted: known("contacted_before")?,
        is_customer: known("customer")?,
        is_similar_product: known("similar_product")?,
        has_ongoing_contract: known("ongoing_contract")?,
        has_open_conversation: known("open_conversation")?,
        signs: some(&o, "signs", sign)?.unwrap_or_default(),
        calls: some(&o, "calls", instant)?,
        bloctel: o.optional("bloctel", bloctel)?,
        is_bulk: o.flag("bulk", false)?,
        consent: o.optional("consent", consent)?.unwrap_or_default(),
        do_not_call: o.flag("do_not_call", false)?,
        ledger,
        address: address(identity, &o)?,
    })
}

fn finding_json(finding: &Finding, lang: Option<Lang>) -> Json {
    let mut map = Reason::Consent(finding.reason.clone()).to_json(lang);
    if let Some(law) = &finding.law {
        map.insert("law".into(), law.as_str().into());
    }
    if let Some(until) = finding.until {
        map.insert("until".into(), format_instant(until).into());
    }
    Json::Object(map)
}

pub(crate) fn answer_json(answer: &ContactAnswer, lang: Option<Lang>) -> Json {
    let listed = |reasons: &[Finding]| reasons.iter().map(|finding| finding_json(finding, lang)).collect::<Vec<_>>();
    match answer {
        ContactAnswer::Allow { basis, must_include, reasons } => {
            let must_include: Vec<&str> = must_include.iter().map(|mention| Mention::code(*mention)).collect();
            json!({
                "answer": "allow", "basis": basis.code(), "must_include": must_include, "reasons": listed(reasons)
            })
        }
        ContactAnswer::Deny { reasons, until, possible_from } => json!({
            "answer": "deny",
            "reasons": listed(reasons),
            "until": until.map(format_instant),
            "possible_from": possible_from.map(format_instant),
        }),
        ContactAnswer::Review { reasons } => json!({"answer": "review", "reasons": listed(reasons)}),
    }
}
