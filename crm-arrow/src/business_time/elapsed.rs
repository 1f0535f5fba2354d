//! How much working time each row took.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, SchemaRef};
use crm_core::kernel::calendar::CalendarTable;
use crm_core::kernel::time::format_instant;
use crm_core::rules::Rules;
use crm_core::{Problem, Result};

use super::asked::{Asked, Refused, Rows, column, instant};
use super::instants::{self, Instants};
use super::options::ElapsedOptions;
use super::output::{Answers, Grown};
use super::{ASK, TILE};
use crate::desk::{Evaluated, check, read};
use crate::import::Incoming;

/// How much working time rows of batches that are in the process already took, see [`elapsed_table`].
///
/// # Errors
/// As [`elapsed_table`].
pub fn elapsed_batches(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rules: &Rules,
    options: &ElapsedOptions,
) -> Result<Evaluated> {
    check(schema, batches)?;
    let mut asked = Asked::new(schema, &options.time, &options.start)?;
    let end = column(schema, &options.end, "end")?;
    let kind = schema.field(end).data_type();
    instants::check(kind, &options.end, asked.zones).map_err(|e| e.at(&options.end))?;
    asked.prepare(rules, batches)?;
    let result = vec![
        Field::new("working_seconds", DataType::Int64, true),
        Field::new("working_microseconds", DataType::Int32, true),
    ];
    let is_read = |column| asked.is_read(column) || column == end;
    let mut grown = Grown::new(schema, &options.time.table, result, is_read)?;
    for input in batches {
        let ends = Instants::new(input.column(end).as_ref(), asked.zones)?;
        let rows = Elapsed { rows: asked.batch(input)?, ends, end: &options.end };
        grown.add(input, |range| rows.answers(range), columns)?;
    }
    Ok(grown.finish(&asked))
}

/// How much working time lies between the start and the end of each row of a table, pauses left out, exactly as
/// [`Rules::eval`] says with the rule `calendar` and the question `elapsed`. Reads a C stream to its end.
///
/// Columns are read as [`due_table`](super::due_table) reads them. Adds `working_seconds`, `working_microseconds` (of the
/// second that is not whole), `problem` and, with a language, `problem_text`. The problems are those of
/// [`due_table`](super::due_table) with the end in place of the target: `missing_end`, `unreadable_end` and
/// `end_before_start`.
///
/// # Errors
/// As [`due_table`](super::due_table).
pub fn elapsed_table(input: impl Into<Incoming>, rules: &Rules, options: &ElapsedOptions) -> Result<Evaluated> {
    let (schema, batches) = read(input)?;
    elapsed_batches(&schema, &batches, rules, options)
}

/// Microseconds as seconds and what is left of them.
fn columns(mut answers: Answers) -> Vec<ArrayRef> {
    let nulls = answers.nulls();
    let parts = answers.values.iter().fold(0, |parts, micros| parts | (micros % 1_000_000));
    let rest: Vec<i32> = match parts {
        0 => vec![0; answers.values.len()],
        _ => answers.values.iter().map(|micros| i32::try_from(micros % 1_000_000).unwrap_or(0)).collect(),
    };
    answers.values.iter_mut().for_each(|micros| *micros /= 1_000_000);
    vec![Arc::new(Int64Array::new(answers.values.into(), nulls.clone())), Arc::new(Int32Array::new(rest.into(), nulls))]
}

/// The rows of a batch with their ends.
struct Elapsed<'a> {
    rows: Rows<'a>,
    ends: Instants<'a>,
    end: &'a str,
}

/// What a tile is worked out in.
#[derive(Default)]
struct Bench {
    instants: Vec<i64>,
    starts: Vec<i64>,
    ends: Vec<i64>,
    open: Vec<i64>,
    offsets: Vec<usize>,
    pauses: Paused,
}

/// The pauses of a tile, one after another: what is known before each, and behind the last.
#[derive(Default)]
struct Paused(Vec<Mark>);

#[derive(Clone, Copy)]
struct Mark {
    /// When the pause begins.
    from: i64,
    /// When the one before ends.
    reached: i64,
    /// Open microseconds of all pauses before.
    before: i64,
    /// How many before cannot be used as they stand, in the upper half; in the lower half, how many begin before the one
    /// before them ends.
    odd: u64,
}

/// A pause that cannot be used as it stands.
const UNUSABLE: u64 = 1 << 32;

impl Paused {
    fn fill(&mut self, table: &CalendarTable, (from, to): (&[i64], &[i64]), open: &mut Vec<i64>) {
        self.0.clear();
        open.resize(to.len(), 0);
        table.open_until_each(to, open);
        let mut mark = Mark { from: i64::MAX, reached: i64::MIN, before: 0, odd: 0 };
        for ((from, to), open_to) in from.iter().zip(to).zip(open.iter()) {
            self.0.push(Mark { from: *from, ..mark });
            let open_from = table.open_until(*from);
            let unusable = (open_from == ASK) | (*open_to == ASK) | (to < from);
            let odd = u64::from(unusable).wrapping_mul(UNUSABLE).wrapping_add(u64::from(*from < mark.reached));
            mark.before = mark.before.wrapping_add(open_to.wrapping_sub(open_from));
            mark.odd = mark.odd.wrapping_add(odd);
            mark.reached = *to;
        }
        self.0.extend([mark, mark]);
    }

    /// The open microseconds of a row's pauses, if they lie in order between its ends.
    #[inline]
    fn open(&self, places: &Range<usize>, (start, end): (i64, i64)) -> Option<i64> {
        let mark = |place: usize| self.0.get(place);
        let (first, last) = (mark(places.start)?, mark(places.end)?);
        // Whether the first begins before the one of another row ends is of no matter.
        let second = mark(places.start.wrapping_add(1))?;
        let usable = (last.odd.wrapping_sub(first.odd) >> 32 == 0) & (last.odd.wrapping_sub(second.odd) as u32 == 0);
        let between = (first.from >= start) & (last.reached <= end);
        // No jumps: how many pauses a row has cannot be foreseen.
        if places.is_empty() | (usable & between) { Some(last.before.wrapping_sub(first.before)) } else { None }
    }
}

impl Elapsed<'_> {
    fn answers(&self, range: Range<usize>) -> Answers {
        let mut values = vec![ASK; range.len()];
        let (mut refused, mut bench) = (Vec::new(), Bench::default());
        for (tile, values) in values.chunks_mut(TILE).enumerate() {
            let first = range.start.saturating_add(tile.saturating_mul(TILE));
            let rows = first..first.saturating_add(values.len());
            if let Some(table) = self.rows.table() {
                self.quick(table, rows.clone(), values, &mut bench);
            }
            for (value, row) in values.iter_mut().zip(rows) {
                if *value == ASK {
                    *value = self.exact(row).unwrap_or_else(|why| {
                        refused.push((row.saturating_sub(range.start), why));
                        0
                    });
                }
            }
        }
        Answers { values, refused }
    }

    /// The answers of a tile that its table has.
    fn quick(&self, table: &CalendarTable, rows: Range<usize>, values: &mut [i64], bench: &mut Bench) {
        let Bench { instants, starts, ends, open, offsets, pauses } = bench;
        starts.resize(values.len(), 0);
        ends.resize(values.len(), 0);
        let mut other = Vec::new();
        let from = self.rows.starts.micros(rows.clone(), instants);
        table.open_until_each(from, starts);
        let to = self.ends.micros(rows.clone(), &mut other);
        table.open_until_each(to, ends);
        let answer = |open_from: i64, open_to: i64| {
            let known = open_from != ASK && open_to != ASK;
            if known { open_to.wrapping_sub(open_from) } else { ASK }
        };
        let opened = starts.iter().zip(ends.iter());
        for ((value, (open_from, open_to)), (from, to)) in values.iter_mut().zip(opened).zip(from.iter().zip(to)) {
            *value = if to < from { ASK } else { answer(*open_from, *open_to) };
        }
        let Some(column) = &self.rows.pauses else { return };
        let Some((pause_from, pause_to)) = column.columns() else {
            for (value, row) in values.iter_mut().zip(rows) {
                *value = if column.places(row).is_empty() { *value } else { ASK };
            }
            return;
        };
        column.offsets(rows.clone(), offsets);
        let (Some(first), Some(last)) = (offsets.first().copied(), offsets.last().copied()) else { return };
        let (mut from_place, mut to_place) = (Vec::new(), Vec::new());
        let pause_from = pause_from.micros(first..last, &mut from_place);
        let pause_to = pause_to.micros(first..last, &mut to_place);
        pauses.fill(table, (pause_from, pause_to), open);
        let places = offsets.iter().zip(offsets.iter().skip(1));
        let rows = places.zip(from.iter().zip(to));
        for (value, ((start, end), (from, to))) in values.iter_mut().zip(rows) {
            let places = start.wrapping_sub(first)..end.wrapping_sub(first);
            let paused = pauses.open(&places, (*from, *to)).filter(|_| *value != ASK);
            *value = paused.map_or(ASK, |paused| value.wrapping_sub(paused));
        }
    }

    /// The answer of a row, cell by cell.
    fn exact(&self, row: usize) -> Result<i64, Refused> {
        let calendar = self.rows.calendar(row)?;
        let start = self.rows.start(row)?;
        let end = instant(&self.ends, row, self.end, ["missing_end", "unreadable_end"])?;
        if end < start {
            let (from, to) = (format_instant(start), format_instant(end));
            return Err(Refused::new("end_before_start", Problem::EndBeforeStart { from, to }));
        }
        Ok(calendar.elapsed(start, end, &self.rows.pauses(row)?))
    }
}
