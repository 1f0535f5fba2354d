//! Where a deal stood and for how long, from its revisions.
//!
//! A span is half-open: from the entry to the next span's entry. Entering a stage again adds a span, so time in a stage
//! accumulates over visits while the age of the current span is told on its own. Spans follow each other without a gap,
//! so together they are as long as the deal stood anywhere. Revisions are ordered by number, not by time: of two moves
//! in one instant the first has a span without length.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::kernel::time::Instant;
use crate::model::DealRevision;

/// One revision, as far as spans go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// Its number; orders the revisions.
    pub number: i64,
    /// When the change was made.
    pub changed_at: Instant,
    /// The pipeline afterwards.
    pub pipeline: &'a str,
    /// The stage afterwards.
    pub stage: &'a str,
    /// Since when the deal stands there; an earlier instant than `changed_at` where the entry was backdated.
    pub entered_at: Option<Instant>,
    /// Why, as its code.
    pub cause: &'a str,
}

impl<'a> Step<'a> {
    /// The step of a stored revision; `None` for one without number or instant, which the library never writes.
    pub fn of(revision: &'a DealRevision) -> Option<Self> {
        Some(Step {
            number: revision.number?,
            changed_at: revision.changed_at?,
            pipeline: &revision.pipeline,
            stage: &revision.stage,
            entered_at: revision.stage_entered_at,
            cause: &revision.cause,
        })
    }
}

/// One stay in a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The pipeline.
    pub pipeline: String,
    /// The stage.
    pub stage: String,
    /// From when on.
    pub entered_at: Instant,
    /// Until when; `None` while the deal stands there.
    pub left_at: Option<Instant>,
    /// Why it came, as the revision's code.
    pub cause: String,
}

impl Span {
    /// How long it lasted until `at`; nothing where it began later.
    pub fn length(&self, at: Instant) -> TimeDelta {
        let end = self.left_at.map_or(at, |left| left.min(at));
        end.signed_duration_since(self.entered_at).max(TimeDelta::zero())
    }
}

/// A deal's stays, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(Vec<Span>);

impl Spans {
    /// The spans of revisions, given in any order.
    ///
    /// An entry before the former span's own begins with that one, so that no span has a negative length. A later
    /// revision in the same stage with another entry corrects the entry.
    #[must_use]
    pub fn new<'a>(steps: impl IntoIterator<Item = Step<'a>>) -> Self {
        let mut steps: Vec<Step<'_>> = steps.into_iter().collect();
        steps.sort_by_key(|s| s.number);
        let mut spans: Vec<Span> = Vec::new();
        for step in steps {
            let entered = step.entered_at.unwrap_or(step.changed_at);
            match spans.as_mut_slice() {
                [before @ .., last] if last.pipeline == step.pipeline && last.stage == step.stage => {
                    if step.entered_at.is_none() {
                        continue;
                    }
                    let former = before.last_mut();
                    last.entered_at = former.as_ref().map_or(entered, |f| f.entered_at.max(entered));
                    if let Some(former) = former {
                        former.left_at = Some(last.entered_at);
                    }
                }
                stays => {
                    let mut entered_at = entered;
                    if let Some(last) = stays.last_mut() {
                        entered_at = entered.max(last.entered_at);
                        last.left_at = Some(entered_at);
                    }
                    spans.push(Span {
                        pipeline: step.pipeline.to_owned(),
                        stage: step.stage.to_owned(),
                        entered_at,
                        left_at: None,
                        cause: step.cause.to_owned(),
                    });
                }
            }
        }
        Spans(spans)
    }

    /// The stays, in order.
    pub fn all(&self) -> &[Span] {
        &self.0
    }

    /// The stay in which the deal is.
    pub fn current(&self) -> Option<&Span> {
        self.0.last()
    }

    /// How long the deal stood in each (pipeline, stage) until `at`, over all its visits.
    pub fn totals(&self, at: Instant) -> BTreeMap<(&str, &str), TimeDelta> {
        let mut totals: BTreeMap<(&str, &str), TimeDelta> = BTreeMap::new();
        for span in &self.0 {
            let total = totals.entry((&span.pipeline, &span.stage)).or_default();
            *total = total.checked_add(&span.length(at)).unwrap_or(TimeDelta::MAX);
        }
        totals
    }
}
