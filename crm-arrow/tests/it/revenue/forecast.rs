//! A forecast of a table is that of its deals.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, Int64Type};
use arrow_array::{ArrayRef, Date32Array, Decimal128Array, Int16Array, RecordBatch, StringArray};
use crm_arrow::{Evaluated, ForecastOptions, forecast_batches};
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::batch;

const OWNERS: [Option<&str>; 4] = [Some("marie"), Some("paul"), Some("zoé"), None];
const STAGES: [Option<&str>; 5] = [Some("proposal"), Some("negotiation"), Some("won"), Some("lost"), Some("nowhere")];
const CATEGORIES: [Option<&str>; 3] = [None, Some("commit"), Some("omitted")];
const CURRENCIES: [Option<&str>; 4] = [Some("EUR"), Some("USD"), Some("GBP"), None];

#[derive(Clone, Debug)]
struct Deal {
    places: (usize, usize, usize, usize),
    cents: Option<i64>,
    day: Option<i32>,
    bp: Option<i16>,
}

fn deals() -> impl Strategy<Value = Vec<Deal>> {
    let bp = prop_oneof![6 => (0i16..=10_000).prop_map(Some), 2 => Just(None), 1 => Just(Some(10_001))];
    let cents = prop_oneof![9 => (-100_000_000i64..100_000_000).prop_map(Some), 1 => Just(None)];
    let day = prop_oneof![9 => (20_400i32..20_700).prop_map(Some), 1 => Just(None)];
    let deal = ((0..4usize, 0..5usize, 0..3usize, 0..4usize), cents, day, bp);
    proptest::collection::vec(deal.prop_map(|(places, cents, day, bp)| Deal { places, cents, day, bp }), 1..60)
}

fn date(day: i32) -> String {
    // Civil from days: Howard Hinnant's algorithm, for dates after 2000.
    let z = i64::from(day) + 719_468;
    let era = z / 146_097;
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (d, m) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let y = yoe + era * 400 + i64::from(m <= 2);
    format!("{y:04}-{m:02}-{d:02}")
}

fn amount(cents: i64) -> String {
    format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
}

fn document(deals: &[Deal]) -> Json {
    let deal = |(i, deal): (usize, &Deal)| {
        let (owner, stage, category, currency) = deal.places;
        json!({
            "id": i.to_string(), "owner": OWNERS[owner], "stage": STAGES[stage], "category": CATEGORIES[category],
            "value": deal.cents.map(|c| json!({"amount": amount(c), "currency": CURRENCIES[currency].unwrap_or("EUR")})),
            "close_date": deal.day.map(date), "probability_bp": deal.bp,
        })
    };
    deals.iter().enumerate().map(deal).collect()
}

fn table(deals: &[Deal]) -> RecordBatch {
    let texts = |of: &dyn Fn(&Deal) -> Option<&'static str>| -> ArrayRef {
        Arc::new(deals.iter().map(of).collect::<StringArray>())
    };
    let amounts = deals.iter().map(|d| d.cents.map(i128::from)).collect::<Decimal128Array>();
    batch(vec![
        ("owner", texts(&|d| OWNERS[d.places.0])),
        ("stage", texts(&|d| STAGES[d.places.1])),
        ("category", texts(&|d| CATEGORIES[d.places.2])),
        ("currency", texts(&|d| CURRENCIES[d.places.3])),
        ("value", Arc::new(amounts.with_precision_and_scale(18, 2).unwrap())),
        ("close_date", Arc::new(deals.iter().map(|d| d.day).collect::<Date32Array>())),
        ("probability_bp", Arc::new(deals.iter().map(|d| d.bp).collect::<Int16Array>())),
        ("note", texts(&|_| Some("not read"))),
    ])
}

fn question() -> Json {
    json!({
        "as_of": "2026-03-01", "currency": "EUR", "lang": "fr",
        "periods": {"unit": "month", "from": "2026-01-01", "to": "2026-07-01"},
        "pipelines": crm_core::rules::pipeline::Pipelines::standard().to_json(),
        "owners": [{"user": "anne"}, {"user": "marie", "manager": "anne"}, {"user": "paul", "manager": "marie"}],
        "rates": [{"from": "USD", "to": "EUR", "valid_from": "2026-01-01", "rate": "0.923451"},
                  {"from": "USD", "to": "EUR", "valid_from": "2026-02-10", "rate": "0.9"},
                  {"from": "GBP", "to": "EUR", "valid_from": "2026-02-01", "rate": "1.17"}],
    })
}

fn ask(table: &RecordBatch, question: &Json, own: &Json) -> Evaluated {
    let mut options = question.clone();
    own.as_object().unwrap().iter().for_each(|(key, value)| options[key] = value.clone());
    let options = ForecastOptions::from_json(&options, &Rules::default()).unwrap();
    forecast_batches(&table.schema(), std::slice::from_ref(table), &options).unwrap()
}

/// The sum of a column of decimals.
fn sum(found: &Evaluated, column: &str) -> i128 {
    let columns = found.batches.iter().map(|b| b.column_by_name(column).unwrap());
    columns.map(|c| c.as_primitive::<Decimal128Type>().values().iter().sum::<i128>()).sum()
}

fn without(mut json: Json, keys: &[&str]) -> Json {
    keys.iter().for_each(|key| drop(json.as_object_mut().unwrap().remove(*key)));
    json
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_answer_is_that_of_the_rule(deals in deals(), options in 0u8..4, threads in 1usize..4) {
        let mut question = question();
        if options & 1 == 1 {
            question["rounding"] = "never".into();
        }
        if options & 2 == 2 {
            question["filters"] = json!({"owners": ["marie"], "reports": true});
            question["presentation"] = "cumulative".into();
        }
        let found = ask(&table(&deals), &question, &json!({"threads": threads}));
        let mut document_question = question.clone();
        document_question["deals"] = document(&deals);
        let expected = Rules::default().eval("forecast", &document_question).unwrap();
        for key in ["total", "outside", "filtered", "excluded_amounts", "currency", "window", "rates_digest"] {
            prop_assert_eq!(&found.answer[key], &expected[key], "{}", key);
        }
        let inner = ["rows", "reasons"];
        prop_assert_eq!(&found.answer["undated"], &without(expected["undated"].clone(), &inner));
        for (found, expected) in found.answer["periods"].as_array().unwrap().iter().zip(expected["periods"].as_array().unwrap()) {
            prop_assert_eq!(found, &without(expected.clone(), &inner));
        }
        let told: Vec<Json> = found.answer["excluded"].as_array().unwrap().iter().map(|e| without(e.clone(), &["row"])).collect();
        prop_assert_eq!(&Json::from(told), &expected["excluded"]);
    }

    #[test]
    fn people_and_managers_add_up(deals in deals()) {
        let own = ask(&table(&deals), &question(), &json!({"view": "rep"}));
        let whole = ask(&table(&deals), &question(), &json!({"view": "manager"}));
        // Every root once is everybody: leave out who has a manager.
        let roots = whole.batches.iter().flat_map(|b| {
            let owners = b.column_by_name("owner").unwrap().as_string::<i32>().iter();
            let weighted = b.column_by_name("weighted").unwrap().as_primitive::<Decimal128Type>().values().iter();
            let counts = b.column_by_name("count").unwrap().as_primitive::<Int64Type>().values().iter();
            owners.zip(weighted).zip(counts).filter(|((owner, _), _)| !matches!(owner, Some("marie" | "paul")))
        });
        let (weighted, count) = roots.fold((0, 0), |(w, c), ((_, weighted), count)| (w + weighted, c + count));
        prop_assert_eq!(weighted, sum(&own, "weighted"));
        let counted: i64 = own.batches.iter().map(|b| {
            b.column_by_name("count").unwrap().as_primitive::<Int64Type>().values().iter().sum::<i64>()
        }).sum();
        prop_assert_eq!(count, counted);
    }
}

#[test]
fn an_example_by_hand() {
    let deal =
        |owner, stage, cents, bp| Deal { places: (owner, stage, 0, 0), cents: Some(cents), day: Some(20_454), bp };
    // 100.01 at 50 % and 200.01 at 80 % in January 2026, and one that is won.
    let deals = [deal(0, 0, 10_001, None), deal(1, 1, 20_001, None), deal(1, 2, 5_000, Some(100))];
    let found = ask(&table(&deals), &question(), &json!({"view": "manager"}));
    assert_eq!(found.answer["total"]["open"]["weighted_exact"], "210.013000");
    assert_eq!(found.answer["total"]["open"]["weighted"], "210.01");
    assert_eq!(found.answer["total"]["total"]["amount"], "350.02");
    let rows: Vec<(String, i128)> = found
        .batches
        .iter()
        .flat_map(|b| {
            let owners =
                b.column_by_name("owner").unwrap().as_string::<i32>().iter().map(|o| o.unwrap_or("").to_owned());
            owners
                .zip(b.column_by_name("amount").unwrap().as_primitive::<Decimal128Type>().values().to_vec())
                .collect::<Vec<_>>()
        })
        .collect();
    let row = |owner: &str, cents| (owner.to_owned(), cents);
    // Anne leads Marie, who leads Paul: best case, commit and closed of each.
    assert_eq!(
        rows,
        [
            row("anne", 10_001),
            row("anne", 20_001),
            row("anne", 5_000),
            row("marie", 10_001),
            row("marie", 20_001),
            row("marie", 5_000),
            row("paul", 20_001),
            row("paul", 5_000),
        ]
    );
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let rules = Rules::default();
    for (options, place) in [
        (json!({"currency": "EUR", "periods": {"unit": "month", "from": "2026-01-01", "to": "2026-02-01"}}), "as_of"),
        (json!({"as_of": "2026-01-01", "currency": "EUR"}), "periods"),
        (json!({"as_of": "2026-01-01", "currency": "EUR", "viev": 1}), "viev"),
        (
            json!({"as_of": "2026-01-01", "currency": "EUR", "periods": {"unit": "month", "from": "2026-01-01", "to": "2026-02-01"},
                "owners": [{"user": "a", "manager": "b"}, {"user": "b", "manager": "a"}]}),
            "owners",
        ),
        (
            json!({"as_of": "2026-01-01", "currency": "EUR", "periods": {"unit": "month", "from": "2026-01-01", "to": "2026-02-01"},
                "threads": 0}),
            "threads",
        ),
    ] {
        let error = ForecastOptions::from_json(&options, &rules).unwrap_err();
        assert!(error.to_string().contains(place), "{place}: {error}");
    }
    let empty =
        RecordBatch::new_empty(batch(vec![("colour", Arc::new(StringArray::from(vec!["red"])) as ArrayRef)]).schema());
    let options = ForecastOptions::from_json(&question(), &rules).unwrap();
    assert!(forecast_batches(&empty.schema(), &[empty], &options).is_err());
}
