//! Whether a record may come into a sequence, and how it does.

use std::collections::BTreeSet;

use chrono::Days;

use super::config::{Reenrol, Sequence};
use super::enrolment::{Enrolment, Standing};
use super::happening::{Decision, Facts};
use super::step::Now;
use super::words::{Availability, EnrolmentStatus, Exclusivity, StopCause, SubjectKind, ZoneOf};
use crate::kernel::coded::coded;
use crate::kernel::sequence_reason::SequenceReason as Why;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;

/// Another enrolment of the same record, in this sequence or another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The sequence's id.
    pub sequence: String,
    /// How that sequence excludes others.
    pub exclusivity: Exclusivity,
    /// How it stands.
    pub status: EnrolmentStatus,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// What is asked for, and what is known.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// What kind of record.
    pub subject: SubjectKind,
    /// Which one.
    pub subject_id: &'a str,
    /// Whether a rule asks, and not a person.
    pub is_automatic: bool,
    /// By whose clocks it would run.
    pub zone: &'a Zone,
    /// All enrolments of the record.
    pub past: &'a [Past],
    /// What holds that stops sequences.
    pub holds: &'a BTreeSet<StopCause>,
    /// How many records are active in this sequence for the owner.
    pub active_for_owner: u64,
    /// How many records the owner added in the last 24 hours.
    pub added_by_owner: u64,
    /// When.
    pub at: Instant,
}

coded! {
    /// What becomes of a record that somebody wants to enrol.
    Verdict {
        /// It runs from now on.
        Enrol = "enrol",
        /// It is in the sequence and waits for its turn.
        Pending = "pending",
        /// It does not come in.
        Refuse = "refuse",
    }
}

/// The clocks by which a sequence runs for a record.
pub fn zone_of<'z>(
    sequence: &Sequence,
    contact: Option<&'z Zone>,
    owner: Option<&'z Zone>,
    workspace: &'z Zone,
) -> &'z Zone {
    match sequence.zone_of {
        ZoneOf::Contact => contact.unwrap_or(workspace),
        ZoneOf::Owner => owner.unwrap_or(workspace),
        ZoneOf::Workspace => workspace,
    }
}

/// Whether a record may be enrolled, with everything that speaks against it.
pub fn may_enrol(sequence: &Sequence, request: &Request<'_>) -> (Verdict, Vec<Why>) {
    let mut against = Vec::new();
    if sequence.status != Availability::Active {
        against.push(Why::SequenceNotActive { status: sequence.status.code() });
    }
    if !sequence.subjects.contains(&request.subject) {
        against.push(Why::WrongSubject { subject: request.subject.code() });
    }
    against.extend(sequence.stop_on.intersection(request.holds).map(|cause| Why::Stopped { how: cause.end() }));
    let (own, others): (Vec<&Past>, Vec<&Past>) = request.past.iter().partition(|past| past.sequence == sequence.id);
    if request.is_automatic && own.iter().any(|past| past.status == EnrolmentStatus::Removed) {
        against.push(Why::ManuallyRemoved);
    }
    let is_in = own.iter().any(|past| past.status.is_live());
    match sequence.reenrol {
        Reenrol::Once if !own.is_empty() => against.push(Why::AlreadyAddedOnce),
        Reenrol::IfNotActive | Reenrol::After { .. } if is_in => against.push(Why::AlreadyActive),
        Reenrol::After { days } => {
            let again = |ended: Instant| {
                let local = request.zone.local(ended);
                let date = local.date().checked_add_days(Days::new(days.into()))?;
                Some(request.zone.instant(date.and_time(local.time())))
            };
            let from = own.iter().filter_map(|past| past.ended_at).filter_map(again).max();
            against.extend(from.filter(|from| *from > request.at).map(|from| Why::TooSoon { from }));
        }
        Reenrol::Once | Reenrol::IfNotActive | Reenrol::Always => {}
    }
    let conflicts = |past: &&&Past| match sequence.exclusivity {
        Exclusivity::Yes => true,
        Exclusivity::OnlyExclusive => past.exclusivity != Exclusivity::No,
        Exclusivity::No => false,
    };
    let names: BTreeSet<&str> =
        others.iter().filter(|past| past.status.is_live()).filter(conflicts).map(|p| p.sequence.as_str()).collect();
    against.extend(names.into_iter().map(|id| Why::ExclusiveConflict { sequence: id.to_owned() }));
    if !against.is_empty() {
        return (Verdict::Refuse, against);
    }
    may_go_on(sequence, request)
}

/// Whether it is the turn of a record that may be in a sequence, or whether the owner's limits make it wait.
pub fn may_go_on(sequence: &Sequence, request: &Request<'_>) -> (Verdict, Vec<Why>) {
    let mut waits = Vec::new();
    if let Some(most) = sequence.max_active_per_owner.filter(|most| request.active_for_owner >= u64::from(*most)) {
        waits.push(Why::MaxActive { active: request.active_for_owner, most: most.into() });
    }
    if let Some(most) = sequence.max_adds_per_day.filter(|most| request.added_by_owner >= u64::from(*most)) {
        waits.push(Why::MaxAdds { added: request.added_by_owner, most: most.into() });
    }
    match waits.is_empty() {
        true => (Verdict::Enrol, vec![Why::MayEnrol]),
        false => (Verdict::Pending, waits),
    }
}

/// Enrols a record, where it may be: the enrolment under the host's `id`, and what follows.
pub fn enrol(
    sequence: &Sequence,
    request: &Request<'_>,
    id: &str,
    facts: &Facts<'_>,
) -> (Verdict, Option<Enrolment>, Decision) {
    let (verdict, reasons) = may_enrol(sequence, request);
    let mut decision = Decision { effects: Vec::new(), reasons };
    if verdict == Verdict::Refuse {
        return (verdict, None, decision);
    }
    let mut enrolment = Enrolment {
        id: id.to_owned(),
        sequence: sequence.id.clone(),
        version: sequence.version,
        hash: sequence.hash.clone(),
        subject: request.subject,
        subject_id: request.subject_id.to_owned(),
        zone: request.zone.clone(),
        enrolled_at: request.at,
        started_at: None,
        standing: Standing::Pending,
        next: None,
        due_at: None,
        waits_for: None,
        runs: Vec::new(),
        last: None,
    };
    if verdict == Verdict::Enrol {
        enrolment.start(&Now { sequence, at: request.at, facts }, &mut decision);
    }
    (verdict, Some(enrolment), decision)
}
