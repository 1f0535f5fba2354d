//! What an edit of pipelines does to the deals, before it is done: counted from the same rows, named by a token.
//!
//! An edit tells its effect on the pipelines as data; the deals that it touches are read once and weighed by the
//! pipelines before and after. The token is a hash of the edit and of all that was counted. A command that is given the
//! token of the plan that a person saw counts again, and is refused where anything moved.

use std::collections::BTreeMap;

use chrono::Datelike;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::{Command, Cx};
use crate::kernel::allocate::rounded;
use crate::kernel::error::{Problem, Result};
use crate::kernel::forecast_reason::Total;
use crate::kernel::json;
use crate::kernel::money::{Currency, Money};
use crate::kernel::number::plain;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::probability::{Probability, WHOLE_BP};
use crate::kernel::reason::Reason;
use crate::kernel::report_reason::ReportReason;
use crate::kernel::sales::StageKind;
use crate::lang::Lang;
use crate::model::{AnyRecord, Kind, Row};
use crate::rules::pipeline::{Pipelines, coded};
use crate::store::{Archived, Query, hex};

/// Deals of one place: of a stage, or of all stages of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The pipeline's code; empty for deals without one.
    pub pipeline: String,
    /// The stage's code, empty for deals without one; `None` is every stage.
    pub stage: Option<String>,
}

/// What an edit does to the pipelines.
pub(crate) struct Effect {
    /// The pipelines afterwards.
    pub(crate) after: Pipelines,
    /// The deals that it touches.
    pub(crate) touched: Place,
    /// Where open deals of these go, by pipeline and stage; `None` where they stay.
    pub(crate) to: Option<(String, String)>,
}

/// A command that changes pipelines, and tells its effect without having it.
pub(crate) trait PipelineEdit: Command {
    /// The effect on these pipelines.
    fn effect(&self, pipelines: &Pipelines) -> Result<Effect>;
    /// The token of the plan that the person saw.
    fn plan(&self) -> Option<&str>;
}

/// Exact sums of one currency: minor units times basis points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weighed {
    /// How many open deals have an amount in it.
    pub deals: u64,
    /// Their amounts, in minor units.
    pub open: i128,
    /// Their amounts times their probabilities before the edit, in minor units times basis points.
    pub before: i128,
    /// The same after it.
    pub after: i128,
}

impl Weighed {
    fn add(&mut self, amount: Money, before: Probability, after: Probability) -> Result<()> {
        let minor = i128::from(amount.minor_units());
        let plus = |sum: i128, bp: i64| {
            minor.checked_mul(i128::from(bp)).and_then(|part| sum.checked_add(part)).ok_or(Problem::AmountTooLarge)
        };
        self.deals = self.deals.saturating_add(1);
        self.open = self.open.checked_add(minor).ok_or(Problem::AmountTooLarge)?;
        self.before = plus(self.before, before.bp())?;
        self.after = plus(self.after, after.bp())?;
        Ok(())
    }

    fn to_json(self, currency: Currency, lang: Option<Lang>) -> Map<String, Json> {
        let digits = currency.minor_digits();
        let total = |minor_units: i128| Total { minor_units, currency };
        let whole = |exact: i128| total(rounded(exact, i128::from(WHOLE_BP)));
        // Ten thousandths of a minor unit: four places more.
        let exact = |exact: i128| plain(exact, digits.saturating_add(4));
        let (deals, open) = (self.deals, total(self.open));
        let told = ReportReason::Reweighed { deals, open, before: whole(self.before), after: whole(self.after) };
        let mut map = Reason::Report(told).to_json(lang);
        map.insert("currency".into(), currency.code().into());
        map.insert("exact_before".into(), exact(self.before).into());
        map.insert("exact_after".into(), exact(self.after).into());
        map
    }
}

/// What an edit does to the deals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// Open deals that it touches.
    pub open_deals: u64,
    /// Won and lost ones.
    pub closed_deals: u64,
    /// Archived ones, open or closed.
    pub archived_deals: u64,
    /// Open deals without an amount, which no sum has.
    pub without_amount: u64,
    /// The sums, by currency.
    pub totals: BTreeMap<Currency, Weighed>,
    /// The sums by owner and currency.
    pub by_owner: BTreeMap<(String, Currency), Weighed>,
    /// The sums by month of the close date (year and month; `None` without one) and currency.
    pub by_month: BTreeMap<(Option<(i32, u32)>, Currency), Weighed>,
    /// The plan's token.
    pub plan: String,
}

impl Impact {
    /// Counts what an edit touches. The commit of a command that asks depends on all of it.
    pub(crate) fn of<E: PipelineEdit>(cx: &mut Cx<'_>, edit: &E) -> Result<Self> {
        let pipelines = cx.pipelines()?;
        let effect = edit.effect(&pipelines)?;
        let mut impact = Impact::default();
        let mut hash = Sha256::new();
        let mut body = Command::to_json(edit);
        if let Some(map) = body.as_object_mut() {
            map.remove("plan");
        }
        let told = json!([E::name(), body, pipelines.to_json()]);
        hash.update(json::canonical(&told));
        let query = effect.touched.query(cx, Archived::Include)?;
        cx.each_page(query, |rows| {
            for row in &rows {
                // A deal that changed may count otherwise.
                hash.update(row.id.uuid().as_bytes());
                hash.update(row.version.to_be_bytes());
                impact.count(row, &pipelines, &effect)?;
            }
            Ok(())
        })?;
        impact.plan = hex(&hash.finalize()).chars().take(32).collect();
        Ok(impact)
    }

    fn count(&mut self, row: &Row, before: &Pipelines, effect: &Effect) -> Result<()> {
        let AnyRecord::Deal(deal) = &row.body else { return Ok(()) };
        let count = match (row.archived_at, deal.state) {
            (Some(_), _) => &mut self.archived_deals,
            (None, Some(StageKind::Won | StageKind::Lost)) => &mut self.closed_deals,
            (None, _) => &mut self.open_deals,
        };
        *count = count.saturating_add(1);
        if row.archived_at.is_some() || !matches!(deal.state, None | Some(StageKind::Open)) {
            return Ok(());
        }
        let Some(amount) = deal.value else {
            self.without_amount = self.without_amount.saturating_add(1);
            return Ok(());
        };
        let old = probability(before, &deal.pipeline, &deal.stage, deal.probability_bp)?;
        let new = match &effect.to {
            // Of another pipeline's stages a probability set by hand says nothing.
            Some((pipeline, stage)) => {
                let kept = deal.probability_bp.filter(|_| deal.pipeline.is_empty() || *pipeline == deal.pipeline);
                probability(&effect.after, pipeline, stage, kept)?
            }
            None => probability(&effect.after, &deal.pipeline, &deal.stage, deal.probability_bp)?,
        };
        let (currency, day) = (amount.currency(), deal.close_date);
        self.totals.entry(currency).or_default().add(amount, old, new)?;
        self.by_owner.entry((deal.owner.clone(), currency)).or_default().add(amount, old, new)?;
        let month = day.map(|day| (day.year(), day.month()));
        self.by_month.entry((month, currency)).or_default().add(amount, old, new)
    }

    /// The answer of the question `pipeline_impact`, without `refused`.
    pub fn to_json(&self, lang: Option<Lang>) -> Map<String, Json> {
        let mut map = Map::new();
        for (key, count) in [
            ("open_deals", self.open_deals),
            ("closed_deals", self.closed_deals),
            ("archived_deals", self.archived_deals),
            ("without_amount", self.without_amount),
        ] {
            map.insert(key.into(), count.into());
        }
        let totals = self.totals.iter().map(|(currency, sums)| Json::Object(sums.to_json(*currency, lang)));
        map.insert("totals".into(), totals.collect());
        let labelled = |key: &str, label: Json, currency: Currency, sums: Weighed| {
            let mut row = sums.to_json(currency, lang);
            row.insert(key.into(), label);
            Json::Object(row)
        };
        let owners = self.by_owner.iter();
        let owners = owners.map(|((owner, currency), sums)| labelled("owner", owner.as_str().into(), *currency, *sums));
        map.insert("by_owner".into(), owners.collect());
        let months = self.by_month.iter().map(|((month, currency), sums)| {
            let month = month.map(|(year, month)| format!("{year:04}-{month:02}"));
            labelled("month", month.into(), *currency, *sums)
        });
        map.insert("by_month".into(), months.collect());
        map.insert("plan".into(), self.plan.as_str().into());
        map
    }
}

/// What a deal is worth in a place; nothing where no stage is known.
fn probability(pipelines: &Pipelines, pipeline: &str, stage: &str, override_bp: Option<i64>) -> Result<Probability> {
    pipelines.stage(pipeline, stage).map_or(Ok(Probability::ZERO), |stage| stage.probability_of(override_bp))
}

/// Refuses a command whose plan, if it names one, is not what is counted now.
pub(crate) fn refuse_stale<E: PipelineEdit>(cx: &mut Cx<'_>, edit: &E) -> Result<()> {
    let Some(expected) = edit.plan() else { return Ok(()) };
    let found = Impact::of(cx, edit)?.plan;
    if found == expected {
        return Ok(());
    }
    let expected = crate::kernel::text::shortened(expected, 60).to_string();
    Err(coded(Problem::StalePlan { expected, found }, "stale_plan"))
}

impl Place {
    /// The deals of the place.
    pub(crate) fn query(&self, cx: &Cx<'_>, archived: Archived) -> Result<Query> {
        let schema = cx.rules().schema(Kind::Deal);
        let is = |field: &str, code: &str| match code {
            "" => Predicate::test(field, Operator::IsNull, Json::Null),
            code => Predicate::test(field, Operator::Equal, code),
        };
        let mut all = vec![is("pipeline", &self.pipeline)];
        all.extend(self.stage.as_ref().map(|stage| is("stage", stage)));
        let mut query = Query::all(Kind::Deal, schema.clone(), cx.at());
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        query.archived = archived;
        Ok(query)
    }

    /// Refuses the place while any deal is there: open, closed or archived.
    pub(crate) fn refuse_in_use(&self, cx: &mut Cx<'_>) -> Result<()> {
        const SHOWN: usize = 5;
        let mut query = self.query(cx, Archived::Include)?;
        let count = cx.count(&query)?;
        if count == 0 {
            return Ok(());
        }
        query.limit = SHOWN;
        let ids: Vec<String> = cx.find(&query)?.rows.iter().map(|row| row.id.to_string()).collect();
        let detail = json!({"code": "conflict_in_use", "count": count, "sample": ids});
        let (record, code) = match &self.stage {
            Some(stage) => ("stage", stage.clone()),
            None => ("pipeline", self.pipeline.clone()),
        };
        Err(crate::Error::from(Problem::InUse { record, code, count, ids }).with_detail(detail))
    }
}
