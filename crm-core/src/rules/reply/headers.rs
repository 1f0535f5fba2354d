//! What the headers of a message tell: whether a machine sent it.

use super::lexicon::{Lexicon, List, Match};
use super::words::{Word, words};

/// Words that begin the subject of an answer or of something forwarded.
pub(super) const REPLY_MARKS: &[&str] = &["re", "rep", "tr", "fw", "fwd", "aw", "sv", "ref"];

/// What sent a message, as far as its headers tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Machine {
    /// A report about a delivery.
    Report(Proof),
    /// A report that the person called a message spam.
    Complaint(Proof),
    /// A server, which may report a delivery.
    Server(Proof),
    /// A program that answers for somebody.
    Responder(Proof),
    /// Another program.
    Program(Proof),
}

/// The header that tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) name: &'static str,
    pub(super) value: String,
}

/// Headers as they came: names in any case, a name more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Takes names and values.
    pub fn new(all: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(all.into_iter().collect())
    }

    fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h str> {
        self.0.iter().filter(move |(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, v)| v.trim())
    }

    pub(super) fn has(&self, name: &'static str) -> bool {
        self.values(name).next().is_some()
    }

    /// The first value of a header that `tells` accepts, given it in lower case.
    fn proof(&self, name: &'static str, tells: impl Fn(&str) -> bool) -> Option<Proof> {
        let value = self.values(name).find(|value| tells(&value.to_ascii_lowercase()))?;
        Some(Proof { name, value: crate::kernel::text::shortened(value, 60) })
    }

    /// Whether a server sent it, to report on another message.
    pub fn is_report(&self) -> bool {
        matches!(self.machine(), Some(Machine::Report(_) | Machine::Complaint(_) | Machine::Server(_)))
    }

    /// What sent the message; `None` is a person, as far as is known.
    pub(super) fn machine(&self) -> Option<Machine> {
        let report = |kind: &str| {
            let kind = kind.to_owned();
            self.proof("Content-Type", move |v| v.starts_with("multipart/report") && v.contains(&kind))
        };
        if let Some(proof) = report("feedback-report") {
            return Some(Machine::Complaint(proof));
        }
        if let Some(proof) = report("delivery-status") {
            return Some(Machine::Report(proof));
        }
        if let Some(proof) = report("disposition-notification") {
            return Some(Machine::Program(proof));
        }
        if let Some(proof) = report("") {
            return Some(Machine::Report(proof));
        }
        let server = |v: &str| v.contains("mailer-daemon") || v.contains("postmaster@");
        if let Some(proof) = self.proof("From", server) {
            return Some(Machine::Server(proof));
        }
        let how = |v: &str| v.split([';', ' ', '\t', '(']).next().unwrap_or_default().to_owned();
        if let Some(proof) = self.proof("Auto-Submitted", |v| how(v) == "auto-replied") {
            return Some(Machine::Responder(proof));
        }
        let said = |v: &str| !matches!(v, "" | "no" | "false" | "0");
        let names = ["X-Autoreply", "X-Autorespond", "X-Autoresponder"];
        if let Some(proof) = names.iter().find_map(|name| self.proof(name, said)) {
            return Some(Machine::Responder(proof));
        }
        if let Some(proof) = self.proof("Precedence", |v| matches!(v, "auto_reply" | "auto-reply")) {
            return Some(Machine::Responder(proof));
        }
        if let Some(proof) = self.proof("Return-Path", |v| matches!(v, "<>" | "")) {
            return Some(Machine::Server(proof));
        }
        let other = |v: &str| !matches!(how(v).as_str(), "no" | "");
        self.proof("Auto-Submitted", other)
            .or_else(|| self.proof("Precedence", |v| matches!(v, "bulk" | "junk")))
            .map(Machine::Program)
    }
}

/// A subject as words, without those of what is answered.
pub(super) struct Subject {
    pub(super) words: Vec<Word>,
    /// Whether it is that of another message.
    pub(super) answers: bool,
}

impl Subject {
    pub(super) fn new(subject: &str) -> Self {
        let words = words(subject);
        let answers = words.first().zip(words.get(1)).is_some_and(|(first, second)| {
            let mark = REPLY_MARKS.contains(&first.folded.as_str());
            let between = subject.get(first.bytes.end..second.bytes.start);
            mark && between.is_some_and(|between| between.contains(':') || between.starts_with('['))
        });
        Self { words, answers }
    }

    /// The words of an absence, in a subject of its own.
    pub(super) fn absence(&self, lexicon: &Lexicon) -> Option<Match> {
        lexicon.any(&self.words, List::AbsenceSubject).filter(|_| !self.answers)
    }
}
