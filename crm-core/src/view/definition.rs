//! What a saved view says: a question with columns, checked when it is saved and again when it is opened.

use serde_json::{Map, Value as Json};

use super::columns::TableColumn;
use super::find::Find;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::predicate::Predicate;
use crate::rules::Rules;

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
    /// Reads `{"record": "deal", "where": {...}, "order": [...], "archived": "exclude", "columns": ["name", "value"]}`
    /// without checking any field; [`ViewDefinition::broken`] tells which do not fit.
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let map = json::object(json, "an object of options")?;
        json::only_keys(map, &["record", "where", "order", "archived", "columns"])?;
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
            let mut found = Vec::new();
            leaves(filter, &schema, &mut found);
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
        self.find.compile(rules, crate::Instant::UNIX_EPOCH).map(|_| ())
    }
}

/// The tests that do not fit the fields, each with its path inside of the tree.
fn leaves(predicate: &Predicate, schema: &Schema, out: &mut Broken) {
    let mut parts = |key: &str, parts: &[Predicate]| {
        for (i, part) in parts.iter().enumerate() {
            let mut found = Vec::new();
            leaves(part, schema, &mut found);
            out.extend(found.into_iter().map(|e| e.at_index(i).at(key)));
        }
    };
    match predicate {
        Predicate::All(list) => parts("all", list),
        Predicate::Any(list) => parts("any", list),
        Predicate::Not(part) => {
            let mut found = Vec::new();
            leaves(part, schema, &mut found);
            out.extend(found.into_iter().map(|e| e.at("not")));
        }
        Predicate::Test(_) => out.extend(predicate.compile(schema).err()),
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

/// Of a question the part that a view takes over from whoever opens it: the page.
pub(crate) fn with_page(find: &Find, body: &Map<String, Json>) -> Result<Find> {
    let mut page = Map::new();
    page.insert("record".into(), find.kind.name().into());
    for key in ["limit", "after"] {
        if let Some(value) = body.get(key) {
            page.insert(key.into(), value.clone());
        }
    }
    let page = Find::from_json(&page)?;
    Ok(Find { limit: page.limit, after: page.after, ..find.clone() })
}
