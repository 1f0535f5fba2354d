//! What questions that list a customer's records share: their keys, rows and names.

use std::collections::{BTreeMap, BTreeSet};

use super::Crm;
use crate::command::Ctx;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::model::{AnyRecord, Key, Kind, Row};
use crate::rules::check;
use crate::rules::read::{Object, integer, text};
use crate::store::{MOST_ROWS, Order, Query, Read, Store};

/// Most subscriptions, renewals or payments of one answer.
const MOST: i64 = 1_000;
/// Those where nobody says how many.
const USUAL: i64 = 100;
/// Most subscriptions that sums are made of.
const MOST_SUMMED: usize = 200_000;

/// The rows of a page, and a word whether there are more.
pub(super) fn limit_of(o: &Object<'_>) -> Result<usize> {
    let limit = o.optional_integer("limit")?.unwrap_or(USUAL);
    check::between(limit, 1, MOST).map_err(|e| e.at("limit"))?;
    Ok(usize::try_from(limit).unwrap_or(1))
}

pub(super) fn id_in(o: &Object<'_>, key: &'static str) -> Result<Option<Id>> {
    o.optional(key, Id::from_json)
}

impl<S: Store> Crm<S> {
    /// All rows in use of a kind for which a condition holds.
    pub(super) fn all_rows(&self, ctx: &Ctx, read: &dyn Read, kind: Kind, filter: Vec<Predicate>) -> Result<Vec<Row>> {
        let mut query = self.met_by(ctx, kind, filter)?;
        let mut rows = Vec::new();
        loop {
            let page = read.find(&query)?;
            rows.extend(page.rows);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(rows),
            }
            if rows.len() > MOST_SUMMED {
                let (found, most) = (json::length(rows.len()), json::length(MOST_SUMMED));
                return Err(Problem::TooMany { what: "records", found, most }.into());
            }
        }
    }

    /// The first rows in use of a kind, by a field, for which a condition holds and which `shows` lets through.
    pub(super) fn first_rows(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        kind: Kind,
        filter: Vec<Predicate>,
        (field, limit): (&str, usize),
        shows: impl Fn(&Row) -> bool,
    ) -> Result<Vec<Row>> {
        let mut query = self.met_by(ctx, kind, filter)?;
        let (field, _) = query.schema.resolve(field)?;
        (query.order, query.limit) = (vec![Order { field, descending: false }], limit);
        let mut rows = Vec::new();
        loop {
            let page = read.find(&query)?;
            rows.extend(page.rows.into_iter().filter(&shows));
            match page.next {
                Some(next) if rows.len() < limit => query.after = Some(next),
                _ => break,
            }
        }
        rows.truncate(limit);
        Ok(rows)
    }

    /// All rows in use of a kind that meet all conditions, in pages.
    fn met_by(&self, ctx: &Ctx, kind: Kind, filter: Vec<Predicate>) -> Result<Query> {
        let schema = self.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), ctx.at);
        query.filter = match filter.is_empty() {
            true => None,
            false => Some(Predicate::All(filter).compile(&schema)?),
        };
        query.limit = MOST_ROWS;
        Ok(query)
    }

    /// The names of accounts.
    pub(super) fn names_of(&self, read: &dyn Read, ids: &BTreeSet<Id>) -> Result<BTreeMap<String, String>> {
        let mut names = BTreeMap::new();
        for id in ids {
            if let Some(row) = read.get(Key { kind: Kind::Account, id: *id })?
                && let AnyRecord::Account(account) = row.body
            {
                names.insert(id.to_string(), account.name.clone());
            }
        }
        Ok(names)
    }
}

/// The conditions that fields are as a question says.
pub(super) fn said(o: &Object<'_>, keys: &[&'static str]) -> Result<Vec<Predicate>> {
    let test = |key: &&'static str| {
        let value = o.optional(key, text)?;
        Ok::<_, Error>(value.map(|value| Predicate::test(key, Operator::Equal, value)))
    };
    keys.iter().filter_map(|key| test(key).transpose()).collect()
}

/// How many days something looks ahead.
pub(super) fn days_of(o: &Object<'_>, key: &'static str, usual: i64) -> Result<u64> {
    let days = o.optional(key, integer)?.unwrap_or(usual);
    check::between(days, 0, 3_660).map_err(|e| e.at(key))?;
    Ok(days.unsigned_abs())
}
