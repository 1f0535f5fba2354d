//! Running the steps of sequences: one enrolment's, or all that are due.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::body::{head, head_json, text_of};
use super::enrol::Asking;
use super::enrolment_facts::subject_key;
use super::enrolment_state::{Told, enrolment_happens, enrolment_of, fill, look_at, state_of};
use super::enrolment_steps::{EnrolmentNow, reached};
use super::sequences::sequence_of;
use super::ticket_tick::limit_of;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::sequence_reason::EnrolmentStatus;
use crate::kernel::time::{Instant, format_instant, plus_days};
use crate::model::{Kind, Row};
use crate::rules::Rules;
use crate::rules::sequence::{Decision, Event, Verdict};
use crate::store::{Order, Query};

/// Most enrolments of one command; [`crate::Crm::advance_all`] takes any number.
pub(crate) const MOST_ADVANCED: usize = 100;

/// Runs the step of an enrolment that is due, `{"id": "...", "step": "call"}`, or those of all that are due at the
/// command's instant, `{"limit": 100}`, the longest waiting first. A step runs once: where `step` names one that ran,
/// nothing happens. A message step makes a draft for whoever decides, every other one a task, and each an activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdvanceEnrolments {
    /// One enrolment.
    One {
        /// The enrolment.
        id: Id,
        /// The version that the person saw.
        version: Option<u64>,
        /// Only this step.
        step: Option<String>,
    },
    /// All that are due.
    Due {
        /// The most that are looked at.
        limit: usize,
    },
}

/// What running steps did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advanced {
    /// How many enrolments were looked at.
    pub looked_at: u64,
    /// How many of them changed.
    pub changed: u64,
    /// Each enrolment that changed, and the one that was named; what a job does is told for its first thousand.
    pub enrolments: Vec<EnrolmentNow>,
    /// The enrolments that could not be read, each with the code of the problem; they are tried again a day later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<Json>,
    /// Whether more are due.
    pub more: bool,
}

/// Most enrolments that a job tells of.
const MOST_TOLD: usize = 1_000;

impl Advanced {
    /// Adds what another command did.
    pub fn add(&mut self, other: Advanced) {
        self.looked_at = self.looked_at.saturating_add(other.looked_at);
        self.changed = self.changed.saturating_add(other.changed);
        let room = MOST_TOLD.saturating_sub(self.enrolments.len());
        self.enrolments.extend(other.enrolments.into_iter().take(room));
        let room = MOST_TOLD.saturating_sub(self.unreadable.len());
        self.unreadable.extend(other.unreadable.into_iter().take(room));
        self.more = other.more;
    }
}

impl Command for AdvanceEnrolments {
    type Output = Advanced;
    const VERB: Verb = Verb::Enrol;

    fn name() -> Cow<'static, str> {
        "enrolment.advance".into()
    }

    fn to_json(&self) -> Json {
        match self {
            Self::Due { limit } => json!({"limit": json::length(*limit)}),
            Self::One { id, version, step } => {
                let mut map = head_json(*id, *version);
                if let Some(step) = step {
                    map.insert("step".into(), step.as_str().into());
                }
                Json::Object(map)
            }
        }
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map: &Map<String, Json> = json::object(body, "an object with `id` or `limit`")?;
        if map.contains_key("id") {
            json::only_keys(map, &["id", "version", "step"])?;
            let (id, version) = head(map)?;
            return Ok(Self::One { id, version, step: text_of(map, "step")? });
        }
        json::only_keys(map, &["limit"])?;
        Ok(Self::Due { limit: limit_of(map, MOST_ADVANCED)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Advanced> {
        match self {
            Self::One { id, version, step } => {
                let row = reached(cx, *id, *version)?;
                let told = advance(cx, &row, step.clone())?;
                let changed = u64::from(told.row != row);
                let enrolments = vec![EnrolmentNow::of(&told)];
                Ok(Advanced { looked_at: 1, changed, enrolments, ..Advanced::default() })
            }
            Self::Due { limit } => due(cx, *limit),
        }
    }
}

/// The enrolments that time may have changed, the longest waiting first.
pub(crate) fn enrolments_due(rules: &Rules, at: Instant, limit: usize) -> Result<Query> {
    let schema = rules.schema(Kind::Enrolment);
    let (field, _) = schema.resolve("look_at")?;
    let mut query = Query::all(Kind::Enrolment, schema.clone(), at);
    query.filter = Some(Predicate::test("look_at", Operator::AtMost, format_instant(at)).compile(&schema)?);
    (query.order, query.limit) = (vec![Order { field, descending: false }], limit);
    Ok(query)
}

/// Looks at those that are due.
fn due(cx: &mut Cx<'_>, limit: usize) -> Result<Advanced> {
    let query = enrolments_due(cx.rules(), cx.at(), limit)?;
    let page = cx.find(&query)?;
    let mut done =
        Advanced { looked_at: json::length(page.rows.len()), more: page.next.is_some(), ..Advanced::default() };
    for row in page.rows {
        // Time is nobody's edit: whoever sees an enrolment may have it looked at.
        let row = cx.by_itself(|cx| cx.existing(row.key()))?;
        if let Err(problem) = readable(cx, &row) {
            done.unreadable.push(json!({"enrolment": row.id.to_string(), "problem": problem.code().name()}));
            put_off(cx, row)?;
            continue;
        }
        let told = advance(cx, &row, None)?;
        if told.row != row {
            done.changed = done.changed.saturating_add(1);
            done.enrolments.push(EnrolmentNow::of(&told));
        }
        // Whatever nothing more is known of waits for the next day, so that it holds nobody up.
        let still = enrolment_of(&told.row).and_then(|row| row.look_at).is_some_and(|look| look <= cx.at());
        if still {
            put_off(cx, told.row)?;
        }
    }
    Ok(done)
}

/// Whether an enrolment's state and sequence are what they were.
fn readable(cx: &mut Cx<'_>, row: &Row) -> Result<(), Error> {
    let Some(enrolment) = enrolment_of(row) else { return Ok(()) };
    let state = state_of(row.id, enrolment)?;
    let sequence = sequence_of(cx, &state.sequence, Some(state.version))?;
    state.check(&sequence)
}

fn put_off(cx: &mut Cx<'_>, mut row: Row) -> Result<()> {
    let Some(mut enrolment) = enrolment_of(&row).cloned() else { return Ok(()) };
    enrolment.look_at = plus_days(cx.at(), 1);
    row.body = enrolment.into();
    cx.by_itself(|cx| cx.update(row)).map(drop)
}

/// Runs what is due, or begins what waits for its turn and has it now.
fn advance(cx: &mut Cx<'_>, row: &Row, step: Option<String>) -> Result<Told> {
    let at = cx.at();
    let waits = enrolment_of(row).and_then(|enrolment| enrolment.status) == Some(EnrolmentStatus::Pending);
    if !waits {
        return enrolment_happens(cx, row.id, Event::Advance { step }, at);
    }
    let (verdict, reasons) = cx.by_itself(|cx| turn(cx, row))?;
    if verdict == Verdict::Enrol {
        let told = enrolment_happens(cx, row.id, Event::Activate, at)?;
        let is_due = enrolment_of(&told.row).and_then(|row| row.due_at).is_some_and(|due| due <= at);
        return if is_due { enrolment_happens(cx, row.id, Event::Advance { step }, at) } else { Ok(told) };
    }
    // What stops it meanwhile ends it; else its turn comes later.
    let mut told = enrolment_happens(cx, row.id, Event::Advance { step }, at)?;
    told.decision.reasons.extend(reasons);
    let Some(mut enrolment) = enrolment_of(&told.row).cloned() else { return Ok(told) };
    if enrolment.status == Some(EnrolmentStatus::Pending) {
        let state = state_of(row.id, &enrolment)?;
        let look = look_at(&state, &Decision::default(), at);
        fill(&mut enrolment, &state, look);
        told.row = cx.by_itself(|cx| cx.update(Row { body: enrolment.into(), ..told.row.clone() }))?;
    }
    Ok(told)
}

/// Whether it is the turn of an enrolment that waits.
fn turn(cx: &mut Cx<'_>, row: &Row) -> Result<(Verdict, Vec<crate::kernel::sequence_reason::SequenceReason>)> {
    let Some(enrolment) = enrolment_of(row) else { return Ok((Verdict::Refuse, Vec::new())) };
    let Some(key) = subject_key(enrolment) else { return Ok((Verdict::Refuse, Vec::new())) };
    let subject = cx.existing(key)?;
    let version = enrolment.sequence_version.and_then(|version| u32::try_from(version).ok());
    let sequence = sequence_of(cx, &enrolment.sequence, version)?;
    let asking = Asking::new(cx, &sequence, &subject, Some(row), false)?;
    // Whether the sequence takes new records is no matter for one that is in it.
    Ok(crate::rules::sequence::may_go_on(&sequence, &asking.request()))
}
