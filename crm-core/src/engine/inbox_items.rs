//! What an inbox looks at: a bounded number of rows of each source, by index.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::Value as Json;

use super::Crm;
use super::inbox_rows::{Rows, Waiting};
use super::library::decides;
use super::tickets::Queued;
use crate::command::{Ctx, Past, StoredRisk, Verb, allowed, draft_of, pipelines_of, proposal_of, task_of};
use crate::kernel::approval::DraftState;
use crate::kernel::error::Result;
use crate::kernel::fact::Fact;
use crate::kernel::id::Id;
use crate::kernel::inbox_reason::InboxSource;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::{Instant, format_instant, parse_date, plus_days};
use crate::model::{AnyRecord, Key, Kind, Row, Sight};
use crate::rules::deal_risk::Verdict;
use crate::rules::report::AT_RISK_FROM;
use crate::rules::task::Horizon;
use crate::store::{Order, Query, Read, Store};

/// Most rows of a source: tasks and tickets; what takes look-ups of its own for each row.
const MOST_OWN: usize = 500;
const MOST_LOOKED_UP: usize = 100;
/// Most messages around the person's records that are looked at for one that nobody has answered.
const MOST_MESSAGES: usize = 1000;
/// How long an unanswered message is still in the inbox.
const REPLY_DAYS: i64 = 30;
/// How long a lead is new.
const NEW_DAYS: i64 = 7;
/// Since when a risk must have risen to be told.
const RISEN_DAYS: i64 = 7;

/// Looks for what somebody may have to do.
pub(super) struct Gather<'a, S> {
    crm: &'a Crm<S>,
    ctx: &'a Ctx,
    read: &'a dyn Read,
    horizon: &'a Horizon<'a>,
    user: &'a str,
    partial: BTreeSet<InboxSource>,
}

fn test(field: &str, operator: Operator, value: impl Into<Json>) -> Predicate {
    Predicate::test(field, operator, value)
}

fn empty(field: &str) -> Predicate {
    test(field, Operator::IsNull, Json::Null)
}

impl<'a, S: Store> Gather<'a, S> {
    pub(super) const fn new(
        crm: &'a Crm<S>,
        ctx: &'a Ctx,
        read: &'a dyn Read,
        horizon: &'a Horizon<'a>,
        user: &'a str,
    ) -> Self {
        Self { crm, ctx, read, horizon, user, partial: BTreeSet::new() }
    }

    /// The sources of which there is more than was looked at.
    pub(super) const fn partial(&self) -> &BTreeSet<InboxSource> {
        &self.partial
    }

    /// The rows of the sources that are wanted.
    pub(super) fn rows(&mut self, wanted: impl Fn(InboxSource) -> bool) -> Result<Rows> {
        let mut rows = Rows::default();
        if wanted(InboxSource::Task) {
            rows.tasks = self.tasks()?;
        }
        if wanted(InboxSource::Ticket) {
            let open = test("state", Operator::In, ["new", "open", "pending", "hold"].map(Json::from).to_vec());
            let order = Some(("sla_due_at", false));
            let found = self.find(InboxSource::Ticket, Kind::Ticket, vec![self.own(), open], order, MOST_OWN)?;
            // As the queue has them: by the promises that are still open, as they stand now.
            for row in found {
                rows.tickets.extend(Queued::new(&self.crm.rules, row, self.horizon.at)?);
            }
        }
        if wanted(InboxSource::Reply) {
            rows.replies = self.replies()?;
        }
        let open = || test("state", Operator::Equal, "open");
        if wanted(InboxSource::CloseDate) {
            // East of UTC the last day of all years ends with one that no date names.
            let today = self.horizon.today.day;
            let past = match parse_date(&today.to_string()) {
                Ok(day) => test("close_date", Operator::Less, day.to_string()),
                Err(_) => test("close_date", Operator::IsKnown, Json::Null),
            };
            let all = vec![self.own(), open(), past];
            let order = Some(("close_date", false));
            rows.late = self.find(InboxSource::CloseDate, Kind::Deal, all, order, MOST_OWN)?;
        }
        if wanted(InboxSource::Risk) {
            let order = Some(("close_date", false));
            let deals = self.find(InboxSource::Risk, Kind::Deal, vec![self.own(), open()], order, MOST_LOOKED_UP)?;
            rows.risks = self.risks(deals)?;
        }
        if wanted(InboxSource::Lead) {
            rows.leads = self.leads()?;
        }
        if wanted(InboxSource::Approval) {
            rows.approvals = self.approvals()?;
        }
        Ok(rows)
    }

    /// Drafts that wait for a decision of who asks. What somebody else may decide is that one's inbox.
    fn approvals(&mut self) -> Result<Vec<Row>> {
        if self.user != self.ctx.actor.name() || !allowed(self.ctx.actor.role(), Verb::Approve) {
            return Ok(Vec::new());
        }
        let waits = vec![test("state", Operator::Equal, DraftState::Waiting.code())];
        let order = Some(("waiting_since", false));
        let mut rows = self.find(InboxSource::Approval, Kind::Draft, waits, order, MOST_OWN)?;
        let ctx = self.ctx;
        rows.retain(|row| {
            let proposal = draft_of(row).map(|draft| proposal_of(&ctx.workspace, row.id, draft));
            proposal.is_some_and(|proposal| proposal.is_ok_and(|proposal| decides(ctx, &proposal).is_ok()))
        });
        Ok(rows)
    }

    fn own(&self) -> Predicate {
        test("owner", Operator::Equal, self.user)
    }

    /// So many rows; that there are more is told.
    fn find(
        &mut self,
        source: InboxSource,
        kind: Kind,
        all: Vec<Predicate>,
        order: Option<(&str, bool)>,
        most: usize,
    ) -> Result<Vec<Row>> {
        let schema = self.crm.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), self.horizon.at);
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        if let Some((field, descending)) = order {
            query.order = vec![Order { field: schema.resolve(field)?.0, descending }];
        }
        query.limit = most;
        let page = self.read.find(&query)?;
        if page.next.is_some() {
            self.partial.insert(source);
        }
        Ok(page.rows)
    }

    /// Open tasks that nobody put off: those due by an instant and those due by a day each have an order of their own.
    fn tasks(&mut self) -> Result<Vec<Waiting>> {
        let awake = || {
            let now = format_instant(self.horizon.at);
            Predicate::Any(vec![empty("snoozed_until"), test("snoozed_until", Operator::AtMost, now)])
        };
        let base = || vec![test("assignee", Operator::Equal, self.user), empty("completed_at"), awake()];
        let with = |more: Predicate| base().into_iter().chain([more]).collect::<Vec<_>>();
        let by_instant = with(test("due_at", Operator::IsKnown, Json::Null));
        let by_day = with(empty("due_at"));
        let mut rows = self.find(InboxSource::Task, Kind::Task, by_instant, Some(("due_at", false)), MOST_OWN)?;
        rows.extend(self.find(InboxSource::Task, Kind::Task, by_day, Some(("due_date", false)), MOST_OWN)?);
        let mut tasks = Vec::with_capacity(rows.len());
        for row in rows {
            let waits = task_of(&row).filter(|task| task.blocked == Some(true)).and_then(|task| task.blocking_task);
            let blocker = match waits {
                None => None,
                Some(id) => {
                    let other = self.read.get(Key { kind: Kind::Task, id })?;
                    let title = other.as_ref().and_then(task_of).map(|task| task.title.clone());
                    Some((id.to_string(), title.unwrap_or_default()))
                }
            };
            tasks.push((row, blocker));
        }
        Ok(tasks)
    }

    /// Messages of customers whose record is the person's and that nobody has answered: of each record the oldest one.
    /// Messages of tickets are the ticket's. Of the last days at most so many messages of the person's records are looked
    /// at, the newest first; where there are more, the source is told as partial.
    fn replies(&mut self) -> Result<Vec<Row>> {
        let at = self.horizon.at;
        let since = plus_days(at, REPLY_DAYS.saturating_neg()).unwrap_or(at);
        let schema = self.crm.rules.schema(Kind::Activity);
        let mut query = Query::all(Kind::Activity, schema.clone(), at);
        let all = vec![
            test("happened_at", Operator::Greater, format_instant(since)),
            test("happened_at", Operator::AtMost, format_instant(at)),
            test("direction", Operator::Equal, "inbound"),
            empty("ticket"),
            Predicate::Any(vec![empty("automatic"), test("automatic", Operator::Equal, false)]),
        ];
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        query.sight = Some(Arc::new(self.around_own()));
        query.order = vec![Order { field: schema.resolve("happened_at")?.0, descending: true }];
        query.limit = MOST_MESSAGES;
        let page = self.read.find(&query)?;
        if page.next.is_some() {
            self.partial.insert(InboxSource::Reply);
        }
        let mut owners: BTreeMap<Key, String> = BTreeMap::new();
        let mut answered: BTreeMap<Key, Option<Instant>> = BTreeMap::new();
        let mut oldest: BTreeMap<Key, Row> = BTreeMap::new();
        for row in page.rows {
            let AnyRecord::Activity(message) = &row.body else { continue };
            let around = [
                (Kind::Deal, message.deal),
                (Kind::Lead, message.lead),
                (Kind::Contact, message.contact),
                (Kind::Account, message.account),
            ];
            let around: Vec<Key> = around.into_iter().filter_map(|(kind, id)| Some(Key { kind, id: id? })).collect();
            let Some(nearest) = around.first().copied() else { continue };
            let mut owner = String::new();
            for key in around {
                owner = match owners.entry(key) {
                    Entry::Occupied(known) => known.get().clone(),
                    Entry::Vacant(place) => place.insert(self.owner_of(key)?).clone(),
                };
                if !owner.is_empty() {
                    break;
                }
            }
            if owner != self.user {
                continue;
            }
            let last = match answered.entry(nearest) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(place) => *place.insert(self.last_answer(nearest)?),
            };
            if last.is_none_or(|last| last <= message.happened_at.unwrap_or(row.created_at)) {
                // They come the newest first.
                oldest.insert(nearest, row);
            }
        }
        Ok(oldest.into_values().collect())
    }

    /// The messages around any record of the person: whose a message is, its nearest record with an owner says.
    fn around_own(&self) -> Sight {
        let texts = Arc::new(BTreeSet::from([self.user.to_owned()]));
        let through = |kind: Kind| {
            let (field, owner) = (Kind::Activity.place(kind.name())?, kind.place("owner")?);
            let sight = Arc::new(Sight::OneOf { field: owner, texts: texts.clone() });
            Some(Sight::Through { field, kind, sight })
        };
        let kinds = [Kind::Deal, Kind::Lead, Kind::Contact, Kind::Account];
        Sight::Any(kinds.into_iter().filter_map(through).collect())
    }

    fn owner_of(&self, key: Key) -> Result<String> {
        let row = self.read.get(key)?.filter(|row| row.archived_at.is_none());
        let place = key.kind.place("owner");
        Ok(match row.as_ref().zip(place).map(|(row, place)| row.body.fact(place)) {
            Some(Fact::Text(owner)) => owner.to_owned(),
            _ => String::new(),
        })
    }

    /// When somebody of the team last spoke to the customer of a record.
    fn last_answer(&self, key: Key) -> Result<Option<Instant>> {
        let all = vec![
            test(key.kind.name(), Operator::Equal, key.id.to_string()),
            test("happened_at", Operator::IsKnown, Json::Null),
            test("direction", Operator::In, ["outbound", "both"].map(Json::from).to_vec()),
            Predicate::Any(vec![empty("automatic"), test("automatic", Operator::Equal, false)]),
        ];
        let schema = self.crm.rules.schema(Kind::Activity);
        let mut query = Query::all(Kind::Activity, schema.clone(), self.horizon.at);
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        query.order = vec![Order { field: schema.resolve("happened_at")?.0, descending: true }];
        query.limit = 1;
        let last = self.read.find(&query)?.rows.into_iter().next();
        Ok(last.and_then(|row| match row.body {
            AnyRecord::Activity(activity) => activity.happened_at,
            _ => None,
        }))
    }

    fn exists(&self, kind: Kind, all: Vec<Predicate>) -> Result<bool> {
        let schema = self.crm.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), self.horizon.at);
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        query.limit = 1;
        Ok(!self.read.find(&query)?.rows.is_empty())
    }

    /// Deals that are at risk, each with what its risk was a week ago.
    fn risks(&self, deals: Vec<Row>) -> Result<Vec<(Row, i64, Option<i64>)>> {
        let rules = &self.crm.rules;
        let at = self.horizon.at;
        let pipelines = pipelines_of(self.read, rules, at)?;
        let before = at.checked_sub_signed(TimeDelta::try_days(RISEN_DAYS).unwrap_or_default()).unwrap_or(at);
        let past = Past::new(self.read, rules, before, None)?;
        let stored = self.crm.stored_risk(self.read, &pipelines, at);
        let verdicts = stored.verdicts(&deals.iter().collect::<Vec<_>>())?;
        let mut risks = Vec::new();
        for (row, verdict) in deals.into_iter().zip(verdicts) {
            let score = match verdict {
                Verdict::Scored(scored) if scored.score >= AT_RISK_FROM => scored.score,
                _ => continue,
            };
            let then = match past.row(row.clone())?.filter(|_| row.created_at <= before) {
                None => None,
                Some(row) => {
                    let stored = self.crm.stored_risk(self.read, &pipelines, before);
                    match (StoredRisk { then: Some(&past), ..stored }).verdicts(&[&row])?.pop() {
                        Some(Verdict::Scored(scored)) => Some(scored.score),
                        _ => None,
                    }
                }
            };
            risks.push((row, score, then));
        }
        Ok(risks)
    }

    /// Leads that nobody has touched: the person's hot and new ones, and for who may hand them out those of nobody.
    fn leads(&mut self) -> Result<Vec<Row>> {
        let at = self.horizon.at;
        let since = plus_days(at, NEW_DAYS.saturating_neg()).unwrap_or(at);
        let open = || vec![empty("converted_at"), empty("merged_into")];
        let new = || test("created_at", Operator::Greater, format_instant(since));
        let mut conditions = vec![vec![self.own(), test("band", Operator::Equal, "hot")], vec![self.own(), new()]];
        if self.user == self.ctx.actor.name() && allowed(self.ctx.actor.role(), Verb::Route) {
            conditions.push(vec![empty("owner"), empty("queue"), new()]);
        }
        let mut leads: BTreeMap<Id, Row> = BTreeMap::new();
        for condition in conditions {
            let all = condition.into_iter().chain(open()).collect();
            let order = Some(("created_at", true));
            for row in self.find(InboxSource::Lead, Kind::Lead, all, order, MOST_LOOKED_UP)? {
                leads.insert(row.id, row);
            }
        }
        let mut untouched = Vec::new();
        for row in leads.into_values() {
            if !self.exists(Kind::Activity, vec![test("lead", Operator::Equal, row.id.to_string())])? {
                untouched.push(row);
            }
        }
        Ok(untouched)
    }
}
