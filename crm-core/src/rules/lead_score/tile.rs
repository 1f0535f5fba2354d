//! A tile of leads: small enough for the nearest cache, scored in loops without branches that compilers make wide.

use super::columns::{ColumnScorer, ReasonEntry, UNKNOWN, Wanted};
use super::plan::{MILLI, Span};
use super::settle::{instant, settle};
use crate::kernel::predicate::{Answers, words_of};
use crate::kernel::reason::Section;
use crate::kernel::time::in_range;

/// Rows of a tile.
pub const TILE_ROWS: usize = 1024;
/// Words of 64 rows in a tile.
pub const TILE_WORDS: usize = TILE_ROWS / 64;

/// A value for every row.
type Column = [i64; TILE_ROWS];

/// The answers of a tile and what they come to; used again for tile after tile.
#[derive(Clone, Debug)]
pub struct Tile {
    answers: Vec<Answers>,
    ordinals: Vec<Column>,
    bytes: Vec<[u8; TILE_ROWS]>,
    masks: Vec<[u64; TILE_ROWS]>,
    /// The groups' sums in points, in order of the plan.
    raw: Vec<Column>,
    sections: Vec<Column>,
    score: Column,
    /// Not zero where some step cut something.
    cut: Column,
    coverage_bp: Column,
    next_change: Column,
    scratch: Column,
}

impl Tile {
    /// The words that answer a test, by its wire.
    pub fn answers_mut(&mut self, wire: usize) -> &mut [Answers] {
        let start = wire.saturating_mul(TILE_WORDS);
        self.answers.get_mut(start..start.saturating_add(TILE_WORDS)).unwrap_or_default()
    }

    /// The ordinals of a field, by its place in [`ColumnScorer::ordinals`].
    pub fn ordinals_mut(&mut self, place: usize) -> &mut [i64] {
        self.ordinals.get_mut(place).map(<[i64; TILE_ROWS]>::as_mut_slice).unwrap_or_default()
    }

    /// The scores in whole points.
    pub const fn score(&self) -> &[i64; TILE_ROWS] {
        &self.score
    }

    /// The known shares of the weight in basis points, if they were wanted.
    pub const fn coverage_bp(&self) -> &[i64; TILE_ROWS] {
        &self.coverage_bp
    }

    /// When time alone may change the scores, in microseconds since 1970, if it was wanted; [`UNKNOWN`] for never.
    pub const fn next_change(&self) -> &[i64; TILE_ROWS] {
        &self.next_change
    }

    /// Not zero for the rows of which some limit or idleness changed something.
    pub const fn cut(&self) -> &[i64; TILE_ROWS] {
        &self.cut
    }

    /// The rules that hold for each row: a bit for each, 64 rules to an element, the first in its lowest bit, in order
    /// of the reasons.
    pub fn masks(&self) -> &[[u64; TILE_ROWS]] {
        &self.masks
    }
}

impl ColumnScorer {
    /// A place to score tiles in.
    pub fn tile(&self) -> Tile {
        let eights = self.rules.len().max(self.weights.len()).div_ceil(8);
        Tile {
            answers: vec![Answers::default(); self.circuit.wires().saturating_mul(TILE_WORDS)],
            ordinals: vec![[UNKNOWN; TILE_ROWS]; self.ordinals(Wanted { next_change: true, coverage: true }).len()],
            bytes: vec![[0; TILE_ROWS]; eights],
            masks: vec![[0; TILE_ROWS]; self.rules.len().div_ceil(64)],
            raw: vec![[0; TILE_ROWS]; self.plan.groups.len()],
            sections: vec![[0; TILE_ROWS]; self.plan.sections.len()],
            score: [0; TILE_ROWS],
            cut: [0; TILE_ROWS],
            coverage_bp: [10_000; TILE_ROWS],
            next_change: [UNKNOWN; TILE_ROWS],
            scratch: [0; TILE_ROWS],
        }
    }

    /// The points of a section by row, if the model has it.
    pub fn section<'t>(&self, tile: &'t Tile, section: Section) -> Option<&'t [i64; TILE_ROWS]> {
        let place = self.plan.sections.iter().position(|s| s.section == section)?;
        tile.sections.get(place)
    }

    /// Scores a tile whose tests were answered; rows beyond the table's end hold whatever comes of it.
    #[inline(always)]
    pub fn score(&self, tile: &mut Tile, at_micros: i64, wanted: Wanted) {
        self.circuit.settle(&mut tile.answers, TILE_WORDS);
        if wanted.coverage {
            self.coverage(tile);
        }
        let wires = self.rules.iter().map(|r| r.wire);
        gather(&tile.answers, wires, &mut tile.bytes, |answers| answers.yes);
        for (masks, eights) in tile.masks.iter_mut().zip(tile.bytes.chunks(8)) {
            masks.fill(0);
            for (shift, bytes) in (0_u32..).step_by(8).zip(eights) {
                for (mask, byte) in masks.iter_mut().zip(bytes) {
                    *mask |= u64::from(*byte).wrapping_shl(shift);
                }
            }
        }
        if wanted.next_change {
            self.next_change(tile, at_micros);
        }
        self.total(tile, at_micros, wanted);
    }

    #[inline(always)]
    fn coverage(&self, tile: &mut Tile) {
        gather(&tile.answers, self.weights.iter().copied(), &mut tile.bytes, |a| !(a.yes | a.no));
        let whole = self.plan.weight / MILLI;
        tile.coverage_bp.fill(10_000);
        for lane in self.unknown.lanes() {
            lane.words(&tile.bytes, &mut tile.scratch);
            for packed in &lane.sums {
                for (bp, word) in tile.coverage_bp.iter_mut().zip(&tile.scratch) {
                    let unknown = packed.of(*word);
                    if unknown != 0 {
                        let known = whole.saturating_sub(unknown).saturating_mul(10_000);
                        *bp = known.checked_div(whole).unwrap_or(10_000);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn next_change(&self, tile: &mut Tile, at: i64) {
        let next = &mut tile.next_change;
        // Never is the latest of all.
        next.fill(i64::MAX);
        for edge in &self.edges {
            let Some(ordinals) = tile.ordinals.get(edge.ordinal) else { continue };
            for (next, instant) in next.iter_mut().zip(ordinals) {
                let edge =
                    if edge.ahead { instant.wrapping_sub(edge.micros) } else { instant.wrapping_add(edge.micros) };
                let itself = if *instant > at { *instant } else { i64::MAX };
                // What lies before an unknown instant, the earliest of all, wraps round.
                let edge = if edge > at && *instant != UNKNOWN { edge } else { i64::MAX };
                *next = (*next).min(itself).min(edge);
            }
        }
    }

    #[inline(always)]
    fn total(&self, tile: &mut Tile, at: i64, wanted: Wanted) {
        let Tile { bytes, raw, sections, score, cut, scratch, ordinals, next_change, .. } = tile;
        cut.fill(0);
        sections.iter_mut().for_each(|s| s.fill(0));
        for lane in self.sums.lanes() {
            lane.words(bytes, scratch);
            for packed in &lane.sums {
                let Some(raw) = raw.get_mut(packed.sum) else { continue };
                for (raw, word) in raw.iter_mut().zip(scratch.iter()) {
                    *raw = packed.of(*word);
                }
            }
        }
        for (group, raw) in self.plan.groups.iter().zip(raw).filter(|(g, _)| g.counts) {
            let Some(section) = sections.get_mut(group.section) else { continue };
            let (least, most) = points(group.span);
            for ((section, cut), raw) in section.iter_mut().zip(cut.iter_mut()).zip(raw) {
                let clamped = (*raw).max(least).min(most);
                *cut |= *raw ^ clamped;
                *section = section.wrapping_add(clamped);
            }
        }
        score.fill(0);
        for (plan, section) in self.plan.sections.iter().zip(sections) {
            let (least, most) = points(plan.span);
            for (section, cut) in section.iter_mut().zip(cut.iter_mut()) {
                let clamped = (*section).max(least).min(most);
                *cut |= *section ^ clamped;
                *section = clamped;
            }
            if let (Some(idle), Some(activity)) = (&plan.idle, self.activity.and_then(|a| ordinals.get(a))) {
                let (per_period, floor) = (idle.milli / MILLI, plan.floor() / MILLI);
                for (((section, cut), last), next) in
                    section.iter_mut().zip(cut.iter_mut()).zip(activity).zip(next_change.iter_mut())
                {
                    if *last > at {
                        *next = (*next).min(*last);
                    } else if *last != UNKNOWN
                        && let Some(elapsed) = idle.elapsed(per_period, *last, at, *section, floor)
                    {
                        *cut |= *section ^ elapsed.left;
                        *section = elapsed.left;
                        *next = (*next).min(elapsed.next_micros.unwrap_or(i64::MAX));
                    }
                }
            }
            for (score, section) in score.iter_mut().zip(section) {
                *score = score.wrapping_add(*section);
            }
        }
        let (least, most) = points(self.plan.total);
        for (score, cut) in score.iter_mut().zip(cut) {
            let clamped = (*score).max(least).min(most);
            *cut |= *score ^ clamped;
            *score = clamped;
        }
        if wanted.next_change {
            // What lies beyond the calendar never comes.
            for next in next_change.iter_mut().filter(|next| **next != i64::MAX) {
                if instant(*next).is_none_or(|t| !in_range(t.date_naive())) {
                    *next = i64::MAX;
                }
            }
            next_change.iter_mut().filter(|next| **next == i64::MAX).for_each(|next| *next = UNKNOWN);
        }
    }

    /// The cuts of a row, in the order in which they apply.
    pub fn cuts(&self, tile: &Tile, row: usize, at_micros: i64, mut cut: impl FnMut(ReasonEntry)) {
        let value = |column: &Column| column.get(row).copied().unwrap_or(0);
        let raw = tile.raw.iter().map(|raw| value(raw).saturating_mul(MILLI));
        let last = self.activity.and_then(|a| tile.ordinals.get(a)).map(value).filter(|last| *last != UNKNOWN);
        settle(
            &self.plan,
            raw,
            |idle, section, floor| {
                let elapsed = idle.elapsed(idle.milli, last?, at_micros, section, floor)?;
                Some((elapsed.periods, elapsed.left)).filter(|(periods, _)| *periods > 0)
            },
            |_| {},
            |why, before, after| {
                let line = super::score::Line { why, milli: after.saturating_sub(before), evidence: Vec::new() };
                let aside = line.group(&self.plan).and_then(|g| self.plan.groups.get(g)).is_some_and(|g| !g.counts);
                let periods = match why {
                    super::score::Why::Idle { periods, .. } => periods,
                    _ => 0,
                };
                if !aside {
                    cut(ReasonEntry { id: self.cut_id(why), milli: line.milli, periods });
                }
            },
        );
    }
}

/// Limits in whole points.
#[inline(always)]
fn points(span: Span) -> (i64, i64) {
    (span.min.map_or(i64::MIN, |n| n / MILLI), span.max.map_or(i64::MAX, |n| n / MILLI))
}

/// The bits of conditions by row: a byte for every eight of them, the first in the lowest bit.
#[inline(always)]
fn gather(
    answers: &[Answers],
    mut wires: impl Iterator<Item = usize>,
    bytes: &mut [[u8; TILE_ROWS]],
    bits: impl Fn(&Answers) -> u64,
) {
    const NONE: [Answers; TILE_WORDS] = [Answers { yes: 0, no: u64::MAX }; TILE_WORDS];
    for bytes in bytes {
        let eight: [&[Answers]; 8] =
            std::array::from_fn(|_| wires.next().map_or(NONE.as_slice(), |wire| words_of(answers, wire, TILE_WORDS)));
        let [a, b, c, d, e, f, g, h] = eight.map(|words| words.iter().map(&bits));
        let rows = bytes.as_chunks_mut::<64>().0.iter_mut();
        for ((((((((a, b), c), d), e), f), g), h), rows) in a.zip(b).zip(c).zip(d).zip(e).zip(f).zip(g).zip(h).zip(rows)
        {
            *rows = transposed([a, b, c, d, e, f, g, h]);
        }
    }
}

/// Eight words of 64 bits as 64 bytes of eight bits: bit `i` of byte `j` is bit `j` of word `i`. By swapping ever smaller
/// blocks: Warren, *Hacker's Delight*, section 7-3; first the bits of each eight by eight, then the bytes.
#[inline(always)]
fn transposed(words: [u64; 8]) -> [u8; 64] {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = words;
    let swap = |x: &mut u64, y: &mut u64, shift: u32, mask: u64| {
        let moved = (x.wrapping_shr(shift) ^ *y) & mask;
        *y ^= moved;
        *x ^= moved.wrapping_shl(shift);
    };
    for (unit, masks) in [
        (1, [0x0f0f_0f0f_0f0f_0f0f, 0x3333_3333_3333_3333, 0x5555_5555_5555_5555]),
        (8, [0x0000_0000_ffff_ffff, 0x0000_ffff_0000_ffff, 0x00ff_00ff_00ff_00ff]),
    ] {
        let [four, two, one] = masks;
        let by = |count: u32| u32::wrapping_mul(count, unit);
        swap(&mut a, &mut e, by(4), four);
        swap(&mut b, &mut f, by(4), four);
        swap(&mut c, &mut g, by(4), four);
        swap(&mut d, &mut h, by(4), four);
        swap(&mut a, &mut c, by(2), two);
        swap(&mut b, &mut d, by(2), two);
        swap(&mut e, &mut g, by(2), two);
        swap(&mut f, &mut h, by(2), two);
        swap(&mut a, &mut b, by(1), one);
        swap(&mut c, &mut d, by(1), one);
        swap(&mut e, &mut f, by(1), one);
        swap(&mut g, &mut h, by(1), one);
    }
    let mut out = [0; 64];
    for (to, word) in out.as_chunks_mut::<8>().0.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *to = word.to_le_bytes();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_become_columns(words in any::<[u64; 8]>()) {
            let bytes = transposed(words);
            for (i, word) in words.iter().enumerate() {
                for (j, byte) in bytes.iter().enumerate() {
                    prop_assert_eq!(word >> j & 1, u64::from(byte >> i & 1));
                }
            }
        }
    }
}
