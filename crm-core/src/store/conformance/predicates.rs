//! Conditions: every operator of every type, in three values.

use serde_json::{Value as Json, json};

use super::fixture::{Bench, Outcome, lead, same, test};
use crate::kernel::predicate::{Operator as O, Predicate};
use crate::kernel::value::Value;
use crate::store::Store;

/// Fields, the values of rows 1 to 3 (row 0 has none), and for each test the truths of rows 0 to 3.
type Table = (&'static [&'static str], [Json; 3], Vec<(O, Json, &'static str)>);

fn euro(amount: &str) -> Json {
    json!({"amount": amount, "currency": "EUR"})
}

fn tables() -> Vec<Table> {
    let dollars = json!({"amount": "15", "currency": "USD"});
    let id = |n: i64| json!(crate::kernel::id::Id::from_text(&n.to_string()).to_string());
    let mut references = [1, 2, 3].map(id);
    references.sort_by_key(|j| j.as_str().map(ToOwned::to_owned));
    let [r1, r2, r3] = references;
    let mut tables: Vec<Table> = vec![
        (
            &["company", "job_title", "custom.text", "custom.o'clock \"x\""],
            [json!("alpha"), json!("Élan d’or"), json!("ŒUVRE")],
            vec![
                (O::Equal, json!("elan D'OR"), "?FTF"),
                (O::NotEqual, json!("elan d'or"), "?TFT"),
                (O::Less, json!("élan d'or"), "?TFF"),
                (O::AtMost, json!("élan d'or"), "?TTF"),
                (O::Greater, json!("ALPHA"), "?FTT"),
                (O::AtLeast, json!("oeuvre"), "?FFT"),
                (O::In, json!(["Alpha", "œuvre", "x"]), "?TFT"),
                (O::NotIn, json!(["Alpha", "œuvre", "x"]), "?FTF"),
                (O::StartsWith, json!("él"), "?FTF"),
                (O::EndsWith, json!("A"), "?TFF"),
                (O::EndsWith, json!("and the end of something longer"), "?FFF"),
                (O::StartsWith, json!(["nobody", "él"]), "?FTF"),
                (O::EndsWith, json!(["nobody", "A"]), "?TFF"),
                (O::Contains, json!("EU"), "?FFT"),
                (O::Contains, json!(["nobody", "EU", "eu"]), "?FFT"),
                (O::Contains, json!("l"), "?TTF"),
                (O::HasWord, json!(["d'or", "oeuvres"]), "?FTF"),
            ],
        ),
        (
            &["size", "score", "custom.integer"],
            [json!(-5), json!(0), json!(7)],
            vec![
                (O::Equal, json!(0), "?FTF"),
                (O::NotEqual, json!(0), "?TFT"),
                (O::Less, json!(0), "?TFF"),
                (O::AtMost, json!(0), "?TTF"),
                (O::Greater, json!(-5), "?FTT"),
                (O::AtLeast, json!(7), "?FFT"),
                (O::In, json!([7, 8, -5]), "?TFT"),
                (O::NotIn, json!([7, 8, -5]), "?FTF"),
                (O::Between, json!([-5, 0]), "?TTF"),
                (O::Between, json!([1, 6]), "?FFF"),
            ],
        ),
        (
            &["custom.number"],
            [json!("-1.5"), json!("0"), json!("2.000001")],
            vec![
                (O::Equal, json!("0"), "?FTF"),
                (O::NotEqual, json!(0), "?TFT"),
                (O::Less, json!("-1.499999"), "?TFF"),
                (O::AtMost, json!(0), "?TTF"),
                (O::Greater, json!("2"), "?FFT"),
                (O::AtLeast, json!("0"), "?FTT"),
                (O::In, json!(["-1.5", "2"]), "?TFF"),
                (O::NotIn, json!(["-1.5", "2"]), "?FTT"),
                (O::Between, json!(["0", "2.000001"]), "?FTT"),
            ],
        ),
        (
            &["value", "revenue", "custom.money"],
            [euro("-10"), euro("20.00"), dollars.clone()],
            vec![
                (O::Equal, euro("20"), "?FT?"),
                (O::NotEqual, euro("20"), "?TF?"),
                (O::Less, euro("20"), "?TF?"),
                (O::AtMost, euro("20"), "?TT?"),
                (O::Greater, euro("-10"), "?FT?"),
                (O::AtLeast, dollars.clone(), "???T"),
                (O::In, json!([euro("20")]), "?FT?"),
                (O::In, json!([euro("20"), dollars]), "??TT"),
                (O::NotIn, json!([euro("20"), euro("1")]), "?TF?"),
                (O::Between, json!([euro("-10"), euro("0")]), "?TF?"),
            ],
        ),
        (
            &["do_not_call", "converted", "custom.boolean"],
            [json!(false), json!(true), json!(true)],
            vec![
                (O::Equal, json!(true), "?FTT"),
                (O::NotEqual, json!(true), "?TFF"),
                (O::In, json!([false]), "?TFF"),
                (O::NotIn, json!([false, true]), "?FFF"),
            ],
        ),
        (
            &["custom.date"],
            [json!("1900-01-01"), json!("2026-02-28"), json!("9999-12-31")],
            vec![
                (O::Equal, json!("2026-02-28"), "?FTF"),
                (O::NotEqual, json!("2026-02-28"), "?TFT"),
                (O::Less, json!("2026-02-28"), "?TFF"),
                (O::AtMost, json!("2026-02-28"), "?TTF"),
                (O::Greater, json!("2026-02-28"), "?FFT"),
                (O::AtLeast, json!("2026-02-28"), "?FTT"),
                (O::In, json!(["1900-01-01", "1900-01-02"]), "?TFF"),
                (O::NotIn, json!(["1900-01-01", "1900-01-02"]), "?FTT"),
                (O::Between, json!(["1900-01-02", "9999-12-31"]), "?FTT"),
            ],
        ),
        (
            &["received_at", "last_activity_at", "custom.instant"],
            [json!("1900-01-01T00:00:00Z"), json!("2026-03-29T01:00:00.000001+01:00"), json!("9999-12-31T00:00:00Z")],
            vec![
                (O::Equal, json!("2026-03-29T00:00:00.000001Z"), "?FTF"),
                (O::NotEqual, json!("2026-03-29T00:00:00Z"), "?TTT"),
                (O::Less, json!("2026-03-29T00:00:00.000001Z"), "?TFF"),
                (O::AtMost, json!("2026-03-29T00:00:00.000001Z"), "?TTF"),
                (O::Greater, json!("2026-03-29T00:00:00Z"), "?FTT"),
                (O::AtLeast, json!("9999-12-31T00:00:00Z"), "?FFT"),
                (O::In, json!(["2026-03-29T00:00:00.000001Z"]), "?FTF"),
                (O::NotIn, json!(["2026-03-29T00:00:00.000001Z"]), "?TFT"),
                (O::WithinDays, json!(1), "?FTF"),
                (O::OlderThanDays, json!(1), "?TFF"),
                (O::NextDays, json!(36_500), "?FFF"),
            ],
        ),
        (
            &["custom.reference"],
            [r1.clone(), r2.clone(), r3.clone()],
            vec![
                (O::Equal, r2.clone(), "?FTF"),
                (O::NotEqual, r2.clone(), "?TFT"),
                (O::In, json!([r1, r3]), "?TFT"),
                (O::NotIn, json!([r1, r3]), "?FTF"),
            ],
        ),
    ];
    for (_, _, tests) in &mut tables {
        tests.push((O::IsNull, Json::Null, "TFFF"));
        tests.push((O::IsKnown, Json::Null, "FTTT"));
    }
    tables
}

pub(super) fn every_operator_has_its_truth_table(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let tables = tables();
    let mut rows = vec![lead(0, &[])?, lead(1, &[])?, lead(2, &[])?, lead(3, &[])?];
    for (fields, values, _) in &tables {
        for (row, value) in rows.iter_mut().skip(1).zip(values) {
            for field in *fields {
                super::fixture::set(&mut row.body, field, value)?;
            }
        }
    }
    bench.put(&rows)?;
    for (fields, _, tests) in &tables {
        for field in *fields {
            for (operator, value, expected) in tests {
                let condition = test(field, *operator, value.clone());
                let what = format!("{field} {} {value}", operator.name());
                same(&what, &bench.truth(&condition, 3)?, &(*expected).to_owned())?;
            }
        }
    }
    Ok(())
}

pub(super) fn sets_of_texts_are_searched(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let rows = [json!(null), json!([]), json!(["Élève", "b"]), json!(["x,y", "[\"b\"]", "100%"])];
    let mut leads = Vec::new();
    for (n, tags) in (0..).zip(&rows) {
        leads.push(lead(n, &[("tags", tags.clone()), ("custom.texts", tags.clone())])?);
    }
    bench.put(&leads)?;
    for (wanted, expected) in [
        (json!("eleve"), "TF"),
        (json!(["nothing", "B"]), "TF"),
        (json!("x"), "FF"),
        (json!("X,Y"), "FT"),
        (json!(["b", "[\"B\"]"]), "TT"),
        (json!("%"), "FF"),
        (json!("100%"), "FT"),
    ] {
        let what = |field: &str| format!("{field} has {wanted}");
        // An empty set says nothing.
        for field in ["tags", "custom.texts"] {
            let found = bench.truth(&test(field, O::Has, wanted.clone()), 3)?;
            same(&what(field), &found, &format!("??{expected}"))?;
        }
    }
    for (field, known) in [("tags", "FFTT"), ("custom.texts", "FFTT")] {
        same(field, &bench.truth(&test(field, O::IsKnown, Json::Null), 3)?, &known.to_owned())?;
    }
    Ok(())
}

pub(super) fn logic_has_three_values(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    // Row 3a + b has a truth of its own for each of two tests: unknown, false, true.
    let mut rows = Vec::new();
    let values = [json!(null), json!(0), json!(1)];
    for (a, size) in (0i64..).zip(&values) {
        for (b, visits) in (0i64..).zip(&values) {
            let n = a.saturating_mul(3).saturating_add(b);
            rows.push(lead(n, &[("size", size.clone()), ("custom.integer", visits.clone())])?);
        }
    }
    bench.put(&rows)?;
    let (a, b) = (test("size", O::Equal, 1), test("custom.integer", O::Equal, 1));
    let not = |p: &Predicate| Predicate::Not(Box::new(p.clone()));
    let certain = |p: &Predicate| Predicate::Certain(Box::new(p.clone()));
    let all = Predicate::All(vec![a.clone(), b.clone()]);
    let any = Predicate::Any(vec![a.clone(), b.clone()]);
    for (what, condition, expected) in [
        ("a", a.clone(), "???FFFTTT"),
        ("all", all.clone(), "?F?FFF?FT"),
        ("any", any.clone(), "??T?FTTTT"),
        ("not all", not(&all), "?T?TTT?TF"),
        ("a or not a", Predicate::Any(vec![a.clone(), not(&a)]), "???TTTTTT"),
        ("certainly any", certain(&any), "FFTFFTTTT"),
        ("not certainly all", not(&certain(&all)), "TTTTTTTTF"),
        ("a, and not certainly b", Predicate::All(vec![a.clone(), not(&certain(&b))]), "??FFFFTTF"),
        ("nested", Predicate::All(vec![any, not(&all), not(&not(&b))]), "?F??FT?FF"),
    ] {
        same(what, &bench.truth(&condition, 8)?, &expected.to_owned())?;
    }
    Ok(())
}

pub(super) fn empty_lists_of_conditions_hold_or_not(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    bench.put(&[lead(0, &[])?])?;
    for (condition, expected) in [
        (Predicate::All(vec![]), "T"),
        (Predicate::Any(vec![]), "F"),
        (Predicate::All(vec![Predicate::All(vec![]), Predicate::Not(Box::new(Predicate::Any(vec![])))]), "T"),
    ] {
        same(&format!("{condition:?}"), &bench.truth(&condition, 0)?, &expected.to_owned())?;
    }
    Ok(())
}

pub(super) fn spellings_meet(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let spellings =
        ["Rénov'Ouest\u{a0}Sœurs", "  RENOV’OUEST \t SOEURS ", "Re\u{301}nov'ouest sœurs", "renov'ouest soeur"];
    let mut rows = Vec::new();
    for (n, text) in (0..).zip(spellings) {
        rows.push(lead(n, &[("company", json!(text)), ("street", json!(text)), ("custom.text", json!(text))])?);
    }
    bench.put(&rows)?;
    for field in ["company", "street", "custom.text"] {
        for (operator, value, expected) in [
            (O::Equal, json!("Rénov'ouest  Sœurs"), "TTTF"),
            (O::In, json!(["x", "renov\u{2019}ouest\u{2003}sœurs"]), "TTTF"),
            (O::StartsWith, json!("RÉNOV"), "TTTT"),
            (O::StartsWith, json!("énov"), "FFFF"),
            (O::EndsWith, json!("Œurs"), "TTTF"),
            (O::Contains, json!("OUEST\u{a0}SŒ"), "TTTT"),
            (O::Contains, json!("t\u{3000}s"), "TTTT"),
        ] {
            let what = format!("{field} {} {value}", operator.name());
            same(&what, &bench.truth(&test(field, operator, value), 3)?, &expected.to_owned())?;
        }
    }
    Ok(())
}

pub(super) fn texts_are_data_not_syntax(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let texts = ["50% off_", "50x offy", "'; drop table leads; --", "a\"b\\c*d?[e]", "null", "👩‍👩‍👧", "?1", "🦊e\u{301}x"];
    let most = 7;
    let mut rows = Vec::new();
    for (n, text) in (0..).zip(texts) {
        rows.push(lead(n, &[("company", json!(text)), ("city", json!(text)), ("custom.text", json!(text))])?);
    }
    bench.put(&rows)?;
    for field in ["company", "city", "custom.text"] {
        for (n, text) in (0..).zip(texts) {
            let only: String = (0..=most).map(|i| if i == n { 'T' } else { 'F' }).collect();
            for operator in [O::Equal, O::StartsWith, O::EndsWith, O::Contains] {
                let what = format!("{field} {} {text}", operator.name());
                same(&what, &bench.truth(&test(field, operator, text), most)?, &only)?;
            }
        }
        for (operator, text, expected) in [
            (O::Contains, "%", "TFFFFFFF"),
            (O::StartsWith, "50_", "FFFFFFFF"),
            (O::EndsWith, "_", "TFFFFFFF"),
            (O::StartsWith, "a*", "FFFFFFFF"),
            (O::Contains, "\\", "FFFTFFFF"),
            (O::StartsWith, "👩", "FFFFFTFF"),
            (O::EndsWith, "👧", "FFFFFTFF"),
            (O::EndsWith, "EX", "FFFFFFFT"),
            (O::Contains, "🦊É", "FFFFFFFT"),
        ] {
            let what = format!("{field} {} {text}", operator.name());
            same(&what, &bench.truth(&test(field, operator, text), most)?, &expected.to_owned())?;
        }
    }
    Ok(())
}

pub(super) fn relative_times_end_where_they_should(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    // Seven days before noon, that instant and its neighbours; noon and its neighbours; seven days after.
    let times = [
        "2026-03-22T11:59:59.999999Z",
        "2026-03-22T12:00:00Z",
        "2026-03-22T12:00:00.000001Z",
        "2026-03-29T11:59:59.999999Z",
        "2026-03-29T12:00:00Z",
        "2026-03-29T12:00:00.000001Z",
        "2026-04-05T12:00:00Z",
        "2026-04-05T12:00:00.000001Z",
    ];
    let mut rows = Vec::new();
    for (n, at) in (0..).zip(times) {
        rows.push(lead(n, &[("received_at", json!(at)), ("custom.instant", json!(at))])?);
    }
    rows.push(lead(8, &[])?);
    bench.put(&rows)?;
    for field in ["received_at", "custom.instant"] {
        for (operator, expected) in
            [(O::WithinDays, "FFTTTFFF?"), (O::OlderThanDays, "TTFFFFFF?"), (O::NextDays, "FFFFFTTF?")]
        {
            let what = format!("{field} {} 7", operator.name());
            same(&what, &bench.truth(&test(field, operator, 7), 8)?, &expected.to_owned())?;
        }
    }
    Ok(())
}

pub(super) fn extreme_values_compare(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let long = "y".repeat(crate::kernel::text::MOST_BYTES);
    bench.put(&[
        lead(
            0,
            &[
                ("size", json!(i64::MIN)),
                ("custom.integer", json!(i64::MIN)),
                ("custom.number", json!("-999999999999.999999")),
                ("value", euro("7")),
                ("custom.money", euro("999")),
            ],
        )?,
        lead(
            1,
            &[
                ("size", json!(i64::MAX)),
                ("custom.integer", json!(i64::MAX)),
                ("custom.number", json!("999999999999.999999")),
            ],
        )?,
        lead(2, &[("company", json!(long)), ("description", json!(long)), ("custom.text", json!(long))])?,
    ])?;
    for (field, operator, value, expected) in [
        ("size", O::Equal, json!(i64::MAX), "FT?"),
        ("size", O::Less, json!(i64::MIN + 1), "TF?"),
        ("size", O::Between, json!([i64::MIN, i64::MAX]), "TT?"),
        ("custom.integer", O::Greater, json!(i64::MAX - 1), "FT?"),
        ("custom.integer", O::In, json!([i64::MIN, 0]), "TF?"),
        ("custom.number", O::Less, json!("-999999999999.999998"), "TF?"),
        ("custom.number", O::AtLeast, json!("999999999999.999999"), "FT?"),
        ("company", O::Equal, json!(long), "??T"),
        ("description", O::StartsWith, json!(long), "??T"),
        ("description", O::EndsWith, json!(format!("y{}", "y".repeat(9_999))), "??T"),
        ("custom.text", O::Contains, json!("yyy"), "??T"),
    ] {
        let what = format!("{field} {} {}", operator.name(), crate::kernel::json::shown(&value));
        same(&what, &bench.truth(&test(field, operator, value), 2)?, &expected.to_owned())?;
    }
    // As many values as a list may have.
    let many: Vec<i64> = (0..1000).map(|n| i64::MAX.saturating_sub(n)).collect();
    same("a long list", &bench.truth(&test("size", O::In, many), 2)?, &"FT?".to_owned())?;
    let many: Vec<Json> = (0..1000).map(|n| euro(&n.to_string())).collect();
    for field in ["value", "custom.money"] {
        same("a long list of amounts", &bench.truth(&test(field, O::In, many.clone()), 2)?, &"T??".to_owned())?;
    }
    let many: Vec<String> = (0..1000).map(|n| format!("tag {n}")).collect();
    same("a long list of texts", &bench.truth(&test("tags", O::Has, many), 2)?, &"???".to_owned())
}

pub(super) fn a_field_that_changed_its_type_is_unknown(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let (mut one, mut two) = (lead(0, &[])?, lead(1, &[])?);
    one.body.custom_mut().set("integer", Value::Text("5".into()));
    one.body.custom_mut().set("texts", Value::Text("b".into()));
    one.body.custom_mut().set("text", Value::Integer(5));
    two.body.custom_mut().set("integer", Value::Integer(5));
    two.body.custom_mut().set("texts", Value::Texts(vec!["b".into()]));
    two.body.custom_mut().set("text", Value::Text("5".into()));
    bench.put(&[one.clone(), two])?;
    same("the value itself is kept", &bench.read()?.get(one.key())?, &Some(one))?;
    for (field, operator, value) in
        [("integer", O::Equal, json!(5)), ("texts", O::Has, json!("b")), ("text", O::Equal, json!("5"))]
    {
        let field = format!("custom.{field}");
        same(&field, &bench.truth(&test(&field, operator, value), 1)?, &"?T".to_owned())?;
        same(&field, &bench.truth(&test(&field, O::IsKnown, Json::Null), 1)?, &"FT".to_owned())?;
    }
    for order in ["custom.integer", "-custom.text"] {
        same(order, &bench.find(&super::fixture::by(&[order])?)?, &super::fixture::ids(&[1, 0]))?;
    }
    Ok(())
}
