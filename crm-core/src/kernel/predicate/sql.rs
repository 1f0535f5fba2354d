//! A condition as SQL with bound parameters, giving the same three values as the evaluator.

use std::fmt::Write as _;

use super::Operator;
use super::compile::{Check, Comparison, Compiled, Node};
use crate::kernel::time::Instant;
use crate::kernel::value::Value;

/// Where a backend keeps the fields, and the few functions that databases spell differently.
pub trait Dialect {
    /// The expressions of a field's column.
    fn column(&self, field: usize) -> Column;
    /// A parameter's placeholder; `index` counts from 1.
    fn placeholder(&self, index: usize) -> String;
    /// Whether the folded text `text` contains the text of placeholder `part`.
    fn contains(&self, text: &str, part: &str) -> String;
    /// Whether the folded text `text` starts with, ends with or contains one of the placeholders `parts`; null where
    /// the text is. `None` compares them one by one.
    fn any_part(&self, operator: Operator, text: &str, parts: &[String]) -> Option<String> {
        let _ = (operator, text, parts);
        None
    }
    /// Whether the folded text `text` has one of the placeholders `parts` as whole words, in the sense of
    /// [`text::has_word`](crate::kernel::text::has_word); null where the text is. The parameters are as
    /// [`text::words`](crate::kernel::text::words) gives them.
    fn has_word(&self, text: &str, parts: &[String]) -> String;
    /// Whether the set of texts in `column` has one of the placeholders `wanted`.
    fn has(&self, column: &str, wanted: &[String]) -> String;
}

/// A field's column in SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The value: text as written, whole numbers, millionths, minor units, `0`/`1`, ISO dates, microseconds, ids.
    pub value: String,
    /// The folded form of a text; the same as `value` for other types.
    pub folded: String,
    /// The currency code of an amount.
    pub currency: Option<String>,
}

/// A bound parameter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// A 64-bit integer.
    Integer(i64),
    /// Text.
    Text(String),
}

/// SQL text with its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sql {
    /// The text.
    pub text: String,
    /// The parameters, in order of their placeholders.
    pub parameters: Vec<Bound>,
}

impl Sql {
    /// Adds a parameter and gives its placeholder.
    pub fn bind(&mut self, dialect: &dyn Dialect, value: Bound) -> String {
        self.parameters.push(value);
        dialect.placeholder(self.parameters.len())
    }
}

/// The form in which a value is stored and bound; `None` for null and for sets of texts.
pub fn stored(value: &Value) -> Option<Bound> {
    Some(match value {
        Value::Text(t) => Bound::Text(t.clone()),
        Value::Integer(n) => Bound::Integer(*n),
        Value::Number(n) => Bound::Integer(n.millionths()),
        Value::Money(m) => Bound::Integer(m.minor_units()),
        Value::Boolean(b) => Bound::Integer((*b).into()),
        Value::Date(d) => Bound::Text(d.to_string()),
        Value::Instant(t) => Bound::Integer(t.timestamp_micros()),
        Value::Reference(id) => Bound::Text(id.to_string()),
        Value::Null | Value::Texts(_) => return None,
    })
}

impl Compiled {
    /// Appends the condition, in parentheses where it needs them, to `sql`.
    pub fn to_sql(&self, dialect: &dyn Dialect, at: Instant, sql: &mut Sql) {
        write(&self.root, Place { dialect, at, is_asked: true }, sql);
    }
}

/// Where a part stands.
#[derive(Clone, Copy)]
struct Place<'d> {
    dialect: &'d dyn Dialect,
    at: Instant,
    /// Whether nothing around turns the answer about: a query finds what certainly holds, so that there unknown is as good
    /// as no, and the database sees the bare condition, for which it has indices.
    is_asked: bool,
}

fn write(node: &Node, place: Place<'_>, sql: &mut Sql) {
    match node {
        // An empty list of conditions, which only callers in Rust can make: all of none hold, any of none does not.
        Node::All(parts) if parts.is_empty() => sql.text.push_str("(1 = 1)"),
        Node::Any(parts) if parts.is_empty() => sql.text.push_str("(1 = 0)"),
        Node::All(parts) => joined(parts, " AND ", place, sql),
        Node::Any(parts) => joined(parts, " OR ", place, sql),
        Node::Not(part) => {
            sql.text.push_str("NOT (");
            write(part, Place { is_asked: false, ..place }, sql);
            sql.text.push(')');
        }
        Node::Certain(part) if place.is_asked => write(part, place, sql),
        Node::Certain(part) => {
            sql.text.push_str("(CASE WHEN ");
            write(part, place, sql);
            sql.text.push_str(" THEN (1 = 1) ELSE (1 = 0) END)");
        }
        Node::Test { field, check } => {
            let column = place.dialect.column(*field);
            let text = test(check, &column, place.dialect, place.at, sql);
            sql.text.push_str(&text);
        }
    }
}

fn joined(parts: &[Node], by: &str, place: Place<'_>, sql: &mut Sql) {
    sql.text.push('(');
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            sql.text.push_str(by);
        }
        write(part, place, sql);
    }
    sql.text.push(')');
}

fn test(check: &Check, column: &Column, dialect: &dyn Dialect, at: Instant, sql: &mut Sql) -> String {
    let Column { value, folded, .. } = column;
    match check {
        Check::IsNull => format!("({value} IS NULL)"),
        Check::IsKnown => format!("({value} IS NOT NULL)"),
        Check::Compare(comparison, operand) => {
            let symbol = match comparison {
                Comparison::Equal => "=",
                Comparison::Less => "<",
                Comparison::AtMost => "<=",
                Comparison::Greater => ">",
                Comparison::AtLeast => ">=",
            };
            compare(symbol, operand, column, dialect, sql)
        }
        Check::In(values) => match &column.currency {
            Some(currency) => one_of(values, value, currency, dialect, sql),
            None => {
                let bound: Vec<String> = values.iter().filter_map(stored).map(|b| sql.bind(dialect, b)).collect();
                format!("({folded} IN ({}))", bound.join(", "))
            }
        },
        Check::Between(least, most) => {
            let least = compare(">=", least, column, dialect, sql);
            let most = compare("<=", most, column, dialect, sql);
            format!("({least} AND {most})")
        }
        Check::StartsWith(parts) => any_part(Operator::StartsWith, folded, parts, dialect, sql, |part| {
            format!("substr({folded}, 1, length({part})) = {part}")
        }),
        Check::EndsWith(parts) => any_part(Operator::EndsWith, folded, parts, dialect, sql, |part| {
            let start = format!("length({folded}) - length({part}) + 1");
            format!("(length({folded}) >= length({part}) AND substr({folded}, {start}) = {part})")
        }),
        Check::Contains(parts) => {
            any_part(Operator::Contains, folded, parts, dialect, sql, |part| dialect.contains(folded, part))
        }
        Check::HasWord(phrases) => {
            let bound: Vec<String> = phrases.iter().map(|p| sql.bind(dialect, Bound::Text(p.clone()))).collect();
            dialect.has_word(folded, &bound)
        }
        Check::Has(wanted) => {
            let bound: Vec<String> = wanted.iter().map(|w| sql.bind(dialect, Bound::Text(w.clone()))).collect();
            dialect.has(value, &bound)
        }
        Check::Within(span) => window(value, at.checked_sub_signed(*span), Some(at), dialect, sql),
        Check::OlderThan(span) => {
            let end = sql
                .bind(dialect, Bound::Integer(at.checked_sub_signed(*span).map_or(i64::MIN, |t| t.timestamp_micros())));
            format!("({value} <= {end})")
        }
        Check::Next(span) => window(value, Some(at), at.checked_add_signed(*span), dialect, sql),
    }
}

/// Whether an amount is one of a list; if not, that is known only where the whole list has the amount's currency.
///
/// One list of texts instead of a comparison for each amount: SQLite takes seconds to prepare thousands of those.
fn one_of(values: &[Value], value: &str, currency: &str, dialect: &dyn Dialect, sql: &mut Sql) -> String {
    let amounts = values.iter().filter_map(|v| if let Value::Money(m) = v { Some(m) } else { None });
    let mut codes: Vec<&str> = amounts.clone().map(|m| m.currency().code()).collect();
    codes.sort_unstable();
    codes.dedup();
    let bound: Vec<String> = amounts
        .map(|m| sql.bind(dialect, Bound::Text(format!("{}{}", m.currency().code(), m.minor_units()))))
        .collect();
    let known = match codes.as_slice() {
        [only] => {
            let only = sql.bind(dialect, Bound::Text((*only).into()));
            format!(" WHEN {currency} = {only} THEN (1 = 0)")
        }
        _ => String::new(),
    };
    format!("(CASE WHEN {currency} || {value} IN ({}) THEN (1 = 1){known} END)", bound.join(", "))
}

/// Whether one of the parts holds: asked at once where the database can, else one by one.
fn any_part(
    operator: Operator,
    text: &str,
    parts: &[String],
    dialect: &dyn Dialect,
    sql: &mut Sql,
    compare: impl Fn(&str) -> String,
) -> String {
    let bound: Vec<String> = parts.iter().map(|part| sql.bind(dialect, Bound::Text(part.clone()))).collect();
    let at_once = if bound.len() > 1 { dialect.any_part(operator, text, &bound) } else { None };
    at_once.unwrap_or_else(|| one_holds(&bound.iter().map(|part| compare(part)).collect::<Vec<_>>()))
}

/// Whether one of the parts holds, as a tree of few levels: databases bound the depth of an expression.
fn one_holds(parts: &[String]) -> String {
    match parts {
        [] => "(1 = 0)".into(),
        [one] => one.clone(),
        _ => {
            let (left, right) = parts.split_at(parts.len() / 2);
            format!("({} OR {})", one_holds(left), one_holds(right))
        }
    }
}

/// After `from`, up to and including `to`; an end outside the calendar is open.
fn window(value: &str, from: Option<Instant>, to: Option<Instant>, dialect: &dyn Dialect, sql: &mut Sql) -> String {
    let from = sql.bind(dialect, Bound::Integer(from.map_or(i64::MIN, |t| t.timestamp_micros())));
    let to = sql.bind(dialect, Bound::Integer(to.map_or(i64::MAX, |t| t.timestamp_micros())));
    format!("({value} > {from} AND {value} <= {to})")
}

/// One comparison; of amounts only within one currency, otherwise null.
fn compare(symbol: &str, operand: &Value, column: &Column, dialect: &dyn Dialect, sql: &mut Sql) -> String {
    let Some(bound) = stored(operand) else { return "NULL".into() };
    let mut text = String::new();
    match (operand, &column.currency) {
        (Value::Money(money), Some(currency)) => {
            let code = sql.bind(dialect, Bound::Text(money.currency().code().into()));
            let amount = sql.bind(dialect, bound);
            let _ = write!(text, "(CASE WHEN {currency} = {code} THEN {} {symbol} {amount} END)", column.value);
        }
        _ => {
            let bound = sql.bind(dialect, bound);
            let _ = write!(text, "({} {symbol} {bound})", column.folded);
        }
    }
    text
}
