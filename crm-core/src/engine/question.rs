//! Questions about records: a condition, an order, a page.

use super::{Crm, permit};
use crate::command::{Ctx, Verb};
use crate::kernel::error::Result;
use crate::model::{Key, Row};
use crate::store::{Page, Store};
use crate::view::Find;

impl<S: Store> Crm<S> {
    /// Finds records, of those that the actor sees.
    ///
    /// # Errors
    /// [`Problem::Forbidden`](crate::Problem::Forbidden), what the question gets wrong, and the store's own.
    pub fn query(&self, ctx: &Ctx, find: &Find) -> Result<Page> {
        permit(ctx, Verb::Read, "query")?;
        self.reading(ctx)?.find(&find.compile(&self.rules, ctx.at)?)
    }

    /// Counts records, whatever the page, of those that the actor sees.
    ///
    /// # Errors
    /// As [`Crm::query`].
    pub fn count(&self, ctx: &Ctx, find: &Find) -> Result<u64> {
        permit(ctx, Verb::Read, "query")?;
        self.reading(ctx)?.count(&find.compile(&self.rules, ctx.at)?)
    }

    /// A row by its key, if the actor sees it.
    pub(super) fn row(&self, ctx: &Ctx, key: Key) -> Result<Option<Row>> {
        self.reading(ctx)?.get(key)
    }
}
