//! Rows as they were at an instant: the trail read backwards, where a row changed since.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value as Json;

use super::undo::TOLD;
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::predicate::Predicate;
use crate::kernel::time::{Instant, parse_instant};
use crate::kernel::value::Value;
use crate::model::{Key, Kind, Row};
use crate::rules::{Rules, kind};
use crate::store::{Archived, Entry, LogQuery, MOST_ROWS, Page, Query, Read};

/// What a forecast rests on.
const COUNTED: &[Kind] = &[
    Kind::Adjustment,
    Kind::Deal,
    Kind::DealRevision,
    Kind::DealSplit,
    Kind::Employee,
    Kind::ExchangeRate,
    Kind::Pipeline,
    Kind::Quota,
    Kind::Stage,
];

/// A store as it was at an instant: what the commands given for instants up to then make of it, in the order of the
/// trail; what was given for a later instant is taken back, field by field.
///
/// Who says what is so already leaves no trace of having said it.
///
/// A command that came in later and was given for an instant that was over counts, unless the place in the trail is told
/// up to which changes count.
pub(crate) struct Past<'a> {
    read: &'a dyn Read,
    rules: &'a Rules,
    as_of: Instant,
    known_seq: Option<u64>,
    /// Rows that a late command touched.
    late: BTreeSet<Key>,
    restated: Vec<Restated>,
}

/// A command that came after the place in the trail up to which changes count, for an instant that was over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Restated {
    pub(crate) seq: u64,
    pub(crate) at: Instant,
    pub(crate) command: String,
    /// The rows that it touched.
    pub(crate) keys: Vec<Key>,
}

impl Restated {
    /// As JSON: which records a late command touched. Revisions are the deal's own.
    pub(crate) fn to_json(&self) -> Json {
        let told = self.keys.iter().filter(|key| !TOLD.contains(&key.kind));
        let told = told.map(|key| serde_json::json!({"record": key.kind.name(), "id": key.id.to_string()}));
        serde_json::json!({
            "seq": self.seq,
            "at": crate::kernel::time::format_instant(self.at),
            "command": self.command,
            "records": told.collect::<Vec<_>>(),
        })
    }
}

/// What tells whether an entry of the trail is of interest, read without the rest of it.
#[derive(Deserialize)]
struct Head {
    at: String,
}

impl<'a> Past<'a> {
    /// The store as it was at an instant, as far as it was known at a place in the trail.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn new(read: &'a dyn Read, rules: &'a Rules, as_of: Instant, known_seq: Option<u64>) -> Result<Self> {
        let mut past = Past { read, rules, as_of, known_seq, late: BTreeSet::new(), restated: Vec::new() };
        let Some(mut seq) = known_seq else { return Ok(past) };
        loop {
            let entries = read.log(&LogQuery::After { seq, limit: MOST_ROWS })?;
            for entry in &entries {
                seq = entry.seq;
                let head = serde_json::from_str::<Head>(&entry.content);
                let broken = |e| Problem::Corrupt { detail: format!("entry {} of the trail: {e}", entry.seq) };
                if parse_instant(&head.map_err(broken)?.at)? <= as_of {
                    past.restate(entry)?;
                }
            }
            if entries.len() < MOST_ROWS {
                return Ok(past);
            }
        }
    }

    fn restate(&mut self, entry: &Entry) -> Result<()> {
        let content = entry.json()?;
        let touched: Vec<Key> = changes(&content).filter_map(key_of).collect();
        // Whatever came late does not count.
        self.late.extend(touched.iter().copied());
        if !touched.is_empty() {
            let command = content.get("command").and_then(Json::as_str).unwrap_or_default().to_owned();
            self.restated.push(Restated { seq: entry.seq, at: instant_of(&content)?, command, keys: touched });
        }
        Ok(())
    }

    /// The instant.
    pub(crate) const fn as_of(&self) -> Instant {
        self.as_of
    }

    /// The place in the trail up to which changes count, where it is told.
    pub(crate) const fn known_seq(&self) -> Option<u64> {
        self.known_seq
    }

    /// The configuration.
    pub(crate) const fn rules(&self) -> &'a Rules {
        self.rules
    }

    /// What came too late to count, of what a forecast rests on.
    pub(crate) fn restated(&self) -> Vec<Restated> {
        self.restated_of(COUNTED)
    }

    /// What came too late to count, of some kinds of records.
    pub(crate) fn restated_of(&self, kinds: &[Kind]) -> Vec<Restated> {
        let of = |late: &Restated| {
            let keys: Vec<Key> = late.keys.iter().copied().filter(|key| kinds.contains(&key.kind)).collect();
            (!keys.is_empty()).then(|| Restated { keys, ..late.clone() })
        };
        self.restated.iter().filter_map(of).collect()
    }

    /// Rows of a kind that a late command touched.
    pub(crate) fn late_of(&self, kind: Kind) -> Vec<Id> {
        self.late.iter().filter(|key| key.kind == kind).map(|key| key.id).collect()
    }

    /// Whether a row is as it was: nobody touched it since.
    pub(crate) fn is_untouched(&self, row: &Row) -> bool {
        row.updated_at <= self.as_of
            && row.clocks.values().all(|clock| clock.at <= self.as_of)
            && !self.late.contains(&row.key())
    }

    /// Whether a row that is only ever added was there.
    pub(crate) fn has(&self, row: &Row) -> bool {
        row.created_at <= self.as_of && !self.late.contains(&row.key())
    }

    /// A row as it was; `None` where it was not there yet. Its version and clocks are those of today.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn row(&self, mut row: Row) -> Result<Option<Row>> {
        if row.created_at > self.as_of {
            return Ok(None);
        }
        if self.is_untouched(&row) {
            return Ok(Some(row));
        }
        let key = row.key();
        let schema = self.rules.schema(key.kind);
        let entries = self.read.log(&LogQuery::Record { key, after_version: 0 })?;
        // A field that an entry which counts has written is no longer what an entry before it found.
        let mut written = BTreeSet::new();
        for entry in entries.iter().rev() {
            let content = entry.json()?;
            let counts = self.counts(entry.seq, instant_of(&content)?);
            let Some(change) = changes(&content).find(|change| key_of(change) == Some(key)) else { continue };
            if !counts && change.get("version").and_then(Json::as_u64) == Some(1) {
                return Ok(None);
            }
            for (name, values) in change.get("fields").and_then(Json::as_object).into_iter().flatten() {
                if counts {
                    written.insert(name.clone());
                } else if !written.contains(name)
                    && let Some(place) = schema.position(name)
                {
                    let before = values.get(0).filter(|before| !before.is_null());
                    let kind = schema.field(place).map(|field| field.kind);
                    let value = before.zip(kind).map(|(before, kind)| Value::written(kind, before)).transpose()?;
                    row.set_fact(&schema, place, value.unwrap_or(Value::Null))?;
                }
            }
        }
        Ok(Some(row))
    }

    fn counts(&self, seq: u64, at: Instant) -> bool {
        at <= self.as_of && self.known_seq.is_none_or(|known| seq <= known)
    }

    /// A page of rows as they were, the archived ones among them: a query's condition is asked of the rows of today.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn find(&self, query: &Query) -> Result<Page> {
        let query = Query { archived: Archived::Include, ..query.clone() };
        let mut page = self.read.find(&query)?;
        let mut rows = Vec::with_capacity(page.rows.len());
        for row in page.rows {
            rows.extend(self.row(row)?);
        }
        page.rows = rows;
        Ok(page)
    }

    /// The same without those that were archived.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn find_active(&self, query: &Query) -> Result<Page> {
        let mut page = self.find(query)?;
        page.rows.retain(|row| row.archived_at.is_none());
        Ok(page)
    }

    /// All rows of a kind that meet a condition today, as `find` gives them, page by page.
    ///
    /// # Errors
    /// The store's own, and what `see` gives.
    pub(crate) fn each(
        &self,
        kind: Kind,
        filter: Option<Predicate>,
        find: impl Fn(&Query) -> Result<Page>,
        mut see: impl FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        let schema = self.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), self.as_of);
        query.filter = filter.map(|filter| filter.compile(&schema)).transpose()?;
        query.archived = Archived::Include;
        query.limit = MOST_ROWS;
        loop {
            let page = find(&query)?;
            page.rows.into_iter().try_for_each(&mut see)?;
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// A page of rows as they are.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn find_today(&self, query: &Query) -> Result<Page> {
        self.read.find(query)
    }
}

fn changes(content: &Json) -> impl Iterator<Item = &Json> {
    content.get("changes").and_then(Json::as_array).into_iter().flatten()
}

/// The row that a change of the trail is about.
pub(super) fn key_of(change: &Json) -> Option<Key> {
    let kind = kind(change.get("record")?.as_str()?).ok()?;
    Some(Key { kind, id: change.get("id")?.as_str()?.parse::<Id>().ok()? })
}

fn instant_of(content: &Json) -> Result<Instant> {
    parse_instant(content.get("at").and_then(Json::as_str).unwrap_or_default())
}
