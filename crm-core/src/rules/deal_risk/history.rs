//! A deal's history as facts: what was known at an instant, whenever the question is asked.
//!
//! Everything is cut to what had been written down by then, so that the risk of a past day is that day's. The order in
//! which rows are given does not matter.

use chrono::NaiveDate;

use super::evaluate::DealRisk;
use super::facts::{DealFacts, Known, Mark, Person, Planned, Reached, StageFacts};
use super::pushes::{DateAfter, pushes};
use crate::kernel::money::Money;
use crate::kernel::probability::Probability;
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::text::words;
use crate::kernel::time::Instant;
use crate::rules::pipeline::{Pipelines, Spans, Step};

/// The deal's tracked fields after one change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// Its id.
    pub id: String,
    /// Its number, which orders changes; those without one are ordered by instant and id.
    pub number: Option<i64>,
    /// When the change was made.
    pub at: Instant,
    /// Who made it.
    pub actor: String,
    /// Why, as its code.
    pub cause: String,
    /// The pipeline's code.
    pub pipeline: String,
    /// The stage's code.
    pub stage: String,
    /// Since when the deal stands there.
    pub entered_at: Option<Instant>,
    /// Open, won or lost.
    pub state: Option<StageKind>,
    /// What it is worth.
    pub amount: Option<Money>,
    /// When it is expected to close.
    pub close_date: Option<NaiveDate>,
    /// The probability set by hand.
    pub probability: Option<Probability>,
    /// The category set by hand.
    pub category: Option<Category>,
    /// Whether it is archived.
    pub is_archived: bool,
}

/// Who spoke.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Nobody wrote it down.
    #[default]
    Unknown,
    /// The customer.
    Inbound,
    /// The team.
    Outbound,
    /// Both, as in a meeting.
    Both,
}

impl Direction {
    /// The direction of an activity's text; another text is not known.
    pub fn of(text: &str) -> Self {
        match text {
            "inbound" => Direction::Inbound,
            "outbound" => Direction::Outbound,
            "both" => Direction::Both,
            _ => Direction::Unknown,
        }
    }
}

/// An activity, past or planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touch {
    /// Its id.
    pub id: String,
    /// When it happened, or is to happen.
    pub at: Instant,
    /// When it was written down; before that nobody knew of it.
    pub logged_at: Option<Instant>,
    /// When it was archived; from then on it does not count.
    pub removed_at: Option<Instant>,
    /// Who spoke.
    pub direction: Direction,
    /// Whether a machine did it.
    pub is_automatic: bool,
    /// The person.
    pub contact: Option<String>,
    /// What it was: call, email, meeting, note ...
    pub kind: String,
}

impl Touch {
    /// Machines' mails and notes touch nobody.
    fn counts(&self, at: Instant) -> bool {
        let known = self.logged_at.is_none_or(|logged| logged <= at);
        let removed = self.removed_at.is_some_and(|removed| removed <= at);
        known && !removed && !self.is_automatic && words(&self.kind) != "note"
    }

    const fn is_inbound(&self) -> bool {
        matches!(self.direction, Direction::Inbound | Direction::Both)
    }

    const fn is_outbound(&self) -> bool {
        matches!(self.direction, Direction::Outbound)
    }

    fn mark(&self) -> Mark {
        Mark { at: self.at, id: self.id.clone() }
    }
}

/// A task of the deal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Todo {
    /// Its id.
    pub id: String,
    /// When it was made; before that nobody knew of it.
    pub created_at: Option<Instant>,
    /// When it was done.
    pub completed_at: Option<Instant>,
    /// When it was archived.
    pub removed_at: Option<Instant>,
}

/// A contact's part in the deal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The contact's id.
    pub contact: String,
    /// The part.
    pub role: String,
    /// When it was written down.
    pub added_at: Option<Instant>,
    /// When it was archived.
    pub removed_at: Option<Instant>,
}

/// What happened around a deal. A list that is `None` has no source: what it would tell is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Every change.
    pub revisions: Option<Vec<Revision>>,
    /// Every activity.
    pub touches: Option<Vec<Touch>>,
    /// Every task.
    pub tasks: Option<Vec<Todo>>,
    /// Every contact's part.
    pub people: Option<Vec<Part>>,
}

impl DealFacts {
    /// Fills in what the pipeline declares of the deal's stage: its kind, place, probability, category and longest stay.
    /// Without pipelines the deal's own state stays; a stage that no pipeline has leaves the state unknown.
    pub fn place(&mut self, pipelines: &Pipelines) {
        if pipelines.is_empty() {
            return;
        }
        let pipeline = match self.pipeline.as_str() {
            "" => pipelines.default_pipeline(),
            code => pipelines.pipeline(code),
        };
        let found = pipeline.and_then(|pipeline| Some((pipeline, pipeline.stage(&self.stage)?)));
        let Some((pipeline, stage)) = found else {
            (self.state, self.stage_facts) = (None, None);
            return;
        };
        let place = pipeline.of_kind(StageKind::Open).position(|open| open.code == stage.code);
        let place = place.and_then(|place| u32::try_from(place.saturating_add(1)).ok());
        self.pipeline.clone_from(&pipeline.code);
        self.stage.clone_from(&stage.code);
        self.state = Some(stage.kind);
        self.stage_facts = Some(StageFacts {
            place,
            probability: Some(stage.probability),
            category: Some(stage.category),
            max_age_days: stage.max_age_days.map(u32::from),
        });
    }
}

impl History {
    /// Fills what this history tells into a deal's own facts, as of an instant. Facts that are known already and that no
    /// list tells stay.
    pub fn fill(&self, facts: &mut DealFacts, pipelines: &Pipelines, risk: &DealRisk, at: Instant) {
        let revisions = self.revisions.as_ref().map(|all| in_order(all, at));
        if let (Some(known), Some(all)) = (&revisions, &self.revisions) {
            go_back(facts, known, all, at);
        }
        facts.place(pipelines);
        if let Some(revisions) = revisions {
            fill_changes(facts, &revisions, pipelines, risk);
        }
        if let Some(touches) = &self.touches {
            fill_touches(facts, touches, risk, at);
        }
        if let Some(tasks) = &self.tasks {
            let until = |end: Option<Instant>| end.is_none_or(|end| end > at);
            let open = tasks.iter().filter(|task| {
                task.created_at.is_none_or(|made| made <= at) && until(task.completed_at) && until(task.removed_at)
            });
            let mut ids: Vec<String> = open.map(|task| task.id.clone()).collect();
            ids.sort();
            facts.open_tasks = Known::Is(ids);
        }
        if let Some(people) = &self.people {
            let there = people.iter().filter(|part| {
                part.added_at.is_none_or(|added| added <= at) && part.removed_at.is_none_or(|gone| gone > at)
            });
            let decides = there.filter(|part| risk.decides(&part.role)).map(|part| part.contact.clone());
            facts.decision_maker = Known::of(decides.min());
        }
    }
}

/// The revisions by an instant, in order of number, instant and id.
fn in_order(revisions: &[Revision], at: Instant) -> Vec<&Revision> {
    let mut known: Vec<&Revision> = revisions.iter().filter(|revision| revision.at <= at).collect();
    known.sort_by(|a, b| (a.number, a.at, &a.id).cmp(&(b.number, b.at, &b.id)));
    known
}

/// The deal as its last revision left it, where later ones changed it since.
fn go_back(facts: &mut DealFacts, known: &[&Revision], all: &[Revision], at: Instant) {
    if all.iter().all(|revision| revision.at <= at) {
        return;
    }
    let Some(last) = known.last() else {
        facts.created_at = all.iter().map(|revision| revision.at).min();
        return;
    };
    facts.pipeline.clone_from(&last.pipeline);
    facts.stage.clone_from(&last.stage);
    facts.state = last.state;
    facts.stage_facts = None;
    facts.is_archived = last.is_archived;
    facts.amount = Known::of(last.amount);
    facts.close_date = Known::of(last.close_date);
    facts.probability = Known::of(last.probability);
    facts.category = Known::of(last.category);
    facts.stage_entered = last.entered_at.map_or(Known::Unknown, |at| Known::Is(Mark::at(at)));
}

/// What the changes tell: since when the deal stands where it stands, what it was worth then, steps back and pushes.
fn fill_changes(facts: &mut DealFacts, revisions: &[&Revision], pipelines: &Pipelines, risk: &DealRisk) {
    let made = revisions.first().map(|first| first.at).into_iter().chain(facts.created_at).min();
    let dates: Vec<DateAfter> = revisions
        .iter()
        .map(|r| DateAfter { at: Some(r.at), actor: r.actor.clone(), id: r.id.clone(), date: r.close_date })
        .collect();
    facts.pushes = Known::Is(pushes(&dates, made, &risk.model().calendar, risk.model().period));

    // One span a run of revisions in the same stage: the first of a run tells of the move.
    let runs: Vec<&[&Revision]> = revisions.chunk_by(|a, b| a.pipeline == b.pipeline && a.stage == b.stage).collect();
    let steps = revisions.iter().zip(0_i64..).map(|(r, number)| Step {
        number,
        changed_at: r.at,
        pipeline: &r.pipeline,
        stage: &r.stage,
        entered_at: r.entered_at,
        cause: &r.cause,
    });
    let spans = Spans::new(steps);
    let place = |stage: &str, pipeline: &str| {
        let pipeline = pipelines.pipeline(pipeline)?;
        let code = &pipeline.stage(stage)?.code;
        pipeline.of_kind(StageKind::Open).position(|open| open.code == *code)
    };
    let mut moved_back = Known::Absent;
    for ((from, to), run) in spans.all().iter().zip(spans.all().iter().skip(1)).zip(runs.iter().skip(1)) {
        let (old, new) = (place(&from.stage, &from.pipeline), place(&to.stage, &to.pipeline));
        if from.pipeline == to.pipeline && old.zip(new).is_some_and(|(old, new)| new < old) {
            let id = run.first().map(|first| first.id.clone()).unwrap_or_default();
            moved_back = Known::Is(Mark { at: to.entered_at, id });
        }
    }
    facts.moved_back = if pipelines.is_empty() { Known::Unknown } else { moved_back };

    let (Some(span), Some(run)) = (spans.current(), runs.last()) else { return };
    let same = |a: &str, b: &str| crate::kernel::text::fold(a) == crate::kernel::text::fold(b);
    if !same(&span.stage, &facts.stage) {
        return;
    }
    let id = run.first().map(|first| first.id.clone()).unwrap_or_default();
    facts.stage_entered = Known::Is(Mark { at: span.entered_at, id });
    facts.stage_amount = match run.iter().find_map(|r| r.amount) {
        Some(amount) => Known::Is(amount),
        None if facts.amount.value().is_none() => facts.amount.clone(),
        None => Known::Unknown,
    };
    let changes = run.iter().zip(run.iter().skip(1)).filter(|(before, after)| before.amount != after.amount);
    facts.amount_changes = changes.map(|(_, after)| after.id.clone()).filter(|id| !id.is_empty()).collect();
}

/// What the activities tell.
fn fill_touches(facts: &mut DealFacts, touches: &[Touch], risk: &DealRisk, at: Instant) {
    let mut known: Vec<&Touch> = touches.iter().filter(|touch| touch.counts(at)).collect();
    known.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    let (past, ahead): (Vec<&Touch>, Vec<&Touch>) = known.into_iter().partition(|touch| touch.at <= at);
    facts.last_touch = Known::of(past.last().map(|touch| touch.mark()));
    facts.last_outbound = Known::of(past.iter().rev().find(|touch| touch.is_outbound()).map(|touch| touch.mark()));
    let heard = past.iter().rev().find(|touch| touch.is_inbound());
    if risk.model().is_inbound_tracked || heard.is_some() {
        facts.last_inbound = Known::of(heard.map(|touch| touch.mark()));
        let unanswered = |touch: &&&Touch| touch.is_outbound() && heard.is_none_or(|heard| heard.at < touch.at);
        facts.waiting_since = Known::of(past.iter().find(unanswered).map(|touch| touch.mark()));
    }
    facts.reached = reached(&past);
    let plan = |touch: &&Touch| Planned {
        mark: touch.mark(),
        is_touch: true,
        is_inbound: touch.is_inbound(),
        is_outbound: touch.is_outbound(),
        contact: touch.contact.clone(),
    };
    facts.planned = Known::Is(ahead.iter().map(plan).collect());
}

/// The last touch of each person; not known where touches name nobody.
fn reached(past: &[&Touch]) -> Known<Reached> {
    let mut people: Vec<Person> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    for touch in past {
        let Some(contact) = &touch.contact else { continue };
        let place = *places.entry(contact).or_insert(people.len());
        match people.get_mut(place) {
            Some(person) => person.mark = touch.mark(),
            None => people.push(Person { contact: contact.clone(), mark: touch.mark() }),
        }
    }
    if people.is_empty() && !past.is_empty() {
        return Known::Unknown;
    }
    Known::Is(Reached::Last(people))
}
