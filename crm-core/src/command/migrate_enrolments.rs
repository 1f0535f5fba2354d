//! Letting enrolments go on in another version of their sequence.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{nth_id, required_text};
use super::enrol::told;
use super::enrolment_state::{enrolment_of, fill, look_at, state_of};
use super::enrolment_steps::reached;
use super::open_work::{asked, some_rows};
use super::sequences::sequence_of;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::sequence_reason::EnrolmentStatus;
use crate::kernel::text::shortened;
use crate::model::{AnyRecord, Kind, Row};
use crate::rules::Rules;
use crate::rules::read::Object;
use crate::rules::sequence::{END, Sequence, StepMap};

/// Most enrolments of one command.
const MOST_MIGRATED: usize = 200;
/// Most drafts or tasks of one enrolment.
const MOST_MADE: usize = 200;

/// Lets enrolments go on in another version: `{"sequence": "welcome", "from": 1, "to": 2, "steps": {"call": "ring",
/// "again": "end"}, "ids": ["..."]}`; without `ids` all that run in `from`, at most 200 at once. Each keeps what it did and
/// when it is due. To see what would happen, the command is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrateEnrolments {
    /// The sequence.
    pub sequence: String,
    /// The version that they are in.
    pub from: u32,
    /// The version in which they go on.
    pub to: u32,
    /// Which step of `to` each step of `from` is, or `end`.
    pub steps: StepMap,
    /// Only these.
    pub ids: Option<Vec<Id>>,
}

/// What became of one enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigratedEnrolment {
    /// The enrolment.
    pub id: Id,
    /// Whether it goes on in the other version.
    pub migrated: bool,
    /// The step that comes next.
    pub next_step: Option<String>,
    /// Why.
    pub reasons: Vec<Json>,
}

/// What became of all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigratedEnrolments {
    /// Each enrolment.
    pub enrolments: Vec<MigratedEnrolment>,
    /// How many go on in the other version.
    pub migrated: u64,
    /// How many stay, since the map does not say enough or they are over.
    pub left: u64,
    /// Whether there may be more in the former version.
    pub more: bool,
}

impl Command for MigrateEnrolments {
    type Output = MigratedEnrolments;
    const VERB: Verb = Verb::Enrol;

    fn name() -> Cow<'static, str> {
        "enrolment.migrate".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("sequence".into(), self.sequence.as_str().into());
        map.insert("from".into(), self.from.into());
        map.insert("to".into(), self.to.into());
        let steps = self.steps.iter().map(|(old, new)| (old.clone(), Json::from(new.as_str())));
        map.insert("steps".into(), Json::Object(steps.collect()));
        if let Some(ids) = &self.ids {
            map.insert("ids".into(), ids.iter().map(|id| Json::from(id.to_string())).collect());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["sequence", "from", "to", "steps", "ids"])?;
        let map = json::object(body, "an object")?;
        let version = |key: &str| {
            let found = o.integer(key)?;
            crate::rules::check::between(found, 1, u32::MAX.into()).map_err(|e| e.at(key))?;
            Ok::<_, Error>(u32::try_from(found).unwrap_or(u32::MAX))
        };
        let steps = json::object(o.required("steps")?, "an object of steps").map_err(|e| e.at("steps"))?;
        let step = |(key, value): (&String, &Json)| {
            let new = crate::rules::read::text(value).map_err(|e| e.at(key).at("steps"))?;
            Ok::<_, Error>((key.clone(), new))
        };
        let ids = match map.get("ids") {
            None | Some(Json::Null) => None,
            Some(Json::Array(ids)) => Some(ids.iter().enumerate().map(nth_id).collect::<Result<Vec<Id>>>()?),
            Some(other) => {
                let problem = Problem::WrongShape { expected: "a list of ids", found: json::shown(other) };
                return Err(Error::from(problem).at("ids"));
            }
        };
        if let Some(ids) = &ids {
            super::body::at_most(MOST_MIGRATED, ids)?;
        }
        Ok(Self {
            sequence: required_text(map, "sequence")?,
            from: version("from")?,
            to: version("to")?,
            steps: steps.iter().map(step).collect::<Result<BTreeMap<_, _>>>()?,
            ids,
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<MigratedEnrolments> {
        let from = sequence_of(cx, &self.sequence, Some(self.from)).map_err(|e| e.at("from"))?;
        let to = sequence_of(cx, &self.sequence, Some(self.to)).map_err(|e| e.at("to"))?;
        self.check(&from, &to)?;
        let mut done = MigratedEnrolments::default();
        let ids = match &self.ids {
            Some(ids) => ids.clone(),
            None => {
                let live = [EnrolmentStatus::Pending, EnrolmentStatus::Active, EnrolmentStatus::Paused];
                let live: Vec<&str> = live.into_iter().map(EnrolmentStatus::code).collect();
                let filter = vec![
                    Predicate::test("sequence", Operator::Equal, self.sequence.as_str()),
                    Predicate::test("sequence_version", Operator::Equal, self.from),
                    Predicate::test("status", Operator::In, live),
                ];
                let query = asked(cx, Kind::Enrolment, filter)?;
                let rows = some_rows(cx, query, MOST_MIGRATED.saturating_add(1))?;
                done.more = rows.len() > MOST_MIGRATED;
                rows.iter().take(MOST_MIGRATED).map(|row| row.id).collect()
            }
        };
        for id in ids {
            let one = self.migrate(cx, id, &from, &to)?;
            let count = if one.migrated { &mut done.migrated } else { &mut done.left };
            *count = count.saturating_add(1);
            done.enrolments.push(one);
        }
        Ok(done)
    }
}

impl MigrateEnrolments {
    /// Whether the map is about steps that there are.
    fn check(&self, from: &Sequence, to: &Sequence) -> Result<()> {
        for (old, new) in &self.steps {
            let unknown = |id: &str| Error::from(RulesProblem::Undefined { id: shortened(id, 60), nearest: None });
            if from.step(old).is_none() {
                return Err(unknown(old).at(old).at("steps"));
            }
            if new != END && to.step(new).is_none() {
                return Err(unknown(new).at(old).at("steps"));
            }
        }
        Ok(())
    }

    fn migrate(&self, cx: &mut Cx<'_>, id: Id, from: &Sequence, to: &Sequence) -> Result<MigratedEnrolment> {
        let row = reached(cx, id, None)?;
        let missing = || Problem::NotFound { record: Kind::Enrolment.name().into(), id: id.to_string() };
        let mut enrolment = enrolment_of(&row).cloned().ok_or_else(missing)?;
        let state = state_of(id, &enrolment)?;
        let (next, decision) = state.migrate(from, to, &self.steps, cx.at())?;
        let reasons = told(&decision.reasons);
        let Some(next) = next else {
            return Ok(MigratedEnrolment { id, migrated: false, next_step: state.next, reasons });
        };
        let look = look_at(&next, &decision, cx.at());
        fill(&mut enrolment, &next, look);
        cx.by_itself(|cx| {
            cx.update(Row { body: enrolment.into(), ..row })?;
            self.rename(cx, id)
        })?;
        Ok(MigratedEnrolment { id, migrated: true, next_step: next.next, reasons })
    }

    /// What a step made belongs to the step of the new name.
    fn rename(&self, cx: &mut Cx<'_>, enrolment: Id) -> Result<()> {
        let new_name = |step: &str| match self.steps.get(step) {
            Some(new) => new.clone(),
            None => format!("{step}@{}", self.from),
        };
        for kind in [Kind::Draft, Kind::Task] {
            let of = Predicate::test("enrolment", Operator::Equal, enrolment.to_string());
            let query = asked(cx, kind, vec![of])?;
            for mut row in some_rows(cx, query, MOST_MADE)? {
                let step = match &mut row.body {
                    AnyRecord::Draft(draft) => &mut draft.step,
                    AnyRecord::Task(task) => &mut task.step,
                    _ => continue,
                };
                *step = new_name(step);
                cx.update(row)?;
            }
        }
        Ok(())
    }
}
