//! Employees: the people of the team, and who leads whom.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::staff::EmployeeStatus;

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
        /// The person's address for work.
        email: String, indexed;
        /// What the person does: consultant, support agent, developer ...
        job_title: String, indexed;
        /// Whether the person works at all: active, away, left, by [`EmployeeStatus`](crate::kernel::staff::EmployeeStatus).
        status: Option<EmployeeStatus>, indexed;
        /// How much work the person takes at a time, in points.
        capacity_points: Option<i64>;
        /// Minutes of work in a usual week.
        weekly_minutes: Option<i64>;
        /// When the person works: the id of a business calendar.
        calendar: String;
        /// Languages, by their ISO 639-1 codes.
        languages: Vec<String>;
        /// What the person can do, by the host's names.
        skills: Vec<String>;
        /// Who covers when the person is away: the host's name of a user.
        delegate: String;
        /// The first day.
        started_on: Option<NaiveDate>;
        /// The last day.
        left_on: Option<NaiveDate>;
        /// Labels.
        tags: Vec<String>;
        /// The system it was imported from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
