//! Ideas to sell more: the question, and the look at all accounts.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::listed::{limit_of, said};
use super::{Control, Crm, Progress, permit};
use crate::command::{Ctx, ExpansionTicked, MOST_CUSTOMERS, TickExpansion, Verb, customers};
use crate::kernel::customer::IdeaState;
use crate::kernel::error::{Problem, Result};
use crate::kernel::forecast_reason::Total;
use crate::kernel::stored_reason;
use crate::model::{AnyRecord, Kind};
use crate::rules::read::Object;
use crate::store::Store;

impl<S: Store> Crm<S> {
    /// The question `expansion`: `{"account": "...", "owner": "...", "state": "idea", "limit": 100}`, ideas to sell more, with
    /// what they may come to by state and currency; those that a rule had with its `reasons`, in `lang`.
    pub(super) fn expansion_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "expansion")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["account", "owner", "state", "limit", "lang"])?;
        let lang = lang_of(body)?;
        let filter = said(&o, &["account", "owner", "state"])?;
        let read = self.reading(ctx)?;
        let rows = self.first_rows(ctx, &*read, Kind::ExpansionIdea, filter, ("title", limit_of(&o)?), |_| true)?;
        let mut sums: BTreeMap<(&str, &str), i128> = BTreeMap::new();
        for row in &rows {
            if let AnyRecord::ExpansionIdea(idea) = &row.body
                && let Some(value) = idea.value
            {
                let state = idea.state.unwrap_or(IdeaState::Idea).code();
                let sum = sums.entry((state, value.currency().code())).or_default();
                *sum = sum.saturating_add(i128::from(value.minor_units()));
            }
        }
        let mut totals = Vec::with_capacity(sums.len());
        for ((state, currency), minor_units) in sums {
            let total = Total { minor_units, currency: currency.parse()? };
            totals.push(json!({"state": state, "currency": currency, "value": total.amount_text()}));
        }
        let told = rows.iter().map(|row| {
            let mut told = row.to_json();
            if let (AnyRecord::ExpansionIdea(idea), Json::Object(map)) = (&row.body, &mut told) {
                map.insert("reasons".into(), stored_reason::told(&idea.reasons, lang).into());
            }
            told
        });
        Ok(json!({"rows": told.collect::<Vec<_>>(), "totals": totals}))
    }

    /// Looks at all accounts for ideas to sell them more, two hundred in one commit. It may be repeated: each rule has one
    /// idea for an account and period.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What was found stays.
    pub fn tick_expansion(&self, ctx: &Ctx, progress: &mut dyn FnMut(Progress) -> Control) -> Result<ExpansionTicked> {
        let total = self.reading(ctx)?.count(&customers(&self.rules, ctx.at))?;
        let mut done = ExpansionTicked::default();
        for step in 0.. {
            let tick = TickExpansion { limit: MOST_CUSTOMERS, after: done.next.take() };
            done.add(self.run(&ctx.step(step), &tick)?.done()?);
            let looked_at = Progress { done: done.accounts, total: total.max(done.accounts) };
            if progress(looked_at).is_break() && done.next.is_some() {
                return Err(Problem::Cancelled.into());
            }
            if done.next.is_none() {
                break;
            }
        }
        Ok(done)
    }
}
