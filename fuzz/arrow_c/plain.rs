//! A table told in other words: the same cells without dictionaries, offsets, views and wide offsets.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, make_array};
use arrow_data::transform::MutableArrayData;
use arrow_schema::{DataType, Field, Schema};

/// The batch with its columns told plainly.
pub(crate) fn plain(batch: &RecordBatch) -> RecordBatch {
    let fields = batch.schema_ref().fields();
    let columns: Vec<ArrayRef> = batch.columns().iter().map(plainly).collect();
    // A dictionary may hold nulls in a column that has none of its own.
    let field = |(f, c): (&Arc<Field>, &ArrayRef)| Field::new(f.name(), c.data_type().clone(), true);
    let schema: Vec<Field> = fields.iter().zip(&columns).map(field).collect();
    RecordBatch::try_new(Arc::new(Schema::new(schema)), columns).unwrap()
}

fn plainly(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        kind if kind.is_nested() => Arc::clone(array),
        DataType::Dictionary(..) => plainly(&looked_up(array)),
        DataType::Utf8 => Arc::new(array.as_string::<i32>().iter().collect::<StringArray>()),
        DataType::LargeUtf8 => Arc::new(array.as_string::<i64>().iter().collect::<StringArray>()),
        DataType::Utf8View => Arc::new(array.as_string_view().iter().collect::<StringArray>()),
        _ => copied(array, (0..array.len()).map(|i| array.is_valid(i).then_some(i))),
    }
}

/// Each row's value in the dictionary.
fn looked_up(array: &ArrayRef) -> ArrayRef {
    let dictionary = array.as_any_dictionary();
    let values = dictionary.values();
    // Where there is no value, all keys are null.
    let keys = if values.is_empty() { vec![0; array.len()] } else { dictionary.normalized_keys() };
    copied(values, (0..array.len()).map(|i| array.is_valid(i).then_some(keys[i])))
}

fn copied(from: &ArrayRef, rows: impl ExactSizeIterator<Item = Option<usize>>) -> ArrayRef {
    let data = from.to_data();
    let mut copy = MutableArrayData::new(vec![&data], true, rows.len());
    for row in rows {
        match row {
            Some(row) => copy.try_extend(0, row, row + 1).unwrap(),
            None => copy.try_extend_nulls(1).unwrap(),
        }
    }
    make_array(copy.freeze())
}
