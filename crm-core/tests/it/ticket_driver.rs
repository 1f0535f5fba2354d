//! What the tests of tickets share: a desk with office hours, and commands and questions as JSON.

#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(dead_code, reason = "each test crate uses a part of it")]

use crm_core::rules::Rules;
use crm_core::store::Store;
use crm_core::{Crm, Id, Result};
use serde_json::{Value as Json, json};

/// Monday to Friday, nine to five in Paris; half an hour to answer what is urgent, four hours otherwise.
pub fn config() -> Json {
    let day = json!([["09:00", "17:00"]]);
    json!({
        "calendar": [{"id": "office", "zone": "Europe/Paris", "weekly": {
            "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day,
        }}],
        "sla": {"policies": [
            {"id": "gold", "position": 1, "when": {"field": "category", "op": "eq", "value": "gold"},
             "targets": {"*": {"first_response": 600}}},
            {"id": "standard", "position": 2, "is_default": true, "calendar": "office",
             "targets": {
                 "urgent": {"first_response": 1800, "next_response": 3600, "first_resolution": 14400},
                 "*": {"first_response": 14400, "next_response": 14400, "total_resolution": 57600},
             },
             "due_soon": {"percent_bp": 2500},
             "escalation": [{"id": "lead", "metric": "first_resolution", "before": 3600, "notify": ["lea"]}]},
        ]},
    })
}

pub fn rules() -> Rules {
    Rules::from_json(&config()).unwrap()
}

/// Carries out a command as JSON.
pub fn run_as<S: Store>(crm: &Crm<S>, role: &str, at: &str, id: &str, command: &str, body: &Json) -> Result<Json> {
    let id = Id::from_text(id).to_string();
    let document = json!({
        "command": command, "id": id, "workspace": "acme", "actor": {"name": role, "role": role}, "at": at, "body": body,
    });
    crm.run_json(document.to_string().as_bytes()).map(|answer| answer["output"].clone())
}

pub fn run<S: Store>(crm: &Crm<S>, at: &str, id: &str, command: &str, body: Json) -> Json {
    run_as(crm, "admin", at, id, command, &body).unwrap()
}

pub fn try_ask<S: Store>(crm: &Crm<S>, at: &str, question: &str, body: &Json) -> Result<Json> {
    let mut document = json!({"workspace": "acme", "actor": {"name": "vera", "role": "viewer"}, "at": at});
    document[question] = body.clone();
    crm.query_json(document.to_string().as_bytes())
}

pub fn ask<S: Store>(crm: &Crm<S>, at: &str, question: &str, body: Json) -> Json {
    try_ask(crm, at, question, &body).unwrap()
}

/// All rows of a kind, page by page.
pub fn all<S: Store>(crm: &Crm<S>, at: &str, record: &str) -> Vec<Json> {
    let (mut rows, mut after) = (Vec::new(), Json::Null);
    loop {
        let body = json!({"record": record, "archived": "include", "limit": 1000, "after": after});
        let page = ask(crm, at, "find", body);
        rows.extend(page["rows"].as_array().unwrap().iter().cloned());
        after = page["next"].clone();
        if after.is_null() {
            return rows;
        }
    }
}

/// One thing that somebody does: what, to which ticket, with which choice, so many minutes after the one before.
pub type Step = (u8, u8, u8, u16);

const STATUSES: [&str; 6] = ["new", "open", "pending", "hold", "resolved", "closed"];
const PRIORITIES: [&str; 4] = ["low", "normal", "high", "urgent"];
const OWNERS: [&str; 3] = ["eva", "tom", ""];

/// The instant so many minutes after Monday morning; commands come half a minute after ticks.
pub fn instant(minutes: i64, seconds: i64) -> String {
    let start = crm_core::kernel::time::parse_instant("2026-11-23T07:00:00Z").unwrap();
    let at = start + chrono_of(minutes * 60 + seconds);
    crm_core::kernel::time::format_instant(at)
}

fn chrono_of(seconds: i64) -> std::time::Duration {
    std::time::Duration::from_secs(u64::try_from(seconds).unwrap())
}

/// Carries out all steps, with a tick between any two if `ticks`, and one at the end, at the instant that is given back.
pub fn play<S: Store>(crm: &Crm<S>, steps: &[Step], ticks: bool) -> String {
    let (mut minutes, mut tickets): (i64, Vec<String>) = (0, Vec::new());
    for (place, (what, which, choice, gap)) in steps.iter().enumerate() {
        if ticks {
            for part in 1..=3 {
                let at = instant(minutes + i64::from(*gap) * part / 3, 0);
                run(crm, &at, &format!("tick {place} {part}"), "ticket.tick", json!({}));
            }
        }
        minutes += i64::from(*gap);
        let at = instant(minutes, 30);
        let pick = |all: &[&str]| json!(all[usize::from(*choice) % all.len()]);
        if tickets.is_empty() || what % 14 == 0 {
            let fields = json!({"priority": pick(&PRIORITIES), "owner": pick(&OWNERS), "status": pick(&STATUSES[..4])});
            let made = run(crm, &at, &format!("step {place}"), "ticket.create", json!({"fields": fields}));
            tickets.push(made["id"].as_str().unwrap().to_owned());
            continue;
        }
        let id = json!(tickets[usize::from(*which) % tickets.len()]);
        let other = json!(tickets[usize::from(*choice) % tickets.len()]);
        let category = if choice % 2 == 0 { json!("gold") } else { Json::Null };
        // Now and then from a time that is over, at which nobody has looked yet.
        let happened_at = if choice % 5 == 0 { json!(instant(minutes, 10)) } else { Json::Null };
        let (command, body) = match what % 14 {
            1 | 2 => {
                ("ticket.reply", json!({"id": id, "activity": {"happened_at": happened_at}, "status": pick(&STATUSES)}))
            }
            3 | 4 => ("ticket.receive", json!({"id": id, "activity": {"external_id": format!("{}", choice % 40)}})),
            5 => ("ticket.comment", json!({"id": id, "note": {"text": "?"}})),
            6 | 7 => ("ticket.patch", json!({"id": id, "fields": {"status": pick(&STATUSES)}})),
            8 => ("ticket.patch", json!({"id": id, "fields": {"priority": pick(&PRIORITIES), "category": category}})),
            9 => ("ticket.assign", json!({"id": id, "owner": pick(&OWNERS)})),
            10 => ("ticket.archive", json!({"id": id})),
            11 => ("ticket.restore", json!({"id": id})),
            12 => ("ticket.merge", json!({"primary": id, "sources": [other]})),
            _ => ("ticket.resolve", json!({"id": id, "happened_at": happened_at})),
        };
        if let Err(error) = run_as(crm, "admin", &at, &format!("step {place}"), command, &body) {
            let code = error.code().name();
            assert!(["wrong_state", "invalid_value", "already_exists"].contains(&code), "{command} {body}: {error}");
        }
    }
    let end = instant(minutes + 7 * 24 * 60, 0);
    let last = run(crm, &end, "last tick", "ticket.tick", json!({}));
    assert_eq!(last["more"], json!(false));
    assert_eq!(run(crm, &end, "once more", "ticket.tick", json!({}))["tickets"], json!(0));
    end
}

/// Whether an event leaves its ticket to be worked on.
fn is_open_after(event: &Json) -> bool {
    let state = event["state"].as_str().unwrap();
    let is_gone = ["archived", "merged"].contains(&event["kind"].as_str().unwrap());
    !["resolved", "closed"].contains(&state) && !is_gone
}

/// Rows by what they belong to, each group in order of number.
pub fn events_by_ticket<S: Store>(crm: &Crm<S>, at: &str) -> std::collections::BTreeMap<String, Vec<Json>> {
    let mut by_ticket: std::collections::BTreeMap<String, Vec<Json>> = std::collections::BTreeMap::new();
    for event in all(crm, at, "ticket_event") {
        by_ticket.entry(event["ticket"].as_str().unwrap().to_owned()).or_default().push(event);
    }
    for events in by_ticket.values_mut() {
        events.sort_by_key(|event| event["number"].as_i64());
        for (place, event) in events.iter().enumerate() {
            assert_eq!(event["number"].as_i64(), i64::try_from(place).ok());
        }
    }
    by_ticket
}

/// The report against the events, counted forwards from the first one without a look at their flows.
pub fn check_volume<S: Store>(crm: &Crm<S>, end: &str, group: Option<&str>) {
    let window = json!({"fixed": {"from": "2026-11-24", "to": "2026-12-24"}});
    let mut body = json!({"window": window, "by": "day"});
    if let Some(group) = group {
        body["group"] = json!(group);
    }
    let report = ask(crm, end, "support_volume", body);
    let by_ticket = events_by_ticket(crm, end);
    let parse = |text: &Json| crm_core::kernel::time::parse_instant(text.as_str().unwrap()).unwrap();
    for period in report["periods"].as_array().unwrap() {
        let (from, to) = (parse(&period["starts_at"]), parse(&period["ends_at"]));
        let (mut before, mut after) = (0, 0);
        let mut counts = std::collections::BTreeMap::from([("opened", 0), ("came", 0), ("went", 0)]);
        for events in by_ticket.values() {
            let (mut was_open, mut is_first) = (false, true);
            for event in events {
                let (at, is_open) = (parse(&event["happened_at"]), is_open_after(event));
                let change = i64::from(is_open) - i64::from(was_open);
                before += if at < from { change } else { 0 };
                after += if at < to { change } else { 0 };
                if (from..to).contains(&at) {
                    *counts.get_mut("opened").unwrap() += i64::from(is_first);
                    *counts.get_mut("came").unwrap() += i64::from(!is_first && change == 1);
                    *counts.get_mut("went").unwrap() += i64::from(change == -1);
                }
                (was_open, is_first) = (is_open, false);
            }
        }
        let number = |key: &str| period[key].as_i64().unwrap();
        assert_eq!((number("backlog_start"), number("backlog_end")), (before, after), "{period}");
        assert_eq!(number("opened"), counts["opened"]);
        assert_eq!(number("reopened") + number("restored"), counts["came"]);
        assert_eq!(number("resolved") + number("removed"), counts["went"]);
        assert_eq!(before + counts["opened"] + counts["came"] - counts["went"], after);
    }
    for key in ["backlog_start", "opened", "resolved", "backlog_end"] {
        if let Some(groups) = report["groups"].as_array() {
            let sum: i64 = groups.iter().map(|g| g["total"][key].as_i64().unwrap()).sum();
            assert_eq!(sum, report["total"][key].as_i64().unwrap(), "{key}");
        }
    }
    for kept in report["attainment"].as_array().unwrap() {
        let number = |key: &str| kept[key].as_i64().unwrap();
        assert_eq!(number("met") + number("breached") + number("running") + number("cancelled"), number("clocks"));
    }
}

/// Every event of a ticket through the reducer gives the clocks that are stored.
pub fn check_replay<S: Store>(crm: &Crm<S>, end: &str) {
    use crm_core::kernel::service::{TicketEventKind, TicketState};
    use crm_core::model::{Kind, Row, Ticket};
    use crm_core::rules::sla::{Happening, State};
    let (sla, schema) = (crm.rules().sla(), crm.rules().schema(Kind::Ticket));
    let by_ticket = events_by_ticket(crm, end);
    for ticket in all(crm, end, "ticket") {
        let mut state = State::default();
        for event in &by_ticket[ticket["id"].as_str().unwrap()] {
            let text = |key: &str| event[key].as_str().unwrap_or_default();
            let at = crm_core::kernel::time::parse_instant(text("happened_at")).unwrap();
            // The policies look at the category only, and the event says which policy fitted.
            let category = if text("policy") == "gold" { "gold" } else { "" };
            let body = Ticket { priority: text("priority").into(), category: category.into(), ..Ticket::default() };
            let row = Row {
                id: Id::from_text(""),
                version: 1,
                created_at: at,
                updated_at: at,
                archived_at: None,
                clocks: std::collections::BTreeMap::new(),
                body: body.into(),
            };
            let happening = Happening {
                at,
                number: event["number"].as_u64().unwrap(),
                kind: TicketEventKind::from_code(text("kind")).unwrap(),
                by_staff: event["by_staff"] == json!(true),
                status: text("status"),
                state: TicketState::from_code(text("state")).unwrap(),
                priority: text("priority"),
            };
            state.step(sla, &happening, &row.facts(&schema));
        }
        assert_eq!(json!(state.to_text()), ticket["sla_clocks"], "{ticket}");
        let is_open = !["resolved", "closed"].contains(&ticket["state"].as_str().unwrap());
        assert_eq!(ticket["resolved_at"].is_null(), is_open, "{ticket}");
        assert_eq!(ticket["closed_at"].is_null(), ticket["state"] != json!("closed"), "{ticket}");
    }
}

/// What is told of alerts, without when it was recorded.
pub fn alerts<S: Store>(crm: &Crm<S>, end: &str) -> Vec<Json> {
    let mut alerts = all(crm, end, "sla_alert");
    for alert in &mut alerts {
        let map = alert.as_object_mut().unwrap();
        map.retain(|key, _| key != "created_at" && key != "updated_at");
    }
    alerts.sort_by_key(|alert| alert["id"].to_string());
    alerts
}

/// Tickets without what depends on who looked when.
pub fn tickets<S: Store>(crm: &Crm<S>, end: &str) -> Vec<Json> {
    let mut tickets = all(crm, end, "ticket");
    for ticket in &mut tickets {
        let map = ticket.as_object_mut().unwrap();
        map.retain(|key, _| {
            !["version", "updated_at", "sla_told_at", "sla_state", "sla_due_at"].contains(&key.as_str())
        });
    }
    tickets.sort_by_key(|ticket| ticket["id"].to_string());
    tickets
}

/// The boards add up, and to the open tickets.
pub fn check_boards<S: Store>(crm: &Crm<S>, end: &str) {
    let open = all(crm, end, "ticket")
        .iter()
        .filter(|t| t["archived_at"].is_null() && !["resolved", "closed"].contains(&t["state"].as_str().unwrap()))
        .count();
    for by in ["status", "priority", "owner"] {
        let board = ask(crm, end, "ticket_board", json!({"by": by, "cards": 500}));
        let columns = board["columns"].as_array().unwrap();
        assert_eq!(board["total"]["count"], json!(open));
        assert_eq!(columns.iter().map(|c| c["count"].as_u64().unwrap()).sum::<u64>(), open as u64);
        assert_eq!(columns.iter().map(|c| c["cards"].as_array().unwrap().len()).sum::<usize>(), open);
        let states: u64 = board["total"]["sla"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(states, open as u64);
    }
}
