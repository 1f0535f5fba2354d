//! A routed table is its leads routed one after the other.

use crm_arrow::{RouteColumn, RouteOptions, route_batches};
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::leads::Leads;
use super::{numbers, texts};

const FED: &[&str] =
    &["email", "source", "campaign", "landing_page", "email_domain", "segment", "owner", "account_owner", "company"];

fn rules() -> Rules {
    Rules::from_json(&json!({"routing": {
        "zone": "Europe/Paris",
        "members": [
            {"user": "marie", "weight": 2, "caps": {"day": 9, "open": 12}}, {"user": "paul", "email": "paul@acme.co.uk"},
            {"user": "zoe", "leave": [{"from": "2026-11-20", "to": "2026-11-30"}]}, {"user": "luc", "quota_month": 60},
        ],
        "teams": [{"id": "sales", "members": ["marie", "paul", "zoe"]}, {"id": "small", "members": ["luc"]}],
        "queues": ["later", "partners"],
        "rules": [
            {"id": "partner", "priority": 1, "match": {"email_domain": ["partner.example", "gmail.com"]}, "target": {"queue": "partners"}},
            {"id": "drop", "priority": 2, "match": {"segment": "ent", "source": ["phone", "référence"]}, "target": "drop"},
            {"id": "page", "priority": 3, "match": {"landing_page": [{"prefix": "/devis/"}, {"exact": "/"}]}, "target": {"team": "sales"}},
            {"id": "glob", "priority": 4, "match": {"landing_page": [{"glob": "/blog/*"}]}, "target": {"user": "zoe"}, "on_none": "next"},
            {"id": "both", "priority": 5, "match": {"source": "web", "campaign": ["spring", "2026-11"]},
             "when": {"field": "size", "op": "ge", "value": 10}, "target": {"team": "sales"}, "strategy": "sticky_account", "else": "least_open"},
            {"id": "quota", "priority": 6, "match": {"segment": ["smb", "mid"]}, "target": {"team": "small"},
             "strategy": "quota_month", "on_none": {"queue": "later"}},
            {"id": "named", "priority": 7, "when": {"field": "company", "op": "contains", "value": "ouest"}, "target": {"team": "sales"},
             "accept_within_seconds": 3600},
            {"id": "event", "priority": 8, "match": {"source": "event"}, "target": "keep"},
        ],
        "fallback": {"target": {"queue": "later"}},
    }}))
    .unwrap()
}

/// The lead alone, and what stands beside it.
fn asked(lead: &Map<String, Json>, force: bool) -> Json {
    let mut lead = lead.clone();
    let owner = lead.remove("account_owner");
    json!({"lead": lead, "account_owner": owner, "force": force})
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn a_table_is_its_leads_one_after_the_other(
        seed in any::<u64>(),
        rows in 1usize..80,
        fed in prop::sample::subsequence(FED.to_vec(), 1..=FED.len()),
        force in any::<bool>(),
        open in 0u64..12,
    ) {
        let rules = rules();
        let leads = Leads::draw(seed, rows, &fed);
        let state = json!({"open": {"marie": open}, "turns": {"page": {"paul": 1}}});
        let mut options = RouteOptions::from_json(&json!({"at": super::super::AT, "state": state, "force": force})).unwrap();
        options.account_owner = fed.contains(&"account_owner").then(|| "account_owner".to_owned());
        options.columns = Some(vec![
            RouteColumn::Outcome, RouteColumn::User, RouteColumn::Queue, RouteColumn::Rule, RouteColumn::Strategy,
            RouteColumn::ReasonCodes, RouteColumn::Reasons, RouteColumn::AcceptBy, RouteColumn::Fallback,
            RouteColumn::MatchedRule, RouteColumn::Diagnostics,
        ]);
        let table = route_batches(&leads.schema, &leads.batches, &rules, &options).unwrap();
        let asked: Vec<Json> = leads.rows.iter().map(|lead| asked(lead, force)).collect();
        let whole = rules.eval("routing", &json!({"leads": asked, "state": state, "at": super::super::AT, "lang": "en"})).unwrap();
        prop_assert_eq!(&table.answer["state"], &whole["state"]);
        prop_assert_eq!(&table.answer["counts"], &whole["counts"]);
        let decisions = whole["decisions"].as_array().unwrap();
        let of = |name: &str| decisions.iter().map(|d| d[name].as_str().map(str::to_owned)).collect::<Vec<_>>();
        for name in ["outcome", "user", "queue", "rule", "strategy"] {
            prop_assert_eq!(texts(&table, name), of(name), "{}", name);
        }
        let said = |key: &str| decisions.iter().map(|d| {
            let all = d["reasons"].as_array().unwrap().iter().chain(d["skipped"].as_array().unwrap());
            all.map(|r| r[key].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }).collect::<Vec<_>>();
        prop_assert_eq!(super::lists(&table, "reason_codes"), said("code"));
        prop_assert_eq!(super::lists(&table, "reasons"), said("text"));

        // The rule that matches is asked without any state, by any number of threads.
        for threads in 1..3 {
            let columns = Some(vec![RouteColumn::MatchedRule]);
            let alone = RouteOptions { columns, table: crm_arrow::TableOptions { threads, ..Default::default() }, ..options.clone() };
            let matched = route_batches(&leads.schema, &leads.batches, &rules, &alone).unwrap();
            prop_assert_eq!(numbers(&matched, "matched_rule"), numbers(&table, "matched_rule"));
        }
        // Where a rule decides, the first that matches is that one or one before it.
        let ids: Vec<String> = serde_json::from_str(&table.schema.metadata()["crmkit.rules"]).unwrap();
        for (first, rule) in numbers(&table, "matched_rule").iter().zip(texts(&table, "rule")) {
            let decided = rule.and_then(|rule| ids.iter().position(|id| *id == rule));
            if let Some(decided) = decided {
                prop_assert!(first.is_some_and(|first| first as usize <= decided));
            }
        }
    }
}

#[test]
fn every_name_is_its_column() {
    let default: Vec<&str> = RouteColumn::default_of(None).iter().map(|c| c.name()).collect();
    let expected =
        ["outcome", "user", "queue", "rule", "strategy", "fallback", "accept_by", "reason_codes", "diagnostics"];
    assert_eq!(default, expected);
    assert_eq!(RouteColumn::NAMES.len(), 11);
}
