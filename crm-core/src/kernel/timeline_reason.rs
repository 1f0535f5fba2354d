//! What a timeline says of each thing that happened.

use serde_json::{Map, Value as Json};

use super::approval::{DraftEventKind, DraftState};
use super::coded::coded;
use super::quotes::QuoteStanding;
use super::reason::Name;
use super::service::{SlaAlertKind, SlaMetric, TicketEventKind};
use super::time::{Instant, format_instant};

coded! {
    /// What stands in a timeline; of two things of one instant, the one further down here stands further down there.
    EntryKind {
        /// A call, a meeting, an e-mail ...
        Activity = "activity",
        /// A note.
        Note = "note",
        /// A task was done.
        TaskCompleted = "task_completed",
        /// A task was made.
        TaskCreated = "task_created",
        /// A deal moved, was won, lost or changed otherwise.
        Deal = "deal",
        /// A ticket was opened, answered, resolved ...
        Ticket = "ticket",
        /// A promise of a ticket is due soon or broken.
        SlaAlert = "sla_alert",
        /// A lead was given to somebody.
        Assignment = "assignment",
        /// Somebody sent a form.
        Submission = "submission",
        /// Something that a lead did: a visit, a click ...
        Event = "event",
        /// Another record went into this one.
        Merge = "merge",
        /// A lead became an account, a contact or a deal.
        Conversion = "conversion",
        /// A file was attached.
        Attachment = "attachment",
        /// A message was drafted.
        Draft = "draft",
        /// Somebody decided about a draft, and what became of it since.
        DraftDecided = "draft_decided",
        /// Something happened to a draft.
        DraftEvent = "draft_event",
        /// The customer answered to a quote.
        QuoteAnswered = "quote_answered",
        /// A quote left.
        QuoteSent = "quote_sent",
        /// Somebody began to write a quote.
        Quote = "quote",
        /// The record itself was made.
        Created = "created",
    }
}

/// One thing that happened, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_timeline.rs")]
pub enum TimelineReason {
    Activity { kind: String, direction: String, subject: String, actor: String },
    ActivityRemoved { kind: String, removed_at: Instant },
    Note { text: String, author: String },
    TaskCreated { title: String, assignee: String },
    TaskCompleted { title: String, by: String },
    DealOpened { stage: Name, actor: String },
    DealMoved { from: Name, to: Name, actor: String },
    DealWon { actor: String },
    DealLost { actor: String },
    DealReopened { stage: Name, actor: String },
    DealArchived { actor: String },
    DealRestored { actor: String },
    DealChanged { fields: Vec<String>, actor: String },
    Ticket { kind: TicketEventKind, status: Name, actor: String },
    TicketReopened { actor: String },
    SlaAlert { kind: SlaAlertKind, metric: Option<SlaMetric>, due_at: Option<Instant> },
    Assigned { user: String, queue: String },
    Submitted { form: String },
    Event { kind: String, page: String },
    Merged { name: String },
    Converted { name: String },
    Attached { name: String, role: String },
    Drafted { channel: String, subject: String, author: String },
    DraftDecided { state: DraftState, subject: String, by: String },
    DraftEvent { kind: DraftEventKind, recipient: String, actor: String },
    Quote { standing: QuoteStanding, number: String, version: u64, by: String },
    Created,
}

impl TimelineReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use TimelineReason as R;
        match self {
            R::Activity { .. } => "timeline_activity",
            R::ActivityRemoved { .. } => "timeline_activity_removed",
            R::Note { .. } => "timeline_note",
            R::TaskCreated { .. } => "timeline_task_created",
            R::TaskCompleted { .. } => "timeline_task_completed",
            R::DealOpened { .. } => "timeline_deal_opened",
            R::DealMoved { .. } => "timeline_deal_moved",
            R::DealWon { .. } => "timeline_deal_won",
            R::DealLost { .. } => "timeline_deal_lost",
            R::DealReopened { .. } => "timeline_deal_reopened",
            R::DealArchived { .. } => "timeline_deal_archived",
            R::DealRestored { .. } => "timeline_deal_restored",
            R::DealChanged { .. } => "timeline_deal_changed",
            R::Ticket { .. } => "timeline_ticket",
            R::TicketReopened { .. } => "timeline_ticket_reopened",
            R::SlaAlert { .. } => "timeline_sla_alert",
            R::Assigned { .. } => "timeline_assigned",
            R::Submitted { .. } => "timeline_submitted",
            R::Event { .. } => "timeline_event",
            R::Merged { .. } => "timeline_merged",
            R::Converted { .. } => "timeline_converted",
            R::Attached { .. } => "timeline_attached",
            R::Drafted { .. } => "timeline_drafted",
            R::DraftDecided { .. } => "timeline_draft_decided",
            R::DraftEvent { .. } => "timeline_draft_event",
            R::Quote { .. } => "timeline_quote",
            R::Created => "timeline_created",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use TimelineReason as R;
        let mut texts = |pairs: &[(&str, &str)]| {
            for (key, value) in pairs {
                map.insert((*key).into(), Some(*value).filter(|value| !value.is_empty()).into());
            }
        };
        match self {
            R::Activity { kind, direction, subject, actor } => {
                texts(&[("kind", kind), ("direction", direction), ("subject", subject), ("actor", actor)]);
            }
            R::ActivityRemoved { kind, removed_at } => {
                texts(&[("kind", kind), ("removed_at", &format_instant(*removed_at))]);
            }
            R::Note { text, author } => texts(&[("note", text), ("author", author)]),
            R::TaskCreated { title, assignee } => texts(&[("title", title), ("assignee", assignee)]),
            R::TaskCompleted { title, by } => texts(&[("title", title), ("by", by)]),
            R::DealOpened { stage, actor } | R::DealReopened { stage, actor } => {
                texts(&[("stage", &stage.id), ("actor", actor)]);
            }
            R::DealMoved { from, to, actor } => texts(&[("from", &from.id), ("to", &to.id), ("actor", actor)]),
            R::DealWon { actor }
            | R::DealLost { actor }
            | R::DealArchived { actor }
            | R::DealRestored { actor }
            | R::TicketReopened { actor } => texts(&[("actor", actor)]),
            R::DealChanged { fields, actor } => {
                texts(&[("actor", actor)]);
                map.insert("fields".into(), fields.as_slice().into());
            }
            R::Ticket { kind, status, actor } => {
                texts(&[("kind", kind.code()), ("status", &status.id), ("actor", actor)]);
            }
            R::SlaAlert { kind, metric, due_at } => {
                let due_at = due_at.map(format_instant).unwrap_or_default();
                texts(&[("kind", kind.code()), ("metric", metric.map_or("", SlaMetric::code)), ("due_at", &due_at)]);
            }
            R::Assigned { user, queue } => texts(&[("user", user), ("queue", queue)]),
            R::Submitted { form } => texts(&[("form", form)]),
            R::Event { kind, page } => texts(&[("kind", kind), ("page", page)]),
            R::Merged { name } | R::Converted { name } => texts(&[("name", name)]),
            R::Attached { name, role } => texts(&[("name", name), ("role", role)]),
            R::Drafted { channel, subject, author } => {
                texts(&[("channel", channel), ("subject", subject), ("author", author)]);
            }
            R::DraftDecided { state, subject, by } => {
                texts(&[("state", state.code()), ("subject", subject), ("by", by)]);
            }
            R::DraftEvent { kind, recipient, actor } => {
                texts(&[("kind", kind.code()), ("recipient", recipient), ("actor", actor)]);
            }
            R::Quote { standing, number, version, by } => {
                texts(&[("standing", standing.code()), ("number", number), ("by", by)]);
                map.insert("version".into(), (*version).into());
            }
            R::Created => {}
        }
    }
}
