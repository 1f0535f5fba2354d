//! A hash of bytes for tables that nobody walks, so that no order can come out of it: the same in every process, eight
//! bytes at a time. Whoever wants texts to collide can make them; a table has to stay bounded then.

/// The hash; its upper half is the better one.
#[inline]
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| {
        let hash = (hash ^ word).wrapping_mul(FACTOR);
        hash ^ (hash >> 29)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(super::json::length(bytes.len()), |hash, word| mix(hash, u64::from_le_bytes(*word)));
    mix(hash, rest.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte))).wrapping_mul(FACTOR)
}
