//! Whether bytes are UTF-8, for many at once.
//!
//! Each byte is judged by itself and the three before it, without a branch, so the compiler judges 16 or more in one
//! step. The verdict is that of `std::str::from_utf8`, which goes character by character where a text is not ASCII.

/// What bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// All below 128: every cut is a good one.
    Ascii,
    /// UTF-8: cuts must lie between characters.
    Utf8,
    /// Neither.
    Neither,
}

/// Bytes that are judged together: few, because stretches of plain ASCII are common and need no more judging.
const BLOCK: usize = 64;
/// Bytes of the longest character without its first.
const REST: usize = 3;
/// A block with the bytes before it, which its first bytes may belong to, and those behind it, which may belong to its
/// last.
type Window = [u8; BLOCK + 2 * REST];

/// What bytes are.
pub(crate) fn kind(bytes: &[u8]) -> Kind {
    let mut kind = Kind::Ascii;
    for (i, block) in bytes.chunks(BLOCK).enumerate() {
        if block.is_ascii() {
            continue;
        }
        kind = Kind::Utf8;
        let start = i.saturating_mul(BLOCK);
        let around = start.checked_sub(REST).and_then(|from| bytes.get(from..)?.first_chunk::<{ BLOCK + 2 * REST }>());
        if around.map_or_else(|| is_wrong(&at_an_end(bytes, start)), is_wrong) {
            return Kind::Neither;
        }
    }
    kind
}

/// Whether a cut here would lie inside of a character.
pub(crate) fn is_inside(text: &[u8], place: usize) -> bool {
    text.get(place).is_some_and(|byte| byte & 0xc0 == 0x80)
}

/// The window of the first block or of one of the last. Beyond the text there are zeros: a character that is cut off is
/// wrong there.
fn at_an_end(bytes: &[u8], start: usize) -> Window {
    let mut window: Window = [0; BLOCK + 2 * REST];
    let before = start.min(REST);
    let from = bytes.get(start.saturating_sub(before)..).unwrap_or_default();
    let to = window.iter_mut().skip(REST.saturating_sub(before));
    to.zip(from).for_each(|(to, from)| *to = *from);
    window
}

fn is_wrong(window: &Window) -> bool {
    let behind = |n: usize| window.get(n..).unwrap_or_default().iter();
    let pairs = behind(3).zip(behind(2));
    // Most text has characters of two bytes and no longer ones, of which there is less to say.
    let latin = pairs.fold(0, |wrong, (byte, first)| wrong | judge_latin(*byte, *first));
    if latin == 0 && window.iter().take(REST).all(|byte| *byte < 0xe0) {
        return false;
    }
    let four = behind(3).zip(behind(2)).zip(behind(1)).zip(behind(0));
    let wrong = four.fold(0, |wrong, (((byte, first), second), third)| wrong | judge(*byte, *first, *second, *third));
    wrong != 0
}

/// Not 0 where a byte cannot stand behind another one, and where it begins a character of three bytes or more.
#[inline(always)]
fn judge_latin(byte: u8, first: u8) -> u8 {
    let is = u8::from;
    (is(byte & 0xc0 == 0x80) ^ is(first >= 0xc0)) | is(byte & 0xfe == 0xc0) | is(byte >= 0xe0)
}

/// Not 0 where a byte cannot stand behind the one, two and three before it.
#[inline(always)]
fn judge(byte: u8, first: u8, second: u8, third: u8) -> u8 {
    let is = u8::from;
    let continues = is(byte & 0xc0 == 0x80);
    let must_continue = is(first >= 0xc0) | is(second >= 0xe0) | is(third >= 0xf0);
    let never = is(byte & 0xfe == 0xc0) | is(byte >= 0xf5);
    // Longer forms of what has a shorter one, halves of pairs, and what lies beyond the last character.
    let overlong = (is(first == 0xe0) & is(byte < 0xa0)) | (is(first == 0xf0) & is(byte < 0x90));
    let beyond = (is(first == 0xed) & is(byte >= 0xa0)) | (is(first == 0xf4) & is(byte >= 0x90));
    (continues ^ must_continue) | never | overlong | beyond
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expected(bytes: &[u8]) -> Kind {
        match (bytes.is_ascii(), std::str::from_utf8(bytes)) {
            (true, _) => Kind::Ascii,
            (_, Ok(_)) => Kind::Utf8,
            _ => Kind::Neither,
        }
    }

    /// Every pair of first and second bytes, with good and bad rests, whole and cut, at every edge of a block.
    #[test]
    fn every_beginning_of_a_character() {
        for pair in 0..=u16::MAX {
            let [a, b] = pair.to_be_bytes();
            for rest in [&[][..], &[0x80], &[0x80, 0xbf], &[0xbf, 0x80, 0x80], b"a", &[0x80, b'a']] {
                let mut bytes = vec![a, b];
                bytes.extend(rest);
                assert_eq!(kind(&bytes), expected(&bytes), "{bytes:x?}");
            }
        }
        for text in ["é", "€", "𝄞"] {
            for before in BLOCK - 4..=BLOCK + 1 {
                for cut in 0..=text.len() {
                    for after in [0, 1, BLOCK] {
                        let mut bytes = vec![b'a'; before];
                        bytes.extend(&text.as_bytes()[..cut]);
                        bytes.extend(vec![b'a'; after]);
                        assert_eq!(kind(&bytes), expected(&bytes), "{text} cut to {cut} behind {before}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_verdict_is_that_of_std(
            text in "[ -~é-ü€\u{d7ff}\u{e000}\u{10000}\u{10ffff}]{0,400}",
            spoiled in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        ) {
            let mut bytes = text.into_bytes();
            for (place, byte) in spoiled {
                if !bytes.is_empty() {
                    let place = place.index(bytes.len());
                    bytes[place] = byte;
                }
            }
            prop_assert_eq!(kind(&bytes), expected(&bytes));
        }
    }
}
