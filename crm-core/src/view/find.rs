//! Questions about records: a condition, an order, a page.

use chrono::Weekday;
use serde_json::{Map, Value as Json};

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::predicate::Predicate;
use crate::kernel::zone::Zone;
use crate::model::Kind;
use crate::rules::read::text;
use crate::rules::report::weekday;
use crate::rules::{Rules, kind};
use crate::store::{Archived, Cursor, Order, Query};

/// A question as a host asks it.
///
/// ```json
/// {"record": "lead", "where": {"field": "band", "op": "eq", "value": "hot"},
///  "order": [{"field": "score", "descending": true}], "limit": 50}
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Find {
    /// The kind of record.
    pub kind: Kind,
    /// The condition, which may depend on the reader and the day; `None` finds all.
    pub filter: Option<Predicate>,
    /// Fields to order by, each with whether the largest comes first; every order ends in (created_at, id).
    pub order: Vec<(String, bool)>,
    /// Which rows are seen.
    pub archived: Archived,
    /// By whose clocks the days of the condition begin; `None` as configured.
    pub zone: Option<Zone>,
    /// The first day of its weeks; `None` as configured.
    pub week_start: Option<Weekday>,
    /// The most rows of one page, at most 1,000.
    pub limit: usize,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

impl Find {
    /// All records of a kind that are not archived, oldest first, a hundred a page.
    pub fn all(kind: Kind) -> Self {
        let (archived, zone, week_start) = (Archived::Exclude, None, None);
        Find { kind, filter: None, order: Vec::new(), archived, zone, week_start, limit: 100, after: None }
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(map: &Map<String, Json>) -> Result<Self> {
        json::only_keys(
            map,
            &["record", "where", "order", "archived", "zone", "week_start", "limit", "after", "count"],
        )?;
        let missing = || Problem::Missing { name: "record".into() };
        let mut find = Find::all(kind(map.get("record").and_then(Json::as_str).ok_or_else(missing)?)?);
        if let Some(json) = map.get("where") {
            find.filter = Some(Predicate::from_json(json).map_err(|e| e.at("where"))?);
        }
        if let Some(json) = map.get("order") {
            find.order = order(json).map_err(|e| e.at("order"))?;
        }
        if let Some(json) = map.get("archived") {
            find.archived = match json.as_str() {
                Some("exclude") => Archived::Exclude,
                Some("include") => Archived::Include,
                Some("only") => Archived::Only,
                _ => return Err(json::not_one_of(json, &["exclude", "include", "only"]).at("archived")),
            };
        }
        if let Some(json) = map.get("zone").filter(|j| !j.is_null()) {
            find.zone = Some(text(json).and_then(|name| name.parse()).map_err(|e| e.at("zone"))?);
        }
        if let Some(json) = map.get("week_start").filter(|j| !j.is_null()) {
            find.week_start = Some(weekday(json).map_err(|e| e.at("week_start"))?);
        }
        if let Some(json) = map.get("limit") {
            let limit = json.as_u64().and_then(|n| usize::try_from(n).ok());
            let wrong = || Error::from(Problem::NotAnInteger { found: json::shown(json) }).at("limit");
            find.limit = limit.ok_or_else(wrong)?;
        }
        if let Some(json) = map.get("after").filter(|j| !j.is_null()) {
            find.after = Some(Cursor::from_text(json.as_str().unwrap_or_default()).map_err(|e| e.at("after"))?);
        }
        Ok(find)
    }

    /// The question as stores understand it. Its condition is a plain one, that is the same for every reader; what the
    /// engine is asked it resolves first (see [`rules::filter`](crate::rules::filter)).
    ///
    /// # Errors
    /// Fields and values that do not fit the record, with their path.
    pub fn compile(&self, rules: &Rules, at: crate::Instant) -> Result<Query> {
        let schema = rules.schema(self.kind);
        let filter = self.filter.as_ref().map(|f| f.compile(&schema).map_err(|e| e.at("where"))).transpose()?;
        let mut order = Vec::with_capacity(self.order.len());
        for (i, (field, descending)) in self.order.iter().enumerate() {
            let (field, _) = schema.resolve(field).map_err(|e| e.at("field").at_index(i).at("order"))?;
            order.push(Order { field, descending: *descending });
        }
        let (archived, limit, after) = (self.archived, self.limit, self.after.clone());
        let query = Query { kind: self.kind, schema, filter, sight: None, at, archived, order, limit, after };
        query.check()?;
        Ok(query)
    }
}

/// Most fields of one order.
const MOST_ORDER: usize = 8;

fn order(json: &Json) -> Result<Vec<(String, bool)>> {
    let shape = || Problem::WrongShape { expected: "a list of fields with `field`", found: json::shown(json) };
    let list = json.as_array().ok_or_else(shape)?;
    if list.len() > MOST_ORDER {
        let (found, most) = (json::length(list.len()), json::length(MOST_ORDER));
        return Err(Problem::TooMany { what: "fields", found, most }.into());
    }
    let one = |item: &Json| {
        let map = json::object(item, "an object with `field`")?;
        json::only_keys(map, &["field", "descending"])?;
        let field = map.get("field").and_then(Json::as_str).ok_or_else(|| Problem::Missing { name: "field".into() })?;
        let descending = match map.get("descending") {
            None => false,
            Some(Json::Bool(b)) => *b,
            Some(other) => return Err(Error::from(Problem::NotABoolean { found: json::shown(other) }).at("descending")),
        };
        Ok((field.to_owned(), descending))
    };
    list.iter().enumerate().map(|(i, item)| one(item).map_err(|e: Error| e.at_index(i))).collect()
}
