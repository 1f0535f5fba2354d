//! What a condition asks of the values of single fields, for a store that looks rows up by them.

use super::compile::{Check, Comparison, Compiled, Node};
use super::sql::{Bound, stored};
use crate::kernel::time::Instant;
use crate::kernel::value::Value;

/// Between which values a fact stands that passes a test, both of them included; `None` is no end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) least: Option<Bound>,
    pub(crate) greatest: Option<Bound>,
}

impl Compiled {
    /// The tests, with their fields, that all pass where the condition certainly holds.
    pub(crate) fn needed(&self) -> Vec<(usize, &Check)> {
        fn walk<'c>(node: &'c Node, out: &mut Vec<(usize, &'c Check)>) {
            match node {
                Node::All(parts) => parts.iter().for_each(|part| walk(part, out)),
                Node::Certain(part) => walk(part, out),
                Node::Test { field, check } => out.push((*field, check)),
                Node::Any(_) | Node::Not(_) => {}
            }
        }
        let mut out = Vec::new();
        walk(&self.root, &mut out);
        out
    }

    /// Whether a field is known of every record for which the condition certainly holds.
    pub fn knows(&self, field: usize) -> bool {
        self.needed().iter().any(|(of, check)| *of == field && **check != Check::IsNull)
    }
}

impl Check {
    /// The values of which a fact has one that passes the test; `None` where the test names none.
    pub(crate) fn one_of(&self) -> Option<&[Value]> {
        match self {
            Check::Compare(Comparison::Equal, value) => Some(std::slice::from_ref(value)),
            Check::In(values) => Some(values),
            _ => None,
        }
    }

    /// Between which values a fact stands that passes the test at an instant; `None` where the test does not go by order.
    pub(crate) fn ends(&self, at: Instant) -> Option<Ends> {
        let instant = |at: Option<Instant>| at.map(|at| Bound::Integer(at.timestamp_micros()));
        let (least, greatest) = match self {
            Check::IsKnown => (None, None),
            Check::Compare(Comparison::Equal, value) => (stored(value), stored(value)),
            Check::Compare(Comparison::Less | Comparison::AtMost, value) => (None, stored(value)),
            Check::Compare(Comparison::Greater | Comparison::AtLeast, value) => (stored(value), None),
            Check::Between(least, greatest) => (stored(least), stored(greatest)),
            Check::Within(span) => (instant(at.checked_sub_signed(*span)), instant(Some(at))),
            Check::OlderThan(span) => (None, instant(at.checked_sub_signed(*span))),
            Check::Next(span) => (instant(Some(at)), instant(at.checked_add_signed(*span))),
            _ => return None,
        };
        Some(Ends { least, greatest })
    }
}
