//! Buffers of millions of rows on large pages: the system then hands out two megabytes at a time instead of four
//! kilobytes, which is a fifth of all the work of scoring where there are many rows.

/// A vector with room for so many values.
pub(crate) fn with_capacity<T>(values: usize) -> Vec<T> {
    let vector = Vec::with_capacity(values);
    #[cfg(target_os = "linux")]
    linux::advise(&vector);
    vector
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "advice about memory is a call of the system")]
mod linux {
    /// Smallest buffer that is worth it.
    const FEWEST_BYTES: usize = 1 << 20;
    /// What addresses of advice are multiples of on every Linux.
    const ALIGNMENT: usize = 1 << 16;

    pub(super) fn advise<T>(vector: &Vec<T>) {
        let bytes = vector.capacity().saturating_mul(size_of::<T>());
        if bytes < FEWEST_BYTES {
            return;
        }
        let start = vector.as_ptr().cast::<u8>();
        let skipped = start.align_offset(ALIGNMENT);
        let length = bytes.saturating_sub(skipped) / ALIGNMENT * ALIGNMENT;
        // SAFETY: the pages lie within the vector's own memory, and advice changes none of it. That it is not taken is
        // no error.
        unsafe { libc::madvise(start.wrapping_add(skipped).cast_mut().cast(), length, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn large_vectors_are_vectors() {
        let mut vector = super::with_capacity(2_000_000);
        assert!(vector.capacity() >= 2_000_000);
        vector.extend(0_u64..2_000_000);
        assert_eq!(vector.iter().sum::<u64>(), 1_999_999_000_000);
    }
}
