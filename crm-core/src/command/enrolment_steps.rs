//! What people do with an enrolment: let it rest, go on, or take the record out.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::body::{head, head_json, instant_of, only_head};
use super::enrol::told;
use super::enrolment_state::{Told, enrolment_happens, enrolment_of};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::sequence::{Effect, Event};

/// An enrolment after something happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentNow {
    /// Its row.
    pub id: Id,
    /// The row's version now.
    pub version: u64,
    /// How it stands.
    pub status: String,
    /// The step that comes next.
    pub next_step: Option<String>,
    /// When that is due.
    pub due_at: Option<String>,
    /// What was made, passed over or is waited for, as the rule `sequence` has it.
    pub effects: Vec<Json>,
    /// Why.
    pub reasons: Vec<Json>,
}

impl EnrolmentNow {
    pub(super) fn of(done: &Told) -> Self {
        let row = enrolment_of(&done.row);
        let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        EnrolmentNow {
            id: done.row.id,
            version: done.row.version,
            status: row.and_then(|row| row.status).map(|status| status.code().to_owned()).unwrap_or_default(),
            next_step: row.and_then(|row| text(&row.next_step)),
            due_at: row.and_then(|row| row.due_at).map(format_instant),
            effects: done.decision.effects.iter().map(Effect::to_json).collect(),
            reasons: told(&done.decision.reasons),
        }
    }
}

/// The enrolment that somebody changes, in the version that they saw.
pub(super) fn reached(cx: &mut Cx<'_>, id: Id, version: Option<u64>) -> Result<Row> {
    let key = Key { kind: Kind::Enrolment, id };
    cx.active(key)?;
    let row = cx.reached(key)?;
    match version {
        Some(seen) if seen != row.version => {
            let (record, id) = (key.kind.name().into(), id.to_string());
            Err(Problem::Conflict { record, id, expected: seen, found: row.version }.into())
        }
        _ => Ok(row),
    }
}

fn happens(cx: &mut Cx<'_>, id: Id, version: Option<u64>, event: Event) -> Result<EnrolmentNow> {
    reached(cx, id, version)?;
    let at = cx.at();
    Ok(EnrolmentNow::of(&enrolment_happens(cx, id, event, at)?))
}

/// Lets an enrolment rest, until somebody lets it go on or until an instant: `{"id": "...", "until": "..."}`. What it
/// proposed and what has not left waits as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PauseEnrolment {
    /// The enrolment.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
    /// When it goes on by itself.
    pub until: Option<Instant>,
}

impl Command for PauseEnrolment {
    type Output = EnrolmentNow;
    const VERB: Verb = Verb::Enrol;

    fn name() -> Cow<'static, str> {
        "enrolment.pause".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        if let Some(until) = self.until {
            map.insert("until".into(), format_instant(until).into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, &["id", "version", "until"])?;
        let (id, version) = head(map)?;
        Ok(Self { id, version, until: instant_of(map, "until")? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<EnrolmentNow> {
        if let Some(until) = self.until.filter(|until| *until <= cx.at()) {
            let (found, least) = (format_instant(until), format_instant(cx.at()));
            return Err(Error::from(Problem::OutOfRange { found, least, most: "9999-12-31".into() }).at("until"));
        }
        happens(cx, self.id, self.version, Event::Pause { until: self.until })
    }
}

/// Lets an enrolment that rests go on: `{"id": "..."}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResumeEnrolment {
    /// The enrolment.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
}

/// Takes a record out of a sequence: `{"id": "..."}`. No rule puts it back; what it proposed and what has not left is
/// cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoveEnrolment {
    /// The enrolment.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
}

impl Command for ResumeEnrolment {
    type Output = EnrolmentNow;
    const VERB: Verb = Verb::Enrol;

    fn name() -> Cow<'static, str> {
        "enrolment.resume".into()
    }

    fn to_json(&self) -> Json {
        Json::Object(head_json(self.id, self.version))
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (id, version) = only_head(body)?;
        Ok(Self { id, version })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<EnrolmentNow> {
        happens(cx, self.id, self.version, Event::Resume)
    }
}

impl Command for RemoveEnrolment {
    type Output = EnrolmentNow;
    const VERB: Verb = Verb::Enrol;

    fn name() -> Cow<'static, str> {
        "enrolment.remove".into()
    }

    fn to_json(&self) -> Json {
        Json::Object(head_json(self.id, self.version))
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (id, version) = only_head(body)?;
        Ok(Self { id, version })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<EnrolmentNow> {
        happens(cx, self.id, self.version, Event::Remove)
    }
}
