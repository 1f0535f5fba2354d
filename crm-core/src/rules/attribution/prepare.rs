//! From what was recorded to the path that models see: in order, without what does not count.

use super::channel::ChannelGroup;
use super::model::Path;
use super::settings::PathOptions;
use super::sift::Sifted;
use super::touch::Touch;
use crate::kernel::attribution_reason::AttributionReason;
use crate::kernel::error::Result;
use crate::kernel::time::Instant;

/// When something was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// At an instant: the last touch until then stands for it.
    At(Instant),
    /// With a touch, by its id.
    Touch(String),
}

/// What a path leads to. The latest of them is the path's end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Milestones {
    /// The lead was made.
    pub lead: Option<Milestone>,
    /// The deal was made.
    pub deal: Option<Milestone>,
    /// The deal was won or lost.
    pub closed: Option<Milestone>,
}

/// A path ready for models, with words for what does not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// The places, in what was given, of the touches that count, in order.
    pub kept: Vec<usize>,
    /// The places of the others with what speaks against them, in order.
    pub left_out: Vec<(usize, AttributionReason)>,
    at: Vec<i64>,
    direct: Vec<bool>,
    lead: Option<usize>,
    deal: Option<usize>,
}

/// What of a touch decides whether it counts, borrowed from wherever it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen<'a> {
    /// Its id; empty where it has none.
    pub id: &'a str,
    /// When it was, in microseconds; `None` where only the order is known.
    pub at: Option<i64>,
    /// What its channel is called.
    pub label: &'a str,
    /// The group of its channel.
    pub group: ChannelGroup,
}

impl Prepared {
    /// Puts touches in order, by instant, then by id, and leaves out what does not count. `at` is now: what is later has
    /// not happened.
    ///
    /// # Errors
    /// A milestone that names no touch.
    pub fn new(touches: &[Touch], milestones: &Milestones, options: &PathOptions, at: Option<Instant>) -> Result<Self> {
        let seen: Vec<Seen<'_>> = touches.iter().map(Touch::seen).collect();
        let mut sifted = Sifted::default();
        sifted.sift(&seen, milestones, options, at)?;
        let id = |place: usize| seen.get(place).map_or("", |touch| touch.id);
        let left_out = sifted.left_out.iter().map(|(place, against)| (*place, against.reason(id))).collect();
        let Sifted { kept, at, direct, lead, deal, .. } = sifted;
        Ok(Self { kept, left_out, at, direct, lead, deal })
    }

    /// The path as models see it.
    pub fn path(&self) -> Path<'_> {
        Path { len: self.kept.len(), at: &self.at, direct: &self.direct, lead: self.lead, deal: self.deal }
    }
}
