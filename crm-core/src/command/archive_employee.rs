//! Putting a person of the team away: not while open work waits for the person.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{id_of, version_of};
use super::cover::user_of;
use super::hand_over::{HandOverPlan, HandedOver, MOST_HANDED, hand_over};
use super::open_work::duty_counts;
use super::team::rows_of;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::permission::allowed;
use crate::model::{Employee, Key, Kind, Record as _, Row};
use crate::rules::Rules;

/// Puts an employee away. Who has open leads, deals, tickets or tasks, or still answers for a
/// [`Duty`](crate::kernel::staff::Duty) of customers, is refused with their counts, or hands all of them
/// over by `hand_over` in the same command; what is closed keeps the name. Whoever hands over needs the right to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveEmployee {
    /// Who.
    pub id: Id,
    /// The version that the person saw; another one is refused.
    pub version: Option<u64>,
    /// Who takes the open work.
    pub hand_over: Option<HandOverPlan>,
}

/// What archiving an employee did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedEmployee {
    /// Who.
    pub id: Id,
    /// The row's new version.
    pub version: u64,
    /// What went to whom.
    pub moved: Vec<HandedOver>,
}

impl ArchiveEmployee {
    /// The employee of this id, who has no open work.
    pub const fn new(id: Id) -> Self {
        Self { id, version: None, hand_over: None }
    }
}

impl Command for ArchiveEmployee {
    type Output = ArchivedEmployee;
    const VERB: Verb = Verb::Archive;

    fn name() -> Cow<'static, str> {
        "employee.archive".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        if let Some(version) = self.version {
            map.insert("version".into(), version.into());
        }
        if let Some(plan) = &self.hand_over {
            map.insert("hand_over".into(), plan.to_json());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, &["id", "version", "hand_over"])?;
        let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
        let plan = map.get("hand_over").filter(|plan| !plan.is_null()).map(HandOverPlan::from_json);
        let hand_over = plan.transpose().map_err(|e| e.at("hand_over"))?;
        Ok(Self { id, version: version_of(map)?, hand_over })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<ArchivedEmployee> {
        if self.hand_over.is_some() && !allowed(cx.actor().role(), Verb::HandOver) {
            let (role, command) = (cx.actor().role().name().into(), "employee.archive: hand_over".into());
            return Err(Error::from(Problem::Forbidden { role, command }).at("hand_over"));
        }
        let row = cx.reached(Key { kind: Kind::Employee, id: self.id })?;
        if let Some(expected) = self.version.filter(|version| *version != row.version) {
            let (record, id) = (Employee::NAME.into(), row.id.to_string());
            return Err(Problem::Conflict { record, id, expected, found: row.version }.into());
        }
        if row.archived_at.is_some() {
            return Err(Problem::Archived { record: Employee::NAME.into(), id: row.id.to_string() }.into());
        }
        // Who may put the person away may empty the desk, whoever sees what lies there.
        let moved = cx.by_itself(|cx| self.empty(cx, &row))?;
        let archived_at = Some(cx.at());
        let row = cx.update(Row { archived_at, ..row })?;
        Ok(ArchivedEmployee { id: row.id, version: row.version, moved })
    }
}

impl ArchiveEmployee {
    /// Hands everything over, or refuses to leave it behind.
    fn empty(&self, cx: &mut Cx<'_>, row: &Row) -> Result<Vec<HandedOver>> {
        let user = user_of(row);
        // A second row of somebody who stays leaves nothing behind.
        let stays = |other: &Row| other.id != row.id && other.archived_at.is_none();
        if user.is_empty() || rows_of(cx, &user)?.iter().any(stays) {
            return Ok(Vec::new());
        }
        let counts = duty_counts(cx, &user)?;
        let open: u64 = counts.values().copied().fold(0, u64::saturating_add);
        let refused = |user: String| {
            let counts: Vec<(&'static str, u64)> = counts.iter().map(|(duty, n)| (duty.code(), *n)).collect();
            let told: Map<String, Json> = counts.iter().map(|(record, n)| ((*record).into(), (*n).into())).collect();
            Error::from(Problem::OwnsOpenWork { user, counts }).with_detail(serde_json::json!({"open": told}))
        };
        match &self.hand_over {
            _ if open == 0 => Ok(Vec::new()),
            None => Err(refused(user)),
            Some(_) if open > MOST_HANDED => {
                let problem = Problem::TooMuchToHandOver { user, open, most: MOST_HANDED };
                Err(Error::from(problem).at("hand_over"))
            }
            Some(plan) => {
                let moved = hand_over(cx, row, plan, MOST_HANDED)?;
                // A kind for which the plan names nobody would be left behind.
                match json::length(moved.len()) < open {
                    true => Err(refused(user).at("hand_over")),
                    false => Ok(moved),
                }
            }
        }
    }
}
