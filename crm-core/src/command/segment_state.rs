//! Who belongs to a segment as it was last noted: the one place that writes members and what happened to them.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Cx;
use super::segments::{asked, each, member_of, of_segment, subject};
use crate::kernel::customer::{MembershipCause, Pin};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::kernel::value::Value;
use crate::model::{Key, Kind, Row, Segment, SegmentEvent, SegmentMember};

/// What is noted of some records and a segment. A record has several rows where leads were merged.
#[derive(Default)]
pub(super) struct Noted(BTreeMap<Id, Vec<Row>>);

impl Noted {
    /// Reads the rows of some records of the segment's kind.
    pub(super) fn read(cx: &mut Cx<'_>, segment: &Segment, kind: Kind, ids: &[Id]) -> Result<Self> {
        let mut noted = Self::default();
        for some in ids.chunks(MOST_VALUES) {
            let values: Vec<Json> = some.iter().map(|id| id.to_string().into()).collect();
            let those = vec![of_segment(&segment.code), Predicate::test(kind.name(), Operator::In, values)];
            let query = asked(cx.rules(), cx.at(), Kind::SegmentMember, those)?;
            each(&mut |query| cx.find(query), query, |row| {
                if let Some(id) = subject(&row, kind) {
                    noted.0.entry(id).or_default().push(row);
                }
                Ok(())
            })?;
        }
        Ok(noted)
    }

    fn rows(&self, id: Id) -> &[Row] {
        self.0.get(&id).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a record is noted as a member.
    pub(super) fn is_member(&self, id: Id) -> bool {
        self.rows(id).iter().filter_map(member_of).any(|member| member.member == Some(true))
    }

    /// Whether the last word about a record is a pin.
    pub(super) fn pin(&self, id: Id) -> Option<Pin> {
        let pinned = self.rows(id).iter().filter_map(member_of).filter_map(|m| Some((m.pinned_at, m.pin?)));
        pinned.max_by_key(|(at, pin)| (*at, *pin == Pin::Out)).map(|(_, pin)| pin)
    }

    /// Whether anything is said by name about a record.
    pub(super) fn is_pinned(&self, id: Id) -> bool {
        self.pin(id).is_some()
    }
}

/// What is to be noted of one record.
pub(super) struct Note<'n> {
    pub(super) segment: &'n Segment,
    pub(super) key: Key,
    /// Whether it belongs to the segment now.
    pub(super) is_member: bool,
    /// Why that changes, where it does.
    pub(super) cause: MembershipCause,
    /// What is said by name from now on, and why; `None` leaves it.
    pub(super) pin: Option<(Option<Pin>, &'n str)>,
}

/// Notes a record: its rows, and that it entered or left. Whether it did.
pub(super) fn note(cx: &mut Cx<'_>, noted: &Noted, note: &Note<'_>) -> Result<bool> {
    let changes = noted.is_member(note.key.id) != note.is_member;
    if !changes && note.pin.is_none() {
        return Ok(false);
    }
    let (at, who) = (cx.at(), cx.actor().name().to_owned());
    let put = |member: &mut SegmentMember, is_first: bool| {
        if changes {
            member.member = Some(note.is_member && is_first);
            member.since = Some(at);
        }
        if let Some((pin, why)) = note.pin {
            let pin = pin.filter(|_| is_first);
            member.pin = pin;
            member.pinned_by = pin.map(|_| who.clone()).unwrap_or_default();
            member.pin_reason = pin.map(|_| why.to_owned()).unwrap_or_default();
            member.pinned_at = pin.map(|_| at);
        }
    };
    let segment = Some(Segment::id_of(&note.segment.code));
    match noted.rows(note.key.id) {
        [] => {
            let mut member = SegmentMember { segment, ..SegmentMember::default() };
            put(&mut member, true);
            let mut body = member.into();
            point(&mut body, note.key)?;
            let id = cx.new_id();
            cx.by_itself(|cx| cx.insert(id, body))?;
        }
        rows => {
            for (place, row) in rows.iter().enumerate() {
                let Some(mut member) = member_of(row).cloned() else { continue };
                put(&mut member, place == 0);
                let row = Row { body: member.into(), ..row.clone() };
                cx.by_itself(|cx| cx.update(row))?;
            }
        }
    }
    if changes {
        let event = SegmentEvent {
            segment,
            entered: Some(note.is_member),
            cause: Some(note.cause),
            segment_version: note.segment.revision,
            happened_at: Some(at),
            ..SegmentEvent::default()
        };
        let mut body = event.into();
        point(&mut body, note.key)?;
        let id = cx.new_id();
        cx.by_itself(|cx| cx.insert(id, body))?;
    }
    Ok(changes)
}

/// Says which record a row is about.
fn point(body: &mut crate::model::AnyRecord, key: Key) -> Result<()> {
    match body.kind().place(key.kind.name()) {
        Some(place) => body.set(place, Value::Reference(key.id)),
        None => Ok(()),
    }
}
