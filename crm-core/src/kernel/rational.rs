//! Exact fractions.

use std::cmp::Ordering;
use std::fmt;

/// An exact fraction: a whole number, and a part below one in lowest terms. Whatever does not fit is `None`, never a rounded
/// or a cut number.
///
/// ```
/// use crm_core::kernel::rational::Rational;
/// let half = Rational::new(-3, 6).ok_or("no fraction")?;
/// let sum = half.plus(Rational::new(1, 3).ok_or("no fraction")?).ok_or("too large")?;
/// assert_eq!((sum.to_string().as_str(), sum.floor(), half.rounded()), ("-1/6", -1, -1));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rational {
    // So a large whole number leaves room for a fine part; both are reduced, so equal numbers are equal here.
    floor: i128,
    above: i128,
    below: i128,
}

impl Rational {
    /// Nothing.
    pub const ZERO: Self = Self::whole(0);

    /// A whole number.
    pub const fn whole(n: i128) -> Self {
        Self { floor: n, above: 0, below: 1 }
    }

    /// A fraction; none where the denominator is zero or less.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator <= 1 {
            return (denominator == 1).then_some(Self::whole(numerator));
        }
        Self::mixed(numerator.checked_div_euclid(denominator)?, numerator.checked_rem_euclid(denominator)?, denominator)
    }

    /// A whole number and a part, which is not negative.
    fn mixed(floor: i128, above: i128, below: i128) -> Option<Self> {
        let floor = floor.checked_add(above.checked_div_euclid(below)?)?;
        let above = above.checked_rem_euclid(below)?;
        let common = divisor(above, below);
        Some(Self { floor, above: above.checked_div(common)?, below: below.checked_div(common)? })
    }

    /// The largest whole number that is not above it.
    pub const fn floor(self) -> i128 {
        self.floor
    }

    /// What is above [`Rational::floor`]: from 0 to below 1.
    pub const fn rest(self) -> Self {
        Self { floor: 0, ..self }
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.floor == 0 && self.above == 0
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Option<Self> {
        // What most sums are made of.
        if self.above == 0 && other.above == 0 {
            return self.floor.checked_add(other.floor).map(Self::whole);
        }
        let common = divisor(self.below, other.below);
        let (left, right) = (other.below.checked_div(common)?, self.below.checked_div(common)?);
        let above = self.above.checked_mul(left)?.checked_add(other.above.checked_mul(right)?)?;
        Self::mixed(self.floor.checked_add(other.floor)?, above, self.below.checked_mul(left)?)
    }

    /// The difference.
    pub fn minus(self, other: Self) -> Option<Self> {
        let negated = match other.above {
            0 => Self { floor: other.floor.checked_neg()?, ..other },
            above => Self {
                floor: other.floor.checked_neg()?.checked_sub(1)?,
                above: other.below.checked_sub(above)?,
                below: other.below,
            },
        };
        self.plus(negated)
    }

    /// So many times it.
    pub fn times(self, n: i128) -> Option<Self> {
        // The part times a negative number is taken from the whole: its floor is below.
        let common = divisor(n, self.below);
        let (n_part, below) = (n.checked_div(common)?, self.below.checked_div(common)?);
        let part = self.above.checked_mul(n_part)?;
        let floor = self.floor.checked_mul(n)?.checked_add(part.checked_div_euclid(below)?)?;
        Self::mixed(floor, part.checked_rem_euclid(below)?, below)
    }

    /// Divided by a whole number above zero.
    pub fn over(self, n: i128) -> Option<Self> {
        if n <= 0 {
            return None;
        }
        let (floor, rest) = (self.floor.checked_div_euclid(n)?, self.floor.checked_rem_euclid(n)?);
        let above = rest.checked_mul(self.below)?.checked_add(self.above)?;
        Self::mixed(floor, above, self.below.checked_mul(n)?)
    }

    /// The nearest whole number, half away from zero.
    pub const fn rounded(self) -> i128 {
        let left = self.below.saturating_sub(self.above);
        let is_up = if self.floor < 0 { self.above > left } else { self.above >= left };
        if is_up { self.floor.saturating_add(1) } else { self.floor }
    }

    /// How many basis points of one it is, rounded half away from zero; for shares.
    pub fn bp(self) -> Option<i64> {
        i64::try_from(self.times(10_000)?.rounded()).ok()
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Self) -> Ordering {
        self.floor.cmp(&other.floor).then_with(|| {
            // Both parts are below one: the whole numbers of their reciprocals tell, or those of what is left of these.
            let ((mut a, mut b), (mut c, mut d)) = ((self.above, self.below), (other.above, other.below));
            loop {
                let (left, right) = (a.checked_div(b), c.checked_div(d));
                match (left, right) {
                    (Some(left), Some(right)) if left == right => {
                        let (a_left, c_left) = (a.checked_rem(b).unwrap_or(0), c.checked_rem(d).unwrap_or(0));
                        // The reciprocals of the rests, the other way round: that of nothing is the largest.
                        ((c, d), (a, b)) = ((b, a_left), (d, c_left));
                    }
                    (Some(left), Some(right)) => return left.cmp(&right),
                    (None, None) => return Ordering::Equal,
                    (None, _) => return Ordering::Greater,
                    (_, None) => return Ordering::Less,
                }
            }
        })
    }
}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Rational {
    /// In lowest terms: `145/2`, `-1/6`, or `72` where it is whole. What is too large for one fraction is written as a whole
    /// number and a part: `7 1/2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let above = self.floor.checked_mul(self.below).and_then(|whole| whole.checked_add(self.above));
        match above {
            _ if self.above == 0 => write!(f, "{}", self.floor),
            Some(above) => write!(f, "{above}/{}", self.below),
            None => write!(f, "{} {}/{}", self.floor, self.above, self.below),
        }
    }
}

/// The greatest common divisor; never zero, and one where it does not fit.
fn divisor(a: i128, b: i128) -> i128 {
    i128::try_from(common_divisor(a.unsigned_abs(), b.unsigned_abs())).unwrap_or(1)
}

/// The greatest common divisor; never zero.
pub(crate) fn common_divisor(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while let Some(rest) = a.checked_rem(b) {
        (a, b) = (b, rest);
    }
    a.max(1)
}
