//! What a saved view says: a question with columns, checked when it is saved and again when it is opened.

use serde_json::{Map, Value as Json};

use super::columns::TableColumn;
use super::find::Find;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::rules::Rules;
use crate::rules::filter::{self, Reader};
use crate::rules::segment::without_segments;

/// Most columns of one view.
const MOST_COLUMNS: usize = 100;
/// The keys of a view beside those of its question.
const OWN: &[&str] = &["columns"];

/// A saved view: which records, in which order, with which columns.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewDefinition {
    /// The question; its page is given when the view is opened.
    pub find: Find,
    /// The columns by name, fields and computed ones.
    pub columns: Vec<String>,
    source: Json,
}

/// What of a stored view does not fit the record any more, each with its path.
pub type Broken = Vec<Error>;

impl ViewDefinition {
    /// Reads `{"record": "deal", "where": {...}, "order": [...], "archived": "exclude", "zone": "Europe/Paris",
    /// "week_start": "monday", "columns": ["name", "value"]}` without checking any field; [`ViewDefinition::broken`] tells
    /// which do not fit. Without `zone` the days of the condition are those of whoever opens the view.
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let map = json::object(json, "an object of options")?;
        json::only_keys(map, &["record", "where", "order", "archived", "zone", "week_start", "columns"])?;
        let mut question = map.clone();
        question.retain(|key, _| !OWN.contains(&key.as_str()));
        let find = Find::from_json(&question)?;
        let columns = map.get("columns").map(columns).transpose().map_err(|e| e.at("columns"))?.unwrap_or_default();
        Ok(Self { find, columns, source: json.clone() })
    }

    /// The definition as it was given.
    pub const fn to_json(&self) -> &Json {
        &self.source
    }

    /// Everything that does not fit the record: each test of the condition by itself, each field of the order, each
    /// column, with its path.
    pub fn broken(&self, rules: &Rules) -> Broken {
        let schema = rules.schema(self.find.kind);
        let mut broken = Vec::new();
        if let Some(filter) = &self.find.filter {
            let found = filter::broken(filter, &schema, &Reader::anybody());
            broken.extend(found.into_iter().map(|e| e.at("where")));
        }
        let wrong = |name: &String| schema.resolve(name).err();
        for (i, (field, _)) in self.find.order.iter().enumerate() {
            broken.extend(wrong(field).map(|e| e.at("field").at_index(i).at("order")));
        }
        for (i, column) in self.columns.iter().enumerate() {
            if TableColumn::of(self.find.kind, column).is_none() {
                broken.extend(wrong(column).map(|e| e.at_index(i).at("columns")));
            }
        }
        broken
    }

    /// Checks the whole definition, as it is when somebody saves it.
    ///
    /// # Errors
    /// The first thing that does not fit the record, with its path.
    pub fn check(&self, rules: &Rules) -> Result<()> {
        if let Some(first) = self.broken(rules).into_iter().next() {
            return Err(first);
        }
        // What only the whole can break: limits of size, an order over a set of texts.
        let reader = Reader::anybody();
        let schema = rules.schema(self.find.kind);
        let plain = self
            .find
            .filter
            .as_ref()
            .map(|f| filter::resolve(&without_segments(f), &schema, &reader).map(|r| r.predicate));
        let filter = plain.transpose().map_err(|e| e.at("where"))?;
        Find { filter, ..self.find.clone() }.compile(rules, reader.at).map(|_| ())
    }
}

fn columns(json: &Json) -> Result<Vec<String>> {
    let shape = || Problem::WrongShape { expected: "a list", found: json::shown(json) };
    let list = json.as_array().ok_or_else(shape)?;
    if list.len() > MOST_COLUMNS {
        let (found, most) = (json::length(list.len()), json::length(MOST_COLUMNS));
        return Err(Problem::TooMany { what: "columns", found, most }.into());
    }
    let mut names: Vec<String> = Vec::with_capacity(list.len());
    for (i, item) in list.iter().enumerate() {
        let wrong = || Error::from(Problem::WrongShape { expected: "text", found: json::shown(item) }).at_index(i);
        let name = item.as_str().ok_or_else(wrong)?;
        if names.iter().any(|n| n == name) {
            return Err(Error::from(RulesProblem::DuplicateId { id: name.to_owned() }).at_index(i));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// Of a question the part that a view takes over from whoever opens it: the page, and the days where the view has none of
/// its own.
pub(crate) fn with_page(find: &Find, body: &Map<String, Json>) -> Result<Find> {
    let mut page = Map::new();
    page.insert("record".into(), find.kind.name().into());
    for key in ["limit", "after", "zone", "week_start"] {
        if let Some(value) = body.get(key) {
            page.insert(key.into(), value.clone());
        }
    }
    let page = Find::from_json(&page)?;
    let (zone, week_start) = (find.zone.clone().or(page.zone), find.week_start.or(page.week_start));
    Ok(Find { limit: page.limit, after: page.after, zone, week_start, ..find.clone() })
}
