//! Who sees which saved views and reports: everybody their own, a team those shared with it, everybody those for all;
//! admins see all. And who sees what a manager says of somebody's forecast: its author, those who lead the person, and
//! who leads the workspace; the person does not.

use std::collections::BTreeSet;

use crate::command::{AdjustmentLayer, Ctx, Past, Role, is_admin, people as employees, shared};
use crate::kernel::error::Result;
use crate::kernel::predicate::{Operator, Predicate};
use crate::model::{AnyRecord, Kind, Row};
use crate::rules::Rules;
use crate::rules::forecast::OwnerTree;
use crate::store::{MOST_ROWS, Query, Read};

/// What one reader sees.
pub(super) struct Sight<'a> {
    ctx: &'a Ctx,
    team: BTreeSet<String>,
    /// Whom the reader leads, directly or not; only looked up for adjustments.
    led: BTreeSet<String>,
}

impl<'a> Sight<'a> {
    /// Whether records of a kind are only seen by some.
    pub(super) const fn limits(kind: Kind) -> bool {
        matches!(kind, Kind::SavedView | Kind::SavedReport | Kind::Adjustment)
    }

    /// The sight of who asks for records of a kind.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn new(ctx: &'a Ctx, read: &dyn Read, rules: &Rules, kind: Kind) -> Result<Self> {
        let (mut team, mut led) = (BTreeSet::new(), BTreeSet::new());
        if kind == Kind::Adjustment {
            if !leads_workspace(ctx) {
                led = led_by(ctx, &Past::new(read, rules, ctx.at, None)?)?;
            }
        } else if !is_admin(&ctx.actor) {
            team = team_of(ctx, read, rules)?;
        }
        Ok(Self { ctx, team, led })
    }

    /// Whether the reader sees a row. Names are compared to the letter, however a store folds them.
    pub(super) fn sees(&self, row: &Row) -> bool {
        if let AnyRecord::Adjustment(said) = &row.body {
            return said.layer != AdjustmentLayer::Manager.code()
                || said.author == self.ctx.actor.name()
                || leads_workspace(self.ctx)
                || self.led.contains(&said.owner);
        }
        let Some((owner, scope)) = shared(&row.body) else { return true };
        let is_shared = match scope {
            "all" => true,
            "team" => self.team.contains(owner),
            _ => false,
        };
        is_shared || owner == self.ctx.actor.name() || is_admin(&self.ctx.actor)
    }
}

/// Whether somebody may look as anybody: see the question `forecast`.
fn leads_workspace(ctx: &Ctx) -> bool {
    matches!(ctx.actor.role(), Role::Owner | Role::Admin | Role::Manager)
}

/// Whom the reader leads; nobody where people lead each other.
fn led_by(ctx: &Ctx, past: &Past<'_>) -> Result<BTreeSet<String>> {
    let people = employees(past)?;
    let Ok(tree) = OwnerTree::new(people.iter().map(|(user, manager)| (user.as_str(), manager.as_deref()))) else {
        return Ok(BTreeSet::new());
    };
    let me = BTreeSet::from_iter(tree.find(ctx.actor.name()));
    let led = tree.led_by(&me).into_iter().filter_map(|place| tree.nodes().get(place));
    Ok(led.map(|node| node.user.clone()).collect())
}

/// Everybody of the reader's teams; nobody where the reader is in none.
pub(super) fn team_of(ctx: &Ctx, read: &dyn Read, rules: &Rules) -> Result<BTreeSet<String>> {
    let me = ctx.actor.name();
    let mine: BTreeSet<String> = people(ctx, read, rules, "user", me)?
        .into_iter()
        .filter(|(user, team)| user == me && !team.is_empty())
        .map(|(_, team)| team)
        .collect();
    let mut team = BTreeSet::new();
    for name in &mine {
        let found = people(ctx, read, rules, "team", name)?;
        team.extend(found.into_iter().filter(|(_, team)| team == name).map(|(user, _)| user));
    }
    Ok(team)
}

/// The users and teams of active employees whose field has this text.
fn people(ctx: &Ctx, read: &dyn Read, rules: &Rules, field: &str, text: &str) -> Result<Vec<(String, String)>> {
    let schema = rules.schema(Kind::Employee);
    let filter = Predicate::test(field, Operator::Equal, text).compile(&schema)?;
    let mut query = Query::all(Kind::Employee, schema, ctx.at);
    query.filter = Some(filter);
    query.limit = MOST_ROWS;
    let mut found = Vec::new();
    loop {
        let page = read.find(&query)?;
        for row in page.rows {
            if let AnyRecord::Employee(person) = row.body {
                found.push((person.user, person.team));
            }
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(found),
        }
    }
}
