//! Random histories of people, agents, rules, workers and channels through the real engine, over any store: nothing leaves
//! that nobody approved, nothing leaves twice by itself, and nothing is lost.
//!
//! [`Play`] is a host that may die at any step, with a channel that may lie by silence. What people saw when they said yes
//! is remembered here, apart from the library, and compared with what the channel got.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    dead_code,
    unreachable_pub,
    reason = "a test stops where it is wrong"
)]

use std::collections::BTreeMap;

use crm_core::store::Store;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::outbox_driver::Post;

/// One thing that somebody does: what, to which draft or message, with which choice.
pub type Step = (u8, u8, u8);

const OFFICES: [&str; 2] = ["contact@renovouest.fr", "info@exemple.fr"];

/// What somebody saw of a draft.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    draft: String,
    revision: Json,
    content_hash: Json,
    text: String,
    recipients: Vec<String>,
}

/// What a worker has in hand.
#[derive(Clone, Debug)]
struct Held {
    item: String,
    fence: u32,
    key: String,
    text: String,
    recipient: String,
    outcome: Option<Json>,
}

/// A host with two workers, and what is remembered to be judged.
pub struct Play<S: Store> {
    post: Post<S>,
    leads: Vec<String>,
    drafts: Vec<String>,
    minute: i64,
    seen: [Option<Seen>; 2],
    workers: [Option<Held>; 2],
    echo: Option<(String, u32, Json)>,
    said_yes: Vec<Seen>,
    /// Key, text and recipient of everything that left.
    left: Vec<(String, String, String)>,
    not_found: BTreeMap<String, usize>,
    is_stopped: bool,
    is_connected: bool,
    opted_out: Vec<&'static str>,
    rule: Option<String>,
    rule_is_on: bool,
    texts: u32,
}

impl<S: Store> Play<S> {
    pub fn new(store: S) -> Self {
        let post = Post::new(store);
        post.connect(json!({"name": "Devis"}));
        let leads = OFFICES.iter().map(|office| post.lead(office)).collect();
        Play {
            post,
            leads,
            drafts: Vec::new(),
            minute: 0,
            seen: [None, None],
            workers: [None, None],
            echo: None,
            said_yes: Vec::new(),
            left: Vec::new(),
            not_found: BTreeMap::new(),
            is_stopped: false,
            is_connected: true,
            opted_out: Vec::new(),
            rule: None,
            rule_is_on: false,
            texts: 0,
        }
    }

    fn now(&self) -> String {
        let begin = super::outbox_driver::at("2026-11-23T09:00:00Z");
        let at = begin + chrono::TimeDelta::try_minutes(self.minute).unwrap();
        at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    fn run(&self, user: &str, role: &str, command: &str, body: Json) -> Option<Json> {
        self.post.run_as(user, role, &self.now(), command, body).ok()
    }

    fn draft(&self, which: u8) -> Option<String> {
        let count = self.drafts.len();
        (count > 0).then(|| self.drafts[usize::from(which) % count].clone())
    }

    fn look(&self, draft: &str) -> Seen {
        let row = self.post.row("draft", draft);
        let texts = |value: &Json| -> Vec<String> {
            value.as_array().map(|all| all.iter().map(|t| t.as_str().unwrap().to_owned()).collect()).unwrap_or_default()
        };
        Seen {
            draft: draft.to_owned(),
            revision: row["revision"].clone(),
            content_hash: row["content_hash"].clone(),
            text: row["text"].as_str().unwrap_or_default().to_owned(),
            recipients: texts(&row["recipients"]),
        }
    }

    /// What is approved without a person having said yes was approved by the rule, which must be on.
    fn note_rule(&mut self, draft: &str) {
        let row = self.post.row("draft", draft);
        let is_approved = matches!(row["state"].as_str(), Some("queued" | "approved"));
        if is_approved && !row["rule"].is_null() {
            assert!(self.rule_is_on, "a rule that is off approved {row}");
            let seen = self.look(draft);
            if !self.said_yes.contains(&seen) {
                self.said_yes.push(seen);
            }
        }
    }

    fn item(&self, which: u8) -> Option<Json> {
        let rows = self.rows("outbox_item");
        (!rows.is_empty()).then(|| rows[usize::from(which) % rows.len()].clone())
    }

    fn rows(&self, record: &str) -> Vec<Json> {
        let body = json!({"record": record, "archived": "include", "limit": 1000});
        self.post.ask(&self.now(), "find", body)["rows"].as_array().unwrap().clone()
    }

    /// Everything that the gate keeps, to be compared between stores.
    pub fn all_rows(&self) -> Json {
        ["draft", "draft_event", "outbox_item", "approval_rule", "channel", "kill_switch", "consent_event", "message"]
            .map(|record| (record, self.rows(record)))
            .into_iter()
            .map(|(record, rows)| (record.to_owned(), Json::Array(rows)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    pub fn step(&mut self, (what, which, choice): Step) {
        let people = [("marie", "member"), ("lea", "admin")];
        let (who, role) = people[usize::from(choice) % 2];
        let number = usize::from(choice) % 2;
        match what % 20 {
            0 => {
                let (author, role) = [("robot", "agent"), ("marie", "member")][number];
                let office = usize::from(which) % OFFICES.len();
                self.texts += 1;
                let fields = json!({"channel": "email", "subject": "Votre devis", "lead": self.leads[office],
                    "text": format!("Bonjour {}", self.texts), "purpose": "prospecting", "topic": "other",
                    "language": "fr", "confidence_bp": 9900, "mentions": ["sender_identity", "commercial_nature",
                    "opt_out", "data_source", "rights", "privacy_contact"]});
                if self.drafts.len() < 4
                    && let Some(answer) = self.run(author, role, "draft.compose", json!({"fields": fields}))
                {
                    let id = answer["id"].as_str().unwrap().to_owned();
                    self.drafts.push(id.clone());
                    if choice > 3 {
                        self.run(author, role, "draft.submit", json!({"id": id}));
                        self.note_rule(&id);
                    }
                }
            }
            1 => {
                if let Some(draft) = self.draft(which) {
                    let (author, role) = [("robot", "agent"), ("marie", "member")][number];
                    self.texts += 1;
                    let fields = json!({"text": format!("Bonsoir {}", self.texts)});
                    self.run(author, role, "draft.patch", json!({"id": draft, "fields": fields}));
                    self.note_rule(&draft);
                }
            }
            2 => {
                if let Some(draft) = self.draft(which) {
                    self.run("robot", "agent", "draft.submit", json!({"id": draft}));
                    self.note_rule(&draft);
                }
            }
            3 => self.seen[number] = self.draft(which).map(|draft| self.look(&draft)),
            4 | 5 => {
                let Some(seen) = self.seen[number].clone() else { return };
                let body = json!({"id": seen.draft, "revision": seen.revision, "content_hash": seen.content_hash});
                if self.run(who, role, "draft.approve", body).is_some() {
                    self.said_yes.push(seen);
                }
            }
            6 => {
                if let Some(draft) = self.draft(which) {
                    let seen = self.look(&draft);
                    let body = json!({"id": draft, "revision": seen.revision, "content_hash": seen.content_hash});
                    for (name, role) in [("robot", "agent"), ("vera", "viewer")] {
                        assert_eq!(self.run(name, role, "draft.approve", body.clone()), None, "{name} approved");
                    }
                    let answer = match choice % 3 {
                        0 => self.run("lea", "admin", "draft.approve", body),
                        1 => self.run("lea", "admin", "draft.approve_all", json!({"items": [body]})),
                        _ => None,
                    };
                    let is_in = matches!(self.post.row("draft", &draft)["state"].as_str(), Some("queued" | "approved"));
                    if answer.is_some() && is_in {
                        self.said_yes.push(seen);
                    }
                }
            }
            7 => {
                let Some(seen) = self.seen[number].clone() else { return };
                let command = if choice > 127 { "draft.reject" } else { "draft.request_changes" };
                let body = json!({"id": seen.draft, "revision": seen.revision, "content_hash": seen.content_hash, "note": "x"});
                self.run(who, role, command, body);
            }
            8 => {
                if let Some(draft) = self.draft(which) {
                    let command = if choice % 4 == 0 { "draft.archive" } else { "draft.cancel" };
                    self.run("marie", "member", command, json!({"id": draft}));
                }
            }
            9..=11 => self.start(which, number),
            12 => self.call(number, choice),
            13 => {
                if let Some(Held { item, fence, outcome: Some(outcome), .. }) = self.workers[number].clone() {
                    self.settle(&item, fence, &outcome);
                    self.workers[number] = None;
                    self.echo = Some((item, fence, outcome));
                }
            }
            14 => {
                if let Some((item, fence, outcome)) = self.echo.clone() {
                    self.settle(&item, fence, &outcome);
                }
            }
            15 => self.workers[number] = None,
            16 => {
                self.minute += i64::from(which % 16) * i64::from(choice % 4 + 1);
                self.run("lea", "admin", "outbox.tick", json!({}));
            }
            17 => self.reconcile(which),
            18 => match choice % 5 {
                0 => {
                    self.is_stopped = self.run("marie", "member", "kill_switch.stop", json!({"note": "wait"})).is_some()
                        || self.is_stopped
                }
                1 => {
                    if self.run("lea", "admin", "kill_switch.resume", json!({})).is_some() {
                        self.is_stopped = false;
                    }
                }
                2 => {
                    let command = if self.is_connected { "channel.disconnect" } else { "channel.connect" };
                    if self.run("lea", "admin", command, json!({"kind": "email"})).is_some() {
                        self.is_connected = !self.is_connected;
                    }
                }
                3 => {
                    let office = OFFICES[usize::from(which) % 2];
                    let body = json!({"address": office, "channel": "email", "source": "unsubscribe"});
                    if which % 3 == 0 && self.run("lea", "admin", "consent.withdraw", body).is_some() {
                        self.opted_out.push(office);
                    }
                }
                _ => {
                    if let Some(item) = self.item(which) {
                        self.run("lea", "admin", "draft.retry", json!({"id": item["draft"]}));
                    }
                }
            },
            _ => self.switch_rule(choice),
        }
    }

    fn switch_rule(&mut self, choice: u8) {
        match &self.rule {
            None => {
                let fields = json!({"name": "relances", "effect": "auto", "channel": "email", "daily_cap": 2,
                    "valid_until": "2026-12-31T00:00:00Z"});
                if let Some(answer) = self.run("lea", "admin", "approval_rule.create", json!({"fields": fields})) {
                    self.rule = Some(answer["id"].as_str().unwrap().to_owned());
                    self.rule_is_on = true;
                }
            }
            Some(rule) => {
                let command = if self.rule_is_on { "approval_rule.disable" } else { "approval_rule.enable" };
                if choice.is_multiple_of(2) && self.run("lea", "admin", command, json!({"id": rule})).is_some() {
                    self.rule_is_on = !self.rule_is_on;
                }
            }
        }
    }

    fn start(&mut self, which: u8, number: usize) {
        let Some(item) = self.item(which).filter(|_| self.workers[number].is_none()) else { return };
        let body = json!({"id": item["id"], "worker": (["one", "two"][number]), "lease_until": self.lease()});
        let Some(answer) = self.run("mailer", "member", "outbox.start", body).filter(|a| a["status"] == "started")
        else {
            return;
        };
        let parcel = &answer["parcel"];
        let text = |field: &str| parcel[field].as_str().unwrap().to_owned();
        assert!(!self.is_stopped && self.is_connected, "it began while everything was stopped: {answer}");
        assert!(!self.opted_out.contains(&text("recipient").as_str()), "it began after an objection: {answer}");
        let yes = self.said_yes.iter().any(|seen| {
            seen.draft == text("draft") && seen.text == text("text") && seen.recipients.contains(&text("recipient"))
        });
        assert!(yes, "nobody said yes to {answer}");
        self.workers[number] = Some(Held {
            item: text("id"),
            fence: u32::try_from(parcel["fence"].as_u64().unwrap()).unwrap(),
            key: text("key"),
            text: text("text"),
            recipient: text("recipient"),
            outcome: None,
        });
    }

    fn lease(&self) -> String {
        let begin = super::outbox_driver::at("2026-11-23T09:00:00Z");
        let at = begin + chrono::TimeDelta::try_minutes(self.minute + 5).unwrap();
        at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    /// The channel is called with what the worker has in hand.
    fn call(&mut self, number: usize, choice: u8) {
        let Some(held) = self.workers[number].as_mut().filter(|held| held.outcome.is_none()) else { return };
        let (outcome, leaves) = match choice % 5 {
            0 | 1 => (json!({"outcome": "sent", "provider_id": format!("m-{}", held.fence)}), true),
            2 => (json!({"outcome": "unknown"}), true),
            3 => (json!({"outcome": "failed"}), false),
            _ => (json!({"outcome": "unknown"}), false),
        };
        held.outcome = Some(outcome);
        if leaves {
            self.left.push((held.key.clone(), held.text.clone(), held.recipient.clone()));
        }
    }

    fn settle(&mut self, item: &str, fence: u32, outcome: &Json) {
        let mut body = json!({"id": item, "fence": fence});
        body.as_object_mut().unwrap().extend(outcome.as_object().unwrap().clone());
        self.run("mailer", "member", "outbox.settle", body);
    }

    /// Somebody looks whether a message of unknown outcome left, and says what is true.
    fn reconcile(&mut self, which: u8) {
        let Some(item) = self.item(which).filter(|item| item["state"] == "unknown") else { return };
        let key = item["key"].as_str().unwrap().to_owned();
        let times = self.left.iter().filter(|(left, ..)| *left == key).count();
        let body = match times {
            0 => json!({"id": item["id"], "found": "not_found"}),
            1 => json!({"id": item["id"], "found": "found", "provider_id": "looked-up"}),
            _ => json!({"id": item["id"], "found": "ambiguous"}),
        };
        if self.run("mailer", "member", "outbox.reconcile", body).is_some() && times == 0 {
            *self.not_found.entry(key).or_default() += 1;
        }
    }

    /// What must hold of the rows at every moment.
    pub fn judge(&self) {
        let items = self.rows("outbox_item");
        for (key, text, recipient) in &self.left {
            let times = self.left.iter().filter(|(other, ..)| other == key).count();
            let looked = self.not_found.get(key).copied().unwrap_or_default();
            assert!(times <= 1 + looked, "left {times} times: {key}");
            let item = items.iter().find(|item| item["key"] == key.as_str()).unwrap();
            let state = item["state"].as_str().unwrap();
            assert!(looked > 0 || matches!(state, "started" | "sent" | "unknown"), "left, and told to be {state}");
            assert_eq!(item["recipient"], recipient.as_str());
            let yes = self.said_yes.iter().any(|seen| seen.text == *text && seen.recipients.contains(recipient));
            assert!(yes, "nobody said yes to `{text}`");
        }
        let events = self.rows("draft_event");
        for draft in self.rows("draft") {
            let gate: Json = serde_json::from_str(draft["gate"].as_str().unwrap()).unwrap();
            // The outbox is what the draft's own state says.
            let parcels = gate["parcels"].as_array().unwrap();
            let of_draft: Vec<&Json> = items.iter().filter(|item| item["draft"] == draft["id"]).collect();
            assert_eq!(parcels.len(), of_draft.len());
            for parcel in parcels {
                let item = of_draft.iter().find(|item| item["key"] == parcel["key"]).unwrap();
                assert_eq!((&item["state"], &item["fence"]), (&parcel["state"], &parcel["fence"]), "{draft}");
            }
            // Nothing waits in the outbox that nobody approved.
            let waits = parcels.iter().any(|parcel| matches!(parcel["state"].as_str(), Some("queued" | "blocked")));
            assert!(!waits || !gate["approval"].is_null(), "{draft}");
            // Every event is there, numbered without a gap, and the last one says where the draft stands.
            let mut of_draft: Vec<&Json> = events.iter().filter(|event| event["draft"] == draft["id"]).collect();
            of_draft.sort_by_key(|event| event["number"].as_i64());
            assert_eq!(json!(of_draft.len()), draft["event_count"]);
            assert!(of_draft.iter().enumerate().all(|(n, event)| event["number"] == json!(n)));
            assert_eq!(of_draft.last().unwrap()["state"], draft["state"]);
            // Every approval in the history names a person who may, or the rule.
            for event in of_draft.iter().filter(|event| event["kind"] == "approved") {
                let by_rule = event["via"] == "rule" && !event["rule"].is_null();
                assert!(by_rule || !matches!(event["role"].as_str(), Some("agent" | "viewer") | None), "{event}");
            }
        }
    }

    /// How much of what matters happened, so that a test can say that it was not idle.
    pub fn happened(&self) -> [usize; 4] {
        let looked = self.not_found.values().sum();
        [self.drafts.len(), self.said_yes.len(), self.left.len(), looked]
    }

    /// The trail is whole, and every row is as it says.
    pub fn verify(&self) {
        let answer = self.post.ask(&self.now(), "verify", json!({}));
        assert!(answer["problems"].as_array().is_none_or(Vec::is_empty), "{answer}");
    }
}

/// Histories of some length: drafts first, so that there is something to do.
pub fn histories(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0..20_u8, any::<u8>(), any::<u8>());
    proptest::collection::vec(step, 1..most)
        .prop_map(|steps| [(0, 0, 4), (0, 1, 5), (6, 0, 0)].into_iter().chain(steps).collect())
}
