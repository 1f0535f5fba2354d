//! Promises to customers: golden cases with numbers by hand, what is refused, previews and ticks.

use crm_core::rules::Rules;
use crm_core::rules::sla::State;
use crm_core::{Error, Lang};
use serde_json::{Value as Json, json};

use super::golden;
use super::sla_numbers::NUMBERS;

#[test]
fn the_numbers_of_others_and_by_hand_hold() {
    golden::holds("sla", NUMBERS);
}

fn calendar(version: u32, from: &str) -> Json {
    let day = json!([[from, "18:00"]]);
    json!({
        "id": "office", "version": version, "zone": "Europe/Paris",
        "weekly": {"monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day},
    })
}

fn good() -> Json {
    json!({
        "policies": [{
            "id": "gold", "version": 2, "position": 1, "labels": {"en": "Gold", "fr": "Or"},
            "when": {"field": "tags", "op": "has", "value": ["gold"]}, "is_default": true,
            "calendar": "office", "pause_on": ["pending", "with_supplier"],
            "targets": {"urgent": {"first_response": 1800}, "*": {"first_response": "4h", "first_resolution": "16h"}},
            "due_soon": {"seconds": "30m", "percent_bp": 2000},
            "escalation": [{"id": "lead", "metric": "first_response", "before": "1h", "notify": ["lead"]}],
        }, {"id": "other", "calendar": {"field": "team", "of": {"fr": "office"}, "otherwise": "office"}}],
        "reopen_grace": {"seconds": 3600, "by": ["customer_message"]},
    })
}

fn load(sla: Json) -> Result<Rules, Error> {
    let statuses = json!([
        {"code": "new", "state": "new"}, {"code": "open", "state": "open"}, {"code": "with_supplier", "state": "hold"},
        {"code": "done", "state": "resolved"},
    ]);
    Rules::from_json(&json!({"calendar": [calendar(1, "09:00")], "support": {"statuses": statuses}, "sla": sla}))
}

/// The good configuration with another value in one place, and what is said about it.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("/policies/0/id", "null", "missing", "sla.policies[0]"),
    ("/policies/0/id", r#""""#, "invalid_rules", "sla.policies[0].id"),
    ("/policies/1/id", r#""gold""#, "invalid_rules", "sla.policies[1].id"),
    ("/policies/0/version", "0", "invalid_value", "sla.policies[0].version"),
    ("/policies/0/position", "-1", "invalid_value", "sla.policies[0].position"),
    ("/policies/0/when/field", r#""colour""#, "unknown_field", "sla.policies[0].when.field"),
    ("/policies/0/calendar", r#""shop""#, "invalid_value", "sla.policies[0].calendar"),
    ("/policies/1/calendar/field", r#""colour""#, "unknown_field", "sla.policies[1].calendar.field"),
    ("/policies/1/calendar/of/fr", r#""shop""#, "invalid_value", "sla.policies[1].calendar.of.fr"),
    ("/policies/0/targets/critical", r#"{"first_response": 1}"#, "invalid_value", "sla.policies[0].targets.critical"),
    (
        "/policies/0/targets/urgent/first_response",
        "0",
        "invalid_rules",
        "sla.policies[0].targets.urgent.first_response",
    ),
    (
        "/policies/0/targets/urgent/first_response",
        "-5",
        "invalid_value",
        "sla.policies[0].targets.urgent.first_response",
    ),
    (
        "/policies/0/targets/urgent/first_response",
        r#""1d""#,
        "invalid_rules",
        "sla.policies[0].targets.urgent.first_response",
    ),
    (
        "/policies/0/targets/urgent/first_response",
        r#""soon""#,
        "invalid_json",
        "sla.policies[0].targets.urgent.first_response",
    ),
    ("/policies/0/targets/urgent/reply", "60", "unknown_field", "sla.policies[0].targets.urgent"),
    ("/policies/0/pause_on/0", r#""waiting""#, "invalid_value", "sla.policies[0].pause_on[0]"),
    ("/policies/0/due_soon/percent_bp", "10001", "invalid_value", "sla.policies[0].due_soon.percent_bp"),
    ("/policies/0/escalation/0/before", "null", "missing", "sla.policies[0].escalation[0]"),
    ("/policies/0/escalation/0/after", "60", "invalid_rules", "sla.policies[0].escalation[0]"),
    ("/policies/0/escalation/0/metric", r#""reply""#, "invalid_value", "sla.policies[0].escalation[0].metric"),
    ("/policies/0/color", "1", "unknown_field", "sla.policies[0]"),
    ("/reopen_grace/by", "[]", "invalid_rules", "sla.reopen_grace.by"),
    ("/on_change", r#""restart""#, "invalid_value", "sla.on_change"),
    ("/resolved_is_response", "1", "invalid_value", "sla.resolved_is_response"),
];

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    load(good()).unwrap();
    for (pointer, value, code, field) in REFUSED {
        let mut sla = good();
        let value: Json = serde_json::from_str(value).unwrap();
        match sla.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => {
                let (parent, key) = pointer.rsplit_once('/').unwrap();
                sla.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key.into(), value);
            }
        }
        let error = load(sla).map(|_| ()).expect_err(pointer);
        assert_eq!((error.code().name(), error.field()), (*code, Some(*field)), "{pointer}: {error}");
        assert_ne!(error.text(Lang::English), error.text(Lang::French), "{pointer}");
    }
}

#[test]
fn a_calendar_without_working_time_is_an_error_and_no_wall_clock() {
    let closed = json!({"id": "closed", "zone": "UTC", "weekly": {}});
    let error = Rules::from_json(&json!({"calendar": [closed]})).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("invalid_rules", Some("calendar[0]")));
    assert_eq!(error.detail().unwrap()["reason"], "calendar_has_no_working_time");
    let ask = json!({"ask": "due", "start": "2026-11-23T09:00:00Z", "working_seconds": 1, "calendar": "closed"});
    let error = Rules::default().eval("sla", &json!({"calendars": [closed], "asks": [ask]})).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("invalid_rules", Some("calendars[0]")));
}

#[test]
fn the_door_is_strict() {
    let rules = load(good()).unwrap();
    let one = |ask: Json| {
        let error = rules.eval("sla", &json!({"asks": [ask]})).map(|a| panic!("{a:#}")).unwrap_err();
        format!("{} {}", error.code().name(), error.field().unwrap_or("-"))
    };
    let at = "2026-11-23T09:00:00Z";
    let timeline = |event: Json| one(json!({"ask": "timeline", "at": at, "events": [event]}));
    assert_eq!(one(json!({"ask": "policies"})), "invalid_value asks[0].ask");
    assert_eq!(one(json!({})), "missing asks[0]");
    assert_eq!(one(json!({"ask": "policy"})), "missing asks[0]");
    assert_eq!(
        one(json!({"ask": "policy", "at": at, "ticket": {"colour": "red"}})),
        "unknown_field asks[0].ticket.colour"
    );
    assert_eq!(one(json!({"ask": "policy", "at": "10000-01-01T00:00:00Z"})), "invalid_value asks[0].at");
    assert_eq!(timeline(json!({"at": at, "kind": "made"})), "invalid_value asks[0].events[0].kind");
    assert_eq!(timeline(json!({"kind": "created"})), "missing asks[0].events[0]");
    let odd = json!({"at": at, "kind": "created", "status": "waiting"});
    assert_eq!(timeline(odd), "invalid_value asks[0].events[0].status");
    let odd = json!({"at": at, "kind": "created", "priority": "critical"});
    assert_eq!(timeline(odd), "invalid_value asks[0].events[0].priority");
    let odd = json!({"at": at, "kind": "created", "number": -1});
    assert_eq!(timeline(odd), "invalid_value asks[0].events[0].number");
    assert_eq!(one(json!({"ask": "standing", "at": at, "state": {"format": 2}})), "invalid_value asks[0].state.format");
    let backwards = json!({"ask": "tick", "from": at, "to": "2026-11-22T09:00:00Z", "tickets": []});
    assert_eq!(one(backwards), "invalid_value asks[0].to");
    let pause = json!([["2026-11-23T09:00:00Z", "2026-11-22T09:00:00Z"]]);
    let due = json!({"ask": "due", "start": at, "working_seconds": 60, "pauses": pause});
    assert_eq!(one(due), "invalid_value asks[0].pauses[0]");
    let due = json!({"ask": "due", "start": at, "working_seconds": 60, "calendar": "shop"});
    assert_eq!(one(due), "invalid_value asks[0].calendar");
    assert_eq!(one(json!({"ask": "waits"})), "missing asks[0]");
    assert_eq!(one(json!({"ask": "waits", "segments": [["asleep", 1]]})), "invalid_value asks[0].segments[0][0]");
    let last = json!({"ask": "due", "start": "9999-12-31T23:00:00Z", "working_seconds": 7200});
    assert_eq!(rules.eval("sla", &json!({"asks": [last]})).unwrap()["answers"][0]["due"], Json::Null);
}

fn timeline(rules: &Rules, events: Json, at: &str) -> Json {
    let input = json!({"asks": [{"ask": "timeline", "events": events, "at": at}]});
    rules.eval("sla", &input).unwrap()["answers"][0].clone()
}

#[test]
fn a_calendars_new_version_moves_what_runs_and_says_so_before() {
    let sla = json!({"policies": [{
        "id": "all", "is_default": true, "calendar": "office",
        "targets": {"*": {"first_response": "1h", "first_resolution": "2h"}},
    }]});
    let rules = |calendar: Json| Rules::from_json(&json!({"calendar": [calendar], "sla": sla})).unwrap();
    let (old, new) = (rules(calendar(1, "09:00")), rules(calendar(2, "10:00")));
    // Created before opening in Paris, answered at 09:30: due at 11:00, and with the later opening at 12:00.
    let created = json!({"at": "2026-11-23T07:00:00Z", "kind": "created"});
    let answered = json!({"at": "2026-11-23T08:30:00Z", "kind": "staff_reply"});
    let running = timeline(&old, json!([created, answered]), "2026-11-23T08:30:00Z");
    let finished = json!({"at": "2026-11-23T09:00:00Z", "kind": "changed", "status": "resolved"});
    let done = timeline(&old, json!([created, answered, finished]), "2026-11-23T09:00:00Z");
    assert_eq!(running["standing"]["due_at"], "2026-11-23T10:00:00Z");
    let tickets = json!([{"id": "a", "state": running["state"]}, {"id": "b", "state": done["state"]}]);
    let ask = json!({"ask": "reapply", "tickets": tickets, "at": "2026-11-23T09:30:00Z"});
    let preview = new.eval("sla", &json!({"asks": [ask], "lang": "fr"})).unwrap()["answers"][0].clone();
    assert_eq!(preview["unchanged"], 1);
    assert_eq!(preview["moved"].as_array().unwrap().len(), 1, "{preview:#}");
    let moved = &preview["moved"][0];
    assert_eq!((&moved["ticket"], &moved["metric"]), (&json!("a"), &json!("first_resolution")));
    assert_eq!(moved["old_due_at"], "2026-11-23T10:00:00Z");
    assert_eq!(moved["new_due_at"], "2026-11-23T11:00:00Z");
    // Until it is applied, the due instant stays and the standing says that the calendar is another one.
    let ask = json!({"ask": "standing", "state": running["state"], "at": "2026-11-23T09:30:00Z"});
    let stands = new.eval("sla", &json!({"asks": [ask]})).unwrap()["answers"][0].clone();
    assert_eq!(stands["standing"]["due_at"], "2026-11-23T10:00:00Z");
    assert_eq!(stands["standing"]["clocks"][1]["reasons"][1]["code"], "calendar_changed");
    let first = &done["state"]["clocks"][0]["calendar"];
    assert_eq!(first["hash"], old.calendar("office").unwrap().hash());
}

#[test]
fn ticks_of_many_tickets_come_in_order_of_time() {
    let rules = load(good()).unwrap();
    let ticket =
        |at: &str| timeline(&rules, json!([{"at": at, "kind": "created", "priority": "urgent"}]), at)["state"].clone();
    let tickets = json!([
        {"id": "late", "state": ticket("2026-11-23T09:00:00Z")}, {"id": "early", "state": ticket("2026-11-23T08:00:00Z")},
    ]);
    let tick = |from: &str, to: &str| {
        let ask = json!({"ask": "tick", "tickets": tickets, "from": from, "to": to});
        rules.eval("sla", &json!({"asks": [ask]})).unwrap()["answers"][0].clone()
    };
    // Thirty minutes from 09:00 in Paris; with half an hour left it is due soon at once.
    let week = tick("2026-11-22T00:00:00Z", "2026-11-23T09:31:00Z");
    let said =
        |alert: &Json| format!("{} {} {}", alert["ticket"], alert["kind"], alert["effective_at"]).replace('"', "");
    let alerts: Vec<String> = week["alerts"].as_array().unwrap().iter().map(said).collect();
    assert_eq!(
        alerts,
        [
            "early due_soon 2026-11-23T08:00:00Z",
            "early escalated 2026-11-23T08:00:00Z",
            "early breached 2026-11-23T08:30:00Z",
            "late due_soon 2026-11-23T09:00:00Z",
            "late escalated 2026-11-23T09:00:00Z",
            "late breached 2026-11-23T09:30:00Z",
        ]
    );
    let again = tick("2026-11-23T09:31:00Z", "2026-11-23T12:00:00Z");
    assert!(again["alerts"].as_array().unwrap().iter().all(|alert| alert["metric"] != "first_response"), "{again:#}");
}

#[test]
fn an_event_that_comes_late_counts_and_is_told() {
    let rules = load(good()).unwrap();
    let at = "2026-11-23T12:00:00Z";
    let before = timeline(
        &rules,
        json!([{"at": "2026-11-23T09:00:00Z", "kind": "created"}, {"at": "2026-11-23T10:00:00Z", "kind": "internal_note"}]),
        at,
    );
    let late = json!([
        {"at": "2026-11-23T09:30:00Z", "kind": "staff_reply", "number": 3, "status": "open"},
        {"at": "2026-11-23T09:30:00Z", "kind": "staff_reply", "number": 3, "status": "open"},
    ]);
    let input =
        json!({"asks": [{"ask": "timeline", "events": late, "at": at, "state": before["state"]}], "lang": "en"});
    let answer = rules.eval("sla", &input).unwrap()["answers"][0].clone();
    assert_eq!(answer["standing"]["clocks"][0]["stopped_at"], "2026-11-23T10:00:00Z");
    let codes: Vec<&str> = answer["reasons"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["event_late", "event_repeated"]);
}

#[test]
fn a_long_life_stays_small_and_is_told_in_pages() {
    let rules = load(json!({"policies": [{
        "id": "all", "is_default": true, "calendar": "office",
        "targets": {"*": {"next_response": "1h", "total_resolution": "10000h"}},
    }]}))
    .unwrap();
    let mut events = vec![json!({"at": "2020-01-06T09:00:00Z", "kind": "created", "status": "open"})];
    for day in 1..=28 {
        for month in 1..=6 {
            let at = |hour: &str| format!("2021-{month:02}-{day:02}T{hour}:00:00Z");
            events.push(json!({"at": at("09"), "kind": "customer_message"}));
            events.push(json!({"at": at("11"), "kind": "staff_reply"}));
        }
    }
    let told = events.len();
    events.sort_by_key(|event| event["at"].as_str().unwrap().to_owned());
    for (place, event) in events.iter_mut().enumerate() {
        event["number"] = (place + 1).into();
    }
    let answer = timeline(&rules, events.into(), "2022-01-01T00:00:00Z");
    let state = State::from_json(&answer["state"]).unwrap();
    assert!(told > 300 && state.clocks().len() <= 52, "{}", state.clocks().len());
    let folded = state.folded(crm_core::kernel::service::SlaMetric::NextResponse);
    assert_eq!(folded.met + folded.breached + 50, 168);
    let (mut from, mut pages, mut sum) = (Json::Null, 0, 0);
    let mut lines = Vec::new();
    loop {
        let ask = json!({"ask": "explain", "state": answer["state"], "metric": "total_resolution",
            "at": "2022-01-01T00:00:00Z", "from": from, "limit": 40});
        let page = rules.eval("sla", &json!({"asks": [ask]})).unwrap()["answers"][0]["ledger"].clone();
        for line in page["lines"].as_array().unwrap() {
            sum += line["seconds"].as_i64().unwrap();
            assert_eq!(line["sum_seconds"].as_i64().unwrap(), sum);
            lines.push(line["from"].clone());
        }
        pages += 1;
        from = page["next"].clone();
        if from.is_null() {
            assert_eq!(page["used_seconds"].as_i64().unwrap(), sum);
            break;
        }
    }
    lines.dedup();
    assert_eq!((pages, lines.len()), (13, 520), "working days of 2020 and 2021 from 6 January on");
}
