//! Merging as a pure rule: its golden cases, what it refuses, and properties over random leads.

use crm_core::kernel::reason::{MergeRank, MergeRule, Reason};
use crm_core::rules::Rules;
use crm_core::{Error, Id, Lang, lang};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// Results worked out by hand.
const NUMBERS: &[Number] = &[
    ("survivor: the furthest stage, no stage last (en)", "/order/0/id", r#""00000000-0000-4000-8000-000000000003""#),
    ("survivor: the furthest stage, no stage last (en)", "/order/1/id", r#""00000000-0000-4000-8000-000000000002""#),
    ("survivor: the furthest stage, no stage last (en)", "/order/2/id", r#""00000000-0000-4000-8000-000000000001""#),
    ("survivor: the furthest stage, no stage last (en)", "/order/3/id", r#""00000000-0000-4000-8000-000000000004""#),
    ("survivor: the furthest stage, no stage last (en)", "/order/2/reason/code", r#""survives_stage""#),
    ("survivor: equal in all, the lowest id", "/primary", r#""00000000-0000-4000-8000-000000000001""#),
    ("survivor: a lead with a deal outranks every stage (fr)", "/primary", r#""00000000-0000-4000-8000-000000000002""#),
    ("survivor: converted before links before age", "/order/1/id", r#""00000000-0000-4000-8000-000000000001""#),
    ("survivor: converted before links before age", "/order/2/reason/code", r#""survives_oldest""#),
    ("survivor: a stage that is not configured counts as none", "/order/0/reason/code", r#""survives_oldest""#),
    ("survivor: insisted on", "/order/0/id", r#""00000000-0000-4000-8000-000000000003""#),
    ("survivor: insisted on", "/order/1/id", r#""00000000-0000-4000-8000-000000000001""#),
    ("fields: zero written last wins over forty", "/fields/0/value", "0"),
    ("fields: the primary's zero stays among equals", "/fields/0/value", "0"),
    ("fields: the address as a whole from the fullest (en)", "/fields/0/value", r#""Paris""#),
    ("fields: the address as a whole from the fullest (en)", "/fields/2/value", r#""1 rue A""#),
    ("fields: equally full addresses, the primary's", "/fields/0/value", r#""Liège""#),
    ("fields: descriptions one below the other", "/fields/0/value", r#""A\n\nB""#),
    ("fields: descriptions one below the other", "/fields/0/losers", "[]"),
    ("fields: no paragraph twice", "/fields/0/value", r#""A\n\nB\n\nC""#),
    ("fields: the survivor has the newest already", "/fields/0/value", r#""bbb""#),
    ("fields: a default of somebody known is a real value", "/fields/0/value", r#""aaa""#),
    ("fields: a default of somebody anonymous loses", "/fields/0/value", r#""bbb""#),
    ("fields: a default is better than nothing", "/fields/0/code", r#""filled_empty""#),
    ("fields: counters are not summed", "/fields/0/value", "100"),
    ("fields: counters are not summed", "/fields/1/value", "3"),
    ("fields: counters are not summed", "/fields/1/code", r#""largest""#),
    ("fields: the last activity is the latest, with what it was", "/fields/0/value", r#""visit""#),
    (
        "fields: the latest of what is known, the earliest of what is known",
        "/fields/0/value",
        r#""2019-05-01T00:00:00Z""#,
    ),
    (
        "fields: came in with the older one, furthest stage, first source, own address (en)",
        "/fields/0/value",
        r#""a@exemple.fr""#,
    ),
    (
        "fields: came in with the older one, furthest stage, first source, own address (en)",
        "/fields/1/value",
        r#"["b@exemple.fr"]"#,
    ),
    (
        "fields: came in with the older one, furthest stage, first source, own address (en)",
        "/fields/2/value",
        r#""customer""#,
    ),
    (
        "fields: came in with the older one, furthest stage, first source, own address (en)",
        "/fields/3/value",
        r#""paid""#,
    ),
    (
        "fields: came in with the older one, furthest stage, first source, own address (en)",
        "/fields/5/value",
        r#""2023-01-01T00:00:00Z""#,
    ),
    ("fields: cleared last wins", "/fields/0/value", "null"),
    ("fields: cleared last wins", "/fields/0/from", r#""00000000-0000-4000-8000-000000000002""#),
    ("fields: cleared earlier loses", "/fields", "[]"),
    ("fields: a blank that nobody touched says nothing", "/fields", "[]"),
    ("fields: the field's clock decides, not the record's", "/fields/0/value", r#""CFO""#),
    ("fields: the field's clock decides, not the record's", "/fields/1/value", r#""x""#),
    ("fields: addresses and numbers, each once", "/fields/0/value", r#""x@a.fr""#),
    ("fields: addresses and numbers, each once", "/fields/1/value", r#"["y@a.fr","z@a.fr","z+web@a.fr"]"#),
    ("fields: addresses and numbers, each once", "/fields/3/value", r#""06 12 34 56 78""#),
    ("fields: addresses and numbers, each once", "/fields/4/value", r#"["07 00 00 00 01"]"#),
    ("fields: the strictest consent, whoever gave it and whatever is newer (fr)", "/fields/0/value", r#""opted_out""#),
    ("fields: the strictest consent, whoever gave it and whatever is newer (fr)", "/fields/1/value", "true"),
    ("fields: unknown is stricter than agreed", "/fields/0/value", "null"),
    ("fields: labels of all, owner of the primary, nobody else's name", "/fields/0/value", "null"),
    ("fields: labels of all, owner of the primary, nobody else's name", "/fields/1/value", r#""Le Goff""#),
    ("fields: labels of all, owner of the primary, nobody else's name", "/fields/2/value", r#""zoe""#),
    (
        "fields: labels of all, owner of the primary, nobody else's name",
        "/fields/3/value",
        r#"["Pompe à chaleur","vip","salon"]"#,
    ),
    ("fields: a fuller name that agrees", "/fields/0/value", r#""Yann""#),
    ("fields: a fuller name that agrees", "/fields/1/value", r#""LE GOFF""#),
    ("fields: configured rules", "/fields/0/value", r#""retail""#),
    ("fields: configured rules", "/fields/1/value", "90"),
    ("fields: configured rules", "/fields/2/value", r#""hot""#),
    ("fields: a person chose (en)", "/fields/0/value", r#""b@exemple.fr""#),
    ("fields: a person chose (en)", "/fields/1/value", r#"["a@exemple.fr"]"#),
    ("fields: a person chose (en)", "/fields/2/value", r#""retail""#),
    ("fields: the conversion stays with the lead", "/fields/1/field", r#""converted_account""#),
    (
        "relations: what the primary has already is put away (en)",
        "/drops/0/collides_with",
        r#""00000000-0000-4000-8000-000000000011""#,
    ),
    (
        "relations: what the primary has already is put away (en)",
        "/moves/0/id",
        r#""00000000-0000-4000-8000-000000000022""#,
    ),
    ("relations: a row without an id elsewhere collides with nothing", "/drops", "[]"),
    (
        "relations: a row without an id elsewhere collides with nothing",
        "/moves/1/id",
        r#""00000000-0000-4000-8000-000000000022""#,
    ),
    ("relations: another kind or another system is another row", "/drops", "[]"),
    (
        "relations: two that move collide with each other, the first in order stays (fr)",
        "/moves/0/id",
        r#""00000000-0000-4000-8000-000000000021""#,
    ),
    (
        "relations: two that move collide with each other, the first in order stays (fr)",
        "/drops/0/id",
        r#""00000000-0000-4000-8000-000000000031""#,
    ),
    ("a value that cannot be read is told and not known", "/fields/0/value", "7"),
    ("a value that cannot be read is told and not known", "/diagnostics/0/field", r#""size""#),
];

#[test]
fn the_numbers_worked_out_by_hand_hold() {
    golden::holds("merge", NUMBERS);
}

fn id(n: usize) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

fn lead(n: usize, fields: Json) -> Json {
    json!({"id": id(n), "created_at": "2026-03-01T00:00:00Z", "fields": fields})
}

fn plan(input: &Json) -> Result<Json, Error> {
    Rules::default().eval("merge", input)
}

#[test]
fn what_cannot_be_merged_is_refused_with_its_place() {
    let told = |input: Json| {
        let error = plan(&input).unwrap_err();
        format!("{} {}", error.code().name(), error.field().unwrap_or("-"))
    };
    let (one, two) = (lead(1, json!({})), lead(2, json!({"converted_account": id(8)})));
    let six: Vec<Json> = (1..=6).map(|n| lead(n, json!({}))).collect();
    assert_eq!(told(json!({"leads": six})), "too_large leads");
    assert_eq!(told(json!({"leads": [one]})), "missing leads");
    assert_eq!(told(json!({"leads": [one, one]})), "invalid_value -");
    assert_eq!(told(json!({"leads": [one, two], "primary": id(2)})), "needs_choice primary");
    assert_eq!(told(json!({"leads": [one, two], "primary": id(3)})), "not_found primary");
    assert_eq!(told(json!({"leads": [two, lead(3, json!({"converted_account": id(9)}))]})), "wrong_state -");
    for (field, code) in [("consent", "invalid_value"), ("score", "invalid_value"), ("compagny", "unknown_field")] {
        let input = json!({"leads": [one, two], "override": {field: id(1)}});
        assert_eq!(told(input), format!("{code} override.{field}"));
    }
    assert_eq!(told(json!({"leads": [one, two], "override": {"city": id(5)}})), "not_found override.city");
    assert_eq!(
        told(json!({"leads": [one, lead(2, json!({"compagny": "x"}))]})),
        "unknown_field leads[1].fields.compagny"
    );
    let clock = json!({"id": id(2), "created_at": "2026-03-01T00:00:00Z", "clocks": {"size": "yesterday"}});
    assert_eq!(told(json!({"leads": [one, clock]})), "invalid_value leads[1].clocks.size");
    let row = json!({"record": "gizmo", "id": id(9), "lead": id(1)});
    assert_eq!(told(json!({"leads": [one, lead(2, json!({}))], "rows": [row]})), "unknown_field rows[0].record");
}

#[test]
fn what_cannot_be_configured_is_refused_with_its_place() {
    for (model, code, field) in [
        (json!({"stages": []}), "invalid_rules", "merge.stages"),
        (json!({"stages": ["new", "New"]}), "invalid_rules", "merge.stages[1]"),
        (json!({"stages": ["new", 3]}), "invalid_value", "merge.stages[1]"),
        (json!({"fields": {"industri": "newest"}}), "unknown_field", "merge.fields.industri"),
        (json!({"fields": {"industry": "latest"}}), "invalid_value", "merge.fields.industry"),
        (json!({"fields": {"industry": "largest"}}), "invalid_rules", "merge.fields.industry"),
        (json!({"fields": {"size": {"furthest": ["1"]}}}), "invalid_rules", "merge.fields.size"),
        (json!({"fields": {"rating": {"furthest": []}}}), "invalid_rules", "merge.fields.rating.furthest"),
        (json!({"fields": {"consent": "newest"}}), "invalid_rules", "merge.fields.consent"),
        (json!({"fields": {"do_not_call": "primary"}}), "invalid_rules", "merge.fields.do_not_call"),
        (json!({"fields": {"email": "newest"}}), "invalid_rules", "merge.fields.email"),
        (json!({"fields": {"score": "largest"}}), "invalid_rules", "merge.fields.score"),
        (json!({"fields": {"created_at": "smallest"}}), "invalid_rules", "merge.fields.created_at"),
        (json!({"fields": {"converted_at": "smallest"}}), "invalid_rules", "merge.fields.converted_at"),
        (json!({"defaults": {"size": "many"}}), "invalid_value", "merge.defaults.size"),
        (json!({"most_records": 1}), "invalid_value", "merge.most_records"),
        (json!({"most_records": 51}), "invalid_value", "merge.most_records"),
        (json!({"fild": {}}), "unknown_field", "merge"),
    ] {
        let error = Rules::from_json(&json!({"merge": model})).map(|_| ()).expect_err(field);
        assert_eq!((error.code().name(), error.field()), (code, Some(field)), "{model}: {error}");
    }
    let six: Vec<Json> = (1..=6).map(|n| lead(n, json!({}))).collect();
    Rules::from_json(&json!({"merge": {"most_records": 6}})).unwrap().eval("merge", &json!({"leads": six})).unwrap();
}

#[test]
fn a_text_that_no_longer_fits_stays_with_its_own_lead_and_is_told() {
    let long = |letter: &str| letter.repeat(40_000);
    let leads = [
        lead(1, json!({"description": long("x")})),
        lead(2, json!({"description": long("y")})),
        lead(3, json!({"description": "z"})),
    ];
    let plan = plan(&json!({"leads": leads})).unwrap();
    assert_eq!(plan["fields"][0]["value"], format!("{}\n\nz", long("x")));
    assert_eq!(plan["fields"][0]["losers"], json!([{"id": id(2), "value": long("y")}]));
}

/// Three leads of few values and clocks, in any order.
fn leads() -> impl Strategy<Value = Vec<Json>> {
    let text = |values: &'static [&'static str]| prop::option::of(prop::sample::select(values));
    let day = || prop::option::of(1u32..6);
    let consent = text(&["opted_out", "soft", "opted_in"]);
    let one = (
        (text(&["a", "b"]), text(&["x", "y"]), prop::option::of(0i64..3), consent, prop::option::of(any::<bool>())),
        (day(), day(), 1u32..4, 0i64..3, text(&["t1", "t2"])),
    );
    prop::collection::vec(one, 2..5).prop_map(|list| {
        let one = |(n, ((industry, city, size, consent, call), (d1, d2, made, links, tag)))| {
            let at = |d: u32| format!("2026-03-{d:02}T00:00:00Z");
            let clocks: serde_json::Map<String, Json> = [("industry", d1), ("size", d2)]
                .into_iter()
                .filter_map(|(f, d)| Some((f.into(), at(d?).into())))
                .collect();
            let tags: Vec<&str> = Option::into_iter(tag).collect();
            json!({"id": id(n + 1), "created_at": at(made), "links": links, "clocks": clocks,
                   "fields": {"industry": industry, "city": city, "size": size, "consent": consent,
                              "do_not_call": call, "tags": tags}})
        };
        list.into_iter().enumerate().map(one).collect()
    })
}

/// What a field of the merged lead is: as chosen, or as the primary has it.
fn merged<'a>(plan: &'a Json, leads: &'a [Json], field: &str) -> &'a Json {
    let chosen = plan["fields"].as_array().unwrap().iter().find(|c| c["field"] == field).map(|c| &c["value"]);
    chosen.unwrap_or_else(|| &leads.iter().find(|l| l["id"] == plan["primary"]).unwrap()["fields"][field])
}

proptest! {
    #[test]
    fn the_order_of_the_input_decides_nothing(leads in leads(), turn in 0usize..4) {
        let mut turned = leads.clone();
        turned.rotate_left(turn % leads.len());
        prop_assert_eq!(plan(&json!({"leads": leads})).unwrap(), plan(&json!({"leads": turned})).unwrap());
    }

    #[test]
    fn consent_is_never_looser_than_any_of_them(leads in leads()) {
        let plan = plan(&json!({"leads": leads})).unwrap();
        let rank = |v: &Json| match v.as_str() { Some("opted_out") => 0, None => 1, Some("soft") => 2, _ => 3 };
        let call = |v: &Json| match v.as_bool() { Some(true) => 0, None => 1, Some(false) => 2 };
        for lead in &leads {
            prop_assert!(rank(merged(&plan, &leads, "consent")) <= rank(&lead["fields"]["consent"]));
            prop_assert!(call(merged(&plan, &leads, "do_not_call")) <= call(&lead["fields"]["do_not_call"]));
        }
    }

    #[test]
    fn every_value_is_somebodys_and_what_lost_is_told(leads in leads()) {
        let plan = plan(&json!({"leads": leads})).unwrap();
        for field in ["industry", "city", "size"] {
            let value = merged(&plan, &leads, field);
            let choice = plan["fields"].as_array().unwrap().iter().find(|c| c["field"] == field);
            let others: Vec<&Json> = leads.iter().map(|l| &l["fields"][field]).filter(|v| !v.is_null() && *v != value).collect();
            prop_assert!(value.is_null() || leads.iter().any(|l| l["fields"][field] == *value));
            prop_assert_eq!(choice.map_or(0, |c| c["losers"].as_array().unwrap().len()), others.len());
            // A known value is only ever lost to another one, or to somebody who cleared it.
            let cleared = leads.iter().any(|l| l["fields"][field].is_null() && l["clocks"].get(field).is_some());
            prop_assert!(!value.is_null() || others.is_empty() || cleared);
        }
    }

    #[test]
    fn merging_a_lead_with_its_own_copy_changes_nothing(leads in leads()) {
        let (mut copy, first) = (leads[0].clone(), &leads[0]);
        copy["id"] = json!(Id::from_text("copy").to_string());
        let plan = plan(&json!({"leads": [first, copy]})).unwrap();
        prop_assert_eq!(&plan["fields"], &json!([]));
    }
}

#[test]
fn every_reason_of_a_merge_in_both_languages() {
    let field = |rule| Reason::MergedField { field: "size".into(), rule };
    let reasons = [
        field(MergeRule::ChosenNewestField),
        field(MergeRule::KeptPrimary),
        field(MergeRule::FilledEmpty),
        field(MergeRule::Union),
        field(MergeRule::Joined),
        field(MergeRule::MinDate),
        field(MergeRule::MaxDate),
        field(MergeRule::Smallest),
        field(MergeRule::Largest),
        field(MergeRule::AnyYes),
        field(MergeRule::FurthestStage),
        field(MergeRule::MostRestrictiveConsent),
        field(MergeRule::AddressBlock),
        field(MergeRule::NameBlock),
        field(MergeRule::KeptTogether),
        field(MergeRule::FirstTouch),
        field(MergeRule::ChosenByPerson),
        field(MergeRule::RecomputedFromEvents),
        Reason::Survives { rank: MergeRank::Converted },
        Reason::Survives { rank: MergeRank::Stage },
        Reason::Survives { rank: MergeRank::Links },
        Reason::Survives { rank: MergeRank::Oldest },
        Reason::Survives { rank: MergeRank::LowestId },
        Reason::DroppedUniqueCollision { record: "note", other: Id::from_text("x") },
    ];
    let mut text = String::new();
    for reason in &reasons {
        let (en, fr) = (lang::reason(reason, Lang::English), lang::reason(reason, Lang::French));
        text.push_str(&format!("{}\n  {en}\n  {}\n", reason.code(), fr.replace('\u{a0}', "~")));
    }
    insta::assert_snapshot!(text, @r"
    chosen_newest_field
      `size`: the value written or cleared last
      `size`~: la dernière valeur saisie ou effacée
    kept_primary
      `size`: the primary's value
      `size`~: la valeur de la fiche principale
    filled_empty
      `size`: filled, since the primary had no value
      `size`~: complété, car la fiche principale n’avait pas de valeur
    union
      `size`: the values of all records
      `size`~: les valeurs de toutes les fiches
    joined
      `size`: the texts of all records
      `size`~: les textes de toutes les fiches
    min_date
      `size`: the earliest
      `size`~: la date la plus ancienne
    max_date
      `size`: the latest
      `size`~: la date la plus récente
    smallest
      `size`: the smallest value
      `size`~: la valeur la plus petite
    largest
      `size`: the largest value
      `size`~: la valeur la plus grande
    any_yes
      `size`: yes, since one record says so
      `size`~: oui, car une fiche l’indique
    furthest_stage
      `size`: the furthest stage
      `size`~: l’étape la plus avancée
    most_restrictive_consent
      `size`: the most restrictive answer
      `size`~: la réponse la plus restrictive
    address_block
      `size`: from the fullest address, taken as a whole
      `size`~: repris de l’adresse la plus complète, en bloc
    name_block
      `size`: from the fullest name that agrees, taken as a whole
      `size`~: repris du nom concordant le plus complet, en bloc
    kept_together
      `size`: from one record, with the fields that belong to it
      `size`~: repris d’une seule fiche, avec les champs qui vont ensemble
    first_touch
      `size`: from the record that came in first
      `size`~: repris de la fiche arrivée en premier
    chosen_by_person
      `size`: chosen by a person
      `size`~: choisi par une personne
    recomputed_from_events
      `size`: computed anew from the events of all records
      `size`~: recalculé à partir des événements de toutes les fiches
    survives_converted
      ahead of the next: converted, or with a deal
      avant la fiche suivante~: convertie, ou liée à une affaire
    survives_stage
      ahead of the next: at a further stage
      avant la fiche suivante~: à une étape plus avancée
    survives_links
      ahead of the next: more records belong to it
      avant la fiche suivante~: liée à davantage d’éléments
    survives_oldest
      ahead of the next: older
      avant la fiche suivante~: plus ancienne
    survives_lowest_id
      ahead of the next: lower id
      avant la fiche suivante~: d’identifiant plus petit
    dropped_unique_collision
      put away: the surviving record already has the same note, `2d711642-b726-8044-8162-7ca9fbac32f5`
      mis de côté~: la fiche conservée a déjà le même élément (`note` `2d711642-b726-8044-8162-7ca9fbac32f5`)
    ");
}
