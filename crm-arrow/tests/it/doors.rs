//! The column door gives what the row door gives.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder, StringDictionaryBuilder};
use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray, StringViewArray,
    TimestampMicrosecondArray,
};
use crm_arrow::{Keep, ScoreOptions, score_batches};
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{batch, column, lists, rules, scores};

#[derive(Clone, Debug)]
pub(crate) struct Lead {
    job_title: Option<&'static str>,
    size: Option<i64>,
    cents: Option<i64>,
    currency: &'static str,
    area_millionths: Option<i64>,
    due: Option<i32>,
    permit: Option<bool>,
    active_at: Option<i64>,
    tags: Option<Vec<&'static str>>,
    consent: Option<&'static str>,
}

pub(crate) fn lead() -> impl Strategy<Value = Lead> {
    let texts = prop::sample::select(vec!["directrice", "DIRECTEUR ", "", "  ", "œuvrier", "stagiaire"]);
    let tags = prop::collection::vec(prop::sample::select(vec!["vip", "VIP ", "b2b", ""]), 0..3);
    (
        (prop::option::of(texts), prop::option::of(-100i64..200), prop::option::of(0i64..200_000)),
        (prop::sample::select(vec!["EUR", "USD", "xyz"]), prop::option::of(0i64..25_000_000)),
        (prop::option::of(20_000i32..21_000), prop::option::of(any::<bool>())),
        prop::option::of(1_793_000_000_000_000i64..1_794_000_000_000_000),
        prop::option::of(tags),
        prop::option::of(prop::sample::select(vec!["opted_in", "opted_out", "soft", "yes"])),
    )
        .prop_map(|((job_title, size, cents), (currency, area), (due, permit), active_at, tags, consent)| Lead {
            job_title,
            size,
            cents,
            currency,
            area_millionths: area,
            due,
            permit,
            active_at,
            tags,
            consent,
        })
}

fn decimal(units: i64, places: usize) -> String {
    let digits = format!("{units:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    format!("{whole}.{fraction}")
}

pub(crate) fn as_json(lead: &Lead) -> Json {
    let day = |d: i32| chrono::DateTime::from_timestamp(i64::from(d) * 86_400, 0).unwrap().date_naive().to_string();
    let instant = |t| chrono::DateTime::from_timestamp_micros(t).unwrap().to_rfc3339();
    json!({
        "job_title": lead.job_title,
        "size": lead.size,
        "value": lead.cents.map(|c| json!({"amount": decimal(c, 2), "currency": lead.currency})),
        "tags": lead.tags,
        "consent": lead.consent,
        "last_activity_at": lead.active_at.map(instant),
        "custom": {
            "area": lead.area_millionths.map(|m| decimal(m, 6)),
            "due": lead.due.map(day),
            "permit": lead.permit,
        },
    })
}

pub(crate) fn as_columns(leads: &[Lead], layout: usize) -> RecordBatch {
    let titles = leads.iter().map(|l| l.job_title);
    let titles: ArrayRef = match layout {
        0 => Arc::new(StringArray::from_iter(titles)),
        1 => Arc::new(StringViewArray::from_iter(titles)),
        _ => {
            let mut dictionary = StringDictionaryBuilder::<Int8Type>::new();
            titles.for_each(|t| dictionary.append_option(t));
            Arc::new(dictionary.finish())
        }
    };
    let decimals = |values: Vec<Option<i64>>, scale: i8| -> ArrayRef {
        let values = values.into_iter().map(|v| v.map(i128::from));
        Arc::new(Decimal128Array::from_iter(values).with_precision_and_scale(38, scale).unwrap())
    };
    let mut tags = ListBuilder::new(StringBuilder::new());
    for lead in leads {
        tags.append_option(lead.tags.as_ref().map(|t| t.iter().map(|t| Some(*t))));
    }
    let active = TimestampMicrosecondArray::from_iter(leads.iter().map(|l| l.active_at)).with_timezone("UTC");
    batch(vec![
        ("ref", Arc::new(Int64Array::from_iter_values(0..leads.len() as i64))),
        ("job_title", titles),
        ("size", Arc::new(Int64Array::from_iter(leads.iter().map(|l| l.size)))),
        ("value", decimals(leads.iter().map(|l| l.cents).collect(), 2)),
        ("value_currency", Arc::new(StringArray::from_iter_values(leads.iter().map(|l| l.currency)))),
        ("custom.area", decimals(leads.iter().map(|l| l.area_millionths).collect(), 6)),
        ("custom.due", Arc::new(Date32Array::from_iter(leads.iter().map(|l| l.due)))),
        ("custom.permit", Arc::new(BooleanArray::from_iter(leads.iter().map(|l| l.permit)))),
        ("last_activity_at", Arc::new(active)),
        ("tags", Arc::new(tags.finish())),
        ("consent", Arc::new(StringArray::from_iter(leads.iter().map(|l| l.consent)))),
    ])
}

/// What both doors say of one row: score, band, coverage, reason texts, fields with diagnostics.
type Answer = (i64, Option<String>, i64, Vec<String>, Vec<String>);

fn by_row(rules: &Rules, lead: &Lead) -> Answer {
    let answer = rules.eval("lead_score", &json!({"lead": as_json(lead), "at": super::AT, "lang": "en"})).unwrap();
    let texts = answer["reasons"].as_array().unwrap().iter().map(|r| r["text"].as_str().unwrap().to_owned());
    let mut fields: Vec<String> = answer["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| {
            d["field"]
                .as_str()
                .unwrap()
                .split(['.', '['])
                .take(if d["field"].as_str().unwrap().starts_with("custom") { 2 } else { 1 })
                .collect::<Vec<_>>()
                .join(".")
        })
        .collect();
    fields.sort();
    let band = answer["band"]["id"].as_str().or(answer["band"].as_str()).map(str::to_owned);
    let coverage = answer["coverage"]["known_bp"].as_i64().unwrap();
    (answer["score"].as_i64().unwrap(), band, coverage, texts.collect(), fields)
}

fn by_column(rules: &Rules, table: &RecordBatch) -> Vec<Answer> {
    use arrow_array::cast::AsArray as _;
    let options = ScoreOptions { keep: Keep::None, ..super::options() };
    let scored = score_batches(&table.schema(), std::slice::from_ref(table), rules, options).unwrap();
    let bands = column(&scored, "band").as_string::<i32>();
    let coverage = column(&scored, "coverage_bp").as_primitive::<arrow_array::types::Int64Type>();
    let (reasons, problems) = (lists(&scored, "reasons"), lists(&scored, "diagnostics"));
    let rows = scores(&scored).into_iter().enumerate().map(|(i, score)| {
        let mut fields: Vec<String> = problems[i]
            .iter()
            .map(|p| {
                let field = p.split(": ").next().unwrap();
                field.split('[').next().unwrap().to_owned()
            })
            .collect();
        fields.sort();
        (score, bands.iter().nth(i).unwrap().map(str::to_owned), coverage.value(i), reasons[i].clone(), fields)
    });
    rows.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn rows_and_columns_agree(leads in prop::collection::vec(lead(), 1..20), layout in 0usize..3) {
        let rules = rules();
        let columns = by_column(&rules, &as_columns(&leads, layout));
        for (lead, column) in leads.iter().zip(columns) {
            prop_assert_eq!(by_row(&rules, lead), column, "{:?}", lead);
        }
    }

    #[test]
    fn batches_and_order_do_not_matter(leads in prop::collection::vec(lead(), 1..20), cut in 0usize..20, turn in 0usize..20) {
        let rules = rules();
        let table = as_columns(&leads, 0);
        let whole = by_column(&rules, &table);
        let cut = cut.min(table.num_rows());
        let parts = [table.slice(0, cut), table.slice(cut, table.num_rows() - cut)];
        let split = score_batches(&table.schema(), &parts, &rules, super::options()).unwrap();
        prop_assert_eq!(scores(&split), whole.iter().map(|a| a.0).collect::<Vec<_>>());
        prop_assert_eq!(lists(&split, "reasons"), whole.iter().map(|a| a.3.clone()).collect::<Vec<_>>());
        let mut turned = leads.clone();
        let turn = turn % leads.len();
        turned.rotate_left(turn);
        let mut expected = whole;
        expected.rotate_left(turn);
        prop_assert_eq!(by_column(&rules, &as_columns(&turned, 2)), expected);
    }
}
