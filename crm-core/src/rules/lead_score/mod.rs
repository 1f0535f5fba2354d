//! The lead's score: how good is it, and why.
//!
//! # Meaning
//! A [`ScoreModel`] is data: two sections, *fit* (who the lead is) and *engagement* (what the lead does), each with
//! groups of rules under limits. [`LeadScorer::new`] checks it against the record's fields and compiles it;
//! [`LeadScorer::score`] is a pure function of the lead's facts, its event ledger and the instant. Nothing is kept
//! between two scorings: decay needs no nightly job, and the score of any past instant can be had again.
//!
//! # Formula
//! All sums are in thousandths of a point (integers), rounded once, at the end, half away from zero:
//!
//! ```text
//! group   = clamp(sum of its rules, each after its daily cap)
//! section = idle(clamp(sum of its groups that count))
//! score   = round(clamp(sum of the sections))
//! ```
//!
//! Every step that changes something is a line of its own (`daily_cap`, `group_cap`, `section_cap`, `idle_decay`,
//! `total_cap`, `rounding`), so that the lines sum to exactly the number shown.
//!
//! - A rule without `event` gives its points while its condition certainly holds. Unknown is not false: it gives
//!   nothing and lowers `coverage`, the known share of the record rules' points.
//! - A rule with `event` counts the events of its kinds in its window (`age < window_days`), if its condition holds:
//!   each one, one a calendar day (`per: day`, the newest of the day), or only the newest (`once`).
//! - `ranges` give the points of the one range that the number of events (or days) falls in; never a sum.
//! - `decay` by percent compounds over whole elapsed periods: `v * (100-p)^k / 100^k`, toward zero; a month ends as
//!   the day begins whose date is a month later. By half-life it is `v * 2^(-k/64)` after `k` 64ths, by a table.
//! - `daily_cap` limits one kind of event on one calendar day, before decay; the newest events fill it first, so that
//!   one more event never lowers what its rule gives.
//! - `idle` takes points off a section for each whole period since the last activity: the newest event of a kind that
//!   the section's rules name, or the fact `last_activity_at`, whichever is later. It stops at the section's minimum
//!   (0 where it has none). Where neither is known, it takes nothing.
//! - A group that does not count is a score of its own, reported and not added.
//! - Bands, and the letter and digit of the grade, go by whole points: the first whose threshold is reached.
//! - The profile grade moves from its start by thirds of a letter: a criterion that holds raises it, one that
//!   certainly does not lowers it (unless `lower_on_false` is false), an unknown one does nothing; ends at F and A+.
//! - Events after `at` wait until they are due (`future_events`); of events with one id the earliest counts
//!   (`duplicate_events`).
//! - `next_change_at` is the earliest instant at which time alone may change anything in the answer: one wake-up.
//!
//! # Sources
//! Frequency ranges, percentages of decay and the A1 to C3 grid: HubSpot's knowledge base, *build lead scores*
//! (HubSpot does not publish how its percentages compound; here they do). Idleness and grades by thirds: the
//! documentation of Pardot. Daily caps: Marketo's. Groups apart from the main score: Mautic. Opened e-mails are no
//! evidence in the default: mail programs open them by themselves.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::model::Kind;
//! use crm_core::rules::{Rules, lead_score::{LeadScorer, ScoreModel, eval_json}};
//!
//! let schema = Rules::default().schema(Kind::Lead);
//! let scorer = LeadScorer::new(&ScoreModel::standard()?, &schema)?;
//! let lead = json::parse(r#"{
//!     "lead": {"company": "Rénov'Ouest", "job_title": "Gérante", "email": "marie@renov-ouest.fr", "size": 14},
//!     "events": [{"id": "e1", "kind": "demo_requested", "at": "2026-11-20T16:20:00Z"}],
//!     "at": "2026-11-22T09:00:00Z",
//!     "lang": "fr"
//! }"#.as_bytes())?;
//! let score = eval_json(&scorer, &schema, &lead)?;
//! assert_eq!(score["score"], 60);
//! assert_eq!(score["band_text"], "tiède");
//! assert_eq!(score["reasons"][1]["text"], "A demandé une démo\u{a0}: +19,784 points (20 avant érosion)");
//! # Ok::<(), crm_core::Error>(())
//! ```

pub mod columns;
mod compile;
mod curve;
mod door;
mod evaluate;
mod explain;
mod ledger;
mod lint;
pub mod model;
mod plan;
mod score;
mod settle;
mod tables;
mod tile;
mod write;

use std::sync::Arc;

use crate::kernel::error::Result;
use crate::kernel::fact::Facts;
use crate::kernel::field::Schema;
use crate::kernel::time::Instant;

pub(super) use curve::halving;
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

    /// The kinds of event that the model counts, sorted.
    pub fn event_kinds(&self) -> &[String] {
        &self.plan.kinds
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
