//! The rule at the JSON door.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::Duplicates;
use super::candidates::Candidates;
use super::compare::Comparison;
use super::subject::Subject;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::time::Instant;
use crate::kernel::value::Value;
use crate::lang::Lang;
use crate::model::{Kind, META_FIELDS};
use crate::rules::check;
use crate::rules::identity::Identity;
use crate::rules::input::Values;
use crate::rules::read::{Object, list, text};

/// Most records of one question.
const MOST_RECORDS: usize = 1000;

/// What the door needs beside the rule: how keys are made, and the fields of the two kinds.
pub struct Around<'a> {
    /// Makes the keys.
    pub identity: &'a Identity,
    /// The fields of a lead.
    pub leads: &'a Schema,
    /// The fields of a contact.
    pub contacts: &'a Schema,
}

/// A record of the question.
struct Given {
    /// As it was given, or else its place in the list.
    id: Json,
    /// The same as distinctions name it.
    name: String,
    created_at: Option<Instant>,
    open: bool,
    subject: Subject,
}

/// Pairs of ids that somebody said are not the same, with the note.
type Marks = BTreeMap<(String, String), String>;

/// Answers for records given as JSON: fields of a lead, or of a contact with `"record": "contact"`, each with an `id`
/// of any form. One of
///
/// - `{"a": {...}, "b": {...}}`: two records beside each other,
/// - `{"lead": {...}, "existing": [...], "include_closed": false}`: those that a lead may be,
/// - `{"records": [...], "include_closed": false}`: all pairs that are related or more, and clusters;
///
/// each with `distinctions` (`[{"first": id, "second": id, "reason": "..."}]`) and `lang`.
///
/// # Errors
/// A field or option that does not exist, none or several of the three forms, too many records.
pub fn eval_json(rule: &Duplicates, around: &Around<'_>, input: &Json) -> Result<Json> {
    const KEYS: &[&str] = &["a", "b", "lead", "existing", "records", "distinctions", "include_closed", "lang"];
    let o = Object::new(input, KEYS)?;
    let lang = o.lang()?;
    let mut door = Door { rule, around, lang, diagnostics: Vec::new() };
    let marks = door.marks(&o)?;
    let forms = [o.get("a").or(o.get("b")), o.get("lead").or(o.get("existing")), o.get("records")];
    let mut answer = match forms.map(|form| form.is_some()) {
        [true, false, false] => door.pair(&o, &marks)?,
        [false, true, false] => door.lead(&o, &marks)?,
        [false, false, true] => door.records(&o, &marks)?,
        _ => {
            let expected = "either `a` and `b`, or `lead` and `existing`, or `records`";
            return Err(Problem::WrongShape { expected, found: json::shown(input) }.into());
        }
    };
    let diagnostics: Vec<Json> = door.diagnostics.iter().map(Error::to_json).collect();
    answer.insert("diagnostics".into(), diagnostics.into());
    Ok(Json::Object(answer))
}

struct Door<'a> {
    rule: &'a Duplicates,
    around: &'a Around<'a>,
    lang: Option<Lang>,
    diagnostics: Vec<Error>,
}

impl Door<'_> {
    fn pair(&mut self, o: &Object<'_>, marks: &Marks) -> Result<Map<String, Json>> {
        let a = self.given(o.required("a")?, 0, &|e| e.at("a"))?;
        let b = self.given(o.required("b")?, 1, &|e| e.at("b"))?;
        let compared = self.rule.compare(&a.subject, &b.subject);
        let compared = match note(marks, &a, &b) {
            Some(note) => compared.marked(note),
            None => compared,
        };
        Ok(compared.to_json(self.lang))
    }

    fn lead(&mut self, o: &Object<'_>, marks: &Marks) -> Result<Map<String, Json>> {
        let lead = self.given(o.required("lead")?, 0, &|e| e.at("lead"))?;
        let (open, closed) = self.list(o, "existing")?;
        let others = open.iter().map(|g| (g, &g.subject, note(marks, &lead, g)));
        let Candidates { found, marked, common } = self.rule.candidates(&lead.subject, others);
        let shown = |list: Vec<(&Given, Comparison)>| -> Json {
            list.into_iter().map(|(given, compared)| self.compared(&[("id", given)], &compared)).collect()
        };
        let (found, marked) = (shown(found), shown(marked));
        Ok(self.answer([("candidates", found), ("marked", marked), ("closed", closed)], &common))
    }

    fn records(&mut self, o: &Object<'_>, marks: &Marks) -> Result<Map<String, Json>> {
        let (open, closed) = self.list(o, "records")?;
        let subjects: Vec<Subject> = open.iter().map(|g| g.subject.clone()).collect();
        let matches = self.rule.matches(&subjects, &places_of(marks, &open));
        let pair = |(a, b, compared): &(usize, usize, Comparison)| -> Option<Json> {
            Some(self.compared(&[("first", open.get(*a)?), ("second", open.get(*b)?)], compared))
        };
        let pairs: Json = matches.pairs.iter().filter_map(pair).collect();
        let cluster = |places: &Vec<usize>| -> Json {
            let mut places = places.clone();
            // The oldest first; one of which nobody knows the age, last.
            let age = |place: &usize| open.get(*place).and_then(|g| g.created_at);
            places.sort_by_key(|place| (age(place).is_none(), age(place), *place));
            places.iter().filter_map(|place| open.get(*place)).map(|g| g.id.clone()).collect()
        };
        let clusters: Json = matches.clusters.iter().map(cluster).collect();
        Ok(self.answer([("pairs", pairs), ("clusters", clusters), ("closed", closed)], &matches.common))
    }

    fn answer(&self, parts: [(&str, Json); 3], common: &[Reason]) -> Map<String, Json> {
        let mut map: Map<String, Json> = parts.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let reasons: Json = common.iter().map(|r| Json::Object(r.to_json(self.lang))).collect();
        map.insert("reasons".into(), reasons);
        map
    }

    fn compared(&self, ids: &[(&str, &Given)], compared: &Comparison) -> Json {
        let mut map = compared.to_json(self.lang);
        map.extend(ids.iter().map(|(key, given)| ((*key).to_owned(), given.id.clone())));
        Json::Object(map)
    }

    /// The records of a list that are still in play, and the ids of the others.
    fn list(&mut self, o: &Object<'_>, key: &'static str) -> Result<(Vec<Given>, Json)> {
        let records = o.list(key, Ok)?;
        check::most("records", records.len(), MOST_RECORDS).map_err(|e| e.at(key))?;
        let include_closed = o.flag("include_closed", false)?;
        let (mut open, mut closed) = (Vec::new(), Vec::new());
        for (i, record) in records.into_iter().enumerate() {
            let given = self.given(record, i, &|e| e.at_index(i).at(key))?;
            if given.open || include_closed {
                open.push(given);
            } else {
                closed.push(given.id);
            }
        }
        Ok((open, closed.into()))
    }

    /// Reads a record; what cannot be read of it is unknown and told with its path.
    fn given(&mut self, json: &Json, place: usize, path: &dyn Fn(Error) -> Error) -> Result<Given> {
        let mut diagnostics = Vec::new();
        let given = self.read(json, place, &mut diagnostics).map_err(path)?;
        self.diagnostics.extend(diagnostics.into_iter().map(path));
        Ok(given)
    }

    fn read(&self, json: &Json, place: usize, diagnostics: &mut Vec<Error>) -> Result<Given> {
        let mut map = json::object(json, "an object of fields")?.clone();
        let id = map.remove("id").filter(|id| !id.is_null()).unwrap_or_else(|| place.into());
        let (kind, schema) = match map.remove("record").as_ref().map(|v| (v, v.as_str())) {
            None | Some((_, Some("lead"))) => (Kind::Lead, self.around.leads),
            Some((_, Some("contact"))) => (Kind::Contact, self.around.contacts),
            Some((other, _)) => return Err(json::not_one_of(other, &["lead", "contact"]).at("record")),
        };
        let values = Values::fields(schema, Some(&map), diagnostics)?;
        let mut body = kind.empty();
        for (index, field) in schema.fields().iter().enumerate() {
            let value = values.fact(index).to_value();
            match index.checked_sub(META_FIELDS.len()) {
                _ if value == Value::Null => {}
                None => {}
                Some(own) if own < kind.fields().len() => body.set(own, value)?,
                Some(_) => body.custom_mut().set(field.name.trim_start_matches("custom."), value),
            }
        }
        let instant = |name: &str| match schema.position(name).map(|place| values.fact(place)) {
            Some(Fact::Instant(at)) => Some(at),
            _ => None,
        };
        let open = self.rule.is_open(&body, instant("archived_at").is_some());
        let subject = self.rule.subject(self.around.identity, &body, &values);
        let name = json::canonical(&id);
        Ok(Given { id, name, created_at: instant("created_at"), open, subject })
    }

    fn marks(&self, o: &Object<'_>) -> Result<Marks> {
        let read = |v: &Json| {
            let o = Object::new(v, &["first", "second", "reason"])?;
            let id = |key: &str| o.required(key).map(json::canonical);
            let reason = o.optional("reason", text)?.unwrap_or_default();
            Ok((id("first")?, id("second")?, reason))
        };
        let pairs = o.optional("distinctions", |v| list(v, read))?.unwrap_or_default();
        Ok(pairs.into_iter().map(|(a, b, note)| (ordered(a, b), note)).collect())
    }
}

fn ordered(a: String, b: String) -> (String, String) {
    if a <= b { (a, b) } else { (b, a) }
}

/// What whoever said that two records are not the same wrote down.
fn note<'a>(marks: &'a Marks, a: &Given, b: &Given) -> Option<&'a str> {
    if marks.is_empty() {
        return None;
    }
    marks.get(&ordered(a.name.clone(), b.name.clone())).map(String::as_str)
}

/// The same by the places of records, the lower first.
fn places_of(marks: &Marks, records: &[Given]) -> BTreeMap<(usize, usize), String> {
    let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, record) in records.iter().enumerate() {
        named.entry(&record.name).or_default().push(place);
    }
    let mut places = BTreeMap::new();
    for ((first, second), note) in marks {
        let (Some(first), Some(second)) = (named.get(first.as_str()), named.get(second.as_str())) else { continue };
        let pairs = first.iter().flat_map(|a| second.iter().map(move |b| (*a.min(b), *a.max(b))));
        places.extend(pairs.filter(|(a, b)| a != b).map(|pair| (pair, note.clone())));
    }
    places
}
