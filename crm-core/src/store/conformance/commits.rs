//! Writing: what is written reads back, whole or not at all, once, in order, in its workspace.

use serde_json::json;

use super::Failure;
use super::fixture::{Bench, CUSTOM, Outcome, all, ids, instant, lead, noon, refused, row_of, same, set, test};
use crate::kernel::error::{Code, Problem};
use crate::kernel::field::FieldType;
use crate::kernel::id::Id;
use crate::kernel::predicate::Operator;
use crate::kernel::text::MOST_BYTES;
use crate::kernel::value::Value;
use crate::model::{Clock, Key, Kind, Row};
use crate::store::{Guard, Head, LogQuery, Store, verify_chain};

fn reads_back(bench: &Bench<'_>, row: &Row) -> Outcome {
    let read = bench.read()?;
    same("get", &read.get(row.key())?, &Some(row.clone()))?;
    let mut query = all(row.body.kind())?;
    query.filter = Some(test("id", Operator::Equal, row.id.to_string()).compile(&query.schema)?);
    same("find", &read.find(&query)?.rows, &vec![row.clone()])
}

pub(super) fn a_row_reads_back_as_it_was_written(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let mut row = lead(
        1,
        &[
            ("company", json!("Rénov'Ouest")),
            ("value", json!({"amount": "1250.50", "currency": "EUR"})),
            ("tags", json!(["a", "b", "a", ""])),
            ("received_at", json!("2026-01-01T00:00:00.000001Z")),
            ("do_not_call", json!(false)),
            ("size", json!(0)),
            ("custom.number", json!("0.000001")),
        ],
    )?;
    row.updated_at = instant("2026-01-01T00:00:00.123456Z")?;
    row.archived_at = Some(instant("1969-12-31T23:59:59.999999Z")?);
    row.clocks.insert("company".into(), Clock { version: 1, at: noon()? });
    row.clocks.insert("custom.o'clock \"x\"".into(), Clock { version: 7, at: row.updated_at });
    bench.put(std::slice::from_ref(&row))?;
    reads_back(&bench, &row)?;
    same("a row that is not there", &bench.read()?.get(lead(2, &[])?.key())?, &None)?;
    let other = Key { kind: Kind::Contact, id: row.id };
    same("a row of another kind", &bench.read()?.get(other)?, &None)
}

/// A value for a field of a type; `n` makes values that differ.
fn sample(kind: FieldType, n: usize) -> serde_json::Value {
    let day = (n % 28).saturating_add(1);
    match kind {
        FieldType::Text => json!(format!("Téxt {n}")),
        FieldType::Integer => json!(n),
        FieldType::Number => json!(format!("{n}.000{n}")),
        FieldType::Money => {
            json!({"amount": format!("{n}.25"), "currency": if n.is_multiple_of(2) { "EUR" } else { "USD" }})
        }
        FieldType::Boolean => json!(n.is_multiple_of(2)),
        FieldType::Date => json!(format!("2026-02-{day:02}")),
        FieldType::Instant => json!(format!("2026-02-{day:02}T10:00:00Z")),
        FieldType::Reference => json!(Id::from_text(&n.to_string()).to_string()),
        FieldType::Texts => json!([format!("tag {n}")]),
    }
}

pub(super) fn every_kind_keeps_every_field(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    for kind in Kind::ALL {
        let mut row = row_of(*kind, 1, &[])?;
        for (n, field) in kind.fields().iter().enumerate() {
            // A field with names of its own takes one of them, and says which they are.
            let mut kept = row.body.set(n, Value::from_json(field.kind, &sample(field.kind, n))?);
            if let Err(error) = &kept
                && let Problem::NotOneOf { expected: [name, ..], .. } = error.problem()
            {
                kept = row.body.set(n, Value::Text((*name).to_owned()));
            }
            kept?;
        }
        for (n, (name, kind)) in CUSTOM.iter().enumerate() {
            set(&mut row.body, &format!("custom.{name}"), &sample(*kind, n))?;
        }
        bench.put(std::slice::from_ref(&row))?;
        reads_back(&bench, &row)?;
        let mut query = all(*kind)?;
        for field in kind.fields() {
            query.filter = Some(test(&field.name, Operator::IsKnown, json!(null)).compile(&query.schema)?);
            same(&format!("{} with a {}", kind.name(), field.name), &bench.find(&query)?, &vec![row.id])?;
        }
    }
    Ok(())
}

pub(super) fn extreme_values_read_back(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let long = "é".repeat(MOST_BYTES / 2);
    let rows = [
        lead(1, &[("size", json!(i64::MAX)), ("score", json!(i64::MIN)), ("custom.integer", json!(i64::MIN))])?,
        lead(2, &[("description", json!(long)), ("company", json!(long)), ("custom.text", json!(long))])?,
        lead(
            3,
            &[
                ("received_at", json!("1900-01-01T00:00:00Z")),
                ("custom.instant", json!("9999-12-31T23:59:59.999999Z")),
                ("custom.date", json!("9999-12-31")),
            ],
        )?,
        lead(
            4,
            &[
                ("value", json!({"amount": "999999999999999.99", "currency": "EUR"})),
                ("revenue", json!({"amount": "-999999999999999.999", "currency": "KWD"})),
                ("custom.money", json!({"amount": "-999999999999999", "currency": "JPY"})),
                ("custom.number", json!("-999999999999.999999")),
            ],
        )?,
        lead(
            5,
            &[
                ("company", json!("👩‍👩‍👧 'x' \"y\" `z` ; -- /* \\ % _ ? ?1 :a @b $c \u{1} \u{7f} \u{feff}\u{202e}")),
                ("custom.o'clock \"x\"", json!("'); DROP TABLE leads; --")),
                ("tags", json!(["'", "\"", "\\", "👩‍👩‍👧", "[]", ""])),
            ],
        )?,
    ];
    bench.put(&rows)?;
    rows.iter().try_for_each(|row| reads_back(&bench, row))
}

pub(super) fn an_update_replaces_the_row(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let mut row = lead(1, &[("company", json!("Old")), ("size", json!(5)), ("tags", json!(["x"]))])?;
    let other = lead(2, &[("company", json!("Other"))])?;
    bench.put(&[row.clone(), other.clone()])?;
    row = Row { version: 2, updated_at: noon()?, ..row };
    set(&mut row.body, "company", &json!("New"))?;
    set(&mut row.body, "size", &json!(null))?;
    set(&mut row.body, "tags", &json!([]))?;
    set(&mut row.body, "custom.text", &json!("x"))?;
    row.clocks.insert("company".into(), Clock { version: 2, at: noon()? });
    bench.put(std::slice::from_ref(&row))?;
    reads_back(&bench, &row)?;
    reads_back(&bench, &other)?;
    let mut query = all(Kind::Lead)?;
    for (company, expected) in [("old", vec![]), ("new", vec![row.id])] {
        query.filter = Some(test("company", Operator::Equal, company).compile(&query.schema)?);
        same(company, &bench.find(&query)?, &expected)?;
    }
    set(&mut row.body, "custom.text", &json!(null))?;
    row = Row { version: 3, ..row };
    bench.put(std::slice::from_ref(&row))?;
    reads_back(&bench, &row)
}

/// Tries to write a row in place of a version.
fn replace(bench: &Bench<'_>, row: &Row, replaces: u64, what: &str, expected: Option<(u64, u64)>) -> Outcome {
    let mut commit = bench.draft(std::slice::from_ref(row));
    commit.writes.iter_mut().for_each(|w| w.replaces = replaces);
    let found = bench.commit(&commit);
    let Some((expected, is)) = expected else {
        found?;
        return Ok(());
    };
    let problem = match &found {
        Err(e) => Some(e.problem().clone()),
        Ok(_) => None,
    };
    refused(what, found, Code::Conflict)?;
    let (record, id) = (row.body.kind().name().to_owned(), row.id.to_string());
    same(what, &problem, &Some(crate::Problem::Conflict { record, id, expected, found: is }))
}

pub(super) fn a_wrong_version_is_a_conflict(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let one = lead(1, &[("company", json!("One"))])?;
    let two = Row { version: 2, ..lead(1, &[("company", json!("Two"))])? };
    replace(&bench, &two, 1, "an update of nothing", Some((1, 0)))?;
    replace(&bench, &one, 0, "the first", None)?;
    replace(&bench, &one, 0, "the first again", Some((0, 1)))?;
    replace(&bench, &two, 2, "an update of a later version", Some((2, 1)))?;
    replace(&bench, &two, 1, "the second", None)?;
    replace(&bench, &two, 1, "the second again", Some((1, 2)))?;
    replace(&bench, &two, 0, "a new row in its place", Some((0, 2)))?;
    reads_back(&bench, &two)?;
    same("entries of the trail", &bench.read()?.log(&LogQuery::After { seq: 0, limit: 9 })?.len(), &2)
}

pub(super) fn guards_are_checked(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let row = lead(1, &[("company", json!("Élan"))])?;
    let absent = lead(2, &[])?.key();
    bench.put(std::slice::from_ref(&row))?;
    let called = |company: &str| -> Outcome<_> {
        let mut query = all(Kind::Lead)?;
        query.filter = Some(test("company", Operator::Equal, company).compile(&query.schema)?);
        Ok(Box::new(query))
    };
    let empty = |company: &str| called(company).map(Guard::Empty);
    let counted = |company: &str, n: u64| called(company).map(|query| Guard::Counted(query, n));
    let holds = [Guard::Version(row.key(), 1), Guard::Version(absent, 0), Guard::Absent(absent), empty("other")?];
    let holds = holds.into_iter().chain([counted("elan", 1)?, counted("other", 0)?]);
    let fails = [Guard::Version(row.key(), 2), Guard::Version(absent, 1), Guard::Absent(row.key()), empty("ELAN")?];
    let fails = fails.into_iter().chain([counted("elan", 0)?, counted("elan", 2)?, counted("other", 1)?]);
    for guard in holds {
        bench.guarded(guard)?;
    }
    for guard in fails {
        refused(&format!("{guard:?}"), bench.guarded(guard), Code::Conflict)?;
    }
    // A guard judges the state before the commit, not what the commit writes.
    let mut commit = bench.draft(&[Row { version: 2, ..row.clone() }, lead(2, &[])?]);
    commit.guards = vec![Guard::Version(row.key(), 1), Guard::Absent(absent)];
    bench.commit(&commit)?;
    Ok(())
}

pub(super) fn a_commit_is_whole_or_nothing(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let taken = lead(3, &[("company", json!("Taken"))])?;
    let first = bench.put(std::slice::from_ref(&taken))?;
    let mut rows = vec![lead(1, &[])?, lead(2, &[])?, lead(3, &[])?, lead(4, &[])?];
    rows.sort_by_key(Row::key);
    refused("a taken id among others", bench.commit(&bench.draft(&rows)), Code::Conflict)?;
    same("rows", &bench.find(&all(Kind::Lead)?)?, &ids(&[3]))?;
    reads_back(&bench, &taken)?;
    same("trail", &bench.read()?.log(&LogQuery::Last)?, &vec![first])?;
    for row in &rows {
        let history = LogQuery::Record { key: row.key(), after_version: 0 };
        same("history", &bench.read()?.log(&history)?.len(), &usize::from(row.id == taken.id))?;
    }
    rows.retain(|r| r.id != taken.id);
    bench.put(&rows)?;
    same("rows afterwards", &bench.find(&all(Kind::Lead)?)?, &ids(&[4, 3, 2, 1]))
}

pub(super) fn a_command_is_applied_once(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let commit = bench.draft(&[lead(1, &[])?]);
    let entry = bench.commit(&commit)?;
    let mut again = bench.draft(&[lead(2, &[])?]);
    again.draft.command_id = commit.draft.command_id;
    refused("the same command", bench.commit(&commit), Code::Conflict)?;
    refused("another body under its id", bench.commit(&again), Code::Conflict)?;
    same("rows", &bench.find(&all(Kind::Lead)?)?, &ids(&[1]))?;
    same("trail", &bench.read()?.log(&LogQuery::After { seq: 0, limit: 9 })?, &vec![entry])
}

pub(super) fn the_trail_is_linked_and_read(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    same("an empty trail", &bench.read()?.log(&LogQuery::Last)?, &vec![])?;
    same("an empty trail", &bench.read()?.log(&LogQuery::After { seq: 0, limit: 5 })?, &vec![])?;
    let (a, b) = (lead(1, &[])?, lead(2, &[])?);
    let mut entries = vec![bench.put(std::slice::from_ref(&a))?, bench.put(&[])?];
    entries.push(bench.put(&[Row { version: 2, ..a.clone() }, b.clone()])?);
    entries.push(bench.put(&[Row { version: 3, ..a.clone() }])?);
    let head = verify_chain(Head::default(), &entries)?;
    same("the head", &head.seq, &4)?;
    let read = bench.read()?;
    let pick = |from: usize, most: usize| entries.iter().skip(from).take(most).cloned().collect::<Vec<_>>();
    let history = |row: &Row, after_version| LogQuery::Record { key: row.key(), after_version };
    for (question, expected) in [
        (LogQuery::After { seq: 0, limit: 10 }, pick(0, 4)),
        (LogQuery::After { seq: 0, limit: 2 }, pick(0, 2)),
        (LogQuery::After { seq: 2, limit: 1 }, pick(2, 1)),
        (LogQuery::After { seq: 4, limit: 5 }, vec![]),
        (LogQuery::After { seq: u64::MAX, limit: usize::MAX }, vec![]),
        (LogQuery::After { seq: 1, limit: 0 }, vec![]),
        (LogQuery::Last, pick(3, 1)),
        (LogQuery::Command(Id::from_text("command 2")), pick(1, 1)),
        (LogQuery::Command(Id::from_text("no such command")), vec![]),
        (history(&a, 0), [pick(0, 1), pick(2, 2)].concat()),
        (history(&a, 1), pick(2, 2)),
        (history(&a, 3), vec![]),
        (history(&a, u64::MAX), vec![]),
        (history(&b, 0), pick(2, 1)),
        (LogQuery::Record { key: Key { kind: Kind::Account, id: a.id }, after_version: 0 }, vec![]),
    ] {
        same(&format!("{question:?}"), &read.log(&question)?, &expected)?;
    }
    Ok(())
}

pub(super) fn workspaces_are_apart(store: &dyn Store) -> Outcome {
    let (one, two) = (Bench::at(store, "one")?, Bench::at(store, "'two' ; --")?);
    let (mine, yours) = (lead(1, &[("company", json!("Mine"))])?, lead(1, &[("company", json!("Yours"))])?);
    let first = one.put(std::slice::from_ref(&mine))?;
    same("rows of the other", &two.find(&all(Kind::Lead)?)?, &vec![])?;
    two.guarded(Guard::Absent(mine.key()))?;
    two.guarded(Guard::Empty(Box::new(all(Kind::Lead)?)))?;
    let third = two.put(std::slice::from_ref(&yours))?;
    same("both trails", &(first.seq, third.seq), &(1, 3))?;
    reads_back(&one, &mine)?;
    reads_back(&two, &yours)?;
    one.put(&[Row { version: 2, ..mine.clone() }, lead(2, &[])?])?;
    reads_back(&two, &yours)?;
    same("rows", &two.find(&all(Kind::Lead)?)?, &ids(&[1]))?;
    same("history", &two.read()?.log(&LogQuery::Record { key: mine.key(), after_version: 0 })?, &vec![third])?;
    // Names are compared by their bytes.
    let upper = Bench::at(store, "ONE")?;
    same("rows under another case", &upper.find(&all(Kind::Lead)?)?, &vec![])
}

pub(super) fn a_snapshot_does_not_change(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let empty = bench.read()?;
    let row = lead(1, &[("company", json!("One"))])?;
    bench.put(std::slice::from_ref(&row))?;
    let one = bench.read()?;
    let changed = Row { version: 2, ..lead(1, &[("company", json!("Two"))])? };
    bench.put(&[changed.clone(), lead(2, &[])?])?;
    let mut query = all(Kind::Lead)?;
    query.filter = Some(test("company", Operator::Equal, "one").compile(&query.schema)?);
    for (what, read, expected) in [("first", &empty, None), ("second", &one, Some(row))] {
        same(what, &read.get(changed.key())?, &expected)?;
        same(what, &read.find(&query)?.rows, &expected.clone().into_iter().collect())?;
        same(what, &read.count(&all(Kind::Lead)?)?, &u64::from(expected.is_some()))?;
        let entries = read.log(&LogQuery::After { seq: 0, limit: 9 })?.len();
        same(what, &entries, &usize::from(expected.is_some()))?;
        if !read.log(&LogQuery::Command(Id::from_text("command 2")))?.is_empty() {
            return Err(Failure(format!("{what}: a snapshot sees a later command")));
        }
    }
    drop((empty, one));
    reads_back(&bench, &changed)
}
