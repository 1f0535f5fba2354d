//! Rows, fields and questions that the cases share.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::Value as Json;

use super::Failure;
use crate::kernel::error::{Code, Result};
use crate::kernel::field::{Field, FieldType, Schema};
use crate::kernel::id::Id;
use crate::kernel::json::length;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::{Instant, parse_instant};
use crate::kernel::value::Value;
use crate::model::{AnyRecord, Kind, META_FIELDS, Row};
use crate::store::{Archived, Commit, Draft, Entry, Guard, Order, Query, Read, Store, Workspace, Write};

pub(super) type Outcome<T = ()> = Result<T, Failure>;

/// The host's own fields in every case: one of each type.
pub(super) const CUSTOM: &[(&str, FieldType)] = &[
    ("text", FieldType::Text),
    ("integer", FieldType::Integer),
    ("number", FieldType::Number),
    ("money", FieldType::Money),
    ("boolean", FieldType::Boolean),
    ("date", FieldType::Date),
    ("instant", FieldType::Instant),
    ("reference", FieldType::Reference),
    ("texts", FieldType::Texts),
    ("o'clock \"x\"", FieldType::Text),
];

pub(super) fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Outcome {
    if found == expected {
        return Ok(());
    }
    Err(Failure(format!("{what}: found {found:?}, expected {expected:?}")))
}

pub(super) fn refused<T: Debug>(what: &str, found: Result<T>, expected: Code) -> Outcome {
    match found {
        Err(e) if e.code() == expected => Ok(()),
        other => Err(Failure(format!("{what}: found {other:?}, expected the error {}", expected.name()))),
    }
}

pub(super) fn instant(text: &str) -> Outcome<Instant> {
    Ok(parse_instant(text)?)
}

/// The instant at which every question is meant.
pub(super) fn noon() -> Outcome<Instant> {
    instant("2026-03-29T12:00:00Z")
}

pub(super) fn schema_of(kind: Kind) -> Arc<Schema> {
    let custom = CUSTOM.iter().map(|(name, kind)| Field::custom(name, *kind));
    let declared = META_FIELDS.iter().chain(kind.fields()).cloned();
    Arc::new(Schema::new(kind.name(), declared.chain(custom)))
}

/// A row of version 1 with a name of its own; `n` orders rows by age.
pub(super) fn row_of(kind: Kind, n: i64, fields: &[(&str, Json)]) -> Outcome<Row> {
    let created_at = noon()?.checked_sub_signed(TimeDelta::try_seconds(n).unwrap_or_default()).unwrap_or(noon()?);
    let mut body = kind.empty();
    for (name, json) in fields {
        set(&mut body, name, json)?;
    }
    Ok(Row {
        id: Id::from_text(&n.to_string()),
        version: 1,
        created_at,
        updated_at: created_at,
        archived_at: None,
        clocks: std::collections::BTreeMap::new(),
        body,
    })
}

pub(super) fn lead(n: i64, fields: &[(&str, Json)]) -> Outcome<Row> {
    row_of(Kind::Lead, n, fields)
}

/// Sets a field by name, `custom.` included.
pub(super) fn set(body: &mut AnyRecord, name: &str, json: &Json) -> Outcome {
    let schema = schema_of(body.kind());
    let (index, field) = schema.resolve(name)?;
    let value = Value::from_json(field.kind, json)?;
    match name.strip_prefix("custom.") {
        Some(custom) => body.custom_mut().set(custom, value),
        None => body.set(index.saturating_sub(META_FIELDS.len()), value)?,
    }
    Ok(())
}

/// A workspace of a store, with a source of command ids.
pub(super) struct Bench<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) workspace: Workspace,
    commands: Cell<u64>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(store: &'a dyn Store) -> Outcome<Self> {
        Self::at(store, "one")
    }

    pub(super) fn at(store: &'a dyn Store, workspace: &str) -> Outcome<Self> {
        Ok(Bench { store, workspace: Workspace::new(workspace)?, commands: Cell::new(0) })
    }

    /// A commit of rows, each of which replaces the version before its own.
    pub(super) fn draft(&self, rows: &[Row]) -> Commit {
        let n = self.commands.get().saturating_add(1);
        self.commands.set(n);
        Commit {
            guards: Vec::new(),
            writes: rows.iter().map(|r| Write { row: r.clone(), replaces: r.version.saturating_sub(1) }).collect(),
            draft: Draft {
                command_id: Id::from_text(&format!("command {n}")),
                keys: rows.iter().map(|r| (r.key(), r.version)).collect(),
                content: format!("{{\"command\":{n},\"note\":\"œ 'quoted' \\u0000\"}}"),
            },
        }
    }

    pub(super) fn put(&self, rows: &[Row]) -> Outcome<Entry> {
        Ok(self.commit(&self.draft(rows))?)
    }

    pub(super) fn guarded(&self, guard: Guard) -> Result<Entry> {
        let mut commit = self.draft(&[]);
        commit.guards.push(guard);
        self.commit(&commit)
    }

    pub(super) fn commit(&self, commit: &Commit) -> Result<Entry> {
        self.store.commit(&self.workspace, commit)
    }

    pub(super) fn read(&self) -> Outcome<Box<dyn Read + '_>> {
        Ok(self.store.snapshot(&self.workspace)?)
    }

    /// The ids that a query finds, in its order, page by page; the count must agree.
    pub(super) fn find(&self, query: &Query) -> Outcome<Vec<Id>> {
        let read = self.read()?;
        let mut query = query.clone();
        let mut found = Vec::new();
        let expected = read.count(&query)?;
        loop {
            let page = read.find(&query)?;
            found.extend(page.rows.iter().map(|r| r.id));
            if page.rows.len() > query.limit || (page.next.is_some() && page.rows.len() < query.limit) {
                return Err(Failure(format!("a page of {} rows for a limit of {}", page.rows.len(), query.limit)));
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
            if length(found.len()) > expected {
                return Err(Failure(format!("more rows on the pages than the {expected} that were counted")));
            }
        }
        same("count", &expected, &length(found.len()))?;
        Ok(found)
    }

    /// The numbers ([`lead`]'s `n`) of the rows that a condition finds.
    pub(super) fn numbers(&self, condition: &Predicate, most: i64) -> Outcome<BTreeSet<i64>> {
        let mut query = all(Kind::Lead)?;
        query.filter = Some(condition.compile(&query.schema)?);
        let found: BTreeSet<Id> = self.find(&query)?.into_iter().collect();
        Ok((0..=most).filter(|n| found.contains(&Id::from_text(&n.to_string()))).collect())
    }

    /// The truth of a condition for each row from 0 to `most`: `T`, `F` or `?`.
    pub(super) fn truth(&self, condition: &Predicate, most: i64) -> Outcome<String> {
        let holds = self.numbers(condition, most)?;
        let fails = self.numbers(&Predicate::Not(Box::new(condition.clone())), most)?;
        Ok((0..=most)
            .map(|n| match (holds.contains(&n), fails.contains(&n)) {
                (true, false) => 'T',
                (false, true) => 'F',
                (false, false) => '?',
                (true, true) => '!',
            })
            .collect())
    }
}

pub(super) fn all(kind: Kind) -> Outcome<Query> {
    let mut query = Query::all(kind, schema_of(kind), noon()?);
    query.archived = Archived::Include;
    query.limit = 3;
    Ok(query)
}

/// Leads in an order of fields; `-` before a name for the largest first.
pub(super) fn by(fields: &[&str]) -> Outcome<Query> {
    let mut query = all(Kind::Lead)?;
    for field in fields {
        let (name, descending) = field.strip_prefix('-').map_or((*field, false), |rest| (rest, true));
        let (field, _) = query.schema.resolve(name)?;
        query.order.push(Order { field, descending });
    }
    Ok(query)
}

pub(super) fn test(field: &str, operator: Operator, value: impl Into<Json>) -> Predicate {
    Predicate::test(field, operator, value)
}

pub(super) fn ids(numbers: &[i64]) -> Vec<Id> {
    numbers.iter().map(|n| Id::from_text(&n.to_string())).collect()
}
