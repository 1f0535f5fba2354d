//! What some deals come to. Board, dashboard and report all add up here, with the sums of the forecast.

use serde_json::{Map, Value as Json, json};

use super::deal::ReportDeal;
use crate::kernel::allocate::{rounded, rows_of};
use crate::kernel::error::Result;
use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::money::Currency;
use crate::kernel::number;
use crate::kernel::probability::WHOLE_BP;
use crate::rules::forecast::{Sums, Valuation};

/// What some deals come to; sums are exact, so that neither order nor grouping changes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Number, value and weighted value of all of them.
    pub sums: Sums,
    /// The same of those at risk.
    pub at_risk: Sums,
    /// The longest that one of them was left alone, in whole days.
    pub oldest_idle_days: Option<i64>,
}

impl Figures {
    /// The figures of one deal; `at_risk_from` is the score from which on it is at risk.
    ///
    /// # Errors
    /// Why it has no value in the currency.
    pub fn of(deal: &ReportDeal<'_>, valuation: &Valuation<'_>, at_risk_from: i64) -> Result<Self, Exclusion> {
        let value = valuation.value(&deal.line, None)?;
        let mut sums = Sums::default();
        sums.add(value, deal.line.weight(), true).map_err(|_| Exclusion::TooLarge)?;
        let risky = deal.risk.as_ref().is_some_and(|risk| risk.score >= at_risk_from);
        let at_risk = if risky { sums } else { Sums::default() };
        Ok(Self { sums, at_risk, oldest_idle_days: deal.idle_days })
    }

    /// Adds others.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`](crate::Problem::AmountTooLarge).
    pub fn merge(&mut self, other: &Figures) -> Result<()> {
        self.sums.merge(&other.sums)?;
        self.at_risk.merge(&other.at_risk)?;
        self.oldest_idle_days = self.oldest_idle_days.max(other.oldest_idle_days);
        Ok(())
    }

    /// All of these together.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`](crate::Problem::AmountTooLarge).
    pub fn total<'f>(parts: impl IntoIterator<Item = &'f Figures>) -> Result<Self> {
        let mut total = Figures::default();
        parts.into_iter().try_for_each(|part| total.merge(part))?;
        Ok(total)
    }

    /// The weighted value in minor units, rounded once, half away from zero.
    pub fn weighted(&self) -> i128 {
        rounded(self.sums.weighted, i128::from(WHOLE_BP))
    }

    /// The figures as they are shown, with a weighted value that somebody rounded.
    pub fn to_json(&self, currency: Currency, weighted: i128) -> Map<String, Json> {
        let money = |minor: i128| Json::from(number::plain(minor, currency.minor_digits()));
        let mut map = Map::new();
        map.insert("count".into(), self.sums.count.into());
        map.insert("value".into(), money(self.sums.amount));
        map.insert("weighted".into(), money(weighted));
        map.insert("oldest_idle_days".into(), self.oldest_idle_days.into());
        map.insert("at_risk".into(), json!({"count": self.at_risk.count, "value": money(self.at_risk.amount)}));
        map
    }
}

/// Rounds weighted values so that the rows add up to the rounded total: by largest remainder, ties to the first. Gives
/// the rows and the total.
///
/// # Errors
/// [`Problem::AmountTooLarge`](crate::Problem::AmountTooLarge).
pub fn shown_weighted<'f>(rows: impl IntoIterator<Item = &'f Figures>) -> Result<(Vec<i128>, i128)> {
    let rows: Vec<Figures> = rows.into_iter().copied().collect();
    let total = Figures::total(&rows)?.weighted();
    let values: Vec<i128> = rows.iter().map(|row| row.sums.weighted).collect();
    Ok((rows_of(&values, WHOLE_BP.unsigned_abs(), total), total))
}
