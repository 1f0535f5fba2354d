//! What channels tell of messages after they took them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::super::body::{instant_of, raw_text};
use super::super::draft_state::{Turn, draft_of, happen, proposal_of};
use super::super::open_work::{asked, some_rows};
use super::super::{Command, Cx, Verb};
use super::follow::{End, Ours, Persons, give_task};
use super::heard::{beginning, reasons_json, reasons_text};
use super::receive::{channel_of, line_of};
use super::thread::{Address, Talk, messages_with_id};
use crate::kernel::approval::{ChannelKind, Delivery, ParcelState, ReportKind};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reply_reason::{BounceType, TalkTask};
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, DeliveryReport, Key, Kind, Message, OutboxItem, Row};
use crate::rules::Rules;
use crate::rules::approval::{Event, Outcome};
use crate::rules::consent::{AddressHash, Mark};
use crate::rules::reply::{self, Bounce, BounceCategory, BounceFacts, SoftBounce, Status, message_id};
use crate::store::Order;

/// Most bytes of a channel's words.
const MOST_DIAGNOSTIC_BYTES: usize = 16 * 1024;
/// Most reports about one address that count, the latest.
const MOST_REPORTS: usize = 1_000;

/// What a channel tells of a message later: `{"channel": "email", "provider_id": "<17@morel.fr>", "kind": "bounced",
/// "status": "5.1.1", "diagnostic": "user unknown", "recipient": "marie@durand.fr", "happened_at": "..."}`.
///
/// The message is named by the channel's id of it or by the outbox's `key`. `category` is what the host's own table says
/// ([`BounceCategory`](crate::rules::reply::BounceCategory)).
///
/// - A message whose fate nobody knew is known to have left: the draft is settled.
/// - `bounced` for good, and a `complaint`, go to the consent ledger and end sequences. Bounces for now are counted
///   ([`SoftLimits`](crate::rules::reply::SoftLimits)).
/// - `opened` is no sign of anything, and nothing is written.
///
/// The same report again changes nothing, and the order of reports does not matter. One about a message that nobody knows
/// yet waits for it: callbacks are often faster than the answer of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportDelivery {
    /// The channel.
    pub channel: Option<ChannelKind>,
    /// The channel's id of the message.
    pub provider_id: String,
    /// The outbox's key of it.
    pub key: String,
    /// The address that it went to.
    pub recipient: String,
    /// What happened.
    pub kind: Option<ReportKind>,
    /// The status code, `5.1.1` or `550`.
    pub status: String,
    /// What the channel says.
    pub diagnostic: String,
    /// The cause, as the host knows it.
    pub category: Option<BounceCategory>,
    /// When it happened.
    pub happened_at: Option<Instant>,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// Its row, where one was written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Id>,
    /// `recorded`, `duplicate`, `waiting` for a message that is not known yet, or `ignored`.
    pub status: String,
    /// The draft of the message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub draft: Option<Id>,
    /// Of what came back: `hard`, `soft` or `blocked`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bounce: Option<String>,
    /// Why.
    pub reasons: Vec<Json>,
}

const KEYS: &[&str] =
    &["channel", "provider_id", "key", "recipient", "kind", "status", "diagnostic", "category", "happened_at"];

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
fn bounce_of(status: &str, diagnostic: &str, category: Option<BounceCategory>) -> Result<Option<Bounce>> {
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

impl ReportDelivery {
    /// The row of the outbox that is meant.
    fn item(&self, cx: &mut Cx<'_>, channel: ChannelKind) -> Result<Option<(Id, OutboxItem)>> {
        if !self.key.is_empty() {
            let id = OutboxItem::id_of(&self.key);
            return Ok(match cx.row(Key { kind: Kind::OutboxItem, id })?.map(|row| row.body) {
                Some(AnyRecord::OutboxItem(item)) if item.channel == Some(channel) => Some((id, *item)),
                _ => None,
            });
        }
        let known = messages_with_id(cx, channel, &self.provider_id)?;
        let items: BTreeSet<Id> = known.iter().filter_map(|(_, message)| message.outbox_item).collect();
        // An id that two messages have names neither.
        let (Some(id), 1) = (items.first().copied(), items.len()) else { return Ok(None) };
        Ok(match cx.row(Key { kind: Kind::OutboxItem, id })?.map(|row| row.body) {
            Some(AnyRecord::OutboxItem(item)) => Some((id, *item)),
            _ => None,
        })
    }

    /// A report proves that the message left, whatever was known of it.
    fn settle(&self, cx: &mut Cx<'_>, item: &OutboxItem) -> Result<()> {
        let Some(id) = item.draft else { return Ok(()) };
        let row = cx.existing(Key { kind: Kind::Draft, id })?;
        let Some(draft) = draft_of(&row) else { return Ok(()) };
        let proposal = proposal_of(cx.workspace(), id, draft)?;
        let Some(parcel) = proposal.parcel(&item.key).filter(|parcel| parcel.fence > 0) else { return Ok(()) };
        let told = message_id(&self.provider_id);
        let is_known = parcel.state == ParcelState::Sent && (parcel.provider_id.is_some() || told.is_empty());
        if is_known {
            return Ok(());
        }
        let outcome = Outcome::Sent { provider_id: (!told.is_empty()).then(|| self.provider_id.clone()) };
        let event = Event::Settle { key: item.key.clone(), fence: parcel.fence, outcome };
        happen(cx, id, &Turn::new(event))?;
        Ok(())
    }

    fn own_id(&self, cx: &Cx<'_>, channel: ChannelKind) -> Id {
        let recipient = match self.recipient.is_empty() {
            true => String::new(),
            false => Address::of(cx, &self.recipient).key,
        };
        let said = serde_json::json!([
            "delivery_report",
            channel.code(),
            message_id(&self.provider_id),
            self.key,
            recipient,
            self.kind.map(ReportKind::code),
            self.status,
            self.diagnostic,
            self.category.map(BounceCategory::code),
            self.happened_at.map(format_instant),
        ]);
        Id::from_text(&json::canonical(&said))
    }

    fn record(&self, cx: &mut Cx<'_>, channel: ChannelKind, kind: ReportKind) -> Result<Reported> {
        let id = self.own_id(cx, channel);
        let bounce = match kind {
            ReportKind::Bounced => bounce_of(&self.status, &self.diagnostic, self.category)?,
            _ => None,
        };
        let mut reported = Reported {
            id: Some(id),
            status: "recorded".into(),
            draft: None,
            bounce: bounce.as_ref().map(|bounce| bounce.kind.code().to_owned()),
            reasons: bounce.as_ref().map(|bounce| reasons_json(&bounce.reasons)).unwrap_or_default(),
        };
        let item = self.item(cx, channel)?;
        reported.draft = item.as_ref().and_then(|(_, item)| item.draft);
        if cx.row(Key { kind: Kind::DeliveryReport, id })?.is_some() {
            reported.status = "duplicate".into();
            return Ok(reported);
        }
        let mut recipient = Address::of(cx, &self.recipient).hash;
        let ours = match item {
            None => None,
            Some((item_id, item)) => {
                recipient = recipient.or_else(|| AddressHash::parse(&item.address_hash).ok());
                self.settle(cx, &item)?;
                Ours::of_item(cx, item_id)?
            }
        };
        if ours.is_none() {
            reported.status = "waiting".into();
            reported.draft = None;
        }
        let notice = Notice {
            channel,
            kind,
            ours,
            recipient,
            bounce,
            at: self.happened_at.map_or(cx.at(), |at| at.min(cx.at())),
            provider_id: message_id(&self.provider_id).to_owned(),
            status: self.status.clone(),
            diagnostic: self.diagnostic.clone(),
        };
        let told = notice.record(cx, id)?;
        reported.bounce = told.map(|kind| kind.code().to_owned());
        Ok(reported)
    }
}

impl Command for ReportDelivery {
    type Output = Reported;
    const VERB: Verb = Verb::Receive;

    fn name() -> Cow<'static, str> {
        "message.report".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        let mut put = |key: &str, value: Json| {
            if !value.is_null() && value != "" {
                map.insert(key.into(), value);
            }
        };
        put("channel", self.channel.map(ChannelKind::code).into());
        put("provider_id", self.provider_id.as_str().into());
        put("key", self.key.as_str().into());
        put("recipient", self.recipient.as_str().into());
        put("kind", self.kind.map(ReportKind::code).into());
        put("status", self.status.as_str().into());
        put("diagnostic", self.diagnostic.as_str().into());
        put("category", self.category.map(BounceCategory::code).into());
        put("happened_at", self.happened_at.map(format_instant).into());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `channel`, `provider_id` and `kind`")?;
        json::only_keys(map, KEYS)?;
        let kind = map.get("kind").ok_or_else(|| Problem::Missing { name: "kind".into() })?;
        let known = kind.as_str().and_then(ReportKind::from_code);
        let kind = known.ok_or_else(|| json::not_one_of(kind, ReportKind::CODES).at("kind"))?;
        let category = match map.get("category").filter(|json| !json.is_null()) {
            None => None,
            Some(code) => {
                let known = code.as_str().and_then(|code| BounceCategory::from_code(&code.to_ascii_uppercase()));
                Some(known.ok_or_else(|| json::not_one_of(code, BounceCategory::CODES).at("category"))?)
            }
        };
        let diagnostic = raw_text(map, "diagnostic")?.unwrap_or_default();
        if diagnostic.contains('\0') {
            return Err(Error::from(Problem::Nul).at("diagnostic"));
        }
        let diagnostic: String = beginning(diagnostic, MOST_DIAGNOSTIC_BYTES)
            .chars()
            .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
            .collect();
        let report = Self {
            channel: Some(channel_of(map)?),
            provider_id: line_of(map, "provider_id")?,
            key: line_of(map, "key")?,
            recipient: line_of(map, "recipient")?,
            kind: Some(kind),
            status: line_of(map, "status")?,
            diagnostic: diagnostic.trim().to_owned(),
            category,
            happened_at: instant_of(map, "happened_at")?,
        };
        if report.provider_id.is_empty() && report.key.is_empty() {
            return Err(Problem::MissingOneOf { names: &["provider_id", "key"] }.into());
        }
        bounce_of(&report.status, "", None)?;
        Ok(report)
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Reported> {
        let checked = <Self as Command>::from_json(&Command::to_json(self), cx.rules())?;
        let channel = checked.channel.ok_or_else(|| Problem::Missing { name: "channel".into() })?;
        match checked.kind.ok_or_else(|| Problem::Missing { name: "kind".into() })? {
            ReportKind::Opened => {
                let status = "ignored".into();
                Ok(Reported { id: None, status, draft: None, bounce: None, reasons: Vec::new() })
            }
            kind => cx.by_itself(|cx| checked.record(cx, channel, kind)),
        }
    }
}
