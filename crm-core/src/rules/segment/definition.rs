//! What a segment's definition says: its condition, and by whose days.

use chrono::Weekday;
use serde_json::{Map, Value as Json};

use crate::kernel::error::Result;
use crate::kernel::predicate::Predicate;
use crate::kernel::zone::Zone;
use crate::model::Kind;
use crate::rules::read::Object;
use crate::rules::report::{weekday, weekday_name};

/// The records that segments are of.
pub const KINDS: &[Kind] = &[Kind::Account, Kind::Contact, Kind::Deal, Kind::Lead];

/// A segment's condition with its days.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    /// Who belongs to it; `None` is a list by name.
    pub filter: Option<Predicate>,
    /// By whose clocks the days of the condition begin; `None` is as configured.
    pub zone: Option<Zone>,
    /// The first day of its weeks; `None` is as configured.
    pub week_start: Option<Weekday>,
}

impl Definition {
    pub(super) const KEYS: &'static [&'static str] = &["where", "zone", "week_start"];

    /// Reads `{"where": {...}, "zone": "Europe/Paris", "week_start": "monday"}`; all may be left out.
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(json: &Json) -> Result<Self> {
        Self::read(&Object::new(json, Self::KEYS)?)
    }

    pub(super) fn read(o: &Object<'_>) -> Result<Self> {
        Ok(Self {
            filter: o.optional("where", Predicate::from_json)?,
            zone: o.zone()?,
            week_start: o.optional("week_start", weekday)?,
        })
    }

    /// The JSON form; [`Definition::from_json`] reads it back.
    pub fn to_json(&self) -> Map<String, Json> {
        let mut map = Map::new();
        if let Some(filter) = &self.filter {
            map.insert("where".into(), filter.to_json());
        }
        if let Some(zone) = &self.zone {
            map.insert("zone".into(), zone.name().into());
        }
        if let Some(day) = self.week_start {
            map.insert("week_start".into(), weekday_name(day).into());
        }
        map
    }
}
