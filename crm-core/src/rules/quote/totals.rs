//! What a quote comes to.

use super::books::Books;
use super::discount::Discount;
use super::line::{LineContent, Pricing};
use super::parts::{of_counted, of_optional};
use super::periods::Spread;
use super::sheet::{Offered, Sheet, Whole};
use super::tally::optional;
use super::tax::Tax;
use super::tax_sets::Named;
use super::terms::QuoteTerms;
use crate::kernel::allocate::rounded;
use crate::kernel::error::Result;
use crate::kernel::money::Currency;
use crate::kernel::number::Number;
use crate::kernel::quotes::{PriceMode, VatCategory, VatRounding};

/// Net, VAT and gross in minor units; the first two are the third.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Without VAT.
    pub net: i64,
    /// The VAT.
    pub vat: i64,
    /// With VAT.
    pub gross: i64,
}

/// What a line comes to, in minor units. Each column adds up to the quote's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineTotal {
    /// Quantity times price, in the quote's price mode.
    pub list: i64,
    /// What the line's discount takes off that.
    pub discount: i64,
    /// Its part of the document discount; zero on an optional line.
    pub document_discount: i64,
    /// What is left. VAT that is rounded for several lines together is divided between them by largest remainder.
    pub sums: Sums,
}

/// One tax of a quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxRow {
    /// Its category.
    pub category: VatCategory,
    /// Percent.
    pub rate: Number,
    /// What it is called, where lines bear several.
    pub name: Option<String>,
    /// Why nothing is owed.
    pub exemption_code: Option<String>,
    /// Counts the taxes of one line that are the same otherwise: 9 % and 9 %.
    pub nth: usize,
    /// What it is taken of, without VAT, in minor units.
    pub base: i64,
    /// What it comes to.
    pub vat: i64,
    /// The part of the document discount that its lines bear.
    pub discount: i64,
}

/// What a quote comes to, in minor units of its currency.
///
/// Recurring lines count with their first period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// The currency.
    pub currency: Currency,
    /// Whether prices were with or without VAT.
    pub price_mode: PriceMode,
    /// Where VAT was rounded.
    pub rounding: VatRounding,
    /// Each line; `None` for headings and words.
    pub lines: Vec<Option<LineTotal>>,
    /// How many lines count.
    pub counted: usize,
    /// What they come to at list price.
    pub list: i64,
    /// What their discounts take off.
    pub line_discounts: i64,
    /// What the document discount takes off; less than zero on a credit.
    pub discount: i64,
    /// Its percentage, where it is one.
    pub discount_percent: Option<Number>,
    /// Each tax, highest rate first.
    pub per_rate: Vec<TaxRow>,
    /// The whole.
    pub sums: Sums,
    /// What rounding to the smallest amount that can be paid adds; `None` where nobody asked.
    pub rounding_amount: Option<i64>,
    /// What is paid.
    pub payable: i64,
    /// What is paid once.
    pub one_off: Sums,
    /// What recurring lines come to in a month, rounded once.
    pub monthly: Sums,
    /// What recurring lines come to in a year, rounded once.
    pub annual: Sums,
    /// What everything comes to over the agreed terms; `None` where a line has no end.
    pub contract: Option<Sums>,
    /// How many optional lines there are.
    pub optional_lines: usize,
    /// What they would add, all of them.
    pub optional: Sums,
}

/// What the terms come to.
///
/// # Errors
/// A discount above what it is taken off, with its path, and [`Problem::AmountTooLarge`](crate::Problem::AmountTooLarge).
pub fn totals(terms: &QuoteTerms) -> Result<Totals> {
    let taxes = terms.taxes();
    let sheet = terms.sheet(&taxes)?;
    settle(terms, &taxes, &sheet, sheet.discount()?)
}

/// The totals with a document discount of so many minor units, at most what the lines come to.
pub(super) fn settle(terms: &QuoteTerms, taxes: &Named<'_>, sheet: &Sheet, discount: i64) -> Result<Totals> {
    let mut books = Books::default();
    let sums = books.add_up(sheet, &taxes.sets, discount)?;
    let paid = |step: i64| {
        let steps = rounded(i128::from(sums.gross), i128::from(step));
        sheet.amount(steps.saturating_mul(i128::from(step)))
    };
    let payable = terms.payable_step.map_or(Ok(sums.gross), paid)?;
    let counted = of_counted(sheet, &taxes.sets, &books)?;
    let spread = Spread::new(&sheet.counted, &counted, terms.currency)?;
    let mut lines = vec![None; terms.lines.len()];
    let mut put = |at: usize, total: LineTotal| {
        if let Some(line) = lines.get_mut(at) {
            *line = Some(total);
        }
    };
    for (line, total) in sheet.counted.iter().zip(counted) {
        put(line.index, total);
    }
    for line in &sheet.optional {
        put(line.index, of_optional(sheet, &taxes.sets, line)?);
    }
    let (list, line_discounts) = sheet.list_sums()?;
    let row = |row: &super::books::Row| {
        let (tax, nth) = taxes.rows.get(row.number)?;
        let Tax { category, rate, name, exemption_code } = (*tax).clone();
        let (base, vat, discount) = (row.base, row.vat, row.discount);
        Some(TaxRow { category, rate, name, exemption_code, nth: *nth, base, vat, discount })
    };
    Ok(Totals {
        currency: terms.currency,
        price_mode: terms.price_mode,
        rounding: terms.rounding,
        lines,
        counted: sheet.counted.len(),
        list,
        line_discounts,
        discount: books.discount,
        discount_percent: terms.discount_percent(),
        per_rate: books.rows.iter().filter_map(row).collect(),
        sums,
        rounding_amount: terms.payable_step.map(|_| payable.saturating_sub(sums.gross)),
        payable,
        one_off: spread.one_off,
        monthly: spread.monthly,
        annual: spread.annual,
        contract: spread.contract,
        optional_lines: sheet.optional.len(),
        optional: optional(sheet, &taxes.sets)?,
    })
}

impl QuoteTerms {
    fn priced(&self) -> impl Iterator<Item = (usize, &LineContent, &Pricing)> + Clone {
        let lines = self.lines.iter().enumerate();
        lines.filter_map(|(index, line)| Some((index, &line.content, line.content.pricing()?)))
    }

    /// The taxes of the priced lines.
    pub(super) fn taxes(&self) -> Named<'_> {
        Named::new(self.priced().map(|(_, _, pricing)| pricing))
    }

    /// The priced lines in order, with the numbers of their sets of taxes.
    pub(super) fn sheet(&self, taxes: &Named<'_>) -> Result<Sheet> {
        let mut sheet = Sheet::open(Whole {
            currency: self.currency,
            price_mode: self.price_mode,
            rounding: self.rounding,
            discount: self.discount,
        });
        for ((index, content, pricing), set) in self.priced().zip(&taxes.of_line) {
            let offered = Offered {
                index,
                quantity: pricing.quantity,
                unit_price: pricing.unit_price,
                discount: pricing.discount,
                taxes: *set,
                is_optional: matches!(content, LineContent::Optional(_)),
            };
            sheet.price(&offered, pricing.recurring)?;
        }
        sheet.end()?;
        sheet.sort();
        Ok(sheet)
    }

    /// The percentage of the document discount, where it is one.
    const fn discount_percent(&self) -> Option<Number> {
        match self.discount {
            Some(Discount::Percent(percent)) => Some(percent),
            _ => None,
        }
    }
}
