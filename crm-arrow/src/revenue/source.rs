//! A table of deals as a forecast reads it: bound columns, rows as lines, and what is asked of combinations.

use std::borrow::Cow;

use arrow_array::{Array, RecordBatch};
use crm_core::kernel::forecast_reason::Exclusion;
use crm_core::kernel::probability::Probability;
use crm_core::kernel::sales::{Category, StageKind};
use crm_core::rules::forecast::{Filter, Line, Standing};
use crm_core::rules::pipeline::Pipelines;
use crm_core::{Currency, Error, FieldType, Money, Result};

use super::deals::{Declared, Found, Row, reading};
use super::pass::Shared;
use super::standing::{Standing as Combination, StandingKind};
use crate::bind::Binding;
use crate::desk::TableOptions;
use crate::row::Batch;

/// What a forecast reads of deals.
pub(super) const DECLARED: &[Declared] = &[
    ("id", FieldType::Text),
    ("owner", FieldType::Text),
    ("pipeline", FieldType::Text),
    ("stage", FieldType::Text),
    ("state", FieldType::Text),
    ("category", FieldType::Text),
    ("amount", FieldType::Money),
    ("probability_bp", FieldType::Integer),
    ("probability", FieldType::Number),
    ("close_date", FieldType::Date),
    ("created_on", FieldType::Date),
];

/// How a table of deals is read.
#[derive(Clone, Copy)]
pub(super) struct Source<'p> {
    pub(super) binding: &'p Binding,
    pub(super) options: &'p TableOptions,
    /// The sources of [`DECLARED`].
    pub(super) sources: &'p [Option<usize>],
    pub(super) pipelines: Option<&'p Pipelines>,
}

impl<'p> Source<'p> {
    pub(super) fn batch<'a>(&self, batch: &'a RecordBatch) -> Result<Batch<'a>>
    where
        'p: 'a,
    {
        Batch::new(batch, self.binding, reading(self.options).context)
    }

    pub(super) fn row<'r, 'a>(&'r self, batch: &'r Batch<'a>, row: usize) -> DealRow<'r, 'a> {
        let row = Row { batch, declared: DECLARED, sources: self.sources, options: self.options, row };
        DealRow { row, pipelines: self.pipelines }
    }

    /// The column of a declared name, or of the currencies of its amounts.
    pub(super) fn array<'a>(&self, batch: &'a RecordBatch, name: &str) -> Option<&'a dyn Array> {
        let place = |name: &str| DECLARED.iter().position(|(declared, _)| *declared == name);
        let source = |name: &str| self.binding.sources.get(self.sources.get(place(name)?).copied()??);
        let column = match name.strip_suffix("_currency") {
            Some(amount) => source(amount)?.currency?,
            None => source(name)?.column,
        };
        batch.columns().get(column).map(AsRef::as_ref)
    }

    /// The currency of amounts that have none of their own.
    pub(super) fn currency(&self) -> Option<Currency> {
        self.options.currency
    }
}

/// The texts that a line borrows.
#[derive(Debug, Default)]
pub(super) struct Texts {
    owner: String,
    pipeline: String,
    stage: String,
}

/// One row of a table of deals.
pub(super) struct DealRow<'r, 'a> {
    row: Row<'r, 'a>,
    pipelines: Option<&'r Pipelines>,
}

impl<'r> DealRow<'r, '_> {
    /// What the table calls the deal; without a column its row, counted from 0.
    pub(super) fn id(&self, number: u64) -> String {
        let id = self.row.label("id", &mut Vec::new()).flatten();
        id.map_or_else(|| number.to_string(), |id| id.into_owned())
    }

    /// The deal as the rule takes it; `texts` is what it borrows. Cells are read in the order in which the rule reads the
    /// fields of a document, so that the same is said of a deal with two of them unreadable.
    pub(super) fn line<'t>(&self, texts: &'t mut Texts) -> Result<Line<'t>, Exclusion>
    where
        'r: 't,
    {
        let row = &self.row;
        let text = |name| told(|p| row.label(name, p)).map(|text| text.map_or_else(String::new, Cow::into_owned));
        texts.owner = row.label("owner", &mut Vec::new()).flatten().map_or_else(String::new, Cow::into_owned);
        texts.pipeline = text("pipeline")?;
        texts.stage = text("stage")?;
        let state = match self.pipelines {
            None => told(|p| row.state(p))?,
            Some(_) => None,
        };
        let texts = &*texts;
        let standing = Standing::of(self.pipelines, (&texts.pipeline, &texts.stage), state)?;
        let probability = standing.probability_of(told(|p| row.probability(p))?)?;
        text("owner")?;
        Ok(Line {
            owner: &texts.owner,
            amount: told(|p| row.amount("amount", p))?,
            manual: told(|p| row.category(p))?,
            close_date: told(|p| row.day("close_date", p))?,
            created_on: told(|p| row.day("created_on", p))?,
            ..Line::from((&standing, probability))
        })
    }

    /// What the table says of the owner and of the amount, as far as it can be read.
    pub(super) fn owner_and_amount(&self) -> (String, Option<Money>) {
        let owner = self.row.label("owner", &mut Vec::new()).flatten().map_or_else(String::new, Cow::into_owned);
        (owner, self.row.amount("amount", &mut Vec::new()).flatten())
    }
}

/// A cell, or why the deal cannot count.
fn told<T>(read: impl FnOnce(&mut Vec<Error>) -> Found<T>) -> Result<Option<T>, Exclusion> {
    let mut problems = Vec::new();
    let found = read(&mut problems).flatten();
    problems.first().map_or(Ok(found), |problem| Err(Exclusion::unreadable(problem)))
}

impl Shared<'_> {
    /// What becomes of deals of one combination of pipeline, stage, state and category.
    pub(super) fn standing(&self, [pipeline, stage, state, category]: [&str; 4]) -> Combination {
        let odd = Combination { kind: StandingKind::Odd, category: 0, fixed_bp: -1, inherited_bp: -1 };
        let coded = |code: &str, known: bool| code.is_empty() || known;
        let pipelines = self.source.pipelines;
        let (kind, manual) = (StageKind::from_code(state), Category::from_code(category));
        let state_known = pipelines.is_some() || coded(state, kind.is_some());
        let Ok(standing) = Standing::of(pipelines, (pipeline, stage), kind.filter(|_| pipelines.is_none())) else {
            return odd;
        };
        if !state_known || !coded(category, manual.is_some()) {
            return odd;
        }
        let line = |own: Option<i64>| -> Result<Line<'_>, Exclusion> {
            let own = own.and_then(|bp| Probability::from_bp(bp).ok());
            Ok(Line { manual, ..Line::from((&standing, standing.probability_of(own)?)) })
        };
        let (Ok(low), Ok(high)) = (line(Some(0)), line(Some(10_000))) else { return odd };
        let inherited_bp = line(None).map_or(-1, |line| line.weight().bp());
        let filter = Filter { owners: None, ..self.plan.filter.clone() };
        let kind = if filter.deal(&low) { StandingKind::Counts } else { StandingKind::Filtered };
        let fixed_bp = if low.weight() == high.weight() { low.weight().bp() } else { -1 };
        Combination { kind, category: low.category() as u32, fixed_bp, inherited_bp }
    }
}
