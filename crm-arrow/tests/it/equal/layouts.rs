//! The layouts from which a field of each type is read.

use std::sync::Arc;

use arrow_schema::{DataType, Field, TimeUnit};
use crm_core::FieldType;

use super::draw::Draw;

const TEXTS: [DataType; 3] = [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View];
const KEYS: [DataType; 8] = [
    DataType::Int8,
    DataType::Int16,
    DataType::Int32,
    DataType::Int64,
    DataType::UInt8,
    DataType::UInt16,
    DataType::UInt32,
    DataType::UInt64,
];

fn dictionary(key: &DataType, values: &DataType) -> DataType {
    DataType::Dictionary(Box::new(key.clone()), Box::new(values.clone()))
}

/// Texts in every layout: plain, and in dictionaries of every width of index.
pub(crate) fn texts() -> Vec<DataType> {
    let coded = KEYS.iter().flat_map(|key| TEXTS.iter().map(move |values| dictionary(key, values)));
    TEXTS.into_iter().chain(coded).collect()
}

/// Texts in a dictionary of the usual width.
pub(crate) fn coded_texts() -> DataType {
    dictionary(&DataType::Int32, &DataType::Utf8)
}

fn decimals() -> Vec<DataType> {
    use DataType as D;
    vec![
        D::Decimal32(9, 0),
        D::Decimal32(9, 2),
        D::Decimal32(9, -2),
        D::Decimal64(18, 4),
        D::Decimal64(18, 18),
        D::Decimal64(18, -3),
        D::Decimal128(38, 0),
        D::Decimal128(38, 2),
        D::Decimal128(38, 6),
        D::Decimal128(38, 10),
        D::Decimal128(38, 37),
        D::Decimal128(38, -1),
        D::Decimal128(5, 2),
        D::Decimal256(76, 0),
        D::Decimal256(76, 6),
        D::Decimal256(76, 40),
        D::Decimal256(76, 76),
        D::Decimal256(40, -6),
    ]
}

fn times() -> Vec<DataType> {
    let units = [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond];
    let zones = [None, Some("UTC"), Some("+02:00"), Some("Europe/Paris")];
    let all = units.into_iter().flat_map(|unit| zones.map(|zone| DataType::Timestamp(unit, zone.map(Into::into))));
    all.collect()
}

fn lists() -> Vec<DataType> {
    let coded = [DataType::Int32, DataType::UInt16].map(|key| dictionary(&key, &DataType::Utf8));
    let items = TEXTS.into_iter().chain(coded).map(|item| Arc::new(Field::new("item", item, true)));
    items.flat_map(|item| [DataType::List(Arc::clone(&item)), DataType::LargeList(item)]).collect()
}

/// The layouts that belong to a type; texts and ids have none but those of texts.
fn own(kind: FieldType) -> Vec<DataType> {
    let floats = [DataType::Float32, DataType::Float64];
    match kind {
        FieldType::Text | FieldType::Reference => Vec::new(),
        FieldType::Integer | FieldType::Number => {
            let coded = [DataType::Int64, DataType::Float64, DataType::Decimal128(38, 2)];
            let coded = coded.map(|values| dictionary(&KEYS[2], &values));
            KEYS.into_iter().chain(floats).chain(decimals()).chain(coded).collect()
        }
        FieldType::Money => {
            let coded = [dictionary(&KEYS[7], &DataType::Decimal128(38, 2)), dictionary(&KEYS[0], &DataType::UInt8)];
            KEYS.into_iter().chain(decimals()).chain(coded).collect()
        }
        FieldType::Boolean => vec![DataType::Boolean, dictionary(&KEYS[1], &DataType::Boolean)],
        FieldType::Date => vec![DataType::Date32, DataType::Date64, dictionary(&KEYS[5], &DataType::Date32)],
        FieldType::Instant => {
            let coded = times().into_iter().skip(1).step_by(3).map(|values| dictionary(&KEYS[3], &values));
            times().into_iter().chain(coded).collect()
        }
        FieldType::Texts => lists(),
    }
}

/// All layouts of a type, each once.
pub(crate) fn all(kind: FieldType) -> Vec<DataType> {
    let texts = if kind == FieldType::Texts { Vec::new() } else { texts() };
    own(kind).into_iter().chain(texts).chain([DataType::Null]).collect()
}

/// One layout of a type, the usual ones more often.
pub(crate) fn some(kind: FieldType, draw: &mut Draw) -> DataType {
    if draw.chance(4) {
        return DataType::Null;
    }
    let own = own(kind);
    if kind == FieldType::Texts || !own.is_empty() && draw.chance(70) {
        return own[draw.below(own.len())].clone();
    }
    if draw.chance(50) { TEXTS[draw.below(3)].clone() } else { dictionary(&KEYS[draw.below(8)], &TEXTS[draw.below(3)]) }
}
