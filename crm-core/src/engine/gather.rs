//! What reports and views of deals need of the store, as it was at an instant.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Crm;
use crate::command::{Ctx, Past, load_pipelines, rates};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate, Truth};
use crate::kernel::sales::StageKind;
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Key, Kind, Row};
use crate::rules::deal_risk::Verdict;
use crate::rules::report::{Badge, stage_of};
use crate::store::{Entry, LogQuery, Page, Query, Read, Store};
use crate::view::Portfolio;

/// A store as it was: what reads a store may read it.
pub(super) struct AsOf<'p>(pub(super) &'p Past<'p>, pub(super) &'p dyn Read);

impl Read for AsOf<'_> {
    fn get(&self, key: Key) -> Result<Option<Row>> {
        self.1.get(key)?.map_or(Ok(None), |row| self.0.row(row))
    }

    fn find(&self, query: &Query) -> Result<Page> {
        self.0.find(query)
    }

    fn count(&self, query: &Query) -> Result<u64> {
        self.1.count(query)
    }

    fn log(&self, query: &LogQuery) -> Result<Vec<Entry>> {
        self.1.log(query)
    }
}

impl<S: Store> Crm<S> {
    /// The deals with the risk of those that are open.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn with_risks(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        past: &Past<'_>,
        mut portfolio: Portfolio,
    ) -> Result<Portfolio> {
        let then = Ctx::new(ctx.workspace.clone(), ctx.actor.clone(), past.as_of(), ctx.id);
        let mut risks = BTreeMap::new();
        for row in &portfolio.rows {
            let AnyRecord::Deal(deal) = &row.body else { continue };
            if !stage_of(deal, &portfolio.pipelines).is_ok_and(|(_, stage)| stage.kind == StageKind::Open) {
                continue;
            }
            let risk = self.risk_of(&AsOf(past, read), &portfolio.pipelines, &then, row)?;
            if let Verdict::Scored(scored) = risk.verdict {
                risks.insert(row.id, Badge { score: scored.score, band: scored.band.code().to_owned() });
            }
        }
        portfolio.risks = risks;
        Ok(portfolio)
    }
}

/// All active deals that a condition finds, as they were: the condition is asked of the deals of then.
///
/// # Errors
/// The store's own, and a condition that does not fit deals, with its path.
pub(super) fn portfolio(past: &Past<'_>, filter: Option<&Predicate>) -> Result<Portfolio> {
    around(past, active_deals(past, filter)?)
}

/// All active deals that a plain condition finds, as they were, in order of their ids.
///
/// # Errors
/// As [`portfolio`].
pub(super) fn active_deals(past: &Past<'_>, filter: Option<&Predicate>) -> Result<Vec<Row>> {
    let schema = past.rules().schema(Kind::Deal);
    let filter = filter.map(|filter| filter.compile(&schema)).transpose()?;
    let mut rows = Vec::new();
    past.each(
        Kind::Deal,
        None,
        |query| past.find_active(query),
        |row| {
            let passes = filter.as_ref().is_none_or(|f| f.eval(&row.facts(&schema), past.as_of()) == Truth::True);
            rows.extend(Some(row).filter(|_| passes));
            Ok(())
        },
    )?;
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// These deals with what hangs on them.
///
/// # Errors
/// The store's own.
pub(super) fn around(past: &Past<'_>, rows: Vec<Row>) -> Result<Portfolio> {
    let pipelines = load_pipelines(past.rules(), past.as_of(), |query| past.find_active(query))?;
    let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let account = |row: &Row| if let AnyRecord::Deal(deal) = &row.body { deal.account } else { None };
    let mut wanted: Vec<Id> = rows.iter().filter_map(account).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let wanted: Vec<String> = wanted.iter().map(Id::to_string).collect();
    let mut accounts = BTreeMap::new();
    each_of(past, Kind::Account, "id", &wanted, |row| {
        if let AnyRecord::Account(account) = row.body {
            accounts.insert(row.id, account.name);
        }
    })?;
    let mut touches: BTreeMap<Id, Instant> = BTreeMap::new();
    each_of(past, Kind::Activity, "deal", &ids, |row| {
        let AnyRecord::Activity(activity) = &row.body else { return };
        let happened_at = activity.happened_at.unwrap_or(row.created_at);
        // What a machine did is no sign that anybody cares, and what is only planned has not happened.
        if let (Some(deal), None | Some(false), true) = (activity.deal, activity.automatic, happened_at <= past.as_of())
        {
            let last = touches.entry(deal).or_insert(happened_at);
            *last = happened_at.max(*last);
        }
    })?;
    let rates = rates(past)?;
    Ok(Portfolio { rows, ids, pipelines, rates, touches, risks: BTreeMap::new(), accounts })
}

/// All active rows of a kind whose field is one of these ids, as they were.
pub(super) fn each_of(
    past: &Past<'_>,
    kind: Kind,
    field: &str,
    ids: &[String],
    mut see: impl FnMut(Row),
) -> Result<()> {
    for some in ids.chunks(MOST_VALUES) {
        let values: Vec<Json> = some.iter().map(|id| id.as_str().into()).collect();
        let filter = Predicate::test(field, Operator::In, values);
        past.each(
            kind,
            Some(filter),
            |query| past.find_active(query),
            |row| {
                see(row);
                Ok(())
            },
        )?;
    }
    Ok(())
}
