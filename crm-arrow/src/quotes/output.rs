//! From totals to columns.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, Int64Array};
use arrow_schema::{DataType, Field, Schema as Columns};
use crm_core::kernel::json;
use crm_core::rules::quote::{TaxRow, Totals};
use crm_core::{Currency, Result};
use serde_json::{Map, Value as Json, json};

use super::lines::Layout;
use super::options::{PerRow, QuoteOptions};
use super::totals::Quote;
use crate::answers::{batch, counted, decimal, decimals, places_of, plain, problem_columns, problem_fields, scaled};
use crate::desk::Evaluated;
use crate::desk::reader::MOST_ROWS;
use crate::refused::Refused;

/// A row of the result: a quote, and one of its taxes.
type Shown<'a> = (usize, Option<(&'a Totals, Option<&'a TaxRow>)>);

/// The table of quotes with what they come to.
pub(super) fn table<'n>(
    layout: &Layout,
    name: impl Fn(usize) -> &'n str,
    quotes: &[Quote],
    (rows, nameless): (usize, usize),
    options: &QuoteOptions,
) -> Result<Evaluated> {
    let known = quotes.iter().filter_map(|quote| quote.as_ref().ok());
    let places = places_of(known.clone().map(|totals| totals.currency).chain(options.table.currency));
    let mut shown: Vec<Shown<'_>> = Vec::with_capacity(quotes.len());
    let mut refused: Vec<(usize, Refused)> = Vec::new();
    for (group, quote) in quotes.iter().enumerate() {
        match (quote, options.per) {
            (Ok(totals), PerRow::Quote) => shown.push((group, Some((totals, None)))),
            (Ok(totals), PerRow::Rate) => {
                shown.extend(totals.per_rate.iter().map(|tax| (group, Some((totals, Some(tax))))));
            }
            (Err(why), _) => {
                refused.push((shown.len(), why.clone()));
                shown.push((group, None));
            }
        }
    }
    let schema = Arc::new(Columns::new_with_metadata(fields(options, places), metadata(layout)));
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
    for totals in known {
        let sum = sums.entry(totals.currency).or_default();
        for (sum, part) in sum.iter_mut().zip([totals.sums.net, totals.sums.vat, totals.sums.gross]) {
            *sum = sum.saturating_add(part.into());
        }
    }
    let sums = sums.into_iter().map(|(currency, [net, vat, gross])| {
        let plain = |minor| plain(minor, currency);
        (currency.code().to_owned(), json!({"net": plain(net), "vat": plain(vat), "gross": plain(gross)}))
    });
    let codes = quotes.iter().filter_map(|quote| quote.as_ref().err()).map(|why| why.code);
    let answer = json!({
        "rows": json::length(rows),
        "quotes": json::length(quotes.len()),
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

fn columns<'n>(
    part: &[Shown<'_>],
    name: &impl Fn(usize) -> &'n str,
    per: PerRow,
    places: u32,
) -> Result<Vec<ArrayRef>> {
    let (mut names, mut currencies) = (StringBuilder::new(), StringBuilder::new());
    for (group, totals) in part {
        names.append_value(name(*group));
        currencies.append_option(totals.map(|(totals, _)| totals.currency.code()));
    }
    let mut columns: Vec<ArrayRef> = vec![Arc::new(names.finish()), Arc::new(currencies.finish())];
    let amounts = |of: &dyn Fn(&Totals, Option<&TaxRow>) -> i64| {
        let units = part
            .iter()
            .map(|(_, shown)| shown.map(|(totals, tax)| scaled(of(totals, tax).into(), totals.currency, places)));
        decimals(units, places)
    };
    match per {
        PerRow::Quote => {
            let lines = part.iter().map(|(_, shown)| shown.map(|(t, _)| i64::try_from(t.counted).unwrap_or(i64::MAX)));
            columns.push(Arc::new(lines.collect::<Int64Array>()));
            columns.push(amounts(&|totals, _| totals.sums.net)?);
            columns.push(amounts(&|totals, _| totals.sums.vat)?);
            columns.push(amounts(&|totals, _| totals.sums.gross)?);
            columns.push(amounts(&|totals, _| totals.discount)?);
            columns.push(amounts(&|totals, _| totals.optional.gross)?);
        }
        PerRow::Rate => {
            let mut categories = StringBuilder::new();
            let tax = |shown: &Shown<'_>| shown.1.and_then(|(_, tax)| tax.map(|tax| (tax.category, tax.rate)));
            part.iter().for_each(|shown| categories.append_option(tax(shown).map(|(category, _)| category.code())));
            columns.push(Arc::new(categories.finish()));
            columns.push(decimals(part.iter().map(|shown| tax(shown).map(|(_, rate)| rate.millionths().into())), 6)?);
            columns.push(amounts(&|_, tax| tax.map_or(0, |tax| tax.base))?);
            columns.push(amounts(&|_, tax| tax.map_or(0, |tax| tax.vat))?);
        }
    }
    Ok(columns)
}
