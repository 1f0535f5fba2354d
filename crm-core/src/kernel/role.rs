//! What somebody is in a workspace.

use std::str::FromStr;

use super::error::{Error, Problem, Result};
use super::text;

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

impl serde::Serialize for Role {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> serde::Deserialize<'de> for Role {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        let role = Role::ALL.iter().find(|role| role.name() == name);
        role.copied().ok_or_else(|| serde::de::Error::unknown_variant(&name, Role::NAMES))
    }
}

impl FromStr for Role {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self> {
        let unknown = || Problem::NotOneOf { found: text::shortened(name, 60), expected: Role::NAMES };
        Ok(*Role::ALL.iter().find(|r| r.name() == name).ok_or_else(unknown)?)
    }
}
