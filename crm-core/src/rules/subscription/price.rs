//! What a unit costs in the next term.

use crate::kernel::allocate::rounded;
use crate::kernel::coded::coded;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::money::Money;
use crate::rules::check;

coded! {
    /// How the price of the next term follows from that of the last.
    PriceMethod {
        /// It stays.
        Same = "same",
        /// The list price of the day.
        List = "list",
        /// It rises, or falls, by a share.
        Uplift = "uplift",
    }
}

const WHOLE_BP: i64 = 10_000;
/// The largest rise: to eleven times the price. A fall ends at zero.
pub(crate) const MOST_UPLIFT_BP: i64 = 100_000;

/// The unit price of the next term: rounded once, half away from zero, at the minor unit.
///
/// # Errors
/// [`Problem::Missing`] for the list price or the uplift that the method needs, an uplift out of range, a list price
/// in another currency, an amount beyond what money holds; with the path.
pub fn renewal_price(
    method: PriceMethod,
    unit_price: Money,
    list_price: Option<Money>,
    uplift_bp: Option<i64>,
) -> Result<Money> {
    match method {
        PriceMethod::Same => Ok(unit_price),
        PriceMethod::List => {
            let list = list_price.ok_or_else(|| Problem::Missing { name: "list_price".into() })?;
            if list.currency() != unit_price.currency() {
                let (first, found) = (unit_price.currency().code(), list.currency().code());
                let (expected, found) = (first.to_owned(), found.to_owned());
                return Err(Error::from(Problem::OtherCurrency { expected, found }).at("list_price"));
            }
            Ok(list)
        }
        PriceMethod::Uplift => {
            let uplift = uplift_bp.ok_or_else(|| Problem::Missing { name: "uplift_bp".into() })?;
            check::between(uplift, WHOLE_BP.saturating_neg(), MOST_UPLIFT_BP).map_err(|e| e.at("uplift_bp"))?;
            let factor = i128::from(WHOLE_BP.saturating_add(uplift));
            let exact = i128::from(unit_price.minor_units()).saturating_mul(factor);
            let minor = i64::try_from(rounded(exact, i128::from(WHOLE_BP))).map_err(|_| Problem::AmountTooLarge)?;
            Money::new(minor, unit_price.currency()).map_err(|e| e.at("unit_price"))
        }
    }
}
