//! Connecting the ways out of the workspace, and saying what holds for them.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::body::version_of;
use super::create::Saved;
use super::patch::patch;
use super::revise::one_line;
use super::{Command, Cx, Verb};
use crate::kernel::approval::ChannelKind;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::text::shortened;
use crate::model::{AnyRecord, Channel, Key, Kind, Row, set_fields};
use crate::rules::consent::list_unsubscribe;
use crate::rules::identity::Identity;
use crate::rules::read::coded;
use crate::rules::recipient::recipient_key;
use crate::rules::{Rules, check};

/// Most messages that a limit may allow; more is no limit.
const MOST_MESSAGES: i64 = 1_000_000;
/// The longest that a channel may take to answer, and to recognise a key: a day, and thirty.
const MOST_LEASE_SECONDS: i64 = 86_400;
const MOST_DEDUPE_SECONDS: i64 = 2_592_000;
/// Most entries of a list of allowed recipients.
const MOST_ALLOWED: usize = 1000;
/// What stands for the message's key in an address for unsubscribing.
const KEY: &str = "{key}";

/// Connects a channel, with what is said about it; one that was connected before goes on under what it said.
/// `{"kind": "email", "fields": {"name": "Devis", "daily_limit": 200, "allowed_recipients": ["@exemple.fr"]}}`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectChannel {
    /// What kind of way.
    pub kind: ChannelKind,
    /// What is said about it; see [`Channel`].
    pub fields: Map<String, Json>,
}

/// Disconnects a channel: nothing more leaves by it. What it was given already is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisconnectChannel {
    /// What kind of way.
    pub kind: ChannelKind,
}

/// Changes what is said about a channel, connected or not.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchChannel {
    /// What kind of way.
    pub kind: ChannelKind,
    /// The version that the person saw.
    pub version: Option<u64>,
    /// The fields to set.
    pub fields: Map<String, Json>,
}

/// The channel of a row.
pub(crate) const fn channel_of(row: &Row) -> Option<&Channel> {
    match &row.body {
        AnyRecord::Channel(channel) => Some(channel),
        _ => None,
    }
}

/// Where a workspace's channel of a kind is kept.
pub(crate) fn channel_key(kind: ChannelKind) -> Key {
    Key { kind: Kind::Channel, id: Channel::id_of(kind) }
}

/// The address for unsubscribing of one message.
pub(super) fn unsubscribe_url(channel: &Channel, key: &str) -> String {
    channel.unsubscribe_url.replace(KEY, key)
}

/// Whether a channel may write to a recipient: an address or exactly a domain of its list, or anybody where it has none.
pub(super) fn allows(channel: &Channel, kind: ChannelKind, recipient: &str, identity: &Identity) -> bool {
    if channel.allowed_recipients.is_empty() {
        return true;
    }
    let Ok(key) = recipient_key(kind, recipient, identity) else { return false };
    channel.allowed_recipients.iter().any(|allowed| match domain_of(kind, allowed) {
        Some(domain) => {
            let domain = ascii(domain, identity);
            domain.is_some() && domain == identity.address(recipient).map(|email| email.domain.ascii)
        }
        None => recipient_key(kind, allowed, identity).is_ok_and(|allowed| allowed == key),
    })
}

/// The domain that an entry of the list allows, if it is one.
fn domain_of(kind: ChannelKind, allowed: &str) -> Option<&str> {
    let is_mail = matches!(kind, ChannelKind::Email | ChannelKind::Calendar);
    let domain = allowed.strip_prefix('@').unwrap_or(allowed);
    (is_mail && !domain.contains('@')).then_some(domain)
}

/// A domain in ASCII, if an address may end with it as it is written.
fn ascii(domain: &str, identity: &Identity) -> Option<String> {
    identity.address(&format!("a@{domain}")).map(|email| email.domain.ascii)
}

/// What a channel cannot say.
fn check_channel(channel: &Channel, kind: ChannelKind, rules: &Rules) -> Result<()> {
    let limits = [
        ("daily_limit", channel.daily_limit, 0, MOST_MESSAGES),
        ("contact_daily_limit", channel.contact_daily_limit, 0, MOST_MESSAGES),
        ("contact_weekly_limit", channel.contact_weekly_limit, 0, MOST_MESSAGES),
        ("dedupe_seconds", channel.dedupe_seconds, 0, MOST_DEDUPE_SECONDS),
        ("lease_seconds", channel.lease_seconds, 1, MOST_LEASE_SECONDS),
    ];
    // It becomes the sender of a message.
    one_line(&channel.name).map_err(|e| e.at("name"))?;
    for (field, found, least, most) in limits {
        found.map_or(Ok(()), |found| check::between(found, least, most)).map_err(|e| e.at(field))?;
    }
    check::most("entries", channel.allowed_recipients.len(), MOST_ALLOWED).map_err(|e| e.at("allowed_recipients"))?;
    for (i, allowed) in channel.allowed_recipients.iter().enumerate() {
        let at = |e: Error| e.at_index(i).at("allowed_recipients");
        match domain_of(kind, allowed) {
            Some(domain) if ascii(domain, rules.identity()).is_some() => {}
            Some(_) => {
                let (expected, found) = ("a domain such as `exemple.fr`", shortened(allowed, 60));
                return Err(at(Problem::WrongShape { expected, found }.into()));
            }
            None => drop(recipient_key(kind, allowed, rules.identity()).map_err(at)?),
        }
    }
    if !channel.unsubscribe_url.is_empty() {
        list_unsubscribe(&unsubscribe_url(channel, &"0".repeat(64)), None)?;
    }
    Ok(())
}

/// The kind under `kind`.
fn kind_of(map: &Map<String, Json>) -> Result<ChannelKind> {
    let kind = map.get("kind").ok_or_else(|| Problem::Missing { name: "kind".into() })?;
    coded(kind, ChannelKind::from_code, ChannelKind::CODES).map_err(|e| e.at("kind"))
}

/// The fields under `fields`, each of which a channel has.
fn fields_of(map: &Map<String, Json>, rules: &Rules) -> Result<Map<String, Json>> {
    let Some(fields) = map.get("fields") else { return Ok(Map::new()) };
    let fields = json::object(fields, "an object of fields").map_err(|e| e.at("fields"))?;
    let mut empty = Channel::default().into();
    set_fields(&mut empty, &rules.schema(Kind::Channel), fields).map_err(|e| e.at("fields"))?;
    Ok(fields.clone())
}

/// Whether a channel is connected, since when and by whom.
fn switched(cx: &Cx<'_>, channel: Channel, connected: bool) -> Channel {
    if channel.connected == Some(connected) {
        return channel;
    }
    let changed_by = cx.actor().name().to_owned();
    Channel { connected: Some(connected), changed_at: Some(cx.at()), changed_by, ..channel }
}

impl Command for ConnectChannel {
    type Output = Saved;
    const VERB: Verb = Verb::Connect;

    fn name() -> Cow<'static, str> {
        "channel.connect".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::from_iter([("kind".to_owned(), Json::from(self.kind.code()))]);
        if !self.fields.is_empty() {
            map.insert("fields".into(), Json::Object(self.fields.clone()));
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `kind`")?;
        json::only_keys(map, &["kind", "fields"])?;
        Ok(Self { kind: kind_of(map)?, fields: fields_of(map, rules)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let key = channel_key(self.kind);
        let known = cx.row(key)?;
        let former = known.as_ref().and_then(channel_of).cloned();
        let mut body: AnyRecord = former.unwrap_or_default().into();
        set_fields(&mut body, &cx.rules().schema(Kind::Channel), &self.fields).map_err(|e| e.at("fields"))?;
        let AnyRecord::Channel(channel) = body else {
            return Err(Problem::NotFound { record: Kind::Channel.name().into(), id: key.id.to_string() }.into());
        };
        check_channel(&channel, self.kind, cx.rules()).map_err(|e| e.at("fields"))?;
        let body = Channel { kind: Some(self.kind), ..switched(cx, *channel, true) }.into();
        let row = match known {
            None => cx.insert(key.id, body)?,
            Some(row) => cx.update(Row { body, archived_at: None, ..row })?,
        };
        Ok(Saved { id: row.id, version: row.version })
    }
}

impl Command for DisconnectChannel {
    type Output = Saved;
    const VERB: Verb = Verb::Connect;

    fn name() -> Cow<'static, str> {
        "channel.disconnect".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"kind": self.kind.code()})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `kind`")?;
        json::only_keys(map, &["kind"])?;
        Ok(Self { kind: kind_of(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let row = cx.existing(channel_key(self.kind))?;
        let channel = channel_of(&row).cloned().unwrap_or_default();
        let row = cx.update(Row { body: switched(cx, channel, false).into(), ..row })?;
        Ok(Saved { id: row.id, version: row.version })
    }
}

impl Command for PatchChannel {
    type Output = Saved;
    const VERB: Verb = Verb::Connect;

    fn name() -> Cow<'static, str> {
        "channel.patch".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::from_iter([("kind".to_owned(), Json::from(self.kind.code()))]);
        if let Some(version) = self.version {
            map.insert("version".into(), version.into());
        }
        map.insert("fields".into(), Json::Object(self.fields.clone()));
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `kind` and `fields`")?;
        json::only_keys(map, &["kind", "version", "fields"])?;
        let fields = fields_of(map, rules)?;
        if !map.contains_key("fields") {
            return Err(Problem::Missing { name: "fields".into() }.into());
        }
        Ok(Self { kind: kind_of(map)?, version: version_of(map)?, fields })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let key = channel_key(self.kind);
        let saved = patch(cx, key, self.version, &self.fields)?;
        if let Some(channel) = cx.row(key)?.as_ref().and_then(channel_of) {
            check_channel(channel, self.kind, cx.rules()).map_err(|e| e.at("fields"))?;
        }
        Ok(saved)
    }
}
