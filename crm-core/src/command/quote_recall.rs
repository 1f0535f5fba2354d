//! Messages of a quote that is over: nobody has to decide about them any more.

use serde_json::Value as Json;

use super::Cx;
use super::draft_state::{Turn, draft_of, happen};
use super::quote_state::standing_of;
use crate::kernel::approval::DraftState;
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::model::{Kind, Quote};
use crate::rules::approval::Event;
use crate::store::Query;

/// The states of a message about which nobody has decided. What was approved is held by the last check before it leaves.
const UNDECIDED: [DraftState; 3] = [DraftState::Drafting, DraftState::Waiting, DraftState::ChangesRequested];

/// Takes the messages back that were to bring a quote, which is over as it stands here, and says why; whoever may end the
/// quote may end these, too. Gives those that were taken back.
///
/// # Errors
/// The store's own.
pub(super) fn take_back_messages(cx: &mut Cx<'_>, id: Id, quote: &Quote) -> Result<Vec<Id>> {
    let standing = standing_of(cx.rules(), quote, cx.at());
    let reason = Reason::Approval(ApprovalReason::QuoteOver { number: quote.number.clone(), standing });
    cx.by_itself(|cx| {
        let schema = cx.rules().schema(Kind::Draft);
        let mut query = Query::all(Kind::Draft, schema.clone(), cx.at());
        let undecided: Vec<Json> = UNDECIDED.iter().map(|state| state.code().into()).collect();
        let all = vec![
            Predicate::test("quote", Operator::Equal, id.to_string()),
            Predicate::test("state", Operator::In, undecided),
        ];
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        let mut open = Vec::new();
        cx.each_page(query, |rows| {
            open.extend(rows.iter().map(|row| row.key()));
            Ok(())
        })?;
        let mut taken = Vec::new();
        for key in open {
            let row = cx.existing(key)?;
            if draft_of(&row).and_then(|draft| draft.state).is_some_and(|state| UNDECIDED.contains(&state)) {
                happen(cx, key.id, &Turn { reasons: vec![reason.clone()], ..Turn::new(Event::Cancel) })?;
                taken.push(key.id);
            }
        }
        Ok(taken)
    })
}
