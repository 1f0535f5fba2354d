//! The two sample files under `examples/data`: everything in them is invented, and a few rows are bad on purpose.

use std::ops::ControlFlow;

use crm_core::command::{Actor, Ctx, OnExisting, Role};
use crm_core::model::Lead;
use crm_core::rules::Rules;
use crm_core::store::{MemoryStore, Workspace};
use crm_core::{Crm, Id, Lang, Problem};
use crm_csv::{DateOrder, DecimalMark, Import, Options, read_leads};

const ENGLISH: &[u8] = include_bytes!("../../examples/data/leads_sample.csv");
const FRENCH: &[u8] = include_bytes!("../../examples/data/prospects_exemple.csv");

fn options() -> Options {
    Options { currency: "EUR".parse().ok(), zone: "Europe/Paris".parse().ok(), ..Options::default() }
}

fn french() -> Options {
    Options { decimal: DecimalMark::Comma, date_order: Some(DateOrder::DayFirst), ..options() }
}

fn rejects(import: &Import) -> Vec<(Option<&str>, &Problem)> {
    import.rejects.iter().map(|r| (r.column.as_deref(), r.error.problem())).collect()
}

#[test]
fn the_english_sample() {
    let import = read_leads(ENGLISH, &options()).unwrap();
    assert_eq!((import.source.as_str(), import.delimiter), ("hubspot", ','));
    assert_eq!((import.rows.len(), import.duplicates.len()), (132, 1));
    assert_eq!(
        rejects(&import),
        [
            (Some("Amount"), &Problem::DecimalComma { found: "12 500,00".into() }),
            (Some("Create Date"), &Problem::NotAnInstant { found: "2026-13-02 09:30".into() }),
            (Some("Email"), &Problem::NotAnEmail { found: "sales@@ironleaf.example".into() }),
        ]
    );
    assert!(import.mapping.ignored.is_empty(), "{:?}", import.mapping.ignored);
}

#[test]
fn the_french_sample() {
    let import = read_leads(FRENCH, &french()).unwrap();
    assert_eq!((import.source.as_str(), import.delimiter), ("csv", ';'));
    assert_eq!((import.rows.len(), import.duplicates.len()), (176, 2));
    let texts: Vec<String> = import.rejects.iter().map(|r| r.text(Lang::French)).collect();
    let columns: Vec<Option<&str>> = import.rejects.iter().map(|r| r.column.as_deref()).collect();
    assert_eq!(columns, [Some("Date de création"), Some("Montant"), Some("E-mail"), None], "{texts:#?}");
    assert!(import.mapping.ignored.is_empty(), "{:?}", import.mapping.ignored);
    let untold = read_leads(FRENCH, &Options { date_order: None, ..french() }).unwrap();
    assert_eq!((untold.date_order, untold.rows.len()), (Some(DateOrder::DayFirst), 176), "its dates prove their order");
}

#[test]
fn every_person_in_them_is_invented() {
    for (bytes, options) in [(ENGLISH, options()), (FRENCH, french())] {
        let import = read_leads(bytes, &options).unwrap();
        for row in &import.rows {
            let text = |name: &str| row.fields.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
            for name in ["email", "website"] {
                assert!(text(name).is_empty() || text(name).ends_with(".example"), "{}", row.line);
            }
            // Numbers that the regulators set aside for fiction.
            for phone in [text("phone"), text("mobile")] {
                let known = ["01 99 00 ", "02 61 91 ", "03 53 01 ", "04 65 71 ", "05 36 49 ", "06 39 98 "];
                let fiction = known.iter().any(|p| phone.starts_with(p)) || phone.contains(") 555-01");
                assert!(phone.is_empty() || fiction, "{phone}");
            }
        }
    }
}

#[test]
fn every_row_is_taken_and_a_second_time_found_again() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let at = "2026-11-22T09:00:00Z".parse().unwrap();
    let actor = Actor::new("marie", Role::Admin).unwrap();
    let cx = |id: &str| Ctx::new(Workspace::new("acme").unwrap(), actor.clone(), at, Id::from_text(id));
    for (bytes, options, known) in [(ENGLISH, options(), 132), (FRENCH, french(), 176)] {
        let import = read_leads(bytes, &options).unwrap();
        let mut go = |_| ControlFlow::Continue(());
        let mut run = |id: &str| {
            let (rows, skip) = (import.rows.clone(), OnExisting::Skip);
            crm.import_all::<Lead>(&cx(&format!("{} {id}", import.source)), &import.source, skip, rows, &mut go)
                .unwrap()
        };
        let first = run("first");
        assert_eq!((first.created, first.rejected), (known, vec![]));
        assert_eq!(run("second").skipped, known);
    }
}

#[test]
fn other_options_find_the_same_records_again() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let at = "2026-11-22T09:00:00Z".parse().unwrap();
    let actor = Actor::new("marie", Role::Admin).unwrap();
    let without_ids = Options { overrides: vec!["Référence=-".parse().unwrap()], ..french() };
    let other = Options {
        currency: "USD".parse().ok(),
        zone: "UTC".parse().ok(),
        overrides: ["Référence=-", "Commentaires=-", "Campagne=segment"].iter().map(|o| o.parse().unwrap()).collect(),
        ..french()
    };
    for (id, options, created, known) in [("first", without_ids, 176, 0), ("second", other, 0, 176)] {
        let import = read_leads(FRENCH, &options).unwrap();
        let cx = Ctx::new(Workspace::new("acme").unwrap(), actor.clone(), at, Id::from_text(id));
        let mut go = |_| ControlFlow::Continue(());
        let done = crm.import_all::<Lead>(&cx, &import.source, OnExisting::Skip, import.rows, &mut go).unwrap();
        assert_eq!((done.created, done.skipped), (created, known), "{id}");
    }
}
