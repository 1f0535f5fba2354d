//! Commands that wait for somebody's OK, and decisions that an agent tried to make.

use serde_json::{Value as Json, json};

use super::{Crm, Done, Held, MOST_TRIES, Ran};
use crate::command::{AnyCommand, Ctx, Cx, ProposeCommand, Proposed, RefusedDecision, Role, Verb};
use crate::kernel::error::{Code, Result};
use crate::kernel::json;
use crate::store::{LogQuery, Store};

impl<S: Store> Crm<S> {
    /// Writes the draft that proposes a command; where a rule approves it at once, the command's own answer. The same
    /// command again has the same answer.
    pub(super) fn hold(&self, ctx: &Ctx, command: &dyn AnyCommand) -> Result<Ran<Json>> {
        match self.run_any(ctx, &ProposeCommand::of(command))? {
            Ran::Done(Done { output, seq, replayed }) => {
                let proposed: Proposed = json::typed(output, "what was proposed")?;
                let Proposed { draft, state, revision, content_hash, reasons, .. } = proposed;
                Ok(match proposed.output {
                    Some(output) => Ran::Done(Done { output, seq, replayed }),
                    None => Ran::Held(Held { draft, state, revision, content_hash, reasons, seq, replayed }),
                })
            }
            held @ Ran::Held(_) => Ok(held),
        }
    }

    /// Writes down that an agent tried to decide about drafts that it sees: whoever looks after the agents has to know.
    /// Nothing else is written, and the command stays refused.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn note_refusal(&self, ctx: &Ctx, command: &dyn AnyCommand) -> Result<()> {
        if ctx.actor.role() != Role::Agent || command.verb() != Verb::Approve {
            return Ok(());
        }
        let body = command.to_json();
        let refused = RefusedDecision::of(&command.name(), &body);
        for _ in 0..MOST_TRIES {
            let snapshot = self.whole(ctx)?;
            if !snapshot.log(&LogQuery::Command(ctx.id))?.is_empty()
                || refused.seen(&mut Cx::new(&*snapshot, &self.rules, ctx))?.is_empty()
            {
                return Ok(());
            }
            let plan = self.decide(ctx, &refused, &json!({"command": command.name(), "body": body}), &*snapshot)?;
            drop(snapshot);
            match self.store.commit(&ctx.workspace, &plan.commit) {
                Err(error) if error.code() == Code::Conflict => {}
                done => return done.map(|_| ()),
            }
        }
        Ok(())
    }
}
