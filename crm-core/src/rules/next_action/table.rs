//! The table of actions as a host writes it down.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::body;
use super::signal::{Test, asks};
use super::{Action, COMMANDS, NextActions, SUBJECTS};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::{FieldType, Schema, nearest};
use crate::kernel::json;
use crate::kernel::next_action_reason::NextSignal;
use crate::kernel::reason::Name;
use crate::kernel::text::shortened;
use crate::kernel::zone::Zone;
use crate::model::Kind;
use crate::rules::check;
use crate::rules::read::{Object, coded, labels, list, text};
use crate::rules::templates::Templates;

/// The usual table.
const STANDARD: &str = include_str!("standard.json");
/// Most actions of a table, and most tests of an action.
const MOST_ACTIONS: usize = 200;
const MOST_TESTS: usize = 20;
/// Most points of one test.
const MOST_POINTS: i64 = 1_000;
/// Most actions that are suggested for one record.
const MOST_SUGGESTED: i64 = 20;
const USUAL_SUGGESTED: i64 = 3;

impl NextActions {
    /// Reads the part `next_actions`; `None` is the usual table.
    ///
    /// # Errors
    /// Anything that is not as the [module](super) has it, with its place.
    pub(in crate::rules) fn new(json: Option<&Json>, templates: &Templates, accounts: &Schema) -> Result<Self> {
        let none = Json::Object(serde_json::Map::new());
        let o = Object::new(json.unwrap_or(&none), &["id", "version", "zone", "most", "renewal_field", "actions"])?;
        let standard = json::parse(STANDARD.as_bytes())?;
        let usual = Object::new(&standard, &["id", "version", "actions"])?;
        let table = if o.get("actions").is_some() { &o } else { &usual };
        for option in ["id", "version"] {
            if o.get(option).is_some() && o.get("actions").is_none() {
                return Err(Error::from(RulesProblem::Requires { option, needs: "actions" }).at(option));
            }
        }
        let id = table.text("id")?;
        check::id(&id).map_err(|e| e.at("id"))?;
        let version = table.integer("version")?;
        check::between(version, 1, u32::MAX.into()).map_err(|e| e.at("version"))?;
        let most = o.optional_integer("most")?.unwrap_or(USUAL_SUGGESTED);
        check::between(most, 1, MOST_SUGGESTED).map_err(|e| e.at("most"))?;
        let field = |json: &Json| {
            let name = text(json)?;
            let (place, field) = accounts.resolve(&name)?;
            match field.kind {
                FieldType::Date => Ok((name, place)),
                _ => Err(Problem::WrongShape { expected: "a field with a date", found: shortened(&name, 60) }.into()),
            }
        };
        let renewal_field = o.optional("renewal_field", field)?;
        let actions = table.list("actions", |v| action(v, templates))?;
        check::most("actions", actions.len(), MOST_ACTIONS).map_err(|e| e.at("actions"))?;
        let mut ids = BTreeSet::new();
        for (i, action) in actions.iter().enumerate() {
            if !ids.insert(action.name.id.clone()) {
                let twice = Error::from(RulesProblem::DuplicateId { id: action.name.id.clone() });
                return Err(twice.at("id").at_index(i).at("actions"));
            }
        }
        Ok(Self {
            id,
            version,
            zone: o.zone()?.unwrap_or(Zone::UTC),
            most: usize::try_from(most).unwrap_or(1),
            renewal_field: renewal_field.map(|(_, place)| place),
            actions,
        })
    }
}

fn action(json: &Json, templates: &Templates) -> Result<Action> {
    const KEYS: &[&str] = &["id", "labels", "record", "end", "when", "also", "contacts", "command", "body"];
    let o = Object::new(json, KEYS)?;
    let id = o.text("id")?;
    check::id(&id).map_err(|e| e.at("id"))?;
    let labels = o.optional("labels", labels)?;
    check::labels(labels.as_ref())?;
    let record = coded(o.required("record")?, |code| SUBJECTS.iter().find(|s| **s == code).copied(), SUBJECTS)
        .map_err(|e| e.at("record"))?;
    let end = o.optional("end", text)?.unwrap_or_else(|| id.clone());
    check::id(&end).map_err(|e| e.at("end"))?;
    let (when, also) = (o.list("when", test)?, o.list("also", test)?);
    if when.is_empty() {
        return Err(Error::from(RulesProblem::Empty { what: "tests" }).at("when"));
    }
    check::most("tests", when.len().saturating_add(also.len()), MOST_TESTS).map_err(|e| e.at("when"))?;
    let command = o.text("command")?;
    if !COMMANDS.contains(&command.as_str()) {
        let found = shortened(&command, 60);
        return Err(Error::from(Problem::NotOneOf { found, expected: COMMANDS }).at("command"));
    }
    let body = o.required("body")?;
    json::object(body, "an object").and_then(|_| body::check(body)).map_err(|e| e.at("body"))?;
    if command == "draft.compose"
        && let Some(template) = body.get("template")
    {
        let id = template.get("id").and_then(Json::as_str).unwrap_or_default();
        let version = template.get("version").and_then(Json::as_i64);
        templates.find(id, version).map_err(|e| e.at("id").at("template").at("body"))?;
    }
    let reaches_out = matches!(command.as_str(), "draft.compose" | "enrolment.enrol");
    let contacts = o.flag("contacts", reaches_out)?;
    Ok(Action {
        name: Name { id, labels },
        record: crate::rules::kind(record).unwrap_or(Kind::Lead),
        end,
        when,
        also,
        // A message is a contact, whatever the table says.
        contacts: contacts || reaches_out,
        command,
        body: body.clone(),
    })
}

fn test(json: &Json) -> Result<Test> {
    let o = Object::new(json, &["signal", "in", "at_least", "at_most", "points"])?;
    let signal = coded(o.required("signal")?, NextSignal::from_code, NextSignal::CODES).map_err(|e| e.at("signal"))?;
    let (is_number, words) = asks(signal);
    let needs = |option: &'static str, needs: &'static str, fits: bool| match o.get(option).is_some() && !fits {
        true => Err(Error::from(RulesProblem::Requires { option, needs }).at(option)),
        false => Ok(()),
    };
    needs("in", "signal: score_band|gap|risk_signal", words.is_some())?;
    for option in ["at_least", "at_most"] {
        needs(option, "a signal with a number", is_number)?;
    }
    let word = |json: &Json| {
        let found = text(json)?;
        match words {
            Some(known) if !known.is_empty() && !known.contains(&found.as_str()) => {
                let id = shortened(&found, 60);
                let nearest = nearest(&found, known.iter().copied()).map(str::to_owned);
                Err(RulesProblem::Undefined { id, nearest }.into())
            }
            _ => check::id(&found).map(|()| found),
        }
    };
    let limit = |key: &'static str| {
        let found = o.optional_integer(key)?;
        found.map(|n| check::between(n, 0, 1_000_000).map(|()| n).map_err(|e| e.at(key))).transpose()
    };
    let among = o.optional("in", |v| list(v, word))?;
    if among.as_ref().is_some_and(Vec::is_empty) {
        return Err(Error::from(RulesProblem::Empty { what: "words" }).at("in"));
    }
    let (at_least, at_most) = (limit("at_least")?, limit("at_most")?);
    if let (Some(least), Some(most)) = (at_least, at_most) {
        check::between(most, least, 1_000_000).map_err(|e| e.at("at_most"))?;
    }
    let points = o.integer("points")?;
    check::between(points, 1, MOST_POINTS).map_err(|e| e.at("points"))?;
    Ok(Test { signal, among: among.unwrap_or_default(), at_least, at_most, points })
}
