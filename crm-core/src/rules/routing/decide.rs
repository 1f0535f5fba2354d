//! The decision: which rule, to whom, and why not to others.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::clause::Lead;
use super::decision::{Decision, Outcome, Request};
use super::index::{Lookup, Slot};
use super::member::{Member, Today, address};
use super::pick::{Candidate, Turn, pick};
use super::rule::{Gives, OnNone, Rule, Target};
use super::state::State;
use super::table::RoutingTable;
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::routing_reason::{RoutingReason, Skip};
use crate::kernel::text;
use crate::kernel::time::Instant;

/// Decides for any number of leads at one instant, one after the other.
#[derive(Clone, Debug)]
pub struct Router<'a> {
    table: &'a RoutingTable,
    at: Instant,
    lookup: Lookup<'a>,
    /// By member, once somebody asked.
    today: Vec<Option<Today>>,
    /// Whether any member's own address is known.
    has_addresses: bool,
}

impl RoutingTable {
    /// Decides for one lead and takes the decision over into the state.
    pub fn decide<F: Facts + ?Sized>(&self, state: &mut State, request: &Request<'_, F>, at: Instant) -> Decision {
        self.router(at).decide(state, request)
    }

    /// The same with [`Decision::failed`]: why the rules before did not apply.
    pub fn explain<F: Facts + ?Sized>(&self, state: &mut State, request: &Request<'_, F>, at: Instant) -> Decision {
        self.router(at).explain(state, request)
    }

    /// Decides for many leads at one instant.
    pub fn router(&self, at: Instant) -> Router<'_> {
        let lookup = Lookup::new(&self.index, &self.rules, at);
        let has_addresses = self.members.iter().any(|m| m.email.is_some());
        Router { table: self, at, lookup, today: vec![None; self.members.len()], has_addresses }
    }
}

/// A decision being made.
struct Course<'r, 'a, F: ?Sized> {
    request: &'r Request<'a, F>,
    owner: Option<&'r str>,
    email: Option<String>,
    /// Who gave the lead back, folded.
    refused: BTreeSet<Cow<'a, str>>,
    /// By user, why passed over so far: each reason is told once.
    skipped: BTreeMap<String, Vec<Skip>>,
    decision: Decision,
}

impl<'a> Router<'a> {
    /// Decides for one lead and takes the decision over into the state.
    pub fn decide<F: Facts + ?Sized>(&mut self, state: &mut State, request: &Request<'_, F>) -> Decision {
        self.course(state, request, None, false)
    }

    /// The same for a lead whose values have been looked up: their numbers by [`Router::row`], one for each slot.
    pub fn decide_with<F: Facts + ?Sized>(
        &mut self,
        state: &mut State,
        request: &Request<'_, F>,
        rows: &[u32],
    ) -> Decision {
        self.course(state, request, Some(rows), false)
    }

    /// The same with [`Decision::failed`]: why the rules before did not apply.
    pub fn explain<F: Facts + ?Sized>(&mut self, state: &mut State, request: &Request<'_, F>) -> Decision {
        self.course(state, request, None, true)
    }

    /// What the index looks at, for doors that look values up themselves.
    pub fn slots(&self) -> impl ExactSizeIterator<Item = Slot> {
        self.lookup.slots()
    }

    /// The texts of a lead's domain as [`Router::row`] takes them: as written, and the registrable one.
    pub fn domains<F: Facts + ?Sized>(&self, facts: &F) -> [Option<String>; 2] {
        Lead::new(facts, self.table).domains
    }

    /// The number of a value's set of rules: the texts of one lead in a slot (none if unknown; of a domain the one as
    /// written and the registrable one). Equal values have equal numbers, so each needs to be looked up once.
    pub fn row<T: AsRef<str>>(&mut self, slot: usize, texts: impl IntoIterator<Item = T>) -> u32 {
        self.lookup.row(slot, texts)
    }

    /// Whether some rule may name a text of a slot. If not, the text's number is that of a lead which says nothing there,
    /// and it need not be looked up; sometimes `true` for a text that no rule names.
    pub fn may_name(&self, slot: usize, text: &str) -> bool {
        self.lookup.may_name(slot, text)
    }

    /// The first rule from a place on, in the order of [`RoutingTable::rules`], that applies to a lead whose values
    /// have these numbers, one for each slot.
    pub fn first_rule<F: Facts + ?Sized>(&self, rows: &[u32], facts: &F, from: usize) -> Option<usize> {
        let mut lead = None;
        let mut next = from;
        while let Some(place) = self.lookup.first(rows, next) {
            if !self.lookup.is_partly(place) {
                return Some(place);
            }
            let lead = lead.get_or_insert_with(|| Lead::new(facts, self.table));
            if self.table.rules.get(place).is_some_and(|rule| rule.fails(lead, self.at).is_none()) {
                return Some(place);
            }
            next = place.saturating_add(1);
        }
        None
    }

    /// The places of the rules that may get a lead, in their order.
    pub(super) fn applying<F: Facts + ?Sized>(&mut self, facts: &F) -> Vec<usize> {
        let rows = self.lookup.rows(&Lead::new(facts, self.table));
        let mut places = Vec::new();
        let mut next = 0;
        while let Some(place) = self.first_rule(&rows, facts, next) {
            places.push(place);
            if self.table.rules.get(place).is_some_and(Rule::is_last) {
                break;
            }
            next = place.saturating_add(1);
        }
        places
    }

    pub(super) const fn table(&self) -> &'a RoutingTable {
        self.table
    }

    pub(super) const fn at(&self) -> Instant {
        self.at
    }

    fn course<F: Facts + ?Sized>(
        &mut self,
        state: &mut State,
        request: &Request<'_, F>,
        rows: Option<&[u32]>,
        explain: bool,
    ) -> Decision {
        let facts = request.facts;
        let fields = self.table.fields;
        let known = |field: usize| facts.fact(field).is_known();
        let owner = match facts.fact(fields.owner) {
            Fact::Text(owner) => Some(owner),
            _ => None,
        };
        let refused = request.refused.iter().map(|user| text::fold(user)).collect();
        let (skipped, decision) = (BTreeMap::new(), Decision::new(Outcome::Nobody));
        let mut course = Course { request, owner, email: None, refused, skipped, decision };
        let closed = [fields.archived_at, fields.merged_into, fields.converted_at];
        if closed.into_iter().any(known) || facts.fact(fields.converted) == Fact::Boolean(true) {
            return course.end(Outcome::Closed, RoutingReason::LeadClosed);
        }
        if let Some(user) = owner.filter(|_| !request.force).map(str::to_owned) {
            return course.end(Outcome::Owned(user.clone()), RoutingReason::AlreadyOwned { user });
        }
        if let Fact::Text(email) = facts.fact(fields.email)
            && self.has_addresses
        {
            course.email = Some(address(email, &self.table.identity));
        }
        let rows = match rows {
            Some(rows) => Cow::Borrowed(rows),
            None => Cow::Owned(self.lookup.rows(&Lead::new(facts, self.table))),
        };
        let mut next = 0;
        let table = self.table;
        while let Some(place) = self.first_rule(&rows, facts, next) {
            let Some(rule) = table.rules.get(place) else { break };
            if explain {
                course.failed(table, &Lead::new(facts, self.table), next..place, self.at);
            }
            course.decision.rule = Some(rule.name.id.clone());
            course.decision.reasons.push(RoutingReason::RuleMatched { rule: rule.name.clone() });
            if self.give(rule, state, &mut course) {
                return course.decision;
            }
            course.decision.reasons.push(RoutingReason::NobodyAvailable { rule: rule.name.clone() });
            next = place.saturating_add(1);
            match rule.on_none {
                OnNone::Next => {}
                OnNone::Fallback => {
                    next = table.rules.len();
                    break;
                }
                OnNone::Queue(queue) => {
                    course.queue(table, queue);
                    state.hand_over(self.member_name(owner), None);
                    return course.decision;
                }
            }
        }
        if explain {
            course.failed(table, &Lead::new(facts, self.table), next..table.rules.len(), self.at);
        }
        if course.decision.reasons.is_empty() {
            course.decision.reasons.push(RoutingReason::NoRule);
        }
        course.decision.rule = None;
        if let Some(fallback) = &table.fallback {
            course.decision.reasons.push(RoutingReason::Fallback);
            course.decision.fallback = true;
            if !self.give(fallback, state, &mut course) {
                course.decision.reasons.push(RoutingReason::NobodyAvailable { rule: fallback.name.clone() });
                course.decision.fallback = false;
            }
        }
        course.decision
    }

    /// Gives the lead by a rule; whether somebody or something took it.
    fn give<F: ?Sized>(&mut self, rule: &Rule, state: &mut State, course: &mut Course<'_, '_, F>) -> bool {
        let (table, gives) = (self.table, &rule.gives);
        if gives.sticky
            && let Some(owner) = course.request.account_owner
            && let Some(member) = self.known(owner, course)
            && self.is_there(member, gives, state, course)
        {
            let user = || member.user.clone();
            course.user(user(), "sticky_account", RoutingReason::AccountOwner { user: user() });
            self.hand_over(gives, state, course);
            return true;
        }
        match gives.target {
            Target::Drop => {
                course.decision.outcome = Outcome::Dropped;
                course.decision.reasons.push(RoutingReason::Dropped { rule: rule.name.clone() });
                true
            }
            Target::Queue(queue) => {
                course.queue(table, queue);
                state.hand_over(self.member_name(course.owner), None);
                true
            }
            Target::Keep => {
                let Some(member) = course.owner.and_then(|owner| self.known(owner, course)) else { return false };
                if !self.is_there(member, gives, state, course) {
                    return false;
                }
                course.decision.outcome = Outcome::Kept(member.user.clone());
                course.decision.reasons.push(RoutingReason::Kept { user: member.user.clone() });
                true
            }
            Target::User(place) => self.give_one(rule, &[place], state, course),
            Target::Team(team) => {
                let members = table.teams.get(team).map_or(&[] as &[usize], |t| &t.members);
                self.give_one(rule, members, state, course)
            }
        }
    }

    /// Gives the lead to one of several.
    fn give_one<F: ?Sized>(
        &mut self,
        rule: &Rule,
        members: &[usize],
        state: &mut State,
        course: &mut Course<'_, '_, F>,
    ) -> bool {
        let (table, gives) = (self.table, &rule.gives);
        let mut away = Vec::new();
        let mut candidates = Vec::with_capacity(members.len());
        for place in members {
            let Some(member) = table.members.get(*place) else { continue };
            let at = self.at;
            let today = self.today(*place);
            if let Some(skip) = today.and_then(|t| member.skip(t, state, at, gives.within_hours)) {
                course.skip(&member.user, skip);
                away.push(member.user.as_str());
            } else if let Some(skip) = course.own_reason(member) {
                // Only for this lead: the place in the turns is kept.
                course.skip(&member.user, skip);
            } else {
                let quota_month = member.quota_month.unwrap_or(0);
                candidates.push(Candidate { user: &member.user, weight: member.weight, quota_month });
            }
        }
        let id = &rule.name.id;
        let mut skip = |user: &str, skip| course.skip(user, skip);
        let Some(mut picked) = pick(gives.strategy, id, &candidates, state, self.at, &mut skip) else { return false };
        let Some(user) = candidates.get(picked.place).map(|c| c.user.to_owned()) else { return false };
        let gone = away.into_iter().filter(|user| state.turn(id, user).is_some());
        picked.turns.extend(gone.map(|user| Turn { rule: id.clone(), user: user.to_owned(), weight: None }));
        for turn in &picked.turns {
            state.set_turn(&turn.rule, &turn.user, turn.weight);
        }
        course.decision.turns = picked.turns;
        course.user(user, gives.strategy.name(), picked.reason);
        self.hand_over(gives, state, course);
        true
    }

    /// Notes that a user got the lead.
    fn hand_over<F: ?Sized>(&self, gives: &Gives, state: &mut State, course: &mut Course<'_, '_, F>) {
        if let Outcome::User(user) = &course.decision.outcome {
            state.hand_over(self.member_name(course.owner), Some(user));
            state.assign(user, self.at);
        }
        course.decision.accept_by = gives.accept_within.and_then(|span| self.at.checked_add_signed(span));
    }

    fn today(&mut self, place: usize) -> Option<&Today> {
        let (table, at) = (self.table, self.at);
        let slot = self.today.get_mut(place)?;
        if slot.is_none() {
            *slot = table.members.get(place).map(|m| m.today(at, &table.zone));
        }
        slot.as_ref()
    }

    fn is_there<F: ?Sized>(
        &mut self,
        member: &Member,
        gives: &Gives,
        state: &State,
        course: &mut Course<'_, '_, F>,
    ) -> bool {
        let at = self.at;
        let today = self.table.member(&member.user).and_then(|place| self.today(place));
        let skip = today.and_then(|t| member.skip(t, state, at, gives.within_hours));
        match skip.or_else(|| course.own_reason(member)) {
            Some(skip) => {
                course.skip(&member.user, skip);
                false
            }
            None => true,
        }
    }

    /// The member of a name; somebody else is skipped.
    fn known<F: ?Sized>(&self, user: &str, course: &mut Course<'_, '_, F>) -> Option<&'a Member> {
        let member = self.table.member(user).and_then(|place| self.table.members.get(place));
        if member.is_none() {
            course.skip(user, Skip::Unknown);
        }
        member
    }

    /// The name of an owner as the state has it.
    fn member_name<'o>(&'o self, owner: Option<&'o str>) -> Option<&'o str> {
        let owner = owner?;
        let member = self.table.member(owner).and_then(|place| self.table.members.get(place));
        Some(member.map_or(owner, |m| m.user.as_str()))
    }
}

impl<F: ?Sized> Course<'_, '_, F> {
    fn end(mut self, outcome: Outcome, reason: RoutingReason) -> Decision {
        self.decision.outcome = outcome;
        self.decision.reasons.push(reason);
        self.decision
    }

    fn user(&mut self, user: String, strategy: &'static str, reason: RoutingReason) {
        self.decision.outcome = Outcome::User(user);
        self.decision.strategy = Some(strategy);
        self.decision.reasons.push(reason);
    }

    fn queue(&mut self, table: &RoutingTable, place: usize) {
        if let Some(queue) = table.queues.get(place) {
            self.decision.outcome = Outcome::Queue(queue.id.clone());
            self.decision.reasons.push(RoutingReason::Queued { queue: queue.clone() });
        }
    }

    fn skip(&mut self, user: &str, skip: Skip) {
        let told = self.skipped.entry(user.to_owned()).or_default();
        if !told.contains(&skip) {
            told.push(skip);
            self.decision.skipped.push(RoutingReason::Skipped { user: user.to_owned(), skip });
        }
    }

    /// Why somebody who is there cannot take just this lead.
    fn own_reason(&self, member: &Member) -> Option<Skip> {
        let refused = || !self.refused.is_empty() && self.refused.contains(text::fold(&member.user).as_ref());
        match () {
            () if self.email.is_some() && self.email == member.email => Some(Skip::OwnLead),
            () if refused() => Some(Skip::Refused),
            () => None,
        }
    }
}

impl<F: Facts + ?Sized> Course<'_, '_, F> {
    /// Notes why some rules did not apply.
    fn failed(&mut self, table: &RoutingTable, lead: &Lead<'_, F>, rules: std::ops::Range<usize>, at: Instant) {
        let passed = table.rules.iter().take(rules.end).skip(rules.start);
        self.decision.failed.extend(passed.filter_map(|rule| rule.fails(lead, at)));
    }
}
