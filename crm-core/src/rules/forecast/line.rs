//! A deal as a forecast sees it.

use chrono::NaiveDate;

use crate::kernel::allocate::allocate;
use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::money::Money;
use crate::kernel::probability::{Probability, WHOLE_BP};
use crate::kernel::sales::{Category, StageKind};

/// One owner's share of a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share<'a> {
    /// Who shares: the host's name of a user.
    pub owner: &'a str,
    /// How much of it; the shares of a deal are 10,000 basis points together.
    pub share: Probability,
}

/// A deal as a forecast sees it: its texts are borrowed, its stage is looked up already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// What the host calls the deal.
    pub id: &'a str,
    /// Who is responsible; empty if nobody is.
    pub owner: &'a str,
    /// The pipeline's code; empty if unknown.
    pub pipeline: &'a str,
    /// The stage's code; empty if unknown.
    pub stage: &'a str,
    /// What the stage means. Never inferred from a probability.
    pub state: StageKind,
    /// What the deal is worth, in its own currency.
    pub amount: Option<Money>,
    /// The deal's own probability, or else the stage's. It counts while the deal is open, see [`Line::weight`].
    pub probability: Probability,
    /// The category that somebody set by hand.
    pub manual: Option<Category>,
    /// The stage's category.
    pub automatic: Category,
    /// When it is expected to close, or when it did.
    pub close_date: Option<NaiveDate>,
    /// The day on which it was created.
    pub created_on: Option<NaiveDate>,
    /// Who shares in it; empty if all of it is the owner's.
    pub splits: Vec<Share<'a>>,
}

/// A part of a deal's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Whose it is.
    pub owner: &'a str,
    /// The share in basis points; 10,000 without splits.
    pub share: Probability,
    /// The part, in the unit of the whole value.
    pub value: i128,
}

impl Line<'_> {
    /// The category: won is closed and lost is omitted whatever somebody said, else the manual one, else the stage's.
    pub fn category(&self) -> Category {
        Category::of(self.state, self.manual, self.automatic)
    }

    /// The probability that weighs the deal: certain if it is won, never if it is lost.
    pub const fn weight(&self) -> Probability {
        match self.state {
            StageKind::Open => self.probability,
            StageKind::Won => Probability::ONE,
            StageKind::Lost => Probability::ZERO,
        }
    }
}

impl<'a> Line<'a> {
    /// A value of the deal divided among those who share in it, by largest remainder; the parts add up to the value.
    ///
    /// # Errors
    /// [`Exclusion::SplitTwice`] and [`Exclusion::SplitsNotWhole`].
    pub fn parts(&self, value: i128) -> Result<Vec<Part<'a>>, Exclusion> {
        if self.splits.is_empty() {
            return Ok(vec![Part { owner: self.owner, share: Probability::ONE, value }]);
        }
        let mut owners: Vec<&str> = self.splits.iter().map(|s| s.owner).collect();
        owners.sort_unstable();
        if let Some(twice) = owners.windows(2).find_map(|pair| pair.first().filter(|o| pair.last() == Some(o))) {
            return Err(Exclusion::SplitTwice { user: (*twice).to_owned() });
        }
        let whole: i64 = self.splits.iter().map(|s| s.share.bp()).fold(0, i64::saturating_add);
        if whole != WHOLE_BP {
            return Err(Exclusion::SplitsNotWhole { sum_bp: whole });
        }
        let weights: Vec<u128> = self.splits.iter().map(|s| u128::from(s.share.bp().unsigned_abs())).collect();
        let values = allocate(value, &weights).map_err(|_| Exclusion::TooLarge)?;
        let part = |(split, value): (&Share<'a>, i128)| Part { owner: split.owner, share: split.share, value };
        Ok(self.splits.iter().zip(values).map(part).collect())
    }

    /// Which of the parts counts the deal, so that each deal counts once: the owner's, or else the first.
    pub fn counted(&self, parts: &[Part<'a>]) -> usize {
        parts.iter().position(|p| p.owner == self.owner).unwrap_or(0)
    }
}
