//! How long won deals took: a table that a host computes now and then and freezes, so that two reads agree.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::days::WorkingDays;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::time::{Instant, format_instant};
use crate::rules::check;
use crate::rules::read::{Object, instant, list};

/// Most rows of a table, and most spans that one is computed from.
pub(super) const MOST_ROWS: usize = 10_000;
pub(super) const MOST_SPANS: usize = 100_000;
const MOST_DAYS: i64 = 100_000;

/// How long won deals took in one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypicalTime {
    /// The pipeline's code.
    pub pipeline: String,
    /// The stage's code.
    pub stage: String,
    /// How many stays the figures come from.
    pub n: u32,
    /// Days within which half of the stays ended.
    pub p50_days: u32,
    /// The same of three quarters.
    pub p75_days: u32,
    /// The same of nine tenths.
    pub p90_days: u32,
    /// Days from entering the stage for the first time to winning: the median, with the number of deals.
    pub remaining: Option<Remaining>,
    /// When it was computed.
    pub computed_at: Option<Instant>,
    /// The edition of the table.
    pub version: i64,
}

/// How long it took from a stage to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// Of how many won deals.
    pub n: u32,
    /// Days within which half of them were won.
    pub p50_days: u32,
}

/// A frozen table of typical times, by pipeline and stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypicalTimes(BTreeMap<(String, String), TypicalTime>);

impl TypicalTimes {
    /// A table.
    ///
    /// # Errors
    /// [`RulesProblem::DuplicateId`] for a stage that is there twice.
    pub fn new(rows: impl IntoIterator<Item = TypicalTime>) -> Result<Self> {
        let mut table = BTreeMap::new();
        for (i, row) in rows.into_iter().enumerate() {
            let key = (row.pipeline.clone(), row.stage.clone());
            if table.insert(key, row.clone()).is_some() {
                let id = format!("{} {}", row.pipeline, row.stage);
                return Err(Error::from(RulesProblem::DuplicateId { id }).at_index(i));
            }
        }
        Ok(Self(table))
    }

    /// The times of a stage.
    pub fn get(&self, pipeline: &str, stage: &str) -> Option<&TypicalTime> {
        self.0.get(&(pipeline.to_owned(), stage.to_owned()))
    }

    /// Every row, in order of pipeline and stage.
    pub fn rows(&self) -> impl Iterator<Item = &TypicalTime> {
        self.0.values()
    }

    /// Reads a list of rows.
    ///
    /// # Errors
    /// Unknown keys, numbers out of range, quantiles that fall, a stage twice.
    pub fn from_json(json: &Json) -> Result<Self> {
        let rows = list(json, row)?;
        check::most("rows", rows.len(), MOST_ROWS)?;
        Self::new(rows)
    }

    /// The list of rows; [`TypicalTimes::from_json`] reads it back.
    pub fn to_json(&self) -> Json {
        let row = |row: &TypicalTime| {
            let mut map = Map::new();
            let mut put = |key: &str, value: Json| map.insert(key.into(), value);
            put("pipeline", row.pipeline.as_str().into());
            put("stage", row.stage.as_str().into());
            put("n", row.n.into());
            put("p50_days", row.p50_days.into());
            put("p75_days", row.p75_days.into());
            put("p90_days", row.p90_days.into());
            if let Some(remaining) = row.remaining {
                put("remaining_n", remaining.n.into());
                put("remaining_p50_days", remaining.p50_days.into());
            }
            put("computed_at", row.computed_at.map(format_instant).into());
            put("version", row.version.into());
            Json::Object(map)
        };
        self.rows().map(row).collect()
    }
}

fn row(json: &Json) -> Result<TypicalTime> {
    const KEYS: &[&str] = &[
        "pipeline",
        "stage",
        "n",
        "p50_days",
        "p75_days",
        "p90_days",
        "remaining_n",
        "remaining_p50_days",
        "computed_at",
        "version",
    ];
    let o = Object::new(json, KEYS)?;
    let count = |key: &str, found: i64| -> Result<u32> {
        check::between(found, 0, MOST_DAYS).map_err(|e| e.at(key))?;
        u32::try_from(found).map_err(|_| Problem::NotAnInteger { found: found.to_string() }.into())
    };
    let needed = |key: &str| count(key, o.integer(key)?);
    let (p50_days, p75_days, p90_days) = (needed("p50_days")?, needed("p75_days")?, needed("p90_days")?);
    if p50_days > p75_days || p75_days > p90_days {
        return Err(Error::from(RulesProblem::OutOfOrder).at(if p50_days > p75_days {
            "p75_days"
        } else {
            "p90_days"
        }));
    }
    let n = needed("n")?;
    let remaining = match o.optional_integer("remaining_p50_days")? {
        None => None,
        Some(days) => Some(Remaining {
            n: o.optional_integer("remaining_n")?.map_or(Ok(n), |n| count("remaining_n", n))?,
            p50_days: count("remaining_p50_days", days)?,
        }),
    };
    let version = o.optional_integer("version")?.unwrap_or(1);
    check::between(version, 1, 1_000_000_000).map_err(|e| e.at("version"))?;
    Ok(TypicalTime {
        pipeline: o.text("pipeline")?,
        stage: o.text("stage")?,
        n,
        p50_days,
        p75_days,
        p90_days,
        remaining,
        computed_at: o.optional("computed_at", instant)?,
        version,
    })
}

/// One stay of a deal in a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    /// The stage's code.
    pub stage: String,
    /// When the deal entered it.
    pub entered_at: Instant,
    /// When it left it.
    pub left_at: Instant,
}

/// A deal that was won, with its stays in open stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WonDeal {
    /// The pipeline's code.
    pub pipeline: String,
    /// When it was won.
    pub won_at: Instant,
    /// Its stays, in any order.
    pub stays: Vec<Stay>,
}

/// Computes typical times from won deals: every stay is one figure, in whole days of the calendar. A quantile is the
/// least figure that at least so many percent of all reach (the nearest rank), so that it is always one of them.
///
/// ```
/// use crm_core::kernel::{time::parse_instant, zone::Zone};
/// use crm_core::rules::deal_risk::{Stay, WonDeal, WorkingDays, typical_times};
/// let at = |day: u32| parse_instant(&format!("2026-03-{day:02}T10:00:00Z")).unwrap();
/// let deal = |days: u32| WonDeal {
///     pipeline: "sales".into(),
///     won_at: at(1 + days),
///     stays: vec![Stay { stage: "demo".into(), entered_at: at(1), left_at: at(1 + days) }],
/// };
/// let days = WorkingDays::new(Zone::UTC, []);
/// let table = typical_times(&[deal(2), deal(9), deal(4), deal(5)], &days, at(31), 1).unwrap();
/// let demo = table.get("sales", "demo").unwrap();
/// assert_eq!((demo.n, demo.p50_days, demo.p75_days, demo.p90_days), (4, 4, 5, 9));
/// ```
///
/// # Errors
/// [`Problem::TooMany`] for more than 100 000 stays.
pub fn typical_times(
    deals: &[WonDeal],
    days: &WorkingDays,
    computed_at: Instant,
    version: i64,
) -> Result<TypicalTimes> {
    let stays = deals.iter().map(|deal| deal.stays.len()).fold(0_usize, usize::saturating_add);
    check::most("rows", stays, MOST_SPANS)?;
    let mut took: BTreeMap<(&str, &str), Vec<u32>> = BTreeMap::new();
    let mut left: BTreeMap<(&str, &str), Vec<u32>> = BTreeMap::new();
    for deal in deals {
        let mut first: BTreeMap<&str, NaiveDate> = BTreeMap::new();
        let won = days.day(deal.won_at);
        for stay in deal.stays.iter().filter(|stay| stay.left_at <= computed_at) {
            let (from, to) = (days.day(stay.entered_at), days.day(stay.left_at));
            took.entry((&deal.pipeline, &stay.stage)).or_default().push(whole(from, to));
            let entry = first.entry(&stay.stage).or_insert(from);
            *entry = from.min(*entry);
        }
        if deal.won_at <= computed_at {
            for (stage, from) in first {
                left.entry((&deal.pipeline, stage)).or_default().push(whole(from, won));
            }
        }
    }
    let mut rows = Vec::with_capacity(took.len());
    for (key, mut took) in took {
        took.sort_unstable();
        let mut left = left.remove(&key).unwrap_or_default();
        left.sort_unstable();
        rows.push(TypicalTime {
            pipeline: key.0.to_owned(),
            stage: key.1.to_owned(),
            n: length(&took),
            p50_days: quantile(&took, 50),
            p75_days: quantile(&took, 75),
            p90_days: quantile(&took, 90),
            remaining: (!left.is_empty()).then(|| Remaining { n: length(&left), p50_days: quantile(&left, 50) }),
            computed_at: Some(computed_at),
            version,
        });
    }
    TypicalTimes::new(rows)
}

fn whole(from: NaiveDate, to: NaiveDate) -> u32 {
    u32::try_from(WorkingDays::days(from, to)).unwrap_or(0)
}

fn length(values: &[u32]) -> u32 {
    u32::try_from(values.len()).unwrap_or(u32::MAX)
}

/// The least of the sorted values that `percent` percent of them do not exceed.
fn quantile(sorted: &[u32], percent: u64) -> u32 {
    let rank = json::length(sorted.len()).saturating_mul(percent).div_ceil(100);
    let place = usize::try_from(rank.saturating_sub(1)).unwrap_or(usize::MAX);
    sorted.get(place).copied().unwrap_or(0)
}
