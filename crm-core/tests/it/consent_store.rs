//! Consent over stored records: who may be contacted, what people say, and what no command takes away.

use crm_core::command::{Actor, Ctx, Role, parse};
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Code, Crm, Id, Result};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::{at, workspace};

const NOW: &str = "2026-11-22T09:00:00Z";
const LATER: &str = "2026-11-23T09:00:00Z";

struct Desk {
    crm: Crm<MemoryStore>,
    told: std::cell::Cell<u32>,
}

impl Desk {
    fn new() -> Self {
        Self::with(&json!({}))
    }

    fn with(rules: &Json) -> Self {
        let rules = Rules::from_json(rules).unwrap();
        Desk { crm: Crm::new(MemoryStore::new(), rules), told: std::cell::Cell::new(0) }
    }

    fn run(&self, role: Role, when: &str, name: &str, body: Json) -> Result<Json> {
        let n = self.told.replace(self.told.get() + 1);
        let actor = Actor::new(role.name(), role).unwrap();
        let ctx = Ctx::new(workspace(), actor, at(when), Id::from_text(&format!("command {n}")));
        let command = parse(name, &body, self.crm.rules())?;
        self.crm.run_any(&ctx, &*command)?.done()
    }

    fn done(&self, name: &str, body: Json) -> Json {
        self.run(Role::Manager, NOW, name, body).unwrap()
    }

    fn make(&self, record: &str, fields: Json) -> String {
        self.done(&format!("{record}.create"), json!({"fields": fields}))["id"].as_str().unwrap().to_owned()
    }

    fn ask(&self, when: &str, question: &str, body: Json) -> Json {
        let document =
            json!({"workspace": "acme", "actor": {"name": "marie", "role": "manager"}, "at": when, question: body});
        self.crm.query_json(document.to_string().as_bytes()).unwrap()
    }

    /// `allow` with its basis, else the answer with its first reason.
    fn may(&self, when: &str, body: Json) -> String {
        let answer = self.ask(when, "may_contact", body);
        format!("{} {}", answer["answer"].as_str().unwrap(), answer["reasons"][0]["code"].as_str().unwrap())
    }

    fn field(&self, record: &str, id: &str, field: &str) -> Json {
        self.ask(LATER, "find", json!({"record": record, "archived": "include", "limit": 100}))["rows"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == *id)
            .unwrap()[field]
            .clone()
    }
}

/// Somebody at work in France to whom an e-mail may be sent.
fn professional() -> Json {
    json!({
        "last_name": "Le Goff", "company": "Rénov'Ouest", "email": "anne@renovouest.fr", "phone": "02 98 80 12 34",
        "country": "FR", "postal_code": "29200", "person_type": "professional", "subject_related": true,
        "collected_from": "person", "informed_at": "2026-11-22T08:00:00Z",
    })
}

fn mail(lead: &str) -> Json {
    json!({"lead": lead, "channel": "email", "topic": "other"})
}

#[test]
fn a_professional_who_was_told_may_be_written_to_and_nobody_of_whom_less_is_known() {
    let desk = Desk::new();
    let lead = desk.make("lead", professional());
    let answer = desk.ask(LATER, "may_contact", mail(&lead));
    assert_eq!((&answer["answer"], &answer["basis"]), (&json!("allow"), &json!("legitimate_interest")), "{answer}");
    assert_eq!(answer["must_include"], json!(["sender_identity", "commercial_nature", "opt_out"]));
    for (field, value, told) in [
        ("person_type", json!(null), "deny opt_in_required"),
        ("person_type", json!("consumer"), "deny opt_in_required"),
        ("informed_at", json!(null), "deny not_informed"),
        ("subject_related", json!(false), "deny subject_unrelated_to_profession"),
        ("subject_related", json!(null), "review unknown_fact"),
        ("consent", json!("opted_out"), "deny objection"),
        ("country", json!("Belgique"), "review unknown_law"),
        ("country", json!("Atlantis"), "review unknown_law"),
        ("received_at", json!("2023-11-01T09:00:00Z"), "deny retention_expired"),
    ] {
        let mut fields = professional();
        fields[field] = value.clone();
        let desk = Desk::new();
        let lead = desk.make("lead", fields);
        assert_eq!(desk.may(LATER, mail(&lead)), told, "{field}: {value}");
    }
    // A call to somebody at work needs none of this; one to a consumer does, and the clock is the person's.
    let call = |lead: &str| json!({"lead": lead, "channel": "phone", "topic": "other"});
    assert_eq!(desk.may(LATER, call(&lead)), "allow legitimate_interest");
}

#[test]
fn another_country_has_the_rules_that_the_host_gives() {
    let mentions: Json = ["email", "phone", "sms", "whatsapp", "linkedin", "social", "letter"]
        .iter()
        .map(|channel| ((*channel).to_owned(), json!(["sender_identity"])))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let set = json!({
        "id": "be", "version": 1, "countries": ["BE"], "zone": "Europe/Brussels", "must_include": mentions,
        "laws": [{"id": "be.email", "demand": {"opt_in": {"soft": false}}, "persons": ["consumer", "professional"],
                  "channels": ["email"], "source": "the host's counsel"}],
    });
    let desk = Desk::with(&json!({"consent": {"rule_sets": [set.clone()]}}));
    let mut fields = professional();
    fields["country"] = json!("Belgium");
    let lead = desk.make("lead", fields);
    assert_eq!(desk.may(LATER, mail(&lead)), "deny opt_in_required");
    let answer = desk.ask(LATER, "may_contact", json!({"lead": lead, "channel": "letter"}));
    assert_eq!(answer["must_include"], json!(["sender_identity"]), "{answer}");
    for (part, code, path) in [
        (json!({"rule_sets": [set.clone(), set.clone()]}), Code::InvalidRules, "consent.rule_sets[1].countries"),
        (json!({"country": "BE"}), Code::InvalidJson, "consent.country"),
    ] {
        let error = Rules::from_json(&json!({"consent": part})).unwrap_err();
        assert_eq!((error.code(), error.field()), (code, Some(path)));
    }
}

#[test]
fn one_click_ends_it_at_all_addresses_and_twice_changes_nothing() {
    let desk = Desk::new();
    let lead = desk.make("lead", professional());
    let click = json!({"address": "Anne@RenovOuest.fr", "channel": "email"});
    let first = desk.run(Role::Agent, NOW, "consent.withdraw", click.clone()).unwrap();
    assert_eq!(first["events"].as_array().unwrap().len(), 2, "e-mail and phone");
    assert_eq!(desk.run(Role::Agent, LATER, "consent.withdraw", click).unwrap(), first);
    assert_eq!(desk.field("lead", &lead, "consent"), "opted_out");
    for channel in ["email", "phone", "sms"] {
        assert_eq!(desk.may(LATER, json!({"lead": lead, "channel": channel, "topic": "other"})), "deny objection");
    }
    // Another lead with the same number is the same person.
    let mut other = professional();
    other["email"] = json!("anne.legoff@exemple.fr");
    let other = desk.make("lead", other);
    assert_eq!(desk.may(LATER, mail(&other)), "deny objection");
    // The field does not take it back; whoever heard the person does.
    let patch = json!({"id": lead, "fields": {"consent": "opted_in"}});
    let error = desk.run(Role::Owner, LATER, "lead.patch", patch).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::WrongState, Some("fields.consent")));
    let lift = json!({"lead": lead, "act": "lifted", "source": "call"});
    assert_eq!(desk.run(Role::Agent, LATER, "consent.record", lift.clone()).unwrap_err().code(), Code::Forbidden);
    desk.run(Role::Member, LATER, "consent.record", lift).unwrap();
    assert_eq!(desk.field("lead", &lead, "consent"), Json::Null);
    assert_eq!(desk.may("2026-11-24T09:00:00Z", mail(&lead)), "allow legitimate_interest");
}

#[test]
fn what_a_field_says_is_an_objection_and_the_field_takes_it_back() {
    let desk = Desk::new();
    let lead = desk.make("lead", professional());
    desk.done("lead.patch", json!({"id": lead, "fields": {"consent": "opted_out"}}));
    let told = desk.ask(LATER, "consent", json!({"lead": lead, "lang": "fr"}));
    assert_eq!(told["events"][0]["source"], "lead.consent", "{told}");
    assert_eq!(told["addresses"][0]["channels"]["email"], "opted_out");
    // The address is free of nothing: another record with it may not be written to either.
    let contact = desk.make("contact", json!({"last_name": "Le Goff", "email": "anne@renovouest.fr"}));
    assert_eq!(desk.may(LATER, json!({"contact": contact, "channel": "email"})), "deny objection");
    desk.run(Role::Member, LATER, "lead.patch", json!({"id": lead, "fields": {"consent": null}})).unwrap();
    assert_eq!(desk.may("2026-11-24T09:00:00Z", mail(&lead)), "allow legitimate_interest");
}

#[test]
fn a_consent_names_what_proves_it_and_agents_write_none() {
    let desk = Desk::new();
    let mut fields = professional();
    fields["person_type"] = json!("consumer");
    let lead = desk.make("lead", fields);
    let granted =
        json!({"lead": lead, "act": "granted", "purpose": "prospecting", "channel": "email", "proof": "form 3"});
    for (name, code) in [("purpose", Code::Missing), ("channel", Code::Missing), ("proof", Code::Missing)] {
        let mut body = granted.clone();
        body.as_object_mut().unwrap().remove(name);
        assert_eq!(desk.run(Role::Member, NOW, "consent.record", body).unwrap_err().code(), code, "{name}");
    }
    for act in ["informed", "granted", "lifted"] {
        let mut body = granted.clone();
        body["act"] = json!(act);
        let error = desk.run(Role::Agent, NOW, "consent.record", body).unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::Forbidden, Some("act")));
    }
    // What the law asks about a person is a person's to say, too.
    let bare = desk.make("lead", json!({"company": "Ailleurs"}));
    for (field, value) in [
        ("person_type", json!("legal_person")),
        ("subject_related", json!(true)),
        ("collected_from", json!("person")),
        ("informed_at", json!("2026-11-01T09:00:00Z")),
    ] {
        let body = json!({"id": bare, "fields": {field: value}});
        assert_eq!(desk.run(Role::Agent, NOW, "lead.patch", body).unwrap_err().code(), Code::Forbidden, "{field}");
    }
    assert_eq!(desk.may(LATER, mail(&lead)), "deny opt_in_required");
    desk.done("consent.record", granted.clone());
    assert_eq!(desk.field("lead", &lead, "consent"), "opted_in");
    assert_eq!(desk.may(LATER, mail(&lead)), "allow consent");
    let mut future = granted;
    future["at"] = json!("2027-01-01T00:00:00Z");
    assert_eq!(desk.run(Role::Member, NOW, "consent.record", future).unwrap_err().code(), Code::InvalidValue);
}

#[test]
fn whoever_is_forgotten_stays_objected() {
    let desk = Desk::new();
    let lead = desk.make("lead", professional());
    desk.done("consent.record", json!({"lead": lead, "act": "informed", "proof": "form 3"}));
    desk.done("consent.record", json!({"lead": lead, "act": "withdrawn", "source": "call", "proof": "note"}));
    assert_eq!(desk.field("lead", &lead, "email"), "anne@renovouest.fr");
    let erased = desk.done("consent.erase", json!({"lead": lead}));
    assert_eq!((&erased["kept"], &erased["forgotten"]), (&json!(2), &json!(2)));
    assert_eq!(desk.field("lead", &lead, "email"), Json::Null);
    let events = desk.ask(LATER, "find", json!({"record": "consent_event", "archived": "include"}));
    assert_eq!(events["rows"].as_array().unwrap().len(), 4);
    for row in events["rows"].as_array().unwrap() {
        assert!(row["address_hash"].is_string(), "{row}");
        assert_eq!((&row["proof"], &row["lead"]), (&Json::Null, &Json::Null), "{row}");
    }
    let again = desk.make("lead", professional());
    assert_eq!(desk.may(LATER, mail(&again)), "deny objection");
}

#[test]
fn retention_lists_who_gave_no_sign_for_three_years() {
    let desk = Desk::new();
    let mut old = professional();
    old["received_at"] = json!("2023-11-01T09:00:00Z");
    old["email"] = json!("old@exemple.fr");
    let old = desk.make("lead", old);
    let mut kept = professional();
    kept["received_at"] = json!("2020-01-01T09:00:00Z");
    kept["email"] = json!("kept@exemple.fr");
    let kept = desk.make("lead", kept);
    let reply = json!({"kind": "email", "direction": "inbound", "happened_at": "2026-01-05T09:00:00Z", "lead": kept});
    desk.make("activity", reply);
    desk.make("lead", professional());
    let told = desk.ask(LATER, "retention", json!({"record": "lead", "lang": "fr"}));
    let ids: Vec<&str> = told["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [old.as_str()], "{told}");
    assert_eq!(told["rows"][0]["reason"]["code"], "retention_expired");
}

/// What may happen to two leads of whom one objected.
const STEPS: usize = 10;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn after_an_objection_nobody_is_solicited_whatever_happens(
        steps in proptest::collection::vec(0..STEPS, 0..7), how in 0..3_u8, channel in 0..3_usize, seconds in 1..400_000_u64,
    ) {
        let desk = Desk::new();
        let one = desk.make("lead", professional());
        let mut fields = professional();
        fields["email"] = json!("a.legoff@exemple.fr");
        fields["phone"] = json!("06 12 34 56 78");
        fields["consent"] = json!("opted_in");
        let two = desk.make("lead", fields.clone());
        let channel = ["email", "phone", "sms"][channel];
        match how {
            0 => desk.done("consent.withdraw", json!({"address": "anne@renovouest.fr", "channel": channel})),
            1 => desk.done("consent.record", json!({"lead": one, "act": "withdrawn", "channel": channel})),
            _ => desk.done("lead.patch", json!({"id": one, "fields": {"consent": "opted_out"}})),
        };
        let mut contact = None;
        for step in steps {
            let agent = |name: &str, body: Json| desk.run(Role::Agent, NOW, name, body).map(|_| ());
            let manager = |name: &str, body: Json| desk.run(Role::Manager, NOW, name, body);
            // Some of it is refused, and changes nothing then.
            match step {
                0 => drop(manager("lead.merge", json!({"primary": two, "sources": [one]}))),
                1 => drop(manager("lead.merge", json!({"primary": one, "sources": [two]}))),
                2 => {
                    if let Ok(made) = manager("lead.convert", json!({"id": one})) {
                        contact = made["contact"]["id"].as_str().or(made["contact"].as_str()).map(str::to_owned);
                    }
                }
                3 => drop(manager("lead.archive", json!({"id": one}))),
                4 => drop(manager("lead.restore", json!({"id": one}))),
                5 => drop(agent("lead.patch", json!({"id": one, "fields": {"consent": "opted_in"}}))),
                6 => drop(agent("consent.record", json!({"lead": one, "act": "granted", "purpose": "prospecting",
                                                        "channel": channel, "proof": "said so"}))),
                7 => drop(agent("consent.record", json!({"lead": one, "act": "lifted"}))),
                8 => drop(manager("lead.import", json!({"source": "file", "on_existing": "update", "rows": [
                    {"line": 1, "fields": {"external_id": "1", "email": "anne@renovouest.fr", "consent": "opted_in"}}]}))),
                _ => drop(manager("lead.patch", json!({"id": one, "fields": {"email": "new@renovouest.fr"}}))),
            }
        }
        let when = at(NOW) + std::time::Duration::from_secs(seconds);
        let when = crm_core::kernel::time::format_instant(when);
        for asked in ["email", "phone", "sms", "linkedin", "letter"] {
            let mut whom = vec![json!({"lead": one}), json!({"address": "anne@renovouest.fr"}),
                                json!({"lead": two, "address": "anne@renovouest.fr"})];
            whom.extend(contact.as_ref().map(|id| json!({"contact": id})));
            for mut body in whom {
                body["channel"] = json!(asked);
                body["topic"] = json!("other");
                let answer = desk.ask(&when, "may_contact", body.clone());
                prop_assert_eq!(&answer["answer"], "deny", "{} {}", body, answer);
                prop_assert_eq!(&answer["reasons"][0]["code"], "objection", "{} {}", body, answer);
            }
        }
    }
}

#[test]
fn a_subscription_that_runs_is_a_contract_to_call_about() {
    let desk = Desk::new();
    let company = desk.make("account", json!({"name": "Le Goff"}));
    let consumer = json!({"last_name": "Le Goff", "phone": "02 98 80 12 34", "country": "FR", "postal_code": "29200",
        "person_type": "consumer", "informed_at": "2026-11-22T08:00:00Z", "collected_from": "person"});
    let person = |more: Json| {
        let mut fields = consumer.clone();
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        desk.make("contact", fields)
    };
    let subscribe = |more: Json| {
        let mut fields = json!({"name": "Suivi", "starts_on": "2026-01-01", "term_months": 12});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        desk.make("subscription", fields)
    };
    let call = |contact: &str, purpose: &str| {
        desk.may(LATER, json!({"contact": contact, "channel": "phone", "topic": "other", "purpose": purpose}))
    };
    let (denied, allowed) = ("deny prior_consent_required", "allow ongoing_contract");
    // The own one, and that of the company.
    let of_company = person(json!({"account": company, "phone": "02 98 80 12 35"}));
    let own = person(json!({}));
    assert_eq!([call(&of_company, "service"), call(&own, "service")], [denied, denied]);
    let signed = subscribe(json!({"contact": own}));
    assert_eq!([call(&of_company, "service"), call(&own, "service")], [denied, allowed]);
    let bought = subscribe(json!({"account": company}));
    assert_eq!([call(&of_company, "service"), call(&own, "service")], [allowed, allowed]);
    // About the contract only, never to sell something else.
    assert_eq!(call(&own, "prospecting"), denied);
    // One that is paused is a contract, one that has ended, was ended, has not begun or was put away is none.
    let patched = |fields: Json| {
        desk.done("subscription.patch", json!({"id": bought, "fields": fields}));
        call(&of_company, "service")
    };
    assert_eq!(patched(json!({"status": "paused"})), allowed);
    assert_eq!(patched(json!({"status": "active", "cancelled_on": "2026-11-23"})), allowed);
    assert_eq!(patched(json!({"cancelled_on": "2026-11-22"})), denied);
    assert_eq!(patched(json!({"cancelled_on": null})), allowed);
    assert_eq!(patched(json!({"status": "cancelled"})), denied);
    assert_eq!(patched(json!({"status": "active", "starts_on": "2026-11-24"})), denied);
    assert_eq!(patched(json!({"starts_on": "2025-11-01"})), allowed, "it renews by itself");
    assert_eq!(patched(json!({"renewal": "manual"})), denied, "nobody agreed to a second term");
    assert_eq!(patched(json!({"renewed_until": "2027-10-31"})), allowed);
    desk.done("account.archive", json!({"id": company}));
    assert_eq!(call(&of_company, "service"), denied, "a company that was put away has none");
    desk.done("account.restore", json!({"id": company}));
    assert_eq!(call(&of_company, "service"), allowed);
    desk.done("subscription.archive", json!({"id": bought}));
    assert_eq!(call(&of_company, "service"), denied);
    desk.done("subscription.archive", json!({"id": signed}));
    assert_eq!(call(&own, "service"), denied);
}
