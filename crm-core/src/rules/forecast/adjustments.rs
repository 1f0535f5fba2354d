//! What somebody says instead of a rollup: layers over it, which never change a deal.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::sums::COUNTED;
use super::tree::OwnerTree;
use crate::kernel::error::{Problem, Result};
use crate::kernel::sales::Category;
use crate::kernel::time::Instant;

/// Whose number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The person's own.
    Own,
    /// That of somebody who leads the person; the person does not see it.
    Manager,
}

/// A number that stands in front of a rollup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// The person whose rollup it is.
    pub owner: String,
    /// Who says so.
    pub author: String,
    /// Whose number it is.
    pub layer: Layer,
    /// The first day of the period and the day after its last.
    pub period: (NaiveDate, NaiveDate),
    /// Which category's number.
    pub category: Category,
    /// The number, in minor units of the forecast's currency.
    pub amount: i128,
    /// What the rollup was when it was said, where that is known.
    pub base: Option<i128>,
    /// Why.
    pub note: String,
    /// When it was said; of several of one layer the latest counts, of equal ones the last.
    pub recorded_at: Option<Instant>,
}

/// What a person's category comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adjusted<'a> {
    /// The number that is shown.
    pub value: i128,
    /// What it would be without the layer: own deals and what the reports' categories come to.
    pub beneath: i128,
    /// What the deals come to, without anybody's layer.
    pub rollup: i128,
    /// The layer that counts.
    pub by: Option<&'a Adjustment>,
}

impl Adjusted<'_> {
    /// How far the deals have moved since the number was said.
    pub fn drift(&self) -> Option<i128> {
        self.rollup.checked_sub(self.by?.base?)
    }

    /// Whether they have moved by more than a share of what they were, in basis points.
    pub fn is_stale(&self, most_bp: i64) -> bool {
        let (Some(drift), Some(base)) = (self.drift(), self.by.and_then(|by| by.base)) else { return false };
        let moved = drift.unsigned_abs().saturating_mul(10_000);
        moved > base.unsigned_abs().saturating_mul(u128::from(most_bp.unsigned_abs()))
    }
}

/// The numbers of one period, by place in the tree and category.
#[derive(Clone, Debug, Default)]
pub struct Layers<'a>(BTreeMap<(usize, Category), Adjusted<'a>>);

impl<'a> Layers<'a> {
    /// Lays adjustments over rollups: per person and category the latest visible one of a manager, or else the latest
    /// own, or else own deals and what the reports come to.
    ///
    /// `own` gives what a person's own deals come to, in minor units. A manager's number is seen by those who lead the
    /// person, by its author, and without `viewer` by everybody.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn over(
        tree: &OwnerTree,
        own: impl Fn(usize, Category) -> i128,
        adjustments: &[&'a Adjustment],
        viewer: Option<&str>,
    ) -> Result<Self> {
        let mut layers = Layers::default();
        let led = viewer.and_then(|viewer| tree.find(viewer)).map(|viewer| tree.led_by(&BTreeSet::from([viewer])));
        // Who is nowhere in the tree sees only what everybody sees.
        let led = led.unwrap_or_default();
        let mut said: BTreeMap<(&str, Category), Vec<&'a Adjustment>> = BTreeMap::new();
        for adjustment in adjustments {
            said.entry((&adjustment.owner, adjustment.category)).or_default().push(adjustment);
        }
        for place in tree.order().into_iter().rev() {
            let Some(node) = tree.nodes().get(place) else { continue };
            for category in COUNTED {
                let mine = own(place, *category);
                let (mut beneath, mut rollup) = (mine, mine);
                for report in &node.reports {
                    let Some(theirs) = layers.0.get(&(*report, *category)) else { continue };
                    beneath = beneath.checked_add(theirs.value).ok_or(Problem::AmountTooLarge)?;
                    rollup = rollup.checked_add(theirs.rollup).ok_or(Problem::AmountTooLarge)?;
                }
                let of = said.get(&(node.user.as_str(), *category)).into_iter().flatten();
                let seen = |a: &&&Adjustment| match (a.layer, viewer) {
                    (Layer::Manager, Some(viewer)) => a.author == viewer || led.contains(&place),
                    _ => true,
                };
                // The last of the latest of the highest layer.
                let by = of.filter(seen).max_by_key(|a| (a.layer, a.recorded_at)).copied();
                let value = by.map_or(beneath, |by| by.amount);
                layers.0.insert((place, *category), Adjusted { value, beneath, rollup, by });
            }
        }
        Ok(layers)
    }

    /// What a person's category comes to.
    pub fn get(&self, place: usize, category: Category) -> Option<&Adjusted<'a>> {
        self.0.get(&(place, category))
    }
}
