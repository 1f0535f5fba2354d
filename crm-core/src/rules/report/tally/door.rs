//! The JSON door: a report over rows that the host gives.

use serde_json::Value as Json;

use super::item::{Item, What};
use super::run::TallyRun;
use super::spec::TallySpec;
use super::stay::outcomes;
use crate::kernel::csv::CsvFormat;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::json;
use crate::kernel::probability::Probability;
use crate::kernel::rate::RateTable;
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::service::{SlaMetric, SlaState, TicketFlow};
use crate::kernel::time::{Instant, parse_instant};
use crate::kernel::zone::Zone;
use crate::rules::check;
use crate::rules::forecast::{Line, Rounding, Valuation};
use crate::rules::pipeline::{Pipelines, Span};
use crate::rules::rates::rates_of;
use crate::rules::read::{Object, coded, date, instant, list, money, text};
use crate::rules::report::ReportKind;

/// Most rows of one call.
const MOST_ROWS: usize = 100_000;
/// Most stays of one deal, and most kinds of clocks of one ticket.
const MOST_PARTS: usize = 1_000;

/// What rows are read with.
struct Reading<'a> {
    spec: &'a TallySpec,
    zone: &'a Zone,
    pipelines: &'a Pipelines,
    valuation: Option<Valuation<'a>>,
    excluded: Vec<(String, Exclusion)>,
}

/// Runs a report that counts over rows that the host gives and has filtered: `{"report": {...}, "rows": [...], "pipelines":
/// [...], "rates": [...], "at": "...", "lang": "fr", "csv": {...}}`. A row has an `id`, what it is grouped under by the
/// codes of the report's groups, and by kind
///
/// - `lead_volume`: `at` (when it came in), `worked`, `converted`, `disqualified`, `merged_into` (another row's id);
/// - `support_volume`: `open: true` (at the report's instant), or `at` and `flow`: opened, reopened, restored, resolved or
///   removed, of every change up to the report's instant since the window's start;
/// - `stage_conversion`: `stays` with `pipeline`, `stage`, `entered_at`, `left_at` and `cause`, and `archived`;
/// - `sla_attainment`: `at` (when the ticket came in), `clocks` with `metric`, `state` and `count` (one);
/// - `outreach`: `at` (when it left), `replied`, `opted_out`, `bounced`, or `waiting: true`;
/// - `win_rate`: `at` (when it was closed), `state` (won or lost), `value`, `opened_on`, and `close_date` for the rate.
pub(crate) fn eval(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["report", "rows", "pipelines", "rates", "at", "lang", "csv"])?;
    let spec = o.required("report").and_then(|v| TallySpec::from_json(v).map_err(|e| e.at("report")))?;
    if let Some(filter) = &spec.filter {
        let found = json::shown(&filter.to_json());
        let problem = Problem::WrongShape { expected: "rows that are filtered already, and no `filter`", found };
        return Err(Error::from(problem).at("filter").at("report"));
    }
    let at = parse_instant(&o.text("at")?).map_err(|e| e.at("at"))?;
    let lang = o.lang()?;
    let format = o.optional("csv", CsvFormat::from_json)?;
    let pipelines = o.optional("pipelines", Pipelines::from_json)?.unwrap_or_else(Pipelines::standard);
    let rates: RateTable = o.optional("rates", rates_of)?.unwrap_or_default();
    let zone = spec.window.zone.clone();
    let (basis, rounding, as_of) = (spec.rate_basis, Rounding::EachDeal, zone.day(at));
    let valuation = spec.currency.map(|currency| Valuation { currency, rates: &rates, basis, rounding, as_of });
    let mut reading = Reading { spec: &spec, zone: &zone, pipelines: &pipelines, valuation, excluded: Vec::new() };
    let mut items = Vec::new();
    if let Some(rows) = o.get("rows") {
        let rows = list(rows, Ok).map_err(|e| e.at("rows"))?;
        check::most("rows", rows.len(), MOST_ROWS).map_err(|e| e.at("rows"))?;
        for (i, row) in rows.into_iter().enumerate() {
            reading.row(row, &mut items).map_err(|e| e.at_index(i).at("rows"))?;
        }
    }
    let excluded = reading.excluded;
    let run = TallyRun::new(spec.clone(), at, &items, excluded, None).map_err(|e| e.at("report"))?;
    let mut answer = run.to_json(lang);
    if let (Some(map), Some(format)) = (answer.as_object_mut(), format) {
        map.insert("csv".into(), run.sheet()?.to_csv(&format).into());
    }
    Ok(answer)
}

impl Reading<'_> {
    fn row(&mut self, json: &Json, items: &mut Vec<Item>) -> Result<()> {
        let o = Object::new(json, row_keys(self.spec.kind))?;
        let id = o.text("id")?;
        let at = o.optional("at", instant)?;
        let required = || at.ok_or_else(|| Error::from(Problem::Missing { name: "at".into() }));
        let mut item = |at: Option<Instant>, keys, what| items.push(Item { id: id.clone(), at, keys, what });
        let keys = self.keys(&o)?;
        match self.spec.kind {
            ReportKind::PipelineSnapshot => {}
            ReportKind::LeadVolume => {
                let what = What::Lead {
                    worked: o.flag("worked", false)?,
                    converted: o.flag("converted", false)?,
                    disqualified: o.flag("disqualified", false)?,
                    merged_into: o.optional("merged_into", text)?,
                };
                item(Some(required()?), keys, what);
            }
            ReportKind::SupportVolume if o.flag("open", false)? => item(None, keys, What::Open),
            ReportKind::SupportVolume => {
                let flow = coded(o.required("flow")?, TicketFlow::from_code, TicketFlow::CODES);
                item(Some(required()?), keys, What::Flow(flow.map_err(|e| e.at("flow"))?));
            }
            ReportKind::StageConversion => {
                let spans = o.list("stays", stay)?;
                check::most("stays", spans.len(), MOST_PARTS).map_err(|e| e.at("stays"))?;
                for stay in outcomes(&spans, o.flag("archived", false)?, self.pipelines) {
                    let days = stay.left_at.map(|left| days_between(self.zone, stay.entered_at, left));
                    let keys = stay_keys(self.spec, &keys, &stay.pipeline, &stay.stage);
                    let what = What::Stay { outcome: stay.outcome, days, won: stay.won };
                    item(Some(stay.entered_at), keys, what);
                }
            }
            ReportKind::SlaAttainment => {
                let at = required()?;
                let clocks = o.list("clocks", clock)?;
                check::most("clocks", clocks.len(), MOST_PARTS).map_err(|e| e.at("clocks"))?;
                for (metric, state, count) in clocks {
                    let keys = metric_keys(self.spec, &keys, &metric);
                    item(Some(at), keys, What::Clocks { state, count });
                }
            }
            ReportKind::Outreach if o.flag("waiting", false)? => item(None, keys, What::Waiting),
            ReportKind::Outreach => {
                let what = What::Sent {
                    replied: o.flag("replied", false)?,
                    opted_out: o.flag("opted_out", false)?,
                    bounced: o.flag("bounced", false)?,
                };
                item(Some(required()?), keys, what);
            }
            ReportKind::WinRate => {
                let at = required()?;
                let state = o.required("state")?;
                let won = match state.as_str() {
                    Some("won") => true,
                    Some("lost") => false,
                    _ => return Err(json::not_one_of(state, &["won", "lost"]).at("state")),
                };
                let line = Line {
                    id: &id,
                    owner: "",
                    pipeline: "",
                    stage: "",
                    state: if won { StageKind::Won } else { StageKind::Lost },
                    amount: o.optional("value", money)?,
                    probability: Probability::default(),
                    manual: None,
                    automatic: Category::Pipeline,
                    close_date: o.optional("close_date", date)?.or(Some(self.zone.day(at))),
                    created_on: o.optional("opened_on", date)?,
                    splits: Vec::new(),
                };
                let days = line.created_on.map(|day| self.zone.day(at).signed_duration_since(day).num_days());
                let value = match self.valuation.as_ref().map(|valuation| valuation.value(&line, None)) {
                    Some(Ok(value)) => Some(value),
                    Some(Err(reason)) => {
                        self.excluded.push((id.clone(), reason));
                        None
                    }
                    None => None,
                };
                item(Some(at), keys, What::Closed { won, value, days });
            }
        }
        Ok(())
    }

    fn keys(&self, o: &Object<'_>) -> Result<Vec<Option<String>>> {
        let key = |code: &'static str| Ok(o.optional(code, text)?.filter(|found| !found.is_empty()));
        self.spec.group_by.iter().map(|dimension| key(dimension.code())).collect()
    }
}

/// What a row of a kind may say.
const fn row_keys(kind: ReportKind) -> &'static [&'static str] {
    match kind {
        ReportKind::PipelineSnapshot => &[],
        ReportKind::LeadVolume => &[
            "id",
            "at",
            "worked",
            "converted",
            "disqualified",
            "merged_into",
            "source",
            "owner",
            "campaign",
            "segment",
            "industry",
            "stage",
        ],
        ReportKind::SupportVolume => {
            &["id", "at", "flow", "open", "priority", "owner", "team", "category", "channel", "account", "sla_policy"]
        }
        ReportKind::StageConversion => {
            &["id", "stays", "archived", "pipeline", "stage", "owner", "source", "campaign", "segment"]
        }
        ReportKind::SlaAttainment => {
            &["id", "at", "clocks", "priority", "sla_policy", "owner", "team", "category", "channel", "account"]
        }
        ReportKind::Outreach => {
            &["id", "at", "replied", "opted_out", "bounced", "waiting", "channel", "sequence", "owner"]
        }
        ReportKind::WinRate => &[
            "id",
            "at",
            "state",
            "value",
            "opened_on",
            "close_date",
            "owner",
            "source",
            "pipeline",
            "campaign",
            "segment",
            "lost_reason",
        ],
    }
}

/// The keys of a stay: its own pipeline and stage in the place of the deal's.
pub(crate) fn stay_keys(spec: &TallySpec, keys: &[Option<String>], pipeline: &str, stage: &str) -> Vec<Option<String>> {
    use super::measure::TallyDimension as D;
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let one = |(dimension, key): (&D, &Option<String>)| match dimension {
        D::Pipeline => text(pipeline),
        D::Stage => text(stage),
        _ => key.clone(),
    };
    spec.group_by.iter().zip(keys).map(one).collect()
}

/// The keys of a clock: its metric in its place.
pub(crate) fn metric_keys(spec: &TallySpec, keys: &[Option<String>], metric: &str) -> Vec<Option<String>> {
    use super::measure::TallyDimension as D;
    let one = |(dimension, key): (&D, &Option<String>)| match dimension {
        D::Metric => Some(metric.to_owned()),
        _ => key.clone(),
    };
    spec.group_by.iter().zip(keys).map(one).collect()
}

/// The civil days from one instant to another.
pub(crate) fn days_between(zone: &Zone, from: Instant, to: Instant) -> i64 {
    zone.day(to).signed_duration_since(zone.day(from)).num_days()
}

fn stay(json: &Json) -> Result<Span> {
    let o = Object::new(json, &["pipeline", "stage", "entered_at", "left_at", "cause"])?;
    Ok(Span {
        pipeline: o.optional("pipeline", text)?.unwrap_or_default(),
        stage: o.text("stage")?,
        entered_at: o.required("entered_at").and_then(|v| instant(v).map_err(|e| e.at("entered_at")))?,
        left_at: o.optional("left_at", instant)?,
        cause: o.optional("cause", text)?.unwrap_or_default(),
    })
}

fn clock(json: &Json) -> Result<(String, SlaState, u64)> {
    let o = Object::new(json, &["metric", "state", "count"])?;
    let metric = coded(o.required("metric")?, SlaMetric::from_code, SlaMetric::CODES).map_err(|e| e.at("metric"))?;
    let state = coded(o.required("state")?, SlaState::from_code, SlaState::CODES).map_err(|e| e.at("state"))?;
    let count = o.optional_integer("count")?.unwrap_or(1);
    check::between(count, 0, i64::from(u32::MAX)).map_err(|e| e.at("count"))?;
    Ok((metric.code().to_owned(), state, u64::try_from(count).unwrap_or(0)))
}
