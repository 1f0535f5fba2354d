//! Tables of deals: which columns there may be, and what one row of them says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use arrow_schema::Schema as Columns;
use chrono::{DateTime, Days, NaiveDate};
use crm_core::kernel::probability::Probability;
use crm_core::kernel::sales::{Category, StageKind};
use crm_core::kernel::text::shortened;
use crm_core::kernel::time::in_range;
use crm_core::{Error, Fact, Field, FieldType, Instant, Money, Number, Problem, Result, Schema};

use super::labels::label;
use crate::bind::{Binding, Source};
use crate::cell::Cell;
use crate::desk::TableOptions;
use crate::options::Reading;
use crate::row::Batch;

/// Other names of columns, as deals have them outside of this library or in the record itself.
const ALIASES: &[(&str, &str)] =
    &[("value", "amount"), ("currency", "amount_currency"), ("value_currency", "amount_currency")];

/// A column that a rule over deals reads, and how.
pub(super) type Declared = (&'static str, FieldType);

/// What a rule reads of deals, as a schema that columns bind to.
pub(super) fn schema(declared: &[Declared]) -> Schema {
    Schema::new("deal", declared.iter().map(|(name, kind)| Field::new(name, *kind)))
}

/// The options with other names of columns mapped, where nothing else is called as they say.
pub(super) fn mapped(columns: &Columns, options: &TableOptions) -> TableOptions {
    let mut options = options.clone();
    let real = |name: &str| ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, real)| real).to_owned();
    options.map = options.map.iter().map(|(column, field)| (column.clone(), real(field))).collect();
    let taken = |map: &BTreeMap<String, String>, field: &str| {
        columns.column_with_name(field).is_some_and(|_| !map.contains_key(field)) || map.values().any(|f| f == field)
    };
    for (alias, field) in ALIASES {
        let there = columns.column_with_name(alias).is_some() && !options.map.contains_key(*alias);
        if there && !taken(&options.map, field) {
            options.map.insert((*alias).to_owned(), (*field).to_owned());
        }
    }
    options
}

/// How columns of deals are read.
pub(super) fn reading(options: &TableOptions) -> Reading<'_> {
    Reading { lenient: true, ..options.reading() }
}

/// The sources of the declared columns, in the order of their declaration.
pub(super) fn sources(binding: &Binding, schema: &Schema) -> Vec<Option<usize>> {
    let place = |field: usize| binding.sources.iter().position(|s: &Source| s.field == field);
    (0..schema.fields().len()).map(place).collect()
}

/// What one row says; `None` where there is no such column, `Some(None)` where the cell is empty.
pub(super) struct Row<'r, 'a> {
    pub(super) batch: &'r Batch<'a>,
    pub(super) declared: &'r [Declared],
    /// Of the declared columns, in their order.
    pub(super) sources: &'r [Option<usize>],
    pub(super) options: &'r TableOptions,
    pub(super) row: usize,
}

/// A cell: no column, empty, or a value.
pub(super) type Found<T> = Option<Option<T>>;

impl<'r> Row<'r, '_> {
    /// The source of a declared column.
    fn source(&self, name: &str) -> Option<usize> {
        let place = self.declared.iter().position(|(declared, _)| *declared == name)?;
        self.sources.get(place).copied().flatten()
    }

    /// A cell through `read`; one that cannot be read is listed and not known.
    fn found<T>(
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
    pub(super) fn label(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<Cow<'r, str>> {
        self.found(name, problems, |source| label(self.batch.cell_at(source, self.row)?))
    }

    pub(super) fn amount(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<Money> {
        self.fact(name, problems, |fact| if let Fact::Money(money) = fact { Some(money) } else { None })
    }

    pub(super) fn instant(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<Instant> {
        self.fact(name, problems, |fact| if let Fact::Instant(at) = fact { Some(at) } else { None })
    }

    pub(super) fn flag(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<bool> {
        self.fact(name, problems, |fact| if let Fact::Boolean(flag) = fact { Some(flag) } else { None })
    }

    pub(super) fn whole(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<i64> {
        self.fact(name, problems, |fact| if let Fact::Integer(whole) = fact { Some(whole) } else { None })
    }

    pub(super) fn number(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<Number> {
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
    pub(super) fn day(&self, name: &'static str, problems: &mut Vec<Error>) -> Found<NaiveDate> {
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
    fn coded<T>(
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

    pub(super) fn state(&self, problems: &mut Vec<Error>) -> Found<StageKind> {
        self.coded("state", StageKind::CODES, problems, StageKind::from_code)
    }

    pub(super) fn category(&self, problems: &mut Vec<Error>) -> Found<Category> {
        self.coded("category", Category::CODES, problems, Category::from_code)
    }

    /// The column `probability_bp`, or `probability` as a fraction of one.
    pub(super) fn probability(&self, problems: &mut Vec<Error>) -> Found<Probability> {
        let found = self.found("probability_bp", problems, |source| {
            let fact = self.batch.fact_at(source, self.row)?;
            if let Fact::Integer(bp) = fact { Probability::from_bp(bp).map(Some) } else { Ok(None) }
        });
        if found.is_some() {
            return found;
        }
        self.found("probability", problems, |source| {
            let Fact::Number(number) = self.batch.fact_at(source, self.row)? else { return Ok(None) };
            let millionths = number.millionths();
            if millionths % 100 != 0 {
                return Err(Problem::TooManyPlaces { found: number.to_string(), places: 4 }.into());
            }
            if !(0..=1_000_000).contains(&millionths) {
                let (found, least, most) = (number.to_string(), "0".to_owned(), "1".to_owned());
                return Err(Problem::OutOfRange { found, least, most }.into());
            }
            Probability::from_bp(millionths / 100).map(Some)
        })
    }
}

/// The day of a number of days since 1970.
pub(super) fn day_of(number: i64) -> Option<NaiveDate> {
    let days = Days::new(number.unsigned_abs());
    let day = if number < 0 {
        NaiveDate::default().checked_sub_days(days)
    } else {
        NaiveDate::default().checked_add_days(days)
    };
    day.filter(|day| in_range(*day))
}
