//! The columns of a table: a record's fields, and what is computed of a deal.

use serde_json::{Map, Value as Json};

use super::deals::DealFacts;
use crate::kernel::coded::coded;
use crate::kernel::csv::{Cell, Column};
use crate::kernel::error::Result;
use crate::kernel::field::{FieldType, Schema};
use crate::kernel::value::Value;
use crate::lang::Lang;
use crate::model::{Kind, Row};
use crate::rules::report::column;

coded! {
    /// A column of deals that no field holds.
    TableColumn {
        /// The name of the account.
        AccountName = "account_name",
        /// The forecast category: the one set by hand, or else the stage's.
        EffectiveCategory = "effective_category",
        /// The probability in basis points: the one set by hand, or else the stage's.
        EffectiveProbability = "effective_probability_bp",
        /// Whole days since somebody last touched it.
        IdleDays = "idle_days",
        /// The band of its risk.
        RiskBand = "risk_band",
        /// Its risk.
        RiskScore = "risk_score",
        /// What people call its stage.
        StageName = "stage_name",
    }
}

impl TableColumn {
    /// The computed column of a record by name.
    pub fn of(kind: Kind, name: &str) -> Option<Self> {
        Self::from_code(name).filter(|_| kind == Kind::Deal)
    }

    fn value(self, deal: Option<&DealFacts<'_>>, lang: Lang) -> Value {
        let text = |text: &str| if text.is_empty() { Value::Null } else { Value::Text(text.to_owned()) };
        let Some(deal) = deal else { return Value::Null };
        let known = deal.known.as_ref().ok();
        match self {
            TableColumn::AccountName => text(deal.account_name),
            TableColumn::EffectiveCategory => known.map_or(Value::Null, |d| text(d.line.category().code())),
            TableColumn::EffectiveProbability => known.map_or(Value::Null, |d| Value::Integer(d.line.weight().bp())),
            TableColumn::IdleDays => known.and_then(|d| d.idle_days).map_or(Value::Null, Value::Integer),
            TableColumn::RiskBand => known.and_then(|d| d.risk.as_ref()).map_or(Value::Null, |r| text(&r.band)),
            TableColumn::RiskScore => {
                known.and_then(|d| d.risk.as_ref()).map_or(Value::Null, |r| Value::Integer(r.score))
            }
            TableColumn::StageName => text(deal.stage_name(lang)),
        }
    }
}

/// What a column shows.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    Field(usize, FieldType),
    Computed(TableColumn),
    /// A field that is no more; its cells are empty.
    Gone,
}

/// The columns of one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    all: Vec<(String, Source)>,
}

impl Columns {
    /// The columns of these names.
    ///
    /// # Errors
    /// [`Problem::UnknownField`](crate::Problem::UnknownField) with the column's place, unless `lenient`: then its cells
    /// are empty.
    pub fn new(kind: Kind, schema: &Schema, names: &[String], lenient: bool) -> Result<Self> {
        let one = |(i, name): (usize, &String)| {
            let source = match (TableColumn::of(kind, name), schema.resolve(name)) {
                (Some(computed), _) => Source::Computed(computed),
                (None, Ok((index, field))) => Source::Field(index, field.kind),
                (None, Err(_)) if lenient => Source::Gone,
                (None, Err(error)) => return Err(error.at_index(i).at("columns")),
            };
            Ok((name.clone(), source))
        };
        Ok(Self { all: names.iter().enumerate().map(one).collect::<Result<_>>()? })
    }

    fn value(&self, source: &Source, row: &Row, schema: &Schema, deal: Option<&DealFacts<'_>>, lang: Lang) -> Value {
        match source {
            Source::Field(index, _) => row.fact_of(schema, *index).to_value(),
            Source::Computed(computed) => computed.value(deal, lang),
            Source::Gone => Value::Null,
        }
    }

    /// The cells of a row by column.
    pub fn to_json(&self, row: &Row, schema: &Schema, deal: Option<&DealFacts<'_>>, lang: Lang) -> Map<String, Json> {
        let cell =
            |(name, source): &(String, Source)| (name.clone(), self.value(source, row, schema, deal, lang).to_json());
        self.all.iter().map(cell).collect()
    }

    /// The columns of a file; an amount takes two.
    pub fn headers(&self) -> Vec<Column> {
        let one = |(name, source): &(String, Source)| match source {
            Source::Field(_, FieldType::Money) => vec![column(name), column(&format!("{name}_currency"))],
            _ => vec![column(name)],
        };
        self.all.iter().flat_map(one).collect()
    }

    /// The cells of a row for a file.
    pub fn cells(&self, row: &Row, schema: &Schema, deal: Option<&DealFacts<'_>>, lang: Lang) -> Vec<Cell<'static>> {
        let mut cells = Vec::new();
        for (_, source) in &self.all {
            let value = self.value(source, row, schema, deal, lang);
            cells.push(Cell::of(&value).into_owned());
            if matches!(source, Source::Field(_, FieldType::Money)) {
                cells.push(match value {
                    Value::Money(money) => Cell::text(money.currency().code()),
                    _ => Cell::Empty,
                });
            }
        }
        cells
    }
}
