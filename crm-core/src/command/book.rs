//! The book of deals at an instant: every deal as it was, with the stages, shares, people, rates, quotas and adjustments
//! of then. Forecasts and waterfalls are sums over it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::{Datelike as _, NaiveDate};
use serde_json::{Map, Value as Json};

use super::past::Past;
use super::pipelines::load;
use crate::kernel::allocate::rounded;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::money::Currency;
use crate::kernel::period::{Period, Unit};
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::kernel::probability::Probability;
use crate::kernel::rate::{Rate, RateTable};
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::time::Instant;
use crate::kernel::value::Value;
use crate::kernel::zone::Zone;
use crate::model::{Adjustment, AnyRecord, Deal, DealRevision, DealSplit, Employee, ExchangeRate, Kind, Quota, Row};
use crate::rules::forecast::{ForecastSettings, Line, Share, Valuation};
use crate::rules::pipeline::Pipelines;
use crate::rules::waterfall::{Snapshot, SnapshotRow};

/// A deal as it was, with what its forecast category follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BookDeal {
    /// What counts.
    pub(crate) row: SnapshotRow,
    /// When the opportunity began: before the row was made, where somebody said so.
    pub(crate) began_at: Option<Instant>,
    /// The category that somebody set by hand.
    pub(crate) manual: Option<Category>,
    /// The stage's category; `None` where the stage is not known.
    pub(crate) automatic: Option<Category>,
    /// The probability that somebody set by hand, in basis points.
    pub(crate) own_bp: Option<i64>,
}

/// Everything that a forecast rests on, as it was at an instant.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    /// The instant.
    pub(crate) as_of: Instant,
    /// Every deal that was there, archived ones too, in order of id.
    pub(crate) deals: Vec<BookDeal>,
    /// The pipelines.
    pub(crate) pipelines: Pipelines,
    /// The rates that were known, the latest of each pair and day.
    pub(crate) rates: RateTable,
}

impl Book {
    /// Reads the book from a store.
    ///
    /// # Errors
    /// The store's own, and stored values that no command of the library writes.
    pub(crate) fn read(past: &Past<'_>) -> Result<Self> {
        let pipelines = load(past.rules(), past.as_of(), |query| past.find_active(query))?;
        let mut shares = shares(past)?;
        let mut deals = Vec::new();
        for (id, created_at, revision) in states(past)? {
            let shares = shares.remove(&id).unwrap_or_default();
            deals.push(deal(id, created_at, revision, shares, &pipelines));
        }
        deals.sort_by(|a, b| a.row.deal.cmp(&b.row.deal));
        Ok(Self { as_of: past.as_of(), deals, pipelines, rates: rates(past)? })
    }

    /// The deals as a snapshot has them.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let rows = self.deals.iter().map(|deal| deal.row.clone()).collect();
        Snapshot { as_of: self.as_of, rows, is_whole: true, rates: self.rates.clone() }
    }

    /// What the deals of a category that close in some days come to, in minor units, as a forecast counts them: those that
    /// cannot be valued do not. Only the shares of owners that `is_counted` takes are added.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub(crate) fn rollup(
        &self,
        settings: &ForecastSettings,
        currency: Currency,
        period: (NaiveDate, NaiveDate),
        category: Category,
        is_counted: impl Fn(&str) -> bool,
    ) -> Result<i128> {
        let (basis, rounding) = (settings.rate_basis, settings.rounding);
        let as_of = self.as_of.date_naive();
        let valuation = Valuation { currency, rates: &self.rates, basis, rounding, as_of };
        // Only its days count, for the mean of rates.
        let period = Period { start: period.0, end: period.1, unit: Unit::Month, year: period.0.year(), number: 1 };
        let mut sum: i128 = 0;
        for deal in self.deals.iter().filter(|deal| !deal.row.archived && deal.row.category == Some(category)) {
            let line = deal.line();
            if !line.close_date.is_some_and(|date| period.contains(date)) {
                continue;
            }
            let Ok(parts) = valuation.value(&line, Some(&period)).and_then(|value| line.parts(value)) else { continue };
            for part in parts.iter().filter(|part| is_counted(part.owner)) {
                sum = sum.checked_add(part.value).ok_or(Problem::AmountTooLarge)?;
            }
        }
        Ok(rounded(sum, valuation.scale()))
    }
}

impl BookDeal {
    /// The deal as a forecast sees it.
    pub(crate) fn line(&self) -> Line<'_> {
        let row = &self.row;
        Line {
            id: &row.deal,
            owner: &row.owner,
            pipeline: &row.pipeline,
            stage: &row.stage,
            state: row.state,
            amount: row.amount,
            probability: row.probability.unwrap_or_default(),
            manual: self.manual,
            automatic: self.automatic.unwrap_or(Category::Pipeline),
            close_date: row.close_date,
            created_on: self.began_at.map(|at| at.date_naive()),
            splits: row.shares.iter().filter_map(|(owner, bp)| share_of(owner, *bp)).collect(),
        }
    }

    /// The deal as the rule `forecast` reads it; dates are days of a zone.
    pub(crate) fn to_json(&self, zone: &Zone) -> Json {
        let row = &self.row;
        let mut map = Map::new();
        let mut put = |key: &str, value: Option<Json>| value.map(|value| map.insert(key.into(), value));
        put("id", Some(row.deal.as_str().into()));
        put("owner", Some(row.owner.as_str().into()));
        put("pipeline", Some(row.pipeline.as_str().into()));
        put("stage", Some(row.stage.as_str().into()));
        put("state", Some(row.state.code().into()));
        put("value", row.amount.map(|amount| Value::Money(amount).to_json()));
        put("probability_bp", self.own_bp.map(Json::from));
        put("category", self.manual.map(|category| category.code().into()));
        put("close_date", row.close_date.map(|date| date.to_string().into()));
        put("created_on", self.began_at.map(|at| zone.day(at).to_string().into()));
        let split = |(owner, share_bp): &(String, i64)| serde_json::json!({"owner": owner, "share_bp": share_bp});
        put("splits", Some(row.shares.iter().map(split).collect()).filter(|_| !row.shares.is_empty()));
        Json::Object(map)
    }
}

fn share_of(owner: &str, share_bp: i64) -> Option<Share<'_>> {
    Some(Share { owner, share: Probability::from_bp(share_bp).ok()? })
}

/// A deal from its tracked fields and the pipelines of then.
fn deal(
    id: Id,
    created_at: Instant,
    told: DealRevision,
    shares: Vec<(String, i64)>,
    pipelines: &Pipelines,
) -> BookDeal {
    let pipeline = match told.pipeline.as_str() {
        "" => pipelines.default_pipeline(),
        code => pipelines.pipeline(code),
    };
    let stage = pipeline.and_then(|pipeline| pipeline.stage(&told.stage));
    let state = told.state.or(stage.map(|stage| stage.kind)).unwrap_or(StageKind::Open);
    // Where there are no pipelines, stages are free text and every deal is in the forecast's pipeline.
    let free = Some(Category::Pipeline).filter(|_| pipelines.is_empty());
    let automatic = stage.map(|stage| stage.category).or(free);
    // Where the stage is not known nothing is, whatever somebody set by hand: a forecast leaves the deal out, too.
    let category = automatic.map(|automatic| Category::of(state, told.category, automatic));
    let probability = match (state, told.probability_bp) {
        (StageKind::Won, _) => Some(Probability::ONE),
        (StageKind::Lost, _) => Some(Probability::ZERO),
        (StageKind::Open, Some(bp)) => Probability::from_bp(bp).ok(),
        (StageKind::Open, None) => stage.map(|stage| stage.probability),
    };
    let row = SnapshotRow {
        deal: id.to_string(),
        created_at: Some(created_at),
        owner: told.owner,
        shares,
        // As the stage spells its codes, so that filters find the deal as a forecast does.
        pipeline: pipeline.map_or(told.pipeline, |pipeline| pipeline.code.clone()),
        stage: stage.map_or(told.stage, |stage| stage.code.clone()),
        state,
        category,
        probability,
        amount: told.value,
        close_date: told.close_date,
        archived: told.archived == Some(true),
    };
    let began_at = told.opened_at.or(Some(created_at));
    BookDeal { row, began_at, manual: told.category, automatic, own_bp: told.probability_bp }
}

/// The tracked fields of a stored deal.
fn tracked(row: &Row, deal: &Deal) -> DealRevision {
    DealRevision {
        deal: Some(row.id),
        pipeline: deal.pipeline.clone(),
        stage: deal.stage.clone(),
        state: deal.state,
        owner: deal.owner.clone(),
        value: deal.value,
        close_date: deal.close_date,
        probability_bp: deal.probability_bp,
        category: deal.category,
        opened_at: deal.opened_at,
        archived: Some(row.archived_at.is_some()),
        ..DealRevision::default()
    }
}

type State = (Id, Instant, DealRevision);

/// Every deal that was there, as it was: a deal that nobody touched since as it stands, another one by its revisions, and
/// one from before there were revisions by the trail.
fn states(past: &Past<'_>) -> Result<Vec<State>> {
    let mut states = Vec::new();
    let mut touched: BTreeMap<Id, Row> = BTreeMap::new();
    past.each(
        Kind::Deal,
        None,
        |query| past.find_today(query),
        |row| {
            match &row.body {
                _ if row.created_at > past.as_of() => {}
                AnyRecord::Deal(deal) if past.is_untouched(&row) => {
                    states.push((row.id, row.created_at, tracked(&row, deal)));
                }
                _ => {
                    touched.insert(row.id, row);
                }
            }
            Ok(())
        },
    )?;
    let ids: Vec<Id> = touched.keys().copied().collect();
    // Of few deals their own revisions, of many all there are: either is a handful of pages.
    let some = Some(ids.as_slice()).filter(|ids| ids.len() <= MOST_VALUES);
    let found = if ids.is_empty() { BTreeMap::new() } else { revised(past, some)? };
    for (id, revision) in found {
        if let Some(row) = touched.remove(&id) {
            states.push((id, row.created_at, revision));
        }
    }
    for (id, row) in touched {
        let created_at = row.created_at;
        if let Some(row) = past.row(row)?
            && let AnyRecord::Deal(deal) = &row.body
        {
            states.push((id, created_at, tracked(&row, deal)));
        }
    }
    Ok(states)
}

/// Deals by their revisions, some or all: each change that counts, in order. A deal from before there were revisions is
/// not among them.
fn revised(past: &Past<'_>, ids: Option<&[Id]>) -> Result<BTreeMap<Id, DealRevision>> {
    let texts = |ids: &[Id]| ids.iter().map(|id| id.to_string().into()).collect::<Vec<Json>>();
    let filter = ids.map(|ids| Predicate::test("deal", Operator::In, texts(ids)));
    let mut told: BTreeMap<Id, Vec<(bool, DealRevision)>> = BTreeMap::new();
    past.each(
        Kind::DealRevision,
        filter,
        |query| past.find_today(query),
        |row| {
            let AnyRecord::DealRevision(revision) = &row.body else { return Ok(()) };
            if let Some(deal) = revision.deal {
                told.entry(deal).or_default().push((past.has(&row), DealRevision::clone(revision)));
            }
            Ok(())
        },
    )?;
    let mut states = BTreeMap::new();
    for (deal, mut revisions) in told {
        revisions.sort_by_key(|(_, revision)| revision.number);
        let mut revisions = revisions.into_iter();
        let Some((true, first)) = revisions.next().filter(|(_, first)| first.number == Some(1)) else { continue };
        let (mut state, mut before) = (first.clone(), first);
        for (counts, after) in revisions {
            if counts {
                take_over(&mut state, &before, &after);
            }
            before = after;
        }
        states.insert(deal, state);
    }
    Ok(states)
}

/// Takes over what one change made different; what the deal was otherwise came from other changes.
fn take_over(state: &mut DealRevision, before: &DealRevision, after: &DealRevision) {
    macro_rules! fields {
        ($($field:ident)*) => { $(
            if before.$field != after.$field {
                state.$field.clone_from(&after.$field);
            }
        )* };
    }
    fields!(pipeline stage state owner value close_date probability_bp category opened_at archived);
}

/// Who shares in which deal, in order of name.
fn shares(past: &Past<'_>) -> Result<BTreeMap<Id, Vec<(String, i64)>>> {
    let mut shares: BTreeMap<Id, Vec<(String, i64)>> = BTreeMap::new();
    past.each(
        Kind::DealSplit,
        None,
        |query| past.find_active(query),
        |row| {
            if let Some(Row { body: DealSplit { deal: Some(deal), owner, share_bp, .. }, .. }) = row.typed() {
                shares.entry(deal).or_default().push((owner, share_bp.unwrap_or(0)));
            }
            Ok(())
        },
    )?;
    shares.values_mut().for_each(|shares| shares.sort());
    Ok(shares)
}

/// The rates that were known; of several for one pair and day the latest.
pub(crate) fn rates(past: &Past<'_>) -> Result<RateTable> {
    let mut known: BTreeMap<(Currency, Currency, NaiveDate), (Instant, Rate)> = BTreeMap::new();
    past.each(
        Kind::ExchangeRate,
        None,
        |query| past.find(query),
        |row| {
            let Some(Row {
                body: ExchangeRate { from, to, valid_from: Some(day), rate, recorded_at: Some(at), .. },
                ..
            }) = row.typed()
            else {
                return Ok(());
            };
            let pair = (from.parse()?, to.parse()?, day);
            if at <= past.as_of() && known.get(&pair).is_none_or(|(before, _)| *before <= at) {
                known.insert(pair, (at, Rate::parse(&rate)?));
            }
            Ok(())
        },
    )?;
    let mut table = RateTable::default();
    for ((from, to, day), (_, rate)) in known {
        table.insert(from, to, day, rate);
    }
    Ok(table)
}

/// The people of the team, each with who leads them; somebody who leads and is not listed stands at the top.
///
/// # Errors
/// The store's own, and a user listed twice, with the list's path.
pub(crate) fn people(past: &Past<'_>) -> Result<Vec<(String, Option<String>)>> {
    let mut people: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut gone: BTreeMap<String, Option<String>> = BTreeMap::new();
    past.each(
        Kind::Employee,
        None,
        |query| past.find(query),
        |row| {
            let Some(row) = row.typed::<Employee>() else { return Ok(()) };
            let Employee { user, manager, .. } = row.body;
            if user.is_empty() {
                return Ok(());
            }
            let manager = Some(manager).filter(|manager| !manager.is_empty());
            if row.archived_at.is_some() {
                gone.insert(user, manager);
            } else if people.insert(user.clone(), manager).is_some() {
                let twice = crate::kernel::error::RulesProblem::DuplicateId { id: user };
                return Err(Error::from(twice).at("employee"));
            }
            Ok(())
        },
    )?;
    // Who left still stands above their people, until somebody else does.
    let mut missing: Vec<String> = people.values().flatten().cloned().collect();
    while let Some(user) = missing.pop() {
        if let Entry::Vacant(place) = people.entry(user) {
            let manager = gone.get(place.key()).cloned().flatten();
            missing.extend(manager.clone());
            place.insert(manager);
        }
    }
    Ok(people.into_iter().collect())
}

/// The quotas that were set, oldest first.
pub(crate) fn quotas(past: &Past<'_>) -> Result<Vec<Quota>> {
    let mut quotas = Vec::new();
    past.each(
        Kind::Quota,
        None,
        |query| past.find_active(query),
        |row| {
            quotas.extend(row.typed::<Quota>().map(|row| row.body));
            Ok(())
        },
    )?;
    quotas.retain(|quota| quota.recorded_at.is_some_and(|at| at <= past.as_of()));
    quotas.sort_by_key(|quota| quota.recorded_at);
    Ok(quotas)
}

/// The adjustments that stood, oldest first.
pub(crate) fn adjustments(past: &Past<'_>) -> Result<Vec<Adjustment>> {
    let mut adjustments = Vec::new();
    past.each(
        Kind::Adjustment,
        None,
        |query| past.find_active(query),
        |row| {
            adjustments.extend(row.typed::<Adjustment>().map(|row| (row.id, row.body)));
            Ok(())
        },
    )?;
    adjustments.retain(|(_, said)| {
        said.recorded_at.is_some_and(|at| at <= past.as_of()) && said.revoked_at.is_none_or(|at| at > past.as_of())
    });
    adjustments.sort_by_key(|(id, said)| (said.recorded_at, *id));
    Ok(adjustments.into_iter().map(|(_, said)| said).collect())
}
