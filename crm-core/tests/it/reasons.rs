//! The texts of every reason, in both languages.

use crm_core::Lang;
use crm_core::kernel::evidence::{Criterion, Evidence, Strength};
use crm_core::kernel::reason::{Labels, Name, Points, Reason, Section};
use crm_core::lang;

#[test]
fn every_reason_in_both_languages() {
    let name =
        |id: &str, en: &str, fr: &str| Name { id: id.into(), labels: Some(Labels { en: en.into(), fr: fr.into() }) };
    let demo = || name("demo", "Demo requested", "Démo demandée");
    let bare = || Name { id: "demo".into(), labels: None };
    let web = || name("web", "the website", "le site web");
    let industry = || name("industry", "Industry", "Secteur d’activité");
    let points = Points::from_milli;
    let common =
        |criterion, strength, points_bp| Reason::Evidence { criterion, strength, value: "x".into(), points_bp };
    let rare = |criterion, limit| Reason::CriterionNotSelective { criterion, value: "x".into(), limit };
    let reasons = [
        Reason::RulePoints { rule: demo(), points: points(20_000), undecayed: None },
        Reason::RulePoints { rule: bare(), points: points(-1_000), undecayed: None },
        Reason::RulePoints { rule: demo(), points: points(22_500), undecayed: Some(points(40_000)) },
        Reason::RulePoints { rule: demo(), points: points(1_500), undecayed: Some(points(2_500)) },
        Reason::FrequencyRange { rule: demo(), count: 1, points: points(1_000) },
        Reason::FrequencyRange { rule: demo(), count: 4, points: points(10_000) },
        Reason::DailyCap { rule: demo(), limit: 1, points: points(-12_000) },
        Reason::DailyCap { rule: demo(), limit: 20, points: points(-500) },
        Reason::GroupCap { group: web(), limit: 15, points: points(-2_000) },
        Reason::GroupCap { group: web(), limit: 0, points: points(1_000) },
        Reason::SectionCap { section: Section::Fit, limit: 50, points: points(-2_250) },
        Reason::SectionCap { section: Section::Engagement, limit: -1, points: points(4_000) },
        Reason::IdleDecay { section: Section::Engagement, periods: 1, every_days: 1, points: points(-1_000) },
        Reason::IdleDecay { section: Section::Fit, periods: 2, every_days: 30, points: points(-20_000) },
        Reason::TotalCap { limit: 100, points: points(-3_000) },
        Reason::TotalCap { limit: 0, points: points(3_000) },
        Reason::Rounding { points: points(500) },
        Reason::Rounding { points: points(-284) },
        Reason::ProfileCriterion { criterion: demo(), thirds: 1 },
        Reason::ProfileCriterion { criterion: demo(), thirds: -2 },
        Reason::Known { item: industry(), share_bp: 3_000 },
        Reason::Known { item: bare(), share_bp: 10_000 },
        Reason::Missing { item: industry(), share_bp: 3_334 },
        Reason::Missing { item: industry(), share_bp: 0 },
        common(Criterion::Kind(Evidence::EmailExact), Strength::Strong, 9_500),
        common(Criterion::Fields(industry()), Strength::Medium, 3_025),
        common(Criterion::Kind(Evidence::NameSimilar), Strength::Weak, 500),
        Reason::EvidenceCap { limit_bp: 10_000, points_bp: -21_500 },
        Reason::MarkedNotDuplicate { note: String::new(), points_bp: -9_500 },
        Reason::MarkedNotDuplicate { note: "mère et fille".into(), points_bp: -9_500 },
        rare(Criterion::Kind(Evidence::Domain), 20),
        rare(Criterion::Fields(bare()), 1),
    ];
    let mut text = String::new();
    for reason in &reasons {
        let (en, fr) = (lang::reason(reason, Lang::English), lang::reason(reason, Lang::French));
        text.push_str(&format!("{}\n  {en}\n  {}\n", reason.code(), fr.replace('\u{a0}', "~")));
    }
    insta::assert_snapshot!(text, @r"
    rule_points
      Demo requested: +20 points
      Démo demandée~: +20 points
    rule_points
      demo: -1 point
      demo~: -1 point
    rule_points
      Demo requested: +22.5 points (40 before decay)
      Démo demandée~: +22,5 points (40 avant érosion)
    rule_points
      Demo requested: +1.5 points (2.5 before decay)
      Démo demandée~: +1,5 point (2,5 avant érosion)
    frequency_range
      Demo requested (1 time): +1 point
      Démo demandée (1 fois)~: +1 point
    frequency_range
      Demo requested (4 times): +10 points
      Démo demandée (4 fois)~: +10 points
    daily_cap
      limit of 1 point a day for Demo requested: -12 points
      plafond de 1 point par jour pour «~Démo demandée~»~: -12 points
    daily_cap
      limit of 20 points a day for Demo requested: -0.5 points
      plafond de 20 points par jour pour «~Démo demandée~»~: -0,5 point
    group_cap
      limit of 15 points for the website: -2 points
      plafond de 15 points pour le site web~: -2 points
    group_cap
      minimum of 0 points for the website: +1 point
      plancher de 0 point pour le site web~: +1 point
    section_cap
      limit of 50 points for fit: -2.25 points
      plafond de 50 points pour l’adéquation~: -2,25 points
    section_cap
      minimum of -1 point for engagement: +4 points
      plancher de -1 point pour l’engagement~: +4 points
    idle_decay
      1 period of 1 day without activity (engagement): -1 point
      1 période de 1 jour sans activité (engagement)~: -1 point
    idle_decay
      2 periods of 30 days without activity (fit): -20 points
      2 périodes de 30 jours sans activité (adéquation)~: -20 points
    total_cap
      limit of 100 points for the whole score: -3 points
      plafond de 100 points pour l’ensemble du score~: -3 points
    total_cap
      minimum of 0 points for the whole score: +3 points
      plancher de 0 point pour l’ensemble du score~: +3 points
    rounding
      rounding to whole points: +0.5 points
      arrondi au point entier~: +0,5 point
    rounding
      rounding to whole points: -0.284 points
      arrondi au point entier~: -0,284 point
    profile_criterion
      Demo requested: +1 third of a letter
      Démo demandée~: +1 tiers de lettre
    profile_criterion
      Demo requested: -2 thirds of a letter
      Démo demandée~: -2 tiers de lettre
    known
      Industry: known (30%)
      Secteur d’activité~: déjà sur la fiche (30~%)
    known
      demo: known (100%)
      demo~: déjà sur la fiche (100~%)
    missing
      Industry: missing (33.34%)
      Secteur d’activité~: à compléter (33,34~%)
    missing
      Industry: missing (0%)
      Secteur d’activité~: à compléter (0~%)
    same_email_exact
      same e-mail address: strong evidence (+95%)
      même adresse e-mail~: indice fort (+95~%)
    same_fields
      Industry is the same: some evidence (+30.25%)
      «~Secteur d’activité~» à l’identique~: indice moyen (+30,25~%)
    similar_name
      similar names: weak evidence (+5%)
      noms voisins~: indice faible (+5~%)
    evidence_cap
      limit of 100% for all evidence: -215%
      plafond de 100~% pour l’ensemble des indices~: -215~%
    marked_not_duplicate
      marked as not a duplicate: -95%
      signalé comme n’étant pas un doublon~: -95~%
    marked_not_duplicate
      marked as not a duplicate (“mère et fille”): -95%
      signalé comme n’étant pas un doublon («~mère et fille~»)~: -95~%
    criterion_not_selective
      same company, by its domain: shared with more than 20 other records, so it tells nothing
      même entreprise, d’après le domaine~: vrai aussi pour plus de 20 autres fiches, ce critère ne prouve rien
    criterion_not_selective
      demo is the same: shared with more than 1 other record, so it tells nothing
      «~demo~» à l’identique~: vrai aussi pour plus de 1 autre fiche, ce critère ne prouve rien
    ");
}
