//! What a workspace configures of approvals, under `approval`.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::Value as Json;

use super::topics::Topics;
use crate::kernel::approval::{ChannelKind, DraftKind};
use crate::kernel::coded::coded;
use crate::kernel::error::Result;
use crate::kernel::role::Role;
use crate::kernel::time::Instant;
use crate::rules::check;
use crate::rules::read::{Object, coded, integer, list, text};

/// Most days of an expiry, most hours of one in a conversation, most seconds in which something can be taken back.
const MOST_DAYS: i64 = 366;
const MOST_HOURS: i64 = 24 * 31;
const MOST_UNDO_SECONDS: i64 = 86_400;
/// Most entries of a list.
const MOST_LISTED: usize = 1_000;

coded! {
    /// The least role that decides.
    LeastRole {
        /// Everybody who works with customers.
        Member = "member",
        /// Those who lead a team.
        Manager = "manager",
        /// Owners and admins.
        Admin = "admin",
    }
}

impl LeastRole {
    /// Whether a role decides.
    pub const fn takes(self, role: Role) -> bool {
        match role {
            Role::Owner | Role::Admin => true,
            Role::Manager => !matches!(self, LeastRole::Admin),
            Role::Member => matches!(self, LeastRole::Member),
            Role::Viewer | Role::Agent => false,
        }
    }
}

coded! {
    /// Whether another teammate checks what an agent wrote.
    PeerChecking {
        /// Nobody asks for it.
        Off = "off",
        /// It is shown; what was found not ready is not approved by a rule.
        Advisory = "advisory",
        /// Without it nobody approves.
        Required = "required",
    }
}

/// What only owners and admins decide about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdminOnly {
    /// Messages, commands.
    pub kinds: BTreeSet<DraftKind>,
    /// Ways out of the workspace.
    pub channels: BTreeSet<ChannelKind>,
    /// Proposed commands, by their names; `lead.*` is every command of leads.
    pub commands: BTreeSet<String>,
}

impl AdminOnly {
    /// Whether it is about such a command.
    pub(super) fn has_command(&self, name: &str) -> bool {
        let record = name.split_once('.').map(|(record, _)| format!("{record}.*"));
        self.commands.contains(name) || record.is_some_and(|all| self.commands.contains(&all))
    }
}

/// What a workspace configures of approvals. See [`approval`](crate::rules::approval) for its JSON form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalSettings {
    /// Whether people are asked about what they wrote themselves. Off, submitting is the OK of a person who may decide;
    /// what an agent wrote waits all the same.
    pub ask_before_sending: bool,
    /// What a person always decides about.
    pub always_ask: Topics,
    /// How sure an agent has to be before a rule approves what it wrote, in basis points.
    pub confidence_floor_bp: u64,
    /// Whether nobody decides about what they wrote.
    pub four_eyes: bool,
    /// Who decides.
    pub approvers: LeastRole,
    /// What only owners and admins decide about.
    pub admin_only: AdminOnly,
    /// Whether another teammate checks what an agent wrote.
    pub peer_check: PeerChecking,
    /// How long somebody may decide.
    pub draft_expiry_days: i64,
    /// The same of an answer that somebody waits for.
    pub draft_expiry_hours_in_conversation: i64,
    /// How long a decision holds.
    pub approval_expiry_days: i64,
    /// The same of an answer that somebody waits for.
    pub approval_expiry_hours_in_conversation: i64,
    /// For how long after the decision nothing leaves, so that it can be taken back.
    pub undo_seconds: i64,
    /// Domains whose look-alikes are told, beside those that rules and channels name.
    pub domains: BTreeSet<String>,
}

impl Default for ApprovalSettings {
    fn default() -> Self {
        Self {
            ask_before_sending: true,
            always_ask: Topics::default(),
            confidence_floor_bp: 8_500,
            four_eyes: false,
            approvers: LeastRole::Member,
            admin_only: AdminOnly::default(),
            peer_check: PeerChecking::Advisory,
            draft_expiry_days: 7,
            draft_expiry_hours_in_conversation: 24,
            approval_expiry_days: 7,
            approval_expiry_hours_in_conversation: 24,
            undo_seconds: 0,
            domains: BTreeSet::new(),
        }
    }
}

const KEYS: &[&str] = &[
    "ask_before_sending",
    "always_ask",
    "confidence_floor_bp",
    "four_eyes",
    "approvers",
    "admin_only",
    "peer_check",
    "draft_expiry_days",
    "draft_expiry_hours_in_conversation",
    "approval_expiry_days",
    "approval_expiry_hours_in_conversation",
    "undo_seconds",
    "domains",
];

impl ApprovalSettings {
    /// Reads the settings; what is left out is as by default.
    ///
    /// # Errors
    /// An unknown option or value, with its path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let (o, usual) = (Object::new(json, KEYS)?, Self::default());
        let number = |key: &str, usual: i64, least: i64, most: i64| -> Result<i64> {
            let read = |json: &Json| integer(json).and_then(|found| check::between(found, least, most).map(|()| found));
            Ok(o.optional(key, read)?.unwrap_or(usual))
        };
        let floor = number("confidence_floor_bp", usual.confidence_floor_bp.cast_signed(), 0, 10_000)?;
        let domains = o.optional("domains", |json| {
            check::most("items", json.as_array().map_or(0, Vec::len), MOST_LISTED)?;
            list(json, |json| Ok(text(json)?.trim().to_lowercase()))
        })?;
        Ok(Self {
            ask_before_sending: o.flag("ask_before_sending", usual.ask_before_sending)?,
            always_ask: o.optional("always_ask", Topics::from_json)?.unwrap_or(usual.always_ask),
            confidence_floor_bp: floor.unsigned_abs(),
            four_eyes: o.flag("four_eyes", usual.four_eyes)?,
            approvers: o
                .optional("approvers", |json| coded(json, LeastRole::from_code, LeastRole::CODES))?
                .unwrap_or(usual.approvers),
            admin_only: o.optional("admin_only", admin_only)?.unwrap_or_default(),
            peer_check: o
                .optional("peer_check", |json| coded(json, PeerChecking::from_code, PeerChecking::CODES))?
                .unwrap_or(usual.peer_check),
            draft_expiry_days: number("draft_expiry_days", usual.draft_expiry_days, 1, MOST_DAYS)?,
            draft_expiry_hours_in_conversation: number(
                "draft_expiry_hours_in_conversation",
                usual.draft_expiry_hours_in_conversation,
                1,
                MOST_HOURS,
            )?,
            approval_expiry_days: number("approval_expiry_days", usual.approval_expiry_days, 1, MOST_DAYS)?,
            approval_expiry_hours_in_conversation: number(
                "approval_expiry_hours_in_conversation",
                usual.approval_expiry_hours_in_conversation,
                1,
                MOST_HOURS,
            )?,
            undo_seconds: number("undo_seconds", usual.undo_seconds, 0, MOST_UNDO_SECONDS)?,
            domains: domains.unwrap_or_default().into_iter().collect(),
        })
    }

    /// Until when somebody may decide who is asked now.
    pub fn draft_expires_at(&self, at: Instant, is_conversation_open: bool) -> Option<Instant> {
        span(at, is_conversation_open, self.draft_expiry_days, self.draft_expiry_hours_in_conversation)
    }

    /// Until when a decision of now holds.
    pub fn approval_expires_at(&self, at: Instant, is_conversation_open: bool) -> Option<Instant> {
        span(at, is_conversation_open, self.approval_expiry_days, self.approval_expiry_hours_in_conversation)
    }

    /// The first instant at which what is approved now may leave, where that is not at once.
    pub fn undo_until(&self, at: Instant) -> Option<Instant> {
        (self.undo_seconds > 0)
            .then(|| TimeDelta::try_seconds(self.undo_seconds))
            .flatten()
            .and_then(|d| at.checked_add_signed(d))
    }
}

fn span(at: Instant, is_conversation_open: bool, days: i64, hours: i64) -> Option<Instant> {
    let span = if is_conversation_open { TimeDelta::try_hours(hours) } else { TimeDelta::try_days(days) };
    at.checked_add_signed(span?)
}

fn admin_only(json: &Json) -> Result<AdminOnly> {
    let o = Object::new(json, &["kinds", "channels", "commands"])?;
    let commands = |json: &Json| {
        let name = text(json)?;
        check::id(&name).map(|()| name)
    };
    Ok(AdminOnly {
        kinds: o.list("kinds", |json| coded(json, DraftKind::from_code, DraftKind::CODES))?.into_iter().collect(),
        channels: o
            .list("channels", |json| coded(json, ChannelKind::from_code, ChannelKind::CODES))?
            .into_iter()
            .collect(),
        commands: o.list("commands", commands)?.into_iter().collect(),
    })
}
