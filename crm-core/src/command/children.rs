//! Rows of one kind that belong to many records, read in the order of the field that says to which: one page has those of
//! many records, and no index is asked for each of them.

use serde_json::Value as Json;

use crate::kernel::error::Result;
use crate::kernel::predicate::sql::Bound;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::text;
use crate::kernel::time::Instant;
use crate::model::{Kind, Row};
use crate::rules::Rules;
use crate::store::{Archived, MOST_ROWS, Order, Page, Query};

/// Of how many records the rows are asked for at once.
const TOGETHER: usize = 200;

/// Which rows are read.
pub(crate) struct Children<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) at: Instant,
    pub(crate) kind: Kind,
    /// The reference, or another text, that says to which record a row belongs; `id` for the records themselves.
    pub(crate) field: &'a str,
    /// What else holds for the rows.
    pub(crate) and: Option<Predicate>,
    pub(crate) archived: Archived,
}

impl Children<'_> {
    /// The question for the rows that pass a test of their field.
    ///
    /// # Errors
    /// A test that does not fit.
    pub(crate) fn query(&self, operator: Operator, value: impl Into<Json>) -> Result<Query> {
        let schema = self.rules.schema(self.kind);
        let of = Predicate::test(self.field, operator, value);
        let filter = match &self.and {
            Some(and) => Predicate::All(vec![of, and.clone()]),
            None => of,
        };
        let mut query = Query::all(self.kind, schema.clone(), self.at);
        (query.filter, query.archived, query.limit) = (Some(filter.compile(&schema)?), self.archived, MOST_ROWS);
        Ok(query)
    }

    /// The rows of each value that has some, in the order of values, as the store has them today. A value whose rows do not
    /// fit into a page comes without them.
    ///
    /// # Errors
    /// Those of `find` and of `see`.
    pub(crate) fn each(
        &self,
        values: &[String],
        find: impl Fn(&Query) -> Result<Page>,
        mut see: impl FnMut(&str, Option<Vec<Row>>) -> Result<()>,
    ) -> Result<()> {
        let values = in_order(values);
        let mut rest = values.as_slice();
        while !rest.is_empty() {
            let (some, _) = rest.split_at(rest.len().min(TOGETHER));
            let query = self.ordered(some, MOST_ROWS)?;
            let page = find(&query)?;
            let is_cut = page.next.is_some();
            let mut groups: Vec<(String, Vec<Row>)> = Vec::new();
            for row in page.rows {
                let Some(value) = value_of(&query, &row) else { continue };
                match groups.last_mut().filter(|(last, _)| *last == value) {
                    Some((_, rows)) => rows.push(row),
                    None => groups.push((value, vec![row])),
                }
            }
            // Of the last one there may be more rows behind the page.
            let cut = if is_cut { groups.pop() } else { None };
            let is_whole_page = groups.is_empty();
            for (value, rows) in groups {
                see(&value, Some(rows))?;
            }
            let done = match cut {
                None => some.len(),
                Some((value, _)) if is_whole_page => {
                    see(&value, None)?;
                    some.partition_point(|one| *one <= value)
                }
                Some((value, _)) => some.partition_point(|one| *one < value),
            };
            rest = rest.get(done..).unwrap_or_default();
        }
        Ok(())
    }

    /// Which of the values have a row at all.
    ///
    /// # Errors
    /// Those of `find`.
    pub(crate) fn known(&self, values: &[String], find: impl Fn(&Query) -> Result<Page>) -> Result<Vec<String>> {
        let values = in_order(values);
        let mut rest = values.as_slice();
        let mut known = Vec::new();
        while !rest.is_empty() {
            let (some, _) = rest.split_at(rest.len().min(TOGETHER));
            let query = self.ordered(some, 1)?;
            let first = find(&query)?.rows.first().and_then(|row| value_of(&query, row));
            let done = first.as_ref().map_or(some.len(), |first| some.partition_point(|one| one <= first));
            known.extend(first);
            rest = rest.get(done..).unwrap_or_default();
        }
        Ok(known)
    }

    fn ordered(&self, values: &[String], limit: usize) -> Result<Query> {
        let mut query = self.query(Operator::In, values.to_vec())?;
        query.order = vec![Order { field: query.schema.resolve(self.field)?.0, descending: false }];
        query.limit = limit;
        Ok(query)
    }
}

/// The values as stores compare them, each once.
fn in_order(values: &[String]) -> Vec<String> {
    let mut values: Vec<String> = values.iter().map(|value| text::fold(value).into_owned()).collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// What an ordered question goes by.
fn value_of(query: &Query, row: &Row) -> Option<String> {
    match query.place(row).values.into_iter().next().flatten() {
        Some(Bound::Text(value)) => Some(value),
        _ => None,
    }
}
