//! Checking a condition against declared fields, once, when it is loaded.

use std::cmp::Ordering;

use chrono::TimeDelta;
use serde_json::Value as Json;

use super::{MOST_DEPTH, MOST_TESTS, MOST_TREE_VALUES, MOST_VALUES, Operator, Predicate, Test};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::{FieldType, Schema};
use crate::kernel::json;
use crate::kernel::segment_problem::SegmentProblem;
use crate::kernel::text;
use crate::kernel::value::Value;

/// Most days of a relative window: a hundred years.
const MOST_DAYS: i64 = 36_500;

/// A checked condition over one schema; what evaluates and what becomes SQL.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    pub(super) root: Node,
    /// Whether time alone can change the answer.
    pub(super) relative: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    All(Box<[Node]>),
    Any(Box<[Node]>),
    Not(Box<Node>),
    Certain(Box<Node>),
    Test { field: usize, check: Check },
}

/// What one test asks. Texts are folded here, once.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the operators' own names; what they mean is told at `Operator`")]
pub enum Check {
    IsNull,
    IsKnown,
    Compare(Comparison, Value),
    In(Box<[Value]>),
    Between(Value, Value),
    StartsWith(Box<[String]>),
    EndsWith(Box<[String]>),
    Contains(Box<[String]>),
    /// Phrases as [`text::words`] gives them.
    HasWord(Box<[String]>),
    Has(Box<[String]>),
    Within(TimeDelta),
    OlderThan(TimeDelta),
    Next(TimeDelta),
}

impl Check {
    /// How many values it compares with.
    fn values(&self) -> usize {
        match self {
            Check::IsNull | Check::IsKnown => 0,
            Check::In(values) => values.len(),
            Check::StartsWith(texts)
            | Check::EndsWith(texts)
            | Check::Contains(texts)
            | Check::HasWord(texts)
            | Check::Has(texts) => texts.len(),
            Check::Between(..) => 2,
            _ => 1,
        }
    }
}

/// How two values of one type compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the operators' own names")]
pub enum Comparison {
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparison {
    pub(super) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Equal => ordering.is_eq(),
            Comparison::Less => ordering.is_lt(),
            Comparison::AtMost => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::AtLeast => ordering.is_ge(),
        }
    }
}

impl Predicate {
    /// Checks the condition against a record's fields.
    ///
    /// # Errors
    /// An unknown field, an operator that the field's type does not have, or a value of another type, each with its
    /// path inside the tree; a tree over the limits, which callers in Rust can make without [`Predicate::from_json`].
    pub fn compile(&self, schema: &Schema) -> Result<Compiled> {
        let mut size = Size::default();
        let root = node(self, schema, 0, &mut size)?;
        at_most("conditions", size.tests, MOST_TESTS)?;
        at_most("values", size.values, MOST_TREE_VALUES)?;
        Ok(Compiled { relative: is_relative(&root), root })
    }
}

impl Compiled {
    /// The indices of the fields that the condition reads, in order, each once.
    pub fn fields(&self) -> Vec<usize> {
        fn walk(node: &Node, out: &mut Vec<usize>) {
            match node {
                Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|p| walk(p, out)),
                Node::Not(part) | Node::Certain(part) => walk(part, out),
                Node::Test { field, .. } => out.push(*field),
            }
        }
        let mut out = Vec::new();
        walk(&self.root, &mut out);
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// What a tree has in all.
#[derive(Default)]
struct Size {
    tests: usize,
    values: usize,
}

fn at_most(what: &'static str, found: usize, most: usize) -> Result<()> {
    if found <= most {
        return Ok(());
    }
    Err(Problem::TooMany { what, found: json::length(found), most: json::length(most) }.into())
}

fn node(predicate: &Predicate, schema: &Schema, depth: usize, size: &mut Size) -> Result<Node> {
    if depth > MOST_DEPTH {
        return Err(Problem::TooDeep { most: json::length(MOST_DEPTH) }.into());
    }
    let next = depth.saturating_add(1);
    let parts = |key: &str, parts: &[Predicate], size: &mut Size| -> Result<_> {
        let one = |(i, p)| node(p, schema, next, size).map_err(|e| e.at_index(i).at(key));
        parts.iter().enumerate().map(one).collect()
    };
    Ok(match predicate {
        Predicate::All(list) => Node::All(parts("all", list, size)?),
        Predicate::Any(list) => Node::Any(parts("any", list, size)?),
        Predicate::Not(part) => Node::Not(Box::new(node(part, schema, next, size).map_err(|e| e.at("not"))?)),
        Predicate::Certain(part) => {
            Node::Certain(Box::new(node(part, schema, next, size).map_err(|e| e.at("certain"))?))
        }
        Predicate::Segment(code) => {
            return Err(Error::from(SegmentProblem::NeedsStore { segment: code.clone() }).at("segment"));
        }
        Predicate::Test(test) => {
            let (field, declared) = schema.resolve(&test.field).map_err(|e| e.at("field"))?;
            let (check, negated) = check(test, declared.kind)?;
            size.tests = size.tests.saturating_add(1);
            size.values = size.values.saturating_add(check.values());
            let node = Node::Test { field, check };
            if negated { Node::Not(Box::new(node)) } else { node }
        }
    })
}

fn is_relative(node: &Node) -> bool {
    match node {
        Node::All(parts) | Node::Any(parts) => parts.iter().any(is_relative),
        Node::Not(part) | Node::Certain(part) => is_relative(part),
        Node::Test { check, .. } => matches!(check, Check::Within(_) | Check::OlderThan(_) | Check::Next(_)),
    }
}

/// The check of a test, and whether the test is its negation.
fn check(test: &Test, kind: FieldType) -> Result<(Check, bool)> {
    use FieldType as T;
    use Operator as O;
    let fits = match test.operator {
        O::IsNull | O::IsKnown => true,
        O::Equal | O::NotEqual | O::In | O::NotIn => kind != T::Texts,
        O::Less | O::AtMost | O::Greater | O::AtLeast => !matches!(kind, T::Texts | T::Boolean | T::Reference),
        O::Between => matches!(kind, T::Integer | T::Number | T::Money | T::Date),
        O::StartsWith | O::EndsWith | O::Contains | O::HasWord => kind == T::Text,
        O::Has => kind == T::Texts,
        O::WithinDays | O::OlderThanDays | O::NextDays => kind == T::Instant,
        O::During | O::Before | O::After => {
            let problem = RulesProblem::NeedsReader { operator: test.operator.name() };
            return Err(Error::from(problem).at("op"));
        }
    };
    if !fits {
        let problem = RulesProblem::WrongOperator { operator: test.operator.name().into(), kind };
        return Err(Error::from(problem).at("op"));
    }
    let at_value = |e: Error| e.at("value");
    let one = |json: &Json| operand(kind, json);
    let compare = |comparison| -> Result<Check> { Ok(Check::Compare(comparison, one(&test.value).map_err(at_value)?)) };
    let parts = || one_or_more(&test.value, folded).map_err(at_value);
    let check = match test.operator {
        O::IsNull | O::IsKnown if !test.value.is_null() => {
            let problem = Problem::WrongShape { expected: "no value", found: json::shown(&test.value) };
            return Err(at_value(problem.into()));
        }
        O::IsNull => Check::IsNull,
        O::IsKnown => Check::IsKnown,
        O::Equal | O::NotEqual => compare(Comparison::Equal)?,
        O::Less => compare(Comparison::Less)?,
        O::AtMost => compare(Comparison::AtMost)?,
        O::Greater => compare(Comparison::Greater)?,
        O::AtLeast => compare(Comparison::AtLeast)?,
        O::In | O::NotIn => Check::In(list(&test.value, one).map_err(at_value)?.into()),
        O::Between => {
            let [least, most] = <[Value; 2]>::try_from(list(&test.value, one).map_err(at_value)?).map_err(|_| {
                at_value(
                    Problem::WrongShape { expected: "a list of two values", found: json::shown(&test.value) }.into(),
                )
            })?;
            match super::eval::order(least.as_fact(), &most) {
                Some(Ordering::Less | Ordering::Equal) => Check::Between(least, most),
                _ => return Err(at_value(RulesProblem::OutOfOrder.into())),
            }
        }
        O::StartsWith => Check::StartsWith(parts()?),
        O::EndsWith => Check::EndsWith(parts()?),
        O::Contains => Check::Contains(parts()?),
        O::HasWord => Check::HasWord(one_or_more(&test.value, phrase).map_err(at_value)?),
        O::Has => Check::Has(parts()?),
        O::WithinDays => Check::Within(days(&test.value).map_err(at_value)?),
        O::OlderThanDays => Check::OlderThan(days(&test.value).map_err(at_value)?),
        O::NextDays => Check::Next(days(&test.value).map_err(at_value)?),
        O::During | O::Before | O::After => {
            return Err(RulesProblem::NeedsReader { operator: test.operator.name() }.into());
        }
    };
    Ok((check, matches!(test.operator, O::NotEqual | O::NotIn)))
}

/// A value to compare with: of the field's type, never null, text folded and not empty.
fn operand(kind: FieldType, json: &Json) -> Result<Value> {
    match Value::from_json(kind, json)? {
        Value::Null => Err(Problem::WrongType { expected: kind, found: json::shown(json) }.into()),
        Value::Text(t) => match text::fold(&t).into_owned() {
            folded if folded.is_empty() => Err(Problem::WrongType { expected: kind, found: json::shown(json) }.into()),
            folded => Ok(Value::Text(folded)),
        },
        value => Ok(value),
    }
}

/// A text to compare with, folded.
fn folded(json: &Json) -> Result<String> {
    match operand(FieldType::Text, json)? {
        Value::Text(t) => Ok(t),
        _ => Err(Problem::WrongType { expected: FieldType::Text, found: json::shown(json) }.into()),
    }
}

/// Words to look for. A text without any, such as `&`, would never be found.
fn phrase(json: &Json) -> Result<String> {
    match text::words(&folded(json)?).into_owned() {
        none if none.is_empty() => {
            Err(Problem::WrongShape { expected: "text with a letter or a digit", found: json::shown(json) }.into())
        }
        words => Ok(words),
    }
}

/// The texts of a list, or the one given without a list.
fn one_or_more(json: &Json, one: impl Fn(&Json) -> Result<String>) -> Result<Box<[String]>> {
    Ok(match json {
        Json::Array(_) => list(json, one)?.into(),
        _ => [one(json)?].into(),
    })
}

fn list<V>(json: &Json, one: impl Fn(&Json) -> Result<V>) -> Result<Vec<V>> {
    let shape = || Error::from(Problem::WrongShape { expected: "a list of values", found: json::shown(json) });
    let items = json.as_array().ok_or_else(shape)?;
    if items.is_empty() {
        return Err(RulesProblem::Empty { what: "list of values" }.into());
    }
    at_most("values", items.len(), MOST_VALUES)?;
    items.iter().enumerate().map(|(i, item)| one(item).map_err(|e| e.at_index(i))).collect()
}

fn days(json: &Json) -> Result<TimeDelta> {
    let n =
        json.as_i64().ok_or_else(|| Problem::WrongType { expected: FieldType::Integer, found: json::shown(json) })?;
    let out = || Problem::OutOfRange { found: n.to_string(), least: "1".into(), most: MOST_DAYS.to_string() };
    Ok(Some(n).filter(|n| (1..=MOST_DAYS).contains(n)).and_then(TimeDelta::try_days).ok_or_else(out)?)
}
