//! What the library itself keeps of a quote: where it stands, its versions, and what it hears of the message that it
//! leaves with.

use super::Cx;
use crate::kernel::approval::ParcelState;
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::offer_problem::OfferProblem;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::quotes::{QuoteAct, QuoteStanding, QuoteState};
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Draft, Key, Kind, Quote, Row};
use crate::rules::Rules;
use crate::rules::approval::{Check, Parcel, Proposal};
use crate::rules::offer::{allows, standing};
use crate::store::{Archived, MOST_ROWS, Query};

/// Most versions of one quote.
pub(crate) const MOST_VERSIONS: usize = 100;

/// The quote of a row, if it is one.
pub(crate) fn quote_of(row: &Row) -> Option<&Quote> {
    match &row.body {
        AnyRecord::Quote(quote) => Some(quote),
        _ => None,
    }
}

/// The key of a quote.
pub(super) const fn key(id: Id) -> Key {
    Key { kind: Kind::Quote, id }
}

/// A quote that is in use.
///
/// # Errors
/// As [`Cx::active`].
pub(super) fn quote_at(cx: &mut Cx<'_>, id: Id) -> Result<(Row, Quote)> {
    let row = cx.active(key(id))?;
    let missing = || Problem::NotFound { record: Kind::Quote.name().into(), id: id.to_string() };
    let quote = quote_of(&row).cloned().ok_or_else(missing)?;
    Ok((row, quote))
}

/// Where a quote stands at an instant.
pub(crate) fn standing_of(rules: &Rules, quote: &Quote, at: Instant) -> QuoteStanding {
    standing(quote.state.unwrap_or(QuoteState::Draft), quote.valid_until, &rules.quotes().zone, at)
}

/// Which version of the quote it is.
pub(crate) fn revision_of(quote: &Quote) -> u64 {
    quote.revision.and_then(|version| u64::try_from(version).ok()).unwrap_or(1)
}

/// Refuses what a quote that stands so does not take.
///
/// # Errors
/// [`OfferProblem::NotAllowed`].
pub(super) fn refuse(act: QuoteAct, standing: QuoteStanding) -> Result<()> {
    match allows(act, standing) {
        true => Ok(()),
        false => Err(OfferProblem::NotAllowed { act, standing }.into()),
    }
}

/// Refuses to go on from another version of the row than whoever asks saw.
///
/// # Errors
/// [`Problem::Conflict`].
pub(super) fn refuse_unseen(row: &Row, seen: Option<u64>) -> Result<()> {
    match seen.filter(|seen| *seen != row.version) {
        None => Ok(()),
        Some(expected) => {
            let (record, id) = (Kind::Quote.name().into(), row.id.to_string());
            Err(Problem::Conflict { record, id, expected, found: row.version }.into())
        }
    }
}

/// Every version of a quote as this command leaves it, archived ones too, in order.
///
/// # Errors
/// [`Problem::TooMany`], and the store's own.
pub(super) fn versions(cx: &mut Cx<'_>, root: Id) -> Result<Vec<Row>> {
    cx.by_itself(|cx| {
        let schema = cx.rules().schema(Kind::Quote);
        let mut query = Query::all(Kind::Quote, schema.clone(), cx.at());
        query.filter = Some(Predicate::test("root_quote", Operator::Equal, root.to_string()).compile(&schema)?);
        (query.archived, query.limit) = (Archived::Include, MOST_ROWS);
        let mut rows = cx.find(&query)?.rows;
        let is_new = |row: &&Row| row.version == 1 && quote_of(row).is_some_and(|quote| quote.root_quote == Some(root));
        let new: Vec<Row> = cx.staged(Kind::Quote).filter(is_new).cloned().collect();
        for row in &mut rows {
            if let Some(now) = cx.row(row.key())? {
                *row = now;
            }
        }
        rows.extend(new);
        rows.sort_by_key(|row| quote_of(row).map(revision_of));
        Ok(rows)
    })
}

/// Refuses one more version than a quote has.
///
/// # Errors
/// [`Problem::TooMany`].
pub(super) fn refuse_many(versions: &[Row]) -> Result<()> {
    if versions.len() < MOST_VERSIONS {
        return Ok(());
    }
    let (found, most) = (json::length(versions.len()).saturating_add(1), json::length(MOST_VERSIONS));
    Err(Problem::TooMany { what: "versions", found, most }.into())
}

/// Whether the quote that leaves with a draft is still the one that was approved, and still to be sent.
///
/// # Errors
/// The store's own.
pub(super) fn quote_check(cx: &mut Cx<'_>, id: Id, hash: &str) -> Result<Check> {
    cx.by_itself(|cx| {
        let Some(row) = cx.row(key(id))? else { return Ok(Check::NotMade) };
        let Some(quote) = quote_of(&row) else { return Ok(Check::NotMade) };
        let number = quote.number.clone();
        let standing = standing_of(cx.rules(), quote, cx.at());
        let reason = if !allows(QuoteAct::Send, standing) {
            Some(ApprovalReason::QuoteOver { number, standing })
        } else if quote.hash != hash {
            Some(ApprovalReason::QuoteChanged { number })
        } else {
            None
        };
        Ok(Check::refused_by(reason))
    })
}

/// A message left for somebody: the quote that it has with it was sent. One that was answered or withdrawn meanwhile keeps
/// that, and says when it was sent all the same.
///
/// # Errors
/// The store's own.
pub(super) fn quote_left(cx: &mut Cx<'_>, draft: &Draft, before: &Proposal, after: &Proposal) -> Result<()> {
    let Some(id) = draft.quote else { return Ok(()) };
    let is_new = |key: &str| before.parcel(key).is_none_or(|was| was.state != ParcelState::Sent);
    // What left of another revision had what that revision had.
    let left = |parcel: &&Parcel| {
        parcel.state == ParcelState::Sent && parcel.content_hash == draft.content_hash && is_new(&parcel.key)
    };
    let Some(parcel) = after.parcels().iter().find(left) else { return Ok(()) };
    let at = parcel.started_at.map_or(cx.at(), |started| started.min(cx.at()));
    cx.by_itself(|cx| {
        let Some(row) = cx.row(key(id))? else { return Ok(()) };
        let Some(mut quote) = quote_of(&row).cloned().filter(|quote| quote.hash == draft.quote_hash) else {
            return Ok(());
        };
        quote.sent_at = quote.sent_at.or(Some(at));
        if quote.state == Some(QuoteState::Issued) {
            quote.state = Some(QuoteState::Sent);
        }
        cx.update(Row { body: quote.into(), ..row })?;
        Ok(())
    })
}

/// That a quote is of a deal that somebody else's account has.
pub(super) fn foreign(deal: Id) -> Error {
    Error::from(OfferProblem::ForeignDeal { deal: deal.to_string() }).at("deal").at("fields")
}
