//! The document discount that brings a quote to a wanted total.

use serde_json::{Map, Value as Json, json};

use super::books::{Books, rate_of};
use super::sheet::Sheet;
use super::tax_sets::TaxSets;
use super::terms::QuoteTerms;
use super::totals::{Sums, settle};
use crate::kernel::error::Result;
use crate::kernel::money::Currency;
use crate::kernel::number;
use crate::kernel::quotes::{PriceMode, VatRounding};

/// 100 % as a percentage in millionths.
const HUNDRED: i64 = 100_000_000;

/// A discount and what the quote comes to with it, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// What is taken off the whole.
    pub discount: i64,
    /// What is left.
    pub sums: Sums,
}

/// Which discount reaches a total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Solution {
    /// The largest discount that gives exactly the total.
    Exact(Reached),
    /// None gives it; the next totals that a discount gives, on either side.
    Nearest {
        /// The largest total below the wanted one.
        below: Option<Reached>,
        /// The smallest total above it.
        above: Option<Reached>,
    },
}

impl Solution {
    /// The solution as JSON.
    pub fn to_json(&self, currency: Currency) -> Json {
        let reached = |reached: Option<Reached>| {
            let plain = |minor: i64| number::plain(minor.into(), currency.minor_digits());
            reached.map_or(Json::Null, |Reached { discount, sums }| {
                json!({
                    "discount": plain(discount),
                    "net": plain(sums.net),
                    "vat": plain(sums.vat),
                    "gross": plain(sums.gross),
                })
            })
        };
        let mut map = Map::new();
        map.insert("reachable".into(), matches!(self, Solution::Exact(_)).into());
        match self {
            Solution::Exact(exact) => {
                map.insert("by".into(), reached(Some(*exact)));
            }
            Solution::Nearest { below, above } => {
                map.insert("below".into(), reached(*below));
                map.insert("above".into(), reached(*above));
            }
        }
        Json::Object(map)
    }
}

/// Finds the document discount, in place of the one that the terms have, with which a quote comes to a total with VAT
/// (before it is rounded for payment).
///
/// With net prices some totals cannot be reached (see [`reach`](super::reach)); with gross prices all can, down to zero.
///
/// # Errors
/// As [`totals`](super::totals).
pub fn solve(terms: &QuoteTerms, target: i64) -> Result<Solution> {
    let taxes = terms.taxes();
    let sheet = terms.sheet(&taxes)?;
    let mut books = Books::default();
    let rows = settle(terms, &taxes, &sheet, 0)?.per_rate.len();
    let most = i64::try_from(sheet.sum.unsigned_abs()).unwrap_or(i64::MAX);
    let sign = if sheet.sum < 0 { -1 } else { 1 };
    let wanted = target.saturating_mul(sign);
    // On a credit everything is mirrored.
    let mut at = |discount: i64| {
        let sums = books.add_up(&sheet, &taxes.sets, discount)?;
        Ok::<_, crate::Error>((sums.gross.saturating_mul(sign), Reached { discount, sums }))
    };
    // The largest discount that leaves more, and the one after it, as if every cent more of it left less. That is so but
    // for cents: see `slack`.
    let (mut leaves_more, mut leaves_less) = (-1i64, most.saturating_add(1));
    while leaves_less.saturating_sub(leaves_more) > 1 {
        let middle = leaves_more.saturating_add(leaves_less.saturating_sub(leaves_more) / 2);
        if at(middle)?.0 > wanted { leaves_more = middle } else { leaves_less = middle }
    }
    let slack = slack(&sheet, &taxes.sets, rows);
    let from = leaves_more.saturating_sub(slack).max(0);
    let to = leaves_less.saturating_add(slack).min(most);
    let (mut exact, mut below, mut above) = (None, None::<(i64, Reached)>, None::<(i64, Reached)>);
    for discount in from..=to {
        let (gross, reached) = at(discount)?;
        match gross.cmp(&wanted) {
            std::cmp::Ordering::Equal => exact = Some(reached),
            std::cmp::Ordering::Less if below.is_none_or(|(best, _)| gross >= best) => below = Some((gross, reached)),
            std::cmp::Ordering::Greater if above.is_none_or(|(best, _)| gross <= best) => {
                above = Some((gross, reached))
            }
            _ => {}
        }
    }
    if let Some(exact) = exact {
        return Ok(Solution::Exact(exact));
    }
    let (below, above) = (below.map(|(_, reached)| reached), above.map(|(_, reached)| reached));
    let (below, above) = if sign < 0 { (above, below) } else { (below, above) };
    Ok(Solution::Nearest { below, above })
}

/// How many discounts around a crossing have to be tried.
///
/// The exact total falls by at least one for each unit of discount. The printed one differs from it by at most half a
/// unit for each rounding, and, unless all lines bear the same taxes, by the tax on less than one unit for each line,
/// whose part of the discount is rounded.
fn slack(sheet: &Sheet, taxes: &TaxSets, rows: usize) -> i64 {
    const STEEPEST: i64 = 12;
    let mut sets = sheet.counted.iter().map(|line| line.taxes);
    let roundings = match (sheet.whole.price_mode, sheet.whole.rounding) {
        // The total is what is left of the lines, whatever is taken out of it.
        (PriceMode::Gross, _) => return STEEPEST,
        (PriceMode::Net, VatRounding::PerRate) => rows,
        (PriceMode::Net, VatRounding::PerLine) => {
            sets.clone().fold(0usize, |sum, set| sum.saturating_add(taxes.get(set).len()))
        }
    };
    let rates = sets.clone().fold(0i64, |sum, set| sum.saturating_add(rate_of(taxes.get(set))));
    let is_mixed = sets.next().is_some_and(|first| sets.any(|set| set != first));
    let parts = if is_mixed { rates.checked_div(HUNDRED).unwrap_or(0).saturating_add(1) } else { 0 };
    let off = parts.saturating_add(i64::try_from(roundings).unwrap_or(i64::MAX));
    off.saturating_mul(4).saturating_add(STEEPEST)
}
