//! What time alone changes of the outbox: channels that did not answer, and decisions whose time is over.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::draft_state::{Turn, happen};
use super::outbox_start::item_of;
use super::ticket_tick::limit_of;
use super::{Command, Cx, Verb};
use crate::kernel::approval::{DraftState, ParcelState};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::{Instant, format_instant};
use crate::model::Kind;
use crate::rules::Rules;
use crate::rules::approval::Event;
use crate::store::{Archived, Order, Query};

/// Most hand-offs and drafts of one command; [`crate::Crm::tick_outbox`] takes any number.
pub(crate) const MOST_TICKED: usize = 200;

/// Makes `unknown` what a channel had and did not answer in time, and takes back what nobody decided, or what did not leave,
/// in time: `{"limit": 200}`. Nothing is tried again by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickOutbox {
    /// The most hand-offs and drafts that are looked at.
    pub limit: usize,
}

impl Default for TickOutbox {
    fn default() -> Self {
        Self { limit: MOST_TICKED }
    }
}

/// What a tick of the outbox came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxTicked {
    /// The rows of the outbox that nobody knows of any more whether they left.
    pub unknown: Vec<Id>,
    /// The drafts whose time is over.
    pub expired: Vec<Id>,
    /// Whether more wait.
    pub more: bool,
}

impl OutboxTicked {
    /// Adds what another tick came to.
    pub fn add(&mut self, other: OutboxTicked) {
        self.unknown.extend(other.unknown);
        self.expired.extend(other.expired);
        self.more = other.more;
    }

    /// How many hand-offs and drafts it changed.
    pub fn changed(&self) -> u64 {
        json::length(self.unknown.len().saturating_add(self.expired.len()))
    }
}

/// The rows of a kind in some states for which an instant has come, the earliest first.
fn due(
    rules: &Rules,
    kind: Kind,
    states: Vec<Json>,
    field: &str,
    at: Option<Instant>,
    limit: usize,
    now: Instant,
) -> Result<Query> {
    let schema = rules.schema(kind);
    let is_due = match at {
        Some(at) => Predicate::test(field, Operator::AtMost, format_instant(at)),
        None => Predicate::test(field, Operator::IsKnown, Json::Null),
    };
    let mut query = Query::all(kind, schema.clone(), now);
    query.filter = Some(Predicate::All(vec![Predicate::test("state", Operator::In, states), is_due]).compile(&schema)?);
    let (field, _) = schema.resolve(field)?;
    (query.order, query.limit) = (vec![Order { field, descending: false }], limit);
    query.archived = Archived::Include;
    Ok(query)
}

/// The hand-offs whose channel had its time by an instant, or all that a channel has.
pub(crate) fn leases(rules: &Rules, by: Option<Instant>, limit: usize, now: Instant) -> Result<Query> {
    due(rules, Kind::OutboxItem, vec![ParcelState::Started.code().into()], "lease_until", by, limit, now)
}

/// The drafts that are to be decided or to leave by an instant, or ever. What is being sent, and what nobody knows of, does not
/// expire.
pub(crate) fn expiries(rules: &Rules, by: Option<Instant>, limit: usize, now: Instant) -> Result<Query> {
    use DraftState as S;
    let open = [S::Drafting, S::Waiting, S::ChangesRequested, S::Approved, S::Queued, S::Blocked, S::Failed];
    let states = open.iter().map(|state| state.code().into()).collect();
    due(rules, Kind::Draft, states, "expires_at", by, limit, now)
}

impl Command for TickOutbox {
    type Output = OutboxTicked;
    const VERB: Verb = Verb::Deliver;

    fn name() -> Cow<'static, str> {
        "outbox.tick".into()
    }

    fn to_json(&self) -> Json {
        json!({"limit": json::length(self.limit)})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `limit`")?;
        json::only_keys(map, &["limit"])?;
        Ok(Self { limit: limit_of(map, MOST_TICKED)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<OutboxTicked> {
        let at = cx.at();
        let mut done = OutboxTicked::default();
        let page = cx.find(&leases(cx.rules(), Some(at), self.limit, at)?)?;
        done.more = page.next.is_some();
        // Time is nobody's edit: whoever sees it may have it looked at.
        for row in page.rows {
            let Some((item, draft)) = item_of(&row).and_then(|item| Some((item, item.draft?))) else { continue };
            let turn = Turn::new(Event::LeaseOver { key: item.key.clone() });
            cx.by_itself(|cx| happen(cx, draft, &turn))?;
            done.unknown.push(row.id);
        }
        let room = self.limit.saturating_sub(done.unknown.len());
        if room == 0 {
            // Whether anything is left to expire is for the next tick to see.
            done.more = true;
            return Ok(done);
        }
        let page = cx.find(&expiries(cx.rules(), Some(at), room, at)?)?;
        done.more = done.more || page.next.is_some();
        for row in page.rows {
            let before = row.version;
            let row = cx.by_itself(|cx| happen(cx, row.id, &Turn::new(Event::Expire)))?;
            if row.version != before {
                done.expired.push(row.id);
            }
        }
        Ok(done)
    }
}
