//! Sets of taxes by small numbers, so that lines are compared without a look at names and codes.

use std::cmp::Ordering;

use super::line::Pricing;
use super::tax::Tax;

/// A tax of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Borne {
    /// The number of its row: rows are numbered in the order in which they are told.
    pub(super) row: usize,
    /// Percent, in millionths.
    pub(super) rate: i64,
}

/// The sets of taxes that lines bear, numbered in their order: highest rate first.
#[derive(Clone, Debug, Default)]
pub struct TaxSets {
    /// One set after the other.
    borne: Vec<Borne>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl TaxSets {
    /// Sets of one tax each. The taxes stand in their [order](Tax::order), each once.
    pub fn single<'a>(taxes: impl IntoIterator<Item = &'a Tax>) -> Self {
        let borne: Vec<Borne> =
            taxes.into_iter().enumerate().map(|(row, tax)| Borne { row, rate: tax.rate.millionths() }).collect();
        let ends = (1..=borne.len()).collect();
        Self { borne, ends }
    }

    /// The taxes of a set.
    pub(super) fn get(&self, set: usize) -> &[Borne] {
        let end = self.ends.get(set).copied().unwrap_or(0);
        let start = set.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.borne.get(start..end).unwrap_or_default()
    }
}

/// The sets of some lines, with what their rows are about.
pub(super) struct Named<'a> {
    pub(super) sets: TaxSets,
    /// The tax of each row, and how many of the same a line bears before it: 9 % and 9 %.
    pub(super) rows: Vec<(&'a Tax, usize)>,
    /// The set of each line.
    pub(super) of_line: Vec<usize>,
}

impl<'a> Named<'a> {
    pub(super) fn new(lines: impl Iterator<Item = &'a Pricing> + Clone) -> Self {
        let order = |a: &(&Tax, usize), b: &(&Tax, usize)| a.0.order(b.0).then(a.1.cmp(&b.1));
        let mut rows: Vec<(&Tax, usize)> = lines.clone().flat_map(|line| counted(&line.taxes)).collect();
        rows.sort_by(order);
        rows.dedup_by(|a, b| order(a, b) == Ordering::Equal);
        let of_line: Vec<Vec<Borne>> = lines
            .map(|line| {
                let row = |tax: (&Tax, usize)| rows.binary_search_by(|row| order(row, &tax)).unwrap_or_else(|row| row);
                counted(&line.taxes).map(|tax| Borne { row: row(tax), rate: tax.0.rate.millionths() }).collect()
            })
            .collect();
        // Rows are numbered in the order of taxes, so that sets are in theirs.
        let mut distinct: Vec<&Vec<Borne>> = of_line.iter().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let mut sets = TaxSets::default();
        for set in &distinct {
            sets.borne.extend(set.iter());
            sets.ends.push(sets.borne.len());
        }
        let number = |set: &Vec<Borne>| distinct.binary_search(&set).unwrap_or_else(|place| place);
        let of_line = of_line.iter().map(number).collect();
        Self { sets, rows, of_line }
    }
}

/// The taxes of a line, each with how many of the same stand before it.
fn counted(taxes: &[Tax]) -> impl Iterator<Item = (&Tax, usize)> {
    taxes.iter().enumerate().map(|(i, tax)| {
        let same = taxes.iter().take(i).filter(|other| other.order(tax) == Ordering::Equal).count();
        (tax, same)
    })
}
