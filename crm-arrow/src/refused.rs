//! Why a row of a table has no answer.

use crm_core::{Error, Lang, Problem, lang};

use crate::output::diagnostic;

/// Why a row has no answer.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// For programs.
    pub(crate) code: &'static str,
    /// For people.
    pub(crate) error: Error,
}

impl Refused {
    pub(crate) fn new(code: &'static str, error: impl Into<Error>) -> Self {
        Self { code, error: error.into() }
    }

    /// An empty cell of a column that no row can do without.
    pub(crate) fn missing(code: &'static str, name: &str) -> Self {
        Self::new(code, Problem::Missing { name: name.to_owned() })
    }

    pub(crate) fn text(&self, to: Lang) -> String {
        match self.error.problem() {
            // The path would say the name twice.
            Problem::Missing { .. } => lang::problem(self.error.problem(), to),
            _ => diagnostic(&self.error, to),
        }
    }
}
