//! The bands of a table are those of its deals.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, Int64Type};
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use crm_arrow::{BandsOptions, Evaluated, bands_batches};
use crm_core::Result;
use crm_core::kernel::sales::Category;
use crm_core::rules::Rules;
use crm_core::rules::pipeline::Pipelines;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{amount, date, place_and_problem};
use crate::batch;

const STAGES: [Option<&str>; 6] =
    [Some("prospecting"), Some("proposal"), Some("NEGOTIATION"), Some("won"), Some("lost"), Some("nowhere")];
const CATEGORIES: [Option<&str>; 4] = [None, Some("commit"), Some("closed"), Some("omitted")];
const CURRENCIES: [Option<&str>; 4] = [None, Some("EUR"), Some("USD"), Some("GBP")];

#[derive(Clone, Debug)]
struct Deal {
    stage: usize,
    category: usize,
    currency: usize,
    cents: Option<i64>,
    bp: Option<i64>,
    day: Option<i32>,
}

fn deals() -> impl Strategy<Value = Vec<Deal>> {
    let cents = prop_oneof![1 => Just(None), 8 => (-100_000i64..10_000_000).prop_map(Some)];
    let bp = prop_oneof![2 => Just(None), 6 => (0i64..=10_000).prop_map(Some), 1 => Just(Some(10_001))];
    let day = prop_oneof![1 => Just(None), 4 => (20_400i32..20_700).prop_map(Some)];
    let deal = (0..6usize, 0..4usize, 0..4usize, cents, bp, day);
    let deal =
        deal.prop_map(|(stage, category, currency, cents, bp, day)| Deal { stage, category, currency, cents, bp, day });
    proptest::collection::vec(deal, 0..40)
}

fn table(deals: &[Deal]) -> RecordBatch {
    let texts = |of: &dyn Fn(&Deal) -> Option<&'static str>| -> ArrayRef {
        Arc::new(deals.iter().map(of).collect::<StringArray>())
    };
    let amounts = deals.iter().map(|d| d.cents.map(i128::from)).collect::<Decimal128Array>();
    batch(vec![
        ("stage", texts(&|d| STAGES[d.stage])),
        ("category", texts(&|d| CATEGORIES[d.category])),
        ("currency", texts(&|d| CURRENCIES[d.currency])),
        ("amount", Arc::new(amounts.with_precision_and_scale(18, 2).unwrap())),
        ("probability_bp", Arc::new(deals.iter().map(|d| d.bp).collect::<Int64Array>())),
        ("close_date", Arc::new(deals.iter().map(|d| d.day).collect::<Date32Array>())),
    ])
}

/// The deals that the rule's own door can be asked about, and the rows of all others.
fn documents(deals: &[Deal]) -> (Vec<Json>, Vec<String>) {
    let pipelines = Pipelines::standard();
    let (mut documents, mut unread) = (Vec::new(), Vec::new());
    for (row, deal) in deals.iter().enumerate() {
        let stage = pipelines.stage("sales", STAGES[deal.stage].unwrap());
        let Some(stage) = stage.filter(|_| deal.bp != Some(10_001)) else {
            unread.push(row.to_string());
            continue;
        };
        let manual = CATEGORIES[deal.category].and_then(Category::from_code);
        documents.push(json!({
            "id": row.to_string(), "amount": deal.cents.map(amount), "currency": CURRENCIES[deal.currency],
            "probability_bp": stage.probability_of(deal.bp).unwrap().bp(), "state": stage.kind.code(),
            "category": stage.category_of(manual).code(), "close_date": deal.day.map(date),
        }));
    }
    (documents, unread)
}

fn ask(table: &RecordBatch, options: &Json) -> Result<Evaluated> {
    let options = BandsOptions::from_json(options)?;
    bands_batches(&table.schema(), std::slice::from_ref(table), &Rules::default(), &options)
}

/// The cents or millionths of a column of the one batch.
fn column(found: &Evaluated, name: &str) -> Vec<i128> {
    let column = found.batches[0].column_by_name(name).unwrap();
    match column.as_primitive_opt::<Decimal128Type>() {
        Some(decimals) => decimals.values().to_vec(),
        None => column.as_primitive::<Int64Type>().values().iter().map(|n| i128::from(*n)).collect(),
    }
}

fn ids(excluded: &Json) -> Vec<String> {
    excluded.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_answer_is_that_of_the_rule(deals in deals(), more in 0u8..4) {
        let mut question = json!({
            "currency": "EUR", "date": "2026-03-01", "lang": "fr", "quantiles_bp": [500, 5000, 9500],
            "rates": [{"from": "USD", "to": "EUR", "valid_from": "2026-01-01", "rate": "0.923451"},
                      {"from": "GBP", "to": "EUR", "valid_from": "2026-02-01", "rate": "1.17"}],
        });
        if more & 1 == 1 {
            question["scenarios"] = "standard".into();
        }
        if more & 2 == 2 {
            question["target"] = "50000.00".into();
        }
        let mut options = question.clone();
        options["pipelines"] = Pipelines::standard().to_json();
        let found = ask(&table(&deals), &options).unwrap();
        let (documents, unread) = documents(&deals);
        question["deals"] = documents.into();
        let mut expected = Rules::default().eval("bands", &question).unwrap();
        let mut answer = found.answer.clone();
        let (told, ruled) = (answer["excluded"].take(), expected["excluded"].take());
        prop_assert_eq!(answer, expected);

        let mut left: Vec<String> = ids(&ruled).into_iter().chain(unread).collect();
        left.sort_by_key(|id| id.parse::<u64>().unwrap());
        prop_assert_eq!(ids(&told), left);
        for excluded in told.as_array().unwrap() {
            prop_assert!(excluded["text"].as_str().is_some_and(|text| !text.is_empty()), "{}", excluded);
        }

        // The bars follow each other and hold everything.
        let (from, to) = (column(&found, "from"), column(&found, "to"));
        let (share, cumulative) = (column(&found, "share_ppm"), column(&found, "cumulative_ppm"));
        let bars = found.answer["histogram"].as_array().unwrap();
        prop_assert_eq!(found.rows(), bars.len());
        for (row, bar) in bars.iter().enumerate() {
            prop_assert_eq!(bar["from"].as_str().unwrap(), amount(i64::try_from(from[row]).unwrap()));
            prop_assert_eq!(bar["to"].as_str().unwrap(), amount(i64::try_from(to[row]).unwrap()));
            prop_assert_eq!(cumulative[row], share[..=row].iter().sum::<i128>());
            prop_assert!(from[row] <= to[row] && (row == 0 || to[row - 1] == from[row]), "{}", bar);
        }
        prop_assert!(cumulative.last().is_none_or(|last| *last == 1_000_000), "{:?}", cumulative);
    }
}

fn one(name: &str, column: ArrayRef) -> RecordBatch {
    batch(vec![(name, column)])
}

#[test]
fn an_example_by_hand() {
    // 100 at 50 % and 200 at 10 %: nothing 45 %, 100 in 45 %, 200 in 5 %, 300 in 5 %.
    let table = batch(vec![
        ("amount", Arc::new(StringArray::from(vec!["100", "200"]))),
        ("probability", Arc::new(StringArray::from(vec!["0.5", "0.1"]))),
    ]);
    let options = json!({"currency": "EUR", "quantiles_bp": [4500, 4501, 9000, 9001, 9501], "bins": 3});
    let found = ask(&table, &options).unwrap();
    let amounts: Vec<&str> =
        found.answer["quantiles"].as_array().unwrap().iter().map(|q| q["amount"].as_str().unwrap()).collect();
    assert_eq!(amounts, ["0.00", "100.00", "100.00", "200.00", "300.00"]);
    assert_eq!(found.answer["mean"]["amount"], "70.00");
    // 2500 + 3600.
    assert_eq!(found.answer["deviation"], "78.10");
    assert_eq!(column(&found, "share_ppm").iter().sum::<i128>(), 1_000_000);
    assert_eq!(found.schema.metadata()["crmkit.read"], r#"[["amount","amount"],["probability","probability"]]"#);
}

#[test]
fn cells_that_cannot_be_read_exclude_their_deals() {
    let table = batch(vec![
        (
            "amount",
            Arc::new(StringArray::from(vec![Some("12,5"), None, Some("1.005"), Some("-3"), Some("10"), Some("10")])),
        ),
        ("probability_bp", Arc::new(Int64Array::from(vec![Some(1), Some(1), Some(1), Some(10_000), Some(-1), None]))),
    ]);
    let found = ask(&table, &json!({"currency": "EUR", "lang": "en"})).unwrap();
    let told: Vec<(String, &str)> = found.answer["excluded"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_str().unwrap().to_owned(), one["code"].as_str().unwrap()))
        .collect();
    let expected = [
        ("0", "unreadable"),
        ("1", "missing_amount"),
        ("2", "unreadable"),
        ("4", "unreadable"),
        ("5", "missing_probability"),
    ];
    assert_eq!(told, expected.map(|(id, code)| (id.to_owned(), code)));
    assert_eq!((&found.answer["mean"]["amount"], &found.answer["deals"]["certain"]), (&"-3.00".into(), &1.into()));
}

#[test]
fn what_is_no_table_of_deals_is_refused_with_its_place() {
    let code = |asked: Result<Evaluated>| place_and_problem(&asked.unwrap_err());
    let euros = json!({"currency": "EUR"});
    let text = || Arc::new(StringArray::from(vec!["1"])) as ArrayRef;
    assert_eq!(code(ask(&one("colour", text()), &euros)), " NoMappedColumn");
    let none = RecordBatch::new_empty(crate::schema(Vec::new()));
    assert_eq!(code(ask(&none, &euros)), " NoMappedColumn");
    assert_eq!(code(ask(&one("amount", Arc::new(BooleanArray::from(vec![true]))), &euros)), "amount ArrowType");
    assert_eq!(code(ask(&one("amount", Arc::new(Float64Array::from(vec![1.5]))), &euros)), "amount ArrowType");
    let options = |options: Json| code(ask(&one("amount", text()), &options));
    assert_eq!(options(json!({})), "amount MissingCurrency");
    assert_eq!(options(json!({"currency": "euro"})), "currency UnknownCurrency");
    assert_eq!(options(json!({"currency": "EUR", "deals": []})), " UnknownOption");
    assert_eq!(options(json!({"currency": "EUR", "quantile": 5000})), " UnknownOption");
    assert_eq!(options(json!({"currency": "EUR", "quantiles_bp": [10_001]})), "quantiles_bp[0] OutOfRange");
    assert_eq!(options(json!({"currency": "EUR", "threads": 0})), "threads OutOfRange");
    assert_eq!(options(json!({"currency": "EUR", "pipelines": 3})), "pipelines WrongShape");

    let empty = ask(&RecordBatch::new_empty(one("amount", text()).schema()), &euros).unwrap();
    assert_eq!((&empty.answer["mean"]["amount"], &empty.answer["excluded"]), (&"0.00".into(), &json!([])));
}
