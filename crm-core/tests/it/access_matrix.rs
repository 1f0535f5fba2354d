//! Every command and every question, for every role, about the own records, the team's, other people's and another
//! workspace's. A command or a question that is not in the tables here fails the test.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crm_core::command::{self, Actor, Ctx, NAMES, Role, Verb, allowed, is_held, verb_of};
use crm_core::rules::Rules;
use crm_core::store::{LogQuery, MemoryStore, Store, Workspace};
use crm_core::{Crm, Id};
use serde_json::{Value as Json, json};

use crate::support::at;

const WHEN: &str = "2026-11-22T09:00:00Z";

/// `records` are made for each of whom; `commands` and `questions` are bodies, of commands only those that are not what every
/// record has. `@lead` is the id of that lead, `@text` a text, `@user` whose it is.
fn table() -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/access_matrix.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Questions whose answer, without any record's text, is of the whole workspace.
const OF_THE_WORKSPACE: &[&str] = &["pipeline_impact", "verify"];

/// Commands that only need to see what they name, because they change nothing of it: they make what goes with it, or
/// compute what follows from it.
const SEEING_IS_ENOUGH: &[&str] = &["create", "import", "rekey", "score", "route", "add", "log", "compose", "tick"];
/// The same of single commands.
const SEEING_IS_ENOUGH_FOR: &[&str] =
    &["consent.record", "draft.approve_all", "message.receive", "ticket.reapply", "touch.record", "visitor.link"];

/// Commands with a rule of their own about who may: what is of the whole workspace, and what is said of others' numbers.
fn has_own_rule(name: &str, role: Role, is_limited: bool, whose: Whose) -> bool {
    match name {
        // An agent takes back what it wrote itself.
        "draft.cancel" => role == Role::Agent && whose != Whose::Own,
        "snapshot.take" => is_limited,
        "adjustment.revoke" => whose != Whose::Own,
        // People take back their own leave, managers that of those whom they lead.
        "leave.patch" | "leave.cancel" => whose != Whose::Own,
        // Who leads whom is changed by those who change everything.
        _ => is_limited && name.starts_with("employee."),
    }
}

/// Whose records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Own,
    Team,
    Others,
    Elsewhere,
}

const ALL: [Whose; 4] = [Whose::Own, Whose::Team, Whose::Others, Whose::Elsewhere];

impl Whose {
    fn user(self) -> &'static str {
        match self {
            Whose::Own => "me",
            Whose::Team => "mate",
            Whose::Others => "stranger",
            Whose::Elsewhere => "foreigner",
        }
    }

    /// What is in every text of the records.
    fn canary(self) -> String {
        format!("canary{self:?}").to_lowercase()
    }

    fn workspace(self) -> &'static str {
        if self == Whose::Elsewhere { "beta" } else { "acme" }
    }
}

struct World {
    table: Json,
    store: Arc<MemoryStore>,
    ids: Vec<(Whose, Vec<(String, String)>)>,
    told: std::cell::Cell<u32>,
}

type Answer = Result<Json, crm_core::Error>;

impl World {
    fn new() -> Self {
        let mut world = World { table: table(), store: Arc::default(), ids: Vec::new(), told: std::cell::Cell::new(0) };
        let crm = Crm::new(world.store.clone(), Rules::default());
        for workspace in ["acme", "beta"] {
            world.must(&crm, workspace, "root", "employee.create", json!({"fields": {"user": "me"}}));
            world.must(
                &crm,
                workspace,
                "root",
                "employee.create",
                json!({"fields": {"user": "mate", "manager": "me"}}),
            );
            let steps = json!({"code": "steps", "definition": {"steps": [{"type": "call"}]}});
            world.must(&crm, workspace, "root", "sequence.create", steps);
            world.must(&crm, workspace, "root", "sequence.activate", json!({"code": "steps"}));
            let book = json!({"title": "Book", "steps": [{"code": "a", "title": "A"}]});
            world.must(&crm, workspace, "root", "playbook.create", json!({"code": "book", "definition": book}));
            let everybody = json!({"code": "everybody", "record": "lead", "where": {"field": "id", "op": "is_known"}});
            world.must(&crm, workspace, "root", "segment.create", everybody);
            for user in ["stranger", "foreigner"] {
                world.must(&crm, workspace, "root", "employee.create", json!({"fields": {"user": user}}));
            }
        }
        for whose in ALL {
            let ids = world.records(&crm, whose);
            world.ids.push((whose, ids));
        }
        world
    }

    /// One record of every kind that a command makes.
    fn records(&self, crm: &Crm<Arc<MemoryStore>>, whose: Whose) -> Vec<(String, String)> {
        let mut ids: Vec<(String, String)> = Vec::new();
        for line in self.table["records"].as_array().unwrap() {
            let (record, name) = (line[0].as_str().unwrap(), line[1].as_str().unwrap());
            let digit = char::from(b'1' + whose as u8).to_string();
            let text = line[2].to_string().replace("@text", &whose.canary()).replace("@user", whose.user());
            let body = filled(&text.replace("@sha", &digit.repeat(64)), &ids);
            let answer = self.must(crm, whose.workspace(), whose.user(), name, body);
            let keys = ["conversation", "id", "draft", "activity", "attachment", "note"];
            let id = keys.iter().find_map(|key| answer.get(*key));
            let id = id.or_else(|| answer.pointer("/records/0/enrolment"));
            let id = id.and_then(Json::as_str).unwrap_or_else(|| panic!("{name} gives no id: {answer}"));
            ids.push((record.to_owned(), id.to_owned()));
        }
        let item = self.in_the_outbox(crm, whose, &ids);
        ids.push(("outbox_item".to_owned(), item));
        let run = &ids.iter().find(|(record, _)| record == "playbook_run").unwrap().1;
        let step = Id::from_text(&format!("playbook_step {run} kickoff")).to_string();
        ids.push(("playbook_step".to_owned(), step));
        self.must(crm, whose.workspace(), whose.user(), "renewal.tick", json!({}));
        let subscription = ids.iter().find(|(record, _)| record == "subscription").unwrap().1.parse().unwrap();
        ids.push(("renewal".to_owned(), crm_core::model::Renewal::id_of(subscription, 1).to_string()));
        for record in ["employee", "command"] {
            ids.push((record.to_owned(), Id::from_text(&format!("{record} of {whose:?}")).to_string()));
        }
        ids
    }

    /// A message that somebody approved and that waits for a channel.
    fn in_the_outbox(&self, crm: &Crm<Arc<MemoryStore>>, whose: Whose, ids: &[(String, String)]) -> String {
        let (space, user) = (whose.workspace(), whose.user());
        let lead = &ids.iter().find(|(record, _)| record == "lead").unwrap().1;
        let fields = json!({"channel": "email", "subject": whose.canary(), "text": whose.canary(), "lead": lead,
            "recipients": [format!("{}@example.com", whose.canary())]});
        let draft = self.must(crm, space, user, "draft.compose", json!({"fields": fields}))["id"].clone();
        self.must(crm, space, user, "draft.submit", json!({"id": draft}));
        let ask = |question: &str, body: Json| {
            let document =
                json!({"workspace": space, "actor": {"name": "root", "role": "owner"}, "at": WHEN, question: body});
            crm.query_json(document.to_string().as_bytes()).unwrap()
        };
        let row = ask("get", json!({"record": "draft", "id": draft}))["row"].clone();
        let seen = json!({"id": draft, "revision": row["revision"], "content_hash": row["content_hash"]});
        self.must(crm, space, "root", "draft.approve", seen);
        ask("outbox", json!({"draft": draft}))["items"][0]["id"].as_str().unwrap().to_owned()
    }

    fn ctx(&self, workspace: &str, user: &str, role: Role, id: &str) -> Ctx {
        Ctx::new(Workspace::new(workspace).unwrap(), Actor::new(user, role).unwrap(), at(WHEN), Id::from_text(id))
    }

    fn must(&self, crm: &Crm<Arc<MemoryStore>>, space: &str, user: &str, name: &str, body: Json) -> Json {
        let n = self.told.replace(self.told.get() + 1);
        let ctx = self.ctx(space, user, Role::Owner, &format!("made {n}"));
        let command = command::parse(name, &body, crm.rules()).unwrap_or_else(|e| panic!("{name} {body}: {e}"));
        crm.run_any(&ctx, &*command).unwrap_or_else(|e| panic!("{name} {body}: {e}")).done().unwrap()
    }

    /// The body about somebody's records, or about ids of nothing.
    fn body(&self, template: &str, whose: Option<Whose>) -> Json {
        let ids = &self.ids.iter().find(|(of, _)| *of == whose.unwrap_or(Whose::Own)).unwrap().1;
        let id =
            |(name, id): &(String, String)| (name.clone(), if whose.is_some() { id.clone() } else { nothing(name) });
        let ids: Vec<(String, String)> = ids.iter().map(id).collect();
        let text = template.replace("@text", "new text").replace("@user", "me").replace("@sha", &"a".repeat(64));
        filled(&text, &ids)
    }

    /// An answer in which the ids that were asked for are named, so that two can be compared.
    fn told(&self, answer: &Answer, whose: Option<Whose>) -> String {
        let mut text = match answer {
            Ok(json) => format!("ok {json}"),
            Err(error) => format!("{}", error.to_json()),
        };
        for (name, id) in &self.ids.iter().find(|(of, _)| *of == whose.unwrap_or(Whose::Own)).unwrap().1 {
            let id = if whose.is_some() { id.clone() } else { nothing(name) };
            text = text.replace(&id, &format!("@{name}"));
        }
        text
    }

    fn head(&self, workspace: &str) -> Option<[u8; 32]> {
        let read = self.store.snapshot(&Workspace::new(workspace).unwrap()).unwrap();
        read.log(&LogQuery::Last).unwrap().pop().map(|entry| entry.hash)
    }
}

/// A body with the ids.
fn filled(template: &str, ids: &[(String, String)]) -> Json {
    let fill =
        |text: String, (name, id): &(String, String)| text.replace(&format!("\"@{name}\""), &format!("\"{id}\""));
    let text = ids.iter().fold(template.to_owned(), fill);
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn nothing(name: &str) -> String {
    Id::from_text(&format!("nothing {name}")).to_string()
}

/// The body of a command: its own line, or what every record's commands look like.
fn template(table: &Json, name: &str) -> String {
    if let Some(body) = table["commands"].get(name) {
        return body.to_string();
    }
    let (record, verb) = name.split_once('.').unwrap();
    let kind = crm_core::rules::kind(record).unwrap();
    let mut fields = json!({});
    for (field, value) in [("tags", json!(["new"])), ("kind", json!("call")), ("deal", json!("@deal"))] {
        if kind.place(field).is_some() && (field != "kind" || record != "ticket") {
            fields[field] = value;
        }
    }
    if kind.place("lead").is_some() {
        fields["lead"] = json!("@lead");
    }
    match verb {
        "archive" | "restore" => json!({"id": format!("@{record}")}),
        "patch" if record == "draft" => json!({"id": "@draft", "fields": {"subject": "new text"}}),
        "patch" => json!({"id": format!("@{record}"), "fields": fields}),
        "create" => json!({"fields": fields}),
        "import" => {
            fields["external_id"] = json!("x1");
            json!({"source": "file", "rows": [{"line": 1, "fields": fields}]})
        }
        "rekey" => json!({"ids": [format!("@{record}")]}),
        _ => panic!("{name} has no body: add a line to `commands` in access_matrix.json"),
    }
    .to_string()
}

fn limited() -> Rules {
    let roles: serde_json::Map<String, Json> =
        Role::NAMES.iter().map(|role| ((*role).to_owned(), json!({"read": "team", "write": "own"}))).collect();
    Rules::from_json(&json!({"access": {"roles": roles}})).unwrap()
}

#[test]
fn every_command_keeps_to_what_its_role_reaches() {
    let world = World::new();
    let mut wrong: Vec<String> = Vec::new();
    for rules in [limited(), Rules::default()] {
        let is_limited = !rules.to_json().as_object().unwrap().is_empty();
        let crm = Crm::new(world.store.clone(), rules);
        for name in NAMES {
            let template = template(&world.table, name);
            if let Err(error) = command::parse(name, &world.body(&template, None), crm.rules()) {
                wrong.push(format!("{name}: the body is no body: {error}"));
                continue;
            }
            for role in Role::ALL {
                let attempt = |whose: Option<Whose>| -> Answer {
                    let body = world.body(&template, whose);
                    let command =
                        command::parse(name, &body, crm.rules()).unwrap_or_else(|e| panic!("{name} {body}: {e}"));
                    let ctx = world.ctx("acme", "me", *role, "the attempt");
                    let planned = crm.plan(&ctx, &*command);
                    if planned.is_err() {
                        let before = (world.head("acme"), world.head("beta"));
                        assert!(crm.run_any(&ctx, &*command).is_err(), "{name}: refused, and done");
                        // That an agent tried to decide is written down, and nothing else.
                        if *role == Role::Agent && verb_of(name) == Some(Verb::Approve) {
                            assert_eq!(world.head("beta"), before.1, "{name}");
                        } else {
                            assert_eq!((world.head("acme"), world.head("beta")), before, "{name}");
                        }
                    }
                    planned.map(|plan| plan.output)
                };
                let about_nothing = world.told(&attempt(None), None);
                for whose in ALL {
                    let cell = format!("{name} by {role:?} of {whose:?}, limited: {is_limited}");
                    let answer = attempt(Some(whose));
                    let told = world.told(&answer, Some(whose));
                    for hidden in
                        [Whose::Others, Whose::Elsewhere].iter().filter(|w| is_limited || **w == Whose::Elsewhere)
                    {
                        told_wrong(&mut wrong, !told.contains(&hidden.canary()), &cell, &told);
                    }
                    let code = answer.as_ref().err().map(|e| e.code().name());
                    if !allowed(*role, verb_of(name).unwrap()) && !is_held(*role, name) {
                        told_wrong(&mut wrong, code == Some("forbidden"), &cell, &told);
                        continue;
                    }
                    let enough = SEEING_IS_ENOUGH.contains(&name.split('.').nth(1).unwrap())
                        || SEEING_IS_ENOUGH_FOR.contains(name);
                    match whose {
                        _ if !template.contains("\"@") => {}
                        Whose::Elsewhere => told_wrong(&mut wrong, told == about_nothing, &cell, &told),
                        Whose::Others if is_limited => told_wrong(&mut wrong, told == about_nothing, &cell, &told),
                        Whose::Team if is_limited && !enough => told_wrong(&mut wrong, answer.is_err(), &cell, &told),
                        _ => {
                            let may = code != Some("forbidden") || has_own_rule(name, *role, is_limited, whose);
                            told_wrong(&mut wrong, may, &cell, &told);
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}

/// Notes what a cell has against its rule.
fn told_wrong(wrong: &mut Vec<String>, is_fine: bool, cell: &str, told: &str) {
    if !is_fine {
        wrong.push(format!("{cell}: {}", told.chars().take(300).collect::<String>()));
    }
}

/// The questions that the door knows, from its own list.
fn known_questions() -> Vec<String> {
    let text = include_str!("../../src/engine/answers.rs");
    let list = text.split("const QUESTIONS: &[&str] = &[").nth(1).unwrap().split("];").next().unwrap();
    let names = list.split(',').map(|name| name.trim().trim_matches('"').to_owned());
    names.filter(|name| !name.is_empty() && !["workspace", "actor", "at"].contains(&name.as_str())).collect()
}

#[test]
fn every_question_keeps_to_what_its_role_reaches() {
    let world = World::new();
    let mut wrong: Vec<String> = Vec::new();
    let names = known_questions();
    assert!(names.len() >= 30);
    for rules in [limited(), Rules::default()] {
        let is_limited = !rules.to_json().as_object().unwrap().is_empty();
        let crm = Crm::new(world.store.clone(), rules);
        for name in &names {
            let body = world.table["questions"].get(name);
            let template =
                body.unwrap_or_else(|| panic!("{name} has no body: add a line to access_matrix.json")).to_string();
            for role in Role::ALL.iter().copied() {
                let ask = |whose: Option<Whose>| -> Answer {
                    let document = json!({"workspace": "acme", "actor": {"name": "me", "role": role.name()}, "at": WHEN,
                                          name: world.body(&template, whose)});
                    crm.query_json(document.to_string().as_bytes())
                };
                let about_nothing = world.told(&ask(None), None);
                for whose in ALL {
                    let cell = format!("{name} by {role:?} of {whose:?}, limited: {is_limited}");
                    let answer = ask(Some(whose));
                    let told = world.told(&answer, Some(whose));
                    for hidden in
                        [Whose::Others, Whose::Elsewhere].iter().filter(|w| is_limited || **w == Whose::Elsewhere)
                    {
                        told_wrong(&mut wrong, !told.contains(&hidden.canary()), &cell, &told);
                    }
                    let is_hidden = whose == Whose::Elsewhere || is_limited && whose == Whose::Others;
                    if is_hidden && template.contains("\"@") {
                        told_wrong(&mut wrong, told == about_nothing, &cell, &told);
                    } else if role == Role::Owner && whose == Whose::Own && !OF_THE_WORKSPACE.contains(&name.as_str()) {
                        // The sample asks something.
                        let is_fine = answer.is_ok()
                            || !["invalid_json", "missing", "unknown_field"]
                                .contains(&answer.as_ref().unwrap_err().code().name());
                        told_wrong(&mut wrong, is_fine, &cell, &told);
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn lists_counts_and_history_have_nothing_of_others() {
    let world = World::new();
    let crm = Crm::new(world.store.clone(), limited());
    for kind in crm_core::model::Kind::ALL {
        for archived in ["exclude", "include"] {
            let ask = |body: Json| {
                let document =
                    json!({"workspace": "acme", "actor": {"name": "me", "role": "manager"}, "at": WHEN, "find": body});
                crm.query_json(document.to_string().as_bytes()).unwrap()
            };
            let all = ask(json!({"record": kind.name(), "archived": archived, "limit": 1000}));
            assert!(!all.to_string().contains(&Whose::Others.canary()), "{kind:?}");
            assert!(!all.to_string().contains(&Whose::Elsewhere.canary()), "{kind:?}");
            let rows = all["rows"].as_array().unwrap();
            let count = ask(json!({"record": kind.name(), "archived": archived, "count": true}));
            assert_eq!(count["count"], rows.len(), "{kind:?}");
            let mut paged = 0;
            let mut after = Json::Null;
            loop {
                let page = ask(json!({"record": kind.name(), "archived": archived, "limit": 1, "after": after}));
                // No page is short, and no cursor is of a row that is not seen.
                paged += page["rows"].as_array().unwrap().len();
                after = page["next"].clone();
                assert!(!after.to_string().contains(&Whose::Others.canary()));
                if after.is_null() {
                    break;
                }
                assert_eq!(page["rows"].as_array().unwrap().len(), 1, "{kind:?}");
            }
            assert_eq!(paged, rows.len(), "{kind:?}");
        }
    }
}
