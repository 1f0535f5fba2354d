//! How far customers are in what they learn.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// How far a customer, or a person of the customer's, is in a course.
    LearningProgress = "learning_progress" {
        /// The customer.
        account: Option<Id>, indexed;
        /// The person.
        contact: Option<Id>, indexed;
        /// The course.
        course: String, indexed;
        /// How many lessons are done.
        completed: Option<i64>;
        /// How many there are.
        lessons: Option<i64>;
        /// Whether it is part of the onboarding.
        required: Option<bool>;
        /// When the last one was done.
        completed_at: Option<Instant>, indexed;
        /// When the host last looked.
        as_of: Option<Instant>;
        /// The system it was imported from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
