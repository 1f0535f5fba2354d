//! What a clock had to say when time passed: due soon, a step of the escalation, a broken promise.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::service::{SlaAlertKind, SlaMetric};
use crate::kernel::time::Instant;

record! {
    /// What a clock had to say, once. Rows are only ever added; the row's id follows from ticket, metric, cycle, kind and step.
    SlaAlert = "sla_alert" {
        /// The ticket.
        ticket: Option<Id>, indexed;
        /// The clock's metric.
        metric: Option<SlaMetric>, indexed;
        /// Which run of the clock, from 1; only responses run more than once.
        cycle: Option<i64>;
        /// What it says.
        kind: Option<SlaAlertKind>, indexed;
        /// The step of the escalation, by its id.
        step: String;
        /// The policy, by its id.
        policy: String;
        /// When it became true, whenever somebody looked.
        effective_at: Option<Instant>, indexed;
        /// By when the promise was to be kept.
        due_at: Option<Instant>;
        /// Who was responsible then.
        owner: String, indexed;
        /// Whom the policy wants told, by the host's names.
        notify: Vec<String>;
    }
}

impl SlaAlert {
    /// The id of what a clock says in a cycle; `step` is empty but for a step of the escalation.
    pub fn id_of(ticket: Id, metric: SlaMetric, cycle: u32, kind: SlaAlertKind, step: &str) -> Id {
        let (metric, kind) = (metric.code(), kind.code());
        Id::from_text(&json::canonical(&serde_json::json!([ticket.to_string(), metric, cycle, kind, step])))
    }
}
