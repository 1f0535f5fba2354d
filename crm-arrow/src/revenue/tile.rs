//! The columns of a batch as tiles of machine integers.

use arrow_array::Array;
use crm_core::Result;
use crm_core::rules::forecast::RateBasis;

use super::labels::{Labels, NOTHING, Names};
use super::pass::Shared;
use super::rated::MOST_AMOUNT;
use super::rates::Rates;
use super::standing::Standings;
use super::whole::Whole;

/// Rows of a tile: its columns stay in the nearest memory.
pub(super) const TILE: usize = 512;
/// A probability that nobody gave.
const NOT_GIVEN: i64 = -1;
/// Most of a probability, in basis points.
const MOST_BP: i64 = 10_000;

/// The names that were met, and what they mean.
#[derive(Default)]
pub(super) struct Met {
    pub(super) owners: Labels,
    places: [Labels; 4],
    currencies: Labels,
    pub(super) standings: Standings,
    pub(super) rates: Rates,
}

/// The columns of a tile.
pub(super) struct Tile {
    pub(super) owners: Vec<u32>,
    places: [Vec<u32>; 4],
    pub(super) standings: Vec<u32>,
    pub(super) currencies: Vec<u32>,
    pub(super) days: Vec<i64>,
    pub(super) amounts: Vec<i64>,
    /// Basis points, or below 0 where nobody gave any.
    pub(super) shares: Vec<i64>,
    /// Rows that need a closer look.
    pub(super) odd: Vec<u8>,
    /// The largest amount, whatever its sign.
    pub(super) most: u64,
    /// Where each row falls.
    pub(super) tags: Vec<u32>,
    /// The place of the rate of each row, and what it multiplies by.
    pub(super) rates: Vec<u32>,
    pub(super) ups: Vec<i64>,
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
            most: 0,
            tags: numbers(),
            rates: numbers(),
            ups: vec![0; TILE],
        }
    }
}

/// How the columns of one batch are read.
pub(super) struct Columns<'a> {
    owners: Names<'a>,
    places: [Names<'a>; 4],
    currencies: Names<'a>,
    days: Whole<'a>,
    amounts: Whole<'a>,
    /// With what makes basis points of them.
    shares: Option<(Whole<'a>, i64)>,
}

impl<'a> Columns<'a> {
    /// How the columns of a batch become integers; `None` where one of them has to be looked at row by row.
    pub(super) fn of(
        shared: &Shared<'_>,
        array: &dyn Fn(&str) -> Option<&'a dyn Array>,
        met: &mut Met,
    ) -> Result<Option<Self>> {
        if !matches!(shared.plan.valuation.basis, RateBasis::CloseDate | RateBasis::AsOf) {
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
        if met.rates.scale() != amounts.scale || met.rates.each() != shared.days().saturating_add(2) {
            met.rates = Rates::of_scale(amounts.scale, shared.days());
        }
        let names =
            |name: &str, labels: &mut Labels| array(name).map_or(Ok(Names::Absent), |array| Names::of(array, labels));
        let [pipelines, stages, states, categories] = &mut met.places;
        Ok(Some(Self {
            owners: names("owner", &mut met.owners)?,
            places: [
                names("pipeline", pipelines)?,
                names("stage", stages)?,
                names("state", states)?,
                names("category", categories)?,
            ],
            currencies: names("amount_currency", &mut met.currencies)?,
            days,
            amounts,
            shares,
        }))
    }
}

impl Tile {
    /// Reads the columns of so many rows from one on.
    pub(super) fn fill(&mut self, columns: &Columns<'_>, rows: (usize, usize), met: &mut Met, shared: &Shared<'_>) {
        let (start, length) = rows;
        let odd = first(&mut self.odd, length);
        odd.fill(0);
        columns.owners.fill(start, first(&mut self.owners, length), &mut met.owners);
        columns.currencies.fill(start, first(&mut self.currencies, length), &mut met.currencies);
        met.rates.meet(&met.currencies, shared);
        columns.days.fill(start, first(&mut self.days, length), odd);
        let amounts = first(&mut self.amounts, length);
        columns.amounts.fill(start, amounts, odd);
        if let Some(shrink) = met.rates.shrink() {
            shrunk(amounts, &self.currencies, shrink, odd);
        }
        let shares = first(&mut self.shares, length);
        match &columns.shares {
            None => shares.fill(NOT_GIVEN),
            Some((whole, factor)) => {
                whole.fill_or(start, shares, odd, NOT_GIVEN, |share| {
                    if (0..=MOST_BP / *factor).contains(&share) { Some(share.wrapping_mul(*factor)) } else { None }
                });
            }
        }
        self.most = bounded(amounts, odd);
        self.stand(columns, rows, met, shared);
    }

    /// Where deals stand.
    fn stand(&mut self, columns: &Columns<'_>, (start, length): (usize, usize), met: &mut Met, shared: &Shared<'_>) {
        let Met { places, standings, .. } = met;
        let there = |place: &usize| columns.places.get(*place).is_some_and(|names| !matches!(names, Names::Absent));
        let known: Vec<usize> = (0..places.len()).filter(there).collect();
        for ((names, labels), out) in columns.places.iter().zip(&mut *places).zip(&mut self.places) {
            if !matches!(names, Names::Absent) {
                names.fill(start, first(out, length), labels);
            }
        }
        let places = &*places;
        let ask = |key: [u32; 4]| {
            let mut names = places.iter().zip(key).map(|(labels, number)| labels.name(number));
            let mut next = || names.next().unwrap_or_default();
            shared.standing([next(), next(), next(), next()])
        };
        let out = first(&mut self.standings, length);
        match known.as_slice() {
            [] => {
                // One combination for all rows.
                let mut one = [0];
                standings.fill(places, &[const { &[NOTHING] }; 4], &mut one, ask);
                out.fill(one[0]);
            }
            [place] => {
                if let (Some(labels), Some(numbers)) = (places.get(*place), self.places.get(*place)) {
                    standings.fill_alone((*place, labels), numbers, out, ask);
                }
            }
            _ => standings.fill(places, &self.places.each_ref().map(Vec::as_slice), out, ask),
        }
    }
}

/// Divides amounts of more digits than their currency has; those with something behind these are odd.
fn shrunk(amounts: &mut [i64], currencies: &[u32], shrink: &[i64], odd: &mut [u8]) {
    for ((amount, currency), odd) in amounts.iter_mut().zip(currencies).zip(odd) {
        let by = shrink.get(*currency as usize).copied().unwrap_or(0);
        if by == 1 {
            continue;
        }
        let (Some(0), Some(whole)) = (amount.checked_rem(by), amount.checked_div(by)) else {
            *odd = 1;
            continue;
        };
        *amount = whole;
    }
}

/// The largest amount, whatever its sign. Amounts of odd rows become 0, those beyond all measure odd.
fn bounded(amounts: &mut [i64], odd: &mut [u8]) -> u64 {
    let largest = |amounts: &[i64]| amounts.iter().fold(0, |most: u64, amount| most.max(amount.unsigned_abs()));
    let most = largest(amounts);
    if most <= MOST_AMOUNT && odd.iter().all(|odd| *odd == 0) {
        return most;
    }
    for (amount, odd) in amounts.iter_mut().zip(odd) {
        *odd |= u8::from(amount.unsigned_abs() > MOST_AMOUNT);
        *amount = if *odd == 0 { *amount } else { 0 };
    }
    largest(amounts)
}

/// The first so many.
pub(super) fn first<T>(all: &mut [T], length: usize) -> &mut [T] {
    all.get_mut(..length).unwrap_or_default()
}
