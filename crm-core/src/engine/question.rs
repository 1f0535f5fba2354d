//! Questions about records: a condition, an order, a page.

use super::{Crm, permit};
use crate::command::{Ctx, Verb};
use crate::kernel::error::Result;
use crate::store::{Page, Store};
use crate::view::Find;

impl<S: Store> Crm<S> {
    /// Finds records.
    ///
    /// # Errors
    /// [`Problem::Forbidden`](crate::Problem::Forbidden), what the question gets wrong, and the store's own.
    pub fn query(&self, ctx: &Ctx, find: &Find) -> Result<Page> {
        permit(ctx, Verb::Read, "query")?;
        self.store.snapshot(&ctx.workspace)?.find(&find.compile(&self.rules, ctx.at)?)
    }

    /// Counts records, whatever the page.
    ///
    /// # Errors
    /// As [`Crm::query`].
    pub fn count(&self, ctx: &Ctx, find: &Find) -> Result<u64> {
        permit(ctx, Verb::Read, "query")?;
        self.store.snapshot(&ctx.workspace)?.count(&find.compile(&self.rules, ctx.at)?)
    }
}
