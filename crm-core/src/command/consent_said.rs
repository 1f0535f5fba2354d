//! What follows when a person says something about being contacted: events in the ledger, the records' own fields, and the
//! end of enrolments. What restricts holds for all addresses and records of the person; what allows only for what was named.

use std::collections::BTreeSet;

use super::Cx;
use super::consent_facts::ledger_of;
use super::consent_person::{Person, addresses_of};
use super::consent_state::{after_all, record_consent};
use super::enrolment_state::{Whom, stop_enrolments};
use crate::kernel::consent_reason::{ConsentAct, ContactChannel, ContactPurpose};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;
use crate::kernel::value::Value;
use crate::model::{AnyRecord, CONSENT, Consent, DO_NOT_CALL, FieldValue as _, Kind, Row, consent_of};
use crate::rules::consent::{AddressHash, ConsentEvent, ConsentScope, Ledger, Mark};
use crate::rules::sequence::StopCause;

/// What was said, of which purpose and channel; everything where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Saying {
    pub(crate) act: ConsentAct,
    pub(crate) purpose: Option<ContactPurpose>,
    pub(crate) channel: Option<ContactChannel>,
    pub(crate) mark: Mark,
}

/// Writes down what a person said and what follows from it. The ids of the events, those that were there already too.
///
/// # Errors
/// As [`record_consent`], and the store's own.
pub(crate) fn said(
    cx: &mut Cx<'_>,
    person: &Person,
    named: &BTreeSet<AddressHash>,
    saying: &Saying,
) -> Result<Vec<Id>> {
    let Saying { act, purpose, channel, mark } = saying;
    let (before, addresses) = (person.events(cx)?, if act.is_restrictive() { &person.addresses } else { named });
    let mut ledger = ledger_of(&before, person.address.as_ref(), cx.at());
    let mut ids = Vec::new();
    for address in addresses {
        let scope = ConsentScope { address: address.clone(), purpose: *purpose, channel: *channel };
        // The same objection again says nothing new; another instant would, of everything else.
        let stands = |kept: &&super::consent_person::Kept| {
            *act == ConsentAct::Withdrawn && kept.event.act == *act && kept.event.scope == scope
        };
        if let Some(kept) = before.iter().rev().find(stands)
            && ledger.objections().any(|(known, at)| *known == scope && at.at == kept.event.mark.at)
        {
            ids.push(kept.row.id);
            continue;
        }
        let links = (first(cx, person, address, Kind::Lead), first(cx, person, address, Kind::Contact));
        ids.push(record_consent(cx, scope.clone(), *act, mark.clone(), links)?);
        let event = after_all(cx, ConsentEvent::new(scope, *act, mark.clone())?)?;
        ledger.step(event);
    }
    follow(cx, person, saying, &ledger)?;
    Ok(ids)
}

/// The record of a kind to which an event belongs: one that has the address, in use before put away.
fn first(cx: &Cx<'_>, person: &Person, address: &AddressHash, kind: Kind) -> Option<Id> {
    let identity = cx.rules().identity();
    let rows = person.records.values().filter(|row| row.body.kind() == kind);
    let has = |row: &&Row| addresses_of(identity, row).contains(address);
    rows.filter(has).min_by_key(|row| (row.archived_at.is_some(), row.id)).map(|row| row.id)
}

/// The records' fields and the enrolments, after what was said.
fn follow(cx: &mut Cx<'_>, person: &Person, saying: &Saying, ledger: &Ledger) -> Result<()> {
    let Saying { act, purpose, channel, .. } = saying;
    let objects = ledger.objection(ContactPurpose::Prospecting).is_some();
    let is_about_calls = match channel {
        None => purpose.is_none(),
        Some(channel) => *channel == ContactChannel::Phone,
    };
    for row in person.records.values().filter(|row| row.archived_at.is_none()) {
        let known = consent_of(&row.body);
        let (consent, may_not_call) = match act {
            ConsentAct::Withdrawn if objects => (Some(Consent::OptedOut), is_about_calls.then_some(true)),
            ConsentAct::Lifted if !objects => {
                ((known == Consent::OptedOut).then_some(Consent::Unknown), is_about_calls.then_some(false))
            }
            ConsentAct::Granted if !objects && *channel == Some(ContactChannel::Email) => {
                (Some(Consent::OptedIn), None)
            }
            _ => (None, None),
        };
        write(cx, row, consent.filter(|consent| *consent != known), may_not_call)?;
    }
    if *act == ConsentAct::Withdrawn {
        stop(cx, person, cx.at())?;
    }
    Ok(())
}

fn write(cx: &mut Cx<'_>, row: &Row, consent: Option<Consent>, may_not_call: Option<bool>) -> Result<()> {
    if consent.is_none() && may_not_call.is_none() {
        return Ok(());
    }
    cx.by_itself(|cx| {
        let Some(mut row) = cx.row(row.key())? else { return Ok(()) };
        let kind = row.body.kind();
        if let Some((place, consent)) = kind.place(CONSENT).zip(consent) {
            row.body.set(place, consent.fact().to_value())?;
        }
        if let Some((place, may_not)) = kind.place(DO_NOT_CALL).zip(may_not_call)
            && row.body.fact(place).is_known() | may_not
        {
            row.body.set(place, Value::Boolean(may_not))?;
        }
        cx.update(row).map(|_| ())
    })
}

/// Ends the enrolments of all records and addresses of a person.
fn stop(cx: &mut Cx<'_>, person: &Person, at: Instant) -> Result<()> {
    for key in person.records.keys() {
        let whom = if key.kind == Kind::Lead { Whom::Lead(key.id) } else { Whom::Contact(key.id) };
        stop_enrolments(cx, whom, StopCause::OptOut, at)?;
    }
    for address in &person.addresses {
        stop_enrolments(cx, Whom::Address(address.as_str()), StopCause::OptOut, at)?;
    }
    Ok(())
}

/// What a record's own field says, kept in the ledger: that the person opted out is an objection to be solicited. Whoever
/// takes the field back takes back what the field said, and nothing that the person said otherwise.
///
/// # Errors
/// [`ApprovalProblem::ObjectionStands`], and the store's own.
pub(crate) fn keep_field(cx: &mut Cx<'_>, before: Option<&Row>, row: &Row) -> Result<()> {
    let was = before.map_or(Consent::Unknown, |row| consent_of(&row.body));
    let is = consent_of(&row.body);
    if was == is || !matches!(row.body, AnyRecord::Lead(_) | AnyRecord::Contact(_)) {
        return Ok(());
    }
    let source = Some(format!("{}.{CONSENT}", row.body.kind().name()));
    let mark = Mark { at: cx.at(), proof: None, source, actor: Some(cx.actor().name().to_owned()) };
    let purpose = Some(ContactPurpose::Prospecting);
    if is == Consent::OptedOut {
        let links = match row.body.kind() {
            Kind::Lead => (Some(row.id), None),
            _ => (None, Some(row.id)),
        };
        for address in addresses_of(cx.rules().identity(), row) {
            let scope = ConsentScope { address, purpose, channel: None };
            record_consent(cx, scope, ConsentAct::Withdrawn, mark.clone(), links)?;
        }
        let whom = if links.0.is_some() { Whom::Lead(row.id) } else { Whom::Contact(row.id) };
        stop_enrolments(cx, whom, StopCause::OptOut, cx.at())?;
    } else if was == Consent::OptedOut {
        let person = Person::of(cx, &[row.key()], "", None)?;
        let kept = person.events(cx)?;
        let ledger = ledger_of(&kept, None, cx.at());
        let standing: Vec<(ConsentScope, Mark)> =
            ledger.objections().map(|(scope, mark)| (scope.clone(), mark.clone())).collect();
        let by_field = |mark: &Mark| mark.source.as_deref().is_some_and(|source| FIELDS.contains(&source));
        if let Some((_, mark)) = standing.iter().find(|(_, mark)| !by_field(mark)) {
            let since = crate::kernel::time::format_instant(mark.at);
            let detail = crate::kernel::approval_problem::ApprovalProblem::ObjectionStands { since };
            return Err(crate::Error::from(crate::kernel::error::Problem::Approval { detail }).at(CONSENT));
        }
        for (scope, _) in standing {
            record_consent(cx, scope, ConsentAct::Lifted, mark.clone(), (None, None))?;
        }
    }
    Ok(())
}

/// What the ledger names as the source of what a record's field said.
const FIELDS: &[&str] = &["lead.consent", "contact.consent"];
