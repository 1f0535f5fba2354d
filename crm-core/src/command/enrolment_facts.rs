//! What is known of the record of an enrolment when a step is to run: its addresses, what stops sequences, what it got.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::Cx;
use super::compose::address_of;
use super::consent_facts::ledger_of;
use super::consent_person::Person;
use super::enrolment_state::{enrolment_of, state_of};
use super::open_work::{asked, some_rows};
use crate::kernel::approval::{ChannelKind, DraftState, ParcelState};
use crate::kernel::consent_reason::{ContactChannel, ContactPurpose};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Consent, Enrolment as EnrolmentRow, Key, Kind, Row, consent_of};
use crate::rules::consent::{AddressHash, ConsentEvent, ConsentScope, Ledger, Mark};
use crate::rules::identity::Identity;
use crate::rules::sequence::{Limits, Sent, Sequence, StepKind, StopCause};
use crate::store::Order;

/// Most other enrolments of a record that are looked at, the latest.
const MOST_OTHERS: usize = 100;
/// Most messages to a person that are counted, the latest.
const MOST_SENT: usize = 500;
/// Most messages by a channel that are counted, the latest.
const MOST_BY_CHANNEL: usize = 5_000;

/// The record that an enrolment is of.
pub(crate) fn subject_key(enrolment: &EnrolmentRow) -> Option<Key> {
    let lead = enrolment.lead.map(|id| Key { kind: Kind::Lead, id });
    lead.or_else(|| enrolment.contact.map(|id| Key { kind: Kind::Contact, id }))
}

/// A person's e-mail address and phone number; empty where there is none.
pub(crate) fn addresses(subject: &Row) -> (&str, &str) {
    match &subject.body {
        AnyRecord::Lead(lead) => (&lead.email, if lead.mobile.is_empty() { &lead.phone } else { &lead.mobile }),
        AnyRecord::Contact(c) => (&c.email, if c.mobile.is_empty() { &c.phone } else { &c.mobile }),
        _ => ("", ""),
    }
}

/// The hashes of a person's e-mail address and phone number; empty where there is none.
pub(crate) fn hashes_of(identity: &Identity, subject: &Row) -> (String, String) {
    let (email, phone) = addresses(subject);
    let hash = |address: &str| {
        let hash = (!address.is_empty()).then(|| AddressHash::of(identity, address).ok()).flatten();
        hash.map(|hash| hash.as_str().to_owned()).unwrap_or_default()
    };
    (hash(email), hash(phone))
}

/// Whether a record has what a kind of step needs.
fn is_reachable(kind: StepKind, subject: &Row) -> bool {
    let channel = |channel| !address_of(channel, subject).is_empty();
    match kind {
        StepKind::Email => channel(ChannelKind::Email),
        StepKind::Sms => channel(ChannelKind::Sms),
        StepKind::Linkedin => channel(ChannelKind::Linkedin),
        StepKind::Letter => channel(ChannelKind::Letter),
        StepKind::Call => channel(ChannelKind::Phone),
        StepKind::Task | StepKind::Wait | StepKind::Branch => true,
    }
}

/// The kinds of steps for which a record has no address.
pub(crate) fn missing(subject: &Row) -> BTreeSet<StepKind> {
    StepKind::ALL.iter().copied().filter(|kind| !is_reachable(*kind, subject)).collect()
}

/// What holds of a record that stops sequences, whoever told it.
pub(crate) fn holds(cx: &mut Cx<'_>, subject: &Row) -> Result<BTreeSet<StopCause>> {
    let mut holds = BTreeSet::new();
    if consent_of(&subject.body) == Consent::OptedOut {
        holds.insert(StopCause::OptOut);
    }
    if matches!(&subject.body, AnyRecord::Lead(lead) if lead.converted_at.is_some() || lead.converted == Some(true)) {
        holds.insert(StopCause::Converted);
    }
    let (email, phone) = addresses(subject);
    for written in [email, phone].into_iter().filter(|written| !written.is_empty()) {
        let Ok(address) = AddressHash::of(cx.rules().identity(), written) else { continue };
        let ledger = ledger(cx, subject, &address)?;
        if ledger.objection(ContactPurpose::Prospecting).is_some() {
            holds.insert(StopCause::OptOut);
        }
        // A number that is gone stops no e-mails.
        if written == email && ledger.bounced(Some(&address), ContactChannel::Email).is_some() {
            holds.insert(StopCause::BounceHard);
        }
    }
    Ok(holds)
}

/// What was said by a person, over all of the person's records and addresses, as it is and as it will be.
pub(crate) fn ledger(cx: &mut Cx<'_>, subject: &Row, address: &AddressHash) -> Result<Ledger> {
    let person = Person::of(cx, &[subject.key()], "", Some(address.clone()))?;
    let kept = person.events(cx)?;
    let mut ledger = ledger_of(&kept, Some(address), cx.at());
    let known: BTreeSet<Id> = kept.iter().map(|kept| kept.row.id).collect();
    for row in cx.staged(Kind::ConsentEvent).filter(|row| !known.contains(&row.id)) {
        let AnyRecord::ConsentEvent(event) = &row.body else { continue };
        let (Ok(address), Some(act)) = (AddressHash::parse(&event.address_hash), event.act) else { continue };
        if person.addresses.contains(&address) {
            let scope = ConsentScope { address, purpose: event.purpose, channel: event.channel };
            let at = event.happened_at.unwrap_or(row.created_at);
            ledger.step(ConsentEvent { scope, act, mark: Mark { at, proof: None, source: None, actor: None } });
        }
    }
    Ok(ledger)
}

/// All enrolments of a record but one, the latest first, as they are and as they will be.
pub(crate) fn enrolments_of(cx: &mut Cx<'_>, subject: Key, but: Option<Id>) -> Result<Vec<Row>> {
    let field = subject.kind.name();
    let mut query = asked(cx, Kind::Enrolment, vec![Predicate::test(field, Operator::Equal, subject.id.to_string())])?;
    let (order, _) = query.schema.resolve("created_at")?;
    query.order = vec![Order { field: order, descending: true }];
    cx.by_itself(|cx| {
        let stored = some_rows(cx, query, MOST_OTHERS)?;
        let is_of = |row: &&Row| enrolment_of(row).and_then(subject_key) == Some(subject);
        let mut rows: Vec<Row> = cx.staged(Kind::Enrolment).filter(is_of).cloned().collect();
        let known: BTreeSet<Id> = cx.staged(Kind::Enrolment).map(|row| row.id).collect();
        rows.extend(stored.into_iter().filter(|row| !known.contains(&row.id)));
        rows.retain(|row| Some(row.id) != but);
        Ok(rows)
    })
}

/// When other enrolments of the same record made something.
pub(crate) fn other_runs(cx: &mut Cx<'_>, subject: Key, but: Id) -> Result<Vec<Instant>> {
    let mut runs = Vec::new();
    for row in enrolments_of(cx, subject, Some(but))? {
        let Some(enrolment) = enrolment_of(&row) else { continue };
        runs.extend(state_of(row.id, enrolment)?.runs.iter().filter(|run| run.acted).map(|run| run.at));
    }
    Ok(runs)
}

/// What the person got and what the channel sent, as far as the sequence's limits ask.
pub(crate) fn sent(cx: &mut Cx<'_>, sequence: &Sequence, subject: &Row, channel: &str) -> Result<Sent> {
    let limits = &sequence.throttle;
    let since = |limits: &Limits| {
        let days = limits.keys().map(|span| span.days()).max().unwrap_or(0);
        let days = i64::try_from(days).ok().and_then(TimeDelta::try_days)?;
        let least = TimeDelta::try_seconds(limits_seconds(sequence))?;
        cx.at().checked_sub_signed(days.max(least))
    };
    let (contact_since, mailbox_since) = (since(&limits.contact), since(&limits.mailbox));
    let mut sent = Sent::default();
    if let Some(since) = contact_since.filter(|_| !limits.contact.is_empty()) {
        sent.contact = to_person(cx, subject, since)?;
    }
    if let Some(since) = mailbox_since {
        sent.mailbox = by_channel(cx, channel, since)?;
    }
    Ok(sent)
}

const fn limits_seconds(sequence: &Sequence) -> i64 {
    sequence.throttle.spacing_seconds
}

/// Messages that left, or that wait and may leave, to one person.
fn to_person(cx: &mut Cx<'_>, subject: &Row, since: Instant) -> Result<Vec<Instant>> {
    let mut drafts = Vec::new();
    let field = subject.body.kind().name();
    let of_record = Predicate::test(field, Operator::Equal, subject.id.to_string());
    let query = asked(cx, Kind::Draft, vec![of_record, newer(since)])?;
    cx.by_itself(|cx| {
        drafts.extend(some_rows(cx, query, MOST_SENT)?);
        Ok::<_, crate::Error>(())
    })?;
    let (email, phone) = hashes_of(cx.rules().identity(), subject);
    let mut times = planned(cx, drafts, |draft| match subject.body.kind() {
        Kind::Lead => draft.lead == Some(subject.id),
        _ => draft.contact == Some(subject.id),
    });
    // What went to the same address for the sake of another record.
    for hash in [email, phone].into_iter().filter(|hash| !hash.is_empty()) {
        let to = Predicate::test("address_hash", Operator::Equal, hash);
        let since = Predicate::test("sent_at", Operator::AtLeast, format_instant(since));
        let query = asked(cx, Kind::OutboxItem, vec![to, since])?;
        let rows = cx.by_itself(|cx| some_rows(cx, query, MOST_SENT))?;
        times.extend(rows.into_iter().filter_map(|row| match row.body {
            AnyRecord::OutboxItem(item) if item.state == Some(ParcelState::Sent) => {
                let is_own = match subject.body.kind() {
                    Kind::Lead => item.lead == Some(subject.id),
                    _ => item.contact == Some(subject.id),
                };
                item.sent_at.filter(|_| !is_own)
            }
            _ => None,
        }));
    }
    Ok(times)
}

/// Messages that left, or that wait and may leave, by one channel. The commit does not depend on them: the last check
/// before a hand-off counts again.
fn by_channel(cx: &mut Cx<'_>, channel: &str, since: Instant) -> Result<Vec<Instant>> {
    let by = Predicate::test("channel", Operator::Equal, channel);
    let mut query = asked(cx, Kind::Draft, vec![by, newer(since)])?;
    let (field, _) = query.schema.resolve("send_not_before")?;
    query.order = vec![Order { field, descending: true }];
    let mut aside = cx.aside();
    let rows = aside.by_itself(|cx| some_rows(cx, query, MOST_BY_CHANNEL))?;
    Ok(planned(cx, rows, |draft| draft.channel == channel))
}

fn newer(since: Instant) -> Predicate {
    Predicate::test("send_not_before", Operator::AtLeast, format_instant(since))
}

/// When drafts leave at the earliest, without those that never will; staged ones among them.
fn planned(cx: &Cx<'_>, stored: Vec<Row>, fits: impl Fn(&crate::model::Draft) -> bool) -> Vec<Instant> {
    let staged: BTreeSet<Id> = cx.staged(Kind::Draft).map(|row| row.id).collect();
    let rows = stored.iter().filter(|row| !staged.contains(&row.id)).chain(cx.staged(Kind::Draft));
    let never = [DraftState::Rejected, DraftState::Expired, DraftState::Superseded, DraftState::Cancelled];
    let time = |row: &Row| {
        let AnyRecord::Draft(draft) = &row.body else { return None };
        let may_leave = row.archived_at.is_none() && draft.state.is_none_or(|state| !never.contains(&state));
        draft.send_not_before.filter(|_| may_leave && fits(draft))
    };
    rows.filter_map(time).collect()
}
