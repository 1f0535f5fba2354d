//! Giving a draft to whoever decides: a person, or a rule that a person made.

use serde_json::Value as Json;

use super::Cx;
use super::approval_policy::{Judged, judge};
use super::draft_carry_out::carry_out;
use super::draft_state::{Turn, decider, draft_of, happen, proposal_of};
use crate::kernel::approval::{DraftKind, DraftState};
use crate::kernel::approval_problem::ApprovalProblem;
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json::length;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::role::Role;
use crate::kernel::time::{format_instant, plus_days};
use crate::model::{Draft, Key, Kind, Row};
use crate::rules::approval::{Backing, Event, Proposal, Seen};
use crate::store::{MOST_ROWS, Query};

/// Most drafts of one agent that begin to wait within a day: more than people read is no question any more.
const MOST_WAITING: usize = 200;

/// What became of a draft that was given to whoever decides.
pub(crate) struct Submitted {
    /// The draft.
    pub(crate) row: Row,
    /// What a proposed command answered, where a rule let it be carried out at once.
    pub(crate) output: Option<Json>,
    /// What the policy says of it.
    pub(crate) reasons: Vec<Reason>,
}

/// Gives a draft to whoever decides. Where a rule approves it, it is approved in the same commit; another draft of the same
/// origin that nobody said yes to gives way, but no person's to an agent's.
///
/// # Errors
/// [`Problem::Approval`] of a draft that is not being written, one that a rule forbids, an agent's in the place of a person's,
/// and too many of one agent.
pub(crate) fn submit(cx: &mut Cx<'_>, id: Id) -> Result<Row> {
    Ok(submitted(cx, id)?.row)
}

/// The same, with what a proposed command answered.
pub(crate) fn submitted(cx: &mut Cx<'_>, id: Id) -> Result<Submitted> {
    let (draft, proposal) = draft_at(cx, id)?;
    if proposal.state() != DraftState::Waiting {
        refuse_flood(cx, id, &draft, &proposal)?;
    }
    supersede(cx, id, &draft)?;
    ask(cx, id)
}

/// What waited for somebody, or had its answer, and was changed, waits again as it is now.
pub(super) fn submit_again(cx: &mut Cx<'_>, before: &Row, row: Row) -> Result<Row> {
    use DraftState as S;
    let (Some(known), Some(draft)) = (draft_of(before), draft_of(&row)) else { return Ok(row) };
    let asked = [S::Waiting, S::ChangesRequested, S::Approved, S::Queued, S::Blocked, S::Failed];
    let was_asked = known.state.is_some_and(|state| asked.contains(&state));
    if !was_asked || draft.state != Some(S::Drafting) || row.archived_at.is_some() {
        return Ok(row);
    }
    Ok(ask(cx, row.id)?.row)
}

/// The draft of an id, with its state.
///
/// # Errors
/// [`Problem::NotFound`], also of one that the actor does not see, and [`Problem::Corrupt`].
pub(super) fn draft_at(cx: &mut Cx<'_>, id: Id) -> Result<(Draft, Proposal)> {
    let row = cx.existing(Key { kind: Kind::Draft, id })?;
    let missing = || Problem::NotFound { record: Kind::Draft.name().into(), id: id.to_string() };
    let draft = draft_of(&row).ok_or_else(missing)?;
    Ok((draft.clone(), proposal_of(cx.workspace(), id, draft)?))
}

/// Asks whoever decides by the policy.
fn ask(cx: &mut Cx<'_>, id: Id) -> Result<Submitted> {
    let (draft, proposal) = draft_at(cx, id)?;
    let judged = judge(cx, id, &draft, &proposal)?;
    refuse_forbidden(&judged)?;
    let (event, reasons) =
        (Event::Submit { terms: judged.terms, expires_at: judged.expires_at }, judged.reasons.clone());
    let row = happen(cx, id, &Turn { reasons: reasons.clone(), ..Turn::new(event) })?;
    let waits = |row| Ok(Submitted { row, output: None, reasons: reasons.clone() });
    let Some((approve, rule_of)) = answer_at_once(cx, id, &proposal, judged) else { return waits(row) };
    let turn = Turn { reasons: reasons.clone(), ..Turn::new(approve) };
    if draft.kind != Some(DraftKind::Command) {
        return waits(happen(cx, id, &turn)?);
    }
    // What cannot be carried out now is for a person to look at.
    let done = cx.attempt(|cx| {
        happen(cx, id, &turn)?;
        carry_out(cx, id, rule_of)
    });
    match done {
        Ok(output) => {
            let row = cx.by_itself(|cx| cx.existing(row.key()))?;
            Ok(Submitted { row, output: Some(output), reasons })
        }
        Err(_) => waits(row),
    }
}

/// The answer that the policy has already, a rule's or that of an author who is not asked, and the role of whoever made the
/// rule.
fn answer_at_once(cx: &Cx<'_>, id: Id, proposal: &Proposal, judged: Judged) -> Option<(Event, Option<Role>)> {
    let (backing, by) = match judged.auto {
        _ if cx.deciding() == Some(id) => return None,
        Some((rule, rule_revision, by)) => (Backing::Rule { rule: rule.to_string(), rule_revision }, by),
        None if judged.by_author => (Backing::Person, decider(cx)),
        None => return None,
    };
    let seen = Seen { revision: proposal.revision(), content_hash: proposal.content_hash().to_owned() };
    let (expires_at, not_before) = (judged.approval_expires_at, judged.not_before);
    let rule_of = (backing != Backing::Person).then_some(by.role);
    Some((Event::Approve { seen, by, backing, expires_at, not_before, is_reviewed: false }, rule_of))
}

/// Refuses what a rule forbids.
pub(super) fn refuse_forbidden(judged: &Judged) -> Result<()> {
    match &judged.forbidden {
        Some(reason) => Err(ApprovalProblem::Forbidden { reason: reason.clone() }.into()),
        None => Ok(()),
    }
}

/// Refuses more of an agent's drafts than anybody reads. What a sequence makes has limits of its own.
fn refuse_flood(cx: &mut Cx<'_>, id: Id, draft: &Draft, proposal: &Proposal) -> Result<()> {
    let author = proposal.contributors().first();
    let Some(author) = author.filter(|author| author.role == Role::Agent && draft.enrolment.is_none()) else {
        return Ok(());
    };
    let since = plus_days(cx.at(), -1).map(format_instant);
    let schema = cx.rules().schema(Kind::Draft);
    let mut query = Query::all(Kind::Draft, schema.clone(), cx.at());
    let tests = [
        Some(Predicate::test("author", Operator::Equal, author.name.clone())),
        Some(Predicate::test("state", Operator::Equal, DraftState::Waiting.code())),
        since.map(|since| Predicate::test("waiting_since", Operator::Greater, since)),
    ];
    query.filter = Some(Predicate::All(tests.into_iter().flatten().collect()).compile(&schema)?);
    let waiting = cx.by_itself(|cx| cx.count(&query))?;
    let is_new = |row: &&Row| {
        let waits = draft_of(row).is_some_and(|d| d.state == Some(DraftState::Waiting) && d.author == author.name);
        row.version == 1 && row.id != id && waits
    };
    let staged = length(cx.staged(Kind::Draft).filter(is_new).count());
    let most = length(MOST_WAITING);
    if waiting.saturating_add(staged) < most {
        return Ok(());
    }
    Err(ApprovalProblem::TooManyWaiting { author: author.name.clone(), most }.into())
}

/// Refuses that an agent's draft takes the place of one that a person wrote or changed. What a sequence makes follows from
/// the sequence, whoever tells it the time.
fn refuse_overwriting(cx: &Cx<'_>, former: &Row, draft: &Draft) -> Result<()> {
    let Some(known) = draft_of(former).filter(|_| cx.actor().role() == Role::Agent && draft.enrolment.is_none()) else {
        return Ok(());
    };
    let former_proposal = proposal_of(cx.workspace(), former.id, known)?;
    match former_proposal.contributors().iter().any(|one| one.role != Role::Agent) {
        true => Err(ApprovalProblem::PersonsDraft { draft: former.id.to_string() }.into()),
        false => Ok(()),
    }
}

/// Lets earlier drafts of the same origin give way, those that nobody said yes to.
fn supersede(cx: &mut Cx<'_>, id: Id, draft: &Draft) -> Result<()> {
    if draft.origin_key.is_empty() {
        return Ok(());
    }
    let schema = cx.rules().schema(Kind::Draft);
    let open = [DraftState::Drafting, DraftState::Waiting, DraftState::ChangesRequested];
    let open: Vec<&str> = open.into_iter().map(DraftState::code).collect();
    let mut query = Query::all(Kind::Draft, schema.clone(), cx.at());
    let same = Predicate::test("origin_key", Operator::Equal, draft.origin_key.clone());
    query.filter = Some(Predicate::All(vec![same, Predicate::test("state", Operator::In, open)]).compile(&schema)?);
    query.limit = MOST_ROWS;
    cx.by_itself(|cx| {
        for row in cx.find(&query)?.rows.into_iter().filter(|row| row.id != id) {
            refuse_overwriting(cx, &row, draft)?;
            happen(cx, row.id, &Turn::new(Event::Supersede))?;
        }
        Ok(())
    })
}
