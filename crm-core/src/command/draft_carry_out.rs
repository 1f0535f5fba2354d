//! Carrying out a command that waited for an OK: decided again, on what is there now, by whoever said yes.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::draft_shown::Shown;
use super::draft_state::{Turn, happen};
use super::draft_submit::draft_at;
use super::{AnyCommand, Cx, Role, Verb, allowed, parse};
use crate::kernel::approval_problem::ApprovalProblem;
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{Key, Kind, Row};
use crate::rules::approval::Event;

/// What the gate keeps, and the last numbers given: they change with every step of any draft and with every number, and no
/// preview is about them.
pub(super) const GATE: &[Kind] = &[Kind::Counter, Kind::Draft, Kind::DraftEvent, Kind::OutboxItem];

/// Carries out an approved command in the actor's name. `rule_of` is the role of whoever made the rule that approved it:
/// then that role has to have the right, and the rows are those that the actor reaches.
///
/// # Errors
/// [`Problem::Forbidden`] where the role may not, [`ApprovalProblem::StalePreview`] with the rows that are not as they were
/// when the command was shown, and what the command refuses.
pub(super) fn carry_out(cx: &mut Cx<'_>, id: Id, rule_of: Option<Role>) -> Result<Json> {
    let (draft, _) = draft_at(cx, id)?;
    let body = json::parse(draft.command_body.as_bytes())?;
    let command = parse(&draft.command, &body, cx.rules())?;
    let role = rule_of.unwrap_or(cx.actor().role());
    if !allowed(role, command.verb()) {
        let (role, command) = (role.name().into(), draft.command);
        return Err(Problem::Forbidden { role, command }.into());
    }
    let shown = Shown::from_text(&draft.preview)?;
    refuse_stale(shown.changed(cx)?)?;
    let staged: BTreeMap<Key, Row> = cx.changes_so_far().filter(|(key, _)| !GATE.contains(&key.kind)).collect();
    let asked = cx.questions_so_far();
    let output = decide_any(cx, &*command)?;
    // A row that is there and that nobody was shown is not changed: what is carried out is what somebody looked at.
    let is_own = |key: &Key, row: &Row| row.version > 1 && !staged.contains_key(key) && !GATE.contains(&key.kind);
    let touched = cx.changes_so_far().filter(|(key, row)| is_own(key, row) && !shown.has(*key));
    refuse_stale(touched.map(|(key, _)| key).collect())?;
    // What an earlier command of the same commit changed is not found by questions to the store.
    let unseen = staged.into_values().filter(|row| cx.would_find(asked, row));
    refuse_stale(unseen.map(|row| row.key()).collect())?;
    happen(cx, id, &Turn::new(Event::CarryOut))?;
    Ok(output)
}

fn refuse_stale(rows: Vec<Key>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let records = rows.iter().map(|key| format!("{} {}", key.kind.name(), key.id)).collect();
    Err(ApprovalProblem::StalePreview { records }.into())
}

/// Lets a command decide. Who configures pipelines does so for the workspace, with the deals of all.
///
/// # Errors
/// What the command refuses.
pub(crate) fn decide_any(cx: &mut Cx<'_>, command: &dyn AnyCommand) -> Result<Json> {
    let name = command.name();
    let is_of_pipelines = name.starts_with("pipeline.") || name.starts_with("stage.");
    match command.verb() {
        Verb::Configure if is_of_pipelines => cx.by_itself(|cx| command.decide(cx)),
        _ => command.decide(cx),
    }
}
