//! How a quote ends that nobody accepts: declined by the customer, or taken back.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::body::{head, head_json, instant_of, required_text, text_of};
use super::quote_issue::put_text;
use super::quote_now::QuoteNow;
use super::quote_recall::take_back_messages;
use super::quote_state::{quote_at, refuse, refuse_unseen, standing_of};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::quotes::{QuoteAct, QuoteState};
use crate::kernel::time::{Instant, format_instant};
use crate::model::{Quote, Row};
use crate::rules::Rules;

/// Writes down that the customer said no: `{"id": "...", "reason": "...", "by": "...", "at": "..."}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclineQuote {
    /// The quote.
    pub id: Id,
    /// The row's version that the editor saw; another one is refused.
    pub version: Option<u64>,
    /// Why.
    pub reason: String,
    /// Who of the customer's said so.
    pub by: String,
    /// When; now unless it is said otherwise.
    pub at: Option<Instant>,
}

/// Takes back a quote that was issued: `{"id": "...", "reason": "..."}`. Its number stays used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelQuote {
    /// The quote.
    pub id: Id,
    /// The row's version that the editor saw; another one is refused.
    pub version: Option<u64>,
    /// Why.
    pub reason: String,
}

/// When an answer came: not in the future, and not before the day of the quote.
pub(super) fn answered_at(cx: &Cx<'_>, quote: &Quote, said: Option<Instant>) -> Result<Instant> {
    let at = said.unwrap_or(cx.at());
    let zone = &cx.rules().quotes().zone;
    let first = quote.issued_on.map(|day| zone.day_start(day));
    if at > cx.at() {
        let (found, latest) = (format_instant(at), format_instant(cx.at()));
        return Err(Error::from(Problem::InFuture { found, latest }).at("at"));
    }
    match first.filter(|first| at < *first) {
        None => Ok(at),
        Some(first) => {
            let (found, least, most) = (format_instant(at), format_instant(first), format_instant(cx.at()));
            Err(Error::from(Problem::OutOfRange { found, least, most }).at("at"))
        }
    }
}

/// A text of a body that has to say something.
pub(super) fn said(map: &Map<String, Json>, key: &'static str) -> Result<String> {
    match required_text(map, key)? {
        text if text.is_empty() => Err(Problem::Missing { name: key.into() }.into()),
        text => Ok(text),
    }
}

impl Command for DeclineQuote {
    type Output = QuoteNow;
    const VERB: Verb = Verb::Issue;

    fn name() -> Cow<'static, str> {
        "quote.decline".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        put_text(&mut map, "reason", &self.reason);
        put_text(&mut map, "by", &self.by);
        put_text(&mut map, "at", &self.at.map(format_instant).unwrap_or_default());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id` and `reason`")?;
        json::only_keys(map, &["id", "version", "reason", "by", "at"])?;
        let (id, version) = head(map)?;
        let by = text_of(map, "by")?.unwrap_or_default();
        Ok(Self { id, version, reason: said(map, "reason")?, by, at: instant_of(map, "at")? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<QuoteNow> {
        let (row, mut quote) = quote_at(cx, self.id)?;
        refuse_unseen(&row, self.version)?;
        refuse(QuoteAct::Decline, standing_of(cx.rules(), &quote, cx.at()))?;
        quote.answered_at = Some(answered_at(cx, &quote, self.at)?);
        quote.state = Some(QuoteState::Declined);
        quote.answered_by.clone_from(&self.by);
        quote.answer_note.clone_from(&self.reason);
        let row = cx.update(Row { body: quote.clone().into(), ..row })?;
        let taken_back = take_back_messages(cx, self.id, &quote)?;
        Ok(QuoteNow { taken_back, ..QuoteNow::of(&row, &quote) })
    }
}

impl Command for CancelQuote {
    type Output = QuoteNow;
    const VERB: Verb = Verb::Issue;

    fn name() -> Cow<'static, str> {
        "quote.cancel".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        put_text(&mut map, "reason", &self.reason);
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id` and `reason`")?;
        json::only_keys(map, &["id", "version", "reason"])?;
        let (id, version) = head(map)?;
        Ok(Self { id, version, reason: said(map, "reason")? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<QuoteNow> {
        let (row, mut quote) = quote_at(cx, self.id)?;
        refuse_unseen(&row, self.version)?;
        refuse(QuoteAct::Cancel, standing_of(cx.rules(), &quote, cx.at()))?;
        quote.state = Some(QuoteState::Cancelled);
        quote.answer_note.clone_from(&self.reason);
        let row = cx.update(Row { body: quote.clone().into(), ..row })?;
        let taken_back = take_back_messages(cx, self.id, &quote)?;
        Ok(QuoteNow { taken_back, ..QuoteNow::of(&row, &quote) })
    }
}
