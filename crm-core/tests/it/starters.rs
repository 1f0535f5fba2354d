//! Starter packs: they load, every template fills from a sample record, and says of itself what is true.

use crm_core::command::parse;
use crm_core::rules::Rules;
use crm_core::rules::starters::PACKS;
use serde_json::{Value as Json, json};

use super::golden;

const NUMBERS: &[golden::Number] = &[
    ("the packs in French", "/packs/0/id", r#""accounting""#),
    ("the packs in French", "/packs/2/warnings/0/id", r#""consumers_banned""#),
    ("the packs in both languages", "/packs/1/label/fr", r#""Agence immobilière""#),
    ("a configuration of one pack", "/configuration/sequence/sequences/0/status", r#""draft""#),
    ("a configuration of one pack", "/configuration/sequence/zone", r#""Europe/Paris""#),
    ("two packs, each once, in order", "/configuration/sequence/sequences/0/id", r#""accounting_companies""#),
    ("two packs, each once, in order", "/configuration/sequence/sequences/1/id", r#""real_estate_owners""#),
];

#[test]
fn what_was_written_down_holds() {
    golden::holds("starters", NUMBERS);
}

fn sender() -> Json {
    json!({
        "organization": "Maison & Fils", "address": "1 rue du Port, 29200 Brest", "opt_out": "https://maison.example/stop",
        "data_source": {"en": "the trade register", "fr": "registre du commerce"}, "privacy_contact": "rgpd@maison.example",
    })
}

fn configured(packs: &[&str]) -> Json {
    let ask =
        json!({"ask": "configuration", "packs": packs, "zone": "Europe/Paris", "language": "fr", "sender": sender()});
    Rules::default().eval("starters", &ask).unwrap()["configuration"].clone()
}

/// The marks by which a reader sees that a text contains what the law asks for.
fn shows(mention: &str, text: &str, language: &str) -> bool {
    let french = language == "fr";
    match mention {
        "sender_identity" => text.contains("Maison & Fils, 1 rue du Port") && text.contains("Marie Kerouac"),
        "commercial_nature" => text.contains(if french { "démarche commerciale" } else { "commercial message" }),
        "opt_out" => text.contains("https://maison.example/stop"),
        "data_source" => text.contains(if french { "registre du commerce" } else { "the trade register" }),
        "rights" => text.contains(if french { "vous opposer" } else { "right to object" }),
        "privacy_contact" => text.contains("rgpd@maison.example"),
        other => panic!("{other}: no text shows this"),
    }
}

const ALL: &[&str] = &["sender_identity", "commercial_nature", "opt_out", "data_source", "rights", "privacy_contact"];

#[test]
fn every_template_fills_and_declares_what_it_contains() {
    for (id, source) in PACKS {
        let pack: Json = serde_json::from_str(source).unwrap();
        let rules = Rules::from_json(&configured(&[id])).unwrap();
        let templates = pack["templates"].as_array().unwrap();
        assert!(templates.len() >= 6, "{id}");
        for template in templates {
            let name = template["id"].as_str().unwrap();
            let mut inputs = serde_json::Map::new();
            for input in template["inputs"].as_array().unwrap() {
                let value = match input["type"].as_str().unwrap() {
                    "date" => json!("2026-12-01"),
                    "instant" => json!("2026-12-01T13:30:00Z"),
                    _ => json!("quelques mots"),
                };
                inputs.insert(input["name"].as_str().unwrap().to_owned(), value);
            }
            for language in ["en", "fr"] {
                let ask = json!({"ask": "render", "template": name, "language": language, "at": "2026-11-22T09:00:00Z",
                    "actor_name": "Marie Kerouac", "inputs": inputs, "account": {"name": "Syndic Armor"},
                    "contact": {"first_name": "Anne", "last_name": "Le Goff", "email": "anne@armor.example"},
                    "deal": {"name": "Ravalement", "value": {"amount": "12500", "currency": "EUR"}}});
                let filled = rules.eval("template", &ask).unwrap();
                assert_eq!(filled["status"], "rendered", "{name} {language}: {filled:#}");
                let (subject, text) = (filled["subject"].as_str().unwrap(), filled["text"].as_str().unwrap());
                assert!(!subject.is_empty() && !text.contains("{{") && !text.contains("sender."), "{name}: {text}");
                let declared: Vec<&str> =
                    template["mentions"].as_array().unwrap().iter().map(|m| m.as_str().unwrap()).collect();
                for mention in ALL {
                    assert_eq!(
                        declared.contains(mention),
                        shows(mention, text, language),
                        "{name} {language} {mention}: {text}"
                    );
                }
                let is_prospecting = template["purpose"] == "prospecting";
                let needed = ["sender_identity", "commercial_nature", "opt_out"];
                assert!(!is_prospecting || needed.iter().all(|m| declared.contains(m)), "{name}");
                if language == "fr" {
                    well_set(name, subject);
                    well_set(name, text);
                }
            }
        }
        // The first message of a sequence tells where the address is from.
        let first = &pack["sequences"][0]["steps"][0]["template"];
        let first = templates.iter().find(|t| t["id"] == *first).unwrap();
        assert_eq!(first["mentions"].as_array().unwrap().len(), ALL.len(), "{id}");
        let steps = pack["sequences"][0]["steps"].as_array().unwrap();
        assert!((4..=5).contains(&steps.len()), "{id}");
        for step in steps.iter().filter_map(|step| step["template"].as_str()) {
            let template = templates.iter().find(|t| t["id"] == step).unwrap();
            assert!(template["inputs"].as_array().unwrap().is_empty(), "{step}: a sequence gives no inputs");
        }
    }
}

/// French typography: curly apostrophes, no-break spaces inside quotation marks and before a colon, narrow ones before `;`, `?` and `!`.
fn well_set(name: &str, text: &str) {
    let text = text.replace("https://", "");
    assert!(!text.contains('\''), "{name}: {text}");
    let letters: Vec<char> = text.chars().collect();
    for pair in letters.windows(2) {
        let before = match pair[1] {
            ':' | '»' => Some('\u{a0}'),
            ';' | '?' | '!' => Some('\u{202f}'),
            _ => None,
        };
        assert!(before.is_none_or(|space| pair[0] == space), "{name}: {text}");
        assert!(pair[0] != '«' || pair[1] == '\u{a0}', "{name}: {text}");
    }
}

#[test]
fn a_renovation_message_carries_the_topic_that_the_law_asks_about() {
    let rules = Rules::from_json(&configured(&["renovation"])).unwrap();
    let body = json!({"fields": {"channel": "email", "recipients": ["anne@armor.example"]}, "template": {"id": "renovation_follow_up"}});
    parse("draft.compose", &body, &rules).unwrap();
    let pack: Json = serde_json::from_str(PACKS.iter().find(|(id, _)| *id == "renovation").unwrap().1).unwrap();
    for template in pack["templates"].as_array().unwrap() {
        assert_eq!(template["topic"], "energy_renovation");
    }
    for lang in ["en", "fr"] {
        let warning = pack["warnings"][0][lang].as_str().unwrap();
        assert!(warning.contains(if lang == "en" { "banned" } else { "interdite" }), "{warning}");
    }
}

#[test]
fn what_does_not_load_is_refused() {
    let ask = |ask: Json| Rules::default().eval("starters", &ask).unwrap_err();
    assert_eq!(ask(json!({"ask": "configuration", "packs": ["bakery"]})).field(), Some("packs[0]"));
    assert_eq!(ask(json!({"ask": "configuration", "packs": []})).field(), Some("packs"));
    assert_eq!(ask(json!({"ask": "list", "zone": "Europe/Paris"})).field(), Some("zone"));
    let broken = json!({"ask": "configuration", "packs": ["renovation"], "sender": {"opt_out": "a\r\nBcc: b@c.d"}});
    assert_eq!(ask(broken).field(), Some("templates.sender.opt_out"));
}
