//! The same rule over columns: a tile of leads at a time, from the answers of its conditions.
//!
//! Columns hold no events, so every point is whole and the record rules are all there is. Each condition is a bit per
//! lead ([`Circuit`]); the rules' bits in reason order, the weightiest first, are a mask per lead, which gives the sums
//! by tables of eight rules each, and the reasons by its lowest bits. [`Tile`] does the work.

use std::sync::Arc;

use chrono::TimeDelta;

use super::LeadScorer;
use super::plan::{Condition, Gives, MILLI, Plan, Span};
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
    /// What can cut, in the order in which it does.
    cuts: Vec<Cut>,
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

/// A step that can change a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    Group(usize),
    Section(usize),
    Idle(usize),
    Total,
}

/// What time alone changes: a test of a window over an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
            cuts: cuts(plan),
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
            self.edges.push(Edge { ordinal, micros: span.num_microseconds().unwrap_or(i64::MAX), ahead });
        }
        self.edges.sort_unstable();
        self.edges.dedup();
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

    /// The ids of the bands with their least scores, the highest first.
    pub fn bands(&self) -> Vec<(&str, i64)> {
        self.plan.bands.iter().map(|(name, from)| (name.id.as_str(), *from)).collect()
    }

    /// The marks of a section in the grade with their least scores, the highest first, if the model grades.
    pub fn marks(&self, section: Section) -> Option<Vec<(&str, i64)>> {
        let grade = self.plan.grade.as_ref()?;
        let steps = if section == Section::Fit { &grade.fit } else { &grade.engagement };
        Some(steps.iter().map(|(mark, from)| (mark.as_str(), *from)).collect())
    }

    /// All reasons that a row can have, without their points: the rules in reason order, then the cuts in the order in
    /// which they apply.
    pub fn reasons(&self) -> Vec<Reason> {
        let all = 0..self.rules.len().saturating_add(self.cuts.len());
        all.filter_map(|id| self.reason(ReasonEntry { id, milli: 0, periods: 0 })).collect()
    }

    /// How many rules can be reasons; their ids are the first.
    pub fn rule_count(&self) -> usize {
        self.rules.len()
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
        let cut = match why {
            Why::GroupCap { group, .. } => Cut::Group(group),
            Why::SectionCap { section, .. } => Cut::Section(section),
            Why::Idle { section, .. } => Cut::Idle(section),
            _ => Cut::Total,
        };
        let place = self.cuts.iter().position(|c| *c == cut).unwrap_or(self.cuts.len());
        self.rules.len().saturating_add(place)
    }

    /// What an entry says: points added come from a lower limit, points taken from an upper one.
    fn why(&self, entry: ReasonEntry) -> Option<Why> {
        let limit = |span: Span| (if entry.milli > 0 { span.min } else { span.max }).unwrap_or(0);
        let Some(cut) = entry.id.checked_sub(self.rules.len()) else {
            return Some(Why::Rule { rule: self.rules.get(entry.id)?.rule, undecayed: entry.milli });
        };
        Some(match *self.cuts.get(cut)? {
            Cut::Group(group) => Why::GroupCap { group, limit: limit(self.plan.groups.get(group)?.span) },
            Cut::Section(section) => Why::SectionCap { section, limit: limit(self.plan.sections.get(section)?.span) },
            Cut::Idle(section) => Why::Idle { section, periods: entry.periods },
            Cut::Total => Why::TotalCap { limit: limit(self.plan.total) },
        })
    }
}

/// What can cut, in the order in which it does.
fn cuts(plan: &Plan) -> Vec<Cut> {
    let limited = |span: Span| span.min.is_some() || span.max.is_some();
    let groups = plan.groups.iter().enumerate().filter(|(_, g)| g.counts && limited(g.span));
    let mut cuts: Vec<Cut> = groups.map(|(place, _)| Cut::Group(place)).collect();
    for (place, section) in plan.sections.iter().enumerate() {
        cuts.extend(limited(section.span).then_some(Cut::Section(place)));
        cuts.extend(section.idle.as_ref().map(|_| Cut::Idle(place)));
    }
    cuts.extend(limited(plan.total).then_some(Cut::Total));
    cuts
}
