//! Questions about records: a condition, an order, a page.

use super::visible::Sight;
use super::{Crm, permit};
use crate::command::{Ctx, Verb};
use crate::kernel::error::Result;
use crate::kernel::json::length;
use crate::model::{Key, Row};
use crate::rules::filter::Resolved;
use crate::store::{MOST_ROWS, Page, Read, Store};
use crate::view::Find;

impl<S: Store> Crm<S> {
    /// Finds records. Of saved views, reports and adjustments only those that the reader sees, so that a page may be
    /// short.
    ///
    /// # Errors
    /// [`Problem::Forbidden`](crate::Problem::Forbidden), what the question gets wrong, and the store's own.
    pub fn query(&self, ctx: &Ctx, find: &Find) -> Result<Page> {
        Ok(self.query_told(ctx, find)?.0)
    }

    /// The same with what the filter came to for the reader.
    pub(super) fn query_told(&self, ctx: &Ctx, find: &Find) -> Result<(Page, Option<Resolved>)> {
        permit(ctx, Verb::Read, "query")?;
        let read = self.store.snapshot(&ctx.workspace)?;
        let (query, resolved) = self.asked(ctx, &*read, find)?;
        let mut page = read.find(&query)?;
        if Sight::limits(find.kind) {
            let sight = Sight::new(ctx, &*read, &self.rules, find.kind)?;
            page.rows.retain(|row| sight.sees(row));
        }
        Ok((page, resolved))
    }

    /// Counts records, whatever the page.
    ///
    /// # Errors
    /// As [`Crm::query`].
    pub fn count(&self, ctx: &Ctx, find: &Find) -> Result<u64> {
        Ok(self.count_told(ctx, find)?.0)
    }

    /// The same with what the filter came to for the reader.
    pub(super) fn count_told(&self, ctx: &Ctx, find: &Find) -> Result<(u64, Option<Resolved>)> {
        permit(ctx, Verb::Read, "query")?;
        let read = self.store.snapshot(&ctx.workspace)?;
        let (mut query, resolved) = self.asked(ctx, &*read, find)?;
        if !Sight::limits(find.kind) {
            return Ok((read.count(&query)?, resolved));
        }
        let sight = Sight::new(ctx, &*read, &self.rules, find.kind)?;
        (query.limit, query.after) = (MOST_ROWS, None);
        let mut count: u64 = 0;
        loop {
            let page = read.find(&query)?;
            count = count.saturating_add(length(page.rows.iter().filter(|row| sight.sees(row)).count()));
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok((count, resolved)),
            }
        }
    }

    /// A row by its key, if the reader sees it.
    pub(super) fn row(&self, ctx: &Ctx, key: Key) -> Result<Option<Row>> {
        let read = self.store.snapshot(&ctx.workspace)?;
        let row = read.get(key)?;
        if !Sight::limits(key.kind) {
            return Ok(row);
        }
        let sight = Sight::new(ctx, &*read as &dyn Read, &self.rules, key.kind)?;
        Ok(row.filter(|row| sight.sees(row)))
    }
}
