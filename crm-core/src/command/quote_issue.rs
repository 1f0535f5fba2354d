//! Issuing a quote: it gets its number, and nothing of it changes any more.

use std::borrow::Cow;

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value as Json, json};

use super::body::{head, head_json, text_of};
use super::quote_now::QuoteNow;
use super::quote_number::next_number;
use super::quote_primary::{give_value, only_primary};
use super::quote_recall::take_back_messages;
use super::quote_state::{quote_at, quote_of, refuse, refuse_unseen, standing_of, versions};
use super::quote_terms::{keep_terms, whole_terms};
use super::quote_write::refuse_other;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::offer_problem::OfferProblem;
use crate::kernel::quotes::{MentionState, QuoteAct, QuoteMention, QuoteState};
use crate::model::{Key, Kind, Quote, Row};
use crate::rules::Rules;
use crate::rules::quote::{MentionScope, QuoteHead, QuoteTerms, check_mentions, content_hash};
use crate::rules::read::{Object, coded, date, list};

/// Issues a quote: `{"id": "...", "version": 3, "issued_on": "2026-11-22", "valid_until": "2026-12-22", "without": ["rcs"],
/// "reason": "..."}`; only `id` is needed.
///
/// It gets the next number of its series in the same commit, the seller of the configuration and the customer of the records
/// where it names none, and a hash of all of it. Versions that were to be answered give way to it. A mandatory mention that
/// is missing refuses it, unless it is named under `without`, with a `reason`. Where it is the deal's primary quote, the
/// deal's value becomes its net.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueQuote {
    /// The quote.
    pub id: Id,
    /// The row's version that the editor saw; another one is refused.
    pub version: Option<u64>,
    /// Its date: today in the seller's zone, unless it says another; not in the future.
    pub issued_on: Option<NaiveDate>,
    /// The last day on which it can be accepted; the configured number of days later, unless it says another.
    pub valid_until: Option<NaiveDate>,
    /// The mandatory mentions without which it is issued all the same.
    pub without: Vec<QuoteMention>,
    /// Why.
    pub reason: String,
}

impl IssueQuote {
    /// Issues a quote today.
    pub const fn new(id: Id) -> Self {
        Self { id, version: None, issued_on: None, valid_until: None, without: Vec::new(), reason: String::new() }
    }

    /// The day of the quote, and its last one.
    fn days(&self, cx: &Cx<'_>, quote: &Quote) -> Result<(NaiveDate, Option<NaiveDate>)> {
        let settings = cx.rules().quotes();
        let today = settings.zone.day(cx.at());
        let issued_on = self.issued_on.or(quote.issued_on).unwrap_or(today);
        if issued_on > today {
            let (found, latest) = (issued_on.to_string(), today.to_string());
            return Err(Error::from(Problem::InFuture { found, latest }).at("issued_on"));
        }
        let usual = settings.validity_days.and_then(|days| issued_on.checked_add_days(Days::new(days)));
        let valid_until = self.valid_until.or(quote.valid_until).or(usual);
        match valid_until.filter(|last| *last < issued_on) {
            None => Ok((issued_on, valid_until)),
            Some(last) => {
                let (from, to) = (issued_on.to_string(), last.to_string());
                Err(Error::from(Problem::EndBeforeStart { from, to }).at("valid_until"))
            }
        }
    }

    /// Refuses a quote that lacks what it has to say; gives what it lacks with somebody's word for it.
    fn mentions(&self, cx: &Cx<'_>, terms: &QuoteTerms, days: (NaiveDate, Option<NaiveDate>)) -> Result<Vec<String>> {
        let Some(profile) = cx.rules().quotes().profile else { return Ok(Vec::new()) };
        let scope = MentionScope { profile, issued_on: Some(days.0), valid_until: days.1 };
        let mut missing = check_mentions(terms, &scope);
        missing.retain(|one| matches!(one.state, MentionState::Missing | MentionState::Wrong));
        let codes = |waived: bool| {
            let of = missing.iter().filter(|one| self.without.contains(&one.mention) == waived);
            of.map(|one| one.mention.code().to_owned()).collect::<Vec<_>>()
        };
        let lacks = codes(false);
        if lacks.is_empty() { Ok(codes(true)) } else { Err(OfferProblem::MissingMentions { codes: lacks }.into()) }
    }
}

/// Versions that were to be answered give way to a later one, and their messages with them.
fn supersede(cx: &mut Cx<'_>, rows: Vec<Row>, id: Id) -> Result<(Vec<Id>, Vec<Id>)> {
    let (mut superseded, mut taken_back) = (Vec::new(), Vec::new());
    for row in rows.into_iter().filter(|row| row.id != id) {
        let Some(mut quote) = quote_of(&row).cloned() else { continue };
        if !matches!(quote.state, Some(QuoteState::Issued | QuoteState::Sent)) {
            continue;
        }
        quote.state = Some(QuoteState::Superseded);
        superseded.push(row.id);
        let id = row.id;
        cx.by_itself(|cx| cx.update(Row { body: quote.clone().into(), ..row }))?;
        taken_back.extend(take_back_messages(cx, id, &quote)?);
    }
    Ok((superseded, taken_back))
}

impl Command for IssueQuote {
    type Output = QuoteNow;
    const VERB: Verb = Verb::Issue;

    fn name() -> Cow<'static, str> {
        "quote.issue".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        for (key, day) in [("issued_on", self.issued_on), ("valid_until", self.valid_until)] {
            map.extend(day.map(|day| (key.to_owned(), Json::from(day.to_string()))));
        }
        if !self.without.is_empty() {
            let codes: Vec<&str> = self.without.iter().map(|mention| mention.code()).collect();
            map.insert("without".into(), json!(codes));
        }
        if !self.reason.is_empty() {
            map.insert("reason".into(), self.reason.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let keys = &["id", "version", "issued_on", "valid_until", "without", "reason"];
        let (o, map) = (Object::new(body, keys)?, json::object(body, "an object with `id`")?);
        let (id, version) = head(map)?;
        let mention = |v: &Json| coded(v, QuoteMention::from_code, QuoteMention::CODES);
        let without = o.optional("without", |v| list(v, mention))?.unwrap_or_default();
        let reason = text_of(map, "reason")?.unwrap_or_default();
        if reason.is_empty() != without.is_empty() {
            let name = if reason.is_empty() { "reason" } else { "without" };
            return Err(Problem::Missing { name: name.into() }.into());
        }
        let (issued_on, valid_until) = (o.optional("issued_on", date)?, o.optional("valid_until", date)?);
        Ok(Self { id, version, issued_on, valid_until, without, reason })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<QuoteNow> {
        let (row, mut quote) = quote_at(cx, self.id)?;
        refuse_unseen(&row, self.version)?;
        refuse(QuoteAct::Issue, standing_of(cx.rules(), &quote, cx.at()))?;
        for key in [(Kind::Deal, quote.deal), (Kind::Account, quote.account)] {
            if let (kind, Some(id)) = key {
                // Nothing is offered for what was put away; whoever sees the quote may not see all that it is about.
                cx.by_itself(|cx| cx.active(Key { kind, id })).map_err(|e| e.at(kind.name()))?;
            }
        }
        let all = versions(cx, quote.root_quote.unwrap_or(self.id))?;
        refuse_other(&all, self.id)?;
        let terms = cx.by_itself(|cx| whole_terms(cx, &quote))?;
        let sums = keep_terms(&mut quote, &terms)?;
        if sums.counted == 0 && sums.optional_lines == 0 {
            return Err(OfferProblem::NoLines.into());
        }
        let (issued_on, valid_until) = self.days(cx, &quote)?;
        quote.without_mentions = self.mentions(cx, &terms, (issued_on, valid_until))?;
        quote.without_reason = if quote.without_mentions.is_empty() { String::new() } else { self.reason.clone() };
        quote.number = next_number(cx, &quote.series, issued_on)?;
        (quote.issued_on, quote.valid_until) = (Some(issued_on), valid_until);
        quote.state = Some(QuoteState::Issued);
        let version = quote.revision.unwrap_or(1);
        let head = QuoteHead { number: &quote.number, version, issued_on: Some(issued_on), valid_until };
        quote.hash = content_hash(&head, &terms, &sums);
        let (superseded, taken_back) = supersede(cx, all.clone(), self.id)?;
        let was_primary =
            |row: &Row| superseded.contains(&row.id) && quote_of(row).is_some_and(|quote| quote.primary == Some(true));
        if quote.deal.is_some() && all.iter().any(was_primary) {
            quote.primary = Some(true);
        }
        let primary = quote.deal.filter(|_| quote.primary == Some(true));
        if let Some(deal) = primary {
            only_primary(cx, deal, self.id)?;
        }
        let row = cx.update(Row { body: quote.clone().into(), ..row })?;
        let deal_value = match (primary, quote.net) {
            (Some(deal), Some(net)) => give_value(cx, deal, net, false)?,
            _ => None,
        };
        Ok(QuoteNow { deal_value, superseded, taken_back, ..QuoteNow::of(&row, &quote) })
    }
}

/// A note of a body, where there is one.
pub(super) fn put_text(map: &mut Map<String, Json>, key: &str, text: &str) {
    if !text.is_empty() {
        map.insert(key.into(), text.into());
    }
}
