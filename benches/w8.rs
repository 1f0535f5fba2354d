//! Workload W8: what quotes of some five lines in three rates come to, with the sums that whole cents give.

use std::sync::Arc;

use arrow_array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch};
use crm_arrow::QuoteOptions;
use serde_json::json;

use crate::deals::below;
use crate::w1::Failure;

/// Basis points.
const RATES: [u64; 3] = [2_000, 1_000, 550];
const DISCOUNTS: [u64; 6] = [0, 0, 0, 250, 500, 1_000];

/// The lines of so many quotes as a table, and their net and VAT in cents.
///
/// # Errors
/// None.
pub fn lines(quotes: u64) -> Result<(RecordBatch, [u64; 2]), Failure> {
    let (mut names, mut quantities) = (Vec::new(), Vec::new());
    let (mut prices, mut discounts, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    let (mut row, mut sums) = (0, [0; 2]);
    let half_up = |value: u64| (2 * value + 10_000) / 20_000;
    for quote in 0..quotes {
        let mut bases = [0; 3];
        for _ in 0..=below(21, quote, 9) {
            row += 1;
            let (quantity, price) = (1 + below(22, row, 39), 99 + below(23, row, 249_901));
            let discount = DISCOUNTS.get(usize::try_from(below(24, row, 6))?).ok_or("a discount")?;
            let rate = usize::try_from(below(25, row, 3))?;
            *bases.get_mut(rate).ok_or("a rate")? += half_up(quantity * price * (10_000 - discount));
            names.push(i64::try_from(quote)?);
            quantities.push(i64::try_from(quantity)?);
            prices.push(i128::from(price));
            discounts.push(i128::from(*discount));
            rates.push(i128::from(*RATES.get(rate).ok_or("a rate")?));
        }
        for (base, rate) in bases.into_iter().zip(RATES) {
            sums = [sums[0] + base, sums[1] + half_up(base * rate)];
        }
    }
    let decimals = |units: Vec<i128>| -> Result<ArrayRef, Failure> {
        Ok(Arc::new(Decimal128Array::from(units).with_precision_and_scale(12, 2)?))
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("quote", Arc::new(Int64Array::from(names))),
        ("quantity", Arc::new(Int64Array::from(quantities))),
        ("unit_price", decimals(prices)?),
        ("discount_percent", decimals(discounts)?),
        ("rate", decimals(rates)?),
    ];
    Ok((RecordBatch::try_from_iter(columns)?, sums))
}

/// Totals by quote in euros.
///
/// # Errors
/// None, as long as the question fits this version.
pub fn question(threads: usize) -> Result<QuoteOptions, Failure> {
    Ok(QuoteOptions::from_json(&json!({"currency": "EUR", "threads": threads}))?)
}
