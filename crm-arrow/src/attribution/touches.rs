//! The touches of a table, read once, by subject.

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Schema as Columns};
use crm_core::rules::attribution::{AttributionSettings, ChannelGroup, Seen};
use crm_core::{Error, FieldType, Problem, Result};

use super::channels::{Channels, TOLD};
use crate::bind::{Binding, plain};
use crate::business_time::ASK;
use crate::business_time::instants::{self, Instants, Zones};
use crate::called::Called;
use crate::column::Column;
use crate::declared::{self, Declared};
use crate::desk::TableOptions;
use crate::grouped::Groups;
use crate::output::pages;
use crate::refused::Refused;
use crate::revenue::labels::{NOTHING, ODD, label};

/// What is read of a table of touches, as far as it is there.
const DECLARED: &[Declared] = &[
    ("subject", FieldType::Text),
    ("id", FieldType::Text),
    ("at", FieldType::Instant),
    ("channel", FieldType::Text),
    ("kind", FieldType::Text),
    ("source", FieldType::Text),
    ("medium", FieldType::Text),
    ("campaign", FieldType::Text),
    ("term", FieldType::Text),
    ("content", FieldType::Text),
    ("referrer", FieldType::Text),
    ("landing_page", FieldType::Text),
    ("click_id", FieldType::Text),
    ("lead_at", FieldType::Instant),
    ("deal_at", FieldType::Instant),
    ("converted_at", FieldType::Instant),
    ("amount", FieldType::Money),
    ("cost", FieldType::Money),
];

/// What is read of a table of conversions.
const CONVERSIONS: &[Declared] = &[
    ("subject", FieldType::Text),
    ("lead_at", FieldType::Instant),
    ("deal_at", FieldType::Instant),
    ("converted_at", FieldType::Instant),
    ("amount", FieldType::Money),
];

/// Other names of columns.
const ALIASES: &[(&str, &str)] = &[
    ("lead", "subject"),
    ("customer", "subject"),
    ("utm_source", "source"),
    ("utm_medium", "medium"),
    ("utm_campaign", "campaign"),
    ("utm_term", "term"),
    ("utm_content", "content"),
    ("currency", "amount_currency"),
];

/// A table as it is read: decided once from its schema.
pub(super) struct Layout {
    pub(super) options: TableOptions,
    pub(super) binding: Binding,
    pub(super) declared: Vec<Declared>,
    /// Of the declared columns, in their order.
    pub(super) sources: Vec<Option<usize>>,
}

impl Layout {
    pub(super) fn of_touches(columns: &Columns, options: &TableOptions) -> Result<Self> {
        let layout = Self::new(columns, options, DECLARED)?;
        if layout.told().is_empty() {
            return Err(Problem::MissingOneOf { names: TOLD }.into());
        }
        Ok(layout)
    }

    pub(super) fn of_conversions(columns: &Columns, options: &TableOptions) -> Result<Self> {
        Self::new(columns, options, CONVERSIONS)
    }

    fn new(columns: &Columns, options: &TableOptions, declared: &[Declared]) -> Result<Self> {
        let options = declared::mapped(columns, options, ALIASES);
        let is_day = |name: &str| {
            let feeds = |column: &str| options.map.get(column).map_or(column == name, |field| field == name);
            let column = columns.fields().iter().find(|column| feeds(column.name()));
            column.is_some_and(|column| matches!(plain(column.data_type()), DataType::Date32 | DataType::Date64))
        };
        let kind = |(name, kind): &Declared| match kind {
            FieldType::Instant if is_day(name) => (*name, FieldType::Date),
            kind => (*name, *kind),
        };
        let declared: Vec<Declared> = declared.iter().map(kind).collect();
        let record = declared::schema("touch", &declared);
        let fields: Vec<usize> = (0..declared.len()).collect();
        let binding = Binding::new(columns, &record, &fields, declared::reading(&options))?;
        let sources = declared::sources(&binding, &record);
        let layout = Self { options, binding, declared, sources };
        if layout.column("subject").is_none() {
            crate::kept::place(columns, "subject")?;
        }
        let zones = layout.zones();
        for (name, kind) in &layout.declared {
            if matches!(kind, FieldType::Instant | FieldType::Date)
                && let Some(place) = layout.column(name)
            {
                let column = columns.field(place);
                instants::check(column.data_type(), column.name(), zones).map_err(|e| e.at(name))?;
            }
        }
        Ok(layout)
    }

    pub(super) fn zones(&self) -> Zones<'_> {
        let zone = self.options.zone.as_ref();
        Zones { times: zone, days: zone }
    }

    /// The source of a declared column.
    pub(super) fn source(&self, name: &str) -> Option<usize> {
        let place = self.declared.iter().position(|(declared, _)| *declared == name)?;
        self.sources.get(place).copied().flatten()
    }

    /// The column that feeds a declared name.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.source(name).and_then(|source| self.binding.sources.get(source)).map(|source| source.column)
    }

    /// What the table says of channels: places in [`TOLD`] with their columns.
    fn told(&self) -> Vec<(usize, usize)> {
        TOLD.iter().enumerate().filter_map(|(place, name)| Some((place, self.column(name)?))).collect()
    }
}

/// The touches of a table.
pub(super) struct Touches {
    pub(super) channels: Channels,
    pub(super) subjects: Called,
    pub(super) groups: Groups,
    /// The channel of each row.
    pub(super) channel: Vec<u32>,
    /// When each was, in microseconds; [`ASK`] where nobody knows.
    at: Vec<i64>,
    /// What each is called, where the table says it.
    ids: Vec<Option<String>>,
    /// What is wrong with rows, in their order; such a row is no touch.
    pub(super) refused: Vec<(usize, Refused)>,
    /// The number of each row's subject, whether or not the row is a touch.
    pub(super) names: Vec<u32>,
}

/// From 1900 to 2200: instants that need no closer look.
pub(super) const PLAIN: std::ops::Range<i64> = -2_208_988_800_000_000..7_258_118_400_000_000;

impl Touches {
    pub(super) fn read(layout: &Layout, batches: &[RecordBatch], settings: &AttributionSettings) -> Result<Self> {
        let subject = layout.column("subject").unwrap_or_default();
        let (subjects, names) = Called::of(batches, subject)?;
        // The same without the rows that are no touches, if there are any.
        let mut counted: Option<Vec<u32>> = None;
        let mut touches = Self {
            channels: Channels::new(layout.told()),
            groups: Groups::new(&[], 0),
            subjects,
            channel: pages::with_capacity(names.len()),
            at: pages::with_capacity(names.len()),
            ids: Vec::new(),
            refused: Vec::new(),
            names,
        };
        let mut first = 0_usize;
        for batch in batches {
            let mut refused = Vec::new();
            missing_subjects(batch, subject, touches.names.get(first..).unwrap_or_default(), &mut refused)?;
            touches.channels.read(batch, settings, &mut refused, &mut touches.channel)?;
            touches.times(layout, batch, &mut refused)?;
            touches.names(layout, batch, &mut refused)?;
            refused.sort_by_key(|(row, _)| *row);
            refused.dedup_by_key(|(row, _)| *row);
            for (row, why) in refused {
                let row = first.saturating_add(row);
                let counted = counted.get_or_insert_with(|| touches.names.clone());
                if let Some(number) = counted.get_mut(row) {
                    *number = ODD;
                }
                touches.refused.push((row, why));
            }
            first = first.saturating_add(batch.num_rows());
        }
        touches.groups = Groups::new(counted.as_ref().unwrap_or(&touches.names), touches.subjects.count());
        Ok(touches)
    }

    fn times(&mut self, layout: &Layout, batch: &RecordBatch, refused: &mut Vec<(usize, Refused)>) -> Result<()> {
        let rows = batch.num_rows();
        let Some(column) = layout.column("at") else {
            self.at.extend(std::iter::repeat_n(ASK, rows));
            return Ok(());
        };
        let instants = Instants::new(batch.column(column).as_ref(), layout.zones())?;
        let mut place = Vec::new();
        let first = self.at.len();
        self.at.extend_from_slice(instants.micros(0..rows, &mut place));
        for (row, micros) in self.at.iter_mut().skip(first).enumerate() {
            if PLAIN.contains(micros) {
                continue;
            }
            let at = instants.at(row).unwrap_or_else(|error| {
                refused.push((row, Refused::new("unreadable_at", error.at("at"))));
                None
            });
            *micros = at.map_or(ASK, |at| at.timestamp_micros());
        }
        Ok(())
    }

    fn names(&mut self, layout: &Layout, batch: &RecordBatch, refused: &mut Vec<(usize, Refused)>) -> Result<()> {
        let Some(column) = layout.column("id") else { return Ok(()) };
        let column = Column::new(batch.column(column).as_ref())?;
        for row in 0..batch.num_rows() {
            let id = column.cell(row).and_then(|cell| Ok(label(cell)?.map(std::borrow::Cow::into_owned)));
            self.ids.push(id.unwrap_or_else(|error: Error| {
                refused.push((row, Refused::new("unreadable_id", error.at("id"))));
                None
            }));
        }
        Ok(())
    }

    /// When a touch was, in microseconds.
    fn at(&self, row: usize) -> Option<i64> {
        self.at.get(row).copied().filter(|micros| *micros != ASK)
    }

    /// What of a touch decides whether it counts.
    pub(super) fn seen(&self, row: usize) -> Seen<'_> {
        let channel = self.channel.get(row).and_then(|channel| self.channels.known(*channel));
        let (label, group) = channel.map_or(("", ChannelGroup::Other), |known| (known.label.as_str(), known.group));
        Seen { id: self.id(row), at: self.at(row), label, group }
    }

    /// What a touch is called; nothing where the table does not say.
    pub(super) fn id(&self, row: usize) -> &str {
        self.ids.get(row).and_then(Option::as_deref).unwrap_or("")
    }
}

/// Rows whose subject is empty or cannot be read.
fn missing_subjects(
    batch: &RecordBatch,
    column: usize,
    numbers: &[u32],
    refused: &mut Vec<(usize, Refused)>,
) -> Result<()> {
    let odd = |number: &u32| *number == NOTHING || *number == ODD;
    if !numbers.iter().take(batch.num_rows()).any(odd) {
        return Ok(());
    }
    let column = Column::new(batch.column(column).as_ref())?;
    for (row, number) in numbers.iter().take(batch.num_rows()).enumerate().filter(|(_, number)| odd(number)) {
        let why = match column.cell(row).and_then(|cell| label(cell).map(|_| ())) {
            Err(error) if *number == ODD => Refused::new("unreadable_subject", error.at("subject")),
            _ => Refused::missing("missing_subject", "subject"),
        };
        refused.push((row, why));
    }
    Ok(())
}
