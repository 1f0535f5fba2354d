//! Giving stored leads to people, by the routing rules.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{at_most, ids_of};
use super::open_work::{asked as query, open_count};
use super::segments::Shelf;
use super::team::{employee, person, rows_of};
use super::{Command, Cx, Role, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Facts;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::routing_reason::Skip;
use crate::kernel::staff::{Presence, Work};
use crate::kernel::text;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{Account, AnyRecord, Assignment, Key, Kind, Lead, RoutingTurn, Row};
use crate::rules::Rules;
use crate::rules::routing::{Counts, Decision, InSegments, Needs, Outcome, Request, Router, State};
use crate::rules::segment::Book;
use crate::rules::staff::assumed;
use crate::store::{MOST_ROWS, Order};

/// Most leads of one command; [`crate::Crm::route_all`] takes any number.
pub(crate) const MOST_ROUTED: usize = 500;

/// Routes leads in the given order: sets the owner or the queue, notes the assignment, and keeps the turns.
///
/// A lead that has an owner is left alone unless `force`; archived, merged and converted ones always are. A lead that
/// waits in a queue already and is put there again is not assigned once more. An id given twice counts once. Only a
/// person may `force`: an agent takes no lead from its owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteLeads {
    /// The leads.
    pub ids: Vec<Id>,
    /// Whether leads with an owner are routed all the same.
    pub force: bool,
    /// Users who gave these leads back.
    pub refused: Vec<String>,
}

/// What a routing did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routed {
    /// How many leads went where.
    pub counts: Counts,
    /// Each lead's decision, in the order of the leads.
    pub leads: Vec<RoutedLead>,
}

/// What was decided for one lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutedLead {
    /// The lead.
    pub id: Id,
    /// The decision: codes and parameters, as [`Decision::to_json`] gives them.
    pub decision: Json,
}

impl Command for RouteLeads {
    type Output = Routed;
    const VERB: Verb = Verb::Route;

    fn name() -> Cow<'static, str> {
        "lead.route".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("ids".into(), self.ids.iter().map(Id::to_string).collect());
        if self.force {
            map.insert("force".into(), true.into());
        }
        if !self.refused.is_empty() {
            map.insert("refused".into(), self.refused.as_slice().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `ids`")?;
        json::only_keys(map, &["ids", "force", "refused"])?;
        let force = match map.get("force") {
            None | Some(Json::Null) => false,
            Some(Json::Bool(force)) => *force,
            Some(other) => return Err(Error::from(Problem::NotABoolean { found: json::shown(other) }).at("force")),
        };
        Ok(RouteLeads { ids: ids_of(map)?, force, refused: users(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Routed> {
        at_most(MOST_ROUTED, &self.ids)?;
        if self.force && cx.actor().role() == Role::Agent {
            let (role, command) = (Role::Agent.name().into(), "lead.route: force".into());
            return Err(Error::from(Problem::Forbidden { role, command }).at("force"));
        }
        let (rules, at) = (cx.rules(), cx.at());
        let schema = rules.schema(Kind::Lead);
        let mut router = rules.routing().router(at);
        let mut desk = Desk::default();
        let mut rows = Vec::with_capacity(self.ids.len());
        let mut given = BTreeSet::new();
        for id in self.ids.iter().filter(|id| given.insert(**id)) {
            let row = cx.existing(Key { kind: Kind::Lead, id: *id })?;
            rows.push(cx.by_itself(|cx| desk.prepare(cx, &mut router, row))?);
        }
        // The rules that a person made decide, by what all people have to do, and for whoever sees the lead.
        cx.by_itself(|cx| desk.load(cx))?;
        let mut routed = Routed::default();
        for (row, account_owner, segments) in rows {
            // As an earlier turn of this command left it.
            let row = cx.existing(row)?;
            let facts = row.facts(&schema);
            let facts = InSegments { facts: &facts, segments: &segments };
            let account_owner = account_owner.as_deref();
            let request = Request { facts: &facts, account_owner, refused: &self.refused, force: self.force };
            let decision = router.decide(&mut desk.state, &request);
            cx.by_itself(|cx| keep(cx, &row, &decision))?;
            routed.counts.add(&decision);
            routed.leads.push(RoutedLead { id: row.id, decision: decision.to_json(None) });
        }
        Ok(routed)
    }
}

/// The users under `refused`.
fn users(map: &Map<String, Json>) -> Result<Vec<String>> {
    let Some(list) = map.get("refused").filter(|v| !v.is_null()) else { return Ok(Vec::new()) };
    let wrong = |found: &Json| Error::from(Problem::WrongShape { expected: "a list", found: json::shown(found) });
    let user = |(i, user): (usize, &Json)| {
        let wrong = || Error::from(Problem::WrongShape { expected: "text", found: json::shown(user) });
        let user = user.as_str().ok_or_else(wrong).and_then(text::check).map(str::to_owned);
        user.map_err(|e| e.at_index(i).at("refused"))
    };
    list.as_array().ok_or_else(|| wrong(list).at("refused"))?.iter().enumerate().map(user).collect()
}

/// What routing reads of the store: as much as the leads' rules may look at.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    needs: Needs,
    pub(crate) state: State,
    /// The segments that rules name, once they were read.
    segments: Option<Book>,
}

impl Desk {
    /// Notes what a stored lead may need, and finds who owns its account.
    fn prepare(
        &mut self,
        cx: &mut Cx<'_>,
        router: &mut Router<'_>,
        row: Row,
    ) -> Result<(Key, Option<String>, Vec<String>)> {
        let schema = cx.rules().schema(Kind::Lead);
        let lead = row.typed::<Lead>().map(|row| row.body).unwrap_or_default();
        let segments = self.segments_of(cx, &row)?;
        let facts = row.facts(&schema);
        let facts = InSegments { facts: &facts, segments: &segments };
        let owner = self.account_owner(cx, router, &facts, &lead)?;
        Ok((row.key(), owner, segments))
    }

    /// The segments that a lead belongs to, of those that rules name. One whose condition does not fit the record any more
    /// has no members.
    pub(crate) fn segments_of(&mut self, cx: &mut Cx<'_>, row: &Row) -> Result<Vec<String>> {
        let (rules, at) = (cx.rules(), cx.at());
        let named = rules.routing().segments();
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let shelf = Shelf { rules, at };
        let mut book = match self.segments.take() {
            Some(book) => book,
            None => {
                let mut book = shelf.empty();
                let codes: Vec<&str> = named.iter().copied().collect();
                shelf.read(&mut |query| cx.find(query), &mut book, &codes)?;
                book
            }
        };
        shelf.read_pins_of(&mut |query| cx.find(query), &mut book, row.key())?;
        let schema = rules.schema(Kind::Lead);
        let facts = row.facts(&schema);
        let is_in = |code: &&str| {
            book.get(code).is_ok_and(|segment| segment.kind == Kind::Lead)
                && book.has_member(code, &schema, &facts, at).unwrap_or(false)
        };
        let found = named.into_iter().filter(is_in).map(str::to_owned).collect();
        self.segments = Some(book);
        Ok(found)
    }

    /// The same of any lead, stored or not.
    pub(crate) fn account_owner(
        &mut self,
        cx: &mut Cx<'_>,
        router: &mut Router<'_>,
        facts: &impl Facts,
        lead: &Lead,
    ) -> Result<Option<String>> {
        let owner = Some(lead.owner.as_str()).filter(|owner| !owner.is_empty());
        router.needs(facts, owner, &mut self.needs);
        if !self.needs.account_owners {
            return Ok(None);
        }
        let account_owner = account_owner(cx, lead)?;
        router.needs(facts, account_owner.as_deref(), &mut self.needs);
        Ok(account_owner)
    }

    /// Reads everything that was noted.
    pub(crate) fn load(&mut self, cx: &mut Cx<'_>) -> Result<()> {
        for (rule, user) in &self.needs.turns {
            let row = cx.row(Key { kind: Kind::RoutingTurn, id: RoutingTurn::id(rule, user) })?;
            let turn = row.and_then(|row| row.typed::<RoutingTurn>());
            self.state.set_turn(rule, user, turn.and_then(|turn| turn.body.weight));
        }
        for user in &self.needs.present {
            if let Some(skip) = cx.by_itself(|cx| absence(cx, user))? {
                self.state.set_absent(user, skip);
            }
        }
        for user in &self.needs.open {
            self.state.set_open(user, open_count(cx, Work::Lead, user)?);
        }
        for (user, since, most) in &self.needs.assigned {
            // The oldest first, so that each is the newest when it is noted.
            for at in assignments(cx, user, *since, *most)?.into_iter().rev() {
                self.state.assign(user, at);
            }
        }
        Ok(())
    }
}

/// Why the directory of employees says that somebody is not there; nothing of who is not in it.
fn absence(cx: &mut Cx<'_>, user: &str) -> Result<Option<Skip>> {
    let rows = rows_of(cx, user)?;
    if rows.is_empty() {
        return Ok(None);
    }
    let Some(row) = rows.into_iter().find(|row| row.archived_at.is_none()) else { return Ok(Some(Skip::Inactive)) };
    let (Some(of), at, rules) = (employee(&row), cx.at(), cx.rules()) else { return Ok(None) };
    // Where no calendar tells a person's zone, it is the one of the routing's configuration.
    let zone = rules.routing().zone_of(user).filter(|_| of.calendar.is_empty() && !rules.staff().knows_zone());
    let standing = match zone {
        Some(zone) => {
            let calendar = assumed(zone.clone());
            person(cx, of, at)?.by(&calendar).standing(at)
        }
        None => person(cx, of, at)?.standing(at),
    };
    Ok(match standing.presence {
        Presence::Working | Presence::OffHours => None,
        Presence::OnLeave => standing.until.map(|until| Skip::OnLeave { until }),
        Presence::Away => Some(Skip::Away),
        Presence::NotStarted | Presence::Left | Presence::Archived => Some(Skip::Inactive),
    })
}

/// The newest assignments of somebody, at most so many.
fn assignments(cx: &mut Cx<'_>, user: &str, since: Instant, most: u64) -> Result<Vec<Instant>> {
    let mut found = Vec::new();
    if most == 0 {
        return Ok(found);
    }
    let since = Predicate::test("assigned_at", Operator::AtLeast, format_instant(since));
    let mut query = query(cx, Kind::Assignment, vec![Predicate::test("user", Operator::Equal, user), since])?;
    let (field, _) = query.schema.resolve("assigned_at")?;
    query.order = vec![Order { field, descending: true }];
    loop {
        let left = most.saturating_sub(json::length(found.len()));
        query.limit = usize::try_from(left).unwrap_or(MOST_ROWS).min(MOST_ROWS);
        let page = cx.find(&query)?;
        found.extend(page.rows.iter().filter_map(Row::typed::<Assignment>).filter_map(|row| row.body.assigned_at));
        match page.next {
            Some(next) if json::length(found.len()) < most => query.after = Some(next),
            _ => return Ok(found),
        }
    }
}

/// Who owns the account that a lead belongs to: the one it was linked to, else the oldest owned one with the same
/// registration number, domain or company.
fn account_owner(cx: &mut Cx<'_>, lead: &Lead) -> Result<Option<String>> {
    let owner = |row: &Row| row.typed::<Account>().map(|a| a.body.owner).filter(|owner| !owner.is_empty());
    if let Some(id) = lead.converted_account {
        let row = cx.row(Key { kind: Kind::Account, id })?;
        if let Some(owner) = row.filter(|row| row.archived_at.is_none()).as_ref().and_then(owner) {
            return Ok(Some(owner));
        }
    }
    let keys = [
        ("registration_key", &lead.registration_key),
        ("domain_key", &lead.email_domain),
        ("company_key", &lead.company_key),
    ];
    for (field, key) in keys.into_iter().filter(|(_, key)| !key.is_empty()) {
        let owned = Predicate::test("owner", Operator::IsKnown, Json::Null);
        let mut query = query(cx, Kind::Account, vec![Predicate::test(field, Operator::Equal, key.as_str()), owned])?;
        query.limit = 1;
        if let Some(owner) = cx.find(&query)?.rows.first().and_then(owner) {
            return Ok(Some(owner));
        }
    }
    Ok(None)
}

/// Writes a decision down.
fn keep(cx: &mut Cx<'_>, row: &Row, decision: &Decision) -> Result<()> {
    let AnyRecord::Lead(lead) = &row.body else { return Ok(()) };
    let (user, queue) = match &decision.outcome {
        Outcome::User(user) => (user.as_str(), ""),
        Outcome::Queue(queue) if lead.queue == *queue && lead.owner.is_empty() => return Ok(()),
        Outcome::Queue(queue) => ("", queue.as_str()),
        Outcome::Kept(_) | Outcome::Owned(_) | Outcome::Dropped | Outcome::Closed | Outcome::Nobody => return Ok(()),
    };
    let mut changed = row.clone();
    if let AnyRecord::Lead(lead) = &mut changed.body {
        user.clone_into(&mut lead.owner);
        queue.clone_into(&mut lead.queue);
    }
    cx.update(changed)?;
    let assignment = Assignment {
        lead: Some(row.id),
        user: user.to_owned(),
        queue: queue.to_owned(),
        rule: decision.rule.clone().unwrap_or_default(),
        strategy: decision.strategy.unwrap_or_default().to_owned(),
        assigned_at: Some(cx.at()),
        accept_by: decision.accept_by,
        ..Assignment::default()
    };
    let id = cx.new_id();
    cx.insert(id, assignment.into())?;
    for turn in &decision.turns {
        let id = RoutingTurn::id(&turn.rule, &turn.user);
        let body = RoutingTurn {
            rule: turn.rule.clone(),
            user: turn.user.clone(),
            weight: turn.weight,
            ..RoutingTurn::default()
        };
        match cx.row(Key { kind: Kind::RoutingTurn, id })? {
            None => cx.insert(id, body.into())?,
            Some(row) => cx.update(Row { body: body.into(), ..row })?,
        };
    }
    Ok(())
}
