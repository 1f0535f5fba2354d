//! Saying yes: to one draft as it was seen, or to several.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::approval_policy::judge;
use super::body::{instant_of, text_of};
use super::draft_carry_out::carry_out;
use super::draft_state::{Turn, decider, draft_of, happen};
use super::draft_steps::{DraftSeen, DraftStep, put_note};
use super::draft_submit::{draft_at, refuse_forbidden};
use super::patch::patch;
use super::revise::Sound as _;
use super::{Command, Cx, Patch, Verb};
use crate::kernel::approval::{DraftKind, DraftState};
use crate::kernel::error::{Code, Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::time::{Instant, format_instant};
use crate::model::Draft;
use crate::rules::Rules;
use crate::rules::approval::{Backing, Event, Seen};

/// Most drafts that one command approves: more than that nobody has read.
const MOST_APPROVED: usize = 50;

/// Says yes to a draft exactly as it was seen. A message goes into the outbox, a proposed command is carried out, in the
/// same commit.
#[derive(Clone, Debug, PartialEq)]
pub struct ApproveDraft {
    /// What was seen.
    pub seen: DraftSeen,
    /// What there is to say about it.
    pub note: String,
    /// That the person looked at what the law asks a person to look at.
    pub is_reviewed: bool,
    /// It leaves no earlier.
    pub send_not_before: Option<Instant>,
    /// The approver's own edit of what was seen: with it, it is approved. What asks for four eyes or for a teammate's check
    /// is then for somebody else.
    pub fields: Map<String, Json>,
}

impl ApproveDraft {
    /// As it was seen.
    pub fn new(seen: DraftSeen) -> Self {
        Self { seen, note: String::new(), is_reviewed: false, send_not_before: None, fields: Map::new() }
    }
}

impl Command for ApproveDraft {
    type Output = DraftStep;
    const VERB: Verb = Verb::Approve;

    fn name() -> Cow<'static, str> {
        "draft.approve".into()
    }

    fn to_json(&self) -> Json {
        let mut map = self.seen.to_map();
        put_note(&mut map, &self.note);
        if self.is_reviewed {
            map.insert("is_reviewed".into(), true.into());
        }
        if let Some(at) = self.send_not_before {
            map.insert("send_not_before".into(), format_instant(at).into());
        }
        if !self.fields.is_empty() {
            map.insert("fields".into(), Json::Object(self.fields.clone()));
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`, `revision` and `content_hash`")?;
        let keys = &["id", "revision", "content_hash", "note", "is_reviewed", "send_not_before", "fields"];
        json::only_keys(map, keys)?;
        let seen = DraftSeen::from_map(map)?;
        let is_reviewed = match map.get("is_reviewed") {
            None | Some(Json::Null) => false,
            Some(Json::Bool(is)) => *is,
            Some(other) => {
                return Err(Error::from(Problem::NotABoolean { found: json::shown(other) }).at("is_reviewed"));
            }
        };
        let fields = match map.get("fields").filter(|fields| !fields.is_null()) {
            None => Map::new(),
            // Read as the edit that it is.
            Some(fields) => {
                let edit = serde_json::json!({"id": seen.id.to_string(), "fields": fields});
                <Patch<Draft> as Command>::from_json(&edit, rules)?.fields
            }
        };
        let (note, send_not_before) = (text_of(map, "note")?.unwrap_or_default(), instant_of(map, "send_not_before")?);
        Ok(Self { seen, note, is_reviewed, send_not_before, fields })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<DraftStep> {
        cx.reached(self.seen.key())?;
        cx.decides(Some(self.seen.id));
        let step = approve(cx, self);
        cx.decides(None);
        step
    }
}

fn approve(cx: &mut Cx<'_>, order: &ApproveDraft) -> Result<DraftStep> {
    let (id, by) = (order.seen.id, decider(cx));
    let (_, proposal) = draft_at(cx, id)?;
    // Whoever may not say no does not say yes either, and nobody decides about what they have not seen.
    proposal.step(&Event::Reject { seen: order.seen.seen(), by: by.clone() }, cx.at())?;
    let mut seen = order.seen.seen();
    if !order.fields.is_empty() {
        seen = edited(cx, order)?;
    }
    let (draft, proposal) = draft_at(cx, id)?;
    let judged = judge(cx, id, &draft, &proposal)?;
    refuse_forbidden(&judged)?;
    if proposal.state() == DraftState::Waiting && proposal.terms() != Some(judged.terms) {
        // What the policy says by now holds; the time to decide does not begin anew.
        let event = Event::Submit { terms: judged.terms, expires_at: proposal.expires_at() };
        happen(cx, id, &Turn { reasons: judged.reasons.clone(), ..Turn::new(event) })?;
    }
    let event = Event::Approve {
        seen,
        by,
        backing: Backing::Person,
        expires_at: judged.approval_expires_at,
        not_before: judged.not_before.max(order.send_not_before),
        is_reviewed: order.is_reviewed,
    };
    let row = happen(cx, id, &Turn { note: order.note.clone(), ..Turn::new(event) })?;
    if draft.kind != Some(DraftKind::Command) {
        return DraftStep::of(&row, None);
    }
    let output = carry_out(cx, id, None)?;
    DraftStep::of(&cx.existing(order.seen.key())?, Some(output))
}

/// The approver's own edit; gives what is seen then. The edit asks again by itself.
fn edited(cx: &mut Cx<'_>, order: &ApproveDraft) -> Result<Seen> {
    patch(cx, order.seen.key(), None, &order.fields)?;
    let row = cx.existing(order.seen.key())?;
    if let Some(draft) = draft_of(&row) {
        draft.check(None, cx.rules(), cx.at()).map_err(|e| e.at("fields"))?;
    }
    let (_, proposal) = draft_at(cx, order.seen.id)?;
    Ok(Seen { revision: proposal.revision(), content_hash: proposal.content_hash().to_owned() })
}

/// Says yes to several drafts, each as it was seen; those that cannot be approved are told and left as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApproveDrafts {
    /// What was seen; at most 50.
    pub items: Vec<DraftSeen>,
}

/// What became of several drafts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApprovedDrafts {
    /// How many were approved.
    pub approved: u64,
    /// How many were not.
    pub refused: u64,
    /// Each, in the order in which they were given.
    pub items: Vec<ApprovedDraft>,
}

/// What became of one of several drafts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApprovedDraft {
    /// The draft.
    pub id: Id,
    /// Where it stands, if it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<DraftStep>,
    /// Why it was not: the error's code, field and detail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Json>,
}

impl Command for ApproveDrafts {
    type Output = ApprovedDrafts;
    const VERB: Verb = Verb::Approve;

    fn name() -> Cow<'static, str> {
        "draft.approve_all".into()
    }

    fn to_json(&self) -> Json {
        let items: Vec<Json> = self.items.iter().map(|seen| Json::Object(seen.to_map())).collect();
        serde_json::json!({"items": items})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `items`")?;
        json::only_keys(map, &["items"])?;
        let items = map.get("items").ok_or_else(|| Problem::Missing { name: "items".into() })?;
        let Json::Array(items) = items else {
            let (expected, found) = ("a list of drafts as they were seen", json::shown(items));
            return Err(Error::from(Problem::WrongShape { expected, found }).at("items"));
        };
        if items.len() > MOST_APPROVED {
            let (found, most) = (json::length(items.len()), json::length(MOST_APPROVED));
            return Err(Error::from(Problem::TooMany { what: "drafts", found, most }).at("items"));
        }
        let read = |item: &Json| {
            let map = json::object(item, "an object with `id`, `revision` and `content_hash`")?;
            json::only_keys(map, const { &DraftSeen::KEYS })?;
            DraftSeen::from_map(map)
        };
        let nth = |(place, item)| read(item).map_err(|e: Error| e.at_index(place).at("items"));
        Ok(Self { items: items.iter().enumerate().map(nth).collect::<Result<_>>()? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<ApprovedDrafts> {
        let mut all = ApprovedDrafts { approved: 0, refused: 0, items: Vec::with_capacity(self.items.len()) };
        for seen in &self.items {
            let done = cx.attempt(|cx| ApproveDraft::new(seen.clone()).decide(cx));
            let (count, step, error) = match done {
                Ok(step) => (&mut all.approved, Some(step), None),
                Err(error) if is_of_the_store(error.code()) => return Err(error),
                Err(error) => (&mut all.refused, None, Some(told(&error))),
            };
            *count = count.saturating_add(1);
            all.items.push(ApprovedDraft { id: seen.id, step, error });
        }
        Ok(all)
    }
}

/// Whether an error says nothing of the draft.
const fn is_of_the_store(code: Code) -> bool {
    matches!(
        code,
        Code::Busy | Code::StorageFull | Code::StorageFailed | Code::Corrupt | Code::NewerSchema | Code::Panic
    )
}

/// What the trail keeps of an error: codes, no sentences.
pub(super) fn told(error: &Error) -> Json {
    let mut map = error.to_json().as_object().cloned().unwrap_or_default();
    map.remove("message");
    Json::Object(map)
}
