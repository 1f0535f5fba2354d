//! What a test asks of a whole column of ordered values: spans on their scale.

use std::cmp::Ordering;

use super::compile::{Check, Comparison};
use crate::kernel::money::Currency;
use crate::kernel::time::Instant;
use crate::kernel::value::Value;

/// What a test asks of the values of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Whether nobody knows the value.
    Unknown,
    /// Whether somebody does.
    Known,
    /// Whether the value's [ordinal](crate::Fact::ordinal) lies in one of these spans, both ends included, ascending and
    /// apart. Where it does not, the test does not hold, or is unknown unless `decided`.
    Spans {
        /// Each least and most.
        spans: Vec<(i64, i64)>,
        /// Whether every other value certainly does not hold.
        decided: bool,
    },
    /// Nothing of order: [`Check::test`] answers value by value.
    Values,
}

impl Check {
    /// What the test asks of values on one scale at an instant; for money, of amounts in one currency.
    pub fn reach(&self, at: Instant, currency: Option<Currency>) -> Reach {
        let place = |value: &Value| match value {
            Value::Money(money) if Some(money.currency()) != currency => None,
            value => value.as_fact().ordinal(),
        };
        let micros = |instant: Option<Instant>| instant.map(|t| t.timestamp_micros());
        let span = |least: Option<i64>, most: Option<i64>| {
            let span = least.zip(most).filter(|(least, most)| least <= most);
            Reach::Spans { spans: span.into_iter().collect(), decided: true }
        };
        let (least, most) = (Some(i64::MIN), Some(i64::MAX));
        match self {
            Check::IsNull => Reach::Unknown,
            Check::IsKnown => Reach::Known,
            Check::Within(days) => {
                let start = at.checked_sub_signed(*days).map_or(least, |s| s.timestamp_micros().checked_add(1));
                span(start, micros(Some(at)))
            }
            Check::OlderThan(days) => span(least, micros(at.checked_sub_signed(*days))),
            Check::Next(days) => {
                let end = at.checked_add_signed(*days).map_or(most, |s| micros(Some(s)));
                span(at.timestamp_micros().checked_add(1), end)
            }
            Check::Compare(comparison, value) if is_ordered(value) => match (comparison, place(value)) {
                (_, None) => Reach::Spans { spans: Vec::new(), decided: false },
                (Comparison::Equal, value) => span(value, value),
                (Comparison::Less, value) => span(least, value.and_then(|v| v.checked_sub(1))),
                (Comparison::AtMost, value) => span(least, value),
                (Comparison::Greater, value) => span(value.and_then(|v| v.checked_add(1)), most),
                (Comparison::AtLeast, value) => span(value, most),
            },
            Check::Between(from, to) if is_ordered(from) => match (place(from), place(to)) {
                (None, _) | (_, None) => Reach::Spans { spans: Vec::new(), decided: false },
                (from, to) => span(from, to),
            },
            Check::In(values) if values.iter().all(is_ordered) => {
                let places: Vec<Option<i64>> = values.iter().map(place).collect();
                let decided = places.iter().all(Option::is_some);
                Reach::Spans { spans: joined(places.into_iter().flatten().collect()), decided }
            }
            _ => Reach::Values,
        }
    }
}

fn is_ordered(value: &Value) -> bool {
    value.as_fact().ordinal().is_some()
}

/// Single places as spans, those side by side as one.
fn joined(mut places: Vec<i64>) -> Vec<(i64, i64)> {
    places.sort_unstable();
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for place in places {
        match spans.last_mut() {
            Some((_, most))
                if matches!(place.checked_sub(*most).map(|d| d.cmp(&1)), Some(Ordering::Less | Ordering::Equal)) =>
            {
                *most = place;
            }
            _ => spans.push((place, place)),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::fact::Fact;
    use crate::kernel::field::{Field, FieldType, Schema};
    use crate::kernel::money::Money;
    use crate::kernel::number::Number;
    use crate::kernel::predicate::{Circuit, Predicate, Truth};
    use crate::kernel::time::parse_instant;
    use chrono::{DateTime, Days, NaiveDate};
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    const KINDS: &[FieldType] = &[
        FieldType::Integer,
        FieldType::Number,
        FieldType::Money,
        FieldType::Boolean,
        FieldType::Date,
        FieldType::Instant,
    ];

    /// The value at a place of a type's scale, near its middle.
    fn value(kind: FieldType, place: i64, euros: bool) -> Value {
        let currency: Currency = if euros { "EUR" } else { "USD" }.parse().unwrap();
        match kind {
            FieldType::Number => Value::Number(Number::from_millionths(place).unwrap()),
            FieldType::Money => Value::Money(Money::new(place, currency).unwrap()),
            FieldType::Boolean => Value::Boolean(place > 0),
            FieldType::Date => Value::Date(NaiveDate::default() + Days::new(place.unsigned_abs())),
            FieldType::Instant => Value::Instant(DateTime::from_timestamp_micros(AT + place * DAY / 4).unwrap()),
            _ => Value::Integer(place),
        }
    }

    const DAY: i64 = 86_400_000_000;
    const AT: i64 = 1_793_000_000_000_000;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn spans_hold_what_the_test_holds(
            kind in prop::sample::select(KINDS),
            operator in prop::sample::select(super::super::Operator::NAMES),
            places in prop::collection::vec((-5i64..6, prop::bool::weighted(0.8)), 1..4),
            days in 1i64..2,
            asked in -6i64..7,
            euros in any::<bool>(),
        ) {
            let schema = Schema::new("test", [Field::new("it", kind)]);
            let texts: Vec<Json> = places.iter().map(|(p, e)| value(kind, *p, *e).to_json()).collect();
            let given = [json!(texts[0]), json!(texts), json!([texts[0], texts[texts.len() - 1]]), json!(days), Json::Null];
            let at = DateTime::from_timestamp_micros(AT).unwrap();
            for given in given {
                let test = json!({"field": "it", "op": operator, "value": given});
                let Ok(compiled) = Predicate::from_json(&test).and_then(|p| p.compile(&schema)) else { continue };
                let (circuit, _) = Circuit::new([&compiled]);
                let check = &circuit.tests()[0].check;
                let fact = value(kind, asked, euros);
                let fact = fact.as_fact();
                let currency = match fact { Fact::Money(m) => Some(m.currency()), _ => None };
                let place = fact.ordinal().unwrap();
                let found = match check.reach(at, currency) {
                    Reach::Unknown => Truth::False,
                    Reach::Known => Truth::True,
                    Reach::Spans { spans, decided } => match spans.iter().any(|(a, b)| (*a..=*b).contains(&place)) {
                        true => Truth::True,
                        false if decided => Truth::False,
                        false => Truth::Unknown,
                    },
                    Reach::Values => panic!("ordered values have spans"),
                };
                prop_assert_eq!(found, check.test(fact, at), "{} {:?}", test, fact);
            }
        }
    }

    #[test]
    fn the_ends_of_the_scale() {
        let at = parse_instant("2026-11-22T09:00:00Z").unwrap();
        let reach = |c, n| Check::Compare(c, Value::Integer(n)).reach(at, None);
        let spans = |spans: &[(i64, i64)]| Reach::Spans { spans: spans.to_vec(), decided: true };
        assert_eq!(reach(Comparison::Less, i64::MIN), spans(&[]));
        assert_eq!(reach(Comparison::Greater, i64::MAX), spans(&[]));
        assert_eq!(reach(Comparison::AtLeast, i64::MIN), spans(&[(i64::MIN, i64::MAX)]));
        assert_eq!(
            joined(vec![3, i64::MAX, 1, i64::MIN, 2, 7, 7]),
            [(i64::MIN, i64::MIN), (1, 3), (7, 7), (i64::MAX, i64::MAX)]
        );
    }
}
