//! Proposing a command that waits for an OK: what it would do is shown, and nothing of it is done.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::body::{id_of, required_text, text_of};
use super::draft_shown::Shown;
use super::draft_steps::put_note;
use super::draft_submit::{draft_at, submitted};
use super::targets::{TARGETS, Targets, context_of};
use super::{AnyCommand, Command, Cx, Role, Verb, allowed, parse, verb_of};
use crate::kernel::approval::{DraftKind, DraftState};
use crate::kernel::approval_problem::ApprovalProblem;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::model::{AnyRecord, Draft, Key, Kind, Row};
use crate::rules::{Rules, kind};

/// Most bytes of a proposed command's body and of what is shown of it.
const MOST_BYTES: usize = 262_144;
/// Most reasons that somebody gives for one proposal.
const MOST_REASONS: usize = 20;

/// What decides about drafts, is the gate itself, or only brings up to date what is decided: nobody proposes that.
const NEVER_PROPOSED: &[&str] = &[
    "approval_rule.",
    "channel.",
    "conversation.",
    "draft.",
    "kill_switch.",
    "message.",
    "outbox.",
    "report.",
    "saved_",
    "segment.refresh",
];

/// Whether a command may wait for somebody's OK.
pub fn is_proposable(command: &str) -> bool {
    use Verb as V;
    let Some(verb) = verb_of(command) else { return false };
    let gate = [V::Read, V::Audit, V::Propose, V::PeerCheck, V::Approve, V::Deliver, V::Stop, V::Connect, V::Draft];
    !gate.contains(&verb) && !NEVER_PROPOSED.iter().any(|start| command.starts_with(start))
}

/// Whether a command that a role may not give is held for somebody's OK instead of being refused: what agents may not do to
/// records and people may.
pub fn is_held(role: Role, command: &str) -> bool {
    use Verb as V;
    let held = [V::Archive, V::Restore, V::Convert, V::Merge, V::Split, V::HandOver, V::Issue, V::Serve, V::Segment];
    let is_refused = |verb: Verb| held.contains(&verb) && !allowed(role, verb);
    role == Role::Agent && verb_of(command).is_some_and(is_refused) && is_proposable(command)
}

/// A command that somebody proposes, with what there is to say for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProposeCommand {
    /// The draft's id, where the host has its own.
    pub id: Option<Id>,
    /// The command's name.
    pub command: String,
    /// Its body, as the command writes it.
    pub body: Json,
    /// What there is to say about it.
    pub note: String,
    /// Why: a list of objects with a `code` each.
    pub reasons: Vec<Json>,
    /// How sure the author is, in basis points.
    pub confidence_bp: Option<i64>,
    /// Where it was learnt from, where that is text from outside.
    pub sources: Vec<String>,
    /// What made it, said once; only the library's own proposals have one.
    pub(crate) origin_key: String,
    /// The records that it belongs to; those that the body names otherwise.
    pub(crate) links: Map<String, Json>,
}

/// A command that waits for an OK, or was carried out at once by a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposed {
    /// The draft.
    pub draft: Id,
    /// The row's version.
    pub version: u64,
    /// Where it stands.
    pub state: DraftState,
    /// Its revision, for whoever decides.
    pub revision: u64,
    /// The hash of its content, for whoever decides.
    pub content_hash: String,
    /// Why it waits, or does not.
    pub reasons: Vec<Json>,
    /// What the command answered, where a rule let it be carried out at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Json>,
}

impl ProposeCommand {
    /// A command, as somebody would give it.
    pub fn of(command: &dyn AnyCommand) -> Self {
        Self { command: command.name().into_owned(), body: command.to_json(), ..Self::default() }
    }

    /// Writes the draft and gives it to whoever decides.
    ///
    /// # Errors
    /// What the command would refuse, and what submitting does.
    pub(crate) fn propose(&self, cx: &mut Cx<'_>) -> Result<Proposed> {
        let command = self.parsed(cx.rules())?;
        let body = json::canonical(&command.to_json());
        refuse_long(&body)?;
        let preview = Shown::of(cx, &*command)?.to_text();
        refuse_long(&preview)?;
        let reasons =
            if self.reasons.is_empty() { String::new() } else { json::canonical(&self.reasons.clone().into()) };
        let draft = Draft {
            kind: Some(DraftKind::Command),
            command: self.command.clone(),
            command_body: body,
            preview,
            reasons,
            text: self.note.clone(),
            confidence_bp: self.confidence_bp,
            sources: self.sources.clone(),
            origin_key: self.origin_key.clone(),
            author: cx.actor().name().to_owned(),
            ..Draft::default()
        };
        let mut body: AnyRecord = draft.into();
        self.targets(cx)?.write(&mut body)?;
        let id = self.id.unwrap_or_else(|| cx.new_id());
        cx.insert(id, body)?;
        let done = submitted(cx, id)?;
        let (draft, proposal) = draft_at(cx, id)?;
        Ok(Proposed {
            draft: id,
            version: done.row.version,
            state: proposal.state(),
            revision: proposal.revision().into(),
            content_hash: draft.content_hash,
            reasons: done.reasons.iter().map(|reason: &Reason| Json::Object(reason.to_json(None))).collect(),
            output: done.output,
        })
    }

    fn parsed(&self, rules: &Rules) -> Result<Box<dyn AnyCommand>> {
        if verb_of(&self.command).is_some() && !is_proposable(&self.command) {
            let problem = ApprovalProblem::NotProposable { command: self.command.clone() };
            return Err(Error::from(problem).at("command"));
        }
        let parsed = parse(&self.command, &self.body, rules);
        parsed.map_err(|e| if e.field().is_some() { e.at("body") } else { e })
    }

    /// The records that the draft belongs to, with what goes with them.
    fn targets(&self, cx: &mut Cx<'_>) -> Result<Targets> {
        let empty = Map::new();
        let given = if self.links.is_empty() { self.body.as_object().unwrap_or(&empty) } else { &self.links };
        let mut body = AnyRecord::from(Draft::default());
        for target in TARGETS {
            if let Some(id) = given.get(target.name()).filter(|id| id.is_string()) {
                Targets::one(Key { kind: *target, id: Id::from_json(id)? }).write(&mut body)?;
            }
        }
        let about = self.command.split('.').next().and_then(|name| kind(name).ok());
        if let (Some(about), true) = (about, self.links.is_empty()) {
            let first = ["id", "primary", "survivor"].iter().find_map(|key| given.get(*key));
            let first = first.or_else(|| given.get("ids").and_then(|ids| ids.get(0)));
            if let Some(Ok(id)) = first.map(Id::from_json) {
                let key = Key { kind: about, id };
                match (TARGETS.contains(&about), cx.row(key)?) {
                    (true, Some(_)) => Targets::one(key).write(&mut body)?,
                    (false, Some(row)) => Targets::of(&row.body).write(&mut body)?,
                    _ => {}
                }
            }
        }
        let named = Targets::of(&body);
        let mut seen = Targets::default();
        for key in named.keys() {
            if cx.row(key)?.is_some() {
                seen = seen.with(key);
            }
        }
        context_of(cx, &seen)
    }
}

fn refuse_long(text: &str) -> Result<()> {
    if text.len() <= MOST_BYTES {
        return Ok(());
    }
    Err(Problem::TooLong { bytes: json::length(text.len()), most: json::length(MOST_BYTES) }.into())
}

/// Looks again at what a proposed command would do; where that is something else, the draft is another.
///
/// # Errors
/// What the command would refuse.
pub(super) fn look_again(cx: &mut Cx<'_>, id: Id) -> Result<()> {
    let (draft, proposal) = draft_at(cx, id)?;
    let is_open = matches!(proposal.state(), DraftState::Drafting | DraftState::Waiting);
    if draft.kind != Some(DraftKind::Command) || !is_open {
        return Ok(());
    }
    let body = json::parse(draft.command_body.as_bytes())?;
    let command = parse(&draft.command, &body, cx.rules())?;
    let preview = Shown::of(cx, &*command)?.to_text();
    refuse_long(&preview)?;
    let row = cx.existing(Key { kind: Kind::Draft, id })?;
    cx.update(Row { body: Draft { preview, ..draft }.into(), ..row })?;
    Ok(())
}

impl Command for ProposeCommand {
    type Output = Proposed;
    const VERB: Verb = Verb::Propose;

    fn name() -> Cow<'static, str> {
        "draft.propose".into()
    }

    fn to_json(&self) -> Json {
        let mut map = self.links.clone();
        if let Some(id) = self.id {
            map.insert("id".into(), id.to_string().into());
        }
        map.insert("command".into(), self.command.as_str().into());
        map.insert("body".into(), self.body.clone());
        put_note(&mut map, &self.note);
        if !self.reasons.is_empty() {
            map.insert("reasons".into(), self.reasons.clone().into());
        }
        if let Some(confidence) = self.confidence_bp {
            map.insert("confidence_bp".into(), confidence.into());
        }
        if !self.sources.is_empty() {
            map.insert("sources".into(), json!(self.sources));
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `command` and `body`")?;
        let keys = &[
            "id",
            "command",
            "body",
            "note",
            "reasons",
            "confidence_bp",
            "sources",
            "lead",
            "account",
            "contact",
            "deal",
            "ticket",
        ];
        json::only_keys(map, keys)?;
        let named = |kind: &&Kind| map.get(kind.name()).is_some_and(|id| !id.is_null());
        let mut links = Map::new();
        for target in TARGETS.iter().filter(named) {
            let id = id_of(map, target.name())?.map(|id| id.to_string());
            links.insert(target.name().into(), id.into());
        }
        let confidence_bp = match json::count_of(map, "confidence_bp")? {
            Some(found) if found > 10_000 => {
                let (found, least, most) = (found.to_string(), "0".into(), "10000".into());
                return Err(Error::from(Problem::OutOfRange { found, least, most }).at("confidence_bp"));
            }
            confidence => confidence.and_then(|bp| i64::try_from(bp).ok()),
        };
        let mut propose = Self {
            id: id_of(map, "id")?,
            command: required_text(map, "command")?,
            body: map.get("body").cloned().unwrap_or_else(|| json!({})),
            note: text_of(map, "note")?.unwrap_or_default(),
            reasons: reasons_of(map)?,
            confidence_bp,
            sources: sources_of(map)?,
            origin_key: String::new(),
            links,
        };
        propose.body = propose.parsed(rules)?.to_json();
        Ok(propose)
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Proposed> {
        self.propose(cx)
    }
}

/// Reasons that somebody gives: objects with a code.
fn reasons_of(map: &Map<String, Json>) -> Result<Vec<Json>> {
    let expected = "a list of at most 20 objects with a `code`";
    let wrong = |found: &Json| Error::from(Problem::WrongShape { expected, found: json::shown(found) }).at("reasons");
    match map.get("reasons") {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Array(all)) if all.len() <= MOST_REASONS => {
            match all.iter().find(|one| !one.get("code").is_some_and(Json::is_string)) {
                Some(other) => Err(wrong(other)),
                None => Ok(all.clone()),
            }
        }
        Some(other) => Err(wrong(other)),
    }
}

fn sources_of(map: &Map<String, Json>) -> Result<Vec<String>> {
    match map.get("sources") {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(sources) => json::typed(sources.clone(), "a list of texts").map_err(|e: Error| e.at("sources")),
    }
}
