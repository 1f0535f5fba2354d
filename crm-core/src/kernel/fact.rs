//! Facts: borrowed values that every door can give to a rule without copying.

use chrono::NaiveDate;

use super::id::Id;
use super::money::Money;
use super::number::Number;
use super::time::Instant;
use super::value::Value;

/// One known or unknown value of a field, borrowed from wherever it lives (a row, a JSON document, a column).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fact<'a> {
    /// Nobody knows. Never silently false: a comparison with it is unknown, too.
    Unknown,
    /// Text as written; rules compare it folded.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// An exact decimal number.
    Number(Number),
    /// An amount in a currency.
    Money(Money),
    /// Yes or no.
    Boolean(bool),
    /// A civil date.
    Date(NaiveDate),
    /// A point in time.
    Instant(Instant),
    /// The id of another record.
    Reference(Id),
    /// A set of texts, such as tags.
    Texts(&'a [String]),
}

impl Fact<'_> {
    /// Whether the value is known. An empty set of texts says nothing, like an empty text.
    pub const fn is_known(&self) -> bool {
        !matches!(self, Fact::Unknown | Fact::Texts([]))
    }

    /// The value's place on its type's own scale, in whole steps: as it is for integers, millionths for numbers, minor
    /// units for money, 0 and 1 for booleans, days since 1970 for dates, microseconds since 1970 for instants. Two
    /// values of one type (and currency) compare as their places do.
    pub fn ordinal(self) -> Option<i64> {
        Some(match self {
            Fact::Integer(n) => n,
            Fact::Number(n) => n.millionths(),
            Fact::Money(m) => m.minor_units(),
            Fact::Boolean(b) => b.into(),
            Fact::Date(d) => d.signed_duration_since(NaiveDate::default()).num_days(),
            Fact::Instant(t) => t.timestamp_micros(),
            Fact::Unknown | Fact::Text(_) | Fact::Reference(_) | Fact::Texts(_) => return None,
        })
    }

    /// The same value, owned.
    pub fn to_value(self) -> Value {
        match self {
            Fact::Unknown => Value::Null,
            Fact::Text(t) => Value::Text(t.to_owned()),
            Fact::Integer(n) => Value::Integer(n),
            Fact::Number(n) => Value::Number(n),
            Fact::Money(m) => Value::Money(m),
            Fact::Boolean(b) => Value::Boolean(b),
            Fact::Date(d) => Value::Date(d),
            Fact::Instant(t) => Value::Instant(t),
            Fact::Reference(id) => Value::Reference(id),
            Fact::Texts(list) => Value::Texts(list.to_vec()),
        }
    }
}

/// A record seen as facts, by the index of the field in its [`Schema`](super::field::Schema).
pub trait Facts {
    /// The fact of one field; [`Fact::Unknown`] for an index the record does not have.
    fn fact(&self, field: usize) -> Fact<'_>;
}
