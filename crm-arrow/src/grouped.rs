//! Rows that belong together because a column gives them the same name.

use std::ops::Range;

use crate::output::pages;
use crate::revenue::labels::{NOTHING, ODD};

/// Rows by group; groups in the order of their first rows.
pub(crate) struct Groups {
    /// The number of each group's name.
    numbers: Vec<u32>,
    /// The group of each number, counted from 1.
    of_number: Vec<u32>,
    /// Where the rows of each group begin, and where the last ones end.
    starts: Vec<usize>,
    /// The rows, group by group, each in the table's order.
    rows: Vec<u32>,
}

fn place(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

impl Groups {
    /// Groups rows by the numbers of their names, of which there are so many; rows without a name are in no group.
    pub(crate) fn new(of_rows: &[u32], count: usize) -> Self {
        let mut of_number = vec![0_u32; count];
        let (mut numbers, mut sizes): (Vec<u32>, Vec<usize>) = (Vec::new(), Vec::new());
        let named = |number: &u32| *number != NOTHING && *number != ODD;
        for number in of_rows.iter().filter(|number| named(number)) {
            let Some(group) = of_number.get_mut(place(*number)) else { continue };
            if *group == 0 {
                numbers.push(*number);
                sizes.push(0);
                *group = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            }
            if let Some(size) = sizes.get_mut(place(*group).saturating_sub(1)) {
                *size = size.saturating_add(1);
            }
        }
        let mut starts = Vec::with_capacity(sizes.len().saturating_add(1));
        let mut end = 0_usize;
        for size in &sizes {
            starts.push(end);
            end = end.saturating_add(*size);
        }
        let mut next = starts.clone();
        starts.push(end);
        let mut rows = pages::with_capacity(end);
        rows.resize(end, 0_u32);
        for (row, number) in (0_u32..).zip(of_rows).filter(|(_, number)| named(number)) {
            let group = of_number.get(place(*number)).map_or(0, |group| place(*group).saturating_sub(1));
            if let Some(next) = next.get_mut(group)
                && let Some(slot) = rows.get_mut(*next)
            {
                *slot = row;
                *next = next.saturating_add(1);
            }
        }
        Self { numbers, of_number, starts, rows }
    }

    /// How many groups there are.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The number of a group's name.
    pub(crate) fn number(&self, group: usize) -> u32 {
        self.numbers.get(group).copied().unwrap_or(NOTHING)
    }

    /// The group of a name, if any row has it.
    pub(crate) fn of_number(&self, number: u32) -> Option<usize> {
        self.of_number.get(place(number)).and_then(|group| place(*group).checked_sub(1))
    }

    /// How many rows some groups have together.
    pub(crate) fn rows_of(&self, groups: &Range<usize>) -> usize {
        let bound = |group: usize| self.starts.get(group).copied().unwrap_or(self.rows.len());
        bound(groups.end).saturating_sub(bound(groups.start))
    }

    /// The rows of a group.
    pub(crate) fn rows(&self, group: usize) -> &[u32] {
        let bound = |group: usize| self.starts.get(group).copied().unwrap_or(self.rows.len());
        self.rows.get(bound(group)..bound(group.saturating_add(1))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_come_in_the_order_of_their_first_rows() {
        let groups = Groups::new(&[3, NOTHING, 1, 3, ODD, 1, 1], 4);
        assert_eq!(groups.len(), 2);
        assert_eq!((groups.number(0), groups.rows(0)), (3, [0, 3].as_slice()));
        assert_eq!((groups.number(1), groups.rows(1)), (1, [2, 5, 6].as_slice()));
        assert_eq!((groups.of_number(1), groups.of_number(2), groups.of_number(ODD)), (Some(1), None, None));
        assert!(Groups::new(&[], 1).rows(0).is_empty());
    }
}
