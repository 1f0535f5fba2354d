//! Tickets by urgency: what is broken first, then what will be soonest.

use std::cmp::{Ordering, Reverse};

use serde_json::Value as Json;

use crate::kernel::coded::coded;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::service::SlaState;
use crate::kernel::text::shortened;
use crate::kernel::time::Instant;
use crate::model::Ticket;

/// Where an open ticket stands in the queue: broken promises first, by how long they are; then those with little time
/// left and those with time, by their due instants; then what waits, what has kept all its promises, and what has none.
/// Of equal ones the more urgent priority, the older, the lower id: no two places are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Urgency {
    rank: u8,
    due_at: Option<Instant>,
    priority: usize,
    opened_at: Instant,
    id: Id,
}

impl Urgency {
    /// The place of a ticket.
    pub const fn new(
        state: Option<SlaState>,
        due_at: Option<Instant>,
        priority: usize,
        opened_at: Instant,
        id: Id,
    ) -> Self {
        let rank = match state {
            Some(SlaState::Breached) => 0,
            Some(SlaState::DueSoon) => 1,
            Some(SlaState::OnTrack) => 2,
            Some(SlaState::Paused) => 3,
            Some(SlaState::Met) => 4,
            Some(SlaState::Cancelled) | None => 5,
        };
        Self { rank, due_at, priority, opened_at, id }
    }

    /// The ticket.
    pub const fn id(&self) -> Id {
        self.id
    }

    /// The place as text for a host to hand back.
    pub fn to_text(&self) -> String {
        let due = self.due_at.map(|at| at.timestamp_micros());
        let (opened, id) = (self.opened_at.timestamp_micros(), self.id.to_string());
        json::canonical(&serde_json::json!([self.rank, due, self.priority, opened, id]))
    }

    /// Reads [`Urgency::to_text`].
    ///
    /// # Errors
    /// [`Problem::WrongShape`].
    pub fn from_text(text: &str) -> Result<Self> {
        let wrong = || Error::from(Problem::WrongShape { expected: "a cursor", found: shortened(text, 60) });
        let json = json::parse(text.as_bytes()).map_err(|_| wrong())?;
        let at = |json: &Json| json.as_i64().and_then(Instant::from_timestamp_micros).ok_or_else(wrong);
        let Some([rank, due, priority, opened, Json::String(id)]) = json.as_array().map(Vec::as_slice) else {
            return Err(wrong());
        };
        Ok(Self {
            rank: rank.as_u64().and_then(|n| u8::try_from(n).ok()).ok_or_else(wrong)?,
            due_at: Some(due).filter(|due| !due.is_null()).map(at).transpose()?,
            priority: priority.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or_else(wrong)?,
            opened_at: at(opened)?,
            id: id.parse().map_err(|_| wrong())?,
        })
    }

    /// What the order compares; without a due instant last.
    const fn key(&self) -> (u8, bool, Option<Instant>, Reverse<usize>, Instant, Id) {
        (self.rank, self.due_at.is_none(), self.due_at, Reverse(self.priority), self.opened_at, self.id)
    }
}

impl Ord for Urgency {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Urgency {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

coded! {
    /// What makes the columns of a board of tickets.
    TicketColumns {
        /// Where they stand, in the configuration's order.
        Status = "status",
        /// How urgent they are, the highest first.
        Priority = "priority",
        /// Who is responsible.
        Owner = "owner",
        /// The team.
        Team = "team",
        /// What kind of request they are.
        Category = "category",
    }
}

impl TicketColumns {
    /// The column of a ticket; empty where it does not say.
    pub fn of(self, ticket: &Ticket) -> &str {
        match self {
            TicketColumns::Status => &ticket.status,
            TicketColumns::Priority => &ticket.priority,
            TicketColumns::Owner => &ticket.owner,
            TicketColumns::Team => &ticket.team,
            TicketColumns::Category => &ticket.category,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breached_first_and_no_two_alike() {
        let at = |hour: i64| Instant::from_timestamp(hour * 3_600, 0);
        let place = |state, due, priority, opened, name: &str| {
            Urgency::new(state, due, priority, at(opened).unwrap(), Id::from_text(name))
        };
        let mut all = vec![
            place(None, None, 3, 1, "no promise"),
            place(Some(SlaState::OnTrack), at(9), 3, 1, "time"),
            place(Some(SlaState::DueSoon), at(8), 0, 1, "soon"),
            place(Some(SlaState::Breached), at(7), 0, 1, "late"),
            place(Some(SlaState::Breached), at(5), 0, 1, "later"),
            place(Some(SlaState::Breached), None, 0, 1, "late and answered"),
            place(Some(SlaState::Paused), None, 0, 2, "younger"),
            place(Some(SlaState::Paused), None, 0, 1, "older"),
            place(Some(SlaState::Paused), None, 1, 3, "higher"),
        ];
        all.sort();
        let names = ["later", "late", "late and answered", "soon", "time", "higher", "older", "younger", "no promise"];
        assert_eq!(all.iter().map(Urgency::id).collect::<Vec<_>>(), names.map(Id::from_text));
        for place in all {
            assert_eq!(Urgency::from_text(&place.to_text()).unwrap(), place);
        }
        for text in ["", "[]", "[0,null,1,2]", "[999,null,1,2,\"x\"]", "[0,\"a\",1,2,\"x\"]"] {
            assert_eq!(Urgency::from_text(text).unwrap_err().code().name(), "invalid_json", "{text}");
        }
    }
}
