//! Writing down what people say about being contacted.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{id_of, instant_of, required_text, text_of};
use super::consent_person::{Person, addresses_of};
use super::consent_said::{Saying, said};
use super::{Command, Cx, Role, Verb};
use crate::kernel::approval::ChannelKind;
use crate::kernel::consent_reason::{ConsentAct, ContactChannel, ContactPurpose};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Key, Kind, OutboxItem};
use crate::rules::Rules;
use crate::rules::consent::{AddressHash, Mark};
use crate::rules::identity::Identity;

/// The acts that somebody may write down.
const ACTS: &[&str] = &["informed", "granted", "refused", "withdrawn", "lifted"];

/// Whose words they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// A lead's or contact's, and those of all addresses that the person has.
    Record(Key),
    /// Those of an address.
    Address(String),
}

/// Writes down what a person said about being contacted:
///
/// ```json
/// {"lead": "...", "act": "granted", "purpose": "prospecting", "channel": "email", "at": "2026-11-20T09:00:00Z",
///  "proof": "newsletter form, version 3", "source": "website"}
/// ```
///
/// The person is a `lead`, a `contact` or an `address`. A consent names purpose, channel and proof, and holds for the
/// addresses of the record that the channel uses; that somebody was `informed` holds for the record's addresses. What
/// restricts (`refused`, `withdrawn`) holds for all addresses that the person has; of a withdrawal the record's
/// `consent` says so too, and enrolments end. An objection stays until it is `lifted`; a consent alone does not lift it.
/// Agents may write down what restricts, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordConsent {
    /// Whose words they are.
    pub speaker: Speaker,
    /// What was said.
    pub act: ConsentAct,
    /// What for; everything where there is none.
    pub purpose: Option<ContactPurpose>,
    /// By which channel; every one where there is none.
    pub channel: Option<ContactChannel>,
    /// When; now where there is none.
    pub happened_at: Option<Instant>,
    /// What proves it.
    pub proof: String,
    /// Where it is known from.
    pub source: String,
}

/// What was written into the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRecorded {
    /// The events, also those that were there already.
    pub events: Vec<Id>,
}

impl Command for RecordConsent {
    type Output = ConsentRecorded;
    const VERB: Verb = Verb::Consent;

    fn name() -> Cow<'static, str> {
        "consent.record".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        match &self.speaker {
            Speaker::Record(key) => map.insert(key.kind.name().into(), key.id.to_string().into()),
            Speaker::Address(address) => map.insert("address".into(), address.as_str().into()),
        };
        map.insert("act".into(), self.act.code().into());
        let texts = [
            ("purpose", self.purpose.map(ContactPurpose::code).unwrap_or_default().to_owned()),
            ("channel", self.channel.map(ContactChannel::code).unwrap_or_default().to_owned()),
            ("at", self.happened_at.map(format_instant).unwrap_or_default()),
            ("proof", self.proof.clone()),
            ("source", self.source.clone()),
        ];
        for (key, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            map.insert(key.into(), text.into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with a `lead`, `contact` or `address` and an `act`")?;
        json::only_keys(map, &["lead", "contact", "address", "act", "purpose", "channel", "at", "proof", "source"])?;
        let record = |key: &'static str, kind: Kind| Ok::<_, Error>(id_of(map, key)?.map(|id| Key { kind, id }));
        let speaker = match (record("lead", Kind::Lead)?, record("contact", Kind::Contact)?, text_of(map, "address")?) {
            (Some(key), None, None) | (None, Some(key), None) => Speaker::Record(key),
            (None, None, Some(address)) => {
                AddressHash::of(rules.identity(), &address).map_err(|e| e.at("address"))?;
                Speaker::Address(address)
            }
            _ => {
                let expected = "exactly one of `lead`, `contact` and `address`";
                return Err(Problem::WrongShape { expected, found: json::shown(body) }.into());
            }
        };
        let act = required_text(map, "act")?;
        let known = ConsentAct::from_code(&act).filter(|_| ACTS.contains(&act.as_str()));
        let unknown = || Error::from(Problem::NotOneOf { found: shortened(&act, 60), expected: ACTS }).at("act");
        let act = known.ok_or_else(unknown)?;
        let (purpose, channel) = (purpose_of(map)?, channel_of(map)?);
        let text = |key| Ok::<_, Error>(text_of(map, key)?.unwrap_or_default());
        let (proof, source, happened_at) = (text("proof")?, text("source")?, instant_of(map, "at")?);
        if act == ConsentAct::Granted {
            let lacks = [("purpose", purpose.is_none()), ("channel", channel.is_none()), ("proof", proof.is_empty())];
            if let Some((name, _)) = lacks.into_iter().find(|(_, lacks)| *lacks) {
                return Err(Problem::Missing { name: name.into() }.into());
            }
        }
        Ok(Self { speaker, act, purpose, channel, happened_at, proof, source })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<ConsentRecorded> {
        if cx.actor().role() == Role::Agent && !self.act.is_restrictive() {
            let command = format!("{}: {}", Self::name(), self.act.code());
            return Err(Error::from(Problem::Forbidden { role: Role::Agent.name().into(), command }).at("act"));
        }
        let identity = cx.rules().identity();
        let (person, named) = match &self.speaker {
            Speaker::Record(key) => {
                // Whoever hears a no writes it down; what loosens is for who changes the record.
                let row = if self.act.is_restrictive() { cx.existing(*key) } else { cx.reached(*key) };
                let row = row.map_err(|e| e.at(key.kind.name()))?;
                let mut named = addresses_of(identity, &row);
                if let (ConsentAct::Granted, Some(channel)) = (self.act, self.channel) {
                    named = used_by(identity, &row.body, channel).unwrap_or(named);
                }
                (Person::of(cx, &[*key], "", None)?, named)
            }
            Speaker::Address(address) => {
                let person = Person::of(cx, &[], address, None)?;
                let named = person.address.iter().cloned().collect();
                (person, named)
            }
        };
        if self.act == ConsentAct::Lifted {
            // What was written down at all addresses is taken back at all of them.
            let all = person.addresses.clone();
            return self.write(cx, &person, &all);
        }
        self.write(cx, &person, &named)
    }
}

impl RecordConsent {
    fn write(&self, cx: &mut Cx<'_>, person: &Person, named: &BTreeSet<AddressHash>) -> Result<ConsentRecorded> {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let mark = Mark {
            at: self.happened_at.unwrap_or(cx.at()),
            proof: some(&self.proof),
            source: some(&self.source),
            actor: Some(cx.actor().name().to_owned()),
        };
        let saying = Saying { act: self.act, purpose: self.purpose, channel: self.channel, mark };
        Ok(ConsentRecorded { events: said(cx, person, named, &saying).map_err(|e| e.at("at"))? })
    }
}

/// The addresses of a record that a channel uses; `None` where it uses any.
fn used_by(identity: &Identity, body: &AnyRecord, channel: ContactChannel) -> Option<BTreeSet<AddressHash>> {
    let (email, emails, phone, mobile) = match body {
        AnyRecord::Lead(lead) => (&lead.email, &lead.other_emails, &lead.phone, &lead.mobile),
        AnyRecord::Contact(contact) => (&contact.email, &contact.other_emails, &contact.phone, &contact.mobile),
        _ => return None,
    };
    let written: Vec<&String> = match channel {
        ContactChannel::Email => std::iter::once(email).chain(emails).collect(),
        ContactChannel::Phone | ContactChannel::Sms | ContactChannel::Whatsapp => vec![phone, mobile],
        ContactChannel::Linkedin | ContactChannel::Social | ContactChannel::Letter => return None,
    };
    Some(written.into_iter().flat_map(|written| AddressHash::of(identity, written)).collect())
}

fn purpose_of(map: &Map<String, Json>) -> Result<Option<ContactPurpose>> {
    coded_of(map, "purpose", ContactPurpose::from_code, ContactPurpose::CODES)
}

fn channel_of(map: &Map<String, Json>) -> Result<Option<ContactChannel>> {
    coded_of(map, "channel", ContactChannel::from_code, ContactChannel::CODES)
}

fn coded_of<T>(
    map: &Map<String, Json>,
    key: &'static str,
    read: fn(&str) -> Option<T>,
    expected: &'static [&'static str],
) -> Result<Option<T>> {
    let Some(code) = text_of(map, key)? else { return Ok(None) };
    let unknown = || Error::from(Problem::NotOneOf { found: shortened(&code, 60), expected }).at(key);
    read(&code).ok_or_else(unknown).map(Some)
}

/// Takes somebody at their word who unsubscribed with one click: `{"key": "..."}` is the idempotency key of the message with
/// the link, else an `address` with a `channel`. It is an objection to be solicited, at all addresses of the person, at
/// once: parcels that wait are looked at again before they leave. To click twice changes nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawConsent {
    /// Which message, or which address and channel.
    pub by: WithdrawnBy,
    /// Where it is known from; `unsubscribe` where nothing is said.
    pub source: String,
}

/// How somebody unsubscribed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WithdrawnBy {
    /// By the link in a message, by its idempotency key.
    Key(String),
    /// By an address and a channel.
    Address(String, ContactChannel),
}

impl Command for WithdrawConsent {
    type Output = ConsentRecorded;
    const VERB: Verb = Verb::Consent;

    fn name() -> Cow<'static, str> {
        "consent.withdraw".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        match &self.by {
            WithdrawnBy::Key(key) => {
                map.insert("key".into(), key.as_str().into());
            }
            WithdrawnBy::Address(address, channel) => {
                map.insert("address".into(), address.as_str().into());
                map.insert("channel".into(), channel.code().into());
            }
        }
        if !self.source.is_empty() {
            map.insert("source".into(), self.source.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with a `key`, or an `address` and a `channel`")?;
        json::only_keys(map, &["key", "address", "channel", "source"])?;
        let by = match (text_of(map, "key")?, text_of(map, "address")?, channel_of(map)?) {
            (Some(key), None, None) => WithdrawnBy::Key(key),
            (None, Some(address), Some(channel)) => {
                AddressHash::of(rules.identity(), &address).map_err(|e| e.at("address"))?;
                WithdrawnBy::Address(address, channel)
            }
            _ => {
                let expected = "either a `key`, or an `address` with a `channel`";
                return Err(Problem::WrongShape { expected, found: json::shown(body) }.into());
            }
        };
        Ok(Self { by, source: text_of(map, "source")?.unwrap_or_default() })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<ConsentRecorded> {
        let (person, channel) = match &self.by {
            WithdrawnBy::Address(address, channel) => (Person::of(cx, &[], address, None)?, Some(*channel)),
            WithdrawnBy::Key(key) => {
                // Whoever has the key got the message.
                let id = OutboxItem::id_of(key);
                let row = cx.by_itself(|cx| cx.row(Key { kind: Kind::OutboxItem, id }))?;
                let Some(AnyRecord::OutboxItem(item)) = row.map(|row| row.body) else {
                    let (record, id) = (Kind::OutboxItem.name().into(), shortened(key, 80));
                    return Err(Error::from(Problem::NotFound { record, id }).at("key"));
                };
                let lead = item.lead.map(|id| Key { kind: Kind::Lead, id });
                let keys: Vec<Key> =
                    lead.into_iter().chain(item.contact.map(|id| Key { kind: Kind::Contact, id })).collect();
                (Person::of(cx, &keys, &item.recipient, None)?, item.channel.map(ChannelKind::contact_channel))
            }
        };
        let source = if self.source.is_empty() { "unsubscribe".to_owned() } else { self.source.clone() };
        let actor = Some(cx.actor().name().to_owned());
        let mark = Mark { at: cx.at(), proof: None, source: Some(source), actor };
        let purpose = Some(ContactPurpose::Prospecting);
        let saying = Saying { act: ConsentAct::Withdrawn, purpose, channel, mark };
        Ok(ConsentRecorded { events: said(cx, &person, &BTreeSet::new(), &saying)? })
    }
}
