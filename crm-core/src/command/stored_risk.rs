//! The risk of a stored deal: its history, gathered by index, and the rule over it.

use super::past::Past;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::probability::Probability;
use crate::kernel::quotes::QuoteState;
use crate::kernel::service::TicketState;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, DealRevision, Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::deal_risk::{
    Circumstances, DealFacts, Direction, History, Known, Mark, Part, QuoteFacts, Revision, Risk, Todo, Touch,
};
use crate::rules::pipeline::Pipelines;
use crate::store::{Archived, MOST_ROWS, Order, Query, Read};

/// Most rows of one kind that are read of a deal; of activities the latest.
const MOST_KEPT: usize = 5_000;

/// The risk of a deal at an instant, from what a store has of it.
pub(crate) fn risk_of(read: &dyn Read, rules: &Rules, pipelines: &Pipelines, at: Instant, row: &Row) -> Result<Risk> {
    let (rule, schema) = (rules.deal_risk(), rules.schema(Kind::Deal));
    let deal = row.facts(&schema);
    // A stored probability that no rule takes is unknown; commands refuse to store one.
    let mut facts = DealFacts::of_deal(&deal, &schema, at, &mut |_| {});
    history(read, rules, at, row.id)?.fill(&mut facts, pipelines, rule, at);
    let past = Past::new(read, rules, at, None)?;
    facts.quote = quote(read, &past, row.id)?;
    if let AnyRecord::Deal(deal) = &row.body
        && let Some(account) = deal.account
    {
        facts.hot_ticket = hot_ticket(read, &past, account)?;
    }
    let around = Circumstances { deal: Some(row.id.to_string()), ..Circumstances::default() };
    Ok(rule.risk(&facts, &deal, &around, at))
}

/// The quote of a deal that was sent last and still stands, as it was. Without any quote the store cannot tell: the host may
/// keep them somewhere else.
fn quote(read: &dyn Read, past: &Past<'_>, deal: Id) -> Result<Known<QuoteFacts>> {
    let mut latest: Known<QuoteFacts> = Known::Unknown;
    for row in rows_of(read, past.rules(), past.as_of(), (Kind::Quote, deal), "created_at")? {
        let Some(row) = past.row(row)? else { continue };
        if latest.is_unknown() {
            latest = Known::Absent;
        }
        let (AnyRecord::Quote(quote), None) = (row.body, row.archived_at) else { continue };
        let is_answered = match quote.state {
            Some(QuoteState::Issued | QuoteState::Sent) => false,
            Some(QuoteState::Accepted | QuoteState::Declined) => true,
            // What was taken back or stands no more waits for nobody.
            Some(QuoteState::Draft | QuoteState::Superseded | QuoteState::Cancelled) | None => continue,
        };
        let Some(sent_at) = quote.sent_at.filter(|sent| *sent <= past.as_of()) else { continue };
        let (sent_at, id) = (Some(sent_at), row.id.to_string());
        if latest.value().is_none_or(|known| (known.sent_at, &known.id) < (sent_at, &id)) {
            latest = Known::Is(QuoteFacts { id, sent_at, expires_on: quote.valid_until, is_answered });
        }
    }
    Ok(latest)
}

/// The most urgent kind of ticket of an account whose promise is due first, as it was: late once that instant has come.
/// Without any ticket the store cannot tell.
fn hot_ticket(read: &dyn Read, past: &Past<'_>, account: Id) -> Result<Known<Mark>> {
    let (rules, at) = (past.rules(), past.as_of());
    let schema = rules.schema(Kind::Ticket);
    let of_account = || Predicate::test("account", Operator::Equal, account.to_string());
    let mut query = Query::all(Kind::Ticket, schema.clone(), at);
    (query.filter, query.limit) = (Some(of_account().compile(&schema)?), 1);
    if !read.find(&query)?.rows.iter().any(|row| row.created_at <= at) {
        return Ok(Known::Unknown);
    }
    let unsolved = Predicate::Any(vec![
        Predicate::test("resolved_at", Operator::IsNull, serde_json::Value::Null),
        Predicate::test("resolved_at", Operator::Greater, format_instant(at)),
    ]);
    query.filter = Some(Predicate::All(vec![of_account(), unsolved]).compile(&schema)?);
    query.limit = MOST_ROWS;
    let urgent = rules.support().priorities().codes().last().cloned().unwrap_or_default();
    let mut first: Option<Mark> = None;
    for row in pages(read, query)? {
        let Some(row) = past.row(row)? else { continue };
        let (AnyRecord::Ticket(ticket), None) = (row.body, row.archived_at) else { continue };
        let is_open = ticket.state.is_some_and(TicketState::is_open);
        if let Some(due) = ticket.sla_due_at.filter(|_| is_open && ticket.priority == urgent) {
            let mark = Mark { at: due, id: row.id.to_string() };
            first = Some(first.map_or(mark.clone(), |first| first.min(mark)));
        }
    }
    Ok(Known::of(first))
}

/// Everything of a deal that its risk goes by; archived rows, too, since they counted once.
fn history(read: &dyn Read, rules: &Rules, at: Instant, deal: Id) -> Result<History> {
    let rows = |kind, order| rows_of(read, rules, at, (kind, deal), order);
    let revisions = rows(Kind::DealRevision, "number")?.into_iter().filter_map(|row| match row.body {
        AnyRecord::DealRevision(revision) => Some(revision_of(row.id, *revision)),
        _ => None,
    });
    let touches = rows(Kind::Activity, "happened_at")?.into_iter().filter_map(|row| match row.body {
        AnyRecord::Activity(activity) => Some(Touch {
            id: row.id.to_string(),
            at: activity.happened_at.unwrap_or(row.created_at),
            logged_at: Some(row.created_at),
            removed_at: row.archived_at,
            direction: Direction::of(&activity.direction),
            is_automatic: activity.automatic == Some(true),
            contact: activity.contact.map(|contact| contact.to_string()),
            kind: activity.kind,
        }),
        _ => None,
    });
    let tasks = rows(Kind::Task, "created_at")?.into_iter().filter_map(|row| match row.body {
        AnyRecord::Task(task) => Some(Todo {
            id: row.id.to_string(),
            created_at: Some(row.created_at),
            completed_at: task.completed_at,
            removed_at: row.archived_at,
        }),
        _ => None,
    });
    let mut people = Vec::new();
    for row in rows(Kind::DealContact, "created_at")? {
        let AnyRecord::DealContact(part) = row.body else { continue };
        let Some(contact) = part.contact else { continue };
        // Without a part in this deal, the person's usual one.
        let role = if part.role.is_empty() { role_of(read, contact)? } else { part.role };
        people.push(Part {
            contact: contact.to_string(),
            role,
            added_at: Some(row.created_at),
            removed_at: row.archived_at,
        });
    }
    Ok(History {
        revisions: Some(revisions.collect()),
        touches: Some(touches.collect()),
        tasks: Some(tasks.collect()),
        people: Some(people),
    })
}

/// The rows of one kind that belong to a deal, archived ones too, the last ones by a field first.
fn rows_of(read: &dyn Read, rules: &Rules, at: Instant, (kind, deal): (Kind, Id), order: &str) -> Result<Vec<Row>> {
    let schema = rules.schema(kind);
    let (field, _) = schema.resolve(order)?;
    let mut query = Query::all(kind, schema.clone(), at);
    query.filter = Some(Predicate::test("deal", Operator::Equal, deal.to_string()).compile(&schema)?);
    query.archived = Archived::Include;
    query.order = vec![Order { field, descending: true }];
    query.limit = MOST_ROWS;
    pages(read, query)
}

/// The rows of a query, up to a bound.
fn pages(read: &dyn Read, mut query: Query) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    while rows.len() < MOST_KEPT {
        let page = read.find(&query)?;
        rows.extend(page.rows);
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    Ok(rows)
}

/// A contact's usual part.
fn role_of(read: &dyn Read, id: Id) -> Result<String> {
    let row = read.get(Key { kind: Kind::Contact, id })?;
    Ok(match row.map(|row| row.body) {
        Some(AnyRecord::Contact(contact)) => contact.role,
        _ => String::new(),
    })
}

fn revision_of(id: Id, revision: DealRevision) -> Revision {
    Revision {
        id: id.to_string(),
        number: revision.number,
        at: revision.changed_at.unwrap_or_default(),
        actor: revision.actor,
        cause: revision.cause,
        pipeline: revision.pipeline,
        stage: revision.stage,
        entered_at: revision.stage_entered_at,
        state: revision.state,
        amount: revision.value,
        close_date: revision.close_date,
        probability: revision.probability_bp.and_then(|bp| Probability::from_bp(bp).ok()),
        category: revision.category,
        is_archived: revision.archived == Some(true),
    }
}
