use proptest::prelude::*;

use super::*;
use crate::amount::head_count;

fn options() -> CellOptions {
    CellOptions { currency: "EUR".parse().ok(), zone: "Europe/Paris".parse().ok(), ..CellOptions::default() }
}

fn comma() -> CellOptions {
    CellOptions { decimal: DecimalMark::Comma, date_order: Some(DateOrder::DayFirst), ..options() }
}

fn shown(kind: FieldType, cell: &str, options: &CellOptions) -> String {
    match parse(kind, cell, options) {
        Ok(Value::Money(m)) => m.to_string(),
        Ok(value) => match value.to_json() {
            serde_json::Value::String(s) => s,
            json => json.to_string(),
        },
        Err(e) => format!("{:?}", e.problem()).split([' ', '{']).next().unwrap().to_owned(),
    }
}

#[test]
fn placeholders_are_null() {
    assert!(PLACEHOLDERS.iter().all(|p| fold(p) == *p && p.len() <= 24));
    let null = |kind, cell| matches!(parse(kind, cell, &options()), Ok(Value::Null));
    for cell in ["", "  ", "-", "--", "?", "—"] {
        assert!(null(FieldType::Text, cell) && null(FieldType::Texts, cell) && null(FieldType::Money, cell), "{cell}");
    }
    for cell in ["Select", "N/A", "NULL", "None", "unknown", "Non renseigné", "NEANT", "NC"] {
        assert!(is_placeholder(cell) && null(FieldType::Money, cell) && null(FieldType::Boolean, cell), "{cell}");
        assert!(!is_mark(cell) && !null(FieldType::Text, cell) && !null(FieldType::Texts, cell), "{cell}");
    }
    for cell in ["Selected", "None of it", "NA", "0", ""] {
        assert!(!is_placeholder(cell), "{cell}");
    }
}

#[test]
fn spreadsheet_wrapping_comes_off() {
    let text = |cell| shown(FieldType::Text, cell, &options());
    assert_eq!(text("=\"0612345678\""), "0612345678");
    assert_eq!(text("'+33 6 39 98 00 00"), "+33 6 39 98 00 00");
    assert_eq!(text("'t Hooft"), "'t Hooft");
    assert_eq!(text("a\u{1}b"), "ControlCharacter");
    assert_eq!(text("a\nb"), "a\nb");
}

#[test]
fn money_is_never_guessed() {
    let us = CellOptions { currency: "USD".parse().ok(), ..CellOptions::default() };
    let none = CellOptions::default();
    for (cell, options, expected) in [
        ("12500.00", options(), "12500.00 EUR"),
        ("$22,700.00", us.clone(), "22700.00 USD"),
        ("$342.09K", us.clone(), "342090.00 USD"),
        ("$1,117.10K", us.clone(), "1117100.00 USD"),
        ("0.5 M€", options(), "500000.00 EUR"),
        ("12 k€", options(), "12000.00 EUR"),
        ("0 k€", options(), "0.00 EUR"),
        ("$100 USD", none.clone(), "100.00 USD"),
        ("USD 1,000", options(), "1000.00 USD"),
        ("CHF 1'250.50", options(), "1250.50 CHF"),
        ("-$5.00", us.clone(), "-5.00 USD"),
        ("£5", options(), "5.00 GBP"),
        ("500000.0", options(), "500000.00 EUR"),
        ("1,234", options(), "1234.00 EUR"),
        ("1 234,56 €", comma(), "1234.56 EUR"),
        ("1\u{202f}234,56\u{a0}€", comma(), "1234.56 EUR"),
        ("1.234,56", comma(), "1234.56 EUR"),
        ("1.234", comma(), "1234.00 EUR"),
        ("1,5 k€", comma(), "1500.00 EUR"),
        ("1,234", comma(), "TooManyPlaces"),
        ("12500.00", comma(), "DecimalPoint"),
        ("1 234,56", options(), "DecimalComma"),
        ("1.234,56", options(), "DecimalComma"),
        ("1234,5", options(), "DecimalComma"),
        ("12,34,567", options(), "NotAnAmount"),
        ("1,234 567", options(), "NotAnAmount"),
        ("$5", options(), "MissingCurrency"),
        ("$5", none.clone(), "MissingCurrency"),
        ("5", none.clone(), "MissingCurrency"),
        ("€5 USD", options(), "NotAnAmount"),
        ("--5", options(), "NotAnAmount"),
        ("-€-5", options(), "NotAnAmount"),
        ("(5.00)", options(), "NotAnAmount"),
        (".5", options(), "NotAnAmount"),
        ("5.", options(), "NotAnAmount"),
        ("0012", options(), "NotAnAmount"),
        ("€", options(), "NotAnAmount"),
        ("1.2345", options(), "TooManyPlaces"),
        ("9999999999999999", options(), "OutOfRange"),
        ("N/A", options(), "null"),
    ] {
        assert_eq!(shown(FieldType::Money, cell, &options), expected, "{cell}");
    }
}

#[test]
fn whole_numbers_and_head_counts() {
    let point = |cell| shown(FieldType::Integer, cell, &options());
    for (cell, expected) in
        [("1428.0", "1428"), ("1,234", "1234"), ("1 234", "1234"), ("-3", "-3"), ("007", "7"), ("2.67", "NotAnInteger")]
    {
        assert_eq!(point(cell), expected, "{cell}");
    }
    assert_eq!(point("1.000"), "NotAnInteger");
    assert_eq!(point("2,67"), "DecimalComma");
    assert_eq!(shown(FieldType::Integer, "2,0", &comma()), "2");
    assert_eq!(shown(FieldType::Number, "2,67", &comma()), "2.67");
    assert_eq!(shown(FieldType::Number, "2.67", &options()), "2.67");
    for (cell, least) in [
        ("51-200", 51),
        ("51 à 200", 51),
        ("10 à 19 salariés", 10),
        ("5000+", 5000),
        ("1 000", 1000),
        ("1,001-5,000", 1001),
        ("Plus de 250", 250),
        ("> 500 employees", 500),
        ("12", 12),
        ("200–500", 200),
    ] {
        assert_eq!(head_count(cell, DecimalMark::Point).unwrap(), least, "{cell}");
    }
    for cell in ["200-50", "PME", "<10", "-5-10", "10-20-30"] {
        assert!(head_count(cell, DecimalMark::Point).is_err(), "{cell}");
    }
}

#[test]
fn times_need_a_zone_and_an_order() {
    let paris = |cell| shown(FieldType::Instant, cell, &options());
    let day_first = |cell| shown(FieldType::Instant, cell, &comma());
    let month_first = CellOptions { date_order: Some(DateOrder::MonthFirst), ..options() };
    for (cell, expected) in [
        ("2026-11-20T08:00:00Z", "2026-11-20T08:00:00Z"),
        ("2006-04-15T03:23:15.000Z", "2006-04-15T03:23:15Z"),
        ("2024-08-13T18:04:34.666+00:00", "2024-08-13T18:04:34.666Z"),
        ("2024-08-13T18:04:34.666+0200", "2024-08-13T16:04:34.666Z"),
        ("2026-11-20 08:00:00 UTC", "2026-11-20T08:00:00Z"),
        ("2026-11-20 08:00:00Z", "2026-11-20T08:00:00Z"),
        ("2026-11-20 08:00:00+02:00", "2026-11-20T06:00:00Z"),
        ("2026-11-20 08:00Z", "NotAnInstant"),
        ("2026-11-20 09:00", "2026-11-20T08:00:00Z"),
        ("2026-11-20T09:00:00", "2026-11-20T08:00:00Z"),
        ("2026-11-20", "2026-11-19T23:00:00Z"),
        ("15 Apr, 2021 00:03:00", "2021-04-14T22:03:00Z"),
        ("15 avril 2021 à 14h05", "2021-04-15T12:05:00Z"),
        ("1er août 2026", "2026-07-31T22:00:00Z"),
        ("Nov 20, 2026 2:05 PM", "2026-11-20T13:05:00Z"),
        ("20-Nov-2026", "2026-11-19T23:00:00Z"),
        ("03/04/2026", "AmbiguousDate"),
        ("31/12/2026", "AmbiguousDate"),
        ("2026-02-30", "NotAnInstant"),
        ("20/11/26", "NotAnInstant"),
        ("2026-11-20 25:00", "NotAnInstant"),
        ("hier", "NotAnInstant"),
        ("1899-01-01", "NotAnInstant"),
    ] {
        assert_eq!(paris(cell), expected, "{cell}");
    }
    assert_eq!(day_first("03/04/2026"), "2026-04-02T22:00:00Z");
    assert_eq!(day_first("28-08-2022 17:00"), "2022-08-28T15:00:00Z");
    assert_eq!(day_first("12/31/2026"), "NotAnInstant");
    assert_eq!(shown(FieldType::Instant, "11/20/2026, 12:05 AM", &month_first), "2026-11-19T23:05:00Z");
    let nowhere = CellOptions::default();
    assert_eq!(shown(FieldType::Instant, "2026-11-20 09:00", &nowhere), "MissingZone");
    assert_eq!(shown(FieldType::Date, "2026-11-20", &nowhere), "2026-11-20");
    assert_eq!(shown(FieldType::Date, "2026-11-20 00:00:00", &nowhere), "2026-11-20");
    assert_eq!(shown(FieldType::Date, "2026-11-20 09:00", &nowhere), "NotADate");
}

#[test]
fn the_small_types() {
    for (cell, expected) in
        [("Oui", "true"), ("x", "true"), ("FAUX", "false"), ("0", "false"), ("maybe", "NotABoolean")]
    {
        assert_eq!(shown(FieldType::Boolean, cell, &options()), expected);
    }
    assert_eq!(shown(FieldType::Texts, "vip; Salon ;VIP;", &options()), r#"["vip","Salon"]"#);
    assert_eq!(shown(FieldType::Texts, "influencer, developer", &options()), r#"["influencer","developer"]"#);
    for good in ["a@b.fr", "prénom.nom@société.example", "a+b@c-d.co.uk"] {
        assert_eq!(email(good).unwrap(), good);
    }
    for bad in ["a", "a@b", "a b@c.fr", "@b.fr", "a@", "a@b@c.fr", "a@.fr", "a@b.fr; c@d.fr", "A <a@b.fr>"] {
        assert!(email(bad).is_err(), "{bad}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn any_cell_is_read_or_refused(cell in ".{0,24}|[-0-9 .,/:kKM€$'%a-zéà]{0,16}") {
        for kind in [FieldType::Text, FieldType::Integer, FieldType::Number, FieldType::Money, FieldType::Boolean,
                     FieldType::Date, FieldType::Instant, FieldType::Reference, FieldType::Texts] {
            let _ = parse(kind, &cell, &options());
            let _ = parse(kind, &cell, &comma());
        }
        let _ = (head_count(&cell, DecimalMark::Comma), email(&cell));
    }

    #[test]
    fn amounts_round_trip_in_both_writings(minor in -99_999_999_999i64..99_999_999_999) {
        let money = crm_core::Money::new(minor, "EUR".parse().unwrap()).unwrap();
        let plain = money.amount_text();
        prop_assert_eq!(parse(FieldType::Money, &plain, &options()).unwrap(), Value::Money(money));
        let (whole, cents) = plain.trim_start_matches('-').split_once('.').unwrap();
        let mut grouped = String::new();
        for (i, c) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i) % 3 == 0 {
                grouped.push('\u{202f}');
            }
            grouped.push(c);
        }
        let sign = if minor < 0 { "-" } else { "" };
        let french = format!("{sign}{grouped},{cents}\u{a0}€");
        prop_assert_eq!(parse(FieldType::Money, &french, &comma()).unwrap(), Value::Money(money));
    }
}

#[test]
fn every_word_for_nothing_is_found_by_its_beginning() {
    for word in PLACEHOLDERS {
        assert!(
            is_placeholder(word) && is_placeholder(&word.to_uppercase()) && is_placeholder(&format!(" {word} ")),
            "{word}"
        );
    }
    assert!(
        is_placeholder("Néant") && is_placeholder("ＮＵＬＬ") && !is_placeholder("nothing") && !is_placeholder("0")
    );
}
