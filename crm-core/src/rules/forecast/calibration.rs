//! How often deals that were called something were won, beside the numbers and never instead of them.

use std::collections::BTreeMap;

use crate::kernel::allocate::rounded;
use crate::kernel::error::{Problem, Result};
use crate::kernel::probability::{Probability, WHOLE_BP};
use crate::kernel::sales::Category;

/// A deal of a period that is over: what was said of it then, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// Who owned it.
    pub owner: &'a str,
    /// Its category then.
    pub category: Category,
    /// Its probability then.
    pub probability: Probability,
    /// Whether it was won in the period.
    pub won: bool,
}

/// How many, and how many of them were won.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub n: u64,
    /// How many were won.
    pub won: u64,
}

impl Share {
    fn add(&mut self, won: bool) {
        self.n = self.n.saturating_add(1);
        self.won = self.won.saturating_add(u64::from(won));
    }

    /// The won share in basis points, rounded half up; `None` of nothing.
    pub fn won_bp(&self) -> Option<i128> {
        let part = i128::from(self.won).checked_mul(i128::from(WHOLE_BP))?;
        (self.n > 0).then(|| rounded(part, i128::from(self.n)))
    }

    /// An amount times the won share, rounded half away from zero; `None` of nothing.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn of(&self, amount: i128) -> Result<Option<i128>> {
        if self.n == 0 {
            return Ok(None);
        }
        let part = amount.checked_mul(i128::from(self.won)).ok_or(Problem::AmountTooLarge)?;
        Ok(Some(rounded(part, i128::from(self.n))))
    }
}

/// The mean squared distance between what was said (as a share of one) and what became of it: 0 is perfect, 1/4 is what
/// a coin says, 1 is always wrong. Kept exact, as a sum over a number of deals. Brier, "Verification of forecasts
/// expressed in terms of probability", Monthly Weather Review 78 (1950).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brier {
    /// The sum of squared distances in basis points.
    pub squares: i128,
    /// How many deals.
    pub n: u64,
}

impl Brier {
    fn add(&mut self, outcome: &Outcome<'_>) {
        let fact = if outcome.won { WHOLE_BP } else { 0 };
        let off = i128::from(outcome.probability.bp().saturating_sub(fact));
        self.squares = self.squares.saturating_add(off.saturating_mul(off));
        self.n = self.n.saturating_add(1);
    }

    /// The score as numerator and denominator; `None` of nothing.
    pub fn fraction(&self) -> Option<(i128, i128)> {
        let whole = i128::from(WHOLE_BP).checked_mul(i128::from(WHOLE_BP))?.checked_mul(i128::from(self.n))?;
        (self.n > 0).then_some((self.squares, whole))
    }

    /// The score in basis points, rounded half up; `None` of nothing.
    pub fn bp(&self) -> Option<i128> {
        let whole = i128::from(WHOLE_BP).checked_mul(i128::from(self.n))?;
        (self.n > 0).then(|| rounded(self.squares, whole))
    }
}

/// Deals whose probability was within a tenth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bin {
    /// How many, and how many were won.
    pub share: Share,
    /// The sum of their probabilities in basis points.
    pub said_bp: i128,
}

/// A table of how often deals that were called something were won.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calibration<'a> {
    /// By category.
    pub categories: BTreeMap<Category, Share>,
    /// By owner and category.
    pub owners: BTreeMap<(&'a str, Category), Share>,
    /// Of everybody.
    pub brier: Brier,
    /// By owner.
    pub owner_briers: BTreeMap<&'a str, Brier>,
    /// By tenth of the probability; 10,000 is in the last one.
    pub bins: [Bin; 10],
}

impl<'a> Calibration<'a> {
    /// From deals of periods that are over.
    pub fn new(outcomes: impl IntoIterator<Item = Outcome<'a>>) -> Self {
        let mut table = Calibration::default();
        for outcome in outcomes {
            table.categories.entry(outcome.category).or_default().add(outcome.won);
            table.owners.entry((outcome.owner, outcome.category)).or_default().add(outcome.won);
            table.brier.add(&outcome);
            table.owner_briers.entry(outcome.owner).or_default().add(&outcome);
            let bp = outcome.probability.bp();
            let tenth = usize::try_from(bp / 1_000).unwrap_or(0).min(9);
            if let Some(bin) = table.bins.get_mut(tenth) {
                bin.share.add(outcome.won);
                bin.said_bp = bin.said_bp.saturating_add(i128::from(bp));
            }
        }
        table
    }
}
