//! Deal risk: its golden cases, and what a model cannot mean.

use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

const WRONG: &str = "everything is wrong: the cap takes off what is above";

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    ("moves of a close date: two later, one earlier", "/pushes_any", "2"),
    ("moves of a close date: two later, one earlier", "/pushes_across_period", "2"),
    ("moves of a close date: two later, one earlier", "/pull_ins", "1"),
    ("moves of a close date: two later, one earlier", "/net_days", "59"),
    ("a later date in the same quarter is a push, not one into a later period", "/pushes_any", "2"),
    ("a later date in the same quarter is a push, not one into a later period", "/pushes_across_period", "0"),
    ("a fiscal year from September: November to December is another quarter", "/pushes_across_period", "1"),
    ("a date that is cleared and set again moved", "/pushes_any", "1"),
    ("within a day of the deal's making nothing counts", "/pushes_any", "1"),
    ("within a day of the deal's making nothing counts", "/net_days", "31"),
    ("a slip that the same person takes back in time does not count", "/pushes_any", "0"),
    ("a slip that the same person takes back in time does not count", "/pull_ins", "0"),
    ("taken back a second too late: a push and a pull-in", "/pushes_any", "1"),
    ("taken back a second too late: a push and a pull-in", "/pull_ins", "1"),
    ("taken back by somebody else: a push and a pull-in", "/pushes_any", "1"),
    ("from January to February: 28 days later", "/days", "28"),
    ("from January to February: 28 days later", "/direction", r#""pushed_back""#),
    ("pulled in", "/direction", r#""pulled_in""#),
    ("the same date", "/direction", r#""unchanged""#),
    // Ten stays of one to ten days: ranks 5, 8 and 9. In Paris each deal was won a day later.
    ("typical times of ten stays, days by the clock of Paris", "/typical_times/0/p50_days", "5"),
    ("typical times of ten stays, days by the clock of Paris", "/typical_times/0/p75_days", "8"),
    ("typical times of ten stays, days by the clock of Paris", "/typical_times/0/p90_days", "9"),
    ("typical times of ten stays, days by the clock of Paris", "/typical_times/0/remaining_p50_days", "6"),
    ("nothing is wrong", "/score", "0"),
    ("nothing is wrong", "/band", r#""low""#),
    // 30 + 25 + 25 + 15 + 15, and seven times 10: 180.
    (WRONG, "/score", "100"),
    (WRONG, "/reasons/0/code", r#""no_activity""#),
    (WRONG, "/reasons/0/points", "30"),
    // From 22 October, a Thursday: 23 October, then four weeks.
    (WRONG, "/reasons/0/days", "21"),
    (WRONG, "/reasons/0/evidence", r#"["a2"]"#),
    (WRONG, "/reasons/1/code", r#""overdue_close""#),
    (WRONG, "/reasons/1/days", "2"),
    (WRONG, "/reasons/1/since", r#""2026-11-21T00:00:00Z""#),
    (WRONG, "/reasons/2/code", r#""pushes""#),
    (WRONG, "/reasons/2/evidence", r#"["r2","r4","r5"]"#),
    (WRONG, "/reasons/2/net_days", "81"),
    (WRONG, "/reasons/2/text", r#""3 pushes of the close date into a later period (81 days later in all)""#),
    (WRONG, "/reasons/3/code", r#""no_inbound""#),
    (WRONG, "/reasons/3/waiting_since", r#""2026-10-22""#),
    (WRONG, "/reasons/4/code", r#""no_next_step""#),
    (WRONG, "/reasons/12/code", r#""risk_capped""#),
    (WRONG, "/reasons/12/points", "-80"),
    (WRONG, "/reasons/0/counterfactual/score", "100"),
    ("everything is wrong (fr)", "/band_text", "\"élevé\""),
    (
        "everything is wrong (fr)",
        "/reasons/2/text",
        "\"3 reports de la date de clôture à une période ultérieure (81 jours de décalage au total)\"",
    ),
    // Then 60,000 was still 90,000, nothing was overdue, and the silence was seven business days long.
    ("the same on 1 November: what was known then", "/reasons/0/code", r#""pushes""#),
    ("before the deal was made", "/none/code", r#""risk_not_yet""#),
    ("18 days in a stage where three quarters took 18: not yet", "/score", "0"),
    ("18 days in a stage where three quarters took 18: not yet", "/next_change_at", r#""2026-11-20T00:00:00Z""#),
    ("19 days: longer than three quarters (fr)", "/score", "15"),
    (
        "19 days: longer than three quarters (fr)",
        "/reasons/0/text",
        "\"19 jours dans cette étape, plus que 75\u{a0}% des affaires gagnées (18 jours au plus, n = 43)\"",
    ),
    ("31 days: longer than nine tenths", "/score", "25"),
    ("too few stays: the stage's own limit", "/reasons/0/most_days", "30"),
    ("too few stays: the stage's own limit", "/score", "15"),
    ("19 days to the close where 20 are usual (fr)", "/score", "15"),
    ("20 days to the close where 20 are usual", "/score", "0"),
    ("one push (fr)", "/reasons/0/text", "\"1 report de la date de clôture à une période ultérieure\""),
    ("three pushes (fr)", "/reasons/0/text", "\"3 reports de la date de clôture à une période ultérieure\""),
    ("three pushes (fr)", "/score", "25"),
    // Silence of 14 business days 20, no answer 15, nothing planned 15, two pushes 12, one person 10, nobody decides 10.
    ("summary facts instead of rows", "/score", "82"),
    ("summary facts instead of rows", "/band", r#""high""#),
    ("business days: a holiday puts silence off", "/score", "0"),
    ("business days: a holiday puts silence off", "/next_change_at", r#""2026-11-22T23:00:00Z""#),
    ("the tenth business day after a Friday", "/score", "20"),
    ("the tenth business day after a Friday", "/reasons/0/since", r#""2026-11-19T23:00:00Z""#),
    ("muted until the buyer is back (fr)", "/score", "0"),
    ("muted until the buyer is back (fr)", "/muted/0/points", "15"),
    ("muted until the buyer is back (fr)", "/next_change_at", r#""2026-12-02T00:00:00Z""#),
    ("no decision maker: nobody of the team spoke to one", "/reasons/0/code", r#""no_decision_maker""#),
    ("won", "/score", "null"),
    ("won", "/none/state", r#""won""#),
    ("lost (fr)", "/none/text", "\"l’affaire est perdue\""),
    ("archived", "/none/code", r#""risk_deal_archived""#),
    ("a stage that no pipeline has (fr)", "/none/text", "\"l’étape de l’affaire est inconnue\""),
    ("without pipelines the deal's own state", "/reasons/0/code", r#""overdue_close""#),
    ("a category that promises more than the stage", "/reasons/0/stands_for_bp", "9000"),
    ("bad values are told and not known", "/diagnostics/0/field", r#""deal.value.amount""#),
    ("bad values are told and not known", "/diagnostics/1/field", r#""deal.probability_bp""#),
    ("bad values are told and not known", "/diagnostics/2/field", r#""activities[0].at""#),
    ("left out by the model", "/none/code", r#""risk_left_out""#),
    // 11 business days since 5 November, 40 + 30 more, and 20 for the missing answer.
    ("own points, a signal off, everybody's words recorded", "/score", "90"),
    ("own points, a signal off, everybody's words recorded", "/model", r#""ours@7""#),
];

#[test]
fn the_numbers_worked_out_by_hand_hold() {
    golden::holds("deal_risk", NUMBERS);
}

#[test]
fn reasons_of_every_case_sum_to_the_score() {
    for case in golden::cases("deal_risk") {
        let result = golden::run("deal_risk", &case);
        let Some(score) = result.get("score").and_then(Json::as_i64) else { continue };
        let points = result["reasons"].as_array().unwrap().iter().map(|r| r["points"].as_i64().unwrap());
        assert_eq!(points.sum::<i64>(), score, "{}", case["name"]);
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    let refused = |model: Json| {
        let error = Rules::from_json(&json!({"deal_risk": model})).unwrap_err();
        (error.code().name(), error.field().unwrap_or_default().to_owned())
    };
    let signal = |signal: Json| refused(json!({"signals": [signal]}));
    let steps = |steps: Json| signal(json!({"code": "pushes", "steps": steps})).1;
    assert_eq!(refused(json!({"colour": 1})).0, "unknown_field");
    assert_eq!(refused(json!({"zone": "Europe/Pariss"})).1, "deal_risk.zone");
    assert_eq!(refused(json!({"bands": {"watch": 60, "high": 30}})), ("invalid_rules", "deal_risk.bands.high".into()));
    assert_eq!(refused(json!({"cap": 50})).1, "deal_risk.bands.high");
    assert_eq!(refused(json!({"cap": 0})).1, "deal_risk.cap");
    assert_eq!(signal(json!({"code": "weather"})), ("invalid_value", "deal_risk.signals[0].code".into()));
    assert_eq!(signal(json!({"code": "support_heat", "steps": []})).0, "unknown_field");
    assert_eq!(
        signal(json!({"code": "support_heat", "points": 0})).1,
        "deal_risk.signals.support_heat.steps[0].points"
    );
    assert_eq!(steps(json!([])), "deal_risk.signals.pushes.steps");
    assert_eq!(
        steps(json!([{"from": 2, "points": 5}, {"from": 2, "points": 6}])),
        "deal_risk.signals.pushes.steps[1].from"
    );
    assert_eq!(
        steps(json!([{"from": 1, "points": 5}, {"from": 2, "points": 5}])),
        "deal_risk.signals.pushes.steps[1].points"
    );
    assert_eq!(
        signal(json!({"code": "stage_age", "steps": [{"from": 80, "points": 5}]})).1,
        "deal_risk.signals.stage_age.steps[0].from"
    );
    let twice = json!({"signals": [{"code": "pushes"}, {"code": "pushes"}]});
    assert_eq!(refused(twice).1, "deal_risk.signals[1]");
    assert_eq!(refused(json!({"disabled_for": {"field": "colour", "op": "is_null"}})).0, "unknown_field");
    assert_eq!(refused(json!({"mutes": [{"signal": "pushes", "until": "2026-12-01T00:00:00Z"}]})).0, "missing");
    let falling = json!([{"pipeline": "p", "stage": "s", "n": 30, "p50_days": 9, "p75_days": 8, "p90_days": 10}]);
    assert_eq!(refused(json!({"typical_times": falling})).1, "deal_risk.typical_times[0].p75_days");
}

#[test]
fn what_is_asked_wrongly_is_refused_with_its_place() {
    let rules = Rules::default();
    let refused = |input: Json| rules.eval("deal_risk", &input).unwrap_err().field().unwrap_or_default().to_owned();
    assert_eq!(refused(json!({"at": "now"})), "at");
    assert_eq!(refused(json!({"ask": "weather"})), "ask");
    assert_eq!(refused(json!({"ask": "date_change", "from": "2026-02-30", "to": "2026-03-01"})), "from");
    assert_eq!(refused(json!({"at": "2026-11-22T09:00:00Z", "facts": {"push_count": -1}})), "facts.push_count");
    assert_eq!(refused(json!({"at": "2026-11-22T09:00:00Z", "pipelines": [{"code": "p"}]})), "pipelines[0]");
}
