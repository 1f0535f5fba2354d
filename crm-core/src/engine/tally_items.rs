//! What reports that count are sums over, read from the store as it was at an instant.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::Crm;
use super::gather::{active_deals, around, each_of};
use super::tally_outreach::outreach;
use crate::command::{Past, clocks_of, load_pipelines, ticket_of};
use crate::kernel::error::Result;
use crate::kernel::fact::Fact;
use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Compiled, MOST_VALUES, Operator, Predicate, Truth};
use crate::kernel::service::SlaMetric;
use crate::kernel::time::format_instant;
use crate::model::{AnyRecord, DealRevision, Kind, Row, TicketEvent};
use crate::rules::forecast::{Rounding, Valuation};
use crate::rules::pipeline::{Spans, Step};
use crate::rules::report::tally::{Item, TallySpec, What, days_between, metric_keys, outcomes, stay_keys};
use crate::rules::report::{Place, ReportKind, ResolvedWindow};
use crate::store::Store;

/// What a report that counts is a sum over, and what counts without its value.
pub(super) type Found = (Vec<Item>, Vec<(String, Exclusion)>);

/// The records that a kind of report rests on.
pub(super) const fn rests_on(kind: ReportKind) -> &'static [Kind] {
    match kind {
        ReportKind::PipelineSnapshot => &[Kind::Deal, Kind::Activity, Kind::ExchangeRate, Kind::Pipeline, Kind::Stage],
        ReportKind::LeadVolume => &[Kind::Lead, Kind::Activity],
        ReportKind::SupportVolume => &[Kind::Ticket, Kind::TicketEvent],
        ReportKind::StageConversion => &[Kind::Deal, Kind::DealRevision, Kind::Pipeline, Kind::Stage],
        ReportKind::SlaAttainment => &[Kind::Ticket],
        ReportKind::Outreach => {
            &[Kind::Draft, Kind::OutboxItem, Kind::Message, Kind::DeliveryReport, Kind::ConsentEvent, Kind::Enrolment]
        }
        ReportKind::WinRate => &[Kind::Deal, Kind::ExchangeRate, Kind::Pipeline, Kind::Stage],
    }
}

/// Reads the items of one report.
pub(super) struct Tallying<'a> {
    pub(super) past: &'a Past<'a>,
    pub(super) spec: &'a TallySpec,
    pub(super) window: &'a ResolvedWindow,
    /// Which records count; plain, for who asks.
    pub(super) filter: Option<&'a Predicate>,
    pub(super) compiled: Option<Compiled>,
}

impl<'a> Tallying<'a> {
    /// Ready to read.
    ///
    /// # Errors
    /// A condition that does not fit the record, with its path.
    pub(super) fn new(
        past: &'a Past<'a>,
        spec: &'a TallySpec,
        window: &'a ResolvedWindow,
        filter: Option<&'a Predicate>,
    ) -> Result<Self> {
        let schema = past.rules().schema(spec.kind.record());
        let compiled = filter.map(|filter| filter.compile(&schema)).transpose()?;
        Ok(Self { past, spec, window, filter, compiled })
    }

    /// The items.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn items<S: Store>(&self, crm: &Crm<S>) -> Result<Found> {
        let counted = |items| Ok((items, Vec::new()));
        match self.spec.kind {
            ReportKind::PipelineSnapshot => counted(Vec::new()),
            ReportKind::LeadVolume => self.leads().and_then(counted),
            ReportKind::SupportVolume => self.flows().and_then(counted),
            ReportKind::StageConversion => self.stays().and_then(counted),
            ReportKind::SlaAttainment => self.clocks(crm).and_then(counted),
            ReportKind::Outreach => outreach(self).and_then(counted),
            ReportKind::WinRate => self.closed(),
        }
    }

    /// Whether the report counts a record of its own kind.
    pub(super) fn passes(&self, row: &Row) -> bool {
        let schema = self.past.rules().schema(self.spec.kind.record());
        self.compiled.as_ref().is_none_or(|f| f.eval(&row.facts(&schema), self.past.as_of()) == Truth::True)
    }

    /// What a record is grouped under, by its fields of the groups' names.
    fn keys(&self, row: &Row) -> Vec<Option<String>> {
        let kind = row.key().kind;
        let key = |code: &str| {
            let text = match row.body.fact(kind.place(code)?) {
                Fact::Text(text) => text.to_owned(),
                Fact::Reference(id) => id.to_string(),
                _ => return None,
            };
            Some(text).filter(|text| !text.is_empty())
        };
        self.spec.group_by.iter().map(|dimension| key(dimension.code())).collect()
    }

    fn within(&self, field: &str) -> Predicate {
        Predicate::All(vec![
            Predicate::test(field, Operator::AtLeast, format_instant(self.window.starts_at)),
            Predicate::test(field, Operator::Less, format_instant(self.window.ends_at)),
        ])
    }

    fn leads(&self) -> Result<Vec<Item>> {
        let (mut items, mut came, mut open) = (Vec::new(), Vec::new(), BTreeMap::new());
        self.past.each(
            Kind::Lead,
            None,
            |query| self.past.find(query),
            |row| {
                let AnyRecord::Lead(lead) = &row.body else { return Ok(()) };
                let at = lead.received_at.unwrap_or(row.created_at);
                let merged_into = lead.merged_into.map(|id| id.to_string());
                // A merged lead is told with another one, which is asked for both.
                if merged_into.is_none() && (!self.passes(&row) || !self.window.has(at)) {
                    return Ok(());
                }
                let converted = lead.converted == Some(true) || lead.converted_at.is_some();
                let stage_says = self.spec.disqualified.contains(&lead.stage);
                let disqualified = !converted && (stage_says || row.archived_at.is_some());
                if merged_into.is_none() {
                    came.push(row.id.to_string());
                    open.insert(row.id, items.len());
                }
                let what = What::Lead { worked: converted, converted, disqualified, merged_into };
                items.push(Item { id: row.id.to_string(), at: Some(at), keys: self.keys(&row), what });
                Ok(())
            },
        )?;
        each_of(self.past, Kind::Activity, "lead", &came, |row| {
            let AnyRecord::Activity(activity) = &row.body else { return };
            let happened = activity.happened_at.unwrap_or(row.created_at) <= self.past.as_of();
            // What a machine did, or the lead itself, is no work of the team.
            let by_team = activity.automatic != Some(true) && activity.direction != "inbound";
            let place = activity.lead.filter(|_| happened && by_team).and_then(|lead| open.get(&lead));
            if let Some(What::Lead { worked, .. }) = place.and_then(|i| items.get_mut(*i)).map(|item| &mut item.what) {
                *worked = true;
            }
        })?;
        Ok(items)
    }

    fn flows(&self) -> Result<Vec<Item>> {
        let as_of = self.past.as_of();
        let since = Predicate::test("happened_at", Operator::AtLeast, format_instant(self.window.starts_at));
        let later = Predicate::test("created_at", Operator::Greater, format_instant(as_of));
        let mut touched: BTreeSet<Id> = self.past.late_of(Kind::Ticket).into_iter().collect();
        let mut events = Vec::new();
        self.past.each(
            Kind::TicketEvent,
            Some(Predicate::Any(vec![since, later])),
            |query| self.past.find_today(query),
            |row| {
                let AnyRecord::TicketEvent(event) = &row.body else { return Ok(()) };
                let TicketEvent { ticket: Some(ticket), happened_at: Some(at), flow: Some(flow), .. } = **event else {
                    return Ok(());
                };
                touched.insert(ticket);
                if self.past.has(&row) && at >= self.window.starts_at && at <= as_of {
                    events.push((ticket, at, flow));
                }
                Ok(())
            },
        )?;
        let open: Vec<Json> = crate::command::open_states().map(Json::from).collect();
        let mut keys: BTreeMap<Id, Vec<Option<String>>> = BTreeMap::new();
        let mut items = Vec::new();
        let mut see = |row: Row, items: &mut Vec<Item>| {
            let Some(ticket) = ticket_of(&row) else { return };
            if keys.contains_key(&row.id) || !self.passes(&row) {
                return;
            }
            let own = self.keys(&row);
            if row.archived_at.is_none() && ticket.state.is_some_and(|state| state.is_open()) {
                items.push(Item { id: row.id.to_string(), at: None, keys: own.clone(), what: What::Open });
            }
            keys.insert(row.id, own);
        };
        let touched: Vec<String> = touched.iter().map(Id::to_string).collect();
        for some in touched.chunks(MOST_VALUES) {
            let ids: Vec<Json> = some.iter().map(|id| id.as_str().into()).collect();
            let of = Predicate::test("id", Operator::In, ids);
            self.past.each(
                Kind::Ticket,
                Some(of),
                |query| self.past.find(query),
                |row| {
                    see(row, &mut items);
                    Ok(())
                },
            )?;
        }
        let of = Predicate::test("state", Operator::In, open);
        self.past.each(
            Kind::Ticket,
            Some(of),
            |query| self.past.find_active(query),
            |row| {
                see(row, &mut items);
                Ok(())
            },
        )?;
        items.sort_by(|a, b| a.id.cmp(&b.id));
        let flow = |(ticket, at, flow): (Id, _, _)| {
            let keys = keys.get(&ticket)?.clone();
            Some(Item { id: ticket.to_string(), at: Some(at), keys, what: What::Flow(flow) })
        };
        items.extend(events.into_iter().filter_map(flow));
        Ok(items)
    }

    fn clocks<S: Store>(&self, crm: &Crm<S>) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        self.past.each(
            Kind::Ticket,
            Some(self.within("opened_at")),
            |query| self.past.find(query),
            |row| {
                let Some(ticket) = ticket_of(&row).filter(|_| self.passes(&row)) else { return Ok(()) };
                let state = clocks_of(row.id, ticket)?;
                let now = state.last_at().map_or(self.past.as_of(), |last| last.max(self.past.as_of()));
                let keys = self.keys(&row);
                let mut item = |metric: SlaMetric, state, count| {
                    let keys = metric_keys(self.spec, &keys, metric.code());
                    items.push(Item {
                        id: row.id.to_string(),
                        at: ticket.opened_at,
                        keys,
                        what: What::Clocks { state, count },
                    });
                };
                for clock in &state.standing(crm.rules.sla(), now).clocks {
                    item(clock.metric, clock.state, 1);
                }
                for metric in SlaMetric::ALL {
                    use crate::kernel::service::SlaState as S;
                    let folded = state.folded(*metric);
                    let ended =
                        [(S::Met, folded.met), (S::Breached, folded.breached), (S::Cancelled, folded.cancelled)];
                    for (state, count) in ended.into_iter().filter(|(_, count)| *count > 0) {
                        item(*metric, state, count);
                    }
                }
                Ok(())
            },
        )?;
        Ok(items)
    }

    fn stays(&self) -> Result<Vec<Item>> {
        // Whoever came into a stage within the window has a revision since it began.
        let since = Predicate::test("changed_at", Operator::AtLeast, format_instant(self.window.starts_at));
        let mut deals: BTreeSet<Id> = BTreeSet::new();
        self.past.each(
            Kind::DealRevision,
            Some(since),
            |query| self.past.find_today(query),
            |row| {
                if let AnyRecord::DealRevision(revision) = &row.body {
                    deals.extend(revision.deal);
                }
                Ok(())
            },
        )?;
        let ids: Vec<String> = deals.iter().map(Id::to_string).collect();
        let mut told: BTreeMap<Id, Vec<DealRevision>> = BTreeMap::new();
        let (mut rows, mut items) = (Vec::new(), Vec::new());
        for some in ids.chunks(MOST_VALUES) {
            let values: Vec<Json> = some.iter().map(|id| id.as_str().into()).collect();
            let of = |field: &str| Some(Predicate::test(field, Operator::In, values.clone()));
            self.past.each(
                Kind::DealRevision,
                of("deal"),
                |query| self.past.find_today(query),
                |row| {
                    let has = self.past.has(&row);
                    if let (true, AnyRecord::DealRevision(revision)) = (has, row.body)
                        && let Some(deal) = revision.deal
                    {
                        told.entry(deal).or_default().push(*revision);
                    }
                    Ok(())
                },
            )?;
            self.past.each(
                Kind::Deal,
                of("id"),
                |query| self.past.find(query),
                |row| {
                    rows.extend(Some(row).filter(|row| self.passes(row)));
                    Ok(())
                },
            )?;
        }
        let pipelines = load_pipelines(self.past.rules(), self.past.as_of(), |query| self.past.find_active(query))?;
        rows.sort_by_key(|row| row.id);
        for row in rows {
            let Some(revisions) = told.get(&row.id) else { continue };
            let spans = Spans::new(revisions.iter().filter_map(Step::of));
            let keys = self.keys(&row);
            for stay in outcomes(spans.all(), row.archived_at.is_some(), &pipelines) {
                let days = stay.left_at.map(|left| days_between(&self.window.zone, stay.entered_at, left));
                let keys = stay_keys(self.spec, &keys, &stay.pipeline, &stay.stage);
                let what = What::Stay { outcome: stay.outcome, days, won: stay.won };
                items.push(Item { id: row.id.to_string(), at: Some(stay.entered_at), keys, what });
            }
        }
        Ok(items)
    }

    fn closed(&self) -> Result<Found> {
        let portfolio = around(self.past, active_deals(self.past, self.filter)?)?;
        let zone = &self.window.zone;
        let valuation = self.spec.currency.map(|currency| Valuation {
            currency,
            rates: &portfolio.rates,
            basis: self.spec.rate_basis,
            rounding: Rounding::EachDeal,
            as_of: zone.day(self.past.as_of()),
        });
        let (mut items, mut excluded) = (Vec::new(), Vec::new());
        for facts in portfolio.deals(zone, self.past.as_of()) {
            let id = facts.row.id.to_string();
            let place =
                facts.known.as_ref().map_err(Clone::clone).and_then(|deal| Ok((deal, deal.place(self.window)?)));
            let (deal, won) = match place {
                Ok((deal, Place::Won)) => (deal, true),
                Ok((deal, Place::Lost)) => (deal, false),
                Ok(_) => continue,
                Err(reason) => {
                    excluded.push((id, reason));
                    continue;
                }
            };
            // A deal without the instant of its closing was closed on its close date, whose day lies in the window.
            let closed_on = deal.closed_at.map(|at| zone.day(at)).or(deal.line.close_date);
            let at = deal.closed_at.or_else(|| closed_on.map(|day| zone.day_start(day)));
            let created_on = deal.line.created_on;
            let days = closed_on.zip(created_on).map(|(closed, day)| closed.signed_duration_since(day).num_days());
            let value = match valuation.as_ref().map(|valuation| valuation.value(&deal.line, None)) {
                Some(Ok(value)) => Some(value),
                Some(Err(reason)) => {
                    excluded.push((id.clone(), reason));
                    None
                }
                None => None,
            };
            items.push(Item { id, at, keys: self.keys(facts.row), what: What::Closed { won, value, days } });
        }
        Ok((items, excluded))
    }
}
