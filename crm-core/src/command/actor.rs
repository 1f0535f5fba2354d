//! Who asks, for whom, when, and under which command id.

use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::role::Role;
use crate::kernel::text;
use crate::kernel::time::{self, Instant};
use crate::store::Workspace;

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
