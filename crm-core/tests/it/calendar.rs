//! Business calendars: golden cases, what is refused at load and at the door, and the official list of holidays.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

use crm_core::kernel::calendar::holidays::{FrenchHoliday, FrenchZone};
use crm_core::rules::Rules;
use crm_core::{Error, Lang};
use serde_json::{Value as Json, json};

use super::calendar_numbers::NUMBERS;
use super::golden;

#[test]
fn the_numbers_of_others_and_by_hand_hold() {
    golden::holds("calendar", NUMBERS);
}

fn good() -> Json {
    json!({
        "id": "office", "version": 2, "zone": "Europe/Paris",
        "weekly": {"monday": [["09:00", "12:30"], ["14:00", "18:00"]], "tuesday": [["22:00", "30:00"]]},
        "shifts": {"2026-12-24": [["09:00", "12:00"]]},
        "breaks": {"2026-12-21": [["15:00", "17:00"]]},
        "holidays": ["2026-12-28", {"date": "2026-12-29", "name": "Closed"}],
        "french_holidays": "metropole", "worked_holidays": ["whit_monday"],
    })
}

fn load(calendar: Json) -> Result<Rules, Error> {
    Rules::from_json(&json!({"calendar": [calendar]}))
}

/// The good calendar with another value in one place (`null` takes the place away), and what is said about it.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("/id", "null", "missing", "calendar[0]"),
    ("/id", r#"" ""#, "invalid_rules", "calendar[0].id"),
    ("/version", "0", "invalid_value", "calendar[0].version"),
    ("/version", "1.5", "invalid_value", "calendar[0].version"),
    ("/zone", "null", "missing", "calendar[0]"),
    ("/zone", r#""Mars/Phobos""#, "invalid_value", "calendar[0].zone"),
    ("/weekly", "null", "missing", "calendar[0]"),
    ("/weekly/monday", r#""09:00""#, "invalid_json", "calendar[0].weekly.monday"),
    ("/weekly/monday/0", r#"["09:00"]"#, "invalid_json", "calendar[0].weekly.monday[0]"),
    ("/weekly/monday/0/0", r#""9:00""#, "invalid_json", "calendar[0].weekly.monday[0][0]"),
    ("/weekly/monday/0/1", r#""48:01""#, "invalid_json", "calendar[0].weekly.monday[0][1]"),
    ("/weekly/monday/0/1", r#""08:00""#, "invalid_rules", "calendar[0].weekly.monday[0]"),
    ("/weekly/mon", "[]", "unknown_field", "calendar[0].weekly"),
    ("/shifts/2026-02-30", "[]", "invalid_value", "calendar[0].shifts"),
    ("/shifts/2026-12-24/0/1", "12", "invalid_value", "calendar[0].shifts.2026-12-24[0][1]"),
    ("/breaks", "[]", "invalid_json", "calendar[0].breaks"),
    ("/holidays/0", r#""1899-12-31""#, "invalid_value", "calendar[0].holidays[0]"),
    ("/holidays/1/date", r#""29/12/2026""#, "invalid_value", "calendar[0].holidays[1].date"),
    ("/french_holidays", r#""corse""#, "invalid_value", "calendar[0].french_holidays"),
    ("/french_holidays", "null", "invalid_rules", "calendar[0].worked_holidays"),
    ("/worked_holidays/0", r#""pentecost""#, "invalid_value", "calendar[0].worked_holidays[0]"),
    ("/timezone", r#""UTC""#, "unknown_field", "calendar[0]"),
];

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    load(good()).unwrap();
    for (pointer, value, code, field) in REFUSED {
        let mut calendar = good();
        let value: Json = serde_json::from_str(value).unwrap();
        match calendar.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => {
                let (parent, key) = pointer.rsplit_once('/').unwrap();
                calendar.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key.into(), value);
            }
        }
        let error = load(calendar).map(|_| ()).expect_err(pointer);
        assert_eq!((error.code().name(), error.field()), (*code, Some(*field)), "{pointer}: {error}");
    }
    let twice = Rules::from_json(&json!({"calendar": [good(), good()]})).unwrap_err();
    assert_eq!((twice.code().name(), twice.field()), ("invalid_rules", Some("calendar[1].id")));
    let mut night = good();
    night["weekly"]["tuesday"] = json!([["22:00", "06:00"]]);
    let error = load(night).unwrap_err();
    assert_eq!(
        error.to_string(),
        "calendar[0].weekly.tuesday[0]: the window ends at 06:00, before it starts at 22:00: for 06:00 of the next day write `30:00`"
    );
    let mut many = good();
    many["weekly"]["monday"] = json!(vec![["09:00", "10:00"]; 25]);
    assert_eq!(load(many).unwrap_err().code().name(), "too_large");
}

#[test]
fn a_calendar_that_never_opens_is_refused() {
    let calendar = |weekly: Json, shifts: Json, breaks: Json, holidays: Json| {
        load(
            json!({"id": "a", "zone": "Pacific/Apia", "weekly": weekly, "shifts": shifts, "breaks": breaks, "holidays": holidays}),
        )
    };
    let (none, hours) = (json!({}), json!([["09:00", "17:00"]]));
    let never = |weekly: Json, shifts: Json, breaks: Json, holidays: Json| {
        let error = calendar(weekly, shifts, breaks, holidays).unwrap_err();
        assert_eq!((error.code().name(), error.field()), ("invalid_rules", Some("calendar[0]")), "{error}");
        assert!(error.text(Lang::French).contains("n’ouvre jamais"));
    };
    never(none.clone(), none.clone(), none.clone(), json!([]));
    never(json!({"monday": [["09:00", "09:00"]]}), none.clone(), none.clone(), json!([]));
    let shift = json!({"2026-12-24": hours});
    never(none.clone(), shift.clone(), none.clone(), json!(["2026-12-24"]));
    never(none.clone(), shift.clone(), json!({"2026-12-24": [["08:00", "17:00"]]}), json!([]));
    // The day that Samoa left out.
    never(none.clone(), json!({"2011-12-30": hours}), none.clone(), json!([]));
    let once = calendar(none.clone(), shift, none, json!([])).unwrap();
    let ask = |ask: Json| once.eval("calendar", &json!({"asks": [ask]}));
    let due = |start: &str, seconds: i64| ask(json!({"ask": "due", "start": start, "working_seconds": seconds}));
    assert_eq!(due("1950-01-01T00:00:00Z", 28_800).unwrap()["answers"][0]["due"], "2026-12-24T04:00:00Z");
    for (start, seconds) in
        [("1950-01-01T00:00:00Z", 28_801), ("2026-12-24T04:00:00Z", 0), ("2027-01-01T00:00:00Z", i64::MAX)]
    {
        let error = due(start, seconds).unwrap_err();
        assert_eq!((error.code().name(), error.field()), ("invalid_value", Some("asks[0]")), "{error}");
        assert!(error.to_string().contains("working time") && error.text(Lang::French).contains("temps ouvré"));
    }
    assert_eq!(ask(json!({"ask": "next_open", "at": "2027-01-01T00:00:00Z"})).unwrap()["answers"][0]["at"], Json::Null);
    let days = ask(json!({"ask": "add_business_days", "date": "2027-01-01", "days": 1})).unwrap_err();
    assert_eq!((days.code().name(), days.field()), ("invalid_value", Some("asks[0]")));
}

#[test]
fn the_door_is_strict() {
    let rules = load(good()).unwrap();
    let error = |input: Json| {
        let e = rules.eval("calendar", &input).unwrap_err();
        format!("{} {}", e.code().name(), e.field().unwrap_or("-"))
    };
    let one = |ask: Json| error(json!({"asks": [ask]}));
    assert_eq!(error(json!({})), "missing -");
    assert_eq!(error(json!({"asks": [], "calendar": "shop"})), "invalid_value calendar");
    assert_eq!(error(json!({"asks": [], "calendar": {"id": "a"}})), "missing calendar");
    assert_eq!(error(json!({"asks": {}})), "invalid_json asks");
    assert_eq!(one(json!({"ask": "dew"})), "invalid_value asks[0].ask");
    assert_eq!(one(json!({})), "missing asks[0]");
    let (a, b) = ("2026-11-23T09:00:00Z", "2026-11-22T09:00:00Z");
    assert_eq!(one(json!({"ask": "elapsed", "from": a, "to": b})), "invalid_value asks[0].to");
    assert_eq!(one(json!({"ask": "elapsed", "from": a, "to": "today"})), "invalid_value asks[0].to");
    assert_eq!(one(json!({"ask": "due", "start": a, "working_seconds": -1})), "invalid_value asks[0].working_seconds");
    let paused = |pauses: Json| one(json!({"ask": "due", "start": a, "working_seconds": 1, "pauses": pauses}));
    assert_eq!(paused(json!([[b, a], [a, b]])), "invalid_value asks[0].pauses[1]");
    assert_eq!(paused(json!([[b]])), "invalid_json asks[0].pauses[0]");
    assert_eq!(one(json!({"ask": "is_open", "at": a, "zone": "UTC"})), "unknown_field asks[0]");
    assert_eq!(one(json!({"ask": "holidays", "year": 1899})), "invalid_value asks[0].year");
    assert_eq!(one(json!({"ask": "holiday_date", "holiday": "Nöel", "year": 2026})), "invalid_value asks[0].holiday");
    assert_eq!(one(json!({"ask": "local_to_instant", "local": a})), "invalid_json asks[0].local");
    let long = json!({"ask": "open_spans", "from": "2020-01-01T00:00:00Z", "to": a});
    assert_eq!(one(long), "too_large asks[0].to");
    let bare = Rules::default().eval("calendar", &json!({"asks": [{"ask": "is_open", "at": a}]})).unwrap_err();
    assert_eq!((bare.code().name(), bare.field()), ("missing", Some("asks[0]")));
    // The whole of the years that are kept, in one question.
    let all = json!({"asks": [{"ask": "elapsed", "from": "1900-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}]});
    assert!(rules.eval("calendar", &all).unwrap()["answers"][0]["seconds"].as_i64().unwrap() > 8_000 * 52 * 50_000);
}

#[test]
fn the_hash_tells_what_can_change_an_answer() {
    let hash = |calendar: &Json| load(calendar.clone()).unwrap().calendar("office").unwrap().hash().to_owned();
    let same = |pointer: &str, value: Json| {
        let mut calendar = good();
        *calendar.pointer_mut(pointer).unwrap() = value;
        hash(&calendar) == hash(&good())
    };
    assert!(same("/version", json!(3)));
    assert!(same("/holidays/1/name", json!("Inventory")));
    assert!(same(
        "/weekly/monday",
        json!([["14:00", "18:00"], ["09:00", "12:00"], ["11:00", "12:30"], ["20:00", "20:00"]])
    ));
    assert!(!same("/zone", json!("Europe/Brussels")));
    assert!(!same("/weekly/monday/0/1", json!("12:31")));
    assert!(!same("/shifts", json!({"2026-12-25": [["09:00", "12:00"]]})));
    assert!(!same("/breaks/2026-12-21/0/0", json!("15:01")));
    assert!(!same("/holidays", json!(["2026-12-28"])));
    assert!(!same("/worked_holidays", json!([])));
    assert_eq!(hash(&good()).len(), 64);
}

/// The official list of a zone's holidays; says so past the test harness where there is none. The files are not part
/// of this repository: set `CRMKIT_DATA` to their folder.
fn official(zone: FrenchZone) -> Option<String> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("CRMKIT_DATA").map_or_else(beside, PathBuf::from);
    let file = format!("e_holidays_france_etalab/jours_feries_{}.csv", zone.name());
    let text = std::fs::read_to_string(folder.join(&file)).ok();
    if text.is_none() {
        writeln!(std::io::stderr().lock(), "SKIPPED: no {file}; set CRMKIT_DATA to the folder of data sets").unwrap();
    }
    text
}

#[test]
fn holidays_are_those_of_the_official_list() {
    for zone in FrenchZone::ALL {
        let Some(text) = official(*zone) else { continue };
        let listed: BTreeSet<(String, String)> = text
            .lines()
            .skip(1)
            .map(|line| {
                let cells: Vec<&str> = line.split(',').collect();
                let name = cells[3].replace('\'', "’").replace("2ème", "Deuxième");
                (cells[0].to_owned(), name)
            })
            .collect();
        let years: BTreeSet<i32> =
            listed.iter().map(|(date, _)| date.split('-').next().unwrap().parse().unwrap()).collect();
        let computed = |year: &i32| {
            let days = FrenchHoliday::of_year(*zone, *year).into_iter();
            days.map(|(date, holiday)| (date.to_string(), crm_core::lang::holiday(holiday, Lang::French).to_owned()))
        };
        assert_eq!(years.iter().flat_map(computed).collect::<BTreeSet<_>>(), listed, "{}", zone.name());
        assert!(years.len() > 20, "{}", zone.name());
    }
}
