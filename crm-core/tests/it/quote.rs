//! Quotes: numbers worked out by hand, and what is refused.

use crm_core::kernel::quotes::VatTerritory;
use crm_core::rules::Rules;
use crm_core::rules::quote::{MOST_LINES, QuoteHead, QuoteTerms, content_hash, french_rates, totals};
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// Net, VAT, gross and what is paid, worked out by hand.
const SUMS: &[(&str, [&str; 4])] = &[
    ("ten percent off a line", ["1620.00", "324.00", "1944.00", "1944.00"]),
    ("a line that is exempt beside it", ["1710.00", "324.00", "2034.00", "2034.00"]),
    // 16 x 348.35 = 5573.60, less 4 % 5350.656; 22 % of 5350.66 is 1177.1452.
    ("the line is rounded before VAT, its discount not by itself", ["5350.66", "1177.15", "6527.81", "6527.81"]),
    // 12.12 x 12.12 = 146.8944; 23 % of 147.39 is 33.8997.
    ("VAT once for the rate", ["147.39", "33.90", "181.29", "181.29"]),
    ("three thirds of a euro", ["1.00", "0.20", "1.20", "1.20"]),
    ("half a cent goes up", ["1185.13", "237.03", "1422.16", "1422.16"]),
    ("half a cent of a credit goes down", ["-1185.13", "-237.03", "-1422.16", "-1422.16"]),
    ("the four French rates", ["400.00", "37.60", "437.60", "437.60"]),
    // 20 % of 0.99 is 0.198; of 0.33 it is 0.066, three times 0.07.
    ("VAT per rate", ["0.99", "0.20", "1.19", "1.19"]),
    ("VAT per line", ["0.99", "0.21", "1.20", "1.20"]),
    // 9 % of 1272.20 is 114.498.
    ("nine and nine percent", ["1272.20", "229.00", "1501.20", "1501.20"]),
    ("two taxes without names", ["1272.20", "229.00", "1501.20", "1501.20"]),
    ("ten percent off the whole", ["135.00", "22.50", "157.50", "157.50"]),
    ("ten cents off three equal lines", ["29.90", "5.98", "35.88", "35.88"]),
    ("a cent off two rates: the higher one gets it", ["1.99", "0.30", "2.29", "2.29"]),
    // 334, 333 and 333 cents off: 666, 667 and 667 cents with 133.2, 66.7 and 36.685 of VAT.
    ("ten euros off three rates", ["20.00", "2.37", "22.37", "22.37"]),
    ("everything off", ["0.00", "0.00", "0.00", "0.00"]),
    ("a line for nothing", ["10.00", "0.55", "10.55", "10.55"]),
    ("an amount off a line", ["90.00", "18.00", "108.00", "108.00"]),
    ("an amount off a credit makes it smaller", ["-90.00", "-18.00", "-108.00", "-108.00"]),
    ("a credit beside what it credits", ["190.00", "38.00", "228.00", "228.00"]),
    // 7.5 % of 16.67 is 1.25025; 1.25 over 1001 and 666 is 75 and 50 cents.
    ("a credit as a whole, with a discount", ["-15.42", "-2.47", "-17.89", "-17.89"]),
    ("what is paid is a multiple of five centimes", ["9.31", "0.75", "10.06", "10.05"]),
    ("yen have no minor unit", ["101", "10", "111", "111"]),
    ("dinars have three places", ["8.643", "0.864", "9.507", "9.507"]),
    ("headings, words and options", ["100.00", "20.00", "120.00", "120.00"]),
    ("no lines", ["0.00", "0.00", "0.00", "0.00"]),
    ("a small business", ["2250.00", "0.00", "2250.00", "2250.00"]),
    ("money with its currency, numbers as numbers", ["24.00", "1.32", "25.32", "25.32"]),
    // 8.01 x 20 / 120 = 1.335.
    ("8.01 stays 8.01", ["6.67", "1.34", "8.01", "8.01"]),
    ("69.99 stays 69.99", ["58.32", "11.67", "69.99", "69.99"]),
    ("two included taxes", ["19453.12", "5446.88", "24900.00", "24900.00"]),
    ("nine and nine included", ["1272.20", "229.00", "1501.20", "1501.20"]),
    ("2500 at eight percent", ["2314.81", "185.19", "2500.00", "2500.00"]),
    ("by the kilogram", ["8.09", "0.45", "8.54", "8.54"]),
    // 0.30 x 20 / 120 = 0.05; 0.10 x 20 / 120 = 0.01666, three times 0.02.
    ("included per rate", ["0.25", "0.05", "0.30", "0.30"]),
    ("included per line", ["0.24", "0.06", "0.30", "0.30"]),
    ("a credit with included VAT", ["-58.32", "-11.67", "-69.99", "-69.99"]),
];

const COUNTER: &str = "a counter never goes back";
const RATES: &str = "rates on the days when they changed";
const REACH: &str = "which totals a net price can have";
const SOLVE: &str = "the discount that reaches a total";
const TALLY: &str = "once, monthly, yearly";
const DIFF: &str = "two versions (en)";
const LOOKS: &str = "how numbers look";
const EXPIRY: &str = "until the end of the last day";

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    (TALLY, "/answers/0/one_off/net", r#""500.00""#),
    (TALLY, "/answers/0/monthly/net", r#""100.00""#),
    (TALLY, "/answers/0/annual/gross", r#""1440.00""#),
    // 500 + 36 x 50 + 3 x 600.
    (TALLY, "/answers/0/contract/net", r#""4100.00""#),
    // 10/3 + 10/3 is 6.67, not 3.33 twice.
    ("thirds of a month are rounded once", "/answers/0/monthly/net", r#""6.67""#),
    ("thirds of a month are rounded once", "/answers/0/contract", "null"),
    ("headings, words and options", "/answers/0/optional/gross", r#""88.00""#),
    ("headings, words and options", "/answers/0/lines/0", "null"),
    ("ten cents off three equal lines", "/answers/0/lines/0/document_discount", r#""0.04""#),
    ("ten cents off three equal lines", "/answers/0/lines/2/document_discount", r#""0.03""#),
    ("what is paid is a multiple of five centimes", "/answers/0/rounding_amount", r#""-0.01""#),
    ("two included taxes", "/answers/0/per_rate/1/vat", r#""2723.44""#),
    ("included taxes, an odd cent goes to the first", "/answers/0/per_rate/0/vat", r#""0.09""#),
    ("included taxes, an odd cent goes to the first", "/answers/0/per_rate/1/vat", r#""0.08""#),
    ("a small business", "/answers/0/sentences/0/text", "\"TVA non applicable, article 293\u{a0}B du CGI\""),
    ("sentences of the law (fr)", "/answers/0/sentences/2/text", r#""Autoliquidation""#),
    (COUNTER, "/answers/0/next", "4"),
    (COUNTER, "/answers/1/next", "1"),
    (COUNTER, "/answers/3/gaps", "[[3,3]]"),
    (LOOKS, "/answers/0/number", r#""D-2026-00017""#),
    (LOOKS, "/answers/1/number", r#""D-2027-00001""#),
    (LOOKS, "/answers/4/next", "8"),
    (RATES, "/answers/0/intermediate", r#""10""#),
    (RATES, "/answers/1/normal", r#""19.6""#),
    (RATES, "/answers/1/intermediate", r#""7""#),
    (RATES, "/answers/3/intermediate", "null"),
    (RATES, "/answers/5/normal", r#""20.6""#),
    (RATES, "/answers/7/normal", r#""18.6""#),
    (RATES, "/answers/9/normal", r#""8.5""#),
    (REACH, "/answers/0/representable", "true"),
    (REACH, "/answers/1/representable", "false"),
    (REACH, "/answers/1/below/gross", r#""69.98""#),
    (REACH, "/answers/1/above/gross", r#""70.00""#),
    (REACH, "/answers/5/representable", "false"),
    (SOLVE, "/answers/0/by/discount", r#""10.00""#),
    (SOLVE, "/answers/3/below/gross", r#""69.98""#),
    (SOLVE, "/answers/4/above/gross", r#""2500.01""#),
    (SOLVE, "/answers/4/below/gross", r#""2499.99""#),
    (SOLVE, "/answers/5/by/discount", r#""0.01""#),
    (SOLVE, "/answers/6/above", "null"),
    (SOLVE, "/answers/8/by/discount", r#""10.00""#),
    // Before 400 + 100 + 30 and 86 + 10; after 590 less 10 and 20 % of that.
    (DIFF, "/answers/0/effect/gross", r#""70.00""#),
    (DIFF, "/answers/0/lines/1/change", r#""removed""#),
    (DIFF, "/answers/0/lines/1/effect/gross", r#""-110.00""#),
    ("an option is chosen", "/answers/0/lines/0/effect/gross", r#""30.00""#),
    ("only the order differs", "/answers/0/reordered", "true"),
    ("nothing differs", "/answers/0/lines", "[]"),
    (EXPIRY, "/answers/0/expired", "false"),
    (EXPIRY, "/answers/1/expired", "true"),
    // Clocks are set forward that day.
    (EXPIRY, "/answers/2/expires_at", r#""2026-03-29T22:00:00Z""#),
    (EXPIRY, "/answers/4/valid_until", r#""2026-12-22""#),
    ("a builder's quote that says everything", "/answers/0/complete", "true"),
    ("a freelance without VAT", "/answers/0/missing", "[]"),
    ("exempt without a reason (en)", "/answers/0/missing/0/mention", r#""exemption_reason""#),
];

#[test]
fn numbers_worked_out_by_hand() {
    golden::holds("quote", NUMBERS);
    for (name, sums) in SUMS {
        let answer = golden::answer("quote", name);
        let found = ["net", "vat", "gross", "payable"].map(|key| answer[key].as_str().unwrap());
        assert_eq!(&found, sums, "{name}");
    }
}

fn quote(change: &Json) -> Json {
    let mut quote = json!({"currency": "EUR", "lines": [line(&json!({}))]});
    quote.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    json!({"asks": [{"ask": "totals", "quote": quote}]})
}

fn line(change: &Json) -> Json {
    let mut line = json!({"quantity": "1", "unit_price": "10", "vat": {"rate": "20"}});
    line.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    line
}

fn refused(input: &Json, code: &str, path: &str) {
    let error = Rules::default().eval("quote", input).unwrap_err();
    assert_eq!((error.code().name(), error.field().unwrap_or_default()), (code, path), "{input}: {error}");
}

#[test]
fn terms_that_are_wrong_are_told_with_their_path() {
    let many: Vec<Json> = (0..=MOST_LINES).map(|_| line(&json!({}))).collect();
    for (change, code, path) in [
        (json!({"currency": "EURO"}), "invalid_value", "currency"),
        (json!({"currency": null}), "missing", ""),
        (json!({"lines": null}), "missing", ""),
        (json!({"lines": many}), "too_large", "lines"),
        (json!({"price_mode": "brut"}), "invalid_value", "price_mode"),
        (json!({"rounding": "never"}), "invalid_value", "rounding"),
        (json!({"colour": "red"}), "unknown_field", ""),
        (json!({"discount": {"percent": "100.000001"}}), "invalid_value", "discount.percent"),
        (json!({"discount": {"percent": "-1"}}), "invalid_value", "discount.percent"),
        (json!({"discount": {"percent_bp": 10_001}}), "invalid_value", "discount.percent_bp"),
        (json!({"discount": {"percent": "1", "amount": "1"}}), "invalid_rules", "discount"),
        (json!({"discount": {}}), "missing", "discount"),
        (json!({"discount": {"amount": "10.01"}}), "invalid_value", "discount.amount"),
        (json!({"discount": {"amount": "-1"}}), "invalid_value", "discount.amount"),
        (json!({"discount": {"amount": "1.001"}}), "invalid_value", "discount.amount"),
        (
            json!({"discount": {"amount": {"amount": "1", "currency": "USD"}}}),
            "invalid_value",
            "discount.amount.currency",
        ),
        (json!({"payable_step": "0"}), "invalid_value", "payable_step"),
        (json!({"payable_step": "1000.01"}), "invalid_value", "payable_step"),
        (json!({"seller": {"name": "a\u{0}b"}}), "invalid_text", "seller.name"),
        (json!({"seller": {"name": "x".repeat(201)}}), "too_large", "seller.name"),
        (json!({"seller": {"name": "  "}}), "invalid_rules", "seller.name"),
        (json!({"seller": {"phone": "1"}}), "unknown_field", "seller"),
        (json!({"customer": {"kind": "state"}}), "invalid_value", "customer.kind"),
        (json!({"legal": {"payment_terms": {"de": "30 Tage"}}}), "unknown_field", "legal.payment_terms"),
        (json!({"legal": {"texts": ["a", 3]}}), "invalid_json", "legal.texts[1]"),
    ] {
        let at = if path.is_empty() { "asks[0].quote".to_owned() } else { format!("asks[0].quote.{path}") };
        refused(&quote(&change), code, &at);
    }
}

#[test]
fn lines_that_are_wrong_are_told_with_their_path() {
    let deep = "999999999999.999999";
    for (change, code, path) in [
        (json!({"quantity": null}), "missing", ""),
        (json!({"unit_price": null}), "missing", ""),
        (json!({"vat": null}), "missing", ""),
        (json!({"quantity": 1.5}), "invalid_value", "quantity"),
        (json!({"quantity": "1.0000001"}), "invalid_value", "quantity"),
        (json!({"quantity": "1000000000000"}), "invalid_value", "quantity"),
        (json!({"quantity": "1e3"}), "invalid_value", "quantity"),
        (json!({"unit_price": "12,50"}), "invalid_value", "unit_price"),
        (json!({"unit_price": {"amount": "1", "currency": "USD"}}), "invalid_value", "unit_price.currency"),
        (json!({"unit_price": {"amount": "x", "currency": "EUR"}}), "invalid_value", "unit_price.amount"),
        // Nothing overflows: the largest quantity of the largest price is told to be too much.
        (json!({"quantity": deep, "unit_price": deep}), "invalid_value", ""),
        (json!({"quantity": format!("-{deep}"), "unit_price": deep}), "invalid_value", ""),
        (json!({"discount": {"percent": "101"}}), "invalid_value", "discount.percent"),
        (json!({"discount": {"amount": "10.01"}}), "invalid_value", "discount.amount"),
        (json!({"vat": {"category": "X", "rate": "20"}}), "invalid_value", "vat.category"),
        (json!({"vat": {"rate": "-20"}}), "invalid_value", "vat.rate"),
        (json!({"vat": {"rate": "100.5"}}), "invalid_value", "vat.rate"),
        (json!({"vat": {"category": "S", "rate": "0"}}), "invalid_value", "vat"),
        (json!({"vat": {"category": "AE", "rate": "20"}}), "invalid_value", "vat"),
        (json!({"vat": {"category": "S"}}), "missing", "vat"),
        (json!({"vat": {}}), "missing", "vat"),
        (json!({"vat": {"rate": "20", "rate_bp": 2000}}), "invalid_rules", "vat"),
        (json!({"vat": {"rate": "20", "exemption_code": "VATEX-EU-AE"}}), "invalid_rules", "vat"),
        (json!({"taxes": [{"rate": "9"}]}), "invalid_rules", ""),
        (json!({"vat": null, "taxes": []}), "invalid_rules", "taxes"),
        (json!({"vat": null, "taxes": vec![json!({"rate": "1"}); 11]}), "too_large", "taxes"),
        (json!({"vat": null, "taxes": [{"rate": "9"}, {"rate": "x"}]}), "invalid_value", "taxes[1].rate"),
        (json!({"recurring": {}}), "missing", "recurring"),
        (json!({"recurring": {"every_months": 0}}), "invalid_value", "recurring.every_months"),
        (json!({"recurring": {"every_months": 12, "term_months": 13}}), "invalid_value", "recurring.term_months"),
        (json!({"kind": "bonus"}), "invalid_value", "kind"),
        (json!({"kind": "text", "description": "a"}), "unknown_field", ""),
        (json!({"description": "x".repeat(4_001)}), "too_large", "description"),
        (json!({"description": {"en": "a\u{0}"}}), "invalid_text", "description.en"),
        (json!({"description": "a\u{7}"}), "invalid_text", "description"),
        (json!({"unit": "a\nb"}), "invalid_text", "unit"),
    ] {
        let path = if path.is_empty() { String::new() } else { format!(".{path}") };
        let lines = json!([line(&json!({})), line(&change)]);
        refused(&quote(&json!({"lines": lines})), code, &format!("asks[0].quote.lines[1]{path}"));
    }
    refused(&quote(&json!({"lines": [{"kind": "section"}]})), "missing", "asks[0].quote.lines[0]");
}

#[test]
fn other_questions_that_are_wrong_are_told_with_their_path() {
    for (ask, code, path) in [
        (json!({}), "missing", ""),
        (json!({"ask": "total"}), "invalid_value", ".ask"),
        (
            json!({"ask": "solve", "quote": {"currency": "EUR", "lines": []}, "gross": "1.234"}),
            "invalid_value",
            ".gross",
        ),
        (json!({"ask": "gross_representable", "gross": "1"}), "missing", ""),
        (
            json!({"ask": "gross_representable", "gross": "1000000000000000", "vat": {"rate": "20"}}),
            "invalid_value",
            ".gross",
        ),
        (json!({"ask": "fr_vat_rates", "date": "1992-12-31"}), "invalid_value", ".date"),
        (json!({"ask": "fr_vat_rates", "date": "2014-02-30"}), "invalid_value", ".date"),
        (json!({"ask": "fr_vat_rates", "date": "2014-01-01", "territory": "corsica"}), "invalid_value", ".territory"),
        (json!({"ask": "number", "template": "D-{yyyy}"}), "invalid_rules", ".template"),
        (json!({"ask": "number", "template": "{seq}{seq}"}), "invalid_rules", ".template"),
        (json!({"ask": "number", "template": "{seq:5}"}), "invalid_rules", ".template"),
        (json!({"ask": "number", "template": "{seq:013}"}), "invalid_rules", ".template"),
        (json!({"ask": "number", "template": "D}{seq}"}), "invalid_rules", ".template"),
        (json!({"ask": "number", "template": "{seq}", "reset": "year"}), "invalid_rules", ".template"),
        (json!({"ask": "number", "template": "{yyyy}{seq}", "reset": "month"}), "invalid_rules", ".template"),
        (json!({"ask": "number", "template": "{seq}"}), "missing", ""),
        (json!({"ask": "number", "issued": [0]}), "invalid_value", ".issued[0]"),
        (
            json!({"ask": "number", "template": "{yyyy}-{seq}", "date": "2025-12-31", "last": 1, "last_on": "2026-01-01"}),
            "invalid_value",
            ".date",
        ),
        (json!({"ask": "expiry"}), "missing", ""),
        (json!({"ask": "expiry", "valid_until": "2026-12-22", "valid_days": 3}), "invalid_rules", ""),
        (json!({"ask": "expiry", "valid_until": "2026-12-22", "zone": "Mars"}), "invalid_value", ".zone"),
        (json!({"ask": "expiry", "issued_on": "9999-12-31", "valid_days": 1}), "invalid_value", ".issued_on"),
        (json!({"ask": "mentions", "quote": {"currency": "EUR", "lines": []}}), "missing", ""),
    ] {
        refused(&json!({"asks": [ask]}), code, &format!("asks[0]{path}"));
    }
    let usd = json!({"currency": "USD", "lines": []});
    let ask = json!({"ask": "diff", "before": {"currency": "EUR", "lines": []}, "after": usd});
    refused(&json!({"asks": [ask]}), "invalid_value", "asks[0].after.currency");
}

#[test]
fn every_case_survives_its_canonical_form() {
    for case in golden::cases("quote") {
        for ask in case["input"]["asks"].as_array().unwrap() {
            for key in ["quote", "before", "after"] {
                let Some(json) = ask.get(key) else { continue };
                let terms = QuoteTerms::from_json(json).unwrap();
                let canonical = terms.to_json();
                let again = QuoteTerms::from_json(&canonical).unwrap();
                assert_eq!((&again, again.to_json()), (&terms, canonical), "{}", case["name"]);
            }
        }
    }
}

#[test]
fn the_hash_binds_everything_that_is_accepted() {
    let terms = |price: &str| {
        let line = line(&json!({"unit_price": price}));
        QuoteTerms::from_json(&json!({"currency": "EUR", "lines": [line]})).unwrap()
    };
    let hash = |head: &QuoteHead<'_>, terms: &QuoteTerms| content_hash(head, terms, &totals(terms).unwrap());
    let head = QuoteHead { number: "D-1", version: 1, ..QuoteHead::default() };
    let first = hash(&head, &terms("10"));
    assert_eq!(first.len(), 64);
    assert_eq!(first, hash(&head, &terms("10.00")), "the same terms written otherwise");
    let day = "2026-12-22".parse().ok();
    for other in [
        hash(&head, &terms("10.01")),
        hash(&QuoteHead { number: "D-2", ..head }, &terms("10")),
        hash(&QuoteHead { version: 2, ..head }, &terms("10")),
        hash(&QuoteHead { issued_on: day, ..head }, &terms("10")),
        hash(&QuoteHead { valid_until: day, ..head }, &terms("10")),
    ] {
        assert_ne!(first, other);
    }
}

#[test]
fn the_table_of_rates_is_whole_and_in_order() {
    let lines = include_str!("../../src/rules/quote/data/fr_vat.txt").lines().filter(|line| !line.starts_with('#'));
    let mut before = ("", "");
    let mut read = 0;
    for line in lines {
        let parts: Vec<&str> = line.split('|').collect();
        assert_eq!(parts.len(), 7, "{line}");
        assert!(before < (parts[0], parts[1]), "{line}");
        let territory = VatTerritory::from_code(parts[0]).unwrap();
        let rates = french_rates(territory, parts[1].parse().unwrap()).unwrap();
        let found = [Some(rates.normal), rates.intermediate, rates.reduced, rates.super_reduced];
        let found = found.map(|rate| rate.map_or("-".to_owned(), |rate| rate.to_string()));
        assert_eq!(found.as_slice(), &parts[2..6], "{line}");
        before = (parts[0], parts[1]);
        read += 1;
    }
    assert_eq!(read, 6);
}
