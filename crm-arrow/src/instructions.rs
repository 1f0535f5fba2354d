//! Which instructions of the processor the loops are compiled for.
#![allow(unsafe_code, reason = "code compiled for instructions is called after the processor was asked for them")]

/// The widest instructions that may be used. The answers are the same with all of them: it is the same code, compiled
/// again.
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

impl Instructions {
    /// Runs work compiled for these instructions.
    pub(crate) fn run(self, work: impl Work) {
        #[cfg(target_arch = "x86_64")]
        {
            if self == Instructions::Best && has_avx512() {
                // SAFETY: the processor has the instructions.
                return unsafe { with_avx512(work) };
            }
            if self != Instructions::Portable && has_avx2() {
                // SAFETY: the processor has the instructions.
                return unsafe { with_avx2(work) };
            }
        }
        work.run();
    }
}

/// Work that is compiled again for every set of instructions: what it is made of has to be inlined, down to the loops.
/// A closure cannot say so of itself.
pub(crate) trait Work {
    /// Does it; `#[inline(always)]` wherever it is implemented.
    fn run(self);
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    has_avx2()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi1,bmi2,lzcnt,popcnt")]
fn with_avx512(work: impl Work) {
    work.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn with_avx2(work: impl Work) {
    work.run();
}
