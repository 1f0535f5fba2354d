//! Time that does not count although the calendar is open.

use crate::kernel::error::{Problem, Result};
use crate::kernel::time::{Instant, format_instant};

use super::window::union;

/// Half-open spans of time that do not count, in microseconds of UTC; those that overlap count once, whatever their
/// order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pauses(Vec<(i64, i64)>);

impl Pauses {
    /// No pauses.
    pub const NONE: &Pauses = &Pauses(Vec::new());

    /// Pauses, each from an instant up to but without another.
    ///
    /// # Errors
    /// [`Problem::EndBeforeStart`], with the place of the pause.
    pub fn new(pauses: impl IntoIterator<Item = (Instant, Instant)>) -> Result<Self> {
        let span = |(index, (from, to)): (usize, (Instant, Instant))| {
            in_order(from, to).map_err(|e| e.at_index(index))?;
            Ok((from.timestamp_micros(), to.timestamp_micros()))
        };
        Ok(Self(union(pauses.into_iter().enumerate().map(span).collect::<Result<_>>()?)))
    }

    /// The pauses in order; no two touch.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (i64, i64)> + '_ {
        self.0.iter().copied()
    }

    /// The pauses that end after a microsecond, in order.
    pub(super) fn ending_after(&self, micro: i64) -> &[(i64, i64)] {
        let past = self.0.partition_point(|pause| pause.1 <= micro);
        self.0.get(past..).unwrap_or_default()
    }
}

/// Refuses an end before its start.
pub(crate) fn in_order(from: Instant, to: Instant) -> Result<()> {
    if to < from {
        return Err(Problem::EndBeforeStart { from: format_instant(from), to: format_instant(to) }.into());
    }
    Ok(())
}
