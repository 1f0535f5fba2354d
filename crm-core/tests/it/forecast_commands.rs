//! Exchange rates, quotas, adjustments, splits and snapshots as commands: what they keep and what they refuse.

use crm_core::command::{self, Role};
use crm_core::model::{Adjustment, AnyRecord, Kind, Snapshot};
use crm_core::rules::Rules;
use crm_core::store::{MemoryStore, Store};
use crm_core::{Crm, Error, Id, Result};
use serde_json::{Value as Json, json};

use crate::support::{at, cx};

/// A store that is told everything in JSON, as a host does.
pub struct Desk<S> {
    pub crm: Crm<S>,
    told: std::cell::Cell<u32>,
}

impl Desk<MemoryStore> {
    pub fn new() -> Self {
        Self::on(MemoryStore::new())
    }
}

impl<S: Store> Desk<S> {
    /// A desk of a workspace with its own configuration.
    pub fn ruled(store: S, rules: &Json) -> Self {
        Desk { crm: Crm::new(store, Rules::from_json(rules).unwrap()), told: std::cell::Cell::new(0) }
    }

    pub fn on(store: S) -> Self {
        Desk { crm: Crm::new(store, Rules::default()), told: std::cell::Cell::new(0) }
    }

    /// Carries out a command of somebody at an instant.
    pub fn run(&self, who: (&str, Role), when: &str, name: &str, body: Json) -> Result<Json> {
        let id = self.told.replace(self.told.get() + 1);
        let mut ctx = cx(who.1, &format!("command {id}"));
        ctx.actor = crm_core::command::Actor::new(who.0, who.1).unwrap();
        ctx.at = at(when);
        let command = command::parse(name, &body, self.crm.rules())?;
        self.crm.run_any(&ctx, &*command)?.done()
    }

    pub fn admin(&self, when: &str, name: &str, body: Json) -> Json {
        self.run(("root", Role::Admin), when, name, body.clone()).unwrap_or_else(|e| panic!("{name} {body}: {e}"))
    }

    pub fn ask(&self, who: (&str, Role), when: &str, name: &str, body: Json) -> Result<Json> {
        let document =
            json!({"workspace": "acme", "actor": {"name": who.0, "role": who.1.name()}, "at": when, name: body});
        self.crm.query_json(document.to_string().as_bytes())
    }

    pub fn asked(&self, when: &str, name: &str, body: Json) -> Json {
        self.ask(("root", Role::Admin), when, name, body.clone()).unwrap_or_else(|e| panic!("{name} {body}: {e}"))
    }

    pub fn deal(&self, when: &str, fields: Json) -> String {
        self.admin(when, "deal.create", json!({"fields": fields}))["id"].as_str().unwrap().to_owned()
    }

    fn rows(&self, kind: Kind) -> Vec<AnyRecord> {
        let page = self.crm.query(&cx(Role::Admin, "rows"), &crm_core::engine::Find::all(kind)).unwrap();
        page.rows.into_iter().map(|row| row.body).collect()
    }
}

pub fn euro(amount: &str) -> Json {
    json!({"amount": amount, "currency": "EUR"})
}

pub fn quarter() -> Json {
    json!({"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"})
}

const DAY: &str = "2026-10-05T09:00:00Z";
const NEXT: &str = "2026-10-06T09:00:00Z";

fn told(error: &Error) -> (&'static str, &str) {
    (error.code().name(), error.field().unwrap_or_default())
}

fn open(name: &str, owner: &str, amount: &str) -> Json {
    json!({"name": name, "owner": owner, "value": euro(amount), "close_date": "2026-11-15", "probability_bp": 5000,
           "category": "commit"})
}

#[test]
fn a_rate_is_added_and_the_latest_stands() {
    let desk = Desk::new();
    let rate = |day: &str, rate: &str| json!({"from": "USD", "to": "EUR", "valid_from": day, "rate": rate});
    let dollars = json!({"amount": "100.00", "currency": "USD"});
    desk.deal(DAY, json!({"name": "d", "value": dollars, "close_date": "2026-11-15", "probability_bp": 5000}));
    let forecast = |when: &str| {
        desk.asked("2026-12-01T00:00:00Z", "forecast", json!({"currency": "EUR", "periods": quarter(), "as_of": when}))
    };
    assert_eq!(forecast(DAY)["excluded"][0]["code"], "no_rate");
    let body = json!({"rates": [rate("2026-01-01", "0.9"), rate("2026-11-01", "0.92")]});
    desk.admin(DAY, "exchange_rate.set", body);
    desk.admin(NEXT, "exchange_rate.set", json!({"rates": [rate("2026-11-01", "0.95")]}));
    let open = |when: &str| forecast(when)["periods"][0]["open"]["amount"].clone();
    assert_eq!((open(DAY), open(NEXT)), ("92.00".into(), "95.00".into()));
    assert_eq!(desk.rows(Kind::ExchangeRate).len(), 3);
    // The same instant says it anew.
    desk.admin(NEXT, "exchange_rate.set", json!({"rates": [rate("2026-11-01", "0.96")]}));
    assert_eq!((open(NEXT), desk.rows(Kind::ExchangeRate).len()), ("96.00".into(), 3));

    let refused = |who: Role, rates: Json| {
        let error = desk.run(("x", who), NEXT, "exchange_rate.set", json!({"rates": rates})).unwrap_err();
        (error.code().name(), error.field().unwrap_or_default().to_owned())
    };
    let manager = Role::Manager;
    for (rates, code, field) in [
        (json!([rate("2026-01-01", "0")]), "invalid_value", "rates[0].rate"),
        (json!([rate("2026-01-01", "-1")]), "invalid_value", "rates[0].rate"),
        (json!([rate("2026-01-01", "1e3")]), "invalid_value", "rates[0].rate"),
        (json!([rate("2026-01-01", "1,1")]), "invalid_value", "rates[0].rate"),
        (json!([rate("2026-01-01", "0.0000000001")]), "invalid_value", "rates[0].rate"),
        (json!([rate("10000-01-01", "1")]), "invalid_value", "rates[0].valid_from"),
        (json!([rate("2026-01-01", "1"), rate("2026-01-01", "2")]), "invalid_rules", "rates[1]"),
        (
            json!([{"from": "USD", "to": "XYZ", "valid_from": "2026-01-01", "rate": "1"}]),
            "invalid_value",
            "rates[0].to",
        ),
        (
            json!([{"from": "USD", "to": "USD", "valid_from": "2026-01-01", "rate": "1"}]),
            "invalid_rules",
            "rates[0].to",
        ),
    ] {
        assert_eq!(refused(manager, rates.clone()), (code, field.to_owned()), "{rates}");
    }
    for role in [Role::Member, Role::Viewer, Role::Agent] {
        assert_eq!(refused(role, json!([rate("2026-02-01", "1")])).0, "forbidden");
    }
    assert_eq!(desk.rows(Kind::ExchangeRate).len(), 3);
}

#[test]
fn a_quota_keeps_its_days_and_is_never_negative() {
    let desk = Desk::new();
    let period = json!({"start": "2026-10-01", "end": "2027-01-01"});
    let quota = |amount: &str| json!({"owner": "marie", "period": period, "amount": euro(amount)});
    desk.admin(DAY, "quota.set", quota("1000.00"));
    desk.admin(NEXT, "quota.set", quota("0"));
    assert_eq!(desk.rows(Kind::Quota).len(), 2);
    let of = |when: &str| {
        let body = json!({"currency": "EUR", "periods": quarter(), "view": "manager", "as_of": when});
        let answer = desk.asked("2026-12-01T00:00:00Z", "forecast", body);
        answer.to_string().contains("\"1000.00\"")
    };
    desk.admin(DAY, "employee.create", json!({"fields": {"user": "marie"}}));
    assert!(of(DAY) && !of(NEXT));
    let refused = |body: Json| {
        let error = desk.run(("root", Role::Admin), NEXT, "quota.set", body).unwrap_err();
        (error.code().name(), error.field().unwrap_or_default().to_owned())
    };
    assert_eq!(refused(quota("-0.01")), ("invalid_value", "amount".into()));
    let backwards = json!({"period": {"start": "2027-01-01", "end": "2027-01-01"}, "amount": euro("1")});
    assert_eq!(refused(backwards), ("invalid_rules", "period.end".into()));
    let error = desk.run(("marie", Role::Member), NEXT, "quota.set", quota("1")).unwrap_err();
    assert_eq!(told(&error), ("forbidden", ""));
}

#[test]
fn shares_replace_the_former_and_add_up() {
    let desk = Desk::new();
    let id = desk.deal(DAY, open("d", "marie", "100.01"));
    let share = |owner: &str, share_bp: i64| json!({"owner": owner, "share_bp": share_bp});
    let split = |when: &str, shares: Json| {
        desk.run(("marie", Role::Member), when, "deal.split", json!({"deal": id, "shares": shares}))
    };
    split(DAY, json!([share("marie", 5_000), share("paul", 5_000)])).unwrap();
    split(NEXT, json!([share("paul", 2_500), share("anne", 7_500)])).unwrap();
    let stored = || {
        let rows = desk.rows(Kind::DealSplit).into_iter();
        let mut shares: Vec<(String, i64)> = rows
            .map(|row| match row {
                AnyRecord::DealSplit(split) => (split.owner, split.share_bp.unwrap()),
                other => panic!("{other:?}"),
            })
            .collect();
        shares.sort();
        shares
    };
    assert_eq!(stored(), [("anne".to_owned(), 7_500), ("paul".to_owned(), 2_500)]);
    // Of then and of now, whoever asks when: the odd cent is the first one's.
    let amount = |when: &str, owner: &str| {
        let body = json!({"currency": "EUR", "periods": quarter(), "as_of": when, "filters": {"owners": [owner]}});
        desk.asked("2026-12-01T00:00:00Z", "forecast", body)["periods"][0]["open"]["amount"].clone()
    };
    assert_eq!((amount(DAY, "marie"), amount(DAY, "paul")), ("50.01".into(), "50.00".into()));
    assert_eq!((amount(NEXT, "marie"), amount(NEXT, "paul")), ("0.00".into(), "25.00".into()));
    // One comes back, and in the end the deal is the owner's alone.
    split(NEXT, json!([share("marie", 10_000)])).unwrap();
    assert_eq!(stored(), [("marie".to_owned(), 10_000)]);
    split(NEXT, json!([])).unwrap();
    assert_eq!(stored(), []);

    for (shares, code, field) in [
        (json!([share("a", 5_000), share("a", 5_000)]), "invalid_rules", "shares[1].owner"),
        (json!([share("a", 5_000), share("b", 4_999)]), "invalid_value", "shares"),
        (json!([share("a", 10_001)]), "invalid_value", "shares[0].share_bp"),
        (json!([share("a", 10_001), share("b", -1)]), "invalid_value", "shares[0].share_bp"),
        (json!([share("", 10_000)]), "missing", "shares[0]"),
    ] {
        assert_eq!(told(&split(NEXT, shares.clone()).unwrap_err()), (code, field), "{shares}");
    }
    let missing = json!({"deal": Id::from_text("nothing").to_string(), "shares": [share("a", 10_000)]});
    let error = desk.run(("marie", Role::Member), NEXT, "deal.split", missing).unwrap_err();
    assert_eq!(told(&error), ("not_found", "deal"));
    desk.admin(NEXT, "deal.archive", json!({"id": id}));
    assert_eq!(told(&split(NEXT, json!([share("a", 10_000)])).unwrap_err()), ("wrong_state", "deal"));
    let error = desk.run(("vera", Role::Viewer), NEXT, "deal.split", json!({"deal": id, "shares": []})).unwrap_err();
    assert_eq!(told(&error).0, "forbidden");
}

fn team(desk: &Desk<MemoryStore>) {
    for (user, manager) in [("marie", "anne"), ("paul", "anne"), ("anne", "zoe"), ("zoe", "")] {
        desk.admin(DAY, "employee.create", json!({"fields": {"user": user, "manager": manager}}));
    }
}

fn adjust(owner: &str, layer: &str, amount: &str) -> Json {
    json!({"owner": owner, "layer": layer, "period": {"start": "2026-10-01", "end": "2027-01-01"}, "category": "commit",
           "amount": euro(amount), "note": "je le sais"})
}

#[test]
fn layers_are_said_by_whom_they_belong_to() {
    let desk = Desk::new();
    team(&desk);
    desk.deal(DAY, open("a", "marie", "100.00"));
    desk.deal(DAY, open("b", "paul", "30.00"));
    desk.deal(DAY, open("c", "anne", "7.00"));
    let say = |who: &str, role: Role, body: Json| desk.run((who, role), NEXT, "adjustment.set", body);
    // Own: the person alone, whatever their role.
    say("marie", Role::Member, adjust("marie", "own", "110.00")).unwrap();
    for (who, role) in [("paul", Role::Member), ("anne", Role::Manager), ("root", Role::Owner)] {
        assert_eq!(told(&say(who, role, adjust("marie", "own", "1")).unwrap_err()), ("forbidden", "layer"));
    }
    // A manager's: who leads the person, directly or not, and who leads the workspace.
    let given = say("anne", Role::Member, adjust("marie", "manager", "120.00")).unwrap();
    say("zoe", Role::Member, adjust("paul", "manager", "40.00")).unwrap();
    say("zoe", Role::Member, adjust("anne", "manager", "200.00")).unwrap();
    for (who, owner) in [("paul", "marie"), ("marie", "marie"), ("marie", "anne"), ("stranger", "marie")] {
        let error = say(who, Role::Member, adjust(owner, "manager", "1")).unwrap_err();
        assert_eq!(told(&error), ("forbidden", "layer"), "{who} of {owner}");
    }
    // What the deals came to is kept: the person's, and of who leads also the reports'.
    let said: Vec<Adjustment> = desk
        .rows(Kind::Adjustment)
        .into_iter()
        .map(|row| match row {
            AnyRecord::Adjustment(said) => *said,
            other => panic!("{other:?}"),
        })
        .collect();
    let base = |owner: &str| said.iter().find(|s| s.owner == owner).unwrap().base.unwrap().amount_text();
    assert_eq!((base("marie"), base("paul"), base("anne")), ("100.00".into(), "30.00".into(), "137.00".into()));

    // No deal changed; the person does not see what the manager said.
    let ask = |who: &str, role: Role| {
        let body =
            json!({"currency": "EUR", "periods": quarter(), "view": "manager", "filters": {"owners": ["marie"]}});
        desk.ask((who, role), NEXT, "forecast", body).unwrap().to_string()
    };
    assert!(ask("marie", Role::Member).contains("110.00") && !ask("marie", Role::Member).contains("120.00"));
    assert!(ask("anne", Role::Member).contains("120.00") && ask("root", Role::Admin).contains("120.00"));
    let spy = json!({"currency": "EUR", "periods": quarter(), "viewer": "anne"});
    assert_eq!(
        told(&desk.ask(("marie", Role::Member), NEXT, "forecast", spy).unwrap_err()),
        ("forbidden", "forecast.viewer")
    );

    // Taken back: by whom it belongs to, and then what was said before stands again.
    let later = "2026-10-07T09:00:00Z";
    let revoke = json!({"id": given["id"]});
    let error = desk.run(("marie", Role::Member), later, "adjustment.revoke", revoke.clone()).unwrap_err();
    // Who does not see it cannot take it back, nor learn that it is there.
    assert_eq!(told(&error), ("not_found", ""));
    desk.run(("anne", Role::Member), later, "adjustment.revoke", revoke.clone()).unwrap();
    desk.run(("anne", Role::Member), later, "adjustment.revoke", revoke).unwrap();
    let body = json!({"currency": "EUR", "periods": quarter(), "view": "manager"});
    let after = desk.ask(("anne", Role::Member), later, "forecast", body.clone()).unwrap().to_string();
    assert!(!after.contains("120.00") && after.contains("110.00"));
    let mut before = body;
    before["as_of"] = NEXT.into();
    assert!(desk.ask(("anne", Role::Member), later, "forecast", before).unwrap().to_string().contains("120.00"));
}

#[test]
fn what_nobody_can_mean_is_not_adjusted() {
    let desk = Desk::new();
    team(&desk);
    let mut cases = Vec::new();
    let mut with = |key: &str, value: Json, code: &'static str, field: &'static str| {
        let mut body = adjust("marie", "own", "1.00");
        body[key] = value;
        cases.push((body, code, field));
    };
    with("note", "é".repeat(501).into(), "too_large", "note");
    with("category", "omitted".into(), "invalid_value", "category");
    with("layer", "mine".into(), "invalid_value", "layer");
    with("owner", "".into(), "missing", "");
    with("amount", json!({"amount": "1.001", "currency": "EUR"}), "invalid_value", "amount.amount");
    with("period", json!({"start": "2026-10-01", "end": "2026-09-01"}), "invalid_rules", "period.end");
    with("by", "me".into(), "unknown_field", "");
    for (body, code, field) in cases {
        let error = desk.run(("marie", Role::Member), NEXT, "adjustment.set", body.clone()).unwrap_err();
        assert_eq!(told(&error), (code, field), "{body}");
    }
    let mut long = adjust("marie", "own", "1.00");
    long["note"] = "é".repeat(500).into();
    desk.run(("marie", Role::Member), NEXT, "adjustment.set", long).unwrap();
    let error = desk.run(("bot", Role::Agent), NEXT, "adjustment.set", adjust("bot", "own", "1")).unwrap_err();
    assert_eq!(told(&error).0, "forbidden");

    // People who lead each other, and one person twice: nobody can say so.
    let root = ("root", Role::Admin);
    let twice = desk.run(root, NEXT, "employee.create", json!({"fields": {"user": "Marie"}})).unwrap_err();
    assert_eq!(told(&twice), ("already_exists", "user"));
    for (user, manager) in [("a", "b"), ("b", "c")] {
        desk.admin(DAY, "employee.create", json!({"fields": {"user": user, "manager": manager}}));
    }
    let circle = json!({"fields": {"user": "c", "manager": "a"}});
    let circle = desk.run(root, NEXT, "employee.create", circle).unwrap_err();
    assert_eq!(told(&circle), ("invalid_value", "manager"));
}

#[test]
fn a_snapshot_is_proven_later() {
    let desk = Desk::new();
    let id = desk.deal(DAY, open("a", "marie", "100.00"));
    desk.deal(DAY, json!({"name": "b", "category": "best_case"}));
    desk.admin(
        DAY,
        "exchange_rate.set",
        json!({"rates": [{"from": "USD", "to": "EUR", "valid_from": "2026-01-01", "rate": "0.9"}]}),
    );
    let taken =
        desk.run(("bot", Role::Agent), NEXT, "snapshot.take", json!({"name": "S41", "currency": "EUR"})).unwrap();
    assert_eq!((&taken["deals"], &taken["known_seq"]), (&json!(2), &json!(3)));
    assert_eq!(taken["totals"]["categories"]["commit"], json!({"deals": 1, "amount": "100.00"}));
    assert_eq!(taken["totals"]["excluded"], 1);
    let AnyRecord::Snapshot(stored) = desk.rows(Kind::Snapshot).remove(0) else { panic!() };
    let Snapshot { rates, .. } = *stored;
    assert_eq!(rates, r#"[{"from":"USD","rate":"0.9","to":"EUR","valid_from":"2026-01-01"}]"#);
    // Everything changes: in time, and then for a day that was over.
    let money = json!({"id": id, "fields": {"value": euro("150.00")}});
    desk.admin("2026-10-20T09:00:00Z", "deal.patch", money);
    let owner = json!({"id": id, "fields": {"owner": "paul"}});
    desk.admin("2026-10-06T08:00:00Z", "deal.patch", owner);
    let late = desk.deal("2026-10-06T08:00:00Z", open("late", "paul", "1000.00"));
    let shown = desk.asked("2026-12-01T00:00:00Z", "snapshots", json!({"id": taken["id"]}));
    assert_eq!((&shown["replayed"]["verified"], &shown["rows_digest"]), (&json!(true), &taken["rows_digest"]));
    let restated = shown["replayed"]["restated_since"].as_array().unwrap();
    let commands: Vec<&str> = restated.iter().map(|r| r["command"].as_str().unwrap()).collect();
    assert_eq!(commands, ["deal.patch", "deal.create"]);
    assert_eq!(restated[1]["records"], json!([{"record": "deal", "id": late}]));
    // Of the instant, what came late counts; of the snapshot it does not.
    let commit = |as_of: Json| {
        let body = json!({"currency": "EUR", "periods": quarter(), "as_of": as_of});
        desk.asked("2026-12-01T00:00:00Z", "forecast", body)["periods"][0]["open"]["amount"].clone()
    };
    assert_eq!(commit(taken["id"].clone()), "100.00");
    // Nor does what was given for a later day.
    assert_eq!(commit(NEXT.into()), "1100.00");
    assert_eq!(desk.asked("2026-12-01T00:00:00Z", "snapshots", json!({}))["snapshots"].as_array().unwrap().len(), 1);

    let waterfall = json!({"from": taken["id"], "to": "2026-11-01T00:00:00Z", "lang": "fr"});
    let waterfall = desk.asked("2026-12-01T00:00:00Z", "waterfall", waterfall);
    assert_eq!((&waterfall["start"], &waterfall["end"]), (&json!("100.00"), &json!("1150.00")));
    assert_eq!(waterfall["buckets"]["increased"]["amount"], "50.00");
    // It was not known then, whatever instant it was given for.
    assert_eq!(waterfall["buckets"]["new"]["amount"], "1000.00");
    assert_eq!((&waterfall["unexplained"], &waterfall["moments"]["from"]["verified"]), (&json!("0.00"), &json!(true)));

    for (name, body, code) in [
        ("waterfall", json!({"from": "yesterday", "currency": "EUR"}), "invalid_json"),
        ("waterfall", json!({"from": Id::from_text("no").to_string()}), "not_found"),
        ("waterfall", json!({"from": DAY}), "missing"),
        ("waterfall", json!({"from": NEXT, "to": DAY, "currency": "EUR"}), "invalid_rules"),
        ("snapshots", json!({"limit": 0}), "invalid_value"),
        ("snapshots", json!({"limit": 1001}), "invalid_value"),
        ("forecast", json!({"currency": "EUR"}), "missing"),
        ("forecast", json!({"currency": "EUR", "periods": quarter(), "tree": "then"}), "invalid_value"),
        ("forecast", json!({"currency": "EUR", "periods": quarter(), "deals": []}), "unknown_field"),
    ] {
        let error = desk.ask(("root", Role::Admin), NEXT, name, body.clone()).unwrap_err();
        assert_eq!(error.code().name(), code, "{name} {body}: {error}");
    }
    for (name, currency, field) in [("", "EUR", ""), ("x", "EURO", "currency"), (&*"x".repeat(201), "EUR", "name")] {
        let body = json!({"name": name, "currency": currency});
        assert_eq!(told(&desk.run(("root", Role::Admin), NEXT, "snapshot.take", body).unwrap_err()).1, field);
    }
    let error =
        desk.run(("v", Role::Viewer), NEXT, "snapshot.take", json!({"name": "x", "currency": "EUR"})).unwrap_err();
    assert_eq!(told(&error).0, "forbidden");
}

#[test]
fn nobody_reads_what_a_manager_says_of_them() {
    let desk = Desk::new();
    for (user, manager) in [("anne", ""), ("marie", "anne"), ("paul", "marie")] {
        desk.admin(DAY, "employee.create", json!({"fields": {"full_name": user, "user": user, "manager": manager}}));
    }
    let said = |owner: &str, layer: &str, amount: &str| {
        json!({"owner": owner, "layer": layer, "period": {"start": "2026-10-01", "end": "2027-01-01"},
               "category": "commit", "amount": euro(amount)})
    };
    let member = |name: &'static str| (name, Role::Member);
    desk.run(member("paul"), NEXT, "adjustment.set", said("paul", "own", "90.00")).unwrap();
    desk.run(member("marie"), NEXT, "adjustment.set", said("paul", "manager", "50.00")).unwrap();
    let told = desk.run(("boss", Role::Manager), NEXT, "adjustment.set", said("marie", "manager", "40.00")).unwrap();
    let amounts = |who: (&str, Role)| {
        let rows = desk.ask(who, NEXT, "find", json!({"record": "adjustment"})).unwrap();
        let count = desk.ask(who, NEXT, "find", json!({"record": "adjustment", "count": true})).unwrap();
        let rows = rows["rows"].as_array().unwrap();
        assert_eq!(count["count"], rows.len());
        let mut all: Vec<_> = rows.iter().map(|row| row["amount"]["amount"].clone()).collect();
        all.sort_by_key(Json::to_string);
        all
    };
    assert_eq!(amounts(member("paul")), ["90.00"]);
    assert_eq!(amounts(member("marie")), ["50.00", "90.00"]);
    assert_eq!(amounts(member("anne")), ["40.00", "50.00", "90.00"]);
    assert_eq!(amounts(("boss", Role::Manager)), ["40.00", "50.00", "90.00"]);
    assert_eq!(amounts(("bot", Role::Agent)), ["90.00"]);
    let get = |who| desk.ask(who, NEXT, "get", json!({"record": "adjustment", "id": told["id"]})).unwrap();
    assert_eq!(get(member("marie"))["row"], Json::Null);
    assert!(get(member("anne"))["row"].is_object());
}
