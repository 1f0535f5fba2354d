//! Who somebody is for the consent ledger: all records of one person, and the hashes of all addresses that they have.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::Cx;
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::model::{AnyRecord, ConsentEvent as StoredEvent, Contact, Key, Kind, Lead, Row};
use crate::rules::consent::{AddressHash, ConsentEvent, ConsentScope, Mark};
use crate::rules::identity::{Identity, country_code};
use crate::store::{Archived, Query};

/// Most records of one person.
const MOST_RECORDS: usize = 1_000;
/// Most events of one person.
const MOST_EVENTS: usize = 20_000;

/// A person: the lead and the contact, what they were merged from and converted into, archived ones too, and the records
/// that have the address in question.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    /// The leads and contacts.
    pub(crate) records: BTreeMap<Key, Row>,
    /// The address in question.
    pub(crate) address: Option<AddressHash>,
    /// All addresses, that one too.
    pub(crate) addresses: BTreeSet<AddressHash>,
    /// Whether nothing but what was said at the address counts.
    pub(crate) is_alone: bool,
}

/// A consent event with its row.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) row: Row,
    pub(crate) event: ConsentEvent,
}

impl Person {
    /// The person of some records and an address, as it is written or as its hash; whoever sees them.
    ///
    /// # Errors
    /// [`Problem::TooMany`], what is wrong with stored rows, and the store's own.
    pub(crate) fn of(cx: &mut Cx<'_>, keys: &[Key], written: &str, hash: Option<AddressHash>) -> Result<Self> {
        cx.by_itself(|cx| {
            let identity = cx.rules().identity();
            let address = hash.or_else(|| AddressHash::of(identity, written).ok());
            let mut person = Person { address, ..Self::default() };
            let mut open: Vec<Key> = keys.to_vec();
            let (email, phone) = (identity.email(written), identity.phone(written, None));
            if let Some(email) = email {
                open.extend(holders(cx, Kind::Lead, "email_key", &email.canonical)?);
                open.extend(holders(cx, Kind::Contact, "email_key", &email.canonical)?);
            } else if let Some(phone) = phone {
                for (kind, field) in [
                    (Kind::Lead, "phone_key"),
                    (Kind::Lead, "mobile_key"),
                    (Kind::Contact, "phone_key"),
                    (Kind::Contact, "mobile_key"),
                ] {
                    open.extend(holders(cx, kind, field, &phone.e164)?);
                }
            }
            while let Some(key) = open.pop() {
                if person.records.contains_key(&key) {
                    continue;
                }
                let Some(row) = cx.row(key)? else { continue };
                match &row.body {
                    AnyRecord::Lead(lead) => {
                        open.extend(lead.merged_into.map(|id| Key { kind: Kind::Lead, id }));
                        open.extend(lead.converted_contact.map(|id| Key { kind: Kind::Contact, id }));
                        open.extend(
                            found_by(cx, Kind::Lead, "merged_into", &[key.id.to_string()])?.iter().map(Row::key),
                        );
                    }
                    AnyRecord::Contact(_) => {
                        let leads = found_by(cx, Kind::Lead, "converted_contact", &[key.id.to_string()])?;
                        open.extend(leads.iter().map(Row::key));
                    }
                    _ => continue,
                }
                person.addresses.extend(addresses_of(identity, &row));
                person.records.insert(key, row);
                if person.records.len() > MOST_RECORDS {
                    let (found, most) = (json::length(person.records.len()), json::length(MOST_RECORDS));
                    return Err(Problem::TooMany { what: "records of one person", found, most }.into());
                }
            }
            person.addresses.extend(person.address.clone());
            Ok(person)
        })
    }

    /// The address alone, without the records that have it.
    pub(crate) fn only_address(self) -> Self {
        let addresses = self.address.iter().cloned().collect();
        Person { records: BTreeMap::new(), addresses, address: self.address, is_alone: true }
    }

    /// The records of a kind.
    pub(crate) fn ids(&self, kind: Kind) -> Vec<String> {
        self.records.keys().filter(|key| key.kind == kind).map(|key| key.id.to_string()).collect()
    }

    /// The leads.
    pub(crate) fn leads(&self) -> impl Iterator<Item = (&Row, &Lead)> {
        self.records.values().filter_map(|row| match &row.body {
            AnyRecord::Lead(lead) => Some((row, &**lead)),
            _ => None,
        })
    }

    /// The contacts.
    pub(crate) fn contacts(&self) -> impl Iterator<Item = (&Row, &Contact)> {
        self.records.values().filter_map(|row| match &row.body {
            AnyRecord::Contact(contact) => Some((row, &**contact)),
            _ => None,
        })
    }

    /// What was said at any of the person's addresses or by any of the person's records, in order of time.
    ///
    /// # Errors
    /// [`Problem::TooMany`], what is wrong with stored rows, and the store's own.
    pub(crate) fn events(&self, cx: &mut Cx<'_>) -> Result<Vec<Kept>> {
        let hashes: Vec<String> = self.addresses.iter().map(|hash| hash.as_str().to_owned()).collect();
        let mut rows: BTreeMap<Id, Row> = BTreeMap::new();
        for (field, values) in
            [("address_hash", hashes), ("lead", self.ids(Kind::Lead)), ("contact", self.ids(Kind::Contact))]
        {
            rows.extend(found_by(cx, Kind::ConsentEvent, field, &values)?.into_iter().map(|row| (row.id, row)));
        }
        // What was forgotten with a person is put away.
        rows.retain(|_, row| row.archived_at.is_none());
        if rows.len() > MOST_EVENTS {
            let (found, most) = (json::length(rows.len()), json::length(MOST_EVENTS));
            return Err(Problem::TooMany { what: "consent events", found, most }.into());
        }
        let mut kept = rows.into_values().map(kept_of).collect::<Result<Vec<Kept>>>()?;
        kept.sort_by_key(|kept| (kept.event.mark.at, kept.row.id));
        Ok(kept)
    }
}

/// A stored event.
///
/// # Errors
/// [`Problem::Corrupt`] of a row that the library did not write.
fn kept_of(row: Row) -> Result<Kept> {
    let corrupt = |what: &str| Problem::Corrupt { detail: format!("consent event {}: {what}", row.id) };
    let AnyRecord::ConsentEvent(stored) = &row.body else { return Err(corrupt("another record").into()) };
    let StoredEvent { address_hash, act, purpose, channel, happened_at, proof, source, actor, .. } = &**stored;
    let address = AddressHash::parse(address_hash).map_err(|_| corrupt("no hash"))?;
    let (Some(act), Some(at)) = (*act, *happened_at) else { return Err(corrupt("no act or instant").into()) };
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let mark = Mark { at, proof: some(proof), source: some(source), actor: some(actor) };
    let scope = ConsentScope { address, purpose: *purpose, channel: *channel };
    let event = ConsentEvent::new(scope, act, mark).map_err(|_| corrupt("a consent without purpose or channel"))?;
    Ok(Kept { row, event })
}

/// The hashes of all addresses that a lead or contact has.
pub(crate) fn addresses_of(identity: &Identity, row: &Row) -> BTreeSet<AddressHash> {
    let none: &[String] = &[];
    let (email, emails, numbers, others, country, page) = match &row.body {
        AnyRecord::Lead(l) => (&l.email, &l.other_emails, [&l.phone, &l.mobile], &*l.other_phones, &l.country, ""),
        AnyRecord::Contact(c) => {
            (&c.email, &c.other_emails, [&c.phone, &c.mobile], none, &c.country, c.profile_page.as_str())
        }
        _ => return BTreeSet::new(),
    };
    let region = country_code(country);
    let mut hashes = BTreeSet::new();
    let mut add = |written: &str| hashes.extend(AddressHash::of(identity, written));
    std::iter::once(email).chain(emails).for_each(|email| add(email));
    add(page);
    for number in numbers.into_iter().chain(others) {
        // As the record's country dials it, and as it would be read without one.
        add(number);
        if let Some(phone) = identity.phone(number, region) {
            add(&phone.e164);
        }
    }
    hashes
}

/// The records that have an address, by its key.
fn holders(cx: &mut Cx<'_>, kind: Kind, field: &'static str, value: &str) -> Result<Vec<Key>> {
    Ok(found_by(cx, kind, field, &[value.to_owned()])?.iter().map(Row::key).collect())
}

/// The rows of a kind of which a field is one of some values, archived ones too.
pub(crate) fn found_by(cx: &mut Cx<'_>, kind: Kind, field: &'static str, values: &[String]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for some in values.chunks(MOST_VALUES) {
        rows.extend(found(cx, kind, vec![among(field, some)])?);
    }
    Ok(rows)
}

/// That a field is one of some values.
pub(crate) fn among(field: &str, values: &[String]) -> Predicate {
    Predicate::test(field, Operator::In, values.iter().map(|value| Json::from(value.as_str())).collect::<Vec<_>>())
}

/// The rows of a kind that meet all conditions, archived ones too, whoever sees them.
pub(crate) fn found(cx: &mut Cx<'_>, kind: Kind, filter: Vec<Predicate>) -> Result<Vec<Row>> {
    let schema = cx.rules().schema(kind);
    let mut query = Query::all(kind, schema.clone(), cx.at());
    query.archived = Archived::Include;
    query.filter = Some(Predicate::All(filter).compile(&schema)?);
    let mut rows = Vec::new();
    cx.by_itself(|cx| {
        cx.each_page(query, |page| {
            rows.extend(page);
            if rows.len() > MOST_EVENTS {
                let (found, most) = (json::length(rows.len()), json::length(MOST_EVENTS));
                return Err(Problem::TooMany { what: "rows", found, most }.into());
            }
            Ok(())
        })
    })?;
    Ok(rows)
}
