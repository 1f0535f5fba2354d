//! A ticket that is made: what another system says of its past becomes its first events.

use super::Cx;
use super::ticket_state::{Happening, next_number, not_later, required};
use super::ticket_told::{Event, fill, is_open};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::service::{TicketEventKind, TicketState};
use crate::kernel::time::{Instant, format_instant};
use crate::model::{Row, Ticket};
use crate::rules::sla::State;
use crate::rules::support::Support;

/// Gives a new ticket settled, and stages what happened to it.
///
/// # Errors
/// As [`settle_ticket`](super::ticket_state::settle_ticket).
pub(super) fn make(cx: &mut Cx<'_>, row: &Row, mut ticket: Ticket) -> Result<Ticket> {
    let (support, at) = (cx.rules().support(), cx.at());
    let status = match ticket.status.as_str() {
        "" => required(support.first_of(TicketState::New))?,
        code => support.required(code).map_err(|e| e.at("status"))?,
    };
    let (last, state) = (status.name.id.clone(), status.state);
    let opened_at = ticket.opened_at.unwrap_or(at);
    not_later(opened_at, at).map_err(|e| e.at("opened_at"))?;
    let mut story = Story { at, opened_at, support, steps: Vec::new() };
    story.tell(&ticket, &last, state)?;
    let Story { mut steps, .. } = story;
    // Of one instant the order in which they are told.
    steps.sort_by_key(|(happening, _)| happening.at);

    (ticket.opened_at, ticket.reopened_count, ticket.event_count) = (Some(opened_at), Some(0), Some(0));
    (ticket.resolved_at, ticket.closed_at, ticket.first_responded_at) = (None, None, None);
    let mut state = State::default();
    let mut former: Option<Ticket> = None;
    for (happening, status) in steps {
        ticket.status = status;
        let from = former.as_ref().map(|ticket| (ticket, false));
        let event = Event { id: row.id, happening, is_gone: false, from, is_history: true };
        event.happen(cx, row, &mut ticket, &mut state)?;
        former = Some(ticket.clone());
    }
    if !is_open(&ticket) {
        // It is over: nobody waits for what its clocks had to say.
        ticket.sla_told_at = Some(at);
        fill(cx.rules().sla(), &mut ticket, &state, at);
    }
    ticket.number = Some(next_number(cx)?);
    Ok(ticket)
}

/// What happened to a ticket before it came here.
struct Story<'a> {
    at: Instant,
    opened_at: Instant,
    support: &'a Support,
    steps: Vec<(Happening, String)>,
}

impl Story<'_> {
    fn push(&mut self, kind: TicketEventKind, at: Instant, status: &str) {
        self.steps.push((Happening::new(kind, at), status.to_owned()));
    }

    /// Tells how the ticket came to its status.
    fn tell(&mut self, ticket: &Ticket, last: &str, state: TicketState) -> Result<()> {
        self.within("first_responded_at", ticket.first_responded_at, self.opened_at)?;
        self.within("resolved_at", ticket.resolved_at, self.opened_at)?;
        let least = ticket.resolved_at.unwrap_or(self.opened_at);
        self.within("closed_at", ticket.closed_at, least)?;
        if state.is_open() {
            refuse("resolved_at", ticket.resolved_at)?;
            refuse("closed_at", ticket.closed_at)?;
        } else if state == TicketState::Resolved {
            refuse("closed_at", ticket.closed_at)?;
        }
        let first = if state.is_open() { last.to_owned() } else { self.first(TicketState::New)? };
        self.push(TicketEventKind::Created, self.opened_at, &first);
        // An answer of the instant of the end came before it.
        if let Some(at) = ticket.first_responded_at {
            self.push(TicketEventKind::StaffReply, at, &first);
        }
        if state.is_open() {
            return Ok(());
        }
        let ended = match (ticket.resolved_at, ticket.closed_at) {
            (Some(resolved), _) => resolved,
            (None, Some(closed)) => closed,
            // Nobody says when, and it did not come in just now.
            (None, None) if self.opened_at < self.at => {
                return Err(Problem::Missing { name: "resolved_at".into() }.into());
            }
            (None, None) => self.at,
        };
        let is_resolved_first = state == TicketState::Closed && ticket.resolved_at.is_some();
        let resolved = if is_resolved_first { self.first(TicketState::Resolved)? } else { last.to_owned() };
        for (happening, status) in self.steps.iter_mut().skip(1).filter(|(happening, _)| happening.at > ended) {
            debug_assert_eq!(happening.kind, TicketEventKind::StaffReply);
            resolved.clone_into(status);
        }
        self.push(TicketEventKind::Changed, ended, &resolved);
        if is_resolved_first {
            let closed = ticket.closed_at.unwrap_or(self.at);
            self.after(closed, last);
            self.push(TicketEventKind::Changed, closed, last);
        }
        Ok(())
    }

    /// An answer after an end leaves the ticket where it stood by then.
    fn after(&mut self, end: Instant, status: &str) {
        for (_, other) in self.steps.iter_mut().filter(|(step, _)| step.at > end) {
            status.clone_into(other);
        }
    }

    fn first(&self, state: TicketState) -> Result<String> {
        Ok(required(self.support.first_of(state))?.name.id.clone())
    }

    fn within(&self, field: &str, at: Option<Instant>, least: Instant) -> Result<()> {
        let Some(found) = at.filter(|at| *at < least || *at > self.at) else { return Ok(()) };
        let (found, least, most) = (format_instant(found), format_instant(least), format_instant(self.at));
        Err(Error::from(Problem::OutOfRange { found, least, most }).at(field))
    }
}

/// Refuses an end that was said of a ticket that has none.
fn refuse(field: &str, at: Option<Instant>) -> Result<()> {
    match at {
        None => Ok(()),
        Some(_) => Err(Error::from(Problem::ReadOnly { field: field.into() }).at(field)),
    }
}
