//! Which rules take the values of a row: each distinct value is looked up once, then numbers stand for it.

use std::collections::HashMap;

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, LargeStringArray, StringArray, StringViewArray};
use arrow_schema::DataType;
use crm_core::rules::routing::{Router, RoutingTable, Slot};
use crm_core::{Fact, Facts, Instant, Result, Schema};

use crate::bind::Binding;
use crate::cell::Cell;
use crate::column::Column;
use crate::keys::Keys;
use crate::row::Batch;

use super::seeded::Seeded;

/// Most texts of a column that are remembered; what comes later is looked up again and again.
const MOST_TEXTS: usize = 1 << 20;

/// The facts of one row, each read when a rule asks for it. What cannot be read is unknown.
pub(super) struct RowFacts<'b, 'a> {
    pub(super) batch: &'b Batch<'a>,
    pub(super) sources: &'b [Option<usize>],
    pub(super) row: usize,
}

impl Facts for RowFacts<'_, '_> {
    fn fact(&self, field: usize) -> Fact<'_> {
        let source = self.sources.get(field).copied().flatten();
        source.map_or(Fact::Unknown, |source| self.batch.fact_at(source, self.row).unwrap_or(Fact::Unknown))
    }
}

/// The source of every field, by its place in the schema.
pub(super) fn sources(binding: &Binding) -> Vec<Option<usize>> {
    let mut sources = vec![None; binding.fields];
    for (place, source) in binding.sources.iter().enumerate() {
        if let Some(of) = sources.get_mut(source.field) {
            *of = Some(place);
        }
    }
    sources
}

/// One thread's way from values to sets of rules, the same for all batches of a table.
pub(super) struct Matching<'r> {
    pub(super) router: Router<'r>,
    slots: Vec<Values>,
}

/// What one slot looks at, and the texts that it has seen.
struct Values {
    from: From,
    /// The set of rules that take a row which says nothing here.
    unknown: u32,
    seen: HashMap<Box<str>, u32, Seeded>,
}

#[derive(Clone, Copy)]
enum From {
    Nothing,
    /// The texts of one source alone.
    Source(usize),
    /// The domain of an address together with the column of registrable domains.
    Domains,
}

/// How the values of a slot stand in one batch.
pub(super) enum Layout<'a> {
    Nothing,
    /// The set of each value of a dictionary.
    Dictionary {
        keys: Keys<'a>,
        sets: Vec<u32>,
        array: &'a dyn Array,
    },
    Utf8(&'a StringArray),
    LargeUtf8(&'a LargeStringArray),
    Utf8View(&'a StringViewArray),
    /// Every other layout, cell by cell.
    Cells,
}

impl<'r> Matching<'r> {
    pub(super) fn new(table: &'r RoutingTable, at: Instant, leads: &Schema, sources: &[Option<usize>]) -> Self {
        let (mut router, seeded) = (table.router(at), Seeded::new());
        let source = |field: usize| sources.get(field).copied().flatten();
        let named = |name: &str| leads.position(name).and_then(source);
        let from = |slot: Slot| match slot {
            // A table knows no stored segments: the lead's own text counts.
            Slot::Text(field) | Slot::Page(field) | Slot::Segment(field) => {
                source(field).map_or(From::Nothing, From::Source)
            }
            Slot::Domain => match (named("email"), named("email_domain")) {
                (None, None) => From::Nothing,
                (None, Some(source)) => From::Source(source),
                (Some(_), _) => From::Domains,
            },
        };
        let from: Vec<From> = router.slots().map(from).collect();
        let values = from.into_iter().enumerate().map(|(slot, from)| {
            let unknown = router.row(slot, [] as [&str; 0]);
            Values { from, unknown, seen: HashMap::with_hasher(seeded) }
        });
        let slots = values.collect();
        Self { router, slots }
    }

    /// How a batch is looked at.
    pub(super) fn layouts<'a>(&mut self, batch: &Batch<'a>) -> Result<Vec<Layout<'a>>> {
        (0..self.slots.len()).map(|slot| self.layout(slot, batch)).collect()
    }

    fn layout<'a>(&mut self, slot: usize, batch: &Batch<'a>) -> Result<Layout<'a>> {
        let source = match self.slots.get(slot).map(|values| values.from) {
            Some(From::Source(source)) => source,
            Some(From::Domains) => return Ok(Layout::Cells),
            _ => return Ok(Layout::Nothing),
        };
        let Some(array) = batch.plain(source) else { return Ok(Layout::Cells) };
        Ok(match array.data_type() {
            DataType::Utf8 => Layout::Utf8(array.as_string()),
            DataType::LargeUtf8 => Layout::LargeUtf8(array.as_string()),
            DataType::Utf8View => Layout::Utf8View(array.as_string_view()),
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary();
                let values = dictionary.values().as_ref();
                match Keys::of(dictionary.keys()) {
                    // A dictionary of more values than rows is read by row.
                    Some(keys) if values.len() <= array.len() => {
                        let column = Column::new(values)?;
                        let set = |value| {
                            let fact = column.cell(value).and_then(|cell| batch.convert(source, cell));
                            Ok(self.set(slot, fact))
                        };
                        Layout::Dictionary { keys, sets: (0..values.len()).map(set).collect::<Result<_>>()?, array }
                    }
                    _ => Layout::Cells,
                }
            }
            _ => Layout::Cells,
        })
    }

    /// The numbers of a row's sets of rules, one for each slot.
    pub(super) fn sets<'a>(&mut self, layouts: &[Layout<'a>], facts: &RowFacts<'_, 'a>, out: &mut Vec<u32>) {
        out.clear();
        let (batch, row) = (facts.batch, facts.row);
        for (slot, layout) in layouts.iter().enumerate() {
            out.push(match layout {
                Layout::Nothing => self.unknown(slot),
                Layout::Dictionary { keys, sets, array } => {
                    let set = if array.is_null(row) { None } else { keys.get(row).and_then(|key| sets.get(key)) };
                    set.copied().unwrap_or_else(|| self.unknown(slot))
                }
                Layout::Utf8(array) if array.is_valid(row) => self.seen(slot, array.value(row), batch),
                Layout::LargeUtf8(array) if array.is_valid(row) => self.seen(slot, array.value(row), batch),
                Layout::Utf8View(array) if array.is_valid(row) => self.seen(slot, array.value(row), batch),
                Layout::Utf8(_) | Layout::LargeUtf8(_) | Layout::Utf8View(_) => self.unknown(slot),
                Layout::Cells => match self.slots.get(slot).map(|values| values.from) {
                    Some(From::Source(source)) => self.set(slot, batch.fact_at(source, row)),
                    _ => {
                        let domains = self.router.domains(facts);
                        self.router.row(slot, domains.iter().flatten())
                    }
                },
            });
        }
    }

    fn unknown(&self, slot: usize) -> u32 {
        self.slots.get(slot).map_or(0, |values| values.unknown)
    }

    /// The set of a text that may have been seen before.
    fn seen(&mut self, slot: usize, text: &str, batch: &Batch<'_>) -> u32 {
        let Some(values) = self.slots.get(slot) else { return 0 };
        // Most texts of a column are in no rule, and remembering them would only cost memory.
        if !self.router.may_name(slot, text) {
            return values.unknown;
        }
        if let Some(set) = values.seen.get(text) {
            return *set;
        }
        let From::Source(source) = values.from else { return values.unknown };
        let set = self.set(slot, batch.convert(source, Cell::Text(text)));
        if let Some(values) = self.slots.get_mut(slot).filter(|values| values.seen.len() < MOST_TEXTS) {
            values.seen.insert(text.into(), set);
        }
        set
    }

    fn set(&mut self, slot: usize, fact: Result<Fact<'_>>) -> u32 {
        match fact {
            Ok(Fact::Text(text)) => self.router.row(slot, [text]),
            _ => self.unknown(slot),
        }
    }
}
