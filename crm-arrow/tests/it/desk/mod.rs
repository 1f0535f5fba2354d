//! The lead desk over tables: every row has the answer that it has alone.

mod groups;
mod hostile;
mod keys;
mod leads;
mod route;

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, ArrayRef};
use crm_arrow::Evaluated;
use crm_core::Error;

/// Where an error is, and which problem: `columns[0] NotOneOf`.
pub(crate) fn place_and_problem(error: &Error) -> String {
    let problem = format!("{:?}", error.problem());
    let name = problem.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    format!("{} {name}", error.field().unwrap_or_default())
}

/// The texts of a column over all batches.
pub(crate) fn texts(table: &Evaluated, name: &str) -> Vec<Option<String>> {
    let columns = table.batches.iter().map(|b| b.column_by_name(name).unwrap().as_string::<i32>());
    columns.flat_map(|c| c.iter().map(|t| t.map(str::to_owned)).collect::<Vec<_>>()).collect()
}

/// The lists of texts of a column over all batches.
pub(crate) fn lists(table: &Evaluated, name: &str) -> Vec<Vec<String>> {
    let columns = table.batches.iter().map(|b| b.column_by_name(name).unwrap().as_list::<i32>());
    let texts = |list: ArrayRef| list.as_string::<i32>().iter().map(|t| t.unwrap().to_owned()).collect();
    columns.flat_map(|c| (0..c.len()).map(|i| texts(c.value(i))).collect::<Vec<Vec<String>>>()).collect()
}

/// The numbers of a column over all batches.
fn numbers(table: &Evaluated, name: &str) -> Vec<Option<u32>> {
    let columns = table.batches.iter().map(|b| b.column_by_name(name).unwrap());
    columns.flat_map(|c| c.as_primitive::<arrow_array::types::UInt32Type>().iter().collect::<Vec<_>>()).collect()
}
