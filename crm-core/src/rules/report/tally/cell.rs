//! The figures of a row.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::item::What;
use super::measure::{Form, TallyMeasure as M};
use super::stay::Outcome;
use crate::kernel::allocate::rounded;
use crate::kernel::csv;
use crate::kernel::error::{Problem, Result};
use crate::kernel::money::Currency;
use crate::kernel::number;
use crate::kernel::service::SlaState;
use crate::rules::support_volume::Volume;

/// Decimal places of days that are shown.
const DAY_PLACES: u32 = 2;
/// A hundredth of a day, of which there are so many in one.
const HUNDREDTHS: i128 = 100;

/// The figures of a row: sums, and every number of days, so that rows add up to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    counts: BTreeMap<M, i64>,
    values: BTreeMap<M, i128>,
    days: BTreeMap<M, Vec<i64>>,
}

/// An exact fraction; the denominator is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fraction {
    num: i128,
    den: i128,
}

impl Fraction {
    /// The decimal that is shown, in hundredths, half away from zero.
    fn hundredths(self) -> i128 {
        rounded(self.num.saturating_mul(HUNDREDTHS), self.den)
    }

    fn to_json(self) -> Json {
        let (num, den) = (self.num.to_string(), self.den.to_string());
        json!({"num": num, "den": den, "days": number::plain(self.hundredths(), DAY_PLACES)})
    }
}

impl Cell {
    /// Adds what an item is.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn add(&mut self, what: &What) -> Result<()> {
        match what {
            What::Lead { merged_into: Some(_), .. } => self.count(M::DuplicatesMerged, 1),
            What::Lead { worked, converted, disqualified, merged_into: None } => {
                self.count(M::Created, 1);
                self.count(M::Worked, i64::from(*worked));
                self.count(M::Converted, i64::from(*converted));
                self.count(M::Disqualified, i64::from(*disqualified));
            }
            // What changes a backlog is added up by periods.
            What::Open | What::Flow(_) => {}
            What::Stay { outcome, days, won } => {
                self.count(M::Entered, 1);
                self.count(
                    match outcome {
                        Outcome::Advanced => M::Advanced,
                        Outcome::Returned => M::Returned,
                        Outcome::Moved => M::Moved,
                        Outcome::Lost => M::Lost,
                        Outcome::Archived => M::Archived,
                        Outcome::StillThere => M::StillThere,
                    },
                    1,
                );
                self.count(M::Won, i64::from(*won));
                self.days.entry(M::StageDays).or_default().extend(*days);
            }
            What::Clocks { state, count } => {
                let measure = match state {
                    SlaState::Met => M::Met,
                    SlaState::Breached => M::Breached,
                    SlaState::Cancelled => M::Cancelled,
                    SlaState::Paused | SlaState::OnTrack | SlaState::DueSoon => M::Running,
                };
                self.count(measure, i64::try_from(*count).unwrap_or(i64::MAX));
            }
            What::Sent { replied, opted_out, bounced } => {
                self.count(M::Sent, 1);
                self.count(M::Replied, i64::from(*replied));
                self.count(M::OptedOut, i64::from(*opted_out));
                self.count(M::Bounced, i64::from(*bounced));
            }
            What::Waiting => self.count(M::WaitingApproval, 1),
            What::Closed { won, value, days } => {
                let (count, worth, took) =
                    if *won { (M::Won, M::WonValue, M::WonDays) } else { (M::Lost, M::LostValue, M::LostDays) };
                self.count(count, 1);
                let sum = self.values.entry(worth).or_default();
                *sum = sum.checked_add(value.unwrap_or(0)).ok_or(Problem::AmountTooLarge)?;
                self.days.entry(took).or_default().extend(*days);
            }
        }
        Ok(())
    }

    /// What came and went in a period.
    pub(super) fn of(volume: &Volume) -> Self {
        let counts = [
            (M::BacklogStart, volume.backlog_start),
            (M::Opened, volume.opened),
            (M::Reopened, volume.reopened),
            (M::Restored, volume.restored),
            (M::Resolved, volume.resolved),
            (M::Removed, volume.removed),
            (M::BacklogEnd, volume.backlog_end()),
        ];
        Cell { counts: counts.into_iter().collect(), ..Cell::default() }
    }

    fn count(&mut self, measure: M, more: i64) {
        let count = self.counts.entry(measure).or_default();
        *count = count.saturating_add(more);
    }

    /// How many.
    pub fn counted(&self, measure: M) -> i64 {
        self.counts.get(&measure).copied().unwrap_or(0)
    }

    /// What they are worth, in minor units.
    pub fn worth(&self, measure: M) -> i128 {
        self.values.get(&measure).copied().unwrap_or(0)
    }

    fn rate(&self, of: M, all: &[M]) -> (i64, i64) {
        let all = all.iter().fold(0i64, |sum, measure| sum.saturating_add(self.counted(*measure)));
        (self.counted(of), all)
    }

    /// The median and the mean, where there is a number of days.
    fn lapse(&self, measure: M) -> Option<(usize, Fraction, Fraction)> {
        let mut days = self.days.get(&measure).filter(|days| !days.is_empty())?.clone();
        days.sort_unstable();
        let n = days.len();
        let half = n.checked_div(2)?;
        let upper = i128::from(*days.get(half)?);
        let median = match n.is_multiple_of(2) {
            false => Fraction { num: upper, den: 1 },
            true => {
                let lower = i128::from(*days.get(half.checked_sub(1)?)?);
                Fraction { num: lower.saturating_add(upper), den: 2 }
            }
        };
        let sum = days.iter().fold(0i128, |sum, days| sum.saturating_add((*days).into()));
        Some((n, median, Fraction { num: sum, den: i128::try_from(n).ok()? }))
    }

    /// The figures by name.
    pub fn to_json(&self, measures: &[M], currency: Option<Currency>) -> Map<String, Json> {
        let one = |measure: &M| {
            let shown = match measure.form() {
                Form::Count => self.counted(*measure).into(),
                Form::Value => number::plain(self.worth(*measure), places(currency)).into(),
                Form::Rate(of, all) => {
                    let (num, den) = self.rate(of, all);
                    json!({"num": num, "den": den, "bp": basis_points(num, den)})
                }
                Form::Days => match self.lapse(*measure) {
                    Some((n, median, mean)) => {
                        json!({"count": n, "median": median.to_json(), "mean": mean.to_json()})
                    }
                    None => json!({"count": 0, "median": null, "mean": null}),
                },
            };
            (measure.code().to_owned(), shown)
        };
        measures.iter().map(one).collect()
    }

    /// The columns of a figure, by code.
    pub(super) fn columns(measure: M) -> Vec<String> {
        let code = measure.code();
        match measure.form() {
            Form::Count | Form::Value => vec![code.to_owned()],
            Form::Rate(..) => vec![format!("{code}_bp")],
            Form::Days => vec![format!("{code}_median"), format!("{code}_mean")],
        }
    }

    /// The cells of a figure.
    pub(super) fn cells(&self, measure: M, currency: Option<Currency>) -> Vec<csv::Cell<'static>> {
        let days = |fraction: Fraction| csv::Cell::Decimal { units: fraction.hundredths(), places: DAY_PLACES };
        match measure.form() {
            Form::Count => vec![csv::Cell::integer(self.counted(measure))],
            Form::Value => vec![csv::Cell::Decimal { units: self.worth(measure), places: places(currency) }],
            Form::Rate(of, all) => {
                let (num, den) = self.rate(of, all);
                vec![basis_points(num, den).map_or(csv::Cell::Empty, csv::Cell::integer)]
            }
            Form::Days => match self.lapse(measure) {
                Some((_, median, mean)) => vec![days(median), days(mean)],
                None => vec![csv::Cell::Empty, csv::Cell::Empty],
            },
        }
    }
}

fn places(currency: Option<Currency>) -> u32 {
    currency.map_or(0, Currency::minor_digits)
}

/// A share in basis points, rounded down so that only all is all; `None` of nothing.
fn basis_points(num: i64, den: i64) -> Option<i64> {
    let bp = i128::from(num).saturating_mul(10_000).checked_div(den.into())?;
    i64::try_from(bp).ok()
}
