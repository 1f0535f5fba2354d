//! Ideas to sell customers more that rules have, from what the store knows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::links::linked;
use super::subscription_state::{day_of, sold_of, subscription_of};
use super::ticket_tick::limit_of;
use super::{Command, Cx, Verb};
use crate::kernel::customer::{IdeaState, SubscriptionStatus};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::format_instant;
use crate::model::{AnyRecord, ExpansionIdea, Key, Kind, Row, Subscription, SubscriptionItem};
use crate::rules::Rules;
use crate::rules::expansion::{ExpansionRule, Found, MeasureFact, SeatsFact, Sign, kept};
use crate::store::{Cursor, Order, Query};

/// Most accounts of one command; [`crate::Crm::tick_expansion`] takes any number.
pub(crate) const MOST_CUSTOMERS: usize = 200;
/// Most subscriptions of those accounts, and most products of these.
const MOST_SOLD: usize = 20_000;

/// Looks whether the rules of the part `expansion` have ideas about accounts: `{"limit": 200, "after": "..."}`, the oldest
/// accounts first, from where the tick before ended.
///
/// A rule has one idea for each account and period; its id follows from the three, so that time may be told any number of
/// times. It has none while one of its earlier ideas about the account is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TickExpansion {
    /// The most accounts that are looked at.
    pub limit: usize,
    /// Where the tick before ended.
    pub after: Option<String>,
}

impl Default for TickExpansion {
    fn default() -> Self {
        Self { limit: MOST_CUSTOMERS, after: None }
    }
}

/// What a tick found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpansionTicked {
    /// Accounts that were looked at.
    pub accounts: u64,
    /// The ideas that are new: `{"id", "account", "rule", "period"}`.
    pub ideas: Vec<Json>,
    /// Where the next tick goes on, if accounts are left.
    pub next: Option<String>,
}

impl ExpansionTicked {
    /// Adds what another tick found.
    pub fn add(&mut self, other: ExpansionTicked) {
        self.accounts = self.accounts.saturating_add(other.accounts);
        self.ideas.extend(other.ideas);
        self.next = other.next;
    }
}

impl Command for TickExpansion {
    type Output = ExpansionTicked;
    const VERB: Verb = Verb::Compute;

    fn name() -> Cow<'static, str> {
        "expansion.tick".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("limit".into(), json::length(self.limit).into());
        if let Some(after) = &self.after {
            map.insert("after".into(), after.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `limit` and `after`")?;
        json::only_keys(map, &["limit", "after"])?;
        let after = map.get("after").filter(|v| !v.is_null()).map(crate::rules::read::text).transpose();
        Ok(Self { limit: limit_of(map, MOST_CUSTOMERS)?, after: after.map_err(|e| e.at("after"))? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<ExpansionTicked> {
        let rules = cx.rules();
        if rules.expansion().rules().is_empty() {
            return Ok(ExpansionTicked::default());
        }
        let mut query = customers(rules, cx.at());
        query.limit = self.limit;
        query.after = self.after.as_deref().map(Cursor::from_text).transpose().map_err(|e| e.at("after"))?;
        // Time is nobody's edit: the library looks at everything, and what it finds is told to nobody else.
        let mut aside = cx.aside();
        let page = aside.by_itself(|cx| cx.find(&query))?;
        let ids: Vec<Id> = page.rows.iter().map(|row| row.id).collect();
        let seats = aside.by_itself(|cx| seats_of(cx, &ids))?;
        let mut done = ExpansionTicked {
            accounts: json::length(ids.len()),
            next: page.next.map(|next| next.to_text()),
            ..ExpansionTicked::default()
        };
        let today = day_of(rules, cx.at());
        for row in &page.rows {
            let seats = seats.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            for rule in rules.expansion().rules() {
                let measured = aside.by_itself(|cx| measured(cx, row.id, rule))?;
                let Some(found) = rule.finds(seats, measured, today) else { continue };
                done.ideas.extend(cx.by_itself(|cx| have(cx, row, rule, found, today))?);
            }
        }
        Ok(done)
    }
}

/// All accounts in use, the oldest first.
pub(crate) fn customers(rules: &Rules, at: crate::Instant) -> Query {
    Query::all(Kind::Account, rules.schema(Kind::Account), at)
}

/// Writes an idea down, unless the rule had it in the period or an earlier one of the rule is open.
fn have(cx: &mut Cx<'_>, row: &Row, rule: &ExpansionRule, found: Found, today: NaiveDate) -> Result<Option<Json>> {
    let account = row.id;
    let period = rule.period_of(today);
    let id = ExpansionIdea::id_of(account, &rule.id, &period);
    if cx.row(Key { kind: Kind::ExpansionIdea, id })?.is_some() || is_open(cx, account, &rule.id)? {
        return Ok(None);
    }
    let owner = match &row.body {
        AnyRecord::Account(one) => one.owner.clone(),
        _ => String::new(),
    };
    let idea = ExpansionIdea {
        title: rule.title.clone(),
        account: Some(account),
        kind: Some(rule.kind),
        product: found.product,
        value: rule.value,
        state: Some(IdeaState::Idea),
        owner,
        reasons: kept(&found.reasons),
        rule: rule.id.clone(),
        period: period.clone(),
        ..ExpansionIdea::default()
    };
    cx.insert(id, idea.into())?;
    Ok(Some(json!({
        "id": id.to_string(), "account": account.to_string(), "rule": rule.id, "period": period,
    })))
}

/// Whether somebody still has to look at an idea of a rule.
fn is_open(cx: &mut Cx<'_>, account: Id, rule: &str) -> Result<bool> {
    let open = [IdeaState::Idea.code(), IdeaState::Qualified.code()].map(str::to_owned).to_vec();
    let all = vec![
        Predicate::test("account", Operator::Equal, account.to_string()),
        Predicate::test("rule", Operator::Equal, rule),
        Predicate::test("state", Operator::In, open),
    ];
    let schema = cx.rules().schema(Kind::ExpansionIdea);
    let mut query = Query::all(Kind::ExpansionIdea, schema.clone(), cx.at());
    query.filter = Some(Predicate::All(all).compile(&schema)?);
    query.limit = 1;
    Ok(!cx.find(&query)?.rows.is_empty())
}

/// The products of accounts' running subscriptions of which somebody told how many are used.
fn seats_of(cx: &mut Cx<'_>, accounts: &[Id]) -> Result<BTreeMap<Id, Vec<SeatsFact>>> {
    let today = day_of(cx.rules(), cx.at());
    let mut of: BTreeMap<Id, Id> = BTreeMap::new();
    for row in linked(cx, (Kind::Subscription, "account"), accounts, MOST_SOLD)? {
        if let Some(account) = subscription_of(&row).filter(|one| is_running(&row, one, today)).and_then(|s| s.account)
        {
            of.insert(row.id, account);
        }
    }
    let running: Vec<Id> = of.keys().copied().collect();
    let mut seats: BTreeMap<Id, Vec<SeatsFact>> = BTreeMap::new();
    for some in running.chunks(crate::kernel::predicate::MOST_VALUES) {
        for row in linked(cx, (Kind::SubscriptionItem, "subscription"), some, MOST_SOLD)? {
            if let Some(item) = sold_of(&row).filter(|item| row.archived_at.is_none() && is_sold(item, today))
                && let (Some(account), Some(quantity), Some(used)) =
                    (item.subscription.and_then(|id| of.get(&id)), item.quantity, item.seats_used)
            {
                seats.entry(*account).or_default().push(SeatsFact { product: item.product.clone(), quantity, used });
            }
        }
    }
    Ok(seats)
}

fn is_running(row: &Row, one: &Subscription, today: NaiveDate) -> bool {
    row.archived_at.is_none()
        && one.status.unwrap_or(SubscriptionStatus::Active) == SubscriptionStatus::Active
        && one.starts_on.is_none_or(|from| from <= today)
        && one.ends_on.is_none_or(|last| one.term_months.is_some() || today <= last)
        && one.cancelled_on.is_none_or(|last| today <= last)
}

fn is_sold(item: &SubscriptionItem, today: NaiveDate) -> bool {
    item.starts_on.is_none_or(|from| from <= today) && item.ends_on.is_none_or(|last| today <= last)
}

/// The latest measurement that a rule asks for.
fn measured(cx: &mut Cx<'_>, account: Id, rule: &ExpansionRule) -> Result<Option<MeasureFact>> {
    let Sign::Measure { code, .. } = &rule.sign else { return Ok(None) };
    let schema = cx.rules().schema(Kind::Measurement);
    let all = vec![
        Predicate::test("account", Operator::Equal, account.to_string()),
        Predicate::test("measure", Operator::Equal, code.as_str()),
        Predicate::test("measured_at", Operator::AtMost, format_instant(cx.at())),
    ];
    let mut query = Query::all(Kind::Measurement, schema.clone(), cx.at());
    query.filter = Some(Predicate::All(all).compile(&schema)?);
    query.order = vec![Order { field: schema.resolve("measured_at")?.0, descending: true }];
    query.limit = 1;
    let latest = cx.find(&query)?.rows.into_iter().next();
    let rules = cx.rules();
    Ok(latest.and_then(|row| match row.body {
        AnyRecord::Measurement(one) => Some(MeasureFact { value: one.value?, on: day_of(rules, one.measured_at?) }),
        _ => None,
    }))
}
