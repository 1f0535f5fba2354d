//! What segments say in English.

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::Lang;
use super::en_words::visible;
use super::values::written;
use crate::kernel::predicate::Operator;
use crate::kernel::segment_problem::SegmentProblem;
use crate::kernel::segment_reason::{SegmentReason, TestOutcome, TestReason};

pub(super) fn reason(reason: &SegmentReason) -> String {
    use SegmentReason as R;
    match reason {
        R::PinnedIn { segment } => format!("somebody put the record into `{segment}` by name"),
        R::PinnedOut { segment } => format!("somebody took the record out of `{segment}` by name"),
        R::PutAway { segment } => format!("the record is archived: it belongs to no segment, and not to `{segment}`"),
        R::NotNamed { segment } => format!("`{segment}` is a list by name, and the record is not on it"),
        R::Matches { segment } => format!("the condition of `{segment}` holds"),
        R::DoesNotMatch { segment } => format!("the condition of `{segment}` does not hold"),
        R::NotInUseThen { segment } => {
            format!("`{segment}` was not in use then: its condition of today counts, without anybody named since")
        }
        R::Other { segment, is_member: true, is_wanted: true } => format!("it belongs to `{segment}`, as asked"),
        R::Other { segment, is_member: true, is_wanted: false } => {
            format!("it belongs to `{segment}`, which it is not to")
        }
        R::Other { segment, is_member: false, is_wanted: true } => {
            format!("it does not belong to `{segment}`, which it is to")
        }
        R::Other { segment, is_member: false, is_wanted: false } => {
            format!("it does not belong to `{segment}`, as asked")
        }
        R::Test(test) => sentence(test),
    }
}

fn sentence(test: &TestReason) -> String {
    let TestReason { field, operator, value, days, found, is_negated, outcome, .. } = test;
    let asked = asked(*operator, value, *days);
    let asked = if *is_negated { format!("not {asked}") } else { asked };
    match (outcome, found.is_null()) {
        (TestOutcome::Holds, true) => format!("nobody knows `{field}`, as asked ({asked})"),
        (TestOutcome::Holds, false) => format!("`{field}` is {}, as asked ({asked})", written(found, Lang::English)),
        (TestOutcome::Fails, false) => format!("`{field}` is {}, but asked is: {asked}", written(found, Lang::English)),
        (_, true) => format!("nobody knows `{field}`, and asked is: {asked}"),
        (TestOutcome::Unknown, false) => {
            format!("`{field}` is {}, which does not compare: {asked}", written(found, Lang::English))
        }
    }
}

fn asked(operator: Operator, given: &Json, days: Option<(NaiveDate, NaiveDate)>) -> String {
    use Operator as O;
    let value = written(given, Lang::English);
    match (operator, days) {
        (O::Before, Some((from, _))) => format!("before {from}"),
        (O::After, Some((_, last))) => format!("after {last}"),
        (_, Some((from, last))) if from == last => format!("on {from}"),
        (_, Some((from, last))) => format!("from {from} to {last}"),
        (O::Equal, _) => value,
        (O::NotEqual, _) => format!("not {value}"),
        (O::Less, _) => format!("below {value}"),
        (O::AtMost, _) => format!("at most {value}"),
        (O::Greater, _) => format!("above {value}"),
        (O::AtLeast, _) => format!("at least {value}"),
        (O::In, _) => format!("one of {value}"),
        (O::NotIn, _) => format!("none of {value}"),
        (O::Between, _) => match given.as_array().map(Vec::as_slice) {
            Some([least, most]) => {
                format!("between {} and {}", written(least, Lang::English), written(most, Lang::English))
            }
            _ => format!("between {value}"),
        },
        (O::StartsWith, _) => format!("starts with {value}"),
        (O::EndsWith, _) => format!("ends with {value}"),
        (O::Contains, _) => format!("contains {value}"),
        (O::HasWord, _) => format!("has the word {value}"),
        (O::Has, _) => format!("has {value}"),
        (O::IsNull, _) => "not known".to_owned(),
        (O::IsKnown, _) => "known".to_owned(),
        (O::WithinDays, _) => format!("at most {value} d ago"),
        (O::OlderThanDays, _) => format!("more than {value} d ago"),
        (O::NextDays, _) => format!("within {value} d"),
        (O::During, _) => format!("in {value}"),
        (O::Before, None) => format!("before {value}"),
        (O::After, None) => format!("after {value}"),
    }
}

pub(super) fn problem(problem: &SegmentProblem) -> String {
    use SegmentProblem as P;
    match problem {
        P::NeedsStore { segment } => {
            format!(
                "who belongs to the segment `{segment}` is known to a store only: expected a condition on fields here"
            )
        }
        P::Unknown { segment } => format!("there is no segment `{segment}` in use"),
        P::OtherRecord { segment, record, expected } => {
            format!("the segment `{segment}` is of records of the kind `{record}`: expected one of `{expected}`")
        }
        P::Cycle { path } => format!("the segments name each other in a circle: {}", path.join(" → ")),
        P::InRouting { segment } => format!("the rules of routing name `{segment}`"),
        P::InSaved { segment, by } => {
            let by: Vec<String> = by.iter().map(|name| format!("“{}”", visible(name))).collect();
            format!("saved views or reports name `{segment}`: {}", by.join(", "))
        }
        P::InUse { segment, by } => format!("other segments name `{segment}`: {}", by.join(", ")),
    }
}
