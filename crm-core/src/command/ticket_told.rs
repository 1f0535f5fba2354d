//! What happens to a ticket: the event, what it does to the clocks, and what these had to say before.

use chrono::TimeDelta;

use super::Cx;
use super::ticket_state::Happening;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::service::{SlaMetric, TicketEventKind, TicketFlow, TicketState};
use crate::kernel::time::Instant;
use crate::model::{Key, Kind, Row, SlaAlert, Ticket, TicketEvent};
use crate::rules::sla::{self, Alert, Chosen, Sla, State};

/// The ids of a policy and its calendar.
pub(super) fn named(chosen: Option<Chosen<'_>>) -> (String, String) {
    let Some(chosen) = chosen else { return (String::new(), String::new()) };
    let calendar = match chosen.time {
        sla::WorkingTime::Calendar(calendar) => calendar.id().to_owned(),
        sla::WorkingTime::Wall | sla::WorkingTime::Missing => String::new(),
    };
    (chosen.policy.name.id.clone(), calendar)
}

/// One thing that happens to a ticket.
pub(super) struct Event<'a> {
    pub(super) id: Id,
    pub(super) happening: Happening,
    /// Whether the ticket is archived afterwards.
    pub(super) is_gone: bool,
    /// The ticket as it was, and whether it was archived; `None` of one that is made.
    pub(super) from: Option<(&'a Ticket, bool)>,
    /// Whether it happened before the ticket came here: its alerts are not told as it goes.
    pub(super) is_history: bool,
}

impl Event<'_> {
    /// Steps the clocks, fills the ticket and stages the event.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn happen(&self, cx: &mut Cx<'_>, row: &Row, ticket: &mut Ticket, state: &mut State) -> Result<()> {
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

/// Whether a ticket is still to be worked on.
pub(super) fn is_open(ticket: &Ticket) -> bool {
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
