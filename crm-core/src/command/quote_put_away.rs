//! Putting quotes away and bringing them back.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::create::Saved;
use super::quote_primary::{may_value, only_primary};
use super::quote_state::{key, quote_of, refuse, standing_of, versions};
use super::quote_write::refuse_other;
use super::{Archive, Command, Cx, Restore, Verb};
use crate::kernel::error::Result;
use crate::kernel::quotes::{QuoteAct, QuoteState};
use crate::model::Quote;
use crate::rules::Rules;

/// Puts a quote away, or brings it back. `C` is [`Archive`] or [`Restore`]. What the customer may still accept is not put away:
/// it is cancelled first. What comes back is no version beside another that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct PutAway<C> {
    /// What happens to it.
    pub command: C,
}

impl Command for PutAway<Archive<Quote>> {
    type Output = Saved;
    const VERB: Verb = Verb::Archive;

    fn name() -> Cow<'static, str> {
        <Archive<Quote> as Command>::name()
    }

    fn to_json(&self) -> Json {
        Command::to_json(&self.command)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        Ok(Self { command: Command::from_json(body, rules)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let row = cx.existing(key(self.command.id))?;
        if let Some(quote) = quote_of(&row) {
            refuse(QuoteAct::Archive, standing_of(cx.rules(), quote, cx.at()))?;
        }
        Command::decide(&self.command, cx)
    }
}

impl Command for PutAway<Restore<Quote>> {
    type Output = Saved;
    const VERB: Verb = Verb::Restore;

    fn name() -> Cow<'static, str> {
        <Restore<Quote> as Command>::name()
    }

    fn to_json(&self) -> Json {
        Command::to_json(&self.command)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        Ok(Self { command: Command::from_json(body, rules)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let row = cx.existing(key(self.command.id))?;
        let quote = quote_of(&row).cloned().unwrap_or_default();
        if quote.state == Some(QuoteState::Draft) {
            let all = versions(cx, quote.root_quote.unwrap_or(row.id))?;
            refuse_other(&all, row.id)?;
        }
        let saved = Command::decide(&self.command, cx)?;
        if let Some(deal) = quote.deal.filter(|_| quote.primary == Some(true)) {
            may_value(cx, deal)?;
            only_primary(cx, deal, row.id)?;
        }
        Ok(saved)
    }
}
