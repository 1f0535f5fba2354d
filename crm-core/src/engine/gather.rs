//! What reports and views of deals need of the store, as it was at an instant.

use std::collections::BTreeMap;

use super::Crm;
use crate::command::{Children, Past, StoredRisk, load_pipelines, rates};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate, Truth};
use crate::kernel::sales::StageKind;
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Kind, Row};
use crate::rules::deal_risk::Verdict;
use crate::rules::report::{Badge, stage_of};
use crate::store::{Archived, Query, Read, Store};
use crate::view::Portfolio;

impl<S: Store> Crm<S> {
    /// The deals with the risk of those that are open.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn with_risks(&self, read: &dyn Read, past: &Past<'_>, mut portfolio: Portfolio) -> Result<Portfolio> {
        let is_open = |row: &&Row| match &row.body {
            AnyRecord::Deal(deal) => {
                stage_of(deal, &portfolio.pipelines).is_ok_and(|(_, stage)| stage.kind == StageKind::Open)
            }
            _ => false,
        };
        let open: Vec<&Row> = portfolio.rows.iter().filter(is_open).collect();
        let then = self.stored_risk(read, &portfolio.pipelines, past.as_of());
        let verdicts = StoredRisk { then: Some(past), ..then }.verdicts(&open)?;
        let risks = open.iter().zip(verdicts).filter_map(|(row, verdict)| match verdict {
            Verdict::Scored(scored) => {
                Some((row.id, Badge { score: scored.score, band: scored.band.code().to_owned() }))
            }
            Verdict::None(_) => None,
        });
        let risks = risks.collect();
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

/// All active rows of a kind whose field is one of these, as they were, by the value that the field has today.
pub(super) fn each_of(
    past: &Past<'_>,
    kind: Kind,
    field: &str,
    values: &[String],
    mut see: impl FnMut(Row),
) -> Result<()> {
    let (rules, at) = (past.rules(), past.as_of());
    let children = Children { rules, at, kind, field, and: None, archived: Archived::Include };
    children.each(
        values,
        |query| past.find_today(query),
        |value, rows| {
            let Some(rows) = rows else {
                let filter = Predicate::test(field, Operator::Equal, value);
                let all = |query: &Query| past.find_active(query);
                return past.each(kind, Some(filter), all, |row| {
                    see(row);
                    Ok(())
                });
            };
            for row in rows {
                past.row(row)?.filter(|row| row.archived_at.is_none()).into_iter().for_each(&mut see);
            }
            Ok(())
        },
    )
}
