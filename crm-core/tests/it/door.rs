//! The JSON door: what it takes, what it refuses and where it points.

use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Crm, Error};
use serde_json::{Value, json};

fn crm() -> Crm<MemoryStore> {
    let rules = json!({"custom": {"lead": [{"name": "needs_permit", "type": "boolean"}]}});
    Crm::new(MemoryStore::new(), Rules::from_json(&rules).unwrap())
}

fn document(command: &str, id: u32, body: Value) -> Value {
    json!({"command": command, "id": format!("00000000-0000-4000-8000-{id:012}"), "workspace": "acme",
           "actor": {"name": "marie", "role": "admin"}, "at": "2026-11-22T09:00:00Z", "body": body})
}

fn run(crm: &Crm<MemoryStore>, json: &Value) -> Result<Value, Error> {
    crm.run_json(json.to_string().as_bytes())
}

fn ask(crm: &Crm<MemoryStore>, question: &str, body: Value) -> Result<Value, Error> {
    let json = json!({"workspace": "acme", "actor": {"name": "marie", "role": "admin"},
                      "at": "2026-11-22T09:00:00Z", question: body});
    crm.query_json(json.to_string().as_bytes())
}

#[test]
fn a_story_through_json() {
    let crm = crm();
    let fields = json!({"company": "Rénov'Ouest", "value": {"amount": "12500.00", "currency": "EUR"},
                        "tags": ["rénovation"], "custom": {"needs_permit": true}});
    let done = run(&crm, &document("lead.create", 1, json!({"fields": fields}))).unwrap();
    let id = done["output"]["id"].as_str().unwrap().to_owned();
    assert_eq!(done, json!({"status": "done", "seq": 1, "replayed": false, "output": {"id": id, "version": 1}}));

    let patch = document("lead.patch", 2, json!({"id": id, "fields": {"owner": "paul", "value": null}}));
    let plan = crm.plan_json(patch.to_string().as_bytes()).unwrap();
    assert_eq!(plan["changes"][0]["fields"]["value"], json!([{"amount": "12500.00", "currency": "EUR"}, null]));
    run(&crm, &patch).unwrap();

    let found = ask(
        &crm,
        "find",
        json!({"record": "lead", "where": {"all": [
        {"field": "company", "op": "eq", "value": "renov'ouest"},
        {"field": "custom.needs_permit", "op": "eq", "value": true},
        {"field": "tags", "op": "has", "value": "RENOVATION"}]}}),
    )
    .unwrap();
    assert_eq!(found["rows"][0]["owner"], "paul");
    assert_eq!(ask(&crm, "find", json!({"record": "lead", "count": true})).unwrap(), json!({"count": 1}));
    assert_eq!(ask(&crm, "get", json!({"record": "lead", "id": id})).unwrap()["row"]["version"], 2);
    let history = ask(&crm, "history", json!({"record": "lead", "id": id})).unwrap();
    assert_eq!(history["entries"].as_array().unwrap().len(), 2);
    assert_eq!(history["entries"][1]["actor"], json!({"name": "marie", "role": "admin"}));
    assert_eq!(ask(&crm, "verify", json!({})).unwrap()["entries"], 2);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let crm = crm();
    let body = |body: Value| document("lead.create", 1, body);
    let mut no_actor = body(json!({"fields": {}}));
    no_actor.as_object_mut().unwrap().remove("actor");
    let mut local_time = body(json!({"fields": {}}));
    local_time["at"] = json!("2026-11-22T09:00:00");
    let cases = [
        (document("lead.crate", 1, json!({})), "unknown_command", None),
        (no_actor, "missing", None),
        (local_time, "invalid_value", Some("at")),
        (body(json!({})), "missing", None),
        (body(json!({"fields": []})), "invalid_json", Some("body.fields")),
        (body(json!({"fields": {"compagny": "x"}})), "unknown_field", Some("body.fields.compagny")),
        (body(json!({"fields": {"size": 1.5}})), "invalid_value", Some("body.fields.size")),
        (body(json!({"fields": {"value": 12.5}})), "invalid_value", Some("body.fields.value")),
        (
            body(json!({"fields": {"value": {"amount": 12, "currency": "EUR"}}})),
            "invalid_value",
            Some("body.fields.value.amount"),
        ),
        (
            body(json!({"fields": {"value": {"amount": "12", "currency": "EURO"}}})),
            "invalid_value",
            Some("body.fields.value.currency"),
        ),
        (body(json!({"fields": {"tags": ["a", 1]}})), "invalid_value", Some("body.fields.tags[1]")),
        (body(json!({"fields": {"consent": "OPTED_OUT"}})), "invalid_value", Some("body.fields.consent")),
        (
            body(json!({"fields": {"custom": {"__proto__": true}}})),
            "unknown_field",
            Some("body.fields.custom.__proto__"),
        ),
        (body(json!({"fields": {"id": "x"}})), "invalid_value", Some("body.fields.id")),
        (body(json!({"fields": {}, "extra": 1})), "unknown_field", None),
        (body(json!({"id": "not-a-uuid", "fields": {}})), "invalid_value", Some("body.id")),
        (
            document(
                "lead.patch",
                1,
                json!({"id": "00000000-0000-4000-8000-000000000009", "version": -1, "fields": {}}),
            ),
            "invalid_value",
            Some("body.version"),
        ),
    ];
    for (json, code, field) in cases {
        let error = run(&crm, &json).unwrap_err();
        assert_eq!((error.code().name(), error.field()), (code, field), "{json} gave {error}");
    }
    let long = body(json!({"fields": {"description": "x".repeat(70_000)}}));
    assert_eq!(run(&crm, &long).unwrap_err().code().name(), "too_large");
}

#[test]
fn questions_are_checked_too() {
    let crm = crm();
    let cases = [
        (json!({"record": "led"}), "unknown_field", None),
        (json!({"record": "lead", "limit": 5000}), "invalid_value", Some("find.limit")),
        (json!({"record": "lead", "order": [{"field": "tags"}]}), "invalid_rules", Some("find.tags")),
        (json!({"record": "lead", "order": [{"field": "nope"}]}), "unknown_field", Some("find.order[0].field")),
        (json!({"record": "lead", "after": "rubbish"}), "invalid_json", Some("find.after")),
        (
            json!({"record": "lead", "where": {"field": "size", "op": "contains", "value": "x"}}),
            "invalid_rules",
            Some("find.where.op"),
        ),
        (
            json!({"record": "lead", "where": {"field": "tags", "op": "has_word", "value": "x"}}),
            "invalid_rules",
            Some("find.where.op"),
        ),
        (
            json!({"record": "lead", "where": {"field": "city", "op": "has_word", "value": ["x", "&"]}}),
            "invalid_json",
            Some("find.where.value[1]"),
        ),
        (json!({"record": "lead", "where": {"any": []}}), "invalid_rules", Some("find.where.any")),
        (
            json!({"record": "lead", "where": {"all": [{"not": {"field": "size", "op": "ge", "value": "x"}}]}}),
            "invalid_value",
            Some("find.where.all[0].not.value"),
        ),
    ];
    for (json, code, field) in cases {
        let error = ask(&crm, "find", json.clone()).unwrap_err();
        assert_eq!((error.code().name(), error.field()), (code, field), "{json} gave {error}");
    }
}

#[test]
fn a_value_out_of_a_fixed_list_is_an_invalid_value_in_words() {
    let crm = crm();
    let mut boss = document("lead.create", 1, json!({"fields": {}}));
    boss["actor"]["role"] = "boss".into();
    let import = |how: Value| document("lead.import", 1, json!({"source": "s", "on_existing": how, "rows": []}));
    let custom = |kind: Value| {
        Rules::from_json(&json!({"custom": {"lead": [{"name": "a", "type": kind}]}})).map(|_| Value::Null).unwrap_err()
    };
    let find = |key: &str, value: Value| ask(&crm, "find", json!({"record": "lead", key: value})).unwrap_err();
    let (code, shape) = ("invalid_value", "invalid_json");
    for (error, code, field, text) in [
        (run(&crm, &boss).unwrap_err(), code, "actor.role", "unknown value `boss`: expected `owner`, "),
        (run(&crm, &import(json!("merge"))).unwrap_err(), code, "body.on_existing", "unknown value `merge`: expected "),
        (run(&crm, &import(json!(7))).unwrap_err(), shape, "body.on_existing", "found `7`: expected text"),
        (
            find("archived", json!("includ")),
            code,
            "find.archived",
            "unknown value `includ` (did you mean `include`?): ",
        ),
        (find("archived", json!(true)), shape, "find.archived", "found `true`: expected text"),
        (find("where", json!({"field": "size", "op": "is"})), code, "find.where.op", "unknown value `is`: expected "),
        (custom(json!("string")), code, "custom.lead[0].type", "unknown value `string`: expected `text`, "),
        (custom(json!({"a": 1})), shape, "custom.lead[0].type", "found an object: expected text"),
    ] {
        assert_eq!((error.code().name(), error.field()), (code, Some(field)), "{error}");
        let english = error.text(crm_core::Lang::English);
        assert!(english.starts_with(text) && !english.contains("variant"), "{english}");
    }
}
