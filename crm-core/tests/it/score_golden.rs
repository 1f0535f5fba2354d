//! The lead score's golden cases: their sums, and [`NUMBERS`] worked out by hand.

use crm_core::Schema;
use crm_core::model::{Kind, META_FIELDS};
use crm_core::rules::lead_score::{LeadScorer, ScoreModel, eval_json};
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// The schema of leads without host-defined fields.
pub fn schema() -> Schema {
    Schema::new(Kind::Lead.name(), META_FIELDS.iter().chain(Kind::Lead.fields()).cloned())
}

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    ("scoring.points-03 4 events", "/score", "10"),
    ("scoring.points-03 4 events", "/reasons/0/text", r#""pages (4 times): +10 points""#),
    ("scoring.points-03 0 events", "/score", "0"),
    ("scoring.points-03 1 events", "/score", "2"),
    ("scoring.points-03 2 events", "/score", "2"),
    ("scoring.points-03 3 events", "/score", "10"),
    ("scoring.points-04", "/score", "55"),
    ("scoring.points-04", "/reasons/0/points", r#""50""#),
    ("scoring.points-04", "/reasons/1/points", r#""-5""#),
    ("scoring.points-06", "/score", "0"),
    ("scoring.points-06", "/reasons", "[]"),
    ("scoring.points-06", "/groups/0/milli", "5000"),
    ("scoring.points-06", "/groups/0/reasons/0/text", r#""webinar: +5 points""#),
    ("scoring.points-08", "/score", "20"),
    ("scoring.points-08", "/reasons/0/points", r#""32""#),
    ("scoring.points-08", "/reasons/1/points", r#""-12""#),
    (
        "scoring.points-08",
        "/reasons/1/text",
        "\"plafond de 20 points par jour pour «\u{a0}Clic dans un e-mail\u{a0}»\u{a0}: -12 points\"",
    ),
    ("scoring.decay-01", "/reasons/0/points", r#""22.5""#),
    ("scoring.decay-01", "/reasons/0/text", r#""Demo requested: +22.5 points (40 before decay)""#),
    ("scoring.decay-01", "/score", "23"),
    ("scoring.decay-01", "/reasons/1/points_milli", "500"),
    ("scoring.decay-01", "/next_change_at", r#""2026-12-21T00:00:00Z""#),
    ("scoring.decay-02", "/score", "0"),
    ("scoring.decay-02", "/reasons/1/points_milli", "-15000"),
    ("scoring.decay-02", "/reasons/1/text", "\"2 périodes de 30 jours sans activité (engagement)\u{a0}: -15 points\""),
    ("scoring.grade-02", "/profile_grade", r#""D+""#),
    ("scoring.grade-03", "/profile_grade", r#""C-""#),
    ("scoring.grade-04", "/profile_grade", r#""C""#),
    ("scoring.grade-05", "/profile_grade", r#""A+""#),
    ("scoring.grade-06", "/profile_grade", r#""A+""#),
    ("scoring.grade-07", "/profile_grade", r#""A+""#),
    ("daily cap by day of the zone and by kind", "/score", "36"),
    ("daily cap leaves the newest first under decay", "/score", "10"),
    ("half-life", "/reasons/0/points_milli", "88284"),
    ("half-life", "/score", "88"),
    ("percent by days, not yet a whole period", "/score", "40"),
    ("percent by days, not yet a whole period", "/next_change_at", r#""2026-11-22T09:00:00.000001Z""#),
    ("percent by days, a whole period", "/score", "20"),
    ("months end with the month", "/score", "30"),
    ("window: the last microsecond", "/score", "5"),
    ("window: the last microsecond", "/next_change_at", r#""2026-11-22T09:00:00.000001Z""#),
    ("window: gone", "/score", "0"),
    ("once counts the newest", "/score", "4"),
    ("once counts the newest", "/reasons/0/evidence/0/id", r#""b""#),
    ("per day of the zone", "/score", "10"),
    ("ranges count days", "/score", "7"),
    ("every cap (en)", "/score", "12"),
    ("every cap (en)", "/sections/fit/milli", "15000"),
    ("every cap (en)", "/sections/engagement/milli", "0"),
    ("rounding half up", "/score", "3"),
    ("rounding half away from zero", "/score", "-3"),
    ("future events wait", "/score", "5"),
    ("future events wait", "/future_events", "2"),
    ("future events wait", "/next_change_at", r#""2026-11-22T09:00:00.000001Z""#),
    ("duplicate ids count once, the earliest", "/score", "20"),
    ("duplicate ids count once, the earliest", "/duplicate_events", "1"),
    ("condition and event", "/score", "0"),
    ("condition and event", "/coverage/unknown", "[]"),
    ("condition unknown", "/score", "0"),
    ("condition unknown", "/coverage/unknown", r#"["size"]"#),
    ("coverage by weight", "/coverage/known_bp", "7500"),
    ("idle since the newer of ledger and record", "/score", "40"),
    ("idle since the ledger", "/score", "30"),
    ("idle does not know", "/coverage/unknown", r#"["last_activity_at"]"#),
    ("profile: false lowers, unknown does not", "/profile_grade", r#""D+""#),
    ("profile: false may not lower", "/profile_grade", r#""C""#),
    ("grade A2", "/grade", r#""A2""#),
    ("grade A2", "/band", r#""high""#),
    ("bad facts are told, the score stays", "/diagnostics/0/field", r#""consent""#),
    ("bad facts are told, the score stays", "/diagnostics/3/field", r#""events[0].at""#),
    // Person 20; company 4 + 10 + 8 + 10 = 32, at most 30; data 6 + 4 = 10: 60, at most 50.
    ("hot: the owner of a renovation company (en)", "/sections/fit/score", "50"),
    ("hot: the owner of a renovation company (en)", "/band", r#""hot""#),
    ("hot: the owner of a renovation company (fr)", "/band_text", r#""chaud""#),
    // Person -10; data -4; engagement: list -8 and refusal -15; both sections start at 0.
    ("cold: a student with a free address", "/score", "0"),
    // Person 20; company 4 + 12 + 10; data 10: 56, at most 50. Partner 12, dormant -10.
    ("warm: a software director, not active for long", "/score", "52"),
    ("nothing known", "/score", "0"),
    // Of 218 points of record rules, the 8 of those that only ask whether something is known.
    ("nothing known", "/coverage/known_bp", "353"),
    // An assistant, but the title says of whom: nothing for the person, 4 for the company.
    ("assistants do not decide", "/groups/0/milli", "0"),
    ("assistants do not decide", "/score", "4"),
    ("title: Technicien réfrigérant", "/groups/0/milli", "0"),
    ("title: Secrétaire du directeur", "/groups/0/milli", "0"),
    ("title: Executive Assistant to the CEO", "/groups/0/milli", "0"),
    ("title: Student success director", "/groups/0/milli", "0"),
    ("title: Community Manager", "/groups/0/milli", "0"),
    ("title: Account Manager", "/groups/0/milli", "0"),
    ("title: Product Owner", "/groups/0/milli", "0"),
    ("title: Directory assistant", "/groups/0/milli", "-10000"),
    ("title: Étudiante en alternance", "/groups/0/milli", "-10000"),
    ("title: Purchasing Manager", "/groups/0/milli", "8000"),
    ("title: Responsable des achats", "/groups/0/milli", "8000"),
    ("title: P.D.G.", "/groups/0/milli", "20000"),
    ("title: D.G.", "/groups/0/milli", "20000"),
    ("title: DGA", "/groups/0/milli", "20000"),
    ("title: PDG", "/groups/0/milli", "20000"),
    ("title: Managing Partner", "/groups/0/milli", "20000"),
    ("title: Co-founder", "/groups/0/milli", "20000"),
    ("title: Dirigeante associée", "/groups/0/milli", "20000"),
    ("title: Chef d’entreprise", "/groups/0/milli", "20000"),
    ("title: P.D.G.", "/reasons/0/text", "\"Poste de décideur\u{a0}: +20 points\""),
    ("title: Étudiante en alternance", "/reasons/0/text", "\"Stagiaire, étudiant ou assistant\u{a0}: -10 points\""),
];

/// What every result keeps: the lines sum to the score.
fn sums(result: &Json) -> bool {
    let of = |reasons: &Json| reasons.as_array().unwrap().iter().map(|r| r["points_milli"].as_i64().unwrap()).sum();
    let total: i64 = of(&result["reasons"]);
    let aside = result["groups"].as_array().unwrap().iter().filter(|g| g["counts"] == json!(false));
    let mut aside = aside.map(|g| of(&g["reasons"]) == g["milli"].as_i64().unwrap());
    total == result["score"].as_i64().unwrap() * 1000 && aside.all(|same| same)
}

#[test]
fn every_case_keeps_its_sums_and_its_model() {
    let cases = golden::cases("lead_score");
    assert!(cases.len() > 40);
    for case in cases {
        let result = golden::run("lead_score", &case);
        assert!(sums(&result), "{}: {result:#}", case["name"]);
        let model = case.get("model").map_or_else(ScoreModel::standard, ScoreModel::from_json).unwrap();
        assert_eq!(ScoreModel::from_json(&model.to_json()).unwrap(), model, "the model's JSON reads back");
    }
}

#[test]
fn the_numbers_worked_out_by_hand_hold() {
    golden::holds("lead_score", NUMBERS);
}

#[test]
fn a_name_that_does_not_exist_is_an_error() {
    let schema = schema();
    let scorer = LeadScorer::new(&ScoreModel::standard().unwrap(), &schema).unwrap();
    assert_eq!(scorer.model_name(), "standard@1");
    let error = |input: Json| {
        let e = eval_json(&scorer, &schema, &input).unwrap_err();
        format!("{} {e}", e.code().name())
    };
    let at = "2026-11-22T09:00:00Z";
    assert_eq!(
        error(json!({"lead": {"compagny": "X"}, "at": at})),
        "unknown_field lead.compagny: unknown field `compagny` of lead: did you mean `company`?"
    );
    assert!(error(json!({"lead": {}, "at": at, "now": at})).starts_with("unknown_field unknown option `now`"));
    assert!(error(json!({"lead": {}})).starts_with("missing "));
    assert!(error(json!({"at": "today"})).starts_with("invalid_value at: "));
    assert!(error(json!({"at": at, "lang": "de"})).starts_with("invalid_value lang: "));
    assert!(error(json!({"at": at, "events": [{"type": "x"}]})).starts_with("unknown_field events[0]: "));
    assert!(error(json!({"at": at, "lead": {"custom": {"x": 1}}})).starts_with("unknown_field lead.custom.x: "));
    assert!(error(json!([])).starts_with("invalid_json "));
}
