//! Linking an activity to further records, each in its part.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::id_of;
use super::linkage::OF_ACTIVITIES;
use super::log_activity::role_of;
use super::targets::{TARGETS, target_of};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{Key, Kind};
use crate::rules::Rules;

/// Links an activity to one more record. A link that is there stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkActivity {
    /// The activity.
    pub id: Id,
    /// As what: attendee, mentioned ...; may be empty.
    pub role: String,
    /// The record.
    pub target: Key,
}

/// Takes such a link away. The records that the activity names itself are fields of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlinkActivity {
    /// The activity.
    pub id: Id,
    /// Only the link in this part; all to the record where there is none.
    pub role: Option<String>,
    /// The record.
    pub target: Key,
}

/// How many links a command made or took away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    /// How many.
    pub changed: u64,
}

const KEYS: &[&str] = &["id", "role", "account", "contact", "deal", "lead", "ticket"];

fn write(id: Id, role: Option<&str>, target: Key) -> Json {
    let mut map = Map::new();
    map.insert("id".into(), id.to_string().into());
    if let Some(role) = role.filter(|role| !role.is_empty()) {
        map.insert("role".into(), role.into());
    }
    map.insert(target.kind.name().into(), target.id.to_string().into());
    Json::Object(map)
}

fn read(body: &Json) -> Result<(Id, String, Key)> {
    let map = json::object(body, "an object with `id`")?;
    json::only_keys(map, KEYS)?;
    let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
    Ok((id, role_of(map)?, target_of(map, TARGETS)?))
}

impl Command for LinkActivity {
    type Output = Linked;
    const VERB: Verb = Verb::Log;

    fn name() -> Cow<'static, str> {
        "activity.link".into()
    }

    fn to_json(&self) -> Json {
        write(self.id, Some(&self.role), self.target)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (id, role, target) = read(body)?;
        Ok(LinkActivity { id, role, target })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Linked> {
        let activity = Key { kind: Kind::Activity, id: self.id };
        cx.active(activity)?;
        // Whoever has a record that an activity is linked to changes the activity, so only they may link it who do.
        cx.reached(activity)?;
        cx.active(self.target).map_err(|e| e.at(self.target.kind.name()))?;
        let (_, changed) = OF_ACTIVITIES.add(cx, self.id, &self.role, self.target)?;
        Ok(Linked { changed: changed.into() })
    }
}

impl Command for UnlinkActivity {
    type Output = Linked;
    const VERB: Verb = Verb::Archive;

    fn name() -> Cow<'static, str> {
        "activity.unlink".into()
    }

    fn to_json(&self) -> Json {
        write(self.id, self.role.as_deref(), self.target)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (id, role, target) = read(body)?;
        Ok(UnlinkActivity { id, role: Some(role).filter(|role| !role.is_empty()), target })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Linked> {
        cx.active(Key { kind: Kind::Activity, id: self.id })?;
        let changed = OF_ACTIVITIES.remove(cx, self.id, self.role.as_deref(), self.target)?;
        if changed == 0 {
            let record = Kind::ActivityLink.name().into();
            return Err(Problem::NotFound { record, id: self.target.id.to_string() }.into());
        }
        Ok(Linked { changed })
    }
}
