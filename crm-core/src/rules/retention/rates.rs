//! How much of the revenue, and of the customers, of the start stayed.

use serde_json::{Map, Value as Json, json};

use crate::kernel::allocate::rounded;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::forecast_reason::Total;
use crate::kernel::money::Currency;
use crate::kernel::number;
use crate::kernel::rational::common_divisor;
use crate::kernel::renewal_reason::RenewalReason;
use crate::lang::Lang;
use crate::rules::subscription::told;

const WHOLE_BP: i128 = 10_000;

/// What became of the revenue of the customers of the start, none of it negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The revenue of the start.
    pub start: i128,
    /// What they pay more.
    pub expansion: i128,
    /// What they pay less.
    pub contraction: i128,
    /// What those paid who left.
    pub churn: i128,
    /// How many decimal places all of these have.
    pub places: u32,
}

/// What stayed of the revenue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    start: i128,
    net: i128,
    gross: i128,
}

/// How many customers there were at the start, and how many of them stayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Logos {
    /// At the start.
    pub start: u64,
    /// Those of them who are still there.
    pub kept: u64,
}

impl Changes {
    /// What stayed.
    ///
    /// # Errors
    /// A negative number, more lost than there was at the start; with the path.
    pub fn retention(&self) -> Result<Retention> {
        let plain = |amount: i128| {
            let text = number::plain(amount, self.places);
            if self.places == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
        };
        let parts = [
            ("start_mrr", self.start),
            ("expansion", self.expansion),
            ("contraction", self.contraction),
            ("churn", self.churn),
        ];
        for (key, found) in parts {
            if found < 0 {
                let (found, least, most) = (plain(found), "0".into(), "10^15".into());
                return Err(Error::from(Problem::OutOfRange { found, least, most }).at(key));
            }
        }
        let lost = self.contraction.checked_add(self.churn).ok_or(Problem::AmountTooLarge)?;
        let gross = self.start.checked_sub(lost).filter(|left| *left >= 0).ok_or_else(|| {
            let (found, least, most) = (plain(lost), "0".into(), plain(self.start));
            Error::from(Problem::OutOfRange { found, least, most }).at("churn")
        })?;
        let net = gross.checked_add(self.expansion).ok_or(Problem::AmountTooLarge)?;
        Ok(Retention { start: self.start, net, gross })
    }
}

impl Logos {
    /// Customer retention: who stayed of the customers of the start; `None` where there were none.
    pub fn rate(&self) -> Option<(i128, i128)> {
        (self.start > 0).then_some((self.kept.into(), self.start.into()))
    }

    /// Adds the rate and its reason to an answer.
    pub(super) fn tell(self, map: &mut Map<String, Json>, lang: Option<Lang>) -> Result<()> {
        let Some(rate) = put(map, "logo", self.rate())? else { return Ok(()) };
        let reason = told(RenewalReason::LogoRetention { rate, kept: self.kept, start: self.start }, lang);
        if let Some(Json::Array(reasons)) = map.get_mut("reasons") {
            reasons.push(reason);
        }
        Ok(())
    }
}

impl Retention {
    /// Net revenue retention: what stayed of the start and what grew, over the start; `None` where that is nothing.
    pub fn net(&self) -> Option<(i128, i128)> {
        (self.start > 0).then_some((self.net, self.start))
    }

    /// Gross revenue retention: what stayed of the start, over the start; `None` where that is nothing.
    pub fn gross(&self) -> Option<(i128, i128)> {
        (self.start > 0).then_some((self.gross, self.start))
    }

    /// Both, with their reasons; sums are shown with a currency only.
    pub(super) fn to_json(self, currency: Option<Currency>, lang: Option<Lang>) -> Result<Map<String, Json>> {
        let mut map = Map::new();
        let mut reasons = Vec::new();
        for (key, rate) in [("nrr", self.net()), ("grr", self.gross())] {
            let shown = put(&mut map, key, rate)?;
            if let (Some((kept, start)), Some(rate), Some(currency)) = (rate, shown, currency) {
                let total = |minor_units| Total { minor_units, currency };
                let (kept, start) = (total(kept), total(start));
                reasons.push(match key {
                    "nrr" => RenewalReason::NetRetention { rate, kept, start },
                    _ => RenewalReason::GrossRetention { rate, kept, start },
                });
            }
        }
        if self.start == 0 {
            reasons.push(RenewalReason::NoStart);
        }
        map.insert("reasons".into(), reasons.into_iter().map(|reason| told(reason, lang)).collect());
        Ok(map)
    }
}

/// Writes a rate as an exact fraction in lowest terms and in basis points, which it gives back.
fn put(map: &mut Map<String, Json>, key: &str, rate: Option<(i128, i128)>) -> Result<Option<i128>> {
    let Some((above, below)) = rate else {
        map.insert(format!("{key}_bp"), Json::Null);
        map.insert(key.into(), Json::Null);
        return Ok(None);
    };
    let bp = rounded(above.checked_mul(WHOLE_BP).ok_or(Problem::AmountTooLarge)?, below);
    map.insert(format!("{key}_bp"), i64::try_from(bp).map_or_else(|_| bp.to_string().into(), Json::from));
    let common = i128::try_from(common_divisor(above.unsigned_abs(), below.unsigned_abs())).unwrap_or(1);
    let lowest = |n: i128| n.checked_div(common).unwrap_or(n).to_string();
    map.insert(key.into(), json!({"numerator": lowest(above), "denominator": lowest(below)}));
    Ok(Some(bp))
}
