//! Stored reasons of the policy and of the last check.

use super::Stored;
use crate::kernel::approval::{ChannelKind, ParcelState};
use crate::kernel::approval_reason::ApprovalReason as A;
use crate::kernel::consent_reason::Mention;
use crate::kernel::quotes::QuoteStanding;
use crate::kernel::sequence_reason::{LimitSpan, SequenceEnd};

/// What could not be checked, as the last check names it.
const UNCHECKED: &[&str] =
    &["kill switch", "channel", "recipient", "consent", "approver", "stop", "frequency", "quota"];
/// The checks that a host makes itself.
const CHECKS: &[&str] = &["kill_switch", "channel", "recipient", "consent", "approver", "stop", "frequency", "quota"];

pub(super) fn read(code: &str, o: &Stored<'_>) -> Option<A> {
    let rule = || o.text("rule");
    Some(match code {
        "ask_before_sending" => A::AskBeforeSending,
        "auto_rule" => A::AutoRule { rule: rule()?, revision: o.count("revision")? },
        "asked_by_rule" => A::AskedByRule { rule: rule()?, admin: o.yes("admin")? },
        "forbidden_by_rule" => A::ForbiddenByRule { rule: rule()?, revision: o.count("revision")? },
        "always_escalate" => A::AlwaysEscalate { topic: o.text("topic")? },
        "below_floor" => A::BelowFloor { confidence_bp: o.count("confidence_bp")?, floor_bp: o.count("floor_bp")? },
        "admin_required" => A::AdminRequired,
        "four_eyes" => A::FourEyes,
        "peer_check_required" => A::PeerCheckRequired,
        "peer_checked" => A::PeerChecked { by: o.text("by")?, passed: o.yes("passed")? },
        "fail_closed" => A::FailClosed { what: o.text("what")? },
        "untrusted_source" => A::UntrustedSource { source: o.text("source")? },
        "looks_like" => A::LooksLike { address: o.text("address")?, other: o.text("other")? },
        "mixed_scripts" => A::MixedScripts { address: o.text("address")? },
        "rule_cap" => A::RuleCap { rule: rule()?, cap: o.count("cap")? },
        "rule_over" => A::RuleOver { rule: rule()?, since: o.at("since")? },
        "rule_off" => A::RuleOff { rule: rule()?, since: o.at("since") },
        "rule_not_yet" => A::RuleNotYet { rule: rule()?, from: o.at("from")? },
        "own_word" => A::OwnWord,
        "kill_switch" => A::KillSwitch { by: o.text("by")?, since: o.at("since")? },
        "channel_not_connected" => A::ChannelNotConnected { channel: o.coded("channel", ChannelKind::from_code)? },
        "dry_run_only" => A::DryRunOnly { channel: o.coded("channel", ChannelKind::from_code)? },
        "recipient_not_allowed" => A::RecipientNotAllowed { address: o.text("address")? },
        "missing_mention" => A::MissingMention { mention: o.coded("mention", Mention::from_code)? },
        "stale_approval" => A::StaleApproval,
        "not_approved" => A::NotApproved,
        "approval_expired" => A::ApprovalExpired { at: o.at("at")? },
        "approver_lost" => A::ApproverLost { by: o.text("by")? },
        "stopped" => A::Stopped { cause: o.coded("cause", SequenceEnd::from_code)?, at: o.at("at") },
        "quote_accepted" => A::QuoteAccepted { number: o.text("number")?, by: o.text("by")? },
        "quote_over" => {
            A::QuoteOver { number: o.text("number")?, standing: o.coded("standing", QuoteStanding::from_code)? }
        }
        "quote_changed" => A::QuoteChanged { number: o.text("number")? },
        "contact_limit" => A::ContactLimit { span: o.coded("span", LimitSpan::from_code)?, limit: o.count("limit")? },
        "channel_limit" => A::ChannelLimit { span: o.coded("span", LimitSpan::from_code)?, limit: o.count("limit")? },
        "not_before" => A::NotBefore { at: o.at("at")? },
        "unchecked" => A::Unchecked { what: o.one_of("what", UNCHECKED)? },
        "host_check" => A::HostCheck { check: o.one_of("check", CHECKS)?, found: o.text("found")? },
        "in_state" => A::InState { state: o.coded("state", ParcelState::from_code)? },
        _ => return None,
    })
}
