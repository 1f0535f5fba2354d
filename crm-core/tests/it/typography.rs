//! The spaces of French sentences, read from the sources: one that no sample reaches is seen, too.

#![allow(clippy::unwrap_used, reason = "a test of the project's own files")]

use std::fs;
use std::path::Path;

/// The string literals of a source, without its comments.
fn literals(code: &str) -> Vec<String> {
    let lines: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = lines.join("\n").replace("\\u{a0}", "\u{a0}").replace("\\u{202f}", "\u{202f}");
    let code = code.replace("\\\"", "'").replace("'\"'", "' '");
    code.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What a French text has wrong: no-break before double punctuation, narrow but before a colon, and inside of « ».
fn wrong(text: &str) -> Option<&'static str> {
    let told = [
        ("a wide space before ;", "\u{a0};"),
        ("a wide space before !", "\u{a0}!"),
        ("a wide space before ?", "\u{a0}?"),
        ("a space that breaks before ;", " ;"),
        ("a space that breaks before :", " :"),
        ("a space that breaks before !", " !"),
        ("a space that breaks before ?", " ?"),
        ("a space that breaks before »", " »"),
        ("a space that breaks after «", "« "),
    ];
    told.into_iter().find(|(_, pattern)| text.contains(pattern)).map(|(told, _)| told)
}

#[test]
fn french_has_no_break_spaces_around_its_punctuation() {
    let (mut read, mut found) = (0, Vec::new());
    for folder in ["src/lang", "src/view", "src/view/page"] {
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.extension().is_none_or(|e| e != "rs") {
                continue;
            }
            for text in literals(&fs::read_to_string(&path).unwrap()) {
                if name.starts_with("fr") || text.contains(['é', 'è', 'ê', 'à', 'ç', 'ô', '’', '«']) {
                    read += 1;
                    found.extend(wrong(&text).map(|told| format!("{folder}/{name}: {told}: {text}")));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    assert!(read > 1_500, "{read}");
}

#[test]
fn the_reader_sees_what_is_wrong() {
    let code =
        "// \"à lire ; non\"\nlet a = \"gagné\\u{a0}; perdu\"; let b = \"« gagné\\u{a0}»\"; f('\"', \"sûr\\u{202f}?\")";
    let told: Vec<_> = literals(code).iter().map(|text| wrong(text)).collect();
    assert_eq!(told, [Some("a wide space before ;"), Some("a space that breaks after «"), None]);
}
