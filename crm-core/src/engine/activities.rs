//! One activity with what was said of it before, and the templates with what they need of a record.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::door::{key_of, lang_of, text_of};
use super::{Crm, permit};
use crate::Id;
use crate::command::{Ctx, Cx, Targets, Verb, around, context_of, language_of, links_of_activity, rows_of};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::json;
use crate::lang::Lang;
use crate::model::{Activity, Key, Kind, Record as _, Row};
use crate::rules::templates::{RECORDS, Rendered, USES, values_of};
use crate::store::{Entry, LogQuery, Store};
use crate::view::activity;

impl<S: Store> Crm<S> {
    /// The question `activity`: `{"id": "...", "lang": "fr"}`.
    pub(super) fn activity_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "activity")?;
        json::only_keys(body, &["id", "lang"])?;
        lang_of(body)?;
        let id: Id = text_of(body, "id")?.parse().map_err(|e: Error| e.at("id"))?;
        let key = Key { kind: Kind::Activity, id };
        let missing = || Problem::NotFound { record: key.kind.name().into(), id: id.to_string() };
        let row = self.row(ctx, key)?.ok_or_else(missing)?;
        let read = self.reading(ctx)?;
        let told = read.log(&LogQuery::Record { key, after_version: 0 })?;
        let told = told.iter().map(Entry::json).collect::<Result<Vec<_>>>()?;
        let mut map = activity(&row);
        if row.archived_at.is_some() {
            let by = told.iter().rev().find(|entry| change_of(entry, key).is_some_and(removes));
            map.insert("removed_by".into(), by.and_then(|entry| entry.pointer("/actor/name")).cloned().into());
            return Ok(json!({"activity": map}));
        }
        if let Some(template) = self.template_of(&row) {
            map.insert("template".into(), template);
        }
        let links = links_of_activity(&mut Cx::new(&*read, &self.rules, ctx), id)?;
        let revisions: Vec<Json> = told.iter().filter_map(|entry| revision(entry, key)).collect();
        Ok(json!({"activity": map, "links": links.iter().map(link).collect::<Vec<_>>(), "revisions": revisions}))
    }

    /// Which template made the text, and whether it still says what it did.
    fn template_of(&self, row: &Row) -> Option<Json> {
        let logged = Activity::from_any(&row.body).filter(|logged| !logged.template.is_empty())?;
        let mut template = Map::new();
        template.insert("id".into(), logged.template.as_str().into());
        template.insert("version".into(), logged.template_version.into());
        if let Some(kept) = kept(logged) {
            template.insert("language".into(), kept.language.code().into());
            template.insert("values".into(), serde_json::to_value(&kept.values).unwrap_or_default());
            template.insert("text".into(), self.rules.templates().verdict(&kept).code().into());
        }
        Some(Json::Object(template))
    }

    /// The question `templates`: `{"record": "deal", "id": "...", "use": "draft", "language": "fr", "lang": "fr"}`; without
    /// a record what they need of any.
    pub(super) fn templates_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "templates")?;
        json::only_keys(body, &["record", "id", "use", "language", "lang"])?;
        let lang = lang_of(body)?;
        let language = match body.get("language") {
            None | Some(Json::Null) => None,
            Some(_) => Some(text_of(body, "language")?.parse::<Lang>().map_err(|e| e.at("language"))?),
        };
        let usage = match body.get("use") {
            None | Some(Json::Null) => None,
            Some(_) => Some(text_of(body, "use")?),
        };
        if let Some(found) = usage.filter(|usage| !USES.contains(usage)) {
            let found = crate::kernel::text::shortened(found, 60);
            return Err(Error::from(Problem::NotOneOf { found, expected: USES }).at("use"));
        }
        let read = self.reading(ctx)?;
        let mut cx = Cx::new(&*read, &self.rules, ctx);
        let targets = match body.contains_key("record") || body.contains_key("id") {
            true => {
                let key = key_of(body)?;
                let missing = || Problem::NotFound { record: key.kind.name().into(), id: key.id.to_string() };
                if !RECORDS.contains(&key.kind) {
                    let found = key.kind.name().to_owned();
                    let expected = &["account", "contact", "deal", "lead", "ticket"];
                    return Err(Error::from(Problem::NotOneOf { found, expected }).at("record"));
                }
                self.row(ctx, key)?.ok_or_else(missing)?;
                context_of(&mut cx, &Targets::one(key))?
            }
            false => Targets::default(),
        };
        let rows = rows_of(&mut cx, &targets)?;
        let templates = self.rules.templates();
        let language = language.or_else(|| language_of(&rows)).unwrap_or(templates.language());
        let listed = around(&mut cx, &targets, BTreeMap::new(), |around| {
            let fitting = templates.latest().filter(|t| usage.is_none_or(|usage| t.usage().name() == usage));
            fitting.map(|template| templates.offer(template, language, around, lang)).collect::<Result<Vec<_>>>()
        })??;
        let context: Map<String, Json> =
            targets.keys().map(|key| (key.kind.name().to_owned(), key.id.to_string().into())).collect();
        Ok(json!({"language": language.code(), "context": context, "templates": listed}))
    }
}

/// A logged text with what it was made of.
fn kept(logged: &Activity) -> Option<Rendered> {
    let made_of: Json = serde_json::from_str(&logged.template_values).ok()?;
    Some(Rendered {
        template: logged.template.clone(),
        version: logged.template_version?,
        language: made_of.get("language")?.as_str()?.parse().ok()?,
        subject: logged.subject.clone(),
        text: logged.description.clone(),
        values: values_of(made_of.get("values")?).ok()?,
        hash: logged.template_hash.clone(),
    })
}

fn change_of(entry: &Json, key: Key) -> Option<&Json> {
    let id = key.id.to_string();
    entry.get("changes")?.as_array()?.iter().find(|change| {
        change.get("id").and_then(Json::as_str) == Some(&id)
            && change.get("record").and_then(Json::as_str) == Some(key.kind.name())
    })
}

fn removes(change: &Json) -> bool {
    change.pointer("/fields/archived_at/1").is_some_and(|at| !at.is_null())
}

/// What one command made of it: who, when, and each field before and after.
fn revision(entry: &Json, key: Key) -> Option<Json> {
    let change = change_of(entry, key)?;
    let fields = change.get("fields").cloned().unwrap_or_else(|| json!({}));
    Some(json!({
        "version": change.get("version"), "at": entry.get("at"), "by": entry.pointer("/actor/name"),
        "command": entry.get("command"), "fields": fields,
    }))
}

/// A link as people see it: its part and its records.
fn link(row: &Row) -> Json {
    let mut map = Map::new();
    if let Some(Fact::Text(role)) = row.body.kind().place("role").map(|place| row.body.fact(place)) {
        map.insert("role".into(), role.into());
    }
    for key in Targets::of(&row.body).keys() {
        map.insert(key.kind.name().into(), key.id.to_string().into());
    }
    Json::Object(map)
}
