//! The events of a timeline as the JSON door reads them.

use serde_json::{Map, Value as Json};

use super::door::{Desk, required};
use super::state::Happening;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::service::{TicketEventKind, TicketState};
use crate::kernel::time::Instant;
use crate::rules::check;
use crate::rules::input::Values;
use crate::rules::read::{Object, coded, text};

/// An event as it was read.
pub(super) struct Event {
    pub(super) at: Instant,
    number: u64,
    kind: TicketEventKind,
    by_staff: bool,
    status: String,
    state: TicketState,
    priority: String,
    pub(super) facts: Values,
}

impl Event {
    pub(super) fn happening(&self) -> Happening<'_> {
        Happening {
            at: self.at,
            number: self.number,
            kind: self.kind,
            by_staff: self.by_staff,
            status: &self.status,
            state: self.state,
            priority: &self.priority,
        }
    }
}

impl Desk<'_> {
    /// The events of a timeline, each with the ticket's facts after it.
    pub(super) fn events(&self, o: &Object<'_>, base: &Map<String, Json>) -> Result<Vec<Event>> {
        let first = self.sla.support().first_of(TicketState::New);
        let (mut ticket, mut number) = (base.clone(), 0_u64);
        let told = |ticket: &Map<String, Json>, key: &str| ticket.get(key).and_then(Json::as_str).map(str::to_owned);
        let mut status =
            told(base, "status").or_else(|| first.map(|status| status.name.id.clone())).unwrap_or_default();
        let mut priority = told(base, "priority").unwrap_or_default();
        let list = o.required("events")?;
        let wrong = || Error::from(Problem::WrongShape { expected: "a list", found: json::shown(list) }).at("events");
        let mut events = Vec::new();
        for (i, json) in list.as_array().ok_or_else(wrong)?.iter().enumerate() {
            number = number.saturating_add(1);
            let mut read = || -> Result<Event> {
                let o = Object::new(json, &["at", "number", "kind", "by_staff", "status", "priority", "ticket"])?;
                let kind = coded(o.required("kind")?, TicketEventKind::from_code, TicketEventKind::CODES);
                if let Some(changed) = o.optional("ticket", |v| json::object(v, "an object of fields"))? {
                    ticket.extend(changed.clone());
                    status = told(changed, "status").unwrap_or(std::mem::take(&mut status));
                    priority = told(changed, "priority").unwrap_or(std::mem::take(&mut priority));
                }
                status = o.optional("status", text)?.unwrap_or(std::mem::take(&mut status));
                priority = o.optional("priority", text)?.unwrap_or(std::mem::take(&mut priority));
                let state = self.sla.support().required(&status).map_err(|e| e.at("status"))?.state;
                self.sla.support().priorities().check(&priority).map_err(|e| e.at("priority"))?;
                ticket.insert("status".into(), status.as_str().into());
                ticket.insert("state".into(), state.code().into());
                ticket.insert("priority".into(), priority.as_str().into());
                let given = o.optional_integer("number")?;
                if let Some(given) = given {
                    check::between(given, 0, i64::MAX).map_err(|e| e.at("number"))?;
                    number = given.unsigned_abs();
                }
                Ok(Event {
                    at: required(&o, "at")?,
                    number,
                    kind: kind.map_err(|e| e.at("kind"))?,
                    by_staff: o.flag("by_staff", false)?,
                    status: status.clone(),
                    state,
                    priority: priority.clone(),
                    facts: self.facts(&ticket).map_err(|e| e.at("ticket"))?,
                })
            };
            events.push(read().map_err(|e| e.at_index(i).at("events"))?);
        }
        Ok(events)
    }
}
