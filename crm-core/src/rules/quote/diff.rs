//! How two versions of a quote differ, line by line, with what each difference comes to.

use serde_json::{Map, Value as Json, json};

use super::line::QuoteLine;
use super::terms::QuoteTerms;
use super::totals::{Sums, Totals, totals};
use crate::kernel::error::{Error, Result};
use crate::kernel::forecast_reason::Total;
use crate::kernel::money::Currency;
use crate::kernel::number;
use crate::kernel::quote_problem::QuoteProblem;
use crate::kernel::quote_reason::QuoteReason;
use crate::kernel::quotes::{LineChange, LineKind};
use crate::kernel::reason::Reason;
use crate::lang::Lang;

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineDiff {
    /// Its place before, from 0.
    pub before: Option<usize>,
    /// Its place after.
    pub after: Option<usize>,
    /// What became of it.
    pub change: LineChange,
    /// What of it differs.
    pub fields: Vec<&'static str>,
    /// What that comes to, discount and VAT included.
    pub effect: Sums,
}

/// A comparison of two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteDiff {
    /// The currency of both.
    pub currency: Currency,
    /// Lines that differ or come to something else; their effects add up to the difference of the totals.
    pub lines: Vec<LineDiff>,
    /// What else differs.
    pub terms: Vec<&'static str>,
    /// Whether lines that are in both stand in another order.
    pub is_reordered: bool,
    /// What the first comes to.
    pub before: Sums,
    /// What the second comes to.
    pub after: Sums,
    /// What is paid of the first and of the second.
    pub payable: (i64, i64),
}

/// Compares two versions of a quote.
///
/// Lines are the same by their `id`; those without one if they are equal, then if they say the same.
///
/// # Errors
/// As [`totals`], inside `before` or `after`, and two currencies.
pub fn diff(before: &QuoteTerms, after: &QuoteTerms) -> Result<QuoteDiff> {
    if before.currency != after.currency {
        let (found, expected) = (after.currency.code().into(), before.currency.code().into());
        return Err(Error::from(QuoteProblem::OtherCurrency { found, expected }).at("currency").at("after"));
    }
    let old = totals(before).map_err(|e| e.at("before"))?;
    let new = totals(after).map_err(|e| e.at("after"))?;
    let pairs = pairs(&before.lines, &after.lines);
    let is_reordered = !pairs.iter().filter_map(|p| p.0.and(p.1)).is_sorted();
    let mut lines: Vec<LineDiff> = pairs
        .into_iter()
        .map(|(from, to)| {
            let (was, is) = (from.and_then(|i| before.lines.get(i)), to.and_then(|i| after.lines.get(i)));
            let (change, fields) = match (was, is) {
                (Some(was), Some(is)) if was == is => (LineChange::Same, Vec::new()),
                (Some(was), Some(is)) => (LineChange::Changed, fields(was, is)),
                (Some(_), None) => (LineChange::Removed, Vec::new()),
                (None, _) => (LineChange::Added, Vec::new()),
            };
            let effect = minus(counted(&new, to, is), counted(&old, from, was));
            LineDiff { before: from, after: to, change, fields, effect }
        })
        .filter(|line| line.change != LineChange::Same || line.effect != Sums::default())
        .collect();
    // As the new version is read; what is gone stands where it was.
    lines.sort_by_key(|line| (line.after.or(line.before), line.after.is_some()));
    let others = [
        ("price_mode", before.price_mode == after.price_mode),
        ("rounding", before.rounding == after.rounding),
        ("discount", before.discount == after.discount),
        ("payable_step", before.payable_step == after.payable_step),
        ("seller", before.seller == after.seller),
        ("customer", before.customer == after.customer),
        ("legal", before.legal == after.legal),
    ];
    Ok(QuoteDiff {
        currency: before.currency,
        lines,
        terms: others.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect(),
        is_reordered,
        before: old.sums,
        after: new.sums,
        payable: (old.payable, new.payable),
    })
}

impl QuoteDiff {
    /// The comparison as JSON, with its sentences in a language; the lines are named as the two versions have them.
    pub fn told(&self, before: &QuoteTerms, after: &QuoteTerms, lang: Option<Lang>) -> Json {
        let plain = |minor: i64| number::plain(minor.into(), self.currency.minor_digits());
        let sums = |s: Sums| json!({"net": plain(s.net), "vat": plain(s.vat), "gross": plain(s.gross)});
        let line = |diff: &LineDiff| {
            let found = diff.after.and_then(|i| after.lines.get(i));
            let found = found.or_else(|| diff.before.and_then(|i| before.lines.get(i)));
            let name = name(found, diff.after.or(diff.before), lang.unwrap_or_default());
            let mut map = Map::new();
            map.insert("before".into(), json!(diff.before));
            map.insert("after".into(), json!(diff.after));
            map.insert("change".into(), diff.change.code().into());
            map.insert("fields".into(), json!(diff.fields));
            map.insert("effect".into(), sums(diff.effect));
            map.insert("reason".into(), Json::Object(Reason::Quote(self.reason(diff, name)).to_json(lang)));
            Json::Object(map)
        };
        json!({
            "before": sums(self.before),
            "after": sums(self.after),
            "effect": sums(minus(self.after, self.before)),
            "payable": {"before": plain(self.payable.0), "after": plain(self.payable.1)},
            "lines": self.lines.iter().map(line).collect::<Vec<_>>(),
            "terms": self.terms,
            "reordered": self.is_reordered,
        })
    }

    fn reason(&self, diff: &LineDiff, line: String) -> QuoteReason {
        let amount = Total { minor_units: diff.effect.gross.into(), currency: self.currency };
        match diff.change {
            LineChange::Added => QuoteReason::LineAdded { line, amount },
            LineChange::Removed => QuoteReason::LineRemoved { line, amount },
            LineChange::Changed => QuoteReason::LineChanged { line, fields: diff.fields.clone(), amount },
            LineChange::Same => QuoteReason::LineShare { line, amount },
        }
    }
}

/// What people call a line: what it says, its id, or its place from 1.
fn name(line: Option<&QuoteLine>, place: Option<usize>, lang: Lang) -> String {
    let said = line.and_then(|line| line.description.as_ref()).map(|text| text.text(lang).to_owned());
    let place = || format!("#{}", place.unwrap_or(0).saturating_add(1));
    said.or_else(|| line.and_then(|line| line.id.clone())).unwrap_or_else(place)
}

const fn minus(a: Sums, b: Sums) -> Sums {
    Sums { net: a.net.saturating_sub(b.net), vat: a.vat.saturating_sub(b.vat), gross: a.gross.saturating_sub(b.gross) }
}

/// What a line adds to the totals.
fn counted(totals: &Totals, place: Option<usize>, line: Option<&QuoteLine>) -> Sums {
    let counts = line.is_some_and(|line| line.content.kind() == LineKind::Item);
    let total = place.filter(|_| counts).and_then(|i| totals.lines.get(i).copied().flatten());
    total.map_or_else(Sums::default, |total| total.sums)
}

fn fields(was: &QuoteLine, is: &QuoteLine) -> Vec<&'static str> {
    let mut all = vec![
        ("id", was.id == is.id),
        ("kind", was.content.kind() == is.content.kind()),
        ("description", was.description == is.description),
    ];
    if let (Some(was), Some(is)) = (was.content.pricing(), is.content.pricing()) {
        all.extend([
            ("quantity", was.quantity == is.quantity),
            ("unit", was.unit == is.unit),
            ("unit_price", was.unit_price == is.unit_price),
            ("discount", was.discount == is.discount),
            ("taxes", was.taxes == is.taxes),
            ("recurring", was.recurring == is.recurring),
        ]);
    }
    all.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

/// Whether two lines are the same one.
type Alike = fn(&QuoteLine, &QuoteLine) -> bool;

/// Which line of the first is which of the second.
fn pairs(before: &[QuoteLine], after: &[QuoteLine]) -> Vec<(Option<usize>, Option<usize>)> {
    let mut found: Vec<Option<usize>> = vec![None; before.len()];
    let mut taken = vec![false; after.len()];
    let by_id = |a: &QuoteLine, b: &QuoteLine| a.id.is_some() && a.id == b.id;
    let equal = |a: &QuoteLine, b: &QuoteLine| a == b;
    let says = |a: &QuoteLine, b: &QuoteLine| {
        (a.id.is_none() || b.id.is_none()) && a.description.is_some() && a.description == b.description
    };
    let tests: [Alike; 3] = [by_id, equal, says];
    for test in tests {
        for (place, line) in found.iter_mut().zip(before) {
            if place.is_some() {
                continue;
            }
            let free =
                after.iter().enumerate().zip(&mut taken).find(|((_, other), taken)| !**taken && test(line, other));
            if let Some(((i, _), taken)) = free {
                *taken = true;
                *place = Some(i);
            }
        }
    }
    let known = found.iter().enumerate().map(|(i, place)| (Some(i), *place));
    let new = taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(i, _)| (None, Some(i)));
    known.chain(new).collect()
}
