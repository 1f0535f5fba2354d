//! What the store knows of somebody who may be contacted. What it does not know stays unknown, and the rule `consent` takes
//! that for the strictest.
//!
//! What a record says of an address (when it was collected, from whom, who was told) counts only for the addresses that the
//! record has: merging and converting lend nobody's information to another address. What a person said against being
//! contacted counts for all of the person's addresses and records.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::Cx;
use super::consent_person::{Kept, Person, addresses_of, among, found, found_by};
use crate::kernel::approval::{Direction, ParcelState};
use crate::kernel::calendar::holidays::FrenchZone;
use crate::kernel::consent_reason::{CollectedFrom, ConsentAct, ContactPurpose, ContactTopic, PersonType};
use crate::kernel::error::Result;
use crate::kernel::fact::Fact;
use crate::kernel::id::Id;
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::kernel::reply_reason::ReplyClass;
use crate::kernel::sales::StageKind;
use crate::kernel::text::fold;
use crate::kernel::time::{Instant, format_instant, plus_days};
use crate::kernel::zone::Zone;
use crate::model::{Account, AnyRecord, CONSENT, Conversation, DO_NOT_CALL, Key, Kind, Row, consent_of};
use crate::rules::consent::{AddressHash, ContactFacts, Ledger, Sign, is_generic_mailbox, known_country};
use crate::rules::enrichment::department;
use crate::rules::identity::country_code;
use crate::store::{Archived, Order, Query};

/// How long a conversation stays open after its last message.
pub(crate) const OPEN_DAYS: i64 = 30;
/// The calls of so many days are looked at; laws count 30, by days of the person's zone.
const CALL_DAYS: i64 = 32;
/// So many of the latest activities are looked at for a sign from the person.
const LATEST: usize = 50;
/// The kinds of activity that a person takes part in.
const SIGNS: &[(&str, Sign)] = &[
    ("call", Sign::InboundCall),
    ("chat", Sign::Reply),
    ("email", Sign::Reply),
    ("form", Sign::Form),
    ("letter", Sign::Reply),
    ("linkedin", Sign::Reply),
    ("meeting", Sign::Meeting),
    ("message", Sign::Reply),
    ("sms", Sign::Reply),
    ("whatsapp", Sign::Reply),
];
/// The events of a lead that come from the person: a click does, opening a message does not.
const EVENTS: &[(&str, Sign)] =
    &[("form_submitted", Sign::Form), ("email_clicked", Sign::Click), ("meeting_booked", Sign::Meeting)];

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
    let contract = contract_until(cx, person)?;
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
        has_ongoing_contract: Some(
            plan.purpose == ContactPurpose::Service
                && contract.is_some_and(|last| cx.rules().consent().day(at) <= last),
        ),
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
        written = accounts_of(cx, person)?.into_iter().map(|account| account.country).collect();
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

/// The clocks and public holidays of a person.
struct Place {
    zone: Option<Zone>,
    region: Option<FrenchZone>,
}

/// Where a person lives, by country and postal code: of the records that have the address, else of all.
fn place(own: &[&Row], all: &[&Row]) -> Option<Place> {
    let said = |row: &&Row| match &row.body {
        AnyRecord::Lead(lead) => Some((lead.country.clone(), lead.postal_code.clone())),
        AnyRecord::Contact(contact) => Some((contact.country.clone(), contact.postal_code.clone())),
        _ => None,
    };
    let places: BTreeSet<(String, String)> = own
        .iter()
        .chain(all)
        .filter_map(said)
        .filter(|(country, _)| !country.is_empty())
        .take(own.len().max(1))
        .collect();
    // Two places are none.
    let [(country, postal_code)] = places.into_iter().collect::<Vec<_>>().try_into().ok()?;
    let part = french_part(country_code(&country)?, &postal_code)?;
    let (zone, region) = part;
    Some(Place { zone: zone.parse().ok(), region: Some(region) })
}

/// The zone of clocks and the holidays of a part of France. Mainland France has overseas clocks only where the postal code
/// says so; without one nobody knows.
fn french_part(country: &str, postal_code: &str) -> Option<(&'static str, FrenchZone)> {
    use FrenchZone as Z;
    let code = match country {
        "FR" => department(postal_code)?.code,
        "GP" => "971",
        "MQ" => "972",
        "GF" => "973",
        "RE" => "974",
        "PM" => "975",
        "YT" => "976",
        "BL" => "977",
        "MF" => "978",
        "WF" => "986",
        "PF" => "987",
        "NC" => "988",
        _ => return None,
    };
    Some(match code {
        "971" => ("America/Guadeloupe", Z::Guadeloupe),
        "972" => ("America/Martinique", Z::Martinique),
        "973" => ("America/Cayenne", Z::Guyane),
        "974" => ("Indian/Reunion", Z::LaReunion),
        "975" => ("America/Miquelon", Z::SaintPierreEtMiquelon),
        "976" => ("Indian/Mayotte", Z::Mayotte),
        "977" => ("America/St_Barthelemy", Z::SaintBarthelemy),
        "978" => ("America/Marigot", Z::SaintMartin),
        "986" => ("Pacific/Wallis", Z::WallisEtFutuna),
        "987" => ("Pacific/Tahiti", Z::PolynesieFrancaise),
        "988" => ("Pacific/Noumea", Z::NouvelleCaledonie),
        "57" | "67" | "68" => ("Europe/Paris", Z::AlsaceMoselle),
        // Lands without inhabitants.
        "984" | "989" => return None,
        _ => ("Europe/Paris", Z::Metropole),
    })
}

/// The last day of a contract that runs with the person or the person's company.
fn contract_until(cx: &mut Cx<'_>, person: &Person) -> Result<Option<NaiveDate>> {
    let own = person.contacts().filter_map(|(_, contact)| contact.contract_until).max();
    let of_companies = accounts_of(cx, person)?.into_iter().filter_map(|account| account.contract_until).max();
    Ok(own.max(of_companies))
}

/// The person's companies.
fn accounts_of(cx: &mut Cx<'_>, person: &Person) -> Result<Vec<Account>> {
    let of_contacts = person.contacts().filter_map(|(_, contact)| contact.account);
    let of_leads = person.leads().filter_map(|(_, lead)| lead.converted_account);
    let ids: BTreeSet<Id> = of_contacts.chain(of_leads).collect();
    let mut accounts = Vec::new();
    for id in ids {
        let row = cx.by_itself(|cx| cx.row(Key { kind: Kind::Account, id }))?;
        if let Some(AnyRecord::Account(account)) = row.filter(|row| row.archived_at.is_none()).map(|row| row.body) {
            accounts.push(*account);
        }
    }
    Ok(accounts)
}

/// What happened between the person and the team.
struct Found {
    was_contacted: bool,
    is_customer: bool,
    has_open_conversation: bool,
    signs: Vec<(Sign, Instant)>,
    calls: Vec<Instant>,
}

impl Found {
    fn look(cx: &mut Cx<'_>, person: &Person, plan: ContactPlan) -> Result<Self> {
        let mut found = Found {
            was_contacted: false,
            is_customer: false,
            has_open_conversation: false,
            signs: Vec::new(),
            calls: Vec::new(),
        };
        if person.is_alone {
            return Ok(found);
        }
        let (leads, contacts) = (person.ids(Kind::Lead), person.ids(Kind::Contact));
        for (field, ids) in [("lead", &leads), ("contact", &contacts)] {
            for ids in ids.chunks(MOST_VALUES) {
                found.activities(cx, &among(field, ids))?;
                found.submissions(cx, &among(field, ids))?;
                found.parcels(cx, &among(field, ids))?;
            }
        }
        for ids in leads.chunks(MOST_VALUES) {
            found.events(cx, &among("lead", ids))?;
        }
        let hashes: Vec<String> = person.addresses.iter().map(|hash| hash.as_str().to_owned()).collect();
        for hashes in hashes.chunks(MOST_VALUES) {
            found.parcels(cx, &among("address_hash", hashes))?;
        }
        found.deals(cx, &leads, &contacts)?;
        found.conversations(cx, person, plan, [("lead", &leads), ("contact", &contacts), ("address_hash", &hashes)])?;
        Ok(found)
    }

    fn activities(&mut self, cx: &mut Cx<'_>, whose: &Predicate) -> Result<()> {
        let text = |kind: &str, value: &str| Predicate::test(kind, Operator::Equal, value);
        let until = Predicate::test("happened_at", Operator::AtMost, format_instant(cx.at()));
        let from_them = vec![whose.clone(), among("direction", &["inbound".into(), "both".into()]), until];
        for row in latest(cx, Kind::Activity, from_them)? {
            let AnyRecord::Activity(activity) = &row.body else { continue };
            let kind = fold(&activity.kind);
            let sign = SIGNS.iter().find(|(name, _)| *name == kind).map(|(_, sign)| *sign);
            if let (Some(sign), Some(at), false) = (sign, activity.happened_at, activity.automatic == Some(true)) {
                self.signs.push((sign, at));
            }
        }
        let since = plus_days(cx.at(), CALL_DAYS.saturating_neg()).unwrap_or(Instant::MIN_UTC);
        let recent = Predicate::test("happened_at", Operator::AtLeast, format_instant(since));
        for row in found(cx, Kind::Activity, vec![whose.clone(), text("kind", "call"), recent])? {
            let AnyRecord::Activity(activity) = &row.body else { continue };
            // A call of which nobody says who called is one of ours.
            if let Some(at) = activity.happened_at.filter(|_| fold(&activity.direction) != "inbound") {
                self.calls.push(at);
            }
        }
        if !self.was_contacted {
            let ours = latest(cx, Kind::Activity, vec![whose.clone(), text("direction", "outbound")])?;
            self.was_contacted = !ours.is_empty();
        }
        Ok(())
    }

    fn submissions(&mut self, cx: &mut Cx<'_>, whose: &Predicate) -> Result<()> {
        for row in found(cx, Kind::Submission, vec![whose.clone()])? {
            let AnyRecord::Submission(sent) = &row.body else { continue };
            self.signs.extend(sent.submitted_at.map(|at| (Sign::Form, at)));
        }
        Ok(())
    }

    fn events(&mut self, cx: &mut Cx<'_>, whose: &Predicate) -> Result<()> {
        let names: Vec<String> = EVENTS.iter().map(|(name, _)| (*name).to_owned()).collect();
        for row in latest(cx, Kind::Event, vec![whose.clone(), among("kind", &names)])? {
            let AnyRecord::Event(event) = &row.body else { continue };
            let sign = EVENTS.iter().find(|(name, _)| *name == fold(&event.kind)).map(|(_, sign)| *sign);
            self.signs.extend(sign.zip(event.happened_at));
        }
        Ok(())
    }

    fn parcels(&mut self, cx: &mut Cx<'_>, whose: &Predicate) -> Result<()> {
        if !self.was_contacted {
            let left: Vec<String> =
                ParcelState::ALL.iter().filter(|state| state.may_have_left()).map(|s| s.code().into()).collect();
            self.was_contacted = !some(cx, Kind::OutboxItem, vec![whose.clone(), among("state", &left)])?.is_empty();
        }
        Ok(())
    }

    fn deals(&mut self, cx: &mut Cx<'_>, leads: &[String], contacts: &[String]) -> Result<()> {
        for (field, ids) in [("source_lead", leads), ("contact", contacts)] {
            for ids in ids.chunks(MOST_VALUES) {
                let won = Predicate::test("state", Operator::Equal, StageKind::Won.code());
                for row in found(cx, Kind::Deal, vec![among(field, ids), won])? {
                    let AnyRecord::Deal(deal) = &row.body else { continue };
                    let counts = row.archived_at.is_none();
                    self.is_customer |= counts;
                    self.signs.extend(deal.closed_at.filter(|_| counts).map(|at| (Sign::Purchase, at)));
                }
            }
        }
        Ok(())
    }

    fn conversations(
        &mut self,
        cx: &mut Cx<'_>,
        person: &Person,
        plan: ContactPlan,
        whose: [(&'static str, &Vec<String>); 3],
    ) -> Result<()> {
        let mut threads: BTreeMap<Id, Row> = BTreeMap::new();
        for (field, values) in whose {
            threads.extend(found_by(cx, Kind::Conversation, field, values)?.into_iter().map(|row| (row.id, row)));
        }
        let at = cx.at();
        for (id, row) in &threads {
            let AnyRecord::Conversation(thread) = &row.body else { continue };
            let is_meant = plan.conversation.is_none_or(|meant| meant == *id);
            self.has_open_conversation |= is_meant && row.archived_at.is_none() && is_open(thread, person, at);
        }
        let ids: Vec<String> = threads.keys().map(Id::to_string).collect();
        for ids in ids.chunks(MOST_VALUES) {
            let inbound = Predicate::test("direction", Operator::Equal, Direction::Inbound.code());
            for row in latest(cx, Kind::Message, vec![among("conversation", ids), inbound])? {
                let AnyRecord::Message(message) = &row.body else { continue };
                let by_machine = [ReplyClass::Bounce, ReplyClass::OutOfOffice, ReplyClass::AutoReply];
                let is_person = message.class.is_none_or(|class| !by_machine.contains(&class));
                self.signs.extend(message.happened_at.filter(|_| is_person).map(|at| (Sign::Reply, at)));
            }
        }
        Ok(())
    }
}

/// Whether the person began a conversation at this address and waits, or the last word is not long ago.
fn is_open(thread: &Conversation, person: &Person, at: Instant) -> bool {
    let is_here = match AddressHash::parse(&thread.address_hash) {
        Ok(hash) => person.address.as_ref() == Some(&hash),
        Err(_) => thread.address.is_empty(),
    };
    let since = plus_days(at, OPEN_DAYS.saturating_neg());
    let is_recent = thread.last_at.zip(since).is_some_and(|(last, since)| last >= since);
    is_here && thread.begun_by == Some(Direction::Inbound) && (thread.unanswered_since.is_some() || is_recent)
}

/// The latest rows by `happened_at`, so many of them, archived ones left out.
fn latest(cx: &mut Cx<'_>, kind: Kind, filter: Vec<Predicate>) -> Result<Vec<Row>> {
    let mut query = asked(cx, kind, filter)?;
    let field = cx.rules().schema(kind).position("happened_at");
    query.order = field.map(|field| Order { field, descending: true }).into_iter().collect();
    query.limit = LATEST;
    cx.by_itself(|cx| Ok(cx.find(&query)?.rows))
}

/// One row, if there is any, archived ones too.
fn some(cx: &mut Cx<'_>, kind: Kind, filter: Vec<Predicate>) -> Result<Vec<Row>> {
    let mut query = asked(cx, kind, filter)?;
    (query.archived, query.limit) = (Archived::Include, 1);
    cx.by_itself(|cx| Ok(cx.find(&query)?.rows))
}

fn asked(cx: &Cx<'_>, kind: Kind, filter: Vec<Predicate>) -> Result<Query> {
    let schema = cx.rules().schema(kind);
    let mut query = Query::all(kind, schema.clone(), cx.at());
    query.filter = Some(Predicate::All(filter).compile(&schema)?);
    Ok(query)
}

/// What a record's own fields say: the consent, and whether somebody may not be called.
pub(crate) fn stored_consent(body: &AnyRecord) -> (Json, Json) {
    let json = |name: &str| body.kind().place(name).map_or(Json::Null, |place| body.fact(place).to_value().to_json());
    (json(CONSENT), json(DO_NOT_CALL))
}
