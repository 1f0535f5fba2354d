//! The records that activities, drafts, notes and files hang on, and what goes with them without being said.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::Cx;
use super::redirect::survivor_of;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::text::fold;
use crate::kernel::value::Value;
use crate::model::{AnyRecord, Key, Kind, Row};
use crate::store::Query;

/// The kinds of record that things hang on; each has a field of its name in what hangs on it.
pub(crate) const TARGETS: &[Kind] = &[Kind::Account, Kind::Contact, Kind::Deal, Kind::Lead, Kind::Ticket];
/// Most people of a deal that are looked at for the one to talk to.
const MOST_PEOPLE: usize = 100;

/// At most one record of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Targets(BTreeMap<Kind, Id>);

impl Targets {
    /// The record alone.
    pub(crate) fn one(key: Key) -> Self {
        Targets(BTreeMap::from([(key.kind, key.id)]))
    }

    /// What a record hangs on.
    pub(crate) fn of(body: &AnyRecord) -> Self {
        let target = |kind: &Kind| match body.fact(body.kind().place(kind.name())?) {
            Fact::Reference(id) => Some((*kind, id)),
            _ => None,
        };
        Targets(TARGETS.iter().filter_map(target).collect())
    }

    /// The same with one more, in place of another of its kind.
    pub(crate) fn with(mut self, key: Key) -> Self {
        self.0.insert(key.kind, key.id);
        self
    }

    pub(crate) fn get(&self, kind: Kind) -> Option<Id> {
        self.0.get(&kind).copied()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> {
        self.0.iter().map(|(kind, id)| Key { kind: *kind, id: *id })
    }

    /// Hangs a record on all of them.
    pub(crate) fn write(&self, body: &mut AnyRecord) -> Result<()> {
        for (kind, id) in &self.0 {
            if let Some(place) = body.kind().place(kind.name()) {
                body.set(place, Value::Reference(*id))?;
            }
        }
        Ok(())
    }

    /// The same records, all of them in use; a lead that was merged is the one in which it lives on, where the caller
    /// cannot know that.
    ///
    /// # Errors
    /// As [`Cx::active`], at the kind's name.
    pub(crate) fn checked(&self, cx: &mut Cx<'_>, follow_merges: bool) -> Result<Self> {
        let mut checked = BTreeMap::new();
        for key in self.keys() {
            let found =
                if follow_merges { cx.existing(key).and_then(|row| survivor_of(cx, row)) } else { cx.active(key) };
            checked.insert(key.kind, found.map_err(|e| e.at(key.kind.name()))?.id);
        }
        Ok(Targets(checked))
    }

    fn fill(&mut self, cx: &mut Cx<'_>, kind: Kind, id: Option<Id>) -> Result<()> {
        let (Some(id), None) = (id, self.get(kind)) else { return Ok(()) };
        // What was put away or merged goes with nothing new.
        if let Some(row) = cx.row(Key { kind, id })?
            && row.archived_at.is_none()
        {
            self.0.insert(kind, id);
        }
        Ok(())
    }
}

/// The given records with those that go with them: a ticket's account, contact, deal and lead; a deal's account and the
/// person to talk to; a contact's account; what a lead was converted into. What is given stays, and what comes first in
/// this order wins.
///
/// # Errors
/// The store's own.
pub(crate) fn context_of(cx: &mut Cx<'_>, given: &Targets) -> Result<Targets> {
    let mut all = given.clone();
    for kind in [Kind::Ticket, Kind::Deal, Kind::Contact, Kind::Lead] {
        let Some(id) = all.get(kind) else { continue };
        let Some(row) = cx.row(Key { kind, id })? else { continue };
        match row.body {
            AnyRecord::Ticket(ticket) => {
                all.fill(cx, Kind::Deal, ticket.deal)?;
                all.fill(cx, Kind::Contact, ticket.contact)?;
                all.fill(cx, Kind::Account, ticket.account)?;
                all.fill(cx, Kind::Lead, ticket.lead)?;
            }
            AnyRecord::Deal(deal) => {
                let person = match deal.contact {
                    None if all.get(Kind::Contact).is_none() => person_of(cx, id)?,
                    contact => contact,
                };
                all.fill(cx, Kind::Contact, person)?;
                all.fill(cx, Kind::Account, deal.account)?;
            }
            AnyRecord::Contact(contact) => all.fill(cx, Kind::Account, contact.account)?,
            AnyRecord::Lead(lead) => {
                all.fill(cx, Kind::Deal, lead.converted_deal)?;
                all.fill(cx, Kind::Contact, lead.converted_contact)?;
                all.fill(cx, Kind::Account, lead.converted_account)?;
            }
            _ => {}
        }
    }
    Ok(all)
}

/// The person to talk to where a deal names none: whose part is `primary`, else the first who was added.
fn person_of(cx: &mut Cx<'_>, deal: Id) -> Result<Option<Id>> {
    let schema = cx.rules().schema(Kind::DealContact);
    let mut query = Query::all(Kind::DealContact, schema.clone(), cx.at());
    query.filter = Some(Predicate::test("deal", Operator::Equal, deal.to_string()).compile(&schema)?);
    query.limit = MOST_PEOPLE;
    let mut first = None;
    for row in cx.find(&query)?.rows {
        let AnyRecord::DealContact(part) = row.body else { continue };
        if fold(&part.role) == "primary" {
            return Ok(part.contact);
        }
        first = first.or(part.contact);
    }
    Ok(first)
}

/// The one record that a body names, by a key of its kind.
///
/// # Errors
/// None or several of them, and what is no id.
pub(crate) fn target_of(map: &Map<String, Json>, kinds: &[Kind]) -> Result<Key> {
    let mut named = kinds.iter().filter(|kind| map.get(kind.name()).is_some_and(|id| !id.is_null()));
    let (Some(kind), None) = (named.next(), named.next()) else {
        let found = json::shown(&Json::Object(map.clone()));
        return Err(Problem::WrongShape { expected: "exactly one record", found }.into());
    };
    let id = map.get(kind.name()).map(Id::from_json).transpose().map_err(|e: Error| e.at(kind.name()))?;
    let missing = || Problem::Missing { name: kind.name().into() };
    Ok(Key { kind: *kind, id: id.ok_or_else(missing)? })
}

/// The rows of the records at hand, by kind.
pub(crate) fn rows_of(cx: &mut Cx<'_>, targets: &Targets) -> Result<BTreeMap<Kind, Row>> {
    let mut rows = BTreeMap::new();
    for key in targets.keys() {
        rows.extend(cx.row(key)?.map(|row| (key.kind, row)));
    }
    Ok(rows)
}
