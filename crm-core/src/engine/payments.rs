//! The question `payments`.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::listed::{limit_of, said};
use super::{Crm, permit};
use crate::command::{Ctx, Verb, day_of};
use crate::kernel::error::Result;
use crate::kernel::predicate::{Operator, Predicate};
use crate::model::{Kind, Row};
use crate::rules::payments::{WAITING, days_late, payment_of};
use crate::rules::read::Object;
use crate::store::Store;

impl<S: Store> Crm<S> {
    /// The question `payments`: `{"account": "...", "overdue": true, "limit": 100}`, payments by the day on which they are due,
    /// each with how many days it is overdue. A credit note, below zero, never is.
    pub(super) fn payments_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "payments")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["account", "subscription", "status", "overdue", "limit", "lang"])?;
        let today = day_of(&self.rules, ctx.at);
        let mut filter = said(&o, &["account", "subscription", "status"])?;
        let only_overdue = o.flag("overdue", false)?;
        if only_overdue {
            filter.extend(past_due(today));
        }
        let read = self.reading(ctx)?;
        let late = |row: &Row| payment_of(row).and_then(|payment| days_late(payment, today));
        let rows = self.first_rows(ctx, &*read, Kind::Payment, filter, ("due_on", limit_of(&o)?), |row| {
            !only_overdue || late(row).is_some()
        })?;
        let shown = rows.iter().map(|row| json!({"row": row.to_json(), "overdue_days": late(row)}));
        Ok(json!({"rows": shown.collect::<Vec<_>>()}))
    }
}

/// The conditions that every overdue payment meets; credit notes may meet them, too.
fn past_due(today: NaiveDate) -> [Predicate; 2] {
    [waiting(), Predicate::test("due_on", Operator::Less, today.to_string())]
}

/// That a payment waits.
pub(super) fn waiting() -> Predicate {
    Predicate::test("status", Operator::In, WAITING.map(|status| Json::from(status.code())).to_vec())
}
