//! Questions as they are for who asks: whose "me", whose team, whose days.

use chrono::Weekday;

use super::Crm;
use crate::command::{Ctx, Gate, Past, Shelf};
use crate::kernel::error::Result;
use crate::kernel::predicate::Predicate;
use crate::kernel::reason::Reason;
use crate::kernel::zone::Zone;
use crate::model::Kind;
use crate::rules::filter::{Reader, Resolved, needs_team, resolve};
use crate::store::{Query, Read, Store};
use crate::view::Find;

/// By whose clocks days begin, and on which day weeks do; what is `None` is as configured.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Days<'a> {
    pub(super) zone: Option<&'a Zone>,
    pub(super) week_start: Option<Weekday>,
}

impl<S: Store> Crm<S> {
    /// The plain condition that a filter is for who asks, with the conditions of segments in their place. The team is only
    /// looked up where the filter names it.
    ///
    /// # Errors
    /// Fields and values that do not fit, with their path inside of the filter, and the store's own.
    pub(super) fn plain(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        kind: Kind,
        filter: &Predicate,
        days: Days<'_>,
    ) -> Result<Resolved> {
        let filter = self.with_segments(ctx, read, kind, filter)?;
        self.of_reader(ctx, read, kind, &filter, days)
    }

    /// The same for a past instant: the segments are those of then.
    ///
    /// # Errors
    /// As [`Crm::plain`].
    pub(super) fn plain_then(
        &self,
        ctx: &Ctx,
        (read, past): (&dyn Read, &Past<'_>),
        kind: Kind,
        filter: &Predicate,
        days: Days<'_>,
    ) -> Result<Resolved> {
        let then = Ctx::new(ctx.workspace.clone(), ctx.actor.clone(), past.as_of(), ctx.id);
        if filter.segments().is_empty() {
            return self.of_reader(&then, read, kind, filter, days);
        }
        // Of now they are as they are, and whoever belongs to them need not be looked through.
        if past.as_of() >= ctx.at && past.known_seq().is_none() {
            return self.plain(&then, read, kind, filter, days);
        }
        let shelf = Shelf { rules: &self.rules, at: past.as_of() };
        let (filter, later) = shelf.inlined_then(past, kind, filter)?;
        let resolved = self.of_reader(&then, read, kind, &filter, days)?;
        Ok(Resolved { notes: later.into_iter().map(Reason::Segment).collect(), ..resolved })
    }

    fn of_reader(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        kind: Kind,
        filter: &Predicate,
        days: Days<'_>,
    ) -> Result<Resolved> {
        let team: Vec<String> = match needs_team(filter) {
            true => Gate::new(&self.rules, ctx).team(read)?,
            false => Vec::new(),
        };
        let usual = &self.rules.tasks().days;
        let reader = Reader {
            zone: days.zone.unwrap_or(&usual.zone).clone(),
            week_start: days.week_start.unwrap_or(usual.week_starts),
            fiscal: self.rules.forecast().calendar,
            team: &team,
            ..Reader::new(ctx.at, Some(ctx.actor.name()))
        };
        resolve(filter, &self.rules.schema(kind), &reader)
    }

    /// A question as stores understand it, and what its filter came to.
    ///
    /// # Errors
    /// As [`Find::compile`], and the store's own.
    pub(super) fn asked(&self, ctx: &Ctx, read: &dyn Read, find: &Find) -> Result<(Query, Option<Resolved>)> {
        let Some(filter) = &find.filter else { return Ok((find.compile(&self.rules, ctx.at)?, None)) };
        let days = Days { zone: find.zone.as_ref(), week_start: find.week_start };
        let resolved = self.plain(ctx, read, find.kind, filter, days).map_err(|e| e.at("where"))?;
        let plain = Find { filter: Some(resolved.predicate.clone()), ..find.clone() };
        Ok((plain.compile(&self.rules, ctx.at)?, Some(resolved)))
    }
}
