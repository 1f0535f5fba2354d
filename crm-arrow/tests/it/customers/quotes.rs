//! The totals of a table's quote are those of its lines as JSON.

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray};
use crm_arrow::{Evaluated, QuoteOptions, eval_table, quote_batches};
use crm_core::Result;
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{column, cut, decimals, integers, place_and_problem, texts};
use crate::batch;

const KINDS: [Option<&str>; 4] = [None, Some("item"), Some("optional"), Some("section")];
/// With and without a rate, and some that cannot have theirs.
const TAXES: [(Option<&str>, Option<&str>); 8] = [
    (None, Some("20")),
    (None, Some("5.5")),
    (None, Some("0")),
    (Some("S"), Some("10")),
    (Some("E"), None),
    (Some("AE"), Some("0")),
    (Some("S"), Some("0")),
    (None, Some("120")),
];

#[derive(Clone, Debug)]
struct Line {
    quote: usize,
    kind: usize,
    quantity_milli: i64,
    price_milli: Option<i64>,
    percent_milli: Option<i64>,
    cents: Option<i64>,
    tax: usize,
}

fn line() -> impl Strategy<Value = Line> {
    let price = prop_oneof![20 => (0..900_000i64).prop_map(Some), 1 => Just(None), 1 => (-90_000..0i64).prop_map(Some)];
    let quantity = prop_oneof![8 => (0..20i64).prop_map(|n| n * 1_000), 3 => 0..40_000i64, 1 => -4_000..0i64];
    let percent = prop_oneof![3 => Just(None), 2 => (0..100_000i64).prop_map(Some), 1 => Just(Some(100_001))];
    let cents = prop_oneof![6 => Just(None), 1 => (0..4_000i64).prop_map(Some)];
    let kind = prop_oneof![5 => Just(0usize), 3 => Just(1usize), 1 => Just(2usize), 1 => Just(3usize)];
    let tax = prop_oneof![8 => 0..6usize, 1 => 6..8usize];
    (0..4usize, kind, quantity, price, percent, cents, tax).prop_map(
        |(quote, kind, quantity_milli, price_milli, percent_milli, cents, tax)| Line {
            quote,
            kind,
            quantity_milli,
            price_milli,
            percent_milli,
            cents,
            tax,
        },
    )
}

fn milli(n: i64) -> String {
    format!("{}{}.{:03}", if n < 0 { "-" } else { "" }, n.abs() / 1_000, n.abs() % 1_000)
}

fn table(lines: &[Line], whole: (Option<i64>, bool), layout: usize) -> RecordBatch {
    let text = |of: &dyn Fn(&Line) -> Option<String>, layout| column(&lines.iter().map(of).collect::<Vec<_>>(), layout);
    let numbers = |of: &dyn Fn(&Line) -> Option<i64>| -> ArrayRef {
        match layout % 2 {
            0 => text(&|line| of(line).map(milli), layout),
            _ => {
                let units = Decimal128Array::from_iter(lines.iter().map(|line| of(line).map(i128::from)));
                Arc::new(units.with_precision_and_scale(20, 3).unwrap())
            }
        }
    };
    let quotes: ArrayRef = match layout % 3 {
        0 => Arc::new(lines.iter().map(|line| Some(line.quote as i64 + 500)).collect::<Int64Array>()),
        _ => text(&|line| Some(format!("Q{}", line.quote)), layout),
    };
    let mut columns = vec![
        ("quote_id", quotes),
        ("kind", text(&|line| KINDS[line.kind].map(str::to_owned), layout + 1)),
        ("qty", numbers(&|line| Some(line.quantity_milli))),
        ("unit_price", numbers(&|line| line.price_milli)),
        ("discount", numbers(&|line| line.percent_milli)),
        ("discount_amount", text(&|line| line.cents.map(|c| milli(c * 10)), layout)),
        ("rate", text(&|line| TAXES[line.tax].1.map(str::to_owned), layout)),
        ("category", text(&|line| TAXES[line.tax].0.map(str::to_owned), layout + 2)),
    ];
    if let (Some(percent), _) = whole {
        columns
            .push(("quote_discount_percent", text(&|line| (line.quote.is_multiple_of(2)).then(|| milli(percent)), 0)));
    }
    batch(columns)
}

/// What the row rule says: totals, or nothing.
fn expected(lines: &[Line], whole: (Option<i64>, bool), per_line: bool, rules: &Rules) -> Vec<(String, Option<Json>)> {
    let mut order: Vec<usize> = Vec::new();
    for line in lines {
        if !order.contains(&line.quote) {
            order.push(line.quote);
        }
    }
    let told = |quote: &usize| {
        let mut own = Vec::new();
        for line in lines.iter().filter(|line| line.quote == *quote) {
            if line.kind == 3 {
                own.push(json!({"kind": "section", "description": "x"}));
                continue;
            }
            // The row rule knows no empty price.
            let price = line.price_milli?;
            let (category, rate) = TAXES[line.tax];
            let mut vat = json!({});
            category.map(|category| vat["category"] = category.into());
            rate.map(|rate| vat["rate"] = rate.into());
            let mut one = json!({"quantity": milli(line.quantity_milli), "unit_price": milli(price), "vat": vat});
            KINDS[line.kind].map(|kind| one["kind"] = kind.into());
            match (line.percent_milli.filter(|p| *p != 0), line.cents.filter(|c| *c != 0)) {
                (Some(_), Some(_)) => return None,
                (Some(percent), None) => one["discount"] = json!({"percent": milli(percent)}),
                (None, Some(cents)) => {
                    one["discount"] = json!({"amount": format!("{}.{:02}", cents / 100, cents % 100)})
                }
                (None, None) => {}
            }
            own.push(one);
        }
        let mut terms = json!({"currency": "EUR", "lines": own, "price_mode": if whole.1 { "gross" } else { "net" },
            "rounding": if per_line { "per_line" } else { "per_rate" }});
        if let Some(percent) = whole.0.filter(|percent| *percent != 0 && quote.is_multiple_of(2)) {
            terms["discount"] = json!({"percent": milli(percent)});
        }
        let ask = json!({"asks": [{"ask": "totals", "quote": terms}]});
        rules.eval("quote", &ask).ok().map(|mut answer| answer["answers"][0].take())
    };
    order.iter().map(|quote| (quote.to_string(), told(quote))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_quote_comes_to_what_its_lines_come_to(
        lines in prop::collection::vec(line(), 1..16),
        (percent, gross, per_line) in (prop::option::of(0..100_000i64), any::<bool>(), any::<bool>()),
        (layout, places, threads) in (0..30usize, prop::collection::vec(0..16usize, 0..3), 1..4usize),
    ) {
        let rules = Rules::default();
        let expected = expected(&lines, (percent, gross), per_line, &rules);
        let whole = table(&lines, (percent, gross), layout);
        let batches = cut(&whole, &places);
        let mut asked = json!({"currency": "EUR", "threads": threads, "lang": "fr",
            "price_mode": if gross { "gross" } else { "net" }, "rounding": if per_line { "per_line" } else { "per_rate" }});
        let ask = |asked: &Json| {
            quote_batches(&whole.schema(), &batches, &QuoteOptions::from_json(asked).unwrap()).unwrap()
        };
        let found = ask(&asked);
        prop_assert_eq!(found.rows(), expected.len());
        let quotes = texts(&found, "quote");
        let money = ["net", "vat", "gross"].map(|name| decimals(&found, name));
        let problems = texts(&found, "problem");
        let counts = integers(&found, "lines");
        for (row, (quote, told)) in expected.iter().enumerate() {
            prop_assert!(quotes[row].as_ref().unwrap().ends_with(quote.as_str()));
            let key = |name: usize| money[name][row].clone();
            let wanted = |name: &str| told.as_ref().map(|told| told[name].as_str().unwrap().to_owned());
            prop_assert_eq!(
                [key(0), key(1), key(2)], [wanted("net"), wanted("vat"), wanted("gross")], "{} {:?}", quote, problems[row]
            );
            prop_assert_eq!(problems[row].is_some(), told.is_none());
            prop_assert_eq!(counts[row].is_none(), told.is_none());
        }
        // The same by rate.
        asked["per"] = "rate".into();
        let rates = ask(&asked);
        let mut wanted = Vec::new();
        for (_, told) in &expected {
            match told {
                None => wanted.push([None, None, None]),
                Some(told) => wanted.extend(told["per_rate"].as_array().unwrap().iter().map(|row| {
                    ["category", "base", "vat"].map(|key| row[key].as_str().map(str::to_owned))
                })),
            }
        }
        let columns = (texts(&rates, "category"), decimals(&rates, "base"), decimals(&rates, "vat"));
        let found: Vec<_> = columns.0.into_iter().zip(columns.1).zip(columns.2).map(|((a, b), c)| [a, b, c]).collect();
        prop_assert_eq!(found, wanted);
    }
}

fn asked(columns: Vec<(&str, ArrayRef)>, options: &Json) -> Result<Evaluated> {
    let whole = batch(columns);
    let stream = arrow_array::RecordBatchIterator::new([Ok(whole.clone())], whole.schema());
    let stream = arrow_array::ffi_stream::FFI_ArrowArrayStream::new(Box::new(stream));
    eval_table(stream, &Rules::default(), "quote_totals", options)
}

fn column_of<const N: usize>(name: &'static str, values: [Option<&str>; N]) -> (&'static str, ArrayRef) {
    (name, Arc::new(values.into_iter().collect::<StringArray>()))
}

#[test]
fn quotes_say_what_is_wrong_with_them() {
    let columns = vec![
        column_of("quote", ["a", "b", "b", "c", "d", "e", "e"].map(Some)),
        column_of("quantity", ["1", "1", "many", "1", "1", "1", "1"].map(Some)),
        column_of("unit_price", [Some("69.99"), Some("1"), Some("1"), Some("1"), None, Some("1"), Some("1")]),
        column_of("rate", ["20", "20", "20", "20", "20", "20", "20"].map(Some)),
        column_of("currency", [Some("EUR"), Some("EUR"), None, None, Some("EUR"), Some("EUR"), Some("USD")]),
    ];
    let answer = asked(columns, &json!({"price_mode": "gross", "lang": "en"})).unwrap();
    let codes = [None, Some("unreadable_line"), Some("missing_currency"), Some("missing_value"), Some("contradiction")];
    assert_eq!(texts(&answer, "problem"), codes.map(|code| code.map(str::to_owned)));
    let said = texts(&answer, "problem_text");
    assert!(said[1].as_ref().unwrap().starts_with("lines[1].quantity: "), "{said:?}");
    assert!(said[4].as_ref().unwrap().starts_with("lines[1].currency: "), "{said:?}");
    assert_eq!(decimals(&answer, "net")[0].as_deref(), Some("58.32"));
    assert_eq!(answer.answer["totals"]["EUR"], json!({"net": "58.32", "vat": "11.67", "gross": "69.99"}));
    assert_eq!(answer.answer["quotes"], 5);
}

#[test]
fn tables_that_are_none_of_lines_are_refused_by_the_name() {
    let three = || {
        vec![column_of("quote", [Some("a")]), column_of("quantity", [Some("1")]), column_of("unit_price", [Some("1")])]
    };
    let with = |more: (&'static str, ArrayRef)| three().into_iter().chain([more]).collect::<Vec<_>>();
    let flags = ("rate", Arc::new(arrow_array::BooleanArray::from(vec![true])) as ArrayRef);
    let cases = [
        (three(), json!({}), " MissingOneOf"),
        (three().into_iter().skip(1).collect(), json!({}), " MissingColumn"),
        (with(flags), json!({}), "rate ArrowType"),
        (with(column_of("rate", [Some("20")])), json!({"currency": "XYZ"}), "currency UnknownCurrency"),
        (with(column_of("rate", [Some("20")])), json!({"rounding": "never"}), "rounding NotOneOf"),
        (with(column_of("rate", [Some("20")])), json!({"discount_percent": "101"}), "discount_percent OutOfRange"),
        (with(column_of("rate", [Some("20")])), json!({"keep": "all"}), " UnknownOption"),
    ];
    for (columns, options, expected) in cases {
        assert!(columns.iter().all(|(_, column)| column.len() == 1));
        assert_eq!(place_and_problem(&asked(columns, &options).unwrap_err()), expected, "{options}");
    }
}
