//! What was approved on its way: the last check, hand-offs, answers of channels, and what nobody knows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crm_core::command::{Role, StartParcel, Started};
use crm_core::engine::{Answer, Channel, Channels, DryRun};
use crm_core::kernel::approval::{ChannelKind, ParcelState};
use crm_core::store::{Commit, Entry, MemoryStore, Read, Store, Workspace};
use crm_core::{Error, Id, Problem};
use serde_json::{Value as Json, json};

use super::outbox_driver::{LATER, MONDAY, Post};

const TUESDAY: &str = "2026-11-24T10:00:00Z";

fn post() -> Post<MemoryStore> {
    let post = Post::new(MemoryStore::new());
    post.connect(json!({"name": "Devis"}));
    post
}

fn said(answer: Result<Json, Error>) -> String {
    let error = answer.unwrap_err();
    format!("{} {}", error.code().name(), error.field().unwrap_or("-"))
}

fn id(text: &str) -> Id {
    text.parse().unwrap()
}

/// A channel that answers by a function, and counts its calls.
struct Told<F: Fn(u32) -> Answer> {
    calls: AtomicU32,
    answer: F,
}

impl<F: Fn(u32) -> Answer> Told<F> {
    fn new(answer: F) -> Self {
        Told { calls: AtomicU32::new(0), answer }
    }

    fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }
}

impl<F: Fn(u32) -> Answer> Channel for Told<F> {
    fn send(&self, _: &crm_core::command::Outgoing) -> Answer {
        (self.answer)(self.calls.fetch_add(1, Ordering::SeqCst))
    }
}

fn taken(n: u32) -> Answer {
    Answer::Sent { provider_id: Some(format!("m{n}")) }
}

#[test]
fn what_leaves_is_what_was_approved() {
    let post = post();
    let (draft, item) = post.approved("contact@renovouest.fr");
    let dry = DryRun::default();
    let channels = Channels::from([(ChannelKind::Email, &dry as &dyn Channel)]);
    let done = post.crm.deliver(&post.round(LATER), &channels, 10).unwrap();
    assert_eq!((done.count(ParcelState::Sent), done.stopped), (1, None));
    let left = dry.left();
    let (row, parcel) = (post.row("draft", &draft), left.first().unwrap());
    assert_eq!((parcel.id, parcel.fence, parcel.channel), (id(&item), 1, ChannelKind::Email));
    assert_eq!((parcel.recipient.as_str(), parcel.subject.as_str()), ("contact@renovouest.fr", "Votre devis"));
    assert_eq!((parcel.text.as_str(), parcel.account.as_str()), ("Bonjour", "Devis"));
    assert_eq!((&json!(parcel.content_hash), &json!(parcel.revision)), (&row["content_hash"], &row["revision"]));
    assert_eq!((parcel.headers.len(), parcel.is_dry_run), (0, true));
    assert_eq!(json!(parcel.lease_until), "2026-11-23T10:05:00Z");
    assert_eq!((row["state"].as_str(), left.len()), (Some("sent"), 1));
    // Again there is nothing to do, whatever the round.
    let again = post.crm.deliver(&post.round(TUESDAY), &channels, 10).unwrap();
    assert_eq!((again.deliveries.len(), dry.left().len()), (0, 1));
    assert_eq!(said(post.start(&item)), "wrong_state -");
}

#[test]
fn nothing_leaves_before_an_ok() {
    let post = post();
    let draft = post.write(&post.lead("contact@renovouest.fr"), json!({}));
    assert_eq!(post.items(&draft).len(), 0);
    let dry = DryRun::default();
    let channels = Channels::from([(ChannelKind::Email, &dry as &dyn Channel)]);
    post.crm.deliver(&post.round(LATER), &channels, 10).unwrap();
    assert_eq!((dry.left().len(), post.state(&draft).as_str()), (0, "waiting"));
    // An agent neither starts nor settles, nor connects, nor lets go on what was stopped.
    let (_, item) = post.approved("info@exemple.fr");
    for (command, body) in [
        ("outbox.start", json!({"id": item, "worker": "x"})),
        ("outbox.settle", json!({"id": item, "fence": 1, "outcome": "sent"})),
        ("outbox.reconcile", json!({"id": item, "found": "not_found"})),
        ("outbox.tick", json!({})),
        ("channel.connect", json!({"kind": "sms"})),
        ("channel.patch", json!({"kind": "email", "fields": {}})),
        ("channel.disconnect", json!({"kind": "email"})),
        ("kill_switch.stop", json!({})),
        ("kill_switch.resume", json!({})),
    ] {
        for role in ["agent", "viewer"] {
            assert_eq!(said(post.run_as("robot", role, LATER, command, body.clone())), "forbidden -", "{command}");
        }
    }
    assert_eq!(said(post.run_as("anne", "member", LATER, "kill_switch.resume", json!({}))), "forbidden -");
}

/// A command, its body, the reason that it makes, and what ends it.
type Obstacle = (&'static str, Json, &'static str, Option<(&'static str, Json)>);
/// What a channel answers, by the number of the call.
type Answers = Box<dyn Fn(u32) -> Answer + Sync>;

/// What can stand against a message, in the order of the last check: what makes it so, the reason, and what ends it.
fn obstacles() -> Vec<Obstacle> {
    let patch = |fields: Json| json!({"kind": "email", "fields": fields});
    vec![
        ("kill_switch.stop", json!({}), "kill_switch", Some(("kill_switch.resume", json!({})))),
        (
            "channel.disconnect",
            json!({"kind": "email"}),
            "channel_not_connected",
            Some(("channel.connect", json!({"kind": "email"}))),
        ),
        (
            "channel.patch",
            patch(json!({"allowed_recipients": ["@exemple.fr"]})),
            "recipient_not_allowed",
            Some(("channel.patch", patch(json!({"allowed_recipients": []})))),
        ),
        ("lead.patch", json!({"id": "@lead", "fields": {"consent": "opted_out"}}), "objection", None),
        (
            "employee.archive",
            json!({"id": "@olga"}),
            "approver_lost",
            Some(("employee.restore", json!({"id": "@olga"}))),
        ),
        (
            "channel.patch",
            patch(json!({"contact_weekly_limit": 0})),
            "contact_limit",
            Some(("channel.patch", patch(json!({"contact_weekly_limit": null})))),
        ),
        (
            "channel.patch",
            patch(json!({"daily_limit": 0})),
            "channel_limit",
            Some(("channel.patch", patch(json!({"daily_limit": null})))),
        ),
    ]
}

fn with_olga(post: &Post<MemoryStore>) -> String {
    let olga = post.run("employee.create", json!({"fields": {"user": "olga"}}));
    olga["id"].as_str().unwrap().to_owned()
}

#[test]
fn each_obstacle_alone_holds_a_message_back() {
    for (command, body, reason, ended) in obstacles() {
        let post = post();
        let olga = with_olga(&post);
        let (draft, item) = post.approved("contact@renovouest.fr");
        let lead = post.row("draft", &draft)["lead"].as_str().unwrap().to_owned();
        let fill = |body: &Json| -> Json {
            serde_json::from_str(&body.to_string().replace("@lead", &lead).replace("@olga", &olga)).unwrap()
        };
        post.run_as("rosa", "owner", MONDAY, command, fill(&body)).unwrap();
        assert_eq!(post.held_back(&item), [reason], "{command}");
        assert_eq!(post.state(&draft), "blocked");
        let told = post.items(&draft)[0]["reasons"][0]["code"].clone();
        assert_eq!(told, reason);
        // Asked again, it is held back for the same, and nothing new is told of it.
        let events = post.row("draft", &draft)["event_count"].clone();
        assert_eq!(
            (post.held_back(&item), &post.row("draft", &draft)["event_count"]),
            (vec![reason.to_owned()], &events)
        );
        if let Some((command, body)) = ended {
            post.run_as("rosa", "owner", MONDAY, command, fill(&body)).unwrap();
            assert_eq!(post.held_back(&item), [] as [&str; 0], "{command}");
        }
    }
}

#[test]
fn all_obstacles_are_told_in_their_order() {
    let post = post();
    let olga = with_olga(&post);
    let (draft, item) = post.approved("contact@renovouest.fr");
    let lead = post.row("draft", &draft)["lead"].as_str().unwrap().to_owned();
    let mut all = obstacles();
    // Whatever the order in which they came up.
    all.reverse();
    for (command, body, ..) in &all {
        let body = serde_json::from_str(&body.to_string().replace("@lead", &lead).replace("@olga", &olga)).unwrap();
        post.run_as("rosa", "owner", MONDAY, command, body).unwrap();
    }
    let expected: Vec<&str> = obstacles().into_iter().map(|(_, _, reason, _)| reason).collect();
    assert_eq!(post.held_back(&item), expected);
}

#[test]
fn a_message_may_wait_and_its_ok_may_end() {
    let post = post();
    let lead = post.lead("contact@renovouest.fr");
    let draft = post.write(&lead, json!({"send_not_before": "2026-11-23T12:00:00Z"}));
    post.approve(&draft);
    let item = post.items(&draft)[0].clone();
    assert_eq!((&item["is_due"], &item["not_before"]), (&json!(false), &json!("2026-11-23T12:00:00Z")));
    let item = item["id"].as_str().unwrap().to_owned();
    let answer = post.start(&item).unwrap();
    assert_eq!(
        (&answer["reasons"][0]["code"], &answer["until"]),
        (&json!("not_before"), &json!("2026-11-23T12:00:00Z"))
    );
    let next = post.ask(LATER, "outbox_next", json!({}));
    assert_eq!(
        (&next["next_at"], &next["what"], &next["is_due"]),
        (&json!("2026-11-23T12:00:00Z"), &json!("start"), &json!(false))
    );
    // A round does not even look at it before.
    let told = Told::new(taken);
    let channels = Channels::from([(ChannelKind::Email, &told as &dyn Channel)]);
    assert_eq!(post.crm.deliver(&post.round("2026-11-23T11:59:59Z"), &channels, 10).unwrap().blocked.len(), 0);
    // Long after, the OK does not hold any more: it is taken back, and nothing left.
    let late = post.work("2027-01-01T09:00:00Z", "outbox.start", json!({"id": item, "worker": "mailer"})).unwrap();
    assert_eq!((&late["status"], &late["reasons"][0]["code"]), (&json!("expired"), &json!("approval_expired")));
    assert_eq!((post.state(&draft).as_str(), told.calls()), ("expired", 0));
    assert_eq!(post.items(&draft)[0]["state"], "withdrawn");
}

#[test]
fn unknown_is_never_tried_again() {
    let post = post();
    let (draft, item) = post.approved("contact@renovouest.fr");
    assert_eq!(post.held_back(&item), [] as [&str; 0]);
    let next = post.ask(LATER, "outbox_next", json!({}));
    assert_eq!((&next["what"], &next["next_at"]), (&json!("lease"), &json!("2026-11-23T10:05:00Z")));
    // The channel has its time, and then nobody knows.
    assert_eq!(post.work(LATER, "outbox.tick", json!({})).unwrap()["unknown"], json!([]));
    assert_eq!(post.work("2026-11-23T10:05:00Z", "outbox.tick", json!({})).unwrap()["unknown"], json!([item]));
    assert_eq!(post.state(&draft), "unknown");
    let told = Told::new(taken);
    let channels = Channels::from([(ChannelKind::Email, &told as &dyn Channel)]);
    for when in [LATER, TUESDAY, "2026-11-29T10:00:00Z"] {
        let done = post.crm.deliver(&post.round(when), &channels, 10).unwrap();
        assert_eq!((done.deliveries.len(), told.calls()), (0, 0));
        post.crm.tick_outbox(&post.round(when), &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    }
    assert_eq!(said(post.start(&item)), "wrong_state -");
    assert_eq!(post.state(&draft), "unknown");
    // It is not edited, and cancelling it does not say that nothing left.
    assert_eq!(
        said(post.run_as("olga", "owner", LATER, "draft.patch", json!({"id": draft, "fields": {"text": "other"}}))),
        "wrong_state -"
    );
    post.run_as("olga", "owner", LATER, "draft.cancel", json!({"id": draft})).unwrap();
    assert_eq!(post.state(&draft), "unknown");
    // The channel's own late answer settles it.
    let settled = post.settle(&item, 1, json!({"outcome": "sent", "provider_id": "m1"})).unwrap();
    assert_eq!((&settled["state"], &settled["draft_state"]), (&json!("sent"), &json!("sent")));
}

#[test]
fn a_look_up_decides_what_nobody_knows() {
    let unknown = |post: &Post<MemoryStore>| -> (String, String) {
        let (draft, item) = post.approved("contact@renovouest.fr");
        assert_eq!(post.held_back(&item), [] as [&str; 0]);
        post.settle(&item, 1, json!({"outcome": "unknown", "note": "timeout"})).unwrap();
        (draft, item)
    };
    let look = |post: &Post<MemoryStore>, item: &str, found: Json| {
        let mut body = json!({"id": item});
        body.as_object_mut().unwrap().extend(found.as_object().unwrap().clone());
        post.work(LATER, "outbox.reconcile", body)
    };
    // One match: it left, under that id. Said again, nothing changes.
    let world = post();
    let (draft, item) = unknown(&world);
    for _ in 0..2 {
        let found = look(&world, &item, json!({"found": "found", "provider_id": "m7"})).unwrap();
        assert_eq!((&found["state"], &found["provider_id"]), (&json!("sent"), &json!("m7")));
    }
    assert_eq!(world.state(&draft), "sent");
    assert_eq!(said(look(&world, &item, json!({"found": "not_found"}))), "wrong_state -");
    // Several: it left, and no id is guessed.
    let world = post();
    let (_, item) = unknown(&world);
    let found = look(&world, &item, json!({"found": "ambiguous"})).unwrap();
    assert_eq!(
        (&found["state"], &found["provider_id"], &found["is_ambiguous"]),
        (&json!("sent"), &Json::Null, &json!(true))
    );
    // None: it may leave, under the same key, as a new try.
    let world = post();
    let (_, item) = unknown(&world);
    assert_eq!(look(&world, &item, json!({"found": "not_found"})).unwrap()["state"], "queued");
    let again = world.start(&item).unwrap();
    assert_eq!(again["parcel"]["fence"], 2);
    let key = again["parcel"]["key"].clone();
    assert_eq!(world.row("outbox_item", &item)["key"], key);
    // None, and it was taken back meanwhile: it does not leave.
    let world = post();
    let (draft, item) = unknown(&world);
    world.run_as("olga", "owner", LATER, "draft.cancel", json!({"id": draft})).unwrap();
    assert_eq!(look(&world, &item, json!({"found": "not_found"})).unwrap()["state"], "withdrawn");
    assert_eq!(world.state(&draft), "cancelled");
    // While the channel has its time nobody looks.
    let world = post();
    let (_, item) = world.approved("contact@renovouest.fr");
    world.start(&item).unwrap();
    assert_eq!(said(look(&world, &item, json!({"found": "not_found"}))), "wrong_state -");
}

#[test]
fn callbacks_may_be_repeated_reordered_and_wrong() {
    let post = post();
    let (draft, item) = post.approved("contact@renovouest.fr");
    // Before anything was started there is nothing to answer to.
    assert_eq!(said(post.settle(&item, 1, json!({"outcome": "sent"}))), "conflict -");
    post.start(&item).unwrap();
    for fence in [0, 2, 1_000_000] {
        assert_eq!(said(post.settle(&item, fence, json!({"outcome": "sent"}))), "conflict -", "{fence}");
    }
    let sent = json!({"outcome": "sent", "provider_id": "m1"});
    post.settle(&item, 1, sent.clone()).unwrap();
    let (events, version) =
        (post.row("draft", &draft)["event_count"].clone(), post.row("outbox_item", &item)["version"].clone());
    for _ in 0..3 {
        assert_eq!(post.settle(&item, 1, sent.clone()).unwrap()["state"], "sent");
    }
    assert_eq!(
        (&post.row("draft", &draft)["event_count"], &post.row("outbox_item", &item)["version"]),
        (&events, &version)
    );
    // What left did not fail afterwards, whoever says so, and nobody doubts it.
    for lie in [json!({"outcome": "failed"}), json!({"outcome": "unknown"})] {
        assert_eq!(said(post.settle(&item, 1, lie)), "wrong_state -");
    }
    // Another id: it left, and which one it was is not guessed.
    let other = post.settle(&item, 1, json!({"outcome": "sent", "provider_id": "m2"})).unwrap();
    assert_eq!(
        (&other["state"], &other["provider_id"], &other["is_ambiguous"]),
        (&json!("sent"), &Json::Null, &json!(true))
    );
    assert_eq!(post.state(&draft), "sent");
}

#[test]
fn a_late_answer_belongs_to_its_try() {
    let post = post();
    let (draft, item) = post.approved("contact@renovouest.fr");
    post.start(&item).unwrap();
    post.settle(&item, 1, json!({"outcome": "unknown"})).unwrap();
    post.work(LATER, "outbox.reconcile", json!({"id": item, "found": "not_found"})).unwrap();
    // The first try's failure, told late, ends nothing of the second.
    post.start(&item).unwrap();
    assert_eq!(post.settle(&item, 1, json!({"outcome": "failed"})).unwrap()["state"], "started");
    // The first try left after all: the second is not ended by it either, and somebody has to know.
    let late = post.settle(&item, 1, json!({"outcome": "sent", "provider_id": "m1"})).unwrap();
    assert_eq!((&late["state"], &late["may_have_left_twice"]), (&json!("started"), &json!(true)));
    assert_eq!(post.settle(&item, 2, json!({"outcome": "failed"})).unwrap()["state"], "failed");
    assert_eq!(post.row("outbox_item", &item)["may_have_left_twice"], true);
    // It failed and may be tried again, but by a person only.
    assert_eq!(post.state(&draft), "failed");
    assert_eq!(said(post.start(&item)), "wrong_state -");
}

#[test]
fn a_clock_that_went_back_starts_nothing() {
    let post = post();
    let (draft, item) = post.approved("contact@renovouest.fr");
    let early = post.work("2026-11-20T09:00:00Z", "outbox.start", json!({"id": item, "worker": "mailer"}));
    // Either the time has not come, or the check is of another instant than the store's: nothing begins.
    assert!(
        early.as_ref().map_or_else(|e| e.code().name() == "wrong_state", |a| a["status"] == "blocked"),
        "{early:?}"
    );
    assert_ne!(post.row("outbox_item", &item)["state"], "started");
    post.start(&item).unwrap();
    // What a channel says is taken whatever its clock; a lease is not over before its time.
    assert_eq!(post.work("2026-11-20T09:00:00Z", "outbox.tick", json!({})).unwrap()["unknown"], json!([]));
    let body = json!({"id": item, "fence": 1, "outcome": "sent"});
    assert_eq!(post.work("2026-11-20T09:00:00Z", "outbox.settle", body).unwrap()["state"], "sent");
    assert_eq!(post.state(&draft), "sent");
}

#[test]
fn two_workers_start_one_message_once() {
    let post = post();
    let (_, item) = post.approved("contact@renovouest.fr");
    let command = StartParcel::new(id(&item), "mailer");
    // Both decided on the same snapshot: the store takes one of the two commits.
    let (a, b) = (post.ctx("a", Role::Admin, LATER, "a"), post.ctx("b", Role::Admin, LATER, "b"));
    let (first, second) = (post.crm.plan(&a, &command).unwrap(), post.crm.plan(&b, &command).unwrap());
    let acme = Workspace::new("acme").unwrap();
    post.crm.store().commit(&acme, &first.commit).unwrap();
    assert_eq!(post.crm.store().commit(&acme, &second.commit).unwrap_err().code().name(), "conflict");
    assert!(post.crm.run(&b, &command).is_err());
    // The first worker's own command again is the first answer again, and says so.
    let replayed = match post.crm.run(&a, &command).unwrap() {
        crm_core::engine::Ran::Done(done) => (done.replayed, matches!(done.output, Started::Started { .. })),
        _ => panic!("a variant that does not exist"),
    };
    assert_eq!(replayed, (true, true));
}

#[test]
fn limits_hold_when_many_start_at_once() {
    let post = Arc::new(Post::new(MemoryStore::new()));
    post.connect(json!({"daily_limit": 3}));
    for n in 0..8 {
        post.approved(&format!("contact@office{n}.fr"));
    }
    let told = Told::new(taken);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let channels = Channels::from([(ChannelKind::Email, &told as &dyn Channel)]);
                // Who loses a race too often passes the message over, and comes again.
                for _ in 0..4 {
                    post.crm.deliver(&post.round(LATER), &channels, 10).unwrap();
                }
            });
        }
    });
    assert_eq!(told.calls(), 3);
    let channels = post.ask(LATER, "channels", json!({}));
    let email = &channels["channels"][0];
    assert_eq!((&email["kind"], &email["sent_today"], &email["left_today"]), (&json!("email"), &json!(3), &json!(0)));
    // The next local day, in Paris, three more. Until then the outbox says when.
    let blocked = post.ask(LATER, "outbox", json!({"states": ["blocked"], "limit": 1}))["items"][0].clone();
    assert_eq!(blocked["retry_at"], "2026-11-23T23:00:00Z");
    let channels = Channels::from([(ChannelKind::Email, &told as &dyn Channel)]);
    assert_eq!(post.crm.deliver(&post.round("2026-11-23T22:59:59Z"), &channels, 10).unwrap().deliveries.len(), 0);
    assert_eq!(post.crm.deliver(&post.round("2026-11-23T23:00:00Z"), &channels, 10).unwrap().deliveries.len(), 3);
}

#[test]
fn a_person_is_not_written_to_more_often_by_another_channel() {
    let post = post();
    post.run(
        "channel.patch",
        json!({"kind": "email", "fields": {"contact_daily_limit": 5, "contact_weekly_limit": 1}}),
    );
    let lead = post.lead("contact@renovouest.fr");
    let mut items = Vec::new();
    for channel in ["calendar", "email"] {
        post.run("channel.connect", json!({"kind": channel}));
        let draft = post.write(&lead, json!({"channel": channel}));
        post.approve(&draft);
        items.push(post.items(&draft)[0]["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(post.held_back(&items[0]), [] as [&str; 0]);
    // What may have left counts, whatever becomes of it, unless it is known not to have left.
    let answer = post.start(&items[1]).unwrap();
    assert_eq!(answer["reasons"][0], json!({"code": "contact_limit", "span": "week", "limit": 1}));
    assert_eq!(answer["until"], "2026-11-29T23:00:00Z");
    post.settle(&items[0], 1, json!({"outcome": "failed", "note": "no such calendar"})).unwrap();
    assert_eq!(post.held_back(&items[1]), [] as [&str; 0]);
}

#[test]
fn what_a_channel_does_not_say_nobody_knows() {
    let cases: Vec<(Answers, &str)> = vec![
        (Box::new(|_| panic!("the provider's client has a bug")), "unknown"),
        (Box::new(|_| Answer::from(Err::<Option<String>, _>("connection reset"))), "unknown"),
        (Box::new(|_| Answer::NotSent { is_final: true, why: "no such mailbox\r\nX: 1".into() }), "failed"),
        (Box::new(|_| Answer::Sent { provider_id: Some("a\r\nb".into()) }), "sent"),
        (Box::new(|_| Answer::Sent { provider_id: Some("x".repeat(100_000)) }), "sent"),
        (Box::new(|_| Answer::Unsure { why: "\0".repeat(100_000) }), "unknown"),
    ];
    for (answer, state) in cases {
        let post = post();
        let (draft, _) = post.approved("contact@renovouest.fr");
        let told = Told::new(answer);
        let channels = Channels::from([(ChannelKind::Email, &told as &dyn Channel)]);
        let done = post.crm.deliver(&post.round(LATER), &channels, 10).unwrap();
        assert_eq!(done.deliveries[0].settled.as_ref().map(|s| s.state.code()), Ok(state));
        assert_eq!((post.state(&draft).as_str(), told.calls()), (state, 1));
        post.crm.deliver(&post.round(TUESDAY), &channels, 10).unwrap();
        assert_eq!(told.calls(), 1, "{state}");
    }
}

/// A store that fails to take what channels answered, so many times.
struct Forgetful {
    inner: MemoryStore,
    failures: AtomicU32,
}

impl Store for Forgetful {
    fn snapshot(&self, workspace: &Workspace) -> crm_core::Result<Box<dyn Read + '_>> {
        self.inner.snapshot(workspace)
    }

    fn commit(&self, workspace: &Workspace, commit: &Commit) -> crm_core::Result<Entry> {
        let is_settled = commit.draft.content.contains(r#""command":"outbox.settle""#);
        let left = self.failures.load(Ordering::SeqCst);
        if is_settled && left > 0 {
            self.failures.store(left - 1, Ordering::SeqCst);
            return Err(Problem::Busy.into());
        }
        self.inner.commit(workspace, commit)
    }
}

#[test]
fn writing_down_is_tried_again_and_sending_is_not() {
    for (failures, state) in [(2, "sent"), (4, "sent"), (1_000, "unknown")] {
        let post = Post::new(Forgetful { inner: MemoryStore::new(), failures: AtomicU32::new(failures) });
        post.connect(json!({}));
        let (draft, item) = post.approved("contact@renovouest.fr");
        let told = Told::new(taken);
        let channels = Channels::from([(ChannelKind::Email, &told as &dyn Channel)]);
        let done = post.crm.deliver(&post.round(LATER), &channels, 10).unwrap();
        assert_eq!(done.deliveries[0].settled.is_ok(), state == "sent");
        post.crm.deliver(&post.round(TUESDAY), &channels, 10).unwrap();
        post.work(TUESDAY, "outbox.tick", json!({})).unwrap();
        assert_eq!((post.state(&draft).as_str(), told.calls()), (state, 1));
        // The store takes it again: the look-up finds what left.
        post.crm.store().failures.store(0, Ordering::SeqCst);
        if state == "unknown" {
            post.work(TUESDAY, "outbox.reconcile", json!({"id": item, "found": "found", "provider_id": "m0"})).unwrap();
        }
        assert_eq!((post.state(&draft).as_str(), told.calls()), ("sent", 1));
    }
}

#[test]
fn what_is_to_be_written_down_only_is_given_to_no_channel_that_sends() {
    let post = Post::new(MemoryStore::new());
    post.connect(json!({"dry_run": true}));
    let (_, item) = post.approved("contact@renovouest.fr");
    let told = Told::new(taken);
    let channels = Channels::from([(ChannelKind::Email, &told as &dyn Channel)]);
    let done = post.crm.deliver(&post.round(LATER), &channels, 10).unwrap();
    assert_eq!((done.blocked.len(), told.calls()), (1, 0));
    assert_eq!(post.held_back(&item), ["dry_run_only"]);
    let dry = DryRun::default();
    let channels = Channels::from([(ChannelKind::Email, &dry as &dyn Channel)]);
    post.crm.deliver(&post.round(LATER), &channels, 10).unwrap();
    assert_eq!(dry.left().len(), 1);
}

#[test]
fn headers_for_unsubscribing_are_made_where_they_are_asked_for() {
    let post = post();
    let mentions = json!([
        "sender_identity",
        "commercial_nature",
        "opt_out",
        "data_source",
        "rights",
        "privacy_contact",
        "list_unsubscribe"
    ]);
    let draft = post.write(&post.lead("contact@renovouest.fr"), json!({"mentions": mentions}));
    post.approve(&draft);
    let item = post.items(&draft)[0]["id"].as_str().unwrap().to_owned();
    // Nobody said where readers unsubscribe: what the message promises is missing.
    assert_eq!(post.held_back(&item), ["missing_mention"]);
    post.run("channel.patch", json!({"kind": "email", "fields": {"unsubscribe_url": "https://exemple.fr/u/{key}"}}));
    let parcel = post.start(&item).unwrap()["parcel"].clone();
    let url = format!("<https://exemple.fr/u/{}>", parcel["key"].as_str().unwrap());
    assert_eq!(
        parcel["headers"],
        json!([["List-Unsubscribe", url], ["List-Unsubscribe-Post", "List-Unsubscribe=One-Click"]])
    );
}

#[test]
fn a_channel_gives_up_in_time() {
    // A channel that recognises keys for a quarter of an hour forgets this one ten minutes early, for us.
    for (dedupe, lease, not_after) in [
        (json!(null), json!(null), "2026-11-23T10:05:00Z"),
        (json!(900), json!(600), "2026-11-23T10:05:00Z"),
        (json!(86_400), json!(600), "2026-11-23T10:10:00Z"),
        (json!(600), json!(60), "2026-11-23T10:01:00Z"),
    ] {
        let post = Post::new(MemoryStore::new());
        post.connect(json!({"dedupe_seconds": dedupe, "lease_seconds": lease}));
        let (_, item) = post.approved("contact@renovouest.fr");
        assert_eq!(post.start(&item).unwrap()["parcel"]["not_after"], not_after, "{dedupe} {lease}");
    }
}

#[test]
fn the_outbox_is_told_in_pages_with_what_is_due_first() {
    let post = post();
    let mut drafts = Vec::new();
    for n in 0..5 {
        drafts.push(post.approved(&format!("contact@office{n}.fr")));
    }
    post.start(&drafts[0].1).unwrap();
    let first = post.ask(LATER, "outbox", json!({"limit": 3}));
    assert_eq!(
        (&first["counts"]["queued"], &first["counts"]["started"], &first["counts"]["sent"]),
        (&json!(4), &json!(1), &json!(0))
    );
    let mut seen: Vec<(String, bool)> = Vec::new();
    let mut page = first;
    loop {
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        seen.extend(items.iter().map(|item| (item["id"].as_str().unwrap().to_owned(), item["is_due"] == true)));
        let Some(next) = page["next"].as_str() else { break };
        page = post.ask(LATER, "outbox", json!({"limit": 3, "after": next}));
        assert!(page.get("counts").is_none());
    }
    let expected: Vec<(String, bool)> =
        (1..5).map(|n| (drafts[n].1.clone(), true)).chain([(drafts[0].1.clone(), false)]).collect();
    let mut told = seen.clone();
    told.sort();
    let mut all = expected.clone();
    all.sort();
    assert_eq!((told, seen.last()), (all, expected.last()));
}

#[test]
fn channels_and_answers_are_checked() {
    let post = post();
    let connect = |kind: &str, fields: Json| {
        said(post.run_as("olga", "owner", LATER, "channel.connect", json!({"kind": kind, "fields": fields})))
    };
    assert_eq!(connect("pigeon", json!({})), "invalid_value body.kind");
    for (field, wrong) in [
        ("daily_limit", json!(-1)),
        ("contact_daily_limit", json!(2_000_000)),
        ("contact_weekly_limit", json!(-5)),
        ("dedupe_seconds", json!(-1)),
        ("lease_seconds", json!(0)),
        ("lease_seconds", json!(86_401)),
        ("unsubscribe_url", json!("http://exemple.fr/u")),
        ("unsubscribe_url", json!("https://exemple.fr/{key}>\u{20}x")),
    ] {
        assert!(connect("email", json!({(field): wrong})).ends_with(&format!("fields.{field}")), "{field} {wrong}");
    }
    for wrong in ["exemple", "@", "a@exam\u{200b}ple.fr", "@exemple.fr/x", "https://exemple.fr", "*@exemple.fr b", ""] {
        let found = connect("email", json!({"allowed_recipients": ["ok@exemple.fr", wrong]}));
        assert!(found.ends_with("fields.allowed_recipients[1]"), "{wrong:?}: {found}");
    }
    assert_eq!(connect("email", json!({"connected": true})), "invalid_value body.fields.connected");
    assert_eq!(connect("email", json!({"kind": "sms"})), "invalid_value body.fields.kind");
    // An address or exactly that domain: neither one below it nor one that looks like it.
    post.run(
        "channel.patch",
        json!({"kind": "email", "fields": {"allowed_recipients": ["@Office1.fr", "info@office2.fr"]}}),
    );
    for (email, is_allowed) in [
        ("contact@office1.fr", true),
        ("contact@sub.office1.fr", false),
        ("contact@office1.fr.evil.com", false),
        ("contact@0ffice1.fr", false),
        ("contact@оffice1.fr", false),
        ("info@office2.fr", true),
        ("contact@office2.fr", false),
    ] {
        let (_, item) = post.approved(email);
        let held = post.held_back(&item);
        assert_eq!(held.iter().any(|code| code == "recipient_not_allowed"), !is_allowed, "{email} {held:?}");
    }
    let (_, item) = post.approved("contact@office1.fr");
    let work = |command: &str, body: Json| said(post.work(LATER, command, body));
    assert_eq!(work("outbox.start", json!({"id": item})), "missing -");
    assert_eq!(work("outbox.start", json!({"worker": "x"})), "missing -");
    assert_eq!(work("outbox.start", json!({"id": item, "key": "k", "worker": "x"})), "invalid_json -");
    assert_eq!(work("outbox.start", json!({"key": "k", "worker": "x"})), "not_found -");
    for until in ["2026-11-23T09:59:00Z", "2026-11-25T10:00:00Z"] {
        let body = json!({"id": item, "worker": "x", "lease_until": until});
        assert_eq!(work("outbox.start", body), "invalid_value lease_until");
    }
    post.start(&item).unwrap();
    for (body, expected) in [
        (json!({"fence": 1, "outcome": "bounced"}), "invalid_value body.outcome"),
        (json!({"outcome": "sent"}), "missing -"),
        (json!({"fence": 5_000_000_000_u64, "outcome": "sent"}), "invalid_value body.fence"),
        (json!({"fence": 1, "outcome": "failed", "provider_id": "m1"}), "invalid_json body.provider_id"),
        (json!({"fence": 1, "outcome": "sent", "is_final": true}), "invalid_json body.is_final"),
        (json!({"fence": 1, "outcome": "sent", "provider_id": "a\r\nb"}), "invalid_text body.provider_id"),
        (json!({"fence": 1, "outcome": "sent", "provider_id": "x".repeat(999)}), "too_large body.provider_id"),
        (json!({"fence": 1, "outcome": "sent", "note": "x".repeat(1_001)}), "too_large body.note"),
    ] {
        let mut all = json!({"id": item});
        all.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        assert_eq!(work("outbox.settle", all), expected, "{body}");
    }
    assert_eq!(work("outbox.reconcile", json!({"id": item, "found": "maybe"})), "invalid_value body.found");
    assert_eq!(
        work("outbox.reconcile", json!({"id": item, "found": "ambiguous", "provider_id": "m"})),
        "invalid_json body.provider_id"
    );
    // What was refused changed nothing.
    assert_eq!(post.row("outbox_item", &item)["state"], "started");
}

#[test]
fn the_switch_keeps_who_turned_it_and_when() {
    let post = post();
    let stop = |user: &str, role: &str, when: &str| {
        post.run_as(user, role, when, "kill_switch.stop", json!({"note": "odd mails"})).unwrap()
    };
    assert_eq!(stop("anne", "member", MONDAY)["by"], "anne");
    // Stopped is stopped: the first who did it stays told.
    let again = stop("luc", "admin", LATER);
    assert_eq!((&again["by"], &again["since"]), (&json!("anne"), &json!(MONDAY)));
    let (_, item) = post.approved("contact@renovouest.fr");
    let blocked = post.start(&item).unwrap();
    assert_eq!((&blocked["reasons"][0]["by"], &blocked["until"]), (&json!("anne"), &Json::Null));
    let switch = post.ask(LATER, "channels", json!({}))["kill_switch"].clone();
    assert_eq!((&switch["stopped"], &switch["note"]), (&json!(true), &json!("odd mails")));
    let resumed = post.run_as("luc", "admin", LATER, "kill_switch.resume", json!({})).unwrap();
    assert_eq!((&resumed["stopped"], &resumed["by"]), (&json!(false), &json!("luc")));
    assert_eq!(post.held_back(&item), [] as [&str; 0]);
}
