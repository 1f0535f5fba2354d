//! The check for gaps: its golden cases, a slow oracle, properties, and every check at load.

use std::collections::{BTreeMap, BTreeSet};

use crm_core::kernel::reason::Reason;
use crm_core::model::Kind;
use crm_core::rules::Rules;
use crm_core::rules::lead_gaps::{Gaps, Item, LeadGaps};
use crm_core::{Fact, Facts, Schema};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};
use super::score_golden::schema;

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    ("nothing known", "/completeness_bp", "0"),
    (
        "nothing known",
        "/missing",
        r#"["reachable","company","person","website","job_title","industry","size","place"]"#,
    ),
    ("nothing known", "/reasons/0", r#"{"code":"missing","item":"reachable","share_bp":3000}"#),
    ("no lead at all", "/reasons/1/text", r#""Company: missing (20%)""#),
    ("everything known", "/completeness_bp", "10000"),
    ("everything known", "/missing", "[]"),
    ("a mobile number is enough to reach somebody (en)", "/completeness_bp", "3000"),
    ("a mobile number is enough to reach somebody (en)", "/reasons/0/text", r#""E-mail or phone: known (30%)""#),
    (
        "a mobile number is enough to reach somebody (fr)",
        "/reasons/0/text",
        "\"E-mail ou téléphone\u{a0}: déjà sur la fiche (30\u{a0}%)\"",
    ),
    ("three ways to reach somebody count once", "/completeness_bp", "3000"),
    ("a trade fair's list: names and companies (fr)", "/completeness_bp", "4000"),
    (
        "a trade fair's list: names and companies (fr)",
        "/missing",
        r#"["reachable","website","job_title","industry","size"]"#,
    ),
    // 3333.33 of 10 000; of the two that share 6667, the lower id has the odd one.
    ("thirds: one known", "/completeness_bp", "3333"),
    (
        "thirds: one known",
        "/reasons/1",
        r#"{"code":"missing","item":"b","share_bp":3334,"text":"b: missing (33.34%)"}"#,
    ),
    ("thirds: one known", "/reasons/2/share_bp", "3333"),
    ("thirds: two known", "/completeness_bp", "6667"),
    ("thirds: two known", "/reasons/0/text", "\"a\u{a0}: déjà sur la fiche (33,34\u{a0}%)\""),
    ("thirds: two known", "/reasons/2/share_bp", "3333"),
    // 1 of 32 is 312.5, 31 of 32 are 9687.5.
    ("half a basis point goes up: the light one known", "/completeness_bp", "313"),
    ("half a basis point goes up: the light one known", "/reasons/1/share_bp", "9687"),
    ("half a basis point goes up: the heavy one known", "/completeness_bp", "9688"),
    ("half a basis point goes up: the heavy one known", "/reasons/1/share_bp", "312"),
    ("equal weights: listed as configured, the lowest id rounded up", "/missing", r#"["z","y","x"]"#),
    ("equal weights: listed as configured, the lowest id rounded up", "/reasons/0/share_bp", "3333"),
    ("equal weights: listed as configured, the lowest id rounded up", "/reasons/2/share_bp", "3334"),
    ("the heaviest is listed first", "/missing", r#"["heavy","middle","light"]"#),
    ("an empty list of texts is not known", "/completeness_bp", "2500"),
    ("a list of texts is known", "/completeness_bp", "7500"),
    ("blank text and null are not known", "/completeness_bp", "0"),
    ("zero and no are known", "/completeness_bp", "10000"),
    ("labels in the language (fr)", "/reasons/1/text", "\"Nature des travaux\u{a0}: à compléter (33,33\u{a0}%)\""),
    ("bad facts are told and not known", "/completeness_bp", "2000"),
    ("bad facts are told and not known", "/diagnostics/0/field", r#""consent""#),
    ("bad facts are told and not known", "/diagnostics/1/field", r#""size""#),
];

#[test]
fn the_numbers_worked_out_by_hand_hold() {
    golden::holds("lead_gaps", NUMBERS);
}

fn good() -> Json {
    json!([{"id": "a", "weight": 1, "any_of": ["company"]},
           {"id": "b", "weight": 1000, "any_of": ["email", "phone"], "labels": {"en": "Mail", "fr": "Courriel"}}])
}

/// The good list with another value in one place (`null` takes the place away), and what is said about it.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("", "[]", "invalid_rules", "lead_gaps"),
    ("", "{}", "invalid_json", "lead_gaps"),
    ("/1", "3", "invalid_json", "lead_gaps[1]"),
    ("/1/id", r#""a""#, "invalid_rules", "lead_gaps[1].id"),
    ("/1/id", r#"" ""#, "invalid_rules", "lead_gaps[1].id"),
    ("/1/id", "null", "missing", "lead_gaps[1]"),
    ("/0/weight", "0", "invalid_value", "lead_gaps[0].weight"),
    ("/0/weight", "-1", "invalid_value", "lead_gaps[0].weight"),
    ("/0/weight", "1001", "invalid_value", "lead_gaps[0].weight"),
    ("/0/weight", "1.5", "invalid_value", "lead_gaps[0].weight"),
    ("/0/weight", "null", "missing", "lead_gaps[0]"),
    ("/1/any_of", "[]", "invalid_rules", "lead_gaps[1].any_of"),
    ("/1/any_of", "null", "missing", "lead_gaps[1]"),
    ("/1/any_of", r#""email""#, "invalid_json", "lead_gaps[1].any_of"),
    ("/1/any_of/1", r#""fone""#, "unknown_field", "lead_gaps[1].any_of[1]"),
    ("/1/any_of/1", r#""email""#, "invalid_rules", "lead_gaps[1].any_of[1]"),
    ("/1/any_of/1", r#""custom.roof""#, "unknown_field", "lead_gaps[1].any_of[1]"),
    ("/1/any_of/0", "7", "invalid_value", "lead_gaps[1].any_of[0]"),
    ("/1/labels", r#"{"en": "Mail"}"#, "missing", "lead_gaps[1].labels"),
    ("/1/labels/fr", r#""""#, "invalid_rules", "lead_gaps[1].labels.fr"),
    ("/1/wieght", "3", "unknown_field", "lead_gaps[1]"),
];

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    Rules::from_json(&json!({"lead_gaps": good()})).unwrap();
    for (pointer, value, code, field) in REFUSED {
        let mut items = good();
        let value: Json = serde_json::from_str(value).unwrap();
        match items.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => {
                let (parent, key) = pointer.rsplit_once('/').unwrap();
                items.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key.into(), value);
            }
        }
        let error = Rules::from_json(&json!({"lead_gaps": items})).map(|_| ()).expect_err(pointer);
        assert_eq!((error.code().name(), error.field()), (*code, Some(*field)), "{pointer}: {error}");
    }
    let nearest = json!({"lead_gaps": [{"id": "a", "weight": 1, "any_of": ["compagny"]}]});
    let text = Rules::from_json(&nearest).map(|_| ()).unwrap_err().to_string();
    assert_eq!(text, "lead_gaps[0].any_of[0]: unknown field `compagny` of lead: did you mean `company`?");
    let item = |i: usize| json!({"id": format!("i{i}"), "weight": 1, "any_of": ["company"]});
    let many = |n: usize| Rules::from_json(&json!({"lead_gaps": (0..n).map(item).collect::<Vec<_>>()})).map(|_| ());
    many(100).unwrap();
    assert_eq!(many(101).unwrap_err().code().name(), "too_large");
}

#[test]
fn the_door_is_as_strict_as_that_of_the_score() {
    let rules = Rules::default();
    let error = |input: Json| {
        let e = rules.eval("lead_gaps", &input).unwrap_err();
        format!("{} {}", e.code().name(), e.field().unwrap_or("-"))
    };
    let at = "2026-11-22T09:00:00Z";
    assert_eq!(error(json!({"lead": {"compagny": "X"}, "at": at})), "unknown_field lead.compagny");
    assert_eq!(error(json!({"lead": {}, "events": [], "at": at})), "unknown_field -");
    assert_eq!(error(json!({"lead": {}})), "missing -");
    assert_eq!(error(json!({"at": "today"})), "invalid_value at");
    assert_eq!(error(json!({"at": at, "lang": "de"})), "invalid_value lang");
}

#[test]
fn host_defined_fields_fill_gaps_too() {
    let rules = Rules::from_json(&json!({
        "custom": {"lead": [{"name": "roof", "type": "text"}]},
        "lead_gaps": [{"id": "roof", "weight": 3, "any_of": ["custom.roof"]}, {"id": "b", "weight": 1, "any_of": ["city"]}],
    }))
    .unwrap();
    let lead = json!({"lead": {"custom": {"roof": "slate"}}, "at": "2026-11-22T09:00:00Z"});
    assert_eq!(rules.eval("lead_gaps", &lead).unwrap()["completeness_bp"], 7500);
}

#[test]
fn the_default_is_as_documented() {
    let items = Item::standard().unwrap();
    assert_eq!(items.iter().map(|i| i.weight).sum::<i64>(), 100);
    assert!(items.iter().all(|i| i.labels.is_some()));
    LeadGaps::new(&items, &Rules::default().schema(Kind::Lead)).unwrap();
}

/// A lead of whom the fields at some places are known; of the others only that they have no texts.
struct Lead(BTreeSet<usize>);

impl Facts for Lead {
    fn fact(&self, field: usize) -> Fact<'_> {
        if self.0.contains(&field) { Fact::Boolean(false) } else { Fact::Texts(&[]) }
    }
}

fn lead(schema: &Schema, known: &[&str]) -> Lead {
    Lead(known.iter().map(|f| schema.position(f).unwrap()).collect())
}

const FIELDS: [&str; 8] = ["company", "email", "phone", "size", "tags", "city", "website", "industry"];

fn some_fields() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(&FIELDS[..], 0..=FIELDS.len())
}

/// Items whose ids are in no order; weights small, large and equal.
fn items() -> impl Strategy<Value = Vec<Item>> {
    let weight = prop_oneof![1..=3_i64, 1..=1000_i64, Just(1000)];
    let one = (weight, prop::sample::subsequence(&FIELDS[..], 1..=3));
    prop::collection::vec(one, 1..40).prop_map(|list| {
        let item = |(i, (weight, any_of)): (usize, (i64, Vec<&str>))| Item {
            id: format!("i{}", (i + 1) * 7919 % 1009),
            labels: None,
            weight,
            any_of: any_of.into_iter().map(Into::into).collect(),
        };
        list.into_iter().enumerate().map(item).collect()
    })
}

/// By id: whether it is known, and its share.
type Shares = BTreeMap<String, (bool, u32)>;

fn shares(gaps: &Gaps<'_>) -> Shares {
    let one = |reason: Reason| match reason {
        Reason::Known { item, share_bp } => (item.id, (true, share_bp)),
        Reason::Missing { item, share_bp } => (item.id, (false, share_bp)),
        other => panic!("{other:?}"),
    };
    gaps.reasons().map(one).collect()
}

fn sum(shares: &Shares, known: bool) -> u32 {
    shares.values().filter(|s| s.0 == known).map(|s| s.1).sum()
}

/// The definitions, slowly: the completeness by trying every number, then one basis point after the other to whoever
/// is owed most.
fn slowly(items: &[Item], known: &[&str]) -> (u32, Shares) {
    let all: i64 = items.iter().map(|i| i.weight).sum();
    let is_known = |i: &Item| i.any_of.iter().any(|f| known.contains(&f.as_str()));
    let sum: i64 = items.iter().filter(|i| is_known(i)).map(|i| i.weight).sum();
    // The highest whole number that is not more than half above 10 000 * sum / all.
    let completeness = (0..=10_000_i64).rev().find(|c| 2 * c * all <= 2 * 10_000 * sum + all).unwrap();
    let mut given: BTreeMap<&str, i64> = BTreeMap::new();
    for (side, whole) in [(true, completeness), (false, 10_000 - completeness)] {
        let mut own: Vec<&Item> = items.iter().filter(|i| is_known(i) == side).collect();
        own.sort_by_key(|i| i.id.clone());
        for item in &own {
            given.insert(&item.id, (0..=10_000).rev().find(|s| s * all <= 10_000 * item.weight).unwrap());
        }
        while own.iter().map(|i| given[i.id.as_str()]).sum::<i64>() < whole {
            let owed = |i: &&Item| 10_000 * i.weight - given[i.id.as_str()] * all;
            // Of equal ones `max_by_key` takes the last.
            let most = own.iter().rev().copied().max_by_key(owed).unwrap();
            *given.get_mut(most.id.as_str()).unwrap() += 1;
        }
    }
    let share = |i: &Item| (i.id.clone(), (is_known(i), u32::try_from(given[i.id.as_str()]).unwrap()));
    (u32::try_from(completeness).unwrap(), items.iter().map(share).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_slow_way_gives_the_same(items in items(), known in some_fields()) {
        let schema = schema();
        let rule = LeadGaps::new(&items, &schema).unwrap();
        let gaps = rule.gaps(&lead(&schema, &known));
        prop_assert_eq!((gaps.completeness_bp(), shares(&gaps)), slowly(&items, &known));
    }

    #[test]
    fn the_shares_sum_to_the_whole(items in items(), known in some_fields()) {
        let schema = schema();
        let rule = LeadGaps::new(&items, &schema).unwrap();
        let gaps = rule.gaps(&lead(&schema, &known));
        let shares = shares(&gaps);
        prop_assert_eq!(shares.len(), items.len());
        prop_assert_eq!(sum(&shares, true), gaps.completeness_bp());
        prop_assert_eq!(sum(&shares, false), 10_000 - gaps.completeness_bp());
        prop_assert_eq!(gaps.missing().count(), shares.values().filter(|s| !s.0).count());
        let weights: Vec<i64> =
            gaps.missing().map(|id| items.iter().find(|i| i.id == id).unwrap().weight).collect();
        prop_assert!(weights.is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn one_more_known_fact_never_lowers(
        items in items(), mut known in some_fields(), more in prop::sample::select(&FIELDS[..]),
    ) {
        let schema = schema();
        let rule = LeadGaps::new(&items, &schema).unwrap();
        let before = rule.gaps(&lead(&schema, &known)).completeness_bp();
        known.push(more);
        prop_assert!(rule.gaps(&lead(&schema, &known)).completeness_bp() >= before);
    }

    #[test]
    fn the_order_of_items_changes_no_share(
        (items, shuffled) in items().prop_flat_map(|i| (Just(i.clone()), Just(i).prop_shuffle())), known in some_fields(),
    ) {
        let schema = schema();
        let lead = lead(&schema, &known);
        let (one, other) = (LeadGaps::new(&items, &schema).unwrap(), LeadGaps::new(&shuffled, &schema).unwrap());
        let (one, other) = (one.gaps(&lead), other.gaps(&lead));
        prop_assert_eq!((one.completeness_bp(), shares(&one)), (other.completeness_bp(), shares(&other)));
    }
}
