//! What a report that counts is asked for.

use serde_json::{Map, Value as Json};

use super::measure::{TallyDimension, TallyMeasure};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::money::Currency;
use crate::kernel::predicate::Predicate;
use crate::rules::check;
use crate::rules::forecast::RateBasis;
use crate::rules::rates::currency_of;
use crate::rules::read::{Object, coded, list, text};
use crate::rules::report::spec::{distinct, rate_basis};
use crate::rules::report::{ReportKind, Span, WindowSpec, span};

/// The stages in which a lead is disqualified, where nobody says which.
const DISQUALIFIED: &[&str] = &["disqualified", "unqualified"];
/// Most stages that say so.
const MOST_STAGES: usize = 100;

/// What a report that counts is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct TallySpec {
    /// What it is about; never a snapshot.
    pub kind: ReportKind,
    /// Which records count, as the report's instant knows them.
    pub filter: Option<Predicate>,
    /// When.
    pub window: WindowSpec,
    /// What the window is cut into; `None` leaves it whole.
    pub by: Option<Span>,
    /// What the rows are grouped by; of nothing there is one row.
    pub group_by: Vec<TallyDimension>,
    /// The figures that are shown.
    pub measures: Vec<TallyMeasure>,
    /// The currency of the sums; only of a report that adds amounts up.
    pub currency: Option<Currency>,
    /// Which day's rate converts an amount.
    pub rate_basis: RateBasis,
    /// The stages in which a lead is disqualified.
    pub disqualified: Vec<String>,
}

impl TallySpec {
    const KEYS: &'static [&'static str] = &["kind", "filter", "window", "by", "group_by", "measures"];
    const LEADS: &'static [&'static str] = &["kind", "filter", "window", "by", "group_by", "measures", "disqualified"];
    const DEALS: &'static [&'static str] =
        &["kind", "filter", "window", "by", "group_by", "measures", "currency", "rate_basis"];

    /// Reads `{"kind": "lead_volume", "window": {...}, "by": "week", "group_by": ["source"], "measures": ["created"],
    /// "filter": {...}}`; the first two are required, and without `by` the window is not cut. Only a lead volume has
    /// `disqualified` (the stages that mean it), only a win rate `currency`, which is required there, and `rate_basis`.
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let kind = kind_of(json)?;
        let keys = match kind {
            ReportKind::LeadVolume => Self::LEADS,
            ReportKind::WinRate => Self::DEALS,
            _ => Self::KEYS,
        };
        let o = Object::new(json, keys)?;
        let window = WindowSpec::from_json(o.required("window")?).map_err(|e| e.at("window"))?;
        let dimension = |v: &Json| {
            let found = v.as_str().and_then(TallyDimension::from_code);
            let known = found.filter(|d| kind.tally_dimensions().contains(d));
            known.ok_or_else(|| json::not_one_of(v, kind.tally_codes()))
        };
        let measure = |v: &Json| {
            let found = coded(v, TallyMeasure::from_code, TallyMeasure::CODES)?;
            if kind.tally_measures().contains(&found) {
                return Ok(found);
            }
            Err(json::not_one_of(v, TallyMeasure::CODES))
        };
        let group_by = match o.get("group_by") {
            Some(Json::Array(none)) if none.is_empty() => Vec::new(),
            Some(v) => distinct(v, dimension, "group_by").map_err(|e| e.at("group_by"))?,
            None => kind.usual_tally_dimensions().to_vec(),
        };
        let currency = match kind {
            ReportKind::WinRate => Some(currency_of(o.required("currency")?).map_err(|e| e.at("currency"))?),
            _ => None,
        };
        let usual = || DISQUALIFIED.iter().map(|stage| (*stage).to_owned()).collect();
        let disqualified = o.optional("disqualified", |v| list(v, text))?;
        check::most("stages", disqualified.as_ref().map_or(0, Vec::len), MOST_STAGES)
            .map_err(|e| e.at("disqualified"))?;
        let measures = o.optional("measures", |v| distinct(v, measure, "measures"))?;
        Ok(Self {
            kind,
            filter: o.optional("filter", Predicate::from_json)?,
            window,
            by: o.optional("by", span)?,
            group_by,
            measures: measures.unwrap_or_else(|| kind.tally_measures().to_vec()),
            currency,
            rate_basis: o.optional("rate_basis", rate_basis)?.unwrap_or(RateBasis::CloseDate),
            disqualified: disqualified.unwrap_or_else(usual),
        })
    }

    /// What [`TallySpec::from_json`] reads, with everything spelled out.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("kind".into(), self.kind.code().into());
        if let Some(filter) = &self.filter {
            map.insert("filter".into(), filter.to_json());
        }
        map.insert("window".into(), self.window.to_json());
        if let Some(by) = self.by {
            map.insert("by".into(), by.code().into());
        }
        map.insert("group_by".into(), self.group_by.iter().map(|d| d.code()).collect());
        map.insert("measures".into(), self.measures.iter().map(|m| m.code()).collect());
        if let Some(currency) = self.currency {
            map.insert("currency".into(), currency.code().into());
            map.insert("rate_basis".into(), self.rate_basis.code().into());
        }
        if self.kind == ReportKind::LeadVolume {
            map.insert("disqualified".into(), self.disqualified.as_slice().into());
        }
        Json::Object(map)
    }
}

/// The kind of a report that counts.
fn kind_of(json: &Json) -> Result<ReportKind> {
    let kind = json.get("kind").filter(|kind| !kind.is_null());
    let kind = kind.ok_or_else(|| Error::from(Problem::Missing { name: "kind".into() }))?;
    let found = coded(kind, ReportKind::from_code, ReportKind::CODES).map_err(|e| e.at("kind"))?;
    match found {
        ReportKind::PipelineSnapshot => Err(json::not_one_of(kind, ReportKind::CODES).at("kind")),
        _ => Ok(found),
    }
}
