//! Playbooks: numbers worked out by hand, what is refused, sentences.

use crm_core::Lang;
use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

use crate::golden::{self, Number};

const DATE: &str = "/answers/0/date";
const START: &str = "/answers/0/start";
const END: &str = "/answers/0/end";

const NUMBERS: &[Number] = &[
    // Wednesday and three business days are Monday, a week later is Monday 25; the training waits for it.
    ("plan: who waits for an open step is moved with it", "/answers/0/steps/0/due_on", r#""2026-05-18""#),
    ("plan: who waits for an open step is moved with it", "/answers/0/steps/0/provisional", "false"),
    ("plan: who waits for an open step is moved with it", "/answers/0/steps/1/due_on", r#""2026-05-25""#),
    ("plan: who waits for an open step is moved with it", "/answers/0/steps/1/provisional", "true"),
    ("plan: who waits for an open step is moved with it", "/answers/0/steps/2/due_on", r#""2026-05-25""#),
    ("plan: who waits for an open step is moved with it", "/answers/0/steps/2/provisional", "true"),
    // The survey is later anyhow.
    ("plan: who waits for an open step is moved with it", "/answers/0/steps/3/due_on", r#""2026-06-13""#),
    ("plan: who waits for an open step is moved with it", "/answers/0/steps/3/provisional", "false"),
    ("plan: who waits for an open step is moved with it", "/answers/1/steps/2/due_on", r#""2026-05-26""#),
    ("plan: who waits for an open step is moved with it", "/answers/1/steps/2/provisional", "false"),
    ("three days before", DATE, r#""2026-03-07""#),
    ("two weeks after", DATE, r#""2026-03-24""#),
    ("a week before, over the new year", DATE, r#""2025-12-27""#),
    ("a month after the last of January", DATE, r#""2026-02-28""#),
    ("a month after the last of January", "/answers/0/reasons/1/code", r#""playbook_month_end""#),
    ("a month after the last of January in a leap year", DATE, r#""2024-02-29""#),
    ("two months after the last of January are no shorter", DATE, r#""2026-03-31""#),
    ("a month before the last of March", DATE, r#""2026-02-28""#),
    ("twelve months after 29 February", DATE, r#""2025-02-28""#),
    ("no days at all", DATE, r#""2026-03-10""#),
    ("no business days on a Sunday", DATE, r#""2026-03-08""#),
    // Friday 15 May; Monday, Tuesday, Wednesday.
    ("three business days over a weekend", DATE, r#""2026-05-20""#),
    // Wednesday 13, Friday 15, Monday 18.
    ("three business days over Ascension", DATE, r#""2026-05-18""#),
    ("three business days back over Ascension", DATE, r#""2026-05-12""#),
    ("a business day after a Saturday", DATE, r#""2026-05-18""#),
    ("a business day before a Saturday", DATE, r#""2026-05-15""#),
    // Thursday 7; Friday is closed anyway; Monday 11, Tuesday 12.
    ("four days a week, by the French holidays", DATE, r#""2026-05-12""#),
    ("a start on a holiday is put off", START, r#""2026-05-15""#),
    ("a start on a holiday is put off", END, "null"),
    ("the end is counted from the day on which it begins", START, r#""2026-05-15""#),
    ("the end is counted from the day on which it begins", END, r#""2026-05-16""#),
    ("the end on a holiday is put off", START, r#""2026-05-11""#),
    ("the end on a holiday is put off", END, r#""2026-05-15""#),
    // Begins on the 16th; two days later is the 18th, a holiday.
    ("both on holidays in a row", START, r#""2026-05-16""#),
    ("both on holidays in a row", END, r#""2026-05-19""#),
    ("a Sunday that is no holiday is a day", START, r#""2026-05-17""#),
    ("a Sunday that is no holiday is a day", END, r#""2026-05-17""#),
    ("nothing begins", START, "null"),
    ("two days before it begins", START, r#""2026-05-12""#),
    ("two days before it begins", END, r#""2026-05-13""#),
    // Saturday 16 becomes Monday 18; five days later is Saturday 23, so Monday 25.
    ("by a calendar of business days", START, r#""2026-05-18""#),
    ("by a calendar of business days", END, r#""2026-05-25""#),
    ("check: a good one", "/answers/0/valid", "true"),
    ("check: steps that wait for each other", "/answers/0/valid", "false"),
    (
        "check: steps that wait for each other",
        "/answers/0/error/detail/path",
        r#"["train","kickoff","close","big","train"]"#,
    ),
    ("check: a day that nobody knows", "/answers/0/error/field", r#""steps[3].anchor""#),
    // Friday 20 November; Monday, Tuesday, Wednesday.
    ("plan: as it starts", "/answers/0/steps/1/due_on", r#""2026-11-25""#),
    ("plan: as it starts", "/answers/0/steps/1/provisional", "false"),
    ("plan: as it starts", "/answers/0/steps/2/starts_on", r#""2026-11-26""#),
    ("plan: as it starts", "/answers/0/steps/2/due_on", r#""2026-11-30""#),
    // A week after the 25th, one day more.
    ("plan: as it starts", "/answers/0/steps/0/starts_on", r#""2026-12-02""#),
    ("plan: as it starts", "/answers/0/steps/0/due_on", r#""2026-12-03""#),
    ("plan: as it starts", "/answers/0/steps/0/provisional", "true"),
    // Tuesday 15 December, five business days back; two more for its beginning.
    ("plan: as it starts", "/answers/0/steps/3/due_on", r#""2026-12-08""#),
    ("plan: as it starts", "/answers/0/steps/3/starts_on", r#""2026-12-04""#),
    ("plan: as it starts", "/answers/0/steps/4/due_on", r#""2027-01-03""#),
    ("plan: as it starts", "/answers/0/steps/5/due_on", r#""2027-01-05""#),
    ("plan: as it starts", "/answers/0/steps/6/due_on", "null"),
    ("plan: as it starts", "/answers/0/steps/6/reasons/0/code", r#""playbook_no_anchor""#),
    ("plan: a small customer", "/answers/0/steps/4/state", r#""not_needed""#),
    // What is not needed takes no time: two days after the training.
    ("plan: a small customer", "/answers/0/steps/5/due_on", r#""2026-12-05""#),
    // Done on Saturday 21: a week later is a Saturday, so Monday 30.
    ("plan: a step was done early", "/answers/0/steps/0/starts_on", r#""2026-11-30""#),
    ("plan: a step was done early", "/answers/0/steps/0/provisional", "false"),
    ("plan: a step was done early", "/answers/0/steps/1/due_on", "null"),
    // Counted from the day on which it was done, a day earlier; the import still ends on the 30th.
    ("replan: the go-live is put off, and the renewal is known", "/answers/0/moved/0/code", r#""train""#),
    ("replan: the go-live is put off, and the renewal is known", "/answers/0/moved/0/to/starts_on", r#""2026-12-01""#),
    // Tuesday 12 January, five business days back.
    ("replan: the go-live is put off, and the renewal is known", "/answers/0/moved/1/to/due_on", r#""2027-01-05""#),
    ("replan: the go-live is put off, and the renewal is known", "/answers/0/moved/3/to/due_on", r#""2027-02-28""#),
    ("migrate: to another version", "/answers/0/steps/0/change", r#""moved""#),
    ("migrate: to another version", "/answers/0/steps/0/to/starts_on", r#""2026-12-08""#),
    ("migrate: to another version", "/answers/0/steps/1/change", r#""settled""#),
    ("migrate: to another version", "/answers/0/steps/2/change", r#""kept""#),
    ("migrate: to another version", "/answers/0/steps/4/change", r#""added""#),
    ("migrate: to another version", "/answers/0/steps/6/code", r#""survey""#),
    ("migrate: to another version", "/answers/0/steps/6/to/due_on", r#""2027-01-15""#),
    ("migrate: to another version", "/answers/0/steps/7/change", r#""dropped""#),
    ("migrate: to another version", "/answers/0/steps/8/change", r#""settled""#),
    ("progress: one of three, one late", "/answers/0/required", "3"),
    ("progress: one of three, one late", "/answers/0/done", "1"),
    ("progress: one of three, one late", "/answers/0/share_bp", "3333"),
    ("progress: one of three, one late", "/answers/0/late/0/days", "2"),
    ("progress: late from the day after", "/answers/0/late/1/code", r#""b""#),
    ("progress: nothing is required", "/answers/0/share_bp", "null"),
    ("progress: nothing is required", "/answers/0/complete", "true"),
    ("progress: all that is required is done", "/answers/0/complete", "true"),
    // Wednesday 25; three business days to Monday 30, two more to Wednesday 2 December.
    ("starter: renovation", "/answers/0/steps/2/due_on", r#""2026-12-02""#),
    // A week after the 25th is the 2nd, when the templates are ready; two days more.
    ("starter: renovation", "/answers/0/steps/3/due_on", r#""2026-12-04""#),
    // A month after the last of December is Sunday 31 January, so the first of February.
    ("starter: renovation", "/answers/0/steps/6/due_on", r#""2027-02-01""#),
    // Two months before 19 November is Sunday 19 September, so Friday before it.
    ("starter: renovation", "/answers/0/steps/7/due_on", r#""2027-09-17""#),
];

#[test]
fn numbers_worked_out_by_hand() {
    golden::holds("playbook", NUMBERS);
}

fn ask(ask: Json) -> Result<Json, crm_core::Error> {
    Rules::default().eval("playbook", &json!({"asks": [ask]}))
}

fn step(code: &str) -> Json {
    json!({"code": code, "title": code})
}

fn with(steps: Json) -> Json {
    json!({"code": "p", "title": "P", "steps": steps})
}

#[test]
fn what_is_wrong_with_a_playbook_is_told_with_its_place() {
    let changed = |key: &str, value: Json| {
        let mut one = step("a");
        one[key] = value;
        with(json!([one]))
    };
    let chain: Vec<Json> = (0..200)
        .map(|n| json!({"code": format!("s{n}"), "title": "S", "after": [format!("s{}", (n + 1) % 200)]}))
        .collect();
    let table: &[(Json, &str, Option<&str>)] = &[
        (with(json!([])), "invalid_rules", Some("steps")),
        (json!({"code": "p", "title": "P"}), "missing", None),
        (json!({"code": "p", "title": "P", "steps": [], "stpes": 1}), "unknown_field", None),
        (with(json!([step("a"), step("a")])), "invalid_rules", Some("steps[1].code")),
        (with((0..201).map(|n| step(&n.to_string())).collect()), "too_large", Some("steps")),
        (with(chain.into()), "invalid_rules", Some("steps")),
        (changed("after", json!(["a"])), "invalid_rules", Some("steps")),
        (changed("after", json!(["b"])), "invalid_rules", Some("steps[0].after[0]")),
        (changed("anchor", json!({"step": "a"})), "invalid_rules", Some("steps")),
        (changed("anchor", json!({"step": "b"})), "invalid_rules", Some("steps[0].anchor.step")),
        (changed("anchor", json!("tomorrow")), "invalid_rules", Some("steps[0].anchor")),
        (changed("offset", json!(-1)), "invalid_value", Some("steps[0].offset")),
        (changed("offset", json!(3_651)), "invalid_value", Some("steps[0].offset")),
        (changed("offset", json!("3")), "invalid_value", Some("steps[0].offset")),
        (changed("duration", json!(9_999_999_999_i64)), "invalid_value", Some("steps[0].duration")),
        (changed("unit", json!("years")), "invalid_value", Some("steps[0].unit")),
        (changed("direction", json!("beside")), "invalid_value", Some("steps[0].direction")),
        (changed("assignee", json!("anybody")), "invalid_value", Some("steps[0].assignee")),
        (changed("assignee", json!({})), "missing", Some("steps[0].assignee")),
        (changed("assignee", json!({"role": ""})), "invalid_rules", Some("steps[0].assignee.role")),
        (changed("required", json!("yes")), "invalid_value", Some("steps[0].required")),
        (
            changed("condition", json!({"field": "sise", "op": "ge", "value": 1})),
            "unknown_field",
            Some("steps[0].condition.field"),
        ),
        (changed("title", json!("")), "invalid_rules", Some("steps[0].title.labels.en")),
        (changed("title", json!({"en": "x"})), "missing", Some("steps[0].title")),
        (
            json!({"code": "p", "title": "P", "anchors": ["start"], "steps": [step("a")]}),
            "invalid_rules",
            Some("anchors[0]"),
        ),
        (
            json!({"code": "p", "title": "P", "calendar": "office", "steps": [step("a")]}),
            "invalid_value",
            Some("calendar"),
        ),
    ];
    for (playbook, code, field) in table {
        let answer = ask(json!({"ask": "check", "playbook": playbook})).unwrap();
        let error = &answer["answers"][0]["error"];
        assert_eq!(answer["answers"][0]["valid"], false, "{playbook}");
        assert_eq!((error["code"].as_str(), error["field"].as_str()), (Some(*code), *field), "{playbook}: {error}");
    }
}

#[test]
fn what_is_wrong_with_a_question_is_told_with_its_place() {
    let good = with(json!([step("a")]));
    let late = with(json!([{"code": "a", "title": "A", "offset": 3_650, "unit": "months"}]));
    let table: &[(Json, &str, &str)] = &[
        (json!({"ask": "when"}), "invalid_value", "asks[0].ask"),
        (json!({"ask": "due", "offset": 1}), "missing", "asks[0]"),
        (json!({"ask": "due", "anchor": "2026-02-30", "offset": 1}), "invalid_value", "asks[0].anchor"),
        (json!({"ask": "due", "anchor": "9999-12-31", "offset": 1}), "invalid_value", "asks[0]"),
        (json!({"ask": "due", "anchor": "1900-01-01", "offset": 1, "direction": "before"}), "invalid_value", "asks[0]"),
        (
            json!({"ask": "due", "anchor": "9999-12-31", "offset": 1, "unit": "business_days"}),
            "invalid_value",
            "asks[0]",
        ),
        (json!({"ask": "due", "anchor": "2026-01-01", "offset": 1_000_001}), "invalid_value", "asks[0].offset"),
        (json!({"ask": "dates", "anchor": "2026-01-01", "begin_on": i64::MIN}), "invalid_value", "asks[0].begin_on"),
        (json!({"ask": "plan", "playbook": "nothing"}), "invalid_value", "asks[0].playbook"),
        (json!({"ask": "plan", "playbook": good, "anchors": {"go": "2026-01-01"}}), "invalid_rules", "asks[0].anchors"),
        (
            json!({"ask": "plan", "playbook": good, "anchors": {"start": "soon"}}),
            "invalid_value",
            "asks[0].anchors.start",
        ),
        (json!({"ask": "plan", "playbook": good, "steps": {"b": {}}}), "invalid_value", "asks[0].steps"),
        (
            json!({"ask": "plan", "playbook": good, "steps": {"a": {"state": "gone"}}}),
            "invalid_value",
            "asks[0].steps.a.state",
        ),
        (json!({"ask": "plan", "playbook": good, "account": {"sise": 1}}), "unknown_field", "asks[0].account.sise"),
        (
            json!({"ask": "plan", "playbook": late, "anchors": {"start": "9900-01-01"}}),
            "invalid_value",
            "asks[0].steps.a",
        ),
    ];
    for (question, code, field) in table {
        let error = ask(question.clone()).unwrap_err();
        assert_eq!((error.code().name(), error.field()), (*code, Some(*field)), "{question}: {error}");
    }
}

#[test]
fn a_starter_reads_in_both_languages_and_suits_its_trade() {
    let rules = Rules::default();
    assert_eq!(rules.playbooks().all().len(), 4);
    for playbook in rules.playbooks().all() {
        for step in &playbook.steps {
            assert_ne!(step.title.text(Lang::English), step.title.text(Lang::French), "{}", step.code);
            assert!(!step.title.text(Lang::French).contains(" :"), "{}", step.code);
        }
    }
}
