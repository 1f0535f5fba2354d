//! Choices drawn from the input's bytes.

/// Draws choices; at the end of the input each is the first, so every input means something and cutting it down
/// makes a simpler table.
pub(crate) struct Source<'a> {
    bytes: &'a [u8],
}

impl<'a> Source<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        *first
    }

    /// A number below `end`, and 0 where there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let drawn = usize::from(self.byte());
        let drawn = if end > 256 { drawn << 8 | usize::from(self.byte()) } else { drawn };
        if end == 0 { 0 } else { drawn % end }
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: u8) -> bool {
        self.byte() % times == times - 1
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// Choices for the values of a buffer: from here or, so that a short input fills a long column, from a sequence
    /// that one byte begins.
    pub(crate) fn values(&mut self, rows: usize) -> Values<'_, 'a> {
        let seed = self.byte();
        let state = (seed >= 128 || rows > 100).then(|| u64::from(seed) << 32 | 0x9e37_79b9);
        Values { source: self, state }
    }
}

/// Choices for the values of one buffer.
pub(crate) struct Values<'s, 'a> {
    source: &'s mut Source<'a>,
    state: Option<u64>,
}

impl Values<'_, '_> {
    pub(crate) fn byte(&mut self) -> u8 {
        let Some(state) = &mut self.state else { return self.source.byte() };
        // xorshift64
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        state.to_le_bytes()[3]
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        let drawn = usize::from(self.byte());
        let drawn = if end > 256 { drawn << 8 | usize::from(self.byte()) } else { drawn };
        if end == 0 { 0 } else { drawn % end }
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}
