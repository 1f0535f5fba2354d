//! The leads of W1. Every value is a pure integer function of (seed, column, row), so that every language and every
//! size has the same leads: the numbers of the columns, the weights and the lists are the definition.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::types::{ArrowDictionaryKeyType, Int8Type, Int16Type};
use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Int32Array, Int64Array, PrimitiveArray, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};

use super::Failure;
use super::lists::{
    CAMPAIGN_KINDS, COMPANY_FIRST, COMPANY_SECOND, COMPANY_TLD, COUNTRIES, EMPLOYEES, FREE_MAIL, FUNCTIONS, INDUSTRIES,
    SENIORITIES, SOURCES, SUFFIXES,
};

const SEED: u64 = 42;
/// 2025-06-30T12:00:00Z, the instant of W1, in seconds.
const NOW: i64 = 1_751_284_800;
const DAY: u64 = 86_400;
const COMPANIES: u64 = 200_000;

/// One lead's source of numbers.
#[derive(Clone, Copy)]
struct Row(u64);

impl Row {
    /// splitmix64's last step over seed, column and row.
    fn hash(self, column: u64) -> u64 {
        let stream = SEED.wrapping_mul(0xD134_2543_DE82_EF95).wrapping_add(column.wrapping_mul(0xDA94_2042_E4DD_58B5));
        let z = self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(stream);
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `most`.
    fn below(self, column: u64, most: u64) -> u64 {
        ((self.hash(column) >> 32) * most) >> 32
    }

    /// A place, each as often as its weight.
    fn pick(self, column: u64, weights: &[u64]) -> usize {
        let number = self.below(column, weights.iter().sum());
        let ends = weights.iter().scan(0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        ends.take_while(|end| *end <= number).count()
    }

    /// Whether it is among so many of a hundred.
    fn percent(self, column: u64, percent: u64) -> bool {
        self.below(column, 100) < percent
    }

    fn company_magnitude(self) -> usize {
        self.pick(1, &[10, 20, 25, 20, 14, 8, 3])
    }

    fn company_size(self) -> Option<i32> {
        const SPANS: [(u64, u64); 7] =
            [(9, 0), (40, 10), (150, 50), (300, 200), (500, 500), (4000, 1000), (90_000, 5000)];
        let (span, from) = SPANS.get(self.company_magnitude())?;
        i32::try_from(1 + self.below(2, 1 << 30) % span + from).ok()
    }

    fn revenue_cents(self) -> Option<i128> {
        let zeros = u32::try_from(self.pick(3, &[5, 15, 25, 25, 20, 8, 2])).ok()?;
        Some(i128::from((self.below(4, 900_000_000) + 100_000_000) * 10_u64.pow(zeros + 1) / 100_000))
    }

    fn budget_cents(self) -> Option<i128> {
        if self.percent(10, 55) {
            return None;
        }
        let factor = [1, 3, 10].get(self.pick(12, &[60, 30, 10])).copied()?;
        Some(i128::from((self.below(11, 9_000_000) + 1_000) * factor))
    }

    fn seconds_since_created(self) -> u64 {
        self.below(5, 730 * DAY) * self.below(6, 1000) / 1000 + 1
    }

    fn created_at(self) -> Option<i64> {
        Some((NOW - i64::try_from(self.seconds_since_created()).ok()?) * 1_000_000)
    }

    fn last_activity(self) -> Option<i64> {
        if self.percent(7, 18) {
            return None;
        }
        let after = i64::try_from(self.seconds_since_created() * self.below(8, 1000) / 1000).ok()?;
        Some(self.created_at()? + after * 1_000_000)
    }

    /// How often: below `most`, small numbers more often.
    fn count(self, columns: (u64, u64), most: u64) -> Option<i32> {
        i32::try_from(self.below(columns.0, most) * self.below(columns.1, 1000) / 1000).ok()
    }

    fn write_title(self, text: &mut String) {
        const SENIORITY: [u64; 24] = [2, 3, 2, 5, 3, 1, 1, 7, 3, 6, 14, 7, 6, 8, 5, 8, 8, 8, 3, 2, 5, 6, 4, 4];
        let parts = [
            SENIORITIES.get(self.pick(21, &SENIORITY)),
            FUNCTIONS.get(self.below(22, 20) as usize),
            SUFFIXES.get(self.pick(23, &[70, 6, 6, 6, 6, 6])),
        ];
        let [seniority, function, suffix] = parts.map(|part| part.copied().unwrap_or_default());
        let plain = format!("{seniority} {function}{suffix}");
        match self.pick(20, &[80, 14, 6]) {
            0 => text.push_str(plain.trim()),
            1 => text.push_str(&plain.trim().to_lowercase()),
            _ => text.push_str(&plain.trim().to_uppercase()),
        }
        if self.percent(25, 3) {
            text.push_str(&format!(", team {}", self.below(24, 100_000)));
        }
    }

    fn write_email_domain(self, text: &mut String) {
        match self.pick(30, &[33, 4, 63]) {
            0 => {
                let place = self.pick(31, &[50, 10, 8, 8, 6, 5, 3, 3, 3, 2, 1, 1]);
                text.push_str(FREE_MAIL.get(place).copied().unwrap_or_default());
            }
            1 => {
                let number = self.below(32, 900);
                let (name, ending) = [("univ", "edu"), ("agency", "gov")]
                    .get(number as usize % 3)
                    .copied()
                    .unwrap_or(("college", "ac.uk"));
                text.push_str(&format!("{name}{}.{ending}", number / 3));
            }
            _ => {
                let number = self.below(33, COMPANIES);
                let of = |list: &[&'static str], place: u64| {
                    list.get(place as usize % list.len()).copied().unwrap_or_default()
                };
                let (first, second) = (of(&COMPANY_FIRST, number), of(&COMPANY_SECOND, number / 10));
                text.push_str(&format!("{first}{second}{number}.{}", of(&COMPANY_TLD, number * 7)));
            }
        }
    }
}

/// The first so many leads, in the layouts of the reference data.
///
/// # Errors
/// None.
pub fn leads(rows: u64) -> Result<RecordBatch, Failure> {
    let all = || (0..rows).map(Row);
    let texts = |write: fn(Row, &mut String)| -> ArrayRef {
        let (mut column, mut text) = (StringBuilder::new(), String::new());
        for row in all() {
            text.clear();
            write(row, &mut text);
            column.append_value(&text);
        }
        Arc::new(column.finish())
    };
    let integers = |read: fn(Row) -> Option<i32>| -> ArrayRef { Arc::new(Int32Array::from_iter(all().map(read))) };
    let flags = |column: u64, percent: u64| -> ArrayRef {
        Arc::new(BooleanArray::from_iter(all().map(|row| Some(row.percent(column, percent)))))
    };
    let amounts = |read: fn(Row) -> Option<i128>| -> Result<ArrayRef, Failure> {
        Ok(Arc::new(Decimal128Array::from_iter(all().map(read)).with_precision_and_scale(18, 2)?))
    };
    let times = |read: fn(Row) -> Option<i64>| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_iter(all().map(read)).with_timezone("UTC"))
    };
    let columns: [(&str, ArrayRef); 17] = [
        ("lead_id", Arc::new(Int64Array::from_iter_values(0..i64::try_from(rows)?))),
        (
            "source",
            codes::<Int8Type>(rows, &SOURCES, |row| {
                i8::try_from(row.pick(40, &[24, 8, 5, 6, 9, 10, 11, 9, 8, 4, 4, 2])).ok()
            })?,
        ),
        ("title", texts(Row::write_title)),
        ("company_size", integers(Row::company_size)),
        ("annual_revenue", amounts(Row::revenue_cents)?),
        (
            "country",
            codes::<Int8Type>(rows, &COUNTRIES, |row| {
                const WEIGHTS: [u64; 30] =
                    [18, 12, 14, 8, 5, 5, 4, 4, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
                i8::try_from(row.pick(41, &WEIGHTS)).ok()
            })?,
        ),
        ("email_domain", texts(Row::write_email_domain)),
        ("page_views", integers(|row| row.count((13, 14), 40))),
        ("emails_opened", integers(|row| row.count((15, 16), 15))),
        ("last_activity", times(Row::last_activity)),
        ("created_at", times(Row::created_at)),
        ("has_phone", flags(17, 62)),
        (
            "campaign",
            codes::<Int16Type>(rows, &campaigns(), |row| {
                if row.percent(9, 35) { None } else { i16::try_from(row.below(42, 400)).ok() }
            })?,
        ),
        ("industry", codes::<Int8Type>(rows, &INDUSTRIES, |row| i8::try_from(row.below(43, 20)).ok())?),
        ("employees", codes::<Int8Type>(rows, &EMPLOYEES, |row| i8::try_from(row.company_magnitude()).ok())?),
        ("budget", amounts(Row::budget_cents)?),
        ("consent", flags(18, 88)),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))?)
}

/// A dictionary column.
fn codes<K: ArrowDictionaryKeyType>(
    rows: u64,
    values: &[impl AsRef<str>],
    code: fn(Row) -> Option<K::Native>,
) -> Result<ArrayRef, Failure> {
    let keys: PrimitiveArray<K> = (0..rows).map(Row).map(code).collect();
    let values = StringArray::from_iter_values(values);
    Ok(Arc::new(DictionaryArray::try_new(keys, Arc::new(values))?))
}

fn campaigns() -> Vec<String> {
    let name = |k: usize| {
        let kind = CAMPAIGN_KINDS.get(k % 4).filter(|_| !k.is_multiple_of(5)).copied().unwrap_or("webinar-");
        format!("{kind}{}-{k:03}", 2023 + k % 3)
    };
    (0..400).map(name).collect()
}
