//! How urgent tickets and tasks are: a host's own words in an order.

use serde_json::Value as Json;

use super::check;
use super::read::{list, text};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::text::shortened;

/// Most priorities.
const MOST_PRIORITIES: usize = 20;
/// What counts where nobody says how urgent something is, if there is such a priority.
const USUAL: &str = "normal";

/// The priorities of tickets and tasks, from the lowest to the highest: `low`, `normal`, `high`, `urgent` unless the host
/// has its own.
///
/// ```
/// use crm_core::rules::Priorities;
/// let priorities = Priorities::default();
/// assert!(priorities.place("urgent") > priorities.place("normal"));
/// assert_eq!(priorities.place(""), priorities.place("normal"), "nobody said");
/// assert!(priorities.check("critical").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priorities(Vec<String>);

impl Default for Priorities {
    fn default() -> Self {
        Self(["low", USUAL, "high", "urgent"].map(str::to_owned).to_vec())
    }
}

impl Priorities {
    /// Reads a list of codes, the lowest first.
    ///
    /// # Errors
    /// An empty list, more than twenty, an id twice or without text, with the place.
    pub fn from_json(json: &Json) -> Result<Self> {
        let codes = list(json, |json| {
            let code = text(json)?;
            check::id(&code)?;
            Ok(code)
        })?;
        if codes.is_empty() {
            return Err(RulesProblem::Empty { what: "priorities" }.into());
        }
        check::most("priorities", codes.len(), MOST_PRIORITIES)?;
        for (place, code) in codes.iter().enumerate() {
            if codes.iter().take(place).any(|other| other == code) {
                return Err(Error::from(RulesProblem::DuplicateId { id: code.clone() }).at_index(place));
            }
        }
        Ok(Self(codes))
    }

    /// The codes, the lowest first.
    pub fn codes(&self) -> &[String] {
        &self.0
    }

    /// How high a priority is: its place in the list. Without a priority, or with one that is no more, it is that of
    /// `normal`, or the lower middle of a list without it.
    pub fn place(&self, priority: &str) -> usize {
        self.0.iter().position(|code| code == priority).unwrap_or_else(|| self.usual())
    }

    /// The place that counts where nobody said.
    pub fn usual(&self) -> usize {
        let middle = self.0.len().saturating_sub(1) / 2;
        self.0.iter().position(|code| code == USUAL).unwrap_or(middle)
    }

    /// Refuses a priority that is not in the list; none is fine.
    ///
    /// # Errors
    /// [`Problem::UnknownPriority`].
    pub fn check(&self, priority: &str) -> Result<()> {
        if priority.is_empty() || self.0.iter().any(|code| code == priority) {
            return Ok(());
        }
        let expected = self.0.iter().map(|code| shortened(code, 60)).collect();
        Err(Problem::UnknownPriority { found: shortened(priority, 60), expected }.into())
    }
}
