//! Applying policies and calendars as they are configured now to clocks that run.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::body::{at_most, ids_of};
use super::ticket_state::{Happening, clocks_of, ticket_of};
use super::ticket_told::happening_of;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::service::TicketEventKind;
use crate::kernel::sla_reason::SlaReason;
use crate::kernel::time::Instant;
use crate::model::{Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::sla::{Clock, State};

/// Most tickets of one command; [`crate::Crm::reapply_all`] takes any number.
pub(crate) const MOST_REAPPLIED: usize = 500;

/// Applies the policies and calendars as they are configured now to the running clocks of tickets: `{"ids": [...]}`.
///
/// Nothing else does: an edit of the configuration never moves a promise by itself. What is over keeps the policy and the
/// calendar that it was measured with. The question `sla_reapply` tells before what would move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReapplySla {
    /// The tickets.
    pub ids: Vec<Id>,
}

/// What became of the tickets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reapplied {
    /// Tickets that were looked at.
    pub tickets: u64,
    /// Tickets whose clocks changed.
    pub changed: u64,
}

impl Reapplied {
    /// Adds what became of others.
    pub fn add(&mut self, other: Reapplied) {
        self.tickets = self.tickets.saturating_add(other.tickets);
        self.changed = self.changed.saturating_add(other.changed);
    }
}

impl ReapplySla {
    /// The tickets of these ids.
    pub const fn new(ids: Vec<Id>) -> Self {
        Self { ids }
    }
}

/// What the configuration of now would change of a ticket's clocks: due instants that move, clocks that are cancelled,
/// each with why; `None` where nothing changes.
///
/// # Errors
/// Clocks that the library did not write.
pub(crate) fn reapplied(rules: &Rules, row: &Row, at: Instant) -> Result<Option<Vec<SlaReason>>> {
    let Some(ticket) = ticket_of(row) else { return Ok(None) };
    let mut state = clocks_of(row.id, ticket)?;
    let schema = rules.schema(Kind::Ticket);
    let at = state.last_at().map_or(at, |last| last.max(at));
    // Since when a clock's instants hold is no change of them, nor is what time alone does.
    let shown = |state: &State| {
        let clocks = state.clocks().iter().map(|clock| Clock { since: at, ..clock.clone() }).collect::<Vec<_>>();
        (clocks, state.policy().map(|policy| policy.id.clone()))
    };
    let step = |state: &mut State, kind: TicketEventKind| {
        let happening = happening_of(ticket, &Happening::new(kind, at));
        state.step(rules.sla(), &happening, &row.facts(&schema))
    };
    let mut untouched = state.clone();
    step(&mut untouched, TicketEventKind::InternalNote);
    let reasons = step(&mut state, TicketEventKind::Reapplied);
    Ok((shown(&state) != shown(&untouched)).then_some(reasons))
}

impl Command for ReapplySla {
    type Output = Reapplied;
    const VERB: Verb = Verb::Configure;

    fn name() -> Cow<'static, str> {
        "ticket.reapply".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"ids": self.ids.iter().map(Id::to_string).collect::<Vec<_>>()})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `ids`")?;
        json::only_keys(map, &["ids"])?;
        Ok(Self { ids: ids_of(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Reapplied> {
        at_most(MOST_REAPPLIED, &self.ids)?;
        let mut done = Reapplied::default();
        for (place, id) in self.ids.iter().enumerate() {
            let row = cx.existing(Key { kind: Kind::Ticket, id: *id }).map_err(|e| e.at_index(place).at("ids"))?;
            if ticket_of(&row).is_none() {
                return Err(Problem::NotFound { record: Kind::Ticket.name().into(), id: id.to_string() }.into());
            }
            let changed = row.archived_at.is_none() && reapplied(cx.rules(), &row, cx.at())?.is_some();
            if changed {
                cx.happens(*id, Happening::new(TicketEventKind::Reapplied, cx.at()));
                cx.update(row)?;
            }
            done.add(Reapplied { tickets: 1, changed: changed.into() });
        }
        Ok(done)
    }
}
