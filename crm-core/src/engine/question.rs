//! Questions about records: a condition, an order, a page.

use super::{Crm, permit};
use crate::command::{Ctx, Verb};
use crate::kernel::error::Result;
use crate::model::{Key, Row};
use crate::rules::filter::Resolved;
use crate::store::{Page, Store};
use crate::view::Find;

impl<S: Store> Crm<S> {
    /// Finds records, of those that the actor sees.
    ///
    /// # Errors
    /// [`Problem::Forbidden`](crate::Problem::Forbidden), what the question gets wrong, and the store's own.
    pub fn query(&self, ctx: &Ctx, find: &Find) -> Result<Page> {
        Ok(self.query_told(ctx, find)?.0)
    }

    /// The same with what the filter came to for the reader.
    pub(super) fn query_told(&self, ctx: &Ctx, find: &Find) -> Result<(Page, Option<Resolved>)> {
        permit(ctx, Verb::Read, "query")?;
        let read = self.reading(ctx)?;
        let (query, resolved) = self.asked(ctx, &*read, find)?;
        Ok((read.find(&query)?, resolved))
    }

    /// Counts records, whatever the page, of those that the actor sees.
    ///
    /// # Errors
    /// As [`Crm::query`].
    pub fn count(&self, ctx: &Ctx, find: &Find) -> Result<u64> {
        Ok(self.count_told(ctx, find)?.0)
    }

    /// The same with what the filter came to for the reader.
    pub(super) fn count_told(&self, ctx: &Ctx, find: &Find) -> Result<(u64, Option<Resolved>)> {
        permit(ctx, Verb::Read, "query")?;
        let read = self.reading(ctx)?;
        let (query, resolved) = self.asked(ctx, &*read, find)?;
        Ok((read.count(&query)?, resolved))
    }

    /// A row by its key, if the actor sees it.
    pub(super) fn row(&self, ctx: &Ctx, key: Key) -> Result<Option<Row>> {
        self.reading(ctx)?.get(key)
    }
}
