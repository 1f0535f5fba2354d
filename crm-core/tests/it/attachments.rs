//! Files on records: golden cases, what a policy refuses, who still has a file, and a slow counter of links.

use crm_core::Crm;
use crm_core::command::Role;
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::activities::{id, run, run_as, run_at};
use super::golden;

const NUMBERS: &[golden::Number] = &[
    ("one of two links goes", "/links", "1"),
    ("one of two links goes", "/blob", r#""kept""#),
    ("the last link goes", "/links", "0"),
    ("the last link goes", "/blob", r#""tombstoned""#),
    ("the last link goes at an instant", "/deletable_at", r#""2026-12-22T09:00:00Z""#),
    ("all three links go", "/blob", r#""tombstoned""#),
    ("two of three links go", "/links", "1"),
    ("nothing is left to go", "/deletable_at", r#""2026-11-25T09:00:00Z""#),
    ("a link within the grace brings it back", "/blob", r#""kept""#),
    ("a grace of none", "/deletable_at", r#""2026-11-22T09:00:00Z""#),
    ("copied, and the original gives it away", "/links", "1"),
    ("given away by both, and taken again", "/blob", r#""kept""#),
    ("the grace begins with the last link", "/deletable_at", r#""2026-11-10T09:00:00Z""#),
    ("deleted after the grace", "/blob", r#""deleted""#),
    ("nobody ever had it", "/blob", r#""tombstoned""#),
    ("a good file", "/ok", "true"),
    ("everything wrong with a file", "/problems/0/field", r#""name""#),
    ("everything wrong with a file", "/problems/1/field", r#""media_type""#),
    ("everything wrong with a file", "/problems/2/field", r#""size_bytes""#),
    ("everything wrong with a file", "/problems/3/field", r#""sha256""#),
    ("a name that hides its end", "/problems/0/code", r#""invalid_text""#),
    ("a type that is not taken", "/problems/0/field", r#""media_type""#),
    ("a family that is taken", "/ok", "true"),
];

#[test]
fn numbers_worked_out_by_hand_hold() {
    golden::holds("attachment", NUMBERS);
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    let load = |part: Json| {
        let e = Rules::from_json(&json!({"attachments": part})).unwrap_err();
        format!("{} {}", e.code().name(), e.field().unwrap_or("-"))
    };
    assert_eq!(load(json!({"grace_days": -1})), "invalid_value attachments.grace_days");
    assert_eq!(load(json!({"grace_days": 4000})), "invalid_value attachments.grace_days");
    assert_eq!(load(json!({"most_bytes": 0})), "invalid_value attachments.most_bytes");
    assert_eq!(load(json!({"media_types": ["pdf"]})), "invalid_json attachments.media_types[0]");
    assert_eq!(load(json!({"media_types": ["a/b c"]})), "invalid_json attachments.media_types[0]");
    assert_eq!(load(json!({"days": 1})), "unknown_field attachments");
    let door = |input: Json| {
        let e = Rules::default().eval("attachment", &input).unwrap_err();
        format!("{} {}", e.code().name(), e.field().unwrap_or("-"))
    };
    let at = "2026-11-22T09:00:00Z";
    assert_eq!(door(json!({})), "missing -");
    assert_eq!(door(json!({"ask": "purge"})), "invalid_value ask");
    assert_eq!(door(json!({"ask": "unlink", "links_before": -1})), "invalid_value links_before");
    assert_eq!(door(json!({"ask": "link", "at": at, "deletable_at": at})), "wrong_state -");
    let replay = |events: Json| door(json!({"ask": "replay", "events": events}));
    assert_eq!(replay(json!([{"event": "burn", "at": at}])), "invalid_value events[0].event");
    assert_eq!(replay(json!([{"event": "link", "at": at}, {"event": "delete", "at": at}])), "wrong_state events[1]");
    let late = json!([{"event": "link", "at": at}, {"event": "unlink", "at": "2026-11-21T09:00:00Z"}]);
    assert_eq!(replay(late), "invalid_value events[1].at");
    let early = json!([{"event": "link", "at": at}, {"event": "unlink", "at": at}, {"event": "delete", "at": at}]);
    assert_eq!(replay(early), "wrong_state events[2]");
}

fn sha(n: u8) -> String {
    format!("{n:02x}").repeat(32)
}

fn file(n: u8) -> Json {
    json!({"name": format!("file {n}.pdf"), "media_type": "application/pdf", "size_bytes": 10, "sha256": sha(n),
        "location": "s3://files/1"})
}

fn crm() -> Crm<MemoryStore> {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    for (kind, fields) in [
        ("account", json!({"name": "A"})),
        ("contact", json!({"last_name": "C"})),
        ("deal", json!({"name": "D"})),
        ("lead", json!({"last_name": "L"})),
        ("note", json!({"text": "N"})),
    ] {
        run(&crm, &format!("{kind}.create"), json!({"id": id(kind), "fields": fields})).unwrap();
    }
    crm
}

fn stored(crm: &Crm<MemoryStore>, file: &Json) -> Json {
    let ask = json!({"workspace": "acme", "actor": {"name": "m", "role": "viewer"}, "at": "2026-11-22T09:00:00Z",
        "get": {"record": "attachment", "id": file}});
    crm.query_json(ask.to_string().as_bytes()).unwrap()["row"].clone()
}

#[test]
fn one_of_two_records_gives_its_file_away() {
    let crm = crm();
    let made =
        run(&crm, "attachment.create", json!({"fields": file(1), "deal": id("deal"), "role": "contract"})).unwrap();
    let attachment = made["id"].clone();
    assert_eq!((&made["links"], &made["blob"]), (&json!(1), &json!("kept")));
    let linked = run(&crm, "attachment.link", json!({"id": attachment, "account": id("account")})).unwrap();
    assert_eq!(linked["links"], 2);
    // The same once more changes nothing.
    let again = run(&crm, "attachment.link", json!({"id": attachment, "account": id("account")})).unwrap();
    assert_eq!((&again["links"], &again["version"]), (&json!(2), &linked["version"]));
    let kept = run(&crm, "attachment.unlink", json!({"id": attachment, "deal": id("deal")})).unwrap();
    assert_eq!((&kept["links"], &kept["blob"]), (&json!(1), &json!("kept")));
    let twice = run(&crm, "attachment.unlink", json!({"id": attachment, "deal": id("deal")})).unwrap_err();
    assert_eq!(twice.code().name(), "not_found");
    let gone = run(&crm, "attachment.unlink", json!({"id": attachment, "account": id("account")})).unwrap();
    assert_eq!((&gone["links"], &gone["blob"]), (&json!(0), &json!("tombstoned")));
    assert_eq!(stored(&crm, &attachment)["deletable_at"], "2026-12-22T09:00:00Z");
    assert_eq!(stored(&crm, &attachment)["unlinked_at"], "2026-11-22T09:00:00Z");
    // Within the grace it comes back, after it it is not counted on any more.
    let early = run(&crm, "attachment.reap", json!({"id": attachment})).unwrap_err();
    assert_eq!(early.code().name(), "wrong_state");
    let back = run(&crm, "attachment.link", json!({"id": attachment, "deal": id("deal"), "role": "contract"})).unwrap();
    assert_eq!((&back["links"], &back["reasons"][0]["code"]), (&json!(1), &json!("file_revived")));
    assert_eq!(stored(&crm, &attachment).get("deletable_at"), None);
    let used = run_at(&crm, "2027-06-01T00:00:00Z", "attachment.reap", json!({"id": attachment})).unwrap_err();
    assert_eq!(used.code().name(), "wrong_state");
    run(&crm, "attachment.unlink", json!({"id": attachment, "deal": id("deal"), "role": "contract"})).unwrap();
    let link = json!({"id": attachment, "deal": id("deal")});
    let late = run_at(&crm, "2026-12-22T09:00:00Z", "attachment.link", link).unwrap_err();
    assert_eq!(late.code().name(), "wrong_state");
    run_at(&crm, "2026-12-22T09:00:00Z", "attachment.reap", json!({"id": attachment})).unwrap();
    assert!(stored(&crm, &attachment)["archived_at"].is_string());
}

#[test]
fn the_same_bytes_are_kept_once() {
    let crm = crm();
    let first = run(&crm, "attachment.create", json!({"fields": file(1), "deal": id("deal")})).unwrap();
    let mut renamed = file(1);
    renamed["name"] = "copy.pdf".into();
    let second = run(&crm, "attachment.create", json!({"fields": renamed, "note": id("note")})).unwrap();
    assert_eq!((&second["id"], &second["links"]), (&first["id"], &json!(2)));
    assert_eq!(second["reasons"][0]["code"], "same_file");
    let offered = run(&crm, "attachment.create", json!({"fields": file(1)})).unwrap();
    assert_eq!((&offered["id"], &offered["links"]), (&first["id"], &json!(2)));
    let mut longer = file(1);
    longer["size_bytes"] = 11.into();
    let error = run(&crm, "attachment.create", json!({"fields": longer})).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("invalid_value", Some("fields.size_bytes")));
    // A file that nobody takes may go after the grace; after that its bytes are brought anew.
    let alone = run(&crm, "attachment.create", json!({"fields": file(2)})).unwrap();
    assert_eq!((&alone["links"], &alone["blob"]), (&json!(0), &json!("tombstoned")));
    let later = json!({"fields": file(2), "deal": id("deal")});
    let anew = run_at(&crm, "2027-01-01T00:00:00Z", "attachment.create", later).unwrap();
    assert_ne!(anew["id"], alone["id"]);
}

#[test]
fn hostile_files_are_refused() {
    let crm = crm();
    let refused = |key: &str, value: Json| {
        let mut fields = file(1);
        fields[key] = value;
        let error = run(&crm, "attachment.create", json!({"fields": fields})).unwrap_err();
        format!("{} {}", error.code().name(), error.field().unwrap_or("-"))
    };
    for name in
        ["../a.pdf", "a/b", "a\\b", ".", "..", "...", "a\tb", "a\r\nb", "a\u{202e}b", "a\u{200b}b", &"x".repeat(256)]
    {
        assert!(refused("name", name.into()).ends_with(" fields.name"), "{name}");
    }
    assert_eq!(refused("name", Json::Null), "missing fields.name");
    assert_eq!(refused("media_type", "text/html\r\nX: y".into()), "invalid_json fields.media_type");
    assert_eq!(refused("size_bytes", (-1).into()), "invalid_value fields.size_bytes");
    assert_eq!(refused("sha256", sha(1).to_uppercase().replace('0', "G").into()), "invalid_json fields.sha256");
    assert_eq!(refused("deletable_at", "2026-11-22T09:00:00Z".into()), "invalid_value body.fields.deletable_at");
    let two = json!({"fields": file(1), "deal": id("deal"), "lead": id("lead")});
    assert_eq!(run(&crm, "attachment.create", two).unwrap_err().code().name(), "invalid_json");
    let nobody = json!({"fields": file(1), "deal": id("nobody")});
    assert_eq!(run(&crm, "attachment.create", nobody).unwrap_err().code().name(), "not_found");
    for (role, create, unlink) in [(Role::Viewer, false, false), (Role::Agent, true, false), (Role::Member, true, true)]
    {
        let made = run_as(&crm, role, "attachment.create", json!({"fields": file(9), "lead": id("lead")}));
        assert_eq!(made.is_ok(), create, "{role:?}");
        let attachment = run(&crm, "attachment.create", json!({"fields": file(9), "lead": id("lead")})).unwrap();
        let gone = run_as(&crm, role, "attachment.unlink", json!({"id": attachment["id"], "lead": id("lead")}));
        // What an agent may not do waits for somebody's OK: nothing is unlinked.
        let is_gone = gone.is_ok_and(|answer| !answer["links"].is_null());
        assert_eq!(is_gone, unlink, "{role:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Links and unlinks in any order: the file is kept exactly while a set of holders says so.
    #[test]
    fn a_file_is_kept_while_a_record_has_it(steps in prop::collection::vec((any::<bool>(), 0usize..5), 1..20)) {
        let crm = crm();
        let holders = ["account", "contact", "deal", "lead", "note"];
        let made = run(&crm, "attachment.create", json!({"fields": file(7)})).unwrap();
        let mut having = std::collections::BTreeSet::new();
        for (links, place) in steps {
            let holder = holders[place];
            let body = json!({"id": made["id"], holder: id(holder)});
            let done = run(&crm, if links { "attachment.link" } else { "attachment.unlink" }, body);
            if links {
                having.insert(holder);
            } else if !having.remove(holder) {
                prop_assert_eq!(done.unwrap_err().code().name(), "not_found");
                continue;
            }
            let done = done.unwrap();
            prop_assert_eq!(&done["links"], having.len());
            prop_assert_eq!(&done["blob"], if having.is_empty() { "tombstoned" } else { "kept" });
            let row = stored(&crm, &made["id"]);
            prop_assert_eq!(row.get("deletable_at").is_some(), having.is_empty());
        }
        crm.verify(&crate::support::cx(Role::Admin, "verify")).unwrap();
    }
}
