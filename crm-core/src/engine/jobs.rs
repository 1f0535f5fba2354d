//! Longer jobs: many commands, one after the other, with progress and a way to stop.

use std::ops::ControlFlow;

use super::Crm;
use crate::command::{Ctx, Import, ImportRow, Imported, OnExisting};
use crate::kernel::error::{Problem, Result};
use crate::kernel::json;
use crate::model::Record;
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

/// Rows of one command of a job: one durable commit each.
const BATCH: usize = 1000;

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
            let batch: Vec<ImportRow> = rows.by_ref().take(BATCH).collect();
            let command = Import::<R>::new(source, on_existing, batch);
            imported.add(self.run(&ctx.step(step), &command)?.done()?);
            step = step.saturating_add(1);
            if progress(Progress { done: imported.rows(), total }).is_break() {
                return Err(Problem::Cancelled.into());
            }
        }
        Ok(imported)
    }
}
