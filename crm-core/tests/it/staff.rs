//! The team's time and who gets work: golden cases, refusals with their places, sentences.

use chrono::NaiveDate;
use crm_core::kernel::reason::Reason;
use crm_core::kernel::service::DayHalf;
use crm_core::kernel::staff::Presence;
use crm_core::kernel::staff_reason::{LeaveDays, Moment, StaffReason as R};
use crm_core::rules::Rules;
use crm_core::{Lang, lang};
use serde_json::{Value as Json, json};

use super::golden::{self, Number};
use super::support::at;

/// A day of the office has 7.5 hours (27,000 s): 3.5 before lunch (12,600 s), 4 after (14,400 s). The week of Ascension
/// has four of them (108,000 s).
const AVAILABILITY: &[Number] = &[
    ("the week of Ascension, Friday afternoon off, halves at 13:00", "/working_seconds", "108000"),
    ("the week of Ascension, Friday afternoon off, halves at 13:00", "/available_seconds", "93600"),
    // 10 * 93,600 / 108,000 = 8.67
    ("the week of Ascension, Friday afternoon off, halves at 13:00", "/available_points", "9"),
    ("the same with halves at noon", "/missing_seconds", "16200"),
    // 10 * 91,800 / 108,000 = 8.5
    ("the same with halves at noon", "/available_points", "9"),
    ("halves at the middle of the working time: a morning", "/missing_seconds", "13500"),
    ("halves at the middle of the working time: an afternoon", "/missing_seconds", "13500"),
    ("two halves are the day", "/missing_seconds", "27000"),
    ("two halves are the day", "/leave/0/from_half", "\"morning\""),
    ("two halves are the day", "/diagnostics", "[]"),
    ("leave on a holiday takes nothing", "/missing_seconds", "0"),
    ("overlapping leaves count once", "/missing_seconds", "81000"),
    ("overlapping leaves count once", "/diagnostics/0/from_date", "\"2026-05-12\""),
    ("overlapping leaves count once", "/diagnostics/0/to_date", "\"2026-05-13\""),
    // From noon on Monday (16,200 s), Tuesday and Wednesday.
    ("overlapping leaves count once (fr)", "/missing_seconds", "70200"),
    ("from Monday afternoon to Wednesday morning", "/missing_seconds", "54000"),
    ("begins on Wednesday", "/reasons/1/seconds", "54000"),
    ("begins on Wednesday", "/reasons/2/seconds", "27000"),
    ("begins on Wednesday", "/available_seconds", "27000"),
    ("last day on Tuesday", "/available_seconds", "54000"),
    ("has left", "/available_seconds", "0"),
    ("has left", "/now/presence", "\"left\""),
    ("away without leave", "/available_seconds", "108000"),
    ("away without leave", "/now/is_away", "true"),
    ("away without leave", "/now/back_at", "null"),
    ("a Sunday of 23 hours", "/missing_seconds", "82800"),
    ("an afternoon of the Sunday of 25 hours", "/working_seconds", "90000"),
    ("an afternoon of the Sunday of 25 hours", "/missing_seconds", "43200"),
    ("a night shift belongs to the days by the clock", "/missing_seconds", "7200"),
    ("back after leave, a weekend and Whit Monday", "/now/back_at", "\"2026-05-26T07:00:00Z\""),
    ("back after leaves in a row", "/now/back_at", "\"2026-05-26T12:00:00Z\""),
    ("the first instant of leave", "/now/presence", "\"on_leave\""),
    ("the last instant before leave", "/now/presence", "\"off_hours\""),
    ("the first instant after leave", "/now/presence", "\"off_hours\""),
    ("the first instant after leave", "/now/back_at", "\"2026-05-21T07:00:00Z\""),
    ("not started yet", "/now/back_at", "\"2026-06-01T07:00:00Z\""),
    ("on leave for ever", "/now/back_at", "null"),
    ("no time at all", "/working_seconds", "0"),
    ("no time at all", "/available_points", "0"),
    // Five days of 24 hours, one of them away.
    ("no calendar: weekdays around the clock, and that is told", "/available_seconds", "345600"),
    ("no calendar: weekdays around the clock, and that is told", "/diagnostics/0/code", "\"no_calendar\""),
];

const ASSIGNMENT: &[Number] = &[
    // 0, 0.33, 0.333333 and 1/3.
    ("the lightest share, as fractions", "/ranked/0/user", "\"d\""),
    ("the lightest share, as fractions", "/ranked/1/user", "\"c\""),
    ("the lightest share, as fractions", "/ranked/2/user", "\"a\""),
    ("the lightest share, as fractions", "/ranked/3/user", "\"b\""),
    ("equal shares: who waited longest", "/ranked/0/user", "\"c\""),
    ("equal shares: who waited longest", "/ranked/1/user", "\"b\""),
    ("equal shares: who waited longest", "/ranked/2/user", "\"a\""),
    ("all equal: the name", "/ranked/0/user", "\"Marie\""),
    ("all equal: the name", "/ranked/2/user", "\"zoe\""),
    ("all equal: the name", "/ranked/2/reasons/2/code", "\"tie_by_name\""),
    ("all equal: the name", "/ranked/3/user", "\"abel\""),
    ("why somebody is left out", "/ranked/0/user", "\"fits\""),
    ("why somebody is left out", "/excluded/0/reasons/0/presence", "\"away\""),
    ("half of the window away is still a candidate, more is not", "/ranked/0/user", "\"half\""),
    ("half of the window away is still a candidate, more is not", "/excluded/0/user", "\"more\""),
    ("half of the window away is still a candidate, more is not", "/excluded/0/reasons/0/away_bp", "6666"),
    // A third is more than 33.33%.
    ("the share that may be away is the host's", "/excluded/0/reasons/0/most_bp", "3333"),
    // a: 2 * 3 + 1 = 7, deals count nothing; b: 3 + 3 * 2 = 9.
    ("load by points of each kind", "/ranked/0/load_points", "7"),
    ("load by points of each kind", "/ranked/1/load_points", "9"),
    ("who has no capacity of the own takes the usual one", "/ranked/0/user", "\"b\""),
    ("who has no capacity of the own takes the usual one", "/ranked/1/capacity_points", "10"),
    // Odoo: round_half_up(n / 30) a day: 1, 1.5 -> 2, 1.47 -> 1, 0.5 -> 1, 0.47 -> 0, 3, 0. `own` may get 10.
    ("Odoo: 30 in 30 days", "/excluded/0/reasons/0/room", "1"),
    ("Odoo: 30 in 30 days", "/ranked/1/user", "\"none\""),
    ("Odoo: 45 in 30 days", "/excluded/0/user", "\"two\""),
    ("Odoo: 45 in 30 days", "/ranked/1/user", "\"one\""),
    ("Odoo: 44 in 30 days", "/excluded/0/user", "\"one\""),
    ("Odoo: 15 in 30 days", "/excluded/0/reasons/0/room", "1"),
    ("Odoo: 14 in 30 days", "/excluded/0/user", "\"none\""),
    ("Odoo: 90 in 30 days", "/ranked/0/user", "\"own\""),
    ("Odoo: 90 in 30 days", "/excluded", "[]"),
    ("Odoo: 0 in 30 days", "/excluded/0/reasons/0/room", "0"),
    ("Odoo: 0 in 30 days", "/ranked/0/reasons/2/room", "10"),
    ("a window without working time", "/ranked/0/user", "\"always\""),
];

#[test]
fn the_numbers_by_hand_hold() {
    golden::holds("availability", AVAILABILITY);
    golden::holds("assignment", ASSIGNMENT);
}

#[test]
fn what_takes_time_away_sums_to_what_is_missing() {
    for case in golden::cases("availability") {
        let answer = golden::run("availability", &case);
        let Some(working) = answer["working_seconds"].as_i64() else { continue };
        let missing = answer["missing_seconds"].as_i64().unwrap();
        let taken = answer["reasons"].as_array().unwrap().iter().skip(1);
        assert_eq!(taken.map(|r| r["seconds"].as_i64().unwrap()).sum::<i64>(), missing, "{}", case["name"]);
        assert_eq!(working - missing, answer["available_seconds"].as_i64().unwrap(), "{}", case["name"]);
    }
}

fn refused(rule: &str, input: Json) -> String {
    let error = Rules::default().eval(rule, &input).expect_err(&input.to_string());
    assert_ne!(error.text(Lang::English), error.text(Lang::French));
    format!("{} {}", error.code().name(), error.field().unwrap_or("-"))
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    let (from, to) = ("2026-05-11T00:00:00Z", "2026-05-18T00:00:00Z");
    let person = |person: Json| refused("availability", json!({"person": person, "from": from, "to": to}));
    let leave = |leave: Json| person(json!({"leave": [{"from_date": "2026-01-01"}, leave]}));
    assert_eq!(
        leave(json!({"from_date": "2026-05-12", "to_date": "2026-05-11"})),
        "invalid_value person.leave[1].to_date"
    );
    let halves = json!({"from_date": "2026-05-12", "from_half": "afternoon", "to_half": "morning"});
    assert_eq!(leave(halves), "invalid_value person.leave[1].to_half");
    assert_eq!(leave(json!({"from_date": "10000-01-01"})), "invalid_value person.leave[1].from_date");
    assert_eq!(leave(json!({"from_date": "1899-12-31"})), "invalid_value person.leave[1].from_date");
    assert_eq!(leave(json!({"to_date": "2026-05-11"})), "missing person.leave[1]");
    assert_eq!(
        leave(json!({"from_date": "2026-05-12", "from_half": "noon"})),
        "invalid_value person.leave[1].from_half"
    );
    assert_eq!(leave(json!({"from_date": "2026-05-12", "kind": "party"})), "invalid_value person.leave[1].kind");
    assert_eq!(leave(json!({"from": "2026-05-12"})), "unknown_field person.leave[1]");
    assert_eq!(person(json!({"calendar": "office"})), "invalid_value person.calendar");
    assert_eq!(
        person(json!({"calendar": {"id": "a", "zone": "Mars/Phobos", "weekly": {}}})),
        "invalid_value person.calendar.zone"
    );
    assert_eq!(person(json!({"calendar": {"id": "a", "zone": "UTC", "weekly": {}}})), "invalid_rules person.calendar");
    assert_eq!(person(json!({"status": "retired"})), "invalid_value person.status");
    assert_eq!(person(json!({"capacity_points": -1})), "invalid_value person.capacity_points");
    assert_eq!(person(json!({"started_on": "2026-05-12", "left_on": "2026-05-11"})), "invalid_value person.left_on");
    assert_eq!(refused("availability", json!({"person": {}, "from": to, "to": from})), "invalid_value to");
    assert_eq!(refused("availability", json!({"person": {}, "from": from})), "missing -");
    assert_eq!(refused("availability", json!({"person": {}})), "missing -");
    let staff = |staff: Json| refused("availability", json!({"person": {}, "at": from, "staff": staff}));
    assert_eq!(staff(json!({"calendar": "office"})), "invalid_value staff.calendar");
    assert_eq!(staff(json!({"zone": "Mars/Phobos"})), "invalid_value staff.zone");
    assert_eq!(staff(json!({"half_day_at": "25:00"})), "invalid_json staff.half_day_at");
    assert_eq!(staff(json!({"half_day_at": "noon"})), "invalid_json staff.half_day_at");
    assert_eq!(staff(json!({"assignment": {"most_away_bp": 10_001}})), "invalid_value staff.assignment.most_away_bp");
    assert_eq!(
        staff(json!({"assignment": {"points": {"ticket": -1}}})),
        "invalid_value staff.assignment.points.ticket"
    );
    assert_eq!(staff(json!({"assignment": {"points": {"quote": 1}}})), "unknown_field staff.assignment.points");
    assert_eq!(
        staff(json!({"assignment": {"limit": {"count": 30, "days": 0}}})),
        "invalid_value staff.assignment.limit.days"
    );
    let people = |people: Json| refused("assignment", json!({"people": people, "from": from, "to": to}));
    assert_eq!(people(json!([{"user": "marie"}, {"user": " MARIE"}])), "invalid_json people[1].user");
    assert_eq!(people(json!([{"load_points": 1}])), "missing people[0]");
    assert_eq!(people(json!([{"user": "a", "open": {"ticket": -1}}])), "invalid_value people[0].open.ticket");
    assert_eq!(refused("assignment", json!({"people": [], "from": to, "to": from})), "invalid_value to");
    let wanted = json!({"people": [], "from": from, "to": to, "wanted": {"skills": "voip"}});
    assert_eq!(refused("assignment", wanted), "invalid_json wanted.skills");
    // The same part in the configuration.
    let error = Rules::from_json(&json!({"staff": {"calendar": "office"}})).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("invalid_value", Some("staff.calendar")));
}

#[test]
fn the_whole_of_the_years_is_one_question() {
    let input = json!({
        "person": {"leave": [{"from_date": "1900-01-01", "to_date": "9999-12-31"}]},
        "from": "1900-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z",
    });
    let answer = Rules::default().eval("availability", &input).unwrap();
    assert_eq!(answer["available_seconds"], 0);
    assert!(answer["working_seconds"].as_i64().unwrap() > 8_000 * 260 * 86_400);
}

#[test]
fn every_sentence_in_both_languages() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let days =
        |from: &str, from_half, to: &str, to_half| LeaveDays { from: day(from), from_half, to: day(to), to_half };
    let (morning, afternoon) = (DayHalf::Morning, DayHalf::Afternoon);
    let one = days("2026-05-11", morning, "2026-05-11", afternoon);
    let two = days("2026-05-11", afternoon, "2026-05-12", morning);
    let back = Some(Moment { at: at("2026-05-12T07:00:00Z"), local: at("2026-05-12T09:00:00Z").naive_utc() });
    let names = || vec!["a".to_owned(), "b".to_owned()];
    let mut all = vec![
        R::WorkingTime { calendar: "office".into(), seconds: 27_000 },
        R::LeaveTime { days: one, seconds: 0 },
        R::LeaveTime { days: two, seconds: 3_601 },
        R::LeaveTime { days: days("2026-05-11", morning, "2026-05-11", morning), seconds: 60 },
        R::LeaveTime { days: days("2026-05-11", afternoon, "2026-05-11", afternoon), seconds: 60 },
        R::BeforeFirstDay { day: day("2026-05-11"), seconds: 60 },
        R::AfterLastDay { day: Some(day("2026-05-11")), seconds: 60 },
        R::AfterLastDay { day: None, seconds: 60 },
        R::NoCalendar { calendar: String::new() },
        R::NoCalendar { calendar: "gone".into() },
        R::LeaveTwice { days: two },
        R::OtherJob { wanted: names(), found: String::new() },
        R::OtherTeam { wanted: names(), found: "c".into() },
        R::LacksSkills { missing: names() },
        R::LacksLanguage { wanted: names() },
        R::AwayTooLong { away_bp: 6_666, most_bp: 5_000 },
        R::NoTimeInWindow,
        R::Full { load: 5, capacity: 5 },
        R::NoCapacity,
        R::DayFull { room: 1, assigned: 1 },
        R::LeftOut,
        R::Load { load: 0, capacity: 1 },
        R::LastAssigned { at: at("2026-05-11T07:00:00Z") },
        R::NeverAssigned,
        R::ByName,
        R::PartlyAway { away_bp: 3_333 },
        R::DayRoom { room: 2, assigned: 1 },
        R::TaskDue { due: "2026-05-11".into() },
        R::TaskDue { due: "2026-05-11T07:00:00Z".into() },
        R::StepDue { day: day("2026-05-11") },
        R::TicketDue { due: at("2026-05-11T07:00:00Z") },
        R::TicketOpen,
        R::DealCloses { day: day("2026-05-11") },
        R::ActivityPlanned { at: at("2026-05-11T07:00:00Z") },
        R::Delegate { of: "marie".into() },
        R::DelegateCannot { user: "paul".into(), why: Box::new(R::NoTimeInWindow) },
        R::FirstOfRanking { of: 1 },
        R::NobodyCovers,
    ];
    for presence in Presence::ALL {
        all.extend([None, back].map(|back| R::Standing { presence: *presence, back }));
        all.push(R::NotThere { presence: *presence });
    }
    let mut codes = std::collections::BTreeSet::new();
    for reason in all {
        let reason = Reason::Staff(reason);
        codes.insert(reason.code());
        let (en, fr) = (lang::reason(&reason, Lang::English), lang::reason(&reason, Lang::French));
        assert!(!en.is_empty() && en != fr, "{en}");
        assert!(!en.contains("  ") && !fr.contains("  ") && !fr.contains(" :") && !fr.contains('\''), "{en} / {fr}");
        let map = reason.to_json(Some(Lang::French));
        assert_eq!((map["code"].as_str(), map["text"].as_str()), (Some(reason.code()), Some(fr.as_str())));
    }
    assert_eq!(codes.len(), 34, "{codes:?}");
    let text = |reason: R, lang| lang::reason(&Reason::Staff(reason), lang);
    assert_eq!(
        text(R::LeaveTime { days: two, seconds: 3_601 }, Lang::French),
        "en congé du 11/05/2026 (après-midi) au 12/05/2026 (matin)\u{a0}: 1\u{a0}h\u{a0}1\u{a0}s de moins"
    );
    assert_eq!(
        text(R::Standing { presence: Presence::OnLeave, back }, Lang::English),
        "on leave, back on 2026-05-12 at 09:00"
    );
}
