//! The words that rules about the team share.

use super::coded::coded;

coded! {
    /// Whether somebody of the team works.
    EmployeeStatus {
        /// Works.
        Active = "active",
        /// Takes nothing new for now.
        Away = "away",
        /// Does not work here any more.
        Left = "left",
    }
}

coded! {
    /// Why somebody is away.
    LeaveKind {
        /// Paid leave.
        Paid = "paid",
        /// Ill.
        Sick = "sick",
        /// A child was born or adopted.
        Parental = "parental",
        /// Training.
        Training = "training",
        /// Leave without pay.
        Unpaid = "unpaid",
        /// Anything else.
        Other = "other",
    }
}
