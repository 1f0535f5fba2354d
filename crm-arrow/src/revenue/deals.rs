//! Tables of deals: what one row of them says.

use arrow_schema::Schema as Columns;
use crm_core::kernel::probability::Probability;
use crm_core::kernel::sales::{Category, StageKind};
use crm_core::{Error, Fact, Problem, Schema};

use crate::declared;
pub(super) use crate::declared::{Declared, Found, Row, reading, sources};
use crate::desk::TableOptions;

/// Other names of columns, as deals have them outside of this library or in the record itself.
const ALIASES: &[(&str, &str)] =
    &[("value", "amount"), ("currency", "amount_currency"), ("value_currency", "amount_currency")];

/// What a rule reads of deals, as a schema that columns bind to.
pub(super) fn schema(declared: &[Declared]) -> Schema {
    declared::schema("deal", declared)
}

/// The options with other names of columns mapped, where nothing else is called as they say.
pub(super) fn mapped(columns: &Columns, options: &TableOptions) -> TableOptions {
    declared::mapped(columns, options, ALIASES)
}

impl Row<'_, '_> {
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
