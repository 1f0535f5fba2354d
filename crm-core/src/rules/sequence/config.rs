//! Sequences as a host writes them down.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::nurture::{self, NurtureRule};
use super::schedule::{Hours, opens};
use super::steps::{Step, steps};
use super::throttle::{Limits, Throttle};
use super::words::{Availability, Exclusivity, StopCause, SubjectKind, ZoneOf};
use crate::kernel::calendar::{Calendar, Window};
use crate::kernel::consent_reason::{ContactPurpose, ContactTopic};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::{Schema, nearest};
use crate::kernel::json;
use crate::kernel::predicate::{Compiled, Predicate};
use crate::kernel::sequence_reason::LimitSpan;
use crate::kernel::text::shortened;
use crate::kernel::zone::Zone;
use crate::rules::calendar::{calendar, named, weekly};
use crate::rules::check;
use crate::rules::read::{Object, coded, list, text};
use crate::rules::templates::Templates;

/// Most sequences of a configuration, versions included.
const MOST_SEQUENCES: usize = 1_000;
/// Most days after which a record may come again.
const MOST_AGAIN_DAYS: i64 = 36_500;

/// When a record may come into a sequence again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reenrol {
    /// Never.
    Once,
    /// When it is not in it.
    IfNotActive,
    /// So many days after it last was in it, at the same time of the clock.
    After {
        /// The days.
        days: u32,
    },
    /// At any time, even while it is in it.
    Always,
}

/// A condition over the records that can be enrolled.
#[derive(Clone, Debug)]
pub struct Condition {
    compiled: BTreeMap<SubjectKind, Compiled>,
}

impl Condition {
    /// Compiles it for each kind of record.
    ///
    /// # Errors
    /// A field that one of them does not have.
    pub(super) fn new(
        json: &Json,
        kinds: &BTreeSet<SubjectKind>,
        schema: &impl Fn(SubjectKind) -> Arc<Schema>,
    ) -> Result<Self> {
        let predicate = Predicate::from_json(json)?;
        let compiled = kinds.iter().map(|kind| Ok((*kind, predicate.compile(&schema(*kind))?)));
        Ok(Self { compiled: compiled.collect::<Result<_>>()? })
    }

    /// The condition for one kind of record.
    pub(super) fn of(&self, kind: SubjectKind) -> Option<&Compiled> {
        self.compiled.get(&kind)
    }
}

/// A sequence in one version, checked. What is enrolled keeps its version.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// The host's name for it.
    pub id: String,
    /// Counts up with every edit.
    pub version: u32,
    /// SHA-256 of what was written down, in hexadecimal digits: an edit without a new version is found out.
    pub hash: String,
    /// Whether it takes records.
    pub status: Availability,
    /// Which records.
    pub subjects: BTreeSet<SubjectKind>,
    /// When its steps run.
    pub hours: Hours,
    /// By whose clocks.
    pub zone_of: ZoneOf,
    /// Which other sequences a record may not be in.
    pub exclusivity: Exclusivity,
    /// When a record may come again.
    pub reenrol: Reenrol,
    /// What stops it; what always stops is part of it.
    pub stop_on: BTreeSet<StopCause>,
    /// Whether the first step is due at enrolment and may run on that day outside of the hours.
    pub first_step_immediate: bool,
    /// Most steps on one local day for one record, whatever is late.
    pub steps_per_day: u32,
    /// What its messages are for, where it is not to sell something.
    pub purpose: Option<ContactPurpose>,
    /// What they are about, as far as the law distinguishes.
    pub topic: Option<ContactTopic>,
    /// How messages are held back.
    pub throttle: Throttle,
    /// Most records that are active for one owner; others wait.
    pub max_active_per_owner: Option<u32>,
    /// Most records that an owner adds in 24 hours; others wait.
    pub max_adds_per_day: Option<u32>,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

impl Sequence {
    /// A step and its place.
    pub fn step(&self, id: &str) -> Option<(usize, &Step)> {
        self.steps.iter().enumerate().find(|(_, step)| step.id == id)
    }
}

/// The part `sequence` of a configuration, compiled; see the [module](super).
#[derive(Clone, Debug)]
pub struct Sequences {
    /// The workspace's zone.
    pub zone: Zone,
    /// By id and version.
    sequences: BTreeMap<(String, u32), Arc<Sequence>>,
    /// In order of priority.
    pub nurture: Vec<NurtureRule>,
}

/// What sequences refer to.
pub(in crate::rules) struct Beside<'a, S: Fn(SubjectKind) -> Arc<Schema>> {
    pub(in crate::rules) calendars: &'a BTreeMap<String, Calendar>,
    pub(in crate::rules) templates: &'a Templates,
    pub(in crate::rules) schema: S,
}

impl Sequences {
    /// Reads the part; `None` is a workspace without sequences.
    ///
    /// # Errors
    /// Anything that is not as the [module](super) has it, with its place.
    pub(in crate::rules) fn new<S>(json: Option<&Json>, beside: &Beside<'_, S>) -> Result<Self>
    where
        S: Fn(SubjectKind) -> Arc<Schema>,
    {
        let mut all = Self { zone: Zone::UTC, sequences: BTreeMap::new(), nurture: Vec::new() };
        let Some(json) = json else { return Ok(all) };
        let o = Object::new(json, &["zone", "sequences", "nurture"])?;
        all.zone = o.zone()?.unwrap_or(Zone::UTC);
        let sequences = o.list("sequences", |v| compile(v, beside))?;
        check::most("sequences", sequences.len(), MOST_SEQUENCES).map_err(|e| e.at("sequences"))?;
        for (place, sequence) in sequences.into_iter().enumerate() {
            let key = (sequence.id.clone(), sequence.version);
            let id = format!("{}@{}", key.0, key.1);
            if all.sequences.insert(key, Arc::new(sequence)).is_some() {
                let twice = Error::from(RulesProblem::DuplicateId { id });
                return Err(twice.at("id").at_index(place).at("sequences"));
            }
        }
        all.nurture = o.optional("nurture", |v| nurture::rules(v, &all, beside))?.unwrap_or_default();
        Ok(all)
    }

    /// The latest version of a sequence, or a given one.
    ///
    /// # Errors
    /// [`Problem::UnknownSequence`] with what there is.
    pub fn find(&self, id: &str, version: Option<u32>) -> Result<&Arc<Sequence>> {
        let of_id = || self.sequences.range((id.to_owned(), 0)..=(id.to_owned(), u32::MAX));
        let found = match version {
            None => of_id().next_back(),
            Some(version) => of_id().find(|(key, _)| key.1 == version),
        };
        let unknown = || {
            let shown = |(id, version): &(String, u32)| format!("{}@{version}", shortened(id, 60));
            let found = version.map_or_else(|| shortened(id, 60), |v| shown(&(id.to_owned(), v)));
            Problem::UnknownSequence { found, expected: self.sequences.keys().map(shown).collect() }
        };
        Ok(found.map(|(_, sequence)| sequence).ok_or_else(unknown)?)
    }

    /// One more version of a sequence.
    pub(crate) fn add(&mut self, sequence: Arc<Sequence>) {
        self.sequences.insert((sequence.id.clone(), sequence.version), sequence);
    }

    /// All sequences, by id and version.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Sequence>> {
        self.sequences.values()
    }

    /// Whether there is a sequence of this id.
    pub(super) fn check(&self, id: &str) -> Result<()> {
        if self.find(id, None).is_ok() {
            return Ok(());
        }
        let nearest = nearest(id, self.sequences.keys().map(|key| key.0.as_str())).map(str::to_owned);
        Err(RulesProblem::Undefined { id: shortened(id, 60), nearest }.into())
    }
}

/// The hours that a document has: `windows`, `calendar`, `business_days_only`. Without a calendar, Monday to Friday are
/// business days.
pub(super) fn hours(o: &Object<'_>, calendars: &BTreeMap<String, Calendar>, only: bool) -> Result<Hours> {
    let windows = |json: &Json| {
        let mut week: [Vec<Window>; 7] = Default::default();
        weekly(json, &mut week)?;
        Ok(week)
    };
    let own = |json: &Json| match json {
        Json::Object(_) => calendar(json),
        id => named(calendars, &text(id)?).cloned(),
    };
    let calendar = o.optional("calendar", own)?.unwrap_or_else(|| Calendar::on_weekdays(Zone::UTC, []));
    let only = o.flag("business_days_only", only)?;
    Hours::new(o.optional("windows", windows)?, calendar, only).map_err(|e| e.at("windows"))
}

/// Of what a sequence says; whether it takes records is no part of it, since that changes while records are in it.
fn hash_of(json: &Json) -> String {
    let mut said = json.clone();
    if let Some(map) = said.as_object_mut() {
        map.remove("status");
    }
    Sha256::digest(json::canonical(&said).as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `{"day": 1, "week": 3}`.
pub(super) fn limits(json: &Json) -> Result<Limits> {
    let o = Object::new(json, LimitSpan::CODES)?;
    let mut limits = Limits::new();
    for span in LimitSpan::ALL {
        if let Some(most) = count(&o, span.code())? {
            limits.insert(*span, most);
        }
    }
    Ok(limits)
}

/// `max_per_contact`, `max_per_mailbox`, `spacing_seconds` and `spread_seconds`.
pub(super) fn throttle(o: &Object<'_>) -> Result<Throttle> {
    let seconds = |key: &str, usual: i64| {
        let seconds = o.optional_integer(key)?.unwrap_or(usual);
        check::between(seconds, 0, 86_400).map_err(|e| e.at(key))?;
        Ok::<_, Error>(seconds)
    };
    Ok(Throttle {
        contact: o.optional("max_per_contact", limits)?.unwrap_or_default(),
        mailbox: o.optional("max_per_mailbox", limits)?.unwrap_or_default(),
        spacing_seconds: seconds("spacing_seconds", 30)?,
        spread_seconds: seconds("spread_seconds", 0)?,
    })
}

/// A number of things from one on.
pub(super) fn count(o: &Object<'_>, key: &str) -> Result<Option<u32>> {
    let Some(count) = o.optional_integer(key)? else { return Ok(None) };
    check::between(count, 1, u32::MAX.into()).map_err(|e| e.at(key))?;
    Ok(u32::try_from(count).ok())
}

pub(super) fn reenrol(json: &Json) -> Result<Reenrol> {
    const WAYS: &[&str] = &["once", "if_not_active", "always"];
    if json.is_object() {
        let o = Object::new(json, &["after_days"])?;
        let days = o.integer("after_days")?;
        check::between(days, 1, MOST_AGAIN_DAYS).map_err(|e| e.at("after_days"))?;
        return Ok(Reenrol::After { days: u32::try_from(days).unwrap_or(u32::MAX) });
    }
    match json.as_str() {
        Some("once") => Ok(Reenrol::Once),
        Some("if_not_active") => Ok(Reenrol::IfNotActive),
        Some("always") => Ok(Reenrol::Always),
        _ => Err(json::not_one_of(json, WAYS)),
    }
}

/// One sequence, read and compiled.
pub(in crate::rules) fn compile<S>(json: &Json, beside: &Beside<'_, S>) -> Result<Sequence>
where
    S: Fn(SubjectKind) -> Arc<Schema>,
{
    const KEYS: &[&str] = &[
        "id",
        "version",
        "status",
        "subjects",
        "calendar",
        "business_days_only",
        "windows",
        "zone",
        "exclusivity",
        "reenrol",
        "stop_on",
        "first_step_immediate",
        "steps_per_day",
        "purpose",
        "topic",
        "max_per_contact",
        "max_per_mailbox",
        "spacing_seconds",
        "spread_seconds",
        "max_active_per_owner",
        "max_adds_per_day",
        "steps",
    ];
    let o = Object::new(json, KEYS)?;
    let id = o.text("id")?;
    check::id(&id).map_err(|e| e.at("id"))?;
    let subjects = o.list("subjects", |v| coded(v, SubjectKind::from_code, SubjectKind::CODES))?;
    let mut subjects: BTreeSet<SubjectKind> = subjects.into_iter().collect();
    if subjects.is_empty() {
        subjects.extend(SubjectKind::ALL);
    }
    let usual = [StopCause::Reply, StopCause::Meeting, StopCause::DealCreated, StopCause::Converted];
    let stop_on = o.optional("stop_on", |v| list(v, |v| coded(v, StopCause::from_code, StopCause::CODES)))?;
    let mut stop_on: BTreeSet<StopCause> = stop_on.unwrap_or_else(|| usual.to_vec()).into_iter().collect();
    stop_on.extend(StopCause::ALL.iter().filter(|cause| cause.always_stops()));
    let hours = hours(&o, beside.calendars, true)?;
    let steps = steps(o.required("steps")?, &subjects, beside).map_err(|e| e.at("steps"))?;
    let hash = hash_of(json);
    Ok(Sequence {
        id,
        version: count(&o, "version")?.unwrap_or(1),
        hash,
        status: o
            .optional("status", |v| coded(v, Availability::from_code, Availability::CODES))?
            .unwrap_or(Availability::Active),
        subjects,
        hours: opens(hours).map_err(|e| e.at("windows"))?,
        zone_of: o.optional("zone", |v| coded(v, ZoneOf::from_code, ZoneOf::CODES))?.unwrap_or(ZoneOf::Contact),
        exclusivity: o
            .optional("exclusivity", |v| coded(v, Exclusivity::from_code, Exclusivity::CODES))?
            .unwrap_or(Exclusivity::Yes),
        reenrol: o.optional("reenrol", reenrol)?.unwrap_or(Reenrol::Once),
        stop_on,
        first_step_immediate: o.flag("first_step_immediate", false)?,
        steps_per_day: count(&o, "steps_per_day")?.unwrap_or(1),
        purpose: o.optional("purpose", |v| coded(v, ContactPurpose::from_code, ContactPurpose::CODES))?,
        topic: o.optional("topic", |v| coded(v, ContactTopic::from_code, ContactTopic::CODES))?,
        throttle: throttle(&o)?,
        max_active_per_owner: count(&o, "max_active_per_owner")?,
        max_adds_per_day: count(&o, "max_adds_per_day")?,
        steps,
    })
}
