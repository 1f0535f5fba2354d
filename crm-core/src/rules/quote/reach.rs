//! Which totals with VAT a net price can have.

use serde_json::{Value as Json, json};

use super::sheet::{HUNDRED, amount};
use super::totals::Sums;
use crate::kernel::allocate::rounded;
use crate::kernel::error::Result;
use crate::kernel::money::Currency;
use crate::kernel::number::{self, Number};

/// What a net price in whole minor units gives with VAT that is rounded once for each tax, next to a total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The net price that gives the largest total not above the wanted one (not below, where that is negative).
    pub nearer_zero: Sums,
    /// The one that gives the next total, away from zero; the same where the wanted total is reached.
    pub farther: Sums,
    /// The total that was wanted.
    pub wanted: i64,
}

impl Reach {
    /// Whether some net price gives exactly the total.
    pub const fn is_reached(&self) -> bool {
        self.nearer_zero.gross == self.wanted
    }

    /// Whether it is reached, by which net price, or the two next totals.
    pub fn to_json(&self, currency: Currency) -> Json {
        let plain = |minor: i64| number::plain(minor.into(), currency.minor_digits());
        let sums = |s: Sums| json!({"net": plain(s.net), "vat": plain(s.vat), "gross": plain(s.gross)});
        if self.is_reached() {
            return json!({"representable": true, "by": sums(self.nearer_zero)});
        }
        let (mut below, mut above) = (self.nearer_zero, self.farther);
        if self.wanted < 0 {
            (below, above) = (above, below);
        }
        json!({"representable": false, "below": sums(below), "above": sums(above)})
    }
}

/// Finds the net prices around a total with VAT, at one or several rates on the same base.
///
/// One cent amount in six is out of reach at 20 %: the share is r / (100 + r).
///
/// ```
/// use crm_core::rules::quote::reach;
/// let (euro, rate) = ("EUR".parse().unwrap(), "20".parse::<i64>().unwrap());
/// let rate = crm_core::Number::from_integer(rate).unwrap();
/// assert!(reach(6_998, &[rate], euro).unwrap().is_reached());
/// assert!(!reach(6_999, &[rate], euro).unwrap().is_reached());
/// ```
///
/// # Errors
/// [`AmountTooLarge`](crate::Problem::AmountTooLarge).
pub fn reach(wanted: i64, rates: &[Number], currency: Currency) -> Result<Reach> {
    let with_vat = |net: i128| {
        let vat = |rate: &Number| rounded(net.saturating_mul(rate.millionths().into()), HUNDRED);
        (net, rates.iter().fold(0i128, |sum, rate| sum.saturating_add(vat(rate))))
    };
    let gross = |net: i128| {
        let (net, vat) = with_vat(net);
        net.saturating_add(vat)
    };
    let size = i128::from(wanted.unsigned_abs());
    // The total grows with the net price by at least one, and is never below it.
    let (mut least, mut most) = (0i128, size.saturating_add(1));
    while most.saturating_sub(least) > 1 {
        let middle = least.saturating_add(most).checked_div(2).unwrap_or(least);
        if gross(middle) <= size { least = middle } else { most = middle }
    }
    let sums = |net: i128| {
        let (net, vat) = with_vat(net);
        let signed = |minor: i128| amount(minor.saturating_mul(if wanted < 0 { -1 } else { 1 }), currency);
        Ok::<_, crate::Error>(Sums { net: signed(net)?, vat: signed(vat)?, gross: signed(net.saturating_add(vat))? })
    };
    let nearer_zero = sums(least)?;
    let farther = if nearer_zero.gross == wanted { nearer_zero } else { sums(most)? };
    Ok(Reach { nearer_zero, farther, wanted })
}
