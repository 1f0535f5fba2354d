//! Enriching a stored lead, with every finding kept beside it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::id_of;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::finding::Topic;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::value::Value;
use crate::model::{AnyRecord, Enrichment, Key, Kind, Record, Row};
use crate::rules::Rules;
use crate::rules::enrichment::{Decision, Derived, Outcome, Supplied, enrich};
use crate::store::Query;

/// Finds out about a lead from its own fields and from what the host supplies, writes what the policy allows, and keeps
/// each finding as an [`Enrichment`]. Asked again with the same, it changes nothing; its plan is the preview.
///
/// The trail keeps the pages as they were given: a host that has much text sends what it wants to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrichLead {
    /// The lead.
    pub id: Id,
    /// What the host supplies.
    pub supplied: Supplied,
}

/// What an enrichment found and did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enriched {
    /// The lead's version afterwards.
    pub version: u64,
    /// What was written into the lead.
    pub written: Vec<Decision>,
    /// What differs from what stands in the lead, which keeps it.
    pub conflicts: Vec<Decision>,
    /// What is too uncertain to be written.
    pub held: Vec<Decision>,
    /// Everything found: by topic, the best first.
    pub facts: Vec<Derived>,
    /// The key fields that are still empty.
    pub missing: Vec<Topic>,
    /// What was too long and cut, or not understood.
    pub diagnostics: Vec<Json>,
}

impl Command for EnrichLead {
    type Output = Enriched;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        "lead.enrich".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        self.supplied.clone().into_command(&mut map);
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        let supplied = Supplied::of_command(body)?;
        let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
        Ok(EnrichLead { id, supplied })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Enriched> {
        let mut row = cx.active(Key { kind: Kind::Lead, id: self.id })?;
        let kept = kept(cx, self.id)?;
        let (rules, schema) = (cx.rules(), cx.rules().schema(Kind::Lead));
        let ours: Vec<Topic> =
            Topic::ALL.iter().copied().filter(|t| kept.iter().any(|k| is_last_writer(k, *t, &row))).collect();
        let (material, policy) = (self.supplied.material(), self.supplied.policy);
        let identity = rules.identity();
        let outcome = enrich(rules.enricher(), identity, &row.facts(&schema), &schema, &material, &ours, policy);
        for decision in outcome.written() {
            let place = decision.field.field().and_then(|name| Kind::Lead.place(name));
            if let Some(place) = place {
                row.body.set(place, Value::Text(decision.value.clone()))?;
            }
        }
        let row = cx.update(row)?;
        keep(cx, &outcome, &kept, &row)?;
        let list = |decisions: Vec<&Decision>| decisions.into_iter().cloned().collect();
        Ok(Enriched {
            version: row.version,
            written: list(outcome.written().collect()),
            conflicts: list(outcome.conflicts().collect()),
            held: list(outcome.held().collect()),
            diagnostics: material.diagnostics().iter().map(Error::to_json).collect(),
            missing: outcome.missing,
            facts: outcome.facts,
        })
    }
}

/// The findings that are kept of a lead: at most one for each topic and method. Those of a lead
/// that was merged into this one speak of other versions and are left as they are.
fn kept(cx: &mut Cx<'_>, lead: Id) -> Result<Vec<Row<Enrichment>>> {
    let schema = cx.rules().schema(Kind::Enrichment);
    let mut query = Query::all(Kind::Enrichment, schema.clone(), cx.at());
    query.filter = Some(Predicate::test("lead", Operator::In, vec![Json::from(lead.to_string())]).compile(&schema)?);
    let mut kept = Vec::new();
    cx.each_page(query, |page| {
        let own = page.iter().filter_map(Row::typed::<Enrichment>);
        kept.extend(own.filter(|row| row.id == id_of_finding(lead, &row.body.field, &row.body.method)));
        Ok(())
    })?;
    Ok(kept)
}

/// Whether nobody has written the topic's field since this finding was written there.
fn is_last_writer(kept: &Row<Enrichment>, topic: Topic, lead: &Row) -> bool {
    let clock = topic.field().and_then(|field| lead.clocks.get(field));
    kept.body.field == topic.name()
        && clock.is_some_and(|c| kept.body.lead_version.and_then(|v| u64::try_from(v).ok()) == Some(c.version))
}

/// Keeps what was found, and takes back that older findings stand in fields that have others now.
fn keep(cx: &mut Cx<'_>, outcome: &Outcome, kept: &[Row<Enrichment>], lead: &Row) -> Result<()> {
    let mut found = Vec::with_capacity(outcome.facts.len());
    for fact in &outcome.facts {
        let id = id_of_finding(lead.id, fact.field.name(), fact.method.name());
        let before = kept.iter().find(|k| k.id == id);
        let written = outcome.written().any(|d| d.field == fact.field && d.method == fact.method);
        let now = i64::try_from(lead.version).ok();
        let mut record = Enrichment {
            lead: Some(lead.id),
            field: fact.field.name().to_owned(),
            value: fact.value.clone(),
            method: fact.method.name().to_owned(),
            source: fact.source.clone(),
            confidence: fact.confidence.name().to_owned(),
            evidence: fact.evidence.clone(),
            applied: None,
            lead_version: if written { now } else { before.and_then(|b| b.body.lead_version) },
            ..Enrichment::default()
        };
        record.applied = Some(stands(&record, fact.field, lead));
        match before {
            None => cx.insert(id, record.into_any())?,
            Some(before) => cx.update(before.any(record))?,
        };
        found.push(id);
    }
    for row in kept.iter().filter(|k| !found.contains(&k.id) && k.body.applied == Some(true)) {
        let topic = Topic::from_name(&row.body.field);
        if !topic.is_some_and(|topic| stands(&row.body, topic, lead)) {
            cx.update(row.any(Enrichment { applied: Some(false), ..row.body.clone() }))?;
        }
    }
    Ok(())
}

/// Whether the lead's field has the finding's value, and has it from there.
fn stands(finding: &Enrichment, topic: Topic, lead: &Row) -> bool {
    let Some(field) = topic.field() else { return false };
    let place = Kind::Lead.place(field);
    let value = place.map(|place| lead.body.fact(place).to_value());
    let clock = lead.clocks.get(field).and_then(|c| i64::try_from(c.version).ok());
    value == Some(Value::Text(finding.value.clone())) && clock.is_some() && clock == finding.lead_version
}

/// One row for each lead, topic and method.
fn id_of_finding(lead: Id, field: &str, method: &str) -> Id {
    Id::from_text(&format!("enrichment {lead} {field} {method}"))
}

impl Row<Enrichment> {
    /// The row as it is stored, with another record.
    fn any(&self, record: Enrichment) -> Row<AnyRecord> {
        Row {
            id: self.id,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            archived_at: self.archived_at,
            clocks: self.clocks.clone(),
            body: record.into_any(),
        }
    }
}
