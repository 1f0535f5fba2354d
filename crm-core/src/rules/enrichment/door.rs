//! Pages and leads given as JSON.

use serde_json::{Map, Value as Json};

use super::material::{Icon, Material, Page};
use super::policy::{Enricher, Policy, fields};
use super::{Outcome, enrich};
use crate::kernel::error::{Error, Result};
use crate::kernel::field::{FieldType, Schema};
use crate::kernel::json;
use crate::rules::identity::Identity;
use crate::rules::input::Values;
use crate::rules::read::{Object, list, text, wrong};

/// Enriches one lead given as JSON: `{"lead": {field: value}, "pages": [...], "legal_text", "country_hint", "policy",
/// "enriched": [fields whose values an enrichment wrote], "lang"}`, all of which may be left out. A page is
/// `{"url", "title", "description", "og": {"site_name", "description"}, "json_ld": text or texts, "text",
/// "icons": [{"href", "sizes", "type", "rel"}], "links": [...]}`.
///
/// A value of the lead that cannot be read makes its field unknown; that, and whatever was cut because it was too long,
/// is listed in `diagnostics`.
///
/// # Errors
/// A field, option or policy that does not exist, pages of another shape; with the path.
pub fn eval_json(rule: &Enricher, identity: &Identity, schema: &Schema, input: &Json) -> Result<Json> {
    let keys = &["lead", "pages", "legal_text", "country_hint", "policy", "enriched", "lang"];
    let o = Object::new(input, keys)?;
    let lang = o.lang()?;
    let lead = o.optional("lead", |v| json::object(v, "an object"))?;
    let mut diagnostics = Vec::new();
    let values = Values::read(schema, lead, &mut diagnostics)?;
    let supplied = Supplied::read(&o)?;
    let enriched = o.optional("enriched", fields)?.unwrap_or_default();
    let material = supplied.material();
    let outcome = enrich(rule, identity, &values, schema, &material, &enriched, supplied.policy);
    diagnostics.extend_from_slice(material.diagnostics());
    let mut map = outcome_json(&outcome, lang);
    map.insert("diagnostics".into(), diagnostics.iter().map(Error::to_json).collect::<Vec<_>>().into());
    Ok(Json::Object(map))
}

fn outcome_json(outcome: &Outcome, lang: Option<crate::lang::Lang>) -> Map<String, Json> {
    let mut map = Map::new();
    let decisions = |list: Vec<&super::Decision>| list.iter().map(|d| d.to_json(lang)).collect::<Vec<_>>();
    map.insert("facts".into(), outcome.facts.iter().map(|f| f.to_json(lang)).collect::<Vec<_>>().into());
    map.insert("written".into(), decisions(outcome.written().collect()).into());
    map.insert("conflicts".into(), decisions(outcome.conflicts().collect()).into());
    map.insert("held".into(), decisions(outcome.held().collect()).into());
    let names: Vec<&str> = outcome.missing.iter().map(|t| t.name()).collect();
    map.insert("needs".into(), serde_json::json!({"count": names.len(), "missing": names}));
    map
}

/// What the host supplies for one lead, as it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supplied {
    /// Pages of the company's website.
    pub pages: Vec<Page>,
    /// The site's legal notice; empty for that of the pages.
    pub legal_text: String,
    /// The country it supposes, by ISO code or name, or empty.
    pub country_hint: String,
    /// The policy; `None` for the configured one.
    pub policy: Option<Policy>,
}

impl Supplied {
    fn read(o: &Object<'_>) -> Result<Self> {
        Ok(Supplied {
            pages: o.list("pages", page)?,
            legal_text: o.optional("legal_text", text)?.unwrap_or_default(),
            country_hint: o.optional("country_hint", text)?.unwrap_or_default(),
            policy: o.optional("policy", Policy::from_json)?,
        })
    }

    /// Reads the keys `pages`, `legal_text`, `country_hint` and `policy` beside an `id`, as the command has them.
    pub(crate) fn of_command(body: &Json) -> Result<Self> {
        Self::read(&Object::new(body, &["id", "pages", "legal_text", "country_hint", "policy"])?)
    }

    /// Puts the keys beside what is there.
    pub(crate) fn into_command(self, body: &mut Map<String, Json>) {
        if !self.pages.is_empty() {
            body.insert("pages".into(), self.pages.iter().map(Page::to_json).collect::<Vec<_>>().into());
        }
        for (key, text) in [("legal_text", self.legal_text), ("country_hint", self.country_hint)] {
            if !text.is_empty() {
                body.insert(key.into(), text.into());
            }
        }
        if let Some(policy) = self.policy {
            body.insert("policy".into(), policy.name().into());
        }
    }

    /// What is read of it: within the limits of [`Material`].
    pub fn material(&self) -> Material {
        Material::new(self.pages.clone(), self.legal_text.clone(), &self.country_hint)
    }
}

fn page(json: &Json) -> Result<Page> {
    let o = Object::new(json, &["url", "title", "description", "og", "json_ld", "text", "icons", "links"])?;
    let get = |key: &str| Ok::<_, Error>(o.optional(key, text)?.unwrap_or_default());
    let og = o.optional("og", |v| json::object(v, "an object of texts"))?;
    // Pages have more of these than anybody reads.
    let og = |key: &str| {
        let found = og.and_then(|map| map.get(key).or_else(|| map.get(&format!("og:{key}")))).filter(|v| !v.is_null());
        found.map(text).transpose().map_err(|e| e.at(key).at("og")).map(Option::unwrap_or_default)
    };
    Ok(Page {
        url: get("url")?,
        title: get("title")?,
        description: get("description")?,
        og_site_name: og("site_name")?,
        og_description: og("description")?,
        json_ld: o.optional("json_ld", one_or_more)?.unwrap_or_default(),
        text: get("text")?,
        icons: o.list("icons", icon)?,
        links: o.list("links", text)?,
    })
}

fn one_or_more(json: &Json) -> Result<Vec<String>> {
    match json {
        Json::String(one) => Ok(vec![one.clone()]),
        Json::Array(_) => list(json, text),
        other => Err(wrong(FieldType::Text, other)),
    }
}

fn icon(json: &Json) -> Result<Icon> {
    let o = Object::new(json, &["href", "sizes", "type", "rel"])?;
    let get = |key: &str| Ok::<_, Error>(o.optional(key, text)?.unwrap_or_default());
    Ok(Icon { href: o.text("href")?, sizes: get("sizes")?, kind: get("type")?, rel: get("rel")? })
}

impl Page {
    /// The page as JSON, in the form of [`eval_json`].
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        let mut put = |key: &str, value: Json| {
            let empty = match &value {
                Json::String(text) => text.is_empty(),
                Json::Array(list) => list.is_empty(),
                Json::Object(map) => map.is_empty(),
                _ => true,
            };
            if !empty {
                map.insert(key.into(), value);
            }
        };
        let icon = |icon: &Icon| {
            let mut told = serde_json::json!({"href": icon.href, "sizes": icon.sizes, "type": icon.kind});
            if let (false, Json::Object(map)) = (icon.rel.is_empty(), &mut told) {
                map.insert("rel".into(), icon.rel.as_str().into());
            }
            told
        };
        let og = [("site_name", &self.og_site_name), ("description", &self.og_description)];
        let og = og.iter().filter(|(_, text)| !text.is_empty());
        put("url", self.url.as_str().into());
        put("title", self.title.as_str().into());
        put("description", self.description.as_str().into());
        put("og", Json::Object(og.map(|(key, text)| ((*key).to_owned(), Json::from(text.as_str()))).collect()));
        put("json_ld", self.json_ld.as_slice().into());
        put("text", self.text.as_str().into());
        put("icons", self.icons.iter().map(icon).collect::<Vec<_>>().into());
        put("links", self.links.as_slice().into());
        Json::Object(map)
    }
}
