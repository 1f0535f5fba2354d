//! The question `library`: every draft by where it stands, each as a card that can be decided about.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Crm, permit};
use crate::command::{Ctx, Verb, allowed, draft_of, proposal_of};
use crate::kernel::approval::{DraftEventKind, DraftKind, DraftState, Via};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json as kernel_json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::stored_reason::told_by;
use crate::kernel::time::format_instant;
use crate::kernel::timeline_reason::TimelineReason;
use crate::lang::{Clock, Lang};
use crate::model::{AnyRecord, Draft, DraftEvent, Key, Kind, Row};
use crate::rules::approval::{Decider, Proposal};
use crate::rules::check;
use crate::rules::read::{Object, coded, list, text};
use crate::store::{Cursor, Order, Query, Read, Store};
use crate::view::{LibraryGroup, first_lines, library_order, library_text};

/// Cards of a group where nobody says how many, and the most.
const USUAL_CARDS: i64 = 20;
const MOST_CARDS: i64 = 100;
/// The records that a draft may belong to.
const RECORDS: &[&str] = &["lead", "account", "contact", "deal", "ticket", "conversation", "enrolment"];
const KEYS: &[&str] = &["states", "kind", "channel", "author", "record", "id", "limit", "after", "as", "zone", "lang"];

impl<S: Store> Crm<S> {
    /// The question `library`: `{"states": ["waiting"], "kind": "message", "channel": "email", "author": "scout", "record":
    /// "lead", "id": "...", "limit": 20, "after": "...", "as": "text", "zone": "Europe/Paris", "lang": "fr"}`. Everything may be
    /// left out; the zone, by whose clocks instants are told, is then that of the part `tasks`.
    ///
    /// The answer has `groups` by state, what waits first for who may decide, each with its `count` and a page of `cards`,
    /// the oldest first where somebody waits, otherwise the latest; `after` goes on with the only state that is asked for.
    /// `{"as": "text"}` gives the same as plain text under `text`.
    pub(super) fn library_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "library")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, KEYS)?;
        let lang = lang_of(body)?;
        let days = self.rules.tasks().days.asked(&o)?;
        let voice = (lang, Clock::of(&days.zone));
        let state = |v: &Json| coded(v, DraftState::from_code, DraftState::CODES);
        let states = o.optional("states", |v| list(v, state))?.filter(|states| !states.is_empty());
        let as_text = o.optional("as", |v| coded(v, |code| (code == "text").then_some(()), &["text"]))?.is_some();
        let limit = o.optional_integer("limit")?.unwrap_or(USUAL_CARDS);
        check::between(limit, 1, MOST_CARDS).map_err(|e| e.at("limit"))?;
        let limit = usize::try_from(limit).unwrap_or(1);
        let after = o.optional("after", |v| Cursor::from_text(&text(v)?))?;
        if after.is_some() && states.as_ref().is_none_or(|states| states.len() != 1) {
            let expected = "one state in `states` to go on with";
            return Err(Error::from(Problem::WrongShape { expected, found: kernel_json::shown(&whole) }).at("after"));
        }
        let filter = filter(&o)?;
        let read = self.reading(ctx)?;
        let decides = allowed(ctx.actor.role(), Verb::Approve);
        let mut groups = Vec::new();
        for state in library_order(decides) {
            if states.as_ref().is_some_and(|states| !states.contains(&state)) {
                continue;
            }
            let mut query = self.drafts_in(ctx, state, &filter)?;
            let count = read.count(&query)?;
            query.limit = limit;
            query.after.clone_from(&after);
            let page = if count == 0 { None } else { Some(read.find(&query)?) };
            let mut cards = Vec::new();
            let mut next = None;
            if let Some(page) = page {
                for row in &page.rows {
                    cards.extend(self.card(&*read, ctx, row, voice)?);
                }
                next = page.next.map(|next| next.to_text());
            }
            groups.push(LibraryGroup { state, count, cards, next });
        }
        if as_text {
            return Ok(
                json!({"at": format_instant(ctx.at), "text": library_text(&groups, lang.unwrap_or_default(), voice.1)}),
            );
        }
        let shown: Json = groups.iter().map(|group| group.to_json(lang)).collect();
        Ok(json!({"at": format_instant(ctx.at), "groups": shown}))
    }

    /// Drafts that stand at a point, in the order in which they are looked at.
    pub(super) fn drafts_in(&self, ctx: &Ctx, state: DraftState, more: &[Predicate]) -> Result<Query> {
        let schema = self.rules.schema(Kind::Draft);
        let mut all = vec![Predicate::test("state", Operator::Equal, state.code())];
        if state == DraftState::Drafting {
            // What was stored before drafts had a gate is being written.
            all = vec![Predicate::Any(vec![
                Predicate::test("state", Operator::Equal, state.code()),
                Predicate::test("state", Operator::IsNull, Json::Null),
            ])];
        }
        all.extend(more.iter().cloned());
        let mut query = Query::all(Kind::Draft, schema.clone(), ctx.at);
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        let (field, descending) = match state {
            DraftState::Waiting => ("waiting_since", false),
            _ => ("updated_at", true),
        };
        query.order = vec![Order { field: schema.resolve(field)?.0, descending }];
        Ok(query)
    }

    /// What somebody sees of a draft in lists, in a language and by clocks; `None` of what is no draft.
    pub(super) fn card(
        &self,
        read: &dyn Read,
        ctx: &Ctx,
        row: &Row,
        voice: (Option<Lang>, Clock<'_>),
    ) -> Result<Option<Json>> {
        let Some(draft) = draft_of(row) else { return Ok(None) };
        let proposal = proposal_of(&ctx.workspace, row.id, draft)?;
        let (lines, is_cut) = first_lines(&draft.text);
        let known = |text: &str| Json::from(Some(text).filter(|text| !text.is_empty()));
        let mut map = Map::new();
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        put("id", row.id.to_string().into());
        put("version", row.version.into());
        put("state", proposal.state().code().into());
        put("kind", draft.kind.unwrap_or(DraftKind::Message).code().into());
        put("channel", known(&draft.channel));
        put("name", known(&self.addressee(read, draft)?));
        put("recipients", json!(draft.recipients));
        put("subject", known(&draft.subject));
        put("first_lines", known(&lines));
        put("is_cut", is_cut.into());
        if draft.kind == Some(DraftKind::Command) {
            put("command", known(&draft.command));
            put("body", parsed(&draft.command_body));
            put("preview", parsed(&draft.preview));
        }
        put("author", known(&draft.author));
        put("is_by_agent", proposal.is_by_agent().into());
        put("reasons", told_by(&draft.reasons, voice.0, voice.1).into());
        put("revision", proposal.revision().into());
        put("content_hash", proposal.content_hash().into());
        let checked = |check: &crate::rules::approval::PeerCheck| json!({"by": check.by, "passed": check.passed});
        put("peer_check", proposal.peer_check().map(checked).into());
        put("terms", serde_json::to_value(proposal.terms()).unwrap_or_default());
        put("waiting_since", draft.waiting_since.map(format_instant).into());
        put("expires_at", draft.expires_at.map(format_instant).into());
        put("may_decide", may_decide(ctx, &proposal, voice.0));
        put("decided", told_of(read, row.id, draft, decides_it, voice)?);
        put("asked", told_of(read, row.id, draft, asks_for_it, voice)?);
        put("held_back", told_of(read, row.id, draft, holds_it_back, voice)?);
        let parcels = proposal.parcels().iter().map(|parcel| {
            json!({
                "key": parcel.key, "recipient": parcel.recipient, "revision": parcel.revision,
                "state": parcel.state.code(), "provider_id": parcel.provider_id,
                "not_before": parcel.not_before.map(format_instant), "may_have_left_twice": parcel.may_have_left_twice,
            })
        });
        put("hand_offs", parcels.collect());
        for (key, id) in links(draft) {
            if let Some(id) = id {
                put(key, id.to_string().into());
            }
        }
        Ok(Some(Json::Object(map)))
    }

    /// What people call whom a draft is for: the person, or else the company.
    fn addressee(&self, read: &dyn Read, draft: &Draft) -> Result<String> {
        let around = [(Kind::Contact, draft.contact), (Kind::Lead, draft.lead), (Kind::Account, draft.account)];
        for (kind, id) in around {
            let Some(id) = id else { continue };
            let name = match read.get(Key { kind, id })?.map(|row| row.body) {
                Some(AnyRecord::Contact(c)) => format!("{} {}", c.first_name, c.last_name),
                Some(AnyRecord::Lead(l)) if l.last_name.is_empty() && l.first_name.is_empty() => l.company,
                Some(AnyRecord::Lead(l)) => format!("{} {}", l.first_name, l.last_name),
                Some(AnyRecord::Account(a)) => a.name,
                _ => String::new(),
            };
            if !name.trim().is_empty() {
                return Ok(name.trim().to_owned());
            }
        }
        Ok(String::new())
    }
}

/// How many of the latest events of a draft a card is told from.
const MOST_EVENTS: u64 = 40;

/// Whether an event is the decision because of which a draft stands where it does.
const fn decides_it(kind: DraftEventKind, stands: DraftState) -> bool {
    use DraftEventKind as K;
    let is_decision = matches!(
        kind,
        K::Approved | K::Rejected | K::ChangesRequested | K::Cancelled | K::Expired | K::Superseded | K::Withdrawn
    );
    is_decision && !matches!(stands, DraftState::Drafting | DraftState::Waiting)
}

/// Whether an event is why a draft waits for somebody.
const fn asks_for_it(kind: DraftEventKind, stands: DraftState) -> bool {
    use DraftEventKind as K;
    matches!(kind, K::Submitted | K::Withdrawn) && matches!(stands, DraftState::Waiting)
}

/// Whether an event is why a draft that was approved does not leave.
const fn holds_it_back(kind: DraftEventKind, stands: DraftState) -> bool {
    matches!(kind, DraftEventKind::Blocked) && matches!(stands, DraftState::Blocked)
}

/// The latest event of a draft that is looked for: who, when, what they said and why; null where there is none.
fn told_of(
    read: &dyn Read,
    id: Id,
    draft: &Draft,
    is_wanted: fn(DraftEventKind, DraftState) -> bool,
    (lang, clock): (Option<Lang>, Clock<'_>),
) -> Result<Json> {
    let (count, stands) = (draft.event_count.unwrap_or(0).unsigned_abs(), draft.state.unwrap_or(DraftState::Drafting));
    for number in (count.saturating_sub(MOST_EVENTS)..count).rev() {
        let key = Key { kind: Kind::DraftEvent, id: DraftEvent::id_of(id, number) };
        let Some(AnyRecord::DraftEvent(event)) = read.get(key)?.map(|row| row.body) else { continue };
        let Some(kind) = event.kind.filter(|kind| is_wanted(*kind, stands)) else { continue };
        let said = TimelineReason::DraftEvent { kind, recipient: String::new(), actor: event.actor.clone() };
        let mut map = Map::new();
        map.insert("kind".into(), kind.code().into());
        map.insert("by".into(), event.actor.as_str().into());
        map.insert("at".into(), event.happened_at.map(format_instant).into());
        map.insert("via".into(), event.via.map(Via::code).into());
        map.insert("note".into(), Some(event.note.as_str()).filter(|note| !note.is_empty()).into());
        map.insert("reasons".into(), told_by(&event.reasons, lang, clock).into());
        map.extend(Reason::Timeline(said).to_json(lang).remove_entry("text"));
        return Ok(Json::Object(map));
    }
    Ok(Json::Null)
}

fn parsed(canonical: &str) -> Json {
    kernel_json::parse(canonical.as_bytes()).unwrap_or_default()
}

fn links(draft: &Draft) -> [(&'static str, Option<Id>); 7] {
    [
        ("lead", draft.lead),
        ("account", draft.account),
        ("contact", draft.contact),
        ("deal", draft.deal),
        ("ticket", draft.ticket),
        ("conversation", draft.conversation),
        ("enrolment", draft.enrolment),
    ]
}

/// Who asks, for the rule.
fn asking(ctx: &Ctx) -> Decider {
    Decider { name: ctx.actor.name().to_owned(), role: ctx.actor.role() }
}

/// Whether the actor may decide about a draft that waits.
pub(super) fn decides(ctx: &Ctx, proposal: &Proposal) -> Result<()> {
    permit(ctx, Verb::Approve, "draft.approve")?;
    proposal.may_decide(&asking(ctx))
}

fn may_decide(ctx: &Ctx, proposal: &Proposal, lang: Option<Lang>) -> Json {
    if proposal.state() != DraftState::Waiting {
        return Json::Null;
    }
    match decides(ctx, proposal) {
        Ok(()) => json!({"allowed": true, "reason": null}),
        Err(error) => {
            let mut why = Map::new();
            why.insert("code".into(), error.code().name().into());
            if let Some(lang) = lang {
                why.insert("text".into(), error.text(lang).into());
            }
            json!({"allowed": false, "reason": why})
        }
    }
}

/// What a question says beside the states.
fn filter(o: &Object<'_>) -> Result<Vec<Predicate>> {
    let mut all = Vec::new();
    let mut test = |field: &str, value: String| all.push(Predicate::test(field, Operator::Equal, value));
    if let Some(kind) = o.optional("kind", |v| coded(v, DraftKind::from_code, DraftKind::CODES))? {
        test("kind", kind.code().to_owned());
    }
    for key in ["channel", "author"] {
        if let Some(value) = o.optional(key, text)? {
            test(key, value);
        }
    }
    let find = |code: &str| RECORDS.iter().find(|record| **record == code).copied();
    match (o.optional("record", |v| coded(v, find, RECORDS))?, o.get("id")) {
        (Some(record), Some(id)) => {
            let id = Id::from_json(id).map_err(|e| e.at("id"))?;
            test(record, id.to_string());
        }
        (Some(_), None) => return Err(Problem::Missing { name: "id".into() }.into()),
        (None, Some(_)) => return Err(Problem::Missing { name: "record".into() }.into()),
        (None, None) => {}
    }
    Ok(all)
}
