//! A snapshot as somebody sees it: what every question is answered from.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::gate::Gate;
use super::{Ctx, past};
use crate::kernel::access_reason::Action;
use crate::kernel::error::Result;
use crate::kernel::json;
use crate::model::{Key, Kind, Row};
use crate::rules::Rules;
use crate::store::{Entry, LogQuery, Page, Query, Read};

/// Kinds of which rows are not for everybody, however far a role reaches.
const PERSONAL: &[Kind] = &[Kind::Adjustment, Kind::SavedReport, Kind::SavedView];

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

    /// An entry without the changes of rows that are not seen. Where there are such, body and output are left out, which
    /// may speak of them; where there is nothing else, only its instant is left.
    fn shown(&self, entry: Entry, known: &mut BTreeMap<Key, bool>) -> Result<Entry> {
        let has = |kind: &Kind| entry.content.contains(&format!(r#""record":"{}""#, kind.name()));
        if self.gate.is_unlimited() && !PERSONAL.iter().any(has) {
            return Ok(entry);
        }
        let mut content = entry.json()?;
        let Some(Json::Array(changes)) = content.get("changes").cloned() else { return Ok(entry) };
        let all = changes.len();
        let mut seen = Vec::with_capacity(all);
        for change in changes {
            let Some(key) = past::key_of(&change) else { continue };
            let sees = match known.get(&key) {
                Some(sees) => *sees,
                None => {
                    let sees = self.gate.get(&*self.read, key)?.is_some();
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
}

impl Read for Limited<'_> {
    fn get(&self, key: Key) -> Result<Option<Row>> {
        self.gate.get(&*self.read, key)
    }

    fn find(&self, query: &Query) -> Result<Page> {
        match self.gate.sight(&*self.read, Action::Read, query.kind)? {
            None => self.read.find(query),
            sight => self.read.find(&Query { sight, ..query.clone() }),
        }
    }

    fn count(&self, query: &Query) -> Result<u64> {
        match self.gate.sight(&*self.read, Action::Read, query.kind)? {
            None => self.read.count(query),
            sight => self.read.count(&Query { sight, ..query.clone() }),
        }
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
