//! Questions about recurring revenue: what comes again each month, and how much of it stays.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::gather::each_of;
use super::listed::said;
use super::{Crm, permit};
use crate::command::{Ctx, Past, Verb, contract_of, day_of, rates, sold_of, subscription_of};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::Predicate;
use crate::kernel::rate::RateTable;
use crate::kernel::reason::Reason;
use crate::kernel::renewal_reason::RenewalReason;
use crate::lang::Lang;
use crate::model::{Kind, Row, Subscription, SubscriptionItem};
use crate::rules::rates::currency_of;
use crate::rules::read::{Object, date};
use crate::rules::retention::{told_movement, top_of, usual_top};
use crate::rules::subscription::{By, Contract, by_of, monthly_by, revenue_json};
use crate::store::{Read, Store};

/// What is told beside numbers.
fn notes(notes: impl IntoIterator<Item = Reason>, lang: Option<Lang>) -> Json {
    notes.into_iter().map(|note| Json::Object(note.to_json(lang))).collect()
}

impl<S: Store> Crm<S> {
    /// The question `mrr`: `{"at": "2026-11-22", "by": "product", "account": "...", "currency": "EUR", "lang": "fr"}`, what comes
    /// again each month on a day, by account, subscription or product (see the rule
    /// [`subscription`](crate::rules::subscription)). It is summed from what is known today: `notes` says for how many
    /// contracts something else was known on that day.
    pub(super) fn mrr_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "mrr")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["at", "by", "account", "currency", "lang"])?;
        let lang = lang_of(body)?;
        let day = o.optional("at", date)?.unwrap_or_else(|| day_of(&self.rules, ctx.at));
        let by = o.optional("by", by_of)?.unwrap_or(By::Account);
        let to = o.optional("currency", currency_of)?;
        let read = self.reading(ctx)?;
        let filter = said(&o, &["account"])?;
        let rows = self.all_rows(ctx, &*read, Kind::Subscription, filter.clone())?;
        let contracts = self.contracts(ctx, &*read, &rows)?;
        let note = self.known_since(ctx, &*read, &contracts, (day, &filter))?;
        let contracts: Vec<Contract> = contracts.into_values().collect();
        let known = match to {
            Some(_) => self.known_rates(ctx, &*read)?,
            None => RateTable::default(),
        };
        let mut answer = revenue_json(&contracts, day, by, to.map(|to| (to, &known)), lang)?;
        if let Some(map) = answer.as_object_mut() {
            map.insert("notes".into(), notes(note, lang));
        }
        Ok(answer)
    }

    /// The question `revenue_retention`: `{"from": "2026-01-01", "to": "2026-07-01", "currency": "EUR", "by": "account", "top":
    /// 20, "lang": "fr"}`, how recurring revenue moved between two days and how much of it stayed, with the accounts behind
    /// each row (see the rule [`retention`](crate::rules::retention)), and `notes` as for `mrr`.
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
        let contracts = self.contracts(ctx, &*read, &rows)?;
        let ends = [from, to].map(|day| self.known_since(ctx, &*read, &contracts, (day, &[])));
        let known_then: Vec<Reason> = ends.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
        let contracts: Vec<Contract> = contracts.into_values().collect();
        let known = self.known_rates(ctx, &*read)?;
        let mut map = told_movement(&contracts, (from, &known), (to, &known), currency, by, top, lang)?;
        let accounts: BTreeSet<Id> = rows.iter().filter_map(|row| subscription_of(row)?.account).collect();
        let told: BTreeSet<Id> = named(&map).into_iter().filter(|id| accounts.contains(id)).collect();
        map.insert("names".into(), json!(self.names_of(&*read, &told)?));
        map.insert("notes".into(), notes(known_then, lang));
        Ok(Json::Object(map))
    }

    /// What has to be told beside the revenue of a day, where contracts count that were not known then or brought
    /// something else. A sum is made of what is known today: a contract that was imported late did run. `filter` says of
    /// which subscriptions.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn known_since(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        now: &BTreeMap<Id, Contract>,
        (day, filter): (NaiveDate, &[Predicate]),
    ) -> Result<Option<Reason>> {
        if day >= day_of(&self.rules, ctx.at) {
            return Ok(None);
        }
        let Some(next) = day.succ_opt() else { return Ok(None) };
        let past = Past::new(read, &self.rules, self.rules.tasks().days.zone.day_start(next), None)?;
        let mut then: BTreeMap<Id, (Subscription, Vec<SubscriptionItem>)> = BTreeMap::new();
        let filter = Some(Predicate::All(filter.to_vec())).filter(|_| !filter.is_empty());
        past.each(
            Kind::Subscription,
            filter,
            |query| past.find_active(query),
            |row: Row| {
                then.extend(subscription_of(&row).map(|subscription| (row.id, (subscription.clone(), Vec::new()))));
                Ok(())
            },
        )?;
        let ids: Vec<String> = then.keys().map(Id::to_string).collect();
        each_of(&past, Kind::SubscriptionItem, "subscription", &ids, |row| {
            if let Some(item) = sold_of(&row)
                && let Some((_, items)) = item.subscription.and_then(|id| then.get_mut(&id))
            {
                items.push(item.clone());
            }
        })?;
        let brings = |contract: Option<&Contract>| monthly_by(contract, day, |one, _| one.account.as_str().to_owned());
        let mut contracts: usize = 0;
        for (id, (subscription, items)) in &then {
            let was = contract_of(*id, subscription, items)?;
            contracts = contracts.saturating_add(usize::from(brings(was.as_ref())? != brings(now.get(id))?));
        }
        for (_, contract) in now.iter().filter(|(id, _)| !then.contains_key(*id)) {
            contracts = contracts.saturating_add(usize::from(!brings(Some(contract))?.is_empty()));
        }
        let told = RenewalReason::KnownToday { contracts: json::length(contracts), on: day };
        Ok(Some(Reason::Renewal(told)).filter(|_| contracts > 0))
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
