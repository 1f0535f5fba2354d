//! What a store is asked: a condition, an order that never ties, a page.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::fact::Fact;
use crate::kernel::field::{FieldType, Schema};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::Compiled;
use crate::kernel::predicate::Truth;
use crate::kernel::predicate::sql::{Bound, stored};
use crate::kernel::text;
use crate::kernel::time::Instant;
use crate::model::{Kind, Linked, Row, Sight};

/// Which rows a query sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Archived {
    /// Only rows that are not archived.
    #[default]
    Exclude,
    /// All rows.
    Include,
    /// Only archived rows.
    Only,
}

/// One key of an order; unknown values come last either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The field's place in the schema.
    pub field: usize,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// A question to a store.
#[derive(Clone, Debug)]
pub struct Query {
    /// The kind of record.
    pub kind: Kind,
    /// Its fields, the host's own included.
    pub schema: Arc<Schema>,
    /// The condition; `None` finds all.
    pub filter: Option<Compiled>,
    /// Which rows the asker may see at all; `None` is every row. Neither page, count nor cursor tells of others.
    pub sight: Option<Arc<Sight>>,
    /// The instant for which the condition's relative times are meant.
    pub at: Instant,
    /// Which rows are seen.
    pub archived: Archived,
    /// The order; every order ends in (created_at, id).
    pub order: Vec<Order>,
    /// The most rows of one page.
    pub limit: usize,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

/// The most rows that one page may have.
pub const MOST_ROWS: usize = 1000;

/// What one step of an order compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// A field's value: text folded, amounts by their minor units.
    Value(usize),
    /// An amount's currency, which comes before its minor units.
    Currency(usize),
}

impl Query {
    /// All rows of a kind that are not archived, oldest first.
    pub fn all(kind: Kind, schema: Arc<Schema>, at: Instant) -> Self {
        let archived = Archived::default();
        Query { kind, schema, filter: None, sight: None, at, archived, order: Vec::new(), limit: 100, after: None }
    }

    /// Whether the query finds a row, the page aside; `rows` is where the rows are that links lead to.
    ///
    /// # Errors
    /// As [`Linked`].
    pub fn finds(&self, row: &Row, rows: &dyn Linked) -> Result<bool> {
        match &self.sight {
            _ if !self.sees(row) => Ok(false),
            None => Ok(true),
            Some(sight) => sight.holds(row, rows),
        }
    }

    /// Whether the query sees a row, the page aside and whoever asks; a store answers with [`Query::finds`].
    pub fn sees(&self, row: &Row) -> bool {
        let shown = match self.archived {
            Archived::Exclude => row.archived_at.is_none(),
            Archived::Include => true,
            Archived::Only => row.archived_at.is_some(),
        };
        let holds = |f: &Compiled| f.eval(&row.facts(&self.schema), self.at) == Truth::True;
        shown && row.body.kind() == self.kind && self.filter.as_ref().is_none_or(holds)
    }

    /// The steps of the order, without the final (created_at, id), each with whether the largest comes first.
    pub fn terms(&self) -> Vec<(Term, bool)> {
        let mut terms = Vec::new();
        for order in &self.order {
            if self.schema.field(order.field).is_some_and(|f| f.kind == FieldType::Money) {
                terms.push((Term::Currency(order.field), order.descending));
            }
            terms.push((Term::Value(order.field), order.descending));
        }
        terms
    }

    /// Checks an order: sets of texts have none.
    ///
    /// # Errors
    /// [`RulesProblem::WrongOperator`].
    pub fn check(&self) -> Result<()> {
        for order in &self.order {
            if let Some(field) = self.schema.field(order.field).filter(|f| f.kind == FieldType::Texts) {
                let problem = RulesProblem::WrongOperator { operator: "order".into(), kind: field.kind };
                return Err(Error::from(problem).at(&field.name));
            }
        }
        if self.limit == 0 || self.limit > MOST_ROWS {
            let (found, most) = (json::length(self.limit).to_string(), json::length(MOST_ROWS).to_string());
            return Err(Error::from(Problem::OutOfRange { found, least: "1".into(), most }).at("limit"));
        }
        if self.after.as_ref().is_some_and(|c| c.values.len() != self.terms().len()) {
            return Err(Error::from(Problem::WrongShape {
                expected: "a cursor of this query",
                found: "another".into(),
            })
            .at("after"));
        }
        Ok(())
    }

    /// Where a row stands in the order.
    pub fn place(&self, row: &Row) -> Cursor {
        let value = |(term, _): (Term, bool)| match term {
            Term::Currency(field) => match row.fact_of(&self.schema, field) {
                Fact::Money(m) => Some(Bound::Text(m.currency().code().into())),
                _ => None,
            },
            Term::Value(field) => bound_of(row.fact_of(&self.schema, field)),
        };
        Cursor {
            values: self.terms().into_iter().map(value).collect(),
            created_at_micros: row.created_at.timestamp_micros(),
            id: row.id,
        }
    }

    /// The order of two places.
    pub fn compare(&self, a: &Cursor, b: &Cursor) -> Ordering {
        let mut ordering = Ordering::Equal;
        for ((_, descending), (x, y)) in self.terms().iter().zip(a.values.iter().zip(&b.values)) {
            let step = match (x, y) {
                (Some(x), Some(y)) if *descending => y.cmp(x),
                (Some(x), Some(y)) => x.cmp(y),
                // Unknown comes last, whichever way the rest runs.
                (x, y) => y.is_some().cmp(&x.is_some()),
            };
            ordering = ordering.then(step);
        }
        ordering.then(a.created_at_micros.cmp(&b.created_at_micros)).then(a.id.cmp(&b.id))
    }
}

/// What a fact is compared by in an order; `None` where it is not known.
pub(super) fn bound_of(fact: Fact<'_>) -> Option<Bound> {
    match fact {
        Fact::Text(t) => Some(Bound::Text(text::fold(t).into_owned())),
        fact => stored(&fact.to_value()),
    }
}

/// A place in a query's order, where a page ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The values of [`Query::terms`].
    pub values: Vec<Option<Bound>>,
    /// When the row was made, microseconds.
    pub created_at_micros: i64,
    /// The row's id.
    pub id: Id,
}

impl Cursor {
    /// The cursor as text for a host to hand back.
    pub fn to_text(&self) -> String {
        let value = |v: &Option<Bound>| match v {
            None => Json::Null,
            Some(Bound::Text(t)) => Json::from(t.as_str()),
            Some(Bound::Integer(n)) => Json::from(*n),
        };
        let values: Vec<Json> = self.values.iter().map(value).collect();
        json::canonical(&serde_json::json!([values, self.created_at_micros, self.id.to_string()]))
    }

    /// Reads [`Cursor::to_text`].
    ///
    /// # Errors
    /// [`Problem::WrongShape`].
    pub fn from_text(text: &str) -> Result<Self> {
        let wrong = || Error::from(Problem::WrongShape { expected: "a cursor", found: text::shortened(text, 60) });
        let json = json::parse(text.as_bytes()).map_err(|_| wrong())?;
        let (values, created, id) = match json.as_array().map(Vec::as_slice) {
            Some([Json::Array(values), created, Json::String(id)]) => (values, created.as_i64(), id),
            _ => return Err(wrong()),
        };
        let value = |v: &Json| match v {
            Json::Null => Ok(None),
            Json::String(t) => Ok(Some(Bound::Text(t.clone()))),
            other => other.as_i64().map(|n| Some(Bound::Integer(n))).ok_or_else(wrong),
        };
        Ok(Cursor {
            values: values.iter().map(value).collect::<Result<_>>()?,
            created_at_micros: created.ok_or_else(wrong)?,
            id: id.parse().map_err(|_| wrong())?,
        })
    }
}

/// One page of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The rows, in the query's order.
    pub rows: Vec<Row>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<Cursor>,
}

impl Page {
    /// SHA-256 of the rows' ids and versions in order: two pages with one fingerprint have the same rows.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for row in &self.rows {
            hash.update(row.id.uuid().as_bytes());
            hash.update(row.version.to_be_bytes());
        }
        hash.update([u8::from(self.next.is_some())]);
        hash.finalize().into()
    }

    /// A page from rows in order, of which a backend reads one more than the limit to know whether more follow.
    pub fn cut(mut rows: Vec<Row>, query: &Query) -> Self {
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let next = rows.last().filter(|_| more).map(|row| query.place(row));
        Page { rows, next }
    }
}
