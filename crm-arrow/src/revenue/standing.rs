//! Where a deal stands - pipeline, stage, state, category - asked of the rule once for each combination.

use std::collections::HashMap;

use super::labels::{Labels, NOTHING, ODD};

/// Most combinations that are looked up in a table.
const MOST_TABLE: usize = 1 << 16;
/// What nobody has asked yet.
const UNASKED: u32 = u32::MAX;

/// What the rule makes of one combination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// What becomes of such deals.
    pub(super) kind: StandingKind,
    /// The category's place.
    pub(super) category: u32,
    /// The probability that counts whatever the deal says, or -1 where the deal's own counts.
    pub(super) fixed_bp: i64,
    /// The probability of deals that say nothing, or -1 where there is none.
    pub(super) inherited_bp: i64,
}

/// What becomes of deals of one combination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StandingKind {
    /// They count.
    Counts,
    /// The filter does not let them pass.
    Filtered,
    /// Each needs a closer look.
    Odd,
}

/// The combinations that were met.
#[derive(Debug)]
pub(super) struct Standings {
    sizes: [usize; 4],
    table: Vec<u32>,
    hash: HashMap<[u32; 4], u32>,
    /// By the number of the only column that there is.
    alone: Vec<u32>,
    all: Vec<Standing>,
}

impl Default for Standings {
    fn default() -> Self {
        let odd = Standing { kind: StandingKind::Odd, category: 0, fixed_bp: -1, inherited_bp: -1 };
        Self { sizes: [0; 4], table: Vec::new(), hash: HashMap::new(), alone: Vec::new(), all: vec![odd] }
    }
}

impl Standings {
    /// The standings of a tile's combinations. `ask` is asked of each combination once.
    pub(super) fn fill(
        &mut self,
        labels: &[Labels; 4],
        numbers: &[&[u32]; 4],
        out: &mut [u32],
        mut ask: impl FnMut([u32; 4]) -> Standing,
    ) {
        let sizes = labels.each_ref().map(|labels| labels.count().next_power_of_two());
        if sizes != self.sizes {
            self.sizes = sizes;
            let places = sizes.iter().fold(1_usize, |places, size| places.saturating_mul(*size));
            self.table.clear();
            if places <= MOST_TABLE {
                self.table.resize(places, UNASKED);
                self.hash.clear();
                self.all.truncate(1);
            }
        }
        let [first, second, third, fourth] = numbers;
        let places = first.iter().zip(*second).zip(third.iter().zip(*fourth));
        for (out, ((a, b), (c, d))) in out.iter_mut().zip(places) {
            let key = [*a, *b, *c, *d];
            if key.contains(&ODD) {
                *out = 0;
                continue;
            }
            let place = key
                .iter()
                .zip(sizes)
                .fold(0_usize, |place, (n, size)| place.wrapping_mul(size).wrapping_add(*n as usize));
            let known = match self.table.get(place) {
                Some(known) => *known,
                None => self.hash.get(&key).copied().unwrap_or(UNASKED),
            };
            *out = if known == UNASKED { self.add(key, place, ask(key)) } else { known };
        }
    }

    /// The same where there is only the column at a place.
    pub(super) fn fill_alone(
        &mut self,
        (place, labels): (usize, &Labels),
        numbers: &[u32],
        out: &mut [u32],
        mut ask: impl FnMut([u32; 4]) -> Standing,
    ) {
        for number in self.alone.len()..labels.count() {
            let mut key = [NOTHING; 4];
            key.get_mut(place).into_iter().for_each(|key| *key = u32::try_from(number).unwrap_or(ODD));
            let standing = self.number(ask(key));
            self.alone.push(standing);
        }
        for (out, number) in out.iter_mut().zip(numbers) {
            *out = self.alone.get(*number as usize).copied().unwrap_or(0);
        }
    }

    /// All standings by their numbers.
    pub(super) fn all(&self) -> &[Standing] {
        &self.all
    }

    /// The number of a standing.
    fn number(&mut self, standing: Standing) -> u32 {
        let known = self.all.iter().position(|one| *one == standing);
        let number = known.unwrap_or_else(|| {
            self.all.push(standing);
            self.all.len().saturating_sub(1)
        });
        u32::try_from(number).unwrap_or(0)
    }

    #[cold]
    fn add(&mut self, key: [u32; 4], place: usize, standing: Standing) -> u32 {
        let number = self.number(standing);
        match self.table.get_mut(place) {
            Some(free) => *free = number,
            None => {
                self.hash.insert(key, number);
            }
        }
        number
    }
}
