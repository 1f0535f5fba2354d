//! Pipelines, stages and deals in a store: what a command leaves behind, what it refuses.

use std::sync::atomic::AtomicU32;

use crm_core::command::{LoseDeal, MoveDeal, Patch, ReopenDeal, Role, Step, WinDeal, parse};
use crm_core::kernel::sales::StageKind;
use crm_core::model::{AnyRecord, Deal, DealRevision, Kind, Stage};
use crm_core::rules::Rules;
use crm_core::rules::pipeline::{Spans, Step as SpanStep};
use crm_core::store::{Archived, Commit, Entry, MemoryStore, Query, Read, Store, Workspace};
use crm_core::{Code, Crm, Error, Id, Instant, Result};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::{Contended, at, cx, workspace};

/// Runs a command given as JSON, on a day of January 2027 at nine.
pub fn run_on<S: Store>(crm: &Crm<S>, role: Role, day: u32, id: &str, name: &str, body: Json) -> Result<Json> {
    let mut ctx = cx(role, id);
    ctx.at = at(&format!("2027-01-{day:02}T09:00:00Z"));
    crm.run_any(&ctx, &*parse(name, &body, crm.rules())?)?.done()
}

fn admin<S: Store>(crm: &Crm<S>, id: &str, name: &str, body: Json) -> Result<Json> {
    run_on(crm, Role::Admin, 1, id, name, body)
}

fn member<S: Store>(crm: &Crm<S>, day: u32, id: &str, name: &str, body: Json) -> Result<Json> {
    run_on(crm, Role::Member, day, id, name, body)
}

pub fn sales() -> Json {
    json!({"code": "sales", "name": {"en": "Sales", "fr": "Ventes"}, "stages": [
        {"code": "new", "probability_bp": 1000},
        {"code": "offer", "name": "Offer", "probability_bp": 5000, "category": "best_case", "exit_requires": ["close_date"]},
        {"code": "won", "name": "Won", "kind": "won"},
        {"code": "lost", "name": "Lost", "kind": "lost"},
    ]})
}

fn crm() -> Crm<MemoryStore> {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    admin(&crm, "sales", "pipeline.create", sales()).unwrap();
    crm
}

fn deal<S: Store>(crm: &Crm<S>, day: u32, id: &str, fields: Json) -> Id {
    let made = member(crm, day, id, "deal.create", json!({"fields": fields})).unwrap();
    made["id"].as_str().unwrap().parse().unwrap()
}

fn stored<S: Store>(crm: &Crm<S>, id: Id) -> Deal {
    crm.get::<Deal>(&cx(Role::Member, "read"), id).unwrap().unwrap().body
}

fn version<S: Store>(crm: &Crm<S>, id: Id) -> u64 {
    crm.get::<Deal>(&cx(Role::Member, "read"), id).unwrap().unwrap().version
}

pub fn revisions<S: Store>(crm: &Crm<S>, deal: Id) -> Vec<DealRevision> {
    let schema = crm.rules().schema(Kind::DealRevision);
    let mut query = Query::all(Kind::DealRevision, schema.clone(), at("2027-02-01T09:00:00Z"));
    let of = crm_core::kernel::predicate::Predicate::from_json(
        &json!({"field": "deal", "op": "eq", "value": deal.to_string()}),
    );
    query.filter = Some(of.unwrap().compile(&schema).unwrap());
    query.limit = 1000;
    let rows = crm.store().snapshot(&workspace()).unwrap().find(&query).unwrap().rows;
    let body = |row: crm_core::model::Row| match row.body {
        AnyRecord::DealRevision(revision) => *revision,
        other => panic!("{other:?}"),
    };
    let mut all: Vec<DealRevision> = rows.into_iter().map(body).collect();
    all.sort_by_key(|r| r.number);
    all
}

fn causes<S: Store>(crm: &Crm<S>, deal: Id) -> Vec<String> {
    revisions(crm, deal).into_iter().map(|r| r.cause).collect()
}

fn count<S: Store>(crm: &Crm<S>, kind: Kind) -> u64 {
    let mut query = Query::all(kind, crm.rules().schema(kind), at("2027-02-01T09:00:00Z"));
    query.archived = Archived::Include;
    crm.store().snapshot(&workspace()).unwrap().count(&query).unwrap()
}

fn code_of(error: &Error) -> String {
    let detail = error.detail().cloned().unwrap_or_default();
    detail["code"].as_str().or(detail["missing"][0]["code"].as_str()).unwrap_or("").to_owned()
}

#[test]
fn a_deal_s_life() {
    let crm = crm();
    let id = deal(&crm, 2, "deal", json!({"name": "Toit", "value": {"amount": "100.00", "currency": "EUR"}}));
    let made = stored(&crm, id);
    assert_eq!((made.pipeline.as_str(), made.stage.as_str(), made.state), ("sales", "new", Some(StageKind::Open)));
    assert_eq!(made.stage_entered_at, Some(at("2027-01-02T09:00:00Z")));

    let on = |day: u32, name: &str| {
        let mut ctx = cx(Role::Member, name);
        ctx.at = at(&format!("2027-01-{day:02}T09:00:00Z"));
        ctx
    };
    crm.run(&on(3, "move"), &MoveDeal::new(id, Step::to("Offer"))).unwrap();
    // To where it stands: nothing is written, nothing is restamped.
    crm.run(&on(4, "again"), &MoveDeal::new(id, Step::to("offer"))).unwrap();
    assert_eq!((version(&crm, id), stored(&crm, id).stage_entered_at), (2, Some(at("2027-01-03T09:00:00Z"))));

    // What the stage requires is missing; nothing is required to lose but a reason.
    let error = crm.run(&on(5, "early"), &WinDeal::new(id, Step::default())).unwrap_err();
    assert_eq!((error.code(), code_of(&error).as_str()), (Code::Missing, "field_required"));
    let error = crm.run(&on(5, "lose"), &LoseDeal::new(id, Step::default())).unwrap_err();
    assert_eq!(code_of(&error), "lost_reason_required");
    let other = Step { lost_reason: Some("Other".into()), ..Step::default() };
    assert_eq!(code_of(&crm.run(&on(5, "lose 2"), &LoseDeal::new(id, other)).unwrap_err()), "lost_note_required");
    let price = Step { lost_reason: Some("price".into()), at: Some(at("2027-01-04T12:00:00Z")), ..Step::default() };
    crm.run(&on(5, "lose 3"), &LoseDeal::new(id, price)).unwrap();
    let lost = stored(&crm, id);
    assert_eq!((lost.state, lost.closed_at), (Some(StageKind::Lost), Some(at("2027-01-04T12:00:00Z"))));
    assert_eq!((lost.closed_as.as_str(), lost.closed_probability_bp), ("Lost", Some(5_000)));

    crm.run(&on(6, "reopen"), &ReopenDeal::new(id, Step::default())).unwrap();
    let open = stored(&crm, id);
    assert_eq!((open.stage.as_str(), open.closed_at, open.lost_reason.as_str()), ("offer", None, ""));
    let error = crm.run(&on(6, "reopen 2"), &ReopenDeal::new(id, Step::default())).unwrap_err();
    assert_eq!(error.code(), Code::WrongState);
    let date = json!({"id": id.to_string(), "fields": {"close_date": "2027-02-01"}});
    member(&crm, 7, "date", "deal.patch", date).unwrap();
    crm.run(&on(8, "win"), &WinDeal::new(id, Step::default())).unwrap();
    assert_eq!(stored(&crm, id).state, Some(StageKind::Won));
    member(&crm, 9, "away", "deal.archive", json!({"id": id.to_string()})).unwrap();
    assert_eq!(stored(&crm, id).state, Some(StageKind::Won), "archived is not lost");
    member(&crm, 10, "back", "deal.restore", json!({"id": id.to_string()})).unwrap();
    assert_eq!(causes(&crm, id), ["create", "move", "lost", "reopened", "edit", "won", "archive", "restore"]);
    let found = revisions(&crm, id);
    let spans = Spans::new(found.iter().filter_map(SpanStep::of));
    let now = at("2027-01-10T09:00:00Z");
    let total: i64 = spans.totals(now).values().map(|t| t.num_seconds()).sum();
    assert_eq!(total, 8 * 86_400, "from the 2nd to the 10th, without a gap");
    assert_eq!(spans.totals(now)[&("sales", "offer")].num_seconds(), (27 + 48) * 3_600, "two visits");
    crm.verify(&cx(Role::Admin, "verify")).unwrap();
}

#[test]
fn what_is_not_tracked_makes_no_revision() {
    let crm = crm();
    let id = deal(&crm, 2, "deal", json!({"name": "Toit"}));
    member(&crm, 3, "name", "deal.patch", json!({"id": id.to_string(), "fields": {"name": "Toiture"}})).unwrap();
    assert_eq!((version(&crm, id), causes(&crm, id)), (2, vec!["create".to_owned()]));
}

#[test]
fn stages_of_other_pipelines_are_refused() {
    let crm = crm();
    let error = member(&crm, 2, "a", "deal.create", json!({"fields": {"stage": "signed"}})).unwrap_err();
    assert_eq!(
        (error.code(), error.field(), code_of(&error).as_str()),
        (Code::InvalidValue, Some("stage"), "stage_not_in_pipeline")
    );
    assert!(error.to_string().contains("`new`, `offer`, `won` and `lost`"), "{error}");
    let error = member(&crm, 2, "b", "deal.create", json!({"fields": {"pipeline": "rentals"}})).unwrap_err();
    assert_eq!(error.field(), Some("pipeline"));
    // In a file such a row is rejected with its line, and the others go in; what was lost needs no reason there.
    let rows = json!([
        {"line": 2, "fields": {"external_id": "1", "stage": "signed"}},
        {"line": 3, "fields": {"external_id": "2", "stage": "lost", "stage_entered_at": "2026-05-01T00:00:00Z"}},
    ]);
    let body = json!({"source": "old", "rows": rows});
    let done = run_on(&crm, Role::Manager, 2, "import", "deal.import", body).unwrap();
    assert_eq!((done["created"].clone(), done["rejected"][0]["line"].clone()), (json!(1), json!(2)));
    let id = crm_core::command::Import::<Deal>::id_of("old", "2");
    let lost = stored(&crm, id);
    assert_eq!((lost.closed_at, lost.last_open_stage.as_str()), (Some(at("2026-05-01T00:00:00Z")), "new"));
    assert_eq!(causes(&crm, id), ["import"]);
}

#[test]
fn without_pipelines_texts_are_free_and_are_settled_later() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let id = deal(&crm, 1, "deal", json!({"pipeline": "sales", "stage": "offer"}));
    let old = deal(&crm, 1, "old", json!({"pipeline": "old", "stage": "warm"}));
    assert_eq!(stored(&crm, id).state, None);
    admin(&crm, "sales", "pipeline.create", sales()).unwrap();
    // A deal of old texts may be edited, and takes part once it is moved.
    member(&crm, 2, "edit", "deal.patch", json!({"id": old.to_string(), "fields": {"name": "Old"}})).unwrap();
    assert_eq!((stored(&crm, old).stage.as_str(), stored(&crm, old).state), ("warm", None));
    let to = |from: &str, stage: &str| json!({"pipeline": from, "stage": stage, "to_pipeline": "sales", "to_stage": "offer"});
    assert_eq!(admin(&crm, "move", "pipeline.move_deals", to("old", "warm")).unwrap(), json!({"moved": 1, "left": 0}));
    assert_eq!(
        admin(&crm, "settle", "pipeline.move_deals", to("sales", "offer")).unwrap(),
        json!({"moved": 1, "left": 0})
    );
    for id in [id, old] {
        assert_eq!((stored(&crm, id).stage.as_str(), stored(&crm, id).state), ("offer", Some(StageKind::Open)));
    }
}

#[test]
fn pipelines_have_a_won_and_a_lost_stage_and_one_is_the_default() {
    let crm = crm();
    let bad = json!({"code": "x", "stages": [{"code": "a", "probability_bp": 1}, {"code": "w", "kind": "won"}]});
    let error = admin(&crm, "bad", "pipeline.create", bad).unwrap_err();
    assert!(error.to_string().contains("`lost`"), "{error}");
    let twice = json!({"code": "SALES", "stages": sales()["stages"]});
    assert_eq!(admin(&crm, "twice", "pipeline.create", twice).unwrap_err().code(), Code::AlreadyExists);
    let unknown = json!({"code": "x", "stages": [{"code": "a", "probability_bp": 1, "exit_requires": ["valeu"]}, {"code": "w", "kind": "won"}, {"code": "l", "kind": "lost"}]});
    let error = admin(&crm, "unknown", "pipeline.create", unknown).unwrap_err();
    assert_eq!(error.field(), Some("stages[0].exit_requires[0]"));
    let rentals = json!({"code": "rentals", "stages": sales()["stages"]});
    admin(&crm, "rentals", "pipeline.create", rentals).unwrap();
    let error = admin(&crm, "delete", "pipeline.delete", json!({"code": "sales"})).unwrap_err();
    assert_eq!((error.code(), code_of(&error).as_str()), (Code::WrongState, "default_pipeline"));
    admin(&crm, "default", "pipeline.edit", json!({"code": "rentals", "default": true})).unwrap();
    admin(&crm, "delete 2", "pipeline.delete", json!({"code": "sales"})).unwrap();
    assert_eq!(stored(&crm, deal(&crm, 2, "deal", json!({}))).pipeline, "rentals");
    // Made again under its code: the former row comes back.
    admin(&crm, "again", "pipeline.create", sales()).unwrap();
    deal(&crm, 2, "deal 2", json!({"pipeline": "sales", "stage": "offer"}));
    let forbidden = member(&crm, 2, "no", "pipeline.create", sales()).unwrap_err();
    assert_eq!(forbidden.code(), Code::Forbidden);
}

#[test]
fn what_any_deal_uses_is_not_deleted() {
    let crm = crm();
    admin(&crm, "rentals", "pipeline.create", json!({"code": "rentals", "default": true, "stages": sales()["stages"]}))
        .unwrap();
    let ids = ["one", "two", "three"].map(|name| deal(&crm, 2, name, json!({"pipeline": "sales", "stage": "offer"})));
    member(&crm, 3, "away", "deal.archive", json!({"id": ids[0].to_string()})).unwrap();
    let lose = json!({"id": ids[1].to_string(), "lost_reason": "price"});
    member(&crm, 3, "lose", "deal.lose", lose).unwrap();
    for (id, name, body, used) in [
        ("a", "stage.delete", json!({"pipeline": "sales", "code": "offer"}), 2),
        ("b", "stage.delete", json!({"pipeline": "sales", "code": "lost"}), 1),
        ("c", "pipeline.delete", json!({"code": "sales"}), 3),
        ("d", "stage.edit", json!({"pipeline": "sales", "code": "offer", "fields": {"kind": "won"}}), 2),
    ] {
        let error = admin(&crm, id, name, body).unwrap_err();
        let detail = error.detail().unwrap();
        assert_eq!((error.code(), &detail["code"]), (Code::Conflict, &json!("conflict_in_use")), "{name} {error}");
        assert_eq!((&detail["count"], detail["sample"].as_array().unwrap().len()), (&json!(used), used));
    }
    // The ways out: a merge, which takes the archived ones along, and moves.
    let merge = json!({"pipeline": "sales", "from": "offer", "to": "new"});
    assert_eq!(admin(&crm, "merge", "stage.merge", merge).unwrap(), json!({"moved": 2, "left": 0}));
    assert_eq!(stored(&crm, ids[0]).stage, "new");
    assert_eq!(causes(&crm, ids[2]), ["create", "stage_merged"]);
    let error = member(&crm, 4, "gone", "deal.move", json!({"id": ids[2].to_string(), "stage": "offer"})).unwrap_err();
    assert_eq!(code_of(&error), "stage_not_in_pipeline");
    // Where it was lost from is gone: it is reopened in the first open stage.
    member(&crm, 5, "reopen", "deal.reopen", json!({"id": ids[1].to_string()})).unwrap();
    assert_eq!(stored(&crm, ids[1]).stage, "new");
    let differ = json!({"pipeline": "sales", "from": "new", "to": "won"});
    assert!(admin(&crm, "differ", "stage.merge", differ).unwrap_err().to_string().contains("one kind"));
    let last = json!({"pipeline": "sales", "from": "won", "to": "won", "to_pipeline": "rentals"});
    assert_eq!(
        admin(&crm, "last", "stage.merge", last).unwrap_err().code(),
        Code::InvalidValue,
        "a pipeline keeps a won stage"
    );
    let moves = json!({"pipeline": "sales", "stage": "new", "to_pipeline": "rentals", "to_stage": "offer"});
    assert_eq!(admin(&crm, "move", "pipeline.move_deals", moves).unwrap()["moved"], 3);
    admin(&crm, "delete", "pipeline.delete", json!({"code": "sales"})).unwrap();
    crm.verify(&cx(Role::Admin, "verify")).unwrap();
}

#[test]
fn closed_deals_keep_what_they_were_closed_as() {
    let crm = crm();
    let id = deal(&crm, 2, "deal", json!({"stage": "new", "probability_bp": 3500}));
    member(&crm, 3, "win", "deal.win", json!({"id": id.to_string()})).unwrap();
    let paid = json!({"pipeline": "sales", "stage": {"code": "paid", "name": "Paid", "kind": "won"}, "after": "won"});
    admin(&crm, "paid", "stage.create", paid).unwrap();
    let rename = json!({"pipeline": "sales", "code": "new", "fields": {"probability_bp": 9000, "name": "Newer"}});
    admin(&crm, "edit", "stage.edit", rename).unwrap();
    admin(&crm, "merge", "stage.merge", json!({"pipeline": "sales", "from": "won", "to": "paid"})).unwrap();
    let won = stored(&crm, id);
    assert_eq!((won.stage.as_str(), won.closed_as.as_str(), won.closed_probability_bp), ("paid", "Won", Some(3_500)));
    assert_eq!(won.closed_at, Some(at("2027-01-03T09:00:00Z")));
}

#[test]
fn a_stage_is_put_between_two_and_one_row_is_written() {
    let crm = crm();
    let order = |crm: &Crm<MemoryStore>| {
        let snapshot = crm.store().snapshot(&workspace()).unwrap();
        let all = crm_core::command::pipelines_of(&*snapshot, crm.rules(), at("2027-01-01T00:00:00Z")).unwrap();
        all.all()[0].stages().iter().map(|s| s.code.clone()).collect::<Vec<_>>().join(" ")
    };
    let call = json!({"pipeline": "sales", "stage": {"code": "call", "probability_bp": 2000}, "before": "offer"});
    assert_eq!(admin(&crm, "call", "stage.create", call).unwrap()["written"], 1);
    assert_eq!(order(&crm), "new call offer won lost");
    let last = json!({"pipeline": "sales", "stage": {"code": "sign", "probability_bp": 9000}});
    admin(&crm, "sign", "stage.create", last).unwrap();
    assert_eq!(order(&crm), "new call offer sign won lost", "behind the last open one");
    let done =
        admin(&crm, "move", "stage.edit", json!({"pipeline": "sales", "code": "sign", "before": "new"})).unwrap();
    assert_eq!((&done["written"], order(&crm).as_str()), (&json!(1), "sign new call offer won lost"));
    // Again and again into the same gap: when no number is left, all are numbered anew, and the order holds.
    for n in 0..30 {
        let code = if n % 2 == 0 { "call" } else { "offer" };
        let after = json!({"pipeline": "sales", "code": code, "after": "new"});
        admin(&crm, &format!("gap {n}"), "stage.edit", after).unwrap();
        let rest = if code == "call" { "call offer" } else { "offer call" };
        assert_eq!(order(&crm), format!("sign new {rest} won lost"));
    }
    let itself = json!({"pipeline": "sales", "code": "call", "after": "call"});
    assert_eq!(admin(&crm, "itself", "stage.edit", itself).unwrap_err().field(), Some("after"));
}

fn impact<S: Store>(crm: &Crm<S>, command: &str, body: &Json) -> Json {
    let document = json!({"workspace": "acme", "actor": {"name": "a", "role": "admin"}, "at": "2027-01-15T09:00:00Z",
        "pipeline_impact": {"command": command, "body": body, "lang": "fr"}});
    crm.query_json(document.to_string().as_bytes()).unwrap()
}

#[test]
fn the_preview_is_what_happens_and_goes_stale() {
    let crm = crm();
    let euros = |amount: &str| json!({"amount": amount, "currency": "EUR"});
    let one = deal(
        &crm,
        2,
        "one",
        json!({"stage": "offer", "value": euros("100.01"), "owner": "zoe", "close_date": "2027-03-01"}),
    );
    deal(&crm, 2, "two", json!({"stage": "offer", "value": euros("0.01"), "owner": "ann", "probability_bp": 2500}));
    deal(&crm, 2, "three", json!({"stage": "offer", "owner": "ann"}));
    deal(&crm, 2, "elsewhere", json!({"stage": "new", "value": euros("7.00")}));
    let edit = json!({"pipeline": "sales", "code": "offer", "fields": {"probability_bp": 6000}});
    let preview = impact(&crm, "stage.edit", &edit);
    assert_eq!(
        (&preview["open_deals"], &preview["without_amount"], &preview["refused"]),
        (&json!(3), &json!(1), &Json::Null)
    );
    let totals = &preview["totals"][0];
    // 100.01 at 50 %, then 60 %, and 0.01 at 25 % by hand.
    assert_eq!((&totals["exact_before"], &totals["exact_after"]), (&json!("50.007500"), &json!("60.008500")));
    assert_eq!((&totals["weighted_before"], &totals["weighted_after"]), (&json!("50.01"), &json!("60.01")));
    let told = "2 affaires ouvertes pour 100,02~EUR (pondéré~: 50,01~EUR avant, 60,01~EUR après)";
    assert_eq!(totals["text"], told.replace('~', "\u{a0}"));
    assert_eq!(preview["by_owner"].as_array().unwrap().len(), 2);
    assert_eq!(preview["by_month"][0]["month"], Json::Null);
    assert_eq!(preview["by_month"][1]["month"], "2027-03");
    // Somebody edits a deal: the plan is stale, and what was counted is counted anew.
    let date = json!({"id": one.to_string(), "fields": {"value": {"amount": "200.00", "currency": "EUR"}}});
    member(&crm, 3, "value", "deal.patch", date).unwrap();
    let with = |plan: &Json| {
        let mut body = edit.clone();
        body["plan"] = plan.clone();
        body
    };
    let error = admin(&crm, "stale", "stage.edit", with(&preview["plan"])).unwrap_err();
    assert_eq!((error.code(), code_of(&error).as_str()), (Code::Conflict, "stale_plan"));
    let preview = impact(&crm, "stage.edit", &edit);
    admin(&crm, "edit", "stage.edit", with(&preview["plan"])).unwrap();
    let after = impact(&crm, "stage.edit", &edit);
    assert_eq!(after["totals"][0]["exact_before"], preview["totals"][0]["exact_after"]);
    // The same of a merge, which is refused where the kinds differ.
    let merge = json!({"pipeline": "sales", "from": "new", "to": "offer"});
    let preview = impact(&crm, "stage.merge", &merge);
    assert_eq!((&preview["open_deals"], &preview["totals"][0]["weighted_after"]), (&json!(1), &json!("4.20")));
    let delete = impact(&crm, "stage.delete", &json!({"pipeline": "sales", "code": "offer"}));
    assert_eq!(delete["refused"]["detail"]["code"], "conflict_in_use");
    let differ = impact(&crm, "stage.merge", &json!({"pipeline": "sales", "from": "new", "to": "won"}));
    assert_eq!(differ["refused"]["code"], "invalid_value");
}

/// Somebody else's store, used in between.
struct Same<'a>(&'a MemoryStore);

impl Store for Same<'_> {
    fn snapshot(&self, workspace: &Workspace) -> Result<Box<dyn Read + '_>> {
        self.0.snapshot(workspace)
    }

    fn commit(&self, workspace: &Workspace, commit: &Commit) -> Result<Entry> {
        self.0.commit(workspace, commit)
    }
}

#[test]
fn a_stage_is_not_deleted_under_a_deal_that_arrives() {
    let inner = MemoryStore::new();
    let setup = Crm::new(inner, Rules::default());
    admin(&setup, "sales", "pipeline.create", sales()).unwrap();
    let rival = |store: &MemoryStore, _: u32| {
        let crm = Crm::new(Same(store), Rules::default());
        deal(&crm, 2, "rival", json!({"stage": "offer"}));
    };
    let store = Contended { inner: setup.into_store(), losses: AtomicU32::new(1), rival: Box::new(rival) };
    let crm = Crm::new(store, Rules::default());
    let error = admin(&crm, "delete", "stage.delete", json!({"pipeline": "sales", "code": "offer"})).unwrap_err();
    assert_eq!(code_of(&error), "conflict_in_use");
}

#[test]
fn a_deal_does_not_arrive_in_a_stage_that_goes() {
    let setup = Crm::new(MemoryStore::new(), Rules::default());
    admin(&setup, "sales", "pipeline.create", sales()).unwrap();
    let rival = |store: &MemoryStore, _: u32| {
        let crm = Crm::new(Same(store), Rules::default());
        admin(&crm, "rival", "stage.delete", json!({"pipeline": "sales", "code": "offer"})).unwrap();
    };
    let store = Contended { inner: setup.into_store(), losses: AtomicU32::new(1), rival: Box::new(rival) };
    let crm = Crm::new(store, Rules::default());
    let error = member(&crm, 2, "deal", "deal.create", json!({"fields": {"stage": "offer"}})).unwrap_err();
    assert_eq!(code_of(&error), "stage_not_in_pipeline");
}

#[test]
fn two_who_move_a_deal_conflict_and_two_who_edit_other_fields_do_not() {
    let crm = crm();
    let id = deal(&crm, 2, "deal", json!({}));
    let body = |stage: &str| json!({"id": id.to_string(), "version": 1, "stage": stage, "lost_reason": "price"});
    member(&crm, 3, "offer", "deal.move", json!({"id": id.to_string(), "version": 1, "stage": "offer"})).unwrap();
    let error = member(&crm, 3, "lost", "deal.move", body("lost")).unwrap_err();
    assert_eq!((error.code(), &error.detail().unwrap()["stage"]["theirs"]), (Code::Conflict, &json!("offer")));
    let name = json!({"name": "Toit"});
    let patch = Patch::<Deal>::new(id, name.as_object().unwrap().clone()).of_version(1);
    crm.run(&cx(Role::Member, "name"), &patch).unwrap();
    // The same move as the other's is no conflict, and nothing is written.
    member(&crm, 4, "same", "deal.move", json!({"id": id.to_string(), "version": 1, "stage": "offer"})).unwrap();
    assert_eq!(causes(&crm, id), ["create", "move"]);
}

#[test]
fn a_request_that_was_refused_does_not_use_its_id() {
    let crm = crm();
    let bad = json!({"fields": {"stage": "signed"}});
    member(&crm, 2, "k", "deal.create", bad).unwrap_err();
    member(&crm, 2, "k", "deal.create", json!({"fields": {"stage": "offer"}})).unwrap();
    assert_eq!(count(&crm, Kind::Deal), 1);
}

/// An amount in cents, whose it is, where it stands, a probability by hand.
fn worth() -> impl Strategy<Value = (Option<i64>, bool, usize, Option<i64>)> {
    (prop::option::of(0i64..1_000_000), any::<bool>(), 0usize..3, prop::option::of(0i64..=10_000))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// What the preview says of the value afterwards is what a preview says before, once it was done; and both are what
    /// a plain sum over the deals says.
    #[test]
    fn a_preview_s_after_is_the_next_one_s_before(
        deals in prop::collection::vec(worth(), 0..8), bp in 0i64..=10_000, edit in any::<bool>(),
    ) {
        let crm = crm();
        let more = json!({"pipeline": "sales", "stage": {"code": "call", "probability_bp": 2345}});
        admin(&crm, "call", "stage.create", more).unwrap();
        let (codes, chances) = (["new", "call", "offer"], [1_000, 2_345, 5_000]);
        let mut all = Vec::new();
        for (n, (minor, euro, stage, by_hand)) in deals.iter().enumerate() {
            let currency = if *euro { "EUR" } else { "USD" };
            let amount = |m: i64| json!({"amount": format!("{}.{:02}", m / 100, m % 100), "currency": currency});
            let fields = json!({"stage": codes[*stage], "value": minor.map(amount), "probability_bp": by_hand, "close_date": "2027-03-01"});
            all.push((deal(&crm, 2, &format!("deal {n}"), fields), *minor, currency, *stage, *by_hand));
        }
        let (name, body) = if edit {
            ("stage.edit", json!({"pipeline": "sales", "code": "call", "fields": {"probability_bp": bp}}))
        } else {
            ("stage.merge", json!({"pipeline": "sales", "from": "call", "to": "offer"}))
        };
        let preview = impact(&crm, name, &body);
        for currency in ["EUR", "USD"] {
            let of = |chance: i64| -> i64 {
                let here = all.iter().filter(|(_, _, c, stage, _)| *c == currency && *stage == 1);
                here.map(|(_, minor, _, _, by_hand)| minor.unwrap_or(0) * by_hand.unwrap_or(chance)).sum()
            };
            let text = |exact: i64| format!("{}.{:06}", exact / 1_000_000, exact % 1_000_000);
            let row = preview["totals"].as_array().unwrap().iter().find(|t| t["currency"] == currency);
            if let Some(row) = row {
                prop_assert_eq!(&row["exact_before"], &json!(text(of(chances[1]))));
                prop_assert_eq!(&row["exact_after"], &json!(text(of(if edit { bp } else { chances[2] }))));
            } else {
                prop_assert_eq!(of(1), 0);
            }
        }
        let mut planned = body.clone();
        planned["plan"] = preview["plan"].clone();
        let done = admin(&crm, "done", name, planned).unwrap();
        if edit {
            let again = impact(&crm, name, &body);
            let before = |json: &Json, key: &str| json["totals"].as_array().unwrap().iter().map(|t| t[key].clone()).collect::<Vec<_>>();
            prop_assert_eq!(before(&again, "exact_before"), before(&preview, "exact_after"));
        } else {
            prop_assert_eq!(done["moved"].as_u64(), Some(all.iter().filter(|d| d.3 == 1).count() as u64));
            for (id, .., by_hand) in all.iter().filter(|d| d.3 == 1) {
                let now = stored(&crm, *id);
                prop_assert_eq!((now.stage.as_str(), now.probability_bp), ("offer", *by_hand));
            }
        }
    }
}

/// What happens to a deal in the properties below.
fn step() -> impl Strategy<Value = (u8, u8)> {
    (0u8..8, 0u8..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The last revision says what is stored, the spans have no gap and end where the deal stands, and no stay is
    /// longer than it was.
    #[test]
    fn revisions_replay_to_what_is_stored(steps in prop::collection::vec(step(), 0..12)) {
        let crm = crm();
        let id = deal(&crm, 1, "deal", json!({"close_date": "2027-05-01"}));
        let key = id.to_string();
        for (n, (what, day)) in steps.into_iter().enumerate() {
            let name = format!("step {n}");
            // Days may run backwards: the clock of another machine.
            let day = u32::from(day) + 1;
            let _ = match what {
                0 => member(&crm, day, &name, "deal.move", json!({"id": key, "stage": "new"})),
                1 => member(&crm, day, &name, "deal.move", json!({"id": key, "stage": "offer"})),
                2 => member(&crm, day, &name, "deal.win", json!({"id": key})),
                3 => member(&crm, day, &name, "deal.lose", json!({"id": key, "lost_reason": "price"})),
                4 => member(&crm, day, &name, "deal.reopen", json!({"id": key})),
                5 => member(&crm, day, &name, "deal.patch", json!({"id": key, "fields": {"probability_bp": 100 * day}})),
                6 => member(&crm, day, &name, "deal.archive", json!({"id": key})),
                _ => member(&crm, day, &name, "deal.restore", json!({"id": key})),
            };
        }
        let row = crm.get::<Deal>(&cx(Role::Member, "read"), id).unwrap().unwrap();
        let found = revisions(&crm, id);
        let last = found.last().unwrap();
        let deal = &row.body;
        prop_assert_eq!((&last.pipeline, &last.stage, last.stage_entered_at, last.state), (&deal.pipeline, &deal.stage, deal.stage_entered_at, deal.state));
        prop_assert_eq!((last.probability_bp, last.closed_at, last.archived), (deal.probability_bp, deal.closed_at, Some(row.archived_at.is_some())));
        let spans = Spans::new(found.iter().filter_map(SpanStep::of));
        let current = spans.current().unwrap();
        prop_assert_eq!((&current.stage, Some(current.entered_at)), (&deal.stage, deal.stage_entered_at));
        for pair in spans.all().windows(2) {
            prop_assert_eq!(pair[0].left_at, Some(pair[1].entered_at));
            prop_assert!(pair[0].entered_at <= pair[1].entered_at);
        }
        let now: Instant = at("2027-02-01T09:00:00Z");
        let total: i64 = spans.totals(now).values().map(|t| t.num_microseconds().unwrap()).sum();
        prop_assert_eq!(total, (now - at("2027-01-01T09:00:00Z")).num_microseconds().unwrap());
        crm.verify(&cx(Role::Admin, "verify")).unwrap();
    }
}

#[test]
fn a_stage_s_row_has_what_its_json_says() {
    let crm = crm();
    let stage = crm.get::<Stage>(&cx(Role::Member, "read"), Stage::id_of("sales", "offer")).unwrap().unwrap().body;
    assert_eq!((stage.probability_bp, stage.name_fr.as_str()), (Some(5_000), "Offer"));
    assert_eq!(stage.exit_requires, ["close_date"]);
}

#[test]
fn a_conversion_puts_its_deal_in_the_first_open_stage_and_can_be_taken_back() {
    let crm = crm();
    let lead = member(&crm, 2, "lead", "lead.create", json!({"fields": {"company": "Rénov'Ouest"}})).unwrap();
    let done = member(&crm, 3, "convert", "lead.convert", json!({"id": lead["id"]})).unwrap();
    let id: Id = done["deal"].as_str().unwrap().parse().unwrap();
    let made = stored(&crm, id);
    assert_eq!((made.pipeline.as_str(), made.stage.as_str(), made.state), ("sales", "new", Some(StageKind::Open)));
    let back = json!({"conversion": Id::from_text("convert").to_string()});
    // A move since stands in the way, the deal's own revision does not.
    member(&crm, 4, "move", "deal.move", json!({"id": id.to_string(), "stage": "offer"})).unwrap();
    assert_eq!(member(&crm, 5, "blocked", "lead.unconvert", back.clone()).unwrap_err().code(), Code::Conflict);
    let lead = member(&crm, 2, "lead 2", "lead.create", json!({"fields": {"company": "Toits du Nord"}})).unwrap();
    let done = member(&crm, 3, "convert 2", "lead.convert", json!({"id": lead["id"]})).unwrap();
    let id: Id = done["deal"].as_str().unwrap().parse().unwrap();
    let back = json!({"conversion": Id::from_text("convert 2").to_string()});
    member(&crm, 5, "back", "lead.unconvert", back).unwrap();
    assert_eq!(causes(&crm, id), ["create", "archive"]);
    // A configuration that names a stage which is not there is told so.
    let rules = Rules::from_json(&json!({"conversion": {"deal": {"stage": "signed"}}})).unwrap();
    let crm = Crm::new(crm.into_store(), rules);
    let error = member(&crm, 6, "convert 3", "lead.convert", json!({"id": lead["id"]})).unwrap_err();
    assert_eq!(code_of(&error), "stage_not_in_pipeline");
    crm.verify(&cx(Role::Admin, "verify")).unwrap();
}

#[test]
fn a_deal_that_is_won_closes_on_that_day_unless_somebody_tells_of_another() {
    use super::forecast_commands::{Desk, euro, quarter};
    let desk = Desk::new();
    let stages = json!([{"code": "new", "probability_bp": 2000}, {"code": "won", "kind": "won"}, {"code": "lost", "kind": "lost"}]);
    desk.admin("2026-09-01T00:00:00Z", "pipeline.create", json!({"code": "sales", "stages": stages}));
    let deal = || desk.deal("2026-09-02T00:00:00Z", json!({"value": euro("100.00"), "close_date": "2027-01-15"}));
    let (early, told) = (deal(), deal());
    desk.admin("2026-12-20T10:00:00Z", "deal.win", json!({"id": early}));
    let fields = json!({"stage": "won", "close_date": "2026-12-18"});
    desk.admin("2026-12-20T10:00:00Z", "deal.patch", json!({"id": told, "fields": fields}));
    let day = |id: &str| {
        let row = desk.asked("2026-12-21T00:00:00Z", "get", json!({"record": "deal", "id": id}));
        row["row"]["close_date"].as_str().unwrap().to_owned()
    };
    assert_eq!((day(&early).as_str(), day(&told).as_str()), ("2026-12-20", "2026-12-18"));
    // A move into its own pipeline is none, and opens nothing again.
    desk.admin("2026-12-20T11:00:00Z", "deal.move", json!({"id": early, "pipeline": "sales"}));
    // The report and the forecast count both in the same quarter.
    let asked = json!({"periods": quarter(), "currency": "EUR"});
    let forecast = desk.asked("2026-12-21T00:00:00Z", "forecast", asked);
    let window = json!({"fixed": {"from": "2026-10-01", "to": "2027-01-01"}});
    let dashboard = desk.asked("2026-12-21T00:00:00Z", "dashboard", json!({"window": window, "currency": "EUR"}));
    assert_eq!(forecast["total"]["categories"]["closed"]["amount"], "200.00");
    assert_eq!(dashboard["won"]["value"], "200.00", "{dashboard:#}");
}
