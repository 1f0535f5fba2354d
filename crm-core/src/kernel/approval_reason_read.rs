//! Reasons of the gate as they are stored, read back, so that they can be told in the reader's language.

use serde_json::Value as Json;

use super::approval::{ChannelKind, ParcelState};
use super::approval_reason::ApprovalReason;
use super::consent_reason::Mention;
use super::reason::Reason;
use super::sequence_reason::{LimitSpan, SequenceEnd};
use super::time::{Instant, parse_instant};
use crate::lang::Lang;

/// What a check could not be made of, as [`ApprovalReason::Unchecked`] has it.
const UNCHECKED: &[&str] =
    &["kill switch", "channel", "recipient", "consent", "approver", "stop", "frequency", "quota"];

/// Stored reasons with their sentences; what this release does not read is told by its code.
pub(crate) fn told_reasons(stored: &str, lang: Option<Lang>) -> Vec<Json> {
    let Ok(Json::Array(reasons)) = serde_json::from_str(stored) else { return Vec::new() };
    let tell = |reason: Json| match ApprovalReason::from_json(&reason) {
        Some(known) => Json::Object(Reason::Approval(known).to_json(lang)),
        None => reason,
    };
    reasons.into_iter().map(tell).collect()
}

impl ApprovalReason {
    /// Reads what [`Reason::to_json`] wrote; `None` of another reason.
    pub fn from_json(json: &Json) -> Option<Self> {
        let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
        let count = |key: &str| json.get(key).and_then(Json::as_u64);
        let is = |key: &str| json.get(key).and_then(Json::as_bool);
        let instant = |key: &str| -> Option<Instant> { parse_instant(json.get(key)?.as_str()?).ok() };
        let span = || LimitSpan::from_code(&text("span")?);
        Some(match text("code")?.as_str() {
            "ask_before_sending" => Self::AskBeforeSending,
            "auto_rule" => Self::AutoRule { rule: text("rule")?, revision: count("revision")? },
            "asked_by_rule" => Self::AskedByRule { rule: text("rule")?, admin: is("admin")? },
            "forbidden_by_rule" => Self::ForbiddenByRule { rule: text("rule")?, revision: count("revision")? },
            "always_escalate" => Self::AlwaysEscalate { topic: text("topic")? },
            "below_floor" => Self::BelowFloor { confidence_bp: count("confidence_bp")?, floor_bp: count("floor_bp")? },
            "admin_required" => Self::AdminRequired,
            "four_eyes" => Self::FourEyes,
            "peer_check_required" => Self::PeerCheckRequired,
            "peer_checked" => Self::PeerChecked { by: text("by")?, passed: is("passed")? },
            "fail_closed" => Self::FailClosed { what: text("what")? },
            "untrusted_source" => Self::UntrustedSource { source: text("source")? },
            "looks_like" => Self::LooksLike { address: text("address")?, other: text("other")? },
            "mixed_scripts" => Self::MixedScripts { address: text("address")? },
            "rule_cap" => Self::RuleCap { rule: text("rule")?, cap: count("cap")? },
            "rule_over" => Self::RuleOver { rule: text("rule")?, since: instant("since")? },
            "kill_switch" => Self::KillSwitch { by: text("by")?, since: instant("since")? },
            "channel_not_connected" => {
                Self::ChannelNotConnected { channel: ChannelKind::from_code(&text("channel")?)? }
            }
            "recipient_not_allowed" => Self::RecipientNotAllowed { address: text("address")? },
            "missing_mention" => Self::MissingMention { mention: Mention::from_code(&text("mention")?)? },
            "stale_approval" => Self::StaleApproval,
            "not_approved" => Self::NotApproved,
            "approval_expired" => Self::ApprovalExpired { at: instant("at")? },
            "approver_lost" => Self::ApproverLost { by: text("by")? },
            "stopped" => Self::Stopped { cause: SequenceEnd::from_code(&text("cause")?)?, at: instant("at") },
            "contact_limit" => Self::ContactLimit { span: span()?, limit: count("limit")? },
            "channel_limit" => Self::ChannelLimit { span: span()?, limit: count("limit")? },
            "not_before" => Self::NotBefore { at: instant("at")? },
            "unchecked" => {
                let what = text("what")?;
                Self::Unchecked { what: UNCHECKED.iter().copied().find(|known| *known == what)? }
            }
            "in_state" => Self::InState { state: ParcelState::from_code(&text("state")?)? },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let at = parse_instant("2026-11-22T09:00:00Z").unwrap();
        let text = || "x".to_owned();
        for reason in [
            ApprovalReason::AskBeforeSending,
            ApprovalReason::AutoRule { rule: text(), revision: 3 },
            ApprovalReason::AskedByRule { rule: text(), admin: true },
            ApprovalReason::ForbiddenByRule { rule: text(), revision: 1 },
            ApprovalReason::AlwaysEscalate { topic: text() },
            ApprovalReason::BelowFloor { confidence_bp: 1, floor_bp: 2 },
            ApprovalReason::AdminRequired,
            ApprovalReason::FourEyes,
            ApprovalReason::PeerCheckRequired,
            ApprovalReason::PeerChecked { by: text(), passed: false },
            ApprovalReason::FailClosed { what: text() },
            ApprovalReason::UntrustedSource { source: text() },
            ApprovalReason::LooksLike { address: text(), other: text() },
            ApprovalReason::MixedScripts { address: text() },
            ApprovalReason::RuleCap { rule: text(), cap: 4 },
            ApprovalReason::RuleOver { rule: text(), since: at },
            ApprovalReason::KillSwitch { by: text(), since: at },
            ApprovalReason::ChannelNotConnected { channel: ChannelKind::Letter },
            ApprovalReason::RecipientNotAllowed { address: text() },
            ApprovalReason::MissingMention { mention: Mention::OptOut },
            ApprovalReason::StaleApproval,
            ApprovalReason::NotApproved,
            ApprovalReason::ApprovalExpired { at },
            ApprovalReason::ApproverLost { by: text() },
            ApprovalReason::Stopped { cause: SequenceEnd::ALL[0], at: Some(at) },
            ApprovalReason::Stopped { cause: SequenceEnd::ALL[0], at: None },
            ApprovalReason::ContactLimit { span: LimitSpan::ALL[0], limit: 2 },
            ApprovalReason::ChannelLimit { span: LimitSpan::ALL[0], limit: 2 },
            ApprovalReason::NotBefore { at },
            ApprovalReason::Unchecked { what: "stop" },
            ApprovalReason::InState { state: ParcelState::Sent },
        ] {
            let json = Json::Object(Reason::Approval(reason.clone()).to_json(None));
            assert_eq!(ApprovalReason::from_json(&json), Some(reason), "{json}");
        }
        let told = told_reasons(r#"[{"code":"four_eyes"},{"code":"of_another_release"}]"#, Some(Lang::English));
        assert!(told[0]["text"].is_string() && told[1] == serde_json::json!({"code": "of_another_release"}));
    }
}
