//! Sequences: numbers worked out by hand, the door's strictness, sentences.

use crm_core::kernel::reason::Reason;
use crm_core::kernel::sequence_reason::{HolidayName, LimitSpan, PauseCause, SequenceEnd, SequenceReason};
use crm_core::kernel::time::parse_instant;
use crm_core::rules::Rules;
use crm_core::rules::sequence::Enrolment;
use crm_core::{Error, Lang, lang};
use serde_json::{Value as Json, json};

use crate::golden::{self, Number};

const AT: &str = "/answers/0/at";
const DUE: &str = "/answers/0/due";
const CODE: &str = "/answers/0/reasons/0/code";
const VERDICT: &str = "/answers/0/verdict";

const NUMBERS: &[Number] = &[
    ("before the hours, on the same day", AT, r#""2018-10-19T08:00:00Z""#),
    ("after the hours, at their next beginning", AT, r#""2018-10-20T08:00:00Z""#),
    ("after the hours, at their next beginning", CODE, r#""waiting_window""#),
    ("the start of the hours is part of them", AT, r#""2018-10-19T10:00:00Z""#),
    ("the end of the hours is not part of them", AT, r#""2018-10-20T10:00:00Z""#),
    ("no hours given: at any time", AT, r#""2018-10-19T12:00:00Z""#),
    ("an allowed day", AT, r#""2018-10-21T08:00:00Z""#),
    ("a day that is not allowed, at the same time of the clock", AT, r#""2018-10-21T08:00:00Z""#),
    // 09:00 UTC is 05:00 in New York, which waits for 08:00 there.
    ("the hours are the person's, not the server's", AT, r#""2018-10-19T12:00:00Z""#),
    ("nothing ever opens", AT, "null"),
    ("nothing ever opens", CODE, r#""no_slot""#),
    ("nothing ever opens", "/answers/0/reasons/0/days", "200"),
    ("Saturday to Monday at the same time", AT, r#""2026-11-23T13:30:00Z""#),
    ("Saturday to Monday at the same time", CODE, r#""waiting_business_day""#),
    ("Saturday evening: the hours of Monday are over by then", AT, r#""2026-11-23T08:00:00Z""#),
    ("Saturday noon: after Monday's lunch", AT, r#""2026-11-23T13:00:00Z""#),
    ("Friday evening to Monday morning", AT, r#""2026-11-23T08:00:00Z""#),
    ("over Easter, fr", AT, r#""2026-04-07T08:00:00Z""#),
    ("over Easter, fr", "/answers/0/reasons/1/holiday", r#""easter_monday""#),
    ("the clocks go forward: half past two is half past three", AT, r#""2026-03-29T01:30:00Z""#),
    ("the clocks go back: the first half past two", AT, r#""2026-10-25T00:30:00Z""#),
    ("hours without business days: no slot", AT, "null"),
    ("Easter Monday is passed over", DUE, r#""2026-04-07T08:00:00Z""#),
    ("Good Friday works in most of France", DUE, r#""2026-04-03T08:00:00Z""#),
    ("Good Friday is a holiday in Alsace", DUE, r#""2026-04-07T08:00:00Z""#),
    ("over Ascension", DUE, r#""2026-05-18T07:00:00Z""#),
    ("over Christmas and a weekend", DUE, r#""2026-12-28T10:00:00Z""#),
    ("nine o'clock stays nine o'clock in spring", DUE, r#""2026-03-30T07:00:00Z""#),
    ("nine o'clock stays nine o'clock in autumn", DUE, r#""2026-10-26T08:00:00Z""#),
    ("two business days on single dates, at the same time", DUE, r#""2023-01-03T01:00:00Z""#),
    ("none at all is the same instant", DUE, r#""2026-11-21T09:00:00Z""#),
    ("none at all is the same instant", AT, r#""2026-11-23T09:00:00Z""#),
    ("hours pass over a clock change", DUE, r#""2026-03-29T19:00:00Z""#),
    ("days keep the clock over it", DUE, r#""2026-03-29T18:00:00Z""#),
    ("minutes, weeks and months", DUE, r#""2026-01-31T09:30:00Z""#),
    ("minutes, weeks and months", "/answers/1/due", r#""2026-02-14T08:00:00Z""#),
    ("minutes, weeks and months", "/answers/2/due", r#""2026-02-28T08:00:00Z""#),
    ("three days and three days, weekdays only", "/answers/0/steps/0/at", r#""2026-11-23T16:00:00Z""#),
    ("three days and three days, weekdays only", "/answers/0/steps/1/at", r#""2026-11-26T16:00:00Z""#),
    ("three days and three days, weekdays only", "/answers/0/steps/2/at", r#""2026-11-30T16:00:00Z""#),
    ("an immediate first step, hours, and from the enrolment", "/answers/0/steps/0/at", r#""2026-11-21T19:00:00Z""#),
    // Ten at night waits for nine on Sunday morning.
    ("an immediate first step, hours, and from the enrolment", "/answers/0/steps/2/at", r#""2026-11-22T08:00:00Z""#),
    ("an immediate first step, hours, and from the enrolment", "/answers/0/steps/3/at", r#""2026-11-29T08:00:00Z""#),
    ("three at once leave thirty seconds apart", "/answers/0/slots/0/at", r#""2026-11-23T09:00:00Z""#),
    ("three at once leave thirty seconds apart", "/answers/0/slots/1/at", r#""2026-11-23T09:00:30Z""#),
    ("three at once leave thirty seconds apart", "/answers/0/slots/2/at", r#""2026-11-23T09:01:00Z""#),
    ("one a day: the next day", "/answers/0/slots/0/at", r#""2026-11-24T09:00:00Z""#),
    ("one a day: the next day", "/answers/0/slots/0/reasons/0/code", r#""throttled_contact""#),
    // The three of 17, 19 and 20 November leave the span of seven days on the 24th.
    ("three in seven days", "/answers/0/slots/0/at", r#""2026-11-24T09:00:00Z""#),
    // The 27th forbids the days to 3 December; the 4th is a Friday.
    ("what is to be sent later counts as well", "/answers/0/slots/0/at", r#""2026-12-04T09:00:00Z""#),
    ("a full mailbox", "/answers/0/slots/1/at", r#""2026-11-23T09:00:00Z""#),
    ("a full mailbox", "/answers/0/slots/2/at", r#""2026-11-24T09:00:00Z""#),
    ("a full mailbox", "/answers/0/slots/2/reasons/0/code", r#""throttled_mailbox""#),
    ("the spacing leaves the hours", "/answers/0/slots/0/at", r#""2026-11-23T16:59:50Z""#),
    ("the spacing leaves the hours", "/answers/0/slots/1/at", r#""2026-11-24T08:00:00Z""#),
    ("once, and it was in it", VERDICT, r#""refuse""#),
    ("once, and it was in it", CODE, r#""already_added_once""#),
    ("not active: again", VERDICT, r#""enrol""#),
    ("still active: not again", CODE, r#""already_active""#),
    ("at any time", VERDICT, r#""enrol""#),
    ("too soon", CODE, r#""too_soon""#),
    // 90 days after 1 October, 10:00 in Paris, is 30 December, 10:00 there.
    ("too soon", "/answers/0/reasons/0/from", r#""2026-12-30T09:00:00Z""#),
    ("late enough", VERDICT, r#""enrol""#),
    ("another one runs", CODE, r#""exclusive_conflict""#),
    ("another one is over", VERDICT, r#""enrol""#),
    ("only exclusive ones exclude", VERDICT, r#""enrol""#),
    ("an exclusive one runs", CODE, r#""exclusive_conflict""#),
    ("a sequence that nobody knows any more is exclusive", VERDICT, r#""refuse""#),
    ("excludes nothing", VERDICT, r#""enrol""#),
    ("as many as may be active", VERDICT, r#""pending""#),
    ("as many as may be active", CODE, r#""throttle_max_active""#),
    ("room for one more", VERDICT, r#""enrol""#),
    ("as many as may be added", CODE, r#""throttle_max_adds""#),
    ("taken out by hand, a rule", CODE, r#""manually_removed""#),
    ("taken out by hand, a person", VERDICT, r#""enrol""#),
    ("opted out", CODE, r#""opted_out""#),
    ("converted", CODE, r#""converted""#),
    ("a draft", CODE, r#""sequence_not_active""#),
    ("for leads only", CODE, r#""wrong_subject""#),
    ("waits for its turn, then runs", "/answers/0/enrolment/status", r#""pending""#),
    ("a website lead", "/answers/0/enrol/sequence", r#""S1""#),
    ("a website lead", "/answers/0/enrol/key", r#""[\"site\",\"lead\",\"7\",\"S1\"]""#),
    ("a website lead", CODE, r#""nurture_unknown""#),
    ("the same event again", "/answers/0/enrol", "null"),
    ("the same event again", CODE, r#""nurture_event_done""#),
    ("another event for the same lead", "/answers/0/enrol", "null"),
    ("another event for the same lead", "/answers/0/reasons/1/code", r#""nurture_done""#),
    ("a lead from elsewhere", "/answers/0/enrol/sequence", r#""S2""#),
    ("an exclusive one runs: the next rule", "/answers/0/enrol/sequence", r#""S2""#),
    ("opted out: none", "/answers/0/enrol", "null"),
    ("taken out by hand: the next rule", "/answers/0/enrol/sequence", r#""S2""#),
    ("a task step makes a real task and an activity", "/answers/0/decisions/0/effects/0/effect", r#""create_task""#),
    (
        "a task step makes a real task and an activity",
        "/answers/0/decisions/0/effects/1/effect",
        r#""create_activity""#,
    ),
    // The day after it was due, once: late by a day.
    ("a missed day is made up for, late", "/answers/0/decisions/0/effects/0/effect", r#""wait""#),
    ("a missed day is made up for, late", "/answers/0/decisions/1/reasons/0/code", r#""late_by""#),
    ("a missed day is made up for, late", "/answers/0/decisions/1/reasons/0/days", "1"),
    // Wednesday 11:00 and two days: Friday 11:00.
    ("the delay begins when the task is done", "/answers/0/enrolment/due_at", r#""2026-11-27T10:00:00Z""#),
    ("an opt-out ends it and blocks the address", "/answers/0/enrolment/status", r#""finished""#),
    ("an opt-out ends it and blocks the address", "/answers/0/enrolment/ended/how", r#""opted_out""#),
    ("an opt-out ends it and blocks the address", "/answers/0/decisions/0/effects/0/effect", r#""suppress""#),
    ("an opt-out ends it and blocks the address", "/answers/0/decisions/1/effects", "[]"),
    ("an opt-out ends it and blocks the address", "/answers/0/decisions/2/effects/0/effect", r#""suppress""#),
    ("a hard bounce cannot be resumed", "/answers/0/enrolment/ended/how", r#""bounced_hard""#),
    ("a reply ends it, an automatic one does not", "/answers/0/decisions/0/reasons/0/code", r#""no_effect""#),
    ("a reply ends it, an automatic one does not", "/answers/0/enrolment/ended/how", r#""replied""#),
    ("a meeting", "/answers/0/enrolment/ended/how", r#""meeting_booked""#),
    ("a deal", "/answers/0/enrolment/ended/how", r#""deal_created""#),
    ("a conversion that only the facts know", "/answers/0/enrolment/ended/how", r#""converted""#),
    ("another owner pauses it", "/answers/0/decisions/1/reasons/0/code", r#""paused""#),
    ("another owner pauses it", "/answers/0/decisions/3/effects/0/effect", r#""create_draft""#),
    // Christmas is a Friday.
    (
        "away until a day: on the next business day",
        "/answers/0/decisions/0/effects/0/until",
        r#""2026-12-27T23:00:00Z""#,
    ),
    ("away until a day: on the next business day", "/answers/0/decisions/2/effects/0/effect", r#""create_draft""#),
    ("away without a day: five business days", "/answers/0/enrolment/paused_until", r#""2026-11-29T23:00:00Z""#),
    (
        "a second absence makes it longer, to sixty days at most",
        "/answers/0/decisions/1/reasons/0/until",
        r#""2026-12-06T23:00:00Z""#,
    ),
    (
        "a second absence makes it longer, to sixty days at most",
        "/answers/0/enrolment/paused_until",
        r#""2027-01-21T23:00:00Z""#,
    ),
    ("taken out by hand", "/answers/0/enrolment/status", r#""removed""#),
    ("paused by a person, an absence changes nothing", "/answers/0/enrolment/paused/cause", r#""person""#),
    ("no address: a task instead", "/answers/0/decisions/0/effects/0/effect", r#""create_task""#),
    ("outside of the hours it waits", "/answers/0/decisions/0/effects/0/until", r#""2026-11-24T08:00:00Z""#),
    ("another sequence had its step today", "/answers/0/decisions/0/effects/0/until", r#""2026-11-24T10:00:00Z""#),
    ("the same number twice, and a clock that goes back", "/answers/0/decisions/1/reasons/0/code", r#""already_seen""#),
    (
        "the same number twice, and a clock that goes back",
        "/answers/0/decisions/3/reasons/0/code",
        r#""step_already_ran""#,
    ),
    ("a draft that failed", "/answers/0/enrolment/status", r#""failed""#),
    ("the branch without a phone, and a step that is passed over", "/answers/0/enrolment/ended/how", r#""completed""#),
    ("on in another version, what is due stays due", "/answers/0/enrolment/due_at", r#""2026-11-25T09:00:00Z""#),
    ("on in another version, what is due stays due", "/answers/0/enrolment/next", r#""y""#),
    ("on in another version, what is due stays due", "/answers/0/enrolment/runs/0/step", r#""a@1""#),
    ("on in another version, what is due stays due", "/answers/0/enrolment/version", r#"2"#),
    ("what has to be done first goes by its new name", "/answers/0/enrolment/waits_for", r#""x""#),
    ("nobody said what it waits for is", "/answers/0/enrolment", r#"null"#),
    ("nobody said what comes next", CODE, r#""step_not_mapped""#),
    ("a step that ran runs no more", "/answers/0/enrolment", r#"null"#),
    ("a step of the other version that nobody ran has its name", "/answers/0/enrolment/next", r#""a""#),
    ("the end", "/answers/0/enrolment/ended/how", r#""completed""#),
    ("over stays over, whatever the map says", CODE, r#""already_ended""#),
    ("in that version already", CODE, r#""no_effect""#),
    ("whoever waits for a turn needs no map", "/answers/0/enrolment/version", r#"2"#),
];

#[test]
fn the_numbers_of_others_and_by_hand_hold() {
    golden::holds("sequence", NUMBERS);
}

fn answer(name: &str) -> Json {
    golden::answer("sequence", name)
}

#[test]
fn a_sequence_runs_from_the_first_to_the_last_step() {
    let played = answer("from the first to the last step");
    let effects = |n: usize| -> Vec<String> {
        let effects = played["decisions"][n]["effects"].as_array().unwrap();
        effects
            .iter()
            .map(|e| format!("{} {}", e["effect"].as_str().unwrap(), e["step"].as_str().unwrap_or("-")))
            .collect()
    };
    assert_eq!(effects(0), ["create_draft 1", "create_activity 1", "wait -"], "the next counts from when it is sent");
    assert_eq!(effects(1), ["wait -"]);
    assert_eq!(effects(2), ["wait -"], "not due");
    assert_eq!(effects(3), ["create_task 2", "create_activity 2", "wait -"]);
    assert_eq!(effects(4), ["wait -"]);
    // The branch has its way, the call is due a business day later.
    assert_eq!(effects(5), ["wait -"]);
    assert_eq!(effects(6), ["create_task call", "create_activity call", "wait -"]);
    assert_eq!(effects(7), ["wait -"], "three days pass");
    assert_eq!(effects(8), ["create_draft letter", "create_activity letter", "finish -"]);
    assert_eq!(played["enrolment"]["ended"]["how"], "completed");
    assert_eq!(played["decisions"][0]["effects"][0]["key"], "e1:1");
    assert_eq!(played["decisions"][0]["effects"][0]["needs_approval"], true);
    let state = Enrolment::from_json(&played["enrolment"]).unwrap();
    assert_eq!(state.to_json(), played["enrolment"]);
    assert_eq!(Enrolment::from_text(&state.to_text()).unwrap(), state);
}

#[test]
fn places_are_spread_and_stay() {
    let slots = answer("spread by the id, twice the same")["slots"].clone();
    assert_eq!(slots[0]["at"], slots[2]["at"]);
    assert_ne!(slots[0]["at"], slots[1]["at"]);
}

/// What was found beside what was wanted, of all that differ.
fn differ_nowhere(all: &[(String, &str)]) {
    let wrong: Vec<&(String, &str)> = all.iter().filter(|(found, wanted)| found != wanted).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn said(error: &Error) -> String {
    assert!(!error.text(Lang::French).is_empty());
    format!("{} {}", error.code().name(), error.field().unwrap_or("-"))
}

#[test]
fn configurations_are_checked() {
    let load = |part: Json| said(&Rules::from_json(&json!({"sequence": part})).unwrap_err());
    let sequence = |more: Json| {
        let mut one = json!({"id": "a", "steps": [{"type": "email"}]});
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        load(json!({"sequences": [one]}))
    };
    let steps = |steps: Json| sequence(json!({"steps": steps}));
    let all = [
        (load(json!([])), "invalid_json sequence"),
        (load(json!({"zone": "Paris"})), "invalid_value sequence.zone"),
        (load(json!({"sequence": []})), "unknown_field sequence"),
        (load(json!({"sequences": [{"id": "a"}]})), "missing sequence.sequences[0]"),
        (sequence(json!({"id": ""})), "invalid_rules sequence.sequences[0].id"),
        (sequence(json!({"version": 0})), "invalid_value sequence.sequences[0].version"),
        (sequence(json!({"calendar": "office"})), "invalid_value sequence.sequences[0].calendar"),
        (sequence(json!({"windows": {}})), "invalid_rules sequence.sequences[0].windows"),
        (
            sequence(json!({"windows": {"monday": [["22:00", "30:00"]]}})),
            "invalid_value sequence.sequences[0].windows[0]",
        ),
        (sequence(json!({"windows": {"lundi": []}})), "unknown_field sequence.sequences[0].windows"),
        (sequence(json!({"stop_on": ["click"]})), "invalid_value sequence.sequences[0].stop_on[0]"),
        (sequence(json!({"exclusivity": "maybe"})), "invalid_value sequence.sequences[0].exclusivity"),
        (sequence(json!({"reenrol": {"after_days": 0}})), "invalid_value sequence.sequences[0].reenrol.after_days"),
        (sequence(json!({"reenrol": "never"})), "invalid_value sequence.sequences[0].reenrol"),
        (sequence(json!({"max_per_contact": {"day": 0}})), "invalid_value sequence.sequences[0].max_per_contact.day"),
        (sequence(json!({"max_per_contact": {"year": 9}})), "unknown_field sequence.sequences[0].max_per_contact"),
        (sequence(json!({"spacing_seconds": -1})), "invalid_value sequence.sequences[0].spacing_seconds"),
        (sequence(json!({"steps_per_day": 0})), "invalid_value sequence.sequences[0].steps_per_day"),
        (steps(json!([])), "invalid_rules sequence.sequences[0].steps"),
        (steps(json!([{"type": "fax"}])), "invalid_value sequence.sequences[0].steps[0].type"),
        (
            steps(json!([{"type": "email", "template": "nope"}])),
            "invalid_value sequence.sequences[0].steps[0].template",
        ),
        (
            steps(json!([{"type": "call", "template": "email_follow_up"}])),
            "invalid_rules sequence.sequences[0].steps[0].template",
        ),
        (
            steps(json!([{"type": "wait", "skip_if": {"field": "phone", "op": "is_null"}}])),
            "invalid_rules sequence.sequences[0].steps[0].skip_if",
        ),
        (
            steps(json!([{"type": "email", "skip_if": {"field": "colour", "op": "is_null"}}])),
            "unknown_field sequence.sequences[0].steps[0].skip_if.field",
        ),
        (
            steps(json!([{"type": "email", "delay": {"count": 10, "unit": "z"}}])),
            "invalid_value sequence.sequences[0].steps[0].delay.unit",
        ),
        (
            steps(json!([{"type": "email", "delay": {"count": -1, "unit": "days"}}])),
            "invalid_value sequence.sequences[0].steps[0].delay.count",
        ),
        (
            steps(json!([{"id": "a", "type": "email"}, {"id": "a", "type": "email"}])),
            "invalid_rules sequence.sequences[0].steps[1].id",
        ),
        (steps(json!([{"id": "end", "type": "email"}])), "invalid_rules sequence.sequences[0].steps[0].id"),
        (
            steps(
                json!([{"type": "email"}, {"type": "branch", "when": {"field": "phone", "op": "is_null"}, "then": "1"}]),
            ),
            "invalid_rules sequence.sequences[0].steps[1].then",
        ),
        (
            steps(json!([{"type": "branch", "when": {"field": "phone", "op": "is_null"}, "otherwise": "9"}])),
            "invalid_rules sequence.sequences[0].steps[0].otherwise",
        ),
        (steps(json!([{"type": "branch"}])), "missing sequence.sequences[0].steps[0]"),
        (steps(json!([{"type": "email", "then": "1"}])), "invalid_rules sequence.sequences[0].steps[0].then"),
        (
            load(json!({"nurture": [{"id": "a", "on": "lead_created", "sequence": "x"}]})),
            "invalid_rules sequence.nurture[0].sequence",
        ),
        (
            load(json!({"nurture": [{"id": "a", "on": "click", "sequence": "x"}]})),
            "invalid_value sequence.nurture[0].on",
        ),
    ];
    differ_nowhere(&all);
    let twice = json!({"id": "a", "steps": [{"type": "email"}]});
    assert_eq!(load(json!({"sequences": [twice, twice]})), "invalid_rules sequence.sequences[1].id");
}

#[test]
fn the_door_is_strict() {
    let part = json!({"sequences": [{"id": "a", "steps": [{"type": "email"}]}]});
    let rules = Rules::from_json(&json!({"sequence": part})).unwrap();
    let one = |ask: Json| said(&rules.eval("sequence", &json!({"asks": [ask]})).unwrap_err());
    let (now, lead) = ("2026-11-23T09:00:00Z", json!({"kind": "lead", "id": "7"}));
    let asked = json!({"ask": "enrol", "sequence": "a", "id": "e", "subject": lead, "at": now});
    let answer = rules.eval("sequence", &json!({"asks": [asked]})).unwrap();
    let state = answer["answers"][0]["enrolment"].clone();
    let with = |key: &str, value: Json| {
        let mut state = state.clone();
        state[key] = value;
        one(json!({"ask": "play", "enrolment": state}))
    };
    let happening = |happening: Json| one(json!({"ask": "play", "enrolment": state, "happenings": [happening]}));
    let all = [
        (one(json!({"ask": "when"})), "invalid_value asks[0].ask"),
        (one(json!({})), "missing asks[0]"),
        (one(json!({"ask": "next_send"})), "missing asks[0]"),
        (one(json!({"ask": "next_send", "due": "2026-11-23 09:00"})), "invalid_value asks[0].due"),
        (one(json!({"ask": "next_send", "due": now, "zone": "Mars"})), "invalid_value asks[0].zone"),
        (one(json!({"ask": "next_send", "due": now, "search_days": 401})), "invalid_value asks[0].search_days"),
        (one(json!({"ask": "next_send", "due": now, "search_days": -1})), "invalid_value asks[0].search_days"),
        (one(json!({"ask": "next_send", "due": now, "sequence": "b"})), "invalid_value asks[0].sequence"),
        (
            one(json!({"ask": "delay", "from": now, "delay": {"count": 1, "unit": "fortnights"}})),
            "invalid_value asks[0].delay.unit",
        ),
        (
            one(json!({"ask": "delay", "from": "9999-12-31T09:00:00Z", "delay": {"count": 1, "unit": "days"}})),
            "invalid_value asks[0]",
        ),
        (one(json!({"ask": "slots", "from": now, "keys": [1]})), "invalid_value asks[0].keys[0]"),
        (one(json!({"ask": "schedule", "sequence": "a", "version": 2, "at": now})), "invalid_value asks[0].sequence"),
        (one(json!({"ask": "may_enrol", "sequence": "a", "at": now})), "missing asks[0]"),
        (
            one(json!({"ask": "may_enrol", "sequence": "a", "at": now, "subject": {"kind": "deal", "id": "1"}})),
            "invalid_value asks[0].subject.kind",
        ),
        (
            one(
                json!({"ask": "may_enrol", "sequence": "a", "at": now, "subject": lead, "past": [{"sequence": "a", "status": "gone"}]}),
            ),
            "invalid_value asks[0].past[0].status",
        ),
        (
            one(json!({"ask": "may_enrol", "sequence": "a", "at": now, "subject": lead, "record": {"colour": 1}})),
            "unknown_field asks[0].record.colour",
        ),
        (
            one(json!({"ask": "may_enrol", "sequence": "a", "at": now, "subject": lead, "active_for_owner": -1})),
            "invalid_value asks[0].active_for_owner",
        ),
        (
            one(json!({"ask": "nurture", "at": now, "subject": lead, "event": "contact_created", "event_id": "1"})),
            "invalid_value asks[0].subject.kind",
        ),
        (with("hash", json!("0")), "conflict asks[0].enrolment.hash"),
        (with("version", json!(9)), "invalid_value asks[0].enrolment.sequence"),
        (with("format", json!(2)), "invalid_value asks[0].enrolment.format"),
        (with("status", json!("paused")), "missing asks[0].enrolment"),
        (with("mood", json!(1)), "unknown_field asks[0].enrolment"),
        (happening(json!({"number": 1, "at": now, "event": "dance"})), "invalid_value asks[0].happenings[0].event"),
        (happening(json!({"at": now, "event": "advance"})), "missing asks[0].happenings[0]"),
        (
            happening(json!({"number": 1, "at": now, "event": "stop", "cause": "rain"})),
            "invalid_value asks[0].happenings[0].cause",
        ),
        (
            happening(json!({"number": 1, "at": now, "event": "done", "step": "1", "outcome": "eaten"})),
            "invalid_value asks[0].happenings[0].outcome",
        ),
        (
            happening(json!({"number": 1, "at": now, "event": "out_of_office", "until": "soon"})),
            "invalid_value asks[0].happenings[0].until",
        ),
    ];
    differ_nowhere(&all);
}

#[test]
fn every_reason_has_its_sentence_in_both_languages() {
    use SequenceReason as R;
    let s = |text: &str| text.to_owned();
    let date = "2026-12-25".parse().unwrap();
    let until = parse_instant("2026-11-23T09:00:00Z").unwrap();
    let christmas = crm_core::kernel::calendar::holidays::FrenchHoliday::Christmas;
    let mut reasons = vec![
        R::WaitingWindow { until },
        R::WaitingBusinessDay { date },
        R::WaitingHoliday { date, holiday: HolidayName::Given(s("")) },
        R::WaitingHoliday { date, holiday: HolidayName::Given(s("Inventory")) },
        R::WaitingHoliday { date, holiday: HolidayName::French(christmas) },
        R::NoSlot { days: 1 },
        R::Spaced { seconds: 30, until },
        R::Spread { seconds: 1 },
        R::SubjectArchived,
        R::DraftIncomplete { step: "1".to_owned(), names: Vec::new() },
        R::DraftIncomplete { step: "1".to_owned(), names: vec!["lead.last_name".to_owned()] },
        R::Migrated { from: 1, to: 2 },
        R::StepNotMapped { step: "1".to_owned() },
        R::DayFull { most: 1, until: Some(until) },
        R::DayFull { most: 2, until: None },
        R::NotDue { step: s("1"), due: until },
        R::LateBy { step: s("1"), seconds: 90, days: 0 },
        R::LateBy { step: s("1"), seconds: 90_000, days: 1 },
        R::StepRan { step: s("1") },
        R::StepAlreadyRan { step: s("1") },
        R::StepSkipped { step: s("1") },
        R::MissingChannel { step: s("1"), channel: "email" },
        R::BranchTaken { step: s("1"), holds: true, to: Some(s("2")) },
        R::BranchTaken { step: s("1"), holds: false, to: None },
        R::WaitingDone { step: s("1") },
        R::StepDone { step: s("1") },
        R::OooUntil { until },
        R::Resumed,
        R::Waiting,
        R::NoEffect,
        R::AlreadySeen { number: 1 },
        R::MayEnrol,
        R::ExclusiveConflict { sequence: s("a") },
        R::AlreadyAddedOnce,
        R::AlreadyActive,
        R::TooSoon { from: until },
        R::ManuallyRemoved,
        R::SequenceNotActive { status: "draft" },
        R::WrongSubject { subject: "contact" },
        R::MaxActive { active: 2, most: 2 },
        R::MaxAdds { added: 2, most: 2 },
        R::NurtureOtherEvent { rule: s("r") },
        R::NurtureNoMatch { rule: s("r") },
        R::NurtureUnknown { rule: s("r") },
        R::NurtureMatched { rule: s("r"), sequence: s("a") },
        R::NurtureDone { rule: s("r"), sequence: s("a") },
        R::NurtureEventDone { event: s("e") },
    ];
    for per in LimitSpan::ALL {
        reasons.push(R::ThrottledContact { most: 1, per: *per, until: date });
        reasons.push(R::ThrottledMailbox { most: 2, per: *per, until: date });
    }
    for cause in PauseCause::ALL {
        reasons.push(R::Paused { cause: *cause, until: Some(until) });
        reasons.push(R::Paused { cause: *cause, until: None });
    }
    for how in SequenceEnd::ALL {
        reasons.extend([R::Ended { how: *how }, R::AlreadyEnded { how: *how }, R::Stopped { how: *how }]);
    }
    let mut seen = std::collections::BTreeSet::new();
    for reason in reasons {
        let reason = Reason::Sequence(reason);
        let (english, french) = (lang::reason(&reason, Lang::English), lang::reason(&reason, Lang::French));
        assert_ne!(english, french);
        assert!(!french.contains(" :") && !french.contains("« "), "{french}");
        assert!(seen.insert(english.clone()) && seen.insert(french), "{english}");
    }
    let texts = |reason: R| {
        let reason = Reason::Sequence(reason);
        (lang::reason(&reason, Lang::English), lang::reason(&reason, Lang::French))
    };
    let (en, fr) = texts(R::ThrottledContact { most: 3, per: LimitSpan::Week, until: date });
    assert_eq!(en, "the person has had 3 messages in seven days; waits until 2026-12-25");
    assert_eq!(fr, "la personne a déjà reçu 3\u{a0}messages en sept jours\u{a0}: en attente jusqu’au 25/12/2026");
    let (en, fr) = texts(R::LateBy { step: s("2"), seconds: 90_000, days: 1 });
    assert_eq!((en.as_str(), fr.as_str()), ("step 2 was late by 1 day", "l’étape 2 a eu 1\u{a0}jour de retard"));
    let (_, fr) = texts(R::WaitingHoliday { date, holiday: HolidayName::French(christmas) });
    assert_eq!(fr, "le 25/12/2026 est férié (Jour de Noël)");
}
