//! What is asked of every row: by which calendar, from when on, without which pauses; and why a row has no answer.

use std::collections::BTreeMap;

use arrow_array::{Array, RecordBatch};
use arrow_schema::Schema as Columns;
use crm_core::kernel::calendar::{Calendar, CalendarTable, Pauses};
use crm_core::rules::Rules;
use crm_core::{Error, Instant, Problem, Result};
use serde_json::{Map, Value as Json, json};

use super::ASK;
use super::instants::{self, Instants, Zones};
use super::options::TimeOptions;
use super::pauses::{self, PauseColumn};
use crate::bind::{is_text, plain};
use crate::cell::Cell;
use crate::column::Column;
use crate::import::refused;
use crate::kept::place;
pub(super) use crate::refused::Refused;

/// Rows from which on calendars are laid out as tables.
const FEWEST_ROWS: usize = 1_024;
/// Instants that are looked at to learn which years a table is about.
const SAMPLE: usize = 1_024;
/// How much longer than these years calendars are laid out, at both ends.
const MARGIN_DAYS: i64 = 400;

/// A calendar, and its table where there are rows enough for one.
#[derive(Clone, Debug)]
pub(super) struct Known {
    calendar: Calendar,
    pub(super) table: Option<CalendarTable>,
}

impl Known {
    pub(super) fn due(&self, start: Instant, working_seconds: i64, pauses: &Pauses) -> Result<Instant> {
        match &self.table {
            Some(table) => table.due(start, working_seconds, pauses),
            None => self.calendar.due(start, working_seconds, pauses),
        }
    }

    /// Working microseconds.
    pub(super) fn elapsed(&self, from: Instant, to: Instant, pauses: &Pauses) -> i64 {
        let time = match &self.table {
            Some(table) => table.elapsed(from, to, pauses),
            None => self.calendar.elapsed(from, to, pauses),
        };
        time.num_microseconds().unwrap_or(i64::MAX)
    }
}

/// A table of rows as it is asked of, decided once from its schema.
pub(super) struct Asked<'o> {
    pub(super) zones: Zones<'o>,
    start: (usize, &'o str),
    pauses: Option<(usize, &'o str)>,
    ids: Option<(usize, &'o str)>,
    default: Option<Known>,
    by_id: BTreeMap<String, Option<Known>>,
}

/// The place of a column, of which there is one.
pub(super) fn column(columns: &Columns, name: &str, option: &str) -> Result<usize> {
    let found = place(columns, name).map_err(|e| e.at(option))?;
    if columns.fields().iter().filter(|field| field.name() == name).count() > 1 {
        return Err(refused(format!("more than one column is called `{name}`")));
    }
    Ok(found)
}

impl<'o> Asked<'o> {
    pub(super) fn new(columns: &Columns, time: &'o TimeOptions, start: &'o str) -> Result<Self> {
        let times = time.table.zone.as_ref();
        let zones = Zones { times, days: times.or(time.calendar.as_ref().map(Calendar::zone)) };
        let place = |name: &'o str, option| Ok::<_, Error>((column(columns, name, option)?, name));
        let kind = |(place, _): (usize, &str)| columns.field(place).data_type().clone();
        let start = place(start, "start")?;
        instants::check(&kind(start), start.1, zones).map_err(|e| e.at(start.1))?;
        let pauses = time.pauses.as_deref().map(|name| place(name, "pauses")).transpose()?;
        if let Some(pauses) = pauses {
            pauses::check(&kind(pauses), pauses.1, zones).map_err(|e| e.at(pauses.1))?;
        }
        let ids = time.calendar_column.as_deref().map(|name| place(name, "calendar_column")).transpose()?;
        if let Some(ids) = ids
            && !is_text(plain(&kind(ids)))
        {
            return Err(Error::from(Problem::ArrowType { found: kind(ids).to_string() }).at(ids.1));
        }
        let default = time.calendar.clone().map(|calendar| Known { calendar, table: None });
        Ok(Self { zones, start, pauses, ids, default, by_id: BTreeMap::new() })
    }

    /// Finds the calendars that rows name, and lays out all calendars for the years that rows are about.
    pub(super) fn prepare(&mut self, rules: &Rules, batches: &[RecordBatch]) -> Result<()> {
        if let Some((place, _)) = self.ids {
            for batch in batches {
                let ids = Column::new(batch.column(place).as_ref())?;
                for row in 0..batch.num_rows() {
                    if let Cell::Text(id) = ids.cell(row)?
                        && !self.by_id.contains_key(id)
                    {
                        let known = rules.calendar(id).map(|c| Known { calendar: c.clone(), table: None });
                        self.by_id.insert(id.to_owned(), known);
                    }
                }
            }
        }
        let rows = batches.iter().map(RecordBatch::num_rows).fold(0, usize::saturating_add);
        if rows < FEWEST_ROWS {
            return Ok(());
        }
        let Some((from, to)) = self.years(batches, rows)? else { return Ok(()) };
        for known in self.default.iter_mut().chain(self.by_id.values_mut().flatten()) {
            known.table = Some(known.calendar.table(from, to));
        }
        Ok(())
    }

    /// The years of some rows: around the middle one of them, if they are too many for a table.
    fn years(&self, batches: &[RecordBatch], rows: usize) -> Result<Option<(Instant, Instant)>> {
        let step = rows.div_ceil(SAMPLE).max(1);
        let mut sample = Vec::with_capacity(SAMPLE);
        for batch in batches {
            let starts = Instants::new(batch.column(self.start.0).as_ref(), self.zones)?;
            sample.extend((0..batch.num_rows()).step_by(step).filter_map(|row| starts.at(row).ok().flatten()));
        }
        sample.sort_unstable();
        let (Some(first), Some(last)) = (sample.first(), sample.last()) else { return Ok(None) };
        let middle = sample.get(sample.len() / 2).copied().unwrap_or(*first);
        let days = |days: i64| chrono::TimeDelta::try_days(days).unwrap_or_default();
        let moved = |at: Instant, by: i64| at.checked_add_signed(days(by)).unwrap_or(at);
        let from = moved(*first, -MARGIN_DAYS).max(moved(middle, -30 * 365));
        let to = moved(*last, MARGIN_DAYS).min(moved(middle, 30 * 365));
        Ok(Some((from, to)))
    }

    /// The columns of a batch.
    pub(super) fn batch<'a>(&'a self, batch: &'a RecordBatch) -> Result<Rows<'a>> {
        let array = |place: usize| batch.column(place).as_ref() as &dyn Array;
        let pauses = self.pauses.map(|(place, _)| PauseColumn::new(array(place), self.zones)).transpose()?;
        let ids = self.ids.map(|(place, _)| Column::new(array(place))).transpose()?;
        let starts = Instants::new(array(self.start.0), self.zones)?;
        Ok(Rows { asked: self, starts, pauses, ids })
    }

    /// Which calendars there were.
    pub(super) fn calendars(&self) -> Json {
        let told = |c: &Calendar| json!({"id": c.id(), "version": c.version(), "hash": c.hash()});
        let mut all = Map::new();
        for known in self.default.iter().chain(self.by_id.values().flatten()) {
            all.insert(known.calendar.id().to_owned(), told(&known.calendar));
        }
        Json::Array(all.into_iter().map(|(_, calendar)| calendar).collect())
    }

    /// The columns that are read, and the others.
    pub(super) fn is_read(&self, place: usize) -> bool {
        place == self.start.0 || [self.pauses, self.ids].into_iter().flatten().any(|(read, _)| read == place)
    }
}

/// The rows of a batch.
pub(super) struct Rows<'a> {
    asked: &'a Asked<'a>,
    pub(super) starts: Instants<'a>,
    pub(super) pauses: Option<PauseColumn<'a>>,
    ids: Option<Column<'a>>,
}

impl Rows<'_> {
    /// The table of all rows, if they all have the same.
    pub(super) fn table(&self) -> Option<&CalendarTable> {
        if self.ids.is_some() { None } else { self.asked.default.as_ref()?.table.as_ref() }
    }

    /// The calendar of a row.
    pub(super) fn calendar(&self, row: usize) -> Result<&Known, Refused> {
        let default = || {
            let missing = || Refused::missing("missing_calendar", self.asked.ids.map_or("calendar", |ids| ids.1));
            self.asked.default.as_ref().ok_or_else(missing)
        };
        let Some(ids) = &self.ids else { return default() };
        match ids.cell(row) {
            Ok(Cell::Text(id)) if !id.is_empty() => match self.asked.by_id.get(id) {
                Some(Some(known)) => Ok(known),
                _ => {
                    let expected = self.asked.by_id.iter().filter(|(_, known)| known.is_some());
                    let expected = expected.map(|(id, _)| id.clone()).collect();
                    let found = crm_core::kernel::text::shortened(id, 60);
                    Err(Refused::new("unknown_calendar", Problem::UnknownCalendar { found, expected }))
                }
            },
            _ => default(),
        }
    }

    /// When the time of a row begins to run.
    pub(super) fn start(&self, row: usize) -> Result<Instant, Refused> {
        instant(&self.starts, row, self.asked.start.1, ["missing_start", "unreadable_start"])
    }

    /// The pauses of a row.
    pub(super) fn pauses(&self, row: usize) -> Result<Pauses, Refused> {
        let (Some(pauses), Some((_, name))) = (&self.pauses, self.asked.pauses) else { return Ok(Pauses::default()) };
        pauses.at(row).map_err(|error| {
            let backwards = matches!(error.problem(), Problem::EndBeforeStart { .. });
            let code = if backwards { "pause_end_before_start" } else { "unreadable_pauses" };
            Refused::new(code, error.at(name))
        })
    }

    /// Whether a row has pauses.
    pub(super) fn is_paused(&self, row: usize) -> bool {
        self.pauses.as_ref().is_some_and(|pauses| !pauses.places(row).is_empty())
    }

    /// Whether any row may have pauses.
    pub(super) fn has_pauses(&self) -> bool {
        self.pauses.is_some()
    }

    /// The table's answer of a row whose calendar stands in a column, without its pauses.
    pub(super) fn of_its_table(&self, row: usize, of: impl FnOnce(&CalendarTable) -> i64) -> i64 {
        self.calendar(row).ok().and_then(|known| known.table.as_ref()).map_or(ASK, of)
    }
}

/// An instant of a row, or why there is none.
pub(super) fn instant(
    column: &Instants<'_>,
    row: usize,
    name: &str,
    [missing, unreadable]: [&'static str; 2],
) -> Result<Instant, Refused> {
    match column.at(row) {
        Ok(Some(at)) => Ok(at),
        Ok(None) => Err(Refused::missing(missing, name)),
        Err(error) => Err(Refused::new(unreadable, error.at(name))),
    }
}
