//! What each line of a quote that was added up comes to.

use super::books::{Books, included, on_top, rate_of};
use super::sheet::{HUNDRED, Priced, Sheet};
use super::tax_sets::TaxSets;
use super::totals::{LineTotal, Sums};
use crate::kernel::allocate::rows_of;
use crate::kernel::error::Result;
use crate::kernel::quotes::{PriceMode, VatRounding};

/// What the counted lines come to, in the sheet's order, which is sorted. VAT that is rounded for several lines together
/// is divided between them.
pub(super) fn of_counted(sheet: &Sheet, taxes: &TaxSets, books: &Books) -> Result<Vec<LineTotal>> {
    let left = |at: usize, line: &Priced| line.amount.saturating_sub(books.share(at));
    let left: Vec<i64> = sheet.counted.iter().enumerate().map(|(at, line)| left(at, line)).collect();
    let mut vat = vec![0i64; left.len()];
    match (sheet.whole.rounding, sheet.whole.price_mode) {
        (VatRounding::PerLine, _) => {
            for ((vat, line), left) in vat.iter_mut().zip(&sheet.counted).zip(&left) {
                *vat = alone(sheet, taxes, line.taxes, *left)?;
            }
        }
        (VatRounding::PerRate, PriceMode::Net) => divide_rows(sheet, taxes, books, &left, &mut vat)?,
        (VatRounding::PerRate, PriceMode::Gross) => divide_groups(sheet, taxes, books, &left, &mut vat)?,
    }
    let lines = sheet.counted.iter().zip(left).zip(vat).enumerate();
    Ok(lines.map(|(at, ((line, left), vat))| total(line, books.share(at), sums_of(left, vat, sheet))).collect())
}

/// What an optional line comes to, by itself.
pub(super) fn of_optional(sheet: &Sheet, taxes: &TaxSets, line: &Priced) -> Result<LineTotal> {
    let vat = alone(sheet, taxes, line.taxes, line.amount)?;
    Ok(total(line, 0, sums_of(line.amount, vat, sheet)))
}

fn total(line: &Priced, document_discount: i64, sums: Sums) -> LineTotal {
    LineTotal { list: line.list, discount: line.list.saturating_sub(line.amount), document_discount, sums }
}

fn sums_of(left: i64, vat: i64, sheet: &Sheet) -> Sums {
    match sheet.whole.price_mode {
        PriceMode::Net => Sums { net: left, vat, gross: left.saturating_add(vat) },
        PriceMode::Gross => Sums { net: left.saturating_sub(vat), vat, gross: left },
    }
}

/// The VAT of a line that is rounded by itself.
pub(super) fn alone(sheet: &Sheet, taxes: &TaxSets, set: usize, left: i64) -> Result<i64> {
    let borne = taxes.get(set);
    sheet.amount(match sheet.whole.price_mode {
        PriceMode::Net => borne.iter().fold(0i128, |sum, tax| sum.saturating_add(on_top(left, tax.rate))),
        PriceMode::Gross => included(left.into(), borne),
    })
}

/// Net prices: each tax is divided between the lines that bear it.
fn divide_rows(sheet: &Sheet, taxes: &TaxSets, books: &Books, left: &[i64], vat: &mut [i64]) -> Result<()> {
    for row in books.rows.iter().filter(|row| row.vat != 0 || row.rate != 0) {
        let bears = |line: &Priced| taxes.get(line.taxes).iter().any(|tax| tax.row == row.number);
        let bearing = || vat_of(sheet, &bears);
        let values: Vec<i128> = bearing()
            .map(|at| i128::from(left.get(at).copied().unwrap_or(0)).saturating_mul(i128::from(row.rate)))
            .collect();
        let parts = if values.len() == 1 { vec![row.vat.into()] } else { mirrored(&values, HUNDRED, row.vat.into()) };
        for (at, part) in bearing().zip(parts) {
            add(vat, at, sheet.amount(part)?);
        }
    }
    Ok(())
}

/// The places of the lines that bear a tax.
fn vat_of<'a>(sheet: &'a Sheet, bears: &'a impl Fn(&Priced) -> bool) -> impl Iterator<Item = usize> + 'a {
    sheet.counted.iter().enumerate().filter(|(_, line)| bears(line)).map(|(at, _)| at)
}

/// Gross prices: what is in the lines of a set of taxes is divided between them.
fn divide_groups(sheet: &Sheet, taxes: &TaxSets, books: &Books, left: &[i64], vat: &mut [i64]) -> Result<()> {
    let mut start = 0usize;
    for group in &books.groups {
        let lines = start..start.saturating_add(group.lines);
        start = lines.end;
        let rate = rate_of(taxes.get(group.taxes));
        if rate <= 0 {
            continue;
        }
        let part = |left: &i64| i128::from(*left).saturating_mul(i128::from(rate));
        let values: Vec<i128> = left.get(lines.clone()).unwrap_or_default().iter().map(part).collect();
        let whole = HUNDRED.saturating_add(i128::from(rate));
        let parts = if values.len() == 1 { vec![group.vat] } else { mirrored(&values, whole, group.vat) };
        for (at, part) in lines.zip(parts) {
            add(vat, at, sheet.amount(part)?);
        }
    }
    Ok(())
}

/// The rows of a total, those of a credit as the mirror of what it credits.
fn mirrored(values: &[i128], denominator: i128, total: i128) -> Vec<i128> {
    let denominator = u64::try_from(denominator).unwrap_or(1);
    let exact = values.iter().fold(0i128, |sum, value| sum.saturating_add(*value));
    if exact >= 0 {
        return rows_of(values, denominator, total);
    }
    let values: Vec<i128> = values.iter().map(|value| value.saturating_neg()).collect();
    let rows = rows_of(&values, denominator, total.saturating_neg());
    rows.into_iter().map(i128::saturating_neg).collect()
}

fn add(values: &mut [i64], at: usize, more: i64) {
    if let Some(value) = values.get_mut(at) {
        *value = value.saturating_add(more);
    }
}
