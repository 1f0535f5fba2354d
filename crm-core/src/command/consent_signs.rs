//! What happened between a person and the team: signs of life, calls, purchases, conversations.

use std::collections::BTreeMap;

use super::Cx;
use super::consent_facts::ContactPlan;
use super::consent_person::{Person, among, found, found_by};
use crate::kernel::approval::{Direction, ParcelState};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::kernel::reply_reason::ReplyClass;
use crate::kernel::sales::StageKind;
use crate::kernel::text::fold;
use crate::kernel::time::{Instant, format_instant, plus_days};
use crate::model::{AnyRecord, Conversation, Kind, Row};
use crate::rules::consent::{AddressHash, Sign};
use crate::store::{Archived, Order, Query};

/// How long a conversation stays open after its last message.
const OPEN_DAYS: i64 = 30;
/// The calls of so many days are looked at; laws count 30, by days of the person's zone.
const CALL_DAYS: i64 = 32;
/// So many of the latest activities are looked at for a sign from the person.
const LATEST: usize = 50;
/// The kinds of activity that a person takes part in.
const SIGNS: &[(&str, Sign)] = &[
    ("call", Sign::InboundCall),
    ("chat", Sign::Reply),
    ("email", Sign::Reply),
    ("form", Sign::Form),
    ("letter", Sign::Reply),
    ("linkedin", Sign::Reply),
    ("meeting", Sign::Meeting),
    ("message", Sign::Reply),
    ("sms", Sign::Reply),
    ("whatsapp", Sign::Reply),
];
/// The events of a lead that come from the person: a click does, opening a message does not.
const EVENTS: &[(&str, Sign)] =
    &[("form_submitted", Sign::Form), ("email_clicked", Sign::Click), ("meeting_booked", Sign::Meeting)];

/// What happened between the person and the team.
pub(super) struct Found {
    pub(super) was_contacted: bool,
    pub(super) is_customer: bool,
    pub(super) has_open_conversation: bool,
    pub(super) signs: Vec<(Sign, Instant)>,
    pub(super) calls: Vec<Instant>,
}

impl Found {
    pub(super) fn look(cx: &mut Cx<'_>, person: &Person, plan: ContactPlan) -> Result<Self> {
        let mut found = Found {
            was_contacted: false,
            is_customer: false,
            has_open_conversation: false,
            signs: Vec::new(),
            calls: Vec::new(),
        };
        if person.is_alone {
            return Ok(found);
        }
        let (leads, contacts) = (person.ids(Kind::Lead), person.ids(Kind::Contact));
        for (field, ids) in [("lead", &leads), ("contact", &contacts)] {
            for ids in ids.chunks(MOST_VALUES) {
                found.activities(cx, &among(field, ids))?;
                found.submissions(cx, &among(field, ids))?;
                found.parcels(cx, &among(field, ids))?;
            }
        }
        for ids in leads.chunks(MOST_VALUES) {
            found.events(cx, &among("lead", ids))?;
        }
        let hashes: Vec<String> = person.addresses.iter().map(|hash| hash.as_str().to_owned()).collect();
        for hashes in hashes.chunks(MOST_VALUES) {
            found.parcels(cx, &among("address_hash", hashes))?;
        }
        found.deals(cx, &leads, &contacts)?;
        found.conversations(cx, person, plan, [("lead", &leads), ("contact", &contacts), ("address_hash", &hashes)])?;
        Ok(found)
    }

    fn activities(&mut self, cx: &mut Cx<'_>, whose: &Predicate) -> Result<()> {
        let text = |kind: &str, value: &str| Predicate::test(kind, Operator::Equal, value);
        let until = Predicate::test("happened_at", Operator::AtMost, format_instant(cx.at()));
        let from_them = vec![whose.clone(), among("direction", &["inbound".into(), "both".into()]), until];
        for row in latest(cx, Kind::Activity, from_them)? {
            let AnyRecord::Activity(activity) = &row.body else { continue };
            let kind = fold(&activity.kind);
            let sign = SIGNS.iter().find(|(name, _)| *name == kind).map(|(_, sign)| *sign);
            if let (Some(sign), Some(at), false) = (sign, activity.happened_at, activity.automatic == Some(true)) {
                self.signs.push((sign, at));
            }
        }
        let since = plus_days(cx.at(), CALL_DAYS.saturating_neg()).unwrap_or(Instant::MIN_UTC);
        let recent = Predicate::test("happened_at", Operator::AtLeast, format_instant(since));
        for row in found(cx, Kind::Activity, vec![whose.clone(), text("kind", "call"), recent])? {
            let AnyRecord::Activity(activity) = &row.body else { continue };
            // A call of which nobody says who called is one of ours.
            if let Some(at) = activity.happened_at.filter(|_| fold(&activity.direction) != "inbound") {
                self.calls.push(at);
            }
        }
        if !self.was_contacted {
            let ours = latest(cx, Kind::Activity, vec![whose.clone(), text("direction", "outbound")])?;
            self.was_contacted = !ours.is_empty();
        }
        Ok(())
    }

    fn submissions(&mut self, cx: &mut Cx<'_>, whose: &Predicate) -> Result<()> {
        for row in found(cx, Kind::Submission, vec![whose.clone()])? {
            let AnyRecord::Submission(sent) = &row.body else { continue };
            self.signs.extend(sent.submitted_at.map(|at| (Sign::Form, at)));
        }
        Ok(())
    }

    fn events(&mut self, cx: &mut Cx<'_>, whose: &Predicate) -> Result<()> {
        let names: Vec<String> = EVENTS.iter().map(|(name, _)| (*name).to_owned()).collect();
        for row in latest(cx, Kind::Event, vec![whose.clone(), among("kind", &names)])? {
            let AnyRecord::Event(event) = &row.body else { continue };
            let sign = EVENTS.iter().find(|(name, _)| *name == fold(&event.kind)).map(|(_, sign)| *sign);
            self.signs.extend(sign.zip(event.happened_at));
        }
        Ok(())
    }

    fn parcels(&mut self, cx: &mut Cx<'_>, whose: &Predicate) -> Result<()> {
        if !self.was_contacted {
            let left: Vec<String> =
                ParcelState::ALL.iter().filter(|state| state.may_have_left()).map(|s| s.code().into()).collect();
            self.was_contacted = !some(cx, Kind::OutboxItem, vec![whose.clone(), among("state", &left)])?.is_empty();
        }
        Ok(())
    }

    fn deals(&mut self, cx: &mut Cx<'_>, leads: &[String], contacts: &[String]) -> Result<()> {
        for (field, ids) in [("source_lead", leads), ("contact", contacts)] {
            for ids in ids.chunks(MOST_VALUES) {
                let won = Predicate::test("state", Operator::Equal, StageKind::Won.code());
                for row in found(cx, Kind::Deal, vec![among(field, ids), won])? {
                    let AnyRecord::Deal(deal) = &row.body else { continue };
                    let counts = row.archived_at.is_none();
                    self.is_customer |= counts;
                    self.signs.extend(deal.closed_at.filter(|_| counts).map(|at| (Sign::Purchase, at)));
                }
            }
        }
        Ok(())
    }

    fn conversations(
        &mut self,
        cx: &mut Cx<'_>,
        person: &Person,
        plan: ContactPlan,
        whose: [(&'static str, &Vec<String>); 3],
    ) -> Result<()> {
        let mut threads: BTreeMap<Id, Row> = BTreeMap::new();
        for (field, values) in whose {
            threads.extend(found_by(cx, Kind::Conversation, field, values)?.into_iter().map(|row| (row.id, row)));
        }
        let at = cx.at();
        for (id, row) in &threads {
            let AnyRecord::Conversation(thread) = &row.body else { continue };
            let is_meant = plan.conversation.is_none_or(|meant| meant == *id);
            self.has_open_conversation |= is_meant && row.archived_at.is_none() && is_open(thread, person, at);
        }
        let ids: Vec<String> = threads.keys().map(Id::to_string).collect();
        for ids in ids.chunks(MOST_VALUES) {
            let inbound = Predicate::test("direction", Operator::Equal, Direction::Inbound.code());
            for row in latest(cx, Kind::Message, vec![among("conversation", ids), inbound])? {
                let AnyRecord::Message(message) = &row.body else { continue };
                let by_machine = [ReplyClass::Bounce, ReplyClass::OutOfOffice, ReplyClass::AutoReply];
                let is_person = message.class.is_none_or(|class| !by_machine.contains(&class));
                self.signs.extend(message.happened_at.filter(|_| is_person).map(|at| (Sign::Reply, at)));
            }
        }
        Ok(())
    }
}

/// Whether the person began a conversation at this address and waits, or the last word is not long ago.
fn is_open(thread: &Conversation, person: &Person, at: Instant) -> bool {
    let is_here = match AddressHash::parse(&thread.address_hash) {
        Ok(hash) => person.address.as_ref() == Some(&hash),
        Err(_) => thread.address.is_empty(),
    };
    let since = plus_days(at, OPEN_DAYS.saturating_neg());
    let is_recent = thread.last_at.zip(since).is_some_and(|(last, since)| last >= since);
    is_here && thread.begun_by == Some(Direction::Inbound) && (thread.unanswered_since.is_some() || is_recent)
}

/// The latest rows by `happened_at`, so many of them, archived ones left out.
fn latest(cx: &mut Cx<'_>, kind: Kind, filter: Vec<Predicate>) -> Result<Vec<Row>> {
    let mut query = asked(cx, kind, filter)?;
    let field = cx.rules().schema(kind).position("happened_at");
    query.order = field.map(|field| Order { field, descending: true }).into_iter().collect();
    query.limit = LATEST;
    cx.by_itself(|cx| Ok(cx.find(&query)?.rows))
}

/// One row, if there is any, archived ones too.
fn some(cx: &mut Cx<'_>, kind: Kind, filter: Vec<Predicate>) -> Result<Vec<Row>> {
    let mut query = asked(cx, kind, filter)?;
    (query.archived, query.limit) = (Archived::Include, 1);
    cx.by_itself(|cx| Ok(cx.find(&query)?.rows))
}

fn asked(cx: &Cx<'_>, kind: Kind, filter: Vec<Predicate>) -> Result<Query> {
    let schema = cx.rules().schema(kind);
    let mut query = Query::all(kind, schema.clone(), cx.at());
    query.filter = Some(Predicate::All(filter).compile(&schema)?);
    Ok(query)
}
