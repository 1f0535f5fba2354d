//! The figures of a dashboard: each is one of the report's, with the question that finds the records behind it.

use serde_json::{Map, Value as Json, json};

use super::deals::DealFacts;
use crate::kernel::error::Result;
use crate::kernel::number;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::format_instant;
use crate::lang::Lang;
use crate::rules::pipeline::Pipelines;
use crate::rules::report::{ReportKind, ReportRun, ReportSpec, Shown, excluded_json};

/// What a dashboard is asked for: a report whose kind is known.
#[derive(Clone, Debug, PartialEq)]
pub struct DashboardSpec(pub ReportSpec);

impl DashboardSpec {
    /// Reads what [`ReportSpec::from_json`] does, without `kind`, `group_by` and `measures`, and with `where` for
    /// `filter`.
    ///
    /// # Errors
    /// As [`ReportSpec::from_json`].
    pub fn from_json(body: &Map<String, Json>) -> Result<Self> {
        crate::kernel::json::only_keys(
            body,
            &["where", "pipelines", "window", "currency", "rate_basis", "at_risk_from", "lang"],
        )?;
        let mut spec = body.clone();
        spec.remove("lang");
        if let Some(filter) = spec.remove("where") {
            spec.insert("filter".into(), filter);
        }
        spec.insert("kind".into(), ReportKind::PipelineSnapshot.code().into());
        ReportSpec::from_json(&Json::Object(spec)).map(Self)
    }
}

/// The figures of a run, with the riskiest open deal.
pub fn dashboard_json(run: &ReportRun, pipelines: &Pipelines, deals: &[DealFacts<'_>], lang: Option<Lang>) -> Json {
    let spec = &run.spec;
    let s = &run.snapshot;
    let money = |minor: i128| number::plain(minor, spec.currency.minor_digits());
    let asked = asked(spec);
    let with = |test: Predicate| {
        let mut parts = asked.clone();
        parts.push(test);
        Predicate::All(parts)
    };
    let find = |test: Predicate| json!({"find": {"record": "deal", "where": with(test).to_json()}});
    let state = |code: &str| Predicate::test("state", Operator::Equal, code);
    let closed = |code: &str| {
        let (from, to) = (format_instant(run.window.starts_at), format_instant(run.window.ends_at));
        let last = run.window.to.pred_opt().unwrap_or(run.window.from);
        let inside = Predicate::Any(vec![
            Predicate::All(vec![
                Predicate::test("closed_at", Operator::AtLeast, from),
                Predicate::test("closed_at", Operator::Less, to),
            ]),
            Predicate::All(vec![
                Predicate::test("closed_at", Operator::IsNull, Json::Null),
                Predicate::test("close_date", Operator::AtLeast, run.window.from.to_string()),
                Predicate::test("close_date", Operator::AtMost, last.to_string()),
            ]),
        ]);
        Predicate::All(vec![state(code), inside])
    };
    let figure = |shown: Shown, query: Json| json!({"count": shown.figures.sums.count, "value": money(shown.figures.sums.amount), "query": query});
    let risky = s.open.figures.at_risk;
    let at_risk = json!({"deals": {"where": with(state("open")).to_json(), "risk_from": spec.at_risk_from}});
    let mut weighted = figure(s.open, find(state("open")));
    if let Some(map) = weighted.as_object_mut() {
        map.insert("value".into(), money(s.open.weighted).into());
    }
    json!({
        "window": run.window.to_json(),
        "as_of": format_instant(run.as_of),
        "data_version": run.data_version,
        "currency": spec.currency.code(),
        "rates_digest": run.rates_digest,
        "open": figure(s.open, find(state("open"))),
        "weighted": weighted,
        "won": figure(s.won, find(closed("won"))),
        "lost": figure(s.lost, find(closed("lost"))),
        "at_risk": {"count": risky.count, "value": money(risky.amount), "query": at_risk},
        "riskiest": riskiest(spec, pipelines, deals),
        "without_risk": s.without_risk,
        "excluded": excluded_json(&s.excluded, lang),
    })
}

/// The conditions that the spec sets.
fn asked(spec: &ReportSpec) -> Vec<Predicate> {
    let mut parts: Vec<Predicate> = spec.filter.iter().cloned().collect();
    if let Some(pipelines) = &spec.pipelines {
        parts.push(Predicate::test("pipeline", Operator::In, pipelines.as_slice()));
    }
    parts
}

/// The open deal of the highest score; of several the one of the lowest id.
fn riskiest(spec: &ReportSpec, pipelines: &Pipelines, deals: &[DealFacts<'_>]) -> Json {
    let asked = |code: &str| spec.pipelines.as_ref().is_none_or(|codes| codes.iter().any(|c| c == code));
    let scored = deals.iter().filter_map(|facts| {
        let known = facts.known.as_ref().ok().filter(|known| asked(known.line.pipeline))?;
        let risk = known.risk.as_ref().filter(|_| known.idle_days.is_some())?;
        Some((risk, facts))
    });
    let worst = scored.max_by_key(|(risk, facts)| (risk.score, std::cmp::Reverse(facts.row.id)));
    let Some((risk, facts)) = worst else { return Json::Null };
    let stage = pipelines.stage(&facts.deal.pipeline, &facts.deal.stage);
    json!({
        "id": facts.row.id.to_string(),
        "title": facts.deal.name,
        "owner": facts.deal.owner,
        "stage": stage.map_or(&facts.deal.stage, |s| &s.code),
        "value": facts.deal.value.map_or(Json::Null, |value| value.to_json()),
        "risk": {"score": risk.score, "band": risk.band},
        "query": {"deal": {"id": facts.row.id.to_string()}},
    })
}
