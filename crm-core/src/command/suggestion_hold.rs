//! Holding a suggestion: the command that it proposes waits for an OK. Nothing of it is carried out by itself.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{id_of, raw_text, required_text};
use super::compose::ComposeDraft;
use super::draft_propose::ProposeCommand;
use super::draft_state::draft_of;
use super::draft_submit::submit;
use super::next_facts::{held_draft, is_open, origin_of, suggested, told_by_host};
use super::{Command, Cx, Verb};
use crate::kernel::approval::DraftState;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json as kernel_json;
use crate::model::{Draft, Key, Kind, Row};
use crate::rules::next_action::{NextFacts, SUBJECTS, Suggestion};
use crate::rules::{Rules, kind};

/// Holds one suggestion of a record.
///
/// The same suggestion is held once: while nothing that speaks for it changes, holding it again gives the draft that there
/// is, whatever became of it. A message is a draft of its own; any other command is proposed.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldSuggestion {
    /// The record.
    pub record: Key,
    /// The action of the table.
    pub action: String,
    /// The suggestion that was shown; with it, one that is for other reasons by now is refused.
    pub key: Option<String>,
    /// What only the host knows, as the question was asked with.
    pub facts: Option<Json>,
}

/// The draft that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldSuggestion {
    /// The draft.
    pub draft: Id,
    /// Where it stands.
    pub state: DraftState,
    /// Whether it was written now.
    pub is_new: bool,
    /// The suggestion.
    pub key: String,
    /// The draft's revision, for whoever decides.
    pub revision: u64,
    /// The hash of its content, for whoever decides.
    pub content_hash: String,
}

impl Command for HoldSuggestion {
    type Output = HeldSuggestion;
    const VERB: Verb = Verb::Propose;

    fn name() -> Cow<'static, str> {
        "suggestion.hold".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("record".into(), self.record.kind.name().into());
        map.insert("id".into(), self.record.id.to_string().into());
        map.insert("action".into(), self.action.as_str().into());
        if let Some(key) = &self.key {
            map.insert("key".into(), key.as_str().into());
        }
        if let Some(facts) = &self.facts {
            map.insert("facts".into(), facts.clone());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = kernel_json::object(body, "an object with `record`, `id` and `action`")?;
        kernel_json::only_keys(map, &["record", "id", "action", "key", "facts"])?;
        let record = required_text(map, "record")?;
        if !SUBJECTS.contains(&record.as_str()) {
            let found = crate::kernel::text::shortened(&record, 60);
            return Err(Error::from(Problem::NotOneOf { found, expected: SUBJECTS }).at("record"));
        }
        let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
        let facts = map.get("facts").filter(|facts| !facts.is_null()).cloned();
        if let Some(facts) = &facts {
            told_by_host(facts).map_err(|e| e.at("facts"))?;
        }
        Ok(Self {
            record: Key { kind: kind(&record)?, id },
            action: required_text(map, "action")?,
            key: raw_text(map, "key")?.map(str::to_owned),
            facts,
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<HeldSuggestion> {
        let row = cx.active(self.record)?;
        let (one, held) = self.found(cx, &row)?;
        if let Some(key) = self.key.as_ref().filter(|key| **key != one.key) {
            let found = crate::kernel::text::shortened(key, 80);
            return Err(Error::from(Problem::SuggestionChanged { action: self.action.clone(), found }).at("key"));
        }
        if let Some(draft) = held {
            return told(&draft, &one, false);
        }
        let id = match one.command.as_str() {
            "draft.compose" => compose(cx, &one)?,
            _ => propose(cx, &one, self.record)?,
        };
        let row = cx.existing(Key { kind: Kind::Draft, id })?;
        told(&row, &one, true)
    }
}

impl HoldSuggestion {
    /// The suggestion as it is now, with the draft that it became before.
    fn found(&self, cx: &Cx<'_>, row: &Row) -> Result<(Suggestion, Option<Row>)> {
        let unknown = || Problem::NotSuggested { action: crate::kernel::text::shortened(&self.action, 60) };
        if !is_open(row) {
            return Err(Error::from(unknown()).at("action"));
        }
        let told = self.facts.as_ref().map_or_else(|| Ok(NextFacts::default()), told_by_host)?;
        let (rules, at) = (cx.rules(), cx.at());
        let read = cx.seen_by_actor();
        let suggested = suggested(&read, rules, at, row, &told, rules.templates().language())?;
        let is_it = |one: &Suggestion| one.name.id == self.action;
        if let Some(one) = suggested.suggestions.into_iter().find(is_it) {
            return Ok((one, None));
        }
        // What was held is left out for that; holding it again finds it.
        for (one, _) in suggested.left_out {
            if is_it(&one)
                && let Some(draft) = held_draft(&read, rules, at, &one.key)?
            {
                return Ok((one, Some(draft)));
            }
        }
        Err(Error::from(unknown()).at("action"))
    }
}

/// A message: a draft of its own, which waits.
fn compose(cx: &mut Cx<'_>, one: &Suggestion) -> Result<Id> {
    let command = <ComposeDraft as Command>::from_json(&one.body, cx.rules())?;
    let id = command.decide(cx)?.id;
    let row = cx.existing(Key { kind: Kind::Draft, id })?;
    let Some(draft) = draft_of(&row) else {
        return Err(Problem::NotFound { record: Kind::Draft.name().into(), id: id.to_string() }.into());
    };
    let reasons = kernel_json::canonical(&one.reasons_json(None));
    let draft = Draft { origin_key: origin_of(&one.key), reasons, ..draft.clone() };
    cx.by_itself(|cx| cx.update(Row { body: draft.into(), ..row }))?;
    submit(cx, id)?;
    Ok(id)
}

/// Any other command: proposed, with the reasons.
fn propose(cx: &mut Cx<'_>, one: &Suggestion, about: Key) -> Result<Id> {
    let reasons = match one.reasons_json(None) {
        Json::Array(reasons) => reasons,
        _ => Vec::new(),
    };
    let mut links = Map::new();
    links.insert(about.kind.name().into(), about.id.to_string().into());
    let proposal = ProposeCommand {
        command: one.command.clone(),
        body: one.body.clone(),
        note: one.name.text(cx.rules().templates().language()).to_owned(),
        reasons,
        origin_key: origin_of(&one.key),
        links,
        ..ProposeCommand::default()
    };
    Ok(proposal.propose(cx)?.draft)
}

fn told(row: &Row, one: &Suggestion, is_new: bool) -> Result<HeldSuggestion> {
    let missing = || Problem::NotFound { record: Kind::Draft.name().into(), id: row.id.to_string() };
    let draft = draft_of(row).ok_or_else(missing)?;
    Ok(HeldSuggestion {
        draft: row.id,
        state: draft.state.unwrap_or(DraftState::Drafting),
        is_new,
        key: one.key.clone(),
        revision: draft.revision.and_then(|n| u64::try_from(n).ok()).unwrap_or(1),
        content_hash: draft.content_hash.clone(),
    })
}
