//! One row as the rule sees it, and what could not be read in it.

use arrow_array::RecordBatch;
use crm_core::model::{Kind, META_FIELDS};
use crm_core::{Currency, Error, Fact, Facts, FieldType, Result, Value};

use crate::bind::{Binding, Source};
use crate::cell::{Cell, Context};
use crate::column::Column;
use crate::options::ScoreOptions;

/// The columns of a batch that feed fields.
pub(crate) struct Batch<'a> {
    binding: &'a Binding,
    options: &'a ScoreOptions,
    columns: Vec<(&'a Source, Column<'a>, Option<Column<'a>>)>,
}

/// The facts of one row by the index of their field.
pub(crate) struct RowFacts<'a>(Vec<Fact<'a>>);

impl Facts for RowFacts<'_> {
    fn fact(&self, field: usize) -> Fact<'_> {
        self.0.get(field).copied().unwrap_or(Fact::Unknown)
    }
}

impl<'a> Batch<'a> {
    pub(crate) fn new(batch: &'a RecordBatch, binding: &'a Binding, options: &'a ScoreOptions) -> Result<Self> {
        let column = |place: usize| Column::new(batch.column(place).as_ref());
        let columns = binding
            .sources
            .iter()
            .map(|source| Ok((source, column(source.column)?, source.currency.map(column).transpose()?)));
        Ok(Self { binding, options, columns: columns.collect::<Result<_>>()? })
    }

    /// The place for a row's facts; [`Batch::read`] fills it again and again.
    pub(crate) fn facts<'b>(&self) -> RowFacts<'b> {
        RowFacts(vec![Fact::Unknown; self.binding.fields])
    }

    /// Reads a row; a cell that cannot be read is unknown and listed.
    pub(crate) fn read<'b>(&'b self, row: usize, facts: &mut RowFacts<'b>, problems: &mut Vec<Error>) {
        for (source, column, currency) in &self.columns {
            let fact = self.fact(source, column, currency.as_ref(), row).unwrap_or_else(|e| {
                problems.push(e.at(&source.name));
                Fact::Unknown
            });
            if let Some(place) = facts.0.get_mut(source.field) {
                *place = fact;
            }
        }
    }

    fn fact<'b>(
        &self,
        source: &Source,
        column: &'b Column<'a>,
        currency: Option<&Column<'a>>,
        row: usize,
    ) -> Result<Fact<'b>> {
        let cell = column.cell(row)?;
        if matches!(cell, Cell::Null | Cell::Text("")) {
            return Ok(Fact::Unknown);
        }
        let mut context = Context { currency: self.options.currency, zone: self.options.zone.as_ref() };
        if source.kind == FieldType::Money
            && let Some(Cell::Text(code)) = currency.map(|c| c.cell(row)).transpose()?
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
