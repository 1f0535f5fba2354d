//! What a store knows of a customer, for the rule `health`: look-ups by index, each with a bound.

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::Cx;
use super::last_touch::{TouchBy, last_touch};
use super::subscription_state::{runs_on, subscription_of};
use crate::kernel::customer::{PaymentStatus, RunState, StepState, SubscriptionStatus};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::number::Number;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::service::{SlaAlertKind, TicketState};
use crate::kernel::time::{Instant, format_instant, plus_days};
use crate::kernel::value::Value;
use crate::model::{AnyRecord, Kind, Payment, Row, Subscription};
use crate::rules::Rules;
use crate::rules::health::{HealthFacts, HealthModel, MEASUREMENT, MOST_VALUES, Told};
use crate::rules::payments::{Arrears, is_credit, payment_of};
use crate::rules::subscription::Terms;
use crate::store::{MOST_ROWS, Order, Page, Query, Read};

/// Most rows of one kind that are read of a customer, the latest.
const MOST_KEPT: usize = 1_000;
/// For how many days a ticket counts in the rate of reopened ones.
const REOPENED_DAYS: i64 = 90;

/// Where facts are looked up.
pub(crate) enum Look<'a> {
    /// What the reader of a question sees.
    Seen(&'a dyn Read),
    /// All that there is, beside a command: its commit does not depend on what is read here.
    All(Box<Cx<'a>>),
}

impl Look<'_> {
    pub(super) fn find(&mut self, query: &Query) -> Result<Page> {
        match self {
            Look::Seen(read) => read.find(query),
            Look::All(cx) => cx.by_itself(|cx| cx.find(query)),
        }
    }

    fn count(&mut self, query: &Query) -> Result<i64> {
        let count = match self {
            Look::Seen(read) => read.count(query)?,
            Look::All(cx) => cx.by_itself(|cx| cx.count(query))?,
        };
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// The facts of a customer at an instant. What was never told of the customer is not known: without any ticket the store
/// knows nothing of support, without a payment nothing of payments.
pub(crate) fn health_facts(
    look: &mut Look<'_>,
    rules: &Rules,
    model: &HealthModel,
    account: Id,
    at: Instant,
) -> Result<HealthFacts> {
    let today = rules.health().zone.day(at);
    let mut gathering = Gathering { look, rules, account, at, today, facts: HealthFacts::default() };
    gathering.support(model.window_of("sla_breaches"))?;
    gathering.payments()?;
    gathering.learning()?;
    gathering.relationship()?;
    gathering.subscriptions()?;
    gathering.onboarding()?;
    for code in model.measurements() {
        let window = model.window_of(&format!("{MEASUREMENT}{code}"));
        gathering.measurement(code, window)?;
    }
    Ok(gathering.facts)
}

struct Gathering<'g, 'a> {
    look: &'g mut Look<'a>,
    rules: &'g Rules,
    account: Id,
    at: Instant,
    today: NaiveDate,
    facts: HealthFacts,
}

impl Gathering<'_, '_> {
    fn query(&self, kind: Kind, more: Vec<Predicate>) -> Result<Query> {
        let mut all = vec![Predicate::test("account", Operator::Equal, self.account.to_string())];
        all.extend(more);
        self.plain(kind, all)
    }

    fn plain(&self, kind: Kind, all: Vec<Predicate>) -> Result<Query> {
        let schema = self.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), self.at);
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        Ok(query)
    }

    fn count(&mut self, kind: Kind, more: Vec<Predicate>) -> Result<i64> {
        let query = self.query(kind, more)?;
        self.look.count(&query)
    }

    /// The rows of a query, the latest by a field first, up to a bound.
    fn rows(&mut self, mut query: Query, order: &str, most: usize) -> Result<Vec<Row>> {
        query.order = vec![Order { field: query.schema.resolve(order)?.0, descending: true }];
        query.limit = most.min(MOST_ROWS);
        let mut rows = Vec::new();
        while rows.len() < most {
            let page = self.look.find(&query)?;
            rows.extend(page.rows);
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        rows.truncate(most);
        Ok(rows)
    }

    fn support(&mut self, window_days: i64) -> Result<()> {
        let query = self.query(Kind::Ticket, Vec::new())?;
        let tickets = self.rows(query, "opened_at", MOST_KEPT)?;
        if tickets.is_empty() {
            return Ok(());
        }
        let open: Vec<Json> =
            TicketState::ALL.iter().filter(|state| state.is_open()).map(|s| s.code().into()).collect();
        let is_open = Predicate::test("state", Operator::In, open);
        let urgent = self.rules.support().priorities().codes().last().cloned().unwrap_or_default();
        let is_urgent = Predicate::test("priority", Operator::Equal, urgent);
        let is_late = Predicate::test("sla_due_at", Operator::Less, format_instant(self.at));
        let count = self.count(Kind::Ticket, vec![is_open.clone()])?;
        self.facts.put_count("tickets_open", count);
        let count = self.count(Kind::Ticket, vec![is_open.clone(), is_urgent.clone()])?;
        self.facts.put_count("tickets_urgent_open", count);
        let count = self.count(Kind::Ticket, vec![is_open, is_urgent, is_late])?;
        self.facts.put_count("tickets_urgent_breached", count);
        let since = plus_days(self.at, REOPENED_DAYS.saturating_neg());
        let lately = tickets.iter().filter_map(|row| match &row.body {
            AnyRecord::Ticket(ticket) => Some(ticket),
            _ => None,
        });
        // Only what was solved at least once can be reopened.
        let lately = lately.filter(|ticket| ticket.resolved_at.is_some() || ticket.reopened_count.unwrap_or(0) > 0);
        let lately: Vec<bool> = lately
            .filter(|ticket| ticket.resolved_at.or(ticket.opened_at) >= since)
            .map(|ticket| ticket.reopened_count.unwrap_or(0) > 0)
            .collect();
        let reopened = lately.iter().filter(|reopened| **reopened).count();
        if let Some(rate) = share_bp(reopened, lately.len()) {
            self.facts.put_count("reopen_rate_bp", rate);
        }
        self.breaches(&tickets, window_days)
    }

    /// Promises that were broken in the window.
    fn breaches(&mut self, tickets: &[Row], window_days: i64) -> Result<()> {
        let since = plus_days(self.at, window_days.saturating_neg()).unwrap_or_default();
        let ids: Vec<Json> = tickets.iter().map(|row| row.id.to_string().into()).collect();
        let broken = vec![
            Predicate::test("ticket", Operator::In, ids),
            Predicate::test("kind", Operator::Equal, SlaAlertKind::Breached.code()),
            Predicate::test("effective_at", Operator::AtLeast, format_instant(since)),
        ];
        let query = self.plain(Kind::SlaAlert, broken)?;
        let one = Number::from_integer(1)?;
        let rows = self.rows(query, "effective_at", MOST_VALUES)?.into_iter();
        let dated = rows.filter_map(|row| match row.body {
            AnyRecord::SlaAlert(alert) => Some((alert.effective_at?, one)),
            _ => None,
        });
        self.facts.put("sla_breaches", Told::Series(dated.collect()));
        Ok(())
    }

    fn payments(&mut self) -> Result<()> {
        let query = self.query(Kind::Payment, Vec::new())?;
        let rows = self.rows(query, "due_on", MOST_KEPT)?;
        if rows.is_empty() {
            return Ok(());
        }
        let one = Number::from_integer(1)?;
        let payments = rows.iter().filter_map(|row| Some((row, payment_of(row)?)));
        // What the customer failed to pay; a credit note is paid by us.
        let has_failed = |payment: &Payment| payment.status == Some(PaymentStatus::Failed) && !is_credit(payment);
        let failed = payments.clone().filter(|(_, payment)| has_failed(payment)).map(|(row, payment)| {
            let then = payment.due_on.map(|day| self.rules.health().zone.day_start(day));
            (payment.as_of.or(then).unwrap_or(row.created_at), one)
        });
        let failed: Vec<(Instant, Number)> = failed.collect();
        let arrears = Arrears::of(payments.map(|(_, payment)| payment), self.today)?;
        self.facts.put("payments_failed", Told::Series(failed));
        self.facts.put_count("payment_overdue_days", arrears.oldest_days.unwrap_or(0));
        if let Some(amount) = arrears.amount()? {
            self.facts.put("payment_overdue_amount", Told::Value(Value::Money(amount), None));
        }
        Ok(())
    }

    fn learning(&mut self) -> Result<()> {
        let query = self.query(Kind::LearningProgress, Vec::new())?;
        let (mut done, mut all) = (0usize, 0usize);
        for row in self.rows(query, "created_at", MOST_KEPT)? {
            let AnyRecord::LearningProgress(progress) = row.body else { continue };
            let count = |n: Option<i64>| usize::try_from(n.unwrap_or(0)).unwrap_or(0);
            let lessons = count(progress.lessons);
            all = all.saturating_add(lessons);
            done = done.saturating_add(count(progress.completed).min(lessons));
        }
        if let Some(share) = share_bp(done, all) {
            self.facts.put_count("learning_completion_bp", share);
        }
        Ok(())
    }

    /// When the customer last took part in something, and how many people are known.
    fn relationship(&mut self) -> Result<()> {
        let last = last_touch(self.look, self.rules, self.account, self.at, TouchBy::Customer)?;
        if let Some(last) = last {
            let days = self.today.signed_duration_since(self.rules.health().zone.day(last)).num_days();
            self.facts.put_count("touch_days", days);
        }
        let contacts = self.count(Kind::Contact, Vec::new())?;
        self.facts.put_count("contacts", contacts);
        Ok(())
    }

    fn subscriptions(&mut self) -> Result<()> {
        let query = self.query(Kind::Subscription, Vec::new())?;
        let rows = self.rows(query, "starts_on", MOST_KEPT)?;
        if rows.is_empty() {
            return Ok(());
        }
        // What a host stored may make no sense; then it is not known to run.
        let runs = |one: &Subscription| {
            one.status.unwrap_or(SubscriptionStatus::Active) == SubscriptionStatus::Active
                && runs_on(one, self.today).unwrap_or(false)
        };
        let running: Vec<_> = rows.iter().filter_map(subscription_of).filter(|one| runs(one)).collect();
        self.facts.put_count("subscriptions_active", i64::try_from(running.len()).unwrap_or(i64::MAX));
        let next = running.iter().filter_map(|one| next_end(one, self.today)).min();
        if let Some(next) = next {
            self.facts.put_count("renewal_days", next.signed_duration_since(self.today).num_days());
        }
        Ok(())
    }

    /// The steps that are required of the playbooks that run.
    fn onboarding(&mut self) -> Result<()> {
        let active = Predicate::test("state", Operator::Equal, RunState::Active.code());
        let query = self.query(Kind::PlaybookRun, vec![active])?;
        let runs: Vec<Json> =
            self.rows(query, "created_at", MOST_KEPT)?.iter().map(|row| row.id.to_string().into()).collect();
        if runs.is_empty() {
            return Ok(());
        }
        let of_runs = vec![
            Predicate::test("playbook_run", Operator::In, runs),
            Predicate::test("required", Operator::Equal, true),
        ];
        let query = self.plain(Kind::PlaybookStep, of_runs)?;
        let (mut late, mut done, mut all) = (0i64, 0usize, 0usize);
        for row in self.rows(query, "due_on", MOST_VALUES)? {
            let AnyRecord::PlaybookStep(step) = row.body else { continue };
            match step.state.unwrap_or(StepState::Open) {
                StepState::NotNeeded => continue,
                StepState::Open if step.due_on.is_some_and(|due| due < self.today) => late = late.saturating_add(1),
                StepState::Open => {}
                StepState::Done | StepState::Skipped => done = done.saturating_add(1),
            }
            all = all.saturating_add(1);
        }
        self.facts.put_count("onboarding_overdue_steps", late);
        if let Some(share) = share_bp(done, all) {
            self.facts.put_count("onboarding_progress_bp", share);
        }
        Ok(())
    }

    /// What the host measured: the latest value, or those in the longest window.
    fn measurement(&mut self, code: &str, window_days: i64) -> Result<()> {
        let mut all = vec![
            Predicate::test("measure", Operator::Equal, code),
            Predicate::test("measured_at", Operator::AtMost, format_instant(self.at)),
        ];
        let since = plus_days(self.at, window_days.saturating_neg()).filter(|_| window_days > 0);
        all.extend(since.map(|since| Predicate::test("measured_at", Operator::AtLeast, format_instant(since))));
        let query = self.query(Kind::Measurement, all)?;
        let most = if since.is_some() { MOST_VALUES } else { 1 };
        let rows = self.rows(query, "measured_at", most)?.into_iter();
        let dated = rows.filter_map(|row| match row.body {
            AnyRecord::Measurement(one) => Some((one.measured_at?, one.value?)),
            _ => None,
        });
        let series: Vec<(Instant, Number)> = dated.collect();
        if !series.is_empty() {
            self.facts.put(&format!("{MEASUREMENT}{code}"), Told::Series(series));
        }
        Ok(())
    }
}

/// A share in basis points, rounded down; none of nothing.
fn share_bp(part: usize, whole: usize) -> Option<i64> {
    part.checked_mul(10_000)?.checked_div(whole).and_then(|bp| i64::try_from(bp).ok())
}

/// The last day of the term that runs on a day; none after the only one, and of a contract without an end.
fn next_end(subscription: &Subscription, today: NaiveDate) -> Option<NaiveDate> {
    if let Some(end) = subscription.cancelled_on {
        return Some(end);
    }
    let start = subscription.starts_on.or(subscription.ends_on)?;
    // What a host stored may make no sense; then nothing is known.
    let terms = Terms::new(start, subscription.ends_on, subscription.term_months).ok().flatten()?;
    let term = terms.term(terms.cycle_at(today)).ok().flatten()?;
    Some(term.end).filter(|end| *end >= today)
}
