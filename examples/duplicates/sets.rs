//! Public sets of records of which somebody wrote down who is who, and how well keys tell it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crm_core::kernel::evidence::Strength;
use crm_core::kernel::reason::Reason;
use crm_core::kernel::value::Value;
use crm_core::model::{AnyRecord, Kind, Lead, Row};
use crm_core::rules::Rules;
use crm_core::rules::duplicates::{Decision, Subject};
use crm_core::{Id, Instant};
use serde_json::json;

/// How well some keys tell pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Measure {
    /// The set.
    pub(crate) set: &'static str,
    /// The reason's code or the criterion's id; `any` for all that somebody should look at, `any but the id` for all of
    /// these that more than an id speaks for.
    pub(crate) key: String,
    /// Pairs that are the same.
    pub(crate) same: u64,
    /// Pairs that the key finds.
    pub(crate) found: u64,
    /// Pairs that it finds and that are the same.
    pub(crate) right: u64,
}

impl Measure {
    /// Of what was found, how much is right, in basis points; all of nothing.
    pub(crate) fn precision_bp(&self) -> u64 {
        (self.right * 10_000).checked_div(self.found).unwrap_or(10_000)
    }

    /// Of what is the same, how much was found, in basis points.
    pub(crate) fn recall_bp(&self) -> u64 {
        (self.right * 10_000).checked_div(self.same).unwrap_or(10_000)
    }
}

/// What the example's ids of other systems are found by.
const ID: &str = "same_external_id";

/// A lead with the number of who it really is.
type Labelled = (Lead, String);

/// Every set that is in the folder, measured; a set that is not there is passed over.
pub(crate) fn measure(folder: &Path) -> io::Result<Vec<Measure>> {
    let mut out = Vec::new();
    for (set, file) in [
        ("febrl1", "d_dup_febrl1/dataset1.csv"),
        ("febrl2", "d_dup_febrl2/dataset2.csv"),
        ("febrl3", "d_dup_febrl3/dataset3.csv"),
    ] {
        if let Some(table) = table(&folder.join(file))? {
            out.extend(pairs(set, &febrl_rules(), table.iter().map(febrl).collect()));
        }
    }
    if let Some(table) = table(&folder.join("d_dup_splink_fake1000/fake_1000.csv"))? {
        out.extend(pairs("splink fake_1000", &splink_rules(), table.iter().map(splink).collect()));
    }
    if let Some(table) = table(&folder.join("d_dup_dedupe_csv_example/csv_example_input_with_true_ids.csv"))? {
        out.extend(pairs("dedupe csv_example", &sites_rules(), table.iter().map(site).collect()));
    }
    if let Some(table) = table(&folder.join("d_dup_ing_company_name_pairs/unittest_sample_namepairs.csv"))? {
        out.push(company_names(&table));
    }
    Ok(out)
}

fn rules(config: &serde_json::Value) -> Rules {
    Rules::from_json(config).unwrap_or_else(|e| panic!("the example's own configuration: {e}"))
}

fn criterion(id: &str, fields: &[&str]) -> serde_json::Value {
    json!({"id": id, "fields": fields, "strength": "strong", "points_bp": 9000})
}

fn febrl_rules() -> Rules {
    rules(&json!({
        "custom": {"lead": [{"name": "birth_date", "type": "text"}]},
        "duplicates": {"exact": [
            criterion("name_birth", &["first_name", "last_name", "custom.birth_date"]),
            criterion("name_home", &["first_name", "last_name", "street", "postal_code"]),
            criterion("birth_home", &["custom.birth_date", "street", "postal_code"]),
        ]},
    }))
}

fn splink_rules() -> Rules {
    rules(&json!({
        "custom": {"lead": [{"name": "birth_date", "type": "text"}]},
        "duplicates": {"exact": [criterion("name_birth", &["first_name", "last_name", "custom.birth_date"])]},
    }))
}

/// Chicago's phone numbers stand there without an area code, so they are no numbers but texts.
fn sites_rules() -> Rules {
    rules(&json!({
        "identity": {"default_region": "US"},
        "duplicates": {"exact": [
            criterion("phone_company", &["phone", "company"]),
            criterion("company_street", &["company", "street"]),
            criterion("phone_street", &["phone", "street"]),
        ]},
    }))
}

type Fields = BTreeMap<String, String>;

fn cell(row: &Fields, name: &str) -> String {
    row.get(name).cloned().unwrap_or_default()
}

fn febrl(row: &Fields) -> Labelled {
    let street = [cell(row, "street_number"), cell(row, "address_1")];
    let mut lead = Lead {
        first_name: cell(row, "given_name"),
        last_name: cell(row, "surname"),
        // A street without its number, or a number without its street, is no address.
        street: if street.iter().any(String::is_empty) { String::new() } else { street.join(" ") },
        postal_code: cell(row, "postcode"),
        external_source: "social security".into(),
        external_id: cell(row, "soc_sec_id"),
        ..Lead::default()
    };
    lead.custom.set("birth_date", Value::Text(cell(row, "date_of_birth")));
    // `rec-223-dup-0` is another record of `rec-223-org`.
    let label = cell(row, "rec_id").split('-').take(2).collect::<Vec<_>>().join("-");
    (lead, label)
}

fn splink(row: &Fields) -> Labelled {
    let mut lead = Lead {
        first_name: cell(row, "first_name"),
        last_name: cell(row, "surname"),
        email: cell(row, "email"),
        ..Lead::default()
    };
    lead.custom.set("birth_date", Value::Text(cell(row, "dob")));
    (lead, cell(row, "cluster"))
}

fn site(row: &Fields) -> Labelled {
    let lead = Lead {
        company: cell(row, "Site name"),
        street: cell(row, "Address"),
        phone: cell(row, "Phone"),
        ..Lead::default()
    };
    (lead, cell(row, "True Id"))
}

/// All pairs of a set that somebody should look at, by key and for any of them.
fn pairs(set: &'static str, rules: &Rules, records: Vec<Labelled>) -> Vec<Measure> {
    let subjects: Vec<Subject> = records.iter().map(|(lead, _)| subject(rules, lead)).collect();
    let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
    records.iter().for_each(|(_, label)| *sizes.entry(label).or_default() += 1);
    let same = sizes.values().map(|n| n * (n - 1) / 2).sum();
    // How many pairs each key finds, and how many of them are right.
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (a, b, compared) in rules.duplicates().matches(&subjects, &BTreeMap::new()).pairs {
        if compared.decision() < Decision::Review {
            continue;
        }
        let right = u64::from(records[a].1 == records[b].1);
        let strong = compared.reasons().iter().filter_map(|reason| match reason {
            Reason::Evidence { criterion, strength: Strength::Strong, .. } => Some(criterion.name()),
            _ => None,
        });
        let strong: Vec<&str> = strong.collect();
        // An id that each person has only once makes it easy: the others by themselves, too.
        let without_id = strong.iter().any(|key| *key != ID).then_some("any but the id");
        for key in strong.into_iter().chain(["any"]).chain(without_id) {
            let count = counts.entry(key.to_owned()).or_default();
            *count = (count.0 + 1, count.1 + right);
        }
    }
    counts.into_iter().map(|(key, (found, right))| Measure { set, key, same, found, right }).collect()
}

fn subject(rules: &Rules, lead: &Lead) -> Subject {
    let at = Instant::default();
    let row = Row {
        id: Id::from_text(""),
        version: 1,
        created_at: at,
        updated_at: at,
        archived_at: None,
        clocks: BTreeMap::new(),
        body: AnyRecord::from(lead.clone()),
    };
    rules.duplicates().subject(rules.identity(), &row.body, &row.facts(&rules.schema(Kind::Lead)))
}

/// Pairs of names, some of one company: whether both have one key.
fn company_names(table: &[Fields]) -> Measure {
    let rules = Rules::default();
    let key = |name: String| rules.identity().company(&name).map(|c| c.key);
    let mut measure = Measure { set: "ing company names", key: "company".into(), same: 0, found: 0, right: 0 };
    for row in table {
        let same = cell(row, "correct") == "True";
        let found = key(cell(row, "gt_name")).is_some_and(|k| Some(k) == key(cell(row, "name")));
        measure.same += u64::from(same);
        measure.found += u64::from(found);
        measure.right += u64::from(same && found);
    }
    measure
}

/// A CSV file with a header, blanks around the cells left out; `None` if there is no such file.
fn table(path: &Path) -> io::Result<Option<Vec<Fields>>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut rows = Vec::new();
    let (mut row, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field).trim().to_owned()),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field).trim().to_owned());
                rows.push(std::mem::take(&mut row));
            }
            c => field.push(c),
        }
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field.trim().to_owned());
        rows.push(row);
    }
    let mut rows = rows.into_iter();
    let header = rows.next().unwrap_or_default();
    Ok(Some(rows.map(|row| header.iter().cloned().zip(row).collect()).collect()))
}

/// The measures as a table.
pub(crate) fn shown(measures: &[Measure]) -> String {
    let percent = |bp: u64| format!("{}.{:02} %", bp / 100, bp % 100);
    let mut out = format!(
        "{:<20} {:<18} {:>8} {:>8} {:>8} {:>10} {:>10}\n",
        "set", "key", "same", "found", "right", "precision", "recall"
    );
    for m in measures {
        let (precision, recall) = (percent(m.precision_bp()), percent(m.recall_bp()));
        out += &format!(
            "{:<20} {:<18} {:>8} {:>8} {:>8} {precision:>10} {recall:>10}\n",
            m.set, m.key, m.same, m.found, m.right
        );
    }
    out
}
