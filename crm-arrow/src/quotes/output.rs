//! From totals to columns.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, Int64Array};
use arrow_schema::{DataType, Field, Schema as Columns};
use crm_core::kernel::json;
use crm_core::{Currency, Result};
use serde_json::{Map, Value as Json, json};

use super::lines::Layout;
use super::options::{PerRow, QuoteOptions};
use super::totals::{Quote, Quotes, TaxOf};
use crate::answers::{batch, counted, decimal, decimals, places_of, plain, problem_columns, problem_fields, scaled};
use crate::called::Called;
use crate::desk::Evaluated;
use crate::desk::reader::MOST_ROWS;
use crate::grouped::Groups;

/// A row of the result: a quote by its place, and one of its taxes.
type Shown<'a> = (usize, Option<(&'a Quote, Option<&'a TaxOf>)>);

/// The table of quotes with what they come to.
pub(super) fn table(
    layout: &Layout,
    (names, groups): (&Called, &Groups),
    quotes: &Quotes,
    (rows, nameless): (usize, usize),
    options: &QuoteOptions,
) -> Result<Evaluated> {
    let known = quotes.each.iter().flatten();
    let places = places_of(known.clone().map(|quote| quote.currency).chain(options.table.currency));
    let mut shown: Vec<Shown<'_>> = Vec::with_capacity(quotes.each.len());
    let mut refused = quotes.refused.clone();
    let (mut next, mut taxes) = (refused.iter_mut().peekable(), quotes.taxes.as_slice());
    for (group, quote) in quotes.each.iter().enumerate() {
        match (quote, options.per) {
            (Some(quote), PerRow::Quote) => shown.push((group, Some((quote, None)))),
            (Some(quote), PerRow::Rate) => {
                let (own, rest) = taxes.split_at(quote.taxes.min(taxes.len()));
                taxes = rest;
                shown.extend(own.iter().map(|tax| (group, Some((quote, Some(tax))))));
            }
            (None, _) => {
                // What is wrong belongs to the row of the result.
                if let Some((place, _)) = next.next() {
                    *place = shown.len();
                }
                shown.push((group, None));
            }
        }
    }
    let schema = Arc::new(Columns::new_with_metadata(fields(options, places), metadata(layout)));
    let name = |group: usize, texts: &mut StringBuilder| names.append(groups.number(group), texts);
    let part = |rows: Range<usize>| {
        let part = shown.get(rows.clone()).unwrap_or_default();
        let mut columns = columns(part, &name, options.per, places)?;
        columns.extend(problem_columns(&refused, &rows, options.table.lang));
        batch(&schema, columns)
    };
    let starts = (0..shown.len()).step_by(MOST_ROWS);
    let batches = starts.map(|start| part(start..start.saturating_add(MOST_ROWS).min(shown.len())));
    let batches = batches.collect::<Result<_>>()?;
    let mut sums: BTreeMap<Currency, [i128; 3]> = BTreeMap::new();
    for quote in known {
        let sum = sums.entry(quote.currency).or_default();
        for (sum, part) in sum.iter_mut().zip([quote.sums.net, quote.sums.vat, quote.sums.gross]) {
            *sum = sum.saturating_add(part.into());
        }
    }
    let sums = sums.into_iter().map(|(currency, [net, vat, gross])| {
        let plain = |minor| plain(minor, currency);
        (currency.code().to_owned(), json!({"net": plain(net), "vat": plain(vat), "gross": plain(gross)}))
    });
    let codes = quotes.refused.iter().map(|(_, why)| why.code);
    let answer = json!({
        "rows": json::length(rows),
        "quotes": json::length(quotes.each.len()),
        "without_quote": json::length(nameless),
        "totals": sums.collect::<Map<_, _>>(),
        "problems": counted(codes),
    });
    Ok(Evaluated { schema, batches, answer })
}

fn metadata(layout: &Layout) -> HashMap<String, String> {
    let read: Json = layout.binding.read.iter().map(|(c, f)| json!([c, f])).collect();
    HashMap::from([
        ("crmkit.read".to_owned(), read.to_string()),
        ("crmkit.ignored".to_owned(), Json::from(layout.binding.ignored.clone()).to_string()),
    ])
}

fn fields(options: &QuoteOptions, places: u32) -> Vec<Field> {
    let mut fields = vec![Field::new("quote", DataType::Utf8, false), Field::new("currency", DataType::Utf8, true)];
    let amount = |name: &str| Field::new(name, decimal(places), true);
    match options.per {
        PerRow::Quote => {
            fields.push(Field::new("lines", DataType::Int64, true));
            fields.extend(["net", "vat", "gross", "discount", "optional_gross"].map(amount));
        }
        PerRow::Rate => {
            fields.push(Field::new("category", DataType::Utf8, true));
            fields.push(Field::new("rate", decimal(6), true));
            fields.extend(["base", "vat"].map(amount));
        }
    }
    fields.extend(problem_fields(options.table.lang));
    fields
}

fn columns(
    part: &[Shown<'_>],
    name: &impl Fn(usize, &mut StringBuilder),
    per: PerRow,
    places: u32,
) -> Result<Vec<ArrayRef>> {
    // Most names are short, and codes have three letters.
    let builder = |each: usize| StringBuilder::with_capacity(part.len(), part.len().saturating_mul(each));
    let (mut names, mut currencies) = (builder(8), builder(3));
    for (group, shown) in part {
        name(*group, &mut names);
        currencies.append_option(shown.map(|(quote, _)| quote.currency.code()));
    }
    let mut columns: Vec<ArrayRef> = vec![Arc::new(names.finish()), Arc::new(currencies.finish())];
    match per {
        PerRow::Quote => {
            let lines =
                part.iter().map(|(_, shown)| shown.map(|(quote, _)| i64::try_from(quote.counted).unwrap_or(i64::MAX)));
            columns.push(Arc::new(lines.collect::<Int64Array>()));
            columns.push(amounts(part, places, |quote, _| quote.sums.net)?);
            columns.push(amounts(part, places, |quote, _| quote.sums.vat)?);
            columns.push(amounts(part, places, |quote, _| quote.sums.gross)?);
            columns.push(amounts(part, places, |quote, _| quote.discount)?);
            columns.push(amounts(part, places, |quote, _| quote.optional_gross)?);
        }
        PerRow::Rate => {
            let mut categories = builder(1);
            let tax = |shown: &Shown<'_>| shown.1.and_then(|(_, tax)| tax.map(|tax| (tax.category, tax.rate)));
            part.iter().for_each(|shown| categories.append_option(tax(shown).map(|(category, _)| category.code())));
            columns.push(Arc::new(categories.finish()));
            columns.push(decimals(part.iter().map(|shown| tax(shown).map(|(_, rate)| rate.millionths().into())), 6)?);
            columns.push(amounts(part, places, |_, tax| tax.map_or(0, |tax| tax.base))?);
            columns.push(amounts(part, places, |_, tax| tax.map_or(0, |tax| tax.vat))?);
        }
    }
    Ok(columns)
}

fn amounts(part: &[Shown<'_>], places: u32, of: impl Fn(&Quote, Option<&TaxOf>) -> i64) -> Result<ArrayRef> {
    let units = |(quote, tax): (&Quote, Option<&TaxOf>)| scaled(of(quote, tax).into(), quote.currency, places);
    decimals(part.iter().map(|(_, shown)| shown.map(units)), places)
}
