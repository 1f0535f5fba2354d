//! What recurring lines come to in a month, in a year and over their terms.

use super::sheet::{Priced, amount};
use super::totals::{LineTotal, Sums};
use crate::kernel::error::{Problem, Result};
use crate::kernel::money::Currency;
use crate::kernel::rational::Rational;

/// Totals by how often they are paid.
pub(super) struct Spread {
    pub(super) one_off: Sums,
    pub(super) monthly: Sums,
    pub(super) annual: Sums,
    pub(super) contract: Option<Sums>,
}

/// Net and VAT, exact.
#[derive(Clone, Copy)]
struct Total {
    net: Rational,
    vat: Rational,
}

impl Total {
    const ZERO: Self = Self { net: Rational::ZERO, vat: Rational::ZERO };

    /// Adds sums of which there are so many in so many months.
    fn add(&mut self, sums: Sums, times: i128, months: i128) -> Result<()> {
        let part = |sum: i64| Rational::new(i128::from(sum).checked_mul(times)?, months);
        let with = |total: Rational, sum: i64| total.plus(part(sum)?);
        self.net = with(self.net, sums.net).ok_or(Problem::AmountTooLarge)?;
        self.vat = with(self.vat, sums.vat).ok_or(Problem::AmountTooLarge)?;
        Ok(())
    }

    /// Rounded once.
    fn rounded(self, currency: Currency) -> Result<Sums> {
        let (net, vat) = (self.net.rounded(), self.vat.rounded());
        let gross = amount(net.saturating_add(vat), currency)?;
        Ok(Sums { net: amount(net, currency)?, vat: amount(vat, currency)?, gross })
    }
}

impl Spread {
    pub(super) fn new(lines: &[Priced], totals: &[LineTotal], currency: Currency) -> Result<Self> {
        let (mut once, mut monthly, mut yearly) = (Total::ZERO, Total::ZERO, Total::ZERO);
        let (mut whole, mut has_end) = (Total::ZERO, true);
        for (line, LineTotal { sums, .. }) in lines.iter().zip(totals) {
            let Some(recurring) = line.recurring else {
                once.add(*sums, 1, 1)?;
                whole.add(*sums, 1, 1)?;
                continue;
            };
            let every = i128::from(recurring.every_months);
            monthly.add(*sums, 1, every)?;
            yearly.add(*sums, 12, every)?;
            match recurring.term_months.and_then(|term| i128::from(term).checked_div(every)) {
                Some(periods) => whole.add(*sums, periods, 1)?,
                None => has_end = false,
            }
        }
        Ok(Self {
            one_off: once.rounded(currency)?,
            monthly: monthly.rounded(currency)?,
            annual: yearly.rounded(currency)?,
            contract: if has_end { Some(whole.rounded(currency)?) } else { None },
        })
    }
}
