//! Exact decimals: a whole count of millionths, read by a strict grammar. No float ever.

use std::fmt;

use super::error::{Error, Problem, Result};
use super::text::shortened;

/// Decimal places a number keeps.
pub const PLACES: u32 = 6;
const SCALE: i64 = 1_000_000;
/// Every number lies strictly between minus and plus this: 10^12, so that its millionths fit a 64-bit column.
const BOUND: i128 = 1_000_000_000_000_000_000;
/// Longest text of a number.
const MOST_BYTES: usize = 32;

/// A decimal with up to six places and at most twelve digits before the point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(i64);

impl Number {
    /// A whole number.
    ///
    /// # Errors
    /// [`Problem::OutOfRange`] from 10^12 on.
    pub fn from_integer(n: i64) -> Result<Self> {
        Self::from_scaled(i128::from(n), 0).ok_or_else(|| out_of_range(&n.to_string()))
    }

    /// `units` times 10^-`places`, if that is exact in six places and within bounds.
    pub fn from_scaled(units: i128, places: u32) -> Option<Self> {
        let millionths = match PLACES.checked_sub(places) {
            Some(missing) => units.checked_mul(10i128.checked_pow(missing)?)?,
            None => {
                let divisor = 10i128.checked_pow(places.checked_sub(PLACES)?)?;
                Some(units.checked_div(divisor)?).filter(|q| q.checked_mul(divisor) == Some(units))?
            }
        };
        i64::try_from(millionths).ok().filter(|_| millionths.checked_abs().is_some_and(|m| m < BOUND)).map(Self)
    }

    /// A number from its count of millionths.
    #[inline]
    pub fn from_millionths(millionths: i64) -> Option<Self> {
        (i128::from(millionths.unsigned_abs()) < BOUND).then_some(Self(millionths))
    }

    /// The number of millionths.
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// The whole number nearest to zero from here.
    pub const fn truncated(self) -> i64 {
        self.0 / SCALE
    }

    /// Reads `-?digits(.digits)?`: one to six places, no sign but minus, no space, no exponent, no leading zeros.
    ///
    /// # Errors
    /// [`Problem::NotANumber`], [`Problem::TooManyPlaces`], [`Problem::OutOfRange`].
    pub fn parse(text: &str) -> Result<Self> {
        let (units, places) = scaled(text).ok_or_else(|| Problem::NotANumber { found: shortened(text, 60) })?;
        if places > PLACES {
            return Err(Problem::TooManyPlaces { found: shortened(text, 60), places: PLACES }.into());
        }
        Self::from_scaled(units, places).ok_or_else(|| out_of_range(&shortened(text, 60)))
    }
}

fn out_of_range(found: &str) -> Error {
    Problem::OutOfRange { found: found.into(), least: "-10^12".into(), most: "10^12".into() }.into()
}

/// Reads the strict grammar into digits and their number of decimal places.
pub(crate) fn scaled(text: &str) -> Option<(i128, u32)> {
    if text.len() > MOST_BYTES {
        return None;
    }
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || fraction.is_some_and(|f| !plain(f)) || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }
    let fraction = fraction.unwrap_or_default();
    let units: i128 = format!("{whole}{fraction}").parse().ok()?;
    let units = if negative { units.checked_neg()? } else { units };
    Some((units, u32::try_from(fraction.len()).ok()?))
}

/// Writes `units` times 10^-`places` in plain digits, with exactly `places` decimals.
pub(crate) fn plain(units: i128, places: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = units.unsigned_abs().to_string();
    let places = usize::try_from(places).unwrap_or(0);
    let digits = format!("{digits:0>width$}", width = places.saturating_add(1));
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(places));
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = plain(i128::from(self.0), PLACES);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_spelling_per_value() {
        for good in ["0", "1", "-1", "0.5", "12.000001", "999999999999", "-0.25"] {
            assert_eq!(Number::parse(good).unwrap().to_string(), good);
        }
        for bad in ["", ".5", "5.", " 5", "5 ", "+5", "1e3", "1,5", "--1", "-", "01", "0x1", "٣", "1.2.3", "NaN"] {
            assert!(Number::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Number::parse("0.1234567").unwrap_err().to_string(), "`0.1234567` has more than 6 decimal places");
        assert!(Number::parse("1000000000000").is_err());
    }

    proptest! {
        #[test]
        fn text_round_trips(millionths in -999_999_999_999_999_999i64..999_999_999_999_999_999) {
            let n = Number(millionths);
            prop_assert_eq!(Number::parse(&n.to_string()).unwrap(), n);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-0-9.]{0,40}") {
            if let Ok(n) = Number::parse(&text) {
                prop_assert_eq!(Number::parse(&n.to_string()).unwrap(), n);
            }
        }
    }
}
