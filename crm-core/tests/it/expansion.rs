//! Ideas to sell more that rules have: what is measured and used, once for each account, rule and period.

use crm_core::Id;
use crm_core::command::Role;
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use serde_json::{Value as Json, json};

use super::forecast_commands::{Desk, euro};
use crate::support::{at, cx};

const BEGIN: &str = "2026-01-01T09:00:00Z";
const NOW: &str = "2026-11-22T09:00:00Z";

fn rules() -> Json {
    json!({"expansion": {"rules": [
        {"id": "seats", "title": "Plus de licences", "seats": {"from_bp": 9000}},
        {"id": "busy", "kind": "cross_sell", "title": "Support premium", "product": "premium", "value": euro("1200.00"),
            "period": "month", "measure": {"code": "tickets_30d", "from": "20", "max_age_days": 30}}]}})
}

fn desk() -> Desk<MemoryStore> {
    Desk::ruled(MemoryStore::new(), &rules())
}

fn made(answer: &Json) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

fn customer(desk: &Desk<MemoryStore>, used: &str) -> (String, String) {
    let account = json!({"fields": {"name": "Rénov’Ouest", "owner": "marie"}});
    let account = made(&desk.admin(BEGIN, "account.create", account));
    let fields = json!({"name": "Suivi", "account": account, "currency": "EUR", "starts_on": "2026-01-01"});
    let subscription = made(&desk.admin(BEGIN, "subscription.create", json!({"fields": fields})));
    let item = json!({"subscription": subscription, "product": "crm", "quantity": "50", "unit_price": euro("10.00"),
        "seats_used": used});
    desk.admin(BEGIN, "subscription_item.create", json!({"fields": item}));
    (account, subscription)
}

fn measure(desk: &Desk<MemoryStore>, account: &str, value: &str, on: &str) {
    let body = json!({"account": account, "measure": "tickets_30d", "value": value,
        "measured_at": format!("{on}T08:00:00Z")});
    desk.admin(NOW, "measurement.record", body);
}

fn tick(desk: &Desk<MemoryStore>, day: &str) -> Vec<Json> {
    let told = desk.admin(&format!("{day}T10:00:00Z"), "expansion.tick", json!({}));
    told["ideas"].as_array().unwrap().clone()
}

#[test]
fn seats_that_are_used_make_one_idea_in_a_period() {
    let desk = desk();
    let (full, _) = customer(&desk, "45");
    customer(&desk, "44.9");
    let told = tick(&desk, "2026-11-22");
    assert_eq!(told.len(), 1, "{told:?}");
    let idea = &told[0];
    assert_eq!(
        (&idea["account"], &idea["rule"], &idea["period"]),
        (&full.as_str().into(), &"seats".into(), &"2026-Q4".into())
    );
    let asked = desk.asked(NOW, "expansion", json!({"account": full, "lang": "fr"}));
    let row = &asked["rows"][0];
    for (key, value) in
        [("state", "idea"), ("kind", "upsell"), ("product", "crm"), ("owner", "marie"), ("rule", "seats")]
    {
        assert_eq!(row[key], value, "{key}");
    }
    assert_eq!(row["reasons"][0]["share_bp"], 9_000);
    assert_eq!(row["reasons"][0]["text"], "licences de crm utilisées\u{a0}: 45 sur 50 (90\u{a0}%)");
    // The same period, and the next one while the idea is open.
    assert_eq!(tick(&desk, "2026-12-31"), Vec::<Json>::new());
    assert_eq!(tick(&desk, "2027-01-01"), Vec::<Json>::new());
    let version = row["version"].clone();
    let body = json!({"id": idea["id"], "version": version, "reason": "pas maintenant"});
    desk.admin("2027-01-02T09:00:00Z", "expansion_idea.drop", body);
    assert_eq!(tick(&desk, "2027-01-02")[0]["period"], "2027-Q1");
    assert_eq!(tick(&desk, "2027-01-02"), Vec::<Json>::new());
}

#[test]
fn an_idea_that_was_dropped_does_not_come_back_in_its_period() {
    let desk = desk();
    customer(&desk, "50");
    let idea = tick(&desk, "2026-10-01").remove(0);
    desk.admin(NOW, "expansion_idea.drop", json!({"id": idea["id"], "reason": "no budget"}));
    assert_eq!(tick(&desk, "2026-12-31"), Vec::<Json>::new());
    assert_eq!(tick(&desk, "2027-01-01").len(), 1);
}

#[test]
fn only_the_latest_measurement_counts_and_only_while_it_is_young() {
    let desk = desk();
    let (account, _) = customer(&desk, "0");
    measure(&desk, &account, "25", "2026-11-01");
    measure(&desk, &account, "19.9", "2026-11-10");
    assert_eq!(tick(&desk, "2026-11-22"), Vec::<Json>::new());
    measure(&desk, &account, "20", "2026-11-20");
    assert_eq!(tick(&desk, "2026-12-21"), Vec::<Json>::new(), "too old");
    let told = tick(&desk, "2026-12-20");
    assert_eq!((&told[0]["rule"], &told[0]["period"]), (&"busy".into(), &"2026-12".into()));
    let row = desk.asked(NOW, "expansion", json!({"account": account, "lang": "en"}))["rows"][0].clone();
    assert_eq!(row["value"], euro("1200.00"));
    assert_eq!((&row["kind"], &row["product"]), (&"cross_sell".into(), &"premium".into()));
    assert_eq!(row["reasons"][0]["text"], "tickets_30d is 20 (threshold 20)");
}

#[test]
fn what_does_not_run_any_more_makes_no_idea() {
    let desk = desk();
    let (_, cancelled) = customer(&desk, "50");
    let (_, archived) = customer(&desk, "50");
    desk.admin(BEGIN, "subscription.cancel", json!({"id": cancelled, "on": "2026-06-30", "reason": "moved"}));
    desk.admin(BEGIN, "subscription.archive", json!({"id": archived}));
    assert_eq!(tick(&desk, "2026-11-22"), Vec::<Json>::new());
}

#[test]
fn a_job_goes_through_all_accounts_in_pages() {
    let desk = desk();
    let mut expected: Vec<String> = (0..3).map(|_| customer(&desk, "50").0).collect();
    let mut after = Json::Null;
    let mut found: Vec<String> = Vec::new();
    let mut pages = 0;
    loop {
        let told = desk.admin(NOW, "expansion.tick", json!({"limit": 1, "after": after}));
        found.extend(told["ideas"].as_array().unwrap().iter().map(|idea| idea["account"].as_str().unwrap().to_owned()));
        after = told["next"].clone();
        pages += 1;
        if after.is_null() {
            break;
        }
    }
    expected.sort();
    found.sort();
    assert_eq!((found, pages), (expected, 3));
    let mut ctx = cx(Role::Admin, "job");
    ctx.at = at(NOW);
    let again = desk.crm.tick_expansion(&ctx, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert_eq!((again.accounts, again.ideas.len(), again.next), (3, 0, None));
    let wrong = desk.run(("root", Role::Admin), NOW, "expansion.tick", json!({"after": "x"})).unwrap_err();
    assert_eq!(wrong.field().unwrap(), "after");
}

#[test]
fn ids_of_ideas_keep_rule_and_period_apart() {
    let account = Id::from_text("a");
    let id = |rule, period| crm_core::model::ExpansionIdea::id_of(account, rule, period);
    assert_ne!(id("a b", "c"), id("a", "b c"));
    assert_eq!(id("a", "b"), id("a", "b"));
}

#[test]
fn load_refuses_what_makes_no_sense() {
    let refused = |rule: Json| {
        let error = Rules::from_json(&json!({"expansion": {"rules": [rule]}})).unwrap_err();
        format!("{} {}", error.code().name(), error.field().unwrap_or_default())
    };
    let with = |key: &str, value: Json| {
        let mut rule = json!({"id": "a", "title": "A", "seats": {"from_bp": 9000}});
        rule[key] = value;
        refused(rule)
    };
    assert_eq!(with("id", json!("")), "invalid_rules expansion.rules[0].id");
    assert_eq!(with("period", json!("week")), "invalid_value expansion.rules[0].period");
    assert_eq!(with("seats", json!({"from_bp": 0})), "invalid_value expansion.rules[0].seats.from_bp");
    assert_eq!(with("seats", Json::Null), "missing expansion.rules[0]");
    assert_eq!(with("measure", json!({"code": "a", "from": "1"})), "invalid_json expansion.rules[0]");
    assert_eq!(with("share", json!(1)), "unknown_field expansion.rules[0]");
    let rule = json!({"id": "a", "title": "A", "measure": {"code": "a", "from": 0.5}});
    assert_eq!(refused(rule), "invalid_value expansion.rules[0].measure.from");
    let twice = json!({"id": "a", "title": "A", "seats": {"from_bp": 9000}});
    let error = Rules::from_json(&json!({"expansion": {"rules": [twice.clone(), twice]}})).unwrap_err();
    assert_eq!(error.field().unwrap(), "expansion.rules[1].id");
}
