//! Workload W9: touches of people of whom two in five bought something, divided by the U-shaped model.

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, Decimal128Array, DictionaryArray, Int8Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use crm_arrow::AttributionOptions;
use crm_core::rules::Rules;
use serde_json::json;

use crate::deals::below;
use crate::w1::Failure;

const CHANNELS: [&str; 8] = ["search", "paid search", "email", "social", "fair", "call", "referral", "direct"];
/// 2025-01-01.
const START: u64 = 1_735_689_600;
const SECONDS: u64 = 500 * 86_400;
/// Has no divisor in common with them: its multiples visit every second once.
const STEP: u64 = 17_000_023;

/// Touches of a fifth as many people, and what two in five of them bought.
///
/// # Errors
/// None.
pub fn touches(rows: u64) -> Result<(RecordBatch, RecordBatch), Failure> {
    let people = (rows / 5).max(1);
    let micros = |second: u64, more: u64| i64::try_from((START + second) * 1_000_000 + more);
    let (mut subjects, mut times, mut channels) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        subjects.push(i64::try_from(below(31, row, people))?);
        times.push(micros(row * STEP % SECONDS, 0)?);
        channels.push(i8::try_from(below(32, row, 8))?);
    }
    let (mut buyers, mut bought, mut cents) = (Vec::new(), Vec::new(), Vec::new());
    for person in (0..people).filter(|person| below(33, *person, 5) < 2) {
        buyers.push(i64::try_from(person)?);
        bought.push(micros(below(34, person, SECONDS), 500_000)?);
        cents.push(i128::from(100 + below(35, person, 4_999_900)));
    }
    let names = Arc::new(CHANNELS.iter().copied().map(Some).collect::<StringArray>());
    let instants = |micros: Vec<i64>| Arc::new(TimestampMicrosecondArray::from(micros).with_timezone("UTC"));
    let touches: Vec<(&str, ArrayRef)> = vec![
        ("subject", Arc::new(Int64Array::from(subjects))),
        ("at", instants(times)),
        ("channel", Arc::new(DictionaryArray::<Int8Type>::try_new(Int8Array::from(channels), names)?)),
    ];
    let conversions: Vec<(&str, ArrayRef)> = vec![
        ("subject", Arc::new(Int64Array::from(buyers))),
        ("converted_at", instants(bought)),
        ("amount", Arc::new(Decimal128Array::from(cents).with_precision_and_scale(12, 2)?)),
    ];
    Ok((RecordBatch::try_from_iter(touches)?, RecordBatch::try_from_iter(conversions)?))
}

/// Shares and amounts of every touch, which counts by itself.
///
/// # Errors
/// None, as long as the question fits this version.
pub fn question(threads: usize) -> Result<AttributionOptions, Failure> {
    let options = json!({"currency": "EUR", "session_minutes": 0, "keep": ["channel"], "threads": threads});
    Ok(AttributionOptions::from_json(&options, &Rules::default())?)
}
