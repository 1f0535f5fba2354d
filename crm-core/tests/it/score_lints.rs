//! What the lead score's loader refuses, each with its code and path.

use crm_core::Result;
use crm_core::rules::lead_score::{LeadScorer, ScoreModel};
use serde_json::{Value as Json, json};

use super::score_golden::schema;

fn load(model: &Json) -> Result<LeadScorer> {
    LeadScorer::new(&ScoreModel::from_json(model)?, &schema())
}

/// A model that is fine.
fn good() -> Json {
    json!({
        "id": "m", "version": 1, "zone": "Europe/Paris",
        "fit": {"min": 0, "max": 60, "groups": [{"id": "a", "min": 0, "max": 40, "rules": [
            {"id": "r", "points": 10, "when": {"all": [{"field": "company", "op": "is_known"}]}},
            {"id": "s", "points": 5, "when": {"field": "size", "op": "ge", "value": 10},
             "labels": {"en": "Large", "fr": "Grande"}},
        ]}]},
        "engagement": {"min": 0, "max": 60, "idle": {"every_days": 30, "points": 5}, "groups": [{"id": "b", "rules": [
            {"id": "t", "points": 3, "event": "visit", "window_days": 30, "daily_cap": 6,
             "decay": {"percent": 10, "every_days": 7}},
            {"id": "u", "event": ["call"], "ranges": [{"min": 1, "max": 2, "points": 1}, {"min": 3, "points": 4}]},
        ]}]},
        "total": {"min": 0, "max": 100},
        "bands": [{"id": "hot", "from": 70}, {"id": "cold", "from": 0}],
        "grade": {"fit": [{"letter": "A", "from": 20}, {"letter": "B", "from": 0}],
                  "engagement": [{"digit": "1", "from": 20}, {"digit": "2", "from": 0}]},
        "profile": {"start": "D", "criteria": [
            {"id": "c", "thirds": 2, "when": {"field": "city", "op": "is_known"}},
        ]},
    })
}

/// The good model with another value in one place (`null` takes the place away), and what is said about it.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    (
        "/fit/groups/0/rules/0/when/all/0/field",
        r#""compagny""#,
        "unknown_field",
        "fit.groups[0].rules[0].when.all[0].field",
    ),
    ("/fit/groups/0/rules/0/when/all/0/op", r#""knows""#, "invalid_value", "fit.groups[0].rules[0].when.all[0].op"),
    ("/fit/groups/0/rules/1/when/op", r#""contains""#, "invalid_rules", "fit.groups[0].rules[1].when.op"),
    ("/fit/groups/0/rules/1/when/value", r#""ten""#, "invalid_value", "fit.groups[0].rules[1].when.value"),
    ("/fit/groups/0/rules/1/labels", r#"{"en": "Large"}"#, "missing", "fit.groups[0].rules[1].labels"),
    ("/fit/groups/0/rules/1/labels/fr", r#"" ""#, "invalid_rules", "fit.groups[0].rules[1].labels.fr"),
    ("/fit/groups/0/rules/1/id", r#""r""#, "invalid_rules", "fit.groups[0].rules[1].id"),
    ("/engagement/groups/0/rules/0/id", r#""r""#, "invalid_rules", "engagement.groups[0].rules[0].id"),
    ("/engagement/groups/0/id", r#""a""#, "invalid_rules", "engagement.groups[0].id"),
    ("/fit/groups/0/rules/0/points", "1000001", "invalid_value", "fit.groups[0].rules[0].points"),
    ("/fit/groups/0/rules/0/points", "1.5", "invalid_value", "fit.groups[0].rules[0].points"),
    ("/fit/groups/0/rules/0/points", "null", "missing", "fit.groups[0].rules[0]"),
    ("/fit/groups/0/rules/0/when", "null", "missing", "fit.groups[0].rules[0]"),
    ("/fit/groups/0/rules/0/window_days", "7", "invalid_rules", "fit.groups[0].rules[0].window_days"),
    ("/fit/groups/0/rules/0/once", "true", "invalid_rules", "fit.groups[0].rules[0].once"),
    ("/fit/groups/0/rules/0/per", r#""day""#, "invalid_rules", "fit.groups[0].rules[0].per"),
    ("/fit/groups/0/rules/0/per", r#""week""#, "invalid_value", "fit.groups[0].rules[0].per"),
    ("/fit/groups/0/rules/0/pionts", "3", "unknown_field", "fit.groups[0].rules[0]"),
    ("/fit/groups/0/rules", "[]", "invalid_rules", "fit.groups[0].rules"),
    ("/fit/groups/0/min", "41", "invalid_rules", "fit.groups[0].max"),
    ("/fit/groups/0/max", "0", "invalid_rules", "fit.groups[0].max"),
    ("/fit/groups", "[]", "invalid_rules", "fit.groups"),
    ("/fit/groups", "{}", "invalid_json", "fit.groups"),
    ("/fit/min", "61", "invalid_rules", "fit.max"),
    ("/fit/max", "1000000001", "invalid_value", "fit.max"),
    ("/total/min", "101", "invalid_rules", "total.max"),
    ("/engagement/groups/0/rules/0/per", r#""record""#, "invalid_rules", "engagement.groups[0].rules[0].per"),
    ("/engagement/groups/0/rules/0/per", r#""day""#, "invalid_rules", "engagement.groups[0].rules[0].daily_cap"),
    ("/engagement/groups/0/rules/0/once", "true", "invalid_rules", "engagement.groups[0].rules[0].once"),
    ("/engagement/groups/0/rules/0/window_days", "0", "invalid_value", "engagement.groups[0].rules[0].window_days"),
    ("/engagement/groups/0/rules/0/daily_cap", "0", "invalid_value", "engagement.groups[0].rules[0].daily_cap"),
    ("/engagement/groups/0/rules/0/decay/percent", "0", "invalid_value", "engagement.groups[0].rules[0].decay.percent"),
    (
        "/engagement/groups/0/rules/0/decay/percent",
        "100",
        "invalid_value",
        "engagement.groups[0].rules[0].decay.percent",
    ),
    ("/engagement/groups/0/rules/0/decay/every_days", "null", "invalid_rules", "engagement.groups[0].rules[0].decay"),
    ("/engagement/groups/0/rules/0/decay/every_months", "1", "invalid_rules", "engagement.groups[0].rules[0].decay"),
    ("/engagement/groups/0/rules/0/decay/half_life_days", "7", "invalid_rules", "engagement.groups[0].rules[0].decay"),
    (
        "/engagement/groups/0/rules/0/decay",
        r#"{"half_life_days": 0}"#,
        "invalid_value",
        "engagement.groups[0].rules[0].decay.half_life_days",
    ),
    ("/engagement/groups/0/rules/1/points", "3", "invalid_rules", "engagement.groups[0].rules[1].points"),
    ("/engagement/groups/0/rules/1/ranges/1/min", "2", "invalid_rules", "engagement.groups[0].rules[1].ranges[1].min"),
    ("/engagement/groups/0/rules/1/ranges/0/min", "0", "invalid_value", "engagement.groups[0].rules[1].ranges[0].min"),
    ("/engagement/groups/0/rules/1/ranges/0/max", "0", "invalid_rules", "engagement.groups[0].rules[1].ranges[0].max"),
    ("/engagement/groups/0/rules/1/ranges/0/max", "null", "invalid_rules", "engagement.groups[0].rules[1].ranges[1]"),
    ("/engagement/groups/0/rules/1/event", r#"[""]"#, "invalid_rules", "engagement.groups[0].rules[1].event[0]"),
    ("/engagement/idle/every_days", "0", "invalid_value", "engagement.idle.every_days"),
    ("/engagement/idle/points", "-5", "invalid_value", "engagement.idle.points"),
    ("/bands/1/id", r#""hot""#, "invalid_rules", "bands[1].id"),
    ("/bands/1/from", "70", "invalid_rules", "bands[1].from"),
    ("/bands/0/from", "101", "invalid_rules", "bands[0].from"),
    ("/bands/0/from", "0", "invalid_rules", "bands[1].from"),
    ("/grade/fit/0/from", "61", "invalid_rules", "grade.fit[0].from"),
    ("/grade/engagement", "[]", "invalid_rules", "grade.engagement"),
    ("/profile/start", r#""E""#, "invalid_value", "profile.start"),
    ("/profile/criteria", "[]", "invalid_rules", "profile.criteria"),
    ("/profile/criteria/0/thirds", "0", "invalid_value", "profile.criteria[0].thirds"),
    ("/profile/criteria/0/when/field", r#""town""#, "unknown_field", "profile.criteria[0].when.field"),
    ("/zone", r#""Europe/Pariss""#, "invalid_value", "zone"),
    ("/id", r#""""#, "invalid_rules", "id"),
    ("/version", "0", "invalid_value", "version"),
    ("/engagement", "null", "invalid_rules", "grade.engagement"),
];

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    load(&good()).unwrap();
    for (pointer, value, code, field) in REFUSED {
        let mut model = good();
        let value: Json = serde_json::from_str(value).unwrap();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match model.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => drop(model.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key.into(), value)),
        }
        let error = load(&model).map(|_| ()).expect_err(&format!("{pointer} is accepted"));
        assert_eq!((error.code().name(), error.field()), (*code, Some(*field)), "{pointer}: {error}");
    }
}

#[test]
fn what_no_single_place_shows_is_refused_as_well() {
    let text = |model: &Json| load(model).map(|_| ()).unwrap_err().to_string();
    let mut zero = good();
    for group in ["fit", "engagement"] {
        for rule in zero[group]["groups"][0]["rules"].as_array_mut().unwrap() {
            match rule.get_mut("ranges") {
                Some(ranges) => ranges.as_array_mut().unwrap().iter_mut().for_each(|r| r["points"] = json!(0)),
                None => rule["points"] = json!(0),
            }
        }
    }
    zero["fit"]["groups"][0]["max"] = json!(null);
    zero["fit"]["groups"][0]["min"] = json!(null);
    assert_eq!(text(&zero), "every value is zero: expected at least one that is not");
    assert_eq!(text(&json!({"id": "m", "version": 1})), "`fit` is required but missing");
    let rule = |i: usize| json!({"id": format!("r{i}"), "points": 1, "when": {"field": "size", "op": "is_known"}});
    let rules: Vec<Json> = (0..501).map(rule).collect();
    let many = json!({"id": "m", "version": 1, "fit": {"groups": [{"id": "g", "rules": rules}]}});
    assert!(load(&many).unwrap_err().to_string().contains("501"));
    let nearest = json!({"id": "m", "version": 1, "engagment": {}});
    assert!(text(&nearest).contains("did you mean `engagement`?"), "{}", text(&nearest));
}

#[test]
fn the_model_says_which_fields_it_reads() {
    let schema = schema();
    let names = |scorer: &LeadScorer| {
        scorer.fields().into_iter().map(|f| schema.field(f).unwrap().name.to_string()).collect::<Vec<_>>()
    };
    let scorer = load(&good()).unwrap();
    assert_eq!(names(&scorer), ["company", "size", "city", "last_activity_at"]);
    assert_eq!(scorer.model_name(), "m@1");
    let standard = ScoreModel::standard().unwrap();
    let rules = [&standard.fit, &standard.engagement].into_iter().flatten().flat_map(|s| &s.groups);
    assert!(rules.flat_map(|g| &g.rules).all(|r| r.labels.is_some()), "every rule of the default has labels");
    assert!(load(&standard.to_json()).is_ok());
}
