//! The risk of stored deals: their history, gathered by index and for many deals at once, and the rule over it.

use std::collections::{BTreeMap, BTreeSet};

use super::children::Children;
use super::past::Past;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::probability::Probability;
use crate::kernel::quotes::QuoteState;
use crate::kernel::service::TicketState;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, DealRevision, Kind, Row, RowFacts};
use crate::rules::Rules;
use crate::rules::deal_risk::{
    Circumstances, DealFacts, DealRisk, Direction, History, Known, Mark, Part, QuoteFacts, Revision, Risk, Todo, Touch,
    Verdict,
};
use crate::rules::pipeline::Pipelines;
use crate::store::{Archived, Order, Query, Read};

/// Most rows of one kind that are read of a deal; of activities the latest.
const MOST_KEPT: usize = 5_000;
/// How many deals are gathered at once.
const TOGETHER: usize = 500;

/// The risk of stored deals at an instant, from what a store has of them.
pub(crate) struct StoredRisk<'a> {
    pub(crate) read: &'a dyn Read,
    /// As what rows are read; without it as they are, and only the rule cuts them to the instant.
    pub(crate) then: Option<&'a Past<'a>>,
    pub(crate) rules: &'a Rules,
    pub(crate) pipelines: &'a Pipelines,
    pub(crate) at: Instant,
}

/// What hangs on some deals.
struct Hanging {
    deals: BTreeMap<Kind, BTreeMap<String, Vec<Row>>>,
    /// The usual parts of contacts.
    roles: BTreeMap<String, String>,
    /// The urgent ticket of each account of which there are tickets at all.
    tickets: BTreeMap<String, Known<Mark>>,
}

/// What is read of a deal, archived rows, too, since they counted once; and by what the last ones are told.
const READ: &[(Kind, &str)] = &[
    (Kind::DealRevision, "number"),
    (Kind::Activity, "happened_at"),
    (Kind::Task, "created_at"),
    (Kind::DealContact, "created_at"),
    (Kind::Quote, "created_at"),
];

impl StoredRisk<'_> {
    /// The risk of a deal.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn of(&self, row: &Row) -> Result<Risk> {
        let past = self.past()?;
        let mut hanging = self.hanging(&past, &[row])?;
        self.told(&past, row, &mut hanging, |rule, facts, deal, around| rule.risk(facts, deal, around, self.at))
    }

    /// The risk of each deal.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn risks(&self, rows: &[&Row]) -> Result<Vec<Risk>> {
        self.each(rows, |rule, facts, deal, around| rule.risk(facts, deal, around, self.at))
    }

    /// The same without the instant at which time changes it, which takes longer than all the rest.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn verdicts(&self, rows: &[&Row]) -> Result<Vec<Verdict>> {
        self.each(rows, |rule, facts, deal, around| rule.verdict(facts, deal, around, self.at))
    }

    fn each<T>(
        &self,
        rows: &[&Row],
        tell: impl Fn(&DealRisk, &DealFacts, &RowFacts<'_>, &Circumstances) -> T,
    ) -> Result<Vec<T>> {
        let past = self.past()?;
        let mut told = Vec::with_capacity(rows.len());
        for some in rows.chunks(TOGETHER) {
            let mut hanging = self.hanging(&past, some)?;
            for row in some {
                told.push(self.told(&past, row, &mut hanging, &tell)?);
            }
        }
        Ok(told)
    }

    /// The trail says what a quote or a ticket was, whatever rows are read as.
    fn past(&self) -> Result<Past<'_>> {
        Past::new(self.read, self.rules, self.at, None)
    }

    fn told<T>(
        &self,
        past: &Past<'_>,
        row: &Row,
        hanging: &mut Hanging,
        tell: impl Fn(&DealRisk, &DealFacts, &RowFacts<'_>, &Circumstances) -> T,
    ) -> Result<T> {
        let schema = self.rules.schema(Kind::Deal);
        let deal = row.facts(&schema);
        let facts = self.facts(past, row, &deal, hanging)?;
        let around = Circumstances { deal: Some(row.id.to_string()), ..Circumstances::default() };
        Ok(tell(self.rules.deal_risk(), &facts, &deal, &around))
    }

    fn facts(&self, past: &Past<'_>, row: &Row, deal: &RowFacts<'_>, hanging: &mut Hanging) -> Result<DealFacts> {
        // A stored probability that no rule takes is unknown; commands refuse to store one.
        let mut facts = DealFacts::of_deal(deal, &self.rules.schema(Kind::Deal), self.at, &mut |_| {});
        let id = row.id.to_string();
        let history = hanging.history(&id);
        history.fill(&mut facts, self.pipelines, self.rules.deal_risk(), self.at);
        facts.quote = quote(past, hanging.take(Kind::Quote, &id))?;
        if let Some(account) = account_of(row) {
            facts.hot_ticket = hanging.tickets.get(&account.to_string()).cloned().unwrap_or(Known::Unknown);
        }
        Ok(facts)
    }

    /// Everything of some deals that their risk goes by.
    fn hanging(&self, past: &Past<'_>, rows: &[&Row]) -> Result<Hanging> {
        let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
        let mut deals = BTreeMap::new();
        for (kind, order) in READ {
            deals.insert(*kind, self.rows_by(&self.children(*kind, "deal", None), &ids, Some(order))?);
        }
        let parts = deals.get(&Kind::DealContact).into_iter().flat_map(BTreeMap::values).flatten();
        let nameless: BTreeSet<String> = parts
            .filter_map(|row| match &row.body {
                AnyRecord::DealContact(part) if part.role.is_empty() => part.contact.map(|id| id.to_string()),
                _ => None,
            })
            .collect();
        let people = self.children(Kind::Contact, "id", None);
        let people = self.rows_by(&people, &nameless.into_iter().collect::<Vec<_>>(), None)?;
        let roles = people.into_iter().filter_map(|(id, rows)| match rows.into_iter().next()?.body {
            AnyRecord::Contact(contact) => Some((id, contact.role)),
            _ => None,
        });
        let accounts: BTreeSet<String> =
            rows.iter().filter_map(|row| account_of(row).map(|account| account.to_string())).collect();
        let tickets = self.hot_tickets(past, &accounts.into_iter().collect::<Vec<_>>())?;
        Ok(Hanging { deals, roles: roles.collect(), tickets })
    }

    fn children<'c>(&'c self, kind: Kind, field: &'c str, and: Option<Predicate>) -> Children<'c> {
        Children { rules: self.rules, at: self.at, kind, field, and, archived: Archived::Include }
    }

    /// The rows of each record; of one that has many the last ones by a field, or else the oldest.
    fn rows_by(
        &self,
        children: &Children<'_>,
        ids: &[String],
        order: Option<&str>,
    ) -> Result<BTreeMap<String, Vec<Row>>> {
        let mut found = BTreeMap::new();
        children.each(
            ids,
            |query| self.read.find(query),
            |id, rows| {
                let rows = match rows {
                    Some(rows) => self.as_were(rows)?,
                    None => {
                        let mut query = children.query(Operator::Equal, id)?;
                        if let Some(order) = order {
                            let (field, _) = query.schema.resolve(order)?;
                            query.order = vec![Order { field, descending: true }];
                        }
                        self.pages(query)?
                    }
                };
                found.insert(id.to_owned(), rows);
                Ok(())
            },
        )?;
        Ok(found)
    }

    /// The rows of a query, up to a bound.
    fn pages(&self, mut query: Query) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        while rows.len() < MOST_KEPT {
            let page = self.read.find(&query)?;
            rows.extend(self.as_were(page.rows)?);
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        Ok(rows)
    }

    fn as_were(&self, rows: Vec<Row>) -> Result<Vec<Row>> {
        let Some(then) = self.then else { return Ok(rows) };
        rows.into_iter().filter_map(|row| then.row(row).transpose()).collect()
    }

    /// Of each account the most urgent kind of ticket whose promise is due first, as it was: late once that instant has come.
    /// Without any ticket the store cannot tell.
    fn hot_tickets(&self, past: &Past<'_>, accounts: &[String]) -> Result<BTreeMap<String, Known<Mark>>> {
        let archived = if self.then.is_some() { Archived::Include } else { Archived::Exclude };
        let there = Predicate::test("created_at", Operator::AtMost, format_instant(self.at));
        let any = Children { archived, ..self.children(Kind::Ticket, "account", Some(there)) };
        let known = any.known(accounts, |query| self.read.find(query))?;
        let mut tickets: BTreeMap<String, Known<Mark>> =
            known.iter().map(|account| (account.clone(), Known::Absent)).collect();
        let unsolved = Predicate::Any(vec![
            Predicate::test("resolved_at", Operator::IsNull, serde_json::Value::Null),
            Predicate::test("resolved_at", Operator::Greater, format_instant(self.at)),
        ]);
        let unsolved = Children { archived, ..self.children(Kind::Ticket, "account", Some(unsolved)) };
        let urgent = self.rules.support().priorities().codes().last().cloned().unwrap_or_default();
        for (account, rows) in self.rows_by(&unsolved, &known, None)? {
            let mut first: Option<Mark> = None;
            for row in rows {
                let Some(row) = past.row(row)? else { continue };
                let (AnyRecord::Ticket(ticket), None) = (row.body, row.archived_at) else { continue };
                let is_open = ticket.state.is_some_and(TicketState::is_open);
                if let Some(due) = ticket.sla_due_at.filter(|_| is_open && ticket.priority == urgent) {
                    let mark = Mark { at: due, id: row.id.to_string() };
                    first = Some(first.map_or(mark.clone(), |first| first.min(mark)));
                }
            }
            tickets.insert(account, Known::of(first));
        }
        Ok(tickets)
    }
}

fn account_of(row: &Row) -> Option<Id> {
    match &row.body {
        AnyRecord::Deal(deal) => deal.account,
        _ => None,
    }
}

/// The quote of a deal that was sent last and still stands, as it was. Without any quote the store cannot tell: the host may
/// keep them somewhere else.
fn quote(past: &Past<'_>, rows: Vec<Row>) -> Result<Known<QuoteFacts>> {
    let mut latest: Known<QuoteFacts> = Known::Unknown;
    for row in rows {
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

impl Hanging {
    fn take(&mut self, kind: Kind, deal: &str) -> Vec<Row> {
        self.deals.get_mut(&kind).and_then(|of| of.remove(deal)).unwrap_or_default()
    }

    /// Everything that happened to a deal and around it.
    fn history(&mut self, deal: &str) -> History {
        let revisions = self.take(Kind::DealRevision, deal).into_iter().filter_map(|row| match row.body {
            AnyRecord::DealRevision(revision) => Some(revision_of(row.id, *revision)),
            _ => None,
        });
        let revisions = revisions.collect();
        let touches = self.take(Kind::Activity, deal).into_iter().filter_map(|row| match row.body {
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
        let touches = touches.collect();
        let tasks = self.take(Kind::Task, deal).into_iter().filter_map(|row| match row.body {
            AnyRecord::Task(task) => Some(Todo {
                id: row.id.to_string(),
                created_at: Some(row.created_at),
                completed_at: task.completed_at,
                removed_at: row.archived_at,
            }),
            _ => None,
        });
        let tasks = tasks.collect();
        let mut people = Vec::new();
        for row in self.take(Kind::DealContact, deal) {
            let AnyRecord::DealContact(part) = row.body else { continue };
            let Some(contact) = part.contact.map(|contact| contact.to_string()) else { continue };
            // Without a part in this deal, the person's usual one.
            let usual = || self.roles.get(&contact).cloned().unwrap_or_default();
            let role = if part.role.is_empty() { usual() } else { part.role };
            people.push(Part { contact, role, added_at: Some(row.created_at), removed_at: row.archived_at });
        }
        History { revisions: Some(revisions), touches: Some(touches), tasks: Some(tasks), people: Some(people) }
    }
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
