//! The primary quote of a deal: at most one, and the deal's value follows it until somebody writes another.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Cx;
use super::quote_state::{quote_of, standing_of};
use crate::kernel::coded::coded;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::money::Money;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::quotes::{QuoteStanding, ValueSource};
use crate::kernel::sales::StageKind;
use crate::model::{AnyRecord, Key, Kind, Row};
use crate::rules::offer::is_open;
use crate::store::Query;

coded! {
    /// What became of a deal's value when its primary quote was issued or accepted.
    ValueOutcome {
        /// It is the quote's net now, or was already.
        Followed = "followed",
        /// It is the quote's net now, in place of another one that no quote gave.
        ReplacedManual = "replaced_manual",
        /// Somebody wrote another one since, which stays.
        KeptManual = "kept_manual",
        /// The deal was won or lost; what it was worth then stays.
        KeptClosed = "kept_closed",
    }
}

/// What became of a deal's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DealValue {
    /// The deal.
    pub deal: Id,
    /// Its value now.
    pub value: Json,
    /// What it was before.
    pub before: Json,
    /// What became of it.
    pub outcome: ValueOutcome,
}

/// The primary quotes of a deal as this command leaves them.
fn primaries(cx: &mut Cx<'_>, deal: Id) -> Result<Vec<Row>> {
    cx.by_itself(|cx| {
        let schema = cx.rules().schema(Kind::Quote);
        let mut query = Query::all(Kind::Quote, schema.clone(), cx.at());
        let of_deal = Predicate::test("deal", Operator::Equal, deal.to_string());
        let is_primary = Predicate::test("primary", Operator::Equal, true);
        query.filter = Some(Predicate::All(vec![of_deal, is_primary]).compile(&schema)?);
        let mut rows = cx.find(&query)?.rows;
        rows.retain(|row| cx.staged(Kind::Quote).all(|staged| staged.id != row.id));
        rows.extend(cx.staged(Kind::Quote).cloned());
        let fits = |row: &Row| {
            quote_of(row).is_some_and(|quote| quote.deal == Some(deal) && quote.primary == Some(true))
                && row.archived_at.is_none()
        };
        rows.retain(fits);
        Ok(rows)
    })
}

/// Whether a deal has a quote that its value follows, and that is not over.
pub(super) fn has_primary(cx: &mut Cx<'_>, deal: Id, but: Option<Id>) -> Result<bool> {
    let (rules, at) = (cx.rules(), cx.at());
    let counts = |row: &Row| {
        quote_of(row)
            .map(|quote| standing_of(rules, quote, at))
            .is_some_and(|standing| Some(row.id) != but && (is_open(standing) || standing == QuoteStanding::Accepted))
    };
    Ok(primaries(cx, deal)?.iter().any(counts))
}

/// Refuses to say which quote a deal's value follows to whoever may not change that value.
///
/// # Errors
/// [`Problem::NotFound`](crate::Problem::NotFound) of a deal that is not seen, and
/// [`Problem::Forbidden`](crate::Problem::Forbidden) with the rule.
pub(super) fn may_value(cx: &mut Cx<'_>, deal: Id) -> Result<()> {
    cx.reached(Key { kind: Kind::Deal, id: deal }).map(drop)
}

/// Takes the mark from every other quote of a deal.
pub(super) fn only_primary(cx: &mut Cx<'_>, deal: Id, id: Id) -> Result<()> {
    for row in primaries(cx, deal)?.into_iter().filter(|row| row.id != id) {
        let Some(mut quote) = quote_of(&row).cloned() else { continue };
        quote.primary = Some(false);
        cx.by_itself(|cx| cx.update(Row { body: quote.into(), ..row }))?;
    }
    Ok(())
}

/// Gives a deal the value of its primary quote. What somebody wrote over an earlier quote's value stays, unless somebody says
/// again that this quote is the primary one (`again`).
pub(super) fn give_value(cx: &mut Cx<'_>, deal: Id, net: Money, again: bool) -> Result<Option<DealValue>> {
    let key = Key { kind: Kind::Deal, id: deal };
    cx.by_itself(|cx| {
        let Some(row) = cx.row(key)?.filter(|row| row.archived_at.is_none()) else { return Ok(None) };
        let AnyRecord::Deal(known) = &row.body else { return Ok(None) };
        let mut after = known.clone();
        let before = known.value.map_or(Json::Null, Money::to_json);
        let is_closed = matches!(known.state, Some(StageKind::Won | StageKind::Lost));
        let outcome = match known.value_source {
            _ if is_closed => ValueOutcome::KeptClosed,
            Some(ValueSource::Manual) if !again => ValueOutcome::KeptManual,
            Some(ValueSource::PrimaryQuote) => ValueOutcome::Followed,
            _ if known.value.is_some_and(|value| value != net) => ValueOutcome::ReplacedManual,
            _ => ValueOutcome::Followed,
        };
        if matches!(outcome, ValueOutcome::Followed | ValueOutcome::ReplacedManual) {
            after.value = Some(net);
            after.value_source = Some(ValueSource::PrimaryQuote);
        }
        let value = after.value.map_or(Json::Null, Money::to_json);
        cx.update(Row { body: (*after).into(), ..row })?;
        Ok(Some(DealValue { deal, value, before, outcome }))
    })
}
