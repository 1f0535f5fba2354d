//! What another configuration would do to the clocks that run.

use super::Sla;
use super::state::{Happening, State};
use crate::kernel::fact::Facts;
use crate::kernel::service::TicketEventKind;
use crate::kernel::sla_reason::SlaReason;
use crate::kernel::time::Instant;

impl State {
    /// The state after policies and calendars as they are now are applied at an instant, and which due instants that
    /// moves. What was kept or broken stays as it was. Asked before, it is a preview: nothing is kept of it.
    pub fn reapplied(&self, sla: &Sla, facts: &dyn Facts, at: Instant) -> (State, Vec<SlaReason>) {
        let mut state = self.clone();
        let (Some((_, number)), Some(segment)) = (self.last, self.segments.last()) else {
            return (state, Vec::new());
        };
        let event = Happening {
            at,
            number: number.saturating_add(1),
            kind: TicketEventKind::Reapplied,
            by_staff: false,
            status: &segment.status,
            state: segment.state,
            priority: &self.priority,
        };
        let reasons = state.step(sla, &event, facts);
        (state, reasons)
    }
}
