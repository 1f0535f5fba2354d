//! The risk of stored deals: of one, and of a page of open ones.

use serde_json::{Map, Value as Json};

use super::door::lang_of;
use super::reader::Days;
use super::{Crm, Find, permit};
use crate::Id;
use crate::command::{Ctx, StoredRisk, Verb, pipelines_of};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::Instant;
use crate::lang::Lang;
use crate::model::{AnyRecord, Key, Kind, Row};
use crate::rules::check;
use crate::rules::deal_risk::Risk;
use crate::rules::pipeline::Pipelines;
use crate::store::{Cursor, Read, Store};

/// Most deals of one page.
const MOST_DEALS: usize = 200;

/// A deal with its risk.
#[derive(Clone, Debug, PartialEq)]
pub struct DealAtRisk {
    /// The deal's row.
    pub deal: Row,
    /// Its risk.
    pub risk: Risk,
}

/// A page of deals with their risk.
#[derive(Clone, Debug, PartialEq)]
pub struct DealsAtRisk {
    /// The deals of this page, the riskiest first; of equal ones the lower id.
    pub deals: Vec<DealAtRisk>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
}

impl<S: Store> Crm<S> {
    /// A stored deal's risk at an instant, from what was written down by then: the risk of a past day is that day's.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::Forbidden`], and the store's own.
    pub fn deal_risk(&self, ctx: &Ctx, id: Id) -> Result<Risk> {
        permit(ctx, Verb::Read, "deal_risk")?;
        let snapshot = self.reading(ctx)?;
        let pipelines = pipelines_of(&*snapshot, &self.rules, ctx.at)?;
        let missing = || Problem::NotFound { record: "deal".into(), id: id.to_string() };
        let row = snapshot.get(Key { kind: Kind::Deal, id })?.ok_or_else(missing)?;
        self.stored_risk(&*snapshot, &pipelines, ctx.at).of(&row)
    }

    /// The risk of the open deals that a condition finds, a page at a time in the question's order; each page has its
    /// riskiest deals first. Deals are found as they are now, so this is for boards; the past is asked deal by deal.
    ///
    /// # Errors
    /// [`Problem::Forbidden`], more than 200 deals a page, what the question gets wrong, and the store's own.
    pub fn deal_risks(&self, ctx: &Ctx, find: &Find) -> Result<DealsAtRisk> {
        permit(ctx, Verb::Read, "deal_risks")?;
        check::most("rows", find.limit, MOST_DEALS).map_err(|e| e.at("limit"))?;
        let snapshot = self.reading(ctx)?;
        let pipelines = pipelines_of(&*snapshot, &self.rules, ctx.at)?;
        let page = snapshot.find(&self.asked(ctx, &*snapshot, find)?.0)?;
        let risks = self.stored_risk(&*snapshot, &pipelines, ctx.at).risks(&page.rows.iter().collect::<Vec<_>>())?;
        let at_risk = page.rows.into_iter().zip(risks).map(|(deal, risk)| DealAtRisk { deal, risk });
        let mut deals: Vec<DealAtRisk> = at_risk.collect();
        deals.sort_by_key(|at_risk| (std::cmp::Reverse(at_risk.risk.score()), at_risk.deal.id));
        Ok(DealsAtRisk { deals, next: page.next })
    }

    /// The question `deal_risk`.
    pub(super) fn deal_risk_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        json::only_keys(body, &["id", "lang"])?;
        let lang = lang_of(body)?;
        let id = body.get("id").and_then(Json::as_str).ok_or_else(|| Problem::Missing { name: "id".into() })?;
        Ok(self.deal_risk(ctx, id.parse().map_err(|e: Error| e.at("id"))?)?.to_json(lang))
    }

    /// The question `deal_risks`.
    pub(super) fn deal_risks_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        json::only_keys(body, &["where", "order", "limit", "after", "zone", "week_start", "lang"])?;
        let lang = lang_of(body)?;
        let mut options = body.clone();
        options.remove("lang");
        options.insert("record".into(), "deal".into());
        let mut find = Find::from_json(&options)?;
        let mut told = Map::new();
        if let Some(filter) = &find.filter {
            let days = Days { zone: find.zone.as_ref(), week_start: find.week_start };
            let resolved = self.plain(ctx, &*self.reading(ctx)?, Kind::Deal, filter, days);
            let resolved = resolved.map_err(|e| e.at("where"))?;
            told = resolved.told(lang);
            find.filter = Some(resolved.predicate);
        }
        let open = Predicate::test("state", Operator::Equal, "open");
        find.filter = Some(find.filter.into_iter().fold(open, |open, filter| Predicate::All(vec![open, filter])));
        let page = self.deal_risks(ctx, &find)?;
        let shown: Vec<Json> = page.deals.iter().map(|at_risk| at_risk.to_json(lang)).collect();
        told.insert("deals".into(), shown.into());
        told.insert("next".into(), page.next.map(|next| next.to_text()).into());
        Ok(Json::Object(told))
    }

    /// The risk of stored deals at an instant, as their rows are.
    pub(super) fn stored_risk<'r>(
        &'r self,
        read: &'r dyn Read,
        pipelines: &'r Pipelines,
        at: Instant,
    ) -> StoredRisk<'r> {
        StoredRisk { read, then: None, rules: &self.rules, pipelines, at }
    }
}

impl DealAtRisk {
    /// The deal's id, name, owner and stage beside its risk.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.deal.id.to_string().into());
        if let AnyRecord::Deal(deal) = &self.deal.body {
            for (key, value) in
                [("name", &deal.name), ("owner", &deal.owner), ("pipeline", &deal.pipeline), ("stage", &deal.stage)]
            {
                map.insert(key.into(), value.as_str().into());
            }
            map.insert("value".into(), deal.value.map_or(Json::Null, |value| value.to_json()));
            map.insert("close_date".into(), deal.close_date.map(|day| day.to_string()).into());
        }
        map.insert("risk".into(), self.risk.to_json(lang));
        Json::Object(map)
    }
}
