//! What the engine's tests share: a workspace, actors, an instant, and stores that misbehave on purpose.

use std::sync::atomic::{AtomicU32, Ordering};

use crm_core::command::{Actor, Ctx, Role};
use crm_core::kernel::time::parse_instant;
use crm_core::store::{Commit, Entry, MemoryStore, Read, Store, Workspace};
use crm_core::{Id, Instant, Problem, Result};

pub fn at(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

pub fn workspace() -> Workspace {
    Workspace::new("acme").unwrap()
}

/// An envelope in `acme`, whose command id is made from a name.
pub fn cx(role: Role, command: &str) -> Ctx {
    let actor = Actor::new(role.name(), role).unwrap();
    Ctx::new(workspace(), actor, at("2026-11-22T09:00:00Z"), Id::from_text(command))
}

pub fn member(command: &str) -> Ctx {
    cx(Role::Member, command)
}

/// What somebody else does in between, told how many times are left.
pub type Rival = Box<dyn Fn(&MemoryStore, u32) + Send + Sync>;

/// A store where somebody else commits first, a given number of times.
pub struct Contended {
    pub inner: MemoryStore,
    pub losses: AtomicU32,
    pub rival: Rival,
}

impl Store for Contended {
    fn snapshot(&self, workspace: &Workspace) -> Result<Box<dyn Read + '_>> {
        self.inner.snapshot(workspace)
    }

    fn commit(&self, workspace: &Workspace, commit: &Commit) -> Result<Entry> {
        let left = self.losses.load(Ordering::SeqCst);
        if left > 0 {
            self.losses.store(left - 1, Ordering::SeqCst);
            (self.rival)(&self.inner, left);
        }
        self.inner.commit(workspace, commit)
    }
}

/// A store that has no room left.
pub struct Full(pub MemoryStore);

impl Store for Full {
    fn snapshot(&self, workspace: &Workspace) -> Result<Box<dyn Read + '_>> {
        self.0.snapshot(workspace)
    }

    fn commit(&self, _: &Workspace, _: &Commit) -> Result<Entry> {
        Err(Problem::StorageFull.into())
    }
}
