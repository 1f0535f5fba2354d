//! The identity keys: golden cases, and what load and the door refuse.

use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// Worked out by hand.
const KEYS: &[Number] = &[
    ("a tag is cut", "/email/canonical", r#""test@maxmind.com""#),
    ("a tag is cut", "/email/exact", r#""test+foo@maxmind.com""#),
    ("cut at the first divider", "/email/canonical", r#""test@maxmind.com""#),
    ("an alias domain", "/email/canonical", r#""test@gmail.com""#),
    ("a domain in another script", "/email/canonical", r#""test@xn--bcher-kva.com""#),
    ("an ending that only begins with com stays", "/email/canonical", r#""foo@example.comfoo""#),
    ("an m too many", "/email/canonical", r#""foo@example.com""#),
    ("an ending written three times", "/email/canonical", r#""foo@example.com""#),
    ("a letter too many", "/email/canonical", r#""jeanne@gmail.com""#),
    ("a letter too many", "/email/exact", r#""jeanne@gmailo.com""#),
    ("a hyphen of Yahoo, in another country", "/email/canonical", r#""jeanne@yahoo.com.ua""#),
    ("a hyphen of Yahoo, in another country", "/email/domain/class", r#""free""#),
    ("com written twice", "/email/canonical", r#""foo@example.com""#),
    ("digits before gmail.com", "/email/canonical", r#""foo@gmail.com""#),
    ("a mistyped domain is a key only", "/email/canonical", r#""test@gmail.com""#),
    ("a mistyped domain is a key only", "/email/exact", r#""test@gamil.com""#),
    ("a mistyped domain is a key only", "/email/domain/class", r#""free""#),
    ("no text, no key", "/email", "null"),
    ("no address, no key", "/email", "null"),
    ("dots, tag and alias together", "/email/canonical", r#""johnotander@gmail.com""#),
    ("dots stay elsewhere", "/email/canonical", r#""john.otander@outlook.com""#),
    ("a tag with nothing before it stays", "/email/canonical", r#""+foo@exemple.fr""#),
    ("a hyphen divides at Yahoo", "/email/canonical", r#""jean@yahoo.fr""#),
    ("a hyphen divides nowhere else", "/email/canonical", r#""jean-shop@exemple.fr""#),
    ("a mailbox as sub-domain", "/email/canonical", r#""jean@fastmail.com""#),
    ("an ending that does not exist", "/email/canonical", r#""foo@exemple.com""#),
    ("an ending that exists", "/email/canonical", r#""foo@exemple.company""#),
    ("an office", "/email/role", "true"),
    ("throw-away", "/email/domain/class", r#""disposable""#),
    ("a French provider", "/email/domain/class", r#""free""#),
    ("a name before it", "/email/exact", r#""jean@renov-ouest.fr""#),
    ("several at signs", "/email", "null"),
    ("nothing before the at sign", "/email", "null"),
    ("nothing behind it", "/email", "null"),
    ("no dot in the domain", "/email", "null"),
    ("an address of a machine", "/email", "null"),
    ("spaces inside", "/email", "null"),
    ("needless quotes", "/email/exact", r#""jean@exemple.fr""#),
    ("quotes that are needed", "/email", "null"),
    ("a comment", "/email", "null"),
    ("dots at the end", "/email/exact", r#""jean@exemple.fr""#),
    ("empty labels", "/email", "null"),
    ("a mark of direction around it", "/email/exact", r#""jean@exemple.fr""#),
    ("a mark of direction inside", "/email", "null"),
    ("a look-alike letter in the domain", "/email/exact", r#""jean@xn--exmple-4of.fr""#),
    ("a look-alike letter in the name", "/email/exact", "\"j\u{435}an@exemple.fr\""),
    ("a decomposed accent", "/email/exact", r#""jéan@exemple.fr""#),
    ("only dots at Gmail", "/email", "null"),
    ("a domain that this host calls a provider", "/email/domain/class", r#""free""#),
    ("a domain that this host calls a company", "/email/domain/class", r#""company""#),
];

const PHONES: &[Number] = &[
    ("the international prefix", "/phone/e164", r#""+33612345678""#),
    ("the international prefix", "/phone/kind", r#""mobile""#),
    ("the national zero in brackets", "/phone/e164", r#""+33612345678""#),
    ("toll-free", "/phone", r#"{"e164":"+33800123456","extension":null,"kind":"toll_free","region":"FR"}"#),
    ("over the internet", "/phone", r#"{"e164":"+33950123456","extension":null,"kind":"voip","region":"FR"}"#),
    ("the default is France", "/phone/e164", r#""+33612345678""#),
    ("another default", "/phone/e164", r#""+4930901820""#),
    ("a region by its name", "/phone/e164", r#""+4930901820""#),
    ("no default", "/phone", "null"),
    ("an extension", "/phone/extension", r#""12""#),
    ("a French extension", "/phone/extension", r#""12""#),
    ("a French extension", "/phone/e164", r#""+33298000000""#),
    ("no numbering plan has it", "/phone", "null"),
    ("no number", "/phone", "null"),
    ("the United States", "/phone/kind", r#""fixed_or_mobile""#),
    ("a satellite phone", "/phone/region", "null"),
    ("marks of direction", "/phone/e164", r#""+33612345678""#),
    ("Arabic digits", "/phone/e164", r#""+33612345678""#),
    ("a national zero inside", "/match", r#""exact""#),
    ("a shorter number", "/match", r#""short_nsn""#),
    ("country and extension on one side", "/match", r#""short_nsn""#),
    ("two extensions", "/match", r#""no_match""#),
    ("too short", "/match", r#""not_a_number""#),
    ("a country code only", "/match", r#""not_a_number""#),
    ("a word", "/match", r#""not_a_number""#),
    ("spelling only", "/match", r#""nsn""#),
    ("a region makes it exact", "/match", r#""exact""#),
    ("00 for plus", "/match", r#""nsn""#),
    ("00 for plus, in Belgium", "/match", r#""exact""#),
];

const COMPANIES: &[Number] = &[
    ("company: a comma inside stays", "/company", r#"{"base":"Hello, World","key":"hello world","legal_form":"Ltd"}"#),
    ("company: an abbreviation stays", "/company", r#"{"base":"A.B.C.","key":"abc","legal_form":"Corp"}"#),
    ("company: a form first", "/company", r#"{"base":"L'Atelier","key":"l atelier","legal_form":"EURL"}"#),
    ("company: blanks inside", "/company", r#"{"base":"Hello World","key":"hello world","legal_form":"Ltd"}"#),
    ("company: Finnish and Swedish around it", "/company/base", r#""Hello World""#),
    ("company: a Russian form before it", "/company/base", r#""Новороссийский морской торговый порт""#),
    ("company: a Polish form in full", "/company", r#"{"base":"Łoś","key":"los","legal_form":"Sp. z o.o."}"#),
    ("company: a Polish form without its letters", "/company/base", r#""Łoś""#),
    ("company: nothing but a form", "/company", r#"{"base":"SARL","key":"sarl","legal_form":null}"#),
    ("company: a form with dots", "/company", r#"{"base":"Rénov’Ouest","key":"renov ouest","legal_form":"SARL"}"#),
    (
        "company: forms behind each other",
        "/company",
        r#"{"base":"Müller","key":"muller","legal_form":"GmbH & Co. KG"}"#,
    ),
    ("company: a form in brackets", "/company", r#"{"base":"Kuchen","key":"kuchen","legal_form":"UG"}"#),
    ("company: a Polish form", "/company/base", r#""Żabka Polska""#),
    ("company: a Danish form", "/company/base", r#""Mærsk""#),
    ("company: an Italian form", "/company/base", r#""Barilla""#),
    ("company: a Spanish form", "/company/base", r#""Panadería López""#),
    ("company: a Dutch form", "/company/base", r#""Jansen Bouw""#),
    ("company: both ends", "/company/key", r#""dupont et fils""#),
    ("company: an ampersand", "/company/base", r#""Tiffany""#),
    ("company: no letter", "/company", "null"),
    ("company: nothing", "/company", "null"),
    ("company: another script", "/company/key", r#""ромашка""#),
    ("company: marks of direction", "/company/key", r#""durand""#),
    ("company: a form inside a word", "/company/key", r#""sarlat tourisme""#),
];

const OTHERS: &[Number] = &[
    ("name: a hyphen", "/name/clean", r#""mary ann""#),
    ("name: brackets", "/name/clean", r#""bob""#),
    ("name: brackets inside a word", "/name/clean", r#""brats""#),
    ("name: an apostrophe", "/name/clean", r#""obrien""#),
    ("name: a bracket left open", "/name/clean", r#""jean dit""#),
    ("name: a sound", "/name/soundex", r#""J500""#),
    ("name: a longer sound", "/name/soundex", r#""J535""#),
    ("name: close by letters", "", r#"{"close":true,"distance":3,"sound_alike":false}"#),
    ("name: close by sound", "/sound_alike", "true"),
    ("name: close by neither", "", r#"{"close":false,"distance":3,"sound_alike":false}"#),
    ("name: nothing is close to nothing", "/close", "false"),
    ("name: blocks by company", "/person/blocks/name_company", r#""mpnfsales""#),
    ("name: blocks by phone", "/person/blocks/name_phone", r#""mpnf415555""#),
    ("name: no blocks without a name", "/person/blocks/name_company", "null"),
    ("name: a page", "/profile", r#""linkedin.com/in/jean-dupont""#),
    ("name: a page of nobody", "/profile", "null"),
    ("name: a page elsewhere", "/profile", "null"),
    ("the VAT number follows", "/vat", r#""FR46443121975""#),
    ("a wrong check digit", "/valid", "false"),
    ("a right SIRET", "/siren", r#""732829320""#),
    ("a right SIRET", "/vat", r#""FR44732829320""#),
    ("the head office of La Poste", "/valid", "true"),
    // The digits sum to 45; by Luhn they would have to sum to a multiple of ten.
    ("another office of La Poste", "/valid", "true"),
    ("a wrong VAT key", "/valid", "false"),
    ("a VAT key with a letter", "/valid", "true"),
    ("letters that no key has", "/valid", "false"),
    ("a VAT number with its country", "/siren", r#""443121975""#),
    ("a German VAT number", "/vat", r#""DE136695976""#),
    ("domain: an address", "/domain/registrable", r#""exemple.co.uk""#),
    ("domain: a URL", "/domain/ascii", r#""www.exemple.fr""#),
    ("domain: somebody’s part of a provider", "/domain/registrable", r#""jean.github.io""#),
    ("domain: a public suffix", "/domain/registrable", "null"),
    ("domain: mixed scripts", "/domain/registrable", r#""xn--exmple-4of.fr""#),
    ("domain: an address of a machine", "/domain", "null"),
    ("domain: an address of six parts", "/domain", "null"),
    ("every key", "/keys/dedupe", r#"{"key":"jean.legoff@renov-ouest.fr","kind":"email"}"#),
    ("every key", "/keys/phones", r#"["+33298000000","+33612345678","+33698765432"]"#),
    ("no e-mail: the phone", "/keys/dedupe", r#"{"key":"+33298000000","kind":"phone"}"#),
    ("no phone either: the mobile", "/keys/dedupe/key", r#""+33612345678""#),
    ("only others: the first", "/keys/dedupe/key", r#""+33298000000""#),
    ("no number: name and domain", "/keys/dedupe", r#"{"key":"jean|le goff|renov-ouest.fr","kind":"name_company"}"#),
    ("no domain either: name and company", "/keys/dedupe/key", r#""jean|le goff|renov ouest""#),
    ("an empty row has no key", "/keys", "{}"),
    ("blank texts have no key", "/keys", "{}"),
    ("a free address: the website tells the company", "/keys/domain", r#""renov-ouest.fr""#),
    ("dialled in the record’s country", "/keys/phone", r#""+4930901820""#),
    ("the SIREN out of the VAT number", "/keys/registration", r#""443121975""#),
    ("a contact", "/keys/name", r#""jean|le goff""#),
    ("an account", "/keys/domain", r#""renov-ouest.fr""#),
    ("an account of a provider", "/keys", r#"{"company":"orange"}"#),
    ("a value that cannot be read", "/diagnostics/0/field", r#""email""#),
];

#[test]
fn names_numbers_domains_and_records_worked_out_by_hand_hold() {
    golden::holds("identity", OTHERS);
}

#[test]
fn addresses_worked_out_by_hand_hold() {
    golden::holds("identity", KEYS);
}

#[test]
fn phones_worked_out_by_hand_hold() {
    golden::holds("identity", PHONES);
}

#[test]
fn companies_worked_out_by_hand_hold() {
    golden::holds("identity", COMPANIES);
}

/// A list of who must not be written to is compared by SHA-256 of the key: three spellings, one hash.
#[test]
fn one_mailbox_has_one_hash() {
    let hash = |text: &str| Rules::default().identity().email(text).unwrap().suppression();
    let all = ["test@maxmind.com", "Test@maxmind.com ", "Test+alias@maxmind.com"].map(hash);
    // printf test@maxmind.com | sha256sum
    assert_eq!(all, [HASH; 3]);
    assert_ne!(hash("tests@maxmind.com"), HASH);
}

const HASH: &str = "0539f73f93f2d1ef313ce047bbd0d136e4604d3befb78d2e95df25095707d645";

/// What load refuses, with code and path.
const REFUSED: &[(&str, &str, &str)] = &[
    (r#"{"default_region": "XX"}"#, "invalid_json", "identity.default_region"),
    (r#"{"default_region": "fr"}"#, "invalid_json", "identity.default_region"),
    (r#"{"default_region": 33}"#, "invalid_value", "identity.default_region"),
    (r#"{"free_domains": "free.fr"}"#, "invalid_json", "identity.free_domains"),
    (r#"{"free_domains": ["exemple.fr", "exemple"]}"#, "invalid_json", "identity.free_domains[1]"),
    (r#"{"company_domains": ["a b.fr"]}"#, "invalid_json", "identity.company_domains[0]"),
    (r#"{"regions": []}"#, "unknown_field", "identity"),
    ("[]", "invalid_json", "identity"),
];

#[test]
fn load_refuses_what_is_wrong_and_says_where() {
    for (config, code, path) in REFUSED {
        let config: Json = serde_json::from_str(config).unwrap();
        let error = Rules::from_json(&json!({"identity": config})).unwrap_err();
        assert_eq!((error.code().name(), error.field()), (*code, Some(*path)), "{error}");
    }
}

/// What the door refuses, with code and path.
#[test]
fn the_door_refuses_what_is_wrong_and_says_where() {
    let refused = [
        (json!({}), "missing", None),
        (json!({"email": "a@b.fr", "phone": "1"}), "unknown_field", None),
        (json!({"phone": "1", "region": "Atlantis"}), "invalid_json", Some("region")),
        (json!({"phones": ["1"]}), "invalid_json", Some("phones")),
        (json!({"phones": ["1", 2]}), "invalid_value", Some("phones[1]")),
        (json!({"lead": {"mail": "a@b.fr"}}), "unknown_field", Some("lead.mail")),
        (json!({"account": 3}), "invalid_json", Some("account")),
        (json!({"siret": 35600000000048_u64}), "invalid_value", Some("siret")),
    ];
    for (input, code, path) in refused {
        let error = Rules::default().eval("identity", &input).unwrap_err();
        assert_eq!((error.code().name(), error.field()), (code, path), "{input}: {error}");
    }
}
