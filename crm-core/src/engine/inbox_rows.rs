//! The rows of an inbox as the items that the rule ranks.

use super::tasks::facts;
use super::tickets::Queued;
use crate::command::{draft_of, task_of};
use crate::kernel::fact::Fact;
use crate::model::{AnyRecord, Kind, Row};
use crate::rules::inbox::{Context, Item, What};

/// A task with the one that it waits for, by id and title.
pub(super) type Waiting = (Row, Option<(String, String)>);

/// The rows of an inbox, from which its items borrow.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) tasks: Vec<Waiting>,
    pub(super) tickets: Vec<Queued>,
    pub(super) replies: Vec<Row>,
    pub(super) late: Vec<Row>,
    pub(super) risks: Vec<(Row, i64, Option<i64>)>,
    pub(super) leads: Vec<Row>,
    pub(super) approvals: Vec<Row>,
}

impl Rows {
    /// What is in the inbox, in no order.
    pub(super) fn items(&self) -> Vec<Item<'_>> {
        let mut items = Vec::new();
        for (row, blocker) in &self.tasks {
            let Some(task) = task_of(row) else { continue };
            let blocker = blocker.as_ref().map(|(id, title)| (id.as_str(), title.as_str()));
            items.push(item(row, &task.title, What::Task(facts(row, blocker))));
        }
        for Queued { row, ticket, standing, .. } in &self.tickets {
            let (state, due_at) = (standing.open_state, standing.due_at);
            let what = What::Ticket { state, due_at, priority: ticket.priority.clone() };
            items.push(item(row, &ticket.subject, what));
        }
        items.extend(self.replies.iter().filter_map(activity_item));
        for row in &self.late {
            let AnyRecord::Deal(deal) = &row.body else { continue };
            if let Some(date) = deal.close_date {
                items.push(item(row, &deal.name, What::CloseDate { date }));
            }
        }
        for (row, score, before) in &self.risks {
            let AnyRecord::Deal(deal) = &row.body else { continue };
            items.push(item(row, &deal.name, What::Risk { score: *score, before: *before }));
        }
        for row in &self.leads {
            let AnyRecord::Lead(lead) = &row.body else { continue };
            let person = format!("{} {}", lead.first_name, lead.last_name);
            let title = if lead.company.is_empty() { person.trim() } else { lead.company.as_str() };
            let what = What::Lead {
                received_at: lead.received_at.unwrap_or(row.created_at),
                score: lead.score,
                is_hot: lead.band == "hot",
                has_owner: !lead.owner.is_empty(),
            };
            items.push(item(row, title, what));
        }
        for row in &self.approvals {
            let Some(draft) = draft_of(row) else { continue };
            let title = if draft.command.is_empty() { draft.subject.as_str() } else { draft.command.as_str() };
            let revision = draft.revision.and_then(|n| u64::try_from(n).ok());
            let what = What::Approval {
                asked_at: draft.waiting_since.unwrap_or(row.updated_at),
                expires_at: draft.expires_at,
                draft: revision.map(|revision| (revision, draft.content_hash.clone())),
            };
            items.push(item(row, title, what));
        }
        items
    }
}

/// An activity as an item: a message that waits for an answer, or what somebody did last.
pub(super) fn activity_item(row: &Row) -> Option<Item<'_>> {
    let AnyRecord::Activity(activity) = &row.body else { return None };
    let received_at = activity.happened_at.unwrap_or(row.created_at);
    Some(item(row, &activity.subject, What::Reply { received_at }))
}

/// An item of a row, with the records that the row names and itself.
fn item<'a>(row: &Row, title: &str, what: What<'a>) -> Item<'a> {
    let kind = row.body.kind();
    let link = |target: Kind| {
        if kind == target {
            return Some(row.id.to_string());
        }
        match row.body.fact(kind.place(target.name())?) {
            Fact::Reference(id) => Some(id.to_string()),
            _ => None,
        }
    };
    let context = Context {
        lead: link(Kind::Lead),
        account: link(Kind::Account),
        contact: link(Kind::Contact),
        deal: link(Kind::Deal),
        ticket: link(Kind::Ticket),
    };
    Item {
        id: row.id.to_string(),
        version: Some(row.version),
        title: title.to_owned(),
        created_at: Some(row.created_at),
        context,
        what,
    }
}
