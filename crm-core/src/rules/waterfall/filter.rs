//! Which deals a waterfall is about.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::row::{SnapshotRow, category_of};
use crate::kernel::error::{Error, Result, RulesProblem};
use crate::kernel::sales::{Category, StageKind};
use crate::rules::check;
use crate::rules::read::{Object, date, text};

/// Most owners or pipelines of one filter.
const MOST_NAMES: usize = 10_000;

/// A span of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub start: NaiveDate,
    /// The day after the last.
    pub end: NaiveDate,
}

/// Which deals a waterfall is about; an empty set of owners or pipelines is all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// In which days the deal closes; `None` takes any day, and deals without one.
    pub period: Option<Window>,
    /// Whose deals: the host's names of users. Of a deal that is shared, their shares count.
    pub owners: BTreeSet<String>,
    /// The pipelines, by their codes.
    pub pipelines: BTreeSet<String>,
    /// The forecast categories.
    pub categories: BTreeSet<Category>,
}

/// All open deals that a forecast counts.
impl Default for Filter {
    fn default() -> Self {
        let categories = BTreeSet::from([Category::Pipeline, Category::BestCase, Category::Commit]);
        Self { period: None, owners: BTreeSet::new(), pipelines: BTreeSet::new(), categories }
    }
}

impl Filter {
    /// Reads `{"period": {"start", "end"}, "owners": [], "pipelines": [], "categories": []}`; each may be absent.
    /// Without `categories` they are pipeline, best case and commit.
    ///
    /// # Errors
    /// An unknown key, a period that ends before it starts, an unknown category; with the path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["period", "owners", "pipelines", "categories"])?;
        let names = |key| {
            let names = o.list(key, text)?;
            check::most("names", names.len(), MOST_NAMES).map_err(|e| e.at(key))?;
            Ok::<_, Error>(names.into_iter().collect())
        };
        let mut filter = Self { period: o.optional("period", window)?, ..Self::default() };
        filter.owners = names("owners")?;
        filter.pipelines = names("pipelines")?;
        if o.get("categories").is_some() {
            filter.categories = o.list("categories", category_of)?.into_iter().collect();
            if filter.categories.is_empty() {
                return Err(Error::from(RulesProblem::Empty { what: "categories" }).at("categories"));
            }
        }
        Ok(filter)
    }

    /// The filter as JSON, as it counts.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        if let Some(Window { start, end }) = self.period {
            map.insert("period".into(), serde_json::json!({"start": start.to_string(), "end": end.to_string()}));
        }
        for (key, names) in [("owners", &self.owners), ("pipelines", &self.pipelines)] {
            if !names.is_empty() {
                map.insert(key.into(), names.iter().map(String::as_str).collect());
            }
        }
        map.insert("categories".into(), self.categories.iter().map(|c| c.code()).collect());
        Json::Object(map)
    }

    /// Whether a deal is taken; one whose category is not known is, since it could be one of them.
    pub(super) fn takes(&self, row: &SnapshotRow) -> bool {
        let closes = |window: Window| row.close_date.is_some_and(|date| window.start <= date && date < window.end);
        !row.archived
            && row.state != StageKind::Lost
            && self.takes_owner(row)
            && self.takes_pipeline(row)
            && row.category.is_none_or(|category| self.categories.contains(&category))
            && self.period.is_none_or(closes)
    }

    pub(super) fn takes_pipeline(&self, row: &SnapshotRow) -> bool {
        self.pipelines.is_empty() || self.pipelines.contains(&row.pipeline)
    }

    pub(super) fn takes_owner(&self, row: &SnapshotRow) -> bool {
        let taken = |owner: &str| self.owners.contains(owner);
        self.owners.is_empty()
            || if row.shares.is_empty() { taken(&row.owner) } else { row.shares.iter().any(|(owner, _)| taken(owner)) }
    }
}

/// A span of days that ends after it starts.
pub(crate) fn window(json: &Json) -> Result<Window> {
    let o = Object::new(json, &["start", "end"])?;
    let day = |key| date(o.required(key)?).map_err(|e| e.at(key));
    let (start, end) = (day("start")?, day("end")?);
    if start >= end {
        return Err(Error::from(RulesProblem::OutOfOrder).at("end"));
    }
    Ok(Window { start, end })
}
