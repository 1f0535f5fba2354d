//! The answer: a score with the lines that sum to it.

use std::sync::Arc;

use super::plan::{Plan, SCALE};
use crate::kernel::reason::{Points, Reason, Section};
use crate::kernel::time::Instant;
use crate::kernel::value::Value;

/// Most events that one line lists as evidence: the newest.
pub(super) const MOST_EVIDENCE: usize = 10;

/// A lead's score at an instant, with its reasons. [`Score::lines`] sum to exactly [`Score::score`].
#[derive(Clone, Debug)]
pub struct Score {
    pub(super) plan: Arc<Plan>,
    pub(super) at: Instant,
    pub(super) score: i64,
    /// Thousandths by section, after its limits and idleness.
    pub(super) sections: Vec<i64>,
    pub(super) groups: Vec<GroupScore>,
    pub(super) lines: Vec<Line>,
    /// The lines of groups that do not count.
    pub(super) aside: Vec<Line>,
    pub(super) profile: Option<ProfileScore>,
    pub(super) known_bp: u32,
    /// Places in the plan's fields.
    pub(super) unknown: Vec<usize>,
    pub(super) next_change_at: Option<Instant>,
    pub(super) future_events: u64,
    pub(super) duplicate_events: u64,
}

/// The points of one group, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupScore {
    /// Before the group's limits.
    pub raw_milli: i64,
    /// After them.
    pub milli: i64,
}

/// One line of a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub(super) why: Why,
    pub(super) milli: i64,
    pub(super) evidence: Vec<Evidence>,
}

/// Why a line is there, by places in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Rule { rule: usize, undecayed: i64 },
    Range { rule: usize, count: u64 },
    DailyCap { rule: usize },
    GroupCap { group: usize, limit: i64 },
    SectionCap { section: usize, limit: i64 },
    Idle { section: usize, periods: u64 },
    TotalCap { limit: i64 },
    Rounding,
}

/// What a rule saw.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Evidence {
    Field { place: usize, value: Value },
    Event { kind: usize, at: Instant, id: Option<String> },
}

/// The grade of the profile.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ProfileScore {
    pub(super) grade: usize,
    pub(super) thirds: i64,
    /// The criteria that moved it, by how many thirds, and what they saw.
    pub(super) moved: Vec<(usize, i64, Vec<Evidence>)>,
}

impl Line {
    /// The points, exact.
    pub const fn points(&self) -> Points {
        Points::from_milli(self.milli)
    }

    /// The group that the line belongs to, if it is of one.
    pub(super) fn group(&self, plan: &Plan) -> Option<usize> {
        match self.why {
            Why::Rule { rule, .. } | Why::Range { rule, .. } | Why::DailyCap { rule } => {
                plan.rules.get(rule).map(|r| r.group)
            }
            Why::GroupCap { group, .. } => Some(group),
            Why::SectionCap { .. } | Why::Idle { .. } | Why::TotalCap { .. } | Why::Rounding => None,
        }
    }
}

impl Score {
    /// The score in whole points.
    pub const fn score(&self) -> i64 {
        self.score
    }

    /// The instant for which it holds.
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// The model, as `id@version`.
    pub fn model_name(&self) -> &str {
        &self.plan.name
    }

    /// The id of the band, if the score reaches one.
    pub fn band(&self) -> Option<&str> {
        self.band_plan().map(|(name, _)| name.id.as_str())
    }

    /// What people call the band.
    pub fn band_text(&self, lang: crate::lang::Lang) -> Option<&str> {
        self.band_plan().map(|(name, _)| name.text(lang))
    }

    pub(super) fn band_plan(&self) -> Option<&(crate::kernel::reason::Name, i64)> {
        self.plan.bands.iter().find(|(_, from)| *from <= self.score)
    }

    /// Letter and digit, for example `A1`, if the model grades and both sections reach a mark.
    pub fn grade(&self) -> Option<String> {
        let grade = self.plan.grade.as_ref()?;
        let mark = |steps: &[(String, i64)], section| {
            let score = self.section(section)?;
            steps.iter().find(|(_, from)| *from <= score).map(|(mark, _)| mark.clone())
        };
        Some(mark(&grade.fit, Section::Fit)? + &mark(&grade.engagement, Section::Engagement)?)
    }

    /// The grade of the profile, for example `B+`, if the model has a profile.
    pub fn profile_grade(&self) -> Option<&'static str> {
        self.profile.as_ref().and_then(|p| SCALE.get(p.grade)).copied()
    }

    /// The points of a section in whole points, half away from zero, if the model has it.
    pub fn section(&self, section: Section) -> Option<i64> {
        let place = self.plan.sections.iter().position(|s| s.section == section)?;
        self.sections.get(place).map(|milli| super::settle::rounded(*milli))
    }

    /// The groups in order of the model: id, whether it counts, and its points.
    pub fn groups(&self) -> impl Iterator<Item = (&str, bool, GroupScore)> {
        self.plan.groups.iter().zip(&self.groups).map(|(plan, score)| (plan.name.id.as_str(), plan.counts, *score))
    }

    /// The lines that sum to the score: rules by how much they give, then cuts in the order in which they apply.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The reasons of [`Score::lines`], in the same order.
    pub fn reasons(&self) -> Vec<Reason> {
        self.lines.iter().filter_map(|l| super::explain::reason(&self.plan, l)).collect()
    }

    /// How much of the weight of the record rules is known, in basis points.
    pub const fn known_bp(&self) -> u32 {
        self.known_bp
    }

    /// The fields that the model reads and nobody knows, in order of the schema.
    pub fn unknown_fields(&self) -> impl Iterator<Item = &str> {
        self.unknown.iter().filter_map(|place| self.plan.fields.get(*place)).map(|(_, name)| name.as_str())
    }

    /// The earliest instant at which time alone may change the score.
    pub const fn next_change_at(&self) -> Option<Instant> {
        self.next_change_at
    }

    /// How many events are not due yet.
    pub const fn future_events(&self) -> u64 {
        self.future_events
    }

    /// How many events were left out because another one has their id.
    pub const fn duplicate_events(&self) -> u64 {
        self.duplicate_events
    }
}
