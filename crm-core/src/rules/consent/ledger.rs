//! What people said about being contacted: events that are never changed, and the state that follows from them.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::kernel::consent_reason::{ConsentAct, ConsentStanding, ContactChannel, ContactPurpose};
use crate::kernel::error::{Problem, Result};
use crate::kernel::json;
use crate::kernel::time::{Instant, format_instant};
use crate::rules::identity::Identity;
use crate::rules::read::{Object, coded, instant, list, text};

/// An address that is not kept: the SHA-256 of its key, in hexadecimal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressHash(String);

impl AddressHash {
    /// The hash of an e-mail address, a phone number or a profile, however it is written.
    ///
    /// # Errors
    /// [`Problem::WrongShape`] when it is none of these.
    ///
    /// ```
    /// # use crm_core::rules::{Rules, consent::AddressHash};
    /// let rules = Rules::default();
    /// let hash = |written| AddressHash::of(rules.identity(), written);
    /// assert_eq!(hash("06 12 34 56 78")?, hash("+33 6 12 34 56 78")?);
    /// assert!(hash("somewhere").is_err());
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    pub fn of(identity: &Identity, written: &str) -> Result<Self> {
        if let Some(email) = identity.email(written) {
            return Ok(Self(email.suppression()));
        }
        let number = identity.phone(written, None).map(|phone| phone.e164);
        let key = number.or_else(|| crate::rules::identity::profile_key(written));
        // The text itself is personal: it is not repeated.
        let expected = "an e-mail address, a phone number or the address of a profile";
        let key = key.ok_or(Problem::WrongShape { expected, found: "another text".into() })?;
        Ok(Self(Sha256::digest(key.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()))
    }

    /// A hash as it was written down.
    ///
    /// # Errors
    /// [`Problem::WrongShape`] when it is not 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Ok(Self(text.to_owned()));
        }
        let found = crate::kernel::text::shortened(text, 60);
        Err(Problem::WrongShape { expected: "64 lower-case hexadecimal digits", found }.into())
    }

    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AddressHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an event is about; without a purpose or a channel it is about all of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConsentScope {
    /// Where.
    pub address: AddressHash,
    /// What for.
    pub purpose: Option<ContactPurpose>,
    /// By which channel.
    pub channel: Option<ContactChannel>,
}

impl ConsentScope {
    fn covers(&self, other: &Self) -> bool {
        self.address == other.address
            && (self.purpose.is_none() || self.purpose == other.purpose)
            && (self.channel.is_none() || self.channel == other.channel)
    }
}

/// When something was said, and how that can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Instant,
    /// What proves it: a form with its version, a recording, a document.
    pub proof: Option<String>,
    /// Where it is known from.
    pub source: Option<String>,
    /// Who wrote it down.
    pub actor: Option<String>,
}

impl Mark {
    fn rest(&self) -> (&Option<String>, &Option<String>, &Option<String>) {
        (&self.proof, &self.source, &self.actor)
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentEvent {
    /// What it is about.
    pub scope: ConsentScope,
    /// What happened.
    pub act: ConsentAct,
    /// When, and how that can be shown.
    pub mark: Mark,
}

impl ConsentEvent {
    /// An event, checked: a consent names its purpose and its channel, as the law has it.
    ///
    /// # Errors
    /// [`Problem::Missing`].
    pub fn new(scope: ConsentScope, act: ConsentAct, mark: Mark) -> Result<Self> {
        if act == ConsentAct::Granted {
            scope.purpose.ok_or_else(|| Problem::Missing { name: "purpose".into() })?;
            scope.channel.ok_or_else(|| Problem::Missing { name: "channel".into() })?;
        }
        Ok(Self { scope, act, mark })
    }
}

/// An objection that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Since when.
    pub at: Instant,
    /// The channel that it named.
    pub channel: Option<ContactChannel>,
    /// Whether it is about the purpose in question, and not about prospecting only.
    pub is_total: bool,
}

/// The state that the events of one person give, over all of the person's addresses.
///
/// Of every kind of event about the same address, purpose and channel only the latest counts (the earliest that
/// informed), so that the order in which events are learnt and repetitions change nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger(BTreeMap<ConsentScope, BTreeMap<ConsentAct, Mark>>);

impl Ledger {
    /// Takes an event in.
    pub fn step(&mut self, event: ConsentEvent) {
        let marks = self.0.entry(event.scope).or_default();
        let is_new = marks.get(&event.act).is_none_or(|known| {
            let (a, b) = (&event.mark, known);
            let sooner = if event.act == ConsentAct::Informed { a.at < b.at } else { a.at > b.at };
            // At the same instant what proves less.
            sooner || (a.at == b.at && a.rest() < b.rest())
        });
        if is_new {
            marks.insert(event.act, event.mark);
        }
    }

    /// The state of some events.
    pub fn of(events: impl IntoIterator<Item = ConsentEvent>) -> Self {
        let mut ledger = Self::default();
        events.into_iter().for_each(|event| ledger.step(event));
        ledger
    }

    fn marks(&self, act: ConsentAct) -> impl Iterator<Item = (&ConsentScope, &Mark)> {
        self.0.iter().filter_map(move |(scope, marks)| Some((scope, marks.get(&act)?)))
    }

    /// Whether something was taken back later; at the same instant it was not.
    fn is_lifted(&self, scope: &ConsentScope, at: Instant) -> bool {
        [ConsentAct::Granted, ConsentAct::Lifted]
            .iter()
            .any(|act| self.marks(*act).any(|(lift, mark)| lift.covers(scope) && mark.at > at))
    }

    fn standing(&self, act: ConsentAct) -> impl Iterator<Item = (&ConsentScope, &Mark)> {
        self.marks(act).filter(|(scope, mark)| !self.is_lifted(scope, mark.at))
    }

    /// Every objection that stands, each with what it is about.
    pub fn objections(&self) -> impl Iterator<Item = (&ConsentScope, &Mark)> {
        self.standing(ConsentAct::Withdrawn)
    }

    /// Every refusal after which nobody agreed.
    pub(crate) fn refusals(&self) -> impl Iterator<Item = (&ConsentScope, &Mark)> {
        self.standing(ConsentAct::Refused)
    }

    /// The latest objection that stands, one that is about the purpose itself before one to prospecting. Whoever objects
    /// to anything does not want to be solicited.
    pub fn objection(&self, purpose: ContactPurpose) -> Option<Objection> {
        let objections = self.standing(ConsentAct::Withdrawn).filter_map(|(scope, mark)| {
            let is_named = scope.purpose.is_none_or(|named| named == purpose);
            let is_total = is_named || purpose == ContactPurpose::Prospecting;
            let is_relevant = is_total || scope.purpose == Some(ContactPurpose::Prospecting);
            is_relevant.then_some(Objection { at: mark.at, channel: scope.channel, is_total })
        });
        objections.max_by_key(|objection| (objection.is_total, objection.at, objection.channel))
    }

    /// Where there is one address only, that one.
    fn only_address(&self) -> Option<&AddressHash> {
        let first = &self.0.keys().next()?.address;
        self.0.keys().all(|scope| scope.address == *first).then_some(first)
    }

    /// The consent to be solicited at an address by a channel, if nothing was said against it there since. Without an
    /// address it is that of the only one.
    pub fn consent(&self, address: Option<&AddressHash>, channel: ContactChannel) -> Option<&Mark> {
        let scope = ConsentScope {
            address: address.or_else(|| self.only_address())?.clone(),
            purpose: Some(ContactPurpose::Prospecting),
            channel: Some(channel),
        };
        let mark = self.0.get(&scope)?.get(&ConsentAct::Granted)?;
        let against = [ConsentAct::Refused, ConsentAct::Withdrawn];
        let is_gone =
            against.iter().any(|act| self.marks(*act).any(|(no, when)| no.covers(&scope) && when.at >= mark.at));
        (!is_gone).then_some(mark)
    }

    /// The latest refusal by a channel after which nobody agreed.
    pub fn refusal(&self, channel: ContactChannel) -> Option<&Mark> {
        let refusals = self.standing(ConsentAct::Refused);
        let refusals = refusals.filter(|(scope, _)| scope.channel.is_none_or(|c| c == channel));
        refusals.map(|(_, mark)| mark).max_by_key(|mark| mark.at)
    }

    /// When the person was first told how the addresses are used.
    pub fn informed_at(&self) -> Option<Instant> {
        self.marks(ConsentAct::Informed).map(|(_, mark)| mark.at).min()
    }

    /// Since when messages to an address come back; without an address, to any.
    pub fn bounced(&self, address: Option<&AddressHash>, channel: ContactChannel) -> Option<&Mark> {
        let bounces = self.standing(ConsentAct::Bounced).filter(|(scope, _)| {
            address.is_none_or(|address| *address == scope.address) && scope.channel.is_none_or(|c| c == channel)
        });
        bounces.map(|(_, mark)| mark).max_by_key(|mark| mark.at)
    }

    /// What all events together say of prospecting by a channel: the most restrictive.
    pub fn current(&self, address: Option<&AddressHash>, channel: ContactChannel) -> ConsentStanding {
        if self.objection(ContactPurpose::Prospecting).is_some() {
            ConsentStanding::OptedOut
        } else if self.bounced(address, channel).is_some() {
            ConsentStanding::Bounced
        } else if self.refusal(channel).is_some() {
            ConsentStanding::Refused
        } else if self.consent(address, channel).is_some() {
            ConsentStanding::OptedIn
        } else if self.informed_at().is_some() {
            ConsentStanding::Informed
        } else {
            ConsentStanding::Unknown
        }
    }

    /// What is kept of a person who asked to be erased: which hashed addresses objected or refused, and since when
    /// (GDPR, articles 17(3) and 21). Nothing that was forbidden becomes allowed.
    #[must_use]
    pub fn erased(&self) -> Self {
        let mut left = Self::default();
        for act in [ConsentAct::Withdrawn, ConsentAct::Refused] {
            for (scope, mark) in self.standing(act) {
                let mark = Mark { at: mark.at, proof: None, source: None, actor: None };
                left.step(ConsentEvent { scope: scope.clone(), act, mark });
            }
        }
        left
    }

    /// The state as JSON, always the same for the same events.
    pub fn to_json(&self) -> Json {
        let mark_json = |mark: &Mark| {
            let mut map = Map::new();
            map.insert("at".into(), format_instant(mark.at).into());
            for (key, value) in [("proof", &mark.proof), ("source", &mark.source), ("actor", &mark.actor)] {
                if let Some(value) = value {
                    map.insert(key.into(), value.as_str().into());
                }
            }
            Json::Object(map)
        };
        let entry = |(scope, marks): (&ConsentScope, &BTreeMap<ConsentAct, Mark>)| {
            let marks: Map<String, Json> =
                marks.iter().map(|(act, mark)| (act.code().to_owned(), mark_json(mark))).collect();
            json!({
                "address": scope.address.as_str(),
                "purpose": scope.purpose.map(ContactPurpose::code),
                "channel": scope.channel.map(ContactChannel::code),
                "acts": marks,
            })
        };
        self.0.iter().map(entry).collect()
    }

    /// Reads a state that [`Ledger::to_json`] wrote.
    ///
    /// # Errors
    /// What has another form, with its path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let entry = |json: &Json| {
            let o = Object::new(json, &["address", "purpose", "channel", "acts"])?;
            let address = AddressHash::parse(&o.text("address")?).map_err(|e| e.at("address"))?;
            let scope = scope(&o, address)?;
            let acts = o.required("acts")?;
            let acts = json::object(acts, "an object of acts").map_err(|e| e.at("acts"))?;
            let mut events = Vec::with_capacity(acts.len());
            for (code, json) in acts {
                let read = || {
                    let act = coded(&Json::from(code.as_str()), ConsentAct::from_code, ConsentAct::CODES)?;
                    let mark = mark(&Object::new(json, &["at", "proof", "source", "actor"])?)?;
                    ConsentEvent::new(scope.clone(), act, mark)
                };
                events.push(read().map_err(|e| e.at(code).at("acts"))?);
            }
            Ok(events)
        };
        Ok(Self::of(list(json, entry)?.into_iter().flatten()))
    }
}

pub(super) fn channel(json: &Json) -> Result<ContactChannel> {
    coded(json, ContactChannel::from_code, ContactChannel::CODES)
}

pub(super) fn purpose(json: &Json) -> Result<ContactPurpose> {
    coded(json, ContactPurpose::from_code, ContactPurpose::CODES)
}

pub(super) fn scope(o: &Object<'_>, address: AddressHash) -> Result<ConsentScope> {
    Ok(ConsentScope { address, purpose: o.optional("purpose", purpose)?, channel: o.optional("channel", channel)? })
}

pub(super) fn mark(o: &Object<'_>) -> Result<Mark> {
    Ok(Mark {
        at: instant(o.required("at")?).map_err(|e| e.at("at"))?,
        proof: o.optional("proof", text)?,
        source: o.optional("source", text)?,
        actor: o.optional("actor", text)?,
    })
}
