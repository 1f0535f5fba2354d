//! One pass over a table of deals: tiles of machine integers where the columns allow it, the rule's own code for every row
//! that does not fit.

use std::ops::Range;

use arrow_array::RecordBatch;
use chrono::NaiveDate;
use crm_core::Result;
use crm_core::kernel::sales::Category;
use crm_core::rules::forecast::{Outside, Placed, Plan, Rounding, Slot, Sums};

use super::dense::Dense;
use super::labels::ODD;
use super::ledger::Ledger;
use super::rated::factor;
use super::source::{DealRow, Source, Texts};
use super::tag;
use super::tile::{Columns, Met, TILE, Tile};
use super::totals::{Excluded, Told};

/// Most deals that are told one by one why they do not count, of each pass.
pub(super) const MOST_TOLD: usize = 1_000;

/// What is the same for all passes over one table.
pub(super) struct Shared<'p> {
    pub(super) plan: Plan<'p>,
    pub(super) source: Source<'p>,
    /// A power of ten that all values are a multiple of.
    pub(super) factor: i128,
    /// The place of the slot of each day of the window.
    pub(super) slots: Vec<u32>,
    /// The tag of each day of the window, and of those before and after it.
    pub(super) tags: Vec<u32>,
    /// The first day of the window.
    pub(super) start: NaiveDate,
}

impl<'p> Shared<'p> {
    pub(super) fn new(plan: Plan<'p>, source: Source<'p>) -> Self {
        let list = plan.periods.list();
        let slots = (0u32..).zip(list).flat_map(|(place, period)| {
            let days = period.end.signed_duration_since(period.start).num_days();
            std::iter::repeat_n(place, usize::try_from(days).unwrap_or(0))
        });
        let slots: Vec<u32> = slots.collect();
        let tags = slots.iter().map(|place| tag::of_slot(*place)).chain([tag::BEFORE, tag::AFTER]).collect();
        let start = list.first().map_or_else(NaiveDate::default, |period| period.start);
        Self { factor: factor(&plan.valuation), slots, tags, start, plan, source }
    }

    /// How many days the window has.
    pub(super) fn days(&self) -> usize {
        self.slots.len()
    }

    /// How many sums an owner has: for the periods, and undated behind them.
    fn places(&self) -> usize {
        self.plan.periods.list().len().saturating_add(1)
    }

    /// The place of a slot.
    fn place(&self, slot: Slot) -> usize {
        match slot {
            Slot::Period(place) => place,
            _ => self.plan.periods.list().len(),
        }
    }
}

/// What became of the rows that one pass has seen.
pub(super) struct Pass<'s, 'p> {
    pub(super) shared: &'s Shared<'p>,
    pub(super) met: Met,
    /// The tags of the owners.
    pub(super) tags: Vec<u32>,
    /// In values without the common factor: what fits 64 bits.
    pub(super) dense: Dense,
    /// In values without the common factor: what does not.
    pub(super) ledger: Ledger,
    /// In whole values: of rows that the rule itself looked at.
    exact: Ledger,
    pub(super) outside: Outside,
    pub(super) filtered: u64,
    pub(super) excluded: Excluded,
    /// In order of row.
    pub(super) told: Vec<Told>,
    tile: Tile,
}

impl<'s, 'p> Pass<'s, 'p> {
    pub(super) fn new(shared: &'s Shared<'p>) -> Self {
        let slots = shared.places();
        Self {
            shared,
            met: Met::default(),
            tags: Vec::new(),
            dense: Dense::new(slots),
            ledger: Ledger::new(slots),
            exact: Ledger::new(slots),
            outside: Outside::default(),
            filtered: 0,
            excluded: Excluded::default(),
            told: Vec::new(),
            tile: Tile::default(),
        }
    }

    /// All owners that were met, by number.
    pub(super) fn owners(&self) -> impl Iterator<Item = &str> {
        std::iter::once("").chain(self.met.owners.names())
    }

    /// Sums that are not [`dense`](Self::dense): owner, place of the slot, category and sums without the common factor.
    pub(super) fn rows(&self) -> Vec<(&str, usize, Category, Sums)> {
        let without = |sums: Sums| {
            // All values are multiples of it.
            let over = |sum: i128| sum.checked_div(self.shared.factor).unwrap_or(sum);
            Sums { count: sums.count, amount: over(sums.amount), weighted: over(sums.weighted) }
        };
        let exact =
            self.exact.rows().into_iter().map(|(owner, slot, category, sums)| (owner, slot, category, without(sums)));
        let rows = self.ledger.rows().into_iter().chain(exact);
        rows.map(|(owner, slot, category, sums)| (self.met.owners.name(owner), slot, category, sums)).collect()
    }

    /// Adds rows of a batch whose first row is that many rows behind the table's.
    pub(super) fn add(&mut self, batch: &RecordBatch, rows: Range<usize>, offset: u64) -> Result<()> {
        let source = self.shared.source;
        let read = source.batch(batch)?;
        let columns = Columns::of(self.shared, &|name| source.array(batch, name), &mut self.met)?;
        let row_number = |row: usize| offset.saturating_add(u64::try_from(row).unwrap_or(u64::MAX));
        let Some(columns) = columns else {
            return rows.into_iter().try_for_each(|row| self.look_at(&source.row(&read, row), row_number(row)));
        };
        let mut tile = std::mem::take(&mut self.tile);
        for start in rows.clone().step_by(TILE) {
            let length = rows.end.saturating_sub(start).min(TILE);
            tile.fill(&columns, (start, length), &mut self.met, self.shared);
            self.make_room()?;
            match self.shared.plan.valuation.rounding {
                Rounding::EachDeal => self.sum::<true>(&mut tile, length)?,
                Rounding::Never => self.sum::<false>(&mut tile, length)?,
            }
            for (row, _) in (start..).zip(tile.odd.iter().take(length)).filter(|(_, odd)| **odd != 0) {
                self.look_at(&source.row(&read, row), row_number(row))?;
            }
        }
        self.tile = tile;
        Ok(())
    }

    /// Makes room for owners that were not met before.
    fn make_room(&mut self) -> Result<()> {
        let owners = self.met.owners.count();
        if self.tags.len() == owners {
            return Ok(());
        }
        self.ledger.reserve(owners);
        self.exact.reserve(owners);
        self.dense.reserve(owners, &mut self.ledger)?;
        for number in self.tags.len()..owners {
            let name = self.met.owners.name(u32::try_from(number).unwrap_or(ODD));
            let passes = self.shared.plan.filter.owner(name);
            self.tags.push(if passes { self.dense.tag_of(number) } else { tag::NOT_THEIRS });
        }
        Ok(())
    }

    /// Adds a row by the rule's own code.
    fn look_at(&mut self, row: &DealRow<'_, '_>, number: u64) -> Result<()> {
        let mut texts = Texts::default();
        let line = row.line(&mut texts);
        let placed = line
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|line| Ok((self.shared.plan.place(line)?, line.owner, line.weight())));
        match placed {
            Err(exclusion) => {
                let (owner, amount) = row.owner_and_amount();
                if line.is_err() && !self.shared.plan.filter.owner(&owner) {
                    // Of a deal that cannot be read at least the owner is known.
                    self.filtered = self.filtered.saturating_add(1);
                    return Ok(());
                }
                self.excluded.add(exclusion.code(), amount);
                if self.told.len() < MOST_TOLD {
                    self.told.push(Told { row: number, id: row.id(number), owner, amount, exclusion });
                }
            }
            Ok((Placed::Filtered, ..)) => self.filtered = self.filtered.saturating_add(1),
            Ok((Placed::Outside(Slot::Before), ..)) => self.outside.before = self.outside.before.saturating_add(1),
            Ok((Placed::Outside(_), ..)) => self.outside.after = self.outside.after.saturating_add(1),
            Ok((Placed::In { slot, category, value }, owner, weight)) => {
                let owner = self.met.owners.number(owner);
                self.exact.reserve(self.met.owners.count());
                let sums = self.exact.of(owner, self.shared.place(slot), category as usize);
                sums.map_or(Ok(()), |sums| sums.add(value, weight, true))?;
            }
        }
        Ok(())
    }
}
