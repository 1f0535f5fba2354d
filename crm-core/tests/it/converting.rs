//! Converting stored leads, in parts, twice, and back.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU32;

use crm_core::command::{
    Archive, ConvertLead, ConvertStatus, Converted, Create, Ctx, Patch, Restore, Role, Undo, Undone, parse,
};
use crm_core::engine::Find;
use crm_core::model::{Account, Activity, Contact, Deal, Key, Kind, Lead, Note, Record, Row, Task};
use crm_core::rules::Rules;
use crm_core::rules::conversion::{Options, Wish};
use crm_core::store::{Archived, LogQuery, MemoryStore, Query, Store as _};
use crm_core::{Code, Crm, Id, Problem, Result};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::conversion_properties::{fields_of, lead_fields};
use crate::commands::Borrowed;
use crate::support::{Contended, at, cx, member, workspace};

fn crm() -> Crm<MemoryStore> {
    let rules = json!({"conversion": {"deal": {"stage": "qualified", "pipeline": "sales"}}});
    Crm::new(MemoryStore::new(), Rules::from_json(&rules).unwrap())
}

fn create<R: Record>(crm: &Crm<MemoryStore>, name: &str, record: R) -> Id {
    crm.run(&member(name), &Create::new(record)).unwrap().done().unwrap().id
}

fn get<R: Record>(crm: &Crm<MemoryStore>, id: Id) -> Row<R> {
    crm.get::<R>(&member("read"), id).unwrap().unwrap()
}

fn anne() -> Lead {
    Lead {
        company: "Rénov'Ouest".into(),
        first_name: "Anne".into(),
        last_name: "Le Goff".into(),
        email: "anne@renovouest.fr".into(),
        phone: "02 98 80 12 34".into(),
        external_source: "old".into(),
        external_id: "P-17".into(),
        ..Lead::default()
    }
}

fn convert(crm: &Crm<MemoryStore>, name: &str, lead: Id, options: Json) -> Result<Converted> {
    let mut body = options;
    body["id"] = lead.to_string().into();
    let command = parse("lead.convert", &body, crm.rules())?;
    let ran = crm.run_any(&member(name), &*command)?.done()?;
    Ok(serde_json::from_value(ran).unwrap())
}

fn back(crm: &Crm<MemoryStore>, name: &str, conversion: &str) -> Result<Undone> {
    crm.run(&member(name), &Undo::<ConvertLead>::new(Id::from_text(conversion))).and_then(|r| r.done())
}

#[test]
fn a_lead_becomes_account_contact_and_deal_and_its_tasks_follow() {
    let crm = crm();
    let lead = create(&crm, "lead", anne());
    let call = create(&crm, "call", Activity { lead: Some(lead), kind: "call".into(), ..Activity::default() });
    let note = create(&crm, "note", Note { lead: Some(lead), text: "n".into(), ..Note::default() });
    let task = create(&crm, "task", Task { lead: Some(lead), title: "t".into(), ..Task::default() });
    let other = create(&crm, "other", Task { title: "another lead's".into(), ..Task::default() });
    let done = convert(&crm, "convert", lead, json!({})).unwrap();
    assert_eq!(done.status, ConvertStatus::Converted);
    assert_eq!(done.created, ["account", "contact", "deal"]);
    let (account, contact, deal) = (done.account.unwrap(), done.contact.unwrap(), done.deal.unwrap());
    assert_eq!(get::<Account>(&crm, account).body.name, "Rénov'Ouest");
    assert_eq!(get::<Account>(&crm, account).body.domain, "renovouest.fr");
    assert_eq!(get::<Contact>(&crm, contact).body.account, Some(account));
    let made = get::<Deal>(&crm, deal).body;
    assert_eq!((made.account, made.contact, made.source_lead), (Some(account), Some(contact), Some(lead)));
    assert_eq!((made.stage.as_str(), made.pipeline.as_str()), ("qualified", "sales"));
    assert_eq!(made.close_date.unwrap().to_string(), "2026-12-31");
    let row = get::<Lead>(&crm, lead).body;
    assert_eq!((row.converted_account, row.converted_contact), (Some(account), Some(contact)));
    assert_eq!((row.converted_deal, row.converted_at), (Some(deal), Some(at("2026-11-22T09:00:00Z"))));
    // To the deal and the contact; the account is the deal's. The lead stays.
    let call = get::<Activity>(&crm, call).body;
    assert_eq!((call.lead, call.deal, call.contact, call.account), (Some(lead), Some(deal), Some(contact), None));
    let note = get::<Note>(&crm, note).body;
    assert_eq!((note.lead, note.deal, note.contact), (Some(lead), Some(deal), Some(contact)));
    assert_eq!(get::<Task>(&crm, task).body.deal, Some(deal));
    assert_eq!(get::<Task>(&crm, other).version, 1);
    let linked: Vec<(&str, u64)> = done.linked.iter().map(|(k, n)| (k.as_str(), *n)).collect();
    assert_eq!(linked, [("activity", 1), ("note", 1), ("task", 1)]);
    crm.verify(&cx(Role::Admin, "verify")).unwrap();
}

#[test]
fn without_a_deal_tasks_follow_to_the_account() {
    let crm = crm();
    let lead = create(&crm, "lead", anne());
    let task = create(&crm, "task", Task { lead: Some(lead), title: "t".into(), ..Task::default() });
    let done = convert(&crm, "convert", lead, json!({"deal": "none"})).unwrap();
    assert_eq!(done.deal, None);
    let followed = get::<Task>(&crm, task).body;
    assert_eq!((followed.account, followed.contact, followed.deal), (done.account, done.contact, None));
    // The deal comes later, and only what is missing is added.
    let contact = get::<Contact>(&crm, done.contact.unwrap());
    let later = convert(&crm, "later", lead, json!({})).unwrap();
    assert_eq!(
        (later.account, later.contact, later.created.as_slice()),
        (done.account, done.contact, &["deal".to_owned()][..])
    );
    assert_eq!(get::<Task>(&crm, task).body.deal, later.deal);
    assert_eq!(get::<Contact>(&crm, done.contact.unwrap()), contact);
    let deal = get::<Deal>(&crm, later.deal.unwrap()).body;
    assert_eq!((deal.account, deal.contact), (done.account, done.contact));
}

#[test]
fn twice_is_once() {
    let crm = crm();
    let lead = create(&crm, "lead", anne());
    let first = convert(&crm, "first", lead, json!({})).unwrap();
    assert_eq!(convert(&crm, "first", lead, json!({})).unwrap(), first, "the same command: the same answer");
    let rows = everything(&crm);
    for (name, options) in
        [("a", json!({})), ("b", json!({"deal": "create", "contact": "create"})), ("c", json!({"deal": "none"}))]
    {
        let again = convert(&crm, name, lead, options).unwrap();
        assert_eq!(again.status, ConvertStatus::AlreadyConverted);
        assert_eq!((again.account, again.contact, again.deal), (first.account, first.contact, first.deal));
    }
    assert_eq!(everything(&crm), rows);
    let error = convert(&crm, "d", lead, json!({"deal": {"use": Id::from_text("x").to_string()}})).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::WrongState, Some("deal")));
}

#[test]
fn stored_records_are_used_and_filled() {
    let crm = crm();
    let account = create(&crm, "account", Account { name: "Rénov'Ouest SARL".into(), ..Account::default() });
    let contact = Contact {
        account: Some(account),
        phone: "02 98 80 56 78".into(),
        external_source: "old".into(),
        external_id: "P-17".into(),
        ..Contact::default()
    };
    let contact = create(&crm, "contact", contact);
    let open = create(&crm, "deal", Deal { account: Some(account), name: "Open".into(), ..Deal::default() });
    let lead = create(&crm, "lead", anne());
    let done = convert(&crm, "convert", lead, json!({"deal": {"use": open.to_string()}})).unwrap();
    assert_eq!((done.account, done.contact, done.deal), (Some(account), Some(contact), Some(open)));
    assert!(done.created.is_empty());
    let filled = get::<Contact>(&crm, contact).body;
    assert_eq!((filled.last_name.as_str(), filled.phone.as_str()), ("Le Goff", "02 98 80 56 78"));
    let deal = get::<Deal>(&crm, open).body;
    assert_eq!((deal.name.as_str(), deal.contact, deal.source_lead), ("Open", Some(contact), Some(lead)));
    assert_eq!(deal.close_date, None, "what a person keeps open stays open");
}

#[test]
fn every_key_of_the_lead_finds_what_it_should() {
    let lead = || Lead { postal_code: "29200".into(), registration_number: "552 100 554".into(), ..anne() };
    let accounts = [
        (
            Account { registration_number: "55210055400013".into(), ..Account::default() },
            "matched_account_registration",
        ),
        (Account { vat_number: "FR96 552100554".into(), ..Account::default() }, "matched_account_registration"),
        (Account { website: "www.renovouest.fr".into(), ..Account::default() }, "matched_account_domain"),
        (
            Account { name: "RENOV OUEST SAS".into(), postal_code: "29200".into(), ..Account::default() },
            "matched_account_company_postcode",
        ),
    ];
    for (account, way) in accounts {
        let crm = crm();
        create(
            &crm,
            "another",
            Account { name: "Rénov".into(), website: "renov.example".into(), ..Account::default() },
        );
        let account = create(&crm, "account", account);
        let lead = create(&crm, "lead", lead());
        let done = convert(&crm, "convert", lead, json!({})).unwrap();
        assert_eq!(
            (done.account, done.plan.unwrap()["account"]["reasons"][0]["code"].as_str()),
            (Some(account), Some(way))
        );
    }
    let named = |phone: &str| Contact { last_name: "LE GOFF".into(), phone: phone.into(), ..Contact::default() };
    let contacts = [
        (Contact { email: "Anne+fair@RenovOuest.fr".into(), ..Contact::default() }, Some("matched_contact_email")),
        (named("+33 2 98 80 12 34"), Some("matched_contact_phone_name")),
        (Contact { mobile: "+33298801234".into(), ..named("") }, Some("matched_contact_phone_name")),
        (Contact { first_name: "Yann".into(), ..named("0298801234") }, None),
        (Contact { last_name: "Kervella".into(), ..named("0298801234") }, None),
        (named(""), None),
    ];
    for (contact, way) in contacts {
        let crm = crm();
        let contact = create(&crm, "contact", contact);
        let lead = create(&crm, "lead", lead());
        let done = convert(&crm, "convert", lead, json!({})).unwrap();
        assert_eq!(done.contact == Some(contact), way.is_some());
        if let Some(way) = way {
            assert_eq!(done.plan.unwrap()["contact"]["reasons"][0]["code"], way);
        }
    }
}

#[test]
fn a_name_alone_needs_a_decision_unless_the_configuration_says_otherwise() {
    for exact in [false, true] {
        let rules = json!({"conversion": {"match_account_by_exact_name": exact}});
        let crm = Crm::new(MemoryStore::new(), Rules::from_json(&rules).unwrap());
        let account = create(&crm, "account", Account { name: "RÉNOV'OUEST".into(), ..Account::default() });
        let lead = create(&crm, "lead", anne());
        match convert(&crm, "convert", lead, json!({})) {
            Ok(done) => assert_eq!((exact, done.account), (true, Some(account))),
            Err(error) => assert_eq!((exact, error.code(), error.field()), (false, Code::NeedsChoice, Some("account"))),
        }
        let done = convert(&crm, "create", lead, json!({"account": "create"})).unwrap();
        assert_eq!(done.account == Some(account), exact, "decided, or converted before");
    }
}

#[test]
fn nobody_guesses() {
    let crm = crm();
    let contact = |name: &str| {
        let same = Contact { external_source: "old".into(), external_id: "P-17".into(), ..Contact::default() };
        create(&crm, name, same)
    };
    let (one, two) = (contact("one"), contact("two"));
    let lead = create(&crm, "lead", anne());
    let before = everything(&crm);
    let error = convert(&crm, "convert", lead, json!({})).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::NeedsChoice, Some("contact")));
    let mut both = [one, two];
    both.sort();
    let detail = error.detail().unwrap();
    assert_eq!(detail["candidates"][1]["id"], both[1].to_string());
    assert_eq!(detail["candidates"][1]["reasons"][0]["code"], "matched_contact_external_id");
    assert_eq!(everything(&crm), before);
    let done = convert(&crm, "choose", lead, json!({"contact": {"use": two.to_string()}})).unwrap();
    assert_eq!(done.contact, Some(two));
}

#[test]
fn an_archived_lead_is_passed_over() {
    let crm = crm();
    let lead = create(&crm, "lead", anne());
    crm.run(&member("archive"), &Archive::<Lead>::new(lead)).unwrap();
    let done = convert(&crm, "convert", lead, json!({})).unwrap();
    assert_eq!((done.status, done.reason), (ConvertStatus::Skipped, Some(json!({"code": "inactive_lead"}))));
    assert_eq!(get::<Lead>(&crm, lead).version, 2);
    // Another command, once it is back.
    crm.run(&member("restore"), &Restore::<Lead>::new(lead)).unwrap();
    assert_eq!(convert(&crm, "again", lead, json!({})).unwrap().status, ConvertStatus::Converted);
}

#[test]
fn who_may_and_what_is_refused() {
    let crm = crm();
    let lead = create(&crm, "lead", anne());
    let tried = crm.run(&cx(Role::Viewer, "no"), &ConvertLead::new(lead));
    assert_eq!(tried.unwrap_err().code(), Code::Forbidden);
    let error = |options: Json| convert(&crm, "refused", lead, options).unwrap_err();
    let nobody = Id::from_text("nobody").to_string();
    assert_eq!(error(json!({"version": 7})).code(), Code::Conflict);
    for name in ["account", "contact", "deal"] {
        let refused = error(json!({name: {"use": nobody}}));
        assert_eq!((refused.code(), refused.field()), (Code::NotFound, Some(name)));
    }
    assert_eq!(error(json!({"deal": {"create": {"stag": "x"}}})).field(), Some("deal.create.stag"));
    assert_eq!(error(json!({"acount": "none"})).code(), Code::UnknownField);
    let empty = create(&crm, "empty", Lead { phone: "02 98 80 12 34".into(), ..Lead::default() });
    assert_eq!(convert(&crm, "empty convert", empty, json!({})).unwrap_err().code(), Code::Missing);
    assert_eq!(convert(&crm, "missing", Id::from_text("x"), json!({})).unwrap_err().code(), Code::NotFound);
}

#[test]
fn back_and_once_more() {
    let crm = crm();
    let lead = create(&crm, "lead", anne());
    let task = create(&crm, "task", Task { lead: Some(lead), title: "t".into(), ..Task::default() });
    let before = everything(&crm);
    let first = convert(&crm, "first", lead, json!({})).unwrap();
    assert_eq!(back(&crm, "back", "first").unwrap(), Undone { restored: 2, archived: 3 });
    let after = everything(&crm);
    assert_eq!(before, after.clone().into_iter().filter(|(key, _)| before.contains_key(key)).collect());
    assert!(get::<Deal>(&crm, first.deal.unwrap()).archived_at.is_some());
    assert_eq!(get::<Task>(&crm, task).body.deal, None);
    let again = back(&crm, "back again", "first").unwrap_err();
    assert_eq!(again.code(), Code::WrongState);
    // Once more: new records, beside those that were put away.
    let second = convert(&crm, "second", lead, json!({})).unwrap();
    assert_ne!((second.account, second.contact, second.deal), (first.account, first.contact, first.deal));
    assert_eq!(second.created, ["account", "contact", "deal"]);
    assert_eq!(back(&crm, "second back", "second").unwrap().archived, 3);
}

#[test]
fn a_field_that_was_put_back_is_as_old_as_it_was() {
    let rules = json!({"conversion": {"policies": {"job_title": "newest"}}});
    let crm = Crm::new(MemoryStore::new(), Rules::from_json(&rules).unwrap());
    let on = |day: u32, name: &str| Ctx { at: at(&format!("2026-12-{day:02}T09:00:00Z")), ..member(name) };
    let contact = create(&crm, "contact", Contact { email: anne().email, ..Contact::default() });
    let title = |title: &str| json!({"job_title": title}).as_object().unwrap().clone();
    crm.run(&on(1, "old"), &Patch::<Contact>::new(contact, title("Cheffe de chantier"))).unwrap();
    let lead = create(&crm, "lead", anne());
    crm.run(&on(2, "new"), &Patch::<Lead>::new(lead, title("Gérante"))).unwrap();
    let clock = || get::<Contact>(&crm, contact).clocks["job_title"].at;
    for round in [3, 5] {
        crm.run(&on(round, &format!("convert {round}")), &ConvertLead::new(lead)).unwrap();
        assert_eq!(get::<Contact>(&crm, contact).body.job_title, "Gérante");
        assert_eq!(clock(), on(round, "").at);
        let conversion = Id::from_text(&format!("convert {round}"));
        crm.run(&on(round + 1, &format!("back {round}")), &Undo::<ConvertLead>::new(conversion)).unwrap();
        assert_eq!(get::<Contact>(&crm, contact).body.job_title, "Cheffe de chantier");
        assert_eq!(clock(), on(1, "").at);
    }
}

#[test]
fn of_two_at_once_one_converts() {
    let setup = crm();
    let lead = create(&setup, "lead", anne());
    let rival = move |store: &MemoryStore, n: u32| {
        let shared = Crm::new(Borrowed(store), Rules::default());
        shared.run(&member(&format!("rival {n}")), &ConvertLead::new(lead)).unwrap();
    };
    let store = Contended { inner: setup.into_store(), losses: AtomicU32::new(1), rival: Box::new(rival) };
    let crm = Crm::new(store, Rules::default());
    let done = crm.run(&member("mine"), &ConvertLead::new(lead)).unwrap().done().unwrap();
    assert_eq!(done.status, ConvertStatus::AlreadyConverted);
    let row = crm.get::<Lead>(&member("read"), lead).unwrap().unwrap().body;
    assert_eq!((row.converted_account, row.converted_deal), (done.account, done.deal));
    let find = Find::all(Kind::Deal);
    assert_eq!(crm.count(&member("count"), &find).unwrap(), 1);
}

#[test]
fn names_of_any_length_stay_within_what_a_text_may_have() {
    let crm = crm();
    let long = || "é".repeat(crm_core::kernel::text::MOST_BYTES / 2);
    let lead = Lead { first_name: long(), last_name: long(), ..Lead::default() };
    let lead = create(&crm, "lead", lead);
    let done = convert(&crm, "convert", lead, json!({})).unwrap();
    assert_eq!(get::<Deal>(&crm, done.deal.unwrap()).body.name, long());
}

#[test]
fn what_uses_the_new_records_keeps_them() {
    let crm = crm();
    let lead = create(&crm, "lead", anne());
    let done = convert(&crm, "convert", lead, json!({})).unwrap();
    let task = create(&crm, "visit", Task { deal: done.deal, title: "Visit".into(), ..Task::default() });
    let error = back(&crm, "back", "convert").unwrap_err();
    assert_eq!(error.problem(), &Problem::Blocked { rows: vec![format!("task {task}")] });
    crm.run(&member("archive"), &Archive::<Task>::new(task)).unwrap();
    let stage = json!({"stage": "visit"}).as_object().unwrap().clone();
    crm.run(&member("stage"), &Patch::<Deal>::new(done.deal.unwrap(), stage)).unwrap();
    let error = back(&crm, "back", "convert").unwrap_err();
    assert_eq!(error.problem(), &Problem::Blocked { rows: vec![format!("deal {}", done.deal.unwrap())] });
    let undo = Undo::<ConvertLead>::new(Id::from_text("convert"));
    assert_eq!(crm.run(&cx(Role::Viewer, "no"), &undo).unwrap_err().code(), Code::Forbidden);
}

type Everything = BTreeMap<Key, (Json, bool)>;

/// Every row without its version and instants, which move on.
fn everything(crm: &Crm<MemoryStore>) -> Everything {
    let snapshot = crm.store().snapshot(&workspace()).unwrap();
    let mut all = BTreeMap::new();
    for kind in Kind::ALL {
        let mut query = Query::all(*kind, crm.rules().schema(*kind), at("2026-11-22T09:00:00Z"));
        (query.archived, query.limit) = (Archived::Include, 1000);
        for row in snapshot.find(&query).unwrap().rows {
            let mut json = row.to_json();
            for moving in ["version", "updated_at"] {
                json.as_object_mut().unwrap().remove(moving);
            }
            all.insert(row.key(), (json, row.archived_at.is_some()));
        }
    }
    all
}

type Fields = Map<String, Json>;

/// Accounts, contacts (each with whether it belongs to the first account), the lead, and how many tasks it has.
fn world() -> impl Strategy<Value = (Vec<Fields>, Vec<(Fields, bool)>, Fields, u32)> {
    let accounts = prop::collection::vec(fields_of(Kind::Account), 0..3);
    let contacts = prop::collection::vec((fields_of(Kind::Contact), any::<bool>()), 0..3);
    (accounts, contacts, lead_fields(), 0..4_u32)
}

fn run_json(crm: &Crm<MemoryStore>, name: &str, command: &str, body: &Json) -> Result<Json> {
    let command = parse(command, body, crm.rules())?;
    crm.run_any(&member(name), &*command)?.done()
}

fn options() -> impl Strategy<Value = Json> {
    let wish = || prop::sample::select(vec![Json::Null, Json::Null, "create".into(), "none".into()]);
    (wish(), wish(), wish()).prop_map(|(a, c, d)| json!({"account": a, "contact": c, "deal": d}))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn as_planned_once_and_back(
        (accounts, contacts, lead, tasks) in world(), options in options(), policy in prop::sample::select(vec!["overwrite", "newest", "append"]),
    ) {
        let rules = json!({"conversion": {"policies": {"description": policy, "tags": policy}}});
        let crm = Crm::new(MemoryStore::new(), Rules::from_json(&rules).unwrap());
        let made = |output: Json| output["id"].clone();
        let mut of = Vec::new();
        for (i, fields) in accounts.iter().enumerate() {
            of.push(made(run_json(&crm, &format!("a{i}"), "account.create", &json!({"fields": fields})).unwrap()));
        }
        for (i, (fields, with_account)) in contacts.iter().enumerate() {
            let mut fields = fields.clone();
            if let (Some(account), true) = (of.first(), *with_account) {
                fields.insert("account".into(), account.clone());
            }
            run_json(&crm, &format!("c{i}"), "contact.create", &json!({"fields": fields})).unwrap();
        }
        let id = made(run_json(&crm, "lead", "lead.create", &json!({"fields": lead})).unwrap());
        for i in 0..tasks {
            let fields = json!({"title": "t", "lead": id, "account": of.first()});
            run_json(&crm, &format!("t{i}"), "task.create", &json!({"fields": fields})).unwrap();
        }
        let before = everything(&crm);
        let mut body = options.clone();
        body["id"] = id.clone();
        let command = parse("lead.convert", &body, crm.rules()).unwrap();
        let plan = crm.plan(&member("convert"), &*command);
        prop_assert_eq!(&everything(&crm), &before, "a plan changes nothing");
        let done = match (plan, crm.run_any(&member("convert"), &*command)) {
            (Ok(plan), Ok(ran)) => {
                let done = ran.done().unwrap();
                prop_assert_eq!(&plan.output, &done, "the preview is what happens");
                let entry = crm.store().snapshot(&workspace()).unwrap().log(&LogQuery::Command(member("convert").id)).unwrap().pop().unwrap();
                let changes: Vec<Json> = plan.changes.iter().map(|c| c.to_json()).collect();
                prop_assert_eq!(&entry.json().unwrap()["changes"], &Json::from(changes));
                done
            }
            (Err(planned), Err(ran)) => {
                prop_assert_eq!(planned.code(), ran.code());
                // Several may be meant, or nothing would come of it.
                prop_assert!([Code::NeedsChoice, Code::Missing].contains(&ran.code()), "{}", ran);
                prop_assert_eq!(&everything(&crm), &before);
                return Ok(());
            }
            (planned, ran) => return Err(TestCaseError::fail(format!("{planned:?} {ran:?}"))),
        };
        // Consent of nobody is looser than it was.
        let after = everything(&crm);
        for (key, (row, _)) in &before {
            let rank = |json: &Json| ["opted_out", "", "soft", "opted_in"].iter().position(|c| *c == json["consent"].as_str().unwrap_or("")).unwrap();
            prop_assert!(rank(&after[key].0) <= rank(row), "{row} {}", after[key].0);
        }
        // Once more, under another id: the same records, and nothing changes.
        let again = run_json(&crm, "again", "lead.convert", &body).unwrap();
        for record in ["account", "contact", "deal"] {
            prop_assert_eq!(&again[record], &done[record]);
        }
        prop_assert_eq!(&everything(&crm), &after);
        // And back: every row is as it was, what was made is put away.
        run_json(&crm, "back", "lead.unconvert", &json!({"conversion": member("convert").id.to_string()})).unwrap();
        for (key, (row, archived)) in everything(&crm) {
            match before.get(&key) {
                Some(was) => prop_assert_eq!(&(row, archived), was),
                // What a deal was stays told.
                None => prop_assert!(archived || key.kind == Kind::DealRevision, "{row}"),
            }
        }
        crm.verify(&cx(Role::Admin, "verify")).unwrap();
    }
}

#[test]
fn the_options_come_back_from_the_trail() {
    let rules = Rules::default();
    let deal_fields = json!({"stage": "visit"}).as_object().unwrap().clone();
    let options =
        Options { account: Wish::Use(Id::from_text("a")), contact: Wish::None, deal: Wish::Create, deal_fields };
    for options in
        [options, Options { deal: Wish::Create, account: Wish::Create, ..Options::default() }, Options::default()]
    {
        let json = options.to_json();
        assert_eq!(Options::from_json(&json, &rules.schema(Kind::Deal)).unwrap(), options);
    }
}
