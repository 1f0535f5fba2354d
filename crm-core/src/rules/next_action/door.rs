//! The rule `next_action` as JSON.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::{NextActions, NextFacts, NextSubject, SUBJECTS, Suggested, Suggestion};
use crate::kernel::error::Result;
use crate::kernel::field::Schema;
use crate::kernel::next_action_reason::NextActionReason;
use crate::kernel::reason::Reason;
use crate::kernel::time::format_instant;
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::read::{Object, coded, instant, list, text};
use crate::rules::templates::Templates;

const KEYS: &[&str] = &["record", "id", "version", "at", "facts", "held", "table", "language", "lang"];

/// Takes a record's facts and gives what is suggested, see [the module](super).
///
/// # Errors
/// Facts that are not known or do not fit, and a table that does not load, with their place.
pub fn eval_json(configured: &NextActions, templates: &Templates, accounts: &Schema, input: &Json) -> Result<Json> {
    let o = Object::new(input, KEYS)?;
    let own = o.optional("table", |v| NextActions::new(Some(v), templates, accounts))?;
    let table = own.as_ref().unwrap_or(configured);
    let lang: Option<Lang> = o.lang()?;
    let language = o.optional("language", |v| text(v)?.parse())?.unwrap_or(templates.language());
    let record = coded(o.required("record")?, |code| SUBJECTS.iter().find(|s| **s == code), SUBJECTS);
    let kind = crate::rules::kind(record.map_err(|e| e.at("record"))?)?;
    let id = o.text("id")?;
    check::id(&id).map_err(|e| e.at("id"))?;
    let version = o.optional_integer("version")?;
    if let Some(version) = version {
        check::between(version, 1, i64::MAX).map_err(|e| e.at("version"))?;
    }
    let subject = NextSubject { kind, id, version: version.and_then(|n| u64::try_from(n).ok()) };
    let at = o.required("at").and_then(|v| instant(v).map_err(|e| e.at("at")))?;
    let facts = NextFacts::from_json(o.required("facts")?).map_err(|e| e.at("facts"))?;
    let held: BTreeSet<String> = o.optional("held", |v| list(v, text))?.unwrap_or_default().into_iter().collect();
    let candidates = table.candidates(&subject, &facts, at, language);
    let suggested = table.chosen(candidates, &facts, |key| held.contains(key));
    let mut answer = Map::new();
    answer.insert("table".into(), table.named());
    answer.insert("record".into(), kind.name().into());
    answer.insert("id".into(), subject.id.into());
    answer.insert("at".into(), format_instant(at).into());
    answer.extend(suggested.to_json(lang));
    Ok(Json::Object(answer))
}

impl NextActions {
    /// `{"id", "version"}`.
    pub fn named(&self) -> Json {
        json!({"id": self.id, "version": self.version})
    }
}

fn told(reason: &NextActionReason, lang: Option<Lang>) -> Map<String, Json> {
    Reason::NextAction(reason.clone()).to_json(lang)
}

impl Suggestion {
    /// `{"action", "label", "end", "priority", "reasons", "evidence", "key", "command", "body"}`.
    pub fn to_json(&self, lang: Option<Lang>) -> Map<String, Json> {
        let mut map = Map::new();
        map.insert("action".into(), self.name.id.as_str().into());
        if let Some(lang) = lang {
            map.insert("label".into(), self.name.text(lang).into());
        }
        map.insert("end".into(), self.end.as_str().into());
        map.insert("priority".into(), self.priority.into());
        map.insert("reasons".into(), self.reasons_json(lang));
        map.insert("evidence".into(), self.evidence.iter().cloned().collect());
        map.insert("key".into(), self.key.as_str().into());
        map.insert("command".into(), self.command.as_str().into());
        map.insert("body".into(), self.body.clone());
        map
    }

    /// The reasons, each with its points.
    pub(crate) fn reasons_json(&self, lang: Option<Lang>) -> Json {
        let one = |speaks: &super::Speaks| {
            let mut map = Map::new();
            map.insert("points".into(), speaks.points.into());
            map.extend(told(&speaks.reason, lang));
            Json::Object(map)
        };
        self.reasons.iter().map(one).collect()
    }
}

impl Suggested {
    /// `{"suggestions", "left_out"}`.
    pub fn to_json(&self, lang: Option<Lang>) -> Map<String, Json> {
        let left_out = |(one, why): &(Suggestion, NextActionReason)| {
            let mut map = Map::new();
            map.insert("action".into(), one.name.id.as_str().into());
            if let Some(lang) = lang {
                map.insert("label".into(), one.name.text(lang).into());
            }
            map.insert("priority".into(), one.priority.into());
            map.insert("key".into(), one.key.as_str().into());
            map.insert("reason".into(), Json::Object(told(why, lang)));
            Json::Object(map)
        };
        let mut map = Map::new();
        let shown: Json = self.suggestions.iter().map(|one| Json::Object(one.to_json(lang))).collect();
        map.insert("suggestions".into(), shown);
        map.insert("left_out".into(), self.left_out.iter().map(left_out).collect());
        map
    }
}
