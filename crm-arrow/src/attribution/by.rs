//! Attributed touches added up by a column.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, Int64Type};
use arrow_array::{Array as _, ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema as Columns};
use crm_core::Result;
use crm_core::kernel::json;
use serde_json::Value as Json;

use super::output::ATTRIBUTED;
use crate::answers::{batch, decimal, decimals};
use crate::column::Column;
use crate::desk::Evaluated;
use crate::desk::reader::MOST_ROWS;
use crate::import::refused;
use crate::kept::place;
use crate::revenue::labels::{Labels, NOTHING, Names, ODD, label};

/// A value, and a currency.
type Key<'a> = (Option<&'a str>, Option<&'a str>);

/// What touches of one value come to.
#[derive(Clone, Copy, Default)]
struct Total {
    touches: i64,
    share_micro: i64,
    amount: i128,
    cost: i128,
}

/// The touches of an attributed table added up by one of its columns, such as `channel` or `campaign`: one row of each
/// value, in order, with `touches` (that count), `share_micro` (a million is a conversion), `conversions` (the same as a
/// decimal), `amount` and `cost` where there are any. With several currencies there is a row of each, told by `currency`;
/// costs count whether or not the touch does.
///
/// # Errors
/// Another table, a column that the table does not have, and one that holds neither texts nor whole numbers.
pub fn attribution_by(table: &Evaluated, column: &str) -> Result<Evaluated> {
    let schema = &table.schema;
    let by = place(schema, column)?;
    let has = schema.metadata().get(ATTRIBUTED).and_then(|has| json::parse(has.as_bytes()).ok());
    let has = has.ok_or_else(|| refused("a table that is not one of attributed touches"))?;
    let is_there = |part: &str| has.get(part).and_then(Json::as_bool).unwrap_or(false);
    let find = |name: &str| schema.index_of(name).ok();
    let share = find("share_micro");
    let amount = find("attributed_amount").zip(find("attributed_currency")).filter(|_| is_there("amounts"));
    let cost = find("cost").zip(find("cost_currency")).filter(|_| is_there("costs"));
    let has_currency = amount.is_some() || cost.is_some();
    let mut labels = Labels::default();
    let mut totals: BTreeMap<(u32, Option<&str>), Total> = BTreeMap::new();
    let mut numbers = Vec::new();
    for input in &table.batches {
        let names = input.column(by).as_ref();
        numbers.clear();
        numbers.resize(input.num_rows(), NOTHING);
        Names::of(names, &mut labels)?.fill(0, &mut numbers, &mut labels);
        if let Some(odd) = numbers.iter().position(|number| *number == ODD) {
            label(Column::new(names)?.cell(odd)?).map_err(|e| e.at(column))?;
        }
        let text = |place: Option<usize>| place.map(|place| input.column(place).as_string::<i32>());
        let units = |place: Option<usize>| place.map(|place| input.column(place).as_primitive::<Decimal128Type>());
        let shares = share.map(|place| input.column(place).as_primitive::<Int64Type>());
        let (amounts, currencies) = (units(amount.map(|a| a.0)), text(amount.map(|a| a.1)));
        let (costs, spent) = (units(cost.map(|c| c.0)), text(cost.map(|c| c.1)));
        for (row, name) in numbers.iter().enumerate() {
            if let Some(share) = shares.filter(|shares| shares.is_valid(row)).map(|shares| shares.value(row)) {
                let code = currencies.filter(|c| c.is_valid(row)).map(|c| c.value(row));
                let total = totals.entry((*name, code)).or_default();
                total.touches = total.touches.saturating_add(1);
                total.share_micro = total.share_micro.saturating_add(share);
                if let Some(amount) = amounts.filter(|a| a.is_valid(row)).map(|a| a.value(row)) {
                    total.amount = total.amount.saturating_add(amount);
                }
            }
            if let Some(cost) = costs.filter(|costs| costs.is_valid(row)).map(|costs| costs.value(row)) {
                let code = spent.filter(|c| c.is_valid(row)).map(|c| c.value(row));
                let total = totals.entry((*name, code)).or_default();
                total.cost = total.cost.saturating_add(cost);
            }
        }
    }
    let places = |place: usize| match schema.field(place).data_type() {
        DataType::Decimal128(_, places) => u32::try_from(*places).unwrap_or(0),
        _ => 0,
    };
    let mut fields = vec![Field::new(column, DataType::Utf8, true)];
    fields.extend(has_currency.then(|| Field::new("currency", DataType::Utf8, true)));
    fields.push(Field::new("touches", DataType::Int64, false));
    fields.push(Field::new("share_micro", DataType::Int64, false));
    fields.push(Field::new("conversions", decimal(6), true));
    fields.extend(amount.map(|(amount, _)| Field::new("amount", decimal(places(amount)), true)));
    fields.extend(cost.map(|(cost, _)| Field::new("cost", decimal(places(cost)), true)));
    let out = Arc::new(Columns::new(fields));
    let name = |number: u32| Some(labels.name(number)).filter(|_| number != NOTHING);
    let totals: BTreeMap<Key<'_>, Total> =
        totals.into_iter().map(|((number, code), total)| ((name(number), code), total)).collect();
    let rows: Vec<(Key<'_>, Total)> = totals.into_iter().collect();
    let part = |rows: &[(Key<'_>, Total)]| -> Result<RecordBatch> {
        let (mut names, mut codes) = (StringBuilder::new(), StringBuilder::new());
        for ((name, code), _) in rows {
            names.append_option(*name);
            codes.append_option(*code);
        }
        let of = |of: fn(&Total) -> i64| rows.iter().map(move |(_, total)| of(total));
        let mut columns: Vec<ArrayRef> = vec![Arc::new(names.finish())];
        if has_currency {
            columns.push(Arc::new(codes.finish()));
        }
        columns.push(Arc::new(Int64Array::from_iter_values(of(|total| total.touches))));
        columns.push(Arc::new(Int64Array::from_iter_values(of(|total| total.share_micro))));
        columns.push(decimals(rows.iter().map(|(_, total)| Some(total.share_micro.into())), 6)?);
        if let Some((amount, _)) = amount {
            columns.push(decimals(rows.iter().map(|(_, total)| Some(total.amount)), places(amount))?);
        }
        if let Some((cost, _)) = cost {
            columns.push(decimals(rows.iter().map(|(_, total)| Some(total.cost)), places(cost))?);
        }
        batch(&out, columns)
    };
    let batches = rows.chunks(MOST_ROWS).map(part).collect::<Result<_>>()?;
    Ok(Evaluated { schema: out, batches, answer: table.answer.clone() })
}
