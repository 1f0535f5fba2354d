//! A snapshot as somebody sees it: what every question is answered from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::gate::Gate;
use super::{Ctx, past};
use crate::kernel::access_reason::Action;
use crate::kernel::error::Result;
use crate::kernel::json;
use crate::kernel::predicate::Compiled;
use crate::model::{AnyRecord, Key, Kind, Row, Sight};
use crate::rules::Rules;
use crate::store::{Entry, LogQuery, Page, Query, Read};

/// Kinds of which rows are not for everybody, however far a role reaches.
const PERSONAL: &[Kind] = &[Kind::Adjustment, Kind::Leave, Kind::SavedReport, Kind::SavedView];

/// A snapshot without what the actor does not see: a row is as if it were not there, pages, counts and cursors are those
/// of the others, and the trail has nothing of its content.
pub(crate) struct Limited<'r> {
    read: Box<dyn Read + 'r>,
    gate: Gate<'r>,
}

impl<'r> Limited<'r> {
    /// The snapshot as the actor sees it.
    pub(crate) fn new(read: Box<dyn Read + 'r>, rules: &'r Rules, ctx: &Ctx) -> Self {
        Self { read, gate: Gate::new(rules, ctx) }
    }

    /// The same of a snapshot that somebody else holds.
    pub(crate) fn over(read: &'r dyn Read, rules: &'r Rules, ctx: &Ctx) -> Self {
        Self::new(Box::new(Borrowed(read)), rules, ctx)
    }

    /// An entry without the changes of rows that are not seen. Where there are such, body and output are left out, which
    /// may speak of them; where there is nothing else, only its instant is left.
    fn shown(&self, entry: Entry, known: &mut BTreeMap<Key, bool>) -> Result<Entry> {
        let has = |kind: &Kind| entry.content.contains(&format!(r#""record":"{}""#, kind.name()));
        if self.gate.is_unlimited() && !PERSONAL.iter().any(has) {
            return Ok(entry);
        }
        let mut content = entry.json()?;
        let confidants = Confidants(self.gate.confidants(&*self.read)?);
        let Some(Json::Array(changes)) = content.get("changes").cloned() else { return Ok(entry) };
        let all = changes.len();
        let mut seen = Vec::with_capacity(all);
        for change in changes {
            let Some(key) = past::key_of(&change) else { continue };
            let sees = match known.get(&key) {
                Some(sees) => *sees,
                None => {
                    let row = self.gate.get(&*self.read, key)?;
                    let sees = row.is_some_and(|row| confidants.covers(&row));
                    known.insert(key, sees);
                    sees
                }
            };
            seen.extend(Some(change).filter(|_| sees));
        }
        let hidden = all.saturating_sub(seen.len());
        if hidden == 0 {
            return Ok(entry);
        }
        if let Some(map) = content.as_object_mut() {
            if seen.is_empty() {
                map.retain(|key, _| key == "at");
            } else {
                map.insert("body".into(), Json::Null);
                map.insert("output".into(), Json::Null);
            }
            map.insert("changes".into(), json!(seen));
            map.insert("hidden_changes".into(), json::length(hidden).into());
        }
        Ok(Entry { content: json::canonical(&content), ..entry })
    }

    /// A draft without what it keeps of rows that the reader may not see.
    fn without_preview(&self, mut row: Row) -> Row {
        if !self.gate.is_unlimited()
            && let AnyRecord::Draft(draft) = &mut row.body
        {
            draft.preview.clear();
        }
        row
    }

    /// A query for the rows that are seen; one that asks why somebody is on leave finds only those of whom it is told.
    fn limited(&self, query: &Query) -> Result<Query> {
        let mut all: Vec<Sight> = query.sight.iter().map(|sight| (**sight).clone()).collect();
        all.extend(self.gate.sight(&*self.read, Action::Read, query.kind)?.map(|sight| (*sight).clone()));
        if query.kind == Kind::Leave && asks_why(query) {
            let texts = self.gate.confidants(&*self.read)?;
            let field = Kind::Leave.place("user");
            all.extend(texts.zip(field).map(|(texts, field)| Sight::OneOf { field, texts: Arc::new(texts) }));
        }
        if query.kind == Kind::Draft && !self.gate.is_unlimited() && asks(query, PREVIEW) {
            all.push(Sight::NOTHING);
        }
        let sight = match all.len() {
            0 => None,
            1 => all.pop().map(Arc::new),
            _ => Some(Arc::new(Sight::All(all))),
        };
        Ok(Query { sight, ..query.clone() })
    }
}

/// What of a leave only some read.
const WHY: [&str; 2] = ["kind", "note"];

/// What a draft keeps of other rows, which not everybody who sees the draft sees; the question `draft` shows what is seen.
const PREVIEW: &[&str] = &["preview"];

fn asks_why(query: &Query) -> bool {
    asks(query, &WHY)
}

fn asks(query: &Query, names: &[&str]) -> bool {
    let ordered = query.order.iter().map(|order| order.field);
    let tested = query.filter.iter().flat_map(Compiled::fields);
    let private: Vec<usize> =
        names.iter().filter_map(|name| query.schema.resolve(name).ok().map(|(at, _)| at)).collect();
    ordered.chain(tested).any(|field| private.contains(&field))
}

/// The users of whose leave it is told why; `None` is everybody.
struct Confidants(Option<BTreeSet<String>>);

impl Confidants {
    fn covers(&self, row: &Row) -> bool {
        match &row.body {
            AnyRecord::Leave(leave) => self.0.as_ref().is_none_or(|users| users.contains(&leave.user)),
            _ => true,
        }
    }

    /// The row, without why somebody is on leave where that is not told.
    fn shown(&self, mut row: Row) -> Row {
        if !self.covers(&row)
            && let AnyRecord::Leave(leave) = &mut row.body
        {
            leave.kind = None;
            leave.note.clear();
        }
        row
    }
}

/// A snapshot that somebody else holds.
struct Borrowed<'r>(&'r dyn Read);

impl Read for Borrowed<'_> {
    fn get(&self, key: Key) -> Result<Option<Row>> {
        self.0.get(key)
    }

    fn find(&self, query: &Query) -> Result<Page> {
        self.0.find(query)
    }

    fn count(&self, query: &Query) -> Result<u64> {
        self.0.count(query)
    }

    fn log(&self, query: &LogQuery) -> Result<Vec<Entry>> {
        self.0.log(query)
    }

    fn check(&self) -> Result<()> {
        self.0.check()
    }
}

impl Read for Limited<'_> {
    fn get(&self, key: Key) -> Result<Option<Row>> {
        let row = self.gate.get(&*self.read, key)?.map(|row| self.without_preview(row));
        if key.kind != Kind::Leave {
            return Ok(row);
        }
        let confidants = Confidants(self.gate.confidants(&*self.read)?);
        Ok(row.map(|row| confidants.shown(row)))
    }

    fn find(&self, query: &Query) -> Result<Page> {
        let mut page = self.read.find(&self.limited(query)?)?;
        if query.kind == Kind::Draft {
            page.rows = page.rows.into_iter().map(|row| self.without_preview(row)).collect();
        }
        if query.kind == Kind::Leave {
            let confidants = Confidants(self.gate.confidants(&*self.read)?);
            page.rows = page.rows.into_iter().map(|row| confidants.shown(row)).collect();
        }
        Ok(page)
    }

    fn count(&self, query: &Query) -> Result<u64> {
        self.read.count(&self.limited(query)?)
    }

    fn log(&self, query: &LogQuery) -> Result<Vec<Entry>> {
        let mut known = BTreeMap::new();
        let entries = self.read.log(query)?;
        entries.into_iter().map(|entry| self.shown(entry, &mut known)).collect()
    }

    fn check(&self) -> Result<()> {
        self.read.check()
    }
}
