//! What a configuration gets wrong, in English.

use super::en_words::{kind, suggestion};
use crate::kernel::error::RulesProblem;

pub(super) fn rules(problem: &RulesProblem) -> String {
    use RulesProblem as R;
    match problem {
        R::DuplicateId { id } => format!("the id `{id}` appears more than once: expected every id once"),
        // A phrase, or the name of an option.
        R::Empty { what } if what.contains(' ') => format!("the {what} must not be empty"),
        R::Empty { what } => format!("`{what}` must not be empty"),
        R::Inverted { least, most } => {
            format!("the lower bound {least} is above the upper bound {most}: expected the smaller one first")
        }
        R::AllZero => "every value is zero: expected at least one that is not".to_owned(),
        R::OutOfOrder => "the entries are out of order: expected them sorted".to_owned(),
        R::Overlap => "two ranges overlap: expected ranges that share no value".to_owned(),
        R::Unreachable { detail } => format!("`{detail}` can never be reached"),
        R::WrongOperator { operator, kind: of } => {
            format!("the operator `{operator}` does not apply to {}", kind(*of))
        }
        R::Exclusive { first, second } => {
            format!("`{first}` and `{second}` exclude each other: expected only one of them")
        }
        R::FixedRule { field } => format!("how `{field}` is merged cannot be configured"),
        R::Requires { option, needs } => format!("`{option}` needs `{needs}`: expected both"),
        R::TypesDiffer { first, first_kind, second, second_kind } => format!(
            "`{first}` is {} and `{second}` is {}: expected two fields of one type",
            kind(*first_kind),
            kind(*second_kind)
        ),
        R::WeakAlone { points_bp, threshold_bp } => {
            format!("weak evidence alone may add up to {points_bp}: expected less than the threshold {threshold_bp}")
        }
        R::Undefined { id, nearest } => {
            format!("`{id}` is not defined in this configuration{}", suggestion(nearest.as_deref()))
        }
        R::EndsBeforeStart { from, to, next_day } => {
            format!("the window ends at {to}, before it starts at {from}: for {to} of the next day write `{next_day}`")
        }
        R::NeedsReader { operator } => {
            format!("`{operator}` depends on who reads and when: expected fixed values here")
        }
        R::NeverOpens => {
            "the calendar never opens: expected at least one window that no holiday or break takes away".to_owned()
        }
        R::NoStatusOf { state } => format!("no status means `{state}`: expected at least one"),
        R::ZeroTarget => "the target leaves no time: expected more than no seconds".to_owned(),
        R::AmbiguousDay => {
            "a day has no length in working time: expected hours, minutes or seconds such as `8h` or `1h 30m`"
                .to_owned()
        }
    }
}
