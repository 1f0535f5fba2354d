//! Quotes that are issued at once: each number is given once, whoever asks.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use crm_core::rules::Rules;
use crm_core::{Crm, Id};
use crm_sqlite::SqliteStore;
use serde_json::{Value as Json, json};

const AT: &str = "2026-11-23T09:00:00Z";

fn run(crm: &Crm<SqliteStore>, id: &str, command: &str, body: &Json) -> Result<Json, crm_core::Error> {
    let document = json!({"command": command, "id": Id::from_text(id).to_string(), "workspace": "acme",
        "actor": {"name": "marie", "role": "owner"}, "at": AT, "body": body});
    Ok(crm.run_json(document.to_string().as_bytes())?["output"].clone())
}

#[test]
fn two_handles_on_one_file_give_no_number_twice() {
    const EACH: usize = 20;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    let open = || Crm::new(SqliteStore::open(&path).unwrap(), Rules::default());
    let handles = [open(), open()];
    let account = run(&handles[0], "account", "account.create", &json!({"fields": {"name": "Mairie"}})).unwrap();
    let terms = json!({"currency": "EUR", "lines": [{"quantity": "1", "unit_price": "10", "vat": {"rate": "20"}}]});
    let mut ids: Vec<Json> = Vec::new();
    for n in 0..2 * EACH {
        let body = json!({"fields": {"account": account["id"]}, "terms": terms});
        ids.push(run(&handles[0], &format!("quote {n}"), "quote.create", &body).unwrap()["id"].clone());
    }
    let barrier = Barrier::new(2);
    let numbers: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = handles
            .iter()
            .enumerate()
            .map(|(me, crm)| {
                let (ids, barrier) = (&ids, &barrier);
                scope.spawn(move || {
                    let mut given = Vec::new();
                    for id in ids.iter().skip(me).step_by(2) {
                        barrier.wait();
                        // Who loses ten races in a row asks again.
                        let body = json!({"id": id});
                        let now = (0..20)
                            .find_map(|n| run(crm, &format!("issue {me} {id} {n}"), "quote.issue", &body).ok())
                            .unwrap();
                        given.push(now["number"].as_str().unwrap().to_owned());
                    }
                    given
                })
            })
            .collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
    });
    let expected: BTreeSet<String> = (1..=2 * EACH).map(|n| format!("D-2026-{n:05}")).collect();
    assert_eq!(numbers.len(), expected.len());
    assert_eq!(numbers.into_iter().collect::<BTreeSet<_>>(), expected);
}
