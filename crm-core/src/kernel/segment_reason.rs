//! Why a record belongs to a segment or does not.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::coded::coded;
use super::predicate::Operator;

coded! {
    /// What a test of a segment's condition came to.
    TestOutcome {
        /// As asked.
        Holds = "holds",
        /// Not as asked.
        Fails = "fails",
        /// Nobody knows.
        Unknown = "unknown",
    }
}

/// Why a record belongs to a segment or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_segment.rs")]
pub enum SegmentReason {
    /// Somebody named it.
    PinnedIn { segment: String },
    /// Somebody took it out.
    PinnedOut { segment: String },
    /// It was put away: no segment has it.
    PutAway { segment: String },
    /// The segment is a list by name, and nobody named the record.
    NotNamed { segment: String },
    /// The condition certainly holds.
    Matches { segment: String },
    /// The condition does not certainly hold.
    DoesNotMatch { segment: String },
    /// The condition asks for another segment: whether that is the case, and whether it is to be.
    Other { segment: String, is_member: bool, is_wanted: bool },
    /// The segment was not in use at the instant that was asked for: its condition of today counts, and nobody who was
    /// named since.
    NotInUseThen { segment: String },
    /// A test of the condition that decided.
    Test(Box<TestReason>),
}

/// One test of a condition with what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_segment.rs")]
pub struct TestReason {
    /// Where it stands in the condition.
    pub path: String,
    pub field: String,
    pub operator: Operator,
    /// What it compares with, as it is for the segment's day.
    pub value: Json,
    /// The first and the last day of a range.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// What the record says; null where nobody knows.
    pub found: Json,
    /// Whether the condition asks for the contrary.
    pub is_negated: bool,
    pub outcome: TestOutcome,
}

impl SegmentReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            SegmentReason::PinnedIn { .. } => "pinned_in",
            SegmentReason::PinnedOut { .. } => "pinned_out",
            SegmentReason::PutAway { .. } => "put_away",
            SegmentReason::NotNamed { .. } => "not_named",
            SegmentReason::Matches { .. } => "matches",
            SegmentReason::DoesNotMatch { .. } => "does_not_match",
            SegmentReason::Other { is_member: true, .. } => "in_segment",
            SegmentReason::Other { is_member: false, .. } => "not_in_segment",
            SegmentReason::NotInUseThen { .. } => "segment_not_in_use_then",
            SegmentReason::Test(test) => match test.outcome {
                TestOutcome::Holds => "test_holds",
                TestOutcome::Fails => "test_fails",
                TestOutcome::Unknown => "test_unknown",
            },
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        match self {
            SegmentReason::PinnedIn { segment }
            | SegmentReason::PinnedOut { segment }
            | SegmentReason::PutAway { segment }
            | SegmentReason::NotNamed { segment }
            | SegmentReason::Matches { segment }
            | SegmentReason::NotInUseThen { segment }
            | SegmentReason::DoesNotMatch { segment } => {
                map.insert("segment".into(), segment.as_str().into());
            }
            SegmentReason::Other { segment, is_wanted, .. } => {
                map.insert("segment".into(), segment.as_str().into());
                map.insert("wanted".into(), (*is_wanted).into());
            }
            SegmentReason::Test(test) => {
                let TestReason { path, field, operator, value, days, found, is_negated, .. } = &**test;
                map.insert("path".into(), path.as_str().into());
                map.insert("field".into(), field.as_str().into());
                map.insert("op".into(), operator.name().into());
                if !value.is_null() {
                    map.insert("value".into(), value.clone());
                }
                if let Some((from, last)) = days {
                    map.insert("from".into(), from.to_string().into());
                    map.insert("last".into(), last.to_string().into());
                }
                map.insert("found".into(), found.clone());
                if *is_negated {
                    map.insert("negated".into(), true.into());
                }
            }
        }
    }
}
