//! What a wrong producer does to a good array, and the one thing it does not do.
//!
//! How long a buffer is stands nowhere: it follows from the array's length, offset and last offset, and no consumer can
//! check it. `honest` therefore makes every buffer as long as the consumer must take it to be; what lies in it, and every
//! count that contradicts another one, stays as hostile as it was drawn.

use super::array::{Array, Memory};
use super::kind::{Kind, Node};
use super::source::Source;

/// The most bytes that are put behind an offset or a size that was overwritten.
const MOST_BYTES: usize = 1 << 12;
/// The most rows of one array.
const MOST_ROWS: i64 = 1 << 16;
/// The most entries of a list of buffers or children that are really there.
const MOST_ENTRIES: i64 = 64;

/// How much a producer does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrongs {
    /// Nothing: the table must be accepted.
    None,
    /// Only what lies in buffers: the structures are good.
    Contents,
    /// Anything, once in so many structures.
    OnceIn(u8),
}

/// Breaks something here and there.
pub(crate) fn spoil(s: &mut Source<'_>, array: &mut Array, wrongs: Wrongs) {
    match wrongs {
        Wrongs::None => return,
        Wrongs::Contents if s.once_in(5) => poke_any(s, array),
        Wrongs::OnceIn(times) if s.once_in(times) => spoil_one(s, array),
        _ => {}
    }
    for child in array.children.iter_mut().flatten().flatten() {
        spoil(s, child, wrongs);
    }
    if let Some(dictionary) = &mut array.dictionary {
        spoil(s, dictionary, wrongs);
    }
}

fn spoil_one(s: &mut Source<'_>, array: &mut Array) {
    let length = array.length;
    let counts = [0, 1, 2, 3, 5, -1, i64::MIN, i64::MAX, 1 << 40, (1 << 31) + 1, 100_001];
    match s.below(16) {
        0 => array.length = s.pick(&[length + 1, length - 1, length + 9, 0, -1, i64::MIN, i64::MAX, 1 << 40]),
        1 => array.offset = s.pick(&[1, 7, 8, 64, -1, i64::MIN, i64::MAX, i64::MAX - length, 1 << 40]),
        2 => array.null_count = s.pick(&[0, 1, length, length + 1, -1, -2, i64::MIN, i64::MAX]),
        3 => array.n_buffers = s.pick(&counts),
        4 => array.n_children = s.pick(&counts),
        5 => array.buffers = None,
        6 => array.children = None,
        7 => {
            if let Some(buffer) = any(s, array.buffers.as_mut()) {
                *buffer = None;
            }
        }
        8 => {
            if let Some(Some(buffer)) = any(s, array.buffers.as_mut()) {
                buffer.odd = true;
            }
        }
        9 => match s.below(4) {
            0 => array.released = true,
            1 => array.dictionary = None,
            2 => array.dictionary = Some(Box::new(Array { length: 1, ..Array::default() })),
            _ => {
                if let Some(child) = any(s, array.children.as_mut()) {
                    *child = None;
                }
            }
        },
        _ => {
            for _ in 0..=s.below(3) {
                poke_any(s, array);
            }
        }
    }
}

fn any<'a, T>(s: &mut Source<'_>, list: Option<&'a mut Vec<T>>) -> Option<&'a mut T> {
    let list = list?;
    let place = s.below(list.len());
    list.get_mut(place)
}

fn poke_any(s: &mut Source<'_>, array: &mut Array) {
    // Not the mask, unless there is nothing else: hardly anything is wrong for a mask.
    let first = usize::from(array.n_buffers > 1 && !s.once_in(8));
    let buffers = array.buffers.as_mut().and_then(|buffers| buffers.get_mut(first..));
    let place = s.below(buffers.as_ref().map_or(0, |b| b.len()));
    if let Some(Some(buffer)) = buffers.and_then(|b| b.get_mut(place)) {
        poke(s, &mut buffer.bytes);
    }
}

/// Overwrites one number of some width.
fn poke(s: &mut Source<'_>, bytes: &mut [u8]) {
    let width = s.pick(&[4_usize, 1, 2, 8]);
    let place = s.below(bytes.len() / width);
    let Some(to) = bytes.get_mut(place * width..place * width + width) else { return };
    let mut number = [0; 8];
    number[..width].copy_from_slice(to);
    let found = i64::from_le_bytes(number);
    let value: i64 = match s.below(24) {
        0 => -1,
        1 => i64::MAX,
        2 => i64::MIN,
        3 => i32::MAX.into(),
        4 => i32::MIN.into(),
        5 => 0x80,
        6 => 1 << 32,
        7 => i64::from(s.byte()) << (8 * s.below(4)),
        // The ends of short things.
        n @ 8..16 => i64::try_from(n - 8 + s.below(3) * 4).unwrap(),
        // Nearly what it was.
        n => found.wrapping_add([1, -1, 2, -2][n % 4]),
    };
    to.copy_from_slice(&value.to_le_bytes()[..width]);
}

/// Makes every buffer as long as the array says to one who takes it for a `node`.
pub(crate) fn honest(array: &mut Array, node: &Node) {
    if let (Some(buffers), 0..=MOST_ENTRIES) = (&mut array.buffers, array.n_buffers) {
        buffers.resize(buffers.len().max(usize::try_from(array.n_buffers).unwrap()), None);
    }
    if let (Some(children), 0..=MOST_ENTRIES) = (&mut array.children, array.n_children) {
        children.resize(children.len().max(usize::try_from(array.n_children).unwrap()), None);
    }
    for (child, node) in array.children.iter_mut().flatten().zip(&node.children) {
        if let Some(child) = child {
            honest(child, node);
        }
    }
    if let (Some(array), Some(node)) = (&mut array.dictionary, &node.dictionary) {
        honest(array, node);
    }
    // Rows that cannot be, or more of them than anybody takes: refused before a buffer is read.
    let rows =
        array.length.checked_add(array.offset).filter(|n| array.length >= 0 && array.offset >= 0 && *n <= 1 << 31);
    let Some(rows) = rows else { return };
    assert!(rows <= MOST_ROWS, "the generator must not claim rows that are not there");
    // Of no rows nothing is read.
    let rows = if array.length == 0 { return } else { usize::try_from(rows).unwrap() };
    let Some(buffers) = &mut array.buffers else { return };
    let nulls = rows.div_ceil(8);
    match &node.kind {
        Kind::Null | Kind::Runs | Kind::Odd(_) => {}
        Kind::Struct | Kind::FixedList { .. } => need(buffers, 0, nulls),
        Kind::Boolean => {
            need(buffers, 0, nulls);
            need(buffers, 1, nulls);
        }
        Kind::Fixed { width, .. } => {
            need(buffers, 0, nulls);
            need(buffers, 1, rows * width);
        }
        Kind::List { .. } | Kind::Map | Kind::ListView { .. } | Kind::Bytes { .. } => {
            let large = matches!(
                node.kind,
                Kind::List { large: true } | Kind::ListView { large: true } | Kind::Bytes { large: true, .. }
            );
            let width = if large { 8 } else { 4 };
            need(buffers, 0, nulls);
            need(buffers, 1, (rows + 1) * width);
            match node.kind {
                Kind::ListView { .. } => need(buffers, 2, rows * width),
                Kind::Bytes { .. } => {
                    let most = there(buffers, 2);
                    let last = buffers.get_mut(1).and_then(Option::as_mut);
                    let length = last.map_or(0, |offsets| cut(&mut offsets.bytes, rows * width, width, most));
                    need(buffers, 2, length);
                }
                _ => {}
            }
        }
        Kind::Union { .. } => {
            need(buffers, 0, rows);
            need(buffers, 1, rows * 4);
        }
        Kind::View { .. } => {
            need(buffers, 0, nulls);
            need(buffers, 1, rows * 16);
            let data = usize::try_from(array.n_buffers).unwrap_or(0).saturating_sub(3);
            if data > buffers.len() {
                return;
            }
            need(buffers, data + 2, data * 8);
            for i in 0..data {
                let most = there(buffers, i + 2);
                let sizes = buffers.get_mut(data + 2).and_then(Option::as_mut);
                let length = sizes.map_or(0, |sizes| cut(&mut sizes.bytes, i * 8, 8, most));
                need(buffers, i + 2, length);
            }
        }
    }
}

fn need(buffers: &mut [Option<Memory>], place: usize, bytes: usize) {
    if let Some(Some(memory)) = buffers.get_mut(place)
        && memory.bytes.len() < bytes
    {
        memory.bytes.resize(bytes, 0);
    }
}

fn there(buffers: &[Option<Memory>], place: usize) -> usize {
    buffers.get(place).and_then(Option::as_ref).map_or(0, |memory| memory.bytes.len()).max(MOST_BYTES)
}

/// The number at a place, cut to what may lie behind it: the last offset of text is the length of the text.
fn cut(bytes: &mut [u8], at: usize, width: usize, most: usize) -> usize {
    let field = &mut bytes[at..at + width];
    let mut number = [if field[width - 1] & 0x80 == 0 { 0 } else { 0xff }; 8];
    number[..width].copy_from_slice(field);
    let length = i64::from_le_bytes(number).min(i64::try_from(most).unwrap());
    field.copy_from_slice(&length.to_le_bytes()[..width]);
    usize::try_from(length).unwrap_or(0)
}
