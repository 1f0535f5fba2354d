//! All outcomes of a few deals, in exact fractions.

use super::wide::Wide;

/// Deals whose outcomes are kept in a table; those of the others are walked.
const IN_TABLE: usize = 13;

/// The sum of independent deals: amounts that are not negative, each with a probability in basis points. Probabilities
/// are counted in units of 10^-4 to the power of the number of deals.
pub(super) struct Enumerated {
    walked: Vec<(i128, u32)>,
    /// Every sum of the other deals in order, with the probability of that sum or less.
    table: Vec<(i128, Wide)>,
    deals: usize,
}

impl Enumerated {
    pub(super) fn of(deals: &[(i128, u32)]) -> Self {
        let (tabled, walked) = deals.split_at(deals.len().min(IN_TABLE));
        let mut table = vec![(0, Wide::ONE)];
        for (amount, bp) in tabled {
            table = extended(&table, *amount, *bp);
        }
        let mut sum = Wide::ZERO;
        for (_, share) in &mut table {
            sum = sum.plus(*share);
            *share = sum;
        }
        Self { walked: walked.to_vec(), table, deals: deals.len() }
    }

    /// How many deals, so that a probability of 1 is 10^(4 deals).
    pub(super) const fn deals(&self) -> usize {
        self.deals
    }

    /// The probability of `most` or less.
    pub(super) fn up_to(&self, most: i128) -> Wide {
        self.walk(&self.walked, most)
    }

    fn walk(&self, deals: &[(i128, u32)], most: i128) -> Wide {
        let Some(((amount, bp), rest)) = deals.split_first() else {
            let after = self.table.partition_point(|(sum, _)| *sum <= most);
            let last = after.checked_sub(1).and_then(|i| self.table.get(i));
            return last.map_or(Wide::ZERO, |(_, share)| *share);
        };
        let lost = self.walk(rest, most).times(10_000u64.saturating_sub(u64::from(*bp)));
        lost.plus(self.walk(rest, most.saturating_sub(*amount)).times(u64::from(*bp)))
    }
}

/// The outcomes with one more deal, equal sums put together.
fn extended(table: &[(i128, Wide)], amount: i128, bp: u32) -> Vec<(i128, Wide)> {
    let mut out: Vec<(i128, Wide)> = Vec::with_capacity(table.len().saturating_mul(2));
    let mut put = |sum: i128, share: Wide| match out.last_mut() {
        Some((last, all)) if *last == sum => *all = all.plus(share),
        _ => out.push((sum, share)),
    };
    let lost = |share: Wide| share.times(10_000u64.saturating_sub(u64::from(bp)));
    let mut behind = table.iter().peekable();
    for (sum, share) in table {
        while let Some((other, won)) = behind.next_if(|(other, _)| other.saturating_add(amount) < *sum) {
            put(other.saturating_add(amount), won.times(u64::from(bp)));
        }
        put(*sum, lost(*share));
    }
    for (other, won) in behind {
        put(other.saturating_add(amount), won.times(u64::from(bp)));
    }
    out
}
