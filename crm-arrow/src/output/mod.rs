//! The columns of the result while they grow, tile by tile.

mod bytes;
mod labels;
pub(crate) mod pages;
mod reasons;
mod shape;

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, TimestampMicrosecondArray, new_null_array};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::DataType;
use crm_core::kernel::reason::Section;
use crm_core::rules::lead_score::columns::{ColumnScorer, TILE_ROWS, Tile, UNKNOWN, Wanted};
use crm_core::{Error, Lang, Result};

pub(crate) use self::bytes::{Snippet, Texts};
pub(crate) use self::labels::text_array;
pub(crate) use self::shape::Shape;

use self::bytes::Ends;
use self::labels::{LabelPlan, Labels, Steps};
use self::reasons::{Entries, Items, ReasonPlan, list};
use crate::instructions::Found;
use crate::options::ScoreOptions;
use crate::result::ResultColumn;

/// What comes out for a table, decided once.
pub(crate) struct Plan {
    columns: Vec<ResultColumn>,
    bands: LabelPlan,
    grades: Option<LabelPlan>,
    reasons: ReasonPlan,
    lang: Lang,
    pub(crate) wanted: Wanted,
}

impl Plan {
    pub(crate) fn new(scorer: &ColumnScorer, options: &ScoreOptions) -> Self {
        use ResultColumn as C;
        let columns = options.result_columns();
        let wants = |column| columns.contains(&column);
        let split = |steps: Vec<(&str, i64)>| {
            let (names, thresholds): (Vec<String>, Vec<i64>) =
                steps.into_iter().map(|(name, from)| (name.to_owned(), from)).unzip();
            (Steps::new(thresholds), names)
        };
        let (steps, names) = split(scorer.bands());
        let bands = LabelPlan::single(steps, &names);
        let grades = scorer.marks(Section::Fit).zip(scorer.marks(Section::Engagement)).map(|(fit, engagement)| {
            let ((first, letters), (second, digits)) = (split(fit), split(engagement));
            LabelPlan::pairs((first, &letters), (second, &digits))
        });
        let (most, lang) = (options.reasons.most(), options.text_lang());
        let reasons = ReasonPlan::new(scorer, most, lang, wants(C::Reasons), wants(C::ReasonCodes));
        let wanted = Wanted { coverage: wants(C::Coverage), next_change: wants(C::NextChange) };
        Self { bands, grades, reasons, lang, wanted, columns }
    }

    /// Whether cells that cannot be read are told.
    pub(crate) fn diagnostics(&self) -> bool {
        self.columns.contains(&ResultColumn::Diagnostics)
    }

    fn lists(&self) -> bool {
        use ResultColumn as C;
        [C::Reasons, C::ReasonCodes, C::ReasonIds, C::ReasonPoints].iter().any(|c| self.columns.contains(c))
    }
}

/// The rows of one part of a batch.
pub(crate) struct Output<'p> {
    plan: &'p Plan,
    rows: usize,
    columns: Vec<Growing>,
    entries: Entries,
    ends: Ends,
}

enum Growing {
    Integers(ResultColumn, Vec<i64>),
    /// Of a section that the model does not have, or of grades that it does not give.
    Nothing(DataType),
    Labels(ResultColumn, Labels),
    Items(Items),
    Instants(Vec<i64>),
    Diagnostics(Texts, Ends),
}

impl<'p> Output<'p> {
    pub(crate) fn new(plan: &'p Plan, scorer: &ColumnScorer, rows: usize) -> Self {
        use ResultColumn as C;
        // Few rows have more reasons than this; the buffers grow where more do.
        let reasons = rows.saturating_mul(plan.reasons.expected());
        let integers = |column| Growing::Integers(column, pages::with_capacity(rows));
        let column = |column: &ResultColumn| match column {
            C::Fit if !scorer.has(Section::Fit) => Growing::Nothing(DataType::Int64),
            C::Engagement if !scorer.has(Section::Engagement) => Growing::Nothing(DataType::Int64),
            C::Score | C::Coverage | C::Fit | C::Engagement => integers(*column),
            C::Grade if plan.grades.is_none() => Growing::Nothing(DataType::Utf8),
            C::Band | C::Grade => Growing::Labels(*column, Labels::with_capacity(rows)),
            C::Reasons => Growing::Items(Items::Texts(Texts::with_capacity(reasons), Default::default())),
            C::ReasonCodes => Growing::Items(Items::Codes(Texts::with_capacity(reasons), Default::default())),
            C::ReasonIds => Growing::Items(Items::Ids(pages::with_capacity(reasons))),
            C::ReasonPoints => Growing::Items(Items::Points(pages::with_capacity(reasons))),
            C::NextChange => Growing::Instants(pages::with_capacity(rows)),
            C::Diagnostics => Growing::Diagnostics(Texts::default(), Ends::with_capacity(rows)),
        };
        let columns = plan.columns.iter().map(column).collect();
        let ends = Ends::with_capacity(if plan.lists() { rows } else { 0 });
        Self { plan, rows: 0, columns, entries: Entries::default(), ends }
    }

    /// Adds the first rows of a tile; `problems` gives the cells of a row that cannot be read, `None` where all can.
    pub(crate) fn push(
        &mut self,
        scorer: &ColumnScorer,
        tile: &Tile,
        rows: usize,
        (at_micros, with): (i64, Found),
        mut problems: impl FnMut(usize) -> Option<Vec<Error>>,
    ) {
        use ResultColumn as C;
        let plan = self.plan;
        if plan.lists() {
            self.entries.find(&plan.reasons, scorer, tile, rows, (at_micros, with));
            self.ends.extend(self.entries.ends());
        }
        let none = &[0; TILE_ROWS];
        let section = |section| scorer.section(tile, section).unwrap_or(none);
        for column in &mut self.columns {
            match column {
                Growing::Integers(column, all) => {
                    let values = match column {
                        C::Fit => section(Section::Fit),
                        C::Engagement => section(Section::Engagement),
                        C::Coverage => tile.coverage_bp(),
                        _ => tile.score(),
                    };
                    all.extend_from_slice(values.get(..rows).unwrap_or_default());
                }
                Growing::Nothing(_) => {}
                Growing::Labels(C::Grade, labels) => {
                    if let Some(grades) = &plan.grades {
                        let both = (section(Section::Fit), section(Section::Engagement));
                        labels.push(grades, both, rows, with);
                    }
                }
                Growing::Labels(_, labels) => labels.push(&plan.bands, (tile.score(), none), rows, with),
                Growing::Items(items) => items.push(&plan.reasons, scorer, &self.entries),
                Growing::Instants(all) => all.extend_from_slice(tile.next_change().get(..rows).unwrap_or_default()),
                Growing::Diagnostics(texts, ends) => {
                    for row in 0..rows {
                        let problems = problems(row).unwrap_or_default();
                        problems.iter().for_each(|problem| texts.push_text(&diagnostic(problem, plan.lang)));
                        ends.push(problems.len());
                    }
                }
            }
        }
        self.rows = self.rows.saturating_add(rows);
    }

    /// Adds the rows of the part that follows.
    pub(crate) fn append(&mut self, part: Output<'_>) {
        self.ends.append(&part.ends);
        self.rows = self.rows.saturating_add(part.rows);
        for (all, some) in self.columns.iter_mut().zip(part.columns) {
            match (all, some) {
                (Growing::Integers(_, all), Growing::Integers(_, some))
                | (Growing::Instants(all), Growing::Instants(some)) => all.extend(some),
                (Growing::Labels(_, all), Growing::Labels(_, some)) => all.append(&some),
                (Growing::Items(all), Growing::Items(some)) => all.append(some),
                (Growing::Diagnostics(texts, ends), Growing::Diagnostics(some, others)) => {
                    ends.append(&others);
                    texts.append(&some);
                }
                _ => {}
            }
        }
    }

    /// The arrays, in order of the columns.
    pub(crate) fn finish(self) -> Result<Vec<ArrayRef>> {
        let offsets = self.ends.finish()?;
        let rows = self.rows;
        let array = |column| -> Result<ArrayRef> {
            Ok(match column {
                Growing::Integers(_, values) => Arc::new(Int64Array::from(values)),
                Growing::Nothing(kind) => new_null_array(&kind, rows),
                Growing::Labels(_, labels) => labels.finish()?,
                Growing::Items(items) => items.finish(offsets.clone())?,
                Growing::Instants(values) => instants(values),
                Growing::Diagnostics(texts, ends) => list(DataType::Utf8, ends.finish()?, text_array(texts, None)?)?,
            })
        };
        self.columns.into_iter().map(array).collect()
    }
}

fn instants(values: Vec<i64>) -> ArrayRef {
    let nulls = values
        .contains(&UNKNOWN)
        .then(|| NullBuffer::new(BooleanBuffer::from_iter(values.iter().map(|v| *v != UNKNOWN))));
    Arc::new(TimestampMicrosecondArray::new(values.into(), nulls).with_timezone("UTC"))
}

/// `size: ...` or, with a French text, `size : ...`.
pub(crate) fn diagnostic(problem: &Error, lang: Lang) -> String {
    let text = problem.text(lang);
    match (problem.field(), lang) {
        (None, _) => text,
        (Some(field), Lang::English) => format!("{field}: {text}"),
        (Some(field), Lang::French) => format!("{field}\u{a0}: {text}"),
    }
}
