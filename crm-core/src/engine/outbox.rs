//! Questions about what is to leave: the outbox, when it has something to do by itself, and the channels.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Crm, permit};
use crate::command::{
    Ctx, Switched, Verb, channel_key, channel_of, expiries, item_of, leases, left_since, switch_key, switch_of,
};
use crate::kernel::approval::{ChannelKind, ParcelState};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::stored_reason::told;
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;
use crate::model::{AnyRecord, Kind, Row};
use crate::rules::Rules;
use crate::rules::read::{Object, coded};
use crate::store::{Archived, Cursor, MOST_ROWS, Order, Query, Read, Store};

/// Rows of a page, unless it is said otherwise, and at most.
const USUAL_ROWS: usize = 100;

/// That nothing of time stands against a row any more: it may be started.
fn is_due(at: Instant) -> Predicate {
    let by = |field: &str| {
        Predicate::Any(vec![
            Predicate::test(field, Operator::IsNull, Json::Null),
            Predicate::test(field, Operator::AtMost, format_instant(at)),
        ])
    };
    Predicate::All(vec![by("not_before"), by("retry_at")])
}

/// That a row stands in one of some states.
fn in_states(states: &[ParcelState]) -> Predicate {
    Predicate::test("state", Operator::In, states.iter().map(|state| state.code().into()).collect::<Vec<Json>>())
}

fn rows_of(rules: &Rules, parts: Vec<Predicate>, limit: usize, at: Instant) -> Result<Query> {
    let schema = rules.schema(Kind::OutboxItem);
    let mut query = Query::all(Kind::OutboxItem, schema.clone(), at);
    query.filter = Some(Predicate::All(parts).compile(&schema)?);
    (query.archived, query.limit) = (Archived::Include, limit);
    Ok(query)
}

/// The rows in a state that may be started now by some channels, the oldest first.
pub(super) fn waiting(
    rules: &Rules,
    state: ParcelState,
    kinds: &[ChannelKind],
    at: Instant,
    limit: usize,
) -> Result<Query> {
    let kinds: Vec<Json> = kinds.iter().map(|kind| kind.code().into()).collect();
    let parts = vec![in_states(&[state]), Predicate::test("channel", Operator::In, kinds), is_due(at)];
    let mut query = rows_of(rules, parts, limit, at)?;
    let (field, _) = query.schema.resolve("created_at")?;
    query.order = vec![Order { field, descending: false }];
    Ok(query)
}

/// Rows, each with whether it is due, and where the next page goes on.
type OutboxPage = (Vec<(Row, bool)>, Option<Place>);

/// Where a page of the outbox ended: among what is due, or among the rest.
enum Place {
    Due(Cursor),
    Rest(Option<Cursor>),
}

impl Place {
    fn to_text(&self) -> String {
        match self {
            Place::Due(cursor) => format!("due {}", cursor.to_text()),
            Place::Rest(Some(cursor)) => format!("rest {}", cursor.to_text()),
            Place::Rest(None) => "rest".to_owned(),
        }
    }

    fn from_text(text: &str) -> Result<Self> {
        let wrong = || Error::from(Problem::WrongShape { expected: "a cursor", found: shortened(text, 60) });
        match text.split_once(' ') {
            None if text == "rest" => Ok(Place::Rest(None)),
            Some(("due", cursor)) => Cursor::from_text(cursor).map(Place::Due),
            Some(("rest", cursor)) => Cursor::from_text(cursor).map(|cursor| Place::Rest(Some(cursor))),
            _ => Err(wrong()),
        }
    }
}

impl<S: Store> Crm<S> {
    /// The question `outbox`: `{"states": ["queued", "blocked"], "channel": "email", "draft": "...", "limit": 100,
    /// "after": "...", "lang": "fr"}`, rows of the outbox, what may be started now first, the oldest first, then the others, the latest first,
    /// each with `is_due` and, where it is held back, the `reasons`; and of the first page how many rows each state has
    /// (`counts`).
    pub(super) fn outbox_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "outbox")?;
        let lang = lang_of(body)?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["states", "channel", "draft", "limit", "after", "lang"])?;
        let states = o.list("states", |v| coded(v, ParcelState::from_code, ParcelState::CODES))?;
        let mut parts = Vec::new();
        if let Some(kind) = o.optional("channel", |v| coded(v, ChannelKind::from_code, ChannelKind::CODES))? {
            parts.push(Predicate::test("channel", Operator::Equal, kind.code()));
        }
        if let Some(draft) = o.optional("draft", Id::from_json)? {
            parts.push(Predicate::test("draft", Operator::Equal, draft.to_string()));
        }
        let limit = match o.optional_integer("limit")? {
            None => USUAL_ROWS,
            Some(found) => {
                let most = i64::try_from(MOST_ROWS).unwrap_or(i64::MAX);
                crate::rules::check::between(found, 1, most).map_err(|e| e.at("limit"))?;
                usize::try_from(found).unwrap_or(USUAL_ROWS)
            }
        };
        let after = o.optional("after", |v| Place::from_text(v.as_str().unwrap_or_default()))?;
        let read = self.reading(ctx)?;
        let mut answer = Map::new();
        if after.is_none() {
            let mut counts = Map::new();
            for state in ParcelState::ALL {
                let parts = parts.iter().cloned().chain([in_states(&[*state])]).collect();
                let count = read.count(&rows_of(&self.rules, parts, 1, ctx.at)?)?;
                counts.insert(state.code().into(), count.into());
            }
            answer.insert("counts".into(), Json::Object(counts));
        }
        if !states.is_empty() {
            parts.push(in_states(&states));
        }
        let (rows, next) = self.outbox_rows(&*read, &parts, after, limit, ctx.at)?;
        let rows = rows.into_iter().map(|(row, is_due)| shown(&row, is_due, lang));
        answer.insert("items".into(), rows.collect());
        answer.insert("next".into(), next.map(|place| place.to_text()).into());
        Ok(Json::Object(answer))
    }

    /// A page, each row with whether it is due.
    fn outbox_rows(
        &self,
        read: &dyn Read,
        parts: &[Predicate],
        after: Option<Place>,
        limit: usize,
        at: Instant,
    ) -> Result<OutboxPage> {
        let held = in_states(&[ParcelState::Queued, ParcelState::Blocked]);
        let due = Predicate::All(vec![held, is_due(at)]);
        let page = |part: Predicate, descending: bool, limit: usize, after: Option<Cursor>| -> Result<_> {
            let parts = parts.iter().cloned().chain([part]).collect();
            let mut query = rows_of(&self.rules, parts, limit, at)?;
            let (field, _) = query.schema.resolve("created_at")?;
            (query.order, query.after) = (vec![Order { field, descending }], after);
            read.find(&query)
        };
        let mut rows: Vec<(Row, bool)> = Vec::new();
        let rest = match after {
            Some(Place::Rest(cursor)) => cursor,
            after => {
                let cursor = match after {
                    Some(Place::Due(cursor)) => Some(cursor),
                    _ => None,
                };
                let found = page(due.clone(), false, limit, cursor)?;
                rows.extend(found.rows.into_iter().map(|row| (row, true)));
                if let Some(next) = found.next {
                    return Ok((rows, Some(Place::Due(next))));
                }
                None
            }
        };
        let room = limit.saturating_sub(rows.len());
        let not_due = Predicate::Not(Box::new(due));
        let found = page(not_due, true, room.max(1), rest)?;
        if room == 0 {
            let next = (!found.rows.is_empty()).then_some(Place::Rest(None));
            return Ok((rows, next));
        }
        rows.extend(found.rows.into_iter().map(|row| (row, false)));
        Ok((rows, found.next.map(|cursor| Place::Rest(Some(cursor)))))
    }

    /// The question `outbox_next`: the earliest instant at which the outbox has something to do by itself, `{}`: a message that may
    /// be started (`start`), a channel whose time is over (`lease`), a draft whose time is (`expiry`). With what is due already,
    /// that instant is over; the one timer that a dispatcher needs.
    pub(super) fn outbox_next_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "outbox_next")?;
        json::only_keys(body, &[])?;
        let read = self.reading(ctx)?;
        let first = |query: &Query| -> Result<Option<Row>> { Ok(read.find(query)?.rows.into_iter().next()) };
        let mut next: Vec<(Instant, &str, Id)> = Vec::new();
        let queued = in_states(&[ParcelState::Queued]);
        let at_once = Predicate::test("not_before", Operator::IsNull, Json::Null);
        let mut query = rows_of(&self.rules, vec![queued.clone(), at_once], 1, ctx.at)?;
        let (field, _) = query.schema.resolve("created_at")?;
        query.order = vec![Order { field, descending: false }];
        next.extend(first(&query)?.map(|row| (row.created_at, "start", row.id)));
        for (state, name) in [(ParcelState::Queued, "not_before"), (ParcelState::Blocked, "retry_at")] {
            let known = Predicate::test(name, Operator::IsKnown, Json::Null);
            let mut query = rows_of(&self.rules, vec![in_states(&[state]), known], 1, ctx.at)?;
            let (field, _) = query.schema.resolve(name)?;
            query.order = vec![Order { field, descending: false }];
            let at = |row: &Row| {
                item_of(row).and_then(|item| if name == "retry_at" { item.retry_at } else { item.not_before })
            };
            next.extend(first(&query)?.and_then(|row| Some((at(&row)?, "start", row.id))));
        }
        let lease = first(&leases(&self.rules, None, 1, ctx.at)?)?;
        next.extend(lease.and_then(|row| Some((item_of(&row)?.lease_until?, "lease", row.id))));
        let expiry = first(&expiries(&self.rules, None, 1, ctx.at)?)?;
        next.extend(expiry.and_then(|row| match &row.body {
            AnyRecord::Draft(draft) => Some((draft.expires_at?, "expiry", row.id)),
            _ => None,
        }));
        let next = next.into_iter().min();
        Ok(json!({
            "next_at": next.map(|(at, ..)| format_instant(at)),
            "what": next.map(|(_, what, _)| what),
            "id": next.map(|(.., id)| id.to_string()),
            "is_due": next.is_some_and(|(at, ..)| at <= ctx.at),
        }))
    }

    /// The question `channels`: every kind of channel, connected or not, `{}`, with what is said about it, how many messages
    /// it was given today (`sent_today`, in the workspace's zone) and how many more it takes (`left_today`, null without a
    /// limit), and whether everything is stopped (`kill_switch`). The numbers are the workspace's, as the limits are.
    pub(super) fn channels_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "channels")?;
        json::only_keys(body, &[])?;
        let read = self.whole(ctx)?;
        let mut channels = Vec::new();
        for kind in ChannelKind::ALL {
            let row = read.get(channel_key(*kind))?;
            let channel = row.as_ref().and_then(channel_of).cloned().unwrap_or_default();
            let same = Predicate::test("channel", Operator::Equal, kind.code());
            let sent = read.count(&left_since(&self.rules, ctx.at, &same, 1)?)?;
            let limit = channel.daily_limit.and_then(|limit| u64::try_from(limit).ok());
            let mut shown = match &row {
                Some(row) => row.to_json(),
                None => json!({"kind": kind.code()}),
            };
            if let Some(map) = shown.as_object_mut() {
                map.insert("connected".into(), (channel.connected == Some(true)).into());
                map.insert("sent_today".into(), sent.into());
                map.insert("left_today".into(), limit.map(|limit| limit.saturating_sub(sent)).into());
            }
            channels.push(shown);
        }
        let switch = read.get(switch_key())?;
        let switch = switch.as_ref().and_then(switch_of).map(Switched::from).unwrap_or_default();
        Ok(json!({
            "channels": channels,
            "kill_switch": {
                "stopped": switch.stopped,
                "by": switch.by,
                "since": switch.since.map(format_instant),
                "note": switch.note,
            },
        }))
    }
}

/// A row as the question tells it: with its reasons as a list.
fn shown(row: &Row, is_due: bool, lang: Option<Lang>) -> Json {
    let mut shown = row.to_json();
    if let (Some(map), Some(item)) = (shown.as_object_mut(), item_of(row)) {
        map.insert("reasons".into(), told(&item.reasons, lang).into());
        map.insert("is_due".into(), is_due.into());
    }
    shown
}
