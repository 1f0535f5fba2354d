//! Who asks, for whom, when, and under which command id.

use std::str::FromStr;

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::text;
use crate::kernel::time::{self, Instant};
use crate::store::Workspace;

/// What somebody is in a workspace. The host has authenticated them; the library decides what they may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Owns the workspace.
    Owner,
    /// Configures it.
    Admin,
    /// Leads a team.
    Manager,
    /// Works with customers.
    Member,
    /// Reads.
    Viewer,
    /// A program acting as a teammate. It never decides for a person.
    Agent,
}

impl Role {
    /// Every role.
    pub const ALL: &[Role] = &[Role::Owner, Role::Admin, Role::Manager, Role::Member, Role::Viewer, Role::Agent];
    /// Every role's name, in the same order.
    pub const NAMES: &'static [&'static str] = &["owner", "admin", "manager", "member", "viewer", "agent"];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Manager => "manager",
            Role::Member => "member",
            Role::Viewer => "viewer",
            Role::Agent => "agent",
        }
    }
}

impl FromStr for Role {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self> {
        let unknown = || Problem::NotOneOf { found: text::shortened(name, 60), expected: Role::NAMES };
        Ok(*Role::ALL.iter().find(|r| r.name() == name).ok_or_else(unknown)?)
    }
}

/// A person or program in a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    name: String,
    role: Role,
}

impl Actor {
    /// An actor by the host's name of a user or agent.
    ///
    /// # Errors
    /// An empty name or one that is not plain text: the trail is never without an actor.
    pub fn new(name: &str, role: Role) -> Result<Self> {
        match text::check(name).map_err(|e| e.at("actor"))? {
            "" => Err(Problem::Missing { name: "actor".into() }.into()),
            name => Ok(Self { name: name.to_owned(), role }),
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The role.
    pub const fn role(&self) -> Role {
        self.role
    }
}

/// The envelope of a command: where, who, when, and the id that makes repeating it harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ctx {
    /// The workspace.
    pub workspace: Workspace,
    /// Who asks.
    pub actor: Actor,
    /// The instant for which it is decided.
    pub at: Instant,
    /// The command's id, made by the host: the same id with the same body is carried out once.
    pub id: Id,
}

impl Ctx {
    /// An envelope.
    pub fn new(workspace: Workspace, actor: Actor, at: Instant, id: Id) -> Self {
        Self { workspace, actor, at: time::truncate(at), id }
    }

    /// The same envelope under another command id.
    #[must_use]
    pub fn with_id(&self, id: Id) -> Self {
        Self { id, ..self.clone() }
    }

    /// The same envelope for the `step`th command of a longer job, under an id derived from this one.
    #[must_use]
    pub fn step(&self, step: u64) -> Self {
        self.with_id(self.id.derive(step))
    }
}
