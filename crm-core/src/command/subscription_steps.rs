//! What people do with a subscription: end it, interrupt it, change what it is of.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::body::{head, head_json, text_of};
use super::create::Saved;
use super::renewal_tick::look_at;
use super::subscription_state::{ON, day_of, pause_of, sold_of, subscription_of};
use super::{Command, Cx, Verb};
use crate::kernel::customer::SubscriptionStatus;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::money::Money;
use crate::kernel::number::Number;
use crate::model::{Key, Kind, Row, Subscription, SubscriptionItem};
use crate::rules::Rules;
use crate::rules::read::{Object, date, money};
use crate::rules::subscription::{day_after, day_before, number};

fn put_day(map: &mut Map<String, Json>, key: &str, day: Option<NaiveDate>) {
    if let Some(day) = day {
        map.insert(key.into(), day.to_string().into());
    }
}

/// The subscription of an id, as the person saw it.
fn found(cx: &mut Cx<'_>, id: Id, version: Option<u64>) -> Result<(Row, Subscription)> {
    let row = cx.active(Key { kind: Kind::Subscription, id })?;
    refuse_other_version(&row, version)?;
    let missing = || Problem::NotFound { record: Kind::Subscription.name().into(), id: id.to_string() };
    let subscription = subscription_of(&row).cloned().ok_or_else(missing)?;
    Ok((row, subscription))
}

/// Refuses a row of another version than the person saw.
pub(super) fn refuse_other_version(row: &Row, version: Option<u64>) -> Result<()> {
    match version {
        Some(expected) if expected != row.version => {
            let (record, id) = (row.body.kind().name().into(), row.id.to_string());
            Err(Problem::Conflict { record, id, expected, found: row.version }.into())
        }
        _ => Ok(()),
    }
}

fn forbids(id: Id, status: SubscriptionStatus) -> Error {
    Problem::StateForbids { record: "subscription", id: id.to_string(), state: status.code() }.into()
}

fn too_early(first: Option<NaiveDate>, day: NaiveDate) -> Result<()> {
    match first.filter(|first| day < *first) {
        Some(first) => {
            let (from, to) = (first.to_string(), day.to_string());
            Err(Error::from(Problem::EndBeforeStart { from, to }).at("on"))
        }
        None => Ok(()),
    }
}

/// Writes the subscription and has its renewals looked at.
fn saved(cx: &mut Cx<'_>, row: Row, subscription: Subscription) -> Result<Saved> {
    let row = cx.update(Row { body: subscription.into(), ..row })?;
    cx.by_itself(|cx| look_at(cx, row.id))?;
    let row = cx.existing(row.key())?;
    Ok(Saved { id: row.id, version: row.version })
}

/// Ends a subscription: `{"id", "version", "on", "reason"}`. `on` is the last day that is charged; the day of the command
/// where it is left out. Its open renewals of that day and later are lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelSubscription {
    /// Which.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
    /// Its last day.
    pub on: Option<NaiveDate>,
    /// Why.
    pub reason: String,
}

impl Command for CancelSubscription {
    type Output = Saved;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "subscription.cancel".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        put_day(&mut map, "on", self.on);
        map.insert("reason".into(), self.reason.as_str().into());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["id", "version", "on", "reason"])?;
        let map = json::object(body, "an object with `id`")?;
        let (id, version) = head(map)?;
        let reason = text_of(map, "reason")?.unwrap_or_default();
        Ok(Self { id, version, on: o.optional("on", date)?, reason })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let (row, mut subscription) = found(cx, self.id, self.version)?;
        if subscription.status == Some(SubscriptionStatus::Cancelled) {
            return Err(forbids(self.id, SubscriptionStatus::Cancelled));
        }
        let on = self.on.unwrap_or_else(|| day_of(cx.rules(), cx.at()));
        too_early(subscription.starts_on, on)?;
        subscription.cancelled_on = Some(on);
        subscription.cancel_reason.clone_from(&self.reason);
        subscription.status = Some(SubscriptionStatus::Cancelled);
        saved(cx, row, subscription)
    }
}

/// Interrupts a subscription: nothing is charged from the day `on` until it is resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PauseSubscription {
    /// Which.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
    /// The first day on which nothing is charged; that of the command where it is left out.
    pub on: Option<NaiveDate>,
}

/// Goes on with a subscription: it is charged again from the day `on`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumeSubscription {
    /// Which.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
    /// The first day on which it is charged again; that of the command where it is left out.
    pub on: Option<NaiveDate>,
}

fn dated(body: &Json) -> Result<(Id, Option<u64>, Option<NaiveDate>)> {
    let o = Object::new(body, &["id", "version", "on"])?;
    let (id, version) = head(json::object(body, "an object with `id`")?)?;
    Ok((id, version, o.optional("on", date)?))
}

impl Command for PauseSubscription {
    type Output = Saved;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "subscription.pause".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        put_day(&mut map, "on", self.on);
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (id, version, on) = dated(body)?;
        Ok(Self { id, version, on })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let (row, mut subscription) = found(cx, self.id, self.version)?;
        if let Some(status) = subscription.status.filter(|status| *status != SubscriptionStatus::Active) {
            return Err(forbids(self.id, status));
        }
        let on = self.on.unwrap_or_else(|| day_of(cx.rules(), cx.at()));
        let last = subscription.pauses.iter().filter_map(|pause| pause_of(pause)?.1).max();
        too_early(subscription.starts_on.max(last.map(day_after)), on)?;
        subscription.pauses.push(format!("{on}/{ON}"));
        subscription.status = Some(SubscriptionStatus::Paused);
        saved(cx, row, subscription)
    }
}

impl Command for ResumeSubscription {
    type Output = Saved;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "subscription.resume".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        put_day(&mut map, "on", self.on);
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (id, version, on) = dated(body)?;
        Ok(Self { id, version, on })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let (row, mut subscription) = found(cx, self.id, self.version)?;
        if let Some(status) = subscription.status.filter(|status| *status != SubscriptionStatus::Paused) {
            return Err(forbids(self.id, status));
        }
        let on = self.on.unwrap_or_else(|| day_of(cx.rules(), cx.at()));
        let open = subscription.pauses.iter().position(|pause| pause.ends_with(ON));
        if let Some(place) = open {
            let from = subscription.pauses.get(place).and_then(|pause| pause_of(pause)).map(|(from, _)| from);
            too_early(from, on)?;
            // Resumed on the day of the pause: there was none.
            let kept = from.filter(|from| *from < on).map(|from| format!("{from}/{}", day_before(on)));
            subscription.pauses.remove(place);
            subscription.pauses.extend(kept);
        }
        subscription.status = Some(SubscriptionStatus::Active);
        saved(cx, row, subscription)
    }
}

/// Changes quantity or price of a product from a day on: `{"id", "version", "on", "quantity", "unit_price"}`. The row ends on
/// the day before, and a new one begins; what was charged stays told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeItem {
    /// Which row.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
    /// The first day of the change.
    pub on: NaiveDate,
    /// How many from then on.
    pub quantity: Option<Number>,
    /// What one costs from then on.
    pub unit_price: Option<Money>,
}

impl Command for ChangeItem {
    type Output = Saved;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "subscription_item.change".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        put_day(&mut map, "on", Some(self.on));
        if let Some(quantity) = self.quantity {
            map.insert("quantity".into(), quantity.to_string().into());
        }
        if let Some(price) = self.unit_price {
            map.insert("unit_price".into(), price.to_json());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["id", "version", "on", "quantity", "unit_price"])?;
        let (id, version) = head(json::object(body, "an object with `id`")?)?;
        let on = date(o.required("on")?).map_err(|e| e.at("on"))?;
        let (quantity, unit_price) = (o.optional("quantity", number)?, o.optional("unit_price", money)?);
        if quantity.is_none() && unit_price.is_none() {
            return Err(Problem::MissingOneOf { names: &["quantity", "unit_price"] }.into());
        }
        Ok(Self { id, version, on, quantity, unit_price })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let row = cx.active(Key { kind: Kind::SubscriptionItem, id: self.id })?;
        refuse_other_version(&row, self.version)?;
        let missing = || Problem::NotFound { record: Kind::SubscriptionItem.name().into(), id: self.id.to_string() };
        let item = sold_of(&row).cloned().ok_or_else(missing)?;
        too_early(item.starts_on.map(day_after), self.on)?;
        if let Some(last) = item.ends_on.filter(|last| *last < self.on) {
            let (from, to) = (self.on.to_string(), last.to_string());
            return Err(Error::from(Problem::EndBeforeStart { from, to }).at("on"));
        }
        let new = SubscriptionItem {
            quantity: self.quantity.or(item.quantity),
            unit_price: self.unit_price.or(item.unit_price),
            starts_on: Some(self.on),
            external_source: String::new(),
            external_id: String::new(),
            ..item.clone()
        };
        cx.update(Row { body: SubscriptionItem { ends_on: Some(day_before(self.on)), ..item }.into(), ..row })?;
        let id = cx.new_id();
        let row = cx.insert(id, new.into())?;
        Ok(Saved { id, version: row.version })
    }
}
