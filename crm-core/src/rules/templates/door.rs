//! The rule `template` as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::{Around, RECORDS, Rendered, Template, Templates, Use};
use crate::kernel::activity_reason::ActivityReason;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Facts;
use crate::kernel::field::{Schema, nearest};
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::text::shortened;
use crate::kernel::value::Value;
use crate::lang::Lang;
use crate::model::Kind;
use crate::rules::input::Values;
use crate::rules::read::{Object, instant, text};

const ASKS: &[&str] = &["render", "missing", "list", "verify"];
const KEYS: &[&str] = &[
    "ask",
    "templates",
    "template",
    "version",
    "language",
    "lang",
    "at",
    "actor_name",
    "inputs",
    "use",
    "values",
    "hash",
    "subject",
    "text",
    "account",
    "contact",
    "deal",
    "lead",
    "ticket",
];
/// What a list may be cut to.
pub(crate) const USES: &[&str] = &["log", "draft"];

/// Takes `{"ask": "render", ...}`, see [the module](super).
///
/// # Errors
/// An unknown template, language or input, and what cannot be read, with its path. What is missing is an answer.
pub fn eval_json(configured: &Templates, schema: impl Fn(Kind) -> Arc<Schema>, input: &Json) -> Result<Json> {
    let o = Object::new(input, KEYS)?;
    let own = o.optional("templates", |v| Templates::from_json(Some(v), &schema))?;
    let templates = own.as_ref().unwrap_or(configured);
    let lang: Option<Lang> = o.lang()?;
    let language: Option<Lang> = o.optional("language", |v| text(v)?.parse())?;
    let ask = o.text("ask")?;
    if ask == "verify" {
        return verify(templates, &o);
    }
    let at = o.optional("at", instant)?.ok_or_else(|| Problem::Missing { name: "at".into() })?;
    let actor_name = o.optional("actor_name", text)?.unwrap_or_default();
    let mut diagnostics = Vec::new();
    let mut records = BTreeMap::new();
    for kind in RECORDS {
        if let Some(record) = o.optional(kind.name(), |v| json::object(v, "an object"))? {
            records.insert(*kind, Values::read(&schema(*kind), Some(record), &mut diagnostics)?);
        }
    }
    let facts = records.iter().map(|(kind, values)| (*kind, values as &dyn Facts)).collect();
    let around = Around { records: facts, actor_name: &actor_name, at, inputs: BTreeMap::new() };
    let given = o.optional("inputs", |v| json::object(v, "an object"))?;
    let mut answer = match ask.as_str() {
        "render" | "missing" => {
            let template = templates.find(&o.text("template")?, version(&o)?).map_err(|e| e.at("template"))?;
            let inputs = given.map(|given| template.read(given)).transpose().map_err(|e| e.at("inputs"))?;
            let around = Around { inputs: inputs.unwrap_or_default(), ..around };
            let language = language.unwrap_or(templates.language());
            let missing = templates.missing(template, language, &around)?;
            match (ask.as_str(), missing.is_empty()) {
                ("render", true) => templates.render(template, language, &around)?.to_json(),
                ("render", false) => json!({"status": "missing", "template": template.name.id,
                    "version": template.version, "missing": reasons(missing, lang)}),
                _ => json!({"missing": reasons(missing, lang)}),
            }
        }
        "list" => {
            let usage = o.optional("use", |v| one_of(v, USES))?;
            let listed = templates.latest().filter(|t| usage.as_deref().is_none_or(|u| t.usage.name() == u));
            let language = language.unwrap_or(templates.language());
            let shown = listed.map(|template| templates.offer(template, language, &around, lang));
            json!({"templates": shown.collect::<Result<Vec<_>>>()?})
        }
        _ => return Err(Error::from(Problem::NotOneOf { found: shortened(&ask, 60), expected: ASKS }).at("ask")),
    };
    if let Some(map) = answer.as_object_mut() {
        map.insert("diagnostics".into(), diagnostics.iter().map(Error::to_json).collect::<Vec<_>>().into());
    }
    Ok(answer)
}

fn one_of(json: &Json, expected: &'static [&'static str]) -> Result<String> {
    let found = text(json)?;
    if expected.contains(&found.as_str()) {
        return Ok(found);
    }
    Err(Problem::NotOneOf { found: shortened(&found, 60), expected }.into())
}

fn version(o: &Object<'_>) -> Result<Option<i64>> {
    o.optional_integer("version")
}

pub(crate) fn reasons(all: Vec<ActivityReason>, lang: Option<Lang>) -> Json {
    all.into_iter().map(|reason| Json::Object(Reason::Activity(reason).to_json(lang))).collect()
}

fn verify(templates: &Templates, o: &Object<'_>) -> Result<Json> {
    let values = o.optional("values", values_of)?.unwrap_or_default();
    let version = version(o)?.ok_or_else(|| Problem::Missing { name: "version".into() })?;
    let language: Lang = text(o.required("language")?)?.parse().map_err(|e: Error| e.at("language"))?;
    let (subject, text) = (o.optional("subject", text)?.unwrap_or_default(), o.text("text")?);
    let kept =
        Rendered { template: o.text("template")?, version, language, subject, text, values, hash: o.text("hash")? };
    let verdict = templates.verdict(&kept);
    Ok(json!({"status": verdict.code()}))
}

/// Values as they were kept: texts by name.
pub(crate) fn values_of(json: &Json) -> Result<BTreeMap<String, String>> {
    let map = json::object(json, "an object of texts")?;
    map.iter().map(|(name, value)| Ok((name.clone(), text(value).map_err(|e| e.at(name))?))).collect()
}

impl Use {
    /// `log` or `draft`.
    pub const fn name(&self) -> &'static str {
        match self {
            Use::Log { .. } => "log",
            Use::Draft(_) => "draft",
        }
    }
}

impl Template {
    /// What whoever uses the template gives, by the names that it asks for.
    ///
    /// # Errors
    /// A name that it does not ask for, with the nearest one, and a value of another type.
    pub(crate) fn read(&self, given: &Map<String, Json>) -> Result<BTreeMap<String, Value>> {
        let one = |(name, json): (&String, &Json)| {
            let kind = self.inputs.get(name).ok_or_else(|| {
                let nearest = nearest(name, self.inputs.keys().map(String::as_str)).map(Into::into);
                let (record, found) = (self.name.id.clone(), shortened(name, 60));
                Error::from(Problem::UnknownField { record, found, nearest }).at(name)
            })?;
            Ok((name.clone(), Value::from_json(*kind, json).map_err(|e| e.at(name))?))
        };
        given.iter().map(one).collect()
    }
}

impl Templates {
    /// A template as somebody would choose it: what it needs, what is missing, whether it is ready.
    pub(crate) fn offer(
        &self,
        template: &Template,
        language: Lang,
        around: &Around<'_>,
        lang: Option<Lang>,
    ) -> Result<Json> {
        // A template in one language is offered in that one.
        let language = template.languages().find(|l| *l == language).or_else(|| template.languages().next());
        let language = language.unwrap_or(self.language);
        let texts = template.texts(language)?;
        let needed = texts.needed();
        let needs = texts.origins.keys().map(|name| {
            let input = template.inputs.get(name);
            let mut need = Map::new();
            need.insert("name".into(), name.as_str().into());
            let from = match input {
                Some(_) => "input",
                None if name.starts_with("sender.") => "sender",
                None => "record",
            };
            need.insert("from".into(), from.into());
            if let Some(kind) = input {
                need.insert("type".into(), serde_json::to_value(kind).unwrap_or_default());
            }
            need.insert("required".into(), needed.contains(name.as_str()).into());
            Json::Object(need)
        });
        let missing = self.missing(template, language, around)?;
        let from_record = |r: &ActivityReason| matches!(r, ActivityReason::MissingVariable { from_record: true, .. });
        let mut map = Map::new();
        map.insert("id".into(), template.name.id.as_str().into());
        map.insert("version".into(), template.version.into());
        map.insert("label".into(), template.name.text(lang.unwrap_or(language)).into());
        match &template.usage {
            Use::Log { kind, direction } => {
                map.insert("log".into(), kind.as_str().into());
                if !direction.is_empty() {
                    map.insert("direction".into(), direction.as_str().into());
                }
            }
            Use::Draft(channel) => {
                map.insert("draft".into(), channel.code().into());
            }
        }
        let says = &template.contact;
        if let Some(purpose) = says.purpose {
            map.insert("purpose".into(), purpose.code().into());
        }
        if let Some(topic) = says.topic {
            map.insert("topic".into(), topic.code().into());
        }
        if !says.mentions.is_empty() {
            map.insert("mentions".into(), says.mentions.iter().map(|mention| mention.code()).collect::<Json>());
        }
        map.insert("language".into(), language.code().into());
        map.insert("languages".into(), template.languages().map(Lang::code).collect::<Vec<_>>().into());
        map.insert("needs".into(), needs.collect());
        // What the record lacks, no form can ask for.
        map.insert("fits".into(), (!missing.iter().any(from_record)).into());
        map.insert("ready".into(), missing.is_empty().into());
        map.insert("missing".into(), reasons(missing, lang));
        Ok(Json::Object(map))
    }
}

impl Rendered {
    /// The rendered text as JSON.
    pub fn to_json(&self) -> Json {
        json!({
            "status": "rendered", "template": self.template, "version": self.version, "language": self.language.code(),
            "subject": self.subject, "text": self.text, "values": self.values, "hash": self.hash,
        })
    }
}
