//! The fields, and the small pools from which both data and thresholds are drawn, so that edges are met.

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use crm_core::FieldType;
use crm_core::Instant;
use serde_json::{Value as Json, json};

/// Fields of the lead, of its row and of the host, of every type.
pub(crate) const FIELDS: &[(&str, FieldType)] = &[
    ("id", FieldType::Reference),
    ("created_at", FieldType::Instant),
    ("company", FieldType::Text),
    ("job_title", FieldType::Text),
    ("source", FieldType::Text),
    ("consent", FieldType::Text),
    ("value", FieldType::Money),
    ("revenue", FieldType::Money),
    ("size", FieldType::Integer),
    ("do_not_call", FieldType::Boolean),
    ("last_activity_at", FieldType::Instant),
    ("tags", FieldType::Texts),
    ("custom.note", FieldType::Text),
    ("custom.count", FieldType::Integer),
    ("custom.area", FieldType::Number),
    ("custom.ratio", FieldType::Number),
    ("custom.budget", FieldType::Money),
    ("custom.permit", FieldType::Boolean),
    ("custom.due", FieldType::Date),
    ("custom.seen", FieldType::Instant),
    ("custom.labels", FieldType::Texts),
    ("custom.parent", FieldType::Reference),
];

/// The host's fields as a configuration declares them.
pub(crate) fn custom_fields() -> Json {
    let custom = FIELDS.iter().filter_map(|(name, kind)| Some((name.strip_prefix("custom.")?, kind)));
    let custom: Vec<Json> = custom.map(|(name, kind)| json!({"name": name, "type": kind})).collect();
    json!({"lead": custom})
}

/// Texts that a column may have.
pub(crate) const TEXTS: &[&str] = &[
    "Directrice générale",
    "directrice generale",
    "DIRECTEUR ",
    "  directeur",
    "Chef d’entreprise",
    "chef d'entreprise",
    "P.D.G.",
    "pdg",
    "D.G. délégué",
    "Technicien réfrigérant",
    "gérant",
    "Gérante, associée",
    "Vice-Président, ventes",
    "vice president",
    "head head of sales and of everything else",
    "head  of\tsales",
    "VIP ",
    "vip",
    "b2b",
    "Straße",
    "strasse",
    "œuvrier",
    "İstanbul",
    "ΟΔΥΣΣΕΎΣ",
    "οδυσσευς",
    "バス",
    "ハス",
    "राम",
    "Ａｂｃ",
    "abc",
    "ab",
    "abcd",
    "web",
    "Referral",
    "referral",
    "a",
    "z",
    "~",
    "!",
    "0",
    "007",
    "",
    " ",
    "\u{a0}\t",
    "x\u{b}y",
    "x y",
    "R&D",
    "\u{301}",
    "\u{200b}",
    "…",
    "opted_in",
    "twelve bytes",
    "thirteen byte",
    "thirteen bytes and a common prefix, first",
    "thirteen bytes and a common prefix, second",
];

/// Parts of the texts above, for conditions on parts.
pub(crate) const PARTS: &[&str] =
    &["direct", "générale", " d'", "p.d", "of", "unique 1", "E", "s", "ss", "e a", "prefix, ", "्", "12", "abc", "B"];

/// Decimals in plain digits, from the least to the greatest; every numeric type draws from them.
pub(crate) const DECIMALS: &[&str] = &[
    "-9223372036854775809",
    "-9223372036854775808",
    "-9223372036854775807",
    "-1000000000000000",
    "-999999999999999.99",
    "-1000000000000",
    "-999999999999.999999",
    "-129",
    "-128",
    "-1",
    "-0.25",
    "-0.01",
    "-0.000001",
    "0",
    "0.0000001",
    "0.000001",
    "0.01",
    "0.1",
    "0.25",
    "1",
    "9.99",
    "10",
    "10.01",
    "12.499999",
    "12.5",
    "12.500001",
    "49",
    "50",
    "51",
    "127",
    "128",
    "255",
    "256",
    "999.99",
    "1000",
    "1000.001",
    "1000.01",
    "32767",
    "65536",
    "2147483648",
    "4294967296",
    "999999999999",
    "999999999999.999999",
    "1000000000000",
    "999999999999999.99",
    "1000000000000000",
    "9007199254740993",
    "9223372036854775806",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
];

/// Days since 1970 at which something begins or ends, ascending; the first and the last two are not kept.
pub(crate) fn days() -> Vec<i64> {
    let day =
        |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap().signed_duration_since(NaiveDate::default()).num_days();
    let mut all = vec![day(1899, 12, 31), day(1900, 1, 1), -1, 0, day(2024, 2, 29), day(9999, 12, 31)];
    all.extend((-2..=2).map(|n| day(2026, 1, 1) + n));
    all.extend([day(10_000, 1, 1), i64::from(i32::MAX)]);
    all.sort_unstable();
    all
}

/// Days of relative windows.
pub(crate) const WINDOWS: &[i64] = &[1, 7, 30, 365, 36_500];

/// The instants for which tables are scored; the library cuts the last one to microseconds.
pub(crate) fn ats() -> Vec<Instant> {
    let at = |t: &str| DateTime::parse_from_rfc3339(t).unwrap().with_timezone(&Utc);
    vec![
        at("2026-11-22T09:00:00Z"),
        at("2026-03-29T00:59:59.999999Z"),
        at("2024-02-29T12:00:00.000001Z"),
        at("2026-11-22T09:00:00.000000999Z"),
    ]
}

/// Microseconds since 1970 around `at`, around the edges of windows and around those of the calendar, ascending.
pub(crate) fn instants(at: Instant) -> Vec<i64> {
    let at = at.timestamp_micros();
    let day = TimeDelta::try_days(1).unwrap().num_microseconds().unwrap();
    let mut all: Vec<i64> = WINDOWS.iter().flat_map(|w| [at - w * day, at + w * day]).collect();
    all.extend([at, at - day / 2, at + day / 2, at - 400 * day]);
    all = all.into_iter().flat_map(|t| [t - 1, t, t + 1]).collect();
    let year = |y: i32| NaiveDate::from_ymd_opt(y, 1, 1).unwrap().and_time(chrono::NaiveTime::MIN).and_utc();
    let (first, last) = (year(1900).timestamp_micros(), (year(9999) + Months::new(12)).timestamp_micros());
    // A quarter of an hour into the first day, and before the end of the last: in range by the clock, not in Paris.
    let quarter = day / 96;
    all.extend([first - 1, first, first + quarter, last - quarter, last - 1, last, 0, -1]);
    // The clocks of Paris: inside the hour that is skipped, inside the one that happens twice.
    all.extend([1_774_751_400_000_000, 1_792_895_400_000_000]);
    all.sort_unstable();
    all.dedup();
    all
}

/// Codes of currencies with two, none and three decimal places.
pub(crate) const CURRENCIES: &[&str] = &["EUR", "USD", "JPY", "KWD"];

/// Ids of records.
pub(crate) const IDS: &[&str] = &[
    "00000000-0000-0000-0000-000000000000",
    "018f4c1e-7b5a-7c3d-8e9f-0a1b2c3d4e5f",
    "018f4c1e-7b5a-7c3d-8e9f-0a1b2c3d4e60",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
];
