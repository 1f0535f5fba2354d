//! Plain tables: which columns a rule reads under which names, and what one row of them says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use arrow_schema::Schema as Columns;
use chrono::{DateTime, NaiveDate};
use crm_core::kernel::text::shortened;
use crm_core::kernel::time::in_range;
use crm_core::{Error, Fact, Field, FieldType, Instant, Money, Number, Problem, Result, Schema};

use crate::bind::{Binding, Source};
use crate::cell::Cell;
use crate::desk::TableOptions;
use crate::options::Reading;
use crate::revenue::labels::label;
use crate::row::Batch;

/// A column that a rule reads, and how.
pub(crate) type Declared = (&'static str, FieldType);

/// What a rule reads, as a schema that columns bind to.
pub(crate) fn schema(name: &'static str, declared: &[Declared]) -> Schema {
    Schema::new(name, declared.iter().map(|(name, kind)| Field::new(name, *kind)))
}

/// The options with other names of columns mapped, where nothing else is called as they say.
pub(crate) fn mapped(columns: &Columns, options: &TableOptions, aliases: &[(&str, &str)]) -> TableOptions {
    let mut options = options.clone();
    let real = |name: &str| aliases.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, real)| real).to_owned();
    options.map = options.map.iter().map(|(column, field)| (column.clone(), real(field))).collect();
    let taken = |map: &BTreeMap<String, String>, field: &str| {
        columns.column_with_name(field).is_some_and(|_| !map.contains_key(field)) || map.values().any(|f| f == field)
    };
    for (alias, field) in aliases {
        let there = columns.column_with_name(alias).is_some() && !options.map.contains_key(*alias);
        if there && !taken(&options.map, field) {
            options.map.insert((*alias).to_owned(), (*field).to_owned());
        }
    }
    options
}

/// How columns of plain tables are read.
pub(crate) fn reading(options: &TableOptions) -> Reading<'_> {
    Reading { lenient: true, ..options.reading() }
}

/// The sources of the declared columns, in the order of their declaration.
pub(crate) fn sources(binding: &Binding, schema: &Schema) -> Vec<Option<usize>> {
    let place = |field: usize| binding.sources.iter().position(|s: &Source| s.field == field);
    (0..schema.fields().len()).map(place).collect()
}

/// What one row says; `None` where there is no such column, `Some(None)` where the cell is empty.
pub(crate) struct Row<'r, 'a> {
    pub(crate) batch: &'r Batch<'a>,
    pub(crate) declared: &'r [Declared],
    /// Of the declared columns, in their order.
    pub(crate) sources: &'r [Option<usize>],
    pub(crate) options: &'r TableOptions,
    pub(crate) row: usize,
}

/// A cell: no column, empty, or a value.
pub(crate) type Found<T> = Option<Option<T>>;

impl<'r> Row<'r, '_> {
    /// The source of a declared column.
    fn source(&self, name: &str) -> Option<usize> {
        let place = self.declared.iter().position(|(declared, _)| *declared == name)?;
        self.sources.get(place).copied().flatten()
    }

    /// Whether there is such a column.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.source(name).is_some()
    }

    /// A cell through `read`; one that cannot be read is listed and not known.
    pub(crate) fn found<T>(
        &self,
        name: &'static str,
        problems: &mut Vec<Error>,
        read: impl FnOnce(usize) -> Result<Option<T>>,
    ) -> Found<T> {
        let source = self.source(name)?;
        match read(source) {
            Ok(value) => Some(value),
            Err(error) => {
                problems.push(error.at(name));
                None
            }
        }
    }

    /// A name: text or a whole number.
    pub(crate) fn label(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<Cow<'r, str>> {
        self.found(name, problems, |source| label(self.batch.cell_at(source, self.row)?))
    }

    pub(crate) fn amount(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<Money> {
        self.fact(name, problems, |fact| if let Fact::Money(money) = fact { Some(money) } else { None })
    }

    pub(crate) fn instant(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<Instant> {
        self.fact(name, problems, |fact| if let Fact::Instant(at) = fact { Some(at) } else { None })
    }

    pub(crate) fn flag(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<bool> {
        self.fact(name, problems, |fact| if let Fact::Boolean(flag) = fact { Some(flag) } else { None })
    }

    pub(crate) fn whole(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<i64> {
        self.fact(name, problems, |fact| if let Fact::Integer(whole) = fact { Some(whole) } else { None })
    }

    pub(crate) fn number(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<Number> {
        self.fact(name, problems, |fact| if let Fact::Number(number) = fact { Some(number) } else { None })
    }

    fn fact<T>(
        &self,
        name: &'static str,
        problems: &mut Vec<Error>,
        of: impl FnOnce(Fact<'r>) -> Option<T>,
    ) -> Found<T> {
        self.found(name, problems, |source| self.batch.fact_at(source, self.row).map(of))
    }

    /// A day: as it stands, or that of a time where its clock stands.
    pub(crate) fn day(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<NaiveDate> {
        self.found(name, problems, |source| {
            let Cell::Time { micros, aware } = self.batch.cell_at(source, self.row)? else {
                let fact = self.batch.fact_at(source, self.row)?;
                return Ok(if let Fact::Date(day) = fact { Some(day) } else { None });
            };
            let beyond = || Problem::NotADate { found: format!("{micros} microseconds") };
            let at = DateTime::from_timestamp_micros(micros).ok_or_else(beyond)?;
            let day = match (&self.options.zone, aware) {
                (Some(zone), true) => zone.local(at).date(),
                _ => at.date_naive(),
            };
            Ok(Some(Some(day).filter(|day| in_range(*day)).ok_or_else(beyond)?))
        })
    }

    /// A state, a category: one of a few codes.
    pub(crate) fn coded<T>(
        &self,
        name: &'static str,
        codes: &'static [&'static str],
        problems: &mut Vec<Error>,
        of: impl FnOnce(&str) -> Option<T>,
    ) -> Found<T> {
        self.found(name, problems, |source| {
            let Some(code) = label(self.batch.cell_at(source, self.row)?)? else { return Ok(None) };
            let found = shortened(&code, 60);
            Ok(Some(of(&code).ok_or(Problem::NotOneOf { found, expected: codes })?))
        })
    }
}
