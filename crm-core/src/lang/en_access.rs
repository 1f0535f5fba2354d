//! The reasons of access in English.

use crate::kernel::access_reason::{AccessReason, Action, Scope};

pub(super) fn reason(reason: &AccessReason) -> String {
    use AccessReason as R;
    let does = |action: Action| match action {
        Action::Read => "sees",
        Action::Write => "changes",
    };
    match reason {
        R::RoleMay { role, verb } => format!("the role `{}` may do this: `{}`", role.name(), verb.code()),
        R::RoleMayNot { role, verb } => format!("the role `{}` may not do this: `{}`", role.name(), verb.code()),
        R::Everything { role, action } => format!("the role `{}` {} every record", role.name(), does(*action)),
        R::NoneOfKind { role, action, record } => {
            format!("the role `{}` {} no record of the kind `{record}`", role.name(), does(*action))
        }
        R::Shared { record } => format!("records of the kind `{record}` are everybody's"),
        R::Directory { role } => {
            format!("who leads whom is changed by those who change every record, not by the role `{}`", role.name())
        }
        R::Own { field, user } => format!("the field `{field}` names {user}, who asks"),
        R::Led { field, user, by } => format!("the field `{field}` names {user}, who is led by {by}"),
        R::Colleague { field, user } => format!("the field `{field}` names {user}, a colleague of the same team"),
        R::Says { field, text } => format!("the field `{field}` says `{text}`"),
        R::Unowned => "the record belongs to nobody".to_owned(),
        R::Through { record, id } => format!("it goes with another record of the kind `{record}`, `{id}`"),
        R::OutOfScope { role, action, scope } => {
            let whose = match scope {
                Scope::Team => "the own records and those of the team",
                Scope::All | Scope::Own | Scope::None => "only the own records",
            };
            format!("the record belongs to others; the role `{}` {} {whose}", role.name(), does(*action))
        }
        R::ManagersInCycle { user } => {
            format!("{user} leads somebody who leads {user} in turn, and therefore stands for nobody else")
        }
        R::NotFound { record, id } => format!("there is no {record} `{id}`, or none that may be seen"),
        R::ListedBy { user } => format!("every change is listed; this one was made by {user}"),
        R::ListedBySystem => "every change is listed; nobody made this one, so it is the system's".to_owned(),
    }
}
