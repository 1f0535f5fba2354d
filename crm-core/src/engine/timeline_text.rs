//! What a row of a timeline has to say.

use crate::command::pipelines_of;
use crate::kernel::approval::{DraftEventKind, DraftState};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::quotes::{QuoteStanding, QuoteState};
use crate::kernel::reason::Name;
use crate::kernel::sales::StageKind;
use crate::kernel::service::{SlaAlertKind, TicketEventKind, TicketFlow};
use crate::kernel::text::shortened;
use crate::kernel::time::Instant;
use crate::kernel::timeline_reason::{EntryKind, TimelineReason};
use crate::model::{AnyRecord, DealRevision, Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::pipeline::Pipelines;
use crate::store::{Order, Query, Read};

/// Most characters of a text in a sentence.
const MOST_TEXT: usize = 120;

/// Tells what rows say; what it has to look up for that, it looks up when a row needs it.
pub(super) struct Teller<'a> {
    read: &'a dyn Read,
    rules: &'a Rules,
    at: Instant,
    pipelines: Option<Pipelines>,
}

impl<'a> Teller<'a> {
    pub(super) const fn new(read: &'a dyn Read, rules: &'a Rules, at: Instant) -> Self {
        Self { read, rules, at, pipelines: None }
    }

    /// The sentence of an entry.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn tell(&mut self, entry: EntryKind, row: &Row) -> Result<TimelineReason> {
        use TimelineReason as R;
        let short = |text: &str| shortened(text, MOST_TEXT);
        Ok(match (&row.body, entry) {
            (_, EntryKind::Created) => R::Created,
            (AnyRecord::Activity(activity), _) => match row.archived_at {
                Some(removed_at) => R::ActivityRemoved { kind: activity.kind.clone(), removed_at },
                None => R::Activity {
                    kind: activity.kind.clone(),
                    direction: activity.direction.clone(),
                    subject: short(&activity.subject),
                    actor: activity.actor.clone(),
                },
            },
            (AnyRecord::Note(note), _) => R::Note { text: short(&note.text), author: note.author.clone() },
            (AnyRecord::Task(task), EntryKind::TaskCompleted) => {
                R::TaskCompleted { title: short(&task.title), by: task.completed_by.clone() }
            }
            (AnyRecord::Task(task), _) => R::TaskCreated { title: short(&task.title), assignee: task.assignee.clone() },
            (AnyRecord::DealRevision(revision), _) => self.deal(revision)?,
            (AnyRecord::TicketEvent(event), _) => match event.flow {
                Some(TicketFlow::Reopened) => R::TicketReopened { actor: event.actor.clone() },
                _ => R::Ticket {
                    kind: event.kind.unwrap_or(TicketEventKind::Changed),
                    status: self.status(&event.status),
                    actor: event.actor.clone(),
                },
            },
            (AnyRecord::SlaAlert(alert), _) => R::SlaAlert {
                kind: alert.kind.unwrap_or(SlaAlertKind::DueSoon),
                metric: alert.metric,
                due_at: alert.due_at,
            },
            (AnyRecord::Assignment(given), _) => R::Assigned { user: given.user.clone(), queue: given.queue.clone() },
            (AnyRecord::Submission(sent), _) => R::Submitted { form: short(&sent.form) },
            (AnyRecord::Event(event), _) => R::Event { kind: event.kind.clone(), page: short(&event.page) },
            (AnyRecord::Lead(lead), EntryKind::Conversion) => R::Converted { name: short(&lead_name(row.id, lead)) },
            (AnyRecord::Lead(lead), _) => R::Merged { name: short(&lead_name(row.id, lead)) },
            (AnyRecord::Ticket(ticket), _) => R::Merged { name: short(&ticket.subject) },
            (AnyRecord::AttachmentLink(link), _) => {
                let key = link.attachment.map(|id| Key { kind: Kind::Attachment, id });
                let file = key.map(|key| self.read.get(key)).transpose()?.flatten();
                let name = match file.map(|row| row.body) {
                    Some(AnyRecord::Attachment(file)) => file.name,
                    _ => String::new(),
                };
                R::Attached { name: short(&name), role: link.role.clone() }
            }
            (AnyRecord::Draft(draft), EntryKind::DraftDecided) => R::DraftDecided {
                state: draft.state.unwrap_or(DraftState::Approved),
                subject: short(if draft.command.is_empty() { &draft.subject } else { &draft.command }),
                by: draft.decided_by.clone(),
            },
            (AnyRecord::DraftEvent(event), _) => R::DraftEvent {
                kind: event.kind.unwrap_or(DraftEventKind::Edited),
                recipient: event.recipient.clone(),
                actor: event.actor.clone(),
            },
            (AnyRecord::Draft(draft), _) => R::Drafted {
                channel: draft.channel.clone(),
                subject: short(&draft.subject),
                author: draft.author.clone(),
            },
            (AnyRecord::Quote(quote), _) => {
                let (standing, by) = match entry {
                    EntryKind::QuoteSent => (QuoteStanding::Sent, String::new()),
                    EntryKind::QuoteAnswered if quote.state == Some(QuoteState::Declined) => {
                        (QuoteStanding::Declined, quote.answered_by.clone())
                    }
                    EntryKind::QuoteAnswered => (QuoteStanding::Accepted, quote.answered_by.clone()),
                    _ => (QuoteStanding::Draft, String::new()),
                };
                let version = quote.revision.and_then(|version| u64::try_from(version).ok()).unwrap_or(1);
                R::Quote { standing, number: quote.number.clone(), version, by }
            }
            _ => R::Created,
        })
    }

    /// What a status of tickets is called; a code that is no more is its own name.
    fn status(&self, code: &str) -> Name {
        let known = self.rules.support().statuses().iter().find(|status| status.name.id == code);
        known.map_or_else(|| Name { id: code.to_owned(), labels: None }, |status| status.name.clone())
    }

    /// What changed of a deal with a revision.
    fn deal(&mut self, after: &DealRevision) -> Result<TimelineReason> {
        use TimelineReason as R;
        let actor = after.actor.clone();
        let Some(before) = self.before(after)? else {
            return Ok(R::DealOpened { stage: self.stage(after)?, actor });
        };
        let (was, is) = (before.state.unwrap_or(StageKind::Open), after.state.unwrap_or(StageKind::Open));
        Ok(match (was, is) {
            _ if before.archived != after.archived => match after.archived {
                Some(true) => R::DealArchived { actor },
                _ => R::DealRestored { actor },
            },
            (StageKind::Open | StageKind::Lost, StageKind::Won) => R::DealWon { actor },
            (StageKind::Open | StageKind::Won, StageKind::Lost) => R::DealLost { actor },
            (StageKind::Won | StageKind::Lost, StageKind::Open) => R::DealReopened { stage: self.stage(after)?, actor },
            _ if (&before.pipeline, &before.stage) != (&after.pipeline, &after.stage) => {
                R::DealMoved { from: self.stage(&before)?, to: self.stage(after)?, actor }
            }
            _ => R::DealChanged { fields: changed(&before, after), actor },
        })
    }

    /// The revision before one.
    fn before(&self, after: &DealRevision) -> Result<Option<DealRevision>> {
        let (Some(deal), Some(number)) = (after.deal, after.number) else { return Ok(None) };
        let schema = self.rules.schema(Kind::DealRevision);
        let mut query = Query::all(Kind::DealRevision, schema.clone(), self.at);
        let filter = Predicate::All(vec![
            Predicate::test("deal", Operator::Equal, deal.to_string()),
            Predicate::test("number", Operator::Less, number),
        ]);
        query.filter = Some(filter.compile(&schema)?);
        query.order = vec![Order { field: schema.resolve("number")?.0, descending: true }];
        query.limit = 1;
        let row = self.read.find(&query)?.rows.into_iter().next();
        Ok(row.and_then(|row| match row.body {
            AnyRecord::DealRevision(revision) => Some(*revision),
            _ => None,
        }))
    }

    /// What a deal's stage is called.
    fn stage(&mut self, revision: &DealRevision) -> Result<Name> {
        let pipelines = match self.pipelines.take() {
            Some(pipelines) => pipelines,
            None => pipelines_of(self.read, self.rules, self.at)?,
        };
        let stage = pipelines.stage(&revision.pipeline, &revision.stage);
        let name = Name { id: revision.stage.clone(), labels: stage.map(|stage| stage.labels.clone()) };
        self.pipelines = Some(pipelines);
        Ok(name)
    }
}

/// The fields that people know a deal by, of those that differ.
fn changed(before: &DealRevision, after: &DealRevision) -> Vec<String> {
    macro_rules! fields {
        ($($field:ident)*) => {
            [$((stringify!($field), before.$field != after.$field)),*]
        };
    }
    let fields = fields!(owner account value close_date probability_bp category opened_at closed_at);
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field.to_owned()).collect()
}

/// What people call a lead: its company, or else the person.
fn lead_name(id: Id, lead: &crate::model::Lead) -> String {
    let person = format!("{} {}", lead.first_name, lead.last_name);
    match (lead.company.as_str(), person.trim()) {
        ("", "") => id.to_string(),
        ("", person) => person.to_owned(),
        (company, _) => company.to_owned(),
    }
}
