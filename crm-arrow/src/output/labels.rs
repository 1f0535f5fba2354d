//! Columns of a few texts: bands and grades, by the thresholds that scores reach.

use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};
use crm_core::Result;
use crm_core::rules::lead_score::columns::TILE_ROWS;

use super::bytes::{Snippet, Texts};
use crate::instructions::{Found, Work};

/// Names by thresholds, the highest first.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    thresholds: Vec<i64>,
}

impl Steps {
    pub(crate) fn new(thresholds: Vec<i64>) -> Self {
        Self { thresholds }
    }

    /// How many thresholds each value misses, which is the place of the first that it reaches.
    fn places(&self, values: &[i64; TILE_ROWS], with: Found) -> [u16; TILE_ROWS] {
        with.run(Missed { thresholds: &self.thresholds, values })
    }
}

/// Counting, for whatever instructions there are.
struct Missed<'w> {
    thresholds: &'w [i64],
    values: &'w [i64; TILE_ROWS],
}

impl Work for Missed<'_> {
    type Out = [u16; TILE_ROWS];
    #[inline(always)]
    fn run(self) -> Self::Out {
        let mut places = [0_u16; TILE_ROWS];
        for threshold in self.thresholds {
            for (place, value) in places.iter_mut().zip(self.values) {
                *place = place.wrapping_add(u16::from(value < threshold));
            }
        }
        places
    }
}

/// The labels of one column: one, or the pairs of two (such as letter and digit).
#[derive(Clone, Debug)]
pub(crate) struct LabelPlan {
    first: Steps,
    second: Option<Steps>,
    /// By the first place, then the second; an empty one where a value reaches no threshold.
    labels: Vec<Snippet>,
    /// Whether each of them is one.
    given: Vec<bool>,
}

impl LabelPlan {
    /// Labels by one value.
    pub(crate) fn single(steps: Steps, names: &[String]) -> Self {
        Self::new(steps, None, names.iter().map(|name| Some(name.clone())).chain([None]))
    }

    /// Labels by two values, each name before each.
    pub(crate) fn pairs(first: (Steps, &[String]), second: (Steps, &[String])) -> Self {
        let mut labels = Vec::new();
        for a in first.1.iter().map(Some).chain([None]) {
            for b in second.1.iter().map(Some).chain([None]) {
                labels.push(a.zip(b).map(|(a, b)| format!("{a}{b}")));
            }
        }
        Self::new(first.0, Some(second.0), labels.into_iter())
    }

    fn new(first: Steps, second: Option<Steps>, labels: impl Iterator<Item = Option<String>>) -> Self {
        let (labels, given) =
            labels.map(|label| (Snippet::new(label.as_deref().unwrap_or_default()), label.is_some())).unzip();
        Self { first, second, labels, given }
    }
}

/// A column while it grows.
#[derive(Debug)]
pub(crate) struct Labels {
    texts: Texts,
    /// Whether each row has one.
    given: Vec<bool>,
}

impl Labels {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { texts: Texts::with_capacity(rows), given: Vec::new() }
    }

    pub(crate) fn push(
        &mut self,
        plan: &LabelPlan,
        (first, second): (&[i64; TILE_ROWS], &[i64; TILE_ROWS]),
        rows: usize,
        with: Found,
    ) {
        let mut places = plan.first.places(first, with);
        if let Some(steps) = &plan.second {
            let width = steps.thresholds.len().saturating_add(1) as u16;
            let others = steps.places(second, with);
            for (place, other) in places.iter_mut().zip(others) {
                *place = place.wrapping_mul(width).wrapping_add(other);
            }
        }
        let places = places.get(..rows).unwrap_or_default();
        let given = |place: &u16| plan.given.get(usize::from(*place)).copied().unwrap_or(false);
        if !self.given.is_empty() || !places.iter().all(given) {
            self.given.resize(self.texts.len(), true);
            self.given.extend(places.iter().map(given));
        }
        self.texts.push_all(places, &plan.labels);
    }

    pub(crate) fn append(&mut self, part: &Labels) {
        if !part.given.is_empty() || !self.given.is_empty() {
            self.given.resize(self.texts.len(), true);
            self.given.extend(&part.given);
        }
        self.texts.append(&part.texts);
        if !self.given.is_empty() {
            self.given.resize(self.texts.len(), true);
        }
    }

    pub(crate) fn finish(self) -> Result<ArrayRef> {
        let nulls = (!self.given.is_empty()).then(|| NullBuffer::new(BooleanBuffer::from(self.given)));
        text_array(self.texts, nulls)
    }
}

/// Texts as an array. All of them were texts when they were written.
pub(crate) fn text_array(texts: Texts, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    let (offsets, bytes) = texts.finish()?;
    let array = StringArray::try_new(offsets, Buffer::from_vec(bytes), nulls);
    Ok(Arc::new(array.map_err(|e| crate::import::refused(e.to_string()))?))
}
