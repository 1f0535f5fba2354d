//! What a dashboard says beside its deals, and the day in sentences: counts over indexes, each with the question that
//! finds the records behind it.

use std::collections::BTreeMap;

use chrono::{Days as Count, NaiveDate};
use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::tickets::is_open;
use super::{Crm, permit};
use crate::command::{Ctx, Past, Verb, pipelines_of};
use crate::kernel::approval::{Direction, ParcelState};
use crate::kernel::customer::RenewalState;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::sales::StageKind;
use crate::kernel::service::SlaState;
use crate::kernel::time::{Instant, format_instant, plus_days};
use crate::kernel::zone::Zone;
use crate::model::{AnyRecord, Key, Kind, Record as _, Renewal};
use crate::rules::deal_risk::Verdict;
use crate::rules::read::Object;
use crate::rules::report::ResolvedWindow;
use crate::store::{Order, Query, Read, Store};
use crate::view::{Portfolio, narrative};

/// How far ahead renewals are looked at, in days.
const AHEAD_DAYS: [u64; 3] = [30, 60, 90];
/// How far ahead the last days are looked at on which customers are told of their renewals.
const NOTICE_DAYS: u64 = 30;
/// Within how many hours a promise is soon to be kept.
const SOON_DAYS: i64 = 1;

/// Whose day it is, and when.
pub(super) struct Day<'a> {
    pub(super) at: Instant,
    pub(super) zone: &'a Zone,
    pub(super) window: &'a ResolvedWindow,
    /// Only what this person is responsible for.
    pub(super) user: Option<&'a str>,
}

/// Counts of records.
struct Counter<'a, S> {
    crm: &'a Crm<S>,
    read: &'a dyn Read,
    day: &'a Day<'a>,
}

impl<S: Store> Crm<S> {
    /// The figures of a day beside those of deals: outreach, tasks, tickets, renewals, leads, conversations, and what
    /// became of deals since yesterday began.
    pub(super) fn day_figures(&self, read: &dyn Read, day: &Day<'_>) -> Result<Map<String, Json>> {
        let counter = Counter { crm: self, read, day };
        let mut map = Map::new();
        map.insert("outreach".into(), counter.outreach()?);
        map.insert("tasks".into(), counter.tasks()?);
        map.insert("tickets".into(), counter.tickets()?);
        map.insert("renewals".into(), counter.renewals()?);
        map.insert("leads".into(), counter.leads()?);
        map.insert("conversations".into(), counter.conversations()?);
        map.insert("since_yesterday".into(), counter.since_yesterday()?);
        Ok(map)
    }

    /// The question `narrative`: `{"lang": "fr", "zone": "Europe/Paris", "user": "marie", "currency": "EUR", "window": {...},
    /// "where": {...}}`, the day in five to nine sentences, from the figures of the dashboard that the same options give,
    /// which are told as `dashboard`. Without a window it is the month to date, without a zone the configured one.
    pub(super) fn narrative_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "narrative")?;
        self.narrative_of(ctx, &*self.reading(ctx)?, body, None)
    }

    /// The same from a snapshot; with all deals of now where they are gathered already.
    pub(super) fn narrative_of(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        body: &Map<String, Json>,
        gathered: Option<&Portfolio>,
    ) -> Result<Json> {
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["lang", "zone", "user", "currency", "window", "where", "at_risk_from"])?;
        let lang = lang_of(body)?.unwrap_or_default();
        let zone = local_zone(self, &o)?;
        let mut question = body.clone();
        question.remove("zone");
        question.entry("window").or_insert_with(|| json!({"to_date": {"unit": "month"}, "zone": zone.name()}));
        let dashboard = self.dashboard_of(ctx, read, &question, gathered)?;
        let why = match dashboard.pointer("/riskiest/id").and_then(Json::as_str) {
            Some(id) => self.heaviest(ctx, read, id.parse()?)?,
            None => None,
        };
        let told = narrative(&dashboard, why);
        let reasons: Vec<Json> =
            told.into_iter().map(|one| Json::Object(Reason::Narrative(one).to_json(Some(lang)))).collect();
        let text = |one: &Json| one.get("text").and_then(Json::as_str).unwrap_or_default().to_owned();
        let text = reasons.iter().map(text).collect::<Vec<_>>().join(" ");
        Ok(json!({"at": format_instant(ctx.at), "text": text, "reasons": reasons, "dashboard": dashboard}))
    }

    /// The heaviest reason of a deal's risk.
    fn heaviest(&self, ctx: &Ctx, read: &dyn Read, id: Id) -> Result<Option<crate::kernel::risk_reason::RiskReason>> {
        let Some(row) = read.get(Key { kind: Kind::Deal, id })? else { return Ok(None) };
        let pipelines = pipelines_of(read, &self.rules, ctx.at)?;
        let verdict = self.stored_risk(read, &pipelines, ctx.at).verdicts(&[&row])?.pop();
        let Some(Verdict::Scored(scored)) = verdict else { return Ok(None) };
        Ok(scored.lines.into_iter().next().map(|line| line.reason))
    }
}

fn local_zone<S>(crm: &Crm<S>, o: &Object<'_>) -> Result<Zone> {
    let named = o.zone()?;
    Ok(named.unwrap_or_else(|| crm.rules.tasks().days.zone.clone()))
}

fn test(field: &str, operator: Operator, value: impl Into<Json>) -> Predicate {
    Predicate::test(field, operator, value)
}

fn null(field: &str) -> Predicate {
    test(field, Operator::IsNull, Json::Null)
}

fn at_or_after(field: &str, at: Instant) -> Predicate {
    test(field, Operator::AtLeast, format_instant(at))
}

fn before(field: &str, at: Instant) -> Predicate {
    test(field, Operator::Less, format_instant(at))
}

impl<S: Store> Counter<'_, S> {
    /// How many there are, with the question that finds them.
    fn figure(&self, kind: Kind, owner: &str, mut all: Vec<Predicate>) -> Result<Json> {
        if let (Some(user), true) = (self.day.user, !owner.is_empty()) {
            all.push(test(owner, Operator::Equal, user));
        }
        let filter = Predicate::All(all);
        let count = self.read.count(&self.query(kind, &filter)?)?;
        Ok(json!({"count": count, "query": {"find": {"record": kind.name(), "where": filter.to_json()}}}))
    }

    fn query(&self, kind: Kind, filter: &Predicate) -> Result<Query> {
        let schema = self.crm.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), self.day.at);
        query.filter = Some(filter.compile(&schema)?);
        Ok(query)
    }

    fn today(&self) -> NaiveDate {
        self.day.zone.day(self.day.at)
    }

    /// The instant at which tomorrow begins.
    fn tomorrow(&self) -> Instant {
        let today = self.today();
        self.day.zone.day_start(today.succ_opt().unwrap_or(today))
    }

    /// The instant at which yesterday began.
    fn yesterday(&self) -> Instant {
        let today = self.today();
        self.day.zone.day_start(today.pred_opt().unwrap_or(today))
    }

    /// What left and what came in, within the dashboard's window.
    fn outreach(&self) -> Result<Json> {
        let within = |field: &str| {
            [at_or_after(field, self.day.window.starts_at), before(field, self.day.window.ends_at)].to_vec()
        };
        let mut sent = within("sent_at");
        sent.push(test("state", Operator::Equal, ParcelState::Sent.code()));
        let mut received = within("happened_at");
        received.push(test("direction", Operator::Equal, Direction::Inbound.code()));
        received.push(Predicate::Any(vec![null("automatic"), test("automatic", Operator::Equal, false)]));
        Ok(json!({
            "sent": self.figure(Kind::OutboxItem, "", sent)?,
            "received": self.figure(Kind::Message, "", received)?,
        }))
    }

    fn tasks(&self) -> Result<Json> {
        let (now, today) = (self.day.at, self.today());
        let open = [
            null("completed_at"),
            Predicate::Any(vec![null("snoozed_until"), test("snoozed_until", Operator::AtMost, format_instant(now))]),
        ];
        let overdue = Predicate::Any(vec![
            before("due_at", now),
            Predicate::All(vec![null("due_at"), test("due_date", Operator::Less, today.to_string())]),
        ]);
        let due = Predicate::Any(vec![
            Predicate::All(vec![at_or_after("due_at", now), before("due_at", self.tomorrow())]),
            Predicate::All(vec![null("due_at"), test("due_date", Operator::Equal, today.to_string())]),
        ]);
        let with = |more: Predicate| open.iter().cloned().chain([more]).collect::<Vec<_>>();
        Ok(json!({
            "overdue": self.figure(Kind::Task, "assignee", with(overdue))?,
            "due_today": self.figure(Kind::Task, "assignee", with(due))?,
        }))
    }

    fn tickets(&self) -> Result<Json> {
        let now = self.day.at;
        let breached = Predicate::Any(vec![
            test("sla_state", Operator::Equal, SlaState::Breached.code()),
            test("sla_due_at", Operator::AtMost, format_instant(now)),
        ]);
        let until = |end: Instant| {
            vec![
                is_open(true),
                test("sla_state", Operator::NotEqual, SlaState::Breached.code()),
                test("sla_due_at", Operator::Greater, format_instant(now)),
                before("sla_due_at", end),
            ]
        };
        let soon = plus_days(now, SOON_DAYS).unwrap_or(now);
        Ok(json!({
            "open": self.figure(Kind::Ticket, "owner", vec![is_open(true)])?,
            "breached": self.figure(Kind::Ticket, "owner", vec![is_open(true), breached])?,
            "due_soon": self.figure(Kind::Ticket, "owner", until(soon))?,
            "due_today": self.figure(Kind::Ticket, "owner", until(self.tomorrow()))?,
        }))
    }

    /// Terms that end soon and whose renewal nobody has decided, and those that ended so.
    fn renewals(&self) -> Result<Json> {
        let today = self.today();
        let open =
            [RenewalState::Upcoming, RenewalState::NoticeDue, RenewalState::NoticeMissed, RenewalState::Negotiating];
        let open = test("state", Operator::In, open.map(|state| Json::from(state.code())).to_vec());
        let from_today = test("due_on", Operator::AtLeast, today.to_string());
        let mut within = Vec::new();
        for days in AHEAD_DAYS {
            let last = today.checked_add_days(Count::new(days)).unwrap_or(today);
            let until = test("due_on", Operator::AtMost, last.to_string());
            let mut figure = self.figure(Kind::Renewal, "owner", vec![open.clone(), from_today.clone(), until])?;
            if let Some(map) = figure.as_object_mut() {
                map.insert("days".into(), days.into());
            }
            within.push(figure);
        }
        let past = test("due_on", Operator::Less, today.to_string());
        let overdue = self.figure(Kind::Renewal, "owner", vec![open.clone(), past])?;
        let next = self.first_renewal(vec![open.clone(), from_today], "due_on")?;
        Ok(json!({"within": within, "overdue": overdue, "next": next, "notices": self.notices(open)?}))
    }

    /// Customers who have to be told of their renewal soon and were not yet, with the first last day of that.
    fn notices(&self, open: Predicate) -> Result<Json> {
        let today = self.today();
        let last = today.checked_add_days(Count::new(NOTICE_DAYS)).unwrap_or(today);
        let unsent = vec![
            open,
            null("notice_sent_at"),
            test("notice_to", Operator::AtLeast, today.to_string()),
            test("notice_to", Operator::AtMost, last.to_string()),
        ];
        let mut notices = self.figure(Kind::Renewal, "owner", unsent.clone())?;
        if let Some(map) = notices.as_object_mut() {
            map.insert("days".into(), NOTICE_DAYS.into());
            map.insert("next".into(), self.first_renewal(unsent, "notice_to")?);
        }
        Ok(notices)
    }

    /// The first renewal by a day, of those that meet all conditions.
    fn first_renewal(&self, mut all: Vec<Predicate>, by: &str) -> Result<Json> {
        all.extend(self.day.user.map(|user| test("owner", Operator::Equal, user)));
        let mut query = self.query(Kind::Renewal, &Predicate::All(all))?;
        query.order = vec![Order { field: query.schema.resolve(by)?.0, descending: false }];
        query.limit = 1;
        let Some(row) = self.read.find(&query)?.rows.into_iter().next() else { return Ok(Json::Null) };
        let Some(renewal) = Renewal::from_any(&row.body) else { return Ok(Json::Null) };
        let key = renewal.account.map(|id| Key { kind: Kind::Account, id });
        let account = key.map(|key| self.read.get(key)).transpose()?.flatten();
        let name = match account.map(|row| row.body) {
            Some(AnyRecord::Account(account)) => account.name,
            _ => String::new(),
        };
        Ok(json!({
            "id": row.id.to_string(),
            "due_on": renewal.due_on.map(|day| day.to_string()),
            "notice_to": renewal.notice_to.map(|day| day.to_string()),
            "account": renewal.account.map(|id| id.to_string()),
            "account_name": name,
            "amount": renewal.amount.map_or(Json::Null, |amount| amount.to_json()),
            "query": {"get": {"record": "renewal", "id": row.id.to_string()}},
        }))
    }

    /// Leads for whom nobody is responsible.
    fn leads(&self) -> Result<Json> {
        let all = vec![null("owner"), null("converted_account"), null("merged_into")];
        Ok(json!({"unowned": self.figure(Kind::Lead, "", all)?}))
    }

    /// Conversations in which somebody waits for an answer of the team.
    fn conversations(&self) -> Result<Json> {
        let all = vec![test("unanswered_since", Operator::AtMost, format_instant(self.day.at))];
        Ok(json!({"unanswered": self.figure(Kind::Conversation, "owner", all)?}))
    }

    /// What became of deals since yesterday began: by whatever they say now.
    fn since_yesterday(&self) -> Result<Json> {
        let (since, now) = (self.yesterday(), format_instant(self.day.at));
        let closed = |state: StageKind| {
            let closed = [at_or_after("closed_at", since), test("closed_at", Operator::AtMost, now.as_str())];
            [test("state", Operator::Equal, state.code())].into_iter().chain(closed).collect()
        };
        let slipped: Vec<Json> = self.slipped(since)?.iter().map(|id| id.to_string().into()).collect();
        let slipped = match slipped.is_empty() {
            // No deal has no id.
            true => vec![null("id")],
            false => {
                let few: Vec<Json> = slipped.into_iter().take(MOST_VALUES).collect();
                vec![test("state", Operator::Equal, StageKind::Open.code()), test("id", Operator::In, few)]
            }
        };
        Ok(json!({
            "from": format_instant(since),
            "won": self.figure(Kind::Deal, "owner", closed(StageKind::Won))?,
            "lost": self.figure(Kind::Deal, "owner", closed(StageKind::Lost))?,
            "slipped": self.figure(Kind::Deal, "owner", slipped)?,
        }))
    }

    /// Deals whose close date is a later one than it was when an instant came.
    fn slipped(&self, since: Instant) -> Result<Vec<Id>> {
        let past = Past::new(self.read, &self.crm.rules, self.day.at, None)?;
        let mut deals: Vec<String> = Vec::new();
        past.each(
            Kind::DealRevision,
            Some(at_or_after("changed_at", since)),
            |query| past.find_today(query),
            |row| {
                if let AnyRecord::DealRevision(revision) = &row.body {
                    deals.extend(revision.deal.map(|id| id.to_string()));
                }
                Ok(())
            },
        )?;
        deals.sort_unstable();
        deals.dedup();
        let mut told: BTreeMap<Id, Vec<(i64, Instant, Option<NaiveDate>)>> = BTreeMap::new();
        super::gather::each_of(&past, Kind::DealRevision, "deal", &deals, |row| {
            if let AnyRecord::DealRevision(revision) = &row.body
                && let (Some(deal), Some(number), Some(at)) = (revision.deal, revision.number, revision.changed_at)
                && at <= self.day.at
            {
                told.entry(deal).or_default().push((number, at, revision.close_date));
            }
        })?;
        let is_later = |revisions: &mut Vec<(i64, Instant, Option<NaiveDate>)>| {
            revisions.sort_unstable();
            let then = revisions.iter().rev().find(|(_, at, _)| *at < since).and_then(|(_, _, date)| *date);
            let now = revisions.last().and_then(|(_, _, date)| *date);
            then.zip(now).is_some_and(|(then, now)| now > then)
        };
        let slipped = told.into_iter().filter_map(|(deal, mut revisions)| is_later(&mut revisions).then_some(deal));
        Ok(slipped.collect())
    }
}
