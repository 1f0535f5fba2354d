//! The words of access, and its reasons: which rule allowed something, or which one stood in the way.

use serde_json::{Map, Value as Json};

use super::coded::coded;
use super::permission::Verb;
use super::role::Role;

coded! {
    /// What somebody wants with a row.
    Action {
        /// To see it.
        Read = "read",
        /// To change it.
        Write = "write",
    }
}

coded! {
    /// Whose rows somebody reaches.
    Scope {
        /// Everybody's.
        All = "all",
        /// The own, and those of the people for whom somebody stands.
        Team = "team",
        /// Only the own.
        Own = "own",
        /// None.
        None = "none",
    }
}

impl Verb {
    /// What it wants with the rows that it names.
    pub const fn action(self) -> Action {
        match self {
            Verb::Read | Verb::Audit => Action::Read,
            _ => Action::Write,
        }
    }
}

/// One step of a decision about access.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_access.rs")]
pub enum AccessReason {
    /// The permission table has a tick.
    RoleMay { role: Role, verb: Verb },
    /// The permission table has none.
    RoleMayNot { role: Role, verb: Verb },
    /// The role reaches every record.
    Everything { role: Role, action: Action },
    /// The role reaches no record of the kind.
    NoneOfKind { role: Role, action: Action, record: &'static str },
    /// Everybody reaches records of the kind.
    Shared { record: &'static str },
    /// The record says who leads whom: only who changes every record changes it.
    Directory { role: Role },
    /// A field names the one who asks.
    Own { field: &'static str, user: String },
    /// A field names somebody whom the one who asks leads.
    Led { field: &'static str, user: String, by: String },
    /// A field names a colleague of the same team.
    Colleague { field: &'static str, user: String },
    /// What a field says is enough.
    Says { field: &'static str, text: String },
    /// The record belongs to nobody.
    Unowned,
    /// For the sake of another record, for which the next reason holds.
    Through { record: &'static str, id: String },
    /// The record belongs to others.
    OutOfScope { role: Role, action: Action, scope: Scope },
    /// The one who asks leads somebody who leads them in turn, and so stands for nobody else.
    ManagersInCycle { user: String },
    /// There is no such record, or none that the one who asks may see.
    NotFound { record: &'static str, id: String },
    /// A change is listed with who made it.
    ListedBy { user: String },
    /// A change is listed, although nobody made it.
    ListedBySystem,
}

impl AccessReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use AccessReason as R;
        match self {
            R::RoleMay { .. } => "role_may",
            R::RoleMayNot { .. } => "role_may_not",
            R::Everything { .. } => "scope_all",
            R::NoneOfKind { .. } => "scope_none",
            R::Shared { .. } => "shared_record",
            R::Directory { .. } => "directory",
            R::Own { .. } => "own_record",
            R::Led { .. } => "led_by_actor",
            R::Colleague { .. } => "colleague",
            R::Says { .. } => "shared_with_actor",
            R::Unowned => "unowned",
            R::Through { .. } => "through_record",
            R::OutOfScope { .. } => "out_of_scope",
            R::ManagersInCycle { .. } => "managers_in_cycle",
            R::NotFound { .. } => "record_not_found",
            R::ListedBy { .. } => "change_listed",
            R::ListedBySystem => "change_by_system",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use AccessReason as R;
        let mut put = |key: &str, value: &str| map.insert(key.into(), value.into());
        match self {
            R::RoleMay { role, verb } | R::RoleMayNot { role, verb } => {
                put("role", role.name());
                put("verb", verb.code());
            }
            R::Everything { role, action } => {
                put("role", role.name());
                put("action", action.code());
            }
            R::NoneOfKind { role, action, record } => {
                put("role", role.name());
                put("action", action.code());
                put("record", record);
            }
            R::Shared { record } => {
                put("record", record);
            }
            R::Directory { role } => {
                put("role", role.name());
            }
            R::Own { field, user } | R::Colleague { field, user } => {
                put("field", field);
                put("user", user);
            }
            R::Led { field, user, by } => {
                put("field", field);
                put("user", user);
                put("by", by);
            }
            R::Says { field, text } => {
                put("field", field);
                put("value", text);
            }
            R::Unowned | R::ListedBySystem => {}
            R::Through { record, id } | R::NotFound { record, id } => {
                put("record", record);
                put("id", id);
            }
            R::OutOfScope { role, action, scope } => {
                put("role", role.name());
                put("action", action.code());
                put("scope", scope.code());
            }
            R::ManagersInCycle { user } | R::ListedBy { user } => {
                put("user", user);
            }
        }
    }
}
