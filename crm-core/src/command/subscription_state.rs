//! What the library itself keeps of a subscription and its products, settled whenever a command writes them.

use chrono::NaiveDate;

use super::Cx;
use super::links::linked;
use crate::kernel::customer::{RenewalKind, SubscriptionStatus};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::money::Currency;
use crate::kernel::number::Number;
use crate::kernel::time::{Instant, parse_date};
use crate::model::{AnyRecord, Key, Kind, Renewal, Row, Subscription, SubscriptionItem};
use crate::rules::Rules;
use crate::rules::check;
use crate::rules::subscription::{Contract, Item, MOST_UPLIFT_BP, Notice, NoticeTerms, Terms, covered_until};

/// Most products of one subscription.
pub(crate) const MOST_ITEMS: usize = 1_000;
/// How an interval that goes on ends.
pub(super) const ON: &str = "..";

/// The subscription of a row, if it is one.
pub(crate) fn subscription_of(row: &Row) -> Option<&Subscription> {
    match &row.body {
        AnyRecord::Subscription(subscription) => Some(subscription),
        _ => None,
    }
}

/// The product of a row, if it is one.
pub(crate) fn sold_of(row: &Row) -> Option<&SubscriptionItem> {
    match &row.body {
        AnyRecord::SubscriptionItem(item) => Some(item),
        _ => None,
    }
}

/// The renewal of a row, if it is one.
pub(crate) fn renewal_of(row: &Row) -> Option<&Renewal> {
    match &row.body {
        AnyRecord::Renewal(renewal) => Some(renewal),
        _ => None,
    }
}

/// The day that an instant is on, by the clocks of the workspace.
pub(crate) fn day_of(rules: &Rules, at: Instant) -> NaiveDate {
    rules.tasks().days.zone.day(at)
}

/// What happens at the end of a term: nothing where there are no terms, else it goes on by itself unless somebody said
/// otherwise.
pub(crate) fn renewal_kind(subscription: &Subscription) -> RenewalKind {
    match subscription.term_months {
        None if subscription.ends_on.is_some() => RenewalKind::None,
        _ => subscription.renewal.unwrap_or(RenewalKind::Auto),
    }
}

/// The terms of a subscription; `None` where it has no first day or goes on in one.
pub(crate) fn terms_of(subscription: &Subscription) -> Result<Option<Terms>> {
    let Some(starts_on) = subscription.starts_on else { return Ok(None) };
    Terms::new(starts_on, subscription.ends_on, subscription.term_months)
}

/// The dates around the end of a term.
pub(crate) fn notice_of(subscription: &Subscription, ends_on: NaiveDate) -> Result<Notice> {
    let terms = NoticeTerms {
        ends_on,
        notice_months: subscription.notice_months.unwrap_or(0),
        notice_days: subscription.notice_days.unwrap_or(0),
        renewal: renewal_kind(subscription),
        customer: subscription.customer_kind,
    };
    terms.dates()
}

/// The last day that a contract covers; none where it goes on.
fn last_day(subscription: &Subscription) -> Result<Option<NaiveDate>> {
    let first_end = match terms_of(subscription)? {
        Some(terms) => terms.term(1)?.map(|term| term.end),
        None => None,
    };
    let (renewed, cancelled) = (subscription.renewed_until, subscription.cancelled_on);
    Ok(covered_until(first_end, renewal_kind(subscription), renewed, cancelled))
}

/// Whether a contract runs on a day; a pause ends none, it only costs nothing.
pub(super) fn runs_on(subscription: &Subscription, day: NaiveDate) -> Result<bool> {
    // Without a last day, one that was ended is over.
    if subscription.status == Some(SubscriptionStatus::Cancelled) && subscription.cancelled_on.is_none() {
        return Ok(false);
    }
    let has_begun = subscription.starts_on.is_some_and(|first| first <= day);
    Ok(has_begun && !is_over(subscription, day)?)
}

/// Whether the last day of a contract is before a day, whoever ended it or nobody.
pub(super) fn is_over(subscription: &Subscription, day: NaiveDate) -> Result<bool> {
    Ok(last_day(subscription)?.is_some_and(|last| last < day))
}

/// A pause as it is kept.
pub(crate) fn pause_of(text: &str) -> Option<(NaiveDate, Option<NaiveDate>)> {
    let (from, to) = text.split_once('/')?;
    let to = if to == ON { None } else { Some(parse_date(to).ok()?) };
    Some((parse_date(from).ok()?, to))
}

/// A product as the rule counts it; `None` without a price.
pub(crate) fn counted(item: &SubscriptionItem) -> Result<Option<Item>> {
    let Some(unit_price) = item.unit_price else { return Ok(None) };
    Ok(Some(Item {
        product: item.product.clone(),
        quantity: item.quantity.map_or_else(|| Number::from_integer(1), Ok)?,
        unit_price,
        interval_months: item.interval_months.unwrap_or(1),
        starts_on: item.starts_on,
        ends_on: item.ends_on,
    }))
}

/// A subscription as the rule counts it; `None` without a first day.
pub(crate) fn contract_of<'a>(
    id: Id,
    subscription: &Subscription,
    items: impl IntoIterator<Item = &'a SubscriptionItem>,
) -> Result<Option<Contract>> {
    let Some(starts_on) = subscription.starts_on else { return Ok(None) };
    let mut counts = Vec::new();
    for item in items {
        counts.extend(counted(item)?);
    }
    Ok(Some(Contract {
        id: id.to_string(),
        account: subscription.account.unwrap_or(id).to_string(),
        starts_on,
        covered_until: last_day(subscription)?,
        pauses: subscription.pauses.iter().filter_map(|pause| pause_of(pause)).collect(),
        items: counts,
    }))
}

/// The products of a subscription in use, as they are or as they are staged.
pub(super) fn items_of(cx: &mut Cx<'_>, subscription: Id) -> Result<Vec<Row>> {
    let stored = linked(cx, (Kind::SubscriptionItem, "subscription"), &[subscription], MOST_ITEMS)?;
    let mut rows = Vec::with_capacity(stored.len());
    for row in &stored {
        rows.extend(cx.row(row.key())?);
    }
    let known = |row: &&Row| !stored.iter().any(|other| other.id == row.id);
    rows.extend(cx.staged(Kind::SubscriptionItem).filter(known).cloned());
    rows.retain(|row| row.archived_at.is_none() && sold_of(row).is_some_and(|i| i.subscription == Some(subscription)));
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// Settles the subscription of a row that is about to be staged; other rows stay as they are. Whoever changes one has its
/// renewals looked at.
///
/// # Errors
/// Days out of order, numbers out of range, an unknown currency or another one than its products have; at the field.
pub(super) fn settle_subscription(
    cx: &mut Cx<'_>,
    before: Option<&Row>,
    row: &mut Row,
    by_library: bool,
) -> Result<()> {
    let Some(mut new) = subscription_of(row).cloned() else { return Ok(()) };
    terms_of(&new)?;
    notice_of(&new, new.ends_on.or(new.starts_on).unwrap_or_default().max(NaiveDate::default()))?;
    if let Some(uplift) = new.uplift_bp {
        check::between(uplift, -10_000, MOST_UPLIFT_BP).map_err(|e| e.at("uplift_bp"))?;
    }
    for (key, last) in [("cancelled_on", new.cancelled_on), ("renewed_until", new.renewed_until)] {
        if let (Some(from), Some(to)) = (new.starts_on, last)
            && to < from
        {
            let (from, to) = (from.to_string(), to.to_string());
            return Err(Error::from(Problem::EndBeforeStart { from, to }).at(key));
        }
    }
    if !new.currency.is_empty() {
        let currency: Currency = new.currency.parse().map_err(|e: Error| e.at("currency"))?;
        if before.and_then(subscription_of).is_some_and(|old| old.currency != new.currency) {
            for item in items_of(cx, row.id)? {
                let price = sold_of(&item).and_then(|item| item.unit_price);
                refuse_other(currency, price.map(|price| price.currency())).map_err(|e| e.at("currency"))?;
            }
        }
    }
    if new.status.is_none() {
        let ended = new.cancelled_on.is_some();
        new.status = Some(if ended { SubscriptionStatus::Cancelled } else { SubscriptionStatus::Active });
    }
    if !by_library {
        new.renewals_wake_on = Some(day_of(cx.rules(), cx.at()));
    }
    row.body = new.into();
    Ok(())
}

/// Checks the product of a row that is about to be staged; other rows stay as they are.
///
/// # Errors
/// A product without a subscription, what cannot be charged, a price in another currency; at the field.
pub(super) fn settle_item(cx: &mut Cx<'_>, row: &Row) -> Result<()> {
    let Some(item) = sold_of(row) else { return Ok(()) };
    let subscription = item.subscription.ok_or_else(|| Problem::Missing { name: "subscription".into() })?;
    if let Some(counts) = counted(item)? {
        counts.check()?;
    }
    let key = Key { kind: Kind::Subscription, id: subscription };
    let stored = cx.existing(key).map_err(|e| e.at("subscription"))?;
    let currency = subscription_of(&stored).map(|s| s.currency.as_str()).filter(|code| !code.is_empty());
    match currency {
        None => Ok(()),
        Some(code) => {
            let found = item.unit_price.map(|price| price.currency());
            refuse_other(code.parse()?, found).map_err(|e| e.at("unit_price"))
        }
    }
}

fn refuse_other(expected: Currency, found: Option<Currency>) -> Result<()> {
    match found {
        Some(found) if found != expected => {
            let (expected, found) = (expected.code().into(), found.code().into());
            Err(Problem::OtherCurrency { expected, found }.into())
        }
        _ => Ok(()),
    }
}
