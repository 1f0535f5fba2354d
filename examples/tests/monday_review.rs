//! The review, run as a person would: on the bundled samples, on hostile files, and on real exports where they are.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it is wrong")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The program, which cargo builds before this test runs, in a folder of its own.
fn review(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    let program = path.join("examples").join("monday_review");
    Command::new(program).args(arguments).current_dir(folder.path()).env("LC_ALL", "en_US.UTF-8").output().unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(folder: &TempDir, file: &[u8]) -> String {
    let path = folder.path().join("file.csv");
    std::fs::write(&path, file).unwrap();
    let output = review(folder, &["file.csv"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_samples_and_nothing_twice() {
    let folder = TempDir::new().unwrap();
    let first = text(&review(&folder, &[]));
    assert!(first.starts_with("Lead review of Monday, 23 November 2026\n"), "{first}");
    for part in [
        "132 new leads",
        "176 new leads",
        "308 leads scored",
        "line 90, column `Email`",
        "monday_review/sample.db",
        "Probable duplicates: 6 leads in 3 groups (nothing was merged)\n",
        "  Marigold Bookkeeping (Hollis Jessamy) · Marigold Bookkeeping LLC (Hollis Jessamy)\n",
        "same e-mail address: strong evidence (+95%)",
        "Proposed routing of 47 leads without an owner: ",
        "  Marigold Bookkeeping (Hollis Jessamy) → Dana Rahimi\n",
        "the rule \"United States\" applies",
        "Rafe Kettlewell is on leave until 2026-11-27 (passed over for ",
        "(nothing was converted)\n  Agence des Érables → account Agence des Érables · contact Thibault Fontvieille",
    ] {
        assert!(first.contains(part), "{part} is missing in {first}");
    }
    let second = text(&review(&folder, &["--lang", "fr", "--top=3"]));
    for part in [
        "0 nouveau lead\n",
        "132 leads déjà connus, inchangés",
        "176 leads déjà connus, inchangés",
        "305 autres",
        "Doublons probables\u{a0}: 6 leads en 3 groupes",
        "téléphone\u{a0}: +33261914107",
        "Attribution proposée de 47 leads sans responsable\u{a0}: ",
        "file «\u{a0}À réchauffer\u{a0}» ",
        "  Rafe Kettlewell\u{a0}: en congé jusqu’au 27/11/2026 (passe son tour pour ",
        "affaire Agence des Érables (7\u{202f}200\u{a0}€)\n",
    ] {
        assert!(second.contains(part), "{part} is missing in {second}");
    }
    let result = std::fs::read_to_string(folder.path().join("monday_review/sample.scored.csv")).unwrap();
    // The page's first part is what to do today: the hottest leads, by name.
    let page = std::fs::read_to_string(folder.path().join("monday_review/sample.html")).unwrap();
    let today = page.split("id=\"today\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert_eq!(today.matches("<li").count(), 8, "{today}");
    assert!(result.starts_with("\u{feff}\"Rang\";\"Score\""), "{result}");
    assert_eq!(result.lines().count(), 309);
    assert!(folder.path().join("monday_review/prospects_exemple.refused.csv").exists());
}

#[test]
fn the_same_review_prints_the_same_bytes() {
    let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    assert_eq!(text(&review(&one, &["--lang", "fr"])), text(&review(&two, &["--lang", "fr"])));
}

#[test]
fn options_are_checked() {
    let folder = TempDir::new().unwrap();
    for (arguments, told) in [
        (&["--lang", "de"][..], "unknown value `de`: expected `en` or `fr`"),
        (&["--at", "yesterday"], "`yesterday` is not a point in time"),
        (&["--colour"], "unknown option `--colour`"),
        (&["--zone", "Europe/Pariss"], "Europe/Pariss"),
        (&["--top"], "--top needs a value"),
        (&["a.csv", "b.csv"], "one file at a time"),
    ] {
        let output = review(&folder, arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(told), "{error}");
    }
    let help = text(&review(&folder, &["--help"]));
    assert!(help.contains("--date-order") && help.contains("--routing FILE.json"), "{help}");
    assert!(text(&review(&folder, &["--help", "--lang", "fr"])).contains("passés en revue"));
}

#[test]
fn hostile_files_are_told_and_nothing_is_imported() {
    let folder = TempDir::new().unwrap();
    assert!(refused(&folder, b"a,\"b\nc,d\ne,f\n").contains("the quote opened at line 1 is never closed"));
    assert!(refused(&folder, b"").contains("empty"));
    assert!(refused(&folder, b"Company\nM\xf2ller\n").contains("--encoding windows-1252"));
    assert!(refused(&folder, b"\xfe\xff\0\0\0\"\0\0\0c").contains("UTF-32"));
    assert!(refused(&folder, b"Company,Company\na,b\n").contains("Company"));
    assert!(refused(&folder, b"one,two\na,b\n").contains("column"));
    let output = review(&folder, &["missing.csv"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_header_alone_is_a_review_of_nothing() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("file.csv"), "Company,Email\n").unwrap();
    assert!(text(&review(&folder, &["file.csv"])).contains("0 records read"));
}

#[test]
fn a_database_of_another_application_is_left_alone() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("file.csv"), "Company,Email\nAcme,a@acme.example\n").unwrap();
    std::fs::write(folder.path().join("other.db"), "my precious notes").unwrap();
    let output = review(&folder, &["file.csv", "--db", "other.db"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(folder.path().join("other.db")).unwrap(), "my precious notes");
}

#[test]
fn nothing_of_somebody_s_is_overwritten() {
    let folder = TempDir::new().unwrap();
    let input = "Company,Email\nAcme,a@acme.example\n";
    std::fs::write(folder.path().join("leads.csv"), input).unwrap();
    for database in ["leads.csv", "./leads.csv"] {
        let output = review(&folder, &["leads.csv", "--db", database]);
        assert_eq!(output.status.code(), Some(1), "{database}");
    }
    text(&review(&folder, &["leads.csv", "--db", "leads.db"]));
    assert_eq!(std::fs::read_to_string(folder.path().join("leads.csv")).unwrap(), input);
    assert!(folder.path().join("leads.scored.csv").exists());
    // The result, reviewed in turn, is not overwritten either.
    let output = review(&folder, &["leads.scored.csv", "--db", "leads.db"]);
    assert_eq!(output.status.code(), Some(1));
}

/// Whose team it is, the review does not guess.
#[test]
fn leads_go_to_the_team_that_is_told() {
    let folder = TempDir::new().unwrap();
    let leads = "Company,Email,Owner\nAcme,a@acme.example,\nBeta,b@beta.example,\nGamma,c@gamma.example,zoe\n";
    std::fs::write(folder.path().join("leads.csv"), leads).unwrap();
    let untold = text(&review(&folder, &["leads.csv"]));
    assert!(!untold.contains("routing") && untold.contains("No duplicates found."), "{untold}");

    let team = r#"{"members": [{"user": "zoe", "caps": {"open": 2}}, {"user": "max"}],
        "teams": [{"id": "sales", "members": ["zoe", "max"]}],
        "rules": [{"id": "all", "priority": 1, "target": {"team": "sales"}, "strategy": "fixed"}]}"#;
    std::fs::write(folder.path().join("team.json"), team).unwrap();
    let told = text(&review(&folder, &["leads.csv", "--routing", "team.json"]));
    // Zoe has one lead of the two that she may have.
    assert!(told.contains("Proposed routing of 2 leads without an owner: max 1 · zoe 1\n"), "{told}");
    assert!(told.contains("(passed over for 1 lead)"), "{told}");
    // Nothing was given to anybody.
    assert_eq!(text(&review(&folder, &["leads.csv", "--routing", "team.json"])).matches("max 1 · zoe 1").count(), 1);

    std::fs::write(
        folder.path().join("team.json"),
        r#"{"rules": [{"id": "all", "priority": 1, "target": {"team": "x"}}]}"#,
    )
    .unwrap();
    let wrong = review(&folder, &["leads.csv", "--routing", "team.json"]);
    let error = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(error.contains("team.json: routing.rules[0].target"), "{error}");
}

#[test]
fn a_lead_of_which_too_little_is_known_stops_nothing() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("leads.csv"), "Record ID,Lead Source\n17,Web\n").unwrap();
    let shown = text(&review(&folder, &["leads.csv"]));
    assert!(shown.contains(" cannot be converted yet: at least one of"), "{shown}");
    assert!(shown.contains(".scored.csv\n"), "{shown}");
}

#[test]
fn options_given_later_import_nothing_twice() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("z.csv"), "Company,Email,Created Date\nAcme,a@acme.example,2026-11-02 10:00\n")
        .unwrap();
    assert!(text(&review(&folder, &["z.csv"])).contains("1 new lead"));
    assert!(text(&review(&folder, &["z.csv", "--zone", "Europe/Paris"])).contains("1 lead already there"));
}

#[test]
fn exports_of_one_name_from_two_folders_do_not_meet() {
    let folder = TempDir::new().unwrap();
    for (place, company) in [("jan", "Acme"), ("feb", "Beta")] {
        std::fs::create_dir(folder.path().join(place)).unwrap();
        let file = folder.path().join(place).join("leads.csv");
        std::fs::write(file, format!("Company,Email\n{company},a@x.example\n")).unwrap();
    }
    assert!(text(&review(&folder, &["jan/leads.csv"])).contains("Acme"));
    let second = text(&review(&folder, &["feb/leads.csv"]));
    assert!(second.contains("Beta") && !second.contains("Acme"), "{second}");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let folder = TempDir::new().unwrap();
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    let program = path.join("examples").join("monday_review");
    let command = format!("{} | head -1", program.display());
    let output = Command::new("sh").args(["-c", &command]).current_dir(folder.path()).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn real_exports() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var_os("CRMKIT_DATA").map_or(beside, PathBuf::from);
    if !data.is_dir() {
        // Straight to the terminal: the test harness keeps what `eprintln!` says of a test that passes.
        let _ =
            writeln!(std::io::stderr().lock(), "SKIPPED real_exports: no data sets (set CRMKIT_DATA to their folder)");
        return;
    }
    for (file, options, parts) in [
        ("a_leads_xeducation/leads.csv", &[][..], &["4607 records", "4607 new leads", "4607 leads scored"][..]),
        ("a_leads_xeducation/leads_double_quoted_rows.csv", &[], &["164 new leads", "164 rows repaired"]),
        ("g_zoho_crm_export/Leads.csv", &[], &["3900 new leads"]),
        ("g_suitecrm_lead_export/Leads.csv", &[], &["1 new lead", "day first"]),
        ("g_atomic_crm/contacts.csv", &[], &["500 new leads"]),
        (
            "g_salesforce_dataloader/accountData.csv",
            &["--encoding", "windows-1252", "--currency", "USD"],
            &["421 new leads"],
        ),
        ("g_evo_crm_import_template/import-contacts-sample.csv", &[], &["5 new leads"]),
        ("g_chatwoot_import/import-contacts-sample.csv", &[], &["1 new lead", "9 rows refused"]),
    ] {
        let folder = TempDir::new().unwrap();
        let path = data.join(file);
        let mut arguments = vec![path.to_str().unwrap()];
        arguments.extend(options);
        let shown = text(&review(&folder, &arguments));
        for part in parts {
            assert!(shown.contains(part), "{file}: {part} is missing in\n{shown}");
        }
        let again = text(&review(&folder, &arguments));
        assert!(again.contains("0 new leads"), "{file}: imported twice:\n{again}");
    }
}
