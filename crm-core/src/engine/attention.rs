//! The question `attention`: what of the drafts and the outbox somebody should look at.

use chrono::TimeDelta;
use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Crm, permit};
use crate::command::{Ctx, Verb, item_of, switch_key, switch_of};
use crate::kernel::approval::{DraftState, ParcelState};
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::error::Result;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::stored_reason::told;
use crate::kernel::time::format_instant;
use crate::lang::{Clock, Lang};
use crate::model::{Kind, OutboxItem, Row};
use crate::rules::check;
use crate::rules::read::Object;
use crate::store::{Order, Query, Read, Store};

/// Rows of each kind of trouble where nobody says how many, and the most.
const USUAL_ROWS: i64 = 20;
const MOST_SHOWN: i64 = 100;

impl<S: Store> Crm<S> {
    /// The question `attention`: `{"limit": 20, "lang": "fr"}`.
    ///
    /// The answer has the `kill_switch` where everything is stopped, and lists, each with its `count` and the first rows:
    /// `waiting_long` (longer than `inbox.approval_hours` of the configuration), `expiring` (within `inbox.expiry_hours`),
    /// `unknown`, `failed` and `blocked` (drafts as cards, with the hand-offs that are meant and why those are held back),
    /// and `may_have_left_twice` (hand-offs). `total` is their sum; a draft may be in two of them.
    pub(super) fn attention_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "attention")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["limit", "lang"])?;
        let lang = lang_of(body)?;
        let limit = o.optional_integer("limit")?.unwrap_or(USUAL_ROWS);
        check::between(limit, 1, MOST_SHOWN).map_err(|e| e.at("limit"))?;
        let limit = usize::try_from(limit).unwrap_or(1);
        let read = self.reading(ctx)?;
        let mut map = Map::new();
        map.insert("at".into(), format_instant(ctx.at).into());
        map.insert("kill_switch".into(), stopped(&*read, lang)?);
        let mut total = 0u64;
        let hours = |n: i64| TimeDelta::try_hours(n).unwrap_or_default();
        let settings = self.rules.inbox();
        let long_ago = ctx.at.checked_sub_signed(hours(settings.approval_hours)).unwrap_or(ctx.at);
        let soon = ctx.at.checked_add_signed(hours(settings.expiry_hours)).unwrap_or(ctx.at);
        let waits_long = Predicate::test("waiting_since", Operator::AtMost, format_instant(long_ago));
        let expires = Predicate::test("expires_at", Operator::AtMost, format_instant(soon));
        let lists = [
            ("waiting_long", DraftState::Waiting, vec![waits_long], None),
            ("expiring", DraftState::Waiting, vec![expires], Some("expires_at")),
            ("unknown", DraftState::Unknown, Vec::new(), None),
            ("failed", DraftState::Failed, Vec::new(), None),
            ("blocked", DraftState::Blocked, Vec::new(), None),
        ];
        for (name, state, more, order) in lists {
            let mut query = self.drafts_in(ctx, state, &more)?;
            if let Some(field) = order {
                query.order = vec![Order { field: query.schema.resolve(field)?.0, descending: false }];
            }
            let count = read.count(&query)?;
            total = total.saturating_add(count);
            query.limit = limit;
            let mut drafts = Vec::new();
            for row in if count == 0 { Vec::new() } else { read.find(&query)?.rows } {
                let Some(mut card) = self.card(&*read, ctx, &row, (lang, Clock::of(&self.rules.tasks().days.zone)))?
                else {
                    continue;
                };
                if let (Some(card), Some(meant)) = (card.as_object_mut(), of_state(state)) {
                    card.insert("troubled".into(), self.troubled(&*read, ctx, &row, meant, lang)?);
                }
                drafts.push(card);
            }
            map.insert(name.into(), json!({"count": count, "drafts": drafts}));
        }
        let twice = Predicate::test("may_have_left_twice", Operator::Equal, true);
        let mut query = self.parcels(ctx, vec![twice])?;
        let count = read.count(&query)?;
        total = total.saturating_add(count);
        query.limit = limit;
        let rows = if count == 0 { Vec::new() } else { read.find(&query)?.rows };
        let items: Vec<Json> = rows.iter().filter_map(|row| Some(parcel_json(row, item_of(row)?, lang))).collect();
        map.insert("may_have_left_twice".into(), json!({"count": count, "hand_offs": items}));
        map.insert("total".into(), total.into());
        Ok(Json::Object(map))
    }

    fn parcels(&self, ctx: &Ctx, all: Vec<Predicate>) -> Result<Query> {
        let schema = self.rules.schema(Kind::OutboxItem);
        let mut query = Query::all(Kind::OutboxItem, schema.clone(), ctx.at);
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        Ok(query)
    }

    /// The hand-offs of a draft that are in trouble, with why they are held back.
    fn troubled(&self, read: &dyn Read, ctx: &Ctx, row: &Row, state: ParcelState, lang: Option<Lang>) -> Result<Json> {
        let all = vec![
            Predicate::test("draft", Operator::Equal, row.id.to_string()),
            Predicate::test("state", Operator::Equal, state.code()),
        ];
        let page = read.find(&self.parcels(ctx, all)?)?;
        Ok(page.rows.iter().filter_map(|row| Some(parcel_json(row, item_of(row)?, lang))).collect())
    }

    /// What the dashboard says of drafts: how many wait, with the question that finds them.
    pub(super) fn approvals_json(&self, ctx: &Ctx, read: &dyn Read) -> Result<Json> {
        let waiting = read.count(&self.drafts_in(ctx, DraftState::Waiting, &[])?)?;
        Ok(json!({"waiting": waiting, "question": {"library": {"states": [DraftState::Waiting.code()]}}}))
    }
}

/// The hand-offs because of which a draft stands where it does.
const fn of_state(state: DraftState) -> Option<ParcelState> {
    match state {
        DraftState::Unknown => Some(ParcelState::Unknown),
        DraftState::Failed => Some(ParcelState::Failed),
        DraftState::Blocked => Some(ParcelState::Blocked),
        _ => None,
    }
}

fn parcel_json(row: &Row, item: &OutboxItem, lang: Option<Lang>) -> Json {
    json!({
        "id": row.id.to_string(),
        "draft": item.draft.map(|id| id.to_string()),
        "key": item.key,
        "recipient": item.recipient,
        "state": item.state.map(ParcelState::code),
        "started_at": item.started_at.map(format_instant),
        "provider_id": Some(item.provider_id.as_str()).filter(|id| !id.is_empty()),
        "reasons": told(&item.reasons, lang),
    })
}

/// That everything is stopped, by whom and why; null where it is not.
fn stopped(read: &dyn Read, lang: Option<Lang>) -> Result<Json> {
    let row = read.get(switch_key())?;
    let Some(switch) = row.as_ref().and_then(switch_of).filter(|switch| switch.stopped == Some(true)) else {
        return Ok(Json::Null);
    };
    let reason = switch.since.map(|since| {
        let reason = ApprovalReason::KillSwitch { by: switch.by.clone(), since };
        Json::Object(Reason::Approval(reason).to_json(lang))
    });
    let note = Some(switch.note.as_str()).filter(|note| !note.is_empty());
    Ok(json!({
        "by": switch.by, "since": switch.since.map(format_instant), "note": note,
        "reasons": reason.into_iter().collect::<Vec<_>>(),
    }))
}
