//! What holds of any subscription: days against a slow oracle, movements that add up.

use chrono::{Datelike as _, NaiveDate};
use crm_core::rules::Rules;
use crm_core::rules::subscription::{Span, Terms, anniversary, occurrences};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn days(year: i32) -> impl Iterator<Item = NaiveDate> {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap().iter_days().take_while(move |day| day.year() == year)
}

/// The day of the anchor in a month, or the month's last, found by trying.
fn naive(anchor: NaiveDate, months: i32) -> NaiveDate {
    let index = anchor.year() * 12 + anchor.month0() as i32 + months;
    let (year, month) = (index.div_euclid(12), index.rem_euclid(12) as u32 + 1);
    (1..=anchor.day()).rev().find_map(|day| NaiveDate::from_ymd_opt(year, month, day)).unwrap()
}

#[test]
fn every_anchor_of_a_leap_cycle_keeps_its_day() {
    for anchor in (1996..2000).flat_map(days) {
        for interval in [1, 3, 12] {
            let within = Span { start: anchor, end: NaiveDate::from_ymd_opt(2040, 12, 31).unwrap() };
            let (found, more) = occurrences(anchor, interval, within, 10_000).unwrap();
            assert!(!more);
            let steps = i32::try_from(interval).unwrap();
            let slow = (0..).map(|n| naive(anchor, n * steps)).take_while(|day| day.year() <= 2040);
            assert!(found.iter().map(|one| one.on).eq(slow), "{anchor} {interval}");
            assert!(found.windows(2).all(|two| two[0].until.succ_opt() == Some(two[1].on)));
        }
    }
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (0..5_000i64).prop_map(|n| NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + chrono::TimeDelta::try_days(n).unwrap())
}

fn contract() -> impl Strategy<Value = Json> {
    let item =
        (0..4u8, 0..2_000_000u32, 0..100_000i64, prop::sample::select(vec![1, 3, 7, 12]), day(), day(), any::<bool>());
    let item = item.prop_map(|(product, quantity, cents, interval, from, to, is_dollar)| {
        let (from, to) = (from.min(to), from.max(to));
        json!({"product": format!("p{product}"), "quantity": format!("{}.{:06}", quantity / 1_000_000, quantity % 1_000_000),
            "unit_price": {"amount": format!("{}.{:02}", cents / 100, cents % 100), "currency": if is_dollar { "USD" } else { "EUR" }},
            "interval_months": interval, "starts_on": from.to_string(), "ends_on": to.to_string()})
    });
    let pause = prop::option::of((day(), 0..300i64));
    (0..6u8, day(), prop::option::of(0..2_000i64), prop::collection::vec(item, 0..4), pause).prop_map(
        |(account, start, length, items, pause)| {
            let mut one =
                json!({"id": "s", "account": format!("a{account}"), "starts_on": start.to_string(), "items": items});
            if let Some(length) = length {
                one["cancelled_on"] = (start + chrono::TimeDelta::try_days(length).unwrap()).to_string().into();
            }
            if let Some((from, length)) = pause {
                let to = from + chrono::TimeDelta::try_days(length).unwrap();
                one["pauses"] = json!([{"from": from.to_string(), "to": to.to_string()}]);
            }
            one
        },
    )
}

fn cents(json: &Json) -> i64 {
    json.as_str().unwrap().replace('.', "").parse().unwrap()
}

proptest! {
    #[test]
    fn a_day_is_in_its_term(start in day(), length in 0..800i64, term in prop::option::of(1..40i64), asked in day(), has_end in any::<bool>()) {
        let end = has_end.then(|| start + chrono::TimeDelta::try_days(length).unwrap());
        if let Some(terms) = Terms::new(start, end, term).unwrap() {
            let cycle = terms.cycle_at(asked);
            let span = terms.term(cycle).unwrap().unwrap();
            if asked >= start && term.is_some() {
                prop_assert!(span.start <= asked && asked <= span.end, "{cycle} {span:?} {asked}");
            }
            if let Some(next) = terms.term(cycle + 1).unwrap() {
                prop_assert_eq!(span.end.succ_opt(), Some(next.start));
            }
        }
    }

    #[test]
    fn anniversaries_are_the_oracles(anchor in day(), months in -600..600i32) {
        prop_assert_eq!(anniversary(anchor, i64::from(months)).unwrap(), naive(anchor, months));
    }

    #[test]
    fn movements_add_up_in_any_order(mut contracts in prop::collection::vec(contract(), 0..12), one in day(), other in day()) {
        let rates = json!([{"from": "USD", "to": "EUR", "valid_from": "2020-01-01", "rate": "0.91"},
            {"from": "USD", "to": "EUR", "valid_from": "2026-01-01", "rate": "0.87"}]);
        let ask = |contracts: &[Json]| {
            let input = json!({"op": "movement", "from": one.min(other).to_string(), "to": one.max(other).to_string(),
                "currency": "EUR", "rates": rates, "subscriptions": contracts});
            Rules::default().eval("retention", &input).unwrap()
        };
        let moved = ask(&contracts);
        let mut sum = cents(&moved["start"]);
        for bucket in moved["buckets"].as_object().unwrap().values() {
            let amount = cents(&bucket["amount"]);
            prop_assert!(amount >= 0);
            sum += if bucket["adds"] == true { amount } else { -amount };
        }
        prop_assert_eq!(sum, cents(&moved["end"]));
        prop_assert_eq!(&moved["unexplained"], "0.00");
        if let (Some(nrr), Some(grr)) = (moved["nrr_bp"].as_i64(), moved["grr_bp"].as_i64()) {
            prop_assert!((0..=10_000).contains(&grr) && grr <= nrr);
        }
        // What the day of the start comes to is what the rule says of it.
        let asked = json!({"op": "mrr", "at": one.min(other).to_string(), "subscriptions": contracts, "currency": "EUR", "rates": rates});
        let total = Rules::default().eval("subscription", &asked).unwrap()["total"][0]["mrr"].clone();
        prop_assert_eq!(if total.is_null() { 0 } else { cents(&total) }, cents(&moved["start"]));
        contracts.reverse();
        contracts.iter_mut().for_each(|one| one["items"].as_array_mut().unwrap().reverse());
        prop_assert_eq!(ask(&contracts), moved);
    }
}
