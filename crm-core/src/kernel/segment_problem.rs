//! What speaks against a segment. [`lang`](crate::lang) has one sentence for each, twice.

use super::error::Code;

/// Why a segment cannot be kept, or a condition that names one cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "each variant is its sentence in lang/en_segment.rs; its fields are that sentence's values"
)]
pub enum SegmentProblem {
    /// A condition that is checked where no stored segments are at hand.
    NeedsStore { segment: String },
    /// Nobody knows a segment of this code, or it was put away.
    Unknown { segment: String },
    /// The segment is of other records.
    OtherRecord { segment: String, record: String, expected: String },
    /// Segments that name each other: each code names the next one, the last is the first.
    Cycle { path: Vec<String> },
    /// Other segments name it: some of their codes.
    InUse { segment: String, by: Vec<String> },
    /// Saved views or reports name it: some of their names.
    InSaved { segment: String, by: Vec<String> },
    /// The configuration's routing names it.
    InRouting { segment: String },
}

impl SegmentProblem {
    /// The stable code.
    pub const fn code(&self) -> Code {
        match self {
            SegmentProblem::Unknown { .. } => Code::NotFound,
            SegmentProblem::InUse { .. } | SegmentProblem::InSaved { .. } | SegmentProblem::InRouting { .. } => {
                Code::WrongState
            }
            _ => Code::InvalidValue,
        }
    }
}
