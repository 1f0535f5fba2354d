//! The rule `segment` as JSON.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::preview::MOST_SAMPLES;
use super::{Book, Definition, KINDS, Pins, Preview, Said, Segment, Verdict};
use crate::kernel::customer::Pin;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::period::FiscalCalendar;
use crate::kernel::predicate::Compiled;
use crate::kernel::reason::Reason;
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;
use crate::model::Kind;
use crate::rules::check;
use crate::rules::input::Values;
use crate::rules::kind;
use crate::rules::read::{Object, coded, instant, list, text};
use crate::rules::task::LocalDays;

const ASKS: &[&str] = &["member", "why", "preview", "check"];
/// Most segments of one question.
const MOST_SEGMENTS: usize = 1000;
/// Most records of one preview.
const MOST_RECORDS: usize = 100_000;

/// Takes `{"ask": "member", "segments": [...], "segment": "vip", "facts": {...}, "at": "..."}`, see [the module](super).
///
/// # Errors
/// An unknown ask, segment or option, circles, and values that do not fit, with their path.
pub fn eval_json(
    schema_of: impl Fn(Kind) -> Arc<Schema>,
    (days, fiscal): (&LocalDays, FiscalCalendar),
    input: &Json,
) -> Result<Json> {
    const KEYS: &[&str] = &[
        "ask",
        "segments",
        "segment",
        "facts",
        "records",
        "where",
        "zone",
        "week_start",
        "samples",
        "at",
        "lang",
        "matches",
        "manually_added",
        "manually_removed",
    ];
    let o = Object::new(input, KEYS)?;
    let ask = o.text("ask")?;
    if !ASKS.contains(&ask.as_str()) {
        return Err(Error::from(Problem::NotOneOf { found: shortened(&ask, 60), expected: ASKS }).at("ask"));
    }
    let lang = o.lang()?;
    if o.get("matches").is_some() {
        return said_only(&o);
    }
    let book = book(&o, (days, fiscal))?;
    let at = || o.required("at").and_then(|v| instant(v).map_err(|e| e.at("at")));
    if ask == "check" {
        let at = o.optional("at", instant)?.unwrap_or_default();
        let problems = book.segments().filter_map(|s| book.check(&s.code, &schema_of(s.kind), at).err());
        let told: Vec<Json> = problems.map(|e| e.to_json()).collect();
        return Ok(json!({"ok": told.is_empty(), "problems": told}));
    }
    let code = o.text("segment")?;
    let schema = schema_of(book.get(&code).map_err(|e| e.at("segment"))?.kind);
    if ask == "preview" {
        return preview(&o, &book, (&code, &schema), at()?);
    }
    let mut diagnostics = Vec::new();
    let facts = o.optional("facts", |v| json::object(v, "an object of facts"))?;
    let facts = Values::fields(&schema, facts, &mut diagnostics).map_err(|e| e.at("facts"))?;
    let at = at()?;
    let verdict = book.why(&code, &schema, &facts, at)?;
    let next = book.next_change_at(&code, &schema, &facts, at)?;
    let mut map = verdict.to_json(lang, ask == "why");
    map.insert("next_change_at".into(), next.map(format_instant).into());
    map.insert("diagnostics".into(), diagnostics.into_iter().map(|e: Error| e.at("facts").to_json()).collect());
    Ok(Json::Object(map))
}

/// The segments of a question.
fn book(o: &Object<'_>, (days, fiscal): (&LocalDays, FiscalCalendar)) -> Result<Book> {
    let mut book = Book::new(days.clone(), fiscal);
    for (i, segment) in o.list("segments", segment)?.into_iter().enumerate() {
        if book.has(&segment.code) {
            let id = segment.code;
            return Err(Error::from(RulesProblem::DuplicateId { id }).at("code").at_index(i).at("segments"));
        }
        check::most("segments", i.saturating_add(1), MOST_SEGMENTS).map_err(|e| e.at("segments"))?;
        book.put(segment);
    }
    Ok(book)
}

/// The condition for the members of one of `segments` (`segment`), or of a `record` with a `where` of its own, and
/// optionally `zone` and `week_start`; with the record's kind.
///
/// # Errors
/// Unknown options and segments, circles, and what does not fit the record, with their path.
pub(in crate::rules) fn condition(
    schema_of: impl Fn(Kind) -> Arc<Schema>,
    around: (&LocalDays, FiscalCalendar),
    input: &Json,
    at: Instant,
) -> Result<(Kind, Compiled)> {
    let o = Object::new(input, &["segments", "segment", "record", "where", "zone", "week_start"])?;
    let book = book(&o, around)?;
    let own = match (o.optional("segment", text)?, o.get("where")) {
        (Some(code), None) => book.get(&code).map_err(|e| e.at("segment"))?.clone(),
        (None, Some(_)) => {
            let record = o.optional("record", text)?.unwrap_or_else(|| Kind::Lead.name().to_owned());
            let kind = kind(&record).map_err(|e| e.at("record"))?;
            if !KINDS.contains(&kind) {
                return Err(json::not_one_of(&record.into(), KIND_NAMES).at("record"));
            }
            Segment { code: String::new(), kind, definition: Definition::read(&o)?, pins: Pins::default() }
        }
        _ => {
            let expected = "either `segment` or `where`";
            return Err(Problem::WrongShape { expected, found: "both or neither".into() }.into());
        }
    };
    let schema = schema_of(own.kind);
    let members = book.members(&own, &schema, at)?;
    Ok((own.kind, members.compile(&schema)?))
}

/// The decision alone: whether the condition holds, and what was said by hand. Who was added and removed was removed.
fn said_only(o: &Object<'_>) -> Result<Json> {
    let (added, removed) = (o.flag("manually_added", false)?, o.flag("manually_removed", false)?);
    let pin = match (added, removed) {
        (_, true) => Some(Pin::Out),
        (true, false) => Some(Pin::In),
        (false, false) => None,
    };
    let matches = o.flag("matches", false)?;
    let member = pin.map_or(matches, |pin| pin == Pin::In);
    Ok(json!({"member": member, "pin": pin.map(Pin::code), "matches": matches}))
}

fn preview(o: &Object<'_>, book: &Book, (code, schema): (&str, &Schema), at: Instant) -> Result<Json> {
    let records = o.required("records")?;
    let most = o.optional_integer("samples")?.unwrap_or(10);
    check::between(most, 0, i64::try_from(MOST_SAMPLES).unwrap_or(i64::MAX)).map_err(|e| e.at("samples"))?;
    let mut diagnostics = Vec::new();
    let mut facts = Vec::new();
    for (i, record) in list(records, Ok).map_err(|e| e.at("records"))?.into_iter().enumerate() {
        check::most("records", i.saturating_add(1), MOST_RECORDS).map_err(|e| e.at("records"))?;
        let mut own = Vec::new();
        let inside = |e: Error| e.at_index(i).at("records");
        let map = json::object(record, "an object of facts").map_err(inside)?;
        facts.push(Values::fields(schema, Some(map), &mut own).map_err(inside)?);
        diagnostics.extend(own.into_iter().map(inside));
    }
    let old = &book.get(code)?.definition;
    let definition = Definition {
        filter: Definition::read(o)?.filter,
        zone: o.zone()?.or_else(|| old.zone.clone()),
        week_start: o.optional("week_start", crate::rules::report::weekday)?.or(old.week_start),
    };
    let edited = book.edited(code, definition)?;
    edited.check(code, schema, at)?;
    let samples = usize::try_from(most).unwrap_or(0);
    let mut map = book.preview(&edited, (code, schema), &facts, (at, samples))?.to_json();
    map.insert("diagnostics".into(), diagnostics.iter().map(Error::to_json).collect());
    Ok(Json::Object(map))
}

fn segment(json: &Json) -> Result<Segment> {
    const KEYS: &[&str] = &["code", "record", "where", "zone", "week_start", "pinned_in", "pinned_out", "pins"];
    let o = Object::new(json, KEYS)?;
    let code = o.text("code")?;
    check::id(&code).map_err(|e| e.at("code"))?;
    let kind = kind(&o.text("record")?).map_err(|e| e.at("record"))?;
    if !KINDS.contains(&kind) {
        return Err(json::not_one_of(&kind.name().into(), KIND_NAMES).at("record"));
    }
    let mut pins = Pins::default();
    for (key, pin) in [("pinned_in", Pin::In), ("pinned_out", Pin::Out)] {
        o.list(key, Id::from_json)?.into_iter().for_each(|id| pins.say(id, Said { pin, at: None }));
    }
    for (id, said) in o.list("pins", said)? {
        pins.say(id, said);
    }
    Ok(Segment { code, kind, definition: Definition::read(&o)?, pins })
}

/// The names of [`KINDS`].
pub(crate) const KIND_NAMES: &[&str] = &["account", "contact", "deal", "lead"];

fn said(json: &Json) -> Result<(Id, Said)> {
    let o = Object::new(json, &["id", "pin", "at"])?;
    let id = o.required("id").and_then(|v| Id::from_json(v).map_err(|e| e.at("id")))?;
    let pin = o.required("pin").and_then(|v| coded(v, Pin::from_code, Pin::CODES).map_err(|e| e.at("pin")))?;
    Ok((id, Said { pin, at: o.optional("at", instant)? }))
}

impl Verdict {
    /// The JSON form, with the reasons where they are asked for.
    pub(crate) fn to_json(&self, lang: Option<Lang>, with_reasons: bool) -> Map<String, Json> {
        let mut map = Map::new();
        map.insert("member".into(), self.is_member.into());
        map.insert("pin".into(), self.pin.map(Pin::code).into());
        map.insert("matches".into(), self.matches.into());
        if with_reasons {
            let reasons = self.reasons.iter().map(|r| Json::Object(Reason::Segment(r.clone()).to_json(lang)));
            map.insert("reasons".into(), reasons.collect());
        }
        map
    }
}

impl Preview {
    /// The JSON form: counts, and `samples` by place and id.
    fn to_json(&self) -> Map<String, Json> {
        let mut map = Map::new();
        let mut some = Map::new();
        for (name, (count, samples)) in
            ["entering", "leaving", "staying"].into_iter().zip(self.counts.iter().zip(&self.samples))
        {
            map.insert(name.into(), (*count).into());
            let one = |(place, id): &(usize, Option<Id>)| match id {
                Some(id) => json!({"place": json::length(*place), "id": id.to_string()}),
                None => json!({"place": json::length(*place)}),
            };
            some.insert(name.into(), samples.iter().map(one).collect());
        }
        map.insert("samples".into(), some.into());
        map
    }
}
