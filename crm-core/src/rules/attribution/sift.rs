//! Which touches count, in which order: of one path after the other, in the same memory.

use std::collections::BTreeMap;

use super::channel::ChannelGroup;
use super::model::{Path, micros};
use super::prepare::{Milestone, Milestones, Seen};
use super::settings::{DirectUse, Occurrence, PathOptions};
use crate::kernel::attribution_reason::AttributionReason;
use crate::kernel::error::{Problem, Result};
use crate::kernel::time::Instant;

/// No touch stands for it.
const NOWHERE: usize = usize::MAX;

/// What speaks against a touch, without words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// Nobody knows when it was.
    Undated,
    /// It has not happened yet.
    InFuture,
    /// It came after what it is counted for.
    AfterMilestone,
    /// It happened too long before.
    OutsideWindow {
        /// Days of the window.
        days: i64,
    },
    /// It is a step from one own page to another.
    OwnPage,
    /// It is direct, which is not to count where something else is known.
    DirectLeftOut,
    /// It is the same as an earlier one of the same visit.
    SameSession {
        /// The place of that one.
        other: usize,
        /// Most minutes between two touches of a visit.
        minutes: i64,
    },
    /// Its channel counts once in a path.
    RepeatedChannel {
        /// The place of the touch that counts for it.
        other: usize,
    },
}

impl Against {
    /// The same in words; `id` is what the touch at a place is called.
    pub fn reason<'a>(self, id: impl Fn(usize) -> &'a str) -> AttributionReason {
        match self {
            Against::Undated => AttributionReason::Undated,
            Against::InFuture => AttributionReason::InFuture,
            Against::AfterMilestone => AttributionReason::AfterMilestone,
            Against::OutsideWindow { days } => AttributionReason::OutsideWindow { days },
            Against::OwnPage => AttributionReason::OwnPage,
            Against::DirectLeftOut => AttributionReason::DirectLeftOut,
            Against::SameSession { other, minutes } => {
                AttributionReason::SameSession { other: id(other).to_owned(), minutes }
            }
            Against::RepeatedChannel { other } => AttributionReason::RepeatedChannel { other: id(other).to_owned() },
        }
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.reason(|_| "").code()
    }

    /// The same about touches that have other places.
    pub fn moved(self, to: impl Fn(usize) -> usize) -> Self {
        match self {
            Against::SameSession { other, minutes } => Against::SameSession { other: to(other), minutes },
            Against::RepeatedChannel { other } => Against::RepeatedChannel { other: to(other) },
            other => other,
        }
    }
}

/// A path ready for models, of touches that may stand anywhere: in a table, for example.
#[derive(Clone, Debug, Default)]
pub struct Sifted {
    /// The places, in what was given, of the touches that count, in order.
    pub kept: Vec<usize>,
    /// The places of the others with what speaks against them, in order.
    pub left_out: Vec<(usize, Against)>,
    pub(super) at: Vec<i64>,
    pub(super) direct: Vec<bool>,
    pub(super) lead: Option<usize>,
    pub(super) deal: Option<usize>,
    /// All places in order.
    order: Vec<usize>,
    /// Positions in that order, with the places, of what counts so far.
    counted: Vec<(usize, usize)>,
    /// The position of each place.
    positions: Vec<usize>,
}

impl Sifted {
    /// Puts touches in order, by instant, then by id, and leaves out what does not count. `at` is now: what is later has
    /// not happened.
    ///
    /// # Errors
    /// A milestone that names no touch.
    pub fn sift(
        &mut self,
        touches: &[Seen<'_>],
        milestones: &Milestones,
        options: &PathOptions,
        at: Option<Instant>,
    ) -> Result<()> {
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        order.extend(0..touches.len());
        let at = at.map(|now| now.timestamp_micros());
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
                Milestone::At(end) => Some(end.timestamp_micros()),
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
                Milestone::At(at) => Some(at.timestamp_micros()),
                Milestone::Touch(id) => {
                    touches.iter().filter(|touch| touch.id == *id).filter_map(|touch| touch.at).max()
                }
            });
        let last = || order.iter().rev().find_map(|place| of(*place).and_then(|touch| touch.at));
        let reference = end_at.max().or(at).or_else(last);
        let window = options.window_days.map(|days| (days, i64::try_from(micros(days)).unwrap_or(i64::MAX)));
        let mut counted = std::mem::take(&mut self.counted);
        counted.clear();
        self.left_out.clear();
        for (position, place) in order.iter().enumerate() {
            let Some(touch) = of(*place) else { continue };
            let is_early = |(_, width): &(i64, i64)| match (reference, touch.at) {
                (Some(end), Some(at)) => end.saturating_sub(at) > *width,
                _ => false,
            };
            let against = match () {
                () if is_dated && touch.at.is_none() => Some(Against::Undated),
                () if touch.at.zip(at).is_some_and(|(touch, now)| touch > now) => Some(Against::InFuture),
                () if position >= end => Some(Against::AfterMilestone),
                () => match window.filter(is_early) {
                    Some((days, _)) => Some(Against::OutsideWindow { days }),
                    None if touch.group == ChannelGroup::Internal => Some(Against::OwnPage),
                    None => None,
                },
            };
            match against {
                Some(against) => self.left_out.push((*place, against)),
                None => counted.push((position, *place)),
            }
        }
        let is_direct = |place: usize| of(place).is_some_and(|touch| touch.group == ChannelGroup::Direct);
        if options.direct == DirectUse::Ignore && counted.iter().any(|(_, place)| !is_direct(*place)) {
            self.leave(&mut counted, |place| is_direct(place).then_some(Against::DirectLeftOut));
        }
        self.collapse(touches, &mut counted, options.session_minutes);
        if let Some(occurrence) = options.unique {
            self.once(touches, &mut counted, occurrence);
        }
        let standing = |until: Option<usize>| {
            until.map(|until| counted.iter().rposition(|(position, _)| *position < until).unwrap_or(NOWHERE))
        };
        (self.lead, self.deal) = (standing(lead), standing(deal));
        self.kept.clear();
        self.direct.clear();
        self.at.clear();
        for (_, place) in &counted {
            let Some(touch) = of(*place) else { continue };
            self.kept.push(*place);
            self.direct.push(touch.group == ChannelGroup::Direct);
            if let Some(at) = touch.at {
                self.at.push(at);
            }
        }
        if self.left_out.len() > 1 {
            self.positions.clear();
            self.positions.resize(order.len(), 0);
            for (position, place) in order.iter().enumerate() {
                if let Some(own) = self.positions.get_mut(*place) {
                    *own = position;
                }
            }
            let positions = &self.positions;
            self.left_out.sort_by_key(|(place, _)| positions.get(*place).copied());
        }
        (self.order, self.counted) = (order, counted);
        Ok(())
    }

    /// The path as models see it.
    pub fn path(&self) -> Path<'_> {
        Path { len: self.kept.len(), at: &self.at, direct: &self.direct, lead: self.lead, deal: self.deal }
    }

    fn leave(&mut self, counted: &mut Vec<(usize, usize)>, mut against: impl FnMut(usize) -> Option<Against>) {
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
        let mut open: BTreeMap<&str, (i64, usize)> = BTreeMap::new();
        self.leave(counted, |place| {
            let touch = touches.get(place)?;
            let at = touch.at?;
            let last = open.get_mut(touch.label);
            if let Some((until, first)) = last.filter(|(until, _)| at.saturating_sub(*until) <= width) {
                *until = at;
                return Some(Against::SameSession { other: *first, minutes });
            }
            open.insert(touch.label, (at, place));
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
            (kept != place).then_some(Against::RepeatedChannel { other: kept })
        });
    }
}
