//! Whose turn it is: smooth weighted round robin that is never a whole turn off.
//!
//! As in Nginx, everybody has a current weight, which grows by the own weight with each lead; who takes it gives back
//! the sum of all weights. So a current weight is what somebody is owed, in parts of a turn. Nginx gives to who is owed
//! most; among many unequal weights that lets somebody wait more than a turn too long (weights 3 1 3 1 27 22 22 1 3).
//! This is Tijdeman's choice instead (*The chairman assignment problem*, Discrete Mathematics 32, 1980): of those who
//! are owed enough, who has to get a turn first; of equal ones who is owed most, then the order of the team. After any
//! number of leads nobody is off by more than `1 - 1/(2n - 2)` of a turn, and with few people the order is Nginx's
//! (weights 1 and 2: B A B; 5, 1 and 1: A A B A C A A).

use std::cmp::Ordering;

/// Who is next, and everybody's current weight afterwards. `pool` has everybody who is there: the current weight, if
/// there is one, and the own weight, which is not zero.
///
/// Who has no current weight, being new or back, gets the median of the others: no backlog and no penalty. Nobody is
/// owed, or owes, more than a turn, whatever the weights were before.
pub(super) fn next(pool: &[(Option<i64>, u64)]) -> Option<(usize, Vec<i64>)> {
    let weights: Vec<i64> = pool.iter().map(|(_, weight)| i64::try_from(*weight).unwrap_or(i64::MAX)).collect();
    let total = weights.iter().fold(0_i64, |sum, weight| sum.saturating_add(*weight));
    let start = median(pool.iter().filter_map(|(turn, _)| *turn).collect());
    let owed = pool.iter().map(|(turn, _)| turn.unwrap_or(start).clamp(total.saturating_neg(), total));
    let mut owed = balanced(owed.collect());
    for (owed, weight) in owed.iter_mut().zip(&weights) {
        *owed = owed.saturating_add(*weight);
    }
    // 2n - 2 parts of a turn; somebody alone is always due.
    let parts = i128::try_from(pool.len()).unwrap_or(i128::MAX).saturating_mul(2).saturating_sub(2).max(1);
    let whole = i128::from(total);
    let people: Vec<Owed> = owed
        .iter()
        .zip(&weights)
        .map(|(owed, weight)| Owed { now: (*owed).into(), weight: (*weight).into() })
        .collect();
    let due = people.iter().enumerate().filter(|(_, p)| p.now.saturating_mul(parts) >= whole);
    let latest = whole.saturating_mul(parts.saturating_sub(1));
    let first = |(a, p): &(usize, &Owed), (b, q): &(usize, &Owed)| p.before(q, parts, latest).then(a.cmp(b));
    // Where nobody is owed enough, because somebody is passed over just now: who is owed most.
    let most = || people.iter().enumerate().min_by(|(a, p), (b, q)| q.now.cmp(&p.now).then(a.cmp(b)));
    let (chosen, _) = due.min_by(first).or_else(most)?;
    if let Some(owed) = owed.get_mut(chosen) {
        *owed = owed.saturating_sub(total);
    }
    Some((chosen, owed))
}

/// What somebody is owed with this lead, and the own weight.
struct Owed {
    now: i128,
    weight: i128,
}

impl Owed {
    /// Who has to get a turn first: the time left is `(latest - parts * owed) / weight`, compared without dividing; the
    /// lead itself counts for everybody alike.
    fn before(&self, other: &Owed, parts: i128, latest: i128) -> Ordering {
        let left = |p: &Owed| latest.saturating_sub(parts.saturating_mul(p.now));
        let (mine, theirs) = (left(self).saturating_mul(other.weight), left(other).saturating_mul(self.weight));
        mine.cmp(&theirs).then(other.now.cmp(&self.now))
    }
}

/// The same without what all are owed together: somebody who went away took it along.
fn balanced(mut owed: Vec<i64>) -> Vec<i64> {
    let sum = owed.iter().fold(0_i64, |sum, o| sum.saturating_add(*o));
    let people = i64::try_from(owed.len()).unwrap_or(i64::MAX);
    let (each, more) = (sum.checked_div_euclid(people).unwrap_or(0), sum.checked_rem_euclid(people).unwrap_or(0));
    for (place, owed) in (0_i64..).zip(&mut owed) {
        *owed = owed.saturating_sub(each).saturating_sub(i64::from(place < more));
    }
    owed
}

/// The middle one, or what lies between two, rounded down; 0 of none.
fn median(mut turns: Vec<i64>) -> i64 {
    turns.sort_unstable();
    let at = |place: usize| turns.get(place).copied().unwrap_or(0);
    let (low, high) = (at(turns.len().saturating_sub(1) / 2), at(turns.len() / 2));
    low.saturating_add(high).checked_div_euclid(2).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The order of turns from the beginning, as letters.
    fn order(weights: &[u64], leads: usize) -> String {
        let mut pool: Vec<(Option<i64>, u64)> = weights.iter().map(|w| (None, *w)).collect();
        let mut out = String::new();
        for _ in 0..leads {
            let (chosen, after) = next(&pool).unwrap();
            out.push(char::from(b'A' + u8::try_from(chosen).unwrap()));
            pool.iter_mut().zip(after).for_each(|(p, turn)| p.0 = Some(turn));
        }
        out
    }

    #[test]
    fn known_orders() {
        assert_eq!(order(&[1, 2], 6), "BABBAB");
        assert_eq!(order(&[5, 1, 1], 7), "AABACAA");
        assert_eq!(order(&[1, 1, 1], 6), "ABCABC");
        assert_eq!(order(&[3], 2), "AA");
        assert_eq!(next(&[]), None);
    }

    #[test]
    fn who_comes_back_starts_in_the_middle() {
        let after = |pool: &[(Option<i64>, u64)]| next(pool).unwrap();
        // The others are owed 2 and -2: the third is owed nothing. All get 2 more, and the first gives 6 back.
        assert_eq!(after(&[(Some(2), 2), (Some(-2), 2), (None, 2)]), (0, vec![-2, 0, 2]));
        // Weights of another time: nobody is owed more than a turn.
        assert_eq!(after(&[(Some(i64::MAX), 1), (Some(i64::MIN), 1)]), (0, vec![1, -1]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn nobody_is_ever_a_whole_turn_off(weights in prop::collection::vec(1u64..40, 1..12), leads in 1usize..400) {
            let total: u64 = weights.iter().sum();
            let mut got = vec![0u64; weights.len()];
            for (n, who) in order(&weights, leads).bytes().enumerate() {
                got[usize::from(who - b'A')] += 1;
                for (got, weight) in got.iter().zip(&weights) {
                    let off = (got * total).abs_diff((u64::try_from(n).unwrap() + 1) * weight);
                    // Off by at most 1 - 1/(2n - 2) of a turn.
                    let parts = (2 * u64::try_from(weights.len()).unwrap()).saturating_sub(2).max(1);
                    prop_assert!(off * parts <= total * (parts - 1), "{weights:?} after {} leads", n + 1);
                }
            }
        }

        #[test]
        fn what_is_owed_stays_within_a_turn_and_sums_to_nothing(
            pool in prop::collection::vec((prop::option::of(any::<i64>()), 1u64..65_536), 1..9)
        ) {
            let (_, after) = next(&pool).unwrap();
            prop_assert_eq!(after.iter().sum::<i64>(), 0);
        }
    }
}
