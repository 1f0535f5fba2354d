//! Quotes: numbers worked out by hand, and what is refused.

use super::golden::{self, Number};

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[];

#[test]
fn numbers_worked_out_by_hand() {
    golden::holds("quote", NUMBERS);
}
