//! Questions about the team: the directory, one person, who gets a piece of work, what leave and a hand-over would do.

use std::collections::BTreeMap;

use chrono::{Days, TimeDelta};
use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Crm, Find, permit};
use crate::Id;
use crate::command::{
    Bench, Ctx, Cx, HandOverPlan, Job, MOST_HANDED, Proposal, Verb, asked, candidates, days_of, duty_counts, employee,
    employee_of, kind_of, leave_impact, leave_of, leaves_of, open_counts, person, proposals, some_rows,
};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::staff::{Presence, Work};
use crate::kernel::staff_reason::LeaveDays;
use crate::kernel::text::fold;
use crate::kernel::time::{Instant, format_instant, parse_instant};
use crate::lang::Lang;
use crate::model::{AnyRecord, Employee, Key, Kind, Record as _, Row};
use crate::rules::check;
use crate::rules::staff::{Person, Standing, Wanted, reasons, standing_json};
use crate::store::Store;

/// Most people of one page: each takes a few look-ups by index.
const MOST_PEOPLE: usize = 200;
/// Most people whose names are listed beside a person: whom somebody leads and stands in for.
const MOST_NAMED: usize = 100;

impl<S: Store> Crm<S> {
    /// The question `employees`.
    pub(super) fn employees_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        json::only_keys(body, &["where", "order", "archived", "limit", "after", "lang"])?;
        let lang = lang_of(body)?;
        let mut options = body.clone();
        options.remove("lang");
        options.insert("record".into(), Employee::NAME.into());
        let find = Find::from_json(&options)?;
        let (found, most) = (i64::try_from(find.limit).unwrap_or(i64::MAX), i64::try_from(MOST_PEOPLE).unwrap_or(0));
        check::between(found, 1, most).map_err(|e| e.at("limit"))?;
        let page = self.query(ctx, &find)?;
        let snapshot = self.reading(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        let people = page.rows.iter().map(|row| Ok(Json::Object(entry(&mut cx, row, lang)?)));
        let people = people.collect::<Result<Vec<_>>>()?;
        Ok(json!({"employees": people, "next": page.next.map(|next| next.to_text())}))
    }

    /// The question `employee`.
    pub(super) fn employee_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "employee")?;
        json::only_keys(body, &["id", "user", "lang"])?;
        let lang = lang_of(body)?;
        let snapshot = self.reading(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        let row = match (body.get("id"), body.get("user")) {
            (Some(id), None) => {
                let id = Id::from_json(id).map_err(|e| e.at("id"))?;
                cx.existing(Key { kind: Kind::Employee, id })?
            }
            (None, Some(Json::String(user))) => by_user(&mut cx, user)?,
            _ => {
                let found = json::shown(&Json::Object(body.clone()));
                return Err(Problem::WrongShape { expected: "either `id` or `user`", found }.into());
            }
        };
        let mut map = entry(&mut cx, &row, lang)?;
        let Some(of) = employee(&row) else { return Ok(Json::Object(map)) };
        let since = ctx.at.date_naive().checked_sub_days(Days::new(2));
        let leaves = leaves_of(&mut cx, &of.user, since)?;
        let shown = leaves.iter().map(|leave| {
            let mut map = Map::from_iter([("id".to_owned(), Json::from(leave.id.to_string()))]);
            leave.days.put(&mut map);
            Json::Object(map)
        });
        map.insert("leave".into(), shown.collect());
        let who = person(&mut cx, of, ctx.at)?;
        let window = self.window(ctx.at);
        let found = who.availability(window.0, window.1)?;
        let mut available = crate::rules::staff::availability_map(&found, who.capacity_points, lang);
        available.insert("from".into(), format_instant(window.0).into());
        available.insert("to".into(), format_instant(window.1).into());
        map.insert("availability".into(), Json::Object(available));
        let named = |cx: &mut Cx<'_>, field: &str| -> Result<Json> {
            let query = asked(cx, Kind::Employee, vec![Predicate::test(field, Operator::Equal, of.user.as_str())])?;
            let rows = if of.user.is_empty() { Vec::new() } else { some_rows(cx, query, MOST_NAMED)? };
            Ok(rows.iter().filter_map(employee).map(|other| Json::from(other.user.as_str())).collect())
        };
        map.insert("leads".into(), named(&mut cx, "manager")?);
        map.insert("stands_in_for".into(), named(&mut cx, "delegate")?);
        let mut cover = Map::new();
        for (work, count) in open_counts(&mut cx, &of.user)? {
            if count > 0 {
                let bench = Bench::new(&mut cx, of, work, window, &Wanted::default())?;
                cover.insert(work.code().into(), bench.cover().to_json(lang));
            }
        }
        map.insert("cover".into(), Json::Object(cover));
        Ok(Json::Object(map))
    }

    /// The question `assignment_ranking`.
    pub(super) fn assignment_ranking_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "assignment_ranking")?;
        json::only_keys(body, &["record", "id", "wanted", "from", "to", "lang"])?;
        let lang = lang_of(body)?;
        let record = body.get("record").ok_or_else(|| Problem::Missing { name: "record".into() })?;
        let work = record.as_str().and_then(Work::from_code);
        let work = work.ok_or_else(|| json::not_one_of(record, Work::CODES).at("record"))?;
        let id = body.get("id").ok_or_else(|| Problem::Missing { name: "id".into() })?;
        let id = Id::from_json(id).map_err(|e| e.at("id"))?;
        let snapshot = self.reading(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        let row = cx.active(Key { kind: kind_of(work), id })?;
        let wanted = body.get("wanted").filter(|v| !v.is_null()).map(Wanted::from_json);
        let wanted = wanted.transpose().map_err(|e| e.at("wanted"))?.unwrap_or_else(|| asks(&row));
        let instant = |key: &'static str| match body.get(key).filter(|v| !v.is_null()) {
            None => Ok(None),
            Some(v) => crate::rules::read::text(v).and_then(|t| parse_instant(&t)).map(Some).map_err(|e| e.at(key)),
        };
        let window = self.window(ctx.at);
        let from = instant("from")?.unwrap_or(window.0);
        let to = instant("to")?.or_else(|| due(&row).filter(|due| *due > from)).unwrap_or(window.1.max(from));
        crate::kernel::calendar::in_order(from, to).map_err(|e| e.at("to"))?;
        let job = Job { work, from, to, wanted };
        let ranking = self.rules.staff().rank(candidates(&mut cx, &job)?, &job.wanted);
        let mut answer = ranking.to_json(lang);
        if let Some(map) = answer.as_object_mut() {
            map.insert("from".into(), format_instant(from).into());
            map.insert("to".into(), format_instant(to).into());
            map.insert("wanted".into(), job.wanted.to_json());
        }
        Ok(answer)
    }

    /// The question `handover`.
    pub(super) fn handover_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "handover")?;
        json::only_keys(body, &["id", "hand_over", "limit", "lang"])?;
        let lang = lang_of(body)?;
        let missing = |name: &str| Error::from(Problem::Missing { name: name.into() });
        let id = Id::from_json(body.get("id").ok_or_else(|| missing("id"))?).map_err(|e| e.at("id"))?;
        let plan = HandOverPlan::from_json(body.get("hand_over").ok_or_else(|| missing("hand_over"))?);
        let plan = plan.map_err(|e| e.at("hand_over"))?;
        let limit = json::count_of(body, "limit")?.unwrap_or(MOST_HANDED);
        let most = i64::try_from(MOST_HANDED).unwrap_or(i64::MAX);
        check::between(i64::try_from(limit).unwrap_or(i64::MAX), 1, most).map_err(|e| e.at("limit"))?;
        let snapshot = self.reading(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        let row = cx.existing(Key { kind: Kind::Employee, id })?;
        let user = employee(&row).map(|e| e.user.clone()).unwrap_or_default();
        let open = duty_counts(&mut cx, &user)?;
        let all = open.values().copied().fold(0, u64::saturating_add);
        let proposals = proposals(&mut cx, &row, &plan, limit)?;
        let shown = proposals.iter().map(|Proposal { duty, row, cover }| {
            json!({"record": duty.code(), "id": row.id.to_string(), "cover": cover.to_json(lang)})
        });
        let left = all.saturating_sub(json::length(proposals.len()));
        let nobody = json::length(proposals.iter().filter(|proposal| proposal.cover.user.is_none()).count());
        Ok(json!({
            "user": user,
            "open": open.iter().map(|(duty, n)| (duty.code().to_owned(), Json::from(*n))).collect::<Map<_, _>>(),
            "proposals": shown.collect::<Vec<_>>(),
            "nobody": nobody,
            "left": left,
        }))
    }

    /// The question `leave_impact`.
    pub(super) fn leave_impact_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "leave_impact")?;
        const KEYS: &[&str] = &["id", "user", "from_date", "from_half", "to_date", "to_half", "kind", "note", "lang"];
        json::only_keys(body, KEYS)?;
        let lang = lang_of(body)?;
        let snapshot = self.reading(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        let row = match body.get("id") {
            Some(id) => {
                json::only_keys(body, &["id", "lang"])?;
                let id = Id::from_json(id).map_err(|e| e.at("id"))?;
                cx.existing(Key { kind: Kind::Leave, id })?
            }
            None => {
                let mut fields = body.clone();
                fields.remove("lang");
                let leave = leave_of(&fields, &self.rules)?;
                // Refused as the command would refuse it.
                let id = cx.new_id();
                cx.insert(id, leave.into())?
            }
        };
        let AnyRecord::Leave(leave) = &row.body else { return Ok(Json::Null) };
        let who = by_user(&mut cx, &leave.user)?;
        match (employee(&who), days_of(leave)) {
            (Some(of), Some(days)) => Ok(leave_impact(&cx, of, days)?.to_json(lang)),
            _ => Ok(Json::Null),
        }
    }

    /// The next days, as many as the configuration says.
    fn window(&self, at: Instant) -> (Instant, Instant) {
        let days = TimeDelta::try_days(self.rules.staff().window_days).unwrap_or_default();
        (at, at.checked_add_signed(days).unwrap_or(at))
    }
}

/// The employee of a user.
fn by_user(cx: &mut Cx<'_>, user: &str) -> Result<Row> {
    let missing = || Problem::NotFound { record: Employee::NAME.into(), id: user.to_owned() };
    Ok(employee_of(cx, user)?.ok_or_else(missing)?)
}

/// Somebody in the directory: the record, how the person stands now, what the person carries, and the next leave.
fn entry(cx: &mut Cx<'_>, row: &Row, lang: Option<Lang>) -> Result<Map<String, Json>> {
    let mut map = Map::new();
    map.insert("employee".into(), row.to_json());
    let Some(of) = employee(row) else { return Ok(map) };
    let at = cx.at();
    let who = person(cx, of, at)?;
    let mut standing = who.standing(at);
    if row.archived_at.is_some() {
        standing = Standing { presence: Presence::Archived, back: None, until: None };
    }
    map.insert("now".into(), standing_json(&standing, lang));
    let open = if of.user.is_empty() { BTreeMap::new() } else { open_counts(cx, &of.user)? };
    map.insert("open".into(), counts(&open));
    map.insert("load_points".into(), cx.rules().staff().load_of(&open).into());
    map.insert("capacity_points".into(), who.capacity_points.into());
    map.insert("weekly_minutes".into(), weekly_minutes(of, &who).into());
    let next = next_leave(&who, at).map(|days| {
        let mut map = Map::new();
        days.put(&mut map);
        Json::Object(map)
    });
    map.insert("next_leave".into(), next.into());
    map.insert("diagnostics".into(), reasons(&who.diagnostics(), lang));
    Ok(map)
}

fn counts(open: &BTreeMap<Work, u64>) -> Json {
    Json::Object(open.iter().map(|(work, count)| (work.code().to_owned(), (*count).into())).collect())
}

/// What somebody works in a usual week: as the record says, else as the calendar does.
fn weekly_minutes(of: &Employee, who: &Person<'_>) -> i64 {
    let windows = who.calendar().config().weekly.iter().flatten();
    let seconds = windows.map(|window| window.to().saturating_sub(window.from())).fold(0, i64::saturating_add);
    of.weekly_minutes.unwrap_or(seconds / 60)
}

/// The leave that somebody is on, or the next one.
fn next_leave(who: &Person<'_>, at: Instant) -> Option<LeaveDays> {
    who.absences.days().find(|days| who.span(*days).is_some_and(|(_, to)| to > at))
}

/// What a record asks of who gets it: a ticket its team.
fn asks(row: &Row) -> Wanted {
    let teams = match &row.body {
        AnyRecord::Ticket(ticket) if !fold(&ticket.team).is_empty() => vec![ticket.team.clone()],
        _ => Vec::new(),
    };
    Wanted { teams, ..Wanted::default() }
}

/// By when a record is to be done, where it says an instant.
fn due(row: &Row) -> Option<Instant> {
    match &row.body {
        AnyRecord::Task(task) => task.due_at,
        AnyRecord::Ticket(ticket) => ticket.sla_due_at.or(ticket.resolution_due_at),
        _ => None,
    }
}
