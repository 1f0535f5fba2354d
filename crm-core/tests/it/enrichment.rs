//! Enrichment: its golden cases by hand, what load refuses, properties.

use std::time::{Duration, Instant};

use crm_core::kernel::json;
use crm_core::rules::Rules;
use crm_core::rules::enrichment::{Material, Page};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// Worked out by hand: case, place in the answer, what stands there.
const FOUND: &[Number] = &[
    ("title: a sentence about the company is cut at its verb", "/facts/0/value", r#""ITC Ltd""#),
    ("title: the part that is like the domain", "/facts/0/value", r#""8848 Digital""#),
    ("title: the part that is like the domain", "/written/0/field", r#""company""#),
    (
        "title: without an address the first part, uncertain",
        "/facts/0/value",
        r#""Innovative IT & Software Development Services""#,
    ),
    ("title: without an address the first part, uncertain", "/written", "[]"),
    ("title: without an address the first part, uncertain", "/held/0/code", r#""too_uncertain""#),
    ("broken structured data are passed over", "/facts/0/method", r#""title_tag""#),
    ("broken structured data are passed over", "/facts/0/value", r#""T""#),
    ("title (fr): page names and greetings are no company", "/facts/0/value", r#""Charpentes Le Goff""#),
    ("the site's own name before its title, structured data before both", "/written/0/value", r#""Rénov'Ouest SARL""#),
    ("the site's own name before its title, structured data before both", "/facts/3/value", r#""SARL""#),
    ("logo: a drawing beats a small picture", "/facts/0/value", r#""/logo.svg""#),
    ("logo: an icon for telephones before a small one", "/facts/0/value", r#""https://x.example/touch.png""#),
    ("logo: an address that runs something is refused", "/facts/0/value", r#""/favicon.ico""#),
    ("logo: the larger picture, with its full address", "/facts/0/value", r#""https://acme.fr/b.png""#),
    (
        "description: the page about the company before the home page",
        "/facts/0/value",
        r#""Acme builds developer tools for teams.""#,
    ),
    ("description: the page about the company before the home page", "/facts/0/source", r#""/about""#),
    ("website: a bare domain becomes a full address", "/facts/1/value", r#""https://frappe.io""#),
    ("website: a bare domain becomes a full address", "/conflicts", "[]"),
    ("website: from the domain of the address", "/facts/1/value", r#""https://renov-ouest.fr""#),
    ("a mail provider's domain is nobody's", "/facts/0/field", r#""first_name""#),
    ("a page in a network is no company's domain", "/facts", "[]"),
    ("a desk's address has no name", "/facts/2/field", r#""role_account""#),
    ("a desk's address has no name", "/needs/missing/2", r#""first_name""#),
    ("an address that comes apart in two is a name", "/facts/2/value", r#""Jean-Pierre""#),
    ("an address that does not come apart is no name", "/needs/missing/2", r#""first_name""#),
    ("usual capitals are proposed, not written", "/conflicts/1/value", r#""de la Tour d'Auvergne""#),
    ("usual capitals are proposed, not written", "/written", "[]"),
    ("a mistyped domain (en)", "/facts/2/value", r#""marie.dupont@gmail.com""#),
    ("a provider's second domain is no mistake", "/facts/1/field", r#""last_name""#),
    ("Corsica: Ajaccio", "/facts/2/value", r#""2A""#),
    ("Corsica: Bastia", "/facts/2/value", r#""2B""#),
    ("overseas: Saint-Denis de La Réunion", "/facts/2/value", r#""974""#),
    ("five digits without a country are a guess", "/written", "[]"),
    ("five digits of another country are nothing", "/facts", "[]"),
    ("kinds of lines", "/facts/1/value", r#""mobile""#),
    ("a number free for the caller", "/facts/1/value", r#""voip""#),
    ("country: the phone's prefix before the domain's end", "/written/1/value", r#""BE""#),
    ("legal notice: numbers near their names, not the host's", "/written/1/value", r#""12345678200010""#),
    // 12 + 3 * (123 456 782 mod 97) = 12 + 3 * 32 = 108, mod 97 = 11.
    ("legal notice: numbers near their names, not the host's", "/written/2/value", r#""FR11123456782""#),
    ("legal notice: only the host's number is a guess", "/written", "[]"),
    ("legal notice: wrong check digits are no number", "/facts", "[]"),
    ("one number says the other", "/written/0/value", r#""FR11123456782""#),
    ("a VAT number holds the SIREN", "/written/0/value", r#""123456782""#),
    ("industry and language of a website (fr)", "/written/1/value", r#""construction""#),
    ("industry and language of a website (fr)", "/written/2/value", r#""fr""#),
    ("industry and language of a website (en)", "/written/1/value", r#""software""#),
    ("the person's own words before the website's", "/written/1/value", r#""en""#),
    ("a language that neither leads is not guessed", "/written", "[]"),
    ("social pages without those that share", "/facts/1/value", r#""https://linkedin.com/company/renov-ouest""#),
    ("nothing given, nothing found", "/facts", "[]"),
];

/// The same of what is written.
const WRITTEN: &[Number] = &[
    ("fill_if_empty: what is known stays", "/written", "[]"),
    ("fill_if_empty: what is known stays", "/conflicts/0/before", r#""X""#),
    ("fill_if_empty: what is known stays", "/conflicts/0/code", r#""kept_written_value""#),
    ("always_refresh: nothing found never clears", "/written", "[]"),
    ("always_refresh: an older finding is replaced", "/written/0/value", r#""Yves & Fils""#),
    ("always_refresh: an older finding is replaced", "/written/0/code", r#""enriched_again""#),
    ("always_refresh: what somebody wrote is not", "/written", "[]"),
    ("fill_if_empty: an older finding is kept", "/conflicts/0/code", r#""kept_older_finding""#),
    ("override_defaults: the host's default is replaced", "/written/0/value", r#""BE""#),
    ("override_defaults: the host's default is replaced", "/written/0/code", r#""enriched_default""#),
    ("override_defaults: anything else is kept", "/written", "[]"),
    ("least_confidence low: guesses are written", "/written/1/value", r#""Martin""#),
    ("the same said otherwise is no conflict", "/conflicts", "[]"),
    ("the best finding is what the lead has: the next best does not contradict it", "/conflicts", "[]"),
    ("the company's own number and its VAT number contradict each other (fr)", "/conflicts/0/value", r#""123456782""#),
    ("an office of two words is no person", "/needs/missing/2", r#""first_name""#),
    ("nothing given, nothing found", "/needs/count", "7"),
];

#[test]
fn what_was_worked_out_by_hand_holds() {
    golden::holds("enrichment", FOUND);
    golden::holds("enrichment", WRITTEN);
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    for (configuration, code, field) in [
        (json!([]), "invalid_json", "enrichment"),
        (json!({"polizy": 1}), "unknown_field", "enrichment"),
        (json!({"policy": "always"}), "invalid_value", "enrichment.policy"),
        (json!({"least_confidence": "sure"}), "invalid_value", "enrichment.least_confidence"),
        (json!({"key_fields": ["company", "logo"]}), "invalid_value", "enrichment.key_fields[1]"),
        (json!({"key_fields": ["company", "company"]}), "invalid_rules", "enrichment.key_fields[1]"),
        (json!({"defaults": {"owner": "x"}}), "invalid_value", "enrichment.defaults"),
        (json!({"defaults": {"country": " "}}), "invalid_rules", "enrichment.defaults.country"),
        (json!({"defaults": {"country": 3}}), "invalid_value", "enrichment.defaults.country"),
    ] {
        let error = Rules::from_json(&json!({"enrichment": configuration})).map(|_| ()).expect_err(code);
        assert_eq!((error.code().name(), error.field()), (code, Some(field)), "{configuration}: {error}");
    }
    for (input, code, field) in [
        (json!({"lead": {"compagny": "x"}}), "unknown_field", Some("lead.compagny")),
        (json!({"pages": {}}), "invalid_json", Some("pages")),
        (json!({"pages": [{}, {"titel": "x"}]}), "unknown_field", Some("pages[1]")),
        (json!({"pages": [{"text": 1}]}), "invalid_value", Some("pages[0].text")),
        (json!({"pages": [{"json_ld": {}}]}), "invalid_value", Some("pages[0].json_ld")),
        (json!({"pages": [{"og": {"site_name": 1}}]}), "invalid_value", Some("pages[0].og.site_name")),
        (json!({"pages": [{"icons": [{"sizes": "1x1"}]}]}), "missing", Some("pages[0].icons[0]")),
        (json!({"enriched": ["owner"]}), "invalid_value", Some("enriched[0]")),
        (json!({"policy": "x"}), "invalid_value", Some("policy")),
        (json!({"lang": "de"}), "invalid_value", Some("lang")),
        (json!({"at": "2026-11-22T09:00:00Z"}), "unknown_field", None),
    ] {
        let error = Rules::default().eval("enrichment", &input).expect_err(code);
        assert_eq!((error.code().name(), error.field()), (code, field), "{input}: {error}");
    }
}

/// What derivers look for, and what they stumble over.
const WORDS: &[&str] = &[
    "Acme",
    "SARL",
    " | ",
    " : ",
    "Accueil",
    "a",
    "é",
    "TVA",
    "FR11 123456782",
    "SIREN",
    "123 456 782",
    "RCS",
    "APE",
    "62.01Z",
    "hébergeur",
    "toiture",
    "logiciel",
    "le",
    "the",
    "et",
    "and",
    "https://",
    "acme.fr",
    "@",
    ".",
    "/",
    "+33",
    "06 12 34 56 78",
    "marie.dupont",
    "gamil.com",
    "linkedin.com/company/x",
    "{\"@type\":\"Organization\"}",
    "\u{202e}",
    "\0",
    "20200",
    "'",
    "-",
    "d'",
    "MC",
    "32x32",
    ".svg",
    "javascript:",
    "：",
    "𝒜",
    "١٢٣",
];

/// Text of these, or any at all.
fn text() -> impl Strategy<Value = String> {
    let built = prop::collection::vec(prop::sample::select(WORDS), 0..12).prop_map(|w| w.concat());
    prop_oneof![3 => built, 1 => any::<String>()]
}

fn page() -> impl Strategy<Value = Json> {
    let lists = (prop::collection::vec(text(), 0..3), prop::collection::vec(text(), 0..3));
    ((text(), text(), text(), text()), (text(), text()), lists).prop_map(
        |((url, title, description, text), (site_name, json_ld), (links, icons))| {
            let icons: Vec<Json> = icons.iter().map(|href| json!({"href": href, "sizes": text, "type": ""})).collect();
            json!({"url": url, "title": title, "description": description, "text": text, "links": links, "icons": icons,
                   "og": {"site_name": site_name}, "json_ld": [json_ld]})
        },
    )
}

const FIELDS: [&str; 13] = [
    "company",
    "first_name",
    "last_name",
    "email",
    "phone",
    "mobile",
    "website",
    "country",
    "postal_code",
    "description",
    "registration_number",
    "vat_number",
    "language",
];

fn input() -> impl Strategy<Value = Json> {
    let lead = prop::collection::btree_map(prop::sample::select(&FIELDS[..]), text(), 0..8);
    (lead, prop::collection::vec(page(), 0..4), text(), text()).prop_map(|(lead, pages, legal_text, country_hint)| {
        json!({"lead": lead, "pages": pages, "legal_text": legal_text, "country_hint": country_hint})
    })
}

fn eval(input: &Json) -> Json {
    Rules::default().eval("enrichment", input).unwrap()
}

/// What the lead is after the enrichment, and the fields that it wrote.
fn after(input: &Json, answer: &Json) -> Json {
    let mut next = input.clone();
    let mut enriched = Vec::new();
    for written in answer["written"].as_array().unwrap() {
        let field = written["field"].as_str().unwrap();
        next["lead"][field] = written["value"].clone();
        enriched.push(field.to_owned());
    }
    next["enriched"] = json!(enriched);
    next
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn known_values_stay_whatever_the_input(input in input()) {
        let answer = eval(&input);
        for written in answer["written"].as_array().unwrap() {
            let field = written["field"].as_str().unwrap();
            let before = input["lead"].get(field).and_then(Json::as_str).unwrap_or_default();
            // A text with a NUL is a diagnostic and not known.
            prop_assert!(before.trim().is_empty() || before.contains('\0'), "{field}: {before:?} {written}");
            prop_assert!(!written["value"].as_str().unwrap().chars().any(char::is_control));
        }
    }

    #[test]
    fn the_same_again_finds_the_same_and_writes_nothing(input in input()) {
        let once = eval(&input);
        for policy in ["fill_if_empty", "always_refresh", "override_defaults"] {
            let mut next = after(&input, &once);
            next["policy"] = json!(policy);
            let again = eval(&next);
            prop_assert_eq!(&again["facts"], &once["facts"]);
            prop_assert_eq!(&again["written"], &json!([]), "{}", policy);
            prop_assert_eq!(&again["needs"], &once["needs"]);
        }
    }

    #[test]
    fn the_order_of_pages_decides_nothing(
        (pages, shuffled) in prop::collection::vec(page(), 0..5).prop_flat_map(|p| (Just(p.clone()), Just(p).prop_shuffle())),
    ) {
        // Pages with addresses: one without is called by its place.
        let addressed = |pages: &[Json]| -> Vec<Json> {
            let full = |p: &Json| {
                let mut page = p.clone();
                page["url"] = json!(format!("https://acme.fr/{}", json::canonical(p).len()));
                page
            };
            pages.iter().map(full).collect()
        };
        let facts = |pages: &[Json]| eval(&json!({"pages": addressed(pages)}))["facts"].clone();
        prop_assert_eq!(facts(&pages), facts(&shuffled));
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test may look at the clock; the library may not")]
fn ten_megabytes_are_cut_and_told_and_take_no_time() {
    let long = "SIREN 123 456 78 le toiture FR11 1 <{[ | d'é\u{202e} ".repeat(200_000);
    let page = Page {
        url: "https://acme.fr".into(),
        title: long.clone(),
        description: long.clone(),
        text: long.clone(),
        json_ld: vec![long.clone(), "[".repeat(10_000_000)],
        links: vec![long.clone()],
        ..Page::default()
    };
    let started = Instant::now();
    let material = Material::new(vec![page; 2], long.clone(), "");
    let told: Vec<&str> = material.diagnostics().iter().filter_map(crm_core::Error::field).collect();
    for field in ["pages[0].title", "pages[0].text", "pages[0].json_ld", "pages[1].links", "legal_text"] {
        assert!(told.contains(&field), "{field} {told:?}");
    }
    let answer = eval(&json!({"pages": [{"text": long}], "legal_text": long, "lead": {"email": "a".repeat(70_000)}}));
    assert_eq!(answer["diagnostics"].as_array().unwrap().len(), 3);
    // Without optimisation and on a busy machine; cut, it is a fraction of a second.
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
