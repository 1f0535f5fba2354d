//! The bodies of held commands: data with a few places that the record fills.

use chrono::{Days, TimeDelta};
use serde_json::{Map, Value as Json};

use super::NextSubject;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::reason::Name;
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant};
use crate::kernel::zone::Zone;
use crate::lang::Lang;

/// Most hours and days ahead.
const MOST_AHEAD: u32 = 10_000;

/// What a text that begins with `@` stands for.
enum Place {
    Id,
    Version,
    Owner,
    Label,
    InHours(u32),
    InDays(u32),
}

/// `@id`, `@version`, `@owner`, `@label`, `@in_hours:4`, `@in_days:2`; any other text is what it is.
fn place(text: &str) -> Result<Option<Place>> {
    let Some(name) = text.strip_prefix('@') else { return Ok(None) };
    let ahead = |count: &str| count.parse::<u32>().ok().filter(|count| *count <= MOST_AHEAD);
    let found = match name.split_once(':') {
        None => match name {
            "id" => Some(Place::Id),
            "version" => Some(Place::Version),
            "owner" => Some(Place::Owner),
            "label" => Some(Place::Label),
            _ => None,
        },
        Some(("in_hours", count)) => ahead(count).map(Place::InHours),
        Some(("in_days", count)) => ahead(count).map(Place::InDays),
        Some(_) => None,
    };
    let expected = &["@id", "@version", "@owner", "@label", "@in_hours:4", "@in_days:2"];
    match found {
        Some(place) => Ok(Some(place)),
        None => Err(Problem::NotOneOf { found: shortened(text, 60), expected }.into()),
    }
}

/// Checks every place of a body.
///
/// # Errors
/// A text that begins with `@` and stands for nothing, with its path.
pub(super) fn check(body: &Json) -> Result<()> {
    match body {
        Json::String(text) => place(text).map(drop),
        Json::Array(all) => {
            all.iter().enumerate().try_for_each(|(i, one)| check(one).map_err(|e: Error| e.at_index(i)))
        }
        Json::Object(map) => map.iter().try_for_each(|(key, one)| check(one).map_err(|e: Error| e.at(key))),
        _ => Ok(()),
    }
}

/// What fills a body.
pub(super) struct Filling<'a> {
    pub(super) subject: &'a NextSubject,
    pub(super) owner: Option<&'a str>,
    pub(super) name: &'a Name,
    pub(super) language: Lang,
    pub(super) zone: &'a Zone,
    pub(super) at: Instant,
}

impl Filling<'_> {
    /// The body with its places filled; what nobody knows is left out.
    pub(super) fn fill(&self, body: &Json) -> Option<Json> {
        match body {
            Json::String(text) => match place(text).ok().flatten() {
                None => Some(Json::String(text.clone())),
                Some(place) => self.value(&place),
            },
            Json::Array(all) => Some(all.iter().filter_map(|one| self.fill(one)).collect()),
            Json::Object(map) => {
                let filled = map.iter().filter_map(|(key, one)| Some((key.clone(), self.fill(one)?)));
                Some(Json::Object(filled.collect::<Map<_, _>>()))
            }
            other => Some(other.clone()),
        }
    }

    fn value(&self, place: &Place) -> Option<Json> {
        Some(match place {
            Place::Id => self.subject.id.as_str().into(),
            Place::Version => self.subject.version?.into(),
            Place::Owner => self.owner?.into(),
            Place::Label => self.name.text(self.language).into(),
            Place::InHours(count) => {
                format_instant(self.at.checked_add_signed(TimeDelta::try_hours((*count).into())?)?).into()
            }
            Place::InDays(count) => {
                self.zone.day(self.at).checked_add_days(Days::new((*count).into()))?.to_string().into()
            }
        })
    }
}
