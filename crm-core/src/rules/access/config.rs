//! The configuration's part `access`, checked when it is loaded.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::kernel::access_reason::{Action, Scope};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::role::Role;
use crate::kernel::text::shortened;
use crate::model::Kind;
use crate::rules::kind;
use crate::rules::read::{Object, text as text_of};

/// How far a role reaches with one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Whose rows.
    pub scope: Scope,
    /// Whether also rows that belong to nobody and hang on nothing.
    pub unowned: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Grant {
    usual: Extent,
    records: BTreeMap<Kind, Extent>,
}

/// Who sees and changes whose rows, compiled; without configuration every role reaches all rows of the workspace, and the
/// permission table decides alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    grants: BTreeMap<(Role, Action), Grant>,
    without_reports: bool,
    with_colleagues: bool,
}

impl Access {
    /// Reads the part `access`.
    ///
    /// # Errors
    /// Unknown roles, actions, scopes and records, with their path.
    pub(crate) fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["roles", "team"])?;
        let mut access = Access::default();
        if let Some(team) = o.get("team") {
            let team = Object::new(team, &["reports", "colleagues"]).map_err(|e| e.at("team"))?;
            access.without_reports = !team.flag("reports", true).map_err(|e| e.at("team"))?;
            access.with_colleagues = team.flag("colleagues", false).map_err(|e| e.at("team"))?;
        }
        let Some(roles) = o.get("roles") else { return Ok(access) };
        for (name, grants) in json::object(roles, "an object of roles").map_err(|e| e.at("roles"))? {
            access.read_role(name, grants).map_err(|e| e.at("roles"))?;
        }
        Ok(access)
    }

    fn read_role(&mut self, name: &str, grants: &Json) -> Result<()> {
        let role: Role = name.parse()?;
        let inside = |e: Error| e.at(role.name());
        let o = Object::new(grants, &["read", "write"]).map_err(inside)?;
        for action in [Action::Read, Action::Write] {
            let grant = o.optional(action.code(), |json| grant(json, action)).map_err(inside)?;
            if let Some(grant) = grant {
                self.grants.insert((role, action), grant);
            }
        }
        Ok(())
    }

    /// How far a role reaches with an action among the rows of a kind.
    pub fn extent(&self, role: Role, action: Action, kind: Kind) -> Extent {
        let grant = self.grants.get(&(role, action));
        let all = Extent { scope: Scope::All, unowned: true };
        grant.map_or(all, |grant| grant.records.get(&kind).copied().unwrap_or(grant.usual))
    }

    /// Whether a role reaches every row with every action.
    pub(crate) fn is_unlimited(&self, role: Role) -> bool {
        let all = |grant: &Grant| {
            std::iter::once(&grant.usual).chain(grant.records.values()).all(|extent| extent.scope == Scope::All)
        };
        self.grants.iter().filter(|((of, _), _)| *of == role).all(|(_, grant)| all(grant))
    }

    /// Whether a team includes those whom one leads.
    pub(crate) const fn has_reports(&self) -> bool {
        !self.without_reports
    }

    /// Whether a team includes one's colleagues.
    pub(crate) const fn has_colleagues(&self) -> bool {
        self.with_colleagues
    }
}

/// A scope, or an object of `scope`, `unowned` and `records`.
fn grant(json: &Json, action: Action) -> Result<Grant> {
    // What nobody owns is seen by those who may take it; it is changed by those who are told that they may.
    let unowned = action == Action::Read;
    let Json::Object(_) = json else {
        let usual = Extent { scope: scope(json)?, unowned };
        return Ok(Grant { usual, records: BTreeMap::new() });
    };
    let o = Object::new(json, &["scope", "unowned", "records"])?;
    let usual = extent(&o, unowned)?;
    let mut records = BTreeMap::new();
    if let Some(of) = o.get("records") {
        for (name, json) in json::object(of, "an object of scopes by record").map_err(|e| e.at("records"))? {
            let inside = |e: Error| e.at(name).at("records");
            let kind = kind(name).map_err(|e| e.at("records"))?;
            let extent = match json {
                Json::Object(_) => {
                    let o = Object::new(json, &["scope", "unowned"]).map_err(inside)?;
                    extent(&o, usual.unowned).map_err(inside)?
                }
                json => Extent { scope: scope(json).map_err(inside)?, unowned: usual.unowned },
            };
            records.insert(kind, extent);
        }
    }
    Ok(Grant { usual, records })
}

fn extent(o: &Object<'_>, unowned: bool) -> Result<Extent> {
    let scope = o.optional("scope", scope)?.ok_or_else(|| Problem::Missing { name: "scope".into() })?;
    Ok(Extent { scope, unowned: o.flag("unowned", unowned)? })
}

pub(super) fn scope(json: &Json) -> Result<Scope> {
    let found = text_of(json)?;
    let unknown = || Problem::NotOneOf { found: shortened(&found, 60), expected: Scope::CODES };
    Ok(Scope::from_code(&found).ok_or_else(unknown)?)
}
