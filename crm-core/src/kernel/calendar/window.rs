//! Parts of days.

use crate::kernel::error::{Problem, Result, RulesProblem};
use crate::kernel::text::shortened;
use crate::kernel::time::DAY_SECONDS;

/// Last second that a window may end at: the midnight after the day that follows.
const LAST: i64 = 172_800;

/// A part of a day by the clock, in seconds since its midnight; the end is not part of it. A window that goes on over
/// midnight ends later than 24:00 and belongs to the day on which it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    from: i64,
    to: i64,
}

impl Window {
    /// A whole day.
    pub const DAY: Window = Window { from: 0, to: DAY_SECONDS };

    /// A window from one time to another, both in seconds since midnight.
    ///
    /// # Errors
    /// A time outside of 00:00 to 48:00; an end before the start ([`RulesProblem::EndsBeforeStart`]).
    ///
    /// ```
    /// use crm_core::kernel::calendar::Window;
    /// let night = Window::new(22 * 3600, 30 * 3600).unwrap(); // 22:00 to 06:00
    /// assert_eq!(night, Window::parse("22:00", "30:00").unwrap());
    /// let error = Window::parse("22:00", "06:00").unwrap_err();
    /// assert!(error.to_string().contains("30:00"));
    /// ```
    pub fn new(from: i64, to: i64) -> Result<Self> {
        for second in [from, to] {
            if !(0..=LAST).contains(&second) {
                let (found, least, most) = (second.to_string(), "0".into(), LAST.to_string());
                return Err(Problem::OutOfRange { found, least, most }.into());
            }
        }
        if to < from {
            let next_day = written(to.saturating_add(DAY_SECONDS));
            return Err(RulesProblem::EndsBeforeStart { from: written(from), to: written(to), next_day }.into());
        }
        Ok(Self { from, to })
    }

    /// A window of two times such as `09:30` or `22:00` and `30:00`, with seconds where there are some.
    ///
    /// # Errors
    /// As [`Window::new`], and what is no time.
    pub fn parse(from: &str, to: &str) -> Result<Self> {
        let from = time(from).map_err(|e| e.at_index(0))?;
        let to = time(to).map_err(|e| e.at_index(1))?;
        Self::new(from, to)
    }

    /// The first second.
    pub const fn from(self) -> i64 {
        self.from
    }

    /// The second after the last.
    pub const fn to(self) -> i64 {
        self.to
    }

    /// The same time once, in order and without what is empty.
    pub(super) fn union(windows: &[Window]) -> Vec<Window> {
        let spans: Vec<(i64, i64)> = windows.iter().map(|w| (w.from, w.to)).collect();
        union(spans).into_iter().map(|(from, to)| Window { from, to }).collect()
    }
}

/// Reads `HH:MM` or `HH:MM:SS`, to `48:00`, in seconds since midnight.
pub(crate) fn time(text: &str) -> Result<i64> {
    let number = |digits: &str| match digits.len() {
        2 if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse::<i64>().ok(),
        _ => None,
    };
    let seconds = || {
        let (hours, rest) = text.split_once(':')?;
        let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "00"));
        let minutes = number(minutes).filter(|m| *m < 60)?;
        let seconds = number(seconds).filter(|s| *s < 60)?;
        let all = number(hours)?.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)?;
        (all <= LAST).then_some(all)
    };
    let wrong = || Problem::WrongShape { expected: "a time such as 09:30, to 48:00", found: shortened(text, 60) };
    Ok(seconds().ok_or_else(wrong)?)
}

/// `HH:MM`, with seconds where there are some.
fn written(second: i64) -> String {
    let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
    match seconds {
        0 => format!("{hours:02}:{minutes:02}"),
        _ => format!("{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

/// Half-open spans in order, those that overlap or touch made one, without empty ones.
pub(super) fn union(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.retain(|(from, to)| from < to);
    spans.sort_unstable();
    let mut out: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
    for (from, to) in spans {
        match out.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

/// What is left of spans without others; both are unions.
pub(super) fn without(spans: &[(i64, i64)], others: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut out = Vec::with_capacity(spans.len());
    for (from, to) in spans.iter().copied() {
        let mut left = from;
        for (cut_from, cut_to) in others.iter().copied().filter(|other| other.1 > from) {
            if cut_from >= to {
                break;
            }
            if cut_from > left {
                out.push((left, cut_from));
            }
            left = cut_to;
        }
        if left < to {
            out.push((left, to));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_strictly() {
        assert_eq!(Window::parse("00:00", "24:00").unwrap(), Window { from: 0, to: 86_400 });
        assert_eq!(Window::parse("09:00:01", "48:00").unwrap(), Window { from: 32_401, to: 172_800 });
        for bad in ["9:00", "09:60", "0900", "48:01", "09:00:60", "-1:00", "09:00:00:00", "", "०९:००", "+9:00"]
        {
            let error = Window::parse(bad, "48:00").unwrap_err();
            assert_eq!((error.code().name(), error.field()), ("invalid_json", Some("[0]")), "{bad}: {error}");
        }
        assert!(Window::new(-1, 0).is_err() && Window::new(0, 172_801).is_err());
        let error = Window::parse("22:00", "05:59:59").unwrap_err().to_string();
        assert!(error.contains("`29:59:59`"), "{error}");
    }

    #[test]
    fn spans_are_added_and_taken_away() {
        assert_eq!(union(vec![(5, 7), (1, 3), (3, 4), (6, 9), (2, 2)]), [(1, 4), (5, 9)]);
        let left = |cut: &[(i64, i64)]| without(&[(1, 4), (5, 9)], cut);
        assert_eq!(left(&[(2, 3), (6, 20)]), [(1, 2), (3, 4), (5, 6)]);
        assert_eq!(left(&[(0, 1), (4, 5), (9, 12)]), [(1, 4), (5, 9)]);
        assert_eq!(left(&[(0, 30)]), []);
        assert_eq!(left(&[(3, 6)]), [(1, 3), (6, 9)]);
    }
}
