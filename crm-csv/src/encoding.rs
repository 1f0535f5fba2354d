//! Bytes to text: UTF-8, UTF-16 by its mark, Windows-1252 only when asked for. Nothing is ever replaced by `\u{fffd}`.

use crm_core::kernel::json::length;
use crm_core::{Error, Problem, Result};

/// Most bytes of one file.
pub const MOST_FILE_BYTES: usize = 100 * 1024 * 1024;

/// In which encoding a file without a byte order mark is read. A mark always decides by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8; other bytes are refused with the question whether they are Windows-1252.
    #[default]
    Utf8,
    /// Windows-1252, what older Excel versions write in Western Europe.
    Windows1252,
}

/// The text of a file, without its byte order mark.
///
/// # Errors
/// [`Problem::TooLong`] above [`MOST_FILE_BYTES`], and those of [`Decoder::push`] and [`Decoder::finish`].
pub fn decode(bytes: &[u8], encoding: Encoding) -> Result<String> {
    if bytes.len() > MOST_FILE_BYTES {
        return Err(Problem::TooLong { bytes: length(bytes.len()), most: length(MOST_FILE_BYTES) }.into());
    }
    let (mut decoder, mut text) = (Decoder::new(encoding), String::with_capacity(bytes.len()));
    decoder.push(bytes, &mut text)?;
    decoder.finish(&mut text)?;
    Ok(text)
}

/// What the first bytes of a file, or the caller, say that it is.
#[derive(Clone, Copy, Debug)]
enum Form {
    Utf8,
    Utf16(fn([u8; 2]) -> u16),
    Windows1252,
}

/// Bytes to text, piece by piece; pieces may end anywhere, even inside a character.
#[derive(Debug)]
pub struct Decoder {
    encoding: Encoding,
    /// Known from the fourth byte on.
    form: Option<Form>,
    /// Bytes that are no character yet.
    held: Vec<u8>,
    /// How many bytes came before the held ones, and how many lines.
    before: u64,
    lines: Lines,
    /// UTF-16: units so far, and the first half of a pair.
    units: u64,
    half: Option<u16>,
}

impl Decoder {
    /// A decoder at the beginning of a file.
    pub fn new(encoding: Encoding) -> Self {
        let lines = Lines::default();
        Self { encoding, form: None, held: Vec::new(), before: 0, lines, units: 0, half: None }
    }

    /// Appends the text of the next bytes; at an error, the text before it.
    ///
    /// # Errors
    /// [`Problem::Utf32`], [`Problem::LoneSurrogate`], [`Problem::MaybeWindows1252`] or [`Problem::NotUtf8`] with the
    /// line as path, and [`Problem::ControlCharacter`] for the five bytes that Windows-1252 leaves without a character.
    pub fn push(&mut self, bytes: &[u8], text: &mut String) -> Result<()> {
        match self.form {
            Some(form) => self.take(form, bytes, text),
            None => {
                self.held.extend_from_slice(bytes);
                if self.held.len() < 4 { Ok(()) } else { self.begin(text) }
            }
        }
    }

    /// Says that no more bytes follow.
    ///
    /// # Errors
    /// As for [`Decoder::push`], and [`Problem::OddUtf16`].
    pub fn finish(&mut self, text: &mut String) -> Result<()> {
        if self.form.is_none() {
            self.begin(text)?;
        }
        match (self.form, self.held.first().copied()) {
            (Some(Form::Utf16(_)), Some(_)) => Err(Problem::OddUtf16.into()),
            (_, Some(byte)) => Err(self.not_utf8(byte)),
            _ if self.half.is_some() => Err(Problem::LoneSurrogate.into()),
            _ => Ok(()),
        }
    }

    /// Finds the form by the mark, and takes what follows it.
    fn begin(&mut self, text: &mut String) -> Result<()> {
        let bytes = std::mem::take(&mut self.held);
        let (form, rest) = match bytes.as_slice() {
            [0, 0, 0xFE, 0xFF, ..] | [0xFF, 0xFE, 0, 0, ..] | [0xFE, 0xFF, 0, 0, ..] => {
                return Err(Problem::Utf32.into());
            }
            [0xFE, 0xFF, rest @ ..] => (Form::Utf16(u16::from_be_bytes), rest),
            [0xFF, 0xFE, rest @ ..] => (Form::Utf16(u16::from_le_bytes), rest),
            [0xEF, 0xBB, 0xBF, rest @ ..] => (Form::Utf8, rest),
            rest => match self.encoding {
                Encoding::Utf8 => (Form::Utf8, rest),
                Encoding::Windows1252 => (Form::Windows1252, rest),
            },
        };
        self.form = Some(form);
        self.before = length(bytes.len().saturating_sub(rest.len()));
        self.take(form, rest, text)
    }

    fn take(&mut self, form: Form, bytes: &[u8], text: &mut String) -> Result<()> {
        match form {
            Form::Utf8 => self.utf8(bytes, text),
            Form::Utf16(unit) => self.utf16(bytes, unit, text),
            Form::Windows1252 => self.windows_1252(bytes, text),
        }
    }

    fn utf8(&mut self, mut bytes: &[u8], text: &mut String) -> Result<()> {
        // At most three bytes wait for the rest of their character.
        while let Some(first) = self.held.first().copied() {
            match std::str::from_utf8(&self.held) {
                Ok(_) => {
                    let held = std::mem::take(&mut self.held);
                    self.keep(&held, text);
                }
                Err(e) if e.error_len().is_some() => return Err(self.not_utf8(first)),
                Err(_) => {
                    let Some((next, rest)) = bytes.split_first() else { return Ok(()) };
                    self.held.push(*next);
                    bytes = rest;
                }
            }
        }
        let Err(e) = std::str::from_utf8(bytes) else {
            self.keep(bytes, text);
            return Ok(());
        };
        let (good, rest) = bytes.split_at_checked(e.valid_up_to()).unwrap_or((bytes, &[]));
        self.keep(good, text);
        match (e.error_len(), rest.first()) {
            (Some(_), Some(byte)) => Err(self.not_utf8(*byte)),
            _ => {
                self.held.extend_from_slice(rest);
                Ok(())
            }
        }
    }

    fn keep(&mut self, good: &[u8], text: &mut String) {
        text.push_str(std::str::from_utf8(good).unwrap_or_default());
        self.before = self.before.saturating_add(length(good.len()));
        self.lines.count(good);
    }

    fn not_utf8(&self, byte: u8) -> Error {
        let at = self.before;
        // A byte that is no character in Windows-1252 either leaves nothing to propose.
        let known = windows_1252_char(byte).is_some();
        let problem = if known { Problem::MaybeWindows1252 { byte: at } } else { Problem::NotUtf8 { byte: at } };
        Error::from(problem).at(&format!("line {}", self.lines.line()))
    }

    fn utf16(&mut self, mut bytes: &[u8], unit: fn([u8; 2]) -> u16, text: &mut String) -> Result<()> {
        if let (Some(first), Some((second, rest))) = (self.held.first().copied(), bytes.split_first()) {
            self.held.clear();
            self.unit(unit([first, *second]), text)?;
            bytes = rest;
        }
        let (pairs, odd) = bytes.as_chunks::<2>();
        for pair in pairs {
            self.unit(unit(*pair), text)?;
        }
        self.held.extend_from_slice(odd);
        Ok(())
    }

    fn unit(&mut self, unit: u16, text: &mut String) -> Result<()> {
        // UTF-32 behind a mark of two bytes shows as a zero in every other unit; no text begins like that.
        if unit == 0 && self.units < 64 {
            return Err(Problem::Utf32.into());
        }
        self.units = self.units.saturating_add(1);
        match (self.half.take(), unit) {
            (None, 0xD800..=0xDBFF) => self.half = Some(unit),
            (half, unit) => {
                for c in char::decode_utf16(half.into_iter().chain([unit])) {
                    text.push(c.map_err(|_| Problem::LoneSurrogate)?);
                }
            }
        }
        Ok(())
    }

    fn windows_1252(&mut self, bytes: &[u8], text: &mut String) -> Result<()> {
        for (at, byte) in bytes.iter().enumerate() {
            let Some(c) = windows_1252_char(*byte) else {
                self.lines.count(bytes.get(..at).unwrap_or_default());
                let problem = Problem::ControlCharacter { found: format!("0x{byte:02X}") };
                return Err(Error::from(problem).at(&format!("line {}", self.lines.line())));
            };
            text.push(c);
        }
        self.lines.count(bytes);
        Ok(())
    }
}

/// The characters of 0x80 to 0x9F; a space marks the five bytes without one.
const HIGH: [char; 32] = [
    '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', ' ', '‘', '’', '“', '”', '•', '–',
    '—', '˜', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
];

fn windows_1252_char(byte: u8) -> Option<char> {
    match byte {
        0x80..=0x9F => HIGH.get(usize::from(byte & 0x1F)).copied().filter(|c| *c != ' '),
        other => Some(char::from(other)),
    }
}

/// Counts lines however they end: line feed, carriage return, or both.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lines {
    ended: u64,
    after_return: bool,
}

impl Lines {
    pub(crate) fn count(&mut self, bytes: &[u8]) {
        let Some((first, last)) = bytes.first().zip(bytes.last()) else { return };
        // Sums over whole slices, so that the compiler counts many bytes at a time.
        let ends = bytes.iter().filter(|b| matches!(**b, b'\r' | b'\n')).count();
        let pairs = bytes.iter().zip(bytes.iter().skip(1)).filter(|(a, b)| **a == b'\r' && **b == b'\n').count();
        let split = usize::from(self.after_return && *first == b'\n');
        self.ended = self.ended.saturating_add(length(ends.saturating_sub(pairs).saturating_sub(split)));
        self.after_return = *last == b'\r';
    }

    /// The line that comes next, counted from 1.
    pub(crate) fn line(self) -> u64 {
        self.ended.saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(bytes: &[u8]) -> Problem {
        decode(bytes, Encoding::Utf8).unwrap_err().problem().clone()
    }

    #[test]
    fn marks_decide() {
        assert_eq!(decode("\u{feff}é".as_bytes(), Encoding::Windows1252).unwrap(), "é");
        assert_eq!(decode(b"\xFF\xFEa\0\xE9\0", Encoding::Utf8).unwrap(), "aé");
        assert_eq!(decode(b"\xFE\xFF\0a\0\xE9", Encoding::Utf8).unwrap(), "aé");
        assert_eq!(decode(b"\xFE\xFF\xD8\x3C\xDF\xE0", Encoding::Utf8).unwrap(), "🏠");
        assert_eq!(problem(b"\xFF\xFEa\0b"), Problem::OddUtf16);
        assert_eq!(problem(b"\xFF\xFE\0\xD8a\0"), Problem::LoneSurrogate);
        assert_eq!(problem(b"\0\0\xFE\xFF\0\0\0a"), Problem::Utf32);
        assert_eq!(problem(b"\xFF\xFE\0\0a\0\0\0"), Problem::Utf32);
        assert_eq!(problem(b"\xFE\xFF\0\0\0a"), Problem::Utf32);
        assert_eq!(problem(b"\xFE\xFFa\0\0\0"), Problem::Utf32);
    }

    #[test]
    fn windows_1252_is_offered_and_read() {
        let bytes = b"Soci\xE9t\xE9;Prix\r\nD\x9Cuf;5 \x80";
        assert_eq!(decode(bytes, Encoding::Windows1252).unwrap(), "Société;Prix\r\nDœuf;5 €");
        assert_eq!(problem(bytes), Problem::MaybeWindows1252 { byte: 4 });
        let error = decode(b"a\r\nb\rc\xE9", Encoding::Utf8).unwrap_err();
        assert_eq!(error.field(), Some("line 3"));
        assert_eq!(problem(b"a\x81"), Problem::NotUtf8 { byte: 1 });
        assert!(matches!(
            decode(b"a\x81", Encoding::Windows1252).unwrap_err().problem(),
            Problem::ControlCharacter { found } if found == "0x81"
        ));
        // Latin-1's own half is itself.
        assert_eq!(decode(b"\xFF\xA0", Encoding::Windows1252).unwrap(), "ÿ\u{a0}");
    }

    #[test]
    fn pieces_end_anywhere() {
        let utf16: Vec<u8> = "\u{feff}aé🏠\r\n🏠".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let files: [(&[u8], Encoding); 9] = [
            ("\u{feff}Société 🏠\r\n日本".as_bytes(), Encoding::Utf8),
            (&utf16, Encoding::Utf8),
            (&utf16[..utf16.len() - 1], Encoding::Utf8),
            (&utf16[..utf16.len() - 2], Encoding::Utf8),
            (b"\xFF\xFEa\0\0\0", Encoding::Utf8),
            (b"a\r\nb\rc\n\xE9t\xE9", Encoding::Utf8),
            (b"a\r\nb\rc\n\xE9t\xE9\n\x81", Encoding::Windows1252),
            (b"abc\xE2\x82", Encoding::Utf8),
            (b"\xEF\xBB", Encoding::Utf8),
        ];
        for (bytes, encoding) in files {
            let whole = decode(bytes, encoding);
            for size in 1..=bytes.len() {
                let (mut decoder, mut text) = (Decoder::new(encoding), String::new());
                let pieces = bytes.chunks(size).try_for_each(|piece| decoder.push(piece, &mut text));
                let read = pieces.and_then(|()| decoder.finish(&mut text)).map(|()| text);
                assert_eq!(read, whole, "pieces of {size} bytes");
            }
        }
    }

    #[test]
    fn lines_are_counted_across_pieces() {
        let bytes = b"a\r\n\r\r\n\n\nb\r";
        for size in 1..=bytes.len() {
            let mut lines = Lines::default();
            bytes.chunks(size).for_each(|piece| lines.count(piece));
            assert_eq!(lines.line(), 7, "pieces of {size} bytes");
        }
    }

    #[test]
    fn a_file_has_a_most() {
        assert_eq!(decode(&vec![b'a'; MOST_FILE_BYTES + 1], Encoding::Utf8).unwrap_err().code().name(), "too_large");
    }
}
