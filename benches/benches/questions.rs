//! Questions that read much, over a growing number of open deals: how long each takes, and what it asks the store. A look
//! at growth and no statistics: each question is asked once of a workspace that is warm, and the time is the processor's.
//!
//! `cargo bench -p crm-benches --bench questions` fills both stores with 1,000, 4,000 and 10,000 deals. Behind `--` go
//! other numbers, and `memory` or `sqlite` for one of the two.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant as Clock;

use crm_benches::deals::{below, pick};
use crm_core::Crm;
use crm_core::command::Import;
use crm_core::model::{Account, Contact, Deal, Key, Row};
use crm_core::rules::Rules;
use crm_core::store::{Commit, Entry, LogQuery, MemoryStore, Page, Query, Read, Store, Workspace};
use crm_sqlite::SqliteStore;
use serde_json::{Value as Json, json};

type Failure = Box<dyn std::error::Error>;

/// When the workspace was filled, when deals were put off, and when everything is asked.
const FILLED: &str = "2026-09-01T08:00:00Z";
const MOVED: &str = "2026-10-20T08:00:00Z";
const ASKED: &str = "2026-11-23T08:00:00Z";
/// 2026-11-23 as days since 1970.
const TODAY: u64 = 20_780;
const ROWS_PER_COMMAND: u64 = 500;
const SOURCE: &str = "bench";

/// A store that counts what it is asked.
struct Counted {
    store: Box<dyn Store>,
    asked: Asked,
}

/// Questions to a store, and the rows that it gave.
#[derive(Default)]
struct Asked {
    finds: AtomicU64,
    gets: AtomicU64,
    counts: AtomicU64,
    rows: AtomicU64,
}

struct Counting<'s> {
    read: Box<dyn Read + 's>,
    asked: &'s Asked,
}

impl Store for Counted {
    fn snapshot(&self, workspace: &Workspace) -> crm_core::Result<Box<dyn Read + '_>> {
        Ok(Box::new(Counting { read: self.store.snapshot(workspace)?, asked: &self.asked }))
    }

    fn commit(&self, workspace: &Workspace, commit: &Commit) -> crm_core::Result<Entry> {
        self.store.commit(workspace, commit)
    }
}

impl Read for Counting<'_> {
    fn get(&self, key: Key) -> crm_core::Result<Option<Row>> {
        self.asked.gets.fetch_add(1, Relaxed);
        self.read.get(key)
    }

    fn find(&self, query: &Query) -> crm_core::Result<Page> {
        let page = self.read.find(query)?;
        self.asked.finds.fetch_add(1, Relaxed);
        self.asked.rows.fetch_add(u64::try_from(page.rows.len()).unwrap_or(0), Relaxed);
        Ok(page)
    }

    fn count(&self, query: &Query) -> crm_core::Result<u64> {
        self.asked.counts.fetch_add(1, Relaxed);
        self.read.count(query)
    }

    fn log(&self, query: &LogQuery) -> crm_core::Result<Vec<Entry>> {
        self.read.log(query)
    }
}

/// A day, counted from 2026-11-23.
fn day(offset: i64) -> Option<String> {
    let day = i64::try_from(TODAY).ok()?.checked_add(offset)?;
    let at = crm_core::Instant::from_timestamp(day.checked_mul(86_400)?, 0)?;
    Some(at.format("%Y-%m-%d").to_string())
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(0)
}

/// The fields of the `i`th deal; three in four are open.
fn deal(i: u64) -> Json {
    const STAGES: [&str; 6] = ["new", "qualified", "proposal", "negotiation", "won", "lost"];
    let stage = STAGES.get(pick(1, i, &[25, 25, 15, 10, 13, 12])).copied().unwrap_or("new");
    json!({
        "external_id": i.to_string(),
        "name": format!("Chantier {i}"),
        "pipeline": "sales",
        "stage": stage,
        "owner": format!("owner {}", i % 12),
        "account": Import::<Account>::id_of(SOURCE, &(i / 2).to_string()).to_string(),
        "contact": Import::<Contact>::id_of(SOURCE, &(i / 2).to_string()).to_string(),
        "value": {"amount": (100 + below(2, i, 90_000)).to_string(), "currency": "EUR"},
        "close_date": day(signed(below(3, i, 200)) - 30),
    })
}

/// What hangs on the deals: two activities on average, a task for most, a person, an account for each two.
fn around(record: &str, i: u64) -> Json {
    let deal = |i: u64| Import::<Deal>::id_of(SOURCE, &i.to_string()).to_string();
    let contact = |i: u64| Import::<Contact>::id_of(SOURCE, &i.to_string()).to_string();
    let external_id = i.to_string();
    match record {
        "account" => json!({"external_id": external_id, "name": format!("Société {i}")}),
        "contact" => json!({"external_id": external_id, "first_name": "Camille", "last_name": format!("Martin-{i}"),
            "role": if i.is_multiple_of(3) { "decision maker" } else { "user" }}),
        "deal_contact" => json!({"external_id": external_id, "deal": deal(i), "contact": contact(i / 2)}),
        "task" => {
            json!({"external_id": external_id, "deal": deal(i), "title": "Relancer", "assignee": format!("owner {}", i % 12),
            "due_date": day(signed(below(5, i, 60)) - 20)})
        }
        _ => {
            let direction = if below(6, i, 3) == 0 { "inbound" } else { "outbound" };
            let happened_at = day(-signed(below(7, i, 80))).map(|day| format!("{day}T10:00:00Z"));
            json!({"external_id": external_id, "deal": deal(i / 2), "contact": contact(i / 4), "kind": "call",
                "direction": direction, "happened_at": happened_at, "actor": "owner 1"})
        }
    }
}

fn fill(crm: &Crm<Counted>, deals: u64) -> Result<(), Failure> {
    let mut number = 0u64;
    let mut run = |command: &str, at: &str, body: Json| -> Result<(), Failure> {
        number += 1;
        let id = crm_core::Id::from_text(&format!("{deals} {number}")).to_string();
        let document = json!({"command": command, "id": id, "workspace": "bench", "at": at,
            "actor": {"name": "bench", "role": "owner"}, "body": body});
        crm.run_json(document.to_string().as_bytes())?;
        Ok(())
    };
    let stages = json!([
        {"code": "new", "probability_bp": 1000, "max_age_days": 14},
        {"code": "qualified", "probability_bp": 3000, "max_age_days": 21},
        {"code": "proposal", "probability_bp": 5000, "max_age_days": 14},
        {"code": "negotiation", "probability_bp": 7000, "category": "commit"},
        {"code": "won", "kind": "won"},
        {"code": "lost", "kind": "lost"},
    ]);
    run("pipeline.create", FILLED, json!({"code": "sales", "name": "Sales", "stages": stages}))?;
    let mut import = |record: &str, at: &str, rows: Vec<Json>| -> Result<(), Failure> {
        for some in rows.chunks(usize::try_from(ROWS_PER_COMMAND)?) {
            let rows: Vec<Json> = some.iter().map(|fields| json!({"line": 1, "fields": fields})).collect();
            let body = json!({"source": SOURCE, "on_existing": "update", "rows": rows});
            run(&format!("{record}.import"), at, body)?;
        }
        Ok(())
    };
    let rows = |record: &'static str, count: u64| (0..count).map(move |i| around(record, i)).collect::<Vec<_>>();
    import("account", FILLED, rows("account", deals.div_ceil(2)))?;
    import("contact", FILLED, rows("contact", deals.div_ceil(2)))?;
    import("deal", FILLED, (0..deals).map(deal).collect())?;
    for record in ["deal_contact", "task"] {
        import(record, FILLED, rows(record, deals))?;
    }
    import("activity", FILLED, rows("activity", deals * 2))?;
    let put_off = |i: u64| json!({"external_id": i.to_string(), "close_date": day(signed(below(8, i, 120)))});
    import("deal", MOVED, (0..deals).step_by(3).map(put_off).collect())
}

/// Nanoseconds that this thread ran, where the system tells; elsewhere the time on the wall since `start`.
fn spent(start: Clock) -> u128 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ran = told.and_then(|told| told.split(' ').next()?.parse().ok());
    ran.unwrap_or_else(|| start.elapsed().as_nanos())
}

fn ask(crm: &Crm<Counted>, name: &str, question: &str, body: &Json) -> Result<(), Failure> {
    let document =
        json!({"workspace": "bench", "at": ASKED, "actor": {"name": "bench", "role": "owner"}, question: body});
    let document = document.to_string();
    let asked = &crm.store().asked;
    for counter in [&asked.finds, &asked.gets, &asked.counts, &asked.rows] {
        counter.store(0, Relaxed);
    }
    let start = Clock::now();
    let before = spent(start);
    let answer = crm.query_json(document.as_bytes())?;
    let ms = (spent(start) - before) / 1_000_000;
    let [finds, gets, counts, rows] =
        [&asked.finds, &asked.gets, &asked.counts, &asked.rows].map(|counter| counter.load(Relaxed));
    let bytes = answer.to_string().len();
    println!("{name:<28}{question:<12}{ms:>8} ms{finds:>8}{gets:>8}{counts:>8}{rows:>9}{bytes:>10}");
    Ok(())
}

fn measure(name: &str, store: Box<dyn Store>, deals: u64) -> Result<(), Failure> {
    let crm = Crm::new(Counted { store, asked: Asked::default() }, Rules::default());
    let start = Clock::now();
    let before = spent(start);
    fill(&crm, deals)?;
    let name = format!("{name}, {deals} deals");
    println!("{name:<28}{:<12}{:>8} ms", "(filled)", (spent(start) - before) / 1_000_000);
    let zone = "Europe/Paris";
    for (question, body) in [
        ("find", json!({"record": "deal", "limit": 1000})),
        ("dashboard", json!({"currency": "EUR", "window": {"to_date": {"unit": "month"}, "zone": zone}})),
        ("page", json!({"lang": "fr", "zone": zone})),
        ("board", json!({"pipeline": "sales", "cards": 5, "lang": "fr"})),
        ("deal_risks", json!({"limit": 200})),
        ("deals", json!({"limit": 200})),
        (
            "report",
            json!({"report": {"kind": "pipeline_snapshot", "group_by": ["owner"], "currency": "EUR",
                "window": {"to_date": {"unit": "quarter"}, "zone": zone}}}),
        ),
        (
            "report",
            json!({"report": {"kind": "win_rate", "currency": "EUR", "window": {"to_date": {"unit": "quarter"}, "zone": zone}}}),
        ),
    ] {
        ask(&crm, &name, question, &body)?;
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut sizes: Vec<u64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1_000, 4_000, 10_000];
    }
    let wants = |store: &str| words.iter().all(|word| word.parse::<u64>().is_ok() || word == store);
    println!("{:<40}{:>11}{:>8}{:>8}{:>8}{:>9}{:>10}", "", "time", "finds", "gets", "counts", "rows", "bytes");
    for deals in sizes {
        if wants("memory") {
            measure("memory", Box::new(MemoryStore::new()), deals)?;
        }
        if wants("sqlite") {
            let folder = tempfile::tempdir()?;
            measure("sqlite", Box::new(SqliteStore::open(folder.path().join("crm.db"))?), deals)?;
        }
    }
    Ok(())
}
