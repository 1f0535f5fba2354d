//! Employees: the people of the team, and who leads whom.

use super::declare::record;

record! {
    /// A person of the team.
    Employee = "employee" {
        /// The host's name of the user, as records name their owners.
        user: String, indexed;
        /// First and last name.
        full_name: String;
        /// Who leads the person: the host's name of a user.
        manager: String, indexed;
        /// The person's team.
        team: String, indexed;
        /// Labels.
        tags: Vec<String>;
        /// The system it was imported from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
