//! What channels answered, and what somebody found who looked whether a message left.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::text_of;
use super::draft_state::{Turn, draft_of, happen, proposal_of};
use super::kill_switch::note_of;
use super::outbox_start::{handed, item_id};
use super::{Command, Cx, Verb};
use crate::kernel::approval::{DraftState, ParcelState};
use crate::kernel::approval_problem::ApprovalProblem;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::text::shortened;
use crate::rules::Rules;
use crate::rules::approval::{Event, Lookup, Outcome};
use crate::rules::read::Object;

/// Most characters of a channel's id of a message; a line of mail has no more.
const MOST_PROVIDER_ID: usize = 998;

/// Says what a channel answered to a try: `{"id": "...", "fence": 1, "outcome": "sent", "provider_id": "..."}`; `key` in
/// place of `id`, `failed` (with `is_final` where trying again is of no use) or `unknown` in place of `sent`, and a `note`.
///
/// `sent` means that the channel said so, `failed` that it is certain that nothing left. Everything else is `unknown`. The same
/// answer again changes nothing; an answer to an earlier try starts nothing, but that a message left is never lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettleParcel {
    /// The row of the outbox.
    pub id: Id,
    /// The try.
    pub fence: u32,
    /// What the channel answered.
    pub outcome: Outcome,
    /// What there is to say about it.
    pub note: String,
}

/// Says what somebody found who looked whether a message of unknown outcome left:
/// `{"id": "...", "found": "found", "provider_id": "..."}`, `not_found`, or `ambiguous` where something like it left more than
/// once. Only `not_found` puts it into the outbox again, under its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReconcileParcel {
    /// The row of the outbox.
    pub id: Id,
    /// What was found.
    pub found: Lookup,
    /// What there is to say about it.
    pub note: String,
}

/// Where a hand-off stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The row of the outbox.
    pub id: Id,
    /// Where it stands.
    pub state: ParcelState,
    /// The draft.
    pub draft: Id,
    /// Where the draft stands.
    pub draft_state: DraftState,
    /// The channel's id of the message.
    pub provider_id: Option<String>,
    /// Whether there is more than one id that it may have left under.
    pub is_ambiguous: bool,
    /// Whether an earlier try turned out to have left after a later one had begun.
    pub may_have_left_twice: bool,
}

const OUTCOMES: &[&str] = &["sent", "failed", "unknown"];
const LOOKUPS: &[&str] = &["found", "not_found", "ambiguous"];

/// The channel's id, on one line.
fn provider_id(map: &Map<String, Json>) -> Result<Option<String>> {
    let Some(id) = text_of(map, "provider_id")?.filter(|id| !id.trim().is_empty()) else { return Ok(None) };
    let named = |e: Error| e.at("provider_id");
    super::exchange_rate::at_most(&id, MOST_PROVIDER_ID).map_err(named)?;
    if id.chars().any(char::is_control) {
        let found = shortened(&id.escape_debug().to_string(), 60);
        return Err(named(Problem::ControlCharacter { found }.into()));
    }
    Ok(Some(id))
}

/// Refuses a key that says nothing here.
fn refuse(map: &Map<String, Json>, key: &'static str) -> Result<()> {
    match map.get(key).filter(|value| !value.is_null()) {
        None => Ok(()),
        Some(found) => {
            let (expected, found) = ("nothing, for this answer", json::shown(found));
            Err(Error::from(Problem::WrongShape { expected, found }).at(key))
        }
    }
}

fn one_of(map: &Map<String, Json>, key: &'static str, expected: &'static [&'static str]) -> Result<usize> {
    let found = text_of(map, key)?.ok_or_else(|| Problem::Missing { name: key.into() })?;
    let place = expected.iter().position(|one| *one == found);
    place.ok_or_else(|| Error::from(Problem::NotOneOf { found: shortened(&found, 60), expected }).at(key))
}

/// Lets an event of a hand-off happen, and says where it stands then.
fn settle(cx: &mut Cx<'_>, id: Id, note: &str, event: impl FnOnce(String) -> Event) -> Result<Settled> {
    let (item, draft, _) = handed(cx, id)?;
    let turn = Turn { note: note.to_owned(), ..Turn::new(event(item.key.clone())) };
    let row = happen(cx, draft, &turn)?;
    let unknown = || Error::from(ApprovalProblem::UnknownParcel { key: item.key.clone() });
    let proposal = proposal_of(cx.workspace(), draft, draft_of(&row).ok_or_else(unknown)?)?;
    let parcel = proposal.parcel(&item.key).ok_or_else(unknown)?;
    Ok(Settled {
        id,
        state: parcel.state,
        draft,
        draft_state: proposal.state(),
        provider_id: parcel.provider_id.clone(),
        is_ambiguous: parcel.is_ambiguous,
        may_have_left_twice: parcel.may_have_left_twice,
    })
}

fn put(map: &mut Map<String, Json>, key: &str, text: &str) {
    if !text.is_empty() {
        map.insert(key.into(), text.into());
    }
}

impl Command for SettleParcel {
    type Output = Settled;
    const VERB: Verb = Verb::Deliver;

    fn name() -> Cow<'static, str> {
        "outbox.settle".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        map.insert("fence".into(), self.fence.into());
        match &self.outcome {
            Outcome::Sent { provider_id } => {
                map.insert("outcome".into(), "sent".into());
                put(&mut map, "provider_id", provider_id.as_deref().unwrap_or_default());
            }
            Outcome::Failed { is_final } => {
                map.insert("outcome".into(), "failed".into());
                map.insert("is_final".into(), (*is_final).into());
            }
            Outcome::Unknown => {
                map.insert("outcome".into(), "unknown".into());
            }
        }
        put(&mut map, "note", &self.note);
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["id", "key", "fence", "outcome", "provider_id", "is_final", "note"])?;
        let map = json::object(body, "an object with `id`, `fence` and `outcome`")?;
        let fence = json::count_of(map, "fence")?.ok_or_else(|| Problem::Missing { name: "fence".into() })?;
        let beyond = |_| {
            Error::from(Problem::OutOfRange { found: fence.to_string(), least: "1".into(), most: u32::MAX.to_string() })
        };
        let fence = u32::try_from(fence).map_err(beyond).map_err(|e| e.at("fence"))?;
        let outcome = match one_of(map, "outcome", OUTCOMES)? {
            0 => {
                refuse(map, "is_final")?;
                Outcome::Sent { provider_id: provider_id(map)? }
            }
            1 => {
                refuse(map, "provider_id")?;
                Outcome::Failed { is_final: o.flag("is_final", false)? }
            }
            _ => {
                refuse(map, "provider_id")?;
                refuse(map, "is_final")?;
                Outcome::Unknown
            }
        };
        Ok(Self { id: item_id(map)?, fence, outcome, note: note_of(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Settled> {
        let (fence, outcome) = (self.fence, self.outcome.clone());
        settle(cx, self.id, &self.note, |key| Event::Settle { key, fence, outcome })
    }
}

impl Command for ReconcileParcel {
    type Output = Settled;
    const VERB: Verb = Verb::Deliver;

    fn name() -> Cow<'static, str> {
        "outbox.reconcile".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        let (found, provider_id) = match &self.found {
            Lookup::Found { provider_id } => ("found", provider_id.as_deref()),
            Lookup::NotFound => ("not_found", None),
            Lookup::Ambiguous => ("ambiguous", None),
        };
        map.insert("found".into(), found.into());
        put(&mut map, "provider_id", provider_id.unwrap_or_default());
        put(&mut map, "note", &self.note);
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id` and `found`")?;
        json::only_keys(map, &["id", "key", "found", "provider_id", "note"])?;
        let found = match one_of(map, "found", LOOKUPS)? {
            0 => Lookup::Found { provider_id: provider_id(map)? },
            place => {
                refuse(map, "provider_id")?;
                if place == 1 { Lookup::NotFound } else { Lookup::Ambiguous }
            }
        };
        Ok(Self { id: item_id(map)?, found, note: note_of(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Settled> {
        let found = self.found.clone();
        settle(cx, self.id, &self.note, |key| Event::Reconcile { key, found })
    }
}
