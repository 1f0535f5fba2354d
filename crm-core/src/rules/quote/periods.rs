//! What recurring lines come to in a month, in a year and over their terms.

use super::sheet::{Priced, amount};
use super::totals::{LineTotal, Sums};
use crate::kernel::allocate::rounded;
use crate::kernel::error::{Problem, Result};
use crate::kernel::money::Currency;

/// Totals by how often they are paid.
pub(super) struct Spread {
    pub(super) one_off: Sums,
    pub(super) monthly: Sums,
    pub(super) annual: Sums,
    pub(super) contract: Option<Sums>,
}

/// Net and VAT as exact fractions of a common denominator.
#[derive(Default)]
struct Exact {
    net: i128,
    vat: i128,
}

impl Exact {
    fn add(&mut self, sums: Sums, times: i128) -> Option<()> {
        self.net = self.net.checked_add(i128::from(sums.net).checked_mul(times)?)?;
        self.vat = self.vat.checked_add(i128::from(sums.vat).checked_mul(times)?)?;
        Some(())
    }

    /// Rounded once.
    fn rounded(&self, denominator: i128, currency: Currency) -> Result<Sums> {
        let (net, vat) = (rounded(self.net, denominator), rounded(self.vat, denominator));
        let gross = amount(net.saturating_add(vat), currency)?;
        Ok(Sums { net: amount(net, currency)?, vat: amount(vat, currency)?, gross })
    }
}

impl Spread {
    pub(super) fn new(lines: &[Priced], totals: &[LineTotal], currency: Currency) -> Result<Self> {
        let too_large = || Problem::AmountTooLarge;
        let mut common = 1i128;
        for recurring in lines.iter().filter_map(|line| line.recurring) {
            common = least_multiple(common, i128::from(recurring.every_months)).ok_or_else(too_large)?;
        }
        let (mut once, mut monthly, mut yearly) = (Exact::default(), Exact::default(), Exact::default());
        let (mut whole, mut has_end) = (Exact::default(), true);
        for (line, LineTotal { sums, .. }) in lines.iter().zip(totals) {
            let Some(recurring) = line.recurring else {
                once.add(*sums, 1).ok_or_else(too_large)?;
                whole.add(*sums, 1).ok_or_else(too_large)?;
                continue;
            };
            let every = i128::from(recurring.every_months);
            let times = common.checked_div(every).ok_or_else(too_large)?;
            monthly.add(*sums, times).ok_or_else(too_large)?;
            yearly.add(*sums, times.checked_mul(12).ok_or_else(too_large)?).ok_or_else(too_large)?;
            match recurring.term_months.and_then(|term| i128::from(term).checked_div(every)) {
                Some(periods) => whole.add(*sums, periods).ok_or_else(too_large)?,
                None => has_end = false,
            }
        }
        Ok(Self {
            one_off: once.rounded(1, currency)?,
            monthly: monthly.rounded(common, currency)?,
            annual: yearly.rounded(common, currency)?,
            contract: if has_end { Some(whole.rounded(1, currency)?) } else { None },
        })
    }
}

fn least_multiple(a: i128, b: i128) -> Option<i128> {
    let (mut x, mut y) = (a, b);
    while let Some(rest) = x.checked_rem(y) {
        (x, y) = (y, rest);
    }
    a.checked_div(x.max(1))?.checked_mul(b)
}
