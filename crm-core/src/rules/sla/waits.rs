//! How long who waited for whom: times in statuses, with or without a promise.

use chrono::TimeDelta;

use super::state::State;
use crate::kernel::calendar::{Calendar, Pauses};
use crate::kernel::service::TicketState;
use crate::kernel::time::Instant;

/// Times of a ticket added up by what its statuses mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// The requester waited: new, open and on hold.
    pub requester_wait: TimeDelta,
    /// The team worked on it: new and open.
    pub agent_work: TimeDelta,
    /// The team waited for the customer: pending.
    pub agent_wait: TimeDelta,
    /// The team waited for somebody else.
    pub on_hold: TimeDelta,
    /// From the start until it was last resolved, or until now; times between resolved and reopened count.
    pub total_resolution: TimeDelta,
    /// Resolved or closed, and not reopened since.
    over: TimeDelta,
}

impl Waits {
    /// Adds the next time of a ticket.
    pub fn add(&mut self, state: TicketState, length: TimeDelta) {
        let plus = |sum: &mut TimeDelta| *sum = sum.checked_add(&length).unwrap_or(TimeDelta::MAX);
        match state {
            TicketState::New | TicketState::Open => {
                plus(&mut self.requester_wait);
                plus(&mut self.agent_work);
            }
            TicketState::Pending => plus(&mut self.agent_wait),
            TicketState::Hold => {
                plus(&mut self.requester_wait);
                plus(&mut self.on_hold);
            }
            TicketState::Resolved | TicketState::Closed => {
                plus(&mut self.over);
                return;
            }
        }
        plus(&mut self.total_resolution);
        self.total_resolution = self.total_resolution.checked_add(&self.over).unwrap_or(TimeDelta::MAX);
        self.over = TimeDelta::zero();
    }
}

impl State {
    /// The times until an instant: in the open time of a calendar, or by the wall clock. Times in which the ticket was
    /// merged or archived do not count.
    pub fn waits(&self, calendar: Option<&Calendar>, at: Instant) -> Waits {
        let mut waits = Waits::default();
        let ends = self.segments.iter().skip(1).map(|next| next.from).chain([at]);
        for (segment, to) in self.segments.iter().zip(ends).filter(|(segment, _)| !segment.is_gone) {
            let to = to.min(at);
            let length = match calendar {
                Some(calendar) => calendar.elapsed(segment.from, to, Pauses::NONE),
                None => to.signed_duration_since(segment.from).max(TimeDelta::zero()),
            };
            if segment.from < to {
                waits.add(segment.state, length);
            }
        }
        waits
    }
}
