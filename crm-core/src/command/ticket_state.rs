//! What the library itself keeps of a ticket: its state and clocks, settled whenever a command writes it, and what
//! happened to it.
//!
//! [`settle_ticket`] is the one place that knows. With the ticket as it was and as somebody wants it, it
//! - finds the status: an empty one is the first for new tickets; what is not there is refused. A status that is no more
//!   stays as it is until somebody sets another;
//! - sets `state`, `resolved_at`, `closed_at`, `reopened_count`, the ticket's number;
//! - writes a [`TicketEvent`](crate::model::TicketEvent) where a tracked field changed or a command says that something happened. A ticket that
//!   comes from another system with an answer and an end has an event for each;
//! - steps the clocks ([`State::step`]) by each event, and fills what can be found by condition from them.
//!
//! An event is no earlier than the one before it. The policy is chosen by the configuration of then; edits of the
//! configuration reach running clocks through `ticket.reapply` only.

use super::Cx;
use super::ticket_history::make;
use super::ticket_told::{Event, named};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::service::{TicketEventKind, TicketState};
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Counter, Key, Kind, Row, Ticket};
use crate::rules::sla::State;
use crate::rules::support::{Status, Support};

/// The counter of tickets' numbers.
const NUMBERS: &str = "ticket";

/// What happens to a ticket, as a command says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Happening {
    pub(super) kind: TicketEventKind,
    pub(super) at: Instant,
    pub(super) activity: Option<Id>,
    pub(super) note: Option<Id>,
}

impl Happening {
    pub(super) const fn new(kind: TicketEventKind, at: Instant) -> Self {
        Self { kind, at, activity: None, note: None }
    }
}

/// The ticket of a row, if it is one.
pub(crate) fn ticket_of(row: &Row) -> Option<&Ticket> {
    match &row.body {
        AnyRecord::Ticket(ticket) => Some(ticket),
        _ => None,
    }
}

/// The codes of the states in which a ticket is to be worked on.
pub(crate) fn open_states() -> impl Iterator<Item = &'static str> {
    TicketState::ALL.iter().filter(|state| state.is_open()).map(|state| state.code())
}

/// The clocks of a ticket.
///
/// # Errors
/// [`Problem::Corrupt`] of clocks that the library did not write.
pub(crate) fn clocks_of(id: Id, ticket: &Ticket) -> Result<State> {
    let broken = |e: Error| Error::from(Problem::Corrupt { detail: format!("clocks of ticket {id}: {e}") });
    State::from_text(&ticket.sla_clocks).map_err(broken)
}

/// Refuses an instant that is still to come.
pub(super) fn not_later(found: Instant, at: Instant) -> Result<()> {
    if found <= at {
        return Ok(());
    }
    let (found, most) = (format_instant(found), format_instant(at));
    Err(Problem::OutOfRange { found, least: "1900-01-01T00:00:00Z".into(), most }.into())
}

/// Settles the ticket of a row that is about to be staged, and stages what happened; other rows stay as they are.
///
/// # Errors
/// [`Problem::UnknownStatus`], [`Problem::UnknownPriority`]; [`Problem::ReadOnly`] of an instant that is history;
/// [`Problem::OutOfRange`] of one that is still to come.
pub(super) fn settle_ticket(cx: &mut Cx<'_>, before: Option<&Row>, row: &mut Row) -> Result<()> {
    let Some(wanted) = ticket_of(row).cloned() else { return Ok(()) };
    let told = cx.happened(row.id);
    let former = before.and_then(|row| Some((row, ticket_of(row)?)));
    let rules = cx.rules();
    let priority_is_new = former.is_none_or(|(_, ticket)| ticket.priority != wanted.priority);
    if priority_is_new {
        rules.support().priorities().check(&wanted.priority).map_err(|e| e.at("priority"))?;
    }
    let ticket = match former {
        None => make(cx, row, wanted)?,
        Some((before, ticket)) => change(cx, before, ticket, row, wanted, told)?,
    };
    row.body = ticket.into();
    Ok(())
}
/// The next number. Whoever takes the same one at the same time is told to try again by the store.
pub(super) fn next_number(cx: &mut Cx<'_>) -> Result<i64> {
    let id = Counter::id_of(NUMBERS);
    let known = cx.row(Key { kind: Kind::Counter, id })?;
    let last = known.as_ref().and_then(|row| match &row.body {
        AnyRecord::Counter(counter) => counter.last,
        _ => None,
    });
    let next = last.unwrap_or(0).saturating_add(1);
    let counter = Counter { name: NUMBERS.into(), last: Some(next), ..Counter::default() };
    match known {
        None => cx.insert(id, counter.into())?,
        Some(row) => cx.update(Row { body: counter.into(), ..row })?,
    };
    Ok(next)
}

/// Takes over what only the library sets from the ticket as it was.
fn keep_computed(ticket: &mut Ticket, before: &Ticket) {
    ticket.number = before.number;
    ticket.state = before.state;
    ticket.reopened_count = before.reopened_count;
    ticket.event_count = before.event_count;
    ticket.sla_policy.clone_from(&before.sla_policy);
    ticket.sla_clocks.clone_from(&before.sla_clocks);
    ticket.sla_state = before.sla_state;
    ticket.sla_due_at = before.sla_due_at;
    ticket.first_response_due_at = before.first_response_due_at;
    ticket.next_response_due_at = before.next_response_due_at;
    ticket.resolution_due_at = before.resolution_due_at;
    ticket.sla_wake_at = before.sla_wake_at;
    ticket.sla_told_at = before.sla_told_at;
}

/// Forgets what a change says of history: whoever takes a command back does not take back what happened.
pub(super) fn keep_history(row: &mut Row, before: &Row) {
    if let (AnyRecord::Ticket(ticket), Some(before)) = (&mut row.body, ticket_of(before)) {
        ticket.opened_at = before.opened_at;
        ticket.first_responded_at = before.first_responded_at;
        ticket.resolved_at = before.resolved_at;
        ticket.closed_at = before.closed_at;
    }
}

fn change(
    cx: &mut Cx<'_>,
    before_row: &Row,
    before: &Ticket,
    row: &Row,
    mut ticket: Ticket,
    told: Option<Happening>,
) -> Result<Ticket> {
    keep_computed(&mut ticket, before);
    let support = cx.rules().support();
    if ticket.status != before.status {
        let status = match ticket.status.as_str() {
            "" => required(support.first_of(TicketState::New))?,
            code => support.required(code).map_err(|e| e.at("status"))?,
        };
        ticket.status.clone_from(&status.name.id);
    }
    let said = said_end(support, before, &mut ticket)?;
    let was_gone = before_row.archived_at.is_some();
    let is_gone = row.archived_at.is_some();
    let tracked = |ticket: &Ticket| {
        let Ticket { status, priority, owner, team, account, merged_into, .. } = ticket.clone();
        (status, priority, owner, team, account, merged_into)
    };
    let chosen = |row: &Row| {
        let schema = cx.rules().schema(Kind::Ticket);
        named(cx.rules().sla().choose(&row.facts(&schema), cx.at()))
    };
    let after = Row { body: ticket.clone().into(), ..row.clone() };
    let is_changed = tracked(before) != tracked(&ticket) || was_gone != is_gone || chosen(before_row) != chosen(&after);
    if told.is_none() && !is_changed {
        return Ok(ticket);
    }
    let kind = match (was_gone, is_gone) {
        (false, true) if ticket.merged_into.is_some() => TicketEventKind::Merged,
        (false, true) => TicketEventKind::Archived,
        (true, false) => TicketEventKind::Restored,
        _ => TicketEventKind::Changed,
    };
    let happening = match told {
        // A step to where the ticket stands already: nothing happened.
        Some(told) if told.kind == TicketEventKind::Changed && !is_changed => return Ok(ticket),
        Some(told) => told,
        None => Happening::new(kind, said.unwrap_or(cx.at())),
    };
    not_later(happening.at, cx.at()).map_err(|e| e.at("happened_at"))?;
    let mut state = clocks_of(row.id, before)?;
    let event = Event { id: row.id, happening, is_gone, from: Some((before, was_gone)), is_history: false };
    event.happen(cx, &after, &mut ticket, &mut state)?;
    Ok(ticket)
}

/// When the ticket came to its end, where a change says so together with the status; every other change of history is
/// refused.
fn said_end(support: &Support, before: &Ticket, ticket: &mut Ticket) -> Result<Option<Instant>> {
    let read_only = |field: &str| Err(Error::from(Problem::ReadOnly { field: field.into() }).at(field));
    ticket.opened_at = ticket.opened_at.or(before.opened_at);
    ticket.first_responded_at = ticket.first_responded_at.or(before.first_responded_at);
    if ticket.opened_at != before.opened_at {
        return read_only("opened_at");
    }
    if ticket.first_responded_at != before.first_responded_at {
        return read_only("first_responded_at");
    }
    let mut said = None;
    let ends = [
        ("resolved_at", TicketState::Resolved, &mut ticket.resolved_at, before.resolved_at),
        ("closed_at", TicketState::Closed, &mut ticket.closed_at, before.closed_at),
    ];
    let goes_to = support.state_of(&ticket.status).filter(|_| ticket.status != before.status);
    for (field, state, now, former) in ends {
        if *now == former {
            continue;
        }
        match *now {
            Some(at) if goes_to == Some(state) => said = Some(at),
            None => {}
            Some(_) => return read_only(field),
        }
        *now = former;
    }
    Ok(said)
}

/// A status that a configuration always has.
pub(super) fn required(status: Option<&Status>) -> Result<&Status> {
    status.ok_or_else(|| Error::from(Problem::Missing { name: "status".into() }))
}
