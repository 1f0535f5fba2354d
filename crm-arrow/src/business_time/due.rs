//! When each row is due.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, SchemaRef, TimeUnit as Scale};
use crm_core::rules::Rules;
use crm_core::{Problem, Result};

use super::asked::{Asked, Refused, Rows, column};
use super::options::{DueOptions, Target};
use super::output::{Answers, Grown};
use super::targets::{self, Targets, negative};
use super::{ASK, TILE};
use crate::desk::{Evaluated, check, read};
use crate::import::Incoming;

/// When batches that are in the process already are due, see [`due_table`].
///
/// # Errors
/// As [`due_table`].
pub fn due_batches(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rules: &Rules,
    options: &DueOptions,
) -> Result<Evaluated> {
    check(schema, batches)?;
    let mut asked = Asked::new(schema, &options.time, &options.start)?;
    let place = match &options.target {
        Target::Seconds(_) => None,
        Target::Column { name, unit } => {
            let place = column(schema, name, "target")?;
            targets::check(schema.field(place).data_type(), *unit).map_err(|e| e.at(name))?;
            Some(place)
        }
    };
    asked.prepare(rules, batches)?;
    let due = Field::new("due", DataType::Timestamp(Scale::Microsecond, Some("UTC".into())), true);
    let is_read = |column| asked.is_read(column) || Some(column) == place;
    let mut grown = Grown::new(schema, &options.time.table, vec![due], is_read)?;
    for input in batches {
        let targets = Targets::new(&options.target, place.map(|place| input.column(place).as_ref()))?;
        let rows = Due { rows: asked.batch(input)?, targets, target: &options.target };
        grown.add(input, |range| rows.answers(range), columns)?;
    }
    Ok(grown.finish(&asked))
}

/// When each row of a table is due: the first instant from its start on until which so much working time has passed,
/// pauses left out, exactly as [`Rules::eval`] says with the rule `calendar` and the question `due`. Reads a C stream to
/// its end.
///
/// The start is a column of times (of any unit, with a zone, or in the zone given), of dates (the start of that day, in
/// the zone given or the calendar's) or of texts such as `2026-11-22T09:00:00+01:00`. Targets are durations, whole numbers
/// of a unit, or texts such as `PT4H30M`. Pauses are a list of pairs: with two fields (`from` and `to`, `start` and `end`,
/// or in this order), or lists of two.
///
/// Adds `due` (microseconds, UTC), `problem` and, with a language, `problem_text`. A row without an answer has one of
/// these problems and is never left out: `missing_start`, `missing_target`, `missing_calendar` (empty cells),
/// `unreadable_start`, `unreadable_target`, `unreadable_pauses`, `unknown_calendar`, `negative_target`,
/// `pause_end_before_start`, `no_working_time` (not so much until the year 9999). The answer counts them.
///
/// # Errors
/// A column that is not there or of another type, times without zone where none is given, numbers without unit, and
/// [`crm_core::Problem::Arrow`] for a stream that fails or cannot be trusted.
pub fn due_table(input: impl Into<Incoming>, rules: &Rules, options: &DueOptions) -> Result<Evaluated> {
    let (schema, batches) = read(input)?;
    due_batches(&schema, &batches, rules, options)
}

fn columns(answers: Answers) -> Vec<ArrayRef> {
    let nulls = answers.nulls();
    vec![Arc::new(TimestampMicrosecondArray::new(answers.values.into(), nulls).with_timezone("UTC"))]
}

/// The rows of a batch with their targets.
struct Due<'a> {
    rows: Rows<'a>,
    targets: Targets<'a>,
    target: &'a Target,
}

impl Due<'_> {
    fn answers(&self, range: Range<usize>) -> Answers {
        let mut values = vec![0_i64; range.len()];
        let (mut refused, mut starts, mut seconds) = (Vec::new(), Vec::new(), Vec::new());
        for (tile, values) in values.chunks_mut(TILE).enumerate() {
            let first = range.start.saturating_add(tile.saturating_mul(TILE));
            let rows = first..first.saturating_add(values.len());
            let starts = self.rows.starts.micros(rows.clone(), &mut starts);
            self.targets.seconds(rows.clone(), &mut seconds);
            match self.rows.table() {
                Some(table) => table.due_of_each(starts, &seconds, values),
                None => {
                    let asked = rows.clone().zip(starts.iter().zip(&seconds));
                    for (value, (row, (start, seconds))) in values.iter_mut().zip(asked) {
                        *value = self.rows.of_its_table(row, |table| table.due_of(*start, *seconds));
                    }
                }
            }
            let has_pauses = self.rows.has_pauses();
            for (value, row) in values.iter_mut().zip(rows) {
                if *value == ASK || (has_pauses && self.rows.is_paused(row)) {
                    *value = self.exact(row).unwrap_or_else(|why| {
                        refused.push((row.saturating_sub(range.start), why));
                        0
                    });
                }
            }
        }
        Answers { values, refused }
    }

    /// The answer of a row, cell by cell.
    fn exact(&self, row: usize) -> Result<i64, Refused> {
        let calendar = self.rows.calendar(row)?;
        let start = self.rows.start(row)?;
        let name = if let Target::Column { name, .. } = self.target { name } else { "target" };
        let seconds = self.targets.at(row).map_err(|e| Refused::new("unreadable_target", e.at(name)))?;
        let seconds = seconds.ok_or_else(|| Refused::missing("missing_target", name))?;
        if seconds < 0 {
            return Err(Refused::new("negative_target", negative(seconds).at(name)));
        }
        let pauses = self.rows.pauses(row)?;
        let due = calendar.due(start, seconds, &pauses).map_err(|error| match error.problem() {
            Problem::NotEnoughOpenTime { .. } => Refused::new("no_working_time", error),
            _ => Refused::new("unreadable_target", error.at(name)),
        })?;
        Ok(due.timestamp_micros())
    }
}
