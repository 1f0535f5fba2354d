//! What a store knows of a record, for the rule `next_action`: a few look-ups by index for each record.

use serde_json::Value as Json;

use super::pipelines_of;
use super::stored_risk::StoredRisk;
use crate::kernel::approval::DraftState;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::sales::StageKind;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;
use crate::model::{AnyRecord, Consent, Key, Kind, Row, consent_of};
use crate::rules::Rules;
use crate::rules::deal_risk::Verdict;
use crate::rules::next_action::{NextFacts, NextSubject, RiskFact, Seen, Suggested};
use crate::store::{Order, Query, Read};

/// Most messages after the last touch that are looked at.
const MOST_REPLIES: usize = 20;
/// What only a host knows.
const TOLD_BY_HOST: &[&str] = &["quote", "renewal", "health"];

/// Whether there may be something to do about a record.
pub(crate) fn is_open(row: &Row) -> bool {
    row.archived_at.is_none()
        && match &row.body {
            AnyRecord::Lead(lead) => lead.converted_at.is_none() && lead.merged_into.is_none(),
            AnyRecord::Deal(deal) => deal.state.unwrap_or(StageKind::Open) == StageKind::Open,
            _ => true,
        }
}

/// What a host tells beside what the store knows: quotes, renewals, health.
///
/// # Errors
/// Another fact, and what it gets wrong, with its place.
pub(crate) fn told_by_host(facts: &Json) -> Result<NextFacts> {
    for (i, fact) in facts.as_array().into_iter().flatten().enumerate() {
        let name = fact.get("fact").and_then(Json::as_str).unwrap_or_default();
        if !TOLD_BY_HOST.contains(&name) {
            let found = crate::kernel::text::shortened(name, 60);
            return Err(Error::from(Problem::NotOneOf { found, expected: TOLD_BY_HOST }).at("fact").at_index(i));
        }
    }
    NextFacts::from_json(facts)
}

/// A record with its facts and what they suggest.
pub(crate) fn suggested(
    read: &dyn Read,
    rules: &Rules,
    at: Instant,
    row: &Row,
    told: &NextFacts,
    language: Lang,
) -> Result<Suggested> {
    let facts = facts_of(read, rules, at, row, told)?;
    let subject = NextSubject { kind: row.body.kind(), id: row.id.to_string(), version: Some(row.version) };
    let table = rules.next_actions();
    let candidates = table.candidates(&subject, &facts, at, language);
    let mut held = std::collections::BTreeSet::new();
    for one in &candidates {
        if held_draft(read, rules, at, &one.key)?.is_some() {
            held.insert(one.key.clone());
        }
    }
    Ok(table.chosen(candidates, &facts, |key| held.contains(key)))
}

/// How the drafts of a suggestion are known.
pub(crate) fn origin_of(key: &str) -> String {
    format!("suggestion {key}")
}

/// The draft that a suggestion became, whatever became of it; of several the latest.
pub(crate) fn held_draft(read: &dyn Read, rules: &Rules, at: Instant, key: &str) -> Result<Option<Row>> {
    draft_of_origin(read, rules, at, &origin_of(key))
}

/// The draft that something made once, whatever became of it; of several the latest.
pub(crate) fn draft_of_origin(read: &dyn Read, rules: &Rules, at: Instant, origin: &str) -> Result<Option<Row>> {
    let schema = rules.schema(Kind::Draft);
    let mut query = Query::all(Kind::Draft, schema.clone(), at);
    let all = vec![
        Predicate::test("origin_key", Operator::Equal, origin),
        // What was taken back or overtaken may be suggested again.
        Predicate::test(
            "state",
            Operator::NotIn,
            vec![Json::from(DraftState::Cancelled.code()), Json::from(DraftState::Superseded.code())],
        ),
    ];
    query.filter = Some(Predicate::All(all).compile(&schema)?);
    query.order = vec![Order { field: schema.resolve("created_at")?.0, descending: true }];
    query.limit = 1;
    Ok(read.find(&query)?.rows.into_iter().next())
}

fn facts_of(read: &dyn Read, rules: &Rules, at: Instant, row: &Row, told: &NextFacts) -> Result<NextFacts> {
    let mut facts = told.clone();
    let look = Look { read, rules, at, row };
    let owner = |name: &str| Some(Some(name.to_owned()).filter(|name| !name.is_empty()));
    let touched = look.last(&["outbound", "both"])?;
    facts.touched = Some(touched);
    facts.replies = look.replies(touched)?;
    facts.open_tasks = Some(look.open_tasks()?);
    match &row.body {
        AnyRecord::Lead(lead) => {
            facts.owner = owner(&lead.owner);
            facts.received = Some(lead.received_at.unwrap_or(row.created_at));
            facts.score = Some((lead.band.clone(), lead.score)).filter(|(band, _)| !band.is_empty());
            let schema = rules.schema(Kind::Lead);
            let missing = |reason| match reason {
                Reason::Missing { item, .. } => Some(item),
                _ => None,
            };
            facts.gaps = rules.lead_gaps().gaps(&row.facts(&schema)).reasons().filter_map(missing).collect();
            facts.has_objection = lead.consent == Consent::OptedOut;
        }
        AnyRecord::Deal(deal) => {
            facts.owner = owner(&deal.owner);
            facts.close_date = deal.close_date;
            facts.stage_since = deal.stage_entered_at;
            let pipelines = pipelines_of(read, rules, at)?;
            let stored = StoredRisk { read, then: None, rules, pipelines: &pipelines, at };
            if let Some(Verdict::Scored(scored)) = stored.verdicts(&[row])?.pop() {
                let signals = scored.lines.iter().map(|line| line.signal).collect();
                facts.risk = Some(RiskFact { score: scored.score, signals });
            }
            if let Some(id) = deal.contact {
                let person = read.get(Key { kind: Kind::Contact, id })?;
                facts.has_objection = person.is_some_and(|row| consent_of(&row.body) == Consent::OptedOut);
            }
        }
        AnyRecord::Account(account) => {
            facts.owner = owner(&account.owner);
            facts.health = facts.health.or(account.health.filter(|health| (0..=100).contains(health)));
            facts.breached_tickets = Some(look.breached_tickets()?);
            if let Some(place) = rules.next_actions().renewal_field
                && let Fact::Date(date) = row.fact_of(&rules.schema(Kind::Account), place)
            {
                facts.renewals.push(date);
            }
        }
        _ => {}
    }
    facts.settle();
    Ok(facts)
}

/// Looks around one record.
struct Look<'a> {
    read: &'a dyn Read,
    rules: &'a Rules,
    at: Instant,
    row: &'a Row,
}

impl Look<'_> {
    fn query(&self, kind: Kind, more: Vec<Predicate>) -> Result<Query> {
        let link = self.row.body.kind().name();
        let mut all = vec![Predicate::test(link, Operator::Equal, self.row.id.to_string())];
        all.extend(more);
        let schema = self.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), self.at);
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        Ok(query)
    }

    /// Activities in a direction by now that no machine sent, the latest or the earliest first.
    fn activities(&self, directions: &[&str], after: Option<Instant>, descending: bool) -> Result<Query> {
        let directions: Vec<Json> = directions.iter().map(|one| Json::from(*one)).collect();
        let automatic = vec![
            Predicate::test("automatic", Operator::IsNull, Json::Null),
            Predicate::test("automatic", Operator::Equal, false),
        ];
        let mut all = vec![
            Predicate::test("happened_at", Operator::AtMost, format_instant(self.at)),
            Predicate::test("direction", Operator::In, directions),
            Predicate::Any(automatic),
        ];
        all.extend(after.map(|after| Predicate::test("happened_at", Operator::Greater, format_instant(after))));
        let mut query = self.query(Kind::Activity, all)?;
        query.order = vec![Order { field: query.schema.resolve("happened_at")?.0, descending }];
        Ok(query)
    }

    /// When the team was last in touch.
    fn last(&self, directions: &[&str]) -> Result<Option<Instant>> {
        let mut query = self.activities(directions, None, true)?;
        query.limit = 1;
        let row = self.read.find(&query)?.rows.into_iter().next();
        Ok(row.and_then(|row| match row.body {
            AnyRecord::Activity(activity) => activity.happened_at,
            _ => None,
        }))
    }

    /// Messages since then, the earliest first.
    fn replies(&self, touched: Option<Instant>) -> Result<Vec<Seen>> {
        let mut query = self.activities(&["inbound"], touched, false)?;
        query.limit = MOST_REPLIES;
        let seen = |row: Row| match row.body {
            AnyRecord::Activity(activity) => Some(Seen { at: activity.happened_at?, id: row.id.to_string() }),
            _ => None,
        };
        Ok(self.read.find(&query)?.rows.into_iter().filter_map(seen).collect())
    }

    fn open_tasks(&self) -> Result<i64> {
        let open = Predicate::test("completed_at", Operator::IsNull, Json::Null);
        self.count(&self.query(Kind::Task, vec![open])?)
    }

    /// Open tickets with a broken promise.
    fn breached_tickets(&self) -> Result<i64> {
        let open: Vec<Json> = ["new", "open", "pending", "hold"].map(Json::from).to_vec();
        let all = vec![
            Predicate::test("state", Operator::In, open),
            Predicate::test("sla_due_at", Operator::Less, format_instant(self.at)),
        ];
        self.count(&self.query(Kind::Ticket, all)?)
    }

    fn count(&self, query: &Query) -> Result<i64> {
        Ok(i64::try_from(self.read.count(query)?).unwrap_or(i64::MAX))
    }
}
