//! What happens to the task of a step happens to the step, whichever command wrote the task.

use super::Cx;
use super::playbook_state::{Doing, happen, keep_step, state_of, step_of};
use super::task_state::task_of;
use crate::kernel::customer::StepState;
use crate::kernel::error::Result;
use crate::kernel::playbook_reason::PlaybookReason;
use crate::kernel::reason::Reason;
use crate::lang;
use crate::model::{Key, Kind, PlaybookStep, Row};

/// Tells a step what its task says that was staged in place of `before`. Where the step says the same already, as it does
/// where it was the step that changed the task, nothing happens: so there is no end to neither.
pub(super) fn playbook_told(cx: &mut Cx<'_>, before: &Row, after: &Row) -> Result<()> {
    let (Some(old), Some(task)) = (task_of(before), task_of(after)) else { return Ok(()) };
    let Some(id) = task.playbook_step else { return Ok(()) };
    let key = Key { kind: Kind::PlaybookStep, id };
    let Some(step) = cx.by_itself(|cx| cx.row(key))?.as_ref().and_then(step_of).cloned() else { return Ok(()) };
    let state = state_of(&step);
    let was_put_away = before.archived_at.is_some();
    let is_put_away = after.archived_at.is_some();
    let doing = match (old.completed_at, task.completed_at) {
        (None, Some(at)) if state == StepState::Open => {
            Some(Doing::Complete { at, by: task.completed_by.clone(), force: None })
        }
        (Some(_), None) if state == StepState::Done => Some(Doing::Reopen),
        (None, None) if !was_put_away && is_put_away && state == StepState::Open => {
            let reason = Reason::Playbook(PlaybookReason::TaskPutAway);
            Some(Doing::Skip { reason: lang::reason(&reason, cx.rules().templates().language()) })
        }
        (None, None) if was_put_away && !is_put_away && state == StepState::Skipped => Some(Doing::Reopen),
        _ => None,
    };
    if let Some(doing) = doing {
        happen(cx, id, doing)?;
    }
    let Some(row) = cx.by_itself(|cx| cx.row(key))? else { return Ok(()) };
    let Some(step) = step_of(&row).cloned().filter(|step| state_of(step) == StepState::Open) else { return Ok(()) };
    let mut next = PlaybookStep { ..step.clone() };
    if old.assignee != task.assignee {
        next.assignee.clone_from(&task.assignee);
    }
    if old.due_date != task.due_date {
        next.due_on = task.due_date;
        if next.due_on < next.starts_on {
            next.starts_on = next.due_on;
        }
    }
    match next == step {
        true => Ok(()),
        false => keep_step(cx, row, next),
    }
}
