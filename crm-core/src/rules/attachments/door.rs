//! The rule `attachment` as JSON.

use serde_json::{Map, Value as Json, json};

use super::{AttachmentPolicy, Blob, Holding};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::reason::Reason;
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;
use crate::model::Attachment;
use crate::rules::check;
use crate::rules::read::{Object, instant, integer, list, text};

const ASKS: &[&str] = &["link", "unlink", "replay", "check"];
const EVENTS: &[&str] = &["link", "unlink", "delete"];
/// Most events of one question.
const MOST_EVENTS: usize = 10_000;
/// What a file is called in errors of this door, where it has no id.
const FILE: &str = "file";

/// Takes `{"ask": "unlink", "links_before": 2}`, see [the module](super).
///
/// # Errors
/// An unknown ask or event, events out of order, a link to a file that may be gone, with its path.
pub fn eval_json(policy: &AttachmentPolicy, input: &Json) -> Result<Json> {
    let keys = &["ask", "links_before", "links", "at", "deletable_at", "events", "file", "attachments", "lang"];
    let o = Object::new(input, keys)?;
    let own = o.optional("attachments", AttachmentPolicy::from_json)?;
    let policy = own.as_ref().unwrap_or(policy);
    let lang: Option<Lang> = o.lang()?;
    let at = o.optional("at", instant)?;
    let ask = o.text("ask")?;
    let before = || {
        let links = o.optional("links_before", count)?.unwrap_or(0);
        Ok::<_, Error>(Holding { links, deletable_at: o.optional("deletable_at", instant)?, deleted_at: None })
    };
    let links = || Ok::<_, Error>(o.optional("links", count)?.unwrap_or(1));
    match ask.as_str() {
        "link" => Ok(shown(&before()?.linked(FILE, links()?, at)?, lang)),
        "unlink" => Ok(shown(&policy.unlinked(before()?, links()?, at), lang)),
        "replay" => Ok(shown(&replayed(policy, o.required("events")?).map_err(|e| e.at("events"))?, lang)),
        "check" => {
            let problems = policy.problems(&file(o.required("file")?).map_err(|e| e.at("file"))?);
            let told: Vec<Json> = problems.iter().map(Error::to_json).collect();
            Ok(json!({"ok": told.is_empty(), "problems": told}))
        }
        _ => Err(Error::from(Problem::NotOneOf { found: shortened(&ask, 60), expected: ASKS }).at("ask")),
    }
}

fn count(json: &Json) -> Result<u64> {
    let found = integer(json)?;
    check::between(found, 0, i64::MAX)?;
    Ok(found.unsigned_abs())
}

fn replayed(policy: &AttachmentPolicy, events: &Json) -> Result<Holding> {
    let events = list(events, event)?;
    check::most("events", events.len(), MOST_EVENTS)?;
    let (mut holding, mut last): (Holding, Option<Instant>) = (Holding::default(), None);
    for (i, (event, at)) in events.into_iter().enumerate() {
        if let Some(last) = last.filter(|last| *last > at) {
            let (from, to) = (format_instant(last), format_instant(at));
            return Err(Error::from(Problem::EndBeforeStart { from, to }).at("at").at_index(i));
        }
        last = Some(at);
        let next = match event.as_str() {
            "link" => holding.linked(FILE, 1, Some(at)),
            "unlink" => Ok(policy.unlinked(holding, 1, Some(at))),
            _ => holding.deleted(FILE, at),
        };
        holding = next.map_err(|e| e.at_index(i))?;
    }
    Ok(holding)
}

fn event(json: &Json) -> Result<(String, Instant)> {
    let o = Object::new(json, &["event", "at"])?;
    let name = o.text("event")?;
    if !EVENTS.contains(&name.as_str()) {
        let found = shortened(&name, 60);
        return Err(Error::from(Problem::NotOneOf { found, expected: EVENTS }).at("event"));
    }
    Ok((name, instant(o.required("at")?).map_err(|e| e.at("at"))?))
}

fn file(json: &Json) -> Result<Attachment> {
    let o = Object::new(json, &["name", "media_type", "size_bytes", "sha256"])?;
    let said = |key| Ok::<_, Error>(o.optional(key, text)?.unwrap_or_default());
    Ok(Attachment {
        name: said("name")?,
        media_type: said("media_type")?,
        size_bytes: o.optional_integer("size_bytes")?,
        sha256: said("sha256")?,
        ..Attachment::default()
    })
}

fn shown(holding: &Holding, lang: Option<Lang>) -> Json {
    let mut map = Map::new();
    map.insert("links".into(), holding.links.into());
    map.insert("blob".into(), holding.blob().code().into());
    if holding.blob() == Blob::Tombstoned {
        map.insert("deletable_at".into(), holding.deletable_at.map(format_instant).into());
    }
    let reason = holding.reason().map(|reason| Json::Object(Reason::Activity(reason).to_json(lang)));
    map.insert("reasons".into(), reason.into_iter().collect::<Vec<_>>().into());
    Json::Object(map)
}
