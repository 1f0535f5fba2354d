//! The golden cases of `testdata`, read by a C program: the same bytes through this door.

use std::path::{Path, PathBuf};

use crm_core::kernel::json::canonical;
use crm_core::rules::Rules;
use serde_json::Value as Json;

use crate::native::{Link, compile, library, root, run, run_under_valgrind, scratch};

struct Case {
    name: String,
    rule: String,
    rules: String,
    input: String,
    expected: String,
}

#[test]
fn every_golden_case_gives_the_same_bytes() {
    let mut cases = golden(&root().join("../testdata"));
    assert!(cases.len() >= 1050, "{} golden cases", cases.len());
    cases.extend(refused());
    let folder = scratch();
    let program = folder.path().join("golden");
    compile(&root().join("tests/c/golden.c"), library(), Link::Shared, &program);
    let line = |case: &Case| format!("{}\n{}\n{}\n", case.rule, case.rules, case.input);
    let lines: String = cases.iter().map(line).collect();

    let printed = String::from_utf8(run(&program, folder.path(), lines.as_bytes())).unwrap();
    let answers: Vec<&str> = printed.lines().collect();
    assert_eq!(answers.len(), cases.len());
    for (case, answer) in cases.iter().zip(answers) {
        assert_eq!(answer, case.expected, "{}", case.name);
    }
    // Under valgrind a case takes fifty times as long: some of every rule.
    let some: String = cases.iter().step_by(8).map(line).collect();
    run_under_valgrind(&program, folder.path(), some.as_bytes());
}

/// The cases of every rule: a folder of `testdata` is named as its rule, and as the rule's key in `Rules`.
fn golden(folder: &Path) -> Vec<Case> {
    let files = |folder: &Path| {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let mut cases = Vec::new();
    for folder in files(folder) {
        let rule = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for file in files(&folder) {
            let list: Vec<Json> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            cases.extend(list.iter().map(|case| case_of(&rule, case)));
        }
    }
    cases
}

fn case_of(rule: &str, case: &Json) -> Case {
    let part = |name: &str, key: &str| case.get(key).map(|value| (name.to_owned(), value.clone()));
    let parts: serde_json::Map<String, Json> =
        [part(rule, "model"), part("custom", "custom")].into_iter().flatten().collect();
    let rules = if parts.is_empty() { String::new() } else { canonical(&Json::Object(parts)) };
    let (name, input) = (case["name"].as_str().unwrap().to_owned(), canonical(&case["input"]));
    Case { name, rule: rule.into(), rules, input, expected: canonical(&case["expected"]) }
}

/// Documents that are refused: the error through this door is the core's own.
fn refused() -> Vec<Case> {
    let inputs = [
        "",
        "{",
        "[]",
        r#"{"lead": {"visit": 12}, "at": "2026-11-22T09:00:00Z"}"#,
        r#"{"lead": {}, "at": "yesterday"}"#,
        r#"{"lead": {"company": "a\u0000b"}, "at": "2026-11-22T09:00:00Z"}"#,
        r#"{"lead": {}, "lead": {}, "at": "2026-11-22T09:00:00Z"}"#,
        r#"{"lead": {}, "at": "2026-11-22T09:00:00Z", "lang": "de"}"#,
    ];
    let case = |input: &str| {
        let answer =
            crm_core::kernel::json::parse(input.as_bytes()).and_then(|i| Rules::default().eval("lead_score", &i));
        let expected = canonical(&answer.unwrap_err().to_json());
        let rule = "lead_score".into();
        Case { name: format!("refused: {input}"), rule, rules: String::new(), input: input.into(), expected }
    };
    inputs.map(case).into()
}
