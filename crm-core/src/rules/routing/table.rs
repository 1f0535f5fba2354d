//! The configuration, read, checked and compiled.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::clause::{Clause, Fields};
use super::index::Index;
use super::member::Member;
use super::rule::Rule;
use crate::kernel::error::{Error, Result, RulesProblem};
use crate::kernel::field::{Schema, nearest};
use crate::kernel::reason::Name;
use crate::kernel::text;
use crate::kernel::zone::Zone;
use crate::rules::check;
use crate::rules::identity::Identity;
use crate::rules::read::{Object, labels, list, text as read_text};

const MOST_MEMBERS: usize = 10_000;
const MOST_TEAMS: usize = 1000;
const MOST_RULES: usize = 10_000;

/// A checked configuration of routing; decides for any number of leads, from any number of threads.
#[derive(Clone, Debug)]
pub struct RoutingTable {
    /// The workspace's own zone: its months, and the default of everything else.
    pub(super) zone: Zone,
    pub(super) members: Vec<Member>,
    /// The places of members by folded name.
    users: BTreeMap<String, usize>,
    pub(super) teams: Vec<Team>,
    pub(super) queues: Vec<Name>,
    /// In order of priority, then id.
    pub(super) rules: Vec<Rule>,
    pub(super) fallback: Option<Rule>,
    pub(super) index: Index,
    pub(super) fields: Fields,
    pub(super) identity: Identity,
}

/// Several members, in the order that breaks ties.
#[derive(Clone, Debug)]
pub(super) struct Team {
    name: Name,
    pub(super) members: Vec<usize>,
}

/// What rules may name.
pub(super) struct Names<'a> {
    members: &'a [Member],
    users: &'a BTreeMap<String, usize>,
    teams: &'a [Team],
    queues: &'a [Name],
    pub(super) identity: &'a Identity,
}

impl Names<'_> {
    pub(super) fn user(&self, user: &str) -> Result<usize> {
        user_place(self.members, self.users, user)
    }

    pub(super) fn team(&self, id: &str) -> Result<usize> {
        let place = self.teams.iter().position(|t| t.name.id == id);
        place.ok_or_else(|| undefined(id, self.teams.iter().map(|t| t.name.id.as_str())))
    }

    pub(super) fn queue(&self, id: &str) -> Result<usize> {
        let place = self.queues.iter().position(|q| q.id == id);
        place.ok_or_else(|| undefined(id, self.queues.iter().map(|q| q.id.as_str())))
    }

    pub(super) fn all_have_quotas(&self, team: usize) -> bool {
        let members = self.teams.get(team).into_iter().flat_map(|t| &t.members);
        members.filter_map(|m| self.members.get(*m)).all(|m| m.quota_month.is_some())
    }
}

fn undefined<'a>(id: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let nearest = nearest(id, known).map(Into::into);
    RulesProblem::Undefined { id: text::shortened(id, 60), nearest }.into()
}

fn user_place(members: &[Member], users: &BTreeMap<String, usize>, user: &str) -> Result<usize> {
    let place = users.get(text::fold(user).as_ref()).copied();
    place.ok_or_else(|| undefined(user, members.iter().map(|m| m.user.as_str())))
}

impl RoutingTable {
    /// The codes of segments that rules name, folded, each once.
    pub fn segments(&self) -> BTreeSet<&str> {
        let clauses = self.rules.iter().flat_map(|rule| &rule.clauses);
        clauses.flat_map(|clause| clause.segments()).map(String::as_str).collect()
    }

    /// Reads and checks a configuration over a lead's fields; addresses are compared as `identity` says. See the [module](super) for its form.
    ///
    /// # Errors
    /// An unknown option, user, team or queue, a field that does not exist, ids given twice, times out of order ...,
    /// each with its path.
    pub fn from_json(json: &Json, schema: &Schema, identity: &Identity) -> Result<Self> {
        const KEYS: &[&str] = &["zone", "members", "teams", "queues", "rules", "fallback"];
        let o = Object::new(json, KEYS)?;
        let zone = o.zone()?.unwrap_or(Zone::UTC);
        let members = o.list("members", |v| Member::read(v, &zone, identity))?;
        check::most("members", members.len(), MOST_MEMBERS).map_err(|e| e.at("members"))?;
        let mut users = BTreeMap::new();
        for (place, member) in members.iter().enumerate() {
            if users.insert(text::fold(&member.user).into_owned(), place).is_some() {
                let problem = RulesProblem::DuplicateId { id: member.user.clone() };
                return Err(Error::from(problem).at("user").at_index(place).at("members"));
            }
        }
        let teams = o.list("teams", |v| team(v, &members, &users))?;
        check::most("teams", teams.len(), MOST_TEAMS).map_err(|e| e.at("teams"))?;
        unique(teams.iter().map(|t| &t.name)).map_err(|e| e.at("teams"))?;
        let queues = o.list("queues", queue)?;
        check::most("queues", queues.len(), MOST_TEAMS).map_err(|e| e.at("queues"))?;
        unique(queues.iter()).map_err(|e| e.at("queues"))?;
        let names = Names { members: &members, users: &users, teams: &teams, queues: &queues, identity };
        let mut rules = o.list("rules", |v| Rule::read(v, schema, &names, &zone))?;
        check::most("rules", rules.len(), MOST_RULES).map_err(|e| e.at("rules"))?;
        unique(rules.iter().map(|r| &r.name)).map_err(|e| e.at("rules"))?;
        rules.sort_by(|a, b| (a.priority, &a.name.id).cmp(&(b.priority, &b.name.id)));
        let fallback = o.optional("fallback", |v| Rule::read_fallback(v, &names))?;
        let index = Index::new(&rules, schema);
        let (fields, identity) = (Fields::of(schema)?, identity.clone());
        Ok(Self { zone, members, users, teams, queues, rules, fallback, index, fields, identity })
    }

    /// Somebody by name, however it is written.
    pub(super) fn member(&self, user: &str) -> Option<usize> {
        self.users.get(text::fold(user).as_ref()).copied()
    }

    /// The zone of somebody who takes leads.
    pub(crate) fn zone_of(&self, user: &str) -> Option<&Zone> {
        self.member(user).and_then(|place| self.members.get(place)).map(|member| &member.zone)
    }

    /// The ids of all rules, in the order in which they are asked.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &str> {
        self.rules.iter().map(|r| r.name.id.as_str())
    }

    /// The places of all fields that a decision may look at, in order.
    pub fn fields(&self) -> Vec<usize> {
        let mut fields = self.fields.all().to_vec();
        for rule in &self.rules {
            fields.extend(rule.clauses.iter().filter_map(Clause::field));
            fields.extend(rule.when.iter().flat_map(|(_, when)| when.fields()));
        }
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// The names of all members, as configured.
    pub fn users(&self) -> impl ExactSizeIterator<Item = &str> {
        self.members.iter().map(|m| m.user.as_str())
    }
}

/// Refuses a second name of one id.
fn unique<'a>(names: impl Iterator<Item = &'a Name>) -> Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    for (place, name) in names.enumerate() {
        if !seen.insert(name.id.as_str()) {
            return Err(Error::from(RulesProblem::DuplicateId { id: name.id.clone() }).at("id").at_index(place));
        }
    }
    Ok(())
}

fn team(json: &Json, members: &[Member], users: &BTreeMap<String, usize>) -> Result<Team> {
    let o = Object::new(json, &["id", "labels", "members"])?;
    let name = named(&o)?;
    let read = |v: &Json| user_place(members, users, &read_text(v)?);
    let places = list(o.required("members")?, read).map_err(|e| e.at("members"))?;
    if places.is_empty() {
        return Err(Error::from(RulesProblem::Empty { what: "members" }).at("members"));
    }
    let mut seen = std::collections::BTreeSet::new();
    for (i, place) in places.iter().enumerate() {
        if !seen.insert(place) {
            let id = members.get(*place).map(|m| m.user.clone()).unwrap_or_default();
            return Err(Error::from(RulesProblem::DuplicateId { id }).at_index(i).at("members"));
        }
    }
    Ok(Team { name, members: places })
}

/// `{"id": ..., "labels": ...}`, or the id alone.
fn queue(json: &Json) -> Result<Name> {
    if let Some(id) = json.as_str() {
        check::id(id)?;
        return Ok(Name { id: id.to_owned(), labels: None });
    }
    named(&Object::new(json, &["id", "labels"])?)
}

fn named(o: &Object<'_>) -> Result<Name> {
    let id = o.text("id")?;
    check::id(&id).map_err(|e| e.at("id"))?;
    let labels = o.optional("labels", labels)?;
    check::labels(labels.as_ref())?;
    Ok(Name { id, labels })
}
