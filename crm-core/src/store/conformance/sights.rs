//! Who sees what: a store shows and counts exactly the rows for which a sight holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::Failure;
use super::fixture::{Bench, Outcome, all, instant, refused, row_of, same};
use crate::kernel::error::{Code, Result};
use crate::kernel::fact::Fact;
use crate::kernel::id::Id;
use crate::model::{Key, Kind, Linked, Row, Sight};
use crate::store::{Guard, Store};

/// The rows as the case made them: what a store is held against.
struct Rows(BTreeMap<Key, Row>);

impl Linked for Rows {
    fn linked(&self, key: Key) -> Result<Option<Row>> {
        Ok(self.0.get(&key).cloned())
    }

    fn pointing(&self, kind: Kind, field: usize, id: Id) -> Result<Vec<Row>> {
        let points = |row: &&Row| {
            row.body.kind() == kind && row.archived_at.is_none() && row.body.fact(field) == Fact::Reference(id)
        };
        Ok(self.0.values().filter(points).cloned().collect())
    }
}

/// Deals, their shares, and activities on them, of a few people who are spelled alike.
fn some_rows() -> Outcome<Vec<Row>> {
    let id = |n: i64| Json::from(Id::from_text(&n.to_string()).to_string());
    let mut rows = Vec::new();
    let owners = ["anne", "Anne", "bob", "", "bob's \"b\" œ"];
    for (n, owner) in (0..).zip(owners) {
        rows.push(row_of(Kind::Deal, n, &[("owner", json!(owner)), ("name", json!("deal"))])?);
    }
    let shares = [(20, 2, "anne", false), (21, 3, "bob", false), (22, 3, "Anne", true), (23, 99, "anne", false)];
    for (n, deal, owner, archived) in shares {
        let mut row = row_of(Kind::DealSplit, n, &[("deal", id(deal)), ("owner", json!(owner))])?;
        row.archived_at = if archived { Some(instant("2026-01-01T00:00:00Z")?) } else { None };
        rows.push(row);
    }
    for (n, deal, actor) in [(30, 0, ""), (31, 1, "bob"), (32, 3, ""), (33, 99, ""), (34, 2, "anne")] {
        rows.push(row_of(Kind::Activity, n, &[("deal", id(deal)), ("actor", json!(actor))])?);
    }
    rows.push(row_of(Kind::Activity, 35, &[("kind", json!("call"))])?);
    Ok(rows)
}

fn place(kind: Kind, name: &str) -> Outcome<usize> {
    kind.place(name).ok_or_else(|| Failure(format!("{} has no {name}", kind.name())))
}

/// Sights of a kind, to some depth.
fn sights(kind: Kind) -> Outcome<Vec<Sight>> {
    let people = |names: &[&str]| Arc::new(names.iter().map(|n| (*n).to_owned()).collect::<BTreeSet<_>>());
    let name = match kind {
        Kind::Activity => "actor",
        _ => "owner",
    };
    let field = place(kind, name)?;
    let mut found = vec![Sight::EVERYTHING, Sight::NOTHING, Sight::Unknown { field }];
    for names in [&["anne"][..], &["Anne", "bob"], &["bob's \"b\" œ", "%", ""], &[]] {
        found.push(Sight::OneOf { field, texts: people(names) });
    }
    let deal = match kind {
        Kind::Deal => {
            let field = place(Kind::DealSplit, "deal")?;
            for sight in sights(Kind::DealSplit)?.into_iter().take(7) {
                found.push(Sight::PointedAt { kind: Kind::DealSplit, field, sight: Arc::new(sight) });
            }
            found.push(Sight::Unpointed { kind: Kind::DealSplit, field });
            None
        }
        Kind::Activity => Some(place(kind, "deal")?),
        _ => None,
    };
    if let Some(field) = deal {
        for sight in sights(Kind::Deal)? {
            found.push(Sight::Through { field, kind: Kind::Deal, sight: Arc::new(sight) });
        }
        found.push(Sight::Unknown { field });
    }
    let pairs: Vec<Sight> = found
        .iter()
        .zip(found.iter().rev())
        .flat_map(|(a, b)| {
            let both = vec![a.clone(), b.clone()];
            [Sight::Any(both.clone()), Sight::All(both)]
        })
        .collect();
    found.extend(pairs);
    Ok(found)
}

pub(super) fn only_what_is_seen_is_found_and_counted(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let rows = some_rows()?;
    bench.put(&rows)?;
    // The same elsewhere is nobody's business.
    Bench::at(store, "two")?.put(&rows)?;
    let known = Rows(rows.into_iter().map(|row| (row.key(), row)).collect());
    for kind in [Kind::Deal, Kind::Activity] {
        for sight in sights(kind)? {
            let mut expected = Vec::new();
            for row in known.0.values().filter(|row| row.body.kind() == kind) {
                if sight.holds(row, &known)? {
                    expected.push((row.created_at, row.id));
                }
            }
            expected.sort_unstable();
            let expected: Vec<Id> = expected.into_iter().map(|(_, id)| id).collect();
            let mut query = all(kind)?;
            query.sight = Some(Arc::new(sight));
            query.limit = 2;
            same(&format!("{:?}", query.sight), &bench.find(&query)?, &expected)?;
            let count = u64::try_from(expected.len()).unwrap_or_default();
            bench.guarded(Guard::Counted(Box::new(query.clone()), count))?;
            let wrong = Guard::Counted(Box::new(query), count.saturating_add(1));
            refused("a count of what is seen", bench.guarded(wrong), Code::Conflict)?;
        }
    }
    Ok(())
}

pub(super) fn sights_hold_as_they_read(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    bench.put(&some_rows()?)?;
    let (owner, split, deal) =
        (place(Kind::Deal, "owner")?, place(Kind::DealSplit, "deal")?, place(Kind::Activity, "deal")?);
    let texts = Arc::new(BTreeSet::from(["anne".to_owned()]));
    let owned = Sight::OneOf { field: owner, texts: texts.clone() };
    let shares = Arc::new(Sight::OneOf { field: place(Kind::DealSplit, "owner")?, texts });
    let shared = Sight::PointedAt { kind: Kind::DealSplit, field: split, sight: shares };
    let either = Sight::Any(vec![owned.clone(), shared]);
    let through = Sight::Through { field: deal, kind: Kind::Deal, sight: Arc::new(either.clone()) };
    for (kind, sight, expected) in [
        (Kind::Deal, owned, &[0][..]),
        (Kind::Deal, either, &[2, 0]),
        (Kind::Deal, Sight::Unknown { field: owner }, &[3]),
        (Kind::Deal, Sight::Unpointed { kind: Kind::DealSplit, field: split }, &[4, 1, 0]),
        (Kind::Activity, through, &[34, 30]),
        (Kind::Activity, Sight::Unknown { field: deal }, &[35]),
    ] {
        let mut query = all(kind)?;
        query.sight = Some(Arc::new(sight));
        same(&format!("{:?}", query.sight), &bench.find(&query)?, &super::fixture::ids(expected))?;
    }
    Ok(())
}
