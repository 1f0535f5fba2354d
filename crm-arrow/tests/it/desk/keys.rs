//! Keys by column are the keys by row.

use crm_arrow::{KeyColumn, KeyOptions, TableOptions, identity_batches};
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::leads::Leads;
use super::{lists, texts};

const FED: &[&str] = &[
    "email",
    "phone",
    "mobile",
    "country",
    "company",
    "first_name",
    "last_name",
    "website",
    "registration_number",
    "vat_number",
];

/// A key as the row rule has it.
fn by_row(keys: &Json, column: KeyColumn) -> Option<String> {
    let key = match column {
        KeyColumn::Email => &keys["email"],
        KeyColumn::EmailDomain => &keys["email_domain"],
        KeyColumn::Phone => &keys["phone"],
        KeyColumn::Mobile => &keys["mobile"],
        KeyColumn::Company => &keys["company"],
        KeyColumn::Name => &keys["name"],
        KeyColumn::Registration => &keys["registration"],
        KeyColumn::Dedupe => &keys["dedupe"]["key"],
        KeyColumn::DedupeKind => &keys["dedupe"]["kind"],
        KeyColumn::Diagnostics => &Json::Null,
    };
    key.as_str().map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn keys_by_column_are_the_keys_by_row(
        seed in any::<u64>(),
        rows in 1usize..60,
        fed in prop::sample::subsequence(FED.to_vec(), 1..=FED.len()),
        columns in prop::sample::subsequence(KeyColumn::ALL.to_vec(), 1..=KeyColumn::ALL.len()),
        threads in 1usize..4,
    ) {
        let rules = Rules::default();
        let leads = Leads::draw(seed, rows, &fed);
        let options = KeyOptions { table: TableOptions { threads, ..TableOptions::default() }, columns: columns.clone() };
        let table = match identity_batches(&leads.schema, &leads.batches, &rules, &options) {
            Ok(table) => table,
            Err(e) => {
                // No column feeds any of these keys.
                prop_assert_eq!(super::place_and_problem(&e), " NoMappedColumn");
                return Ok(());
            }
        };
        prop_assert_eq!(table.rows(), rows);
        let alone: Vec<Json> = leads.rows.iter().map(|lead| rules.eval("identity", &json!({"lead": lead})).unwrap()).collect();
        for column in columns {
            if column == KeyColumn::Diagnostics {
                prop_assert!(lists(&table, column.name()).iter().all(Vec::is_empty));
                continue;
            }
            let expected: Vec<_> = alone.iter().map(|answer| by_row(&answer["keys"], column)).collect();
            prop_assert_eq!(texts(&table, column.name()), expected, "{}", column.name());
        }
    }
}

#[test]
fn every_name_is_its_column() {
    for (column, name) in KeyColumn::ALL.iter().zip(KeyColumn::NAMES) {
        assert_eq!(column.name(), *name);
    }
    assert_eq!(KeyColumn::ALL.len(), KeyColumn::NAMES.len());
}

#[test]
fn a_column_that_is_called_like_a_key_is_replaced_by_it() {
    let leads = Leads::draw(7, 20, &["email", "email_domain"]);
    let table = identity_batches(&leads.schema, &leads.batches, &Rules::default(), &KeyOptions::default()).unwrap();
    let names: Vec<&str> = table.schema.fields().iter().map(|f| f.name().as_str()).collect();
    assert_eq!(names[..3], ["email", "size", "email_key"]);
    assert_eq!(names.iter().filter(|n| **n == "email_domain").count(), 1);
    assert_eq!(table.schema.metadata()["crmkit.read"], r#"[["email","email"]]"#);
}
