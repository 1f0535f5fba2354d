//! The rows of a batch, cut up among threads.

use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;

/// Does the work of ranges that follow each other; the results are in their order.
///
/// Where the system has no thread to give, this one does the work.
pub(crate) fn each<T: Send>(ranges: Vec<Range<usize>>, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let mut ranges = ranges.into_iter();
    let Some(own) = ranges.next() else { return Vec::new() };
    thread::scope(|scope| {
        let work = &work;
        let spawn = |range: Range<usize>| {
            let other = range.clone();
            thread::Builder::new().spawn_scoped(scope, move || work(other)).map_err(|_| range)
        };
        let others: Vec<_> = ranges.map(spawn).collect();
        let mut done = vec![work(own)];
        for other in others {
            done.push(match other {
                Ok(other) => other.join().unwrap_or_else(|panic| resume_unwind(panic)),
                Err(range) => work(range),
            });
        }
        done
    })
}

/// The rows in as many ranges as there are threads, each a multiple of `step` long (but the last) and worth a thread:
/// of at least `fewest` rows.
pub(crate) fn ranges(rows: usize, threads: usize, fewest: usize, step: usize) -> Vec<Range<usize>> {
    let threads = threads.min(rows.div_ceil(fewest.max(1))).max(1);
    let each = rows.div_ceil(threads).next_multiple_of(step.max(1));
    let range = |i: usize| {
        let start = i.saturating_mul(each).min(rows);
        start..start.saturating_add(each).min(rows)
    };
    (0..threads).map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_range() {
        for (rows, threads) in [(0, 1), (1, 4), (8_192, 3), (100_000, 7), (65_537, 2)] {
            let ranges = ranges(rows, threads, 1_000, 64);
            assert!(!ranges.is_empty() && ranges.len() <= threads);
            let all: Vec<usize> = each(ranges, |range| range.collect::<Vec<_>>()).concat();
            assert_eq!(all, (0..rows).collect::<Vec<_>>());
        }
    }
}
