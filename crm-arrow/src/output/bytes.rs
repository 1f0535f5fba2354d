//! Texts one after another, written in steps of a fixed width, which is faster than each in its own length.

use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use crm_core::{Problem, Result};

use super::pages;

/// Bytes that are copied at once.
const WIDTH: usize = 64;
/// Bytes by which the buffer grows ahead.
const AHEAD: usize = 1 << 16;

/// A text that is written again and again.
#[derive(Clone, Debug)]
pub(crate) struct Snippet {
    padded: [u8; WIDTH],
    /// The whole text where it is longer.
    long: Option<Box<str>>,
    length: usize,
}

impl Snippet {
    pub(crate) fn new(text: &str) -> Self {
        let mut padded = [0; WIDTH];
        padded.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        Self { padded, long: (text.len() > WIDTH).then(|| text.into()), length: text.len() }
    }
}

/// Texts and where each ends.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    /// Longer than what was written.
    bytes: Vec<u8>,
    written: usize,
    ends: Ends,
}

impl Texts {
    pub(crate) fn with_capacity(texts: usize) -> Self {
        Self { bytes: Vec::new(), written: 0, ends: Ends::with_capacity(texts) }
    }

    /// Adds a text.
    #[inline(always)]
    pub(crate) fn push(&mut self, snippet: &Snippet) {
        if let Some(long) = &snippet.long {
            return self.push_text(long);
        }
        let end = self.written.saturating_add(WIDTH);
        if end > self.bytes.len() {
            self.bytes.resize(end.saturating_add(AHEAD), 0);
        }
        if let Some(place) = self.bytes.get_mut(self.written..end) {
            place.copy_from_slice(&snippet.padded);
        }
        self.written = self.written.saturating_add(snippet.length);
        self.ends.push(snippet.length);
    }

    /// Adds texts by their places; the empty text for what has no place.
    pub(crate) fn push_all(&mut self, places: &[u16], snippets: &[Snippet]) {
        if snippets.iter().any(|snippet| snippet.long.is_some()) {
            for place in places {
                match snippets.get(usize::from(*place)) {
                    Some(snippet) => self.push(snippet),
                    None => self.push_text(""),
                }
            }
            return;
        }
        // Room for all of them, so that none has to ask for its own, and for what the last is padded with; not more, since
        // memory that nobody wrote to before is slow.
        let length = |place: &u16| snippets.get(usize::from(*place)).map_or(0, |snippet| snippet.length);
        let all = places.iter().map(length).fold(0, usize::wrapping_add);
        let most = self.written.saturating_add(all).saturating_add(WIDTH);
        if most > self.bytes.len() {
            self.bytes.resize(most, 0);
        }
        let nothing = Snippet::new("");
        let mut written = self.written;
        self.ends.offsets.extend(places.iter().map(|place| {
            let snippet = snippets.get(usize::from(*place)).unwrap_or(&nothing);
            if let Some(room) = self.bytes.get_mut(written..).and_then(<[u8]>::first_chunk_mut) {
                *room = snippet.padded;
            }
            written = written.wrapping_add(snippet.length);
            written as i32
        }));
        self.ends.end = written;
        self.written = written;
    }

    /// Adds a text that is written once.
    pub(crate) fn push_text(&mut self, text: &str) {
        let end = self.written.saturating_add(text.len());
        if end > self.bytes.len() {
            self.bytes.resize(end.saturating_add(AHEAD), 0);
        }
        if let Some(place) = self.bytes.get_mut(self.written..end) {
            place.copy_from_slice(text.as_bytes());
        }
        self.written = end;
        self.ends.push(text.len());
    }

    /// How many texts there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds the texts of a later part.
    pub(crate) fn append(&mut self, part: &Texts) {
        self.bytes.truncate(self.written);
        self.bytes.extend_from_slice(part.bytes.get(..part.written).unwrap_or_default());
        self.ends.append(&part.ends);
        self.written = self.bytes.len();
    }

    /// The buffers of an array.
    pub(crate) fn finish(mut self) -> Result<(OffsetBuffer<i32>, Vec<u8>)> {
        self.bytes.truncate(self.written);
        Ok((self.ends.finish()?, self.bytes))
    }
}

/// Where each of some items ends, as an array's offsets.
#[derive(Debug)]
pub(crate) struct Ends {
    offsets: Vec<i32>,
    /// The last one; offsets of more than 32 bits are wrong, and told at the end.
    end: usize,
}

impl Default for Ends {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl Ends {
    pub(crate) fn with_capacity(items: usize) -> Self {
        let mut offsets = pages::with_capacity(items.saturating_add(1));
        offsets.push(0);
        Self { offsets, end: 0 }
    }

    /// Adds an item of a length.
    #[inline(always)]
    pub(crate) fn push(&mut self, length: usize) {
        self.end = self.end.saturating_add(length);
        self.offsets.push(self.end as i32);
    }

    /// Adds items that end at these places, counted from here.
    #[inline(always)]
    pub(crate) fn extend(&mut self, ends: &[u32]) {
        let before = self.end as i32;
        self.offsets.extend(ends.iter().map(|end| before.wrapping_add(*end as i32)));
        self.end = self.end.saturating_add(ends.last().map_or(0, |end| *end as usize));
    }

    /// Adds the items of a later part.
    pub(crate) fn append(&mut self, part: &Ends) {
        let before = self.end as i32;
        self.offsets.extend(part.offsets.iter().skip(1).map(|end| before.wrapping_add(*end)));
        self.end = self.end.saturating_add(part.end);
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// The offsets.
    ///
    /// # Errors
    /// More than 32 bits count, which one batch cannot hold.
    pub(crate) fn finish(self) -> Result<OffsetBuffer<i32>> {
        if i32::try_from(self.end).is_err() {
            let detail = format!(
                "{} bytes or items in one column of one batch: score it in smaller batches, or as a stream",
                self.end
            );
            return Err(Problem::Arrow { detail }.into());
        }
        Ok(OffsetBuffer::new(ScalarBuffer::from(self.offsets)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_texts_and_parts() {
        let (long, exact) = ("é".repeat(50), "x".repeat(64));
        let texts = ["", "a", &long, "Société", &exact, &long, ""];
        let write = |texts: &[&str]| {
            let mut all = Texts::default();
            for (i, text) in texts.iter().enumerate() {
                if i % 3 == 2 { all.push_text(text) } else { all.push(&Snippet::new(text)) }
            }
            all
        };
        let mut all = write(&texts[..3]);
        all.append(&write(&texts[3..]));
        all.push(&Snippet::new("end"));
        assert_eq!(all.len(), 8);
        let (offsets, bytes) = all.finish().unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), texts.concat() + "end");
        assert_eq!(offsets.lengths().collect::<Vec<_>>(), [0, 1, 100, 9, 64, 100, 0, 3]);
    }

    #[test]
    fn texts_by_their_places() {
        for names in [vec!["a", "", "Société"], vec!["a", &"é".repeat(50), "b"]] {
            let snippets: Vec<Snippet> = names.iter().map(|name| Snippet::new(name)).collect();
            let places = [0, 2, 1, 3, 2, 2];
            let mut texts = Texts::default();
            texts.push_all(&places[..2], &snippets);
            texts.push_all(&places[2..], &snippets);
            let (offsets, bytes) = texts.finish().unwrap();
            let expected: Vec<&str> =
                places.iter().map(|p| names.get(usize::from(*p)).copied().unwrap_or("")).collect();
            assert_eq!(String::from_utf8(bytes).unwrap(), expected.concat());
            assert_eq!(offsets.lengths().collect::<Vec<_>>(), expected.iter().map(|t| t.len()).collect::<Vec<_>>());
        }
    }
}
