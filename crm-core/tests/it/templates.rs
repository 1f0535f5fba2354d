//! Templates: golden cases, what is refused at load and at the door, the built-in ones, and properties of rendering.

use crm_core::Error;
use crm_core::rules::Rules;
use crm_core::rules::templates::STANDARD;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden;

/// Written down from the templates by hand; `\u{a0}` and `\u{202f}` are no-break spaces.
const NUMBERS: &[golden::Number] = &[
    ("a call in French", "/subject", r#""Appel avec Anne Le Goff""#),
    (
        "a call in French",
        "/text",
        "\"Devis bien reçu.\\nElle rappelle jeudi.\\n\\nProchaine étape\u{a0}: aucune pour l’instant\"",
    ),
    ("a call in English with a next step", "/text", r#""Got the offer.\n\nNext step: call on Thursday""#),
    ("everything that is missing at once", "/status", r#""missing""#),
    ("everything that is missing at once", "/missing/0/name", r#""deal.value""#),
    ("everything that is missing at once", "/missing/1/name", r#""full_name""#),
    ("everything that is missing at once", "/missing/2/name", r#""valid_until""#),
    ("everything that is missing at once", "/missing/2/from", r#""input""#),
    ("everything that is missing, in English", "/missing/0/name", r#""actor_name""#),
    ("everything that is missing, in English", "/missing/4/name", r#""valid_until""#),
    ("nothing is missing", "/missing", "[]"),
    ("an amount and a day in French", "/values/deal.value", "\"1\u{a0}234\u{a0}567,50\u{a0}EUR\""),
    ("an amount and a day in French", "/values/valid_until", "\"1er\u{a0}décembre\u{a0}2026\""),
    ("an amount and a day in English", "/values/deal.value", r#""1,234,567.50 EUR""#),
    ("an amount and a day in English", "/values/valid_until", r#""1 December 2026""#),
    ("a meeting by the clocks of Paris", "/values/meeting_at", "\"1er\u{a0}décembre\u{a0}2026 à 14\u{a0}h\u{a0}30\""),
    ("a meeting on the hour in summer", "/values/meeting_at", "\"14\u{a0}juillet\u{a0}2026 à 10\u{a0}h\""),
    ("a meeting in English", "/values/meeting_at", r#""1 December 2026, 14:30""#),
    ("a ticket's number", "/subject", "\"[n°\u{a0}1042] Fuite\""),
    ("the contact, not the lead", "/values/full_name", r#""Le Goff""#),
    ("a contact without a name has not the lead's", "/missing/0/name", r#""full_name""#),
    ("values of every type in French", "/text", "\"Bonjour Madame, Monsieur : 12,5, oui, 1\u{a0}200\u{a0}JPY\""),
    ("values of every type in French", "/subject", r#""Anne, Jean""#),
    (
        "words in place of a name, and the instant",
        "/text",
        r#""Hello there, 22 November 2026 22 November 2026, 09:00 2500 a, b""#,
    ),
    ("the highest version is used", "/version", "3"),
    ("the list of a host's own", "/templates/0/version", "3"),
    ("the list of a host's own", "/templates/0/ready", "false"),
    ("braces, line ends and reversed letters stay values", "/subject", r#""{{full_name}} Bcc: all@example.com""#),
    ("braces, line ends and reversed letters stay values", "/text", r#""abc {{summary}} {{topic|x}}\nd\ne""#),
    ("what cannot be read is told", "/diagnostics/0/code", r#""invalid_value""#),
];

#[test]
fn texts_written_by_hand_hold() {
    golden::holds("template", NUMBERS);
}

fn good() -> Json {
    json!({
        "zone": "Europe/Paris", "language": "fr",
        "items": [{
            "id": "reminder", "version": 2, "log": "call", "direction": "outbound",
            "labels": {"en": "Reminder", "fr": "Relance"},
            "inputs": [{"name": "until", "type": "date"}, {"name": "why"}],
            "en": {"subject": "{{company}}", "text": "{{why}} {{until}} {{deal.value}}"},
            "fr": {"subject": "{{company}}", "text": "{{why}} {{until}} {{account.name}}"},
        }],
    })
}

fn load(templates: &Json) -> Result<Rules, Error> {
    Rules::from_json(&json!({"custom": {"deal": [{"name": "permit", "type": "boolean"}]}, "templates": templates}))
}

/// The good configuration with another value in one place (`null` takes the place away), and what is said about it.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("/zone", r#""Mars""#, "invalid_value", "templates.zone"),
    ("/language", r#""de""#, "invalid_value", "templates.language"),
    ("/standard", r#""no""#, "invalid_value", "templates.standard"),
    ("/templates", "[]", "unknown_field", "templates"),
    ("/items", "{}", "invalid_json", "templates.items"),
    ("/items/0/id", r#""""#, "invalid_rules", "templates.items[0].id"),
    ("/items/0/version", "0", "invalid_value", "templates.items[0].version"),
    ("/items/0/log", "null", "invalid_json", "templates.items[0]"),
    ("/items/0/draft", r#""email""#, "invalid_json", "templates.items[0]"),
    ("/items/0/draft", r#""pigeon""#, "invalid_value", "templates.items[0].draft"),
    ("/items/0/direction", r#""up""#, "invalid_value", "templates.items[0].direction"),
    ("/items/0/inputs/0/type", r#""reference""#, "invalid_value", "templates.items[0].inputs[0].type"),
    ("/items/0/inputs/0/name", r#""Until""#, "invalid_json", "templates.items[0].inputs[0].name"),
    ("/items/0/inputs/0/name", r#""why""#, "invalid_rules", "templates.items[0].inputs[1].name"),
    ("/items/0/inputs/0/name", r#""company""#, "invalid_rules", "templates.items[0].inputs[0].name"),
    ("/items/0/en/text", r#""{{deal.valeu}}""#, "invalid_rules", "templates.items[0].en.text"),
    ("/items/0/en/text", r#""{{deal.account}}""#, "invalid_rules", "templates.items[0].en.text"),
    ("/items/0/en/text", r#""{{quote.number}}""#, "invalid_rules", "templates.items[0].en.text"),
    ("/items/0/en/text", r#""{{why""#, "invalid_json", "templates.items[0].en.text"),
    ("/items/0/en/text", r#""why}}""#, "invalid_json", "templates.items[0].en.text"),
    ("/items/0/en/text", r#""""#, "invalid_rules", "templates.items[0].en.text"),
    ("/items/0/en/text", "null", "missing", "templates.items[0].en"),
    ("/items/0/en/text", r#""a\rb""#, "invalid_text", "templates.items[0].en.text"),
    ("/items/0/en/subject", r#""a\nb""#, "invalid_text", "templates.items[0].en.subject"),
    ("/items/0/fr/body", r#""x""#, "unknown_field", "templates.items[0].fr"),
];

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    load(&good()).unwrap();
    for (pointer, value, code, field) in REFUSED {
        let mut templates = good();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = templates.pointer_mut(parent).unwrap();
        parent.as_object_mut().unwrap().insert(key.into(), serde_json::from_str(value).unwrap());
        let error = load(&templates).map(|_| ()).expect_err(pointer);
        assert_eq!((error.code().name(), error.field()), (*code, Some(*field)), "{pointer} {value}: {error}");
    }
    let mut templates = good();
    templates["items"][0]["en"]["text"] = "{{deal.valeu}}".into();
    let error = load(&templates).unwrap_err().to_string();
    assert!(error.contains("did you mean `deal.value`?"), "{error}");
    // A host's own field is a variable once it is declared.
    templates["items"][0]["en"]["text"] = "{{deal.custom.permit}}".into();
    load(&templates).unwrap();
    // Another version of a built-in one is a version, the same one is a mistake.
    let mut templates = good();
    templates["items"][0]["id"] = "log_call".into();
    load(&templates).unwrap();
    templates["items"][0]["version"] = 1.into();
    let error = load(&templates).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("invalid_rules", Some("templates.items[0].version")));
    let neither = json!({"items": [{"id": "a", "log": "call"}]});
    assert_eq!(load(&neither).unwrap_err().code().name(), "missing");
}

#[test]
fn the_door_is_strict() {
    let rules = load(&good()).unwrap();
    let error = |input: Json| {
        let mut whole = json!({"ask": "render", "template": "reminder", "at": "2026-11-22T09:00:00Z"});
        whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        let e = rules.eval("template", &whole).unwrap_err();
        format!("{} {}", e.code().name(), e.field().unwrap_or("-"))
    };
    assert_eq!(error(json!({"ask": "send"})), "invalid_value ask");
    assert_eq!(error(json!({"at": null})), "missing -");
    assert_eq!(error(json!({"template": "remind"})), "invalid_value template");
    assert_eq!(error(json!({"version": 1})), "invalid_value template");
    assert_eq!(error(json!({"language": "de"})), "invalid_value language");
    assert_eq!(error(json!({"inputs": {"untl": "2026-11-22"}})), "unknown_field inputs.untl");
    assert_eq!(error(json!({"inputs": {"until": "soon"}})), "invalid_value inputs.until");
    assert_eq!(error(json!({"deal": {"valu": 1}})), "unknown_field deal.valu");
    assert_eq!(error(json!({"inputs": {"why": "a\u{0}b"}})), "invalid_text inputs.why");
    assert_eq!(error(json!({"ask": "list", "use": "send"})), "invalid_value use");
    assert_eq!(error(json!({"ask": "verify"})), "missing -");
    let long = "x".repeat(60_000);
    let both = json!({"inputs": {"why": long, "until": "2026-11-22"}, "account": {"name": "y".repeat(60_000)}});
    assert_eq!(error(both), "too_large subject");
    let unwritten = json!({"templates": {"items": [{"id": "a", "log": "x", "en": {"text": "x"}}]}, "template": "a",
        "language": "fr"});
    assert_eq!(error(unwritten), "invalid_value language");
}

#[test]
fn the_built_in_ones_are_native_in_both_languages() {
    let all: Json = serde_json::from_str(STANDARD).unwrap();
    let all = all.as_array().unwrap();
    assert!(all.len() >= 10);
    for template in all {
        for (lang, texts) in [("en", &template["en"]), ("fr", &template["fr"])] {
            let label = &template["labels"][lang];
            for text in [label, &texts["subject"], &texts["text"]].into_iter().filter_map(Json::as_str) {
                assert!(!text.contains("  ") && !text.contains('\''), "{text}");
                let chars: Vec<char> = text.chars().collect();
                for (before, mark) in chars.iter().zip(chars.iter().skip(1)) {
                    let spaced = matches!(before, '\u{a0}' | '\u{202f}');
                    match (lang, mark) {
                        ("fr", ':') => assert_eq!(*before, '\u{a0}', "{text}"),
                        ("fr", ';' | '!' | '?') => assert_eq!(*before, '\u{202f}', "{text}"),
                        ("fr", '»') => assert_eq!(*before, '\u{a0}', "{text}"),
                        ("en", ':' | ';' | '!' | '?') => assert!(!spaced && *before != ' ', "{text}"),
                        _ => {}
                    }
                    assert!(*before != '«' || *mark == '\u{a0}', "{text}");
                }
            }
        }
    }
}

/// What a value is in a text, found by another way than the rule's: letter by letter.
fn expected(value: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for c in value.trim().chars() {
        match c {
            '\n' if before == '\r' => {}
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\u{202a}' | '\u{202b}' | '\u{202c}' | '\u{202d}' | '\u{202e}' => {}
            '\u{2066}' | '\u{2067}' | '\u{2068}' | '\u{2069}' => {}
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
        before = c;
    }
    out
}

const HOSTILE: &str =
    "(\\{\\{(a|b|full_name)\\}\\}|\r\n|\r|\n|[\u{202e}\u{2066}\u{2069}\u{7}\u{2028}]|[a-zé ]|\\PC){1,12}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_value_stands_where_it_belongs_and_is_never_read(a in HOSTILE, b in HOSTILE, words in "[a-z .]{0,8}") {
        let templates = json!({"standard": false, "items": [{"id": "t", "log": "call",
            "inputs": [{"name": "a"}, {"name": "b"}],
            "en": {"subject": "<{{a}}>", "text": format!("[{{{{a}}}}|{words}|{{{{ b }}}}]{{{{a}}}}.")}}]});
        let ask = json!({"ask": "render", "template": "t", "language": "en", "at": "2026-11-22T09:00:00Z",
            "inputs": {"a": a, "b": b}, "templates": templates});
        let answer = Rules::default().eval("template", &ask).unwrap();
        let (a, b) = (expected(&a), expected(&b));
        if a.trim().is_empty() || b.trim().is_empty() {
            prop_assert_eq!(&answer["status"], "missing");
            let wanted = usize::from(a.trim().is_empty()) + usize::from(b.trim().is_empty());
            prop_assert_eq!(answer["missing"].as_array().unwrap().len(), wanted);
            return Ok(());
        }
        prop_assert_eq!(answer["text"].as_str().unwrap(), format!("[{a}|{words}|{b}]{a}."));
        let subject = answer["subject"].as_str().unwrap();
        prop_assert!(!subject.chars().any(char::is_control), "{:?}", subject);
        // It can be made again from what was kept, and a text that was changed is told from one that was not.
        let mut verify = json!({"ask": "verify", "templates": templates});
        for key in ["template", "version", "language", "values", "hash", "subject", "text"] {
            verify[key] = answer[key].clone();
        }
        let status = |verify: &Json| Rules::default().eval("template", verify).unwrap()["status"].clone();
        prop_assert_eq!(status(&verify), "same");
        let mut edited = verify.clone();
        edited["text"] = format!("{} ", verify["text"].as_str().unwrap()).into();
        prop_assert_eq!(status(&edited), "edited");
        let mut others = verify.clone();
        others["values"]["a"] = format!("{a}x").into();
        prop_assert_eq!(status(&others), "unknown");
        let mut reworded = verify.clone();
        reworded["templates"]["items"][0]["en"]["text"] = "other words {{a}} {{b}}".into();
        prop_assert_eq!(status(&reworded), "unknown");
    }

    #[test]
    fn no_text_breaks_the_reader(text in "([{}|a-z_. \n]|\\PC){0,30}") {
        let templates = json!({"items": [{"id": "t", "log": "call", "en": {"text": text}}]});
        if let Ok(rules) = Rules::from_json(&json!({"templates": templates})) {
            let ask = json!({"ask": "render", "template": "t", "language": "en", "at": "2026-11-22T09:00:00Z"});
            let answer = rules.eval("template", &ask).unwrap();
            prop_assert!(answer["status"] == "missing" || !answer["text"].as_str().unwrap().contains("{{"));
        }
    }
}
