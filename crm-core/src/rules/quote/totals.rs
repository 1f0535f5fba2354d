//! What a quote comes to.

use std::cmp::Ordering;

use super::sheet::{HUNDRED, Priced, Sheet, amount, stacks};
use super::terms::{QuoteTerms, Tax};
use crate::kernel::allocate::{allocate, rounded, rows_of};
use crate::kernel::error::{Problem, Result};
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
/// A discount above what it is taken off, with its path, and [`Problem::AmountTooLarge`].
pub fn totals(terms: &QuoteTerms) -> Result<Totals> {
    let sheet = Sheet::new(terms)?;
    let discount = sheet.discount()?;
    settle(&sheet, discount)
}

/// The totals with a document discount of so many minor units, at most what the lines come to.
pub(super) fn settle(sheet: &Sheet<'_>, discount: i64) -> Result<Totals> {
    let mut books = Books::open(sheet, discount)?;
    match sheet.terms.price_mode {
        PriceMode::Net => books.add_on_top(sheet)?,
        PriceMode::Gross => books.take_out(sheet)?,
    }
    books.close(sheet)
}

/// Totals that are being added up; the parts of the counted lines are in the sheet's order.
struct Books {
    /// What is left of each line, in the price mode.
    left: Vec<i64>,
    /// Its part of the document discount.
    shares: Vec<i64>,
    /// Its VAT.
    vat: Vec<i64>,
    rows: Vec<TaxRow>,
}

impl Books {
    fn open(sheet: &Sheet<'_>, discount: i64) -> Result<Self> {
        let lines = &sheet.counted;
        let mut left: Vec<i64> = lines.iter().map(|line| line.amount).collect();
        let mut shares = vec![0i64; lines.len()];
        if discount != 0 {
            // A credit is the mirror of what it credits: divided as if it were none, with the sign put back.
            let sign = i128::from(sheet.sum.signum());
            let product =
                |line: &Priced<'_>| sign.saturating_mul(i128::from(line.amount)).saturating_mul(i128::from(discount));
            let products: Vec<i128> = lines.iter().map(product).collect();
            let parts = rows_of(&products, sheet.sum.unsigned_abs(), i128::from(discount));
            for ((share, left), part) in shares.iter_mut().zip(&mut left).zip(parts) {
                *share = amount(part.saturating_mul(sign), sheet.terms.currency)?;
                *left = left.saturating_sub(*share);
            }
        }
        let vat = vec![0i64; lines.len()];
        Ok(Self { left, shares, vat, rows: Vec::new() })
    }

    /// Net prices: every tax is taken of what is left, once for each rate or for each line.
    fn add_on_top(&mut self, sheet: &Sheet<'_>) -> Result<()> {
        let currency = sheet.terms.currency;
        let mut places: Vec<usize> = Vec::new();
        for (start, end) in groups(&sheet.counted) {
            let Some(first) = sheet.counted.get(start) else { continue };
            self.places(&first.pricing.taxes, &mut places);
            for (place, tax) in places.iter().zip(&first.pricing.taxes) {
                let Some(row) = self.rows.get_mut(*place) else { continue };
                for at in start..end {
                    let (left, share) = (value(&self.left, at), value(&self.shares, at));
                    row.base = row.base.saturating_add(left);
                    row.discount = row.discount.saturating_add(share);
                    if sheet.terms.rounding == VatRounding::PerLine {
                        let vat = amount(rounded(product(left, tax.rate), HUNDRED), currency)?;
                        row.vat = row.vat.saturating_add(vat);
                        add(&mut self.vat, at, vat);
                    }
                }
            }
        }
        if sheet.terms.rounding == VatRounding::PerLine {
            return Ok(());
        }
        for row in &mut self.rows {
            let vat = rounded(product(row.base, row.rate), HUNDRED);
            row.vat = amount(vat, currency)?;
            if row.vat == 0 && row.rate == Number::default() {
                continue;
            }
            let bears = |line: &Priced<'_>| nth(&line.pricing.taxes, row).is_some();
            let bearing: Vec<usize> =
                sheet.counted.iter().enumerate().filter(|(_, line)| bears(line)).map(|(at, _)| at).collect();
            if let [only] = bearing.as_slice() {
                add(&mut self.vat, *only, row.vat);
                continue;
            }
            let values: Vec<i128> = bearing.iter().map(|at| product(value(&self.left, *at), row.rate)).collect();
            for (at, part) in bearing.iter().zip(mirrored(&values, HUNDRED_U64, vat)) {
                add(&mut self.vat, *at, amount(part, currency)?);
            }
        }
        Ok(())
    }

    /// Gross prices: the VAT of all taxes of a line is taken out together, once for each set of taxes or for each line,
    /// and then divided between them, so that what was typed is what is paid.
    fn take_out(&mut self, sheet: &Sheet<'_>) -> Result<()> {
        let currency = sheet.terms.currency;
        let mut places: Vec<usize> = Vec::new();
        for (start, end) in groups(&sheet.counted) {
            let Some(first) = sheet.counted.get(start) else { continue };
            let taxes = &first.pricing.taxes;
            self.places(taxes, &mut places);
            let rate = taxes.iter().fold(0i64, |sum, tax| sum.saturating_add(tax.rate.millionths()));
            let whole = HUNDRED.saturating_add(i128::from(rate));
            let included = |gross: i128| rounded(gross.saturating_mul(i128::from(rate)), whole);
            let mut divided = Divided::default();
            if sheet.terms.rounding == VatRounding::PerLine {
                for at in start..end {
                    let vat = included(i128::from(value(&self.left, at)));
                    add(&mut self.vat, at, amount(vat, currency)?);
                    divided.add(vat, taxes)?;
                }
            } else if rate > 0 {
                let lines = start..end;
                let gross = lines.clone().fold(0i128, |sum, at| sum.saturating_add(value(&self.left, at).into()));
                let vat = included(gross);
                divided.add(vat, taxes)?;
                if end.saturating_sub(start) == 1 {
                    add(&mut self.vat, start, amount(vat, currency)?);
                } else {
                    let part = |at| i128::from(value(&self.left, at)).saturating_mul(i128::from(rate));
                    let values: Vec<i128> = lines.clone().map(part).collect();
                    let parts = mirrored(&values, u64::try_from(whole).unwrap_or(HUNDRED_U64), vat);
                    for (at, part) in lines.zip(parts) {
                        add(&mut self.vat, at, amount(part, currency)?);
                    }
                }
            }
            for (nth, place) in places.iter().enumerate() {
                let Some(row) = self.rows.get_mut(*place) else { continue };
                row.vat = row.vat.saturating_add(amount(divided.part(nth), currency)?);
                for at in start..end {
                    let net = value(&self.left, at).saturating_sub(value(&self.vat, at));
                    row.base = row.base.saturating_add(net);
                    row.discount = row.discount.saturating_add(value(&self.shares, at));
                }
            }
        }
        Ok(())
    }

    /// The rows of a set of taxes, made where there is none yet.
    fn places(&mut self, taxes: &[Tax], places: &mut Vec<usize>) {
        places.clear();
        for (i, tax) in taxes.iter().enumerate() {
            let same = taxes.iter().take(i).filter(|other| other.order(tax) == Ordering::Equal).count();
            let known = self.rows.iter().position(|row| row.is_of(tax) && row.nth == same);
            places.push(known.unwrap_or_else(|| {
                self.rows.push(TaxRow::new(tax, same));
                self.rows.len().saturating_sub(1)
            }));
        }
    }

    fn close(mut self, sheet: &Sheet<'_>) -> Result<Totals> {
        let (terms, currency) = (sheet.terms, sheet.terms.currency);
        self.rows.sort_by(TaxRow::order);
        let mut lines = vec![None; terms.lines.len()];
        let mut whole = Sum::default();
        let (mut list, mut line_discounts, mut discount) = (0i128, 0i128, 0i128);
        let mut counted: Vec<Sums> = Vec::with_capacity(sheet.counted.len());
        for (at, line) in sheet.counted.iter().enumerate() {
            let sums = sums_of(value(&self.left, at), value(&self.vat, at), terms.price_mode);
            let document_discount = value(&self.shares, at);
            let total = line_total(line, document_discount, sums);
            list = list.saturating_add(total.list.into());
            line_discounts = line_discounts.saturating_add(total.discount.into());
            discount = discount.saturating_add(document_discount.into());
            whole.add(sums);
            counted.push(sums);
            put(&mut lines, line.index, total);
        }
        let mut optional = Sum::default();
        for line in &sheet.optional {
            let sums = alone(line, terms)?;
            optional.add(sums);
            put(&mut lines, line.index, line_total(line, 0, sums));
        }
        let sums = whole.settled(currency)?;
        let paid = |step: i64| {
            let steps = rounded(i128::from(sums.gross), i128::from(step));
            amount(steps.saturating_mul(i128::from(step)), currency)
        };
        let payable = terms.payable_step.map_or(Ok(sums.gross), paid)?;
        let spread = super::periods::Spread::new(&sheet.counted, &counted, currency)?;
        Ok(Totals {
            currency,
            price_mode: terms.price_mode,
            rounding: terms.rounding,
            lines,
            counted: sheet.counted.len(),
            list: amount(list, currency)?,
            line_discounts: amount(line_discounts, currency)?,
            discount: amount(discount, currency)?,
            discount_percent: terms.discount_percent(),
            per_rate: self.rows,
            sums,
            rounding_amount: terms.payable_step.map(|_| payable.saturating_sub(sums.gross)),
            payable,
            one_off: spread.one_off,
            monthly: spread.monthly,
            annual: spread.annual,
            contract: spread.contract,
            optional_lines: sheet.optional.len(),
            optional: optional.settled(currency)?,
        })
    }
}

impl TaxRow {
    fn new(tax: &Tax, nth: usize) -> Self {
        let Tax { category, rate, name, exemption_code } = tax.clone();
        Self { category, rate, name, exemption_code, nth, base: 0, vat: 0, discount: 0 }
    }

    fn is_of(&self, tax: &Tax) -> bool {
        self.rate == tax.rate
            && self.category == tax.category
            && self.name == tax.name
            && self.exemption_code == tax.exemption_code
    }

    fn order(&self, other: &Self) -> Ordering {
        let key = |row: &Self| (row.category, row.name.clone(), row.exemption_code.clone(), row.nth);
        other.rate.cmp(&self.rate).then_with(|| key(self).cmp(&key(other)))
    }
}

/// The tax of a line that a row is about.
fn nth<'a>(taxes: &'a [Tax], row: &TaxRow) -> Option<&'a Tax> {
    taxes.iter().filter(|tax| row.is_of(tax)).nth(row.nth)
}

const HUNDRED_U64: u64 = 100_000_000;

/// The rows of a total, those of a credit as the mirror of what it credits.
fn mirrored(values: &[i128], denominator: u64, total: i128) -> Vec<i128> {
    let exact = values.iter().fold(0i128, |sum, value| sum.saturating_add(*value));
    if exact >= 0 {
        return rows_of(values, denominator, total);
    }
    let values: Vec<i128> = values.iter().map(|value| value.saturating_neg()).collect();
    let rows = rows_of(&values, denominator, total.saturating_neg());
    rows.into_iter().map(i128::saturating_neg).collect()
}

/// VAT of several taxes, divided between them.
#[derive(Default)]
struct Divided(Vec<i128>);

impl Divided {
    fn add(&mut self, vat: i128, taxes: &[Tax]) -> Result<()> {
        self.0.resize(taxes.len(), 0);
        if vat == 0 {
            return Ok(());
        }
        if let [only] = self.0.as_mut_slice() {
            *only = only.saturating_add(vat);
            return Ok(());
        }
        let weights: Vec<u128> = taxes.iter().map(|tax| u128::from(tax.rate.millionths().unsigned_abs())).collect();
        for (sum, part) in self.0.iter_mut().zip(allocate(vat, &weights)?) {
            *sum = sum.saturating_add(part);
        }
        Ok(())
    }

    fn part(&self, nth: usize) -> i128 {
        self.0.get(nth).copied().unwrap_or(0)
    }
}

/// Net and VAT that are being added up.
#[derive(Default)]
struct Sum {
    net: i128,
    vat: i128,
}

impl Sum {
    fn add(&mut self, sums: Sums) {
        self.net = self.net.saturating_add(sums.net.into());
        self.vat = self.vat.saturating_add(sums.vat.into());
    }

    fn settled(&self, currency: Currency) -> Result<Sums> {
        let gross = amount(self.net.saturating_add(self.vat), currency)?;
        Ok(Sums { net: amount(self.net, currency)?, vat: amount(self.vat, currency)?, gross })
    }
}

fn value(values: &[i64], at: usize) -> i64 {
    values.get(at).copied().unwrap_or(0)
}

fn add(values: &mut [i64], at: usize, more: i64) {
    if let Some(value) = values.get_mut(at) {
        *value = value.saturating_add(more);
    }
}

fn put(lines: &mut [Option<LineTotal>], at: usize, total: LineTotal) {
    if let Some(line) = lines.get_mut(at) {
        *line = Some(total);
    }
}

fn product(minor: i64, rate: Number) -> i128 {
    i128::from(minor).saturating_mul(i128::from(rate.millionths()))
}

fn line_total(line: &Priced<'_>, document_discount: i64, sums: Sums) -> LineTotal {
    LineTotal { list: line.list, discount: line.list.saturating_sub(line.amount), document_discount, sums }
}

fn sums_of(left: i64, vat: i64, mode: PriceMode) -> Sums {
    match mode {
        PriceMode::Net => Sums { net: left, vat, gross: left.saturating_add(vat) },
        PriceMode::Gross => Sums { net: left.saturating_sub(vat), vat, gross: left },
    }
}

/// What a line comes to by itself.
fn alone(line: &Priced<'_>, terms: &QuoteTerms) -> Result<Sums> {
    let taxes = &line.pricing.taxes;
    let vat = match terms.price_mode {
        PriceMode::Net => {
            let each = |tax: &Tax| rounded(product(line.amount, tax.rate), HUNDRED);
            taxes.iter().fold(0i128, |sum, tax| sum.saturating_add(each(tax)))
        }
        PriceMode::Gross => {
            let rate = taxes.iter().fold(0i128, |sum, tax| sum.saturating_add(tax.rate.millionths().into()));
            rounded(i128::from(line.amount).saturating_mul(rate), HUNDRED.saturating_add(rate))
        }
    };
    let vat = amount(vat, terms.currency).map_err(|_| Problem::AmountTooLarge)?;
    Ok(sums_of(line.amount, vat, terms.price_mode))
}

/// Where lines with the same taxes begin and end.
fn groups<'a>(lines: &'a [Priced<'a>]) -> impl Iterator<Item = (usize, usize)> + 'a {
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = lines.get(start)?;
        let rest = lines.get(start..).unwrap_or_default();
        let same = |line: &&Priced<'_>| stacks(&first.pricing.taxes, &line.pricing.taxes) == Ordering::Equal;
        let end = start.saturating_add(rest.iter().take_while(same).count());
        let group = (start, end);
        start = end;
        Some(group)
    })
}
