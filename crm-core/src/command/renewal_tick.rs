//! What time alone changes of renewals: they are made, the customer has to be told, terms end.

use std::borrow::Cow;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::links::linked;
use super::subscription_state::{
    contract_of, day_of, items_of, notice_of, renewal_kind, renewal_of, sold_of, subscription_of, terms_of,
};
use super::ticket_tick::limit_of;
use super::{Command, Cx, Verb};
use crate::kernel::approval::DraftState;
use crate::kernel::customer::{RenewalKind, RenewalState};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::money::Money;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::renewal_reason::NoticeState;
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Key, Kind, Renewal, Row, Subscription, SubscriptionItem};
use crate::rules::Rules;
use crate::rules::subscription::{Notice, PriceMethod, Span, covered_until, day_after, monthly_by, renewal_price};
use crate::store::{Order, Query};

/// Most subscriptions of one command; [`crate::Crm::tick_renewals`] takes any number.
pub(crate) const MOST_LOOKED_AT: usize = 200;
/// Most open terms of one subscription that are looked at in one go; the others come with the next.
const MOST_TERMS: usize = 60;

/// Makes the renewals of subscriptions whose terms end soon, and moves them on by what the day is: `{"limit": 200}`.
///
/// There is one renewal for each subscription and term; its id follows from both, so that no term has two. How often and
/// when this is called makes no difference: what a day calls for follows from the day and the subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickRenewals {
    /// The most subscriptions that are looked at.
    pub limit: usize,
}

impl Default for TickRenewals {
    fn default() -> Self {
        Self { limit: MOST_LOOKED_AT }
    }
}

/// What a tick moved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewalsTicked {
    /// Subscriptions that were looked at.
    pub subscriptions: u64,
    /// The renewals that were made or moved: `{"id", "state"}`.
    pub renewals: Vec<Json>,
    /// Whether more subscriptions wait.
    pub more: bool,
}

impl RenewalsTicked {
    /// Adds what another tick moved.
    pub fn add(&mut self, other: RenewalsTicked) {
        self.subscriptions = self.subscriptions.saturating_add(other.subscriptions);
        self.renewals.extend(other.renewals);
        self.more = other.more;
    }
}

impl Command for TickRenewals {
    type Output = RenewalsTicked;
    const VERB: Verb = Verb::Compute;

    fn name() -> Cow<'static, str> {
        "renewal.tick".into()
    }

    fn to_json(&self) -> Json {
        json!({"limit": json::length(self.limit)})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `limit`")?;
        json::only_keys(map, &["limit"])?;
        Ok(Self { limit: limit_of(map, MOST_LOOKED_AT)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<RenewalsTicked> {
        let page = cx.find(&renewals_due(cx.rules(), cx.at(), self.limit)?)?;
        let subscriptions = json::length(page.rows.len());
        let mut done = RenewalsTicked { subscriptions, more: page.next.is_some(), ..RenewalsTicked::default() };
        for row in page.rows {
            // Time is nobody's edit.
            let (moved, left) = cx.by_itself(|cx| look_at(cx, row.id))?;
            done.renewals.extend(moved);
            done.more |= left;
        }
        Ok(done)
    }
}

/// The subscriptions whose renewals have to be looked at, the longest waiting first.
pub(crate) fn renewals_due(rules: &Rules, at: Instant, limit: usize) -> Result<Query> {
    let schema = rules.schema(Kind::Subscription);
    let (field, _) = schema.resolve("renewals_wake_on")?;
    let mut query = Query::all(Kind::Subscription, schema.clone(), at);
    let is_due = Predicate::test("renewals_wake_on", Operator::AtMost, day_of(rules, at).to_string());
    query.filter = Some(is_due.compile(&schema)?);
    (query.order, query.limit) = (vec![Order { field, descending: false }], limit);
    Ok(query)
}

/// Whether nothing becomes of a renewal any more.
pub(crate) const fn is_closed(state: Option<RenewalState>) -> bool {
    matches!(state, Some(RenewalState::Renewed | RenewalState::Churned | RenewalState::Lapsed))
}

/// Looks at the renewals of one subscription; gives what moved, and whether something is left for the next time.
pub(super) fn look_at(cx: &mut Cx<'_>, id: Id) -> Result<(Vec<Json>, bool)> {
    let mut row = cx.existing(Key { kind: Kind::Subscription, id })?;
    let Some(mut subscription) = subscription_of(&row).cloned() else { return Ok((Vec::new(), false)) };
    let today = day_of(cx.rules(), cx.at());
    let mut look = Look { id, today, moved: Vec::new(), wake: None };
    let left = match row.archived_at {
        None => look.terms(cx, &subscription, day_of(cx.rules(), row.created_at))?,
        Some(_) => false,
    };
    subscription.renewals_wake_on = if left { Some(today) } else { look.wake };
    row.body = subscription.into();
    cx.update_settled(row)?;
    Ok((look.moved, left))
}

struct Look {
    id: Id,
    today: NaiveDate,
    moved: Vec<Json>,
    /// The next day on which something changes.
    wake: Option<NaiveDate>,
}

impl Look {
    fn wakes(&mut self, day: NaiveDate) {
        if day > self.today {
            self.wake = Some(self.wake.map_or(day, |wake| wake.min(day)));
        }
    }

    fn terms(&mut self, cx: &mut Cx<'_>, subscription: &Subscription, made_on: NaiveDate) -> Result<bool> {
        let Some(terms) = terms_of(subscription)? else { return Ok(false) };
        let kind = renewal_kind(subscription);
        let first_end = terms.term(1)?.map(|term| term.end);
        let agreed = covered_until(first_end, kind, subscription.renewed_until, None);
        // What ended before somebody told the library of it is history.
        let first = terms.cycle_at(agreed.map_or(made_on, |agreed| agreed.min(made_on)));
        let mut open = 0usize;
        for cycle in first.. {
            let Ok(Some(term)) = terms.term(cycle) else { break };
            let is_agreed = kind == RenewalKind::Auto || agreed.is_some_and(|agreed| term.start <= agreed);
            if !is_agreed || subscription.cancelled_on.is_some_and(|last| last < term.start) {
                break;
            }
            let notice = notice_of(subscription, term.end)?;
            let opens = opens(&notice, term.end, cx.rules().renewals().horizon_days());
            if self.today < opens {
                self.wakes(opens);
                break;
            }
            let key = Key { kind: Kind::Renewal, id: Renewal::id_of(self.id, cycle) };
            let known = cx.row(key)?;
            let is_over = |row: &Row| row.archived_at.is_some() || is_closed(renewal_of(row).and_then(|r| r.state));
            if known.as_ref().is_some_and(is_over) {
                continue;
            }
            if open == MOST_TERMS {
                return Ok(true);
            }
            open = open.saturating_add(1);
            self.term(cx, subscription, (cycle, term, notice), known)?;
        }
        Ok(false)
    }

    fn term(
        &mut self,
        cx: &mut Cx<'_>,
        subscription: &Subscription,
        (cycle, term, notice): (u32, Span, Notice),
        known: Option<Row>,
    ) -> Result<()> {
        let before = known.as_ref().and_then(renewal_of).cloned();
        let mut renewal = before.clone().unwrap_or_default();
        renewal.subscription = Some(self.id);
        renewal.account = subscription.account;
        renewal.cycle = Some(i64::from(cycle));
        renewal.due_on = Some(term.end);
        renewal.opt_out_on = Some(notice.opt_out_on);
        renewal.notice_from = notice.window.map(|(from, _)| from);
        renewal.notice_to = notice.window.map(|(_, to)| to);
        if renewal.owner.is_empty() {
            renewal.owner.clone_from(&subscription.owner);
        }
        if renewal.notice_sent_at.is_none() {
            renewal.notice_sent_at = sent_at(cx, renewal.draft)?;
        }
        let items = items_of(cx, self.id)?;
        renewal.amount = yearly(self.id, subscription, items.iter().filter_map(sold_of), term.end)?;
        let zone = cx.rules().tasks().days.zone.clone();
        let end = |state, day| (state, Some(zone.day_start(day_after(day))));
        let (state, closed_at) = match subscription.cancelled_on {
            Some(last) if last <= term.end => {
                renewal.lost_reason.clone_from(&subscription.cancel_reason);
                end(RenewalState::Churned, last)
            }
            _ if self.today > term.end => match renewal_kind(subscription) {
                RenewalKind::Auto => {
                    raise(cx, self.id, subscription, cycle, term.end)?;
                    end(RenewalState::Renewed, term.end)
                }
                _ if renewal.state == Some(RenewalState::Negotiating) => (RenewalState::Negotiating, None),
                RenewalKind::Manual | RenewalKind::None => end(RenewalState::Lapsed, term.end),
            },
            _ => {
                self.wakes(day_after(term.end));
                (self.standing(&notice, &renewal, &zone), None)
            }
        };
        (renewal.state, renewal.closed_at) = (Some(state), closed_at);
        if before.as_ref() == Some(&renewal) {
            return Ok(());
        }
        let id = Renewal::id_of(self.id, cycle);
        self.moved.push(json!({"id": id.to_string(), "state": state.code()}));
        match known {
            None => cx.insert(id, renewal.into())?,
            Some(row) => cx.update(Row { body: renewal.into(), ..row })?,
        };
        Ok(())
    }

    /// How a renewal stands that is not over.
    fn standing(&mut self, notice: &Notice, renewal: &Renewal, zone: &crate::kernel::zone::Zone) -> RenewalState {
        if let Some((from, to)) = notice.window {
            self.wakes(from);
            self.wakes(day_after(to));
        }
        if renewal.state == Some(RenewalState::Negotiating) {
            return RenewalState::Negotiating;
        }
        let sent_on = renewal.notice_sent_at.map(|at| zone.day(at));
        match notice.standing(sent_on, self.today).state {
            NoticeState::Due if notice.is_required => RenewalState::NoticeDue,
            NoticeState::Missed if notice.is_required => RenewalState::NoticeMissed,
            _ => RenewalState::Upcoming,
        }
    }
}

/// From which day on a term's renewal is there.
fn opens(notice: &Notice, ends_on: NaiveDate, horizon_days: i64) -> NaiveDate {
    let horizon = ends_on.checked_sub_days(Days::new(horizon_days.unsigned_abs())).unwrap_or(ends_on);
    let first = notice.window.map_or(notice.opt_out_on, |(from, _)| from);
    horizon.min(first)
}

/// When a message left, if it did.
fn sent_at(cx: &mut Cx<'_>, draft: Option<Id>) -> Result<Option<Instant>> {
    let Some(id) = draft else { return Ok(None) };
    let Some(row) = cx.row(Key { kind: Kind::Draft, id })? else { return Ok(None) };
    let is_sent = matches!(&row.body, AnyRecord::Draft(draft) if draft.state == Some(DraftState::Sent));
    Ok(row.clocks.get("state").map(|clock| clock.at).filter(|_| is_sent))
}

/// Has the renewal looked at whose customer a message told, once that left.
pub(super) fn notice_left(cx: &mut Cx<'_>, draft: Id) -> Result<()> {
    for row in cx.by_itself(|cx| linked(cx, (Kind::Renewal, "draft"), &[draft], MOST_TERMS))? {
        if let Some(subscription) = renewal_of(&row).and_then(|renewal| renewal.subscription) {
            cx.by_itself(|cx| look_at(cx, subscription))?;
        }
    }
    Ok(())
}

/// What a year of a subscription comes to on a day; `None` of none or of several currencies.
pub(crate) fn yearly<'a>(
    id: Id,
    subscription: &Subscription,
    items: impl IntoIterator<Item = &'a SubscriptionItem>,
    day: NaiveDate,
) -> Result<Option<Money>> {
    let Some(contract) = contract_of(id, subscription, items)? else { return Ok(None) };
    let mut sums = monthly_by([&contract], day, |_, _| ())?.into_iter();
    let (Some(((_, currency), monthly)), None) = (sums.next(), sums.next()) else { return Ok(None) };
    let minor = i64::try_from(monthly.rounded(12)?).ok();
    Ok(minor.and_then(|minor| Money::new(minor, currency).ok()))
}

/// Gives the next term its prices, where the subscription says that they rise: new rows from its first day on.
pub(super) fn raise(
    cx: &mut Cx<'_>,
    id: Id,
    subscription: &Subscription,
    cycle: u32,
    ends_on: NaiveDate,
) -> Result<()> {
    let Some(uplift) = subscription.uplift_bp.filter(|uplift| *uplift != 0) else { return Ok(()) };
    for row in items_of(cx, id)? {
        let Some(item) = sold_of(&row).cloned() else { continue };
        let covers = item.starts_on.is_none_or(|from| from <= ends_on) && item.ends_on.is_none_or(|to| ends_on < to);
        let (true, Some(price)) = (covers, item.unit_price) else { continue };
        let new = SubscriptionItem {
            unit_price: Some(renewal_price(PriceMethod::Uplift, price, None, Some(uplift))?),
            starts_on: Some(day_after(ends_on)),
            external_source: String::new(),
            external_id: String::new(),
            ..item.clone()
        };
        let next = Id::from_text(&format!("renewed {} {cycle}", row.id));
        if cx.row(Key { kind: Kind::SubscriptionItem, id: next })?.is_some() {
            continue;
        }
        cx.insert(next, new.into())?;
        cx.update(Row { body: SubscriptionItem { ends_on: Some(ends_on), ..item }.into(), ..row })?;
    }
    Ok(())
}
