//! The in-memory store finds by its look-ups what a walk over all rows finds, page by page and in the same order.

use std::sync::Arc;

use crm_core::kernel::predicate::Predicate;
use crm_core::model::{AnyRecord, Deal, Kind, META_FIELDS, Row};
use crm_core::store::{Archived, Commit, Cursor, Draft, MemoryStore, Order, Query, Store as _, Workspace, Write};
use crm_core::{Id, Instant, Money, Schema};
use serde_json::{Value as Json, json};

const ROWS: usize = 240;

fn at(day: usize) -> Instant {
    let day = i64::try_from(day).unwrap();
    Instant::from_timestamp(1_790_000_000 + day * 86_400, 0).unwrap()
}

/// The `i`th deal in its `version`: few values of each field, and some that nobody knows.
fn row(i: usize, version: usize) -> Row {
    let n = i * 7 + version * 3;
    let text =
        |every: usize, of: &[&str]| if n.is_multiple_of(every) { String::new() } else { of[n % of.len()].to_owned() };
    let deal = Deal {
        name: format!("Chantier {}", n % 50),
        account: (!n.is_multiple_of(5)).then(|| Id::from_text(&format!("account {}", n % 60))),
        owner: text(6, &["Zoé", "anne", "PAUL"]),
        stage: text(4, &["new", "Proposal", "won"]),
        value: Some(Money::new(i64::try_from(n % 40).unwrap(), "EUR".parse().unwrap()).unwrap()),
        close_date: (!n.is_multiple_of(3)).then(|| at(n % 30).date_naive()),
        closed_at: n.is_multiple_of(4).then(|| at(n % 20)),
        ..Deal::default()
    };
    let archived_at = n.is_multiple_of(11).then(|| at(40));
    let created_at = at(i / 4);
    let id = Id::from_text(&format!("deal {i}"));
    let version = u64::try_from(version).unwrap() + 1;
    Row { id, version, created_at, updated_at: at(40), archived_at, clocks: Default::default(), body: deal.into() }
}

fn store(workspace: &Workspace) -> (MemoryStore, Vec<Row>) {
    let store = MemoryStore::new();
    let mut rows = Vec::new();
    for version in 0..2 {
        // Of the second round every third row: what stood where must not be found there any more.
        let some = (0..ROWS).filter(|i| version == 0 || i.is_multiple_of(3));
        let written: Vec<Row> = some.map(|i| row(i, version)).collect();
        let writes = written.iter().map(|row| Write { row: row.clone(), replaces: row.version - 1 }).collect();
        let draft = Draft { command_id: Id::from_text(&version.to_string()), keys: Vec::new(), content: "{}".into() };
        store.commit(workspace, &Commit { guards: Vec::new(), writes, draft }).unwrap();
        rows.retain(|old: &Row| written.iter().all(|new| new.id != old.id));
        rows.extend(written);
    }
    (store, rows)
}

/// A page by a walk over all rows.
fn walked(rows: &[Row], query: &Query) -> (Vec<Id>, Option<Cursor>) {
    let mut found: Vec<(Cursor, Id)> =
        rows.iter().filter(|row| query.sees(row)).map(|row| (query.place(row), row.id)).collect();
    found.retain(|(place, _)| query.after.as_ref().is_none_or(|after| query.compare(place, after).is_gt()));
    found.sort_by(|(a, _), (b, _)| query.compare(a, b));
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let next = found.last().filter(|_| more).map(|(place, _)| place.clone());
    (found.into_iter().map(|(_, id)| id).collect(), next)
}

#[test]
fn look_ups_find_what_a_walk_finds() {
    let workspace = Workspace::new("acme").unwrap();
    let (store, rows) = store(&workspace);
    let read = store.snapshot(&workspace).unwrap();
    let schema = Arc::new(Schema::new("deal", META_FIELDS.iter().chain(Kind::Deal.fields()).cloned()));
    let account = |n: usize| json!(Id::from_text(&format!("account {n}")).to_string());
    let test = |field: &str, op: &str, value: Json| json!({"field": field, "op": op, "value": value});
    let some: Vec<Json> = (0..30).map(account).collect();
    let ids: Vec<Json> = rows.iter().step_by(5).map(|row| json!(row.id.to_string())).collect();
    let filters = [
        Json::Null,
        test("account", "eq", account(7)),
        test("account", "in", json!(some)),
        test("account", "not_in", json!(some)),
        test("owner", "eq", json!("ZOÉ")),
        test("owner", "ge", json!("b")),
        json!({"field": "owner", "op": "is_null"}),
        json!({"field": "owner", "op": "is_known"}),
        test("close_date", "between", json!([at(3).date_naive().to_string(), at(12).date_naive().to_string()])),
        test("closed_at", "lt", json!("2026-09-30T00:00:00Z")),
        test("closed_at", "within_days", json!(20)),
        test("closed_at", "next_days", json!(20)),
        test("closed_at", "older_than_days", json!(2)),
        test("id", "in", json!(ids)),
        test("value", "gt", json!({"amount": "0.20", "currency": "EUR"})),
        json!({"not": test("stage", "eq", json!("won"))}),
        json!({"any": [test("stage", "eq", json!("won")), test("owner", "eq", json!("paul"))]}),
        json!({"all": [test("stage", "in", json!(["new", "PROPOSAL"])), test("account", "in", json!(some)),
            test("close_date", "le", json!(at(20).date_naive().to_string()))]}),
    ];
    let fields = ["account", "owner", "close_date", "closed_at", "value", "created_at", "id", "description"];
    let orders = fields.iter().flat_map(|field| [vec![(*field, false)], vec![(*field, true)]]);
    let orders: Vec<Vec<(&str, bool)>> = orders.chain([vec![], vec![("stage", false), ("close_date", true)]]).collect();
    let mut pages = 0;
    for filter in &filters {
        let filter = (!filter.is_null()).then(|| Predicate::from_json(filter).unwrap().compile(&schema).unwrap());
        for order in &orders {
            for (archived, limit) in [(Archived::Exclude, 7), (Archived::Include, 100), (Archived::Only, 1)] {
                let mut query = Query::all(Kind::Deal, Arc::clone(&schema), at(10));
                (query.filter, query.archived, query.limit) = (filter.clone(), archived, limit);
                let order = order.iter().map(|(field, descending)| Order {
                    field: schema.position(field).unwrap(),
                    descending: *descending,
                });
                query.order = order.collect();
                let all = rows.iter().filter(|row| query.sees(row)).count();
                assert_eq!(read.count(&query).unwrap(), u64::try_from(all).unwrap());
                loop {
                    let page = read.find(&query).unwrap();
                    let found: Vec<Id> = page.rows.iter().map(|row| row.id).collect();
                    assert_eq!((found, page.next.clone()), walked(&rows, &query), "{query:?}");
                    assert!(page.rows.iter().all(|row| matches!(row.body, AnyRecord::Deal(_)) && rows.contains(row)));
                    pages += 1;
                    match page.next {
                        Some(next) => query.after = Some(next),
                        None => break,
                    }
                }
            }
        }
    }
    assert!(pages > 5_000, "{pages}");
}
