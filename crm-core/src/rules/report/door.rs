//! The JSON door: a report over deals that the host gives.

use serde_json::{Map, Value as Json};

use super::deal::{Around, Badge, ReportDeal};
use super::run::ReportRun;
use super::snapshot::PipelineSnapshot;
use super::spec::{ReportKind, ReportSpec};
use super::window::WindowSpec;
use crate::kernel::csv::CsvFormat;
use crate::kernel::error::{Error, Result};
use crate::kernel::field::Schema;
use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::Truth;
use crate::kernel::rate::RateTable;
use crate::kernel::time::{Instant, parse_instant};
use crate::model::{AnyRecord, Deal, Kind, Record as _, Row, set_fields};
use crate::rules::check;
use crate::rules::filter::{Reader, resolve};
use crate::rules::forecast::{Rounding, Valuation};
use crate::rules::pipeline::Pipelines;
use crate::rules::rates::rates_of;
use crate::rules::read::{Object, instant, list, text};

/// Most deals of one call.
const MOST_DEALS: usize = 100_000;

struct Given {
    id: String,
    row: Row,
    around: Around,
    risk: Option<Badge>,
}

/// Runs a report over deals that the host gives: `{"report": {...}, "deals": [{"id": "d1", "created_at": "...", "fields":
/// {...}, "last_touch_at": "...", "risk": {"score": 45, "band": "watch"}}], "pipelines": [...], "rates": [...], "at":
/// "...", "actor": "marie", "team": ["paul"], "lang": "fr", "csv": {...}}`.
///
/// `report` is what [`ReportSpec::from_json`] reads, `fields` are those of a deal, `pipelines` what
/// [`Pipelines::from_json`] reads (the standard one), `rates` dated rates. A filter of relative days goes by `at` and the
/// window's zone, one of people by `actor` and `team`. The answer is [`ReportRun::to_json`]; with
/// `csv` (see [`CsvFormat::from_json`]) it also has the table as `csv`.
///
/// Reports of other kinds have `rows` instead of `deals`, and none of the keys that say who asks: `{"report": {"kind":
/// "lead_volume", ...}, "rows": [{"id": "l1", "at": "...", "source": "web", "worked": true}], "at": "..."}`; what a row says is
/// in [`tally`](super::tally).
///
/// # Errors
/// What the input gets wrong, with its path, and [`Problem::AmountTooLarge`](crate::Problem::AmountTooLarge) where a sum
/// leaves 128 bits. A deal that cannot count is no error but in `excluded`.
pub fn eval_json(schema: &Schema, input: &Json) -> Result<Json> {
    let snapshot = ReportKind::PipelineSnapshot.code();
    let kind = input.pointer("/report/kind").and_then(Json::as_str).unwrap_or(snapshot);
    if kind != snapshot && ReportKind::from_code(kind).is_some() {
        return super::tally::eval(input);
    }
    let o = Object::new(input, &["report", "deals", "pipelines", "rates", "at", "actor", "team", "lang", "csv"])?;
    let spec = o.required("report").and_then(|v| ReportSpec::from_json(v).map_err(|e| e.at("report")))?;
    let at = parse_instant(&o.text("at")?).map_err(|e| e.at("at"))?;
    let (me, team) = (o.optional("actor", text)?, o.optional("team", |v| list(v, text))?.unwrap_or_default());
    let WindowSpec { zone, week_start, calendar: fiscal, .. } = spec.window.clone();
    let reader = Reader { at, zone, week_start, fiscal, me: me.as_deref(), team: &team };
    let resolved = spec.filter.as_ref().map(|filter| resolve(filter, schema, &reader)).transpose();
    let resolved = resolved.map_err(|e| e.at("filter").at("report"))?;
    let filter = resolved.as_ref().map(|resolved| resolved.predicate.compile(schema)).transpose();
    let filter = filter.map_err(|e| e.at("filter").at("report"))?;
    let lang = o.lang()?;
    let format = o.optional("csv", CsvFormat::from_json)?;
    let pipelines = o.optional("pipelines", Pipelines::from_json)?.unwrap_or_else(Pipelines::standard);
    let rates: RateTable = o.optional("rates", rates_of)?.unwrap_or_default();
    let read = |v| list(v, |deal| given(deal, schema));
    let deals = o.optional("deals", read)?.unwrap_or_default();
    check::most("records", deals.len(), MOST_DEALS).map_err(|e| e.at("deals"))?;
    let window = spec.window.resolve(at).map_err(|e| e.at("window").at("report"))?;

    let (mut lines, mut excluded) = (Vec::new(), Vec::new());
    for given in &deals {
        let passes = |f| crate::kernel::predicate::Compiled::eval(f, &given.row.facts(schema), at) == Truth::True;
        if !filter.as_ref().is_none_or(passes) {
            continue;
        }
        let Some(deal) = Deal::from_any(&given.row.body) else { continue };
        match ReportDeal::new(&given.id, deal, &pipelines, given.around, (&window.zone, at)) {
            Ok(line) => lines.push(ReportDeal { risk: given.risk.clone(), ..line }),
            Err(reason) => excluded.push((given.id.clone(), reason)),
        }
    }
    let run = run(spec, at, &pipelines, &rates, (&lines, excluded), None)?;
    let Json::Object(mut answer) = run.to_json(&pipelines, lang) else { return Ok(Json::Null) };
    if let Some(resolved) = resolved {
        answer.extend(resolved.told(lang));
    }
    if let Some(format) = format {
        answer.insert("csv".into(), run.sheet()?.to_csv(&format).into());
    }
    Ok(Json::Object(answer))
}

/// Runs a report over deals that somebody gathered.
///
/// # Errors
/// As [`WindowSpec::resolve`](super::WindowSpec::resolve), and sums that leave 128 bits.
pub fn run(
    spec: ReportSpec,
    as_of: Instant,
    pipelines: &Pipelines,
    rates: &RateTable,
    (deals, excluded): (&[ReportDeal<'_>], Vec<(String, Exclusion)>),
    data_version: Option<u64>,
) -> Result<ReportRun> {
    let window = spec.window.resolve(as_of).map_err(|e| e.at("window"))?;
    let valuation = Valuation {
        currency: spec.currency,
        rates,
        basis: spec.rate_basis,
        rounding: Rounding::EachDeal,
        as_of: window.zone.day(as_of),
    };
    let snapshot = PipelineSnapshot::new(&spec, &window, &valuation, pipelines, deals, excluded)?;
    let rates_digest = crate::store::hex(&rates.digest());
    Ok(ReportRun { spec, window, as_of, data_version, rates_digest, snapshot })
}

fn given(json: &Json, schema: &Schema) -> Result<Given> {
    let o = Object::new(json, &["id", "created_at", "fields", "last_touch_at", "risk"])?;
    let id = o.text("id")?;
    let created_at: Instant = o.required("created_at").and_then(|v| instant(v).map_err(|e| e.at("created_at")))?;
    let mut body: AnyRecord = Kind::Deal.empty();
    let none = Map::new();
    let fields = o.optional("fields", |v| json::object(v, "an object of fields"))?.unwrap_or(&none);
    set_fields(&mut body, schema, fields).map_err(|e: Error| e.at("fields"))?;
    let risk = o.optional("risk", |v| {
        let o = Object::new(v, &["score", "band"])?;
        let score = o.integer("score")?;
        check::between(score, 0, 100).map_err(|e| e.at("score"))?;
        Ok(Badge { score, band: o.text("band")? })
    })?;
    let row = Row {
        id: id.parse().unwrap_or_else(|_| Id::from_text(&id)),
        version: 1,
        created_at,
        updated_at: created_at,
        archived_at: None,
        clocks: std::collections::BTreeMap::new(),
        body,
    };
    let around = Around { created_at, last_touch_at: o.optional("last_touch_at", instant)? };
    Ok(Given { id, row, around, risk })
}
