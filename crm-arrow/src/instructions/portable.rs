//! The loops for every processor.

use super::Triples;

pub(super) fn between(values: &[i64; 64], least: i64, most: i64) -> u64 {
    let inside = |v: &i64| u64::from((*v >= least) & (*v <= most));
    values.iter().rev().fold(0, |word, v| word << 1 | inside(v))
}

pub(super) fn with_bit(bytes: &[u8; 64], bit: u32) -> u64 {
    let mut word = 0;
    for eight in bytes.as_chunks::<8>().0.iter().rev() {
        let ones = u64::from_le_bytes(*eight).wrapping_shr(bit) & 0x0101_0101_0101_0101;
        // Each of the eight ones lands in the highest byte, its own bit of it, and no two sums meet.
        word = word << 8 | ones.wrapping_mul(0x0102_0408_1020_4080) >> 56;
    }
    word
}

/// Sixty-four bytes in lower case, the odd ones, the spaces.
#[inline(always)]
pub(super) fn lower(bytes: &[u8; 64]) -> ([u8; 64], u64, u64) {
    let marks = |holds: fn(u8) -> bool| bytes.iter().rev().fold(0, |word, byte| word << 1 | u64::from(holds(*byte)));
    (bytes.map(|byte| byte.to_ascii_lowercase()), marks(|b| !(b' '..=b'~').contains(&b)), marks(|b| b == b' '))
}

/// Where among 64 bytes, with the two behind them, a triple may begin.
#[inline(always)]
pub(super) fn may_begin(triples: &Triples, bytes: &[u8; 66]) -> u64 {
    let [first @ .., _, _] = bytes;
    let [_, second @ .., _] = bytes;
    let [_, _, third @ ..] = bytes;
    let three = first.iter().zip(second).zip(third).rev();
    three.fold(0, |word, ((a, b), c)| word << 1 | u64::from(triples.sets([*a, *b, *c]) != 0))
}
