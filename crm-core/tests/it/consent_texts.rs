//! Every reason of the consent gate, in both languages.

use crm_core::Lang;
use crm_core::kernel::calendar::holidays::FrenchHoliday;
use crm_core::kernel::consent_reason::{Basis, ConsentReason, ContactChannel, ContactTopic, Doubt, UnknownFact};
use crm_core::kernel::reason::Reason;
use crm_core::lang;

/// Every reason once.
fn reasons() -> Vec<ConsentReason> {
    use ConsentReason as R;
    let day = |text: &str| text.parse().unwrap();
    let hours = [("10:00", "13:00"), ("14:00", "20:00")].map(|(from, to)| (from.to_owned(), to.to_owned()));
    let reasons = [
        R::Objection { on: None, channel: None },
        R::Objection { on: None, channel: Some(ContactChannel::Phone) },
        R::Objection { on: Some(day("2026-01-04")), channel: None },
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
        R::UnknownLaw { country: "BE".into() },
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
      the record says that the person objected to calls
      la fiche indique que la personne s’est opposée aux appels
    objection
      on 2026-01-04 the person objected to being contacted; this holds for every channel
      le 04/01/2026, la personne s’est opposée à toute sollicitation~: cela vaut pour tous les canaux
    objection
      on 2026-01-05 the person objected to calls; this holds for every channel
      le 05/01/2026, la personne s’est opposée aux appels~: cela vaut pour tous les canaux
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
    unknown_law
      no rules are known for `BE`: somebody who knows the law there has to look at it
      aucune règle connue pour ce pays (BE)~: une personne qui en connaît le droit doit vérifier
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
