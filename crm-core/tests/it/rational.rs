//! Exact fractions, against integers of any size.

use std::cmp::Ordering;

use crm_core::kernel::rational::Rational;
use num_bigint::BigInt;
use proptest::prelude::*;

/// A fraction as an oracle has it: not reduced, never too large.
#[derive(Clone, Debug)]
struct Oracle(BigInt, BigInt);

impl Oracle {
    fn of(numerator: i128, denominator: i128) -> Self {
        Self(numerator.into(), denominator.into())
    }

    fn plus(&self, other: &Self) -> Self {
        Self(&self.0 * &other.1 + &other.0 * &self.1, &self.1 * &other.1)
    }

    fn minus(&self, other: &Self) -> Self {
        Self(&self.0 * &other.1 - &other.0 * &self.1, &self.1 * &other.1)
    }

    fn cmp(&self, other: &Self) -> Ordering {
        (&self.0 * &other.1).cmp(&(&other.0 * &self.1))
    }

    fn floor(&self) -> BigInt {
        let (quotient, rest) = (&self.0 / &self.1, &self.0 % &self.1);
        if rest < BigInt::ZERO { quotient - 1 } else { quotient }
    }

    /// Half away from zero.
    fn rounded(&self) -> BigInt {
        let size = Self(self.0.magnitude().clone().into(), self.1.clone());
        let up = Self(size.0 * 2 + &size.1, size.1 * 2).floor();
        if self.0 < BigInt::ZERO { -up } else { up }
    }
}

/// What a fraction says is what the oracle says, and nothing of it is rounded or cut.
fn same(found: Rational, expected: &Oracle) -> Result<(), TestCaseError> {
    prop_assert_eq!(BigInt::from(found.floor()), expected.floor());
    prop_assert_eq!(BigInt::from(found.rounded()), expected.rounded());
    let text = found.to_string();
    let (whole, part) = text.split_once(' ').unwrap_or(("0", &text));
    let (above, below) = part.split_once('/').unwrap_or((part, "1"));
    let number = |text: &str| text.parse::<BigInt>().unwrap();
    let (above, below) = (number(whole) * number(below) + number(above), number(below));
    prop_assert_eq!(&above * &expected.1, &expected.0 * &below);
    // In lowest terms.
    let (mut a, mut b) = (above.magnitude().clone(), below.magnitude().clone());
    while b != 0u8.into() {
        (a, b) = (b.clone(), a % b);
    }
    prop_assert!(below == 1.into() || a == 1u8.into(), "{}", text);
    Ok(())
}

fn denominators() -> impl Strategy<Value = i128> {
    prop_oneof![3 => 1i128..100, 2 => 1i128..=1_000_000_000_000, 1 => 1i128..=i128::MAX]
}

fn numerators() -> impl Strategy<Value = i128> {
    prop_oneof![3 => -300i128..300, 2 => -(10i128.pow(24))..10i128.pow(24), 1 => any::<i128>()]
}

proptest! {
    #[test]
    fn what_is_given_is_exact(a in numerators(), b in denominators(), c in numerators(), d in denominators(), n in numerators()) {
        let (x, y) = (Rational::new(a, b).unwrap(), Rational::new(c, d).unwrap());
        let (of_x, of_y) = (Oracle::of(a, b), Oracle::of(c, d));
        same(x, &of_x)?;
        prop_assert_eq!(x.cmp(&y), of_x.cmp(&of_y));
        prop_assert_eq!(x == y, of_x.cmp(&of_y) == Ordering::Equal);
        prop_assert_eq!(x.is_zero(), a == 0);
        for (found, expected) in [
            (x.plus(y), of_x.plus(&of_y)),
            (x.minus(y), of_x.minus(&of_y)),
            (x.times(n), Oracle(of_x.0.clone() * n, of_x.1.clone())),
        ] {
            if let Some(found) = found {
                same(found, &expected)?;
            }
        }
        match x.over(n) {
            None if n > 0 => {}
            None => prop_assert!(n <= 0),
            Some(found) => {
                prop_assert!(n > 0);
                same(found, &Oracle(of_x.0.clone(), of_x.1.clone() * n))?;
            }
        }
        prop_assert_eq!(Rational::whole(x.floor()).plus(x.rest()), Some(x));
        prop_assert!(x.rest() < Rational::whole(1) && x.rest() >= Rational::ZERO);
    }

    /// Of numbers as sums have them nothing is too large.
    #[test]
    fn what_sums_are_made_of_fits(
        all in proptest::collection::vec((-(10i128.pow(30))..10i128.pow(30), 1i128..=60), 1..50),
    ) {
        let million = |months: i128| months * 1_000_000;
        let of = |(a, b): &(i128, i128)| Rational::new(*a, million(*b)).unwrap();
        let sum = all.iter().map(of).try_fold(Rational::ZERO, Rational::plus).expect("it fits");
        let oracle = |(a, b): &(i128, i128)| Oracle::of(*a, million(*b));
        same(sum, &all.iter().map(oracle).fold(Oracle::of(0, 1), |sum, one| sum.plus(&one)))?;
        let (rest, back) = (all.iter().rev().map(of).try_fold(Rational::ZERO, Rational::plus), sum.minus(sum));
        prop_assert_eq!((rest, back), (Some(sum), Some(Rational::ZERO)));
    }
}

#[test]
fn what_does_not_fit_is_none() {
    let huge = Rational::whole(i128::MAX);
    assert_eq!((Rational::new(1, 0), Rational::new(1, -2), huge.over(0), huge.over(-1)), (None, None, None, None));
    assert_eq!((huge.plus(Rational::whole(1)), huge.times(2)), (None, None));
    assert_eq!(Rational::whole(i128::MIN).minus(huge), None);
    let fine = |below: i128| Rational::new(1, below).unwrap();
    // 2^127 - 1 is a prime: there is no smaller denominator in common.
    assert_eq!(fine(i128::MAX).plus(fine(2)), None);
    assert_eq!(fine(i128::MAX).over(2), None);
    assert_eq!(fine(i128::MAX).times(i128::MAX), Some(Rational::whole(1)));
    assert!(fine(i128::MAX) < fine(i128::MAX - 1));
    let mixed = huge.minus(fine(2)).unwrap();
    assert_eq!(mixed.to_string(), format!("{} 1/2", i128::MAX - 1));
    for (numerator, denominator, rounded, bp) in [
        (1, 2, 1, 5_000),
        (-1, 2, -1, -5_000),
        (1, 3, 0, 3_333),
        (-3, 2, -2, -15_000),
        (-7, 5, -1, -14_000),
        (1, 20_000, 0, 1),
    ] {
        let one = Rational::new(numerator, denominator).unwrap();
        assert_eq!((one.rounded(), one.bp()), (rounded, Some(bp)), "{one}");
    }
}
