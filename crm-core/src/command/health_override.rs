//! Another health than the one that was worked out, for a while.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::body::required_text;
use super::health_recalculate::account_of;
use super::{Command, Cx, Saved, Verb};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::model::{AnyRecord, HealthOverride, Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::health::{max_score, points_text};
use crate::rules::read::date;
use crate::store::{Order, Query};

/// Says another health of a customer up to a day, with the reason. What was worked out stays visible beside it, and the
/// override ends by itself; one that still ran is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideHealth {
    /// The customer.
    pub account: Id,
    /// From 0 to 100, in hundredths.
    pub score: i64,
    /// The last day, by the clocks of the zone of health.
    pub ends_on: NaiveDate,
    /// Why.
    pub reason: String,
}

impl Command for OverrideHealth {
    type Output = Saved;
    const VERB: Verb = Verb::Assess;

    fn name() -> Cow<'static, str> {
        "health.override".into()
    }

    fn to_json(&self) -> Json {
        json!({"account": self.account.to_string(), "score": points_text(self.score),
            "ends_on": self.ends_on.to_string(), "reason": self.reason})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `account` and `score`")?;
        json::only_keys(map, &["account", "score", "ends_on", "reason"])?;
        let required = |key: &'static str| map.get(key).ok_or_else(|| Problem::Missing { name: key.into() });
        Ok(Self {
            account: account_of(map)?,
            score: max_score(required("score")?).map_err(|e| e.at("score"))?,
            ends_on: date(required("ends_on")?).map_err(|e| e.at("ends_on"))?,
            reason: required_text(map, "reason")?,
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let account = Key { kind: Kind::Account, id: self.account };
        cx.reached(account)?;
        cx.active(account)?;
        let today = cx.rules().health().zone.day(cx.at());
        if self.ends_on < today {
            let (from, to) = (today.to_string(), self.ends_on.to_string());
            return Err(
                Error::from(Problem::OutOfRange { found: to, least: from, most: "9999-12-31".into() }).at("ends_on")
            );
        }
        if self.reason.trim().is_empty() {
            return Err(Error::from(RulesProblem::Empty { what: "text" }).at("reason"));
        }
        if !(0..=10_000).contains(&self.score) {
            let found = points_text(self.score);
            return Err(Error::from(Problem::OutOfRange { found, least: "0".into(), most: "100".into() }).at("score"));
        }
        revoke(cx, self.account)?;
        let body = HealthOverride {
            account: Some(self.account),
            score: Some(self.score),
            reason: self.reason.clone(),
            author: cx.actor().name().to_owned(),
            starts_on: Some(today),
            ends_on: Some(self.ends_on),
            revoked_at: None,
            ..HealthOverride::default()
        };
        let id = cx.new_id();
        let row = cx.insert(id, body.into())?;
        Ok(Saved { id, version: row.version })
    }
}

/// Takes back what somebody says of a customer's health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeHealthOverride {
    /// The customer.
    pub account: Id,
}

/// What was taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedOverride {
    /// The override; none where none ran.
    pub id: Option<Id>,
}

impl Command for RevokeHealthOverride {
    type Output = RevokedOverride;
    const VERB: Verb = Verb::Assess;

    fn name() -> Cow<'static, str> {
        "health.override_revoke".into()
    }

    fn to_json(&self) -> Json {
        json!({"account": self.account.to_string()})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `account`")?;
        json::only_keys(map, &["account"])?;
        Ok(Self { account: account_of(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<RevokedOverride> {
        cx.reached(Key { kind: Kind::Account, id: self.account })?;
        Ok(RevokedOverride { id: revoke(cx, self.account)? })
    }
}

/// Takes back the override that runs; its id.
fn revoke(cx: &mut Cx<'_>, account: Id) -> Result<Option<Id>> {
    let query = override_of(cx.rules(), account, cx.at())?;
    let Some(row) = cx.by_itself(|cx| cx.find(&query))?.rows.into_iter().next() else { return Ok(None) };
    let mut row: Row = row;
    let at = cx.at();
    if let AnyRecord::HealthOverride(body) = &mut row.body {
        body.revoked_at = Some(at);
    }
    let id = row.id;
    cx.by_itself(|cx| cx.update(row))?;
    Ok(Some(id))
}

/// The override of a customer that runs on the day of an instant.
pub(crate) fn override_of(rules: &Rules, account: Id, at: crate::Instant) -> Result<Query> {
    let schema = rules.schema(Kind::HealthOverride);
    let today = rules.health().zone.day(at).to_string();
    let runs = vec![
        Predicate::test("account", Operator::Equal, account.to_string()),
        Predicate::test("ends_on", Operator::AtLeast, today),
        Predicate::test("revoked_at", Operator::IsNull, Json::Null),
    ];
    let mut query = Query::all(Kind::HealthOverride, schema.clone(), at);
    query.filter = Some(Predicate::All(runs).compile(&schema)?);
    query.order = vec![Order { field: schema.resolve("created_at")?.0, descending: true }];
    query.limit = 1;
    Ok(query)
}
