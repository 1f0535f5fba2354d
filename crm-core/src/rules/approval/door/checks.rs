//! What was looked at outside of the draft, read from JSON.

use serde_json::{Map, Value as Json};

use crate::kernel::approval::ChannelKind;
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::consent_reason::Mention;
use crate::kernel::error::{Error, Result};
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::sequence_reason::{LimitSpan, SequenceEnd};
use crate::kernel::time::format_instant;
use crate::lang::Lang;
use crate::rules::approval::{Check, Checks, Finding};
use crate::rules::read::{Object, coded, instant, integer, list};

const CHECKS: &[&str] = &["kill_switch", "channel", "recipient", "consent", "approver", "stop", "frequency", "quota"];
const VALUES: &[&str] =
    &["code", "until", "by", "since", "channel", "address", "mention", "rule", "span", "limit", "cause", "at"];

/// The checks of a hand-off; one that is left out was not made.
pub(super) fn checks(json: &Json) -> Result<Checks> {
    let o = Object::new(json, CHECKS)?;
    let one =
        |what: &'static str| Ok::<_, Error>(o.optional(what, |json| check(what, json))?.unwrap_or(Check::NotMade));
    Ok(Checks {
        kill_switch: one("kill_switch")?,
        channel: one("channel")?,
        recipient: one("recipient")?,
        consent: one("consent")?,
        approver: one("approver")?,
        stop: one("stop")?,
        frequency: one("frequency")?,
        quota: one("quota")?,
    })
}

fn check(what: &'static str, json: &Json) -> Result<Check> {
    match json {
        Json::String(word) if word == "passed" => Ok(Check::Passed),
        Json::String(word) if word == "not_made" => Ok(Check::NotMade),
        Json::Array(_) => Ok(Check::Refused(list(json, |json| finding(what, json))?)),
        _ => Err(json::not_one_of(json, &["passed", "not_made"])),
    }
}

/// Why something is refused, by its code; a code that is the host's own is told with the check that gave it.
fn finding(check: &'static str, json: &Json) -> Result<Finding> {
    use ApprovalReason as R;
    let o = Object::new(json, VALUES)?;
    let span = || coded(o.required("span")?, LimitSpan::from_code, LimitSpan::CODES).map_err(|e| e.at("span"));
    let limit = || Ok::<_, Error>(integer(o.required("limit")?).map_err(|e| e.at("limit"))?.unsigned_abs());
    let code = o.text("code")?;
    let reason = match code.as_str() {
        "kill_switch" => {
            R::KillSwitch { by: o.text("by")?, since: instant(o.required("since")?).map_err(|e| e.at("since"))? }
        }
        "channel_not_connected" => R::ChannelNotConnected {
            channel: coded(o.required("channel")?, ChannelKind::from_code, ChannelKind::CODES)
                .map_err(|e| e.at("channel"))?,
        },
        "recipient_not_allowed" => R::RecipientNotAllowed { address: o.text("address")? },
        "missing_mention" => R::MissingMention {
            mention: coded(o.required("mention")?, Mention::from_code, Mention::CODES).map_err(|e| e.at("mention"))?,
        },
        "approver_lost" => R::ApproverLost { by: o.text("by")? },
        "rule_off" => R::RuleOff { rule: o.text("rule")?, since: o.optional("since", instant)? },
        "contact_limit" => R::ContactLimit { span: span()?, limit: limit()? },
        "channel_limit" => R::ChannelLimit { span: span()?, limit: limit()? },
        "stopped" => R::Stopped {
            cause: coded(o.required("cause")?, SequenceEnd::from_code, SequenceEnd::CODES)
                .map_err(|e| e.at("cause"))?,
            at: o.optional("at", instant)?,
        },
        _ => R::HostCheck { check, found: code },
    };
    Ok(Finding { reason: Reason::Approval(reason), until: o.optional("until", instant)? })
}

/// A finding with the instant at which it is over by itself.
pub(super) fn finding_json(finding: &Finding, lang: Option<Lang>) -> Json {
    let mut map: Map<String, Json> = finding.reason.to_json(lang);
    if let Some(until) = finding.until {
        map.insert("until".into(), format_instant(until).into());
    }
    Json::Object(map)
}
