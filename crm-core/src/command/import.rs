//! Making or changing many records at once, from a file or another system.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::consent_said::keep_field;
use super::redirect::survivor_of;
use super::touch_record::touch_of_form;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Code, Error, Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::text;
use crate::kernel::value::Value;
use crate::model::{AnyRecord, CONSENT, Consent, DO_NOT_CALL, Employee, Key, Record, consent_of, set_fields};
use crate::rules::pipeline::Cause;
use crate::rules::{Rules, kind};

/// Most rows of one command; longer files are imported in several (see [`crate::Crm::import_all`]).
const MOST_ROWS: usize = 1000;

/// What happens to a record that is already there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExisting {
    /// It stays as it is.
    #[default]
    Skip,
    /// Fields that nobody knows are filled.
    Fill,
    /// Every field that the file knows is taken over.
    Update,
}

impl OnExisting {
    /// Every choice's name.
    pub const NAMES: &'static [&'static str] = &["skip", "fill", "update"];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            OnExisting::Skip => "skip",
            OnExisting::Fill => "fill",
            OnExisting::Update => "update",
        }
    }
}

/// One row of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportRow {
    /// Its line in the file, for messages.
    pub line: u64,
    /// Its fields; `external_id` is required.
    pub fields: Map<String, Json>,
}

/// Makes or changes up to a thousand records. A record's id derives from (kind, source, external id), so importing the
/// same file again finds the records of the first time. A bad row is rejected with its line; the others go in.
///
/// A refusal in the file, of letters or of calls, is taken over even where the record otherwise stays as it is, and no
/// file loosens one that is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Import<R> {
    /// The system that the rows come from.
    pub source: String,
    /// What happens to records that are already there.
    pub on_existing: OnExisting,
    /// The rows.
    pub rows: Vec<ImportRow>,
    record: PhantomData<fn() -> R>,
}

/// What became of the rows: every one is counted once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// New records.
    pub created: u64,
    /// Records that were there and changed.
    pub updated: u64,
    /// Records that were there and stayed as they are.
    pub skipped: u64,
    /// Rows that were refused.
    pub rejected: Vec<Rejected>,
}

/// A row that was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rejected {
    /// Its line in the file.
    pub line: u64,
    /// Why, as every door gives errors.
    pub error: Json,
}

impl Imported {
    /// Adds what became of another batch.
    pub fn add(&mut self, other: Imported) {
        self.created = self.created.saturating_add(other.created);
        self.updated = self.updated.saturating_add(other.updated);
        self.skipped = self.skipped.saturating_add(other.skipped);
        self.rejected.extend(other.rejected);
    }

    /// How many rows it speaks of.
    pub fn rows(&self) -> u64 {
        [self.updated, self.skipped, json::length(self.rejected.len())]
            .into_iter()
            .fold(self.created, u64::saturating_add)
    }
}

impl<R: Record> Import<R> {
    /// Imports rows from a system.
    pub fn new(source: impl Into<String>, on_existing: OnExisting, rows: Vec<ImportRow>) -> Self {
        Import { source: source.into(), on_existing, rows, record: PhantomData }
    }

    /// The id of the record that a system knows under `external_id`.
    pub fn id_of(source: &str, external_id: &str) -> Id {
        Id::from_text(&json::canonical(&serde_json::json!([R::NAME, source, external_id])))
    }

    fn import(
        &self,
        cx: &mut Cx<'_>,
        schema: &Schema,
        source: &str,
        row: &ImportRow,
        done: &mut Imported,
    ) -> Result<()> {
        let mut fresh = R::default().into_any();
        set_fields(&mut fresh, schema, &row.fields)?;
        if let Some(place) = fresh.kind().place("external_source") {
            fresh.set(place, Value::Text(source.to_owned()))?;
        }
        let external_id = match fresh.kind().place("external_id").map(|place| fresh.fact(place)) {
            Some(Fact::Text(t)) => t.to_owned(),
            _ => return Err(Problem::Missing { name: "external_id".into() }.into()),
        };
        let id = Self::id_of(source, &external_id);
        let key = Key { kind: fresh.kind(), id };
        let Some(before) = cx.row(key)? else {
            let row = cx.insert(id, fresh)?;
            keep_field(cx, None, &row)?;
            touch_of_form(cx, &row)?;
            done.created = done.created.saturating_add(1);
            return Ok(());
        };
        // A lead that was merged away lives on in another one, to whom a refusal in the file belongs as well.
        let before = survivor_of(cx, before)?;
        let mut row = before.clone();
        // A record that is archived or lives on in another one takes nothing but refusals.
        let how = if before.archived_at.is_none() && before.id == id { self.on_existing } else { OnExisting::Skip };
        if how != OnExisting::Skip {
            take_over(&mut row.body, &fresh, how)?;
        }
        take_consent(&mut row.body, &fresh, how)?;
        take_do_not_call(&mut row.body, &fresh)?;
        let after = cx.update(row)?;
        keep_field(cx, Some(&before), &after)?;
        let count = if after == before { &mut done.skipped } else { &mut done.updated };
        *count = count.saturating_add(1);
        Ok(())
    }
}

/// Takes over the fields that the file knows: all of them, or those that nobody knew.
fn take_over(body: &mut AnyRecord, fresh: &AnyRecord, how: OnExisting) -> Result<()> {
    for (index, field) in fresh.kind().fields().iter().enumerate() {
        let (old, new) = (body.fact(index), fresh.fact(index));
        let wanted = how == OnExisting::Update || !old.is_known();
        let refused = field.name == DO_NOT_CALL && old == Fact::Boolean(true);
        if new.is_known() && wanted && field.name != CONSENT && !refused {
            body.set(index, new.to_value())?;
        }
    }
    for (name, value) in fresh.custom().iter() {
        if how == OnExisting::Update || *body.custom().get(name) == Value::Null {
            body.custom_mut().set(name, value.clone());
        }
    }
    Ok(())
}

/// Takes over a consent that is stricter than the stored one, whatever happens to the other fields and whether or not
/// the record is archived: a refusal in a file is never passed over. A known consent is never loosened by a file; one
/// that nobody knows is filled like any other field.
fn take_consent(body: &mut AnyRecord, fresh: &AnyRecord, how: OnExisting) -> Result<()> {
    let (old, new) = (consent_of(body), consent_of(fresh));
    let fills = old == Consent::Unknown && how != OnExisting::Skip;
    let taken = new != Consent::Unknown && (new < old || fills);
    match body.kind().place(CONSENT).filter(|_| taken) {
        Some(place) => body.set(place, fresh.fact(place).to_value()),
        None => Ok(()),
    }
}

/// The same of somebody who asked not to be called.
fn take_do_not_call(body: &mut AnyRecord, fresh: &AnyRecord) -> Result<()> {
    match body.kind().place(DO_NOT_CALL).filter(|place| fresh.fact(*place) == Fact::Boolean(true)) {
        Some(place) => body.set(place, Value::Boolean(true)),
        None => Ok(()),
    }
}

impl<R: Record> Command for Import<R> {
    type Output = Imported;
    const VERB: Verb = Verb::Import;

    fn name() -> Cow<'static, str> {
        format!("{}.import", R::NAME).into()
    }

    fn to_json(&self) -> Json {
        let row = |r: &ImportRow| {
            let fields = Json::Object(r.fields.clone());
            Json::Object(Map::from_iter([("line".to_owned(), r.line.into()), ("fields".to_owned(), fields)]))
        };
        let mut map = Map::new();
        map.insert("source".into(), self.source.as_str().into());
        map.insert("on_existing".into(), self.on_existing.name().into());
        map.insert("rows".into(), self.rows.iter().map(row).collect());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `source` and `rows`")?;
        json::only_keys(map, &["source", "on_existing", "rows"])?;
        let missing = |name: &str| Error::from(Problem::Missing { name: name.into() });
        let source = map.get("source").and_then(Json::as_str).ok_or_else(|| missing("source"))?;
        let on_existing = match map.get("on_existing") {
            None => OnExisting::Skip,
            Some(json) => json::choice(json, OnExisting::NAMES).map_err(|e| e.at("on_existing"))?,
        };
        let rows = map.get("rows").ok_or_else(|| missing("rows"))?;
        let shape = || Problem::WrongShape { expected: "a list of rows", found: json::shown(rows) };
        let rows = rows.as_array().ok_or_else(|| Error::from(shape()).at("rows"))?;
        let rows = rows.iter().enumerate().map(|(i, row)| read_row(row).map_err(|e| e.at_index(i).at("rows")));
        Ok(Import::new(source, on_existing, rows.collect::<Result<_>>()?))
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Imported> {
        if self.rows.len() > MOST_ROWS {
            let (found, most) = (json::length(self.rows.len()), json::length(MOST_ROWS));
            return Err(Error::from(Problem::TooMany { what: "rows", found, most }).at("rows"));
        }
        let source = text::check(&self.source).map_err(|e| e.at("source"))?;
        if source.is_empty() {
            return Err(Problem::Missing { name: "source".into() }.into());
        }
        cx.because(Cause::Import);
        if R::NAME == Employee::NAME {
            // People of one file may stand in for each other, whoever comes first.
            let users = self.rows.iter().filter_map(|row| row.fields.get("user").and_then(Json::as_str));
            cx.expecting(users.map(|user| text::fold(user).into_owned()).collect());
        }
        let schema = cx.rules().schema(kind(R::NAME)?);
        let mut done = Imported::default();
        for row in &self.rows {
            match self.import(cx, &schema, source, row, &mut done) {
                Ok(()) => {}
                // Also a row that stands against others: a person or a leave that is there twice, somebody or something
                // that is not there, or put away.
                Err(error)
                    if error.code().is_about_input()
                        || matches!(error.code(), Code::AlreadyExists | Code::NotFound | Code::WrongState) =>
                {
                    done.rejected.push(Rejected { line: row.line, error: error.to_json() });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
}

pub(super) fn read_row(json: &Json) -> Result<ImportRow> {
    let map = json::object(json, "an object with `line` and `fields`")?;
    json::only_keys(map, &["line", "fields"])?;
    let fields = map.get("fields").ok_or_else(|| Problem::Missing { name: "fields".into() })?;
    let fields = json::object(fields, "an object of fields").map_err(|e| e.at("fields"))?;
    Ok(ImportRow { line: json::count_of(map, "line")?.unwrap_or(0), fields: fields.clone() })
}
