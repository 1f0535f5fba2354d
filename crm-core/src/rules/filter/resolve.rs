//! From a filter and its reader to a plain condition.

use serde_json::{Map, Value as Json, json};

use super::{Person, Range, Reader};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::{FieldType, Schema};
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate, Test};
use crate::kernel::reason::Reason;
use crate::kernel::report_reason::ReportReason;
use crate::kernel::time::format_instant;
use crate::lang::Lang;
use crate::rules::read::Object;
use crate::rules::report::ResolvedWindow;

/// A range of a filter, as it was resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedRange {
    /// Where the test stands in the tree.
    pub path: String,
    /// The test.
    pub test: Test,
    /// Its days.
    pub window: ResolvedWindow,
}

/// People of a filter, as they were resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedPeople {
    /// Where the test stands in the tree.
    pub path: String,
    /// The field.
    pub field: String,
    /// Who they are for the reader: the host's names of users.
    pub names: Vec<String>,
}

/// A filter as it is for one reader.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The plain condition.
    pub predicate: Predicate,
    /// Every range in it.
    pub ranges: Vec<ResolvedRange>,
    /// Everybody in it.
    pub people: Vec<ResolvedPeople>,
    /// What of a past instant could not be known.
    pub notes: Vec<Reason>,
}

/// Whether a filter names the reader's team, which then has to be looked up.
pub fn needs_team(predicate: &Predicate) -> bool {
    let names_team = |value: &Json| value.get("actor").and_then(Json::as_str) == Some(Person::MyTeam.code());
    let in_value = |value: &Json| match value {
        Json::Array(values) => values.iter().any(names_team),
        value => names_team(value),
    };
    predicate.tests().iter().any(|test| in_value(&test.value))
}

/// The plain condition that a filter is for a reader.
///
/// # Errors
/// Fields and values that do not fit, with their path; [`Problem::Missing`] for `{"actor": ...}` where nobody reads.
pub fn resolve(predicate: &Predicate, schema: &Schema, reader: &Reader<'_>) -> Result<Resolved> {
    let (mut ranges, mut people) = (Vec::new(), Vec::new());
    let mut paths = predicate.paths().into_iter();
    let plain = predicate.replaced(&mut |test| {
        let path = paths.next().unwrap_or_default();
        if test.operator.takes_range() {
            let (plain, window) = in_range(test, schema, reader)?;
            ranges.push(ResolvedRange { path, test: test.clone(), window });
            return Ok(plain);
        }
        let (plain, names) = named(test, schema, reader)?;
        if !names.is_empty() {
            people.push(ResolvedPeople { path, field: test.field.clone(), names });
        }
        Ok(plain)
    })?;
    Ok(Resolved { predicate: plain, ranges, people, notes: Vec::new() })
}

/// Every test that does not fit the record, with its path inside of the tree; nothing where all do.
pub fn broken(predicate: &Predicate, schema: &Schema, reader: &Reader<'_>) -> Vec<Error> {
    let one = |(path, test): (String, &Test)| {
        let leaf = Predicate::Test(test.clone());
        let error = resolve(&leaf, schema, reader).and_then(|r| r.predicate.compile(schema)).err()?;
        Some(if path.is_empty() { error } else { error.at(&path) })
    };
    predicate.paths().into_iter().zip(predicate.tests()).filter_map(one).collect()
}

/// The comparison with a range, and its days.
fn in_range(test: &Test, schema: &Schema, reader: &Reader<'_>) -> Result<(Predicate, ResolvedWindow)> {
    let (_, field) = schema.resolve(&test.field).map_err(|e| e.at("field"))?;
    let kind = field.kind;
    if !matches!(kind, FieldType::Date | FieldType::Instant) {
        let problem = RulesProblem::WrongOperator { operator: test.operator.name().into(), kind };
        return Err(Error::from(problem).at("op"));
    }
    let window = Range::from_json(&test.value).and_then(|r| r.resolve(reader)).map_err(|e| e.at("value"))?;
    let (first, end) = match kind {
        FieldType::Date => (window.from.to_string(), window.to.to_string()),
        _ => (format_instant(window.starts_at), format_instant(window.ends_at)),
    };
    let compared = |operator, value: &str| Predicate::test(&test.field, operator, value);
    let plain = match test.operator {
        Operator::Before => compared(Operator::Less, &first),
        Operator::After => compared(Operator::AtLeast, &end),
        _ => Predicate::All(vec![compared(Operator::AtLeast, &first), compared(Operator::Less, &end)]),
    };
    Ok((plain, window))
}

/// The comparison with names in place of people, and the instant in place of now; and who the people are.
fn named(test: &Test, schema: &Schema, reader: &Reader<'_>) -> Result<(Predicate, Vec<String>)> {
    let special = |value: &Json| value.as_object().is_some_and(|o| o.contains_key("actor") || o.contains_key("at"));
    let listed = matches!(&test.value, Json::Array(values) if values.iter().any(special));
    if !listed && !special(&test.value) {
        return Ok((Predicate::Test(test.clone()), Vec::new()));
    }
    let (_, field) = schema.resolve(&test.field).map_err(|e| e.at("field"))?;
    let (mut found, mut names) = (Vec::new(), Vec::new());
    let mut put = |value: &Json| -> Result<()> {
        match special(value) {
            false => found.push(value.clone()),
            true if value.get("at").is_some() => found.push(now(value, field.kind, reader)?),
            true => {
                let those = actor(value, field.kind, reader)?;
                found.extend(those.iter().map(|name| Json::from(*name)));
                names.extend(those.into_iter().map(str::to_owned));
            }
        }
        Ok(())
    };
    match &test.value {
        Json::Array(values) => {
            for (i, value) in values.iter().enumerate() {
                put(value).map_err(|e| e.at_index(i).at("value"))?;
            }
        }
        value => put(value).map_err(|e| e.at("value"))?,
    }
    // Several people are a list: equal to my team is one of it.
    let operator = match (test.operator, listed, found.len()) {
        (operator, true, _) | (operator, _, 1) => operator,
        (Operator::Equal, ..) => Operator::In,
        (Operator::NotEqual, ..) => Operator::NotIn,
        (operator, ..) => operator,
    };
    let one = !listed && found.len() == 1 && !matches!(operator, Operator::In | Operator::NotIn);
    let value = if one { found.into_iter().next().unwrap_or_default() } else { Json::Array(found) };
    Ok((Predicate::Test(Test { field: test.field.clone(), operator, value }), names))
}

/// `{"actor": "me"}`.
fn actor<'a>(value: &Json, kind: FieldType, reader: &Reader<'a>) -> Result<Vec<&'a str>> {
    let o = Object::new(value, &["actor"])?;
    let found = o.required("actor")?;
    let person = found.as_str().and_then(Person::from_code);
    let person = person.ok_or_else(|| json::not_one_of(found, Person::CODES).at("actor"))?;
    if !matches!(kind, FieldType::Text | FieldType::Texts) {
        return Err(Problem::WrongType { expected: kind, found: json::shown(value) }.into());
    }
    match reader.names(person) {
        names if names.is_empty() => Err(Problem::Missing { name: "actor".into() }.into()),
        names => Ok(names),
    }
}

/// `{"at": "now"}`.
fn now(value: &Json, kind: FieldType, reader: &Reader<'_>) -> Result<Json> {
    let o = Object::new(value, &["at"])?;
    let found = o.required("at")?;
    if found.as_str() != Some("now") {
        return Err(json::not_one_of(found, &["now"]).at("at"));
    }
    match kind {
        FieldType::Instant => Ok(format_instant(reader.at).into()),
        kind => Err(Problem::WrongType { expected: kind, found: json::shown(value) }.into()),
    }
}

impl ResolvedRange {
    /// `{"path", "field", "op", "value", "range": {...}, "text"}`.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        map.insert("path".into(), self.path.as_str().into());
        map.insert("field".into(), self.test.field.as_str().into());
        map.insert("op".into(), self.test.operator.name().into());
        map.insert("value".into(), self.test.value.clone());
        map.insert("range".into(), self.window.to_json());
        if let (Some(lang), Some(last)) = (lang, self.window.to.pred_opt()) {
            let zone = self.window.zone.name().to_owned();
            let reason = Reason::Report(ReportReason::Window { from: self.window.from, last, zone });
            map.insert("text".into(), crate::lang::reason(&reason, lang).into());
        }
        Json::Object(map)
    }
}

impl Resolved {
    /// What a list says beside its rows: `ranges`, `people` and `notes`; nothing where the filter is the same for everybody
    /// and every instant.
    pub fn told(&self, lang: Option<Lang>) -> Map<String, Json> {
        let mut map = Map::new();
        if !self.ranges.is_empty() {
            map.insert("ranges".into(), self.ranges.iter().map(|range| range.to_json(lang)).collect());
        }
        if !self.people.is_empty() {
            let one = |p: &ResolvedPeople| json!({"path": p.path, "field": p.field, "names": p.names});
            map.insert("people".into(), self.people.iter().map(one).collect());
        }
        if !self.notes.is_empty() {
            map.insert("notes".into(), self.notes.iter().map(|note| Json::Object(note.to_json(lang))).collect());
        }
        map
    }
}
