//! Whether string views are good: one pass over the views, and one over what they show of the data buffers.
//!
//! The verdict is that of arrow-rs, which reads each view's text by itself: slowly, and as often as views show the same
//! bytes, which a small table may do a million times.

use std::ops::Range;

use arrow_buffer::Buffer;

use crate::utf8;

/// Bytes of a text that lies in its view.
const MOST_INLINE: u32 = 12;
/// Views that are looked at together.
const BLOCK: usize = 1024;
/// A stretch of a buffer is read as a whole unless the views show less than one in so many of its bytes.
const SPARSE: usize = 8;
const HIGH_BITS: u128 = 0x8080_8080_8080_8080_8080_8080_8080_8080;

/// The bits of a view that hold its text, by the text's length; a long text has none there.
const TEXT: [u128; 14] = {
    const fn bits(length: u32) -> u128 {
        (u128::MAX >> (128 - 8 * length)) << 32
    }
    let (b, c) = (bits, 12);
    [0, b(1), b(2), b(3), b(4), b(5), b(6), b(7), b(8), b(9), b(10), b(11), b(c), 0]
};

/// Whether every view shows UTF-8 that is there, and holds the beginning of it.
pub(crate) fn are_good(views: &[u128], buffers: &[Buffer]) -> bool {
    let mut shown: Vec<Shown<'_>> = buffers.iter().map(|buffer| Shown::none_of(buffer)).collect();
    let mut places = [0_u16; BLOCK];
    for block in views.chunks(BLOCK) {
        let Some(found) = look_closer(block, &mut places) else { return false };
        // The buffer of the last view, mostly that of the next one, too.
        let (mut last, mut own) = (usize::MAX, Shown::none_of(&[]));
        for view in found.iter().filter_map(|place| block.get(usize::from(*place))) {
            let Some(long) = Long::of(*view) else {
                if is_good_inline(*view) {
                    continue;
                }
                return false;
            };
            if long.buffer != last {
                let Some(next) = shown.get(long.buffer).copied() else { return false };
                if let Some(place) = shown.get_mut(last) {
                    *place = own;
                }
                (last, own) = (long.buffer, next);
            }
            if !own.add(&long) {
                return false;
            }
        }
        if let Some(place) = shown.get_mut(last) {
            *place = own;
        }
    }
    let texts: Vec<Texts> = shown.iter().map(Shown::texts).collect();
    if texts.iter().all(|t| matches!(t, Texts::Everywhere)) {
        return true;
    }
    let long = views.iter().filter_map(|view| Long::of(*view));
    long.filter_map(|l| Some((texts.get(l.buffer)?, shown.get(l.buffer)?, l)))
        .all(|(texts, shown, long)| texts.have(shown.buffer, &long.range))
}

/// The places of the views that have more to them than a short ASCII text. `None` where a short text is followed by
/// anything but zeros. Without branches: short and long texts come in no order.
fn look_closer<'a>(views: &[u128], places: &'a mut [u16; BLOCK]) -> Option<&'a [u16]> {
    let (mut found, mut wrong) = (0_usize, false);
    for (i, view) in (0..).zip(views) {
        let length = length(*view).min(MOST_INLINE + 1);
        let long = length > MOST_INLINE;
        let text = TEXT.get(length as usize).copied().unwrap_or_default();
        wrong |= !long & (view & !(text | u128::from(u32::MAX)) != 0);
        if let Some(place) = places.get_mut(found) {
            *place = i;
        }
        found = found.wrapping_add(usize::from(long | (view & text & HIGH_BITS != 0)));
    }
    places.get(..found).filter(|_| !wrong)
}

fn length(view: u128) -> u32 {
    view as u32
}

fn is_good_inline(view: u128) -> bool {
    let bytes = view.to_le_bytes();
    let text = bytes.get(4..).and_then(|text| text.get(..length(view) as usize));
    text.is_some_and(|text| std::str::from_utf8(text).is_ok())
}

/// A text that lies in a data buffer.
struct Long {
    buffer: usize,
    range: Range<usize>,
    /// Its first four bytes, as the view holds them.
    beginning: [u8; 4],
}

impl Long {
    fn of(view: u128) -> Option<Self> {
        let number = |shift: u32| (view >> shift) as u32;
        let start = number(96) as usize;
        let long = Self {
            buffer: number(64) as usize,
            range: start..start.saturating_add(length(view) as usize),
            beginning: number(32).to_le_bytes(),
        };
        (length(view) > MOST_INLINE).then_some(long)
    }
}

/// What views show of one buffer.
#[derive(Clone, Copy)]
struct Shown<'a> {
    buffer: &'a [u8],
    /// How many bytes, each counted as often as it is shown.
    bytes: usize,
    first: usize,
    last: usize,
    /// Whether a text may begin or end inside of a character.
    split: bool,
}

/// Where a buffer has text.
enum Texts {
    /// Wherever the views show it.
    Everywhere,
    /// In these stretches, one after the other.
    In(Vec<Range<usize>>),
    /// Nobody looked: the views show too little of it.
    Somewhere,
}

impl<'a> Shown<'a> {
    fn none_of(buffer: &'a [u8]) -> Self {
        Self { buffer, bytes: 0, first: usize::MAX, last: 0, split: false }
    }

    /// Notes a text, if it is there and begins as its view says.
    fn add(&mut self, long: &Long) -> bool {
        let Range { start, end } = long.range;
        let Some(text) = self.buffer.get(start..end) else { return false };
        self.bytes = self.bytes.saturating_add(text.len());
        self.first = self.first.min(start);
        self.last = self.last.max(end);
        self.split |= utf8::is_inside(&long.beginning, 0) | utf8::is_inside(self.buffer, end);
        text.first_chunk() == Some(&long.beginning)
    }

    fn texts(&self) -> Texts {
        let Some(stretch) = self.buffer.get(self.first..self.last) else { return Texts::Everywhere };
        if stretch.len() / SPARSE > self.bytes {
            return Texts::Somewhere;
        }
        match utf8::kind(stretch) {
            utf8::Kind::Ascii => Texts::Everywhere,
            utf8::Kind::Utf8 if !self.split => Texts::Everywhere,
            _ => {
                let mut start = self.first;
                let stretches = stretch.utf8_chunks().map(|chunk| {
                    let end = start.saturating_add(chunk.valid().len());
                    std::mem::replace(&mut start, end.saturating_add(chunk.invalid().len()))..end
                });
                Texts::In(stretches.collect())
            }
        }
    }
}

impl Texts {
    /// Whether a range is one of whole characters. One that is begins where a character may begin, so it lies within a
    /// single stretch.
    fn have(&self, buffer: &[u8], range: &Range<usize>) -> bool {
        let stretch = match self {
            Texts::Everywhere => return true,
            Texts::Somewhere => return buffer.get(range.clone()).is_some_and(|t| std::str::from_utf8(t).is_ok()),
            Texts::In(all) => all.get(all.partition_point(|s| s.end < range.end)),
        };
        let Some(stretch) = stretch.filter(|s| s.start <= range.start) else { return false };
        let text = buffer.get(..stretch.end).unwrap_or_default();
        !utf8::is_inside(text, range.start) && !utf8::is_inside(text, range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_data::validate_string_view;
    use proptest::prelude::*;

    fn view(buffers: &[Vec<u8>], buffer: usize, start: usize, length: usize) -> u128 {
        let text = &buffers[buffer][start..start + length];
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&(length as u32).to_le_bytes());
        if length <= 12 {
            bytes[4..4 + length].copy_from_slice(text);
        } else {
            bytes[4..8].copy_from_slice(&text[..4]);
            bytes[8..12].copy_from_slice(&(buffer as u32).to_le_bytes());
            bytes[12..].copy_from_slice(&(start as u32).to_le_bytes());
        }
        u128::from_le_bytes(bytes)
    }

    fn verdicts(views: &[u128], buffers: Vec<Vec<u8>>) -> (bool, bool) {
        let buffers: Vec<Buffer> = buffers.into_iter().map(Buffer::from).collect();
        (are_good(views, &buffers), validate_string_view(views, &buffers).is_ok())
    }

    /// A million views of the same mebibyte, which has a bad byte behind it: read once, not for minutes.
    #[test]
    fn the_same_bytes_are_read_once() {
        let mut text = vec![b'a'; 1 << 20];
        text.push(0xff);
        let buffers = vec![text];
        let views = vec![view(&buffers, 0, 0, 1 << 20); 1 << 20];
        let buffers: Vec<Buffer> = buffers.into_iter().map(Buffer::from).collect();
        assert!(are_good(&views, &buffers));
        assert!(!are_good(&[u128::MAX], &buffers));
    }

    fn piece() -> impl Strategy<Value = &'static [u8]> {
        let pieces: [&'static [u8]; 9] = [
            b"abcdefgh",
            "é".as_bytes(),
            "€".as_bytes(),
            "𝄞".as_bytes(),
            b"a",
            b"\xff",
            b"\x80",
            b"\xe2\x82",
            b"sixteen letters.",
        ];
        prop::sample::select(pieces.to_vec())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Views of text with bad bytes in between, of overlapping and far places, some of them spoiled.
        #[test]
        fn the_verdict_is_that_of_arrow_rs(
            buffers in prop::collection::vec(prop::collection::vec(piece(), 4..60).prop_map(|p| p.concat()), 1..3),
            places in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0usize..40), 0..8),
            spoiled in prop::option::weighted(0.3, (any::<prop::sample::Index>(), 0u32..128)),
        ) {
            let shown = |(buffer, start, length): (prop::sample::Index, prop::sample::Index, usize)| {
                let buffer = buffer.index(buffers.len());
                let start = start.index(buffers[buffer].len());
                // Mostly whole characters, for a view is more often good than not.
                let text = &buffers[buffer][start..];
                let most = length.min(text.len());
                let whole = (0..=most).rev().find(|n| std::str::from_utf8(&text[..*n]).is_ok()).unwrap_or(0);
                view(&buffers, buffer, start, if length % 9 == 8 { most } else { whole })
            };
            let mut views: Vec<u128> = places.into_iter().map(shown).collect();
            if let Some((place, bit)) = spoiled && !views.is_empty() {
                let place = place.index(views.len());
                views[place] ^= 1 << bit;
            }
            let (own, arrow) = verdicts(&views, buffers);
            prop_assert_eq!(own, arrow);
        }
    }
}
