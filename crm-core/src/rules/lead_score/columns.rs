//! The same rule over columns: a tile of leads at a time, from the answers of its conditions.
//!
//! Columns hold no events, so every point is whole and the record rules are all there is. Each condition is a bit per
//! lead ([`Circuit`]); the rules' bits in reason order, the weightiest first, are a mask per lead, which gives the sums
//! by tables of eight rules each, and the reasons by its lowest bits. [`Tile`] does the work.

use std::sync::Arc;

use chrono::TimeDelta;

use super::LeadScorer;
use super::plan::{Condition, Gives, MILLI, Plan};
use super::score::{Line, Why};
use super::tables::Tables;
use crate::kernel::predicate::{Check, Circuit, Compiled};
use crate::kernel::reason::{Reason, Section};

pub use super::tile::{TILE_ROWS, TILE_WORDS, Tile};

/// The place of a fact on its scale where nobody knows it.
pub const UNKNOWN: i64 = i64::MIN;

/// A model compiled for columns; see [`LeadScorer::columns`].
#[derive(Clone, Debug)]
pub struct ColumnScorer {
    pub(super) plan: Arc<Plan>,
    pub(super) circuit: Circuit,
    /// The rules that count, in reason order: by points without their sign, then as in the model.
    pub(super) rules: Vec<RuleColumn>,
    /// The groups' sums, by the rules' bits.
    pub(super) sums: Tables,
    /// The conditions that lower the coverage where they are unknown, with the weights of what is unknown.
    pub(super) weights: Vec<usize>,
    pub(super) unknown: Tables,
    /// The fields whose ordinals the tile reads.
    ordinals: Vec<usize>,
    pub(super) edges: Vec<Edge>,
    /// The place of `last_activity_at` among the ordinals, if idleness reads it.
    pub(super) activity: Option<usize>,
}

/// One rule that counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct RuleColumn {
    /// Its place in the plan.
    pub(super) rule: usize,
    /// Its condition.
    pub(super) wire: usize,
}

/// What time alone changes: a test of a window over an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// The place of the field among the ordinals.
    pub(super) ordinal: usize,
    /// The window, in microseconds.
    pub(super) micros: i64,
    /// Whether it lies before the instant.
    pub(super) ahead: bool,
}

/// What a caller wants to know besides the score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The known share of the weight.
    pub coverage: bool,
    /// When time alone may change the score.
    pub next_change: bool,
}

/// One reason of a row: which, how many points, and of idleness how many periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReasonEntry {
    /// Its place in [`ColumnScorer::reasons`].
    pub id: usize,
    /// Thousandths of a point.
    pub milli: i64,
    /// Whole periods of idleness; 0 for all others.
    pub periods: u64,
}

impl LeadScorer {
    /// The model compiled for columns.
    pub fn columns(&self) -> ColumnScorer {
        ColumnScorer::new(&self.plan)
    }
}

impl ColumnScorer {
    fn new(plan: &Arc<Plan>) -> Self {
        let counts = |group: usize| plan.groups.get(group).is_some_and(|g| g.counts);
        // Every rule of records, with its points; a rule of zero points has no weight and gives no reason.
        let mut records: Vec<(usize, i64, &Compiled)> = Vec::new();
        for (place, rule) in plan.rules.iter().enumerate() {
            if let (Gives::Record(milli), Some(when)) = (&rule.gives, &rule.when)
                && *milli != 0
            {
                records.push((place, *milli, &when.test));
            }
        }
        records.sort_by_key(|(_, milli, _)| std::cmp::Reverse(milli.saturating_abs()));
        let (circuit, wires) = Circuit::new(records.iter().map(|(.., test)| *test));
        let records = || records.iter().zip(&wires);
        let group = |rule: usize| plan.rules.get(rule).map_or(usize::MAX, |r| r.group);
        let counting = || records().filter(|((rule, ..), _)| counts(group(*rule)));
        let rules = counting().map(|((rule, ..), wire)| RuleColumn { rule: *rule, wire: *wire }).collect();
        let points = |milli: &i64| milli / MILLI;
        let sums =
            Tables::new(plan.groups.len(), counting().map(|((rule, milli, _), _)| (group(*rule), points(milli))));
        let weights = records().map(|(_, wire)| *wire).collect();
        let unknown = Tables::new(1, records().map(|((_, milli, _), _)| (0, points(milli).saturating_abs())));
        let mut scorer = Self {
            plan: Arc::clone(plan),
            circuit,
            rules,
            sums,
            weights,
            unknown,
            ordinals: Vec::new(),
            edges: Vec::new(),
            activity: None,
        };
        scorer.edges();
        scorer.activity = plan.last_activity.map(|field| scorer.ordinal(field));
        scorer
    }

    /// Finds what time alone changes: windows in any condition, also of what gives nothing here.
    fn edges(&mut self) {
        let plan = Arc::clone(&self.plan);
        let criteria = plan.profile.iter().flat_map(|p| p.criteria.iter().map(|(.., when)| when));
        let conditions = plan.rules.iter().filter_map(|r| r.when.as_ref()).chain(criteria);
        let (all, _) = Circuit::new(conditions.map(|c: &Condition| &c.test));
        for test in all.tests() {
            let (span, ahead): (&TimeDelta, bool) = match &test.check {
                Check::Within(span) | Check::OlderThan(span) => (span, false),
                Check::Next(span) => (span, true),
                _ => continue,
            };
            let ordinal = self.ordinal(test.field);
            let edge = Edge { ordinal, micros: span.num_microseconds().unwrap_or(i64::MAX), ahead };
            if !self.edges.contains(&edge) {
                self.edges.push(edge);
            }
        }
    }

    /// The place of a field among those whose ordinals are read.
    fn ordinal(&mut self, field: usize) -> usize {
        self.ordinals.iter().position(|f| *f == field).unwrap_or_else(|| {
            self.ordinals.push(field);
            self.ordinals.len().saturating_sub(1)
        })
    }

    /// The conditions; a door answers their tests.
    pub const fn circuit(&self) -> &Circuit {
        &self.circuit
    }

    /// The fields of instants whose [ordinals](crate::Fact::ordinal) a door gives, [`UNKNOWN`] where nobody knows;
    /// fewer where less is wanted.
    pub fn ordinals(&self, wanted: Wanted) -> &[usize] {
        if wanted.next_change || self.activity.is_some() { &self.ordinals } else { &[] }
    }

    /// Whether the model has a section.
    pub fn has(&self, section: Section) -> bool {
        self.plan.sections.iter().any(|s| s.section == section)
    }

    /// The ids of the bands, the highest first.
    pub fn bands(&self) -> impl Iterator<Item = &str> {
        self.plan.bands.iter().map(|(name, _)| name.id.as_str())
    }

    /// The letters of fit and the digits of engagement, the highest first, if the model grades.
    pub fn marks(&self) -> Option<(Vec<&str>, Vec<&str>)> {
        fn marks(steps: &[(String, i64)]) -> Vec<&str> {
            steps.iter().map(|(mark, _)| mark.as_str()).collect()
        }
        self.plan.grade.as_ref().map(|grade| (marks(&grade.fit), marks(&grade.engagement)))
    }

    /// All reasons that a row can have, without their points: the rules in reason order, then the cuts in the order in
    /// which they apply.
    pub fn reasons(&self) -> Vec<Reason> {
        (0..self.reason_count()).filter_map(|id| self.reason(ReasonEntry { id, milli: 0, periods: 0 })).collect()
    }

    /// How many rules can be reasons; their ids are the first.
    pub fn rule_count(&self) -> usize {
        self.rules.len()
    }

    fn reason_count(&self) -> usize {
        let cuts = self.plan.groups.len().saturating_add(self.plan.sections.len().saturating_mul(2));
        self.rules.len().saturating_add(cuts).saturating_add(1)
    }

    /// What the rule at a place of the reasons gives, in thousandths.
    pub fn rule_milli(&self, id: usize) -> Option<i64> {
        match self.plan.rules.get(self.rules.get(id)?.rule)?.gives {
            Gives::Record(milli) => Some(milli),
            Gives::Events(_) => None,
        }
    }

    /// The reason of an entry, as the row rule gives it.
    pub fn reason(&self, entry: ReasonEntry) -> Option<Reason> {
        super::explain::reason(&self.plan, &Line { why: self.why(entry)?, milli: entry.milli, evidence: Vec::new() })
    }

    /// The id of a cut.
    pub(super) fn cut_id(&self, why: Why) -> usize {
        let place = match why {
            Why::GroupCap { group, .. } => group,
            Why::SectionCap { section, .. } => self.plan.groups.len().saturating_add(section.saturating_mul(2)),
            Why::Idle { section, .. } => {
                self.plan.groups.len().saturating_add(section.saturating_mul(2)).saturating_add(1)
            }
            _ => self.plan.groups.len().saturating_add(self.plan.sections.len().saturating_mul(2)),
        };
        self.rules.len().saturating_add(place)
    }

    /// What an entry says: points added come from a lower limit, points taken from an upper one.
    fn why(&self, entry: ReasonEntry) -> Option<Why> {
        let limit = |span: super::plan::Span| (if entry.milli > 0 { span.min } else { span.max }).unwrap_or(0);
        let Some(cut) = entry.id.checked_sub(self.rules.len()) else {
            return Some(Why::Rule { rule: self.rules.get(entry.id)?.rule, undecayed: entry.milli });
        };
        let Some(cut) = cut.checked_sub(self.plan.groups.len()) else {
            return Some(Why::GroupCap { group: cut, limit: limit(self.plan.groups.get(cut)?.span) });
        };
        let Some(section) = self.plan.sections.get(cut / 2) else {
            return Some(Why::TotalCap { limit: limit(self.plan.total) });
        };
        Some(match cut % 2 {
            0 => Why::SectionCap { section: cut / 2, limit: limit(section.span) },
            _ => Why::Idle { section: cut / 2, periods: entry.periods },
        })
    }
}
