//! Putting leads and contacts into sequences.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{nth_id, required_text, text_of};
use super::enrolment_facts::{enrolments_of, hashes_of, holds};
use super::enrolment_state::{enrolment_of, fill, look_first};
use super::open_work::asked;
use super::segments::Shelf;
use super::sequences::sequence_of;
use super::team::{employee, employee_of, person};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::segment_problem::SegmentProblem;
use crate::kernel::sequence_reason::{EnrolmentStatus, SequenceReason as Why};
use crate::kernel::time::{Instant, format_instant};
use crate::kernel::zone::Zone;
use crate::model::{AnyRecord, Enrolment as EnrolmentRow, Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::sequence::{
    Exclusivity, Facts, Past, Request, Sent, Sequence, SubjectKind, Verdict, ZoneOf, enrol, zone_of,
};
use crate::store::Cursor;

/// Most records of one command.
const MOST_RECORDS: usize = 200;

/// Enrols leads and contacts in the latest version of a sequence: `{"sequence": "welcome", "leads": ["..."], "contacts":
/// ["..."]}`, at most 200; or `{"sequence": "welcome", "segment": "vip", "after": "..."}`, the next 200 members of a segment of
/// leads or contacts that the actor sees, with `next` for where to go on. Each is answered with the verdict and everything that speaks against it; a record that may not
/// come in stands in nobody's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolRecords {
    /// The sequence's id.
    pub sequence: String,
    /// Leads.
    pub leads: Vec<Id>,
    /// Contacts.
    pub contacts: Vec<Id>,
    /// A segment, in place of both.
    pub segment: Option<String>,
    /// Where the page before of the segment's members ended.
    pub after: Option<String>,
}

/// What became of one record that somebody wanted to enrol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolledRecord {
    /// Lead or contact.
    pub record: String,
    /// Its id.
    pub id: Id,
    /// enrol, pending or refuse.
    pub verdict: String,
    /// The enrolment, where there is one.
    pub enrolment: Option<Id>,
    /// When its first step is due.
    pub due_at: Option<String>,
    /// Why.
    pub reasons: Vec<Json>,
}

/// What became of all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolledRecords {
    /// Each record, in the order in which they were named, leads first.
    pub records: Vec<EnrolledRecord>,
    /// How many run.
    pub enrolled: u64,
    /// How many wait for their turn.
    pub pending: u64,
    /// How many did not come in.
    pub refused: u64,
    /// Of a segment: where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Command for EnrolRecords {
    type Output = EnrolledRecords;
    const VERB: Verb = Verb::Enrol;

    fn name() -> Cow<'static, str> {
        "enrolment.enrol".into()
    }

    fn to_json(&self) -> Json {
        let ids = |ids: &[Id]| ids.iter().map(|id| Json::from(id.to_string())).collect::<Vec<_>>();
        let mut map = Map::new();
        map.insert("sequence".into(), self.sequence.as_str().into());
        for (key, list) in [("leads", &self.leads), ("contacts", &self.contacts)] {
            if !list.is_empty() {
                map.insert(key.into(), ids(list).into());
            }
        }
        for (key, text) in [("segment", &self.segment), ("after", &self.after)] {
            if let Some(text) = text {
                map.insert(key.into(), text.as_str().into());
            }
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `sequence`, and `leads` and `contacts` or `segment`")?;
        json::only_keys(map, &["sequence", "leads", "contacts", "segment", "after"])?;
        let (segment, after) = (text_of(map, "segment")?, text_of(map, "after")?);
        let ids = |key: &'static str| match map.get(key) {
            None | Some(Json::Null) => Ok(Vec::new()),
            Some(Json::Array(ids)) => ids.iter().enumerate().map(nth_id).collect::<Result<Vec<Id>>>(),
            Some(other) => {
                Err(Error::from(Problem::WrongShape { expected: "a list of ids", found: json::shown(other) }).at(key))
            }
        };
        let (leads, contacts) = (ids("leads")?, ids("contacts")?);
        let found = leads.len().saturating_add(contacts.len());
        match (&segment, found) {
            (None, 0) => return Err(Problem::MissingOneOf { names: &["leads", "contacts", "segment"] }.into()),
            (Some(_), 1..) => {
                let expected = "either `segment`, or `leads` and `contacts`";
                return Err(Error::from(Problem::WrongShape { expected, found: "both".into() }).at("segment"));
            }
            (None, _) if after.is_some() => {
                return Err(Error::from(RulesProblem::Requires { option: "after", needs: "segment" }).at("after"));
            }
            _ => {}
        }
        after.as_deref().map(Cursor::from_text).transpose().map_err(|e| e.at("after"))?;
        if found > MOST_RECORDS {
            let (found, most) = (json::length(found), json::length(MOST_RECORDS));
            return Err(Problem::TooMany { what: "records", found, most }.into());
        }
        Ok(Self { sequence: required_text(map, "sequence")?, leads, contacts, segment, after })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<EnrolledRecords> {
        let sequence = sequence_of(cx, &self.sequence, None).map_err(|e| e.at("sequence"))?;
        let leads = self.leads.iter().map(|id| Key { kind: Kind::Lead, id: *id });
        let contacts = self.contacts.iter().map(|id| Key { kind: Kind::Contact, id: *id });
        let mut done = EnrolledRecords::default();
        let mut keys: Vec<Key> = leads.chain(contacts).collect();
        if let Some(code) = &self.segment {
            keys = self.members(cx, code, &mut done.next)?;
        }
        for key in keys {
            // Of a segment, what the actor sees and does not change stands in nobody's way.
            if self.segment.is_some() && cx.reached(key).is_err() {
                done.refused = done.refused.saturating_add(1);
                continue;
            }
            cx.active(key)?;
            let subject = cx.reached(key)?;
            let one = enrol_one(cx, &Entry { sequence: &sequence, subject: &subject, rule: None, trace: &[] })?;
            let count = match one.verdict {
                Verdict::Enrol => &mut done.enrolled,
                Verdict::Pending => &mut done.pending,
                Verdict::Refuse => &mut done.refused,
            };
            *count = count.saturating_add(1);
            done.records.push(one.shown(key));
        }
        Ok(done)
    }
}

impl EnrolRecords {
    /// The next members of a segment.
    fn members(&self, cx: &mut Cx<'_>, code: &str, next: &mut Option<String>) -> Result<Vec<Key>> {
        let shelf = Shelf { rules: cx.rules(), at: cx.at() };
        let filter = Predicate::Segment(code.to_owned());
        let mut book = shelf.empty();
        shelf.read(&mut |query| cx.find(query), &mut book, &[code])?;
        let kind = book.get(code).map_err(|e| e.at("segment"))?.kind;
        if !matches!(kind, Kind::Lead | Kind::Contact) {
            let (segment, record, expected) = (code.to_owned(), kind.name().to_owned(), Kind::Lead.name().to_owned());
            return Err(Error::from(SegmentProblem::OtherRecord { segment, record, expected }).at("segment"));
        }
        let plain = shelf.inlined(&mut |query| cx.find(query), kind, &filter).map_err(|e| e.at("segment"))?;
        let mut query = asked(cx, kind, vec![plain]).map_err(|e| e.at("segment"))?;
        query.limit = MOST_RECORDS;
        query.after = self.after.as_deref().map(Cursor::from_text).transpose().map_err(|e| e.at("after"))?;
        let page = cx.find(&query)?;
        *next = page.next.map(|next| next.to_text());
        Ok(page.rows.iter().map(Row::key).collect())
    }
}

/// A record that is to come into a sequence.
pub(super) struct Entry<'a> {
    pub(super) sequence: &'a Sequence,
    pub(super) subject: &'a Row,
    /// The nurture rule that asks, and the event that it answers.
    pub(super) rule: Option<(&'a str, &'a str)>,
    /// What was said before.
    pub(super) trace: &'a [Why],
}

/// What became of it.
pub(super) struct Entered {
    pub(super) verdict: Verdict,
    pub(super) enrolment: Option<Id>,
    pub(super) due_at: Option<Instant>,
    pub(super) reasons: Vec<Why>,
}

impl Entered {
    pub(super) fn shown(&self, key: Key) -> EnrolledRecord {
        EnrolledRecord {
            record: key.kind.name().to_owned(),
            id: key.id,
            verdict: self.verdict.code().to_owned(),
            enrolment: self.enrolment,
            due_at: self.due_at.map(format_instant),
            reasons: told(&self.reasons),
        }
    }
}

/// Reasons as a command's output has them.
pub(super) fn told(reasons: &[Why]) -> Vec<Json> {
    reasons.iter().map(|reason| Json::Object(Reason::Sequence(reason.clone()).to_json(None))).collect()
}

/// What is known when a record asks to come in.
pub(super) struct Asking {
    pub(super) kind: SubjectKind,
    id: String,
    owner: String,
    zone: Zone,
    past: Vec<Past>,
    holds: BTreeSet<crate::rules::sequence::StopCause>,
    active_for_owner: u64,
    added_by_owner: u64,
    own: usize,
    is_automatic: bool,
    at: Instant,
}

impl Asking {
    pub(super) fn request(&self) -> Request<'_> {
        Request {
            subject: self.kind,
            subject_id: &self.id,
            is_automatic: self.is_automatic,
            zone: &self.zone,
            past: &self.past,
            holds: &self.holds,
            active_for_owner: self.active_for_owner,
            added_by_owner: self.added_by_owner,
            at: self.at,
        }
    }

    /// Everything that decides whether a record comes in; `but` is an enrolment that does not count.
    pub(super) fn new(
        cx: &mut Cx<'_>,
        sequence: &Sequence,
        subject: &Row,
        but: Option<&Row>,
        is_automatic: bool,
    ) -> Result<Self> {
        let kind = match subject.body.kind() {
            Kind::Contact => SubjectKind::Contact,
            _ => SubjectKind::Lead,
        };
        let mut past = Vec::new();
        for row in enrolments_of(cx, subject.key(), but.map(|row| row.id))? {
            let Some(enrolment) = enrolment_of(&row) else { continue };
            let version = enrolment.sequence_version.and_then(|version| u32::try_from(version).ok());
            let exclusivity = match sequence_of(cx, &enrolment.sequence, version) {
                Ok(sequence) => sequence.exclusivity,
                // What nobody knows any more excludes others.
                Err(_) => Exclusivity::Yes,
            };
            let status = enrolment.status.unwrap_or(EnrolmentStatus::Active);
            past.push(Past { sequence: enrolment.sequence.clone(), exclusivity, status, ended_at: enrolment.ended_at });
        }
        let owner = match (&subject.body, but.and_then(enrolment_of)) {
            (_, Some(enrolment)) => enrolment.owner.clone(),
            (AnyRecord::Lead(lead), None) => lead.owner.clone(),
            (AnyRecord::Contact(contact), None) => contact.owner.clone(),
            _ => String::new(),
        };
        let owner = if owner.is_empty() { cx.actor().name().to_owned() } else { owner };
        let since = TimeDelta::try_days(1).and_then(|day| cx.at().checked_sub_signed(day));
        let active_for_owner = match sequence.max_active_per_owner {
            Some(_) => counted(cx, sequence, &owner, Counting::Active, but)?,
            None => 0,
        };
        let added_by_owner = match (sequence.max_adds_per_day, since) {
            (Some(_), Some(since)) => counted(cx, sequence, &owner, Counting::Since(since), but)?,
            _ => 0,
        };
        Ok(Asking {
            kind,
            id: subject.id.to_string(),
            zone: zone(cx, sequence, &owner)?,
            own: past.iter().filter(|past| past.sequence == sequence.id).count(),
            owner,
            past,
            holds: cx.by_itself(|cx| holds(cx, subject))?,
            active_for_owner,
            added_by_owner,
            is_automatic,
            at: cx.at(),
        })
    }
}

/// By whose clocks the sequence runs. Nobody writes down the zone of a person, so theirs is the workspace's.
fn zone(cx: &mut Cx<'_>, sequence: &Sequence, owner: &str) -> Result<Zone> {
    let workspace = cx.rules().sequences().zone.clone();
    if sequence.zone_of != ZoneOf::Owner {
        return Ok(zone_of(sequence, None, None, &workspace).clone());
    }
    let at = cx.at();
    let row = cx.by_itself(|cx| employee_of(cx, owner))?;
    let own = match row.as_ref().and_then(employee) {
        Some(of) => Some(cx.by_itself(|cx| person(cx, of, at))?.calendar().zone().clone()),
        None => None,
    };
    Ok(zone_of(sequence, None, own.as_ref(), &workspace).clone())
}

/// Which enrolments of an owner count against a limit.
#[derive(Clone, Copy)]
enum Counting {
    Active,
    Since(Instant),
}

fn counted(cx: &mut Cx<'_>, sequence: &Sequence, owner: &str, counting: Counting, but: Option<&Row>) -> Result<u64> {
    let equal = |field: &str, value: &str| Predicate::test(field, Operator::Equal, value);
    let mut filter = vec![equal("sequence", &sequence.id), equal("owner", owner)];
    filter.push(match counting {
        Counting::Active => equal("status", EnrolmentStatus::Active.code()),
        Counting::Since(since) => Predicate::test("created_at", Operator::Greater, format_instant(since)),
    });
    let query = asked(cx, Kind::Enrolment, filter)?;
    let stored = cx.by_itself(|cx| cx.count(&query))?;
    let is_new = |row: &&Row| {
        row.version == 1
            && enrolment_of(row).is_some_and(|e| {
                let counts = match counting {
                    Counting::Active => e.status == Some(EnrolmentStatus::Active),
                    Counting::Since(_) => true,
                };
                e.sequence == sequence.id && e.owner == owner && counts
            })
    };
    // Others of this same command come before; one that waits for its turn is no addition of its own.
    let staged = json::length(cx.staged(Kind::Enrolment).filter(is_new).count());
    let own = u64::from(matches!(counting, Counting::Since(since) if but.is_some_and(|row| row.created_at > since)));
    Ok(stored.saturating_add(staged).saturating_sub(own))
}

/// Puts one record into a sequence, if it may come in.
pub(super) fn enrol_one(cx: &mut Cx<'_>, entry: &Entry<'_>) -> Result<Entered> {
    let Entry { sequence, subject, rule, trace } = *entry;
    let asking = Asking::new(cx, sequence, subject, None, rule.is_some())?;
    let text = format!("enrolment {} {} {} {}", asking.kind.code(), asking.id, sequence.id, asking.own);
    let id = Id::from_text(&text);
    let schema = cx.rules().schema(subject.body.kind());
    let (record, none, sent) = (subject.facts(&schema), BTreeSet::new(), Sent::default());
    let facts = Facts { record: &record, missing: &none, holds: &asking.holds, other_runs: &[], sent: &sent };
    let (verdict, enrolment, decision) = enrol(sequence, &asking.request(), &id.to_string(), &facts);
    let mut reasons = trace.to_vec();
    reasons.extend(decision.reasons.iter().cloned());
    let Some(state) = enrolment else { return Ok(Entered { verdict, enrolment: None, due_at: None, reasons }) };
    let (email_hash, phone_hash) = hashes_of(cx.rules().identity(), subject);
    let of = |kind: Kind| (subject.body.kind() == kind).then_some(subject.id);
    let mut row = EnrolmentRow {
        lead: of(Kind::Lead),
        contact: of(Kind::Contact),
        owner: asking.owner.clone(),
        enrolled_by: cx.actor().name().to_owned(),
        rule: rule.map(|(rule, _)| rule.to_owned()).unwrap_or_default(),
        event: rule.map(|(_, event)| event.to_owned()).unwrap_or_default(),
        email_hash,
        phone_hash,
        reasons: json::canonical(&Json::Array(told(&reasons))),
        event_count: Some(0),
        ..EnrolmentRow::default()
    };
    fill(&mut row, &state, look_first(&state, &decision, cx.at()));
    let due_at = state.due_at;
    match rule {
        Some(_) => cx.by_itself(|cx| cx.insert(id, row.into()))?,
        None => cx.insert(id, row.into())?,
    };
    Ok(Entered { verdict, enrolment: Some(id), due_at, reasons })
}
