//! Tasks: bands, orders and recurrences worked out by hand, and what is refused at the door.

use crm_core::kernel::reason::Reason;
use crm_core::kernel::task_reason::{Band, TaskReason};
use crm_core::lang;
use crm_core::rules::Rules;
use crm_core::rules::task::{Anchor, Recurrence};
use crm_core::{Error, Lang};
use serde_json::{Value as Json, json};

use super::golden::{self, Number};
use super::support::at;

const BAND: &str = "/answers/0/band";
const NEXT: &str = "/answers/0/next_change_at";
const TEXT: &str = "/answers/0/reasons/0/text";

/// The first three, with weeks from Sunday, are those of another CRM's tests.
const NUMBERS: &[Number] = &[
    ("a day before now is overdue", BAND, r#""overdue""#),
    ("at this very instant is today, and late", BAND, r#""today""#),
    ("in three days is this week", BAND, r#""this_week""#),
    ("at this very instant is today, and late", "/answers/0/is_late", "true"),
    ("a day after now is tomorrow", BAND, r#""tomorrow""#),
    ("in a week is later", BAND, r#""later""#),
    ("in a week is later", NEXT, r#""2026-03-01T00:00:00Z""#),
    ("the first instant of today", BAND, r#""today""#),
    ("a millisecond before today", BAND, r#""overdue""#),
    ("the last millisecond of today is today", BAND, r#""today""#),
    ("the last millisecond of today is today", NEXT, r#""2026-02-24T23:59:59.999Z""#),
    ("the last microsecond of today is today", BAND, r#""today""#),
    ("midnight is tomorrow", BAND, r#""tomorrow""#),
    ("the last millisecond of tomorrow is tomorrow", BAND, r#""tomorrow""#),
    ("the midnight after tomorrow is this week", BAND, r#""this_week""#),
    ("the midnight after tomorrow is this week", NEXT, r#""2026-02-25T00:00:00Z""#),
    ("the last millisecond of a week from Sunday is this week", BAND, r#""this_week""#),
    ("Sunday at midnight is later, weeks from Sunday", BAND, r#""later""#),
    // On the day before, it is due tomorrow, although its week has not begun.
    ("Sunday at midnight is later, weeks from Sunday", NEXT, r#""2026-02-28T00:00:00Z""#),
    ("Sunday at midnight is this week, weeks from Monday", BAND, r#""this_week""#),
    ("Monday at midnight is later, weeks from Monday", BAND, r#""later""#),
    ("this week, weeks from Saturday", BAND, r#""this_week""#),
    ("Saturday is later, weeks from Saturday", BAND, r#""later""#),
    ("on Saturday, Sunday is tomorrow although it is another week", BAND, r#""tomorrow""#),
    ("on Sunday, Tuesday is this week from Sunday", BAND, r#""this_week""#),
    ("on Sunday, Tuesday is later, weeks from Monday", BAND, r#""later""#),
    ("a day is due at its end", BAND, r#""today""#),
    ("a day is due at its end", "/answers/0/is_late", "false"),
    ("a day is due at its end", NEXT, r#""2026-02-25T00:00:00Z""#),
    ("yesterday as a day", TEXT, r#""overdue by 1 day (due on 2026-02-23)""#),
    ("three days ago as a day", TEXT, r#""overdue by 3 days (due on 2026-02-21)""#),
    ("the same instant is tomorrow in Kathmandu", BAND, r#""tomorrow""#),
    ("and today in Paris", TEXT, r#""due today at 21:00""#),
    ("a day of 23 hours in Paris: its last minute", BAND, r#""today""#),
    ("a day of 23 hours in Paris: what follows", BAND, r#""tomorrow""#),
    ("a day of 25 hours in Paris: its last minute", BAND, r#""today""#),
    ("Sao Paulo: the day that began at one", BAND, r#""tomorrow""#),
    ("Apia: the day after the 29th was the 31st", BAND, r#""tomorrow""#),
    ("Apia: the day that never was ended with the 29th", BAND, r#""today""#),
    ("Apia: and is overdue on the 31st", BAND, r#""overdue""#),
    ("Lord Howe: half an hour is lost", BAND, r#""today""#),
    ("the end of all years", BAND, r#""later""#),
    ("undated", BAND, r#""undated""#),
    ("undated", NEXT, "null"),
    ("completed", BAND, r#""completed""#),
    ("completed", "/answers/0/is_late", "false"),
    ("snoozed until tomorrow", "/answers/0/is_snoozed", "true"),
    ("snoozed until tomorrow", BAND, r#""today""#),
    ("a snooze ends at its instant", "/answers/0/is_snoozed", "false"),
    ("a tie of days and midnight", "/answers/0/tasks/0/id", r#""a""#),
    ("a tie of days and midnight", "/answers/0/tasks/2/id", r#""b""#),
    ("nothing to do", NEXT, "null"),
    ("waiting for a task elsewhere", "/answers/0/tasks/0/id", r#""b""#),
    ("no year after 9999", "/answers/0/next", "null"),
    ("the last one was done", "/answers/0/next", "null"),
    ("the next one after one that was done late", "/answers/0/next/day", r#""2026-02-09""#),
    ("the next one that is not missed", "/answers/0/next/day", r#""2026-03-02""#),
    ("the next one that is not missed", "/answers/0/skipped", "3"),
    ("due today is not missed", "/answers/0/next/day", r#""2026-02-24""#),
    ("all that were left were missed", "/answers/0/next", "null"),
    ("done before it was due", "/answers/0/next/day", r#""2026-03-03""#),
    ("missed for two years", "/answers/0/next/due_at", r#""2026-02-25T08:00:00Z""#),
];

#[test]
fn the_numbers_of_others_and_by_hand_hold() {
    golden::holds("task", NUMBERS);
}

fn answer(name: &str) -> Json {
    golden::answer("task", name)
}

fn ids(answer: &Json) -> Vec<String> {
    answer["tasks"].as_array().unwrap().iter().map(|task| task["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_list_is_in_order_and_says_why() {
    let list = answer("a day's list, fr");
    let wanted = [
        // By the oldest due day, then today: what is urgent, high, then by time; what waits comes last.
        "overdue-old",
        "overdue-low",
        "unblocked",
        "today-high",
        "today-noon",
        "today-day",
        "today-low",
        "blocked-urgent",
        "tomorrow",
        "week",
        "later-urgent",
        "undated-b",
        "undated-c",
        "undated-a",
    ];
    assert_eq!(ids(&list), wanted);
    assert_eq!(list["hidden"], json!(["asleep", "done", "done-first"]));
    // It wakes at 16:00 in Paris; nothing changes before.
    assert_eq!(list["next_change_at"], "2026-02-24T15:00:00Z");
    let text = |task: usize, reason: usize| list["tasks"][task]["reasons"][reason]["text"].as_str().unwrap().to_owned();
    assert_eq!(text(1, 0), "en retard de 4\u{a0}jours (échéance le 20/02/2026)");
    assert_eq!(text(4, 0), "échéance dépassée\u{a0}: c’était aujourd’hui à 12\u{a0}h");
    assert_eq!(text(7, 1), "en attente de la tâche «\u{a0}Call back\u{a0}»");
    assert_eq!(text(9, 0), "échéance cette semaine, le 27/02/2026 à 10\u{a0}h\u{a0}05");
    assert_eq!(text(9, 1), "tâche récurrente, numéro 3 de la série");
    let all = ids(&answer("with what is put off and done"));
    assert_eq!(all[all.len() - 2..], ["done", "done-first"]);
    assert!(
        all.iter().position(|id| id == "asleep") < all.iter().position(|id| id == "overdue-old"),
        "normal before low"
    );
}

#[test]
fn days_of_recurrences_are_those_worked_out_by_hand() {
    let listed = |name: &str| -> Vec<String> {
        let answer = answer(name);
        let all = answer["occurrences"].as_array().unwrap();
        all.iter().map(|one| one.get("due_at").unwrap_or(&one["day"]).as_str().unwrap().to_owned()).collect()
    };
    let days = |name: &str, wanted: &[&str]| assert_eq!(listed(name), wanted, "{name}");
    days(
        "from 31 January, without drift",
        &[
            "2026-01-31",
            "2026-02-28",
            "2026-03-31",
            "2026-04-30",
            "2026-05-31",
            "2026-06-30",
            "2026-07-31",
            "2026-08-31",
            "2026-09-30",
            "2026-10-31",
            "2026-11-30",
            "2026-12-31",
            "2027-01-31",
            "2027-02-28",
        ],
    );
    days("every second day, three times", &["2026-02-27", "2026-03-01", "2026-03-03"]);
    days("until a day that counts", &["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]);
    days("weekly on the anchor's day", &["2026-02-25", "2026-03-04", "2026-03-11"]);
    let three = ["2026-02-25", "2026-02-27", "2026-03-02", "2026-03-04", "2026-03-06", "2026-03-09"];
    days("Monday, Wednesday, Friday from a Wednesday", &three);
    // RFC 5545's own point about WKST: the same days, other weeks.
    let monday = ["2026-02-24", "2026-03-01", "2026-03-09", "2026-03-15", "2026-03-23", "2026-03-29"];
    days("every second week, weeks from Monday", &monday);
    let sunday = ["2026-02-24", "2026-03-08", "2026-03-09", "2026-03-22", "2026-03-23", "2026-04-05"];
    days("every second week, weeks from Sunday", &sunday);
    days("the anchor counts although it is no Monday", &["2026-02-25", "2026-03-02", "2026-03-09"]);
    days("the 15th, from the 10th", &["2026-02-10", "2026-02-15", "2026-03-15"]);
    days("the 15th, from the 20th", &["2026-02-20", "2026-03-15", "2026-04-15"]);
    days("the last day, from a 28 February", &["2026-02-28", "2026-03-31", "2026-04-30"]);
    days("the second Tuesday", &["2026-02-10", "2026-03-10", "2026-04-14", "2026-05-12"]);
    days("the fifth Friday is the last", &["2026-01-30", "2026-02-27", "2026-03-27", "2026-04-24"]);
    days("the last Friday each quarter", &["2026-01-30", "2026-04-24", "2026-07-31", "2026-10-30"]);
    days("29 February", &["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29", "2029-02-28"]);
    let nine = ["2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z", "2026-03-30T07:00:00Z"];
    days("the time of the clock stays over a clock change", &nine);
    let gap = ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"];
    days("a time that the clock leaves out comes after the gap, and back", &gap);
    let fold = ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
    days("a time shown twice is the earlier", &fold);
    days("business days are counted", &["2026-02-26", "2026-03-02", "2026-03-04", "2026-03-06"]);
    days("moved to the next business day", &["2026-01-31", "2026-03-02", "2026-03-31", "2026-04-30"]);
    days("moved to the business day before", &["2026-01-31", "2026-02-27", "2026-03-31", "2026-04-30"]);
    days("moved over a French holiday", &["2026-04-01", "2026-05-04", "2026-06-01"]);
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    let refused = |text: &str| {
        let error = text.parse::<Recurrence>().unwrap_err();
        assert!(!error.text(Lang::French).contains("«\u{a0}a "), "{}", error.text(Lang::French));
        format!("{} {}", error.code().name(), error.field().unwrap_or("-"))
    };
    for (text, wanted) in [
        ("", "invalid_json -"),
        ("daily", "invalid_json -"),
        ("FREQ=DAILY;", "invalid_json -"),
        ("INTERVAL=2", "missing -"),
        ("FREQ=HOURLY", "invalid_value FREQ"),
        ("FREQ=daily", "invalid_value FREQ"),
        ("FREQ=DAILY;FREQ=WEEKLY", "invalid_json -"),
        ("FREQ=DAILY;INTERVAL=0", "invalid_value INTERVAL"),
        ("FREQ=DAILY;INTERVAL=1001", "invalid_value INTERVAL"),
        ("FREQ=DAILY;INTERVAL=-1", "invalid_value INTERVAL"),
        ("FREQ=DAILY;INTERVAL=+1", "invalid_value INTERVAL"),
        ("FREQ=DAILY;INTERVAL=99999999999999999999", "invalid_value INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "invalid_value COUNT"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20260301", "invalid_rules -"),
        ("FREQ=DAILY;UNTIL=20260230", "invalid_json UNTIL"),
        ("FREQ=DAILY;UNTIL=2026-03-01", "invalid_json UNTIL"),
        ("FREQ=DAILY;BYHOUR=9", "unknown_field -"),
        ("FREQ=DAILY;BYDAY=MO", "invalid_json BYDAY"),
        ("FREQ=WEEKLY;BYDAY=1MO", "invalid_value BYDAY"),
        ("FREQ=WEEKLY;BYDAY=", "invalid_value BYDAY"),
        ("FREQ=WEEKLY;WKST=XX", "invalid_value WKST"),
        ("FREQ=MONTHLY;WKST=MO", "invalid_json WKST"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "invalid_value BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "invalid_value BYMONTHDAY"),
        ("FREQ=MONTHLY;BYDAY=MO", "invalid_json BYDAY"),
        ("FREQ=MONTHLY;BYDAY=6MO", "invalid_json BYDAY"),
        ("FREQ=MONTHLY;BYDAY=é", "invalid_json BYDAY"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=1", "invalid_rules -"),
        ("FREQ=YEARLY;BYMONTHDAY=1", "invalid_json BYMONTHDAY"),
        ("FREQ=DAILY;X-BUSINESS=NEXT", "invalid_value X-BUSINESS"),
        ("FREQ=WEEKLY;X-BUSINESS=ONLY", "invalid_value X-BUSINESS"),
        ("FREQ=DAILY;X-MISSED=NO", "invalid_value X-MISSED"),
    ] {
        assert_eq!(refused(text), wanted, "{text}");
    }
    let supported = "FREQ=DAILY;BYHOUR=9".parse::<Recurrence>().unwrap_err().to_string();
    assert!(supported.contains("`X-MISSED`"), "{supported}");
    for text in ["2026-13-01", "2026-01-31T25:00:00", "2026-01-31T09:00:00Z", "10000-01-01", "tomorrow"] {
        assert!(text.parse::<Anchor>().is_err(), "{text}");
    }
    for text in ["2026-01-31", "2026-01-31T09:00:00", "2026-01-31T09:00:00.5"] {
        let anchor: Anchor = text.parse().unwrap();
        assert_eq!(anchor.to_string().parse::<Anchor>().unwrap(), anchor);
    }
}

#[test]
fn the_door_is_strict() {
    let rules = Rules::default();
    let said = |e: Error| format!("{} {}", e.code().name(), e.field().unwrap_or("-"));
    let one = |ask: Json| said(rules.eval("task", &json!({"asks": [ask]})).unwrap_err());
    let now = "2026-02-24T12:00:00Z";
    let band = |task: Json| one(json!({"ask": "band", "at": now, "task": task}));
    assert_eq!(said(rules.eval("task", &json!({})).unwrap_err()), "missing -");
    assert_eq!(one(json!({"ask": "when"})), "invalid_value asks[0].ask");
    assert_eq!(one(json!({"ask": "band", "task": {}})), "missing asks[0]");
    assert_eq!(band(json!({"due_date": "10000-01-01"})), "invalid_value asks[0].task.due_date");
    assert_eq!(band(json!({"due_at": "2026-02-24T12:00:00"})), "invalid_value asks[0].task.due_at");
    assert_eq!(band(json!({"due": "2026-02-24"})), "unknown_field asks[0].task");
    assert_eq!(band(json!({"priority": "critical"})), "invalid_value asks[0].task.priority");
    assert_eq!(band(json!({"occurrence": -1})), "invalid_value asks[0].task.occurrence");
    let zoned = |zone: &str| one(json!({"ask": "band", "at": now, "zone": zone, "task": {}}));
    assert_eq!(zoned("Mars/Phobos"), "invalid_value asks[0].zone");
    let week = json!({"ask": "band", "at": now, "week_starts": "lundi", "task": {}});
    assert_eq!(one(week), "invalid_value asks[0].week_starts");
    let order = |tasks: Json| one(json!({"ask": "order", "at": now, "tasks": tasks}));
    assert_eq!(order(json!([{"id": "a"}, {"id": "a"}])), "already_exists asks[0].tasks[1].id");
    assert_eq!(order(json!([{}])), "invalid_rules asks[0].tasks[0].id");
    assert_eq!(order(json!([{"id": "a", "priority": "x"}])), "invalid_value asks[0].tasks[0].priority");
    let include = json!({"ask": "order", "at": now, "tasks": [], "include": ["archived"]});
    assert_eq!(one(include), "invalid_value asks[0].include[0]");
    let series = |rule: &str, anchor: &str| one(json!({"ask": "occurrences", "recurrence": rule, "anchor": anchor}));
    assert_eq!(series("FREQ=DAILY;INTERVAL=0", "2026-01-01"), "invalid_value asks[0].recurrence.INTERVAL");
    assert_eq!(series("FREQ=DAILY", "1899-12-31"), "invalid_value asks[0].anchor");
    let many = json!({"ask": "occurrences", "recurrence": "FREQ=DAILY", "anchor": "2026-01-01", "limit": 1001});
    assert_eq!(one(many), "invalid_value asks[0].limit");
    let shop =
        json!({"ask": "next", "recurrence": "FREQ=DAILY", "anchor": "2026-01-01", "at": now, "calendar": "shop"});
    assert_eq!(one(shop), "invalid_value asks[0].calendar");
    let load = |part: Json| said(Rules::from_json(&json!({"tasks": part})).unwrap_err());
    assert_eq!(load(json!({"zone": "Paris"})), "invalid_value tasks.zone");
    assert_eq!(load(json!({"week_start": "monday"})), "unknown_field tasks");
    assert_eq!(load(json!({"week_starts": 1})), "invalid_value tasks.week_starts");
    assert_eq!(load(json!({"calendar": "office"})), "invalid_value tasks.calendar");
    assert_eq!(load(json!([])), "invalid_json tasks");
}

#[test]
fn every_reason_has_its_sentence_in_both_languages() {
    use TaskReason as R;
    let s = |text: &str| text.to_owned();
    let (due, time) = ("2026-02-27".parse().unwrap(), Some(s("09:05")));
    let until = at("2026-02-25T08:00:00Z");
    let texts = [
        (
            R::Overdue { due, days: 1 },
            "overdue by 1 day (due on 2026-02-27)",
            "en retard de 1~jour (échéance le 27/02/2026)",
        ),
        (R::Today { time: None, has_passed: false }, "due today", "échéance aujourd’hui"),
        (R::Today { time: time.clone(), has_passed: false }, "due today at 09:05", "échéance aujourd’hui à 9~h~05"),
        (
            R::Today { time: Some(s("00:00")), has_passed: true },
            "was due today at 00:00",
            "échéance dépassée~: c’était aujourd’hui à 0~h",
        ),
        (R::Tomorrow { due, time: None }, "due tomorrow, 2026-02-27", "échéance demain, le 27/02/2026"),
        (
            R::ThisWeek { due, time: time.clone() },
            "due this week, on 2026-02-27 at 09:05",
            "échéance cette semaine, le 27/02/2026 à 9~h~05",
        ),
        (R::Later { due, time }, "due later, on 2026-02-27 at 09:05", "échéance plus tard, le 27/02/2026 à 9~h~05"),
        (R::Undated, "no due date", "sans échéance"),
        (
            R::Completed { at: until, by: s("marie") },
            "completed by marie at 2026-02-25 08:00 UTC",
            "terminée par marie le 25/02/2026 à 8~h UTC",
        ),
        (
            R::Completed { at: until, by: s("") },
            "completed at 2026-02-25 08:00 UTC",
            "terminée le 25/02/2026 à 8~h UTC",
        ),
        (R::Blocked { blocker: s("7"), title: s("") }, "waits for the task 7", "en attente de la tâche 7"),
        (
            R::Blocked { blocker: s("7"), title: s("Quote") },
            "waits for the task \"Quote\"",
            "en attente de la tâche «~Quote~»",
        ),
        (R::Priority { priority: s("high") }, "priority: high", "priorité~: haute"),
        (R::Snoozed { until }, "hidden until 2026-02-25 08:00 UTC", "masquée jusqu’au 25/02/2026 à 8~h UTC"),
        (R::Recurring { number: 2 }, "comes again; this is number 2", "tâche récurrente, numéro 2 de la série"),
    ];
    for (reason, english, french) in texts {
        let reason = Reason::Task(reason);
        assert_eq!(lang::reason(&reason, Lang::English), english);
        assert_eq!(lang::reason(&reason, Lang::French), french.replace('~', "\u{a0}"));
    }
    assert_eq!(Band::CODES.len(), 7);
}
