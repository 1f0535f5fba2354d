//! Batches: which rows of a table belong together because they share a key.
//!
//! Exact and bounded by the rows' keys: no pair is ever compared. Groups are numbered in the order of their first
//! rows; a key that nobody knows joins nothing.

use super::links::Links;
use super::texts::Texts;

/// Rows in, groups out.
///
/// Each row comes with the keys that it has, each of some kind (a column's place, say): two rows that share a key of
/// one kind belong to one group, and so does what either of them shares with others.
///
/// ```
/// use crm_core::rules::duplicates::Grouping;
///
/// let mut rows = Grouping::new();
/// rows.add([Some("marie@exemple.fr"), None]);
/// rows.add([None, Some("+33298000000")]);
/// rows.add([None, None]);
/// rows.add([Some("marie@exemple.fr"), Some("+33298000000")]);
/// rows.add([Some("jean@exemple.fr"), None]);
/// let groups = rows.finish();
/// // The fourth row holds the first two together; the third has no key at all.
/// assert_eq!(groups.numbers, [Some(0), Some(0), None, Some(0), Some(1)]);
/// assert_eq!(groups.sizes, [3, 1]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    rows: Links,
    keyed: Vec<bool>,
    kinds: Vec<Keyed>,
}

/// The keys of one kind, each with the first row that has it.
#[derive(Clone, Debug, Default)]
struct Keyed {
    texts: Texts,
    first: Vec<usize>,
}

/// The groups of a table's rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// Of each row the number of its group, from 0 in order of first appearance; `None` for a row without any key.
    pub numbers: Vec<Option<usize>>,
    /// Of each group, how many rows it has.
    pub sizes: Vec<usize>,
}

impl Grouping {
    /// No rows yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next row with its keys, in the same order of kinds for every row. An empty text is a key that nobody knows.
    pub fn add<'a>(&mut self, keys: impl IntoIterator<Item = Option<&'a str>>) {
        self.add_keys(keys.into_iter().enumerate().filter_map(|(kind, key)| Some((kind, key?))));
    }

    /// The next row with its keys, each with the number of its kind: any number of one kind.
    pub fn add_keys<'a>(&mut self, keys: impl IntoIterator<Item = (usize, &'a str)>) {
        let row = self.rows.push();
        let mut keyed = false;
        for (kind, key) in keys {
            if key.is_empty() {
                continue;
            }
            keyed = true;
            if self.kinds.len() <= kind {
                self.kinds.resize_with(kind.saturating_add(1), Keyed::default);
            }
            let Some(of) = self.kinds.get_mut(kind) else { continue };
            let number = of.texts.number(key);
            match of.first.get(number) {
                Some(first) => self.rows.join(*first, row),
                None => of.first.push(row),
            }
        }
        self.keyed.push(keyed);
    }

    /// The groups of all rows so far.
    pub fn finish(mut self) -> Groups {
        let mut groups = Groups::default();
        for (row, keyed) in self.keyed.iter().enumerate() {
            if !*keyed {
                groups.numbers.push(None);
                continue;
            }
            // A set's root is its first row, so its number is there when a later row asks.
            let root = self.rows.root(row);
            let number = groups.numbers.get(root).copied().flatten().unwrap_or(groups.sizes.len());
            match groups.sizes.get_mut(number) {
                Some(size) => *size = size.saturating_add(1),
                None => groups.sizes.push(1),
            }
            groups.numbers.push(Some(number));
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn grouped(rows: &[[Option<String>; 3]]) -> Groups {
        let mut grouping = Grouping::new();
        rows.iter().for_each(|row| grouping.add(row.iter().map(Option::as_deref)));
        grouping.finish()
    }

    /// Joins rows until nothing changes any more: slow and obvious.
    fn oracle(rows: &[[Option<String>; 3]]) -> Vec<Option<usize>> {
        let known = |k: &Option<String>| k.as_ref().is_some_and(|t| !t.is_empty());
        let shares =
            |a: &[Option<String>; 3], b: &[Option<String>; 3]| a.iter().zip(b).any(|(x, y)| known(x) && x == y);
        let mut label: Vec<usize> = (0..rows.len()).collect();
        loop {
            let before = label.clone();
            for i in 0..rows.len() {
                for j in 0..rows.len() {
                    if shares(&rows[i], &rows[j]) {
                        label[i] = label[i].min(label[j]);
                    }
                }
            }
            if before == label {
                break;
            }
        }
        let mut order: Vec<usize> = Vec::new();
        let keyed = |row: &[Option<String>; 3]| row.iter().any(known);
        rows.iter()
            .zip(label)
            .map(|(row, l)| {
                keyed(row).then(|| {
                    order.iter().position(|o| *o == l).unwrap_or_else(|| {
                        order.push(l);
                        order.len() - 1
                    })
                })
            })
            .collect()
    }

    proptest! {
        #[test]
        fn groups_are_what_joining_until_nothing_changes_gives(
            rows in proptest::collection::vec(proptest::array::uniform3(proptest::option::of("[a-h]?")), 0..40),
        ) {
            let groups = grouped(&rows);
            prop_assert_eq!(&groups.numbers, &oracle(&rows));
            let count = |g| groups.numbers.iter().filter(|n| **n == Some(g)).count();
            prop_assert_eq!(&groups.sizes, &(0..groups.sizes.len()).map(count).collect::<Vec<_>>());
        }

        #[test]
        fn the_order_of_rows_never_changes_who_belongs_together(
            rows in proptest::collection::vec(proptest::array::uniform3(proptest::option::of("[a-h]?")), 0..30),
        ) {
            let forth = grouped(&rows).numbers;
            let mut back = grouped(&rows.iter().rev().cloned().collect::<Vec<_>>()).numbers;
            back.reverse();
            for i in 0..rows.len() {
                for j in 0..rows.len() {
                    let same = |n: &[Option<usize>]| n[i].is_some() && n[i] == n[j];
                    prop_assert_eq!(same(&forth), same(&back));
                }
            }
        }
    }
}
