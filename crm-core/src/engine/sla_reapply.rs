//! The question `sla_reapply`: what the policies and calendars of now would move, before anybody applies them.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::tickets::is_open;
use super::{Control, Crm, Find, Progress, permit};
use crate::command::{
    Ctx, MOST_REAPPLIED, MOST_TICKED, Reapplied, ReapplySla, TickTickets, Ticked, Verb, reapplied, ticket_of,
    tickets_due,
};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::Predicate;
use crate::kernel::reason::Reason;
use crate::model::{Kind, Record as _, Ticket};
use crate::store::Store;

impl<S: Store> Crm<S> {
    /// The question `sla_reapply`: what `ticket.reapply` would move of a page of open tickets, `{"where": {...}, "limit":
    /// 100, "after": "...", "lang": "fr"}`. A page tells only of tickets whose clocks would change, so it may be short.
    pub(super) fn sla_reapply_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "sla_reapply")?;
        json::only_keys(body, &["where", "limit", "after", "lang"])?;
        let lang = lang_of(body)?;
        let mut question = body.clone();
        question.retain(|key, _| key != "lang");
        question.insert("record".into(), Ticket::NAME.into());
        let find = open_ones(Find::from_json(&question)?);
        let page = self.query(ctx, &find)?;
        let mut moved = Vec::new();
        let looked_at = json::length(page.rows.len());
        for row in &page.rows {
            let Some(reasons) = reapplied(&self.rules, row, ctx.at)? else { continue };
            let reasons: Vec<Json> =
                reasons.into_iter().map(|reason| Json::Object(Reason::Sla(reason).to_json(lang))).collect();
            let number = ticket_of(row).and_then(|ticket| ticket.number);
            moved.push(json!({"id": row.id.to_string(), "number": number, "reasons": reasons}));
        }
        let next = page.next.map(|cursor| cursor.to_text());
        Ok(json!({"tickets": moved, "looked_at": looked_at, "next": next}))
    }

    /// Applies the policies and calendars of now to all open tickets that a condition finds, five hundred in one commit.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What was applied stays.
    pub fn reapply_all(
        &self,
        ctx: &Ctx,
        filter: Option<Predicate>,
        progress: &mut dyn FnMut(Progress) -> Control,
    ) -> Result<Reapplied> {
        let find = open_ones(Find { filter, limit: MOST_REAPPLIED, ..Find::all(Kind::Ticket) });
        let mut done = Reapplied::default();
        self.in_batches(ctx, find, progress, |ids| {
            // The id follows from the tickets, so that a repeated job answers for the same ones only.
            let text: String = ids.iter().map(Id::to_string).collect();
            let batch = ctx.with_id(Id::from_text(&format!("{} reapply {text}", ctx.id)));
            done.add(self.run(&batch, &ReapplySla::new(ids))?.done()?);
            Ok(done.tickets)
        })?;
        Ok(done)
    }

    /// Tells all that the clocks of all tickets have to say at the envelope's instant, five hundred tickets in one commit.
    /// It may be repeated, and asked after a week of sleep: everything is told once, with the instant at which it became
    /// true.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What was told stays.
    pub fn tick_all(&self, ctx: &Ctx, progress: &mut dyn FnMut(Progress) -> Control) -> Result<Ticked> {
        let total = self.reading(ctx)?.count(&tickets_due(&self.rules, ctx.at, MOST_TICKED)?)?;
        let mut done = Ticked::default();
        for step in 0.. {
            let told = self.run(&ctx.step(step), &TickTickets { limit: MOST_TICKED })?.finished()?;
            let more = told.output.more;
            done.add(told.output);
            let stop = progress(Progress { done: done.tickets, total: total.max(done.tickets) }).is_break();
            if stop && more {
                return Err(Problem::Cancelled.into());
            }
            if !more {
                break;
            }
        }
        Ok(done)
    }
}

/// The open tickets among those that a question finds.
fn open_ones(mut find: Find) -> Find {
    let parts = std::iter::once(is_open(true)).chain(find.filter.take()).collect();
    find.filter = Some(Predicate::All(parts));
    find
}
