//! A message that came in.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use super::super::body::{id_of, instant_of};
use super::super::targets::{TARGETS, Targets};
use super::super::{Command, Cx, Verb};
use super::envelope::{channel_of, headers_of, line_of, lines_of, long};
use super::follow::{Follow, ours};
use super::heard::{MOST_KEPT_BYTES, beginning, reasons_json, reasons_text, tell};
use super::thread::{Address, Talk, messages_with_id};
use crate::kernel::approval::{ChannelKind, Direction};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::reply_reason::{Consequence, ReplyClass, ReplyReason};
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Key, Kind, Message};
use crate::rules::Rules;
use crate::rules::reply::{self, Headers, MOST_REFERENCES, MOST_TEXT_BYTES, Pause, message_id};

/// Most bytes of a subject.
const MOST_SUBJECT_BYTES: usize = 4 * 1024;
const MOST_RECIPIENTS: usize = 500;

/// A message that a channel brought, as the host hands it over:
///
/// ```json
/// {"channel": "email", "provider_id": "<CA+9@mail.example>", "sender": "Marie Durand <marie@durand.fr>",
///  "recipients": ["ventes@morel.fr"], "subject": "Re: Votre devis", "text": "Oui, appelez-moi demain.",
///  "headers": {"Auto-Submitted": "no"}, "in_reply_to": "<17@morel.fr>", "references": ["<16@morel.fr>"],
///  "happened_at": "2026-11-22T08:59:00Z"}
/// ```
///
/// Only `channel` and `sender` are needed; a report about a delivery has no sender. `happened_at` is when it came, by the
/// host's clock: what a sender says of the time is not believed. `lead`, `contact`, `account`, `deal` and `ticket` are
/// the records that it belongs to where the host knows; they link a conversation that has no person yet.
///
/// # Once
/// The same message under the same id is written once. Whoever writes chooses the id, so another message under a known id
/// is kept beside it and says so: dropping it could lose somebody's wish to be left alone.
///
/// # Which conversation
/// That of the message which it answers, if that one is of this workspace and channel; otherwise that of its address and
/// subject, which may begin with it. A forged or foreign id leads nowhere. Where several leads or contacts have the
/// address, the conversation lists them and belongs to none.
///
/// # What follows
/// What the rule [`reply`](crate::rules::reply) says, in the same commit: sequences end or pause, a wish to be left alone
/// and an address that does not exist go to the consent ledger, and whoever is responsible gets a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiveReply {
    /// The way that it came.
    pub channel: Option<ChannelKind>,
    /// The channel's id of it.
    pub provider_id: String,
    /// Who wrote it.
    pub sender: String,
    /// To whom.
    pub recipients: Vec<String>,
    /// What it is about.
    pub subject: String,
    /// What it says, as plain text.
    pub text: String,
    /// Its headers, each as often as it is there.
    pub headers: Vec<(String, String)>,
    /// The id of the message that it answers.
    pub in_reply_to: String,
    /// The ids of the thread, the latest last.
    pub references: Vec<String>,
    /// When it came.
    pub happened_at: Option<Instant>,
    /// The records that it belongs to.
    pub records: Vec<Key>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The message.
    pub id: Id,
    /// Its conversation, where the actor sees it.
    pub conversation: Option<Id>,
    /// What it is.
    pub class: String,
    /// What follows.
    pub consequences: Vec<String>,
    /// The words that this rests on.
    pub evidence: String,
    /// Why.
    pub reasons: Vec<Json>,
    /// Whether it was known already; then nothing was written.
    pub duplicate: bool,
}

const KEYS: &[&str] = &[
    "channel",
    "provider_id",
    "sender",
    "recipients",
    "subject",
    "text",
    "headers",
    "in_reply_to",
    "references",
    "happened_at",
    "account",
    "contact",
    "deal",
    "lead",
    "ticket",
];

impl ReceiveReply {
    /// What tells a message from another one under the same id.
    fn digest(&self, sender: &Address) -> String {
        let said = serde_json::json!([sender.key, self.subject, self.text]);
        Sha256::digest(json::canonical(&said).as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
    }

    fn references(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let all = std::iter::once(&self.in_reply_to).chain(self.references.iter().rev());
        let ids = all.map(|id| message_id(id).to_owned()).filter(|id| !id.is_empty());
        ids.filter(|id| seen.insert(id.clone())).take(MOST_REFERENCES).collect()
    }

    fn record(&self, cx: &mut Cx<'_>, channel: ChannelKind, id: Id, sender: &Address) -> Result<Received> {
        let given = self.records.iter().fold(Targets::default(), |all, key| all.with(*key));
        let at = self.happened_at.map_or(cx.at(), |at| at.min(cx.at()));
        let provider_id = message_id(&self.provider_id).to_owned();
        let mut reasons = Vec::new();
        let is_first = messages_with_id(cx, channel, &provider_id)?.is_empty();
        if !is_first {
            reasons.push(ReplyReason::SameId { id: shortened(&provider_id, 120) });
        }
        let references = self.references();
        let headers = Headers::new(self.headers.iter().cloned());
        let ours = match headers.is_report() {
            true => ours(cx, channel, &self.headers, &self.text, &references)?,
            false => None,
        };
        let found = match &ours {
            Some(ours) => ours.message.conversation.map(|id| Talk::known(cx, id)).transpose()?.flatten(),
            None => Talk::of_messages(cx, channel, &references)?,
        };
        let mut talk = match found {
            Some(talk) => talk,
            None => {
                if let Some(id) = references.first() {
                    reasons.push(ReplyReason::UnknownReference { id: shortened(id, 120) });
                }
                Talk::about(cx, channel, sender, &self.subject, id)?
            }
        };
        let people = sender.people(cx)?;
        talk.link(cx, &given, &people)?;
        if !talk.body.candidates.is_empty() {
            reasons.push(ReplyReason::SeveralRecords { count: json::length(talk.body.candidates.len()) });
        }
        let pause = talk.body.away_since.zip(talk.body.away_until);
        let read = cx.rules().reply().classify(&reply::Message {
            headers,
            subject: self.subject.clone(),
            text: self.text.clone(),
            sent_at: Some(at),
            footers: Vec::new(),
            pause: pause.map(|(since, resume_on)| Pause { since, resume_on }),
        })?;
        let text = beginning(&self.text, MOST_KEPT_BYTES);
        let is_cut = text.len() < self.text.len();
        let awaits = !read.is_automated()
            && (read.class != ReplyClass::Unsubscribe || read.consequences.contains(&Consequence::DataRights));
        // What decides comes first.
        reasons.splice(0..0, read.reasons.iter().cloned());
        if is_cut {
            let (bytes, most) = (json::length(self.text.len()), json::length(MOST_KEPT_BYTES));
            reasons.push(ReplyReason::Kept { bytes, most });
        }
        let mut consequences = read.consequences.clone();
        if read.class == ReplyClass::Bounce && ours.is_none() {
            // Anybody can write a report: one about nothing that left from here says nothing.
            consequences.clear();
            reasons.push(ReplyReason::NotOurs);
        }
        let evidence = read.evidence.as_ref().map(|finding| finding.phrase.clone()).unwrap_or_default();
        let message = Message {
            conversation: Some(talk.id),
            channel: Some(channel),
            direction: Some(Direction::Inbound),
            sender: self.sender.clone(),
            recipients: self.recipients.clone(),
            subject: self.subject.clone(),
            text: text.to_owned(),
            is_cut: is_cut.then_some(true),
            happened_at: Some(at),
            provider_id,
            in_reply_to: references.first().cloned().unwrap_or_default(),
            automatic: read.is_automated().then_some(true),
            awaits: awaits.then_some(true),
            class: Some(read.class),
            evidence: evidence.clone(),
            reasons: reasons_text(&reasons),
            ..Message::default()
        };
        talk.heard(&self.subject, (at, cx.at()), !read.is_automated(), awaits);
        if let Some(pause) = read.pause {
            (talk.body.away_since, talk.body.away_until) = (Some(pause.since), Some(pause.resume_on));
        }
        cx.insert(id, message.clone().into())?;
        tell(cx, &talk, id, &message, ("", is_first))?;
        let follow = Follow { message: id, channel, at, sender, ours: ours.as_ref(), people };
        follow.all(cx, &mut talk, &read, &mut consequences)?;
        talk.save(cx)?;
        Ok(Received {
            id,
            conversation: Some(talk.id),
            class: read.class.code().into(),
            consequences: consequences.iter().map(|one| one.code().to_owned()).collect(),
            evidence,
            reasons: reasons_json(&reasons),
            duplicate: false,
        })
    }
}

impl Command for ReceiveReply {
    type Output = Received;
    const VERB: Verb = Verb::Receive;

    fn name() -> Cow<'static, str> {
        "message.receive".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        let mut put = |key: &str, value: Json| {
            let is_empty = value.is_null() || value == "" || value == serde_json::json!([]);
            if !is_empty {
                map.insert(key.into(), value);
            }
        };
        put("channel", self.channel.map(ChannelKind::code).into());
        put("provider_id", self.provider_id.as_str().into());
        put("sender", self.sender.as_str().into());
        put("recipients", self.recipients.clone().into());
        put("subject", self.subject.as_str().into());
        put("text", self.text.as_str().into());
        put("in_reply_to", self.in_reply_to.as_str().into());
        put("references", self.references.clone().into());
        put("happened_at", self.happened_at.map(format_instant).into());
        for key in &self.records {
            put(key.kind.name(), key.id.to_string().into());
        }
        if !self.headers.is_empty() {
            let mut headers: Map<String, Json> = Map::new();
            for (name, value) in &self.headers {
                let all = headers.entry(name.clone()).or_insert_with(|| Json::Array(Vec::new()));
                if let Json::Array(all) = all {
                    all.push(value.as_str().into());
                }
            }
            map.insert("headers".into(), Json::Object(headers));
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `channel` and `sender`")?;
        json::only_keys(map, KEYS)?;
        let mut records = Vec::new();
        for kind in TARGETS {
            records.extend(id_of(map, kind.name())?.map(|id| Key { kind: *kind, id }));
        }
        Ok(Self {
            channel: Some(channel_of(map)?),
            provider_id: line_of(map, "provider_id")?,
            sender: line_of(map, "sender")?,
            recipients: lines_of(map, "recipients", "recipients", MOST_RECIPIENTS)?,
            subject: long(map, "subject", MOST_SUBJECT_BYTES, false)?,
            text: long(map, "text", MOST_TEXT_BYTES, true)?,
            headers: headers_of(map)?,
            in_reply_to: line_of(map, "in_reply_to")?,
            references: lines_of(map, "references", "items", MOST_RECIPIENTS)?,
            happened_at: instant_of(map, "happened_at")?,
            records,
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Received> {
        // Whoever builds the command in Rust is held to the same limits.
        let checked = <Self as Command>::from_json(&Command::to_json(self), cx.rules())?;
        let channel = checked.channel.ok_or_else(|| Problem::Missing { name: "channel".into() })?;
        let is_report = Headers::new(checked.headers.iter().cloned()).is_report();
        if checked.sender.is_empty() && !is_report {
            return Err(Problem::Missing { name: "sender".into() }.into());
        }
        let given = checked.records.iter().fold(Targets::default(), |all, key| all.with(*key));
        let given = given.checked(cx, false)?;
        let checked = Self { records: given.keys().collect(), ..checked };
        let sender = Address::of(cx, &checked.sender);
        let provider_id = message_id(&checked.provider_id);
        let id = match provider_id.is_empty() {
            true => cx.new_id(),
            false => Message::received_id(channel, provider_id, &checked.digest(&sender)),
        };
        let done: Result<Received> =
            cx.by_itself(|cx| match cx.row(Key { kind: Kind::Message, id })?.map(|row| row.body) {
                Some(AnyRecord::Message(known)) => Ok(Received {
                    id,
                    conversation: known.conversation,
                    class: known.class.map(ReplyClass::code).unwrap_or_default().into(),
                    consequences: Vec::new(),
                    evidence: known.evidence.clone(),
                    reasons: Vec::new(),
                    duplicate: true,
                }),
                _ => checked.record(cx, channel, id, &sender),
            });
        let mut done = done?;
        // It may be somebody else's.
        if let Some(id) = done.conversation
            && !cx.sees(Key { kind: Kind::Conversation, id })?
        {
            done.conversation = None;
        }
        Ok(done)
    }
}
