//! What routing remembers between two leads. A host may keep it as JSON; the store keeps it as records.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Map, Value as Json};

use crate::kernel::error::{Problem, Result};
use crate::kernel::json;
use crate::kernel::routing_reason::Skip;
use crate::kernel::time::{Instant, format_instant, parse_instant};
use crate::rules::read::{Object, integer, list, text};

/// How long assignments are remembered: longer than any limit looks back.
const KEPT_DAYS: i64 = 32;

/// Turns, open leads and recent assignments.
///
/// ```json
/// {"turns": {"web": {"marie": -1, "paul": 1}},
///  "open": {"marie": 12},
///  "assigned": {"marie": ["2026-11-20T09:00:00Z", "2026-11-22T08:30:00Z"]}}
/// ```
///
/// Everything that is not there is zero. `open` is the host's to say before each call: leads are closed elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// By rule and user: the current weight of the smooth round robin; somebody who is away has none.
    turns: BTreeMap<String, BTreeMap<String, i64>>,
    open: BTreeMap<String, u64>,
    /// By user, oldest first.
    assigned: BTreeMap<String, Vec<Instant>>,
    /// By user: why the directory of employees says that somebody is not there. Never part of the JSON form: it is looked
    /// up for each instant.
    absent: BTreeMap<String, Skip>,
}

impl State {
    /// Nothing remembered.
    pub fn new() -> Self {
        Self::default()
    }

    /// Somebody's current weight in a rule's round robin.
    pub fn turn(&self, rule: &str, user: &str) -> Option<i64> {
        self.turns.get(rule)?.get(user).copied()
    }

    /// Sets or, with `None`, forgets somebody's current weight in a rule's round robin.
    pub fn set_turn(&mut self, rule: &str, user: &str, weight: Option<i64>) {
        match weight {
            Some(weight) => {
                self.turns.entry(rule.to_owned()).or_default().insert(user.to_owned(), weight);
            }
            None => {
                if let Some(turns) = self.turns.get_mut(rule) {
                    turns.remove(user);
                }
            }
        }
    }

    /// How many open leads somebody has.
    pub fn open(&self, user: &str) -> u64 {
        self.open.get(user).copied().unwrap_or(0)
    }

    /// Says how many open leads somebody has.
    pub fn set_open(&mut self, user: &str, leads: u64) {
        self.open.insert(user.to_owned(), leads);
    }

    /// How many leads somebody got from `since` to `at`, both included.
    pub fn assigned_since(&self, user: &str, since: Instant, at: Instant) -> u64 {
        let Some(list) = self.assigned.get(user) else { return 0 };
        let (to, from) = (list.partition_point(|t| *t <= at), list.partition_point(|t| *t < since));
        json::length(to.saturating_sub(from))
    }

    /// Notes that somebody got a lead.
    pub fn assign(&mut self, user: &str, at: Instant) {
        let list = self.assigned.entry(user.to_owned()).or_default();
        let place = list.partition_point(|t| *t <= at);
        list.insert(place, at);
    }

    /// Why the directory of employees says that somebody is not there.
    pub fn absent(&self, user: &str) -> Option<Skip> {
        self.absent.get(user).copied()
    }

    /// Says that somebody is not there.
    pub fn set_absent(&mut self, user: &str, skip: Skip) {
        self.absent.insert(user.to_owned(), skip);
    }

    /// Moves one open lead to somebody, from somebody else if it had an owner.
    pub(super) fn hand_over(&mut self, from: Option<&str>, to: Option<&str>) {
        if let Some(open) = from.and_then(|user| self.open.get_mut(user)) {
            *open = open.saturating_sub(1);
        }
        if let Some(user) = to {
            let open = self.open(user).saturating_add(1);
            self.set_open(user, open);
        }
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// An unknown option, or a value of another shape, with its path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["turns", "open", "assigned"])?;
        let mut state = State::new();
        o.optional("turns", |v| {
            each(v, |rule, users| {
                each(users, |user, n| {
                    state.set_turn(rule, user, Some(integer(n)?));
                    Ok(())
                })
            })
        })?;
        o.optional("open", |v| {
            each(v, |user, n| {
                let wrong = || Problem::NotAnInteger { found: json::shown(n) };
                state.set_open(user, n.as_u64().ok_or_else(wrong)?);
                Ok(())
            })
        })?;
        o.optional("assigned", |v| {
            each(v, |user, instants| {
                let mut instants = list(instants, |t| text(t).and_then(|t| parse_instant(&t)))?;
                instants.sort_unstable();
                state.assigned.insert(user.to_owned(), instants);
                Ok(())
            })
        })?;
        Ok(state)
    }

    /// The JSON form at an instant: assignments that no limit looks at any more are left out.
    pub fn to_json(&self, at: Instant) -> Json {
        let kept = TimeDelta::try_days(KEPT_DAYS).and_then(|d| at.checked_sub_signed(d)).unwrap_or(Instant::MIN_UTC);
        let mut map = Map::new();
        let turns = self.turns.iter().filter(|(_, users)| !users.is_empty());
        map.insert("turns".into(), turns.map(|(rule, users)| (rule.clone(), object(users))).collect());
        map.insert("open".into(), object(&self.open));
        let assigned = self.assigned.iter().filter_map(|(user, list)| {
            let recent = list.iter().filter(|t| **t >= kept).map(|t| Json::from(format_instant(*t)));
            Some((user.clone(), recent.collect::<Vec<_>>())).filter(|(_, list)| !list.is_empty())
        });
        map.insert("assigned".into(), assigned.map(|(user, list)| (user, Json::Array(list))).collect());
        Json::Object(map)
    }
}

fn object<N: Copy + Into<Json>>(numbers: &BTreeMap<String, N>) -> Json {
    Json::Object(numbers.iter().map(|(key, n)| (key.clone(), (*n).into())).collect())
}

/// Reads every member of an object; errors name the member.
fn each(json: &Json, mut read: impl FnMut(&str, &Json) -> Result<()>) -> Result<()> {
    json::object(json, "an object")?.iter().try_for_each(|(key, value)| read(key, value).map_err(|e| e.at(key)))
}
