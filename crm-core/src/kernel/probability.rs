//! Probabilities and shares: whole basis points, never floats.

use std::fmt;

use super::error::{Problem, Result};
use super::number;

/// Basis points in the whole: 10,000.
pub const WHOLE_BP: i64 = 10_000;

/// A probability from 0 to 10,000 basis points (100 %).
///
/// ```
/// use crm_core::kernel::probability::Probability;
/// assert_eq!(Probability::from_bp(2_550).unwrap().to_string(), "25.5 %");
/// assert!(Probability::from_bp(10_001).is_err() && Probability::from_bp(-1).is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Probability(u16);

impl Probability {
    /// Never.
    pub const ZERO: Self = Self(0);
    /// Certain.
    pub const ONE: Self = Self(10_000);

    /// From basis points.
    ///
    /// # Errors
    /// [`Problem::OutOfRange`] outside of 0 to 10,000.
    pub fn from_bp(bp: i64) -> Result<Self> {
        let out_of_range =
            || Problem::OutOfRange { found: bp.to_string(), least: "0".into(), most: WHOLE_BP.to_string() };
        let fits = u16::try_from(bp).ok().filter(|bp| *bp <= Self::ONE.0);
        Ok(Self(fits.ok_or_else(out_of_range)?))
    }

    /// The basis points.
    pub const fn bp(self) -> i64 {
        self.0 as i64
    }
}

/// In percent, without needless zeros.
impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = number::plain(i128::from(self.0), 2);
        write!(f, "{} %", text.trim_end_matches('0').trim_end_matches('.'))
    }
}
