//! Open work: the leads, deals, tickets and tasks that wait for somebody, found by index.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Cx;
use crate::kernel::error::Result;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::staff::Work;
use crate::model::{AnyRecord, Kind, Row};
use crate::store::Query;

/// The kind of record that holds work.
pub(crate) const fn kind_of(work: Work) -> Kind {
    match work {
        Work::Deal => Kind::Deal,
        Work::Lead => Kind::Lead,
        Work::Task => Kind::Task,
        Work::Ticket => Kind::Ticket,
    }
}

/// Who has a piece of work: the host's name of a user, to change; `None` of other records.
pub(crate) fn holder_mut(body: &mut AnyRecord) -> Option<&mut String> {
    match body {
        AnyRecord::Deal(deal) => Some(&mut deal.owner),
        AnyRecord::Lead(lead) => Some(&mut lead.owner),
        AnyRecord::Task(task) => Some(&mut task.assignee),
        AnyRecord::Ticket(ticket) => Some(&mut ticket.owner),
        _ => None,
    }
}

/// A question about the rows of a kind that meet all of some conditions.
pub(crate) fn asked(cx: &Cx<'_>, kind: Kind, filter: Vec<Predicate>) -> Result<Query> {
    let schema = cx.rules().schema(kind);
    let mut query = Query::all(kind, schema.clone(), cx.at());
    query.filter = Some(Predicate::All(filter).compile(&schema)?);
    Ok(query)
}

/// What makes a record of somebody open work, archived ones aside: a lead that is neither merged nor converted, a deal
/// that is neither won nor lost, a ticket that is not solved, a task that is not done.
pub(crate) fn open(work: Work, user: &str) -> Vec<Predicate> {
    let of = |field: &str| Predicate::test(field, Operator::Equal, user);
    let absent = |field: &str| Predicate::test(field, Operator::IsNull, Json::Null);
    let not = |field: &str, values: [&str; 2]| {
        let closed = Predicate::test(field, Operator::In, values.map(str::to_owned).to_vec());
        // What has no state is open.
        Predicate::Any(vec![absent(field), Predicate::Not(Box::new(closed))])
    };
    match work {
        Work::Deal => vec![of("owner"), not("state", ["won", "lost"])],
        Work::Lead => {
            let converted = Predicate::test("converted", Operator::Equal, true);
            let unconverted = Predicate::Any(vec![absent("converted"), Predicate::Not(Box::new(converted))]);
            vec![of("owner"), absent("merged_into"), absent("converted_at"), unconverted]
        }
        Work::Task => vec![of("assignee"), absent("completed_at")],
        Work::Ticket => vec![of("owner"), absent("merged_into"), not("state", ["resolved", "closed"])],
    }
}

/// How many open records of a kind somebody has.
///
/// # Errors
/// The store's own.
pub(crate) fn open_count(cx: &mut Cx<'_>, work: Work, user: &str) -> Result<u64> {
    let query = asked(cx, kind_of(work), open(work, user))?;
    cx.count(&query)
}

/// How many open records of each kind somebody has.
///
/// # Errors
/// The store's own.
pub(crate) fn open_counts(cx: &mut Cx<'_>, user: &str) -> Result<BTreeMap<Work, u64>> {
    Work::ALL.iter().map(|work| Ok((*work, open_count(cx, *work, user)?))).collect()
}

/// The open records of a kind that somebody has, oldest first, at most so many; more conditions may narrow them.
///
/// # Errors
/// The store's own.
pub(crate) fn open_rows(
    cx: &mut Cx<'_>,
    work: Work,
    user: &str,
    more: Vec<Predicate>,
    most: usize,
) -> Result<Vec<Row>> {
    let mut filter = open(work, user);
    filter.extend(more);
    let query = asked(cx, kind_of(work), filter)?;
    some_rows(cx, query, most)
}

/// The first rows of a question, at most so many.
///
/// # Errors
/// The store's own.
pub(crate) fn some_rows(cx: &mut Cx<'_>, mut query: Query, most: usize) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    while rows.len() < most {
        query.limit = most.saturating_sub(rows.len()).min(crate::store::MOST_ROWS);
        let page = cx.find(&query)?;
        rows.extend(page.rows);
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    Ok(rows)
}
