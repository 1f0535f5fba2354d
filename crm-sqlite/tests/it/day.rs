//! A story that is played in a file and in memory: every command and every question gives the same, whoever asks.

use std::collections::BTreeSet;
use std::path::Path;

use crm_core::rules::Rules;
use crm_core::store::{MemoryStore, Store};
use crm_core::{Crm, Id};
use crm_sqlite::SqliteStore;
use serde_json::{Value as Json, json};

/// When questions are asked.
pub const NOW: &str = "2026-11-25T09:00:00Z";

/// Who does what when. A command that begins with `?` is a question, asked for what later steps name.
pub struct Step {
    pub name: String,
    pub who: String,
    pub role: String,
    pub at: String,
    pub command: String,
    pub body: Json,
}

/// A step as `[name, "who role", at, command, body]`.
pub fn step(json: &Json) -> Step {
    let text = |place: usize| json[place].as_str().unwrap_or_else(|| panic!("{json}")).to_owned();
    let actor = text(1);
    let (who, role) = actor.split_once(' ').unwrap();
    Step { name: text(0), who: who.into(), role: role.into(), at: text(2), command: text(3), body: json[4].clone() }
}

pub struct Day<S: Store> {
    pub crm: Crm<S>,
    /// What each step gave, by its name.
    given: Vec<(String, Json)>,
}

impl<S: Store> Day<S> {
    /// Plays a story, and what each step answers.
    pub fn played(store: S, rules: Rules, story: &[Step]) -> (Self, Vec<Json>) {
        let mut day = Day { crm: Crm::new(store, rules), given: Vec::new() };
        let mut answers = Vec::new();
        for Step { name, who, role, at, command, body } in story {
            let body = day.filled(body);
            let mut document = json!({"workspace": "acme", "actor": {"name": who, "role": role}, "at": at});
            let answer = match command.strip_prefix('?') {
                Some(question) => {
                    document[question] = body;
                    day.crm.query_json(document.to_string().as_bytes())
                }
                None => {
                    document["command"] = json!(command);
                    document["id"] = json!(Id::from_text(name).to_string());
                    document["body"] = body;
                    day.crm.run_json(document.to_string().as_bytes())
                }
            };
            let answer = answer.unwrap_or_else(|e| panic!("{name}, {command}: {e}"));
            let given = answer.get("output").unwrap_or(&answer).clone();
            day.given.push((name.clone(), given));
            answers.push(answer);
        }
        (day, answers)
    }

    /// A body in which `@name` is the id that the step of that name gave, and `@name:/pointer` whatever else it gave.
    pub fn filled(&self, body: &Json) -> Json {
        match body {
            Json::String(text) => match text.strip_prefix('@') {
                Some(name) => self.given(name),
                None => body.clone(),
            },
            Json::Array(all) => all.iter().map(|one| self.filled(one)).collect(),
            Json::Object(map) => map.iter().map(|(key, one)| (key.clone(), self.filled(one))).collect(),
            _ => body.clone(),
        }
    }

    fn given(&self, name: &str) -> Json {
        let (name, pointer) = name.split_once(':').unwrap_or((name, ""));
        let known = self.given.iter().find(|(known, _)| known == name);
        let given = &known.unwrap_or_else(|| panic!("nothing is called {name}")).1;
        if !pointer.is_empty() {
            return given.pointer(pointer).unwrap_or_else(|| panic!("{name} has no {pointer}: {given:#}")).clone();
        }
        let ids = ["conversation", "id", "activity", "attachment", "draft", "note", "leave"];
        let id = ids.iter().find_map(|key| given[key].as_str());
        // Whom to enrol is a list.
        json!(id.or_else(|| given["records"][0]["enrolment"].as_str()).unwrap_or_default())
    }

    pub fn told(&self, (who, role): (&str, &str), question: &str, body: &Json) -> Json {
        let mut document = json!({"workspace": "acme", "actor": {"name": who, "role": role}, "at": NOW});
        document[question] = self.filled(body);
        self.crm.query_json(document.to_string().as_bytes()).unwrap_or_else(|e| json!({"refused": e.to_json()}))
    }
}

/// Why a question was refused; some answers have a key of that name, beside others.
fn refused(answer: &Json) -> Option<&Json> {
    answer.as_object().filter(|map| map.len() == 1)?.get("refused")
}

/// Plays a story in memory and in a file, and asks both, and the file opened again. Gives the questions that somebody had an
/// answer to, and of how many the answer depends on who asks. The first reader is refused nothing.
pub fn same_everywhere(
    path: &Path,
    rules: &Rules,
    story: &[Step],
    questions: &[(String, Json)],
    readers: &[(&str, &str)],
) -> (BTreeSet<String>, usize) {
    let (memory, wanted) = Day::played(MemoryStore::new(), rules.clone(), story);
    let (file, found) = Day::played(SqliteStore::open(path).unwrap(), rules.clone(), story);
    assert_eq!(found, wanted);
    let again = Day { crm: Crm::new(SqliteStore::open(path).unwrap(), rules.clone()), given: file.given.clone() };
    let mut answered = BTreeSet::new();
    let (mut differ, mut wrong) = (0, Vec::new());
    for (question, body) in questions {
        let mut seen = Vec::new();
        for who in readers {
            let wanted = memory.told(*who, question, body);
            assert_eq!(file.told(*who, question, body), wanted, "{who:?} {question} {body}");
            assert_eq!(again.told(*who, question, body), wanted, "opened again: {who:?} {question} {body}");
            if refused(&wanted).is_none() {
                answered.insert(question.clone());
            }
            seen.push(wanted);
        }
        // If an answer were always a refusal, it would prove nothing.
        if let Some(refused) = refused(&seen[0]) {
            wrong.push(format!("{question} {body}: {refused}"));
        }
        differ += usize::from(seen.iter().any(|answer| *answer != seen[0]));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    (answered, differ)
}
