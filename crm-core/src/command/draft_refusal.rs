//! That an agent tried to decide about drafts; nobody gives this as a command.

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};

use super::draft_state::{draft_of, note_refused};
use super::{AnyCommand, Cx, Verb};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::model::{Key, Kind};

/// Most drafts of one attempt that are noted.
const MOST_NOTED: usize = 50;

/// An attempt to decide that was refused.
pub(crate) struct RefusedDecision {
    command: String,
    drafts: Vec<Id>,
}

impl RefusedDecision {
    /// Of a command with its body.
    pub(crate) fn of(command: &str, body: &Json) -> Self {
        let id = |map: &Map<String, Json>| map.get("id").and_then(|id| Id::from_json(id).ok());
        let items = body.get("items").and_then(Json::as_array).into_iter().flatten();
        let drafts = [body].into_iter().chain(items).filter_map(|item| id(item.as_object()?));
        let mut drafts: Vec<Id> = drafts.take(MOST_NOTED).collect();
        drafts.sort_unstable();
        drafts.dedup();
        Self { command: command.to_owned(), drafts }
    }

    /// The drafts that the agent sees.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn seen(&self, cx: &mut Cx<'_>) -> Result<Vec<Id>> {
        let mut seen = Vec::new();
        for id in &self.drafts {
            let row = cx.row(Key { kind: Kind::Draft, id: *id })?;
            seen.extend(row.as_ref().and_then(draft_of).map(|_| *id));
        }
        Ok(seen)
    }
}

impl AnyCommand for RefusedDecision {
    /// Not the name of a command: what is written down is no answer to one.
    fn name(&self) -> Cow<'static, str> {
        "approval_refused".into()
    }

    fn verb(&self) -> Verb {
        Verb::Approve
    }

    fn to_json(&self) -> Json {
        json!({"command": self.command})
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Json> {
        let seen = self.seen(cx)?;
        for id in &seen {
            note_refused(cx, *id)?;
        }
        let ids: Vec<String> = seen.iter().map(Id::to_string).collect();
        Ok(json!({"refused": ids, "role": cx.actor().role().name()}))
    }
}
