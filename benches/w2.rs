//! Workload W2: what a million deals come to by owner, month and category and up to managers, in euros at the rates of
//! their close dates, exactly. The deals, the rates and the tree are those of `compare/`, value for value.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, Int8Type, Int64Type};
use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, DictionaryArray, Int8Array, Int16Array, RecordBatch, StringArray,
};
use crm_arrow::{Evaluated, ForecastOptions};
use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

use crate::deals::{below, hash, pick};
use crate::w1::Failure;

/// 2024-01-01 as days since 1970, a Monday; two years follow.
const FIRST_DAY: i32 = 19_723;
const DAYS: u64 = 731;
const OWNERS: u64 = 500;
const CURRENCIES: [&str; 5] = ["EUR", "USD", "GBP", "CHF", "SEK"];
const CATEGORIES: [&str; 4] = ["omitted", "pipeline", "best_case", "commit"];
/// Millionths of a euro by currency.
const RATES: [i64; 5] = [1_000_000, 920_000, 1_170_000, 1_040_000, 88_000];
/// Basis points and category by stage: new, qualified, discovery, proposal, negotiation, verbal, won, lost.
const STAGES: [(u64, u64); 8] =
    [(500, 0), (1_500, 1), (3_000, 1), (5_000, 2), (7_000, 2), (9_000, 3), (10_000, 3), (0, 0)];

/// Sums over all deals: how many, 10^-8 of a euro, and 10^-12 of a euro weighted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many deals.
    pub count: i64,
    /// Their value.
    pub amount: i128,
    /// Their weighted value.
    pub weighted: i128,
}

/// Deals as a table, and what they come to.
///
/// # Errors
/// None.
pub fn deals(rows: u64) -> Result<(RecordBatch, Sums), Failure> {
    let length = usize::try_from(rows)?;
    let mut sums = Sums::default();
    let (mut amounts, mut shares) = (Vec::with_capacity(length), Vec::with_capacity(length));
    let (mut categories, mut currencies) = (Vec::with_capacity(length), Vec::with_capacity(length));
    let (mut owners, mut days) = (Vec::with_capacity(length), Vec::with_capacity(length));
    let of_day: Vec<[i64; 5]> = (0..i32::try_from(DAYS)?).map(|day| rates(FIRST_DAY + day)).collect();
    for row in 0..rows {
        let stage = pick(1, row, &[18, 18, 16, 14, 10, 6, 8, 10]);
        let (of_stage, category) = STAGES.get(stage).copied().ok_or("a stage")?;
        let own = below(2, row, 100) < 15 && stage < 6;
        let share = if own { below(3, row, 10_001) } else { of_stage };
        let scale = [1, 10, 100, 1_000].get(pick(7, row, &[30, 45, 20, 5])).copied().ok_or("a size")?;
        let amount = (below(6, row, 900_000) + 100_000) * scale / 10 + below(12, row, 100);
        let day = below(11, row, DAYS);
        let currency = pick(13, row, &[55, 20, 10, 8, 7]);
        let rate = of_day.get(usize::try_from(day)?).and_then(|rates| rates.get(currency)).ok_or("a rate")?;
        let value = i128::from(amount) * i128::from(*rate);
        sums.count += 1;
        sums.amount += value;
        sums.weighted += value * i128::from(share);
        amounts.push(i128::from(amount));
        shares.push(i128::from(share));
        categories.push(i8::try_from(if below(4, row, 100) < 10 { below(5, row, 4) } else { category })?);
        currencies.push(i8::try_from(currency)?);
        owners.push(i16::try_from(below(8, row, OWNERS).min(below(9, row, OWNERS)))?);
        days.push(FIRST_DAY + i32::try_from(day)?);
    }
    let names = |places: Vec<i8>, names: &[&'static str]| -> Result<ArrayRef, Failure> {
        let names = Arc::new(names.iter().copied().map(Some).collect::<StringArray>());
        Ok(Arc::new(DictionaryArray::<Int8Type>::try_new(Int8Array::from(places), names)?))
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("amount", Arc::new(Decimal128Array::from(amounts).with_precision_and_scale(18, 2)?)),
        ("probability", Arc::new(Decimal128Array::from(shares).with_precision_and_scale(5, 4)?)),
        ("category", names(categories, &CATEGORIES)?),
        ("owner_id", Arc::new(Int16Array::from(owners))),
        ("close_date", Arc::new(Date32Array::from(days))),
        ("currency", names(currencies, &CURRENCIES)?),
    ];
    Ok((RecordBatch::try_from_iter(columns)?, sums))
}

/// What is asked: months, managers and their people. Sums are exact where `rounding` is `never`.
///
/// # Errors
/// None, as long as the question fits this version.
pub fn question(rounding: &str, threads: usize) -> Result<ForecastOptions, Failure> {
    let mut table = Vec::new();
    for day in FIRST_DAY - 3..FIRST_DAY + i32::try_from(DAYS)? {
        // 2023-12-29 was a Friday; nothing is published at weekends.
        if (day + 3) % 7 >= 5 {
            continue;
        }
        for (currency, rate) in CURRENCIES.iter().zip(rates_of(day)).skip(1) {
            let date = crm_core::kernel::time::plus_days(crate::at(), i64::from(day) - 20_780).ok_or("a day")?;
            let date = date.to_string().chars().take(10).collect::<String>();
            let rate = format!("{}.{:06}", rate / 1_000_000, rate % 1_000_000);
            table.push(json!({"from": currency, "to": "EUR", "valid_from": date, "rate": rate}));
        }
    }
    let mut owners: Vec<Json> = (0..20).map(|manager| json!({"user": format!("m{manager}")})).collect();
    owners.extend((0..OWNERS).map(|o| json!({"user": o.to_string(), "manager": format!("m{}", o * 7 % 20)})));
    let options = json!({
        "as_of": "2025-06-30", "currency": "EUR", "rounding": rounding, "view": "manager",
        "periods": {"unit": "month", "from": "2024-01-01", "to": "2026-01-01"},
        "rates": table, "owners": owners, "map": {"owner_id": "owner"}, "threads": threads,
    });
    Ok(ForecastOptions::from_json(&options, &Rules::default())?)
}

/// The rates of a day on which there are some.
fn rates_of(day: i32) -> [i64; 5] {
    let day = u64::try_from(day).unwrap_or(0);
    let mut column = 900;
    RATES.map(|rate| {
        let step = i64::try_from(hash(column, day) % 4_001).unwrap_or(0) - 2_000;
        column += 1;
        if column == 901 { rate } else { rate + (rate * step * 25).div_euclid(1_000_000) }
    })
}

/// The rates that hold on a day: at weekends those of the Friday before.
fn rates(day: i32) -> [i64; 5] {
    rates_of(day - ((day + 3) % 7 - 4).max(0))
}

impl Sums {
    /// The sums of everybody who has no manager, in a table that was asked for by [`question`].
    ///
    /// # Errors
    /// A table with other columns.
    pub fn of(found: &Evaluated) -> Result<Self, Failure> {
        let mut sums = Self::default();
        for batch in &found.batches {
            let column = |name: &str| batch.column_by_name(name).ok_or("not the columns of W2");
            let owners = column("owner")?.as_string::<i32>();
            let counts = column("count")?.as_primitive::<Int64Type>().values();
            let amounts = column("amount")?.as_primitive::<Decimal128Type>();
            let weighted = column("weighted")?.as_primitive::<Decimal128Type>();
            let places = |digits: i8, scale: i8| u32::try_from(digits - scale).map(|tens| 10i128.pow(tens));
            let (amount_tens, weighted_tens) = (places(8, amounts.scale())?, places(12, weighted.scale())?);
            let rows = counts.iter().zip(amounts.values()).zip(weighted.values());
            for (owner, ((count, amount), weighted)) in owners.iter().zip(rows) {
                if owner.is_some_and(|owner| owner.starts_with('m')) {
                    sums.count += count;
                    sums.amount += amount * amount_tens;
                    sums.weighted += weighted * weighted_tens;
                }
            }
        }
        Ok(sums)
    }
}
