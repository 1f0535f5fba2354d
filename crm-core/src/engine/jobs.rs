//! Longer jobs: many commands, one after the other, with progress and a way to stop.

use std::iter::Peekable;
use std::ops::ControlFlow;

use serde_json::Value as Json;

use super::{Crm, Find, Ran, permit};
use crate::Id;
use crate::command::{
    AdvanceEnrolments, Advanced, Ctx, Cx, Import, ImportRow, Imported, MOST_ADVANCED, MOST_LEADS, MOST_RECORDS,
    OnExisting, Rekey, Rekeyed, ScoreLeads, Scored, Seen, Verb, enrolments_due, events_of,
};
use crate::kernel::error::{Code, Problem, Result};
use crate::kernel::json;
use crate::kernel::predicate::Predicate;
use crate::model::{Key, Kind, Record};
use crate::rules::identity::KEYSET;
use crate::rules::kind;
use crate::rules::lead_score::Score;
use crate::store::Store;

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows dealt with.
    pub done: u64,
    /// Rows in all.
    pub total: u64,
}

/// What a progress callback answers: go on, or stop after what is already durable.
pub type Control = ControlFlow<()>;

/// The most rows, and about the most bytes, of one command of a job: one durable commit each.
const BATCH_ROWS: usize = 1000;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// The next rows, at least one.
fn next_batch(rows: &mut Peekable<impl Iterator<Item = ImportRow>>) -> Vec<ImportRow> {
    let mut batch = Vec::new();
    let mut bytes: usize = 0;
    while let Some(row) = rows.next_if(|_| batch.len() < BATCH_ROWS && bytes < BATCH_BYTES) {
        bytes = row
            .fields
            .iter()
            .map(|(name, value)| size(value).saturating_add(name.len()))
            .fold(bytes, usize::saturating_add);
        batch.push(row);
    }
    batch
}

/// About how many bytes a value takes as text; host-defined fields stand in an object of their own.
fn size(json: &Json) -> usize {
    match json {
        Json::String(text) => text.len(),
        Json::Array(list) => list.iter().map(size).fold(0, usize::saturating_add),
        Json::Object(map) => map.values().map(size).fold(0, usize::saturating_add),
        _ => 8,
    }
}

impl<S: Store> Crm<S> {
    /// Imports any number of rows in commands of a thousand, each under an id derived from the envelope's. Repeating a
    /// job that was interrupted carries out only what is missing.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What was imported stays.
    pub fn import_all<R: Record>(
        &self,
        ctx: &Ctx,
        source: &str,
        on_existing: OnExisting,
        rows: Vec<ImportRow>,
        progress: &mut dyn FnMut(Progress) -> Control,
    ) -> Result<Imported> {
        let total = json::length(rows.len());
        let mut imported = Imported::default();
        let mut rows = rows.into_iter().peekable();
        let mut step: u64 = 0;
        while rows.peek().is_some() {
            let batch = next_batch(&mut rows);
            let command = Import::<R>::new(source, on_existing, batch);
            imported.add(self.run(&ctx.step(step), &command)?.done()?);
            step = step.saturating_add(1);
            if progress(Progress { done: imported.rows(), total }).is_break() {
                return Err(Problem::Cancelled.into());
            }
        }
        Ok(imported)
    }

    /// Scores every active lead that a condition finds (all of them without one), five hundred in one commit.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What was scored stays.
    pub fn score_all(
        &self,
        ctx: &Ctx,
        filter: Option<Predicate>,
        progress: &mut dyn FnMut(Progress) -> Control,
    ) -> Result<Scored> {
        let find = Find { filter, limit: MOST_LEADS, ..Find::all(Kind::Lead) };
        let mut done = Scored::default();
        self.in_batches(ctx, find, progress, |ids| {
            done.add(self.score_some(ctx, ids)?);
            Ok(done.scored)
        })?;
        Ok(done)
    }

    /// A job over all records that a question finds, page by page. `run` deals with the records of a page and says how
    /// many the job has dealt with so far.
    pub(super) fn in_batches(
        &self,
        ctx: &Ctx,
        mut find: Find,
        progress: &mut dyn FnMut(Progress) -> Control,
        mut run: impl FnMut(Vec<Id>) -> Result<u64>,
    ) -> Result<()> {
        let total = self.count(ctx, &find)?;
        loop {
            let page = self.query(ctx, &find)?;
            let ids: Vec<Id> = page.rows.iter().map(|r| r.id).collect();
            if !ids.is_empty() && progress(Progress { done: run(ids)?, total }).is_break() {
                return Err(Problem::Cancelled.into());
            }
            match page.next {
                Some(next) => find.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Makes the keys of every active lead, contact or account anew, five hundred in one commit. A restored record gets
    /// its keys by being restored.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What was made stays.
    pub fn rekey_all<R: Record>(&self, ctx: &Ctx, progress: &mut dyn FnMut(Progress) -> Control) -> Result<Rekeyed> {
        let find = Find { limit: MOST_RECORDS, ..Find::all(kind(R::NAME)?) };
        let mut done = Rekeyed::default();
        self.in_batches(ctx, find, progress, |ids| {
            // The id follows from the records and the key set, so that a repeated job answers for those only.
            let text: String = ids.iter().map(Id::to_string).collect();
            let batch = ctx.with_id(Id::from_text(&format!("{} keyset {KEYSET} {text}", ctx.id)));
            done.add(self.run(&batch, &Rekey::<R>::new(ids))?.done()?);
            Ok(done.seen)
        })?;
        Ok(done)
    }

    /// Runs the steps of all enrolments that are due at the envelope's instant, a hundred in one commit, the longest waiting
    /// first. Repeating a job that was interrupted carries out only what is missing; a step never runs twice.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What ran stays.
    pub fn advance_all(&self, ctx: &Ctx, progress: &mut dyn FnMut(Progress) -> Control) -> Result<Advanced> {
        let total = self.reading(ctx)?.count(&enrolments_due(&self.rules, ctx.at, MOST_ADVANCED)?)?;
        let mut done = Advanced::default();
        for step in 0.. {
            let told = self.run(&ctx.step(step), &AdvanceEnrolments::Due { limit: MOST_ADVANCED })?.done()?;
            let more = told.more;
            done.add(told);
            let stop = progress(Progress { done: done.looked_at, total: total.max(done.looked_at) }).is_break();
            if stop && more {
                return Err(Problem::Cancelled.into());
            }
            if !more {
                break;
            }
        }
        Ok(done)
    }

    /// Scores a batch; one whose leads have too many events is halved.
    fn score_some(&self, ctx: &Ctx, mut ids: Vec<Id>) -> Result<Scored> {
        // The id follows from the leads, so that a repeated job answers for the same leads only.
        let text: String = ids.iter().map(Id::to_string).collect();
        let batch = ctx.with_id(Id::from_text(&format!("{} {text}", ctx.id)));
        let command = ScoreLeads { ids: ids.clone() };
        match self.run(&batch, &command).and_then(Ran::done) {
            Err(error) if error.code() == Code::TooLarge && ids.len() > 1 => {
                let rest = ids.split_off(ids.len().div_ceil(2));
                let mut done = self.score_some(ctx, ids)?;
                done.add(self.score_some(ctx, rest)?);
                Ok(done)
            }
            scored => scored,
        }
    }

    /// The score of a stored lead at an instant, with its reasons.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::Forbidden`], and the store's own.
    pub fn explain_score(&self, ctx: &Ctx, id: Id) -> Result<Score> {
        permit(ctx, Verb::Read, "score")?;
        let snapshot = self.whole(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        let row = cx.existing(Key { kind: Kind::Lead, id })?;
        let events = events_of(&mut cx, &[id])?;
        let events: Vec<_> = events.values().flatten().map(Seen::fact).collect();
        let schema = self.rules.schema(Kind::Lead);
        Ok(self.rules.lead_scorer().score(&row.facts(&schema), &events, ctx.at))
    }
}
