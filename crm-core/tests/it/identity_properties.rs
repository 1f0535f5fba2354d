//! Properties of the identity keys: what holds for every text.

use crm_core::Id;
use crm_core::model::{Account, AnyRecord, Contact, Kind, Lead, Row};
use crm_core::rules::Rules;
use crm_core::rules::identity::{Identity, KeyFields, Keys, PhoneMatch, clean_name};
use proptest::prelude::*;
use proptest::string::string_regex;

use crate::support::at;

/// Any text, and texts that look like what they stand for.
fn addresses() -> impl Strategy<Value = String> {
    let host =
        "(gmail|googlemail|gamil|exemple|yahoo|ymail|fastmail|12gmail|bücher|ex\u{435}mple|xn--bcher-kva|\\PC{1,4})";
    let top = "(com|fr|co\\.uk|com\\.com|comcom|con|con\\.con|cmo\\.com|de\\.|com\\.con\\.com)";
    prop_oneof![
        "\\PC*",
        "[a-zA-Z0-9._+-]{0,9}@([a-z+-]{1,5}\\.)?[a-z0-9]{1,6}\\.[a-z]{1,4}",
        string_regex(&format!("[ \"(]?[a-zA-ZÉéİΣς0-9.+\u{301}-]{{0,9}}@([a-z+-]{{1,5}}\\.)?{host}\\.{top}[ \">]?"))
            .unwrap(),
    ]
}

fn numbers() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,30}",
        "[+0-9 ()./#x-]{0,24}",
        "(\\+33|0033|0|\\+1|\\+64|\\+49)[1-9][0-9 .]{6,14}( ?(ext|poste|x|#) ?[0-9]{1,4})?"
    ]
}

fn companies() -> impl Strategy<Value = String> {
    let form = "(SARL|S\\.A\\.R\\.L\\.|GmbH|& Co\\.|KG|Ltd\\.|S\\.p\\.A\\.|A/S|Sp\\. z o\\.o\\.|sa|Inc|UG \\(haftungsbeschränkt\\))";
    prop_oneof![
        "\\PC*",
        string_regex(&format!("({form}[ ,.-]?){{0,2}}[A-Za-zÉéßİ'’.& ,-]{{0,16}}([ ,.-]?{form}){{0,3}}")).unwrap()
    ]
}

fn identity() -> Identity {
    Rules::default().identity().clone()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn an_address_keeps_its_key(written in addresses()) {
        let identity = identity();
        if let Some(email) = identity.email(&written) {
            let again = identity.email(&email.canonical).expect("a key is an address");
            prop_assert_eq!(&again.canonical, &email.canonical);
            let exact = identity.email(&email.exact).expect("so is the exact form");
            prop_assert_eq!(&exact, &email);
        }
    }

    #[test]
    fn a_domain_keeps_its_key(written in addresses()) {
        let identity = identity();
        if let Some(domain) = identity.domain(&written) {
            prop_assert_eq!(identity.domain(&domain.ascii), Some(domain.clone()));
            if let Some(own) = &domain.registrable {
                prop_assert!(domain.ascii.ends_with(own.as_str()));
                prop_assert_eq!(&identity.domain(own).unwrap().registrable, &domain.registrable);
            }
        }
    }

    #[test]
    fn a_number_keeps_its_key(written in numbers()) {
        let identity = identity();
        if let Some(phone) = identity.phone(&written, None) {
            prop_assert_eq!(identity.phone(&phone.key(), Some("US")), Some(phone.clone()));
            prop_assert_eq!(identity.phones_match(&phone.e164, &phone.e164, None), PhoneMatch::Exact);
        }
    }

    #[test]
    fn matching_numbers_is_symmetric(a in numbers(), b in numbers(), region in prop_oneof![Just(None), Just(Some("FR")), Just(Some("US"))]) {
        let nowhere = Rules::from_json(&serde_json::json!({"identity": {"default_region": null}})).unwrap();
        for identity in [identity(), nowhere.identity().clone()] {
            prop_assert_eq!(identity.phones_match(&a, &b, region), identity.phones_match(&b, &a, region), "{} {}", a, b);
        }
    }

    #[test]
    fn a_company_keeps_its_key(written in companies()) {
        let identity = identity();
        if let Some(company) = identity.company(&written) {
            prop_assert!(!company.key.is_empty() && !company.base.is_empty());
            prop_assert_eq!(&identity.company(&company.key).unwrap().key, &company.key);
            prop_assert_eq!(&identity.company(&company.base).unwrap().key, &company.key);
        }
    }

    #[test]
    fn a_name_keeps_its_key(first in "\\PC*", last in "\\PC*") {
        let identity = identity();
        prop_assert_eq!(clean_name(&clean_name(&first)), clean_name(&first));
        prop_assert_eq!(identity.person(&first, &last), identity.person(&last, &first));
        prop_assert_eq!(identity.person(&first, &last).is_some(), !clean_name(&first).is_empty() && !clean_name(&last).is_empty());
    }

    #[test]
    fn a_number_of_a_register_is_told_by_its_digits(digits in "[0-9]{9}", tail in "[0-9]{5}") {
        use crm_core::rules::identity::{siren, siren_of_vat, siret, vat, vat_of_siren};
        if let Some(number) = siret(&format!("{digits}{tail}")) {
            prop_assert_eq!(siren(number.split_at(9).0), Some(digits.clone()));
        }
        if siren(&digits).is_some() {
            let own = vat_of_siren(&digits).unwrap();
            prop_assert_eq!(vat(&own), Some(own.clone()));
            prop_assert_eq!(siren_of_vat(&own), Some(digits.clone()));
        }
    }

    /// The two ways to a record's keys, as a struct and as facts, are one.
    #[test]
    fn facts_have_the_keys_of_the_record(email in addresses(), phone in numbers(), company in companies(), country in "(FR|Deutschland|)") {
        let rules = Rules::default();
        let lead = Lead { email: email.clone(), phone: phone.clone(), company: company.clone(), country: country.clone(),
            first_name: "Ann".into(), last_name: "Lee".into(), website: email.clone(), ..Lead::default() };
        let contact = Contact { email, mobile: phone.clone(), country: country.clone(), ..Contact::default() };
        let account = Account { name: company.clone(), domain: company, phone, country, ..Account::default() };
        for (kind, body) in [(Kind::Lead, AnyRecord::from(lead)), (Kind::Contact, contact.into()), (Kind::Account, account.into())] {
            let schema = rules.schema(kind);
            let now = at("2026-11-22T09:00:00Z");
            let row = Row { id: Id::from_text("r"), version: 1, created_at: now, updated_at: now, archived_at: None, clocks: Default::default(), body };
            let facts = row.facts(&schema);
            prop_assert_eq!(rules.identity().lead_keys(&facts, &KeyFields::new(&schema)), rules.identity().keys(&row.body));
        }
    }
}

/// What says nothing has no key, so that two empty rows are no duplicates.
#[test]
fn nothing_has_no_key() {
    let identity = identity();
    for body in [AnyRecord::from(Lead::default()), Contact::default().into(), Account::default().into()] {
        assert_eq!(identity.keys(&body), Keys::default());
    }
    for text in ["", " ", "\u{a0}", "\u{200b}", "-", "@", "+", "."] {
        assert_eq!(
            (identity.email(text), identity.phone(text, None), identity.company(text), identity.domain(text)),
            (None, None, None, None),
            "{text:?}"
        );
        assert_eq!(identity.person(text, "Lee"), None, "{text:?}");
    }
}

/// A text of ten megabytes is cut by its length before anybody reads it: whole seconds would pass otherwise, and the
/// test would be seen to hang.
#[test]
fn ten_megabytes_are_no_key() {
    let identity = identity();
    for piece in ["a", "0", "+", "é", ".", "@", "sarl ", "(", "a.", "\u{202e}"] {
        let long = piece.repeat(10_000_000 / piece.len());
        let address = format!("{long}@exemple.fr");
        for text in [&long, &address] {
            assert_eq!(identity.email(text), None);
            assert_eq!(identity.phone(text, None), None);
            assert_eq!(identity.company(text), None);
            assert_eq!(identity.domain(text), None);
            assert_eq!(identity.person(text, text), None);
            assert_eq!(identity.phones_match(text, "+33612345678", None), PhoneMatch::NotANumber);
        }
    }
}
