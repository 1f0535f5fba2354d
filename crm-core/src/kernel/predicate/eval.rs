//! Evaluating a condition on one record.

use std::cmp::Ordering;

use super::compile::{Check, Compiled, Node};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::text;
use crate::kernel::time::Instant;
use crate::kernel::value::Value;

/// The three values of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// It does not hold.
    False,
    /// Nobody knows.
    Unknown,
    /// It holds.
    True,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Truth::True } else { Truth::False }
    }
}

impl std::ops::Not for Truth {
    type Output = Truth;
    fn not(self) -> Truth {
        match self {
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
            Truth::True => Truth::False,
        }
    }
}

impl Truth {
    /// Whether it certainly holds: rules fire on this.
    pub const fn holds(self) -> bool {
        matches!(self, Truth::True)
    }
}

impl Compiled {
    /// Whether the condition holds for a record at an instant. Kleene's tables: `all` is the least of its parts,
    /// `any` the greatest.
    pub fn eval(&self, facts: &(impl Facts + ?Sized), at: Instant) -> Truth {
        eval(&self.root, facts, at)
    }

    /// The earliest instant after `at` at which time alone may change the answer; `None` if it never does.
    pub fn next_change_at(&self, facts: &(impl Facts + ?Sized), at: Instant) -> Option<Instant> {
        if self.relative { next_change(&self.root, facts, at) } else { None }
    }
}

fn eval(node: &Node, facts: &(impl Facts + ?Sized), at: Instant) -> Truth {
    match node {
        Node::All(parts) => {
            let mut all = Truth::True;
            for part in parts {
                all = all.min(eval(part, facts, at));
                if all == Truth::False {
                    break;
                }
            }
            all
        }
        Node::Any(parts) => {
            let mut any = Truth::False;
            for part in parts {
                any = any.max(eval(part, facts, at));
                if any == Truth::True {
                    break;
                }
            }
            any
        }
        Node::Not(part) => !eval(part, facts, at),
        Node::Certain(part) => eval(part, facts, at).holds().into(),
        Node::Test { field, check } => check.test(facts.fact(*field), at),
    }
}

impl Check {
    /// What a fact answers: unknown where it is not known, or where it does not compare.
    pub fn test(&self, fact: Fact<'_>, at: Instant) -> Truth {
        match self {
            Check::IsNull => return (!fact.is_known()).into(),
            Check::IsKnown => return fact.is_known().into(),
            _ if !fact.is_known() => return Truth::Unknown,
            _ => {}
        }
        let answer = match (self, fact) {
            (check, Fact::Text(t)) => check.test_text(&text::fold(t)),
            (Check::Compare(comparison, value), fact) => order(fact, value).map(|o| comparison.holds(o)),
            (Check::In(values), fact) => one_of(fact, values),
            (Check::Between(least, most), fact) => {
                order(fact, least).zip(order(fact, most)).map(|(a, b)| a.is_ge() && b.is_le())
            }
            (Check::Has(wanted), Fact::Texts(list)) => {
                Some(list.iter().any(|t| wanted.iter().any(|w| text::fold(t) == *w)))
            }
            (Check::Within(span), Fact::Instant(t)) => {
                Some(t <= at && at.checked_sub_signed(*span).is_none_or(|s| t > s))
            }
            (Check::OlderThan(span), Fact::Instant(t)) => Some(at.checked_sub_signed(*span).is_some_and(|s| t <= s)),
            (Check::Next(span), Fact::Instant(t)) => {
                Some(t > at && at.checked_add_signed(*span).is_none_or(|s| t <= s))
            }
            _ => None,
        };
        answer.map_or(Truth::Unknown, Truth::from)
    }

    /// What a known, [folded](text::fold) text answers; `None` where the test is not one of text.
    pub(super) fn test_text(&self, folded: &str) -> Option<bool> {
        let any = |parts: &[String], holds: fn(&str, &str) -> bool| Some(parts.iter().any(|part| holds(folded, part)));
        match self {
            Check::Compare(comparison, Value::Text(value)) => Some(comparison.holds(folded.cmp(value))),
            Check::In(values) => Some(values.iter().any(|v| matches!(v, Value::Text(w) if w == folded))),
            Check::StartsWith(parts) => any(parts, |text, part| text.starts_with(part)),
            Check::EndsWith(parts) => any(parts, |text, part| text.ends_with(part)),
            Check::Contains(parts) => any(parts, |text, part| text.contains(part)),
            Check::HasWord(phrases) => Some(text::has_word(&text::words(folded), phrases)),
            _ => None,
        }
    }
}

/// Whether the fact equals one of the values; unknown where it compares with none of them (another currency).
fn one_of(fact: Fact<'_>, values: &[Value]) -> Option<bool> {
    if values.iter().any(|v| order(fact, v) == Some(Ordering::Equal)) {
        return Some(true);
    }
    values.iter().all(|v| order(fact, v).is_some()).then_some(false)
}

/// How a known fact compares with a value whose text is folded; `None` where they do not compare.
pub(super) fn order(fact: Fact<'_>, value: &Value) -> Option<Ordering> {
    match (fact, value) {
        (Fact::Text(a), Value::Text(b)) => Some(text::fold(a).as_ref().cmp(b.as_str())),
        (Fact::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (Fact::Number(a), Value::Number(b)) => Some(a.cmp(b)),
        (Fact::Money(a), Value::Money(b)) => a.partial_cmp(b),
        (Fact::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Fact::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Fact::Instant(a), Value::Instant(b)) => Some(a.cmp(b)),
        (Fact::Reference(a), Value::Reference(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn next_change(node: &Node, facts: &(impl Facts + ?Sized), at: Instant) -> Option<Instant> {
    let edges = |t: Instant, span, ahead: bool| {
        let edge = if ahead { t.checked_sub_signed(span) } else { t.checked_add_signed(span) };
        [Some(t), edge].into_iter().flatten().filter(|e| *e > at).min()
    };
    match node {
        Node::All(parts) | Node::Any(parts) => parts.iter().filter_map(|p| next_change(p, facts, at)).min(),
        Node::Not(part) | Node::Certain(part) => next_change(part, facts, at),
        Node::Test { field, check } => match (check, facts.fact(*field)) {
            (Check::Within(span) | Check::OlderThan(span), Fact::Instant(t)) => edges(t, *span, false),
            (Check::Next(span), Fact::Instant(t)) => edges(t, *span, true),
            _ => None,
        },
    }
}
