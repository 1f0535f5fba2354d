//! Leads and commits that the tests share.

use std::collections::BTreeMap;
use std::sync::Arc;

use crm_core::kernel::predicate::{Operator, Predicate};
use crm_core::model::{Kind, Lead, META_FIELDS, Record as _, Row};
use crm_core::store::{Commit, Draft, Query, Store, Workspace, Write};
use crm_core::{Id, Instant, Money, Schema};

pub fn workspace() -> Workspace {
    Workspace::new("one").unwrap()
}

pub fn at() -> Instant {
    "2026-03-29T12:00:00Z".parse().unwrap()
}

pub fn schema() -> Arc<Schema> {
    Arc::new(Schema::new("lead", META_FIELDS.iter().chain(Kind::Lead.fields()).cloned()))
}

pub fn lead(n: u64, version: u64) -> Row {
    let value = Money::parse(&format!("{n}.50"), "EUR".parse().unwrap()).unwrap();
    let body = Lead {
        company: format!("Société {n}"),
        email: format!("contact{n}@exemple.fr"),
        stage: "new".into(),
        value: Some(value),
        size: Some(i64::try_from(n).unwrap()),
        tags: vec!["a".into()],
        ..Lead::default()
    };
    let (created_at, updated_at) = (at(), at());
    Row {
        id: Id::from_text(&n.to_string()),
        version,
        created_at,
        updated_at,
        archived_at: None,
        clocks: BTreeMap::new(),
        body: body.into_any(),
    }
}

/// A commit of leads; `command` names it.
pub fn commit(command: &str, rows: Vec<Row>) -> Commit {
    let keys = rows.iter().map(|r| (r.key(), r.version)).collect();
    let writes = rows.into_iter().map(|row| Write { replaces: row.version - 1, row }).collect();
    let content = format!("{{\"command\":\"{command}\"}}");
    Commit { guards: vec![], writes, draft: Draft { command_id: Id::from_text(command), keys, content } }
}

pub fn put(store: &dyn Store, n: u64) -> crm_core::Result<()> {
    store.commit(&workspace(), &commit(&format!("put {n}"), vec![lead(n, 1)])).map(|_| ())
}

pub fn all() -> Query {
    let mut query = Query::all(Kind::Lead, schema(), at());
    query.limit = 1000;
    query
}

pub fn with(field: &str, operator: Operator, value: &str) -> Query {
    let mut query = all();
    query.filter = Some(Predicate::test(field, operator, value).compile(&query.schema).unwrap());
    query
}

/// How many leads a store has, after checking its trail from end to end.
pub fn leads(store: &dyn Store) -> u64 {
    let read = store.snapshot(&workspace()).unwrap();
    let log = read.log(&crm_core::store::LogQuery::After { seq: 0, limit: usize::MAX }).unwrap();
    crm_core::store::verify_chain(crm_core::store::Head::default(), &log).unwrap();
    read.count(&all()).unwrap()
}
