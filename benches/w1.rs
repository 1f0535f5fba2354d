//! Workload W1: a million leads, 24 rules in three capped groups, the three weightiest reasons of each. The rules and
//! the options are those of `compare/w1.json`; the leads come from [`leads`], value for value.

mod leads;
mod lists;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int32Type, Int64Type};
use crm_arrow::{ScoreOptions, Scored};
use crm_core::kernel::json;
use crm_core::rules::Rules;
use serde_json::Value as Json;

pub use leads::leads;

/// What fails here fails the bench.
pub type Failure = Box<dyn std::error::Error>;

/// The rules and the options.
///
/// # Errors
/// None, as long as the file fits the rules of this version.
pub fn job() -> Result<(Rules, ScoreOptions), Failure> {
    let job = json::parse(include_bytes!("compare/w1.json"))?;
    let part = |name: &str| job.get(name).cloned().unwrap_or_default();
    Ok((Rules::from_json(&part("rules"))?, ScoreOptions::from_json(&part("options"))?))
}

/// Check sums over all answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// The scores.
    pub scores: i64,
    /// The leads of each band, A to D.
    pub bands: [i64; 4],
    /// The numbers of the rules among the three reasons, from 1: the first of a row once, the second 31 times, the third
    /// 961 times. A cut counts as no rule.
    pub rules: i64,
    /// The points of these rules.
    pub points: i64,
}

/// The published check sums of the first million leads.
pub const OF_A_MILLION: Sums =
    Sums { scores: 30_005_102, bands: [18_407, 128_560, 351_715, 501_318], rules: 10_172_346_642, points: 17_896_693 };

impl Sums {
    /// The check sums of a scored table with the columns of `compare/w1.json`.
    ///
    /// # Errors
    /// A table with other columns.
    pub fn of(scored: &Scored) -> Result<Self, Failure> {
        let numbers = rule_numbers(scored)?;
        let mut sums = Self::default();
        for batch in &scored.batches {
            sums.add(batch, &numbers).ok_or("not the columns of W1")?;
        }
        Ok(sums)
    }

    fn add(&mut self, batch: &RecordBatch, numbers: &[i64]) -> Option<()> {
        let column = |name: &str| batch.column_by_name(name);
        let scores = column("score")?.as_primitive_opt::<Int64Type>()?;
        let bands = column("band")?.as_string_opt::<i32>()?;
        let ids = column("reason_ids")?.as_list_opt::<i32>()?;
        let points = column("reason_points_milli")?.as_list_opt::<i32>()?;
        self.scores = scores.iter().flatten().fold(self.scores, i64::saturating_add);
        for row in 0..batch.num_rows() {
            let band = ["A", "B", "C", "D"].iter().position(|b| *b == bands.value(row))?;
            *self.bands.get_mut(band)? += 1;
            let (ids, points) = (ids.value(row), points.value(row));
            let (ids, points) = (ids.as_primitive_opt::<Int32Type>()?, points.as_primitive_opt::<Int64Type>()?);
            for ((id, milli), weight) in ids.values().iter().zip(points.values()).zip([1, 31, 961]) {
                let number = *numbers.get(usize::try_from(*id).ok()?)?;
                self.rules += weight * number;
                self.points += if number > 0 { milli / 1000 } else { 0 };
            }
        }
        Some(())
    }
}

/// The number of the rule, from 1, that each reason of the result's metadata stands for; 0 for a cut.
fn rule_numbers(scored: &Scored) -> Result<Vec<i64>, Failure> {
    let job = json::parse(include_bytes!("compare/w1.json"))?;
    let groups = job.pointer("/rules/lead_score/fit/groups").and_then(Json::as_array).ok_or("no groups")?;
    let rules: Vec<&Json> =
        groups.iter().filter_map(|g| g.get("rules")?.as_array()).flatten().filter_map(|r| r.get("id")).collect();
    let reasons = scored.schema.metadata().get("crmkit.reasons").ok_or("no list of reasons")?;
    let reasons = json::parse(reasons.as_bytes())?;
    let number = |reason: &Json| rules.iter().position(|id| Some(*id) == reason.get("id"));
    let number = |reason| number(reason).map_or(Ok(0), |place| i64::try_from(place + 1));
    Ok(reasons.as_array().ok_or("no list of reasons")?.iter().map(number).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leads_and_their_scores_are_those_of_the_reference() -> Result<(), Failure> {
        let (rules, options) = job()?;
        let leads = leads(20_000)?;
        let scored = crm_arrow::score_batches(&leads.schema(), &[leads], &rules, options)?;
        // From the reference semantics, record by record.
        let expected = Sums { scores: 603_088, bands: [399, 2577, 7011, 10_013], rules: 204_158_384, points: 360_330 };
        assert_eq!(Sums::of(&scored)?, expected);
        Ok(())
    }
}
