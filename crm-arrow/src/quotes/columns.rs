//! The lines of a table column by column, as numbers. A row that needs a closer look is marked, and its quote is read cell
//! by cell.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use arrow_array::RecordBatch;
use crm_core::kernel::quotes::{LineKind, PriceMode, VatCategory, VatRounding};
use crm_core::rules::quote::{Tax, TaxSets};
use crm_core::{Currency, Number, Result};

use super::lines::{
    AMOUNT, CATEGORY, CURRENCY, Head, KIND, Layout, PERCENT, PRICE_MODE, QUANTITY, QUOTE_AMOUNT, QUOTE_PERCENT, RATE,
    ROUNDING, UNIT_PRICE,
};
use super::numbers::{NONE, ODD, millionths};
use super::totals::FEWEST;
use crate::output::pages;
use crate::parallel;
use crate::revenue::labels::{Labels, NOTHING, Names, ODD as ODD_NAME};
use crate::row::Batch;

/// Columns of numbers.
const NUMBERS: [usize; 7] = [QUANTITY, UNIT_PRICE, PERCENT, AMOUNT, RATE, QUOTE_PERCENT, QUOTE_AMOUNT];

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Something that needs a closer look.
    Odd,
    /// Words without a price.
    Words,
    /// Something with a price, and the place of its tax.
    Priced { tax: u32, is_optional: bool },
}

/// All lines of a table.
pub(super) struct Lines {
    marks: Vec<Mark>,
    numbers: [Vec<i64>; 7],
    /// What rows say of their quotes, each once.
    heads: Vec<Head>,
    /// Which of them each row says; empty where the table has no such columns.
    of_row: Vec<u32>,
    /// The number of each tax.
    ranks: Vec<usize>,
    /// The taxes by their numbers.
    pub(super) taxes: Vec<Tax>,
    pub(super) sets: TaxSets,
}

impl Lines {
    pub(super) fn read(layout: &Layout, batches: &[RecordBatch], read: &[Batch<'_>], threads: usize) -> Result<Self> {
        let numbers = numbers(layout, read, batches, threads);
        let rows = batches.iter().map(RecordBatch::num_rows).fold(0, usize::saturating_add);
        let [quantities, prices, _, _, rates, quote_percents, quote_amounts] = &numbers;
        let kinds = coded(layout, batches, KIND, LineKind::from_code)?;
        let categories = coded(layout, batches, CATEGORY, VatCategory::from_code)?;
        let heads = Heads::read(layout, batches, [quote_percents, quote_amounts])?;
        let mut known = Known::default();
        let mut odd = vec![false; rows];
        for column in &numbers {
            odd.iter_mut().zip(column).for_each(|(odd, number)| *odd |= *number == ODD);
        }
        let mark = |(row, odd): (usize, bool)| {
            if odd || heads.is_odd(row) {
                return Mark::Odd;
            }
            let (Some(kind), Some(category)) = (kinds.get(row), categories.get(row)) else { return Mark::Odd };
            let is_optional = match kind {
                Some(LineKind::Section | LineKind::Text) => return Mark::Words,
                Some(LineKind::Optional) => true,
                Some(LineKind::Item) | None => false,
            };
            if at(quantities, row) == NONE || at(prices, row) == NONE {
                return Mark::Odd;
            }
            known.tax(category, at(rates, row)).map_or(Mark::Odd, |tax| Mark::Priced { tax, is_optional })
        };
        let marks = odd.into_iter().enumerate().map(mark).collect();
        let mut order: Vec<usize> = (0..known.taxes.len()).collect();
        order.sort_by(|a, b| match (known.taxes.get(*a), known.taxes.get(*b)) {
            (Some(a), Some(b)) => a.order(b),
            _ => a.cmp(b),
        });
        let mut ranks = vec![0; order.len()];
        for (rank, place) in order.iter().enumerate() {
            if let Some(own) = ranks.get_mut(*place) {
                *own = rank;
            }
        }
        let taxes: Vec<Tax> = order.iter().filter_map(|place| known.taxes.get(*place).cloned()).collect();
        let sets = TaxSets::single(&taxes);
        let Heads { heads, of_row } = heads;
        Ok(Self { marks, numbers, heads, of_row, ranks, taxes, sets })
    }

    pub(super) fn mark(&self, row: usize) -> Mark {
        self.marks.get(row).copied().unwrap_or(Mark::Odd)
    }

    /// The number of a tax among all of the table.
    pub(super) fn rank(&self, tax: u32) -> usize {
        usize::try_from(tax).ok().and_then(|tax| self.ranks.get(tax)).copied().unwrap_or(0)
    }

    /// Quantity and price of a row that has them.
    pub(super) fn priced(&self, row: usize) -> Option<(Number, Number)> {
        let [quantities, prices, ..] = &self.numbers;
        Some((Number::from_millionths(at(quantities, row))?, Number::from_millionths(at(prices, row))?))
    }

    /// What is taken off a row, as percent and as an amount.
    pub(super) fn taken_off(&self, row: usize) -> [Option<Number>; 2] {
        let [_, _, percents, amounts, ..] = &self.numbers;
        [number(percents, row), number(amounts, row)]
    }

    /// What the rows of a quote say of it together; `None` where they contradict each other.
    pub(super) fn head(&self, rows: &[u32]) -> Option<Head> {
        let mut head = Head::default();
        if self.of_row.is_empty() {
            return Some(head);
        }
        let mut before = None;
        for row in rows {
            let said = usize::try_from(*row).ok().and_then(|row| self.of_row.get(row));
            if said != before {
                head.take(self.heads.get(usize::try_from(*said?).ok()?)?).ok()?;
                before = said;
            }
        }
        Some(head)
    }
}

fn at(column: &[i64], row: usize) -> i64 {
    column.get(row).copied().unwrap_or(NONE)
}

fn number(column: &[i64], row: usize) -> Option<Number> {
    // What is no number is none.
    Number::from_millionths(at(column, row))
}

/// The columns of numbers; empty where there is none.
fn numbers(layout: &Layout, read: &[Batch<'_>], batches: &[RecordBatch], threads: usize) -> [Vec<i64>; 7] {
    let mut all: [Vec<i64>; 7] = Default::default();
    for (batch, input) in read.iter().zip(batches) {
        let part = |rows: Range<usize>| {
            NUMBERS.map(|place| {
                let mut out = Vec::new();
                if let Some(source) = layout.at(place) {
                    out = pages::with_capacity(rows.len());
                    millionths(batch, source, rows.clone(), &mut out);
                }
                out
            })
        };
        for part in parallel::each(parallel::ranges(input.num_rows(), threads, FEWEST, 1), part) {
            for (all, part) in all.iter_mut().zip(part) {
                if all.is_empty() { *all = part } else { all.extend(part) }
            }
        }
    }
    all
}

/// A column of a few codes.
struct Codes<T> {
    /// What each name is; a name that is none of them needs a closer look.
    known: Vec<Option<T>>,
    /// The name of each row; empty where there is no such column.
    of_row: Vec<u32>,
}

fn coded<T>(
    layout: &Layout,
    batches: &[RecordBatch],
    place: usize,
    of: impl Fn(&str) -> Option<T>,
) -> Result<Codes<T>> {
    let mut labels = Labels::default();
    let mut of_row = Vec::new();
    let Some(column) = layout.column(place) else { return Ok(Codes { known: Vec::new(), of_row }) };
    for batch in batches {
        let start = of_row.len();
        of_row.resize(start.saturating_add(batch.num_rows()), NOTHING);
        let names = Names::of(batch.column(column).as_ref(), &mut labels)?;
        names.fill(0, of_row.get_mut(start..).unwrap_or_default(), &mut labels);
    }
    Ok(Codes { known: labels.names().map(of).collect(), of_row })
}

impl<T: Copy> Codes<T> {
    /// What a row says, if anything; `None` where it needs a closer look.
    fn get(&self, row: usize) -> Option<Option<T>> {
        match self.of_row.get(row).copied().unwrap_or(NOTHING) {
            NOTHING => Some(None),
            ODD_NAME => None,
            name => {
                let place = usize::try_from(name).ok()?.checked_sub(1)?;
                self.known.get(place).copied().flatten().map(Some)
            }
        }
    }
}

/// What rows say of their quotes.
struct Heads {
    heads: Vec<Head>,
    of_row: Vec<u32>,
}

/// The place of what needs a closer look.
const ODD_HEAD: u32 = u32::MAX;

impl Heads {
    fn read(layout: &Layout, batches: &[RecordBatch], [percents, amounts]: [&Vec<i64>; 2]) -> Result<Self> {
        let currencies = coded(layout, batches, CURRENCY, |code| code.parse::<Currency>().ok())?;
        let modes = coded(layout, batches, PRICE_MODE, PriceMode::from_code)?;
        let roundings = coded(layout, batches, ROUNDING, VatRounding::from_code)?;
        let mut all = Self { heads: Vec::new(), of_row: Vec::new() };
        let lengths =
            [currencies.of_row.len(), modes.of_row.len(), roundings.of_row.len(), percents.len(), amounts.len()];
        let rows = lengths.into_iter().max().unwrap_or(0);
        let mut places: HashMap<Head, u32> = HashMap::new();
        let mut last = (Head::default(), ODD_HEAD);
        for row in 0..rows {
            let head = || {
                Some(Head {
                    currency: currencies.get(row)?,
                    price_mode: modes.get(row)?,
                    rounding: roundings.get(row)?,
                    percent: number(percents, row),
                    amount: number(amounts, row),
                })
            };
            let Some(head) = head() else {
                all.of_row.push(ODD_HEAD);
                continue;
            };
            if last.1 == ODD_HEAD || last.0 != head {
                let place = *places.entry(head).or_insert_with(|| {
                    all.heads.push(head);
                    u32::try_from(all.heads.len().saturating_sub(1)).unwrap_or(ODD_HEAD)
                });
                last = (head, place);
            }
            all.of_row.push(last.1);
        }
        Ok(all)
    }

    fn is_odd(&self, row: usize) -> bool {
        self.of_row.get(row) == Some(&ODD_HEAD)
    }
}

/// Slots of taxes that were looked up last.
const SLOTS: usize = 64;

/// The taxes of a table, each once, as they are first seen.
struct Known {
    taxes: Vec<Tax>,
    places: BTreeMap<(Option<VatCategory>, i64), Option<u32>>,
    recent: [Option<(Option<VatCategory>, i64, u32)>; SLOTS],
}

impl Default for Known {
    fn default() -> Self {
        Self { taxes: Vec::new(), places: BTreeMap::new(), recent: [None; SLOTS] }
    }
}

impl Known {
    /// The place of a tax; `None` where there is no such one.
    fn tax(&mut self, category: Option<VatCategory>, rate: i64) -> Option<u32> {
        let mixed = rate.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58;
        let slot = usize::try_from(mixed).unwrap_or(0) ^ category.map_or(0, |category| category as usize);
        if let Some(Some((own, of, place))) = self.recent.get(slot)
            && (*own, *of) == (category, rate)
        {
            return Some(*place);
        }
        let taxes = &mut self.taxes;
        let place = *self.places.entry((category, rate)).or_insert_with(|| {
            let tax = Tax::new(category, Number::from_millionths(rate)).ok()?;
            // A rate alone and with its category are the same tax.
            if let Some(known) = taxes.iter().position(|known| *known == tax) {
                return u32::try_from(known).ok();
            }
            taxes.push(tax);
            u32::try_from(taxes.len().saturating_sub(1)).ok()
        });
        if let (Some(slot), Some(place)) = (self.recent.get_mut(slot), place) {
            *slot = Some((category, rate, place));
        }
        place
    }
}
