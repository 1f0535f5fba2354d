//! Where records are kept: two small traits, a query, an atomic commit, and a trail of what happened.
//!
//! A backend implements [`Store`] (a snapshot and a commit) and [`Read`] (four look-ups); everything else is the
//! engine's. The workspace appears in the two entry points and nowhere else, so that no query can forget it. A new
//! backend proves itself with [`conformance`].

mod commit;
pub mod conformance;
mod memory;
mod query;

pub(crate) use commit::hex;
pub use commit::{Change, Commit, Draft, Entry, Guard, Head, LogQuery, Write, verify_chain};
pub use memory::MemoryStore;
pub use query::{Archived, Cursor, MOST_ROWS, Order, Page, Query, Term};

use std::fmt;
use std::sync::Arc;

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::text;
use crate::model::{Key, Row};

/// A tenant's name: everything a store keeps lies inside one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Workspace(Arc<str>);

impl Workspace {
    /// Most bytes of a name.
    pub const MOST_BYTES: usize = 128;

    /// A workspace by name.
    ///
    /// # Errors
    /// An empty name, one over 128 bytes, or one with control characters.
    pub fn new(name: &str) -> Result<Self> {
        let name = text::check(name)?;
        if name.is_empty() {
            return Err(Problem::Missing { name: "workspace".into() }.into());
        }
        if name.len() > Self::MOST_BYTES {
            let (bytes, most) =
                (crate::kernel::json::length(name.len()), crate::kernel::json::length(Self::MOST_BYTES));
            return Err(Problem::TooLong { bytes, most }.into());
        }
        if name.chars().any(char::is_control) {
            return Err(Error::from(Problem::ControlCharacter { found: text::shortened(name, 60) }));
        }
        Ok(Self(name.into()))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A backend.
pub trait Store: Send + Sync {
    /// A consistent view of one workspace.
    ///
    /// # Errors
    /// The backend's own, with a code that says whether trying again may help.
    fn snapshot(&self, workspace: &Workspace) -> Result<Box<dyn Read + '_>>;

    /// Applies a commit whole or not at all: checks every guard and every write's expected version, links the draft
    /// to the end of the workspace's trail, and writes all of it durably before it returns.
    ///
    /// # Errors
    /// [`Problem::Conflict`] when a guard or an expected version does not hold or the command's id is already in the
    /// trail; the engine then decides again. Other errors are the backend's own; nothing was changed.
    fn commit(&self, workspace: &Workspace, commit: &Commit) -> Result<Entry>;
}

/// A consistent view of one workspace.
pub trait Read {
    /// A row, archived or not.
    ///
    /// # Errors
    /// The backend's own.
    fn get(&self, key: Key) -> Result<Option<Row>>;

    /// The rows that a query finds, in its order, up to its limit.
    ///
    /// # Errors
    /// The backend's own.
    fn find(&self, query: &Query) -> Result<Page>;

    /// How many rows a query finds, regardless of its limit and cursor.
    ///
    /// # Errors
    /// The backend's own.
    fn count(&self, query: &Query) -> Result<u64>;

    /// Entries of the trail, oldest first.
    ///
    /// # Errors
    /// The backend's own.
    fn log(&self, query: &LogQuery) -> Result<Vec<Entry>>;

    /// Whether what a backend keeps beside the rows and the trail, to look them up by, agrees with them;
    /// [`Crm::verify`](crate::Crm::verify) asks. A backend that keeps nothing of the kind has nothing to do.
    ///
    /// # Errors
    /// [`Problem::Corrupt`] with the first place that differs, and the backend's own.
    fn check(&self) -> Result<()> {
        Ok(())
    }
}

impl<S: Store + ?Sized> Store for Arc<S> {
    fn snapshot(&self, workspace: &Workspace) -> Result<Box<dyn Read + '_>> {
        (**self).snapshot(workspace)
    }
    fn commit(&self, workspace: &Workspace, commit: &Commit) -> Result<Entry> {
        (**self).commit(workspace, commit)
    }
}

impl<S: Store + ?Sized> Store for Box<S> {
    fn snapshot(&self, workspace: &Workspace) -> Result<Box<dyn Read + '_>> {
        (**self).snapshot(workspace)
    }
    fn commit(&self, workspace: &Workspace, commit: &Commit) -> Result<Entry> {
        (**self).commit(workspace, commit)
    }
}
