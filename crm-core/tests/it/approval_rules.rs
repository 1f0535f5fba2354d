//! Rules on a store: who makes them, what they have to say, how often they approve, and what is taken back.

use crm_core::command::Role;
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Crm, Error, Id};
use serde_json::{Value as Json, json};

struct Office {
    crm: Crm<MemoryStore>,
    step: std::cell::Cell<u64>,
}

impl Office {
    fn new() -> Self {
        Self { crm: Crm::new(MemoryStore::default(), Rules::default()), step: std::cell::Cell::new(0) }
    }

    fn at(&self, day: u32, role: Role, command: &str, body: Json) -> Result<Json, Error> {
        let step = self.step.replace(self.step.get() + 1);
        let document = json!({
            "command": command, "id": Id::from_text(&format!("step {step}")).to_string(), "workspace": "acme",
            "actor": {"name": role.name(), "role": role.name()}, "at": format!("2026-11-{day:02}T09:00:00Z"), "body": body,
        });
        Ok(self.crm.run_json(document.to_string().as_bytes())?["output"].take())
    }

    fn run(&self, role: Role, command: &str, body: Json) -> Result<Json, Error> {
        self.at(23, role, command, body)
    }

    fn ask(&self, question: &str, body: Json) -> Json {
        let document = json!({
            "workspace": "acme", "actor": {"name": "admin", "role": "admin"}, "at": "2026-11-23T10:00:00Z", question: body,
        });
        self.crm.query_json(document.to_string().as_bytes()).unwrap_or_else(|e| panic!("{question}: {e}"))
    }

    fn rule(&self, fields: Json) -> String {
        let mut rule =
            json!({"name": "Follow-ups", "effect": "auto", "daily_cap": 2, "valid_until": "2027-01-31T00:00:00Z"});
        for (key, value) in fields.as_object().unwrap() {
            rule[key] = value.clone();
        }
        let made = self.run(Role::Admin, "approval_rule.create", json!({"fields": rule})).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    /// A draft that an agent gives to whoever decides.
    fn draft(&self, day: u32, recipient: &str) -> Result<String, Error> {
        let fields = json!({"channel": "email", "recipients": [recipient], "subject": "Votre projet",
            "text": "Bonjour, avez-vous pu lire notre message ?", "confidence_bp": 9_500});
        let made = self.at(day, Role::Agent, "draft.compose", json!({"fields": fields}))?;
        let id = made["id"].as_str().unwrap().to_owned();
        self.at(day, Role::Agent, "draft.submit", json!({"id": id}))?;
        Ok(id)
    }

    fn state(&self, id: &str) -> String {
        let row = self.ask("get", json!({"record": "draft", "id": id}));
        row["row"]["state"].as_str().unwrap_or_else(|| panic!("{row:#}")).to_owned()
    }
}

#[test]
fn a_rule_approves_as_often_as_it_may_and_another_day_again() {
    let office = Office::new();
    let waits = office.draft(23, "paul@exemple.fr").unwrap();
    assert_eq!(office.state(&waits), "waiting");
    let rule = office.rule(json!({"recipients": ["exemple.fr"]}));
    let (first, second) = (office.draft(23, "a@exemple.fr").unwrap(), office.draft(23, "b@exemple.fr").unwrap());
    let (third, other) = (office.draft(23, "c@exemple.fr").unwrap(), office.draft(23, "d@autre.fr").unwrap());
    let states: Vec<String> = [&first, &second, &third, &other].iter().map(|id| office.state(id)).collect();
    assert_eq!(states, ["queued", "queued", "waiting", "waiting"]);
    let told = office.ask("approval_rules", json!({}));
    assert_eq!((&told["rules"][0]["used_today"], &told["rules"][0]["stands"]), (&json!(2), &json!(true)), "{told:#}");
    assert_eq!(office.state(&office.draft(24, "e@exemple.fr").unwrap()), "queued");

    // Switched off, what it approved waits again; what is done twice does nothing twice.
    let off = office.run(Role::Owner, "approval_rule.disable", json!({"id": rule})).unwrap();
    assert_eq!((&off["withdrawn"], &off["more"]), (&json!(3), &json!(false)));
    assert_eq!([office.state(&first), office.state(&second)], ["waiting", "waiting"]);
    let again = office.run(Role::Owner, "approval_rule.disable", json!({"id": rule})).unwrap();
    assert_eq!((&again["withdrawn"], &again["version"]), (&json!(0), &off["version"]));
    assert_eq!(office.state(&office.draft(25, "f@exemple.fr").unwrap()), "waiting");
    office.run(Role::Owner, "approval_rule.enable", json!({"id": rule})).unwrap();
    let sent = office.draft(25, "g@exemple.fr").unwrap();
    assert_eq!(office.state(&sent), "queued");

    // A changed rule is another one.
    let changed = office.at(25, Role::Admin, "approval_rule.patch", json!({"id": rule, "fields": {"daily_cap": 9}}));
    assert_eq!(changed.unwrap()["withdrawn"], 1);
    assert_eq!(office.state(&sent), "waiting");
    let row = office.ask("get", json!({"record": "approval_rule", "id": rule}));
    assert_eq!((&row["row"]["revision"], &row["row"]["made_by"]), (&json!(4), &json!("admin")), "{row:#}");
}

#[test]
fn a_ban_beats_a_rule_that_approves() {
    let office = Office::new();
    office.rule(json!({}));
    office.rule(json!({"name": "Competitors", "effect": "forbid", "recipients": ["concurrent.com"], "daily_cap": null, "valid_until": null}));
    assert_eq!(office.state(&office.draft(23, "a@exemple.fr").unwrap()), "queued");
    let refused = office.draft(23, "a@mail.concurrent.com").unwrap_err();
    assert_eq!(refused.code().name(), "forbidden", "{refused}");
    let kept = office.draft(23, "billing@p\u{430}ypal.com").unwrap();
    assert_eq!(office.state(&kept), "waiting");
}

#[test]
fn a_preview_tells_what_a_rule_would_have_decided() {
    let office = Office::new();
    let (mine, other) = (office.draft(23, "a@exemple.fr").unwrap(), office.draft(23, "b@autre.fr").unwrap());
    let fields = json!({"name": "Follow-ups", "effect": "auto", "daily_cap": 1, "valid_until": "2026-12-01T00:00:00Z", "recipients": ["exemple.fr"]});
    let told = office.ask("approval_preview", json!({"fields": fields}));
    let decision = |id: &str| {
        let found = told["drafts"].as_array().unwrap().iter().find(|draft| draft["id"] == id);
        found.unwrap()["decision"].as_str().unwrap().to_owned()
    };
    assert_eq!([decision(&mine), decision(&other)], ["auto", "wait"], "{told:#}");
    assert_eq!(told["days"], json!({"2026-11-23": 1}));
    assert_eq!(office.state(&mine), "waiting");
}

#[test]
fn rules_that_nobody_could_answer_for_are_refused() {
    let office = Office::new();
    let auto = |more: Json| {
        let mut fields = json!({"name": "x", "effect": "auto", "daily_cap": 5, "valid_until": "2027-01-31T00:00:00Z"});
        for (key, value) in more.as_object().unwrap() {
            fields[key] = value.clone();
        }
        fields
    };
    for (fields, code, field) in [
        (json!({"effect": "ask"}), "missing", "fields"),
        (json!({"name": "x"}), "missing", "fields"),
        (auto(json!({"daily_cap": null})), "missing", "fields"),
        (auto(json!({"daily_cap": 0})), "invalid_value", "fields.daily_cap"),
        (auto(json!({"valid_until": null})), "missing", "fields"),
        (auto(json!({"valid_until": "2026-11-23T09:00:00Z"})), "invalid_value", "fields.valid_until"),
        (auto(json!({"valid_until": "2028-01-01T00:00:00Z"})), "invalid_value", "fields.valid_until"),
        (auto(json!({"confidence_floor_bp": 10_001})), "invalid_value", "fields.confidence_floor_bp"),
        (auto(json!({"commands": ["lead.mrege"]})), "unknown_command", "fields.commands[0]"),
        (auto(json!({"recipients": [" "]})), "invalid_rules", "fields.recipients[0]"),
        (auto(json!({"condition": "{"})), "invalid_json", "fields.condition"),
        (auto(json!({"enabled": true})), "invalid_value", "body.fields.enabled"),
        (auto(json!({"revision": 7})), "invalid_value", "body.fields.revision"),
    ] {
        let error = office.run(Role::Admin, "approval_rule.create", json!({"fields": fields})).unwrap_err();
        assert_eq!((error.code().name(), error.field()), (code, Some(field)), "{fields}: {error}");
    }
    for role in [Role::Manager, Role::Member, Role::Viewer, Role::Agent] {
        let error = office.run(role, "approval_rule.create", json!({"fields": auto(json!({}))})).unwrap_err();
        assert_eq!(error.code().name(), "forbidden", "{role:?}");
    }
    let rule = office.rule(json!({"valid_until": "2026-11-24T00:00:00Z"}));
    office.run(Role::Admin, "approval_rule.disable", json!({"id": rule})).unwrap();
    let late = office.at(25, Role::Admin, "approval_rule.enable", json!({"id": rule})).unwrap_err();
    assert_eq!(late.field(), Some("fields.valid_until"));
    let stale = office.run(Role::Admin, "approval_rule.enable", json!({"id": rule, "version": 1})).unwrap_err();
    assert_eq!(stale.code().name(), "conflict");
}
