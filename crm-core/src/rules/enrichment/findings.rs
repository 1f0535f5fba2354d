//! What was found, each with where and how; and what the lead itself says.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::material::Material;
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::Schema;
use crate::kernel::finding::{Confidence, Method, Topic};
use crate::kernel::reason::Reason;
use crate::kernel::text::shortened;
use crate::lang::{self, Lang};
use crate::rules::identity::Identity;

/// Most characters of evidence.
const MOST_EVIDENCE: usize = 160;
/// Most characters of a finding's value; a name or description that is longer is none.
const MOST_VALUE: usize = 1000;

/// One thing that was found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived {
    /// What it is about.
    pub field: Topic,
    /// What was found.
    pub value: String,
    /// How.
    pub method: Method,
    /// Where: `lead.email`, the address of a page or its place in the list, `legal_text`, `country_hint`, or the topic
    /// of another finding that it follows from.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// The text that it came from, shortened.
    pub evidence: String,
}

impl Derived {
    /// As a reason, which has a sentence.
    pub fn reason(&self) -> Reason {
        let (topic, method, confidence) = (self.field, self.method, self.confidence);
        Reason::Found { topic, method, confidence, source: shortened(&self.source, MOST_EVIDENCE) }
    }

    /// As JSON; with a language, the sentence beside it.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        map.insert("field".into(), self.field.name().into());
        map.insert("value".into(), self.value.as_str().into());
        map.insert("method".into(), self.method.name().into());
        map.insert("source".into(), self.source.as_str().into());
        map.insert("confidence".into(), self.confidence.name().into());
        map.insert("evidence".into(), self.evidence.as_str().into());
        if let Some(lang) = lang {
            map.insert("text".into(), lang::reason(&self.reason(), lang).into());
        }
        Json::Object(map)
    }
}

/// The lead's own texts that derivers read; without what enrichment itself wrote, which is no evidence for anything.
#[derive(Clone, Debug, Default)]
pub(super) struct Own(BTreeMap<&'static str, String>);

impl Own {
    pub(super) fn new(facts: &(impl Facts + ?Sized), schema: &Schema, enriched: &[Topic]) -> Self {
        let fields = Topic::ALL.iter().filter(|t| !enriched.contains(t)).filter_map(|t| t.field());
        let text = |name: &'static str| match facts.fact(schema.position(name)?) {
            Fact::Text(text) if !text.trim().is_empty() => Some((name, text.trim().to_owned())),
            _ => None,
        };
        Own(fields.chain(["email", "mobile"]).filter_map(text).collect())
    }

    /// The text of a field, empty where nobody knows it.
    pub(super) fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }
}

/// What a deriver works on: what is given, and what those before it found.
pub(super) struct Desk<'a> {
    pub(super) identity: &'a Identity,
    pub(super) own: &'a Own,
    pub(super) material: &'a Material,
    found: Vec<Derived>,
}

/// Where something comes from: the place, and the text there.
#[derive(Clone, Copy)]
pub(super) struct From<'a> {
    pub(super) source: &'a str,
    pub(super) evidence: &'a str,
}

impl<'a> Desk<'a> {
    pub(super) fn new(identity: &'a Identity, own: &'a Own, material: &'a Material) -> Self {
        Desk { identity, own, material, found: Vec::new() }
    }

    /// Keeps a finding, unless the same method found one on the same topic before: derivers go from the best source to
    /// the worst.
    pub(super) fn found(&mut self, field: Topic, method: Method, confidence: Confidence, value: &str, from: From<'_>) {
        let value = clean(value);
        let known = self.found.iter().any(|f| f.field == field && f.method == method);
        if known || value.is_empty() || value.chars().count() > MOST_VALUE {
            return;
        }
        let evidence = shortened(&clean(from.evidence), MOST_EVIDENCE);
        self.found.push(Derived { field, value, method, source: from.source.to_owned(), confidence, evidence });
    }

    /// What is known on a topic so far: the lead's own text, or else the best finding that may be written; with where
    /// it stands.
    pub(super) fn known(&self, topic: Topic) -> Option<(String, String)> {
        let own = topic.field().map(|field| self.own.get(field)).filter(|text| !text.is_empty());
        if let Some(own) = own {
            return Some((own.to_owned(), format!("lead.{}", topic.name())));
        }
        let sure = self.found.iter().filter(|f| f.field == topic && f.confidence > Confidence::Low);
        let best = sure.min_by_key(|f| Reverse(f.confidence))?;
        Some((best.value.clone(), topic.name().to_owned()))
    }

    /// Everything found: by topic, the surest first, of equal ones the better method.
    pub(super) fn into_findings(self) -> Vec<Derived> {
        let mut found = self.found;
        found.sort_by_key(|f| (f.field, Reverse(f.confidence)));
        found
    }
}

/// Text on one line, without control characters and marks that change the direction of writing.
pub(super) fn clean(text: &str) -> String {
    let hidden = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}');
    let shown = |c: &char| !hidden(*c) && (!c.is_control() || c.is_whitespace());
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(shown).collect();
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_one_plain_line() {
        assert_eq!(clean("  Acme\n\u{202e}SAS\u{0}\u{7f} \u{200b} fin "), "Acme SAS fin");
        assert_eq!(clean("\u{a0}\t"), "");
    }
}
