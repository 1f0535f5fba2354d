//! Putting single records into a segment or taking them out by name.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{at_most, ids_of, required_text, text_of};
use super::segment_edit::segment_in_use;
use super::segment_state::{Note, Noted, note};
use super::segments::{MOST_PINS, Shelf, asked, pinned, ruled, too_many};
use super::{Command, Cx, Verb};
use crate::kernel::customer::{MembershipCause, Pin};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{Key, Kind};
use crate::rules::Rules;
use crate::rules::segment::Pins;

/// Most records of one command.
const MOST_RECORDS: usize = 500;

/// What a command says by name.
pub trait Says: Send + Sync + std::fmt::Debug + Clone + PartialEq + 'static {
    /// The command.
    const NAME: &'static str;
    /// What is said; `None` takes back what was.
    const PIN: Option<Pin>;
}

macro_rules! says {
    ($(#[$doc:meta] $type:ident, $name:literal, $pin:expr;)*) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $type;
        impl Says for $type {
            const NAME: &'static str = $name;
            const PIN: Option<Pin> = $pin;
        }
    )*};
}

says! {
    /// Always a member.
    PinIn, "segment.pin_in", Some(Pin::In);
    /// Never a member.
    PinOut, "segment.pin_out", Some(Pin::Out);
    /// As the condition says.
    Unpin, "segment.unpin", None;
}

/// Says something about single records, up to 500, whatever the condition says: `{"code": "vip", "ids": ["..."], "reason":
/// "..."}`. The last word about a record counts. What it makes of the members is noted at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinRecords<S> {
    /// The segment.
    pub code: String,
    /// The records.
    pub ids: Vec<Id>,
    /// Why.
    pub reason: String,
    says: PhantomData<fn() -> S>,
}

/// What pinning did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// How many records were meant, each once.
    pub records: u64,
    /// How many became members.
    pub entered: u64,
    /// How many ceased to be.
    pub left: u64,
}

impl<S> PinRecords<S> {
    /// Says it about some records.
    pub fn new(code: &str, ids: Vec<Id>) -> Self {
        Self { code: code.to_owned(), ids, reason: String::new(), says: PhantomData }
    }
}

impl<S: Says> Command for PinRecords<S> {
    type Output = Pinned;
    const VERB: Verb = Verb::Segment;

    fn name() -> Cow<'static, str> {
        S::NAME.into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("code".into(), self.code.as_str().into());
        map.insert("ids".into(), self.ids.iter().map(Id::to_string).collect());
        if !self.reason.is_empty() {
            map.insert("reason".into(), self.reason.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `code` and `ids`")?;
        json::only_keys(map, &["code", "ids", "reason"])?;
        let reason = text_of(map, "reason")?.unwrap_or_default();
        Ok(Self { reason, ..Self::new(&required_text(map, "code")?, ids_of(map)?) })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Pinned> {
        at_most(MOST_RECORDS, &self.ids)?;
        let (_, segment) = segment_in_use(cx, &self.code)?;
        let kind = ruled(&segment)?.kind;
        let mut given = BTreeSet::new();
        let ids: Vec<Id> = self.ids.iter().copied().filter(|id| given.insert(*id)).collect();
        let mut rows = Vec::with_capacity(ids.len());
        for (place, id) in ids.iter().enumerate() {
            let key = Key { kind, id: *id };
            let inside = |e: crate::kernel::error::Error| e.at_index(place).at("ids");
            // What was put away may still be taken off the list.
            match S::PIN {
                Some(_) => cx.active(key).map_err(inside)?,
                None => cx.existing(key).map_err(inside)?,
            };
            rows.push(cx.reached(key).map_err(inside)?);
        }
        let noted = cx.by_itself(|cx| Noted::read(cx, &segment, kind, &ids))?;
        if S::PIN.is_some() {
            let query = asked(cx.rules(), cx.at(), Kind::SegmentMember, pinned(&self.code))?;
            let there = usize::try_from(cx.by_itself(|cx| cx.count(&query))?).unwrap_or(usize::MAX);
            let new = ids.iter().filter(|id| !noted.is_pinned(**id)).count();
            let all = there.saturating_add(new);
            if all > MOST_PINS {
                return Err(too_many(all).at("ids"));
            }
        }
        let schema = cx.rules().schema(kind);
        let condition = match S::PIN {
            Some(_) => None,
            None => {
                // As if nobody had said anything about any record of this segment.
                let shelf = Shelf { rules: cx.rules(), at: cx.at() };
                let mut book = cx.by_itself(|cx| shelf.entire(&mut |query| cx.find(query), &[&self.code]))?;
                book.pin(&self.code, Pins::default());
                Some(book.member(&self.code, &schema, cx.at())?.compile(&schema)?)
            }
        };
        let mut done = Pinned { records: json::length(ids.len()), ..Pinned::default() };
        for row in &rows {
            if S::PIN.is_none() && !noted.is_pinned(row.id) || S::PIN.is_some() && self.says_nothing_new(&noted, row.id)
            {
                continue;
            }
            let holds = condition.as_ref().is_some_and(|c| c.eval(&row.facts(&schema), cx.at()).holds());
            let is_member = match S::PIN {
                Some(pin) => pin == Pin::In,
                None => holds && row.archived_at.is_none(),
            };
            let (segment, key, cause) = (&segment, row.key(), MembershipCause::Pin);
            let pin = Some((S::PIN, self.reason.as_str()));
            if note(cx, &noted, &Note { segment, key, is_member, cause, pin })? {
                let count = if is_member { &mut done.entered } else { &mut done.left };
                *count = count.saturating_add(1);
            }
        }
        Ok(done)
    }
}

impl<S: Says> PinRecords<S> {
    /// Whether a record is pinned so already and noted so, and no reason is given anew.
    fn says_nothing_new(&self, noted: &Noted, id: Id) -> bool {
        self.reason.is_empty() && noted.pin(id) == S::PIN && noted.is_member(id) == (S::PIN == Some(Pin::In))
    }
}
