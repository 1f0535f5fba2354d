//! Which instructions of the processor the loops use.
#![allow(unsafe_code, reason = "code for instructions is called after the processor was asked for them")]

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

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
    /// Whether they are more than what every processor has.
    pub(crate) fn is_wide(self) -> bool {
        self.0 != Width::Portable
    }

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

    /// Writes texts in lower case, 64 bytes after 64, with what fills up the last of them; marks in `odd` the bytes whose
    /// [fold](crm_core::kernel::text::fold) is not plain: other than printable ASCII, and spaces behind a space.
    #[inline]
    pub(crate) fn lower(self, from: &[u8], to: &mut [[u8; 64]], odd: &mut [u64]) {
        match self.0 {
            Width::Portable => lower(from, to, odd, portable::lower),
            // SAFETY: the processor was asked.
            #[cfg(target_arch = "x86_64")]
            Width::Avx2 => unsafe { x86::all_lower_avx2(from, to, odd) },
            // SAFETY: the processor was asked.
            #[cfg(target_arch = "x86_64")]
            Width::Avx512 => unsafe { x86::all_lower_avx512(from, to, odd) },
        }
    }

    /// Marks where one of the triples may begin; the two bytes behind the blocks are read, too.
    #[inline]
    pub(crate) fn may_begin(self, triples: &Triples, blocks: &[[u8; 64]], marks: &mut [u64]) {
        match self.0 {
            Width::Portable => may_begin(blocks, marks, |all| portable::may_begin(triples, all)),
            // SAFETY: the processor was asked.
            #[cfg(target_arch = "x86_64")]
            Width::Avx2 => unsafe { x86::all_may_begin_avx2(triples, blocks, marks) },
            // SAFETY: the processor was asked.
            #[cfg(target_arch = "x86_64")]
            Width::Avx512 => unsafe { x86::all_may_begin_avx512(triples, blocks, marks) },
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

/// Eight sets of three bytes one after another: for each of the three, by its lower and by its upper half, the sets that
/// may have it there. The sets are found by shuffles, sixteen bytes or more at a time, as in Hyperscan's *Teddy*.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Triples {
    halves: [([u8; 16], [u8; 16]); 3],
}

impl Triples {
    /// Adds the first three bytes of a text to a set; where it has fewer, whatever stands there is in the set.
    pub(crate) fn add(&mut self, text: &[u8], set: u32) {
        let bit = 1_u8.wrapping_shl(set);
        for (place, (lower, upper)) in self.halves.iter_mut().enumerate() {
            let half = |sets: &mut [u8; 16], of: Option<u8>| match of {
                Some(half) => sets.iter_mut().skip(half.into()).take(1).for_each(|sets| *sets |= bit),
                None => sets.iter_mut().for_each(|sets| *sets |= bit),
            };
            half(lower, text.get(place).map(|byte| byte & 0xf));
            half(upper, text.get(place).map(|byte| byte >> 4));
        }
    }

    /// The sets in which three bytes may be.
    #[inline(always)]
    fn sets(&self, three: [u8; 3]) -> u8 {
        let half = |sets: &[u8; 16], half: u8| sets.get(usize::from(half)).copied().unwrap_or(0);
        let sets = self.halves.iter().zip(three);
        sets.fold(u8::MAX, |all, ((lower, upper), byte)| all & half(lower, byte & 0xf) & half(upper, byte >> 4))
    }
}

/// [`Found::lower`] by what lowers 64 bytes: gives them with the marks of odd ones and of spaces.
#[inline(always)]
fn lower(from: &[u8], to: &mut [[u8; 64]], odd: &mut [u64], lower: impl Fn(&[u8; 64]) -> ([u8; 64], u64, u64)) {
    let (blocks, rest) = from.as_chunks::<64>();
    let mut last = [b'a'; 64];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let mut before = 0;
    for ((from, to), odd) in blocks.iter().chain([&last]).zip(to).zip(odd) {
        let (lower, others, spaces) = lower(from);
        *to = lower;
        *odd = others | spaces & (spaces << 1 | before);
        before = spaces >> 63;
    }
}

/// [`Found::may_begin`] by what looks at 66 bytes.
#[inline(always)]
fn may_begin(blocks: &[[u8; 64]], marks: &mut [u64], look: impl Fn(&[u8; 66]) -> u64) {
    let bytes = blocks.as_flattened();
    for (marks, start) in marks.iter_mut().zip((0_usize..).step_by(64)) {
        *marks = bytes.get(start..).and_then(|bytes| bytes.first_chunk()).map_or(0, &look);
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
        fn all_instructions_fold_and_find_alike(
            text in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"  aAbBzZ@[`{~\x7f\x80\x1f".as_slice())], 0..300),
            sought in prop::collection::vec(prop::collection::vec(prop_oneof![prop::sample::select(b"abz ".as_slice()), any::<u8>()], 1..5), 1..20),
        ) {
            let blocks = text.len() / 64 + 1;
            let mut triples = Triples::default();
            sought.iter().zip(0..).for_each(|(text, set)| triples.add(text, set % 8));
            for instructions in ALL {
                let found = instructions.found();
                let (mut to, mut odd, mut marks) = (vec![[0; 64]; blocks + 1], vec![0; blocks], vec![0; blocks]);
                found.lower(&text, &mut to, &mut odd);
                found.may_begin(&triples, &to, &mut marks);
                let lower = to.as_flattened();
                prop_assert_eq!(&lower[..text.len()], text.to_ascii_lowercase());
                for i in 0..text.len() {
                    let second = text[i] == b' ' && i > 0 && text[i - 1] == b' ';
                    let is_odd = !(b' '..=b'~').contains(&text[i]) || second;
                    prop_assert_eq!(odd[i / 64] >> (i % 64) & 1 == 1, is_odd, "{:?} {}", found, i);
                    let sets = triples.sets([lower[i], lower[i + 1], lower[i + 2]]);
                    prop_assert_eq!(marks[i / 64] >> (i % 64) & 1 == 1, sets != 0, "{:?} {}", found, i);
                    for (text, set) in sought.iter().zip(0..) {
                        prop_assert!(!lower[i..].starts_with(text) || sets >> (set % 8) & 1 == 1);
                    }
                }
            }
        }

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
