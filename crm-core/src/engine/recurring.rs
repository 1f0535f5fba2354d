//! Questions about recurring revenue: what comes again each month, and how much of it stays.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::listed::said;
use super::{Crm, permit};
use crate::command::{Ctx, Past, Verb, day_of, rates, subscription_of};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::rate::RateTable;
use crate::model::Kind;
use crate::rules::rates::currency_of;
use crate::rules::read::{Object, date};
use crate::rules::retention::{told_movement, top_of, usual_top};
use crate::rules::subscription::{By, Contract, by_of, revenue_json};
use crate::store::{Read, Store};

impl<S: Store> Crm<S> {
    /// The question `mrr`: `{"at": "2026-11-22", "by": "product", "account": "...", "currency": "EUR", "lang": "fr"}`, what comes
    /// again each month on a day, by account, subscription or product (see the rule
    /// [`subscription`](crate::rules::subscription)).
    pub(super) fn mrr_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "mrr")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["at", "by", "account", "currency", "lang"])?;
        let lang = lang_of(body)?;
        let day = o.optional("at", date)?.unwrap_or_else(|| day_of(&self.rules, ctx.at));
        let by = o.optional("by", by_of)?.unwrap_or(By::Account);
        let to = o.optional("currency", currency_of)?;
        let read = self.reading(ctx)?;
        let rows = self.all_rows(ctx, &*read, Kind::Subscription, said(&o, &["account"])?)?;
        let contracts: Vec<Contract> = self.contracts(ctx, &*read, &rows)?.into_values().collect();
        let known = match to {
            Some(_) => self.known_rates(ctx, &*read)?,
            None => RateTable::default(),
        };
        revenue_json(&contracts, day, by, to.map(|to| (to, &known)), lang)
    }

    /// The question `revenue_retention`: `{"from": "2026-01-01", "to": "2026-07-01", "currency": "EUR", "by": "account", "top":
    /// 20, "lang": "fr"}`, how recurring revenue moved between two days and how much of it stayed, with the accounts behind
    /// each row (see the rule [`retention`](crate::rules::retention)).
    pub(super) fn revenue_retention_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "revenue_retention")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["from", "to", "currency", "by", "top", "lang"])?;
        let day = |key: &'static str| date(o.required(key)?).map_err(|e| e.at(key));
        let currency = currency_of(o.required("currency")?).map_err(|e| e.at("currency"))?;
        let top = o.optional("top", top_of)?.unwrap_or_else(usual_top);
        let by = match o.optional("by", by_of)?.unwrap_or(By::Account) {
            By::Product => {
                return Err(json::not_one_of(&"product".into(), &["account", "subscription"]).at("by"));
            }
            by => by,
        };
        let (from, to) = (day("from")?, day("to")?);
        let lang = lang_of(body)?;
        let read = self.reading(ctx)?;
        let rows = self.all_rows(ctx, &*read, Kind::Subscription, Vec::new())?;
        let contracts: Vec<Contract> = self.contracts(ctx, &*read, &rows)?.into_values().collect();
        let known = self.known_rates(ctx, &*read)?;
        let mut map = told_movement(&contracts, (from, &known), (to, &known), currency, by, top, lang)?;
        let accounts: BTreeSet<Id> = rows.iter().filter_map(|row| subscription_of(row)?.account).collect();
        let told: BTreeSet<Id> = named(&map).into_iter().filter(|id| accounts.contains(id)).collect();
        map.insert("names".into(), json!(self.names_of(&*read, &told)?));
        Ok(Json::Object(map))
    }

    /// The exchange rates that are known now.
    fn known_rates(&self, ctx: &Ctx, read: &dyn Read) -> Result<RateTable> {
        rates(&Past::new(read, &self.rules, ctx.at, None)?)
    }
}

/// The accounts that an answer names.
fn named(map: &Map<String, Json>) -> BTreeSet<Id> {
    let mut ids = BTreeSet::new();
    let buckets = map.get("buckets").and_then(Json::as_object).into_iter().flat_map(Map::values);
    let told = buckets.filter_map(|bucket| bucket.get("top")?.as_array()).flatten();
    for account in told.filter_map(|one| one.get("account")?.as_str()) {
        ids.extend(account.parse::<Id>().ok());
    }
    ids
}
