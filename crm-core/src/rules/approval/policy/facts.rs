//! What the policy looks at of a draft.

use std::collections::BTreeSet;

use crate::kernel::approval::{ChannelKind, DraftKind};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::role::Role;
use crate::rules::approval::{Decider, PeerCheck};

/// What is known around a draft. Whatever is `None` is not known, and never helps.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Whoever wrote something of it, the author first; nobody where that is not known.
    pub contributors: Vec<Decider>,
    /// Whether every recipient is an address of a record that the draft is linked to.
    pub recipient_known: Option<bool>,
    /// Whether it answers in a conversation in which the person waits.
    pub conversation_open: Option<bool>,
    /// Whether subject and text are still what the draft's template says.
    pub template_kept: Option<bool>,
    /// That another teammate checked it as it is now.
    pub peer_check: Option<PeerCheck>,
    /// Domains that the workspace knows, or addresses there: what looks like them is told.
    pub domains: BTreeSet<String>,
}

/// A draft as the policy sees it: a stored row, or a JSON document.
pub struct DraftFacts<'f> {
    pub(super) schema: &'f Schema,
    pub(super) facts: &'f dyn Facts,
    pub(super) around: &'f Around,
}

impl<'f> DraftFacts<'f> {
    /// A draft's facts by the schema of drafts.
    pub const fn new(schema: &'f Schema, facts: &'f dyn Facts, around: &'f Around) -> Self {
        Self { schema, facts, around }
    }

    fn fact(&self, name: &str) -> Fact<'f> {
        self.schema.position(name).map_or(Fact::Unknown, |place| self.facts.fact(place))
    }

    pub(super) fn text(&self, name: &str) -> &'f str {
        match self.fact(name) {
            Fact::Text(text) => text,
            _ => "",
        }
    }

    pub(super) fn texts(&self, name: &str) -> &'f [String] {
        match self.fact(name) {
            Fact::Texts(texts) => texts,
            _ => &[],
        }
    }

    /// A message or a command: what says the command's name is one.
    pub(super) fn kind(&self) -> DraftKind {
        if self.text("command").is_empty() { DraftKind::Message } else { DraftKind::Command }
    }

    pub(super) fn channel(&self) -> Option<ChannelKind> {
        ChannelKind::from_code(self.text("channel"))
    }

    /// How sure the author is; what is no share is not known.
    pub(super) fn confidence_bp(&self) -> Option<u64> {
        match self.fact("confidence_bp") {
            Fact::Integer(bp) => u64::try_from(bp).ok().filter(|bp| *bp <= 10_000),
            _ => None,
        }
    }

    pub(super) fn is_by_agent(&self) -> bool {
        self.around.contributors.iter().any(|one| one.role == Role::Agent)
    }

    /// Whether a step of a sequence made it.
    pub(super) fn is_by_sequence(&self) -> bool {
        self.fact("enrolment").is_known()
    }

    /// Everything that somebody reads, or that a command writes.
    pub(super) fn said(&self) -> Vec<String> {
        let mut said = vec![self.text("subject").to_owned(), self.text("text").to_owned()];
        let body = self.text("command_body");
        if !body.is_empty() {
            match json::parse(body.as_bytes()) {
                Ok(body) => texts_of(&body, &mut said),
                Err(_) => said.push(body.to_owned()),
            }
        }
        said
    }
}

fn texts_of(json: &serde_json::Value, out: &mut Vec<String>) {
    match json {
        serde_json::Value::String(text) => out.push(text.clone()),
        serde_json::Value::Array(all) => all.iter().for_each(|one| texts_of(one, out)),
        serde_json::Value::Object(map) => map.values().for_each(|one| texts_of(one, out)),
        _ => {}
    }
}
