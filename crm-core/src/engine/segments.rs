//! Questions of segments: all of them, one with its members, why a record belongs to one, and what an edit would do.

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};

use super::door::{key_of, lang_of};
use super::{Control, Crm, Progress, permit};
use crate::command::{
    Ctx, MOST_REFRESHED, RefreshSegment, Refreshed, Shelf, Verb, each_row, member_of, ruled_segment, segment_of,
};
use crate::kernel::customer::Pin;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::segment_problem::SegmentProblem;
use crate::kernel::time::format_instant;
use crate::lang::Lang;
use crate::model::{Key, Kind, Row, Segment};
use crate::rules::check;
use crate::rules::read::{Object, text};
use crate::rules::segment::{Book, Definition, KINDS};
use crate::store::{Cursor, MOST_ROWS, Query, Read, Store};

/// Most records that a preview names.
const MOST_SAMPLES: i64 = 100;

impl<S: Store> Crm<S> {
    /// A condition with those of the segments that it names in their place.
    ///
    /// # Errors
    /// A segment that is not there, with its path, and the store's own.
    pub(super) fn with_segments<'p>(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        kind: Kind,
        filter: &'p Predicate,
    ) -> Result<Cow<'p, Predicate>> {
        if filter.segments().is_empty() {
            return Ok(Cow::Borrowed(filter));
        }
        let shelf = Shelf { rules: &self.rules, at: ctx.at };
        Ok(Cow::Owned(shelf.inlined(&mut |query| read.find(query), kind, filter)?))
    }

    /// The question `segments`: `{"record": "lead", "count": true, "archived": false, "limit": 100, "after": "..."}`, the segments
    /// in use; with `count` how many records that the reader sees belong to each.
    pub(super) fn segments_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "segments")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["record", "count", "limit", "after", "lang"])?;
        lang_of(body)?;
        let kind = o.optional("record", |v| segment_kind(&text(v)?))?;
        let read = self.reading(ctx)?;
        let schema = self.rules.schema(Kind::Segment);
        let mut query = Query::all(Kind::Segment, schema.clone(), ctx.at);
        let filter = kind.map(|kind| Predicate::test("kind", Operator::Equal, kind.name()).compile(&schema));
        query.filter = filter.transpose()?;
        (query.limit, query.after) = (limit(&o)?, after(&o)?);
        let page = read.find(&query)?;
        let with_counts = o.flag("count", false)?;
        let mut rows = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            let Some(segment) = segment_of(row) else { continue };
            let mut map = shown(row, segment)?;
            if with_counts {
                // One whose condition does not fit the record any more has no members, and says why.
                match self.members(ctx, &*read, &segment.code) {
                    Ok(query) => map.insert("count".into(), read.count(&query)?.into()),
                    Err(error) => map.insert("broken".into(), error.to_json()),
                };
            }
            rows.push(Json::Object(map));
        }
        Ok(json!({"rows": rows, "next": page.next.map(|next| next.to_text())}))
    }

    /// The question `segment`: `{"code": "vip", "limit": 100, "after": "...", "lang": "fr"}`, one segment with how many records
    /// belong to it now and a page of them, of those that the reader sees.
    pub(super) fn segment_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "segment")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["code", "limit", "after", "lang"])?;
        lang_of(body)?;
        let read = self.reading(ctx)?;
        let (row, segment) = stored(&*read, &o.text("code")?)?;
        let mut map = Map::new();
        map.insert("segment".into(), Json::Object(shown(&row, &segment)?));
        let mut query = self.members(ctx, &*read, &segment.code)?;
        map.insert("count".into(), read.count(&query)?.into());
        (query.limit, query.after) = (limit(&o)?, after(&o)?);
        let page = read.find(&query)?;
        map.insert("rows".into(), page.rows.iter().map(Row::to_json).collect());
        map.insert("next".into(), page.next.map(|next| next.to_text()).into());
        // What finds the same rows in every list.
        let kind = query.kind.name();
        map.insert("find".into(), json!({"record": kind, "where": {"segment": segment.code}}));
        Ok(Json::Object(map))
    }

    /// The question `segment_why`: `{"code": "vip", "record": "lead", "id": "...", "lang": "fr"}`, whether a record belongs to
    /// a segment, each test that decided or the pin, and when time alone changes that.
    pub(super) fn segment_why_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "segment_why")?;
        json::only_keys(body, &["code", "record", "id", "lang"])?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["code", "record", "id", "lang"])?;
        let (lang, key) = (lang_of(body)?, key_of(body)?);
        let read = self.reading(ctx)?;
        let code = o.text("code")?;
        stored(&*read, &code)?;
        let book = self.book_of(ctx, &*read, &[&code], key)?;
        let segment = book.get(&code)?;
        if segment.kind != key.kind {
            let (record, expected) = (segment.kind.name().to_owned(), key.kind.name().to_owned());
            return Err(Error::from(SegmentProblem::OtherRecord { segment: code, record, expected }).at("record"));
        }
        let row = read.get(key)?.ok_or_else(|| missing(key))?;
        let mut map = self.told(ctx, &book, &code, &row, lang)?;
        if let Some(pinned) = self.pinned(ctx, &*read, &code, key)? {
            map.insert("pinned".into(), pinned);
        }
        Ok(Json::Object(map))
    }

    /// The question `segments_of`: `{"record": "lead", "id": "...", "lang": "fr"}`, the segments that a record belongs to, each with
    /// why.
    pub(super) fn segments_of_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "segments_of")?;
        json::only_keys(body, &["record", "id", "lang"])?;
        let (lang, key) = (lang_of(body)?, key_of(body)?);
        segment_kind(key.kind.name()).map_err(|e| e.at("record"))?;
        let read = self.reading(ctx)?;
        let row = read.get(key)?.ok_or_else(|| missing(key))?;
        Ok(json!({"segments": self.segments_of(ctx, &*read, &row, lang)?}))
    }

    /// The segments that a row belongs to.
    pub(super) fn segments_of(&self, ctx: &Ctx, read: &dyn Read, row: &Row, lang: Option<Lang>) -> Result<Vec<Json>> {
        let key = row.key();
        let schema = self.rules.schema(Kind::Segment);
        let mut query = Query::all(Kind::Segment, schema.clone(), ctx.at);
        query.filter = Some(Predicate::test("kind", Operator::Equal, key.kind.name()).compile(&schema)?);
        query.limit = MOST_ROWS;
        let mut all = Vec::new();
        each_row(&mut |query| read.find(query), query, |row| {
            all.extend(segment_of(&row).map(|segment| (segment.code.clone(), segment.name.clone())));
            Ok(())
        })?;
        let codes: Vec<&str> = all.iter().map(|(code, _)| code.as_str()).collect();
        let book = self.book_of(ctx, read, &codes, key)?;
        let mut found = Vec::new();
        for (code, name) in &all {
            // A segment whose condition does not fit the record any more has no members.
            let Ok(mut map) = self.told(ctx, &book, code, row, lang) else { continue };
            if map.get("member") == Some(&Json::Bool(true)) {
                map.insert("code".into(), code.as_str().into());
                map.insert("name".into(), name.as_str().into());
                map.remove("member");
                found.push(Json::Object(map));
            }
        }
        Ok(found)
    }

    /// The question `segment_preview`: `{"code": "vip", "where": {...}, "zone": "...", "week_start": "...", "samples": 10}`, who of
    /// those that the reader sees would enter and leave by an edit: what `segment.refresh` then notes.
    pub(super) fn segment_preview_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "segment_preview")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["code", "where", "zone", "week_start", "samples", "lang"])?;
        lang_of(body)?;
        let mut own = body.clone();
        own.retain(|key, _| ["where", "zone", "week_start"].contains(&key.as_str()));
        let definition = Definition::from_json(&Json::Object(own))?;
        let samples = o.optional_integer("samples")?.unwrap_or(10);
        check::between(samples, 0, MOST_SAMPLES).map_err(|e| e.at("samples"))?;
        let read = self.reading(ctx)?;
        let (_, segment) = stored(&*read, &o.text("code")?)?;
        let code = segment.code.as_str();
        let shelf = Shelf { rules: &self.rules, at: ctx.at };
        let named: Vec<String> = definition.filter.iter().flat_map(Predicate::segments).map(str::to_owned).collect();
        let codes: Vec<&str> = [code].into_iter().chain(named.iter().map(String::as_str)).collect();
        let book = shelf.entire(&mut |query| read.find(query), &codes)?;
        let kind = book.get(code)?.kind;
        let schema = self.rules.schema(kind);
        let edited = book.edited(code, definition)?;
        edited.check(code, &schema, ctx.at).map_err(|e| inside(e, code))?;
        let mut map = Map::new();
        let mut some = Map::new();
        for (name, filter) in ["entering", "leaving"].into_iter().zip(book.moves(&edited, code, &schema, ctx.at)?) {
            let mut query = Query::all(kind, schema.clone(), ctx.at);
            query.filter = Some(filter.compile(&schema).map_err(|e| e.at("where"))?);
            map.insert(name.into(), read.count(&query)?.into());
            if let (Ok(samples), true) = (usize::try_from(samples), samples > 0) {
                query.limit = samples;
                some.insert(name.into(), read.find(&query)?.rows.iter().map(Row::to_json).collect());
            }
        }
        map.insert("samples".into(), some.into());
        Ok(Json::Object(map))
    }

    /// Notes who entered and left every segment in use, or those named, page by page in commands of five hundred. Repeating a job
    /// that was interrupted carries on; a second one finds nothing to note.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What was noted stays.
    pub fn refresh_segments(
        &self,
        ctx: &Ctx,
        codes: Option<&[String]>,
        progress: &mut dyn FnMut(Progress) -> Control,
    ) -> Result<Refreshed> {
        permit(ctx, Verb::Segment, "segment.refresh")?;
        let codes = match codes {
            Some(codes) => codes.to_vec(),
            None => {
                let read = self.reading(ctx)?;
                let mut query = Query::all(Kind::Segment, self.rules.schema(Kind::Segment), ctx.at);
                query.limit = MOST_ROWS;
                let mut codes = Vec::new();
                each_row(&mut |query| read.find(query), query, |row| {
                    codes.extend(segment_of(&row).map(|segment| segment.code.clone()));
                    Ok(())
                })?;
                codes
            }
        };
        let total = json::length(codes.len());
        let mut done = Refreshed::default();
        let mut step: u64 = 0;
        for (place, code) in codes.iter().enumerate() {
            let mut after = None;
            loop {
                let command = RefreshSegment { code: code.clone(), limit: MOST_REFRESHED, after };
                let page = self.run(&ctx.step(step), &command)?.done()?;
                step = step.saturating_add(1);
                after = page.next.clone();
                done.add(page);
                if after.is_none() {
                    break;
                }
            }
            let dealt = json::length(place.saturating_add(1));
            if progress(Progress { done: dealt, total }).is_break() && dealt < total {
                return Err(Problem::Cancelled.into());
            }
        }
        Ok(done)
    }

    /// The question to the store for the members of a segment.
    fn members(&self, ctx: &Ctx, read: &dyn Read, code: &str) -> Result<Query> {
        let shelf = Shelf { rules: &self.rules, at: ctx.at };
        let book = shelf.entire(&mut |query| read.find(query), &[code])?;
        let kind = book.get(code)?.kind;
        let schema = self.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), ctx.at);
        query.filter = Some(book.member(code, &schema, ctx.at)?.compile(&schema)?);
        Ok(query)
    }

    /// Some segments with the pins of one record.
    fn book_of(&self, ctx: &Ctx, read: &dyn Read, codes: &[&str], key: Key) -> Result<Book> {
        let shelf = Shelf { rules: &self.rules, at: ctx.at };
        let mut book = shelf.empty();
        shelf.read(&mut |query| read.find(query), &mut book, codes)?;
        shelf.read_pins_of(&mut |query| read.find(query), &mut book, key)?;
        Ok(book)
    }

    fn told(&self, ctx: &Ctx, book: &Book, code: &str, row: &Row, lang: Option<Lang>) -> Result<Map<String, Json>> {
        let schema = self.rules.schema(row.body.kind());
        let facts = row.facts(&schema);
        let mut map = book.why(code, &schema, &facts, ctx.at)?.to_json(lang, true);
        let next = book.next_change_at(code, &schema, &facts, ctx.at)?;
        map.insert("next_change_at".into(), next.map(format_instant).into());
        Ok(map)
    }

    /// Who pinned a record, when and why; nothing where nobody did.
    fn pinned(&self, ctx: &Ctx, read: &dyn Read, code: &str, key: Key) -> Result<Option<Json>> {
        let schema = self.rules.schema(Kind::SegmentMember);
        let of = |field: &str, id: Id| Predicate::test(field, Operator::Equal, id.to_string());
        let mut query = Query::all(Kind::SegmentMember, schema.clone(), ctx.at);
        let known = Predicate::test("pin", Operator::IsKnown, Json::Null);
        let all = vec![of("segment", Segment::id_of(code)), of(key.kind.name(), key.id), known];
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        let rows = read.find(&query)?.rows;
        let last = rows.iter().filter_map(member_of).max_by_key(|m| (m.pinned_at, m.pin == Some(Pin::Out)));
        Ok(last.map(|member| {
            json!({
                "pin": member.pin.map(Pin::code),
                "by": member.pinned_by,
                "at": member.pinned_at.map(format_instant),
                "reason": Some(member.pin_reason.as_str()).filter(|reason| !reason.is_empty()),
            })
        }))
    }
}

/// The segment of a code that is in use.
fn stored(read: &dyn Read, code: &str) -> Result<(Row, Segment)> {
    let row = read.get(Key { kind: Kind::Segment, id: Segment::id_of(code) })?;
    let row = row.filter(|row| row.archived_at.is_none());
    let found = row.and_then(|row| {
        let segment = segment_of(&row)?.clone();
        Some((row, segment))
    });
    found.ok_or_else(|| Error::from(SegmentProblem::Unknown { segment: code.to_owned() }).at("code"))
}

fn shown(row: &Row, segment: &Segment) -> Result<Map<String, Json>> {
    let mut map = Map::new();
    map.insert("id".into(), row.id.to_string().into());
    map.insert("code".into(), segment.code.as_str().into());
    map.insert("name".into(), segment.name.as_str().into());
    map.insert("record".into(), segment.kind.as_str().into());
    map.insert("version".into(), row.version.into());
    map.insert("segment_version".into(), segment.revision.into());
    map.insert("owner".into(), segment.owner.as_str().into());
    map.insert("description".into(), Some(segment.description.as_str()).filter(|d| !d.is_empty()).into());
    map.insert("where".into(), Json::Null);
    map.extend(ruled_segment(segment)?.definition.to_json());
    Ok(map)
}

/// What is wrong with an edit stands under `where`, as the question has it.
fn inside(error: Error, code: &str) -> Error {
    let path = error.field().and_then(|path| path.strip_prefix(&format!("{code}."))).map(str::to_owned);
    match path {
        Some(path) => Error::from(error.problem().clone()).at(&path),
        None => error,
    }
}

fn segment_kind(name: &str) -> Result<Kind> {
    let kind = KINDS.iter().find(|kind| kind.name() == name);
    kind.copied().ok_or_else(|| json::not_one_of(&name.into(), crate::rules::segment::KIND_NAMES))
}

fn limit(o: &Object<'_>) -> Result<usize> {
    let limit = o.optional_integer("limit")?.unwrap_or(100);
    check::between(limit, 1, i64::try_from(MOST_ROWS).unwrap_or(i64::MAX)).map_err(|e| e.at("limit"))?;
    Ok(usize::try_from(limit).unwrap_or(MOST_ROWS))
}

fn after(o: &Object<'_>) -> Result<Option<Cursor>> {
    o.optional("after", |v| Cursor::from_text(&text(v)?))
}

fn missing(key: Key) -> Error {
    Problem::NotFound { record: key.kind.name().into(), id: key.id.to_string() }.into()
}
