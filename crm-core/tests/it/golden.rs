//! Golden cases of every rule: `testdata/{rule}/*.json`, for the Python and C tests to read as well.
//!
//! A folder is a rule's name. A file is a list of cases: `name`, `model` (the rule's part of the configuration; the
//! standard one where it is absent), `custom` (the host-defined fields, where there are any), `input` and `expected`.
//! `UPDATE_GOLDEN=1` writes the results into the files; a rule's own test has numbers worked out by hand ([`holds`]),
//! so that no wrong number can be written down unseen.

use std::fs;
use std::path::{Path, PathBuf};

use crm_core::kernel::json;
use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

/// A case, a place in its result, what stands there.
pub type Number = (&'static str, &'static str, &'static str);

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}

/// A rule's golden files with their cases.
fn files(rule: &str) -> Vec<(PathBuf, Vec<Json>)> {
    let paths = sorted(&folder().join(rule)).into_iter().filter(|p| p.extension().is_some_and(|e| e == "json"));
    let read = |p: PathBuf| {
        let cases = json::parse(&fs::read(&p).unwrap()).unwrap();
        (p, cases.as_array().unwrap().clone())
    };
    paths.map(read).collect()
}

/// All cases of a rule.
pub fn cases(rule: &str) -> Vec<Json> {
    files(rule).into_iter().flat_map(|(_, cases)| cases).collect()
}

/// The case of a name.
pub fn case(rule: &str, name: &str) -> Json {
    cases(rule).into_iter().find(|case| case["name"] == name).unwrap_or_else(|| panic!("no case {name}"))
}

/// What the rule answers now to the first of a case's questions.
pub fn answer(rule: &str, name: &str) -> Json {
    run(rule, &case(rule, name))["answers"][0].take()
}

/// What the rule answers now.
pub fn run(rule: &str, case: &Json) -> Json {
    let mut config = case.get("model").map_or_else(|| json!({}), |model| json!({rule: model}));
    if let Some(custom) = case.get("custom") {
        config["custom"] = custom.clone();
    }
    let rules = Rules::from_json(&config).unwrap_or_else(|e| panic!("{}: {e}", case["name"]));
    rules.eval(rule, &case["input"]).unwrap_or_else(|e| panic!("{}: {e}", case["name"]))
}

/// Checks numbers worked out by hand.
pub fn holds(rule: &str, numbers: &[Number]) {
    let cases = cases(rule);
    for (name, pointer, wanted) in numbers {
        let case = cases.iter().find(|c| c["name"] == **name).unwrap_or_else(|| panic!("no case {name}"));
        let result = run(rule, case);
        let found = result.pointer(pointer).unwrap_or_else(|| panic!("{name}: no {pointer} in {result:#}"));
        assert_eq!(&found.to_string(), wanted, "{name} {pointer} in {result:#}");
    }
}

#[test]
fn every_case_gives_the_bytes_that_were_written_down() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    for rule in sorted(&folder()) {
        let rule = rule.file_name().unwrap().to_str().unwrap();
        let mut names = std::collections::BTreeSet::new();
        for (path, mut cases) in files(rule) {
            for case in &mut cases {
                assert!(names.insert(case["name"].to_string()), "{rule}: two cases are called {}", case["name"]);
                let result = run(rule, case);
                if update {
                    case["expected"] = result;
                } else {
                    let (found, wanted) = (json::canonical(&result), json::canonical(&case["expected"]));
                    assert_eq!(found, wanted, "{rule}: {}: {result:#}", case["name"]);
                }
            }
            if update {
                fs::write(path, serde_json::to_string_pretty(&cases).unwrap() + "\n").unwrap();
            }
        }
        assert!(!names.is_empty(), "testdata/{rule} has no case");
    }
}
