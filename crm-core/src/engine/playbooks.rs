//! Questions of playbooks: all of them with how many customers are where, and one with its versions and its days.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Crm, permit};
use crate::command::{Ctx, Cx, Verb, all_playbooks, asked, playbook_of, playbook_row, some_rows};
use crate::kernel::customer::RunState;
use crate::kernel::error::Result;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::format_instant;
use crate::model::Kind;
use crate::rules::playbook::plan;
use crate::rules::read::{Object, date};
use crate::store::{MOST_ROWS, Query, Read, Store};

impl<S: Store> Crm<S> {
    /// How many runs that the reader sees are where.
    fn run_counts(&self, ctx: &Ctx, read: &dyn Read, code: &str) -> Result<Json> {
        let schema = self.rules.schema(Kind::PlaybookRun);
        let mut counts = Map::new();
        for state in RunState::ALL {
            let filter = vec![
                Predicate::test("playbook", Operator::Equal, code),
                Predicate::test("state", Operator::Equal, state.code()),
            ];
            let mut query = Query::all(Kind::PlaybookRun, schema.clone(), ctx.at);
            query.filter = Some(Predicate::All(filter).compile(&schema)?);
            counts.insert(state.code().into(), read.count(&query)?.into());
        }
        Ok(Json::Object(counts))
    }

    /// The question `playbooks`: `{"lang": "fr"}`, every playbook in its latest version, with how many runs that the reader
    /// sees there are of it.
    pub(super) fn playbooks_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "playbooks")?;
        json::only_keys(body, &["lang"])?;
        let lang = lang_of(body)?.unwrap_or_else(|| self.rules.templates().language());
        let (whole, read) = (self.whole(ctx)?, self.reading(ctx)?);
        let mut cx = Cx::new(&*whole, &self.rules, ctx);
        let all = all_playbooks(&mut cx)?;
        let mut rows = Vec::new();
        for one in &all.sound {
            rows.push(json!({
                "code": one.code, "version": one.version, "title": one.title.text(lang), "active": one.active,
                "steps": one.steps.len(), "required": one.steps.iter().filter(|step| step.required).count(),
                "days": one.days_asked(), "broken": false, "runs": self.run_counts(ctx, &*read, &one.code)?,
            }));
        }
        // What refers to a calendar or field that is no more starts no run, and is told.
        for one in &all.broken {
            rows.push(json!({
                "code": one.code, "version": one.number, "title": one.title, "active": false, "steps": null,
                "required": null, "days": [], "broken": true, "runs": self.run_counts(ctx, &*read, &one.code)?,
            }));
        }
        rows.sort_by(|a, b| a["code"].as_str().cmp(&b["code"].as_str()));
        Ok(json!({"rows": rows}))
    }

    /// The question `playbook`: `{"code": "onboarding", "version": 2, "from": "2026-11-23", "anchors": {"go_live": "..."},
    /// "lang": "fr"}`, one playbook, in a version or in the latest: its definition, its versions, its runs, and the days of
    /// each step for a run that starts on `from`, today where it is left out.
    pub(super) fn playbook_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "playbook")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["code", "version", "from", "anchors", "lang"])?;
        let lang = lang_of(body)?;
        let code = o.text("code")?;
        let version = o.optional_integer("version")?.map(|version| u32::try_from(version).unwrap_or(0));
        let from = o.optional("from", date)?.unwrap_or_else(|| self.rules.tasks().days.day(ctx.at));
        let (everything, read) = (self.whole(ctx)?, self.reading(ctx)?);
        let mut cx = Cx::new(&*everything, &self.rules, ctx);
        let playbook = playbook_of(&mut cx, &code, version).map_err(|e| e.at("code"))?;
        let days = |json: &Json| {
            let map = json::object(json, "an object of days by anchor")?;
            let one = |(name, day): (&String, &Json)| {
                playbook.check_day(name)?;
                Ok((name.clone(), date(day).map_err(|e| e.at(name))?))
            };
            map.iter().map(one).collect::<Result<BTreeMap<_, _>>>()
        };
        let mut anchors = o.optional("anchors", days)?.unwrap_or_default();
        anchors.entry("start".to_owned()).or_insert(from);
        let planned = plan(&playbook, self.rules.days_of(&playbook), &anchors, &BTreeMap::new())?;
        let mut versions = BTreeMap::new();
        if let Ok(known) = self.rules.playbooks().find(&code, None) {
            versions.insert(known.version, json!({"version": known.version, "configured": true}));
        }
        let query = asked(&cx, Kind::Playbook, vec![Predicate::test("code", Operator::Equal, code.as_str())])?;
        for row in some_rows(&mut cx, query, MOST_ROWS)? {
            let Some(stored) = playbook_row(&row).filter(|stored| stored.code == code) else { continue };
            let number = stored.number.and_then(|version| u32::try_from(version).ok()).unwrap_or(0);
            let line = json!({
                "version": number, "configured": false, "title": stored.title, "author": stored.author,
                "note": stored.note, "made_at": format_instant(row.created_at),
            });
            versions.insert(number, line);
        }
        Ok(json!({
            "code": code, "version": playbook.version, "active": playbook.active, "hash": playbook.hash,
            "definition": playbook.source, "versions": versions.into_values().collect::<Vec<_>>(),
            "days": playbook.days_asked(), "runs": self.run_counts(ctx, &*read, &code)?,
            "steps": planned.iter().map(|one| one.to_json(&playbook, lang)).collect::<Vec<_>>(),
        }))
    }
}
