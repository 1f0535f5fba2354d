//! The question `tasks`: a page of tasks in their total order, told apart by bands.
//!
//! The order is not one that stores know, but it falls into sections, each in an order that they do: for every band and
//! priority, first what can be done and then what waits, those due by an instant beside those due by a day. A page
//! reads what it needs of the sections that it touches, so it costs as much whatever the number of tasks.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::reader::Days;
use super::{Crm, permit};
use crate::command::{Ctx, Verb, due_of, task_of};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::task_reason::Band;
use crate::kernel::time::{Instant, format_instant, in_range};
use crate::lang::Lang;
use crate::model::{Key, Kind, Row};
use crate::rules::check;
use crate::rules::read::{Object, text};
use crate::rules::task::{Edge, Horizon, Rank, TaskFacts, include, list_json, told};
use crate::rules::{Priorities, Rules};
use crate::store::{Cursor, MOST_ROWS, Order, Query, Read, Store};

const KEYS: &[&str] = &["where", "assignee", "include", "zone", "week_starts", "limit", "after", "lang"];

/// Rows that a store can give in order: a condition and the field to order by, the largest first or not.
struct Stream {
    filter: Vec<Predicate>,
    order: Option<(&'static str, bool)>,
}

/// What a list asks its store.
struct Asker<'a> {
    read: &'a dyn Read,
    rules: &'a Rules,
    horizon: Horizon<'a>,
    /// What the question's own condition and assignee leave.
    base: Vec<Predicate>,
    /// Whether tasks are listed that somebody put off.
    with_snoozed: bool,
}

/// Where a page ended: the instant that the list is of, the section, and where its streams stand.
struct Place {
    at: Instant,
    section: usize,
    streams: Vec<Option<Cursor>>,
}

impl<S: Store> Crm<S> {
    /// The question `tasks`: `{"assignee", "where", "include": ["snoozed", "completed"], "zone", "week_starts", "limit",
    /// "after", "lang"}`. All pages of a list are of the instant of the first. The condition may depend on the reader and the
    /// day, as that of `find`.
    pub(super) fn tasks_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "tasks")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, KEYS)?;
        let lang = lang_of(body)?;
        let include = include(o.get("include")).map_err(|e| e.at("include"))?;
        let days = self.rules.tasks().days.asked(&o)?;
        let limit = o.optional_integer("limit")?.unwrap_or(100);
        check::between(limit, 1, i64::try_from(MOST_ROWS).unwrap_or(i64::MAX)).map_err(|e| e.at("limit"))?;
        let limit = usize::try_from(limit).unwrap_or(MOST_ROWS);
        let after = o.optional("after", |v| Place::from_text(&text(v)?))?;
        let at = after.as_ref().map_or(ctx.at, |place| place.at);
        let read = self.reading(ctx)?;
        let (mut base, mut resolved) = (Vec::new(), Map::new());
        if let Some(filter) = o.optional("where", Predicate::from_json)? {
            let first = Ctx::new(ctx.workspace.clone(), ctx.actor.clone(), at, ctx.id);
            let of = Days { zone: Some(&days.zone), week_start: Some(days.week_starts) };
            let plain = self.plain(&first, &*read, Kind::Task, &filter, of).map_err(|e| e.at("where"))?;
            plain.predicate.compile(&self.rules.schema(Kind::Task)).map_err(|e| e.at("where"))?;
            resolved = plain.told(lang);
            base.push(plain.predicate);
        }
        let assignee = o.optional("assignee", text)?;
        base.extend(assignee.map(|name| Predicate::test("assignee", Operator::Equal, name)));
        let horizon = Horizon::new(&days, at);
        let asker = Asker { read: &*read, rules: &self.rules, horizon, base, with_snoozed: include.snoozed };
        let counts = asker.counts(include.completed)?;
        let (rows, next) = asker.page(&counts, limit, after)?;
        let shown = rows.iter().map(|row| asker.told(row, lang)).collect::<Result<Vec<_>>>()?;
        let hidden = match include.snoozed {
            true => 0,
            false => asker.count(vec![open(), asker.snoozed()])?,
        };
        let answer = json!({
            "at": format_instant(at),
            "bands": list_json(&counts),
            "snoozed": hidden,
            "tasks": shown,
            "next": next.map(|place| place.to_text()),
            "next_change_at": asker.next_change_at(&counts)?.map(format_instant),
        });
        if let Json::Object(map) = answer {
            resolved.extend(map);
        }
        Ok(Json::Object(resolved))
    }
}

fn open() -> Predicate {
    null("completed_at")
}

fn null(field: &str) -> Predicate {
    Predicate::test(field, Operator::IsNull, Json::Null)
}

fn known(field: &str) -> Predicate {
    Predicate::test(field, Operator::IsKnown, Json::Null)
}

/// What a list goes by, of a stored task.
pub(super) fn facts<'t>(row: &'t Row, blocker: Option<(&'t str, &'t str)>) -> TaskFacts<'t> {
    let Some(task) = task_of(row) else { return TaskFacts::default() };
    let before = task.occurrence.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    TaskFacts {
        due: due_of(task),
        priority: &task.priority,
        created_at: Some(row.created_at),
        snoozed_until: task.snoozed_until,
        completed_at: task.completed_at,
        completed_by: &task.completed_by,
        blocker,
        occurrence: Some(before).filter(|_| !task.recurrence.is_empty()),
    }
}

/// A stored task with what is told of it.
pub(super) fn told_row(
    read: &dyn Read,
    horizon: &Horizon<'_>,
    priorities: &Priorities,
    row: &Row,
    lang: Option<Lang>,
) -> Result<Json> {
    let mut blocker = (String::new(), String::new());
    let waits = task_of(row).filter(|task| task.blocked == Some(true)).and_then(|task| task.blocking_task);
    if let Some(id) = waits {
        let other = read.get(Key { kind: Kind::Task, id })?;
        let title = other.as_ref().and_then(task_of).map(|task| task.title.clone());
        blocker = (id.to_string(), title.unwrap_or_default());
    }
    let blocker = waits.is_some().then_some((blocker.0.as_str(), blocker.1.as_str()));
    let mut map = told(horizon, &facts(row, blocker), priorities, lang);
    map.insert("task".into(), row.to_json());
    Ok(Json::Object(map))
}

impl Asker<'_> {
    fn snoozed(&self) -> Predicate {
        Predicate::test("snoozed_until", Operator::Greater, format_instant(self.horizon.at))
    }

    /// What an open task of the list must be.
    fn visible(&self) -> Vec<Predicate> {
        let awake = Predicate::Any(vec![
            null("snoozed_until"),
            Predicate::test("snoozed_until", Operator::AtMost, format_instant(self.horizon.at)),
        ]);
        let awake = Some(awake).filter(|_| !self.with_snoozed);
        std::iter::once(open()).chain(awake).collect()
    }

    fn query(&self, filter: Vec<Predicate>, order: Option<(&str, bool)>) -> Result<Query> {
        let schema = self.rules.schema(Kind::Task);
        let mut query = Query::all(Kind::Task, schema.clone(), self.horizon.at);
        let all: Vec<Predicate> = self.base.iter().cloned().chain(filter).collect();
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        if let Some((field, descending)) = order {
            query.order = vec![Order { field: schema.resolve(field)?.0, descending }];
        }
        Ok(query)
    }

    fn count(&self, filter: Vec<Predicate>) -> Result<u64> {
        self.read.count(&self.query(filter, None)?)
    }

    fn counts(&self, with_completed: bool) -> Result<BTreeMap<Band, u64>> {
        let bands = Band::ALL.iter().filter(|band| with_completed || **band != Band::Completed);
        let count = |band: &Band| {
            let mut sum = 0_u64;
            for stream in self.streams(*band) {
                sum = sum.saturating_add(self.count(stream.filter)?);
            }
            Ok((*band, sum))
        };
        bands.map(count).collect()
    }

    /// The tasks of a band, in one order or two.
    fn streams(&self, band: Band) -> Vec<Stream> {
        let with = |more: Vec<Predicate>| self.visible().into_iter().chain(more).collect::<Vec<_>>();
        match band {
            Band::Completed => {
                vec![Stream { filter: vec![known("completed_at")], order: Some(("completed_at", true)) }]
            }
            Band::Undated => {
                vec![Stream { filter: with(vec![null("due_at"), null("due_date")]), order: None }]
            }
            _ => {
                let (from, to) = self.horizon.edges(band);
                let between = |test: fn(Operator, Edge) -> Option<Predicate>| {
                    let least = from.and_then(|edge| test(Operator::AtLeast, edge));
                    let below = to.and_then(|edge| test(Operator::Less, edge));
                    least.into_iter().chain(below).collect::<Vec<_>>()
                };
                let (at, mut on) = (between(due_at), between(due_on));
                on.push(null("due_at"));
                vec![
                    Stream { filter: with(at), order: Some(("due_at", false)) },
                    Stream { filter: with(on), order: Some(("due_date", false)) },
                ]
            }
        }
    }

    /// All sections in order, those of empty bands left out by the caller: the band, and what its tasks must be.
    fn sections(&self) -> Vec<(Band, Vec<Predicate>)> {
        let codes = self.rules.support().priorities().codes();
        let usual = self.rules.support().priorities().usual();
        let priority = |place: usize, code: &String| {
            let others: Vec<&str> = codes.iter().filter(|other| *other != code).map(String::as_str).collect();
            match (place == usual, others.is_empty()) {
                (true, true) => None,
                (true, false) => {
                    let other = Predicate::test("priority", Operator::NotIn, others);
                    Some(Predicate::Any(vec![null("priority"), other]))
                }
                (false, _) => Some(Predicate::test("priority", Operator::Equal, code.as_str())),
            }
        };
        let waits = Predicate::test("blocked", Operator::Equal, true);
        let free = Predicate::Any(vec![null("blocked"), Predicate::test("blocked", Operator::Equal, false)]);
        let mut sections = Vec::new();
        for band in Band::ALL {
            if *band == Band::Completed {
                sections.push((*band, Vec::new()));
                continue;
            }
            for waiting in [&free, &waits] {
                for (place, code) in codes.iter().enumerate().rev() {
                    sections.push((*band, std::iter::once(waiting.clone()).chain(priority(place, code)).collect()));
                }
            }
        }
        sections
    }

    fn page(
        &self,
        counts: &BTreeMap<Band, u64>,
        limit: usize,
        after: Option<Place>,
    ) -> Result<(Vec<Row>, Option<Place>)> {
        let (first, mut places) = after.map_or((0, Vec::new()), |place| (place.section, place.streams));
        let mut rows = Vec::new();
        for (section, (band, filter)) in self.sections().into_iter().enumerate().skip(first) {
            let from = std::mem::take(&mut places);
            if counts.get(&band).is_none_or(|count| *count == 0) {
                continue;
            }
            let room = limit.saturating_sub(rows.len());
            let (found, streams, has_more) = self.section(band, &filter, room, from)?;
            rows.extend(found);
            if has_more {
                return Ok((rows, Some(Place { at: self.horizon.at, section, streams })));
            }
        }
        Ok((rows, None))
    }

    /// Up to so many tasks of a section in order, where its streams stand then, and whether there are more.
    #[allow(clippy::type_complexity, reason = "three answers of one loop")]
    fn section(
        &self,
        band: Band,
        filter: &[Predicate],
        room: usize,
        from: Vec<Option<Cursor>>,
    ) -> Result<(Vec<Row>, Vec<Option<Cursor>>, bool)> {
        let streams = self.streams(band);
        let mut places: Vec<Option<Cursor>> = from;
        places.resize(streams.len(), None);
        let mut heads: Vec<(Rank<crate::Id>, usize, Cursor, Row)> = Vec::new();
        let mut has_more = false;
        for (number, (stream, place)) in streams.into_iter().zip(&places).enumerate() {
            let all = stream.filter.into_iter().chain(filter.iter().cloned()).collect();
            let mut query = self.query(all, stream.order)?;
            // One more than there is room for tells whether there are more.
            query.limit = room.saturating_add(1).min(MOST_ROWS);
            query.after = place.clone();
            query.check().map_err(|_| Error::from(wrong_place()).at("after"))?;
            let page = self.read.find(&query)?;
            has_more |= page.next.is_some();
            heads.extend(page.rows.into_iter().map(|row| (self.rank(&row), number, query.place(&row), row)));
        }
        // Each stream is in order already: its own rows stay in it.
        heads.sort_by(|a, b| a.0.cmp(&b.0));
        has_more |= heads.len() > room;
        heads.truncate(room);
        let mut rows = Vec::with_capacity(heads.len());
        for (_, number, place, row) in heads {
            if let Some(last) = places.get_mut(number) {
                *last = Some(place);
            }
            rows.push(row);
        }
        Ok((rows, places, has_more))
    }

    fn rank(&self, row: &Row) -> Rank<crate::Id> {
        let blocker = task_of(row).filter(|task| task.blocked == Some(true)).map(|_| ("", ""));
        self.horizon.rank(&facts(row, blocker), self.rules.support().priorities(), row.id)
    }

    fn told(&self, row: &Row, lang: Option<Lang>) -> Result<Json> {
        told_row(self.read, &self.horizon, self.rules.support().priorities(), row, lang)
    }

    /// When something of the list changes next, if nobody touches it: four look-ups of one row.
    fn next_change_at(&self, counts: &BTreeMap<Band, u64>) -> Result<Option<Instant>> {
        let count = |band| counts.get(&band).copied().unwrap_or(0);
        let midnight = Some(self.horizon.tomorrow.at).filter(|_| count(Band::Today) > 0 || count(Band::Tomorrow) > 0);
        let midnight = midnight.filter(|at| in_range(at.date_naive()));
        let first = |filter: Vec<Predicate>, field: &str| {
            let mut query = self.query(filter, Some((field, false)))?;
            query.limit = 1;
            Ok::<_, Error>(self.read.find(&query)?.rows.pop())
        };
        let now = format_instant(self.horizon.at);
        let after = self.horizon.after;
        let with = |more: Option<Predicate>| self.visible().into_iter().chain(more).collect::<Vec<_>>();
        let by_instant = with(Some(Predicate::test("due_at", Operator::Greater, now)));
        let beyond = with(due_at(Operator::AtLeast, after));
        let mut by_day = with(due_on(Operator::AtLeast, after));
        by_day.push(null("due_at"));
        let mut changes: Vec<Instant> = midnight.into_iter().collect();
        for (filter, field) in [(by_instant, "due_at"), (beyond, "due_at"), (by_day, "due_date")] {
            changes.extend(first(filter, field)?.and_then(|row| self.horizon.next_change_at(&facts(&row, None))));
        }
        let asleep = first(vec![open(), self.snoozed()], "snoozed_until")?;
        changes.extend(asleep.as_ref().and_then(task_of).and_then(|task| task.snoozed_until));
        Ok(changes.into_iter().min())
    }
}

/// What is due from an instant on, or before it.
fn due_at(operator: Operator, edge: Edge) -> Option<Predicate> {
    beside("due_at", operator, edge.at.date_naive(), format_instant(edge.at))
}

/// What is due from a day on, or before it.
fn due_on(operator: Operator, edge: Edge) -> Option<Predicate> {
    beside("due_date", operator, edge.day, edge.day.to_string())
}

/// The side of an edge on which a field lies. Of an edge outside of the years that are kept everything lies on one side:
/// there is no condition, or one that nothing meets.
fn beside(field: &str, operator: Operator, day: NaiveDate, edge: String) -> Option<Predicate> {
    if in_range(day) {
        return Some(Predicate::test(field, operator, edge));
    }
    let is_after_all = day.year() > 9999;
    (is_after_all == (operator == Operator::AtLeast)).then(|| Predicate::All(vec![null(field), known(field)]))
}

fn wrong_place() -> Problem {
    Problem::WrongShape { expected: "a cursor of this query", found: "another".into() }
}

impl Place {
    fn to_text(&self) -> String {
        let streams: Vec<Json> = self.streams.iter().map(|c| c.as_ref().map(Cursor::to_text).into()).collect();
        json::canonical(&json!([format_instant(self.at), self.section, streams]))
    }

    fn from_text(text: &str) -> Result<Self> {
        let wrong = || Error::from(wrong_place());
        let json = json::parse(text.as_bytes()).map_err(|_| wrong())?;
        let Some([Json::String(at), section, Json::Array(streams)]) = json.as_array().map(Vec::as_slice) else {
            return Err(wrong());
        };
        let section = section.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or_else(wrong)?;
        let cursor = |json: &Json| match json {
            Json::Null => Ok(None),
            Json::String(text) => Cursor::from_text(text).map(Some).map_err(|_| wrong()),
            _ => Err(wrong()),
        };
        let streams = streams.iter().take(2).map(cursor).collect::<Result<Vec<_>>>()?;
        let at = crate::kernel::time::parse_instant(at).map_err(|_| wrong())?;
        Ok(Self { at, section, streams })
    }
}
