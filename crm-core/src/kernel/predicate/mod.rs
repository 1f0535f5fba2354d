//! The one way to say "when": a typed tree over a record's declared fields, in three-valued logic.
//!
//! ```json
//! {"all": [
//!   {"field": "source", "op": "in", "value": ["referral", "partner"]},
//!   {"any": [
//!     {"field": "size", "op": "ge", "value": 50},
//!     {"field": "revenue", "op": "ge", "value": {"amount": "1000000", "currency": "EUR"}}
//!   ]},
//!   {"not": {"field": "last_activity_at", "op": "older_than_days", "value": 180}}
//! ]}
//! ```
//!
//! Text is compared folded (see [`text::fold`]). A comparison with a field that nobody knows is
//! unknown, and so is one between two currencies; `all` and `any` follow Kleene's tables, and a rule fires on true
//! only. `{"certain": {...}}` makes a no of what is unknown, so that `not` around it is its complement. `{"segment":
//! "vip"}` holds for the members of a stored segment: whoever has a store puts the segment's own condition in its place
//! before anything is compiled. The tree is checked against the fields when it is loaded ([`Predicate::compile`]); the compiled form
//! evaluates records ([`Compiled::eval`]) and becomes SQL with bound parameters ([`sql`]).

mod circuit;
mod compile;
mod eval;
mod needed;
mod reach;
pub mod sql;
mod texts;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

pub use circuit::{Answers, Circuit, FieldTest, words_of};
pub use compile::{Check, Comparison, Compiled};
pub use eval::Truth;
pub(crate) use needed::Ends;
pub use reach::Reach;
pub use texts::TextTests;

use super::error::{Error, Problem, Result, RulesProblem};
use super::{json, text};

/// Most levels of `all`, `any` and `not`.
pub const MOST_DEPTH: usize = 16;
/// Most tests in one tree.
pub const MOST_TESTS: usize = 256;
/// Most values in one list.
pub const MOST_VALUES: usize = 1000;
/// Most values in one tree: less than any store's parameters, so that every store takes the same conditions.
pub const MOST_TREE_VALUES: usize = 10_000;

/// A condition as written; [`Predicate::compile`] checks it.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Every part holds.
    All(Vec<Predicate>),
    /// At least one part holds.
    Any(Vec<Predicate>),
    /// The part does not hold.
    Not(Box<Predicate>),
    /// The part certainly holds: what is unknown is no.
    Certain(Box<Predicate>),
    /// The record belongs to the segment of a code (see [`rules::segment`](crate::rules::segment)).
    Segment(String),
    /// One field is compared.
    Test(Test),
}

/// One comparison of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// The field's name.
    pub field: String,
    /// The operator.
    pub operator: Operator,
    /// The value compared with; JSON `null` for operators that take none.
    pub value: Json,
}

macro_rules! operators {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// How a field is compared.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operator { $($(#[$doc])* $variant,)* }

        impl Operator {
            /// Every operator's name.
            pub const NAMES: &'static [&'static str] = &[$($name,)*];

            /// The name in JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Operator::$variant => $name,)* }
            }

            fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Operator::$variant),)*
                    // What lists of other systems call it; the canonical form has the names above.
                    "is_empty" => Some(Operator::IsNull),
                    "is_not_empty" => Some(Operator::IsKnown),
                    _ => None,
                }
            }
        }
    };
}

operators! {
    /// Equal.
    Equal = "eq";
    /// Not equal.
    NotEqual = "ne";
    /// Below.
    Less = "lt";
    /// At most.
    AtMost = "le";
    /// Above.
    Greater = "gt";
    /// At least.
    AtLeast = "ge";
    /// One of a list.
    In = "in";
    /// None of a list.
    NotIn = "not_in";
    /// From the first to the second of two values, both included.
    Between = "between";
    /// Text begins so, or in one of a list of ways.
    StartsWith = "starts_with";
    /// Text ends so, or in one of a list of ways.
    EndsWith = "ends_with";
    /// Text contains this, or one of a list.
    Contains = "contains";
    /// Text has one of these words or phrases, of whole words: `gerant` is in "Gérant, associé" and not in "réfrigérant".
    /// Words are as [`text::words`] splits them: "P.D.G." has the word `pdg`.
    HasWord = "has_word";
    /// A set of texts has one of these.
    Has = "has";
    /// Nobody knows the value. Never unknown itself.
    IsNull = "is_null";
    /// Somebody knows the value. Never unknown itself.
    IsKnown = "is_known";
    /// The instant lies in the last so many days of 24 hours, `at` included.
    WithinDays = "within_days";
    /// The instant lies so many days of 24 hours or more in the past.
    OlderThanDays = "older_than_days";
    /// The instant lies ahead, so many days of 24 hours or less.
    NextDays = "next_days";
    /// The date or instant lies in a range of local days, such as this week; only where there is a reader, whose days
    /// they are (see [`rules::filter`](crate::rules::filter)).
    During = "during";
    /// It lies before the first day of such a range.
    Before = "before";
    /// It lies after the last day of such a range.
    After = "after";
}

impl Operator {
    /// Whether it compares with a range of local days.
    pub const fn takes_range(self) -> bool {
        matches!(self, Operator::During | Operator::Before | Operator::After)
    }
}

impl Predicate {
    /// One comparison, for callers in Rust.
    pub fn test(field: &str, operator: Operator, value: impl Into<Json>) -> Self {
        Predicate::Test(Test { field: field.into(), operator, value: value.into() })
    }

    /// Reads the JSON form; fields and values are checked by [`Predicate::compile`].
    ///
    /// # Errors
    /// A shape that is none of `all`, `any`, `not` or a test, an unknown operator, or a tree over the limits, with
    /// the path inside the tree.
    pub fn from_json(json: &Json) -> Result<Self> {
        let mut tests = 0;
        read(json, 0, &mut tests)
    }

    /// The JSON form; [`Predicate::from_json`] reads it back.
    pub fn to_json(&self) -> Json {
        let list = |parts: &[Predicate]| Json::Array(parts.iter().map(Predicate::to_json).collect());
        match self {
            Predicate::All(parts) => serde_json::json!({"all": list(parts)}),
            Predicate::Any(parts) => serde_json::json!({"any": list(parts)}),
            Predicate::Not(part) => serde_json::json!({"not": part.to_json()}),
            Predicate::Certain(part) => serde_json::json!({"certain": part.to_json()}),
            Predicate::Segment(code) => serde_json::json!({"segment": code}),
            Predicate::Test(t) if t.value.is_null() => serde_json::json!({"field": t.field, "op": t.operator.name()}),
            Predicate::Test(t) => serde_json::json!({"field": t.field, "op": t.operator.name(), "value": t.value}),
        }
    }

    /// The same tree with every test replaced.
    ///
    /// # Errors
    /// What `replace` gives, with the test's path inside the tree.
    pub fn replaced(&self, replace: &mut impl FnMut(&Test) -> Result<Predicate>) -> Result<Predicate> {
        self.mapped(&mut |leaf| match leaf {
            Predicate::Test(test) => replace(test),
            other => Ok(other.clone()),
        })
    }

    /// The same tree with everything replaced that stands at the end of a branch: tests and segments.
    ///
    /// # Errors
    /// What `replace` gives, with the path inside the tree.
    pub fn mapped(&self, replace: &mut impl FnMut(&Predicate) -> Result<Predicate>) -> Result<Predicate> {
        let mut parts = |key: &str, parts: &[Predicate]| -> Result<Vec<Predicate>> {
            let one = |(i, part): (usize, &Predicate)| part.mapped(replace).map_err(|e| e.at_index(i).at(key));
            parts.iter().enumerate().map(one).collect()
        };
        Ok(match self {
            Predicate::All(list) => Predicate::All(parts("all", list)?),
            Predicate::Any(list) => Predicate::Any(parts("any", list)?),
            Predicate::Not(part) => Predicate::Not(Box::new(part.mapped(replace).map_err(|e| e.at("not"))?)),
            Predicate::Certain(part) => {
                Predicate::Certain(Box::new(part.mapped(replace).map_err(|e| e.at("certain"))?))
            }
            leaf @ (Predicate::Test(_) | Predicate::Segment(_)) => replace(leaf)?,
        })
    }

    /// The codes of the segments that it names, from the left to the right, as often as they stand there.
    pub fn segments(&self) -> Vec<&str> {
        match self {
            Predicate::All(parts) | Predicate::Any(parts) => parts.iter().flat_map(Predicate::segments).collect(),
            Predicate::Not(part) | Predicate::Certain(part) => part.segments(),
            Predicate::Segment(code) => vec![code],
            Predicate::Test(_) => Vec::new(),
        }
    }

    /// Every test, from the left to the right.
    pub fn tests(&self) -> Vec<&Test> {
        match self {
            Predicate::All(parts) | Predicate::Any(parts) => parts.iter().flat_map(Predicate::tests).collect(),
            Predicate::Not(part) | Predicate::Certain(part) => part.tests(),
            Predicate::Test(test) => vec![test],
            Predicate::Segment(_) => Vec::new(),
        }
    }

    /// The paths of [`Predicate::tests`] inside the tree, in the same order: `all[0].not`.
    pub fn paths(&self) -> Vec<String> {
        let step = |key: &str, inner: String| if inner.is_empty() { key.to_owned() } else { format!("{key}.{inner}") };
        let list = |key: &str, parts: &[Predicate]| {
            let one = |(i, part): (usize, &Predicate)| {
                part.paths().into_iter().map(|inner| step(&format!("{key}[{i}]"), inner)).collect::<Vec<_>>()
            };
            parts.iter().enumerate().flat_map(one).collect()
        };
        match self {
            Predicate::All(parts) => list("all", parts),
            Predicate::Any(parts) => list("any", parts),
            Predicate::Not(part) => part.paths().into_iter().map(|inner| step("not", inner)).collect(),
            Predicate::Certain(part) => part.paths().into_iter().map(|inner| step("certain", inner)).collect(),
            Predicate::Test(_) => vec![String::new()],
            Predicate::Segment(_) => Vec::new(),
        }
    }

    /// SHA-256 of the canonical JSON: the identity of the condition in traces.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(json::canonical(&self.to_json()).as_bytes()).into()
    }
}

fn read(json: &Json, depth: usize, tests: &mut usize) -> Result<Predicate> {
    const SHAPE: &str = "an object with `all`, `any`, `not`, `certain`, `segment` or `field`";
    if depth > MOST_DEPTH {
        return Err(Problem::TooDeep { most: json::length(MOST_DEPTH) }.into());
    }
    let map = json::object(json, SHAPE)?;
    let next = depth.saturating_add(1);
    let parts = |key: &str, value: &Json, tests: &mut usize| -> Result<Vec<Predicate>> {
        let found = || Problem::WrongShape { expected: "a list of conditions", found: json::shown(value) };
        let list = value.as_array().ok_or_else(|| Error::from(found()).at(key))?;
        if list.is_empty() {
            return Err(Error::from(RulesProblem::Empty { what: "list of conditions" }).at(key));
        }
        list.iter().enumerate().map(|(i, part)| read(part, next, tests).map_err(|e| e.at_index(i).at(key))).collect()
    };
    let only = map.iter().next().filter(|_| map.len() == 1);
    match only.map(|(key, value)| (key.as_str(), value)) {
        Some(("all", value)) => Ok(Predicate::All(parts("all", value, tests)?)),
        Some(("any", value)) => Ok(Predicate::Any(parts("any", value, tests)?)),
        Some(("not", value)) => Ok(Predicate::Not(Box::new(read(value, next, tests).map_err(|e| e.at("not"))?))),
        Some(("certain", value)) => {
            Ok(Predicate::Certain(Box::new(read(value, next, tests).map_err(|e| e.at("certain"))?)))
        }
        other => {
            *tests = tests.saturating_add(1);
            if *tests > MOST_TESTS {
                let problem = Problem::TooMany {
                    what: "conditions",
                    found: json::length(*tests),
                    most: json::length(MOST_TESTS),
                };
                return Err(problem.into());
            }
            match other {
                Some(("segment", code)) => {
                    let wrong = || Error::from(Problem::WrongShape { expected: "text", found: json::shown(code) });
                    let code = code.as_str().ok_or_else(|| wrong().at("segment"))?;
                    Ok(Predicate::Segment(text::check(code).map_err(|e| e.at("segment"))?.to_owned()))
                }
                _ => read_test(map, SHAPE, json),
            }
        }
    }
}

fn read_test(map: &serde_json::Map<String, Json>, shape: &'static str, json: &Json) -> Result<Predicate> {
    json::only_keys(map, &["field", "op", "value"])?;
    let text = |key: &'static str| match map.get(key) {
        Some(Json::String(t)) => Ok(t.clone()),
        Some(other) => Err(Error::from(Problem::WrongShape { expected: "text", found: json::shown(other) }).at(key)),
        None if key == "field" => Err(Problem::WrongShape { expected: shape, found: json::shown(json) }.into()),
        None => Err(Problem::Missing { name: key.into() }.into()),
    };
    let field = text("field")?;
    let name = text("op")?;
    let operator = Operator::parse(&name)
        .ok_or_else(|| Error::from(Problem::NotOneOf { found: name, expected: Operator::NAMES }).at("op"))?;
    Ok(Predicate::Test(Test { field, operator, value: map.get("value").cloned().unwrap_or(Json::Null) }))
}

impl Serialize for Predicate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Predicate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        Predicate::from_json(&json).map_err(serde::de::Error::custom)
    }
}
