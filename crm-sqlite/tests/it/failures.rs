//! What fails, fails whole: locked files, full disks, races.

use std::sync::Barrier;
use std::thread;

use crm_core::Code;
use crm_core::store::Store;
use crm_sqlite::{Options, SqliteStore};
use rusqlite::Connection;

use crate::support::{all, commit, lead, leads, put, workspace};

#[test]
fn a_locked_file_is_busy_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    let options = Options { busy_timeout_ms: 30, ..Options::default() };
    let store = SqliteStore::open_with(&path, options.clone()).unwrap();
    put(&store, 1).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(put(&store, 2).unwrap_err().code(), Code::Busy);
    // Reading and opening go on.
    assert_eq!(leads(&store), 1);
    assert_eq!(leads(&SqliteStore::open_with(&path, options.clone()).unwrap()), 1);
    other.execute_batch("ROLLBACK").unwrap();
    put(&store, 2).unwrap();
    assert_eq!(leads(&store), 2);
    // A writer that is done in time is waited for.
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let patient = SqliteStore::open(&path).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| put(&patient, 3));
        thread::sleep(std::time::Duration::from_millis(100));
        other.execute_batch("COMMIT").unwrap();
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(leads(&store), 3);
}

#[test]
fn a_full_disk_loses_nothing_and_writing_resumes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    let open =
        |most: u64| SqliteStore::open_with(&path, Options { most_bytes: Some(most), ..Options::default() }).unwrap();
    // An empty file has a page for each table and index, more than a megabyte.
    let store = open(4_000_000);
    let mut acknowledged = 0;
    let error = loop {
        match put(&store, acknowledged) {
            Ok(()) => acknowledged += 1,
            Err(e) => break e,
        }
    };
    assert_eq!(error.code(), Code::StorageFull);
    assert!(acknowledged > 100, "{acknowledged}");
    assert_eq!(leads(&store), acknowledged);
    // A large commit that stops in the middle.
    let many = commit("many", (100_000..101_000).map(|n| lead(n, 1)).collect());
    assert_eq!(store.commit(&workspace(), &many).unwrap_err().code(), Code::StorageFull);
    assert_eq!(leads(&store), acknowledged);
    drop(store);
    let store = open(60_000_000);
    assert_eq!(leads(&store), acknowledged);
    put(&store, acknowledged).unwrap();
    store.commit(&workspace(), &many).unwrap();
    assert_eq!(leads(&store), acknowledged + 1001);
}

fn race(stores: &[&SqliteStore]) {
    const ROUNDS: u64 = 40;
    put(stores[0], 1).unwrap();
    let barrier = Barrier::new(stores.len());
    let won: Vec<u64> = thread::scope(|scope| {
        let threads: Vec<_> = (0u64..)
            .zip(stores)
            .map(|(me, store)| {
                let barrier = &barrier;
                scope.spawn(move || {
                    let mut won = 0;
                    for version in 2..ROUNDS + 2 {
                        barrier.wait();
                        let mut row = lead(1, version);
                        row.body.custom_mut().set("by", crm_core::Value::Text(format!("{me}")));
                        match store.commit(&workspace(), &commit(&format!("{me} {version}"), vec![row])) {
                            Ok(_) => won += 1,
                            Err(e) => assert_eq!(e.code(), Code::Conflict),
                        }
                        barrier.wait();
                    }
                    won
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(won.iter().sum::<u64>(), ROUNDS, "{won:?}");
    let read = stores[0].snapshot(&workspace()).unwrap();
    assert_eq!(read.get(lead(1, 1).key()).unwrap().unwrap().version, ROUNDS + 1);
    assert_eq!(leads(stores[0]), 1);
}

#[test]
fn of_two_threads_exactly_one_wins() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path().join("crm.db")).unwrap();
    race(&[&store, &store, &store]);
    let store = SqliteStore::in_memory().unwrap();
    race(&[&store, &store, &store]);
}

#[test]
fn of_two_stores_on_one_file_exactly_one_wins() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    let stores: Vec<_> = (0..3).map(|_| SqliteStore::open(&path).unwrap()).collect();
    race(&stores.iter().collect::<Vec<_>>());
}

#[test]
fn many_open_one_new_file_at_once() {
    // Many rounds: what goes wrong here does so once in a hundred.
    for _ in 0..30 {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("crm.db");
        let barrier = Barrier::new(6);
        thread::scope(|scope| {
            for n in 0..6 {
                let (path, barrier) = (&path, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    put(&SqliteStore::open(path).unwrap(), n).unwrap();
                });
            }
        });
        assert_eq!(leads(&SqliteStore::open(&path).unwrap()), 6);
    }
}

/// Each commit writes two leads: a snapshot that is one moment sees an even number, as often as it looks.
fn readers_see_moments(store: &SqliteStore) {
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let read = store.snapshot(&workspace()).unwrap();
                    let seen = read.count(&all()).unwrap();
                    assert_eq!(seen % 2, 0);
                    assert_eq!(read.find(&all()).unwrap().rows.len(), usize::try_from(seen).unwrap());
                    assert_eq!(read.count(&all()).unwrap(), seen);
                }
            });
        }
        for n in 0..100 {
            let both = vec![lead(2 * n, 1), lead(2 * n + 1, 1)];
            store.commit(&workspace(), &commit(&format!("pair {n}"), both)).unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(leads(store), 200);
}

#[test]
fn readers_see_moments_while_others_write() {
    let dir = tempfile::tempdir().unwrap();
    readers_see_moments(&SqliteStore::open(dir.path().join("crm.db")).unwrap());
    readers_see_moments(&SqliteStore::in_memory().unwrap());
}
