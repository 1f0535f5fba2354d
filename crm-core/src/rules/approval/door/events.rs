//! What happens to a draft, read from JSON.

use serde_json::Value as Json;

use super::checks::checks;
use super::hash_of;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::role::Role;
use crate::kernel::time::Instant;
use crate::rules::approval::{
    Backing, Checks, Content, Decider, Event, Lookup, Outcome, Proposal, Seen, Terms, idempotency_key,
};
use crate::rules::read::{Object, coded, instant, integer, text};

/// An event with its instant.
pub(super) struct Read {
    pub(super) at: Instant,
    pub(super) what: Happening,
}

/// An event, or a hand-off that has to pass the last check first.
pub(super) enum Happening {
    Event(Event),
    Start { key: String, worker: String, lease_until: Instant, checks: Box<Checks> },
}

const EVENTS: &[&str] = &[
    "edit",
    "submit",
    "peer_check",
    "approve",
    "reject",
    "request_changes",
    "cancel",
    "supersede",
    "expire",
    "withdraw",
    "block",
    "start",
    "settle",
    "lease_over",
    "reconcile",
    "retry",
    "carry_out",
];

/// One event; see the [module](crate::rules::approval) for its form.
pub(super) fn happening(proposal: &Proposal, json: &Json) -> Result<Read> {
    let named = json.get("event").ok_or_else(|| Problem::Missing { name: "event".into() })?;
    let own = |keys: &'static [&'static str]| Object::new(json, keys);
    let at = |o: &Object<'_>| instant(o.required("at")?).map_err(|e| e.at("at"));
    let (o, what) = match named.as_str() {
        Some("edit") => {
            let o = own(&["event", "at", "by", "content", "content_hash", "recipients"])?;
            let (by, content_hash, recipients) = (by(&o)?, hash_of(&o)?, o.list("recipients", text)?);
            (o, Happening::Event(Event::Edit { by, content_hash, recipients }))
        }
        Some("submit") => {
            let o = own(&["event", "at", "terms", "expires_at"])?;
            let terms = o.optional("terms", terms)?.unwrap_or_default();
            let expires_at = o.optional("expires_at", instant)?;
            (o, Happening::Event(Event::Submit { terms, expires_at }))
        }
        Some("peer_check") => {
            let o = own(&["event", "at", "by", "seen", "passed"])?;
            let (by, seen, passed) = (by(&o)?, seen(&o)?, o.flag("passed", false)?);
            (o, Happening::Event(Event::PeerCheck { by, seen, passed }))
        }
        Some("approve") => {
            let keys =
                &["event", "at", "by", "seen", "rule", "rule_revision", "expires_at", "not_before", "is_reviewed"];
            let o = own(keys)?;
            let event = Event::Approve {
                seen: seen(&o)?,
                by: by(&o)?,
                backing: match o.optional("rule", text)? {
                    None => Backing::Person,
                    Some(rule) => Backing::Rule { rule, rule_revision: count(&o, "rule_revision")? },
                },
                expires_at: o.optional("expires_at", instant)?,
                not_before: o.optional("not_before", instant)?,
                is_reviewed: o.flag("is_reviewed", false)?,
            };
            (o, Happening::Event(event))
        }
        Some(word @ ("reject" | "request_changes")) => {
            let o = own(&["event", "at", "by", "seen"])?;
            let (seen, by) = (seen(&o)?, by(&o)?);
            let event = if word == "reject" { Event::Reject { seen, by } } else { Event::RequestChanges { seen, by } };
            (o, Happening::Event(event))
        }
        Some(word @ ("cancel" | "supersede" | "expire" | "withdraw" | "carry_out")) => {
            let o = own(&["event", "at"])?;
            let event = match word {
                "cancel" => Event::Cancel,
                "supersede" => Event::Supersede,
                "expire" => Event::Expire,
                "withdraw" => Event::Withdraw,
                _ => Event::CarryOut,
            };
            (o, Happening::Event(event))
        }
        Some(word @ ("block" | "lease_over" | "retry")) => {
            let o = own(&["event", "at", "key", "recipient"])?;
            let key = key_of(proposal, &o)?;
            let event = match word {
                "block" => Event::Block { key },
                "lease_over" => Event::LeaseOver { key },
                _ => Event::Retry { key },
            };
            (o, Happening::Event(event))
        }
        Some("start") => {
            let o = own(&["event", "at", "key", "recipient", "worker", "lease_until", "checks"])?;
            let lease_until = instant(o.required("lease_until")?).map_err(|e| e.at("lease_until"))?;
            let checks = Box::new(checks(o.required("checks")?).map_err(|e| e.at("checks"))?);
            let (key, worker) = (key_of(proposal, &o)?, o.text("worker")?);
            (o, Happening::Start { key, worker, lease_until, checks })
        }
        Some("settle") => {
            let o = own(&["event", "at", "key", "recipient", "fence", "outcome", "provider_id", "is_final"])?;
            let provider_id = o.optional("provider_id", text)?;
            let outcome = match o.text("outcome")?.as_str() {
                "sent" => Outcome::Sent { provider_id },
                "failed" => Outcome::Failed { is_final: o.flag("is_final", false)? },
                "unknown" => Outcome::Unknown,
                _ => return Err(json::not_one_of(o.required("outcome")?, &["sent", "failed", "unknown"]).at("outcome")),
            };
            let (key, fence) = (key_of(proposal, &o)?, count(&o, "fence")?);
            (o, Happening::Event(Event::Settle { key, fence, outcome }))
        }
        Some("reconcile") => {
            let o = own(&["event", "at", "key", "recipient", "found", "provider_id"])?;
            let found = match o.text("found")?.as_str() {
                "found" => Lookup::Found { provider_id: o.optional("provider_id", text)? },
                "not_found" => Lookup::NotFound,
                "ambiguous" => Lookup::Ambiguous,
                _ => {
                    let words = &["found", "not_found", "ambiguous"];
                    return Err(json::not_one_of(o.required("found")?, words).at("found"));
                }
            };
            let key = key_of(proposal, &o)?;
            (o, Happening::Event(Event::Reconcile { key, found }))
        }
        _ => return Err(json::not_one_of(named, EVENTS).at("event")),
    };
    Ok(Read { at: at(&o)?, what })
}

fn by(o: &Object<'_>) -> Result<Decider> {
    decider(o.required("by")?).map_err(|e| e.at("by"))
}

/// Somebody with a role.
pub(super) fn decider(json: &Json) -> Result<Decider> {
    let o = Object::new(json, &["name", "role"])?;
    let role = |json: &Json| coded(json, |name| name.parse().ok(), Role::NAMES);
    Ok(Decider { name: o.text("name")?, role: role(o.required("role")?).map_err(|e| e.at("role"))? })
}

fn seen(o: &Object<'_>) -> Result<Seen> {
    let read = |json: &Json| {
        let o = Object::new(json, &["revision", "content", "content_hash"])?;
        Ok(Seen { revision: count(&o, "revision")?, content_hash: hash_of(&o)? })
    };
    read(o.required("seen")?).map_err(|e: Error| e.at("seen"))
}

fn terms(json: &Json) -> Result<Terms> {
    let keys = &["needs_admin", "needs_manager", "needs_four_eyes", "needs_peer_check", "needs_person"];
    let o = Object::new(json, keys)?;
    Ok(Terms {
        needs_admin: o.flag("needs_admin", false)?,
        needs_manager: o.flag("needs_manager", false)?,
        needs_four_eyes: o.flag("needs_four_eyes", false)?,
        needs_peer_check: o.flag("needs_peer_check", false)?,
        needs_person: o.flag("needs_person", false)?,
    })
}

fn count(o: &Object<'_>, key: &str) -> Result<u32> {
    let read = |json: &Json| {
        let found = integer(json)?;
        let (least, most) = ("0".into(), u32::MAX.to_string());
        u32::try_from(found).map_err(|_| Problem::OutOfRange { found: found.to_string(), least, most }.into())
    };
    read(o.required(key)?).map_err(|e: Error| e.at(key))
}

/// Everything that a decision binds: an object, whatever its keys.
pub(super) fn content(json: &Json) -> Result<Content> {
    let map = json::object(json, "an object")?;
    Ok(map.iter().fold(Content::default(), |content, (name, part)| content.with(name, part.clone())))
}

/// The hand-off that is meant: by its key, or by its recipient in the draft's revision of now.
pub(super) fn key_of(proposal: &Proposal, o: &Object<'_>) -> Result<String> {
    match o.optional("recipient", text)? {
        Some(recipient) => Ok(idempotency_key(proposal.scope(), proposal.revision(), &recipient)),
        None => o.text("key"),
    }
}
