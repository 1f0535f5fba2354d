//! Real exports of other systems, read as they are. The files are not part of this repository: set `CRMKIT_DATA` to
//! their folder; without it, and without the folder beside the workspace, these tests say so and pass.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests, helpers included, stop where something is wrong")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use crm_csv::{DateOrder, Encoding, Import, Options, RepairKind, read_leads};

/// Says so past the test harness, which keeps what `eprintln!` says of a test that passes to itself.
fn skipped(why: &str) {
    writeln!(std::io::stderr().lock(), "SKIPPED: {why}").unwrap();
}

fn folder() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("CRMKIT_DATA").map_or_else(beside, PathBuf::from);
    if !folder.is_dir() {
        skipped("no exports here; set CRMKIT_DATA to their folder");
        return None;
    }
    Some(folder)
}

fn data(file: &str) -> Option<Vec<u8>> {
    let bytes = std::fs::read(folder()?.join(file)).ok();
    if bytes.is_none() {
        skipped(&format!("{file} is not in the folder of exports"));
    }
    bytes
}

fn options() -> Options {
    Options {
        currency: "USD".parse().ok(),
        zone: "Europe/Paris".parse().ok(),
        date_order: Some(DateOrder::DayFirst),
        ..Options::default()
    }
}

fn read(file: &str, options: &Options) -> Option<Import> {
    let import = read_leads(&data(file)?, options).unwrap_or_else(|e| panic!("{file}: {e}"));
    let parts = import.rows.len() + import.rejects.len() + import.duplicates.len();
    assert_eq!(import.records, u64::try_from(parts).unwrap(), "{file}");
    let reasons = import.rejects.iter().fold(BTreeMap::<_, u64>::new(), |mut counts, reject| {
        *counts.entry((reject.column.clone(), reject.error.code().name())).or_default() += 1;
        counts
    });
    let mapped: Vec<String> = import.mapping.columns.iter().map(|m| format!("{}={}", m.header, m.field)).collect();
    eprintln!(
        "{file}: {} records, {} rows, {} rejects {reasons:?}, {} duplicates, {} repaired, source {}\n  {}\n  ignored {:?}, outranked {:?}",
        import.records,
        import.rows.len(),
        import.rejects.len(),
        import.duplicates.len(),
        import.repaired.len(),
        import.source,
        mapped.join(", "),
        import.mapping.ignored,
        import.mapping.outranked,
    );
    Some(import)
}

#[test]
fn a_skipped_test_is_seen() {
    let own = std::env::current_exe().unwrap();
    let missing = own.join("missing");
    let output = Command::new(own).args(["--exact", "zoho"]).env("CRMKIT_DATA", missing).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("SKIPPED: no exports here"));
}

#[test]
fn x_education() {
    let folder = "a_leads_xeducation";
    if let Some(import) = read(&format!("{folder}/leads.csv"), &options()) {
        assert_eq!((import.rows.len(), import.rejects.len(), import.source.as_str()), (4607, 0, "csv"));
        let converted = import.rows.iter().filter(|r| r.fields["converted"] == true).count();
        assert!(converted > 1500 && converted < 2000);
        assert!(import.rows.iter().all(|r| r.fields.get("consent").is_none_or(|c| c == "opted_out")));
        assert!(import.rows.iter().all(|r| r.fields.get("city").is_none_or(|c| c != "Select")));
        let field = |header: &str| import.mapping.columns.iter().find(|m| m.header == header).map(|m| m.field.as_str());
        let headers = ["Prospect ID", "Lead Origin", "TotalVisits", "Tags", "Lead Number", "Lead Quality"];
        let fields = [Some("external_id"), Some("campaign"), Some("visits"), Some("tags"), None, None];
        assert_eq!(headers.map(field), fields);
        let placeholders = |header: &str| import.placeholders.iter().find(|p| p.header == header).map(|p| p.cells);
        assert_eq!((placeholders("City"), placeholders("Specialization")), (Some(1093), Some(949)));
    }
    if let Some(import) = read(&format!("{folder}/leads_double_quoted_rows.csv"), &options()) {
        assert_eq!((import.rows.len(), import.repaired.len(), import.rejects.len()), (164, 164, 0));
        assert!(import.repaired.iter().all(|r| r.kind == RepairKind::WrappedRecord));
    }
}

#[test]
fn zoho() {
    if let Some(import) = read("g_zoho_crm_export/Leads.csv", &options()) {
        assert_eq!((import.records, import.source.as_str()), (3900, "zoho"));
        assert!(import.rows.iter().all(|r| r.fields.contains_key("received_at")));
    }
    for file in ["Contacts.csv", "Accounts.csv"] {
        if let Some(import) = read(&format!("g_zoho_crm_export/{file}"), &options()) {
            assert_eq!(import.source, "zoho");
        }
    }
    // Dates without quotes, as some tools re-write these exports.
    if let Some(bytes) = data("g_zoho_crm_export/Leads.csv") {
        let bare = String::from_utf8(bytes).unwrap().replace('"', "");
        let import = read_leads(bare.as_bytes(), &options()).unwrap();
        assert_eq!(import.records, 3900);
        assert!(import.repaired.len() > 3800 && import.repaired.iter().all(|r| r.kind == RepairKind::SplitDate));
    }
}

#[test]
fn every_other_system() {
    for (file, source, records) in [
        ("g_atomic_crm/contacts.csv", "atomic_crm", 500),
        ("g_atomic_crm/contacts_export.csv", "atomic_crm", 2),
        ("g_chatwoot_import/import-contacts-sample.csv", "chatwoot", 10),
        ("g_chatwoot_import/with_emoji.csv", "csv", 1),
        ("g_evo_crm_import_template/import-contacts-sample.csv", "evo_crm", 5),
        ("g_salesforce_dataloader/opportunityData.csv", "salesforce_opportunities", 38),
        ("g_suitecrm_lead_export/Leads.csv", "suitecrm", 1),
        ("a_leads_marketing_dashboard/salesforce_leads.csv", "csv", 160),
        ("f_touchpoints_mops/companies.csv", "csv", 100),
    ] {
        if let Some(import) = read(file, &options()) {
            assert_eq!((import.source.as_str(), import.records), (source, records), "{file}");
        }
    }
}

#[test]
fn an_old_salesforce_export_is_windows_1252() {
    let file = "g_salesforce_dataloader/accountData.csv";
    let Some(bytes) = data(file) else { return };
    let error = read_leads(&bytes, &options()).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("invalid_text", Some("line 72")));
    let Some(import) = read(file, &Options { encoding: Encoding::Windows1252, ..options() }) else { return };
    assert_eq!((import.source.as_str(), import.records), ("salesforce_accounts", 423));
}

#[test]
fn encodings_of_one_file() {
    let map = Options { overrides: vec!["column1=company".parse().unwrap()], ..Options::default() };
    for mark in ["", "_BOM_UTF8", "_BOM_UTF16LE", "_BOM_UTF16BE"] {
        if let Some(import) = read(&format!("g_salesforce_dataloader_fixtures/csvtext{mark}.csv"), &map) {
            assert_eq!(import.rows.len(), 2);
            assert_eq!(import.rows[0].fields["company"], "row1-1");
        }
    }
    for mark in ["_BOM_UTF32LE", "_BOM_UTF32BE"] {
        if let Some(bytes) = data(&format!("g_salesforce_dataloader_fixtures/csvtext{mark}.csv")) {
            assert_eq!(read_leads(&bytes, &map).unwrap_err().problem(), &crm_core::Problem::Utf32);
        }
    }
    if let Some(import) = read("g_salesforce_dataloader_fixtures/csvEscapedQuotes.csv", &map) {
        assert_eq!(import.rows[0].fields["company"], "\"The Best\" Account");
        assert_eq!(import.rows[1].fields["company"], "The \"Best\" Account");
    }
    let separated = Options {
        delimiter: Some('!'),
        overrides: vec!["column1,column2=company".parse().unwrap()],
        ..Options::default()
    };
    if let Some(import) = read("g_salesforce_dataloader_fixtures/csvSeparator.csv", &separated) {
        assert_eq!(import.rows[0].fields["company"], "col11,col12");
    }
}

#[test]
fn no_export_makes_it_panic() {
    let Some(folder) = folder() else { return };
    let mut files = 0;
    for set in std::fs::read_dir(folder).unwrap().flatten() {
        if !set.file_name().to_string_lossy().starts_with("g_") {
            continue;
        }
        for file in std::fs::read_dir(set.path()).unwrap().flatten() {
            let bytes = std::fs::read(file.path()).unwrap();
            for encoding in [Encoding::Utf8, Encoding::Windows1252] {
                if let Ok(import) = read_leads(&bytes, &Options { encoding, ..options() }) {
                    let parts = import.rows.len() + import.rejects.len() + import.duplicates.len();
                    assert_eq!(import.records, u64::try_from(parts).unwrap(), "{}", file.path().display());
                }
            }
            files += 1;
        }
    }
    eprintln!("{files} files read or refused");
}
