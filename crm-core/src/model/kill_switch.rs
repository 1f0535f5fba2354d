//! The switch that stops everything that leaves.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// Whether something may leave at all. There is one row, once somebody has stopped everything.
    KillSwitch = "kill_switch" {
        /// Whether everything is stopped.
        stopped: Option<bool>;
        /// Who stopped it, or let it go on.
        by: String;
        /// When.
        since: Option<Instant>;
        /// Why.
        note: String;
    }
}

impl KillSwitch {
    /// The id of the one row.
    pub fn id_of() -> Id {
        Id::from_text("kill switch")
    }
}
