//! Where rows of a tile fall: one number for each, the sum of what the owner, the standing and the day say. It is the
//! cell of those that count, and a bit tells why others do not.

use crm_core::Result;
use crm_core::rules::forecast::Sums;

use super::dense::CATEGORIES;
use super::pass::Pass;
use super::rated::number_of;
use super::standing::{Standing, StandingKind};
use super::tile::{Tile, first};

/// The row needs a closer look.
pub(super) const CLOSER: u32 = 1 << 31;
/// The filter does not let the owner's deals pass.
pub(super) const NOT_THEIRS: u32 = 1 << 30;
/// The filter does not let such deals pass.
pub(super) const NOT_SUCH: u32 = 1 << 29;
/// The day is before the window.
pub(super) const BEFORE: u32 = 1 << 28;
/// The day is after the window.
pub(super) const AFTER: u32 = 1 << 27;
/// The cell of rows that do not count.
const LEFT_OUT: u32 = 0;
/// From here on a row does not count. Each bit comes from one side only, so that sums of tags keep them all.
const COUNTS_BELOW: u32 = 1 << 27;

/// The tag of a day in a slot.
pub(super) fn of_slot(place: u32) -> u32 {
    // Of windows with more slots there are no cells: then only the bits are looked at.
    place.saturating_mul(CATEGORIES as u32).min(COUNTS_BELOW >> 2)
}

impl Standing {
    #[inline(always)]
    fn tag(&self) -> u32 {
        match self.kind {
            StandingKind::Counts => self.category,
            StandingKind::Filtered => NOT_SUCH,
            StandingKind::Odd => CLOSER,
        }
    }
}

impl Pass<'_, '_> {
    /// Adds the rows of a tile that fit; the others are marked odd.
    pub(super) fn sum<const ROUND: bool>(&mut self, tile: &mut Tile, length: usize) -> Result<()> {
        if self.place(tile, length) >= COUNTS_BELOW {
            self.leave_out(tile, length);
        }
        if !self.dense.holds() || !self.met.rates.fit(tile.most, ROUND) {
            return self.add_wide::<ROUND>(tile, length);
        }
        let rows = tile.tags.iter().zip(&tile.amounts).zip(&tile.shares).take(length);
        if ROUND {
            let rates = self.met.rates.all();
            let rows = rows.zip(&tile.rates).map(|(((tag, amount), bp), rate)| {
                let rated = rates.get(*rate as usize).copied().unwrap_or_default();
                (*tag, rated.rounded(amount.wrapping_mul(rated.up)), *bp)
            });
            self.dense.add(rows, &mut self.ledger)
        } else {
            let rows = rows.zip(&tile.ups).map(|(((tag, amount), bp), up)| (*tag, amount.wrapping_mul(*up), *bp));
            self.dense.add(rows, &mut self.ledger)
        }
    }

    /// Finds the tag, the rate and the share of each row, without a branch. All bits that some row has come back.
    #[inline(never)]
    fn place(&self, tile: &mut Tile, length: usize) -> u32 {
        let (start, days) = (number_of(self.shared.start), self.shared.days());
        let (of_days, standings, rates) = (&*self.shared.tags, self.met.standings.all(), &self.met.rates);
        let (each, ups) = (rates.each(), rates.ups());
        let names = tile.owners.iter().zip(&tile.standings).zip(&tile.currencies);
        let numbers = tile.days.iter().zip(&mut tile.shares).zip(&tile.odd);
        let out = tile.tags.iter_mut().zip(&mut tile.rates).zip(&mut tile.ups);
        let mut seen = 0;
        for ((((owner, standing), currency), ((day, share), odd)), ((tag, rate), up)) in
            names.zip(numbers).zip(out).take(length)
        {
            let (Some(owner), Some(standing)) = (self.tags.get(*owner as usize), standings.get(*standing as usize))
            else {
                (*tag, seen) = (CLOSER, seen | CLOSER);
                continue;
            };
            let given = if *share < 0 { standing.inherited_bp } else { *share };
            *share = if standing.fixed_bp < 0 { given } else { standing.fixed_bp };
            let day = day.wrapping_sub(start);
            let inside = u64::try_from(day).is_ok_and(|day| day < days as u64);
            let day = if inside { day as usize } else { days.wrapping_add(usize::from(day >= 0)) };
            let place = (*currency as usize).wrapping_mul(each).wrapping_add(day);
            *up = ups.get(place).copied().unwrap_or(0);
            *rate = place as u32;
            let closer = (*odd != 0) | (given < 0) | (*up == 0);
            let sum = owner.wrapping_add(standing.tag()).wrapping_add(of_days.get(day).copied().unwrap_or(0));
            *tag = sum | u32::from(closer) << 31;
            seen |= *tag;
        }
        seen
    }

    /// Counts the rows that do not count.
    #[cold]
    #[inline(never)]
    fn leave_out(&mut self, tile: &mut Tile, length: usize) {
        let rows = first(&mut tile.tags, length).iter_mut().zip(&mut tile.odd);
        for (tag, odd) in rows.filter(|(tag, _)| **tag >= COUNTS_BELOW) {
            if *tag & CLOSER != 0 {
                *odd = 1;
            } else if *tag & (NOT_THEIRS | NOT_SUCH) != 0 {
                self.filtered = self.filtered.wrapping_add(1);
            } else if *tag & BEFORE != 0 {
                self.outside.before = self.outside.before.wrapping_add(1);
            } else {
                self.outside.after = self.outside.after.wrapping_add(1);
            }
            *tag = LEFT_OUT;
        }
    }

    /// Adds values that may be wider than 64 bits.
    #[inline(never)]
    fn add_wide<const ROUND: bool>(&mut self, tile: &mut Tile, length: usize) -> Result<()> {
        let (start, rates) = (number_of(self.shared.start), self.met.rates.all());
        let names = tile.owners.iter().zip(&tile.standings).zip(&tile.rates).zip(&tile.tags);
        let numbers = tile.days.iter().zip(&tile.amounts).zip(&tile.shares);
        let rows = names.zip(numbers).zip(&mut tile.odd).take(length);
        for (((((owner, standing), rate), tag), ((day, amount), bp)), odd) in rows {
            if *tag == LEFT_OUT {
                continue;
            }
            let (Some(standing), Some(rated)) =
                (self.met.standings.all().get(*standing as usize), rates.get(*rate as usize))
            else {
                continue;
            };
            let value = if ROUND {
                let Some(product) = amount.checked_mul(rated.up) else {
                    *odd = 1;
                    continue;
                };
                i128::from(rated.rounded(product))
            } else {
                i128::from(*amount).wrapping_mul(i128::from(rated.up))
            };
            let weighted = value.wrapping_mul(i128::from(*bp));
            let day = usize::try_from(day.wrapping_sub(start)).unwrap_or(usize::MAX);
            let Some(slot) = self.shared.slots.get(day) else { continue };
            let sums = self.ledger.of(*owner, *slot as usize, standing.category as usize);
            sums.map_or(Ok(()), |sums| sums.merge(&Sums { count: 1, amount: value, weighted }))?;
        }
        Ok(())
    }
}
