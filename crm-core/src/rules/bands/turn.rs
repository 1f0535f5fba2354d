//! Cosine and sine in fixed point, of angles that are fractions of a full turn.

/// A point of the plane in units of 2^-62.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) re: i64,
    pub(super) im: i64,
}

const ONE: i64 = 1 << 62;
/// Half of pi in units of 2^-62, rounded down.
const QUARTER: i64 = 0x6487_ED51_10B4_611A;
/// Cosine and sine are no further off than so many units of 2^-62 (tested against 200 bits).
pub(super) const TURN_ERROR: u64 = 8;

/// 1/0!, 1/2! ... and 1/1!, 1/3! ..., in units, from the last to the first.
const EVEN: [i64; 10] = inverses(0);
const ODD: [i64; 10] = inverses(1);

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_wrap,
    reason = "computed by the compiler, which stops at any of them"
)]
const fn inverses(first: usize) -> [i64; 10] {
    let (mut out, mut value, mut n, mut i) = ([0; 10], ONE, first as i64, 10);
    while i > 0 {
        i -= 1;
        out[i] = value;
        value = value / (n + 1) / (n + 2);
        n += 2;
    }
    out
}

impl Point {
    pub(super) const ONE: Self = Self { re: ONE, im: 0 };

    /// Cosine and sine of an angle; 2^64 is a full turn.
    pub(super) fn at(turn: u64) -> Self {
        let quadrant = turn.wrapping_add(1 << 61) >> 62;
        // At most an eighth of a turn to either side.
        let rest = turn.wrapping_sub(quadrant << 62).cast_signed();
        let x = times(rest, QUARTER);
        let square = times(x, x);
        let series = |terms: &[i64; 10]| terms.iter().fold(0i64, |sum, term| term.wrapping_sub(times(sum, square)));
        let (cos, sin) = (series(&EVEN), times(series(&ODD), x));
        match quadrant & 3 {
            0 => Self { re: cos, im: sin },
            1 => Self { re: sin.wrapping_neg(), im: cos },
            2 => Self { re: cos.wrapping_neg(), im: sin.wrapping_neg() },
            _ => Self { re: sin, im: cos.wrapping_neg() },
        }
    }

    /// The product; either part is rounded down once.
    pub(super) fn times(self, other: Self) -> Self {
        let re = product(self.re, other.re).wrapping_sub(product(self.im, other.im));
        let im = product(self.re, other.im).wrapping_add(product(self.im, other.re));
        Self { re: shifted(re), im: shifted(im) }
    }
}

fn product(a: i64, b: i64) -> i128 {
    i128::from(a).wrapping_mul(i128::from(b))
}

/// The product of two fractions, rounded down.
pub(super) fn times(a: i64, b: i64) -> i64 {
    shifted(product(a, b))
}

#[allow(clippy::cast_possible_truncation, reason = "a sum of two products of fractions below 1.5, shifted")]
const fn shifted(product: i128) -> i64 {
    (product >> 62) as i64
}
