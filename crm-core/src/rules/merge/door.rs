//! The JSON door: leads in, a plan out, the same bytes from Rust, Python and C.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Candidate, Hanging, Merger, Wishes, collisions};
use crate::kernel::error::{Error, Result};
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::time::Instant;
use crate::lang::Lang;
use crate::rules::input::{Values, values};
use crate::rules::read::{Object, instant, list, text};
use crate::rules::{check, kind};

/// Most rows that hang on the leads.
const MOST_ROWS: usize = 10_000;

/// A lead as the door reads it.
struct Lead {
    id: Id,
    created_at: Instant,
    values: Values,
    clocks: BTreeMap<usize, Instant>,
    links: u64,
    has_deal: bool,
}

/// Plans a merge given as JSON:
///
/// `{"leads": [{"id", "created_at", "fields": {field: value}, "clocks": {field: instant}, "links": 3, "has_deal": true}],
///   "primary": id, "override_primary": true, "override": {field: id},
///   "rows": [{"record", "id", "lead", "external_source", "external_id"}], "lang": "en"}`
///
/// Only `leads` is required. A value that cannot be read makes its field unknown and is listed in `diagnostics`.
///
/// # Errors
/// As [`Merger::plan`], a field or option that does not exist, and ids or instants that cannot be read.
pub fn eval_json(merger: &Merger, schema: &Schema, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["leads", "primary", "override_primary", "override", "rows", "lang"])?;
    let lang: Option<Lang> = o.lang()?;
    let mut diagnostics = Vec::new();
    let items = list(o.required("leads")?, Ok).map_err(|e| e.at("leads"))?;
    merger.check_count(items.len()).map_err(|e| e.at("leads"))?;
    let mut leads = Vec::with_capacity(items.len());
    for (i, item) in items.into_iter().enumerate() {
        leads.push(lead(item, schema, &mut diagnostics).map_err(|e| e.at_index(i).at("leads"))?);
    }
    let candidate = |l: &Lead| (l.id, l.created_at, l.clocks.clone(), l.links, l.has_deal);
    let candidates: Vec<Candidate<'_>> = leads
        .iter()
        .map(|lead| {
            let (id, created_at, clocks, links, has_deal) = candidate(lead);
            Candidate { id, created_at, facts: &lead.values, clocks, links, has_deal }
        })
        .collect();
    let named = o.optional("override", |v| json::object(v, "an object of fields"))?;
    let named = named.into_iter().flatten();
    let override_fields = named
        .map(|(field, id)| Ok((field.clone(), read_id(id).map_err(|e| e.at(field).at("override"))?)))
        .collect::<Result<_>>()?;
    let (primary, override_primary) = (o.optional("primary", read_id)?, o.flag("override_primary", false)?);
    let plan = merger.plan(&candidates, &Wishes { primary, override_primary, override_fields })?;

    let mut map = Map::new();
    map.insert("primary".into(), plan.primary.to_string().into());
    map.insert("order".into(), plan.order_json(lang).into());
    map.insert("fields".into(), plan.choices.iter().map(|c| c.to_json(lang)).collect());
    let rows = o.list("rows", Ok)?;
    check::most("rows", rows.len(), MOST_ROWS).map_err(|e| e.at("rows"))?;
    let rows = rows.into_iter().enumerate().map(|(i, r)| row(r).map_err(|e| e.at_index(i).at("rows")));
    let (mut there, mut moving) = (Vec::new(), Vec::new());
    for (lead, row) in rows.collect::<Result<Vec<_>>>()? {
        match plan.order.iter().position(|(id, _)| *id == lead) {
            Some(0) => there.push(row),
            Some(rank) => moving.push((rank, lead, row)),
            None => {}
        }
    }
    moving.sort_by_key(|(rank, ..)| *rank);
    let hanging: Vec<Hanging> = moving.iter().map(|(.., row)| row.clone()).collect();
    let drops: BTreeMap<usize, Id> = collisions(&there, &hanging).into_iter().map(|c| (c.moving, c.other)).collect();
    let (mut moves, mut dropped) = (Vec::new(), Vec::new());
    for (place, (_, from, row)) in moving.iter().enumerate() {
        let mut map = match drops.get(&place) {
            Some(other) => Reason::DroppedUniqueCollision { record: row.kind.name(), other: *other }.to_json(lang),
            None => Map::new(),
        };
        map.insert("record".into(), row.kind.name().into());
        map.insert("id".into(), row.id.to_string().into());
        map.insert("from".into(), from.to_string().into());
        if drops.contains_key(&place) { dropped.push(map) } else { moves.push(map) }
    }
    map.insert("moves".into(), moves.into());
    map.insert("drops".into(), dropped.into());
    map.insert("diagnostics".into(), diagnostics.iter().map(Error::to_json).collect());
    Ok(Json::Object(map))
}

fn lead(json: &Json, schema: &Schema, diagnostics: &mut Vec<Error>) -> Result<Lead> {
    let o = Object::new(json, &["id", "created_at", "fields", "clocks", "links", "has_deal"])?;
    let fields = o.optional("fields", |v| json::object(v, "an object of fields"))?;
    let clocks = o.optional("clocks", |v| json::object(v, "an object of fields"))?;
    let clocks = clocks.into_iter().flatten().map(|(field, at)| {
        let (place, _) = schema.resolve(field)?;
        Ok((place, instant(at).map_err(|e| e.at(field))?))
    });
    let links = o.optional_integer("links")?.unwrap_or(0);
    check::between(links, 0, i64::MAX).map_err(|e| e.at("links"))?;
    Ok(Lead {
        id: read_id(o.required("id")?).map_err(|e| e.at("id"))?,
        created_at: instant(o.required("created_at")?).map_err(|e| e.at("created_at"))?,
        values: Values(values(schema, fields, diagnostics).map_err(|e| e.at("fields"))?),
        clocks: clocks.collect::<Result<_>>().map_err(|e| e.at("clocks"))?,
        links: links.unsigned_abs(),
        has_deal: o.flag("has_deal", false)?,
    })
}

/// A row, and the lead on which it hangs.
fn row(json: &Json) -> Result<(Id, Hanging)> {
    let o = Object::new(json, &["record", "id", "lead", "external_source", "external_id"])?;
    let id = |key: &'static str| read_id(o.required(key)?).map_err(|e| e.at(key));
    let of = |key: &'static str| Ok::<_, Error>(o.optional(key, text)?.unwrap_or_default());
    let kind = kind(&o.text("record")?).map_err(|e| e.at("record"))?;
    let hanging =
        Hanging { kind, id: id("id")?, external_source: of("external_source")?, external_id: of("external_id")? };
    Ok((id("lead")?, hanging))
}

fn read_id(json: &Json) -> Result<Id> {
    text(json)?.parse()
}
