//! The question `deal`: one deal with its stage, its stays, its people and its risk.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::gather::{around, each_of};
use super::{Crm, permit};
use crate::command::{Ctx, Past, StoredRisk, Verb};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::time::format_instant;
use crate::kernel::zone::Zone;
use crate::lang::Lang;
use crate::model::{AnyRecord, Deal, Key, Kind, Record as _, Row};
use crate::rules::pipeline::{Spans, Step};
use crate::rules::read::Object;
use crate::store::Store;
use crate::view::Portfolio;

impl<S: Store> Crm<S> {
    /// The question `deal`: one deal with its stage, its stays, the people of it and its risk, `{"id": "...", "zone":
    /// "Europe/Paris", "lang": "fr"}`.
    pub(super) fn deal_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "deal")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["id", "zone", "lang"])?;
        let id = o.required("id").and_then(|id| Id::from_json(id).map_err(|e| e.at("id")))?;
        let zone: Zone = o.zone()?.unwrap_or(Zone::UTC);
        let lang = lang_of(body)?.unwrap_or_default();
        let read = self.reading(ctx)?;
        let missing = || Problem::NotFound { record: Deal::NAME.into(), id: id.to_string() };
        let row = read.get(Key { kind: Kind::Deal, id })?.ok_or_else(missing)?;
        let past = Past::new(&*read, &self.rules, ctx.at, None)?;
        let portfolio = around(&past, vec![row])?;
        let facts = portfolio.deals(&zone, ctx.at);
        let facts = facts.first().ok_or_else(missing)?;
        let mut map = Map::new();
        map.insert("deal".into(), facts.row.to_json());
        map.insert("account_name".into(), Some(facts.account_name).filter(|n| !n.is_empty()).into());
        map.insert("stage_name".into(), facts.stage_name(lang).into());
        match &facts.known {
            Ok(known) => {
                map.insert("effective_probability_bp".into(), known.line.weight().bp().into());
                map.insert("effective_category".into(), known.line.category().code().into());
                map.insert("idle_days".into(), known.idle_days.into());
            }
            Err(reason) => {
                let excluded = [(id.to_string(), reason.clone())];
                map.insert("excluded".into(), crate::rules::report::excluded_json(&excluded, Some(lang)));
            }
        }
        let stored = self.stored_risk(&*read, &portfolio.pipelines, ctx.at);
        let risk = StoredRisk { then: Some(&past), ..stored }.of(facts.row)?;
        map.insert("risk".into(), risk.to_json(Some(lang)));
        map.insert("spans".into(), spans(&past, &portfolio, ctx.at, lang)?);
        map.insert("contacts".into(), contacts(&past, &portfolio)?);
        Ok(Json::Object(map))
    }
}

/// Where the deal stood and for how long.
fn spans(past: &Past<'_>, portfolio: &Portfolio, at: crate::Instant, lang: Lang) -> Result<Json> {
    let mut revisions = Vec::new();
    each_of(past, Kind::DealRevision, "deal", &portfolio.ids, |row| {
        if let AnyRecord::DealRevision(revision) = row.body {
            revisions.push(revision);
        }
    })?;
    let spans = Spans::new(revisions.iter().filter_map(|revision| Step::of(revision)));
    let name = |pipeline: &str, stage: &str| {
        portfolio.pipelines.stage(pipeline, stage).map_or(stage.to_owned(), |s| s.labels.text(lang).to_owned())
    };
    let stays = spans.all().iter().map(|span| {
        json!({
            "pipeline": span.pipeline,
            "stage": span.stage,
            "name": name(&span.pipeline, &span.stage),
            "entered_at": format_instant(span.entered_at),
            "left_at": span.left_at.map(format_instant),
            "cause": span.cause,
            "seconds": span.length(at).num_seconds(),
        })
    });
    let totals = spans.totals(at).into_iter().map(|((pipeline, stage), length)| {
        json!({"pipeline": pipeline, "stage": stage, "name": name(pipeline, stage), "seconds": length.num_seconds()})
    });
    Ok(json!({"stays": stays.collect::<Vec<_>>(), "totals": totals.collect::<Vec<_>>()}))
}

/// The people of the deal with the parts that they play.
fn contacts(past: &Past<'_>, portfolio: &Portfolio) -> Result<Json> {
    let mut parts: Vec<(Option<Id>, String)> = Vec::new();
    each_of(past, Kind::DealContact, "deal", &portfolio.ids, |row| {
        if let AnyRecord::DealContact(part) = row.body {
            parts.push((part.contact, part.role));
        }
    })?;
    let direct = portfolio.rows.iter().filter_map(|row: &Row| match &row.body {
        AnyRecord::Deal(deal) => deal.contact,
        _ => None,
    });
    for contact in direct {
        if !parts.iter().any(|(id, _)| *id == Some(contact)) {
            parts.push((Some(contact), String::new()));
        }
    }
    parts.sort();
    let ids: Vec<String> = parts.iter().filter_map(|(id, _)| id.map(|id| id.to_string())).collect();
    let mut names = std::collections::BTreeMap::new();
    each_of(past, Kind::Contact, "id", &ids, |row| {
        if let AnyRecord::Contact(contact) = row.body {
            let whole = format!("{} {}", contact.first_name, contact.last_name);
            names.insert(row.id, whole.trim().to_owned());
        }
    })?;
    let shown = parts.into_iter().filter_map(|(id, role)| {
        let id = id?;
        Some(json!({"id": id.to_string(), "name": names.get(&id), "role": Some(role).filter(|r| !r.is_empty())}))
    });
    Ok(shown.collect())
}
