//! What holds of every conversion's plan.

use std::collections::BTreeMap;

use crm_core::model::Kind;
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// Some fields of leads with a few values each, so that records often share some.
const VALUES: &[(&str, &[&str])] = &[
    ("first_name", &[r#""Anne""#, r#""Yann""#]),
    ("last_name", &[r#""Le Goff""#, r#""Kervella""#, r#""LE GOFF""#]),
    ("email", &[r#""anne@renovouest.fr""#, r#""A.nne@gmail.com""#, r#""no address""#, r#""info@renovouest.fr""#]),
    ("phone", &[r#""02 98 80 12 34""#, r#""+33298801234""#, r#""☎""#]),
    ("mobile", &[r#""06 12 34 56 78""#]),
    ("company", &[r#""Acme""#, r#""ACME SAS""#, r#""Rénov'Ouest""#]),
    ("website", &[r#""https://renovouest.fr""#, r#""acme.example""#]),
    ("registration_number", &[r#""552100554""#, r#""732829320""#]),
    ("postal_code", &[r#""29000""#, r#""75001""#]),
    ("city", &[r#""Brest""#, r#""Paris""#]),
    ("size", &["12", "0"]),
    ("value", &[r#"{"amount": "0", "currency": "EUR"}"#, r#"{"amount": "500", "currency": "USD"}"#]),
    ("consent", &[r#""opted_in""#, r#""opted_out""#, r#""soft""#]),
    ("do_not_call", &["true", "false"]),
    ("tags", &[r#"["vip"]"#, r#"["VIP", "fair"]"#]),
    ("description", &[r#""d""#, r#""e""#]),
    ("rating", &[r#""hot""#]),
    ("visits", &["0", "3"]),
    ("owner", &[r#""marie""#, r#""paul""#]),
    ("external_source", &[r#""old""#]),
    ("external_id", &[r#""1""#, r#""2""#]),
];

/// Any of these fields, under the names that a record has for them.
pub fn fields_of(kind: Kind) -> impl Strategy<Value = Map<String, Json>> {
    let names = move |name: &str| match (kind, name) {
        (Kind::Account, "company") => Some("name".to_owned()),
        _ => kind.place(name).map(|_| name.to_owned()),
    };
    let one = move |(name, values): &(&str, &'static [&'static str])| {
        names(name).map(|n| (Just(n), prop::option::weighted(0.6, prop::sample::select(*values))))
    };
    VALUES.iter().filter_map(one).collect::<Vec<_>>().prop_map(|fields| {
        let known = fields.into_iter().filter_map(|(name, value)| Some((name, serde_json::from_str(value?).unwrap())));
        known.collect()
    })
}

pub fn lead_fields() -> impl Strategy<Value = Map<String, Json>> {
    fields_of(Kind::Lead).prop_map(|mut fields| {
        // One of these at least, or there is nothing to convert.
        if !["first_name", "last_name", "company"].iter().any(|f| fields.contains_key(*f)) {
            fields.insert("last_name".into(), "Le Goff".into());
        }
        fields
    })
}

fn candidates(kind: Kind, letter: char) -> impl Strategy<Value = Vec<Json>> {
    prop::collection::vec(fields_of(kind), 0..4).prop_map(move |all| {
        let with_id = |(i, mut fields): (usize, Map<String, Json>)| {
            fields.insert("id".into(), format!("00000000-0000-8000-8000-0000000000{letter}{i}").into());
            Json::Object(fields)
        };
        all.into_iter().enumerate().map(with_id).collect()
    })
}

fn input() -> impl Strategy<Value = Json> {
    let wish = || prop::sample::select(vec![Json::Null, Json::Null, "create".into(), "none".into()]);
    (lead_fields(), candidates(Kind::Account, 'a'), candidates(Kind::Contact, 'c'), wish(), wish(), wish()).prop_map(
        |(lead, accounts, contacts, account, contact, deal)| {
            json!({"lead": lead, "accounts": accounts, "contacts": contacts, "at": "2026-11-22T09:00:00Z",
                "options": {"account": account, "contact": contact, "deal": deal}})
        },
    )
}

fn texts<'a>(plan: &'a Json, list: &str, key: &str) -> Vec<&'a str> {
    plan[list].as_array().unwrap().iter().filter_map(|entry| entry[key].as_str()).collect()
}

fn stricter(consent: &Json) -> u8 {
    match consent.as_str() {
        Some("opted_out") => 0,
        None => 1,
        Some("soft") => 2,
        _ => 3,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_known_field_of_the_lead_is_lost(input in input()) {
        let plan = Rules::default().eval("conversion", &input).unwrap();
        // How often each field is told in each way; targets of one field tell it once each.
        let mut told: BTreeMap<(&str, String), u32> = BTreeMap::new();
        for (list, from) in [("writes", "from"), ("kept", "from"), ("same", "from")] {
            for entry in plan[list].as_array().unwrap() {
                if let Some(name) = entry[from].as_str() {
                    *told.entry((name, format!("{}.{}", entry["record"], entry["field"]))).or_default() += 1;
                }
            }
        }
        for entry in plan["invalid"].as_array().unwrap() {
            let place = format!("{}.{}", entry["record"], entry["target"]);
            *told.entry((entry["field"].as_str().unwrap(), place)).or_default() += 1;
        }
        prop_assert!(told.values().all(|n| *n == 1), "{told:?}");
        let (unmapped, waiting) = (texts(&plan, "unmapped", "field"), texts(&plan, "waiting", "field"));
        for name in input["lead"].as_object().unwrap().keys() {
            let is_told = told.keys().any(|(field, _)| field == name);
            let ways = [is_told, unmapped.contains(&name.as_str()), waiting.contains(&name.as_str())];
            prop_assert_eq!(ways.iter().filter(|w| **w).count(), 1, "{}: {:?} in {:#}", name, ways, plan);
        }
    }

    #[test]
    fn consent_is_never_loosened_and_no_call_is_never_forgotten(
        input in input(), policy in prop::sample::select(vec!["overwrite", "newest", "most_restrictive"]),
    ) {
        let rules = Rules::from_json(&json!({"conversion": {"policies": {"do_not_call": policy}}})).unwrap();
        let plan = rules.eval("conversion", &input).unwrap();
        let lead = &input["lead"];
        match plan["contact"]["do"].as_str().unwrap() {
            "create" => prop_assert_eq!(&plan["contact"]["fields"]["consent"], &lead["consent"]),
            "use" => {
                let id = &plan["contact"]["id"];
                let before = input["contacts"].as_array().unwrap().iter().find(|c| c["id"] == *id).unwrap();
                let write = plan["writes"].as_array().unwrap().iter().find(|w| w["field"] == "consent");
                let after = write.map_or(&before["consent"], |w| &w["new"]);
                prop_assert_eq!(stricter(after), stricter(&before["consent"]).min(stricter(&lead["consent"])));
                let write = plan["writes"].as_array().unwrap().iter().find(|w| w["field"] == "do_not_call");
                if policy == "most_restrictive" && before["do_not_call"] == true {
                    prop_assert!(write.is_none());
                }
            }
            _ => {}
        }
    }

    #[test]
    fn what_the_order_of_the_stored_records_is_does_not_matter(input in input()) {
        let rules = Rules::default();
        let mut turned = input.clone();
        for list in ["accounts", "contacts"] {
            turned[list].as_array_mut().unwrap().reverse();
        }
        prop_assert_eq!(rules.eval("conversion", &input).unwrap(), rules.eval("conversion", &turned).unwrap());
    }

    #[test]
    fn nothing_is_used_that_shares_but_a_name_or_a_number(input in input()) {
        let plan = Rules::default().eval("conversion", &input).unwrap();
        let weak = ["same_contact_phone", "same_contact_name", "same_account_name", "same_account_company"];
        for record in ["account", "contact"] {
            if plan[record]["do"] == "use" {
                let reasons = plan[record]["reasons"].as_array().unwrap();
                prop_assert!(reasons.iter().any(|r| !weak.contains(&r["code"].as_str().unwrap())), "{reasons:?}");
            }
        }
    }
}
