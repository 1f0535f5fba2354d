//! The lead's score. (Docs follow.)

mod compile;
mod curve;
mod door;
mod evaluate;
mod explain;
mod ledger;
mod lint;
pub mod model;
mod plan;
mod read;
mod score;
mod write;

use std::sync::Arc;

use crate::kernel::error::Result;
use crate::kernel::fact::Facts;
use crate::kernel::field::Schema;
use crate::kernel::time::Instant;

pub use door::eval_json;
pub use model::ScoreModel;
pub use score::{GroupScore, Line, Score};

use plan::Plan;

/// One entry of a lead's event ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event's id, if its source gives one; of several events with one id the earliest counts.
    pub id: Option<&'a str>,
    /// What happened, compared exactly with the kinds that rules name.
    pub kind: &'a str,
    /// When.
    pub at: Instant,
}

/// A checked model over one schema; scores any number of leads, from any number of threads.
#[derive(Clone, Debug)]
pub struct LeadScorer {
    plan: Arc<Plan>,
}

impl LeadScorer {
    /// Checks a model against the fields of the record.
    ///
    /// # Errors
    /// An unknown field or operator, a rule that can never apply, ids given twice, limits upside down ..., each with
    /// its path.
    pub fn new(model: &ScoreModel, schema: &Schema) -> Result<Self> {
        Ok(Self { plan: Arc::new(Plan::new(model, schema)?) })
    }

    /// The model, as `id@version`.
    pub fn model_name(&self) -> &str {
        &self.plan.name
    }

    /// The fields that the model reads, by their places in the schema, ascending.
    pub fn fields(&self) -> Vec<usize> {
        self.plan.fields.iter().map(|(field, _)| *field).collect()
    }

    /// The score of one lead at an instant.
    pub fn score(&self, facts: &(impl Facts + ?Sized), events: &[Event<'_>], at: Instant) -> Score {
        evaluate::evaluate(&self.plan, facts, events, at, true)
    }

    /// The same score without evidence in its lines: for columns of leads.
    pub fn score_bare(&self, facts: &(impl Facts + ?Sized), events: &[Event<'_>], at: Instant) -> Score {
        evaluate::evaluate(&self.plan, facts, events, at, false)
    }
}
