//! Leave: when somebody of the team is away.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::service::DayHalf;
use crate::kernel::staff::LeaveKind;

record! {
    /// Days on which somebody is away, from a first to a last one, both included.
    Leave = "leave" {
        /// Who is away: the host's name of a user.
        user: String, indexed;
        /// Why.
        kind: Option<LeaveKind>;
        /// The first day.
        from_date: Option<NaiveDate>, indexed;
        /// The half of the first day with which it begins; `None` is the morning.
        from_half: Option<DayHalf>;
        /// The last day.
        to_date: Option<NaiveDate>, indexed;
        /// The half of the last day with which it ends; `None` is the afternoon.
        to_half: Option<DayHalf>;
        /// What else is to be said.
        note: String;
        /// The system it was imported from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
