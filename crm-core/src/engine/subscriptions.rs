//! Questions about subscriptions: each with its terms, its products and what they bring.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::listed::{id_in, limit_of, said};
use super::{Crm, permit};
use crate::command::{Ctx, Verb, contract_of, day_of, notice_of, renewal_of, sold_of, subscription_of, terms_of};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::model::{Key, Kind, Row, SubscriptionItem};
use crate::rules::read::Object;
use crate::rules::subscription::{By, Contract, revenue_json, standing_json};
use crate::store::{Read, Store};

impl<S: Store> Crm<S> {
    /// The products in use of subscriptions.
    fn items_of(&self, ctx: &Ctx, read: &dyn Read, of: &[Id]) -> Result<BTreeMap<Id, Vec<SubscriptionItem>>> {
        let mut items: BTreeMap<Id, Vec<SubscriptionItem>> = BTreeMap::new();
        for some in of.chunks(MOST_VALUES) {
            let ids: Vec<Json> = some.iter().map(|id| id.to_string().into()).collect();
            let filter = vec![Predicate::test("subscription", Operator::In, ids)];
            for row in self.all_rows(ctx, read, Kind::SubscriptionItem, filter)? {
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
            self.all_rows(ctx, &*read, kind, vec![Predicate::test("subscription", Operator::Equal, id.to_string())])
        };
        let (items, mut renewals) = (of(Kind::SubscriptionItem)?, of(Kind::Renewal)?);
        renewals.sort_by_key(|row| renewal_of(row).and_then(|renewal| renewal.cycle));
        let mut map = self.revenue_of(ctx, &*read, &row, today)?;
        let terms = terms_of(&subscription)?;
        if let Some(terms) = terms {
            let cycle = terms.cycle_at(today);
            if let Some(term) = terms.term(cycle)? {
                let mut told = Map::new();
                told.insert("cycle".into(), cycle.into());
                told.insert("start".into(), term.start.to_string().into());
                told.insert("end".into(), term.end.to_string().into());
                let sent = renewals.iter().filter_map(renewal_of);
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
        let rows = self.first_rows(ctx, &*read, Kind::Subscription, filter, ("name", limit), |_| true)?;
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
}
