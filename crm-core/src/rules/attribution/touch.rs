//! A touch with where it came from.

use serde_json::{Map, Value as Json};

use super::channel::{Channel, ChannelGroup};
use super::classify::{Arrival, arrival_keys};
use super::prepare::Seen;
use super::settings::AttributionSettings;
use crate::kernel::error::Result;
use crate::kernel::text;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::read::{Object, instant};

/// A touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Its id; empty where it has none.
    pub id: String,
    /// When it was; `None` where only the order is known.
    pub at: Option<Instant>,
    /// What arrived.
    pub arrival: Arrival,
    /// Where it came from.
    pub channel: Channel,
    /// What its channel is called in paths.
    pub label: String,
}

impl Touch {
    /// A touch, classified.
    pub fn new(id: String, at: Option<Instant>, arrival: Arrival, settings: &AttributionSettings) -> Touch {
        let channel = settings.classify(&arrival);
        Touch::known(id, at, arrival, channel)
    }

    /// A touch whose channel is known.
    pub fn known(id: String, at: Option<Instant>, arrival: Arrival, channel: Channel) -> Touch {
        let label = label_of(&channel);
        Touch { id, at, arrival, channel, label }
    }

    /// A touch of a channel that somebody named: one of the groups, or the host's own word.
    pub fn named(
        id: String,
        at: Option<Instant>,
        arrival: Arrival,
        label: String,
        settings: &AttributionSettings,
    ) -> Touch {
        let mut touch = Touch::new(id, at, arrival, settings);
        let folded = text::fold(&label).into_owned();
        touch.channel.group = ChannelGroup::from_code(&folded).unwrap_or(ChannelGroup::Other);
        // What the host says needs no other reason.
        touch.channel.reasons.clear();
        touch.label = label;
        touch
    }

    /// Reads a name alone, or `{"id": "t1", "at": "...", "channel": "search"}` with what [`Arrival::from_json`] takes.
    ///
    /// # Errors
    /// Another key, and texts that are none, empty, too long or with control characters.
    pub fn from_json(json: &Json, settings: &AttributionSettings) -> Result<Touch> {
        if let Some(name) = json.as_str() {
            check::id(name)?;
            let arrival = Arrival::default();
            return Ok(Touch::named(name.to_owned(), None, arrival, name.to_owned(), settings));
        }
        let o = Object::new(json, arrival_keys!("id", "at", "channel"))?;
        let name = |key: &str| {
            let name = o.optional(key, |json| {
                let name = crate::rules::read::text(json)?;
                check::id(&name)?;
                Ok(name)
            })?;
            Ok::<_, crate::kernel::error::Error>(name)
        };
        let id = name("id")?.unwrap_or_default();
        let at = o.optional("at", instant)?;
        let arrival = Arrival::from_object(&o)?;
        Ok(match name("channel")? {
            Some(label) => Touch::named(id, at, arrival, label, settings),
            None => Touch::new(id, at, arrival, settings),
        })
    }

    /// What decides whether it counts.
    pub fn seen(&self) -> Seen<'_> {
        Seen {
            id: &self.id,
            at: self.at.map(|at| at.timestamp_micros()),
            label: &self.label,
            group: self.channel.group,
        }
    }

    /// The whole touch as it was, as JSON; nothing in it comes from another one.
    pub fn to_json(&self, lang: Option<Lang>) -> Map<String, Json> {
        let mut map = Map::new();
        if !self.id.is_empty() {
            map.insert("id".into(), self.id.as_str().into());
        }
        map.insert("at".into(), self.at.map(format_instant).into());
        map.insert("kind".into(), self.arrival.kind.map(|kind| kind.code()).into());
        map.extend(self.channel.to_json(lang));
        for (key, value) in [("referrer", &self.arrival.referrer), ("landing_page", &self.arrival.landing_page)] {
            map.insert(key.into(), Some(value.as_str()).filter(|value| !value.is_empty()).into());
        }
        map.insert("click_ids".into(), self.arrival.click_ids.clone().into());
        map.insert("label".into(), self.label.as_str().into());
        map
    }
}

/// What a channel is called in paths: its group with source and campaign, as far as they are known.
fn label_of(channel: &Channel) -> String {
    let parts = [channel.group.code(), channel.source.as_str(), channel.campaign.as_str()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" / ")
}
