//! Duplicates: the golden cases' numbers, properties, a slow oracle for clusters, and every check at load.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crm_core::kernel::evidence::{Evidence, Strength};
use crm_core::kernel::reason::Reason;
use crm_core::rules::Rules;
use crm_core::rules::duplicates::{Comparison, Decision, Lookup, Subject};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    ("nothing known equals nothing", "/score_bp", "0"),
    ("nothing known equals nothing", "/decision", r#""different""#),
    ("nothing known equals nothing", "/reasons", "[]"),
    ("the same address, in other letters", "/score_bp", "9500"),
    (
        "the same address, in other letters",
        "/reasons",
        r#"[{"code":"same_email_exact","points_bp":9500,"strength":"strong","text":"same e-mail address: strong evidence (+95%)","value":"marie.legoff@renov-ouest.fr"}]"#,
    ),
    ("the same mailbox, written in another way", "/score_bp", "9000"),
    ("the same mailbox, written in another way", "/reasons/0/code", r#""same_email_canonical""#),
    ("the same phone number, national and international", "/score_bp", "8000"),
    ("the same phone number, national and international", "/reasons/0/value", r#""+33612345678""#),
    ("a number without a valid form equals nothing", "/score_bp", "0"),
    // SIRET 8,000; the SIREN, the VAT number and the name follow from it.
    ("the same establishment counts once", "/score_bp", "8000"),
    ("two establishments of one company", "/score_bp", "2500"),
    ("two establishments of one company", "/decision", r#""related""#),
    ("the same foreign VAT number", "/reasons/0/code", r#""same_vat""#),
    ("the same id in the same system", "/score_bp", "10000"),
    ("the same id in two systems", "/score_bp", "0"),
    ("another system's lead and contact of one id", "/score_bp", "0"),
    ("the same name at the same company, legal form aside", "/score_bp", "4000"),
    ("the same name at the same company, legal form aside", "/decision", r#""related""#),
    ("first and last name swapped", "/score_bp", "900"),
    ("names that differ in a letter", "/score_bp", "500"),
    ("names that differ in a letter", "/decision", r#""different""#),
    // Soundex drops vowels, so Li and Lu sound alike; that alone is nothing.
    ("short names that differ in a letter are other names", "/score_bp", "200"),
    ("short names that differ in a letter are other names", "/decision", r#""different""#),
    ("a first name alone is no name", "/reasons", "[]"),
    // 10,000 + 9,500 + 8,000 + 4,000 = 31,500.
    ("everything is the same: no more than the whole", "/score_bp", "10000"),
    ("everything is the same: no more than the whole", "/reasons/4/points_bp", "-21500"),
    ("a lead that is a contact already", "/decision", r#""review""#),
    ("marked as not a duplicate", "/score_bp", "0"),
    ("marked as not a duplicate", "/decision", r#""different""#),
    ("marked as not a duplicate", "/reasons/1/points_bp", "-9500"),
    ("evidence that is turned off", "/score_bp", "1000"),
    ("other weights and a threshold for doing without a person", "/decision", r#""duplicate""#),
    // 8,500 for the fields, 900 for the swapped names.
    ("fields of the host's own choice", "/score_bp", "9400"),
    (
        "fields of the host's own choice",
        "/reasons/1/text",
        "\"«\u{a0}Nom et adresse\u{a0}» à l’identique\u{a0}: indice fort (+85\u{a0}%)\"",
    ),
    ("fields of the host's own choice, one of which is not known", "/score_bp", "0"),
    ("a mail provider's domain joins nobody", "/candidates", "[]"),
    ("a company's domain is weak evidence", "/candidates/0/id", "1"),
    ("a company's domain is weak evidence", "/candidates/0/reasons/0/code", r#""same_domain_company""#),
    ("a company's domain is weak evidence", "/candidates/0/reasons/0/strength", r#""weak""#),
    ("twenty of one domain are listed", "/candidates/19/id", "20"),
    ("twenty of one domain are listed", "/reasons", "[]"),
    ("twenty-one of one domain tell nothing", "/candidates", "[]"),
    ("twenty-one of one domain tell nothing", "/reasons/0/code", r#""criterion_not_selective""#),
    ("twenty-one of one domain tell nothing", "/reasons/0/criterion", r#""same_domain_company""#),
    ("what is too common takes nothing from the rest", "/candidates/0/id", "3"),
    ("what is too common takes nothing from the rest", "/candidates/0/score_bp", "9500"),
    ("leads that are over and done with are not listed", "/candidates/0/id", "3"),
    ("leads that are over and done with are not listed", "/candidates/1/id", "4"),
    ("leads that are over and done with are not listed", "/closed", "[1,2,5,6,7,8]"),
    ("unless they are asked for", "/closed", "[]"),
    ("unless they are asked for", "/candidates/7/id", "8"),
    ("stages of the host's own", "/closed", "[3]"),
    ("a criterion of two fields with one unknown does not apply", "/candidates", "[]"),
    ("the most likely first", "/candidates/0/id", r#""both""#),
    ("the most likely first", "/candidates/0/score_bp", "10000"),
    ("the most likely first", "/candidates/1/id", r#""phone""#),
    ("the most likely first", "/candidates/2/id", r#""company""#),
    ("the most likely first", "/marked/0/id", r#""told""#),
    ("strong evidence makes clusters, weak evidence chains nobody", "/clusters", r#"[["c","b","a"]]"#),
    ("strong evidence makes clusters, weak evidence chains nobody", "/pairs/0/first", r#""a""#),
    ("a distinction takes a cluster apart", "/clusters", "[]"),
    ("a distinction takes a cluster apart", "/pairs/0/reasons/1/note", r#""mother and daughter""#),
    ("what too many records share compares nobody", "/pairs/0/score_bp", "9500"),
    ("what too many records share compares nobody", "/reasons/0/value", r#""bigcorp.com""#),
    ("bad facts are told and not known", "/candidates/0/id", "0"),
    ("bad facts are told and not known", "/diagnostics/0/field", r#""lead.size""#),
    ("bad facts are told and not known", "/diagnostics/1/field", r#""existing[0].consent""#),
    ("last names that sound alike", "/score_bp", "200"),
    ("last names that sound alike", "/reasons/0/code", r#""sounds_alike""#),
    ("the same profile page, copied in two languages", "/score_bp", "9000"),
    ("homoglyphs and right-to-left marks are other texts", "/score_bp", "0"),
];

#[test]
fn the_numbers_worked_out_by_hand_hold() {
    golden::holds("duplicates", NUMBERS);
}

fn rules(json: Json) -> Result<Rules, crm_core::Error> {
    Rules::from_json(&json!({"duplicates": json}))
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    let own = |id: &str, field: &str| json!({"id": id, "fields": [field], "strength": "weak", "points_bp": 100});
    let good = json!({
        "evidence": {"same_phone": {"strength": "medium"}},
        "off": ["sounds_alike"],
        "exact": [own("a", "company")],
        "thresholds": {"auto_bp": 9500, "review_bp": 7500, "ignore_bp": 800},
        "most_hits": 20, "closed_stages": ["lost"], "on_create": "refuse",
    });
    rules(good).unwrap();
    let many: Vec<Json> = (0..51).map(|i| own(&i.to_string(), "company")).collect();
    for (config, code, field) in [
        (json!([]), "invalid_json", "duplicates"),
        (json!({"of": []}), "unknown_field", "duplicates"),
        (json!({"off": ["same_fone"]}), "invalid_value", "duplicates.off[0]"),
        (json!({"evidence": {"same_fone": {}}}), "invalid_value", "duplicates.evidence"),
        (
            json!({"evidence": {"same_phone": {"strength": "huge"}}}),
            "invalid_value",
            "duplicates.evidence.same_phone.strength",
        ),
        (
            json!({"evidence": {"same_phone": {"points_bp": -1}}}),
            "invalid_value",
            "duplicates.evidence.same_phone.points_bp",
        ),
        (
            json!({"evidence": {"same_phone": {"points_bp": 10001}}}),
            "invalid_value",
            "duplicates.evidence.same_phone.points_bp",
        ),
        (
            json!({"evidence": {"same_phone": {"points_bp": 1.5}}}),
            "invalid_value",
            "duplicates.evidence.same_phone.points_bp",
        ),
        (json!({"thresholds": {"auto_bp": 7000}}), "invalid_value", "duplicates.thresholds.auto_bp"),
        (json!({"thresholds": {"ignore_bp": 0}}), "invalid_value", "duplicates.thresholds.ignore_bp"),
        (json!({"thresholds": {"review_bp": 700}}), "invalid_value", "duplicates.thresholds.review_bp"),
        // Weak evidence of the default adds up to 4,900.
        (json!({"thresholds": {"auto_bp": 4900, "review_bp": 4000}}), "invalid_rules", "duplicates.thresholds.auto_bp"),
        (json!({"most_hits": 0}), "invalid_value", "duplicates.most_hits"),
        (json!({"most_hits": 501}), "invalid_value", "duplicates.most_hits"),
        (json!({"closed_stages": [" "]}), "invalid_rules", "duplicates.closed_stages[0]"),
        (json!({"on_create": "merge"}), "invalid_value", "duplicates.on_create"),
        (json!({"exact": [own("a", "company"), own("a", "email")]}), "invalid_rules", "duplicates.exact[1].id"),
        (json!({"exact": [own("", "company")]}), "invalid_rules", "duplicates.exact[0].id"),
        (json!({"exact": [own("a", "compagny")]}), "unknown_field", "duplicates.exact[0].fields[0]"),
        (json!({"exact": [own("a", "tags")]}), "invalid_rules", "duplicates.exact[0].fields[0]"),
        (
            json!({"exact": [{"id": "a", "fields": [], "strength": "weak", "points_bp": 1}]}),
            "invalid_rules",
            "duplicates.exact[0].fields",
        ),
        (
            json!({"exact": [{"id": "a", "fields": ["city", "city"], "strength": "weak", "points_bp": 1}]}),
            "invalid_rules",
            "duplicates.exact[0].fields[1]",
        ),
        (json!({"exact": [{"id": "a", "fields": ["city"], "points_bp": 1}]}), "missing", "duplicates.exact[0]"),
        (json!({"exact": many}), "too_large", "duplicates.exact"),
    ] {
        let error = rules(config.clone()).map(|_| ()).expect_err(&config.to_string());
        assert_eq!((error.code().name(), error.field()), (code, Some(field)), "{config}: {error}");
    }
    rules(json!({"thresholds": {"auto_bp": 4901, "review_bp": 4000}})).unwrap();
}

#[test]
fn a_question_that_cannot_be_answered_is_refused() {
    let rules = Rules::default();
    for (input, code, field) in [
        (json!({}), "invalid_json", None),
        (json!({"a": {}}), "missing", None),
        (json!({"a": {}, "b": {}, "records": []}), "invalid_json", None),
        (json!({"a": {"compagny": "x"}, "b": {}}), "unknown_field", Some("a.compagny")),
        (json!({"records": [{}, {"record": "deal"}]}), "invalid_value", Some("records[1].record")),
        (json!({"lead": {}, "existing": 3}), "invalid_json", Some("existing")),
        (json!({"records": vec![json!({}); 1001]}), "too_large", Some("records")),
        (json!({"records": [], "distinctions": [{"first": 1}]}), "missing", Some("distinctions[0]")),
    ] {
        let error = rules.eval("duplicates", &input).expect_err(&input.to_string());
        assert_eq!((error.code().name(), error.field()), (code, field), "{input}: {error}");
    }
}

/// The default says "review" of nothing but strong evidence: the most that all other evidence adds up to is too little.
#[test]
fn only_strong_evidence_reaches_review_by_default() {
    let rules = Rules::default();
    let everything = Subject {
        external: Some(("x".into(), "1".into())),
        email_exact: Some("a@b.fr".into()),
        email: Some("a@b.fr".into()),
        profile: Some("p".into()),
        siret: Some("1".into()),
        registration: Some("1".into()),
        vat: Some("1".into()),
        phones: vec!["+33612345678".into()],
        domain: Some("b.fr".into()),
        company: Some("b".into()),
        name: Some("a|b".into()),
        names: Some(("a".into(), "b".into())),
        sound: Some("s".into()),
        fields: vec![],
    };
    let rule = rules.duplicates();
    let settings = rule.settings();
    let least =
        settings.evidence.values().filter(|w| w.strength == Strength::Strong).map(|w| w.points_bp).min().unwrap();
    assert!(least >= settings.review_bp);
    assert_eq!(rule.compare(&everything, &everything).decision(), Decision::Review, "nothing is the same by itself");
    let mut weak = Subject { phones: vec!["612345678".into()], ..everything };
    (weak.external, weak.email, weak.email_exact, weak.profile, weak.siret) = Default::default();
    let other = Subject { phones: vec!["+33612345678".into()], ..weak.clone() };
    let compared = rule.compare(&weak, &other);
    assert!(compared.decision() < Decision::Review, "{compared:?}");
    let codes: Vec<&str> = compared.reasons().iter().map(Reason::code).collect();
    assert_eq!(codes, ["same_registration", "similar_phone", "same_name_company"]);
}

/// Keys of few values, so that they often meet.
fn subject() -> impl Strategy<Value = Subject> {
    let few = || proptest::option::of("[ab]");
    let numbers = proptest::collection::vec(
        prop_oneof!["\\+33612345678", "\\+33298000001", "612345678"].prop_map(String::from),
        0..3,
    );
    let company = (few(), few(), few(), few(), few());
    let person = (few(), few(), few(), proptest::option::of(("[ab]", "[ab]")), few());
    let others = (few(), numbers, proptest::option::of(("[ab]", "[ab]")));
    (company, person, others).prop_map(
        |(
            (siret, registration, vat, domain, company),
            (exact, email, profile, names, sound),
            (own, phones, external),
        )| {
            let name = names.as_ref().map(|(a, b)| if a <= b { format!("{a}|{b}") } else { format!("{b}|{a}") });
            // An exact address has a canonical one.
            let email = email.or_else(|| exact.clone());
            let registration = registration.or_else(|| siret.clone());
            Subject {
                external,
                email_exact: exact,
                email,
                profile,
                siret,
                registration,
                vat,
                phones,
                domain,
                company,
                name,
                names,
                sound,
                fields: vec![own],
            }
        },
    )
}

static OWN: LazyLock<Rules> = LazyLock::new(|| {
    let own = json!({"id": "own", "fields": ["city"], "strength": "strong", "points_bp": 7600});
    rules(json!({"exact": [own], "most_hits": 3})).unwrap()
});
static ALL: LazyLock<Rules> = LazyLock::new(|| rules(json!({"most_hits": 500})).unwrap());
static STRONG: LazyLock<Rules> = LazyLock::new(|| {
    let weight = |k: &Evidence| Rules::default().duplicates().settings().evidence[k].strength;
    let weak = Evidence::ALL.iter().filter(|k| weight(k) == Strength::Weak).map(|k| k.name());
    rules(json!({"off": weak.collect::<Vec<_>>(), "most_hits": 500})).unwrap()
});

fn sum(compared: &Comparison) -> i64 {
    let points = |r: &Reason| match r {
        Reason::Evidence { points_bp, .. }
        | Reason::EvidenceCap { points_bp, .. }
        | Reason::MarkedNotDuplicate { points_bp, .. } => *points_bp,
        other => panic!("{other:?}"),
    };
    compared.reasons().iter().map(points).sum()
}

fn has_strong_key(s: &Subject) -> bool {
    let own = s.fields.iter().any(Option::is_some);
    s.external.is_some() || s.email.is_some() || s.profile.is_some() || s.siret.is_some() || !s.phones.is_empty() || own
}

/// Clusters by following strong pairs until nothing changes: slow and obvious.
fn clusters(subjects: &[Subject], pairs: &[(usize, usize, Comparison)]) -> Vec<Vec<usize>> {
    let mut label: Vec<usize> = (0..subjects.len()).collect();
    loop {
        let before = label.clone();
        for (a, b, compared) in pairs {
            if compared.is_strong() {
                let least = label[*a].min(label[*b]);
                (label[*a], label[*b]) = (least, least);
            }
        }
        if before == label {
            break;
        }
    }
    let of = |l: usize| (0..subjects.len()).filter(|i| label[*i] == l).collect::<Vec<_>>();
    (0..subjects.len()).map(of).filter(|c| c.len() > 1).collect()
}

proptest! {
    #[test]
    fn comparing_is_symmetric_and_the_reasons_sum_to_the_score(a in subject(), b in subject()) {
        let rules = &*OWN;
        let (ab, ba) = (rules.duplicates().compare(&a, &b), rules.duplicates().compare(&b, &a));
        prop_assert_eq!(&ab, &ba);
        prop_assert_eq!(sum(&ab), ab.score_bp());
        prop_assert!((0..=10_000).contains(&ab.score_bp()));
        let marked = ab.marked("two people");
        prop_assert_eq!((sum(&marked), marked.score_bp(), marked.decision()), (0, 0, Decision::Different));
    }

    #[test]
    fn a_record_with_a_strong_key_is_the_same_as_itself(a in subject()) {
        let rules = &*OWN;
        let compared = rules.duplicates().compare(&a, &a);
        prop_assert_eq!(compared.is_strong(), has_strong_key(&a), "{:?}", compared);
    }

    #[test]
    fn what_is_unknown_equals_nothing(a in subject()) {
        let rules = &*OWN;
        let compared = rules.duplicates().compare(&a, &Subject { fields: vec![None], ..Subject::default() });
        prop_assert_eq!(compared.reasons(), &[]);
        let nobody = Subject::default();
        let compared = rules.duplicates().compare(&nobody, &nobody);
        prop_assert_eq!(compared.reasons(), &[]);
        prop_assert_eq!(rules.duplicates().lookups(&nobody), Vec::<Lookup>::new());
    }

    #[test]
    fn clusters_are_the_strong_pairs_followed_and_the_order_decides_nothing(
        subjects in proptest::collection::vec(subject(), 0..12),
    ) {
        let rule = OWN.duplicates();
        let forth = rule.matches(&subjects, &BTreeMap::new());
        prop_assert_eq!(&forth.clusters, &clusters(&subjects, &forth.pairs));
        let reversed: Vec<Subject> = subjects.iter().rev().cloned().collect();
        let back = rule.matches(&reversed, &BTreeMap::new());
        let turned = |i: &usize| subjects.len() - 1 - i;
        let mut theirs: Vec<Vec<usize>> = back.clusters.iter().map(|c| c.iter().rev().map(turned).collect()).collect();
        theirs.sort();
        prop_assert_eq!(&forth.clusters, &theirs);
        prop_assert_eq!(forth.common, back.common);
    }

    #[test]
    fn one_against_the_others_finds_what_the_batch_finds(
        subjects in proptest::collection::vec(subject(), 1..12), place in any::<prop::sample::Index>(),
        marked in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let rule = OWN.duplicates();
        let me = place.index(subjects.len());
        let marked = marked.map(|m| m.index(subjects.len())).filter(|m| *m != me);
        let marks = marked.map(|m| ((me.min(m), me.max(m)), "note".to_owned())).into_iter().collect();
        let batch = rule.matches(&subjects, &marks);
        let others = subjects.iter().enumerate().filter(|(i, _)| *i != me);
        let others = others.map(|(i, s)| (i, s, (Some(i) == marked).then_some("note")));
        let single = rule.candidates(&subjects[me], others);
        let mut found: Vec<(usize, Comparison)> = single.found.into_iter().chain(single.marked).collect();
        found.sort_by_key(|(i, _)| *i);
        let mine = batch.pairs.into_iter().filter(|(a, b, _)| *a == me || *b == me);
        let mut expected: Vec<(usize, Comparison)> = mine.map(|(a, b, c)| (if a == me { b } else { a }, c)).collect();
        expected.sort_by_key(|(i, _)| *i);
        prop_assert_eq!(found, expected);
        prop_assert!(single.common.iter().all(|r| batch.common.contains(r)));
    }

    #[test]
    fn weak_evidence_never_joins_clusters(subjects in proptest::collection::vec(subject(), 0..10)) {
        let none = BTreeMap::new();
        prop_assert_eq!(
            ALL.duplicates().matches(&subjects, &none).clusters,
            STRONG.duplicates().matches(&subjects, &none).clusters
        );
    }
}
