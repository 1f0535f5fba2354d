//! The order of a timeline, and how pages are made of several sources that have it each for itself.

use std::cmp::Reverse;

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::text::shortened;
use crate::kernel::time::Instant;
use crate::kernel::timeline_reason::EntryKind;

/// Where an entry stands: the newest first, of one instant what was logged last first, then by kind and id. No two
/// entries have one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryPlace {
    happened_at: Reverse<Instant>,
    logged_at: Reverse<Instant>,
    kind: EntryKind,
    id: Id,
}

impl EntryPlace {
    /// The place of something that happened and was logged then; `id` is that of its row.
    pub const fn new(happened_at: Instant, logged_at: Instant, kind: EntryKind, id: Id) -> Self {
        Self { happened_at: Reverse(happened_at), logged_at: Reverse(logged_at), kind, id }
    }

    /// When it happened.
    pub const fn happened_at(&self) -> Instant {
        self.happened_at.0
    }

    /// When it was logged.
    pub const fn logged_at(&self) -> Instant {
        self.logged_at.0
    }

    /// What it is.
    pub const fn kind(&self) -> EntryKind {
        self.kind
    }

    /// The id of its row.
    pub const fn id(&self) -> Id {
        self.id
    }

    /// The place as text for a host to hand back.
    pub fn to_text(&self) -> String {
        let micros = |at: Instant| at.timestamp_micros();
        format!("{} {} {} {}", micros(self.happened_at.0), micros(self.logged_at.0), self.kind.code(), self.id)
    }

    /// Reads [`EntryPlace::to_text`].
    ///
    /// # Errors
    /// [`Problem::WrongShape`].
    pub fn from_text(text: &str) -> Result<Self> {
        let wrong = || Error::from(Problem::WrongShape { expected: "a cursor", found: shortened(text, 60) });
        let instant = |text: &str| text.parse().ok().and_then(Instant::from_timestamp_micros);
        let mut parts = text.split(' ');
        let mut next = || parts.next().unwrap_or_default();
        let (happened_at, logged_at) = (instant(next()).ok_or_else(wrong)?, instant(next()).ok_or_else(wrong)?);
        let kind = EntryKind::from_code(next()).ok_or_else(wrong)?;
        let id = next().parse().map_err(|_| wrong())?;
        match parts.next() {
            None => Ok(Self::new(happened_at, logged_at, kind, id)),
            Some(_) => Err(wrong()),
        }
    }
}

/// One page of several sources: its entries in order, each place once, and where the next page begins.
///
/// Each source gives what it has behind the cursor in its order: all of it, or at least one more than `limit`. An entry
/// that several have is the first one's.
pub fn one_page<T>(sources: Vec<Vec<(EntryPlace, T)>>, limit: usize) -> (Vec<(EntryPlace, T)>, Option<EntryPlace>) {
    let mut all: Vec<(EntryPlace, T)> = sources.into_iter().flatten().collect();
    all.sort_by_key(|(place, _)| *place);
    all.dedup_by_key(|(place, _)| *place);
    let more = all.len() > limit;
    all.truncate(limit);
    let next = all.last().filter(|_| more).map(|(place, _)| *place);
    (all, next)
}
