//! One record in one sequence: the state, and its JSON form.

use serde_json::{Map, Value as Json, json};

use super::words::{EnrolmentStatus, SubjectKind};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::sequence_reason::{PauseCause, SequenceEnd};
use crate::kernel::time::{Instant, format_instant};
use crate::kernel::zone::Zone;
use crate::rules::check;
use crate::rules::read::{Object, coded, instant, text};

/// The form that is written; another one is refused.
const FORMAT: i64 = 1;

/// How an enrolment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It waits for its turn.
    Pending,
    /// It runs.
    Active,
    /// It rests.
    Paused {
        /// Why.
        cause: PauseCause,
        /// Since when.
        since: Instant,
        /// When it goes on by itself.
        until: Option<Instant>,
    },
    /// It is over.
    Ended {
        /// How.
        how: SequenceEnd,
        /// When.
        at: Instant,
    },
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Which step.
    pub step: String,
    /// When it was due.
    pub due: Instant,
    /// When it came.
    pub at: Instant,
    /// Whether it made something; otherwise it was passed over, a wait or a branch.
    pub acted: bool,
}

/// One record in one version of a sequence. Everything that decides what comes next is in it, apart from the facts that
/// [`step`](Self::step) is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The host's id for it.
    pub id: String,
    /// The sequence's id.
    pub sequence: String,
    /// Its version.
    pub version: u32,
    /// What that version's hash was.
    pub hash: String,
    /// What kind of record is enrolled.
    pub subject: SubjectKind,
    /// The record's id.
    pub subject_id: String,
    /// By whose clocks it runs.
    pub zone: Zone,
    /// When the record came.
    pub enrolled_at: Instant,
    /// When it began to run.
    pub started_at: Option<Instant>,
    /// How it stands.
    pub standing: Standing,
    /// The step that comes next.
    pub next: Option<String>,
    /// When it is due; nobody knows before the step that it counts from is done.
    pub due_at: Option<Instant>,
    /// The step that has to be done first.
    pub waits_for: Option<String>,
    /// The steps until now.
    pub runs: Vec<Run>,
    /// Number and instant of what happened last.
    pub last: Option<(u64, Instant)>,
}

impl Enrolment {
    /// The status.
    pub const fn status(&self) -> EnrolmentStatus {
        match self.standing {
            Standing::Pending => EnrolmentStatus::Pending,
            Standing::Active => EnrolmentStatus::Active,
            Standing::Paused { .. } => EnrolmentStatus::Paused,
            Standing::Ended { how: SequenceEnd::ManuallyRemoved, .. } => EnrolmentStatus::Removed,
            Standing::Ended { how: SequenceEnd::StepFailed | SequenceEnd::NoSlot, .. } => EnrolmentStatus::Failed,
            Standing::Ended { .. } => EnrolmentStatus::Finished,
        }
    }

    /// The JSON form; [`Enrolment::from_json`] reads it back. What is not known is left out.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        let mut put = |key: &str, value: Json| {
            if !value.is_null() && value != json!([]) {
                map.insert(key.into(), value);
            }
        };
        let at = |at: Option<Instant>| Json::from(at.map(format_instant));
        put("format", FORMAT.into());
        put("id", self.id.as_str().into());
        put("sequence", self.sequence.as_str().into());
        put("version", self.version.into());
        put("hash", self.hash.as_str().into());
        put("subject", json!({"kind": self.subject.code(), "id": self.subject_id}));
        put("zone", self.zone.name().into());
        put("enrolled_at", at(Some(self.enrolled_at)));
        put("started_at", at(self.started_at));
        put("status", self.status().code().into());
        match self.standing {
            Standing::Pending | Standing::Active => {}
            Standing::Paused { cause, since, until } => {
                put("paused", json!({"cause": cause.code(), "since": format_instant(since)}));
                put("paused_until", at(until));
            }
            Standing::Ended { how, at } => put("ended", json!({"how": how.code(), "at": format_instant(at)})),
        }
        put("next", self.next.as_deref().into());
        put("due_at", at(self.due_at));
        put("waits_for", self.waits_for.as_deref().into());
        let run = |r: &Run| {
            let (due, at) = (format_instant(r.due), format_instant(r.at));
            json!({"step": r.step, "due": due, "at": at, "acted": r.acted})
        };
        put("runs", self.runs.iter().map(run).collect());
        put("last_number", self.last.map(|(number, _)| number).into());
        put("last_at", at(self.last.map(|(_, at)| at)));
        Json::Object(map)
    }

    /// The canonical text, as it is stored.
    pub fn to_text(&self) -> String {
        json::canonical(&self.to_json())
    }

    /// Reads what [`Enrolment::to_text`] wrote.
    ///
    /// # Errors
    /// As [`Enrolment::from_json`].
    pub fn from_text(text: &str) -> Result<Self> {
        Self::from_json(&json::parse(text.as_bytes())?)
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// What this library did not write, with its path.
    pub fn from_json(json: &Json) -> Result<Self> {
        const KEYS: &[&str] = &[
            "format",
            "id",
            "sequence",
            "version",
            "hash",
            "subject",
            "zone",
            "enrolled_at",
            "started_at",
            "status",
            "paused",
            "paused_until",
            "ended",
            "next",
            "due_at",
            "waits_for",
            "runs",
            "last_number",
            "last_at",
        ];
        let o = Object::new(json, KEYS)?;
        check::between(o.integer("format")?, FORMAT, FORMAT).map_err(|e| e.at("format"))?;
        let at = |key: &str| o.optional(key, instant);
        let version = o.integer("version")?;
        check::between(version, 1, u32::MAX.into()).map_err(|e| e.at("version"))?;
        let (subject, subject_id) = subject(o.required("subject")?).map_err(|e| e.at("subject"))?;
        let number = o.optional("last_number", |v| {
            v.as_u64().ok_or_else(|| Problem::NotAnInteger { found: json::shown(v) }.into())
        })?;
        let enrolment = Self {
            id: o.text("id")?,
            sequence: o.text("sequence")?,
            version: u32::try_from(version).unwrap_or(u32::MAX),
            hash: o.text("hash")?,
            subject,
            subject_id,
            zone: o.text("zone")?.parse().map_err(|e: Error| e.at("zone"))?,
            enrolled_at: instant(o.required("enrolled_at")?).map_err(|e| e.at("enrolled_at"))?,
            started_at: at("started_at")?,
            standing: standing(&o)?,
            next: o.optional("next", text)?,
            due_at: at("due_at")?,
            waits_for: o.optional("waits_for", text)?,
            runs: o.list("runs", run)?,
            last: number.zip(at("last_at")?),
        };
        check::id(&enrolment.id).map_err(|e| e.at("id"))?;
        Ok(enrolment)
    }
}

/// `{"kind": "lead", "id": "..."}`.
pub(super) fn subject(json: &Json) -> Result<(SubjectKind, String)> {
    let o = Object::new(json, &["kind", "id"])?;
    let kind = coded(o.required("kind")?, SubjectKind::from_code, SubjectKind::CODES).map_err(|e| e.at("kind"))?;
    let id = o.text("id")?;
    check::id(&id).map_err(|e| e.at("id"))?;
    Ok((kind, id))
}

fn standing(o: &Object<'_>) -> Result<Standing> {
    let status = coded(o.required("status")?, EnrolmentStatus::from_code, EnrolmentStatus::CODES);
    let status = status.map_err(|e| e.at("status"))?;
    let inner = |key: &'static str, what: &'static str, when: &'static str| {
        let keys: &'static [&'static str] = if key == "paused" { &["cause", "since"] } else { &["how", "at"] };
        let inner = Object::new(o.required(key)?, keys).map_err(|e| e.at(key))?;
        let code = inner.required(what).map_err(|e| e.at(key))?;
        let at = inner.required(when).and_then(instant).map_err(|e| e.at(when).at(key))?;
        Ok::<_, Error>((code, at))
    };
    match status {
        EnrolmentStatus::Pending => Ok(Standing::Pending),
        EnrolmentStatus::Active => Ok(Standing::Active),
        EnrolmentStatus::Paused => {
            let (cause, since) = inner("paused", "cause", "since")?;
            let cause = coded(cause, PauseCause::from_code, PauseCause::CODES);
            let cause = cause.map_err(|e| e.at("cause").at("paused"))?;
            Ok(Standing::Paused { cause, since, until: o.optional("paused_until", instant)? })
        }
        EnrolmentStatus::Finished | EnrolmentStatus::Failed | EnrolmentStatus::Removed => {
            let (how, at) = inner("ended", "how", "at")?;
            let how = coded(how, SequenceEnd::from_code, SequenceEnd::CODES);
            Ok(Standing::Ended { how: how.map_err(|e| e.at("how").at("ended"))?, at })
        }
    }
}

fn run(json: &Json) -> Result<Run> {
    let o = Object::new(json, &["step", "due", "at", "acted"])?;
    let at = |key: &str| o.required(key).and_then(instant).map_err(|e| e.at(key));
    Ok(Run { step: o.text("step")?, due: at("due")?, at: at("at")?, acted: o.flag("acted", true)? })
}
