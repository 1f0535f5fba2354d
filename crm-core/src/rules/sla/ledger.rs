//! A page of a clock's ledger as JSON: what is asked for, and what is told.

use serde_json::{Value as Json, json};

use super::answer::reasons;
use super::explain::MOST_LINES;
use super::json::metric;
use super::{Sla, State};
use crate::kernel::error::Result;
use crate::kernel::service::SlaMetric;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::read::{Object, instant, integer};

/// Lines of a page where nobody says how many.
const LINES: usize = 100;

/// Which page of which clock's ledger is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerPage {
    metric: SlaMetric,
    cycle: Option<u32>,
    from: Option<Instant>,
    most_lines: usize,
}

impl LedgerPage {
    /// Reads `metric`, `cycle` (the latest, if it is left out), `limit` and, under `from`, where an earlier page ended.
    ///
    /// # Errors
    /// What is wrong, with its place.
    pub(crate) fn read(o: &Object<'_>, from: &'static str) -> Result<Self> {
        let cycle = |v: &Json| {
            let cycle = integer(v)?;
            check::between(cycle, 1, u32::MAX.into())?;
            Ok(u32::try_from(cycle).unwrap_or(u32::MAX))
        };
        let limit = o.optional_integer("limit")?;
        let most = i64::try_from(MOST_LINES).unwrap_or(i64::MAX);
        limit.map_or(Ok(()), |limit| check::between(limit, 1, most)).map_err(|e| e.at("limit"))?;
        Ok(Self {
            metric: o.required("metric").and_then(|v| metric(v).map_err(|e| e.at("metric")))?,
            cycle: o.optional("cycle", cycle)?,
            from: o.optional(from, instant)?,
            most_lines: limit.map_or(LINES, |limit| usize::try_from(limit).unwrap_or(MOST_LINES)),
        })
    }

    /// The page at an instant: `lines`, what all of them come to (`used_seconds`), and where the `next` page begins; null
    /// if there is no such clock, or its calendar is not there any more.
    pub(crate) fn of(&self, state: &State, sla: &Sla, at: Instant, lang: Option<Lang>) -> Json {
        let ledger = state.explain(sla, self.metric, self.cycle, at, self.from, self.most_lines);
        ledger.map_or(Json::Null, |ledger| {
            json!({
                "lines": reasons(&ledger.lines, lang),
                "used_seconds": ledger.used.num_seconds(),
                "next": ledger.next.map(format_instant),
            })
        })
    }
}
