//! Why a draft waits for somebody, may leave or does not leave.

use serde_json::{Map, Value as Json};

use super::approval::{ChannelKind, ParcelState};
use super::consent_reason::Mention;
use super::quotes::QuoteStanding;
use super::sequence_reason::{LimitSpan, SequenceEnd};
use super::time::{Instant, format_instant};

/// Why a draft waits for somebody, may leave or does not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_approval.rs")]
pub enum ApprovalReason {
    // what the policy says
    /// Nothing leaves without a person's OK.
    AskBeforeSending,
    /// A rule that a person made approves it.
    AutoRule { rule: String, revision: u64 },
    /// A rule says who is asked.
    AskedByRule { rule: String, admin: bool },
    /// A rule that a person made forbids it.
    ForbiddenByRule { rule: String, revision: u64 },
    /// Such a topic is always a person's.
    AlwaysEscalate { topic: String },
    /// The author was not sure enough.
    BelowFloor { confidence_bp: u64, floor_bp: u64 },
    /// Only an owner or admin decides.
    AdminRequired,
    /// Nobody decides about what they wrote themselves.
    FourEyes,
    /// Another teammate has to check it first.
    PeerCheckRequired,
    /// Another teammate checked it.
    PeerChecked { by: String, passed: bool },
    /// Something about it is not known, so that no rule approves it.
    FailClosed { what: String },
    /// It was written after reading what somebody outside wrote.
    UntrustedSource { source: String },
    /// The address looks like another one.
    LooksLike { address: String, other: String },
    /// The address mixes alphabets.
    MixedScripts { address: String },
    /// The rule has approved so many today already.
    RuleCap { rule: String, cap: u64 },
    /// The rule does not hold any more.
    RuleOver { rule: String, since: Instant },
    /// Somebody switched the rule off.
    RuleOff { rule: String, since: Option<Instant> },
    /// The rule does not hold yet.
    RuleNotYet { rule: String, from: Instant },
    /// A person who may decide wrote it, and nobody is asked about such.
    OwnWord,
    // the last check
    /// Somebody stopped everything that leaves.
    KillSwitch { by: String, since: Instant },
    /// The workspace has no such channel.
    ChannelNotConnected { channel: ChannelKind },
    /// What is given to this channel is only to be written down, and whoever asked sends.
    DryRunOnly { channel: ChannelKind },
    /// The recipient is not on the list of those who may be written to.
    RecipientNotAllowed { address: String },
    /// The message does not contain what it has to.
    MissingMention { mention: Mention },
    /// What was approved is not what would leave.
    StaleApproval,
    /// Nobody approved it.
    NotApproved,
    /// The approval is too old.
    ApprovalExpired { at: Instant },
    /// Whoever approved it may not do so any more.
    ApproverLost { by: String },
    /// What made the message useful is over.
    Stopped { cause: SequenceEnd, at: Option<Instant> },
    /// The customer accepted a quote: what follows from that is proposed.
    QuoteAccepted { number: String, by: String },
    /// The quote that leaves with it is not to be sent any more.
    QuoteOver { number: String, standing: QuoteStanding },
    /// The quote that leaves with it is not the one that was approved.
    QuoteChanged { number: String },
    /// The person has had as many messages as they should.
    ContactLimit { span: LimitSpan, limit: u64 },
    /// The channel has sent as many as it may.
    ChannelLimit { span: LimitSpan, limit: u64 },
    /// It is too early.
    NotBefore { at: Instant },
    /// Something that decides is not known.
    Unchecked { what: &'static str },
    /// A check that the host made refused it.
    HostCheck { check: &'static str, found: String },
    /// A hand-off is under way, or its outcome is not known.
    InState { state: ParcelState },
}

impl ApprovalReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use ApprovalReason as R;
        match self {
            R::AskBeforeSending => "ask_before_sending",
            R::AutoRule { .. } => "auto_rule",
            R::AskedByRule { .. } => "asked_by_rule",
            R::ForbiddenByRule { .. } => "forbidden_by_rule",
            R::AlwaysEscalate { .. } => "always_escalate",
            R::BelowFloor { .. } => "below_floor",
            R::AdminRequired => "admin_required",
            R::FourEyes => "four_eyes",
            R::PeerCheckRequired => "peer_check_required",
            R::PeerChecked { .. } => "peer_checked",
            R::FailClosed { .. } => "fail_closed",
            R::UntrustedSource { .. } => "untrusted_source",
            R::LooksLike { .. } => "looks_like",
            R::MixedScripts { .. } => "mixed_scripts",
            R::RuleCap { .. } => "rule_cap",
            R::RuleOver { .. } => "rule_over",
            R::RuleOff { .. } => "rule_off",
            R::RuleNotYet { .. } => "rule_not_yet",
            R::OwnWord => "own_word",
            R::KillSwitch { .. } => "kill_switch",
            R::ChannelNotConnected { .. } => "channel_not_connected",
            R::DryRunOnly { .. } => "dry_run_only",
            R::RecipientNotAllowed { .. } => "recipient_not_allowed",
            R::MissingMention { .. } => "missing_mention",
            R::StaleApproval => "stale_approval",
            R::NotApproved => "not_approved",
            R::ApprovalExpired { .. } => "approval_expired",
            R::ApproverLost { .. } => "approver_lost",
            R::Stopped { .. } => "stopped",
            R::QuoteAccepted { .. } => "quote_accepted",
            R::QuoteOver { .. } => "quote_over",
            R::QuoteChanged { .. } => "quote_changed",
            R::ContactLimit { .. } => "contact_limit",
            R::ChannelLimit { .. } => "channel_limit",
            R::NotBefore { .. } => "not_before",
            R::Unchecked { .. } => "unchecked",
            R::HostCheck { .. } => "host_check",
            R::InState { .. } => "in_state",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use ApprovalReason as R;
        let mut put = |key: &str, value: Json| {
            map.insert(key.into(), value);
        };
        match self {
            R::AskBeforeSending
            | R::AdminRequired
            | R::FourEyes
            | R::OwnWord
            | R::PeerCheckRequired
            | R::StaleApproval
            | R::NotApproved => {}
            R::AutoRule { rule, revision } | R::ForbiddenByRule { rule, revision } => {
                put("rule", rule.as_str().into());
                put("revision", (*revision).into());
            }
            R::AskedByRule { rule, admin } => {
                put("rule", rule.as_str().into());
                put("admin", (*admin).into());
            }
            R::AlwaysEscalate { topic } => put("topic", topic.as_str().into()),
            R::BelowFloor { confidence_bp, floor_bp } => {
                put("confidence_bp", (*confidence_bp).into());
                put("floor_bp", (*floor_bp).into());
            }
            R::PeerChecked { by, passed } => {
                put("by", by.as_str().into());
                put("passed", (*passed).into());
            }
            R::FailClosed { what } => put("what", what.as_str().into()),
            R::UntrustedSource { source } => put("source", source.as_str().into()),
            R::LooksLike { address, other } => {
                put("address", address.as_str().into());
                put("other", other.as_str().into());
            }
            R::MixedScripts { address } | R::RecipientNotAllowed { address } => {
                put("address", address.as_str().into());
            }
            R::RuleCap { rule, cap } => {
                put("rule", rule.as_str().into());
                put("cap", (*cap).into());
            }
            R::RuleOver { rule, since } => {
                put("rule", rule.as_str().into());
                put("since", format_instant(*since).into());
            }
            R::RuleOff { rule, since } => {
                put("rule", rule.as_str().into());
                put("since", since.map(format_instant).into());
            }
            R::RuleNotYet { rule, from } => {
                put("rule", rule.as_str().into());
                put("from", format_instant(*from).into());
            }
            R::KillSwitch { by, since } => {
                put("by", by.as_str().into());
                put("since", format_instant(*since).into());
            }
            R::ChannelNotConnected { channel } | R::DryRunOnly { channel } => put("channel", channel.code().into()),
            R::MissingMention { mention } => put("mention", mention.code().into()),
            R::ApprovalExpired { at } | R::NotBefore { at } => put("at", format_instant(*at).into()),
            R::ApproverLost { by } => put("by", by.as_str().into()),
            R::Stopped { cause, at } => {
                put("cause", cause.code().into());
                put("at", at.map(format_instant).into());
            }
            R::QuoteAccepted { number, by } => {
                put("number", number.as_str().into());
                put("by", by.as_str().into());
            }
            R::QuoteOver { number, standing } => {
                put("number", number.as_str().into());
                put("standing", standing.code().into());
            }
            R::QuoteChanged { number } => put("number", number.as_str().into()),
            R::ContactLimit { span, limit } | R::ChannelLimit { span, limit } => {
                put("span", span.code().into());
                put("limit", (*limit).into());
            }
            R::Unchecked { what } => put("what", (*what).into()),
            R::HostCheck { check, found } => {
                put("check", (*check).into());
                put("found", found.as_str().into());
            }
            R::InState { state } => put("state", state.code().into()),
        }
    }
}
