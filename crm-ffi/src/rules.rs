//! Loading rules, and evaluating one of them as JSON.

#![allow(unsafe_code, reason = "the door: C's pointers come in here")]

use std::ffi::c_char;
use std::sync::OnceLock;

use crm_core::rules::Rules;

use crate::boundary::{guard, guard_quietly};
use crate::handle::{self, crm_error, crm_rules};
use crate::output::Out;
use crate::status::crm_status;
use crate::text::{self, crm_string};

/// Loads rules from JSON; checks and compiles them. A length of zero gives the standard rules.
///
/// Free them with `crm_rules_free`. Any thread may call this.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_rules_new(
    json: *const c_char,
    json_length: usize,
    rules: *mut *mut crm_rules,
    error: *mut *mut crm_error,
) -> crm_status {
    let body = || {
        // SAFETY: each pointer is NULL or what the header says.
        let (rules, json) = unsafe { (Out::new(rules, "rules")?, text::json(json, json_length, "json")?) };
        rules.put(handle::open(if json.is_empty() { standard() } else { Rules::parse(json)? })?);
        Ok(())
    };
    // SAFETY: `error` is NULL or what the header says.
    unsafe { guard(error, body) }
}

/// Frees rules. CRMs that were opened with them keep them.
///
/// `CRM_INVALID_HANDLE` when there is nothing to free: NULL, freed already, or no rules; freeing twice is harmless. Any
/// thread may call this; calls that are under way in other threads go on with them.
#[unsafe(no_mangle)]
pub extern "C" fn crm_rules_free(rules: *mut crm_rules) -> crm_status {
    guard_quietly(|| {
        drop(handle::close::<Rules>(rules, "rules")?);
        Ok(())
    })
}

/// Evaluates a rule on facts. Of leads: "conversion", "duplicates", "enrichment", "identity", "lead_gaps" (what is
/// missing before somebody can work a lead), "lead_score", "merge", "routing" and "routing_lint". Of deals and money:
/// "allocate", "bands", "convert", "deal_risk", "fiscal", "forecast", "pipeline", "quote" (totals, what changed, the
/// discount that reaches a total, mentions that are missing), "report", "waterfall" and "window". Of customers:
/// "attribution" (where touches came from, and what each had to do with a deal), "health" (scores, what changed them,
/// backtests), "playbook" (days, plans, what moves), "retention" (how recurring revenue moved and how much of it
/// stayed), "segment" (who belongs to one, and why) and "subscription" (terms, notices, recurring revenue, risk). Of
/// support and daily work: "assignment" (who may get a piece of work), "availability" (working time less leave),
/// "attachment", "calendar" (business time), "inbox", "sla" (clocks, alerts, what a change would move), "task" (bands,
/// orders, recurrences) and "template". Of messages: "approval" (who has to say yes, what becomes of a draft, what may
/// leave), "consent" (may a person be contacted, with the law that says so), "next_action" (what to do next, and why),
/// "reply" (what a message that came in is), "sequence" (sending times, enrolments, steps) and "starters" (templates
/// and a sequence to begin with). Of all: "access" (who may, and why), "audit", "csv_cell" and "filter". For example
/// "lead_score":
///
///     {"lead": {"company": "Rénov'Ouest", "job_title": "gérante", "visits": 12},
///      "events": [{"kind": "form_submitted", "at": "2026-11-20T10:00:00Z"}],
///      "at": "2026-11-22T09:00:00Z", "lang": "fr"}
///
/// answers with the score, its band, and the reasons that add up to it. Unlike `crm_open`, this takes no NULL for the
/// standard rules: rules that were freed must not silently become others.
///
/// Free `answer` with `crm_string_free`. Threads may share rules.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_eval(
    rules: *const crm_rules,
    rule: *const c_char,
    rule_length: usize,
    input: *const c_char,
    input_length: usize,
    answer: *mut crm_string,
    error: *mut *mut crm_error,
) -> crm_status {
    let body = || {
        // SAFETY: each pointer is NULL or what the header says.
        let (answer, rule, input) = unsafe {
            (
                Out::new(answer, "answer")?,
                text::word(rule, rule_length, "rule")?,
                text::json(input, input_length, "input")?,
            )
        };
        let rules = handle::get::<Rules>(rules, "rules")?;
        answer.put(text::new(rules.eval_text(rule, input)?));
        Ok(())
    };
    // SAFETY: `error` is NULL or what the header says.
    unsafe { guard(error, body) }
}

/// The standard rules, compiled once.
pub(crate) fn standard() -> Rules {
    static STANDARD: OnceLock<Rules> = OnceLock::new();
    STANDARD.get_or_init(Rules::default).clone()
}
