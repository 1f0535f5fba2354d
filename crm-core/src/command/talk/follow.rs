//! What follows from a message: sequences, the consent ledger, and whoever has to do something.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Months;

use super::super::Cx;
use super::super::consent_state::record_consent;
use super::super::enrolment_state::{Whom, tell_enrolments};
use super::super::open_work::asked;
use super::notice::Notice;
use super::thread::{Address, Talk, messages_with_id};
use crate::kernel::approval::{ChannelKind, Direction, ParcelState, ReportKind};
use crate::kernel::consent_reason::{ConsentAct, ContactPurpose};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reply_reason::{BounceType, Consequence, ReplyClass, TalkTask};
use crate::kernel::text::shortened;
use crate::kernel::time::Instant;
use crate::lang;
use crate::model::{AnyRecord, Consent, Key, Kind, Message, OutboxItem, Row, Task};
use crate::rules::consent::{AddressHash, ConsentScope, Mark};
use crate::rules::reply::{Reply, message_id};
use crate::rules::sequence::{Event, StopCause};
use crate::store::Order;

/// Most lines of a report that are looked at.
const MOST_LINES: usize = 2_000;
/// Most characters of a name in a task's title.
const MOST_NAME: usize = 120;

/// A message that went out from here, with its row of the outbox.
#[derive(Clone, Debug)]
pub(super) struct Ours {
    pub(super) item_id: Id,
    pub(super) item: OutboxItem,
    pub(super) message: Message,
}

impl Ours {
    /// Of a row of the outbox; `None` of one of which nothing left.
    pub(super) fn of_item(cx: &mut Cx<'_>, id: Id) -> Result<Option<Self>> {
        let Some(AnyRecord::OutboxItem(item)) = cx.row(Key { kind: Kind::OutboxItem, id })?.map(|row| row.body) else {
            return Ok(None);
        };
        let sent = Key { kind: Kind::Message, id: Message::sent_id(id) };
        Ok(match cx.row(sent)?.map(|row| row.body) {
            Some(AnyRecord::Message(message)) => Some(Self { item_id: id, item: *item, message: *message }),
            _ => None,
        })
    }
}

/// The values of a report's lines of a name: `Final-Recipient: rfc822; marie@durand.fr`.
fn values<'t>(text: &'t str, names: &'static [&'static str]) -> impl Iterator<Item = &'t str> {
    text.lines().take(MOST_LINES).filter_map(move |line| {
        let (name, value) = line.split_once(':')?;
        let is_named = names.iter().any(|known| name.trim().eq_ignore_ascii_case(known));
        is_named.then(|| value.rsplit(';').next().unwrap_or(value).trim())
    })
}

/// Which message of ours a report is about: the one that it names by its id, or the last one to the address that it names.
pub(super) fn ours(
    cx: &mut Cx<'_>,
    channel: ChannelKind,
    headers: &[(String, String)],
    text: &str,
    references: &[String],
) -> Result<Option<Ours>> {
    let named = values(text, &["Message-ID", "X-Original-Message-ID"]).map(|id| message_id(id).to_owned());
    let ids: BTreeSet<String> = references.iter().cloned().chain(named.take(10)).collect();
    for id in ids {
        for (_, message) in messages_with_id(cx, channel, &id)? {
            if message.direction == Some(Direction::Outbound)
                && let Some(item) = message.outbox_item
                && let Some(ours) = Ours::of_item(cx, item)?
            {
                return Ok(Some(ours));
            }
        }
    }
    let by_header = headers.iter().filter(|(name, _)| name.trim().eq_ignore_ascii_case("X-Failed-Recipients"));
    let by_header = by_header.map(|(_, value)| value.as_str());
    let by_line = values(text, &["Original-Recipient", "Final-Recipient", "Original-Rcpt-To"]);
    let failed: Vec<String> = by_header.chain(by_line).take(10).map(str::to_owned).collect();
    for written in failed {
        let address = Address::of(cx, &written);
        let Some(hash) = address.hash else { continue };
        let is_sent = Predicate::test("state", Operator::Equal, ParcelState::Sent.code());
        let to = Predicate::test("address_hash", Operator::Equal, hash.as_str());
        let by = Predicate::test("channel", Operator::Equal, channel.code());
        let mut query = asked(cx, Kind::OutboxItem, vec![to, by, is_sent])?;
        query.order = vec![Order { field: query.schema.resolve("sent_at")?.0, descending: true }];
        query.limit = 1;
        let last = cx.find(&query)?.rows.into_iter().next();
        if let Some(ours) = last.map(|row| Ours::of_item(cx, row.id)).transpose()?.flatten() {
            return Ok(Some(ours));
        }
    }
    Ok(None)
}

/// Somebody does not want to be written to, or nobody is there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    OptOut { of_everything: bool },
    Bounce,
}

/// Whom something is said of.
#[derive(Clone, Debug, Default)]
pub(super) struct Persons {
    pub(super) hashes: BTreeSet<AddressHash>,
    pub(super) records: BTreeMap<Key, Row>,
}

impl Persons {
    pub(super) fn add(&mut self, cx: &mut Cx<'_>, key: Option<Key>) -> Result<()> {
        if let Some(row) = key.map(|key| cx.row(key)).transpose()?.flatten() {
            self.records.insert(row.key(), row);
        }
        Ok(())
    }

    /// Tells every enrolment of theirs.
    pub(super) fn tell(&self, cx: &mut Cx<'_>, event: &Event) -> Result<()> {
        let at = cx.at();
        for key in self.records.keys() {
            let whom = match key.kind {
                Kind::Lead => Whom::Lead(key.id),
                Kind::Contact => Whom::Contact(key.id),
                _ => continue,
            };
            tell_enrolments(cx, whom, event, at)?;
        }
        for hash in &self.hashes {
            tell_enrolments(cx, Whom::Address(hash.as_str()), event, at)?;
        }
        Ok(())
    }

    /// Writes an end into the ledger for every address, stops what runs and tells the records.
    pub(super) fn end(&self, cx: &mut Cx<'_>, end: End, channel: ChannelKind, mark: &Mark) -> Result<()> {
        let (act, purpose, by, cause) = match end {
            End::OptOut { of_everything } => {
                let purpose = (!of_everything).then_some(ContactPurpose::Prospecting);
                (ConsentAct::Withdrawn, purpose, None, StopCause::OptOut)
            }
            End::Bounce => (ConsentAct::Bounced, None, Some(channel.contact_channel()), StopCause::BounceHard),
        };
        let one = |kind: Kind| {
            let mut of_kind = self.records.keys().filter(|key| key.kind == kind);
            of_kind.next().filter(|_| of_kind.next().is_none()).map(|key| key.id)
        };
        let links = (one(Kind::Lead), one(Kind::Contact));
        for hash in &self.hashes {
            let scope = ConsentScope { address: hash.clone(), purpose, channel: by };
            record_consent(cx, scope, act, mark.clone(), links)?;
        }
        if matches!(end, End::OptOut { .. }) {
            for key in self.records.keys() {
                opt_out(cx, *key)?;
            }
        }
        self.tell(cx, &Event::Stop(cause))
    }
}

/// The record says so, too.
fn opt_out(cx: &mut Cx<'_>, key: Key) -> Result<()> {
    let Some(mut row) = cx.row(key)? else { return Ok(()) };
    match &mut row.body {
        AnyRecord::Lead(lead) => lead.consent = Consent::OptedOut,
        AnyRecord::Contact(contact) => contact.consent = Consent::OptedOut,
        _ => return Ok(()),
    }
    cx.update(row)?;
    Ok(())
}

/// Gives whoever is responsible a task, one at a time for one conversation; data rights have a term of their own.
pub(super) fn give_task(cx: &mut Cx<'_>, talk: &mut Talk, id: Id, what: TalkTask) -> Result<()> {
    let is_right = what == TalkTask::DataRights;
    // A ticket is a task already.
    if !is_right && talk.body.ticket.is_some() {
        return Ok(());
    }
    if !is_right && let Some(known) = talk.body.follow_up {
        let row = cx.row(Key { kind: Kind::Task, id: known })?;
        let is_open = row.is_some_and(|row| match &row.body {
            AnyRecord::Task(task) => row.archived_at.is_none() && task.completed_at.is_none(),
            _ => false,
        });
        if is_open {
            return Ok(());
        }
    }
    let number = TalkTask::ALL.iter().position(|one| *one == what).unwrap_or(0);
    let id = id.derive(u64::try_from(number).unwrap_or(0).saturating_add(100));
    if cx.row(Key { kind: Kind::Task, id })?.is_some() {
        return Ok(());
    }
    let calendar = cx.rules().reply().calendar();
    let today = calendar.day(cx.at());
    let due = match what {
        // A month from the request on (GDPR, article 12(3)).
        TalkTask::DataRights => today.checked_add_months(Months::new(1)),
        _ => calendar.add_business_days(today, 1).ok(),
    };
    let who = name_of(cx, talk)?;
    let body = &talk.body;
    let task = Task {
        title: lang::talk_task(what, &who, talk.lang(cx)),
        lead: body.lead,
        account: body.account,
        contact: body.contact,
        deal: body.deal,
        ticket: body.ticket,
        assignee: body.owner.clone(),
        due_date: due,
        description: body.subject.clone(),
        ..Task::default()
    };
    cx.insert(id, task.into())?;
    if !is_right {
        talk.body.follow_up = Some(id);
    }
    Ok(())
}

/// What the person is called; the address where nobody knows.
fn name_of(cx: &mut Cx<'_>, talk: &Talk) -> Result<String> {
    let keys = talk.keys();
    for kind in [Kind::Contact, Kind::Lead] {
        let Some(key) = keys.iter().find(|key| key.kind == kind) else { continue };
        let name = match cx.row(*key)?.map(|row| row.body) {
            Some(AnyRecord::Contact(contact)) => format!("{} {}", contact.first_name, contact.last_name),
            Some(AnyRecord::Lead(lead)) => match format!("{} {}", lead.first_name, lead.last_name) {
                name if name.trim().is_empty() => lead.company,
                name => name,
            },
            _ => String::new(),
        };
        if !name.trim().is_empty() {
            return Ok(shortened(name.trim(), MOST_NAME));
        }
    }
    Ok(shortened(&talk.body.address, MOST_NAME))
}

/// A message, and whom it is from.
pub(super) struct Follow<'m> {
    pub(super) message: Id,
    pub(super) channel: ChannelKind,
    pub(super) at: Instant,
    pub(super) sender: &'m Address,
    /// What it reports on.
    pub(super) ours: Option<&'m Ours>,
    /// The leads and contacts that have the sender's address.
    pub(super) people: Vec<Row>,
}

impl Follow<'_> {
    /// Carries out the consequences, and adds those that only what is stored tells.
    pub(super) fn all(
        &self,
        cx: &mut Cx<'_>,
        talk: &mut Talk,
        read: &Reply,
        consequences: &mut BTreeSet<Consequence>,
    ) -> Result<()> {
        if read.class == ReplyClass::Bounce {
            return self.bounced(cx, talk, read, consequences);
        }
        let persons = self.persons(cx, talk)?;
        let has = |one: Consequence| consequences.contains(&one);
        if has(Consequence::Remove) {
            let mark = Mark {
                at: self.at,
                proof: Some(format!("message {}", self.message)),
                source: Some("message".into()),
                actor: None,
            };
            let end = End::OptOut { of_everything: has(Consequence::DataRights) };
            persons.end(cx, end, self.channel, &mark)?;
        } else if has(Consequence::Stop) {
            let is_positive = read.class == ReplyClass::Positive;
            persons.tell(cx, &Event::Reply { is_positive, is_automatic: false })?;
        } else if has(Consequence::Pause) {
            persons.tell(cx, &Event::OutOfOffice { until: read.return_date })?;
        }
        if has(Consequence::DataRights) {
            give_task(cx, talk, self.message, TalkTask::DataRights)?;
        }
        let task = match read.class {
            ReplyClass::Positive => Some(TalkTask::Positive),
            ReplyClass::WrongPerson => Some(TalkTask::WrongPerson),
            ReplyClass::OutOfOffice | ReplyClass::AutoReply if has(Consequence::Stop) => Some(TalkTask::MachineOptOut),
            _ if has(Consequence::Review) => Some(TalkTask::Unclear),
            _ => None,
        };
        task.map_or(Ok(()), |task| give_task(cx, talk, self.message, task))
    }

    /// Whoever wrote, and whoever the conversation is with: people answer from other addresses than they were written to.
    fn persons(&self, cx: &mut Cx<'_>, talk: &Talk) -> Result<Persons> {
        let mut persons = Persons::default();
        match self.ours {
            // A report speaks of whom we wrote to, not of the server that wrote it.
            Some(ours) => {
                persons.hashes.extend(AddressHash::parse(&ours.item.address_hash).ok());
            }
            None => {
                persons.hashes.extend(self.sender.hash.clone());
                persons.records.extend(self.people.iter().map(|row| (row.key(), row.clone())));
            }
        }
        persons.hashes.extend(AddressHash::parse(&talk.body.address_hash).ok());
        for key in talk.keys() {
            if matches!(key.kind, Kind::Lead | Kind::Contact) {
                persons.add(cx, Some(key))?;
            }
        }
        Ok(persons)
    }

    fn bounced(
        &self,
        cx: &mut Cx<'_>,
        talk: &mut Talk,
        read: &Reply,
        consequences: &mut BTreeSet<Consequence>,
    ) -> Result<()> {
        let (Some(ours), Some(bounce)) = (self.ours, &read.bounce) else { return Ok(()) };
        let notice = Notice {
            channel: self.channel,
            kind: ReportKind::Bounced,
            ours: Some(ours.clone()),
            recipient: None,
            bounce: Some(bounce.clone()),
            at: self.at,
            provider_id: ours.item.provider_id.clone(),
            status: String::new(),
            diagnostic: String::new(),
        };
        let told = notice.record(cx, self.message.derive(2))?;
        if told == Some(BounceType::Hard) {
            consequences.extend([Consequence::Stop, Consequence::BadAddress]);
        }
        if consequences.contains(&Consequence::Review) {
            give_task(cx, talk, self.message, TalkTask::Blocked)?;
        }
        Ok(())
    }
}
