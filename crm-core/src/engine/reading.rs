//! The two ways to a snapshot for a question.

use super::Crm;
use crate::command::{Ctx, Limited};
use crate::kernel::error::Result;
use crate::store::{Read, Store};

impl<S: Store> Crm<S> {
    /// The workspace as the actor sees it: what every question is answered from.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn reading(&self, ctx: &Ctx) -> Result<Box<dyn Read + '_>> {
        Ok(Box::new(Limited::new(self.whole(ctx)?, &self.rules, ctx)))
    }

    /// The whole workspace: only for a [`Cx`](crate::command::Cx), which has the same gate in front of it, and for what
    /// nobody is shown.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn whole(&self, ctx: &Ctx) -> Result<Box<dyn Read + '_>> {
        self.store.snapshot(&ctx.workspace)
    }
}
