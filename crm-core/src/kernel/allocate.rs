//! Dividing whole amounts so that the parts add up to the whole.

use super::error::{Problem, Result, RulesProblem};

/// Divides `total` in proportion to `weights` by largest remainder (Hamilton): each part is its exact share rounded
/// down or up by less than one unit, the parts add up to `total`, ties go to the lower index, a weight of zero gets
/// nothing, and `allocate(-total)` is `-allocate(total)`.
///
/// ```
/// use crm_core::kernel::allocate::allocate;
/// assert_eq!(allocate(100, &[1, 1, 1]).unwrap(), [34, 33, 33]);
/// assert_eq!(allocate(-5, &[7, 3]).unwrap(), [-4, -1]);
/// ```
///
/// # Errors
/// Weights that are all zero or none at all, and [`Problem::AmountTooLarge`] where total times weight leaves 128 bits.
pub fn allocate(total: i128, weights: &[u128]) -> Result<Vec<i128>> {
    let mut division = Division::default();
    division.divide(total, weights)?;
    Ok(division.parts)
}

/// [`allocate`] again and again, without asking for memory each time.
///
/// ```
/// use crm_core::kernel::allocate::Division;
/// let mut division = Division::default();
/// assert_eq!(division.divide(100, &[1, 1, 1]).unwrap(), [34, 33, 33]);
/// assert_eq!(division.divide(-5, &[7, 3]).unwrap(), [-4, -1]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Division {
    parts: Vec<i128>,
    remainders: Vec<u128>,
    order: Vec<usize>,
}

impl Division {
    /// The parts of `total` in proportion to `weights`, as [`allocate`] gives them.
    ///
    /// # Errors
    /// As [`allocate`].
    pub fn divide(&mut self, total: i128, weights: &[u128]) -> Result<&[i128]> {
        let too_large = || Problem::AmountTooLarge;
        let sum = weights.iter().try_fold(0u128, |sum, w| sum.checked_add(*w)).ok_or_else(too_large)?;
        if sum == 0 {
            return Err(Problem::Rules { detail: RulesProblem::AllZero }.into());
        }
        let size = total.unsigned_abs();
        self.parts.clear();
        self.remainders.clear();
        let mut given = 0u128;
        for weight in weights {
            let product = size.checked_mul(*weight).ok_or_else(too_large)?;
            let (part, rest) = quotient(product, sum);
            given = given.saturating_add(part);
            self.parts.push(i128::try_from(part).map_err(|_| too_large())?);
            self.remainders.push(rest);
        }
        top_up(&mut self.parts, &self.remainders, &mut self.order, size.saturating_sub(given), |part| {
            part.saturating_add(1)
        });
        if total < 0 {
            self.parts.iter_mut().for_each(|part| *part = part.saturating_neg());
        }
        Ok(&self.parts)
    }

    /// The rows of a total, as [`rows_of`] gives them.
    pub fn rows(&mut self, values: &[i128], denominator: u64, total: i128) -> &[i128] {
        let denominator = i128::from(denominator.max(1));
        self.parts.clear();
        self.remainders.clear();
        let mut given = 0i128;
        for value in values {
            let row = value.div_euclid(denominator);
            given = given.saturating_add(row);
            self.parts.push(row);
            self.remainders.push(value.saturating_sub(row.saturating_mul(denominator)).unsigned_abs());
        }
        let missing = total.saturating_sub(given).max(0).unsigned_abs();
        top_up(&mut self.parts, &self.remainders, &mut self.order, missing, |row| row.saturating_add(1));
        &self.parts
    }
}

/// Rounds exact values that share a denominator so that the rounded rows add up to the rounded total: the total is
/// rounded half away from zero, each row is rounded down, and what is missing goes to the largest remainders, ties to
/// the lower index. Gives the rows and the total.
///
/// ```
/// use crm_core::kernel::allocate::rounded_rows;
/// // 0.5 + 0.5 + 0.5 = 1.5, shown as 2.
/// assert_eq!(rounded_rows(&[5_000, 5_000, 5_000], 10_000).unwrap(), (vec![1, 1, 0], 2));
/// ```
///
/// # Errors
/// [`Problem::AmountTooLarge`] where the sum leaves 128 bits.
pub fn rounded_rows(values: &[i128], denominator: u64) -> Result<(Vec<i128>, i128)> {
    let sum = values.iter().try_fold(0i128, |sum, v| sum.checked_add(*v)).ok_or(Problem::AmountTooLarge)?;
    let total = rounded(sum, i128::from(denominator.max(1)));
    Ok((rows_of(values, denominator, total), total))
}

/// Rounds exact values that share a denominator so that the rounded rows add up to a total that was printed already:
/// each row is rounded down, and what is missing goes to the largest remainders, ties to the lower index.
///
/// The total is the exact sum rounded down or up. The rows are then their exact values rounded down or up, so that each
/// can be the total of rows of its own.
///
/// ```
/// use crm_core::kernel::allocate::rows_of;
/// // 0.5 + 0.5 + 0.5 = 1.5, which is shown as 1 here.
/// assert_eq!(rows_of(&[5_000, 5_000, 5_000], 10_000, 1), [1, 0, 0]);
/// ```
pub fn rows_of(values: &[i128], denominator: u64, total: i128) -> Vec<i128> {
    let mut division = Division::default();
    division.rows(values, denominator, total);
    division.parts
}

/// A quotient rounded half away from zero; the denominator is positive.
#[inline]
pub fn rounded(value: i128, denominator: i128) -> i128 {
    // Of most amounts 64 bits are enough, and by a denominator that the caller's code names nothing is divided at all.
    if let (Ok(size), Ok(by)) = (u64::try_from(value.unsigned_abs()), u64::try_from(denominator))
        && let (Some(quotient), Some(rest)) = (size.checked_div(by), size.checked_rem(by))
    {
        let up = rest >= by.saturating_sub(rest);
        let quotient = i128::from(quotient).saturating_add(i128::from(up));
        return if value < 0 { quotient.saturating_neg() } else { quotient };
    }
    rounded_wide(value, denominator)
}

fn rounded_wide(value: i128, denominator: i128) -> i128 {
    let size = value.unsigned_abs();
    let denominator = denominator.unsigned_abs().max(1);
    let (quotient, rest) = quotient(size, denominator);
    let up = u128::from(rest >= denominator.saturating_sub(rest));
    let quotient = i128::try_from(quotient.saturating_add(up)).unwrap_or(i128::MAX);
    if value < 0 { quotient.saturating_neg() } else { quotient }
}

/// A quotient and what is left; in 64 bits where they suffice, since a division of 128 takes several times as long.
#[inline]
fn quotient(value: u128, by: u128) -> (u128, u128) {
    if let (Ok(value), Ok(by)) = (u64::try_from(value), u64::try_from(by)) {
        let (quotient, rest) = (value.checked_div(by).unwrap_or(0), value.checked_rem(by).unwrap_or(0));
        return (quotient.into(), rest.into());
    }
    let quotient = value.checked_div(by).unwrap_or(0);
    (quotient, value.saturating_sub(quotient.saturating_mul(by)))
}

/// Adds one to as many of the largest remainders as units are missing; fewer are missing than there are parts.
fn top_up<T: Copy>(parts: &mut [T], remainders: &[u128], order: &mut Vec<usize>, missing: u128, add: impl Fn(T) -> T) {
    order.clear();
    if missing == 0 {
        return;
    }
    order.extend((0..parts.len()).filter(|i| remainders.get(*i).is_some_and(|r| *r > 0)));
    order.sort_unstable_by_key(|i| (std::cmp::Reverse(remainders.get(*i).copied().unwrap_or(0)), *i));
    let missing = usize::try_from(missing).unwrap_or(usize::MAX);
    for index in order.iter().take(missing) {
        if let Some(part) = parts.get_mut(*index) {
            *part = add(*part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_to_divide_by_is_refused() {
        assert!(allocate(5_000, &[0, 0, 0]).is_err());
        assert!(allocate(5_000, &[]).is_err());
        assert!(allocate(i128::MAX, &[2, 3]).is_err());
        assert_eq!(allocate(5, &[0, 7, 3]).unwrap(), [0, 4, 1]);
        assert_eq!(allocate(2, &[1, 1, 3, 1]).unwrap(), [1, 0, 1, 0]);
    }

    #[test]
    fn halves_go_away_from_zero() {
        assert_eq!((rounded(5, 10), rounded(-5, 10), rounded(4, 10), rounded(-15, 10)), (1, -1, 0, -2));
        assert_eq!(rounded(i128::MIN, 1), i128::MIN.saturating_add(1));
    }

    proptest! {
        #[test]
        fn parts_add_up_and_are_less_than_one_unit_off(
            total in -1_000_000i128..1_000_000,
            weights in proptest::collection::vec(0u128..1_000, 1..12),
        ) {
            let sum: u128 = weights.iter().sum();
            prop_assume!(sum > 0);
            let parts = allocate(total, &weights).unwrap();
            prop_assert_eq!(parts.iter().sum::<i128>(), total);
            let mirrored: Vec<i128> = allocate(-total, &weights).unwrap().iter().map(|p| -p).collect();
            prop_assert_eq!(&mirrored, &parts);
            for (part, weight) in parts.iter().zip(&weights) {
                let off = part * i128::try_from(sum).unwrap() - total * i128::try_from(*weight).unwrap();
                prop_assert!(off.unsigned_abs() < sum);
                prop_assert!(*weight > 0 || *part == 0);
            }
        }

        #[test]
        fn rows_add_up_to_the_rounded_total(values in proptest::collection::vec(-1_000_000i128..1_000_000, 0..20)) {
            let (rows, total) = rounded_rows(&values, 10_000).unwrap();
            prop_assert_eq!(total, rounded(values.iter().sum(), 10_000));
            prop_assert_eq!(rows.iter().sum::<i128>(), total);
            for (row, value) in rows.iter().zip(&values) {
                prop_assert!((row * 10_000 - value).abs() < 10_000);
            }
        }
    }
}
