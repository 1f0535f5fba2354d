//! What happened to a draft: who decided what about which content, and what became of every hand-off.

use super::declare::record;
use crate::kernel::approval::{DraftEventKind, DraftState, Via};
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// One thing that happened to a draft. Rows are only ever added; the row's id follows from the draft and the number.
    DraftEvent = "draft_event" {
        /// The draft.
        draft: Option<Id>, indexed;
        /// How many came before it on this draft.
        number: Option<i64>;
        /// What happened.
        kind: Option<DraftEventKind>, indexed;
        /// When.
        happened_at: Option<Instant>, indexed;
        /// Who did it.
        actor: String, indexed;
        /// In which role.
        role: String;
        /// What stands behind a decision.
        via: Option<Via>;
        /// The approval rule, by its id.
        rule: Option<Id>, indexed;
        /// The rule's revision.
        rule_revision: Option<i64>;
        /// The draft's revision.
        revision: Option<i64>;
        /// The hash of what it said.
        content_hash: String;
        /// Where the draft stood afterwards.
        state: Option<DraftState>;
        /// To whom, where it is about one recipient.
        recipient: String;
        /// The hand-off's idempotency key.
        key: String;
        /// The try.
        fence: Option<i64>;
        /// The channel's id of the message.
        provider_id: String;
        /// What somebody said about it.
        note: String;
        /// Why, as canonical JSON: a list of reasons.
        reasons: String;
    }
}

impl DraftEvent {
    /// The id of a draft's event.
    pub fn id_of(draft: Id, number: u64) -> Id {
        draft.derive(number)
    }
}
