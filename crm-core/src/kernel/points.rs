//! The points of a lead's score, and the halves that they count in.

use std::fmt;

use super::number;

/// Points in thousandths, so that decayed points stay exact.
///
/// ```
/// use crm_core::kernel::reason::Points;
/// assert_eq!(Points::from_milli(22_500).to_string(), "22.5");
/// assert_eq!(Points::from_milli(-3_000).to_string(), "-3");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(i64);

impl Points {
    /// From thousandths of a point.
    pub const fn from_milli(milli: i64) -> Self {
        Self(milli)
    }

    /// The thousandths.
    pub const fn milli(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = number::plain(i128::from(self.0), 3);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A half of a lead's score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// Who the lead is.
    Fit,
    /// What the lead does.
    Engagement,
}

impl Section {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Section::Fit => "fit",
            Section::Engagement => "engagement",
        }
    }
}
