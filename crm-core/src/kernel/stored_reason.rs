//! Reasons that were stored, read again, so that their sentences can be rendered for whoever reads them now.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::approval::{ChannelKind, ParcelState};
use super::approval_reason::ApprovalReason as A;
use super::calendar::holidays::FrenchHoliday;
use super::consent_reason::{Basis, ConsentReason as C, ContactChannel, ContactTopic, Doubt, Mention, UnknownFact};
use super::json;
use super::next_action_reason::NextActionReason as N;
use super::reason::{Name, Reason};
use super::risk_reason::RiskSignal;
use super::sequence_reason::{LimitSpan, SequenceEnd, SequenceReason as S};
use super::time::{Instant, parse_date, parse_instant};
use crate::lang::Lang;

/// A list of reasons as it was stored (empty where there is none), each with its sentence where a language is asked for.
/// What this version does not know is shown as it is.
pub(crate) fn told(stored: &str, lang: Option<Lang>) -> Vec<Json> {
    if stored.is_empty() {
        return Vec::new();
    }
    let Ok(Json::Array(all)) = json::parse(stored.as_bytes()) else { return Vec::new() };
    all.into_iter().map(|one| told_one(one, lang)).collect()
}

fn told_one(stored: Json, lang: Option<Lang>) -> Json {
    let (Json::Object(mut map), Some(lang)) = (stored.clone(), lang) else { return stored };
    if let Some(reason) = read(&map) {
        map.extend(reason.to_json(Some(lang)));
    }
    Json::Object(map)
}

/// The sentence of a reason in an answer, or its code.
pub(crate) fn sentence(told: &Json) -> &str {
    let text = |key: &str| told.get(key).and_then(Json::as_str);
    text("text").or_else(|| text("code")).unwrap_or_default()
}

/// A stored reason of drafts: of the policy, the last check, the law, next actions, and sequences.
pub(crate) fn read(map: &Map<String, Json>) -> Option<Reason> {
    let code = map.get("code")?.as_str()?;
    let o = Stored(map);
    approval(code, &o)
        .map(Reason::Approval)
        .or_else(|| consent(code, &o).map(Reason::Consent))
        .or_else(|| next_action(code, &o).map(Reason::NextAction))
        .or_else(|| sequence(code, &o).map(Reason::Sequence))
}

struct Stored<'a>(&'a Map<String, Json>);

impl Stored<'_> {
    fn text(&self, key: &str) -> Option<String> {
        self.0.get(key)?.as_str().map(str::to_owned)
    }

    fn coded<T>(&self, key: &str, of: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        of(self.0.get(key)?.as_str()?)
    }

    fn count(&self, key: &str) -> Option<u64> {
        self.0.get(key)?.as_u64()
    }

    fn number(&self, key: &str) -> Option<i64> {
        self.0.get(key)?.as_i64()
    }

    fn yes(&self, key: &str) -> Option<bool> {
        self.0.get(key)?.as_bool()
    }

    fn at(&self, key: &str) -> Option<Instant> {
        self.coded(key, |text| parse_instant(text).ok())
    }

    fn day(&self, key: &str) -> Option<NaiveDate> {
        self.coded(key, |text| parse_date(text).ok())
    }
}

fn approval(code: &str, o: &Stored<'_>) -> Option<A> {
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
        "contact_limit" => A::ContactLimit { span: o.coded("span", LimitSpan::from_code)?, limit: o.count("limit")? },
        "channel_limit" => A::ChannelLimit { span: o.coded("span", LimitSpan::from_code)?, limit: o.count("limit")? },
        "not_before" => A::NotBefore { at: o.at("at")? },
        "in_state" => A::InState { state: o.coded("state", ParcelState::from_code)? },
        _ => return None,
    })
}

fn consent(code: &str, o: &Stored<'_>) -> Option<C> {
    Some(match code {
        "objection" => C::Objection { on: o.day("on"), channel: o.coded("channel", ContactChannel::from_code) },
        "undeliverable" => C::Undeliverable { on: o.day("on")? },
        "sector_ban" => C::SectorBan { topic: o.coded("topic", ContactTopic::from_code)? },
        "prior_consent_required" => C::PriorConsentRequired,
        "opt_in_required" => C::OptInRequired,
        "bloctel_listed" => C::BloctelListed,
        "bloctel_unchecked" => C::BloctelUnchecked { days: o.number("days")? },
        "retention_expired" => C::RetentionExpired { last: o.day("last")?, months: o.number("months")? },
        "not_informed" => C::NotInformed,
        "subject_unrelated_to_profession" => C::SubjectUnrelated,
        "refused_60_days" => C::Refused { on: o.day("on")?, days: o.number("days")? },
        "max_4_per_30_days" => {
            C::MostCalls { calls: o.count("calls")?, most: o.number("most")?, days: o.number("days")? }
        }
        "public_holiday" => {
            C::PublicHoliday { holiday: o.coded("holiday", |code| code.parse::<FrenchHoliday>().ok())? }
        }
        "weekend" => C::Weekend,
        "unknown_fact" => C::Unknown(o.coded("fact", UnknownFact::from_code)?),
        "legal_review" => C::LegalReview(o.coded("doubt", Doubt::from_code)?),
        "legal_person_mailbox" => C::Allowed(Basis::LegalPerson),
        _ => return Basis::from_code(code).map(C::Allowed),
    })
}

fn next_action(code: &str, o: &Stored<'_>) -> Option<N> {
    let each = |key: &str| o.0.get(key)?.as_array().map(|all| all.iter().filter_map(Json::as_str));
    Some(match code {
        "next_score_band" => N::ScoreBand { band: o.text("band")?, score: o.number("score") },
        "next_gaps" => N::Gaps { items: each("items")?.map(|id| Name { id: id.to_owned(), labels: None }).collect() },
        "next_nobodys" => N::Nobodys,
        "next_not_contacted" => N::NotContacted { hours: o.number("hours")?, since: o.at("since")? },
        "next_quiet" => N::Quiet { days: o.number("days")?, since: o.at("since")? },
        "next_reply_waits" => N::ReplyWaits { hours: o.number("hours")?, since: o.at("since")? },
        "next_no_task" => N::NoTask,
        "next_at_risk" => N::AtRisk { score: o.number("score")? },
        "next_risk_signals" => N::RiskSignals { signals: each("signals")?.filter_map(RiskSignal::from_code).collect() },
        "next_close_date_passed" => N::CloseDatePassed { days: o.number("days")?, date: o.day("date")? },
        "next_in_stage" => N::InStage { days: o.number("days")?, since: o.at("since")? },
        "next_quote_waits" => N::QuoteWaits { days: o.number("days")?, since: o.at("since")? },
        "next_renewal_near" => N::RenewalNear { days: o.number("days")?, date: o.day("date")? },
        "next_health_low" => N::HealthLow { health: o.number("health")? },
        "next_tickets_breached" => N::TicketsBreached { count: o.number("count")? },
        _ => return None,
    })
}

/// What a sequence says of the drafts that it makes.
fn sequence(code: &str, o: &Stored<'_>) -> Option<S> {
    Some(match code {
        "step_ran" => S::StepRan { step: o.text("step")? },
        "draft_incomplete" => {
            let names = o.0.get("names")?.as_array()?;
            let names = names.iter().filter_map(Json::as_str).map(str::to_owned).collect();
            S::DraftIncomplete { step: o.text("step")?, names }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_reads_as_it_was() {
        let at = parse_instant("2026-11-22T09:00:00Z").unwrap();
        let day = parse_date("2026-11-22").unwrap();
        let all = [
            Reason::Approval(A::AutoRule { rule: "r".into(), revision: 2 }),
            Reason::Approval(A::RuleOff { rule: "r".into(), since: None }),
            Reason::Approval(A::KillSwitch { by: "marie".into(), since: at }),
            Reason::Approval(A::MissingMention { mention: Mention::OptOut }),
            Reason::Approval(A::ContactLimit { span: LimitSpan::ALL[0], limit: 3 }),
            Reason::Approval(A::BelowFloor { confidence_bp: 10, floor_bp: 20 }),
            Reason::Consent(C::Objection { on: Some(day), channel: None }),
            Reason::Consent(C::MostCalls { calls: 4, most: 4, days: 30 }),
            Reason::Consent(C::Allowed(Basis::LegalPerson)),
            Reason::NextAction(N::Quiet { days: 3, since: at }),
            Reason::NextAction(N::RiskSignals { signals: vec![RiskSignal::ALL[0], RiskSignal::ALL[3]] }),
            Reason::NextAction(N::CloseDatePassed { days: 3, date: day }),
            Reason::Sequence(S::StepRan { step: "first".into() }),
            Reason::Sequence(S::DraftIncomplete { step: "first".into(), names: vec!["company".into()] }),
        ];
        let stored: Vec<Json> = all.iter().map(|reason| Json::Object(reason.to_json(None))).collect();
        let told = told(&json::canonical(&stored.into()), Some(Lang::French));
        for (reason, told) in all.iter().zip(told) {
            assert_eq!(told, Json::Object(reason.to_json(Some(Lang::French))), "{reason:?}");
        }
        assert_eq!(told_one(serde_json::json!({"code": "of_the_future"}), Some(Lang::English))["text"], Json::Null);
    }
}
