//! Questions of conversations: which wait for an answer, and one with what was written to and fro.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::reader::Days;
use super::{Crm, permit};
use crate::command::{Ctx, Verb};
use crate::kernel::approval::{ChannelKind, DraftState};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::sequence_reason::EnrolmentStatus;
use crate::kernel::stored_reason::told;
use crate::kernel::time::format_instant;
use crate::lang::{self, Lang};
use crate::model::{AnyRecord, Conversation, Key, Kind, Record as _, Row};
use crate::rules::read::{Object, text};
use crate::rules::report::weekday;
use crate::rules::{check, kind};
use crate::store::{Cursor, MOST_ROWS, Order, Query, Read, Store};

/// Conversations of a page, or messages of one, where nobody says how many.
const USUAL_ROWS: i64 = 50;
/// Most messages of a page: each may have 64 KiB.
const MOST_MESSAGES: i64 = 100;
/// Most drafts, tasks and enrolments that one conversation shows.
const MOST_WAITING: usize = 100;
/// The records that conversations belong to.
const RECORDS: [Kind; 5] = [Kind::Account, Kind::Contact, Kind::Deal, Kind::Lead, Kind::Ticket];
const LIST_KEYS: &[&str] =
    &["where", "owner", "record", "id", "channel", "unanswered", "zone", "week_start", "limit", "after", "lang"];

/// Where a page of the list ended: among those that wait, or among the others.
struct Place {
    waits: bool,
    cursor: Option<Cursor>,
}

impl Place {
    fn to_text(&self) -> String {
        let cursor = self.cursor.as_ref().map(Cursor::to_text).unwrap_or_default();
        format!("{} {cursor}", if self.waits { "waiting" } else { "other" })
    }

    fn from_text(text: &str) -> Result<Self> {
        let found = || crate::kernel::text::shortened(text, 60);
        let wrong = || Error::from(Problem::WrongShape { expected: "a cursor", found: found() });
        let (section, cursor) = text.split_once(' ').ok_or_else(wrong)?;
        let waits = match section {
            "waiting" => true,
            "other" => false,
            _ => return Err(wrong()),
        };
        let cursor = (!cursor.is_empty()).then(|| Cursor::from_text(cursor)).transpose()?;
        Ok(Self { waits, cursor })
    }
}

/// That somebody waits.
fn waiting() -> Predicate {
    Predicate::test("unanswered_since", Operator::IsKnown, Json::Null)
}

/// That nobody does. These are nearly all, each with a last message: said so, stores go by their order and sort nothing.
fn nobody_waits() -> Predicate {
    let has_messages = Predicate::test("last_at", Operator::IsKnown, Json::Null);
    Predicate::All(vec![Predicate::Not(Box::new(waiting())), has_messages])
}

impl<S: Store> Crm<S> {
    /// The question `conversations`: `{"owner": "marie", "record": "lead", "id": "...", "channel": "email", "unanswered":
    /// true, "where": {...}, "zone": "Europe/Paris", "limit": 50, "after": "...", "lang": "fr"}`; all may be left out. First
    /// those in which somebody waits for an answer, the longest first, then the others, the latest first.
    pub(super) fn conversations_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "conversations")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, LIST_KEYS)?;
        lang_of(body)?;
        let limit = limit_of(&o, i64::try_from(MOST_ROWS).unwrap_or(i64::MAX))?;
        let after = o.optional("after", |v| Place::from_text(&text(v)?))?;
        let read = self.reading(ctx)?;
        let mut tests = Vec::new();
        if let Some(filter) = o.optional("where", Predicate::from_json)? {
            let zone = o.zone()?;
            let week_start = o.optional("week_start", weekday)?;
            let days = Days { zone: zone.as_ref(), week_start };
            let plain = self.plain(ctx, &*read, Kind::Conversation, &filter, days).map_err(|e| e.at("where"))?;
            plain.predicate.compile(&self.rules.schema(Kind::Conversation)).map_err(|e| e.at("where"))?;
            tests.push(plain.predicate);
        }
        let equal = |field: &str, value: String| Predicate::test(field, Operator::Equal, value);
        tests.extend(o.optional("owner", text)?.map(|owner| match owner.is_empty() {
            true => Predicate::test("owner", Operator::IsNull, Json::Null),
            false => equal("owner", owner),
        }));
        let channel = |v: &Json| {
            let known = v.as_str().and_then(ChannelKind::from_code);
            known.ok_or_else(|| json::not_one_of(v, ChannelKind::CODES))
        };
        tests.extend(o.optional("channel", channel)?.map(|channel| equal("channel", channel.code().into())));
        if let Some(record) = o.optional("record", |v| kind(&text(v)?))? {
            if !RECORDS.contains(&record) {
                let expected = &["account", "contact", "deal", "lead", "ticket"];
                return Err(Error::from(Problem::NotOneOf { found: record.name().into(), expected }).at("record"));
            }
            let id = o.required("id").and_then(|id| Id::from_json(id).map_err(|e| e.at("id")))?;
            tests.push(equal(record.name(), id.to_string()));
        } else if o.get("id").is_some_and(|id| !id.is_null()) {
            return Err(Problem::Missing { name: "record".into() }.into());
        }
        let wants = o.optional("unanswered", |v| {
            v.as_bool().ok_or_else(|| Error::from(Problem::NotABoolean { found: json::shown(v) }))
        })?;
        let mut place = Some(after.unwrap_or(Place { waits: wants != Some(false), cursor: None }));
        let mut rows: Vec<Row> = Vec::new();
        while let Some(Place { waits, cursor }) = place.take() {
            let room = limit.saturating_sub(rows.len());
            if room == 0 {
                place = Some(Place { waits, cursor });
                break;
            }
            let (section, order) = match waits {
                true => (waiting(), ("unanswered_since", false)),
                false => (nobody_waits(), ("last_at", true)),
            };
            let mut query = self.ordered(ctx, Kind::Conversation, [tests.clone(), vec![section]].concat(), order)?;
            (query.limit, query.after) = (room, cursor);
            let page = read.find(&query)?;
            rows.extend(page.rows);
            place = match page.next {
                Some(next) => Some(Place { waits, cursor: Some(next) }),
                None if waits && wants.is_none() => Some(Place { waits: false, cursor: None }),
                None => None,
            };
        }
        // What is behind the last section is nothing: a page is never followed by an empty one.
        if let Some(Place { waits: false, cursor: None }) = &place {
            let tests = [tests, vec![nobody_waits()]].concat();
            let mut query = self.ordered(ctx, Kind::Conversation, tests, ("last_at", true))?;
            query.limit = 1;
            if read.find(&query)?.rows.is_empty() {
                place = None;
            }
        }
        let shown: Vec<Json> = rows.iter().map(Row::to_json).collect();
        Ok(json!({"conversations": shown, "next": place.map(|place| place.to_text())}))
    }

    /// The question `conversation`: `{"id": "...", "limit": 50, "after": "...", "lang": "fr"}`, one conversation with its
    /// messages, the latest first, in pages, and on the first page what waits: drafts that are not over, the task of whoever
    /// goes on with it, the person's sequences.
    pub(super) fn conversation_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "conversation")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["id", "limit", "after", "lang"])?;
        let id = o.required("id").and_then(|id| Id::from_json(id).map_err(|e| e.at("id")))?;
        let lang = lang_of(body)?;
        let limit = limit_of(&o, MOST_MESSAGES)?;
        let after = o.optional("after", |v| Cursor::from_text(&text(v)?))?;
        let read = self.reading(ctx)?;
        let missing = || Error::from(Problem::NotFound { record: Conversation::NAME.into(), id: id.to_string() });
        let row = read.get(Key { kind: Kind::Conversation, id })?.ok_or_else(missing)?;
        let AnyRecord::Conversation(talk) = &row.body else { return Err(missing()) };
        let of = vec![Predicate::test("conversation", Operator::Equal, id.to_string())];
        let mut query = self.ordered(ctx, Kind::Message, of.clone(), ("happened_at", true))?;
        (query.limit, query.after) = (limit, after.clone());
        let page = read.find(&query)?;
        let messages = page.rows.iter().map(|row| message_json(row, lang)).collect::<Vec<_>>();
        let next = page.next.map(|next| next.to_text());
        let mut answer = json!({"conversation": row.to_json(), "messages": messages, "next": next});
        if let (Some(map), None) = (answer.as_object_mut(), after) {
            map.insert("waits".into(), self.what_waits(ctx, &*read, talk, of)?);
        }
        Ok(answer)
    }

    /// What waits in a conversation.
    fn what_waits(&self, ctx: &Ctx, read: &dyn Read, talk: &Conversation, of: Vec<Predicate>) -> Result<Json> {
        let over: Vec<Json> =
            DraftState::ALL.iter().filter(|state| state.is_over()).map(|state| state.code().into()).collect();
        let open = Predicate::test("state", Operator::NotIn, over);
        let mut query = self.ordered(ctx, Kind::Draft, [of, vec![open]].concat(), ("created_at", true))?;
        query.limit = MOST_WAITING;
        let draft = |row: Row| match row.body {
            AnyRecord::Draft(draft) => Some(json!({
                "id": row.id.to_string(), "state": draft.state.map(DraftState::code), "subject": draft.subject,
                "author": draft.author, "waiting_since": draft.waiting_since.map(format_instant),
            })),
            _ => None,
        };
        let drafts: Vec<Json> = read.find(&query)?.rows.into_iter().filter_map(draft).collect();
        let task = match talk.follow_up.map(|id| read.get(Key { kind: Kind::Task, id })).transpose()?.flatten() {
            Some(row) if row.archived_at.is_none() => match &row.body {
                AnyRecord::Task(task) if task.completed_at.is_none() => row.to_json(),
                _ => Json::Null,
            },
            _ => Json::Null,
        };
        let mut enrolments = Vec::new();
        let live: Vec<Json> =
            EnrolmentStatus::ALL.iter().filter(|status| status.is_live()).map(|status| status.code().into()).collect();
        for (field, id) in [("lead", talk.lead), ("contact", talk.contact)] {
            let Some(id) = id else { continue };
            let tests = vec![
                Predicate::test(field, Operator::Equal, id.to_string()),
                Predicate::test("status", Operator::In, live.clone()),
            ];
            let mut query = self.ordered(ctx, Kind::Enrolment, tests, ("created_at", true))?;
            query.limit = MOST_WAITING;
            enrolments.extend(read.find(&query)?.rows.into_iter().filter_map(|row| match row.body {
                AnyRecord::Enrolment(one) => Some(json!({
                    "id": row.id.to_string(), "sequence": one.sequence, "status": one.status.map(EnrolmentStatus::code),
                    "due_at": one.due_at.map(format_instant),
                })),
                _ => None,
            }));
        }
        Ok(json!({
            "unanswered_since": talk.unanswered_since.map(format_instant), "drafts": drafts, "follow_up": task,
            "enrolments": enrolments, "candidates": talk.candidates,
        }))
    }

    fn ordered(&self, ctx: &Ctx, kind: Kind, filter: Vec<Predicate>, order: (&str, bool)) -> Result<Query> {
        let schema = self.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), ctx.at);
        query.filter = Some(Predicate::All(filter).compile(&schema)?);
        query.order = vec![Order { field: schema.resolve(order.0)?.0, descending: order.1 }];
        Ok(query)
    }
}

fn limit_of(o: &Object<'_>, most: i64) -> Result<usize> {
    let limit = o.optional_integer("limit")?.unwrap_or(USUAL_ROWS.min(most));
    check::between(limit, 1, most).map_err(|e| e.at("limit"))?;
    Ok(usize::try_from(limit).unwrap_or(1))
}

/// A message as people see it: its reasons as a list, its class in words.
fn message_json(row: &Row, lang: Option<Lang>) -> Json {
    let mut json = row.to_json();
    let AnyRecord::Message(message) = &row.body else { return json };
    if let Some(map) = json.as_object_mut() {
        map.insert("reasons".into(), told(&message.reasons, lang).into());
        if let Some((class, lang)) = message.class.zip(lang) {
            map.insert("class_name".into(), lang::reply_class(class, lang).into());
        }
    }
    json
}
