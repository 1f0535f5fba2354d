//! Questions of customers' health: one customer, its history, and customers by health.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Crm, Find, permit};
use crate::Id;
use crate::command::MOST_ACCOUNTS;
use crate::command::{
    Ctx, Look, RecalculateHealth, Recalculated, Verb, entries_of, entry_of, health_facts, model_of, override_of,
};
use crate::kernel::customer::HealthTrigger;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::health_reason::HealthReason;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::stored_reason;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;
use crate::model::{AnyRecord, HealthEntry, Key, Kind, Row};
use crate::rules::check;
use crate::rules::health::{points_text, reasons_json};
use crate::store::{Cursor, Read, Store};

use super::jobs::{Control, Progress};

/// How many entries a customer's health shows.
const SHOWN: usize = 10;
/// How many suggestions it has.
const MOST_HELPS: usize = 3;
/// Most entries or accounts of a page.
const MOST_PAGE: usize = 100;

impl<S: Store> Crm<S> {
    /// Works out the health of every active account that a condition finds (all of them without one), some hundreds in one
    /// commit; accounts whose inputs are as they were get no new entry.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What was worked out stays.
    pub fn health_all(
        &self,
        ctx: &Ctx,
        filter: Option<Predicate>,
        progress: &mut dyn FnMut(Progress) -> Control,
    ) -> Result<Recalculated> {
        let find = Find { filter, limit: MOST_ACCOUNTS, ..Find::all(Kind::Account) };
        let mut done = Recalculated::default();
        self.in_batches(ctx, find, progress, |accounts| {
            // The id follows from the accounts, so that a repeated job answers for the same accounts only.
            let text: String = accounts.iter().map(Id::to_string).collect();
            let batch = ctx.with_id(Id::from_text(&format!("{} health {text}", ctx.id)));
            let command = RecalculateHealth { accounts, trigger: HealthTrigger::Schedule };
            done.add(&self.run(&batch, &command)?.done()?);
            Ok(done.assessed)
        })?;
        Ok(done)
    }

    /// The question `health`.
    pub(super) fn health_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "health")?;
        json::only_keys(body, &["account", "lang"])?;
        let lang = lang_of(body)?;
        let read = self.reading(ctx)?;
        let row = self.account(&*read, body)?;
        let entries = self.entries(&*read, ctx, row.id, SHOWN, None)?;
        let mut map = account_json(&row);
        map.insert("entry".into(), entries.rows.first().map_or(Json::Null, |row| entry_json(row, lang, true)));
        map.insert("live".into(), self.live(&*read, ctx, &row, lang)?);
        map.insert("override".into(), self.overridden(&*read, ctx, row.id, lang)?);
        let history: Vec<Json> = entries.rows.iter().map(|row| entry_json(row, lang, false)).collect();
        map.insert("history".into(), history.into());
        map.insert("next".into(), entries.next.map(|next| next.to_text()).into());
        Ok(Json::Object(map))
    }

    /// The question `health_history`.
    pub(super) fn health_history_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "health_history")?;
        json::only_keys(body, &["account", "limit", "after", "lang"])?;
        let lang = lang_of(body)?;
        let limit = limit_of(body, MOST_PAGE)?;
        let read = self.reading(ctx)?;
        let row = self.account(&*read, body)?;
        let after = body.get("after").filter(|v| !v.is_null());
        let after = after.map(|v| Cursor::from_text(v.as_str().unwrap_or_default())).transpose();
        let page = self.entries(&*read, ctx, row.id, limit, after.map_err(|e| e.at("after"))?)?;
        let entries: Vec<Json> = page.rows.iter().map(|row| entry_json(row, lang, true)).collect();
        Ok(json!({"entries": entries, "next": page.next.map(|next| next.to_text())}))
    }

    /// The question `healths`: accounts by the health that was worked out last, the worst first.
    pub(super) fn healths_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "healths")?;
        json::only_keys(body, &["band", "owner", "where", "limit", "after", "lang"])?;
        let lang = lang_of(body)?;
        let mut find = Find { limit: limit_of(body, MOST_PAGE)?, ..Find::all(Kind::Account) };
        find.order = vec![("health".to_owned(), false)];
        let mut all = vec![Predicate::test("health_band", Operator::IsKnown, Json::Null)];
        for (key, field) in [("band", "health_band"), ("owner", "owner")] {
            if let Some(word) = body.get(key).filter(|v| !v.is_null()) {
                let text = crate::rules::read::text(word).map_err(|e| e.at(key))?;
                all.push(Predicate::test(field, Operator::Equal, text));
            }
        }
        if let Some(filter) = body.get("where").filter(|v| !v.is_null()) {
            all.push(Predicate::from_json(filter).map_err(|e| e.at("where"))?);
        }
        find.filter = Some(Predicate::All(all));
        let after = body.get("after").filter(|v| !v.is_null());
        let after = after.map(|v| Cursor::from_text(v.as_str().unwrap_or_default())).transpose();
        find.after = after.map_err(|e| e.at("after"))?;
        let read = self.reading(ctx)?;
        let (query, resolved) = self.asked(ctx, &*read, &find)?;
        let page = read.find(&query)?;
        let mut accounts = Vec::new();
        for row in &page.rows {
            let mut map = account_json(row);
            let entry = self.entries(&*read, ctx, row.id, 1, None)?.rows.into_iter().next();
            map.insert("entry".into(), entry.map_or(Json::Null, |row| entry_json(&row, lang, true)));
            map.insert("override".into(), self.overridden(&*read, ctx, row.id, lang)?);
            accounts.push(Json::Object(map));
        }
        let mut answer = Map::new();
        if let Some(resolved) = resolved {
            answer.extend(resolved.told(lang));
        }
        answer.insert("accounts".into(), accounts.into());
        answer.insert("next".into(), page.next.map(|next| next.to_text()).into());
        Ok(Json::Object(answer))
    }

    /// The account that a question is about.
    fn account(&self, read: &dyn Read, body: &Map<String, Json>) -> Result<Row> {
        let id = body.get("account").ok_or_else(|| Problem::Missing { name: "account".into() })?;
        let id = Id::from_json(id).map_err(|e| e.at("account"))?;
        let missing = || Problem::NotFound { record: "account".into(), id: id.to_string() };
        Ok(read.get(Key { kind: Kind::Account, id })?.ok_or_else(missing)?)
    }

    fn entries(
        &self,
        read: &dyn Read,
        ctx: &Ctx,
        account: Id,
        limit: usize,
        after: Option<Cursor>,
    ) -> Result<crate::store::Page> {
        let mut query = entries_of(&self.rules, account, ctx.at, limit)?;
        query.after = after;
        read.find(&query)
    }

    /// The health as it would be worked out now, from what the reader sees.
    fn live(&self, read: &dyn Read, ctx: &Ctx, row: &Row, lang: Option<Lang>) -> Result<Json> {
        let Some(model) = model_of(&self.rules, row, ctx.at) else {
            return Ok(json!({"none": reasons_json(&[HealthReason::NoModel], lang)}));
        };
        let facts = health_facts(&mut Look::Seen(read), &self.rules, model, row.id, ctx.at)?;
        let health = model.health(&facts, &self.rules.health().zone, ctx.at)?;
        let mut live = health.to_json(lang);
        if let Some(map) = live.as_object_mut() {
            map.insert("would_help".into(), reasons_json(&model.would_help(&health, MOST_HELPS)?, lang).into());
        }
        Ok(live)
    }

    /// What somebody says instead today.
    fn overridden(&self, read: &dyn Read, ctx: &Ctx, account: Id, lang: Option<Lang>) -> Result<Json> {
        let row = read.find(&override_of(&self.rules, account, ctx.at)?)?.rows.into_iter().next();
        let Some((id, AnyRecord::HealthOverride(said))) = row.map(|row| (row.id, row.body)) else {
            return Ok(Json::Null);
        };
        let reason = said.score.zip(said.ends_on).map(|(score, until)| HealthReason::Override {
            score,
            until,
            author: said.author.clone(),
            note: said.reason.clone(),
        });
        Ok(json!({
            "id": id.to_string(),
            "score": said.score.map(points_text),
            "starts_on": said.starts_on.map(|day| day.to_string()),
            "ends_on": said.ends_on.map(|day| day.to_string()),
            "author": said.author,
            "reason": reason.map(|reason| reasons_json(&[reason], lang)).unwrap_or_default().into_iter().next(),
        }))
    }
}

fn limit_of(body: &Map<String, Json>, most: usize) -> Result<usize> {
    let Some(limit) = json::count_of(body, "limit")? else { return Ok(most) };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    check::most("rows", limit, most).map_err(|e: Error| e.at("limit"))?;
    Ok(limit)
}

fn account_json(row: &Row) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("account".into(), row.id.to_string().into());
    if let AnyRecord::Account(account) = &row.body {
        map.insert("name".into(), account.name.as_str().into());
        map.insert("owner".into(), account.owner.as_str().into());
        map.insert("health".into(), account.health.into());
        map.insert("band".into(), Some(account.health_band.as_str()).filter(|band| !band.is_empty()).into());
    }
    map
}

/// A stored entry, its sentences in the asked language; `all` also with the measures and why.
fn entry_json(row: &Row, lang: Option<Lang>, all: bool) -> Json {
    let Some(entry) = entry_of(row.body.clone()) else { return Json::Null };
    let HealthEntry {
        sequence_number, happened_at, score, band, coverage_bp, model, trigger, actor, definition, ..
    } = entry;
    let definition = json::parse(definition.as_bytes()).unwrap_or_default();
    let told = |key: &str| definition.get(key).map(|list| stored_reason::told(&json::canonical(list), lang));
    let mut map = Map::new();
    let mut put = |key: &str, value: Json| map.insert(key.into(), value);
    put("id", row.id.to_string().into());
    put("sequence_number", sequence_number.into());
    put("at", happened_at.map(|at: Instant| format_instant(at)).into());
    put("score", score.map(points_text).into());
    put("band", band.into());
    put("coverage_bp", coverage_bp.into());
    put("model", model.into());
    put("trigger", trigger.map(HealthTrigger::code).into());
    put("actor", actor.into());
    put("delta_reasons", told("delta_reasons").unwrap_or_default().into());
    put("next_change_at", definition.get("next_change_at").cloned().unwrap_or_default());
    if all {
        put("uncapped", definition.get("uncapped").cloned().unwrap_or_default());
        put("measures", definition.get("measures").cloned().unwrap_or_default());
        put("caps", definition.get("caps").cloned().unwrap_or_default());
        put("reasons", told("reasons").unwrap_or_default().into());
    }
    Json::Object(map)
}
