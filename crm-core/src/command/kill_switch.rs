//! Stopping everything that leaves, and letting it go on.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::text_of;
use super::{Command, Cx, Verb};
use crate::kernel::error::Result;
use crate::kernel::json;
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Key, KillSwitch, Kind, Row};
use crate::rules::Rules;

/// Most characters of a note.
const MOST_NOTE: usize = 1000;

/// Stops everything that leaves: from this commit on no hand-off begins. What was given to a channel before is on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopEverything {
    /// Why.
    pub note: String,
}

/// Lets go on what was stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResumeEverything {
    /// Why.
    pub note: String,
}

/// Whether everything is stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switched {
    /// Whether it is.
    pub stopped: bool,
    /// Who stopped it, or let it go on; empty where nobody ever did.
    pub by: String,
    /// When.
    pub since: Option<Instant>,
    /// Why.
    pub note: String,
}

/// Where the switch is kept.
pub(crate) fn switch_key() -> Key {
    Key { kind: Kind::KillSwitch, id: KillSwitch::id_of() }
}

/// The switch of a row.
pub(crate) const fn switch_of(row: &Row) -> Option<&KillSwitch> {
    match &row.body {
        AnyRecord::KillSwitch(switch) => Some(switch),
        _ => None,
    }
}

impl From<&KillSwitch> for Switched {
    fn from(switch: &KillSwitch) -> Self {
        let stopped = switch.stopped.unwrap_or(false);
        Switched { stopped, by: switch.by.clone(), since: switch.since, note: switch.note.clone() }
    }
}

/// Turns the switch; one that stands so already stays as it is.
fn turn(cx: &mut Cx<'_>, stopped: bool, note: &str) -> Result<Switched> {
    let known = cx.row(switch_key())?;
    let former = known.as_ref().and_then(switch_of).map(Switched::from).unwrap_or_default();
    if former.stopped == stopped {
        return Ok(former);
    }
    let (by, since) = (cx.actor().name().to_owned(), Some(cx.at()));
    let switch = KillSwitch { stopped: Some(stopped), by, since, note: note.to_owned(), ..KillSwitch::default() };
    let answer = Switched::from(&switch);
    match known {
        None => cx.insert(KillSwitch::id_of(), switch.into())?,
        Some(row) => cx.update(Row { body: switch.into(), ..row })?,
    };
    Ok(answer)
}

macro_rules! turns {
    ($($name:ident = $text:literal, $verb:expr, $stopped:literal;)*) => { $(
        impl Command for $name {
            type Output = Switched;
            const VERB: Verb = $verb;

            fn name() -> Cow<'static, str> {
                $text.into()
            }

            fn to_json(&self) -> Json {
                let mut map = Map::new();
                if !self.note.is_empty() {
                    map.insert("note".into(), self.note.as_str().into());
                }
                Json::Object(map)
            }

            fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
                let map = json::object(body, "an object with `note`")?;
                json::only_keys(map, &["note"])?;
                Ok(Self { note: note_of(map)? })
            }

            fn decide(&self, cx: &mut Cx<'_>) -> Result<Switched> {
                turn(cx, $stopped, &self.note)
            }
        }
    )* };
}

turns! {
    StopEverything = "kill_switch.stop", Verb::Stop, true;
    ResumeEverything = "kill_switch.resume", Verb::Connect, false;
}

/// The note under `note`, of at most a thousand characters.
pub(super) fn note_of(map: &Map<String, Json>) -> Result<String> {
    let note = text_of(map, "note")?.unwrap_or_default();
    super::exchange_rate::at_most(&note, MOST_NOTE).map_err(|e| e.at("note"))?;
    Ok(note)
}
