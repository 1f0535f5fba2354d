//! Giving all open work of somebody to others, by a plan.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::id_of;
use super::cover::{Bench, Cover, user_of};
use super::open_work::{duty_counts, holder_mut, kind_of, open_rows};
use super::team::{employee, employee_of};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::staff::Duty;
use crate::kernel::text::fold;
use crate::model::{Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::check;
use crate::rules::read::{Object, text};
use crate::rules::staff::Wanted;

/// Most records that one command hands over.
pub(crate) const MOST_HANDED: u64 = 500;

/// Who takes work over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heir {
    /// This user, who must be an employee.
    User(String),
    /// The cover whom the person named.
    Delegate,
    /// Whoever is first in the assignment ranking, one piece after the other, each counted at once.
    Assignment(Wanted),
}

impl Heir {
    const KEYS: &'static [&'static str] = &["to", "by", "wanted"];

    fn read(o: &Object<'_>) -> Result<Option<Self>> {
        let wanted = o.optional("wanted", Wanted::from_json)?;
        let by = o.optional("by", |v| match text(v)?.as_str() {
            "assignment" => Ok(true),
            "delegate" => Ok(false),
            _ => Err(json::not_one_of(v, &["assignment", "delegate"])),
        })?;
        let heir = match (o.optional("to", text)?, by) {
            (Some(_), Some(_)) => {
                return Err(Problem::WrongShape { expected: "either `to` or `by`", found: "both".into() }.into());
            }
            (Some(user), None) => {
                check::id(user.trim()).map_err(|e| e.at("to"))?;
                Some(Heir::User(user.trim().to_owned()))
            }
            (None, Some(true)) => return Ok(Some(Heir::Assignment(wanted.unwrap_or_default()))),
            (None, Some(false)) => Some(Heir::Delegate),
            (None, None) => None,
        };
        if wanted.is_some() {
            let problem = crate::kernel::error::RulesProblem::Requires { option: "wanted", needs: "by" };
            return Err(Error::from(problem).at("wanted"));
        }
        Ok(heir)
    }

    fn write(&self, map: &mut Map<String, Json>) {
        match self {
            Heir::User(user) => map.insert("to".into(), user.as_str().into()),
            Heir::Delegate => map.insert("by".into(), "delegate".into()),
            Heir::Assignment(wanted) => {
                map.insert("wanted".into(), wanted.to_json());
                map.insert("by".into(), "assignment".into())
            }
        };
    }
}

/// Who takes which kind of work: one heir for everything, others for some kinds, by the codes of [`Duty`].
///
/// ```json
/// {"to": "paul", "kinds": {"ticket": {"by": "assignment", "wanted": {"teams": ["support"]}}, "task": {"by": "delegate"}}}
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandOverPlan {
    /// Who takes what no kind names.
    pub others: Option<Heir>,
    /// Who takes the records of a kind.
    pub kinds: BTreeMap<Duty, Heir>,
}

impl HandOverPlan {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// An unknown option, two heirs in one place, none at all, with the path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["to", "by", "wanted", "kinds"])?;
        let others = Heir::read(&o)?;
        let missing = || Error::from(Problem::MissingOneOf { names: &["to", "by"] });
        let kinds = o.optional("kinds", |v| {
            let o = Object::new(v, Duty::CODES)?;
            let mut kinds = BTreeMap::new();
            for duty in Duty::ALL {
                let heir = |v| Heir::read(&Object::new(v, Heir::KEYS)?)?.ok_or_else(missing);
                if let Some(heir) = o.optional(duty.code(), heir)? {
                    kinds.insert(*duty, heir);
                }
            }
            Ok(kinds)
        })?;
        let plan = Self { others, kinds: kinds.unwrap_or_default() };
        if plan.others.is_none() && plan.kinds.is_empty() {
            return Err(missing());
        }
        Ok(plan)
    }

    /// The JSON form.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        if let Some(heir) = &self.others {
            heir.write(&mut map);
        }
        let kind = |(duty, heir): (&Duty, &Heir)| {
            let mut map = Map::new();
            heir.write(&mut map);
            (duty.code().to_owned(), Json::Object(map))
        };
        if !self.kinds.is_empty() {
            map.insert("kinds".into(), Json::Object(self.kinds.iter().map(kind).collect()));
        }
        Json::Object(map)
    }

    fn heir(&self, duty: Duty) -> Option<&Heir> {
        self.kinds.get(&duty).or(self.others.as_ref())
    }
}

/// A record that got another owner or assignee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOver {
    /// The kind of record.
    pub record: String,
    /// Which.
    pub id: Id,
    /// Who has it from now on.
    pub to: String,
}

/// What a hand-over did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOvers {
    /// What went to whom.
    pub moved: Vec<HandedOver>,
    /// How much open work the person still has: repeat the command until there is none.
    pub left: u64,
}

/// A piece of work and who would take it.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) duty: Duty,
    pub(crate) row: Row,
    pub(crate) cover: Cover,
}

/// Who would take what, oldest first within a kind, at most so many pieces; kinds without an heir are left out.
///
/// # Errors
/// An heir who is no employee or the person, and the store's own.
pub(crate) fn proposals(cx: &mut Cx<'_>, of: &Row, plan: &HandOverPlan, most: u64) -> Result<Vec<Proposal>> {
    let Some(person) = employee(of).cloned() else { return Ok(Vec::new()) };
    let days = TimeDelta::try_days(cx.rules().staff().window_days).unwrap_or_default();
    let window = (cx.at(), cx.at().checked_add_signed(days).unwrap_or(cx.at()));
    let mut proposals: Vec<Proposal> = Vec::new();
    // What one kind adds to somebody's load counts for the next.
    let mut given: Vec<(String, Duty)> = Vec::new();
    for duty in Duty::ALL {
        let (Some(heir), work) = (plan.heir(*duty), duty.work()) else { continue };
        let left = usize::try_from(most).unwrap_or(usize::MAX).saturating_sub(proposals.len());
        let rows = open_rows(cx, *duty, &person.user, Vec::new(), left)?;
        let at = Some(*duty).filter(|duty| plan.kinds.contains_key(duty));
        let place = |e: Error, key: &str| match at {
            Some(duty) => e.at(key).at(duty.code()).at("kinds").at("hand_over"),
            None => e.at(key).at("hand_over"),
        };
        let wanted = match heir {
            Heir::User(user) => {
                let cover = named(cx, &person.user, user).map_err(|e| place(e, "to"))?;
                given.extend(rows.iter().map(|_| (user.clone(), *duty)));
                proposals.extend(rows.into_iter().map(|row| Proposal { duty: *duty, row, cover: cover.clone() }));
                continue;
            }
            Heir::Delegate => &Wanted::default(),
            Heir::Assignment(wanted) => wanted,
        };
        if rows.is_empty() {
            continue;
        }
        // The commit does not depend on everybody's load: it may be a little old, and somebody takes the work.
        let mut bench = Bench::new(&mut cx.aside(), &person, work, window, wanted)?;
        given.iter().for_each(|(user, duty)| bench.give(user, *duty));
        for row in rows {
            let cover = if *heir == Heir::Delegate { bench.delegate() } else { bench.ranked() };
            if let Some(user) = &cover.user {
                bench.give(user, *duty);
                given.push((user.clone(), *duty));
            }
            proposals.push(Proposal { duty: *duty, row, cover });
        }
    }
    Ok(proposals)
}

/// Somebody whom the plan names.
fn named(cx: &mut Cx<'_>, user: &str, to: &str) -> Result<Cover> {
    if fold(user) == fold(to) {
        return Err(Problem::NotOneself { user: to.to_owned() }.into());
    }
    let row = employee_of(cx, to)?;
    let missing = || Problem::NotFound { record: "employee".into(), id: to.to_owned() };
    Ok(Cover { user: Some(user_of(&row.ok_or_else(missing)?)), reasons: Vec::new() })
}

/// Gives open work of somebody away.
///
/// # Errors
/// As [`proposals`], and [`Problem::NobodyToTake`].
pub(crate) fn hand_over(cx: &mut Cx<'_>, of: &Row, plan: &HandOverPlan, most: u64) -> Result<Vec<HandedOver>> {
    let mut moved = Vec::new();
    let mut heirs = std::collections::BTreeSet::new();
    for Proposal { duty, mut row, cover } in proposals(cx, of, plan, most)? {
        let Some(to) = cover.user.clone() else {
            let problem = Problem::NobodyToTake { record: duty.code(), id: row.id.to_string() };
            return Err(Error::from(problem).at("hand_over").with_detail(cover.to_json(None)));
        };
        if heirs.insert(to.clone()) && employee_of(cx, &to)?.is_none() {
            return Err(Problem::NotFound { record: "employee".into(), id: to }.into());
        }
        if let Some(holder) = holder_mut(&mut row.body) {
            holder.clone_from(&to);
        }
        let id = row.id;
        cx.update(row)?;
        moved.push(HandedOver { record: kind_of(duty).name().to_owned(), id, to });
    }
    Ok(moved)
}

/// Hands open work of an employee over, up to five hundred records at a time: `{"id": "...", "hand_over": {...}}`. Who
/// has more is emptied by repeating the command, each time under a new id, until `left` is 0. Closed work stays where it
/// is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// Whose work.
    pub id: Id,
    /// Who takes it.
    pub plan: HandOverPlan,
    /// How many records at most, up to five hundred.
    pub limit: u64,
}

impl Command for HandOver {
    type Output = HandOvers;
    const VERB: Verb = Verb::HandOver;

    fn name() -> Cow<'static, str> {
        "employee.hand_over".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        map.insert("hand_over".into(), self.plan.to_json());
        map.insert("limit".into(), self.limit.into());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, &["id", "hand_over", "limit"])?;
        let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
        let plan = map.get("hand_over").ok_or_else(|| Problem::Missing { name: "hand_over".into() })?;
        let plan = HandOverPlan::from_json(plan).map_err(|e| e.at("hand_over"))?;
        let limit = json::count_of(map, "limit")?.unwrap_or(MOST_HANDED);
        Ok(Self { id, plan, limit })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<HandOvers> {
        let most = i64::try_from(MOST_HANDED).unwrap_or(i64::MAX);
        check::between(i64::try_from(self.limit).unwrap_or(i64::MAX), 1, most).map_err(|e| e.at("limit"))?;
        let row = cx.reached(Key { kind: Kind::Employee, id: self.id })?;
        // Who may change the person may empty the desk, whoever sees what lies there.
        let (open, moved) = cx.by_itself(|cx| {
            let open: u64 = duty_counts(cx, &user_of(&row))?.into_values().fold(0, u64::saturating_add);
            Ok::<_, Error>((open, hand_over(cx, &row, &self.plan, self.limit)?))
        })?;
        let left = open.saturating_sub(json::length(moved.len()));
        Ok(HandOvers { moved, left })
    }
}
