//! The compiled model: what evaluation reads.

use chrono::TimeDelta;

use super::curve::Curve;
use crate::kernel::predicate::Compiled;
use crate::kernel::reason::{Name, Section};
use crate::kernel::zone::Zone;

/// Points in the model are whole; everything is summed in thousandths.
pub(super) const MILLI: i64 = 1000;

/// A compiled model.
#[derive(Debug)]
pub(super) struct Plan {
    /// `id@version`.
    pub(super) name: String,
    pub(super) zone: Zone,
    pub(super) sections: Vec<SectionPlan>,
    pub(super) groups: Vec<GroupPlan>,
    pub(super) rules: Vec<RulePlan>,
    /// The kinds of event that rules name, sorted.
    pub(super) kinds: Vec<String>,
    pub(super) total: Span,
    pub(super) bands: Vec<(Name, i64)>,
    pub(super) grade: Option<GradePlan>,
    pub(super) profile: Option<ProfilePlan>,
    /// The fields that the model reads, in order of the schema, with their names.
    pub(super) fields: Vec<(usize, String)>,
    /// The field `last_activity_at`, if idleness reads it.
    pub(super) last_activity: Option<usize>,
    /// The sum of the points of all record rules, without their signs.
    pub(super) weight: i64,
}

/// Limits in thousandths.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
}

impl Span {
    /// The value within the limits, and the limit that moved it.
    pub(super) fn clamp(self, value: i64) -> (i64, Option<i64>) {
        match (self.min, self.max) {
            (_, Some(max)) if value > max => (max, Some(max)),
            (Some(min), _) if value < min => (min, Some(min)),
            _ => (value, None),
        }
    }
}

#[derive(Debug)]
pub(super) struct SectionPlan {
    pub(super) section: Section,
    pub(super) span: Span,
    pub(super) idle: Option<IdlePlan>,
}

impl SectionPlan {
    /// Where idleness stops.
    pub(super) fn floor(&self) -> i64 {
        self.span.min.unwrap_or(0)
    }
}

#[derive(Debug)]
pub(super) struct IdlePlan {
    pub(super) every_days: i64,
    pub(super) every: TimeDelta,
    /// Thousandths per period.
    pub(super) milli: i64,
    /// The kinds of event that are activity of this section, as places in [`Plan::kinds`].
    pub(super) kinds: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct GroupPlan {
    pub(super) name: Name,
    /// The place of its section in [`Plan::sections`].
    pub(super) section: usize,
    pub(super) span: Span,
    pub(super) counts: bool,
}

#[derive(Debug)]
pub(super) struct RulePlan {
    pub(super) name: Name,
    /// The place of its group in [`Plan::groups`].
    pub(super) group: usize,
    pub(super) when: Option<Condition>,
    pub(super) gives: Gives,
}

/// A condition with the fields that it reads.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) test: Compiled,
    pub(super) fields: Vec<usize>,
}

#[derive(Debug)]
pub(super) enum Gives {
    /// Thousandths, once.
    Record(i64),
    Events(EventPlan),
}

#[derive(Debug)]
pub(super) struct EventPlan {
    /// Places in [`Plan::kinds`], sorted.
    pub(super) kinds: Vec<usize>,
    pub(super) per_day: bool,
    pub(super) once: bool,
    pub(super) window: Option<TimeDelta>,
    /// Points by count; then the curve is not used.
    pub(super) ranges: Vec<RangePlan>,
    pub(super) curve: Curve,
    pub(super) cap: Option<CapPlan>,
}

#[derive(Debug)]
pub(super) struct RangePlan {
    pub(super) min: u64,
    pub(super) max: Option<u64>,
    pub(super) milli: i64,
}

/// A daily cap: so many events count whole, the next one with the rest, and no more that day.
#[derive(Debug)]
pub(super) struct CapPlan {
    pub(super) limit: i64,
    pub(super) whole: i64,
    pub(super) rest: Curve,
}

#[derive(Debug)]
pub(super) struct GradePlan {
    /// Marks with the least score of each, the highest first.
    pub(super) fit: Vec<(String, i64)>,
    pub(super) engagement: Vec<(String, i64)>,
}

#[derive(Debug)]
pub(super) struct ProfilePlan {
    /// The start's place in [`SCALE`].
    pub(super) start: i64,
    pub(super) lower_on_false: bool,
    pub(super) criteria: Vec<(Name, i64, Condition)>,
}

/// The grades of a profile, a third of a letter apart.
pub(super) const SCALE: &[&str] = &["F", "D-", "D", "D+", "C-", "C", "C+", "B-", "B", "B+", "A-", "A", "A+"];
