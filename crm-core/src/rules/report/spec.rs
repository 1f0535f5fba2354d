//! What a report is asked for.

use serde_json::{Map, Value as Json};

use super::window::WindowSpec;
use crate::kernel::coded::coded;
use crate::kernel::error::{Error, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::money::Currency;
use crate::kernel::predicate::Predicate;
use crate::model::Kind;
use crate::rules::check;
use crate::rules::forecast::RateBasis;
use crate::rules::rates::currency_of;
use crate::rules::read::{Object, list, text};

/// From which score on a deal is at risk, where nobody says otherwise: where the standard model's highest band begins.
pub const AT_RISK_FROM: i64 = 60;
/// Most pipelines that one report names.
const MOST_PIPELINES: usize = 100;

coded! {
    /// What a report is about.
    ReportKind {
        /// Where the deals of a pipeline stand, and what was won and lost in the window.
        PipelineSnapshot = "pipeline_snapshot",
        /// Which leads came in, and what became of them.
        LeadVolume = "lead_volume",
        /// Which tickets came and went, and what is still to be worked on.
        SupportVolume = "support_volume",
        /// What became of the deals that came into each stage.
        StageConversion = "stage_conversion",
        /// How promises to customers were kept.
        SlaAttainment = "sla_attainment",
        /// What was sent, and what came of it.
        Outreach = "outreach",
        /// What was won and lost, and how long it took.
        WinRate = "win_rate",
    }
}

impl ReportKind {
    /// The record whose fields its filter reads.
    pub const fn record(self) -> Kind {
        match self {
            ReportKind::PipelineSnapshot | ReportKind::StageConversion | ReportKind::WinRate => Kind::Deal,
            ReportKind::LeadVolume => Kind::Lead,
            ReportKind::SupportVolume | ReportKind::SlaAttainment => Kind::Ticket,
            ReportKind::Outreach => Kind::Draft,
        }
    }
}

coded! {
    /// What rows are grouped by.
    Dimension {
        /// The pipeline.
        Pipeline = "pipeline",
        /// The stage.
        Stage = "stage",
        /// Who is responsible.
        Owner = "owner",
        /// The forecast category.
        Category = "category",
    }
}

coded! {
    /// A figure of each row.
    Measure {
        /// How many.
        Count = "count",
        /// What they are worth.
        Value = "value",
        /// What they are worth times how likely each is won.
        Weighted = "weighted",
        /// How long the most neglected one was left alone.
        OldestIdleDays = "oldest_idle_days",
        /// How many are at risk, and what these are worth.
        AtRisk = "at_risk",
    }
}

/// What a report is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportSpec {
    /// What it is about.
    pub kind: ReportKind,
    /// Which records count; `None` is all that are not archived.
    pub filter: Option<Predicate>,
    /// The codes of the pipelines; `None` is all.
    pub pipelines: Option<Vec<String>>,
    /// When.
    pub window: WindowSpec,
    /// What the rows are grouped by.
    pub group_by: Vec<Dimension>,
    /// The figures that are shown.
    pub measures: Vec<Measure>,
    /// The currency of the sums.
    pub currency: Currency,
    /// Which day's rate converts a deal.
    pub rate_basis: RateBasis,
    /// From which score on a deal is at risk.
    pub at_risk_from: i64,
}

impl ReportSpec {
    /// The keys that [`ReportSpec::from_json`] reads.
    const KEYS: &'static [&'static str] =
        &["kind", "filter", "pipelines", "window", "group_by", "measures", "currency", "rate_basis", "at_risk_from"];

    /// Reads `{"kind": "pipeline_snapshot", "window": {...}, "currency": "EUR", "filter": {...}, "pipelines": ["sales"],
    /// "group_by": ["pipeline", "stage"], "measures": ["count", "value", "weighted", "oldest_idle_days", "at_risk"],
    /// "rate_basis": "close_date", "at_risk_from": 60}`; the first three are required, and `window` is what
    /// [`WindowSpec::from_json`] reads.
    ///
    /// `rate_basis` is `close_date`, `created_on` or `as_of`: a report has no periods to average over.
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path. Fields are checked by [`Report::check`](super::Report::check).
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, Self::KEYS)?;
        let own = |code: &str| ReportKind::from_code(code).filter(|kind| *kind == ReportKind::PipelineSnapshot);
        let kind = choice(o.required("kind")?, own, &["pipeline_snapshot"]).map_err(|e| e.at("kind"))?;
        let window = WindowSpec::from_json(o.required("window")?).map_err(|e| e.at("window"))?;
        let currency = currency_of(o.required("currency")?).map_err(|e| e.at("currency"))?;
        let dimensions = |v| distinct(v, |v| choice(v, Dimension::from_code, Dimension::CODES), "group_by");
        let group_by =
            o.optional("group_by", dimensions)?.unwrap_or_else(|| vec![Dimension::Pipeline, Dimension::Stage]);
        let measures = |v| distinct(v, |v| choice(v, Measure::from_code, Measure::CODES), "measures");
        let pipelines = |v| {
            let codes = distinct(v, text, "pipelines")?;
            check::most("pipelines", codes.len(), MOST_PIPELINES).map(|()| codes)
        };
        let at_risk_from = o.optional_integer("at_risk_from")?.unwrap_or(AT_RISK_FROM);
        check::between(at_risk_from, 1, 100).map_err(|e| e.at("at_risk_from"))?;
        Ok(Self {
            kind,
            filter: o.optional("filter", Predicate::from_json)?,
            pipelines: o.optional("pipelines", pipelines)?,
            window,
            group_by,
            measures: o.optional("measures", measures)?.unwrap_or_else(|| Measure::ALL.to_vec()),
            currency,
            rate_basis: o.optional("rate_basis", rate_basis)?.unwrap_or(RateBasis::CloseDate),
            at_risk_from,
        })
    }

    /// What [`ReportSpec::from_json`] reads, with everything spelled out.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("kind".into(), self.kind.code().into());
        if let Some(filter) = &self.filter {
            map.insert("filter".into(), filter.to_json());
        }
        if let Some(pipelines) = &self.pipelines {
            map.insert("pipelines".into(), pipelines.as_slice().into());
        }
        map.insert("window".into(), self.window.to_json());
        map.insert("group_by".into(), self.group_by.iter().map(|d| d.code()).collect());
        map.insert("measures".into(), self.measures.iter().map(|m| m.code()).collect());
        map.insert("currency".into(), self.currency.code().into());
        map.insert("rate_basis".into(), self.rate_basis.code().into());
        map.insert("at_risk_from".into(), self.at_risk_from.into());
        Json::Object(map)
    }

    /// SHA-256 of the spec in hexadecimal: what tells two reports apart.
    pub fn hash(&self) -> String {
        super::ask::hash(&self.to_json())
    }
}

/// Which day's rate counts, of those that need no period.
pub(crate) fn rate_basis(json: &Json) -> Result<RateBasis> {
    const BASES: &[&str] = &["close_date", "created_on", "as_of"];
    let basis = choice(json, RateBasis::from_code, BASES)?;
    if BASES.contains(&basis.code()) { Ok(basis) } else { Err(json::not_one_of(json, BASES)) }
}

/// One of a list of codes.
fn choice<T>(json: &Json, from_code: impl Fn(&str) -> Option<T>, codes: &'static [&'static str]) -> Result<T> {
    json.as_str().and_then(from_code).ok_or_else(|| json::not_one_of(json, codes))
}

/// A list that is not empty and has nothing twice.
pub(crate) fn distinct<T: PartialEq>(
    json: &Json,
    read: impl Fn(&Json) -> Result<T>,
    what: &'static str,
) -> Result<Vec<T>> {
    let all = list(json, read)?;
    if all.is_empty() {
        return Err(RulesProblem::Empty { what }.into());
    }
    for (i, one) in all.iter().enumerate() {
        if all.iter().take(i).any(|other| other == one) {
            let id = json.get(i).and_then(Json::as_str).unwrap_or_default().to_owned();
            return Err(Error::from(RulesProblem::DuplicateId { id }).at_index(i));
        }
    }
    Ok(all)
}
