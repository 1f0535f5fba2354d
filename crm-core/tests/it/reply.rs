//! Messages that come in: what is refused, what hostile ones do, and every sentence.

use crm_core::kernel::reason::Reason;
use crm_core::kernel::reply_reason::{AsideKind, BounceType, ReplyClass, ReplyReason};
use crm_core::lang;
use crm_core::rules::Rules;
use crm_core::rules::reply::{MOST_ASIDES, MOST_FINDINGS, MOST_TEXT_BYTES, Message, consequences};
use crm_core::{Error, Lang};
use serde_json::{Value as Json, json};

fn classify(text: &str) -> Json {
    let ask = json!({"asks": [{"ask": "classify", "text": text}]});
    Rules::default().eval("reply", &ask).unwrap()["answers"][0].clone()
}

#[test]
fn the_door_is_strict() {
    let rules = Rules::default();
    let said = |e: Error| format!("{} {}", e.code().name(), e.field().unwrap_or("-"));
    let one = |ask: Json| said(rules.eval("reply", &json!({"asks": [ask]})).unwrap_err());
    assert_eq!(said(rules.eval("reply", &json!({})).unwrap_err()), "missing -");
    for (ask, wanted) in [
        (json!({}), "missing asks[0]"),
        (json!({"ask": "read"}), "invalid_value asks[0].ask"),
        (json!({"ask": "classify", "body": ""}), "unknown_field asks[0]"),
        (json!({"ask": "classify", "text": 1}), "invalid_value asks[0].text"),
        (json!({"ask": "classify", "headers": []}), "invalid_json asks[0].headers"),
        (json!({"ask": "classify", "headers": {"From": 1}}), "invalid_value asks[0].headers.From"),
        (json!({"ask": "classify", "sent_at": "2027-01-05"}), "invalid_value asks[0].sent_at"),
        (json!({"ask": "classify", "footers": ["x".repeat(20_000)]}), "too_large asks[0].footers[0]"),
        (json!({"ask": "classify", "pause": {"since": "2027-01-05"}}), "missing asks[0].pause"),
        (
            json!({"ask": "classify", "pause": {"since": "2027-01-05", "resume_on": "2027-01-04"}}),
            "invalid_value asks[0].pause.resume_on",
        ),
        (json!({"ask": "bounce", "category": "GONE"}), "invalid_value asks[0].category"),
        (json!({"ask": "bounce", "status": "3.1.1"}), "invalid_json asks[0].status"),
        (json!({"ask": "bounce", "status": "5.1"}), "invalid_json asks[0].status"),
        (json!({"ask": "bounce", "status": "+50"}), "invalid_json asks[0].status"),
    ] {
        assert_eq!(one(ask.clone()), wanted, "{ask}");
    }
    let load = |part: Json| said(Rules::from_json(&json!({"reply": part})).unwrap_err());
    for (part, wanted) in [
        (json!([]), "invalid_json reply"),
        (json!({"calendar": "office"}), "invalid_value reply.calendar"),
        (json!({"wait_business_days": 0}), "invalid_value reply.wait_business_days"),
        (json!({"most_absence_days": 1000}), "invalid_value reply.most_absence_days"),
        (json!({"lexicon": {"spam": {}}}), "unknown_field reply.lexicon"),
        (json!({"lexicon": {"opt_out": {"de": ["raus"]}}}), "unknown_field reply.lexicon.opt_out"),
        (json!({"lexicon": {"opt_out": {"fr": [" "]}}}), "invalid_rules reply.lexicon.opt_out.fr[0]"),
        (json!({"lexicon": {"opt_out": {"fr": ["a ! b"]}}}), "invalid_json reply.lexicon.opt_out.fr[0]"),
        (json!({"footers": vec!["x"; 21]}), "too_large reply.footers"),
    ] {
        assert_eq!(load(part.clone()), wanted, "{part}");
    }
}

#[test]
fn hostile_texts_have_their_answer() {
    let long = classify(&format!("{}\nSTOP", ">".repeat(MOST_TEXT_BYTES)));
    assert_eq!(long["class"], "unknown");
    assert_eq!(long["reasons"].as_array().unwrap().last().unwrap()["code"], "reply_cut");
    // An accent on the limit.
    assert_eq!(classify(&"é".repeat(MOST_TEXT_BYTES))["class"], "unknown");
    let many = classify(&"stop\n> stop\n".repeat(80_000));
    assert_eq!(many["class"], "unsubscribe");
    assert_eq!(many["findings"].as_array().unwrap().len(), MOST_FINDINGS);
    assert_eq!(many["set_aside"].as_array().unwrap().len(), MOST_ASIDES);
    for unit in [
        "Le 5 janv. 2026 à 10:00 ",
        "le\n",
        "ne ",
        "De : x\n",
        "pas ",
        "rgpd ",
        "du ",
        "\u{202e}",
        "\u{301}",
        "jusqu'au ",
        "-- \n",
    ] {
        let answer = classify(&unit.repeat(MOST_TEXT_BYTES / unit.len()));
        assert!(ReplyClass::from_code(answer["class"].as_str().unwrap()).is_some(), "{unit}");
    }
    // What reverses letters is not shown again.
    let marked = classify("\u{202e}Please un\u{200b}subscribe\u{202c}");
    assert_eq!(marked["evidence"]["text"], "unsubscribe");
    assert_eq!(marked["evidence"]["bytes"], json!([10, 24]));
    assert_eq!(marked["evidence"]["characters"], json!([8, 20]));
}

#[test]
fn a_footer_that_repeats_itself_takes_linear_time() {
    let footer = format!("{}z", "a ".repeat(4_000));
    let ask = json!({"asks": [{"ask": "classify", "footers": [footer], "text": "a ".repeat(500_000)}]});
    assert_eq!(Rules::default().eval("reply", &ask).unwrap()["answers"][0]["class"], "unknown");
}

#[test]
fn every_class_has_its_consequences() {
    for class in ReplyClass::ALL {
        let machine = [ReplyClass::Bounce, ReplyClass::OutOfOffice, ReplyClass::AutoReply].contains(class);
        let stops = consequences(*class).iter().any(|one| one.code() == "stop");
        assert_eq!(stops, !machine, "a person's message stops, a machine's does not: {class:?}");
    }
    let rules = Rules::default();
    let nothing = rules.reply().classify(&Message::default()).unwrap();
    assert_eq!(nothing.class, ReplyClass::Unknown);
}

#[test]
fn every_reason_has_its_sentence_in_both_languages() {
    use ReplyReason as R;
    let (s, date) = (|text: &str| text.to_owned(), "2027-01-05".parse().unwrap());
    let phrase = || s("stop");
    let texts = [
        (
            R::Header { name: "X-Autoreply", value: s("yes") },
            "sent by a machine: the header X-Autoreply says \"yes\"",
            "envoyé par une machine~: en-tête X-Autoreply, «~yes~»",
        ),
        (
            R::Header { name: "Return-Path", value: s("") },
            "sent by a machine: the header Return-Path",
            "envoyé par une machine~: en-tête Return-Path",
        ),
        (
            R::NoProof { name: "X" },
            "the header X alone does not prove a machine",
            "l’en-tête X ne prouve pas à lui seul qu’une machine a répondu",
        ),
        (R::Subject { phrase: phrase() }, "the subject says \"stop\"", "l’objet dit «~stop~»"),
        (
            R::Acknowledged { phrase: phrase() },
            "a machine confirms receipt: \"stop\"",
            "accusé de réception automatique~: «~stop~»",
        ),
        (
            R::Said { class: ReplyClass::Unsubscribe, phrase: phrase() },
            "wants no more messages: \"stop\"",
            "ne veut plus de messages~: «~stop~»",
        ),
        (
            R::AlsoSaid { class: ReplyClass::Positive, phrase: phrase() },
            "also, without deciding: wants to go on: \"stop\"",
            "dit aussi, sans que cela décide~: «~stop~» (souhaite donner suite)",
        ),
        (
            R::Denied { class: ReplyClass::Negative, phrase: phrase() },
            "denied, so it does not count as \"declines\": \"stop\"",
            "nié, donc sans effet (refuse)~: «~stop~»",
        ),
        (
            R::MachineOptOut { phrase: phrase() },
            "a machine's message speaks of removal; a person decides: \"stop\"",
            "un message automatique parle de retrait\u{202f}; une personne doit décider~: «~stop~»",
        ),
        (
            R::DataRights { phrase: phrase() },
            "a right over personal data is used: \"stop\"",
            "exerce un droit sur ses données personnelles~: «~stop~»",
        ),
        (
            R::NothingKnown,
            "a person answered; no known wording was found",
            "une personne a répondu, sans formule connue",
        ),
        (R::NothingOwn, "the message has no text of its own", "le message ne contient aucun texte propre"),
        (
            R::SetAside { kind: AsideKind::Quote, characters: 1 },
            "not read: quoted messages (1 character)",
            "non lu~: messages cités (1~caractère)",
        ),
        (
            R::SetAside { kind: AsideKind::Signature, characters: 2 },
            "not read: a signature (2 characters)",
            "non lu~: signature (2~caractères)",
        ),
        (
            R::SetAside { kind: AsideKind::Footer, characters: 2 },
            "not read: a mailing's footer (2 characters)",
            "non lu~: mentions d’envoi en nombre (2~caractères)",
        ),
        (
            R::SetAside { kind: AsideKind::OwnFooter, characters: 2 },
            "not read: our own footer (2 characters)",
            "non lu~: nos propres mentions (2~caractères)",
        ),
        (
            R::Cut { bytes: 9, most: 8 },
            "only the first 8 of 9 bytes were read",
            "seuls les 8 premiers octets sur 9 ont été lus",
        ),
        (
            R::Returns { date, phrase: s("5/1") },
            "away until 2027-01-05: \"5/1\"",
            "absence jusqu’au 05/01/2027~: «~5/1~»",
        ),
        (
            R::AmbiguousDate { phrase: s("5/1") },
            "\"5/1\" may be two different days",
            "«~5/1~» peut désigner deux jours différents",
        ),
        (R::PastDate { date }, "the date 2027-01-05 has passed", "la date du 05/01/2027 est passée"),
        (
            R::NoYear { phrase: s("5/1") },
            "\"5/1\" has no year, and the message no date",
            "«~5/1~» est sans année, et le message sans date",
        ),
        (
            R::NoReturnDate { business_days: 5 },
            "no date of return: waits 5 business days",
            "aucune date de retour~: attente de 5~jours ouvrés",
        ),
        (
            R::Extended { until: date },
            "another absence was known until 2027-01-05",
            "une autre absence était connue jusqu’au 05/01/2027",
        ),
        (
            R::Capped { days: 60 },
            "not later than 60 days after the first message of absence",
            "au plus tard 60~jours après le premier message d’absence",
        ),
        (R::ResumesOn { date }, "goes on on 2027-01-05", "reprise le 05/01/2027"),
        (
            R::Bounced { category: "FULL", kind: BounceType::Soft },
            "not delivered, for now (FULL)",
            "non remis, échec provisoire (FULL)",
        ),
        (
            R::Bounced { category: "UNKNOWN", kind: BounceType::Hard },
            "not delivered, for good (UNKNOWN)",
            "non remis, échec définitif (UNKNOWN)",
        ),
        (
            R::Bounced { category: "ANTISPAM", kind: BounceType::Blocked },
            "not delivered, blocked (ANTISPAM)",
            "non remis, message bloqué (ANTISPAM)",
        ),
        (R::Status { status: s("5.1.1") }, "status 5.1.1", "code d’état 5.1.1"),
        (R::Diagnosis { phrase: phrase() }, "the report says \"stop\"", "le rapport dit «~stop~»"),
        (R::NoDiagnosis, "the report has no known cause", "le rapport ne donne aucune cause connue"),
        (
            R::SoftBounces { count: 5, most: 5, days: 30 },
            "5 messages in a row came back for now within 30 days; 5 give up an address",
            "5~messages non remis de suite, provisoirement, en 30~jours\u{202f}; à partir de 5, l’adresse est abandonnée",
        ),
        (
            R::SameId { id: "a@b".into() },
            "another message has the same id, \"a@b\"",
            "un autre message porte le même identifiant, «~a@b~»",
        ),
        (
            R::SeveralRecords { count: 2 },
            "2 records have this address: which one it belongs to is open",
            "2~fiches ont cette adresse~: à rattacher à la main",
        ),
        (
            R::UnknownReference { id: "a@b".into() },
            "it answers \"a@b\", which is not known here",
            "répond à «~a@b~», inconnu ici",
        ),
        (
            R::NotOurs,
            "it reports on a message that was not sent from here; nothing follows from it",
            "concerne un message qui n’est pas parti d’ici\u{202f}; sans effet",
        ),
        (
            R::Kept { bytes: 70_000, most: 60_000 },
            "only the first 60000 of 70000 bytes are kept",
            "seuls les 60000 premiers octets sur 70000 sont conservés",
        ),
    ];
    for (reason, english, french) in texts {
        let reason = Reason::Reply(reason);
        assert_eq!(lang::reason(&reason, Lang::English), english);
        assert_eq!(lang::reason(&reason, Lang::French), french.replace('~', "\u{a0}"));
    }
}
