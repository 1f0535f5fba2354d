//! A table of deals as a forecast reads it: bound columns, rows as lines, and what is asked of combinations.

use arrow_array::{Array, RecordBatch};
use crm_core::kernel::forecast_reason::Exclusion;
use crm_core::kernel::probability::Probability;
use crm_core::kernel::sales::{Category, StageKind};
use crm_core::kernel::text::shortened;
use crm_core::rules::forecast::Line;
use crm_core::rules::pipeline::Pipelines;
use crm_core::{Currency, FieldType, Result};

use super::deals::{Declared, Row, reading};
use super::pass::Shared;
use super::standing::{Standing, StandingKind};
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
    id: String,
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

    /// The deal as the rule takes it.
    pub(super) fn line<'t>(&self, texts: &'t mut Texts) -> Result<Line<'t>, Exclusion>
    where
        'r: 't,
    {
        let mut problems = Vec::new();
        let mut text = |name| self.row.label(name, &mut problems).flatten().map_or_else(String::new, |t| t.into_owned());
        *texts = Texts { id: text("id"), owner: text("owner"), pipeline: text("pipeline"), stage: text("stage") };
        let state = self.row.state(&mut problems).flatten();
        let manual = self.row.category(&mut problems).flatten();
        let amount = self.row.amount("amount", &mut problems).flatten();
        let probability = self.row.probability(&mut problems).flatten();
        let close_date = self.row.day("close_date", &mut problems).flatten();
        let created_on = self.row.day("created_on", &mut problems).flatten();
        if let Some(problem) = problems.first() {
            return Err(Exclusion::unreadable(problem));
        }
        let line = standing_line(self.pipelines, [&texts.pipeline, &texts.stage], state, manual, probability)?;
        Ok(Line { id: &texts.id, owner: &texts.owner, amount, close_date, created_on, ..line })
    }
}

/// A line of what its stage says, or the row itself.
fn standing_line<'t>(
    pipelines: Option<&'t Pipelines>,
    [pipeline, stage]: [&'t str; 2],
    state: Option<StageKind>,
    manual: Option<Category>,
    probability: Option<Probability>,
) -> Result<Line<'t>, Exclusion> {
    let (pipeline, stage, kind, automatic, inherited) = match pipelines {
        None => (pipeline, stage, state.unwrap_or(StageKind::Open), Category::Pipeline, None),
        Some(pipelines) => {
            let found = if pipeline.is_empty() { pipelines.default_pipeline() } else { pipelines.pipeline(pipeline) };
            let unknown = || Exclusion::UnknownPipeline { pipeline: shortened(pipeline, 60) };
            let found = found.ok_or_else(unknown)?;
            let unknown = || Exclusion::UnknownStage { pipeline: found.code.clone(), stage: shortened(stage, 60) };
            let stage = found.stage(stage).ok_or_else(unknown)?;
            (found.code.as_str(), stage.code.as_str(), stage.kind, stage.category, Some(stage.probability))
        }
    };
    let probability = match (kind, probability.or(inherited)) {
        (StageKind::Won, _) => Probability::ONE,
        (StageKind::Lost, _) => Probability::ZERO,
        (StageKind::Open, found) => found.ok_or(Exclusion::MissingProbability)?,
    };
    Ok(Line {
        id: "",
        owner: "",
        pipeline,
        stage,
        state: kind,
        amount: None,
        probability,
        manual,
        automatic,
        close_date: None,
        created_on: None,
        splits: Vec::new(),
    })
}

/// The places of pipeline, stage, state and category that a deal's columns name, as the rule takes them.
impl Shared<'_> {
    /// What becomes of deals of one combination of pipeline, stage, state and category.
    pub(super) fn standing(&self, [pipeline, stage, state, category]: [&str; 4]) -> Standing {
        let odd = Standing { kind: StandingKind::Odd, category: 0, fixed_bp: -1, inherited_bp: -1 };
        let coded = |code: &str, known: bool| code.is_empty() || known;
        let (kind, manual) = (StageKind::from_code(state), Category::from_code(category));
        if !coded(state, kind.is_some()) || !coded(category, manual.is_some()) {
            return odd;
        }
        let line = |probability| standing_line(self.source.pipelines, [pipeline, stage], kind, manual, probability);
        let bp = |bp: i64| line(Probability::from_bp(bp).ok()).map(|line| line.weight().bp());
        let (Ok(given), Ok(low), Ok(high)) = (line(Some(Probability::ONE)), bp(0), bp(10_000)) else { return odd };
        let inherited_bp = line(None).map_or(-1, |line| line.weight().bp());
        let filter = crm_core::rules::forecast::Filter { owners: None, ..self.plan.filter.clone() };
        let kind = if filter.deal(&given) { StandingKind::Counts } else { StandingKind::Filtered };
        let fixed_bp = if low == high { low } else { -1 };
        Standing { kind, category: given.category() as u32, fixed_bp, inherited_bp }
    }
}
