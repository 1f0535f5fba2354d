//! How a type's numbers become ordinals where that is a straight line: found by asking the row rule, so that both are one.

/// `ordinal = number * factor` or `floor(number / divisor)` for every number between two bounds, both included; all
/// others are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    factor: i64,
    divisor: i64,
    least: i64,
    most: i64,
}

/// How many nanoseconds are cut off.
const NANOSECONDS: i64 = 1_000;

impl Line {
    /// The line of a conversion that refuses whatever is too far from zero and nothing else; `None` where it is not
    /// straight, for example where amounts have more decimal places than their currency.
    pub(crate) fn of(least: i64, most: i64, convert: impl Fn(i64) -> Option<i64>) -> Option<Self> {
        if convert(0)? != 0 {
            return None;
        }
        let factor = convert(1)?;
        let divided =
            || convert(NANOSECONDS) == Some(1) && convert(NANOSECONDS - 1) == Some(0) && convert(-1) == Some(-1);
        let divisor = match factor {
            1.. => 1,
            0 if divided() => NANOSECONDS,
            _ => return None,
        };
        let most = furthest(most, |n| convert(n).is_some());
        let least = furthest(least, |n| convert(n).is_some());
        let line = Self { factor: factor.max(1), divisor, least, most };
        let straight = |n: i64| convert(n) == Some(line.ordinal(n));
        (straight(least) && straight(most) && straight(least / 2) && straight(most / 2)).then_some(line)
    }

    /// The ordinal of a number that has one.
    pub(crate) fn ordinal(self, number: i64) -> i64 {
        if self.divisor == 1 { number.wrapping_mul(self.factor) } else { number.div_euclid(NANOSECONDS) }
    }

    /// Whether every number is its own ordinal.
    pub(crate) fn is_same(self) -> bool {
        self.factor == 1 && self.divisor == 1
    }

    /// The numbers that have ordinals.
    pub(crate) fn bounds(self) -> (i64, i64) {
        (self.least, self.most)
    }
}

/// The furthest number from zero, towards `end`, that is accepted; zero is.
fn furthest(end: i64, accepts: impl Fn(i64) -> bool) -> i64 {
    if accepts(end) {
        return end;
    }
    let (mut near, mut far) = (0_i64, end);
    loop {
        let middle = near.midpoint(far);
        if middle == near || middle == far {
            return near;
        }
        if accepts(middle) { near = middle } else { far = middle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_what_is_none() {
        let within = |bound: i64| move |n: i64| (n.abs_diff(0) < bound.unsigned_abs()).then(|| n * 100);
        let line = Line::of(i64::MIN, i64::MAX, within(1_000)).unwrap();
        assert_eq!(line, Line { factor: 100, divisor: 1, least: -999, most: 999 });
        assert_eq!(Line::of(-128, 127, |n: i64| n.checked_mul(7)).unwrap().bounds(), (-128, 127));
        let nanos = Line::of(i64::MIN, i64::MAX, |n| Some(n.div_euclid(1_000))).unwrap();
        assert_eq!(nanos.ordinal(-1), -1);
        assert_eq!(Line::of(-9, 9, |n| (n % 10 == 0).then_some(n / 10)), None, "too fine");
        assert_eq!(Line::of(-9, 9, |n| Some(n + 1)), None);
        assert_eq!(Line::of(-9, 9, |_| None), None);
    }
}
