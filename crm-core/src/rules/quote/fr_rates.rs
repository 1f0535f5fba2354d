//! The rates of French VAT, by day.

use chrono::NaiveDate;
use serde_json::{Value as Json, json};

use crate::kernel::error::{Problem, Result};
use crate::kernel::number::Number;
use crate::kernel::quotes::VatTerritory;
use crate::kernel::time::parse_date;

/// The rates in force from a day on, in percent. `None` is a rate that there was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrenchRates {
    /// The first day on which they hold.
    pub valid_from: NaiveDate,
    /// The normal rate.
    pub normal: Number,
    /// The intermediate rate.
    pub intermediate: Option<Number>,
    /// The reduced rate.
    pub reduced: Option<Number>,
    /// The super-reduced rate.
    pub super_reduced: Option<Number>,
    /// Where that is written.
    pub source: &'static str,
}

/// The rates in force on a day.
///
/// ```
/// use crm_core::kernel::quotes::VatTerritory;
/// use crm_core::rules::quote::french_rates;
/// let on = |day: &str| french_rates(VatTerritory::Metropolitan, day.parse().unwrap()).unwrap();
/// assert_eq!(on("2013-12-31").normal.to_string(), "19.6");
/// assert_eq!(on("2014-01-01").normal.to_string(), "20");
/// ```
///
/// # Errors
/// [`Problem::OutOfRange`] for a day before the table.
pub fn french_rates(territory: VatTerritory, day: NaiveDate) -> Result<FrenchRates> {
    let mut first = None;
    let mut found = None;
    for rates in table(territory) {
        first.get_or_insert(rates.valid_from);
        if rates.valid_from <= day {
            found = Some(rates);
        }
    }
    let out_of_range = || {
        let least = first.unwrap_or(day).to_string();
        Problem::OutOfRange { found: day.to_string(), least, most: "9999-12-31".into() }.into()
    };
    found.ok_or_else(out_of_range)
}

/// Every row of a territory, in order of day.
pub(super) fn table(territory: VatTerritory) -> impl Iterator<Item = FrenchRates> {
    let lines = include_str!("data/fr_vat.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(move |line| {
        let mut parts = line.split('|');
        parts.next().filter(|code| *code == territory.code())?;
        let valid_from = parse_date(parts.next()?).ok()?;
        let mut rate = || parts.next().and_then(|rate| Number::parse(rate).ok());
        let (normal, intermediate, reduced, super_reduced) = (rate()?, rate(), rate(), rate());
        Some(FrenchRates { valid_from, normal, intermediate, reduced, super_reduced, source: parts.next()? })
    })
}

impl FrenchRates {
    /// Each rate by its name, in percent.
    pub fn to_json(&self) -> Json {
        let text = |rate: Option<Number>| rate.map(|rate| rate.to_string());
        json!({
            "valid_from": self.valid_from.to_string(),
            "normal": self.normal.to_string(),
            "intermediate": text(self.intermediate),
            "reduced": text(self.reduced),
            "super_reduced": text(self.super_reduced),
            "source": self.source,
        })
    }
}
