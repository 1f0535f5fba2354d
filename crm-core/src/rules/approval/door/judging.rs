//! The judgement over a draft, rules and settings given as JSON. What cannot be read of rules and settings approves nothing.

use serde_json::{Map, Value as Json, json};

use super::events::decider;
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::error::{Error, Result};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::time::format_instant;
use crate::lang::Lang;
use crate::model::{AnyRecord, ApprovalRule, set_fields};
use crate::rules::approval::{
    ApprovalSettings, Around, Decision, DraftFacts, PeerCheck, PolicyRule, Verdict, ascii_form, judge,
};
use crate::rules::check;
use crate::rules::input::Values;
use crate::rules::read::{Object, instant, integer, text};

/// Most rules of one question.
const MOST_RULES: usize = 1_000;
const KEYS: &[&str] = &[
    "ask",
    "draft",
    "contributors",
    "recipient_known",
    "conversation_open",
    "template_kept",
    "peer_check",
    "domains",
    "rules",
    "settings",
    "at",
];

pub(super) fn judge_json(
    settings: &ApprovalSettings,
    (drafts, rules): (&Schema, &Schema),
    json: &Json,
    lang: Option<Lang>,
) -> Result<Json> {
    let o = Object::new(json, KEYS)?;
    let at = instant(o.required("at")?).map_err(|e| e.at("at"))?;
    let mut diagnostics = Vec::new();
    let draft = o.optional("draft", |json| json::object(json, "an object"))?;
    let values = Values::fields(drafts, draft, &mut diagnostics).map_err(|e| e.at("draft"))?;
    let peer_check = |json: &Json| {
        let o = Object::new(json, &["by", "passed"])?;
        Ok(PeerCheck { revision: 0, by: o.text("by")?, passed: o.flag("passed", false)? })
    };
    let known = |key: &str| o.get(key).map(|_| o.flag(key, false)).transpose();
    let around = Around {
        contributors: o.list("contributors", decider)?,
        recipient_known: known("recipient_known")?,
        conversation_open: known("conversation_open")?,
        template_kept: known("template_kept")?,
        peer_check: o.optional("peer_check", peer_check)?,
        domains: o.list("domains", text)?.into_iter().collect(),
    };
    let some = o.get("rules").map_or(&[][..], |json| json.as_array().map_or(&[][..], Vec::as_slice));
    check::most("rules", some.len(), MOST_RULES).map_err(|e| e.at("rules"))?;
    let read = |(place, json): (usize, &Json)| {
        rule(rules, drafts, json).unwrap_or_else(|error| {
            diagnostics.push(error.at_index(place).at("rules"));
            let named = json.get("name").or_else(|| json.get("id")).and_then(Json::as_str);
            PolicyRule::unreadable(named.map_or_else(|| format!("rules[{place}]"), str::to_owned).as_str())
        })
    };
    let all: Vec<PolicyRule> = some.iter().enumerate().map(read).collect();
    let own = o.get("settings").map(|json| ApprovalSettings::from_json(json).map_err(|e| e.at("settings")));
    let facts = DraftFacts::new(drafts, &values, &around);
    let verdict = match own {
        None => judge(settings, &all, &facts, at),
        Some(Ok(own)) => judge(&own, &all, &facts, at),
        Some(Err(error)) => {
            diagnostics.push(error);
            closed(judge(settings, &all, &facts, at))
        }
    };
    let recipients = match draft.and_then(|draft| draft.get("recipients")) {
        Some(Json::Array(all)) => all.iter().filter_map(Json::as_str).map(ascii_form).collect(),
        _ => Vec::new(),
    };
    let mut map = verdict_json(&verdict, lang);
    map.insert("recipients".into(), recipients.into());
    map.insert("diagnostics".into(), diagnostics.iter().map(Error::to_json).collect());
    Ok(Json::Object(map))
}

/// What is judged by settings that cannot be read: nobody but an admin decides, and no rule.
fn closed(verdict: Verdict) -> Verdict {
    let mut verdict = verdict;
    if verdict.decision != Decision::Forbid {
        verdict.decision = Decision::Wait;
        verdict.reasons.clear();
    }
    (verdict.terms.needs_admin, verdict.terms.needs_person) = (true, true);
    let why = ApprovalReason::FailClosed { what: "settings".to_owned() };
    verdict.reasons.push(Reason::Approval(why));
    verdict
}

/// A rule as its record has it, with `id` and `used_today`.
fn rule(rules: &Schema, drafts: &Schema, json: &Json) -> Result<PolicyRule> {
    let map = json::object(json, "an object")?;
    let (mut fields, mut own) = (Map::new(), Map::new());
    for (key, value) in map {
        let is_own = ["id", "used_today", "enabled", "revision", "made_by", "made_by_role", "switched_at"]
            .contains(&key.as_str());
        if is_own { &mut own } else { &mut fields }.insert(key.clone(), value.clone());
    }
    if let Some(condition @ Json::Object(_)) = fields.get("condition") {
        let written = json::canonical(condition);
        fields.insert("condition".into(), written.into());
    }
    let mut any: AnyRecord = ApprovalRule::default().into();
    set_fields(&mut any, rules, &fields)?;
    let AnyRecord::ApprovalRule(mut record) = any else { return Ok(PolicyRule::unreadable("")) };
    let own = Json::Object(own);
    let o = Object::new(&own, &["id", "used_today", "enabled", "revision", "made_by", "made_by_role", "switched_at"])?;
    record.enabled = o.get("enabled").map(|_| o.flag("enabled", false)).transpose()?;
    record.revision = o.optional("revision", integer)?;
    record.made_by = o.optional("made_by", text)?.unwrap_or_default();
    record.made_by_role = o.optional("made_by_role", text)?.unwrap_or_default();
    record.switched_at = o.optional("switched_at", instant)?;
    let used = o.optional("used_today", integer)?.and_then(|used| u64::try_from(used).ok());
    Ok(PolicyRule::new(&o.text("id")?, *record, used, drafts))
}

fn verdict_json(verdict: &Verdict, lang: Option<Lang>) -> Map<String, Json> {
    let decision = verdict.decision.code();
    let mut map = Map::new();
    map.insert("decision".into(), decision.into());
    if let Decision::Auto { rule, revision, made_by } = &verdict.decision {
        map.insert("rule".into(), rule.as_str().into());
        map.insert("rule_revision".into(), (*revision).into());
        map.insert("made_by".into(), json!({"name": made_by.name, "role": made_by.role.name()}));
    }
    map.insert("terms".into(), serde_json::to_value(verdict.terms).unwrap_or_default());
    let instants = [
        ("expires_at", verdict.expires_at),
        ("approval_expires_at", verdict.approval_expires_at),
        ("not_before", verdict.not_before),
    ];
    for (key, at) in instants {
        map.insert(key.into(), at.map(format_instant).into());
    }
    let reasons = verdict.reasons.iter().map(|why| Json::Object(why.to_json(lang)));
    map.insert("reasons".into(), reasons.collect());
    map
}
