//! Drafts and the gate in the engine: what waits, who decides about what, what is held, and what is refused.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use crm_core::command::{Actor, Create, Ctx, NAMES, Role, is_held, is_proposable, parse};
use crm_core::engine::Ran;
use crm_core::model::Lead;
use crm_core::rules::Rules;
use crm_core::store::{Commit, MemoryStore, Store};
use crm_core::{Crm, Error, Id};
use serde_json::{Value as Json, json};

use crate::support::{Contended, at, workspace};

const NOW: &str = "2026-11-23T09:00:00Z";
const BOT: (&str, Role) = ("bot", Role::Agent);
const MARIE: (&str, Role) = ("marie", Role::Member);
const PAUL: (&str, Role) = ("paul", Role::Member);
const ROOT: (&str, Role) = ("root", Role::Owner);

fn id(name: &str) -> String {
    Id::from_text(name).to_string()
}

struct Desk<S> {
    crm: Crm<S>,
    commands: Cell<u32>,
    now: Cell<&'static str>,
}

fn desk() -> Desk<MemoryStore> {
    let desk = Desk::over(MemoryStore::new());
    let lead = json!({"company": "Rénov'Ouest", "email": "jean@renovouest.fr", "owner": "marie"});
    desk.must(ROOT, "lead.create", json!({"id": id("lead"), "fields": lead}));
    desk
}

impl<S: Store> Desk<S> {
    fn over(store: S) -> Self {
        Self { crm: Crm::new(store, Rules::default()), commands: Cell::new(0), now: Cell::new(NOW) }
    }

    /// The whole answer of the door.
    fn door(&self, (name, role): (&str, Role), as_id: &str, command: &str, body: Json) -> Result<Json, Error> {
        let document = json!({"command": command, "id": id(as_id), "workspace": "acme",
            "actor": {"name": name, "role": role.name()}, "at": self.now.get(), "body": body});
        self.crm.run_json(document.to_string().as_bytes())
    }

    fn run(&self, actor: (&str, Role), command: &str, body: Json) -> Result<Json, Error> {
        let n = self.commands.replace(self.commands.get() + 1);
        self.door(actor, &format!("command {n}"), command, body)
    }

    fn must(&self, actor: (&str, Role), command: &str, body: Json) -> Json {
        let answer = self.run(actor, command, body.clone());
        answer.unwrap_or_else(|e| panic!("{command} {body}: {e}"))["output"].clone()
    }

    /// How a command is refused: the code, and what the gate says.
    fn refused(&self, actor: (&str, Role), command: &str, body: Json) -> String {
        let error = self.run(actor, command, body).unwrap_err();
        let detail = error.detail().and_then(|d| d.get("problem")).and_then(Json::as_str).unwrap_or_default();
        format!("{} {detail}", error.code().name())
    }

    fn ask(&self, (name, role): (&str, Role), question: &str, body: Json) -> Json {
        let document = json!({"workspace": "acme", "actor": {"name": name, "role": role.name()}, "at": self.now.get(),
            question: body});
        self.crm.query_json(document.to_string().as_bytes()).unwrap()
    }

    /// The draft as an owner sees it.
    fn draft(&self, draft: &Json) -> Json {
        self.ask(ROOT, "draft", json!({"id": draft, "lang": "fr"}))
    }

    fn rows(&self, record: &str) -> Vec<Json> {
        self.ask(ROOT, "find", json!({"record": record, "limit": 1000}))["rows"].as_array().unwrap().clone()
    }

    fn compose(&self, actor: (&str, Role), text: &str, submit: bool) -> Json {
        let fields = json!({"lead": id("lead"), "subject": "Votre devis", "text": text});
        self.must(actor, "draft.compose", json!({"fields": fields, "submit": submit}))
    }

    fn events(&self, draft: &Json) -> Vec<String> {
        let events = self.draft(draft)["events"].as_array().unwrap().clone();
        events.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    }
}

/// What a decision is about.
fn seen(draft: &Json) -> Json {
    let id = draft.get("draft").or(draft.get("id")).unwrap();
    json!({"id": id, "revision": draft["revision"], "content_hash": draft["content_hash"]})
}

fn with(mut body: Json, more: Json) -> Json {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn an_agent_writes_and_a_person_says_yes() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    assert_eq!(draft["state"], "waiting");
    assert!(desk.rows("outbox_item").is_empty());

    let done = desk.must(MARIE, "draft.approve", with(seen(&draft), json!({"note": "Parfait"})));
    assert_eq!(done["state"], "queued");
    let items = desk.rows("outbox_item");
    assert_eq!(items.len(), 1);
    assert_eq!((&items[0]["recipient"], &items[0]["state"]), (&json!("jean@renovouest.fr"), &json!("queued")));
    assert_eq!(items[0]["content_hash"], draft["content_hash"]);
    assert_eq!(desk.events(&draft["id"]), ["composed", "submitted", "approved"]);

    let shown = desk.draft(&draft["id"]);
    assert_eq!((&shown["decision"]["approval"]["by"], &shown["decision"]["may"]), (&json!("marie"), &json!(true)));
    assert_eq!((&shown["events"][2]["note"], &shown["events"][2]["via"]), (&json!("Parfait"), &json!("person")));
    let reasons = shown["events"][1]["reasons"].as_array().unwrap();
    let text = |code: &str| reasons.iter().find(|reason| reason["code"] == code).map(|reason| reason["text"].clone());
    assert_eq!(text("ask_before_sending"), Some(json!("rien ne part sans l’accord d’une personne")));
    assert_eq!(shown["hand_offs"][0]["recipient"], "jean@renovouest.fr");
}

#[test]
fn a_decision_is_about_what_was_seen() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    let other = with(seen(&draft), json!({"content_hash": "0".repeat(64)}));
    assert_eq!(desk.refused(MARIE, "draft.approve", other.clone()), "conflict other_content");
    assert_eq!(desk.refused(MARIE, "draft.reject", with(other, json!({"note": "non"}))), "conflict other_content");
    // An edit is another revision, and what was asked is asked again.
    let edit = json!({"id": draft["id"], "fields": {"recipients": ["jean@ailleurs.fr"]}});
    desk.must(MARIE, "draft.patch", edit);
    assert_eq!(desk.refused(MARIE, "draft.approve", seen(&draft)), "conflict stale_revision");
    let now = desk.draft(&draft["id"]);
    assert_eq!((&now["state"], &now["revision"]), (&json!("waiting"), &json!(2)));
    assert_eq!(desk.events(&draft["id"]), ["composed", "submitted", "edited", "submitted"]);
    // So is a draft that is about somebody else.
    let lead = json!({"id": id("other"), "fields": {"company": "Ailleurs"}});
    desk.must(ROOT, "lead.create", lead);
    desk.must(MARIE, "draft.patch", json!({"id": draft["id"], "fields": {"lead": id("other")}}));
    assert_eq!(desk.draft(&draft["id"])["revision"], 3);
    for (body, code) in [
        (json!({"id": draft["id"], "revision": 1}), "missing "),
        (json!({"id": draft["id"], "content_hash": "x"}), "missing "),
        (json!({"id": id("nothing"), "revision": 1, "content_hash": "x"}), "not_found "),
        (with(seen(&now), json!({"revision": u64::MAX})), "conflict stale_revision"),
        (with(seen(&now), json!({"is_reviewed": "yes"})), "invalid_value "),
        (with(seen(&now), json!({"fields": {"state": "sent"}})), "invalid_value "),
        (with(seen(&now), json!({"force": true})), "unknown_field "),
    ] {
        assert_eq!(desk.refused(MARIE, "draft.approve", body.clone()), code, "{body}");
    }
    assert_eq!(desk.refused(MARIE, "draft.reject", seen(&now)), "missing ");
}

#[test]
fn the_first_who_decides_wins() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    desk.must(MARIE, "draft.approve", seen(&draft));
    let error = desk.run(PAUL, "draft.approve", seen(&draft)).unwrap_err();
    let expected = json!({"problem": "already_decided", "state": "queued", "by": "marie", "at": NOW});
    assert_eq!(error.detail(), Some(&expected));
    assert_eq!(
        desk.refused(PAUL, "draft.reject", with(seen(&draft), json!({"note": "x"}))),
        "wrong_state already_decided"
    );
    assert_eq!(desk.rows("outbox_item").len(), 1);
}

#[test]
fn of_two_at_the_same_time_one_wins() {
    let first: Arc<Mutex<Option<Commit>>> = Arc::default();
    let faster = first.clone();
    let rival = move |inner: &MemoryStore, _: u32| {
        let commit = faster.lock().unwrap().take().unwrap();
        inner.commit(&workspace(), &commit).unwrap();
    };
    let store = Contended { inner: MemoryStore::new(), losses: AtomicU32::new(0), rival: Box::new(rival) };
    let desk = Desk::over(store);
    desk.must(ROOT, "lead.create", json!({"id": id("lead"), "fields": {"company": "R", "email": "a@b.fr"}}));
    let draft = desk.compose(BOT, "Bonjour", true);
    let ctx = Ctx::new(workspace(), Actor::new("paul", Role::Member).unwrap(), at(NOW), Id::from_text("rival"));
    let command = parse("draft.approve", &seen(&draft), desk.crm.rules()).unwrap();
    *first.lock().unwrap() = Some(desk.crm.plan(&ctx, &*command).unwrap().commit);
    desk.crm.store().losses.store(1, Ordering::SeqCst);
    let error = desk.run(MARIE, "draft.approve", seen(&draft)).unwrap_err();
    assert_eq!(error.detail().unwrap()["by"], "paul");
    assert_eq!(desk.rows("outbox_item").len(), 1);
}

#[test]
fn an_edit_takes_back_what_was_approved() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    desk.must(MARIE, "draft.approve", seen(&draft));
    desk.must(BOT, "draft.patch", json!({"id": draft["id"], "fields": {"text": "Autre chose"}}));
    let now = desk.draft(&draft["id"]);
    assert_eq!((&now["state"], &now["decision"]["approval"]), (&json!("waiting"), &Json::Null));
    assert_eq!(desk.rows("outbox_item")[0]["state"], "withdrawn");
    // What changes nothing that leaves is no edit.
    let done = desk.must(MARIE, "draft.approve", seen(&now));
    desk.must(MARIE, "draft.patch", json!({"id": draft["id"], "fields": {"tags": ["important"]}}));
    assert_eq!(desk.draft(&draft["id"])["state"], done["state"]);
}

#[test]
fn approvers_may_edit_what_they_approve() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    let order =
        with(seen(&draft), json!({"fields": {"text": "Bonjour Jean"}, "send_not_before": "2026-11-24T08:00:00Z"}));
    let done = desk.must(MARIE, "draft.approve", order);
    assert_eq!((&done["state"], &done["revision"]), (&json!("queued"), &json!(2)));
    let shown = desk.draft(&draft["id"]);
    assert_eq!(shown["content"]["text"], "Bonjour Jean");
    assert_eq!(shown["hand_offs"][0]["not_before"], "2026-11-24T08:00:00Z");
    assert_eq!(desk.events(&draft["id"]), ["composed", "submitted", "edited", "submitted", "approved"]);
    // An edit of what is not there any more is none.
    let late = with(seen(&draft), json!({"fields": {"text": "Bonsoir"}}));
    assert_eq!(desk.refused(PAUL, "draft.approve", late), "conflict stale_revision");
    assert_eq!(desk.draft(&draft["id"])["content"]["text"], "Bonjour Jean");
    let other = desk.compose(BOT, "Encore", true);
    let bad = with(seen(&other), json!({"fields": {"recipients": ["a@b.fr\r\nBcc: x@y.z"]}}));
    assert!(desk.run(MARIE, "draft.approve", bad).is_err());
    assert_eq!(desk.draft(&other["id"])["revision"], 1);
}

#[test]
fn an_agent_never_decides_and_the_attempt_is_written_down() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    for attempt in ["first", "first", "second"] {
        let error = desk.door(BOT, attempt, "draft.approve", seen(&draft)).unwrap_err();
        assert_eq!(error.code().name(), "forbidden");
    }
    let all = json!({"items": [seen(&draft)]});
    assert_eq!(desk.refused(("other bot", Role::Agent), "draft.approve_all", all), "forbidden ");
    let shown = desk.draft(&draft["id"]);
    assert_eq!((&shown["state"], &shown["decision"]["approval"]), (&json!("waiting"), &Json::Null));
    let kinds = desk.events(&draft["id"]);
    assert_eq!(kinds, ["composed", "submitted", "approval_refused", "approval_refused", "approval_refused"]);
    assert_eq!((&shown["events"][4]["actor"], &shown["events"][4]["role"]), (&json!("other bot"), &json!("agent")));
    // The id of an attempt is no answer for anybody else.
    let error = desk.door(MARIE, "first", "draft.approve", seen(&draft)).unwrap_err();
    assert_eq!(error.code().name(), "command_reused");
    // Whoever comes back under an agent's name does not decide about the agent's own.
    assert_eq!(desk.refused(("bot", Role::Owner), "draft.approve", seen(&draft)), "forbidden own_draft");
    assert_eq!(desk.refused(("vera", Role::Viewer), "draft.approve", seen(&draft)), "forbidden ");
    desk.must(MARIE, "draft.approve", seen(&draft));
    desk.ask(ROOT, "verify", json!({}));
}

#[test]
fn one_bad_draft_does_not_hide_the_others() {
    let desk = desk();
    let (a, b, c) = (desk.compose(BOT, "a", true), desk.compose(BOT, "b", true), desk.compose(BOT, "c", false));
    let stale = with(seen(&b), json!({"content_hash": "x"}));
    let nothing = json!({"id": id("nothing"), "revision": 1, "content_hash": "x"});
    let items = json!([stale, seen(&a), seen(&c), nothing, seen(&a)]);
    let done = desk.must(MARIE, "draft.approve_all", json!({"items": items}));
    assert_eq!((&done["approved"], &done["refused"]), (&json!(1), &json!(4)));
    let told: Vec<String> = done["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| match &item["error"] {
            Json::Null => item["step"]["state"].as_str().unwrap().to_owned(),
            error => format!("{} {}", error["code"], error["detail"]["problem"]).replace('"', ""),
        })
        .collect();
    let expected = [
        "conflict other_content",
        "queued",
        "wrong_state not_waiting",
        "not_found null",
        "wrong_state already_decided",
    ];
    assert_eq!(told, expected);
    assert!(!done.to_string().contains("message"));
    assert_eq!(desk.rows("outbox_item").len(), 1);
    let many: Vec<Json> = (0..51).map(|_| seen(&b)).collect();
    assert_eq!(desk.refused(MARIE, "draft.approve_all", json!({"items": many})), "too_large ");
}

#[test]
fn a_no_a_wish_and_a_way_back() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    let wish = desk.must(MARIE, "draft.request_changes", with(seen(&draft), json!({"note": "Plus court"})));
    assert_eq!(wish["state"], "changes_requested");
    assert_eq!(desk.refused(MARIE, "draft.submit", json!({"id": draft["id"]})), "wrong_state not_waiting");
    desk.must(BOT, "draft.patch", json!({"id": draft["id"], "fields": {"text": "Salut"}}));
    let now = desk.draft(&draft["id"]);
    assert_eq!(now["state"], "waiting");
    let no = desk.must(MARIE, "draft.reject", with(seen(&now), json!({"note": "Pas maintenant"})));
    assert_eq!(no["state"], "rejected");
    // What was rejected is written anew only on purpose.
    desk.must(BOT, "draft.patch", json!({"id": draft["id"], "fields": {"text": "Bonsoir"}}));
    assert_eq!(desk.draft(&draft["id"])["state"], "drafting");
    desk.must(BOT, "draft.submit", json!({"id": draft["id"]}));
    let back = desk.must(BOT, "draft.cancel", json!({"id": draft["id"], "note": "Inutile"}));
    assert_eq!(back["state"], "cancelled");
    assert_eq!(desk.refused(BOT, "draft.cancel", json!({"id": draft["id"]})), "wrong_state too_late");
    assert_eq!(desk.refused(MARIE, "draft.retry", json!({"id": draft["id"]})), "wrong_state nothing_failed");
    // An agent takes back what is its own.
    let own = desk.compose(MARIE, "De moi", true);
    assert_eq!(desk.refused(BOT, "draft.cancel", json!({"id": own["id"]})), "forbidden ");
    desk.must(MARIE, "draft.archive", json!({"id": own["id"]}));
    assert_eq!(desk.draft(&own["id"])["state"], "cancelled");
}

#[test]
fn teammates_check_each_others_work() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    let check = with(seen(&draft), json!({"passed": true, "note": "Relu"}));
    assert_eq!(desk.refused(BOT, "draft.peer_check", check.clone()), "forbidden own_peer_check");
    desk.must(("second bot", Role::Agent), "draft.peer_check", check.clone());
    let shown = desk.draft(&draft["id"]);
    assert_eq!(shown["decision"]["peer_check"], json!({"by": "second bot", "passed": true}));
    // It is about that revision only.
    desk.must(BOT, "draft.patch", json!({"id": draft["id"], "fields": {"text": "Bonsoir"}}));
    assert_eq!(desk.draft(&draft["id"])["decision"]["peer_check"], Json::Null);
    assert_eq!(desk.refused(PAUL, "draft.peer_check", check), "conflict stale_revision");
}

#[test]
fn nobody_reads_more_than_two_hundred() {
    let desk = desk();
    for n in 0..200 {
        desk.compose(BOT, &format!("{n}"), true);
    }
    let more = json!({"fields": {"lead": id("lead"), "text": "more", "author": "marie"}, "submit": true});
    assert_eq!(desk.refused(BOT, "draft.compose", more.clone()), "wrong_state limit_reached");
    assert_eq!(desk.rows("draft").len(), 200);
    let archive = json!({"id": id("lead")});
    assert_eq!(desk.refused(BOT, "lead.archive", archive), "wrong_state limit_reached");
    // People and other agents go on; and so does the agent when somebody decided, or on the next day.
    desk.must(MARIE, "draft.compose", more.clone());
    desk.must(("second bot", Role::Agent), "draft.compose", more.clone());
    let first = desk.ask(
        ROOT,
        "find",
        json!({"record": "draft", "where": {"field": "author", "op": "eq", "value": "bot"}, "limit": 1}),
    );
    let first = &first["rows"][0];
    // An edit of what waits is not one more.
    desk.must(BOT, "draft.patch", json!({"id": first["id"], "fields": {"text": "edited"}}));
    let now = desk.draft(&first["id"]);
    desk.must(MARIE, "draft.reject", with(seen(&now), json!({"note": "non"})));
    desk.must(BOT, "draft.compose", more.clone());
    assert_eq!(desk.refused(BOT, "draft.compose", more.clone()), "wrong_state limit_reached");
    desk.now.set("2026-11-24T09:00:01Z");
    desk.must(BOT, "draft.compose", more);
}

#[test]
fn what_an_agent_may_not_do_is_held() {
    let desk = desk();
    let body = json!({"id": id("lead")});
    let held = desk.door(BOT, "the archive", "lead.archive", body.clone()).unwrap();
    assert_eq!((&held["status"], &held["state"]), (&json!("held"), &json!("waiting")));
    assert!(held["reasons"].as_array().unwrap().contains(&json!({"code": "ask_before_sending"})));
    // Repeating it gives the same.
    let again = desk.door(BOT, "the archive", "lead.archive", body).unwrap();
    assert_eq!((&again["draft"], &again["replayed"], &again["seq"]), (&held["draft"], &json!(true), &held["seq"]));
    assert_eq!(desk.rows("draft").len(), 1);

    let shown = desk.draft(&held["draft"]);
    assert_eq!((&shown["kind"], &shown["links"]["lead"]), (&json!("command"), &json!(id("lead"))));
    assert_eq!(shown["command"]["name"], "lead.archive");
    assert_eq!(shown["command"]["changes"][0]["fields"]["archived_at"][1], NOW);
    assert_eq!(shown["command"]["changed_since"], json!([]));

    // A person says yes, and it is done, in the person's name.
    let done = desk.must(MARIE, "draft.approve", seen(&held));
    assert_eq!((&done["state"], &done["output"]["version"]), (&json!("done"), &json!(2)));
    let lead = desk.ask(ROOT, "get", json!({"record": "lead", "id": id("lead")}));
    assert_eq!(lead["row"]["archived_at"], NOW);
    let history = desk.ask(ROOT, "history", json!({"record": "lead", "id": id("lead")}));
    assert_eq!(history["entries"][1]["actor"]["name"], "marie");
    assert_eq!(desk.events(&held["draft"]), ["composed", "submitted", "approved", "done"]);
    assert_eq!(desk.refused(PAUL, "draft.approve", seen(&held)), "wrong_state already_decided");
    desk.ask(ROOT, "verify", json!({}));
}

#[test]
fn the_engine_says_held() {
    let desk = desk();
    let ctx = |n: &str| Ctx::new(workspace(), Actor::new("bot", Role::Agent).unwrap(), at(NOW), Id::from_text(n));
    let command = crm_core::command::Archive::<Lead>::new(Id::from_text("lead"));
    let plan = desk.crm.plan(&ctx("plan"), &command).unwrap();
    assert!(plan.is_held);
    assert!(plan.changes.iter().all(|change| change.key.kind.name().starts_with("draft")));
    let Ran::Held(held) = desk.crm.run(&ctx("run"), &command).unwrap() else { panic!("held") };
    assert!(!held.replayed);
    let error = desk.crm.run(&ctx("run"), &command).unwrap().done().unwrap_err();
    assert_eq!(error.detail().unwrap(), &json!({"problem": "held", "draft": held.draft.to_string()}));
    // What agents may do they do.
    let create = Create::new(Lead { company: "Autre".into(), ..Lead::default() });
    assert!(matches!(desk.crm.run(&ctx("create"), &create).unwrap(), Ran::Done(_)));
    // What would be refused is refused at once.
    let missing = crm_core::command::Archive::<Lead>::new(Id::from_text("nothing"));
    assert_eq!(desk.crm.run(&ctx("missing"), &missing).unwrap_err().code().name(), "not_found");
}

#[test]
fn what_is_held_is_known() {
    let held: Vec<&str> = NAMES.iter().copied().filter(|name| is_held(Role::Agent, name)).collect();
    for name in ["lead.merge", "lead.convert", "deal.archive", "deal.split", "ticket.merge", "lead.unmerge"] {
        assert!(held.contains(&name), "{name}");
    }
    for name in ["draft.archive", "draft.approve", "lead.import", "pipeline.delete", "quota.set", "adjustment.set"] {
        assert!(!held.contains(&name), "{name}");
    }
    assert!(NAMES.iter().all(|name| Role::ALL.iter().all(|role| *role == Role::Agent || !is_held(*role, name))));
    for name in
        ["draft.approve", "draft.propose", "kill_switch.resume", "outbox.start", "channel.connect", "no.command"]
    {
        assert!(!is_proposable(name), "{name}");
    }
}

#[test]
fn a_proposal_rests_on_what_was_shown() {
    let desk = desk();
    let propose = json!({"command": "deal.create", "body": {"id": id("deal"), "fields": {"name": "Toiture"}},
        "note": "Ils ont demandé un devis", "reasons": [{"code": "asked"}], "lead": id("lead"), "confidence_bp": 9000});
    let held = desk.must(BOT, "draft.propose", propose);
    let shown = desk.draft(&held["draft"]);
    assert_eq!(shown["command"]["changes"][0]["row"]["name"], "Toiture");
    assert_eq!(
        (&shown["reasons"], &shown["content"]["text"]),
        (&json!([{"code": "asked"}]), &json!("Ils ont demandé un devis"))
    );
    desk.must(MARIE, "draft.approve", seen(&held));
    assert_eq!(desk.rows("deal").len(), 1);

    // A row that is another by now is named, and nothing is done until somebody looks again.
    let held = desk.must(BOT, "draft.propose", json!({"command": "deal.archive", "body": {"id": id("deal")}}));
    desk.must(PAUL, "deal.patch", json!({"id": id("deal"), "fields": {"name": "Toiture et murs"}}));
    let error = desk.run(MARIE, "draft.approve", seen(&held)).unwrap_err();
    let expected = json!({"problem": "stale_preview", "records": [format!("deal {}", id("deal"))]});
    assert_eq!(error.detail(), Some(&expected));
    assert_eq!(desk.draft(&held["draft"])["command"]["changed_since"], json!([{"record": "deal", "id": id("deal")}]));
    let anew = desk.must(BOT, "draft.submit", json!({"id": held["draft"]}));
    assert_eq!((&anew["state"], &anew["revision"]), (&json!("waiting"), &json!(2)));
    assert_eq!(desk.refused(MARIE, "draft.approve", seen(&held)), "conflict stale_revision");
    assert_eq!(desk.must(MARIE, "draft.approve", seen(&anew))["state"], "done");

    for (body, code) in [
        (json!({"command": "draft.approve", "body": {}}), "forbidden not_proposable"),
        (json!({"command": "lead.frobnicate", "body": {}}), "unknown_command "),
        (json!({"command": "lead.archive", "body": {"id": id("nothing")}}), "not_found "),
        (json!({"command": "lead.archive", "body": {"ids": []}}), "unknown_field "),
        (json!({"command": "lead.archive", "body": {"id": id("lead")}, "reasons": ["x"]}), "invalid_json "),
        (json!({"command": "lead.archive", "body": {"id": id("lead")}, "confidence_bp": 10_001}), "invalid_value "),
        (json!({"body": {}}), "missing "),
    ] {
        assert_eq!(desk.refused(BOT, "draft.propose", body.clone()), code, "{body}");
    }
}

#[test]
fn whoever_says_yes_needs_the_right() {
    let desk = desk();
    let quota = json!({"owner": "marie", "period": {"start": "2026-10-01", "end": "2027-01-01"},
        "amount": {"amount": "1", "currency": "EUR"}});
    let held = desk.must(BOT, "draft.propose", json!({"command": "quota.set", "body": quota}));
    assert_eq!(desk.refused(MARIE, "draft.approve", seen(&held)), "forbidden ");
    let member = desk.must(MARIE, "draft.propose", json!({"command": "quota.set", "lead": id("lead"), "body": quota}));
    assert_eq!(desk.refused(PAUL, "draft.approve", seen(&member)), "forbidden ");
    assert_eq!(desk.draft(&member["draft"])["state"], "waiting");
    assert_eq!(desk.must(ROOT, "draft.approve", seen(&member))["state"], "done");
}

#[test]
fn held_merges_do_not_step_on_each_other() {
    let desk = desk();
    for name in ["second", "third"] {
        desk.must(ROOT, "lead.create", json!({"id": id(name), "fields": {"company": name}}));
    }
    let merge = |into: &str, of: &str| json!({"primary": id(into), "sources": [id(of)], "override_primary": true});
    let a = desk.run(BOT, "lead.merge", merge("lead", "second")).unwrap();
    let b = desk.run(BOT, "lead.merge", merge("third", "lead")).unwrap();
    let done = desk.must(MARIE, "draft.approve_all", json!({"items": [seen(&a), seen(&b)]}));
    assert_eq!((&done["approved"], &done["refused"]), (&json!(1), &json!(1)));
    assert_eq!(done["items"][1]["error"]["detail"]["problem"], "stale_preview");
    let lead = desk.ask(ROOT, "get", json!({"record": "lead", "id": id("lead")}));
    assert_eq!(lead["row"]["merged_into"], Json::Null);
    desk.ask(ROOT, "verify", json!({}));
}

#[test]
fn a_merge_takes_no_decision_back() {
    let desk = desk();
    desk.must(ROOT, "lead.create", json!({"id": id("other"), "fields": {"company": "Autre"}}));
    let draft = desk.compose(BOT, "Bonjour", true);
    desk.must(MARIE, "draft.approve", seen(&draft));
    let merge = json!({"primary": id("other"), "sources": [id("lead")], "override_primary": true});
    desk.door(MARIE, "the merge", "lead.merge", merge).unwrap();
    let now = desk.draft(&draft["id"]);
    assert_eq!((&now["state"], &now["links"]["lead"]), (&json!("queued"), &json!(id("other"))));
    assert_eq!(now["hand_offs"][0]["lead"], id("other"));
    desk.must(MARIE, "lead.unmerge", json!({"merge": id("the merge")}));
    let now = desk.draft(&draft["id"]);
    assert_eq!((&now["state"], &now["links"]["lead"]), (&json!("queued"), &json!(id("lead"))));
    assert_eq!(now["hand_offs"][0]["lead"], id("lead"));
    assert_eq!(now["content_hash"], draft["content_hash"]);
    desk.ask(ROOT, "verify", json!({}));
}

#[test]
fn what_nobody_sees_is_shown() {
    let desk = desk();
    let text = "Payez\u{202e}rf.euqnab\u{202c} ici\u{200b}.\nMerci";
    let draft = desk.compose(BOT, text, true);
    let shown = desk.draft(&draft["id"]);
    assert_eq!(shown["content"]["text"], text);
    assert_eq!(shown["shown"]["text"], "Payez<U+202E>rf.euqnab<U+202C> ici<U+200B>.\nMerci");
    let hidden = shown["hidden"].as_array().unwrap();
    assert_eq!(hidden.len(), 3);
    assert_eq!(hidden[0], json!({"field": "text", "at": 5, "character": "U+202E"}));
}

#[test]
fn an_old_question_is_no_question() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    desk.now.set("2026-11-30T09:00:00Z");
    assert_eq!(desk.refused(MARIE, "draft.approve", seen(&draft)), "wrong_state expired");
    // Whoever wants it all the same asks again.
    let again = desk.must(MARIE, "draft.submit", json!({"id": draft["id"]}));
    assert_eq!(desk.must(MARIE, "draft.approve", seen(&again))["state"], "queued");
}
