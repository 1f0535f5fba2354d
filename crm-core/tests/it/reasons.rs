//! The texts of every reason, in both languages.

use crm_core::kernel::activity_reason::ActivityReason;
use crm_core::kernel::convert_reason::{Choice, ConvertReason, FieldRule, MatchWay};
use crm_core::kernel::evidence::{Criterion, Evidence, Strength};
use crm_core::kernel::finding::{Confidence, Method, Topic, Verdict};
use crm_core::kernel::forecast_reason::{Exclusion, ForecastReason, Total};
use crm_core::kernel::reason::{Labels, Name, Points, Reason, Section};
use crm_core::kernel::sales::Category;
use crm_core::lang;
use crm_core::{Id, Lang};

/// Every reason of a conversion.
fn conversions() -> Vec<Reason> {
    let ways = MatchWay::ALL.iter().map(|way| {
        let value = if way.is_strong() { "acme.example".to_owned() } else { String::new() };
        ConvertReason::Match { way: *way, value }
    });
    let records = ["account", "contact", "deal"].iter().cycle();
    let fields = FieldRule::ALL.iter().zip(records).map(|(rule, record)| ConvertReason::Field {
        rule: *rule,
        record,
        field: "phone".into(),
    });
    let waiting =
        ["account", "contact", "deal"].map(|record| ConvertReason::WaitingField { field: "size".into(), record });
    let others = [
        ConvertReason::UnmappedField { field: "rating".into() },
        ConvertReason::MergedLead { into: Id::from_text("lead") },
    ];
    let choices = Choice::ALL.iter().map(|choice| ConvertReason::Choice(*choice));
    ways.chain(choices).chain(fields).chain(waiting).chain(others).map(Reason::Conversion).collect()
}

/// Every reason of a forecast.
fn forecasts() -> Vec<ForecastReason> {
    use ForecastReason as R;
    let total = |minor_units: i128| Total { minor_units, currency: "EUR".parse().unwrap() };
    let s = |text: &str| text.to_owned();
    let exclusions = [
        Exclusion::MissingAmount,
        Exclusion::MissingProbability,
        Exclusion::NoRate { from: s("USD"), to: s("EUR"), date: s("2026-11-22") },
        Exclusion::NoDateForRate { basis: "created_on" },
        Exclusion::InexactRate { from: s("USD"), to: s("EUR") },
        Exclusion::MissingStage,
        Exclusion::UnknownPipeline { pipeline: s("gone") },
        Exclusion::UnknownStage { pipeline: s("sales"), stage: s("gone") },
        Exclusion::SplitsNotWhole { sum_bp: 9_950 },
        Exclusion::SplitTwice { user: s("marie") },
        Exclusion::TooLarge,
        Exclusion::Unreadable { field: s("close_date"), problem: crm_core::Problem::NotADate { found: s("soon") } },
    ];
    let (amount, weighted) = (total(123_456_789), total(-50));
    let reasons = [
        R::ManualCategory { category: Category::Commit, automatic: Category::BestCase },
        R::StageCategory { category: Category::Pipeline },
        R::WonIsClosed,
        R::LostIsOmitted,
        R::Deal { deal: s("roof"), share_bp: 10_000, amount, weighted },
        R::Deal { deal: s("roof"), share_bp: 3_333, amount, weighted },
        R::Report { user: s("marie"), count: 1, amount, weighted },
        R::Others { parts: 3, amount, weighted },
        R::Adjusted { author: s("anne"), manager: true, amount, rollup: weighted },
        R::Adjusted { author: s("marie"), manager: false, amount, rollup: weighted },
        R::Drifted { drift: total(-2_000), stale: true },
        R::Drifted { drift: total(2_000), stale: false },
        R::QuotaMet { quota: amount, closed: amount },
        R::QuotaGap { quota: amount, closed: total(0), gap: amount },
        R::Coverage { coverage_bp: 15_000, least_bp: 30_000 },
        R::Coverage { coverage_bp: 30_000, least_bp: 30_000 },
        R::RunRate { each_day: amount, days: 1 },
        R::NoDayLeft,
    ];
    exclusions.into_iter().map(R::Excluded).chain(reasons).collect()
}

#[test]
fn every_reason_of_a_forecast_in_both_languages() {
    let mut text = String::new();
    for reason in forecasts().into_iter().map(Reason::Forecast) {
        let (en, fr) = (lang::reason(&reason, Lang::English), lang::reason(&reason, Lang::French));
        text.push_str(&format!("{}\n  {en}\n  {}\n", reason.code(), fr.replace('\u{a0}', "~")));
    }
    insta::assert_snapshot!(text, @r#"
    missing_amount
      no amount
      montant à renseigner
    missing_probability
      no probability
      probabilité à renseigner
    no_rate
      no rate from USD to EUR on or before 2026-11-22
      aucun taux de change USD/EUR au 22/11/2026 ou avant
    no_date_for_rate
      no date for the rate (`created_on`)
      aucune date pour choisir le taux (`created_on`)
    inexact_rate
      the rate from USD to EUR has no exact decimal form, and nothing may be rounded
      le taux de change USD/EUR n’a pas de forme décimale exacte, et rien ne doit être arrondi
    missing_stage
      no stage
      étape à renseigner
    unknown_pipeline
      no pipeline is called "gone"
      aucun pipeline ne s’appelle «~gone~»
    unknown_stage
      the pipeline "sales" has no stage "gone"
      le pipeline «~sales~» n’a pas d’étape «~gone~»
    splits_not_whole
      the shares add up to 99.5%, not 100%
      le total des parts est de 99,5~% au lieu de 100~%
    split_twice
      marie has two shares
      marie a deux parts
    amount_too_large
      the amount is too large to convert
      montant trop grand pour être converti
    unreadable
      `close_date`: `soon` is not a date: expected a day such as 2025-03-31, in the years 1900 to 9999
      `close_date`~: `soon` n’est pas une date~: il faut un jour tel que 2025-03-31, entre les années 1900 et 9999
    manual_category
      set to commit by hand (the stage says best case)
      catégorie choisie à la main~: engagement (l’étape donne meilleur cas)
    stage_category
      pipeline, as its stage says
      catégorie de l’étape~: pipeline
    won_is_closed
      won, so closed
      affaire gagnée, donc conclue
    lost_is_omitted
      lost, so omitted
      affaire perdue, donc exclue
    deal
      deal roof: 1,234,567.89 EUR (-0.50 EUR weighted)
      affaire roof~: 1~234~567,89~EUR (pondéré~: -0,50~EUR)
    deal
      33.33% of deal roof: 1,234,567.89 EUR (-0.50 EUR weighted)
      33,33~% de l’affaire roof~: 1~234~567,89~EUR (pondéré~: -0,50~EUR)
    report
      marie: 1,234,567.89 EUR in 1 deal (-0.50 EUR weighted)
      marie~: 1~234~567,89~EUR pour 1 affaire (pondéré~: -0,50~EUR)
    others
      3 others: 1,234,567.89 EUR (-0.50 EUR weighted)
      3 autres~: 1~234~567,89~EUR (pondéré~: -0,50~EUR)
    adjusted
      anne says 1,234,567.89 EUR as manager; the deals come to -0.50 EUR
      anne annonce 1~234~567,89~EUR au titre du management ; les affaires totalisent -0,50~EUR
    adjusted
      marie says 1,234,567.89 EUR; the deals come to -0.50 EUR
      marie annonce 1~234~567,89~EUR ; les affaires totalisent -0,50~EUR
    adjustment_stale
      the deals have moved by -20.00 EUR since then: to be said anew
      les affaires ont varié de -20,00~EUR depuis~: ce chiffre est à revoir
    adjustment_drift
      the deals have moved by +20.00 EUR since then
      les affaires ont varié de +20,00~EUR depuis
    quota_met
      1,234,567.89 EUR closed: the quota of 1,234,567.89 EUR is met
      1~234~567,89~EUR conclus~: l’objectif de 1~234~567,89~EUR est atteint
    quota_gap
      0.00 EUR of 1,234,567.89 EUR closed, 1,234,567.89 EUR to go
      0,00~EUR conclus sur 1~234~567,89~EUR, reste 1~234~567,89~EUR
    coverage
      open deals cover that 1.5 times, 3 would be enough
      les affaires ouvertes couvrent ce reste 1,5 fois, il en faudrait 3
    coverage
      open deals cover that 3 times
      les affaires ouvertes couvrent ce reste 3 fois
    run_rate
      1,234,567.89 EUR a day for 1 business day
      1~234~567,89~EUR par jour pendant 1 jour ouvré
    no_day_left
      no business day is left
      il ne reste aucun jour ouvré
    "#);
}

#[test]
fn every_reason_of_a_conversion_in_both_languages() {
    let mut text = String::new();
    for reason in conversions() {
        let (en, fr) = (lang::reason(&reason, Lang::English), lang::reason(&reason, Lang::French));
        text.push_str(&format!("{}\n  {en}\n  {}\n", reason.code(), fr.replace('\u{a0}', "~")));
    }
    insta::assert_snapshot!(text, @r"
    matched_contact_email
      same e-mail address (acme.example)
      même adresse e-mail (acme.example)
    matched_contact_external_id
      same id in the other system (acme.example)
      même identifiant dans l’autre système (acme.example)
    matched_contact_phone_name
      same phone number and same last name (acme.example)
      même numéro de téléphone et même nom de famille (acme.example)
    same_contact_name
      same name
      même nom
    same_contact_phone
      same phone number
      même numéro de téléphone
    matched_account_establishment
      same establishment (acme.example)
      même établissement (acme.example)
    matched_account_registration
      same registration number (acme.example)
      même numéro d’immatriculation (acme.example)
    matched_account_vat
      same VAT number (acme.example)
      même numéro de TVA (acme.example)
    matched_account_domain
      same company domain (acme.example)
      même nom de domaine d’entreprise (acme.example)
    matched_account_company_postcode
      same company name and postal code (acme.example)
      même raison sociale et même code postal (acme.example)
    matched_account_of_contact
      the account of the contact found (acme.example)
      compte du contact retrouvé (acme.example)
    same_account_name
      exactly the same name
      exactement le même nom
    same_account_company
      same name apart from the legal form
      même nom, à la forme juridique près
    asked
      asked for by whoever converts
      demandé par la personne qui convertit
    no_match
      nothing stored matches
      aucune fiche existante ne correspond
    individual
      the lead names no company
      le lead n’indique aucune entreprise
    no_person
      the lead names no person and no way to reach one
      le lead n’indique ni personne ni moyen d’en joindre une
    own_deal
      each conversion makes a deal of its own
      chaque conversion crée sa propre affaire
    already_converted
      the lead was converted into it before
      provient d’une conversion précédente de ce lead
    ambiguous_account
      several accounts match: somebody has to decide
      plusieurs comptes correspondent~: quelqu’un doit trancher
    ambiguous_contact
      several contacts match: somebody has to decide
      plusieurs contacts correspondent~: quelqu’un doit trancher
    name_alone
      only the name is the same: somebody has to decide
      seul le nom est identique~: quelqu’un doit trancher
    inactive_lead
      the lead is archived
      le lead est archivé
    filled_empty
      `phone` of the account: taken from the lead, was empty
      `phone` du compte~: repris du lead, le champ était vide
    overwritten
      `phone` of the contact: taken from the lead, as configured
      `phone` du contact~: repris du lead, selon la configuration
    newer_on_lead
      `phone` of the deal: taken from the lead, whose value is newer
      `phone` de l’affaire~: repris du lead, dont la valeur est plus récente
    most_restrictive
      `phone` of the account: the more restrictive of the two
      `phone` du compte~: la valeur la plus restrictive des deux
    appended
      `phone` of the contact: what the lead knows was added
      `phone` du contact~: complété par les données du lead
    derived
      `phone` of the deal: follows from other fields of the lead
      `phone` de l’affaire~: déduit d’autres champs du lead
    linked
      `phone` of the account: points to the other record of this conversion
      `phone` du compte~: renvoie à l’autre fiche de cette conversion
    configured
      `phone` of the contact: as configured for new deals
      `phone` du contact~: selon la configuration des nouvelles affaires
    given
      `phone` of the deal: as asked for by whoever converts
      `phone` de l’affaire~: selon le choix de la personne qui convertit
    kept_existing
      `phone` of the account: was known already and stays
      `phone` du compte~: déjà connu, inchangé
    kept_address
      `phone` of the contact: stays, so that two addresses are not mixed
      `phone` du contact~: inchangé, pour ne pas mélanger deux adresses
    waiting_field
      `size` is for an account, and this conversion has none: kept on the lead
      `size` est destiné à un compte, et cette conversion n’en comporte pas~: conservé sur le lead
    waiting_field
      `size` is for a contact, and this conversion has none: kept on the lead
      `size` est destiné à un contact, et cette conversion n’en comporte pas~: conservé sur le lead
    waiting_field
      `size` is for a deal, and this conversion has none: kept on the lead
      `size` est destiné à une affaire, et cette conversion n’en comporte pas~: conservé sur le lead
    unmapped_field
      `rating` has no place in another record: kept on the lead
      `rating` n’a sa place dans aucune autre fiche~: conservé sur le lead
    merged_lead
      the lead was merged into the lead `e3456bc1-f4d2-80f4-a979-33758645fdc2`
      le lead a été fusionné avec le lead `e3456bc1-f4d2-80f4-a979-33758645fdc2`
    ");
}

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

#[test]
fn what_enrichment_says_in_both_languages() {
    let found = |topic, method, source: &str| {
        let (confidence, source) = (Confidence::Medium, source.to_owned());
        Reason::Found { topic, method, confidence, source }
    };
    let both = |reason: &Reason| (lang::reason(reason, Lang::English), lang::reason(reason, Lang::French));
    let (en, fr) = both(&found(Topic::Company, Method::TitleTag, "https://acme.fr"));
    assert_eq!(en, "Company: from the page's title (medium confidence; https://acme.fr)");
    assert_eq!(fr, "Entreprise\u{a0}: d’après le titre de la page (fiabilité moyenne\u{202f}; https://acme.fr)");
    let (en, fr) = both(&Reason::Enrichment { topic: Topic::Country, verdict: Verdict::KeptTheirs });
    assert_eq!(
        (en.as_str(), fr.as_str()),
        ("Country: kept as it was written", "Pays\u{a0}: la valeur saisie est conservée")
    );
    // Every topic with every method and verdict has a sentence of its own.
    let mut seen = std::collections::BTreeSet::new();
    for topic in Topic::ALL {
        let methods = Method::ALL.iter().map(|method| found(*topic, *method, "x"));
        let verdicts = Verdict::ALL.iter().map(|verdict| Reason::Enrichment { topic: *topic, verdict: *verdict });
        for reason in methods.chain(verdicts) {
            let (en, fr) = both(&reason);
            assert!(!fr.replace("\u{a0}:", "").replace("\u{202f};", "").contains([':', ';', '\'']), "{fr}");
            assert!(seen.insert(en) && seen.insert(fr), "{reason:?}");
        }
    }
}

#[test]
fn what_is_said_of_activities_and_files_in_both_languages() {
    use ActivityReason as A;
    let (source, id, name) = (|| "Gmail".to_owned(), || "m-1".to_owned(), || "full_name".to_owned());
    let at = "2026-12-01T14:30:00Z".parse().unwrap();
    let reasons = [
        A::MissingVariable { name: name(), from_record: true },
        A::MissingVariable { name: name(), from_record: false },
        A::AlreadyLogged { source: source(), id: id() },
        A::RevisedBySource { source: source(), id: id() },
        A::StaysRemoved { source: source(), id: id() },
        A::OptedOut,
        A::ConsentUnknown,
        A::NoRecipient { channel: "email".into() },
        A::FileKept { links: 1 },
        A::FileKept { links: 2 },
        A::FileDeletable { at },
        A::FileDeleted { at },
        A::SameFile { name: "contract.pdf".into() },
        A::FileRevived,
    ];
    let mut text = String::new();
    for reason in reasons.into_iter().map(Reason::Activity) {
        let (en, fr) = (lang::reason(&reason, Lang::English), lang::reason(&reason, Lang::French));
        text.push_str(&format!("{}\n  {en}\n  {}\n", reason.code(), fr.replace('\u{a0}', "~")));
    }
    insta::assert_snapshot!(text, @r"
    missing_variable
      `full_name` is not known of the record
      la fiche ne renseigne pas `full_name`
    missing_variable
      `full_name` is to be filled in
      `full_name` reste à remplir
    already_logged
      Gmail told of this activity already (m-1)
      Gmail a déjà transmis cette activité (m-1)
    revised_by_source
      Gmail tells something else of this activity than before (m-1): it was revised
      Gmail transmet une nouvelle version de cette activité (m-1)~: elle a été révisée
    stays_removed
      Gmail tells of an activity that was removed (m-1): it stays removed
      Gmail transmet une activité qui a été supprimée (m-1)~: elle le reste
    opted_out
      the person asked not to be written to: this can be drafted but not sent
      la personne ne souhaite pas être contactée par écrit~: un brouillon est possible, pas l’envoi
    consent_unknown
      nobody knows yet whether the person agreed to be written to
      on ne sait pas encore si la personne accepte d’être contactée par écrit
    no_recipient
      no recipient is known for the channel email
      aucun destinataire connu pour le canal email
    file_kept
      the file is kept: 1 record has it
      le fichier est conservé~: il reste lié à 1 fiche
    file_kept
      the file is kept: 2 records have it
      le fichier est conservé~: il reste lié à 2 fiches
    file_deletable
      no record has the file any more: it may be deleted from 1 December 2026, 14:30 UTC
      plus aucune fiche n’utilise ce fichier~: il peut être supprimé à partir du 1er~décembre~2026 à 14~h~30 UTC
    file_deleted
      the file was deleted on 1 December 2026, 14:30 UTC
      le fichier a été supprimé le 1er~décembre~2026 à 14~h~30 UTC
    same_file
      the same file is there already, as contract.pdf
      le même fichier existe déjà, sous le nom contract.pdf
    file_revived
      a record has the file again: it is not deleted
      une fiche utilise de nouveau ce fichier~: il est conservé
    ");
}
