//! Texts of many rows one after another, in lower case: read by position where that is faster than row by row.

use std::ops::Range;

use crm_core::rules::lead_score::columns::TILE_ROWS;

use super::short::TextColumn;
use crate::bits::Rows;
use crate::instructions::{Found, Triples};

/// Most bytes at once: what the nearest cache holds.
const ROOM: usize = 1 << 15;
/// Blocks of 64 bytes.
const BLOCKS: usize = ROOM / 64;
/// Bytes before the first text: its end can be read eight bytes at a time, too.
pub(crate) const BEFORE: usize = 64;

/// Positions at which texts begin, and at which the last one ends.
pub(crate) type Starts = [u32; TILE_ROWS + 1];

/// Texts in lower case.
pub(crate) struct Folded {
    /// One before them, and some behind them, belong to none.
    blocks: Vec<[u8; 64]>,
    starts: Box<Starts>,
    count: usize,
    /// How many blocks hold texts.
    used: usize,
    /// For each of them, the bytes that lower case alone does not fold.
    odd: Vec<u64>,
    /// For each of them, where something that is looked for may begin.
    marks: Vec<u64>,
    /// The rows in which it may.
    rows: Box<[u32; TILE_ROWS]>,
    found: Vec<Place>,
    /// Texts as they were, of columns that do not have them one after another.
    gathered: Vec<u8>,
}

/// A place in a text.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) row: usize,
    pub(crate) position: usize,
    /// Where the text ends.
    pub(crate) end: usize,
}

impl Folded {
    pub(crate) fn new() -> Self {
        Self {
            blocks: vec![[0; 64]; BLOCKS + 3],
            starts: Box::new([0; TILE_ROWS + 1]),
            count: 0,
            used: 0,
            odd: vec![0; BLOCKS + 2],
            marks: vec![0; BLOCKS + 2],
            rows: Box::new([0; TILE_ROWS]),
            found: Vec::new(),
            gathered: Vec::new(),
        }
    }

    /// Takes the texts of as many rows as there is room for, and tells how many those are: none where the first one's
    /// alone is too long.
    #[inline(always)]
    pub(crate) fn fill<'a>(&mut self, column: impl TextColumn<'a>, mut rows: Range<usize>, with: Found) -> usize {
        while column.bytes(rows.clone()) > ROOM {
            rows.end = rows.start.midpoint(rows.end);
        }
        self.count = rows.len();
        let texts = column.joined(rows, &mut self.starts, &mut self.gathered);
        with.lower(texts, self.blocks.get_mut(1..).unwrap_or_default(), &mut self.odd);
        self.used = texts.len().div_ceil(64);
        self.count
    }

    /// All bytes, to be read at positions.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.blocks.as_flattened()
    }

    /// The positions at which each text begins and ends.
    #[inline(always)]
    pub(crate) fn spans(&self) -> impl Iterator<Item = (usize, usize)> {
        let ends = self.starts.iter().skip(1);
        self.starts.iter().zip(ends).take(self.count).map(|(start, end)| (*start as usize, *end as usize))
    }

    /// Marks the texts that lower case alone does not fold, but for spaces at their ends.
    #[inline(always)]
    pub(crate) fn odd(&self, rows: &mut Rows) {
        let starts = self.starts.get(..self.count).unwrap_or_default().chunks(64);
        let ends = self.starts.get(1..).unwrap_or_default().chunks(64);
        let mut some_long = false;
        for ((rows, starts), ends) in rows.iter_mut().zip(starts).zip(ends) {
            let blocks = |position: &u32| (*position as usize).wrapping_sub(BEFORE) / 64;
            let (first, last) =
                (starts.first().map_or(0, blocks), ends.get(starts.len().wrapping_sub(1)).map_or(0, blocks));
            if self.odd.get(first..=last).unwrap_or_default().iter().all(|odd| *odd == 0) {
                *rows = 0;
                continue;
            }
            *rows = starts.iter().zip(ends).rev().fold(0, |word, (start, end)| {
                let (start, end) = (*start as usize, *end as usize);
                some_long |= end.wrapping_sub(start) > 64;
                word << 1 | u64::from(window(&self.odd, start, end) != 0)
            });
        }
        if some_long {
            for (row, (start, end)) in self.spans().enumerate() {
                if (start..end).step_by(64).any(|position| window(&self.odd, position, end) != 0) {
                    mark(rows, row);
                }
            }
        }
    }

    /// Finds where one of the triples may begin.
    #[inline(always)]
    pub(crate) fn find(&mut self, triples: &Triples, with: Found) {
        let marks = self.marks.get_mut(..self.used).unwrap_or_default();
        with.may_begin(triples, self.blocks.get(1..).unwrap_or_default(), marks);
        // First the rows with any, without a branch: which they are, no processor foresees.
        let mut some = 0_usize;
        for (row, (start, end)) in self.starts.iter().zip(self.starts.iter().skip(1)).take(self.count).enumerate() {
            if let Some(place) = self.rows.get_mut(some) {
                *place = row as u32;
            }
            let (start, end) = (*start as usize, *end as usize);
            let any = (window(&self.marks, start, end) != 0) | (end.wrapping_sub(start) > 64);
            some = some.wrapping_add(usize::from(any));
        }
        self.found.clear();
        for row in self.rows.iter().take(some) {
            let row = *row as usize;
            let Some([start, end]) = self.starts.get(row..).and_then(<[u32]>::first_chunk) else { continue };
            let (mut position, end) = (*start as usize, *end as usize);
            while position < end {
                let mut marks = window(&self.marks, position, end);
                while marks != 0 {
                    let position = position.wrapping_add(marks.trailing_zeros() as usize);
                    self.found.push(Place { row, position, end });
                    marks &= marks.wrapping_sub(1);
                }
                position = position.wrapping_add(64);
            }
        }
    }

    /// What was found.
    pub(crate) fn found(&self) -> &[Place] {
        &self.found
    }
}

/// The marks of 64 positions, as far as there are so many before an end.
#[inline(always)]
fn window(marks: &[u64], position: usize, end: usize) -> u64 {
    let place = position.wrapping_sub(BEFORE);
    let Some([low, high]) = marks.get(place / 64..).and_then(<[u64]>::first_chunk) else { return 0 };
    let shift = (place % 64) as u32;
    let all = low.wrapping_shr(shift) | (high << 1).wrapping_shl(shift ^ 63);
    let length = end.wrapping_sub(position).min(64) as u32;
    all & 1_u64.checked_shl(length).unwrap_or(0).wrapping_sub(1)
}

/// The first bytes of words, and zeros behind them.
#[inline(always)]
pub(crate) fn leading<const N: usize>(mut words: [u64; N], bytes: usize) -> [u64; N] {
    let mut left = bytes;
    for word in &mut words {
        *word &= FIRST_BYTES.get(left.min(8)).copied().unwrap_or(0);
        left = left.saturating_sub(8);
    }
    words
}

/// The bits of the first bytes of a word, by their number.
const FIRST_BYTES: [u64; 9] =
    [0, 0xff, 0xffff, 0xff_ffff, 0xffff_ffff, 0xff_ffff_ffff, 0xffff_ffff_ffff, 0xff_ffff_ffff_ffff, u64::MAX];

/// Marks a row.
#[inline(always)]
pub(crate) fn mark(rows: &mut Rows, row: usize) {
    if let Some(word) = rows.get_mut(row / 64) {
        *word |= 1 << (row % 64);
    }
}
