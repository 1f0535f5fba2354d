//! Imports: nothing twice, nothing lost, no refusal weakened.

use crm_core::command::{Archive, Import, ImportRow, OnExisting, Patch, Role};
use crm_core::model::{Consent, Lead};
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Code, Crm};
use serde_json::{Value, json};

use crate::support::{cx, member};

fn row(line: u64, json: Value) -> ImportRow {
    ImportRow { line, fields: json.as_object().unwrap().clone() }
}

fn go(_: crm_core::engine::Progress) -> crm_core::engine::Control {
    crm_core::engine::Control::Continue(())
}

#[test]
fn a_second_import_imports_nothing_twice() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let rows: Vec<ImportRow> = (0..2500)
        .map(|i| row(i + 2, json!({"company": format!("Société {i}"), "external_id": i.to_string()})))
        .collect();
    let mut seen = Vec::new();
    let mut watch = |p: crm_core::engine::Progress| {
        seen.push(p.done);
        crm_core::engine::Control::Continue(())
    };
    let first =
        crm.import_all::<Lead>(&cx(Role::Admin, "a"), "zoho", OnExisting::Skip, rows.clone(), &mut watch).unwrap();
    assert_eq!((first.created, first.skipped, first.rejected.len()), (2500, 0, 0));
    assert_eq!(seen, [1000, 2000, 2500]);
    // The same job again answers from the trail; another job finds every record there.
    let again = crm.import_all::<Lead>(&cx(Role::Admin, "a"), "zoho", OnExisting::Skip, rows.clone(), &mut go).unwrap();
    assert_eq!(again, first);
    let second = crm.import_all::<Lead>(&cx(Role::Admin, "b"), "zoho", OnExisting::Update, rows, &mut go).unwrap();
    assert_eq!((second.created, second.updated, second.skipped), (0, 0, 2500));
}

#[test]
fn a_bad_row_is_rejected_with_its_line_and_the_others_go_in() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let rows = vec![
        row(2, json!({"company": "A", "external_id": "1"})),
        row(3, json!({"company": "B", "external_id": "2", "size": "many"})),
        row(4, json!({"company": "C"})),
        row(5, json!({"compagny": "D", "external_id": "4"})),
        row(6, json!({"company": "E", "external_id": "5", "value": {"amount": "12.345", "currency": "EUR"}})),
        row(7, json!({"company": "F", "external_id": "6", "score": 99})),
    ];
    let done =
        crm.run(&cx(Role::Admin, "a"), &Import::<Lead>::new("x", OnExisting::Skip, rows)).unwrap().done().unwrap();
    assert_eq!(done.created, 1);
    let refused: Vec<_> = done
        .rejected
        .iter()
        .map(|r| (r.line, r.error["code"].as_str().unwrap(), r.error.get("field").and_then(Value::as_str)))
        .collect();
    assert_eq!(
        refused,
        [
            (3, "invalid_value", Some("size")),
            (4, "missing", None),
            (5, "unknown_field", Some("compagny")),
            (6, "invalid_value", Some("value.amount")),
            (7, "invalid_value", Some("score")),
        ]
    );
}

#[test]
fn existing_records_are_skipped_filled_or_updated_and_stay_opted_out() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let import = |name: &str, how, json: Value| {
        let rows = vec![row(2, json)];
        crm.run(&cx(Role::Admin, name), &Import::<Lead>::new("x", how, rows)).unwrap().done().unwrap()
    };
    import("1", OnExisting::Skip, json!({"external_id": "1", "company": "Acme", "consent": "opted_out"}));
    let id = Import::<Lead>::id_of("x", "1");
    let lead = || crm.get::<Lead>(&member("read"), id).unwrap().unwrap();

    let fresh = json!({"external_id": "1", "company": "Acme SA", "city": "Lille", "consent": "opted_in"});
    assert_eq!(import("2", OnExisting::Skip, fresh.clone()).skipped, 1);
    assert_eq!(import("3", OnExisting::Fill, fresh.clone()).updated, 1);
    assert_eq!((lead().body.company.as_str(), lead().body.city.as_str()), ("Acme", "Lille"));
    assert_eq!(import("4", OnExisting::Update, fresh.clone()).updated, 1);
    assert_eq!(lead().body.company, "Acme SA");
    assert_eq!(lead().body.consent, Consent::OptedOut, "a file never weakens a refusal");
    assert_eq!(import("5", OnExisting::Update, fresh).skipped, 1);

    // A refusal is taken over whatever happens to the rest, also where the record is archived; nothing loosens.
    let consent = |name: &str, id: &str, how, said: &str| {
        import(name, how, json!({"external_id": id, "company": "B", "consent": said}));
        crm.get::<Lead>(&member("read"), Import::<Lead>::id_of("x", id)).unwrap().unwrap().body.consent
    };
    assert_eq!(consent("c1", "2", OnExisting::Skip, "opted_in"), Consent::OptedIn);
    assert_eq!(consent("c2", "2", OnExisting::Skip, "soft"), Consent::Soft);
    assert_eq!(consent("c3", "2", OnExisting::Update, "opted_in"), Consent::Soft);
    crm.run(&cx(Role::Admin, "c4"), &Archive::<Lead>::new(Import::<Lead>::id_of("x", "2"))).unwrap();
    assert_eq!(consent("c5", "2", OnExisting::Skip, "opted_out"), Consent::OptedOut);
    assert_eq!(consent("c6", "3", OnExisting::Skip, ""), Consent::Unknown);
    assert_eq!(consent("c7", "3", OnExisting::Skip, "opted_in"), Consent::Unknown);
    assert_eq!(consent("c8", "3", OnExisting::Fill, "opted_in"), Consent::OptedIn);

    let clear = json!({"consent": null}).as_object().unwrap().clone();
    crm.run(&cx(Role::Admin, "6"), &Patch::<Lead>::new(id, clear)).unwrap();
    assert_eq!(lead().body.consent, Consent::Unknown, "a person may");
}

#[test]
fn batches_are_cut_by_bytes_too_and_sources_are_trimmed() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let text = "x".repeat(60_000);
    let rows: Vec<ImportRow> =
        (0..300).map(|i| row(i + 2, json!({"description": text, "external_id": i.to_string()}))).collect();
    let mut batches = 0;
    let mut count = |_| {
        batches += 1;
        crm_core::engine::Control::Continue(())
    };
    let done = crm.import_all::<Lead>(&cx(Role::Admin, "a"), " x ", OnExisting::Skip, rows, &mut count).unwrap();
    assert_eq!((done.created, batches), (300, 5), "seventy of them are about four mebibytes");
    // A host's own fields weigh as much.
    let rules = json!({"custom": {"lead": [{"name": "brief", "type": "text"}]}});
    let own = Crm::new(MemoryStore::new(), Rules::from_json(&rules).unwrap());
    let rows = (0..300).map(|i| row(i, json!({"custom": {"brief": text}, "external_id": i.to_string()}))).collect();
    let mut batches = 0;
    let mut count = |_| {
        batches += 1;
        crm_core::engine::Control::Continue(())
    };
    own.import_all::<Lead>(&cx(Role::Admin, "a"), "x", OnExisting::Skip, rows, &mut count).unwrap();
    assert_eq!(batches, 5);

    let again = Import::<Lead>::new("x", OnExisting::Skip, vec![row(2, json!({"external_id": "7"}))]);
    assert_eq!(crm.run(&cx(Role::Admin, "b"), &again).unwrap().done().unwrap().skipped, 1);
}

#[test]
fn a_job_can_be_stopped_and_goes_on_where_it_was() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let rows: Vec<ImportRow> =
        (0..3000).map(|i| row(i + 2, json!({"company": "A", "external_id": i.to_string()}))).collect();
    let mut stop = |_| crm_core::engine::Control::Break(());
    let job = cx(Role::Admin, "a");
    let error = crm.import_all::<Lead>(&job, "x", OnExisting::Skip, rows.clone(), &mut stop).unwrap_err();
    assert_eq!(error.code(), Code::Cancelled);
    let done = crm.import_all::<Lead>(&job, "x", OnExisting::Skip, rows, &mut go).unwrap();
    assert_eq!(done.created, 3000, "the first thousand answer from the trail");
}
