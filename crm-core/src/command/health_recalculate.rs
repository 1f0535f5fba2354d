//! Working out the health of customers and keeping it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::body::{at_most, id_of};
use super::health_facts::{Look, health_facts};
use super::{Command, Cx, Verb};
use crate::kernel::customer::HealthTrigger;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::health_reason::HealthReason;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Name;
use crate::kernel::time::format_instant;
use crate::model::{AnyRecord, HealthEntry, Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::health::{Health, HealthModel, Standing, UNKNOWN, delta, points_text, reasons_json};
use crate::store::{Order, Query};

/// Most accounts of one command; [`crate::Crm::health_all`] takes any number.
pub(crate) const MOST_ACCOUNTS: usize = 500;

/// Works out the health of accounts and adds an entry to the history of each whose inputs are not those of its last
/// entry. The account's own `health` and `health_band` are set; of one for which no model is any more the health becomes
/// unknown. Archived accounts are passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecalculateHealth {
    /// The accounts.
    pub accounts: Vec<Id>,
    /// Why now.
    pub trigger: HealthTrigger,
}

/// What a recalculation found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recalculated {
    /// How many accounts were looked at.
    pub assessed: u64,
    /// How many of them have a new entry.
    pub changed: u64,
    /// Each of them.
    pub accounts: Vec<RecalculatedAccount>,
}

/// One account of a recalculation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecalculatedAccount {
    /// The account.
    pub account: Id,
    /// Its latest entry; none where no model ever was for it.
    pub entry: Option<Id>,
    /// Whether the entry is new.
    pub changed: bool,
    /// The score, with two decimals; none where too little is known.
    pub score: Option<String>,
    /// The band.
    pub band: String,
    /// Why the score is another one than in the entry before, or why there is no new entry.
    pub reasons: Vec<Json>,
}

impl Recalculated {
    /// Adds what another recalculation did, without its accounts.
    pub(crate) fn add(&mut self, other: &Recalculated) {
        self.assessed = self.assessed.saturating_add(other.assessed);
        self.changed = self.changed.saturating_add(other.changed);
    }
}

impl Command for RecalculateHealth {
    type Output = Recalculated;
    const VERB: Verb = Verb::Assess;

    fn name() -> Cow<'static, str> {
        "health.recalculate".into()
    }

    fn to_json(&self) -> Json {
        let accounts: Vec<String> = self.accounts.iter().map(Id::to_string).collect();
        json!({"accounts": accounts, "trigger": self.trigger.code()})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `account` or `accounts`")?;
        json::only_keys(map, &["account", "accounts", "trigger"])?;
        let accounts = match (id_of(map, "account")?, map.get("accounts").filter(|v| !v.is_null())) {
            (Some(id), None) => vec![id],
            (None, Some(ids)) => crate::rules::read::list(ids, Id::from_json).map_err(|e| e.at("accounts"))?,
            _ => return Err(Problem::MissingOneOf { names: &["account", "accounts"] }.into()),
        };
        let trigger = map.get("trigger").filter(|v| !v.is_null());
        let trigger = trigger.map(|v| crate::rules::read::coded(v, HealthTrigger::from_code, HealthTrigger::CODES));
        let trigger = trigger.transpose().map_err(|e| e.at("trigger"))?.unwrap_or(HealthTrigger::Manual);
        Ok(Self { accounts, trigger })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Recalculated> {
        at_most(MOST_ACCOUNTS, &self.accounts)?;
        let mut done = Recalculated::default();
        let mut seen = std::collections::BTreeSet::new();
        for id in self.accounts.iter().filter(|id| seen.insert(**id)) {
            let row = cx.reached(Key { kind: Kind::Account, id: *id })?;
            if row.archived_at.is_some() {
                continue;
            }
            let one = recalculate(cx, row, self.trigger)?;
            done.assessed = done.assessed.saturating_add(1);
            done.changed = done.changed.saturating_add(u64::from(one.changed));
            done.accounts.push(one);
        }
        Ok(done)
    }
}

fn recalculate(cx: &mut Cx<'_>, row: Row, trigger: HealthTrigger) -> Result<RecalculatedAccount> {
    let (rules, at) = (cx.rules(), cx.at());
    let account = row.id;
    let said = |reasons: &[HealthReason]| reasons_json(reasons, None);
    let last = cx.by_itself(|cx| cx.find(&entries_of(rules, account, at, 1)?))?.rows.into_iter().next();
    let last = last.and_then(|row| entry_of(row.body).map(|entry| (row.id, entry)));
    let model = model_of(rules, &row, at);
    let health = match model {
        Some(model) => {
            let facts = health_facts(&mut Look::All(Box::new(cx.aside())), rules, model, account, at)?;
            model.health(&facts, &rules.health().zone, at)?
        }
        // What was never worked out is what the host says.
        None if last.is_none() => {
            let reasons = said(&[HealthReason::NoModel]);
            let (entry, changed, score, band) = (None, false, None, UNKNOWN.to_owned());
            return Ok(RecalculatedAccount { account, entry, changed, score, band, reasons });
        }
        None => Health::without_model(),
    };
    let score = health.score.map(points_text);
    let band = health.band.id.clone();
    if let Some((entry, _)) = last.as_ref().filter(|(_, entry)| entry.inputs_hash == health.inputs_hash()) {
        let reasons = said(&[HealthReason::SameInputs]);
        keep(cx, row, &health)?;
        return Ok(RecalculatedAccount { account, entry: Some(*entry), changed: false, score, band, reasons });
    }
    let changes = match last.as_ref().and_then(|(_, entry)| standing_of(entry, model)) {
        Some(Standing { score, .. }) if health.is_without_model => {
            vec![score.map_or(HealthReason::NoModel, |score| HealthReason::ModelGone { score })]
        }
        Some(before) => delta(&before, &health.standing())?,
        None => vec![HealthReason::First],
    };
    let sequence = last.as_ref().and_then(|(_, entry)| entry.sequence_number).unwrap_or(0).saturating_add(1);
    // Two that recalculate at once make the same id: the second decides again, and finds the first one's entry.
    let id = Id::from_text(&json::canonical(&json!(["health_entry", account.to_string(), sequence])));
    let entry = HealthEntry {
        account: Some(account),
        sequence_number: Some(sequence),
        happened_at: Some(at),
        score: health.score,
        band: band.clone(),
        coverage_bp: Some(health.coverage_bp()),
        model: health.model.clone(),
        trigger: Some(trigger),
        actor: cx.actor().name().to_owned(),
        inputs_hash: health.inputs_hash().to_owned(),
        definition: json::canonical(&definition(&health, &changes)),
        ..HealthEntry::default()
    };
    cx.by_itself(|cx| cx.insert(id, entry.into()))?;
    keep(cx, row, &health)?;
    Ok(RecalculatedAccount { account, entry: Some(id), changed: true, score, band, reasons: said(&changes) })
}

/// The model that is for an account.
pub(crate) fn model_of<'a>(rules: &'a Rules, row: &Row, at: crate::Instant) -> Option<&'a HealthModel> {
    rules.health().of(&row.facts(&rules.schema(Kind::Account)), at)
}

/// A customer's entries, the latest first.
pub(crate) fn entries_of(rules: &Rules, account: Id, at: crate::Instant, limit: usize) -> Result<Query> {
    let schema = rules.schema(Kind::HealthEntry);
    let mut query = Query::all(Kind::HealthEntry, schema.clone(), at);
    query.filter = Some(Predicate::test("account", Operator::Equal, account.to_string()).compile(&schema)?);
    query.order = vec![Order { field: schema.resolve("sequence_number")?.0, descending: true }];
    query.limit = limit;
    Ok(query)
}

/// The entry of a row.
pub(crate) fn entry_of(body: AnyRecord) -> Option<HealthEntry> {
    match body {
        AnyRecord::HealthEntry(entry) => Some(*entry),
        _ => None,
    }
}

/// What a stored entry says, for a comparison.
fn standing_of(entry: &HealthEntry, model: Option<&HealthModel>) -> Option<Standing> {
    let definition = json::parse(entry.definition.as_bytes()).ok()?;
    let name = |code: &str| match model.and_then(|model| model.measure(code)) {
        Some(measure) => measure.name.clone(),
        None => Name { id: code.to_owned(), labels: None },
    };
    Standing::from_json(definition.get("standing")?, name)
}

/// Everything that an entry was made from, and what changed since the one before.
fn definition(health: &Health, changes: &[HealthReason]) -> Json {
    let Json::Object(mut map) = health.to_json(None) else { return Json::Null };
    for key in ["band", "coverage_bp", "model", "score"] {
        map.remove(key);
    }
    map.insert("standing".into(), health.standing().to_json());
    map.insert("delta_reasons".into(), reasons_json(changes, None).into());
    map.insert("next_change_at".into(), health.next_change_at.map(format_instant).into());
    Json::Object(map)
}

/// The account's own fields: what lists are ordered by. An override stays beside them and ends by itself.
fn keep(cx: &mut Cx<'_>, mut row: Row, health: &Health) -> Result<()> {
    let AnyRecord::Account(account) = &mut row.body else { return Ok(()) };
    let whole =
        health.score.map(|score| i64::try_from(crate::kernel::allocate::rounded(score.into(), 100)).unwrap_or(0));
    let before = (account.health, account.health_band.clone());
    (account.health, account.health_band) = (whole, health.band.id.clone());
    if before != (account.health, account.health_band.clone()) {
        cx.by_itself(|cx| cx.update(row))?;
    }
    Ok(())
}

/// The id under `account`, which must be there.
pub(super) fn account_of(map: &Map<String, Json>) -> Result<Id> {
    id_of(map, "account")?.ok_or_else(|| Error::from(Problem::Missing { name: "account".into() }))
}
