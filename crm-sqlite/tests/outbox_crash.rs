//! Workers that hand messages to a channel are killed at random (SIGKILL), over a real file: nothing is lost, nothing is sent
//! twice, and what nobody knows is decided by looking into the channel's own file.
//!
//! This binary runs itself as worker. `CRM_CRASH_KILLS=2000 cargo test -p crm-sqlite --test outbox_crash -- --nocapture` is the
//! long run; it prints what it counted. The control dispatches as job queues do, with what was started and not answered
//! given to the channel again; it has to send twice, or this test would see nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops where it is wrong"
)]

#[path = "../../crm-core/tests/it/outbox_driver.rs"]
mod outbox_driver;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::{SecondsFormat, TimeDelta};
use crm_core::command::{Outgoing, Role};
use crm_core::engine::{Answer, Channel, Channels};
use crm_core::kernel::approval::ChannelKind;
use crm_sqlite::SqliteStore;
use outbox_driver::{LATER, Post, at};
use serde_json::{Value as Json, json};

/// Names the folder of a worker.
const FOLDER: &str = "CRM_CRASH_FOLDER";
/// Makes a worker dispatch as job queues do.
const CONTROL: &str = "CRM_CRASH_CONTROL";
/// Messages of one file, and workers at once.
const MESSAGES: usize = 40;
const WORKERS: usize = 2;

/// A channel that writes each key down, as safely as a provider takes a message; it takes a moment before and after.
struct Written(PathBuf);

impl Written {
    fn take(&self, key: &str) {
        sleep(Duration::from_micros(random() % 25_000));
        let mut file = OpenOptions::new().create(true).append(true).open(&self.0).unwrap();
        file.write_all(format!("{key}\n").as_bytes()).unwrap();
        file.sync_all().unwrap();
        sleep(Duration::from_micros(random() % 25_000));
    }
}

impl Channel for Written {
    fn send(&self, parcel: &Outgoing) -> Answer {
        self.take(&parcel.key);
        Answer::Sent { provider_id: Some(format!("p-{}", parcel.key.chars().take(12).collect::<String>())) }
    }
}

/// A number that differs from call to call; kills are random anyway.
fn random() -> u64 {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
    let mixed = u64::from(nanos).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

fn open(folder: &Path) -> Post<SqliteStore> {
    let name = format!("{} {}", std::process::id(), random());
    Post::named(SqliteStore::open(folder.join("crm.db")).unwrap(), &name)
}

/// The keys that the channel took, in order.
fn taken(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("channel")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Delivers until nothing is due. As a test of its own it has nothing to do.
#[test]
fn worker() {
    let Ok(folder) = std::env::var(FOLDER).map(PathBuf::from) else { return };
    let (post, channel) = (open(&folder), Written(folder.join("channel")));
    let channels = Channels::from([(ChannelKind::Email, &channel as &dyn Channel)]);
    fs::write(ready(&folder, std::process::id()), "").unwrap();
    for round in 0_u64.. {
        let id = format!("{} {round} {}", std::process::id(), random());
        let done = post.crm.deliver(&post.ctx("mailer", Role::Admin, &now(&folder), &id), &channels, 5).unwrap();
        assert_eq!(done.stopped, None);
        if std::env::var(CONTROL).is_ok() {
            give_again(&post, &channel);
        }
        if done.deliveries.is_empty() && done.passed_over.is_empty() {
            return;
        }
    }
}

/// The file by which a worker says that it works.
fn ready(folder: &Path, worker: u32) -> PathBuf {
    folder.join(format!("ready {worker}"))
}

/// The clock of a file: it goes on by what is written beside it, so that no round is before the one before.
fn now(folder: &Path) -> String {
    let minutes: i64 = fs::read_to_string(folder.join("minutes")).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let at = at(LATER) + TimeDelta::try_minutes(minutes).unwrap();
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Lets so many minutes pass.
fn wait(folder: &Path, minutes: i64) {
    let path = folder.join("minutes");
    let before: i64 = fs::read_to_string(&path).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    fs::write(path, (before + minutes).to_string()).unwrap();
}

/// What a queue with leases does: what was started and not answered is somebody else's to do.
fn give_again(post: &Post<SqliteStore>, channel: &Written) {
    let started = post.ask(LATER, "outbox", json!({"states": ["started"]}));
    for item in started["items"].as_array().unwrap() {
        channel.take(item["key"].as_str().unwrap());
        let body = json!({"id": item["id"], "fence": item["fence"], "outcome": "sent"});
        // Whoever has it may have answered meanwhile.
        let _ = post.work(LATER, "outbox.settle", body);
    }
}

fn spawn(folder: &Path, control: bool) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "worker", "--nocapture"]).env(FOLDER, folder).env_remove(CONTROL);
    if control {
        command.env(CONTROL, "1");
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
}

/// A file with approved messages to one office.
fn prepare(folder: &Path) -> Vec<String> {
    let post = open(folder);
    post.connect(json!({}));
    let lead = post.lead("contact@renovouest.fr");
    (0..MESSAGES)
        .map(|n| {
            let draft = post.write(&lead, json!({"text": format!("Bonjour {n}")}));
            post.approve(&draft);
            draft
        })
        .collect()
}

/// Kills workers at random until `most` were, or until two in a row came to an end by themselves.
fn storm(folder: &Path, most: usize, control: bool) -> usize {
    let (mut kills, mut ended) = (0, 0);
    let mut workers: Vec<Child> = (0..WORKERS).map(|_| spawn(folder, control)).collect();
    while kills < most && ended < WORKERS {
        let place = usize::try_from(random()).unwrap_or(0) % workers.len();
        let worker = &mut workers[place];
        // Few are killed before they do anything, most of them while they deliver.
        while !random().is_multiple_of(50)
            && !ready(folder, worker.id()).exists()
            && worker.try_wait().unwrap().is_none()
        {
            sleep(Duration::from_millis(2));
        }
        sleep(Duration::from_micros(random() % 60_000));
        match worker.try_wait().unwrap() {
            Some(status) => {
                assert!(status.success(), "a worker failed: {status}");
                ended += 1;
            }
            None => {
                worker.kill().unwrap();
                worker.wait().unwrap();
                (kills, ended) = (kills + 1, 0);
            }
        }
        workers[place] = spawn(folder, control);
    }
    for mut worker in workers {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    kills
}

/// What is counted over all files.
#[derive(Debug, Default)]
struct Counted {
    kills: usize,
    messages: usize,
    unknown: usize,
    found: usize,
    not_found: usize,
}

/// The rows of the outbox, by key.
fn rows(post: &Post<SqliteStore>, when: &str) -> BTreeMap<String, Json> {
    let mut rows = BTreeMap::new();
    let mut after = Json::Null;
    loop {
        let page = post.ask(when, "outbox", json!({"after": after}));
        for item in page["items"].as_array().unwrap() {
            rows.insert(item["key"].as_str().unwrap().to_owned(), item.clone());
        }
        after = page["next"].clone();
        if after.is_null() {
            return rows;
        }
    }
}

/// One file, killed and looked at until everything left.
fn campaign(most: usize, counted: &mut Counted) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let drafts = prepare(folder);
    counted.messages += drafts.len();
    loop {
        let left_over = most.saturating_sub(counted.kills);
        // The last storm is a calm: what is left is delivered.
        counted.kills += match left_over {
            0 => {
                assert!(spawn(folder, false).wait().unwrap().success());
                0
            }
            left_over => storm(folder, left_over.min(20), false),
        };
        let post = open(folder);
        // Every channel has had its time.
        wait(folder, 10);
        let when = now(folder);
        post.work(&when, "outbox.tick", json!({})).unwrap();
        let (keys, rows) = (taken(folder), rows(&post, &when));
        let once: BTreeSet<&String> = keys.iter().collect();
        assert_eq!(once.len(), keys.len(), "sent twice");
        assert_eq!(rows.len(), drafts.len(), "lost");
        for key in &once {
            assert!(rows.contains_key(*key), "something left that is not in the outbox");
        }
        let mut open_ones = 0;
        for (key, row) in &rows {
            let has_left = once.contains(key);
            match row["state"].as_str().unwrap() {
                // `sent` means that the channel took it, and `queued` that it certainly did not.
                "sent" => assert!(has_left, "{row}"),
                "queued" => {
                    assert!(!has_left, "{row}");
                    open_ones += 1;
                }
                "unknown" => {
                    let found = if has_left { "found" } else { "not_found" };
                    counted.unknown += 1;
                    *(if has_left { &mut counted.found } else { &mut counted.not_found }) += 1;
                    let body = json!({"id": row["id"], "found": found});
                    let settled = post.work(&when, "outbox.reconcile", body).unwrap();
                    assert_eq!(settled["state"], if has_left { "sent" } else { "queued" });
                    open_ones += usize::from(!has_left);
                }
                other => panic!("{other}: {row}"),
            }
        }
        if open_ones == 0 {
            assert_eq!(taken(folder).len(), drafts.len());
            assert!(drafts.iter().all(|draft| post.state(draft) == "sent"));
            let verified = post.ask(&when, "verify", json!({}));
            assert_eq!(verified["findings"].as_array().map_or(0, Vec::len), 0, "{verified}");
            return;
        }
    }
}

#[test]
fn nothing_is_sent_twice_and_nothing_is_lost() {
    let most: usize = std::env::var("CRM_CRASH_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    let (begun, mut counted) = (Instant::now(), Counted::default());
    while counted.kills < most {
        campaign(most, &mut counted);
    }
    println!("{counted:?}, sent twice: 0, lost: 0, in {} s", begun.elapsed().as_secs());
}

#[test]
fn a_queue_that_tries_again_sends_twice() {
    let (mut kills, mut messages) = (0, 0);
    // A double is found within a few kills; many more would mean that the channel's file is not looked at.
    while kills < 400 {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        kills += storm(folder.path(), 40, true);
        let keys = taken(folder.path());
        let twice = keys.len() - keys.iter().collect::<BTreeSet<_>>().len();
        messages += keys.len() - twice;
        if twice > 0 {
            println!("the control sent {twice} of {messages} messages twice, in {kills} kills");
            return;
        }
    }
    panic!("the control sent nothing twice in {kills} kills: this test would not see a double");
}
