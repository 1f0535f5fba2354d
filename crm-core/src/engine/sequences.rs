//! Questions of sequences: all of them with how many records are where, and one with its versions and its plan of days.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Crm, permit};
use crate::command::{Ctx, Cx, Verb, compiled_sequence, sequence_of, sequence_row};
use crate::kernel::error::{Problem, Result};
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::sequence_reason::{EnrolmentStatus, SequenceEnd};
use crate::kernel::time::format_instant;
use crate::model::{Kind, Row};
use crate::rules::read::{Object, instant};
use crate::rules::sequence::{Sequence, schedule};
use crate::store::{MOST_ROWS, Query, Read, Store};

/// Most stored versions that are read.
const MOST_VERSIONS: usize = 5_000;

/// What a list says of a sequence: the latest version.
struct Listed {
    version: u32,
    title: String,
    status: &'static str,
    steps: usize,
    is_configured: bool,
}

impl<S: Store> Crm<S> {
    /// The question `sequences`: `{}`, every sequence in its latest version, configured or made, with how many records that
    /// the reader sees are in it, by how they stand and how they ended.
    pub(super) fn sequences_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "sequences")?;
        json::only_keys(body, &["lang"])?;
        lang_of(body)?;
        let read = self.reading(ctx)?;
        let mut all: BTreeMap<String, Listed> = BTreeMap::new();
        for sequence in self.rules.sequences().all() {
            all.insert(sequence.id.clone(), listed(sequence, String::new(), true));
        }
        for row in self.stored_versions(ctx, &*read, None)? {
            let Some(stored) = sequence_row(&row) else { continue };
            let version = stored.number.and_then(|version| u32::try_from(version).ok()).unwrap_or(0);
            if all.get(&stored.code).is_some_and(|known| known.version >= version) {
                continue;
            }
            // What refers to a template or calendar that is no more takes nobody, and is told.
            let listed = match compiled_sequence(&self.rules, stored) {
                Ok(sequence) => listed(&sequence, stored.title.clone(), false),
                Err(_) => {
                    let (title, status) = (stored.title.clone(), "broken");
                    Listed { version, title, status, steps: 0, is_configured: false }
                }
            };
            all.insert(stored.code.clone(), listed);
        }
        let mut rows = Vec::new();
        for (code, one) in all {
            rows.push(json!({
                "code": code, "version": one.version, "title": one.title, "status": one.status, "steps": one.steps,
                "configured": one.is_configured, "counts": self.counts(ctx, &*read, &code)?,
            }));
        }
        Ok(json!({"rows": rows}))
    }

    /// All stored versions, of one sequence or of all.
    fn stored_versions(&self, ctx: &Ctx, read: &dyn Read, code: Option<&str>) -> Result<Vec<Row>> {
        let schema = self.rules.schema(Kind::Sequence);
        let mut query = Query::all(Kind::Sequence, schema.clone(), ctx.at);
        let filter = code.map(|code| Predicate::test("code", Operator::Equal, code).compile(&schema));
        (query.filter, query.limit) = (filter.transpose()?, MOST_ROWS);
        let mut rows = Vec::new();
        loop {
            let page = read.find(&query)?;
            rows.extend(page.rows);
            match page.next {
                Some(next) if rows.len() < MOST_VERSIONS => query.after = Some(next),
                _ => break,
            }
        }
        rows.retain(|row| sequence_row(row).is_some_and(|row| code.is_none_or(|code| row.code == code)));
        Ok(rows)
    }

    /// How many records are where: by status, and of those that are over by how they ended.
    fn counts(&self, ctx: &Ctx, read: &dyn Read, code: &str) -> Result<Json> {
        let schema = self.rules.schema(Kind::Enrolment);
        let count = |field: &str, value: &str| {
            let filter = vec![
                Predicate::test("sequence", Operator::Equal, code),
                Predicate::test(field, Operator::Equal, value),
            ];
            let mut query = Query::all(Kind::Enrolment, schema.clone(), ctx.at);
            query.filter = Some(Predicate::All(filter).compile(&schema)?);
            read.count(&query)
        };
        let mut counts = Map::new();
        let mut over: u64 = 0;
        for status in EnrolmentStatus::ALL {
            let found = count("status", status.code())?;
            if !status.is_live() {
                over = over.saturating_add(found);
            }
            counts.insert(status.code().into(), found.into());
        }
        let mut ended = Map::new();
        for how in SequenceEnd::ALL.iter().filter(|_| over > 0) {
            let found = count("ended", how.code())?;
            if found > 0 {
                ended.insert(how.code().into(), found.into());
            }
        }
        counts.insert("ended".into(), Json::Object(ended));
        Ok(Json::Object(counts))
    }

    /// The question `sequence`: `{"code": "spring", "version": 2, "from": "...", "zone": "Europe/Paris", "lang": "fr"}`, one
    /// sequence, in a version or in the latest: its definition, its versions, its counts, and when each step would run for a
    /// record that comes in at `from` (`at` where it is left out), if each step is done at once and no branch is taken.
    pub(super) fn sequence_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "sequence")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["code", "version", "from", "zone", "lang"])?;
        let lang = lang_of(body)?;
        let code = o.text("code")?;
        let version = o.optional_integer("version")?.map(|version| u32::try_from(version).unwrap_or(0));
        let from = o.optional("from", instant)?.unwrap_or(ctx.at);
        let zone = o.zone()?;
        let zone = zone.unwrap_or_else(|| self.rules.sequences().zone.clone());
        let read = self.reading(ctx)?;
        let mut cx = Cx::new(&*read, &self.rules, ctx);
        let sequence = sequence_of(&mut cx, &code, version).map_err(|e| e.at("code"))?;
        let stored = self.stored_versions(ctx, &*read, Some(&code))?;
        let mut versions = Vec::new();
        for known in self.rules.sequences().all().filter(|known| known.id == code) {
            versions.push((known.version, json!({"version": known.version, "configured": true})));
        }
        let mut definition = Json::Null;
        for row in &stored {
            let Some(body) = sequence_row(row) else { continue };
            if body.number == Some(sequence.version.into()) {
                definition = json::parse(body.definition.as_bytes())?;
            }
            let number = body.number.and_then(|version| u32::try_from(version).ok()).unwrap_or(0);
            let line = json!({
                "version": number, "configured": false, "title": body.title, "author": body.author, "note": body.note,
                "made_at": format_instant(row.created_at),
            });
            versions.push((number, line));
        }
        versions.sort_by_key(|(number, _)| *number);
        let configured = || {
            let all = self.rules.to_json().get("sequence")?.get("sequences")?.as_array()?;
            let is_it = |one: &&Json| {
                let version = one.get("version").and_then(Json::as_u64).unwrap_or(1);
                one.get("id").and_then(Json::as_str) == Some(&code) && version == u64::from(sequence.version)
            };
            all.iter().find(is_it).cloned()
        };
        if definition.is_null() {
            definition = configured().ok_or_else(|| Problem::Missing { name: "definition".into() })?;
        }
        let plan = schedule(&sequence, from, &zone, lang);
        Ok(json!({
            "code": code, "version": sequence.version, "status": sequence.status.code(), "hash": sequence.hash,
            "definition": definition, "versions": versions.into_iter().map(|(_, line)| line).collect::<Vec<_>>(),
            "schedule": plan.get("steps").cloned(), "counts": self.counts(ctx, &*read, &code)?,
        }))
    }
}

fn listed(sequence: &Sequence, title: String, is_configured: bool) -> Listed {
    Listed {
        version: sequence.version,
        title,
        status: sequence.status.code(),
        steps: sequence.steps.len(),
        is_configured,
    }
}
