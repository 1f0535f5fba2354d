//! What a proposed command would do: what whoever decides is shown, and whether it is still so.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::draft_carry_out::{GATE, decide_any};
use super::undo::is_derived;
use super::{AnyCommand, Cx};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::Key;
use crate::rules::kind;
use crate::store::Guard;

/// Most rows that a proposed command reads or changes.
const MOST_ROWS_SHOWN: usize = 500;

/// What a proposed command would do, and the rows on which that rests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shown {
    /// What it would answer.
    pub(crate) output: Json,
    /// What it would change: of a row that is there each field before and after, of a new one what it would say.
    pub(crate) changes: Vec<Json>,
    /// The rows that were looked at, with their versions.
    pub(crate) read: Vec<ShownRow>,
}

/// A row that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShownRow {
    record: String,
    id: Id,
    /// 0 where there was none.
    version: u64,
}

impl Shown {
    /// Decides on the snapshot with what is staged so far, aside.
    ///
    /// # Errors
    /// What the command would refuse, and [`Problem::TooMany`] rows.
    pub(super) fn of(cx: &Cx<'_>, command: &dyn AnyCommand) -> Result<Self> {
        let mut aside = cx.ahead();
        let output = decide_any(&mut aside, command)?;
        let (writes, guards, changes) = aside.finish();
        let mut shown = Shown { output, ..Shown::default() };
        let mut look = |key: Key, version: u64| {
            if !GATE.contains(&key.kind) {
                shown.read.push(ShownRow { record: key.kind.name().to_owned(), id: key.id, version });
            }
        };
        writes.iter().for_each(|write| look(write.row.key(), write.replaces));
        for guard in &guards {
            match guard {
                Guard::Version(key, version) => look(*key, *version),
                Guard::Absent(key) => look(*key, 0),
                _ => {}
            }
        }
        for (write, change) in writes.iter().zip(changes) {
            let mut map = Map::new();
            map.insert("record".into(), change.key.kind.name().into());
            map.insert("id".into(), change.key.id.to_string().into());
            if write.replaces == 0 {
                map.insert("row".into(), write.row.to_json());
            } else {
                map.insert("version".into(), write.replaces.into());
                map.insert("fields".into(), Json::Object(change.fields));
            }
            shown.changes.push(Json::Object(map));
        }
        let rows = shown.read.len().max(shown.changes.len());
        if rows > MOST_ROWS_SHOWN {
            let (found, most) = (json::length(rows), json::length(MOST_ROWS_SHOWN));
            return Err(Problem::TooMany { what: "rows", found, most }.into());
        }
        Ok(shown)
    }

    pub(super) fn to_text(&self) -> String {
        json::canonical(&json!(self))
    }

    /// Reads what a draft keeps.
    ///
    /// # Errors
    /// [`Problem::Corrupt`] of what this library did not write.
    pub(crate) fn from_text(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|e| Problem::Corrupt { detail: e.to_string() }.into())
    }

    /// Whether a row was looked at.
    pub(crate) fn has(&self, key: Key) -> bool {
        self.read.iter().any(|row| row.id == key.id && row.record == key.kind.name())
    }

    /// The rows that are not as they were when this was shown. What the library derives, such as scores, is nobody's change.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn changed(&self, cx: &mut Cx<'_>) -> Result<Vec<Key>> {
        let mut changed = Vec::new();
        for row in &self.read {
            let key = Key { kind: kind(&row.record)?, id: row.id };
            // Who decides may see less than who proposed; whether it changed is the library's question.
            let now = cx.by_itself(|cx| cx.row(key))?;
            let is_same = match &now {
                None => row.version == 0,
                Some(now) if row.version == 0 || now.version < row.version => false,
                Some(now) => {
                    let since = now.clocks.iter().filter(|(_, clock)| clock.version > row.version);
                    since.map(|(field, _)| field).all(|field| is_derived(key.kind, field))
                }
            };
            if !is_same {
                changed.push(key);
            }
        }
        Ok(changed)
    }
}
