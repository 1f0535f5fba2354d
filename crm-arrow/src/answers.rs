//! Columns of answers that several tables have in common: amounts, and what is wrong with rows.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, Decimal128Array, new_null_array};
use arrow_buffer::{BooleanBuffer, NullBuffer, NullBufferBuilder};
use arrow_schema::{DataType, Field};
use crm_core::{Currency, Lang, Problem, Result};

use crate::cell::decimal_text;
use crate::import::refused;
use crate::output::{Snippet, Texts, text_array};
use crate::refused::Refused;

/// Most digits of a decimal of 128 bits.
const DIGITS: u8 = 38;

/// The type of exact decimals with so many places.
pub(crate) fn decimal(places: u32) -> DataType {
    DataType::Decimal128(DIGITS, i8::try_from(places).unwrap_or(i8::MAX))
}

/// Exact decimals with so many places.
pub(crate) fn decimals(values: impl Iterator<Item = Option<i128>>, places: u32) -> Result<ArrayRef> {
    let most = 10u128.checked_pow(u32::from(DIGITS)).unwrap_or(u128::MAX);
    let rows = values.size_hint().0;
    let (mut units, mut known) = (Vec::with_capacity(rows), NullBufferBuilder::new(rows));
    let mut largest = 0_u128;
    for value in values {
        known.append(value.is_some());
        let value = value.unwrap_or(0);
        largest = largest.max(value.unsigned_abs());
        units.push(value);
    }
    if largest >= most {
        return Err(Problem::AmountTooLarge.into());
    }
    Ok(decimals_of(units, known.finish(), places))
}

/// Exact decimals of units that are known to fit.
pub(crate) fn decimals_of(units: Vec<i128>, known: Option<NullBuffer>, places: u32) -> ArrayRef {
    Arc::new(Decimal128Array::new(units.into(), known).with_data_type(decimal(places)))
}

/// The places that hold amounts of all of these currencies; two where there is none.
pub(crate) fn places_of(currencies: impl Iterator<Item = Currency>) -> u32 {
    currencies.map(Currency::minor_digits).max().unwrap_or(2)
}

/// Minor units of a currency in units of so many places.
pub(crate) fn scaled(minor: i128, currency: Currency, places: u32) -> i128 {
    let missing = places.saturating_sub(currency.minor_digits());
    if missing == 0 {
        return minor;
    }
    minor.saturating_mul(10i128.checked_pow(missing).unwrap_or(1))
}

/// An amount of a currency as answers write it.
pub(crate) fn plain(minor: i128, currency: Currency) -> String {
    decimal_text(minor, i8::try_from(currency.minor_digits()).unwrap_or(0))
}

/// The columns of what is wrong with rows.
pub(crate) fn problem_fields(lang: Option<Lang>) -> Vec<Field> {
    let mut fields = vec![Field::new("problem", DataType::Utf8, true)];
    fields.extend(lang.map(|_| Field::new("problem_text", DataType::Utf8, true)));
    fields
}

/// What is wrong with the rows of a range, of a list in their order.
pub(crate) fn problem_columns(refused: &[(usize, Refused)], rows: &Range<usize>, lang: Option<Lang>) -> Vec<ArrayRef> {
    let mut columns = vec![sparse(refused, rows, |why| Cow::Borrowed(why.code))];
    columns.extend(lang.map(|lang| sparse(refused, rows, |why| why.text(lang).into())));
    columns
}

/// Texts of some rows of a range, of a list in their order.
pub(crate) fn sparse<'a, T>(
    list: &'a [(usize, T)],
    rows: &Range<usize>,
    of: impl Fn(&'a T) -> Cow<'a, str>,
) -> ArrayRef {
    let from = list.partition_point(|(row, _)| *row < rows.start);
    let to = list.partition_point(|(row, _)| *row < rows.end);
    let within = list.get(from..to).unwrap_or_default();
    if within.is_empty() {
        return new_null_array(&DataType::Utf8, rows.len());
    }
    let mut next = within.iter().peekable();
    let mut texts = StringBuilder::with_capacity(rows.len(), within.len().saturating_mul(16));
    for row in rows.clone() {
        texts.append_option(next.next_if(|(place, _)| *place == row).map(|(_, told)| of(told)));
    }
    Arc::new(texts.finish())
}

/// Texts of a few codes by their places; null beyond the last.
pub(crate) fn of_codes<'a>(places: &[u16], codes: impl IntoIterator<Item = &'a str>) -> Result<ArrayRef> {
    let snippets: Vec<Snippet> = codes.into_iter().map(Snippet::new).collect();
    let is_code = |place: &u16| usize::from(*place) < snippets.len();
    let known = places.iter().filter(|place| is_code(place)).count();
    if known == 0 {
        return Ok(new_null_array(&DataType::Utf8, places.len()));
    }
    let nulls = (known < places.len())
        .then(|| BooleanBuffer::collect_bool(places.len(), |row| places.get(row).is_some_and(is_code)).into());
    let mut texts = Texts::with_capacity(places.len());
    texts.push_all(places, &snippets);
    text_array(texts, nulls)
}

/// How many rows have which problem.
pub(crate) fn counted<'a>(codes: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for code in codes {
        let count = counts.entry(code).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

/// A batch of columns.
pub(crate) fn batch(schema: &arrow_schema::SchemaRef, columns: Vec<ArrayRef>) -> Result<arrow_array::RecordBatch> {
    arrow_array::RecordBatch::try_new(Arc::clone(schema), columns).map_err(|e| refused(e.to_string()))
}
