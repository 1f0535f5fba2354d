//! Phrases that the code passes into messages are in English; each one has to be in
//! `lang/fr_words.rs` or, of `WrongShape`, in `lang/fr_shapes.rs`.
//!
//! The sources of every crate are read as text: literals of the problems' own fields, and literals that functions
//! with a parameter `expected` or `what` are called with.
#![allow(clippy::string_slice, reason = "places that were found in the same text")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crm_core::kernel::error::RulesProblem;
use crm_core::{Error, Lang, Problem};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    Shape,
    Things,
    Part,
    Option,
}

type Phrases = BTreeMap<(Use, String), String>;

fn sources(folder: &Path, out: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_string_lossy().into_owned();
        if path.is_dir() {
            sources(&path, out);
        } else if name.ends_with(".rs") && !name.ends_with("_tests.rs") && !name.contains("lang/") {
            let text = fs::read_to_string(&path).unwrap();
            // Tests stand at the end of a file.
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let code = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>();
            out.push((name, code.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
}

/// The text literal that starts here.
fn literal(code: &str) -> Option<String> {
    let inner = code.strip_prefix('"')?;
    let mut escaped = false;
    let end = inner.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    Some(inner[..end].replace("\\\"", "\""))
}

/// The arguments of a call, whose parenthesis was just opened.
fn arguments(code: &str) -> Vec<&str> {
    let (mut depth, mut text, mut start, mut out) = (0, false, 0, Vec::new());
    let mut before = ' ';
    for (i, c) in code.char_indices() {
        match c {
            '"' if before != '\\' && !(before == '\'' && code[i..].starts_with("\"'")) => text = !text,
            _ if text => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => {
                out.push(code[start..i].trim());
                return out;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                out.push(code[start..i].trim());
                start = i + 1;
            }
            _ => {}
        }
        before = c;
    }
    out
}

fn after<'a>(code: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(start).filter_map(move |(i, _)| {
        let boundary = !code[..i].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        boundary.then(|| &code[i + start.len()..])
    })
}

/// Functions that pass a phrase on: name, the place of the phrase, its use.
fn passing(code: &str) -> Vec<(String, usize, Use, bool)> {
    let mut out = Vec::new();
    for (i, _) in code.match_indices("fn ") {
        let rest = &code[i + 3..];
        let Some((head, tail)) = rest.split_once('(') else { continue };
        let name = head.split('<').next().unwrap().to_owned();
        let place = |of: &str| arguments(tail).iter().position(|p| p.replace("'static ", "") == format!("{of}: &str"));
        let body = tail.split(" fn ").next().unwrap();
        let what = match (body.find("Problem::TooMany"), body.find("RulesProblem::Empty")) {
            (Some(things), Some(part)) if part < things => Some(Use::Part),
            (Some(_), _) => Some(Use::Things),
            (None, part) => part.map(|_| Use::Part),
        };
        let shape = body.contains("Problem::WrongShape").then_some(Use::Shape);
        let found = place("expected").zip(shape).or(place("what").zip(what));
        let public = code[..i].ends_with("pub ") || code[..i].ends_with(") ");
        if let Some((place, used)) = found {
            out.push((name, place, used, public));
        }
    }
    out
}

fn collect() -> Phrases {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for entry in fs::read_dir(workspace).unwrap() {
        let folder = entry.unwrap().path().join("src");
        if folder.is_dir() {
            sources(&folder, &mut files);
        }
    }
    let everywhere: Vec<_> = files.iter().flat_map(|(_, code)| passing(code)).filter(|f| f.3).collect();
    let mut phrases = Phrases::new();
    for (file, code) in &files {
        let mut add = |used, text: Option<String>| {
            if let Some(text) = text {
                phrases.insert((used, text), file.clone());
            }
        };
        for (start, used) in [
            ("expected: ", Use::Shape),
            ("let expected = ", Use::Shape),
            ("const SHAPE: &str = ", Use::Shape),
            ("TooMany { what: ", Use::Things),
            ("Empty { what: ", Use::Part),
            ("option: ", Use::Option),
            ("needs: ", Use::Option),
            ("first: ", Use::Option),
            ("second: ", Use::Option),
        ] {
            after(code, start).for_each(|rest| add(used, literal(rest)));
        }
        let own = passing(code);
        for (name, place, used, _) in own.iter().chain(&everywhere) {
            for rest in after(code, &format!("{name}(")) {
                add(*used, arguments(rest).get(*place).and_then(|a| literal(a)));
            }
        }
    }
    phrases
}

fn french(used: Use, phrase: &str) -> String {
    let phrase: &'static str = Box::leak(phrase.to_owned().into());
    let problem = match used {
        Use::Shape => Problem::WrongShape { expected: phrase, found: "1".into() },
        Use::Things => Problem::TooMany { what: phrase, found: 2, most: 1 },
        Use::Part => Problem::Rules { detail: RulesProblem::Empty { what: phrase } },
        Use::Option => Problem::Rules { detail: RulesProblem::Requires { option: phrase, needs: phrase } },
    };
    Error::from(problem).text(Lang::French)
}

#[test]
fn every_phrase_in_the_sources_is_in_french() {
    let phrases = collect();
    // The reader sees every way in which a phrase gets into a message.
    for (used, phrase) in [
        (Use::Shape, "no value"),                                                            // a field
        (Use::Shape, "a list of two values"), // a field on a line of its own
        (Use::Shape, "a name of lower-case ASCII letters, digits and `_`, at most 64"), // a variable
        (Use::Shape, "an object with `all`, `any`, `not`, `certain`, `segment` or `field`"), // a constant
        (Use::Shape, "an object of options"), // another crate, through a function
        (Use::Shape, "a field's name"),       // a private function
        (Use::Things, "handles"),
        (Use::Things, "bands"),
        (Use::Part, "list of values"),
        (Use::Part, "label"),
        (Use::Option, "per: event"),
    ] {
        assert!(phrases.contains_key(&(used, phrase.into())), "{phrase:?} is not found in the sources: {phrases:#?}");
    }
    let mut lost = BTreeSet::new();
    for ((used, phrase), file) in &phrases {
        let text = french(*used, phrase);
        // Names of options are the same in every language; words are not.
        let name = |c: char| c.is_ascii_alphabetic() || c == '_' || c == ':' || c == ' ';
        let bare = *used == Use::Option && (!phrase.chars().all(name) || phrase.replace(": ", "").contains(' '));
        if text.contains('«') || bare {
            lost.insert(format!("{used:?} {phrase:?} of {file}: {text}"));
        }
    }
    assert!(lost.is_empty(), "no French in lang/fr_words.rs or lang/fr_shapes.rs for {lost:#?}");
    assert!(phrases.len() > 60, "{}", phrases.len());
}

#[test]
fn a_phrase_that_is_new_would_be_noticed() {
    assert!(french(Use::Shape, "a gizmo").contains("«\u{a0}a gizmo\u{a0}»"));
    assert!(french(Use::Things, "gizmos").contains('«'));
    assert!(french(Use::Part, "list of gizmos").contains('«'));
    let code = r#"pub fn gizmo(json: &Json, expected: &'static str) -> Result<()> { Problem::WrongShape } fn x() { gizmo(f("a, b"), "a gizmo") }"#;
    let [(name, place, used, public)] = &passing(code)[..] else { panic!("{:?}", passing(code)) };
    assert_eq!((name.as_str(), *place, *used, *public), ("gizmo", 1, Use::Shape, true));
    let call = after(code, "gizmo(").nth(1).unwrap();
    assert_eq!(literal(arguments(call)[1]).as_deref(), Some("a gizmo"));
}

#[test]
fn phrases_read_like_french() {
    assert_eq!(french(Use::Shape, "a list of values"), "`1` ne convient pas\u{a0}: il faut une liste de valeurs");
    assert_eq!(french(Use::Things, "events"), "trop d’événements\u{a0}: 2, pour un maximum de 1");
    assert_eq!(french(Use::Things, "rows"), "trop de lignes\u{a0}: 2, pour un maximum de 1");
    assert_eq!(french(Use::Part, "label"), "le libellé ne doit pas être vide");
    assert_eq!(french(Use::Part, "groups"), "`groups` ne doit pas être vide");
}
