//! Questions of tickets: the queue and one ticket, as they stand at an instant.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::reader::Days;
use super::{Crm, Find, permit};
use crate::command::{Ctx, Verb, clocks_of, open_states, ticket_of};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::service::{SlaAlertKind, SlaMetric};
use crate::kernel::time::{Instant, format_instant, parse_instant};
use crate::lang::{self, Lang};
use crate::model::{Key, Kind, Record as _, Row, Ticket};
use crate::rules::Rules;
use crate::rules::read::Object;
use crate::rules::sla::{LedgerPage, Standing};
use crate::store::{Archived, Cursor, MOST_ROWS, Order, Query, Read, Store};
use crate::view::Urgency;

/// Tickets of a page where nobody says how many.
const USUAL_ROWS: usize = 100;
/// Most events, alerts, activities or notes that one ticket shows; the latest.
const MOST_SHOWN: usize = 200;

/// A ticket with how it stands at an instant.
pub(super) struct Queued {
    pub(super) row: Row,
    pub(super) ticket: Ticket,
    pub(super) standing: Standing,
    pub(super) urgency: Urgency,
}

impl Queued {
    /// The ticket of a row; `None` of another record.
    ///
    /// # Errors
    /// Clocks that the library did not write.
    pub(super) fn new(rules: &Rules, row: Row, at: Instant) -> Result<Option<Self>> {
        let Some(ticket) = ticket_of(&row).cloned() else { return Ok(None) };
        let state = clocks_of(row.id, &ticket)?;
        let now = state.last_at().map_or(at, |last| last.max(at));
        let standing = state.standing(rules.sla(), now);
        let priority = rules.support().priorities().place(&ticket.priority);
        let opened_at = ticket.opened_at.unwrap_or(row.created_at);
        let urgency = Urgency::new(standing.open_state, standing.due_at, priority, opened_at, row.id);
        Ok(Some(Self { row, ticket, standing, urgency }))
    }

    /// The ticket as a row of a table: without its clocks as they are stored, with how they stand.
    pub(super) fn to_json(&self, rules: &Rules, lang: Option<Lang>) -> Json {
        let mut json = self.row.to_json();
        if let Some(map) = json.as_object_mut() {
            // What stands for now is in `sla`; what was stored is of when something last happened.
            map.retain(|key, _| !key.starts_with("sla_") || key == "sla_policy");
            if let Some(lang) = lang {
                map.insert("status_name".into(), status_name(rules, &self.ticket.status, lang).into());
            }
            map.insert("sla".into(), Json::Object(self.standing.summary_json()));
        }
        json
    }
}

/// What people call a status; its code where it is no more.
pub(super) fn status_name(rules: &Rules, code: &str, lang: Lang) -> String {
    let status = rules.support().statuses().iter().find(|status| status.name.id == code);
    status.map_or_else(|| code.to_owned(), |status| status.name.text(lang).to_owned())
}

/// Adds to an alert what it says, where it is one.
pub(super) fn tell_alert(alert: &mut Json, lang: Lang) {
    let code = |key: &str| alert.get(key).and_then(Json::as_str);
    let metric = code("metric").and_then(SlaMetric::from_code);
    let kind = code("kind").and_then(SlaAlertKind::from_code);
    let at = code("effective_at").and_then(|at| parse_instant(at).ok());
    let (Some(metric), Some(kind), Some(at)) = (metric, kind, at) else { return };
    let text = lang::sla_alert(metric, kind, code("step").unwrap_or_default(), at, lang);
    if let Some(map) = alert.as_object_mut() {
        map.insert("text".into(), text.into());
    }
}

/// Reads all rows that a condition finds.
pub(super) fn each_ticket(
    read: &dyn Read,
    rules: &Rules,
    at: Instant,
    parts: Vec<Predicate>,
    archived: Archived,
    mut see: impl FnMut(Row) -> Result<()>,
) -> Result<()> {
    let schema = rules.schema(Kind::Ticket);
    let mut query = Query::all(Kind::Ticket, schema.clone(), at);
    query.filter = Some(Predicate::All(parts).compile(&schema).map_err(|e| e.at("where"))?);
    (query.archived, query.limit) = (archived, MOST_ROWS);
    loop {
        let page = read.find(&query)?;
        page.rows.into_iter().try_for_each(&mut see)?;
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(()),
        }
    }
}

/// The condition that a ticket is still to be worked on, or that it is not.
pub(super) fn is_open(open: bool) -> Predicate {
    let codes: Vec<Json> = open_states().map(Json::from).collect();
    Predicate::test("state", if open { Operator::In } else { Operator::NotIn }, codes)
}

/// A place among tickets that are in the order of their urgency at an instant.
pub(super) fn place_text(at: Instant, urgency: Urgency) -> String {
    format!("{} {}", format_instant(at), urgency.to_text())
}

/// Reads what [`place_text`] wrote.
///
/// # Errors
/// [`Problem::WrongShape`] of anything else.
pub(super) fn place_of(text: &str) -> Result<(Instant, Urgency)> {
    let found = || crate::kernel::text::shortened(text, 60);
    let wrong = || Error::from(Problem::WrongShape { expected: "a cursor", found: found() });
    let (at, urgency) = text.split_once(' ').ok_or_else(wrong)?;
    Ok((parse_instant(at).map_err(|_| wrong())?, Urgency::from_text(urgency)?))
}

/// Where a page of the queue ended: among the open tickets, or among the others. How urgent tickets are changes with time
/// alone, so all pages of open ones are of the instant of the first.
enum Place {
    Open(Instant, Urgency),
    Over(Cursor),
}

impl Place {
    fn to_text(&self) -> String {
        match self {
            Place::Open(at, urgency) => format!("open {}", place_text(*at, *urgency)),
            Place::Over(cursor) => format!("over {}", cursor.to_text()),
        }
    }

    fn from_text(text: &str) -> Result<Self> {
        let found = || crate::kernel::text::shortened(text, 60);
        let wrong = || Error::from(Problem::WrongShape { expected: "a cursor", found: found() });
        match text.split_once(' ') {
            Some(("open", rest)) => place_of(rest).map(|(at, urgency)| Place::Open(at, urgency)),
            Some(("over", cursor)) => Cursor::from_text(cursor).map(Place::Over),
            _ => Err(wrong()),
        }
    }
}

impl<S: Store> Crm<S> {
    /// The question `tickets`: a page of tickets with how each stands at `at`, `{"where": {...}, "order": [...],
    /// "archived": "exclude", "limit": 100, "after": "...", "zone": "Europe/Paris", "lang": "fr"}`. `zone` and `week_start`
    /// are for conditions of days.
    ///
    /// Without an order it is the queue: open tickets by urgency (see [`Urgency`]), all pages of them as they stand at the
    /// instant of the first, then the others, the last resolved first. With one it is a page of the store's.
    pub(super) fn tickets_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "tickets")?;
        json::only_keys(body, &["where", "order", "archived", "limit", "after", "zone", "week_start", "lang"])?;
        let lang = lang_of(body)?;
        let mut question = body.clone();
        question.retain(|key, _| key != "lang");
        question.insert("record".into(), Ticket::NAME.into());
        if body.get("order").is_some_and(|order| !order.is_null()) {
            let (page, resolved) = self.query_told(ctx, &Find::from_json(&question)?)?;
            let next = page.next.as_ref().map(Cursor::to_text);
            let mut answer = self.shown(page.rows, ctx.at, lang, next)?;
            if let (Some(map), Some(resolved)) = (answer.as_object_mut(), resolved) {
                map.extend(resolved.told(lang));
            }
            return Ok(answer);
        }
        let after = question.remove("after").filter(|after| !after.is_null());
        let after = after.map(|after| Place::from_text(after.as_str().unwrap_or_default()));
        let after = after.transpose().map_err(|e| e.at("after"))?;
        let mut find = Find::from_json(&question)?;
        if !question.contains_key("limit") {
            find.limit = USUAL_ROWS;
        }
        let mut told = None;
        if let Some(filter) = &find.filter {
            let read = self.reading(ctx)?;
            let days = Days { zone: find.zone.as_ref(), week_start: find.week_start };
            let resolved = self.plain(ctx, &*read, Kind::Ticket, filter, days).map_err(|e| e.at("where"))?;
            told = Some(resolved.told(lang));
            find.filter = Some(resolved.predicate);
        }
        find.compile(&self.rules, ctx.at)?;
        let mut answer = self.queue(ctx, &find, after, lang)?;
        if let Some(map) = answer.as_object_mut() {
            map.extend(told.into_iter().flatten());
        }
        Ok(answer)
    }

    fn queue(&self, ctx: &Ctx, find: &Find, after: Option<Place>, lang: Option<Lang>) -> Result<Json> {
        let read = self.reading(ctx)?;
        let at = match &after {
            Some(Place::Open(at, _)) => *at,
            Some(Place::Over(_)) | None => ctx.at,
        };
        let mut shown: Vec<Row> = Vec::new();
        let over = match after {
            Some(Place::Over(cursor)) => Some(cursor),
            place => {
                let mut open = Vec::new();
                let parts = [vec![is_open(true)], find.filter.iter().cloned().collect()].concat();
                each_ticket(&*read, &self.rules, at, parts, find.archived, |row| {
                    let after = |queued: &Queued| match &place {
                        Some(Place::Open(_, last)) => queued.urgency > *last,
                        _ => true,
                    };
                    open.extend(Queued::new(&self.rules, row, at)?.filter(after).map(|q| (q.urgency, q.row)));
                    Ok(())
                })?;
                open.sort_by_key(|(urgency, _)| *urgency);
                if let Some((last, _)) =
                    find.limit.checked_sub(1).filter(|_| open.len() > find.limit).and_then(|i| open.get(i))
                {
                    let next = Place::Open(at, *last).to_text();
                    open.truncate(find.limit);
                    return self.shown(open.into_iter().map(|(_, row)| row).collect(), at, lang, Some(next));
                }
                shown.extend(open.into_iter().map(|(_, row)| row));
                None
            }
        };
        let mut rest = find.clone();
        let parts = [vec![is_open(false)], find.filter.iter().cloned().collect()].concat();
        rest.filter = Some(Predicate::All(parts));
        rest.order = vec![("resolved_at".into(), true)];
        // A full page still has to know whether anything follows.
        let room = find.limit.saturating_sub(shown.len());
        (rest.limit, rest.after) = (room.max(1), over);
        let page = read.find(&rest.compile(&self.rules, ctx.at)?)?;
        if room == 0 {
            let last = shown.last().cloned().map(|row| Queued::new(&self.rules, row, at)).transpose()?.flatten();
            let next = last.filter(|_| !page.rows.is_empty()).map(|last| Place::Open(at, last.urgency).to_text());
            return self.shown(shown, at, lang, next);
        }
        shown.extend(page.rows);
        let next = page.next.map(|cursor| Place::Over(cursor).to_text());
        self.shown(shown, at, lang, next)
    }

    fn shown(&self, rows: Vec<Row>, at: Instant, lang: Option<Lang>, next: Option<String>) -> Result<Json> {
        let mut tickets = Vec::with_capacity(rows.len());
        for row in rows {
            tickets.extend(Queued::new(&self.rules, row, at)?.map(|queued| queued.to_json(&self.rules, lang)));
        }
        Ok(json!({"tickets": tickets, "next": next}))
    }

    /// The question `ticket`: one ticket with its clocks at `at` and why they stand so, what happened, and what the clocks
    /// had to say, `{"id": "...", "explain": {"metric": "first_response"}, "lang": "fr"}`.
    ///
    /// `explain` adds the `ledger` of the latest clock of a metric, or of one of its `cycle`s: every window counted, every
    /// holiday and pause skipped, at most `limit` lines, with the `next` page's `after`. It is null without such a clock.
    pub(super) fn ticket_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "ticket")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["id", "explain", "lang"])?;
        let id = o.required("id").and_then(|id| Id::from_json(id).map_err(|e| e.at("id")))?;
        let page = |v: &Json| LedgerPage::read(&Object::new(v, &["metric", "cycle", "after", "limit"])?, "after");
        let page = o.optional("explain", page)?;
        let lang = lang_of(body)?;
        let read = self.reading(ctx)?;
        let missing = || Error::from(Problem::NotFound { record: Ticket::NAME.into(), id: id.to_string() });
        let row = read.get(Key { kind: Kind::Ticket, id })?.ok_or_else(missing)?;
        let queued = Queued::new(&self.rules, row, ctx.at)?.ok_or_else(missing)?;
        let state = clocks_of(id, &queued.ticket)?;
        let (sla, schema) = (self.rules.sla(), self.rules.schema(Kind::Ticket));
        let now = state.last_at().map_or(ctx.at, |last| last.max(ctx.at));
        let events = self.latest(&*read, ctx, Kind::TicketEvent, "number", id)?;
        let alerts = self.latest(&*read, ctx, Kind::SlaAlert, "effective_at", id)?;
        let mut alerts: Vec<Json> = alerts.iter().rev().map(Row::to_json).collect();
        if let Some(lang) = lang {
            alerts.iter_mut().for_each(|alert| tell_alert(alert, lang));
        }
        let trace = sla.trace(&queued.row.facts(&schema), now);
        let trace = trace.into_iter().map(|reason| crate::kernel::reason::Reason::Sla(reason).to_json(lang));
        let mut answer = json!({
            "ticket": queued.to_json(&self.rules, lang),
            "sla": queued.standing.to_json(lang),
            "policy": trace.collect::<Vec<_>>(),
            "events": events.iter().rev().map(Row::to_json).collect::<Vec<_>>(),
            "alerts": alerts,
        });
        if let (Some(map), Some(page)) = (answer.as_object_mut(), page) {
            map.insert("ledger".into(), page.of(&state, sla, now, lang));
        }
        Ok(answer)
    }

    /// The last rows of a kind that belong to a ticket, the last first.
    fn latest(&self, read: &dyn Read, ctx: &Ctx, kind: Kind, order: &str, ticket: Id) -> Result<Vec<Row>> {
        let schema = self.rules.schema(kind);
        let (field, _) = schema.resolve(order)?;
        let mut query = Query::all(kind, schema.clone(), ctx.at);
        query.filter = Some(Predicate::test("ticket", Operator::Equal, ticket.to_string()).compile(&schema)?);
        query.order = vec![Order { field, descending: true }];
        (query.archived, query.limit) = (Archived::Include, MOST_SHOWN);
        Ok(read.find(&query)?.rows)
    }

    /// The question `sla_next`: the earliest instant at which time alone changes something of a ticket, and so the one
    /// timer that a host needs, `{}`. One that is over already waits for `ticket.tick`.
    pub(super) fn sla_next_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "sla_next")?;
        json::only_keys(body, &[])?;
        let schema = self.rules.schema(Kind::Ticket);
        let (field, _) = schema.resolve("sla_wake_at")?;
        let mut query = Query::all(Kind::Ticket, schema.clone(), ctx.at);
        query.filter = Some(Predicate::test("sla_wake_at", Operator::IsKnown, Json::Null).compile(&schema)?);
        query.order = vec![Order { field, descending: false }];
        (query.archived, query.limit) = (Archived::Include, 1);
        let read = self.reading(ctx)?;
        let first = read.find(&query)?.rows.into_iter().next();
        let next = first.as_ref().and_then(|row| Some((row.id, ticket_of(row)?.sla_wake_at?)));
        Ok(json!({
            "next_at": next.map(|(_, at)| format_instant(at)),
            "ticket": next.map(|(id, _)| id.to_string()),
            "is_due": next.is_some_and(|(_, at)| at <= ctx.at),
        }))
    }
}
