//! The in-memory store: what every other backend must answer like, and enough for tests and notebooks.

mod table;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use self::table::Table;
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
    tables: BTreeMap<Kind, Arc<Table>>,
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
            let table = space.tables.entry(write.row.body.kind()).or_default();
            Arc::make_mut(table).put(write.row.clone());
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
    fn row(&self, key: Key) -> Option<&Arc<Row>> {
        self.tables.get(&key.kind)?.row(key.id)
    }

    fn is_empty(&self, query: &Query) -> Result<bool> {
        self.tables.get(&query.kind).map_or(Ok(true), |table| table.is_empty(query, self))
    }

    fn check(self: &Arc<Self>, commit: &Commit) -> Result<()> {
        let version = |key: &Key| self.row(*key).map_or(0, |r| r.version);
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
                Guard::Empty(query) if !self.is_empty(query)? => {
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
        Ok(self.row(key).map(|r| Row::clone(r)))
    }

    fn pointing(&self, kind: Kind, field: usize, id: Id) -> Result<Vec<Row>> {
        let Some(table) = self.tables.get(&kind) else { return Ok(Vec::new()) };
        let copied = |row: &Arc<Row>| row.archived_at.is_none().then(|| Row::clone(row));
        if let Some(rows) = table.pointing(field, id) {
            return Ok(rows.filter_map(copied).collect());
        }
        let rows = table.rows().filter(|row| row.body.fact(field) == Fact::Reference(id));
        Ok(rows.filter_map(copied).collect())
    }
}

impl Read for Arc<Space> {
    fn get(&self, key: Key) -> Result<Option<Row>> {
        self.linked(key)
    }

    fn find(&self, query: &Query) -> Result<Page> {
        query.check()?;
        self.tables.get(&query.kind).map_or_else(|| Ok(Page::default()), |table| table.find(query, &**self))
    }

    fn count(&self, query: &Query) -> Result<u64> {
        self.tables.get(&query.kind).map_or(Ok(0), |table| table.count(query, &**self))
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
