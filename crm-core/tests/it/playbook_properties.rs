//! Random playbooks against a naive reading of the same words: days walked one by one, steps looked up again and again.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, Months, NaiveDate, Weekday};
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const UNITS: [&str; 4] = ["days", "weeks", "months", "business_days"];
const ANCHORS: [&str; 3] = ["start", "go_live", "renewal"];

#[derive(Clone, Debug)]
struct Drawn {
    anchor: usize,
    offset: u32,
    unit: usize,
    before: bool,
    duration: u32,
    roll: bool,
    after: Vec<usize>,
    state: u8,
    settled: u64,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    (
        0..12_usize,
        0..40_u32,
        0..4_usize,
        any::<bool>(),
        0..6_u32,
        any::<bool>(),
        prop::collection::vec(0..12_usize, 0..3),
        0..6_u8,
        0..90_u64,
    )
        .prop_map(|(anchor, offset, unit, before, duration, roll, after, state, settled)| Drawn {
            anchor,
            offset,
            unit,
            before,
            duration,
            roll,
            after,
            state,
            settled,
        })
}

fn first_day() -> NaiveDate {
    "2026-01-31".parse().unwrap()
}

/// Steps name only what comes earlier in a shuffled order, so that there is no cycle.
struct Book {
    steps: Vec<Drawn>,
    /// The place of each in the file.
    order: Vec<usize>,
}

impl Book {
    fn code(&self, step: usize) -> String {
        format!("s{step}")
    }

    /// The step that it hangs on, if it does.
    fn base(&self, step: usize) -> Option<usize> {
        let anchor = self.steps[step].anchor;
        (anchor >= 3 && step > 0).then(|| (anchor - 3) % step)
    }

    fn after(&self, step: usize) -> Vec<usize> {
        let all = self.steps[step].after.iter().filter(|_| step > 0);
        all.map(|other| other % step).collect()
    }

    fn to_json(&self) -> Json {
        let one = |step: &usize| {
            let drawn = &self.steps[*step];
            let anchor = match self.base(*step) {
                Some(base) => json!({"step": self.code(base)}),
                None => json!(ANCHORS[drawn.anchor % 3]),
            };
            let after: Vec<String> = self.after(*step).into_iter().map(|other| self.code(other)).collect();
            json!({"code": self.code(*step), "title": "S", "anchor": anchor, "offset": drawn.offset,
                "unit": UNITS[drawn.unit], "direction": if drawn.before { "before" } else { "after" },
                "duration": drawn.duration, "roll": drawn.roll, "after": after})
        };
        json!({"code": "p", "title": "P", "steps": self.order.iter().map(one).collect::<Vec<_>>()})
    }

    fn standing(&self, step: usize) -> (&'static str, NaiveDate) {
        let drawn = &self.steps[step];
        let state = ["open", "open", "open", "done", "skipped", "not_needed"][usize::from(drawn.state)];
        (state, first_day() + Days::new(drawn.settled))
    }
}

fn works(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

fn walk(mut day: NaiveDate, count: u32, back: bool, is_business: bool) -> NaiveDate {
    let mut left = count;
    while left > 0 {
        day = if back { day - Days::new(1) } else { day + Days::new(1) };
        if !is_business || works(day) {
            left -= 1;
        }
    }
    day
}

fn rolled(mut day: NaiveDate, back: bool) -> NaiveDate {
    while !works(day) {
        day = if back { day - Days::new(1) } else { day + Days::new(1) };
    }
    day
}

type Oracle = Option<(NaiveDate, NaiveDate, NaiveDate)>;

/// What a step is counted from, where it is known.
fn base_of(book: &Book, anchors: &BTreeMap<&str, NaiveDate>, step: usize) -> Option<NaiveDate> {
    match book.base(step) {
        Some(base) => end(book, anchors, base),
        None => anchors.get(ANCHORS[book.steps[step].anchor % 3]).copied(),
    }
}

/// The day on which a step ends, for those that hang on it.
fn end(book: &Book, anchors: &BTreeMap<&str, NaiveDate>, step: usize) -> Option<NaiveDate> {
    match book.standing(step) {
        ("open", _) => dates(book, anchors, step).map(|(_, _, end)| end),
        ("not_needed", _) => base_of(book, anchors, step),
        (_, settled) => Some(settled),
    }
}

/// The base, the first and the last day of an open step.
fn dates(book: &Book, anchors: &BTreeMap<&str, NaiveDate>, step: usize) -> Oracle {
    let drawn = &book.steps[step];
    let base = base_of(book, anchors, step)?;
    let is_business = drawn.unit == 3;
    let counted = match drawn.unit {
        1 => walk(base, drawn.offset * 7, drawn.before, false),
        2 if drawn.before => base.checked_sub_months(Months::new(drawn.offset)).unwrap(),
        2 => base.checked_add_months(Months::new(drawn.offset)).unwrap(),
        _ => walk(base, drawn.offset, drawn.before, is_business),
    };
    let roll = |day: NaiveDate| if drawn.roll { rolled(day, drawn.before) } else { day };
    let near = roll(counted);
    if drawn.before {
        return Some((base, roll(walk(near, drawn.duration, true, is_business)), near));
    }
    let latest = book.after(step).into_iter().filter_map(|other| end(book, anchors, other)).max();
    let start = match latest {
        Some(latest) if latest > near => roll(latest),
        _ => near,
    };
    Some((base, start, roll(walk(start, drawn.duration, false, is_business))))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_plan_is_what_a_naive_reading_gives(
        steps in prop::collection::vec(drawn(), 1..11),
        seed in prop::collection::vec(0..1000_u32, 11),
        days in prop::collection::vec(prop::option::weighted(0.8, 0..700_u64), 3),
    ) {
        let mut order: Vec<usize> = (0..steps.len()).collect();
        order.sort_by_key(|place| (seed[*place], *place));
        let book = Book { steps, order };
        let anchors: BTreeMap<&str, NaiveDate> = ANCHORS.iter().zip(&days)
            .filter_map(|(name, day)| Some((*name, first_day() + Days::new((*day)?)))).collect();
        let states: serde_json::Map<String, Json> = (0..book.steps.len()).map(|step| {
            let (state, settled) = book.standing(step);
            let mut one = json!({"state": state});
            if matches!(state, "done" | "skipped") {
                one["settled_on"] = settled.to_string().into();
            }
            (book.code(step), one)
        }).collect();
        let said: serde_json::Map<String, Json> =
            anchors.iter().map(|(name, day)| ((*name).to_owned(), day.to_string().into())).collect();
        let rules = Rules::default();
        let plan = json!({"ask": "plan", "playbook": book.to_json(), "anchors": said, "steps": states});
        let again = json!({"ask": "replan", "playbook": book.to_json(), "anchors": said, "steps": states});
        let answer = rules.eval("playbook", &json!({"asks": [plan, again], "lang": "fr"})).unwrap();
        for found in answer["answers"][0]["steps"].as_array().unwrap() {
            let step: usize = found["code"].as_str().unwrap().trim_start_matches(char::is_alphabetic).parse().unwrap();
            let wanted = if book.standing(step).0 == "open" { dates(&book, &anchors, step) } else { None };
            let day = |key: &str| found[key].as_str().map(|day| day.parse::<NaiveDate>().unwrap());
            prop_assert_eq!(day("starts_on"), wanted.map(|(_, start, _)| start), "{} {:#}", found, book.to_json());
            prop_assert_eq!(day("due_on"), wanted.map(|(_, _, end)| end), "{} {:#}", found, book.to_json());
            // No day precedes its anchor after it, and none comes later than its anchor before it.
            if let Some((base, start, end)) = wanted {
                prop_assert!(start <= end);
                let is_on_its_side = if book.steps[step].before { end <= base } else { start >= base };
                prop_assert!(is_on_its_side);
            }
        }
        for moved in answer["answers"][1]["moved"].as_array().unwrap() {
            let step: usize = moved["code"].as_str().unwrap().trim_start_matches(char::is_alphabetic).parse().unwrap();
            prop_assert_eq!(book.standing(step).0, "open", "what is settled never moves");
        }
    }
}
