//! Adding up a quote: what each tax is taken of, and what it comes to.

use std::ops::Range;

use super::sheet::{HUNDRED, Sheet};
use super::tax_sets::{Borne, TaxSets};
use super::totals::Sums;
use crate::kernel::allocate::{Division, rounded};
use crate::kernel::error::Result;
use crate::kernel::quotes::{PriceMode, VatRounding};

/// Totals that are being added up, of one quote after the other in the same memory.
#[derive(Default)]
pub(super) struct Books {
    /// The parts of the document discount of the counted lines, in the sheet's order; empty where nothing is taken off.
    shares: Vec<i64>,
    pub(super) groups: Vec<Group>,
    pub(super) rows: Vec<Row>,
    /// The places of the groups' rows, group by group.
    places: Vec<usize>,
    /// The group of each set, of whichever quote had one last: right only where that group has this set.
    of_set: Vec<usize>,
    /// What the document discount takes off.
    pub(super) discount: i64,
    products: Vec<i128>,
    division: Division,
    weights: Vec<u128>,
}

/// Lines that bear the same taxes.
pub(super) struct Group {
    pub(super) taxes: usize,
    /// What is left of them, in the price mode.
    pub(super) left: i128,
    /// Their part of the document discount.
    share: i128,
    /// Their VAT, where prices are with it.
    pub(super) vat: i128,
    /// How many they are.
    pub(super) lines: usize,
    places: Range<usize>,
}

/// What a tax is taken of and comes to, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub number: usize,
    /// Percent, in millionths.
    pub(super) rate: i64,
    /// What it is taken of, without VAT.
    pub base: i64,
    /// What it comes to.
    pub vat: i64,
    /// The part of the document discount that its lines bear.
    pub discount: i64,
}

impl Books {
    /// Adds up the counted lines with a document discount of so many minor units, at most what they come to.
    ///
    /// # Errors
    /// An amount beyond what money has.
    pub(super) fn add_up(&mut self, sheet: &Sheet, taxes: &TaxSets, discount: i64) -> Result<Sums> {
        self.share_out(sheet, discount)?;
        self.gather(sheet, taxes)?;
        match (sheet.whole.price_mode, sheet.whole.rounding) {
            (PriceMode::Gross, VatRounding::PerRate) => self.take_out(sheet, taxes)?,
            (PriceMode::Net, VatRounding::PerRate) | (_, VatRounding::PerLine) => {}
        }
        let (mut net, mut vat, mut taken) = (0i128, 0i128, 0i128);
        for group in &self.groups {
            let base = group.left.saturating_sub(group.vat);
            (net, vat) = (net.saturating_add(base), vat.saturating_add(group.vat));
            taken = taken.saturating_add(group.share);
            for place in self.places.get(group.places.clone()).unwrap_or_default() {
                let Some(row) = self.rows.get_mut(*place) else { continue };
                row.base = row.base.saturating_add(clamped(base));
                row.discount = row.discount.saturating_add(clamped(group.share));
            }
        }
        if sheet.whole.price_mode == PriceMode::Net {
            for row in &mut self.rows {
                if sheet.whole.rounding == VatRounding::PerRate {
                    row.vat = sheet.amount(on_top(row.base, row.rate))?;
                }
                vat = vat.saturating_add(row.vat.into());
            }
        }
        if !self.rows.is_sorted_by_key(|row| row.number) {
            self.rows.sort_unstable_by_key(|row| row.number);
        }
        let gross = sheet.amount(net.saturating_add(vat))?;
        let sums = Sums { net: sheet.amount(net)?, vat: sheet.amount(vat)?, gross };
        self.discount = sheet.amount(taken)?;
        Ok(sums)
    }

    /// Divides the document discount over the lines.
    fn share_out(&mut self, sheet: &Sheet, discount: i64) -> Result<()> {
        self.shares.clear();
        if discount == 0 {
            return Ok(());
        }
        // A credit is the mirror of what it credits: divided as if it were none, with the sign put back.
        let sign = i128::from(sheet.sum.signum());
        self.products.clear();
        self.products.extend(
            sheet
                .counted
                .iter()
                .map(|line| sign.saturating_mul(i128::from(line.amount)).saturating_mul(i128::from(discount))),
        );
        let parts = self.division.rows(&self.products, sheet.sum.unsigned_abs(), i128::from(discount));
        for part in parts {
            self.shares.push(sheet.amount(part.saturating_mul(sign))?);
        }
        Ok(())
    }

    /// What is left of the lines, by their taxes; VAT that is rounded for each line is taken of it here.
    fn gather(&mut self, sheet: &Sheet, taxes: &TaxSets) -> Result<()> {
        self.groups.clear();
        self.rows.clear();
        self.places.clear();
        let is_per_line = sheet.whole.rounding == VatRounding::PerLine;
        for (at, line) in sheet.counted.iter().enumerate() {
            let share = self.share(at);
            let left = line.amount.saturating_sub(share);
            let place = self.group(line.taxes, taxes);
            let Some(group) = self.groups.get_mut(place) else { continue };
            group.left = group.left.saturating_add(left.into());
            group.share = group.share.saturating_add(share.into());
            group.lines = group.lines.saturating_add(1);
            if !is_per_line {
                continue;
            }
            let borne = taxes.get(line.taxes);
            match sheet.whole.price_mode {
                PriceMode::Net => {
                    for (place, tax) in self.places.get(group.places.clone()).unwrap_or_default().iter().zip(borne) {
                        let vat = sheet.amount(on_top(left, tax.rate))?;
                        if let Some(row) = self.rows.get_mut(*place) {
                            row.vat = row.vat.saturating_add(vat);
                        }
                    }
                }
                PriceMode::Gross => {
                    let vat = included(left.into(), borne);
                    group.vat = group.vat.saturating_add(sheet.amount(vat)?.into());
                    let places = group.places.clone();
                    self.divide(sheet, vat, borne, places)?;
                }
            }
        }
        Ok(())
    }

    /// The place of a group, made with its rows where there is none yet.
    fn group(&mut self, set: usize, taxes: &TaxSets) -> usize {
        if let Some(known) = self.of_set.get(set)
            && self.groups.get(*known).is_some_and(|group| group.taxes == set)
        {
            return *known;
        }
        if self.of_set.len() <= set {
            self.of_set.resize(set.saturating_add(1), 0);
        }
        if let Some(own) = self.of_set.get_mut(set) {
            *own = self.groups.len();
        }
        let start = self.places.len();
        for tax in taxes.get(set) {
            let known = self.rows.iter().position(|row| row.number == tax.row);
            self.places.push(known.unwrap_or_else(|| {
                self.rows.push(Row { number: tax.row, rate: tax.rate, base: 0, vat: 0, discount: 0 });
                self.rows.len().saturating_sub(1)
            }));
        }
        let places = start..self.places.len();
        self.groups.push(Group { taxes: set, left: 0, share: 0, vat: 0, lines: 0, places });
        self.groups.len().saturating_sub(1)
    }

    /// Gross prices: the VAT of all taxes of a set is taken out together, and then divided between them, so that what was
    /// typed is what is paid.
    fn take_out(&mut self, sheet: &Sheet, taxes: &TaxSets) -> Result<()> {
        for at in 0..self.groups.len() {
            let Some(group) = self.groups.get_mut(at) else { continue };
            let borne = taxes.get(group.taxes);
            if rate_of(borne) > 0 {
                group.vat = included(group.left, borne);
                let (vat, places) = (group.vat, group.places.clone());
                self.divide(sheet, vat, borne, places)?;
            }
        }
        Ok(())
    }

    /// Divides included VAT between the taxes of a set.
    fn divide(&mut self, sheet: &Sheet, vat: i128, borne: &[Borne], places: Range<usize>) -> Result<()> {
        let places = self.places.get(places).unwrap_or_default();
        let mut add = |place: &usize, part: i128| {
            let part = sheet.amount(part)?;
            if let Some(row) = self.rows.get_mut(*place) {
                row.vat = row.vat.saturating_add(part);
            }
            Ok::<_, crate::Error>(())
        };
        if let [only] = places {
            return add(only, vat);
        }
        if vat == 0 {
            return Ok(());
        }
        self.weights.clear();
        self.weights.extend(borne.iter().map(|tax| u128::from(tax.rate.unsigned_abs())));
        for (place, part) in places.iter().zip(self.division.divide(vat, &self.weights)?) {
            add(place, *part)?;
        }
        Ok(())
    }

    /// A counted line's part of the document discount.
    pub(super) fn share(&self, at: usize) -> i64 {
        self.shares.get(at).copied().unwrap_or(0)
    }
}

/// VAT on top of an amount.
#[inline]
pub(super) fn on_top(minor: i64, rate: i64) -> i128 {
    rounded(i128::from(minor).saturating_mul(i128::from(rate)), HUNDRED)
}

/// The VAT of all taxes of a set that is in an amount.
pub(super) fn included(gross: i128, borne: &[Borne]) -> i128 {
    let rate = i128::from(rate_of(borne));
    rounded(gross.saturating_mul(rate), HUNDRED.saturating_add(rate))
}

/// The rates of a set together.
pub(super) fn rate_of(borne: &[Borne]) -> i64 {
    borne.iter().fold(0i64, |sum, tax| sum.saturating_add(tax.rate))
}

fn clamped(minor: i128) -> i64 {
    i64::try_from(minor).unwrap_or(if minor < 0 { i64::MIN } else { i64::MAX })
}
