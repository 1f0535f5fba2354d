//! The timeline of a record: what happened around it, of all kinds, in one order.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::timeline_text::Teller;
use super::{Crm, permit};
use crate::command::{Ctx, Verb, links_to};
use crate::kernel::error::{Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::time::{Instant, format_instant};
use crate::kernel::timeline_reason::EntryKind;
use crate::model::{AnyRecord, Key, Kind, Row};
use crate::rules::read::{Object, instant, list, text};
use crate::rules::{check, kind};
use crate::store::{Archived, MOST_ROWS, Order, Query, Read, Store};
use crate::view::{EntryPlace, one_page};

/// Entries of a page where nobody says how many, and the most.
const USUAL_ENTRIES: i64 = 50;
const MOST_ENTRIES: i64 = 200;
/// Most records of a kind around an account whose entries are shown, too: those that changed last.
const MOST_RELATED: usize = MOST_ROWS;
/// Most activities that have to do with a record without naming it themselves.
const MOST_LINKED: usize = 5_000;

/// Rows that make entries.
#[derive(Clone, Copy)]
struct Source {
    kind: Kind,
    entry: EntryKind,
    /// The field that says when it happened.
    time: Option<&'static str>,
    /// Whether a row without it happened when it was made; otherwise it did not happen.
    or_created: bool,
    archived: Archived,
    /// Only these links; empty for all.
    links: &'static [&'static str],
    /// Rows that name another one here are that one's to tell.
    told_by: &'static [&'static str],
}

const fn source(kind: Kind, entry: EntryKind, time: Option<&'static str>) -> Source {
    Source { kind, entry, time, or_created: true, archived: Archived::Exclude, links: &[], told_by: &[] }
}

/// Where entries come from; of activities those that were removed, too.
const SOURCES: &[Source] = &[
    Source { archived: Archived::Include, ..source(Kind::Activity, EntryKind::Activity, Some("happened_at")) },
    source(Kind::Note, EntryKind::Note, None),
    source(Kind::Task, EntryKind::TaskCreated, None),
    Source { or_created: false, ..source(Kind::Task, EntryKind::TaskCompleted, Some("completed_at")) },
    source(Kind::DealRevision, EntryKind::Deal, Some("changed_at")),
    Source { told_by: &["activity", "note"], ..source(Kind::TicketEvent, EntryKind::Ticket, Some("happened_at")) },
    source(Kind::SlaAlert, EntryKind::SlaAlert, Some("effective_at")),
    source(Kind::Assignment, EntryKind::Assignment, Some("assigned_at")),
    source(Kind::Submission, EntryKind::Submission, Some("submitted_at")),
    source(Kind::Event, EntryKind::Event, Some("happened_at")),
    source(Kind::AttachmentLink, EntryKind::Attachment, None),
    source(Kind::Draft, EntryKind::Draft, None),
    Source { or_created: false, ..source(Kind::Draft, EntryKind::DraftDecided, Some("decided_at")) },
    source(Kind::DraftEvent, EntryKind::DraftEvent, Some("happened_at")),
    source(Kind::Quote, EntryKind::Quote, None),
    Source { or_created: false, ..source(Kind::Quote, EntryKind::QuoteSent, Some("sent_at")) },
    Source { or_created: false, ..source(Kind::Quote, EntryKind::QuoteAnswered, Some("answered_at")) },
    MERGED_LEAD,
    Source { kind: Kind::Ticket, ..MERGED_LEAD },
    CONVERTED,
];
const MERGED_LEAD: Source = Source {
    archived: Archived::Include,
    links: &["merged_into"],
    ..source(Kind::Lead, EntryKind::Merge, Some("archived_at"))
};
const CONVERTED: Source = Source {
    or_created: false,
    archived: Archived::Include,
    links: &["converted_account", "converted_contact", "converted_deal"],
    ..source(Kind::Lead, EntryKind::Conversion, Some("converted_at"))
};
/// What somebody of the team did, by the user's name.
const BY_USER: &[(Kind, &str)] = &[
    (Kind::Activity, "actor"),
    (Kind::Assignment, "user"),
    (Kind::Draft, "author"),
    (Kind::Note, "author"),
    (Kind::SlaAlert, "owner"),
    (Kind::Task, "assignee"),
];

/// What a timeline is asked for.
struct Asked {
    key: Key,
    kinds: Vec<EntryKind>,
    from: Option<Instant>,
    to: Option<Instant>,
    limit: usize,
    after: Option<EntryPlace>,
    related: bool,
}

/// Rows of one source, in the timeline's order.
struct Stream {
    source: Source,
    /// Which rows.
    filter: Predicate,
    /// The field that links them and what it points at, where that is another record than the timeline's.
    around: Option<(&'static str, Kind)>,
}

impl Asked {
    fn read(body: &Map<String, Json>) -> Result<Self> {
        const KEYS: &[&str] = &["record", "id", "kinds", "from", "to", "limit", "after", "include", "lang"];
        json::only_keys(body, KEYS)?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, KEYS)?;
        let kind = kind(&o.text("record")?).map_err(|e| e.at("record"))?;
        let id = o.required("id").and_then(|id| Id::from_json(id).map_err(|e| e.at("id")))?;
        let entry =
            |v: &Json| v.as_str().and_then(EntryKind::from_code).ok_or_else(|| json::not_one_of(v, EntryKind::CODES));
        let limit = o.optional_integer("limit")?.unwrap_or(USUAL_ENTRIES);
        check::between(limit, 1, MOST_ENTRIES).map_err(|e| e.at("limit"))?;
        let related = o.optional("include", |v| match v.as_str() {
            Some("related") => Ok(true),
            Some("own") => Ok(false),
            _ => Err(json::not_one_of(v, &["own", "related"])),
        })?;
        Ok(Self {
            key: Key { kind, id },
            kinds: o.optional("kinds", |v| list(v, entry))?.unwrap_or_else(|| EntryKind::ALL.to_vec()),
            from: o.optional("from", instant)?,
            to: o.optional("to", instant)?,
            limit: usize::try_from(limit).unwrap_or(1),
            after: o.optional("after", |v| EntryPlace::from_text(&text(v)?))?,
            related: related.unwrap_or(false),
        })
    }

    fn wants(&self, source: &Source) -> bool {
        self.kinds.contains(&source.entry)
    }
}

impl<S: Store> Crm<S> {
    /// The question `timeline`: `{"record": "account", "id": "...", "kinds": ["activity", "note"], "from": "...", "to": "...",
    /// "limit": 50, "after": "...", "include": "related", "lang": "fr"}`; only `record` and `id` are needed. `related` has
    /// what happened to an account's contacts, deals and tickets, too, each entry with the record it is `of`.
    pub(super) fn timeline_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "timeline")?;
        let (asked, lang) = (Asked::read(body)?, lang_of(body)?);
        let missing = || Problem::NotFound { record: asked.key.kind.name().into(), id: asked.key.id.to_string() };
        let row = self.row(ctx, asked.key)?.ok_or_else(missing)?;
        let read = self.reading(ctx)?;
        let mut gather = Gather { crm: self, ctx, read: &*read, asked: &asked, is_partial: false };
        let mut sources = Vec::new();
        for stream in gather.streams(&row)? {
            sources.push(gather.first(&stream)?);
        }
        let is_partial = gather.is_partial;
        let (entries, next) = one_page(sources, asked.limit);
        let mut teller = Teller::new(&*read, &self.rules, ctx.at);
        let mut shown = Vec::with_capacity(entries.len());
        for (place, (row, of)) in entries {
            let reason = teller.tell(place.kind(), &row)?;
            let mut map = Map::new();
            map.insert("kind".into(), place.kind().code().into());
            map.insert("at".into(), format_instant(place.happened_at()).into());
            map.insert("logged_at".into(), format_instant(place.logged_at()).into());
            map.insert("record".into(), row.body.kind().name().into());
            map.insert("id".into(), row.id.to_string().into());
            if let Some(of) = of {
                map.insert("of".into(), json!({"record": of.kind.name(), "id": of.id.to_string()}));
            }
            if place.happened_at() > ctx.at {
                map.insert("is_planned".into(), true.into());
            }
            let removed = row.archived_at.filter(|_| place.kind() == EntryKind::Activity);
            match removed {
                // That something was there stays to be seen, what it was does not.
                Some(removed) => map.insert("removed_at".into(), format_instant(removed).into()),
                None => map.insert("row".into(), row.to_json()),
            };
            map.insert("reason".into(), Reason::Timeline(reason).to_json(lang).into());
            shown.push(Json::Object(map));
        }
        Ok(json!({"entries": shown, "next": next.map(|next| next.to_text()), "is_partial": is_partial}))
    }
}

/// A row with the record it belongs to, where that is not the timeline's own.
type Found = (Row, Option<Key>);

struct Gather<'a, S> {
    crm: &'a Crm<S>,
    ctx: &'a Ctx,
    read: &'a dyn Read,
    asked: &'a Asked,
    /// Whether there is more around the record than is looked at.
    is_partial: bool,
}

impl<S: Store> Gather<'_, S> {
    /// Everything to look at; the record's own first.
    fn streams(&mut self, row: &Row) -> Result<Vec<Stream>> {
        let key = self.asked.key;
        let created = Source { archived: Archived::Include, ..source(key.kind, EntryKind::Created, None) };
        let mut streams = Vec::new();
        let own = Predicate::test("id", Operator::Equal, key.id.to_string());
        // The record's own making stands in no link.
        if self.asked.wants(&created) {
            streams.push(Stream { source: created, filter: own.clone(), around: None });
        }
        if key.kind == Kind::Lead && self.asked.wants(&CONVERTED) {
            streams.push(Stream { source: CONVERTED, filter: own, around: None });
        }
        if let AnyRecord::Employee(person) = &row.body {
            let of = |source: &Source| BY_USER.iter().find(|(kind, _)| *kind == source.kind);
            for source in SOURCES.iter().filter(|source| self.asked.wants(source) && !person.user.is_empty()) {
                if let Some((_, field)) = of(source) {
                    let filter = Predicate::test(field, Operator::Equal, person.user.as_str());
                    streams.push(Stream { source: *source, filter, around: None });
                }
            }
        }
        self.linked(key.kind, &[key.id], false, &mut streams)?;
        if key.kind == Kind::Account && self.asked.related {
            for kind in [Kind::Contact, Kind::Deal, Kind::Ticket] {
                let ids = self.related(kind)?;
                self.linked(kind, &ids, true, &mut streams)?;
            }
        }
        Ok(streams)
    }

    /// What points at records of a kind.
    fn linked(&mut self, target: Kind, ids: &[Id], around: bool, out: &mut Vec<Stream>) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        for (kind, field) in links_to(target) {
            let is_indexed = kind.fields().iter().any(|f| f.name == field && f.indexed);
            if kind == Kind::ActivityLink && SOURCES.iter().any(|s| s.kind == Kind::Activity && self.asked.wants(s)) {
                self.mentioned(field, ids, out)?;
            }
            let fits = |s: &&Source| s.kind == kind && is_indexed && self.asked.wants(s);
            for source in SOURCES.iter().filter(fits) {
                let is_special = field == "merged_into" || field.starts_with("converted_");
                if source.links.contains(&field) || (source.links.is_empty() && !is_special) {
                    let around = around.then_some((field, target));
                    out.push(Stream { source: *source, filter: one_of(field, ids), around });
                }
            }
        }
        Ok(())
    }

    /// Activities that have to do with records without naming them themselves.
    fn mentioned(&mut self, field: &str, ids: &[Id], out: &mut Vec<Stream>) -> Result<()> {
        let Some(source) = SOURCES.iter().find(|source| source.kind == Kind::Activity) else { return Ok(()) };
        let mut query = self.query(Kind::ActivityLink, one_of(field, ids), &[("created_at", true)])?;
        query.limit = MOST_ROWS;
        let mut found: Vec<Id> = Vec::new();
        while found.len() < MOST_LINKED {
            let page = self.read.find(&query)?;
            found.extend(page.rows.iter().filter_map(|row| match &row.body {
                AnyRecord::ActivityLink(link) => link.activity,
                _ => None,
            }));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        self.is_partial |= query.after.is_some();
        let some =
            found.chunks(MOST_VALUES).map(|ids| Stream { source: *source, filter: one_of("id", ids), around: None });
        out.extend(some);
        Ok(())
    }

    /// The records of a kind around an account, those that changed last first.
    fn related(&mut self, kind: Kind) -> Result<Vec<Id>> {
        let mut query = self.query(kind, one_of("account", &[self.asked.key.id]), &[("updated_at", true)])?;
        query.limit = MOST_RELATED;
        let page = self.read.find(&query)?;
        self.is_partial |= page.next.is_some();
        Ok(page.rows.iter().map(|row| row.id).collect())
    }

    fn query(&self, kind: Kind, filter: Predicate, order: &[(&str, bool)]) -> Result<Query> {
        let schema = self.crm.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), self.ctx.at);
        query.filter = Some(filter.compile(&schema)?);
        for (field, descending) in order {
            query.order.push(Order { field: schema.resolve(field)?.0, descending: *descending });
        }
        Ok(query)
    }

    /// What a stream has behind the cursor, one more than a page at most.
    fn first(&self, stream: &Stream) -> Result<Vec<(EntryPlace, Found)>> {
        let source = &stream.source;
        let mut found = Vec::new();
        if let Some(time) = source.time {
            let known = Predicate::test(time, Operator::IsKnown, Json::Null);
            self.pages(stream, time, known, &[(time, true), ("created_at", true)], &mut found)?;
        }
        if source.time.is_none() || source.or_created {
            let unknown = source.time.map(|time| Predicate::test(time, Operator::IsNull, Json::Null));
            let unknown = unknown.unwrap_or_else(|| Predicate::test("id", Operator::IsKnown, Json::Null));
            self.pages(stream, "created_at", unknown, &[("created_at", true)], &mut found)?;
        }
        Ok(found)
    }

    fn pages(
        &self,
        stream: &Stream,
        time: &str,
        which: Predicate,
        order: &[(&str, bool)],
        found: &mut Vec<(EntryPlace, Found)>,
    ) -> Result<()> {
        let (asked, source) = (self.asked, &stream.source);
        let mut tests = vec![stream.filter.clone(), which];
        let alone = |field: &&str| Predicate::test(field, Operator::IsNull, Json::Null);
        tests.extend(source.told_by.iter().map(alone));
        let compared = |operator, at: Instant| Predicate::test(time, operator, format_instant(at));
        tests.extend(asked.from.map(|from| compared(Operator::AtLeast, from)));
        tests.extend(asked.to.map(|to| compared(Operator::Less, to)));
        tests.extend(asked.after.map(|after| compared(Operator::AtMost, after.happened_at())));
        let mut query = self.query(source.kind, Predicate::All(tests), order)?;
        query.archived = source.archived;
        let most = asked.limit.saturating_add(1);
        query.limit = most;
        let schema = query.schema.clone();
        let mut count = 0usize;
        loop {
            let page = self.read.find(&query)?;
            for row in page.rows {
                let happened_at = happened(&row, &schema, time);
                let place = EntryPlace::new(happened_at, row.created_at, source.entry, row.id);
                if asked.after.is_some_and(|after| place <= after) || count >= most {
                    continue;
                }
                count = count.saturating_add(1);
                let of = stream.around.and_then(|(field, kind)| of(&row, field, kind));
                found.push((place, (row, of)));
            }
            match page.next {
                Some(next) if count < most => query.after = Some(next),
                _ => return Ok(()),
            }
        }
    }
}

fn one_of(field: &str, ids: &[Id]) -> Predicate {
    let ids: Vec<Json> = ids.iter().map(|id| id.to_string().into()).collect();
    Predicate::test(field, Operator::In, ids)
}

fn happened(row: &Row, schema: &Schema, time: &str) -> Instant {
    match schema.position(time).map(|place| row.fact_of(schema, place)) {
        Some(Fact::Instant(at)) => at,
        _ => row.created_at,
    }
}

/// The record that a row belongs to.
fn of(row: &Row, field: &str, kind: Kind) -> Option<Key> {
    match row.body.fact(row.body.kind().place(field)?) {
        Fact::Reference(id) => Some(Key { kind, id }),
        _ => None,
    }
}
