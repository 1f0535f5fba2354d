//! Scoring stored leads and keeping what the badge shows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::body::{at_most, ids_of};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Event, Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::lead_score;
use crate::store::Query;

/// Most leads of one command; [`crate::Crm::score_all`] takes any number.
pub(crate) const MOST_LEADS: usize = 500;
/// Most events that one command reads.
const MOST_EVENTS: usize = 100_000;

/// Scores leads from their fields and events, and keeps score, band, grade and when it may next change. Reasons are
/// not stored: they are computed whenever somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreLeads {
    /// The leads; archived ones are passed over.
    pub ids: Vec<Id>,
}

/// What a scoring did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scored {
    /// Leads that were scored.
    pub scored: u64,
    /// Leads whose score, band, grade or next change differs from before.
    pub changed: u64,
}

impl Scored {
    /// Adds what another scoring did.
    pub fn add(&mut self, other: Scored) {
        self.scored = self.scored.saturating_add(other.scored);
        self.changed = self.changed.saturating_add(other.changed);
    }
}

impl Command for ScoreLeads {
    type Output = Scored;
    const VERB: Verb = Verb::Compute;

    fn name() -> Cow<'static, str> {
        "lead.score".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"ids": self.ids.iter().map(Id::to_string).collect::<Vec<_>>()})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `ids`")?;
        json::only_keys(map, &["ids"])?;
        Ok(ScoreLeads { ids: ids_of(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Scored> {
        at_most(MOST_LEADS, &self.ids)?;
        let (rules, at) = (cx.rules(), cx.at());
        let events = events_of(cx, &self.ids)?;
        let mut done = Scored::default();
        for id in &self.ids {
            let mut row = cx.existing(Key { kind: Kind::Lead, id: *id })?;
            if row.archived_at.is_some() {
                continue;
            }
            done.scored = done.scored.saturating_add(1);
            if rescore(rules, &mut row, events.get(id).into_iter().flatten(), at) {
                // What is computed is no edit: whoever sees the lead may have it computed.
                cx.by_itself(|cx| cx.update(row))?;
                done.changed = done.changed.saturating_add(1);
            }
        }
        Ok(done)
    }
}

/// A stored event as the rule reads it.
pub(crate) struct Seen {
    id: Option<String>,
    kind: String,
    at: Instant,
}

impl Seen {
    fn new(row: &Row<Event>) -> Option<Self> {
        let Event { external_source, external_id, kind, happened_at, .. } = &row.body;
        // An event reported twice by one system has one id there.
        let id = (!external_id.is_empty()).then(|| json::canonical(&serde_json::json!([external_source, external_id])));
        Some(Seen { id, kind: kind.clone(), at: (*happened_at)? })
    }

    pub(crate) fn fact(&self) -> lead_score::Event<'_> {
        lead_score::Event { id: self.id.as_deref(), kind: &self.kind, at: self.at }
    }
}

/// The events of some leads that the model can count, by lead.
pub(crate) fn events_of(cx: &mut Cx<'_>, ids: &[Id]) -> Result<BTreeMap<Id, Vec<Seen>>> {
    let mut events: BTreeMap<Id, Vec<Seen>> = BTreeMap::new();
    let kinds: Vec<&str> = cx.rules().lead_scorer().event_kinds().iter().map(String::as_str).collect();
    if ids.is_empty() || kinds.is_empty() {
        return Ok(events);
    }
    let schema = cx.rules().schema(Kind::Event);
    let ids: Vec<Json> = ids.iter().map(|id| id.to_string().into()).collect();
    let filter = vec![Predicate::test("lead", Operator::In, ids), Predicate::test("kind", Operator::In, kinds)];
    let mut query = Query::all(Kind::Event, schema.clone(), cx.at());
    query.filter = Some(Predicate::All(filter).compile(&schema)?);
    let mut read: usize = 0;
    cx.each_page(query, |page| {
        read = read.saturating_add(page.len());
        if read > MOST_EVENTS {
            let (found, most) = (json::length(read), json::length(MOST_EVENTS));
            return Err(Problem::TooMany { what: "events", found, most }.into());
        }
        for event in page.iter().filter_map(Row::typed::<Event>) {
            if let (Some(lead), Some(seen)) = (event.body.lead, Seen::new(&event)) {
                events.entry(lead).or_default().push(seen);
            }
        }
        Ok(())
    })?;
    Ok(events)
}

/// Scores a lead's row from its fields and these events; whether anything but the instant differs from before.
pub(crate) fn rescore<'e>(rules: &Rules, row: &mut Row, events: impl Iterator<Item = &'e Seen>, at: Instant) -> bool {
    let events: Vec<lead_score::Event<'_>> = events.map(Seen::fact).collect();
    let score = rules.lead_scorer().score_bare(&row.facts(&rules.schema(Kind::Lead)), &events, at);
    keep(row, &score, at)
}

/// Takes a score over into the lead's row; whether anything but the instant differs from before.
fn keep(row: &mut Row, score: &lead_score::Score, at: Instant) -> bool {
    let AnyRecord::Lead(lead) = &mut row.body else { return false };
    let before = (lead.score, lead.band.clone(), lead.grade.clone(), lead.score_model.clone(), lead.next_score_at);
    lead.score = Some(score.score());
    lead.band = score.band().unwrap_or_default().to_owned();
    lead.grade = score.grade().unwrap_or_default();
    lead.score_model = score.model_name().to_owned();
    lead.next_score_at = score.next_change_at();
    let after = (lead.score, lead.band.clone(), lead.grade.clone(), lead.score_model.clone(), lead.next_score_at);
    if before == after {
        return false;
    }
    lead.scored_at = Some(at);
    true
}
