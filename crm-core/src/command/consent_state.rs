//! The legal check before a hand-off, and the one place where the consent ledger is written.

use super::Cx;
use super::consent_facts::{ContactPlan, facts_of};
use super::consent_person::{Person, found_by};
use crate::kernel::approval::ChannelKind;
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::consent_reason::{ConsentAct, ContactPurpose, ContactTopic, Mention};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::reason::Reason;
use crate::kernel::time::format_instant;
use crate::model::{AnyRecord, ConsentEvent as StoredEvent, Draft, Key, Kind, Row};
use crate::rules::approval::{Backing, Check, Finding, Proposal};
use crate::rules::consent::{ConsentEvent, ConsentScope, ContactAnswer, Finding as LegalFinding, Mark};

/// Whether law and ledger let a draft go to one recipient now.
///
/// What is not known never helps: without a purpose it is prospecting, without a channel that the law knows nothing was
/// checked. A doubt is a refusal unless a person approved it and says to have looked. A message that may leave contains
/// everything that it has to.
///
/// # Errors
/// What is wrong with stored rows, and the store's own.
pub(crate) fn consent_check(cx: &mut Cx<'_>, draft: &Draft, proposal: &Proposal, recipient: &str) -> Result<Check> {
    let Some(channel) = ChannelKind::from_code(&draft.channel).map(ChannelKind::contact_channel) else {
        return Ok(Check::NotMade);
    };
    let lead = draft.lead.map(|id| Key { kind: Kind::Lead, id });
    let contact = draft.contact.map(|id| Key { kind: Kind::Contact, id });
    let keys: Vec<Key> = lead.into_iter().chain(contact).collect();
    let purpose = ContactPurpose::from_code(&draft.purpose).unwrap_or(ContactPurpose::Prospecting);
    let plan = ContactPlan {
        purpose,
        topic: ContactTopic::from_code(&draft.topic),
        similar_product: draft.similar_product,
        conversation: draft.conversation,
        is_bulk: draft.recipients.len() > 1,
    };
    let person = Person::of(cx, &keys, recipient, None)?;
    let facts = facts_of(cx, &person, recipient, plan)?;
    Ok(match cx.rules().consent().may_contact(&facts, channel, purpose, cx.at()) {
        ContactAnswer::Deny { reasons, .. } => Check::Refused(reasons.into_iter().map(finding).collect()),
        ContactAnswer::Review { reasons } => {
            let approval = proposal.approval();
            let looked = approval.is_some_and(|one| one.is_reviewed && one.backing == Backing::Person);
            if looked { Check::Passed } else { Check::Refused(reasons.into_iter().map(finding).collect()) }
        }
        ContactAnswer::Allow { must_include, .. } => {
            let missing = must_include.into_iter().filter(|mention| !is_mentioned(draft, *mention));
            let missing: Vec<Finding> = missing.map(lacks).collect();
            if missing.is_empty() { Check::Passed } else { Check::Refused(missing) }
        }
    })
}

fn finding(found: LegalFinding) -> Finding {
    Finding { reason: Reason::Consent(found.reason), until: found.until }
}

const fn lacks(mention: Mention) -> Finding {
    Finding { reason: Reason::Approval(ApprovalReason::MissingMention { mention }), until: None }
}

fn is_mentioned(draft: &Draft, mention: Mention) -> bool {
    draft.mentions.iter().any(|code| code == mention.code())
}

/// Writes down what a person said, once: the same event again changes nothing. A later writer of the same words at the same
/// instant finds the row there.
///
/// # Errors
/// [`Problem::Missing`] of a consent without purpose or channel, [`Problem::InFuture`] of what is said to come later, and
/// the store's own.
pub(crate) fn record_consent(
    cx: &mut Cx<'_>,
    scope: ConsentScope,
    act: ConsentAct,
    mark: Mark,
    (lead, contact): (Option<Id>, Option<Id>),
) -> Result<Id> {
    if mark.at > cx.at() {
        let (found, latest) = (format_instant(mark.at), format_instant(cx.at()));
        return Err(Problem::InFuture { found, latest }.into());
    }
    let ConsentEvent { scope, act, mark } = after_all(cx, ConsentEvent::new(scope, act, mark)?)?;
    let event = StoredEvent {
        address_hash: scope.address.as_str().to_owned(),
        act: Some(act),
        purpose: scope.purpose,
        channel: scope.channel,
        happened_at: Some(mark.at),
        proof: mark.proof.unwrap_or_default(),
        source: mark.source.unwrap_or_default(),
        actor: mark.actor.unwrap_or_else(|| cx.actor().name().to_owned()),
        lead,
        contact,
        ..StoredEvent::default()
    };
    let id = event.own_id();
    cx.by_itself(|cx| {
        if cx.row(Key { kind: Kind::ConsentEvent, id })?.is_none() {
            cx.insert(id, event.into())?;
        }
        Ok(id)
    })
}

/// An event as it counts: what restricts and is said now comes after everything that was said of the address, also where a
/// clock was ahead then.
///
/// # Errors
/// The store's own.
pub(super) fn after_all(cx: &mut Cx<'_>, mut event: ConsentEvent) -> Result<ConsentEvent> {
    if !event.act.is_restrictive() || event.mark.at != cx.at() {
        return Ok(event);
    }
    let address = event.scope.address.as_str().to_owned();
    let rows = cx.by_itself(|cx| found_by(cx, Kind::ConsentEvent, "address_hash", &[address]))?;
    let said_at = |row: &Row| match &row.body {
        AnyRecord::ConsentEvent(said) => said.happened_at,
        _ => None,
    };
    let last = rows.iter().filter_map(said_at).max();
    event.mark.at = event.mark.at.max(last.unwrap_or(event.mark.at));
    Ok(event)
}
