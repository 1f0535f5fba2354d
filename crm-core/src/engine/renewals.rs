//! Renewals: the question what is to be renewed, what is at risk and what the law asks for, and the look at all that wait.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::listed::{days_of, limit_of, said};
use super::payments::waiting;
use super::{Control, Crm, Progress, permit};
use crate::Id;
use crate::command::Verb;
use crate::command::{
    Children, Ctx, Look, MOST_LOOKED_AT, RenewalsTicked, TickRenewals, TouchBy, day_of, entries_of, entry_of,
    is_closed_renewal, last_touch, notice_of, override_of, renewal_of, renewals_due, subscription_of,
};
use crate::kernel::customer::RenewalState;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::renewal_reason::NoticeState;
use crate::kernel::sales::StageKind;
use crate::kernel::service::SlaState;
use crate::kernel::time::{Instant, format_instant, plus_days};
use crate::model::{AnyRecord, Key, Kind, Renewal, Row};
use crate::rules::payments::{Arrears, payment_of};
use crate::rules::read::Object;
use crate::rules::renewals::fall_percent;
use crate::rules::subscription::{RenewalFacts, Standing, standing_json};
use crate::store::{Archived, Order, Query, Read, Store};

/// How many days ahead renewals are shown where nobody says.
const AHEAD_DAYS: i64 = 120;

impl<S: Store> Crm<S> {
    /// The question `renewals`: `{"days": 120, "state": "notice_due", "owner": "marie", "account": "...", "limit": 100, "lang":
    /// "fr"}`, open renewals of terms that end in the next days, or those of a state: each with its risk and reasons, the
    /// dates of its notice and what follows from one that was missed. The most urgent come first: by the last day on which
    /// something can be done, then by risk. `deal_state` is how the deal stands in which it is worked: a renewal whose deal was
    /// won or lost waits for `renewal.close`, which then needs no outcome.
    pub(super) fn renewals_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "renewals")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["days", "state", "owner", "account", "limit", "lang"])?;
        let lang = lang_of(body)?;
        let today = day_of(&self.rules, ctx.at);
        let last = today.checked_add_days(Days::new(days_of(&o, "days", AHEAD_DAYS)?)).unwrap_or(today);
        let mut filter = said(&o, &["state", "owner", "account"])?;
        filter.push(Predicate::test("due_on", Operator::AtMost, last.to_string()));
        if o.get("state").is_none() {
            let open = RenewalState::ALL.iter().filter(|state| !is_closed_renewal(Some(**state)));
            let open: Vec<String> = open.map(|state| state.code().to_owned()).collect();
            filter.push(Predicate::test("state", Operator::In, open));
        }
        let read = self.reading(ctx)?;
        let limit = limit_of(&o)?;
        let mut due = Vec::new();
        let rows = self.all_rows(ctx, &*read, Kind::Renewal, filter)?;
        let subscriptions = self.subscriptions_of(ctx, &*read, &rows)?;
        for row in rows {
            let Some(renewal) = renewal_of(&row).cloned() else { continue };
            let standing = self.standing_of(&subscriptions, &renewal, today)?;
            due.push(Due {
                act_by: act_by(&renewal, standing.as_ref()).unwrap_or(NaiveDate::MAX),
                row,
                renewal,
                standing,
            });
        }
        due.sort_by_key(|one| (one.act_by, one.row.id));
        // Risk decides among those of one day: only the days that are shown need it.
        let last_shown = due.get(limit.saturating_sub(1)).map(|one| one.act_by);
        due.retain(|one| last_shown.is_none_or(|last| one.act_by <= last));
        let mut ranked = Vec::with_capacity(due.len());
        for one in due {
            let facts = self.renewal_facts(ctx, &*read, &one.renewal, one.standing.as_ref(), today)?;
            let risk = self.rules.renewals().risk().risk(&facts);
            ranked.push((one, facts.days_left, risk));
        }
        ranked.sort_by_key(|(one, _, risk)| (one.act_by, std::cmp::Reverse(risk.score), one.row.id));
        ranked.truncate(limit);
        let mut told = Vec::with_capacity(ranked.len());
        for (one, days_left, risk) in &ranked {
            let mut map = Map::new();
            map.insert("row".into(), one.row.to_json());
            map.insert("days_left".into(), (*days_left).into());
            if let Some(standing) = &one.standing {
                map.insert("notice".into(), Json::Object(standing_json(standing, lang)));
            }
            let act_by = Some(one.act_by).filter(|day| *day != NaiveDate::MAX);
            map.insert("act_by".into(), act_by.map(|day| day.to_string()).into());
            map.insert("risk".into(), Json::Object(risk.to_json(lang)));
            map.insert("deal_state".into(), deal_state(&*read, &one.renewal)?.map(StageKind::code).into());
            told.push(Json::Object(map));
        }
        let accounts: BTreeSet<Id> = ranked.iter().filter_map(|(one, ..)| one.renewal.account).collect();
        Ok(json!({"rows": told, "names": self.names_of(&*read, &accounts)?}))
    }

    /// Looks at the renewals of all subscriptions that wait, two hundred in one commit. It may be repeated, and asked after
    /// a year of sleep: what it makes follows from the day alone.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What was made stays.
    pub fn tick_renewals(&self, ctx: &Ctx, progress: &mut dyn FnMut(Progress) -> Control) -> Result<RenewalsTicked> {
        let total = self.reading(ctx)?.count(&renewals_due(&self.rules, ctx.at, MOST_LOOKED_AT)?)?;
        let mut done = RenewalsTicked::default();
        for step in 0.. {
            let told = self.run(&ctx.step(step), &TickRenewals { limit: MOST_LOOKED_AT })?.done()?;
            let more = told.more;
            done.add(told);
            let looked_at = Progress { done: done.subscriptions, total: total.max(done.subscriptions) };
            if progress(looked_at).is_break() && more {
                return Err(Problem::Cancelled.into());
            }
            if !more {
                break;
            }
        }
        Ok(done)
    }

    /// The subscriptions of renewals, of those that are seen.
    fn subscriptions_of(&self, ctx: &Ctx, read: &dyn Read, renewals: &[Row]) -> Result<BTreeMap<Id, Row>> {
        let subscription = |row: &Row| renewal_of(row)?.subscription.map(|id| id.to_string());
        let ids: Vec<String> = renewals.iter().filter_map(subscription).collect();
        let (rules, kind, archived) = (&self.rules, Kind::Subscription, Archived::Include);
        let children = Children { rules, at: ctx.at, kind, field: "id", and: None, archived };
        let mut found = BTreeMap::new();
        children.each(
            &ids,
            |query| read.find(query),
            |_, rows| {
                found.extend(rows.into_iter().flatten().map(|row| (row.id, row)));
                Ok(())
            },
        )?;
        Ok(found)
    }

    /// How the notice of a renewal stands, if its subscription is seen.
    fn standing_of(
        &self,
        subscriptions: &BTreeMap<Id, Row>,
        renewal: &Renewal,
        today: NaiveDate,
    ) -> Result<Option<Standing>> {
        let (Some(id), Some(ends_on)) = (renewal.subscription, renewal.due_on) else { return Ok(None) };
        let Some(subscription) = subscriptions.get(&id).and_then(subscription_of) else { return Ok(None) };
        let sent_on = renewal.notice_sent_at.map(|at| day_of(&self.rules, at));
        Ok(Some(notice_of(subscription, ends_on)?.standing(sent_on, today)))
    }

    /// What the store knows of a renewal.
    fn renewal_facts(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        renewal: &Renewal,
        standing: Option<&Standing>,
        today: NaiveDate,
    ) -> Result<RenewalFacts> {
        let missed = |standing: &Standing| {
            let is_missed = standing.state == NoticeState::Missed && standing.free_exit_from.is_some();
            renewal.notice_to.filter(|_| is_missed)
        };
        let mut facts = RenewalFacts {
            notice_missed: standing.map(missed),
            days_left: renewal.due_on.map(|due| due.signed_duration_since(today).num_days()),
            is_settled: is_closed_renewal(renewal.state),
            ..RenewalFacts::default()
        };
        let Some(account) = renewal.account else { return Ok(facts) };
        let of_account = || Predicate::test("account", Operator::Equal, account.to_string());
        let payments = self.all_rows(ctx, read, Kind::Payment, vec![of_account(), waiting()])?;
        let arrears = Arrears::of(payments.iter().filter_map(payment_of), today)?;
        let oldest = arrears.oldest_days.unwrap_or(0).unsigned_abs();
        facts.overdue = Some((crate::kernel::json::length(arrears.count), oldest));
        let breached = Predicate::test("sla_state", Operator::Equal, SlaState::Breached.code());
        let schema = self.rules.schema(Kind::Ticket);
        let mut query = Query::all(Kind::Ticket, schema.clone(), ctx.at);
        query.filter =
            Some(Predicate::All(vec![of_account(), breached, super::tickets::is_open(true)]).compile(&schema)?);
        facts.breached_tickets = Some(read.count(&query)?);
        facts.health_score = self.health_of(ctx, read, account)?;
        facts.usage_fall_percent = self.usage_fall(ctx, read, account)?;
        let at = last_touch(&mut Look::Seen(read), &self.rules, account, ctx.at, TouchBy::Anybody)?;
        let days = at.map(|at| today.signed_duration_since(day_of(&self.rules, at)).num_days().max(0).unsigned_abs());
        facts.contact_days = Some(days);
        Ok(facts)
    }

    /// A customer's health, 0 to 100: what somebody says instead, or what was worked out last.
    fn health_of(&self, ctx: &Ctx, read: &dyn Read, account: Id) -> Result<Option<i64>> {
        let said = read.find(&override_of(&self.rules, account, ctx.at)?)?.rows.into_iter().next();
        if let Some(AnyRecord::HealthOverride(said)) = said.map(|row| row.body) {
            return Ok(said.score.map(|score| score.div_euclid(100)));
        }
        let latest = read.find(&entries_of(&self.rules, account, ctx.at, 1)?)?.rows.into_iter().next();
        let entry = latest.and_then(|row| entry_of(row.body));
        Ok(entry.and_then(|entry| entry.score).map(|score| score.div_euclid(100)))
    }

    /// By how many percent the use fell: the latest measurement against the one from so many days before.
    fn usage_fall(&self, ctx: &Ctx, read: &dyn Read, account: Id) -> Result<Option<i64>> {
        let settings = self.rules.renewals();
        let latest = |until: Instant| {
            let of = vec![
                Predicate::test("account", Operator::Equal, account.to_string()),
                Predicate::test("measure", Operator::Equal, settings.usage()),
                Predicate::test("measured_at", Operator::AtMost, format_instant(until)),
            ];
            Ok::<_, Error>(match self.last_row(ctx, read, Kind::Measurement, of, "measured_at")?.map(|row| row.body) {
                Some(AnyRecord::Measurement(one)) => one.measured_at.zip(one.value),
                _ => None,
            })
        };
        let back = settings.usage_days().saturating_neg();
        let Some((measured_at, now)) = latest(ctx.at)?.filter(|(at, _)| plus_days(ctx.at, back) <= Some(*at)) else {
            return Ok(None);
        };
        let Some(then) = plus_days(measured_at, back) else { return Ok(None) };
        Ok(latest(then)?.and_then(|(_, before)| fall_percent(before, now)))
    }

    /// The row with the highest value of a field.
    fn last_row(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        kind: Kind,
        filter: Vec<Predicate>,
        field: &str,
    ) -> Result<Option<Row>> {
        let schema = self.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), ctx.at);
        query.filter = Some(Predicate::All(filter).compile(&schema)?);
        let (field, _) = schema.resolve(field)?;
        (query.order, query.limit) = (vec![Order { field, descending: true }], 1);
        Ok(read.find(&query)?.rows.into_iter().next())
    }
}

/// A renewal with the last day on which something can be done.
struct Due {
    act_by: NaiveDate,
    row: Row,
    renewal: Renewal,
    standing: Option<Standing>,
}

/// How the deal stands in which a renewal is worked, if it is seen.
fn deal_state(read: &dyn Read, renewal: &Renewal) -> Result<Option<StageKind>> {
    let Some(id) = renewal.deal else { return Ok(None) };
    Ok(match read.get(Key { kind: Kind::Deal, id })?.map(|row| row.body) {
        Some(AnyRecord::Deal(deal)) => deal.state,
        _ => None,
    })
}

/// The last day on which something can be done: that of the notice while it is due, else the end of the term.
fn act_by(renewal: &Renewal, standing: Option<&Standing>) -> Option<NaiveDate> {
    let notice = standing.filter(|standing| standing.state == NoticeState::Due);
    notice.and(renewal.notice_to).or(renewal.due_on)
}
