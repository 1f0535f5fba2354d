//! The question `renewals`: what is to be renewed, what is at risk and what the law asks for.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::subscriptions::{days_late, days_of, limit_of, overdue_ones, payment_of, said};
use super::{Crm, permit};
use crate::Id;
use crate::command::Verb;
use crate::command::{Ctx, day_of, is_closed_renewal, notice_of, renewal_of, subscription_of};
use crate::kernel::customer::RenewalState;
use crate::kernel::error::Result;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::renewal_reason::NoticeState;
use crate::kernel::service::SlaState;
use crate::model::{AnyRecord, Key, Kind, Renewal, Row};
use crate::rules::read::Object;
use crate::rules::subscription::{RenewalFacts, Standing, standing_json};
use crate::store::{Order, Query, Read, Store};

/// How many days ahead renewals are shown where nobody says.
const AHEAD_DAYS: i64 = 120;

impl<S: Store> Crm<S> {
    /// The question `renewals`: `{"days": 120, "state": "notice_due", "owner": "marie", "account": "...", "limit": 100, "lang":
    /// "fr"}`, open renewals of terms that end in the next days, or those of a state: each with its risk and reasons, the
    /// dates of its notice and what follows from one that was missed. The most urgent come first: by the last day on which
    /// something can be done, then by risk.
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
        let rows = self.all_rows(ctx, &*read, Kind::Renewal, filter, Some(("due_on", limit_of(&o)?)))?;
        let mut told = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(renewal) = renewal_of(row) else { continue };
            let standing = self.standing_of(&*read, renewal, today)?;
            let facts = self.renewal_facts(ctx, &*read, renewal, standing.as_ref(), today)?;
            let risk = self.rules.renewals().risk().risk(&facts);
            let mut map = Map::new();
            map.insert("row".into(), row.to_json());
            map.insert("days_left".into(), facts.days_left.into());
            if let Some(standing) = &standing {
                map.insert("notice".into(), Json::Object(standing_json(standing, lang)));
            }
            let act_by = act_by(renewal, standing.as_ref());
            map.insert("act_by".into(), act_by.map(|day| day.to_string()).into());
            let score = risk.score;
            map.insert("risk".into(), Json::Object(risk.to_json(lang)));
            told.push((act_by.unwrap_or(NaiveDate::MAX), std::cmp::Reverse(score), row.id, map));
        }
        told.sort_by_key(|(act_by, score, id, _)| (*act_by, *score, *id));
        let accounts: BTreeSet<Id> = rows.iter().filter_map(|row| renewal_of(row)?.account).collect();
        let rows: Vec<Json> = told.into_iter().map(|(.., map)| Json::Object(map)).collect();
        Ok(json!({"rows": rows, "names": self.names_of(&*read, &accounts)?}))
    }

    /// How the notice of a renewal stands, if its subscription is seen.
    fn standing_of(&self, read: &dyn Read, renewal: &Renewal, today: NaiveDate) -> Result<Option<Standing>> {
        let (Some(id), Some(ends_on)) = (renewal.subscription, renewal.due_on) else { return Ok(None) };
        let Some(row) = read.get(Key { kind: Kind::Subscription, id })? else { return Ok(None) };
        let Some(subscription) = subscription_of(&row) else { return Ok(None) };
        let sent_on = renewal.notice_sent_at.map(|at| day_of(&self.rules, at));
        Ok(Some(notice_of(subscription, ends_on)?.standing(sent_on, today)))
    }

    /// What the store knows of a renewal; how the product is used nobody told it.
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
        let mut overdue = overdue_ones(today).to_vec();
        overdue.push(of_account());
        let late: Vec<i64> = self
            .all_rows(ctx, read, Kind::Payment, overdue, None)?
            .iter()
            .filter_map(|row| days_late(payment_of(row)?, today))
            .collect();
        let oldest = late.iter().max().copied().unwrap_or(0).unsigned_abs();
        facts.overdue = Some((crate::kernel::json::length(late.len()), oldest));
        let breached = Predicate::test("sla_state", Operator::Equal, SlaState::Breached.code());
        let schema = self.rules.schema(Kind::Ticket);
        let mut query = Query::all(Kind::Ticket, schema.clone(), ctx.at);
        query.filter =
            Some(Predicate::All(vec![of_account(), breached, super::tickets::is_open(true)]).compile(&schema)?);
        facts.breached_tickets = Some(read.count(&query)?);
        let latest = self.last_row(ctx, read, Kind::HealthEntry, vec![of_account()], "sequence_number")?;
        if let Some(AnyRecord::HealthEntry(entry)) = latest.map(|row| row.body) {
            facts.health_score = entry.score.map(|score| score.div_euclid(100));
        }
        let past = Predicate::test("happened_at", Operator::AtMost, crate::kernel::time::format_instant(ctx.at));
        let latest = self.last_row(ctx, read, Kind::Activity, vec![of_account(), past], "happened_at")?;
        let at = latest.and_then(|row| match row.body {
            AnyRecord::Activity(activity) => activity.happened_at,
            _ => None,
        });
        let days = at.map(|at| today.signed_duration_since(day_of(&self.rules, at)).num_days().max(0).unsigned_abs());
        facts.contact_days = Some(days);
        Ok(facts)
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

/// The last day on which something can be done: that of the notice while it is due, else the end of the term.
fn act_by(renewal: &Renewal, standing: Option<&Standing>) -> Option<NaiveDate> {
    let notice = standing.filter(|standing| standing.state == NoticeState::Due);
    notice.and(renewal.notice_to).or(renewal.due_on)
}
