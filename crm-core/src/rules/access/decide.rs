//! Whether somebody may do something with a row, and by which rule.

use serde_json::{Value as Json, json};

use super::reach::Reach;
use super::sight::{Asker, is_open};
use crate::kernel::access_reason::{AccessReason, Action, Scope};
use crate::kernel::error::Result;
use crate::kernel::permission::{Verb, allowed};
use crate::kernel::reason::Reason;
use crate::lang::Lang;
use crate::model::{Kind, Linked, Row, Why};

use super::crew::Crew;

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    /// Whether it may be done.
    pub(crate) allowed: bool,
    /// Whether the row is seen; without a row, whether the role sees rows at all.
    pub(crate) visible: bool,
    /// The rules that decided, in order; the last one decided against it where it is not allowed.
    pub(crate) decided_by: Vec<AccessReason>,
}

impl Decision {
    pub(crate) fn to_json(&self, lang: Option<Lang>) -> Json {
        let reason = |reason: &AccessReason| Json::Object(Reason::Access(reason.clone()).to_json(lang));
        let decided_by: Vec<Json> = self.decided_by.iter().map(reason).collect();
        json!({"allowed": self.allowed, "visible": self.visible, "decided_by": decided_by})
    }
}

/// Decides about a verb and a kind of record, and about one row where there is one: the permission table first, then
/// whether the row is seen, then, for a change, whether it is reached for that.
///
/// # Errors
/// As [`Linked`].
pub(crate) fn decide(
    asker: &Asker<'_>,
    verb: Verb,
    kind: Kind,
    row: Option<&Row>,
    rows: &dyn Linked,
) -> Result<Decision> {
    let role = asker.role;
    let (may, sees) = (allowed(role, verb), allowed(role, Verb::Read));
    let mut decided_by =
        vec![if may { AccessReason::RoleMay { role, verb } } else { AccessReason::RoleMayNot { role, verb } }];
    let Some(row) = row else { return Ok(Decision { allowed: may, visible: sees, decided_by }) };
    let (seen, why) = explain(asker, Action::Read, kind, row, rows)?;
    let visible = sees && seen;
    if !may || !visible || verb.action() == Action::Read {
        decided_by.extend(why.into_iter().filter(|_| may));
        return Ok(Decision { allowed: may && visible, visible, decided_by });
    }
    let (changes, why) = explain(asker, Action::Write, kind, row, rows)?;
    decided_by.extend(why);
    Ok(Decision { allowed: changes, visible, decided_by })
}

/// Whether a row is reached with an action, and why.
fn explain(
    asker: &Asker<'_>,
    action: Action,
    kind: Kind,
    row: &Row,
    rows: &dyn Linked,
) -> Result<(bool, Vec<AccessReason>)> {
    let (role, record) = (asker.role, kind.name());
    if is_open(asker.access, role, action, kind) {
        let shared = matches!(Reach::of(kind), Reach::Shared | Reach::Directory) && action == Action::Read;
        let shared = shared || Reach::of(kind) == Reach::Shared;
        let reason = if shared { AccessReason::Shared { record } } else { AccessReason::Everything { role, action } };
        return Ok((true, vec![reason]));
    }
    let scope = asker.access.extent(role, action, kind).scope;
    if scope == Scope::None {
        return Ok((false, vec![AccessReason::NoneOfKind { role, action, record }]));
    }
    match asker.sight(action, kind).why(row, rows)? {
        Some(why) => Ok((true, told(&why, asker.crew))),
        None if Reach::of(kind) == Reach::Directory => Ok((false, vec![AccessReason::Directory { role }])),
        None => Ok((false, outside(asker, action, scope))),
    }
}

/// That a row belongs to others.
pub(super) fn outside(asker: &Asker<'_>, action: Action, scope: Scope) -> Vec<AccessReason> {
    let cycle = AccessReason::ManagersInCycle { user: asker.crew.me.clone() };
    let cycle = Some(cycle).filter(|_| asker.crew.is_in_cycle && scope == Scope::Team);
    cycle.into_iter().chain([AccessReason::OutOfScope { role: asker.role, action, scope }]).collect()
}

/// Why a condition holds, for people.
pub(super) fn told(why: &Why, crew: &Crew) -> Vec<AccessReason> {
    match why {
        Why::Always => Vec::new(),
        Why::Nothing => vec![AccessReason::Unowned],
        Why::Says { field, text } => {
            let (field, user) = (*field, text.clone());
            vec![if *text == crew.me {
                AccessReason::Own { field, user }
            } else if crew.led.contains(text) {
                AccessReason::Led { field, user, by: crew.me.clone() }
            } else if crew.team.contains(text) {
                AccessReason::Colleague { field, user }
            } else {
                AccessReason::Says { field, text: user }
            }]
        }
        Why::Through { key, why, .. } => {
            let through = AccessReason::Through { record: key.kind.name(), id: key.id.to_string() };
            std::iter::once(through).chain(told(why, crew)).collect()
        }
    }
}
