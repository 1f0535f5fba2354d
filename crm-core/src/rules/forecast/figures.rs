//! Sums as JSON: exact numbers as text, never as JSON numbers.

use serde_json::{Map, Value as Json};

use super::presentation::{Cumulative, Presentation};
use super::printed::Printed;
use super::sums::{COUNTED, OPEN, Sums};
use super::value::{Rounding, Valuation};
use crate::kernel::error::Result;
use crate::kernel::forecast_reason::ForecastReason;
use crate::kernel::money::Currency;
use crate::kernel::number;
use crate::kernel::reason::Reason;
use crate::kernel::sales::Category;
use crate::lang::Lang;

/// How numbers are written.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) currency: Currency,
    pub(super) rounding: Rounding,
    pub(super) presentation: Presentation,
    pub(super) lang: Option<Lang>,
}

/// Decimal places by which exact products are finer than minor units.
const EXACT_PLACES: u32 = 12;
/// Decimal places of a probability in basis points.
const BP_PLACES: u32 = 4;

impl Style {
    pub(super) fn new(valuation: &Valuation<'_>, presentation: Presentation, lang: Option<Lang>) -> Self {
        Self { currency: valuation.currency, rounding: valuation.rounding, presentation, lang }
    }

    /// Whole minor units in major units.
    pub(super) fn money(&self, minor_units: i128) -> Json {
        number::plain(minor_units, self.currency.minor_digits()).into()
    }

    /// Exact sums with what they print.
    pub(super) fn sums(&self, sums: &Sums, printed: &Printed) -> Map<String, Json> {
        let finer = if self.rounding == Rounding::Never { EXACT_PLACES } else { 0 };
        let places = self.currency.minor_digits().saturating_add(finer);
        let mut map = Map::new();
        map.insert("count".into(), sums.count.into());
        map.insert("amount".into(), self.money(printed.amount));
        map.insert("weighted".into(), self.money(printed.weighted));
        if finer > 0 {
            map.insert("amount_exact".into(), number::plain(sums.amount, places).into());
        }
        let weighted = number::plain(sums.weighted, places.saturating_add(BP_PLACES));
        map.insert("weighted_exact".into(), weighted.into());
        map
    }

    /// Every category, what is open, and all that counts; cumulated ones if asked for.
    pub(super) fn figures(&self, of: impl Fn(Category) -> (Sums, Printed)) -> Result<Map<String, Json>> {
        let over = |categories: &[Category]| -> Result<Map<String, Json>> {
            let (mut sums, mut printed) = (Sums::default(), Printed::default());
            for (more, rows) in categories.iter().map(|c| of(*c)) {
                sums.merge(&more)?;
                printed.plus(&rows)?;
            }
            Ok(self.sums(&sums, &printed))
        };
        let mut categories = Map::new();
        for category in Category::ALL {
            let (sums, printed) = of(*category);
            categories.insert(category.code().into(), self.sums(&sums, &printed).into());
        }
        let mut map = Map::new();
        map.insert("categories".into(), categories.into());
        map.insert("open".into(), over(OPEN)?.into());
        map.insert("total".into(), over(COUNTED)?.into());
        if self.presentation == Presentation::Cumulative {
            let rows = [Category::Pipeline, Category::BestCase, Category::Commit, Category::Closed].map(|c| of(c).1);
            let amounts = Cumulative::of(rows.map(|r| r.amount))?;
            let weighted = Cumulative::of(rows.map(|r| r.weighted))?;
            let both = |of: fn(&Cumulative) -> i128| -> Json {
                let mut map = Map::new();
                map.insert("amount".into(), self.money(of(&amounts)));
                map.insert("weighted".into(), self.money(of(&weighted)));
                map.into()
            };
            let mut cumulative = Map::new();
            cumulative.insert("open_pipeline".into(), both(|c| c.open_pipeline));
            cumulative.insert("best_case".into(), both(|c| c.best_case));
            cumulative.insert("commit".into(), both(|c| c.commit));
            cumulative.insert("closed".into(), both(|c| c.closed));
            map.insert("cumulative".into(), cumulative.into());
        }
        Ok(map)
    }

    /// Reasons, with their sentences if there is a language.
    pub(super) fn reasons(&self, reasons: impl IntoIterator<Item = ForecastReason>) -> Json {
        reasons.into_iter().map(|r| Json::Object(Reason::Forecast(r).to_json(self.lang))).collect()
    }
}

/// A whole number, as text where JSON numbers would not hold it.
pub(super) fn whole(n: i128) -> Json {
    i64::try_from(n).map_or_else(|_| n.to_string().into(), Json::from)
}
