//! What channels tell of messages after they took them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::super::body::{instant_of, raw_text};
use super::super::draft_state::{Turn, draft_of, happen, proposal_of};
use super::super::{Command, Cx, Verb};
use super::envelope::{channel_of, line_of};
use super::follow::Ours;
use super::heard::{beginning, reasons_json};
use super::notice::{MOST_DIAGNOSTIC_BYTES, Notice, bounce_of};
use super::thread::{Address, messages_with_id};
use crate::kernel::approval::{ChannelKind, ParcelState, ReportKind};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Key, Kind, OutboxItem};
use crate::rules::Rules;
use crate::rules::approval::{Event, Outcome};
use crate::rules::consent::AddressHash;
use crate::rules::reply::{BounceCategory, message_id};

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
