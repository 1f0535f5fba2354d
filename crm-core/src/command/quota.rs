//! Setting quotas.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::exchange_rate::{id_at, record};
use super::{Command, Cx, Saved, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::money::Money;
use crate::kernel::text;
use crate::kernel::value::Value;
use crate::model::{Key, Kind, Quota};
use crate::rules::Rules;
use crate::rules::read::money;
use crate::rules::read::{Object, text as text_of};
use crate::rules::waterfall::{Window, window};

/// Sets what somebody is to close in some days. A later quota for the same person and days stands instead from the
/// instant on at which it is set. Zero is a quota too; a negative one is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetQuota {
    /// Whose: the host's name of a user; empty for the whole workspace.
    pub owner: String,
    /// The days.
    pub period: Window,
    /// How much.
    pub amount: Money,
}

/// A span of days as JSON.
pub(super) fn days(period: Window) -> Json {
    serde_json::json!({"start": period.start.to_string(), "end": period.end.to_string()})
}

/// Refuses days that end before they start.
pub(super) fn check_days(period: Window) -> Result<(NaiveDate, NaiveDate)> {
    window(&days(period)).map_err(|e| e.at("period"))?;
    Ok((period.start, period.end))
}

impl Command for SetQuota {
    type Output = Saved;
    const VERB: Verb = Verb::Target;

    fn name() -> Cow<'static, str> {
        "quota.set".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        if !self.owner.is_empty() {
            map.insert("owner".into(), self.owner.as_str().into());
        }
        map.insert("period".into(), days(self.period));
        map.insert("amount".into(), Value::Money(self.amount).to_json());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["owner", "period", "amount"])?;
        Ok(Self {
            owner: o.optional("owner", text_of)?.unwrap_or_default(),
            period: window(o.required("period")?).map_err(|e| e.at("period"))?,
            amount: money(o.required("amount")?).map_err(|e| e.at("amount"))?,
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let owner = text::check(&self.owner).map_err(|e| e.at("owner"))?;
        let (start, end) = check_days(self.period)?;
        if self.amount.minor_units() < 0 {
            let (found, least, most) = (self.amount.amount_text(), "0".into(), "10^15".into());
            return Err(Error::from(Problem::OutOfRange { found, least, most }).at("amount"));
        }
        let body = Quota {
            owner: owner.to_owned(),
            period_start: Some(start),
            period_end: Some(end),
            amount: Some(self.amount),
            recorded_at: Some(cx.at()),
            ..Quota::default()
        };
        let id = id_at(Kind::Quota, &format!("{owner}\n{start} {end}"), cx.at());
        let id = record(cx, id, body.into())?;
        let row = cx.existing(Key { kind: Kind::Quota, id })?;
        Ok(Saved { id, version: row.version })
    }
}
