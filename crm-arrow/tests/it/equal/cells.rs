//! What stands in the cells of a column of one layout, and what each cell means for its field.

use arrow_buffer::i256;
use arrow_schema::{DataType, TimeUnit};
use chrono::{DateTime, FixedOffset, SecondsFormat};
use crm_core::kernel::time::in_range;
use crm_core::kernel::zone::Zone;
use crm_core::{FieldType, Instant, Value};

use super::draw::Draw;
use super::exact;
use super::pools::{self, DECIMALS, IDS, TEXTS};

/// A cell as its column keeps it.
#[derive(Clone, Debug)]
pub(crate) enum Raw {
    Null,
    Text(String),
    /// The integer of an integer, date or time column.
    Whole(i128),
    Float(f64),
    /// The units of a decimal column.
    Units(i256),
    Flag(bool),
    List(Vec<Raw>),
}

/// What a cell means for its field.
#[derive(Clone, Debug)]
pub(crate) enum Meaning {
    Unknown,
    Known(Value),
    /// An amount, before its currency is known; `written` as text, whose places count as they stand.
    Amount {
        digits: String,
        written: bool,
    },
    /// A diagnostic, and unknown.
    Unreadable,
}

#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) raw: Raw,
    pub(crate) meaning: Meaning,
}

fn cell(raw: Raw, meaning: Meaning) -> Cell {
    Cell { raw, meaning }
}

fn known(value: Option<Value>) -> Meaning {
    value.map_or(Meaning::Unreadable, Meaning::Known)
}

/// The field that cells are for, and what the caller decided.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) field: &'static str,
    pub(crate) kind: FieldType,
    pub(crate) at: Instant,
    /// The zone of naive times.
    pub(crate) zone: &'a Zone,
    /// Whether texts at the limit of length are wanted: they are slow.
    pub(crate) long: bool,
}

/// Every cell that a layout offers, but for null.
pub(crate) fn cells(context: Context<'_>, layout: &DataType, draw: &mut Draw) -> Vec<Cell> {
    let kind = context.kind;
    match layout {
        DataType::Dictionary(_, values) => cells(context, values, draw),
        DataType::Null => Vec::new(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => texts(context),
        DataType::Float32 | DataType::Float64 => floats(kind, *layout == DataType::Float32),
        DataType::Boolean => [true, false].map(|b| cell(Raw::Flag(b), known(Some(Value::Boolean(b))))).into(),
        DataType::List(_) | DataType::LargeList(_) => lists(context, draw),
        DataType::Date32 | DataType::Date64 => days(*layout == DataType::Date64),
        DataType::Timestamp(unit, zone) => times(context, *unit, zone.is_some(), draw),
        integer if integer.is_integer() => integers(kind, layout),
        _ => decimals(kind, layout),
    }
}

fn integers(kind: FieldType, layout: &DataType) -> Vec<Cell> {
    let bits = 8 * u32::try_from(layout.primitive_width().unwrap()).unwrap();
    let (least, most) = match layout.is_signed_integer() {
        true => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
        false => (0, (1_i128 << bits) - 1),
    };
    let pool = DECIMALS.iter().filter_map(|t| t.parse::<i128>().ok()).filter(|n| (least..=most).contains(n));
    pool.chain([least, most]).map(|n| cell(Raw::Whole(n), exact::number(kind, n.to_string()))).collect()
}

fn floats(kind: FieldType, single: bool) -> Vec<Cell> {
    let special = [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MAX, f64::MIN_POSITIVE, 5e-324];
    // Two to the powers of -6 and -7, to either side of 63 bits, and thirds.
    let edges = [0.015_625, 0.007_812_5, 9_223_372_036_854_775_808.0, -9_223_372_036_854_775_808.0, 1.0 / 3.0, 49.5];
    let pool = DECIMALS.iter().map(|t| t.parse::<f64>().unwrap());
    let all = pool.chain(special).chain(edges).map(|f| if single { f64::from(f as f32) } else { f });
    all.map(|f| cell(Raw::Float(f), exact::float(kind, f))).collect()
}

fn decimals(kind: FieldType, layout: &DataType) -> Vec<Cell> {
    let (precision, scale) = match layout {
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) => (*p, *s),
        DataType::Decimal128(p, s) | DataType::Decimal256(p, s) => (*p, *s),
        other => panic!("no cells for {other}"),
    };
    let pool = DECIMALS.iter().filter_map(|t| exact::shifted(t, scale.into()));
    let fits = pool.filter(|t| t.trim_start_matches('-').len() <= precision.into());
    let mut units: Vec<i256> = fits.map(|t| i256::from_string(&t).unwrap()).collect();
    let most = i256::from_string(&"9".repeat(precision.into())).unwrap();
    // The least step beside some values, which may be too fine to read.
    units.extend(units.clone().into_iter().take(3).map(|u| u + i256::ONE));
    units.extend([i256::ONE, most, -most]);
    units.into_iter().map(|u| cell(Raw::Units(u), exact::number(kind, exact::decimal_text(u, scale)))).collect()
}

fn day(days: i64) -> Option<Value> {
    let date = DateTime::from_timestamp(days.checked_mul(86_400)?, 0)?.date_naive();
    in_range(date).then_some(Value::Date(date))
}

fn days(with_time: bool) -> Vec<Cell> {
    const MILLIS: i64 = 86_400_000;
    let days = pools::days().into_iter();
    if !with_time {
        let days = days.chain([i64::from(i32::MIN)]);
        return days.map(|d| cell(Raw::Whole(d.into()), known(day(d)))).collect();
    }
    let whole = days.map(|d| cell(Raw::Whole((d * MILLIS).into()), known(day(d))));
    let odd = [1, -1, MILLIS - 1, i64::MIN, i64::MAX].map(|n| cell(Raw::Whole(n.into()), Meaning::Unreadable));
    whole.chain(odd).collect()
}

/// The instant of a count of microseconds, which the clocks of the zone show where it is naive.
fn instant(micros: i128, zone: Option<&Zone>) -> Option<Value> {
    let shown = DateTime::from_timestamp_micros(i64::try_from(micros).ok()?)?;
    let at = zone.map_or(shown, |zone| zone.instant(shown.naive_utc()));
    (in_range(shown.date_naive()) && in_range(at.date_naive())).then_some(Value::Instant(at))
}

fn times(context: Context<'_>, unit: TimeUnit, aware: bool, draw: &mut Draw) -> Vec<Cell> {
    let zone = (!aware).then_some(context.zone);
    let pool = pools::instants(context.at).into_iter();
    let units = pool.map(|micros| match unit {
        TimeUnit::Second => micros.div_euclid(1_000_000),
        TimeUnit::Millisecond => micros.div_euclid(1_000),
        TimeUnit::Microsecond => micros,
        // Nanoseconds are cut, never rounded; those that 64 bits cannot count are left out.
        TimeUnit::Nanosecond => micros.checked_mul(1_000).map_or(0, |n| n + draw.copy(&[0, 1, 500, 999])),
    });
    let all = units.chain([i64::MIN, i64::MAX]);
    let micros = |n: i64| match unit {
        TimeUnit::Second => i128::from(n) * 1_000_000,
        TimeUnit::Millisecond => i128::from(n) * 1_000,
        TimeUnit::Microsecond => i128::from(n),
        TimeUnit::Nanosecond => i128::from(n).div_euclid(1_000),
    };
    all.map(|n| cell(Raw::Whole(n.into()), known(instant(micros(n), zone)))).collect()
}

/// A text in a list or of a text field, trimmed, if the library takes it.
fn checked(text: &str) -> Option<String> {
    (text.len() <= 65_536 && !text.contains('\0')).then(|| text.trim().to_owned())
}

/// What a text means for a text field.
pub(crate) fn text_meaning(field: &str, text: &str) -> Meaning {
    match checked(text) {
        None => Meaning::Unreadable,
        Some(t) if t.is_empty() => Meaning::Unknown,
        Some(t) if field == "consent" && !["opted_out", "soft", "opted_in"].contains(&t.as_str()) => {
            Meaning::Unreadable
        }
        Some(t) => Meaning::Known(Value::Text(t)),
    }
}

fn texts(context: Context<'_>) -> Vec<Cell> {
    let (field, kind) = (context.field, context.kind);
    let mut all: Vec<(String, Meaning)> = vec![(String::new(), Meaning::Unknown)];
    let mut put = |text: &str, meaning: Meaning| all.push((text.to_owned(), meaning));
    let mut bad: &[&str] = &["\0", "n/a", "тест"];
    match kind {
        FieldType::Text => {
            bad = &["a\0b", "\0"];
            let consents = ["opted_in", "opted_out", "soft", " soft ", "OPTED_IN", "unknown"];
            let consents = if field == "consent" { consents.repeat(6) } else { Vec::new() };
            for text in TEXTS.iter().copied().chain(consents) {
                put(text, text_meaning(field, text));
            }
            let lengths = if context.long { vec![65_536, 65_537] } else { Vec::new() };
            for text in lengths.into_iter().flat_map(|n| ["É ".repeat(n / 3) + &" ".repeat(n % 3), "x".repeat(n)]) {
                put(&text, text_meaning(field, &text));
            }
        }
        FieldType::Boolean => {
            bad = &["True", "TRUE", "1", "yes", " true", "false "];
            put("true", known(Some(Value::Boolean(true))));
            put("false", known(Some(Value::Boolean(false))));
        }
        FieldType::Reference => {
            bad = &["42", " ", "018f4c1e-7b5a-7c3d-8e9f-0a1b2c3d4e5f ", "018f4c1e-7b5a-7c3d-8e9f-0a1b2c3d4e5g"];
            for id in IDS {
                let meaning = known(Some(Value::Reference(id.parse().unwrap())));
                put(id, meaning.clone());
                put(&id.to_uppercase(), meaning.clone());
                put(&id.replace('-', ""), meaning);
            }
        }
        FieldType::Date => {
            bad = &["01/01/2026", "2026-1-1", "2026-02-30", " 2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01 "];
            for days in pools::days().into_iter().filter_map(|d| Some((d, DateTime::from_timestamp(d * 86_400, 0)?))) {
                put(&days.1.date_naive().to_string(), known(day(days.0)));
            }
        }
        FieldType::Instant => {
            bad = &["2026-11-01T01:00:00", "2026-11-01", "01/11/2026 09:00", "now", "2026-11-01T25:00:00Z"];
            put("2016-12-31T23:59:60Z", known(instant(1_483_228_800_000_000, None)));
            put("2026-11-22T08:59:59.999999999Z", known(instant(1_795_337_999_999_999, None)));
            let paris = FixedOffset::east_opt(7200).unwrap();
            for micros in pools::instants(context.at) {
                let at = DateTime::from_timestamp_micros(micros).unwrap();
                put(&at.to_rfc3339_opts(SecondsFormat::Micros, true), known(instant(micros.into(), None)));
                let local = at.with_timezone(&paris).to_rfc3339();
                // Five digits of a year are another grammar.
                if !local.starts_with('+') {
                    put(&local, known(instant(micros.into(), None)));
                }
            }
        }
        FieldType::Texts => {}
        FieldType::Integer | FieldType::Number | FieldType::Money => {
            bad =
                &[" ", " 50", "50 ", "+5", "050", "1e3", "1,000", "5.", ".5", "-", "٥٠", "--1", "0x1", "NaN", "1 000"];
            for text in DECIMALS.iter().chain(&["-0", "50.0", "12.500", "1.0000000"]) {
                put(text, exact::written(kind, text));
            }
        }
    }
    for text in bad {
        put(text, Meaning::Unreadable);
    }
    all.into_iter().map(|(text, meaning)| cell(Raw::Text(text), meaning)).collect()
}

fn lists(context: Context<'_>, draw: &mut Draw) -> Vec<Cell> {
    let one = |texts: Vec<Option<&str>>| {
        let read: Option<Vec<String>> = texts.iter().map(|t| checked((*t)?)).collect();
        let meaning = match read {
            None => Meaning::Unreadable,
            Some(list) if list.is_empty() => Meaning::Unknown,
            Some(list) => known(Some(Value::Texts(list))),
        };
        let raws = texts.into_iter().map(|t| t.map_or(Raw::Null, |t| Raw::Text(t.to_owned())));
        cell(Raw::List(raws.collect()), meaning)
    };
    let long = "x".repeat(65_537);
    let mut all = vec![
        one(vec![]),
        one(vec![Some("")]),
        one(vec![Some(" vip"), Some("b2b")]),
        one(vec![None]),
        one(vec![Some("vip"), None]),
        one(vec![Some("vip"), Some("a\0")]),
    ];
    if context.long {
        all.push(one(vec![Some("vip"), Some(&long)]));
    }
    all.extend((0..20).map(|_| one((0..draw.below(5)).map(|_| Some(draw.copy(TEXTS))).collect())));
    all
}
