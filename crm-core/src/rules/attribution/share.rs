//! Shares and amounts of the touches of a path: whole numbers that add up.

use super::model::{Model, Path};
use crate::kernel::allocate::Division;
use crate::kernel::error::Result;

/// Parts of the whole that shares are counted in.
pub const WHOLE_MICRO: i128 = 1_000_000;

/// Divides between the touches of one path after the other, with the same memory.
///
/// ```
/// use crm_core::rules::attribution::{Model, ModelName, Path, Splitter};
/// let path = Path { len: 5, ..Path::default() };
/// let mut splitter = Splitter::default();
/// let shares = splitter.shares(&Model::named(ModelName::UShape), &path)?;
/// assert_eq!(shares, [400_000, 66_667, 66_667, 66_666, 400_000]);
/// # Ok::<(), crm_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Splitter {
    weights: Vec<u128>,
    division: Division,
}

impl Splitter {
    /// Each touch's millionths of the whole; none where the path has no touch.
    ///
    /// # Errors
    /// None for a path of less than 2^40 touches.
    pub fn shares(&mut self, model: &Model, path: &Path<'_>) -> Result<&[i128]> {
        self.split(model, path, WHOLE_MICRO)
    }

    /// Each touch's part of an amount in minor units.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`](crate::Problem::AmountTooLarge) where the exact arithmetic leaves 128 bits, which no
    /// amount of 63 bits does.
    pub fn split(&mut self, model: &Model, path: &Path<'_>, amount: i128) -> Result<&[i128]> {
        model.weigh(path, &mut self.weights);
        if self.weights.is_empty() {
            return Ok(&[]);
        }
        self.division.divide(amount, &self.weights)
    }

    /// What each touch weighs, for who divides by itself.
    pub(super) fn weights(&mut self, model: &Model, path: &Path<'_>) -> &[u128] {
        model.weigh(path, &mut self.weights);
        &self.weights
    }
}
