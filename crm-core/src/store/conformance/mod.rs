//! What every backend must answer, as a table of cases: a new backend proves itself with one line.
//!
//! ```
//! use crm_core::store::{MemoryStore, conformance};
//!
//! for (case, result) in conformance::check(&mut || Box::new(MemoryStore::new())) {
//!     assert_eq!(result, Ok(()), "{case}");
//! }
//! ```

mod commits;
mod fixture;
mod predicates;
mod queries;
mod sights;
mod words;

use std::fmt;

use super::Store;
use crate::kernel::error::Error;

/// One thing that a backend must do.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What it must do, as a sentence in snake case.
    pub name: &'static str,
    /// Tries it on an empty store.
    pub run: fn(&dyn Store) -> Result<(), Failure>,
}

/// What a backend did instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Failure {
    fn from(e: Error) -> Self {
        Failure(format!("unexpected error {e:?}"))
    }
}

macro_rules! cases {
    ($($module:ident: $($name:ident)*;)*) => {
        /// Every case.
        pub const CASES: &[Case] = &[$($(Case { name: stringify!($name), run: $module::$name },)*)*];
    };
}

cases! {
    commits:
        a_row_reads_back_as_it_was_written
        every_kind_keeps_every_field
        extreme_values_read_back
        an_update_replaces_the_row
        a_wrong_version_is_a_conflict
        guards_are_checked
        a_commit_is_whole_or_nothing
        a_command_is_applied_once
        the_trail_is_linked_and_read
        workspaces_are_apart
        a_snapshot_does_not_change;
    queries:
        archived_rows_are_shown_on_request
        unknown_comes_last_either_way
        ties_end_in_created_at_and_id
        pages_show_every_row_once
        amounts_are_ordered_within_their_currency
        text_is_ordered_folded
        questions_that_make_no_sense_are_refused;
    predicates:
        every_operator_has_its_truth_table
        sets_of_texts_are_searched
        logic_has_three_values
        empty_lists_of_conditions_hold_or_not
        spellings_meet
        texts_are_data_not_syntax
        relative_times_end_where_they_should
        extreme_values_compare
        a_field_that_changed_its_type_is_unknown;
    sights:
        only_what_is_seen_is_found_and_counted
        sights_hold_as_they_read;
    words:
        words_are_whole;
}

/// Runs every case on a store of its own.
pub fn check(make: &mut dyn FnMut() -> Box<dyn Store>) -> Vec<(&'static str, Result<(), String>)> {
    CASES.iter().map(|case| (case.name, (case.run)(&*make()).map_err(|f| f.0))).collect()
}
