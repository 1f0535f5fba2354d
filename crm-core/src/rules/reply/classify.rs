//! What a message is, from the surest sign to the least.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::NaiveDate;

use super::absence::{Pause, pause, told};
use super::bounce::{Bounce, BounceFacts, bounce};
use super::findings::{Heard, heard};
use super::headers::{Headers, Machine, Proof, Subject};
use super::lexicon::List;
use super::own::{Aside, own};
use super::settings::ReplyRules;
use super::words::{Word, beginning, is_invisible};
use crate::kernel::error::Result;
use crate::kernel::json::length;
use crate::kernel::reply_reason::{BounceType, Consequence, ReplyClass, ReplyReason as R};
use crate::kernel::text::shortened;
use crate::kernel::time::Instant;

/// Most bytes of a message's text that are read; what a person writes stands at its top.
pub const MOST_TEXT_BYTES: usize = 1024 * 1024;
/// Most bytes of a subject that are read.
pub const MOST_SUBJECT_BYTES: usize = 4 * 1024;
/// Most findings that are listed; all of them decide.
pub const MOST_FINDINGS: usize = 50;
/// Most parts that are listed as set aside; all of them are.
pub const MOST_ASIDES: usize = 100;
/// Most characters of a text that is shown as evidence.
const MOST_SHOWN: usize = 200;

/// Asks machines not to answer, which people's mail programs do as well.
const SUPPRESS: &str = "X-Auto-Response-Suppress";

/// A message that came in. Its text is plain: the host takes it out of HTML.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// Its headers.
    pub headers: Headers,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// When it was sent.
    pub sent_at: Option<Instant>,
    /// Footers of ours that are not in the configuration, each as it is written.
    pub footers: Vec<Vec<String>>,
    /// The pause for an absence of the same person that is known.
    pub pause: Option<Pause>,
}

/// Where in a message something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In its subject.
    Subject,
    /// In its text.
    Text,
}

impl Place {
    /// `subject` or `text`.
    pub const fn code(self) -> &'static str {
        match self {
            Place::Subject => "subject",
            Place::Text => "text",
        }
    }
}

/// Something that a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is a sign of.
    pub class: ReplyClass,
    /// Where it stands.
    pub place: Place,
    /// Its bytes in the subject or text.
    pub bytes: Range<usize>,
    /// Its words, folded.
    pub phrase: String,
    /// Denied, so that it counts for nothing.
    pub denied: bool,
    /// A right over personal data is used.
    pub data_rights: bool,
}

/// What a message is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What it is.
    pub class: ReplyClass,
    /// What follows.
    pub consequences: BTreeSet<Consequence>,
    /// The finding that decides, where one does.
    pub evidence: Option<Finding>,
    /// What was found in order of place, at most [`MOST_FINDINGS`].
    pub findings: Vec<Finding>,
    /// What was set aside in order of place, at most [`MOST_ASIDES`].
    pub asides: Vec<Aside>,
    /// Why a message of ours was not delivered.
    pub bounce: Option<Bounce>,
    /// The day that a message of absence names.
    pub return_date: Option<NaiveDate>,
    /// The first day on which a sequence goes on.
    pub resume_on: Option<NaiveDate>,
    /// The pause to remember until the next message of absence.
    pub pause: Option<Pause>,
    /// Why, what decides first.
    pub reasons: Vec<R>,
}

impl Reply {
    /// Whether sequences to the person end.
    pub fn stops_sequence(&self) -> bool {
        self.consequences.contains(&Consequence::Stop)
    }

    /// Whether a machine sent it.
    pub const fn is_automated(&self) -> bool {
        matches!(self.class, ReplyClass::Bounce | ReplyClass::OutOfOffice | ReplyClass::AutoReply)
    }

    fn new(class: ReplyClass) -> Self {
        Self {
            class,
            consequences: consequences(class).iter().copied().collect(),
            evidence: None,
            findings: Vec::new(),
            asides: Vec::new(),
            bounce: None,
            return_date: None,
            resume_on: None,
            pause: None,
            reasons: Vec::new(),
        }
    }
}

/// What each class has for consequence; see the table in the [module](super).
pub const fn consequences(class: ReplyClass) -> &'static [Consequence] {
    use Consequence as C;
    match class {
        ReplyClass::Bounce | ReplyClass::AutoReply => &[],
        ReplyClass::OutOfOffice => &[C::Pause],
        ReplyClass::Unsubscribe => &[C::Stop, C::Remove],
        ReplyClass::Negative => &[C::Stop],
        ReplyClass::WrongPerson | ReplyClass::Positive => &[C::Stop, C::FollowUp],
        ReplyClass::Unknown => &[C::Stop, C::Review],
    }
}

/// What an undelivered message has for consequence.
pub const fn bounce_consequences(kind: BounceType) -> &'static [Consequence] {
    match kind {
        BounceType::Hard => &[Consequence::Stop, Consequence::BadAddress],
        BounceType::Soft => &[],
        BounceType::Blocked => &[Consequence::Review],
    }
}

/// A text with what was read of it.
struct Read<'m> {
    subject_text: &'m str,
    text: &'m str,
    subject: Subject,
    words: Vec<Word>,
    asides: Vec<Aside>,
    findings: Vec<Finding>,
}

impl ReplyRules {
    /// Tells what a message is.
    ///
    /// # Errors
    /// A calendar that has not so many business days.
    pub fn classify(&self, message: &Message) -> Result<Reply> {
        let read = self.read(message);
        let mut reply = match message.headers.machine() {
            Some(machine) => self.machine(message, &read, machine)?,
            None => match read.subject.absence(&self.lexicon) {
                Some(_) => self.away(message, &read, None)?,
                None => Self::person(&read),
            },
        };
        if matches!(reply.class, ReplyClass::OutOfOffice | ReplyClass::AutoReply) {
            let refused = read.findings.iter().find(|f| f.class == ReplyClass::Unsubscribe && !f.denied);
            if let Some(refused) = refused {
                // Nothing more goes out before somebody has looked.
                reply.consequences.extend([Consequence::Stop, Consequence::Review]);
                reply.reasons.push(R::MachineOptOut { phrase: refused.phrase.clone() });
            }
        }
        if !reply.is_automated() && message.headers.has(SUPPRESS) {
            reply.reasons.push(R::NoProof { name: SUPPRESS });
        }
        for kind in crate::kernel::reply_reason::AsideKind::ALL {
            let of_kind = read.asides.iter().filter(|aside| aside.kind == *kind);
            let parts = of_kind.filter_map(|aside| read.text.get(aside.bytes.clone()));
            let characters = parts.map(|part| length(part.chars().count())).fold(0_u64, u64::saturating_add);
            if characters > 0 {
                reply.reasons.push(R::SetAside { kind: *kind, characters });
            }
        }
        let (bytes, most) = (length(message.text.len()), length(MOST_TEXT_BYTES));
        if bytes > most {
            reply.reasons.push(R::Cut { bytes, most });
        }
        reply.findings = read.findings.into_iter().take(MOST_FINDINGS).collect();
        reply.asides = read.asides.into_iter().take(MOST_ASIDES).collect();
        Ok(reply)
    }

    fn read<'m>(&self, message: &'m Message) -> Read<'m> {
        let subject_text = beginning(&message.subject, MOST_SUBJECT_BYTES);
        let text = beginning(&message.text, MOST_TEXT_BYTES);
        let subject = Subject::new(subject_text);
        let footers: Vec<Vec<String>> = self.footers.iter().chain(&message.footers).cloned().collect();
        let own = own(text, &self.lexicon, &footers);
        let finding = |words: &[Word], place: Place, heard: &Heard| {
            let said = words.get(heard.start..heard.end).unwrap_or_default();
            let bytes = said.first().zip(said.last()).map_or(0..0, |(a, b)| a.bytes.start..b.bytes.end);
            let phrase = said.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ");
            let phrase = shortened(&phrase, MOST_SHOWN);
            let (class, denied, data_rights) = (heard.class, heard.denied, heard.data_rights);
            Finding { class, place, bytes, phrase, denied, data_rights }
        };
        let mut findings = Vec::new();
        if !subject.answers {
            // The subject of an answer is ours; of a message of its own it may say the one thing that matters.
            let all = heard(&subject.words, &self.lexicon);
            let refusals = all.iter().filter(|heard| heard.class == ReplyClass::Unsubscribe);
            findings.extend(refusals.map(|heard| finding(&subject.words, Place::Subject, heard)));
        }
        findings.extend(heard(&own.words, &self.lexicon).iter().map(|heard| finding(&own.words, Place::Text, heard)));
        Read { subject_text, text, subject, words: own.words, asides: own.asides, findings }
    }

    fn machine(&self, message: &Message, read: &Read<'_>, machine: Machine) -> Result<Reply> {
        let header = |proof: &Proof| R::Header { name: proof.name, value: seen(&proof.value) };
        let absent = read.subject.absence(&self.lexicon).is_some();
        match machine {
            Machine::Complaint(proof) => {
                let mut reply = Reply::new(ReplyClass::Unsubscribe);
                reply.reasons.push(header(&proof));
                Ok(reply)
            }
            Machine::Report(proof) => Ok(Self::undelivered(read, header(&proof))),
            Machine::Server(proof) if absent => self.away(message, read, Some(header(&proof))),
            Machine::Server(proof) => {
                let report = bounce(&facts(read))
                    .filter(|bounce| proof.name == "From" || !bounce.reasons.contains(&R::NoDiagnosis));
                Ok(match report {
                    Some(_) => Self::undelivered(read, header(&proof)),
                    None => Self::program(header(&proof)),
                })
            }
            Machine::Responder(proof) => {
                let acknowledged = || {
                    let subject = self.lexicon.any(&read.subject.words, List::Acknowledgement);
                    let found = subject.map(|found| (found, &read.subject.words));
                    found.or_else(|| Some((self.lexicon.any(&read.words, List::Acknowledgement)?, &read.words)))
                };
                match acknowledged().filter(|_| !absent) {
                    None => self.away(message, read, Some(header(&proof))),
                    Some((found, words)) => {
                        let mut reply = Self::program(header(&proof));
                        let said = words.get(found.start..found.end()).unwrap_or_default().iter();
                        let phrase = said.map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ");
                        reply.reasons.push(R::Acknowledged { phrase });
                        Ok(reply)
                    }
                }
            }
            Machine::Program(proof) if absent => self.away(message, read, Some(header(&proof))),
            Machine::Program(proof) => Ok(Self::program(header(&proof))),
        }
    }

    fn program(header: R) -> Reply {
        let mut reply = Reply::new(ReplyClass::AutoReply);
        reply.reasons.push(header);
        reply
    }

    fn undelivered(read: &Read<'_>, header: R) -> Reply {
        let Some(bounce) = bounce(&facts(read)) else { return Self::program(header) };
        let mut reply = Reply::new(ReplyClass::Bounce);
        reply.consequences.extend(bounce_consequences(bounce.kind));
        reply.reasons.push(header);
        reply.reasons.extend(bounce.reasons.iter().cloned());
        reply.bounce = Some(bounce);
        reply
    }

    fn away(&self, message: &Message, read: &Read<'_>, header: Option<R>) -> Result<Reply> {
        let mut reply = Reply::new(ReplyClass::OutOfOffice);
        reply.reasons.extend(header);
        if let Some(found) = read.subject.absence(&self.lexicon) {
            let words = read.subject.words.get(found.start..found.end()).unwrap_or_default();
            let bytes = words.first().zip(words.last()).map_or(0..0, |(a, b)| a.bytes.start..b.bytes.end);
            let phrase = words.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ");
            reply.reasons.push(R::Subject { phrase: phrase.clone() });
            reply.evidence = Some(Finding {
                class: ReplyClass::OutOfOffice,
                place: Place::Subject,
                bytes,
                phrase,
                denied: false,
                data_rights: false,
            });
        }
        let sent_on = message.sent_at.map(|at| self.calendar.day(at));
        let subject = told(read.subject_text, &read.subject.words, sent_on);
        let text = told(read.text, &read.words, sent_on);
        // The later of both; what is unclear in one does not matter if the other is clear.
        let told = if subject.date > text.date || text.reasons.is_empty() { subject } else { text };
        reply.return_date = told.date;
        reply.reasons.extend(told.reasons);
        match (sent_on, told.date) {
            (Some(sent_on), date) => {
                let (pause, why) = pause(sent_on, date, message.pause, self.limits, &self.calendar)?;
                (reply.resume_on, reply.pause) = (Some(pause.resume_on), Some(pause));
                reply.reasons.extend(why);
            }
            (None, Some(date)) => {
                let date = self.calendar.add_business_days(date, 1)?;
                reply.resume_on = Some(date);
                reply.reasons.push(R::ResumesOn { date });
            }
            (None, None) => {
                reply.consequences.insert(Consequence::Review);
                reply.reasons.push(R::NoReturnDate { business_days: self.limits.wait_business_days });
            }
        }
        Ok(reply)
    }

    fn person(read: &Read<'_>) -> Reply {
        let decisive = read.findings.iter().filter(|f| !f.denied).min_by_key(|f| (f.class, f.place, f.bytes.start));
        let mut reply = Reply::new(decisive.map_or(ReplyClass::Unknown, |finding| finding.class));
        match decisive {
            Some(finding) => reply.reasons.push(R::Said { class: finding.class, phrase: finding.phrase.clone() }),
            None if read.words.is_empty() => reply.reasons.push(R::NothingOwn),
            None => reply.reasons.push(R::NothingKnown),
        }
        let rights = read.findings.iter().filter(|f| !f.denied).find(|f| f.data_rights);
        if let Some(rights) = rights {
            reply.consequences.insert(Consequence::DataRights);
            reply.reasons.push(R::DataRights { phrase: rights.phrase.clone() });
        }
        // One of each other class, and one that is denied.
        let mut others: BTreeMap<(bool, ReplyClass), &Finding> = BTreeMap::new();
        for finding in read.findings.iter().filter(|f| f.denied || f.class != reply.class) {
            others.entry((finding.denied, finding.class)).or_insert(finding);
        }
        for ((denied, class), finding) in others {
            let phrase = finding.phrase.clone();
            reply.reasons.push(if denied { R::Denied { class, phrase } } else { R::AlsoSaid { class, phrase } });
            if reply.class != ReplyClass::Unsubscribe && (!denied || class == ReplyClass::Unsubscribe) {
                reply.consequences.insert(Consequence::Review);
            }
        }
        reply.evidence = decisive.cloned();
        reply
    }
}

/// What a report says of a delivery.
fn facts(read: &Read<'_>) -> BounceFacts {
    let mut lines = read.text.lines();
    let action = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("action").then(|| value.trim().to_owned())
    });
    let text = format!("{}\n{}", read.subject_text, read.text);
    BounceFacts { action: action.unwrap_or_default(), text, ..BounceFacts::default() }
}

/// A text without what nobody sees.
fn seen(text: &str) -> String {
    let plain = text.chars().filter(|c| !is_invisible(*c)).map(|c| if c.is_control() { ' ' } else { c });
    plain.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text of a span as evidence: without what nobody sees, and not too long.
pub(super) fn shown(text: &str, bytes: Range<usize>) -> String {
    shortened(&seen(text.get(bytes).unwrap_or_default()), MOST_SHOWN)
}
