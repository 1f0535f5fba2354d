//! Deals with everything that a view shows of them: what rules say, and the names of what they refer to.

use std::collections::BTreeMap;

use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::id::Id;
use crate::kernel::rate::RateTable;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::lang::Lang;
use crate::model::{Deal, Record as _, Row};
use crate::rules::pipeline::{Pipelines, Stage};
use crate::rules::report::{Around, Badge, ReportDeal, stage_of};

/// Stored deals with what hangs on them, as the engine gathered it.
#[derive(Clone, Debug, Default)]
pub struct Portfolio {
    /// The deals, in the order in which they are shown.
    pub rows: Vec<Row>,
    /// Their ids as texts, in the same order.
    pub ids: Vec<String>,
    /// The pipelines.
    pub pipelines: Pipelines,
    /// The dated exchange rates.
    pub rates: RateTable,
    /// When somebody last touched a deal.
    pub touches: BTreeMap<Id, Instant>,
    /// The risk of open deals.
    pub risks: BTreeMap<Id, Badge>,
    /// The names of accounts.
    pub accounts: BTreeMap<Id, String>,
}

/// One deal with everything that a view shows of it.
#[derive(Clone, Debug)]
pub struct DealFacts<'a> {
    /// The stored row.
    pub row: &'a Row,
    /// The record.
    pub deal: &'a Deal,
    /// What reports see of it, or why it cannot count.
    pub known: Result<ReportDeal<'a>, Exclusion>,
    /// Its stage, if there is such a one.
    pub stage: Option<&'a Stage>,
    /// The account's name; empty if there is none.
    pub account_name: &'a str,
}

impl DealFacts<'_> {
    /// What people call the stage; its code where nobody knows it.
    pub fn stage_name(&self, lang: Lang) -> &str {
        let name = self.stage.map_or("", |stage| stage.labels.text(lang));
        if name.is_empty() { &self.deal.stage } else { name }
    }
}

impl Portfolio {
    /// The deals with what rules say of them at an instant, by the days of a zone.
    pub fn deals(&self, zone: &Zone, at: Instant) -> Vec<DealFacts<'_>> {
        let pairs = self.rows.iter().zip(&self.ids);
        pairs.filter_map(|(row, id)| self.facts(row, id, zone, at)).collect()
    }

    fn facts<'a>(&'a self, row: &'a Row, id: &'a str, zone: &Zone, at: Instant) -> Option<DealFacts<'a>> {
        let deal = Deal::from_any(&row.body)?;
        let around = Around { created_at: row.created_at, last_touch_at: self.touches.get(&row.id).copied() };
        let known = ReportDeal::new(id, deal, &self.pipelines, around, (zone, at));
        let known = known.map(|known| ReportDeal { risk: self.risks.get(&row.id).cloned(), ..known });
        let stage = stage_of(deal, &self.pipelines).ok().map(|(_, stage)| stage);
        let account_name = deal.account.and_then(|id| self.accounts.get(&id)).map_or("", String::as_str);
        Some(DealFacts { row, deal, known, stage, account_name })
    }

    /// The same, divided into those that reports see and those that they leave out.
    pub fn counted(&self, zone: &Zone, at: Instant) -> (Vec<ReportDeal<'_>>, Vec<(String, Exclusion)>) {
        let (mut deals, mut excluded) = (Vec::new(), Vec::new());
        for (facts, id) in self.deals(zone, at).into_iter().zip(&self.ids) {
            match facts.known {
                Ok(deal) => deals.push(deal),
                Err(reason) => excluded.push((id.clone(), reason)),
            }
        }
        (deals, excluded)
    }
}
