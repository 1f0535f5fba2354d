//! Groups are what joining rows that share a key gives.

use crm_arrow::{GroupBy, GroupColumns, GroupOptions, KeyColumn, TableOptions, duplicate_groups_of};
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::leads::Leads;
use super::numbers;

const FED: &[&str] = &["email", "phone", "mobile", "company", "first_name", "last_name", "website"];

/// The keys of a row by which it may be joined to others, each with its kind.
fn keys(row: &Json, by: &GroupBy) -> Vec<(u8, String)> {
    let text = |key: &str| row[key].as_str().map(str::to_owned);
    let email = || text("email").map(|key| (0, key)).into_iter().collect::<Vec<_>>();
    let phones = || {
        row["phones"].as_array().into_iter().flatten().map(|p| (1, p.as_str().unwrap().to_owned())).collect::<Vec<_>>()
    };
    let person = || {
        let company = text("domain").or_else(|| text("company"));
        text("name")
            .zip(company)
            .map(|(name, company)| (2, format!("{name} at {company}")))
            .into_iter()
            .collect::<Vec<_>>()
    };
    match by {
        GroupBy::Email => email(),
        GroupBy::Phone => phones(),
        GroupBy::NameCompany => person(),
        GroupBy::Dedupe => row["dedupe"].as_object().map(|d| (3, format!("{d:?}"))).into_iter().collect(),
        GroupBy::Any => [email(), phones(), person()].concat(),
        GroupBy::Keys(_) => {
            text("company").zip(text("name")).map(|(c, n)| (4, format!("{c}\n{n}"))).into_iter().collect()
        }
    }
}

/// Numbers and sizes by joining until nothing changes: slow and obvious.
fn oracle(rows: &[Vec<(u8, String)>]) -> (Vec<Option<u32>>, Vec<Option<u32>>) {
    let mut labels: Vec<usize> = (0..rows.len()).collect();
    loop {
        let before = labels.clone();
        for i in 0..rows.len() {
            for j in 0..rows.len() {
                if rows[i].iter().any(|key| rows[j].contains(key)) {
                    labels[i] = labels[i].min(labels[j]);
                }
            }
        }
        if labels == before {
            break;
        }
    }
    let mut seen: Vec<usize> = Vec::new();
    let numbers: Vec<Option<u32>> = rows
        .iter()
        .zip(&labels)
        .map(|(keys, label)| {
            (!keys.is_empty()).then(|| {
                if !seen.contains(label) {
                    seen.push(*label);
                }
                seen.iter().position(|l| l == label).unwrap() as u32
            })
        })
        .collect();
    let size = |n: &Option<u32>| n.map(|n| numbers.iter().filter(|m| **m == Some(n)).count() as u32);
    (numbers.clone(), numbers.iter().map(size).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn groups_are_what_joining_gives(
        seed in any::<u64>(),
        rows in 1usize..50,
        fed in prop::sample::subsequence(FED.to_vec(), 1..=FED.len()),
        threads in 1usize..3,
    ) {
        let rules = Rules::default();
        let leads = Leads::draw(seed, rows, &fed);
        let alone: Vec<Json> =
            leads.rows.iter().map(|lead| rules.eval("identity", &json!({"lead": lead})).unwrap()["keys"].clone()).collect();
        let all = [
            GroupBy::Email, GroupBy::Phone, GroupBy::NameCompany, GroupBy::Dedupe, GroupBy::Any,
            GroupBy::Keys(vec![KeyColumn::Company, KeyColumn::Name]),
        ];
        let by = all.iter().enumerate().map(|(i, by)| GroupColumns::named(&i.to_string(), by.clone())).collect();
        let options = GroupOptions { table: TableOptions { threads, ..TableOptions::default() }, by };
        let table = duplicate_groups_of(&leads.schema, &leads.batches, &rules, &options).unwrap();
        for (i, by) in all.iter().enumerate() {
            let (group, size) = oracle(&alone.iter().map(|row| keys(row, by)).collect::<Vec<_>>());
            prop_assert_eq!(numbers(&table, &format!("{i}_group")), group.clone(), "{:?}", by);
            prop_assert_eq!(numbers(&table, &format!("{i}_size")), size, "{:?}", by);
            let told = &table.answer[format!("{i}_group")];
            prop_assert_eq!(told["without_key"].as_u64().unwrap() as usize, group.iter().filter(|g| g.is_none()).count());
        }
    }
}

#[test]
fn what_no_grouping_is_is_refused() {
    let wrong = |options: Json| super::place_and_problem(&GroupOptions::from_json(&options).unwrap_err());
    assert_eq!(wrong(json!({"by": "mail"})), "by NotOneOf");
    assert_eq!(wrong(json!({"by": ["email_key", "diagnostics"]})), "by[1] NotOneOf");
    assert_eq!(wrong(json!({"by": []})), "by Missing");
    assert_eq!(wrong(json!({"by": {}})), "by Missing");
    assert_eq!(wrong(json!({"by": {"x": 3}})), "by.x WrongShape");
    assert_eq!(GroupOptions::from_json(&json!({})).unwrap().by, [GroupColumns::new(GroupBy::Dedupe)]);
}
