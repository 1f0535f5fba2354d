//! The rows of one kind in memory, with what they are looked up by: their age, and the value of each indexed field. A
//! look-up finds more rows than the query, never fewer; [`Query::finds`] decides.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::Arc;

use crate::kernel::error::Result;
use crate::kernel::fact::Fact;
use crate::kernel::field::FieldType;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::sql::{Bound, stored};
use crate::kernel::predicate::{Check, Ends};
use crate::model::{Kind, Linked, META_FIELDS, Row};
use crate::store::query::bound_of;
use crate::store::{Cursor, Page, Query};

/// When a row was made, in microseconds, and its id: where every order ends.
type Age = (i64, Id);

/// Ages in an order that is asked for.
type Walk<'t> = Box<dyn Iterator<Item = &'t Age> + 't>;

/// The rows that have one value, by age.
type Ages = BTreeSet<Age>;

/// The rows of one kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    rows: BTreeMap<Id, Arc<Row>>,
    ages: Ages,
    /// By the place of an indexed field among those of the kind.
    columns: BTreeMap<usize, Column>,
}

/// The rows by the value of one field.
#[derive(Clone, Debug, Default)]
struct Column {
    known: BTreeMap<Bound, Ages>,
    unknown: Ages,
}

/// The fields that are looked up, by their places. Amounts have no order without their currency, and sets have none.
fn looked_up(kind: Kind) -> impl Iterator<Item = usize> {
    let is_looked_up = |kind: FieldType| !matches!(kind, FieldType::Money | FieldType::Texts);
    let fields = kind.fields().iter().enumerate();
    fields.filter(move |(_, field)| field.indexed && is_looked_up(field.kind)).map(|(place, _)| place)
}

fn age(row: &Row) -> Age {
    (row.created_at.timestamp_micros(), row.id)
}

impl Table {
    pub(super) fn row(&self, id: Id) -> Option<&Arc<Row>> {
        self.rows.get(&id)
    }

    pub(super) fn put(&mut self, row: Row) {
        if let Some(before) = self.rows.get(&row.id).cloned() {
            self.ages.remove(&age(&before));
            for place in looked_up(before.body.kind()) {
                self.columns.entry(place).or_default().remove(&before, place);
            }
        }
        self.ages.insert(age(&row));
        for place in looked_up(row.body.kind()) {
            self.columns.entry(place).or_default().insert(&row, place);
        }
        self.rows.insert(row.id, Arc::new(row));
    }

    /// The rows that a reference leads from, by age; `None` where the field is not looked up.
    pub(super) fn pointing(&self, field: usize, id: Id) -> Option<impl Iterator<Item = &Arc<Row>>> {
        let column = self.columns.get(&field)?;
        let ages = bound_of(Fact::Reference(id)).and_then(|bound| column.known.get(&bound));
        Some(ages.into_iter().flatten().filter_map(|(_, id)| self.rows.get(id)))
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.rows.values()
    }

    /// How many rows a query finds, the page aside.
    pub(super) fn count(&self, query: &Query, rows: &dyn Linked) -> Result<u64> {
        let mut count = 0usize;
        for row in self.candidates(query).iter(self) {
            count = count.saturating_add(usize::from(query.finds(row, rows)?));
        }
        Ok(json::length(count))
    }

    /// Whether a query finds nothing, the page aside.
    pub(super) fn is_empty(&self, query: &Query, rows: &dyn Linked) -> Result<bool> {
        for row in self.candidates(query).iter(self) {
            if query.finds(row, rows)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A page of what a query finds. Its pages together take what is looked up as often as there are pages, where that
    /// is sorted, and every row once, where the rows are walked in the order that is asked for: whichever is less.
    pub(super) fn find(&self, query: &Query, rows: &dyn Linked) -> Result<Page> {
        let most = query.limit.saturating_add(1);
        let found = self.candidates(query);
        let pages = found.len.checked_div(query.limit).unwrap_or(0).saturating_add(1);
        let is_few = found.len.saturating_mul(pages) <= self.rows.len();
        let walked = match found.in_order(query) {
            None if !is_few => self.in_order(query),
            walked => walked,
        };
        let mut page = Vec::new();
        if let Some(groups) = walked {
            for row in groups.into_iter().flatten().filter_map(|(_, id)| self.rows.get(id)) {
                if query.finds(row, rows)? {
                    page.push(Row::clone(row));
                    if page.len() >= most {
                        break;
                    }
                }
            }
            return Ok(Page::cut(page, query));
        }
        let mut places = Vec::new();
        for row in found.iter(self) {
            if query.finds(row, rows)? {
                let place = query.place(row);
                if query.after.as_ref().is_none_or(|after| query.compare(&place, after).is_gt()) {
                    places.push((place, row));
                }
            }
        }
        places.sort_by(|(a, _), (b, _)| query.compare(a, b));
        Ok(Page::cut(places.into_iter().take(most).map(|(_, row)| Row::clone(row)).collect(), query))
    }

    /// The least rows among which those of a query are, by the tests that all of them pass.
    fn candidates(&self, query: &Query) -> Candidates<'_> {
        let mut least = Candidates { field: None, sets: vec![&self.ages], ids: Vec::new(), len: self.ages.len() };
        let tests = query.filter.as_ref().map(|filter| filter.needed()).unwrap_or_default();
        // Single values first, so that what a span has is only counted up to what they leave.
        let (spans, values): (Vec<_>, Vec<_>) =
            tests.into_iter().partition(|(_, check)| check.one_of().is_none() && !matches!(check, Check::IsNull));
        for (field, check) in values.into_iter().chain(spans) {
            let found = match field.checked_sub(META_FIELDS.len()) {
                None => (field == 0).then(|| self.of_ids(check)).flatten(),
                Some(place) => self.columns.get(&place).and_then(|column| column.of(check, query, least.len)),
            };
            let found = found.map(|found| Candidates { field: Some(field), ..found });
            least = found.filter(|found| found.len < least.len).unwrap_or(least);
        }
        least
    }

    /// The rows of the ids that a test names.
    fn of_ids(&self, check: &Check) -> Option<Candidates<'_>> {
        let ids = check.one_of()?.iter().filter_map(|value| match value.as_fact() {
            Fact::Reference(id) => Some(id),
            _ => None,
        });
        let ids: Vec<Id> = ids.collect::<BTreeSet<_>>().into_iter().collect();
        Some(Candidates { field: None, sets: Vec::new(), len: ids.len(), ids })
    }

    /// All rows behind the query's cursor in its order, in groups; `None` where no index has that order.
    fn in_order(&self, query: &Query) -> Option<Vec<Walk<'_>>> {
        let after = query.after.as_ref();
        match query.order.as_slice() {
            [] => Some(vec![since(&self.ages, after)]),
            [order] => {
                let column = self.columns.get(&order.field.checked_sub(META_FIELDS.len())?)?;
                Some(column.in_order(order.descending, after))
            }
            _ => None,
        }
    }
}

/// The rows of some ages behind a place.
fn since<'t>(ages: &'t Ages, after: Option<&Cursor>) -> Walk<'t> {
    match after {
        None => Box::new(ages.iter()),
        Some(after) => Box::new(ages.range((Excluded((after.created_at_micros, after.id)), Unbounded))),
    }
}

impl Column {
    fn insert(&mut self, row: &Row, place: usize) {
        match bound_of(row.body.fact(place)) {
            Some(bound) => self.known.entry(bound).or_default().insert(age(row)),
            None => self.unknown.insert(age(row)),
        };
    }

    fn remove(&mut self, row: &Row, place: usize) {
        let Some(bound) = bound_of(row.body.fact(place)) else {
            self.unknown.remove(&age(row));
            return;
        };
        if let Some(ages) = self.known.get_mut(&bound) {
            ages.remove(&age(row));
            if ages.is_empty() {
                self.known.remove(&bound);
            }
        }
    }

    /// The rows that may pass a test; `None` where the test does not tell, or for more than so many.
    fn of<'t>(&'t self, check: &Check, query: &Query, most: usize) -> Option<Candidates<'t>> {
        if matches!(check, Check::IsNull) {
            return Candidates::of(std::iter::once(&self.unknown), most);
        }
        if let Some(values) = check.one_of() {
            let bounds: BTreeSet<Bound> = values.iter().filter_map(stored).collect();
            return Candidates::of(bounds.iter().filter_map(|bound| self.known.get(bound)), most);
        }
        let Ends { least, greatest } = check.ends(query.at)?;
        if least.as_ref().zip(greatest.as_ref()).is_some_and(|(least, greatest)| least > greatest) {
            return Candidates::of(std::iter::empty(), most);
        }
        let ends = (least.as_ref().map_or(Unbounded, Included), greatest.as_ref().map_or(Unbounded, Included));
        Candidates::of(self.known.range::<Bound, _>(ends).map(|(_, ages)| ages), most)
    }

    fn in_order(&self, descending: bool, after: Option<&Cursor>) -> Vec<Walk<'_>> {
        let value = after.and_then(|after| after.values.first());
        let unknown = since(&self.unknown, after.filter(|_| matches!(value, Some(None))));
        let Some(Some(value)) = value else {
            let known: Box<dyn Iterator<Item = &Ages>> = match (after, descending) {
                (Some(_), _) => Box::new(std::iter::empty()),
                (None, true) => Box::new(self.known.values().rev()),
                (None, false) => Box::new(self.known.values()),
            };
            return vec![Box::new(known.flatten()), unknown];
        };
        let same = self.known.get(value).map(|ages| since(ages, after)).into_iter().flatten();
        let beyond: Box<dyn Iterator<Item = &Ages>> = if descending {
            Box::new(self.known.range::<Bound, _>((Unbounded, Excluded(value))).rev().map(|(_, ages)| ages))
        } else {
            Box::new(self.known.range::<Bound, _>((Excluded(value), Unbounded)).map(|(_, ages)| ages))
        };
        vec![Box::new(same), Box::new(beyond.flatten()), unknown]
    }
}

/// Rows among which those of a query are: those of some values of a field, in the order of these, or of some ids.
struct Candidates<'t> {
    field: Option<usize>,
    sets: Vec<&'t Ages>,
    ids: Vec<Id>,
    len: usize,
}

impl<'t> Candidates<'t> {
    fn of(ages: impl Iterator<Item = &'t Ages>, most: usize) -> Option<Self> {
        let (mut sets, mut len) = (Vec::new(), 0usize);
        for ages in ages {
            len = len.saturating_add(ages.len());
            if len >= most {
                return None;
            }
            sets.push(ages);
        }
        Some(Self { field: None, sets, ids: Vec::new(), len })
    }

    /// All of them in a query's order, where they stand so: by age if they have one value, else by their values.
    fn in_order(&self, query: &Query) -> Option<Vec<Walk<'t>>> {
        let after = query.after.as_ref();
        match (query.order.as_slice(), self.sets.as_slice()) {
            _ if !self.ids.is_empty() => None,
            ([], [ages]) => Some(vec![since(ages, after)]),
            ([order], sets) if after.is_none() && !order.descending && self.field == Some(order.field) => {
                Some(sets.iter().map(|ages| since(ages, None)).collect())
            }
            _ => None,
        }
    }

    fn iter<'i>(&'i self, table: &'t Table) -> impl Iterator<Item = &'t Arc<Row>> + 'i {
        let ages = self.sets.iter().flat_map(|ages| ages.iter().map(|(_, id)| id));
        ages.chain(&self.ids).filter_map(|id| table.rows.get(id))
    }
}
