//! The cell of a CSV file: its golden cases, and what it refuses.

use crm_core::rules::Rules;
use serde_json::json;

use super::golden::{self, Number};

/// Cells worked out by hand.
const CELLS: &[Number] = &[
    ("a plain text", "/cell", "\"Rénov'Ouest\""),
    ("equals", "/cell", "\"'=1+1\""),
    ("plus", "/cell", "\"'+1\""),
    ("minus", "/cell", "\"'-1\""),
    ("at", "/cell", "\"'@SUM(A1:A9)\""),
    ("tab", "/cell", r#""'\tx""#),
    ("carriage return", "/cell", r#""\"'\rx\"""#),
    ("full-width at", "/cell", "\"'＠x\""),
    ("typographic minus", "/cell", "\"'−5 rue des Lilas\""),
    ("blanks before it", "/cell", "\"'  =cmd\""),
    ("a phone number is text", "/cell", "\"'+33612345678\""),
    ("a negative number in a text column", "/cell", "\"'-12.50\""),
    ("quotes and a comma", "/cell", r#""\"He said \"\"Hello\"\", ok\"""#),
    ("two lines", "/cell", r#""\"12 rue Haute\n35000 Rennes\"""#),
    ("an apostrophe that was there before", "/cell", "\"''=1+1\""),
    ("an apostrophe and no formula", "/cell", "\"'quoted'\""),
    ("blanks stay", "/cell", "\" x \""),
    ("a negative number", "/cell", "\"-12.5\""),
    ("a negative amount", "/cell", "\"-12.50\""),
    ("an amount without minor units", "/cell", "\"-1200\""),
    ("an instant", "/cell", "\"2026-11-22T09:00:00Z\""),
    ("a list that begins with a formula", "/cell", "\"'=1;vip\""),
    ("nothing", "/cell", "\"\""),
    ("French Excel: a negative amount", "/cell", "\"-1234,50\""),
    ("French Excel: a semicolon", "/cell", r#""\"a;b\"""#),
    ("French Excel: a comma", "/cell", "\"a,b\""),
    ("a decimal comma between commas", "/cell", r#""\"-1234,5\"""#),
    ("back: a formula", "/value", "\"=1+1\""),
    ("back: an apostrophe that was there before", "/value", "\"'=1+1\""),
    ("back: an apostrophe and no formula", "/value", "\"'quoted'\""),
];

#[test]
fn cells_worked_out_by_hand() {
    golden::holds("csv_cell", CELLS);
}

#[test]
fn a_nul_is_made_harmless_at_the_door_too() {
    let ask = |input: &str| Rules::default().eval_text("csv_cell", input.as_bytes()).map_err(|e| e.code().name());
    let nul = "\\u0000";
    assert_eq!(ask(&format!(r#"{{"type": "text", "value": "{nul}x"}}"#)), Ok(format!(r#"{{"cell":"'{nul}x"}}"#)));
    assert_eq!(ask(&format!(r#"{{"cell": "'{nul}x"}}"#)), Ok(format!(r#"{{"value":"{nul}x"}}"#)));
    // Nowhere else.
    let template = format!(r#"{{"ask": "fill", "text": "a{nul}b"}}"#);
    assert_eq!(Rules::default().eval_text("template", template.as_bytes()).unwrap_err().code().name(), "invalid_text");
}

#[test]
fn what_is_wrong_is_told_with_its_path() {
    for (input, code, path) in [
        (json!({"value": "x"}), "missing", None),
        (json!({"type": "texte", "value": "x"}), "invalid_value", Some("type")),
        (json!({"type": "integer", "value": "x"}), "invalid_value", Some("value")),
        (json!({"type": "date", "value": "22/11/2026"}), "invalid_value", Some("value")),
        (json!({"type": "text", "value": 3}), "invalid_value", Some("value")),
        (json!({"type": "text", "value": "x", "cell": "x"}), "invalid_json", None),
        (
            json!({"type": "text", "value": "x", "format": {"separator": "|"}}),
            "invalid_value",
            Some("format.separator"),
        ),
        (json!({"type": "text", "value": "x", "quote": true}), "unknown_field", None),
    ] {
        let error = Rules::default().eval("csv_cell", &input).unwrap_err();
        assert_eq!((error.code().name(), error.field()), (code, path), "{input}: {error}");
    }
}
