//! Quotes by the thousand: their sums without what is told of each line.

use super::books::{Books, Row};
use super::parts::alone;
use super::sheet::{Offered, Sheet, Whole};
use super::tax_sets::TaxSets;
use super::totals::Sums;
use crate::kernel::error::Result;
use crate::kernel::quotes::PriceMode;

/// Adds up one quote after the other in the same memory; what [`totals`](super::totals) says, without the lines, which
/// bear one set of taxes each and are paid once.
///
/// ```
/// use crm_core::Number;
/// use crm_core::kernel::quotes::{PriceMode, VatRounding};
/// use crm_core::rules::quote::{Offered, Tally, Tax, TaxSets, Whole};
/// let taxes = [Tax::new(None, Some(Number::from_integer(20)?))?];
/// let whole = Whole {
///     currency: "EUR".parse()?,
///     price_mode: PriceMode::Net,
///     rounding: VatRounding::PerRate,
///     discount: None,
/// };
/// let (quantity, unit_price) = (Number::from_integer(3)?, Number::parse("9.99")?);
/// let line = Offered { index: 0, quantity, unit_price, discount: None, taxes: 0, is_optional: false };
/// let mut tally = Tally::new(&whole);
/// tally.line(&line)?;
/// let tallied = tally.end(&TaxSets::single(&taxes))?;
/// assert_eq!((tallied.sums.net, tallied.sums.vat), (2_997, 599));
/// # Ok::<(), crm_core::Error>(())
/// ```
pub struct Tally {
    sheet: Sheet,
    books: Books,
}

/// What a quote comes to, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tallied {
    /// How many lines count.
    pub counted: usize,
    /// The whole.
    pub sums: Sums,
    /// What the document discount takes off.
    pub discount: i64,
    /// What optional lines would add, all of them.
    pub optional: Sums,
}

impl Tally {
    /// A first quote.
    pub fn new(whole: &Whole) -> Self {
        Self { sheet: Sheet::open(*whole), books: Books::default() }
    }

    /// The next quote.
    pub fn begin(&mut self, whole: &Whole) {
        self.sheet.open_again(whole);
    }

    /// A line of it.
    ///
    /// # Errors
    /// As [`totals`](super::totals).
    #[inline]
    pub fn line(&mut self, line: &Offered) -> Result<()> {
        self.sheet.price(line, None)
    }

    /// What the quote comes to.
    ///
    /// # Errors
    /// As [`totals`](super::totals).
    pub fn end(&mut self, taxes: &TaxSets) -> Result<Tallied> {
        self.sheet.end()?;
        if self.sheet.whole.discount.is_some() {
            self.sheet.sort();
        }
        let discount = self.sheet.discount()?;
        let sums = self.books.add_up(&self.sheet, taxes, discount)?;
        self.sheet.list_sums()?;
        let optional = optional(&self.sheet, taxes)?;
        Ok(Tallied { counted: self.sheet.counted.len(), sums, discount: self.books.discount, optional })
    }

    /// The rows of its taxes, highest rate first.
    pub fn rows(&self) -> &[Row] {
        &self.books.rows
    }
}

/// What all optional lines come to, each by itself.
pub(super) fn optional(sheet: &Sheet, taxes: &TaxSets) -> Result<Sums> {
    let (mut left, mut vat) = (0i128, 0i128);
    for line in &sheet.optional {
        left = left.saturating_add(line.amount.into());
        vat = vat.saturating_add(alone(sheet, taxes, line.taxes, line.amount)?.into());
    }
    let (net, gross) = match sheet.whole.price_mode {
        PriceMode::Net => (left, left.saturating_add(vat)),
        PriceMode::Gross => (left.saturating_sub(vat), left),
    };
    Ok(Sums { net: sheet.amount(net)?, vat: sheet.amount(vat)?, gross: sheet.amount(gross)? })
}
