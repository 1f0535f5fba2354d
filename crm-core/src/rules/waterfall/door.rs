//! The waterfall's JSON door.

use serde_json::Value as Json;

use super::compare::{Snapshot, compare};
use super::filter::Filter;
use super::row::SnapshotRow;
use crate::kernel::error::Result;
use crate::kernel::rate::RateTable;
use crate::kernel::time::parse_instant;
use crate::rules::check;
use crate::rules::rates::{currency_of, rates_of};
use crate::rules::read::{Object, integer, list};

/// Most deals of one snapshot.
const MOST_ROWS: usize = 1_000_000;
/// Most deals told of each bucket.
pub(crate) const MOST_TOP: i64 = 10_000;
/// Deals told of each bucket where nobody says how many.
const TOP: usize = 5;

/// Compares two snapshots:
///
/// ```json
/// {"start": {"as_of": "2026-10-01T00:00:00Z", "rows": [{"deal": "d1", "owner": "marie", "pipeline": "sales",
///            "stage": "offer", "state": "open", "category": "commit", "probability_bp": 5000,
///            "amount": {"amount": "1000.00", "currency": "EUR"}, "close_date": "2026-11-30"}], "rates": []},
///  "end": {"as_of": "2026-11-01T00:00:00Z", "rows": [], "rates": []},
///  "currency": "EUR", "filter": {"period": {"start": "2026-10-01", "end": "2027-01-01"}, "owners": [],
///  "pipelines": [], "categories": []}, "top": 5, "lang": "fr"}
/// ```
///
/// `rates` of a snapshot may stand beside it as `rates_start` and `rates_end`; `rates` beside both is for the one
/// that has none of its own. Gives `start`, `end`, every bucket under `buckets` with `amount`, `deals`, `top` and
/// `others`, `unexplained` (what the buckets leave of the difference: always zero), `won_delta`, `unchanged` and
/// `excluded` with reasons.
///
/// # Errors
/// An unknown key, a value of another form, a deal twice, an end before the start; with the path.
pub fn eval_json(input: &Json) -> Result<Json> {
    const KEYS: &[&str] = &["start", "end", "rates", "rates_start", "rates_end", "currency", "filter", "top", "lang"];
    let o = Object::new(input, KEYS)?;
    let currency = currency_of(o.required("currency")?).map_err(|e| e.at("currency"))?;
    let common = o.optional("rates", rates_of)?;
    let beside = |key: &str| Ok::<_, crate::Error>(o.optional(key, rates_of)?.or_else(|| common.clone()));
    let side = |key: &str, rates: Option<RateTable>| snapshot(o.required(key)?, rates).map_err(|e| e.at(key));
    let start = side("start", beside("rates_start")?)?;
    let end = side("end", beside("rates_end")?)?;
    let filter = o.optional("filter", Filter::from_json)?.unwrap_or_default();
    let top = o.optional("top", top_of)?.unwrap_or(TOP);
    let lang = o.lang()?;
    compare(&start, &end, currency, &filter)?.to_json(lang, top)
}

/// How many deals of each bucket are told.
pub(crate) fn top_of(json: &Json) -> Result<usize> {
    let top = integer(json)?;
    check::between(top, 0, MOST_TOP)?;
    Ok(usize::try_from(top).unwrap_or(TOP))
}

fn snapshot(json: &Json, otherwise: Option<RateTable>) -> Result<Snapshot> {
    let o = Object::new(json, &["as_of", "rows", "rates"])?;
    let as_of = o.text("as_of").and_then(|t| parse_instant(&t).map_err(|e| e.at("as_of")))?;
    let rows = list(o.required("rows")?, SnapshotRow::from_json).map_err(|e| e.at("rows"))?;
    check::most("records", rows.len(), MOST_ROWS).map_err(|e| e.at("rows"))?;
    let rates = o.optional("rates", rates_of)?.or(otherwise).unwrap_or_default();
    Ok(Snapshot { as_of, rows, is_whole: false, rates })
}
