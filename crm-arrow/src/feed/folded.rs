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
    /// Texts as they were, of columns that do not have them one after another.
    gathered: Vec<u8>,
}

impl Folded {
    pub(crate) fn new() -> Self {
        Self {
            blocks: vec![[0; 64]; BLOCKS + 3],
            starts: Box::new([0; TILE_ROWS + 1]),
            count: 0,
            used: 0,
            odd: vec![0; BLOCKS + 1],
            marks: vec![0; BLOCKS + 1],
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
        self.tell(&self.odd, |row, _, _| mark(rows, row));
    }

    /// Tells where one of the triples may begin: the row, what of its text there is from there on, and which of the triples.
    #[inline(always)]
    pub(crate) fn may_begin(&mut self, triples: &Triples, with: Found, mut tell: impl FnMut(usize, &[u8], u8)) {
        let marks = self.marks.get_mut(..self.used).unwrap_or_default();
        with.may_begin(triples, self.blocks.get(1..).unwrap_or_default(), marks);
        let bytes = self.bytes();
        self.tell(&self.marks, |row, position, end| {
            let three = bytes.get(position..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
            tell(row, bytes.get(position..end).unwrap_or_default(), triples.sets(three));
        });
    }

    #[inline(always)]
    fn tell(&self, marks: &[u64], mut tell: impl FnMut(usize, usize, usize)) {
        let mut ends = self.starts.iter().skip(1).map(|end| *end as usize).enumerate();
        let mut current = ends.next();
        for (first, marks) in (BEFORE..).step_by(64).zip(marks).take(self.used) {
            let mut rest = *marks;
            while rest != 0 {
                let position = first.saturating_add(rest.trailing_zeros() as usize);
                rest &= rest.wrapping_sub(1);
                while current.is_some_and(|(_, end)| end <= position) {
                    current = ends.next();
                }
                // What fills up the last block belongs to none.
                let Some((row, end)) = current.filter(|(row, _)| *row < self.count) else { return };
                tell(row, position, end);
            }
        }
    }
}

/// Marks a row.
#[inline(always)]
pub(crate) fn mark(rows: &mut Rows, row: usize) {
    if let Some(word) = rows.get_mut(row / 64) {
        *word |= 1 << (row % 64);
    }
}
