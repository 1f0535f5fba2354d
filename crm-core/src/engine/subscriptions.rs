//! Questions about what comes again: subscriptions with their terms, payments, ideas to sell more.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Control, Crm, Progress, permit};
use crate::command::{
    Ctx, ExpansionTicked, MOST_CUSTOMERS, MOST_LOOKED_AT, RenewalsTicked, TickExpansion, TickRenewals, Verb,
    contract_of, customers, day_of, notice_of, renewals_due, sold_of, subscription_of, terms_of,
};
use crate::kernel::customer::PaymentStatus;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::kernel::stored_reason;
use crate::model::{AnyRecord, Key, Kind, Payment, Row, SubscriptionItem};
use crate::rules::check;
use crate::rules::read::{Object, integer, text};
use crate::rules::subscription::{By, Contract, revenue_json, standing_json};
use crate::store::{MOST_ROWS, Order, Query, Read, Store};

/// Most subscriptions, renewals or payments of one answer.
const MOST: i64 = 1_000;
/// Those where nobody says how many.
const USUAL: i64 = 100;
/// Most subscriptions that sums are made of.
const MOST_SUMMED: usize = 200_000;

/// The rows of a page, and a word whether there are more.
pub(super) fn limit_of(o: &Object<'_>) -> Result<usize> {
    let limit = o.optional_integer("limit")?.unwrap_or(USUAL);
    check::between(limit, 1, MOST).map_err(|e| e.at("limit"))?;
    Ok(usize::try_from(limit).unwrap_or(1))
}

pub(super) fn id_in(o: &Object<'_>, key: &'static str) -> Result<Option<Id>> {
    o.optional(key, Id::from_json)
}

impl<S: Store> Crm<S> {
    /// All rows in use of a kind for which a condition holds.
    pub(super) fn all_rows(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        kind: Kind,
        filter: Vec<Predicate>,
        order: Option<(&str, usize)>,
    ) -> Result<Vec<Row>> {
        let schema = self.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), ctx.at);
        query.filter = match filter.is_empty() {
            true => None,
            false => Some(Predicate::All(filter).compile(&schema)?),
        };
        query.limit = MOST_ROWS;
        if let Some((field, limit)) = order {
            let (field, _) = schema.resolve(field)?;
            (query.order, query.limit) = (vec![Order { field, descending: false }], limit);
        }
        let mut rows = Vec::new();
        loop {
            let page = read.find(&query)?;
            rows.extend(page.rows);
            match page.next {
                Some(next) if order.is_none() => query.after = Some(next),
                _ => break,
            }
            if rows.len() > MOST_SUMMED {
                let (found, most) = (json::length(rows.len()), json::length(MOST_SUMMED));
                return Err(Problem::TooMany { what: "records", found, most }.into());
            }
        }
        Ok(rows)
    }

    /// The products in use of subscriptions.
    fn items_of(&self, ctx: &Ctx, read: &dyn Read, of: &[Id]) -> Result<BTreeMap<Id, Vec<SubscriptionItem>>> {
        let mut items: BTreeMap<Id, Vec<SubscriptionItem>> = BTreeMap::new();
        for some in of.chunks(MOST_VALUES) {
            let ids: Vec<Json> = some.iter().map(|id| id.to_string().into()).collect();
            let filter = vec![Predicate::test("subscription", Operator::In, ids)];
            for row in self.all_rows(ctx, read, Kind::SubscriptionItem, filter, None)? {
                if let Some(item) = sold_of(&row)
                    && let Some(subscription) = item.subscription
                {
                    items.entry(subscription).or_default().push(item.clone());
                }
            }
        }
        Ok(items)
    }

    /// Subscriptions as the rule counts them.
    pub(super) fn contracts(&self, ctx: &Ctx, read: &dyn Read, rows: &[Row]) -> Result<BTreeMap<Id, Contract>> {
        let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
        let items = self.items_of(ctx, read, &ids)?;
        let mut contracts = BTreeMap::new();
        for row in rows {
            let Some(subscription) = subscription_of(row) else { continue };
            let of = items.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            if let Some(contract) = contract_of(row.id, subscription, of)? {
                contracts.insert(row.id, contract);
            }
        }
        Ok(contracts)
    }

    /// The names of accounts.
    pub(super) fn names_of(&self, read: &dyn Read, ids: &BTreeSet<Id>) -> Result<BTreeMap<String, String>> {
        let mut names = BTreeMap::new();
        for id in ids {
            if let Some(row) = read.get(Key { kind: Kind::Account, id: *id })?
                && let AnyRecord::Account(account) = row.body
            {
                names.insert(id.to_string(), account.name.clone());
            }
        }
        Ok(names)
    }

    /// The question `subscription`: `{"id": "...", "lang": "fr"}`, one subscription with its products, its revenue, the term
    /// of today with the dates around its end, and its renewals.
    pub(super) fn subscription_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "subscription")?;
        json::only_keys(body, &["id", "lang"])?;
        let lang = lang_of(body)?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["id", "lang"])?;
        let id = id_in(&o, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
        let read = self.reading(ctx)?;
        let key = Key { kind: Kind::Subscription, id };
        let missing = || Problem::NotFound { record: key.kind.name().into(), id: id.to_string() };
        let row = read.get(key)?.ok_or_else(missing)?;
        let subscription = subscription_of(&row).cloned().ok_or_else(missing)?;
        let today = day_of(&self.rules, ctx.at);
        let of = |kind| {
            self.all_rows(
                ctx,
                &*read,
                kind,
                vec![Predicate::test("subscription", Operator::Equal, id.to_string())],
                None,
            )
        };
        let (items, mut renewals) = (of(Kind::SubscriptionItem)?, of(Kind::Renewal)?);
        renewals.sort_by_key(|row| crate::command::renewal_of(row).and_then(|renewal| renewal.cycle));
        let mut map = self.revenue_of(ctx, &*read, &row, today)?;
        let terms = terms_of(&subscription)?;
        if let Some(terms) = terms {
            let cycle = terms.cycle_at(today);
            if let Some(term) = terms.term(cycle)? {
                let mut told = Map::new();
                told.insert("cycle".into(), cycle.into());
                told.insert("start".into(), term.start.to_string().into());
                told.insert("end".into(), term.end.to_string().into());
                let sent = renewals.iter().filter_map(crate::command::renewal_of);
                let sent = sent.filter(|renewal| renewal.cycle == Some(i64::from(cycle)));
                let sent = sent.filter_map(|renewal| renewal.notice_sent_at).max();
                let notice = notice_of(&subscription, term.end)?;
                told.insert("opt_out_on".into(), notice.opt_out_on.to_string().into());
                told.insert("notice_from".into(), notice.window.map(|(from, _)| from.to_string()).into());
                told.insert("notice_to".into(), notice.window.map(|(_, to)| to.to_string()).into());
                let sent_on = sent.map(|at| day_of(&self.rules, at));
                told.extend(standing_json(&notice.standing(sent_on, today), lang));
                map.insert("term".into(), Json::Object(told));
            }
        }
        map.insert("row".into(), row.to_json());
        map.insert("items".into(), items.iter().map(Row::to_json).collect());
        map.insert("renewals".into(), renewals.iter().map(Row::to_json).collect());
        Ok(Json::Object(map))
    }

    /// What one subscription brings on a day, by currency.
    fn revenue_of(&self, ctx: &Ctx, read: &dyn Read, row: &Row, day: NaiveDate) -> Result<Map<String, Json>> {
        let contracts: Vec<Contract> = self.contracts(ctx, read, std::slice::from_ref(row))?.into_values().collect();
        let revenue = revenue_json(&contracts, day, By::Subscription, None, None)?;
        let mut map = Map::new();
        map.insert("revenue".into(), revenue.get("total").cloned().unwrap_or_default());
        Ok(map)
    }

    /// The question `subscriptions`: `{"account": "...", "owner": "...", "status": "active", "limit": 100}`, subscriptions with
    /// what they bring today, by name.
    pub(super) fn subscriptions_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "subscriptions")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["account", "owner", "status", "limit", "lang"])?;
        let read = self.reading(ctx)?;
        let filter = said(&o, &["account", "owner", "status"])?;
        let limit = limit_of(&o)?;
        let rows = self.all_rows(ctx, &*read, Kind::Subscription, filter, Some(("name", limit)))?;
        let today = day_of(&self.rules, ctx.at);
        let contracts = self.contracts(ctx, &*read, &rows)?;
        let mut shown = Vec::with_capacity(rows.len());
        for row in &rows {
            let of: Vec<Contract> = contracts.get(&row.id).cloned().into_iter().collect();
            let revenue = revenue_json(&of, today, By::Subscription, None, None)?;
            shown.push(json!({"row": row.to_json(), "revenue": revenue.get("total")}));
        }
        Ok(json!({"rows": shown}))
    }

    /// The question `payments`: `{"account": "...", "overdue": true, "limit": 100}`, payments by the day on which they are due,
    /// each with how many days it is overdue.
    pub(super) fn payments_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "payments")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["account", "subscription", "status", "overdue", "limit", "lang"])?;
        let today = day_of(&self.rules, ctx.at);
        let mut filter = said(&o, &["account", "subscription", "status"])?;
        if o.flag("overdue", false)? {
            filter.extend(overdue_ones(today));
        }
        let read = self.reading(ctx)?;
        let rows = self.all_rows(ctx, &*read, Kind::Payment, filter, Some(("due_on", limit_of(&o)?)))?;
        let shown = rows.iter().map(|row| {
            let late = payment_of(row).and_then(|payment| days_late(payment, today));
            json!({"row": row.to_json(), "overdue_days": late})
        });
        Ok(json!({"rows": shown.collect::<Vec<_>>()}))
    }

    /// The question `expansion`: `{"account": "...", "owner": "...", "state": "idea", "limit": 100}`, ideas to sell more, with
    /// what they may come to by state and currency; those that a rule had with its `reasons`, in `lang`.
    pub(super) fn expansion_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "expansion")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["account", "owner", "state", "limit", "lang"])?;
        let lang = lang_of(body)?;
        let filter = said(&o, &["account", "owner", "state"])?;
        let read = self.reading(ctx)?;
        let rows = self.all_rows(ctx, &*read, Kind::ExpansionIdea, filter, Some(("title", limit_of(&o)?)))?;
        let mut sums: BTreeMap<(&str, &str), i128> = BTreeMap::new();
        for row in &rows {
            if let AnyRecord::ExpansionIdea(idea) = &row.body
                && let Some(value) = idea.value
            {
                let state = idea.state.unwrap_or(crate::kernel::customer::IdeaState::Idea).code();
                let sum = sums.entry((state, value.currency().code())).or_default();
                *sum = sum.saturating_add(i128::from(value.minor_units()));
            }
        }
        let mut totals = Vec::with_capacity(sums.len());
        for ((state, currency), minor_units) in sums {
            let total = crate::kernel::forecast_reason::Total { minor_units, currency: currency.parse()? };
            totals.push(json!({"state": state, "currency": currency, "value": total.amount_text()}));
        }
        let told = rows.iter().map(|row| {
            let mut told = row.to_json();
            if let (AnyRecord::ExpansionIdea(idea), Json::Object(map)) = (&row.body, &mut told) {
                map.insert("reasons".into(), stored_reason::told(&idea.reasons, lang).into());
            }
            told
        });
        Ok(json!({"rows": told.collect::<Vec<_>>(), "totals": totals}))
    }

    /// Looks at all accounts for ideas to sell them more, two hundred in one commit. It may be repeated: each rule has one
    /// idea for an account and period.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What was found stays.
    pub fn tick_expansion(&self, ctx: &Ctx, progress: &mut dyn FnMut(Progress) -> Control) -> Result<ExpansionTicked> {
        let total = self.reading(ctx)?.count(&customers(&self.rules, ctx.at))?;
        let mut done = ExpansionTicked::default();
        for step in 0.. {
            let tick = TickExpansion { limit: MOST_CUSTOMERS, after: done.next.take() };
            done.add(self.run(&ctx.step(step), &tick)?.done()?);
            let looked_at = Progress { done: done.accounts, total: total.max(done.accounts) };
            if progress(looked_at).is_break() && done.next.is_some() {
                return Err(Problem::Cancelled.into());
            }
            if done.next.is_none() {
                break;
            }
        }
        Ok(done)
    }

    /// Looks at the renewals of all subscriptions that wait, two hundred in one commit. It may be repeated, and asked after
    /// a year of sleep: what it makes follows from the day alone.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What was made stays.
    pub fn tick_renewals(&self, ctx: &Ctx, progress: &mut dyn FnMut(Progress) -> Control) -> Result<RenewalsTicked> {
        let total = self.reading(ctx)?.count(&renewals_due(&self.rules, ctx.at, MOST_LOOKED_AT)?)?;
        let mut done = RenewalsTicked::default();
        for step in 0.. {
            let told = self.run(&ctx.step(step), &TickRenewals { limit: MOST_LOOKED_AT })?.done()?;
            let more = told.more;
            done.add(told);
            let looked_at = Progress { done: done.subscriptions, total: total.max(done.subscriptions) };
            if progress(looked_at).is_break() && more {
                return Err(Problem::Cancelled.into());
            }
            if !more {
                break;
            }
        }
        Ok(done)
    }
}

/// The conditions that fields are as a question says.
pub(super) fn said(o: &Object<'_>, keys: &[&'static str]) -> Result<Vec<Predicate>> {
    let test = |key: &&'static str| {
        let value = o.optional(key, text)?;
        Ok::<_, Error>(value.map(|value| Predicate::test(key, Operator::Equal, value)))
    };
    keys.iter().filter_map(|key| test(key).transpose()).collect()
}

/// The payment of a row, if it is one.
pub(super) fn payment_of(row: &Row) -> Option<&Payment> {
    match &row.body {
        AnyRecord::Payment(payment) => Some(payment),
        _ => None,
    }
}

/// The conditions that a payment is overdue.
pub(super) fn overdue_ones(today: NaiveDate) -> [Predicate; 2] {
    let open = [PaymentStatus::Open.code(), PaymentStatus::Failed.code()].map(str::to_owned).to_vec();
    [Predicate::test("status", Operator::In, open), Predicate::test("due_on", Operator::Less, today.to_string())]
}

/// For how many days a payment is overdue, if it is.
pub(super) fn days_late(payment: &Payment, today: NaiveDate) -> Option<i64> {
    let waits = matches!(payment.status, Some(PaymentStatus::Open | PaymentStatus::Failed));
    let days = today.signed_duration_since(payment.due_on?).num_days();
    (waits && days > 0).then_some(days)
}

/// How many days something looks ahead.
pub(super) fn days_of(o: &Object<'_>, key: &'static str, usual: i64) -> Result<u64> {
    let days = o.optional(key, integer)?.unwrap_or(usual);
    check::between(days, 0, 3_660).map_err(|e| e.at(key))?;
    Ok(days.unsigned_abs())
}
