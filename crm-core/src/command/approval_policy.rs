//! What the workspace's policy says of a draft as it is now, and whether what approved it still may.

use super::Cx;
use super::draft_state::content_of;
use super::team::{employee, rows_of};
use crate::kernel::approval::{Direction, RuleEffect};
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::reason::Reason;
use crate::kernel::staff::EmployeeStatus;
use crate::kernel::time::{Instant, plus_days};
use crate::model::{AnyRecord, Draft, Key, Kind, Row};
use crate::rules::approval::{Backing, Check, Decider, Proposal, Terms};

/// Until when somebody may decide, and until when a decision holds.
const EXPIRY_DAYS: i64 = 7;
/// The same in a conversation that somebody waits in.
const OPEN_CONVERSATION_DAYS: i64 = 1;

/// What the policy says of a draft.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// Who may decide.
    pub(crate) terms: Terms,
    /// Until when.
    pub(crate) expires_at: Option<Instant>,
    /// Until when a decision of this instant holds.
    pub(crate) approval_expires_at: Option<Instant>,
    /// It leaves no earlier if it is approved at this instant: the time to take it back, and what the draft says itself.
    pub(crate) not_before: Option<Instant>,
    /// The rule that approves it, its revision, and who made it.
    pub(crate) auto: Option<(Id, u32, Decider)>,
    /// The author's submitting is their OK: somebody asks for none, and the author may decide.
    pub(crate) by_author: bool,
    /// Nobody may approve it.
    pub(crate) forbidden: Option<ApprovalReason>,
    /// Why.
    pub(crate) reasons: Vec<Reason>,
}

/// Judges a draft as it is now.
pub(crate) fn judge(cx: &mut Cx<'_>, _draft_id: Id, draft: &Draft, _proposal: &Proposal) -> Result<Judged> {
    let is_open = is_conversation_open(cx, draft)?;
    let end = plus_days(cx.at(), if is_open { OPEN_CONVERSATION_DAYS } else { EXPIRY_DAYS });
    Ok(Judged {
        terms: Terms { needs_person: true, ..Terms::default() },
        expires_at: end,
        approval_expires_at: end,
        not_before: draft.send_not_before,
        auto: None,
        by_author: false,
        forbidden: None,
        reasons: vec![Reason::Approval(ApprovalReason::AskBeforeSending)],
    })
}

/// Whether whoever approved a draft still may, and the rule that did still holds.
pub(crate) fn approver_check(cx: &mut Cx<'_>, draft: &Draft, proposal: &Proposal) -> Result<Check> {
    // What is not approved is refused for that.
    let Some(approval) = proposal.approval() else { return Ok(Check::Passed) };
    if content_of(draft).hash() != approval.content_hash {
        return Ok(Check::refused_by(Some(ApprovalReason::StaleApproval)));
    }
    let lost = || ApprovalReason::ApproverLost { by: approval.by.clone() };
    let found = match &approval.backing {
        Backing::Person => {
            let by = Decider { name: approval.by.clone(), role: approval.role };
            (proposal.may_decide(&by).is_err() || has_left(cx, &approval.by)?).then(lost)
        }
        Backing::Rule { rule, rule_revision } => {
            let row = match rule.parse() {
                Ok(id) => cx.by_itself(|cx| cx.row(Key { kind: Kind::ApprovalRule, id }))?,
                Err(_) => None,
            };
            match row.as_ref().map(|row| (&row.body, row)) {
                Some((AnyRecord::ApprovalRule(known), row)) => {
                    let over = |since| Some(ApprovalReason::RuleOver { rule: rule.clone(), since });
                    if let Some(end) = known.valid_until.filter(|end| *end <= cx.at()) {
                        over(end)
                    } else if row.archived_at.is_some()
                        || known.enabled != Some(true)
                        || known.effect != Some(RuleEffect::Auto)
                        || known.revision != Some((*rule_revision).into())
                    {
                        over(known.switched_at.unwrap_or(row.updated_at))
                    } else if known.valid_until.is_none() || has_left(cx, &approval.by)? {
                        Some(lost())
                    } else {
                        None
                    }
                }
                _ => Some(lost()),
            }
        }
    };
    Ok(Check::refused_by(found))
}

/// Whether somebody who approved does not work here any more. Whoever is in no list of employees is the host's.
fn has_left(cx: &mut Cx<'_>, user: &str) -> Result<bool> {
    let rows = cx.by_itself(|cx| rows_of(cx, user))?;
    let is_gone =
        |row: &Row| row.archived_at.is_some() || employee(row).is_none_or(|e| e.status == Some(EmployeeStatus::Left));
    Ok(!rows.is_empty() && rows.iter().all(is_gone))
}

/// Whether the draft goes on with a conversation in which the person waits for an answer.
fn is_conversation_open(cx: &mut Cx<'_>, draft: &Draft) -> Result<bool> {
    let Some(id) = draft.conversation else { return Ok(false) };
    let row = cx.by_itself(|cx| cx.row(Key { kind: Kind::Conversation, id }))?;
    Ok(row.is_some_and(|row| match &row.body {
        AnyRecord::Conversation(talk) => {
            talk.unanswered_since.is_some() || talk.last_direction == Some(Direction::Inbound)
        }
        _ => false,
    }))
}
