//! What is probably not meant: rules that can be loaded and will surprise somebody.

use chrono::{Days, NaiveDate};

use super::member::Member;
use super::rule::{Rule, Strategy, Target};
use super::table::RoutingTable;
use crate::kernel::routing_reason::RoutingReason as Lint;
use crate::kernel::time::Instant;

/// How many days ahead absences are looked at: a year.
const AHEAD_DAYS: u64 = 366;

impl RoutingTable {
    /// Everything about the configuration that looks like a mistake, in the order of the rules; then the leaves. Days
    /// on which nobody is there are looked for from the day of `at` on, for a year.
    pub fn lint(&self, at: Instant) -> Vec<Lint> {
        let mut lints = Vec::new();
        let enabled: Vec<&Rule> = self.rules.iter().filter(|r| r.enabled).collect();
        for (place, rule) in enabled.iter().enumerate() {
            let name = || rule.name.clone();
            let earlier = || enabled.iter().take(place);
            if let Some(by) = earlier().find(|other| other.takes_all_of(rule)) {
                lints.push(Lint::Unreachable { rule: name(), by: by.name.clone() });
            }
            if let Some(other) = earlier().next_back().filter(|other| other.priority == rule.priority) {
                lints.push(Lint::SamePriority { rule: other.name.clone(), other: name() });
            }
            if rule.is_catch_all() && place.saturating_add(1) < enabled.len() {
                lints.push(Lint::CatchAllNotLast { rule: name() });
            }
            lints.extend(self.pool_lint(rule, at));
        }
        lints.extend(self.fallback.iter().filter_map(|rule| self.pool_lint(rule, at)));
        let overlap = |m: &Member| Some(Lint::OverlappingLeave { user: m.user.clone(), day: m.leave.overlap()? });
        lints.extend(self.members.iter().filter_map(overlap));
        lints
    }

    /// What is wrong with the people of a rule.
    fn pool_lint(&self, rule: &Rule, at: Instant) -> Option<Lint> {
        let places: &[usize] = match &rule.gives.target {
            Target::User(place) => std::slice::from_ref(place),
            Target::Team(team) => &self.teams.get(*team)?.members,
            Target::Queue(_) | Target::Keep | Target::Drop => return None,
        };
        let name = || rule.name.clone();
        let mut pool: Vec<&Member> = places.iter().filter_map(|p| self.members.get(*p)).filter(|m| m.active).collect();
        if pool.is_empty() {
            return Some(Lint::NobodyActive { rule: name() });
        }
        if matches!(rule.gives.strategy, Strategy::SmoothWeighted | Strategy::LeastOpen) {
            pool.retain(|m| m.weight > 0);
            if pool.is_empty() {
                return Some(Lint::ZeroWeights { rule: name() });
            }
        }
        let today = self.zone.day(at);
        let empty = |day: &NaiveDate| rule.inactive_on(*day).is_none() && pool.iter().all(|m| m.leave.all_day(*day));
        let days = |from: NaiveDate| (0..AHEAD_DAYS).map_while(move |n| from.checked_add_days(Days::new(n)));
        let from = days(today).find(empty)?;
        let to = days(from).take_while(empty).last()?;
        Some(Lint::EveryoneAway { rule: name(), from, to })
    }
}

impl Rule {
    /// Whether no lead gets past this rule to a later one. Certain where the answer is yes: conditions are compared as
    /// they are written.
    fn takes_all_of(&self, later: &Rule) -> bool {
        if !self.is_last() {
            return false;
        }
        let whole_days = self.valid == (None, None) && self.days == super::calendar::Days::ALL;
        let (from, to) = self.valid;
        let starts = from.is_none_or(|f| later.valid.0.is_some_and(|l| f <= l));
        let ends = to.is_none_or(|t| later.valid.1.is_some_and(|l| l <= t));
        let days = self.zone == later.zone && starts && ends && self.days.covers(later.days);
        let when = match (&self.when, &later.when) {
            (None, _) => true,
            (Some((mine, _)), Some((other, _))) => mine == other,
            (Some(_), None) => false,
        };
        let clauses = || self.clauses.iter().all(|mine| later.clauses.iter().any(|other| mine.covers(other)));
        when && (whole_days || days) && clauses()
    }
}
