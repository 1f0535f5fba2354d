//! One row as the rule sees it, and what could not be read in it.

use arrow_array::{Array, RecordBatch};
use crm_core::model::{Kind, META_FIELDS};
use crm_core::{Currency, Error, Fact, Facts, FieldType, Result, Value};

use crate::bind::{Binding, Source};
use crate::cell::{Cell, Context};
use crate::column::Column;

/// The columns of a batch that feed fields, by the places of their sources in the binding.
pub(crate) struct Batch<'a> {
    binding: &'a Binding,
    context: Context<'a>,
    columns: Vec<Fed<'a>>,
}

/// What feeds one field.
struct Fed<'a> {
    source: &'a Source,
    array: &'a dyn Array,
    column: Column<'a>,
    currency: Option<Column<'a>>,
}

/// The facts of one row by the index of their field.
pub(crate) struct RowFacts<'a>(Vec<Fact<'a>>);

impl Facts for RowFacts<'_> {
    fn fact(&self, field: usize) -> Fact<'_> {
        self.0.get(field).copied().unwrap_or(Fact::Unknown)
    }
}

impl<'a> Batch<'a> {
    pub(crate) fn new(batch: &'a RecordBatch, binding: &'a Binding, context: Context<'a>) -> Result<Self> {
        let column = |place: usize| Column::new(batch.column(place).as_ref());
        let columns = binding.sources.iter().map(|source| {
            let array = batch.column(source.column).as_ref();
            let currency = source.currency.map(column).transpose()?;
            Ok(Fed { source, array, column: column(source.column)?, currency })
        });
        Ok(Self { binding, context, columns: columns.collect::<Result<_>>()? })
    }

    /// The place for a row's facts; [`Batch::read`] fills it again and again.
    pub(crate) fn facts<'b>(&self) -> RowFacts<'b> {
        RowFacts(vec![Fact::Unknown; self.binding.fields])
    }

    /// Reads a row; a cell that cannot be read is unknown and listed.
    pub(crate) fn read<'b>(&'b self, row: usize, facts: &mut RowFacts<'b>, problems: &mut Vec<Error>) {
        for fed in &self.columns {
            let fact = self.fact(fed, row).unwrap_or_else(|e| {
                problems.push(e.at(&fed.source.name));
                Fact::Unknown
            });
            if let Some(place) = facts.0.get_mut(fed.source.field) {
                *place = fact;
            }
        }
    }

    /// The cells of a row that cannot be read.
    pub(crate) fn problems(&self, row: usize) -> Vec<Error> {
        let problem = |fed: &Fed<'a>| self.fact(fed, row).err().map(|e| e.at(&fed.source.name));
        self.columns.iter().filter_map(problem).collect()
    }

    /// The cell of a source in a row, as it stands.
    pub(crate) fn cell_at(&self, source: usize, row: usize) -> Result<Cell<'_>> {
        self.columns.get(source).map_or(Ok(Cell::Null), |fed| fed.column.cell(row))
    }

    /// The fact of a source in a row.
    pub(crate) fn fact_at(&self, source: usize, row: usize) -> Result<Fact<'_>> {
        self.columns.get(source).map_or(Ok(Fact::Unknown), |fed| self.fact(fed, row))
    }

    /// The fact that a cell would be for a source whose amounts have no currency of their own.
    pub(crate) fn convert<'c>(&self, source: usize, cell: Cell<'c>) -> Result<Fact<'c>> {
        self.columns.get(source).map_or(Ok(Fact::Unknown), |fed| self.fact_of(fed.source, cell, None))
    }

    /// The array of a source, if nothing else has a part in its facts.
    pub(crate) fn plain(&self, source: usize) -> Option<&'a dyn Array> {
        self.columns.get(source).filter(|fed| fed.currency.is_none()).map(|fed| fed.array)
    }

    /// Whether the amounts of a source have currencies of their own.
    pub(crate) fn has_currencies(&self, source: usize) -> bool {
        self.columns.get(source).is_some_and(|fed| fed.currency.is_some())
    }

    /// Whether times without zone are instants as they stand.
    pub(crate) fn reads_utc(&self) -> bool {
        self.context.zone.is_some_and(|zone| zone.name() == "UTC")
    }

    fn fact<'b>(&self, fed: &'b Fed<'a>, row: usize) -> Result<Fact<'b>> {
        let cell = fed.column.cell(row)?;
        self.fact_of(fed.source, cell, fed.currency.as_ref().map(|currency| (currency, row)))
    }

    fn fact_of<'c>(&self, source: &Source, cell: Cell<'c>, own: Option<(&Column<'_>, usize)>) -> Result<Fact<'c>> {
        if matches!(cell, Cell::Null | Cell::Text("")) {
            return Ok(Fact::Unknown);
        }
        let mut context = self.context;
        if source.kind == FieldType::Money
            && let Some((column, row)) = own
            && let Cell::Text(code) = column.cell(row)?
            && !code.is_empty()
        {
            context.currency = Some(code.parse::<Currency>()?);
        }
        let fact = cell.fact(source.kind, context)?;
        if source.choosy && fact.is_known() {
            take(source.field, fact.to_value())?;
        }
        Ok(fact)
    }
}

/// Whether the record's own field takes the value.
fn take(field: usize, value: Value) -> Result<()> {
    let own = field.saturating_sub(META_FIELDS.len());
    // The field's own error names the field once more; the caller does, too.
    Kind::Lead.empty().set(own, value).map_err(|e| Error::new(e.problem().clone()))
}
