//! Bytes to text: UTF-8, UTF-16 by its mark, Windows-1252 only when asked for. Nothing is ever replaced by `\u{fffd}`.

use std::borrow::Cow;

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
/// [`Problem::TooLong`] above [`MOST_FILE_BYTES`], [`Problem::Utf32`], [`Problem::OddUtf16`],
/// [`Problem::LoneSurrogate`], [`Problem::MaybeWindows1252`] or [`Problem::NotUtf8`] with the line as path, and
/// [`Problem::ControlCharacter`] for the five bytes that Windows-1252 leaves without a character.
pub fn decode(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>> {
    if bytes.len() > MOST_FILE_BYTES {
        return Err(Problem::TooLong { bytes: length(bytes.len()), most: length(MOST_FILE_BYTES) }.into());
    }
    match bytes {
        [0, 0, 0xFE, 0xFF, ..] | [0xFF, 0xFE, 0, 0, ..] | [0xFE, 0xFF, 0, 0, ..] => Err(Problem::Utf32.into()),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest, 3).map(Cow::Borrowed),
        _ => match encoding {
            Encoding::Utf8 => utf8(bytes, 0).map(Cow::Borrowed),
            Encoding::Windows1252 => windows_1252(bytes).map(Cow::Owned),
        },
    }
}

fn utf8(bytes: &[u8], skipped: usize) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|e| {
        let at = e.valid_up_to();
        let byte = length(at.saturating_add(skipped));
        // A byte that is no character in Windows-1252 either leaves nothing to propose.
        let known = bytes.get(at).copied().and_then(windows_1252_char).is_some();
        let problem = if known { Problem::MaybeWindows1252 { byte } } else { Problem::NotUtf8 { byte } };
        Error::from(problem).at(&format!("line {}", line_of(bytes, at)))
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(Problem::OddUtf16.into());
    }
    // UTF-32 behind a mark of two bytes shows as a zero in every other unit; no text begins like that.
    if pairs.iter().take(64).any(|pair| *pair == [0, 0]) {
        return Err(Problem::Utf32.into());
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<std::result::Result<String, _>>()
        .map_err(|_| Problem::LoneSurrogate.into())
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

fn windows_1252(bytes: &[u8]) -> Result<String> {
    let mut text = String::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        let problem = || Problem::ControlCharacter { found: format!("0x{byte:02X}") };
        let c = windows_1252_char(*byte)
            .ok_or_else(|| Error::from(problem()).at(&format!("line {}", line_of(bytes, at))))?;
        text.push(c);
    }
    Ok(text)
}

/// The line on which the byte at `at` stands.
fn line_of(bytes: &[u8], at: usize) -> u64 {
    let mut lines = Lines::default();
    lines.count(bytes.get(..at).unwrap_or_default());
    lines.line()
}

/// Counts lines however they end: line feed, carriage return, or both.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lines {
    ended: u64,
    after_return: bool,
}

impl Lines {
    pub(crate) fn count(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\r' || (*byte == b'\n' && !self.after_return) {
                self.ended = self.ended.saturating_add(1);
            }
            self.after_return = *byte == b'\r';
        }
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
    fn a_file_has_a_most() {
        assert_eq!(decode(&vec![b'a'; MOST_FILE_BYTES + 1], Encoding::Utf8).unwrap_err().code().name(), "too_large");
    }
}
