//! The words of support: what statuses a ticket can have and what they mean, how urgent one can be.

use serde_json::Value as Json;

use super::check;
use super::priorities::Priorities;
use super::read::{Object, coded, labels, list};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::reason::{Labels, Name};
use crate::kernel::service::TicketState;
use crate::kernel::text::shortened;

/// Most statuses.
const MOST_STATUSES: usize = 100;

/// One status that a ticket can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its code, and what people call it.
    pub name: Name,
    /// What it means.
    pub state: TicketState,
}

/// The statuses and priorities of a workspace's tickets: the configuration's `support`.
///
/// ```json
/// {"statuses": [{"code": "new", "state": "new", "labels": {"en": "New", "fr": "Nouveau"}},
///               {"code": "with_supplier", "state": "hold"}],
///  "priorities": ["low", "normal", "high", "urgent"], "opened_by_message": ["pending", "resolved"]}
/// ```
/// Without configuration there is one status for each state, with the state's own code. What a customer writes opens
/// tickets of the states of `opened_by_message`: those that wait for the customer, and those that are resolved, unless a
/// grace of the configuration's `sla` says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    statuses: Vec<Status>,
    priorities: Priorities,
    opened_by_message: Vec<TicketState>,
}

impl Default for Support {
    fn default() -> Self {
        let words = [
            (TicketState::New, "New", "Nouveau"),
            (TicketState::Open, "Open", "Ouvert"),
            (TicketState::Pending, "Waiting for the customer", "En attente du client"),
            (TicketState::Hold, "On hold", "En attente d’un tiers"),
            (TicketState::Resolved, "Resolved", "Résolu"),
            (TicketState::Closed, "Closed", "Clos"),
        ];
        let status = |(state, en, fr): (TicketState, &str, &str)| Status {
            name: Name { id: state.code().into(), labels: Some(Labels { en: en.into(), fr: fr.into() }) },
            state,
        };
        let opened_by_message = vec![TicketState::Pending, TicketState::Resolved];
        Self { statuses: words.map(status).to_vec(), priorities: Priorities::default(), opened_by_message }
    }
}

impl Support {
    /// Reads the configuration's `support`.
    ///
    /// # Errors
    /// An unknown key or state, a code twice, no status for new, open or resolved tickets, and what [`Priorities`] refuse.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["statuses", "priorities", "opened_by_message"])?;
        let standard = Self::default();
        let statuses = o.optional("statuses", statuses)?.unwrap_or(standard.statuses);
        let priorities = o.optional("priorities", Priorities::from_json)?.unwrap_or(standard.priorities);
        let state = |json: &Json| coded(json, TicketState::from_code, TicketState::CODES);
        let opened_by_message = o.optional("opened_by_message", |json| list(json, state))?;
        let opened_by_message = opened_by_message.unwrap_or(standard.opened_by_message);
        Ok(Self { statuses, priorities, opened_by_message })
    }

    /// Whether what a customer writes opens a ticket of a state.
    pub fn is_opened_by_message(&self, state: TicketState) -> bool {
        self.opened_by_message.contains(&state)
    }

    /// The statuses, in their order.
    pub fn statuses(&self) -> &[Status] {
        &self.statuses
    }

    /// The priorities, from the lowest to the highest.
    pub const fn priorities(&self) -> &Priorities {
        &self.priorities
    }

    /// What a status means; `None` for one that there is not.
    pub fn state_of(&self, code: &str) -> Option<TicketState> {
        self.statuses.iter().find(|status| status.name.id == code).map(|status| status.state)
    }

    /// A status by its code.
    ///
    /// # Errors
    /// [`Problem::UnknownStatus`].
    pub fn required(&self, code: &str) -> Result<&Status> {
        let unknown = || Problem::UnknownStatus {
            found: shortened(code, 60),
            expected: self.statuses.iter().map(|status| shortened(&status.name.id, 60)).collect(),
        };
        Ok(self.statuses.iter().find(|status| status.name.id == code).ok_or_else(unknown)?)
    }

    /// The first status of a state.
    pub fn first_of(&self, state: TicketState) -> Option<&Status> {
        self.statuses.iter().find(|status| status.state == state)
    }
}

fn statuses(json: &Json) -> Result<Vec<Status>> {
    let statuses = list(json, |json| {
        let o = Object::new(json, &["code", "state", "labels"])?;
        let id = o.text("code")?;
        check::id(&id).map_err(|e| e.at("code"))?;
        let labels = o.optional("labels", labels)?;
        check::labels(labels.as_ref())?;
        let state = coded(o.required("state")?, TicketState::from_code, TicketState::CODES);
        Ok(Status { name: Name { id, labels }, state: state.map_err(|e| e.at("state"))? })
    })?;
    check::most("statuses", statuses.len(), MOST_STATUSES)?;
    for (place, status) in statuses.iter().enumerate() {
        if statuses.iter().take(place).any(|other| other.name.id == status.name.id) {
            let twice = RulesProblem::DuplicateId { id: status.name.id.clone() };
            return Err(Error::from(twice).at("code").at_index(place));
        }
    }
    for state in [TicketState::New, TicketState::Open, TicketState::Resolved] {
        if !statuses.iter().any(|status| status.state == state) {
            return Err(RulesProblem::NoStatusOf { state: state.code() }.into());
        }
    }
    Ok(statuses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_state_has_a_status_and_own_ones_are_checked() {
        let standard = Support::default();
        for state in TicketState::ALL {
            assert_eq!(standard.first_of(*state).map(|s| s.name.id.as_str()), Some(state.code()));
        }
        assert_eq!(standard.required("solved").unwrap_err().code().name(), "invalid_value");
        let refused = |json: Json, code: &str, field: Option<&str>| {
            let error = Support::from_json(&json).unwrap_err();
            assert_eq!((error.code().name(), error.field()), (code, field), "{error}");
        };
        refused(json!({"statuses": [{"code": "a", "state": "new"}]}), "invalid_rules", Some("statuses"));
        refused(json!({"statuses": [{"code": "a", "state": "neu"}]}), "invalid_value", Some("statuses[0].state"));
        let twice = json!([{"code": "a", "state": "new"}, {"code": "a", "state": "open"}]);
        refused(json!({"statuses": twice}), "invalid_rules", Some("statuses[1].code"));
        refused(json!({"priorities": []}), "invalid_rules", Some("priorities"));
        refused(json!({"priority": []}), "unknown_field", None);
    }
}
