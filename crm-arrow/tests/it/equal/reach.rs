//! What the random cases reach: a proof over cases that never go anywhere would prove nothing.

use std::collections::{BTreeMap, BTreeSet};

use arrow_schema::DataType;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::Value as Json;

use super::cells::Meaning;
use super::pools::FIELDS;
use super::{Subject, cases, condition};

/// The tests of a condition as (type of the field, operator).
fn tests(json: &Json, out: &mut BTreeSet<String>) {
    match json {
        Json::Object(map) if map.contains_key("op") => {
            let kind = FIELDS.iter().find(|(name, _)| json["field"] == *name).unwrap().1;
            out.insert(format!("{kind:?} {}", json["op"].as_str().unwrap()));
        }
        Json::Object(map) => map.values().for_each(|v| tests(v, out)),
        Json::Array(list) => list.iter().for_each(|v| tests(v, out)),
        _ => {}
    }
}

#[test]
fn random_cases_reach_everything() {
    let mut runner = TestRunner::default();
    let (mut operators, mut reasons, mut layouts) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut cells, mut rows, mut most_rules) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for _ in 0..150 {
        let mut case = cases().new_tree(&mut runner).unwrap().current();
        case.rows = case.rows.min(30);
        let subject = Subject::new(&case);
        most_rules.push(case.rules.len());
        tests(&subject.configuration["lead_score"], &mut operators);
        for column in &subject.table.columns {
            layouts.insert(match &column.layout {
                DataType::Dictionary(key, _) => format!("{:?} dictionary {key}", column.kind),
                other => format!("{:?} {other}", column.kind),
            });
            for pick in &column.picks {
                let meaning = match column.cells[*pick].meaning {
                    Meaning::Unknown => "unknown",
                    Meaning::Known(_) | Meaning::Amount { .. } => "known",
                    Meaning::Unreadable => "unreadable",
                };
                *cells.entry(meaning).or_insert(0) += 1;
            }
        }
        for row in subject.expected(None) {
            let mut count = |what, yes| *rows.entry(what).or_insert(0) += i32::from(yes);
            count("all", true);
            count("reasons", !row.names.is_empty());
            count("several reasons", row.names.len() > 3);
            count("band", row.band.is_some());
            count("grade", row.grade.is_some());
            count("next change", row.next_change_at.is_some());
            count("all known", row.coverage_bp == 10_000);
            count("some known", (1..10_000).contains(&row.coverage_bp));
            count("unreadable", !row.unreadable.is_empty());
            reasons.extend(row.names.iter().map(|n| n.split('.').next().unwrap().to_owned()));
        }
    }
    let share = |map: &BTreeMap<&str, i32>, of: &str| 100 * map[of] / map.values().max().unwrap();
    for (what, least) in [
        ("reasons", 50),
        ("several reasons", 15),
        ("band", 25),
        ("grade", 3),
        ("next change", 10),
        ("all known", 3),
        ("some known", 30),
        ("unreadable", 15),
    ] {
        assert!(share(&rows, what) >= least, "{what}: {rows:?}");
    }
    assert!(share(&cells, "unknown") > 30 && share(&cells, "unreadable") > 8, "{cells:?}");
    assert!(most_rules.iter().any(|n| (65..128).contains(n)) && most_rules.iter().any(|n| *n > 128));
    for cut in ["group_cap", "section_cap", "idle_decay", "total_cap"] {
        assert!(reasons.contains(cut), "{cut}");
    }
    for (_, kind) in FIELDS {
        for operator in condition::operators(*kind) {
            assert!(operators.contains(&format!("{kind:?} {operator}")), "{kind:?} {operator}");
        }
    }
    assert!(layouts.len() > 100, "{} layouts", layouts.len());
}
