//! The identity keys on public data. The files are not part of this repository: set `CRMKIT_DATA` to their folder;
//! without it, and without the folder beside the workspace, these tests say so and pass.

use std::io::Write as _;
use std::path::PathBuf;

use crm_core::rules::Rules;
use crm_core::rules::identity::{siren, siren_of_vat, vat_of_siren};
use serde_json::json;

/// The text of a file; says so past the test harness where there is none.
fn data(file: &str) -> Option<String> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("CRMKIT_DATA").map_or_else(beside, PathBuf::from);
    let text = std::fs::read_to_string(folder.join(file)).ok();
    if text.is_none() {
        writeln!(std::io::stderr().lock(), "SKIPPED: no {file}; set CRMKIT_DATA to the folder of data sets").unwrap();
    }
    text
}

/// The cells of a line; these files have no quoted line breaks.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

/// The vectors of the Public Suffix List. Those that start with a dot are no host names; a single label is no domain.
#[test]
fn registrable_domains() {
    let Some(text) = data("e_domains_psl/test_psl.csv") else { return };
    let rules = Rules::default();
    let mut seen = 0;
    for line in text.lines().skip(1) {
        let cells = cells(line);
        let (input, wanted) = (&cells[0], &cells[1]);
        let ascii = |name: &str| rules.identity().domain(name).map(|d| d.ascii);
        let found = rules.identity().domain(input).and_then(|d| d.registrable);
        let wanted = (!wanted.is_empty()).then(|| ascii(wanted).unwrap());
        assert_eq!(found, wanted, "{input}");
        seen += 1;
    }
    assert_eq!(seen, 78);
}

/// Every region and kind of number in four spellings. A spelling without a country needs one.
#[test]
fn phone_numbers_of_every_region() {
    let Some(text) = data("e_phones_libphonenumber/phones.csv") else { return };
    let rules = Rules::default();
    let mut seen = 0;
    for line in text.lines().skip(1) {
        let cells = cells(line);
        let (region, e164) = (&cells[0], &cells[7]);
        // Newer numbering plans know the three that the file calls invalid, or at least two of them.
        if cells[8] != "True" {
            continue;
        }
        for (place, written) in [4, 5, 6, 7].into_iter().map(|c| (c, &cells[c])) {
            if region == "001" && place == 4 {
                continue;
            }
            let found = rules.identity().phone(written, Some(region)).map(|p| p.e164);
            assert_eq!(found.as_ref(), Some(e164), "{line}: {written}");
            seen += 1;
        }
    }
    assert!(seen > 2000, "{seen}");
}

#[test]
fn registration_numbers_of_public_operators() {
    let Some(text) = data("e_france_siren_operators/siren_public_operators.csv") else { return };
    let mut seen = 0;
    for line in text.lines().skip(1) {
        let number = cells(line)[0].clone();
        assert_eq!(siren(&number).as_ref(), Some(&number), "{line}");
        assert_eq!(siren_of_vat(&vat_of_siren(&number).unwrap()), Some(number));
        seen += 1;
    }
    assert!(seen > 400, "{seen}");
}

/// Foreign companies: every name has a key, and most have a legal form.
#[test]
fn company_names() {
    let Some(text) = data("e_company_names_sec/companies.csv") else { return };
    let rules = Rules::default();
    let (mut seen, mut with_form) = (0, 0);
    for line in text.lines() {
        let name = line.rsplit_once(';').map_or(line, |(name, _)| name);
        let company = rules.identity().company(name).unwrap_or_else(|| panic!("{line}"));
        assert_eq!(rules.identity().company(&company.key).unwrap().key, company.key, "{line}");
        seen += 1;
        with_form += u32::from(company.legal_form.is_some());
    }
    assert!(seen > 1300 && with_form * 100 > seen * 60, "{with_form} of {seen}");
}

/// validator.js with its standard options, where it decides as we do: tags and dots of Gmail, and no address. It also
/// cuts what Outlook, Yahoo and iCloud cut, but leaves `+` at other domains.
#[test]
fn mailboxes() {
    let Some(text) = data("e_emails_normalize_validatorjs/normalize_email.csv") else { return };
    let rules = Rules::default();
    let mut seen = 0;
    for line in text.lines().skip(1).filter(|l| l.contains("\"{}\"") && l.contains("mail.com\"")) {
        let cells = cells(line);
        // Dots behind each other, which are no address at Gmail, it leaves.
        if cells[0].contains(' ') || cells[0].contains("..") || cells[2].contains('+') {
            continue;
        }
        let found = rules.identity().email(&cells[0]).map(|e| e.canonical).unwrap_or_default();
        assert_eq!(found, cells[2], "{line}");
        seen += 1;
    }
    assert!(seen > 5, "{seen}");
    assert_eq!(rules.eval("identity", &json!({"email": ""})).unwrap(), json!({"email": null}));
}
