//! `include/crm.h` is what the comments in `src` say. `UPDATE_HEADER=1 cargo test -p crm-ffi --test header` writes it.
#![allow(clippy::unwrap_used, reason = "a test stops where it is wrong")]

use std::path::Path;

#[test]
fn the_committed_header_is_the_generated_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml").to_str().unwrap()).unwrap();
    let macros = config.after_includes.take().unwrap();
    let version = env!("CARGO_PKG_VERSION");
    config.after_includes =
        Some(format!("\n// The version that this header belongs to.\n#define CRM_VERSION \"{version}\"\n{macros}"));
    let bindings = cbindgen::Builder::new().with_config(config).with_src(root.join("src/lib.rs")).generate().unwrap();
    let mut text = Vec::new();
    bindings.write(&mut text);
    let generated = String::from_utf8(text).unwrap();

    let path = root.join("include/crm.h");
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == generated, "crm.h is out of date: UPDATE_HEADER=1 cargo test -p crm-ffi --test header");
}

/// What the library itself lists when it is asked for something that there is not.
fn listed(error: crm_core::Error) -> Vec<String> {
    let text = error.text(crm_core::Lang::English);
    let (_, expected) = text.split_once("expected ").unwrap();
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_header_names_every_rule_every_question_and_every_command() {
    let header = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("include/crm.h")).unwrap();
    let null = serde_json::Value::Null;
    let rules = listed(crm_core::rules::Rules::default().eval("nothing", &null).unwrap_err());
    let crm = crm_core::Crm::new(crm_core::store::MemoryStore::new(), crm_core::rules::Rules::default());
    let questions = listed(crm.query_json(br#"{"nothing": {}}"#).unwrap_err());
    assert!(rules.len() > 15 && questions.len() > 20, "{rules:?} {questions:?}");
    for rule in rules {
        assert!(header.contains(&format!("\"{rule}\"")), "{rule}");
    }
    // The commands stand under what they are about.
    let mut listed: Vec<String> = Vec::new();
    let mut record = "";
    let about = header.split("The commands, by what they are about").nth(1).unwrap().split("Free").next().unwrap();
    for line in about.lines().filter_map(|line| line.strip_prefix("//     ")) {
        let mut words = line.split([' ', ',']).filter(|word| !word.is_empty());
        if !line.starts_with(' ') {
            record = words.next().unwrap();
        }
        listed.extend(words.map(|verb| format!("{record}.{verb}")));
    }
    assert_eq!(listed, crm_core::command::NAMES);
    for question in questions {
        assert!(header.contains(&format!("`{question}`")), "{question}");
    }
}
