//! What becomes of each deal: it falls in a cell, outside, or is left out for a reason.

use std::collections::BTreeSet;

use super::line::Line;
use super::periods::{Periods, Slot};
use super::value::Valuation;
use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::probability::WHOLE_BP;
use crate::kernel::sales::Category;

/// Which deals a forecast is about; what is `None` lets all pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose parts of deals.
    pub owners: Option<BTreeSet<String>>,
    /// The codes of pipelines.
    pub pipelines: Option<BTreeSet<String>>,
    /// The categories.
    pub categories: Option<BTreeSet<Category>>,
}

impl Filter {
    /// Whether somebody's parts of deals pass.
    pub fn owner(&self, owner: &str) -> bool {
        self.owners.as_ref().is_none_or(|owners| owners.contains(owner))
    }

    /// Whether a deal passes; of a split deal it is enough that one part does.
    pub fn deal(&self, line: &Line<'_>) -> bool {
        let owner = match line.splits.as_slice() {
            [] => self.owner(line.owner),
            splits => splits.iter().any(|s| self.owner(s.owner)),
        };
        owner
            && self.pipelines.as_ref().is_none_or(|pipelines| pipelines.contains(line.pipeline))
            && self.categories.as_ref().is_none_or(|categories| categories.contains(&line.category()))
    }
}

/// What a forecast asks of each deal.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The periods.
    pub periods: &'a Periods,
    /// How deals become amounts.
    pub valuation: Valuation<'a>,
    /// Which deals.
    pub filter: &'a Filter,
}

/// What becomes of a deal. Each deal is exactly one of these, or excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It counts.
    In {
        /// A period, or undated.
        slot: Slot,
        /// The category.
        category: Category,
        /// The value in minor units times the scale.
        value: i128,
    },
    /// It closes before the first period or after the last; its value is not asked for.
    Outside(Slot),
    /// The filter does not let it pass.
    Filtered,
}

impl Plan<'_> {
    /// What becomes of a deal: first the filter is asked, then the close date, then the value.
    ///
    /// # Errors
    /// Why it cannot count.
    pub fn place(&self, line: &Line<'_>) -> Result<Placed, Exclusion> {
        if !self.filter.deal(line) {
            return Ok(Placed::Filtered);
        }
        let slot = self.periods.slot(line.close_date);
        let period = match slot {
            Slot::Before | Slot::After => return Ok(Placed::Outside(slot)),
            Slot::Undated => None,
            Slot::Period(place) => self.periods.list().get(place),
        };
        let value = self.valuation.value(line, period)?;
        // A deal whose own weighted value has no room would take all others with it.
        value.checked_mul(i128::from(WHOLE_BP)).ok_or(Exclusion::TooLarge)?;
        Ok(Placed::In { slot, category: line.category(), value })
    }
}
