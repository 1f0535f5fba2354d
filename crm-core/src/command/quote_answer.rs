//! What the customer says to a quote, and taking one back.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::body::{head, head_json, instant_of, text_of};
use super::deal_move::{Step, WinDeal};
use super::draft_propose::{ProposeCommand, Proposed};
use super::quote_end::{answered_at, said};
use super::quote_issue::put_text;
use super::quote_now::QuoteNow;
use super::quote_primary::{DealValue, give_value};
use super::quote_recall::take_back_messages;
use super::quote_state::{quote_at, refuse, revision_of, standing_of};
use super::quote_terms::stored_terms;
use super::{Command, Cx, Verb};
use crate::kernel::approval::DraftState;
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::error::{Code, Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::money::Money;
use crate::kernel::offer_problem::OfferProblem;
use crate::kernel::quotes::{QuoteAct, QuoteStanding, QuoteState};
use crate::kernel::reason::Reason;
use crate::kernel::sales::StageKind;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Key, Kind, Quote, Row};
use crate::rules::Rules;
use crate::rules::quote::{LineContent, QuoteLine, QuoteTerms, totals};
use crate::rules::read::{Object, list};

/// Writes down that the customer said yes: `{"id": "...", "revision": 1, "hash": "...", "by": "Anne Martin", "at": "...",
/// "note": "...", "chosen": ["l4"], "late_reason": "..."}`. `revision` is which version of the quote it is, `hash` what the
/// customer had before them; both have to be right. `chosen` has the optional lines that were taken, by id or by their place from 1.
///
/// After the last day, by `at`, only with a `late_reason`. The same acceptance again answers the same. Where the quote is of
/// an open deal, winning it is proposed: `deal.win` waits for somebody's OK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptQuote {
    /// The quote.
    pub id: Id,
    /// Which version of the quote it is.
    pub revision: u64,
    /// The hash of exactly what was accepted.
    pub hash: String,
    /// Who of the customer's accepted.
    pub by: String,
    /// When; now unless it is said otherwise.
    pub at: Option<Instant>,
    /// What is to be said of it.
    pub note: String,
    /// The optional lines that were taken.
    pub chosen: Vec<Chosen>,
    /// Why it is accepted after its last day.
    pub late_reason: String,
}

/// An optional line that the customer takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Chosen {
    /// By its place among all lines, from 1.
    Place(u64),
    /// By its id.
    Id(String),
}

/// A quote that was accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AcceptedQuote {
    /// The quote as it stands now.
    #[serde(flatten)]
    pub quote: QuoteNow,
    /// What exactly was accepted.
    pub acceptance: Json,
    /// The proposal to win the deal, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub win: Option<WinProposed>,
    /// Why winning the deal could not be proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub win_problem: Option<Json>,
}

/// That winning a deal waits for somebody's OK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WinProposed {
    /// The deal.
    pub deal: Id,
    /// The draft.
    pub draft: Id,
    /// Where it stands.
    pub state: DraftState,
    /// Its revision, for whoever decides.
    pub revision: u64,
    /// The hash of its content, for whoever decides.
    pub content_hash: String,
}

/// The terms with the optional lines that were taken.
fn with_chosen(terms: &QuoteTerms, chosen: &[Chosen]) -> Result<QuoteTerms> {
    let mut taken = terms.clone();
    for (i, one) in chosen.iter().enumerate() {
        let place = match one {
            Chosen::Place(place) => usize::try_from(*place).ok().and_then(|place| place.checked_sub(1)),
            Chosen::Id(id) => terms.lines.iter().position(|line| line.id.as_ref() == Some(id)),
        };
        let line: Option<&mut QuoteLine> = place.and_then(|place| taken.lines.get_mut(place));
        match line.map(|line| &mut line.content) {
            Some(content @ LineContent::Optional(_)) => {
                if let LineContent::Optional(pricing) = content.clone() {
                    *content = LineContent::Item(pricing);
                }
            }
            _ => {
                let line = match one {
                    Chosen::Place(place) => place.to_string(),
                    Chosen::Id(id) => id.clone(),
                };
                return Err(Error::from(OfferProblem::NotOptional { line }).at_index(i).at("chosen"));
            }
        }
    }
    Ok(taken)
}

impl AcceptQuote {
    /// Accepts a version of a quote.
    pub fn new(id: Id, revision: u64, hash: &str, by: &str) -> Self {
        let (hash, by) = (hash.to_owned(), by.to_owned());
        let (note, late_reason) = (String::new(), String::new());
        Self { id, revision, hash, by, at: None, note, chosen: Vec::new(), late_reason }
    }

    /// What is written down of the acceptance; the same acceptance gives the same bytes.
    fn record(&self, quote: &Quote, at: Instant) -> Result<(Json, Money)> {
        let terms = with_chosen(&stored_terms(quote)?, &self.chosen)?;
        let sums = totals(&terms)?;
        let money = |minor: i64| Money::new(minor, terms.currency);
        let net = money(sums.sums.net)?;
        let mut map = Map::new();
        map.insert("hash".into(), self.hash.as_str().into());
        map.insert("by".into(), self.by.as_str().into());
        map.insert("at".into(), format_instant(at).into());
        map.insert("chosen".into(), json!(self.chosen));
        put_text(&mut map, "note", &self.note);
        put_text(&mut map, "late_reason", &self.late_reason);
        map.insert("net".into(), net.to_json());
        map.insert("vat".into(), money(sums.sums.vat)?.to_json());
        map.insert("gross".into(), money(sums.payable)?.to_json());
        Ok((Json::Object(map), net))
    }

    /// Refuses another version, or another content, than the quote has.
    fn refuse_other(&self, quote: &Quote) -> Result<()> {
        let expected = revision_of(quote);
        if self.revision != expected {
            return Err(Error::from(OfferProblem::OtherVersion { found: self.revision, expected }).at("revision"));
        }
        if self.hash != quote.hash {
            let (found, expected) = (self.hash.clone(), quote.hash.clone());
            return Err(Error::from(OfferProblem::OtherHash { found, expected }).at("hash"));
        }
        Ok(())
    }

    /// What was answered when this was accepted.
    fn again(&self, cx: &mut Cx<'_>, row: &Row, quote: &Quote) -> Result<AcceptedQuote> {
        let known = json::parse(quote.acceptance.as_bytes()).unwrap_or(Json::Null);
        let at = self.at.or(quote.answered_at).unwrap_or(cx.at());
        let is_same = self.refuse_other(quote).is_ok() && self.record(quote, at)?.0 == known;
        if !is_same {
            let (standing, by) = (QuoteStanding::Accepted, quote.answered_by.clone());
            return Err(OfferProblem::AlreadyAnswered { standing, by }.into());
        }
        let win = match quote.deal {
            Some(deal) => proposed(cx, deal, row.id)?,
            None => None,
        };
        Ok(AcceptedQuote { quote: QuoteNow::of(row, quote), acceptance: known, win, win_problem: None })
    }
}

/// What was agreed on, with the optional lines that were taken; `None` before somebody said yes.
///
/// # Errors
/// [`Problem::Corrupt`](crate::kernel::error::Problem::Corrupt) of what no command of the library writes.
pub(super) fn agreed_net(quote: &Quote) -> Result<Option<Money>> {
    if quote.state != Some(QuoteState::Accepted) {
        return Ok(None);
    }
    let acceptance = json::parse(quote.acceptance.as_bytes())?;
    acceptance.get("net").map(crate::rules::read::money).transpose()
}

/// What a win of this quote's deal is proposed as: once.
fn origin(quote: Id) -> String {
    format!("quote {quote} accepted")
}

/// The draft under which the win was proposed.
fn draft_id(quote: Id) -> Id {
    Id::from_text(&origin(quote))
}

/// The win that was proposed when the quote was accepted, if there is one.
fn proposed(cx: &mut Cx<'_>, deal: Id, quote: Id) -> Result<Option<WinProposed>> {
    let key = Key { kind: Kind::Draft, id: draft_id(quote) };
    let row = cx.by_itself(|cx| cx.row(key))?;
    let Some(AnyRecord::Draft(draft)) = row.map(|row| row.body) else { return Ok(None) };
    let revision = draft.revision.map_or(1, i64::unsigned_abs);
    let state = draft.state.unwrap_or(DraftState::Drafting);
    Ok(Some(WinProposed { deal, draft: key.id, state, revision, content_hash: draft.content_hash }))
}

/// Proposes to win the deal of a quote, unless it is won already.
fn propose_win(cx: &mut Cx<'_>, deal: Id, quote: Id, reason: ApprovalReason) -> Result<Option<WinProposed>> {
    let row = cx.row(Key { kind: Kind::Deal, id: deal })?.filter(|row| row.archived_at.is_none());
    let is_open = match row.map(|row| row.body) {
        Some(AnyRecord::Deal(deal)) => deal.state != Some(StageKind::Won),
        _ => false,
    };
    if !is_open {
        return Ok(None);
    }
    let win = WinDeal::new(deal, Step::default());
    let propose = ProposeCommand {
        id: Some(draft_id(quote)),
        reasons: vec![Json::Object(Reason::Approval(reason).to_json(None))],
        origin_key: origin(quote),
        ..ProposeCommand::of(&win)
    };
    let Proposed { draft, state, revision, content_hash, .. } = propose.propose(cx)?;
    Ok(Some(WinProposed { deal, draft, state, revision, content_hash }))
}

impl Command for AcceptQuote {
    type Output = AcceptedQuote;
    const VERB: Verb = Verb::Issue;

    fn name() -> Cow<'static, str> {
        "quote.accept".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, None);
        map.insert("revision".into(), self.revision.into());
        let texts = [("hash", &self.hash), ("by", &self.by), ("note", &self.note), ("late_reason", &self.late_reason)];
        texts.into_iter().for_each(|(key, text)| put_text(&mut map, key, text));
        put_text(&mut map, "at", &self.at.map(format_instant).unwrap_or_default());
        if !self.chosen.is_empty() {
            map.insert("chosen".into(), json!(self.chosen));
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let keys = &["id", "revision", "hash", "by", "at", "note", "chosen", "late_reason"];
        let (o, map) =
            (Object::new(body, keys)?, json::object(body, "an object with `id`, `revision`, `hash` and `by`")?);
        let (id, _) = head(map)?;
        let revision = json::count_of(map, "revision")?.ok_or_else(|| Problem::Missing { name: "revision".into() })?;
        let one = |v: &Json| json::typed(v.clone(), "a line's id, or its place from 1");
        let mut chosen: Vec<Chosen> = o.optional("chosen", |v| list(v, one))?.unwrap_or_default();
        chosen.sort();
        chosen.dedup();
        Ok(Self {
            id,
            revision,
            hash: said(map, "hash")?,
            by: said(map, "by")?,
            at: instant_of(map, "at")?,
            note: text_of(map, "note")?.unwrap_or_default(),
            chosen,
            late_reason: text_of(map, "late_reason")?.unwrap_or_default(),
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<AcceptedQuote> {
        let (row, mut quote) = quote_at(cx, self.id)?;
        if quote.state == Some(QuoteState::Accepted) {
            return self.again(cx, &row, &quote);
        }
        let at = answered_at(cx, &quote, self.at)?;
        // Late is who said yes late, not who writes it down late.
        let standing = standing_of(cx.rules(), &quote, at);
        match standing {
            QuoteStanding::Expired if self.late_reason.is_empty() => {
                self.refuse_other(&quote)?;
                let valid_until = quote.valid_until.map(|day| day.to_string()).unwrap_or_default();
                return Err(OfferProblem::Expired { valid_until }.into());
            }
            QuoteStanding::Expired => refuse(QuoteAct::AcceptLate, standing)?,
            _ => refuse(QuoteAct::Accept, standing)?,
        }
        self.refuse_other(&quote)?;
        let (acceptance, net) = self.record(&quote, at)?;
        quote.state = Some(QuoteState::Accepted);
        quote.answered_at = Some(at);
        quote.answered_by.clone_from(&self.by);
        quote.answer_note = if self.late_reason.is_empty() { self.note.clone() } else { self.late_reason.clone() };
        quote.acceptance = json::canonical(&acceptance);
        let row = cx.update(Row { body: quote.clone().into(), ..row })?;
        let taken_back = take_back_messages(cx, self.id, &quote)?;
        let primary = quote.deal.filter(|_| quote.primary == Some(true));
        let deal_value: Option<DealValue> = match primary {
            Some(deal) => give_value(cx, deal, net, false)?,
            None => None,
        };
        let (win, win_problem) = match quote.deal {
            None => (None, None),
            Some(deal) => {
                let why = ApprovalReason::QuoteAccepted { number: quote.number.clone(), by: self.by.clone() };
                match cx.attempt(|cx| propose_win(cx, deal, self.id, why)) {
                    Ok(win) => (win, None),
                    // The customer said yes, whatever the deal lacks to be won.
                    Err(e) if is_about_the_win(&e) => (None, Some(e.to_json())),
                    Err(e) => return Err(e),
                }
            }
        };
        Ok(AcceptedQuote {
            quote: QuoteNow { deal_value, taken_back, ..QuoteNow::of(&row, &quote) },
            acceptance,
            win,
            win_problem,
        })
    }
}

/// Whether an error says that the deal cannot be won so, and not that the store failed.
fn is_about_the_win(error: &Error) -> bool {
    let code = error.code();
    code.is_about_input() || matches!(code, Code::WrongState | Code::Forbidden | Code::AlreadyExists)
}
