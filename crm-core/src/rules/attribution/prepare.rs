//! From what was recorded to the path that models see: in order, without what does not count.

use std::collections::BTreeMap;

use super::channel::ChannelGroup;
use super::model::{Path, micros};
use super::settings::{DirectUse, Occurrence, PathOptions};
use super::touch::Touch;
use crate::kernel::attribution_reason::AttributionReason;
use crate::kernel::error::{Problem, Result};
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

/// A path ready for models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// The places, in what was given, of the touches that count, in order.
    pub kept: Vec<usize>,
    /// The places of the others with what speaks against them, in order.
    pub left_out: Vec<(usize, AttributionReason)>,
    /// Whether the lead's or the deal's making is asked for and no touch stands for it.
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
    /// When it was; `None` where only the order is known.
    pub at: Option<Instant>,
    /// What its channel is called.
    pub label: &'a str,
    /// The group of its channel.
    pub group: ChannelGroup,
}

/// No touch stands for it.
const NOWHERE: usize = usize::MAX;

impl Prepared {
    /// Puts touches in order, by instant, then by id, and leaves out what does not count. `at` is now: what is later has
    /// not happened.
    ///
    /// # Errors
    /// A milestone that names no touch.
    pub fn new(touches: &[Touch], milestones: &Milestones, options: &PathOptions, at: Option<Instant>) -> Result<Self> {
        let seen: Vec<Seen<'_>> = touches.iter().map(Touch::seen).collect();
        Self::of(&seen, milestones, options, at)
    }

    /// The same of touches that stand somewhere else: in a table, for example.
    ///
    /// # Errors
    /// As [`Prepared::new`].
    pub fn of(
        touches: &[Seen<'_>],
        milestones: &Milestones,
        options: &PathOptions,
        at: Option<Instant>,
    ) -> Result<Self> {
        let mut order: Vec<usize> = (0..touches.len()).collect();
        let of = |place: usize| touches.get(place);
        let is_dated = touches.iter().any(|touch| touch.at.is_some());
        if is_dated {
            let key = |place: &usize| of(*place).map(|touch| (touch.at, touch.id, touch.label));
            order.sort_by(|a, b| key(a).cmp(&key(b)));
        }
        // Every milestone as the number of touches until then.
        let until = |milestone: &Option<Milestone>, name: &'static str| -> Result<Option<usize>> {
            let Some(milestone) = milestone else { return Ok(None) };
            let end = match milestone {
                Milestone::At(end) => Some(*end),
                Milestone::Touch(id) => {
                    let place = order.iter().rposition(|place| of(*place).is_some_and(|touch| touch.id == *id));
                    let found = || crate::kernel::text::shortened(id, 60);
                    let place = place.ok_or_else(|| {
                        let problem = Problem::WrongShape { expected: "the id of a touch", found: found() };
                        crate::kernel::error::Error::from(problem).at(name).at("milestones")
                    })?;
                    match order.get(place).and_then(|place| of(*place)).and_then(|touch| touch.at) {
                        None => return Ok(Some(place.saturating_add(1))),
                        some => some,
                    }
                }
            };
            // Touches that nobody knows the time of come first in the order, and count only where all are such.
            let before = |place: &&usize| of(**place).is_some_and(|touch| !is_dated || touch.at <= end);
            Ok(Some(order.iter().take_while(before).count()))
        };
        let lead = until(&milestones.lead, "lead")?;
        let deal = until(&milestones.deal, "deal")?;
        let closed = until(&milestones.closed, "closed")?;
        let end = [lead, deal, closed].into_iter().flatten().max().unwrap_or(order.len());
        let end_at =
            [&milestones.lead, &milestones.deal, &milestones.closed].into_iter().flatten().filter_map(|m| match m {
                Milestone::At(at) => Some(*at),
                Milestone::Touch(id) => {
                    touches.iter().filter(|touch| touch.id == *id).filter_map(|touch| touch.at).max()
                }
            });
        let last = || order.iter().rev().find_map(|place| of(*place).and_then(|touch| touch.at));
        let reference = end_at.max().or(at).or_else(last);
        let window = options.window_days.map(|days| (days, i64::try_from(micros(days)).unwrap_or(i64::MAX)));
        let mut prepared = Prepared::default();
        let mut counted = Vec::with_capacity(order.len());
        for (position, place) in order.iter().enumerate() {
            let Some(touch) = of(*place) else { continue };
            let is_early = |(_, width): &(i64, i64)| match (reference, touch.at) {
                (Some(end), Some(at)) => end.timestamp_micros().saturating_sub(at.timestamp_micros()) > *width,
                _ => false,
            };
            let against = match () {
                () if is_dated && touch.at.is_none() => Some(AttributionReason::Undated),
                () if touch.at.zip(at).is_some_and(|(touch, now)| touch > now) => Some(AttributionReason::InFuture),
                () if position >= end => Some(AttributionReason::AfterMilestone),
                () => match window.filter(is_early) {
                    Some((days, _)) => Some(AttributionReason::OutsideWindow { days }),
                    None if touch.group == ChannelGroup::Internal => Some(AttributionReason::OwnPage),
                    None => None,
                },
            };
            match against {
                Some(against) => prepared.left_out.push((*place, against)),
                None => counted.push((position, *place)),
            }
        }
        let is_direct = |place: usize| of(place).is_some_and(|touch| touch.group == ChannelGroup::Direct);
        if options.direct == DirectUse::Ignore && counted.iter().any(|(_, place)| !is_direct(*place)) {
            prepared.leave(&mut counted, |place| is_direct(place).then_some(AttributionReason::DirectLeftOut));
        }
        prepared.collapse(touches, &mut counted, options.session_minutes);
        if let Some(occurrence) = options.unique {
            prepared.once(touches, &mut counted, occurrence);
        }
        let standing = |until: Option<usize>| {
            until.map(|until| counted.iter().rposition(|(position, _)| *position < until).unwrap_or(NOWHERE))
        };
        (prepared.lead, prepared.deal) = (standing(lead), standing(deal));
        for (_, place) in counted {
            let Some(touch) = of(place) else { continue };
            prepared.kept.push(place);
            prepared.direct.push(touch.group == ChannelGroup::Direct);
            if let Some(at) = touch.at {
                prepared.at.push(at.timestamp_micros());
            }
        }
        if prepared.left_out.len() > 1 {
            let position: BTreeMap<usize, usize> = order.iter().enumerate().map(|(at, place)| (*place, at)).collect();
            prepared.left_out.sort_by_key(|(place, _)| position.get(place).copied());
        }
        Ok(prepared)
    }

    /// The path as models see it.
    pub fn path(&self) -> Path<'_> {
        Path { len: self.kept.len(), at: &self.at, direct: &self.direct, lead: self.lead, deal: self.deal }
    }

    fn leave(
        &mut self,
        counted: &mut Vec<(usize, usize)>,
        mut against: impl FnMut(usize) -> Option<AttributionReason>,
    ) {
        counted.retain(|(_, place)| match against(*place) {
            Some(reason) => {
                self.left_out.push((*place, reason));
                false
            }
            None => true,
        });
    }

    /// Touches of one channel, each at most so many minutes after the one before, are one: the first.
    fn collapse(&mut self, touches: &[Seen<'_>], counted: &mut Vec<(usize, usize)>, minutes: i64) {
        let Some(width) = minutes.checked_mul(60_000_000).filter(|width| *width > 0) else { return };
        let mut open: BTreeMap<&str, (i64, &str)> = BTreeMap::new();
        self.leave(counted, |place| {
            let touch = touches.get(place)?;
            let at = touch.at?.timestamp_micros();
            let last = open.get_mut(touch.label);
            if let Some((until, first)) = last.filter(|(until, _)| at.saturating_sub(*until) <= width) {
                *until = at;
                return Some(AttributionReason::SameSession { other: (*first).to_owned(), minutes });
            }
            open.insert(touch.label, (at, touch.id));
            None
        });
    }

    /// A channel counts once.
    fn once(&mut self, touches: &[Seen<'_>], counted: &mut Vec<(usize, usize)>, occurrence: Occurrence) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, place) in counted.iter() {
            let Some(touch) = touches.get(*place) else { continue };
            let kept = seen.entry(touch.label).or_insert(*place);
            if occurrence == Occurrence::Last {
                *kept = *place;
            }
        }
        self.leave(counted, |place| {
            let kept = *seen.get(touches.get(place)?.label)?;
            let other = || touches.get(kept).map(|touch| touch.id.to_owned()).unwrap_or_default();
            (kept != place).then(|| AttributionReason::RepeatedChannel { other: other() })
        });
    }
}
