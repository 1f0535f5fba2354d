//! Using a template in a command: which one, in which language, with what; filled from the records at hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::Cx;
use super::targets::{Targets, rows_of};
use crate::kernel::error::{Error, Result};
use crate::kernel::fact::Facts;
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::value::Value;
use crate::lang::Lang;
use crate::model::{AnyRecord, Draft, Kind, Row, RowFacts};
use crate::rules::read::{Object, text};
use crate::rules::templates::{Around, Rendered, Template, Templates, Verdict, values_of};
use crate::store::Query;

/// A template with what it needs beside the record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TemplateUse {
    /// Its id.
    pub id: String,
    /// Its version; the highest where there is none.
    pub version: Option<i64>,
    /// The language; of a message that of the person, and else the configuration's.
    pub language: Option<Lang>,
    /// What it asks for, by name, as JSON.
    pub inputs: Map<String, Json>,
}

impl TemplateUse {
    pub(super) fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["id", "version", "language", "inputs"])?;
        let inputs = o.optional("inputs", |v| Ok(json::object(v, "an object")?.clone()))?.unwrap_or_default();
        let language = o.optional("language", |v| text(v)?.parse())?;
        Ok(TemplateUse { id: o.text("id")?, version: o.optional_integer("version")?, language, inputs })
    }

    pub(super) fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.as_str().into());
        if let Some(version) = self.version {
            map.insert("version".into(), version.into());
        }
        if let Some(language) = self.language {
            map.insert("language".into(), language.code().into());
        }
        if !self.inputs.is_empty() {
            map.insert("inputs".into(), Json::Object(self.inputs.clone()));
        }
        Json::Object(map)
    }

    /// The template itself.
    pub(super) fn find<'a>(&self, cx: &Cx<'a>) -> Result<&'a Template> {
        cx.rules().templates().find(&self.id, self.version).map_err(|e| e.at("id").at("template"))
    }

    /// The text, from the records at hand.
    ///
    /// # Errors
    /// What is missing, all of it, and inputs that the template does not ask for.
    pub(super) fn fill(&self, cx: &mut Cx<'_>, targets: &Targets, otherwise: Lang) -> Result<Rendered> {
        let template = self.find(cx)?;
        let inputs = template.read(&self.inputs).map_err(|e| e.at("inputs").at("template"))?;
        let (templates, language) = (cx.rules().templates(), self.language.unwrap_or(otherwise));
        let rendered = around(cx, targets, inputs, |around| templates.render(template, language, around))?;
        rendered.map_err(|e: Error| e.at("template"))
    }
}

/// What templates are filled from, with the records at hand.
pub(crate) fn around<T>(
    cx: &mut Cx<'_>,
    targets: &Targets,
    inputs: BTreeMap<String, Value>,
    use_it: impl FnOnce(&Around<'_>) -> T,
) -> Result<T> {
    let actor_name = name_of_actor(cx)?;
    let rows: Vec<(Kind, Row, Arc<Schema>)> =
        rows_of(cx, targets)?.into_iter().map(|(kind, row)| (kind, row, cx.rules().schema(kind))).collect();
    let facts: Vec<(Kind, RowFacts<'_>)> = rows.iter().map(|(kind, row, schema)| (*kind, row.facts(schema))).collect();
    let records = facts.iter().map(|(kind, facts)| (*kind, facts as &dyn Facts)).collect();
    Ok(use_it(&Around { records, actor_name: &actor_name, at: cx.at(), inputs }))
}

/// The name by which the team knows who asks; the host's name of the user where nobody wrote it down.
fn name_of_actor(cx: &mut Cx<'_>) -> Result<String> {
    let schema = cx.rules().schema(Kind::Employee);
    let mut query = Query::all(Kind::Employee, schema.clone(), cx.at());
    let user = cx.actor().name().to_owned();
    query.filter = Some(Predicate::test("user", Operator::Equal, user.as_str()).compile(&schema)?);
    query.limit = 10;
    let named = cx.find(&query)?.rows.into_iter().find_map(|row| match row.body {
        AnyRecord::Employee(person) if person.user == user && !person.full_name.is_empty() => Some(person.full_name),
        _ => None,
    });
    Ok(named.unwrap_or(user))
}

/// The language in which a person is written to, if the record tells one that there is.
pub(crate) fn language_of(rows: &BTreeMap<Kind, Row>) -> Option<Lang> {
    let written = match rows.get(&Kind::Contact).or_else(|| rows.get(&Kind::Lead)).map(|row| &row.body) {
        Some(AnyRecord::Contact(contact)) => &contact.language,
        Some(AnyRecord::Lead(lead)) => &lead.language,
        _ => return None,
    };
    written.to_lowercase().split(['-', '_']).next()?.parse().ok()
}

/// What is kept of a rendered text, so that it can be made again.
pub(super) fn values_json(rendered: &Rendered) -> String {
    json::canonical(&serde_json::json!({"language": rendered.language.code(), "values": rendered.values}))
}

/// Whether subject and text of a draft are still what its template makes of the values that were put in.
pub(super) fn is_as_template(templates: &Templates, draft: &Draft) -> bool {
    let kept = || {
        let made_of = json::parse(draft.template_values.as_bytes()).ok()?;
        Some(Rendered {
            template: draft.template.clone(),
            version: draft.template_version?,
            language: made_of.get("language")?.as_str()?.parse().ok()?,
            subject: draft.subject.clone(),
            text: draft.text.clone(),
            values: values_of(made_of.get("values")?).ok()?,
            hash: draft.template_hash.clone(),
        })
    };
    kept().is_some_and(|kept| templates.verdict(&kept) == Verdict::Same)
}
