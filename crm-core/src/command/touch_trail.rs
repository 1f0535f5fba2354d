//! Whose touches are whose: a person's leads and contacts, the visitors that they were, and what all of them did.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::Cx;
use super::redirect::survivor_of;
use super::touch_record::arrival_of;
use crate::kernel::attribution_reason::AttributionReason;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Key, Kind, Row, VisitorLink};
use crate::rules::attribution::{AttributionSettings, Channel, ChannelGroup, MOST_TOUCHES, Touch};
use crate::rules::check;
use crate::store::Query;

/// How many values one look-up names.
const SOME: usize = 200;

/// Leads and contacts, as they belong together: a lead and the contact that it became are one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct People {
    pub(crate) leads: BTreeSet<Id>,
    pub(crate) contacts: BTreeSet<Id>,
    pub(crate) accounts: BTreeSet<Id>,
}

/// What people did, in no order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail {
    pub(crate) touches: Vec<Touch>,
    /// The person of each: a lead, a contact or an account.
    pub(crate) whose: Vec<Key>,
}

impl People {
    /// A lead with the contact that it became, and all leads that became that contact.
    pub(crate) fn of_lead(cx: &mut Cx<'_>, id: Id) -> Result<(Row, Self)> {
        let row = cx.existing(Key { kind: Kind::Lead, id })?;
        let row = survivor_of(cx, row)?;
        let mut people = People::default();
        people.leads.insert(row.id);
        if let AnyRecord::Lead(lead) = &row.body {
            people.contacts.extend(lead.converted_contact);
        }
        people.complete(cx)?;
        Ok((row, people))
    }

    /// A contact with all leads that became it.
    pub(crate) fn of_contact(cx: &mut Cx<'_>, id: Id) -> Result<(Row, Self)> {
        let row = cx.existing(Key { kind: Kind::Contact, id })?;
        let mut people = People::default();
        people.contacts.insert(id);
        people.complete(cx)?;
        Ok((row, people))
    }

    /// An account with everybody in it.
    pub(crate) fn of_account(cx: &mut Cx<'_>, id: Id) -> Result<Self> {
        let mut people = People::default();
        people.accounts.insert(id);
        people.contacts.extend(pointing(cx, (Kind::Contact, "account"), [id].iter())?.iter().map(|row| row.id));
        people.leads.extend(pointing(cx, (Kind::Lead, "converted_account"), [id].iter())?.iter().map(|row| row.id));
        people.complete(cx)?;
        Ok(people)
    }

    /// Whoever has a part in a deal: its contact, its lead, and who is named with a role.
    pub(crate) fn of_deal(cx: &mut Cx<'_>, row: &Row) -> Result<Self> {
        let mut people = People::default();
        if let AnyRecord::Deal(deal) = &row.body {
            people.contacts.extend(deal.contact);
            people.leads.extend(deal.source_lead);
        }
        for row in pointing(cx, (Kind::DealContact, "deal"), [row.id].iter())? {
            if let AnyRecord::DealContact(part) = &row.body {
                people.contacts.extend(part.contact);
            }
        }
        for id in people.leads.clone() {
            if let Some(AnyRecord::Lead(lead)) = cx.row(Key { kind: Kind::Lead, id })?.map(|row| row.body) {
                people.contacts.extend(lead.converted_contact);
            }
        }
        people.complete(cx)?;
        Ok(people)
    }

    /// The leads that became the contacts.
    fn complete(&mut self, cx: &mut Cx<'_>) -> Result<()> {
        let rows = pointing(cx, (Kind::Lead, "converted_contact"), self.contacts.iter())?;
        self.leads.extend(rows.iter().map(|row| row.id));
        Ok(())
    }

    fn has(&self, link: &VisitorLink) -> bool {
        link.lead.is_some_and(|id| self.leads.contains(&id))
            || link.contact.is_some_and(|id| self.contacts.contains(&id))
    }
}

impl Trail {
    /// The touches of people: their own, and those of the visitors that they were. Of a visitor who was several people in
    /// turn, a touch belongs to whom the visitor turned out to be next, and after the last time to that one.
    ///
    /// # Errors
    /// [`TooMany`](crate::Problem::TooMany) beyond ten thousand touches, and the store's own.
    pub(crate) fn of(cx: &mut Cx<'_>, people: &People) -> Result<Self> {
        let mut rows: BTreeMap<Id, (Row, Key)> = BTreeMap::new();
        for (kind, field, ids) in [
            (Kind::Lead, "lead", &people.leads),
            (Kind::Contact, "contact", &people.contacts),
            (Kind::Account, "account", &people.accounts),
        ] {
            for row in pointing(cx, (Kind::Touch, field), ids.iter())? {
                let Some(id) = pointed(&row, kind) else { continue };
                rows.entry(row.id).or_insert((row, Key { kind, id }));
            }
            check::most("touches", rows.len(), MOST_TOUCHES)?;
        }
        let mut links = pointing(cx, (Kind::VisitorLink, "lead"), people.leads.iter())?;
        links.extend(pointing(cx, (Kind::VisitorLink, "contact"), people.contacts.iter())?);
        let visitors: BTreeSet<String> = links.iter().filter_map(|row| Some(link_of(row)?.visitor.clone())).collect();
        // Who sees the person sees what the person did before anybody knew who it was.
        cx.by_itself(|cx| {
            for visitor in &visitors {
                let mut links = said(cx, Kind::VisitorLink, visitor)?;
                links.sort_by_key(|row| (link_of(row).and_then(|link| link.linked_at), row.id));
                for row in said(cx, Kind::Touch, visitor)? {
                    let AnyRecord::Touch(touch) = &row.body else { continue };
                    if touch.lead.is_some() || touch.contact.is_some() {
                        continue;
                    }
                    let links = || links.iter().filter_map(link_of);
                    let next = links().find(|link| link.linked_at >= touch.happened_at).or_else(|| links().next_back());
                    let Some(link) = next.filter(|link| people.has(link)) else { continue };
                    let lead = link.lead.map(|id| Key { kind: Kind::Lead, id });
                    let Some(whose) = lead.or(link.contact.map(|id| Key { kind: Kind::Contact, id })) else { continue };
                    rows.entry(row.id).or_insert((row, whose));
                }
                check::most("touches", rows.len(), MOST_TOUCHES)?;
            }
            Ok::<_, crate::kernel::error::Error>(())
        })?;
        let settings = cx.rules().attribution();
        let mut trail = Trail::default();
        for (row, whose) in rows.values() {
            if let Some(touch) = stored(row, settings) {
                trail.touches.push(touch);
                trail.whose.push(*whose);
            }
        }
        Ok(trail)
    }
}

/// A touch as it was classified when it was written.
fn stored(row: &Row, settings: &AttributionSettings) -> Option<Touch> {
    let AnyRecord::Touch(touch) = &row.body else { return None };
    let arrival = arrival_of(touch);
    let group = ChannelGroup::from_code(&touch.channel).unwrap_or(ChannelGroup::Other);
    let bare = crate::rules::attribution::Arrival {
        source: String::new(),
        medium: String::new(),
        campaign: String::new(),
        ..arrival.clone()
    };
    // Why, if it still is so by what arrived.
    let again = settings.classify(&bare);
    let reasons = match again.group == group && again.source == touch.source && again.medium == touch.medium {
        true => again.reasons,
        false => vec![AttributionReason::ByLink {
            source: touch.source.clone(),
            medium: touch.medium.clone(),
            campaign: touch.campaign.clone(),
        }],
    };
    let channel = Channel {
        group,
        medium: touch.medium.clone(),
        source: touch.source.clone(),
        campaign: touch.campaign.clone(),
        term: touch.term.clone(),
        content: touch.content.clone(),
        reasons,
    };
    let at: Option<Instant> = touch.happened_at.or(Some(row.created_at));
    Some(Touch::known(row.id.to_string(), at, arrival, channel))
}

fn link_of(row: &Row) -> Option<&VisitorLink> {
    match &row.body {
        AnyRecord::VisitorLink(link) => Some(link),
        _ => None,
    }
}

fn pointed(row: &Row, kind: Kind) -> Option<Id> {
    let AnyRecord::Touch(touch) = &row.body else { return None };
    match kind {
        Kind::Lead => touch.lead,
        Kind::Contact => touch.contact,
        _ => touch.account,
    }
}

/// The rows in use that point at any of some ids.
pub(crate) fn pointing<'i>(
    cx: &mut Cx<'_>,
    (kind, field): (Kind, &'static str),
    ids: impl Iterator<Item = &'i Id>,
) -> Result<Vec<Row>> {
    let ids: Vec<String> = ids.map(Id::to_string).collect();
    let mut rows = Vec::new();
    for some in ids.chunks(SOME) {
        let values: Vec<Json> = some.iter().map(|id| id.as_str().into()).collect();
        rows.extend(found(cx, kind, Predicate::test(field, Operator::In, values))?);
        check::most("rows", rows.len(), MOST_TOUCHES)?;
    }
    Ok(rows)
}

/// The rows in use of a visitor.
fn said(cx: &mut Cx<'_>, kind: Kind, visitor: &str) -> Result<Vec<Row>> {
    found(cx, kind, Predicate::test("visitor", Operator::Equal, visitor))
}

/// The rows in use that a condition finds.
pub(crate) fn found(cx: &mut Cx<'_>, kind: Kind, condition: Predicate) -> Result<Vec<Row>> {
    let schema = cx.rules().schema(kind);
    let mut query = Query::all(kind, schema.clone(), cx.at());
    query.filter = Some(condition.compile(&schema)?);
    let mut rows = Vec::new();
    cx.each_page(query, |page| {
        rows.extend(page);
        check::most("rows", rows.len(), MOST_TOUCHES)
    })?;
    Ok(rows)
}
