//! What the library itself keeps of a ticket: its state and clocks, settled whenever a command writes it, and what
//! happened to it.
//!
//! [`settle_ticket`] is the one place that knows. With the ticket as it was and as somebody wants it, it
//! - finds the status: an empty one is the first for new tickets; what is not there is refused. A status that is no more
//!   stays as it is until somebody sets another;
//! - sets `state`, `resolved_at`, `closed_at`, `reopened_count`, the ticket's number;
//! - writes a [`TicketEvent`] where a tracked field changed or a command says that something happened. A ticket that
//!   comes from another system with an answer and an end has an event for each;
//! - steps the clocks ([`State::step`]) by each event, and fills what can be found by condition from them.
//!
//! An event is no earlier than the one before it. The policy is chosen by the configuration of then; edits of the
//! configuration reach running clocks through `ticket.reapply` only.

use chrono::TimeDelta;

use super::Cx;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::service::{SlaMetric, TicketEventKind, TicketFlow, TicketState};
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Counter, Key, Kind, Row, SlaAlert, Ticket, TicketEvent};
use crate::rules::sla::{self, Alert, Chosen, Sla, State};
use crate::rules::support::Support;

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
        None => Making { cx, id: row.id }.make(row, wanted)?,
        Some((before, ticket)) => change(cx, before, ticket, row, wanted, told)?,
    };
    row.body = ticket.into();
    Ok(())
}

/// A new ticket.
struct Making<'c, 'a> {
    cx: &'c mut Cx<'a>,
    id: Id,
}

impl Making<'_, '_> {
    fn make(self, row: &Row, mut ticket: Ticket) -> Result<Ticket> {
        let Self { cx, id } = self;
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
            let event = Event { id, happening, is_gone: false, from, is_history: true };
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

fn required(status: Option<&crate::rules::support::Status>) -> Result<&crate::rules::support::Status> {
    status.ok_or_else(|| Error::from(Problem::Missing { name: "status".into() }))
}

/// Refuses an end that was said of a ticket that has none.
fn refuse(field: &str, at: Option<Instant>) -> Result<()> {
    match at {
        None => Ok(()),
        Some(_) => Err(Error::from(Problem::ReadOnly { field: field.into() }).at(field)),
    }
}

/// The next number. Whoever takes the same one at the same time is told to try again by the store.
fn next_number(cx: &mut Cx<'_>) -> Result<i64> {
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

/// The ids of a policy and its calendar.
fn named(chosen: Option<Chosen<'_>>) -> (String, String) {
    let Some(chosen) = chosen else { return (String::new(), String::new()) };
    let calendar = match chosen.time {
        sla::WorkingTime::Calendar(calendar) => calendar.id().to_owned(),
        sla::WorkingTime::Wall | sla::WorkingTime::Missing => String::new(),
    };
    (chosen.policy.name.id.clone(), calendar)
}

/// One thing that happens to a ticket.
struct Event<'a> {
    id: Id,
    happening: Happening,
    /// Whether the ticket is archived afterwards.
    is_gone: bool,
    /// The ticket as it was, and whether it was archived; `None` of one that is made.
    from: Option<(&'a Ticket, bool)>,
    /// Whether it happened before the ticket came here: its alerts are not told as it goes.
    is_history: bool,
}

impl Event<'_> {
    /// Steps the clocks, fills the ticket and stages the event.
    fn happen(&self, cx: &mut Cx<'_>, row: &Row, ticket: &mut Ticket, state: &mut State) -> Result<()> {
        let rules = cx.rules();
        let (sla, support) = (rules.sla(), rules.support());
        // What is older than the last event happened with it.
        let at = state.last_at().map_or(self.happening.at, |last| last.max(self.happening.at));
        let was_open = self.from.is_some_and(|(before, was_gone)| is_open(before) && !was_gone);
        ticket.state = support.state_of(&ticket.status).or(ticket.state);
        self.settle_ends(ticket, at);
        let is_open = is_open(ticket) && !self.is_gone;
        let flow = match (was_open, is_open) {
            (false, true) if self.from.is_none() => Some(TicketFlow::Opened),
            (false, true) if self.from.is_some_and(|(_, was_gone)| was_gone) => Some(TicketFlow::Restored),
            (false, true) => Some(TicketFlow::Reopened),
            (true, false) if self.is_gone => Some(TicketFlow::Removed),
            (true, false) => Some(TicketFlow::Resolved),
            _ => None,
        };
        let schema = rules.schema(Kind::Ticket);
        let as_now = Row { body: ticket.clone().into(), ..row.clone() };
        let chosen = sla.choose(&as_now.facts(&schema), at);
        let (policy, calendar) = named(chosen);
        let by_staff = ticket.by_staff == Some(true);
        let happening = happening_of(ticket, &Happening { at, ..self.happening });
        let number = happening.number;
        state.step(sla, &happening, &as_now.facts(&schema));
        // What was so before it happened was a matter of whoever had the ticket then.
        let owner = self.from.map_or(&ticket.owner, |(before, _)| &before.owner).clone();
        if let Some(until) = at.checked_sub_signed(TimeDelta::microseconds(1)).filter(|_| !self.is_history) {
            tell(cx, self.id, ticket, state, &owner, until)?;
        }
        let event = TicketEvent {
            ticket: Some(self.id),
            number: i64::try_from(number).ok(),
            kind: Some(self.happening.kind),
            happened_at: Some(at),
            actor: cx.actor().name().to_owned(),
            activity: self.happening.activity,
            note: self.happening.note,
            status: ticket.status.clone(),
            state: ticket.state,
            priority: ticket.priority.clone(),
            owner: ticket.owner.clone(),
            team: ticket.team.clone(),
            account: ticket.account,
            policy,
            calendar,
            by_staff: by_staff.then_some(true),
            flow,
            ..TicketEvent::default()
        };
        cx.insert(TicketEvent::id_of(self.id, number), event.into())?;
        ticket.event_count = i64::try_from(number.saturating_add(1)).ok();
        fill(sla, ticket, state, at);
        Ok(())
    }

    /// When it was resolved and closed, by where it stands now.
    fn settle_ends(&self, ticket: &mut Ticket, at: Instant) {
        let was = self.from.and_then(|(before, _)| before.state);
        match ticket.state {
            Some(TicketState::Resolved) => {
                ticket.resolved_at = ticket.resolved_at.or(Some(at));
                ticket.closed_at = None;
            }
            Some(TicketState::Closed) => {
                ticket.resolved_at = ticket.resolved_at.or(Some(at));
                ticket.closed_at = ticket.closed_at.or(Some(at));
            }
            _ => {
                (ticket.resolved_at, ticket.closed_at) = (None, None);
                if was.is_some_and(|state| !state.is_open()) {
                    ticket.reopened_count = Some(ticket.reopened_count.unwrap_or(0).saturating_add(1));
                }
            }
        }
        if self.happening.kind == TicketEventKind::StaffReply {
            ticket.first_responded_at = ticket.first_responded_at.or(Some(at));
        }
    }
}

/// What happens to a ticket, as its clocks see it.
pub(crate) fn happening_of<'t>(ticket: &'t Ticket, happening: &Happening) -> sla::Happening<'t> {
    sla::Happening {
        at: happening.at,
        number: ticket.event_count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0),
        kind: happening.kind,
        by_staff: ticket.by_staff == Some(true),
        status: &ticket.status,
        state: ticket.state.unwrap_or(TicketState::Open),
        priority: &ticket.priority,
    }
}

fn is_open(ticket: &Ticket) -> bool {
    ticket.state.is_none_or(TicketState::is_open)
}

/// Fills what can be found by condition from the clocks as they stand at an instant.
pub(super) fn fill(sla: &Sla, ticket: &mut Ticket, state: &State, at: Instant) {
    let standing = state.standing(sla, at);
    ticket.sla_policy = state.policy().map(|policy| policy.id.clone()).unwrap_or_default();
    ticket.sla_state = standing.state;
    ticket.sla_due_at = standing.due_at;
    let due = |metric: SlaMetric| state.clock(metric).filter(|clock| clock.is_open()).and_then(|clock| clock.due_at);
    ticket.first_response_due_at = due(SlaMetric::FirstResponse);
    ticket.next_response_due_at = due(SlaMetric::NextResponse);
    let resolution = [due(SlaMetric::FirstResolution), due(SlaMetric::TotalResolution)];
    ticket.resolution_due_at = resolution.into_iter().flatten().min();
    let told = ticket.sla_told_at.unwrap_or(Instant::MIN_UTC);
    let ahead = state.alerts(told, Instant::MAX_UTC);
    ticket.sla_wake_at = ahead.iter().map(Alert::true_from).min();
    ticket.sla_clocks = state.to_text();
}

/// Stages what the clocks had to say up to an instant and was not told yet; gives it.
pub(super) fn tell(
    cx: &mut Cx<'_>,
    id: Id,
    ticket: &mut Ticket,
    state: &State,
    owner: &str,
    until: Instant,
) -> Result<Vec<(Id, Alert)>> {
    let told = ticket.sla_told_at.unwrap_or(Instant::MIN_UTC);
    if until <= told {
        return Ok(Vec::new());
    }
    ticket.sla_told_at = Some(until);
    let mut new = Vec::new();
    for alert in state.alerts(told, until) {
        let key = SlaAlert::id_of(id, alert.metric, alert.cycle, alert.kind, &alert.step);
        if cx.row(Key { kind: Kind::SlaAlert, id: key })?.is_some() {
            continue;
        }
        let row = SlaAlert {
            ticket: Some(id),
            metric: Some(alert.metric),
            cycle: Some(alert.cycle.into()),
            kind: Some(alert.kind),
            step: alert.step.clone(),
            policy: alert.policy.id.clone(),
            effective_at: Some(alert.effective_at),
            due_at: alert.due_at,
            owner: owner.to_owned(),
            notify: alert.notified(cx.rules().sla()).to_vec(),
            ..SlaAlert::default()
        };
        cx.insert(key, row.into())?;
        new.push((key, alert));
    }
    Ok(new)
}
