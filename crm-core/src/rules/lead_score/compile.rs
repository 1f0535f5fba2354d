//! From model to plan: every rule is checked once, when the model is loaded.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::curve::Curve;
use super::lint;
use super::model::{Band, GradeModel, Group, Per, Profile, Rule, ScoreModel, SectionModel, Step};
use super::plan::{
    CapPlan, Condition, EventPlan, Gives, GradePlan, GroupPlan, IdlePlan, MILLI, Plan, ProfilePlan, RangePlan,
    RulePlan, SCALE, SectionPlan, Span,
};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::{FieldType, Schema};
use crate::kernel::predicate::Predicate;
use crate::kernel::reason::{Name, Section};

/// Most rules of a model.
const MOST_RULES: usize = 500;
/// Most groups, bands, criteria, kinds of event of a model, and ranges of a rule.
const MOST_PARTS: usize = 100;
/// The fact that idleness reads where the ledger has nothing newer.
const LAST_ACTIVITY: &str = "last_activity_at";

impl Plan {
    pub(super) fn new(model: &ScoreModel, schema: &Schema) -> Result<Self> {
        Compiler::new(model, schema)?.run(model)
    }
}

struct Compiler<'a> {
    schema: &'a Schema,
    plan: Plan,
    ids: BTreeSet<(&'static str, String)>,
    fields: BTreeSet<usize>,
    kinds: BTreeSet<String>,
}

impl<'a> Compiler<'a> {
    fn new(model: &ScoreModel, schema: &'a Schema) -> Result<Self> {
        lint::id(&model.id).map_err(|e| e.at("id"))?;
        lint::between(model.version, 1, lint::MOST_VERSION).map_err(|e| e.at("version"))?;
        let plan = Plan {
            name: format!("{}@{}", model.id, model.version),
            zone: model.zone.parse().map_err(|e: Error| e.at("zone"))?,
            sections: Vec::new(),
            groups: Vec::new(),
            rules: Vec::new(),
            kinds: Vec::new(),
            total: span(model.total),
            bands: Vec::new(),
            grade: None,
            profile: None,
            fields: Vec::new(),
            last_activity: None,
            weight: 0,
        };
        Ok(Self { schema, plan, ids: BTreeSet::new(), fields: BTreeSet::new(), kinds: BTreeSet::new() })
    }

    fn run(mut self, model: &ScoreModel) -> Result<Plan> {
        let sections = [(Section::Fit, &model.fit), (Section::Engagement, &model.engagement)];
        let given = || sections.iter().filter_map(|(name, s)| s.as_ref().map(|s| (*name, s)));
        let groups = || given().flat_map(|(_, s)| &s.groups);
        let rules = || groups().flat_map(|g| &g.rules);
        if given().next().is_none() {
            return Err(Problem::Missing { name: "fit".into() }.into());
        }
        lint::most("rules", rules().count(), MOST_RULES)?;
        lint::most("groups", groups().count(), MOST_PARTS)?;
        self.kinds = rules().flat_map(|r| r.events.iter().cloned()).collect();
        lint::most("events", self.kinds.len(), MOST_PARTS)?;
        self.plan.kinds = self.kinds.iter().cloned().collect();
        lint::limits(model.total).map_err(|e| e.at("total"))?;
        for (name, section) in given() {
            self.section(name, section).map_err(|e| e.at(name.name()))?;
        }
        if rules().all(|r| r.points.unwrap_or(0) == 0 && r.ranges.iter().all(|r| r.points == 0)) {
            return Err(RulesProblem::AllZero.into());
        }
        self.bands(&model.bands, model).map_err(|e| e.at("bands"))?;
        if let Some(grade) = &model.grade {
            self.plan.grade = Some(grade_plan(grade, model).map_err(|e| e.at("grade"))?);
        }
        if let Some(profile) = &model.profile {
            self.profile(profile).map_err(|e| e.at("profile"))?;
        }
        let mut plan = self.plan;
        let name = |f: usize| self.schema.field(f).map(|d| (f, d.name.to_string()));
        plan.fields = self.fields.into_iter().filter_map(name).collect();
        Ok(plan)
    }

    /// Refuses an id that is no id, or that another part of the kind has.
    fn id(&mut self, kind: &'static str, id: &str) -> Result<()> {
        lint::id(id).map_err(|e| e.at("id"))?;
        if self.ids.insert((kind, id.to_owned())) {
            return Ok(());
        }
        Err(Error::from(RulesProblem::DuplicateId { id: id.into() }).at("id"))
    }

    fn section(&mut self, name: Section, model: &SectionModel) -> Result<()> {
        lint::limits(model.limits)?;
        if model.groups.is_empty() {
            return Err(Error::from(RulesProblem::Empty { what: "groups" }).at("groups"));
        }
        let place = self.plan.sections.len();
        let idle = self.idle(model).map_err(|e| e.at("idle"))?;
        self.plan.sections.push(SectionPlan { section: name, span: span(model.limits), idle });
        for (i, group) in model.groups.iter().enumerate() {
            self.group(place, group).map_err(|e| e.at_index(i).at("groups"))?;
        }
        Ok(())
    }

    fn idle(&mut self, model: &SectionModel) -> Result<Option<IdlePlan>> {
        let Some(idle) = model.idle else { return Ok(None) };
        lint::between(idle.every_days, 1, lint::MOST_DAYS).map_err(|e| e.at("every_days"))?;
        lint::between(idle.points, 1, lint::MOST_POINTS).map_err(|e| e.at("points"))?;
        let kinds = self.places(model.groups.iter().flat_map(|g| &g.rules).flat_map(|r| &r.events));
        let field = self.schema.fields().iter().position(|f| f.name == LAST_ACTIVITY && f.kind == FieldType::Instant);
        if let Some(field) = field {
            self.fields.insert(field);
            self.plan.last_activity = Some(field);
        } else if kinds.is_empty() {
            return Err(RulesProblem::Requires { option: "idle", needs: "event" }.into());
        }
        let every = days(idle.every_days);
        Ok(Some(IdlePlan { every_days: idle.every_days, every, milli: milli(idle.points), kinds }))
    }

    fn group(&mut self, section: usize, model: &Group) -> Result<()> {
        self.id("group", &model.id)?;
        lint::labels(model.labels.as_ref())?;
        lint::group(model)?;
        let name = Name { id: model.id.clone(), labels: model.labels.clone() };
        let place = self.plan.groups.len();
        self.plan.groups.push(GroupPlan { name, section, span: span(model.limits), counts: model.counts });
        for (i, rule) in model.rules.iter().enumerate() {
            self.rule(place, rule).map_err(|e| e.at_index(i).at("rules"))?;
        }
        Ok(())
    }

    fn rule(&mut self, group: usize, model: &Rule) -> Result<()> {
        self.id("rule", &model.id)?;
        lint::labels(model.labels.as_ref())?;
        lint::most("ranges", model.ranges.len(), MOST_PARTS).map_err(|e| e.at("ranges"))?;
        lint::rule(model)?;
        let when = model.when.as_ref().map(|w| self.condition(w)).transpose()?;
        let points = milli(model.points.unwrap_or(0));
        let gives = if model.events.is_empty() {
            self.plan.weight = self.plan.weight.saturating_add(points.saturating_abs());
            Gives::Record(points)
        } else {
            Gives::Events(self.events(model, points))
        };
        let name = Name { id: model.id.clone(), labels: model.labels.clone() };
        self.plan.rules.push(RulePlan { name, group, when, gives });
        Ok(())
    }

    fn events(&self, model: &Rule, points: i64) -> EventPlan {
        let cap = model.daily_cap.filter(|_| points != 0).map(|limit| {
            let (size, cap) = (points.saturating_abs().max(1), milli(limit));
            let rest = cap.checked_rem(size).unwrap_or(0).saturating_mul(points.signum());
            CapPlan { limit, whole: cap.checked_div(size).unwrap_or(0), rest: Curve::new(rest, model.decay) }
        });
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let range = |r: &super::model::CountRange| RangePlan {
            min: count(r.min),
            max: r.max.map(count),
            milli: milli(r.points),
        };
        EventPlan {
            kinds: self.places(model.events.iter()),
            per_day: model.per == Some(Per::Day),
            once: model.once,
            window: model.window_days.map(days),
            ranges: model.ranges.iter().map(range).collect(),
            curve: Curve::new(points, model.decay),
            cap,
        }
    }

    /// The places of kinds of event in the plan, each once.
    fn places<'k>(&self, kinds: impl Iterator<Item = &'k String>) -> Vec<usize> {
        let set: BTreeSet<usize> = kinds.filter_map(|k| self.plan.kinds.binary_search(k).ok()).collect();
        set.into_iter().collect()
    }

    fn condition(&mut self, when: &Predicate) -> Result<Condition> {
        let test = when.compile(self.schema).map_err(|e| e.at("when"))?;
        let fields = test.fields();
        self.fields.extend(&fields);
        Ok(Condition { test, fields })
    }

    fn bands(&mut self, bands: &[Band], model: &ScoreModel) -> Result<()> {
        lint::most("bands", bands.len(), MOST_PARTS)?;
        for (i, band) in bands.iter().enumerate() {
            let labels = lint::labels(band.labels.as_ref());
            self.id("band", &band.id).and(labels).map_err(|e| e.at_index(i))?;
            self.plan.bands.push((Name { id: band.id.clone(), labels: band.labels.clone() }, band.from));
        }
        lint::steps(bands.iter().map(|b| (b.id.as_str(), b.from)), model.total)
    }

    fn profile(&mut self, model: &Profile) -> Result<()> {
        let start = SCALE.iter().position(|g| *g == model.start).and_then(|i| i64::try_from(i).ok());
        let unknown = || Error::from(Problem::NotOneOf { found: model.start.clone(), expected: SCALE });
        let start = start.ok_or_else(|| unknown().at("start"))?;
        if model.criteria.is_empty() {
            return Err(Error::from(RulesProblem::Empty { what: "criteria" }).at("criteria"));
        }
        lint::most("criteria", model.criteria.len(), MOST_PARTS).map_err(|e| e.at("criteria"))?;
        let mut criteria = Vec::new();
        for (i, c) in model.criteria.iter().enumerate() {
            let one = |this: &mut Self| -> Result<_> {
                this.id("criterion", &c.id)?;
                lint::labels(c.labels.as_ref())?;
                lint::between(c.thirds, 1, 12).map_err(|e| e.at("thirds"))?;
                Ok((Name { id: c.id.clone(), labels: c.labels.clone() }, c.thirds, this.condition(&c.when)?))
            };
            criteria.push(one(self).map_err(|e| e.at_index(i).at("criteria"))?);
        }
        self.plan.profile = Some(ProfilePlan { start, lower_on_false: model.lower_on_false, criteria });
        Ok(())
    }
}

fn grade_plan(grade: &GradeModel, model: &ScoreModel) -> Result<GradePlan> {
    let half = |name: Section, steps: &[Step], section: Option<&SectionModel>| -> Result<Vec<(String, i64)>> {
        let check = || {
            let Some(section) = section else {
                return Err(RulesProblem::Requires { option: "grade", needs: name.name() }.into());
            };
            if steps.is_empty() {
                return Err(RulesProblem::Empty { what: "grades" }.into());
            }
            lint::most("grades", steps.len(), MOST_PARTS)?;
            for (i, step) in steps.iter().enumerate() {
                lint::id(&step.mark).map_err(|e| e.at_index(i))?;
            }
            lint::steps(steps.iter().map(|s| (s.mark.as_str(), s.from)), section.limits)
        };
        check().map_err(|e: Error| e.at(name.name()))?;
        Ok(steps.iter().map(|s| (s.mark.clone(), s.from)).collect())
    };
    Ok(GradePlan {
        fit: half(Section::Fit, &grade.fit, model.fit.as_ref())?,
        engagement: half(Section::Engagement, &grade.engagement, model.engagement.as_ref())?,
    })
}

fn milli(points: i64) -> i64 {
    points.saturating_mul(MILLI)
}

fn span(limits: super::model::Limits) -> Span {
    Span { min: limits.min.map(milli), max: limits.max.map(milli) }
}

fn days(days: i64) -> TimeDelta {
    TimeDelta::try_days(days).unwrap_or(TimeDelta::MAX)
}
