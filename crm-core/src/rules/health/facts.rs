//! What is known of a customer, by the names that models read.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::read::{measurement, number};
use crate::kernel::allocate::rounded;
use crate::kernel::coded::coded;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::{Field, FieldType, Schema};
use crate::kernel::number::Number;
use crate::kernel::time::{Instant, plus_days};
use crate::kernel::value::Value;
use crate::rules::check;
use crate::rules::read::{Object, instant, list, wrong};

/// What the host's measurements are called: this and the code.
pub const MEASUREMENT: &str = "measurement.";

/// Most dated values of one source.
pub(crate) const MOST_VALUES: usize = 10_000;

coded! {
    /// What becomes of dated values.
    Aggregate {
        /// The latest.
        Latest = "latest",
        /// How many there are.
        Count = "count",
        /// Their sum.
        Sum = "sum",
        /// Their mean, rounded to a millionth.
        Mean = "mean",
        /// The smallest.
        Least = "min",
        /// The largest.
        Most = "max",
    }
}

/// What a source is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    pub(super) kind: FieldType,
    /// Whether it counts days, so that it changes as each day begins.
    is_daily: bool,
    pub(super) aggregate: Aggregate,
    pub(super) window_days: Option<i64>,
    is_series: bool,
}

impl Spec {
    const fn plain(kind: FieldType, is_daily: bool) -> Self {
        Self { kind, is_daily, aggregate: Aggregate::Latest, window_days: None, is_series: false }
    }

    const fn events() -> Self {
        let kind = FieldType::Integer;
        Self { kind, is_daily: false, aggregate: Aggregate::Count, window_days: Some(USUAL_DAYS), is_series: true }
    }

    pub(super) const fn is_number(self) -> bool {
        matches!(self.kind, FieldType::Integer | FieldType::Number)
    }

    pub(super) const fn is_series(self) -> bool {
        self.is_series
    }
}

/// For how long events count where nobody says.
const USUAL_DAYS: i64 = 90;

/// The sources that stores know.
const SOURCES: &[(&str, Spec)] = &[
    ("contacts", Spec::plain(FieldType::Integer, false)),
    ("learning_completion_bp", Spec::plain(FieldType::Integer, false)),
    ("onboarding_overdue_steps", Spec::plain(FieldType::Integer, true)),
    ("onboarding_progress_bp", Spec::plain(FieldType::Integer, false)),
    ("payment_overdue_amount", Spec::plain(FieldType::Money, true)),
    ("payment_overdue_days", Spec::plain(FieldType::Integer, true)),
    ("payments_failed", Spec::events()),
    ("renewal_days", Spec::plain(FieldType::Integer, true)),
    ("reopen_rate_bp", Spec::plain(FieldType::Integer, false)),
    ("sla_breaches", Spec::events()),
    ("subscriptions_active", Spec::plain(FieldType::Integer, false)),
    ("tickets_open", Spec::plain(FieldType::Integer, false)),
    ("tickets_urgent_breached", Spec::plain(FieldType::Integer, false)),
    ("tickets_urgent_open", Spec::plain(FieldType::Integer, false)),
    ("touch_days", Spec::plain(FieldType::Integer, true)),
];

/// What a source is.
///
/// # Errors
/// A name that is none.
pub(super) fn spec(source: &str) -> Result<Spec> {
    if measurement(source).is_some() {
        return Ok(Spec { is_series: true, ..Spec::plain(FieldType::Number, false) });
    }
    match SOURCES.iter().find(|(name, _)| *name == source) {
        Some((_, spec)) => Ok(*spec),
        None => Err(schema([].into_iter())
            .resolve(source)
            .err()
            .unwrap_or_else(|| Error::from(Problem::Missing { name: source.into() }))),
    }
}

/// For how many days events of a source count where nobody says.
pub(super) fn usual_window(source: &str) -> Option<i64> {
    SOURCES.iter().find(|(name, _)| *name == source).and_then(|(_, spec)| spec.window_days)
}

/// The facts as the fields of a condition: those of stores, and measurements by name.
pub(super) fn schema<'a>(names: impl Iterator<Item = &'a str>) -> Schema {
    let fixed = SOURCES.iter().map(|(name, spec)| Field::new(name, spec.kind));
    let mut measured: Vec<&str> = names.filter(|name| measurement(name).is_some()).collect();
    measured.sort_unstable();
    measured.dedup();
    let field = |name: &str| Field { name: name.to_owned().into(), ..Field::new("", FieldType::Number) };
    Schema::new("health", fixed.chain(measured.into_iter().map(field)).collect::<Vec<_>>())
}

/// What is known from one source.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// One value, and since when it has stood; now where nobody says.
    Value(Value, Option<Instant>),
    /// Dated values.
    Series(Vec<(Instant, Number)>),
}

/// What is known of a customer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HealthFacts(BTreeMap<String, Told>);

/// A number that a measure reads, with the instant from which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) value: Number,
    pub(super) as_of: Option<Instant>,
}

impl HealthFacts {
    /// Adds what is known from a source.
    pub(crate) fn put(&mut self, source: &str, told: Told) {
        self.0.insert(source.to_owned(), told);
    }

    /// Adds a whole number.
    pub(crate) fn put_count(&mut self, source: &str, count: i64) {
        self.put(source, Told::Value(Value::Integer(count), None));
    }

    /// The sources as fields, with these and `measurement.CODE` for each of `names` that is one.
    pub fn schema<'a>(names: impl Iterator<Item = &'a str>) -> Schema {
        schema(names)
    }

    /// Adds one value of a source, and since when it has stood; now where nobody says. Nothing is not known.
    ///
    /// # Errors
    /// A source that there is not, and a value of another type.
    pub fn tell(&mut self, source: &str, value: Value, as_of: Option<Instant>) -> Result<()> {
        let kind = spec(source)?.kind;
        let Some(found) = value.kind() else { return Ok(()) };
        if found != kind {
            return Err(wrong(kind, &value.to_json()).at(source));
        }
        self.put(source, Told::Value(value, as_of));
        Ok(())
    }

    /// Reads `{"tickets_open": 2, "measurement.nps": {"value": "40", "as_of": "..."}, "sla_breaches": [{"at": "..."}]}`.
    ///
    /// # Errors
    /// A source that there is not, and values that do not fit, with their path.
    pub(super) fn from_json(map: &Map<String, Json>) -> Result<Self> {
        let mut facts = Self::default();
        for (name, json) in map.iter().filter(|(_, json)| !json.is_null()) {
            let told = spec(name).and_then(|spec| told(spec, json)).map_err(|e| e.at(name))?;
            facts.0.insert(name.clone(), told);
        }
        Ok(facts)
    }

    /// The number that a source gives at an instant, and the instants at which that may change by itself.
    pub(super) fn read(
        &self,
        source: &str,
        aggregate: Aggregate,
        window_days: Option<i64>,
        at: Instant,
        turn: &mut impl FnMut(Option<Instant>),
    ) -> Option<Read> {
        let series = match self.0.get(source)? {
            Told::Value(value, as_of) => {
                let value = match value {
                    Value::Integer(n) => Number::from_integer(*n).ok()?,
                    Value::Number(n) => *n,
                    _ => return None,
                };
                return Some(Read { value, as_of: *as_of });
            }
            Told::Series(series) => series,
        };
        // A value counts from its instant until the window has passed.
        let end = |since: Instant| window_days.map(|days| plus_days(since, days));
        let mut counted: Vec<(Instant, Number)> = Vec::new();
        for (since, value) in series {
            match end(*since) {
                _ if *since > at => turn(Some(*since)),
                Some(Some(end)) if end <= at => {}
                end => {
                    turn(end.flatten());
                    counted.push((*since, *value));
                }
            }
        }
        counted.sort_unstable();
        let is_count = matches!(aggregate, Aggregate::Count | Aggregate::Sum);
        let latest = counted.last().copied();
        let sum = counted.iter().fold(0i128, |sum, (_, n)| sum.saturating_add(i128::from(n.millionths())));
        let count = i128::try_from(counted.len()).unwrap_or(0);
        let millionths = match aggregate {
            Aggregate::Count => count.saturating_mul(1_000_000),
            Aggregate::Sum => sum,
            Aggregate::Mean => rounded(sum, count.max(1)),
            Aggregate::Latest => latest.map_or(0, |(_, n)| n.millionths().into()),
            Aggregate::Least => counted.iter().map(|(_, n)| n.millionths()).min().unwrap_or(0).into(),
            Aggregate::Most => counted.iter().map(|(_, n)| n.millionths()).max().unwrap_or(0).into(),
        };
        let value = i64::try_from(millionths).ok().and_then(Number::from_millionths)?;
        match (latest, is_count) {
            // No event is a count of none, and as fresh as today.
            (_, true) => Some(Read { value, as_of: None }),
            (Some((since, _)), false) => Some(Read { value, as_of: Some(since) }),
            (None, false) => None,
        }
    }

    /// The facts as a condition reads them.
    pub(super) fn as_fields(&self, schema: &Schema, at: Instant, turn: &mut impl FnMut(Option<Instant>)) -> Fields {
        let value = |field: &Field| -> Value {
            let (Some(told), Ok(spec)) = (self.0.get(field.name.as_ref()), spec(&field.name)) else {
                return Value::Null;
            };
            match told {
                Told::Value(value, _) => value.clone(),
                Told::Series(_) => match self.read(&field.name, spec.aggregate, spec.window_days, at, turn) {
                    Some(read) if field.kind == FieldType::Integer => Value::Integer(read.value.truncated()),
                    Some(read) => Value::Number(read.value),
                    None => Value::Null,
                },
            }
        };
        let mut value = value;
        Fields(schema.fields().iter().map(&mut value).collect())
    }

    /// Whether a source is known and counts days.
    pub(super) fn is_daily(&self, source: &str) -> bool {
        self.0.contains_key(source) && spec(source).is_ok_and(|spec| spec.is_daily)
    }
}

/// Values by the place of their field.
pub(super) struct Fields(Vec<Value>);

impl Facts for Fields {
    fn fact(&self, field: usize) -> Fact<'_> {
        self.0.get(field).map_or(Fact::Unknown, Value::as_fact)
    }
}

fn told(spec: Spec, json: &Json) -> Result<Told> {
    match json {
        Json::Array(_) if spec.is_series() => {
            let series = list(json, |v| {
                let o = Object::new(v, &["at", "value"])?;
                let since = instant(o.required("at")?).map_err(|e| e.at("at"))?;
                let one = || Number::from_integer(1);
                Ok((since, o.optional("value", number)?.map_or_else(one, Ok)?))
            })?;
            check::most("values", series.len(), MOST_VALUES)?;
            Ok(Told::Series(series))
        }
        Json::Object(map) if map.contains_key("value") => {
            let o = Object::new(json, &["value", "as_of"])?;
            let value = value(spec, o.required("value")?).map_err(|e| e.at("value"))?;
            Ok(Told::Value(value, o.optional("as_of", instant)?))
        }
        _ => Ok(Told::Value(value(spec, json)?, None)),
    }
}

fn value(spec: Spec, json: &Json) -> Result<Value> {
    match (spec.kind, json) {
        (FieldType::Number, _) => Ok(Value::Number(number(json)?)),
        (kind, _) => Value::from_json(kind, json),
    }
}
