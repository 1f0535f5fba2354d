//! Questions of views: the board of a pipeline, a table of deals, a saved view.

use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::door::lang_of;
use super::gather::{around, portfolio};
use super::reader::Days;
use super::reports::{Form, saved_json};
use super::{Crm, Find, permit};
use crate::command::{Ctx, MOST_EXPORTED, Past, Verb};
use crate::kernel::csv::{CsvFormat, Sheet};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::report_reason::ReportReason;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::lang::Lang;
use crate::model::{AnyRecord, Deal, Key, Kind, Record as _};
use crate::rules::kind;
use crate::rules::read::{Object, list, text};
use crate::store::{MOST_ROWS, Page, Store, hex};
use crate::view::{BUILT_IN, Board, BoardSpec, BuiltInView, Columns, DealFacts, Portfolio, ViewDefinition, with_page};

/// The columns of a table of deals where nobody says which.
const USUAL_COLUMNS: &[&str] = &[
    "name",
    "account_name",
    "owner",
    "stage_name",
    "value",
    "effective_probability_bp",
    "effective_category",
    "close_date",
    "idle_days",
    "risk_score",
    "risk_band",
];

/// A table that somebody asks for.
struct Table<'q> {
    find: Find,
    columns: Columns,
    zone: Zone,
    lang: Lang,
    /// Only open deals of this score or more.
    risk_from: Option<i64>,
    /// What the file was made of.
    source: &'q Json,
}

/// The board of one pipeline, of deals that were gathered.
///
/// # Errors
/// A pipeline that is not there, with its path.
pub(super) fn board_of(spec: &BoardSpec, portfolio: &Portfolio, (at, lang): (Instant, Lang)) -> Result<Json> {
    let pipeline = match &spec.pipeline {
        Some(code) => portfolio.pipelines.required(code).map_err(|e| e.at("pipeline"))?,
        None => {
            let missing = || Error::from(Problem::Missing { name: "pipeline".into() });
            portfolio.pipelines.default_pipeline().ok_or_else(missing)?
        }
    };
    let deals = portfolio.deals(&spec.window.zone, at);
    Board::new(spec, portfolio, &deals, pipeline, (at, lang))?.to_json()
}

impl<S: Store> Crm<S> {
    /// The question `board`: a pipeline's stages as columns with their deals as cards. See [`BoardSpec::from_json`].
    pub(super) fn board_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "board")?;
        let lang = lang_of(body)?.unwrap_or_default();
        let mut spec = BoardSpec::from_json(&Json::Object(body.clone()))?;
        let read = self.reading(ctx)?;
        let days = Days { zone: Some(&spec.window.zone), week_start: Some(spec.window.week_start) };
        let plain = spec.filter.as_ref().map(|filter| self.plain(ctx, &*read, Kind::Deal, filter, days)).transpose();
        let told = plain.map_err(|e| e.at("where"))?.map(|resolved| {
            let told = resolved.told(Some(lang));
            spec.filter = Some(resolved.predicate);
            told
        });
        let past = Past::new(&*read, &self.rules, ctx.at, None)?;
        let portfolio = portfolio(&past, spec.filter.as_ref()).map_err(|e| e.at("where"))?;
        let portfolio = self.with_risks(&*read, &past, portfolio)?;
        let mut answer = board_of(&spec, &portfolio, (ctx.at, lang))?;
        if let (Some(map), Some(told)) = (answer.as_object_mut(), told) {
            map.extend(told);
        }
        Ok(answer)
    }

    /// The question `deals`: a page of deals, `{"where": {...}, "order": [...], "archived": "exclude", "limit": 100,
    /// "after": "...", "columns": [...], "risk_from": 60, "zone": "Europe/Paris", "lang": "fr", "format": "csv", "csv":
    /// {...}}`. With `risk_from` a page shows only those of its deals that are open and at least as risky, so that it
    /// may be short, or empty with a `next`.
    pub(super) fn deals_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        const OWN: &[&str] = &["columns", "risk_from", "lang", "format", "csv"];
        const KEYS: &[&str] = &[
            "where",
            "order",
            "archived",
            "limit",
            "after",
            "columns",
            "risk_from",
            "zone",
            "week_start",
            "lang",
            "format",
            "csv",
        ];
        permit(ctx, Verb::Read, "deals")?;
        json::only_keys(body, KEYS)?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, KEYS)?;
        let mut question = body.clone();
        question.retain(|key, _| !OWN.contains(&key.as_str()));
        question.insert("record".into(), Deal::NAME.into());
        let find = Find::from_json(&question)?;
        let usual = || USUAL_COLUMNS.iter().map(|name| (*name).to_owned()).collect();
        let names: Vec<String> = o.optional("columns", |v| list(v, text))?.unwrap_or_else(usual);
        let columns = Columns::new(Kind::Deal, &self.rules.schema(Kind::Deal), &names, false)?;
        let zone = o.zone()?.unwrap_or(Zone::UTC);
        let (lang, risk_from) = (lang_of(body)?.unwrap_or_default(), o.optional_integer("risk_from")?);
        let table = Table { find, columns, zone, lang, risk_from, source: &whole };
        self.answer_table(ctx, &table, Form::read(body)?)
    }

    /// A table of any record as a file, for a command that takes it out: a question like `find` with `columns`, without
    /// which it has every field.
    pub(super) fn table_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        const KEYS: &[&str] =
            &["record", "where", "order", "archived", "zone", "week_start", "columns", "lang", "format", "csv"];
        permit(ctx, Verb::Read, "find")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, KEYS)?;
        let mut question = body.clone();
        question.retain(|key, _| !["columns", "lang", "format", "csv"].contains(&key.as_str()));
        let find = Find::from_json(&question)?;
        let schema = self.rules.schema(find.kind);
        let names = o.optional("columns", |v| list(v, text))?.unwrap_or_else(|| every(&schema));
        let columns = Columns::new(find.kind, &schema, &names, false)?;
        let zone = find.zone.clone().unwrap_or(Zone::UTC);
        let mut source = whole.clone();
        if let Some(map) = source.as_object_mut() {
            map.retain(|key, _| !["format", "csv", "lang"].contains(&key.as_str()));
        }
        let lang = lang_of(body)?.unwrap_or_default();
        let table = Table { find, columns, zone, lang, risk_from: None, source: &source };
        self.answer_table(ctx, &table, Form::read(body)?)
    }

    /// The question `saved_view`: a page of what a saved or a built-in view shows, `{"id": "...", "limit": 100, "after":
    /// "...", "zone": "Europe/Paris", "week_start": "monday", "lang": "fr", "format": "csv", "csv": {...}}`, or `{"builtin":
    /// "my_open_tasks", ...}`.
    ///
    /// A view that names a field which is no more opens with `broken`, each place with its error. Where that is in the
    /// condition or the order, it shows no rows (`"rows": null`): never more than it was meant to. A column that is no
    /// more is empty.
    pub(super) fn saved_view_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        const KEYS: &[&str] = &["id", "builtin", "limit", "after", "zone", "week_start", "lang", "format", "csv"];
        permit(ctx, Verb::Read, "saved_view")?;
        json::only_keys(body, KEYS)?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, KEYS)?;
        if let Some(code) = o.optional("builtin", text)? {
            if o.get("id").is_some() {
                let expected = "either `id` or `builtin`";
                return Err(Problem::WrongShape { expected, found: "both".into() }.into());
            }
            let view = BuiltInView::of_code(&code).map_err(|e| e.at("builtin"))?;
            return self.open_view(ctx, body, &view.read()?, Json::Object(view.to_json()));
        }
        if o.get("id").is_none() {
            return Err(Problem::MissingOneOf { names: &["id", "builtin"] }.into());
        }
        let id = o.required("id").and_then(|id| Id::from_json(id).map_err(|e| e.at("id")))?;
        let read = self.reading(ctx)?;
        let row = self.saved(&*read, Key { kind: Kind::SavedView, id })?;
        drop(read);
        let AnyRecord::SavedView(view) = &row.body else {
            return Err(Problem::NotFound { record: Kind::SavedView.name().into(), id: id.to_string() }.into());
        };
        let definition = json::parse(view.definition.as_bytes()).map_err(|e| e.at("definition"))?;
        let view = ViewDefinition::from_json(&definition).map_err(|e| e.at("definition"))?;
        self.open_view(ctx, body, &view, saved_json(&row))
    }

    fn open_view(&self, ctx: &Ctx, body: &Map<String, Json>, view: &ViewDefinition, told: Json) -> Result<Json> {
        let (lang, form) = (lang_of(body)?.unwrap_or_default(), Form::read(body)?);
        let broken = view.broken(&self.rules);
        let is_fatal = |e: &Error| !e.field().is_some_and(|path| path.starts_with("columns"));
        if let (true, Form::Csv(_)) = (broken.iter().any(is_fatal), &form) {
            // A file cannot say what is wrong with it.
            return Err(broken
                .into_iter()
                .find(is_fatal)
                .map_or_else(|| Error::from(Problem::Missing { name: "definition".into() }), |e| e.at("definition")));
        }
        let mut answer = match broken.iter().any(is_fatal) {
            true => json!({"rows": null, "next": null}),
            false => {
                let schema = self.rules.schema(view.find.kind);
                let names = if view.columns.is_empty() { usual(view.find.kind, &schema) } else { view.columns.clone() };
                let columns = Columns::new(view.find.kind, &schema, &names, true)?;
                let find = with_page(&view.find, body)?;
                let zone = find.zone.clone().unwrap_or(Zone::UTC);
                let table = Table { find, columns, zone, lang, risk_from: None, source: view.to_json() };
                self.answer_table(ctx, &table, form)?
            }
        };
        if let Some(map) = answer.as_object_mut() {
            map.insert("view".into(), told);
            if !broken.is_empty() {
                let fields = json::length(broken.len());
                let reason = Reason::Report(ReportReason::BrokenView { fields });
                map.insert("reasons".into(), json!([reason.to_json(Some(lang))]));
            }
            map.insert("broken".into(), broken.iter().map(Error::to_json).collect());
        }
        Ok(answer)
    }

    /// The question `views`: the built-in and saved views that the reader sees, `{"record": "task", "limit": 100,
    /// "after": "..."}`. Without `record` those of all records; the built-in ones stand on the first page.
    pub(super) fn views_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "views")?;
        json::only_keys(body, &["record", "limit", "after"])?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["record", "limit", "after"])?;
        let record = o.optional("record", |v| Ok(kind(&text(v)?)?.name()))?;
        let mut question = body.clone();
        question.insert("record".into(), Kind::SavedView.name().into());
        let mut find = Find::from_json(&question)?;
        find.filter = record.map(|record| Predicate::test("kind", Operator::Equal, record));
        find.order = vec![("name".to_owned(), false)];
        let page = self.query(ctx, &find)?;
        let built_in = BUILT_IN.iter().filter(|_| find.after.is_none());
        let built_in = built_in.filter(|view| record.is_none_or(|record| record == view.record));
        Ok(json!({
            "builtin": built_in.map(|view| Json::Object(view.to_json())).collect::<Json>(),
            "saved": page.rows.iter().map(saved_json).collect::<Json>(),
            "next": page.next.map(|next| next.to_text()),
        }))
    }

    fn answer_table(&self, ctx: &Ctx, table: &Table<'_>, form: Form) -> Result<Json> {
        let schema = self.rules.schema(table.find.kind);
        let Form::Csv(format) = form else {
            let (page, resolved) = self.query_told(ctx, &table.find)?;
            let (portfolio, next) = self.page(ctx, table, page)?;
            let facts = portfolio.deals(&table.zone, ctx.at);
            let mut rows = Vec::with_capacity(portfolio.rows.len());
            for (i, row) in portfolio.rows.iter().enumerate() {
                let deal = facts.get(i);
                if shown(table, deal) {
                    let cells = table.columns.to_json(row, &schema, deal, table.lang);
                    rows.push(json!({"id": row.id.to_string(), "version": row.version, "cells": cells}));
                }
            }
            let mut answer = resolved.map(|resolved| resolved.told(Some(table.lang))).unwrap_or_default();
            answer.insert("rows".into(), rows.into());
            answer.insert("next".into(), next.into());
            return Ok(Json::Object(answer));
        };
        self.export(ctx, table, &format, &schema)
    }

    fn export(&self, ctx: &Ctx, table: &Table<'_>, format: &CsvFormat, schema: &Schema) -> Result<Json> {
        let mut sheet = Sheet::new(table.columns.headers());
        let mut find = Find { limit: MOST_ROWS, after: None, ..table.find.clone() };
        loop {
            let page = self.query(ctx, &find)?;
            let after = page.next.clone();
            let (portfolio, _) = self.page(ctx, table, page)?;
            let facts = portfolio.deals(&table.zone, ctx.at);
            for (i, row) in portfolio.rows.iter().enumerate() {
                let deal = facts.get(i);
                if shown(table, deal) {
                    sheet.push(table.columns.cells(row, schema, deal, table.lang))?;
                }
            }
            if sheet.rows().len() > MOST_EXPORTED {
                let (found, most) = (json::length(sheet.rows().len()), json::length(MOST_EXPORTED));
                return Err(Problem::TooMany { what: "rows", found, most }.into());
            }
            match after {
                Some(next) => find.after = Some(next),
                None => break,
            }
        }
        let digest: [u8; 32] = Sha256::digest(json::canonical(table.source).as_bytes()).into();
        Ok(Json::Object(Form::exported(format, &sheet, hex(&digest))))
    }

    /// A page of rows with what hangs on them, where they are deals.
    fn page(&self, ctx: &Ctx, table: &Table<'_>, page: Page) -> Result<(Portfolio, Option<String>)> {
        let next = page.next.map(|cursor| cursor.to_text());
        if table.find.kind != Kind::Deal {
            return Ok((Portfolio { rows: page.rows, ..Portfolio::default() }, next));
        }
        let read = self.reading(ctx)?;
        let past = Past::new(&*read, &self.rules, ctx.at, None)?;
        Ok((self.with_risks(&*read, &past, around(&past, page.rows)?)?, next))
    }
}

/// Whether a deal passes `risk_from`.
fn shown(table: &Table<'_>, deal: Option<&DealFacts<'_>>) -> bool {
    let Some(least) = table.risk_from else { return true };
    let known = deal.and_then(|deal| deal.known.as_ref().ok());
    known
        .filter(|known| known.idle_days.is_some())
        .is_some_and(|known| known.risk.as_ref().is_some_and(|risk| risk.score >= least))
}

/// The columns of a view that names none.
fn usual(kind: Kind, schema: &Schema) -> Vec<String> {
    match kind {
        Kind::Deal => USUAL_COLUMNS.iter().map(|name| (*name).to_owned()).collect(),
        _ => every(schema),
    }
}

/// Every field of a record.
fn every(schema: &Schema) -> Vec<String> {
    schema.fields().iter().map(|field| field.name.to_string()).collect()
}
