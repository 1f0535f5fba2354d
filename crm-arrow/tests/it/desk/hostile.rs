//! What no lead should have: refused with its place, or a row without a key; never a panic.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use crm_arrow::{Evaluated, KeyOptions, eval_table, identity_batches};
use crm_core::Result;
use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

use super::{lists, place_and_problem, texts};

fn ask(rule: &str, columns: Vec<(&str, ArrayRef)>, options: Json) -> Result<Evaluated> {
    let batch = crate::batch(columns);
    let stream = arrow_array::RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
    let stream = arrow_array::ffi_stream::FFI_ArrowArrayStream::new(Box::new(stream));
    eval_table(stream, &Rules::default(), rule, &options)
}

fn column(texts: Vec<Option<&str>>) -> ArrayRef {
    Arc::new(StringArray::from(texts))
}

fn code(asked: Result<Evaluated>) -> String {
    place_and_problem(&asked.unwrap_err())
}

#[test]
fn what_is_asked_wrongly_is_refused_with_its_place() {
    let email = || vec![("email", column(vec![Some("a@b.fr")]))];
    let options = |rule: &str, options: Json| code(ask(rule, email(), options));
    assert_eq!(options("sorcery", json!({})), " UnknownRule");
    assert_eq!(options("identity", json!({"colums": []})), " UnknownOption");
    assert_eq!(options("identity", json!({"columns": ["email_kee"]})), "columns[0] NotOneOf");
    assert_eq!(options("identity", json!({"columns": ["email_key", "email_key"]})), "columns[1] Rules");
    assert_eq!(options("identity", json!({"columns": "email_key"})), "columns WrongShape");
    assert_eq!(options("identity", json!({"map": {"mail": "email"}})), "map MissingColumn");
    assert_eq!(options("identity", json!({"map": {"email": "mail"}})), "map.email UnknownField");
    assert_eq!(options("identity", json!({"keep": ["mail"]})), "keep MissingColumn");
    assert_eq!(options("identity", json!({"threads": 0})), "threads OutOfRange");
    assert_eq!(options("routing", json!({})), " Missing");
    assert_eq!(options("routing", json!({"at": "2026-11-23T09:00:00Z", "state": {"turn": 1}})), "state UnknownOption");
    assert_eq!(
        options("routing", json!({"at": "2026-11-23T09:00:00Z", "account_owner": "x"})),
        "account_owner MissingColumn"
    );
    let number = || vec![("email", Arc::new(Int64Array::from(vec![1])) as ArrayRef)];
    assert_eq!(code(ask("identity", number(), json!({}))), "email ArrowType");
    let unknown = || vec![("mail", column(vec![None]))];
    assert_eq!(code(ask("identity", unknown(), json!({}))), " NoMappedColumn");
    let converted = || vec![("converted", Arc::new(BooleanArray::from(vec![true])) as ArrayRef)];
    assert_eq!(code(ask("identity", converted(), json!({}))), " NoMappedColumn");
}

#[test]
fn a_cell_that_no_field_takes_is_a_diagnostic_and_no_key() {
    let (long, marks) = ("Rénov ".repeat(1 << 20), "\u{202e}a@b.fr\u{202c}");
    let columns = || {
        vec![
            ("company", column(vec![Some(&long), Some("a\0b"), Some("\u{200f}SARL Ouest\u{200f}"), None])),
            ("email", column(vec![Some(&long), Some(marks), Some("p@аcme.com"), Some("p@acme.com")])),
            ("phone", column(vec![Some(&long), Some("+"), Some("٠٦١٢٣٤٥٦٧٨"), Some("")])),
        ]
    };
    let table = ask("identity", columns(), json!({"keep": "none"})).unwrap();
    let said: Vec<usize> = lists(&table, "diagnostics").iter().map(Vec::len).collect();
    assert_eq!(said, [3, 1, 0, 0], "{:?}", lists(&table, "diagnostics"));
    assert_eq!(texts(&table, "dedupe_key")[0], None);
    let emails = texts(&table, "email_key");
    assert_eq!((&emails[0], emails[3].as_deref()), (&None, Some("p@acme.com")));
    assert!(emails[2].as_deref() != Some("p@acme.com"), "a look-alike letter is another letter");
    assert_eq!(texts(&table, "company_key"), [None, None, Some("ouest".to_owned()), None]);
    let french = ask("identity", columns(), json!({"keep": "none", "lang": "fr"})).unwrap();
    assert!(lists(&french, "diagnostics")[1][0].starts_with("company\u{a0}: "));
    for rule in ["duplicates", "routing"] {
        assert_eq!(
            ask(
                rule,
                columns(),
                json!({"at": crate::AT})
                    .as_object()
                    .filter(|_| rule == "routing")
                    .map_or(json!({}), |o| o.clone().into())
            )
            .unwrap()
            .rows(),
            4
        );
    }
}

#[test]
fn tables_without_rows_and_streams_that_fail() {
    let none = || vec![("email", column(Vec::new()))];
    for rule in ["identity", "duplicates"] {
        let table = ask(rule, none(), json!({})).unwrap();
        assert_eq!((table.rows(), table.batches.len()), (0, 0));
    }
    let table = ask("routing", none(), json!({"at": crate::AT})).unwrap();
    assert_eq!(table.answer["counts"]["nobody"], 0);
    let other: RecordBatch = crate::batch(vec![("phone", column(vec![None]))]);
    let schema = crate::batch(none()).schema();
    let mixed = identity_batches(&schema, &[other], &Rules::default(), &KeyOptions::default());
    assert_eq!(place_and_problem(&mixed.unwrap_err()), " Arrow");
    let broken = {
        let batches = [Ok(crate::batch(none())), Err(arrow_schema::ArrowError::ComputeError("gone".to_owned()))];
        let stream = arrow_array::RecordBatchIterator::new(batches, schema);
        arrow_array::ffi_stream::FFI_ArrowArrayStream::new(Box::new(stream))
    };
    let failed = eval_table(broken, &Rules::default(), "identity", &json!({})).unwrap_err();
    assert!(failed.to_string().contains("gone"), "{failed}");
}
