//! The consent gate: cases worked out by hand, and what is refused at the door.

use std::collections::BTreeSet;

use crm_core::kernel::calendar::holidays::FrenchHoliday;
use crm_core::kernel::consent_reason::{Basis, ConsentReason, ContactChannel, ContactTopic, Doubt, UnknownFact};
use crm_core::kernel::reason::Reason;
use crm_core::lang;
use crm_core::rules::Rules;
use crm_core::{Error, Lang};
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

const ANSWER: &str = "/answers/0/answer";
const BASIS: &str = "/answers/0/basis";
const FIRST: &str = "/answers/0/reasons/0/code";
const SECOND: &str = "/answers/0/reasons/1/code";
const UNTIL: &str = "/answers/0/until";
const FROM: &str = "/answers/0/possible_from";
const INCLUDE: &str = "/answers/0/must_include";
const CURRENT: &str = "/answers/0/current";
const LENGTH: &str = "/answers/0/history_len";
const ALLOW: &str = r#""allow""#;
const REVIEW: &str = r#""review""#;

const NUMBERS: &[Number] = &[
    // Hours of decree 2022-1313, the end excluded.
    ("a Tuesday at 10:00", BASIS, r#""legitimate_interest""#),
    ("a Tuesday at 09:59:59", FIRST, r#""outside_hours""#),
    ("a Tuesday at 09:59:59", UNTIL, r#""2026-01-13T09:00:00Z""#),
    ("a Tuesday at 12:59:59", ANSWER, ALLOW),
    ("a Tuesday at 13:00", FIRST, r#""outside_hours""#),
    ("a Tuesday at 13:00", UNTIL, r#""2026-01-13T13:00:00Z""#),
    ("a Tuesday at 13:30, fr", FIRST, r#""outside_hours""#),
    ("a Tuesday at 14:00", ANSWER, ALLOW),
    ("a Tuesday at 20:00", FIRST, r#""outside_hours""#),
    ("a Tuesday at 20:00", UNTIL, r#""2026-01-14T09:00:00Z""#),
    ("a Saturday at 11:00", FIRST, r#""weekend""#),
    ("a Saturday at 11:00", UNTIL, r#""2026-01-18T23:00:00Z""#),
    ("a Saturday at 11:00", FROM, r#""2026-01-19T09:00:00Z""#),
    ("a Saturday at 21:00, fr", SECOND, r#""outside_hours""#),
    ("the 14th of July", FIRST, r#""public_holiday""#),
    ("the 14th of July", UNTIL, r#""2026-07-14T22:00:00Z""#),
    ("Good Friday where nobody knows the region, fr", FIRST, r#""public_holiday""#),
    ("Good Friday in Lyon", ANSWER, ALLOW),
    // The 26th is one too and a Friday, so that Monday comes next.
    ("Christmas and the day after in Strasbourg", UNTIL, r#""2025-12-26T23:00:00Z""#),
    ("Christmas and the day after in Strasbourg", FROM, r#""2025-12-29T09:00:00Z""#),
    ("the same instant is early in Martinique", FIRST, r#""outside_hours""#),
    ("the same instant is early in Martinique", UNTIL, r#""2026-01-13T14:00:00Z""#),
    // 13:00 there.
    ("and well in Reunion", UNTIL, r#""2026-01-13T10:00:00Z""#),
    ("four calls in 30 days, fr", FIRST, r#""max_4_per_30_days""#),
    ("four calls in 30 days, fr", UNTIL, r#""2026-01-18T23:00:00Z""#),
    ("three calls in 30 days", ANSWER, ALLOW),
    ("a call of the 30th day before does not count", ANSWER, ALLOW),
    ("five calls, two have to end", UNTIL, r#""2026-01-18T23:00:00Z""#),
    ("five calls, two have to end", "/answers/0/reasons/0/calls", "5"),
    // 60 days after 2 January: the 3rd of March; the 15th of February is a Sunday.
    ("refused on 2 January", FIRST, r#""refused_60_days""#),
    ("refused on 2 January", SECOND, r#""weekend""#),
    ("refused on 2 January", UNTIL, r#""2026-03-02T23:00:00Z""#),
    ("refused on 2 January, fr", FROM, r#""2026-03-03T09:00:00Z""#),
    ("61 days after a refusal", ANSWER, ALLOW),
    ("a refusal in July counts until the law ends", UNTIL, r#""2026-08-10T22:00:00Z""#),
    ("a refusal in July counts until the law ends", FROM, "null"),
    ("on the Bloctel list, fr", FIRST, r#""bloctel_listed""#),
    ("Bloctel was never checked", FIRST, r#""bloctel_unchecked""#),
    ("Bloctel was checked 30 days ago, fr", FIRST, r#""bloctel_unchecked""#),
    ("Bloctel was checked 29 days ago", ANSWER, ALLOW),
    ("the last day without consent", ANSWER, ALLOW),
    ("the first day with consent, and there is none, fr", FIRST, r#""prior_consent_required""#),
    ("the first day with consent, and there is none, fr", UNTIL, "null"),
    ("the first day with consent", BASIS, r#""consent""#),
    ("a consent of another number", FIRST, r#""prior_consent_required""#),
    ("a consent without proof, fr", ANSWER, REVIEW),
    ("a refusal after the consent", FIRST, r#""prior_consent_required""#),
    ("a running contract after the change", BASIS, r#""ongoing_contract""#),
    ("consented calls keep the hours", FIRST, r#""outside_hours""#),
    ("a lawyer set the hours aside, fr", BASIS, r#""consent""#),
    ("a lawyer set the hours aside, fr", SECOND, r#""set_aside_by_counsel""#),
    // At midnight and not at ten.
    ("the exception begins tomorrow", UNTIL, r#""2026-08-31T22:00:00Z""#),
    ("the exception begins tomorrow", FROM, r#""2026-08-31T22:00:00Z""#),
    ("a professional at night", BASIS, r#""legitimate_interest""#),
    ("a consumer of whom little is known, fr", ANSWER, REVIEW),
    ("nothing is known", FIRST, r#""bloctel_unchecked""#),
    // What the law forbids, and when.
    ("by phone since 2020", FIRST, r#""sector_ban""#),
    ("by phone on the day before", ANSWER, ALLOW),
    ("by e-mail, fr", FIRST, r#""sector_ban""#),
    ("by text message", FIRST, r#""sector_ban""#),
    ("by text message on the day before the ban", BASIS, r#""consent""#),
    ("by text message from midnight", FIRST, r#""sector_ban""#),
    ("adapting a home, by e-mail, fr", FIRST, r#""sector_ban""#),
    ("a running contract, by phone", BASIS, r#""ongoing_contract""#),
    ("a running contract, by e-mail, fr", BASIS, r#""ongoing_contract""#),
    ("by letter", BASIS, r#""legitimate_interest""#),
    ("a professional", BASIS, r#""legitimate_interest""#),
    ("nobody says what it is about", ANSWER, REVIEW),
    ("an answer by e-mail, fr", FIRST, r#""legal_review""#),
    ("an answer on another subject", BASIS, r#""open_conversation""#),
    ("an answer in no conversation", FIRST, r#""opt_in_required""#),
    ("a call back that was asked for", FIRST, r#""sector_ban""#),
    ("an answer that a lawyer approved", SECOND, r#""set_aside_by_counsel""#),
    // E-mail.
    ("a professional who was told", BASIS, r#""legitimate_interest""#),
    ("a professional who was told", INCLUDE, r#"["sender_identity","commercial_nature","opt_out"]"#),
    (
        "a professional who was told, one of many, fr",
        INCLUDE,
        r#"["sender_identity","commercial_nature","opt_out","list_unsubscribe"]"#,
    ),
    ("a professional who was not told, fr", FIRST, r#""not_informed""#),
    ("told by the ledger", ANSWER, ALLOW),
    ("told later than the law asks, fr", "/answers/0/reasons/0/doubt", r#""informed_late""#),
    (
        "from somebody else, the first message informs",
        INCLUDE,
        r#"["sender_identity","commercial_nature","opt_out","data_source","rights","privacy_contact"]"#,
    ),
    ("from somebody else, a month is over", FIRST, r#""not_informed""#),
    ("from somebody else, not the first message", FIRST, r#""not_informed""#),
    ("a subject of private life, fr", FIRST, r#""subject_unrelated_to_profession""#),
    ("nobody knows the subject", "/answers/0/reasons/0/fact", r#""subject_related""#),
    ("a general mailbox", BASIS, r#""legal_person""#),
    ("a general mailbox, fr", FIRST, r#""legal_person_mailbox""#),
    ("a general name at a provider of mailboxes", FIRST, r#""opt_in_required""#),
    ("a general mailbox that unsubscribed", FIRST, r#""objection""#),
    ("an objection on another channel and address, fr", FIRST, r#""objection""#),
    ("an objection on another channel and address, fr", "/answers/0/reasons/0/channel", r#""phone""#),
    ("a record that says opted out", FIRST, r#""objection""#),
    ("a record's opted out and a contract, fr", "/answers/0/reasons/0/doubt", r#""objected_to_prospecting""#),
    ("service under a contract", BASIS, r#""ongoing_contract""#),
    ("service without a contract", FIRST, r#""opt_in_required""#),
    ("a consumer who agreed", BASIS, r#""consent""#),
    ("a consumer who agreed to text messages only", FIRST, r#""opt_in_required""#),
    ("a consumer who never agreed, fr", FIRST, r#""opt_in_required""#),
    ("a record's opted in without a proof", "/answers/0/reasons/0/doubt", r#""consent_unproven""#),
    ("a customer and similar products, fr", BASIS, r#""soft_opt_in""#),
    ("a customer and other products", FIRST, r#""opt_in_required""#),
    ("a customer on WhatsApp", FIRST, r#""opt_in_required""#),
    ("a record's soft and similar products", BASIS, r#""soft_opt_in""#),
    ("three years after a click, to the day", ANSWER, ALLOW),
    ("three years after a click are over, fr", FIRST, r#""retention_expired""#),
    ("opening a message does not count", FIRST, r#""retention_expired""#),
    ("opening a message does not count", "/answers/0/reasons/0/last", r#""2020-05-04""#),
    ("nobody knows since when", ANSWER, REVIEW),
    ("messages come back", FIRST, r#""undeliverable""#),
    // The ledger.
    ("subscribed again after opting out", CURRENT, r#""opted_in""#),
    ("subscribed again after opting out", LENGTH, "2"),
    ("learnt the other way round", CURRENT, r#""opted_in""#),
    ("a bounce after an unsubscribe", CURRENT, r#""opted_out""#),
    ("an unsubscribe after a bounce", CURRENT, r#""opted_out""#),
    ("a bounce after a consent", CURRENT, r#""bounced""#),
    ("told twice", LENGTH, "1"),
    ("at the same instant", CURRENT, r#""opted_out""#),
    ("a consent to one channel does not take back an objection to all", CURRENT, r#""opted_out""#),
    ("an objection that was taken back is no consent", CURRENT, r#""unknown""#),
    ("a consent at another address", CURRENT, r#""opted_out""#),
    ("erased", CURRENT, r#""opted_out""#),
    ("erased", "/answers/0/state/0/acts", r#"{"withdrawn":{"at":"2026-01-20T09:00:00Z"}}"#),
    ("erased without an objection", "/answers/0/state", "[]"),
    ("nothing was said", CURRENT, r#""unknown""#),
    (
        "one of many",
        "/answers/0/headers",
        r#"["List-Unsubscribe: <https://exemple.fr/u/7f3a?l=1>","List-Unsubscribe-Post: List-Unsubscribe=One-Click"]"#,
    ),
    ("one of many", "/answers/0/dkim_covers", r#"["List-Unsubscribe","List-Unsubscribe-Post"]"#),
    ("a single message", "/answers/0/headers", "[]"),
    ("the rules with dates and sources", "/answers/0/is_legal_advice", "false"),
];

#[test]
fn what_was_worked_out_by_hand_holds() {
    golden::holds("consent", NUMBERS);
}

fn answer(name: &str) -> Json {
    let cases = golden::cases("consent");
    let case = cases.iter().find(|case| case["name"] == name).unwrap();
    golden::run("consent", case)["answers"][0].clone()
}

fn all(answer: &Json, key: &str) -> Vec<String> {
    answer["reasons"].as_array().unwrap().iter().filter_map(|r| r[key].as_str().map(str::to_owned)).collect()
}

#[test]
fn every_reason_is_listed_and_the_first_decides() {
    let everything = answer("everything at once, and the order of reasons, fr");
    let wanted = [
        "objection",
        "undeliverable",
        "sector_ban",
        "bloctel_unchecked",
        "retention_expired",
        "refused_60_days",
        "max_4_per_30_days",
        "weekend",
        "outside_hours",
    ];
    assert_eq!(all(&everything, "code"), wanted);
    assert_eq!((&everything["until"], &everything["possible_from"]), (&Json::Null, &Json::Null));
    // The law of refusals ends three days later, 60 days do not.
    assert_eq!(everything["reasons"][5]["until"], "2026-08-10T22:00:00Z");
    let nothing = answer("nothing is known");
    let facts = ["person", "topic", "last_contact", "calls", "zone"];
    assert_eq!(all(&nothing, "fact"), facts);
    let unknown = answer("a consumer of whom little is known, fr");
    assert_eq!(all(&unknown, "fact"), facts[1..]);
}

/// Every reason once.
fn reasons() -> Vec<ConsentReason> {
    use ConsentReason as R;
    let day = |text: &str| text.parse().unwrap();
    let hours = [("10:00", "13:00"), ("14:00", "20:00")].map(|(from, to)| (from.to_owned(), to.to_owned()));
    let reasons = [
        R::Objection { on: None, channel: None },
        R::Objection { on: Some(day("2026-01-05")), channel: Some(ContactChannel::Phone) },
        R::Undeliverable { on: day("2026-01-12") },
        R::PriorConsentRequired,
        R::OptInRequired,
        R::BloctelListed,
        R::BloctelUnchecked { days: 30 },
        R::RetentionExpired { last: day("2022-11-03"), months: 36 },
        R::NotInformed,
        R::SubjectUnrelated,
        R::Refused { on: day("2026-01-02"), days: 60 },
        R::MostCalls { calls: 4, most: 4, days: 30 },
        R::PublicHoliday { holiday: FrenchHoliday::Ascension },
        R::Weekend,
        R::OutsideHours { time: "09:05".into(), hours: hours.to_vec() },
        R::SetAside { code: "weekend", exception: "fair".into(), by: "Me Durand".into(), on: day("2026-08-20") },
    ];
    let topics = ContactTopic::ALL.iter().map(|topic| R::SectorBan { topic: *topic });
    let doubts = Doubt::ALL.iter().map(|doubt| R::LegalReview(*doubt));
    let unknown = UnknownFact::ALL.iter().map(|fact| R::Unknown(*fact));
    let allowed = Basis::ALL.iter().map(|basis| R::Allowed(*basis));
    reasons.into_iter().chain(topics).chain(doubts).chain(unknown).chain(allowed).collect()
}

#[test]
fn every_reason_in_both_languages() {
    let mut text = String::new();
    for reason in reasons().into_iter().map(Reason::Consent) {
        let (en, fr) = (lang::reason(&reason, Lang::English), lang::reason(&reason, Lang::French));
        text.push_str(&format!("{}\n  {en}\n  {}\n", reason.code(), fr.replace('\u{a0}', "~")));
    }
    insta::assert_snapshot!(text, @r#"
    objection
      the record says that the person objected
      la fiche indique que la personne s’est opposée
    objection
      the person objected to calls on 2026-01-05; this holds for every channel
      la personne s’est opposée aux appels le 05/01/2026~: cela vaut pour tous les canaux
    undeliverable
      messages to this address come back since 2026-01-12
      les messages envoyés à cette adresse sont rejetés depuis le 12/01/2026
    prior_consent_required
      calling a consumer needs consent given beforehand, and there is none
      appeler un particulier exige son consentement préalable, et il n’y en a pas
    opt_in_required
      writing to a consumer needs consent given beforehand, and there is none
      écrire à un particulier exige son consentement préalable, et il n’y en a pas
    bloctel_listed
      the number is on the Bloctel list
      le numéro est inscrit sur la liste Bloctel
    bloctel_unchecked
      nobody checked the number against the Bloctel list in the last 30 days
      aucune vérification du numéro auprès de Bloctel depuis 30~jours
    retention_expired
      the last sign from the person is of 2022-11-03: data may be kept for 36 months after it
      dernier contact venant de la personne le 03/11/2022~: ses données ne se conservent que 36~mois au-delà
    not_informed
      the person was not told in time how the address is used and how to object
      la personne n’a pas été informée à temps de l’usage de ses coordonnées ni de son droit d’opposition
    subject_unrelated_to_profession
      the subject has nothing to do with the person's profession
      le sujet est sans rapport avec la profession de la personne
    refused_60_days
      the person refused a call on 2026-01-02: no other call within 60 days
      la personne a refusé un appel le 02/01/2026~: pas d’autre appel avant 60~jours révolus
    max_4_per_30_days
      4 calls within 30 days, and the most is 4
      4~appels en 30~jours~: le maximum est de 4
    public_holiday
      a public holiday where the person lives: Ascension Day
      jour férié chez la personne~: Ascension
    weekend
      no calls on Saturdays and Sundays
      pas d’appel le samedi ni le dimanche
    outside_hours
      it is 09:05 where the person lives: calls are allowed from 10:00 to 13:00 and from 14:00 to 20:00
      il est 9~h~05 chez la personne~: les appels sont autorisés de 10~h à 13~h et de 14~h à 20~h
    set_aside_by_counsel
      `weekend` was set aside by Me Durand on 2026-08-20 (exception fair)
      motif `weekend` écarté par Me Durand le 20/08/2026 (dérogation fair)
    sector_ban
      soliciting consumers for energy renovation is forbidden on this channel, except under a running contract
      le démarchage des particuliers pour la rénovation énergétique est interdit par ce canal, sauf contrat en cours
    sector_ban
      soliciting consumers for adapting homes to age or disability is forbidden on this channel, except under a running contract
      le démarchage des particuliers pour l’adaptation du logement à l’âge ou au handicap est interdit par ce canal, sauf contrat en cours
    sector_ban
      soliciting consumers for this subject is forbidden on this channel, except under a running contract
      le démarchage des particuliers pour ce sujet est interdit par ce canal, sauf contrat en cours
    legal_review
      soliciting is forbidden for this subject: somebody has to check that this only answers the person
      démarchage interdit sur ce sujet~: vérifier que le message ne fait que répondre à la personne
    legal_review
      the person is said to have agreed, but no proof is kept
      la personne aurait donné son accord, mais aucune preuve n’est conservée
    legal_review
      the person was told how the address is used, but later than the law asks
      la personne a été informée de l’usage de ses coordonnées, mais plus tard que la loi ne le demande
    legal_review
      the person objected to being solicited: somebody has to check that this is not
      la personne s’est opposée à la prospection~: vérifier que ce message n’en est pas
    unknown_fact
      not known: whether this is a consumer, a professional or an organization
      information manquante~: particulier, professionnel ou organisme
    unknown_fact
      not known: what the message is about
      information manquante~: l’objet du message
    unknown_fact
      not known: the person's time zone
      information manquante~: le fuseau horaire de la personne
    unknown_fact
      not known: which public holidays the person has
      information manquante~: les jours fériés qui valent chez la personne
    unknown_fact
      not known: how often the person was called lately
      information manquante~: les appels récents à cette personne
    unknown_fact
      not known: when the address was collected and when the person last got in touch
      information manquante~: la date de collecte et le dernier contact venant de la personne
    unknown_fact
      not known: whether the subject has to do with the person's profession
      information manquante~: le rapport du sujet avec la profession de la personne
    legal_person_mailbox
      a general address of an organization, not a person's
      adresse générique d’un organisme, pas d’une personne
    legitimate_interest
      the law asks for no consent here, and the person did not object
      aucun consentement n’est exigé ici, et la personne ne s’y est pas opposée
    consent
      the person agreed, and the proof is kept
      la personne a donné son accord, preuve à l’appui
    soft_opt_in
      a customer who hears about similar products and did not object
      produits analogues proposés à un client qui ne s’y est pas opposé
    ongoing_contract
      about a contract that is running
      en rapport avec un contrat en cours
    open_conversation
      an answer in a conversation that the person began
      réponse dans une conversation engagée par la personne
    "#);
}

#[test]
fn the_rules_are_dated_and_say_where_they_are_from() {
    let rules = Rules::default();
    let mut ids = BTreeSet::new();
    for law in rules.consent().laws() {
        assert!(ids.insert(&law.id), "{} twice", law.id);
        assert!(!law.source.is_empty() && !law.channels.is_empty() && !law.persons.is_empty(), "{}", law.id);
        assert!(law.valid_from.zip(law.valid_until).is_none_or(|(from, until)| from < until), "{}", law.id);
    }
    assert_eq!(ids.len(), 16);
}

fn said(e: Error) -> String {
    assert!(!e.text(Lang::French).contains("«\u{a0}a"), "{}", e.text(Lang::French));
    format!("{} {}", e.code().name(), e.field().unwrap_or("-"))
}

#[test]
fn the_door_is_strict() {
    let rules = Rules::default();
    let one = |ask: Json| said(rules.eval("consent", &json!({"asks": [ask]})).unwrap_err());
    let now = "2026-01-13T10:00:00Z";
    let facts = |facts: Json| one(json!({"ask": "may_contact", "channel": "email", "at": now, "facts": facts}));
    let event = |event: Json| one(json!({"ask": "ledger", "events": [event]}));
    assert_eq!(said(rules.eval("consent", &json!({})).unwrap_err()), "missing -");
    assert_eq!(one(json!({"ask": "may_i"})), "invalid_value asks[0].ask");
    assert_eq!(one(json!({"ask": "rules", "at": now})), "unknown_field asks[0]");
    assert_eq!(one(json!({"ask": "may_contact", "channel": "email", "facts": {}})), "missing asks[0]");
    assert_eq!(
        one(json!({"ask": "may_contact", "channel": "fax", "at": now, "facts": {}})),
        "invalid_value asks[0].channel"
    );
    for (given, wanted) in [
        (json!({"persn": "consumer"}), "unknown_field asks[0].facts"),
        (json!({"person": "robot"}), "invalid_value asks[0].facts.person"),
        (json!({"topic": "energy_renov"}), "invalid_value asks[0].facts.topic"),
        (json!({"zone": "Europe/Pariss"}), "invalid_value asks[0].facts.zone"),
        (json!({"region": "bretagne"}), "invalid_value asks[0].facts.region"),
        (json!({"customer": "yes"}), "invalid_value asks[0].facts.customer"),
        (json!({"calls": 4}), "invalid_json asks[0].facts.calls"),
        (json!({"calls": ["2026-01-01"]}), "invalid_value asks[0].facts.calls[0]"),
        (json!({"consent": "yes"}), "invalid_value asks[0].facts.consent"),
        (json!({"bloctel": {"checked_at": now}}), "missing asks[0].facts.bloctel"),
        (json!({"signs": [{"kind": "wave", "at": now}]}), "invalid_value asks[0].facts.signs[0].kind"),
        (json!({"collected_from": "broker"}), "invalid_value asks[0].facts.collected_from"),
        (json!({"address": "somewhere"}), "invalid_json asks[0].facts.address"),
        (json!({"address_hash": "ABC"}), "invalid_json asks[0].facts.address_hash"),
        (
            json!({"events": [{"address": "a@exemple.fr", "act": "withdrawn", "at": "2026-01-13T10:00:01Z"}]}),
            "invalid_value asks[0].facts.events[0].at",
        ),
    ] {
        assert_eq!(facts(given.clone()), wanted, "{given}");
    }
    let granted = |extra: Json| {
        let mut map = json!({"address": "a@exemple.fr", "act": "granted", "at": now});
        map.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        event(map)
    };
    assert_eq!(granted(json!({})), "missing asks[0].events[0]");
    assert_eq!(granted(json!({"purpose": "prospecting"})), "missing asks[0].events[0]");
    assert_eq!(granted(json!({"purpose": "fun", "channel": "email"})), "invalid_value asks[0].events[0].purpose");
    assert_eq!(event(json!({"act": "withdrawn", "at": now})), "missing asks[0].events[0]");
    assert_eq!(
        event(json!({"address": "a@exemple.fr", "act": "resubscribed", "at": now})),
        "invalid_value asks[0].events[0].act"
    );
    let both = json!({"address": "a@exemple.fr", "address_hash": "a".repeat(64), "act": "withdrawn", "at": now});
    assert_eq!(event(both), "invalid_rules asks[0].events[0]");
    let many = vec![json!(now); 10_001];
    assert_eq!(facts(json!({"calls": many})), "too_large asks[0].facts.calls");
    // Nothing breaks out of a header.
    for url in [
        "http://exemple.fr/u",
        "https://",
        "https://exemple.fr/\r\nBcc: x@y.z",
        "https://exemple.fr/a b",
        "https://exemple.fr/>,<https://x.fr",
        "https://exémple.fr/u",
        "https://user@exemple.fr/",
        "javascript:alert(1)",
    ] {
        let ask = json!({"ask": "headers", "bulk": true, "unsubscribe_url": url});
        assert_eq!(one(ask), "invalid_json asks[0].unsubscribe_url", "{url}");
    }
    assert_eq!(one(json!({"ask": "headers", "bulk": true})), "missing asks[0]");
    for mailbox in ["u", "@exemple.fr", "u@exemple.fr\n", "u@exemple.fr?cc=x@y.z", "u@x.fr>,<mailto:y@z.fr"] {
        let ask =
            json!({"ask": "headers", "bulk": true, "unsubscribe_url": "https://exemple.fr/u", "mailbox": mailbox});
        assert_eq!(one(ask), "invalid_value asks[0].mailbox", "{mailbox}");
    }
}

#[test]
fn exceptions_have_a_date_and_a_name() {
    let refused = |change: Json| {
        let mut exception = json!({"id": "fair", "sets_aside": ["weekend"], "valid_from": "2026-09-01",
            "valid_until": "2026-09-30", "by": "Me Durand", "on": "2026-08-20"});
        exception.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        said(Rules::from_json(&json!({"consent": {"exceptions": [exception]}})).unwrap_err())
    };
    for (change, wanted) in [
        (json!({"sets_aside": ["objection"]}), "invalid_value consent.exceptions[0].sets_aside[0]"),
        (json!({"sets_aside": ["unknown_fact"]}), "invalid_value consent.exceptions[0].sets_aside[0]"),
        (json!({"sets_aside": []}), "invalid_rules consent.exceptions[0].sets_aside"),
        (json!({"valid_until": null}), "missing consent.exceptions[0]"),
        (json!({"valid_until": "2026-08-31"}), "invalid_value consent.exceptions[0].valid_until"),
        (json!({"by": " "}), "invalid_rules consent.exceptions[0].by"),
        (json!({"on": null}), "missing consent.exceptions[0]"),
        (json!({"channels": ["fax"]}), "invalid_value consent.exceptions[0].channels[0]"),
        (json!({"for": "ever"}), "unknown_field consent.exceptions[0]"),
    ] {
        assert_eq!(refused(change.clone()), wanted, "{change}");
    }
    let fair = json!({"id": "fair", "sets_aside": ["weekend"], "valid_from": "2026-09-01",
        "valid_until": "2026-09-30", "by": "Me Durand", "on": "2026-08-20"});
    let twice = Rules::from_json(&json!({"consent": {"exceptions": [fair, fair]}}));
    assert_eq!(said(twice.unwrap_err()), "invalid_rules consent.exceptions[1].id");
}
