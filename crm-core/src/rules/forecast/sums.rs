//! Exact sums of deals, which add up in any order.

use crate::kernel::error::{Problem, Result};
use crate::kernel::probability::Probability;
use crate::kernel::sales::Category;

/// What some deals come to. Sums are exact, so that neither order nor grouping changes them; one that leaves 128 bits
/// is an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many deals; a split deal counts once.
    pub count: u64,
    /// Their value in minor units of the forecast's currency, times its scale ([`Valuation::scale`](super::Valuation)).
    pub amount: i128,
    /// The sum of value times probability in basis points: the weighted value times 10,000, times the scale.
    pub weighted: i128,
}

impl Sums {
    /// Adds a deal or a part of one; only one part of a deal counts.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn add(&mut self, value: i128, weight: Probability, counts: bool) -> Result<()> {
        let weighted = value.checked_mul(i128::from(weight.bp())).ok_or(Problem::AmountTooLarge)?;
        self.merge(&Sums { count: u64::from(counts), amount: value, weighted })
    }

    /// Adds other sums.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn merge(&mut self, other: &Sums) -> Result<()> {
        let too_large = || Problem::AmountTooLarge;
        self.count = self.count.checked_add(other.count).ok_or_else(too_large)?;
        self.amount = self.amount.checked_add(other.amount).ok_or_else(too_large)?;
        self.weighted = self.weighted.checked_add(other.weighted).ok_or_else(too_large)?;
        Ok(())
    }
}

/// Sums for each category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByCategory([Sums; Category::ALL.len()]);

impl ByCategory {
    /// The sums of a category.
    pub fn get(&self, category: Category) -> Sums {
        self.0.get(category as usize).copied().unwrap_or_default()
    }

    /// The sums of a category, to add to.
    pub fn of(&mut self, category: Category) -> &mut Sums {
        let [omitted, pipeline, best_case, commit, closed] = &mut self.0;
        match category {
            Category::Omitted => omitted,
            Category::Pipeline => pipeline,
            Category::BestCase => best_case,
            Category::Commit => commit,
            Category::Closed => closed,
        }
    }

    /// Adds other sums, category by category.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn merge(&mut self, other: &ByCategory) -> Result<()> {
        self.0.iter_mut().zip(&other.0).try_for_each(|(to, from)| to.merge(from))
    }

    /// The sums of several categories together.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn over(&self, categories: &[Category]) -> Result<Sums> {
        let mut sums = Sums::default();
        categories.iter().try_for_each(|c| sums.merge(&self.get(*c)))?;
        Ok(sums)
    }

    /// What is still open: pipeline, best case and commit.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn open(&self) -> Result<Sums> {
        self.over(OPEN)
    }

    /// What is open and what is closed; never what is omitted.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn total(&self) -> Result<Sums> {
        self.over(COUNTED)
    }
}

/// The categories of open deals that a forecast counts, from least to most sure.
pub const OPEN: &[Category] = &[Category::Pipeline, Category::BestCase, Category::Commit];
/// The categories that a forecast counts: all but omitted.
pub const COUNTED: &[Category] = &[Category::Pipeline, Category::BestCase, Category::Commit, Category::Closed];
