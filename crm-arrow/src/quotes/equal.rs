//! Quotes by the numbers of their lines come to what they come to cell by cell, for random tables of all layouts.

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    Array as _, ArrayRef, Decimal64Array, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array,
    RecordBatch, StringArray, StringViewArray,
};
use crm_core::kernel::quotes::{PriceMode, VatRounding};
use proptest::prelude::*;

use super::columns::Lines;
use super::lines::Layout;
use super::options::{PerRow, QuoteOptions};
use super::totals::{Cells, Counter, Table};
use crate::called::Called;
use crate::declared;
use crate::grouped::Groups;
use crate::row::Batch;

/// A line: numbers in thousandths, codes by places in small lists.
#[derive(Clone, Debug)]
struct Drawn {
    quote: usize,
    codes: [usize; 5],
    quantity: Option<i64>,
    price: Option<i64>,
    percent: Option<i64>,
    amount: Option<i64>,
    rate: Option<i64>,
    whole: [Option<i64>; 2],
}

const KINDS: [Option<&str>; 6] = [None, Some("item"), Some("optional"), Some("section"), Some("text"), Some("gift")];
const CATEGORIES: [Option<&str>; 6] = [None, None, None, Some("S"), Some("AE"), Some("X")];
const CURRENCIES: [Option<&str>; 6] = [None, Some("EUR"), Some("EUR"), Some("JPY"), Some("TND"), Some("EUX")];
const MODES: [Option<&str>; 6] = [None, Some("net"), None, Some("gross"), None, Some("both")];
const ROUNDINGS: [Option<&str>; 6] = [None, None, Some("per_rate"), None, Some("per_line"), Some("never")];

fn drawn() -> impl Strategy<Value = Drawn> {
    let seldom = |value: BoxedStrategy<i64>| prop_oneof![5 => Just(None), 2 => value.prop_map(Some)];
    // Most codes are empty or usual, so that quotes come to something.
    let code = || prop_oneof![6 => Just(0usize), 3 => 1..5usize, 1 => 5..6usize];
    let size = prop_oneof![
        8 => (0..40i64).prop_map(|n| Some(n * 1_000)),
        6 => (-9_000..900_000i64).prop_map(Some),
        1 => (-9i64..9).prop_map(|n| Some(n * 100_000_000_000_000)),
        1 => Just(None),
    ];
    let rate = prop_oneof![6 => prop::sample::select(vec![20_000i64, 10_000, 5_500, 0]).prop_map(Some),
        2 => (0..100_000i64).prop_map(Some), 1 => Just(None), 1 => Just(Some(100_001))];
    let percent = seldom(prop_oneof![4 => 0..=100_000i64, 1 => -1..0i64].boxed());
    let amount = || seldom(prop_oneof![3 => (0..400i64).prop_map(|n| n * 10), 1 => -1..4_000i64].boxed());
    let whole = (seldom((0..=100_000i64).boxed()), amount());
    (0..5usize, [code(), code(), code(), code(), code()], (size.clone(), size), percent, amount(), rate, whole)
        .prop_map(|(quote, codes, (quantity, price), percent, amount, rate, whole)| Drawn {
            quote,
            codes,
            quantity,
            price,
            percent,
            amount,
            rate,
            whole: [whole.0, whole.1],
        })
}

fn texts(values: Vec<Option<&str>>, layout: usize) -> ArrayRef {
    match layout % 3 {
        0 => Arc::new(StringArray::from(values)),
        1 => Arc::new(StringViewArray::from_iter(values)),
        _ => Arc::new(values.into_iter().collect::<DictionaryArray<Int8Type>>()),
    }
}

fn written(n: i64) -> String {
    let sign = if n < 0 { "-" } else { "" };
    format!("{sign}{}.{:03}", n.unsigned_abs() / 1_000, n.unsigned_abs() % 1_000)
}

fn numbers(values: &[Option<i64>], layout: usize) -> ArrayRef {
    let wide = |places: i8, tens: i128| -> ArrayRef {
        let units = values.iter().map(|value| value.map(|value| i128::from(value) * tens));
        Arc::new(units.collect::<Decimal128Array>().with_precision_and_scale(38, places).unwrap())
    };
    let is_whole = values.iter().flatten().all(|value| value % 1_000 == 0);
    let whole = || values.iter().map(|value| value.map(|value| value / 1_000));
    match layout % 7 {
        0 => wide(3, 1),
        1 => wide(8, 100_000),
        2 => Arc::new(values.iter().copied().collect::<Decimal64Array>().with_precision_and_scale(18, 3).unwrap()),
        3 if is_whole => Arc::new(whole().collect::<Int64Array>()),
        4 if is_whole => {
            Arc::new(whole().map(|value| value.and_then(|n| i32::try_from(n).ok())).collect::<Int32Array>())
        }
        5 if is_whole => Arc::new(whole().map(|value| value.map(|n| n as f64)).collect::<Float64Array>()),
        _ => Arc::new(values.iter().map(|value| value.map(written)).collect::<StringArray>()),
    }
}

fn table(lines: &[Drawn], layout: usize) -> RecordBatch {
    let codes = |place: usize, of: [Option<&'static str>; 6]| {
        texts(lines.iter().map(|line| of[line.codes[place]]).collect(), layout + place)
    };
    let all = |of: fn(&Drawn) -> Option<i64>, more: usize| {
        numbers(&lines.iter().map(of).collect::<Vec<_>>(), layout / 3 + more)
    };
    let names: ArrayRef = match layout % 2 {
        0 => Arc::new(lines.iter().map(|line| Some(line.quote as i64 - 2)).collect::<Int64Array>()),
        _ => texts(lines.iter().map(|line| CURRENCIES[line.quote]).collect(), layout),
    };
    let columns = [
        ("quote", names),
        ("kind", codes(0, KINDS)),
        ("quantity", all(|line| line.quantity, 0)),
        ("unit_price", all(|line| line.price, 1)),
        ("discount_percent", all(|line| line.percent, 2)),
        ("discount_amount", all(|line| line.amount, 3)),
        ("rate", all(|line| line.rate, 4)),
        ("category", codes(1, CATEGORIES)),
        ("currency", codes(2, CURRENCIES)),
        ("price_mode", codes(3, MODES)),
        ("rounding", codes(4, ROUNDINGS)),
        ("quote_discount_percent", all(|line| line.whole[0], 5)),
        ("quote_discount_amount", all(|line| line.whole[1], 6)),
    ];
    // Of the columns that a table may lack, some are not there.
    let stays = |place: usize| !(3..=5).contains(&(place % 6)) || (layout >> (place % 5)) & 1 == 0 || place == 3;
    let columns = columns.into_iter().enumerate().filter(|(place, _)| stays(*place)).map(|(_, column)| column);
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
}

/// How many quotes there are, and how many needed no closer look.
fn compared(batches: &[RecordBatch], options: &QuoteOptions) -> (usize, usize) {
    let Ok(layout) = Layout::new(&batches[0].schema(), &options.table) else { return (0, 0) };
    let (names, numbers) = Called::of(batches, layout.quotes()).unwrap();
    let groups = Groups::new(&numbers, names.count());
    let context = declared::reading(&layout.options).context;
    let read: Vec<Batch<'_>> =
        batches.iter().map(|input| Batch::new(input, &layout.binding, context).unwrap()).collect();
    let lines = Lines::read(&layout, batches, &read, 1).unwrap();
    let table = Table { lines, cells: Cells::new(&layout, batches, &read), options };
    let mut counter = Counter::new(&table);
    let mut plain = 0;
    for group in 0..groups.len() {
        let (mut fast, mut slow) = (Vec::new(), Vec::new());
        let rows = groups.rows(group);
        let Some(quote) = counter.add_up(rows, &mut fast) else { continue };
        plain += 1;
        assert_eq!(table.read(rows, &mut slow).ok(), Some(quote));
        assert_eq!(fast, slow);
    }
    (groups.len(), plain)
}

fn options(mode: usize, currency: bool) -> QuoteOptions {
    QuoteOptions {
        table: crate::desk::TableOptions { currency: currency.then(|| "EUR".parse().unwrap()), ..Default::default() },
        price_mode: if mode.is_multiple_of(2) { PriceMode::Net } else { PriceMode::Gross },
        rounding: if mode < 2 { VatRounding::PerRate } else { VatRounding::PerLine },
        discount: None,
        per: PerRow::Rate,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn numbers_say_what_cells_say(
        lines in prop::collection::vec(drawn(), 1..24),
        (layout, mode, currency, at) in (0..210usize, 0..4usize, prop::bool::weighted(0.8), 0..24usize),
    ) {
        let whole = table(&lines, layout);
        let at = at.min(whole.num_rows());
        let batches = [whole.slice(0, at), whole.slice(at, whole.num_rows() - at)];
        compared(&batches, &options(mode, currency));
    }
}

#[test]
fn plain_lines_need_no_closer_look() {
    let line = |quote: usize, n: i64| Drawn {
        quote,
        codes: [0, 0, 0, 0, 0],
        quantity: Some(n * 1_000),
        price: Some(69_990),
        percent: Some(2_500),
        amount: None,
        rate: Some(20_000),
        whole: [Some(5_000), None],
    };
    let lines: Vec<Drawn> = (0..24).map(|n| line(n / 8, 1 + n as i64)).collect();
    for layout in 0..7 {
        let whole = table(&lines, layout * 6);
        assert_eq!(whole.column(0).null_count(), 0);
        for mode in 0..4 {
            assert_eq!(compared(std::slice::from_ref(&whole), &options(mode, true)), (3, 3), "{layout} {mode}");
        }
    }
}
