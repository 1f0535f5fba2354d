//! Asking: orders that never tie, unknown last, pages without gaps.

use serde_json::json;

use super::fixture::{Bench, Outcome, all, by, ids, instant, lead, refused, same};
use crate::kernel::error::Code;
use crate::kernel::predicate::sql::Bound;
use crate::model::{Kind, Row};
use crate::store::{Archived, Cursor, Order, Store};

pub(super) fn archived_rows_are_shown_on_request(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let archived = Row { archived_at: Some(instant("2026-01-01T00:00:00Z")?), ..lead(2, &[])? };
    bench.put(&[lead(1, &[])?, archived, lead(3, &[])?])?;
    let mut query = all(Kind::Lead)?;
    for (shown, expected) in [(Archived::Exclude, &[3, 1][..]), (Archived::Include, &[3, 2, 1]), (Archived::Only, &[2])]
    {
        query.archived = shown;
        same(&format!("{shown:?}"), &bench.find(&query)?, &ids(expected))?;
    }
    Ok(())
}

/// Rows with every combination that an order can meet: unknown values, ties, accents.
fn some_leads(bench: &Bench<'_>) -> Outcome {
    let euro = |amount: &str| json!({"amount": amount, "currency": "EUR"});
    bench.put(&[
        lead(0, &[])?,
        lead(
            1,
            &[("size", json!(10)), ("company", json!("Zèbre")), ("value", euro("5")), ("custom.integer", json!(3))],
        )?,
        lead(2, &[("size", json!(-1)), ("company", json!("éclair")), ("custom.integer", json!(-3))])?,
        lead(3, &[("size", json!(10)), ("value", json!({"amount": "900", "currency": "CHF"}))])?,
        lead(4, &[("company", json!("Eclair")), ("value", euro("-7")), ("custom.text", json!("É"))])?,
        lead(5, &[("size", json!(i64::MAX)), ("company", json!("apex")), ("custom.text", json!("d"))])?,
        lead(6, &[("size", json!(10)), ("company", json!("  ")), ("value", euro("5"))])?,
    ])?;
    Ok(())
}

pub(super) fn unknown_comes_last_either_way(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    some_leads(&bench)?;
    for (order, expected) in [
        (&["size"][..], [2, 6, 3, 1, 5, 4, 0]),
        (&["-size"], [5, 6, 3, 1, 2, 4, 0]),
        (&["custom.integer"], [2, 1, 6, 5, 4, 3, 0]),
        (&["-custom.integer"], [1, 2, 6, 5, 4, 3, 0]),
        (&["custom.text"], [5, 4, 6, 3, 2, 1, 0]),
        (&["size", "-company"], [2, 1, 6, 3, 5, 4, 0]),
        (&["-company", "size"], [1, 2, 4, 5, 6, 3, 0]),
    ] {
        same(&format!("{order:?}"), &bench.find(&by(order)?)?, &ids(&expected))?;
    }
    Ok(())
}

pub(super) fn ties_end_in_created_at_and_id(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let at = instant("2026-01-01T00:00:00Z")?;
    let mut rows = Vec::new();
    for n in 0..12 {
        // Three instants, so that both steps decide.
        let created_at = at.checked_add_signed(chrono::TimeDelta::microseconds(n % 3)).unwrap_or(at);
        rows.push(Row { created_at, ..lead(n, &[("size", json!(1))])? });
    }
    bench.put(&rows)?;
    rows.sort_by_key(|r| (r.created_at, r.id));
    let expected: Vec<_> = rows.iter().map(|r| r.id).collect();
    for order in [&[][..], &["size"], &["-size"], &["company"], &["-company", "size"]] {
        same(&format!("{order:?}"), &bench.find(&by(order)?)?, &expected)?;
    }
    Ok(())
}

pub(super) fn pages_show_every_row_once(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    some_leads(&bench)?;
    let orders: &[&[&str]] = &[
        &[],
        &["size"],
        &["-size"],
        &["company"],
        &["-company"],
        &["value"],
        &["-value"],
        &["size", "company"],
        &["-company", "value", "-size"],
        &["custom.text", "-custom.integer"],
        &["-custom.money"],
        &["id"],
        &["-created_at"],
        &["archived_at"],
        &["do_not_call"],
    ];
    for order in orders {
        let mut query = by(order)?;
        query.limit = 1000;
        let whole = bench.find(&query)?;
        same(&format!("{order:?} in one page"), &whole.len(), &7)?;
        for limit in [1, 2, 3, 6, 7] {
            query.limit = limit;
            same(&format!("{order:?} in pages of {limit}"), &bench.find(&query)?, &whole)?;
        }
        // The cursor survives as text.
        query.limit = 4;
        let read = bench.read()?;
        let first = read.find(&query)?;
        if let Some(next) = &first.next {
            query.after = Some(Cursor::from_text(&next.to_text())?);
        }
        let rest: Vec<_> = first.rows.iter().chain(&read.find(&query)?.rows).map(|r| r.id).collect();
        same(&format!("{order:?} by a cursor as text"), &rest, &whole)?;
    }
    Ok(())
}

pub(super) fn amounts_are_ordered_within_their_currency(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    some_leads(&bench)?;
    for (order, expected) in [("value", [3, 4, 6, 1, 5, 2, 0]), ("-value", [6, 1, 4, 3, 5, 2, 0])] {
        same(order, &bench.find(&by(&[order])?)?, &ids(&expected))?;
    }
    Ok(())
}

pub(super) fn text_is_ordered_folded(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let names = ["z", "Œuf", "ofa", "OFB", "é", "E\u{300}a", "10", "9", "字", "🦊", "\u{ffee}"];
    let mut rows = Vec::new();
    for (n, name) in (0..).zip(names) {
        rows.push(lead(n, &[("company", json!(name)), ("job_title", json!(name)), ("custom.text", json!(name))])?);
    }
    bench.put(&rows)?;
    // By code point of the folded form, which is the order of its bytes in UTF-8, not in UTF-16.
    let mut sorted: Vec<_> = rows.iter().zip(names).map(|(r, n)| (crate::kernel::text::fold(n), r.id)).collect();
    sorted.sort();
    let mut expected: Vec<_> = sorted.into_iter().map(|(_, id)| id).collect();
    for field in ["company", "job_title", "custom.text"] {
        same(field, &bench.find(&by(&[field])?)?, &expected)?;
    }
    expected.reverse();
    for field in ["-company", "-job_title", "-custom.text"] {
        same(field, &bench.find(&by(&[field])?)?, &expected)?;
    }
    Ok(())
}

pub(super) fn questions_that_make_no_sense_are_refused(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let read = bench.read()?;
    for limit in [0, 1001] {
        let mut query = all(Kind::Lead)?;
        query.limit = limit;
        refused("limit", read.find(&query), Code::InvalidValue)?;
    }
    refused("an order of sets", read.find(&by(&["tags"])?), Code::InvalidRules)?;
    let mut query = by(&["size"])?;
    let cursor =
        |values| -> Outcome<Option<Cursor>> { Ok(Some(Cursor { values, created_at_micros: 0, id: lead(1, &[])?.id })) };
    query.after = cursor(vec![])?;
    refused("a cursor of another order", read.find(&query), Code::InvalidJson)?;
    query.after = cursor(vec![Some(Bound::Integer(5))])?;
    same("a cursor of this order", &read.find(&query)?.rows, &vec![])?;
    query.order.push(Order { field: usize::MAX, descending: true });
    query.after = None;
    same("an order of no field", &read.find(&query)?.rows, &vec![])
}
