//! Questions about messages as JSON.

use serde_json::{Map, Value as Json, json};

use super::absence::Pause;
use super::bounce::{Bounce, BounceCategory, BounceFacts, Status, bounce};
use super::classify::{Finding, Message, Place, Reply, bounce_consequences, shown};
use super::headers::Headers;
use super::settings::{ReplyRules, footers};
use super::soft::SoftBounce;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::reply_reason::{BounceType, Consequence, ReplyReason};
use crate::kernel::text::shortened;
use crate::kernel::time::format_instant;
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::read::{Object, date, instant, list, text};

/// Most questions of one input.
const MOST_ASKS: usize = 1_000;
/// Most headers of one message.
const MOST_HEADERS: usize = 1_000;

const ASKS: &[&str] = &["bounce", "classify", "soft_bounces"];
/// Most bounces and deliveries of one address.
const MOST_SOFT: usize = 10_000;

/// Answers questions given as JSON; see the [module](super) for their form.
///
/// # Errors
/// What the input gets wrong, with its path.
pub(in crate::rules) fn eval_json(rules: &ReplyRules, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["asks", "lang"])?;
    let lang = o.lang()?;
    Ok(json!({"answers": o.answers(MOST_ASKS, |ask| answer(rules, ask, lang))?}))
}

fn answer(rules: &ReplyRules, json: &Json, lang: Option<Lang>) -> Result<Json> {
    let ask = json.get("ask").ok_or_else(|| Problem::Missing { name: "ask".into() })?;
    match ask.as_str() {
        Some("classify") => {
            let message = message(json)?;
            Ok(reply_json(&message, &rules.classify(&message)?, lang))
        }
        Some("bounce") => {
            let facts = facts(json)?;
            Ok(bounce(&facts).map_or(Json::Null, |bounce| {
                let mut map = bounce_json(&bounce);
                map.insert("consequences".into(), codes(bounce_consequences(bounce.kind)));
                map.insert("reasons".into(), reasons(&bounce.reasons, lang));
                Json::Object(map)
            }))
        }
        Some("soft_bounces") => soft_bounces(rules, json, lang),
        _ => Err(json::not_one_of(ask, ASKS).at("ask")),
    }
}

fn soft_bounces(rules: &ReplyRules, json: &Json, lang: Option<Lang>) -> Result<Json> {
    let o = Object::new(json, &["ask", "bounces", "delivered"])?;
    let bounce = |json: &Json| {
        let o = Object::new(json, &["message", "at"])?;
        let at = instant(o.required("at")?).map_err(|e| e.at("at"))?;
        Ok(SoftBounce { at, message: o.text("message")? })
    };
    for key in ["bounces", "delivered"] {
        let found = o.get(key).and_then(Json::as_array).map_or(0, Vec::len);
        check::most("items", found, MOST_SOFT).map_err(|e| e.at(key))?;
    }
    let verdict = rules.soft_limits().judge(&o.list("bounces", bounce)?, &o.list("delivered", instant)?);
    Ok(json!({
        "type": verdict.kind.code(), "permanent": verdict.kind == BounceType::Hard, "count": verdict.count,
        "since": verdict.since.map(format_instant), "consequences": codes(bounce_consequences(verdict.kind)),
        "reasons": reasons(&verdict.reasons, lang),
    }))
}

fn message(json: &Json) -> Result<Message> {
    let o = Object::new(json, &["ask", "headers", "subject", "text", "sent_at", "footers", "pause"])?;
    Ok(Message {
        headers: o.optional("headers", headers)?.unwrap_or_default(),
        subject: o.optional("subject", text)?.unwrap_or_default(),
        text: o.optional("text", text)?.unwrap_or_default(),
        sent_at: o.optional("sent_at", instant)?,
        footers: footers(&o)?,
        pause: o.optional("pause", Pause::from_json)?,
    })
}

/// An object of texts or lists of texts by name.
fn headers(json: &Json) -> Result<Headers> {
    let map = json::object(json, "an object of headers")?;
    let mut all = Vec::new();
    for (name, value) in map {
        let values = match value {
            Json::Array(_) => list(value, text),
            value => text(value).map(|value| vec![value]),
        };
        all.extend(values.map_err(|e| e.at(name))?.into_iter().map(|value| (name.clone(), value)));
        check::most("items", all.len(), MOST_HEADERS)?;
    }
    Ok(Headers::new(all))
}

fn facts(json: &Json) -> Result<BounceFacts> {
    let o = Object::new(json, &["ask", "category", "status", "action", "text"])?;
    let category = o.optional("category", |v| {
        let found = text(v)?;
        let unknown = || Problem::NotOneOf { found: shortened(&found, 60), expected: BounceCategory::CODES };
        Ok(BounceCategory::from_code(&found.to_ascii_uppercase()).ok_or_else(unknown)?)
    })?;
    let status = o.optional("status", |v| {
        let found = text(v)?;
        let expected = "a status code such as `5.1.1` or `550`";
        let wrong = || Problem::WrongShape { expected, found: shortened(&found, 60) };
        Ok(Status::parse(&found).ok_or_else(wrong)?)
    })?;
    let text = |key: &str| Ok::<_, Error>(o.optional(key, text)?.unwrap_or_default());
    Ok(BounceFacts { category, status, action: text("action")?, text: text("text")? })
}

impl Pause {
    /// Reads `{"since": "2027-01-04", "resume_on": "2027-01-11"}`.
    ///
    /// # Errors
    /// What is missing or no date, and an end before the beginning.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["since", "resume_on"])?;
        let day = |key: &str| date(o.required(key)?).map_err(|e| e.at(key));
        let (since, resume_on) = (day("since")?, day("resume_on")?);
        if resume_on < since {
            let (from, to) = (since.to_string(), resume_on.to_string());
            return Err(Error::from(Problem::EndBeforeStart { from, to }).at("resume_on"));
        }
        Ok(Self { since, resume_on })
    }

    /// As [`Pause::from_json`] reads it.
    pub fn to_json(self) -> Json {
        json!({"since": self.since.to_string(), "resume_on": self.resume_on.to_string()})
    }
}

/// An answer with its places as bytes and as characters.
fn reply_json(message: &Message, reply: &Reply, lang: Option<Lang>) -> Json {
    let finding = |finding: &Finding| {
        let text = if finding.place == Place::Subject { &message.subject } else { &message.text };
        let before = characters(text, 0, finding.bytes.start);
        let within = characters(text, finding.bytes.start, finding.bytes.end);
        json!({
            "class": finding.class.code(), "in": finding.place.code(), "denied": finding.denied,
            "bytes": [finding.bytes.start, finding.bytes.end],
            "characters": [before, before.saturating_add(within)],
            "phrase": finding.phrase, "text": shown(text, finding.bytes.clone()),
        })
    };
    let asides = reply
        .asides
        .iter()
        .map(|aside| json!({"kind": aside.kind.code(), "bytes": [aside.bytes.start, aside.bytes.end]}));
    let mut map = Map::new();
    map.insert("class".into(), reply.class.code().into());
    map.insert("is_automated".into(), reply.is_automated().into());
    map.insert("stops_sequence".into(), reply.stops_sequence().into());
    map.insert("consequences".into(), codes(&reply.consequences));
    map.insert("evidence".into(), reply.evidence.as_ref().map(finding).into());
    map.insert("findings".into(), reply.findings.iter().map(finding).collect());
    map.insert("set_aside".into(), asides.collect());
    if let Some(bounce) = &reply.bounce {
        map.insert("bounce".into(), Json::Object(bounce_json(bounce)));
    }
    if reply.consequences.contains(&Consequence::Pause) {
        map.insert("return_date".into(), reply.return_date.map(|day| day.to_string()).into());
        map.insert("resume_on".into(), reply.resume_on.map(|day| day.to_string()).into());
        map.insert("pause".into(), reply.pause.map_or(Json::Null, Pause::to_json));
    }
    map.insert("reasons".into(), reasons(&reply.reasons, lang));
    Json::Object(map)
}

fn characters(text: &str, from: usize, to: usize) -> usize {
    text.get(from..to).map_or(0, |text| text.chars().count())
}

fn bounce_json(bounce: &Bounce) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("category".into(), bounce.category.code().into());
    map.insert("type".into(), bounce.kind.code().into());
    map.insert("permanent".into(), (bounce.kind == BounceType::Hard).into());
    map
}

fn codes<'c>(consequences: impl IntoIterator<Item = &'c Consequence>) -> Json {
    consequences.into_iter().map(|one| Json::from(one.code())).collect()
}

fn reasons(reasons: &[ReplyReason], lang: Option<Lang>) -> Json {
    reasons.iter().map(|reason| Json::Object(Reason::Reply(reason.clone()).to_json(lang))).collect()
}
