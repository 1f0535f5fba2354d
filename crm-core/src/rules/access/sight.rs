//! What somebody sees and may change, as a condition on rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::config::{Access, Extent};
use super::crew::Crew;
use super::reach::{Reach, unowned_with};
use crate::kernel::access_reason::{Action, Scope};
use crate::kernel::role::Role;
use crate::model::{Kind, Sight};

/// Who asks, and for whom they stand.
#[derive(Clone, Debug)]
pub(crate) struct Asker<'a> {
    pub(crate) access: &'a Access,
    pub(crate) role: Role,
    pub(crate) crew: &'a Crew,
}

/// Whether a role sees what others saved for themselves.
const fn is_admin(role: Role) -> bool {
    matches!(role, Role::Owner | Role::Admin)
}

/// Whether a role sees what managers say of anybody's numbers.
const fn leads_workspace(role: Role) -> bool {
    matches!(role, Role::Owner | Role::Admin | Role::Manager)
}

/// Whether a role sees and changes every row of a kind, whoever asks.
pub(crate) fn is_open(access: &Access, role: Role, action: Action, kind: Kind) -> bool {
    match Reach::of(kind) {
        Reach::Saved if !is_admin(role) => false,
        Reach::Said if !leads_workspace(role) && action == Action::Read => false,
        Reach::Whole(of) => {
            access.extent(role, Action::Read, of).scope == Scope::All && is_all(access, role, action, kind)
        }
        Reach::Shared => access.extent(role, action, kind).scope != Scope::None,
        Reach::Directory => match action {
            Action::Read => access.extent(role, action, kind).scope != Scope::None,
            Action::Write => is_all(access, role, action, kind),
        },
        _ => is_all(access, role, action, kind),
    }
}

fn is_all(access: &Access, role: Role, action: Action, kind: Kind) -> bool {
    access.extent(role, action, kind).scope == Scope::All
}

impl Asker<'_> {
    /// The condition for the rows of a kind.
    pub(crate) fn sight(&self, action: Action, kind: Kind) -> Sight {
        if is_open(self.access, self.role, action, kind) {
            return Sight::EVERYTHING;
        }
        let extent = self.access.extent(self.role, action, kind);
        if extent.scope == Scope::None {
            return Sight::NOTHING;
        }
        match Reach::of(kind) {
            Reach::Shared | Reach::Directory | Reach::Whole(_) => Sight::NOTHING,
            Reach::Saved => self.saved(action, kind),
            Reach::Said => self.said(action, kind, extent),
            Reach::Pair => {
                Sight::All(vec![self.one_of_pair(action, kind, "first"), self.one_of_pair(action, kind, "second")])
            }
            Reach::Own { people, through, pointed } => self.own(action, kind, extent, (people, through, pointed)),
        }
    }

    fn own(
        &self,
        action: Action,
        kind: Kind,
        extent: Extent,
        (people, through, pointed): (&[&str], &[&str], &[(Kind, &'static str)]),
    ) -> Sight {
        let users = self.users(extent.scope);
        let mut any: Vec<Sight> = people.iter().filter_map(|name| named(kind, name, &users)).collect();
        any.extend(through.iter().filter_map(|name| self.through(action, kind, name)));
        for (other, link) in pointed {
            // For whom a row that points here names, or for the sake of what else it points at.
            let Reach::Own { people, through, .. } = Reach::of(*other) else { continue };
            let mut child: Vec<Sight> = people.iter().filter_map(|name| named(*other, name, &users)).collect();
            let rest = through.iter().filter(|name| *name != link);
            child.extend(rest.filter_map(|name| self.through(action, *other, name)));
            if let (Some(field), false) = (other.place(link), child.is_empty()) {
                any.push(Sight::PointedAt { kind: *other, field, sight: Arc::new(Sight::Any(child)) });
            }
        }
        let beside = |with: Kind| is_open(self.access, self.role, action, with);
        if extent.unowned && unowned_with(kind).is_none_or(beside) {
            let unknown = |name: &&str| kind.place(name).map(|field| Sight::Unknown { field });
            let mut nobody: Vec<Sight> = people.iter().chain(through).filter_map(unknown).collect();
            let unpointed =
                |(kind, link): &(Kind, &str)| kind.place(link).map(|field| Sight::Unpointed { kind: *kind, field });
            nobody.extend(pointed.iter().filter_map(unpointed));
            any.push(Sight::All(nobody));
        }
        Sight::Any(any)
    }

    /// For the sake of the row that a reference leads to.
    fn through(&self, action: Action, kind: Kind, name: &str) -> Option<Sight> {
        let field = kind.place(name)?;
        let to = kind.target_of(kind.fields().get(field)?)?;
        self.leading(action, field, to)
    }

    fn leading(&self, action: Action, field: usize, to: Kind) -> Option<Sight> {
        match self.sight(action, to) {
            sight if sight == Sight::NOTHING => None,
            sight => Some(Sight::Through { field, kind: to, sight: Arc::new(sight) }),
        }
    }

    /// One side of a pair is a lead or a contact.
    fn one_of_pair(&self, action: Action, kind: Kind, side: &str) -> Sight {
        let Some(field) = kind.place(side) else { return Sight::NOTHING };
        Sight::Any([Kind::Lead, Kind::Contact].into_iter().filter_map(|to| self.leading(action, field, to)).collect())
    }

    fn saved(&self, action: Action, kind: Kind) -> Sight {
        let (me, team) = (self.only_me(), Arc::new(self.crew.team.clone()));
        let mut any: Vec<Sight> = named(kind, "owner", &me).into_iter().collect();
        if action == Action::Read {
            any.extend(says(kind, "scope", "all"));
            let by_team = [says(kind, "scope", "team"), named(kind, "owner", &team)];
            any.push(Sight::All(by_team.into_iter().map(|sight| sight.unwrap_or(Sight::NOTHING)).collect()));
        }
        Sight::Any(any)
    }

    fn said(&self, action: Action, kind: Kind, extent: Extent) -> Sight {
        let led = Arc::new(self.crew.led.clone());
        let mut any = vec![named(kind, "author", &self.only_me()), named(kind, "owner", &led)];
        any.extend([says(kind, "layer", "own"), kind.place("layer").map(|field| Sight::Unknown { field })]);
        let all = Sight::Any(any.into_iter().flatten().collect());
        // Its command decides who may say something of whom.
        let all = if action == Action::Write || leads_workspace(self.role) { Sight::EVERYTHING } else { all };
        if extent.scope == Scope::All {
            return all;
        }
        let users = self.users(extent.scope);
        let own = ["owner", "author"].into_iter().filter_map(|name| named(kind, name, &users)).collect();
        Sight::All(vec![all, Sight::Any(own)])
    }

    fn only_me(&self) -> Arc<BTreeSet<String>> {
        Arc::new(BTreeSet::from([self.crew.me.clone()]))
    }

    /// Those for whom somebody stands in a scope.
    fn users(&self, scope: Scope) -> Arc<BTreeSet<String>> {
        let mut users = BTreeSet::from([self.crew.me.clone()]);
        if scope == Scope::Team {
            let (led, colleagues) = (&self.crew.led, &self.crew.team);
            users.extend(led.iter().filter(|_| self.access.has_reports()).cloned());
            users.extend(colleagues.iter().filter(|_| self.access.has_colleagues()).cloned());
        }
        Arc::new(users)
    }
}

fn named(kind: Kind, name: &str, users: &Arc<BTreeSet<String>>) -> Option<Sight> {
    kind.place(name).map(|field| Sight::OneOf { field, texts: users.clone() })
}

fn says(kind: Kind, name: &str, text: &str) -> Option<Sight> {
    named(kind, name, &Arc::new(BTreeSet::from([text.to_owned()])))
}
