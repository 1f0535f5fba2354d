//! What the store knows of somebody who may be contacted. What it does not know stays unknown, and the rule `consent` takes
//! that for the strictest.
//!
//! What a record says of an address (when it was collected, from whom, who was told) counts only for the addresses that the
//! record has: merging and converting lend nobody's information to another address. What a person said against being
//! contacted counts for all of the person's addresses and records.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::Cx;
use super::consent_contract::{accounts_of, has_contract};
use super::consent_person::{Kept, Person, addresses_of};
use super::consent_place::place;
use super::consent_signs::Found;
use crate::kernel::consent_reason::{CollectedFrom, ConsentAct, ContactPurpose, ContactTopic, PersonType};
use crate::kernel::error::Result;
use crate::kernel::fact::Fact;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, CONSENT, DO_NOT_CALL, Row, consent_of};
use crate::rules::consent::{AddressHash, ContactFacts, Ledger, is_generic_mailbox, known_country};

/// What is to be sent, as far as the law asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContactPlan {
    /// What for.
    pub(crate) purpose: ContactPurpose,
    /// What about.
    pub(crate) topic: Option<ContactTopic>,
    /// Whether about products similar to those bought.
    pub(crate) similar_product: Option<bool>,
    /// The conversation that it goes on with.
    pub(crate) conversation: Option<Id>,
    /// Whether it is one of many.
    pub(crate) is_bulk: bool,
}

/// Everything that the store knows of a person for one message; `written` is the address as it stands there.
///
/// # Errors
/// As [`Person::of`].
pub(crate) fn facts_of(cx: &mut Cx<'_>, person: &Person, written: &str, plan: ContactPlan) -> Result<ContactFacts> {
    let (at, identity) = (cx.at(), cx.rules().identity());
    let kept = person.events(cx)?;
    // What is said of the address, by the records that have it; a postal address is nobody else's.
    let has = |row: &&Row| person.address.as_ref().is_none_or(|address| addresses_of(identity, row).contains(address));
    let own: Vec<&Row> = person.records.values().filter(has).collect();
    let said: Vec<Said> = own.iter().filter_map(|row| Said::of(row, person)).collect();
    let everybody: Vec<Said> = person.records.values().filter_map(|row| Said::of(row, person)).collect();
    let place = place(&own, &person.records.values().collect::<Vec<_>>());
    let has_contract = has_contract(cx, person)?;
    let found = Found::look(cx, person, plan)?;
    Ok(ContactFacts {
        person: everybody.iter().filter_map(|said| said.person_type).min(),
        is_generic_mailbox: is_generic_mailbox(identity, written),
        country: country_of(cx, person, &own)?,
        zone: place.as_ref().and_then(|place| place.zone.clone()),
        region: place.as_ref().and_then(|place| place.region),
        topic: plan.topic,
        is_subject_related: said.iter().filter_map(|said| said.subject_related).min(),
        collected_at: said.iter().filter_map(|said| said.collected_at).min(),
        is_indirect: said.iter().filter_map(|said| said.collected_from).min().map(|from| from == CollectedFrom::Other),
        informed_at: said.iter().filter_map(|said| said.informed_at).min(),
        was_contacted: Some(found.was_contacted),
        is_customer: Some(found.is_customer),
        is_similar_product: plan.similar_product,
        // A contract is a reason to write about it, not to sell something else.
        has_ongoing_contract: Some(plan.purpose == ContactPurpose::Service && has_contract),
        has_open_conversation: Some(found.has_open_conversation),
        signs: found.signs,
        calls: Some(found.calls),
        bloctel: None,
        is_bulk: plan.is_bulk,
        consent: person.records.values().map(|row| consent_of(&row.body)).min().unwrap_or_default(),
        do_not_call: person.records.values().any(asked_not_to_be_called),
        ledger: ledger_of(&kept, person.address.as_ref(), at),
        address: person.address.clone(),
    })
}

/// The person's country, and the last sign of life that the store knows of, the collection of the address included.
///
/// # Errors
/// As [`facts_of`].
pub(crate) fn last_sign_of(cx: &mut Cx<'_>, person: &Person) -> Result<(Option<String>, Option<Instant>)> {
    let purpose = ContactPurpose::Prospecting;
    let plan = ContactPlan { purpose, topic: None, similar_product: None, conversation: None, is_bulk: false };
    let facts = facts_of(cx, person, "", plan)?;
    let last = facts.last_sign(cx.at());
    Ok((facts.country, last))
}

/// The country by whose law a person is protected: that of the records that have the address, else of all, else of their
/// companies. Of several, one of which nobody knows the law.
fn country_of(cx: &mut Cx<'_>, person: &Person, own: &[&Row]) -> Result<Option<String>> {
    let said = |row: &Row| match &row.body {
        AnyRecord::Lead(lead) => lead.country.clone(),
        AnyRecord::Contact(contact) => contact.country.clone(),
        _ => String::new(),
    };
    let mut written: BTreeSet<String> = own.iter().map(|row| said(row)).collect();
    written.remove("");
    if written.is_empty() {
        written = person.records.values().map(said).collect();
        written.remove("");
    }
    if written.is_empty() {
        written = accounts_of(cx, person)?.into_iter().map(|(_, account)| account.country).collect();
        written.remove("");
    }
    let countries: BTreeSet<String> = written.iter().map(|written| known_country(written)).collect();
    let unknown = countries.iter().find(|country| !cx.rules().consent().has_rules(country));
    Ok(unknown.or(countries.first()).cloned())
}

/// What was said, as it counts for one address. That somebody was informed counts for the address at which it was said
/// only; what is said to come later takes nothing back yet.
pub(crate) fn ledger_of(kept: &[Kept], address: Option<&AddressHash>, at: Instant) -> Ledger {
    let counts = |kept: &&Kept| match kept.event.act {
        ConsentAct::Informed => address == Some(&kept.event.scope.address),
        ConsentAct::Granted | ConsentAct::Lifted => kept.event.mark.at <= at,
        ConsentAct::Refused | ConsentAct::Withdrawn | ConsentAct::Bounced => true,
    };
    Ledger::of(kept.iter().filter(counts).map(|kept| kept.event.clone()))
}

/// Whether a record says that the person asked not to be called.
fn asked_not_to_be_called(row: &Row) -> bool {
    let place = row.body.kind().place(DO_NOT_CALL);
    place.is_some_and(|place| row.body.fact(place) == Fact::Boolean(true))
}

/// What one record says.
struct Said {
    person_type: Option<PersonType>,
    subject_related: Option<bool>,
    collected_from: Option<CollectedFrom>,
    collected_at: Option<Instant>,
    informed_at: Option<Instant>,
}

impl Said {
    fn of(row: &Row, person: &Person) -> Option<Self> {
        // What was made here was collected then; what comes from elsewhere has to say it.
        let here = |source: &str| source.is_empty().then_some(row.created_at);
        match &row.body {
            AnyRecord::Lead(lead) => Some(Said {
                person_type: lead.person_type,
                subject_related: lead.subject_related,
                collected_from: lead.collected_from,
                collected_at: lead.received_at.or_else(|| here(&lead.external_source)),
                informed_at: lead.informed_at,
            }),
            AnyRecord::Contact(contact) => {
                let is_converted = person.leads().any(|(_, lead)| lead.converted_contact == Some(row.id));
                Some(Said {
                    person_type: contact.person_type,
                    subject_related: contact.subject_related,
                    collected_from: contact.collected_from,
                    collected_at: contact
                        .collected_at
                        .or_else(|| if is_converted { None } else { here(&contact.external_source) }),
                    informed_at: contact.informed_at,
                })
            }
            _ => None,
        }
    }
}

/// What a record's own fields say: the consent, and whether somebody may not be called.
pub(crate) fn stored_consent(body: &AnyRecord) -> (Json, Json) {
    let json = |name: &str| body.kind().place(name).map_or(Json::Null, |place| body.fact(place).to_value().to_json());
    (json(CONSENT), json(DO_NOT_CALL))
}
