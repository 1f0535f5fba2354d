//! The waterfall and conversions: numbers worked out by hand, refusals, and the identity on random snapshots.

use crm_core::kernel::json;
use crm_core::kernel::money::{Currency, Money};
use crm_core::kernel::rate::{Rate, RateTable};
use crm_core::kernel::sales::{Category, StageKind};
use crm_core::kernel::waterfall_reason::Bucket;
use crm_core::rules::Rules;
use crm_core::rules::waterfall::{Filter, Snapshot, SnapshotRow, Window, compare};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::golden;
use crate::support::at;

#[test]
fn conversions_worked_out_by_hand() {
    golden::holds(
        "convert",
        &[
            ("the rate in force on the day", "/amount", "\"1000.00\""),
            ("a rate holds until the day before the next", "/amount", "\"1021.58\""),
            ("no rate on or before the day", "/amount", "null"),
            ("no rate on or before the day", "/reasons/0/code", "\"no_rate\""),
            ("no rate of the pair at all", "/reasons/0/code", "\"no_rate\""),
            ("never over a third currency", "/reasons/0/code", "\"no_rate\""),
            ("a currency without minor unit", "/amount", "\"1981\""),
            // 0.505 away from zero.
            ("halves go away from zero", "/amount", "\"-0.51\""),
            ("three decimal places", "/amount", "\"3.12\""),
            ("the same currency needs no rate", "/amount", "\"7.77\""),
            ("the direction that was given comes first", "/amount", "\"110.00\""),
        ],
    );
}

#[test]
fn waterfalls_worked_out_by_hand() {
    let card = "the categories of change that teams read";
    let every = "every bucket, with exchange rates";
    golden::holds(
        "waterfall",
        &[
            (card, "/start", "\"1000.00\""),
            (card, "/buckets/new/amount", "\"300.00\""),
            (card, "/buckets/pulled_in/amount", "\"200.00\""),
            (card, "/buckets/increased/amount", "\"50.00\""),
            (card, "/buckets/decreased/amount", "\"80.00\""),
            (card, "/buckets/won/amount", "\"250.00\""),
            (card, "/buckets/lost/amount", "\"120.00\""),
            (card, "/buckets/pushed_out/amount", "\"100.00\""),
            (card, "/end", "\"1000.00\""),
            (card, "/unexplained", "\"0.00\""),
            // Gone and archived.
            (every, "/buckets/deleted/amount", "\"5.00\""),
            (every, "/buckets/won/amount", "\"8.00\""),
            (every, "/won_delta", "\"3.00\""),
            (every, "/buckets/lost/amount", "\"16.00\""),
            (every, "/buckets/pushed_out/amount", "\"32.00\""),
            (every, "/buckets/pulled_out/amount", "\"64.00\""),
            // Given away, undated, omitted, another pipeline.
            (every, "/buckets/moved_out/amount", "\"1920.00\""),
            // Archived at the start, lost at the start, made long before and not there at the start.
            (every, "/buckets/reopened/amount", "\"133122.00\""),
            (every, "/buckets/pulled_in/amount", "\"4096.00\""),
            (every, "/buckets/slipped_in/amount", "\"8192.00\""),
            (every, "/buckets/moved_in/amount", "\"49152.00\""),
            (every, "/buckets/new/amount", "\"65536.00\""),
            // 50 USD at 0.90, the start's rate; then 150 and 200 USD at five cents more.
            (every, "/buckets/increased/amount", "\"45.00\""),
            (every, "/buckets/fx_gain/amount", "\"17.50\""),
            // 60.00, and half of 10.01, whose odd cent is the first owner's.
            (every, "/buckets/decreased/amount", "\"65.00\""),
            (every, "/unchanged", "1"),
            (every, "/unexplained", "\"0.00\""),
            (every, "/buckets/moved_in/top/0/deal", "\"dated\""),
            (every, "/buckets/moved_out/others/deals", "1"),
            (every, "/buckets/moved_out/others/amount", "\"128.00\""),
            ("what cannot be valued is excluded", "/start", "\"40.00\""),
            ("what cannot be valued is excluded", "/end", "\"41.00\""),
            ("what cannot be valued is excluded", "/excluded_start", "\"20.00\""),
            ("what cannot be valued is excluded", "/excluded_end", "\"25.00\""),
            ("what cannot be valued is excluded", "/unexplained", "\"0.00\""),
            ("a won deal stays where closed deals count", "/buckets/increased/amount", "\"2.00\""),
            ("a won deal stays where closed deals count", "/buckets/decreased/amount", "\"2.00\""),
            // 100 USD was 90.00; 100 EUR is 100.00 at any rate.
            ("another currency", "/buckets/increased/amount", "\"10.00\""),
            ("no rate then for the currency of now", "/buckets/decreased/amount", "\"5.00\""),
        ],
    );
}

fn refused(rule: &str, input: &Json) -> (String, String) {
    let error = Rules::default().eval(rule, input).unwrap_err();
    (error.code().name().to_owned(), error.field().unwrap_or_default().to_owned())
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    let row = |more: Json| {
        let mut row = json!({"deal": "d"});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let input = |rows: Json, more: Json| {
        let mut input = json!({"currency": "EUR", "start": {"as_of": "2026-10-01T00:00:00Z", "rows": rows},
                               "end": {"as_of": "2026-11-01T00:00:00Z", "rows": []}});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let none = || json!({});
    let share = |owner: &str, share_bp: i64| json!({"owner": owner, "share_bp": share_bp});
    for (found, code, field) in [
        (input(json!([row(none()), row(none())]), none()), "invalid_rules", "start.rows[1].deal"),
        (input(json!([{}]), none()), "missing", "start.rows[0]"),
        (input(json!([row(json!({"probability_bp": -1}))]), none()), "invalid_value", "start.rows[0].probability_bp"),
        (
            input(json!([row(json!({"probability_bp": 10_001}))]), none()),
            "invalid_value",
            "start.rows[0].probability_bp",
        ),
        (input(json!([row(json!({"state": "closed"}))]), none()), "invalid_value", "start.rows[0].state"),
        (
            input(json!([row(json!({"amount": {"amount": "1", "currency": "XXX"}}))]), none()),
            "invalid_value",
            "start.rows[0].amount.currency",
        ),
        (
            input(json!([row(json!({"close_date": "10000-01-01"}))]), none()),
            "invalid_value",
            "start.rows[0].close_date",
        ),
        (
            input(json!([row(json!({"shares": [share("a", 5_000), share("a", 5_000)]}))]), none()),
            "invalid_rules",
            "start.rows[0].shares[1].owner",
        ),
        (
            input(json!([row(json!({"shares": [share("a", 5_000), share("b", 4_999)]}))]), none()),
            "invalid_value",
            "start.rows[0].shares",
        ),
        (
            input(json!([row(json!({"shares": [share("a", 0), share("b", 10_000)]}))]), none()),
            "invalid_value",
            "start.rows[0].shares[0].share_bp",
        ),
        (input(json!([]), json!({"currency": "EURO"})), "invalid_value", "currency"),
        (
            input(json!([]), json!({"filter": {"period": {"start": "2026-01-02", "end": "2026-01-02"}}})),
            "invalid_rules",
            "filter.period.end",
        ),
        (input(json!([]), json!({"filter": {"categories": []}})), "invalid_rules", "filter.categories"),
        (input(json!([]), json!({"filter": {"categories": ["sure"]}})), "invalid_value", "filter.categories[0]"),
        (input(json!([]), json!({"top": -1})), "invalid_value", "top"),
        (input(json!([]), json!({"end": {"as_of": "2026-09-30T00:00:00Z", "rows": []}})), "invalid_rules", "end.as_of"),
        (
            input(json!([]), json!({"rates": [{"from": "EUR", "to": "EUR", "valid_from": "2026-01-01", "rate": "1"}]})),
            "invalid_rules",
            "rates[0].to",
        ),
        (
            input(json!([]), json!({"rates": [{"from": "EUR", "to": "USD", "valid_from": "2026-01-01", "rate": "0"}]})),
            "invalid_value",
            "rates[0].rate",
        ),
    ] {
        let (got, place) = refused("waterfall", &found);
        assert_eq!((got.as_str(), place.as_str()), (code, field), "{found}");
    }
    let rate = json!({"from": "EUR", "to": "USD", "valid_from": "2026-01-01", "rate": "1.1"});
    let twice = json!({"amount": "1", "currency": "EUR", "to": "USD", "date": "2026-01-01", "rates": [rate, rate]});
    assert_eq!(refused("convert", &twice), ("invalid_rules".into(), "rates[1]".into()));
    let large = json!({"amount": "999999999999999", "currency": "EUR", "to": "KWD", "date": "2026-01-01",
                       "rates": [{"from": "KWD", "to": "EUR", "valid_from": "2026-01-01", "rate": "0.000000001"}]});
    assert_eq!(Rules::default().eval("convert", &large).unwrap()["amount"], "999999999999999000000000.000");
}

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

prop_compose! {
    fn row(deal: u8)(
        owner in 0..3u8, pipeline in 0..2u8, state in 0..5u8, category in 0..6usize, minor in -5_000i64..50_000,
        money in 0..8u8, date in 0..9u32, archived in 0..10u8, shared in 0..4u8, made in 0..3u8,
    ) -> SnapshotRow {
        let state = match state { 0 => StageKind::Won, 1 => StageKind::Lost, _ => StageKind::Open };
        let manual = Category::ALL.get(category).copied();
        let category = if state == StageKind::Open { manual } else { Some(Category::of(state, None, Category::Omitted)) };
        let amount = match money {
            0 => None,
            1 | 2 => Some(Money::new(minor, currency("USD")).unwrap()),
            3 => Some(Money::new(minor, currency("GBP")).unwrap()),
            _ => Some(Money::new(minor, currency("EUR")).unwrap()),
        };
        let shares = if shared == 0 { vec![("u0".to_owned(), 3_333), ("u1".to_owned(), 6_667)] } else { Vec::new() };
        SnapshotRow {
            deal: format!("d{deal}"),
            created_at: (made > 0).then(|| at(if made == 1 { "2026-01-01T00:00:00Z" } else { "2026-10-15T00:00:00Z" })),
            owner: format!("u{owner}"),
            shares,
            pipeline: format!("p{pipeline}"),
            stage: "s".into(),
            state,
            category,
            probability: None,
            amount,
            close_date: (date > 0).then(|| chrono::NaiveDate::from_ymd_opt(2026, date + 4, 15).unwrap()),
            archived: archived == 0,
        }
    }
}

fn rows() -> impl Strategy<Value = Vec<SnapshotRow>> {
    let some = |deal: u8| prop_oneof![3 => row(deal).prop_map(Some), 1 => Just(None)];
    (0..12u8).map(some).collect::<Vec<_>>().prop_map(|rows| rows.into_iter().flatten().collect())
}

fn rates(usd: u32) -> RateTable {
    let mut rates = RateTable::default();
    let day = |text: &str| text.parse().unwrap();
    rates.insert(currency("USD"), currency("EUR"), day("2026-07-01"), Rate::parse(&format!("0.{usd}")).unwrap());
    rates.insert(currency("EUR"), currency("USD"), day("2026-09-01"), Rate::parse(&format!("1.{usd}")).unwrap());
    rates
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn every_deal_is_told_and_the_sum_is_the_end(
        before in rows(), after in rows(), usd in (80..99u32, 80..99u32), period in 0..3u8, owners in 0..3usize,
        pipelines in 0..2usize, closed in any::<bool>(), seed in any::<u64>(),
    ) {
        let window = Window { start: "2026-07-01".parse().unwrap(), end: "2026-10-01".parse().unwrap() };
        let mut filter = Filter { period: (period > 0).then_some(window), ..Filter::default() };
        filter.owners = (0..owners).map(|n| format!("u{n}")).collect();
        filter.pipelines = (0..pipelines).map(|n| format!("p{n}")).collect();
        if closed {
            filter.categories.insert(Category::Closed);
        }
        let start = Snapshot { as_of: at("2026-10-01T00:00:00Z"), rows: before, is_whole: false, rates: rates(usd.0) };
        let end = Snapshot { as_of: at("2026-11-01T00:00:00Z"), rows: after, is_whole: false, rates: rates(usd.1) };
        let euro = currency("EUR");
        let waterfall = compare(&start, &end, euro, &filter).unwrap();
        prop_assert_eq!(waterfall.told().unwrap(), waterfall.end);

        // What the start and the end are worth, added up without any comparison: each is the other's start or end.
        let alone = |snapshot: &Snapshot| {
            let none = Snapshot { rows: Vec::new(), ..snapshot.clone() };
            compare(snapshot, &none, euro, &filter).unwrap()
        };
        let (first, last) = (alone(&start), alone(&end));
        let excluded = |side: fn(&crm_core::rules::waterfall::Excluded) -> Option<i128>| {
            waterfall.excluded.iter().filter_map(side).sum::<i128>()
        };
        prop_assert_eq!(waterfall.start + excluded(|e| e.start), first.start);
        prop_assert_eq!(waterfall.end + excluded(|e| e.end), last.start);

        // Every deal once; only one that is there both times may be told in two steps, its amount and its rate.
        let steps = [Bucket::Increased, Bucket::Decreased, Bucket::FxGain, Bucket::FxLoss];
        let mut told = std::collections::BTreeMap::<&str, Vec<Bucket>>::new();
        for step in waterfall.buckets.values().flat_map(|total| &total.moves) {
            told.entry(step.deal.as_str()).or_default().push(step.bucket);
        }
        for (deal, buckets) in &told {
            let twice = buckets.len() == 2 && buckets.iter().all(|b| steps.contains(b));
            prop_assert!(buckets.len() == 1 || twice, "{deal} {buckets:?}");
            prop_assert!(!waterfall.excluded.iter().any(|e| e.deal == *deal));
        }

        // The order of the rows decides nothing.
        let mut turned = (start.clone(), end.clone());
        turned.0.rows.rotate_left(usize::try_from(seed % 12).unwrap() % start.rows.len().max(1));
        turned.1.rows.reverse();
        let again = compare(&turned.0, &turned.1, euro, &filter).unwrap();
        let text = |w: &crm_core::rules::waterfall::Waterfall| json::canonical(&w.to_json(Some(crm_core::Lang::French), 3).unwrap());
        prop_assert_eq!(text(&waterfall), text(&again));
        prop_assert_eq!(SnapshotRow::digest(&turned.0.rows), SnapshotRow::digest(&start.rows));

        // Nothing changes where nothing changed, and a row is what it says of itself.
        let still = compare(&start, &Snapshot { as_of: end.as_of, ..start.clone() }, euro, &filter).unwrap();
        prop_assert!(still.buckets.is_empty() && still.start == still.end);
        for row in &start.rows {
            prop_assert_eq!(&SnapshotRow::from_json(&row.to_json()).unwrap(), row);
        }
    }
}
