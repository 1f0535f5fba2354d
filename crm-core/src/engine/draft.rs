//! One draft, as whoever decides has to see it: what would leave or be done, from what is stored and nothing else.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Crm, permit};
use crate::command::{Ctx, Cx, Gate, Shown, Verb, content_of, decider_of, draft_of, proposal_of};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::stored_reason::told_by;
use crate::kernel::text::{hidden_characters, shown_whole};
use crate::kernel::time::format_instant;
use crate::lang::{Clock, Lang};
use crate::model::{AnyRecord, Draft, Key, Kind, Row};
use crate::rules::approval::{Backing, Proposal};
use crate::rules::kind;
use crate::store::{MOST_ROWS, Query, Read, Store};

impl<S: Store> Crm<S> {
    /// The question `draft`: `{"id": "...", "lang": "fr"}`.
    pub(super) fn draft_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "draft")?;
        json::only_keys(body, &["id", "lang"])?;
        let lang = lang_of(body)?;
        let voice = (lang, Clock::of(&self.rules.tasks().days.zone));
        let id = body.get("id").ok_or_else(|| Problem::Missing { name: "id".into() })?;
        let id = Id::from_json(id).map_err(|e: Error| e.at("id"))?;
        let key = Key { kind: Kind::Draft, id };
        let missing = || Problem::NotFound { record: Kind::Draft.name().into(), id: id.to_string() };
        // The whole row, of a draft that the reader sees.
        let whole = self.whole(ctx)?;
        let row = Gate::new(&self.rules, ctx).get(&*whole, key)?.ok_or_else(missing)?;
        let draft = draft_of(&row).ok_or_else(missing)?;
        let proposal = proposal_of(&ctx.workspace, id, draft)?;
        let read = self.reading(ctx)?;
        let mut answer = head(&row, draft, &proposal, voice);
        answer.insert("decision".into(), decision(ctx, &proposal, lang));
        if !draft.command.is_empty() {
            let preview = self.preview(ctx, &*read, &mut Cx::new(&*whole, &self.rules, ctx), draft)?;
            answer.insert("command".into(), preview);
        }
        if let Some(quote) = draft.quote {
            answer.insert("quote".into(), self.quote_of_draft(ctx, &*read, quote, &draft.quote_hash)?);
        }
        answer.insert("events".into(), self.events_of(ctx, &*read, id, voice)?);
        answer.insert("hand_offs".into(), self.hand_offs_of(ctx, &*read, id, voice)?);
        Ok(Json::Object(answer))
    }

    /// What a proposed command would do, as far as the reader sees the rows, and what changed since.
    fn preview(&self, ctx: &Ctx, read: &dyn Read, cx: &mut Cx<'_>, draft: &Draft) -> Result<Json> {
        let shown = Shown::from_text(&draft.preview)?;
        let gate = Gate::new(&self.rules, ctx);
        let mut seen = Vec::new();
        for change in &shown.changes {
            let text = |name: &str| change.get(name).and_then(Json::as_str).unwrap_or_default();
            let key = Key { kind: kind(text("record"))?, id: text("id").parse()? };
            // A row that the command would make is seen by whoever sees all: it is nowhere yet.
            let is_seen = match change.get("row") {
                Some(_) => gate.is_unlimited(),
                None => read.get(key)?.is_some(),
            };
            seen.extend(is_seen.then_some(change));
        }
        let hidden = shown.changes.len().saturating_sub(seen.len());
        let stale = shown.changed(cx)?;
        let mut changed = Vec::new();
        for key in stale {
            if read.get(key)?.is_some() || gate.is_unlimited() {
                changed.push(json!({"record": key.kind.name(), "id": key.id.to_string()}));
            }
        }
        let body: Json = json::parse(draft.command_body.as_bytes())?;
        let output = if hidden == 0 { shown.output.clone() } else { Json::Null };
        Ok(json!({"name": draft.command, "body": body, "output": output, "changes": seen,
            "hidden_changes": json::length(hidden), "changed_since": changed}))
    }

    /// What happened to the draft, in order.
    fn events_of(&self, ctx: &Ctx, read: &dyn Read, id: Id, voice: (Option<Lang>, Clock<'_>)) -> Result<Json> {
        let mut events = Vec::new();
        for row in self.rows_of_draft(ctx, read, Kind::DraftEvent, id)? {
            let number = match &row.body {
                AnyRecord::DraftEvent(event) => event.number,
                _ => None,
            };
            events.push((number, told_row(&row, voice)));
        }
        events.sort_by_key(|(number, _)| *number);
        Ok(events.into_iter().map(|(_, event)| event).collect())
    }

    fn hand_offs_of(&self, ctx: &Ctx, read: &dyn Read, id: Id, voice: (Option<Lang>, Clock<'_>)) -> Result<Json> {
        let rows = self.rows_of_draft(ctx, read, Kind::OutboxItem, id)?;
        Ok(rows.iter().map(|row| told_row(row, voice)).collect())
    }

    /// The first thousand rows of a kind that belong to the draft; no draft has more hand-offs.
    fn rows_of_draft(&self, ctx: &Ctx, read: &dyn Read, kind: Kind, id: Id) -> Result<Vec<Row>> {
        let schema = self.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), ctx.at);
        query.filter = Some(Predicate::test("draft", Operator::Equal, id.to_string()).compile(&schema)?);
        query.limit = MOST_ROWS;
        Ok(read.find(&query)?.rows)
    }
}

/// A row with its reasons as they are told.
fn told_row(row: &Row, (lang, clock): (Option<Lang>, Clock<'_>)) -> Json {
    let mut json = row.to_json();
    if let Some(map) = json.as_object_mut() {
        let reasons = map.get("reasons").and_then(Json::as_str).unwrap_or_default().to_owned();
        map.insert("reasons".into(), told_by(&reasons, lang, clock).into());
        map.retain(|_, value| !value.is_null());
    }
    json
}

/// What it says, exactly, and what of that nobody sees.
fn head(row: &Row, draft: &Draft, proposal: &Proposal, voice: (Option<Lang>, Clock<'_>)) -> Map<String, Json> {
    let mut content = content_of(draft).parts().clone();
    content.remove("preview");
    let mut hidden = Vec::new();
    let mut shown = Map::new();
    let mut look = |name: String, text: &str| {
        let found = hidden_characters(text);
        let found = found.into_iter().map(|(at, c)| json!({"field": name, "at": at, "character": c}));
        hidden.extend(found);
        Json::from(shown_whole(text))
    };
    for (name, value) in &content {
        let visible = match value {
            Json::String(text) => look(name.clone(), text),
            Json::Array(all) => {
                let each = |(i, one): (usize, &Json)| match one.as_str() {
                    Some(text) => look(format!("{name}[{i}]"), text),
                    None => one.clone(),
                };
                all.iter().enumerate().map(each).collect()
            }
            other => other.clone(),
        };
        shown.insert(name.clone(), visible);
    }
    let instant = |at: Option<_>| Json::from(at.map(format_instant));
    let links = [
        ("lead", draft.lead),
        ("account", draft.account),
        ("contact", draft.contact),
        ("deal", draft.deal),
        ("ticket", draft.ticket),
        ("conversation", draft.conversation),
        ("enrolment", draft.enrolment),
        ("quote", draft.quote),
    ];
    let links: Map<String, Json> =
        links.into_iter().filter_map(|(name, id)| Some((name.to_owned(), id?.to_string().into()))).collect();
    let answer = json!({
        "id": row.id.to_string(),
        "version": row.version,
        "archived_at": instant(row.archived_at),
        "kind": proposal.kind().code(),
        "state": proposal.state().code(),
        "revision": proposal.revision(),
        "content_hash": proposal.content_hash(),
        "content": content,
        "shown": shown,
        "hidden": hidden,
        "author": draft.author,
        "confidence_bp": draft.confidence_bp,
        "sources": draft.sources,
        "links": links,
        "waiting_since": instant(draft.waiting_since),
        "expires_at": instant(draft.expires_at),
        "reasons": told_by(&draft.reasons, voice.0, voice.1),
    });
    answer.as_object().cloned().unwrap_or_default()
}

/// Who may decide, whether the reader may, and what was decided.
fn decision(ctx: &Ctx, proposal: &Proposal, lang: Option<Lang>) -> Json {
    let may = proposal.may_decide(&decider_of(ctx));
    let problem = may.as_ref().err().map(|error| {
        let mut map = error.to_json().as_object().cloned().unwrap_or_default();
        map.remove("message");
        if let Some(lang) = lang {
            map.insert("text".into(), error.text(lang).into());
        }
        map
    });
    let check = proposal.peer_check().map(|check| json!({"by": check.by, "passed": check.passed}));
    let approval = proposal.approval().map(|approval| {
        let rule = match &approval.backing {
            Backing::Person => None,
            Backing::Rule { rule, rule_revision } => Some(json!({"id": rule, "revision": rule_revision})),
        };
        json!({"by": approval.by, "role": approval.role.name(), "at": format_instant(approval.at), "rule": rule,
            "revision": approval.revision, "content_hash": approval.content_hash,
            "expires_at": approval.expires_at.map(format_instant), "is_reviewed": approval.is_reviewed})
    });
    let decided = proposal.decided().map(|(by, at)| json!({"by": by, "at": format_instant(at)}));
    let contributors: Vec<Json> =
        proposal.contributors().iter().map(|one| json!({"name": one.name, "role": one.role.name()})).collect();
    json!({"may": may.is_ok(), "problem": problem, "terms": proposal.terms(), "peer_check": check,
        "approval": approval, "decided": decided, "contributors": contributors})
}
