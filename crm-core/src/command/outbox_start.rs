//! Beginning a hand-off: the last check, and what the channel gets.

use std::borrow::Cow;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{id_of, instant_of, required_text, text_of};
use super::channel::unsubscribe_url;
use super::draft_state::{Turn, draft_of, happen, proposal_of};
use super::release::{Candidate, asks_headers, channel, checks};
use super::{Command, Cx, Verb};
use crate::kernel::approval::{ChannelKind, ParcelState};
use crate::kernel::approval_problem::ApprovalProblem;
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Channel, Draft, Key, Kind, OutboxItem, Row};
use crate::rules::approval::{Clearance, Event, Parcel, Refusal, release};
use crate::rules::consent::list_unsubscribe;
use crate::rules::read::Object;
use crate::rules::{Rules, check};

/// How long a channel has to answer, unless it is said otherwise, and the longest.
const LEASE_SECONDS: i64 = 300;
const MOST_LEASE_SECONDS: i64 = 86_400;
/// So long before a channel forgets a key nothing is given to it any more under that key.
const DEDUPE_MARGIN_SECONDS: i64 = 600;
/// Most characters of a worker's name.
const MOST_WORKER: usize = 200;

/// Begins the hand-off of one message of the outbox, if nothing speaks against it:
/// `{"id": "...", "worker": "mailer 1", "lease_until": "..."}`, or `key` in place of `id`.
///
/// Everything is checked in a fixed order and everything that fails is told: kill switch, channel, recipient, consent and
/// law, the approval and who gave it, what makes the message useless, the person's limits, the channel's. What is refused is
/// `blocked` and stays in the outbox; the answer is no error. What is cleared is `started` in this command's own commit, and only
/// then the channel is called, once, with exactly the parcel of the answer.
///
/// An answer that is `replayed` says that the hand-off began before: nobody knows whether the channel was called then, so
/// it must not be called now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartParcel {
    /// The row of the outbox.
    pub id: Id,
    /// Who calls the channel.
    pub worker: String,
    /// By when the channel has to have answered; as the channel says, or in five minutes, where it is not given. At most a day
    /// from now.
    pub lease_until: Option<Instant>,
    /// Whether whoever asks only writes down what would leave.
    pub is_dry_run: bool,
}

/// What a channel gets: exactly what was approved, for one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outgoing {
    /// The idempotency key: the same for every try, and never that of another message.
    pub key: String,
    /// The number of this try; what the channel answers is told with it.
    pub fence: u32,
    /// The row of the outbox.
    pub id: Id,
    /// The draft.
    pub draft: Id,
    /// The draft's revision.
    pub revision: u32,
    /// The hash of what was approved.
    pub content_hash: String,
    /// How it goes.
    pub channel: ChannelKind,
    /// What people call the channel: the sending address, number or account.
    pub account: String,
    /// Whether it is only to be written down.
    pub is_dry_run: bool,
    /// To whom.
    pub recipient: String,
    /// What it is about.
    pub subject: String,
    /// The message, plain text.
    pub text: String,
    /// The language it is written in.
    pub language: String,
    /// What it is for: prospecting, reply, service.
    pub purpose: String,
    /// What the text contains of what the law asks for.
    pub mentions: Vec<String>,
    /// Headers that it must have, each a name and a value.
    pub headers: Vec<(String, String)>,
    /// The conversation that it goes on with.
    pub conversation: Option<Id>,
    /// The quote that leaves with it, to be asked for with the question `quote`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Id>,
    /// The hash of exactly that quote.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub quote_hash: String,
    /// By when the channel has to have answered.
    pub lease_until: Instant,
    /// From then on it must not leave: a channel that still has it gives up. Never after `lease_until`, and where the channel
    /// recognises repeated keys, ten minutes before it forgets this one.
    pub not_after: Instant,
}

/// What became of the attempt to begin a hand-off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Started {
    /// It began: the channel is to be called with this.
    Started {
        /// What the channel gets.
        parcel: Box<Outgoing>,
    },
    /// Something speaks against it.
    Blocked {
        /// The row of the outbox.
        id: Id,
        /// Everything that does, in the order of the checks.
        reasons: Vec<Json>,
        /// When nothing does any more by time alone, if that is known.
        until: Option<Instant>,
    },
    /// Its time is over, and it was taken back.
    Expired {
        /// The row of the outbox.
        id: Id,
        /// Since when.
        reasons: Vec<Json>,
    },
}

/// The row of the outbox that a body names by `id` or by `key`.
pub(super) fn item_id(map: &Map<String, Json>) -> Result<Id> {
    match (id_of(map, "id")?, text_of(map, "key")?) {
        (Some(id), None) => Ok(id),
        (None, Some(key)) => Ok(OutboxItem::id_of(&key)),
        (None, None) => Err(Problem::Missing { name: "id".into() }.into()),
        (Some(_), Some(_)) => {
            let found = shortened(&Json::Object(map.clone()).to_string(), 60);
            Err(Problem::WrongShape { expected: "either `id` or `key`", found }.into())
        }
    }
}

/// The hand-off of a row.
pub(crate) const fn item_of(row: &Row) -> Option<&OutboxItem> {
    match &row.body {
        AnyRecord::OutboxItem(item) => Some(item),
        _ => None,
    }
}

/// A hand-off and its draft, which the actor changes.
pub(super) fn handed(cx: &mut Cx<'_>, id: Id) -> Result<(OutboxItem, Id, Draft)> {
    let key = Key { kind: Kind::OutboxItem, id };
    let missing = || Error::from(Problem::NotFound { record: key.kind.name().into(), id: id.to_string() });
    let item = item_of(&cx.existing(key)?).cloned().ok_or_else(missing)?;
    let draft_id = item.draft.ok_or_else(missing)?;
    let row = cx.reached(Key { kind: Kind::Draft, id: draft_id })?;
    let draft = draft_of(&row).cloned().ok_or_else(missing)?;
    Ok((item, draft_id, draft))
}

fn later(at: Instant, seconds: i64) -> Instant {
    TimeDelta::try_seconds(seconds).and_then(|by| at.checked_add_signed(by)).unwrap_or(at)
}

/// When the channel has to have answered.
fn lease(cx: &Cx<'_>, asked: Option<Instant>, channel: Option<&Channel>) -> Result<Instant> {
    let at = cx.at();
    let Some(until) = asked else {
        let seconds = channel.and_then(|channel| channel.lease_seconds).unwrap_or(LEASE_SECONDS);
        return Ok(later(at, seconds));
    };
    let seconds = until.signed_duration_since(at).num_seconds();
    check::between(seconds, 1, MOST_LEASE_SECONDS).map_err(|e| e.at("lease_until"))?;
    Ok(until)
}

/// From when on a hand-off that begins now must not leave any more.
fn not_after(at: Instant, lease_until: Instant, channel: Option<&Channel>) -> Instant {
    let window = channel.and_then(|channel| channel.dedupe_seconds).unwrap_or(0);
    match window.saturating_sub(DEDUPE_MARGIN_SECONDS) {
        ..=0 => lease_until,
        seconds => later(at, seconds).min(lease_until),
    }
}

fn told(reasons: &[Reason]) -> Vec<Json> {
    reasons.iter().map(|reason| Json::Object(reason.to_json(None))).collect()
}

impl StartParcel {
    /// Begins this hand-off.
    pub fn new(id: Id, worker: &str) -> Self {
        Self { id, worker: worker.to_owned(), lease_until: None, is_dry_run: false }
    }

    fn begin(&self, cx: &mut Cx<'_>, item: &OutboxItem, draft: Id, clearance: Clearance) -> Result<Started> {
        let kind = item.channel.ok_or_else(|| Error::from(Problem::Missing { name: "channel".into() }))?;
        let channel = channel(cx, kind)?;
        let lease_until = lease(cx, self.lease_until, channel.as_ref())?;
        let event = Event::Start { key: item.key.clone(), worker: self.worker.clone(), lease_until, clearance };
        let row = happen(cx, draft, &Turn::new(event))?;
        let unknown = || Error::from(ApprovalProblem::UnknownParcel { key: item.key.clone() });
        let written = draft_of(&row).ok_or_else(unknown)?;
        let proposal = proposal_of(cx.workspace(), draft, written)?;
        let parcel: &Parcel = proposal.parcel(&item.key).ok_or_else(unknown)?;
        let channel = channel.unwrap_or_default();
        let headers = match asks_headers(written) && kind == ChannelKind::Email {
            true => list_unsubscribe(&unsubscribe_url(&channel, &item.key), None)?,
            false => Vec::new(),
        };
        let parcel = Outgoing {
            key: item.key.clone(),
            fence: parcel.fence,
            id: self.id,
            draft,
            revision: parcel.revision,
            content_hash: parcel.content_hash.clone(),
            channel: kind,
            account: channel.name.clone(),
            is_dry_run: self.is_dry_run,
            recipient: parcel.recipient.clone(),
            subject: written.subject.clone(),
            text: written.text.clone(),
            language: written.language.clone(),
            purpose: written.purpose.clone(),
            mentions: written.mentions.clone(),
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            conversation: written.conversation,
            quote: written.quote,
            quote_hash: written.quote_hash.clone(),
            lease_until,
            not_after: not_after(cx.at(), lease_until, Some(&channel)),
        };
        Ok(Started::Started { parcel: Box::new(parcel) })
    }

    fn block(&self, cx: &mut Cx<'_>, item: &OutboxItem, draft: Id, refusal: Refusal) -> Result<Started> {
        let until = refusal.until();
        let reasons: Vec<Reason> = refusal.findings.into_iter().map(|finding| finding.reason).collect();
        let answer = Started::Blocked { id: self.id, reasons: told(&reasons), until };
        // Whoever looks again and again writes nothing new.
        let is_known = item.state == Some(ParcelState::Blocked)
            && item.retry_at == until
            && item.reasons == json::canonical(&Json::Array(told(&reasons)));
        if !is_known {
            let turn = Turn { reasons, until, ..Turn::new(Event::Block { key: item.key.clone() }) };
            happen(cx, draft, &turn)?;
        }
        Ok(answer)
    }
}

impl Command for StartParcel {
    type Output = Started;
    const VERB: Verb = Verb::Deliver;

    fn name() -> Cow<'static, str> {
        "outbox.start".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        map.insert("worker".into(), self.worker.as_str().into());
        if let Some(until) = self.lease_until {
            map.insert("lease_until".into(), format_instant(until).into());
        }
        if self.is_dry_run {
            map.insert("dry_run".into(), true.into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["id", "key", "worker", "lease_until", "dry_run"])?;
        let map = json::object(body, "an object with `id` and `worker`")?;
        let worker = required_text(map, "worker")?;
        if worker.is_empty() {
            return Err(Problem::Missing { name: "worker".into() }.into());
        }
        super::exchange_rate::at_most(&worker, MOST_WORKER).map_err(|e| e.at("worker"))?;
        let is_dry_run = o.flag("dry_run", false)?;
        Ok(Self { id: item_id(map)?, worker, lease_until: instant_of(map, "lease_until")?, is_dry_run })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Started> {
        let (item, id, draft) = handed(cx, self.id)?;
        let proposal = proposal_of(cx.workspace(), id, &draft)?;
        let unknown = || Error::from(ApprovalProblem::UnknownParcel { key: item.key.clone() });
        let parcel = proposal.parcel(&item.key).ok_or_else(unknown)?;
        // What is under way or over is no message to look at: the answer is what became of it.
        if !matches!(parcel.state, ParcelState::Queued | ParcelState::Blocked) {
            return Err(ApprovalProblem::ParcelState { state: parcel.state }.into());
        }
        let end = proposal.approval().and_then(|approval| approval.expires_at).filter(|end| *end <= cx.at());
        if let Some(at) = end {
            let reasons = vec![Reason::Approval(ApprovalReason::ApprovalExpired { at })];
            let answer = Started::Expired { id: self.id, reasons: told(&reasons) };
            happen(cx, id, &Turn { reasons, ..Turn::new(Event::Expire) })?;
            return Ok(answer);
        }
        let channel = item.channel.map(|kind| channel(cx, kind)).transpose()?.flatten();
        let candidate = Candidate {
            draft: &draft,
            proposal: &proposal,
            item: &item,
            channel: channel.as_ref(),
            is_dry_run: self.is_dry_run,
        };
        let checks = checks(cx, &candidate)?;
        match release(&proposal, &item.key, checks, cx.at()) {
            Ok(clearance) => self.begin(cx, &item, id, clearance),
            Err(refusal) => self.block(cx, &item, id, refusal),
        }
    }
}
