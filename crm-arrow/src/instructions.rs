//! Which instructions of the processor the loops use.
#![allow(unsafe_code, reason = "code for instructions is called after the processor was asked for them")]

/// The widest instructions that may be used. The answers are the same with all of them, as the tests show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Instructions {
    /// The widest that the processor has.
    #[default]
    Best,
    /// What every processor of the platform has.
    Portable,
    /// 256 bits wide, on x86-64; where the processor has no such instructions, as [`Instructions::Portable`].
    Avx2,
}

/// Instructions that the processor has; only [`Instructions::found`] makes one that is not portable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found(Width);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// Work that is compiled again for every set of instructions: what it is made of has to be inlined, down to the loops.
/// A closure cannot say so of itself.
pub(crate) trait Work {
    /// What comes of it.
    type Out;
    /// Does it; `#[inline(always)]` wherever it is implemented.
    fn run(self) -> Self::Out;
}

impl Instructions {
    /// Asks the processor.
    pub(crate) fn found(self) -> Found {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
                && is_x86_feature_detected!("popcnt");
            let avx512 = avx2
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            match self {
                Instructions::Best if avx512 => return Found(Width::Avx512),
                Instructions::Best | Instructions::Avx2 if avx2 => return Found(Width::Avx2),
                _ => {}
            }
        }
        Found(Width::Portable)
    }
}

impl Found {
    /// Does the work with these instructions.
    #[inline]
    pub(crate) fn run<W: Work>(self, work: W) -> W::Out {
        match self.0 {
            Width::Portable => work.run(),
            // SAFETY: the processor was asked.
            #[cfg(target_arch = "x86_64")]
            Width::Avx2 => unsafe { with_avx2(work) },
            // SAFETY: the processor was asked.
            #[cfg(target_arch = "x86_64")]
            Width::Avx512 => unsafe { with_avx512(work) },
        }
    }

    /// Which of 64 numbers lie between two, both included.
    #[inline]
    pub(crate) fn between(self, values: &[i64; 64], least: i64, most: i64) -> u64 {
        match self.0 {
            Width::Portable => portable::between(values, least, most),
            // SAFETY: the processor was asked.
            #[cfg(target_arch = "x86_64")]
            Width::Avx2 => unsafe { x86::between_avx2(values, least, most) },
            // SAFETY: the processor was asked.
            #[cfg(target_arch = "x86_64")]
            Width::Avx512 => unsafe { x86::between_avx512(values, least, most) },
        }
    }

    /// Which of 64 bytes have a bit, counted from the lowest.
    #[inline]
    pub(crate) fn with_bit(self, bytes: &[u8; 64], bit: u32) -> u64 {
        match self.0 {
            Width::Portable => portable::with_bit(bytes, bit),
            // SAFETY: the processor was asked.
            #[cfg(target_arch = "x86_64")]
            Width::Avx2 => unsafe { x86::with_bit_avx2(bytes, bit) },
            // SAFETY: the processor was asked.
            #[cfg(target_arch = "x86_64")]
            Width::Avx512 => unsafe { x86::with_bit_avx512(bytes, bit) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi1,bmi2,lzcnt,popcnt")]
fn with_avx512<W: Work>(work: W) -> W::Out {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn with_avx2<W: Work>(work: W) -> W::Out {
    work.run()
}

mod portable {
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
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        _mm_cvtsi32_si128, _mm256_castsi256_pd, _mm256_cmpgt_epi64, _mm256_loadu_si256, _mm256_movemask_epi8,
        _mm256_movemask_pd, _mm256_or_si256, _mm256_set1_epi64x, _mm256_sll_epi16, _mm512_cmple_epi64_mask,
        _mm512_loadu_si512, _mm512_set1_epi8, _mm512_set1_epi64, _mm512_test_epi8_mask,
    };

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
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Instructions; 3] = [Instructions::Portable, Instructions::Avx2, Instructions::Best];

    fn number() -> impl Strategy<Value = i64> {
        prop_oneof![-3i64..4, Just(i64::MIN), Just(i64::MAX), any::<i64>()]
    }

    proptest! {
        #[test]
        fn all_instructions_answer_alike(
            values in prop::collection::vec(number(), 64),
            (least, most) in (number(), number()),
            bytes in prop::collection::vec(any::<u8>(), 64),
        ) {
            let (values, bytes): ([i64; 64], [u8; 64]) = (values.try_into().unwrap(), bytes.try_into().unwrap());
            let word = |holds: &dyn Fn(usize) -> bool| (0..64).fold(0, |w, i| w | u64::from(holds(i)) << i);
            for instructions in ALL {
                let found = instructions.found();
                let inside = word(&|i| values[i] >= least && values[i] <= most);
                prop_assert_eq!(found.between(&values, least, most), inside, "{:?}", found);
                for bit in 0..8 {
                    prop_assert_eq!(found.with_bit(&bytes, bit), word(&|i| bytes[i] >> bit & 1 == 1), "{:?}", found);
                }
            }
        }
    }
}
