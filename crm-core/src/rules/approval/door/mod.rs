//! The JSON door: the judgement, the steps of a draft, the last check, for hosts that keep drafts in a store of their own.

mod checks;
mod events;
mod judging;

use serde_json::{Map, Value as Json, json};

use self::checks::{checks, finding_json};
use self::events::{Happening, content, decider, happening, key_of};
use super::content::Content;
use super::policy::ApprovalSettings;
use super::{Proposal, Refusal, release};
use crate::kernel::approval::DraftKind;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::time::format_instant;
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::read::{Object, coded, instant, text};

/// Most questions of one input, most events of one draft.
const MOST_ASKS: usize = 10_000;
const MOST_EVENTS: usize = 10_000;

const ASKS: &[&str] = &["judge", "play", "release", "hash"];

/// Answers questions given as JSON; see the [module](super) for their form.
///
/// # Errors
/// What the input gets wrong, with its path.
pub(in crate::rules) fn eval_json(
    settings: &ApprovalSettings,
    drafts: &Schema,
    rules: &Schema,
    input: &Json,
) -> Result<Json> {
    let o = Object::new(input, &["asks", "lang"])?;
    let lang = o.lang()?;
    let answer = |ask: &Json| {
        let named = ask.get("ask").ok_or_else(|| Problem::Missing { name: "ask".into() })?;
        match named.as_str() {
            Some("judge") => judging::judge_json(settings, (drafts, rules), ask, lang),
            Some("play") => play(ask, lang),
            Some("release") => released(ask, lang),
            Some("hash") => {
                let o = Object::new(ask, &["ask", "content"])?;
                Ok(json!({"content_hash": content(o.required("content")?).map_err(|e| e.at("content"))?.hash()}))
            }
            _ => Err(json::not_one_of(named, ASKS).at("ask")),
        }
    };
    Ok(json!({"answers": o.answers(MOST_ASKS, answer)?}))
}

/// The draft that events happen to: a new one, or a state as an earlier answer gave it.
fn proposal(o: &Object<'_>) -> Result<Proposal> {
    if let Some(state) = o.get("proposal") {
        return Proposal::from_text(&json::canonical(state)).map_err(|e| e.at("proposal"));
    }
    let read = |json: &Json| {
        let o = Object::new(json, &["scope", "kind", "author", "content_hash", "content", "recipients"])?;
        let kind = o.optional("kind", |json| coded(json, DraftKind::from_code, DraftKind::CODES))?;
        let recipients = o.list("recipients", text)?;
        let author = decider(o.required("author")?).map_err(|e| e.at("author"))?;
        let hash = hash_of(&o)?;
        Ok(Proposal::new(&o.text("scope")?, kind.unwrap_or(DraftKind::Message), &author, &hash, &recipients))
    };
    read(o.required("draft")?).map_err(|e: Error| e.at("draft"))
}

/// The hash of a content, as it is or worked out.
fn hash_of(o: &Object<'_>) -> Result<String> {
    match o.optional("content", content)? {
        Some(content) => Ok(Content::hash(&content)),
        None => o.text("content_hash"),
    }
}

fn play(json: &Json, lang: Option<Lang>) -> Result<Json> {
    let o = Object::new(json, &["ask", "draft", "proposal", "events"])?;
    let mut proposal = proposal(&o)?;
    let events = o.required("events")?;
    check::most("events", events.as_array().map_or(0, Vec::len), MOST_EVENTS).map_err(|e| e.at("events"))?;
    let (mut steps, mut hand_offs) = (Vec::new(), 0_u64);
    for (place, event) in events.as_array().into_iter().flatten().enumerate() {
        let read = happening(&proposal, event).map_err(|e| e.at_index(place).at("events"))?;
        let at = read.at;
        let mut map = Map::new();
        let is_start = matches!(read.what, Happening::Start { .. });
        let next = match read.what {
            Happening::Event(event) => proposal.step(&event, at),
            Happening::Start { key, worker, lease_until, checks } => {
                match release(&proposal, &key, *checks, at) {
                    Ok(clearance) => {
                        let start = super::Event::Start { key, worker, lease_until, clearance };
                        proposal.step(&start, at)
                    }
                    Err(refusal) => {
                        map.insert("findings".into(), findings_json(&refusal, lang));
                        // What may not leave for now is held back, where it is still there to be.
                        let held = proposal.step(&super::Event::Block { key }, at);
                        Ok(held.unwrap_or_else(|_| proposal.clone()))
                    }
                }
            }
        };
        match next {
            Ok(next) => {
                if is_start && !map.contains_key("findings") {
                    hand_offs = hand_offs.saturating_add(1);
                }
                proposal = next;
            }
            Err(error) => {
                map.insert("problem".into(), error.to_json());
            }
        }
        map.insert("state".into(), proposal.state().code().into());
        steps.push(Json::Object(map));
    }
    let state = serde_json::from_str::<Json>(&proposal.to_text()).unwrap_or_default();
    let parcels: Vec<Json> = proposal
        .parcels()
        .iter()
        .map(|parcel| {
            json!({
                "recipient": parcel.recipient, "state": parcel.state.code(), "fence": parcel.fence,
                "provider_id": parcel.provider_id, "is_ambiguous": parcel.is_ambiguous,
            })
        })
        .collect();
    Ok(json!({
        "state": proposal.state().code(), "hand_offs": hand_offs, "parcels": parcels, "steps": steps, "proposal": state,
    }))
}

fn released(json: &Json, lang: Option<Lang>) -> Result<Json> {
    let o = Object::new(json, &["ask", "proposal", "draft", "key", "recipient", "checks", "at"])?;
    let proposal = proposal(&o)?;
    let at = instant(o.required("at")?).map_err(|e| e.at("at"))?;
    let key = key_of(&proposal, &o)?;
    let checks = checks(o.required("checks")?).map_err(|e| e.at("checks"))?;
    Ok(match release(&proposal, &key, checks, at) {
        Ok(_) => json!({"released": true, "findings": []}),
        Err(refusal) => json!({
            "released": false, "findings": findings_json(&refusal, lang), "until": refusal.until().map(format_instant),
        }),
    })
}

fn findings_json(refusal: &Refusal, lang: Option<Lang>) -> Json {
    refusal.findings.iter().map(|finding| finding_json(finding, lang)).collect()
}
