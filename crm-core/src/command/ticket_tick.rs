//! What time alone changes of tickets: alerts, once each.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::ticket_state::{clocks_of, ticket_of};
use super::ticket_told::{fill, tell};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::{Instant, format_instant, plus_days};
use crate::model::{Kind, Row};
use crate::rules::Rules;
use crate::rules::sla::Alert;
use crate::store::{Archived, Order, Query};

/// Most tickets of one command; [`crate::Crm::tick_all`] takes any number.
pub(crate) const MOST_TICKED: usize = 500;
/// After how many days clocks that could not be read are tried again.
const UNREADABLE_DAYS: i64 = 1;

/// Tells what the clocks of tickets have to say up to the command's instant: `{"limit": 500}`. As JSON it also takes a
/// `lang`, in which each alert of the answer then says its `text`.
///
/// Each alert is a record [`SlaAlert`](crate::model::SlaAlert) whose id follows from what it says, so it is told once,
/// and has the instant at which it became true (`effective_at`), however long nobody asked. The tickets that wait
/// longest come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickTickets {
    /// The most tickets that are looked at.
    pub limit: usize,
}

impl Default for TickTickets {
    fn default() -> Self {
        Self { limit: MOST_TICKED }
    }
}

/// What a tick told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticked {
    /// Tickets that were looked at.
    pub tickets: u64,
    /// The new alerts, in order of the instants at which they became true.
    pub alerts: Vec<Json>,
    /// The tickets whose clocks could not be read, each with the code of the problem; they are tried again a day later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<Json>,
    /// Whether more tickets wait.
    pub more: bool,
}

impl Ticked {
    /// Adds what another tick told.
    pub fn add(&mut self, other: Ticked) {
        self.tickets = self.tickets.saturating_add(other.tickets);
        self.alerts.extend(other.alerts);
        self.unreadable.extend(other.unreadable);
        self.more = other.more;
    }
}

impl Command for TickTickets {
    type Output = Ticked;
    const VERB: Verb = Verb::Compute;

    fn name() -> Cow<'static, str> {
        "ticket.tick".into()
    }

    fn to_json(&self) -> Json {
        json!({"limit": json::length(self.limit)})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `limit`")?;
        json::only_keys(map, &["limit"])?;
        Ok(Self { limit: limit_of(map, MOST_TICKED)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Ticked> {
        let page = cx.find(&tickets_due(cx.rules(), cx.at(), self.limit)?)?;
        let mut done =
            Ticked { tickets: json::length(page.rows.len()), more: page.next.is_some(), ..Ticked::default() };
        let mut told: Vec<(Instant, Id, Json)> = Vec::new();
        for row in page.rows {
            // Time is nobody's edit: whoever sees a ticket may have its clocks looked at.
            match cx.by_itself(|cx| tick(cx, &row))? {
                Seen::Told(alerts) => told.extend(alerts),
                Seen::Unreadable(problem) => {
                    done.unreadable.push(json!({"ticket": row.id.to_string(), "problem": problem.code().name()}));
                }
            }
        }
        told.sort_by_key(|(at, id, _)| (*at, *id));
        done.alerts = told.into_iter().map(|(.., alert)| alert).collect();
        Ok(done)
    }
}

/// The most of a page, under `limit`.
pub(super) fn limit_of(map: &Map<String, Json>, most: usize) -> Result<usize> {
    let Some(found) = json::count_of(map, "limit")? else { return Ok(most) };
    let limit = usize::try_from(found).ok().filter(|limit| (1..=most).contains(limit));
    let (found, least, most) = (found.to_string(), "1".into(), most.to_string());
    limit.ok_or_else(|| Error::from(Problem::OutOfRange { found, least, most }).at("limit"))
}

/// The tickets that time has changed, those that wait longest first.
pub(crate) fn tickets_due(rules: &Rules, at: Instant, limit: usize) -> Result<Query> {
    let schema = rules.schema(Kind::Ticket);
    let (field, _) = schema.resolve("sla_wake_at")?;
    let mut query = Query::all(Kind::Ticket, schema.clone(), at);
    let is_due = Predicate::test("sla_wake_at", Operator::AtMost, format_instant(at));
    query.filter = Some(is_due.compile(&schema)?);
    (query.order, query.limit) = (vec![Order { field, descending: false }], limit);
    query.archived = Archived::Include;
    Ok(query)
}

/// What looking at one ticket gave.
enum Seen {
    /// Its new alerts.
    Told(Vec<(Instant, Id, Json)>),
    /// Nothing, for this.
    Unreadable(Error),
}

/// Tells what one ticket's clocks have to say, and when they have the next time. One whose clocks cannot be read holds
/// nobody else up: it waits until the next day.
fn tick(cx: &mut Cx<'_>, row: &Row) -> Result<Seen> {
    let mut row = cx.existing(row.key())?;
    let Some(mut ticket) = ticket_of(&row).cloned() else { return Ok(Seen::Told(Vec::new())) };
    let state = match clocks_of(row.id, &ticket) {
        Ok(state) => state,
        Err(problem) => {
            ticket.sla_wake_at = plus_days(cx.at(), UNREADABLE_DAYS);
            row.body = ticket.into();
            cx.update_settled(row)?;
            return Ok(Seen::Unreadable(problem));
        }
    };
    let (at, owner) = (cx.at(), ticket.owner.clone());
    let new = tell(cx, row.id, &mut ticket, &state, &owner, at)?;
    fill(cx.rules().sla(), &mut ticket, &state, at);
    row.body = ticket.into();
    let row = cx.update_settled(row)?;
    Ok(Seen::Told(new.into_iter().map(|(id, alert)| (alert.effective_at, id, shown(row.id, id, &alert))).collect()))
}

fn shown(ticket: Id, id: Id, alert: &Alert) -> Json {
    let mut map = Map::new();
    map.insert("id".into(), id.to_string().into());
    map.insert("ticket".into(), ticket.to_string().into());
    map.insert("metric".into(), alert.metric.code().into());
    map.insert("cycle".into(), alert.cycle.into());
    map.insert("kind".into(), alert.kind.code().into());
    if !alert.step.is_empty() {
        map.insert("step".into(), alert.step.as_str().into());
    }
    map.insert("effective_at".into(), format_instant(alert.effective_at).into());
    Json::Object(map)
}
