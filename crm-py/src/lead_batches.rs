//! Rows of a lead export as Arrow batches: a typed column for every field that the file feeds.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, ListBuilder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use chrono::NaiveDate;
use crm_core::{FieldType, Value};
use crm_csv::{LeadField, LeadRow};

/// A number counts millionths in 64 bits; an amount has at most 15 digits, and no currency more than four places.
const NUMBER: (u8, i8) = (19, 6);
const MONEY: (u8, i8) = (19, 4);

/// Rows on their way into a batch.
pub(crate) struct LeadBatches {
    schema: SchemaRef,
    /// In order of the schema, each with its field's place in a row.
    columns: Vec<(usize, Cells)>,
    rows: usize,
}

/// The cells of one field so far.
enum Cells {
    Text(StringBuilder),
    Integer(Int64Builder),
    Number(Decimal128Builder),
    Money(Decimal128Builder, StringBuilder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Instant(TimestampMicrosecondBuilder),
    Texts(ListBuilder<StringBuilder>),
}

impl LeadBatches {
    pub(crate) fn new(fields: &[LeadField]) -> Self {
        let mut columns: Vec<(usize, &LeadField)> = fields.iter().enumerate().collect();
        columns.sort_by_key(|(_, field)| (field.name.starts_with("custom."), field.name.as_str()));
        let mut shown = Vec::new();
        for (_, field) in &columns {
            shown.push(Field::new(&field.name, kind(field.kind), true));
            if field.kind == FieldType::Money {
                shown.push(Field::new(format!("{}_currency", field.name), DataType::Utf8, true));
            }
        }
        let columns = columns.into_iter().map(|(place, field)| (place, Cells::new(field.kind))).collect();
        Self { schema: Arc::new(Schema::new(shown)), columns, rows: 0 }
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn push(&mut self, row: &LeadRow) {
        for (place, cells) in &mut self.columns {
            cells.push(row.values.get(*place).unwrap_or(&Value::Null));
        }
        self.rows = self.rows.saturating_add(1);
    }

    /// The batch of the rows so far, and an empty place for the next.
    pub(crate) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        self.rows = 0;
        let arrays = self.columns.iter_mut().flat_map(|(_, cells)| cells.take()).collect();
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
    }
}

fn kind(field: FieldType) -> DataType {
    match field {
        FieldType::Text | FieldType::Reference => DataType::Utf8,
        FieldType::Integer => DataType::Int64,
        FieldType::Number => DataType::Decimal128(NUMBER.0, NUMBER.1),
        FieldType::Money => DataType::Decimal128(MONEY.0, MONEY.1),
        FieldType::Boolean => DataType::Boolean,
        FieldType::Date => DataType::Date32,
        FieldType::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        FieldType::Texts => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
    }
}

impl Cells {
    fn new(field: FieldType) -> Self {
        let decimals = || Decimal128Builder::new().with_data_type(kind(field));
        match field {
            FieldType::Text | FieldType::Reference => Cells::Text(StringBuilder::new()),
            FieldType::Integer => Cells::Integer(Int64Builder::new()),
            FieldType::Number => Cells::Number(decimals()),
            FieldType::Money => Cells::Money(decimals(), StringBuilder::new()),
            FieldType::Boolean => Cells::Boolean(BooleanBuilder::new()),
            FieldType::Date => Cells::Date(Date32Builder::new()),
            FieldType::Instant => Cells::Instant(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            FieldType::Texts => Cells::Texts(ListBuilder::new(StringBuilder::new())),
        }
    }

    /// A value of the field's type, or null.
    fn push(&mut self, value: &Value) {
        match (self, value) {
            (Cells::Text(cells), Value::Text(text)) => cells.append_value(text),
            (Cells::Text(cells), Value::Reference(id)) => cells.append_value(id.to_string()),
            (Cells::Text(cells), _) => cells.append_null(),
            (Cells::Integer(cells), value) => cells.append_option(match value {
                Value::Integer(n) => Some(*n),
                _ => None,
            }),
            (Cells::Number(cells), value) => cells.append_option(match value {
                Value::Number(n) => Some(i128::from(n.millionths())),
                _ => None,
            }),
            (Cells::Money(cells, currencies), Value::Money(money)) => {
                let places = MONEY.1.unsigned_abs();
                let more = u32::from(places).saturating_sub(money.currency().minor_digits());
                cells.append_value(i128::from(money.minor_units()).saturating_mul(10_i128.saturating_pow(more)));
                currencies.append_value(money.currency().code());
            }
            (Cells::Money(cells, currencies), _) => {
                cells.append_null();
                currencies.append_null();
            }
            (Cells::Boolean(cells), value) => cells.append_option(match value {
                Value::Boolean(b) => Some(*b),
                _ => None,
            }),
            (Cells::Date(cells), value) => cells.append_option(match value {
                Value::Date(day) => i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).ok(),
                _ => None,
            }),
            (Cells::Instant(cells), value) => cells.append_option(match value {
                Value::Instant(at) => Some(at.timestamp_micros()),
                _ => None,
            }),
            (Cells::Texts(cells), Value::Texts(texts)) => cells.append_value(texts.iter().map(Some)),
            (Cells::Texts(cells), _) => cells.append_null(),
        }
    }

    fn take(&mut self) -> Vec<ArrayRef> {
        match self {
            Cells::Text(cells) => vec![Arc::new(cells.finish())],
            Cells::Integer(cells) => vec![Arc::new(cells.finish())],
            Cells::Number(cells) => vec![Arc::new(cells.finish())],
            Cells::Money(cells, currencies) => vec![Arc::new(cells.finish()), Arc::new(currencies.finish())],
            Cells::Boolean(cells) => vec![Arc::new(cells.finish())],
            Cells::Date(cells) => vec![Arc::new(cells.finish())],
            Cells::Instant(cells) => vec![Arc::new(cells.finish())],
            Cells::Texts(cells) => vec![Arc::new(cells.finish())],
        }
    }
}
