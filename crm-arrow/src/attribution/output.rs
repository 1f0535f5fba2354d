//! From credit to columns.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{DataType, Field, Schema as Columns, SchemaRef};
use crm_core::kernel::json;
use crm_core::kernel::reason::Reason;
use crm_core::rules::attribution::Model;
use crm_core::{Currency, Fact, Lang, Result, lang};
use serde_json::{Map, Value as Json, json};

use super::conversions::Conversions;
use super::credit::Credits;
use super::options::AttributionOptions;
use super::told::{NOWHERE, Told};
use super::touches::{Layout, Touches};
use crate::answers::{
    counted, decimal, decimals_of, of_codes, places_of, plain, problem_columns, problem_fields, scaled,
};
use crate::declared;
use crate::desk::Evaluated;
use crate::desk::reader::MOST_ROWS;
use crate::kept::Kept;
use crate::refused::Refused;
use crate::row::Batch;

/// What a table of attributed touches says of itself: whether it has amounts and costs.
pub(super) const ATTRIBUTED: &str = "crmkit.attribution";

/// Why a row gets nothing, in words.
fn text(told: &Told, credits: &Credits, touches: &Touches, to: Lang) -> Option<String> {
    match (credits.against(told), to) {
        (Some(against), to) => Some(lang::reason(&Reason::Attribution(against.reason(|row| touches.id(row))), to)),
        (None, _) if told.why == NOWHERE => None,
        (None, Lang::English) => Some("not converted".to_owned()),
        (None, Lang::French) => Some("pas de conversion".to_owned()),
    }
}

/// Costs of touches by row, in minor units.
type Costs = Vec<Option<(i64, Currency)>>;

/// The costs of a table, if it has any.
fn costs(layout: &Layout, batches: &[RecordBatch], refused: &mut Vec<(usize, Refused)>) -> Result<Option<Costs>> {
    let Some(source) = layout.source("cost") else { return Ok(None) };
    let mut costs = Vec::new();
    for batch in batches {
        let rows = Batch::new(batch, &layout.binding, declared::reading(&layout.options).context)?;
        for row in 0..batch.num_rows() {
            let cost = rows.fact_at(source, row).map(|fact| match fact {
                Fact::Money(cost) => Some((cost.minor_units(), cost.currency())),
                _ => None,
            });
            let place = costs.len();
            costs.push(cost.unwrap_or_else(|error| {
                refused.push((place, Refused::new("unreadable_cost", error.at("cost"))));
                None
            }));
        }
    }
    Ok(Some(costs))
}

/// What the columns of a table are made of.
struct Made<'a> {
    touches: &'a Touches,
    credits: &'a Credits,
    costs: Option<Costs>,
    /// The currencies of amounts and of costs.
    currencies: [Vec<Currency>; 2],
    has_amounts: bool,
    is_classified: bool,
    places: u32,
    lang: Option<Lang>,
}

impl Made<'_> {
    fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        if self.is_classified {
            fields.push(Field::new("channel", DataType::Utf8, true));
            fields.push(Field::new("channel_group", DataType::Utf8, true));
        }
        fields.push(Field::new("position", DataType::Int64, true));
        fields.push(Field::new("share_micro", DataType::Int64, true));
        if self.has_amounts {
            fields.push(Field::new("attributed_amount", decimal(self.places), true));
            fields.push(Field::new("attributed_currency", DataType::Utf8, true));
        }
        if self.costs.is_some() {
            fields.push(Field::new("cost", decimal(self.places), true));
            fields.push(Field::new("cost_currency", DataType::Utf8, true));
        }
        fields.push(Field::new("left_out", DataType::Utf8, true));
        fields.extend(self.lang.map(|_| Field::new("left_out_text", DataType::Utf8, true)));
        fields.extend(problem_fields(self.lang));
        fields
    }

    fn columns(&self, rows: &Range<usize>) -> Result<Vec<ArrayRef>> {
        let mut columns: Vec<ArrayRef> = Vec::new();
        if self.is_classified {
            let (mut labels, mut groups) = (StringBuilder::new(), StringBuilder::new());
            for channel in self.touches.channel.get(rows.clone()).unwrap_or_default() {
                let known = self.touches.channels.known(*channel);
                labels.append_option(known.map(|known| &known.label));
                groups.append_option(known.map(|known| known.group.code()));
            }
            columns.push(Arc::new(labels.finish()));
            columns.push(Arc::new(groups.finish()));
        }
        columns.extend(self.told(rows)?);
        columns.extend(problem_columns(&self.credits.refused, rows, self.lang));
        Ok(columns)
    }

    /// What each row gets, or why it gets nothing.
    fn told(&self, rows: &Range<usize>) -> Result<Vec<ArrayRef>> {
        let told: Vec<Told> = self.credits.told(rows).collect();
        let gets = |told: &Told| told.position > 0;
        let known = known(told.len(), |row| told.get(row).is_some_and(gets));
        let positions: Vec<i64> = told.iter().map(|told| told.position.into()).collect();
        let shares: Vec<i64> = told.iter().map(|told| told.share_micro.into()).collect();
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::new(positions.into(), known.clone())),
            Arc::new(Int64Array::new(shares.into(), known)),
        ];
        let [amounts, costs] = &self.currencies;
        if self.has_amounts {
            columns.extend(self.amounts(told.iter().map(|told| (told.amount, told.currency)), amounts)?);
        }
        if let Some(all) = &self.costs {
            let place =
                |currency: &Currency| costs.binary_search(currency).ok().and_then(|place| u16::try_from(place).ok());
            let cost = |cost: &Option<(i64, Currency)>| {
                cost.as_ref().map_or((0, NOWHERE), |(minor, currency)| (*minor, place(currency).unwrap_or(NOWHERE)))
            };
            let all = all.get(rows.clone()).unwrap_or_default();
            columns.extend(self.amounts(all.iter().map(cost), costs)?);
        }
        let places: Vec<u16> = told.iter().map(|told| told.why).collect();
        columns.push(of_codes(&places, self.credits.codes())?);
        if let Some(lang) = self.lang {
            let mut texts = StringBuilder::new();
            told.iter().for_each(|told| texts.append_option(text(told, self.credits, self.touches, lang)));
            columns.push(Arc::new(texts.finish()));
        }
        Ok(columns)
    }

    /// Amounts with their currencies, by the places of these.
    fn amounts(
        &self,
        all: impl ExactSizeIterator<Item = (i64, u16)> + Clone,
        currencies: &[Currency],
    ) -> Result<[ArrayRef; 2]> {
        let places: Vec<u16> = all.clone().map(|(_, place)| place).collect();
        let has_other_places = currencies.iter().any(|currency| currency.minor_digits() != self.places);
        let units: Vec<i128> = if has_other_places {
            let currency = |place: u16| currencies.get(usize::from(place));
            let scaled = |(minor, place): (i64, u16)| {
                currency(place).map_or(0, |currency| scaled(minor.into(), *currency, self.places))
            };
            all.map(scaled).collect()
        } else {
            all.map(|(minor, _)| minor.into()).collect()
        };
        let known = known(places.len(), |row| places.get(row).is_some_and(|place| *place != NOWHERE));
        let amounts = decimals_of(units, known, self.places);
        Ok([amounts, of_codes(&places, currencies.iter().map(|currency| currency.code()))?])
    }
}

/// Which rows are known, unless all are.
fn known(rows: usize, is_known: impl FnMut(usize) -> bool) -> Option<NullBuffer> {
    let known = NullBuffer::new(BooleanBuffer::collect_bool(rows, is_known));
    Some(known).filter(|known| known.null_count() > 0)
}

/// The table of touches with what each gets.
pub(super) fn table(
    (schema, batches): (&SchemaRef, &[RecordBatch]),
    layout: &Layout,
    mut touches: Touches,
    conversions: &Conversions,
    mut credits: Credits,
    options: &AttributionOptions,
) -> Result<Evaluated> {
    credits.refused.append(&mut touches.refused);
    let costs = costs(layout, batches, &mut credits.refused)?;
    // Of several problems of a row the first found counts.
    credits.refused.sort_by_key(|(row, _)| *row);
    credits.refused.dedup_by_key(|(row, _)| *row);
    let others = conversions.others.iter().filter(|other| conversions.counts(other));
    let mut without_touch = 0_usize;
    for other in others {
        without_touch = without_touch.saturating_add(1);
        if let Some(amount) = other.amount {
            let sum = credits.sums.entry(amount.currency()).or_default();
            sum.all = sum.all.saturating_add(amount.minor_units().into());
            sum.unattributed = sum.unattributed.saturating_add(amount.minor_units().into());
        }
    }
    let mut spent: Vec<Currency> = costs.iter().flatten().flatten().map(|(_, currency)| *currency).collect();
    spent.sort_unstable();
    spent.dedup();
    let made = Made {
        places: places_of(credits.sums.keys().copied().chain(spent.iter().copied())),
        touches: &touches,
        credits: &credits,
        costs,
        currencies: [conversions.currencies.clone(), spent.clone()],
        has_amounts: conversions.has_amounts,
        is_classified: !touches.channels.are_named(),
        lang: options.table.lang,
    };
    let fields = made.fields();
    let kept = Kept::new(schema, &options.table.keep, &fields)?;
    let read: Json = layout.binding.read.iter().map(|(c, f)| json!([c, f])).collect();
    let metadata = HashMap::from([
        ("crmkit.read".to_owned(), read.to_string()),
        ("crmkit.ignored".to_owned(), Json::from(layout.binding.ignored.clone()).to_string()),
        // Columns of these names may also be columns of the input that were kept.
        (ATTRIBUTED.to_owned(), json!({"amounts": made.has_amounts, "costs": made.costs.is_some()}).to_string()),
    ]);
    let out = Arc::new(Columns::new_with_metadata(kept.fields(schema, fields), metadata));
    let (mut done, mut first) = (Vec::new(), 0_usize);
    for input in batches {
        for start in (0..input.num_rows()).step_by(MOST_ROWS) {
            let rows = MOST_ROWS.min(input.num_rows().saturating_sub(start));
            let from = first.saturating_add(start);
            let columns = made.columns(&(from..from.saturating_add(rows)))?;
            done.push(kept.batch(&out, &input.slice(start, rows), columns)?);
        }
        first = first.saturating_add(input.num_rows());
    }
    let answer = answer(&touches, conversions, &credits, (&options.model, without_touch));
    Ok(Evaluated { schema: out, batches: done, answer })
}

fn answer(
    touches: &Touches,
    conversions: &Conversions,
    credits: &Credits,
    (model, without_touch): (&Model, usize),
) -> Json {
    let amounts = credits.sums.iter().map(|(currency, sum)| {
        let attributed = sum.all.saturating_sub(sum.unattributed);
        let told = json!({
            "all": plain(sum.all, *currency),
            "attributed": plain(attributed, *currency),
            "unattributed": plain(sum.unattributed, *currency),
        });
        (currency.code().to_owned(), told)
    });
    let refused = conversions
        .refused
        .iter()
        .map(|(row, why)| json!({"row": json::length(*row), "problem": why.code, "text": why.text(Lang::English)}));
    let unattributed = credits.converted.saturating_sub(credits.attributed).saturating_add(without_touch);
    json!({
        "rows": json::length(touches.names.len()),
        "subjects": json::length(touches.groups.len()),
        "conversions": json::length(credits.converted.saturating_add(without_touch)),
        "unattributed": json::length(unattributed),
        "amounts": amounts.collect::<Map<_, _>>(),
        "left_out": credits.left_out(),
        "problems": counted(credits.refused.iter().map(|(_, why)| why.code)),
        "conversion_problems": refused.collect::<Vec<_>>(),
        "model": model.to_json(),
    })
}
