//! What one report about a message changes, and what follows from it.

use chrono::TimeDelta;
use serde_json::Value as Json;

use super::super::Cx;
use super::super::open_work::{asked, some_rows};
use super::follow::{End, Ours, Persons, give_task};
use super::heard::reasons_text;
use super::thread::Talk;
use crate::kernel::approval::{ChannelKind, Delivery, ReportKind};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reply_reason::{BounceType, TalkTask};
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, DeliveryReport, Key, Kind, Message, Row};
use crate::rules::consent::{AddressHash, Mark};
use crate::rules::reply::{self, Bounce, BounceCategory, BounceFacts, SoftBounce, Status, message_id};
use crate::store::Order;

/// Most bytes of a channel's words.
pub(super) const MOST_DIAGNOSTIC_BYTES: usize = 16 * 1024;
/// Most reports about one address that count, the latest.
const MOST_REPORTS: usize = 1_000;

/// One thing that is told of a message.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    pub(super) channel: ChannelKind,
    pub(super) kind: ReportKind,
    /// The message, where it is known.
    pub(super) ours: Option<Ours>,
    /// Whom the report names.
    pub(super) recipient: Option<AddressHash>,
    /// Why it came back.
    pub(super) bounce: Option<Bounce>,
    pub(super) at: Instant,
    pub(super) provider_id: String,
    pub(super) status: String,
    pub(super) diagnostic: String,
}

impl Notice {
    /// Writes it down and does what follows; how final it is, of what came back.
    pub(super) fn record(&self, cx: &mut Cx<'_>, id: Id) -> Result<Option<BounceType>> {
        let hash = self.hashes().into_iter().next().map(|hash| hash.as_str().to_owned()).unwrap_or_default();
        let reasons = self.bounce.as_ref().map(|bounce| reasons_text(&bounce.reasons)).unwrap_or_default();
        let report = DeliveryReport {
            channel: Some(self.channel),
            provider_id: self.provider_id.clone(),
            outbox_item: self.ours.as_ref().map(|ours| ours.item_id),
            draft: self.ours.as_ref().and_then(|ours| ours.item.draft),
            kind: Some(self.kind),
            address_hash: hash,
            status: self.status.clone(),
            diagnostic: self.diagnostic.clone(),
            category: self.bounce.as_ref().map(|bounce| bounce.category.code().to_owned()).unwrap_or_default(),
            bounce: self.bounce.as_ref().map(|bounce| bounce.kind),
            happened_at: Some(self.at),
            reasons,
            ..DeliveryReport::default()
        };
        let key = Key { kind: Kind::DeliveryReport, id };
        match cx.row(key)? {
            None => cx.insert(id, report.into())?,
            Some(row) => cx.update(Row { body: report.into(), ..row })?,
        };
        self.follow(cx, id)
    }

    /// The addresses that it is about.
    fn hashes(&self) -> Vec<AddressHash> {
        let ours = self.ours.as_ref().and_then(|ours| AddressHash::parse(&ours.item.address_hash).ok());
        let named = self.recipient.clone().filter(|named| ours.as_ref() != Some(named));
        ours.into_iter().chain(named).collect()
    }

    fn persons(&self, cx: &mut Cx<'_>) -> Result<Persons> {
        let mut persons = Persons { hashes: self.hashes().into_iter().collect(), ..Persons::default() };
        if let Some(ours) = &self.ours {
            persons.add(cx, ours.item.lead.map(|id| Key { kind: Kind::Lead, id }))?;
            persons.add(cx, ours.item.contact.map(|id| Key { kind: Kind::Contact, id }))?;
        }
        Ok(persons)
    }

    fn follow(&self, cx: &mut Cx<'_>, id: Id) -> Result<Option<BounceType>> {
        self.deliver(cx)?;
        let mark = Mark {
            at: self.at,
            proof: Some(format!("delivery_report {id}")),
            source: Some("delivery_report".into()),
            actor: None,
        };
        match (self.kind, &self.bounce) {
            (ReportKind::Complaint, _) => {
                self.persons(cx)?.end(cx, End::OptOut { of_everything: false }, self.channel, &mark)?;
                Ok(None)
            }
            (ReportKind::Bounced, Some(bounce)) => {
                let mut kind = bounce.kind;
                let persons = self.persons(cx)?;
                if kind == BounceType::Soft && self.is_too_often(cx, id, &persons)? {
                    kind = BounceType::Hard;
                }
                match kind {
                    BounceType::Hard => persons.end(cx, End::Bounce, self.channel, &mark)?,
                    BounceType::Blocked => self.ask(cx)?,
                    BounceType::Soft => {}
                }
                Ok(Some(kind))
            }
            _ => Ok(None),
        }
    }

    /// The message that went out says what became of it: the gravest.
    fn deliver(&self, cx: &mut Cx<'_>) -> Result<()> {
        let Some(ours) = &self.ours else { return Ok(()) };
        let delivery = match self.kind {
            ReportKind::Delivered => Delivery::Delivered,
            ReportKind::Deferred => Delivery::Deferred,
            ReportKind::Bounced => Delivery::Bounced,
            ReportKind::Complaint => Delivery::Complained,
            ReportKind::Opened => return Ok(()),
        };
        let key = Key { kind: Kind::Message, id: Message::sent_id(ours.item_id) };
        let Some(mut row) = cx.row(key)? else { return Ok(()) };
        if let AnyRecord::Message(message) = &mut row.body
            && message.delivery < Some(delivery)
        {
            message.delivery = Some(delivery);
            cx.update(row)?;
        }
        Ok(())
    }

    /// Whether messages to an address came back for now too often.
    fn is_too_often(&self, cx: &mut Cx<'_>, id: Id, persons: &Persons) -> Result<bool> {
        let limits = cx.rules().reply().soft_limits();
        // The channel's id, or the outbox's where the channel gave none.
        let message = |item: Option<Id>, provider_id: &str| item.map_or(provider_id.to_owned(), |id| id.to_string());
        let own = message(self.ours.as_ref().map(|ours| ours.item_id), &self.provider_id);
        for hash in &persons.hashes {
            let to = Predicate::test("address_hash", Operator::Equal, hash.as_str());
            let by = Predicate::test("channel", Operator::Equal, self.channel.code());
            // What is further away counts with nothing.
            let near = TimeDelta::try_days(limits.days);
            let from = near.and_then(|days| self.at.checked_sub_signed(days));
            let until = near.and_then(|days| self.at.checked_add_signed(days));
            let mut filter = vec![to, by];
            filter.extend(from.map(|at| Predicate::test("happened_at", Operator::AtLeast, format_instant(at))));
            filter.extend(until.map(|at| Predicate::test("happened_at", Operator::AtMost, format_instant(at))));
            let mut query = asked(cx, Kind::DeliveryReport, filter)?;
            query.order = vec![Order { field: query.schema.resolve("happened_at")?.0, descending: true }];
            let (mut bounces, mut delivered) = (vec![SoftBounce { at: self.at, message: own.clone() }], Vec::new());
            for row in some_rows(cx, query, MOST_REPORTS)? {
                let AnyRecord::DeliveryReport(report) = row.body else { continue };
                let Some(at) = report.happened_at.filter(|_| row.id != id) else { continue };
                match (report.kind, report.bounce) {
                    (Some(ReportKind::Bounced), Some(BounceType::Soft)) => {
                        let message = message(report.outbox_item, &report.provider_id);
                        bounces.push(SoftBounce { at, message });
                    }
                    (Some(ReportKind::Delivered), _) => delivered.push(at),
                    _ => {}
                }
            }
            if limits.judge(&bounces, &delivered).kind == BounceType::Hard {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whoever is responsible finds out why messages are refused.
    fn ask(&self, cx: &mut Cx<'_>) -> Result<()> {
        let Some(ours) = &self.ours else { return Ok(()) };
        let talk = ours.message.conversation.map(|id| Talk::known(cx, id)).transpose()?.flatten();
        if let Some(mut talk) = talk {
            give_task(cx, &mut talk, Message::sent_id(ours.item_id), TalkTask::Blocked)?;
            talk.save(cx)?;
        }
        Ok(())
    }
}

/// Does what reports said of a message before it was known here.
pub(super) fn catch_up(cx: &mut Cx<'_>, ours: &Ours) -> Result<()> {
    let provider_id = ours.item.provider_id.as_str();
    let Some(channel) = ours.item.channel.filter(|_| !provider_id.is_empty()) else { return Ok(()) };
    let filter = vec![
        Predicate::test("provider_id", Operator::Equal, message_id(provider_id)),
        Predicate::test("channel", Operator::Equal, channel.code()),
        Predicate::test("outbox_item", Operator::IsNull, Json::Null),
    ];
    let query = asked(cx, Kind::DeliveryReport, filter)?;
    for row in some_rows(cx, query, MOST_REPORTS)? {
        let AnyRecord::DeliveryReport(report) = row.body else { continue };
        let (Some(kind), Some(at)) = (report.kind, report.happened_at) else { continue };
        let notice = Notice {
            channel,
            kind,
            ours: Some(ours.clone()),
            recipient: AddressHash::parse(&report.address_hash).ok(),
            bounce: match report.bounce {
                None => None,
                Some(_) => bounce_of(&report.status, &report.diagnostic, BounceCategory::from_code(&report.category))?,
            },
            at,
            provider_id: report.provider_id.clone(),
            status: report.status.clone(),
            diagnostic: report.diagnostic.clone(),
        };
        notice.record(cx, row.id)?;
    }
    Ok(())
}

/// Why a message came back, by what a channel says.
pub(super) fn bounce_of(status: &str, diagnostic: &str, category: Option<BounceCategory>) -> Result<Option<Bounce>> {
    let code = match status.trim() {
        "" => None,
        status => {
            let expected = "a status code such as `5.1.1` or `550`";
            let wrong = || Problem::WrongShape { expected, found: shortened(status, 60) };
            Some(Status::parse(status).ok_or_else(wrong).map_err(|e| Error::from(e).at("status"))?)
        }
    };
    let facts = BounceFacts { category, status: code, action: "failed".into(), text: diagnostic.to_owned() };
    Ok(reply::bounce(&facts))
}
