//! The loops for wide instructions of x86-64.

use std::arch::x86_64::{
    __m256i, _mm_cvtsi32_si128, _mm_loadu_si128, _mm256_add_epi8, _mm256_and_si256, _mm256_broadcastsi128_si256,
    _mm256_castsi256_pd, _mm256_cmpeq_epi8, _mm256_cmpgt_epi64, _mm256_loadu_si256, _mm256_min_epu8,
    _mm256_movemask_epi8, _mm256_movemask_pd, _mm256_or_si256, _mm256_set1_epi8, _mm256_set1_epi64x,
    _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_sll_epi16, _mm256_srli_epi16, _mm256_storeu_si256,
    _mm256_sub_epi8, _mm512_and_si512, _mm512_broadcast_i32x4, _mm512_cmpeq_epi8_mask, _mm512_cmple_epi64_mask,
    _mm512_cmple_epu8_mask, _mm512_loadu_si512, _mm512_mask_add_epi8, _mm512_set1_epi8, _mm512_set1_epi64,
    _mm512_shuffle_epi8, _mm512_srli_epi16, _mm512_storeu_si512, _mm512_sub_epi8, _mm512_test_epi8_mask,
};

use super::Triples;

#[target_feature(enable = "avx512f")]
pub(super) fn between_avx512(values: &[i64; 64], least: i64, most: i64) -> u64 {
    let (least, most) = (_mm512_set1_epi64(least), _mm512_set1_epi64(most));
    values.as_chunks::<8>().0.iter().rev().fold(0, |word, eight| {
        // SAFETY: eight numbers are the 64 bytes that are read, wherever they lie.
        let values = unsafe { _mm512_loadu_si512(eight.as_ptr().cast()) };
        let inside = _mm512_cmple_epi64_mask(least, values) & _mm512_cmple_epi64_mask(values, most);
        word << 8 | u64::from(inside)
    })
}

#[target_feature(enable = "avx2")]
pub(super) fn between_avx2(values: &[i64; 64], least: i64, most: i64) -> u64 {
    let (least, most) = (_mm256_set1_epi64x(least), _mm256_set1_epi64x(most));
    let outside = values.as_chunks::<4>().0.iter().rev().fold(0, |word, four| {
        // SAFETY: four numbers are the 32 bytes that are read, wherever they lie.
        let values = unsafe { _mm256_loadu_si256(four.as_ptr().cast()) };
        let outside = _mm256_or_si256(_mm256_cmpgt_epi64(least, values), _mm256_cmpgt_epi64(values, most));
        word << 4 | u64::from(_mm256_movemask_pd(_mm256_castsi256_pd(outside)).cast_unsigned())
    });
    !outside
}

#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn with_bit_avx512(bytes: &[u8; 64], bit: u32) -> u64 {
    // SAFETY: exactly the 64 bytes are read, wherever they lie.
    let values = unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) };
    _mm512_test_epi8_mask(values, _mm512_set1_epi8(1_u8.wrapping_shl(bit).cast_signed()))
}

#[target_feature(enable = "avx2")]
pub(super) fn with_bit_avx2(bytes: &[u8; 64], bit: u32) -> u64 {
    // What a byte's shift pushes out lands in the low bits of its neighbour, where nobody looks.
    let left = _mm_cvtsi32_si128(7_u32.saturating_sub(bit).cast_signed());
    bytes.as_chunks::<32>().0.iter().rev().fold(0, |word, half| {
        // SAFETY: exactly the 32 bytes are read, wherever they lie.
        let values = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
        word << 32 | u64::from(_mm256_movemask_epi8(_mm256_sll_epi16(values, left)).cast_unsigned())
    })
}

#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn all_lower_avx512(from: &[u8], to: &mut [[u8; 64]], odd: &mut [u64]) {
    let (a, z_minus_a, case) = (_mm512_set1_epi8(0x41), _mm512_set1_epi8(25), _mm512_set1_epi8(0x20));
    let printable = _mm512_set1_epi8(0x5e);
    super::lower(from, to, odd, |bytes| {
        // SAFETY: exactly the 64 bytes are read, wherever they lie.
        let bytes = unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) };
        let capital = _mm512_cmple_epu8_mask(_mm512_sub_epi8(bytes, a), z_minus_a);
        let plain = _mm512_cmple_epu8_mask(_mm512_sub_epi8(bytes, case), printable);
        let mut lower = [0_u8; 64];
        // SAFETY: exactly the 64 bytes are written, wherever they lie.
        unsafe { _mm512_storeu_si512(lower.as_mut_ptr().cast(), _mm512_mask_add_epi8(bytes, capital, bytes, case)) };
        (lower, !plain, _mm512_cmpeq_epi8_mask(bytes, case))
    });
}

#[target_feature(enable = "avx2")]
pub(super) fn all_lower_avx2(from: &[u8], to: &mut [[u8; 64]], odd: &mut [u64]) {
    let (a, z_minus_a, case) = (_mm256_set1_epi8(0x41), _mm256_set1_epi8(25), _mm256_set1_epi8(0x20));
    let printable = _mm256_set1_epi8(0x5e);
    super::lower(from, to, odd, |bytes| {
        let (mut lower, mut plain, mut spaces) = ([0_u8; 64], 0_u64, 0_u64);
        let halves = bytes.as_chunks::<32>().0.iter().zip(lower.as_chunks_mut::<32>().0);
        for ((half, lower), shift) in halves.zip([0, 32]) {
            // SAFETY: exactly the 32 bytes are read, wherever they lie.
            let bytes = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
            let within = |bytes, most| _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, most), bytes);
            let capital = within(_mm256_sub_epi8(bytes, a), z_minus_a);
            // SAFETY: exactly the 32 bytes are written, wherever they lie.
            unsafe {
                let changed = _mm256_add_epi8(bytes, _mm256_and_si256(capital, case));
                _mm256_storeu_si256(lower.as_mut_ptr().cast(), changed);
            }
            plain |= bits_avx2(within(_mm256_sub_epi8(bytes, case), printable)).wrapping_shl(shift);
            spaces |= bits_avx2(_mm256_cmpeq_epi8(bytes, case)).wrapping_shl(shift);
        }
        (lower, !plain, spaces)
    });
}

/// The highest bits of 32 bytes.
#[target_feature(enable = "avx2")]
fn bits_avx2(bytes: __m256i) -> u64 {
    u64::from(_mm256_movemask_epi8(bytes).cast_unsigned())
}

#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn all_may_begin_avx512(triples: &Triples, blocks: &[[u8; 64]], marks: &mut [u64]) {
    let half = _mm512_set1_epi8(0xf);
    // SAFETY: exactly the sixteen bytes are read, wherever they lie.
    let table = |sets: &[u8; 16]| _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(sets.as_ptr().cast()) });
    let tables = triples.halves.each_ref().map(|(lower, upper)| (table(lower), table(upper)));
    super::may_begin(blocks, marks, |bytes| {
        let sets = tables.iter().zip(bytes.windows(64)).fold(_mm512_set1_epi8(-1), |sets, (tables, bytes)| {
            // SAFETY: a window is the 64 bytes that are read, wherever they lie.
            let bytes = unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) };
            let lower = _mm512_shuffle_epi8(tables.0, _mm512_and_si512(bytes, half));
            let upper = _mm512_shuffle_epi8(tables.1, _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), half));
            _mm512_and_si512(sets, _mm512_and_si512(lower, upper))
        });
        _mm512_test_epi8_mask(sets, sets)
    });
}

#[target_feature(enable = "avx2")]
pub(super) fn all_may_begin_avx2(triples: &Triples, blocks: &[[u8; 64]], marks: &mut [u64]) {
    let half = _mm256_set1_epi8(0xf);
    // SAFETY: exactly the sixteen bytes are read, wherever they lie.
    let table = |sets: &[u8; 16]| _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(sets.as_ptr().cast()) });
    let tables = triples.halves.each_ref().map(|(lower, upper)| (table(lower), table(upper)));
    super::may_begin(blocks, marks, |bytes| {
        bytes.windows(34).step_by(32).zip([0_u32, 32]).fold(0, |marks, (bytes, shift)| {
            let sets = tables.iter().zip(bytes.windows(32)).fold(_mm256_set1_epi8(-1), |sets, (tables, bytes)| {
                // SAFETY: a window is the 32 bytes that are read, wherever they lie.
                let bytes = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
                let lower = _mm256_shuffle_epi8(tables.0, _mm256_and_si256(bytes, half));
                let upper = _mm256_shuffle_epi8(tables.1, _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), half));
                _mm256_and_si256(sets, _mm256_and_si256(lower, upper))
            });
            let none = bits_avx2(_mm256_cmpeq_epi8(sets, _mm256_setzero_si256()));
            marks | (!none & u64::from(u32::MAX)).wrapping_shl(shift)
        })
    });
}
