//! Pipelines: golden cases, checks at load.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use crm_core::kernel::predicate::{Predicate, Truth};
use crm_core::kernel::sales::StageKind;
use crm_core::model::{Deal, Kind, Record, Row};
use crm_core::rules::Rules;
use crm_core::rules::pipeline::{Clock, Moments, Pipelines, Spans, Step, Threshold};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};
use crate::support::at;

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    ("a move starts the stage's clock anew", "/ageing/is_over", "false"),
    ("a move starts the stage's clock anew", "/ageing/days", "0"),
    ("over from the very day on, in a list and on a card", "/ageing/is_over", "true"),
    ("over from the very day on, in a list and on a card", "/ageing/days", "10"),
    ("a second before it is not", "/ageing/is_over", "false"),
    ("the oldest deals do not vanish", "/ageing/is_over", "true"),
    ("a planned activity exempts", "/ageing/is_over", "false"),
    ("a planned activity exempts only where the rule says so", "/ageing/is_over", "true"),
    ("a planned activity of the past does not exempt", "/ageing/is_over", "true"),
    ("age runs on whatever happened since", "/ageing/is_over", "true"),
    ("idle begins with the last touch", "/ageing/is_over", "false"),
    ("never touched: idle since the beginning", "/ageing/is_over", "true"),
    ("an opportunity may be older than its row", "/ageing/days", "57"),
    ("no threshold, never over", "/ageing/is_over", "false"),
    ("a threshold of zero days is none", "/ageing/is_over", "false"),
    ("won deals have no clock", "/ageing/is_over", "false"),
    ("lost deals have no clock", "/ageing/is_over", "false"),
    ("business days: Friday to Monday is one", "/ageing/days", "1"),
    ("business days: Friday to Monday is one", "/ageing/is_over", "true"),
    ("business days: not on Sunday night", "/ageing/is_over", "false"),
    ("business days: from midnight in Paris on", "/ageing/is_over", "true"),
    ("business days: from midnight in Paris on", "/ageing/over_from", r#""2026-11-08T23:00:00Z""#),
    ("business days: a holiday is none", "/ageing/days", "1"),
    ("business days: a holiday is none", "/ageing/is_over", "false"),
    // Two days and two more in A, one in B.
    ("time in a stage accumulates over visits", "/totals/0/seconds", "345600"),
    ("time in a stage accumulates over visits", "/totals/1/seconds", "86400"),
    ("time in a stage accumulates over visits", "/current/seconds", "172800"),
    ("two moves in one instant go by number", "/spans/1/seconds", "0"),
    ("two moves in one instant go by number", "/current/stage", r#""C""#),
    ("an entry that was backdated", "/spans/0/seconds", "1209600"),
    ("an entry that was corrected moves the end of the stay before", "/spans/0/seconds", "172800"),
    ("no entry is before the one before", "/spans/0/seconds", "0"),
    ("inherited from the stage", "/standing/probability_bp", "5000"),
    ("set by hand", "/standing/probability_bp", "3500"),
    ("set by hand", "/standing/category", r#""commit""#),
    ("won is certain, whatever somebody set", "/standing/probability_bp", "10000"),
    ("won is certain, whatever somebody set", "/standing/category", r#""closed""#),
    ("lost is left out, whatever somebody set", "/standing/category", r#""omitted""#),
    ("an open stage of no probability is open", "/standing/state", r#""open""#),
    ("an open stage of all probability is open", "/standing/state", r#""open""#),
    ("empty texts: the default pipeline, its first open stage", "/deal/stage", r#""prospecting""#),
    ("codes are written as the stage spells them", "/deal/stage", r#""negotiation""#),
    ("a stage of another pipeline is refused", "/refused/0/error/detail/code", r#""stage_not_in_pipeline""#),
    ("a stage of another pipeline is refused", "/refused/2/error/detail/code", r#""unknown_pipeline""#),
    ("made as lost: it would have stood in the lowest open stage", "/deal/last_open_stage", r#""Prospecting""#),
    ("won, then lost: it would have stood in the highest open stage", "/deal/last_open_stage", r#""Negotiation""#),
    ("a probability set by hand survives open stages", "/deal/probability_bp", "3500"),
    ("winning clears what was set by hand and keeps what it was", "/deal/closed_probability_bp", "3500"),
    ("winning clears what was set by hand and keeps what it was", "/deal/closed_as", r#""Won""#),
    ("an edit that names no probability changes none", "/deal/probability_bp", "3500"),
    ("lost needs a reason", "/refused/0/error/detail/missing/0/code", r#""lost_reason_required""#),
    ("another reason needs a note", "/refused/1/error/detail/missing/0/code", r#""lost_note_required""#),
    ("another reason needs a note", "/deal/state", r#""lost""#),
    ("an import of the past needs no reason", "/deal/closed_at", r#""2025-12-01T00:00:00Z""#),
    ("all that a stage requires, at once", "/refused/0/error/detail/missing/1/field", r#""close_date""#),
    ("all that a stage requires, at once", "/deal/stage", r#""b""#),
    ("nothing is required to be lost, nor in another pipeline", "/refused", "[]"),
    ("won deals stay won when they move", "/deal/closed_at", r#""2026-01-01T00:00:00Z""#),
    ("won deals stay won when they move", "/deal/stage_entered_at", r#""2026-01-05T00:00:00Z""#),
    ("archived is not lost", "/deal/state", r#""open""#),
];

/// Pointers that must not be there.
#[test]
fn what_is_cleared_is_gone() {
    for (name, pointer) in [
        ("in another pipeline it is inherited again", "/deal/probability_bp"),
        ("winning clears what was set by hand and keeps what it was", "/deal/probability_bp"),
        ("winning clears what was set by hand and keeps what it was", "/deal/category"),
        ("reopened: nothing is left of the close", "/deal/closed_at"),
        ("reopened: nothing is left of the close", "/deal/lost_reason"),
        ("a move to where it stands is none", "/revisions/1"),
        ("without pipelines texts are free", "/deal/state"),
    ] {
        assert_eq!(golden::run("pipeline", &golden::case("pipeline", name)).pointer(pointer), None, "{name} {pointer}");
    }
}

#[test]
fn numbers_worked_out_by_hand_hold() {
    golden::holds("pipeline", NUMBERS);
}

#[test]
fn load_refuses_what_is_wrong_and_says_where() {
    let stage = |more: Json| {
        let mut all = vec![json!({"code": "w", "kind": "won"}), json!({"code": "l", "kind": "lost"})];
        all.insert(0, more);
        json!([{"code": "p", "stages": all}])
    };
    let open = |key: &str, value: Json| {
        let mut one = json!({"code": "a", "probability_bp": 5000});
        one[key] = value;
        stage(one)
    };
    for (input, code, path) in [
        (json!([{"stages": []}]), "missing", "[0]"),
        (json!([{"code": "p"}]), "missing", "[0]"),
        (json!([{"code": "p", "stages": []}]), "invalid_value", "[0]"),
        (json!([{"code": "p", "stage": []}]), "unknown_field", "[0]"),
        (stage(json!({"code": "a"})), "missing", "[0].stages[0].probability_bp"),
        (
            stage(json!({"code": "a", "kind": "won", "probability_bp": 9000})),
            "invalid_value",
            "[0].stages[0].probability_bp",
        ),
        (stage(json!({"code": "W", "probability_bp": 1})), "invalid_rules", "[0].stages"),
        (open("code", json!(" ")), "invalid_rules", "[0].stages[0].code"),
        (open("probability_bp", json!(10_001)), "invalid_value", "[0].stages[0].probability_bp"),
        (open("probability_bp", json!(-1)), "invalid_value", "[0].stages[0].probability_bp"),
        (open("kind", json!("on_hold")), "invalid_value", "[0].stages[0].kind"),
        (open("category", json!("sure")), "invalid_value", "[0].stages[0].category"),
        (open("idle_days", json!(0)), "invalid_value", "[0].stages[0].idle_days"),
        (open("max_age_days", json!(3_651)), "invalid_value", "[0].stages[0].max_age_days"),
        (open("position", json!("first")), "invalid_value", "[0].stages[0].position"),
        (open("exit_requires", json!("value")), "invalid_json", "[0].stages[0].exit_requires"),
    ] {
        let error = Pipelines::from_json(&input).unwrap_err();
        assert_eq!(error.code().name(), code, "{input} {error}");
        assert!(error.field().unwrap_or("").starts_with(path), "{input} {error:?} {:?}", error.field());
    }
    let two = json!([{"code": "p", "default": true, "stages": stage(json!({"code": "a", "probability_bp": 1}))[0]["stages"]},
        {"code": "q", "default": true, "stages": stage(json!({"code": "a", "probability_bp": 1}))[0]["stages"]}]);
    assert_eq!(Pipelines::from_json(&two).unwrap_err().field(), Some("default"));
    let standard = Pipelines::standard();
    assert_eq!(Pipelines::from_json(&standard.to_json()).unwrap(), standard);
}

proptest! {
    /// A list that is filtered by a condition and a card that shows the clock agree, at the boundary and at any age.
    #[test]
    fn a_list_and_a_card_agree(days in 1u16..2_000, micros in -2_000_000i64..2_000_000, whole in 0i64..4_000) {
        let now = at("2027-01-01T00:00:00Z");
        let back = TimeDelta::try_days(if micros % 2 == 0 { i64::from(days) } else { whole }).unwrap();
        let since = now - back + TimeDelta::microseconds(micros);
        let deal = Deal { stage_entered_at: Some(since), ..Deal::default() };
        let rules = Rules::default();
        let schema = rules.schema(Kind::Deal);
        let (clocks, id) = (BTreeMap::new(), crm_core::Id::from_text("d"));
        let row = Row { id, version: 1, created_at: now, updated_at: now, archived_at: None, clocks, body: deal.into_any() };
        let listed = json!({"field": "stage_entered_at", "op": "older_than_days", "value": days});
        let listed = Predicate::from_json(&listed).unwrap().compile(&schema).unwrap();
        let moments = Moments {
            state: StageKind::Open, created_at: now, opened_at: None, stage_entered_at: Some(since), last_touch_at: None,
            next_activity_at: None,
        };
        let threshold = Threshold { clock: Clock::StageAge, days: Some(days), planned_exempts: false };
        let card = moments.ageing(&threshold, now);
        prop_assert_eq!(card.is_over, listed.eval(&row.facts(&schema), now) == Truth::True);
        prop_assert_eq!(card.is_over, card.days >= i64::from(days));
        prop_assert_eq!(card.is_over, card.over_from.is_some_and(|from| now >= from));
    }

    /// Whatever the moves, the spans follow each other without a gap from the first entry to now.
    #[test]
    fn spans_add_up(moves in prop::collection::vec((0u8..4, -50_000i64..50_000, prop::option::of(-60_000i64..50_000)), 1..20)) {
        const STAGES: [&str; 4] = ["a", "b", "c", "d"];
        let start = at("2027-01-01T00:00:00Z");
        let later = |seconds: i64| start + TimeDelta::try_seconds(seconds).unwrap();
        let steps: Vec<Step<'_>> = moves.iter().enumerate().map(|(n, (stage, changed, entered))| Step {
            number: n as i64,
            changed_at: later(*changed),
            pipeline: "p",
            stage: STAGES[usize::from(*stage)],
            entered_at: entered.map(later),
            cause: "",
        }).collect();
        let spans = Spans::new(steps.iter().rev().copied());
        let now = later(100_000);
        let first = spans.all()[0].entered_at;
        let total: TimeDelta = spans.totals(now).values().fold(TimeDelta::zero(), |sum, t| sum + *t);
        prop_assert_eq!(total, now - first);
        for pair in spans.all().windows(2) {
            prop_assert_eq!(pair[0].left_at, Some(pair[1].entered_at));
            prop_assert!(pair[0].entered_at <= pair[1].entered_at);
        }
        prop_assert_eq!(spans.current().unwrap().stage.as_str(), steps.last().unwrap().stage);
        prop_assert_eq!(Spans::new(steps.iter().copied()), spans, "the order of the rows decides nothing");
    }
}
