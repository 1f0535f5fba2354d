//! Turns: where everybody stands in a rule's round robin. Kept by routing.

use super::declare::record;
use crate::kernel::id::Id;

record! {
    /// Somebody's current weight in the smooth weighted round robin of one routing rule.
    RoutingTurn = "routing_turn" {
        /// The rule.
        rule: String, indexed computed;
        /// The host's name of the user.
        user: String, indexed computed;
        /// The current weight; unknown for somebody who is away.
        weight: Option<i64>, computed;
    }
}

impl RoutingTurn {
    /// The id of the one row of a rule and a user.
    pub fn id(rule: &str, user: &str) -> Id {
        Id::from_text(&format!("routing_turn {}", crate::kernel::json::canonical(&serde_json::json!([rule, user]))))
    }
}
