//! Which columns feed which fields, exactly, and what happens to a cell that does not.

use std::sync::Arc;

use arrow_array::builder::{LargeListBuilder, ListBuilder, StringBuilder, StringDictionaryBuilder, StringViewBuilder};
use arrow_array::types::{Int8Type, UInt32Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Date64Array, Decimal32Array, Decimal64Array, Decimal128Array,
    Decimal256Array, Float32Array, Float64Array, Int16Array, Int64Array, LargeStringArray, NullArray, StringArray,
    StringViewArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt64Array,
};
use arrow_buffer::i256;
use crm_arrow::{Keep, ScoreOptions};
use proptest::prelude::*;
use serde_json::json;

use super::{column, lists, options, score, scores};

fn with(more: serde_json::Value) -> ScoreOptions {
    let mut all = json!({"at": super::AT, "lang": "en"});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ScoreOptions::from_json(&all).unwrap()
}

/// The scores of one column, and the diagnostics.
fn one(name: &str, array: impl Array + 'static, options: ScoreOptions) -> (Vec<i64>, Vec<Vec<String>>) {
    let scored = score(vec![(name, Arc::new(array))], options).unwrap();
    (scores(&scored), lists(&scored, "diagnostics"))
}

fn refusal(name: &str, array: impl Array + 'static, options: ScoreOptions) -> String {
    format!("{:?}", score(vec![(name, Arc::new(array))], options).unwrap_err())
}

#[test]
fn text_in_every_layout() {
    let texts = [Some("Directrice"), None, Some("stagiaire"), Some(" Director ")];
    let expected = vec![11, 0, 0, 11];
    assert_eq!(one("job_title", StringArray::from_iter(texts), options()).0, expected);
    assert_eq!(one("job_title", LargeStringArray::from_iter(texts), options()).0, expected);
    assert_eq!(one("job_title", StringViewArray::from_iter(texts), options()).0, expected);
    let mut small = StringDictionaryBuilder::<Int8Type>::new();
    let mut large = StringDictionaryBuilder::<UInt32Type>::new();
    for text in texts {
        small.append_option(text);
        large.append_option(text);
    }
    assert_eq!(one("job_title", small.finish(), options()).0, expected);
    assert_eq!(one("job_title", large.finish().slice(0, 4), options()).0, expected);
    assert_eq!(one("job_title", NullArray::new(2), options()).0, [0, 0]);
    let mut empty = StringDictionaryBuilder::<Int8Type>::new();
    empty.append_nulls(3);
    assert_eq!(one("job_title", empty.finish(), options()).0, [0, 0, 0]);
    let sliced = StringArray::from_iter(texts).slice(2, 2);
    assert_eq!(one("job_title", sliced, options()).0, [0, 11]);
    assert_eq!(
        refusal("job_title", Int64Array::from(vec![1]), options()),
        "[invalid_arrow] job_title: the Arrow type `Int64` is not supported"
    );
}

#[test]
fn whole_numbers_exactly() {
    assert_eq!(one("size", Int16Array::from(vec![Some(50), None, Some(49)]), options()).0, [7, 0, 0]);
    let (scores, problems) = one("size", UInt64Array::from(vec![u64::MAX, 50]), options());
    assert_eq!((scores, problems[0].len(), problems[1].len()), (vec![0, 7], 1, 0));
    let floats = Float64Array::from(vec![50.0, 49.5, f64::NAN, f64::INFINITY, -0.0, 1e300]);
    let (scores, problems) = one("size", floats, options());
    assert_eq!(scores, [7, 0, 0, 0, 0, 0]);
    assert_eq!(problems.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1, 0, 1, 0, 1]);
    assert_eq!(problems[1], ["size: `49.5` is not a whole number: expected plain digits such as 42"]);
    assert_eq!(one("size", Float32Array::from(vec![50.0]), options()).0, [7]);
    let decimal = Decimal128Array::from(vec![5000, 5001]).with_precision_and_scale(10, 2).unwrap();
    assert_eq!(one("size", decimal, options()).1.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1]);
    let texts = StringArray::from(vec!["50", "050", " 50", "", "5e1", "-50", "٥٠"]);
    let (scores, problems) = one("size", texts, options());
    assert_eq!(scores, [7, 0, 0, 0, 0, 0, 0]);
    assert_eq!(problems.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1, 1, 0, 1, 0, 1]);
}

#[test]
fn decimals_of_any_scale() {
    let wide = i256::from_string(&format!("125{}", "0".repeat(59))).unwrap();
    let exact = [
        Arc::new(Decimal32Array::from(vec![125]).with_precision_and_scale(9, 1).unwrap()) as ArrayRef,
        Arc::new(Decimal64Array::from(vec![12_500_000]).with_precision_and_scale(18, 6).unwrap()),
        Arc::new(Decimal128Array::from(vec![125_000_000_000]).with_precision_and_scale(38, 10).unwrap()),
        Arc::new(Decimal256Array::from(vec![i256::from_i128(125)]).with_precision_and_scale(76, 1).unwrap()),
        Arc::new(Decimal128Array::from(vec![2]).with_precision_and_scale(38, -1).unwrap()),
        Arc::new(Decimal256Array::from(vec![wide]).with_precision_and_scale(76, 60).unwrap()),
        Arc::new(Float64Array::from(vec![12.5])),
        Arc::new(StringArray::from(vec!["12.5"])),
        Arc::new(Int64Array::from(vec![13])),
    ];
    for array in exact {
        let shown = format!("{array:?}");
        let scored = score(vec![("custom.area", array)], options()).unwrap();
        assert_eq!((scores(&scored), lists(&scored, "diagnostics")[0].len()), (vec![5], 0), "{shown}");
    }
    // 0.1 as a float is not a tenth.
    let (_, problems) = one("custom.area", Float64Array::from(vec![0.1]), options());
    assert_eq!(problems[0].len(), 1);
}

#[test]
fn money_never_guesses() {
    let amounts = || Decimal128Array::from(vec![100_000, 99_999]).with_precision_and_scale(18, 2).unwrap();
    assert_eq!(one("value", amounts(), with(json!({"currency": "EUR"}))).0, [13, 0]);
    assert_eq!(
        refusal("value", amounts(), options()),
        "[needs_choice] value: `value` is an amount without currency: it needs a currency option"
    );
    assert!(
        refusal("value", Float64Array::from(vec![1e3]), with(json!({"currency": "EUR"}))).contains("invalid_arrow")
    );
    let currencies: ArrayRef = Arc::new(StringArray::from(vec![Some("USD"), None]));
    let scored = score(vec![("value", Arc::new(amounts())), ("value_currency", Arc::clone(&currencies))], options());
    let scored = scored.unwrap();
    assert_eq!(scores(&scored), [0, 0], "dollars do not compare with euros");
    assert_eq!(lists(&scored, "diagnostics")[1].len(), 1, "an amount without currency");
    let mapped = with(json!({"currency": "EUR", "map": {"Devise": "value_currency", "Montant": "value"}}));
    let euro: ArrayRef = Arc::new(StringArray::from(vec!["EUR", "euro"]));
    let scored = score(vec![("Montant", Arc::new(amounts())), ("Devise", euro)], mapped).unwrap();
    assert_eq!((scores(&scored), lists(&scored, "diagnostics")[1].len()), (vec![13, 0], 1));
    let places = Decimal128Array::from(vec![1_000_000, 1_000_001]).with_precision_and_scale(18, 3).unwrap();
    let (scores, problems) = one("value", places, with(json!({"currency": "EUR"})));
    assert_eq!((scores, problems[0].len(), problems[1].len()), (vec![13, 0], 0, 1));
    assert_eq!(one("value", StringArray::from(vec!["1000", "1,000"]), with(json!({"currency": "EUR"}))).0, [13, 0]);
    let huge = Decimal256Array::from(vec![i256::MAX]).with_precision_and_scale(76, 0);
    assert_eq!(one("value", huge.unwrap(), with(json!({"currency": "EUR"}))).1[0].len(), 1);
}

#[test]
fn days_and_instants() {
    let day = 20_454; // 2026-01-01
    assert_eq!(one("custom.due", Date32Array::from(vec![day, day - 1]), options()).0, [3, 0]);
    let (scores, problems) = one("custom.due", Date64Array::from(vec![i64::from(day) * 86_400_000, 1]), options());
    assert_eq!((scores, problems[1].len()), (vec![3, 0], 1));
    assert_eq!(one("custom.due", StringArray::from(vec!["2026-01-01", "01/01/2026"]), options()).0, [3, 0]);
    assert_eq!(one("custom.due", Date32Array::from(vec![i32::MAX]), options()).1[0].len(), 1);

    let seconds = 1_793_491_200_i64; // 2026-11-01T00:00:00Z
    let utc = |a: TimestampSecondArray| a.with_timezone("UTC");
    assert_eq!(one("last_activity_at", utc(vec![seconds, seconds - 1].into()), options()).0, [19, 0]);
    let millis = TimestampMillisecondArray::from(vec![seconds * 1_000]).with_timezone("Europe/Paris");
    assert_eq!(one("last_activity_at", millis, options()).0, [19]);
    let micros = TimestampMicrosecondArray::from(vec![seconds * 1_000_000 - 1]).with_timezone("+02:00");
    assert_eq!(one("last_activity_at", micros, options()).0, [0]);
    let nanos = TimestampNanosecondArray::from(vec![seconds * 1_000_000_000 - 1, i64::MIN]).with_timezone("UTC");
    assert_eq!(one("last_activity_at", nanos, options()).0, [0, 0], "cut to microseconds, never up");
    assert_eq!(one("last_activity_at", utc(vec![i64::MAX].into()), options()).1[0].len(), 1);
    let texts = StringArray::from(vec!["2026-11-01T01:00:00+01:00", "2026-11-01 01:00"]);
    let (scores, problems) = one("last_activity_at", texts, options());
    assert_eq!((scores, problems[1].len()), (vec![19, 0], 1));

    let naive = || TimestampSecondArray::from(vec![seconds, seconds + 3_600]);
    let needs = refusal("last_activity_at", naive(), options());
    assert!(needs.starts_with("[needs_choice] last_activity_at: `last_activity_at` is a time without zone"), "{needs}");
    assert_eq!(one("last_activity_at", naive(), with(json!({"zone": "Europe/Paris"}))).0, [0, 19]);
    let last = TimestampSecondArray::from(vec![253_402_300_799]); // 9999-12-31T23:59:59
    let beyond = |zone: &str| one("last_activity_at", last.clone(), with(json!({"zone": zone}))).1[0].len();
    assert_eq!((beyond("Asia/Tokyo"), beyond("America/New_York")), (0, 1), "the year 10000 in UTC");
}

#[test]
fn booleans_lists_and_choices() {
    assert_eq!(one("custom.permit", BooleanArray::from(vec![Some(true), Some(false), None]), options()).0, [17, 0, 0]);
    let (scores, problems) = one("custom.permit", StringArray::from(vec!["true", "True"]), options());
    assert_eq!((scores, problems[1].len()), (vec![17, 0], 1));

    let mut list = ListBuilder::new(StringBuilder::new());
    list.append_value([Some("VIP"), Some("b2b")]);
    list.append_null();
    list.append_value([Some("vip"), None]);
    list.append_value(Vec::<Option<&str>>::new());
    let (scores, problems) = one("tags", list.finish(), options());
    assert_eq!((scores, problems[2].len()), (vec![23, 0, 0, 0], 1));
    let mut large = LargeListBuilder::new(StringViewBuilder::new());
    large.append_value([Some("x")]);
    large.append_value([Some("vip")]);
    assert_eq!(one("tags", large.finish().slice(1, 1), options()).0, [23]);

    let (scores, problems) = one("consent", StringArray::from(vec!["opted_in", "yes"]), options());
    assert_eq!((scores, problems[1].len()), (vec![29, 0], 1));
}

#[test]
fn what_is_kept_and_what_is_listed() {
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![4, 5]));
    let sizes: ArrayRef = Arc::new(Int64Array::from(vec![50, 1]));
    let old: ArrayRef = Arc::new(StringArray::from(vec!["x", "y"]));
    let columns = || vec![("id", Arc::clone(&ids)), ("effectif", Arc::clone(&sizes)), ("score", Arc::clone(&old))];
    let mapped = |more: serde_json::Value| {
        let mut o = with(json!({"map": {"effectif": "size"}}));
        o.keep = with(more).keep;
        o
    };
    let names = |s: &crm_arrow::Scored| s.schema.fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>();
    let all = score(columns(), mapped(json!({}))).unwrap();
    assert_eq!(names(&all)[..4], ["id", "effectif", "score", "band"]);
    assert_eq!((names(&all).len(), scores(&all)), (12, vec![7, 0]), "an old score makes room for the new one");
    assert_eq!(column(&all, "id").to_data().buffers()[0].as_ptr(), ids.to_data().buffers()[0].as_ptr(), "not copied");
    assert_eq!(all.schema.metadata()["crmkit.read"], r#"[["effectif","size"]]"#);
    assert_eq!(all.schema.metadata()["crmkit.ignored"], r#"["id","score"]"#);
    assert_eq!(all.schema.metadata()["crmkit.model"], "every_type@1");
    assert_eq!(names(&score(columns(), mapped(json!({"keep": "none"}))).unwrap())[0], "score");
    assert_eq!(names(&score(columns(), mapped(json!({"keep": ["id"]}))).unwrap())[..2], ["id", "score"]);
    let error = score(columns(), mapped(json!({"keep": ["effectifs"]}))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "keep: the column `effectifs` is missing: found `id`, `effectif` and `score`, did you mean `effectif`?"
    );
    let error = score(columns(), with(json!({"map": {"efectif": "size"}}))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "map: the column `efectif` is missing: found `id`, `effectif` and `score`, did you mean `effectif`?"
    );
    let error = score(columns(), with(json!({"map": {"effectif": "sice"}}))).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("unknown_field", Some("map.effectif")));
    let error = score(columns(), with(json!({"map": {"effectif": "size", "id": "size"}}))).unwrap_err();
    assert!(error.to_string().contains("`effectif` and `id` are both mapped to `size`"), "{error}");
    let error = score(vec![("effectif", Arc::clone(&sizes))], options()).unwrap_err();
    let reads = "`consent`, `last_activity_at`, `tags`, `custom.area`, `custom.due` and `custom.permit`";
    let says = format!(
        "no column is mapped to a field: found only `effectif`, where the model reads `job_title`, `value`, `size`, {reads}"
    );
    assert_eq!(error.to_string(), says);
    let error = score(vec![("sizes", Arc::clone(&sizes))], options()).unwrap_err();
    assert!(error.to_string().ends_with(" (is `sizes` meant for `size`?)"), "{error}");
    assert!(
        error.text(crm_core::Lang::French).ends_with(" (`sizes` est-elle la colonne de `size`\u{202f}?)"),
        "{error}"
    );
    let error = score(vec![("Compagny", Arc::clone(&sizes))], options()).unwrap_err();
    assert!(error.to_string().ends_with(" (is `Compagny` meant for `company`?)"), "{error}");
    assert_eq!(mapped(json!({})).keep, Keep::All);
}

#[test]
fn reasons_in_both_languages() {
    let columns = || {
        let titles: ArrayRef = Arc::new(StringArray::from(vec!["directeur"]));
        let sizes: ArrayRef = Arc::new(StringArray::from(vec!["cent"]));
        let permits: ArrayRef = Arc::new(BooleanArray::from(vec![true]));
        vec![("job_title", titles), ("size", sizes), ("custom.permit", permits)]
    };
    let all = score(columns(), options()).unwrap();
    assert_eq!(lists(&all, "reason_codes")[0], ["permit:+17", "director:+11"]);
    assert_eq!(lists(&all, "reasons")[0].len(), 2);
    let french = score(columns(), with(json!({"lang": "fr", "reasons": "top1"}))).unwrap();
    assert_eq!(lists(&french, "reason_codes")[0], ["permit:+17"]);
    assert!(lists(&french, "reasons")[0][0].contains("17 points"), "{:?}", lists(&french, "reasons"));
    assert!(lists(&french, "diagnostics")[0][0].starts_with("size\u{a0}: "), "{:?}", lists(&french, "diagnostics"));
    let none = score(columns(), with(json!({"reasons": "none"}))).unwrap();
    assert_eq!((lists(&none, "reasons")[0].len(), scores(&none)), (0, vec![28]));
}

#[test]
fn options_are_strict() {
    let refused = |o: serde_json::Value| format!("{:?}", ScoreOptions::from_json(&o).unwrap_err());
    assert!(refused(json!({})).starts_with("[missing]"));
    assert!(refused(json!({"at": "now"})).starts_with("[invalid_value] at: "));
    assert!(refused(json!({"at": super::AT, "language": "fr"})).starts_with("[unknown_field]"));
    assert!(refused(json!({"at": super::AT, "reasons": "top"})).starts_with("[invalid_value] reasons: "));
    assert!(refused(json!({"at": super::AT, "keep": "some"})).starts_with("[invalid_value] keep: "));
    assert!(refused(json!({"at": super::AT, "currency": "euro"})).starts_with("[invalid_value] currency: "));
    assert!(refused(json!({"at": super::AT, "zone": "Paris"})).starts_with("[invalid_value] zone: "));
    assert!(refused(json!({"at": super::AT, "map": {"a": 1}})).starts_with("[invalid_json] map.a: "));
}

proptest! {
    /// A float feeds a number exactly when its shortest exact decimal has at most six places.
    #[test]
    fn floats_are_exact_or_refused(units in -1_000_000_000i64..1_000_000_000, shift in 0u32..12) {
        let float = units as f64 / f64::from(1u32 << shift);
        let exact = i128::from(units) * 1_000_000 % (1 << shift) == 0;
        let (_, problems) = one("custom.area", Float64Array::from(vec![float]), options());
        prop_assert_eq!(problems[0].is_empty(), exact, "{}", float);
    }
}
