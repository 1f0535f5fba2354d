//! The in-memory store: what every other backend must answer like, and enough for tests and notebooks.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::{Commit, Entry, Guard, Head, LogQuery, Page, Query, Read, Store, Workspace};
use crate::kernel::error::{Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::id::Id;
use crate::model::{Key, Kind, Linked, Row};

/// Rows and trail in memory. Snapshots are cheap copies that later commits do not change.
#[derive(Debug, Default)]
pub struct MemoryStore {
    spaces: RwLock<BTreeMap<Workspace, Arc<Space>>>,
}

#[derive(Clone, Debug, Default)]
struct Space {
    rows: BTreeMap<Key, Arc<Row>>,
    log: Vec<Arc<Entry>>,
    by_command: BTreeMap<Id, usize>,
    by_key: BTreeMap<Key, Vec<(u64, usize)>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for MemoryStore {
    fn snapshot(&self, workspace: &Workspace) -> Result<Box<dyn Read + '_>> {
        // A poisoned lock is harmless here: a space is replaced whole or not at all.
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        Ok(Box::new(spaces.get(workspace).cloned().unwrap_or_default()))
    }

    fn commit(&self, workspace: &Workspace, commit: &Commit) -> Result<Entry> {
        let mut spaces = self.spaces.write().unwrap_or_else(PoisonError::into_inner);
        let space = spaces.entry(workspace.clone()).or_default();
        Space::check(space, commit)?;
        // Copied only where a snapshot is still held.
        let space = Arc::make_mut(space);
        let place = space.log.len();
        let entry = commit.draft.link(space.log.last().map_or(Head::default(), |e| e.head()));
        for write in &commit.writes {
            space.rows.insert(write.row.key(), Arc::new(write.row.clone()));
        }
        for (key, version) in &commit.draft.keys {
            space.by_key.entry(*key).or_default().push((*version, place));
        }
        space.by_command.insert(entry.command_id, place);
        space.log.push(Arc::new(entry.clone()));
        Ok(entry)
    }
}

impl Space {
    /// The rows that a query finds, in order of key.
    fn found(&self, query: &Query) -> Result<Vec<&Arc<Row>>> {
        let found = self.rows.values().map(|row| Ok(query.finds(row, self)?.then_some(row)));
        found.filter_map(Result::transpose).collect()
    }

    fn check(self: &Arc<Self>, commit: &Commit) -> Result<()> {
        let version = |key: &Key| self.rows.get(key).map_or(0, |r| r.version);
        let conflict = |key: &Key, expected: u64, found: u64| {
            let (record, id) = (key.kind.name().into(), key.id.to_string());
            Err(Problem::Conflict { record, id, expected, found }.into())
        };
        if self.by_command.contains_key(&commit.draft.command_id) {
            let id = commit.draft.command_id.to_string();
            return Err(Problem::Conflict { record: "command".into(), id, expected: 0, found: 1 }.into());
        }
        for guard in &commit.guards {
            match guard {
                Guard::Version(key, expected) if version(key) != *expected => {
                    return conflict(key, *expected, version(key));
                }
                Guard::Absent(key) if version(key) != 0 => return conflict(key, 0, version(key)),
                Guard::Empty(query) if !self.found(query)?.is_empty() => {
                    let (record, id) = (query.kind.name().into(), "*".into());
                    return Err(Problem::Conflict { record, id, expected: 0, found: 1 }.into());
                }
                Guard::Found(query, fingerprint) if self.find(query)?.fingerprint() != *fingerprint => {
                    let (record, id) = (query.kind.name().into(), "*".into());
                    return Err(Problem::Conflict { record, id, expected: 0, found: 1 }.into());
                }
                Guard::Counted(query, expected) => {
                    let found = self.count(query)?;
                    if found != *expected {
                        let (record, id) = (query.kind.name().into(), "*".into());
                        return Err(Problem::Conflict { record, id, expected: *expected, found }.into());
                    }
                }
                _ => {}
            }
        }
        for write in &commit.writes {
            let key = write.row.key();
            if version(&key) != write.replaces {
                return conflict(&key, write.replaces, version(&key));
            }
        }
        Ok(())
    }
}

impl Linked for Space {
    fn linked(&self, key: Key) -> Result<Option<Row>> {
        Ok(self.rows.get(&key).map(|r| Row::clone(r)))
    }

    fn pointing(&self, kind: Kind, field: usize, id: Id) -> Result<Vec<Row>> {
        let points = |row: &Row| {
            row.body.kind() == kind && row.archived_at.is_none() && row.body.fact(field) == Fact::Reference(id)
        };
        Ok(self.rows.values().filter(|row| points(row)).map(|row| Row::clone(row)).collect())
    }
}

impl Read for Arc<Space> {
    fn get(&self, key: Key) -> Result<Option<Row>> {
        Ok(self.rows.get(&key).map(|r| Row::clone(r)))
    }

    fn find(&self, query: &Query) -> Result<Page> {
        query.check()?;
        let after = |place: &super::Cursor| query.after.as_ref().is_none_or(|c| query.compare(place, c).is_gt());
        let seen = self.found(query)?.into_iter().map(|r| (query.place(r), r));
        let mut found: Vec<_> = seen.filter(|(place, _)| after(place)).collect();
        found.sort_by(|(a, _), (b, _)| query.compare(a, b));
        let rows = found.into_iter().take(query.limit.saturating_add(1)).map(|(_, r)| Row::clone(r)).collect();
        Ok(Page::cut(rows, query))
    }

    fn count(&self, query: &Query) -> Result<u64> {
        Ok(crate::kernel::json::length(self.found(query)?.len()))
    }

    fn log(&self, query: &LogQuery) -> Result<Vec<Entry>> {
        let at = |place: &usize| self.log.get(*place).map(|e| Entry::clone(e));
        Ok(match query {
            LogQuery::Command(id) => self.by_command.get(id).and_then(at).into_iter().collect(),
            LogQuery::After { seq, limit } => {
                let skip = usize::try_from(*seq).unwrap_or(usize::MAX);
                self.log.iter().skip(skip).take(*limit).map(|e| Entry::clone(e)).collect()
            }
            LogQuery::Record { key, after_version } => {
                let places = self.by_key.get(key).into_iter().flatten();
                places.filter(|(v, _)| v > after_version).filter_map(|(_, place)| at(place)).collect()
            }
            LogQuery::Last => self.log.last().map(|e| Entry::clone(e)).into_iter().collect(),
        })
    }
}
