//! The fast sums are the rule's own, for random tables of every layout.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, DictionaryArray, Int16Array, Int64Array, RecordBatch, StringArray,
};
use crm_core::kernel::period::{FiscalCalendar, Unit};
use crm_core::kernel::rate::{Rate, RateTable};
use crm_core::rules::forecast::{
    ByCategory, Filter, Outside, OwnerTree, Periods, Plan, RateBasis, Rollup, Rounding, Slot, Valuation,
};
use crm_core::rules::pipeline::Pipelines;
use proptest::prelude::*;

use super::deals::{mapped, reading, schema, sources};
use super::pass::{Pass, Shared};
use super::source::{DECLARED, Source, Texts};
use super::totals::Totals;
use crate::bind::Binding;
use crate::desk::TableOptions;

/// A deal by places in small lists, so that every kind of cell comes up.
#[derive(Clone, Debug)]
struct Drawn {
    owner: usize,
    stage: usize,
    category: usize,
    currency: usize,
    amount: Option<i64>,
    day: Option<i32>,
    bp: Option<i16>,
}

const OWNERS: [Option<&str>; 5] = [Some("1"), Some("22"), Some("-3"), None, Some("7")];
const STAGES: [Option<&str>; 6] =
    [Some("prospecting"), Some("proposal"), Some("won"), Some("lost"), Some("nowhere"), None];
const CATEGORIES: [Option<&str>; 5] = [None, Some("commit"), Some("omitted"), Some("best_case"), Some("hopeless")];
const CURRENCIES: [Option<&str>; 6] = [Some("EUR"), Some("USD"), Some("JPY"), Some("XXZ"), None, Some("KWD")];

fn drawn() -> impl Strategy<Value = Drawn> {
    let amount = prop_oneof![
        8 => (-2_000_000i64..2_000_000).prop_map(|n| Some(n * 10)),
        2 => (-10i64..10).prop_map(|n| Some(n * 1_000_000_000_000_000)),
        // Below 2^46, but with rates and shares beyond 64 bits.
        1 => (-70_000_000_000_000i64..70_000_000_000_000).prop_map(Some),
        1 => proptest::num::i64::ANY.prop_map(Some),
        1 => Just(None),
    ];
    // 2025-12-01 to 2026-07-01 around a window of January to May.
    let day = prop_oneof![12 => (20_423i32..20_635).prop_map(Some), 1 => Just(None), 1 => Just(Some(2_932_896))];
    let bp =
        prop_oneof![6 => (0i16..=10_000).prop_map(Some), 2 => Just(None), 1 => Just(Some(10_001)), 1 => Just(Some(-1))];
    (0..5usize, 0..6usize, 0..5usize, 0..6usize, amount, day, bp).prop_map(
        |(owner, stage, category, currency, amount, day, bp)| Drawn {
            owner,
            stage,
            category,
            currency,
            amount,
            day,
            bp,
        },
    )
}

fn of<'l>(list: &[Option<&'l str>], places: impl Iterator<Item = usize>) -> Vec<Option<&'l str>> {
    places.map(|place| list[place]).collect()
}

/// The deals in one of several layouts.
fn table(deals: &[Drawn], layout: u8, scale: i8) -> RecordBatch {
    let owners = of(&OWNERS, deals.iter().map(|d| d.owner));
    let text = |list: Vec<Option<&str>>| -> ArrayRef {
        if layout & 2 == 0 {
            Arc::new(StringArray::from(list))
        } else {
            Arc::new(list.into_iter().collect::<DictionaryArray<Int8Type>>())
        }
    };
    let owner: ArrayRef = match layout & 5 {
        0 => Arc::new(StringArray::from(owners)),
        1 => Arc::new(owners.iter().map(|o| o.map(|o| o.parse::<i16>().unwrap())).collect::<Int16Array>()),
        4 => Arc::new(owners.into_iter().collect::<DictionaryArray<Int32Type>>()),
        _ => Arc::new(owners.iter().map(|o| o.map(|o| o.parse::<i64>().unwrap().abs())).collect::<Int64Array>()),
    };
    let amounts = deals.iter().map(|d| d.amount.map(i128::from)).collect::<Decimal128Array>();
    let shares: (&str, ArrayRef) = if layout & 8 == 0 {
        let shares = deals.iter().map(|d| d.bp.map(i128::from)).collect::<Decimal128Array>();
        ("probability", Arc::new(shares.with_precision_and_scale(7, 4).unwrap()))
    } else {
        ("probability_bp", Arc::new(deals.iter().map(|d| d.bp).collect::<Int16Array>()))
    };
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("owner", owner),
        ("category", text(of(&CATEGORIES, deals.iter().map(|d| d.category)))),
        ("currency", text(of(&CURRENCIES, deals.iter().map(|d| d.currency)))),
        ("value", Arc::new(amounts.with_precision_and_scale(38, scale).unwrap())),
        ("close_date", Arc::new(deals.iter().map(|d| d.day).collect::<Date32Array>())),
        shares,
    ];
    if layout & 16 == 0 {
        columns.push(("stage", text(of(&STAGES, deals.iter().map(|d| d.stage)))));
    }
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn rates() -> RateTable {
    let mut rates = RateTable::default();
    for (from, day, rate) in [
        ("USD", "2026-01-01", "0.921455"),
        ("USD", "2026-02-14", "0.93"),
        ("JPY", "2026-01-15", "0.0061"),
        ("KWD", "2025-01-01", "3.0123456"),
    ] {
        rates.insert(from.parse().unwrap(), "EUR".parse().unwrap(), day.parse().unwrap(), Rate::parse(rate).unwrap());
    }
    rates
}

/// Rows of deals that do not count, with the code of why.
type Told = Vec<(u64, &'static str)>;
/// A rollup whose people stand in order of name.
type Found = (BTreeMap<(String, Slot), ByCategory>, Outside, u64, u64);

fn by_name(rollup: &Rollup) -> Found {
    let name = |node: usize| rollup.tree.nodes()[node].user.clone();
    let cells = rollup.own.iter().map(|(node, slot, sums)| ((name(node), slot), *sums));
    (cells.collect(), rollup.outside, rollup.filtered, rollup.excluded)
}

/// Both ways: by tiles in several passes, and row by row through the rule's own rollup.
fn both(batches: &[RecordBatch], options: u8, cuts: usize) -> (Found, Found, Told, Told) {
    let (rates, pipelines) = (rates(), Pipelines::standard());
    let day = |text: &str| text.parse().unwrap();
    let periods =
        Periods::between(FiscalCalendar::default(), Unit::Month, day("2026-01-01"), day("2026-06-01")).unwrap();
    let owners = ["1", "-3", "", "7"].map(str::to_owned).into_iter().collect();
    let filter =
        if options & 1 == 0 { Filter::default() } else { Filter { owners: Some(owners), ..Filter::default() } };
    let rounding = if options & 2 == 0 { Rounding::EachDeal } else { Rounding::Never };
    let basis = if options & 4 == 0 { RateBasis::CloseDate } else { RateBasis::AsOf };
    let currency = "EUR".parse().unwrap();
    let valuation = Valuation { currency, rates: &rates, basis, rounding, as_of: day("2026-03-01") };
    let plan = Plan { periods: &periods, valuation, filter: &filter };
    let columns = batches[0].schema();
    let table = TableOptions { currency: Some(currency), ..TableOptions::default() };
    let table = mapped(&columns, &table);
    let record = schema(DECLARED);
    let fields: Vec<usize> = (0..DECLARED.len()).collect();
    let binding = Binding::new(&columns, &record, &fields, reading(&table)).unwrap();
    let sources = sources(&binding, &record);
    let stages = columns.column_with_name("stage").map(|_| &pipelines);
    let source = Source { binding: &binding, options: &table, sources: &sources, pipelines: stages };
    let tree = OwnerTree::new([("boss", None), ("7", Some("boss"))]).unwrap();

    let (mut plain, mut excluded, mut number) = (Rollup::new(tree.clone()), Vec::new(), 0u64);
    for batch in batches {
        let read = source.batch(batch).unwrap();
        for row in 0..batch.num_rows() {
            let mut texts = Texts::default();
            let row = source.row(&read, row);
            match row.line(&mut texts) {
                Ok(line) => {
                    if let Err(exclusion) = plain.add(&plan, &line).unwrap() {
                        excluded.push((number, exclusion.code()));
                    }
                }
                Err(_) if !filter.owner(&row.owner_and_amount().0) => plain.filtered += 1,
                Err(exclusion) => excluded.push((number, plain.exclude(exclusion).code())),
            }
            number += 1;
        }
    }

    let shared = Shared::new(plan, source);
    let mut passes: Vec<Pass<'_, '_>> = (0..cuts).map(|_| Pass::new(&shared)).collect();
    let mut offset = 0;
    for batch in batches {
        for (pass, range) in passes.iter_mut().zip(crate::parallel::ranges(batch.num_rows(), cuts, 1, 1)) {
            pass.add(batch, range, offset).unwrap();
        }
        offset += batch.num_rows() as u64;
    }
    let totals = Totals::new(passes, periods.list().len()).unwrap();
    let mut fast = Rollup::new(tree);
    for (owner, slot, sums) in totals.blocks() {
        let node = fast.tree.place(&totals.owners[owner]);
        fast.own.merge(node, slot, &sums).unwrap();
    }
    (fast.outside, fast.filtered, fast.excluded) = (totals.outside, totals.filtered, totals.excluded.count());
    (
        by_name(&fast),
        by_name(&plain),
        totals.told.iter().map(|told| (told.row, told.exclusion.code())).collect(),
        excluded,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn tiles_add_up_to_what_the_rule_says_row_by_row(
        deals in proptest::collection::vec(drawn(), 1..120), layout in 0u8..32, scale in 0i8..5, options in 0u8..8,
        cuts in 1usize..4, parts in 1usize..4,
    ) {
        let batches: Vec<RecordBatch> = deals.chunks(deals.len().div_ceil(parts)).map(|deals| table(deals, layout, scale)).collect();
        let (fast, plain, told, excluded) = both(&batches, options, cuts);
        prop_assert_eq!(told, excluded);
        prop_assert_eq!(fast, plain);
    }
}

#[test]
fn most_rows_take_the_fast_way() {
    // Else the property above would say nothing.
    let deals: Vec<Drawn> = (0..3_000)
        .map(|i| Drawn {
            owner: i % 5,
            stage: i % 4,
            category: i % 4,
            currency: i % 3,
            amount: Some(100 * i as i64),
            day: Some(20_454 + i as i32 % 100),
            bp: Some(10),
        })
        .collect();
    let (fast, plain, _, excluded) = both(&[table(&deals, 3, 2)], 0, 2);
    assert_eq!(fast, plain);
    assert!(excluded.len() < 200 && excluded.iter().all(|(_, code)| *code == "no_rate"));
    assert_eq!(fast.1.before, 0);
}
