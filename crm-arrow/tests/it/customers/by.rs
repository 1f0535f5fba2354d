//! Attributed touches added up are the sums of their rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, StringArray};
use crm_arrow::{AttributionOptions, attribution_batches, attribution_by};
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::json;

use super::{column, cut, decimals, integers, texts};
use crate::batch;

type Row = (i64, usize, i64, i64, usize);

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn totals_are_sums(
        rows in prop::collection::vec((0..5i64, 0..3usize, 0..90_000i64, 0..900i64, 0..2usize), 1..30),
        (layout, places) in (0..5usize, prop::collection::vec(0..30usize, 0..3)),
    ) {
        let channels = ["search", "email", "fair"];
        let currencies = ["EUR", "JPY"];
        // A subject's amount and currency are those of its first row.
        let first = |subject: i64| rows.iter().find(|row| row.0 == subject).unwrap();
        let amount = |row: &Row| -> String {
            let (_, _, amount, _, currency) = *first(row.0);
            if currency == 0 { format!("{}.{:02}", amount / 100, amount % 100) } else { amount.to_string() }
        };
        let texts_of = |of: &dyn Fn(&Row) -> String| rows.iter().map(|row| Some(of(row))).collect::<Vec<_>>();
        let plain = |of: &dyn Fn(&Row) -> String| Arc::new(StringArray::from(texts_of(of))) as ArrayRef;
        let whole = batch(vec![
            ("subject", Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.0))) as ArrayRef),
            ("channel", column(&texts_of(&|row| channels[row.1].to_owned()), layout)),
            ("amount", plain(&amount)),
            ("currency", plain(&|row| currencies[first(row.0).4].to_owned())),
            ("cost", plain(&|row| format!("{}.{:02}", row.3 / 100, row.3 % 100))),
            ("cost_currency", plain(&|_| "EUR".to_owned())),
        ]);
        let rules = Rules::default();
        let options = AttributionOptions::from_json(&json!({"model": "u_shape"}), &rules).unwrap();
        let given = cut(&whole, &places);
        let table = attribution_batches((&whole.schema(), &given), None, &rules, &options).unwrap();
        let by = attribution_by(&table, "channel").unwrap();
        let minor = |text: &Option<String>| text.as_ref().map_or(0, |t| t.replace('.', "").parse::<i64>().unwrap());
        let mut sums: BTreeMap<(String, String), [i64; 4]> = BTreeMap::new();
        let told = rows.iter().map(|row| Some(channels[row.1].to_owned())).zip(texts(&table, "attributed_currency"));
        let numbers = integers(&table, "share_micro").into_iter().zip(decimals(&table, "attributed_amount"));
        for (((channel, currency), (share, amount)), cost) in told.zip(numbers).zip(decimals(&table, "cost")) {
            let (channel, currency) = (channel.unwrap(), currency.unwrap());
            let sum = sums.entry((channel.clone(), currency)).or_default();
            (sum[0], sum[1], sum[2]) = (sum[0] + 1, sum[1] + share.unwrap(), sum[2] + minor(&amount));
            sums.entry((channel, "EUR".to_owned())).or_default()[3] += minor(&cost);
        }
        let keys = texts(&by, "channel").into_iter().zip(texts(&by, "currency"));
        let values = integers(&by, "touches").into_iter().zip(integers(&by, "share_micro"));
        let money = decimals(&by, "amount").into_iter().zip(decimals(&by, "cost"));
        let found: BTreeMap<(String, String), [i64; 4]> = keys
            .zip(values)
            .zip(money)
            .map(|(((channel, currency), (touches, share)), (amount, cost))| {
                let numbers = [touches.unwrap(), share.unwrap(), minor(&amount), minor(&cost)];
                ((channel.unwrap(), currency.unwrap()), numbers)
            })
            .collect();
        prop_assert_eq!(found, sums);
        let all: i64 = integers(&by, "share_micro").into_iter().flatten().sum();
        prop_assert_eq!(all, table.answer["conversions"].as_i64().unwrap() * 1_000_000);
    }
}
