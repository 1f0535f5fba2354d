//! Lengths of working time as people write them.

use serde_json::Value as Json;

use crate::kernel::error::{Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::text::shortened;
use crate::rules::check;

/// The longest length: a hundred years.
const MOST_SECONDS: i64 = 3_155_760_000;

/// Working seconds from a whole number of them, or from a text such as `8h`, `1h 30m` or `45s`. Days and weeks are
/// refused: nobody knows how much working time they are.
///
/// # Errors
/// Another form, less than nothing, more than a hundred years; [`RulesProblem::AmbiguousDay`].
pub(super) fn working_seconds(json: &Json) -> Result<i64> {
    let seconds = match json.as_str() {
        Some(text) => written(text)?,
        None => json.as_i64().ok_or_else(|| shape(&json::shown(json)))?,
    };
    check::between(seconds, 0, MOST_SECONDS)?;
    Ok(seconds)
}

/// The same for what has to be kept: no promise leaves no time.
///
/// # Errors
/// As [`working_seconds`], and [`RulesProblem::ZeroTarget`].
pub(super) fn target_seconds(json: &Json) -> Result<i64> {
    match working_seconds(json)? {
        0 => Err(RulesProblem::ZeroTarget.into()),
        seconds => Ok(seconds),
    }
}

fn shape(found: &str) -> Problem {
    Problem::WrongShape { expected: "seconds, or a length such as `1h 30m`", found: shortened(found, 60) }
}

fn written(text: &str) -> Result<i64> {
    let wrong = || shape(text);
    let (mut total, mut digits, mut last) = (0_i64, String::new(), i64::MAX);
    for c in text.chars().filter(|c| *c != ' ') {
        let unit = match c {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            'd' | 'w' | 'j' => return Err(RulesProblem::AmbiguousDay.into()),
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            _ => return Err(wrong().into()),
        };
        if unit >= last {
            return Err(wrong().into());
        }
        let number: i64 = digits.parse().map_err(|_| wrong())?;
        total = number.checked_mul(unit).and_then(|n| total.checked_add(n)).ok_or_else(wrong)?;
        digits.clear();
        last = unit;
    }
    if !digits.is_empty() || last == i64::MAX {
        return Err(wrong().into());
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lengths_are_read_strictly() {
        for (json, seconds) in [(json!(90), 90), (json!("1h 30m"), 5400), (json!("90m"), 5400), (json!("2h5s"), 7205)] {
            assert_eq!(working_seconds(&json).unwrap(), seconds);
        }
        for bad in [json!(""), json!("h"), json!("1"), json!("30m 1h"), json!("1h1h"), json!("-1h"), json!(1.5)] {
            assert_eq!(working_seconds(&bad).unwrap_err().code().name(), "invalid_json", "{bad}");
        }
        assert_eq!(working_seconds(&json!("2d")).unwrap_err().code().name(), "invalid_rules");
        assert_eq!(working_seconds(&json!(-1)).unwrap_err().code().name(), "invalid_value");
        assert_eq!(target_seconds(&json!("0h")).unwrap_err().code().name(), "invalid_rules");
        assert_eq!(target_seconds(&json!("999999999999h")).unwrap_err().code().name(), "invalid_value");
    }
}
