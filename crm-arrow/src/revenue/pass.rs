//! One pass over a table of deals: tiles of machine integers where the columns allow it, the rule's own code for every row
//! that does not fit.

use std::ops::Range;

use arrow_array::{Array, RecordBatch};
use chrono::NaiveDate;
use crm_core::kernel::sales::Category;
use crm_core::rules::forecast::{Outside, Placed, Plan, RateBasis, Rounding, Slot, Sums};
use crm_core::{Currency, Problem, Result};

use super::labels::{Labels, NOTHING, Names, ODD};
use super::ledger::Ledger;
use super::rated::{MOST_AMOUNT, Rated, minor, number_of, scaled};
use super::source::{DealRow, Source, Texts};
use super::standing::{StandingKind, Standings};
use super::totals::{Excluded, Told};
use super::whole::Whole;

/// Rows of a tile.
const TILE: usize = 1_024;
/// A probability that nobody gave.
const NOT_GIVEN: i64 = -1;
/// Most deals that are told one by one why they do not count, of each pass.
pub(super) const MOST_TOLD: usize = 1_000;

/// What is the same for all passes over one table.
pub(super) struct Shared<'p> {
    pub(super) plan: Plan<'p>,
    pub(super) source: Source<'p>,
    /// A power of ten that all values are a multiple of.
    pub(super) factor: i128,
    /// The place of the slot of each day of the window.
    slots: Vec<u16>,
    /// The first day of the window.
    start: NaiveDate,
}

impl<'p> Shared<'p> {
    pub(super) fn new(plan: Plan<'p>, source: Source<'p>) -> Self {
        let list = plan.periods.list();
        let slots = list.iter().enumerate().flat_map(|(place, period)| {
            let days = period.end.signed_duration_since(period.start).num_days();
            std::iter::repeat_n(u16::try_from(place).unwrap_or(u16::MAX), usize::try_from(days).unwrap_or(0))
        });
        let start = list.first().map_or_else(NaiveDate::default, |period| period.start);
        Self { factor: factor(&plan), slots: slots.collect(), start, plan, source }
    }

    /// The place of a slot; undated is behind the periods.
    fn place(&self, slot: Slot) -> usize {
        match slot {
            Slot::Period(place) => place,
            _ => self.plan.periods.list().len(),
        }
    }
}

/// A power of ten that every value is a multiple of, so that values fit 64 bits more often.
fn factor(plan: &Plan<'_>) -> i128 {
    let valuation = &plan.valuation;
    if valuation.rounding == Rounding::EachDeal {
        return 1;
    }
    let mut factor = valuation.scale();
    let (to, power) =
        (valuation.currency, |currency: Currency| 10i128.checked_pow(currency.minor_digits()).unwrap_or(1));
    for (a, b, _, rate) in valuation.rates.iter() {
        for (from, rate) in [(a, rate), (b, rate.inverse())] {
            let (up, down) = rate.fraction();
            let each = up.checked_mul(power(to)).and_then(|up| up.checked_mul(valuation.scale()));
            let (Some(each), Some(down)) = (each, down.checked_mul(power(from))) else { continue };
            let each = if each % down == 0 { each / down } else { continue };
            while factor > 1 && each % factor != 0 {
                factor /= 10;
            }
        }
    }
    factor
}

/// What became of the rows that one pass has seen.
pub(super) struct Pass<'s, 'p> {
    shared: &'s Shared<'p>,
    owners: Labels,
    passing: Vec<bool>,
    places: [Labels; 4],
    currencies: Labels,
    standings: Standings,
    rates: Rates,
    /// In values without the common factor.
    ledger: Ledger,
    /// In whole values: of rows that the rule itself looked at.
    exact: Ledger,
    pub(super) outside: Outside,
    pub(super) filtered: u64,
    pub(super) excluded: Excluded,
    /// In order of row.
    pub(super) told: Vec<Told>,
    tile: Tile,
    too_large: bool,
}

/// The columns of a tile.
struct Tile {
    owners: Vec<u32>,
    places: [Vec<u32>; 4],
    standings: Vec<u32>,
    currencies: Vec<u32>,
    days: Vec<i64>,
    amounts: Vec<i64>,
    shares: Vec<i64>,
    odd: Vec<u8>,
}

impl Default for Tile {
    fn default() -> Self {
        let numbers = || vec![NOTHING; TILE];
        Self {
            owners: numbers(),
            places: [numbers(), numbers(), numbers(), numbers()],
            standings: numbers(),
            currencies: numbers(),
            days: vec![0; TILE],
            amounts: vec![0; TILE],
            shares: vec![NOT_GIVEN; TILE],
            odd: vec![0; TILE],
        }
    }
}

/// Multipliers by the number of a currency and the day of the window.
#[derive(Default)]
struct Rates {
    /// Of which scale of a column they are.
    scale: i8,
    days: usize,
    all: Vec<Rated>,
    /// By what amounts have to be divided first, by the number of a currency.
    shrink: Vec<i64>,
    of_minor: Vec<Option<Vec<(i128, i128)>>>,
}

/// How the columns of one batch are read.
struct Columns<'a> {
    owners: Names<'a>,
    places: [Names<'a>; 4],
    currencies: Names<'a>,
    days: Whole<'a>,
    amounts: Whole<'a>,
    shares: Option<(Whole<'a>, i64)>,
}

impl<'s, 'p> Pass<'s, 'p> {
    pub(super) fn new(shared: &'s Shared<'p>) -> Self {
        let slots = shared.plan.periods.list().len().saturating_add(1);
        Self {
            shared,
            owners: Labels::default(),
            passing: Vec::new(),
            places: Default::default(),
            currencies: Labels::default(),
            standings: Standings::default(),
            rates: Rates::default(),
            ledger: Ledger::new(slots),
            exact: Ledger::new(slots),
            outside: Outside::default(),
            filtered: 0,
            excluded: Excluded::default(),
            told: Vec::new(),
            tile: Tile::default(),
            too_large: false,
        }
    }

    /// All owners that were met.
    pub(super) fn owners(&self) -> impl Iterator<Item = &str> {
        std::iter::once("").chain(self.owners.names())
    }

    /// Owner, place of the slot, category and sums.
    pub(super) fn rows(&self) -> Result<impl Iterator<Item = (&str, usize, Category, Sums)>> {
        let rows = self.ledger.rows(self.shared.factor)?.into_iter().chain(self.exact.rows(1)?);
        Ok(rows.map(|(owner, slot, category, sums)| (self.owners.name(owner), slot, category, sums)))
    }

    /// Adds rows of a batch whose first row is that many rows behind the table's.
    pub(super) fn add(&mut self, batch: &RecordBatch, rows: Range<usize>, offset: u64) -> Result<()> {
        let source = self.shared.source;
        let read = source.batch(batch)?;
        let columns = self.columns(&|name| source.array(batch, name))?;
        let odd_rows = |tile: &Tile, length: usize| -> Vec<usize> {
            (0..length).zip(&tile.odd).filter(|(_, odd)| **odd != 0).map(|(row, _)| row).collect()
        };
        let row_number = |row: usize| offset.saturating_add(u64::try_from(row).unwrap_or(u64::MAX));
        let Some(columns) = columns else {
            return rows.into_iter().try_for_each(|row| self.look_at(&source.row(&read, row), row_number(row)));
        };
        let mut tile = std::mem::take(&mut self.tile);
        for start in rows.clone().step_by(TILE) {
            let length = rows.end.saturating_sub(start).min(TILE);
            self.fill(&mut tile, &columns, start, length);
            match self.shared.plan.valuation.rounding {
                Rounding::EachDeal => self.sum::<true>(&mut tile, length),
                Rounding::Never => self.sum::<false>(&mut tile, length),
            }
            for row in odd_rows(&tile, length) {
                let row = start.saturating_add(row);
                self.look_at(&source.row(&read, row), row_number(row))?;
            }
        }
        self.tile = tile;
        if self.too_large { Err(Problem::AmountTooLarge.into()) } else { Ok(()) }
    }

    /// How the columns of a batch become integers; `None` where one of them has to be looked at row by row.
    fn columns<'a>(&mut self, array: &dyn Fn(&str) -> Option<&'a dyn Array>) -> Result<Option<Columns<'a>>> {
        if !matches!(self.shared.plan.valuation.basis, RateBasis::CloseDate | RateBasis::AsOf) {
            return Ok(None);
        }
        let (Some(days), Some(amounts)) = (array("close_date"), array("amount")) else { return Ok(None) };
        let (Some(days), Some(amounts)) = (Whole::new(days), Whole::new(amounts)) else { return Ok(None) };
        let shares = match (array("probability_bp"), array("probability")) {
            (Some(bp), _) => Whole::new(bp).filter(|bp| bp.scale == 0).map(|bp| Some((bp, 1))),
            (None, Some(fraction)) => Whole::new(fraction).and_then(|fraction| {
                let missing = 4_u32.checked_sub(u32::try_from(fraction.scale).ok()?)?;
                Some(Some((fraction, 10i64.checked_pow(missing)?)))
            }),
            (None, None) => Some(None),
        };
        let Some(shares) = shares else { return Ok(None) };
        if !(0..=18).contains(&amounts.scale) {
            return Ok(None);
        }
        if amounts.scale != self.rates.scale {
            self.rates = Rates { scale: amounts.scale, ..Rates::default() };
        }
        let names =
            |name: &str, labels: &mut Labels| array(name).map_or(Ok(Names::Absent), |array| Names::of(array, labels));
        let [pipelines, stages, states, categories] = &mut self.places;
        Ok(Some(Columns {
            owners: names("owner", &mut self.owners)?,
            places: [
                names("pipeline", pipelines)?,
                names("stage", stages)?,
                names("state", states)?,
                names("category", categories)?,
            ],
            currencies: names("amount_currency", &mut self.currencies)?,
            days,
            amounts,
            shares,
        }))
    }

    /// Reads the columns of a tile.
    fn fill(&mut self, tile: &mut Tile, columns: &Columns<'_>, start: usize, length: usize) {
        let odd = first(&mut tile.odd, length);
        odd.fill(0);
        columns.owners.fill(start, first(&mut tile.owners, length), &mut self.owners);
        for ((names, labels), out) in columns.places.iter().zip(&mut self.places).zip(&mut tile.places) {
            names.fill(start, first(out, length), labels);
        }
        columns.currencies.fill(start, first(&mut tile.currencies, length), &mut self.currencies);
        columns.days.fill(start, first(&mut tile.days, length), odd);
        columns.amounts.fill(start, first(&mut tile.amounts, length), odd);
        let shares = first(&mut tile.shares, length);
        match &columns.shares {
            None => shares.fill(NOT_GIVEN),
            Some((whole, factor)) => {
                whole.fill_or(start, shares, odd, i64::MIN);
                for (share, odd) in shares.iter_mut().zip(odd.iter_mut()) {
                    let bp = if *share == i64::MIN { NOT_GIVEN } else { share.saturating_mul(*factor) };
                    *odd |= u8::from(*share != i64::MIN && !(0..=10_000).contains(&bp));
                    *share = bp;
                }
            }
        }
        let (shared, places) = (self.shared, &self.places);
        let ask = |key: [u32; 4]| {
            let mut names = places.iter().zip(key).map(|(labels, number)| labels.name(number));
            let mut next = || names.next().unwrap_or_default();
            shared.standing([next(), next(), next(), next()])
        };
        if columns.places.iter().all(|names| matches!(names, Names::Absent)) {
            // One combination for all rows.
            let mut one = [0];
            self.standings.fill(places, &[const { &[NOTHING] }; 4], &mut one, ask);
            tile.standings.fill(one[0]);
        } else {
            let places_of = tile.places.each_ref().map(Vec::as_slice);
            self.standings.fill(places, &places_of, first(&mut tile.standings, length), ask);
        }
        while self.passing.len() < self.owners.count() {
            let number = u32::try_from(self.passing.len()).unwrap_or(ODD);
            self.passing.push(shared.plan.filter.owner(self.owners.name(number)));
        }
        self.ledger.reserve(self.owners.count());
        self.exact.reserve(self.owners.count());
        self.rate();
    }

    /// Multipliers for currencies that were not met before.
    fn rate(&mut self) {
        let (rates, shared) = (&mut self.rates, self.shared);
        let days = shared.slots.len();
        rates.days = days;
        while rates.of_minor.len() < self.currencies.count() {
            let number = u32::try_from(rates.of_minor.len()).unwrap_or(ODD);
            let currency = match self.currencies.name(number) {
                "" => shared.source.currency(),
                code => code.parse::<Currency>().ok(),
            };
            let of_minor = currency.map(|from| minor(&shared.plan.valuation, from, shared.start, days));
            let places = currency.map_or(0, |from| i64::from(from.minor_digits()));
            let missing = places.saturating_sub(i64::from(rates.scale));
            let power =
                u32::try_from(missing.unsigned_abs()).ok().and_then(|tens| 10i64.checked_pow(tens)).unwrap_or(0);
            let (tens, shrink) = match currency {
                None => (1, 0),
                Some(_) if missing >= 0 => (i128::from(power), 1),
                Some(_) => (1, power),
            };
            match &of_minor {
                Some(of_minor) => rates.all.extend(scaled(of_minor, tens, shared.factor)),
                None => rates.all.extend(std::iter::repeat_n(Rated::default(), days)),
            }
            rates.shrink.push(shrink);
            rates.of_minor.push(of_minor);
        }
    }

    /// Adds the rows of a tile that fit; the others are marked odd.
    #[inline(never)]
    fn sum<const ROUND: bool>(&mut self, tile: &mut Tile, length: usize) {
        let (start, days) = (number_of(self.shared.start), self.rates.days);
        let names = tile.owners.iter().zip(&tile.standings).zip(&tile.currencies);
        let numbers = tile.days.iter().zip(&tile.amounts).zip(&tile.shares);
        let rows = names.zip(numbers).zip(&mut tile.odd).take(length);
        for ((((owner, standing), currency), ((day, amount), share)), odd) in rows {
            if *odd != 0 {
                continue;
            }
            // What cannot be read comes first, as where a row is read cell by cell.
            let standing = self.standings.get(*standing);
            let shrink = self.rates.shrink.get(*currency as usize).copied().unwrap_or(0);
            let given = if *share < 0 { standing.inherited_bp } else { *share };
            let bp = if standing.fixed_bp < 0 { given } else { standing.fixed_bp };
            let mut amount = *amount;
            if shrink != 1 {
                if shrink == 0 || amount.wrapping_rem(shrink) != 0 {
                    *odd = 1;
                    continue;
                }
                amount = amount.wrapping_div(shrink);
            }
            let passing = self.passing.get(*owner as usize);
            let fits = (-MOST_AMOUNT..=MOST_AMOUNT).contains(&amount) && given >= 0 && passing.is_some();
            if standing.kind == StandingKind::Odd || !fits {
                *odd = 1;
                continue;
            }
            if standing.kind == StandingKind::Filtered || passing == Some(&false) {
                self.filtered = self.filtered.wrapping_add(1);
                continue;
            }
            let day = day.wrapping_sub(start);
            let Some(slot) = usize::try_from(day).ok().and_then(|day| self.shared.slots.get(day)) else {
                let outside = if day < 0 { &mut self.outside.before } else { &mut self.outside.after };
                *outside = outside.wrapping_add(1);
                continue;
            };
            let place = (*currency as usize).wrapping_mul(days).wrapping_add(day as usize);
            let Some(rated) = self.rates.all.get(place).filter(|rated| rated.up != 0) else {
                *odd = 1;
                continue;
            };
            let value = if ROUND {
                let Some(product) = amount.checked_mul(rated.up) else {
                    *odd = 1;
                    continue;
                };
                i128::from(rated.rounded(product))
            } else {
                i128::from(amount).wrapping_mul(i128::from(rated.up))
            };
            let weighted = value.wrapping_mul(i128::from(bp));
            let Some(sums) = self.ledger.of(*owner, usize::from(*slot), standing.category as usize) else { continue };
            match (sums.amount.checked_add(value), sums.weighted.checked_add(weighted)) {
                (Some(amount), Some(weighted)) => {
                    *sums = Sums { count: sums.count.wrapping_add(1), amount, weighted };
                }
                _ => self.too_large = true,
            }
        }
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
                let owner = self.owners.number(owner);
                self.exact.reserve(self.owners.count());
                let sums = self.exact.of(owner, self.shared.place(slot), category as usize);
                sums.map_or(Ok(()), |sums| sums.add(value, weight, true))?;
            }
        }
        Ok(())
    }
}

/// The first so many.
fn first<T>(all: &mut [T], length: usize) -> &mut [T] {
    all.get_mut(..length).unwrap_or_default()
}
