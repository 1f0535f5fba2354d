//! What people and agents do with a draft: give it to whoever decides, check it, say no, take it back, try it again.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{id_of, required_text, text_of};
use super::draft_state::{Turn, decider, draft_of, happen};
use super::draft_submit::{draft_at, submitted};
use super::{Command, Cx, Role, Verb};
use crate::kernel::approval::{DraftState, ParcelState};
use crate::kernel::approval_problem::ApprovalProblem;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::approval::{Event, Seen};

/// A draft as somebody saw it: what a decision is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftSeen {
    /// The draft.
    pub id: Id,
    /// Its revision.
    pub revision: u32,
    /// The hash of its content.
    pub content_hash: String,
}

impl DraftSeen {
    pub(super) const KEYS: [&'static str; 3] = ["id", "revision", "content_hash"];

    pub(super) fn from_map(map: &Map<String, Json>) -> Result<Self> {
        let missing = |name: &str| Problem::Missing { name: name.into() };
        let id = id_of(map, "id")?.ok_or_else(|| missing("id"))?;
        let revision = json::count_of(map, "revision")?.ok_or_else(|| missing("revision"))?;
        // No draft has so many revisions: what is beyond is as stale.
        let revision = u32::try_from(revision).unwrap_or(u32::MAX);
        Ok(Self { id, revision, content_hash: required_text(map, "content_hash")? })
    }

    pub(super) fn to_map(&self) -> Map<String, Json> {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        map.insert("revision".into(), self.revision.into());
        map.insert("content_hash".into(), self.content_hash.as_str().into());
        map
    }

    pub(super) fn seen(&self) -> Seen {
        Seen { revision: self.revision, content_hash: self.content_hash.clone() }
    }

    pub(super) const fn key(&self) -> Key {
        Key { kind: Kind::Draft, id: self.id }
    }
}

/// Where a draft stands after a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftStep {
    /// The draft.
    pub id: Id,
    /// The row's version now.
    pub version: u64,
    /// The revision now.
    pub revision: u64,
    /// The hash of its content now.
    pub content_hash: String,
    /// Where it stands.
    pub state: DraftState,
    /// What a proposed command answered that was carried out with this step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Json>,
}

impl DraftStep {
    pub(super) fn of(row: &Row, output: Option<Json>) -> Result<Self> {
        let missing = || Problem::NotFound { record: Kind::Draft.name().into(), id: row.id.to_string() };
        let draft = draft_of(row).ok_or_else(missing)?;
        Ok(Self {
            id: row.id,
            version: row.version,
            revision: draft.revision.unwrap_or_default().unsigned_abs(),
            content_hash: draft.content_hash.clone(),
            state: draft.state.unwrap_or(DraftState::Drafting),
            output,
        })
    }
}

/// A note under `note`.
pub(super) fn put_note(map: &mut Map<String, Json>, note: &str) {
    if !note.is_empty() {
        map.insert("note".into(), note.into());
    }
}

/// Gives a draft to whoever decides. A proposed command is looked at anew: what it would do is that of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmitDraft {
    /// The draft.
    pub id: Id,
}

impl Command for SubmitDraft {
    type Output = DraftStep;
    const VERB: Verb = Verb::Draft;

    fn name() -> Cow<'static, str> {
        "draft.submit".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"id": self.id.to_string()})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, &["id"])?;
        Ok(Self { id: id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<DraftStep> {
        let key = Key { kind: Kind::Draft, id: self.id };
        cx.reached(key)?;
        cx.active(key)?;
        super::draft_propose::look_again(cx, self.id)?;
        let done = submitted(cx, self.id)?;
        DraftStep::of(&done.row, done.output)
    }
}

/// Says whether a draft is ready, as a teammate who did not write it; people decide afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCheckDraft {
    /// What was looked at.
    pub seen: DraftSeen,
    /// Whether it is ready.
    pub passed: bool,
    /// What there is to say about it.
    pub note: String,
}

impl Command for PeerCheckDraft {
    type Output = DraftStep;
    const VERB: Verb = Verb::PeerCheck;

    fn name() -> Cow<'static, str> {
        "draft.peer_check".into()
    }

    fn to_json(&self) -> Json {
        let mut map = self.seen.to_map();
        map.insert("passed".into(), self.passed.into());
        put_note(&mut map, &self.note);
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`, `revision`, `content_hash` and `passed`")?;
        json::only_keys(map, &["id", "revision", "content_hash", "passed", "note"])?;
        let passed = match map.get("passed") {
            Some(Json::Bool(passed)) => *passed,
            None | Some(Json::Null) => return Err(Problem::Missing { name: "passed".into() }.into()),
            Some(other) => return Err(Error::from(Problem::NotABoolean { found: json::shown(other) }).at("passed")),
        };
        Ok(Self { seen: DraftSeen::from_map(map)?, passed, note: text_of(map, "note")?.unwrap_or_default() })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<DraftStep> {
        cx.reached(self.seen.key())?;
        let event = Event::PeerCheck { by: decider(cx), seen: self.seen.seen(), passed: self.passed };
        let turn = Turn { note: self.note.clone(), ..Turn::new(event) };
        DraftStep::of(&happen(cx, self.seen.id, &turn)?, None)
    }
}

/// A decision with its note.
fn noted(body: &Json) -> Result<(DraftSeen, String)> {
    let map = json::object(body, "an object with `id`, `revision`, `content_hash` and `note`")?;
    json::only_keys(map, &["id", "revision", "content_hash", "note"])?;
    let seen = DraftSeen::from_map(map)?;
    match required_text(map, "note")?.as_str() {
        "" => Err(Problem::Missing { name: "note".into() }.into()),
        note => Ok((seen, note.to_owned())),
    }
}

fn noted_json(seen: &DraftSeen, note: &str) -> Json {
    let mut map = seen.to_map();
    put_note(&mut map, note);
    Json::Object(map)
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $type:ident = $name:literal, $event:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $type {
            /// What was seen.
            pub seen: DraftSeen,
            /// What there is to say about it.
            pub note: String,
        }

        impl Command for $type {
            type Output = DraftStep;
            const VERB: Verb = Verb::Approve;

            fn name() -> Cow<'static, str> {
                $name.into()
            }

            fn to_json(&self) -> Json {
                noted_json(&self.seen, &self.note)
            }

            fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
                let (seen, note) = noted(body)?;
                Ok(Self { seen, note })
            }

            fn decide(&self, cx: &mut Cx<'_>) -> Result<DraftStep> {
                cx.reached(self.seen.key())?;
                let turn = Turn::new(Event::$event { seen: self.seen.seen(), by: decider(cx) });
                DraftStep::of(&happen(cx, self.seen.id, &Turn { note: self.note.clone(), ..turn })?, None)
            }
        }
    )* };
}

refusals! {
    /// Says no to what was seen, and why.
    RejectDraft = "draft.reject", Reject;
    /// Asks for changes of what was seen, and which. Whoever edits it then asks again.
    RequestChanges = "draft.request_changes", RequestChanges;
}

/// Takes a draft back. What may have left stays what it is: the answer's state is then `sending`, `unknown` or `sent`, and
/// only what has not left is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelDraft {
    /// The draft.
    pub id: Id,
    /// Why.
    pub note: String,
}

impl Command for CancelDraft {
    type Output = DraftStep;
    const VERB: Verb = Verb::Draft;

    fn name() -> Cow<'static, str> {
        "draft.cancel".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        put_note(&mut map, &self.note);
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, &["id", "note"])?;
        let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
        Ok(Self { id, note: text_of(map, "note")?.unwrap_or_default() })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<DraftStep> {
        cx.reached(Key { kind: Kind::Draft, id: self.id })?;
        let (_, proposal) = draft_at(cx, self.id)?;
        let (name, role) = (cx.actor().name(), cx.actor().role());
        // An agent takes back what is its own.
        if role == Role::Agent && !proposal.contributors().iter().any(|one| one.name == name) {
            let (role, command) = (role.name().into(), Self::name().into_owned());
            return Err(Problem::Forbidden { role, command }.into());
        }
        let turn = Turn { note: self.note.clone(), ..Turn::new(Event::Cancel) };
        DraftStep::of(&happen(cx, self.id, &turn)?, None)
    }
}

/// Puts what is known not to have left into the outbox again: all of it, or one hand-off. What was approved is what goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryDraft {
    /// The draft.
    pub id: Id,
    /// The hand-off's key; `None` is each that failed.
    pub key: Option<String>,
}

impl Command for RetryDraft {
    type Output = DraftStep;
    const VERB: Verb = Verb::Deliver;

    fn name() -> Cow<'static, str> {
        "draft.retry".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        if let Some(key) = &self.key {
            map.insert("key".into(), key.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, &["id", "key"])?;
        let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
        Ok(Self { id, key: text_of(map, "key")? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<DraftStep> {
        let mut row = cx.reached(Key { kind: Kind::Draft, id: self.id })?;
        let (_, proposal) = draft_at(cx, self.id)?;
        let failed = proposal.parcels().iter().filter(|parcel| parcel.state == ParcelState::Failed);
        let keys: Vec<String> = match &self.key {
            Some(key) => vec![key.clone()],
            None => failed.map(|parcel| parcel.key.clone()).collect(),
        };
        if keys.is_empty() {
            return Err(ApprovalProblem::NothingFailed.into());
        }
        for key in keys {
            row = happen(cx, self.id, &Turn::new(Event::Retry { key }))?;
        }
        DraftStep::of(&row, None)
    }
}
