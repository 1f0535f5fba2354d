//! When somebody last spoke with a customer: on the account, with one of its people, about one of its deals.

use serde_json::Value as Json;

use super::health_facts::Look;
use crate::kernel::approval::Direction;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Kind, Row};
use crate::rules::Rules;
use crate::store::{Order, Query};

/// Which touches count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TouchBy {
    /// Those in which the customer took part.
    Customer,
    /// Those of the team alone, too.
    Anybody,
}

/// When the customer was last spoken with: the latest activity of the account, of its contacts and of its deals, and the
/// latest message of conversations with them. What machines write is no touch. Of an account with more people, deals or
/// conversations than a condition takes values, the latest ones are looked at.
pub(crate) fn last_touch(
    look: &mut Look<'_>,
    rules: &Rules,
    account: Id,
    at: Instant,
    by: TouchBy,
) -> Result<Option<Instant>> {
    let mut touches = Touches { look, rules, at, by };
    let own = [Json::from(account.to_string())];
    let (contacts, deals) = (touches.ids(Kind::Contact, &own)?, touches.ids(Kind::Deal, &own)?);
    let mut latest = None;
    for (field, ids) in [("account", own.as_slice()), ("contact", &contacts), ("deal", &deals)] {
        if !ids.is_empty() {
            latest = latest.max(touches.activity(field, ids)?).max(touches.message(field, ids)?);
        }
    }
    Ok(latest)
}

struct Touches<'t, 'a> {
    look: &'t mut Look<'a>,
    rules: &'t Rules,
    at: Instant,
    by: TouchBy,
}

impl Touches<'_, '_> {
    /// The latest rows by a field for which all of some conditions hold.
    fn latest(&mut self, kind: Kind, all: Vec<Predicate>, order: &str, limit: usize) -> Result<Vec<Row>> {
        let schema = self.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), self.at);
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        query.order = vec![Order { field: schema.resolve(order)?.0, descending: true }];
        query.limit = limit;
        Ok(self.look.find(&query)?.rows)
    }

    /// The account's rows of a kind.
    fn ids(&mut self, kind: Kind, account: &[Json]) -> Result<Vec<Json>> {
        let of = vec![Predicate::test("account", Operator::In, account.to_vec())];
        let rows = self.latest(kind, of, "created_at", MOST_VALUES)?;
        Ok(rows.iter().map(|row| row.id.to_string().into()).collect())
    }

    fn touch(&self, field: &'static str, ids: &[Json]) -> Vec<Predicate> {
        let by_people = vec![
            Predicate::test("automatic", Operator::IsNull, Json::Null),
            Predicate::test("automatic", Operator::Equal, false),
        ];
        vec![
            Predicate::test(field, Operator::In, ids.to_vec()),
            Predicate::test("happened_at", Operator::AtMost, format_instant(self.at)),
            Predicate::Any(by_people),
        ]
    }

    fn activity(&mut self, field: &'static str, ids: &[Json]) -> Result<Option<Instant>> {
        let mut all = self.touch(field, ids);
        if self.by == TouchBy::Customer {
            let directions: Vec<Json> = ["inbound", "both"].map(Json::from).to_vec();
            all.push(Predicate::test("direction", Operator::In, directions));
        }
        let rows = self.latest(Kind::Activity, all, "happened_at", 1)?;
        Ok(rows.into_iter().find_map(|row| match row.body {
            AnyRecord::Activity(activity) => activity.happened_at,
            _ => None,
        }))
    }

    fn message(&mut self, field: &'static str, ids: &[Json]) -> Result<Option<Instant>> {
        let of = vec![Predicate::test(field, Operator::In, ids.to_vec())];
        let conversations = self.latest(Kind::Conversation, of, "last_at", MOST_VALUES)?;
        let conversations: Vec<Json> = conversations.iter().map(|row| row.id.to_string().into()).collect();
        if conversations.is_empty() {
            return Ok(None);
        }
        let mut all = self.touch("conversation", &conversations);
        if self.by == TouchBy::Customer {
            all.push(Predicate::test("direction", Operator::Equal, Direction::Inbound.code()));
        }
        let rows = self.latest(Kind::Message, all, "happened_at", 1)?;
        Ok(rows.into_iter().find_map(|row| match row.body {
            AnyRecord::Message(message) => message.happened_at,
            _ => None,
        }))
    }
}
