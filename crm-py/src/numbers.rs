//! A column of lists of whole numbers, as `reason_ids` and `reason_points_milli` are.

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, ListArray};
use arrow_schema::DataType;
use crm_arrow::{Cell, Column};
use crm_core::Result;

pub(crate) struct Numbers<'a>(&'a ListArray);

impl<'a> Numbers<'a> {
    /// The column, if it is one of such lists.
    pub(crate) fn of(array: &'a dyn Array) -> Option<Self> {
        let DataType::List(item) = array.data_type() else { return None };
        array.as_list_opt().filter(|_| item.data_type().is_integer()).map(Self)
    }

    /// The list of a row, if there is one.
    pub(crate) fn row(&self, row: usize) -> Result<Option<Vec<i128>>> {
        if row >= self.0.len() || self.0.is_null(row) {
            return Ok(None);
        }
        let items = self.0.value(row);
        let column = Column::new(items.as_ref())?;
        let numbers = (0..items.len()).map(|place| {
            Ok(match column.cell(place)? {
                Cell::Integer(n) => Some(n),
                _ => None,
            })
        });
        let numbers: Vec<Option<i128>> = numbers.collect::<Result<_>>()?;
        Ok(Some(numbers.into_iter().flatten().collect()))
    }
}
