//! A calendar's open time laid out for many questions: each costs a few loads, wherever its instant lies.
//!
//! The open time until an instant is a curve that rises by a second per second or not at all. It is cut into pieces of
//! equal length, found by a shift, short enough that three spans describe one. Its inverse is cut in the same way, over
//! open time: a piece has at most two jumps, where closing time is skipped. Both fit into 16 bytes, eighteen hours or so
//! each, so that ten years stay in a processor's second cache. What a piece cannot hold, and all that lies outside of the
//! table, is asked of the [`Calendar`] itself; the answers are its answers.

use chrono::TimeDelta;

use super::block::{WEEK_SECONDS, WEEKS, block_of, start_of};
use super::{Calendar, FIRST_BLOCK, LAST_BLOCK, MICROS, Pauses, instant};
use crate::kernel::error::Result;
use crate::kernel::time::Instant;

/// Most blocks of a table: 63 years.
const MOST_BLOCKS: i64 = 13;
/// Pieces are 65,536 seconds long, or as much shorter as it takes for them to be simple, but no shorter than 4,096.
const SHIFTS: std::ops::RangeInclusive<u32> = 12..=16;
/// No answer: the calendar itself has to be asked.
const ASK: i64 = i64::MIN;
/// What no piece begins with.
const TOO_MANY: u32 = u32::MAX;

/// A piece of the open time until an instant.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Open seconds of the table before the piece.
    before: u32,
    /// Where its three spans begin and end, in turn, in seconds from its start. A span that goes on has no end, which is
    /// the last second, as all that is not there: nothing lies between.
    knots: [u16; 6],
}

/// A piece of the instants by open time.
#[derive(Clone, Copy, Debug)]
struct Leap {
    /// Closed seconds of the table before the piece, before its second part, before its third.
    closed: [u32; 3],
    /// The first open seconds of these parts, from the piece's start; beyond it where there is none.
    from: [u16; 2],
}

/// Open seconds of a table, and microseconds of the one that has begun.
#[derive(Clone, Copy)]
struct Open {
    seconds: u32,
    micros: u32,
}

impl Open {
    #[inline]
    fn all(self) -> i64 {
        i64::from(self.seconds).wrapping_mul(MICROS).wrapping_add(self.micros.into())
    }
}

/// A [`Calendar`] for many questions around the same years: see [`Calendar::table`].
#[derive(Clone, Debug)]
pub struct CalendarTable {
    calendar: Calendar,
    /// The first microsecond.
    start: i64,
    pieces: Vec<Piece>,
    piece_shift: u32,
    leaps: Vec<Leap>,
    leap_shift: u32,
    /// All open seconds.
    total: u32,
}

impl Calendar {
    /// The calendar laid out from one instant to another, for many questions. Any question may be asked of it; those
    /// beyond the table, which is never longer than 63 years, take as long as the calendar's own.
    ///
    /// ```
    /// use crm_core::kernel::calendar::{Calendar, CalendarConfig, Pauses, Window};
    /// use crm_core::kernel::time::parse_instant;
    ///
    /// let hours = [Window::parse("09:00", "17:00")?];
    /// let calendar = Calendar::new(CalendarConfig::empty("desk", "Europe/Paris".parse()?).on_weekdays(&hours))?;
    /// let table = calendar.table(parse_instant("2020-01-01T00:00:00Z")?, parse_instant("2031-01-01T00:00:00Z")?);
    /// let friday = parse_instant("2026-11-20T15:00:00Z")?;
    /// assert_eq!(table.due(friday, 7_200, Pauses::NONE)?, calendar.due(friday, 7_200, Pauses::NONE)?);
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    pub fn table(&self, from: Instant, to: Instant) -> CalendarTable {
        // The outermost blocks have instants that are no instants of this library.
        let block = |at: Instant| block_of(at.timestamp()).clamp(FIRST_BLOCK.saturating_add(1), LAST_BLOCK - 1);
        let first = block(from);
        let last = block(to).clamp(first, first.saturating_add(MOST_BLOCKS - 1));
        let spans = self.spans_of_blocks(first, last);
        let seconds = last.saturating_add(1).saturating_sub(first).saturating_mul(WEEKS).saturating_mul(WEEK_SECONDS);
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        let total = spans.iter().fold(0_u32, |sum, span| sum.saturating_add(span.1.saturating_sub(span.0)));
        let (pieces, piece_shift) = simplest(|shift| pieces(&spans, seconds, shift), |piece| piece.before);
        let (leaps, leap_shift) = simplest(|shift| leaps(&spans, total, shift), |leap| leap.closed[0]);
        CalendarTable {
            calendar: self.clone(),
            start: start_of(first).saturating_mul(MICROS),
            pieces,
            piece_shift,
            leaps,
            leap_shift,
            total,
        }
    }

    /// The open spans of some blocks, in seconds from the start of the first; no two touch.
    fn spans_of_blocks(&self, first: i64, last: i64) -> Vec<(u32, u32)> {
        let mut spans: Vec<(u32, u32)> = Vec::new();
        for number in first..=last {
            let start = start_of(number).saturating_sub(start_of(first));
            let Some((_, block)) = self.numbered(number) else { continue };
            block.each_span(|from, to| {
                let place = |second: i64| u32::try_from(start.saturating_add(second)).unwrap_or(u32::MAX);
                let (from, to) = (place(from), place(to));
                match spans.last_mut() {
                    Some(span) if span.1 == from => span.1 = to,
                    _ => spans.push((from, to)),
                }
            });
        }
        spans
    }
}

/// The table of the longest pieces of which none has more in it than it can hold, or else of the shortest.
fn simplest<T>(of: impl Fn(u32) -> Vec<T>, head: impl Fn(&T) -> u32) -> (Vec<T>, u32) {
    let fits = |table: &[T]| table.iter().all(|one| head(one) != TOO_MANY);
    let tables = SHIFTS.rev().map(|shift| (of(shift), shift));
    let mut shortest = (Vec::new(), *SHIFTS.start());
    for (table, shift) in tables {
        if fits(&table) {
            return (table, shift);
        }
        shortest = (table, shift);
    }
    shortest
}

fn pieces(spans: &[(u32, u32)], seconds: u32, shift: u32) -> Vec<Piece> {
    let length = 1_u32 << shift;
    let count = seconds.div_ceil(length);
    let (mut next, mut before) = (0_usize, 0_u32);
    let piece = |number: u32| {
        let start = number.saturating_mul(length);
        let end = start.saturating_add(length);
        let mut piece = Piece { before, knots: [u16::MAX; 6] };
        let mut slots = piece.knots.iter_mut();
        let mut fits = true;
        while let Some((from, to)) = spans.get(next).filter(|span| span.0 < end) {
            let inside = |second: u32| u16::try_from(second.saturating_sub(start)).unwrap_or(u16::MAX);
            let (cut_from, cut_to) = ((*from).max(start), (*to).min(end));
            match (slots.next(), slots.next()) {
                (Some(opens), Some(closes)) => (*opens, *closes) = (inside(cut_from), inside(cut_to)),
                _ => fits = false,
            }
            before = before.saturating_add(cut_to.saturating_sub(cut_from));
            // A span that goes on is one of the next piece, too.
            if *to > end {
                break;
            }
            next = next.saturating_add(1);
        }
        if !fits {
            piece.before = TOO_MANY;
        }
        piece
    };
    (0..count).map(piece).collect()
}

fn leaps(spans: &[(u32, u32)], total: u32, shift: u32) -> Vec<Leap> {
    let length = 1_u32 << shift;
    let count = total.div_ceil(length);
    // Where closed time is skipped, by the open seconds until then; the first before anything was open.
    let (mut open, mut reached) = (0_u32, 0_u32);
    let mut gaps = spans.iter().map(|(from, to)| {
        let gap = (open, from.saturating_sub(reached));
        (open, reached) = (open.saturating_add(to.saturating_sub(*from)), *to);
        gap
    });
    let (mut next, mut closed) = (gaps.next(), 0_u32);
    let leap = |number: u32| {
        let start = number.saturating_mul(length);
        let mut leap = Leap { closed: [closed; 3], from: [u16::MAX; 2] };
        let mut part = 0_usize;
        let mut fits = true;
        while let Some((at, skipped)) = next.filter(|gap| gap.0 < start.saturating_add(length)) {
            closed = closed.saturating_add(skipped);
            if at > start {
                let from = u16::try_from(at.saturating_sub(start)).unwrap_or(u16::MAX);
                match leap.from.get_mut(part) {
                    Some(place) => *place = from,
                    None => fits = false,
                }
                part = part.saturating_add(1);
            }
            leap.closed.iter_mut().skip(part).for_each(|before| *before = closed);
            next = gaps.next();
        }
        if !fits {
            leap.closed[0] = TOO_MANY;
        }
        leap
    };
    (0..count).map(leap).collect()
}

impl CalendarTable {
    /// The calendar that it is a table of.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// [`Calendar::due`].
    ///
    /// # Errors
    /// As there.
    pub fn due(&self, start: Instant, working_seconds: i64, pauses: &Pauses) -> Result<Instant> {
        match self.quick_due(start.timestamp_micros(), working_seconds, pauses) {
            Some(due) => Ok(instant(due)),
            None => self.calendar.due(start, working_seconds, pauses),
        }
    }

    /// [`Calendar::elapsed`].
    pub fn elapsed(&self, from: Instant, to: Instant, pauses: &Pauses) -> TimeDelta {
        match self.quick_elapsed(from.timestamp_micros(), to.timestamp_micros(), pauses) {
            Some(running) => TimeDelta::microseconds(running),
            None => self.calendar.elapsed(from, to, pauses),
        }
    }

    /// When working seconds have passed from each start, both starts and answers in microseconds since 1970. `i64::MIN`
    /// says that the table has no answer, but [`due`](Self::due) may; of such a start it is the answer, too.
    #[inline]
    pub fn due_of_each(&self, starts: &[i64], working_seconds: &[i64], out: &mut [i64]) {
        for ((start, seconds), out) in starts.iter().zip(working_seconds).zip(out) {
            *out = self.due_of(*start, *seconds);
        }
    }

    /// One answer of [`due_of_each`](Self::due_of_each).
    #[inline]
    pub fn due_of(&self, start: i64, working_seconds: i64) -> i64 {
        let quick = || {
            let open = self.open(start)?;
            self.after(open, working_seconds)
        };
        quick().unwrap_or(ASK)
    }

    /// The open microseconds of the table until each instant, in microseconds since 1970: what lies between two is their
    /// difference. `i64::MIN` says that an instant is not in the table.
    #[inline]
    pub fn open_until_each(&self, instants: &[i64], out: &mut [i64]) {
        for (at, out) in instants.iter().zip(out) {
            *out = self.open_until(*at);
        }
    }

    /// One answer of [`open_until_each`](Self::open_until_each).
    #[inline]
    pub fn open_until(&self, at: i64) -> i64 {
        self.open(at).map_or(ASK, Open::all)
    }

    #[inline]
    fn open(&self, micro: i64) -> Option<Open> {
        // What lies before the table is far beyond it.
        let micro = micro.wrapping_sub(self.start) as u64;
        let second = micro / 1_000_000;
        let rest = micro.wrapping_sub(second.wrapping_mul(1_000_000)) as u32;
        let piece = self.pieces.get(usize::try_from(second >> (self.piece_shift & 63)).ok()?)?;
        if piece.before == TOO_MANY {
            return None;
        }
        let place = (second as u32 & (1_u32 << (self.piece_shift & 31)).wrapping_sub(1)) as i32;
        // Seconds since a knot, if it is past. Written so that no compiler makes a jump of it, which nobody could foresee.
        let since = |knot: u16| {
            let knot = i32::from(knot);
            place.wrapping_sub(knot) & (knot.wrapping_sub(1).wrapping_sub(place) >> 31)
        };
        let [a, b, c, d, e, f] = piece.knots;
        let one = since(a).wrapping_sub(since(b));
        let two = since(c).wrapping_sub(since(d));
        let three = since(e).wrapping_sub(since(f));
        let seconds = piece.before.wrapping_add(one.wrapping_add(two).wrapping_add(three) as u32);
        if rest == 0 {
            return Some(Open { seconds, micros: 0 });
        }
        let past = piece.knots.iter().filter(|knot| place >= i32::from(**knot)).count();
        // The last second of a piece is past all knots, also of those that are not there.
        let runs = if place == i32::from(u16::MAX) { self.runs(second) } else { past % 2 == 1 };
        Some(Open { seconds, micros: if runs { rest } else { 0 } })
    }

    /// Whether the last second of a piece is open: then the next piece has more before it.
    #[cold]
    fn runs(&self, second: u64) -> bool {
        let micro = |second: u64| self.start.wrapping_add((second as i64).wrapping_mul(MICROS));
        let until = |second: u64| self.open(micro(second)).map(|open| open.seconds);
        until(second.wrapping_add(1)).unwrap_or(self.total) != until(second).unwrap_or(self.total)
    }

    /// The first microsecond until which so many seconds more than this were open.
    #[inline]
    fn after(&self, open: Open, seconds: i64) -> Option<i64> {
        if seconds <= 0 || seconds > i64::from(u32::MAX) {
            return None;
        }
        let wanted = u64::from(open.seconds).wrapping_add(seconds as u64);
        // The second in which it ends, counted from 0.
        let last = wanted.wrapping_sub(u64::from(open.micros == 0));
        if last >= u64::from(self.total) {
            return None;
        }
        let leap = self.leaps.get(usize::try_from(last >> (self.leap_shift & 63)).ok()?)?;
        let [first, ..] = leap.closed;
        if first == TOO_MANY {
            return None;
        }
        let place = last as u32 & (1_u32 << (self.leap_shift & 31)).wrapping_sub(1);
        let [a, b] = leap.from;
        let part = usize::from(place >= u32::from(a)).wrapping_add(usize::from(place >= u32::from(b)));
        let second = wanted.wrapping_add(u64::from(*leap.closed.get(part)?));
        let micro = (second as i64).wrapping_mul(MICROS).wrapping_add(open.micros.into());
        Some(micro.wrapping_add(self.start))
    }

    fn quick_due(&self, start: i64, working_seconds: i64, pauses: &Pauses) -> Option<i64> {
        let mut now = start;
        let mut left = working_seconds.checked_mul(MICROS).filter(|left| *left > 0)?;
        for (from, to) in pauses.ending_after(start) {
            if *from > now {
                let running = self.open(*from)?.all().checked_sub(self.open(now)?.all())?;
                if running >= left {
                    break;
                }
                left = left.checked_sub(running)?;
            }
            now = *to;
        }
        // What is left may have parts of seconds, and the second that has begun others.
        let (open, seconds) = (self.open(now)?, left.div_euclid(MICROS));
        let micros = i64::from(open.micros).checked_add(left.rem_euclid(MICROS))?;
        let (more, micros) = (micros.div_euclid(MICROS), u32::try_from(micros.rem_euclid(MICROS)).ok()?);
        let seconds = seconds.checked_add(more)?;
        if seconds > 0 {
            return self.after(Open { micros, ..open }, seconds);
        }
        None
    }

    fn quick_elapsed(&self, from: i64, to: i64, pauses: &Pauses) -> Option<i64> {
        if to <= from {
            return None;
        }
        let between = |from: i64, to: i64| self.open(to)?.all().checked_sub(self.open(from)?.all());
        let mut running = between(from, to)?;
        for (pause_from, pause_to) in pauses.ending_after(from) {
            if *pause_from >= to {
                break;
            }
            running = running.checked_sub(between((*pause_from).max(from), (*pause_to).min(to))?)?;
        }
        Some(running)
    }
}
