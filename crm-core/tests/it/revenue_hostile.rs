//! Deals and forecasts at their JSON doors, asked what nobody in good faith asks: each question has an answer in which
//! nothing is lost, or an error that names its code and place in both languages; nothing panics, and nothing takes for
//! ever.

use crm_core::command::Role;
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Error, Lang};
use serde_json::{Value as Json, json};

use crate::forecast_commands::Desk;

fn eval(rule: &str, input: &Json) -> Result<Json, Error> {
    Rules::default().eval(rule, input)
}

/// The code and place of an error, after a look at its sentences: one in each language, none of them long.
fn told(error: &Error) -> (&'static str, String) {
    let (en, fr) = (error.text(Lang::English), error.text(Lang::French));
    assert!(!en.is_empty() && !fr.is_empty() && en != fr, "{en} / {fr}");
    assert!(en.len() < 3000 && fr.len() < 3000, "an error of {} and {} bytes: {en:.200}", en.len(), fr.len());
    (error.code().name(), error.field().unwrap_or_default().to_owned())
}

/// Something that takes as long as it must, and no longer than a test may wait, with tests beside it and no optimizer.
#[allow(clippy::disallowed_methods, reason = "a test looks at the clock, no rule does")]
fn soon<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = std::time::Instant::now();
    let done = run();
    let took = start.elapsed();
    assert!(took.as_secs() < 60, "{what} took {} ms", took.as_millis());
    done
}

const PEOPLE: usize = 10_000;

fn name(i: usize) -> String {
    format!("u{i}")
}

/// Everybody leads the next one.
fn chain() -> Json {
    (0..PEOPLE).map(|i| json!({"user": name(i), "manager": i.checked_sub(1).map(name)})).collect()
}

fn forecast(more: Json) -> Result<Json, Error> {
    let mut input = json!({
        "deals": [{"id": "roof", "owner": name(PEOPLE - 1), "value": {"amount": "10.01", "currency": "EUR"},
                   "probability_bp": 5000, "close_date": "2026-11-30", "category": "commit"}],
        "as_of": "2026-11-22", "currency": "EUR",
        "periods": {"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"}});
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    eval("forecast", &input)
}

fn adjustment(owner: &str, author: &str, layer: &str) -> Json {
    json!({"owner": owner, "author": author, "layer": layer, "category": "commit",
           "period_start": "2026-10-01", "period_end": "2027-01-01", "amount": {"amount": "7.00", "currency": "EUR"}})
}

#[test]
fn a_long_chain_of_people_is_walked_once() {
    let whole = soon("a chain", || forecast(json!({"owners": chain(), "view": "manager"})).unwrap());
    let nodes = whole["periods"][0]["nodes"].as_array().unwrap();
    assert_eq!((nodes.len(), &nodes[0]["total"]["amount"], &nodes[0]["depth"]), (PEOPLE, &json!("10.01"), &json!(0)));

    let named: Vec<String> = (0..PEOPLE - 1).map(name).collect();
    let filters = json!({"owners": named, "reports": true});
    let found = soon("reports", || forecast(json!({"owners": chain(), "filters": filters})).unwrap());
    assert_eq!((&found["total"]["total"]["amount"], &found["filtered"]), (&json!("10.01"), &json!(0)));
}

#[test]
fn a_number_for_each_person_of_a_chain() {
    let said = |layer: &str| (0..PEOPLE).map(|i| adjustment(&name(i), "elsewhere", layer)).collect::<Json>();
    let quotas = (0..PEOPLE).map(|i| {
        json!({"owner": name(i), "period_start": "2026-10-01", "period_end": "2027-01-01",
               "amount": {"amount": "5.00", "currency": "EUR"}})
    });
    let asked = json!({"owners": chain(), "view": "manager", "viewer": name(1), "quotas": quotas.collect::<Json>(),
                       "adjustments": said("manager")});
    let whole = soon("adjustments", || forecast(asked).unwrap());
    let nodes = &whole["periods"][0]["nodes"];
    // The person who asks sees what is said of those below, not what is said of herself and above.
    assert_eq!(nodes[1]["adjusted"]["commit"]["layer"], Json::Null);
    assert_eq!(nodes[2]["adjusted"]["commit"]["layer"], "manager");
    assert_eq!(nodes[1]["adjusted"]["commit"]["value"], "7.00");
    assert_eq!(nodes[1]["adjusted"]["commit"]["rollup"], "10.01");
    assert_eq!(nodes[9]["pacing"]["quota"], "5.00");
}

#[test]
fn people_who_lead_each_other_are_named_shortly() {
    let round: Json = (0..PEOPLE).map(|i| json!({"user": name(i), "manager": name((i + 1) % PEOPLE)})).collect();
    let error = soon("a circle", || forecast(json!({"owners": round})).unwrap_err());
    assert_eq!(told(&error), ("invalid_value", "owners[0].manager".to_owned()));

    let mut tail: Vec<Json> = (0..PEOPLE).map(|i| json!({"user": name(i)})).collect();
    tail.extend([json!({"user": "a", "manager": "b"}), json!({"user": "b", "manager": "a"})]);
    let error = soon("a circle at the end", || forecast(json!({"owners": tail})).unwrap_err());
    assert_eq!(told(&error), ("invalid_value", format!("owners[{PEOPLE}].manager")));
    assert!(error.text(Lang::English).contains("a → b"));
}

const NOW: &str = "2026-11-22T09:00:00Z";

const QUARTER: &str = r#"{"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"}"#;

fn quarter() -> Json {
    serde_json::from_str(QUARTER).unwrap()
}

/// A workspace with one pipeline of two open stages.
fn desk() -> Desk<MemoryStore> {
    let desk = Desk::new();
    let stages = json!([{"code": "first", "probability_bp": 1000}, {"code": "second", "probability_bp": 5000},
                        {"code": "won", "kind": "won"}, {"code": "lost", "kind": "lost"}]);
    desk.admin("2025-01-01T00:00:00Z", "pipeline.create", json!({"code": "sales", "default": true, "stages": stages}));
    desk
}

fn dollars(desk: &Desk<MemoryStore>, when: &str) {
    let rate = |day: &str, rate: &str| json!({"from": "USD", "to": "EUR", "valid_from": day, "rate": rate});
    let rates = json!({"rates": [rate("2020-01-01", "0.50"), rate("2026-01-01", "0.900")]});
    desk.admin(when, "exchange_rate.set", rates);
}

#[test]
fn an_open_deal_is_never_closed_by_hand() {
    let desk = desk();
    let body = json!({"fields": {"name": "roof", "category": "closed", "close_date": "2026-12-01"}});
    let error = desk.run(("marie", Role::Member), NOW, "deal.create", body).unwrap_err();
    assert_eq!(told(&error), ("invalid_value", "category".to_owned()));
    let deal = desk.deal(NOW, json!({"name": "roof", "value": {"amount": "10.00", "currency": "EUR"}}));
    let body = json!({"id": deal, "fields": {"category": "closed"}});
    let error = desk.run(("bot", Role::Agent), NOW, "deal.patch", body).unwrap_err();
    assert_eq!(told(&error), ("invalid_value", "category".to_owned()));
}

#[test]
fn a_deal_that_comes_won_was_won_on_its_day() {
    let desk = desk();
    let row = json!({"line": 2, "fields": {"external_id": "old", "name": "old", "stage": "won", "close_date": "2025-02-10",
        "value": {"amount": "70.00", "currency": "EUR"}, "owner": "marie"}});
    let done = desk.admin(NOW, "deal.import", json!({"source": "elsewhere", "rows": [row]}));
    assert_eq!(done["created"], 1, "{done}");
    let report = |from: &str, to: &str| {
        let spec =
            json!({"kind": "pipeline_snapshot", "currency": "EUR", "window": {"fixed": {"from": from, "to": to}}});
        desk.asked(NOW, "report", json!({"report": spec}))["closed"]["won"]["value"].clone()
    };
    assert_eq!(report("2025-01-01", "2025-04-01"), "70.00");
    assert_eq!(report("2026-10-01", "2027-01-01"), "0.00");
    let periods = json!({"unit": "quarter", "from": "2025-01-01", "to": "2025-04-01"});
    let forecast = desk.asked(NOW, "forecast", json!({"currency": "EUR", "periods": periods}));
    assert_eq!(forecast["periods"][0]["categories"]["closed"]["amount"], "70.00");
}

#[test]
fn the_rate_of_the_day_on_which_a_deal_began() {
    let desk = desk();
    dollars(&desk, "2025-01-01T00:00:00Z");
    desk.deal(
        NOW,
        json!({"name": "roof", "close_date": "2026-12-01", "opened_at": "2024-05-01T00:00:00Z",
                         "value": {"amount": "100.00", "currency": "USD"}}),
    );
    let asked = json!({"currency": "EUR", "periods": quarter(), "rate_basis": "created_on"});
    let forecast = desk.asked(NOW, "forecast", asked);
    assert_eq!(forecast["periods"][0]["open"]["amount"], "50.00");
    let spec = json!({"kind": "pipeline_snapshot", "currency": "EUR", "rate_basis": "created_on",
                      "window": {"to_date": {"unit": "quarter"}}});
    assert_eq!(desk.asked(NOW, "report", json!({"report": spec}))["totals"]["open"]["value"], "50.00");
    // The digest of a forecast's rates is that of its moment.
    assert_eq!(forecast["rates_digest"], forecast["moment"]["rates_digest"]);
}

#[test]
fn a_deal_in_no_stage_counts_nowhere() {
    let desk = Desk::new();
    let fields = json!({"name": "old", "pipeline": "former", "stage": "offer", "category": "commit",
                        "probability_bp": 5000, "close_date": "2026-12-01",
                        "value": {"amount": "10.00", "currency": "EUR"}, "owner": "marie"});
    desk.deal("2024-01-01T00:00:00Z", fields);
    let stages = json!([{"code": "first", "probability_bp": 1000}, {"code": "won", "kind": "won"},
                        {"code": "lost", "kind": "lost"}]);
    desk.admin("2025-01-01T00:00:00Z", "pipeline.create", json!({"code": "sales", "stages": stages}));
    let forecast = desk.asked(NOW, "forecast", json!({"currency": "EUR", "periods": quarter()}));
    assert_eq!(forecast["excluded"].as_array().unwrap().len(), 1);
    let waterfall = desk.asked(NOW, "waterfall", json!({"from": "2026-01-01T00:00:00Z", "currency": "EUR"}));
    assert_eq!((&waterfall["start"], &waterfall["end"]), (&json!("0.00"), &json!("0.00")));
    assert_eq!(waterfall["excluded"][0]["code"], "unknown_category", "{waterfall}");
    let said = json!({"owner": "marie", "layer": "manager", "category": "commit",
                      "period": {"start": "2026-10-01", "end": "2027-01-01"},
                      "amount": {"amount": "5.00", "currency": "EUR"}});
    let id = desk.admin(NOW, "adjustment.set", said)["id"].clone();
    let row = desk.asked(NOW, "get", json!({"record": "adjustment", "id": id}));
    assert_eq!(row["row"]["base"]["amount"], "0.00");
}

/// Who tries what at the desk, and what comes of it.
#[test]
fn what_nobody_may_do() {
    let desk = desk();
    let deal = desk.deal("2026-11-01T09:00:00Z", json!({"name": "roof", "owner": "marie"}));
    let gone = desk.deal("2026-11-01T09:00:00Z", json!({"name": "gone"}));
    desk.admin("2026-11-02T09:00:00Z", "deal.archive", json!({"id": gone}));
    let period = json!({"start": "2026-10-01", "end": "2027-01-01"});
    let euro = json!({"amount": "1.00", "currency": "EUR"});
    let own = json!({"owner": "bot", "layer": "own", "period": period, "category": "commit", "amount": euro});
    let (agent, member, admin) = (("bot", Role::Agent), ("paul", Role::Member), ("root", Role::Admin));
    let split = json!({"deal": deal, "shares": [{"owner": "bot", "share_bp": 10000}]});
    let year = "9999-12-31T23:59:59Z";
    type Case = ((&'static str, Role), &'static str, Json, &'static str, &'static str);
    let cases: Vec<Case> = vec![
        (agent, "pipeline.delete", json!({"code": "sales"}), "forbidden", ""),
        (agent, "stage.edit", json!({"pipeline": "sales", "code": "first"}), "forbidden", ""),
        (agent, "adjustment.set", own, "forbidden", ""),
        (agent, "quota.set", json!({"owner": "bot", "period": period, "amount": euro}), "forbidden", ""),
        (("vera", Role::Viewer), "deal.split", split, "forbidden", ""),
        (("vera", Role::Viewer), "deal.archive", json!({"id": deal}), "forbidden", ""),
        (member, "stage.delete", json!({"pipeline": "sales", "code": "second"}), "forbidden", ""),
        (member, "deal.patch", json!({"id": deal, "fields": {"state": "won"}}), "invalid_value", "fields.state"),
        (
            member,
            "deal.patch",
            json!({"id": deal, "fields": {"closed_probability_bp": 1}}),
            "invalid_value",
            "fields.closed_probability_bp",
        ),
        (
            member,
            "deal.patch",
            json!({"id": deal, "fields": {"probability_bp": 10001}}),
            "invalid_value",
            "probability_bp",
        ),
        (
            member,
            "deal.patch",
            json!({"id": deal, "fields": {"stage_entered_at": year}}),
            "invalid_value",
            "stage_entered_at",
        ),
        (
            member,
            "deal.move",
            json!({"id": deal, "stage": "second", "at": "2026-10-31T09:00:00Z"}),
            "invalid_value",
            "stage_entered_at",
        ),
        (member, "deal.move", json!({"id": deal, "stage": "\u{202e}second"}), "invalid_value", "stage"),
        (member, "deal.move", json!({"id": deal, "stage": "second", "pipeline": "none"}), "invalid_value", "pipeline"),
        (member, "deal.win", json!({"id": gone}), "wrong_state", ""),
        (member, "deal.win", json!({"id": deal, "stage": "lost"}), "invalid_value", "stage"),
        (member, "deal.lose", json!({"id": deal}), "missing", ""),
        (member, "deal.reopen", json!({"id": deal}), "wrong_state", ""),
        (
            admin,
            "stage.create",
            json!({"pipeline": "sales", "stage": {"code": "FIRST", "probability_bp": 1}}),
            "already_exists",
            "stage.code",
        ),
        (
            admin,
            "stage.create",
            json!({"pipeline": "sales", "stage": {"code": "x", "probability_bp": 1,
         "exit_requires": ["nothing_such"]}}),
            "unknown_field",
            "stage.exit_requires[0]",
        ),
        (
            admin,
            "stage.create",
            json!({"pipeline": "sales", "stage": {"code": "y", "probability_bp": 1, "category": "closed"}}),
            "invalid_value",
            "stage.category",
        ),
        (
            admin,
            "pipeline.create",
            json!({"code": "huge", "stages": (0..10_000).map(|i| json!({"code": name(i),
         "probability_bp": 1})).collect::<Json>()}),
            "too_large",
            "stages",
        ),
    ];
    let mut found = Vec::new();
    for (who, command, body, code, field) in cases {
        let told = match desk.run(who, NOW, command, body.clone()) {
            Ok(done) => ("done", done.to_string()),
            Err(error) => told(&error),
        };
        if told != (code, field.to_owned()) {
            found.push(format!("{command} {body:.120}: {told:?}, expected {code} {field}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn two_moves_in_one_instant_and_one_before_both() {
    let desk = desk();
    dollars(&desk, "2025-01-01T00:00:00Z");
    let start = "2026-11-01T09:00:00Z";
    let deal = desk.deal(
        start,
        json!({"name": "roof", "owner": "marie", "close_date": "2026-12-01",
                                  "value": {"amount": "-3.05", "currency": "USD"}}),
    );
    desk.admin(NOW, "deal.move", json!({"id": deal, "stage": "second"}));
    desk.admin(NOW, "deal.win", json!({"id": deal}));
    desk.admin(NOW, "deal.reopen", json!({"id": deal}));
    let answer = desk.asked(NOW, "deal", json!({"id": deal}));
    let stays = answer["spans"]["stays"].as_array().unwrap();
    let codes: Vec<_> = stays.iter().map(|s| (s["stage"].as_str().unwrap(), s["seconds"].as_i64().unwrap())).collect();
    assert_eq!(codes, [("first", 21 * 86_400), ("second", 0), ("won", 0), ("second", 0)]);
    let open = |when: &str, as_of: &str| {
        let asked = json!({"currency": "EUR", "periods": quarter(), "as_of": as_of});
        desk.asked(when, "forecast", asked)["periods"][0]["open"].clone()
    };
    // -3.05 USD at 0.9 is -2.745 EUR: half away from zero.
    assert_eq!((&open(NOW, NOW)["amount"], &open(NOW, NOW)["weighted"]), (&json!("-2.75"), &json!("-1.38")));
    assert_eq!(open(NOW, "2026-11-10T00:00:00Z")["weighted"], "-0.28");
    let asked = json!({"from": start, "to": NOW, "currency": "EUR"});
    let waterfall = desk.asked(NOW, "waterfall", asked);
    assert_eq!((&waterfall["unexplained"], &waterfall["unchanged"]), (&json!("0.00"), &json!(1)));
}

#[test]
fn a_touch_that_is_told_later_changes_no_report_of_before() {
    let desk = desk();
    let fields = json!({"name": "roof", "owner": "marie", "close_date": "2026-12-01",
                        "value": {"amount": "10.00", "currency": "EUR"}});
    let deal = desk.deal("2026-11-01T09:00:00Z", fields);
    let ask = |question: Json| desk.asked("2026-12-01T09:00:00Z", "report", question);
    let spec = json!({"kind": "pipeline_snapshot", "currency": "EUR", "window": {"to_date": {"unit": "quarter"}}});
    let first = ask(json!({"report": spec, "as_of": NOW}));
    assert_eq!(first["totals"]["open"]["oldest_idle_days"], 21);
    let touch = json!({"fields": {"deal": deal, "kind": "call", "happened_at": "2026-11-19T09:00:00Z"}});
    desk.admin("2026-11-20T09:00:00Z", "activity.create", touch);
    let again = json!({"report": spec, "as_of": NOW, "known_seq": first["data_version"]});
    assert_eq!(ask(again).to_string(), first.to_string());
    assert_eq!(ask(json!({"report": spec, "as_of": NOW}))["totals"]["open"]["oldest_idle_days"], 3);
}

#[test]
fn no_answer_names_a_day_that_cannot_be_written() {
    let far = "9999-12-31T23:59:59Z";
    let deal = json!({"pipeline": "sales", "stage": "proposal", "close_date": "9999-12-31"});
    let never = eval("deal_risk", &json!({"deal": deal, "at": "1900-01-01T00:00:00Z"})).unwrap();
    assert_eq!(never["next_change_at"], Json::Null);
    let overdue = json!({"pipeline": "sales", "stage": "proposal", "close_date": "1900-01-01"});
    let overdue = eval("deal_risk", &json!({"deal": overdue, "at": far, "lang": "fr"})).unwrap();
    let lines = overdue["reasons"].as_array().unwrap();
    let days: Vec<_> = lines.iter().filter(|line| line["code"] == "overdue_close").map(|line| &line["days"]).collect();
    assert_eq!(days, [&json!(2_958_463)]);
    let clock = json!({"clock": "idle", "days": 3650, "last_touch_at": far});
    assert_eq!(eval("pipeline", &json!({"ageing": clock, "at": far})).unwrap()["ageing"]["over_from"], Json::Null);
    let period = eval("fiscal", &json!({"date": "9999-12-31"})).unwrap();
    assert_eq!((&period["year"], &period["month"]), (&Json::Null, &Json::Null));
}

/// Rules with their inputs, and the code and place of what is told, or `None` for an answer.
#[test]
fn what_nobody_in_good_faith_asks() {
    let at = "2026-11-22T09:00:00Z";
    let window = |window: Json| json!({"window": window, "at": at});
    let stages = |count: usize| (0..count).map(|i| json!({"code": name(i), "probability_bp": 1})).collect::<Json>();
    let pipelines = |stages: Json| {
        json!({"deals": [], "as_of": "2026-11-22", "currency": "EUR", "periods": quarter(),
                                          "pipelines": [{"code": "sales", "stages": stages}]})
    };
    let deals = |amount: &str, count: usize| {
        let deal = |i: usize| json!({"id": name(i), "amount": amount, "probability_bp": 5000});
        (0..count).map(deal).collect::<Json>()
    };
    let cases = [
        ("window", window(json!({"rolling": {"count": 1_000_000_000, "unit": "year"}})), Some("window.rolling.count")),
        ("window", window(json!({"rolling": {"count": 3660, "unit": "year"}})), Some("window")),
        ("forecast", pipelines(json!([])), Some("pipelines[0]")),
        ("forecast", pipelines(stages(10_000)), Some("pipelines[0].stages")),
        (
            "forecast",
            pipelines(json!([{"code": "É", "probability_bp": 1}, {"code": "e", "probability_bp": 1}])),
            Some("pipelines[0].stages"),
        ),
        ("bands", json!({"currency": "EUR", "deals": deals("999999999999999.99", 30)}), Some("")),
        ("bands", json!({"currency": "EUR", "cell": "0.01", "deals": deals("999999999.99", 30)}), Some("cell")),
        ("bands", json!({"currency": "EUR", "deals": deals("-1.00", 5_000)}), None),
        ("allocate", json!({"amount_minor": i64::MIN, "weights": [1]}), None),
        ("allocate", json!({"amount_minor": 1, "weights": ["1/0"]}), Some("weights[0]")),
        (
            "allocate",
            json!({"amount_minor": 1, "weights": ["1/999999937", "1/999999893", "1/999999883", "1/999999797",
         "1/999999761"]}),
            Some("weights"),
        ),
        ("csv_cell", json!({"type": "money", "value": "=1"}), Some("value")),
        (
            "convert",
            json!({"amount": "999999999999999.99", "currency": "EUR", "to": "USD", "date": "2026-01-01",
         "rates": [{"from": "EUR", "to": "USD", "valid_from": "2026-01-01", "rate": "1000000000"}]}),
            None,
        ),
        (
            "convert",
            json!({"amount": "1.00", "currency": "EUR", "to": "USD", "date": "2026-01-01",
         "rates": [{"from": "EUR", "to": "USD", "valid_from": "2026-01-01", "rate": "0"}]}),
            Some("rates[0].rate"),
        ),
    ];
    for (rule, input, field) in cases {
        match (soon(rule, || eval(rule, &input)), field) {
            (Ok(_), None) => {}
            (Err(error), Some(field)) => assert_eq!(told(&error).1, field, "{rule}: {error}"),
            (Ok(answer), Some(_)) => panic!("{rule} answered {answer:.300}"),
            (Err(error), None) => panic!("{rule}: {error}"),
        }
    }
    let text = eval("csv_cell", &json!({"type": "text", "value": "\u{200b}\u{a0}\u{feff}=cmd|' /C calc'!A0"})).unwrap();
    assert_eq!(text["cell"], "'\u{200b}\u{a0}\u{feff}=cmd|' /C calc'!A0");
}
